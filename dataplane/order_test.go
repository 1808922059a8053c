package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// ordered is openInbound with a tcp-map for all connections.
func ordered(m TCPMap) *Policy {
	p := openInbound()
	p.Classes = []ConnClass{{ID: 5, Hi: 65535, If: None, ConnSettings: ConnSettings{Map: &m}}}
	return p
}

// Segments that came too early wait for the one before them, as many and as long as the queue-limit says; without one they
// pass as they come.
func TestQueueLimit(t *testing.T) {
	for _, c := range []struct {
		name   string
		q      stream.Queue
		wait   time.Duration // until the missing one comes
		early  int           // segments before it
		at     []int         // how many octets leave at each of them, and at the missing one
		drop   Drop
		drops  uint64
		counts NormalCounters
	}{
		{"none", stream.Queue{}, 0, 2, []int{5, 5, 5}, 0, 0, NormalCounters{}},
		{"in time", stream.Queue{Segments: 3, Wait: 2 * time.Second}, time.Second, 3, []int{0, 0, 0, 20}, 0, 0, NormalCounters{OutOfOrder: 3}},
		{"too many", stream.Queue{Segments: 2, Wait: 2 * time.Second}, time.Second, 3, []int{0, 0, 0, 15}, DropQueueFull, 1, NormalCounters{OutOfOrder: 3, Full: 1}},
		{"too late", stream.Queue{Segments: 3, Wait: 2 * time.Second}, 3 * time.Second, 2, []int{0, 0, 5}, DropQueueTimeout, 2, NormalCounters{OutOfOrder: 2, Late: 2}},
	} {
		r := newRig(t, ordered(TCPMap{Queue: c.q}))
		k := inboundTalk(r)
		k.open()
		seg := func(n uint32) (octets int) {
			for _, s := range r.send(outside, tcpSeg(k.client, k.to, fACK, k.cSeq+5*n, k.cSaw, "hello")) {
				if s.port == inPort {
					octets += len(s.TCP().Payload())
				}
			}
			return octets
		}
		var at []int
		for n := range c.early {
			at = append(at, seg(uint32(n+1)))
		}
		r.wait(c.wait)
		at = append(at, seg(0))
		for i := range at {
			if at[i] != c.at[i] {
				t.Errorf("%s: %v octets leave, want %v", c.name, at, c.at)
				break
			}
		}
		if c.drop != 0 && r.dropped(c.drop) != c.drops {
			t.Errorf("%s: drops %v", c.name, r.drops())
		}
		if got := r.e.classes[5].Normal; got != c.counts {
			t.Errorf("%s: %+v", c.name, got)
		}
		if r.e.aside(r.e.flows.at(1)).session != nil || len(r.conns()) != 1 || r.conns()[0].Inspected {
			t.Errorf("%s: it counts as inspected", c.name)
		}
	}
}

// What is sent again must be what it was, where check-retransmission says so; what the receiver has acknowledged is forgotten.
func TestCheckRetransmission(t *testing.T) {
	for _, check := range []bool{true, false} {
		r := newRig(t, ordered(TCPMap{CheckAgain: check}))
		k := inboundTalk(r)
		k.open()
		say := func(off uint32, text string) (left string) {
			for _, s := range r.send(outside, tcpSeg(k.client, k.to, fACK|packet.PSH, k.cSeq+off, k.cSaw, text)) {
				if s.port == inPort {
					left += string(s.TCP().Payload())
				}
			}
			return left
		}
		say(0, "hello")
		for _, c := range []struct {
			off  uint32
			text string
			bad  bool
		}{{0, "hello", false}, {0, "hells", true}, {2, "llo", false}, {2, "xlo", true}, {0, "hello there", false}, {3, "lo evil", true}} {
			got := say(c.off, c.text)
			if want := pick(check && c.bad, "", c.text); got != want {
				t.Errorf("check %v: %q at %d: %q leaves", check, c.text, c.off, got)
			}
		}
		if n := r.dropped(DropContradiction); n != uint64(pick(check, 3, 0)) {
			t.Errorf("check %v: %d contradictions", check, n)
		}
		if check {
			k.cSeq += 11
			r.send(inPort, tcpSeg(k.server, k.from, fACK, k.sSeq, k.sSaw+11, ""))
			if say(0, "more") != "more" || r.dropped(DropContradiction) != 3 {
				t.Error("it does not go on")
			}
		}
	}
}

// Segments in order take no more memory than before once the stream has what it needs.
func TestOrderedNoAllocations(t *testing.T) {
	r := newRig(t, ordered(TCPMap{CheckAgain: true, Queue: stream.Queue{Segments: 20, Wait: time.Second}}))
	k := inboundTalk(r)
	k.open()
	ip := tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, "x")
	steady(t, r, outside, func() []byte { return ip })
}
