package packet

// Kind says which header follows, as far as it can be trusted.
type Kind uint8

const (
	Unknown   Kind = iota // not to be passed; Why says the reason
	KindARP               // Ethernet/IPv4 ARP
	KindTCP               // with a complete TCP header; perhaps the first fragment
	KindUDP               // with a complete UDP header; perhaps the first fragment
	KindICMP              // with a complete ICMP header; perhaps the first fragment
	KindOther             // IPv4 with another protocol; perhaps the first fragment
	KindLater             // a fragment other than the first: no transport header
)

func (k Kind) String() string {
	return [...]string{"unknown", "arp", "tcp", "udp", "icmp", "ip", "fragment"}[k]
}

// Why is the reason of Unknown.
type Why uint8

const (
	WhyNone        Why = iota
	WhyShort           // no Ethernet header
	WhyVLAN            // an 802.1Q tag behind the one that was taken off
	WhyEtherType       // neither IPv4 nor ARP
	WhyARP             // not Ethernet/IPv4, or short
	WhyVersion         // IP version is not 4
	WhyHeaderLen       // IP header length below 20 or beyond the packet
	WhyTotalLen        // IP total length below the header's or beyond the frame
	WhyChecksum        // IP header checksum
	WhyTransport       // transport header cut off or with an impossible length
	WhyTiny            // RFC 1858 3: a first fragment without the whole transport header
	WhyOverlap         // RFC 1858 4: a later fragment that could overwrite the transport header
	WhyFragmentEnd     // not the last and no multiple of 8
	WhyTooLarge        // a fragment beyond 65,535 octets
	whyCount
)

func (w Why) String() string {
	return [whyCount]string{
		"", "short frame", "802.1Q", "EtherType", "ARP format", "IP version", "IP header length", "IP total length",
		"IP checksum", "transport header", "tiny fragment", "overlapping fragment", "fragment end", "too large",
	}[w]
}

// Parsed is what can be known of a frame for deciding about it. One Parsed is reused for many frames; it refers to the
// frame and is valid as long as the frame's buffer is.
type Parsed struct {
	Kind Kind
	Why  Why

	Frame []byte // as given to Decode; nil after DecodeIP
	IP    IPv4   // without padding; nil unless IPv4
	ARP   ARP    // nil unless ARP

	Proto     uint8 // IP protocol number; 0 is not known
	Src, Dst  uint32
	SrcPort   uint16 // TCP, UDP
	DstPort   uint16
	Flags     uint8 // TCP
	Seq, Ack  uint32
	Window    uint16 // unscaled
	Type      uint8  // ICMP
	Code      uint8
	ICMPID    uint16 // queries only
	ICMPSeq   uint16
	FragID    uint16
	FragOff   int  // octets
	MoreFrags bool // with FragOff 0 as well: the first of several

	L4      int // offset of the transport header in IP, 0: none
	Payload int // offset of the transport's payload in IP, 0: none

	// Inner is what an ICMP error quotes; Inner.OK says that it could be read.
	Inner Inner
}

// Inner is the datagram that an ICMP error quotes: the sender's view, so its source is where the error is to go.
type Inner struct {
	OK       bool
	Proto    uint8
	Src, Dst uint32
	SrcPort  uint16 // TCP, UDP; the identifier of an ICMP query stands in both
	DstPort  uint16
	Seq      uint32 // TCP
}

// Fragment says that the packet is one of several.
func (p *Parsed) Fragment() bool { return p.MoreFrags || p.FragOff != 0 }

// PayloadLen is the length of the transport's payload in octets.
func (p *Parsed) PayloadLen() int {
	if p.Payload == 0 {
		return 0
	}
	return len(p.IP) - p.Payload
}

// Packet is the IP packet of the frame with the offload facts given.
func (p *Parsed) Packet(gso uint16, needsCsum bool) Packet {
	return Packet{IP: p.IP, GSOSize: gso, NeedsCsum: needsCsum}
}

// Decode fills p from an Ethernet frame. It cannot fail: what it does not trust has Kind Unknown and a reason.
func (p *Parsed) Decode(frame []byte) {
	*p = Parsed{Frame: frame}
	if len(frame) < EthernetLen {
		p.Why = WhyShort
		return
	}
	switch Ethernet(frame).Type() {
	case TypeIPv4:
		p.ip(frame[EthernetLen:])
	case TypeARP:
		p.arp(frame[EthernetLen:])
	case TypeVLAN:
		p.Why = WhyVLAN
	default:
		p.Why = WhyEtherType
	}
}

// DecodeIP fills p from an IP packet without a frame, such as a reassembled one.
func (p *Parsed) DecodeIP(b []byte) {
	*p = Parsed{}
	p.ip(b)
}

func (p *Parsed) unknown(w Why) { p.Kind, p.Why = Unknown, w }

func (p *Parsed) arp(b []byte) {
	const etherIPv4 = "\x00\x01\x08\x00\x06\x04"
	if len(b) < ARPLen || string(b[:6]) != etherIPv4 {
		p.unknown(WhyARP)
		return
	}
	p.Kind, p.ARP = KindARP, ARP(b[:ARPLen])
	p.Src, p.Dst = p.ARP.SenderIP(), p.ARP.TargetIP()
}

func (p *Parsed) ip(b []byte) {
	if w := checkIPv4(b); w != WhyNone {
		p.unknown(w)
		return
	}
	ip := IPv4(b)
	ip = ip[:ip.TotalLen()]
	p.IP = ip
	p.Proto, p.Src, p.Dst = ip.Proto(), ip.Src(), ip.Dst()
	p.FragID, p.FragOff, p.MoreFrags = ip.ID(), ip.FragOffset(), ip.MoreFrags()
	p.L4 = ip.HeaderLen()
	if w := p.checkFragment(); w != WhyNone {
		p.unknown(w)
		return
	}
	if p.FragOff != 0 {
		p.Kind = KindLater
		p.Payload = p.L4
		return
	}
	p.transport()
}

func checkIPv4(b []byte) Why {
	if len(b) < IPv4Len {
		return WhyTotalLen
	}
	ip := IPv4(b)
	switch {
	case b[0]>>4 != 4:
		return WhyVersion
	case ip.HeaderLen() < IPv4Len || ip.HeaderLen() > len(b):
		return WhyHeaderLen
	case ip.TotalLen() < ip.HeaderLen() || ip.TotalLen() > len(b):
		return WhyTotalLen
	case !ip.ChecksumOK():
		return WhyChecksum
	}
	return WhyNone
}

func (p *Parsed) checkFragment() Why {
	n := len(p.IP) - p.L4
	switch {
	case !p.Fragment():
		return WhyNone
	case p.MoreFrags && (n == 0 || n%8 != 0):
		return WhyFragmentEnd
	case p.FragOff+n > 65535-p.L4:
		return WhyTooLarge
	case p.FragOff != 0 && p.FragOff < transportMin(p.Proto):
		return WhyOverlap
	case p.FragOff == 0 && n < transportMin(p.Proto):
		return WhyTiny
	case p.FragOff == 0 && p.Proto == ProtoTCP && n < TCP(p.IP[p.L4:]).HeaderLen():
		return WhyTiny
	}
	return WhyNone
}

// transportMin is the length of a protocol's header without options, 0 for protocols that are not looked into.
func transportMin(proto uint8) int {
	switch proto {
	case ProtoTCP:
		return TCPLen
	case ProtoUDP:
		return UDPLen
	case ProtoICMP:
		return ICMPLen
	}
	return 0
}

func (p *Parsed) transport() {
	b := p.IP[p.L4:]
	if len(b) < transportMin(p.Proto) {
		p.unknown(WhyTransport)
		return
	}
	switch p.Proto {
	case ProtoTCP:
		p.tcp(TCP(b))
	case ProtoUDP:
		p.udp(UDP(b))
	case ProtoICMP:
		p.icmp(ICMP(b))
	default:
		p.Kind, p.Payload = KindOther, p.L4
	}
}

func (p *Parsed) tcp(t TCP) {
	if t.HeaderLen() < TCPLen || t.HeaderLen() > len(t) {
		p.unknown(WhyTransport)
		return
	}
	p.Kind, p.Payload = KindTCP, p.L4+t.HeaderLen()
	p.SrcPort, p.DstPort, p.Flags = t.SrcPort(), t.DstPort(), t.Flags()
	p.Seq, p.Ack, p.Window = t.Seq(), t.Ack(), t.Window()
}

func (p *Parsed) udp(u UDP) {
	if u.Len() < UDPLen || !p.MoreFrags && u.Len() != len(u) {
		p.unknown(WhyTransport)
		return
	}
	p.Kind, p.Payload = KindUDP, p.L4+UDPLen
	p.SrcPort, p.DstPort = u.SrcPort(), u.DstPort()
}

func (p *Parsed) icmp(m ICMP) {
	p.Kind, p.Payload = KindICMP, p.L4+ICMPLen
	p.Type, p.Code = m.Type(), m.Code()
	if m.IsQuery() {
		p.ICMPID, p.ICMPSeq = m.ID(), m.Seq()
	}
	if m.IsError() && !p.MoreFrags {
		p.Inner.decode(m.Payload())
	}
}

// decode reads a quoted datagram: the header and at least 8 octets behind it (RFC 792). Its checksum is not verified:
// routers on the way may have changed it.
func (in *Inner) decode(b []byte) {
	if len(b) < IPv4Len || b[0]>>4 != 4 {
		return
	}
	ip := IPv4(b)
	h := ip.HeaderLen()
	if h < IPv4Len || len(b) < h+8 || ip.TotalLen() < h || ip.FragOffset() != 0 {
		return
	}
	in.Proto, in.Src, in.Dst = ip.Proto(), ip.Src(), ip.Dst()
	t := b[h:]
	switch in.Proto {
	case ProtoTCP:
		in.Seq = TCP(t).Seq()
		in.SrcPort, in.DstPort = be16(t), be16(t[2:])
	case ProtoUDP:
		in.SrcPort, in.DstPort = be16(t), be16(t[2:])
	case ProtoICMP:
		if ICMP(t).IsQuery() {
			in.SrcPort, in.DstPort = be16(t[4:]), be16(t[4:])
		}
	}
	in.OK = true
}
