package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"pixsim/lab"
)

// Exit codes of probe, beside those of every command.
const (
	exitMailguard = 3 // a Mailguard stands before the server
	exitUndecided = 4 // something else does, or nothing can be said
)

type probeCmd struct {
	Server  string        `arg:"" help:"HOST or HOST:PORT of the mail server, as [2001:db8::1]:25 for IPv6 (port 25 if none is given)." placeholder:"HOST[:PORT]"`
	Timeout time.Duration `help:"For the whole of it; a single reply may take a third (default: ${default})." default:"60s" placeholder:"DURATION"`
	Helo    string        `help:"The name to say in EHLO and HELO (default: this machine's address in brackets)." placeholder:"NAME"`
	JSON    bool          `name:"json" help:"Print the report as JSON, with the whole dialogue."`
}

func (probeCmd) Help() string {
	return `Examples:
  pixsim probe mail.example.com
  pixsim probe 127.0.0.1:2525 --json | jq .report.verdict

It makes at most three connections, one after the other, and says only EHLO, HELO, NOOP, HELP, STARTTLS with a wrong parameter,
two words that are no commands, and QUIT: no mail is sent. docs/probe.md tells how it judges.

Exit codes:
  0  no Mailguard stands before the server
  1  no connection
  2  the command line is wrong
  3  a Mailguard stands before the server
  4  not decided: another product stands there, or what answers is no SMTP`
}

// address is HOST:PORT with the port that was left out.
func (c probeCmd) address() (string, error) {
	host, port, err := net.SplitHostPort(c.Server)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(c.Server, "["), "]"), strconv.Itoa(smtpPort)
		if strings.Contains(host, ":") && net.ParseIP(strings.Split(host, "%")[0]) == nil {
			return "", fmt.Errorf("%q is not HOST or HOST:PORT", c.Server)
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
		return "", fmt.Errorf("%q is not HOST or HOST:PORT", c.Server)
	}
	return net.JoinHostPort(host, port), nil
}

const smtpPort = 25

// check finds what is wrong with the flags. A name is one word of a command line (RFC 5321 section 4.5.3.1).
func (c probeCmd) check() error {
	if c.Timeout <= 0 || c.Timeout > maxProbe {
		return fmt.Errorf("--timeout: %v is not between 0 and %v", c.Timeout, maxProbe)
	}
	if len(c.Helo) > 255 || strings.ContainsFunc(c.Helo, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("--helo: %q is not one word of at most 255 ASCII characters", c.Helo)
	}
	return nil
}

const maxProbe = time.Hour

// Run probes and prints the report.
func (c probeCmd) Run(ctx context.Context, s streams) error {
	addr, err := c.address()
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return usageError{err}
	}
	p := lab.Probe{Helo: c.Helo, Wait: c.Timeout, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}}
	r, err := p.Run(ctx)
	if err != nil {
		return err
	}
	if err := c.print(s, addr, r); err != nil {
		return err
	}
	switch r.Verdict {
	case lab.ProbeNone:
		return nil
	case lab.ProbeMailguard:
		return codeError(exitMailguard)
	}
	return codeError(exitUndecided)
}

func (c probeCmd) print(s streams, addr string, r *lab.ProbeReport) error {
	if !c.JSON {
		fmt.Fprintf(s.out, "%s\n", addr)
		return r.Text(s.out)
	}
	text, err := json.MarshalIndent(struct {
		Server string           `json:"server"`
		Report *lab.ProbeReport `json:"report"`
	}{addr, r}, "", "  ")
	return errors.Join(err, write(s, text))
}

func write(s streams, text []byte) error {
	_, err := s.out.Write(append(text, '\n'))
	return err
}
