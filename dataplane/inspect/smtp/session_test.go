package smtp

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

var t0 = time.Unix(1e9, 0)

// profiles are all there are, by the letters of their constructors.
var profiles = []struct {
	name string
	p    func() Profile
}{
	{"P40", P40}, {"P42", P42}, {"P44", P44}, {"P51", P51}, {"P60", P60}, {"P70", P70}, {"P72", P72}, {"P83", P83}, {"P94", P94},
	{"P70s", func() Profile { return SMTPOnly(P70()) }},
}

// talk is a session under test, whose lines are said by hand.
type talk struct {
	t *testing.T
	s *Session
}

func newTalk(t *testing.T, p Profile, pol *Policy) talk {
	t.Helper()
	s := New(&p, pol)
	s.enter(t, "CMD")
	return talk{t, s}
}

// says offers a segment of one direction, which must be taken whole, and wants it to leave as out.
func (k talk) says(d Dir, in, out string) result {
	k.t.Helper()
	r := offer(k.s, t0, d, []byte(in))
	if string(r.fwd) != out || len(r.rest) != 0 || r.act == DropConn || r.act == Reset {
		k.t.Fatalf("%q left as %q, withheld %q, act %d; want %q", in, r.fwd, r.rest, r.act, out)
	}
	return r
}

func (k talk) client(lines ...string) {
	k.t.Helper()
	for _, l := range lines {
		k.says(ToServer, l, l)
	}
}

func (k talk) server(lines ...string) {
	k.t.Helper()
	for _, l := range lines {
		k.says(ToClient, l, l)
	}
}

// ends offers a segment that must end the connection.
func (k talk) ends(d Dir, in string, act Act) result {
	k.t.Helper()
	r := offer(k.s, t0, d, []byte(in))
	if r.act != act || len(r.fwd) != 0 {
		k.t.Fatalf("%q: act %d, forwarded %q; want act %d and nothing forwarded", in, r.act, r.fwd, act)
	}
	if r2 := offer(k.s, t0, ToServer, []byte("NOOP\r\n")); r2.act != act || len(r2.fwd) != 0 {
		k.t.Fatalf("after the end: act %d, forwarded %q", r2.act, r2.fwd)
	}
	return r
}

func TestMailPassesUntouched(t *testing.T) {
	for _, p := range profiles {
		t.Run(p.name, func(t *testing.T) {
			k := newTalk(t, p.p(), nil)
			for range 3 {
				k.client("MAIL FROM:<a@x.example>\r\n")
				k.server("250 2.1.0 ok\r\n")
				k.client("RCPT TO:<b@y.example>\r\nRCPT TO:<c@y.example>\r\nDATA\r\n")
				k.server("250 ok\r\n25", "0 ok\r\n3", "54 go\r\n")
				if !k.s.InData() {
					t.Fatal("354 to the third of three pipelined commands did not begin the data")
				}
				k.client("Subject: x\r\n\r\nKILL\r\n..\r\n", "EHLO\r\n.", "\r\n")
				k.server("250 queued\r\n")
				if k.s.InData() || k.s.owed.n != 0 {
					t.Fatalf("after the mail: in data %v, %d runs owed", k.s.InData(), k.s.owed.n)
				}
			}
		})
	}
}

func TestDataNeedsIts354(t *testing.T) {
	for _, p := range profiles {
		if p.name == "P40" || p.name == "P42" || p.name == "P44" {
			continue // their refused verbs look otherwise
		}
		k := newTalk(t, p.p(), nil)
		k.client("DATA\r\n")
		k.server("503 need RCPT\r\n")
		k.says(ToServer, "EXPN\r\n", "XXXX\r\n")
		k.server("500 what\r\n")
		k.server("354 unasked\r\n")
		k.says(ToServer, "EXPN\r\n", "XXXX\r\n")
	}
}

func TestPipelinedBehindDataIsData(t *testing.T) {
	k := newTalk(t, P60(), nil)
	k.client("DATA\r\nNOOP\r\nNOOP\r\n")
	k.server("354 go\r\n")
	k.client("KILL\r\n.\r\n")
	k.server("250 queued\r\n")
	k.client("MAIL FROM:<a>\r\n")
	if k.s.owed.n != 1 || k.s.owed.head() != owesOther {
		t.Fatalf("owed %v: the NOOPs were lines of the mail", k.s.owed.runs[:k.s.owed.n])
	}
}

func TestFullQueueInData(t *testing.T) {
	p := P51()
	p.Flaws = FlawDataBypass // only such a release is in DATA while replies are owed
	k := newTalk(t, p, nil)
	k.client(strings.Repeat("NOOP\r\nRCPT TO:a\r\n", maxRuns/2-1)+"NOOP\r\n", "DATA\r\n", "a")
	if v := k.s.Segment(t0, ToServer, []byte("\r\n.\r\nNOOP\r\n")); v.Take != 0 || !k.s.InData() {
		t.Errorf("take %d", v.Take)
	}
	k.server("250 ok\r\n")
	k.client("\r\n.\r\n")
	if k.s.InData() {
		t.Error("not ended")
	}
}

func TestUnansweredLineDoesNotDesync(t *testing.T) {
	k := newTalk(t, P72(), nil)
	k.client("\r\n", "EHLO x\r\n") // a server that ignores the empty line
	k.says(ToClient, "250-mx\r\n250-CHUNKING\r\n250 OK\r\n", "250-mx\r\n250-XXXXXXXA\r\n250 XB\r\n")
	k.client("\r\n", "DATA\r\n")
	k.server("354 go\r\n")
	k.client("KILL\r\n.\r\n")
	k.server("250 ok\r\n")
	k.client("\r\n", "AUTH LOGIN\r\n")
	k.server("334 VXNlcm5hbWU6\r\n")
	k.client("KILL\r\n")
}

func TestGreeting(t *testing.T) {
	cases := []struct {
		name    string
		p       Profile
		in, out []string
	}{
		{"multi-line", P60(), []string{"220-a 20 b\r\n220 0 x\r\n"}, []string{"220-**20 *\r\n220 0 *\r\n"}},
		{"bytewise", P60(), []string{"2", "2", "0", " ", "0", " ", " ", "x", "\r", "\n"}, []string{"2", "2", "0", " ", "0", " ", "*", "*", "\r", "\n"}},
		{"code alone", P60(), []string{"220\r\n", "220 x\r\n"}, []string{"220\r\n", "220 x\r\n"}},
		{"only the first reply", P44(), []string{"220 ab\r\n", "220 ab\r\n"}, []string{"220 **\r\n", "220 ab\r\n"}},
		{"mixed codes", P44(), []string{"220-ab\r\n554 no\r\n"}, []string{"220-**\r\n554 no\r\n"}},
		{"stray line", P44(), []string{"hello\r\n220 ab\r\n"}, []string{"hello\r\n220 **\r\n"}},
		{"LF", P44(), []string{"220 ab\n"}, []string{"220 **\n"}},
		{"eight bits", P60(), []string{"220 \xff\x00\t2\r\n"}, []string{"220 ***2\r\n"}},
		{"KB, fifteen octets", P42(), []string{"220 123456789012345\r\n"}, []string{"220 SMTP/cmap_ read\r\n"}},
		{"KB, short", P42(), []string{"220 123456789012\r\n"}, []string{"220 SMTP/cmap re\r\n"}},
		{"KB, cut", P42(), []string{"220 1234567890", "12345\r\n"}, []string{"220 SMTP/cmap_ read\r\n"}},
		{"KB, two lines", P42(), []string{"220-ab\r\n220 1234567890123456789\r\n"}, []string{"220-SM\r\n220 SMTP/cmap_____ read\r\n"}},
		{"KB, refused", P42(), []string{"554 n", "o\r\n"}, []string{"554 n", "o\r\n"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := carry(New(&c.p, nil), ToClient, c.in, words(6))
			if diff := cmp.Diff(c.out, out.Fwd); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestGreetingWaitsAtMost(t *testing.T) {
	p := P42()
	s := New(&p, nil)
	r := offer(s, t0, ToClient, []byte("220 1234567890"))
	if len(r.fwd) != 0 || r.again != t0.Add(tailWait) {
		t.Fatalf("forwarded %q, again %v", r.fwd, r.again)
	}
	r = offer(s, r.again, ToClient, []byte("220 1234567890"))
	if string(r.fwd) != "220 SMTP/cmap_" {
		t.Fatalf("after the wait %q", r.fwd)
	}
	if r = offer(s, r.again, ToClient, []byte("12")); string(r.fwd) != "__" || !r.again.IsZero() {
		t.Fatalf("a further piece %q, again %v", r.fwd, r.again)
	}
	if r = offer(s, r.again, ToClient, []byte("12\r\n")); string(r.fwd) != "ad\r\n" {
		t.Fatalf("the rest %q", r.fwd)
	}
}

func TestEarlyTalker(t *testing.T) {
	p := P60()
	s := New(&p, nil)
	k := talk{t, s}
	k.says(ToServer, "EHLO x\r\nDATA\r\n", "XXXX x\r\nDATA\r\n")
	k.says(ToClient, "220 ab\r\n500 what\r\n354 go\r\n", "220 **\r\n500 what\r\n354 go\r\n")
	k.client("KILL\r\n")
}

func TestLocalAnswers(t *testing.T) {
	p := P40()
	k := talk{t, New(&p, nil)}
	if r := k.says(ToServer, "goodmorning\r\n", ""); len(r.back) != 0 {
		t.Fatalf("%q came before the greeting", r.back)
	}
	if r := k.says(ToClient, "220 ab\r\n", "220 SM\r\n"); string(r.back) != "250 OK\r\n" {
		t.Fatalf("behind the greeting %q", r.back)
	}
	r := k.says(ToServer, "NOOP\r\nKILL\r\nWIZ\r\nNOOP\r\nKILL\r\n", "NOOP\r\nNOOP\r\n")
	if len(r.back) != 0 {
		t.Fatalf("%q overtook the server's reply", r.back)
	}
	if r = k.says(ToClient, "250-a\r\n250 ", "250-a\r\n250 "); len(r.back) != 0 {
		t.Fatalf("%q stands in the middle of a reply", r.back)
	}
	if r = k.says(ToClient, "b\r\n", "b\r\n"); string(r.back) != "250 OK\r\n250 OK\r\n" {
		t.Fatalf("behind the first reply %q", r.back)
	}
	v := k.s.Segment(t0, ToClient, []byte("250 c\r\n421 bye\r\n"))
	if v.Take != len("250 c\r\n") || string(v.Answer) != "250 OK\r\n" {
		t.Fatalf("take %d, answer %q: the answer belongs between the two", v.Take, v.Answer)
	}
	k.server("421 bye\r\n")
	k.server("4")
	if r = k.says(ToServer, "KILL\r\n", ""); len(r.back) != 0 {
		t.Fatalf("%q within an unsolicited reply", r.back)
	}
	if r = k.says(ToClient, "21 bye\r\n", "21 bye\r\n"); string(r.back) != "250 OK\r\n" {
		t.Fatalf("behind it %q", r.back)
	}
	if r = k.says(ToServer, "KILL\r\n", ""); string(r.back) != "250 OK\r\n" {
		t.Fatalf("with nothing owed %q", r.back)
	}
}

func TestLocalAnswersAreBounded(t *testing.T) {
	k := newTalk(t, P40(), nil)
	k.client("NOOP\r\n")
	r := offer(k.s, t0, ToServer, []byte(strings.Repeat("KILL\r\n", 6)))
	if string(r.rest) != "KILL\r\nKILL\r\n" {
		t.Fatalf("withheld %q", r.rest)
	}
	if r := k.says(ToClient, "250 ok\r\n", "250 ok\r\n"); string(r.back) != strings.Repeat(okAnswer, 4) {
		t.Fatalf("answers %q", r.back)
	}
	if r := k.says(ToServer, "KILL\r\n", ""); string(r.back) != okAnswer {
		t.Fatalf("answer %q", r.back)
	}
}

func TestLocalAnswerBehind354(t *testing.T) {
	k := newTalk(t, P40(), nil)
	k.says(ToServer, "DATA\r\nKILL\r\n", "DATA\r\n")
	if r := k.says(ToClient, "354 go\r\n", "354 go\r\n"); string(r.back) != okAnswer {
		t.Fatalf("answer %q", r.back)
	}
	k.client("KILL\r\n.\r\n")
	if r := k.says(ToClient, "250 ok\r\n", "250 ok\r\n"); len(r.back) != 0 {
		t.Fatalf("answer %q", r.back)
	}
}

func TestDataBehindAnswers(t *testing.T) {
	k := newTalk(t, P40(), nil)
	k.says(ToServer, "DATA\nKILL\r\n", "DATA\n") // what was swallowed did not come between
	k.says(ToClient, "354 go\r\n", "354 go\r\n")
	k.client(".\r\n")
	if k.s.InData() {
		t.Error("the empty mail did not end")
	}
}

func TestOwedQueueIsBounded(t *testing.T) {
	k := newTalk(t, P60(), nil)
	in := strings.Repeat("NOOP\r\nDATA\r\n", maxRuns)
	r := offer(k.s, t0, ToServer, []byte(in))
	if want := strings.Repeat("NOOP\r\nDATA\r\n", maxRuns/2); string(r.fwd) != want {
		t.Fatalf("forwarded %d octets, want %d", len(r.fwd), len(want))
	}
	k.server("250 ok\r\n")
	r = offer(k.s, t0, ToServer, r.rest)
	if string(r.fwd) != "NOOP\r\n" {
		t.Fatalf("after one reply %q", r.fwd)
	}
	k = newTalk(t, P60(), nil)
	k.client(strings.Repeat("RCPT TO:<a>\r\n", 5000)) // one run
}

func TestFullQueueWithholdsWhole(t *testing.T) {
	p := P72()
	k := newTalk(t, p, nil)
	k.client("NOOP x") // a line that began before the queue was full
	for range maxRuns / 2 {
		k.s.owed.push(owesDATA)
		k.s.owed.push(owesOther)
	}
	k.client("\r\n", "NOOP\r\n") // these count with the last
	k.s.owed.runs[maxRuns-1].n = 1<<16 - 1
	for _, in := range []string{"EXPN\r\n", "NOOP\r\n", "RCPT TO:<a|b>\r\n", "\r\n"} {
		b := []byte(in)
		if v := k.s.Segment(t0, ToServer, b); v.Take != 0 || string(b) != in {
			t.Errorf("%q: take %d, left as %q", in, v.Take, b)
		}
	}
	k.client("NOOP x")
	if v := k.s.Segment(t0, ToServer, []byte("\r\n")); v.Take != 0 {
		t.Errorf("the end of a line: take %d", v.Take)
	}
	k.server("500 what\r\n")
	k.client("\r\n")
}

func TestStrayLineAnswersNothing(t *testing.T) {
	k := newTalk(t, P60(), nil)
	k.server("hello\r\n")
	k.client("NOOP\r\n")
	k.server("hello\r\n", "250 ok\r\n")
	if k.s.owed.n != 0 {
		t.Error("the reply behind a stray line was not counted")
	}
}

func TestAnswerBehindResync(t *testing.T) {
	p := P40()
	p.Verbs = append([]string{"AUTH"}, p.Verbs...)
	k := newTalk(t, p, nil)
	k.says(ToServer, "\r\nKILL\r\nAUTH a\r\n", "\r\nAUTH a\r\n") // a server that ignores the empty line
	if r := k.says(ToClient, "334 b\r\n", "334 b\r\n"); string(r.back) != okAnswer {
		t.Errorf("answer %q", r.back)
	}
}

func TestDataBeginsInMidLine(t *testing.T) {
	for _, c := range []struct{ before, after string }{
		{"NOOP x\r", "\n.\r\n"}, {"NOOP x", "\r\n.\r\n"}, {"NOOP x\r\n", ".\r\n"}, {"", ".\r\n"}, {"NOOP x\n", "\r\n.\r\n"},
	} {
		k := newTalk(t, P72(), nil)
		k.client("DATA\r\n", c.before)
		k.server("354 go\r\n")
		k.client(c.after)
		if k.s.InData() {
			t.Errorf("%q, 354, %q: not ended", c.before, c.after)
		}
	}
	k := newTalk(t, P72(), nil)
	k.client("DATA\r\n", "NOOP x\n") // LF . CR LF ends nothing
	k.server("354 go\r\n")
	k.client(".\r\n")
	if !k.s.InData() {
		t.Error("ended")
	}
}

func TestAuthDialogue(t *testing.T) {
	k := newTalk(t, P72(), nil)
	k.client("AUTH LOGIN\r\n")
	k.server("334 VXNlcm5hbWU6\r\n")
	k.client("dXN", "lcg==", "\r\n")
	k.server("334 UGFzc3dvcmQ6\r", "\n")
	k.client("cGFzcw==\r\n")
	k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n") // one line for each 334
	k.server("235 ok\r\n", "500 what\r\n")
	k.says(ToServer, "dXNlcg==\r\n", "XXXXXXXX\r\n")
	k.server("500 what\r\n")

	k.client("AUTH PLAIN\r\n")
	k.server("504 no\r\n")
	k.says(ToServer, "dXNlcg==\r\n", "XXXXXXXX\r\n")
	k.server("500 what\r\n")

	k.client("AUTH PLAIN\r\nNOOP\r\n") // the NOOP is the server's dialogue line
	k.server("334 \r\n")
	k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
	k.server("334 \r\n")
	if k.s.owed.head() != owesAuth && k.s.mode != modeAuth {
		t.Error("the reply to the pipelined line was not taken for one of the dialogue")
	}
}

func TestStartTLS(t *testing.T) {
	p := P72()
	pol := DefaultPolicy(&p)
	pol.AllowTLS, pol.AllowTLSLog = true, true
	k := newTalk(t, p, pol)
	k.client("STARTTLS\r\n")
	k.server("454 not now\r\n")
	k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
	k.server("500 what\r\n")
	k.client("STARTTLS\r\n")
	k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n") // injected before the 220
	r := k.says(ToClient, "220 go\r\n\x16\x03", "220 go\r\n\x16\x03")
	if r.act != Detach || len(r.events) != 1 || r.events[0].Kind != EventTLS {
		t.Fatalf("act %d, events %v", r.act, r.events)
	}
	k.client("EXPN a\r\n\x16\x03\x01")
	k.server("250-x\r\n250-CHUNKING\r\n250 OK\r\n")

	k = newTalk(t, P94(), nil)
	k.client("EHLO x\r\n")
	k.server("250-a\r\n250 STARTTLS\r\n")
	k.client("STARTTLS\r\n")
	if r := k.says(ToClient, "220 go\r\n", "220 go\r\n"); r.act != Detach || len(r.events) != 0 {
		t.Fatalf("act %d, events %v", r.act, r.events)
	}
}

func TestParts(t *testing.T) {
	cases := []struct {
		in, out []string
	}{
		{[]string{"RCPT TO:<a@x", ".example>\r\nRCPT"}, []string{"RCPT TO:<a@x", ".example>\r\nXXXX"}},
		{[]string{"RCPT TO:<a|b", "|c>\r\n"}, []string{"RCPT TO:<a b", " c>\r\n"}},
		{[]string{"RCPT TO:a", ">b<", "\r\n"}, []string{"RCPT TO:a", " b<", "\r\n"}},
		{[]string{"HE", "LO x\r\nHELO x\r\n"}, []string{"XX", "XXXX\r\nHELO x\r\n"}},
		{[]string{"QUIT", "\r\n"}, []string{"XXXX", "\r\n"}},
		{[]string{"EXPN a", " b\r\n"}, []string{"XXXXXX", "XX\r\n"}},
		{[]string{"NOOP \r", "\nEXPN\n"}, []string{"NOOP \r", "\nXXXX\n"}},
		{[]string{" "}, []string{"X"}},
		{[]string{"\r", "\n"}, []string{"\r", "\n"}},
	}
	for _, p := range []Profile{P70(), P72(), P94()} {
		for _, c := range cases {
			k := newTalk(t, p, nil)
			for i := range c.in {
				k.says(ToServer, c.in[i], c.out[i])
			}
		}
	}
	for _, p := range []Profile{P40(), P42(), P44(), P51(), P60()} {
		k := newTalk(t, p, nil)
		r := offer(k.s, t0, ToServer, []byte("NOOP\r\nHELO x"))
		if string(r.fwd) != "NOOP\r\n" || string(r.rest) != "HELO x" {
			t.Errorf("%s: forwarded %q, withheld %q", p.Name, r.fwd, r.rest)
		}
		k.client("HELO x\r\n")
	}
}

func TestVerbHidesNowhere(t *testing.T) {
	for in, out := range map[string]string{
		"NOOP\nEXPN a\n":     "NOOP\nXXXX a\n",
		" EXPN a\r\n":        " XXXX a\r\n",
		"\tEXPN\ta\r\n":      "\tXXXX\ta\r\n",
		"NOOP\rEXPN a\r\n":   "XXXX\rXXXX a\r\n",
		"NOOP\x00\r\n":       "XXXXX\r\n",
		"NOOP\x0bEXPN\r\n":   "XXXXXXXXX\r\n",
		"noop\r\nnoopx\r\n":  "noop\r\nXXXXX\r\n",
		"  \r\n":             "  \r\n",
		"STARTTLS\r\n":       "XXXXXXXX\r\n",
		"\u017fEND FROM\r\n": "XXXXX FROM\r\n", // a long s is no S
	} {
		newTalk(t, P60(), nil).says(ToServer, in, out)
	}
}

func TestEHLOReplyTail(t *testing.T) {
	k := newTalk(t, P72(), nil)
	k.client("EHLO x\r\n")
	r := offer(k.s, t0, ToClient, []byte("250-mx\r\n250-SIZE 1\r\n250-START"))
	if string(r.fwd) != "250-mx\r\n250-SIZE 1\r\n" || r.again != t0.Add(tailWait) {
		t.Fatalf("forwarded %q, again %v", r.fwd, r.again)
	}
	tail := r.rest
	r = offer(k.s, t0.Add(tailWait/2), ToClient, append(bytes.Clone(tail), "TL"...))
	if len(r.fwd) != 0 || r.again != t0.Add(tailWait) {
		t.Fatalf("with two more octets: forwarded %q, again %v", r.fwd, r.again)
	}
	r = offer(k.s, t0.Add(tailWait/2), ToClient, append(bytes.Clone(r.rest), "S\r\n250-CHUNK"...))
	if string(r.fwd) != "250-XXXXXXXA\r\n" || r.again != t0.Add(tailWait*3/2) {
		t.Fatalf("with its end %q, again %v: the next line waits by itself", r.fwd, r.again)
	}
}

func TestEHLOReplyTailIsBounded(t *testing.T) {
	k := newTalk(t, P70(), nil)
	k.client("EHLO x\r\n")
	k.server("250-mx\r\n")
	r := offer(k.s, t0, ToClient, []byte("250-CHUNK"))
	r = offer(k.s, r.again, ToClient, r.rest)
	if string(r.fwd) != "250-XXXXX" {
		t.Fatalf("after the wait %q", r.fwd)
	}
	k.says(ToClient, "ING\r\n", "XXA\r\n")
	k.says(ToClient, "250-"+strings.Repeat("a", 600), "250-"+strings.Repeat("X", 600))
	k.says(ToClient, "\r\n250 OK\r\n", "\r\n250 XC\r\n")
}

func TestEHLOReplyLetters(t *testing.T) {
	k := newTalk(t, P70(), nil)
	k.client("EHLO x\r\n")
	in, out := "250-mx\r\n", "250-mx\r\n"
	for i := range 28 {
		in += "250-AB\r\n"
		out += fmt.Sprintf("250-X%c\r\n", 'A'+i%26)
	}
	k.says(ToClient, in+"250-\r\n250 Q\r\n", out+"250-\r\n250 C\r\n")
	k.client("EHLO x\r\n")
	k.says(ToClient, "250-mx\r\n250 OK\r\n", "250-mx\r\n250 XA\r\n")
}

func TestFlawEOD(t *testing.T) {
	enter := func(f Flaws) talk {
		p := P51()
		p.Flaws = f
		k := newTalk(t, p, nil)
		k.client("DATA\r\n")
		k.server("354 go\r\n")
		return k
	}
	k := enter(FlawEODWithhold)
	k.client("hello\r\n", ".\r\n") // Postfix's way round the bug
	k.server("250 ok\r\n")
	k = enter(FlawEODWithhold)
	k.client("hello\r\n.")
	for range 3 {
		if v := k.s.Segment(t0, ToServer, []byte("\r\n")); v.Take != 0 || v.Act != DropSegment {
			t.Fatalf("take %d, act %d", v.Take, v.Act)
		}
	}
	k = enter(FlawEODReset)
	k.client("hello\r\n.")
	k.ends(ToServer, "\r\n", Reset)
	k = enter(FlawEODEatReply)
	k.client("hello\r\n.", "\r\n")
	for range 2 {
		if v := k.s.Segment(t0, ToClient, []byte("250 ok\r\n")); v.Take != 0 || v.Act != DropSegment {
			t.Fatalf("take %d, act %d", v.Take, v.Act)
		}
	}
}

func TestFlawNoopDesync(t *testing.T) {
	p := P42()
	p.Flaws = FlawNoopDesync
	k := newTalk(t, p, nil)
	k.client("NOOP\r\n")
	k.server("250 ok\r\n")
	k.client("DATA\r\n")
	k.server("354 go\r\n")
	k.says(ToServer, "To: bob\r\n\r\n..\r\naGVsbG8", "XXX bob\r\n\r\n..\r\nXXXXXXX")
	k.says(ToServer, "aGV\r\n.\r\n", "XXX\r\n.\r\n")
	k.server("250 ok\r\n")
	k.client("DATA\r\n")
	k.server("354 go\r\n")
	k.client("To: bob\r\n.\r\n")
}

func TestFlawDupHeader(t *testing.T) {
	p := P72()
	p.Flaws = FlawDupHeader
	k := newTalk(t, p, nil)
	k.client("DATA\r\n")
	k.server("354 go\r\n")
	k.client("Received: a\r\nReceived: b\r\nDKIM-Signature: a\r\n")
	k.ends(ToServer, "dkim-signature: b\r\n", DropConn)
}

// rule is a policy with one match.
func rule(p *Profile, r Rule) *Policy {
	pol := DefaultPolicy(p)
	pol.Matches = []Rule{r}
	return pol
}

func TestRules(t *testing.T) {
	cases := []struct {
		name string
		rule Rule
		pass []string // alternating: client, server, client ...
		last string
		to   Dir
	}{
		{"line", Rule{Match: MatchLine, Limit: 12}, []string{"HELO 67890\r\n"}, "HELO 678901\r\n", ToServer},
		{"line in parts", Rule{Match: MatchLine, Limit: 12}, []string{"HELO 678", "", "9"}, "0123", ToServer},
		{"not line", Rule{Match: MatchLine, Not: true, Limit: 12}, []string{"HELO 678901\r\n"}, "NOOP\r\n", ToServer},
		{"verb", Rule{Match: MatchVerb, Words: []string{"HELP", "VRFY"}}, []string{"NOOP\r\n"}, "vrfy x\r\n", ToServer},
		{"verb in parts", Rule{Match: MatchVerb, Words: []string{"HELP", "VRFY"}}, []string{"NOOP x"}, "\r\nvrfy x", ToServer},
		{"not verb", Rule{Match: MatchVerb, Not: true, Words: []string{"HELO", "NOOP"}}, []string{"NOOP\r\n"}, "HELP\r\n", ToServer},
		{"unknown verb", Rule{Match: MatchVerb, Words: []string{"UNKNOWN"}}, []string{"NOOP\r\n"}, "EXPN\r\n", ToServer},
		{"RCPT", Rule{Match: MatchRCPT, Limit: 2}, []string{"RCPT TO:a\r\nRCPT TO:b\r\nMAIL FROM:a\r\nRCPT TO:a\r\nRCPT TO:b\r\n"}, "RCPT TO:c\r\n", ToServer},
		{"invalid", Rule{Match: MatchInvalid, Limit: 1}, []string{"RCPT TO:a\r\nRCPT TO:b\r\nRCPT TO:c\r\n", "550 no\r\n250 ok\r\n"}, "550 no\r\n", ToClient},
		{"ehlo", Rule{Match: MatchEHLO, Words: []string{"SIZE"}}, []string{"EHLO x\r\n", "250-a\r\n250-DSN\r\n"}, "250 SIZE 1\r\n", ToClient},
		{"not ehlo", Rule{Match: MatchEHLO, Not: true, Words: []string{"SIZE"}}, []string{"EHLO x\r\n", "250-a\r\n250-SIZE 1\r\n"}, "250 DSN\r\n", ToClient},
		{"sender length", Rule{Match: MatchSenderLen, Limit: 5}, []string{"MAIL FROM:<12345> SIZE=1\r\n"}, "MAIL FROM:<123456>\r\n", ToServer},
		{"sender length, parts", Rule{Match: MatchSenderLen, Limit: 5}, []string{"MAIL FROM:<12", "", "345"}, "6>\r\n", ToServer},
		{"sender", Rule{Match: MatchSenderRegex, Regex: regexp.MustCompile("@evil")}, []string{"MAIL FROM:<a@good>\r\n"}, "MAIL FROM:<a@evil>\r\n", ToServer},
		{"not sender", Rule{Match: MatchSenderRegex, Not: true, Regex: regexp.MustCompile("@good")}, []string{"MAIL FROM:<a@good>\r\n"}, "MAIL FROM:<a@evil>\r\n", ToServer},
		{"header line", Rule{Match: MatchHeaderLine, Limit: 10}, []string{"DATA\r\n", "354\r\n", "1234567890\r\n123456789"}, "01\r\n", ToServer},
		{"header line, CR in another segment", Rule{Match: MatchHeaderLine, Limit: 10}, []string{"DATA\r\n", "354\r\n", "1234567890\r", "", "\n12345678901"[:11]}, "1", ToServer},
		{"body line", Rule{Match: MatchBodyLine, Limit: 10}, []string{"DATA\r\n", "354\r\n", "a: 45678901234\r\n\r\n1234567890\r\n"}, "12345678901", ToServer},
		{"body", Rule{Match: MatchBody, Limit: 10}, []string{"DATA\r\n", "354\r\n", "a: 45678901234\r\n\r\n12345678\r\n"}, "1", ToServer},
		{"not body", Rule{Match: MatchBody, Not: true, Limit: 10}, []string{"DATA\r\n", "354\r\n", "\r\n1\r\n"}, ".\r\n", ToServer},
		{"header", Rule{Match: MatchHeader, Limit: 10}, []string{"DATA\r\n", "354\r\n", "a: 45678\r\n"}, "b", ToServer},
		{"To", Rule{Match: MatchTo, Limit: 1}, []string{"DATA\r\n", "354\r\n", "To: a\r\nCc: b\r\n to: c\r\n"}, "tO: d\r\n", ToServer},
		{"file name", Rule{Match: MatchFilename, Limit: 5}, mime("Content-Disposition: attachment; size=1;\r\n fileName=\"12"), "3456\"\r\n", ToServer},
		{"file name, escaped", Rule{Match: MatchFilename, Limit: 5}, mime("Content-Disposition: attachment; filename=\"\\\"\\\"345"), "6", ToServer},
		{"file name, not in text", Rule{Match: MatchFilename, Limit: 5}, mime("A: b\r\n\r\nContent-Type: a/b; name=123456\r\n--b\r\nContent-Type: a/b; name=12345"), "6", ToServer},
		{"file name in pieces", Rule{Match: MatchFilename, Limit: 5}, mime("Content-Disposition: attachment; filename*0=123;\r\n filename*1=12"), "6\r\n", ToServer},
		{"body line, bare LF", Rule{Match: MatchBodyLine, Limit: 10}, []string{"DATA\r\n", "354\r\n", "a: 45678901234\n\n1234567890\n"}, "12345678901", ToServer},
		{"not body line", Rule{Match: MatchBodyLine, Not: true, Limit: 5}, []string{"DATA\r\n", "354\r\n", "a: b\r\n\r\n123456\r\n1234567\r\n"}, "1\r\n", ToServer},
		{"file name, not a field of a form", Rule{Match: MatchFilename, Limit: 5}, mime("Content-Disposition: form-data; name=123456; filename=12345"), "6", ToServer},
		{"file name behind a word", Rule{Match: MatchFilename, Limit: 5}, mime("Content-Type: a/b; x ; name=12345"), "6", ToServer},
		{"file name behind long names", Rule{Match: MatchFilename, Limit: 5}, mime("Content-" + strings.Repeat("x", 40) + ": a; name=123456\r\nContent-Type" + strings.Repeat("x", 40) + "\r\n\tname=123456\r\nTo: a\r\ncontent-type : a/b; name=12345"), "6", ToServer},
		{"file name, not behind a signature", Rule{Match: MatchFilename, Limit: 5}, []string{"DATA\r\n", "354\r\n", "A: b\r\n\r\n-- \r\nContent-Type: a/b; name=123456\r\n--\t\r\nContent-Type: a/b; name=123456\r\n-", "", "- ", "", "b", "", " \r\nContent-Type: a/b; name=12345"}, "6", ToServer},
		{"file name, bare", Rule{Match: MatchFilename, Limit: 5}, mime("content-type: text/plain; name=12345; x=123456; name=1234"), "56", ToServer},
		{"file type", Rule{Match: MatchFiletype, Regex: regexp.MustCompile(`exe$`)}, mime("Content-Disposition: attachment; filename=a.ex"), "e\r\n", ToServer},
		{"media type", Rule{Match: MatchFiletype, Regex: regexp.MustCompile(`^image/`)}, mime("Content-Type: text/plain\r\n\r\n--b\r\nContent-Type: image/pn"), "g\r\n", ToServer},
		{"encoding", Rule{Match: MatchEncoding, Words: []string{"BASE64"}}, mime("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: Bas"), "e64\r\n", ToServer},
		{"other encoding", Rule{Match: MatchEncoding, Words: []string{"OTHERS"}}, mime("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding:\r\n x"), "uu\r\n", ToServer},
	}
	for _, c := range cases {
		for _, a := range []Action{ActionDrop, ActionReset, ActionNone} {
			t.Run(fmt.Sprintf("%s/%d", c.name, a), func(t *testing.T) {
				p := P72()
				r := c.rule
				r.Action, r.Log = a, true
				k := newTalk(t, p, rule(&p, r))
				for i, l := range c.pass {
					if res := k.says(Dir(i%2), l, l); l != "" && len(res.events) != 0 {
						t.Fatalf("%q: events %v", l, res.events)
					}
				}
				var res result
				want := Event{Kind: EventMatched, Request: c.to == ToServer, Class: "Class 1", Info: r.Text()}
				switch a {
				case ActionDrop:
					res = k.ends(c.to, c.last, DropConn)
					want.Action = "Dropped connection for"
				case ActionReset:
					res = k.ends(c.to, c.last, Reset)
					want.Action = "Reset connection for"
				default:
					res = offer(k.s, t0, c.to, []byte(c.last))
					want.Kind = EventLogged
				}
				if len(res.events) < 1 || res.events[0] != want {
					t.Errorf("events %+v, want %+v", res.events, want)
				}
			})
		}
	}
}

// mime is a dialogue up to the header of a part of a mail.
func mime(text string) []string {
	return []string{"DATA\r\n", "354\r\n", "Subject: a\r\n\r\nfilename=123456\r\n-- \r\n\r\n--b\r\n" + text}
}

func TestRuleMasksAndLimits(t *testing.T) {
	p := P72()
	k := newTalk(t, p, rule(&p, Rule{Match: MatchVerb, Words: []string{"VRFY"}, Action: ActionMask}))
	r := k.says(ToServer, "VRFY a\r\nNOOP\r\nVRFY a", "XXXXXX\r\nNOOP\r\nXXXXXX")
	if want := []Event{{Kind: EventCounted, Request: true, Match: 0}}; !cmp.Equal(r.events, want) {
		t.Errorf("events %+v", r.events)
	}
	k.says(ToServer, " b\r\n", "XX\r\n")

	p = P72()
	k = newTalk(t, p, rule(&p, Rule{Match: MatchVerb, Words: []string{"NOOP"}, Action: ActionRate, Rate: 2}))
	res := offer(k.s, t0, ToServer, []byte("NOOP\r\nNOOP\r\nHELP\r\nNOOP\r\n"))
	if string(res.rest) != "NOOP\r\n" {
		t.Fatalf("withheld %q", res.rest)
	}
	if v := k.s.Segment(t0.Add(time.Second/2), ToServer, res.rest); v.Take != 0 || v.Act != DropSegment {
		t.Fatalf("take %d, act %d", v.Take, v.Act)
	}
	if v := k.s.Segment(t0.Add(time.Second), ToServer, res.rest); v.Take != 6 {
		t.Fatalf("in the next second: take %d", v.Take)
	}
}

func TestRelayAndSpecialCharacter(t *testing.T) {
	p := P72()
	pol := DefaultPolicy(&p)
	pol.MailRelay = Relay{"good.example", Parameter{On: true, Action: ActionDrop, Log: true}}
	pol.Special = Parameter{On: true, Log: true}
	k := newTalk(t, p, pol)
	k.client("RCPT TO:<a@GOOD.example>\r\nRCPT TO:<postmaster>\r\n")
	r := k.says(ToServer, "RCPT TO:<a|b@good.example>\r\n", "RCPT TO:<a b@good.example>\r\n")
	if len(r.events) != 2 || r.events[0].Kind != EventLogged || r.events[1].Kind != EventReplaced {
		t.Errorf("events %+v", r.events)
	}
	pol2 := *pol
	pol2.Special.Action = ActionDrop
	k2 := newTalk(t, p, &pol2)
	k2.client("RCPT TO:<a")
	r = k2.ends(ToServer, "|b", DropConn)
	if len(r.events) != 1 || r.events[0].Kind != EventMailAddress {
		t.Errorf("events %+v", r.events)
	}
	k2 = newTalk(t, p, &pol2)
	r = k2.ends(ToServer, "RCPT TO:<a|b", DropConn)
	if want := (Event{Kind: EventMailAddress, Request: true, Class: "special-character", Info: "<a|b", Match: -1}); len(r.events) != 1 || r.events[0] != want {
		t.Errorf("events %+v", r.events)
	}
	r = k.ends(ToServer, "RCPT TO:<a@bad.example>\r\n", DropConn)
	want := []Event{{Kind: EventMatched, Request: true, Class: "mail-relay", Action: "Dropped connection for", Info: "No Mail Relay allowed", Match: -1}}
	if diff := cmp.Diff(want, r.events); diff != "" {
		t.Error(diff)
	}
}

func TestSizeViolation(t *testing.T) {
	k := newTalk(t, P72(), nil)
	for _, c := range []struct {
		mail string
		want int
	}{{"1\r\n2345\r\n", 0}, {"1\r\n23456\r\n", 1}, {"1\r\n\r\n78\r\n", 0}, {"1\r\n\r\n789\r\n", 1}, {"1\r\n\r\n\n\n\n\r\n", 1}} {
		k.client("MAIL FROM:<a> SIZE=9\r\n", "DATA\r\n")
		k.server("250 ok\r\n", "354 go\r\n")
		k.client(c.mail[:1], c.mail[1:3])
		for line := range strings.Lines(c.mail[3:]) {
			k.client(line)
		}
		k.client(".")
		r := k.says(ToServer, "\r\n", "\r\n")
		if len(r.events) != c.want {
			t.Errorf("%q: events %+v", c.mail, r.events)
		}
		if c.want == 1 && r.events[0].Info != "declared size is: 9, actual size is 10" {
			t.Errorf("%q", r.events[0].Info)
		}
		k.server("250 ok\r\n")
	}
}

func TestEventsOfMasking(t *testing.T) {
	p := P72()
	k := talk{t, New(&p, nil)}
	if r := k.says(ToClient, "220 a\r\n", "220 *\r\n"); !cmp.Equal(r.events, []Event{{Kind: EventBanner, Match: -1}}) {
		t.Errorf("greeting: %+v", r.events)
	}
	k.client("EHLO x\r\n")
	r := k.says(ToClient, "250-a\r\n250-A\r\n250 B\r\n", "250-a\r\n250-A\r\n250 B\r\n")
	if want := []Event{{Kind: EventCounted, Match: 6}}; !cmp.Equal(r.events, want) {
		t.Errorf("EHLO: %+v", r.events)
	}
}

func TestMatchCountsOnceASegment(t *testing.T) {
	k := newTalk(t, P72(), nil)
	k.s.enter(t, "DATA_BODY")
	long := strings.Repeat("a", 999) + "\r\n"
	for range 2 {
		r := k.says(ToServer, long+long, long+long)
		if want := []Event{{Kind: EventLogged, Request: true, Class: "Class 3", Info: "body line length gt 998", Match: 2}}; !cmp.Equal(r.events, want) {
			t.Errorf("events %+v", r.events)
		}
	}
}

func TestEventsAreBounded(t *testing.T) {
	k := newTalk(t, P60(), nil)
	in := "RCPT TO:" + strings.Repeat("|", 1000) + "\r\n"
	r := k.says(ToServer, in, strings.ReplaceAll(in, "|", " "))
	if len(r.events) != maxEvents || len(r.events[0].Info) != maxEventText {
		t.Errorf("%d events, text of %d", len(r.events), len(r.events[0].Info))
	}
}

func TestDefaultPolicyText(t *testing.T) {
	p := P72()
	var got []string
	for _, r := range DefaultPolicy(&p).Matches {
		got = append(got, r.Text())
	}
	want := []string{
		"cmd line length gt 512", "cmd RCPT count gt 100", "body line length gt 998", "header line length gt 998",
		"sender-address length gt 320", "MIME filename length gt 255", "ehlo-reply-parameter others",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for r, want := range map[*Rule]string{
		{Match: MatchEHLO, Not: true, Words: []string{"ENHANCEDSTATUSCODES", "8BITMIME"}}: "not ehlo-reply-parameter ecode 8bitmime",
		{Match: MatchVerb, Words: []string{"HELO", "NOOP"}}:                               "cmd verb HELO NOOP",
		{Match: MatchFiletype, Pattern: "regex class exes"}:                               "MIME filetype regex class exes",
		{Match: 99}: "", {}: "",
	} {
		if got := r.Text(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSessionIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Session{}); n > 768 {
		t.Errorf("Session has %d octets", n)
	}
	if n := unsafe.Sizeof(extra{}); n > 1536 {
		t.Errorf("extra has %d octets", n)
	}
}

// mails is a long steady state: pipelined commands, a body, replies.
var mails = []struct {
	d Dir
	b string
}{
	{ToServer, "MAIL FROM:<a@x.example> SIZE=4000\r\nRCPT TO:<b@y.example>\r\nRCPT TO:<c@y.example>\r\nDATA\r\n"},
	{ToClient, "250 ok\r\n250 ok\r\n250-ok\r\n250 ok\r\n354 go\r\n"},
	{ToServer, "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n"},
	{ToServer, strings.Repeat("the quick brown fox jumps over the lazy dog\r\n", 30)},
	{ToServer, "\r\n.\r\nEXPN x\r\nNOOP\r\n"},
	{ToClient, "250 queued\r\n500 what\r\n250 ok\r\n"},
	{ToServer, "EHLO x\r\n"},
	{ToClient, "250-mx\r\n250-SIZE\r\n250-CHUNKING\r\n250 OK\r\n"},
	{ToServer, "HELO x\r\n\r\nRCPT TO:<a>\r\nX-LINK2STATE a\r\nRSET\r\nAUTH LOGIN\r\n"},
	{ToClient, "250 a\r\n250-a\r\n250 b\r\n550 no\r\n500 no\r\n250 ok\r\n334 VXNlcm5hbWU6\r\n"},
	{ToServer, "dXNlcg==\r\n"},
	{ToClient, "5"}, {ToClient, "35 no"}, {ToClient, "\r\n"},
	{ToServer, "\r\nDATA\r\n"},
	{ToClient, "500 what\r\n354 go\r\n"},
	{ToServer, "Subject: y\r\n\r\na line that is c"}, {ToServer, "ut\r\n."}, {ToServer, "\r"}, {ToServer, "\n"},
	{ToClient, "250 queued\r\n"},
	{ToServer, "RSET\r\n"},
	{ToClient, "250 ok\r\n250 ok\r\n"},
}

func TestSegmentDoesNotAllocate(t *testing.T) {
	for _, p := range profiles {
		prof := p.p()
		s := New(&prof, nil)
		s.enter(t, "CMD")
		buf := make([]byte, 4096)
		n := testing.AllocsPerRun(100, func() {
			for _, m := range mails {
				b := buf[:copy(buf, m.b)]
				for len(b) > 0 {
					v := s.Segment(t0, m.d, b)
					b = b[v.Take+v.Swallow:]
					if v.Take+v.Swallow == 0 {
						t.Fatalf("%s: %q withheld", p.name, b)
					}
				}
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", p.name, n)
		}
	}
}

func TestRulesInOrder(t *testing.T) {
	vrfy := func(a Action, log bool) Rule {
		return Rule{Match: MatchVerb, Words: []string{"VRFY"}, Action: a, Log: log}
	}
	line := Rule{Match: MatchLine, Limit: 8, Log: true}
	drop := line
	drop.Action = ActionDrop
	for _, c := range []struct {
		name  string
		rules []Rule
		want  []int // the matches that raise an event
		act   Act
		out   string
	}{
		{"log, drop, log", []Rule{vrfy(ActionNone, true), vrfy(ActionDrop, true), vrfy(ActionNone, true)}, []int{0, 1}, DropConn, ""},
		{"mask, reset, drop", []Rule{vrfy(ActionMask, true), vrfy(ActionReset, true), vrfy(ActionDrop, true)}, []int{0, 1}, Reset, ""},
		{"log, mask", []Rule{vrfy(ActionNone, true), vrfy(ActionMask, false)}, []int{0, 1}, Pass, "XXXXXXXXX\r\n"},
		{"mask, log of the line", []Rule{line, vrfy(ActionMask, true)}, []int{1, 0}, Pass, "XXXXXXXXX\r\n"},
		{"the verb is read before the line", []Rule{drop, vrfy(ActionReset, true)}, []int{1}, Reset, ""},
		{"the line is over after a mask", []Rule{vrfy(ActionMask, true), drop}, []int{0, 1}, DropConn, ""},
		{"within the rate", []Rule{{Match: MatchVerb, Words: []string{"VRFY"}, Action: ActionRate, Rate: 1}, vrfy(ActionDrop, true)}, []int{1}, DropConn, ""},
		{"over the rate", []Rule{{Match: MatchVerb, Words: []string{"VRFY"}, Action: ActionRate}, vrfy(ActionDrop, true)}, []int{0}, DropSegment, ""},
		{"none", nil, nil, Pass, "VRFY root\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := P72()
			pol := DefaultPolicy(&p)
			pol.Matches = c.rules
			r := offer(newTalk(t, p, pol).s, t0, ToServer, []byte("VRFY root\r\n"))
			var got []int
			for _, e := range r.events {
				got = append(got, e.Match)
			}
			if !slices.Equal(got, c.want) || r.act != c.act || string(r.fwd) != c.out {
				t.Errorf("events of %v, act %d, %q", got, r.act, r.fwd)
			}
		})
	}
}

func TestRulesBeyondTheBoundAreNotLookedAt(t *testing.T) {
	p := P72()
	pol := DefaultPolicy(&p)
	pol.Matches = make([]Rule, maxRules+1)
	for i := range pol.Matches {
		pol.Matches[i] = Rule{Match: MatchVerb, Words: []string{"HELP"}, Action: ActionRate, Rate: 1}
	}
	pol.Matches[maxRules].Words = []string{"VRFY"}
	k := newTalk(t, p, pol)
	k.client("VRFY\r\nVRFY\r\n", "HELP\r\n")
	if r := offer(k.s, t0, ToServer, []byte("HELP\r\n")); r.act != DropSegment {
		t.Errorf("act %d", r.act)
	}
}

// TestHELOInFrontOfEHLO: a HELO may be answered by several lines, which are not those of the EHLO behind it.
func TestHELOInFrontOfEHLO(t *testing.T) {
	const several = "250-mx\r\n250-CHUNKING\r\n250 OK\r\n"
	const masked = "250-mx\r\n250-XXXXXXXA\r\n250 XB\r\n"
	k := newTalk(t, P72(), nil)
	k.client("HELO x\r\nEHLO x\r\nNOOP\r\n")
	k.server(several)
	k.says(ToClient, several, masked)
	k.server(several)
	// With a line of which nobody knows whether it is answered, the first list is that of the EHLO, also when it comes
	// much later.
	for _, odd := range []string{"\r\n", "\r\r\n", "\r", "NOOP\nNOOP\r\n", "NOOP x", "EXPN\n"} {
		k := newTalk(t, P72(), nil)
		offer(k.s, t0, ToServer, []byte(odd))
		if !strings.HasSuffix(odd, "\n") {
			k.client("\n")
		}
		k.client("RSET\r\n", "EHLO x\r\n")
		k.says(ToClient, several, masked)
		k.client("DATA\r\n") // which is not lost over it
		k.server("354 go\r\n")
		if k.s.owed.n != 0 || k.s.doubt || !k.s.InData() {
			t.Errorf("%q: owed %v, doubt %v, data %v", odd, k.s.owed.runs[:k.s.owed.n], k.s.doubt, k.s.InData())
		}
	}
	// A cut line end is none of these, and neither is a refused line in parts.
	k = newTalk(t, P72(), nil)
	k.says(ToServer, "EXPN a", "XXXXXX")
	k.client("\r\n", "\r")
	k.says(ToServer, "EXPN\r\n", "XXXX\r\n")
	k.client("HELO x\r\nEHLO x\r\n")
	k.server("500 what\r\n500 what\r\n", several)
	k.says(ToClient, several, masked)
	k = newTalk(t, P72(), nil)
	k.client("HELO x", "\r", "\n", "HELO x\r", "\n", "EHLO x\r\n")
	k.server(several, several)
	k.says(ToClient, several, masked)
	// A 354 settles it.
	k = newTalk(t, P72(), nil)
	k.client("\r\nDATA\r\nNOOP\r\n")
	k.server("354 go\r\n")
	k.client(".\r\nHELO x\r\nEHLO x\r\n")
	k.server("250 ok\r\n", several)
	k.says(ToClient, several, masked)
}

// TestReplyBoundByItsCode: a 354 in front of the reply to an EHLO is that to the DATA behind it, and no list of keywords,
// whatever the codes of its further lines.
func TestReplyBoundByItsCode(t *testing.T) {
	for _, p := range []Profile{P70(), P72(), P94()} {
		k := newTalk(t, p, nil)
		k.client("EHLO x\r\nDATA\r\n")
		const odd = "354-go\r\n250-CHUNKING\r\n354 on\r\n"
		k.says(ToClient, odd, odd)
		if !k.s.InData() {
			t.Errorf("%s: no message", p.Name)
		}
	}
}

// TestMailBeginsInTheMiddleOfALine: what a client has sent of a line before the 354 is the beginning of the first line of
// the mail, so that what follows of that line names no field.
func TestMailBeginsInTheMiddleOfALine(t *testing.T) {
	for _, p := range []Profile{P70(), P72()} {
		p.Flaws = FlawDupHeader
		k := newTalk(t, p, nil)
		k.client("DATA\r\nNOOP x")
		k.server("354 go\r\n")
		k.client("Subject: a\r\nSubject: a\r\n")
		if r := offer(k.s, t0, ToServer, []byte("Subject: a\r\n")); r.act != DropConn {
			t.Errorf("%s: a field that came twice: act %d", p.Name, r.act)
		}
	}
}

func TestAuthDialogueEnds(t *testing.T) {
	begin := func(p Profile) talk {
		k := newTalk(t, p, nil)
		k.client("AUTH LOGIN\r\n")
		k.server("334 VXNlcm5hbWU6\r\n")
		return k
	}
	for _, p := range []Profile{P70(), P72(), P94()} {
		k := begin(p) // cancelled by the client
		k.client("*\r\n")
		k.server("501 5.7.0 Authentication cancelled\r\n")
		k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
		k = begin(p) // given up by the server
		k.server("334 again\r\n", "451 4.7.0 too late\r\n")
		k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
		k = begin(p) // a long line, a long challenge of several lines
		long := strings.Repeat("YIIG", 525)
		if p.Maps {
			short := strings.Repeat("Y", 256)
			if r := begin(p); offer(r.s, t0, ToServer, []byte(short)).act != Pass || offer(r.s, t0, ToServer, []byte(short+"\r\n")).act != DropConn {
				t.Errorf("%s: a line of a dialogue with 514 octets", p.Name)
			}
			long = strings.Repeat("Y", 255)
		}
		k.client(long, long+"\r\n")
		k.server("334-"+long, long+"\r\n334 "+long+"\r\n")
		k.client(long+"\r\n", "AUTH PLAIN AGEAYg==\r\n") // the second is a command again
		k.server("235 ok\r\n", "503 already\r\n")
		k.says(ToServer, "dXNlcg==\r\n", "XXXXXXXX\r\n")
		k = newTalk(t, p, nil) // pipelined
		k.client("AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a>\r\n")
		k.server("235 ok\r\n250 ok\r\n")
		k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
		k = newTalk(t, p, nil) // a line that was begun too early, and is X by then, is the server's for the dialogue
		k.client("AUTH LOGIN\r\n")
		k.says(ToServer, "dXN", "XXX")
		k.server("334 VXNlcm5hbWU6\r\n")
		k.says(ToServer, "lcg==\r\n", "XXXXX\r\n")
		k.server("334 UGFzc3dvcmQ6\r\n")
		k.client("cGFzcw==\r\n")
		k = newTalk(t, p, nil) // a dialogue whose verb came in parts
		k.client("AUTH LO", "GIN\r\n")
		k.server("334 VXNlcm5hbWU6\r\n")
		k.client("KILL\r\n")
	}
}

// TestCodesMeanWhatTheySay: only the code that a state waits for leads on.
func TestCodesMeanWhatTheySay(t *testing.T) {
	k := newTalk(t, P94(), nil)
	k.client("STARTTLS\r\n")
	k.server("250 go\r\n", "220 unasked\r\n")
	k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
	k.server("500 what\r\n")
	k.client("DATA\r\n")
	k.server("350 go\r\n")
	k.says(ToServer, "EXPN a\r\n", "XXXXXX\r\n")
	k.server("500 what\r\n")
	k.client("AUTH LOGIN\r\n")
	k.server("354 go\r\n")
	k.says(ToServer, "dXNlcg==\r\n", "XXXXXXXX\r\n")
	k.server("500 what\r\n")
	k.client("EHLO x\r\n")
	k.says(ToClient, "250-mx\r\n250-AB\r\n211-AB\r\nAB\r\n250-CD\r\n250 OK\r\n", "250-mx\r\n250-XA\r\n211-AB\r\nAB\r\n250-XB\r\n250 XC\r\n")
}

// TestFlawDataBypass is CVE-2000-1022, with the same dialogue in a fixed release beside it.
func TestFlawDataBypass(t *testing.T) {
	for _, c := range []struct {
		flaw   Flaws
		refuse string
	}{{FlawDataBypass, "EXPN root"}, {FlawDataRegress, "EXPN root"}, {0, "XXXX root"}} {
		p := P51()
		p.Flaws = c.flaw
		k := newTalk(t, p, nil)
		k.client("HELO x\r\n", "MAIL FROM:<a>\r\n", "DATA\r\n")
		k.server("250 ok\r\n250 ok\r\n503 5.5.2 Need Rcpt command.\r\n")
		k.says(ToServer, "EXPN root\r\n", c.refuse+"\r\n")
		k.says(ToClient, "252 root\r\n", "252 root\r\n")
		if c.flaw == 0 {
			continue
		}
		k.client(".\r\n") // armed again
		k.says(ToServer, "EXPN root\r\n", "XXXX root\r\n")
		k.server("500 what\r\n500 what\r\n")

		// A real mail passes, its end before its 354 too.
		k = newTalk(t, p, nil)
		k.client("DATA\r\n", "KILL\r\n.")
		k.server("354 go\r\n")
		k.client("\r\n")
		k.server("250 queued\r\n")
		k.says(ToServer, "EXPN root\r\n", "XXXX root\r\n")
		k.server("500 what\r\n")
		k.client("DATA\r\nKILL\r\n.\r\n")
		k.server("354 go\r\n")
		k.says(ToServer, "EXPN root\r\n", "XXXX root\r\n")
	}
}

// TestFlawEODEverySplit cuts the end of a mail everywhere, in two and octet by octet: with CSCds90792 only the cuts that
// part . CR LF from what stands before it in its line, or in itself, are hit; Postfix's own segment is not. The
// reference names the dot and the CR LF in separate packets, and a vector the cut within the first CR LF.
// unverified: that the other cuts within the five octets are hit as well.
func TestFlawEODEverySplit(t *testing.T) {
	const text = "hello"
	var profile Profile
	begin := func(f Flaws) talk {
		p := profile
		p.Flaws = f
		k := newTalk(t, p, nil)
		k.client("DATA\r\n")
		k.server("354 go\r\n")
		k.client("Subject: a\r\n\r\nfirst\r\n")
		return k
	}
	cuts := map[string][]string{"whole": {text + terminator}, "own segment": {text, terminator}, "octets": strings.Split(text+terminator, "")}
	for i := 1; i < len(terminator); i++ {
		cuts[terminator[:i]+"|"+terminator[i:]] = []string{text + terminator[:i], terminator[i:]}
	}
	hit := map[string]bool{"\r|\n.\r\n": true, "\r\n.|\r\n": true, "\r\n.\r|\n": true, "octets": true}
	for i := range 2 * len(cuts) {
		name := slices.Sorted(maps.Keys(cuts))[i/2]
		segments := cuts[name]
		last := segments[len(segments)-1]
		profile = []func() Profile{P51, P72}[i%2]() // 7.2 by option: there bodies are read in another way
		for _, f := range []Flaws{0, FlawEODWithhold, FlawEODReset, FlawEODEatReply, FlawEODWithhold | FlawEODEatReply} {
			k := begin(f)
			k.client(segments[:len(segments)-1]...)
			if !hit[name] || f == 0 {
				k.client(last)
				k.server("250 queued\r\n")
				k.says(ToServer, "EXPN\r\n", "XXXX\r\n")
				continue
			}
			switch {
			case f == FlawEODReset:
				k.ends(ToServer, last, Reset)
			case f == FlawEODEatReply:
				k.client(last)
				if v := k.s.Segment(t0, ToClient, []byte("250 queued\r\n")); v.Take != 0 || v.Act != DropSegment {
					t.Errorf("%q: the reply came through", name)
				}
			default: // withheld for good, alone and with what follows
				for _, again := range []string{last, last, last + "QUIT\r\n"} {
					if v := k.s.Segment(t0, ToServer, []byte(again)); v.Take != 0 || v.Act != DropSegment {
						t.Errorf("%q, flaws %x: take %d, act %d", name, f, v.Take, v.Act)
					}
				}
				if !k.s.InData() {
					t.Errorf("%q: out of the mail", name)
				}
			}
		}
	}
}

// TestFlawNoopNeedsANoop: the mail behind a NOOP is garbled, the next one is not, and without the flaw none is.
func TestFlawNoopNeedsANoop(t *testing.T) {
	mail := func(k talk, out string) {
		t.Helper()
		k.client("DATA\r\n")
		k.server("354 go\r\n")
		k.says(ToServer, "To: bob\r\n.\r\n", out)
		k.server("250 queued\r\n")
	}
	for _, f := range []Flaws{0, FlawNoopDesync} {
		p := P42()
		p.Flaws = f
		k := newTalk(t, p, nil)
		mail(k, "To: bob\r\n.\r\n")
		k.client("NOOP\r\n")
		k.server("250 ok\r\n")
		if f == 0 {
			mail(k, "To: bob\r\n.\r\n")
			continue
		}
		mail(k, "XXX bob\r\n.\r\n")
		mail(k, "To: bob\r\n.\r\n")
		k.says(ToServer, "KILL\r\n", "NOOP\r\n") // the firewall's own NOOP is none of the client's
		k.server("250 ok\r\n")
		mail(k, "To: bob\r\n.\r\n")
	}
}

// TestFlawDupHeaderBounds: what is exempt, what is not in the header, and how many names are kept.
func TestFlawDupHeaderBounds(t *testing.T) {
	begin := func(f Flaws) talk {
		p := P70()
		p.Flaws = f
		k := newTalk(t, p, nil)
		k.client("DATA\r\n")
		k.server("354 go\r\n")
		return k
	}
	begin(0).client("Domainkey-Signature: a\r\nDomainKey-Signature: b\r\n")
	k := begin(FlawDupHeader)
	k.client("Received: a\r\nReceived: b\r\nSubject: a\r\n Subject: b\r\n\r\nSubject: a\r\n--b\r\nA: a\r\nA: b\r\n\r\n.\r\n")
	k.server("250 ok\r\n")
	k.client("DATA\r\n")
	k.server("354 go\r\n")
	k.client("Subject: a\r\n") // another mail
	k.ends(ToServer, "subject :b\r\n", DropConn)
	long := strings.Repeat("X-", 20) + ": a\r\n"
	k = begin(FlawDupHeader)
	k.client(long)
	k.ends(ToServer, long, DropConn)
	k = begin(FlawDupHeader)
	for i := range 33 {
		k.client(fmt.Sprintf("X-%d: a\r\n", i))
	}
	k.client("X-32: a\r\n") // beyond the names that are kept
	k.ends(ToServer, "X-31: a\r\n", DropConn)
}
