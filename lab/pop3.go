package lab

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// POP3Server serves the mailboxes of a Store (RFC 1939) in the words of a mail server's profile.
type POP3Server struct {
	mail *MailServer
	srv  server
}

const (
	maxPOPLine   = 512              // octets of a command
	popIdle      = 10 * time.Minute // RFC 1939 section 3: not less
	maxPOPLogons = 3                // failed ones, then the connection ends
)

// NewPOP3Server serves the users of m from its store.
func NewPOP3Server(m *MailServer) *POP3Server {
	p := &POP3Server{mail: m}
	p.srv = server{max: m.cfg.MaxConns, handle: p.session}
	return p
}

// Serve takes connections from ln until it or the server is closed.
func (p *POP3Server) Serve(ln net.Listener) error { return p.srv.Serve(ln) }

// Close ends every connection and waits.
func (p *POP3Server) Close() error { return p.srv.Close() }

// popSession is one connection; in the transaction state once user is set.
type popSession struct {
	cfg    *MailConfig
	p      POP3Profile
	ip     string
	conn   net.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	name   string
	user   string
	box    []*Message
	gone   []bool
	failed int
}

var popVerbs = map[string]func(*popSession, []string){
	"STAT": (*popSession).stat,
	"LIST": (*popSession).list,
	"UIDL": (*popSession).uidl,
	"RETR": (*popSession).retr,
	"TOP":  (*popSession).top,
	"DELE": (*popSession).dele,
	"RSET": func(s *popSession, _ []string) { clear(s.gone); s.ok("") },
	"NOOP": func(s *popSession, _ []string) { s.ok("") },
}

func (p *POP3Server) session(c net.Conn) {
	defer c.Close()
	s := &popSession{cfg: &p.mail.cfg, p: p.mail.Profile().POP3, conn: c, r: bufio.NewReaderSize(c, maxPOPLine), w: bufio.NewWriter(patient{c})}
	s.ip, _, _ = net.SplitHostPort(c.RemoteAddr().String())
	s.ok(s.text(s.p.Greeting))
	for {
		line, err := s.readLine()
		if errors.Is(err, errLineTooLong) {
			s.bad(s.text(s.p.BadVerb))
			continue
		}
		if err != nil {
			return
		}
		verb, arg, _ := strings.Cut(line, " ")
		if done := s.command(strings.ToUpper(verb), arg); done {
			s.flush()
			return
		}
	}
}

// command runs one; done ends the session.
func (s *popSession) command(verb, arg string) (done bool) {
	if f, known := popVerbs[verb]; known && s.user != "" {
		f(s, strings.Fields(arg))
		return false
	}
	switch {
	case verb == "QUIT":
		s.quit()
		return true
	case verb == "CAPA" && s.p.Capa != nil:
		s.multi(s.text(s.p.CapaHead), s.p.Capa...)
	case verb == "AUTH" && s.user == "" && s.p.NTLM:
		return s.auth(strings.TrimSpace(arg))
	case verb == "USER" && s.user == "":
		s.name = arg
		s.ok("")
	case verb == "PASS" && s.user == "" && s.name != "":
		return s.pass(arg)
	default:
		s.bad(s.text(s.p.BadVerb))
	}
	return false
}

func (s *popSession) text(t Text) string {
	return expand(t.Say, func(name string) (string, bool) {
		switch name {
		case "fqdn":
			return s.cfg.FQDN, true
		case "version":
			return s.p.Version, true
		case "ip":
			return s.ip, true
		case "user":
			user, _, _ := strings.Cut(clean(s.name), "/")
			return user, true
		case "mailbox":
			return clean(s.name), true
		}
		return "", false
	})
}

// auth lists the mechanisms, or runs the only one there is (MS-POP3 section 4).
func (s *popSession) auth(mech string) (done bool) {
	switch {
	case mech == "":
		s.multi(s.text(s.p.AuthHead), "NTLM")
		return false
	case !strings.EqualFold(mech, "NTLM"):
		s.bad(s.text(s.p.BadVerb))
		return false
	}
	host, _, _ := strings.Cut(s.cfg.FQDN, ".")
	user := ""
	server := newMechanism("NTLM", s.cfg.Users, strings.ToUpper(host), func(u string) { user = u })
	s.line("+OK")
	for {
		line, err := s.readLine()
		if err != nil {
			return true
		}
		if line == "*" {
			s.bad("The AUTH protocol exchange was canceled by the client.") // MS-POP3, KB198704
			return false
		}
		token, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return s.refuse()
		}
		challenge, finished, err := server.Next(token)
		switch {
		case err != nil:
			return s.refuse()
		case finished:
			s.enter(user)
			return false
		}
		s.line("+ " + base64.StdEncoding.EncodeToString(challenge))
	}
}

// refuse answers a failed logon; done ends the session.
func (s *popSession) refuse() (done bool) {
	s.failed++
	s.bad(s.text(s.p.PassBad))
	for _, r := range s.p.Events {
		s.cfg.Events.Add(Event{At: s.cfg.Now(), ID: r.ID, Source: r.Source, Level: r.Level, Text: s.text(r.Text)})
	}
	return s.failed >= maxPOPLogons
}

// enter begins the transaction state.
func (s *popSession) enter(user string) {
	s.user, s.box = user, s.cfg.Store.Mailbox(user)
	s.gone = make([]bool, len(s.box))
	s.ok(s.text(s.p.PassOK))
}

func (s *popSession) pass(password string) (done bool) {
	u, err := account(s.cfg.Users, s.name, password)
	if err != nil {
		return s.refuse()
	}
	s.enter(u)
	return false
}

func (s *popSession) quit() {
	for i, m := range s.box {
		if s.gone[i] {
			s.cfg.Store.remove(s.user, m)
		}
	}
	s.ok(s.text(s.p.Bye))
}

func size(m *Message) int { return len(m.Received) + len(m.Data) }

func (s *popSession) total() (n, octets int) {
	for i, m := range s.box {
		if !s.gone[i] {
			n++
			octets += size(m)
		}
	}
	return n, octets
}

func (s *popSession) stat([]string) {
	n, octets := s.total()
	s.ok(fmt.Sprintf("%d %d", n, octets))
}

// number is the message that the first word names; 0 and an answer when there is none.
func (s *popSession) number(words []string) int {
	if len(words) > 0 {
		if n, err := strconv.Atoi(words[0]); err == nil && n >= 1 && n <= len(s.box) && !s.gone[n-1] {
			return n
		}
	}
	s.bad("no such message")
	return 0
}

func (s *popSession) list(words []string) {
	s.each(words, func(m *Message) string { return strconv.Itoa(size(m)) })
}

func (s *popSession) uidl(words []string) {
	s.each(words, func(m *Message) string {
		// RFC 1939: 1 to 70 characters from 0x21 to 0x7E. The time makes it differ from one run to the next.
		return strconv.FormatInt(m.At.UnixNano(), 36) + "." + strconv.Itoa(size(m))
	})
}

// each answers for one message or for all.
func (s *popSession) each(words []string, what func(*Message) string) {
	if len(words) > 0 {
		if n := s.number(words); n > 0 {
			s.ok(fmt.Sprintf("%d %s", n, what(s.box[n-1])))
		}
		return
	}
	var lines []string
	for i, m := range s.box {
		if !s.gone[i] {
			lines = append(lines, fmt.Sprintf("%d %s", i+1, what(m)))
		}
	}
	n, octets := s.total()
	s.multi(fmt.Sprintf("%d %d", n, octets), lines...)
}

func (s *popSession) dele(words []string) {
	if n := s.number(words); n > 0 {
		s.gone[n-1] = true
		s.ok("")
	}
}

func (s *popSession) retr(words []string) {
	if n := s.number(words); n > 0 {
		s.ok("")
		s.message(s.box[n-1].Octets(), -1)
	}
}

func (s *popSession) top(words []string) {
	if len(words) != 2 {
		s.bad(s.text(s.p.BadVerb))
		return
	}
	lines, err := strconv.ParseUint(words[1], 10, 31)
	if err != nil {
		s.bad(s.text(s.p.BadVerb))
		return
	}
	if n := s.number(words); n > 0 {
		s.ok("")
		s.message(s.box[n-1].Octets(), int(lines))
	}
}

// message sends a mail, dots stuffed, with at most so many lines of its body; -1 is all of it.
func (s *popSession) message(octets []byte, body int) {
	inBody := false
	for line := range bytes.Lines(octets) {
		if inBody {
			if body == 0 {
				break
			}
			body--
		}
		text := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		inBody = inBody || len(text) == 0
		if len(text) > 0 && text[0] == '.' {
			s.w.WriteByte('.')
		}
		s.w.Write(text)
		s.w.WriteString("\r\n")
	}
	s.w.WriteString(".\r\n")
}

func (s *popSession) ok(text string)  { s.line("+OK " + text) }
func (s *popSession) bad(text string) { s.line("-ERR " + text) }

func (s *popSession) line(text string) {
	s.w.WriteString(strings.TrimRight(text, " "))
	s.w.WriteString("\r\n")
}

func (s *popSession) multi(first string, lines ...string) {
	s.ok(first)
	for _, l := range lines {
		s.line(l)
	}
	s.line(".")
}

func (s *popSession) flush() error { return s.w.Flush() }

// readLine returns a command; one that is too long is read to its end.
func (s *popSession) readLine() (string, error) {
	if s.r.Buffered() == 0 {
		if err := s.flush(); err != nil {
			return "", err
		}
	}
	s.conn.SetReadDeadline(time.Now().Add(popIdle))
	long := false
	for {
		b, err := s.r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
		case err != nil:
			return "", io.ErrUnexpectedEOF
		case long:
			return "", errLineTooLong
		default:
			return strings.TrimRight(string(b), "\r\n"), nil
		}
	}
}
