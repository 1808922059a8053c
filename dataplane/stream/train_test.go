package stream

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// listener keeps what was emitted by its place, what was noticed, and how it ended.
type listener struct {
	steady
	noticed []smtp.Event
	ended   []bool
}

func (l *listener) Notice(e smtp.Event) { l.noticed = append(l.noticed, e) }
func (l *listener) End(reset bool)      { l.ended = append(l.ended, reset) }

// shipped is one connection, to which an utterance goes in one train or segment by segment.
type shipped struct {
	w     *wire
	l     *listener
	apart bool
}

func newShipped(t testing.TB, p *smtp.Profile, pol *smtp.Policy, apart bool) *shipped {
	w := newWire(t, nil)
	s := smtp.New(p, pol)
	w.c.inspect, w.c.bulk = s, s
	l := &listener{steady: steady{t: t, c: w.c, left: [2]map[uint32]byte{{}, {}}}}
	return &shipped{w, l, apart}
}

// say sends text, of which the first octet is the next one that the box has not taken, in segments of size octets.
func (s *shipped) say(d smtp.Dir, text []byte, size int, flags uint8) {
	c := s.w.c
	seq, ack := c.halves[d].nxt, c.halves[other(d)].outNxt // all of it leaves before anything that is said to it arrives
	cut := size
	send := func(at, end int) {
		f := uint8(packet.ACK)
		if end == len(text) {
			f |= flags
		}
		p := build(d, packet.Segment{Seq: seq + uint32(at), Ack: ack, Flags: f, Window: 0xffff, Payload: text[at:end]})
		if !s.apart && len(text) > cut {
			p.GSOSize = uint16(cut)
		}
		c.Segment(s.w.now, d, p, s.l)
	}
	if !s.apart {
		size = max(len(text), 1)
	}
	for at := 0; at < len(text); at += size {
		send(at, min(at+size, len(text)))
	}
	heard := build(other(d), packet.Segment{Seq: c.halves[other(d)].nxt, Ack: c.halves[d].outNxt, Flags: packet.ACK, Window: 0xffff})
	c.Segment(s.w.now, other(d), heard, s.l) // with the window, beyond which nobody would send
}

// lengths is a policy whose limits a fuzzer meets.
func lengths(p *smtp.Profile, a smtp.Action) *smtp.Policy {
	pol := smtp.DefaultPolicy(p)
	for m := smtp.MatchLine; m <= smtp.MatchSenderLen; m++ {
		switch m {
		case smtp.MatchVerb, smtp.MatchEHLO, smtp.MatchFiletype, smtp.MatchSenderRegex, smtp.MatchEncoding:
			continue
		}
		pol.Matches = append(pol.Matches, smtp.Rule{Match: m, Limit: 40, Action: a, Log: true}, smtp.Rule{Match: m, Not: true, Limit: 5, Log: true})
	}
	return pol
}

// FuzzTrains: whatever was said, in whatever release and with whatever flaws, a train of segments in one piece is judged, and leaves,
// as its segments do one by one.
func FuzzTrains(f *testing.F) {
	talk := []byte{1, 0, 0, 9, 0, 0, 0, 9, 1, 2, 0, 9, 0, 4, 0, 9, 1, 6, 0, 9, 0, 5, 1, 3, 0, 5, 9, 5, 0, 7, 0, 1, 0, 8, 5, 2, 0, 13, 1, 3, 1, 2, 0, 9, 1, 6, 9, 2}
	// A dot that begins a segment, but no line; lines of more than forty octets; one that is cut before its end.
	inData := talk[:20]
	dots := slices.Concat(inData, []byte{0x80, 9, 1, 3, 0x80, 7, 0, 3, 0, 9, 3, 3, 0, 5, 8, 3})
	long := slices.Concat(inData, []byte{0x80, 11, 0, 30, 0x80, 5, 4, 30, 0x80, 9, 14, 30, 0x80, 5, 4, 30, 0, 8, 0, 30, 0, 0, 0, 30})
	for i := range profiles {
		f.Add(byte(i), byte(smtp.FlawEODSegmentStart), byte(0), dots)
		f.Add(byte(i), byte(0), byte(1), long)
		for _, b := range []byte{0, 1, 2, 3} {
			f.Add(byte(i), byte(0), b, talk)
		}
		f.Add(byte(i), byte(0xff), byte(0), talk)
	}
	f.Fuzz(func(t *testing.T, profile, flaws, policy byte, ops []byte) {
		p := profiles[int(profile)%len(profiles)].p()
		p.Flaws = smtp.Flaws(flaws)
		var pol *smtp.Policy
		if a := int(policy) % 4; a > 0 && p.Maps {
			pol = lengths(&p, []smtp.Action{smtp.ActionNone, smtp.ActionDrop, smtp.ActionReset}[a-1])
		}
		both := [2]*shipped{newShipped(t, &p, pol, false), newShipped(t, &p, pol, true)}
		var waits [2][]byte
		for n := 0; len(ops) >= 4 && n < 100; n++ {
			d := smtp.Dir(ops[0] & 1)
			list := phrases[d]
			for range ops[2]%30 + 1 {
				waits[d] = append(waits[d], list[int(ops[1])%len(list)]...)
			}
			size := int(ops[3]) + 1
			if size *= 1 + int(ops[0]>>1)%8; len(waits[d]) > (oooSegs-1)*size || len(waits[d]) > 8000 {
				size = max(size, len(waits[d])/(oooSegs-1)+1) // what waits behind a gap is bounded in segments
			}
			waits[d] = waits[d][:min(len(waits[d]), 8000)]
			if len(both[1].w.c.halves[d].ooo) > 0 {
				size = 1 << 16 // what is kept behind a gap has its boundaries; what comes again is joined, as kernels do
			}
			if ops[0]&0x80 == 0 { // else more comes first
				from := both[0].w.c.halves[d].nxt
				for _, s := range both {
					s.say(d, waits[d], size, packet.PSH)
				}
				alike(t, both)
				waits[d] = slices.Clone(waits[d][min(len(waits[d]), int(both[0].w.c.halves[d].nxt-from)):])
			}
			if ops[0]&0x40 != 0 {
				for _, s := range both {
					s.w.now = s.w.now.Add(150 * time.Millisecond)
					s.w.c.Tick(s.w.now, s.l)
				}
				alike(t, both)
			}
			ops = ops[4:]
		}
	})
}

// alike compares the two connections.
func alike(t *testing.T, both [2]*shipped) {
	t.Helper()
	a, b := both[0], both[1]
	if x, y := fmt.Sprint(a.l.noticed, a.l.ended), fmt.Sprint(b.l.noticed, b.l.ended); x != y {
		t.Fatalf("in trains: %s\none by one: %s", x, y)
	}
	if len(a.l.ended) > 0 {
		return
	}
	for d := range a.w.c.halves {
		h, o := &a.w.c.halves[d], &b.w.c.halves[d]
		if h.nxt != o.nxt || h.outNxt != o.outNxt || string(h.pend) != string(o.pend) || h.again != o.again {
			t.Fatalf("direction %d: %d %d %q in trains, %d %d %q one by one", d, h.nxt, h.outNxt, h.pend, o.nxt, o.outNxt, o.pend)
		}
		for at := h.isn + 1; packet.Before(at, h.outNxt); at++ {
			if x, y := a.l.left[d][at], b.l.left[d][at]; x != y {
				t.Fatalf("direction %d, octet %d: %q in trains, %q one by one", d, at-h.isn-1, x, y)
			}
		}
	}
}
