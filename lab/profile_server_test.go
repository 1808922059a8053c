package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// playing is a server of a profile that neither dawdles nor asks back.
func playing(t testing.TB, name string, options ...string) *MailServer {
	t.Helper()
	p, err := FindServerProfile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range append([]string{"tarpit=0s", "ident=0s"}, options...) {
		if err := p.Set(o); err != nil {
			t.Fatal(err)
		}
	}
	store, err := NewStore("", []string{"user"})
	if err != nil {
		t.Fatal(err)
	}
	cert := testCert()
	return NewMailServer(MailConfig{Profile: p, Store: store, Log: NewMailLog(nil), TLS: &cert, Now: func() time.Time { return testNow },
		Peers: map[string]string{"1.2.3.4": "XP-CLIENT"}})
}

// talk sends lines to a session of its own, and returns the replies, lines of one joined by \n. The first is the greeting.
func talk(m *MailServer, lines ...string) (replies []string) {
	for line := range strings.Lines(string(exchange(m, strings.Join(lines, "\r\n")+"\r\n"))) {
		line = strings.TrimSuffix(line, "\r\n")
		if n := len(replies); n > 0 && open1(replies[n-1]) {
			replies[n-1] += "\n" + line
			continue
		}
		replies = append(replies, line)
	}
	return replies
}

// open1 says whether the last line of a reply announces another.
func open1(reply string) bool {
	last := reply[strings.LastIndexByte(reply, '\n')+1:]
	return len(last) > 3 && last[3] == '-'
}

var replyKeyConst = regexp.MustCompile(`ReplyKey = "([a-z0-9-]+)"`)

// TestProfilesAreWhole: what the engine may say every profile has, and nothing in it is left to fill in.
func TestProfilesAreWhole(t *testing.T) {
	source, err := os.ReadFile("profile_server.go")
	if err != nil {
		t.Fatal(err)
	}
	var keys []ReplyKey
	for _, m := range replyKeyConst.FindAllSubmatch(source, -1) {
		if k := ReplyKey(m[1]); k != AuthFailed {
			keys = append(keys, k)
		}
	}
	if len(keys) < 50 {
		t.Fatalf("only %d keys: the pattern does not find them", len(keys))
	}
	seenNames := map[string]bool{}
	for _, p := range ServerProfiles() {
		t.Run(p.Name, func(t *testing.T) {
			if p.Name == "" || p.Title == "" || seenNames[p.Name] {
				t.Errorf("name %q, title %q", p.Name, p.Title)
			}
			seenNames[p.Name] = true
			if p.RcptMax <= 0 || p.LineMax < 512 || p.Idle < time.Minute || p.DateLayout == "" {
				t.Errorf("limits: %d recipients, lines of %d, idle %v, dates %q", p.RcptMax, p.LineMax, p.Idle, p.DateLayout)
			}
			for _, k := range keys {
				text, ok := p.Replies[k]
				if !ok {
					t.Errorf("no reply %q", k)
				}
				checkText(t, string(k), text)
				if k != Ehlo && text.Say != "" {
					checkReply(t, k, text.Say)
				}
			}
			if len(p.Replies) != len(keys) {
				t.Errorf("%d replies, not %d", len(p.Replies), len(keys))
			}
			for _, v := range p.Verbs {
				if verbs[v] == nil {
					t.Errorf("nobody does %s", v)
				}
			}
			for _, m := range p.Mechs {
				if newMechanism(m.Name, nil, "", nil) == nil {
					t.Errorf("nobody does %s", m.Name)
				}
				checkText(t, m.Name, m.OK)
				checkText(t, m.Name, m.Fail)
				checkText(t, m.Name, m.Ask)
				checkReply(t, "235", m.OK.Say)
				checkReply(t, "535", m.Fail.Say)
			}
			for _, e := range p.Events {
				checkText(t, fmt.Sprint(e.ID), e.Text)
			}
			for _, text := range []Text{p.POP3.Greeting, p.POP3.PassOK, p.POP3.PassBad, p.POP3.Bye, p.POP3.BadVerb} {
				checkText(t, "pop3", text)
				if text.Say == "" {
					t.Error("a POP3 text is missing")
				}
			}
		})
	}
}

// checkText: a text that is said to be read somewhere says where.
func checkText(t *testing.T, what string, text Text) {
	t.Helper()
	if (text.Mark == Seen || text.Mark == Mimic) != (text.From != "") {
		t.Errorf("%s: %q is %v from %q", what, text.Say, text.Mark, text.From)
	}
}

func checkReply(t *testing.T, key ReplyKey, say string) {
	t.Helper()
	lines := strings.Split(say, "\n")
	for i, l := range lines {
		want := byte(' ')
		if i < len(lines)-1 {
			want = '-'
		}
		if !regexp.MustCompile(`^[2-5]\d\d[ -]`).MatchString(l) || l[3] != want || l[:3] != lines[0][:3] {
			t.Errorf("%s: line %q", key, l)
		}
	}
}

func TestFindServerProfile(t *testing.T) {
	for _, name := range []string{"lab", "ex50", "ex55", "ex55tls", "iis5", "iis6", "ex2000", "ex2003", "ex2007", "ex2010", "ex2010edge",
		"postfix", "sendmail", "strict4xx", "commit-on-timeout", "wg-proxy", "fw1-proxy", "raptor-proxy"} {
		if p, err := FindServerProfile(name); err != nil || p.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := FindServerProfile("ex95"); err == nil || !strings.Contains(err.Error(), "ex55tls") {
		t.Errorf("ex95: %v", err)
	}
	// A profile is the caller's: what is done to one does not show in the next.
	p, _ := FindServerProfile("ex2003")
	p.Replies[Unknown], p.Caps[0].Text, p.Verbs[0] = own("500 no"), "X", "X"
	if q, _ := FindServerProfile("ex2003"); q.Replies[Unknown].Say == "500 no" || q.Caps[0].Text == "X" || q.Verbs[0] == "X" {
		t.Error("two profiles share what they are made of")
	}
}

const greetingDate = "Thu, 3 Oct 2002 13:14:25 -0500"

// TestGreetings by the octet: blanks at the end and two in a row are how scanners know a server.
func TestGreetings(t *testing.T) {
	for name, want := range map[string]string{
		"ex50":         "220 mail.example.com Microsoft Exchange Internet Mail Service 5.0.1460.8 ready",
		"ex55":         "220 mail.example.com ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2653.13) ready",
		"ex55tls":      "220 mail.example.com ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2448.0) ready",
		"iis5":         "220 mail.example.com Microsoft ESMTP MAIL Service, Version: 5.0.2195.6713 ready at  " + greetingDate + " ",
		"iis6":         "220 mail.example.com Microsoft ESMTP MAIL Service, Version: 6.0.3790.3959 ready at  " + greetingDate + " ",
		"ex2000":       "220 mail.example.com Microsoft ESMTP MAIL Service, Version: 5.0.2195.6713 ready at  " + greetingDate + " ",
		"ex2003":       "220 mail.example.com Microsoft ESMTP MAIL Service, Version: 6.0.3790.3959 ready at  " + greetingDate + " ",
		"ex2007":       "220 mail.example.com Microsoft ESMTP MAIL Service ready at " + greetingDate,
		"ex2010":       "220 mail.example.com Microsoft ESMTP MAIL Service ready at " + greetingDate,
		"ex2010edge":   "220 mail.example.com Microsoft ESMTP MAIL Service ready at " + greetingDate,
		"postfix":      "220 mail.example.com ESMTP Postfix",
		"sendmail":     "220 mail.example.com ESMTP Sendmail 8.11.6/8.11.6; " + greetingDate,
		"wg-proxy":     "220 SMTP service ready",
		"fw1-proxy":    "220 CheckPoint FireWall-1 secure SMTP server",
		"raptor-proxy": "220 mail.example.com Generic SMTP handler",
	} {
		if got := string(exchange(playing(t, name), "")); got != want+"\r\n" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestCapabilities: the lists of the sources, in order and spelling, between the first line and the end.
func TestCapabilities(t *testing.T) {
	for _, c := range []struct{ server, options, first, want string }{
		{"ex55", "", "mail.example.com Hello [XP-CLIENT]", "XEXCH50 | HELP | ETRN | DSN | SIZE 0 | AUTH LOGIN | AUTH=LOGIN"},
		{"ex55tls", "", "mail.example.com Hello [XP-CLIENT]", "XEXCH50 | HELP | ETRN | DSN | SIZE 0 | AUTH LOGIN | AUTH=LOGIN | STARTTLS | TLS"},
		{"ex50", "", "mail.example.com supports the following extensions:", "XEXCH50 | HELP | VRFY | SIZE 0 | ETRN"},
		{"iis5", "", "mail.example.com Hello [1.2.3.4]", "AUTH GSSAPI NTLM LOGIN | AUTH=LOGIN | TURN | ATRN | SIZE 2097152 | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | OK"},
		{"iis5", "cert=on", "mail.example.com Hello [1.2.3.4]", "AUTH GSSAPI NTLM LOGIN | AUTH=LOGIN | TURN | ATRN | SIZE 2097152 | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | TLS | STARTTLS | OK"},
		{"iis6", "", "mail.example.com Hello [1.2.3.4]", "AUTH GSSAPI NTLM | TURN | SIZE 2097152 | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | OK"},
		{"ex2000", "", "mail.example.com Hello [1.2.3.4]", "TURN | ATRN | SIZE 2097152 | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | X-EXPS GSSAPI NTLM LOGIN | X-EXPS=LOGIN | AUTH GSSAPI NTLM LOGIN | AUTH=LOGIN | X-LINK2STATE | XEXCH50 | OK"},
		{"ex2003", "", "mail.example.com Hello [1.2.3.4]", "TURN | SIZE | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | X-EXPS GSSAPI NTLM LOGIN | X-EXPS=LOGIN | AUTH GSSAPI NTLM LOGIN | AUTH=LOGIN | X-LINK2STATE | XEXCH50 | OK"},
		{"ex2003", "basic-auth=off", "mail.example.com Hello [1.2.3.4]", "TURN | SIZE | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | X-EXPS GSSAPI NTLM | AUTH GSSAPI NTLM | X-LINK2STATE | XEXCH50 | OK"},
		{"ex2003", "verb=-X-EXPS verb=-XEXCH50 verb=-X-LINK2STATE", "mail.example.com Hello [1.2.3.4]", "TURN | SIZE | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | AUTH GSSAPI NTLM LOGIN | AUTH=LOGIN | OK"},
		{"ex2007", "", "mail.example.com Hello [1.2.3.4]", "SIZE 10485760 | PIPELINING | DSN | ENHANCEDSTATUSCODES | STARTTLS | X-ANONYMOUSTLS | AUTH NTLM | X-EXPS GSSAPI NTLM | 8BITMIME | BINARYMIME | CHUNKING | XEXCH50 | XRDST"},
		{"ex2010", "", "mail.example.com Hello [1.2.3.4]", "SIZE 10485760 | PIPELINING | DSN | ENHANCEDSTATUSCODES | STARTTLS | X-ANONYMOUSTLS | AUTH NTLM | X-EXPS GSSAPI NTLM | 8BITMIME | BINARYMIME | CHUNKING | XEXCH50 | XRDST | XSHADOW"},
		{"ex2010", "verb=-BDAT body=8bit cert=off", "mail.example.com Hello [1.2.3.4]", "SIZE 10485760 | PIPELINING | DSN | ENHANCEDSTATUSCODES | AUTH NTLM | X-EXPS GSSAPI NTLM | 8BITMIME | XEXCH50 | XRDST | XSHADOW"},
		{"ex2010edge", "", "mail.example.com Hello [1.2.3.4]", "SIZE 10485760 | PIPELINING | DSN | ENHANCEDSTATUSCODES | STARTTLS | X-ANONYMOUSTLS | 8BITMIME | BINARYMIME | CHUNKING | XEXCH50 | XRDST | XSHADOW"},
		{"postfix", "", "mail.example.com", "PIPELINING | SIZE 10240000 | VRFY | ETRN | STARTTLS | ENHANCEDSTATUSCODES | 8BITMIME | DSN"},
		{"ex2003", "cap=+XLAB cap=-TURN", "mail.example.com Hello [1.2.3.4]", "SIZE | ETRN | PIPELINING | DSN | ENHANCEDSTATUSCODES | 8bitmime | BINARYMIME | CHUNKING | VRFY | X-EXPS GSSAPI NTLM LOGIN | X-EXPS=LOGIN | AUTH GSSAPI NTLM LOGIN | AUTH=LOGIN | X-LINK2STATE | XEXCH50 | XLAB | OK"},
	} {
		lines := append([]string{c.first}, strings.Split(c.want, " | ")...)
		want := ""
		for i, l := range lines {
			sep := "-"
			if i == len(lines)-1 {
				sep = " "
			}
			want += "250" + sep + l + "\r\n"
		}
		m := playing(t, c.server, strings.Fields(c.options)...)
		if got := string(exchange(m, "EHLO client\r\n")); !strings.HasSuffix(got, "\r\n"+want) {
			t.Errorf("%s %s\n%s\nwant\n%s", c.server, c.options, got, want)
		}
	}
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// families are dialogues of section 1.3 of the reference, "line -> reply", after the greeting. A * at the end of a reply
// compares up to there.
var families = map[string][][2]string{
	"ex55": {
		{"goodmorning", "500 Unrecognized command"}, {"XXXX client", "500 Unrecognized command"}, {"MAIL FROM:<>", "250 OK - mail from <>"}, {"RSET", "250 OK"},
		{"HELO x", "250 OK"}, {"NOOP", "250 OK"}, {"MAIL FROM: <a@b.example> SIZE=1234 RET=FULL", "250 OK - mail from <a@b.example>; can accomodate 1234 bytes"},
		{"MAIL FROM:<a@b>", "503 Sender already specified"}, {"RCPT TO:<bob@else.example>", "550 Relaying is prohibited"},
		{"RCPT TO:<bob@example.com> NOTIFY=FAILURE,DELAY", "250 OK - Recipient <bob@example.com>"}, {"DATA", "354 Send data.  End with CRLF.CRLF"},
		{"Subject: x\r\n\r\n.", "250 OK"}, {"BDAT 0 LAST", "500 Unrecognized command"}, {"RCPT TO:<a@b>", "503*"}, {"DATA", "503*"},
		{"MAIL FROM:<a@b> BODY=8BITMIME", "501*"}, {"ETRN else.example", "458 Node else.example does not store mail here"},
		{"ETRN example.com", "251 No mail messages waiting for node example.com"}, {"HELP", "214-*"}, {"X-LINK2STATE LAST CHUNK={1} x", "500 Unrecognized command"},
		{"XEXCH50 4 2", "354 Send binary data"}, {"ab", "250 XEXCH50 OK"}, {"STARTTLS", "500 Unrecognized command"}, {"TURN", "500*"}, {"EXPN x", "500*"},
		{"AUTH LOGIN", "334 VXNlcm5hbWU6"}, {b64("user"), "334 UGFzc3dvcmQ6"}, {b64("pass"), "235 LOGIN authentication successful"},
		{"QUIT", "221 closing connection"},
	},
	"ex50": {{"AUTH LOGIN", "500 Unrecognized command"}, {"QUIT", "221 Closing Port / Mail queued for delivery"}},
	"ex2000": {
		{"goodmorning", "500 5.3.3 Unrecognized command"}, {"EXPN x", "500 5.3.3 Unrecognized command"}, {"MAIL FROM:<a@b>", "503 5.5.2 Send hello first"},
		{"HELO x", "250 mail.example.com Hello [1.2.3.4]"}, {"DATA", "503 5.5.2 Need mail command."}, {"MAIL FROM:<a@b.example>", "250 2.1.0 a@b.example....Sender OK"},
		{"DATA", "503 5.5.2 Need Rcpt command."}, {"EHLO y", "250-*"}, {"RCPT TO:<bob@example.com>", "250 2.1.5 bob@example.com "},
		{"RCPT TO:<bob@else.example>", "550 5.7.1 Unable to relay for bob@else.example"}, {"DATA", "354 Start mail input; end with <CRLF>.<CRLF>"},
		{"Message-ID: <1@x>\r\n\r\n.", "250 2.6.0  <1@x> Queued mail for delivery"}, {"NOOP", "250 2.0.0 OK"}, {"RSET", "250 2.0.0 Resetting"},
		{"VRFY bob", "252 2.1.5 Cannot VRFY user, but will take message for <bob@mail.example.com>"}, {"VRFY", "501 5.5.4 Argument missing"},
		{"HELP", "214-This server supports the following commands:\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH TURN ATRN ETRN BDAT VRFY"},
		{"TURN", "550 5.7.1*"}, {"ATRN", "550 5.7.1*"}, {"ETRN example.com", "250 2.0.0 Queuing for example.com started"},
		{"STARTTLS", "554 5.7.3 Unable to initialize security subsystem"}, {"XEXCH50 1 2", "504 Need to authenticate first "},
		{"XEXCH50", "500 5.5.2 Error processing XEXCH50 command  "}, {"X-LINK2STATE LAST CHUNK={00000069} x", "200 LAST CHUNK=*"},
		{"MAIL FROM:<a@b> BODY=BINARYMIME RET=HDRS", "250*"}, {"RCPT TO:<bob@example.com> ORCPT=rfc822;bob@example.com", "250*"}, {"BDAT 0 LAST", "250 2.6.0 <MAIL*"},
		{"MAIL FROM:<a@b> SIZE=2097153", "552 5.3.4 Message size exceeds fixed maximum message size"},
		{"AUTH NTLM", "334 ntlm supported"}, {"*", "501 5.7.0 Authentication cancelled"}, {"AUTH CRAM-MD5", "504 5.7.4 Unrecognized authentication type"},
		{"X-EXPS GSSAPI", "334 GSSAPI supported"}, {b64("nonsense"), "535 5.7.3 Authentication unsuccessful"},
		{"AUTH LOGIN", "334 VXNlcm5hbWU6"}, {b64("user"), "334 UGFzc3dvcmQ6"}, {b64("pass"), "235 2.7.0 Authentication successful."},
		{"TURN", "550 5.7.1*"}, {"XEXCH50 4 2", "354 Send binary data"}, {"ab", "250 XEXCH50 OK"},
		{"QUIT", "221 2.0.0 mail.example.com Service closing transmission channel"},
	},
	"ex2003": {
		{"ATRN", "500 5.3.3 Unrecognized command"}, {"EHLO x", "250-*"}, {"X-LINK2STATE FIRST CHUNK={1}", "530*"},
		{"HELP", "214-*\n214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH TURN ETRN BDAT VRFY"},
	},
	"ex2010": {
		{"HELO bad name!", "501 5.5.4 Invalid domain name"}, {"MAIL FROM:<a@b>", "503 5.5.2 Send hello first"}, {"EHLO [1.2.3.4]", "250-*"},
		{"MAIL FROM:<a@b.example>", "250 2.1.0 Sender OK"}, {"RCPT TO:<bob@example.com>", "250 2.1.5 Recipient OK"},
		{"DATA", "354 Start mail input; end with <CRLF>.<CRLF>"}, {"Message-ID: <1@x>\r\n\r\n.", "250 2.6.0 <1@x> [InternalId=1] Queued mail for delivery"},
		{"MAIL FROM:<a@b.example>", "250*"}, {"EHLO x", "250-*"}, {"RCPT TO:<bob@example.com>", "503 5.5.2 Need mail command"},
		{"MAIL FROM:<a@b.example>", "250*"}, {"DATA", "503 5.5.2 Need rcpt command"}, {"RSET", "250 2.0.0 Resetting"}, {"QUIT", "221 2.0.0 Service closing transmission channel"},
	},
	"ex2007": {
		{"EHLO x", "250-*"}, {"VRFY x", "500 5.3.3 Unrecognized command"}, {"ETRN x", "500 5.3.3 Unrecognized command"},
		{"X-LINK2STATE LAST CHUNK={1}", "500 5.3.3 Unrecognized command"}, {"AUTH NTLM", "334 NTLM supported"}, {"*", "501*"},
	},
	"ex2010edge": {
		{"EHLO x", "250-*"}, {"AUTH NTLM", "500 5.3.3 Unrecognized command"}, {"MAIL FROM:<a@b>", "250*"}, {"RCPT TO:<nobody@example.com>", "550 5.1.1 User unknown"},
		{"RCPT TO:<USER@example.com>", "250 2.1.5 Recipient OK"}, {"RCPT TO:<x@else.example>", "550 5.7.1 Unable to relay"},
	},
	"strict4xx": {{"goodmorning", "402 4.5.2 Error: command not recognized"}, {"XXXX x", "402*"}, {"EHLO x", "250-*"}},
	"postfix":   {{"goodmorning", "502 5.5.2 Error: command not recognized"}, {"HELO x", "250 mail.example.com"}, {"MAIL FROM:<a@b>", "250 2.1.0 Ok"}, {"RCPT TO:<x@else.example>", "554 5.7.1 <x@else.example>: Relay access denied"}},
	"sendmail": {
		{"good morning", `500 5.5.1 Command unrecognized: "good morning"`}, {"MAIL FROM:<a@b>", "503 5.0.0 Polite people say HELO first"},
		{"EHLO x", "250-mail.example.com Hello XP-CLIENT [1.2.3.4], pleased to meet you\n250-ENHANCEDSTATUSCODES\n*"}, {"MAIL FROM:<a@b>", "250 2.1.0 a@b... Sender ok"},
		{"RCPT TO:<x@else.example>", "550 5.7.1 x@else.example... Relaying denied"}, {"DATA", "503 5.0.0 Need RCPT (recipient)"},
	},
	"wg-proxy": {
		{"HELP", "214-Commands:\n214-\tDATA\tRCPT\tMAIL\tQUIT\tRSET\n214 \tHELO\tVRFY\tEXPN\tHELP\tNOOP"}, {"X-EXPS GSSAPI", "500*"}, {"AUTH NTLM", "504*"},
		{"EHLO x", "250-mail.example.com\n250-SIZE 10485760\n250-8BITMIME\n250 AUTH PLAIN LOGIN"}, {"MAIL FROM:<a@b>", "250*"},
		{"RCPT TO:<x@else.example>", "550 Requested action not taken: mailbox unavailable"},
	},
	"fw1-proxy": {{"EHLO x", "500*"}, {"NOOP", "220 OK"}, {"?", "214*"}, {"HELO x", "250*"}, {"MAIL FROM:<a@b>", "250*"}, {"RCPT TO:<a@example.com>", "250*"}, {"DATA", "354*"}, {".", "250*"}},
	"raptor-proxy": {
		{"EHLO x", "500 Command unrecognized"}, {"HELO x.example", "250 mail.example.com talking to x.example ([1.2.3.4])"}, {"MAIL FROM:<a@b>", "250 <a@b>: Sender Ok"},
		{"HELP", "214 Help not supported by this implementation"}, {"RCPT TO:<a@else.example>", "550 Domain invalid"},
		{"NOOP", "503 5.5.0 Not accepting any command except QUIT"}, {"QUIT", "221 mail.example.com closing connection. Goodbye!"},
	},
}

func TestFamilies(t *testing.T) {
	for name, dialogue := range families {
		t.Run(name, func(t *testing.T) {
			var lines []string
			for _, step := range dialogue {
				lines = append(lines, step[0])
			}
			got := talk(playing(t, name, "max-errors=0"), lines...)
			if len(got) != len(dialogue)+1 {
				t.Fatalf("%d replies, not %d: %q", len(got), len(dialogue)+1, got)
			}
			for i, step := range dialogue {
				if !like(got[i+1], step[1]) {
					t.Errorf("%q -> %q, want %q", step[0], got[i+1], step[1])
				}
			}
		})
	}
}

// like compares with a pattern whose * stands for anything.
func like(text, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return text == pattern
	}
	if !strings.HasPrefix(text, parts[0]) || !strings.HasSuffix(text, parts[len(parts)-1]) {
		return false
	}
	for _, p := range parts {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return true
}

// TestProofLengths are the octet counts of a published log of a Windows 2000 server, and the rules that follow from them.
func TestProofLengths(t *testing.T) {
	for _, name := range []string{"iis5", "iis6", "ex2000", "ex2003"} {
		m := playing(t, name, "cert=off")
		m.cfg.FQDN, m.cfg.Domains = "mee-pdc.meelift.com", []string{"x"}
		const addr = "1234567890123456@x"
		got := talk(m, "XXXX rr.com", "HELO x", "MAIL FROM:<"+addr+">", "RCPT TO:<"+addr+">", "DATA", ".", "QUIT")
		ip := len("1.2.3.4")
		for i, want := range map[int]int{1: 32, 2: 48 - len("24.118.118.106") + ip, 3: 25 + len(addr), 4: 31, 5: 46, 7: 68} {
			if n := len(got[i]) + 2; n != want {
				t.Errorf("%s: %q has %d octets, not %d", name, got[i], n, want)
			}
		}
		if n := len(got[2]) + 2; n != 12+len(m.cfg.FQDN)+ip+3 {
			t.Errorf("%s: HELO %d octets", name, n)
		}
	}
	if got := talk(playing(t, "ex55"), "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "DATA", "."); len(got[3])+2 != 36 {
		t.Errorf("ex55: %q has %d octets", got[3], len(got[3])+2)
	}
}

// TestOutlookExpress is a session of Outlook Express 6 with an Exchange 5.5, octet by octet as it was captured; the
// terminator comes in a segment of its own.
func TestOutlookExpress(t *testing.T) {
	m := playing(t, "ex55tls")
	m.cfg.FQDN, m.cfg.Domains, m.cfg.Users = "exchdc1.x", []string{"x"}, map[string]string{"simon": "password"}
	const client = "EHLO XPCLIENT\r\nAUTH LOGIN\r\nc2ltb24=\r\ncGFzc3dvcmQ=\r\nMAIL FROM: <Simon@x>\r\nRCPT TO: <Simon@x>\r\nDATA\r\n" +
		"From: \"Simon\" <Simon@x>\r\nTo: <Simon@x>\r\nSubject: test\r\n\r\nhello\r\n" + "\r\n.\r\n" + "QUIT\r\n"
	const server = "220 exchdc1.x ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2448.0) ready\r\n" +
		"250-exchdc1.x Hello [XP-CLIENT]\r\n250-XEXCH50\r\n250-HELP\r\n250-ETRN\r\n250-DSN\r\n250-SIZE 0\r\n250-AUTH LOGIN\r\n250-AUTH=LOGIN\r\n250-STARTTLS\r\n250 TLS\r\n" +
		"334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 LOGIN authentication successful\r\n" +
		"250 OK - mail from <Simon@x>\r\n250 OK - Recipient <Simon@x>\r\n354 Send data.  End with CRLF.CRLF\r\n250 OK\r\n221 closing connection\r\n"
	if got := string(exchange(m, client)); got != server {
		t.Errorf("got\n%q\nwant\n%q", got, server)
	}
	if all := m.Store().Messages(); len(all) != 1 || all[0].User != "simon" || !bytes.HasSuffix(all[0].Data, []byte("hello\r\n\r\n")) {
		t.Errorf("stored %v", all)
	}
	// The first time no password was stored: the client just ends the connection at the question.
	if got := string(exchange(m, "EHLO XPCLIENT\r\nAUTH LOGIN\r\n")); !strings.HasSuffix(got, "334 VXNlcm5hbWU6\r\n") {
		t.Errorf("without a password: %q", got)
	}
}

// hostile is what a client may send that means no good.
var hostile = []string{"goodmorning\r\n", "\n\n.\n", "MAIL FROM:<\"\\", "BDAT 9999999999999999\r\n", "AUTH NTLM TlRMTVNTUAADAAAA\r\n", "X-LINK2STATE NEXT CHUNK={}\r\n",
	"AUTH NTLM\r\nTlRMTVNTUAABAAAA/////w==\r\nTlRMTVNTUAADAAAA//////////8AAAAA\r\n", "X-EXPS GSSAPI\r\nYP8=\r\n", "EHLO {fqdn}{\r\n", "\r\x00\r\n",
	"STARTTLS\r\n\x16\x03\x01\x00\x05hello", strings.Repeat("A", 9000) + "\r\n", "\x00\xff\x80\x1b[2J\r\n", "XEXCH50 99999999 2\r\n", "ETRN \x01\r\n", "VRFY \xff\r\n"}

// FuzzServers: whatever comes in whatever state of whatever profile, every line is a reply and the server survives.
func FuzzServers(f *testing.F) {
	profiles := ServerProfiles()
	var names []string
	for name := range states {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, s := range hostile {
		for p := range profiles {
			f.Add(uint8(p), uint8(p), []byte(s))
			f.Add(uint8(p), uint8(p+len(names)/2), []byte(s))
		}
	}
	line := regexp.MustCompile(`^[2-5][0-9][0-9][ -][ -~\t]*$`)
	f.Fuzz(func(t *testing.T, which, state uint8, input []byte) {
		p, before := profiles[int(which)%len(profiles)], names[int(state)%len(names)]
		m := playing(t, p.Name)
		text := string(exchange(m, strings.Join(append(slices.Clone(states[before]), string(input)), "\r\n")))
		if i := strings.Index(text, p.Replies[TLSGo].Say+"\r\n"); i >= 0 {
			text = text[:i]
		}
		for l := range strings.Lines(text) {
			if l, ok := strings.CutSuffix(l, "\r\n"); !ok || !line.MatchString(l) {
				t.Errorf("%s, %s: line %q", p.Name, before, l)
			}
		}
		unprintable := func(r rune) bool { return r < ' ' || r > '~' }
		for f := range logFormats {
			for _, l := range LogFormat(f).Lines("mail.example.com", "10.1.1.10:25", m.Log().Entries()) {
				if strings.ContainsFunc(l, unprintable) {
					t.Errorf("%s: log line %q", p.Name, l)
				}
			}
		}
		for _, e := range m.Events().Events() {
			if strings.ContainsFunc(e.Text, unprintable) {
				t.Errorf("%s: event %q", p.Name, e.Text)
			}
		}
	})
}

// TestExpand: what comes from the network is not looked into again.
func TestExpand(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.StringOfN(rapid.RuneFrom([]rune("{}ab")), 0, 8, -1).Draw(r, "value")
		got := expand("x{a}y{b}{{a}{", func(name string) (string, bool) { return value, name == "a" })
		if want := "x" + value + "y{b}{" + value + "{"; got != want {
			r.Fatalf("%q, want %q", got, want)
		}
	})
}

// TestProfileChangesForNewConnections, and the open one keeps what it began with.
func TestProfileChangesForNewConnections(t *testing.T) {
	m := playing(t, "ex2000")
	addr := serveLocal(t, m)
	old := greeted(t, addr)
	p, _ := FindServerProfile("ex55")
	m.SetProfile(p)
	if got := cmd(t, old, "goodmorning"); got != "500 5.3.3 Unrecognized command" {
		t.Errorf("open connection: %s", got)
	}
	if got := cmd(t, greeted(t, addr), "goodmorning"); got != "500 Unrecognized command" {
		t.Errorf("new connection: %s", got)
	}
	p.Replies[Unknown] = own("500 changed")
	if got := cmd(t, greeted(t, addr), "goodmorning"); got != "500 Unrecognized command" {
		t.Errorf("the caller's profile is the server's: %s", got)
	}
}

func TestLineEnds(t *testing.T) {
	for _, c := range []struct {
		options string
		input   string
		want    []string // lines that the server saw
	}{
		{"", "NOOP\nQUIT\r\n", []string{"NOOP\nQUIT"}},
		{"lone-lf=on", "NOOP\nQUIT\r\n", []string{"NOOP", "QUIT"}},
		{"", "NOOP\r\x00QUIT\r\n", []string{"NOOP\r\x00QUIT"}},
		{"cr-nul=on", "NOOP\r\x00QUIT\r\n", []string{"NOOP", "QUIT"}},
		{"cr-nul=on lone-lf=on", "NOOP\r\x00RSET\nQUIT\r\n", []string{"NOOP", "RSET", "QUIT"}},
		{"cr-nul=on", "NO\x00OP\r\n", []string{"NO\x00OP"}},
	} {
		m := playing(t, "ex2003", strings.Fields(c.options)...)
		exchange(m, c.input)
		if got := m.Log().Lines(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.options, got, c.want)
		}
	}
	// A server that takes a lone LF takes one in the message's end too: how mail is smuggled.
	m := playing(t, "postfix")
	talk(m, "HELO x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "DATA", "one\n.\nMAIL FROM:<evil@b>\r\nRCPT TO:<a@example.com>\r\nDATA\r\ntwo\r\n.")
	if n := len(m.Store().Messages()); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestLongLinesByFamily(t *testing.T) {
	long := strings.Repeat("A", 5000)
	if got := talk(playing(t, "ex2003"), long, "NOOP"); len(got) != 3 || got[1] != "500 5.3.3 Line too long" || got[2] != "250 2.0.0 OK" {
		t.Errorf("ex2003: %q", got)
	}
	if got := talk(playing(t, "ex55"), long, "NOOP"); len(got) != 1 {
		t.Errorf("ex55 does not hang up: %q", got)
	}
}

// TestErrorLimit, tar pit included, which the end of the server cuts short.
func TestErrorLimit(t *testing.T) {
	got := talk(playing(t, "ex2010"), "A", "NOOP", "B", "C", "D", "E", "NOOP")
	if len(got) != 8 || got[7] != "421 4.7.0 Too many errors on this connection, closing transmission channel" {
		t.Errorf("%q", got)
	}
	m := playing(t, "ex2010", "tarpit=10h")
	addr := serveLocal(t, m)
	c := greeted(t, addr)
	c.Raw([]byte("goodmorning\r\n"))
	waitFor(t, m.Log(), func() bool { return slices.Contains(m.Log().Lines(), "goodmorning") })
	m.Close() // does not take ten hours
}

func TestCommitOnTimeout(t *testing.T) {
	begin := []string{"HELO x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "DATA", "Subject: x\r\n\r\nhalf"}
	for name, want := range map[string]int{"postfix": 0, "commit-on-timeout": 1} {
		m := playing(t, name)
		talk(m, begin...)
		all := m.Store().Messages()
		if len(all) != want {
			t.Fatalf("%s: %d messages", name, len(all))
		}
		if want == 1 && string(all[0].Data) != "Subject: x\r\n\r\nhalf\r\n" {
			t.Errorf("kept %q", all[0].Data)
		}
	}
	m := playing(t, "commit-on-timeout", "idle=30ms")
	c := greeted(t, serveLocal(t, m))
	for _, l := range begin[:4] {
		cmd(t, c, l)
	}
	c.Raw([]byte("Subject: y\r\n\r\nall of it\r\n.")) // the CR LF behind the dot never comes
	if r, err := c.Reply(); err != nil || r.Text() != "421 4.4.2 mail.example.com Error: timeout exceeded" {
		t.Errorf("%v, %v", r, err)
	}
	if all := m.Store().Messages(); len(all) != 1 {
		t.Errorf("%d messages after the time-out", len(all))
	}
	// Chunks: cut within one, cut between two, and given up by the client itself.
	for end, want := range map[string]string{"BDAT 5\r\nonBDAT": "one\r\nonBDA", "NOOP": "one\r\n", "QUIT": "", "RSET": ""} {
		m := playing(t, "ex2003", "commit-on-timeout=on")
		talk(m, "HELO x", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "BDAT 5", "one", end)
		got := ""
		for _, one := range m.Store().Messages() {
			got += string(one.Data)
		}
		if got != want {
			t.Errorf("chunks and %q: kept %q, want %q", end, got, want)
		}
	}
}

func TestProxyRules(t *testing.T) {
	m := playing(t, "wg-proxy", "rcpts=2")
	got := talk(m, "HELO x", "MAIL FROM:<a@b>", "RCPT TO:<1@example.com>", "RCPT TO:<2@example.com>", "RCPT TO:<3@example.com>", "DATA",
		"Subject: a\r\nX-Mailer: b\r\n\tfolded\r\nTo: c\r\n folded\r\nThread-Index: d\r\nMIME-Version: 1.0\r\n\r\nX-Body: stays\r\n.")
	if len(got) != 8 || got[5][:3] != "250" {
		t.Fatalf("%q", got)
	}
	all := m.Store().Messages()
	if len(all) != 1 || len(all[0].To) != 2 || string(all[0].Data) != "Subject: a\r\nTo: c\r\n folded\r\nMIME-Version: 1.0\r\n\r\nX-Body: stays\r\n" || all[0].Received != "" {
		t.Errorf("stored %+v", all[0])
	}
}

func TestSenderCheck(t *testing.T) {
	for from, want := range map[string]string{"user@example.com": "250 OK", "other@example.com": "554 Originator address does not match authentication credentials", "": "250 OK"} {
		m := playing(t, "ex55", "sender-check=on")
		got := talk(m, "EHLO x", "AUTH LOGIN "+b64("user"), b64("pass"), "MAIL FROM:<"+from+">", "RCPT TO:<a@example.com>", "DATA", ".")
		if got[7] != want {
			t.Errorf("%s: %q", from, got[7])
		}
		events := m.Events().Events()
		if refused := strings.HasPrefix(want, "554"); refused != (len(events) == 1) || refused && (events[0].ID != 4151 || !strings.Contains(events[0].Text, "<mail.example.com>")) {
			t.Errorf("%s: events %v", from, events)
		}
	}
}

func TestNeedAuth(t *testing.T) {
	for name, want := range map[string]string{"ex55": "505 Authentication required", "ex2003": "530 5.7.1 Client was not authenticated", "ex2010": "530 5.7.1 Client was not authenticated"} {
		if got := talk(playing(t, name, "need-auth=on"), "EHLO x", "MAIL FROM:<a@b>"); got[2] != want {
			t.Errorf("%s: %q", name, got[2])
		}
	}
}

func TestRelayRules(t *testing.T) {
	login := []string{"EHLO x", "AUTH LOGIN " + b64("user"), b64("pass"), "MAIL FROM:<a@b>", "RCPT TO:<a@else.example>"}
	guest := []string{"EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<a@else.example>"}
	for _, c := range []struct {
		options string
		lines   []string
		ok      bool
	}{
		{"", login, true}, {"", guest, false}, {"relay=none", login, false}, {"relay=open", guest, true},
		{"relay=1.2.3.0/24", guest, true}, {"relay=1.2.4.0/24", guest, false}, {"relay=1.2.3.0/24 relay=auth", guest, false},
	} {
		got := talk(playing(t, "ex2003", strings.Fields(c.options)...), c.lines...)
		if last := got[len(got)-1]; strings.HasPrefix(last, "250") != c.ok {
			t.Errorf("%q: %q", c.options, last)
		}
	}
}

// TestLinkState: the table moves with the last part of an exchange, and only with that.
func TestLinkState(t *testing.T) {
	m := playing(t, "ex2003")
	auth := []string{"EHLO x", "X-EXPS LOGIN " + b64("user"), b64("pass")}
	for _, c := range []struct {
		line, want string
		version    int
	}{
		{"X-LINK2STATE FIRST CHUNK={00000010} x", "200 NEXT CHUNK=*", 1}, {"x-link2state next chunk={1}", "200*", 1},
		{"X-LINK2STATE LAST CHUNK={1} MULTI (5)", "200 LAST CHUNK=*", 2}, {"X-LINK2STATE CHUNK={1}", "200 LAST*", 3},
		{"X-LINK2STATE LAST", "501*", 3}, {"X-LINK2STATE WHAT CHUNK={1}", "501*", 3}, {"X-LINK2STATE", "501*", 3}, {"X-LINK2STATE LAST CHUNK=", "501*", 3},
		{"XXXXXXXXXXXX LAST CHUNK={1}", "500 5.3.3 Unrecognized command", 3},
	} {
		got := talk(m, append(slices.Clone(auth), c.line)...)
		if !like(got[4], c.want) || m.LinkState() != c.version {
			t.Errorf("%s: %q, version %d", c.line, got[4], m.LinkState())
		}
	}
	if got := talk(m, "EHLO x", "X-LINK2STATE LAST CHUNK={1}"); !strings.HasPrefix(got[2], "530") || m.LinkState() != 3 {
		t.Errorf("a stranger: %q", got[2])
	}
	p := m.Profile().Clone()
	p.LineMax = 4000
	m.SetProfile(p)
	if got := talk(m, append(slices.Clone(auth), "X-LINK2STATE LAST CHUNK={"+strings.Repeat("x", 1024)+"}")...); !strings.HasPrefix(got[4], "501") {
		t.Errorf("too long: %q", got[4])
	}
}

// TestGSSAPI: a whole ticket of the lab opens, a damaged one does not, and at one that was cut the server waits.
func TestGSSAPI(t *testing.T) {
	ticket, err := labTicket("EX2$")
	if err != nil {
		t.Fatal(err)
	}
	line := base64.StdEncoding.EncodeToString(ticket)
	if len(line) < 2000 || len(line) > 2300 {
		t.Errorf("a ticket is a line of %d characters", len(line))
	}
	m := playing(t, "ex2003")
	if got := talk(m, "EHLO x", "X-EXPS GSSAPI", line, "MAIL FROM:<a@b>", "RCPT TO:<a@else.example>"); got[3] != "235 2.7.0 Authentication successful." || got[5][:3] != "250" {
		t.Errorf("%q", got)
	}
	damaged := bytes.Clone(ticket)
	damaged[20] ^= 1
	if got := talk(m, "EHLO x", "X-EXPS GSSAPI", base64.StdEncoding.EncodeToString(damaged), "NOOP"); got[3] != "535 5.7.3 Authentication unsuccessful" || got[4] != "250 2.0.0 OK" {
		t.Errorf("damaged: %q", got)
	}
	cut := base64.StdEncoding.EncodeToString(ticket[:900])
	if got := talk(m, "EHLO x", "X-EXPS GSSAPI", cut); len(got) != 3 {
		t.Errorf("cut: %q", got)
	}
	if got := talk(m, "EHLO x", "X-EXPS GSSAPI "+line[:800]); got[2] != "501 5.5.4 Invalid arguments" {
		t.Errorf("on the line: %q", got)
	}
	rapid.Check(t, func(r *rapid.T) {
		b := bytes.Clone(ticket)
		i := rapid.IntRange(0, len(b)-1).Draw(r, "at")
		v := rapid.Byte().Draw(r, "octet")
		changed := b[i] != v
		b[i] = v
		if _, err := openTicket(b); err == nil && changed {
			r.Fatalf("octet %d changed to %#x, and the ticket opens", i, v)
		}
	})
	if _, err := labTicket(strings.Repeat("x", 256)); err == nil {
		t.Error("a name without bounds")
	}
}

func TestAccountNames(t *testing.T) {
	users := map[string]string{"user": "pass"}
	for name, ok := range map[string]bool{
		"user": true, "USER": true, "user@example.com": true, `DOM\user`: true, "DOM/user": true, `DOM\user/user`: true, `DOM\user\user`: true,
		`DOM\user/other`: false, `BUILTIN\user`: false, `a\b\c\user`: false, "": false, `\`: false, "/o=Org/ou=Site/cn=Recipients/cn=user": false,
	} {
		if _, err := account(users, name, "pass"); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestIdent: silence costs the whole wait, a reset costs nothing, and what is answered is in the log.
func TestIdent(t *testing.T) {
	// ask is a server whose clients' ident service is serve; nil: a port that nobody listens on.
	ask := func(t *testing.T, wait string, serve func(net.Conn)) (*MailServer, string) {
		m := playing(t, "sendmail", "ident="+wait)
		ln := listenLocal(t)
		m.cfg.Dial = identTo(ln.Addr().String())
		if serve == nil {
			ln.Close()
		}
		var answers sync.WaitGroup
		answers.Go(func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				serve(c)
			}
		})
		t.Cleanup(func() {
			ln.Close()
			answers.Wait()
		})
		return m, serveLocal(t, m)
	}
	remark := func(m *MailServer) string {
		for _, e := range m.Log().Entries() {
			if e.Kind == Remark && strings.HasPrefix(e.Text, "ident: ") {
				return e.Text
			}
		}
		return ""
	}
	t.Run("refused", func(t *testing.T) {
		m, addr := ask(t, "10h", nil)
		greeted(t, addr)
		if got := remark(m); got != "ident: refused" {
			t.Error(got)
		}
	})
	t.Run("silent", func(t *testing.T) {
		held := make(chan net.Conn, 10)
		m, addr := ask(t, "50ms", func(c net.Conn) { held <- c })
		begin := time.Now()
		greeted(t, addr)
		if d := time.Since(begin); d < 50*time.Millisecond {
			t.Errorf("greeted after %v", d)
		}
		if got := remark(m); got != "ident: no answer within 50ms" {
			t.Error(got)
		}
		(<-held).Close()
	})
	t.Run("answered", func(t *testing.T) {
		m, addr := ask(t, "10h", func(c net.Conn) {
			b := make([]byte, 100)
			n, _ := c.Read(b)
			q := strings.TrimSuffix(string(b[:n]), "\r\n")
			fmt.Fprintf(c, "%s : USERID : UNIX : jo\x01e\r\n", q)
			c.Close()
		})
		greeted(t, addr)
		if got := remark(m); got != "ident: jo?e" {
			t.Error(got)
		}
	})
	t.Run("ended", func(t *testing.T) {
		held := make(chan net.Conn, 10)
		m, addr := ask(t, "10h", func(c net.Conn) { held <- c })
		dialClient(t, addr)
		defer func(c net.Conn) { c.Close() }(<-held)
		m.Close() // does not take ten hours
	})
}

// identTo sends every ident query to an address of this machine.
func identTo(addr string) IdentDialer {
	return func(ctx context.Context, _ netip.Addr, _ netip.AddrPort) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
}

func TestConnectionsOfOneSource(t *testing.T) {
	m := playing(t, "ex2010", "per-source=2")
	addr := serveLocal(t, m)
	first := greeted(t, addr)
	greeted(t, addr)
	third := dialClient(t, addr)
	if r, err := third.Reply(); err != nil || r.Text() != "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel" {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := third.Reply(); err == nil {
		t.Error("the connection stays")
	}
	if all := m.Events().Events(); len(all) != 1 || all[0].ID != 1021 || !strings.Contains(all[0].Text, "IP address 127.0.0.1.") {
		t.Errorf("events %v", all)
	}
	cmd(t, first, "QUIT")
	waitFor(t, m.Log(), func() bool { // the place is free once the server has seen the end
		r, err := dialClient(t, addr).Reply()
		return err == nil && r.Code == 220
	})
}

// TestReceived: the header that a server adds is one well-made field.
func TestReceived(t *testing.T) {
	field := regexp.MustCompile(`^Received: from x [^\r\n]*(\r\n[ \t]+)?by mail\.example\.com [^\r\n]*(\r\n[ \t]+[^\r\n]+)?\r\n$`)
	for _, p := range ServerProfiles() {
		m := playing(t, p.Name)
		if got := talk(m, "HELO x", "MAIL FROM:<a@b>", "RCPT TO:<user@example.com>", "DATA", "Subject: x\r\n\r\n."); len(got) != 6 {
			t.Fatalf("%s: %q", p.Name, got)
		}
		one := m.Store().Messages()
		if len(one) != 1 {
			t.Fatalf("%s: %d messages", p.Name, len(one))
		}
		if got := one[0].Received; got != "" != (p.Received.Say != "") || got != "" && (!field.MatchString(got) || strings.Contains(got, "{")) {
			t.Errorf("%s: %q", p.Name, got)
		}
	}
}

// TestVerbTable: every profile knows its verbs in any case of letters, and only those.
func TestVerbTable(t *testing.T) {
	var all []string
	for v := range verbs {
		all = append(all, v)
	}
	slices.Sort(all)
	for _, p := range ServerProfiles() {
		m := playing(t, p.Name, "max-errors=0")
		for _, v := range append(slices.Clone(all), "WIZ", "DEBUG", "XXXX", "goodmorning", "MAILX", "") {
			for _, spelled := range []string{v, strings.ToLower(v), v + " "} {
				got := talk(m, "EHLO x", spelled)[2]
				want := expand(p.Replies[Unknown].Say, func(name string) (string, bool) { return spelled, name == "line" })
				deaf := !p.knows(v) || needsTLS[v] && !p.Cert && p.Replies[NoCert].Say == ""
				if deaf && got != want {
					t.Errorf("%s: %q is unknown, and gets %q", p.Name, spelled, got)
				}
				if !deaf && got == want && p.Replies[NoCert].Say != want {
					t.Errorf("%s: %q is known, and gets %q", p.Name, spelled, got)
				}
			}
		}
	}
}

func TestIdleByFamily(t *testing.T) {
	for name, want := range map[string]string{
		"ex55": "", "ex2003": "451 Timeout waiting for client input", "ex2010": "421 4.4.1 Connection timed out", "postfix": "421 4.4.2 mail.example.com Error: timeout exceeded",
	} {
		m := playing(t, name, "idle=20ms")
		c := greeted(t, serveLocal(t, m))
		r, err := c.Reply()
		if want == "" && err == nil || want != "" && (err != nil || r.Text() != want) {
			t.Errorf("%s: %v, %v", name, r, err)
		}
		if n := len(m.Events().Events()); n != 0 {
			t.Errorf("%s: %d events for silence", name, n)
		}
	}
}

// TestTLSByFamily: what is offered before and inside, and by which words it begins.
func TestTLSByFamily(t *testing.T) {
	for _, c := range []struct{ server, options, verb, go220 string }{
		{"ex55tls", "", "TLS", "220 SMTP server ready"}, {"ex55tls", "", "STARTTLS", "220 SMTP server ready"}, {"iis6", "cert=on", "STARTTLS", "220 2.0.0 SMTP server ready"},
		{"ex2010", "", "X-ANONYMOUSTLS", "220 2.0.0 SMTP server ready"}, {"postfix", "", "STARTTLS", "220 2.0.0 Ready to start TLS"},
	} {
		m := playing(t, c.server, strings.Fields(c.options)...)
		client := greeted(t, serveLocal(t, m))
		if got := cmd(t, client, "EHLO x"); !strings.Contains(got, c.verb) {
			t.Errorf("%s offers %q", c.server, got)
		}
		if got := cmd(t, client, c.verb); got != c.go220 {
			t.Fatalf("%s: %s: %q", c.server, c.verb, got)
		}
		inside := tls.Client(client.conn, &tls.Config{InsecureSkipVerify: true})
		if err := inside.Handshake(); err != nil {
			t.Fatalf("%s: %v", c.server, err)
		}
		client.attach(inside)
		if got := cmd(t, client, "EHLO x"); strings.Contains(got, "TLS") || !strings.HasPrefix(got, "250-") {
			t.Errorf("%s offers inside %q", c.server, got)
		}
		if got := cmd(t, client, c.verb); got[:1] != "5" {
			t.Errorf("%s: %s inside: %q", c.server, c.verb, got)
		}
	}
	for name, want := range map[string]string{"ex55tls": "554 Unable to initialize security subsystem", "ex2003": "554 5.7.3 Unable to initialize security subsystem", "ex2010": "500 5.3.3 Unrecognized command", "lab": "500 Command unrecognized"} {
		if got := talk(playing(t, name, "cert=off"), "EHLO x", "STARTTLS"); strings.Contains(got[1], "TLS") || got[2] != want {
			t.Errorf("%s without a certificate: %q", name, got[1:])
		}
	}
}
