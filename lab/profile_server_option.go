package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServerOption is one way in which a mail server can be made to differ from what its profile says.
type ServerOption struct {
	Name   string
	Values string // what it can be set to, for people
	Help   string // one line
	set    func(p *ServerProfile, value string) error
}

// onOff is an option that switches a field.
func onOff(name, help string, field func(*ServerProfile) *bool) ServerOption {
	return ServerOption{name, "off|on", help, func(p *ServerProfile, v string) error {
		if v != "off" && v != "on" {
			return fmt.Errorf("%q is neither off nor on", v)
		}
		*field(p) = v == "on"
		return nil
	}}
}

// number is an option that sets a field to a number of a range.
func number(name, help string, least, most int, field func(*ServerProfile) *int) ServerOption {
	return ServerOption{name, "N", help, func(p *ServerProfile, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%q is no number from %d to %d", v, least, most)
		}
		*field(p) = n
		return nil
	}}
}

// span is an option that sets a field to a time.
func span(name, help string, least time.Duration, field func(*ServerProfile) *time.Duration) ServerOption {
	return ServerOption{name, "TIME", help, func(p *ServerProfile, v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < least || d > maxSpan {
			return fmt.Errorf("%q is no time from %v to %v", v, least, maxSpan)
		}
		*field(p) = d
		return nil
	}}
}

// maxSpan bounds the times of a profile.
const maxSpan = 24 * time.Hour

// ServerOptions are all of them, in the order of the documentation.
func ServerOptions() []ServerOption { return slices.Clone(serverOptions) }

var serverOptions = []ServerOption{
	{"relay", "auth|none|open|NET", "who may send to other domains: who has logged on, nobody, everybody, or also a network as 10.1.1.0/24", setRelay},
	onOff("need-auth", "MAIL is for those who have logged on", func(p *ServerProfile) *bool { return &p.NeedAuth }),
	onOff("need-hello", "MAIL comes after HELO or EHLO", func(p *ServerProfile) *bool { return &p.NeedHello }),
	onOff("strict-hello", "the name in EHLO must be one", func(p *ServerProfile) *bool { return &p.StrictHello }),
	onOff("hello-resets", "HELO and EHLO end the transaction", func(p *ServerProfile) *bool { return &p.HelloResets }),
	onOff("basic-auth", "LOGIN and PLAIN are offered and taken", func(p *ServerProfile) *bool { return &p.BasicAuth }),
	onOff("xexch50-auth", "XEXCH50 is for those who have logged on", func(p *ServerProfile) *bool { return &p.XEXCH50Auth }),
	onOff("link2state-auth", "X-LINK2STATE is for those who have logged on", func(p *ServerProfile) *bool { return &p.Link2StateAuth }),
	onOff("sender-check", "who has logged on sends as himself", func(p *ServerProfile) *bool { return &p.SenderCheck }),
	onOff("directory", "recipients at home must be users", func(p *ServerProfile) *bool { return &p.Directory }),
	onOff("cert", "there is a certificate for STARTTLS", func(p *ServerProfile) *bool { return &p.Cert }),
	{"body", "7bit|8bit|binary", "what a message may consist of", setBody},
	{"verb", "+VERB|-VERB", "the server knows a verb, or does not, and so offers it or does not", setVerbOption},
	{"cap", "+LINE|-LINE", "the EHLO reply has a line, before its OK, or has it not", setCap},
	number("size", "octets of a message; 0: no limit", 0, maxMessage, func(p *ServerProfile) *int { return &p.SizeMax }),
	number("rcpts", "recipients of a message", 1, 10000, func(p *ServerProfile) *int { return &p.RcptMax }),
	number("line", "octets of a command line", 64, 65536, func(p *ServerProfile) *int { return &p.LineMax }),
	number("per-source", "connections of one client; 0: any number", 0, 1000, func(p *ServerProfile) *int { return &p.MaxPerSource }),
	onOff("lone-lf", "LF without CR ends a line", func(p *ServerProfile) *bool { return &p.LoneLF }),
	onOff("cr-nul", "CR NUL ends a line", func(p *ServerProfile) *bool { return &p.CRNUL }),
	onOff("commit-on-timeout", "a message whose end does not come is kept", func(p *ServerProfile) *bool { return &p.CommitOnTimeout }),
	span("idle", "how long a client may be silent", time.Millisecond, func(p *ServerProfile) *time.Duration { return &p.Idle }),
	span("greet-delay", "how long the greeting takes", 0, func(p *ServerProfile) *time.Duration { return &p.GreetDelay }),
	span("ident", "how long the greeting waits for the client's ident service; 0s: it is not asked", 0, func(p *ServerProfile) *time.Duration { return &p.Ident }),
	number("max-errors", "refused commands before the server hangs up; 0: any number", 0, 10000, func(p *ServerProfile) *int { return &p.MaxErrors }),
	span("tarpit", "how long a refusal takes", 0, func(p *ServerProfile) *time.Duration { return &p.Tarpit }),
	{"version", "TEXT", "the version in the greeting", func(p *ServerProfile, v string) error { p.Version = v; return nil }},
	{"log", "plain|ims|w3c|csv2007|postfix|sendmail", "how the protocol log is written", setLog},
}

// replyOption begins the name of the option that sets a reply: reply.unknown.
const replyOption = "reply."

// Set changes the profile by NAME=VALUE; reply.KEY=TEXT sets one of its replies. Its errors are one line.
func (p *ServerProfile) Set(option string) error {
	name, value, ok := strings.Cut(option, "=")
	if !ok {
		return fmt.Errorf("server option %q: want NAME=VALUE", option)
	}
	if key, isReply := strings.CutPrefix(name, replyOption); isReply {
		return p.setReply(ReplyKey(key), value)
	}
	for _, o := range serverOptions {
		if o.Name == name {
			if err := o.set(p, value); err != nil {
				return fmt.Errorf("server option %s: %w", name, err)
			}
			return nil
		}
	}
	var names []string
	for _, o := range serverOptions {
		names = append(names, o.Name)
	}
	return fmt.Errorf("no server option %q: there are %s, %sKEY", name, strings.Join(names, ", "), replyOption)
}

func (p *ServerProfile) setReply(key ReplyKey, text string) error {
	if _, known := p.Replies[key]; !known {
		return fmt.Errorf("server option %s: no reply %q", replyOption+string(key), key)
	}
	text = strings.ReplaceAll(text, `\n`, "\n")
	if clean(strings.ReplaceAll(text, "\n", "")) != strings.ReplaceAll(text, "\n", "") {
		return fmt.Errorf("server option %s: control characters", replyOption+string(key))
	}
	p.Replies[key] = own(text)
	return nil
}

func setRelay(p *ServerProfile, v string) error {
	switch v {
	case "auth", "none", "open":
		p.GuestsRelay, p.NobodyRelays, p.RelayNets = v == "open", v == "none", nil
		return nil
	}
	n, err := netip.ParsePrefix(v)
	if err != nil {
		return fmt.Errorf("%q is none of auth, none, open and a network", v)
	}
	p.RelayNets = append(p.RelayNets, n)
	return nil
}

func setBody(p *ServerProfile, v string) error {
	i := slices.Index([]string{"7bit", "8bit", "binary"}, v)
	if i < 0 {
		return fmt.Errorf("%q is none of 7bit, 8bit and binary", v)
	}
	p.Body = Body(i)
	return nil
}

// signed reads +X and -X.
func signed(v string) (rest string, plus bool, err error) {
	if len(v) < 2 || v[0] != '+' && v[0] != '-' {
		return "", false, fmt.Errorf("%q begins with neither + nor -", v)
	}
	return v[1:], v[0] == '+', nil
}

func setVerbOption(p *ServerProfile, v string) error {
	verb, on, err := signed(v)
	if err != nil {
		return err
	}
	verb = strings.ToUpper(verb)
	if verbs[verb] == nil {
		return fmt.Errorf("nothing is known of a verb %q", verb)
	}
	p.setVerb(verb, on)
	return nil
}

// setVerb makes a verb known or unknown.
func (p *ServerProfile) setVerb(verb string, on bool) {
	p.Verbs = slices.DeleteFunc(p.Verbs, func(v string) bool { return v == verb })
	if on {
		p.Verbs = append(p.Verbs, verb)
	}
}

func setCap(p *ServerProfile, v string) error {
	line, on, err := signed(v)
	if err != nil {
		return err
	}
	p.Caps = slices.DeleteFunc(p.Caps, func(c Cap) bool { return strings.EqualFold(c.Text, line) })
	if !on {
		return nil
	}
	if clean(line) != line {
		return fmt.Errorf("control characters")
	}
	at := len(p.Caps)
	if at > 0 && p.Caps[at-1].Text == "OK" {
		at--
	}
	p.Caps = slices.Insert(p.Caps, at, Cap{Text: line})
	return nil
}

func setLog(p *ServerProfile, v string) error {
	i := slices.Index(logFormats[:], v)
	if i < 0 {
		return fmt.Errorf("%q is none of %s", v, strings.Join(logFormats[:], ", "))
	}
	p.Log = LogFormat(i)
	return nil
}
