package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

func boxPolicy() *Policy {
	p := patPolicy()
	p.ToBox = ToBox{
		Telnet: []Allow{{inPort, pfx("10.1.1.0/24")}, {outside, pfx("0.0.0.0/0")}},
		SSH:    []Allow{{outside, pfx("192.150.49.10/32")}},
	}
	return p
}

func TestTelnetAndSSH(t *testing.T) {
	for _, c := range []struct {
		in       Port
		from, to string
		lowest   bool // telnet taken on the lowest level too
		want     EventKind
	}{
		{inPort, "10.1.1.2:9", "10.1.1.1:23", false, EventBoxPermitted},
		{inPort, "10.9.0.2:9", "10.1.1.1:23", false, EventBoxDenied},
		{outside, client, "192.150.49.1:23", false, EventBoxDenied},
		{outside, client, "192.150.49.1:23", true, EventBoxPermitted},
		{outside, client, "192.150.49.1:22", false, EventBoxPermitted},
		{outside, "192.150.49.11:9", "192.150.49.1:22", false, EventBoxDenied},
		{inPort, "10.1.1.2:9", "10.1.1.1:22", false, EventBoxDenied},
		{inPort, "10.1.1.2:9", "10.1.1.1:80", false, EventBoxDiscarded},
	} {
		p := boxPolicy()
		p.ToBox.TelnetOutside = c.lowest
		r := newRig(t, p)
		got := r.send(c.in, syn(c.from, c.to))
		permitted := c.want == EventBoxPermitted
		if permitted != (len(got) == 1 && got[0].port == Self) {
			t.Errorf("%s > %s: %s", c.from, c.to, lines(got))
		}
		if ev := r.event(c.want); ev.Dst.Mapped.String() != c.to || ev.Src.Real.String() != c.from || ev.In != c.in {
			t.Errorf("%+v", ev)
		}
		r.noEvent(EventBuiltConn)
		if !permitted {
			continue
		}
		back := r.send(Self, tcpSeg(c.to, c.from, fSYN|fACK, 77, 1001, ""))
		if len(back) != 1 || back[0].port != c.in || back[0].TCP().Seq() != 77 {
			t.Errorf("answer: %s", lines(back))
		}
		if n := len(r.conns()); n != 0 {
			t.Errorf("%d connections shown", n)
		}
	}
}

func TestFarSide(t *testing.T) {
	r := newRig(t, boxPolicy())
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.1", packet.ICMPEcho, 5)))
	r.expect(r.send(inPort, syn("10.1.1.2:9", "192.150.49.1:23")))
	r.expect(r.send(outside, icmp("192.150.49.10", "10.1.1.1", packet.ICMPEcho, 5)))
	if r.dropped(DropFarSide) != 3 {
		t.Errorf("%v", r.drops())
	}
}

func TestICMPToBox(t *testing.T) {
	p := boxPolicy()
	r := newRig(t, p)
	r.expect(r.send(inPort, icmp("10.1.1.2", "10.1.1.1", packet.ICMPEcho, 5)), "self icmp 10.1.1.2 > 10.1.1.1 type 8 id 5")
	r.expect(r.send(Self, icmp("10.1.1.1", "10.1.1.2", packet.ICMPEchoReply, 5)), "inside icmp 10.1.1.1 > 10.1.1.2 type 0 id 5")
	p2 := *p
	p2.ToBox.ICMP = []ICMPRule{{outside, false, pfx("192.150.49.10/32"), 8}, {outside, true, pfx("0.0.0.0/0"), 8}}
	r.e.Swap(&p2)
	r.expect(r.send(outside, icmp("192.150.49.11", "192.150.49.1", packet.ICMPEcho, 5)), "self icmp 192.150.49.11 > 192.150.49.1 type 8 id 5")
	r.expect(r.send(inPort, icmp("10.1.1.3", "10.1.1.1", packet.ICMPEcho, 5)), "self icmp 10.1.1.3 > 10.1.1.1 type 8 id 5")
	r.noEvent(EventBoxICMPDenied)
	r.expect(r.send(outside, icmp("192.150.49.10", "192.150.49.1", packet.ICMPEcho, 5)))
	if ev := r.event(EventBoxICMPDenied); ev.Type != 8 || ev.In != outside {
		t.Errorf("%+v", ev)
	}
	r.events()
	r.expect(r.send(outside, icmp("192.150.49.11", "192.150.49.1", packet.ICMPTimestamp, 5)))
	r.event(EventBoxICMPDenied)
}

// The icmp lines are asked about every message that ends at the box: a ping that was answered a moment ago, an answer to a
// ping of its own, an error about one of its packets. What passes through is none of theirs.
func TestICMPToBoxHasNoState(t *testing.T) {
	p := boxPolicy()
	p.Conduits = list(rule(true, packet.ProtoICMP, "any", "any", 0))
	r := newRig(t, p)
	ping := icmp("192.150.49.10", "192.150.49.1", packet.ICMPEcho, 5)
	answer := icmp("192.150.49.10", "192.150.49.1", packet.ICMPEchoReply, 6)
	about := icmpError("192.150.49.254", 3, 1, udp("192.150.49.1:4000", "8.8.8.8:514", "log"))
	r.send(Self, udp("192.150.49.1:4000", "8.8.8.8:514", "log"))
	r.expect(r.send(outside, ping), "self icmp 192.150.49.10 > 192.150.49.1 type 8 id 5")
	r.expect(r.send(Self, icmp("192.150.49.1", "192.150.49.10", packet.ICMPEchoReply, 5)), "outside icmp 192.150.49.1 > 192.150.49.10 type 0 id 5")
	r.expect(r.send(Self, icmp("192.150.49.1", "192.150.49.10", packet.ICMPEcho, 6)), "outside icmp 192.150.49.1 > 192.150.49.10 type 8 id 6")
	r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 9))
	with := func(rules ...ICMPRule) {
		q := *p
		q.ToBox.ICMP = rules
		r.e.Swap(&q)
		r.events()
	}
	none := pfx("0.0.0.0/0")
	with(ICMPRule{outside, false, none, -1})
	for _, ip := range [][]byte{ping, answer, about} {
		r.expect(r.send(outside, ip))
		r.event(EventBoxICMPDenied)
		r.events()
	}
	r.expect(r.send(outside, icmp("192.150.49.10", "204.31.17.40", packet.ICMPEchoReply, 0)), "inside icmp 192.150.49.10 > 10.1.1.2 type 0 id 9")
	r.expect(r.send(Self, icmp("192.150.49.1", "192.150.49.10", packet.ICMPEcho, 6)), "outside icmp 192.150.49.1 > 192.150.49.10 type 8 id 6")
	with(ICMPRule{outside, true, none, 0}, ICMPRule{outside, true, none, 3})
	r.expect(r.send(outside, ping))
	r.event(EventBoxICMPDenied)
	r.expect(r.send(outside, answer), "self icmp 192.150.49.10 > 192.150.49.1 type 0 id 6")
	r.expect(r.send(outside, about), "self icmp 192.150.49.254 > 192.150.49.1 type 3 id 0")
	with(ICMPRule{inPort, false, none, -1})
	r.expect(r.send(outside, ping), "self icmp 192.150.49.10 > 192.150.49.1 type 8 id 5")
}

// The box's own connections go where the routes say, untranslated and unseen; only their answers come in.
func TestFromBox(t *testing.T) {
	p := boxPolicy()
	p.Interfaces[outside].In = list() // nothing permitted
	r := newRig(t, p)
	r.expect(r.send(Self, udp("192.150.49.1:4000", "8.8.8.8:514", "log")), "outside udp 192.150.49.1:4000 > 8.8.8.8:514")
	r.expect(r.send(outside, udp("8.8.8.8:514", "192.150.49.1:4000", "x")), "self udp 8.8.8.8:514 > 192.150.49.1:4000")
	r.expect(r.send(outside, udp("8.8.8.9:514", "192.150.49.1:4000", "x")))
	if got := r.events(); len(got) != 1 || got[0] != EventBoxDiscarded {
		t.Errorf("events %v", got)
	}
	r.expect(r.send(Self, icmp("10.1.1.1", "10.1.1.2", packet.ICMPEcho, 5)), "inside icmp 10.1.1.1 > 10.1.1.2 type 8 id 5")
	r.expect(r.send(inPort, icmp("10.1.1.2", "10.1.1.1", packet.ICMPEchoReply, 5)), "self icmp 10.1.1.2 > 10.1.1.1 type 0 id 5")
	r.expect(r.send(inPort, icmp("10.1.1.2", "10.1.1.1", packet.ICMPEchoReply, 6)))
	// Errors about its packets reach it, and its own leave.
	u := udp("192.150.49.1:4000", "8.8.8.8:514", "log")
	r.expect(r.send(outside, icmpError("192.150.49.254", 3, 1, u)), "self icmp 192.150.49.254 > 192.150.49.1 type 3 id 0")
	in := udp("8.8.8.8:514", "192.150.49.1:4000", "x")
	r.expect(r.send(Self, icmpError("192.150.49.1", 3, 3, in)), "outside icmp 192.150.49.1 > 8.8.8.8 type 3 id 0")
	// Somebody else's address is not its own.
	r.expect(r.send(Self, udp("10.1.1.9:4000", "8.8.8.8:514", "log")))
	if r.dropped(DropSelf) != 1 {
		t.Errorf("%v", r.drops())
	}
	r.wait(5 * time.Minute)
	r.expect(r.send(outside, udp("8.8.8.8:514", "192.150.49.1:4000", "x")))
}

// On its internal wire the engine answers for everybody.
func TestSelfARP(t *testing.T) {
	r := newRig(t, boxPolicy())
	if got := r.ask(Self, "10.1.1.1", "203.0.113.99"); len(got) != 1 || got[0].SenderMAC() != SelfMAC {
		t.Errorf("%d answers", len(got))
	}
}

// The operator gets in while strangers fill the table.
func TestBoxWhileTableFull(t *testing.T) {
	p := boxPolicy()
	p.Rules.MaxConns = 2
	r := newRig(t, p)
	for i := range 4 {
		r.send(inPort, udp("10.1.1.2:"+itoa(1000+i), "8.8.8.8:53", "x"))
	}
	r.expect(r.send(inPort, syn("10.1.1.2:9", "10.1.1.1:23")), "self tcp 10.1.1.2:9 > 10.1.1.1:23 S")
}

func TestResetOutside(t *testing.T) {
	p := boxPolicy()
	p.Rules.ResetOutside = true
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "192.150.49.1:80")), "outside tcp 192.150.49.1:80 > 192.150.49.10:1025 RA")
	r.expect(r.send(inPort, syn("10.1.1.2:9", "10.1.1.1:80")))
}
