package packet

// SetInner rewrites the datagram that an ICMP error quotes: its addresses and, for TCP and UDP, its ports; for an ICMP
// query srcPort is the identifier. The quoted checksums are adjusted as far as they are quoted, and the checksum of the
// error is computed anew. Parsed.Inner.OK must have been true.
func (p Packet) SetInner(src, dst uint32, srcPort, dstPort uint16) {
	m := p.ICMP()
	q := Packet{IP: IPv4(m.Payload())}
	q.SetSrc(src)
	q.SetDst(dst)
	switch q.IP.Proto() {
	case ProtoTCP, ProtoUDP:
		q.quotedPort(0, srcPort)
		q.quotedPort(2, dstPort)
	case ProtoICMP:
		if q.ICMP().IsQuery() {
			q.quotedPort(4, srcPort)
		}
	}
	put16(m[2:], 0)
	put16(m[2:], ^Sum(m))
}

// quotedPort is put16At for a datagram that may be cut off behind its first 8 octets: the zero-message rule of ICMP
// cannot be applied to it, nor need it.
func (p Packet) quotedPort(off int, v uint16) {
	b := p.IP.Payload()
	was := be16(b[off:])
	put16(b[off:], v)
	c := checksumOffset(p.IP.Proto())
	if len(b) < c+2 || p.IP.Proto() == ProtoUDP && be16(b[c:]) == 0 {
		return
	}
	put16(b[c:], nonZero(p.IP.Proto(), adjust(be16(b[c:]), uint32(was), uint32(v))))
}
