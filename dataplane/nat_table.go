package dataplane

import (
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// NATRule is one line of the translation table of 8.3 and later. The side of RealIf is the real side, the other the mapped
// side. A packet from the real side has a source in Real and a destination in MappedDst, and leaves with a source in Mapped
// and a destination in Dst; one from the mapped side goes the other way round.
type NATRule struct {
	ID             acl.ID // counters
	RealIf         Port   // None: any
	MappedIf       Port   // None: any
	Dynamic        bool   // hosts of Real get an address or port of Pools; the mapped side opens nothing
	Real, Mapped   Addrs  // Mapped is of static rules, and pairs with Real one by one
	MappedSelf     bool   // the address of MappedIf instead of Mapped
	Pools          []Pool // of dynamic rules, tried in order
	PAT            PATOptions
	Dst, MappedDst Addrs // pairs; both empty: any destination, as it is
	DstSelf        bool  // the address of RealIf instead of MappedDst
	Proto          uint8 // 0: any; else TCP or UDP, with the ports below
	Ports          NATPorts
	Unidirectional bool // the mapped side opens nothing
	DNS            bool // addresses in DNS replies are translated too
	NoProxyARP     bool // no ARP request for a mapped address is answered
	RouteLookup    bool // the route says where a packet leaves, not the interface of the rule
}

// PATOptions say how the shared addresses of a dynamic rule are given out. The zero value: one address after the other, and
// of an address a port of the source port's range that nobody else has.
type PATOptions struct {
	RoundRobin bool // each host the next address, which it keeps while it has translations
	Flat       bool // a port that is taken is replaced by one of 1024 to 65535, whatever it is
	Reserve    bool // of 1 to 65535
	Extended   bool // a port may be given out once for each destination and port
}

// NATPorts are the ports of a rule with a protocol, named as its addresses.
type NATPorts struct{ Real, Mapped, Dst, MappedDst PortSpan }

// PortSpan is a range of ports; the zero value is every port. The spans of a pair have one size.
type PortSpan struct{ Lo, Hi uint16 }

func (s PortSpan) any() bool            { return s == PortSpan{} }
func (s PortSpan) has(port uint16) bool { return s.any() || s.Lo <= port && port <= s.Hi }

// to is the port of other that stands for port of s; where other is every port, port itself.
func (s PortSpan) to(other PortSpan, port uint16) uint16 {
	if s.any() || other.any() {
		return port
	}
	return other.Lo + (port - s.Lo)
}

// AddrRange is First to Last, as package packet makes numbers of addresses.
type AddrRange struct{ First, Last uint32 }

// Addrs is an ordered set of addresses; an empty one is every address.
type Addrs []AddrRange

// index is the place of an address in the set.
func (s Addrs) index(addr uint32) (uint64, bool) {
	if len(s) == 0 {
		return uint64(addr), true
	}
	at := uint64(0)
	for _, r := range s {
		if r.First <= addr && addr <= r.Last {
			return at + uint64(addr-r.First), true
		}
		at += uint64(r.Last-r.First) + 1
	}
	return 0, false
}

func (s Addrs) has(addr uint32) bool { _, ok := s.index(addr); return ok }

// size is how many addresses a set has.
func (s Addrs) size() uint64 {
	if len(s) == 0 {
		return 1 << 32
	}
	n := uint64(0)
	for _, r := range s {
		n += uint64(r.Last-r.First) + 1
	}
	return n
}

// at is the address at a place, counted on from the beginning when the set is shorter (few addresses for many).
func (s Addrs) at(i uint64) uint32 {
	i %= s.size()
	for _, r := range s {
		n := uint64(r.Last-r.First) + 1
		if i < n {
			return r.First + uint32(i)
		}
		i -= n
	}
	return uint32(i)
}

// pair is the address of other that stands for addr of s.
func (s Addrs) pair(other Addrs, addr uint32) (uint32, bool) {
	i, ok := s.index(addr)
	if !ok {
		return 0, false
	}
	if len(other) == 0 {
		return addr, true
	}
	return other.at(i), true
}

// ends are source and destination of a packet on one side of the box.
type ends struct {
	src, dst         uint32
	srcPort, dstPort uint16
	proto            uint8
}

func (k *arrival) ends() ends {
	return ends{k.key.src, k.key.dst, k.key.srcPort, k.key.dstPort, k.key.proto}
}

func on(rule, port Port) bool { return rule == None || rule == port }

// self is the set of the own address of a port; false when it has none.
func (e *Engine) self(port Port) (Addrs, bool) {
	w := e.r.wire(port)
	if w == nil || !w.hasAddr {
		return nil, false
	}
	return Addrs{{w.addr, w.addr}}, true
}

// mappedAddrs are the addresses of a static rule on the mapped side, port being that side.
func (e *Engine) mappedAddrs(r *NATRule, port Port) (Addrs, bool) {
	if r.MappedSelf {
		return e.self(port)
	}
	return r.Mapped, true
}

// mappedDst are the destinations of a rule as the real side knows them.
func (e *Engine) mappedDst(r *NATRule, port Port) (Addrs, bool) {
	if r.DstSelf {
		return e.self(port)
	}
	return r.MappedDst, true
}

// fromReal tells whether a packet on its way from real to mapped is one of the rule's.
func (e *Engine) fromReal(r *NATRule, real, mapped Port, p ends) bool {
	if !on(r.RealIf, real) || !on(r.MappedIf, mapped) || !r.Real.has(p.src) {
		return false
	}
	if r.Proto != 0 && (r.Proto != p.proto || !r.Ports.Real.has(p.srcPort) || !r.Ports.MappedDst.has(p.dstPort)) {
		return false
	}
	dst, ok := e.mappedDst(r, real)
	return ok && dst.has(p.dst)
}

// fromMapped tells whether a packet that came in by mapped is one of the rule's, and for which real address.
func (e *Engine) fromMapped(r *NATRule, mapped Port, p ends) (uint32, bool) {
	if r.Dynamic || r.Unidirectional || !on(r.MappedIf, mapped) || !r.Dst.has(p.src) {
		return 0, false
	}
	if r.Proto != 0 && (r.Proto != p.proto || !r.Ports.Mapped.has(p.dstPort) || !r.Ports.Dst.has(p.srcPort)) {
		return 0, false
	}
	set, ok := e.mappedAddrs(r, mapped)
	if !ok {
		return 0, false
	}
	return set.pair(r.Real, p.dst)
}

// unmapTable finds the host behind a mapped destination by the table: a dynamic translation in use, else the first rule
// that fits from either side.
func (e *Engine) unmapTable(k *arrival, a *attempt) Drop {
	if e.unmapInUse(k, a) {
		return 0
	}
	p := k.ends()
	for i := range e.r.Table {
		r := &e.r.Table[i]
		if real, ok := e.fromMapped(r, k.in, p); ok && e.divert(r.RealIf, r.RouteLookup, k, a, real) {
			a.unmapped, a.dst, a.behind = true, real, r
			a.dstPort = r.Ports.Mapped.to(r.Ports.Real, p.dstPort)
			if e.trace != nil {
				e.traceUnNAT(k, a, ByStatic, r.ID)
			}
			return 0
		}
		if e.unmapsDst(r, k, p) {
			set, _ := e.mappedDst(r, k.in)
			real, _ := set.pair(r.Dst, p.dst)
			if !e.divert(r.MappedIf, r.RouteLookup, k, a, real) {
				continue
			}
			a.unmapped, a.dst = real != p.dst, real
			a.dstPort = r.Ports.MappedDst.to(r.Ports.Dst, p.dstPort)
			if e.trace != nil {
				e.traceUnNAT(k, a, ByStatic, r.ID)
			}
			return 0
		}
	}
	return 0
}

// unmapsDst tells whether a rule with a destination translates that of a packet from the real side.
func (e *Engine) unmapsDst(r *NATRule, k *arrival, p ends) bool {
	if len(r.Dst) == 0 {
		return false
	}
	return e.fromReal(r, k.in, r.MappedIf, p)
}

// divert notes where a packet leaves: by the interface of the rule, or by the route where the rule has none or says so;
// false when nothing leads there.
func (e *Engine) divert(port Port, byRoute bool, k *arrival, a *attempt, dst uint32) bool {
	if port != None && !byRoute {
		a.out = port
		return true
	}
	h, ok := e.r.route(dst, None)
	if ok {
		a.out = h.port
	}
	return ok
}

// mapSrcTable finds how the source looks on the way out: by the rule that found the destination, where that has one, else
// by the first rule that fits.
func (e *Engine) mapSrcTable(k *arrival, a *attempt) Drop {
	if a.quoted != 0 && e.mapQuoted(k, a) {
		return 0
	}
	p := k.ends()
	if r := a.behind; r != nil {
		e.natUse(r.ID, None).untranslated++
		if len(r.Dst) > 0 {
			set, _ := e.mappedDst(r, a.out)
			a.src, _ = r.Dst.pair(set, p.src)
			a.srcPort = r.Ports.Dst.to(r.Ports.MappedDst, p.srcPort)
			if e.trace != nil {
				e.traceNAT(k, a, ByStatic, r.ID)
			}
			return 0
		}
	}
	r := e.tableRule(k.in, a.out, p)
	if r == nil {
		return 0
	}
	if r.Dynamic {
		return e.mapDynamic(r, k, a)
	}
	set, ok := e.mappedAddrs(r, a.out)
	if !ok {
		return 0
	}
	e.natUse(r.ID, None).translated++
	a.src, _ = r.Real.pair(set, p.src)
	a.srcPort = r.Ports.Real.to(r.Ports.Mapped, p.srcPort)
	if e.trace != nil {
		e.traceNAT(k, a, ByStatic, r.ID)
	}
	return 0
}

// tableRule is the first rule for packets from real to mapped, nil without one.
func (e *Engine) tableRule(real, mapped Port, p ends) *NATRule {
	for i := range e.r.Table {
		if r := &e.r.Table[i]; e.fromReal(r, real, mapped, p) {
			return r
		}
	}
	return nil
}

// mapDynamic translates the source by a dynamic rule: as it is translated already, or by what a pool has left.
func (e *Engine) mapDynamic(r *NATRule, k *arrival, a *attempt) Drop {
	t := terms{line: r.ID, dns: r.DNS, pat: r.PAT}
	if r.PAT.Extended && (k.d.Kind == packet.KindTCP || k.d.Kind == packet.KindUDP) {
		t.peer = e.peer(a.dst, a.dstPort)
	}
	rp := realPlace(k.in, a.out, k.key.src).under(r.ID ^ acl.ID(t.peer))
	x := e.findXlate(rp, ownProto(k), k.key.srcPort)
	if x == 0 {
		var d Drop
		if x, d = e.poolXlate(r.Pools, 0, rp, t, a); d != 0 {
			return d
		}
	}
	e.natUse(r.ID, None).translated++
	v := e.xlates.at(x)
	a.xlates[0], a.src = x, v.mapped.addr
	if v.proto != 0 {
		a.srcPort = v.mapped.id
	}
	if e.trace != nil {
		e.traceNAT(k, a, ByDynamic, r.ID)
	}
	return 0
}

// peer is a number for the destination of a connection, never 0: ports of extended PAT are told apart by it.
func (e *Engine) peer(dst uint32, port uint16) uint64 {
	return mix(e.places.seed, uint64(dst), uint64(port)) | 1
}

// checkReverse refuses a connection whose answers would be translated by another rule than the one that led here.
func (e *Engine) checkReverse(k *arrival, a *attempt) Drop {
	if a.xlates[1] != 0 || a.quoted != 0 || k.in == Self {
		return 0
	}
	back := ends{a.dst, a.src, a.dstPort, a.srcPort, k.key.proto}
	r := e.tableRule(a.out, k.in, back)
	if e.trace != nil && (a.behind != nil || r != nil) {
		e.traceReverse(a, r)
	}
	if r == a.behind || r == nil && a.behind != nil && a.behind.Unidirectional {
		return 0
	}
	if a.behind == nil && !r.Dynamic {
		if set, ok := e.mappedAddrs(r, k.in); ok {
			if same, _ := r.Real.pair(set, a.dst); same == a.dst {
				return 0
			}
		}
	}
	e.deny(EventAsymmetric, a)
	return DropReverseNAT
}

// tableOwns tells whether a rule of the table puts an address on a port: statically, or, of pools, for ARP only.
func (e *Engine) tableOwns(port Port, addr uint32, arp bool) bool {
	for i := range e.r.Table {
		r := &e.r.Table[i]
		if arp && r.NoProxyARP {
			continue
		}
		if len(r.Mapped) > 0 && on(r.MappedIf, port) && !(arp && r.RealIf == port) && r.Mapped.has(addr) {
			return true
		}
		if len(r.MappedDst) > 0 && on(r.RealIf, port) && arp && r.MappedIf != port && r.MappedDst.has(addr) {
			return true
		}
		for j := range r.Pools {
			if p := &r.Pools[j]; arp && on(p.Port, port) && p.contains(addr) {
				return true
			}
		}
	}
	return false
}

// tableRedirects tells whether a port of a mapped address belongs to a static rule with ports.
func (e *Engine) tableRedirects(mp place) bool {
	for i := range e.r.Table {
		r := &e.r.Table[i]
		if r.Dynamic || r.Proto != mp.proto || r.Proto == 0 || r.Ports.Mapped.any() || !on(r.MappedIf, mp.at) {
			continue
		}
		set, ok := e.mappedAddrs(r, mp.at)
		if ok && set.has(mp.addr) && r.Ports.Mapped.has(mp.id) {
			return true
		}
	}
	return false
}

// tableDNS is what an address in a DNS reply on its way from one port to another becomes by the static rules that say dns.
func (e *Engine) tableDNS(from, to Port, addr uint32) (uint32, bool) {
	for i := range e.r.Table {
		r := &e.r.Table[i]
		if !r.DNS || r.Dynamic {
			continue
		}
		if on(r.MappedIf, from) && on(r.RealIf, to) {
			if set, ok := e.mappedAddrs(r, from); ok && set.has(addr) {
				return set.pair(r.Real, addr)
			}
		}
		if on(r.RealIf, from) && on(r.MappedIf, to) {
			if set, ok := e.mappedAddrs(r, to); ok && r.Real.has(addr) {
				return r.Real.pair(set, addr)
			}
		}
	}
	return 0, false
}
