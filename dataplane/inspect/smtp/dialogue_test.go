package smtp

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// server is a mail server that answers each line as it likes, and so says what the next octets of a client are.
type server struct {
	t       *rapid.T
	state   string // "", "data", "auth"
	content string
	line    string
}

// gets hands the server what was let through and returns what it says to it.
func (m *server) gets(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		if m.line += string(c); c == '\n' {
			out.WriteString(m.answer(m.line))
			m.line = ""
		}
	}
	return out.String()
}

func (m *server) says(name string, texts ...string) string {
	return rapid.SampledFrom(texts).Draw(m.t, name)
}

func (m *server) answer(line string) string {
	switch m.state {
	case "data":
		if m.content += line; strings.HasSuffix(m.content, terminator) {
			m.state = ""
			return m.says("end", "250 queued\r\n", "554-no\r\n554 no\r\n")
		}
		return ""
	case "auth":
		m.state = ""
		if r := m.says("auth", "334 bW9yZQ==\r\n", "235 ok\r\n", "535 no\r\n"); r[0] != '3' {
			return r
		}
		m.state = "auth"
		return "334 bW9yZQ==\r\n"
	}
	verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
	r := "500 what\r\n"
	switch verb {
	case "":
	case "DATA":
		r = m.says("DATA", "354 go\r\n", "503 no\r\n")
	case "AUTH":
		r = m.says("AUTH", "334 \r\n", "235 ok\r\n", "504 no\r\n")
	case "EHLO":
		r = m.says("EHLO", "250-mx\r\n250-STARTTLS\r\n250-SIZE 5\r\n250 HELP\r\n", "250 mx\r\n", "502 no\r\n")
	case "RCPT":
		r = m.says("RCPT", "250 ok\r\n", "550 no\r\n")
	case "STARTTLS":
		r = "454 not now\r\n"
	default:
		r = m.says("reply", "250 ok\r\n", "250-a\r\n250 b\r\n", "500 no\r\n")
	}
	switch r[:3] {
	case "354":
		m.state, m.content = "data", "\r\n"
	case "334":
		m.state = "auth"
	}
	return r
}

// turn is what one side says at once.
type turn struct {
	d     Dir
	text  string
	lines bool // commands: a cut within a line would change what becomes of them
}

// play brings turns through a session, each cut by cutting, and returns what the two sides got.
func play(t failer, s *Session, turns []turn, cutting func(turn) []string) (toServer, toClient string) {
	var pool [2][]byte // an EHLO's tail; what a client sends again, for which it has to wait for its replies
	offered := func(d Dir, seg string) bool {
		b := append(bytes.Clone(pool[d]), seg...)
		r := offer(s, t0, d, b)
		if r.act == DropConn || r.act == Reset {
			t.Fatalf("%q: act %d", seg, r.act)
		}
		if len(r.rest) > 0 && r.again.IsZero() && d == ToClient {
			t.Fatalf("%q: withheld %q", seg, r.rest)
		}
		pool[d] = r.rest
		if d == ToServer {
			toServer += string(r.fwd)
		}
		toClient += string(r.seen)
		return len(r.rest) < len(b)
	}
	for _, u := range turns {
		for _, seg := range cutting(u) {
			offered(u.d, seg)
		}
		for len(pool[ToServer]) > 0 && offered(ToServer, "") {
		}
	}
	return toServer, toClient
}

// TestCutsChangeNothing plays whole connections twice, with each turn in one segment and cut: commands between their
// lines, messages, dialogues and replies anywhere.
func TestCutsChangeNothing(t *testing.T) {
	reached := map[string]map[string]int{}
	for _, x := range profiles {
		reached[x.p().Name] = map[string]int{}
	}
	property := func(t *rapid.T, p Profile) {
		p.AllowTLS = rapid.Bool().Draw(t, "TLS") && p.Maps
		s, m := New(&p, nil), &server{t: t}
		turns := []turn{{ToClient, "220-mx20 0\r\n220 a b\r\n", false}}
		play(t, s, turns, whole)
		for range rapid.IntRange(1, 8).Draw(t, "turns") {
			reached[p.Name][m.state]++
			u := turn{ToServer, "", false}
			switch m.state {
			case "data":
				u.text = lines(textLine).Draw(t, "text")
				if rapid.Bool().Draw(t, "end") {
					u.text += terminator
				}
				if at := strings.Index("\r\n"+u.text, terminator); at >= 0 {
					u.text = u.text[:at+len(terminator)-2] // what follows would be commands
				} else if len(m.content+m.line) > 4 {
					u.text += "a\r\n" // the dot of an earlier turn ends nothing
				}
			case "auth":
				u.text = rapid.StringMatching(`[A-Za-z0-9+/=*]{0,30}`).Draw(t, "blob") + "\r\n"
			default:
				u.lines = true
				u.text = lines(commandLine(rapid.OneOf(verbs, rapid.SampledFrom([]string{"DATA", "AUTH", "EHLO"})))).Draw(t, "commands")
			}
			toServer, _ := play(t, s, []turn{u}, whole)
			turns = append(turns, u)
			if r := m.gets([]byte(toServer)); r != "" {
				turns = append(turns, turn{ToClient, r, false})
				play(t, s, turns[len(turns)-1:], whole)
			}
		}
		wantServer, wantClient := play(t, New(&p, nil), turns, whole)
		gotServer, gotClient := play(t, New(&p, nil), turns, func(u turn) []string {
			if !u.lines {
				return cut(t, u.text)
			}
			return strings.SplitAfter(u.text, "\n")
		})
		if gotServer != wantServer {
			t.Fatalf("%s: the server got %q, cut %q", p.Name, wantServer, gotServer)
		}
		if gotClient != wantClient {
			t.Fatalf("%s: the client got %q, cut %q", p.Name, wantClient, gotClient)
		}
	}
	perProfile(t, property)
	for _, x := range profiles {
		p := x.p()
		got := reached[p.Name]
		whole := func() bool { return got[""] > 0 && got["data"] > 0 && (got["auth"] > 0 || !allowedIn(p, "AUTH")) }
		for i := 0; i < 20 && !whole(); i++ { // chance may leave one out
			rapid.Check(t, func(t *rapid.T) { property(t, x.p()) })
		}
		if !whole() {
			t.Errorf("%s: the dialogues reached %v", p.Name, got)
		}
	}
}

func whole(u turn) []string {
	if u.text == "" {
		return nil
	}
	return []string{u.text}
}

var hasA = regexp.MustCompile("a")

// busyPolicy has every match there is, with limits that are soon over, and one action for all that can have it.
func busyPolicy(p *Profile, a Action) *Policy {
	pol := DefaultPolicy(p)
	pol.Special, pol.MailRelay = Parameter{On: true, Action: ActionNone, Log: true}, Relay{"x", Parameter{On: true, Log: true}}
	if a == ActionDrop {
		pol.Special.Action, pol.MailRelay.Action = a, a
	}
	pol.Matches = nil
	for m := MatchLine; int(m) < matchCount; m++ {
		r := Rule{Match: m, Limit: 3, Action: a, Log: m%2 == 0, Rate: 2}
		switch m {
		case MatchVerb:
			r.Words = []string{"HELP", "UNKNOWN"}
		case MatchEHLO:
			r.Words = []string{"SIZE", "OTHERS"}
		case MatchEncoding:
			r.Words = []string{"7BIT", "OTHERS"}
		case MatchFiletype, MatchSenderRegex:
			r.Regex = hasA
		}
		if a == ActionMask && m != MatchVerb && m != MatchEHLO || a == ActionRate && m != MatchVerb {
			r.Action = ActionNone
		}
		not := r
		not.Not, not.Action, not.Limit = true, ActionNone, 1
		pol.Matches = append(pol.Matches, r, not)
	}
	return pol
}

// fitting is what a server that goes by the book might say next.
func fitting(s *Session) *rapid.Generator[string] {
	switch s.owed.head() {
	case owesGreeting:
		return rapid.SampledFrom([]string{"220 a 20 b\r\n", "220-a 0 \r\n220 b\r\n", "554 no\r\n"})
	case owesEHLO:
		return rapid.SampledFrom([]string{"250-mx\r\n250-SIZE 5\r\n250-CHUNKING\r\n250-STARTTLS\r\n250 OK\r\n", "500 no\r\n"})
	case owesDATA:
		return rapid.SampledFrom([]string{"354 go\r\n", "354 go\r\n", "503 no\r\n"})
	case owesAuth:
		return rapid.SampledFrom([]string{"334 bW9yZQ==\r\n", "334 \r\n", "235 ok\r\n", "535 no\r\n"})
	case owesTLS:
		return rapid.SampledFrom([]string{"220 go\r\n", "454 no\r\n", "454 no\r\n"})
	case owesRCPT:
		return rapid.SampledFrom([]string{"250 ok\r\n", "550 no\r\n"})
	}
	return rapid.SampledFrom([]string{"250 ok\r\n", "250-a\r\n250 b\r\n", "500 no\r\n"})
}

// sensible is what a client that goes by the book might say next.
func sensible(s *Session) *rapid.Generator[string] {
	switch s.mode {
	case modeData:
		return rapid.SampledFrom([]string{"To: a\r\n", "\r\n", "text\r\n", "..\r\n", ".\r\n", "\r\n.\r\n", "a\r\n.", "\r\n", "--b\r\nContent-Type: a/b; name=abcd\r\n", "Content-Transfer-Encoding: 7bit\r\n"})
	case modeAuth:
		return rapid.SampledFrom([]string{"dXNlcg==\r\n", "*\r\n", "dXN"})
	}
	return rapid.SampledFrom([]string{
		"EHLO x\r\n", "MAIL FROM:<a@x> SIZE=4\r\n", "RCPT TO:<b@y>\r\n", "RCPT TO:<b|>@x\r\n", "DATA\r\n", "DATA\r\n", "AUTH LOGIN\r\n", "AUTH LOGIN\r\n", "STARTTLS\r\n", "NOOP\r\n",
		"RSET\r\n", "HELP a\r\n", "EXPN a\r\n",
	})
}
