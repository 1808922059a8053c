package dataplane

import (
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// xlate is a translation in use: an own place and the place where the other interface sees it. Like a flow it has no
// pointers, and shares what it can.
type xlate struct {
	made, last   int64
	real, mapped spot
	origin       uint32
	conns        int32
	embryonic    int32
	timer        uint32 // while it has no connection
	host         uint32
	proto        uint8 // 0: whole address
	doomed       bool  // it is to end, and found by nobody
}

// spot is an address, and a port or ICMP identifier where there is a protocol.
type spot struct {
	addr uint32
	id   uint16
}

// origin is what translations that were made alike have in common.
type origin struct {
	line         acl.ID // that it was made by
	static       bool
	pat          bool
	extended     bool // others may have the same port towards other destinations
	identity     bool // nat 0
	dns          bool // addresses in DNS replies are translated by it too
	limits       ConnLimits
	timeout      int64      // after the last connection; 0: never
	pool         *poolState // of dynamic ones
	at           Port       // of the real place, with where that is on its way to
	toward       Port
	mappedAt     Port
	real, mapped uint64 // rules of the places
}

func (e *Engine) origin(x *xlate) *origin { return e.origins.at(x.origin) }

// realPlace and mappedPlace are where a translation stands.
func (e *Engine) realPlace(x *xlate) place {
	o := e.origin(x)
	return place{rule: o.real, addr: x.real.addr, id: x.real.id, proto: x.proto, at: o.at, toward: o.toward}
}

func (e *Engine) mappedPlace(x *xlate) place {
	o := e.origin(x)
	return place{rule: o.mapped, addr: x.mapped.addr, id: x.mapped.id, proto: x.proto, at: o.mappedAt, toward: None}
}

// placed is the node of the translation that stands at a place, 0 without one.
func (e *Engine) placed(p place) uint32 {
	for n := e.places.first(p.hash(e.places.seed)); n != 0; n = e.places.after(n) {
		x := e.xlates.at(n / 2)
		if n&1 == 0 && x.real.addr == p.addr && e.realPlace(x) == p || n&1 == 1 && x.mapped.addr == p.addr && e.mappedPlace(x) == p {
			return n
		}
	}
	return 0
}

// poolKey names a pool (proto 0) or a range of the ports of a PAT address.
type poolKey struct {
	port        Port
	proto       uint8
	low         uint16 // the first port of the range
	first, last uint32
}

// poolState is where the search for a free address or port goes on, and how many are taken.
type poolState struct {
	next  uint32
	taken int
	dry   bool   // all were tried in vain; good until one comes back, and for gen only
	peer  uint64 // the same towards this destination, of extended PAT
	gen   uint32 // of the rules that say which can never be given out, and of static translations that ended
	first uint32
	spent *spent // nil of extended PAT
}

const lastPATPort = 65535

// patRange is where the port or ICMP identifier that a shared address gives to a packet lies.
func (e *Engine) patRange(k *arrival, o PATOptions) (low, high uint32) {
	switch {
	case k.d.Kind == packet.KindICMP:
		return 0, lastPATPort
	case o.Flat && o.Reserve:
		return 1, lastPATPort
	case o.Flat:
		return patPorts, lastPATPort
	}
	low, high = patPorts, lastPATPort
	for i, first := range e.r.Rules.PATRanges {
		if i > 0 && k.key.srcPort < first {
			return low, uint32(first) - 1
		}
		low = uint32(first)
	}
	return low, high
}

// patPorts is the first port that is given out where Rules has no ranges.
const patPorts = 1024

func (e *Engine) pool(key poolKey, first uint32) *poolState {
	s := e.pools[key]
	if s == nil {
		s = &poolState{next: first, first: key.first}
		e.pools[key] = s
	}
	if e.dry {
		e.trace.pools = append(e.trace.pools, poolBefore{s, *s})
	}
	if since := e.gen + e.given; s.gen != since {
		s.gen, s.dry, s.peer = since, false, 0
	}
	return s
}

// contains tells whether the pool owns an address; the interface's own is answered for without it.
func (p *Pool) contains(addr uint32) bool {
	if p.Interface || !p.First.Is4() || !p.Last.Is4() || addr < packet.U32(p.First) || addr > packet.U32(p.Last) {
		return false
	}
	return p.usable(addr)
}

// usable leaves out the network and broadcast addresses of the pool's mask.
func (p *Pool) usable(addr uint32) bool {
	if !p.Mask.IsValid() || p.Mask.Bits() >= 31 {
		return true
	}
	mask := maskOf(p.Mask.Bits())
	return addr&^mask != 0 && addr|mask != 0xffffffff
}

// realPlace and mappedPlace are where translations of whole addresses stand.
func realPlace(at, toward Port, addr uint32) place { return place{addr: addr, at: at, toward: toward} }
func mappedPlace(at Port, addr uint32) place       { return place{addr: addr, at: at, toward: None} }

// withPort narrows a place to one port of a protocol.
func (p place) withPort(proto uint8, id uint16) place {
	p.proto, p.id = proto, id
	return p
}

// under moves a place to the realm of a policy rule.
func (p place) under(id acl.ID) place {
	p.rule = uint64(id)
	return p
}

// findXlate is the translation that stands at a place, that of the port before that of the whole address.
func (e *Engine) findXlate(p place, proto uint8, id uint16) uint32 {
	if hasPorts(proto) {
		if n := e.placed(p.withPort(proto, id)); n != 0 {
			return n / 2
		}
	}
	return e.placed(p) / 2
}

func hasPorts(proto uint8) bool {
	return proto == packet.ProtoTCP || proto == packet.ProtoUDP || proto == packet.ProtoICMP
}

// addXlate enters a translation between two places and reports it; 0 when the table is full.
func (e *Engine) addXlate(real, mapped place, o origin) uint32 {
	i, x, ok := e.xlates.take()
	if !ok {
		e.post(Event{Kind: EventNoSlots})
		return 0
	}
	e.work.done.Xlates++
	o.at, o.toward, o.mappedAt, o.real, o.mapped = real.at, real.toward, mapped.at, real.rule, mapped.rule
	x.origin = e.origins.hold(o)
	x.real, x.mapped, x.proto = spot{real.addr, real.id}, spot{mapped.addr, mapped.id}, real.proto
	x.made, x.last = e.now, e.now
	x.host = e.hold(o.at, x.real.addr, false)
	if o.pat && !o.static && x.host != 0 {
		e.hosts.at(x.host).shared = x.mapped.addr
	}
	e.places.put(2*i, real.hash(e.places.seed))
	e.places.put(2*i+1, mapped.hash(e.places.seed))
	e.rest(i, x)
	if o.pool != nil {
		o.pool.taken++
	}
	e.post(e.xlateEvent(EventBuiltXlate, x))
	if e.dry {
		e.trace.xlates = append(e.trace.xlates, i)
	}
	return i
}

// rest starts the idle timer of a translation without connections.
func (e *Engine) rest(i uint32, x *xlate) {
	timeout := e.origin(x).timeout
	if timeout == 0 {
		return
	}
	if x.timer == 0 {
		x.timer = e.wheel.newTimer(timerXlate, i)
	}
	e.wheel.start(x.timer, x.last+timeout)
}

func (e *Engine) xlateEvent(kind EventKind, x *xlate) Event {
	o := e.origin(x)
	own, seen := addrPort(x.real.addr, x.real.id), addrPort(x.mapped.addr, x.mapped.id)
	return Event{
		Kind: kind, Proto: x.proto, Static: o.static, PAT: o.pat,
		Src: End{If: o.mappedAt, Real: seen, Mapped: seen},
		Dst: End{If: o.at, Real: own, Mapped: seen},
	}
}

// removeXlate ends a translation that has no connections any more.
func (e *Engine) removeXlate(i uint32) {
	x := e.xlates.at(i)
	ev := e.xlateEvent(EventTornXlate, x)
	ev.Lasted = e.since(x.made)
	e.post(ev)
	e.places.drop(2 * i)
	e.places.drop(2*i + 1)
	e.wheel.freeTimer(x.timer)
	e.unspend(x)
	if s := e.origin(x).pool; s != nil {
		s.taken--
		s.dry, s.peer = false, 0
	}
	e.origins.release(x.origin)
	host := x.host
	e.xlates.give(i)
	e.unhold(host, false)
}

// use notes that a translation serves a packet now that has no connection; 0 is none.
func (e *Engine) use(i uint32) {
	if i != 0 && !e.dry {
		e.xlates.at(i).last = e.now
	}
}

// xlateDue is the idle timer of a translation.
func (e *Engine) xlateDue(i uint32) {
	x := e.xlates.at(i)
	if x.conns > 0 {
		return // started again when the last connection ends
	}
	if due := x.last + e.origin(x).timeout; due > e.now {
		e.wheel.start(x.timer, due)
		return
	}
	e.removeXlate(i)
}

// attach counts a connection at a translation.
func (e *Engine) attach(i uint32) {
	if i == 0 {
		return
	}
	x := e.xlates.at(i)
	x.conns++
	e.wheel.freeTimer(x.timer)
	x.timer = 0
}

// detach counts a connection off; the last one starts the idle timer.
func (e *Engine) detach(i uint32) {
	if i == 0 {
		return
	}
	x := e.xlates.at(i)
	x.conns--
	x.last = e.now
	if x.conns == 0 {
		e.rest(i, x)
	}
}

// staticXlate is the translation that a static makes of an own address, made on first use. What is in use stays in use: a
// mapped address that another host still has, by a line that is gone, is not to be had until clear xlate.
func (e *Engine) staticXlate(s *Static, real uint32, a *attempt) (uint32, Drop) {
	off, _ := inside(s.Real, real)
	rp := realPlace(s.RealIf, s.MappedIf, real)
	mp := mappedPlace(s.MappedIf, start(s.Mapped)+off)
	if s.Match != nil {
		rp, mp = rp.under(s.ID), mp.under(s.ID)
	}
	if s.Proto != 0 {
		rp, mp = rp.withPort(s.Proto, s.RealPort), mp.withPort(s.Proto, s.MappedPort)
	}
	switch n := e.placed(mp); {
	case n != 0 && e.realPlace(e.xlates.at(n/2)) == rp:
		return n / 2, 0
	case n != 0:
		e.deny(EventXlateFailed, a).Static = true
		return 0, DropNoXlate
	}
	return e.slot(e.addXlate(rp, mp, origin{line: s.ID, static: true, pat: s.Proto != 0, dns: s.DNS, limits: s.Limits}))
}

// dynamicXlate translates an own address by a nat line: identity, an address of a pool, or a port of a PAT address.
func (e *Engine) dynamicXlate(n *NAT, a *attempt) (uint32, Drop) {
	k := e.k.key
	rp := realPlace(k.port, a.out, k.src)
	if n.Match != nil {
		rp = rp.under(e.r.realm(n))
	}
	if n.Number == 0 {
		return e.slot(e.addXlate(rp, mappedPlace(a.out, k.src).under(identityRule), origin{
			line: n.ID, identity: true, limits: n.Limits,
			timeout: int64(e.r.Timeouts.Xlate),
		}))
	}
	return e.poolXlate(e.r.Pools, n.Number, rp, terms{line: n.ID, limits: n.Limits, dns: n.DNS}, a)
}

// terms are what a translation takes over from its line.
type terms struct {
	line   acl.ID
	limits ConnLimits
	dns    bool
	pat    PATOptions
	peer   uint64 // the destination, where ports are given out once for each; else 0
}

// poolXlate translates an own place by the first of the pools of a number that has something left, addresses before ports.
func (e *Engine) poolXlate(pools []Pool, number int, rp place, t terms, a *attempt) (uint32, Drop) {
	var tried [2]bool // pools, shared addresses
	for shared, pat := range [...]bool{false, true} {
		if pat && t.pat.RoundRobin {
			if x, ok := e.inTurn(pools, rp, t); ok {
				return e.slot(x)
			}
		}
		for i := range pools {
			p := &pools[i]
			if !on(p.Port, a.out) || p.Number != number || p.PAT != pat {
				continue
			}
			tried[shared] = true
			if x, ok := e.fromPool(p, rp, t); ok {
				return e.slot(x)
			}
		}
	}
	switch {
	case tried[1]:
		e.deny(EventXlateFailed, a).PAT = canPAT(&e.k)
	case tried[0]:
		e.deny(EventNoSlots, a)
	default:
		e.deny(EventNoTranslation, a)
	}
	return 0, DropNoXlate
}

// identityRule keeps nat 0 out of the way of packets from the other side: nobody may open a connection through it.
const identityRule = 1<<64 - 1

// slot turns a failed entry into its reason.
func (e *Engine) slot(x uint32) (uint32, Drop) {
	if x == 0 {
		return 0, DropNoSlot
	}
	return x, 0
}

// canPAT says that the packet has a port or identifier of its own to translate.
func canPAT(k *arrival) bool {
	switch k.d.Kind {
	case packet.KindTCP, packet.KindUDP:
		return true
	case packet.KindICMP:
		return k.p.ICMP().IsQuery() && !isReply(k.d.Type)
	}
	return false
}

// ownProto is the protocol by whose ports or identifiers the source's translation is found; 0 where a message has none of
// its own.
func ownProto(k *arrival) uint8 {
	if k.d.Kind == packet.KindICMP && !canPAT(k) {
		return 0
	}
	return k.key.proto
}

// fromPool takes an address or port of one pool; not ok when it has none left.
func (e *Engine) fromPool(p *Pool, rp place, t terms) (uint32, bool) {
	first, last := uint32(0), uint32(0)
	port := rp.toward // that of the pool, if it has one
	switch w := e.r.wire(port); {
	case p.Interface && w != nil && w.hasAddr:
		first, last = w.addr, w.addr
	case p.Interface || !p.First.Is4() || !p.Last.Is4():
		return 0, false
	default:
		first, last = packet.U32(p.First), packet.U32(p.Last)
	}
	if p.PAT {
		for addr := first; ; addr++ {
			if x, ok := e.fromPAT(addr, rp, t); ok || addr >= last {
				return x, ok
			}
		}
	}
	s := e.pool(poolKey{port: port, first: first, last: last}, first)
	addr, ok := e.freeAddress(p, port, s, first, last)
	if !ok {
		return 0, false
	}
	return e.addXlate(rp, mappedPlace(port, addr), origin{
		line: t.line, dns: t.dns, limits: t.limits, timeout: int64(e.r.Timeouts.Xlate), pool: s,
	}), true
}

// inTurn takes a port of the shared address that the host has already or, where that has none left or the host has none, of
// the one behind that which was given out last.
func (e *Engine) inTurn(pools []Pool, rp place, t terms) (uint32, bool) {
	set := sharedAddrs(pools)
	if len(set) == 0 {
		return 0, false
	}
	if h := e.hostAt(hostKey{rp.at, rp.addr}); h != 0 {
		if had := e.hosts.at(h).shared; had != 0 && set.has(had) {
			if x, ok := e.fromPAT(had, rp, t); ok {
				return x, ok
			}
		}
	}
	s := e.pool(poolKey{port: rp.toward, low: inTurnKey, first: set[0].First, last: set[len(set)-1].Last}, 0)
	for range set.size() {
		addr := set.at(uint64(s.next))
		s.next = uint32(uint64(s.next+1) % set.size())
		if x, ok := e.fromPAT(addr, rp, t); ok {
			return x, ok
		}
	}
	return 0, false
}

// inTurnKey keeps the turn of a pool of shared addresses apart from a pool of whole ones that has the same.
const inTurnKey = 1

// sharedAddrs are the addresses of pools that hosts share, but for an interface's own.
func sharedAddrs(pools []Pool) (set Addrs) {
	for i := range pools {
		if p := &pools[i]; p.PAT && !p.Interface && p.First.Is4() && p.Last.Is4() {
			set = append(set, AddrRange{packet.U32(p.First), packet.U32(p.Last)})
		}
	}
	return set
}

// freeAddress goes round the pool once from where it stopped last.
func (e *Engine) freeAddress(p *Pool, port Port, s *poolState, first, last uint32) (uint32, bool) {
	if s.dry || s.taken > int(last-first) {
		return 0, false
	}
	if s.spent == nil {
		s.spent = &spent{}
	}
	s.spent.renew(e.gen + e.given)
	begin := s.next
	for {
		i, ok := s.spent.around(s.next-first, 0, last-first)
		if !ok {
			s.dry, s.next = true, begin // it went all the way round
			return 0, false
		}
		addr := first + i
		s.next = addr + 1
		if p.usable(addr) && !e.reserved(port, addr) && e.placed(mappedPlace(port, addr)) == 0 {
			s.spent.put(i)
			return addr, true
		}
		s.spent.block(i)
	}
}

// reserved tells whether a static or an interface has an address already.
func (e *Engine) reserved(port Port, addr uint32) bool {
	if _, own := e.r.owner(addr); own {
		return true
	}
	for i := range e.r.Statics {
		if s := &e.r.Statics[i]; s.MappedIf == port {
			if _, ok := inside(s.Mapped, addr); ok {
				return true
			}
		}
	}
	return e.tableOwns(port, addr, false)
}

// fromPAT takes a port of the source port's range, or an ICMP identifier, of a shared address: the packet's own where the
// release keeps that and it is free, else the one behind that which was given out last, round and round.
func (e *Engine) fromPAT(addr uint32, rp place, t terms) (uint32, bool) {
	k := &e.k
	if !canPAT(k) || addr == 0 {
		return 0, false // 0.0.0.0 is no address, but what a conversion of nat-control has hosts translated to
	}
	proto := k.key.proto
	low, high := e.patRange(k, t.pat)
	s := e.pool(poolKey{port: rp.toward, proto: proto, low: uint16(low), first: addr, last: addr}, low)
	key := spentKey{rp.toward, proto, addr, t.peer}
	at := mappedPlace(rp.toward, addr).under(acl.ID(t.peer)).withPort(proto, 0)
	port, ok := k.key.srcPort, false
	if e.r.Rules.KeepPort && (port >= uint16(low) || t.pat.Flat && port != 0) {
		ok = e.freePort(at, port)
	}
	if !ok {
		if s.out(t.peer, int(high-low)+1) {
			return 0, false
		}
		if port, ok = e.searchPort(s, key, at, low, high); !ok {
			s.dry, s.peer = t.peer == 0, t.peer
			return 0, false
		}
	}
	if t.peer == 0 {
		s.spent = e.spentPorts(key)
	}
	if spent := e.spent[key]; spent != nil {
		spent.put(uint32(port))
	}
	return e.addXlate(rp.withPort(proto, k.key.srcPort), at.withPort(proto, port), origin{
		line: t.line, pat: true, extended: t.peer != 0, dns: t.dns, limits: t.limits, timeout: int64(e.r.Timeouts.PATXlate), pool: s,
	}), true
}

// freePort tells whether a port of a shared address can be given out.
func (e *Engine) freePort(at place, port uint16) bool {
	at.id = port
	return e.placed(at) == 0 && !e.redirected(at)
}

// searchPort is the next free port of a range. Those towards one of many destinations are tried one by one, as long as that
// is not long: few of them are taken.
func (e *Engine) searchPort(s *poolState, key spentKey, at place, low, high uint32) (uint16, bool) {
	begin, turn := s.next, func(port uint32) { s.next = port + 1 }
	if key.peer != 0 && e.spent[key] == nil {
		for range min(peerTries, high-low+1) {
			port := s.next
			if port < low || port > high {
				port = low
			}
			if turn(port); e.freePort(at, uint16(port)) {
				return uint16(port), true
			}
		}
	}
	spent := e.spentPorts(key)
	spent.renew(e.gen + e.given)
	for {
		port, ok := spent.around(s.next, low, high)
		if !ok {
			s.next = begin
			return 0, false
		}
		if turn(port); e.freePort(at, uint16(port)) {
			return uint16(port), true
		}
		spent.block(port)
	}
}

// out tells whether a range of ports has none left: none at all or, of extended PAT, none towards the destination.
func (s *poolState) out(peer uint64, size int) bool {
	if peer != 0 {
		return s.peer == peer
	}
	return s.dry || s.taken >= size
}

// redirected tells whether a port belongs to a static port redirection.
func (e *Engine) redirected(mp place) bool {
	for i := range e.r.Statics {
		s := &e.r.Statics[i]
		if s.MappedIf != mp.at || s.Proto != mp.proto || s.MappedPort != mp.id {
			continue
		}
		if _, ok := inside(s.Mapped, mp.addr); ok {
			return true
		}
	}
	return e.tableRedirects(mp)
}

// since is how long ago a time of the engine's clock was.
func (e *Engine) since(at int64) time.Duration { return time.Duration(e.now - at) }
