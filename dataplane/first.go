package dataplane

import (
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// attempt is what is found out about a packet that belongs to no connection.
type attempt struct {
	out      Port // where it would leave; None: not known yet
	dst      uint32
	dstPort  uint16 // where it would go: the real destination
	inbound  bool   // from a lower to a higher level
	equal    bool
	unmapped bool     // the destination was a mapped address
	behind   *NATRule // the rule of the table by which it was
	aliased  bool     // the destination was an alias's address
	static   *Static  // that did it, if its translation is not in use yet
	xlates   [2]uint32
	src      uint32 // how its source will look
	srcPort  uint16
	limits   ConnLimits
	class    *class // that has it; nil: none
	quoted   uint32 // an ICMP error: node of the connection that it is about, 0: none
	confirms bool   // the client acknowledges what the box answered to its SYN, which was permitted and counted
}

// stage is a part of the way of a packet; do returns 0 to go on.
type stage struct {
	kind StepKind
	do   func(*Engine, *arrival, *attempt) Drop
}

// stages is the way of the first packet of a connection, and of every packet that makes none.
var stages = [...]stage{
	{StepBox, (*Engine).toDHCP},           // a client that asks for an address
	{StepCheck, (*Engine).checkAddresses}, // land, spoofed sources, broadcasts
	{StepCheck, (*Engine).fromSelf},       // what the box's own host sends is routed, and that is all
	{StepCheck, (*Engine).wantSYN},        // TCP opens with a SYN
	{StepUnNAT, (*Engine).unmap},          // is the destination a translated address?
	{StepBox, (*Engine).toSelf},           // or the box?
	{StepCheck, (*Engine).allowNew},       // unless new connections are refused
	{StepRoute, (*Engine).findWay},        // the way out
	{StepLevel, (*Engine).checkLevels},    // and security levels
	{StepList, (*Engine).permitIn},        // access-list of the way in, conduits
	{StepSettings, (*Engine).checkClass},  // connections of a class
	{StepLimits, (*Engine).checkLicence},  // hosts of the higher level
	{StepReverse, (*Engine).mapDst},       // the destination's translation
	{StepNAT, (*Engine).mapSrc},           // the source's
	{StepListOut, (*Engine).permitOut},    // access-list of the way out
	{StepLimits, (*Engine).checkLimits},   // connections of a host
	{StepCreate, (*Engine).open},          // a new connection, or a packet that passes alone
}

// tableStages is the same with the translations of the table, where the source's comes with the destination's.
var tableStages = [...]stage{
	{StepBox, (*Engine).toDHCP},
	{StepCheck, (*Engine).checkAddresses},
	{StepCheck, (*Engine).fromSelf},
	{StepCheck, (*Engine).wantSYN},
	{StepUnNAT, (*Engine).unmapTable},
	{StepBox, (*Engine).toSelf},
	{StepCheck, (*Engine).allowNew},
	{StepRoute, (*Engine).findWay},
	{StepLevel, (*Engine).checkLevels},
	{StepList, (*Engine).permitIn},
	{StepSettings, (*Engine).checkClass},
	{StepLimits, (*Engine).checkLicence},
	{StepNAT, (*Engine).mapSrcTable},
	{StepReverse, (*Engine).checkReverse},
	{StepListOut, (*Engine).permitOut},
	{StepLimits, (*Engine).checkLimits},
	{StepCreate, (*Engine).open},
}

// first takes a packet that belongs to no connection.
func (e *Engine) first(k *arrival) {
	a := &e.try
	*a = attempt{out: None, dst: k.key.dst, dstPort: k.key.dstPort, src: k.key.src, srcPort: k.key.srcPort}
	way := stages[:]
	if e.r.Rules.ByTable {
		way = tableStages[:]
	}
	for i := range way {
		if e.trace != nil {
			e.trace.at = way[i].kind
		}
		d := way[i].do(e, k, a)
		if d == handled {
			return
		}
		if d == 0 {
			continue
		}
		e.drop(d)
		if a.confirms {
			e.reset(k) // the client believes that it is connected
		}
		return
	}
}

// deny reports a refused packet.
func (e *Engine) deny(kind EventKind, a *attempt) *Event {
	k := &e.k
	return e.post(Event{
		Kind: kind, Proto: k.key.proto, Inbound: a.inbound, In: k.in,
		Src:   End{If: k.in, Real: addrPort(k.key.src, k.key.srcPort), Mapped: addrPort(a.src, a.srcPort)},
		Dst:   End{If: a.out, Real: addrPort(a.dst, a.dstPort), Mapped: addrPort(k.key.dst, k.key.dstPort)},
		Flags: k.d.Flags, Type: k.d.Type, Code: k.d.Code, ID: k.d.ICMPID, Seq: k.d.ICMPSeq, Len: len(k.p.IP),
	})
}

const (
	loopbackNet = 127 << 24
	multicast   = 224 << 24
	reserved    = 240 << 24
)

func (e *Engine) checkAddresses(k *arrival, a *attempt) Drop {
	src, dst := k.key.src, k.key.dst
	w := e.r.wire(k.in)
	switch {
	case src == dst:
		e.deny(EventLand, a)
		return DropLand
	case k.in == Self:
		return 0
	case e.spoofed(src, w):
		e.deny(EventSpoof, a)
		return DropSpoof
	case (k.d.Kind == packet.KindTCP || k.d.Kind == packet.KindUDP) && (k.key.srcPort == 0 || k.key.dstPort == 0):
		e.deny(EventPortZero, a)
		return DropPortZero
	case w.Verify && !e.r.comesBy(k.in, src):
		e.deny(EventReversePath, a)
		e.meters[k.in].strays++
		return DropReversePath
	case dst >= multicast || w.hasAddr && dst == w.bcast:
		a.out = k.in
		if k.key.proto == packet.ProtoUDP {
			e.deny(EventBoxDiscarded, a)
		}
		if dst >= multicast && dst < reserved {
			return DropMulticast
		}
		return DropBroadcast
	}
	return 0
}

// spoofed tells sources that no host can have: 0.0.0.0, loopback, multicast, broadcast, and the box's own.
func (e *Engine) spoofed(src uint32, w *wire) bool {
	_, own := e.r.owner(src)
	return own || src>>24 == 0 || src&0xff000000 == loopbackNet || src >= multicast || w.hasAddr && src == w.bcast
}

func (e *Engine) wantSYN(k *arrival, a *attempt) Drop {
	const all = packet.SYN | packet.ACK | packet.RST | packet.FIN
	if k.d.Kind != packet.KindTCP || k.d.Flags&all == packet.SYN {
		return 0
	}
	if a.confirms = !e.dry && e.confirms(k); a.confirms || e.bypasses(k, a) {
		return 0
	}
	e.deny(EventDenyNoConn, a)
	return DropNoConn
}

// unmap finds the host behind a mapped destination: the translation in use, else the first static that fits.
func (e *Engine) unmap(k *arrival, a *attempt) Drop {
	if e.unmapInUse(k, a) {
		return 0
	}
	for i := range e.r.Statics {
		s := &e.r.Statics[i]
		if real, ok := s.unmaps(k); ok {
			a.unmapped, a.static, a.out, a.dst, a.limits = true, s, s.RealIf, real, s.Limits
			if s.Proto != 0 {
				a.dstPort = s.RealPort
			}
			if e.trace != nil {
				e.traceUnNAT(k, a, ByStatic, s.ID)
			}
			return 0
		}
	}
	e.unalias(k, a)
	if e.trace != nil && a.aliased {
		e.traceUnNAT(k, a, ByAlias, 0)
	}
	return 0
}

// unmapInUse finds the host behind a mapped destination by the translation in use, and the connection that an ICMP error is
// about; false without such a translation.
func (e *Engine) unmapInUse(k *arrival, a *attempt) bool {
	if k.d.Inner.OK {
		a.quoted = e.quotedFlow(k)
	}
	x := e.unmapByUse(k)
	if x == 0 {
		return false
	}
	v := e.xlates.at(x)
	o := e.origin(v)
	a.unmapped, a.xlates[1], a.out, a.dst, a.limits = true, x, o.at, v.real.addr, o.limits
	if v.proto != 0 && !k.d.Inner.OK {
		a.dstPort = v.real.id
	}
	if e.trace != nil {
		e.traceUnNAT(k, a, o.how(), o.line)
	}
	return true
}

// unmapByUse is the translation in use behind the destination. Nobody may open a connection to a port-mapped or
// identity-translated host; ICMP answers and errors find their way back, since lists decide about them one by one.
func (e *Engine) unmapByUse(k *arrival) uint32 {
	proto, port := k.key.proto, k.key.dstPort
	answer := k.d.Kind == packet.KindICMP && (isReply(k.d.Type) || k.p.ICMP().IsError())
	if k.d.Kind == packet.KindICMP && !isReply(k.d.Type) {
		proto = 0
	}
	if in := &k.d.Inner; in.OK && in.Src == k.key.dst {
		proto, port = in.Proto, in.SrcPort
	}
	at := mappedPlace(k.in, k.key.dst)
	x := e.findXlate(at, proto, port)
	if x == 0 && answer {
		return e.placed(at.under(identityRule)) / 2
	}
	if x == 0 || answer {
		return x
	}
	if o := e.origin(e.xlates.at(x)); o.pat && !o.static {
		return 0
	}
	return x
}

// unmaps tells whether a static translates the destination of a packet, and to which host.
func (s *Static) unmaps(k *arrival) (uint32, bool) {
	if s.MappedIf != k.in {
		return 0, false
	}
	off, ok := inside(s.Mapped, k.key.dst)
	if !ok || s.Proto != 0 && (s.Proto != k.key.proto || s.MappedPort != k.key.dstPort) {
		return 0, false
	}
	real := start(s.Real) + off
	if s.Match == nil {
		return real, true
	}
	port := k.key.dstPort
	if s.Proto != 0 {
		port = s.RealPort
	}
	return real, permits(s.Match, acl.Key{
		Proto: k.key.proto, Src: real, Dst: k.key.src, SrcPort: port, DstPort: k.key.srcPort,
		Type: k.d.Type, Code: k.d.Code,
	})
}

// findWay finds the way out.
func (e *Engine) findWay(k *arrival, a *attempt) Drop {
	if a.out == None {
		if e.pingsPAT(k) {
			e.deny(EventEchoToPAT, a)
			return DropEchoToPAT
		}
		h, ok := e.r.route(a.dst, None)
		if !ok {
			e.deny(EventNoRoute, a)
			return DropNoRoute
		}
		a.out = h.port
		if e.trace != nil {
			e.trace.note(Step{Kind: StepRoute, Route: h.route()})
		}
	}
	return 0
}

// checkLevels says which level is the higher, and whether the two sides may speak to each other at all.
func (e *Engine) checkLevels(k *arrival, a *attempt) Drop {
	w := e.r.wire(a.out)
	if w == nil || !w.up {
		return DropDown
	}
	from, to := e.r.level(k.in), w.Level
	a.inbound, a.equal = from < to, from == to
	switch {
	case a.out == k.in && !e.r.Rules.SameIntra:
		e.deny(EventDenyNoXlate, a)
		return DropHairpin
	case a.out != k.in && a.equal && !e.r.Rules.SameInter:
		e.deny(EventDenyConduit, a)
		return DropLevel
	case !e.fits(k.p, w):
		e.tooBig(k, w.mtu)
		return handled
	}
	return 0
}

// pingsPAT tells an echo request at an address behind which are the ports of many hosts: it can be for none of them.
func (e *Engine) pingsPAT(k *arrival) bool {
	if k.d.Kind != packet.KindICMP || k.d.Type != packet.ICMPEcho {
		return false
	}
	for i := range e.r.Pools {
		if p := &e.r.Pools[i]; p.PAT && p.Port == k.in && p.First.Is4() && packet.U32(p.First) == k.key.dst {
			return true
		}
	}
	return false
}

// permitIn asks the list of the way in, or the conduits.
func (e *Engine) permitIn(k *arrival, a *attempt) Drop {
	w := e.r.wire(k.in)
	key := e.r.listKey(k, a)
	if list, name := e.listIn(k.in, w, key); list != nil {
		return e.byList(StepList, list, name, key, k, a)
	}
	rule, ok := (*acl.Rule)(nil), false
	if a.inbound {
		rule, ok = e.r.Conduits.Match(key)
	}
	if ok {
		e.hit(rule, a)
	}
	if e.trace != nil {
		e.traceList(StepList, "", rule)
	}
	if !a.inbound {
		return e.permitOutbound(k, a)
	}
	if ok {
		if rule.Permit {
			return 0
		}
	}
	if e.callsBack(k, a) {
		return 0
	}
	e.deny(EventDenyConduit, a)
	e.resetRefused(k, a)
	return DropConduit
}

// listKey is a packet as lists see it: with the addresses that stand in it, or the real ones.
func (r *rules) listKey(k *arrival, a *attempt) acl.Key {
	key := acl.Key{
		Proto: k.key.proto, Src: k.key.src, Dst: k.key.dst, SrcPort: k.d.SrcPort, DstPort: k.d.DstPort,
		Type: k.d.Type, Code: k.d.Code,
	}
	if r.Rules.RealInACL {
		key.Dst = a.dst
		if a.unmapped && k.d.Kind != packet.KindICMP {
			key.DstPort = a.dstPort
		}
	}
	return key
}

// listIn is the list that decides about a packet that came in at w: its own or, where that says nothing, the one of all.
func (e *Engine) listIn(in Port, w *wire, key acl.Key) (*acl.List, string) {
	if e.r.Global == nil || in == Self {
		return w.In, w.InName
	}
	if w.In != nil {
		if _, ok := w.In.Match(key); ok {
			return w.In, w.InName
		}
	}
	return e.r.Global, e.r.GlobalName
}

// byList lets a list decide, counts and reports.
func (e *Engine) byList(kind StepKind, l *acl.List, name string, key acl.Key, k *arrival, a *attempt) Drop {
	rule, ok := l.Match(key)
	if ok {
		e.hit(rule, a)
	}
	if e.trace != nil {
		e.traceList(kind, name, rule)
	}
	permit := ok && rule.Permit
	if !permit && e.callsBack(k, a) {
		return 0
	}
	switch {
	case ok && rule.Log >= 0:
		if !a.confirms {
			e.logHit(rule, name, a)
		}
	case !permit:
		ev := e.deny(EventDenyACL, a)
		ev.List = name
		if ok {
			ev.Rule, ev.Count = rule.ID, int(e.hits[rule.ID].n)
		}
	}
	if permit {
		return 0
	}
	e.resetRefused(k, a)
	return DropACL
}

// hitCount is how often a rule decided, and when last.
type hitCount struct {
	n    uint64
	last int64
}

// hit counts a packet for the rule that decided about it, once for a connection.
func (e *Engine) hit(rule *acl.Rule, a *attempt) {
	if !a.confirms {
		e.hits[rule.ID] = hitCount{e.hits[rule.ID].n + 1, e.now}
	}
}

// resetRefused answers a refused inbound SYN where the configuration says so.
func (e *Engine) resetRefused(k *arrival, a *attempt) {
	if e.r.Rules.ResetInbound && a.inbound && k.d.Kind == packet.KindTCP {
		e.reset(k)
	}
}

// mapDst sees to the translation that stands before the destination.
func (e *Engine) mapDst(k *arrival, a *attempt) Drop {
	if a.static != nil {
		var d Drop
		if a.xlates[1], d = e.staticXlate(a.static, a.dst, a); d == 0 {
			e.untranslated(a.static.ID, k.in, a)
		}
		if e.trace != nil {
			e.trace.note(Step{Kind: StepReverse, How: ByStatic, Line: a.static.ID, Hits: e.natHits(a.static.ID, k.in)})
		}
		return d
	}
	if a.xlates[1] != 0 {
		o := e.origin(e.xlates.at(a.xlates[1]))
		e.untranslated(o.line, k.in, a)
		if e.trace != nil {
			e.trace.note(Step{Kind: StepReverse, How: o.how(), Line: o.line, Hits: e.natHits(o.line, k.in)})
		}
	}
	if a.unmapped || a.aliased || !a.inbound && !a.equal {
		return 0
	}
	back := acl.Key{
		Proto: k.key.proto, Src: a.dst, Dst: k.key.src, SrcPort: k.key.dstPort, DstPort: k.key.srcPort,
		Type: k.d.Type, Code: k.d.Code,
	}
	if x := e.exemptLine(a.out, back); x != nil {
		e.untranslated(x.ID, k.in, a)
		return 0
	}
	if a.inbound && e.r.Rules.Control || e.translatesBack(k, a, back) {
		e.deny(EventNoTranslation, a)
		return DropNoXlate
	}
	return 0
}

// exemptLine is the nat 0 access-list that frees packets from a host behind port; nil: none does.
func (e *Engine) exemptLine(port Port, key acl.Key) *Exempt {
	for i := range e.r.Exempt {
		if x := &e.r.Exempt[i]; x.Port == port && permits(x.List, key) {
			return x
		}
	}
	return nil
}

// translatesBack tells whether answers of an untranslated destination would be translated: then the two directions
// disagree, and the packet cannot pass (7.0 and later, where no nat-control asks for a translation).
func (e *Engine) translatesBack(k *arrival, a *attempt, back acl.Key) bool {
	for i := range e.r.Statics {
		s := &e.r.Statics[i]
		if s.RealIf == a.out && s.MappedIf == k.in && s.maps(back) && s.Mapped != s.Real {
			return true
		}
	}
	n := e.natLine(a.out, back, a.inbound)
	return n != nil && n.Number != 0 && e.hasPool(k.in, n.Number)
}

func (e *Engine) hasPool(port Port, number int) bool {
	for i := range e.r.Pools {
		if e.r.Pools[i].Port == port && e.r.Pools[i].Number == number {
			return true
		}
	}
	return false
}

// maps tells whether a static translates a packet on its way from the real side.
func (s *Static) maps(key acl.Key) bool {
	if _, ok := inside(s.Real, key.Src); !ok {
		return false
	}
	if s.Proto != 0 && (s.Proto != key.Proto || s.RealPort != key.SrcPort) {
		return false
	}
	return s.Match == nil || permits(s.Match, key)
}

// mapSrc finds how the source looks on the way out. Order: nat 0 access-list, translations in use, statics in order,
// policy nat in order, nat by the longest network, and the pools of its number.
func (e *Engine) mapSrc(k *arrival, a *attempt) Drop {
	key := acl.Key{
		Proto: k.key.proto, Src: k.key.src, Dst: a.dst, SrcPort: k.key.srcPort, DstPort: a.dstPort,
		Type: k.d.Type, Code: k.d.Code,
	}
	if a.quoted != 0 && e.mapQuoted(k, a) {
		return 0
	}
	if x := e.exemptLine(k.in, key); x != nil {
		e.translated(x.ID, a)
		if e.trace != nil {
			e.traceNAT(k, a, ByExemption, x.ID)
		}
		return 0
	}
	x, d := e.srcXlate(k, a, key)
	if d != 0 {
		return d
	}
	if x == 0 {
		e.aliasSrc(k, a)
		if e.trace != nil && a.src != k.key.src {
			e.traceNAT(k, a, ByAlias, 0)
		}
		return 0
	}
	a.xlates[0] = x
	v := e.xlates.at(x)
	o := e.origin(v)
	a.src = v.mapped.addr
	if v.proto != 0 {
		a.srcPort = v.mapped.id
	}
	e.translated(o.line, a)
	if e.trace != nil {
		e.traceNAT(k, a, o.how(), o.line)
	}
	if !a.unmapped {
		a.limits = o.limits
	}
	a.limits.NoRandom = a.limits.NoRandom || o.limits.NoRandom
	return 0
}

func (e *Engine) srcXlate(k *arrival, a *attempt, key acl.Key) (uint32, Drop) {
	at, proto := realPlace(k.in, a.out, k.key.src), ownProto(k)
	if !e.r.byPolicy {
		if x := e.findXlate(at, proto, k.key.srcPort); x != 0 {
			return x, 0
		}
	}
	var n *NAT
	s := e.staticLine(k.in, a.out, key)
	if s == nil {
		if n = e.natLine(k.in, key, !a.inbound); n != nil && n.Match != nil {
			at = at.under(e.r.realm(n))
		}
	}
	if s == nil || s.Match == nil { // what is in use goes before a line that does not look at the destination
		if x := e.findXlate(at, proto, k.key.srcPort); x != 0 {
			return x, 0
		}
	}
	switch {
	case s != nil:
		return e.staticXlate(s, k.key.src, a)
	case n != nil:
		return e.natXlate(n, k, a)
	case !a.inbound && !a.equal && e.r.Rules.Control:
		e.deny(EventNoTranslation, a)
		return 0, DropNoXlate
	}
	return 0, 0
}

// staticLine is the first static for a packet on its way from its real side.
func (e *Engine) staticLine(in, out Port, key acl.Key) *Static {
	for i := range e.r.Statics {
		if s := &e.r.Statics[i]; s.RealIf == in && s.MappedIf == out && s.maps(key) {
			return s
		}
	}
	return nil
}

// natXlate translates by a nat line; an ICMP error borrows a shared address without a slot of its own.
func (e *Engine) natXlate(n *NAT, k *arrival, a *attempt) (uint32, Drop) {
	if n.Number != 0 && k.d.Kind == packet.KindICMP && k.p.ICMP().IsError() {
		for i := range e.r.Pools {
			p := &e.r.Pools[i]
			if p.Port != a.out || p.Number != n.Number || !p.PAT {
				continue
			}
			if w := e.r.wire(p.Port); p.Interface && w.hasAddr {
				a.src = w.addr
				return 0, 0
			} else if !p.Interface && p.First.Is4() {
				a.src = packet.U32(p.First)
				return 0, 0
			}
		}
	}
	return e.dynamicXlate(n, a)
}

// natLine is the nat line for a host behind port: policy lines in order, then the longest network. Lines that are not
// marked outside count only towards a level that is not higher.
func (e *Engine) natLine(port Port, key acl.Key, down bool) *NAT {
	var best *NAT
	for i := range e.r.NAT {
		n := &e.r.NAT[i]
		if n.Port != port || !down && !n.Outside {
			continue
		}
		if n.Match != nil {
			if permits(n.Match, key) {
				return n
			}
			continue
		}
		if _, ok := inside(n.Real, key.Src); ok && (best == nil || n.Real.Bits() > best.Real.Bits()) {
			best = n
		}
	}
	return best
}

// permitOut asks the list of the way out, which sees the packet as it will be there.
func (e *Engine) permitOut(k *arrival, a *attempt) Drop {
	w := e.r.wire(a.out)
	if w.Out == nil {
		return 0
	}
	key := acl.Key{
		Proto: k.key.proto, Src: a.src, Dst: a.dst, SrcPort: a.srcPort, DstPort: a.dstPort,
		Type: k.d.Type, Code: k.d.Code,
	}
	if e.r.Rules.RealInACL {
		key.Src, key.SrcPort = k.key.src, k.key.srcPort
	}
	return e.byList(StepListOut, w.Out, w.OutName, key, k, a)
}

// checkLicence refuses a host of the higher level that would be one more than the licence has.
func (e *Engine) checkLicence(k *arrival, a *attempt) Drop {
	most := e.r.Rules.MaxHosts
	if most == 0 || k.in == Self {
		return 0
	}
	key := hostKey{k.in, k.key.src}
	if a.inbound {
		key = hostKey{a.out, a.dst}
	}
	if i := e.hostAt(key); i != 0 && e.hosts.at(i).through() || e.hostCounts(key.port).Active < most {
		return 0
	}
	e.hostCounts(key.port).Denied++
	ev := e.post(Event{Kind: EventLicence, Limit: most})
	ev.Src = End{If: key.port, Real: addrPort(key.addr, 0)}
	return DropLicence
}

// checkLimits refuses a TCP connection beyond what the static or nat line allows to its host; beyond the number of
// half-open ones the box may answer itself.
func (e *Engine) checkLimits(k *arrival, a *attempt) Drop {
	if k.d.Kind != packet.KindTCP || a.limits.MaxConns == 0 && a.limits.MaxEmbryonic == 0 {
		return 0
	}
	key, side := hostKey{k.in, k.key.src}, 0
	if a.inbound || a.unmapped {
		key, side = hostKey{a.out, a.dst}, 1
	}
	i := e.hostAt(key)
	if i == 0 {
		return 0
	}
	h, lim := e.hosts.at(i), a.limits
	if lim.MaxConns > 0 && int(h.tcp) >= lim.MaxConns {
		e.hostCounts(key.port).Denied++
		ev := e.overLimit(EventTooManyConns, a, side)
		ev.Count, ev.Len, ev.Limit = int(h.tcp), int(h.embryonic), lim.MaxConns
		ev.Static = a.xlates[side] != 0 && e.origin(e.xlates.at(a.xlates[side])).static
		return DropConnLimit
	}
	if lim.MaxEmbryonic > 0 && int(h.embryonic) >= lim.MaxEmbryonic && !a.confirms {
		ev := e.overLimit(EventEmbryonic, a, side)
		ev.Count, ev.Limit = int(h.embryonic), lim.MaxEmbryonic
		if e.r.Rules.TCPIntercept {
			e.interceptSYN(k, a)
			return handled
		}
		e.hostCounts(key.port).Denied++
		return DropEmbryonic
	}
	return 0
}

// overLimit reports a limit of the host on one side of a refused connection.
func (e *Engine) overLimit(kind EventKind, a *attempt, side int) *Event {
	ev := e.deny(kind, a)
	if side == 0 {
		ev.Src, ev.Dst = ev.Dst, ev.Src
	}
	return ev
}

// open makes the connection and sends its first packet on. ICMP passes packet by packet, unless it is inspected.
func (e *Engine) open(k *arrival, a *attempt) Drop {
	if k.d.Kind == packet.KindICMP && !(e.r.Rules.ICMPInspect && k.d.Type == packet.ICMPEcho) {
		return e.passICMP(k, a)
	}
	leaves := tuple{src: a.src, dst: a.dst, srcPort: a.srcPort, dstPort: a.dstPort}
	leaves.proto, leaves.query = k.key.proto, k.key.query
	i, f, ok := e.newFlow(k.key, leaves.back(a.out), false)
	if !ok {
		e.deny(EventNoSlots, a)
		return DropNoSlot
	}
	if a.inbound {
		f.up = 1
	}
	e.bind(i, f, a)
	if k.d.Kind == packet.KindTCP {
		e.openTCP(k, a, f)
	}
	e.inspectNew(k, a, i, f)
	if k.d.Kind == packet.KindTCP {
		e.tapOpen(f)
	}
	if e.trace != nil {
		e.trace.note(Step{Kind: StepCreate, Flow: f.number})
		e.trace.at = StepNeighbour
	}
	e.post(e.connEvent(EventBuiltConn, f))
	if a.confirms {
		e.tapArrival(k, f, 0)
		e.join(k, i, f)
		return handled
	}
	e.carry(k, i, f, 0)
	return handled
}

// openTCP begins to follow a new connection, unless its class says that it is not to be followed.
func (e *Engine) openTCP(k *arrival, a *attempt, f *flow) {
	f.tcp = openTCP(a.inbound, pick(a.confirms, k.d.Seq-1, k.d.Seq))
	class := e.settings.at(f.settings).class
	if class != nil && class.Bypass {
		f.tcp.state = ConnBypass
		return
	}
	if e.r.Rules.Randomise && !a.limits.NoRandom && (class == nil || !class.NoRandom) {
		f.tcp.shift[f.up] = e.rand.Uint32() | 1
	}
	e.embryonic(f, 1)
}

// bind ties a new connection to its translations and local hosts.
func (e *Engine) bind(i uint32, f *flow, a *attempt) {
	f.xlates = a.xlates
	for side := range f.ways {
		e.attach(f.xlates[side])
		if side == f.higher() || e.r.Rules.ForeignHosts {
			f.hosts[side] = e.hold(f.ways[side].port, f.ways[side].src, false)
		}
	}
	if a.class != nil {
		e.set(f, settings{times: a.class.times, class: a.class})
		a.class.count(f, 1, 0)
	}
	e.bindPolicers(f)
	e.tally(f, 1)
	e.chain(i, f)
}
