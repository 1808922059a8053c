package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

func TestACLIn(t *testing.T) {
	p := openInbound()
	p.Conduits = list(rule(true, 0, "any", "any", 0)) // not asked where a list is bound
	mail := rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25)
	mail.ID = 5
	logged := rule(false, packet.ProtoTCP, "any", "204.31.17.2", 80)
	logged.ID, logged.Log = 6, 6
	p.Interfaces[outside].In, p.Interfaces[outside].InName = list(mail, logged), "acl_out"
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	r.expect(r.send(outside, syn(client, "204.31.17.2:21")))
	if ev := r.event(EventDenyACL); ev.List != "acl_out" || ev.Src.If != outside || ev.Dst.If != inPort || ev.Dst.Mapped.String() != "204.31.17.2:21" {
		t.Errorf("%+v", ev)
	}
	r.events()
	r.expect(r.send(outside, syn(client, "204.31.17.2:80")))
	if ev := r.event(EventACLLog); ev.Permit || ev.Count != 1 || ev.Rule != 6 || ev.Log != 6 {
		t.Errorf("%+v", ev)
	}
	r.noEvent(EventDenyACL)
	r.e.Do(func(s *State) {
		if s.Hits(5) != 1 || s.Hits(6) != 1 {
			t.Errorf("hits %d %d", s.Hits(5), s.Hits(6))
		}
		s.ClearHits(6)
		if s.Hits(5) != 1 || s.Hits(6) != 0 {
			t.Errorf("hits %d %d", s.Hits(5), s.Hits(6))
		}
	})
	if r.dropped(DropACL) != 2 {
		t.Errorf("%v", r.drops())
	}
}

// From 8.3 on, lists name real addresses.
func TestACLRealAddress(t *testing.T) {
	p := openInbound()
	p.Interfaces[outside].In = list(rule(true, packet.ProtoTCP, "any", "10.1.1.2", 25))
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")))
	p2 := *p
	p2.Rules.RealInACL = true
	r.e.Swap(&p2)
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
}

// A list on the inside decides about what goes out, with real sources; one on the way out sees mapped ones.
func TestACLOutbound(t *testing.T) {
	p := patPolicy()
	p.Interfaces[inPort].In = list(rule(false, packet.ProtoTCP, "10.1.1.3", "any", 0), rule(true, 0, "any", "any", 0))
	p.Interfaces[outside].Out, p.Interfaces[outside].OutName = list(rule(true, packet.ProtoTCP, "204.31.17.40", "any", 80)), "egress"
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", web)), "outside tcp 204.31.17.40:1024 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.3:9", web)))
	r.events()
	r.expect(r.send(inPort, syn("10.1.1.2:9", "192.150.49.10:21")))
	if ev := r.event(EventDenyACL); ev.List != "egress" {
		t.Errorf("%+v", ev)
	}
}

func TestLevels(t *testing.T) {
	p := basePolicy()
	p.Rules.Control = false
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", "172.16.0.5:80")), "dmz tcp 10.1.1.2:9 > 172.16.0.5:80 S")
	r.expect(r.send(dmz, syn("172.16.0.5:9", web)), "outside tcp 172.16.0.5:9 > 192.150.49.10:80 S")
	for _, up := range []struct {
		in       Port
		from, to string
	}{{dmz, "172.16.0.5:9", "10.1.1.2:80"}, {outside, client, "172.16.0.5:80"}} {
		r.events()
		r.expect(r.send(up.in, syn(up.from, up.to)))
		r.event(EventDenyConduit)
	}
	equal := *p
	equal.Interfaces = append([]Interface(nil), p.Interfaces...)
	equal.Interfaces[dmz].Level = 100
	r.e.Swap(&equal)
	r.expect(r.send(dmz, syn("172.16.0.5:10", "10.1.1.2:80")))
	if r.dropped(DropLevel) != 1 {
		t.Errorf("%v", r.drops())
	}
	equal2 := equal
	equal2.Rules.SameInter = true
	r.e.Swap(&equal2)
	r.expect(r.send(dmz, syn("172.16.0.5:10", "10.1.1.2:80")), "inside tcp 172.16.0.5:10 > 10.1.1.2:80 S")
	r.expect(r.send(inPort, syn("10.1.1.2:10", "10.1.1.9:80")))
	equal3 := equal2
	equal3.Rules.SameIntra = true
	r.e.Swap(&equal3)
	r.expect(r.send(inPort, syn("10.1.1.2:10", "10.1.1.9:80")), "inside tcp 10.1.1.2:10 > 10.1.1.9:80 S")
}

// Without nat-control a permitted packet reaches a host by its real address, unless that host is translated.
func TestNoNATControl(t *testing.T) {
	p := patPolicy()
	p.Rules.Control = false
	p.NAT[0].Real = pfx("10.1.1.128/25")
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "10.1.1.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	r.events()
	r.expect(r.send(outside, syn(client, "10.1.1.200:25")))
	r.event(EventNoTranslation)
}

func TestUDP(t *testing.T) {
	r := newRig(t, patPolicy())
	r.expect(r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "ask")), "outside udp 204.31.17.40:1024 > 192.150.49.10:53")
	r.wait(119 * time.Second)
	r.expect(r.send(outside, udp("192.150.49.10:53", "204.31.17.40:1024", "answer")), "inside udp 192.150.49.10:53 > 10.1.1.2:9")
	r.wait(119 * time.Second)
	if c := r.conns(); len(c) != 1 || c[0].Bytes != 9 || c[0].Idle != 119*time.Second || c[0].Timeout != 2*time.Minute {
		t.Errorf("%+v", c)
	}
	r.wait(2 * time.Second)
	if ev := r.event(EventTornConn); ev.Proto != packet.ProtoUDP || ev.Bytes != 9 {
		t.Errorf("%+v", ev)
	}
	r.events()
	r.expect(r.send(outside, udp("192.150.49.10:53", "204.31.17.40:1024", "late")))
}

func TestUDPDenied(t *testing.T) {
	r := newRig(t, openInbound())
	r.expect(r.send(outside, udp("192.150.49.10:53", "204.31.17.2:53", "x")))
	if ev := r.event(EventDenyConduit); ev.Proto != packet.ProtoUDP {
		t.Errorf("%+v", ev)
	}
}

func TestLandAndSpoof(t *testing.T) {
	r := newRig(t, openInbound())
	r.expect(r.send(outside, syn("204.31.17.2:25", "204.31.17.2:25")))
	r.event(EventLand)
	for _, from := range []string{"127.0.0.1:9", "0.0.0.0:9", "224.0.0.1:9", "255.255.255.255:9", "192.150.49.1:9", "10.1.1.1:9", "192.150.49.255:9"} {
		r.events()
		r.expect(r.send(outside, syn(from, "204.31.17.2:25")))
		r.event(EventSpoof)
	}
	r.expect(r.send(outside, syn(client, "255.255.255.255:25")))
	if r.dropped(DropBroadcast) != 1 {
		t.Errorf("%v", r.drops())
	}
}

// Frames for other stations, of unknown type and on shut interfaces go no further.
func TestFrames(t *testing.T) {
	p := openInbound()
	p.Interfaces[dmz].Up = false
	r := newRig(t, p)
	f := r.frame(outside, syn(client, "204.31.17.2:25"))
	packet.Ethernet(f.Bytes()).SetDst([6]byte{2, 9, 9, 9, 9, 9})
	r.expect(r.sendFrame(outside, f))
	// a broadcast of the wire that is none of IP
	for _, to := range [][6]byte{broadcastMAC, {1, 0, 0x5e, 0, 0, 5}} {
		f = r.frame(outside, syn(client, "204.31.17.2:25"))
		packet.Ethernet(f.Bytes()).SetDst(to)
		r.expect(r.sendFrame(outside, f))
	}
	if r.dropped(DropNotForUs) != 3 {
		t.Errorf("%v", r.drops())
	}
	f = r.frame(outside, syn(client, "204.31.17.2:25"))
	packet.Ethernet(f.Bytes()).SetType(0x86dd)
	r.expect(r.sendFrame(outside, f))
	f.Len = 9
	r.expect(r.sendFrame(outside, f))
	r.expect(r.send(dmz, syn("172.16.0.5:9", web)))
	r.expect(r.send(99, syn("172.16.0.5:9", web)))
	r.e.Do(func(s *State) {
		if c := s.Interface(outside); c.InPackets != 5 || c.Runts != 1 || c.Dropped != 5 {
			t.Errorf("%+v", c)
		}
		if c := s.Interface(dmz); c != (IfCounters{}) {
			t.Errorf("%+v", c)
		}
	})
}

func TestLookupAndRoutes(t *testing.T) {
	r := newRig(t, basePolicy())
	r.e.Do(func(s *State) {
		for _, c := range []struct {
			to, via string
			port    Port
		}{{"8.8.8.8", "192.150.49.254", outside}, {"10.1.1.7", "", inPort}, {"10.9.3.4", "10.1.1.254", inPort}, {"172.16.0.9", "", dmz}} {
			got, ok := s.Lookup(mustAddr(c.to))
			if via := pick(got.Via.IsValid(), got.Via.String(), ""); !ok || got.Port != c.port || via != c.via {
				t.Errorf("%s: %+v %v", c.to, got, ok)
			}
		}
	})
	// The next hop is the router's station.
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
	r = newRig(t, p)
	got := r.send(inPort, udp("10.9.7.7:9", "8.8.8.8:53", "x"))
	r.expect(got, "outside udp 10.9.7.7:9 > 8.8.8.8:53")
	if got[0].eth.Dst() != macOf(addr("192.150.49.254")) || got[0].IP.TTL() != 64 {
		t.Errorf("to %x, TTL %d", got[0].eth.Dst(), got[0].IP.TTL())
	}
	got = r.send(outside, udp("8.8.8.8:53", "10.9.7.7:9", "x"))
	if len(got) != 1 || got[0].eth.Dst() != macOf(addr("10.1.1.254")) {
		t.Errorf("back: %s", lines(got))
	}
}

func TestReset(t *testing.T) {
	r := newRig(t, openInbound())
	inboundTalk(r).open()
	r.events()
	r.e.Do(func(s *State) {
		s.Reset()
		if c, x := s.Counts(); c != (Counts{}) || x != (Counts{}) {
			t.Errorf("%v %v", c, x)
		}
	})
	if got := r.events(); len(got) != 0 {
		t.Errorf("events %v", got)
	}
	r.wait(24 * time.Hour)
	inboundTalk(r).open()
}
