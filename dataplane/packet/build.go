package packet

// Header is what the Append functions need of an IP header. TTL 0 means 64.
type Header struct {
	Src, Dst uint32
	ID       uint16
	TTL      uint8
	TOS      uint8
	DF       bool
}

// AppendEthernet appends an Ethernet header to b.
func AppendEthernet(b []byte, dst, src [6]byte, etherType uint16) []byte {
	b = append(b, dst[:]...)
	b = append(b, src[:]...)
	return append(b, byte(etherType>>8), byte(etherType))
}

// AppendARP appends an ARP packet to b.
func AppendARP(b []byte, op uint16, senderMAC [6]byte, senderIP uint32, targetMAC [6]byte, targetIP uint32) []byte {
	n := len(b)
	b = append(b, 0, 1, 8, 0, 6, 4, byte(op>>8), byte(op))
	b = append(b, make([]byte, 20)...)
	a := ARP(b[n:])
	a.SetSenderMAC(senderMAC)
	a.SetSenderIP(senderIP)
	a.SetTargetMAC(targetMAC)
	a.SetTargetIP(targetIP)
	return b
}

// AppendIPv4 appends an IP packet with n octets of payload, which are zero, to b; the header checksum is right.
func AppendIPv4(b []byte, h Header, proto uint8, n int) []byte {
	at := len(b)
	b = zeros(b, IPv4Len+n)
	p := IPv4(b[at:])
	p[0], p[1], p[8], p[9] = 0x45, h.TOS, h.TTL, proto
	if h.TTL == 0 {
		p[8] = 64
	}
	put16(p[2:], uint16(IPv4Len+n))
	put16(p[4:], h.ID)
	if h.DF {
		p[6] = 0x40
	}
	put32(p[12:], h.Src)
	put32(p[16:], h.Dst)
	p.FillChecksum()
	return b
}

func zeros(b []byte, n int) []byte {
	at := len(b)
	for cap(b) < at+n {
		b = append(b[:cap(b)], 0)
	}
	b = b[:at+n]
	clear(b[at:])
	return b
}

// Segment is a TCP segment to append. Options are padded to a multiple of four with the end mark.
type Segment struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            uint8
	Window           uint16
	Urgent           uint16
	Options          []byte
	Payload          []byte
}

// AppendTCP appends an IP packet with a TCP segment to b; checksums are right.
func AppendTCP(b []byte, h Header, s Segment) []byte {
	at := len(b)
	b, ip := MakeTCP(b, h, s, len(s.Payload))
	p := Packet{IP: ip}
	copy(p.TCP().Payload(), s.Payload)
	p.FillTransport()
	return b[:at+len(ip)]
}

// MakeTCP is AppendTCP for a caller who fills in the n octets of payload, and then the transport checksum, himself. It
// returns the buffer and the packet in it.
func MakeTCP(b []byte, h Header, s Segment, n int) ([]byte, IPv4) {
	at := len(b)
	opts := (len(s.Options) + 3) &^ 3
	b = AppendIPv4(b, h, ProtoTCP, TCPLen+opts+n)
	ip := IPv4(b[at:])
	t := TCP(ip.Payload())
	put16(t, s.SrcPort)
	put16(t[2:], s.DstPort)
	put32(t[4:], s.Seq)
	put32(t[8:], s.Ack)
	t[12], t[13] = byte((TCPLen+opts)/4)<<4, s.Flags
	put16(t[14:], s.Window)
	put16(t[18:], s.Urgent)
	copy(t[TCPLen:], s.Options)
	return b, ip
}

// AppendUDP appends an IP packet with a UDP datagram to b.
func AppendUDP(b []byte, h Header, srcPort, dstPort uint16, payload []byte) []byte {
	at := len(b)
	b = AppendIPv4(b, h, ProtoUDP, UDPLen+len(payload))
	p := Packet{IP: IPv4(b[at:])}
	u := p.UDP()
	put16(u, srcPort)
	put16(u[2:], dstPort)
	put16(u[4:], uint16(len(u)))
	copy(u[UDPLen:], payload)
	p.FillTransport()
	return b
}

// AppendICMP appends an IP packet with an ICMP message to b; rest is octets 4 to 7: identifier and sequence number, or
// what the type says.
func AppendICMP(b []byte, h Header, typ, code uint8, rest uint32, payload []byte) []byte {
	at := len(b)
	b = AppendIPv4(b, h, ProtoICMP, ICMPLen+len(payload))
	p := Packet{IP: IPv4(b[at:])}
	m := p.ICMP()
	m[0], m[1] = typ, code
	put32(m[4:], rest)
	copy(m[ICMPLen:], payload)
	p.FillTransport()
	return b
}

// AppendICMPError appends an ICMP error from address from about the datagram orig, to its source. It quotes the header
// and 8 octets (RFC 792). rest is octets 4 to 7, such as the next-hop MTU (RFC 1191). The caller does not answer
// errors, broadcasts and later fragments (RFC 1122 3.2.2).
func AppendICMPError(b []byte, from uint32, typ, code uint8, rest uint32, orig IPv4) []byte {
	n := min(orig.HeaderLen()+8, len(orig))
	return AppendICMP(b, Header{Src: from, Dst: orig.Src(), TTL: 255}, typ, code, rest, orig[:n])
}

// AppendRST appends the reset that answers segment p, which must not be a reset itself (RFC 9293 3.10.7.1), as if from
// its destination.
func AppendRST(b []byte, p Packet) []byte {
	t := p.TCP()
	s := Segment{SrcPort: t.DstPort(), DstPort: t.SrcPort(), Flags: RST}
	if t.Flags()&ACK != 0 {
		s.Seq = t.Ack()
	} else {
		s.Flags |= ACK
		s.Ack = t.Seq() + SeqLen(t)
	}
	return AppendTCP(b, Header{Src: p.IP.Dst(), Dst: p.IP.Src()}, s)
}

// AppendACK appends an empty segment with the numbers given, from src to dst.
func AppendACK(b []byte, h Header, srcPort, dstPort uint16, seq, ack uint32, window uint16) []byte {
	return AppendTCP(b, h, Segment{SrcPort: srcPort, DstPort: dstPort, Seq: seq, Ack: ack, Flags: ACK, Window: window})
}

// Before says a < b in sequence space (RFC 9293 3.4).
func Before(a, b uint32) bool { return int32(a-b) < 0 }

// SeqLen is the sequence space that a segment takes: payload, SYN and FIN.
func SeqLen(t TCP) uint32 {
	n := uint32(len(t.Payload()))
	if t.Flags()&SYN != 0 {
		n++
	}
	if t.Flags()&FIN != 0 {
		n++
	}
	return n
}
