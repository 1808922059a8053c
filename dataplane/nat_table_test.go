package dataplane

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// tablePolicy is a box of 8.3: no nat-control, real addresses in lists, everything permitted inbound.
func tablePolicy(table ...NATRule) *Policy {
	p := basePolicy()
	p.Rules.Control, p.Rules.RealInACL, p.Rules.ByTable, p.Rules.KeepPort = false, true, true, true
	for i := range table {
		table[i].ID = acl.ID(i + 1)
	}
	p.Table = table
	p.Interfaces[outside].In = list(rule(true, 0, "any", "any", 0))
	return p
}

func addrs(ranges ...string) Addrs {
	var s Addrs
	for _, r := range ranges {
		n := pfx(r)
		s = append(s, AddrRange{start(n), start(n) | ^maskOf(n.Bits())})
	}
	return s
}

// objectStatic is the rule of an object from inside to outside.
func objectStatic(real, mapped string) NATRule {
	return NATRule{RealIf: inPort, MappedIf: outside, Real: addrs(real), Mapped: addrs(mapped)}
}

func patRule(real, at string) NATRule {
	return NATRule{
		RealIf: inPort, MappedIf: outside, Dynamic: true, Real: addrs(real),
		Pools: []Pool{{Port: outside, First: mustAddr(at), Last: mustAddr(at), PAT: true}},
	}
}

func TestTableStatic(t *testing.T) {
	p := tablePolicy(objectStatic("10.1.1.2/32", "192.150.49.25/32"))
	p.Interfaces[outside].In = list(rule(true, packet.ProtoTCP, "any", "10.1.1.2", 25))
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "192.150.49.25:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:25", client, packet.SYN|packet.ACK, 5000, 1001, "")),
		"outside tcp 192.150.49.25:25 > 192.150.49.10:1025 SA")
	r.expect(r.send(outside, syn(client, "192.150.49.25:80"))) // the list names the real address, and has no such port
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 192.150.49.25:1500 > 192.150.49.10:80 S")
	r.e.Do(func(s *State) {
		if u := s.NATUse(1, None); u.Translated != 1 || u.Untranslated != 1 {
			t.Errorf("use %+v", u)
		}
	})
}

// A network maps host by host, and the box answers ARP for the mapped one.
func TestTableNetwork(t *testing.T) {
	r := newRig(t, tablePolicy(objectStatic("10.1.1.0/28", "192.150.49.64/28")))
	r.expect(r.send(outside, syn(client, "192.150.49.69:25")), "inside tcp 192.150.49.10:1025 > 10.1.1.5:25 S")
	r.expect(r.send(inPort, udp("10.1.1.15:9", "192.150.49.10:53", "x")), "outside udp 192.150.49.79:9 > 192.150.49.10:53")
	r.expect(r.send(inPort, udp("10.1.1.16:9", "192.150.49.10:53", "x")), "outside udp 10.1.1.16:9 > 192.150.49.10:53")
	for at, want := range map[string]bool{"192.150.49.64": true, "192.150.49.79": true, "192.150.49.80": false} {
		if got := r.e.answers(outside, r.e.r.wire(outside), addr(at)); got != want {
			t.Errorf("answers ARP for %s: %v", at, got)
		}
	}
}

// PAT leaves the source port as it is while that is free; the mapped side opens nothing.
func TestTablePAT(t *testing.T) {
	r := newRig(t, tablePolicy(patRule("10.1.1.0/24", "192.150.49.40")))
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 192.150.49.40:1500 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.3:1500", web)), "outside tcp 192.150.49.40:1024 > 192.150.49.10:80 S")
	r.expect(r.send(outside, tcpSeg(web, "192.150.49.40:1024", packet.SYN|packet.ACK, 9, 0, "")), "inside tcp 192.150.49.10:80 > 10.1.1.3:1500 SA")
	r.expect(r.send(outside, syn(client, "192.150.49.40:1500")))
	// A host that the rule translates cannot be reached by its real address.
	r.events()
	r.expect(r.send(outside, syn(client, "10.1.1.2:25")))
	r.event(EventAsymmetric)
	if r.dropped(DropReverseNAT) != 1 {
		t.Errorf("drops %v", r.drops())
	}
	r.wait(3 * time.Hour)
	r.wait(time.Minute)
	if x := r.xlates(); len(x) != 0 {
		t.Errorf("xlates %+v", x)
	}
}

// Round robin gives each host the next address, which it keeps while it has translations; without it the first address
// serves until it has no ports left.
func TestTableRoundRobin(t *testing.T) {
	rule := patRule("10.1.1.0/24", "192.150.49.40")
	rule.Pools = []Pool{
		{Port: outside, First: mustAddr("192.150.49.40"), Last: mustAddr("192.150.49.41"), PAT: true},
		{Port: outside, First: mustAddr("192.150.49.50"), Last: mustAddr("192.150.49.50"), PAT: true},
	}
	for inTurn, want := range map[bool][]string{
		true:  {"40:1500", "41:1500", "50:1500", "41:1501", "40:1024", "41:1024"},
		false: {"40:1500", "40:1024", "40:1025", "40:1501", "40:1026", "40:1027"},
	} {
		rule.PAT.RoundRobin = inTurn
		r := newRig(t, tablePolicy(rule))
		for i, src := range []string{"2:1500", "3:1500", "4:1500", "3:1501", "5:1500", "6:1500"} {
			r.expect(r.send(inPort, syn("10.1.1."+src, web)), "outside tcp 192.150.49."+want[i]+" > 192.150.49.10:80 S")
		}
	}
}

// A port of the small ranges that is taken is replaced by one of its range, and in a flat pool by one of the whole range.
func TestTableFlat(t *testing.T) {
	for _, c := range []struct {
		o    PATOptions
		want string
	}{{PATOptions{}, "1"}, {PATOptions{Flat: true}, "1024"}, {PATOptions{Flat: true, Reserve: true}, "1"}} {
		rule := patRule("10.1.1.0/24", "192.150.49.40")
		rule.PAT = c.o
		p := tablePolicy(rule)
		p.Rules.PATRanges = []uint16{1, 512, 1024}
		r := newRig(t, p)
		r.expect(r.send(inPort, syn("10.1.1.2:500", web)), "outside tcp 192.150.49.40:500 > 192.150.49.10:80 S")
		r.expect(r.send(inPort, syn("10.1.1.3:500", web)), "outside tcp 192.150.49.40:"+c.want+" > 192.150.49.10:80 S")
		want := map[bool]string{true: "1025", false: "512"}[c.o == PATOptions{Flat: true}]
		if c.o.Reserve {
			want = "2"
		}
		r.expect(r.send(inPort, syn("10.1.1.2:600", web)), "outside tcp 192.150.49.40:600 > 192.150.49.10:80 S")
		r.expect(r.send(inPort, syn("10.1.1.3:600", web)), "outside tcp 192.150.49.40:"+want+" > 192.150.49.10:80 S")
	}
}

// Extended PAT gives a port once for each destination: answers of each find their own host.
func TestTableExtended(t *testing.T) {
	rule := patRule("10.1.1.0/24", "192.150.49.40")
	rule.PAT.Extended = true
	r := newRig(t, tablePolicy(rule))
	r.expect(r.send(inPort, syn("10.1.1.2:1500", "192.150.49.10:80")), "outside tcp 192.150.49.40:1500 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.3:1500", "192.150.49.11:80")), "outside tcp 192.150.49.40:1500 > 192.150.49.11:80 S")
	r.expect(r.send(inPort, syn("10.1.1.4:1500", "192.150.49.10:81")), "outside tcp 192.150.49.40:1500 > 192.150.49.10:81 S")
	r.expect(r.send(inPort, syn("10.1.1.5:1500", "192.150.49.10:80")), "outside tcp 192.150.49.40:1024 > 192.150.49.10:80 S")
	for from, to := range map[string]string{"192.150.49.10:80": "10.1.1.2", "192.150.49.11:80": "10.1.1.3", "192.150.49.10:81": "10.1.1.4"} {
		if !slices.ContainsFunc(r.xlates(), func(x Xlate) bool { return x.Real.String() == to+":1500" && x.Extended }) {
			t.Errorf("%s has no extended translation: %+v", to, r.xlates())
		}
		got := r.send(outside, tcpSeg(from, "192.150.49.40:1500", packet.SYN|packet.ACK, 9, 0, ""))
		r.expect(got, "inside tcp "+from+" > "+to+":1500 SA")
	}
	r.wait(3 * time.Hour)
	r.wait(time.Minute)
	if x := r.xlates(); len(x) != 0 {
		t.Errorf("xlates %+v", x)
	}
	if n := r.e.pools; len(n) > 0 {
		for key, s := range n {
			if s.taken != 0 {
				t.Errorf("%+v: %d taken", key, s.taken)
			}
		}
	}
}

// Where a destination has no port left it is refused, and another one is served.
func TestTableExtendedFull(t *testing.T) {
	rule := patRule("10.1.1.0/24", "192.150.49.40")
	rule.PAT.Extended = true
	p := tablePolicy(rule)
	p.Rules.PATRanges = []uint16{1, 512, 1024}
	r := newRig(t, p)
	for host := range 2 {
		for port := range 511 {
			r.send(inPort, udp(fmt.Sprintf("10.1.1.%d:%d", 2+host, 1+port), "192.150.49.10:53", "x"))
		}
	}
	if n := len(r.xlates()); n != 511 {
		t.Errorf("%d translations of 511 ports", n)
	}
	r.expect(r.send(inPort, udp("10.1.1.9:7", "192.150.49.10:53", "x")))
	// The search is not made again for the same destination until a port comes back.
	peer := r.e.peer(addr("192.150.49.10"), 53)
	spent := func() bool {
		for _, s := range r.e.pools {
			if s.out(peer, 511) {
				return true
			}
		}
		return false
	}
	if !spent() {
		t.Error("a destination without ports is searched for again")
	}
	r.expect(r.send(inPort, udp("10.1.1.9:7", "192.150.49.11:53", "x")), "outside udp 192.150.49.40:7 > 192.150.49.11:53")
	r.wait(3 * time.Hour)
	r.wait(time.Minute)
	if spent() {
		t.Error("ports came back, and nobody gets them")
	}
}

// Addresses of the pool go first, one a host, then the interface by port.
func TestTablePoolThenInterface(t *testing.T) {
	rule := patRule("10.1.1.0/24", "192.150.49.40")
	rule.Pools = []Pool{{Port: outside, First: mustAddr("192.150.49.50"), Last: mustAddr("192.150.49.51")}, {Port: outside, PAT: true, Interface: true}}
	r := newRig(t, tablePolicy(rule))
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 192.150.49.50:1500 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.3:1500", web)), "outside tcp 192.150.49.51:1500 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.4:1500", web)), "outside tcp 192.150.49.1:1500 > 192.150.49.10:80 S")
	r.expect(r.send(outside, syn(client, "192.150.49.51:113")), "inside tcp 192.150.49.10:1025 > 10.1.1.3:113 S")
}

// The first rule that fits wins: an exemption towards one network before PAT towards the rest.
func TestTableOrder(t *testing.T) {
	exempt := NATRule{
		RealIf: inPort, MappedIf: outside, Real: addrs("10.1.1.0/24"), Mapped: addrs("10.1.1.0/24"),
		Dst: addrs("172.31.0.0/16"), MappedDst: addrs("172.31.0.0/16"),
	}
	r := newRig(t, tablePolicy(exempt, patRule("10.1.1.0/24", "192.150.49.40")))
	r.expect(r.send(inPort, syn("10.1.1.2:1500", "172.31.4.5:80")), "outside tcp 10.1.1.2:1500 > 172.31.4.5:80 S")
	r.expect(r.send(inPort, syn("10.1.1.2:1500", web)), "outside tcp 192.150.49.40:1500 > 192.150.49.10:80 S")
	r.expect(r.send(outside, syn("172.31.4.5:99", "10.1.1.2:25")), "inside tcp 172.31.4.5:99 > 10.1.1.2:25 S")
	r.expect(r.send(outside, syn(client, "10.1.1.2:25")))
}

// Twice NAT changes both ends, from either side.
func TestTableTwice(t *testing.T) {
	rule := NATRule{
		RealIf: inPort, MappedIf: outside, Real: addrs("10.1.1.2/32"), Mapped: addrs("192.150.49.25/32"),
		Dst: addrs("172.31.4.5/32"), MappedDst: addrs("10.1.1.77/32"),
	}
	r := newRig(t, tablePolicy(rule))
	r.expect(r.send(inPort, udp("10.1.1.2:9", "10.1.1.77:53", "x")), "outside udp 192.150.49.25:9 > 172.31.4.5:53")
	r.expect(r.send(outside, udp("172.31.4.5:53", "192.150.49.25:9", "x")), "inside udp 10.1.1.77:53 > 10.1.1.2:9")
	r.expect(r.send(outside, udp("172.31.4.5:7", "192.150.49.25:25", "x")), "inside udp 10.1.1.77:7 > 10.1.1.2:25")
	if !r.e.answers(inPort, r.e.r.wire(inPort), addr("10.1.1.77")) {
		t.Error("no ARP for the destination that the real side knows")
	}
	// Another peer is none of the rule's.
	r.expect(r.send(outside, udp("172.31.4.6:7", "192.150.49.25:25", "x")))
}

// Static PAT of the interface: one port leads inside, the others are the box's.
func TestTableServiceOnInterface(t *testing.T) {
	rule := NATRule{
		RealIf: inPort, MappedIf: outside, Real: addrs("10.1.1.2/32"), MappedSelf: true, Proto: packet.ProtoTCP,
		Ports: NATPorts{Real: PortSpan{25, 25}, Mapped: PortSpan{2525, 2525}},
	}
	pat := patRule("10.1.1.0/24", "192.150.49.1")
	pat.Pools = []Pool{{Port: outside, PAT: true, Interface: true}}
	r := newRig(t, tablePolicy(rule, pat))
	r.expect(r.send(outside, syn(client, "192.150.49.1:2525")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:25", client, packet.SYN|packet.ACK, 5000, 1001, "")),
		"outside tcp 192.150.49.1:2525 > 192.150.49.10:1025 SA")
	r.expect(r.send(inPort, syn("10.1.1.3:2525", web)), "outside tcp 192.150.49.1:1024 > 192.150.49.10:80 S")
	r.events()
	r.expect(r.send(outside, syn(client, "192.150.49.1:80")))
	r.event(EventBoxDiscarded)
}

func TestTableUnidirectional(t *testing.T) {
	rule := objectStatic("10.1.1.2/32", "192.150.49.25/32")
	rule.Unidirectional = true
	r := newRig(t, tablePolicy(rule))
	r.expect(r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")), "outside udp 192.150.49.25:9 > 192.150.49.10:53")
	r.expect(r.send(outside, udp("192.150.49.10:53", "192.150.49.25:9", "x")), "inside udp 192.150.49.10:53 > 10.1.1.2:9")
	r.expect(r.send(outside, udp("192.150.49.11:53", "192.150.49.25:9", "x")))
}

// A rule of any interfaces leads where the route says.
func TestTableAny(t *testing.T) {
	rule := NATRule{RealIf: None, MappedIf: outside, Real: addrs("172.16.0.5/32"), Mapped: addrs("192.150.49.25/32")}
	p := tablePolicy(rule)
	r := newRig(t, p)
	r.expect(r.send(outside, syn(client, "192.150.49.25:25")), "dmz tcp 192.150.49.10:1025 > 172.16.0.5:25 S")
	r.expect(r.send(dmz, syn("172.16.0.5:99", web)), "outside tcp 192.150.49.25:99 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.2:99", "172.16.0.5:80")), "dmz tcp 10.1.1.2:99 > 172.16.0.5:80 S")
}

// Several ranges pair by place, and a shorter set is gone through again.
func TestAddrs(t *testing.T) {
	s := addrs("10.0.0.4/31", "10.0.1.0/30")
	for i, want := range []string{"10.0.0.4", "10.0.0.5", "10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.0.4"} {
		if got := s.at(uint64(i)); got != addr(want) {
			t.Errorf("place %d is %s, want %s", i, packet.Addr(got), want)
		}
		if at, ok := s.index(addr(want)); !ok || at != uint64(i)%6 {
			t.Errorf("%s is at %d, %v", want, at, ok)
		}
	}
	if s.has(addr("10.0.0.6")) || s.has(addr("10.0.1.4")) || s.size() != 6 {
		t.Error("the set is larger than it is")
	}
}

// Twice NAT with services translates ports of either end, range by range.
func TestTableServices(t *testing.T) {
	rule := NATRule{
		RealIf: inPort, MappedIf: outside, Real: addrs("10.1.1.2/32"), Mapped: addrs("192.150.49.25/32"), Proto: packet.ProtoUDP,
		Dst: addrs("172.31.4.5/32"), MappedDst: addrs("10.1.1.77/32"),
		Ports: NATPorts{Real: PortSpan{100, 110}, Mapped: PortSpan{5100, 5110}, MappedDst: PortSpan{53, 53}, Dst: PortSpan{5353, 5353}},
	}
	r := newRig(t, tablePolicy(rule))
	r.expect(r.send(inPort, udp("10.1.1.2:103", "10.1.1.77:53", "x")), "outside udp 192.150.49.25:5103 > 172.31.4.5:5353")
	r.expect(r.send(outside, udp("172.31.4.5:5353", "192.150.49.25:5110", "x")), "inside udp 10.1.1.77:53 > 10.1.1.2:110")
	// Other ports are none of the rule's: neither end is translated.
	r.expect(r.send(outside, udp("172.31.4.5:5354", "192.150.49.25:5110", "x")))
	r.expect(r.send(outside, udp("172.31.4.5:5353", "192.150.49.25:5111", "x")))
	r.expect(r.send(inPort, udp("10.1.1.2:111", "192.150.49.10:53", "x")), "outside udp 10.1.1.2:111 > 192.150.49.10:53")
	r.expect(r.send(inPort, udp("10.1.1.2:103", "10.1.1.77:54", "x")))
}

// The box answers ARP for what rules map to a wire, but not where they say so, nor for a wire's own hosts.
func TestTableARP(t *testing.T) {
	quiet := objectStatic("10.1.1.2/32", "192.150.49.25/32")
	quiet.NoProxyARP = true
	same := objectStatic("10.1.1.0/24", "10.1.1.0/24")
	same.MappedIf = None // (inside,any)
	pool := patRule("10.1.1.0/24", "192.150.49.41")
	r := newRig(t, tablePolicy(quiet, same, pool))
	for _, c := range []struct {
		port Port
		at   string
		want bool
	}{
		{outside, "192.150.49.25", false}, {outside, "192.150.49.41", true}, {outside, "192.150.49.42", false},
		{inPort, "10.1.1.9", false}, {dmz, "10.1.1.9", true}, {inPort, "192.150.49.41", false},
	} {
		if got := r.e.answers(c.port, r.e.r.wire(c.port), addr(c.at)); got != c.want {
			t.Errorf("answers for %s on port %d: %v", c.at, c.port, got)
		}
	}
}
