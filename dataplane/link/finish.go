package link

import "pixsim/dataplane/packet"

// finisher makes frames ready for a wire whose far end takes no offloads: super-frames are cut into segments, and
// checksums are filled in. It is used by one goroutine.
type finisher struct{ buf []byte }

// each calls put for the frames that f stands for, in order, until one fails. They are valid during the call.
func (w *finisher) each(f *Frame, put func([]byte) error) error {
	b := f.Bytes()
	at, ok := ipv4At(b)
	if !ok || f.GSOSize == 0 && !f.NeedsCsum {
		return put(b)
	}
	var d packet.Parsed
	d.DecodeIP(b[at:])
	p := d.Packet(f.GSOSize, f.NeedsCsum)
	if f.GSOSize == 0 || d.Kind != packet.KindTCP {
		p.Complete()
		return put(b)
	}
	p.NeedsCsum = false
	if w.buf == nil {
		w.buf = make([]byte, maxFrameLen)
	}
	copy(w.buf, b[:at])
	for s := p.Segment(); ; {
		seg := s.Next(w.buf[at:])
		if seg.IP == nil {
			return nil
		}
		if err := put(w.buf[:at+len(seg.IP)]); err != nil {
			return err
		}
	}
}

// maxFrameLen is an IP packet with two VLAN tags.
const maxFrameLen = packet.EthernetLen + 8 + 65535

// ipv4At is where the IPv4 header of a frame begins, behind its VLAN tags; false where it has none.
func ipv4At(b []byte) (int, bool) {
	const tag = 4
	for at := packet.EthernetLen; at <= packet.EthernetLen+2*tag && at+packet.IPv4Len <= len(b); at += tag {
		switch uint16(b[at-2])<<8 | uint16(b[at-1]) {
		case packet.TypeIPv4:
			return at, true
		case packet.TypeVLAN, typeServiceVLAN:
		default:
			return 0, false
		}
	}
	return 0, false
}

const typeServiceVLAN = 0x88a8 // IEEE 802.1ad
