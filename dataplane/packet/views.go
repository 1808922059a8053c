package packet

// Ethernet is an Ethernet II frame from its destination address on, at least EthernetLen octets.
type Ethernet []byte

func (e Ethernet) Dst() [6]byte     { return [6]byte(e[0:6]) }
func (e Ethernet) Src() [6]byte     { return [6]byte(e[6:12]) }
func (e Ethernet) Type() uint16     { return be16(e[12:]) }
func (e Ethernet) Payload() []byte  { return e[EthernetLen:] }
func (e Ethernet) SetDst(m [6]byte) { copy(e[0:6], m[:]) }
func (e Ethernet) SetSrc(m [6]byte) { copy(e[6:12], m[:]) }
func (e Ethernet) SetType(t uint16) { put16(e[12:], t) }

// ARP is an Ethernet/IPv4 ARP packet (RFC 826), ARPLen octets.
type ARP []byte

// ARP operations.
const (
	ARPRequest = 1
	ARPReply   = 2
)

func (a ARP) Op() uint16             { return be16(a[6:]) }
func (a ARP) SenderMAC() [6]byte     { return [6]byte(a[8:14]) }
func (a ARP) SenderIP() uint32       { return be32(a[14:]) }
func (a ARP) TargetMAC() [6]byte     { return [6]byte(a[18:24]) }
func (a ARP) TargetIP() uint32       { return be32(a[24:]) }
func (a ARP) SetOp(v uint16)         { put16(a[6:], v) }
func (a ARP) SetSenderMAC(m [6]byte) { copy(a[8:14], m[:]) }
func (a ARP) SetSenderIP(ip uint32)  { put32(a[14:], ip) }
func (a ARP) SetTargetMAC(m [6]byte) { copy(a[18:24], m[:]) }
func (a ARP) SetTargetIP(ip uint32)  { put32(a[24:], ip) }

// IPv4 is an IPv4 packet (RFC 791), at least IPv4Len octets; Decode guarantees that its lengths agree. Its setters keep
// the header checksum right; those that the transport checksum depends on are Packet's.
type IPv4 []byte

func (p IPv4) HeaderLen() int     { return int(p[0]&15) * 4 }
func (p IPv4) TOS() uint8         { return p[1] }
func (p IPv4) TotalLen() int      { return int(be16(p[2:])) }
func (p IPv4) ID() uint16         { return be16(p[4:]) }
func (p IPv4) DontFragment() bool { return p[6]&0x40 != 0 }
func (p IPv4) MoreFrags() bool    { return p[6]&0x20 != 0 }

// FragOffset is in octets.
func (p IPv4) FragOffset() int  { return int(be16(p[6:])&0x1fff) * 8 }
func (p IPv4) TTL() uint8       { return p[8] }
func (p IPv4) Proto() uint8     { return p[9] }
func (p IPv4) Checksum() uint16 { return be16(p[10:]) }
func (p IPv4) Src() uint32      { return be32(p[12:]) }
func (p IPv4) Dst() uint32      { return be32(p[16:]) }
func (p IPv4) Options() []byte  { return p[IPv4Len:p.HeaderLen()] }

// Payload is what follows the header.
func (p IPv4) Payload() []byte { return p[p.HeaderLen():] }

func (p IPv4) SetID(v uint16) { p.set16(4, v) }
func (p IPv4) SetTTL(v uint8) { p.set16(8, uint16(v)<<8|uint16(p[9])) }

// SetTotalLen writes the length field; the caller cuts the slice.
func (p IPv4) SetTotalLen(n int) { p.set16(2, uint16(n)) }

// SetFrag writes the fragment offset (octets, a multiple of 8) and the more-fragments bit; don't-fragment is cleared.
func (p IPv4) SetFrag(offset int, more bool) {
	v := uint16(offset / 8)
	if more {
		v |= 0x2000
	}
	p.set16(6, v)
}

// ClearDF clears the don't-fragment bit.
func (p IPv4) ClearDF() { p.set16(6, be16(p[6:])&^0x4000) }

func (p IPv4) set16(off int, v uint16) {
	put16(p[10:], adjust(be16(p[10:]), uint32(be16(p[off:])), uint32(v)))
	put16(p[off:], v)
}

// TCP is a TCP segment (RFC 9293), at least TCPLen octets.
type TCP []byte

func (t TCP) SrcPort() uint16  { return be16(t) }
func (t TCP) DstPort() uint16  { return be16(t[2:]) }
func (t TCP) Seq() uint32      { return be32(t[4:]) }
func (t TCP) Ack() uint32      { return be32(t[8:]) }
func (t TCP) HeaderLen() int   { return int(t[12]>>4) * 4 }
func (t TCP) Flags() uint8     { return t[13] }
func (t TCP) Window() uint16   { return be16(t[14:]) }
func (t TCP) Checksum() uint16 { return be16(t[16:]) }
func (t TCP) Urgent() uint16   { return be16(t[18:]) }

// Reserved says that one of the bits is set that were reserved at first (RFC 793 3.1): those of congestion notification
// (RFC 3168) among them.
func (t TCP) Reserved() bool { return t[12]&reservedHigh != 0 || t[13]&reservedLow != 0 }

const reservedHigh, reservedLow = 0x0f, 0xc0

// OptionBytes are the options as they stand.
func (t TCP) OptionBytes() []byte { return t[TCPLen:t.HeaderLen()] }
func (t TCP) Payload() []byte     { return t[t.HeaderLen():] }

// UDP is a UDP datagram (RFC 768), at least UDPLen octets.
type UDP []byte

func (u UDP) SrcPort() uint16  { return be16(u) }
func (u UDP) DstPort() uint16  { return be16(u[2:]) }
func (u UDP) Len() int         { return int(be16(u[4:])) }
func (u UDP) Checksum() uint16 { return be16(u[6:]) }
func (u UDP) Payload() []byte  { return u[UDPLen:] }

// ICMP is an ICMP message (RFC 792), at least ICMPLen octets.
type ICMP []byte

// ICMP types.
const (
	ICMPEchoReply    = 0
	ICMPUnreachable  = 3
	ICMPSourceQuench = 4
	ICMPRedirect     = 5
	ICMPEcho         = 8
	ICMPTimeExceeded = 11
	ICMPParameter    = 12
	ICMPTimestamp    = 13
	ICMPTimestampRep = 14
	ICMPInfo         = 15
	ICMPInfoReply    = 16
	ICMPMask         = 17
	ICMPMaskReply    = 18
)

func (m ICMP) Type() uint8      { return m[0] }
func (m ICMP) Code() uint8      { return m[1] }
func (m ICMP) Checksum() uint16 { return be16(m[2:]) }
func (m ICMP) ID() uint16       { return be16(m[4:]) }
func (m ICMP) Seq() uint16      { return be16(m[6:]) }
func (m ICMP) Payload() []byte  { return m[ICMPLen:] }

// IsQuery says that the message has an identifier and a sequence number (RFC 792, RFC 950).
func (m ICMP) IsQuery() bool {
	switch m[0] {
	case ICMPEcho, ICMPEchoReply, ICMPTimestamp, ICMPTimestampRep, ICMPInfo, ICMPInfoReply, ICMPMask, ICMPMaskReply:
		return true
	}
	return false
}

// IsError says that the message quotes the datagram it is about.
func (m ICMP) IsError() bool {
	switch m[0] {
	case ICMPUnreachable, ICMPSourceQuench, ICMPRedirect, ICMPTimeExceeded, ICMPParameter:
		return true
	}
	return false
}
