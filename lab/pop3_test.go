package lab

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// popClient is a connection that reads lines.
type popClient struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func (p *popClient) line() string {
	p.t.Helper()
	p.c.SetReadDeadline(time.Now().Add(10 * time.Second))
	l, err := p.r.ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(l, "\r\n")
}

func (p *popClient) cmd(line string) string {
	p.t.Helper()
	io.WriteString(p.c, line+"\r\n")
	return p.line()
}

// multi is a command with an answer of many lines, joined by |.
func (p *popClient) multi(line string) string {
	p.t.Helper()
	all := []string{p.cmd(line)}
	for strings.HasPrefix(all[0], "+OK") {
		l := p.line()
		all = append(all, l)
		if l == "." || l == "EOF" {
			break
		}
	}
	return strings.Join(all, "|")
}

func popServer(t *testing.T) (*MailServer, func() *popClient) {
	m, addr := mailServer(t, nil)
	pop := serveLocal(t, NewPOP3Server(m))
	for _, text := range []string{"Subject: one\r\n\r\n.dot\r\nx\r\n", "Subject: two\r\n\r\na\r\nb\r\nc"} {
		c := open(t, addr)
		if r, err := c.Data([]byte(text)); err != nil || !r.OK() {
			t.Fatal(r, err)
		}
	}
	return m, func() *popClient {
		c, err := net.Dial("tcp", pop)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		p := &popClient{t, c, bufio.NewReader(c)}
		if got := p.line(); got != "+OK Microsoft Exchange 2000 POP3 server version 6.0.6249.0 (mail.example.com) ready." {
			t.Errorf("greeting %s", got)
		}
		return p
	}
}

func TestPOP3(t *testing.T) {
	m, dial := popServer(t)
	p := dial()
	for _, step := range [][2]string{
		{"STAT", "-ERR Command not valid"}, {"PASS pass", "-ERR Command not valid"}, {"USER user", "+OK"},
		{"PASS wrong", "-ERR Logon failure: unknown user name or bad password."}, {"user user", "+OK"}, {"pass pass", "+OK User successfully logged on"},
		{"USER user", "-ERR Command not valid"}, {"XYZZY", "-ERR Command not valid"}, {strings.Repeat("A", 5000), "-ERR Command not valid"}, {"", "-ERR Command not valid"},
		{"NOOP", "+OK"}, {"LIST 3", "-ERR no such message"}, {"LIST 0", "-ERR no such message"}, {"RETR x", "-ERR no such message"}, {"RETR", "-ERR no such message"}, {"TOP 1", "-ERR Command not valid"}, {"TOP 1 -1", "-ERR Command not valid"},
	} {
		if got := p.cmd(step[0]); got != step[1] {
			t.Errorf("%.20s: %s, want %s", step[0], got, step[1])
		}
	}
	box := m.Store().Mailbox("user")
	one := len(box[0].Octets())
	for _, step := range [][2]string{
		{"RETR 1", "+OK|Received: from x ([127.0.0.1]) by mail.example.com with Microsoft SMTPSVC(5.0.2195.4905);|\t Thu, 3 Oct 2002 13:14:25 -0500|Subject: one||..dot|x|."},
		{"TOP 2 1", "+OK|Received: from x ([127.0.0.1]) by mail.example.com with Microsoft SMTPSVC(5.0.2195.4905);|\t Thu, 3 Oct 2002 13:14:25 -0500|Subject: two||a|."},
		{"CAPA", "+OK Capability list follows|TOP|USER|UIDL|."},
	} {
		if got := p.multi(step[0]); got != step[1] {
			t.Errorf("%s: %s", step[0], got)
		}
	}
	if got, want := p.cmd("LIST 1"), "+OK 1 "+strconv.Itoa(one); got != want {
		t.Errorf("LIST 1: %s, want %s", got, want)
	}
	ids := p.multi("UIDL")
	if got := p.cmd("DELE 1"); got != "+OK" {
		t.Error(got)
	}
	if got := p.cmd("DELE 1"); got != "-ERR no such message" {
		t.Errorf("DELE twice: %s", got)
	}
	if got := p.multi("LIST"); !strings.HasPrefix(got, "+OK 1 ") || !strings.Contains(got, "|2 ") {
		t.Errorf("after DELE: %s", got)
	}
	p.cmd("RSET")
	if got := p.multi("UIDL"); got != ids || strings.Count(got, "|") != 3 {
		t.Errorf("after RSET %s, before %s", got, ids)
	}
	p.cmd("DELE 2")
	p.c.Close() // without QUIT nothing is deleted (RFC 1939 section 6)
	p = dial()
	p.cmd("USER user")
	p.cmd("PASS pass")
	if got := p.cmd("STAT"); !strings.HasPrefix(got, "+OK 2 ") {
		t.Errorf("after a lost connection: %s", got)
	}
	p.cmd("DELE 1")
	if got := p.cmd("QUIT"); got != "+OK Microsoft Exchange 2000 POP3 server version 6.0.6249.0 signing off." {
		t.Error(got)
	}
	if left := m.Store().Mailbox("user"); len(left) != 1 || left[0] != box[1] {
		t.Errorf("%d messages left", len(left))
	}
	if len(m.Store().Messages()) != 2 {
		t.Error("what a user deletes is gone for the lab too")
	}
}

func TestPOP3WrongPasswords(t *testing.T) {
	_, dial := popServer(t)
	p := dial()
	for range maxPOPLogons {
		p.cmd("USER user")
		if got := p.cmd("PASS guess"); !strings.HasPrefix(got, "-ERR Logon failure") {
			t.Error(got)
		}
	}
	if got := p.line(); got != "EOF" {
		t.Errorf("after three wrong passwords: %s", got)
	}
}

func FuzzPOP3(f *testing.F) {
	store, err := NewStore("", []string{"user"})
	if err != nil {
		f.Fatal(err)
	}
	store.add(&Message{Received: "Received: x\r\n", Data: []byte(".\r\n\r\n\n..\r\n")}, []string{"user"})
	pop := NewPOP3Server(NewMailServer(MailConfig{Store: store, Log: NewMailLog(nil)}))
	f.Add([]byte("RETR 1\r\nTOP 1 99\r\nLIST\r\nDELE 9999999999999999999\r\n"))
	f.Add([]byte("\x00\xff\n\r\nUIDL -1\nQUIT\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, before := range []string{"", "USER user\r\n", "USER user\r\nPASS pass\r\n"} {
			c := &scripted{in: strings.NewReader(before + string(input))}
			pop.session(c)
			if got := c.out.String(); !strings.HasPrefix(got, "+OK ") || !strings.HasSuffix(got, "\r\n") {
				t.Errorf("%q", got)
			}
		}
		// Deleted mail comes back for the next round.
		store.all[0].boxes["user"] = true
	})
}

// TestPOP3Profiles: greeting, logon, CAPA and farewell by family.
func TestPOP3Profiles(t *testing.T) {
	for name, want := range map[string][5]string{
		"ex50":    {"+OK Microsoft Exchange POP3 server version 5.0.1457.10 ready", "-ERR Command not valid", "-ERR Logon failure: unknown user name or bad password.", "+OK User successfully logged on", "+OK Microsoft Exchange POP3 server version 5.0.1457.10 signing off"},
		"ex55":    {"+OK Microsoft Exchange POP3 server version 5.5.2655.20 ready", "-ERR Command not valid", "-ERR Logon failure: unknown user name or bad password.", "+OK User successfully logged on", "+OK Microsoft Exchange POP3 server version 5.5.2655.20 signing off"},
		"ex2000":  {"+OK Microsoft Exchange 2000 POP3 server version 6.0.6249.0 (mail.example.com) ready.", "+OK Capability list follows", "-ERR Logon failure: unknown user name or bad password.", "+OK User successfully logged on", "+OK Microsoft Exchange 2000 POP3 server version 6.0.6249.0 signing off."},
		"ex2003":  {"+OK Microsoft Exchange Server 2003 POP3 server version 6.5.7638.1 (mail.example.com) ready.", "+OK Capability list follows", "-ERR Logon failure: unknown user name or bad password.", "+OK User successfully logged on", "+OK Microsoft Exchange Server 2003 POP3 server version 6.5.7638.1 signing off."},
		"ex2007":  {"+OK Microsoft Exchange Server 2007 POP3 service ready", "+OK", "-ERR Logon failure: unknown user name or bad password.", "+OK User successfully logged on", "+OK Microsoft Exchange Server 2007 POP3 server signing off."},
		"ex2010":  {"+OK The Microsoft Exchange POP3 service is ready.", "+OK", "-ERR Logon failure: unknown user name or bad password.", "+OK User successfully logged on.", "+OK Microsoft Exchange Server 2010 POP3 server signing off."},
		"postfix": {"+OK POP3 server ready", "+OK", "-ERR Authentication failed", "+OK Logged in", "+OK Logging out"},
	} {
		m := playing(t, name)
		c := &scripted{in: strings.NewReader("CAPA\r\nUSER DOM\\user\r\nPASS wrong\r\nPASS pass\r\nQUIT\r\n")}
		NewPOP3Server(m).session(c)
		var got []string
		for line := range strings.Lines(c.out.String()) {
			line = strings.TrimSuffix(line, "\r\n")
			if len(line) > 0 && (line[0] == '+' || line[0] == '-') {
				got = append(got, line)
			}
		}
		if want := []string{want[0], want[1], "+OK", want[2], want[3], want[4]}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if events := m.Events().Events(); strings.HasPrefix(name, "ex5") != (len(events) == 1) {
			t.Errorf("%s: events %v", name, events)
		} else if len(events) == 1 && (events[0].ID != 13005 || !strings.Contains(events[0].Text, `DOM\user from 1.2.3.4 to DOM\user has failed`)) {
			t.Errorf("%s: %v", name, events[0])
		}
	}
}

// TestPOP3NTLM: the whole dialogue (MS-POP3 section 4), and one that is called off.
func TestPOP3NTLM(t *testing.T) {
	m := playing(t, "ex2003")
	conn, err := net.Dial("tcp", serveLocal(t, NewPOP3Server(m)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	line := func(send string) string {
		if send != "" {
			io.WriteString(conn, send+"\r\n")
		}
		l, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(l, "\r\n")
	}
	line("")
	if got := []string{line("AUTH"), line(""), line("")}; !slices.Equal(got, []string{"+OK The operation completed successfully.", "NTLM", "."}) {
		t.Errorf("%q", got)
	}
	if got := line("AUTH NTLM") + line("*"); got != "+OK-ERR The AUTH protocol exchange was canceled by the client." {
		t.Errorf("called off: %s", got)
	}
	for _, password := range []string{"wrong", "pass"} {
		line("AUTH NTLM")
		two, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line(base64.StdEncoding.EncodeToString(ntlmNegotiate())), "+ "))
		if err != nil {
			t.Fatal(err)
		}
		three, err := ntlmAuthenticate(two, "user", "DOM", password)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := line(base64.StdEncoding.EncodeToString(three)), map[string]string{"wrong": "-ERR Logon failure: unknown user name or bad password.", "pass": "+OK User successfully logged on"}[password]; got != want {
			t.Errorf("%s: %s", password, got)
		}
	}
	if got := line("STAT"); got != "+OK 0 0" {
		t.Error(got)
	}
}
