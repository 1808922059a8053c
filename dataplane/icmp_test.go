package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

func icmpRule(permit bool, src, dst string, typ int16) acl.Rule {
	r := rule(permit, packet.ProtoICMP, src, dst, 0)
	r.Type = typ
	return r
}

// Without inspection each ICMP packet is permitted by itself: pings go out by PAT, and answers need a permission.
func TestICMPThroughStateless(t *testing.T) {
	p := patPolicy()
	r := newRig(t, p)
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 340)), "outside icmp 204.31.17.40 > 192.150.49.10 type 8 id 0")
	r.expect(r.send(inPort, icmp("10.1.1.3", "192.150.49.10", packet.ICMPEcho, 340)), "outside icmp 204.31.17.40 > 192.150.49.10 type 8 id 1")
	if x := r.xlates(); len(x) != 2 || x[0].ICMPID != 340 || !x[0].PAT || x[0].Mapped.Port() != 0 || len(r.conns()) != 0 {
		t.Errorf("xlates %+v", x)
	}
	r.events()
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.40", packet.ICMPEchoReply, 1)))
	if ev := r.event(EventDenyConduit); ev.Proto != packet.ProtoICMP || ev.Type != 0 || ev.Inbound != true {
		t.Errorf("%+v", ev)
	}
	p2 := *p
	p2.Conduits = list(icmpRule(true, "any", "any", 0))
	r.e.Swap(&p2)
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.40", packet.ICMPEchoReply, 1)), "inside icmp 192.150.49.10 > 10.1.1.3 type 0 id 340")
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.40", packet.ICMPEchoReply, 9)))
	r.wait(29 * time.Second)
	r.send(inPort, icmp("10.1.1.3", "192.150.49.10", packet.ICMPEcho, 340))
	r.wait(2 * time.Second)
	if x := r.xlates(); len(x) != 1 || x[0].Real.Addr() != mustAddr("10.1.1.3") {
		t.Errorf("xlates %+v", x)
	}
}

func TestICMPInbound(t *testing.T) {
	p := openInbound()
	p.Conduits = list(icmpRule(true, "any", "204.31.17.2", 8))
	r := newRig(t, p)
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.2", packet.ICMPEcho, 5)), "inside icmp 192.150.49.10 > 10.1.1.2 type 8 id 5")
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEchoReply, 5)), "outside icmp 204.31.17.2 > 192.150.49.10 type 0 id 5")
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.2", packet.ICMPTimestamp, 5)))
}

func TestICMPInspect(t *testing.T) {
	p := patPolicy()
	p.Rules.ICMPInspect = true
	r := newRig(t, p)
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 340)), "outside icmp 204.31.17.40 > 192.150.49.10 type 8 id 0")
	if ev := r.event(EventBuiltConn); ev.Proto != packet.ProtoICMP || ev.Dst.Real.String() != "10.1.1.2:340" || ev.Dst.Mapped.String() != "204.31.17.40:0" {
		t.Errorf("%+v", ev)
	}
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.40", packet.ICMPEchoReply, 0)), "inside icmp 192.150.49.10 > 10.1.1.2 type 0 id 340")
	r.expect(r.send(outside, icmp("192.150.49.11", "204.31.17.40", packet.ICMPEchoReply, 0)))
	r.wait(3 * time.Second)
	r.event(EventTornConn)
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.40", packet.ICMPEchoReply, 0)))
}

// Errors carry the packet they are about, as their receiver knows it.
func TestICMPErrors(t *testing.T) {
	p := patPolicy()
	p.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
	p.Conduits = list(icmpRule(true, "any", "any", 3), rule(true, packet.ProtoTCP, "any", "any", 25))
	p.Rules.Randomise = true
	r := newRig(t, p)
	inner := func(s sent) (in packet.Inner) {
		var d packet.Parsed
		d.DecodeIP(s.IP)
		if !d.Inner.OK {
			t.Fatalf("%s quotes nothing", s)
		}
		return d.Inner
	}
	// A router outside about PAT: TCP with a shifted number, UDP, and a ping without a connection.
	out := r.send(inPort, tcpSeg("10.1.1.3:1500", web, fSYN, 4242, 0, ""))
	got := r.send(outside, icmpError("192.150.49.254", 3, 1, out[0].IP))
	r.expect(got, "inside icmp 192.150.49.254 > 10.1.1.3 type 3 id 0")
	if in := inner(got[0]); in.Src != addr("10.1.1.3") || in.SrcPort != 1500 || in.Dst != addr("192.150.49.10") || in.DstPort != 80 || in.Seq != 4242 {
		t.Errorf("quotes %+v", in)
	}
	out = r.send(inPort, udp("10.1.1.3:1500", "192.150.49.10:53", "x"))
	got = r.send(outside, icmpError("192.150.49.10", 3, 3, out[0].IP))
	if in := inner(got[0]); in.Src != addr("10.1.1.3") || in.SrcPort != 1500 {
		t.Errorf("quotes %+v", in)
	}
	out = r.send(inPort, icmp("10.1.1.3", "192.150.49.10", packet.ICMPEcho, 77))
	got = r.send(outside, icmpError("192.150.49.254", 3, 1, out[0].IP))
	r.expect(got, "inside icmp 192.150.49.254 > 10.1.1.3 type 3 id 0")
	if in := inner(got[0]); in.Src != addr("10.1.1.3") || in.SrcPort != 77 {
		t.Errorf("quotes %+v", in)
	}
	// An inside host, and a router before it, about a packet from outside.
	in := r.send(outside, syn(client, "204.31.17.2:25"))
	got = r.send(inPort, icmpError("10.1.1.2", 3, 3, in[0].IP))
	r.expect(got, "outside icmp 204.31.17.2 > 192.150.49.10 type 3 id 0")
	if in := inner(got[0]); in.Dst != addr("204.31.17.2") || in.DstPort != 25 || in.Src != addr("192.150.49.10") {
		t.Errorf("quotes %+v", in)
	}
	got = r.send(inPort, icmpError("10.1.1.254", 3, 1, in[0].IP))
	r.expect(got, "outside icmp 204.31.17.40 > 192.150.49.10 type 3 id 0")
	if in := inner(got[0]); in.Dst != addr("204.31.17.2") {
		t.Errorf("quotes %+v", in)
	}
	// Other types are not permitted.
	r.events()
	r.expect(r.send(outside, icmpError("192.150.49.254", 11, 0, out[0].IP)))
	r.event(EventDenyConduit)
}

func TestDebugICMP(t *testing.T) {
	r := newRig(t, basePolicy())
	r.send(outside, icmp("192.150.49.10", "192.150.49.1", packet.ICMPEcho, 5))
	r.noEvent(EventDebugICMP)
	r.e.Do(func(s *State) { s.DebugICMP(true) })
	r.send(outside, icmp("192.150.49.10", "192.150.49.1", packet.ICMPEcho, 5))
	if ev := r.event(EventDebugICMP); ev.ID != 5 || ev.Seq != 1 || ev.Len != 36 {
		t.Errorf("%+v", ev)
	}
	r.e.Swap(patPolicy())
	r.events()
	r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 6))
	if ev := r.event(EventDebugICMP); ev.Src.Real.Addr() != mustAddr("10.1.1.2") || ev.Src.Mapped.Addr() != mustAddr("204.31.17.40") || ev.Dst.If != outside || ev.Inbound {
		t.Errorf("%+v", ev)
	}
}

// What does not fit and must not be cut is answered (RFC 1191).
func TestTooBig(t *testing.T) {
	p := patPolicy()
	p.Interfaces[outside].MTU = 600
	r := newRig(t, p)
	ip := packet.AppendUDP(nil, packet.Header{Src: addr("10.1.1.2"), Dst: addr("192.150.49.10"), DF: true}, 9, 53, make([]byte, 1000))
	got := r.send(inPort, ip)
	r.expect(got, "inside icmp 10.1.1.1 > 10.1.1.2 type 3 id 0")
	if m := got[0].ICMP(); m.Code() != 4 || m.Seq() != 600 {
		t.Errorf("code %d, MTU %d", m.Code(), m.Seq())
	}
	if r.dropped(DropTooBig) != 1 {
		t.Errorf("%v", r.drops())
	}
}
