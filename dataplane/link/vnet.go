package link

import (
	"encoding/binary"

	"pixsim/dataplane/packet"
)

// vnetLen is the length of the header that the kernel puts before a frame to say what is left to do with it: struct
// virtio_net_hdr, in the machine's byte order (Virtual I/O Device 1.2 section 5.1.6, legacy interface).
const vnetLen = 10

const (
	vnetNeedsCsum = 1 // flags

	vnetGSONone = 0 // types
	vnetGSOTCP4 = 1
	vnetGSOUDP  = 5
	vnetGSOECN  = 0x80 // a bit of the type: the first segment alone has CWR
)

// vnetHeader is what this package reads of it.
type vnetHeader struct {
	flags, gso byte
	size       uint16 // octets of payload in a segment
}

func readVnet(b []byte) vnetHeader {
	return vnetHeader{flags: b[0], gso: b[1] &^ vnetGSOECN, size: binary.NativeEndian.Uint16(b[4:])}
}

// putVnet writes the header for a frame, whose transport checksum it changes to what the kernel expects where the frame is to
// be cut.
func putVnet(b []byte, f *Frame) {
	clear(b[:vnetLen])
	frame := f.Bytes()
	at, ok := ipv4At(frame)
	if !ok || f.GSOSize == 0 && !f.NeedsCsum {
		return
	}
	var d packet.Parsed
	d.DecodeIP(frame[at:])
	if d.Kind != packet.KindTCP && d.Kind != packet.KindUDP {
		return
	}
	p := d.Packet(f.GSOSize, f.NeedsCsum)
	start, off := at+p.IP.HeaderLen(), 6
	if d.Kind == packet.KindTCP {
		off = 16
	}
	if cut := f.GSOSize != 0 && d.Kind == packet.KindTCP && len(p.TCP().Payload()) > int(f.GSOSize); cut {
		if !p.NeedsCsum {
			p.NeedsCsum = true
			p.FillTransport()
		}
		b[1] = vnetGSOTCP4
		if p.TCP().Flags()&packet.CWR != 0 {
			b[1] |= vnetGSOECN
		}
		binary.NativeEndian.PutUint16(b[2:], uint16(start+p.TCP().HeaderLen()))
		binary.NativeEndian.PutUint16(b[4:], f.GSOSize)
	}
	if p.NeedsCsum {
		b[0] = vnetNeedsCsum
		binary.NativeEndian.PutUint16(b[6:], uint16(start))
		binary.NativeEndian.PutUint16(b[8:], uint16(off))
	}
}

// datagramOf cuts an IPv4 datagram that stands for several (UDP_SEGMENT) into them. It hands over the i-th in room, and
// tells whether it was the last; 0 octets where there is none or room is too small.
func datagramOf(room, frame []byte, size, i int) (n int, last bool) {
	at, ok := ipv4At(frame)
	if !ok || size <= 0 {
		return 0, true
	}
	var d packet.Parsed
	d.DecodeIP(frame[at:])
	if d.Kind != packet.KindUDP {
		return 0, true
	}
	h := at + d.IP.HeaderLen() + packet.UDPLen
	payload := frame[h : at+len(d.IP)]
	if i*size >= len(payload) {
		return 0, true
	}
	part := payload[i*size : min(len(payload), (i+1)*size)]
	last = (i+1)*size >= len(payload)
	if h+len(part) > len(room) {
		return 0, last
	}
	n = copy(room, frame[:h])
	n += copy(room[n:], part)
	ip := packet.IPv4(room[at:n])
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	binary.BigEndian.PutUint16(ip[4:], d.IP.ID()+uint16(i))
	binary.BigEndian.PutUint16(ip[d.IP.HeaderLen()+4:], uint16(packet.UDPLen+len(part)))
	ip.FillChecksum()
	packet.Packet{IP: ip}.FillTransport()
	return n, last
}
