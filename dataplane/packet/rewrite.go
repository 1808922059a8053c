package packet

// transport is the transport header and payload when this packet has its beginning, else nil: later fragments carry no
// checksum to keep.
func (p Packet) transport() []byte {
	if p.IP.FragOffset() != 0 {
		return nil
	}
	return p.IP.Payload()
}

// SetSrc writes the source address.
func (p Packet) SetSrc(a uint32) { p.setAddr(12, a) }

// SetDst writes the destination address.
func (p Packet) SetDst(a uint32) { p.setAddr(16, a) }

func (p Packet) setAddr(off int, a uint32) {
	was, now := words(be32(p.IP[off:])), words(a)
	put32(p.IP[off:], a)
	put16(p.IP[10:], adjust(be16(p.IP[10:]), was, now))
	b := p.transport()
	c := checksumOffset(p.IP.Proto())
	if p.IP.Proto() == ProtoICMP || c < 0 || len(b) < c+2 {
		return // ICMP has no pseudo-header
	}
	if p.NeedsCsum {
		put16(b[c:], fold(uint32(be16(b[c:]))+uint32(^fold(was))+uint32(fold(now))))
		return
	}
	p.change(b, was, now)
}

func words(v uint32) uint32 { return v>>16 + v&0xffff }

// change adjusts the transport checksum of b for covered words whose sum went from was to now.
func (p Packet) change(b []byte, was, now uint32) {
	proto := p.IP.Proto()
	c := checksumOffset(proto)
	if c < 0 || len(b) < c+2 || p.NeedsCsum && proto != ProtoICMP {
		return
	}
	hc := be16(b[c:])
	if proto == ProtoUDP && hc == 0 {
		return // none was sent, RFC 768
	}
	hc = adjust(hc, was, now)
	if proto == ProtoICMP && hc == 0 {
		// A message of zeros only sums to +0, which equation 3 cannot tell from -0.
		put16(b[c:], 0)
		hc = ^Sum(b)
	}
	put16(b[c:], nonZero(proto, hc))
}

// put16At and put32At write into the transport header at any offset, odd ones included (options may stand there).
func (p Packet) put16At(off int, v uint16) {
	b := p.IP.Payload()
	lo, hi := off&^1, (off+3)&^1
	was := uint32(Sum(b[lo:min(hi, len(b))]))
	put16(b[off:], v)
	p.change(b, was, uint32(Sum(b[lo:min(hi, len(b))])))
}

func (p Packet) put32At(off int, v uint32) {
	b := p.IP.Payload()
	lo, hi := off&^1, (off+5)&^1
	was := uint32(Sum(b[lo:min(hi, len(b))]))
	put32(b[off:], v)
	p.change(b, was, uint32(Sum(b[lo:min(hi, len(b))])))
}

// TCP is the segment of a TCP packet.
func (p Packet) TCP() TCP { return TCP(p.IP.Payload()) }

// UDP is the datagram of a UDP packet.
func (p Packet) UDP() UDP { return UDP(p.IP.Payload()) }

// ICMP is the message of an ICMP packet.
func (p Packet) ICMP() ICMP { return ICMP(p.IP.Payload()) }

// SetSrcPort writes the source port of a TCP segment or UDP datagram.
func (p Packet) SetSrcPort(v uint16) { p.put16At(0, v) }

// SetDstPort writes the destination port of a TCP segment or UDP datagram.
func (p Packet) SetDstPort(v uint16) { p.put16At(2, v) }

// SetICMPID writes the identifier of an ICMP query.
func (p Packet) SetICMPID(v uint16) { p.put16At(4, v) }

// SetSeq writes the sequence number of a TCP segment.
func (p Packet) SetSeq(v uint32) { p.put32At(4, v) }

// SetAck writes the acknowledgement number of a TCP segment.
func (p Packet) SetAck(v uint32) { p.put32At(8, v) }

// SetFlags writes the eight flags of a TCP segment.
func (p Packet) SetFlags(v uint8) { p.put16At(12, uint16(p.TCP()[12])<<8|uint16(v)) }

// SetWindow writes the window field of a TCP segment, unscaled.
func (p Packet) SetWindow(v uint16) { p.put16At(14, v) }

// SetUrgent writes the urgent pointer of a TCP segment.
func (p Packet) SetUrgent(v uint16) { p.put16At(18, v) }

// ClearReserved clears the bits that TCP.Reserved tells of.
func (p Packet) ClearReserved() {
	t := p.TCP()
	p.put16At(12, uint16(t[12]&^reservedHigh)<<8|uint16(t[13]&^reservedLow))
}

// Edit calls f, which may rewrite b, a part of the transport payload or header that lies at octet off of the transport,
// and adjusts the checksum to what became of it. It costs two sums over b and is meant for payload rewritten in place.
func (p Packet) Edit(off, n int, f func(b []byte)) {
	b := p.IP.Payload()
	lo, hi := off&^1, min((off+n+1)&^1, len(b))
	was := uint32(Sum(b[lo:hi]))
	f(b[off : off+n])
	p.change(b, was, uint32(Sum(b[lo:hi])))
}

// Adjust corrects the transport checksum after octets at an even offset of the transport, whose Sum was was, were
// rewritten so that it now is now.
func (p Packet) Adjust(was, now uint16) { p.change(p.IP.Payload(), uint32(was), uint32(now)) }
