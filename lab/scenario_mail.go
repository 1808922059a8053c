package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const smtpPort = 25

// mailConn is a connection of the Internet's client to the mail server.
type mailConn struct {
	name string
	smtp *SMTPClient
	told int // pieces of the dialogue that events has reported
}

func (c *mailConn) events() []event {
	heard := c.smtp.Transcript()
	defer func() { c.told = len(heard) }()
	pieces := slices.Clone(heard[c.told:])
	for i := range pieces {
		pieces[i].Data = abridged(pieces[i].Data)
	}
	return heardEvents(c.name, pieces)
}

// What a transcript shows of one piece of a dialogue: an attachment is not read.
const (
	firstShown = 16 // lines
	lastShown  = 4
)

func abridged(octets []byte) []byte {
	lines := bytes.SplitAfter(octets, []byte("\n"))
	left := len(lines) - firstShown - lastShown
	if left <= 1 {
		return octets
	}
	note := fmt.Appendf(nil, "(%d more lines)\n", left)
	return bytes.Join(slices.Concat(lines[:firstShown], [][]byte{note}, lines[len(lines)-lastShown:]), nil)
}

func (r *run) dialMail(ctx context.Context) (net.Conn, error) {
	c, err := r.lab.Host("client").Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(MailGlobal, smtpPort))
	if err != nil {
		return nil, &unmet{"a connection to the mail server", err.Error()}
	}
	r.wired, r.wiredNo = netip.AddrPort{}, 0 // the newest
	return c, nil
}

func (r *run) clientDial(ctx context.Context, args []string) error {
	name := "client"
	if len(args) > 0 {
		name = args[0]
	}
	if old := r.clients[name]; old != nil {
		old.smtp.Close()
	}
	c, err := r.dialMail(ctx)
	if err != nil {
		return err
	}
	r.client = &mailConn{name: name, smtp: NewSMTPClient(c, r.o.Wait)}
	r.clients[name] = r.client
	return nil
}

func (r *run) clientUse(_ context.Context, args []string) error {
	if r.client = r.clients[args[0]]; r.client == nil {
		return errNoClient
	}
	r.wireOf(r.client)
	return nil
}

func (r *run) clientSend(_ context.Context, args []string) error {
	if r.client == nil {
		return errNoClient
	}
	return r.client.smtp.Raw([]byte(strings.Join(args, " ") + "\r\n"))
}

func (r *run) clientSegments(_ context.Context, args []string) error {
	if r.client == nil {
		return errNoClient
	}
	for _, part := range strings.Split(strings.Join(args, " "), " | ") {
		octets, err := strconv.Unquote(`"` + strings.ReplaceAll(part, `"`, `\"`) + `"`)
		if err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		if err := r.client.smtp.Raw([]byte(octets)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) clientReply(ctx context.Context, args []string) error {
	if r.client == nil {
		return errNoClient
	}
	w := equals(args)
	defer r.within(ctx)()
	reply, err := r.client.smtp.Reply()
	if err != nil {
		return &unmet{w.says, err.Error()}
	}
	return w.in(reply.Text())
}

// within bounds the wait of the client that follows by the step; it ends with the run as well, until stop is called.
func (r *run) within(ctx context.Context) (stop func() bool) {
	c := r.client.smtp
	if end, ok := ctx.Deadline(); ok {
		c.timeout = time.Until(end)
	}
	conn := c.conn
	return context.AfterFunc(r.ctx, func() { conn.Close() })
}

const silence = time.Second

func (r *run) clientSilent(ctx context.Context, _ []string) error {
	if r.client == nil {
		return errNoClient
	}
	defer r.within(ctx)()
	c := r.client.smtp
	c.conn.SetReadDeadline(time.Now().Add(silence))
	_, err := c.r.Peek(1)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	case err != nil:
		return &unmet{"silence", err.Error()}
	}
	b, _ := c.r.Peek(c.r.Buffered())
	return &unmet{"silence", strconv.Quote(string(b))}
}

func (r *run) clientSeesClose(ctx context.Context, _ []string) error {
	if r.client == nil {
		return errNoClient
	}
	defer r.within(ctx)()
	c := r.client.smtp
	c.conn.SetReadDeadline(time.Now().Add(c.timeout))
	_, err := c.r.Peek(1)
	switch {
	case err == nil:
		b, _ := c.r.Peek(c.r.Buffered())
		return &unmet{"that the connection is closed", strconv.Quote(string(b))}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &unmet{"that the connection is closed", "silence"}
	}
	return nil
}

func (r *run) clientClose(context.Context, []string) error {
	if r.client == nil {
		return errNoClient
	}
	return r.client.smtp.Close()
}

// The kinds of client that `mail` has, besides the one that falls back to HELO and nothing else. `send` has all others.
var (
	popUser   = Sender{User: "user", Password: "pass", Profile: ClientProfile{Auth: Auth{Rule: AuthBlunt}}}
	needs8Bit = Sender{Profile: ClientProfile{MailParams: MailParams{Body: true}, No8Bit: RefuseBody,
		No8BitText: "554 5.6.1 Body type not supported by Remote Host"}}
	demandsTLS = Sender{Profile: ClientProfile{TLS: TLSRequired}}
)

// mailer is the command that sends a mail by a kind of client.
func mailer(s Sender) func(*run, context.Context, []string) error {
	return func(r *run, ctx context.Context, args []string) error { return r.mail(ctx, s, Mail{}, "", args) }
}

func mail8Bit(r *run, ctx context.Context, args []string) error {
	return r.mail(ctx, needs8Bit, Mail{Body: "8BITMIME"}, "", args)
}

// mailLongHeader sends a header line that is longer than RFC 5322 section 2.1.1 allows, as lists of recipients are.
func mailLongHeader(r *run, ctx context.Context, args []string) error {
	return r.mail(ctx, Sender{}, Mail{}, "References: <"+strings.Repeat("0123456789", 105)+"@example.net>\r\n", args)
}

// mail delivers one mail. It is an unmet expectation when any reply refuses it, and the text of that is what `because`
// looks at.
func (r *run) mail(ctx context.Context, s Sender, m Mail, header string, args []string) error {
	var file string
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch {
		case args[0] == heloFlag:
			s.Profile.Hello = HelloHELO
		case args[0] == fileFlag && len(args) > 1:
			file = args[1]
			args = args[1:]
		default:
			return fmt.Errorf("%s is no flag of mail", args[0])
		}
		args = args[1:]
	}
	if len(args) != 2 {
		return errors.New("a mail needs FROM and TO")
	}
	r.mails++
	id := fmt.Sprintf("<%d.%s@client.example.net>", r.mails, r.s.Name)
	m.From, m.To, m.Data = args[0], args[1:], r.message(id, header, file, args[0], args[1])
	err := r.deliver(ctx, s, m)
	if err == nil && !r.took(id) {
		err = errors.New("the mail server has no such message")
	}
	if r.refusal = ""; err == nil {
		return nil
	}
	r.refusal = err.Error()
	return &unmet{"delivery", r.refusal}
}

func (r *run) deliver(ctx context.Context, s Sender, m Mail) error {
	conn, err := r.dialMail(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()
	c, err := s.Send(ctx, conn, m)
	r.clients[fmt.Sprintf("mail %d", r.mails)] = &mailConn{name: "client", smtp: c}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("no answer within %v", r.patience)
	}
	return err
}

// message is a mail's text; its own header lines come first.
func (r *run) message(id, header, file, from, to string) []byte {
	body := "Subject: " + r.s.Name + "\n\nThis is a mail of the lab.\n"
	if file != "" {
		body = r.s.files[file]
	}
	return []byte(fmt.Sprintf("Message-ID: %s\r\nFrom: <%s>\r\nTo: <%s>\r\n%s%s", id, from, to, header,
		strings.ReplaceAll(body, "\n", "\r\n")))
}

// took says whether the mail server has the message with this identification.
func (r *run) took(id string) bool {
	for _, m := range r.lab.Mail().Store().Messages() {
		if bytes.Contains(m.Data, []byte(id)) {
			return true
		}
	}
	return false
}

func (r *run) because(_ context.Context, args []string) error { return contains(args).in(r.refusal) }
