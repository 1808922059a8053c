// Package packet reads and rewrites Ethernet frames that carry ARP and IPv4. Parsed is for deciding, the views Ethernet,
// ARP, IPv4, TCP, UDP and ICMP for reading single fields, Packet for rewriting with right checksums, the Append
// functions for making packets. It knows no connections, no interfaces and no policy, and allocates nothing.
//
// IPv4 addresses are numbers in host order (10.1.1.1 is 0x0a010101), as in package acl; Addr and U32 convert.
package packet

import "net/netip"

// Protocol numbers of the IPv4 header.
const (
	ProtoICMP = 1
	ProtoTCP  = 6
	ProtoUDP  = 17
)

// EtherTypes.
const (
	TypeIPv4 = 0x0800
	TypeIPv6 = 0x86dd
	TypeARP  = 0x0806
	TypeVLAN = 0x8100
)

// TCP flags.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Lengths of headers without options, in octets.
const (
	EthernetLen = 14
	ARPLen      = 28
	IPv4Len     = 20
	TCPLen      = 20
	UDPLen      = 8
	ICMPLen     = 8
)

// Packet is an IPv4 packet in a caller's buffer with the offload facts of the link it came from. IP starts at the IP
// header and ends with the packet: padding of short frames is cut off (Parsed.Packet does so).
//
// Its setters keep every checksum right incrementally (RFC 1624, equation 3), including checksums that were wrong
// before: those stay wrong, so that the receiver still notices.
type Packet struct {
	IP      IPv4
	GSOSize uint16 // not zero: a TCP super-frame, to be cut into segments with this much payload
	// NeedsCsum: the transport checksum holds only the pseudo-header sum, folded and not inverted.
	NeedsCsum bool
}

// Addr is the number as an address.
func Addr(a uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

// U32 is an IPv4 address as a number; it panics on other addresses, as netip.Addr.As4 does.
func U32(a netip.Addr) uint32 {
	b := a.As4()
	return be32(b[:])
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
func put16(b []byte, v uint16) { b[0], b[1] = byte(v>>8), byte(v) }
func put32(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}
