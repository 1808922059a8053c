package packet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"
)

var (
	macA = [6]byte{2, 0, 0, 0, 0, 1}
	macB = [6]byte{2, 0, 0, 0, 0, 2}
	hdr  = Header{Src: 0xc6336419, Dst: 0xcb00710a, ID: 7}
)

// naiveSum is RFC 1071 as its text says it: the oracle of Sum.
func naiveSum(b []byte) uint16 {
	var s uint32
	for i := range b {
		if i%2 == 0 {
			s += uint32(b[i]) << 8
		} else {
			s += uint32(b[i])
		}
		for s > 0xffff {
			s = s&0xffff + s>>16
		}
	}
	return uint16(s)
}

func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "b")
		if got, want := Sum(b), naiveSum(b); got != want {
			t.Fatalf("Sum = %#x, want %#x", got, want)
		}
	})
	ff := bytes.Repeat([]byte{0xff}, 65535)
	if got, want := Sum(ff), naiveSum(ff); got != want {
		t.Errorf("all ones: %#x, want %#x", got, want)
	}
}

func frame(ip []byte) []byte {
	return append(AppendEthernet(nil, macB, macA, TypeIPv4), ip...)
}

// serialize builds a frame with gopacket, the other implementation.
func serialize(t testing.TB, l ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	o := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buf, o, l...); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestDecodeAgainstGopacket(t *testing.T) {
	eth := &layers.Ethernet{SrcMAC: macA[:], DstMAC: macB[:], EthernetType: layers.EthernetTypeIPv4}
	rapid.Check(t, func(rt *rapid.T) {
		src, dst := rapid.Uint32().Draw(rt, "src"), rapid.Uint32().Draw(rt, "dst")
		ip := &layers.IPv4{Version: 4, TTL: 9, SrcIP: Addr(src).AsSlice(), DstIP: Addr(dst).AsSlice()}
		payload := gopacket.Payload(rapid.SliceOfN(rapid.Byte(), 0, 90).Draw(rt, "payload"))
		sp, dp := rapid.Uint16().Draw(rt, "sp"), rapid.Uint16().Draw(rt, "dp")
		var p Parsed
		switch rapid.IntRange(0, 2).Draw(rt, "proto") {
		case 0:
			ip.Protocol = layers.IPProtocolTCP
			tcp := &layers.TCP{SrcPort: layers.TCPPort(sp), DstPort: layers.TCPPort(dp), Seq: rapid.Uint32().Draw(rt, "seq"),
				Ack: rapid.Uint32().Draw(rt, "ack"), ACK: true, PSH: rapid.Bool().Draw(rt, "psh"), Window: 77,
				Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 180}}}}
			_ = tcp.SetNetworkLayerForChecksum(ip)
			p.Decode(serialize(t, eth, ip, tcp, payload))
			if p.Kind != KindTCP || p.Seq != tcp.Seq || p.Ack != tcp.Ack || p.Window != 77 || p.Flags&ACK == 0 ||
				p.Flags&PSH != 0 != tcp.PSH || TCP(p.IP[p.L4:]).ParseOptions().MSS != 1460 {
				rt.Fatalf("tcp: %+v", p)
			}
		case 1:
			ip.Protocol = layers.IPProtocolUDP
			udp := &layers.UDP{SrcPort: layers.UDPPort(sp), DstPort: layers.UDPPort(dp)}
			_ = udp.SetNetworkLayerForChecksum(ip)
			p.Decode(serialize(t, eth, ip, udp, payload))
			if p.Kind != KindUDP {
				rt.Fatalf("udp: %+v", p)
			}
		case 2:
			ip.Protocol = layers.IPProtocolICMPv4
			ic := &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0), Id: sp, Seq: dp}
			p.Decode(serialize(t, eth, ip, ic, payload))
			if p.Kind != KindICMP || p.ICMPID != sp || p.ICMPSeq != dp || p.Type != 8 {
				rt.Fatalf("icmp: %+v", p)
			}
			sp, dp = 0, 0
		}
		if p.Src != src || p.Dst != dst || p.SrcPort != sp || p.DstPort != dp || p.PayloadLen() != len(payload) {
			rt.Fatalf("addresses, ports or payload: %+v", p)
		}
		if !bytes.Equal(p.IP[p.Payload:], payload) || !p.Packet(0, false).TransportOK() {
			rt.Fatalf("payload or checksum: %+v", p)
		}
	})
}

func TestDecodeARP(t *testing.T) {
	f := AppendARP(AppendEthernet(nil, macB, macA, TypeARP), ARPRequest, macA, 1, macB, 2)
	f = append(f, make([]byte, 18)...) // padding to the shortest frame
	var p Parsed
	p.Decode(f)
	g := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default).Layer(layers.LayerTypeARP).(*layers.ARP)
	if p.Kind != KindARP || p.Src != 1 || p.Dst != 2 || p.ARP.Op() != ARPRequest || p.ARP.SenderMAC() != macA || p.ARP.TargetMAC() != macB {
		t.Errorf("%+v", p)
	}
	if g.Operation != 1 || !bytes.Equal(g.SourceHwAddress, macA[:]) || binary.BigEndian.Uint32(g.DstProtAddress) != 2 {
		t.Errorf("gopacket reads %+v", g)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tcp := func(edit func(IPv4)) []byte {
		b := AppendTCP(nil, hdr, Segment{SrcPort: 1, DstPort: 25, Payload: []byte("0123456789abcdef")})
		edit(b)
		IPv4(b).FillChecksum()
		return frame(b)
	}
	frag := func(proto uint8, off, n int, more bool) []byte {
		b := IPv4(AppendIPv4(nil, hdr, proto, n))
		if n > 12 {
			b.Payload()[12] = 5 << 4
		}
		b.SetFrag(off, more)
		return frame(b)
	}
	tests := []struct {
		name  string
		frame []byte
		why   Why
	}{
		{"nothing", nil, WhyShort},
		{"13 octets", make([]byte, 13), WhyShort},
		{"802.1Q", AppendEthernet(nil, macB, macA, TypeVLAN), WhyVLAN},
		{"IPv6", AppendEthernet(nil, macB, macA, 0x86dd), WhyEtherType},
		{"ARP cut", AppendEthernet(nil, macB, macA, TypeARP), WhyARP},
		{"version 6", tcp(func(p IPv4) { p[0] = 0x65 }), WhyVersion},
		{"header length 16", tcp(func(p IPv4) { p[0] = 0x44 }), WhyHeaderLen},
		{"total length 10", tcp(func(p IPv4) { put16(p[2:], 10) }), WhyTotalLen},
		{"total length beyond", tcp(func(p IPv4) { put16(p[2:], 200) }), WhyTotalLen},
		{"bad checksum", func() []byte { b := tcp(func(IPv4) {}); b[EthernetLen+10]++; return b }(), WhyChecksum},
		{"data offset 4", tcp(func(p IPv4) { p.Payload()[12] = 4 << 4 }), WhyTransport},
		{"data offset beyond", tcp(func(p IPv4) { p.Payload()[12] = 15 << 4 }), WhyTransport},
		{"TCP header cut", frame(AppendIPv4(nil, hdr, ProtoTCP, 19)), WhyTransport},
		{"UDP length", frame(AppendIPv4(nil, hdr, ProtoUDP, 8)), WhyTransport},
		{"tiny", frag(ProtoTCP, 0, 16, true), WhyTiny},
		{"empty first fragment", frag(ProtoICMP, 0, 0, true), WhyFragmentEnd},
		{"overlap", frag(ProtoTCP, 8, 64, false), WhyOverlap},
		{"overlap 16", frag(ProtoTCP, 16, 64, true), WhyOverlap},
		{"not a multiple of 8", frag(ProtoUDP, 64, 63, true), WhyFragmentEnd},
		{"ping of death", frag(ProtoICMP, 65528, 64, false), WhyTooLarge},
	}
	for _, tt := range tests {
		var p Parsed
		p.Decode(tt.frame)
		if p.Kind != Unknown || p.Why != tt.why {
			t.Errorf("%s: %v %q, want %q", tt.name, p.Kind, p.Why, tt.why)
		}
	}
	var p Parsed
	p.Decode(frag(ProtoTCP, 0, 24, true))
	if p.Kind != KindTCP || !p.MoreFrags || !p.Fragment() {
		t.Errorf("first fragment with a whole header: %v %v", p.Kind, p.Why)
	}
	p.Decode(frag(ProtoTCP, 24, 7, false))
	if p.Kind != KindLater || p.FragOff != 24 || p.Proto != ProtoTCP {
		t.Errorf("later fragment: %+v", p)
	}
}

// drawPacket is a random valid packet with right checksums, in full or as NeedsCsum.
func drawPacket(t *rapid.T) Packet {
	h := Header{Src: rapid.Uint32().Draw(t, "src"), Dst: rapid.Uint32().Draw(t, "dst"), ID: rapid.Uint16().Draw(t, "id")}
	payload := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 1, 0xff, 'x'}), 0, 40).Draw(t, "payload")
	port := rapid.SampledFrom([]uint16{0, 0, 1, 25, 0xffff})
	p := Packet{NeedsCsum: rapid.Bool().Draw(t, "needs")}
	switch rapid.IntRange(0, 2).Draw(t, "proto") {
	case 0:
		ts := append([]byte{OptNop, OptSACK, 10}, make([]byte, 8)...) // edges at odd offsets
		p.IP = AppendTCP(nil, h, Segment{SrcPort: port.Draw(t, "sp"), DstPort: port.Draw(t, "dp"), Seq: rapid.Uint32().Draw(t, "seq"),
			Ack: rapid.Uint32().Draw(t, "ack"), Flags: ACK, Window: 5, Options: ts, Payload: payload})
	case 1:
		p.IP = AppendUDP(nil, h, port.Draw(t, "sp"), port.Draw(t, "dp"), payload)
	case 2:
		p.IP = AppendICMP(nil, h, 0, 0, uint32(port.Draw(t, "id")), payload)
		p.NeedsCsum = false
	}
	p.FillTransport()
	return p
}

func mutate(t *rapid.T, p Packet) {
	edge := rapid.Custom(func(t *rapid.T) uint32 {
		if rapid.Bool().Draw(t, "edge") {
			return rapid.SampledFrom([]uint32{0, 0xffff, 0xffff0000, 0xffffffff}).Draw(t, "v")
		}
		return rapid.Uint32().Draw(t, "v")
	})
	v := edge.Draw(t, "v")
	switch rapid.IntRange(0, 3).Draw(t, "any") {
	case 0:
		p.SetSrc(v)
		return
	case 1:
		p.SetDst(v)
		return
	case 2:
		p.IP.SetTTL(uint8(v))
		return
	}
	switch p.IP.Proto() {
	case ProtoICMP:
		p.SetICMPID(uint16(v))
	case ProtoUDP:
		if v&0x10000 == 0 {
			p.SetSrcPort(uint16(v))
		} else {
			p.SetDstPort(uint16(v))
		}
	case ProtoTCP:
		mutateTCP(t, p, v)
	}
}

func mutateTCP(t *rapid.T, p Packet, v uint32) {
	switch rapid.IntRange(0, 8).Draw(t, "tcp") {
	case 0:
		p.SetSrcPort(uint16(v))
	case 1:
		p.SetDstPort(uint16(v))
	case 2:
		p.SetSeq(v)
	case 3:
		p.SetAck(v)
	case 4:
		p.SetFlags(uint8(v))
	case 5:
		p.SetWindow(uint16(v))
	case 6:
		p.ShiftSACK(v)
	case 7:
		p.EraseOption(OptSACK)
	case 8:
		if n := len(p.TCP().Payload()); n > 0 {
			at := int(v) % n
			p.Edit(p.TCP().HeaderLen()+at, n-at, func(b []byte) { clear(b) })
		}
	}
}

// checkIncremental: after any edits the checksums are those that a full computation gives.
func checkIncremental(t *rapid.T) {
	p := drawPacket(t)
	for range rapid.IntRange(1, 5).Draw(t, "edits") {
		mutate(t, p)
	}
	if !p.IP.ChecksumOK() || !p.TransportOK() {
		t.Fatalf("checksum wrong: % x", p.IP)
	}
	want := Packet{IP: bytes.Clone(p.IP), NeedsCsum: p.NeedsCsum}
	want.IP.FillChecksum()
	want.FillTransport()
	if !bytes.Equal(p.IP, want.IP) {
		t.Fatalf("incremental\n% x\nfull\n% x", p.IP, want.IP)
	}
}

func TestIncrementalChecksum(t *testing.T) { rapid.Check(t, checkIncremental) }

func FuzzIncrementalChecksum(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkIncremental)) }

func TestUDPWithoutChecksum(t *testing.T) {
	p := Packet{IP: AppendUDP(nil, hdr, 1, 2, []byte("x"))}
	put16(p.UDP()[6:], 0)
	p.SetSrc(9)
	p.SetSrcPort(77)
	if p.UDP().Checksum() != 0 {
		t.Errorf("a checksum %#x appeared", p.UDP().Checksum())
	}
}

// A message of zeros has the checksum 0xffff; arithmetic alone would say 0.
func TestICMPOfZeros(t *testing.T) {
	p := Packet{IP: AppendICMP(nil, hdr, ICMPEchoReply, 0, 1<<16, []byte{0, 0})}
	p.SetICMPID(0)
	if !p.TransportOK() {
		t.Errorf("checksum %#x", p.ICMP().Checksum())
	}
}

func TestWrongStaysWrong(t *testing.T) {
	p := Packet{IP: AppendTCP(nil, hdr, Segment{Payload: []byte("spoilt")})}
	p.TCP().Payload()[0] ^= 1
	p.SetSrc(1)
	p.SetSeq(99)
	if p.TransportOK() {
		t.Error("rewriting repaired a spoilt segment")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(frame(AppendTCP(nil, hdr, Segment{Options: []byte{2, 4, 5, 180}, Payload: []byte("EHLO")})))
	f.Add(frame(AppendICMPError(nil, 1, 3, 1, 0, AppendUDP(nil, hdr, 1, 2, nil))))
	f.Add(AppendARP(AppendEthernet(nil, macB, macA, TypeARP), ARPReply, macA, 1, macB, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Parsed
		p.Decode(b)
		if (p.Kind == Unknown) != (p.Why != WhyNone) || p.Why.String() == "" && p.Kind == Unknown {
			t.Fatalf("kind %v, why %v", p.Kind, p.Why)
		}
		if p.Kind == Unknown || p.Kind == KindARP {
			return
		}
		pk := p.Packet(0, false)
		if p.Payload < p.L4 || p.Payload > len(p.IP) {
			t.Fatalf("payload at %d of %d", p.Payload, len(p.IP))
		}
		pk.SetSrc(1)
		if p.Kind == KindTCP && !p.Fragment() {
			pk.TCP().ParseOptions()
			pk.ShiftSACK(5)
			pk.ClampMSS(100)
			pk.EraseOption(OptTimestamps)
		}
		if p.Inner.OK {
			pk.SetInner(1, 2, 3, 4)
		}
		if !p.IP.ChecksumOK() {
			t.Fatal("header checksum")
		}
		var buf [1500]byte
		for fs := Fragment(p.IP, 576); ; {
			g := fs.Next(buf[:])
			if g == nil {
				break
			}
			if len(g) > 576 || !g.ChecksumOK() {
				t.Fatalf("fragment of %d octets", len(g))
			}
		}
	})
}

func TestFragmentReassembles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "body")
		mtu := rapid.IntRange(68, 1600).Draw(t, "mtu")
		ip := IPv4(AppendUDP(nil, hdr, 1, 2, body))
		got := make([]byte, 0, len(ip))
		buf := make([]byte, mtu)
		last := false
		for fs := Fragment(ip, mtu); ; {
			g := fs.Next(buf)
			if g == nil {
				break
			}
			var p Parsed
			p.DecodeIP(g)
			if p.Kind == Unknown || p.FragOff != len(got) || len(g) > mtu || g.ID() != ip.ID() || last {
				t.Fatalf("%v %v offset %d of %d", p.Kind, p.Why, p.FragOff, len(got))
			}
			got = append(got, g.Payload()...)
			last = !g.MoreFrags()
		}
		if !last || !bytes.Equal(got, ip.Payload()) {
			t.Fatal("not the same payload")
		}
	})
}

func TestFragmentOptions(t *testing.T) {
	ip := IPv4(AppendIPv4(nil, hdr, 99, 200))
	ip[0] = 0x47
	copy(ip[20:], []byte{7, 3, 4 /* record route, not copied */, 136, 4, 1, 2 /* stream id, copied */, 0})
	ip.FillChecksum()
	var buf [68]byte
	fs := Fragment(ip, 68)
	if g := fs.Next(buf[:]); g.HeaderLen() != 28 {
		t.Errorf("first: header of %d", g.HeaderLen())
	}
	if g := fs.Next(buf[:]); g.HeaderLen() != 24 || !bytes.Equal(g.Options(), []byte{136, 4, 1, 2}) || !g.ChecksumOK() {
		t.Errorf("later: header of %d, options % x", g.HeaderLen(), g.Options())
	}
}

func TestSegment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "body")
		p := Packet{IP: AppendTCP(nil, hdr, Segment{Seq: 0xfffffff0, Flags: ACK | PSH | FIN | CWR, Payload: body}),
			GSOSize: uint16(rapid.IntRange(0, 1500).Draw(t, "gso")), NeedsCsum: rapid.Bool().Draw(t, "needs")}
		p.FillTransport()
		var got []byte
		buf := make([]byte, 4000)
		sawFIN, id := false, hdr.ID
		for s := p.Segment(); ; id++ {
			q := s.Next(buf)
			if q.IP == nil {
				break
			}
			if q.IP.ID() != id || sawFIN || q.TCP().Seq() != 0xfffffff0+uint32(len(got)) || (q.TCP().Flags()&CWR != 0) != (len(got) == 0) {
				t.Fatalf("segment at %d", len(got))
			}
			sawFIN = q.TCP().Flags()&FIN != 0
			q.Complete()
			if !q.TransportOK() || !q.IP.ChecksumOK() || p.GSOSize > 0 && len(q.TCP().Payload()) > int(p.GSOSize) {
				t.Fatal("checksum or size")
			}
			got = append(got, q.TCP().Payload()...)
		}
		if !sawFIN || !bytes.Equal(got, body) {
			t.Fatal("not the same payload")
		}
	})
}

func TestOptions(t *testing.T) {
	opts := []byte{OptMSS, 4, 5, 180, OptNop, OptWScale, 3, 77, OptSACKOK, 2, OptTimestamps, 10, 0, 0, 0, 1, 0, 0, 0, 2}
	p := Packet{IP: AppendTCP(nil, hdr, Segment{Flags: SYN, Options: opts})}
	want := TCPOptions{MSS: 1460, WScale: 14, SACKOK: true, HasTS: true, TSVal: 1, TSEcr: 2, TSOff: 32}
	if got := p.TCP().ParseOptions(); got != want {
		t.Errorf("%+v", got)
	}
	if p.ClampMSS(1460) || !p.ClampMSS(1380) || p.TCP().ParseOptions().MSS != 1380 || !p.TransportOK() {
		t.Error("clamp")
	}
	p = Packet{IP: AppendTCP(nil, hdr, Segment{Options: []byte{OptSACK, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 9}})}
	p.ShiftSACK(10)
	b := p.TCP().OptionBytes()
	if be32(b[2:]) != 11 || be32(b[6:]) != 12 || be32(b[10:]) != 9 || be32(b[14:]) != 19 || !p.TransportOK() {
		t.Errorf("% x", b)
	}
	for _, bad := range [][]byte{{OptMSS}, {OptMSS, 0, 0, 0}, {OptMSS, 200, 0, 0}, {OptEnd, OptMSS, 4, 1}} {
		q := TCP(IPv4(AppendTCP(nil, hdr, Segment{Options: bad})).Payload())
		if got := q.ParseOptions(); got != (TCPOptions{WScale: -1}) {
			t.Errorf("% x: %+v", bad, got)
		}
	}
}

func TestAppendRST(t *testing.T) {
	syn := Packet{IP: AppendTCP(nil, hdr, Segment{SrcPort: 1, DstPort: 25, Seq: 100, Flags: SYN})}
	r := Packet{IP: AppendRST(nil, syn)}
	if s := r.TCP(); s.Flags() != RST|ACK || s.Ack() != 101 || s.SrcPort() != 25 || r.IP.Dst() != hdr.Src || !r.TransportOK() {
		t.Errorf("to a SYN: % x", r.IP)
	}
	ack := Packet{IP: AppendTCP(nil, hdr, Segment{Flags: ACK, Ack: 77})}
	if s := (Packet{IP: AppendRST(nil, ack)}).TCP(); s.Flags() != RST || s.Seq() != 77 {
		t.Errorf("to an ACK: % x", s)
	}
}

func TestInner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawPacket(t)
		q.Complete()
		e := Packet{IP: AppendICMP(nil, hdr, ICMPUnreachable, 1, 0, q.IP)}
		var p Parsed
		p.DecodeIP(e.IP)
		if !p.Inner.OK || p.Inner.Src != q.IP.Src() || p.Inner.Dst != q.IP.Dst() || p.Inner.Proto != q.IP.Proto() {
			t.Fatalf("%+v", p.Inner)
		}
		e.SetInner(0x01020304, 0x05060708, 9, 10)
		p.DecodeIP(e.IP)
		if p.Inner.Src != 0x01020304 || p.Inner.Dst != 0x05060708 || p.Inner.SrcPort != 9 || !e.TransportOK() {
			t.Fatalf("after: %+v", p.Inner)
		}
		in := Packet{IP: IPv4(e.ICMP().Payload())}
		if q.IP.Proto() != ProtoICMP && p.Inner.DstPort != 10 {
			t.Fatalf("after: %+v", p.Inner)
		}
		if !in.IP.ChecksumOK() || q.IP.Proto() != ProtoICMP && !in.TransportOK() {
			t.Fatal("checksum of the quoted datagram")
		}
	})
	short := AppendICMPError(nil, 1, ICMPUnreachable, 3, 0, AppendTCP(nil, hdr, Segment{SrcPort: 5, DstPort: 25, Seq: 66}))
	var p Parsed
	p.DecodeIP(short)
	if !p.Inner.OK || p.Inner.SrcPort != 5 || p.Inner.DstPort != 25 || p.Inner.Seq != 66 || p.Dst != hdr.Src {
		t.Errorf("8 octets quoted: %+v", p.Inner)
	}
	p.Packet(0, false).SetInner(1, 2, 3, 4)
}

func TestNoAllocs(t *testing.T) {
	f := frame(AppendTCP(nil, hdr, Segment{Options: []byte{OptNop, OptNop, OptSACK, 10, 0, 0, 0, 1, 0, 0, 0, 2}, Payload: make([]byte, 1000)}))
	dst := make([]byte, 0, 2000)
	var p Parsed
	n := testing.AllocsPerRun(100, func() {
		p.Decode(f)
		q := p.Packet(0, false)
		q.SetSrc(1)
		q.SetDstPort(99)
		q.SetSeq(rand.Uint32())
		q.ShiftSACK(1)
		if !q.TransportOK() {
			t.Fatal("checksum")
		}
		q.TCP().ParseOptions()
		_ = AppendRST(dst, q)
		fs := Fragment(p.IP, 576)
		for fs.Next(dst[:cap(dst)]) != nil {
		}
		for s := (Packet{IP: p.IP, GSOSize: 300}).Segment(); s.Next(dst[:cap(dst)]).IP != nil; {
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

func BenchmarkSum(b *testing.B) {
	buf := make([]byte, 1460)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		Sum(buf)
	}
}
