package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

// Mail is what a Sender sends. The lines of Data end in CR LF.
type Mail struct {
	From string
	To   []string
	Data []byte
}

// Sender is a kind of mail client. The zero value sends EHLO and falls back to HELO, like most.
type Sender struct {
	Hello    string // its own name; client.example.net
	HELOOnly bool   // qmail
	NoHELO   bool   // gives up when EHLO is refused
	NeedTLS  bool   // demands STARTTLS
	Need8Bit bool   // has an 8BITMIME message and will not convert it: Exchange 2000 and 2003
	User     string // authenticates, if the server offers AUTH LOGIN, when not empty
	Password string
	Blunt    bool // authenticates even if AUTH was not offered
}

// Errors of a sender that gives up by itself. The second is the text of the non-delivery report of Exchange, which never
// crosses the wire.
var (
	ErrTLSNotOffered = errors.New("TLS required, but the server does not offer STARTTLS")
	ErrBodyType      = errors.New("554 5.6.1 Body type not supported by Remote Host")
)

// RefusedError is a reply that ended the attempt.
type RefusedError struct {
	Command string // the line that was answered, or "greeting", or "end of data"
	Reply   Reply
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %s", e.Command, e.Reply.Text()) }

// delivery is one attempt.
type delivery struct {
	Sender
	c   *SMTPClient
	ext []string // of the EHLO reply, upper case
}

// Send delivers m over conn, which it closes. The client is returned for its transcript, also with an error.
func (s Sender) Send(ctx context.Context, conn net.Conn, m Mail) (*SMTPClient, error) {
	if s.Hello == "" {
		s.Hello = "client.example.net"
	}
	c := NewSMTPClient(conn, 0)
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	d := &delivery{Sender: s, c: c}
	err := d.run(ctx, m)
	if err != nil && ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	return c, err
}

func (d *delivery) run(ctx context.Context, m Mail) error {
	greeting, err := d.c.Reply()
	if err == nil && greeting.Code != 220 {
		err = &RefusedError{"greeting", greeting}
	}
	for _, step := range []func(context.Context) error{d.hello, d.secure, d.login} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err == nil {
		err = d.transfer(m)
	}
	var refused *RefusedError
	if err == nil || errors.As(err, &refused) || errors.Is(err, ErrBodyType) || errors.Is(err, ErrTLSNotOffered) {
		d.c.Cmd("QUIT") // a courtesy: the result stands
	}
	return err
}

// must sends a line and wants a reply of a class.
func (d *delivery) must(line string, class int) error {
	r, err := d.c.Cmd(line)
	if err == nil && r.Code/100 != class {
		err = &RefusedError{line, r}
	}
	return err
}

func (d *delivery) hello(context.Context) error {
	if !d.HELOOnly {
		r, err := d.c.Cmd("EHLO " + d.Hello)
		if err != nil {
			return err
		}
		if r.OK() {
			d.ext = nil
			for _, l := range r.Lines[1:] {
				d.ext = append(d.ext, strings.ToUpper(l[min(4, len(l)):]))
			}
			return nil
		}
		if d.NoHELO || r.Code/100 != 5 {
			return &RefusedError{"EHLO " + d.Hello, r}
		}
	}
	return d.must("HELO "+d.Hello, 2)
}

// offered says whether the server named a keyword, with a parameter if that is not empty.
func (d *delivery) offered(keyword, param string) bool {
	for _, e := range d.ext {
		words := strings.Fields(e)
		if len(words) == 0 || words[0] != keyword {
			continue
		}
		for _, w := range append(words[1:], "") {
			if w == param {
				return true
			}
		}
	}
	return false
}

func (d *delivery) secure(ctx context.Context) error {
	if !d.NeedTLS {
		return nil
	}
	if !d.offered("STARTTLS", "") {
		return ErrTLSNotOffered
	}
	r, err := d.c.StartTLS(ctx)
	if err == nil && r.Code != 220 {
		err = &RefusedError{"STARTTLS", r}
	}
	if err != nil {
		return err
	}
	return d.hello(ctx)
}

func (d *delivery) login(context.Context) error {
	if d.User == "" || !d.Blunt && !d.offered("AUTH", "LOGIN") {
		return nil // a client whose server offers nothing sends without: that is how a relay refuses it
	}
	r, err := d.c.AuthLogin(d.User, d.Password)
	if err == nil && r.Code != 235 && !d.Blunt {
		err = &RefusedError{"AUTH LOGIN", r}
	}
	return err
}

func (d *delivery) transfer(m Mail) error {
	from := "MAIL FROM:<" + m.From + ">"
	if d.Need8Bit {
		if !d.offered("8BITMIME", "") {
			return ErrBodyType
		}
		from += " BODY=8BITMIME"
	}
	if err := d.must(from, 2); err != nil {
		return err
	}
	for _, to := range m.To {
		if err := d.must("RCPT TO:<"+to+">", 2); err != nil {
			return err
		}
	}
	r, err := d.c.Data(m.Data)
	if err == nil && !r.OK() {
		err = &RefusedError{"end of data", r}
	}
	return err
}
