package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

const (
	client = "192.150.49.10:1025"
	web    = "192.150.49.10:80"
)

// openInbound is a policy with a static mail server and a conduit for SMTP.
func openInbound() *Policy {
	p := basePolicy()
	p.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
	p.Conduits = list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25))
	return p
}

func patPolicy() *Policy {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 1, Real: pfx("0.0.0.0/0")}}
	p.Pools = []Pool{{Port: outside, Number: 1, First: mustAddr("204.31.17.40"), Last: mustAddr("204.31.17.40"), PAT: true}}
	return p
}

func TestStaticAndConduit(t *testing.T) {
	r := newRig(t, openInbound())
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	want := []EventKind{EventBuiltHost, EventBuiltXlate, EventBuiltConn}
	ev := r.event(EventBuiltConn)
	if !ev.Inbound || ev.Src.If != outside || ev.Src.Real.String() != client || ev.Dst.Real.String() != "10.1.1.2:25" ||
		ev.Dst.Mapped.String() != "204.31.17.2:25" || ev.Conn != 1 {
		t.Errorf("built %+v", ev)
	}
	if x := r.event(EventBuiltXlate); !x.Static || x.PAT || x.Dst.Real.Addr() != mustAddr("10.1.1.2") || x.Src.If != outside ||
		x.Dst.Mapped.Addr() != mustAddr("204.31.17.2") {
		t.Errorf("xlate %+v", x)
	}
	if got := r.events(); len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("events %v, want %v", got, want)
	}
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:25", client, packet.SYN|packet.ACK, 5000, 1001, "")),
		"outside tcp 204.31.17.2:25 > 192.150.49.10:1025 SA")
	// Another port has no conduit, a real address none either.
	for _, to := range []string{"204.31.17.2:80", "10.1.1.2:25"} {
		r.events()
		r.expect(r.send(outside, syn("192.150.49.10:1026", to)))
		if ev := r.event(EventDenyConduit); ev.Dst.Mapped.String() != to || ev.Src.Real.String() != "192.150.49.10:1026" ||
			ev.Flags != packet.SYN || ev.In != outside {
			t.Errorf("denied %+v", ev)
		}
	}
	if n := r.dropped(DropConduit); n != 2 {
		t.Errorf("%d drops", n)
	}
	var hits uint64
	r.e.Do(func(s *State) { hits = s.Hits(77) })
	if hits != 1 {
		t.Errorf("%d hits", hits)
	}
}

// Conduits are tried in order of entry.
func TestConduitOrder(t *testing.T) {
	p := openInbound()
	p.Conduits = list(rule(false, packet.ProtoTCP, "192.150.49.10", "any", 0), rule(true, 0, "any", "any", 0))
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")))
	r.expect(r.send(outside, syn("192.150.49.11:1025", "204.31.17.2:25")), "inside tcp 192.150.49.11:1025 > 10.1.1.2:25 S")
	// Permitted, but nothing is translated: no xlate inside, or not even another interface.
	r.events()
	r.expect(r.send(outside, syn("192.150.49.11:1025", "10.1.1.9:25")))
	r.event(EventNoTranslation)
	r.events()
	r.expect(r.send(outside, syn("192.150.49.11:1025", "192.150.49.77:25")))
	r.event(EventDenyNoXlate)
}

func TestNetStatic(t *testing.T) {
	p := basePolicy()
	p.Statics = []Static{static("204.31.17.0/24", "10.1.1.0/24")}
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.37:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.37:25 S")
	r.expect(r.send(inPort, udp("10.1.1.200:53", "192.150.49.10:99", "x")), "outside udp 204.31.17.200:53 > 192.150.49.10:99")
	if n := len(r.xlates()); n != 2 {
		t.Errorf("%d xlates", n)
	}
}

func TestPortRedirection(t *testing.T) {
	p := patPolicy()
	s := static("192.150.49.1/32", "10.1.1.2/32")
	s.Proto, s.MappedPort, s.RealPort = packet.ProtoTCP, 2525, 25
	p.Statics = []Static{s}
	p.Pools[0] = Pool{Port: outside, Number: 1, PAT: true, Interface: true}
	p.Interfaces[outside].In, p.Interfaces[outside].InName = list(rule(true, packet.ProtoTCP, "any", "192.150.49.1", 2525)), "out_in"
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "192.150.49.1:2525")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:25", client, packet.SYN|packet.ACK, 5000, 1001, "")),
		"outside tcp 192.150.49.1:2525 > 192.150.49.10:1025 SA")
	// A datagram to the same port is not redirected.
	p.Interfaces[outside].In = list(rule(true, 0, "any", "any", 0))
	r.expect(r.send(outside, udp(client, "192.150.49.1:2525", "x")))
	// What the server opens itself has another port and goes by PAT on the same address.
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 192.150.49.1:1024 > 192.150.49.10:80 S")
	x := r.xlates()
	if len(x) != 2 || !x[0].Static || !x[0].PAT || x[0].Mapped.Port() != 2525 || x[1].Static || x[1].Mapped.Port() != 1024 {
		t.Errorf("xlates %+v", x)
	}
	// A port that nobody redirects is one of the box.
	r.events()
	r.expect(r.send(outside, syn(client, "192.150.49.1:80")))
	r.event(EventBoxDiscarded)
}

func TestPAT(t *testing.T) {
	r := newRig(t, patPolicy())
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 204.31.17.40:1024 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.3:1500", web)), "outside tcp 204.31.17.40:1025 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, udp("10.1.1.3:1500", "192.150.49.10:53", "x")), "outside udp 204.31.17.40:1024 > 192.150.49.10:53")
	// The same port of the same host has one translation, whomever it speaks to.
	r.expect(r.send(inPort, udp("10.1.1.3:1500", "192.150.49.11:53", "x")), "outside udp 204.31.17.40:1024 > 192.150.49.11:53")
	r.expect(r.send(outside, udp("192.150.49.11:53", "204.31.17.40:1024", "y")), "inside udp 192.150.49.11:53 > 10.1.1.3:1500")
	r.expect(r.send(outside, tcpSeg(web, "204.31.17.40:1025", packet.SYN|packet.ACK, 9, 0, "")), "inside tcp 192.150.49.10:80 > 10.1.1.3:1500 SA")
	// Nobody else may use it, whatever the conduits say.
	p := patPolicy()
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	r.e.Swap(p)
	r.events()
	r.expect(r.send(outside, udp("192.150.49.12:53", "204.31.17.40:1024", "y")))
	r.expect(r.send(outside, syn("192.150.49.12:53", "204.31.17.40:1025")))
	if n := r.dropped(DropHairpin); n != 2 {
		t.Errorf("drops %v", r.drops())
	}
	// 30 s after the last connection the translation goes.
	r.wait(2*time.Minute + time.Second)
	for _, c := range r.conns() {
		if c.Proto == packet.ProtoUDP {
			t.Error("a UDP connection lives")
		}
	}
	if n := len(r.xlates()); n != 3 {
		t.Errorf("%d xlates", n)
	}
	r.wait(30 * time.Second)
	if n := len(r.xlates()); n != 0 {
		t.Errorf("%d xlates after 30 s more", n)
	}
}

func TestPATPortsExhausted(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxConns, p.Rules.MaxXlates = 100000, 100000
	r := newRig(t, p)
	r.send(inPort, udp("10.1.1.2:1500", "192.150.49.10:53", "x"))
	n := 1
	for host := 2; n < 64512; host++ {
		for port := range 16000 {
			if n++; n > 64512 {
				break
			}
			ip := udp("10.1.1.3:0", "192.150.49.10:53", "x")
			pk := packet.Packet{IP: ip}
			pk.SetSrc(addr("10.1.2.0") + uint32(host))
			pk.SetSrcPort(uint16(port + 1))
			if got := r.send(inPort, ip); len(got) != 1 {
				t.Fatalf("refused after %d: %v", n, r.drops())
			}
		}
		r.log = nil
	}
	r.expect(r.send(inPort, udp("10.1.1.9:7", "192.150.49.10:53", "x")))
	if ev := r.event(EventXlateFailed); !ev.PAT {
		t.Errorf("%+v", ev)
	}
	// A port that comes free is found.
	r.e.Do(func(s *State) {
		ClearXlates(s.e.inline, func(x Xlate) bool { return x.Mapped.Port() == 40000 })
	})
	r.expect(r.send(inPort, udp("10.1.1.9:7", "192.150.49.10:53", "x")), "outside udp 204.31.17.40:40000 > 192.150.49.10:53")
}

// Source ports keep to their range of a shared address, each range and protocol with ports of its own, given out in turn: a
// port that came free waits until the others had theirs.
func TestPATRanges(t *testing.T) {
	p := patPolicy()
	p.Rules.PATRanges = []uint16{1, 512, 1024}
	p.Rules.MaxConns, p.Rules.MaxXlates = 2000, 2000
	p.Pools = append(p.Pools, Pool{Port: outside, Number: 1, First: mustAddr("204.31.17.50"), Last: mustAddr("204.31.17.50"), PAT: true})
	r := newRig(t, p)
	from := func(port, host int) []sent {
		return r.send(inPort, udp("10.1."+itoa(1+host/200)+"."+itoa(2+host%200)+":"+itoa(port), "192.150.49.10:99", "x"))
	}
	for _, c := range []struct{ port, as int }{
		{9, 1}, {1, 2}, {511, 3}, {512, 512}, {1023, 513}, {1024, 1024}, {65535, 1025}, {511, 3},
	} {
		r.expect(from(c.port, 0), "outside udp 204.31.17.40:"+itoa(c.as)+" > 192.150.49.10:99")
	}
	r.expect(r.send(inPort, syn("10.1.1.2:25", web)), "outside tcp 204.31.17.40:1 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 700)), "outside icmp 204.31.17.40 > 192.150.49.10 type 8 id 0")
	// The middle range is used up: the next address serves, and the neighbours do not mind.
	for host := 1; host < 511; host++ {
		r.expect(from(600, host), "outside udp 204.31.17.40:"+itoa(513+host)+" > 192.150.49.10:99")
	}
	r.expect(from(600, 511), "outside udp 204.31.17.50:512 > 192.150.49.10:99")
	r.expect(from(5, 511), "outside udp 204.31.17.40:4 > 192.150.49.10:99")
	r.expect(from(5000, 511), "outside udp 204.31.17.40:1026 > 192.150.49.10:99")
	// What comes free serves again, behind those that never served.
	r.e.Do(func(s *State) {
		ClearXlates(s.e.inline, func(x Xlate) bool { return x.Mapped.Port() == 700 || x.Mapped.Port() == 2 })
	})
	r.expect(from(600, 512), "outside udp 204.31.17.40:700 > 192.150.49.10:99")
	r.expect(from(600, 513), "outside udp 204.31.17.50:513 > 192.150.49.10:99")
	r.expect(from(7, 512), "outside udp 204.31.17.40:5 > 192.150.49.10:99")
	for host := range 510 {
		if got := from(600, 600+host); len(got) != 1 || got[0].UDP().SrcPort() != uint16(514+host) {
			t.Fatalf("host %d: %s", host, lines(got))
		}
	}
	r.events()
	r.expect(from(600, 1200))
	if ev := r.event(EventXlateFailed); !ev.PAT {
		t.Errorf("%+v", ev)
	}
	sound(t, r.e)
}

// Pool addresses go one a host, without those that cannot be used, then PAT.
func TestGlobalPoolThenPAT(t *testing.T) {
	p := patPolicy()
	p.Pools = append([]Pool{p.Pools[0]}, Pool{Port: outside, Number: 1, First: mustAddr("204.31.17.0"), Last: mustAddr("204.31.17.3"), Mask: pfx("204.31.17.0/24")})
	p.Statics = []Static{static("204.31.17.2/32", "10.1.1.99/32")}
	p.Conduits = list(rule(true, packet.ProtoTCP, "any", "any", 113))
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 204.31.17.1:1500 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.2:1501", web)), "outside tcp 204.31.17.1:1501 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.3:1500", web)), "outside tcp 204.31.17.3:1500 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.4:1500", web)), "outside tcp 204.31.17.40:1024 > 192.150.49.10:80 S")
	// A host with an address of its own can be reached through a conduit.
	r.expect(r.send(outside, syn(client, "204.31.17.3:113")), "inside tcp 192.150.49.10:1025 > 10.1.1.3:113 S")
	// Without PAT, what does not fit is refused.
	p2 := *p
	p2.Pools = p.Pools[1:]
	r.e.Swap(&p2)
	r.events()
	r.expect(r.send(inPort, syn("10.1.1.5:1500", web)))
	r.event(EventNoSlots)
}

// A range of which some ports belong to redirections is used up when the others are taken, and gives again what comes back.
func TestPATRangeWithRedirections(t *testing.T) {
	p := patPolicy()
	p.Rules.PATRanges = []uint16{1, 4}
	s := static("204.31.17.40/32", "10.1.1.99/32")
	s.Proto, s.MappedPort, s.RealPort = packet.ProtoUDP, 2, 53
	p.Statics = []Static{s}
	r := newRig(t, p)
	from := func(host string, as ...string) {
		t.Helper()
		r.expect(r.send(inPort, udp(host+":1", "192.150.49.10:99", "x")), as...)
	}
	from("10.1.1.2", "outside udp 204.31.17.40:1 > 192.150.49.10:99")
	from("10.1.1.3", "outside udp 204.31.17.40:3 > 192.150.49.10:99")
	from("10.1.1.4")
	from("10.1.1.4")
	state := r.e.pools[poolKey{port: outside, proto: packet.ProtoUDP, low: 1, first: addr("204.31.17.40"), last: addr("204.31.17.40")}]
	if !state.dry {
		t.Error("a range that is used up is searched for every packet")
	}
	r.e.Do(func(s *State) { ClearXlates(s.e.inline, func(x Xlate) bool { return x.Mapped.Port() == 3 }) })
	from("10.1.1.4", "outside udp 204.31.17.40:3 > 192.150.49.10:99")
	// Of another protocol the port is to be had.
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:1", web, packet.SYN, 1, 0, "")), "outside tcp 204.31.17.40:1 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, tcpSeg("10.1.1.3:1", web, packet.SYN, 1, 0, "")), "outside tcp 204.31.17.40:2 > 192.150.49.10:80 S")
}

// A static that changed: the host's new address is a translation of its own, an address that another host has in use is not
// to be had.
func TestStaticChanged(t *testing.T) {
	p := openInbound()
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	q := *p
	q.Statics = []Static{static("204.31.17.3/32", "10.1.1.2/32"), static("204.31.17.2/32", "10.1.1.7/32")}
	q.Conduits = list(rule(true, packet.ProtoTCP, "any", "any", 25))
	r.e.Swap(&q)
	r.expect(r.send(outside, syn("192.150.49.10:1026", "204.31.17.3:25")), "inside tcp 192.150.49.10:1026 > 10.1.1.2:25 S")
	if x := r.xlates(); len(x) != 2 || x[1].Mapped.Addr() != mustAddr("204.31.17.3") || x[0].Conns != 1 || x[1].Conns != 1 {
		t.Errorf("%+v", x)
	}
	r.events()
	r.expect(r.send(inPort, syn("10.1.1.7:9", web)))
	if ev := r.event(EventXlateFailed); !ev.Static || ev.Src.Real.String() != "10.1.1.7:9" || r.dropped(DropNoXlate) != 1 {
		t.Errorf("%+v, %v", ev, r.drops())
	}
	r.expect(r.send(outside, syn("192.150.49.10:1027", "204.31.17.2:25")), "inside tcp 192.150.49.10:1027 > 10.1.1.2:25 S")
	r.e.Do(func(s *State) { ClearXlates(s.e.inline, nil) })
	r.expect(r.send(inPort, syn("10.1.1.7:9", web)), "outside tcp 204.31.17.2:9 > 192.150.49.10:80 S")
}

// A pool does not give out the address of an interface of the box.
func TestPoolHasOwnAddress(t *testing.T) {
	p := patPolicy()
	p.Pools[0] = Pool{Port: outside, Number: 1, First: mustAddr("192.150.49.1"), Last: mustAddr("192.150.49.2")}
	r := newRig(t, p)
	r.expect(r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:99", "x")), "outside udp 192.150.49.2:9 > 192.150.49.10:99")
	r.expect(r.send(inPort, udp("10.1.1.3:9", "192.150.49.10:99", "x")))
}

// Where a pool and the addresses behind it are used up, it is the ports that the box says it has no more of.
func TestPoolAndPATUsedUp(t *testing.T) {
	p := patPolicy()
	p.Rules.PATRanges = []uint16{1, 2}
	p.Pools = append(p.Pools, Pool{Port: outside, Number: 1, First: mustAddr("204.31.17.50"), Last: mustAddr("204.31.17.50")})
	r := newRig(t, p)
	for host, as := range []string{"204.31.17.50:1", "204.31.17.40:1"} {
		r.expect(r.send(inPort, udp("10.1.1."+itoa(2+host)+":1", "192.150.49.10:99", "x")), "outside udp "+as+" > 192.150.49.10:99")
	}
	r.events()
	r.expect(r.send(inPort, udp("10.1.1.9:1", "192.150.49.10:99", "x")))
	r.event(EventXlateFailed)
	r.noEvent(EventNoSlots)
}

// How long a translation is idle counts from when it was made, from its last packet, or from the end of its last connection.
func TestXlateIdle(t *testing.T) {
	p := patPolicy()
	p.NAT[0].Limits.MaxConns = 1
	p.Timeouts.PATXlate = time.Hour
	r := newRig(t, p)
	idle := func(port uint16, want time.Duration) {
		t.Helper()
		for _, x := range r.xlates() {
			if x.Mapped.Port() == port && x.Idle != want {
				t.Errorf("port %d: idle %v, want %v", port, x.Idle, want)
			}
		}
	}
	r.wait(time.Minute)
	r.send(inPort, syn("10.1.1.2:1500", web))
	r.send(inPort, syn("10.1.1.2:1501", web)) // refused, after it was translated
	r.wait(5 * time.Second)
	idle(1024, 0)
	idle(1025, 5*time.Second)
	r.wait(115 * time.Second)
	r.wait(10 * time.Second)
	if n := len(r.conns()); n != 0 {
		t.Fatalf("%d connections", n)
	}
	idle(1024, 10*time.Second)
	if n := len(r.xlates()); n != 2 {
		t.Errorf("%d translations", n)
	}
}

// The network's and the broadcast address of a pool's mask are nobody's; where the mask leaves no room for such, both are.
func TestPoolMask(t *testing.T) {
	for _, c := range []struct{ mask, first, second, third string }{
		{"204.31.17.40/29", "204.31.17.41", "204.31.17.42", "204.31.17.43"},
		{"204.31.17.40/30", "204.31.17.41", "204.31.17.42", ""},
		{"204.31.17.40/31", "204.31.17.40", "204.31.17.41", "204.31.17.42"},
		{"204.31.17.40/32", "204.31.17.40", "204.31.17.41", "204.31.17.42"},
	} {
		p := patPolicy()
		p.Pools = []Pool{{Port: outside, Number: 1, First: mustAddr("204.31.17.40"), Last: mustAddr("204.31.17.43"), Mask: pfx(c.mask)}}
		r := newRig(t, p)
		for host, as := range []string{c.first, c.second, c.third} {
			got := lines(r.send(inPort, udp("10.1.1."+itoa(2+host)+":9", "192.150.49.10:99", "x")))
			if want := "outside udp " + as + ":9 > 192.150.49.10:99"; as != "" && got != want || as == "" && got != "" {
				t.Errorf("%s, host %d: %q, want %q", c.mask, host, got, as)
			}
		}
	}
}

func TestIdentityIsOutboundOnly(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("10.1.1.0/24")}}
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 10.1.1.2:1500 > 192.150.49.10:80 S")
	if x := r.xlates(); len(x) != 1 || !x[0].Identity || x[0].Static {
		t.Errorf("xlates %+v", x)
	}
	r.events()
	r.expect(r.send(outside, syn(client, "10.1.1.2:25")))
	r.event(EventNoTranslation)
	// Its pings are answered, since the conduit permits that.
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 7)), "outside icmp 10.1.1.2 > 192.150.49.10 type 8 id 7")
	r.expect(r.send(outside, icmp("192.150.49.10", "10.1.1.2", packet.ICMPEchoReply, 7)), "inside icmp 192.150.49.10 > 10.1.1.2 type 0 id 7")
}

// nat takes the longest network; without a line for the host, or a pool for the way out, nothing passes.
func TestNATChoice(t *testing.T) {
	p := patPolicy()
	p.NAT = []NAT{
		{Port: inPort, Number: 1, Real: pfx("10.1.1.0/24")},
		{Port: inPort, Number: 2, Real: pfx("10.1.1.8/29")},
		{Port: inPort, Number: 0, Real: pfx("10.1.1.9/32")},
	}
	p.Pools = append(p.Pools, Pool{Port: outside, Number: 2, First: mustAddr("204.31.17.50"), Last: mustAddr("204.31.17.50"), PAT: true})
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", web)), "outside tcp 204.31.17.40:1024 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.8:9", web)), "outside tcp 204.31.17.50:1024 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.9:9", web)), "outside tcp 10.1.1.9:9 > 192.150.49.10:80 S")
	for _, c := range []struct{ from, to string }{{"10.9.0.1:9", web}, {"10.1.1.2:9", "172.16.0.5:80"}} {
		r.events()
		r.expect(r.send(inPort, syn(c.from, c.to)))
		r.event(EventNoTranslation)
	}
	p2 := *p
	p2.Rules.Control = false
	r.e.Swap(&p2)
	r.expect(r.send(inPort, syn("10.9.0.1:9", web)), "outside tcp 10.9.0.1:9 > 192.150.49.10:80 S")
}

func TestExempt(t *testing.T) {
	p := patPolicy()
	p.Exempt = []Exempt{{Port: inPort, List: list(rule(true, 0, "10.1.1.0/24", "192.150.49.0/28", 0))}}
	p.Conduits = list(rule(true, packet.ProtoTCP, "any", "10.1.1.2", 25))
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", "192.150.49.10:80")), "outside tcp 10.1.1.2:9 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.2:9", "192.150.49.99:80")), "outside tcp 204.31.17.40:1024 > 192.150.49.99:80 S")
	r.expect(r.send(outside, syn(client, "10.1.1.2:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	if x := r.xlates(); len(x) != 1 {
		t.Errorf("xlates %+v", x)
	}
	r.events()
	r.expect(r.send(outside, syn("192.150.49.99:1025", "10.1.1.2:25")))
	r.event(EventNoTranslation)
}

func TestPolicyStatic(t *testing.T) {
	p := basePolicy()
	a, b := static("204.31.17.2/32", "10.1.1.2/32"), static("204.31.17.3/32", "10.1.1.2/32")
	a.ID, a.Match = 1, list(rule(true, 0, "10.1.1.2", "192.150.49.10", 0))
	b.ID = 2
	p.Statics = []Static{a, b}
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	r := newRig(t, p)
	for range 2 { // first use and in use
		r.expect(r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:80", "x")), "outside udp 204.31.17.2:9 > 192.150.49.10:80")
		r.expect(r.send(inPort, udp("10.1.1.2:9", "192.150.49.11:80", "x")), "outside udp 204.31.17.3:9 > 192.150.49.11:80")
	}
	r.expect(r.send(outside, udp("192.150.49.10:7", "204.31.17.2:8", "x")), "inside udp 192.150.49.10:7 > 10.1.1.2:8")
	r.expect(r.send(outside, udp("192.150.49.11:7", "204.31.17.2:8", "x")))
}

// Policy nat: the destination chooses the pool, also for connections after the first.
func TestPolicyNAT(t *testing.T) {
	p := patPolicy()
	p.NAT = []NAT{
		{Port: inPort, Number: 1, Match: list(rule(true, 0, "any", "192.150.49.10", 0))},
		{Port: inPort, Number: 2, Match: list(rule(true, 0, "any", "192.150.49.11", 0))},
		{Port: inPort, Number: 3, Real: pfx("0.0.0.0/0")},
	}
	for n, a := range map[int]string{2: "204.31.17.50", 3: "204.31.17.60"} {
		p.Pools = append(p.Pools, Pool{Port: outside, Number: n, First: mustAddr(a), Last: mustAddr(a), PAT: true})
	}
	r := newRig(t, p)
	for _, c := range []struct{ to, as string }{{"192.150.49.10", "204.31.17.40:1024"}, {"192.150.49.11", "204.31.17.50:1024"}, {"192.150.49.12", "204.31.17.60:1024"}} {
		for range 2 {
			r.expect(r.send(inPort, udp("10.1.1.2:9", c.to+":53", "x")), "outside udp "+c.as+" > "+c.to+":53")
		}
	}
}

// Existing translations come before new statics, until they are cleared.
func TestExistingXlateFirst(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 1, Real: pfx("0.0.0.0/0")}}
	p.Pools = []Pool{{Port: outside, Number: 1, First: mustAddr("204.31.17.20"), Last: mustAddr("204.31.17.30")}}
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", web)), "outside tcp 204.31.17.20:9 > 192.150.49.10:80 S")
	p2 := *p
	p2.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
	r.e.Swap(&p2)
	r.expect(r.send(inPort, syn("10.1.1.2:10", web)), "outside tcp 204.31.17.20:10 > 192.150.49.10:80 S")
	r.events()
	r.e.Do(func(s *State) {
		if n := ClearXlates(s.e.inline, nil); n != 1 {
			t.Errorf("%d cleared", n)
		}
	})
	r.log = r.e.Events(r.log)
	torn := 0
	for _, ev := range r.log {
		if ev.Kind == EventTornConn && ev.Reason == ReasonXlateClear {
			torn++
		}
	}
	r.event(EventTornXlate)
	r.event(EventTornHost)
	if torn != 2 || len(r.conns()) != 0 {
		t.Errorf("%d connections ended", torn)
	}
	r.expect(r.send(inPort, syn("10.1.1.2:10", web)), "outside tcp 204.31.17.2:10 > 192.150.49.10:80 S")
	r.wait(24 * time.Hour)
	if x := r.xlates(); len(x) != 1 || !x[0].Static {
		t.Errorf("a static translation goes: %+v", x)
	}
}

// They do where other lines look at the destination, too; those lines are asked first.
func TestExistingXlateAmongPolicies(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{
		{Port: inPort, Number: 2, Match: list(rule(true, 0, "any", "192.150.49.11", 0))},
		{Port: inPort, Number: 1, Real: pfx("0.0.0.0/0")},
	}
	p.Pools = []Pool{
		{Port: outside, Number: 1, First: mustAddr("204.31.17.20"), Last: mustAddr("204.31.17.30")},
		{Port: outside, Number: 2, First: mustAddr("204.31.17.40"), Last: mustAddr("204.31.17.40"), PAT: true},
	}
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", web)), "outside tcp 204.31.17.20:9 > 192.150.49.10:80 S")
	p2 := *p
	p2.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
	r.e.Swap(&p2)
	r.expect(r.send(inPort, syn("10.1.1.2:10", web)), "outside tcp 204.31.17.20:10 > 192.150.49.10:80 S")
	p3 := *p
	r.e.Swap(&p3)
	r.expect(r.send(inPort, syn("10.1.1.2:10", "192.150.49.11:80")), "outside tcp 204.31.17.40:1024 > 192.150.49.11:80 S")
	r.expect(r.send(inPort, syn("10.1.1.2:11", web)), "outside tcp 204.31.17.20:11 > 192.150.49.10:80 S")
}

// A redirection that is gone serves as long as its translation is in use.
func TestRedirectionInUse(t *testing.T) {
	p := basePolicy()
	s := static("204.31.17.9/32", "10.1.1.2/32")
	s.Proto, s.MappedPort, s.RealPort = packet.ProtoTCP, 2525, 25
	p.Statics = []Static{s}
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "204.31.17.9:2525")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	q := *p
	q.Statics = nil
	r.e.Swap(&q)
	r.expect(r.send(outside, syn("192.150.49.11:1025", "204.31.17.9:2525")), "inside tcp 192.150.49.11:1025 > 10.1.1.2:25 S")
	r.expect(r.send(outside, syn("192.150.49.11:1025", "204.31.17.9:25")))
	r.e.Do(func(s *State) { ClearXlates(s.e.inline, nil) })
	r.expect(r.send(outside, syn("192.150.49.12:1025", "204.31.17.9:2525")))
}

// Where both ends are translated, the limits are those of the destination's line; the numbers stay if either line says so.
func TestLimitsOfBothEnds(t *testing.T) {
	for _, keep := range []int{0, 1, 2} {
		p := openInbound()
		p.Rules.Randomise = true
		p.Statics[0].Limits = ConnLimits{MaxConns: 1, NoRandom: keep == 1}
		p.NAT = []NAT{{Port: outside, Number: 3, Real: pfx("0.0.0.0/0"), Outside: true, Limits: ConnLimits{MaxConns: 5, NoRandom: keep == 2}}}
		p.Pools = []Pool{{Port: inPort, Number: 3, First: mustAddr("10.1.1.100"), Last: mustAddr("10.1.1.100"), PAT: true}}
		r := newRig(t, p)
		r.expect(r.send(outside, syn(client, "204.31.17.2:25")), "inside tcp 10.1.1.100:1024 > 10.1.1.2:25 S")
		got := r.send(inPort, tcpSeg("10.1.1.2:25", "10.1.1.100:1024", fSYN|fACK, 5000, 1001, ""))
		if len(got) != 1 || (got[0].TCP().Seq() == 5000) != (keep > 0) {
			t.Errorf("%d: %s", keep, lines(got))
		}
		r.expect(r.send(outside, syn("192.150.49.11:1025", "204.31.17.2:25")))
		if r.dropped(DropConnLimit) != 1 {
			t.Errorf("%d: %v", keep, r.drops())
		}
	}
}

// Dynamic translations live for timeout xlate after their last connection, and give the address back.
func TestXlateTimeout(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 1, Real: pfx("0.0.0.0/0")}}
	p.Pools = []Pool{{Port: outside, Number: 1, First: mustAddr("204.31.17.20"), Last: mustAddr("204.31.17.20")}}
	r := newRig(t, p)
	r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:80", "x"))
	r.wait(2*time.Minute + time.Second)
	if n := len(r.conns()); n != 0 {
		t.Fatalf("%d connections", n)
	}
	r.expect(r.send(inPort, udp("10.1.1.3:9", "192.150.49.10:80", "x")))
	r.wait(3*time.Hour - time.Minute)
	if n := len(r.xlates()); n != 1 {
		t.Fatalf("%d xlates", n)
	}
	r.wait(2 * time.Minute)
	if n := len(r.xlates()); n != 0 {
		t.Fatalf("%d xlates", n)
	}
	r.expect(r.send(inPort, udp("10.1.1.3:9", "192.150.49.10:80", "x")), "outside udp 204.31.17.20:9 > 192.150.49.10:80")
}

// Translation of the source by an outside static, for hosts that inside ones may not address.
func TestOutsideStatic(t *testing.T) {
	p := patPolicy()
	p.Statics = []Static{{ID: 1, RealIf: outside, MappedIf: inPort, Real: pfx("192.150.49.10/32"), Mapped: pfx("10.1.1.200/32")}}
	r := newRig(t, p)
	r.expect(r.send(inPort, udp("10.1.1.2:9", "10.1.1.200:53", "x")), "outside udp 204.31.17.40:1024 > 192.150.49.10:53")
	r.expect(r.send(outside, udp("192.150.49.10:53", "204.31.17.40:1024", "x")), "inside udp 10.1.1.200:53 > 10.1.1.2:9")
}
