package packet

import (
	"encoding/binary"
	"math/bits"
)

// Sum is the one's complement sum of b in network order, folded to 16 bits; an odd last octet counts as if followed by
// zero (RFC 1071). It is not inverted.
func Sum(b []byte) uint16 {
	var s, c uint64
	for len(b) >= 32 {
		s, c = bits.Add64(s, binary.BigEndian.Uint64(b), c)
		s, c = bits.Add64(s, binary.BigEndian.Uint64(b[8:]), c)
		s, c = bits.Add64(s, binary.BigEndian.Uint64(b[16:]), c)
		s, c = bits.Add64(s, binary.BigEndian.Uint64(b[24:]), c)
		b = b[32:]
	}
	for len(b) >= 8 {
		s, c = bits.Add64(s, binary.BigEndian.Uint64(b), c)
		b = b[8:]
	}
	var tail uint64
	for len(b) >= 2 {
		tail += uint64(be16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		tail += uint64(b[0]) << 8
	}
	s, c = bits.Add64(s, tail, c)
	s, c = bits.Add64(s, 0, c)
	s += c
	s = s>>32 + s&0xffffffff
	s = s>>32 + s&0xffffffff
	return fold(uint32(s>>16) + uint32(s&0xffff))
}

func fold(s uint32) uint16 {
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s)
}

// adjust is checksum hc after covered words that added up to the folded sum was add up to now instead.
// RFC 1624, equation 3: HC' = ~(~HC + ~m + m').
func adjust(hc uint16, was, now uint32) uint16 {
	w, n := fold(was), fold(now)
	return ^fold(uint32(^hc) + uint32(^w) + uint32(n))
}

// pseudo is the folded sum of the pseudo-header for n octets of transport.
func (p IPv4) pseudo(n int) uint16 {
	s := uint32(Sum(p[12:20])) + uint32(p[9]) + uint32(n&0xffff) + uint32(n>>16)
	return fold(s)
}

// ChecksumOK says that the header checksum is right.
func (p IPv4) ChecksumOK() bool { return Sum(p[:p.HeaderLen()]) == 0xffff }

// FillChecksum computes the header checksum anew.
func (p IPv4) FillChecksum() {
	put16(p[10:], 0)
	put16(p[10:], ^Sum(p[:p.HeaderLen()]))
}

// TransportOK verifies the checksum of an unfragmented TCP segment, UDP datagram or ICMP message. It is true for other
// protocols, for UDP without a checksum, and for NeedsCsum, where nothing went over a wire that could spoil it.
func (p Packet) TransportOK() bool {
	b := p.IP.Payload()
	switch p.IP.Proto() {
	case ProtoTCP:
		return p.NeedsCsum || len(b) >= TCPLen && fold(uint32(p.IP.pseudo(len(b)))+uint32(Sum(b))) == 0xffff
	case ProtoUDP:
		if p.NeedsCsum || len(b) >= UDPLen && UDP(b).Checksum() == 0 {
			return true
		}
		return len(b) >= UDPLen && fold(uint32(p.IP.pseudo(len(b)))+uint32(Sum(b))) == 0xffff
	case ProtoICMP:
		return len(b) >= ICMPLen && Sum(b) == 0xffff
	}
	return true
}

// VerifyTCP verifies the checksum of a TCP segment and hands back the Sum of its payload, which Adjust takes once the
// payload was rewritten. With NeedsCsum it is always right and nothing is summed.
func (p Packet) VerifyTCP() (payload uint16, ok bool) {
	if p.NeedsCsum {
		return 0, true
	}
	t := p.TCP()
	payload = Sum(t.Payload())
	s := uint32(p.IP.pseudo(len(t))) + uint32(Sum(t[:t.HeaderLen()])) + uint32(payload)
	return payload, fold(s) == 0xffff
}

// PartialOK says that the transport checksum of a packet with NeedsCsum is the pseudo-header sum, as it has to be. In one's
// complement all ones are zero, too.
func (p Packet) PartialOK() bool {
	b := p.IP.Payload()
	off := checksumOffset(p.IP.Proto())
	return off >= 0 && len(b) >= off+2 && be16(b[off:])%0xffff == p.IP.pseudo(len(b))%0xffff
}

// FillTransport computes the transport checksum anew, as NeedsCsum says: in full, or the pseudo-header sum only.
func (p Packet) FillTransport() {
	b := p.IP.Payload()
	off := checksumOffset(p.IP.Proto())
	if off < 0 || len(b) < off+2 {
		return
	}
	put16(b[off:], 0)
	switch {
	case p.IP.Proto() == ProtoICMP:
		put16(b[off:], ^Sum(b))
	case p.NeedsCsum:
		put16(b[off:], p.IP.pseudo(len(b)))
	default:
		put16(b[off:], nonZero(p.IP.Proto(), ^fold(uint32(p.IP.pseudo(len(b)))+uint32(Sum(b)))))
	}
}

// Complete turns a packet with NeedsCsum into one with a whole checksum, for a link that cannot fill it.
func (p *Packet) Complete() {
	if p.NeedsCsum {
		p.NeedsCsum = false
		p.FillTransport()
	}
}

// nonZero is RFC 768: a computed UDP checksum of zero is sent as all ones.
func nonZero(proto uint8, c uint16) uint16 {
	if proto == ProtoUDP && c == 0 {
		return 0xffff
	}
	return c
}

// checksumOffset is the place of the checksum in the transport header, -1 for unknown protocols.
func checksumOffset(proto uint8) int {
	switch proto {
	case ProtoTCP:
		return 16
	case ProtoUDP:
		return 6
	case ProtoICMP:
		return 2
	}
	return -1
}
