package packet

// Fragments cuts one IPv4 packet into fragments that fit an MTU (RFC 791 3.2). Don't-fragment is the caller's to check.
type Fragments struct {
	ip   IPv4
	size int // payload octets of each but the last
	next int // offset of the next one within the payload
}

// MinMTU is the least that every network carries (RFC 791 3.2): the longest header, and eight octets.
const MinMTU = 68

// Fragment starts cutting ip, which may be a fragment itself, for an MTU; one below MinMTU stands for that.
func Fragment(ip IPv4, mtu int) Fragments {
	return Fragments{ip: ip, size: (max(mtu, MinMTU) - ip.HeaderLen()) &^ 7}
}

// Next writes the next fragment into buf, which must hold the MTU and MinMTU, and returns it; nil at the end.
func (f *Fragments) Next(buf []byte) IPv4 {
	body := f.ip.Payload()
	if f.next >= len(body) && f.next > 0 {
		return nil
	}
	h := f.header(buf)
	n := min(f.size, len(body)-f.next)
	copy(buf[h:], body[f.next:f.next+n])
	out := IPv4(buf[:h+n])
	more := f.next+n < len(body) || f.ip.MoreFrags()
	put16(out[2:], uint16(h+n))
	put16(out[6:], uint16((f.ip.FragOffset()+f.next)/8))
	if more {
		out[6] |= 0x20
	}
	out.FillChecksum()
	f.next += max(n, 1)
	return out
}

// header copies the IP header; later fragments get only the options with the copy bit, padded.
func (f *Fragments) header(buf []byte) int {
	h := f.ip.HeaderLen()
	if f.next == 0 {
		copy(buf, f.ip[:h])
		return h
	}
	copy(buf, f.ip[:IPv4Len])
	n := IPv4Len
	for o := f.ip.Options(); len(o) > 0 && o[0] != 0; {
		l := 1
		if o[0] != 1 {
			if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
				break
			}
			l = int(o[1])
		}
		if o[0]&0x80 != 0 {
			n += copy(buf[n:], o[:l])
		}
		o = o[l:]
	}
	for n%4 != 0 {
		buf[n] = 0
		n++
	}
	buf[0] = 4<<4 | byte(n/4)
	return n
}

// Segments cuts a TCP super-frame into segments of GSOSize octets of payload.
type Segments struct {
	p    Packet
	next int
	i    uint16
	done bool
}

// Segment starts cutting p. A packet without GSOSize, or shorter, comes out as one copy.
func (p Packet) Segment() Segments { return Segments{p: p} }

// Next writes the next segment into buf and returns it: identification and sequence number count up, FIN and PSH stand
// in the last only, CWR in the first only, checksums are right (or the pseudo-header sum with NeedsCsum). buf must hold
// the headers and GSOSize octets. The end has a nil IP.
func (s *Segments) Next(buf []byte) Packet {
	if s.done {
		return Packet{}
	}
	t := s.p.TCP()
	h := s.p.IP.HeaderLen() + t.HeaderLen()
	body := t.Payload()
	n := len(body) - s.next
	if s.p.GSOSize != 0 {
		n = min(n, int(s.p.GSOSize))
	}
	out := Packet{IP: IPv4(buf[:h+n]), NeedsCsum: s.p.NeedsCsum}
	copy(out.IP, s.p.IP[:h])
	copy(out.IP[h:], body[s.next:s.next+n])
	put16(out.IP[2:], uint16(h+n))
	put16(out.IP[4:], s.p.IP.ID()+s.i)
	ot := out.TCP()
	put32(ot[4:], t.Seq()+uint32(s.next))
	if s.next > 0 {
		ot[13] &^= CWR
	}
	s.next += n
	s.i++
	s.done = s.next >= len(body)
	if !s.done {
		ot[13] &^= FIN | PSH
	}
	out.IP.FillChecksum()
	out.FillTransport()
	return out
}

// Shortened is a TCP super-frame with its first n octets of payload alone, in the same buffer: what stood in its last
// segment only is gone.
func (p Packet) Shortened(n int) Packet {
	h := p.IP.HeaderLen() + p.TCP().HeaderLen()
	p.IP = p.IP[:h+n]
	put16(p.IP[2:], uint16(h+n))
	p.IP.FillChecksum()
	p.TCP()[13] &^= FIN | PSH
	if n <= int(p.GSOSize) {
		p.GSOSize = 0
	}
	p.FillTransport()
	return p
}
