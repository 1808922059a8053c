package dataplane

import (
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// flow is one connection. Side 0 opened it; ways[s] is how packets of side s look when they come in. How they go out
// follows: packets of side 0 leave as what the answers ways[1] answer, so a translation and its reverse cannot differ.
//
// There may be a million: it has no pointers, which the garbage collector would have to follow, and what few connections
// have stands beside it.
type flow struct {
	made, last int64
	bytes      uint64
	ways       [2]tuple
	number     uint32 // 0: it is not reported

	xlates [2]uint32 // of each side's address
	hosts  [2]uint32
	next   [2]uint32 // neighbour towards each side, good for gen
	gen    uint32

	before, after uint32 // in the chain of the higher end's host

	timer    uint32
	settings uint32
	aside    uint32 // 0: it has nothing beside

	tcp    tcp
	up     uint8  // the side with the higher security level
	ending Reason // set while a packet is being worked on
	box    bool   // of the box itself: not shown
	tapped bool   // the tap follows it

	settled uint8 // packets since it might have had a shortcut; offloaded: it has one
}

// higher is the side with the higher security level.
func (f *flow) higher() int { return int(f.up) }

// settings are what a connection was made under, and keeps for life. Connections that were made alike share them.
type settings struct {
	times    *Timeouts
	class    *class        // that it belongs to; nil: none
	counters *inspectMeter // of its inspection; nil: it has none
	police   [2]policing   // of the packets of each side
}

// set gives a connection other settings.
func (e *Engine) set(f *flow, s settings) {
	old := f.settings
	f.settings = e.settings.hold(s)
	e.settings.release(old)
}

// aside is what stands beside a connection that is inspected or intercepted.
type aside struct {
	stream  *stream.Conn
	session *smtp.Session
	timer   uint32   // of the stream
	joining *joining // until an intercepted connection is whole; else nil
}

// aside is what stands beside a connection, to be read: most have nothing, and share that.
func (e *Engine) aside(f *flow) *aside {
	if f.aside == 0 {
		return &e.nothing
	}
	return e.asides.at(f.aside)
}

// beside is aside for writing: it is there from then on.
func (e *Engine) beside(f *flow) *aside {
	if f.aside == 0 {
		f.aside, _, _ = e.asides.take() // there is room for every flow
	}
	return e.asides.at(f.aside)
}

// leaves is how packets of a side look when they leave.
func (f *flow) leaves(side int) (t tuple, out Port) {
	w := &f.ways[1-side]
	return tuple{src: w.dst, dst: w.src, srcPort: w.dstPort, dstPort: w.srcPort, proto: w.proto}, w.port
}

// newFlow enters a connection whose packets look like there on one side and like back on the other. false: no room, or
// one of them is taken.
func (e *Engine) newFlow(there, back tuple, box bool) (uint32, *flow, bool) {
	if e.way(back) != 0 || !box && e.nConns >= e.flows.max-boxFlows {
		return 0, nil, false
	}
	i, f, ok := e.flows.take()
	if !ok {
		return 0, nil, false
	}
	f.ways = [2]tuple{there, back}
	f.box = box
	f.made, f.last = e.now, e.now
	f.settings = e.settings.hold(settings{times: e.r.times})
	f.gen = e.gen - 1
	f.timer = e.wheel.newTimer(timerFlow, i)
	if e.dry {
		e.trace.flow = i
	}
	e.ways.put(2*i, there.hash(e.ways.seed))
	e.ways.put(2*i+1, back.hash(e.ways.seed))
	if !box || e.r.Rules.ReportBox {
		e.serial++
		f.number = e.serial
	}
	if !box {
		e.nConns++
		e.work.done.countConn(there.proto)
		e.most = max(e.most, e.nConns)
	}
	return i, f, true
}

// way is the node of the connection whose packets look like t, 0 without one.
func (e *Engine) way(t tuple) uint32 {
	n := e.ways.first(t.hash(e.ways.seed))
	for n != 0 && e.flows.at(n / 2).ways[n&1] != t {
		n = e.ways.after(n)
	}
	return n
}

// follow takes a packet of a known connection. false: the connection is over, and the packet opens another.
func (e *Engine) follow(k *arrival, i uint32, side int) bool {
	f := e.flows.at(i)
	if k.d.Kind == packet.KindTCP && f.tcp.reopens(side, &k.d) {
		e.endFlow(i, f, ReasonInvalidSYN)
		return false
	}
	e.carry(k, i, f, side)
	return true
}

// carry takes a packet of a connection from one side to the other.
func (e *Engine) carry(k *arrival, i uint32, f *flow, side int) {
	if f.settled == offloaded && !e.dry {
		e.comesBetween(k, i, f)
	}
	e.tapArrival(k, f, side)
	_, out := f.leaves(side)
	w := e.r.wire(out)
	if w == nil || !w.up {
		e.drop(DropDown)
		return
	}
	if !e.fits(k.p, w) {
		e.tooBig(k, w.mtu)
		return
	}
	s, a := e.settings.at(f.settings), e.aside(f)
	if w := &s.police[side]; (w.in != nil || w.out != nil) && !e.police(k, *w) {
		e.settle(i, f)
		return
	}
	if s.class != nil && !e.byClass(k, i, f, side) {
		return
	}
	f.last = e.now
	if s.counters != nil && a.stream == nil && !e.dry {
		s.counters.Packets++
	}
	switch {
	case a.joining != nil:
		e.whileJoining(k, i, f, side)
	case a.stream != nil && !e.dry:
		e.inspect(k, i, f, side)
	default:
		e.forward(k.p, k.fr, i, f, side)
	}
	if e.dry {
		return
	}
	if e.offload.Offload != nil {
		e.consider(i, f, side)
	}
	e.settle(i, f)
}

// settle ends a connection that its last packet ended, or sees to its timer.
func (e *Engine) settle(i uint32, f *flow) {
	if f.ending != ReasonNone {
		e.endFlow(i, f, f.ending)
		return
	}
	life := e.life(f)
	if life == 0 {
		return
	}
	if at, ok := e.wheel.running(f.timer); !ok || at > f.last+life+wheelTick {
		e.wheel.start(f.timer, f.last+life)
	}
}

// forward sends a packet of one side on: state, sequence numbers, addresses, wire. The packet is in the numbers and
// addresses of its sender, except that what it acknowledges may still be in those of the translated other side.
func (e *Engine) forward(p packet.Packet, fr link.Frame, i uint32, f *flow, side int) {
	if f.ways[0].proto == packet.ProtoTCP {
		if e.aside(f).stream == nil {
			f.tcp.unshift(p, side)
		}
		if d := e.track(p, f, side); d != 0 {
			e.drop(d)
			return
		}
		if side == 0 && !f.box {
			e.noteURL(p, f)
		}
		f.tcp.shiftSeq(p, side)
		if p.TCP().Flags()&packet.SYN != 0 && !f.box {
			e.boundMSS(p)
		}
	} else {
		if f.ways[0].proto == packet.ProtoUDP && !e.dnsWork(p, f, side) {
			return
		}
		f.bytes += payloadLen(p)
	}
	t, out := f.leaves(side)
	rewrite(p, t)
	if f.gen != e.gen {
		e.findNext(f)
	}
	if f.next[1-side] == 0 {
		e.drop(DropNoRoute)
		return
	}
	e.leaveAs(f, 1-side)
	e.send(out, f.next[1-side], p, fr)
	e.leaving = tapRef{}
}

// boundMSS brings the segment size that a SYN announces into the bounds of the configuration.
func (e *Engine) boundMSS(p packet.Packet) {
	least, most := e.r.Rules.MSSLeast, e.r.Rules.MSSClamp
	if most == 0 {
		most = 65535
	}
	if least > 0 || most < 65535 {
		p.BoundMSS(uint16(min(least, most)), uint16(most))
	}
}

// findNext looks up the neighbours of both sides; 0: there is no route.
func (e *Engine) findNext(f *flow) {
	f.gen = e.gen
	for side := range f.ways {
		w := &f.ways[side]
		f.next[side], _ = e.r.nextHop(w.port, w.src)
		if _, ok := e.r.nextHop(w.port, w.src); !ok {
			f.next[side] = 0
		}
	}
}

func payloadLen(p packet.Packet) uint64 {
	b := p.IP.Payload()
	if p.IP.Proto() == packet.ProtoUDP || p.IP.Proto() == packet.ProtoICMP {
		return uint64(max(0, len(b)-packet.UDPLen))
	}
	return uint64(len(b))
}

// rewrite gives a packet the addresses and ports of t; checksums follow.
func rewrite(p packet.Packet, t tuple) {
	if p.IP.Src() != t.src {
		p.SetSrc(t.src)
	}
	if p.IP.Dst() != t.dst {
		p.SetDst(t.dst)
	}
	switch t.proto {
	case packet.ProtoTCP, packet.ProtoUDP:
		// Ports stand at the same place in both.
		if h := p.UDP(); h.SrcPort() != t.srcPort {
			p.SetSrcPort(t.srcPort)
		}
		if h := p.UDP(); h.DstPort() != t.dstPort {
			p.SetDstPort(t.dstPort)
		}
	case packet.ProtoICMP:
		m := p.ICMP()
		if !m.IsQuery() {
			return
		}
		id := t.srcPort
		if isReply(m.Type()) {
			id = t.dstPort
		}
		if m.ID() != id {
			p.SetICMPID(id)
		}
	}
}

// flowDue is the timer of a connection, which may have been busy since it was set.
func (e *Engine) flowDue(i uint32) {
	f := e.flows.at(i)
	e.gather(i, f)
	life := e.life(f)
	if life == 0 {
		return
	}
	if due := f.last + life; due > e.now {
		e.wheel.start(f.timer, due)
		return
	}
	e.cutShort(i, f)
	if due := f.last + life; due > e.now { // the last packet came just now
		e.wheel.start(f.timer, due)
		return
	}
	if e.settings.at(f.settings).class != nil && e.spared(i, f) {
		return
	}
	if e.aside(f).joining != nil {
		e.refuse(f)
	}
	e.endFlow(i, f, f.overdue())
}

// life is how long the connection may be idle in its present state, in nanoseconds; 0: for ever.
func (e *Engine) life(f *flow) int64 {
	times := e.settings.at(f.settings).times
	switch f.ways[0].proto {
	case packet.ProtoTCP:
		return int64(f.tcp.life(times))
	case packet.ProtoICMP:
		if f.box {
			return int64(max(times.ICMP, boxICMP))
		}
		return int64(times.ICMP)
	case protoSCTP:
		if times.SCTP > 0 {
			return int64(times.SCTP)
		}
	}
	return int64(times.UDP)
}

const protoSCTP = 132

func (f *flow) overdue() Reason {
	if f.ways[0].proto == packet.ProtoTCP {
		return f.tcp.overdue()
	}
	return ReasonIdle
}

// endFlow removes a connection and reports it.
func (e *Engine) endFlow(i uint32, f *flow, why Reason) {
	e.cutShort(i, f)
	e.tapClose(f, why)
	if why == ReasonSYNTimeout {
		e.work.done.SYNTimeouts++
	}
	if f.number != 0 {
		ev := e.connEvent(EventTornConn, f)
		ev.Reason, ev.Bytes, ev.Lasted = why, f.bytes, e.since(f.made)
		e.post(ev)
	}
	if !f.box {
		e.nConns--
		e.uncount(f)
	}
	e.ways.drop(2 * i)
	e.ways.drop(2*i + 1)
	e.wheel.freeTimer(f.timer)
	if f.aside != 0 {
		e.endAside(f)
	}
	if e.settings.at(f.settings).class != nil {
		delete(e.normals, i)
		delete(e.probes, i)
	}
	if len(e.adrift) > 0 {
		delete(e.adrift, i)
	}
	e.settings.release(f.settings)
	e.unchain(f)
	xlates, hosts, own := f.xlates, f.hosts, f.box
	e.flows.give(i)
	for side := range xlates {
		e.detach(xlates[side])
		e.unhold(hosts[side], own)
	}
}

// endAside ends what stands beside a connection.
func (e *Engine) endAside(f *flow) {
	a := e.asides.at(f.aside)
	e.wheel.freeTimer(a.timer)
	if a.stream != nil {
		a.stream.Close()
	}
	if a.joining != nil {
		e.wheel.freeTimer(a.joining.timer)
	}
	e.asides.give(f.aside)
}

// uncount takes a connection off the numbers of its hosts and translations.
func (e *Engine) uncount(f *flow) {
	if f.tcp.embryonic() {
		e.embryonic(f, -1)
	}
	if c := e.settings.at(f.settings).class; c != nil {
		c.count(f, -1, 0)
	}
	e.tally(f, -1)
}

// tally adds to the numbers of connections of the local hosts.
func (e *Engine) tally(f *flow, n int) {
	for _, i := range f.hosts {
		if i == 0 {
			continue
		}
		h := e.hosts.at(i)
		if f.ways[0].proto == packet.ProtoTCP {
			h.tcp += int32(n)
		} else {
			h.udp += int32(n)
		}
	}
}

// embryonic adds to the numbers of half-open connections.
func (e *Engine) embryonic(f *flow, n int) {
	for _, i := range f.hosts {
		if i != 0 {
			e.hosts.at(i).embryonic += int32(n)
		}
	}
	for _, i := range f.xlates {
		if i != 0 {
			e.xlates.at(i).embryonic += int32(n)
		}
	}
	if c := e.settings.at(f.settings).class; c != nil {
		c.count(f, 0, n)
	}
}

// end is one end of a connection: side s, its own address, and how the other side sees it.
func (f *flow) end(s int) End {
	own, seen := &f.ways[s], &f.ways[1-s]
	return End{If: own.port, Real: addrPort(own.src, icmpPort(own)), Mapped: addrPort(seen.dst, icmpPortBack(seen))}
}

// icmpPort is the port of a way's source; ICMP connections carry their identifier, which both ends share.
func icmpPort(w *tuple) uint16 {
	if w.proto == packet.ProtoICMP {
		return w.srcPort | w.dstPort
	}
	return w.srcPort
}

func icmpPortBack(w *tuple) uint16 {
	if w.proto == packet.ProtoICMP {
		return w.srcPort | w.dstPort
	}
	return w.dstPort
}

func (f *flow) inbound() bool { return f.up == 1 }

func (e *Engine) connEvent(kind EventKind, f *flow) Event {
	ev := Event{
		Kind: kind, Proto: f.ways[0].proto, Conn: f.number, Inbound: f.inbound(),
		Src: f.end(1 - f.higher()), Dst: f.end(f.higher()), In: f.ways[0].port,
	}
	if ev.Proto == packet.ProtoICMP {
		ev.Type = packet.ICMPEcho
	}
	return ev
}
