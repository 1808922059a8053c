package stream

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"

	"pgregory.net/rapid"
)

// What the engine makes of a dialogue must not depend on the wires: over a Conn, with loss, duplication, reordering and
// other segments, both ends get octet for octet what the engine alone makes of the same words, handed to it one after the
// other. Segments are cut anew only where the profile says that it does not matter.

var profiles = []struct {
	name string
	p    func() smtp.Profile
}{
	{"P40", smtp.P40}, {"P42", smtp.P42}, {"P44", smtp.P44}, {"P51", smtp.P51}, {"P60", smtp.P60},
	{"P70", smtp.P70}, {"P72", smtp.P72}, {"P83", smtp.P83}, {"P94", smtp.P94},
	{"SMTPOnly", func() smtp.Profile { return smtp.SMTPOnly(smtp.P72()) }},
}

// variants are the options of the engine, but for the flaws in which the ends of segments matter.
var variants = func() (all []string) {
	for _, o := range smtp.Options() {
		if strings.HasPrefix(o.Name, "eod-") {
			continue
		}
		for _, v := range o.Values {
			all = append(all, o.Name+"="+v)
		}
	}
	return all
}()

// turn is what one end says at a stretch, once both have heard everything before.
type turn struct {
	d     smtp.Dir
	text  string
	whole bool      // it is cut only between its lines
	heard [2]string // what arrives for it, by the direction it travels in
}

// script is a dialogue as the engine alone lets it pass.
type script struct {
	t     *rapid.T
	p     *smtp.Profile
	s     *smtp.Session
	now   time.Time
	turns []turn
	over  bool // nothing more can be said
	tls   bool
}

func newScript(t *rapid.T, p *smtp.Profile) *script {
	return &script{t: t, p: p, s: smtp.New(p, nil), now: epoch}
}

// say hands one turn to the engine and returns what the other end hears.
func (c *script) say(d smtp.Dir, text string, whole bool) string {
	if c.over {
		return ""
	}
	u := turn{d: d, text: text, whole: whole}
	rest := []byte(text)
	for idle := 0; len(rest) > 0; idle++ {
		v := c.s.Segment(c.now, d, rest)
		if v.Act == smtp.DropConn || v.Act == smtp.Reset || idle > 100 {
			c.over = true // what the connection ends with is another test's
			return ""
		}
		u.heard[d] += string(rest[:v.Take])
		u.heard[toC] += string(v.Answer)
		rest = rest[v.Take+v.Swallow:]
		c.tls = c.tls || v.Act == smtp.Detach
		if !v.Again.IsZero() {
			c.now = v.Again
		}
	}
	c.turns = append(c.turns, u)
	return u.heard[d]
}

// request is a group of commands and what the server says to what it hears of them.
func (c *script) request(text string) (heard, reply string) {
	heard = c.say(toS, text, c.p.Part == smtp.PartMask)
	ehlo := false
	for line := range strings.Lines(heard) {
		r := c.reply(line)
		ehlo = ehlo || strings.HasPrefix(strings.ToUpper(line), "EHLO")
		reply += r
	}
	if reply != "" {
		c.say(toC, reply, ehlo && c.p.ESMTP)
	}
	return heard, reply
}

// reply is the server's to one line.
func (c *script) reply(line string) string {
	verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimRight(line, "\r\n")), " ")
	switch verb {
	case "EHLO":
		b := "250-mail.example.com Hello\r\n"
		for range rapid.IntRange(0, 6).Draw(c.t, "extensions") {
			b += "250-" + rapid.SampledFrom([]string{"SIZE 1000", "AUTH LOGIN PLAIN", "AUTH=LOGIN", "X-LINK2STATE", "PIPELINING", "CHUNKING",
				"STARTTLS", "VRFY", "8BITMIME", "X-EXPS GSSAPI"}).Draw(c.t, "extension") + "\r\n"
		}
		return b + "250 OK\r\n"
	case "DATA":
		return rapid.SampledFrom([]string{"354 go\r\n", "354 go\r\n", "354 go\r\n", "503 no\r\n"}).Draw(c.t, "DATA")
	case "AUTH":
		return rapid.SampledFrom([]string{"334 VXNlcm5hbWU6\r\n", "504 no\r\n"}).Draw(c.t, "AUTH")
	case "STARTTLS":
		return "220 go ahead\r\n"
	case "QUIT":
		return "221 bye\r\n"
	case "HELO", "MAIL", "RCPT", "RSET", "NOOP":
		return rapid.SampledFrom([]string{"250 OK\r\n", "250-yes\r\n250 OK\r\n", "550 5.7.1 no 20 ways\r\n"}).Draw(c.t, "reply")
	}
	return "500 5.5.1 unrecognized\r\n"
}

var (
	commands = rapid.SampledFrom([]string{"HELO x", "EHLO client.example.net", "NOOP", "RSET", "MAIL FROM:<a@example.net>",
		"RCPT TO:<b@example.com>", "RCPT TO:<<b>|x>", "VRFY root", "EXPN all", "HELP", "helo y", "XEXCH50 1 2", "ETRN x", "TURN", "Mail From:<>"})
	bodyLine = rapid.OneOf(
		rapid.StringMatching(`[ -~]{0,70}`),
		rapid.SampledFrom([]string{"", "..", "...", ".x", "QUIT", "EHLO x", "XXXX", "\t.", " .", "\r", "From: a", "250 OK"}))
)

// talk draws a dialogue.
func (c *script) talk() {
	// The greeting of 4.0 to 4.2 ends in " read", which the engine cannot place before it has seen the end of the line.
	whole := c.p.Banner == smtp.BannerCmapKB
	c.say(toC, rapid.SampledFrom([]string{"220 mail.example.com Microsoft ESMTP MAIL Service ready\r\n", "220 2 0 20 x\r\n", "220-one\r\n220 two\r\n", "554 no\r\n"}).Draw(c.t, "greeting"), whole)
	for range rapid.IntRange(1, 7).Draw(c.t, "turns") {
		switch rapid.IntRange(0, 5).Draw(c.t, "what") {
		case 0, 1:
			c.request(c.group())
		case 2, 3:
			c.mail()
		case 4:
			c.auth()
		case 5:
			c.startTLS()
		}
	}
	c.request("QUIT\r\n")
}

// group is commands without waiting for replies. No more are refused than 4.0 answers at once: beyond that the order of
// answers and replies is the wires'.
func (c *script) group() string {
	return strings.Join(rapid.SliceOfN(commands, 1, 3).Draw(c.t, "commands"), "\r\n") + "\r\n"
}

func (c *script) mail() {
	c.request("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n")
	if _, reply := c.request("DATA\r\n"); !strings.HasPrefix(reply, "354") {
		return
	}
	var body strings.Builder
	for _, l := range rapid.SliceOfN(bodyLine, 0, 40).Draw(c.t, "body") {
		if strings.HasPrefix(l, ".") {
			l = "." + l
		}
		body.WriteString(l + "\r\n")
	}
	end := ".\r\n"
	if c.p.Part != smtp.PartMask && rapid.Bool().Draw(c.t, "pipelined") {
		end += "NOOP\r\n" // a command in the segment of the message's end
	}
	c.say(toS, body.String()+end, false)
	c.say(toC, strings.Repeat("250 2.0.0 queued\r\n", strings.Count(end, "\r\n")), false)
}

func (c *script) auth() {
	_, reply := c.request("AUTH LOGIN\r\n")
	for i := 0; i < 2 && strings.HasPrefix(reply, "334"); i++ {
		secret := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(c.t, "secret")
		c.say(toS, base64.StdEncoding.EncodeToString(secret)+"\r\n", false)
		c.say(toC, []string{"334 UGFzc3dvcmQ6\r\n", "235 ok\r\n"}[i], false)
	}
}

func (c *script) startTLS() {
	heard, _ := c.request("STARTTLS\r\n")
	if !c.tls || heard != "STARTTLS\r\n" {
		return
	}
	for d := toS; d <= toC; d++ {
		c.say(d, string(rapid.SliceOfN(rapid.Byte(), 1, 2000).Draw(c.t, "ciphertext")), false)
	}
	c.over = true
}

// play lets two ends have the dialogue over bad wires and compares what they hear.
func (c *script) play(t *rapid.T, seed uint64, imp impairment) {
	s := newSim(t, seed, smtp.New(c.p, nil), imp)
	var want [2]string // what each end hears up to the turn that is being said
	next := 0
	advance := func() {
		for next < len(c.turns) && len(s.ends[toS].in) == len(want[toC]) && len(s.ends[toC].in) == len(want[toS]) {
			u := c.turns[next]
			next++
			for d := range want {
				want[d] += u.heard[d]
			}
			s.ends[u.d].utter(u)
		}
		if next == len(c.turns) && len(s.ends[toS].in) == len(want[toC]) && len(s.ends[toC].in) == len(want[toS]) {
			for _, e := range s.ends {
				if !e.done {
					e.done = true
					e.push()
				}
			}
		}
	}
	for _, e := range s.ends {
		e.ownWnd, e.sack, e.gso = 60000, seed%2 == 0, seed%3 == 0
		e.whole = map[int]bool{}
		e.cut = func(left int) int { return 1 + s.r.IntN(400) }
		e.onData = advance
	}
	s.at(0, advance)
	s.run()
	for d, e := range s.ends {
		if got := string(s.ends[1-d].in); got != want[d] {
			t.Fatalf("direction %d: heard\n%q, want\n%q", e.d, got, want[d])
		}
	}
}

// utter says a turn.
func (e *end) utter(u turn) {
	if u.whole {
		for i := 1; i < len(u.text); i++ {
			if u.text[i-1] != '\n' {
				e.whole[len(e.out)+i] = true
			}
		}
	}
	e.out = append(e.out, u.text...)
	e.push()
}

func TestDialogues(t *testing.T) {
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			passed := 0
			rapid.Check(t, func(t *rapid.T) {
				p := c.p()
				for _, o := range rapid.SliceOfN(rapid.SampledFrom(variants), 0, 2).Draw(t, "options") {
					if err := p.Set(o); err != nil {
						t.Fatal(err)
					}
				}
				sc := newScript(t, &p)
				sc.talk()
				passed += len(sc.turns)
				names := []string{"all", "loss", "reorder", "repeat", "cut", "clean"}
				imp := impairments[rapid.SampledFrom(names).Draw(t, "wires")]
				sc.play(t, rapid.Uint64().Draw(t, "seed"), imp)
			})
			if passed < 200 {
				t.Errorf("only %d turns", passed)
			}
		})
	}
}
