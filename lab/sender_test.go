package lab

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// mailClients are the profiles that send mail by themselves.
func mailClients() (names []string) {
	for _, p := range clientProfiles {
		if p.Enter == "" {
			names = append(names, p.Name)
		}
	}
	return names
}

func TestProfiles(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range clientProfiles {
		if p.Name == "" || p.About == "" || seen[p.Name] {
			t.Errorf("%+v", p)
		}
		seen[p.Name] = true
		switch {
		case p.Enter != "":
			continue
		case p.StepTimeout < 0, (p.Expire > 0) != (p.Retry.After(1) > 0):
			t.Errorf("%s keeps a message for %v and retries after %v", p.Name, p.Expire, p.Retry.After(1))
		case p.No8Bit == RefuseBody && p.No8BitText == "", len(p.Extras) > 0 && p.ExchSize == 0:
			t.Errorf("%s is incomplete", p.Name)
		}
		for n := 1; p.Expire > 0 && n < 100; n++ {
			if p.Retry.After(n) < 10*time.Second {
				t.Errorf("%s makes attempt %d after %v", p.Name, n+1, p.Retry.After(n))
			}
		}
	}
	if _, err := FindClient("nobody"); err == nil || !strings.Contains(err.Error(), "split-dot") {
		t.Errorf("%v", err)
	}
}

// starsGreeting is a greeting as a firewall of 5.1 to 6.3 leaves it.
const starsGreeting = "220 ****************************0*2******0***********************2002*******2***0*00 "

// greetings are what a server, or a firewall before it, does about EHLO.
var greetings = []struct {
	name string
	peer func() *peer
}{
	{"EHLO known", func() *peer { return &peer{caps: []string{"ENHANCEDSTATUSCODES"}} }},
	{"500", func() *peer { return &peer{} }},
	{"250 of one line", func() *peer { return &peer{on: map[string]string{"EHLO": "250 OK"}} }},
	{"402", func() *peer { return &peer{on: map[string]string{"EHLO": "402 4.5.2 Error: command not recognized"}} }},
	{"stars and 500", func() *peer { return &peer{greeting: starsGreeting} }},
	{"greeting without ESMTP", func() *peer { return &peer{greeting: "220 old.example ready"} }},
	{"HELO refused", func() *peer { return &peer{on: map[string]string{"HELO": "501 who?"}} }},
}

// helloTable is what each client does then: E is EHLO, H is HELO, M is a mail that arrives; d and f are deferred and
// failed.
var helloTable = map[string]string{
	//                 EHLO  500  250   402  stars  old  HELO refused
	"ex55":           "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"ex2000":         "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"ex2003":         "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"ex2007":         "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"ex2010":         "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"oe4":            "HM    HM   HM    HM   HM    HM   Hf",
	"oe6":            "HM    HM   HM    HM   HM    HM   Hf",
	"ol2003":         "HM    HM   HM    HM   HM    HM   Hf",
	"oe6 logs on":    "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"sendmail":       "EM    EHM  EM    Ed   HM    HM   EHf",
	"qmail":          "HM    HM   HM    HM   HM    HM   Hf",
	"postfix":        "EM    EHM  EM    EHM  HM    EHM  EHf",
	"exim":           "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"bot-nofallback": "EM    Ef   EM    Ef   Ef    Ef   Ef",
	"tls-required":   "Ed    EHd  Ed    Ed   EHd   EHd  EHf",
	"split-dot":      "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"noop-first":     "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"blunt-bdat":     "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"blunt-xlink":    "EM    EHM  EM    Ed   EHM   EHM  EHf",
	"blunt-xexch50":  "EM    EHM  EM    Ed   EHM   EHM  EHf",
}

func TestHello(t *testing.T) {
	for _, name := range append(mailClients(), "oe6 logs on") {
		want := strings.Fields(helloTable[name])
		if len(want) != len(greetings) {
			t.Fatalf("%s: the table has %d columns", name, len(want))
		}
		for i, g := range greetings {
			t.Run(name+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				s := client(t, strings.Fields(name)[0])
				if strings.Contains(name, "logs on") {
					s.User, s.Password = "user", "pass"
				}
				p := g.peer()
				a := p.try(t, s, oneLetter)
				got := ""
				for _, l := range p.lines {
					if strings.HasPrefix(l, "EHLO ") || strings.HasPrefix(l, "HELO ") {
						got += l[:1]
					}
				}
				if got += map[Verdict]string{Sent: "M", Deferred: "d", Failed: "f"}[a.Verdict()]; got != want[i] {
					t.Errorf("%s, want %s: %v\n%q", got, want[i], a.Err, p.lines)
				}
				if (p.mail != "") != (a.Verdict() == Sent) || !strings.HasSuffix(p.verbs(), "QUIT") {
					t.Errorf("%v, and the peer has %q after %s", a.Verdict(), p.mail, p.verbs())
				}
			})
		}
	}
}

// The session of a capture from 2006: Outlook Express 6 and Exchange 5.5. Every write is as it was there.
func TestOutlookExpressByTheOctet(t *testing.T) {
	p := &peer{
		greeting: "220 exchdc1.x ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2448.0) ready",
		caps:     []string{"XEXCH50", "HELP", "ETRN", "DSN", "SIZE 0", "AUTH LOGIN", "AUTH=LOGIN", "STARTTLS", "TLS"},
		on: map[string]string{"AUTH LOGIN": "334 VXNlcm5hbWU6", "c2ltb24=": "334 UGFzc3dvcmQ6", "cGFzc3dvcmQ=": "235 LOGIN authentication successful",
			"MAIL": "250 OK - mail from <Simon@x>", "RCPT": "250 OK - Recipient <Simon@x>", "DATA": "354 Send data.  End with CRLF.CRLF", atEnd: "250 OK"},
	}
	s := client(t, "oe6")
	s.Name, s.User, s.Password = "XPCLIENT", "simon", "password"
	body := "From: <Simon@x>\r\nTo: <Simon@x>\r\nSubject: test\r\n\r\nhello\r\n"
	a := p.try(t, s, Mail{From: "Simon@x", To: []string{"Simon@x"}, Data: []byte(body)})
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	want := []string{"EHLO XPCLIENT\r\n", "AUTH LOGIN\r\n", "c2ltb24=\r\n", "cGFzc3dvcmQ=\r\n", "MAIL FROM: <Simon@x>\r\n",
		"RCPT TO: <Simon@x>\r\n", "DATA\r\n", body, "\r\n.\r\n", "QUIT\r\n"}
	if d := cmp.Diff(want, p.sent()); d != "" {
		t.Error(d)
	}
}

// everything is what an Exchange 2003 lists, with what others list.
var everything = []string{"SIZE 2097152", "PIPELINING", "DSN", "8BITMIME", "BINARYMIME", "CHUNKING", "X-EXPS GSSAPI NTLM LOGIN",
	"X-EXPS=LOGIN", "AUTH GSSAPI NTLM LOGIN", "AUTH=LOGIN", "X-LINK2STATE", "XEXCH50", "OK"}

func without(caps []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(caps), func(c string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(c, n) })
	})
}

// TestWrites: what each client writes to a server that offers everything, write by write. BLOB stands for the octets
// behind XEXCH50.
func TestWrites(t *testing.T) {
	const msg = "Subject: s\r\n\r\n.body\r\n" // 21 octets
	const stuffedMsg = "Subject: s\r\n\r\n..body\r\n"
	blob := string(properties(1028))
	ehlo, quit := "EHLO client.example.net\r\n", "QUIT\r\n"
	for _, c := range []struct {
		name, caps string
		want       []string
	}{
		{"ex55", "", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21 RET=FULL\r\n", "RCPT TO:<b@example.com> NOTIFY=FAILURE,DELAY\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"ex2000", "", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\nRCPT TO:<b@example.com>\r\n", "XEXCH50 1028 2\r\n", blob, "BDAT 21 LAST\r\n", msg, quit}},
		{"ex2003", "CHUNKING XEXCH50", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\nRCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"ex2010", "PIPELINING XEXCH50", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21 RET=FULL\r\n", "RCPT TO:<b@example.com>\r\n", "BDAT 21 LAST\r\n", msg, quit}},
		{"oe6", "", []string{"HELO CLIENT\r\n", "MAIL FROM: <a@example.net>\r\n", "RCPT TO: <b@example.com>\r\n", "DATA\r\n", stuffedMsg, "\r\n.\r\n", quit}},
		{"sendmail", "", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"qmail", "", []string{"HELO client.example.net\r\n", "MAIL FROM:<a@example.net>\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"postfix", "", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\nRCPT TO:<b@example.com>\r\nDATA\r\n", stuffedMsg + ".\r\nQUIT\r\n"}},
		{"postfix", "PIPELINING", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"exim", "", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\nRCPT TO:<b@example.com>\r\nDATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"bot-nofallback", "", []string{"EHLO CLIENT\r\n", "MAIL FROM:<a@example.net>\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"split-dot", "", []string{ehlo, "MAIL FROM:<a@example.net>\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".", "\r\n", quit}},
		{"noop-first", "", []string{ehlo, "NOOP\r\n", "MAIL FROM:<a@example.net>\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"blunt-bdat", "CHUNKING", []string{ehlo, "MAIL FROM:<a@example.net>\r\n", "RCPT TO:<b@example.com>\r\n", "BDAT 21 LAST\r\n", msg, quit}},
		{"blunt-xlink", "X- XEXCH50 CHUNKING PIPELINING", []string{ehlo, "X-LINK2STATE...\r\n", "MAIL FROM:<a@example.net> SIZE=21\r\n", "RCPT TO:<b@example.com>\r\n", "DATA\r\n", stuffedMsg + ".\r\n", quit}},
		{"blunt-xexch50", "X- XEXCH50 CHUNKING PIPELINING", []string{ehlo, "MAIL FROM:<a@example.net> SIZE=21\r\n", "RCPT TO:<b@example.com>\r\n", "XEXCH50 1028 2\r\n", blob, "DATA\r\n", stuffedMsg + ".\r\n", quit}},
	} {
		t.Run(c.name+" without "+c.caps, func(t *testing.T) {
			t.Parallel()
			p := &peer{caps: without(everything, strings.Fields(c.caps)...), on: map[string]string{"XEXCH50": "354 Send binary data"}}
			if strings.Contains(c.caps, "XEXCH50") {
				p.on = nil
			}
			a := p.try(t, client(t, c.name), oneLetter)
			if a.Err != nil {
				t.Fatal(a.Err)
			}
			got := p.sent()
			for i, w := range got {
				if strings.HasPrefix(w, "X-LINK2STATE ") {
					got[i] = "X-LINK2STATE...\r\n"
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if p.mail != stuffedMsg && p.mail != msg && p.mail != stuffedMsg+"\r\n" {
				t.Errorf("arrived %q", p.mail)
			}
		})
	}
}

// qmail's buffer decides where its end of data is cut: every cut turns up for some length.
func TestEndOfDataAnywhere(t *testing.T) {
	s := client(t, "qmail")
	s.Profile.Buffer = 64
	cuts := map[string]bool{}
	for n := range 64 {
		p := &peer{}
		data := []byte("S: s\r\n\r\n" + strings.Repeat("x", 100+n) + "\r\n")
		if a := p.try(t, s, Mail{From: "a@b", To: []string{"c@d"}, Data: data}); a.Err != nil {
			t.Fatal(a.Err)
		}
		writes := p.sent()[4:]
		for _, w := range writes[:len(writes)-2] {
			if len(w) != 64 {
				t.Fatalf("a write of %d octets", len(w))
			}
		}
		if last := writes[len(writes)-2]; len(last) < 5 {
			cuts[last] = true
		}
		if p.mail != string(data) {
			t.Fatalf("arrived %q", p.mail)
		}
	}
	for _, want := range []string{"\n", "\r\n", ".\r\n", "\n.\r\n"} {
		if !cuts[want] {
			t.Errorf("the end was never cut before %q: %v", want, cuts)
		}
	}
}

func TestPostfixSeesStars(t *testing.T) {
	for _, c := range []struct {
		greeting string
		after    time.Duration
		log      string
		last     []string
	}{
		{starsGreeting, 0, "enabling PIX workarounds: disable_esmtp delay_dotcrlf for peer.example[pipe]:", []string{"x\r\n", ".\r\n", "QUIT\r\n"}},
		{starsGreeting, time.Hour, "enabling PIX workarounds: disable_esmtp for peer.example[pipe]:", []string{"DATA\r\n", "x\r\n.\r\n", "QUIT\r\n"}},
		{"220 ********", 0, "disable_esmtp delay_dotcrlf", []string{"x\r\n", ".\r\n", "QUIT\r\n"}},
		{"220 ***1***", 0, "", nil}, // another digit: the expression does not match
		{"220 peer ESMTP", 0, "", nil},
		{"220-****\r\n220 ****", 0, "", nil}, // nor with a hyphen
	} {
		p := &peer{greeting: c.greeting, caps: []string{"SIZE"}}
		s := client(t, "postfix")
		s.Profile.PIX.After, s.Age = c.after, 10*time.Minute
		a := p.try(t, s, Mail{From: "a@b", To: []string{"c@d"}, Data: []byte("x\r\n")})
		if a.Err != nil {
			t.Fatal(c.greeting, a.Err)
		}
		var log string
		for _, n := range a.Notices {
			log += n.String() + "\n"
		}
		if !strings.Contains(log, c.log) || (c.log == "") != (log == "") {
			t.Errorf("%s: log %q, want %q", c.greeting, log, c.log)
		}
		writes := p.sent()
		if n := len(c.last); n > 0 && !slices.Equal(writes[len(writes)-n:], c.last) {
			t.Errorf("%s: the last writes are %q", c.greeting, writes)
		}
		if masked := c.log != ""; masked == strings.Contains(p.verbs(), "EHLO") {
			t.Errorf("%s: %s", c.greeting, p.verbs())
		}
		if delayed := strings.Contains(c.log, "delay"); delayed != (a.Took == 10*time.Second) {
			t.Errorf("%s: it took %v", c.greeting, a.Took)
		}
	}
}

// TestTrouble: what every client makes of what may go wrong, besides EHLO.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		name    string
		on      map[string]string
		verdict Verdict
		unsure  bool
		number  byte // of Outlook Express
		command string
	}{
		{"550 to RCPT", map[string]string{"RCPT": "550 5.7.1 Unable to relay for b@example.com"}, Failed, false, 0x79, "RCPT"},
		{"450 to RCPT", map[string]string{"RCPT": "450 later"}, Deferred, false, 0x79, "RCPT"},
		{"505 to MAIL", map[string]string{"MAIL": "505 Authentication required"}, Failed, false, 0x78, "MAIL"},
		{"503 to MAIL", map[string]string{"MAIL": "503 5.5.2 Send hello first"}, Failed, false, 0x78, "MAIL"},
		{"closed at DATA", map[string]string{"DATA": dead}, Deferred, false, 0x0f, "DATA"},
		{"554 to DATA", map[string]string{"DATA": "554 no"}, Failed, false, 0x6f, "DATA"},
		{"silence at the end", map[string]string{atEnd: silent}, Deferred, true, 0x19, endOfData},
		{"closed at the end", map[string]string{atEnd: dead}, Deferred, true, 0x0f, endOfData},
		{"452 at the end", map[string]string{atEnd: "452 4.3.1 Insufficient system storage"}, Deferred, false, 0x6c, endOfData},
		{"554 at the end", map[string]string{atEnd: "554 spam"}, Failed, false, 0x6f, endOfData},
		{"421 greeting", map[string]string{greeting: "421 4.3.2 Service not available"}, Deferred, false, 0x67, greeting},
		{"no greeting", map[string]string{greeting: silent}, Deferred, false, 0x19, greeting},
		{"no code", map[string]string{"MAIL": "OK."}, Deferred, false, 0x61, "MAIL"},
	} {
		for _, name := range mailClients() {
			if name == "tls-required" || name == "blunt-bdat" && c.command == "DATA" {
				continue // one sends nothing to a server without TLS, the other no DATA
			}
			t.Run(c.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := &peer{greeting: c.on[greeting], caps: []string{"SIZE"}, on: c.on}
				s := client(t, name)
				a := p.try(t, s, oneLetter)
				if a.Verdict() != c.verdict || a.Unsure != c.unsure || !strings.HasPrefix(a.Command, c.command) {
					t.Errorf("%v after %s, unsure %v: %v", a.Verdict(), a.Command, a.Unsure, a.Err)
				}
				if got := a.ErrorNumber(); got != c.number {
					t.Errorf("error number %02x", got)
				}
				wait := time.Duration(0)
				if a.timedOut() {
					wait = stepTimeout(s.Profile)
				}
				if a.Took != wait {
					t.Errorf("took %v, want %v", a.Took, wait)
				}
				if len(outcome(s.Profile.Voice, oneLetter, a)) == 0 && s.Profile.Voice != VoiceOE && s.Profile.Voice != VoiceOutlook {
					t.Error("nothing in its log")
				}
			})
		}
	}
}

// Words of the logs and reports that sources show.
func TestNotices(t *testing.T) {
	for _, c := range []struct {
		client string
		on     map[string]string
		want   string
	}{
		{"postfix", map[string]string{atEnd: silent}, "conversation with peer.example[pipe] timed out while sending end of data -- message may be sent more than once"},
		{"postfix", map[string]string{atEnd: dead}, "lost connection with peer.example[pipe] while sending end of data -- message may be sent more than once"},
		{"postfix", map[string]string{"RCPT": "550 no"}, "host peer.example[pipe] said: 550 no (in reply to RCPT TO command)"},
		{"qmail", map[string]string{atEnd: dead}, "Connected to pipe but connection died. Possible duplicate! (#4.4.2)"},
		{"qmail", map[string]string{"DATA": dead}, "Connected to pipe but connection died. (#4.4.2)"},
		{"sendmail", map[string]string{"EHLO": "402 4.5.2 Error: command not recognized"}, "stat=Deferred: 402 4.5.2 Error: command not recognized"},
		{"ex55", map[string]string{"HELO": "500 no"}, "MSExchangeIMC 4031 The message could not be delivered. The destination server reported: 500 no"},
		{"ex55", map[string]string{"HELO": "500 no"}, "Subject: Notification: Outbound Mail Failure - A protocol error occurred.\nA mail message was not sent due to a protocol error.\n500 no\n"},
		{"ex55", map[string]string{atEnd: dead}, `499 No routing hosts are reachable for example.com. Message subject: ""s"". Rescheduling delivery for later.`},
		{"ex2003", map[string]string{atEnd: dead}, "The connection was dropped by the remote host."},
		{"ex2003", map[string]string{atEnd: silent}, "The semaphore timeout period has expired."},
		{"ex2010", map[string]string{atEnd: "421 4.4.2 Connection dropped"}, `LastError: 451 4.4.0 Primary target IP address responded with: "421 4.4.2 Connection dropped" Attempted failover to alternate host, but that did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts.`},
		{"exim", map[string]string{"RCPT": "550 no"}, "SMTP error from remote mail server after RCPT TO:<b@example.com>: 550 no"},
	} {
		p := &peer{on: c.on}
		s := client(t, c.client)
		a := p.try(t, s, oneLetter)
		var log strings.Builder
		for _, n := range outcome(s.Profile.Voice, oneLetter, a) {
			log.WriteString(n.String() + "\n")
		}
		if !strings.Contains(log.String(), c.want) {
			t.Errorf("%s, %v: log %q\nwant %q", c.client, c.on, log.String(), c.want)
		}
	}
}

// Some recipients are refused: an MTA sends to the others, a mail program does not.
func TestSomeRecipients(t *testing.T) {
	m := oneLetter
	m.To = []string{"b@example.com", "c@example.com", "d@example.com"}
	on := map[string]string{"RCPT TO:<c@example.com>": "550 no", "RCPT TO: <c@example.com>": "550 no", "RCPT TO:<d@example.com>": "450 later"}
	for _, caps := range [][]string{{"SIZE"}, {"PIPELINING"}} {
		p := &peer{caps: caps, on: on}
		a := p.try(t, client(t, "postfix"), m)
		got := map[string]Verdict{}
		for _, to := range m.To {
			got[to] = a.For(to)
		}
		want := map[string]Verdict{"b@example.com": Sent, "c@example.com": Failed, "d@example.com": Deferred}
		if d := cmp.Diff(want, got); d != "" || p.mail == "" || a.Err == nil {
			t.Errorf("%v: %s %v", caps, d, a.Err)
		}
	}
	p := &peer{on: on}
	a := p.try(t, client(t, "oe6"), m)
	if p.mail != "" || a.ErrorNumber() != 0x79 || strings.Contains(p.verbs(), "DATA") || a.rejected(m) != "c@example.com" {
		t.Errorf("%v: %q", a.Err, p.lines)
	}
}

// RFC 2920 section 3.1: DATA was pipelined, every recipient refused, and the server says 354 all the same.
func TestNobodyToSendTo(t *testing.T) {
	p := &peer{caps: []string{"PIPELINING"}, on: map[string]string{"RCPT": "550 no", atEnd: "554 no recipients"}}
	a := p.try(t, client(t, "postfix"), oneLetter)
	if a.Verdict() != Failed || a.Unsure || p.mail != "" || !slices.Equal(p.sent()[2:], []string{".\r\n", "QUIT\r\n"}) {
		t.Errorf("%v: %q", a.Err, p.sent())
	}
}

func TestBodyTypes(t *testing.T) {
	eight := []byte("Content-Type: text/plain\r\n\r\nGr\xfc\xdfe\r\n")
	for _, c := range []struct {
		client, body, caps string
		want               string // of MAIL, or the sender's own refusal
	}{
		{"ex2003", "8BITMIME", "8bitmime", "MAIL FROM:<a@b> BODY=8BITMIME"},
		{"ex2003", "8BITMIME", "SIZE", "554 5.6.1 Body type not supported by Remote Host"},
		{"ex2003", "BINARYMIME", "8bitmime BINARYMIME CHUNKING", "MAIL FROM:<a@b> BODY=BINARYMIME"},
		{"ex2003", "BINARYMIME", "8bitmime BINARYMIME", "554 5.6.1 Body type not supported by Remote Host"}, // 7.0 and later mask CHUNKING
		{"ex55", "8BITMIME", "SIZE", "500 Host does not support 8bitmime"},
		{"postfix", "8BITMIME", "8BITMIME", "MAIL FROM:<a@b> BODY=8BITMIME"},
		{"postfix", "8BITMIME", "ETRN", "MAIL FROM:<a@b>"},
		{"qmail", "", "8BITMIME", "MAIL FROM:<a@b>"},
		{"oe6", "", "8BITMIME", "MAIL FROM: <a@b>"},
	} {
		p := &peer{caps: strings.Fields(c.caps)}
		a := p.try(t, client(t, c.client), Mail{From: "a@b", To: []string{"c@d"}, Data: eight, Body: c.body})
		var own BodyTypeError
		if errors.As(a.Err, &own) {
			if string(own) != c.want || strings.Contains(p.verbs(), "MAIL") || a.Verdict() != Failed {
				t.Errorf("%+v: %v after %s", c, a.Err, p.verbs())
			}
			continue
		}
		if a.Err != nil || !slices.Contains(p.lines, c.want) {
			t.Errorf("%+v: %v %q", c, a.Err, p.lines)
		}
		if raw := p.mail == string(eight) || p.mail == string(eight)+"\r\n"; raw == (c.client == "postfix" && c.caps == "ETRN") {
			t.Errorf("%+v: arrived %q", c, p.mail)
		}
	}
}

func TestAuth(t *testing.T) {
	const user, pass = "dXNlcg==", "cGFzcw=="
	login := map[string]string{"AUTH LOGIN": "334 VXNlcm5hbWU6", "AUTH LOGIN " + user: "334 UGFzc3dvcmQ6", user: "334 UGFzc3dvcmQ6", pass: "235 yes",
		"AUTH PLAIN": "334 ", "AHVzZXIAcGFzcw==": "235 yes"}
	wrong := map[string]string{"AUTH LOGIN": "334 VXNlcm5hbWU6", user: "334 UGFzc3dvcmQ6", pass: "535 5.7.3 Authentication unsuccessful"}
	odd := map[string]string{"AUTH LOGIN": "334 !!", user: "334 !!", "*": "501 5.7.0 Authentication cancelled"}
	for _, c := range []struct {
		name   string
		client string
		caps   string
		change func(*Auth)
		on     map[string]string
		verbs  string
		failed bool
	}{
		{"oe6", "oe6", "AUTH LOGIN", nil, login, "EHLO AUTH dXNlcg== cGFzcw== MAIL RCPT DATA QUIT", false},
		{"oe6 equals", "oe6", "AUTH=LOGIN", nil, login, "EHLO AUTH dXNlcg== cGFzcw== MAIL RCPT DATA QUIT", false},
		{"oe4 equals", "oe4", "AUTH=LOGIN", nil, login, "EHLO AUTH dXNlcg== cGFzcw== MAIL RCPT DATA QUIT", false},
		{"oe4 space", "oe4", "AUTH LOGIN", nil, login, "EHLO MAIL RCPT DATA QUIT", false},
		{"masked", "oe4", "AUTH LOGIN,XXXXXXXXXF", nil, login, "EHLO MAIL RCPT DATA QUIT", false},
		{"other mechanisms", "oe6", "AUTH GSSAPI NTLM", nil, login, "EHLO MAIL RCPT DATA QUIT", false},
		{"wrong", "oe6", "AUTH LOGIN", nil, wrong, "EHLO AUTH dXNlcg== cGFzcw== QUIT", true},
		{"no base64", "oe6", "AUTH LOGIN", nil, odd, "EHLO AUTH dXNlcg== *", true},
		{"initial", "oe6", "AUTH LOGIN", func(a *Auth) { a.Initial = true }, login, "EHLO AUTH cGFzcw== MAIL RCPT DATA QUIT", false},
		{"plain", "oe6", "AUTH LOGIN PLAIN", func(a *Auth) { a.Mechs = []string{"PLAIN"} }, login, "EHLO AUTH AHVzZXIAcGFzcw== MAIL RCPT DATA QUIT", false},
		{"required", "ex55", "SIZE", nil, login, "EHLO QUIT", true},
		{"blunt", "oe6", "SIZE", func(a *Auth) { a.Rule = AuthBlunt }, wrong, "EHLO AUTH dXNlcg== cGFzcw== MAIL RCPT DATA QUIT", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &peer{caps: strings.Split(c.caps, ","), on: c.on}
			s := client(t, c.client)
			s.User, s.Password = "user", "pass"
			if c.change != nil {
				c.change(&s.Profile.Auth)
			}
			a := p.try(t, s, oneLetter)
			if (a.Err != nil) != c.failed || p.verbs() != c.verbs {
				t.Errorf("%v: %s", a.Err, p.verbs())
			}
			if c.name == "required" && !errors.Is(a.Err, ErrAuthNotOffered) {
				t.Errorf("%v", a.Err)
			}
		})
	}
	endless := &peer{caps: []string{"AUTH LOGIN"}, on: map[string]string{"AUTH LOGIN": "334 UGFzc3dvcmQ6", user: "334 UGFzc3dvcmQ6", pass: "334 UGFzc3dvcmQ6"}}
	s := client(t, "oe6")
	s.User, s.Password = "user", "pass"
	if a := endless.try(t, s, oneLetter); a.Err == nil || len(endless.lines) > maxChallenges+4 {
		t.Errorf("%v after %d lines", a.Err, len(endless.lines))
	}
}

// Exchange servers among themselves.
func TestExchangeExtras(t *testing.T) {
	token, err := labTicket("client.example.net")
	if err != nil {
		t.Fatal(err)
	}
	ticketLine := base64.StdEncoding.EncodeToString(token)
	knows := map[string]string{"X-EXPS": "334 GSSAPI supported", ticketLine: "235 2.7.0 Authentication successful.",
		"X-LINK2STATE": "200 LAST CHUNK={00000029} MULTI (5) ({00000014} DONE_RESPONSE)", "XEXCH50": "354 Send binary data"}
	with := func(change ...string) map[string]string {
		on := map[string]string{}
		for k, v := range knows {
			on[k] = v
		}
		for i := 0; i < len(change); i += 2 {
			on[change[i]] = change[i+1]
		}
		return on
	}
	masked := []string{"SIZE", "XXXXXXXXXXXXXXXXXXXXXXXD", "XXXXXXXXXXXE", "XXXXXXXXXXXG", "XXXXXXH", "XI"}
	for _, c := range []struct {
		name    string
		client  string
		caps    []string
		on      map[string]string
		org     bool
		verbs   string // a ticket is T
		version int
		event   string
		err     error
	}{
		{"all", "ex2003", everything, knows, true, "EHLO X-EXPS T X-LINK2STATE MAIL RCPT XEXCH50 BDAT QUIT", 1, "", nil},
		{"a stranger", "ex2003", everything, knows, false, "EHLO MAIL RCPT XEXCH50 BDAT QUIT", 0, "", nil},
		{"masked", "ex2003", masked, nil, true, "EHLO MAIL RCPT DATA QUIT", 0, "", nil},
		{"no EHLO", "ex2003", nil, nil, true, "EHLO HELO MAIL RCPT DATA QUIT", 0, "", nil},
		{"XEXCH50 refused", "ex2003", everything, with("XEXCH50", "504 Need to authenticate first "), false, "EHLO MAIL RCPT XEXCH50 BDAT QUIT", 0,
			`MSExchangeTransport 7004 This is an SMTP protocol error log for virtual server ID 1, connection #1. The remote host "peer.example", responded to the SMTP command "xexch50" with "504 Need to authenticate first  ". The full command sent was "XEXCH50 1028 2 ". This will probably cause the connection to fail.`, nil},
		{"link state refused", "ex2003", everything, with("X-LINK2STATE", "500 5.3.3 Unrecognized command"), true, "EHLO X-EXPS T X-LINK2STATE MAIL RCPT XEXCH50 BDAT QUIT", 0,
			`responded to the SMTP command "x-link2state" with "500 5.3.3 Unrecognized command "`, nil},
		{"ticket refused", "ex2003", everything, with(ticketLine, "535 5.7.3 Authentication unsuccessful"), true, "EHLO X-EXPS T X-LINK2STATE MAIL RCPT XEXCH50 BDAT QUIT", 1,
			`responded to the SMTP command "x-exps" with "535`, nil},
		{"ticket lost", "ex2003", everything, with(ticketLine, silent), true, "EHLO X-EXPS T", 0,
			"MSExchangeTransport 7002 This is an SMTP protocol warning log for virtual server ID 1, connection #1. The remote host \"peer.example\", responded to the SMTP command \"x-exps\" with \"451\". The full command sent was \"X-EXPS\n\".  This may cause the connection to fail.", nil},
		{"blunt link state", "blunt-xlink", masked, nil, false, "EHLO X-LINK2STATE MAIL RCPT DATA QUIT", 0, `"x-link2state" with "500 Command unrecognized "`, nil},
		{"hub to Edge", "ex2010", everything, knows, true, "EHLO X-EXPS T MAIL RCPT XEXCH50 BDAT QUIT", 0, "", nil},
		{"hub to Edge, masked", "ex2010", masked, nil, true, "EHLO QUIT", 0, "", ErrOrgAuth},
		{"hub to a stranger, masked", "ex2010", masked, nil, false, "EHLO MAIL RCPT DATA QUIT", 0, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &peer{caps: c.caps, on: c.on}
			s := client(t, c.client)
			s.Org, s.LinkState = c.org, &LinkState{Group: "First Routing Group"}
			a := p.try(t, s, oneLetter)
			verbs := strings.ReplaceAll(p.verbs(), ticketLine, "T")
			if verbs != c.verbs || s.LinkState.Version != c.version {
				t.Errorf("%v: %s, version %d", a.Err, verbs, s.LinkState.Version)
			}
			var log string
			for _, n := range a.Notices {
				log += n.String() + "\n"
			}
			if !strings.Contains(log, c.event) || (c.event == "") != (log == "") {
				t.Errorf("log %q\nwant %q", log, c.event)
			}
			if c.err != nil && (!errors.Is(a.Err, c.err) || a.Verdict() != Deferred ||
				!strings.Contains(lastError(a), `responded with: "451 5.7.3 Cannot achieve Exchange Server authentication."`)) {
				t.Errorf("%v, %s", a.Err, lastError(a))
			}
		})
	}
}

// A blunt client's octets reach a server that takes them for lines; the mail behind them arrives all the same.
func TestBluntXEXCH50(t *testing.T) {
	p := &peer{caps: []string{"SIZE"}}
	a := p.try(t, client(t, "blunt-xexch50"), oneLetter)
	if a.Err != nil || p.mail == "" || len(a.Notices) != 1 {
		t.Fatalf("%v: %q %v", a.Err, p.lines, a.Notices)
	}
	if n := strings.Count(p.verbs(), "IPM.Note"); n < 10 {
		t.Errorf("%d lines of the octets", n)
	}
	p = &peer{caps: []string{"XEXCH50"}, on: map[string]string{"XEXCH50": "354 Send binary data"}}
	if a := p.try(t, client(t, "blunt-xexch50"), oneLetter); a.Err != nil || p.mail == "" || strings.Contains(p.verbs(), "IPM") {
		t.Errorf("%v: %q", a.Err, p.lines)
	}
}

func TestProperties(t *testing.T) {
	for n := range 300 {
		b := properties(n)
		if len(b) != n || n >= 2 && !bytes.HasSuffix(b, []byte("\r\n")) {
			t.Fatalf("%d: %q", n, b)
		}
	}
}

// STARTTLS that is offered and refused: who only likes TLS goes on without, who demands it does not.
func TestSTARTTLSRefused(t *testing.T) {
	for name, want := range map[string]string{"ex2010": "EHLO STARTTLS MAIL RCPT DATA QUIT", "tls-required": "EHLO STARTTLS QUIT"} {
		p := &peer{caps: []string{"STARTTLS"}, on: map[string]string{"STARTTLS": "454 4.7.0 TLS not available"}}
		a := p.try(t, client(t, name), oneLetter)
		if p.verbs() != want || (a.Verdict() == Sent) != (name == "ex2010") {
			t.Errorf("%s: %v %s", name, a.Err, p.verbs())
		}
	}
}

// A message that is no MIME cannot be converted: its sender is told, and nothing of it leaves.
func TestNoMIMENoConversion(t *testing.T) {
	p := &peer{caps: []string{"SIZE"}}
	a := p.try(t, client(t, "postfix"), Mail{From: "a@b", To: []string{"c@d"}, Data: []byte("no header\xff\r\n")})
	if a.Verdict() != Failed || !errors.Is(a.Err, errConversion) || p.verbs() != "EHLO QUIT" {
		t.Errorf("%v %s", a.Err, p.verbs())
	}
}

// A sender names itself as its profile says.
func TestHelloNames(t *testing.T) {
	for form, want := range map[NameForm]string{NameFQDN: "mail.example.com", NameNetBIOS: "MAIL", NameLiteral: "[]"} {
		p := &peer{}
		s := Sender{Name: "mail.example.com", Profile: ClientProfile{HelloName: form, Hello: HelloHELO}}
		if a := p.try(t, s, oneLetter); a.Err != nil || p.lines[0] != "HELO "+want {
			t.Errorf("%d: %q", form, p.lines)
		}
	}
	long := Sender{Name: strings.Repeat("n", 40), Profile: ClientProfile{HelloName: NameNetBIOS, Hello: HelloHELO}}
	p := &peer{}
	p.try(t, long, oneLetter)
	if p.lines[0] != "HELO "+strings.Repeat("N", 15) {
		t.Errorf("%q", p.lines[0])
	}
}

func ExampleDialog() {
	a := &Attempt{Err: &RefusedError{"RCPT TO: <bob@else.example>", Reply{550, []string{"550 5.7.1 Unable to relay for bob@else.example"}}},
		Client: &SMTPClient{}, Refused: map[string]*RefusedError{"bob@else.example": {}}}
	fmt.Println(Dialog(VoiceOE, a, Mail{To: []string{"bob@else.example"}}, Account{Name: "work", Server: "mail.example.com", Port: "25", Subject: "hello"}))
	// Output: The message could not be sent because one of the recipients was rejected by the server. The rejected e-mail address was 'bob@else.example'. Subject 'hello', Account: 'work', Server: 'mail.example.com', Protocol: SMTP, Server Response: '550 5.7.1 Unable to relay for bob@else.example', Port: 25, Secure(SSL): No, Server Error: 550, Error Number: 0x800CCC79
}
