package dataplane

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// Ports of the box under test.
const (
	outside Port = 0
	inPort  Port = 1
	dmz     Port = 2
)

var epoch = time.Date(1999, 7, 1, 12, 0, 0, 0, time.UTC)

func addr(s string) uint32         { return packet.U32(netip.MustParseAddr(s)) }
func pfx(s string) netip.Prefix    { return netip.MustParsePrefix(s) }
func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// basePolicy is a box of three interfaces with nat-control, no translation and no list.
func basePolicy() *Policy {
	iface := func(n byte, name, at string, level int) Interface {
		return Interface{Name: name, MAC: [6]byte{0, 0xa0, 0xc9, 0, 0, n}, Addr: pfx(at), Level: level, Up: true, MTU: 1500}
	}
	return &Policy{
		Interfaces: []Interface{
			iface(0, "outside", "192.150.49.1/24", 0),
			iface(1, "inside", "10.1.1.1/24", 100),
			iface(2, "dmz", "172.16.0.1/24", 50),
		},
		Routes: []Route{
			{Port: outside, To: pfx("0.0.0.0/0"), Via: mustAddr("192.150.49.254"), Metric: 1},
			{Port: inPort, To: pfx("10.9.0.0/16"), Via: mustAddr("10.1.1.254"), Metric: 1},
		},
		ARPTimeout: 4 * time.Hour,
		Timeouts: Timeouts{
			Xlate: 3 * time.Hour, PATXlate: 30 * time.Second, Conn: time.Hour, HalfClosed: 10 * time.Minute,
			UDP: 2 * time.Minute, ICMP: 2 * time.Second, Embryonic: 2 * time.Minute, FINWait: 10 * time.Minute,
		},
		Rules: Rules{Control: true, ProxyARP: true, MaxConns: 1000, MaxXlates: 1000},
	}
}

func static(mapped, real string) Static {
	return Static{ID: 900, RealIf: inPort, MappedIf: outside, Real: pfx(real), Mapped: pfx(mapped)}
}

func rule(permit bool, proto uint8, src, dst string, port uint16) acl.Rule {
	r := acl.Rule{ID: 77, Permit: permit, Proto: proto, Type: -1, Code: -1, Log: -1, Src: network(src), Dst: network(dst)}
	if port != 0 {
		r.DstPort = acl.Ports{Lo: port, Hi: port, Set: true}
	}
	return r
}

func network(s string) acl.Net {
	if s == "any" {
		return acl.Net{}
	}
	if !strings.Contains(s, "/") {
		s += "/32"
	}
	p := pfx(s)
	return acl.Net{Addr: packet.U32(p.Addr()), Mask: maskOf(p.Bits())}
}

func list(rules ...acl.Rule) *acl.List { return acl.Compile(rules) }

// rig is an engine with wires on which every address answers ARP, unless silent.
type rig struct {
	t      testing.TB
	e      *Engine
	now    time.Time
	out    Output
	silent bool
	log    []Event
}

func newRig(t testing.TB, p *Policy) *rig {
	return &rig{t: t, now: epoch, e: New(Options{Policy: p, Now: epoch, Rand: rand.New(rand.NewPCG(1, 2))})}
}

// sent is a packet that left.
type sent struct {
	port Port
	packet.Packet
	eth packet.Ethernet
}

func macOf(a uint32) [6]byte {
	return [6]byte{2, 0, byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}
}

func (r *rig) frame(in Port, ip []byte) link.Frame {
	mac := SelfMAC
	if w := r.e.rules.Load().wire(in); w != nil {
		mac = w.MAC
	}
	b := packet.AppendEthernet(make([]byte, headroom, headroom+14+len(ip)), mac, macOf(packet.IPv4(ip).Src()), packet.TypeIPv4)
	b = append(b, ip...)
	return link.Frame{Buf: b, Off: headroom, Len: len(b) - headroom}
}

// send puts a packet on a wire and returns what leaves the box because of it.
func (r *rig) send(in Port, ip []byte) []sent { return r.sendFrame(in, r.frame(in, ip)) }

func (r *rig) sendFrame(in Port, f link.Frame) []sent {
	r.out.Reset()
	r.e.Step(r.now, in, []link.Frame{f}, &r.out)
	return r.collect()
}

// wait lets time pass and returns what leaves the box meanwhile.
func (r *rig) wait(d time.Duration) []sent {
	r.now = r.now.Add(d)
	r.out.Reset()
	r.e.Tick(r.now, &r.out)
	for at := r.e.Next(); !at.IsZero() && !at.After(r.now); at = r.e.Next() {
		r.e.Tick(r.now, &r.out)
	}
	return r.collect()
}

// collect reads the output, answers ARP requests and verifies every checksum.
func (r *rig) collect() []sent {
	var all []sent
	for {
		var asked []link.Frame
		var ports []Port
		for p, frames := range r.out.All() {
			for _, f := range frames {
				eth := packet.Ethernet(append([]byte(nil), f.Bytes()...))
				if eth.Type() == packet.TypeARP {
					if a := packet.ARP(eth.Payload()); a.Op() == packet.ARPRequest && !r.silent {
						b := packet.AppendEthernet(make([]byte, headroom), eth.Src(), macOf(a.TargetIP()), packet.TypeARP)
						b = packet.AppendARP(b, packet.ARPReply, macOf(a.TargetIP()), a.TargetIP(), eth.Src(), a.SenderIP())
						asked = append(asked, link.Frame{Buf: b, Off: headroom, Len: len(b) - headroom})
						ports = append(ports, p)
					}
					continue
				}
				s := sent{port: p, eth: eth, Packet: packet.Packet{IP: packet.IPv4(eth.Payload()), GSOSize: f.GSOSize, NeedsCsum: f.NeedsCsum}}
				if !s.IP.ChecksumOK() {
					r.t.Errorf("wrong IP checksum: %s", s)
				}
				if !s.IP.MoreFrags() && s.IP.FragOffset() == 0 && !s.TransportOK() {
					r.t.Errorf("wrong transport checksum: %s", s)
				}
				all = append(all, s)
			}
		}
		r.out.Reset()
		r.log = r.e.Events(r.log)
		if len(asked) == 0 {
			return all
		}
		for i := range asked {
			r.e.Step(r.now, ports[i], asked[i:i+1], &r.out)
		}
	}
}

// String is the packet as tests write it: "outside tcp 10.0.0.1:25 > 10.0.0.2:1024 S seq ack".
func (s sent) String() string {
	from, to := packet.Addr(s.IP.Src()), packet.Addr(s.IP.Dst())
	where := fmt.Sprint(s.port)
	switch s.port {
	case outside:
		where = "outside"
	case inPort:
		where = "inside"
	case dmz:
		where = "dmz"
	case Self:
		where = "self"
	}
	switch s.IP.Proto() {
	case packet.ProtoTCP:
		h := s.TCP()
		return fmt.Sprintf("%s tcp %v:%d > %v:%d %s", where, from, h.SrcPort(), to, h.DstPort(), flagString(h.Flags()))
	case packet.ProtoUDP:
		h := s.UDP()
		return fmt.Sprintf("%s udp %v:%d > %v:%d", where, from, h.SrcPort(), to, h.DstPort())
	case packet.ProtoICMP:
		h := s.ICMP()
		return fmt.Sprintf("%s icmp %v > %v type %d id %d", where, from, to, h.Type(), h.ID())
	}
	return fmt.Sprintf("%s proto %d %v > %v", where, s.IP.Proto(), from, to)
}

func flagString(f uint8) string {
	var b strings.Builder
	for i, c := range "FSRPA" {
		if f&(1<<i) != 0 {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func lines(all []sent) string {
	var s []string
	for _, p := range all {
		s = append(s, p.String())
	}
	return strings.Join(s, "\n")
}

// expect compares what left with lines.
func (r *rig) expect(got []sent, want ...string) {
	r.t.Helper()
	if g, w := lines(got), strings.Join(want, "\n"); g != w {
		r.t.Errorf("left the box:\n%s\nwant:\n%s\ndrops: %v", g, w, r.drops())
	}
}

func (r *rig) drops() (d []DropCount) {
	r.e.Do(func(s *State) { d = s.Drops() })
	return d
}

// dropped tells how often a reason applied.
func (r *rig) dropped(d Drop) uint64 { return r.e.drops[d] }

// events are the kinds noticed since the last call.
func (r *rig) events() []EventKind {
	var kinds []EventKind
	for _, ev := range r.log {
		kinds = append(kinds, ev.Kind)
	}
	r.log = nil
	return kinds
}

// event is the only event of a kind since the last call to events.
func (r *rig) event(kind EventKind) Event {
	r.t.Helper()
	var found []Event
	for _, ev := range r.log {
		if ev.Kind == kind {
			found = append(found, ev)
		}
	}
	if len(found) != 1 {
		r.t.Fatalf("%d events of kind %d, want one; all: %+v", len(found), kind, r.log)
	}
	return found[0]
}

func (r *rig) noEvent(kind EventKind) {
	r.t.Helper()
	for _, ev := range r.log {
		if ev.Kind == kind {
			r.t.Errorf("event %d: %+v", kind, ev)
		}
	}
}

func (r *rig) conns() (all []Conn) {
	r.e.Do(func(s *State) {
		for c := range Conns(s.e.inline) {
			all = append(all, c)
		}
	})
	return all
}

func (r *rig) xlates() (all []Xlate) {
	r.e.Do(func(s *State) {
		for x := range Xlates(s.e.inline) {
			all = append(all, x)
		}
	})
	return all
}

// state is the flags of the only connection.
func (r *rig) state() string {
	r.t.Helper()
	all := r.conns()
	if len(all) != 1 {
		r.t.Fatalf("%d connections, want one", len(all))
	}
	var b strings.Builder
	for i, c := range "USsAaIOFfRr" {
		if all[0].State&(1<<i) != 0 {
			b.WriteRune(c)
		}
	}
	if all[0].Inbound {
		b.WriteByte('B')
	}
	return b.String()
}

// The makers of packets: "10.0.0.1:25" or "10.0.0.1".
func split(s string) (uint32, uint16) {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return packet.U32(a.Addr()), a.Port()
	}
	return addr(s), 0
}

func tcpSeg(from, to string, flags uint8, seq, ack uint32, payload string, options ...byte) []byte {
	src, sp := split(from)
	dst, dp := split(to)
	return packet.AppendTCP(nil, packet.Header{Src: src, Dst: dst, TTL: 64}, packet.Segment{
		SrcPort: sp, DstPort: dp, Seq: seq, Ack: ack, Flags: flags, Window: 8192, Options: options, Payload: []byte(payload),
	})
}

func syn(from, to string) []byte { return tcpSeg(from, to, packet.SYN, 1000, 0, "") }

func udp(from, to, payload string) []byte {
	src, sp := split(from)
	dst, dp := split(to)
	return packet.AppendUDP(nil, packet.Header{Src: src, Dst: dst, TTL: 64}, sp, dp, []byte(payload))
}

func icmp(from, to string, typ uint8, id uint16) []byte {
	return packet.AppendICMP(nil, packet.Header{Src: addr(from), Dst: addr(to), TTL: 64}, typ, 0, uint32(id)<<16|1, []byte("abcdefgh"))
}

func icmpError(from string, typ, code uint8, about []byte) []byte {
	return packet.AppendICMPError(nil, addr(from), typ, code, 0, packet.IPv4(about))
}
