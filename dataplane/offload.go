package dataplane

import (
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// Offload carries packets of connections past the engine. A connection that needs nothing of the engine but new addresses and
// numbers gets a shortcut for the packets of each of its sides; what of them passes there, the engine adds to its own counts
// when somebody asks, and before anything that depends on it. Packets that a shortcut does not take come as ever.
type Offload interface {
	// Add makes a shortcut and returns its number; 0: it cannot.
	Add(*link.Shortcut) uint32
	// Passed is what took a shortcut since the last call.
	Passed(uint32) link.Passed
	// Renew tells of a way what the engine learnt of it from packets that did not take it; see link.Shortcut.
	Renew(id, acked, edge uint32)
	// Remove ends a shortcut: nothing takes it any more when it returns.
	Remove(uint32)
	// Outdate, which any goroutine may call, says that there is another policy now: shortcuts carry nothing until Adopt says
	// that it is in force. Policies are numbered.
	Outdate(policy uint32)
	Adopt(policy uint32)
	// Stale tells, once, that no shortcut is good any more.
	Stale() bool
}

// offloads is what the engine keeps of connections with shortcuts.
type offloads struct {
	Offload
	flows map[uint32][2]uint32 // the shortcuts of connections that have one, by side; 0: none
	due   []wanted
	turns int    // that those have waited for
	timer uint32 // of the rates, which are to see what passes

	gathered int64 // when all was last
}

// wanted is a connection that shall have shortcuts as soon as nothing of it is on its way to the engine.
type wanted struct{ flow, number uint32 }

const (
	offloadAfter = 16  // packets: most connections are too short for it
	offloadTurns = 256 // that a connection waits while the links are never empty
	offloaded    = 255 // flow.settled of one that has a shortcut
)

// consider counts the packets of a connection that came to the engine and, once they are many, notes that it shall have
// shortcuts.
func (e *Engine) consider(i uint32, f *flow, side int) {
	if f.settled == offloaded {
		if id := e.offload.flows[i][side]; id != 0 {
			e.offload.Renew(id, f.tcp.acked[side], f.tcp.edge[side])
			return
		}
	} else if f.settled++; f.settled < offloadAfter {
		return
	} else {
		f.settled = 0
	}
	if e.plain(f) {
		e.offload.due = append(e.offload.due, wanted{i, f.number})
	}
}

// plain tells whether the engine does nothing to a packet of a connection but to give it other addresses and numbers, and
// nobody watches it.
func (e *Engine) plain(f *flow) bool {
	if f.number == 0 || f.box || f.ending != ReasonNone || f.aside != 0 || f.tapped {
		return false
	}
	s := e.settings.at(f.settings)
	if s.counters != nil || s.police != [2]policing{} || s.class != nil && s.class.perPacket() {
		return false
	}
	for side := range f.ways {
		if w := e.r.wire(f.ways[side].port); w == nil || !w.up || w.VLAN != 0 || f.ways[side].port == Self {
			return false
		}
	}
	for _, c := range e.captures {
		if c.Dropped == nil {
			return false
		}
	}
	switch f.ways[0].proto {
	case packet.ProtoTCP:
		t := &f.tcp
		return t.state&ConnUp != 0 && !t.embryonic() && t.state&ConnBypass == 0 && t.state&fins == 0 && !e.r.isHTTP(f)
	case packet.ProtoUDP:
		return f.ways[0].srcPort != portDNS && f.ways[1].srcPort != portDNS
	}
	return false
}

// perPacket tells whether a class does something to each packet of its connections.
func (c *class) perPacket() bool { return c.Map != nil || c.DecrementTTL || c.Bypass }

// offloadDue makes the shortcuts that are due, when the links are empty: a packet that waits there would come too late. Those
// that are no good any more end.
func (e *Engine) offloadDue(idle bool) {
	if e.offload.Offload != nil && e.offload.Stale() {
		e.cutAll()
	}
	if len(e.offload.due) == 0 {
		return
	}
	if e.offload.turns++; !idle && e.offload.turns < offloadTurns {
		return
	}
	e.offload.turns = 0
	for _, v := range e.offload.due {
		if f := e.flows.at(v.flow); f.number == v.number { // else it is over
			e.offloadFlow(v.flow, f)
		}
	}
	e.offload.due = e.offload.due[:0]
}

// offloadFlow makes the shortcuts of a connection, of which a side may have its own.
func (e *Engine) offloadFlow(i uint32, f *flow) {
	if !e.plain(f) {
		return
	}
	ids := e.offload.flows[i]
	for side := range ids {
		if ids[side] != 0 {
			continue
		}
		if s, ok := e.shortcut(f, side); ok {
			ids[side] = e.offload.Add(&s)
		}
	}
	if ids != [2]uint32{} {
		e.offload.flows[i], f.settled = ids, offloaded
		e.windRates()
	}
}

// shortcut is that of a side of a connection; false: nobody knows yet where its packets go.
func (e *Engine) shortcut(f *flow, side int) (link.Shortcut, bool) {
	own, other := &f.ways[side], 1-side
	to, out := f.leaves(side)
	if f.gen != e.gen {
		e.findNext(f)
	}
	mac, ok := e.neighbourMAC(neighbourKey{out, f.next[other]})
	if !ok || f.next[other] == 0 {
		return link.Shortcut{}, false
	}
	from, toward := e.r.wire(own.port), e.r.wire(out)
	t := &f.tcp
	s := link.Shortcut{
		In: e.wires[own.port], Out: e.wires[out], Proto: own.proto,
		Src: own.src, Dst: own.dst, SrcPort: own.srcPort, DstPort: own.dstPort, MAC: from.MAC,
		ToSrc: to.src, ToDst: to.dst, ToSrcPort: to.srcPort, ToDstPort: to.dstPort, FromMAC: toward.MAC, ToMAC: mac,
		MTU: min(toward.mtu, max(from.mtu, mediumMTU)), SeqShift: t.shift[side], AckShift: t.shift[other],
		Acked: t.acked[side], Edge: t.edge[side],
	}
	if t.scale[0] >= 0 && t.scale[1] >= 0 {
		s.Scale = uint8(t.scale[side])
	}
	return s, true
}

// neighbourMAC is the address of a neighbour that is known.
func (e *Engine) neighbourMAC(key neighbourKey) ([6]byte, bool) {
	if mac, ok := e.r.staticARP[key]; ok {
		return mac, true
	}
	if i := e.neighbourIndex[key]; i != 0 && e.neighbours.at(i).known {
		return e.neighbours.at(i).mac, true
	}
	return [6]byte{}, false
}

// comesBetween takes the packet in hand of a connection that has shortcuts: what went there came before it, and a packet that
// ends the connection, or a side of it, ends them.
func (e *Engine) comesBetween(k *arrival, i uint32, f *flow) {
	e.gather(i, f)
	if k.d.Kind == packet.KindTCP && k.d.Flags&(packet.SYN|packet.FIN|packet.RST) != 0 {
		e.cutShort(i, f)
	}
}

// gather enters what took the shortcuts of a connection since the last time.
func (e *Engine) gather(i uint32, f *flow) {
	for side, id := range e.offload.flows[i] {
		if id == 0 {
			continue
		}
		p := e.offload.Passed(id)
		if p.Packets == 0 {
			continue
		}
		_, out := f.leaves(side)
		in, sent := e.count(f.ways[side].port), e.count(out)
		in.InPackets += p.Packets
		in.InBytes += p.Bytes
		sent.OutPackets += p.Packets
		sent.OutBytes += p.Bytes
		f.bytes += p.Data
		f.last = max(f.last, e.now-int64(p.Idle))
		if f.ways[0].proto != packet.ProtoTCP {
			continue
		}
		if !packet.Before(p.Acked, f.tcp.acked[side]) {
			f.tcp.acked[side] = p.Acked
		}
		if !packet.Before(p.Edge, f.tcp.edge[side]) {
			f.tcp.edge[side] = p.Edge
		}
		if p.Data > 0 {
			f.tcp.blind[side] = true
			f.tcp.state |= pick(side == f.higher(), ConnDataOut, ConnDataIn)
		}
	}
}

// gatherAll is gather of every connection that has shortcuts.
func (e *Engine) gatherAll() {
	e.offload.gathered = e.now
	for i := range e.offload.flows {
		e.gather(i, e.flows.at(i))
	}
}

// cutShort ends the shortcuts of a connection.
func (e *Engine) cutShort(i uint32, f *flow) {
	if f.settled != offloaded {
		return
	}
	for _, id := range e.offload.flows[i] {
		if id != 0 {
			e.offload.Remove(id)
		}
	}
	e.gather(i, f)
	f.settled = 0
	delete(e.offload.flows, i)
}

// cutAll ends all shortcuts: what they were made by has changed. Connections get new ones by and by.
func (e *Engine) cutAll() {
	for i := range e.offload.flows {
		e.cutShort(i, e.flows.at(i))
	}
}

// windRates has the rates see what passes while the engine has nothing to do.
func (e *Engine) windRates() {
	if len(e.offload.flows) == 0 {
		return
	}
	if e.offload.timer == 0 {
		e.offload.timer = e.wheel.newTimer(timerRates, 0)
	}
	if _, on := e.wheel.running(e.offload.timer); !on {
		e.wheel.start(e.offload.timer, (e.now/rateTick+1)*rateTick)
	}
}
