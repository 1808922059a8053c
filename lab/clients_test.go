package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pixsim/dataplane/link"
)

// callTo is a connection to a session of a server.
func callTo(t testing.TB, m *MailServer) net.Conn {
	near, far := net.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer far.Close()
		m.session(bufferedConn(far, &wg))
	})
	t.Cleanup(func() {
		near.Close()
		wg.Wait()
	})
	return near
}

// bufferedConn lets both ends of a pipe write at once, as TCP does: what comes is read ahead.
func bufferedConn(c net.Conn, wg *sync.WaitGroup) net.Conn {
	r := &readAhead{Conn: c}
	r.cond.L = &r.mu
	wg.Go(r.fill)
	return r
}

type readAhead struct {
	net.Conn
	mu   sync.Mutex
	cond sync.Cond
	b    bytes.Buffer
	err  error
}

func (r *readAhead) fill() {
	b := make([]byte, 64<<10)
	for {
		n, err := r.Conn.Read(b)
		r.mu.Lock()
		r.b.Write(b[:n])
		r.err = err
		r.cond.Broadcast()
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *readAhead) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.b.Len() == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.cond.Wait()
	}
	return r.b.Read(b)
}

func (r *readAhead) SetReadDeadline(time.Time) error { return nil }

// undelivered are the pairs that do not go together, and how it ends: a proxy that refuses EHLO is to the bot what
// Mailguard is, and Exchange 2007 and later hang up after five unknown verbs.
var undelivered = map[string]string{
	"bot-nofallback to raptor-proxy": "EHLO CLIENT: 500", "bot-nofallback to fw1-proxy": "EHLO CLIENT: 500",
	"blunt-xexch50 to ex2007": "EOF", "blunt-xexch50 to ex2010": "EOF", "blunt-xexch50 to ex2010edge": "EOF",
}

// Every client delivers to every server, unharmed, where no firewall is between them.
func TestEveryClientToEveryServer(t *testing.T) {
	const text = "Message-ID: <1@x>\r\nSubject: dots\r\n\r\n.\r\n..\r\n.x\r\nNOOP\r\nend\r\n"
	for _, server := range ServerProfileNames() {
		for _, name := range mailClients() {
			t.Run(name+" to "+server, func(t *testing.T) {
				t.Parallel()
				m := playing(t, server)
				s := client(t, name)
				s.Wait = 10 * time.Second
				a := s.Try(within(t), callTo(t, m), Mail{From: "a@example.net", To: []string{"user@example.com"}, Data: []byte(text)})
				if name == "tls-required" && errors.Is(a.Err, ErrTLSNotOffered) {
					if strings.Contains(a.Client.Received(), "STARTTLS") {
						t.Errorf("%v, and the server said %q", a.Err, a.Client.Received())
					}
					return
				}
				why := undelivered[name+" to "+server]
				if name == "blunt-bdat" && !strings.Contains(a.Client.Received(), "CHUNKING") {
					why = endOfData + ": " + map[bool]string{true: "402", false: "50"}[server == "strict4xx"] // it is unknown
				}
				if why != "" {
					if a.Err == nil || !strings.HasPrefix(a.Err.Error(), why) {
						t.Errorf("%v, want %s", a.Err, why)
					}
					return
				}
				all := m.Store().Messages()
				if a.Err != nil || len(all) != 1 {
					t.Fatalf("%v, %d messages\n%s", a.Err, len(all), a.Client.Received())
				}
				if got := bytes.TrimRight(all[0].Data, "\r\n"); !bytes.HasSuffix(got, []byte(strings.TrimRight(text, "\r\n"))) {
					t.Errorf("stored %q", got)
				}
			})
		}
	}
}

// Logging on, by each program and mechanism, opens the relay of each Exchange that has it.
func TestLogOnToRelay(t *testing.T) {
	for _, server := range []string{"ex55", "ex2000", "ex2003"} {
		for _, name := range []string{"oe4", "oe6", "ol2003"} {
			for _, spa := range []bool{false, true} {
				m := playing(t, server)
				s := client(t, name)
				s.Wait, s.SPA, s.User, s.Password = 10*time.Second, spa, `EXAMPLE\user`, "pass"
				a := s.Try(within(t), callTo(t, m), Mail{From: "user@example.com", To: []string{"friend@example.net"}, Data: oneLetter.Data})
				listed := strings.Contains(a.Client.Received(), "NTLM") && name != "oe4" // OE 4 reads AUTH= only, where NTLM is not
				if want := !spa || listed; (a.Err == nil) != want {
					t.Errorf("%s to %s, SPA %v: %v\n%s", name, server, spa, a.Err, a.Client.Received())
				}
				s.Password = "wrong"
				a = s.Try(within(t), callTo(t, m), Mail{From: "user@example.com", To: []string{"friend@example.net"}, Data: oneLetter.Data})
				if a.Err == nil || spa && listed && a.ErrorNumber() != 0x18 {
					t.Errorf("%s to %s with a wrong password: %v, %02x", name, server, a.Err, a.ErrorNumber())
				}
			}
		}
	}
}

// Two servers of one organisation know each other, and tell what SMTP has no words for.
func TestExchangeToExchange(t *testing.T) {
	for _, c := range []struct {
		client, server string
		version        int // of the sender's link state
		extras         []string
	}{
		{"ex2000", "ex2000", 2, []string{"X-EXPS GSSAPI", "X-LINK2STATE ", "XEXCH50 1028 2"}},
		{"ex2003", "ex2003", 2, []string{"X-EXPS GSSAPI", "X-LINK2STATE ", "XEXCH50 1028 2", "BDAT "}},
		{"ex2010", "ex2010", 1, []string{"X-EXPS GSSAPI", "XEXCH50 1028 2", "BDAT "}},
		{"ex55", "ex2003", 1, nil},
	} {
		m := playing(t, c.server)
		s := client(t, c.client)
		s.Wait, s.Org, s.LinkState = 10*time.Second, true, &LinkState{Version: 1}
		a := s.Try(within(t), callTo(t, m), Mail{From: "a@example.net", To: []string{"user@example.com"}, Data: oneLetter.Data})
		if a.Err != nil || s.LinkState.Version != c.version || len(a.Notices) != 0 || len(m.Store().Messages()) != 1 {
			t.Errorf("%s to %s: %v, version %d, %v\n%s", c.client, c.server, a.Err, s.LinkState.Version, a.Notices, a.Client.Received())
		}
		var said string
		for _, h := range a.Client.Transcript() {
			if h.Sent {
				said += string(h.Data)
			}
		}
		for _, x := range c.extras {
			if !strings.Contains(said, x) {
				t.Errorf("%s to %s: no %q", c.client, c.server, x)
			}
		}
	}
}

func TestDialogs(t *testing.T) {
	acc := Account{Name: "work", Server: "mail.example.com", Port: "25", Subject: "hello"}
	m := Mail{From: "me@example.com", To: []string{"bob@else.example"}}
	refused := func(command, reply string) *Attempt {
		var code int
		fmt.Sscan(reply, &code)
		r := &RefusedError{command, Reply{code, []string{reply}}}
		return &Attempt{Client: &SMTPClient{}, Err: r, Command: command, Refused: map[string]*RefusedError{"bob@else.example": r}}
	}
	broken := func(err error, command string) *Attempt {
		return &Attempt{Client: &SMTPClient{}, Err: err, Command: command}
	}
	const tail = "Account: 'work', Server: 'mail.example.com', Protocol: SMTP, "
	for _, c := range []struct {
		voice Voice
		a     *Attempt
		want  string
	}{
		{VoiceOE, refused("RCPT TO: <bob@else.example>", "550 5.7.1 Unable to relay for bob@else.example"), "The message could not be sent because one of the recipients was rejected by the server. The rejected e-mail address was 'bob@else.example'. Subject 'hello', " + tail + "Server Response: '550 5.7.1 Unable to relay for bob@else.example', Port: 25, Secure(SSL): No, Server Error: 550, Error Number: 0x800CCC79"},
		{VoiceOutlook, refused("RCPT TO: <bob@else.example>", "550 no"), "The message could not be sent because one of the recipients was rejected by the server. The rejected e-mail address was 'bob@else.example'. Subject: 'hello', " + tail + "Server Response: '550 no', Port: 25, Secure(SSL): No, Server Error: 550, Error Number: 0x800CCC79"},
		{VoiceOE, refused("MAIL FROM: <me@example.com>", "505 Authentication required"), "The message could not be sent because the server rejected the sender's e-mail address. The sender's e-mail address was 'me@example.com'. Subject 'hello', " + tail + "Server Response: '505 Authentication required', Port: 25, Secure(SSL): No, Server Error: 505, Error Number: 0x800CCC78"},
		{VoiceOE, refused(endOfData, "554 spam"), "An unknown error has occurred. Subject 'hello', " + tail + "Server Response: '554 spam', Port: 25, Secure(SSL): No, Server Error: 554, Error Number: 0x800CCC6F"},
		{VoiceOE, refused("AUTH LOGIN", "504 5.7.4 Unrecognized authentication type"), "An unknown error has occurred. Subject 'hello', " + tail + "Server Response: '504 5.7.4 Unrecognized authentication type', Port: 25, Secure(SSL): No, Server Error: 504, Error Number: 0x800CCC66"},
		{VoiceOE, refused("AUTH NTLM", "535 no"), "Unable to logon to the server using Secure Password Authentication. Subject 'hello', " + tail + "Server Response: '535 no', Port: 25, Secure(SSL): No, Server Error: 535, Error Number: 0x800CCC18"},
		{VoiceOE, refused("DATA", "499 odd"), "An unknown error has occurred. Subject 'hello', " + tail + "Server Response: '499 odd', Port: 25, Secure(SSL): No, Server Error: 499, Error Number: 0x800CCC60"},
		{VoiceOE, broken(io.EOF, endOfData), "Your server has unexpectedly terminated the connection. Possible causes for this include server problems, network problems, or a long period of inactivity. " + tail + "Port: 25, Secure(SSL): No, Error Number: 0x800CCC0F"},
		{VoiceOutlook, broken(io.EOF, endOfData), "The TCP/IP connection was unexpectedly terminated by your mail server. If this problem persists, contact your LAN Administrator or Internet provider. " + tail + "Port: 25, Secure(SSL): No, Error Number: 0x800CCC0F"},
		{VoiceOE, broken(notReply("OK."), "EHLO X"), "An unknown error has occurred. " + tail + "Port: 25, Secure(SSL): No, Error Number: 0x800CCC61"},
		{VoiceOE, broken(io.EOF, "STARTTLS"), "A secure connection to the server could not be established. " + tail + "Port: 25, Secure(SSL): No, Error Number: 0x800CCC1A"},
		{VoiceOE, broken(ErrTLSNotOffered, "EHLO X"), "Your outgoing (SMTP) e-mail server does not support SSL-secured connections. " + tail + "Port: 25, Secure(SSL): No, Error Number: 0x800CCC7D"},
		{VoiceOE, &Attempt{Err: second(refuses(context.Background(), netip.AddrPort{}))}, "The connection to the server has failed. " + tail + "Port: 25, Secure(SSL): No, Socket Error: 10061, Error Number: 0x800CCC0E"},
		{VoiceOE, &Attempt{}, ""},
	} {
		if d := cmp.Diff(c.want, Dialog(c.voice, c.a, m, acc)); d != "" {
			t.Error(d)
		}
	}
	want := "There was a problem logging onto your mail server. Your Password was rejected. Account: 'work', Server: 'mail.example.com', Protocol: POP3, Server Response: '-ERR Logon failure: unknown user name or bad password.', Port: 110, Secure(SSL): No, Server Error: 0x800CCC90, Error Number: 0x800CCC92"
	acc.Port = "110"
	if d := cmp.Diff(want, POP3Dialog(acc, "-ERR Logon failure: unknown user name or bad password.")); d != "" {
		t.Error(d)
	}
}

// Every reply code has a number of its own, whatever the command, but for MAIL and RCPT.
func TestErrorNumbersGoByTheCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.IntRange(300, 599).Draw(t, "code")
		verb := rapid.SampledFrom([]string{"EHLO x", "HELO x", "MAIL FROM: <a>", "RCPT TO: <a>", "DATA", endOfData, greeting, "AUTH LOGIN"}).Draw(t, "verb")
		a := &Attempt{Client: &SMTPClient{}, Command: verb, Err: &RefusedError{verb, Reply{Code: code}}}
		got := a.ErrorNumber()
		switch {
		case strings.HasPrefix(verb, "MAIL"):
			if got != 0x78 {
				t.Fatalf("%02x", got)
			}
		case strings.HasPrefix(verb, "RCPT"):
			if got != 0x79 {
				t.Fatalf("%02x", got)
			}
		default:
			if want, ok := replyNumbers[code]; ok && got != want || !ok && got != 0x60 {
				t.Fatalf("%d: %02x", code, got)
			}
		}
	})
}

func TestProgramLog(t *testing.T) {
	at := time.Date(2016, 11, 21, 23, 48, 50, 0, time.UTC)
	heard := []Heard{{at, false, []byte("220 a\r\n")}, {at, true, []byte("EHLO XPCLIENT\r\n")}, {at, false, []byte("250-a\r\n250 OK\r\n")}}
	want := "SMTP: 23:48:50 [rx] 220 a\nSMTP: 23:48:50 [tx] EHLO XPCLIENT\nSMTP: 23:48:50 [rx] 250-a\nSMTP: 23:48:50 [rx] 250 OK\n"
	if d := cmp.Diff(want, ProgramLog(VoiceOE, "h", heard)); d != "" {
		t.Error(d)
	}
	want = "2016.11.21 23:48:50 SMTP (h): <rx> 220 a\n2016.11.21 23:48:50 SMTP (h): [tx] EHLO XPCLIENT\n"
	if d := cmp.Diff(want, ProgramLog(VoiceOutlook, "h", heard[:2])); d != "" {
		t.Error(d)
	}
}

func TestTyped(t *testing.T) {
	for _, c := range []struct {
		profile, line string
		want          []string
	}{
		{"telnet-line", "HELO a", []string{"HELO a\r\n"}},
		{"telnet-line", "HELX\bO a\b\b\b\b\b\b\b\bx", []string{"x\r\n"}},
		{"telnet-line", "a\xffb", []string{"a\xff\xffb\r\n"}},
		{"telnet-char", "HE", []string{"H", "E", "\r\n"}},
		{"telnet-char", "H\b", []string{"H", "\b", "\r\n"}},
		{"telnet-char", "\xff", []string{"\xff\xff", "\r\n"}},
		{"telnet-char", "", []string{"\r\n"}},
		{"telnet-charnul", "HE", []string{"H", "E", "\r\x00"}},
	} {
		p, err := FindClient(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range p.Typed(c.line) {
			got = append(got, string(w))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %q", c.profile, c.line, got)
		}
	}
}

// A letter is the same each time, its attachment comes out as it went in, and nothing in it has 8 bits.
func TestLetters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Letter{ID: "1@x", From: "a@example.net", To: "b@example.com", Subject: "s", Date: testNow, Text: "text\n", File: "a.bin",
			Attachment: rapid.SliceOfN(rapid.Byte(), 1, 4000).Draw(t, "attachment")}
		octets, err := l.Octets()
		again, _ := l.Octets()
		if err != nil || !bytes.Equal(octets, again) {
			t.Fatalf("%v: %q, then %q", err, octets, again)
		}
		name, content, err := Attachment(octets)
		if err != nil || name != "a.bin" || !bytes.Equal(content, l.Attachment) {
			t.Fatalf("%v %s: %d octets of %d", err, name, len(content), len(l.Attachment))
		}
		checkLines(t, octets)
	})
	if _, _, err := Attachment([]byte("Subject: s\r\n\r\nno parts\r\n")); err == nil {
		t.Error("an attachment where there is none")
	}
}

// checkLines: RFC 5322 lines, in 7 bits.
func checkLines(t interface {
	Fatalf(string, ...any)
}, octets []byte) {
	for line := range bytes.Lines(octets) {
		if !bytes.HasSuffix(line, []byte("\r\n")) || len(line) > 1000 || slices.ContainsFunc(line, func(c byte) bool { return c >= 0x80 }) {
			t.Fatalf("line %q", line)
		}
	}
}

// sevenBit changes how a message is written, never what it says.
func TestSevenBit(t *testing.T) {
	const head = "MIME-Version: 1.0\r\nX-First: 1\r\nX-Second: 2\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n"
	mixed := head + "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe = all\r\n.\r\n" +
		"\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: binary\r\n\r\n\x00\xff\x80\r\n--c--\r\n" +
		"\r\n--b\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"
	got, err := sevenBit([]byte(mixed))
	if err != nil {
		t.Fatal(err)
	}
	checkLines(t, got)
	for _, want := range []string{"X-First: 1\r\nX-Second: 2\r\n", "Gr=FC=DFe =3D all\r\n.\r\n", "AP+A\r\n", "AAEC\r\n", "Content-Transfer-Encoding: quoted-printable\r\n"} {
		if !bytes.Contains(got, []byte(want)) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if _, content, err := Attachment(got); err != nil || !bytes.Equal(content, []byte{0, 0xff, 0x80}) {
		t.Errorf("%v %q", err, content)
	}
	plain := []byte("Subject: s\r\nContent-Type: text/plain\r\n\r\nseven\r\n")
	if got, err := sevenBit(plain); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%v %q", err, got)
	}
	deep := "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	for range maxParts + 1 {
		deep += "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
	}
	for _, bad := range []string{deep, "no colon\r\n\r\nx\r\n", head + "no part"} {
		if got, err := sevenBit([]byte(bad)); err == nil {
			t.Errorf("%.40q became %.40q", bad, got)
		}
	}
}

// What is read from outside is hostile: sevenBit ends, and what it takes comes out in 7 bits.
func FuzzSevenBit(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n"))
	f.Add([]byte("Subject: s\r\n\r\n\x80"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		got, err := sevenBit(octets)
		_, body, found := bytes.Cut(got, []byte("\r\n\r\n"))
		if err == nil && found && slices.ContainsFunc(body, func(c byte) bool { return c == 0 }) {
			t.Errorf("%q became %q", octets, got)
		}
	})
}

// POP3 by the mail program's half: what SMTP brought is there.
func TestPOP3Client(t *testing.T) {
	m, addr := mailServer(t, nil)
	if _, err := (Sender{}).Send(within(t), dialTCP(t, addr), Mail{From: "a@example.net", To: []string{"user@example.com"}, Data: []byte("Subject: s\r\n\r\n.dot\r\n")}); err != nil {
		t.Fatal(err)
	}
	pop := serveLocal(t, NewPOP3Server(m))
	p, greeting, err := NewPOP3Client(dialTCP(t, pop), 0)
	if err != nil || !strings.HasPrefix(greeting, "+OK ") {
		t.Fatalf("%q %v", greeting, err)
	}
	var refused ErrPOP3
	if err := p.Login("user", "wrong"); !errors.As(err, &refused) || refused.Error() != "-ERR Logon failure: unknown user name or bad password." {
		t.Errorf("%v", err)
	}
	if err := p.Login("user", "pass"); err != nil {
		t.Fatal(err)
	}
	lines, err := p.Lines("LIST")
	if err != nil || len(lines) != 1 || !strings.HasPrefix(lines[0], "1 ") {
		t.Errorf("%q %v", lines, err)
	}
	message, err := p.Retrieve(1)
	if err != nil || !bytes.HasSuffix(message, []byte("Subject: s\r\n\r\n.dot\r\n")) {
		t.Errorf("%q %v", message, err)
	}
	if _, err := p.Retrieve(2); !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}

// strict is a listener of connections that write only with a deadline that was set since the write before.
type strict struct{ net.Listener }

func (l strict) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &strictConn{Conn: c}, err
}

type strictConn struct {
	net.Conn
	set bool
}

func (c *strictConn) SetWriteDeadline(t time.Time) error {
	c.set = true
	return c.Conn.SetWriteDeadline(t)
}

func (c *strictConn) Write(b []byte) (int, error) {
	if !c.set {
		return 0, os.ErrDeadlineExceeded
	}
	c.set = false
	return c.Conn.Write(b)
}

// TestPatientServers: each write of a server has time of its own, be it one that a full buffer makes.
func TestPatientServers(t *testing.T) {
	m, _ := mailServer(t, nil)
	pop := NewPOP3Server(m)
	var addrs [2]string
	for i, s := range []interface {
		Serve(net.Listener) error
		Close() error
	}{m, pop} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { s.Serve(strict{ln}) })
		t.Cleanup(func() { s.Close(); wg.Wait() })
		addrs[i] = ln.Addr().String()
	}
	text := []byte(strings.Repeat("Subject: long\r\n", 5000))
	if r, err := open(t, addrs[0]).Data(text); err != nil || !r.OK() {
		t.Fatal(r, err)
	}
	const pipelined = 1000
	c := greeted(t, addrs[0])
	if err := c.Raw([]byte(strings.Repeat("NOOP\r\n", pipelined))); err != nil {
		t.Fatal(err)
	}
	for n := range pipelined {
		if r, err := c.Reply(); err != nil || !r.OK() {
			t.Fatal(n, r, err)
		}
	}
	p, _, err := NewPOP3Client(dialTCP(t, addrs[1]), 0)
	if err == nil {
		err = p.Login("user", "pass")
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Retrieve(1); err != nil || !bytes.HasSuffix(got, text) {
		t.Errorf("%d octets, %v", len(got), err)
	}
}

// TestClientBounds: what a client keeps of a server that has no end is bounded.
func TestClientBounds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	defer ln.Close()
	wg.Go(func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		line := []byte("+OK " + strings.Repeat("x", 32<<10) + "\r\n")
		for err == nil {
			_, err = c.Write(line)
		}
	})
	p, _, err := NewPOP3Client(dialTCP(t, ln.Addr().String()), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if lines, err := p.Lines("UIDL"); err == nil || len(lines) > 0 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	heard := 0
	for _, h := range p.c.Transcript() {
		heard += len(h.Data)
	}
	if heard > maxHeard || heard < maxHeard/2 {
		t.Errorf("%d octets are kept of what was heard", heard)
	}
}

func dialTCP(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// On the wire: where the end of the data is cut is where the segments are, also behind a body that fills the window.
func TestEndOfDataOnTheWire(t *testing.T) {
	body := []byte("Subject: s\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 3000))
	for _, c := range []struct {
		client string
		last   []string // the last segments before QUIT
	}{
		{"oe6", []string{"\r\n.\r\n"}},
		{"split-dot", []string{"\r\n"}},
		{"postfix", []string{".\r\n"}},
	} {
		var mu sync.Mutex
		var segments []string
		l := newLab(t, Options{Wire: func(host string, w link.Link) link.Link {
			if host != "client" {
				return w
			}
			return watched{w, func(b []byte) {
				if n := payloadLen(b); n > 0 {
					mu.Lock()
					segments = append(segments, string(b[len(b)-n:]))
					mu.Unlock()
				}
			}}
		}})
		if c.client == "postfix" {
			l.Mail().SetProfile(starred(t))
		}
		s := client(t, c.client)
		s.Wait = 10 * time.Second
		a := s.Try(within(t), dialLab(t, l, "client", MailAddr, 25), Mail{From: "a@example.net", To: []string{"user@example.com"}, Data: body})
		if a.Err != nil {
			t.Fatalf("%s: %v", c.client, a.Err)
		}
		mu.Lock()
		at := slices.Index(segments, "QUIT\r\n")
		if at < len(c.last)+1 || !slices.Equal(segments[at-len(c.last):at], c.last) {
			t.Errorf("%s: the last segments are %.60q", c.client, segments[max(0, at-3):])
		}
		if n := len(segments); n < 100 {
			t.Errorf("%s: %d segments", c.client, n)
		}
		mu.Unlock()
	}
}

// starred is the lab's server behind a greeting of stars.
func starred(t testing.TB) *ServerProfile {
	p, err := FindServerProfile("ex2003")
	if err != nil {
		t.Fatal(err)
	}
	p.Replies[Greeting] = Text{Say: "220 ****2***0*00", Mark: Own}
	return p
}

// A transcript shows the beginning and the end of what is long, and the rest as it is.
func TestAbridged(t *testing.T) {
	for n := range 60 {
		var long, want strings.Builder
		for i := range n {
			fmt.Fprintf(&long, "line %d\r\n", i)
		}
		got := string(abridged([]byte(long.String())))
		if n <= firstShown+lastShown {
			want.WriteString(long.String())
		} else {
			for i := range firstShown {
				fmt.Fprintf(&want, "line %d\r\n", i)
			}
			fmt.Fprintf(&want, "(%d more lines)\n", n+1-firstShown-lastShown)
			for i := n + 1 - lastShown; i < n; i++ {
				fmt.Fprintf(&want, "line %d\r\n", i)
			}
		}
		if d := cmp.Diff(want.String(), got); d != "" {
			t.Fatalf("%d lines: %s", n, d)
		}
	}
}
