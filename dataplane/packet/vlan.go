package packet

// TagLen is an 802.1Q tag behind the addresses of an Ethernet frame.
const TagLen = 4

// VLAN is the VLAN of a frame with an 802.1Q tag; 0 marks a priority alone.
func (e Ethernet) VLAN() (id uint16, tagged bool) {
	if len(e) < EthernetLen+TagLen || e.Type() != TypeVLAN {
		return 0, false
	}
	return be16(e[EthernetLen:]) & 0xfff, true
}

// Untag takes the tag off: what is left begins TagLen octets later, in the same memory.
func Untag(e Ethernet) Ethernet {
	copy(e[TagLen:], e[:12])
	return e[TagLen:]
}

// Tag puts a tag on the frame that lies behind the first TagLen octets of e, in the same memory.
func Tag(e Ethernet, id uint16) {
	copy(e[:12], e[TagLen:])
	e.SetType(TypeVLAN)
	put16(e[EthernetLen:], id&0xfff)
}
