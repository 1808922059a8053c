package lab

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// MailConfig is what a MailServer is. The zero value of a field means what its comment says.
type MailConfig struct {
	FQDN    string            // of the greeting; mail.example.com
	Domains []string          // at home, any local part; example.com
	Users   map[string]string // name to password; user with pass. Who is one of them may relay
	Store   *Store            // required
	Log     *MailLog          // required
	TLS     *tls.Certificate  // nil: STARTTLS is neither offered nor known
	Now     func() time.Time  // time.Now

	MaxConns   int           // 100
	MaxMessage int           // octets; 10 MiB
	Idle       time.Duration // 10 minutes; the time a client may be silent
}

// version is the one that the Knowledge Base article's greeting belongs to, by its length.
const version = "5.0.2195.4905"

// unknownVerb is what KB 320027 prints. The service itself says "500 5.3.3 Unrecognized command".
const unknownVerb = "500 Command unrecognized"

const (
	maxCommand = 2048  // octets of a command line; X-LINK2STATE needs 1024 (KB 812455)
	maxAuth    = 12288 // octets of a line of an AUTH dialogue (RFC 4954 section 4)
	maxRcpt    = 100   // recipients of a message (IIS)
)

// MailServer speaks ESMTP as the SMTP service of Windows 2000 with Exchange 2000 does. What reaches it, garbage
// included, goes to the log as it came.
type MailServer struct {
	cfg   MailConfig
	tls   *tls.Config
	srv   server
	conns atomic.Int64
	ids   atomic.Uint64
}

// NewMailServer completes the configuration.
func NewMailServer(c MailConfig) *MailServer {
	if c.FQDN == "" {
		c.FQDN = "mail.example.com"
	}
	if c.Domains == nil {
		c.Domains = []string{"example.com"}
	}
	if c.Users == nil {
		c.Users = map[string]string{"user": "pass"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.MaxConns == 0 {
		c.MaxConns = 100
	}
	if c.MaxMessage == 0 {
		c.MaxMessage = 10 << 20 // the service's default of 2 MiB would refuse attachments, and look like a fault of the firewall
	}
	if c.Idle == 0 {
		c.Idle = 10 * time.Minute
	}
	m := &MailServer{cfg: c}
	if c.TLS != nil {
		m.tls = &tls.Config{Certificates: []tls.Certificate{*c.TLS}}
	}
	m.srv = server{max: c.MaxConns, handle: m.session, refuse: m.busy}
	return m
}

// Serve takes connections from ln until it or the server is closed; it may be called for several listeners.
func (m *MailServer) Serve(ln net.Listener) error { return m.srv.Serve(ln) }

// Close ends every connection and waits.
func (m *MailServer) Close() error { return m.srv.Close() }

// Log is what reached the server.
func (m *MailServer) Log() *MailLog { return m.cfg.Log }

// Store is what the server took.
func (m *MailServer) Store() *Store { return m.cfg.Store }

func (m *MailServer) busy(c net.Conn) {
	c.SetDeadline(time.Now().Add(time.Second))
	io.WriteString(c, "421 4.3.2 Service not available\r\n")
}

// greeting ends in a blank, and has two before the date, without a leading zero in the day: seen on the wire.
func (m *MailServer) greeting() string {
	return fmt.Sprintf("220 %s Microsoft ESMTP MAIL Service, Version: %s ready at  %s ",
		m.cfg.FQDN, version, m.cfg.Now().Format("Mon, 2 Jan 2006 15:04:05 -0700"))
}

// smtpSession is one connection.
type smtpSession struct {
	srv  *MailServer
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	id   int
	peer string
	ip   string
	err  error // of the connection: it is over

	helo string
	tls  bool
	user string
	mail envelope
}

// envelope is the mail transaction.
type envelope struct {
	open   bool // MAIL was accepted
	from   string
	to     []string
	local  []string // those of to that are at home
	body   string
	chunks []byte // of BDAT
	bdat   bool
	over   bool // more BDAT came than a message may have
}

var errLineTooLong = errors.New("line too long")

func (m *MailServer) session(c net.Conn) {
	s := &smtpSession{srv: m, conn: c, id: int(m.conns.Add(1)), peer: c.RemoteAddr().String()}
	s.ip, _, _ = net.SplitHostPort(s.peer)
	s.attach(c)
	defer func() { s.conn.Close() }() // s.conn may be TLS by then
	s.log(Remark, "connected")
	s.reply(m.greeting())
	for s.err == nil {
		line, err := s.readLine(maxCommand)
		switch {
		case errors.Is(err, errLineTooLong):
			s.reply("500 5.3.3 Line too long") // unverified: the service's text
		case err != nil:
			s.fail(err)
		default:
			s.command(string(line))
		}
	}
	s.flush()
	s.log(Remark, "closed")
}

func (s *smtpSession) attach(c net.Conn) {
	s.conn = c
	s.r = bufio.NewReaderSize(c, 4096)
	s.w = bufio.NewWriterSize(c, 4096)
}

func (s *smtpSession) log(k LogKind, text string) {
	s.srv.cfg.Log.add(LogEntry{At: s.srv.cfg.Now(), Conn: s.id, Peer: s.peer, Kind: k, Text: text})
}

// reply sends one reply; all lines but the last have the hyphen already. It leaves with the next read, so that the
// replies to a pipelined group travel together.
func (s *smtpSession) reply(lines ...string) {
	for _, l := range lines {
		s.log(FromServer, l)
		s.w.WriteString(l)
		s.w.WriteString("\r\n")
	}
}

func (s *smtpSession) flush() {
	s.conn.SetWriteDeadline(time.Now().Add(time.Minute))
	if err := s.w.Flush(); err != nil && s.err == nil {
		s.err = err
	}
}

// fail ends the session because nothing more comes from the client.
func (s *smtpSession) fail(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.reply("451 Timeout waiting for client input")
	}
	s.err = err
}

// fill waits for octets, after it has sent what waits to be sent.
func (s *smtpSession) fill() error {
	if s.r.Buffered() > 0 {
		return nil
	}
	if s.flush(); s.err != nil {
		return s.err
	}
	s.conn.SetReadDeadline(time.Now().Add(s.srv.cfg.Idle))
	_, err := s.r.Peek(1)
	return err
}

// readLine returns a line without its CR LF; a lone LF or CR does not end it. A longer one than limit is read to its
// end and gives errLineTooLong. What came of a line that never ended is logged.
func (s *smtpSession) readLine(limit int) ([]byte, error) {
	var line []byte
	long, cr := false, false
	for {
		if err := s.fill(); err != nil {
			if len(line) > 0 {
				s.log(FromClient, string(line))
				s.log(Remark, "the last line had no end")
			}
			return nil, err
		}
		part, _ := s.r.Peek(s.r.Buffered())
		n, ended := lineEnd(part, cr)
		cr = part[n-1] == '\r'
		if keep := limit + 2 - len(line); n > keep {
			long = true
			line = append(line, part[:keep]...)
		} else {
			line = append(line, part[:n]...)
		}
		s.r.Discard(n)
		if !ended {
			continue
		}
		if long {
			s.log(FromClient, string(line))
			return nil, errLineTooLong
		}
		line = line[:len(line)-2]
		s.log(FromClient, string(line))
		return line, nil
	}
}

// lineEnd is how much of b belongs to the line, and whether CR LF ends it there; cr says that the octet before b was CR.
func lineEnd(b []byte, cr bool) (n int, ended bool) {
	for i, c := range b {
		if c == '\n' && cr {
			return i + 1, true
		}
		cr = c == '\r'
	}
	return len(b), false
}

// command runs one command line.
func (s *smtpSession) command(line string) {
	verb, arg, _ := strings.Cut(line, " ")
	f, known := verbs[strings.ToUpper(verb)]
	if !known || needsTLS[strings.ToUpper(verb)] && s.srv.tls == nil {
		s.reply(unknownVerb)
		return
	}
	f(s, strings.TrimSpace(arg))
}
