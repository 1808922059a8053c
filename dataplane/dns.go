package dataplane

import (
	"encoding/binary"
	"net/netip"

	"pixsim/dataplane/packet"
)

// The DNS messages that the box looks at are UDP datagrams of port 53 (RFC 1035).
const (
	portDNS   = 53
	dnsHeader = 12
	dnsReply  = 0x80 // QR, in the third octet
)

// dnsWork does what is to be done for a datagram of a connection to a name server, before its addresses are rewritten:
// replies beyond the limit go no further, and the addresses in the others become those that the asking side knows. false:
// the datagram ends here.
func (e *Engine) dnsWork(p packet.Packet, f *flow, side int) bool {
	w := &f.ways[side]
	if w.srcPort != portDNS || f.box {
		return true
	}
	msg := p.UDP()[packet.UDPLen:]
	if len(msg) < dnsHeader || msg[2]&dnsReply == 0 {
		return true
	}
	if most := e.r.Rules.DNSLength; most > 0 && len(msg) > most {
		ev := e.connEvent(EventDNSLong, f)
		ev.Src, ev.Dst, ev.Len, ev.Limit = f.end(side), f.end(1-side), len(msg), most
		e.post(ev)
		e.drop(DropDNS)
		return false
	}
	if e.r.doctors && !e.r.Rules.NoDoctor {
		e.doctor(p, msg, w.port, f.ways[1-side].port)
	}
	if e.r.Rules.DNSGuard && side == 1 {
		f.ending = ReasonDNSReply
	}
	return true
}

// doctor rewrites the A records of a reply that goes from one interface to another. What cannot be read is left as it is.
func (e *Engine) doctor(p packet.Packet, msg []byte, from, to Port) {
	at, ok := dnsHeader, true
	for range binary.BigEndian.Uint16(msg[4:]) { // questions: a name, type and class
		if at, ok = dnsName(msg, at); !ok || at+4 > len(msg) {
			return
		}
		at += 4
	}
	records := int(binary.BigEndian.Uint16(msg[6:])) + int(binary.BigEndian.Uint16(msg[8:])) + int(binary.BigEndian.Uint16(msg[10:]))
	for range records {
		if at, ok = dnsName(msg, at); !ok || at+10 > len(msg) {
			return
		}
		kind, size := binary.BigEndian.Uint32(msg[at:]), int(binary.BigEndian.Uint16(msg[at+8:]))
		at += 10
		if at+size > len(msg) {
			return
		}
		if kind == typeA && size == 4 {
			if now, ok := e.dnsAddress(from, to, binary.BigEndian.Uint32(msg[at:])); ok {
				p.Edit(packet.UDPLen+at, 4, func(b []byte) { binary.BigEndian.PutUint32(b, now) })
			}
		}
		at += size
	}
}

const typeA = 1<<16 | 1 // type A, class IN

// dnsName is where a name ends that begins at octet at. A pointer ends it; what it points to is not looked at.
func dnsName(msg []byte, at int) (int, bool) {
	for at < len(msg) {
		n := int(msg[at])
		switch {
		case n == 0:
			return at + 1, true
		case n >= 0xc0:
			return at + 2, at+2 <= len(msg)
		case n >= 0x40:
			return 0, false // reserved, RFC 1035 4.1.4
		}
		at += 1 + n
	}
	return 0, false
}

// dnsAddress is what an address in a reply on its way from one interface to another becomes: by alias, by the statics
// that say dns, and by translations in use of nat lines that say it.
func (e *Engine) dnsAddress(from, to Port, addr uint32) (uint32, bool) {
	for i := range e.r.Aliases {
		l := &e.r.Aliases[i]
		if l.Port == to && !e.r.Rules.NoAliasIn {
			if own, ok := swap(l.Foreign, l.DNAT, addr); ok {
				return own, true
			}
		}
		if l.Port == from && !e.r.Rules.NoAliasOut {
			if foreign, ok := swap(l.DNAT, l.Foreign, addr); ok {
				return foreign, true
			}
		}
	}
	for i := range e.r.Statics {
		s := &e.r.Statics[i]
		if !s.DNS || s.Match != nil {
			continue
		}
		if now, ok := s.dnsAddress(from, to, addr); ok {
			return now, true
		}
	}
	if now, ok := e.tableDNS(from, to, addr); ok {
		return now, true
	}
	if x := e.placed(mappedPlace(from, addr)) / 2; x != 0 {
		if v := e.xlates.at(x); e.origin(v).dns && e.origin(v).at == to {
			return v.real.addr, true
		}
	}
	if x := e.placed(realPlace(from, to, addr)) / 2; x != 0 && e.origin(e.xlates.at(x)).dns {
		return e.xlates.at(x).mapped.addr, true
	}
	return 0, false
}

func (s *Static) dnsAddress(from, to Port, addr uint32) (uint32, bool) {
	var a, b netip.Prefix
	switch {
	case s.MappedIf == from && s.RealIf == to:
		a, b = s.Mapped, s.Real
	case s.RealIf == from && s.MappedIf == to:
		a, b = s.Real, s.Mapped
	default:
		return 0, false
	}
	return swap(a, b, addr)
}
