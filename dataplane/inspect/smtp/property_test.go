package smtp

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	endOfLine = rapid.SampledFrom([]string{"\r\n", "\r\n", "\r\n", "\n"})
	verbs     = rapid.SampledFrom([]string{
		"HELO", "EHLO", "MAIL", "RCPT", "RSET", "NOOP", "QUIT", "AUTH", "ETRN", "HELP", "VRFY", "SEND", "STARTTLS",
		"EXPN", "KILL", "WIZ", "TURN", "ATRN", "BDAT", "XEXCH50", "X-LINK2STATE", "helo", "Mail", "DEBUG", "X", "", " NOOP", "\tKILL",
	})
	argument = rapid.OneOf(
		rapid.SampledFrom([]string{"", " x", " FROM:<a@x>", " TO:<b@y>", " TO:b|c>d<", " LOGIN", " 86 LAST", "\tx", " <<a>>", " FROM:<a SIZE=9"}),
		rapid.StringMatching(`[ -~]{0,40}`),
	)
	textLine = rapid.Custom(func(t *rapid.T) string {
		return rapid.OneOf(rapid.StringMatching(`[ -~]{0,80}`), rapid.SampledFrom([]string{
			"", ".", "..", "-", "--b", "EHLO x", "To: a", "Content-Type: text/plain; name=\"a", "\r", ".\r", "a\rb",
		})).Draw(t, "text") + endOfLine.Draw(t, "end")
	})
)

func commandLine(verbs *rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return verbs.Draw(t, "verb") + argument.Draw(t, "argument") + endOfLine.Draw(t, "end")
	})
}

func lines(g *rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(g, 0, 12), func(l []string) string { return strings.Join(l, "") })
}

// cut cuts s into segments at random places.
func cut(t *rapid.T, s string) []string {
	var out []string
	for len(s) > 0 {
		n := rapid.IntRange(1, min(len(s), 40)).Draw(t, "cut")
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

// TestMain raises the number of draws of each property: a draw takes microseconds here.
func TestMain(m *testing.M) {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "rapid.checks" })
	if !set {
		if err := flag.Set("rapid.checks", "200"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// perProfile checks a property of each profile by itself.
func perProfile(t *testing.T, property func(*rapid.T, Profile)) {
	for _, x := range profiles {
		t.Run(x.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { property(t, x.p()) })
		})
	}
}

// editing is perProfile without those that answer themselves.
func editing(t *testing.T, property func(*rapid.T, Profile)) {
	perProfile(t, func(t *rapid.T, p Profile) {
		if p.Reject != RejectAnswer {
			property(t, p)
		}
	})
}

// failer is what testing.T and rapid.T have in common here.
type failer interface{ Fatalf(string, ...any) }

// through brings segments of one direction to a session in a state and returns what it forwarded.
func through(t failer, p Profile, state string, d Dir, segments ...string) string {
	s := New(&p, nil)
	s.enter(t, state)
	o := carry(s, d, segments, func(Event) string { return "" })
	if o.Conn != "open" {
		t.Fatalf("%q: %s", segments, o.Conn)
	}
	return strings.Join(o.Fwd, "")
}

func TestLengthAndLineEndsStay(t *testing.T) {
	editing(t, func(t *rapid.T, p Profile) {
		in := lines(commandLine(verbs)).Draw(t, "in")
		out := through(t, p, "CMD", ToServer, in)
		if len(out) != len(in) {
			t.Fatalf("%q became %q", in, out)
		}
		for i := range in {
			if isEnd(in[i]) != isEnd(out[i]) || isEnd(in[i]) && in[i] != out[i] {
				t.Fatalf("%q became %q", in, out)
			}
		}
	})
}

func isEnd(c byte) bool { return c == '\r' || c == '\n' }

func TestAllowedVerbsAreUntouched(t *testing.T) {
	perProfile(t, func(t *rapid.T, p Profile) {
		verb := rapid.Map(rapid.SampledFrom(p.Verbs), func(v string) string { return v + " " })
		in := lines(commandLine(verb)).
			Filter(func(s string) bool { return !p.Addresses || !strings.ContainsAny(s, "<|>") }).Draw(t, "in")
		if out := through(t, p, "CMD", ToServer, in); out != in {
			t.Fatalf("%q became %q", in, out)
		}
	})
}

func TestDataIsUntouched(t *testing.T) {
	perProfile(t, func(t *rapid.T, p Profile) {
		in := lines(textLine).Filter(func(s string) bool { return !strings.Contains("\r\n"+s, terminator) }).Draw(t, "in")
		state := rapid.SampledFrom([]string{"DATA", "DATA_BODY"}).Draw(t, "state")
		if out := through(t, p, state, ToServer, cut(t, in)...); out != in {
			t.Fatalf("%q became %q", in, out)
		}
		s := New(&p, nil)
		s.enter(t, state)
		if carry(s, ToServer, cut(t, in), func(Event) string { return "" }); in != "" && !s.InData() {
			t.Fatalf("%q ended", in)
		}
		end := "\r\n.\r\nKILL me\r\n"
		s = New(&p, nil)
		s.enter(t, state)
		o := carry(s, ToServer, []string{in + end}, func(Event) string { return "" })
		if out := strings.Join(o.Fwd, ""); strings.Contains(out, "KILL me") && strings.HasSuffix(out, "KILL me\r\n") || s.InData() {
			t.Fatalf("%q: behind the end of data %q", in, out)
		}
	})
}

// TestEndOfData compares the scanner with a search in the whole text.
func TestEndOfData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"\r", "\n", ".", "a", "\r\n", terminator})).Draw(t, "in"), "")
		want := strings.Index(in, terminator)
		var e eod
		got, at := -1, 0
		for _, c := range cut(t, in) {
			n, found := e.scan([]byte(c))
			if found {
				got = at + n - len(terminator)
				break
			}
			at += len(c)
		}
		if got != want {
			t.Fatalf("%q: at %d, want %d", in, got, want)
		}
	})
}

func TestCutsBetweenLinesChangeNothing(t *testing.T) {
	editing(t, func(t *rapid.T, p Profile) {
		ls := rapid.SliceOf(commandLine(verbs)).Draw(t, "lines")
		whole := through(t, p, "CMD", ToServer, strings.Join(ls, ""))
		if got := through(t, p, "CMD", ToServer, ls...); got != whole {
			t.Fatalf("%q: in one %q, line by line %q", ls, whole, got)
		}
	})
}

func TestCutsInRepliesChangeNothing(t *testing.T) {
	replyLine := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"220-", "220 ", "250 ", "250-", "354 ", "500 ", "4", "", "220", "21"}).Draw(t, "code") +
			rapid.StringMatching(`[ -~]{0,60}`).Draw(t, "text") + endOfLine.Draw(t, "end")
	})
	states := rapid.SampledFrom([]string{"BANNER", "CMD", "HELO_PEND", "DATA_PEND", "AUTH_PEND", "EHLO_PEND"})
	perProfile(t, func(t *rapid.T, p Profile) {
		// The EHLO tail is joined again by the caller, so that its cuts change nothing either while nobody waits long.
		state, in := states.Draw(t, "state"), lines(replyLine).Draw(t, "in")
		whole := through(t, p, state, ToClient, in)
		if got := through(t, p, state, ToClient, cut(t, in)...); got != whole {
			t.Fatalf("%q: in one %q, cut %q", in, whole, got)
		}
		if len(whole) != len(in) {
			t.Fatalf("%q became %q", in, whole)
		}
		if again := through(t, p, state, ToClient, whole); again != whole {
			t.Fatalf("masked %q, twice %q", whole, again)
		}
	})
}

func TestMaskingTwiceIsMaskingOnce(t *testing.T) {
	editing(t, func(t *rapid.T, p Profile) {
		in := lines(commandLine(verbs)).Draw(t, "in")
		once := through(t, p, "CMD", ToServer, in)
		if twice := through(t, p, "CMD", ToServer, once); twice != once {
			t.Fatalf("%q, then %q, then %q", in, once, twice)
		}
	})
}

func TestPartByProfile(t *testing.T) {
	perProfile(t, func(t *rapid.T, p Profile) {
		part := commandLine(verbs).Draw(t, "line")
		part = strings.TrimRight(part, "\r\n")
		part = part[:rapid.IntRange(0, len(part)).Draw(t, "n")]
		s := New(&p, nil)
		s.enter(t, "CMD")
		b := []byte("RSET\r\n" + part)
		v := s.Segment(t0, ToServer, b)
		want := part
		if p.Part == PartWithhold {
			if v.Take != len("RSET\r\n") || string(b[v.Take:]) != part {
				t.Fatalf("%q: take %d of %q", part, v.Take, b)
			}
			return
		}
		w := strings.TrimLeft(part, " \t")
		if i := strings.IndexAny(w, " \t"); i < 0 || !allowedIn(p, w[:i]) {
			want = strings.Repeat("X", len(part))
		} else if p.Addresses && strings.ContainsAny(part, "<|>") {
			return // a matter of its own
		}
		if v.Take != len(b) || string(b[6:]) != want {
			t.Fatalf("%q became %q", part, b[6:])
		}
	})
}

func allowedIn(p Profile, w string) bool {
	for _, v := range p.Verbs {
		if strings.EqualFold(v, w) {
			return true
		}
	}
	return p.AllowTLS && strings.EqualFold(w, "STARTTLS")
}

// TestWithheldChangesNothing compares a session that withheld something with one that was never offered it.
func TestWithheldChangesNothing(t *testing.T) {
	perProfile(t, func(t *rapid.T, p Profile) {
		state := rapid.SampledFrom([]string{"BANNER", "CMD", "EHLO_PEND", "DATA"}).Draw(t, "state")
		d := Dir(rapid.IntRange(0, 1).Draw(t, "direction"))
		in := lines(commandLine(verbs)).Draw(t, "in")
		if d == ToClient {
			in = rapid.SampledFrom([]string{"", "220-a\r\n", "250-a\r\n", "250-a\r\n250-B c\r\n"}).Draw(t, "in")
		}
		in += rapid.OneOf(rapid.StringMatching(`[ -~]{0,20}`), rapid.SampledFrom([]string{"250-CHUNK", "220 x", "25", "250-"})).Draw(t, "part")
		s, other := New(&p, nil), New(&p, nil)
		s.enter(t, state)
		other.enter(t, state)
		r := offer(s, t0, d, []byte(in))
		if len(r.rest) == 0 {
			return
		}
		if !strings.HasSuffix(in, string(r.rest)) {
			t.Fatalf("%q: withheld %q was rewritten", in, r.rest)
		}
		offer(other, t0, d, []byte(in[:len(in)-len(r.rest)]))
		for _, x := range []*Session{s, other} {
			x.events, x.fired, x.first, x.answer, x.reply.until = nil, 0, [1]Event{}, [len(x.answer)]byte{}, time.Time{}
			if !x.reply.open {
				x.reply = reply{}
			}
		}
		if diff := cmp.Diff(other, s, cmp.AllowUnexported(Session{}, extra{}, message{}, field{}, text32{}, text128{},
			command{}, owed{}, run{}, reply{}, window{})); diff != "" {
			t.Fatalf("%q, withheld %q (-never offered +withheld):\n%s", in, r.rest, diff)
		}
	})
}

// TestAnswersKeepOrder plays 4.0: a client that pipelines at will sees the reply to each line in the order of the lines,
// whoever gave it.
func TestAnswersKeepOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := P40()
		w := world{t: t, s: New(&p, nil)}
		w.toClient = append(w.toClient, "220 hello\r\n"...)
		var sent, want []string
		want = append(want, "220")
		for i := range rapid.IntRange(1, 30).Draw(t, "lines") {
			l := fmt.Sprintf("NOOP %d\r\n", i)
			r := fmt.Sprintf("250-%d\r\n250 %d", i, i)
			if rapid.Bool().Draw(t, "refused") {
				l, r = "KILL\r\n", "250 OK"
			}
			sent, want = append(sent, l), append(want, r)
		}
		w.toServer = []byte(strings.Join(sent, ""))
		w.reply = func(line string) string {
			n := strings.Fields(line)[1]
			return "250-" + n + "\r\n250 " + n + "\r\n"
		}
		w.run()
		got := strings.Split(strings.TrimSuffix(string(w.client), "\r\n"), "\r\n")
		got[0] = got[0][:3]
		if g, x := strings.Join(got, "\r\n"), strings.Join(want, "\r\n"); g != x {
			t.Fatalf("client saw %q, want %q", g, x)
		}
	})
}

// world is a client, a session and a server that answers what reaches it.
type world struct {
	t        *rapid.T
	s        *Session
	toServer []byte // not yet through the session
	toClient []byte
	line     []byte // the server's incomplete line
	client   []byte // what the client has seen
	reply    func(line string) string
	want     int // octets of toServer that the next try has to offer: a retransmission joined with more
}

// run brings everything through, in pieces and turns drawn at random.
func (w *world) run() {
	for idle := 0; len(w.toServer)+len(w.toClient) > 0 && idle < 2000; idle++ {
		if len(w.toServer) > 0 && (len(w.toClient) == 0 || rapid.Bool().Draw(w.t, "turn")) {
			if w.fromClient() {
				idle = 0
			}
		} else if w.fromServer() {
			idle = 0
		}
	}
	if len(w.toServer)+len(w.toClient) > 0 {
		w.t.Fatalf("stuck with %q to the server, %q to the client", w.toServer, w.toClient)
	}
}

func (w *world) fromClient() bool {
	n := min(len(w.toServer), max(w.want, rapid.IntRange(1, 60).Draw(w.t, "octets")))
	r := offer(w.s, t0, ToServer, bytes.Clone(w.toServer[:n]))
	w.client = append(w.client, r.back...)
	w.toServer = w.toServer[n-len(r.rest):]
	w.want = 0
	if len(r.rest) > 0 {
		w.want = len(r.rest) + 1
	}
	for _, c := range r.fwd {
		w.line = append(w.line, c)
		if c == '\n' {
			w.toClient = append(w.toClient, w.reply(string(w.line))...)
			w.line = nil
		}
	}
	return len(r.rest) < n
}

func (w *world) fromServer() bool {
	n := rapid.IntRange(1, len(w.toClient)).Draw(w.t, "octets")
	if w.s.reply.owes == owesEHLO || w.s.owed.head() == owesEHLO {
		n = len(w.toClient) // the tail is joined again
	}
	r := offer(w.s, t0.Add(tailWait), ToClient, bytes.Clone(w.toClient[:n]))
	if !r.again.IsZero() {
		r2 := offer(w.s, r.again, ToClient, bytes.Clone(r.rest))
		r.seen, r.rest = append(r.seen, r2.seen...), r2.rest
	}
	w.client = append(w.client, r.seen...)
	w.toClient = w.toClient[n-len(r.rest):]
	return len(r.rest) < n
}

// TestNoForbiddenVerbReachesTheServer is what Mailguard is for: whatever a client sends, and however server and client
// interleave, a line that the server takes for a command begins with an allowed verb or is none.
func TestNoForbiddenVerbReachesTheServer(t *testing.T) {
	perProfile(t, func(t *rapid.T, p Profile) {
		pol := DefaultPolicy(&p)
		pol.AllowTLS = false
		w := world{t: t, s: New(&p, pol)}
		w.toClient = append(w.toClient, "220 hello\r\n"...)
		w.toServer = []byte(lines(rapid.OneOf(
			commandLine(verbs),
			rapid.SampledFrom([]string{"DATA\r\n", "DATA\r\n", "AUTH LOGIN\r\n", ".\r\n", "KILL\r\n", "\r\n", "dXNlcg==\r\n", "DATA\n"}),
			textLine,
		)).Draw(t, "in") + "\r\n.\r\n\r\n")
		state, content := "command", ""
		w.reply = func(line string) string {
			switch state {
			case "data":
				if content += line; strings.HasSuffix(content, terminator) {
					state = "command"
					return "250 queued\r\n"
				}
				return ""
			case "auth":
				if state = "command"; rapid.Bool().Draw(t, "another") {
					state = "auth"
					return "334 more\r\n"
				}
				return "535 no\r\n"
			}
			f := strings.Fields(line)
			if len(f) == 0 && p.Reject == RejectAnswer {
				return "500 what\r\n" // else the firewall's answers would wait for it
			}
			if len(f) == 0 {
				return rapid.SampledFrom([]string{"500 what\r\n", ""}).Draw(t, "empty")
			}
			v := strings.ToUpper(f[0])
			if strings.Trim(v, "X") != "" && !allowedIn(p, v) {
				t.Fatalf("%s: the server was told %q", p.Name, line)
			}
			switch {
			case v == "DATA" && rapid.Bool().Draw(t, "go"):
				state, content = "data", "\r\n"
				return "354 go\r\n"
			case v == "AUTH" && rapid.Bool().Draw(t, "dialogue"):
				state = "auth"
				return "334 go on\r\n"
			case v == "EHLO":
				return "250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n"
			}
			return rapid.SampledFrom([]string{"250 ok\r\n", "500-no\r\n500 no\r\n"}).Draw(t, "reply")
		}
		w.run()
		if strings.Contains(string(w.client), "STARTTLS") {
			t.Fatalf("%s: the client was shown STARTTLS: %q", p.Name, w.client)
		}
	})
}

// TestLongLinesAreSkippedRightly compares the way that skips lines of a body with the one that reads them all, and a mail
// in one segment with the same mail in pieces: the same matches, whatever is read how.
func TestLongLinesAreSkippedRightly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := P72()
		pol := DefaultPolicy(&p)
		pol.Matches = []Rule{
			{Match: MatchBodyLine, Limit: rapid.IntRange(0, 20).Draw(t, "body line")},
			{Match: MatchBodyLine, Limit: rapid.IntRange(0, 20).Draw(t, "another")},
			{Match: MatchHeaderLine, Limit: rapid.IntRange(0, 30).Draw(t, "header line")},
			{Match: MatchFilename, Limit: rapid.IntRange(0, 6).Draw(t, "file name")},
			{Match: MatchHeader, Limit: rapid.IntRange(0, 60).Draw(t, "header")},
			{Match: MatchEncoding, Words: []string{"7BIT"}},
		}
		in := lines(rapid.OneOf(textLine, rapid.SampledFrom([]string{
			"\r\n", "--b\r\n", "-\r\n", "--\r\n", "Content-Type: a/b; name=12345\r\n", "\tfilename=\"1\\\"2\"\r\n", "Content-Transfer-Encoding: 7bit\r\n",
		}))).Filter(func(s string) bool { return !strings.Contains("\r\n"+s+"\r\n", terminator) }).Draw(t, "in") + terminator
		matches := func(plain bool, segments ...string) (hit [6]bool) {
			s := New(&p, pol)
			s.enter(t, "DATA")
			if !plain {
				s.x.plain = -1
			}
			for _, seg := range segments {
				for _, e := range offer(s, t0, ToServer, []byte(seg)).events {
					if e.Match >= 0 {
						hit[e.Match] = true
					}
				}
			}
			if s.InData() {
				t.Fatalf("%q did not end", in)
			}
			return hit
		}
		want := matches(false, in)
		if got := matches(true, in); got != want {
			t.Fatalf("%q: skipping %v, reading %v", in, got, want)
		}
		if got := matches(true, cut(t, in)...); got != want {
			t.Fatalf("%q: cut %v, whole %v", in, got, want)
		}
		if x, oracle := want[2], slowHeaderLine(in, pol.Matches[2].Limit); x != oracle {
			t.Fatalf("%q: header line over %d: %v, want %v", in, pol.Matches[2].Limit, x, oracle)
		}
	})
}

// slowHeaderLine reports whether the header of a mail has a line over limit.
func slowHeaderLine(mail string, limit int) bool {
	for l := range strings.Lines(strings.TrimSuffix(mail, ".\r\n")) {
		l = strings.TrimSuffix(strings.TrimSuffix(l, "\n"), "\r")
		if l == "" {
			return false
		}
		if len(l) > limit {
			return true
		}
	}
	return false
}

// TestGreetingRule compares the mask with the rule as the KB words it, on whole lines.
func TestGreetingRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := "220 " + rapid.StringMatching(`[02 a-z]{0,40}`).Draw(t, "text") + "\r\n"
		want := []byte(in)
		for i := 4; i < len(in)-2; i++ {
			if c := in[i]; c != '2' && c != '0' && !(c == ' ' && in[i-1] == '0') {
				want[i] = '*'
			}
		}
		if got := through(t, P60(), "BANNER", ToClient, cut(t, in)...); got != string(want) {
			t.Fatalf("%q became %q, want %q", in, got, want)
		}
	})
}
