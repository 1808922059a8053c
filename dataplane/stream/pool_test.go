package stream

import (
	"bytes"
	"strings"
	"testing"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"

	"pgregory.net/rapid"
)

// audit checks that the books of a connection agree with what it keeps.
func audit(t rapid.TB, c *Conn) {
	t.Helper()
	for d := range c.halves {
		h := &c.halves[d]
		n := len(h.kept.buf) + len(h.pend)
		for _, s := range h.ooo {
			n += len(s.b)
		}
		if n != h.held {
			t.Fatalf("direction %d: %d octets kept, %d counted", d, n, h.held)
		}
	}
}

// A crowd of connections each of which keeps all that it can stays within the limit and 4 KiB a direction, and gives it
// all back.
func TestPoolBound(t *testing.T) {
	const crowd = 300
	pool := &Pool{Limit: 1 << 20}
	var wires []*wire
	for range crowd {
		w := &wire{t: t, c: newConn(&up{}, pool), now: epoch, win: 65535}
		w.opts = []byte{packet.OptWScale, 3, 4}
		w.raw(toS, isnC, 0, packet.SYN, "")
		w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
		w.opts = nil
		w.seg(toS, 0, 0, 0, "")
		w.seg(toC, 0, 0, 0, "")
		for i := range uint32(20) { // nobody acknowledges any of it
			w.seg(toS, 1000*i, 0, 0, strings.Repeat("x", 1000))
			w.seg(toC, 50000+1000*i, 0, 0, strings.Repeat("y", 1000))
		}
		w.out = nil
		wires = append(wires, w)
		audit(t, w.c)
		if pool.Held() > pool.Most()+2*floor*len(wires) {
			t.Fatalf("%d octets held by %d", pool.Held(), len(wires))
		}
	}
	if pool.Held() < pool.Most() || pool.Refused() == 0 {
		t.Errorf("%d octets held, %d refused: the bound was not met", pool.Held(), pool.Refused())
	}
	// The last one had 4 KiB each way, for all the others.
	last := wires[crowd-1].c
	for d := range last.halves {
		if n := last.halves[d].held; n > floor || n < floor-1000 {
			t.Errorf("direction %d: %d octets", d, n)
		}
	}
	sum := 0
	for _, w := range wires {
		sum += w.c.Held()
	}
	if sum != pool.Held() {
		t.Errorf("%d octets in all, the pool says %d", sum, pool.Held())
	}
	for _, w := range wires {
		w.c.Close()
		w.c.Close()
		if w.seg(toS, 20000, 0, 0, "late"); len(w.out) != 0 || w.c.Held() != 0 {
			t.Fatal("it goes on")
		}
	}
	if pool.Held() != 0 {
		t.Errorf("%d octets held by nobody", pool.Held())
	}
}

// Where the others have taken everything mail still passes, in full and in both directions, if more slowly.
func TestPoolExhausted(t *testing.T) {
	for _, imp := range []string{"clean", "all"} {
		s := newSim(t, 7, &counter{}, impairments[imp])
		s.c = newConn(&counter{}, &Pool{Limit: 1, held: 1 << 20})
		s.secret = isLower
		for _, e := range s.ends {
			e.out, e.done = lower(s.r, 30000), true
			e.gso = imp == "all"
		}
		s.run()
		for d, e := range s.ends {
			want := bytes.Clone(e.out)
			(&counter{}).Segment(s.now, smtp.Dir(d), want)
			if !bytes.Equal(s.ends[1-d].in, want) {
				t.Fatalf("%s: direction %d differs", imp, d)
			}
		}
		if s.most > 2*floor {
			t.Errorf("%s: %d octets kept", imp, s.most)
		}
		if s.c.pool.Refused() == 0 && imp == "clean" {
			t.Error("nothing was refused")
		}
	}
}

// An answer of the box's own always has its place: its command is swallowed already.
func TestPoolHasRoomForAnswers(t *testing.T) {
	w := &wire{t: t, c: newConn(&answerer{wait: -100}, &Pool{Limit: 1}), now: epoch, win: 65535}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.seg(toS, 0, 0, 0, "")
	for i := range uint32(5) {
		w.seg(toC, 1000*i, 0, 0, strings.Repeat("x", 1000))
	}
	w.out = nil
	w.seg(toS, 0, 0, 0, "!x\n!x\n")
	answers := ""
	for _, s := range w.out {
		answers += s.body()
	}
	if answers != okAnswer+okAnswer {
		t.Errorf("%q", answers)
	}
	audit(t, w.c)
}

// A direction that waits for nothing keeps no large buffer, and hardly any when the pool is half full.
func TestIdleKeepsLittle(t *testing.T) {
	for _, c := range []struct{ limit, burst, want int }{{1 << 20, 60000, 0}, {1 << 20, 10000, 16 << 10}, {20000, 10000, 0}, {1, 3000, 4 << 10}} {
		pool := &Pool{Limit: c.limit}
		w := &wire{t: t, c: newConn(&up{}, pool), now: epoch, win: 65535}
		w.raw(toS, isnC, 0, packet.SYN, "")
		w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
		w.seg(toS, 0, 0, 0, "")
		for at := 0; at < c.burst; at += 1000 {
			w.seg(toS, uint32(at), 0, 0, strings.Repeat("x", 1000))
		}
		w.seg(toC, 0, uint32(c.burst), 0, "")
		if w.c.Held() != c.want {
			t.Errorf("%+v: %d octets", c, w.c.Held())
		}
		audit(t, w.c)
	}
}
