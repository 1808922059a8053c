package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

// A shunned host gets nothing through, not even on a connection that it has; lifted, it goes on.
func TestShun(t *testing.T) {
	r := newRig(t, openInbound())
	r.send(outside, syn(client, "204.31.17.2:25"))
	r.send(outside, syn("192.150.49.10:1026", "204.31.17.2:25"))
	r.events()
	r.e.Do(func(s *State) {
		if !s.Shun(Shun{Src: mustAddr("192.150.49.10"), Dst: mustAddr("204.31.17.2"), SrcPort: 1025, DstPort: 25}) {
			t.Error("refused")
		}
		if s.Shun(Shun{Src: mustAddr("192.150.49.10")}) {
			t.Error("shunned twice")
		}
	})
	if c := r.conns(); len(c) != 1 || c[0].Lower.Real.Port() != 1026 {
		t.Errorf("connections %+v", c)
	}
	again := tcpSeg("192.150.49.10:1026", "204.31.17.2:25", packet.SYN, 1000, 0, "")
	r.expect(r.send(outside, again))
	r.expect(r.send(outside, icmp("192.150.49.10", "192.150.49.1", 8, 1)))
	if r.dropped(DropShun) != 2 {
		t.Errorf("%v", r.drops())
	}
	r.expect(r.send(outside, syn("192.150.49.11:1025", "204.31.17.2:25")), "inside tcp 192.150.49.11:1025 > 10.1.1.2:25 S")
	r.e.Do(func(s *State) {
		if all := s.Shuns(); len(all) != 1 || all[0].Count != 2 {
			t.Errorf("%+v", all)
		}
		if !s.Unshun(mustAddr("192.150.49.10")) || s.Unshun(mustAddr("192.150.49.10")) {
			t.Error("lifted otherwise than once")
		}
	})
	r.expect(r.send(outside, again), "inside tcp 192.150.49.10:1026 > 10.1.1.2:25 S")
	sound(t, r.e)
}

// ip verify reverse-path: a source must be one that the interface leads to.
func TestReversePath(t *testing.T) {
	p := openInbound()
	p.Interfaces[outside].Verify, p.Interfaces[inPort].Verify = true, true
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	r.expect(r.send(outside, syn("198.51.100.7:1025", "204.31.17.2:25")), "inside tcp 198.51.100.7:1025 > 10.1.1.2:25 S")
	r.expect(r.send(inPort, syn("10.9.7.7:1025", web)), "outside tcp 10.9.7.7:1025 > 192.150.49.10:80 S")
	r.events()
	for _, c := range []struct {
		in   Port
		from string
	}{{outside, "10.1.1.77:1025"}, {outside, "10.9.1.1:1025"}, {outside, "172.16.0.9:1025"}, {inPort, "198.51.100.7:1025"}} {
		r.expect(r.send(c.in, syn(c.from, "204.31.17.2:25")))
		r.event(EventReversePath)
		r.events()
	}
	if r.dropped(DropReversePath) != 4 {
		t.Errorf("%v", r.drops())
	}
	r.e.Do(func(s *State) {
		if s.Strays(outside) != 3 || s.Strays(inPort) != 1 {
			t.Errorf("strays %d and %d", s.Strays(outside), s.Strays(inPort))
		}
		s.ClearStrays(outside)
		if s.Strays(outside) != 0 || s.Strays(inPort) != 1 {
			t.Errorf("once cleared %d and %d", s.Strays(outside), s.Strays(inPort))
		}
	})
}

// fragment size, chain and timeout bound what one interface puts together, and no other.
func TestFragmentsOfInterface(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
	p.Interfaces[inPort].Fragments = FragmentLimits{Size: 1, Chain: 2, Wait: 2 * time.Second}
	counts := func(r *rig) (c FragmentCounts) {
		r.e.Do(func(s *State) { c = s.FragmentCounts(inPort) })
		return c
	}
	r := newRig(t, p)
	two, other := pieces(bigUDP(1800), 1000), pieces(bigUDP(1900), 1000)
	packet.IPv4(other[0]).SetID(77)
	r.send(inPort, two[0])
	r.send(inPort, other[0]) // no room for a second datagram
	if c := counts(r); c.Queue != 1 || c.Overflow != 1 {
		t.Errorf("%+v", c)
	}
	if got := r.send(inPort, two[1]); len(got) == 0 {
		t.Errorf("a datagram of two fragments does not pass: %v", r.drops())
	}
	if c := counts(r); c != (FragmentCounts{Assembled: 1, Overflow: 1}) {
		t.Errorf("%+v", c)
	}
	for _, f := range pieces(bigUDP(2800), 1000) { // three
		r.expect(r.send(inPort, f))
	}
	r.wait(3 * time.Second)
	if c := counts(r); c.Failed == 0 || c.Queue != 0 {
		t.Errorf("%+v", c)
	}
	r.send(inPort, two[0])
	r.wait(1900 * time.Millisecond)
	if c := counts(r); c.Queue != 1 {
		t.Errorf("gone too soon: %+v", c)
	}
	r.wait(300 * time.Millisecond)
	if c := counts(r); c.Queue != 0 {
		t.Errorf("kept too long: %+v", c)
	}
	sound(t, r.e)
}
