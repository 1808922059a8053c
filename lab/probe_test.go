package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// maySay is all that a probe may ever say to a server: nothing of it begins a mail.
var maySay = regexp.MustCompile(`^(EHLO \S+|HELO \S+|NOOP|NOOP {7}|goodmorning|HI there|HELP|STARTTLS \?|QUIT)$`)

// fakeServer is a mail server that follows a script, and hears what it may not be told.
type fakeServer struct {
	t      interface{ Errorf(string, ...any) }
	greets string                   // as it goes over the wire, line ends included; "": it waits
	says   func(line string) string // the same, for a line; "": nothing
	hangUp bool                     // after the greeting
	guard  *smtp.Profile            // before it; nil: none

	mu    sync.Mutex
	conns int
	open  int
	lines []string
	wg    sync.WaitGroup
}

// dial is a connection to it, in memory.
func (f *fakeServer) dial(context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns++
	if f.open++; f.open > 1 {
		f.t.Errorf("%d connections at a time", f.open)
	}
	f.wg.Go(func() {
		defer there.Close()
		f.serve(there)
	})
	return &fakeConn{here, f}, nil
}

type fakeConn struct {
	net.Conn
	f *fakeServer
}

func (c *fakeConn) Close() error {
	err := c.Conn.Close()
	if c.f != nil {
		c.f.mu.Lock()
		c.f.open = 0
		c.f.mu.Unlock()
	}
	return err
}

func (f *fakeServer) serve(c net.Conn) {
	w := wire{guard: f.guard, conn: c}
	if f.guard != nil {
		w.session = smtp.New(f.guard, nil)
	}
	if !w.toClient(f.greets) || f.hangUp {
		return
	}
	for {
		line, ok := w.line()
		if !ok {
			f.heard(w.said)
			return
		}
		f.mu.Lock()
		f.lines = append(f.lines, line)
		f.mu.Unlock()
		if f.says == nil {
			continue
		}
		if reply := f.says(line); reply == hangUp || !w.toClient(reply) {
			f.heard(w.said)
			return
		}
	}
}

// heard checks all that a probe has said on a connection. What comes without a line end is half a command.
func (f *fakeServer) heard(said []byte) {
	if bytes.HasPrefix(said, []byte{22, 3}) {
		return // TLS
	}
	for line := range strings.Lines(string(said)) {
		if line, ok := strings.CutSuffix(line, "\r\n"); ok && !maySay.MatchString(line) {
			f.t.Errorf("the probe said %q", line)
		}
	}
}

// wire is a connection as the server sees it: behind the engine of a release, if there is one.
type wire struct {
	guard   *smtp.Profile
	session *smtp.Session
	conn    net.Conn
	said    []byte // by the client
	in      []byte // on its way to the server, whole lines and the rest
	stuck   bool   // a part is withheld, and so is what follows it
}

// line is the next line that reaches the server.
func (w *wire) line() (string, bool) {
	buf := make([]byte, 4096)
	for {
		if line, rest, ok := bytes.Cut(w.in, []byte("\n")); ok {
			w.in = rest
			return strings.TrimSuffix(string(line), "\r"), true
		}
		n, err := w.conn.Read(buf) // one write of the client: a segment
		if err != nil {
			return "", false
		}
		w.said = append(w.said, buf[:n]...)
		if !w.toServer(buf[:n]) {
			return "", false
		}
	}
}

func (w *wire) toServer(seg []byte) bool {
	if w.session == nil {
		w.in = append(w.in, seg...)
		return true
	}
	if w.stuck {
		return true
	}
	for len(seg) > 0 {
		v := w.session.Segment(time.Time{}, smtp.ToServer, seg)
		w.in = append(w.in, seg[:v.Take]...)
		if !w.write(v.Answer) {
			return false
		}
		seg = seg[v.Take+v.Swallow:]
		if w.stuck = len(seg) > 0 && v.Swallow == 0; w.stuck {
			break // what is withheld comes again only as it was
		}
	}
	return true
}

func (w *wire) toClient(reply string) bool {
	seg := []byte(reply)
	for w.session != nil && len(seg) > 0 {
		v := w.session.Segment(time.Time{}, smtp.ToClient, seg)
		if !w.write(slices.Concat(seg[:v.Take], v.Answer)) {
			return false
		}
		if seg = seg[v.Take:]; v.Take == 0 {
			return true
		}
	}
	return w.write(seg)
}

// write leaves an empty piece alone: on a pipe it would wait for a reader.
func (w *wire) write(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	_, err := w.conn.Write(b)
	return err == nil
}

// hangUp is the reply of a server that has had enough.
const hangUp = "\x00"

// probe runs a probe against it.
func (f *fakeServer) probe(ctx context.Context, p Probe) (*ProbeReport, error) {
	p.Dial = f.dial
	r, err := p.Run(ctx)
	f.wg.Wait()
	if f.conns > 3 {
		f.t.Errorf("%d connections", f.conns)
	}
	return r, err
}

// answers is a server that knows some verbs and refuses the others.
func answers(known map[string]string, unknown string) func(string) string {
	return func(line string) string {
		verb, _, _ := strings.Cut(line, " ")
		if reply, ok := known[strings.ToUpper(verb)]; ok {
			return reply
		}
		return strings.ReplaceAll(unknown, "%s", line)
	}
}

const (
	postfixEHLO = "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n"
	stars       = "**********************"
)

var (
	postfixLike = answers(map[string]string{"EHLO": postfixEHLO, "HELO": "250 mx.example.org\r\n", "NOOP": "250 2.0.0 Ok\r\n", "QUIT": "221 2.0.0 Bye\r\n"},
		"502 5.5.2 Error: command not recognized\r\n")
	sendmailLike = answers(map[string]string{
		"EHLO": "250-mx.example.org Hello [192.0.2.1], pleased to meet you\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250-DSN\r\n250-ETRN\r\n250-DELIVERBY\r\n250 HELP\r\n",
		"HELO": "250 mx.example.org Hello [192.0.2.1], pleased to meet you\r\n", "NOOP": "250 2.0.0 OK\r\n", "QUIT": "221 2.0.0 mx.example.org closing connection\r\n",
		"HELP": "214-2.0.0 This is sendmail version 8.13.1\r\n214 2.0.0 End of HELP info\r\n",
	}, "500 5.5.1 Command unrecognized: \"%s\"\r\n")
	qmailLike = answers(map[string]string{"EHLO": "250-mx.example.org\r\n250-PIPELINING\r\n250 8BITMIME\r\n", "HELO": "250 mx.example.org\r\n",
		"NOOP": "250 ok\r\n", "QUIT": "221 mx.example.org\r\n", "HELP": "214 qmail home page: http://pobox.com/~djb/qmail.html\r\n"}, "502 unimplemented (#5.5.1)\r\n")
	heloOnly = answers(map[string]string{"HELO": "250 Hello\r\n", "NOOP": "250 OK\r\n", "QUIT": "221 Bye\r\n"}, "500 Syntax error, command unrecognized\r\n")
	anything = func(string) string { return "250 OK\r\n" }
)

// TestProbeOfOtherServers: what stands on port 25 without a Mailguard before it, and on other ports, gets an honest answer.
func TestProbeOfOtherServers(t *testing.T) {
	for _, c := range []struct {
		name   string
		server *fakeServer
		want   ProbeVerdict
		says   string // in the report's text
	}{
		{"Postfix", &fakeServer{greets: "220 mx.example.org ESMTP Postfix\r\n", says: postfixLike}, ProbeNone, "confidence: high"},
		{"sendmail", &fakeServer{greets: "220 mx.example.org ESMTP Sendmail 8.13.1/8.13.1; Sat, 20 Nov 2010 10:20:30 GMT\r\n", says: sendmailLike}, ProbeNone, "has reached the server as it was sent"},
		{"qmail", &fakeServer{greets: "220 mx.example.org ESMTP\r\n", says: qmailLike}, ProbeNone, ""},
		{"HELO only", &fakeServer{greets: "220 mx.example.org Simple Mail Transfer Service Ready\r\n", says: heloOnly}, ProbeNone, ""},
		{"HELO only, promises ESMTP", &fakeServer{greets: "220 mx.example.org ESMTP ready\r\n", says: heloOnly}, ProbeNone, "the greeting promises ESMTP but EHLO is refused"},
		{"EHLO becomes HELO", &fakeServer{greets: "220 mx.example.org ESMTP\r\n", says: answers(map[string]string{"EHLO": "250 mx\r\n", "HELO": "250 mx\r\n", "NOOP": "250 ok\r\n"}, "500 what\r\n")}, ProbeNone, "gateways that turn EHLO into HELO"},
		{"EHLO put off", &fakeServer{greets: "220 mx.example.org\r\n", says: answers(map[string]string{"HELO": "250 mx\r\n", "NOOP": "250 ok\r\n"}, "402 4.5.2 Error: command not recognized\r\n")}, ProbeNone, "put off with 4xx"},
		{"a greeting of stars, somebody's own", &fakeServer{greets: "220 " + stars + "\r\n", says: postfixLike}, ProbeNone, "the greeting is stars"},
		{"stars and a year, somebody's own", &fakeServer{greets: "220 " + stars + "2002" + stars + "\r\n", says: sendmailLike}, ProbeNone, ""},
		{"tarpit", &fakeServer{greets: "220 mx.example.org ESMTP\r\n", says: anything}, ProbeNone, "content with anything"},
		{"several lines", &fakeServer{greets: "220-mx.example.org ESMTP\r\n220-No spam\r\n220 please\r\n", says: postfixLike}, ProbeNone, ""},
		{"8-bit octets", &fakeServer{greets: "220 b\xfccher.example \x1b[31mred\xc3\xa9 ESMTP\r\n", says: postfixLike}, ProbeNone, `b\xfccher.example \x1b[31m`},
		{"a terminal's", &fakeServer{greets: "220 mx.example.org \x9b31m \u009b31m \x7f\r\n", says: postfixLike}, ProbeNone, `mx.example.org \x9b31m \u009b31m \x7f`},
		{"lines end in LF", &fakeServer{greets: "220 mx.example.org ESMTP\n", says: func(l string) string { return strings.ReplaceAll(postfixLike(l), "\r", "") }}, ProbeNone, ""},
		{"closes at the unknown verb", &fakeServer{greets: "220 mx.example.org ESMTP\r\n", says: func(l string) string {
			if l == "goodmorning" {
				return hangUp
			}
			return postfixLike(l)
		}}, ProbeNone, "unknown verb: closed the connection"},
		{"too many errors", &fakeServer{greets: "220 mx.example.org ESMTP\r\n", says: func(l string) string {
			if l == "HI there" {
				return "421 4.7.0 Too many errors\r\n"
			}
			return postfixLike(l)
		}}, ProbeNone, ""},
		{"stars, and then nothing", &fakeServer{greets: "220 " + stars + "\r\n"}, ProbeUndecided, "EHLO: no answer"},
		{"no service", &fakeServer{greets: "554 5.7.1 no service for 192.0.2.1\r\n", says: postfixLike}, ProbeUndecided, "let nobody speak: 554 5.7.1"},
		{"busy", &fakeServer{greets: "421 4.3.2 Service not available\r\n", hangUp: true}, ProbeUndecided, "421 4.3.2"},
		{"closed at once", &fakeServer{hangUp: true}, ProbeUndecided, "closed before a greeting came"},
		{"a greeting without an end", &fakeServer{greets: strings.Repeat("220-"+stars+"\r\n", 1000)}, ProbeNoSMTP, ""},
		{"a line without an end", &fakeServer{greets: "220 " + strings.Repeat("*", 1<<20)}, ProbeNoSMTP, ""},
		{"SSH", &fakeServer{greets: "SSH-2.0-OpenSSH_9.2\r\n"}, ProbeNoSMTP, "but SSH"},
		{"POP3", &fakeServer{greets: "+OK ready\r\n"}, ProbeNoSMTP, "but POP3"},
		{"IMAP", &fakeServer{greets: "* OK [CAPABILITY IMAP4rev1] ready\r\n"}, ProbeNoSMTP, "but IMAP"},
		{"HTTP", &fakeServer{says: func(string) string { return "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" }}, ProbeNoSMTP, "but HTTP"},
		{"silent", &fakeServer{}, ProbeNoSMTP, "Nothing was said"},
		{"noise", &fakeServer{greets: "\x00\x01\x02\n\n\n\n\n\n\n"}, ProbeNoSMTP, ""},
		{"Firebox", &fakeServer{greets: "220 SMTP service ready\r\n", says: answers(map[string]string{
			"HELO": "250 ok\r\n", "NOOP": "250 ok\r\n", "HELP": "214-Commands:\r\n214-\tDATA\tRCPT\tMAIL\tQUIT\tRSET\r\n214 \tHELO\tVRFY\tEXPN\tHELP\tNOOP\r\n"}, "500 what\r\n")}, ProbeOther, "WatchGuard"},
		{"FireWall-1", &fakeServer{greets: "220 CheckPoint FireWall-1 secure ESMTP server\r\n", says: answers(map[string]string{"HELO": "250 ok\r\n", "NOOP": "220 OK\r\n"}, "500 what\r\n")}, ProbeOther, "Check Point"},
		{"FireWall-1, renamed", &fakeServer{greets: "220 mx\r\n", says: answers(map[string]string{"HELO": "250 ok\r\n", "NOOP": "220 OK\r\n"}, "500 what\r\n")}, ProbeOther, "Check Point"},
		{"Raptor", &fakeServer{greets: "220 fw.example.org Generic SMTP handler\r\n", says: answers(map[string]string{
			"HELO": "250 fw.example.org talking to pc ([192.0.2.1])\r\n", "NOOP": "250 ok\r\n", "HELP": "214 Help not supported by this implementation\r\n"}, "500 Command unrecognized\r\n")}, ProbeOther, "Raptor"},
		{"InterLock", &fakeServer{greets: "220 fw InterLock SMTP Gateway 3.0 ready\r\n", says: heloOnly}, ProbeOther, "InterLock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.server.t = t
			p := Probe{Wait: time.Minute, pause: time.Millisecond}
			if c.server.says == nil || c.server.greets == "" {
				p.Wait = 3 * time.Second
			}
			r, err := c.server.probe(within(t), p)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := r.Text(&text); err != nil {
				t.Fatal(err)
			}
			if flat := strings.Join(strings.Fields(text.String()), " "); r.Verdict != c.want || !strings.Contains(flat, c.says) {
				t.Errorf("%s, want %s with %q:\n%s%q", r.Verdict, c.want, c.says, text.String(), c.server.lines)
			}
			if strings.ContainsFunc(text.String(), func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') }) {
				t.Errorf("unprintable: %q", text.String())
			}
			if j, err := json.Marshal(r); err != nil || bytes.ContainsFunc(j, obeyed) {
				t.Errorf("unprintable: %q %v", j, err)
			}
			if len(r.Fits)+len(r.Symptoms())+len(r.Cures()) > 0 {
				t.Errorf("releases, symptoms or cures without a Mailguard: %+v", r)
			}
		})
	}
}

// TestJudge has what the literature shows of sessions through a Mailguard, and the answers to a command in two segments.
func TestJudge(t *testing.T) {
	dialogue := func(greeting string, replies ...string) steps {
		all := steps{{Name: stepGreeting, Reply: strings.Split(greeting, "\n")}}
		names := []string{stepEHLO, stepHELO, stepNOOP, stepUnknown, stepShort, stepHELP}
		for i, r := range replies {
			s := ProbeStep{Name: names[i], Sent: probeLines[names[i]], Reply: strings.Split(r, "\n")}
			if i < 2 {
				s.Sent += "ME"
			}
			all = append(all, s)
		}
		return all
	}
	split := func(all steps, reply, fault string, took time.Duration) steps {
		s := ProbeStep{Name: stepSplit, Sent: "NO | OP", Fault: fault, Took: took}
		if reply != "" {
			s.Reply = []string{reply}
		}
		return slices.Concat(all, steps{s})
	}
	quiet := dialogue("220 "+strings.Repeat("*", 24)+"20 *******", "500 Unrecognized command", "250 OK", "250 OK", "500 Unrecognized command", "500 Unrecognized command", "500 Unrecognized command")
	plain := dialogue("220 mx ESMTP", "250-mx\n250 PIPELINING", "250 OK", "250 OK", "500 what", "500 what", "500 what")
	for _, c := range []struct {
		name    string
		all     steps
		want    ProbeVerdict
		quotes  string
		engines func(p *smtp.Profile) bool // those of all releases that fit
	}{
		{"a scanner's log (GOSCAN)", dialogue("220 "+stars, `500 5.5.1 Command unrecognized: "XXXX ME"`, "250 mx", "250 2.0.0 OK", `500 5.5.1 Command unrecognized: "XXXXXXXXXXX"`,
			`500 5.5.1 Command unrecognized: "XX there"`), ProbeMailguard, `"XXXX ME"`, func(p *smtp.Profile) bool { return !p.ESMTP && p.Reject == smtp.RejectMask }},
		{"the greeting passes, sendmail gives back X", dialogue("220 mx ESMTP Sendmail", "250-mx\n250-XXXXXXXXA\n250 XXXB", "250 mx", "250 2.0.0 OK", `500 5.5.1 Command unrecognized: "XXXXXXXXXXX"`,
			`500 5.5.1 Command unrecognized: "XXXXXXXX"`), ProbeMailguard, "XXXXXXXXA", func(p *smtp.Profile) bool { return p.ESMTP }},
		{"Exchange 2003 (PGT)", dialogue("220 "+stars+"2002", "250-mx\n250-XXXA\n250-SIZE\n250-ETRN\n250-PIPELINING\n250-DSN\n250-ENHANCEDSTATUSCODES\n250-8bitmime\n250-BINARYMIME\n250-XXXXXXXB\n250-XXXC\n"+
			"250-XXXXXXXXXXXXXXXXXXXXXXXD\n250-XXXXXXXXXXXE\n250-AUTH GSSAPI NTLM LOGIN\n250-XXXXXXXXXF\n250-XXXXXXXXXXXG\n250-XXXXXXH\n250 XI"), ProbeMailguard, "250-XXXA", func(p *smtp.Profile) bool { return p.ESMTP }},
		{"STARTTLS last (118550)", dialogue("220 "+stars, "250-mx\n250-8BITMIME\n250 XXXXXXXA"), ProbeMailguard, "XXXXXXXA", func(p *smtp.Profile) bool { return p.ESMTP }},
		{"ArGoSoft", dialogue("220-"+strings.Repeat("*", 89)+"\n220 "+strings.Repeat("*", 32), "250-mx\n250-AUTH LOGIN\n250 XXXA"), ProbeMailguard, "XXXA", func(p *smtp.Profile) bool { return p.ESMTP }},
		{"letters that do not count", dialogue("220 mx ESMTP", "250-mx\n250-XXXXXXXXB\n250 XXXB", "250 mx", "250 OK", "500 what", "500 what"), ProbeNone, "", nil},
		{"masked, the whole line comes late", split(quiet, "250 OK", "", time.Second), ProbeMailguard, "", func(p *smtp.Profile) bool { return !p.ESMTP }},
		{"masked, the line never comes", split(quiet, "", faultSilent, 3*time.Second), ProbeMailguard, "NO | OP", func(p *smtp.Profile) bool { return p.Part == smtp.PartWithhold }},
		{"plain", split(plain, "250 OK", "", time.Millisecond), ProbeNone, "", nil},
		{"plain, but a line in two segments is refused", split(plain, "500 what", "", time.Millisecond), ProbeUndecided, "500 what", nil},
		{"plain, over a bad line", split(plain, "250 OK", "", 2*time.Second), ProbeNone, "", nil},
	} {
		r := judge(c.all)
		if r.Verdict != c.want || c.quotes != "" && !slices.ContainsFunc(r.Evidence, func(e Evidence) bool { return e.Weight > 0 && strings.Contains(e.Quote, c.quotes) }) {
			t.Errorf("%s: %s (%s), want %s: %+v", c.name, r.Verdict, r.Confidence, c.want, r.Evidence)
		}
		if (c.engines == nil) != (len(r.Fits) == 0) {
			t.Errorf("%s: releases %v", c.name, r.Fits)
		}
		for _, f := range r.Fits {
			if !c.engines(&f.Release.SMTP) {
				t.Errorf("%s: it may be %s %s: %+v", c.name, f.Release.Name, f.Option, r.Fits)
			}
		}
	}
}

// TestProbeOfTLS: a server that waits for TLS, as on port 465.
func TestProbeOfTLS(t *testing.T) {
	t.Parallel()
	cert, err := SelfSigned("mail.example.com", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ln := tlsListener(t, cert)
	p := Probe{Wait: 6 * time.Second, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}}
	r, err := p.Run(within(t))
	if err != nil || r.Verdict != ProbeNoSMTP || !strings.Contains(r.Summary, "waits for TLS") {
		t.Errorf("%+v %v", r, err)
	}
}

// TestProbeNeverSendsMail: whatever a server says, the probe says nothing but what it may, on at most three connections,
// and it ends.
func TestProbeNeverSendsMail(t *testing.T) {
	reply := rapid.SampledFrom([]string{
		"220 mx ESMTP\r\n", "220 ******2002***0 \r\n", "220 SMTP/cmap_______ read\r\n", "354 go ahead\r\n", "334 VXNlcm5hbWU6\r\n", "250 OK\r\n",
		"250-mx\r\n250-XXXXXXXA\r\n250 XXXXB\r\n", postfixEHLO, "250 \r\n", "500 Command unrecognized\r\n", "500 \"XXXXXXXXXXX\"\r\n", "421 bye\r\n", "221 bye\r\n",
		"250-no end\r\n", "99\r\n", "999 what\r\n", "\r\n", "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n", hangUp, "", strings.Repeat("x", 5000),
		"250 one\r\n250 two\r\n354 three\r\n",
	})
	rapid.Check(t, func(t *rapid.T) {
		f := fakeServer{t: t, greets: rapid.OneOf(reply, rapid.Just("220 mx ESMTP\r\n")).Draw(t, "greeting")}
		script := rapid.SliceOfN(reply, 20, 20).Draw(t, "replies")
		var n atomic.Int64 // an old connection may still be served when the next one is
		f.says = func(string) string { return script[int(n.Add(1))%len(script)] }
		r, err := f.probe(t.Context(), Probe{Wait: 60 * time.Millisecond, Mute: 10 * time.Millisecond, pause: time.Microsecond})
		if err != nil || r.Verdict == "" || r.Summary == "" {
			t.Fatalf("%+v %v", r, err)
		}
		if len(f.lines) > 20 {
			t.Fatalf("%d lines: %q", len(f.lines), f.lines)
		}
		for _, s := range r.Steps {
			if size := len(strings.Join(s.Reply, "")); size > maxProbeReply {
				t.Fatalf("%d octets of a reply were kept", size)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}

func TestProbeWithoutConnection(t *testing.T) {
	p := Probe{Dial: func(context.Context) (net.Conn, error) { return nil, os.ErrPermission }}
	if _, err := p.Run(within(t)); !errors.Is(err, ErrNoConnection) || !errors.Is(err, os.ErrPermission) {
		t.Errorf("%v", err)
	}
}

// TestProbeInterrupted: a person who has enough gets out at once.
func TestProbeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(within(t))
	f := fakeServer{t: t, greets: "220 mx\r\n", says: func(string) string { cancel(); return "" }}
	if _, err := f.probe(ctx, Probe{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestReadMask has the greetings that the literature shows.
func TestReadMask(t *testing.T) {
	for _, c := range []struct {
		lines string
		want  Mask
	}{
		// KB 320027, with the blank that it lost and without, whole and wrapped; Q295725 prints the blank.
		{"220*******************************************************0*2******0***********************2002*******2***0*00", MaskKeep20},
		{"220*******************************************************0*2******0***********************\n2002*******2***0*00", MaskKeep20},
		{"220 *******************************************************0*2******0***********************\n2002*******2***0*00", MaskKeep20},
		{"220 *******************************************************0*2******0***********************2002*******2***0*00 ", MaskKeep20},
		{"220 SMTP/cmap_________________________________________ read", MaskCmap},
		{"220 SMTP/cmap____ read", MaskCmap},
		// Recog and nmap.
		{"220 SMTP/cmap ready________________________________________________________________________", MaskCmap},
		{"220 ********", MaskStars}, // smtp-sink -P
		{"220 ********************************************", MaskStars},
		{"220 " + strings.Repeat("*", 200), MaskStars},                                                        // UBF13
		{"220 **************************************0******0*********20 ****200**0*********0*00", MaskKeep20}, // the Postfix FAQ's
		{"220-" + strings.Repeat("*", 89) + "\n220 " + strings.Repeat("*", 32), MaskStars},                    // ArGoSoft behind a PIX
		// Servers of Microsoft, and other firewalls.
		{"220 mail.example.com Microsoft Exchange Internet Mail Service 5.0.1460.8 ready", MaskNone},
		{"220 mail.example.com ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2653.13) ready", MaskNone},
		{"220 mail.example.com  SMTP Server (Microsoft Exchange Internet Mail Service 5.5.2232.0) ready", MaskNone},
		{"220-mail.example.com Microsoft SMTP MAIL ready at Mon, 2 Jan 2006 15:04:05 -0700 Version: 5.5.1877.197.19\n220 ESMTP spoken here", MaskNone},
		{"220 mail.example.com Microsoft ESMTP MAIL Service, Version: 5.0.2195.6713 ready at  Mon, 2 Jan 2006 15:04:05 -0700 ", MaskNone},
		{"220 mail.example.com Microsoft ESMTP MAIL Service ready at Mon, 2 Jan 2006 15:04:05 -0700", MaskNone},
		{"220 ESMTP Ready", MaskNone},
		{"220 SMTP service ready", MaskNone},
		{"220 CheckPoint FireWall-1 secure SMTP server", MaskNone},
		{"220 CheckPoint FireWall-1 secure ESMTP server", MaskNone},
		{"220 fw Generic SMTP handler", MaskNone},
		{"220 InterLock SMTP Gateway 3.0 ready", MaskNone},
		// Stars that no release leaves so.
		{"220 *** welcome *** to mail.example.org *** ESMTP ***", MaskNone},
		{"220 ** ** ** 2002 **", MaskNone},
		{"220 ************ ESMTP", MaskNone},
		{"220 SMTP/cmap is our product", MaskNone},
		// Texts that a mask leaves alone because there is nothing to mask.
		{"220", MaskNone},
		{"220 ", MaskNone},
		{"220 0", MaskNone},
		{"220 2002", MaskNone},
		{"220 S", MaskNone},
		// No greeting.
		{"421 4.3.2 Service not available", MaskUnknown},
		{"554 ********************", MaskUnknown},
		{"", MaskUnknown},
	} {
		if got := ReadMask(strings.Split(c.lines, "\n")); got != c.want {
			t.Errorf("%q: %s, want %s", c.lines, got, c.want)
		}
	}
}

// TestEveryMaskIsRead: what a release makes of a greeting is known for masked, and the release is among those that could
// have made it.
func TestEveryMaskIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(candidates()).Draw(t, "release")
		greeting := "220 " + rapid.StringMatching(`[a-z.]{12,30} ESMTP [ -~]{0,60}`).Draw(t, "text")
		b := []byte(greeting + "\r\n")
		smtp.New(&r.SMTP, nil).Segment(time.Time{}, smtp.ToClient, b)
		lines := []string{strings.TrimSuffix(string(b), "\r\n")}
		if got := ReadMask(lines); got == MaskNone || got == MaskUnknown {
			t.Fatalf("%s: %q is %s", r.Name, lines[0], got)
		}
		if !masksGreeting(&r.SMTP, lines) {
			t.Fatalf("%s does not know its own %q", r.Name, lines[0])
		}
		if plain := ReadMask([]string{greeting}); plain != MaskNone {
			t.Fatalf("%q is %s", greeting, plain)
		}
	})
}

// realServers are the dialogues of servers, to stand behind every release.
var realServers = map[string]*fakeServer{
	"Postfix":   {greets: "220 mx.example.org ESMTP Postfix (Debian/GNU)\r\n", says: postfixLike},
	"sendmail":  {greets: "220 mx.example.org ESMTP Sendmail 8.13.1/8.13.1; Sat, 20 Nov 2010 10:20:30 GMT\r\n", says: sendmailLike},
	"qmail":     {greets: "220 mx.example.org ESMTP\r\n", says: qmailLike},
	"two lines": {greets: "220-mx.example.org ArGoSoft Mail Server Pro for WinNT/2000/XP, Version 1.8\r\n220 ready\r\n", says: sendmailLike},
	"Exchange 5.5": {greets: "220 mx.example.org ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2653.13) ready\r\n", says: answers(map[string]string{
		"EHLO": "250-mx.example.org Hello [pc]\r\n250-XEXCH50\r\n250-HELP\r\n250-ETRN\r\n250-DSN\r\n250-SIZE 0\r\n250-AUTH LOGIN\r\n250 AUTH=LOGIN\r\n",
		"HELO": "250 OK\r\n", "NOOP": "250 OK\r\n", "HELP": "214 XEXCH50\r\n", "QUIT": "221 closing connection\r\n"}, "500 Unrecognized command\r\n")},
	"strict": {greets: "220 mx.example.org ESMTP OpenSMTPD\r\n", says: func(line string) string {
		if strings.HasPrefix(line, "NOOP ") {
			return "500 5.5.4 Invalid command arguments: command does not accept arguments.\r\n"
		}
		return answers(map[string]string{"EHLO": "250-mx Hello\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-SIZE 36700160\r\n250-DSN\r\n250 HELP\r\n",
			"HELO": "250 mx Hello\r\n", "NOOP": "250 2.0.0 Ok\r\n", "HELP": "214-This is OpenSMTPD\r\n214 End\r\n"}, "500 5.5.1 Invalid command: Command unrecognized\r\n")(line)
	}},
	"4xx": {greets: "220 mx.example.org ESMTP of 20 servers\r\n", says: answers(map[string]string{"EHLO": postfixEHLO, "HELO": "250 mx\r\n", "NOOP": "250 Ok\r\n"},
		"402 4.5.2 Error: command not recognized\r\n")},
}

// TestProbeBehindEveryRelease: whatever server stands behind it, the release is found among those that fit best; one that
// lets STARTTLS pass, before a server that has none, among those that fit nearly as well.
func TestProbeBehindEveryRelease(t *testing.T) {
	var wg sync.WaitGroup
	for _, rel := range candidates() {
		for name, server := range realServers {
			wg.Go(func() {
				f := &fakeServer{t: t, greets: server.greets, says: server.says, guard: &rel.SMTP}
				r, err := f.probe(t.Context(), Probe{pause: time.Millisecond, Mute: 2 * time.Second})
				if err != nil {
					t.Error(err)
					return
				}
				list := r.Fits
				if rel.SMTP.AllowTLS {
					list = slices.Concat(list, r.Also)
				}
				fits := slices.ContainsFunc(list, func(f ReleaseFit) bool { return f.Release.Name == rel.Name && f.Option == "" })
				if r.Verdict != ProbeMailguard || !fits {
					var text bytes.Buffer
					r.Text(&text)
					t.Errorf("%s before %s: %s%+v", rel.Name, name, text.String(), r.Steps)
				}
			})
		}
	}
	wg.Wait()
}

// behind runs the box of a release with a mail server behind it, and probes that from the Internet.
func behind(ctx context.Context, rel *release.Release, guarded bool) (report *ProbeReport, err error) {
	text, err := StartupConfig(rel.Name)
	if err == nil && !guarded {
		text, err = flipGuard(text)
	}
	if err != nil {
		return nil, err
	}
	clock := slowClock{time.Now()}
	l, err := New(Options{Now: clock.now})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	flash := appliance.MemoryFlash(time.Now)
	if _, err := appliance.Seed(flash, text); err != nil {
		return nil, err
	}
	key, err := labHostKey()
	if err != nil {
		return nil, err
	}
	box, err := appliance.New(appliance.Options{Release: rel, Flash: flash, Links: l.Links(), HostKey: key, Now: time.Now,
		Rand: rand.New(rand.NewPCG(1, 2)), QuickBoot: true})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- box.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case <-box.Ready():
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return Probe{Dial: func(ctx context.Context) (net.Conn, error) {
		return l.Host("client").Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(MailGlobal, smtpPort))
	}}.Run(ctx)
}

// looks is what a probe can see of a release's engine.
func looks(r *release.Release) string {
	p := &r.SMTP
	return fmt.Sprint(p.Reject, p.WholeLine, p.Banner, p.Part, p.ESMTP, p.Extensions, p.AllowTLS && p.Maps)
}

// TestProbeOfEveryRelease: a probe names every release, but for those that look the same, and sees that the article's
// resolution has helped.
func TestProbeOfEveryRelease(t *testing.T) {
	type probed struct {
		rel     *release.Release
		option  string
		guarded bool
	}
	var all []probed
	seen := map[string]bool{}
	for _, r := range release.All() {
		all = append(all, probed{r, "", true}, probed{r, "", false})
		if seen[looks(r)] {
			continue // its options show nothing that those of the other have not shown
		}
		seen[looks(r)] = true
		for option, does := range map[string]bool{
			"banner=cmap-recog": r.SMTP.Banner == smtp.BannerCmapKB,
			"banner=stars":      r.SMTP.ESMTP,
			"reject=noop":       !r.SMTP.ESMTP && r.SMTP.Reject == smtp.RejectMask,
			"engine=smtp":       r.SMTP.ESMTP,
			"banner=pass":       r.SMTP.ESMTP, // no mask-banner
			"allow-tls=on":      r.SMTP.Maps && !r.SMTP.AllowTLS,
		} {
			if does {
				all = append(all, probed{r, option, true})
			}
		}
	}
	gate := make(chan struct{}, 8) // most of a probe is waiting
	var wg sync.WaitGroup
	for _, c := range all {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			name := fmt.Sprintf("%s %s guarded=%v", c.rel.Name, c.option, c.guarded)
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			report, err := behind(ctx, optioned(c.rel, c.option), c.guarded)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			if fault := misjudged(report, c.rel, c.option, c.guarded); fault != "" {
				var text bytes.Buffer
				report.Text(&text)
				t.Errorf("%s: %s\n%s\n%+v", name, fault, text.String(), report.Steps)
			}
		})
	}
	wg.Wait()
}

// optioned is r with an option; "": as it is.
func optioned(r *release.Release, option string) *release.Release {
	if option == "" {
		return r
	}
	other, err := r.With([]string{option})
	if err != nil {
		panic(err)
	}
	return other
}

// misjudged says what is wrong with a report.
func misjudged(report *ProbeReport, rel *release.Release, option string, guarded bool) string {
	if !guarded {
		if report.Verdict != ProbeNone {
			return "no Mailguard is there"
		}
		return ""
	}
	if report.Verdict != ProbeMailguard || report.Confidence == "low" {
		return "not found, or not for sure"
	}
	if option == "allow-tls=on" { // which later releases do by themselves
		if !slices.ContainsFunc(slices.Concat(report.Fits, report.Also), func(f ReleaseFit) bool { return f.Release.Name == rel.Name && f.Option == option }) {
			return "not among those that may be"
		}
		return ""
	}
	var want, got []string
	for _, r := range candidates() {
		if maskOf(&r.SMTP) == maskOf(&rel.SMTP) && looks(optioned(r, option)) == looks(optioned(rel, option)) {
			want = append(want, r.Name)
		}
	}
	for _, f := range report.Fits {
		got = append(got, f.Release.Name)
		if f.Option != option && option != "banner=stars" { // which a greeting of stars does not tell from the rule
			return fmt.Sprintf("%s with %q", f.Release.Name, f.Option)
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Sprintf("releases %v, want %v", got, want)
	}
	for _, n := range []int{3, 13} { // what every release has
		if !slices.ContainsFunc(report.Symptoms(), func(e Expected) bool { return e.N == n }) {
			return fmt.Sprintf("symptom %d is not expected", n)
		}
	}
	for _, c := range report.Cures() {
		if slices.Contains(c.Releases, rel.Name) && slices.Equal(c.Commands, Cure(rel)) {
			return ""
		}
	}
	return "its cure is not there"
}

// tlsListener serves TLS, and nothing inside.
func tlsListener(t *testing.T, cert tls.Certificate) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server{max: 4, handle: func(c net.Conn) {
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		s.Read(make([]byte, 1))
	}}
	s.background(ln)
	t.Cleanup(func() { s.Close() })
	return ln
}
