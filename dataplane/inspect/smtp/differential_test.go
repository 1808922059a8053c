package smtp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pixsim/dataplane/inspect/smtp"
)

// engines are the profiles that the differential plays. Of each group of options that a release has a place for one is
// drawn; the default is named by "".
var engines = []struct {
	name    string
	profile func() smtp.Profile
	options [][]string
}{
	{"P40", smtp.P40, [][]string{{"", "reject=noop", "reject=x"}, {"", "banner=cmap-recog"}}},
	{"P42", smtp.P42, [][]string{{"", "reject=ok", "reject=x"}, {"", "banner=cmap-recog"}, mailFlaws}},
	{"P44", smtp.P44, [][]string{{"", "reject=x"}, mailFlaws}},
	{"P51", smtp.P51, [][]string{{"", "reject=noop"}, {"", "banner=stars"}, mailFlaws}},
	{"P60", smtp.P60, [][]string{{"", "reject=noop"}, {"", "banner=stars", "banner=pass"}, mailFlaws}},
	{"P70s", func() smtp.Profile { return smtp.SMTPOnly(smtp.P70()) }, [][]string{{"", "banner=stars"}}},
	{"P70", smtp.P70, [][]string{{"", "vrfy=shown"}, {"", "banner=stars"}, {"", "dup-header=on"}}},
	{"P72", smtp.P72, [][]string{{"", "vrfy=shown"}, {"", "banner=stars"}, {"", "allow-tls=on"}, {"", "", "dup-header=on"}}},
	{"P83", smtp.P83, [][]string{{"", "vrfy=shown"}, {"", "banner=stars"}, {"", "allow-tls=on"}}},
	{"P94", smtp.P94, [][]string{{"", "vrfy=shown"}, {"", "banner=stars"}, {"", "allow-tls=off"}}},
}

var mailFlaws = []string{"", "", "", "", "data-bypass=on", "data-regress=on", "eod-withhold=on", "eod-reset=on", "eod-eat-reply=on", "eod-segment-start=on", "noop-desync=on"}

// offer gives a segment to the engine as often as its verdict asks for.
func offer(s *smtp.Session, d smtp.Dir, seg string) view {
	var v view
	b := []byte(seg)
	for {
		w := s.Segment(time.Unix(1e9, 0), d, b)
		if d == smtp.ToServer {
			v.toServer += string(b[:w.Take])
		} else {
			v.toClient += string(b[:w.Take])
		}
		v.toClient += string(w.Answer)
		for _, e := range w.Events {
			if l := entry(e); l != "" {
				v.log = append(v.log, l)
			}
		}
		b = b[w.Take+w.Swallow:]
		v.rest, v.act = string(b), w.Act
		if len(b) == 0 || w.Swallow == 0 && len(w.Answer) == 0 {
			if v.act == smtp.DropConn || v.act == smtp.Reset {
				v.rest = ""
			}
			return v
		}
	}
}

// entry is what the oracle says of an event.
func entry(e smtp.Event) string {
	switch e.Kind {
	case smtp.EventReplaced:
		return fmt.Sprintf("replaced %s: %s", e.Class, e.Info)
	case smtp.EventMailAddress:
		return "mail address"
	case smtp.EventMatched, smtp.EventLogged:
		return fmt.Sprintf("%s: %s", e.Class, e.Info)
	case smtp.EventSize:
		return e.Info
	case smtp.EventTLS:
		return "TLS"
	case smtp.EventBanner:
		return "a greeting masked"
	case smtp.EventCounted:
		return "a list masked" // the one rule of the default map without a log
	}
	return ""
}

// play is a dialogue as it grows: what is sent next fits what the oracle believes, mostly.
type play struct {
	t    *rapid.T
	o    *oracle
	text strings.Builder // so far, for a failure
}

func (p *play) say(d smtp.Dir, seg string) {
	who := "C"
	if d == smtp.ToClient {
		who = "S"
	}
	fmt.Fprintf(&p.text, "%s %q\n", who, seg)
}

func (p *play) of(name string, texts ...string) string {
	return texts[p.pick(len(texts), name)]
}

// pick is one of n, each as likely as the other: rapid's own choice prefers the first ones by far.
func (p *play) pick(n int, name string) int {
	at := 0
	for k := 1; k < n; k *= 2 {
		at *= 2
		if rapid.Bool().Draw(p.t, name) {
			at++
		}
	}
	return at % n
}

// chance is true once in n times, about.
func (p *play) chance(n int, name string) bool { return p.pick(n, name) == n-1 }

// next is a segment, and whether it may be cut anywhere: messages, dialogues and replies may.
func (p *play) next() (smtp.Dir, string) {
	// The client waits often, and always before the engine would make it wait (package comment: 32 runs of commands).
	patience := 4
	if len(p.o.owed) > 0 {
		patience = 2
	}
	if waits := p.o.inReply != "" || len(slices.Compact(slices.Clone(p.o.owed))) > 12; waits && !p.chance(8, "hurry") || p.chance(patience, "side") {
		return smtp.ToClient, p.replies()
	}
	switch {
	case p.o.mode == "tls":
		return smtp.ToServer, p.of("tls", "\x16\x03\x01\x00\x05KILL\r\n", "KILL\r\n", "\x00")
	case p.o.mode == "data" && !p.chance(40, "foul"):
		return smtp.ToServer, p.mail()
	case p.o.mode == "auth" && !p.chance(10, "foul"):
		return smtp.ToServer, p.of("auth", "dXNlcg==\r\n", "*\r\n", "\r\n", "dXNl", "KILL\r\n", "cGFzcw==\r\nMAIL FROM:<a@x>\r\n", strings.Repeat("Y", 600)+"\r\n")
	}
	var s strings.Builder
	for range []int{1, 1, 1, 1, 1, 2, 3, 5}[p.pick(8, "lines")] {
		s.WriteString(p.command())
	}
	return smtp.ToServer, p.part(s.String())
}

// part takes the end of the last line away, sometimes, or begins with what is missing of one. Brackets stay clean.
func (p *play) part(s string) string {
	if b := p.o.begun; b != "" {
		missing := p.of("missing", "\r\n", "\n", "", "x\r\n", " y\r\n", "HELO x\r\n", "\r", "a.example\r\n")
		if strings.Contains(b, "<") && !strings.Contains(b, ">") {
			missing = p.of("bracket", "", "@b.example") + ">" + missing
		}
		if !strings.HasSuffix(missing, "\n") {
			return missing
		}
		s = missing + s
	}
	at := strings.LastIndex(strings.TrimSuffix(s, "\n"), "\n") + 1
	last := s[at:]
	from, to := strings.Index(last, "<"), strings.Index(last, ">")
	if clean := strings.Count(last, "<") < 2 && strings.Count(last, ">") < 2 && !strings.Contains(last, "|") && (from < 0) == (to < 0) && from <= to; !clean || !p.chance(8, "part") {
		return s
	}
	return s[:at+1+p.pick(len(last), "at")]
}

func (p *play) command() string {
	var s string
	switch p.of("kind", "flow", "flow", "flow", "usual", "usual", "foul", "long", "bulk") {
	case "flow":
		s = p.of("flow", "DATA", "DATA", "DATA", "AUTH LOGIN", "AUTH LOGIN", "AUTH PLAIN", "EHLO mx.a.example", "EHLO mx.a.example",
			"EHLO mx.a.example", "STARTTLS", "MAIL FROM:<a@a.example> SIZE=40", "RCPT TO:<b@b.example>", "HELO mx", "NOOP", "KILL", "")
	case "usual":
		s = p.of("usual", "EHLO mx.a.example", "EHLO mx.a.example", "HELO mx", "MAIL FROM:<a@a.example>", "MAIL FROM:<a@a.example> SIZE=40 BODY=8BITMIME",
			"MAIL FROM:<>", "RCPT TO:<b@b.example>", "RCPT TO: <b@b.example>", "DATA", "DATA", "DATA", "RSET", "NOOP", "QUIT",
			"AUTH LOGIN", "AUTH PLAIN AGEAYg==", "AUTH NTLM", "STARTTLS", "starttls", "VRFY root", "EXPN staff", "ETRN b.example", "HELP", "SEND FROM:<a@b>",
			"SOML FROM:<a@b>", "SAML FROM:<a@b>", "TURN", "ATRN b.example", "XEXCH50 24 2", "X-LINK2STATE LAST CHUNK={00000028}", "X-EXPS GSSAPI", "KILL", "WIZ", "DEBUG",
			"goodmorning", "BDAT 12 LAST\r\nabcd\r\nefgh", "")
	case "foul":
		s = p.of("foul", "", " ", "\t ", " NOOP", "\tKILL me", "HI", "H", ".", "..", "noop\tx", "Mail From:<a|b>", "RCPT TO:bob>contoso<", "RCPT TO:<<b>>", "RCPT TO:<b",
			"RCPT TO:b>", "RCPT TO:<b><c>", "MAIL FROM:<\"|/bin/mail\"@x> SIZE=1", "MAIL FROM:<a@x> SIZE=99999999999999999999", "SEND FROM:<a|b>", "EHLO <|>", "HELO\x00", "KILL\x00 x",
			"\x00", "DATA x", "NOOP\xff", "\xff\xfe \xe4", "MAIL FROM:<\xe4|\xf6>", "KI\rLL x", "NOOP \r", "HELOx", "HELO:x", "RSET\rKILL", "DATA\r", "\r", "\r", " \r\r", "NOOPNOOP a  b", "quit ")
	case "long":
		n := []int{100, 319, 320, 321, 499, 500, 505, 506, 509, 510, 511, 600}[p.pick(12, "n")]
		s = p.of("verb", "NOOP ", "KILL ", "MAIL FROM:<", "RCPT TO:<|", "", " ") + strings.Repeat("a", n) + p.of("tail", "", ">")
	default:
		s = strings.TrimSuffix(strings.Repeat("RCPT TO:<b@b.example>\r\n", p.many(3, 101)), "\r\n")
	}
	return s + p.of("end", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n")
}

func (p *play) many(few, many int) int {
	if p.chance(10, "bulk") {
		return many
	}
	return few
}

func (p *play) mail() string {
	var s strings.Builder
	for range 1 + p.pick(5, "lines") {
		s.WriteString(p.of("mail", "Subject: t\r\n", "Received: by a\r\n", "Received: by b\r\n", "To: b\r\n", "To: c\r\n", "Content-Disposition: attachment; filename=\"a.txt\"\r\n", " folded\r\n", "\r\n", "text\r\n", "EHLO x\r\n", "KILL me\r\n",
			"..\r\n", "a\n.\nb\r\n", "\n", ". \r\n", ".\r", "\r.\r\n", "\xe4\x00\xff\r\n", "cut", ".", "\r\n.\r\n", "\r\n.\r\n", ".\r\n",
			"\r\n.\r\nRSET\r\nKILL me\r\n", "\r\n.\r\n.\r\n", "DATA\r\n", "AUTH LOGIN\r\n", "X-Long: "+strings.Repeat("h", 989)+"\r\n", strings.Repeat("l", 998)+"\r\n"))
		if p.chance(30, "over") {
			s.WriteString(p.of("over", "X-Long: "+strings.Repeat("h", 991)+"\r\n", strings.Repeat("l", 999)+"\r\n",
				"Content-Disposition: attachment; filename=\""+strings.Repeat("n", 255)+"\"\r\n", "Content-Disposition: attachment; filename=\""+strings.Repeat("n", 256)+"\"\r\n"))
		}
	}
	out := s.String()
	switch { // the end of data in two segments
	case strings.HasSuffix(p.o.text, "\r\n.") && p.chance(2, "rest"):
		out = "\r\n" + out
	case p.o.p.Flaws != 0 && p.chance(3, "cut"), p.chance(8, "cut"):
		out += p.of("cut", "\r", "\r\n", "\r\n.", "\r\n.", "\r\n.\r")
	}
	// What follows an end of data is commands, which this test does not cut.
	if at := strings.Index(p.o.text+out, end); at >= 0 && !strings.HasSuffix(out, "\n") {
		out += "\r\n"
	}
	return out
}

// replies are those to some of the commands that wait, or too many of them.
func (p *play) replies() string {
	var s strings.Builder
	queue := p.o.owed
	if p.o.inReply != "" {
		s.WriteString(p.of("last", "250 end\r\n", "220 end 20 0 \r\n", "250-more\r\n250 end\r\n", "500 end\r\n", "354 end\r\n"))
	}
	for n := range []int{1, 2, 110, 110, 110}[p.pick(5, "replies")] {
		kind := ""
		if n < len(queue) {
			kind = queue[n].kind
		} else if n > 0 {
			break
		}
		s.WriteString(p.reply(kind))
	}
	return s.String()
}

func (p *play) reply(kind string) string {
	if p.chance(32, "any") {
		kind = p.of("any kind", "greeting", "EHLO", "DATA", "AUTH", "STARTTLS", "junk", "open", "")
	}
	if p.chance(12, "refuse") {
		return p.of("refuse", "421 4.3.2 closing\r\n", "450 no\r\n", "500 5.3.3 Unrecognized command\r\n", "503-no\r\n503 5.5.2 Need Rcpt command.\r\n", "554 no\r\n", "235 ok\r\n")
	}
	switch kind {
	case "greeting":
		return p.of("greeting", "220 exch1.lab.loc Microsoft ESMTP MAIL Service, Version: 5.0.2195.4905 ready at  Thu, 3 Oct 2002 13:14:25 -0500 \r\n",
			"220 mx ESMTP Postfix\r\n", "220-iis4.lab.loc Microsoft SMTP MAIL ready at Sat, 20 Jan 2001 08:15:33 -0500 Version: 5.5.1877.197.19\r\n220 ESMTP spoken here\r\n",
			"220-mx20 a 0 b\r\n220- \r\n220-\r\n220 0 2 ready\r\n", "220 2 0 2 00 x\r\n", "220 hi\r\n", "220\r\n", "220 \r\n", "220 \xff\x00\t0 0  \r\n", "220 ab 0 \n", "220-a\n220 b 2\r\n",
			"220 "+strings.Repeat("20 ab ", 100)+"\r\n")
	case "EHLO":
		return p.capabilities()
	case "DATA":
		return p.of("DATA", "354 Start mail input; end with <CRLF>.<CRLF>\r\n", "354 go\r\n", "354 go\r\n", "354-go\r\n354 on\r\n", "503 5.5.2 Need Rcpt command.\r\n")
	case "AUTH":
		return p.of("AUTH", "334 VXNlcm5hbWU6\r\n", "334 \r\n", "334 ntlm supported\r\n", "334\r\n", "235 2.7.0 ok\r\n", "535 5.7.3 no\r\n", "504 what\r\n")
	case "STARTTLS":
		return p.of("STARTTLS", "220 2.0.0 SMTP server ready 20\r\n", "220 go\r\n", "454 4.7.0 no\r\n", "220-a\r\n220 b\r\n")
	case "junk":
		return p.of("junk", "OK\r\n", "\r\n", "25\r\n", "250\r\n", "abcd\r\n", "250 ok\n", "250\xff\r\n", "\n", "2 0 0 \r\n", "-a-\r\n", "250_x\r\n")
	case "open":
		return p.of("open", "250-more\r\n", "220-more\r\n", "500-more\r\n", "354-more\r\n", "334-more\r\n")
	}
	return p.of("reply", "250 ok\r\n", "250 2.1.0 a@b....Sender OK\r\n", "250-mx\r\n250-STARTTLS\r\n250 HELP\r\n", "250 2.0.0 OK\r\n", "214-a\r\n214 HELO EHLO STARTTLS\r\n", "252 x\r\n", "200 LAST CHUNK={0}\r\n", "251 b\r\n")
}

// capabilityLists are those of servers that were seen, and some that nobody would send.
var capabilityLists = []string{
	"XEXCH50|HELP|VRFY|SIZE 0|ETRN",
	"XEXCH50|HELP|ETRN|DSN|SIZE 0|AUTH LOGIN|AUTH=LOGIN",
	"XEXCH50|HELP|ETRN|DSN|SIZE 0|AUTH LOGIN|AUTH=LOGIN|STARTTLS|TLS",
	"AUTH GSSAPI NTLM LOGIN|AUTH=LOGIN|TURN|ATRN|SIZE|ETRN|PIPELINING|DSN|ENHANCEDSTATUSCODES|8bitmime|BINARYMIME|CHUNKING|VRFY|TLS|STARTTLS|OK",
	"AUTH GSSAPI NTLM|TURN|SIZE 2097152|ETRN|PIPELINING|DSN|ENHANCEDSTATUSCODES|8bitmime|BINARYMIME|CHUNKING|VRFY|OK",
	"TURN|ATRN|SIZE 2097152|ETRN|PIPELINING|DSN|ENHANCEDSTATUSCODES|8bitmime|BINARYMIME|CHUNKING|VRFY|X-EXPS GSSAPI NTLM LOGIN|X-EXPS=LOGIN|AUTH GSSAPI NTLM LOGIN|AUTH=LOGIN|XEXCH50|X-LINK2STATE|OK",
	"SIZE|PIPELINING|DSN|ENHANCEDSTATUSCODES|STARTTLS|X-ANONYMOUSTLS|AUTH NTLM|X-EXPS GSSAPI NTLM|8BITMIME|BINARYMIME|CHUNKING|XEXCH50|XRDST|XSHADOW",
	"PIPELINING|SIZE 10240000|VRFY|ETRN|STARTTLS|AUTH|ENHANCEDSTATUSCODES|8BITMIME|DSN|CHECKPOINT|DELIVERBY|SMTPUTF8",
	"a||\t| SIZE|SIZE\t1|size=9|SIZES|\xe4|X|STARTTLS x|A|B|C|D|E|F|G|H|I|J|K|L|M|N|O|P|Q|R|S|T|U|V|W|X|Y|Z|AA|STARTTLS",
	"OK", "",
}

func (p *play) capabilities() string {
	lines := append([]string{"mx.b.example Hello [198.51.100.25]"}, strings.Split(p.of("capabilities", capabilityLists...), "|")...)
	if p.chance(5, "one") {
		lines = lines[:1]
	}
	var s strings.Builder
	for i, l := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		s.WriteString("250" + mark + l + p.of("end", "\r\n", "\r\n", "\r\n", "\n"))
	}
	return s.String()
}

// TestOracle plays dialogues to the engine and to the oracle, and compares what each side gets to see, segment by segment.
// A second session gets the same with cuts where they do not matter.
//
// go test ./dataplane/inspect/smtp -run TestOracle -args -rapid.checks=100000 is a long run.
func TestOracle(t *testing.T) {
	all, ran := reached{}, 0
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			got := reached{}
			rapid.Check(t, func(t *rapid.T) {
				p := e.profile()
				p.Name = e.name
				for _, group := range e.options {
					o := rapid.SampledFrom(group).Draw(t, "option")
					if o == "" {
						continue
					}
					p.Name += " " + o
					if err := p.Set(o); err != nil {
						t.Fatal(err)
					}
				}
				differ(t, p, got)
			})
			for what, n := range got {
				all[what] += n
			}
			ran++
		})
	}
	if ran < len(engines) || t.Failed() {
		return // -run chose some
	}
	for _, what := range []string{
		"command", "data", "auth", "tls", "act 0", "act 1", "act 2", "act 3", "act 4", "answers", "answers that wait", "withheld", "logs", "a masked list", "a part",
	} {
		if all[what] == 0 {
			t.Errorf("no dialogue came to %q", what)
		}
	}
}

// reached counts what the dialogues of a run came to, so that they are known to try everything.
type reached map[string]int

func differ(t *rapid.T, p smtp.Profile, got reached) {
	var pol *smtp.Policy
	if p.Maps {
		pol = smtp.DefaultPolicy(&p)
		pol.AllowTLSLog = rapid.Bool().Draw(t, "TLS log")
		pol.MaskBanner = !rapid.Bool().Draw(t, "no mask-banner")
		if rapid.IntRange(0, 3).Draw(t, "special") == 3 {
			pol.Special = smtp.Parameter{On: true, Action: smtp.ActionDrop, Log: true}
		}
	}
	x := &play{t: t, o: newOracle(p, pol)}
	s, cut := smtp.New(&p, pol), smtp.New(&p, pol)
	var pending string // what the client has to send again
	for range 8 + x.pick(32, "turns") {
		d, seg := x.next()
		if d == smtp.ToServer {
			seg, pending = pending+seg, ""
		}
		x.say(d, seg)
		want, cuts := x.expect(d, seg)
		have := offer(s, d, seg)
		if diff := gocmp.Diff(want, have, gocmp.AllowUnexported(view{})); diff != "" {
			t.Fatalf("%s, then in mode %s:\n%s-oracle +engine:\n%s", p.Name, x.o.mode, x.text.String(), diff)
		}
		if s.InData() != (x.o.mode == "data") {
			t.Fatalf("%s:\n%sInData is %v", p.Name, x.text.String(), s.InData())
		}
		got.note(x.o, d, want)
		if p.Flaws&looksAtSegments == 0 {
			pieces := x.pieces(seg, cuts)
			have = offerPieces(cut, d, pieces)
			want.log = nil
			if ends(want.act) {
				have.toServer = "" // what stood in front of the last piece went on
			}
			if diff := gocmp.Diff(want, have, gocmp.AllowUnexported(view{})); diff != "" {
				t.Fatalf("%s, then in mode %s:\n%scut as %q\n-oracle +engine:\n%s", p.Name, x.o.mode, x.text.String(), pieces, diff)
			}
		}
		if ends(want.act) || want.act == smtp.DropSegment || d == smtp.ToClient && want.rest != "" {
			return // the end, or a flaw that lets nothing through any more
		}
		pending = want.rest
	}
}

func (r reached) note(o *oracle, d smtp.Dir, v view) {
	for what, there := range map[string]bool{
		o.mode:                    true,
		fmt.Sprint("act ", v.act): true,
		"answers":                 d == smtp.ToServer && v.toClient != "",
		"answers that wait":       slices.Contains(o.owed, debt{kind: "OK"}),
		"withheld":                v.act == smtp.Pass && v.rest != "",
		"logs":                    len(v.log) > 0,
		"a part":                  o.begun != "",
		"a masked list":           strings.Contains(v.toClient, "XXXA\r\n"),
	} {
		if there {
			r[what]++
		}
	}
}

const looksAtSegments = smtp.FlawEODWithhold | smtp.FlawEODReset | smtp.FlawEODEatReply | smtp.FlawEODSegmentStart

func ends(a smtp.Act) bool { return a == smtp.DropConn || a == smtp.Reset }

// expect is what the oracle says of a segment, and where it may be cut: a server's anywhere, but for lines that are too
// long to be waited for.
func (p *play) expect(d smtp.Dir, seg string) (want view, cuts []int) {
	if d == smtp.ToServer {
		want = p.o.client(seg)
		cuts, want.cuts = want.cuts, nil
		return want, cuts
	}
	want = p.o.server(seg)
	at := 0
	for line := range strings.Lines(seg) {
		for i := range line {
			if at+i > 0 && (i == 0 || len(line) <= 512) {
				cuts = append(cuts, at+i)
			}
		}
		at += len(line)
	}
	return want, cuts
}

// pieces cuts a segment at some of the places where it may be cut.
func (p *play) pieces(seg string, cuts []int) []string {
	if len(cuts) == 0 {
		return []string{seg}
	}
	places := rapid.SliceOfNDistinct(rapid.SampledFrom(cuts), 0, 5, rapid.ID[int]).Draw(p.t, "cuts")
	slices.Sort(places)
	var out []string
	from := 0
	for _, at := range append(places, len(seg)) {
		out, from = append(out, seg[from:at]), at
	}
	return out
}

// offerPieces gives pieces as a TCP does that delivers in order: what was withheld comes again with what follows.
func offerPieces(s *smtp.Session, d smtp.Dir, pieces []string) view {
	var all view
	for _, piece := range pieces {
		v := offer(s, d, all.rest+piece)
		all.toServer += v.toServer
		all.toClient += v.toClient
		all.rest, all.act = v.rest, v.act
		if ends(v.act) {
			break
		}
	}
	return all
}
