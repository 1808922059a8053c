package stream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
)

// counter rewrites every octet by its place, so that an octet seen twice, not at all or out of order shows. What goes
// in is lower case, what comes out is upper case.
type counter struct{ n [2]int }

func (c *counter) Segment(_ time.Time, d smtp.Dir, seg []byte) smtp.Verdict {
	for i := range seg {
		seg[i] = 'A' + byte((c.n[d]+int(seg[i]))%26)
		c.n[d]++
	}
	return smtp.Verdict{Take: len(seg)}
}

// willing is a counter that says that it takes everything.
type willing struct{ counter }

func (*willing) InData() bool { return true }

func isLower(_ smtp.Dir, b byte) bool { return b >= 'a' && b <= 'z' }

// lines takes whole lines and withholds the part behind them.
type lines struct{}

func (l *lines) Segment(_ time.Time, d smtp.Dir, seg []byte) smtp.Verdict {
	if d == smtp.ToClient {
		return smtp.Verdict{Take: len(seg)}
	}
	n := bytes.LastIndexByte(seg, '\n') + 1
	bytesUpper(seg[:n])
	return smtp.Verdict{Take: n}
}

// tail keeps the end of a segment that is no whole line for 200 ms, as the session does with an EHLO reply.
type tail struct{ since time.Time }

func (l *tail) Segment(now time.Time, d smtp.Dir, seg []byte) smtp.Verdict {
	n := bytes.LastIndexByte(seg, '\n') + 1
	if d == smtp.ToServer || n == len(seg) || len(seg)-n > 512 {
		l.since = time.Time{}
		bytesUpper(seg)
		return smtp.Verdict{Take: len(seg)}
	}
	bytesUpper(seg[:n])
	if l.since.IsZero() || n > 0 {
		l.since = now
	}
	if again := l.since.Add(200 * time.Millisecond); now.Before(again) {
		return smtp.Verdict{Take: n, Again: again}
	}
	bytesUpper(seg)
	return smtp.Verdict{Take: len(seg)}
}

func bytesUpper(b []byte) {
	for i := range b {
		if b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
}

// answerer swallows the lines that begin with '!' and answers them.
type answerer struct {
	wait, owed int // an answer is held back until the server's next segment every so often
	refused    int
}

const okAnswer = "<ok>"

func (a *answerer) Segment(_ time.Time, d smtp.Dir, seg []byte) smtp.Verdict {
	if d == smtp.ToClient {
		v := smtp.Verdict{Take: len(seg)}
		for ; a.owed > 0; a.owed-- {
			v.Answer = append(v.Answer, okAnswer...)
		}
		return v
	}
	n := 0
	for {
		i := bytes.IndexByte(seg[n:], '\n')
		if i < 0 {
			return smtp.Verdict{Take: n}
		}
		if seg[n] != '!' {
			n += i + 1
			continue
		}
		a.refused++
		v := smtp.Verdict{Take: n, Swallow: i + 1}
		if a.wait++; a.wait > 0 && a.wait%3 == 0 && a.owed < 4 {
			a.owed++
		} else {
			v.Answer = []byte(okAnswer)
		}
		return v
	}
}

var impairments = map[string]impairment{
	"clean":   {},
	"loss":    {lose: 80},
	"reorder": {jitter: 30},
	"repeat":  {repeat: 200, jitter: 20},
	"cut":     {cut: 250},
	"all":     {lose: 60, repeat: 80, cut: 150, jitter: 25},
}

func lower(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(26))
	}
	return b
}

func randomLines(r *rand.Rand, n int, bad bool) []byte {
	var b []byte
	for range n {
		if bad && r.IntN(3) == 0 {
			b = append(b, '!')
		}
		b = append(append(b, lower(r, 1+r.IntN(60))...), '\n')
	}
	return b
}

// forAll runs f under every impairment with several seeds.
func forAll(t *testing.T, f func(t *testing.T, seed uint64, imp impairment)) {
	seeds := 12
	if testing.Short() {
		seeds = 2
	}
	for name, imp := range impairments {
		t.Run(name, func(t *testing.T) {
			for seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) { f(t, uint64(seed), imp) })
			}
		})
	}
}

// Both streams arrive as if one segment after the other had been handed to the inspector once, and nothing that it
// rewrote ever leaves as it came.
func TestStreamsExact(t *testing.T) {
	forAll(t, func(t *testing.T, seed uint64, imp impairment) {
		s := newSim(t, seed, &counter{}, imp)
		s.secret = isLower
		for _, e := range s.ends {
			e.out, e.done = lower(s.r, s.r.IntN(30000)), true
			e.gso, e.sack = seed%3 == 0, seed%2 == 0
			e.cut = func(left int) int { return 1 + s.r.IntN(2000) }
		}
		s.run()
		for d, e := range s.ends {
			want := bytes.Clone(e.out)
			(&counter{}).Segment(s.now, smtp.Dir(d), want)
			if got := s.ends[1-d].in; !bytes.Equal(got, want) {
				t.Fatalf("direction %d: %d octets received, want %d", d, len(got), len(want))
			}
		}
		if s.most > 2*oooBytes+keepMax {
			t.Errorf("%d octets kept", s.most)
		}
	})
}

// The duplicates that the box sends in the receiver's name spare the sender timeouts: most of those that are not for
// the end of a burst, which nothing follows.
func TestFewerTimeouts(t *testing.T) {
	for _, sack := range []bool{false, true} {
		count := func(mute bool) (n int, took time.Duration) {
			for seed := range uint64(20) {
				s := newSim(t, seed, &willing{}, impairment{lose: 30})
				s.mute, s.secret = mute, isLower
				c := s.ends[0]
				c.out, c.done, c.sack, c.trust = lower(s.r, 100000), true, sack, true
				s.ends[1].done, s.ends[1].sack, s.ends[1].ownWnd = true, sack, 12000
				s.run()
				if len(s.ends[1].in) != len(c.out) {
					t.Fatal("something is missing")
				}
				n += c.timeouts
				took += s.now.Sub(epoch)
			}
			return n, took
		}
		with, short := count(false)
		without, long := count(true)
		t.Logf("SACK %v: %d timeouts in %v, without duplicates %d in %v", sack, with, short, without, long)
		if with*2 > without || short >= long {
			t.Errorf("SACK %v: %d timeouts in %v, without duplicates %d in %v", sack, with, short, without, long)
		}
	}
}

// What a SACK block of the box names is never needed again while the inspector takes everything.
func TestSACKIsKept(t *testing.T) {
	forAll(t, func(t *testing.T, seed uint64, imp impairment) {
		s := newSim(t, seed, &willing{}, imp)
		s.secret = isLower
		c, v := s.ends[0], s.ends[1]
		c.out, c.done, c.sack, c.trust = lower(s.r, 60000), true, true, true
		v.out, v.done, v.sack = lower(s.r, 2000), true, true
		c.cut = func(left int) int { return 1 + s.r.IntN(1500) }
		s.run()
		want := bytes.Clone(c.out)
		(&counter{}).Segment(s.now, smtp.ToServer, want)
		if !bytes.Equal(v.in, want) {
			t.Fatal("streams differ")
		}
	})
}

// A part of a line that is withheld goes on once its sender repeats it with the rest.
func TestWithheldParts(t *testing.T) {
	forAll(t, func(t *testing.T, seed uint64, imp impairment) {
		s := newSim(t, seed, &lines{}, imp)
		s.secret = func(d smtp.Dir, b byte) bool { return d == smtp.ToServer && isLower(d, b) }
		c, v := s.ends[0], s.ends[1]
		c.out, c.done = randomLines(s.r, 40, false), true
		v.out, v.done = lower(s.r, 3000), true
		c.sack, v.sack = seed%2 == 0, seed%2 == 0
		c.cut = func(left int) int { return 1 + s.r.IntN(200) }
		s.run()
		if !bytes.Equal(v.in, bytes.ToUpper(c.out)) || !bytes.Equal(c.in, v.out) {
			t.Fatal("streams differ")
		}
	})
}

// What pends is offered again in time, and with what follows it.
func TestPendingTail(t *testing.T) {
	forAll(t, func(t *testing.T, seed uint64, imp impairment) {
		s := newSim(t, seed, &tail{}, imp)
		s.secret = isLower
		c, v := s.ends[0], s.ends[1]
		c.out, c.done = lower(s.r, 2000), true
		v.out, v.done = append(randomLines(s.r, 40, false), lower(s.r, 10)...), true
		v.gso = seed%2 == 0
		v.cut = func(left int) int { return 1 + s.r.IntN(200) }
		s.run()
		if !bytes.Equal(v.in, bytes.ToUpper(c.out)) || !bytes.Equal(c.in, bytes.ToUpper(v.out)) {
			t.Fatal("streams differ")
		}
	})
}

// With the answering profile the server sees nothing of the refused lines, the client one answer for each, and both
// byte streams are otherwise exact.
func TestAnswers(t *testing.T) {
	forAll(t, func(t *testing.T, seed uint64, imp impairment) {
		a := &answerer{}
		s := newSim(t, seed, a, imp)
		c, v := s.ends[0], s.ends[1]
		c.out = randomLines(s.r, 60, true)
		want := wantedLines(c.out)
		bad := bytes.Count(c.out, []byte("!"))
		s.secret = func(d smtp.Dir, b byte) bool { return d == smtp.ToServer && b == '!' }
		c.sack, v.sack = seed%2 == 0, seed%2 == 0
		c.cut = func(left int) int { return 1 + s.r.IntN(300) }
		v.cut = func(left int) int { return 1 + s.r.IntN(300) }
		if seed%4 == 1 {
			c.ownWnd = 40
		}
		v.out = lower(s.r, 4000)
		answered := func() int { return bytes.Count(c.in, []byte(okAnswer)) }
		// The client closes when the server has everything; the server speaks once more for the held answers, and
		// closes when the client has them all.
		v.onData = func() {
			if len(v.in) == len(want) && !c.done {
				v.out = append(v.out, lower(s.r, 100)...)
			}
		}
		c.onData = func() {
			if a.refused == bad && answered() == bad && len(v.in) == len(want) {
				c.done, v.done = true, true
				c.push()
				v.push()
			}
		}
		poke := 0
		var tick func()
		tick = func() { // a chatty server: releases held answers
			if poke++; !v.done && poke < 3000 {
				v.out = append(v.out, lower(s.r, 5)...)
				v.push()
				c.onData()
				s.at(time.Second, tick)
			}
		}
		s.at(5*time.Second, tick)
		s.run()
		if !bytes.Equal(v.in, want) {
			t.Fatalf("server got %q, want %q", v.in, want)
		}
		if got := bytes.ReplaceAll(c.in, []byte(okAnswer), nil); !bytes.Equal(got, v.out) {
			t.Fatalf("client got %d octets beside answers, want %d", len(got), len(v.out))
		}
		if answered() != bad {
			t.Fatalf("%d answers, %d refused lines", answered(), bad)
		}
	})
}

func wantedLines(b []byte) []byte {
	var w []byte
	for l := range bytes.Lines(b) {
		if l[0] != '!' {
			w = append(w, l...)
		}
	}
	return w
}
