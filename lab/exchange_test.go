package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// TestMain lets more tests run at a time than there are processors, unless it is told how many: scenarios wait for most of
// their time, which is that of their timers and not of the machine.
func TestMain(m *testing.M) {
	flag.Parse()
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "test.parallel" })
	if !told {
		flag.Set("test.parallel", "8")
	}
	goleak.VerifyTestMain(m)
}

var testNow = time.Date(2002, 10, 3, 13, 14, 25, 0, time.FixedZone("", -5*3600))

var testCert = sync.OnceValue(func() tls.Certificate {
	c, err := SelfSigned("mail.example.com", time.Now())
	if err != nil {
		panic(err)
	}
	return c
})

// mailServer is a server on a loopback port of the machine.
func mailServer(t testing.TB, change func(*MailConfig)) (*MailServer, string) {
	t.Helper()
	store, err := NewStore("", []string{"user"})
	if err != nil {
		t.Fatal(err)
	}
	cert := testCert()
	c := MailConfig{Store: store, Log: NewMailLog(nil), TLS: &cert, Now: func() time.Time { return testNow }}
	if change != nil {
		change(&c)
	}
	m := NewMailServer(c)
	return m, serveLocal(t, m)
}

func serveLocal(t testing.TB, s interface {
	Serve(net.Listener) error
	Close() error
}) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return ln.Addr().String()
}

func dialClient(t testing.TB, addr string) *SMTPClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := NewSMTPClient(conn, 10*time.Second)
	t.Cleanup(func() { c.Close() })
	return c
}

// greeted is a client that has read the greeting.
func greeted(t testing.TB, addr string) *SMTPClient {
	t.Helper()
	c := dialClient(t, addr)
	if r, err := c.Reply(); err != nil || r.Code != 220 {
		t.Fatalf("greeting %v, %v", r, err)
	}
	return c
}

func cmd(t testing.TB, c *SMTPClient, line string) string {
	t.Helper()
	r, err := c.Cmd(line)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return r.Text()
}

func TestGreetingByTheOctet(t *testing.T) {
	_, addr := mailServer(t, nil)
	c := dialClient(t, addr)
	if _, err := c.Reply(); err != nil {
		t.Fatal(err)
	}
	const want = "220 mail.example.com Microsoft ESMTP MAIL Service, Version: 5.0.2195.4905 ready at  Thu, 3 Oct 2002 13:14:25 -0500 \r\n"
	if got := c.Received(); got != want {
		t.Errorf("greeting\n%q, want\n%q", got, want)
	}
}

func TestEHLO(t *testing.T) {
	_, addr := mailServer(t, nil)
	c := greeted(t, addr)
	const want = `250-mail.example.com Hello [127.0.0.1]
250-SIZE 10485760
250-PIPELINING
250-ENHANCEDSTATUSCODES
250-8bitmime
250-BINARYMIME
250-CHUNKING
250-VRFY
250-X-EXPS LOGIN
250-X-EXPS=LOGIN
250-AUTH LOGIN PLAIN
250-AUTH=LOGIN
250-X-LINK2STATE
250-XEXCH50
250-TLS
250-STARTTLS
250 OK`
	if got := cmd(t, c, "EHLO client.example.net"); got != want {
		t.Errorf("got\n%s", got)
	}
	_, addr = mailServer(t, func(c *MailConfig) { c.TLS = nil })
	c = greeted(t, addr)
	if got := cmd(t, c, "EHLO x"); strings.Contains(got, "TLS") {
		t.Errorf("without a certificate: %s", got)
	}
	if got := cmd(t, c, "STARTTLS"); got != labUnknown {
		t.Errorf("without a certificate: %s", got)
	}
}

// Each dialogue is "line -> reply" from a fresh connection; a reply that ends in * is compared up to there.
func TestDialogues(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	hello := [2]string{"HELO x", "250 mail.example.com Hello [127.0.0.1]"}
	mail := [2]string{"MAIL FROM:<a@b.example>", "250 2.1.0 a@b.example....Sender OK"}
	rcpt := [2]string{"RCPT TO:<bob@example.com>", "250 2.1.5 bob@example.com "}
	for name, dialogue := range map[string][][2]string{
		"the article's test": {{"goodmorning", "500 Command unrecognized"}},
		"unknown verbs": {
			{"KILL", labUnknown}, {"WIZ", labUnknown}, {"XXXX client", labUnknown}, {"", labUnknown}, {" NOOP", labUnknown},
			{"NOOPX", labUnknown}, {"TURN", labUnknown}, {"ETRN x", labUnknown}, {"EXPN x", labUnknown}, {"\x00\xff\x1b[A", labUnknown},
			{"MAIL\tFROM:<a@b>", labUnknown}, {"GET / HTTP/1.0", labUnknown},
		},
		"case and blanks": {{"noop", "250 2.0.0 OK"}, {"hElO  x ", hello[1]}, {"mail from: <a@b.example>", mail[1]}, {"rcpt to:bob@EXAMPLE.com", "250 2.1.5 bob@EXAMPLE.com "}},
		"sequence": {
			mail2("503 5.5.2 Send hello first"), {"RCPT TO:<a@example.com>", "503 5.5.2 Need mail command."}, {"DATA", "503 5.5.2 Need mail command."},
			hello, {"RCPT TO:<a@example.com>", "503 5.5.2 Need mail command."}, mail, mail2("503 5.5.2 Sender already specified"),
			{"DATA", "503 5.5.2 Need Rcpt command."}, {"RSET", "250 2.0.0 Resetting"}, {"RCPT TO:<a@example.com>", "503 5.5.2 Need mail command."},
		},
		"HELO keeps the transaction (KB 251581)": {hello, mail, {"EHLO y", "250-*"}, rcpt, {"DATA", "354 Start mail input; end with <CRLF>.<CRLF>"}, {".", "250 2.6.0 <MAIL*"}},
		"relay": {
			hello, mail, {"RCPT TO:<bob@else.example>", "550 5.7.1 Unable to relay for bob@else.example"},
			{"RCPT TO:<@example.com:bob@else.example>", "550 5.7.1 Unable to relay for bob@else.example"},
			{"RCPT TO:<bob@else.example@example.com>", "250 2.1.5 bob@else.example@example.com "},
			{"RCPT TO:<bob@sub.example.com>", "550 5.7.1 Unable to relay for bob@sub.example.com"}, rcpt, {"RCPT TO:<postmaster>", "250 2.1.5 postmaster "},
		},
		"AUTH LOGIN opens the relay": {
			hello, {"AUTH LOGIN", "334 VXNlcm5hbWU6"}, {b64("user"), "334 UGFzc3dvcmQ6"}, {b64("pass"), "235 2.7.0 Authentication successful."},
			{"AUTH LOGIN", "503 5.5.2*"}, mail, {"RCPT TO:<bob@else.example>", "250 2.1.5 bob@else.example "},
		},
		"AUTH forms": {
			hello, {"AUTH LOGIN " + b64(`EXAMPLE\User`), "334 UGFzc3dvcmQ6"}, {b64("wrong"), "535 5.7.3 Authentication unsuccessful"},
			{"AUTH LOGIN", "334 VXNlcm5hbWU6"}, {"*", "501 5.7.0 Authentication cancelled"}, {"AUTH LOGIN", "334 VXNlcm5hbWU6"}, {"!!", "501 5.5.4 Invalid arguments"},
			{"AUTH LOGIN =", "334 UGFzc3dvcmQ6"}, {"=", "535 5.7.3 Authentication unsuccessful"},
			{"AUTH PLAIN", "334 "}, {b64("\x00user\x00wrong"), "535 5.7.3 Authentication unsuccessful"}, {"AUTH PLAIN " + b64("nonsense"), "535*"},
			{"AUTH NTLM", "504 5.7.4 Unrecognized authentication type"}, {"AUTH", "504*"}, mail, {"AUTH LOGIN", "503*"}, {"RSET", "250*"},
			{"X-EXPS LOGIN", "334 VXNlcm5hbWU6"}, {b64("user@example.com"), "334*"}, {b64("pass"), "235*"},
		},
		"AUTH before HELO": {{"AUTH LOGIN", "503*"}},
		"parameters": {
			hello, {"MAIL FROM:<a@b> BODY=8BITMIME SIZE=1000 AUTH=<>", "250*"}, {"RSET", "250*"}, {"MAIL FROM:<a@b> body=binarymime", "250*"}, rcpt,
			{"DATA", "503 5.5.2 BDAT command expected"}, {"RSET", "250*"}, {"MAIL FROM:<a@b> BODY=9BIT", "501*"}, {"MAIL FROM:<a@b> RET=FULL", "501*"},
			{"MAIL FROM:<a@b> SIZE=x", "501*"}, {"MAIL FROM:<a@b> SIZE=10485761", "552 5.3.4 Message size exceeds fixed maximum message size"},
			{"MAIL FROM:<a@b> SIZE=99999999999999999999", "501*"}, {"MAIL FROM:<>", "250 2.1.0 ....Sender OK"}, {"RCPT TO:<a@example.com> NOTIFY=NEVER", "501*"},
		},
		"addresses": {
			hello, {"MAIL", "501 5.5.4 Invalid Address"}, {"MAIL FROM", "501*"}, {"MAIL FROM:", "501*"}, {"MAIL FROM:<a@b", "501*"}, {"MAIL FROM:<a@b>x", "501*"},
			{"MAIL FROM:<a\x01@b>", "501*"}, {"MAIL FROM:<@b>", "501*"}, {"MAIL FROM:<" + strings.Repeat("a", 300) + "@b>", "501*"},
			{`MAIL FROM:<"a > \" b"@b>`, `250 2.1.0 "a > \" b"@b....Sender OK`}, {"RCPT TO:<>", "501*"},
		},
		"the rest": {
			{"VRFY bob", "252 2.1.5 Cannot VRFY user, but will take message for <bob@mail.example.com>"}, {"VRFY", "501 5.5.4 Argument missing"},
			{"HELP", "214-This server supports the following commands:*"}, {"XEXCH50 10 2", "504 Need to authenticate first "}, {"XEXCH50 x", "500 5.5.2 Error processing XEXCH50 command  "},
			{"X-LINK2STATE LAST CHUNK={00000069} x", "200 LAST CHUNK=*"}, {"X-LINK2STATE", "501*"}, {"BDAT x", "501*"}, {"BDAT 3 FIRST", "501*"}, {"BDAT -1", "501*"},
			{"QUIT", "221 2.0.0 mail.example.com Service closing transmission channel"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, addr := mailServer(t, nil)
			c := greeted(t, addr)
			for _, step := range dialogue {
				got := cmd(t, c, step[0])
				prefix, open := strings.CutSuffix(step[1], "*")
				if open && !strings.HasPrefix(got, prefix) || !open && got != step[1] {
					t.Errorf("%q -> %q, want %q", step[0], got, step[1])
				}
			}
		})
	}
}

func mail2(reply string) [2]string { return [2]string{"MAIL FROM:<c@d.example>", reply} }

// Octet counts of a published log of such a server (2006): they prove blanks and stops that a print does not show.
func TestLengths(t *testing.T) {
	_, addr := mailServer(t, func(c *MailConfig) { c.FQDN = "mee-pdc.meelift.com"; c.Domains = []string{"x"} })
	c := greeted(t, addr)
	for _, step := range []struct {
		line string
		want int // without CR LF
	}{
		{"HELO x", 48 - 2 - len("24.118.118.106") + len("127.0.0.1")}, {"MAIL FROM:<123456789012345678>", 25 + 18 - 2},
		{"RCPT TO:<1234567890123456@x>", 31 - 2}, {"DATA", 46 - 2}, {".", -1}, {"QUIT", 68 - 2},
	} {
		if got := len(cmd(t, c, step.line)); got != step.want && step.want >= 0 {
			t.Errorf("%s: %d octets, want %d", step.line, got, step.want)
		}
	}
}

func TestLogKeepsWhatCame(t *testing.T) {
	var text bytes.Buffer
	m, addr := mailServer(t, func(c *MailConfig) { c.Log = NewMailLog(&text) })
	c := greeted(t, addr)
	lines := []string{"goodmorning", "XXXX client.example.net", "\x00\xff\x80 binary \x1b[2J", "lone\nLF and \rCR", "HELO x"}
	for _, l := range lines {
		cmd(t, c, l)
	}
	c.Raw([]byte("HALF A LI"))
	c.Close()
	waitFor(t, m.Log(), func() bool { return slices.Contains(m.Log().Lines(), "HALF A LI") })
	if got := m.Log().Lines(); !slices.Equal(got[:len(lines)], lines) {
		t.Errorf("log %q", got)
	}
	m.Close()
	if got := text.String(); !strings.Contains(got, `<<< \x00\xff\x80 binary \x1b[2J`+"\n") || !strings.Contains(got, "2002-10-03 13:14:25 #1 127.0.0.1:") {
		t.Errorf("text:\n%s", got)
	}
}

// waitFor waits for something that shows in a log.
func waitFor(t *testing.T, l *MailLog, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		changed := l.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("not in the log: %q", l.Entries())
		}
	}
}

func TestLogIsBounded(t *testing.T) {
	l := NewMailLog(nil)
	for i := range maxLogEntries + 5 {
		l.add(LogEntry{Kind: FromClient, Text: fmt.Sprint(i) + strings.Repeat("x", 2*maxLogText)})
	}
	lines := l.Lines()
	if len(lines) != maxLogEntries || len(lines[0]) != maxLogText || !strings.HasPrefix(lines[0], "5x") {
		t.Errorf("%d lines, the first of %d octets: %.10s", len(lines), len(lines[0]), lines[0])
	}
}

func TestLongLines(t *testing.T) {
	m, addr := mailServer(t, nil)
	c := greeted(t, addr)
	for _, n := range []int{labLineMax + 1, labLineMax + 2, 100000} {
		if got := cmd(t, c, strings.Repeat("A", n)); got != "500 5.3.3 Line too long" {
			t.Errorf("%d octets: %s", n, got)
		}
	}
	if got := cmd(t, c, strings.Repeat("A", labLineMax)); got != labUnknown {
		t.Errorf("%d octets: %s", labLineMax, got)
	}
	if got := cmd(t, c, "NOOP"); got != "250 2.0.0 OK" {
		t.Errorf("afterwards: %s", got)
	}
	if got := m.Log().Lines(); len(got) != 5 || len(got[2]) != maxLogText {
		t.Errorf("%d lines in the log", len(got))
	}
	cmd(t, c, "HELO x")
	cmd(t, c, "AUTH LOGIN")
	if got := cmd(t, c, strings.Repeat("A", maxAuth+1)); got != "500 5.5.6 Line too long" {
		t.Errorf("in AUTH: %s", got)
	}
}

// open is a client before DATA.
func open(t testing.TB, addr string) *SMTPClient {
	t.Helper()
	c := greeted(t, addr)
	for _, l := range []string{"HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<bob@example.com>"} {
		if got := cmd(t, c, l); !strings.HasPrefix(got, "250") {
			t.Fatalf("%s: %s", l, got)
		}
	}
	return c
}

// Whatever lines a message has, and however it is cut into segments, it is stored as it was.
func TestDataIsStoredAsSent(t *testing.T) {
	m, addr := mailServer(t, nil)
	line := rapid.StringOfN(rapid.SampledFrom([]rune{'.', 'a', ' ', '\r', '\n', 'é', 0}), 0, 8, -1)
	rapid.Check(t, func(r *rapid.T) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			r.Fatal(err)
		}
		c := NewSMTPClient(conn, 10*time.Second)
		defer c.Close()
		c.Reply()
		for _, l := range []string{"HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<bob@example.com>", "DATA"} {
			c.Cmd(l)
		}
		var message []byte
		for _, l := range rapid.SliceOfN(line, 0, 10).Draw(r, "lines") {
			message = append(message, l+"\r\n"...)
		}
		// A CR before the CR LF of the generator would make CR CR LF: still one line end.
		wire := stuffed(message)
		for len(wire) > 0 {
			n := rapid.IntRange(1, min(len(wire), 12)).Draw(r, "segment")
			if err := c.Raw(wire[:n]); err != nil {
				r.Fatal(err)
			}
			wire = wire[n:]
			if rapid.Bool().Draw(r, "pause") {
				time.Sleep(50 * time.Microsecond)
			}
		}
		if reply, err := c.Reply(); err != nil || reply.Code != 250 {
			r.Fatalf("%v, %v", reply, err)
		}
		all := m.Store().Messages()
		if got := all[len(all)-1]; !bytes.Equal(got.Data, message) || got.From != "a@b.example" {
			r.Fatalf("stored %q, sent %q", got.Data, message)
		}
		if got := cmd(t, c, "NOOP"); got != "250 2.0.0 OK" {
			r.Fatalf("afterwards: %s", got)
		}
	})
}

// Only CR LF . CR LF ends a message: other line ends are how one mail is smuggled in another.
func TestNoSmuggling(t *testing.T) {
	m, addr := mailServer(t, nil)
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r\n\x00.\r\n", "\r\r\n.\n"} {
		c := open(t, addr)
		cmd(t, c, "DATA")
		message := "one" + end + "MAIL FROM:<evil@b.example>\r\n"
		c.Raw([]byte(message + ".\r\n"))
		if r, err := c.Reply(); err != nil || r.Code != 250 {
			t.Fatalf("%q: %v, %v", end, r, err)
		}
		all := m.Store().Messages()
		want := strings.ReplaceAll(message, "\r\n.", "\r\n") // a dot at the start of a line is stuffing
		if got := string(all[len(all)-1].Data); got != want {
			t.Errorf("%q: stored %q, want %q", end, got, want)
		}
	}
}

func TestQueuedReplyAndReceived(t *testing.T) {
	m, addr := mailServer(t, nil)
	c := open(t, addr)
	r, err := c.Data([]byte("Message-ID: <1@x>\r\nSubject: s\r\n\r\n.\r\n..x\r\n"))
	if err != nil || r.Text() != "250 2.6.0  <1@x> Queued mail for delivery" {
		t.Errorf("%q, %v: a Message-ID keeps its blank", r.Text(), err)
	}
	got := m.Store().Mailbox("user")
	if len(got) != 1 {
		t.Fatalf("%d messages", len(got))
	}
	const received = "Received: from x ([127.0.0.1]) by mail.example.com with Microsoft SMTPSVC(5.0.2195.4905);\r\n\t Thu, 3 Oct 2002 13:14:25 -0500\r\n"
	if want := received + "Message-ID: <1@x>\r\nSubject: s\r\n\r\n.\r\n..x\r\n"; string(got[0].Octets()) != want {
		t.Errorf("in the mailbox: %q", got[0].Octets())
	}
	ids := map[string]bool{}
	for range 50 {
		cmd(t, c, "MAIL FROM:<>")
		cmd(t, c, "RCPT TO:<x@example.com>")
		r, _ := c.Data([]byte("\r\nbody\r\nMessage-ID: no\r\n"))
		if !regexp.MustCompile(`^250 2\.6\.0 <MAIL[A-Za-z]{12}[0-9a-f]{8}@mail\.example\.com> Queued mail for delivery$`).MatchString(r.Text()) || ids[r.Text()] {
			t.Errorf("%s", r.Text())
		}
		ids[r.Text()] = true
	}
}

// TestTransit: what all connections gather of messages is bounded together; the room of one that is over is the others'.
func TestTransit(t *testing.T) {
	m, addr := mailServer(t, func(c *MailConfig) { c.MaxTransit = 100_000 })
	const octets = 80_000
	begin := func() *SMTPClient {
		c := dialClient(t, addr)
		if r, err := c.Reply(); err != nil || !r.OK() {
			t.Fatal(r, err)
		}
		for _, line := range []string{"EHLO x", "MAIL FROM:<a@example.net>", "RCPT TO:<user@example.com>"} {
			if r, err := c.Cmd(line); err != nil || !r.OK() {
				t.Fatalf("%s: %v %v", line, r, err)
			}
		}
		return c
	}
	chunk := func(c *SMTPClient, last string) Reply {
		r, err := c.Cmd(fmt.Sprintf("BDAT %d%s\r\n%s", octets, last, strings.Repeat("x", octets-2))) // and CR LF
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	data := func(c *SMTPClient) Reply {
		r, err := c.Data([]byte(strings.Repeat("x\r\n", octets/3)))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := begin()
	if r := chunk(first, ""); !r.OK() {
		t.Fatal(r)
	}
	for name, send := range map[string]func(*SMTPClient) Reply{"DATA": data, "BDAT": func(c *SMTPClient) Reply { return chunk(c, " LAST") }} {
		if r := send(begin()); r.Code != 452 {
			t.Errorf("%s beyond the room of all: %v", name, r)
		}
	}
	if r, err := first.Cmd("RSET"); err != nil || !r.OK() {
		t.Fatal(r, err)
	}
	for _, send := range []func(*SMTPClient) Reply{data, func(c *SMTPClient) Reply { return chunk(c, " LAST") }, data} {
		if r := send(begin()); !r.OK() {
			t.Errorf("with room again: %v", r)
		}
	}
	last := begin()
	chunk(last, "")
	m.Close() // ends a connection with a message under way
	if n := m.transit.Load(); n != 0 {
		t.Errorf("%d octets are on their way with no connection", n)
	}
	if n := len(m.Store().Messages()); n != 3 {
		t.Errorf("%d messages are stored", n)
	}
}

func TestTooBig(t *testing.T) {
	m, addr := mailServer(t, func(c *MailConfig) { c.MaxMessage = 1000 })
	c := open(t, addr)
	if r, err := c.Data([]byte(strings.Repeat("0123456789\r\n", 5000))); err != nil || r.Text() != "552 5.3.4 Message size exceeds fixed maximum message size" {
		t.Errorf("%v, %v", r, err)
	}
	cmd(t, c, "MAIL FROM:<a@b>")
	cmd(t, c, "RCPT TO:<a@example.com>")
	for i, want := range []string{"250 2.0.0 600 octets", "250 2.0.0 600 octets", "552 5.3.4 Message size exceeds fixed maximum message size"} {
		line := "BDAT 600"
		if i == 2 {
			line = "BDAT 0 LAST"
		} else {
			line += "\r\n" + strings.Repeat("x", 598)
		}
		if i < 2 {
			c.Raw([]byte(line + "yy"))
			if r, err := c.Reply(); err != nil || r.Text() != want {
				t.Errorf("chunk %d: %v, %v", i, r, err)
			}
		} else if got := cmd(t, c, line); got != want {
			t.Errorf("last: %s", got)
		}
	}
	cmd(t, c, "MAIL FROM:<a@b>")
	cmd(t, c, "RCPT TO:<a@example.com>")
	if r, _ := c.Data([]byte(strings.Repeat("x", 998) + "\r\n")); !r.OK() || len(m.Store().Messages()) != 1 {
		t.Errorf("1000 octets: %v", r)
	}
}

func TestBDAT(t *testing.T) {
	m, addr := mailServer(t, nil)
	c := open(t, addr)
	binary := []byte("\x00\r\n.\r\n\nMAIL FROM:<x>\r\n\xff")
	c.Raw(fmt.Appendf(nil, "BDAT %d\r\n%sBDAT 0\r\nBDAT 3 last\r\nend", len(binary), binary))
	for _, want := range []string{fmt.Sprintf("250 2.0.0 %d octets", len(binary)), "250 2.0.0 0 octets", "250 2.6.0 <MAIL"} {
		if r, err := c.Reply(); err != nil || !strings.HasPrefix(r.Text(), want) {
			t.Errorf("%v, %v, want %s", r, err, want)
		}
	}
	if got := m.Store().Messages(); len(got) != 1 || string(got[0].Data) != string(binary)+"end" {
		t.Errorf("stored %v", got)
	}
	// RFC 3030: the octets of a refused BDAT are read away.
	c.Raw([]byte("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"))
	for _, want := range []string{"503 5.5.2 Need mail command.", "250 2.0.0 OK"} {
		if r, err := c.Reply(); err != nil || r.Text() != want {
			t.Errorf("%v, %v, want %s", r, err, want)
		}
	}
	c = open(t, addr)
	c.Raw([]byte("BDAT 1\r\nx"))
	c.Reply()
	for _, l := range []string{"DATA", "RCPT TO:<c@example.com>"} {
		if got := cmd(t, c, l); got != "503 5.5.2 BDAT command expected" {
			t.Errorf("%s after BDAT: %s", l, got)
		}
	}
}

func TestXEXCH50Blob(t *testing.T) {
	_, addr := mailServer(t, nil)
	c := greeted(t, addr)
	cmd(t, c, "EHLO x")
	if r, err := c.AuthLogin("user", "pass"); err != nil || r.Code != 235 {
		t.Fatal(r, err)
	}
	if got := cmd(t, c, "XEXCH50 8 2"); got != "354 Send binary data" {
		t.Fatal(got)
	}
	c.Raw([]byte("QUIT\r\n\x00\xffNOOP\r\n"))
	for _, want := range []string{"250 XEXCH50 OK", "250 2.0.0 OK"} {
		if r, err := c.Reply(); err != nil || r.Text() != want {
			t.Errorf("%v, %v", r, err)
		}
	}
}

// The replies to a pipelined group leave together, and in order.
func TestPipelining(t *testing.T) {
	_, addr := mailServer(t, nil)
	c := greeted(t, addr)
	c.Raw([]byte("HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<a@else.example>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n.\r\nQUIT\r\n"))
	for _, want := range []int{250, 250, 550, 250, 354, 250, 221} {
		if r, err := c.Reply(); err != nil || r.Code != want {
			t.Errorf("%v, %v, want %d", r, err, want)
		}
	}
	if _, err := c.Reply(); err != io.EOF {
		t.Errorf("after QUIT: %v", err)
	}
}

// net/smtp is somebody else's client.
func TestNetSMTP(t *testing.T) {
	m, addr := mailServer(t, nil)
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	message := "Subject: x\r\n\r\n.leading dot\r\n..two\r\n" + strings.Repeat("long ", 500) + "\r\n"
	w := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w(c.Hello("client.example.net"))
	if ok, _ := c.Extension("STARTTLS"); !ok {
		t.Fatal("no STARTTLS")
	}
	w(c.StartTLS(&tls.Config{InsecureSkipVerify: true}))
	if ok, _ := c.Extension("STARTTLS"); ok {
		t.Error("STARTTLS is offered inside TLS")
	}
	if err := c.Auth(smtp.PlainAuth("", "user", "wrong", "127.0.0.1")); err == nil {
		t.Fatal("a wrong password was taken")
	}
	// net/smtp quits after a refusal.
	c, err = smtp.Dial(addr)
	w(err)
	defer c.Close()
	w(c.StartTLS(&tls.Config{InsecureSkipVerify: true}))
	w(c.Auth(smtp.PlainAuth("", "user", "pass", "127.0.0.1")))
	w(c.Mail("a@b.example"))
	w(c.Rcpt("bob@else.example"))
	d, err := c.Data()
	w(err)
	io.WriteString(d, message)
	w(d.Close())
	w(c.Quit())
	got := m.Store().Messages()
	if len(got) != 1 || string(got[0].Data) != message || !got[0].TLS || got[0].User != "user" || got[0].To[0] != "bob@else.example" {
		t.Errorf("stored %+v", got)
	}
	if len(m.Store().Mailbox("user")) != 0 {
		t.Error("relayed mail is in a mailbox at home")
	}
}

// RFC 3207 section 6: what was sent before the handshake must not run after it (CVE-2011-0411).
func TestSTARTTLSInjection(t *testing.T) {
	m, addr := mailServer(t, nil)
	c := greeted(t, addr)
	cmd(t, c, "EHLO x")
	c.Raw([]byte("STARTTLS\r\nNOOP\r\n"))
	if r, err := c.Reply(); err != nil || r.Code != 220 {
		t.Fatal(r, err)
	}
	tc := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := tc.Handshake(); err == nil {
		c.attach(tc)
		if got := cmd(t, c, "RSET"); got != "250 2.0.0 Resetting" {
			t.Errorf("the first reply inside TLS is %q", got)
		}
		if got := cmd(t, c, "MAIL FROM:<a@b>"); got != "503 5.5.2 Send hello first" {
			t.Errorf("the HELO of before still counts: %s", got)
		}
	} // else the server took NOOP for a bad handshake, which is as good
	if slices.Contains(m.Log().Lines(), "NOOP") {
		t.Error("the injected command ran")
	}
}

func TestIdle(t *testing.T) {
	_, addr := mailServer(t, func(c *MailConfig) { c.Idle = 50 * time.Millisecond })
	c := greeted(t, addr)
	if r, err := c.Reply(); err != nil || r.Text() != "451 Timeout waiting for client input" {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := c.Reply(); err != io.EOF {
		t.Errorf("then %v", err)
	}
	m, addr := mailServer(t, func(c *MailConfig) { c.Idle = 50 * time.Millisecond })
	c = open(t, addr)
	cmd(t, c, "DATA")
	c.Raw([]byte("cut sho"))
	if r, err := c.Reply(); err != nil || r.Code != 451 || len(m.Store().Messages()) != 0 {
		t.Errorf("%v, %v, %d stored", r, err, len(m.Store().Messages()))
	}
}

func TestMaxConnections(t *testing.T) {
	_, addr := mailServer(t, func(c *MailConfig) { c.MaxConns = 2 })
	a := greeted(t, addr)
	greeted(t, addr)
	if r, err := dialClient(t, addr).Reply(); err != nil || r.Text() != "421 4.3.2 Service not available" {
		t.Errorf("%v, %v", r, err)
	}
	cmd(t, a, "QUIT")
	for range 100 { // the place is free once the server has seen the end
		if r, err := dialClient(t, addr).Reply(); err == nil && r.Code == 220 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a place never became free")
}

func TestSpool(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	store, err := NewStore(dir, []string{"user"})
	if err != nil {
		t.Fatal(err)
	}
	_, addr := mailServer(t, func(c *MailConfig) { c.Store = store })
	for range 3 {
		c := open(t, addr)
		cmd(t, c, "RCPT TO:<carol@example.com>")
		if r, err := c.Data([]byte("Subject: x\r\n\r\n.\r\n")); err != nil || !r.OK() {
			t.Fatal(r, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	const head = "x-sender: a@b.example\r\nx-receiver: bob@example.com\r\nx-receiver: carol@example.com\r\nReceived: from x "
	if err != nil || !strings.HasPrefix(string(b), head) || !strings.HasSuffix(string(b), "-0500\r\nSubject: x\r\n\r\n.\r\n") {
		t.Errorf("%v: %q", err, b)
	}
	// A second run at the same time of day must not write over the first.
	again, err := NewStore(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.add(&Message{At: testNow}, nil); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 4 {
		t.Errorf("%v", files)
	}
}

func TestSpoolFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	store, err := NewStore(dir, []string{"user"})
	if err != nil {
		t.Fatal(err)
	}
	m, addr := mailServer(t, func(c *MailConfig) { c.Store = store })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	c := open(t, addr)
	if r, err := c.Data(nil); err != nil || r.Code != 452 || len(m.Store().Messages()) != 0 {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := NewStore(filepath.Join("/dev/null", "x"), nil); err == nil {
		t.Error("a spool below a file was made")
	}
}

// What the bound of the octets counts is what the messages take.
func TestStoreKeepsNoSpareRoom(t *testing.T) {
	s, _ := NewStore("", []string{"user"})
	s.add(&Message{Data: make([]byte, 100_000, 250_000)}, nil)
	if m := s.Messages()[0]; len(m.Data) != 100_000 || cap(m.Data) > 120_000 {
		t.Errorf("%d octets in the room of %d", len(m.Data), cap(m.Data))
	}
}

func TestStoreIsBounded(t *testing.T) {
	s, _ := NewStore("", []string{"user"})
	for range 3 {
		s.add(&Message{Data: make([]byte, maxStoredOctets/2)}, nil)
	}
	if n := len(s.Messages()); n != 2 {
		t.Errorf("%d kept by octets", n)
	}
	s, _ = NewStore("", []string{"user"})
	for range maxStoredMessages + 5 {
		s.add(&Message{}, nil)
	}
	if n := len(s.Messages()); n != maxStoredMessages {
		t.Errorf("%d kept by number", n)
	}
}

var states = map[string][]string{
	"fresh":     {},
	"greeted":   {"EHLO x"},
	"mail":      {"EHLO x", "MAIL FROM:<a@b>"},
	"rcpt":      {"EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>"},
	"data":      {"EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "DATA"},
	"bdat":      {"EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "BDAT 5"},
	"login":     {"EHLO x", "AUTH LOGIN"},
	"password":  {"EHLO x", "AUTH LOGIN", "dXNlcg=="},
	"logged on": {"EHLO x", "AUTH LOGIN dXNlcg==", "cGFzcw=="},
	"xexch50":   {"EHLO x", "AUTH LOGIN dXNlcg==", "cGFzcw==", "XEXCH50 9 2"},
}

var replyLine = regexp.MustCompile(`^[2-5][0-9][0-9][ -][ -~]*$`)

// Whatever comes in whatever state, every line of the server is a reply, it ends when the client does, and it still
// serves the next one.
func FuzzSMTP(f *testing.F) {
	for _, s := range []string{"goodmorning\r\n", "\r\n", "\n\n.\n", "MAIL FROM:<\"\\", "\r\n.\r\n", "BDAT 99999999999999999\r\n", "AUTH PLAIN =\r\n\r\n", "\x00\xff\x16\x03\x01", "STARTTLS\r\n\x16\x03\x01\x00\x05hello"} {
		f.Add([]byte(s))
	}
	store, err := NewStore("", []string{"user"})
	if err != nil {
		f.Fatal(err)
	}
	cert := testCert()
	m := NewMailServer(MailConfig{Store: store, Log: NewMailLog(nil), TLS: &cert, Now: func() time.Time { return testNow }})
	f.Fuzz(func(t *testing.T, input []byte) {
		for name, lines := range states {
			text := string(exchange(m, strings.Join(append(lines, string(input)), "\r\n")))
			if i := strings.Index(text, "220 2.0.0"); i >= 0 {
				text = text[:i] // TLS follows
			}
			for l := range strings.Lines(text) {
				if line, ok := strings.CutSuffix(l, "\r\n"); !ok || !replyLine.MatchString(line) {
					t.Errorf("%s: line %q", name, l)
				}
			}
			if !strings.HasPrefix(text, "220 ") {
				t.Errorf("%s: %q", name, text)
			}
		}
	})
}

// exchange sends input to a session of its own, closes that side, and returns all that came back.
func exchange(m *MailServer, input string) []byte {
	c := &scripted{in: strings.NewReader(input)}
	m.session(c)
	return c.out.Bytes()
}

// scripted is a connection whose client has said everything before.
type scripted struct {
	in  *strings.Reader
	out bytes.Buffer
}

func (s *scripted) Read(b []byte) (int, error)       { return s.in.Read(b) }
func (s *scripted) Write(b []byte) (int, error)      { return s.out.Write(b) }
func (s *scripted) Close() error                     { return nil }
func (s *scripted) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *scripted) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 5} }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }

func TestSenders(t *testing.T) {
	m, addr := mailServer(t, nil)
	plain := &stubServer{t: t}
	stub := serveLocal(t, plain.server())
	letter := Mail{From: "a@b.example", To: []string{"bob@example.com"}, Data: []byte("Subject: s\r\n\r\nbody\r\n")}
	away := Mail{From: "a@b.example", To: []string{"bob@else.example"}, Data: letter.Data}
	eight := letter
	eight.Body = "8BITMIME"
	bluntHELO := popUser
	bluntHELO.Profile.Hello = HelloHELO
	for _, c := range []struct {
		name   string
		addr   string
		sender Sender
		mail   Mail
		check  func(*SMTPClient, error) bool
	}{
		{"plain", addr, Sender{}, letter, func(_ *SMTPClient, err error) bool { return err == nil }},
		{"HELO only", addr, Sender{Profile: ClientProfile{Hello: HelloHELO}}, letter, func(c *SMTPClient, err error) bool {
			return err == nil && !strings.Contains(c.Received(), "PIPELINING")
		}},
		{"falls back", stub, Sender{}, letter, func(_ *SMTPClient, err error) bool { return err == nil }},
		{"does not fall back", stub, Sender{Profile: ClientProfile{OnHello: OnHello{Permanent: HelloQuit}}}, letter, isRefused(500)},
		{"TLS there", addr, demandsTLS, letter, func(c *SMTPClient, err error) bool { return err == nil && c.tls }},
		{"TLS missing", stub, demandsTLS, letter, func(_ *SMTPClient, err error) bool { return errors.Is(err, ErrTLSNotOffered) }},
		{"8 bit there", addr, needs8Bit, eight, func(_ *SMTPClient, err error) bool { return err == nil }},
		{"8 bit missing", stub, needs8Bit, eight, func(_ *SMTPClient, err error) bool { return errors.As(err, new(BodyTypeError)) }},
		{"AUTH there", addr, Sender{User: "user", Password: "pass"}, away, func(_ *SMTPClient, err error) bool { return err == nil }},
		{"AUTH wrong", addr, Sender{User: "user", Password: "x"}, away, isRefused(535)},
		{"AUTH blunt", addr, bluntHELO, away, func(_ *SMTPClient, err error) bool { return err == nil }},
		{"relay", addr, Sender{}, away, isRefused(550)},
	} {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		client, err := c.sender.Send(context.Background(), conn, c.mail)
		if !c.check(client, err) {
			t.Errorf("%s: %v\n%s", c.name, err, client.Received())
		}
	}
	if n := len(m.Store().Messages()); n != 6 {
		t.Errorf("%d messages arrived", n)
	}
	for _, got := range m.Store().Messages() {
		if !bytes.Equal(got.Data, letter.Data) {
			t.Errorf("stored %q", got.Data)
		}
	}
}

func isRefused(code int) func(*SMTPClient, error) bool {
	return func(_ *SMTPClient, err error) bool {
		var r *RefusedError
		return errors.As(err, &r) && r.Reply.Code == code
	}
}

// stubServer is a server of RFC 821: no EHLO.
type stubServer struct{ t *testing.T }

func (s *stubServer) server() *server {
	return &server{max: 10, handle: func(c net.Conn) {
		defer c.Close()
		cl := NewSMTPClient(c, time.Second) // its line reader serves here too
		io.WriteString(c, "220 x\r\n")
		for data := false; ; {
			line, err := cl.readLine()
			if err != nil {
				return
			}
			switch {
			case data && line == ".":
				data = false
				io.WriteString(c, "250 ok\r\n")
			case data:
			case strings.HasPrefix(line, "EHLO"):
				io.WriteString(c, "500 what\r\n")
			case line == "DATA":
				data = true
				io.WriteString(c, "354 go\r\n")
			default:
				io.WriteString(c, "250 ok\r\n")
			}
		}
	}}
}

func TestSenderEndsWithItsContext(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if _, err := (Sender{}).Send(ctx, a, Mail{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestClientRejectsNonsense(t *testing.T) {
	for _, text := range []string{"hello\r\n", "22\r\n", "\r\n", "250-a\r\n251 b\r\n", "099 x\r\n", strings.Repeat("250-x\r\n", maxReplyLines+1), strings.Repeat("2", maxReplyLine+10000)} {
		c := NewSMTPClient(&scripted{in: strings.NewReader(text)}, 0)
		if r, err := c.Reply(); err == nil {
			t.Errorf("%.20q: %v", text, r)
		}
	}
}

// labUnknown is what the lab's own server says to a verb that it does not know.
const labUnknown = "500 Command unrecognized"

// labLineMax is how long a command line to it may be.
var labLineMax = labServer().LineMax
