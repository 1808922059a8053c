package smtp

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var fuzzStates = []string{"BANNER", "CMD", "HELO_PEND", "EHLO_PEND", "DATA_PEND", "AUTH_PEND", "TLS_PEND", "DATA", "DATA_BODY", "AUTH", "TLS"}

// script is the fuzzer's octets as segments: the first of each tells direction, whether time passes, and its length.
func script(b []byte, do func(d Dir, wait bool, seg []byte) bool) {
	for len(b) > 0 {
		h := b[0]
		n := min(int(h>>2), len(b)-1)
		if !do(Dir(h&1), h&2 != 0, b[1:1+n]) {
			return
		}
		b = b[1+n:]
	}
}

// FuzzSession throws octets at every profile in every state, in both directions, and checks what must hold whatever they
// are. A second session is fed what the first one let through, and must change nothing of it.
func FuzzSession(f *testing.F) {
	seg := func(d Dir, s string) []byte { return append([]byte{byte(len(s)<<2) | byte(d)}, s...) }
	f.Add(byte(4), byte(0), byte(0), slices.Concat(seg(ToClient, "220 a20 b\r\n"), seg(ToServer, "EHLO x\r\nDATA\r\n"), seg(ToClient, "500 a\r\n354 b\r\n"), seg(ToServer, "a\r\n.\r\nb\r\n")))
	f.Add(byte(6), byte(3), byte(0), slices.Concat(seg(ToClient, "250-mx\r\n250-CHUNK"), seg(ToClient, "ING\r\n250 OK\r\n"), seg(ToServer, "RCPT TO:<a|b"), seg(ToServer, ">\r\nAUTH a\r\n"), seg(ToClient, "250 a\r\n334 b\r\n")))
	f.Add(byte(0), byte(1), byte(0), slices.Concat(seg(ToServer, "NOOP\r\nKILL\r\nWIZ\r\n"), seg(ToClient, "250-a\r\n250 b\r\n421")))
	f.Add(byte(6), byte(7), byte(0x40), slices.Concat(seg(ToServer, "To: a\r\nTo: b\r\n\r\n--b\r\nContent-Type: a/b;\r\n"), seg(ToServer, " name=\"a\\\"b\"\r\n\r\n.\r\n")))
	f.Add(byte(1), byte(1), byte(0x3f), slices.Concat(seg(ToServer, "NOOP\r\nDATA\r\nTo: a\r\n."), seg(ToServer, "\r\n")))
	f.Fuzz(func(t *testing.T, profile, state, flaws byte, b []byte) {
		p := profiles[int(profile)%len(profiles)].p()
		p.Flaws = Flaws(flaws)
		name := fuzzStates[int(state)%len(fuzzStates)]
		var pol *Policy
		if a := int(profile) / len(profiles) % (int(ActionRate) + 2); a > 0 {
			pol = busyPolicy(&p, Action(a-1))
		}
		x := crossing{t: t, p: p, s: New(&p, pol), twin: New(&p, pol), now: t0}
		x.s.enter(t, name)
		x.twin.enter(t, name)
		script(b, x.segment)
	})
}

// TestEveryStateTakesAnything is FuzzSession with octets that look like mail, partly what the other side waits for.
func TestEveryStateTakesAnything(t *testing.T) {
	client := rapid.OneOf(commandLine(verbs), textLine, rapid.SampledFrom([]string{
		"DATA\r\n", "AUTH LOGIN\r\n", "STARTTLS\r\n", "EHLO x\r\n", "NOOP\r\n", "\r\n.\r\n", ".\r\n", "\r", "\n", ".", " ",
	}))
	server := rapid.OneOf(textLine, rapid.SampledFrom([]string{
		"220 a 2\r\n", "220-a\r\n", "250 ok\r\n", "250-SIZE\r\n", "250-STARTTLS\r\n", "250 OK\r\n", "354 go\r\n", "334 x\r\n", "235 ok\r\n",
		"500 no\r\n", "2", "25", "250", "250-", "\r", "\n", "421 bye\r\n",
	}))
	reached := map[string]map[string]int{}
	for _, p := range profiles {
		reached[p.p().Name] = map[string]int{}
	}
	run := func(t *rapid.T, p Profile, state string) {
		seen := reached[p.Name]
		p.AllowTLS = p.Maps && rapid.Bool().Draw(t, "TLS")
		if rapid.Bool().Draw(t, "flawed") {
			p.Flaws = rapid.SampledFrom([]Flaws{FlawDataBypass, FlawDataRegress, FlawEODWithhold, FlawEODReset, FlawEODEatReply,
				FlawNoopDesync, FlawDupHeader, FlawEODSegmentStart, Flaws(rapid.IntRange(0, 255).Draw(t, "flaws"))}).Draw(t, "flaw")
		}
		var pol *Policy
		if a := rapid.IntRange(-1, int(ActionRate)).Draw(t, "policy"); a >= 0 {
			pol = busyPolicy(&p, Action(a))
		}
		x := crossing{t: t, p: p, s: New(&p, pol), twin: New(&p, pol), now: t0}
		x.s.enter(t, state)
		x.twin.enter(t, state)
		manners := rapid.IntRange(0, 2).Draw(t, "manners")
		for range rapid.IntRange(1, 30).Draw(t, "segments") {
			if state == "BANNER" || state == "CMD" {
				seen[fmt.Sprint("mode ", x.s.mode)]++
				seen[fmt.Sprint("owed ", x.s.owed.head())]++
				seen[fmt.Sprint("dead ", x.s.dead)]++
			}
			d, from, polite := ToServer, client, sensible(x.s)
			if rapid.Bool().Draw(t, "from server") {
				d, from, polite = ToClient, server, fitting(x.s)
			}
			var seg string
			if manners == 2 || manners == 1 && rapid.Bool().Draw(t, "polite") {
				seg = polite.Draw(t, "piece")
			} else {
				for range rapid.IntRange(1, 4).Draw(t, "pieces") {
					seg += from.Draw(t, "piece")
				}
				seg = seg[:rapid.IntRange(0, len(seg)).Draw(t, "octets")]
			}
			if !x.segment(d, rapid.IntRange(0, 5).Draw(t, "wait") == 0, []byte(seg)) {
				return
			}
		}
	}
	for _, x := range profiles {
		for _, state := range fuzzStates {
			t.Run(x.name+"/"+state, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) { run(t, x.p(), state) })
			})
		}
		p := x.p()
		want := []string{
			"mode 0", "mode 1", "dead 0", fmt.Sprint("owed ", owesNone), fmt.Sprint("owed ", owesGreeting), fmt.Sprint("owed ", owesOther),
			fmt.Sprint("owed ", owesRCPT), fmt.Sprint("owed ", owesDATA), fmt.Sprint("owed ", owesEnd),
		}
		if p.ESMTP {
			want = append(want, "mode 2", fmt.Sprint("owed ", owesEHLO), fmt.Sprint("owed ", owesAuth))
		}
		if p.Maps {
			want = append(want, fmt.Sprint("owed ", owesTLS), fmt.Sprint("dead ", Detach))
		}
		missing := func() (out []string) {
			for _, w := range want {
				if reached[p.Name][w] == 0 {
					out = append(out, w)
				}
			}
			return out
		}
		for range 20 { // chance may leave one out
			if len(missing()) == 0 {
				break
			}
			rapid.Check(t, func(t *rapid.T) { run(t, x.p(), "CMD") })
		}
		if m := missing(); len(m) > 0 {
			t.Errorf("%s: %q were never reached: %v", x.name, m, reached[p.Name])
		}
	}
}

// crossing is a fuzzed connection.
type crossing struct {
	t       failer
	p       Profile
	s, twin *Session
	now     time.Time
	rest    [2][]byte // withheld, per direction
}

// segment offers one segment behind what is still withheld, and reports whether the connection lives.
func (x *crossing) segment(d Dir, wait bool, seg []byte) bool {
	if wait {
		x.now = x.now.Add(tailWait / 2)
	}
	b := append(slices.Clone(x.rest[d]), seg...)
	for {
		before, mode := slices.Clone(b), x.s.mode
		v := x.s.Segment(x.now, d, b)
		x.check(d, v, before, b)
		if d == ToServer && mode != modeCommand && x.s.mode == mode && x.s.dead == Pass && x.p.Flaws&(FlawNoopDesync|FlawDataBypass|FlawDataRegress) == 0 &&
			!bytes.Equal(before, b) && (mode == modeAuth || !bytes.Contains(b, []byte(".\r\n"))) {
			x.t.Fatalf("%q of a message or dialogue became %q", before, b)
		}
		switch v.Act {
		case DropConn, Reset:
			return false
		}
		x.again(d, b[:v.Take])
		b = b[v.Take+v.Swallow:]
		if len(b) == 0 || v.Swallow == 0 && len(v.Answer) == 0 {
			break
		}
	}
	x.rest[d] = b[:min(len(b), 2048)]
	return true
}

// check is what holds of every verdict.
func (x *crossing) check(d Dir, v Verdict, before, b []byte) {
	end := v.Take + v.Swallow
	switch {
	case v.Take < 0 || v.Swallow < 0 || end > len(b):
		x.t.Fatalf("take %d, swallow %d of %d", v.Take, v.Swallow, len(b))
	case !bytes.Equal(before[v.Take:], b[v.Take:]) && v.Act != DropConn && v.Act != Reset:
		x.t.Fatalf("rewrote %q to %q behind take %d", before, b, v.Take)
	case (v.Swallow > 0 || v.Answer != nil) && x.p.Reject != RejectAnswer:
		x.t.Fatalf("swallowed %d, answered %q", v.Swallow, v.Answer)
	case len(v.Answer) > maxAnswers*len(okAnswer):
		x.t.Fatalf("answered %q", v.Answer)
	case (v.Act == DropConn || v.Act == Reset || v.Act == DropSegment) && end > 0:
		x.t.Fatalf("act %d took %d", v.Act, end)
	case !v.Again.IsZero() && (end == len(b) || !v.Again.After(x.now)):
		x.t.Fatalf("again at %v, now %v", v.Again, x.now)
	case len(v.Events) > maxEvents:
		x.t.Fatalf("%d events", len(v.Events))
	}
	for i := range v.Take {
		if isEnd(before[i]) != isEnd(b[i]) || isEnd(b[i]) && b[i] != before[i] {
			x.t.Fatalf("line ends of %q moved: %q", before, b)
		}
	}
	for _, e := range v.Events {
		if e.Kind == 0 || len(e.Info) > maxEventText || len(e.Class) > maxEventText || e.Match >= 2*matchCount {
			x.t.Fatalf("event %+v", e)
		}
	}
	if x.s.mode == modeData && x.s.p.Flaws == 0 && d == ToServer && x.s.end == 0 && len(b) > 5 && v.Take == len(b) &&
		bytes.HasSuffix(b, []byte(terminator)) {
		x.t.Fatalf("%q ends no data", b)
	}
	x.queue()
}

// queue is what holds of the replies owed.
func (x *crossing) queue() {
	q := &x.s.owed
	answers := int(q.due)
	for _, r := range q.runs[:q.n] {
		if r.n == 0 || r.owes == owesNone {
			x.t.Fatalf("queue %v", q.runs[:q.n])
		}
		if r.owes == owesAnswer {
			answers += int(r.n)
		}
	}
	if answers != int(q.answers) || answers > maxAnswers {
		x.t.Fatalf("%d answers counted, %d there", q.answers, answers)
	}
	if (q.due > 0 || q.head() == owesAnswer) && !x.s.reply.open && x.s.dead != Detach {
		x.t.Fatalf("an answer waits for nothing")
	}
}

// again feeds the twin what was let through. It must let that through as it is. With local answers, or a flaw that counts
// commands or waits for segments, the two sessions see different things.
func (x *crossing) again(d Dir, out []byte) {
	if x.p.Reject == RejectAnswer || x.p.Flaws&FlawNoopDesync != 0 || x.twin == nil {
		return
	}
	if len(out) == 0 {
		return
	}
	b := slices.Clone(out)
	v := x.twin.Segment(x.now, d, b)
	if !v.Again.IsZero() && v.Take < len(b) {
		x.twin = nil // decided on a prefix there, not here
		return
	}
	if v.Take != len(b) || !bytes.Equal(b, out) {
		x.t.Fatalf("%q once, %q twice (take %d, act %d)", out, b, v.Take, v.Act)
	}
}
