package dataplane

import (
	"encoding/binary"
	"strings"
	"testing"

	"pixsim/dataplane/packet"
)

// answer is a DNS reply: one question and A records, the name given once and pointed at afterwards. A label "*" stands for
// a CNAME record before the others.
func answer(name string, addrs ...string) string {
	msg := []byte{0x12, 0x34, 0x81, 0x80, 0, 1, 0, byte(len(addrs)), 0, 0, 0, 0}
	for _, l := range strings.Split(name, ".") {
		msg = append(append(msg, byte(len(l))), l...)
	}
	msg = append(msg, 0, 0, 1, 0, 1)
	for _, a := range addrs {
		msg = append(msg, 0xc0, dnsHeader)
		if a == "*" {
			msg = append(msg, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, dnsHeader)
			continue
		}
		msg = append(msg, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
		msg = binary.BigEndian.AppendUint32(msg, addr(a))
	}
	return string(msg)
}

// records are the addresses in a reply that answer made.
func records(t *testing.T, s sent) (all []string) {
	t.Helper()
	msg := s.UDP()[packet.UDPLen:]
	at, _ := dnsName(msg, dnsHeader)
	for at += 4; at < len(msg); {
		size := int(binary.BigEndian.Uint16(msg[at+10:]))
		if msg[at+3] == 1 {
			all = append(all, packet.Addr(binary.BigEndian.Uint32(msg[at+12:])).String())
		}
		at += 12 + size
	}
	return all
}

const resolver = "192.150.49.10:53"

func aliasPolicy() *Policy {
	p := patPolicy()
	p.Aliases = []Alias{{Port: inPort, DNAT: pfx("10.1.1.128/25"), Foreign: pfx("99.9.9.128/25")}}
	return p
}

// asks sends a query from the inside and the reply to it, and returns what the inside sees.
func asks(r *rig, reply string) string {
	r.t.Helper()
	got := r.send(inPort, udp("10.1.1.2:1025", resolver, "query"))
	if len(got) != 1 {
		r.t.Fatalf("the query: %s", lines(got))
	}
	back := r.send(outside, udp(resolver, packet.Addr(got[0].IP.Src()).String()+":1024", reply))
	if len(back) != 1 {
		return ""
	}
	t := r.t.(*testing.T)
	return strings.Join(records(t, back[0]), " ")
}

// Replies towards the hosts behind an alias's interface name the address that they know; collect verifies the checksum.
func TestAliasDNS(t *testing.T) {
	r := newRig(t, aliasPolicy())
	if got := asks(r, answer("www.example.com", "*", "99.9.9.200", "99.9.9.1", "99.9.9.255")); got != "10.1.1.200 99.9.9.1 10.1.1.255" {
		t.Errorf("the inside reads %q", got)
	}
	p := aliasPolicy()
	p.Rules.NoAliasIn = true
	if got := asks(newRig(t, p), answer("www.example.com", "99.9.9.200")); got != "99.9.9.200" {
		t.Errorf("nodnsalias inbound: %q", got)
	}
	// A name server on the inside, asked from the outside, names the foreign address.
	outward := func(off bool) string {
		p := aliasPolicy()
		p.Rules.NoAliasOut = off
		p.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
		p.Conduits = list(rule(true, packet.ProtoUDP, "any", "204.31.17.2", 53))
		r := newRig(t, p)
		r.send(outside, udp("192.150.49.10:1025", "204.31.17.2:53", "query"))
		got := r.send(inPort, udp("10.1.1.2:53", "192.150.49.10:1025", answer("www.example.com", "10.1.1.200")))
		return strings.Join(records(t, got[0]), " ")
	}
	if got := outward(false); got != "99.9.9.200" {
		t.Errorf("the outside reads %q", got)
	}
	if got := outward(true); got != "10.1.1.200" {
		t.Errorf("nodnsalias outbound: %q", got)
	}
}

// A packet to an alias's address goes to the foreign host, whose answers and whose own calls come from there.
func TestAliasDestination(t *testing.T) {
	r := newRig(t, aliasPolicy())
	r.expect(r.send(inPort, syn("10.1.1.2:9", "10.1.1.200:80")), "outside tcp 204.31.17.40:1024 > 99.9.9.200:80 S")
	r.expect(r.send(outside, tcpSeg("99.9.9.200:80", "204.31.17.40:1024", packet.SYN|packet.ACK, 1, 1001, "")), "inside tcp 10.1.1.200:80 > 10.1.1.2:9 SA")
	p := aliasPolicy()
	p.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
	p.Conduits = list(rule(true, packet.ProtoTCP, "99.9.9.200", "204.31.17.2", 25))
	r = newRig(t, p)
	r.expect(r.send(outside, syn("99.9.9.200:1025", "204.31.17.2:25")), "inside tcp 10.1.1.200:1025 > 10.1.1.2:25 S")
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:25", "10.1.1.200:1025", packet.SYN|packet.ACK, 1, 1001, "")), "outside tcp 204.31.17.2:25 > 99.9.9.200:1025 SA")
	// Whom the alias is not for sees nothing of it.
	r.expect(r.send(dmz, syn("172.16.0.5:9", "10.1.1.200:80")))
	// The nat line's limits count, alias or not.
	p = aliasPolicy()
	p.NAT[0].Limits.MaxConns = 1
	r = newRig(t, p)
	r.send(inPort, syn("10.1.1.2:9", "10.1.1.200:80"))
	r.expect(r.send(inPort, syn("10.1.1.2:10", "10.1.1.200:80")))
	r.event(EventTooManyConns)
}

// dns at a static or nat line rewrites replies both ways.
func TestStaticDNS(t *testing.T) {
	p := patPolicy()
	s := static("204.31.17.2/32", "10.1.1.9/32")
	p.Statics = []Static{s}
	if got := asks(newRig(t, p), answer("www.example.com", "204.31.17.2")); got != "204.31.17.2" {
		t.Errorf("without dns: %q", got)
	}
	p = patPolicy()
	s.DNS = true
	p.Statics = []Static{s}
	if got := asks(newRig(t, p), answer("www.example.com", "204.31.17.2", "204.31.17.3")); got != "10.1.1.9 204.31.17.3" {
		t.Errorf("static dns: %q", got)
	}
	p = basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 1, Real: pfx("0.0.0.0/0"), DNS: true}}
	p.Pools = []Pool{{Port: outside, Number: 1, First: mustAddr("204.31.17.20"), Last: mustAddr("204.31.17.30")}}
	r := newRig(t, p)
	r.send(inPort, syn("10.1.1.7:9", web)) // 10.1.1.7 is 204.31.17.20
	r.send(inPort, udp("10.1.1.2:1025", resolver, "query"))
	got := r.send(outside, udp(resolver, "204.31.17.21:1025", answer("www.example.com", "204.31.17.20", "204.31.17.25")))
	if s := strings.Join(records(t, got[0]), " "); s != "10.1.1.7 204.31.17.25" {
		t.Errorf("nat dns: %q", s)
	}
}

// The first reply ends the connection, if the release guards name servers; a long one does not pass.
func TestDNSGuard(t *testing.T) {
	p := patPolicy()
	r := newRig(t, p)
	asks(r, answer("www.example.com", "192.0.2.1"))
	if n := len(r.conns()); n != 1 {
		t.Errorf("without guard: %d connections", n)
	}
	p = patPolicy()
	p.Rules.DNSGuard = true
	r = newRig(t, p)
	if got := asks(r, answer("www.example.com", "192.0.2.1")); got != "192.0.2.1" {
		t.Errorf("the inside reads %q", got)
	}
	if n := len(r.conns()); n != 0 {
		t.Errorf("%d connections after the reply", n)
	}
	r.expect(r.send(outside, udp(resolver, "204.31.17.40:1024", answer("www.example.com", "192.0.2.66"))))
	sound(t, r.e)

	p = patPolicy()
	p.Rules.DNSLength = 512
	long := answer("www.example.com", "192.0.2.1")
	long += strings.Repeat("x", 513-len(long))
	r = newRig(t, p)
	if got := asks(r, long[:512]); got == "" {
		t.Error("512 octets do not pass")
	}
	r = newRig(t, p)
	if got := asks(r, long); got != "" {
		t.Error("513 octets pass")
	}
	if ev := r.event(EventDNSLong); ev.Len != 513 || ev.Limit != 512 || ev.Src.Real.String() != resolver || ev.Dst.Real.String() != "10.1.1.2:1025" {
		t.Errorf("%+v", ev)
	}
}

// FuzzDoctor: whatever a name server sends, the datagram keeps its length, a right checksum and, but for addresses of four
// octets, its content; a second pass of the other direction brings it back.
func FuzzDoctor(f *testing.F) {
	f.Add([]byte(answer("www.example.com", "99.9.9.200", "*", "99.9.9.1")))
	f.Add([]byte(answer("a", "99.9.9.129"))[:30])
	f.Add([]byte("\x00\x00\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff\xc0\x0c\xc0"))
	f.Add([]byte("\x00\x00\x81\x80\x00\x00\xff\xff\xff\xff\xff\xff\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x63\x09\x09\xc8\x40"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		if len(msg) > 1400 {
			return
		}
		e := New(Options{Policy: aliasPolicy(), Now: epoch})
		ip := udp(resolver, "10.1.1.2:1025", string(msg))
		p := packet.Packet{IP: append(packet.IPv4(nil), ip...)}
		if len(msg) >= dnsHeader {
			e.doctor(p, p.UDP()[packet.UDPLen:], outside, inPort)
		}
		if len(p.IP) != len(ip) || !p.TransportOK() {
			t.Fatalf("%x became %x", ip, p.IP)
		}
		changed := 0
		for i := range p.IP {
			if p.IP[i] != ip[i] && i >= 28 {
				changed++
			}
		}
		if limit := 4 * (len(msg) / 15); changed > limit {
			t.Fatalf("%d octets changed, at most %d are addresses", changed, limit)
		}
	})
}

// Replies of name servers are rewritten without an allocation.
func TestDoctorAllocs(t *testing.T) {
	e := New(Options{Policy: aliasPolicy(), Now: epoch})
	p := packet.Packet{IP: udp(resolver, "10.1.1.2:1025", answer("www.example.com", "99.9.9.200", "99.9.9.201"))}
	if n := testing.AllocsPerRun(100, func() { e.doctor(p, p.UDP()[packet.UDPLen:], outside, inPort) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
