package dataplane

import (
	"net/netip"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// StepKind is what a part of the way of a first packet is about.
type StepKind uint8

const (
	_             StepKind = iota
	StepEntry              // the interface takes it: it is up, and the source is not shunned
	StepFlow               // a connection is there already, Flow; nothing else follows
	StepCheck              // addresses and ports that can be, a SYN where TCP begins, new connections that are taken
	StepUnNAT              // the destination's translation: From is what stood in the packet, To the host
	StepBox                // the box itself
	StepRoute              // Route leads to the destination
	StepLevel              // the way out is there, and the levels of both sides permit it
	StepList               // the list of the way in, or what stands in its place
	StepSettings           // the class that limits connections
	StepReverse            // answers go back by the same rule
	StepNAT                // the source's translation
	StepListOut            // the list of the way out
	StepLimits             // hosts and connections that may be
	StepInspect            // an inspection
	StepPolice             // the rate of a class
	StepCreate             // a connection was made, Flow
	StepNeighbour          // the next hop and its address on the wire
)

// Step is one part of the way: what a stage of the engine decided, in the order in which it did.
type Step struct {
	Kind StepKind
	Drop Drop // it ended the way; 0: it did not

	List string    // name of the access-list; "" with StepList: none is bound, levels decide
	Rule *acl.Rule // the line that fits; nil: none
	Line acl.ID    // of a translation or inspection
	Hits uint64    // of Rule or Line, with this packet

	How      Translation
	From, To End

	Route    Route
	Flow     uint32
	MAC      [6]byte // of the neighbour, if Answered
	Answered bool
	NextHop  uint32
}

// Translation is the kind of rule behind StepUnNAT, StepNAT and StepReverse.
type Translation uint8

const (
	Untranslated Translation = iota
	ByStatic
	ByDynamic
	ByIdentity  // nat 0, or a translation to the same address
	ByExemption // nat 0 access-list
	ByAlias
)

// Trace is the way of a packet that was on no wire.
type Trace struct {
	Steps   []Step
	In, Out Port           // Out None: not known; Self: the box
	Dest    netip.AddrPort // as it stands in the packet
	Drop    Drop
	// Left are the addresses with which it leaves; the zero value where it does not.
	Left struct{ Src, Dst End }
	// Taken: the box itself dealt with it otherwise than by sending it on, as by an answer in somebody's name.
	Taken bool
}

// tracing is a Trace in progress, and what has to be undone.
type tracing struct {
	Trace
	flow   uint32   // that was made
	xlates []uint32 // that were made
	pools  []poolBefore
	marks  highMarks
	left   bool
	at     StepKind // of the stage in hand
}

type poolBefore struct {
	state  *poolState
	before poolState
}

// note adds a step. Callers ask for e.trace first, so that nothing is made where nobody looks.
func (t *tracing) note(s Step) { t.Steps = append(t.Steps, s) }

// dropped says that the way ends at the stage in hand. Only the first reason counts.
func (t *tracing) dropped(d Drop) {
	if t.Drop != 0 {
		return
	}
	t.Drop = d
	if n := len(t.Steps); n > 0 && t.Steps[n-1].Kind == t.at {
		t.Steps[n-1].Drop = d
		return
	}
	t.note(Step{Kind: t.at, Drop: d})
}

// Trace is the way that a frame would take that came in by a port: the engine's own stages decide about it, as about any
// frame. What they count of rules they count (hits of access-lists and translations, reasons of drops); the connection and
// the translations that they make are ended at once, nothing is put on a wire, and neighbours are not asked. false: the
// frame is not a whole IP packet, or there is no such port.
func (s *State) Trace(in Port, frame []byte) (Trace, bool) {
	e := s.e
	w := e.r.wire(in)
	k := &e.k
	k.d.Decode(frame)
	if w == nil || in == Self || k.d.IP == nil || k.d.Kind == packet.Unknown || k.d.Fragment() {
		return Trace{}, false
	}
	k.in, k.fr, k.mac = in, link.Frame{Buf: frame, Len: len(frame)}, packet.Ethernet(frame).Src()
	k.p = k.d.Packet(0, false)
	t := &tracing{Trace: Trace{In: in, Out: None}, at: StepEntry, marks: e.highMarks()}
	e.trace, e.dry, e.out = t, true, &Output{}
	e.try = attempt{out: None}
	t.note(Step{Kind: StepEntry})
	if w.up {
		e.packet(k)
	} else {
		e.drop(DropDown)
	}
	t.finish(e)
	e.untrace(t)
	return t.Trace, true
}

// finish notes what became of the packet otherwise.
func (t *tracing) finish(e *Engine) {
	if !t.left {
		t.Out = e.try.out
	}
	t.Taken = t.Drop == 0 && !t.left
}

// record begins to note the way of the packet in hand, which is a real one; the Trace is whole when it has gone it.
func (e *Engine) record(in Port) *Trace {
	if e.trace == nil {
		e.trace = &tracing{Trace: Trace{In: in, Out: None}, at: StepEntry}
		e.try = attempt{out: None}
		e.trace.note(Step{Kind: StepEntry})
	}
	return &e.trace.Trace
}

// highMarks are the figures that a packet may raise and that nothing takes back.
type highMarks struct {
	done                 Done
	conns, xlates, hosts int
	perPort              map[Port]int
	out                  *Output
}

func (e *Engine) highMarks() highMarks {
	m := highMarks{done: e.work.done, conns: e.most, xlates: e.xlates.most, hosts: e.hosts.most, perPort: map[Port]int{}, out: e.out}
	for p, c := range e.hostCount {
		m.perPort[p] = c.Most
	}
	return m
}

// found notes a connection that the packet belongs to, which is left alone.
func (t *tracing) found(e *Engine, k *arrival, node uint32) {
	f, side := e.flows.at(node/2), int(node&1)
	w, out := f.leaves(side)
	t.note(Step{Kind: StepFlow, Flow: f.number})
	t.at, t.left, t.Out = StepFlow, true, out
	t.Left.Src = End{If: out, Real: addrPort(w.src, icmpPort(&w))}
	t.Left.Dst = End{If: out, Real: addrPort(w.dst, icmpPortBack(&w))}
	if o := e.r.wire(out); e.dry && (o == nil || !o.up) {
		e.drop(DropDown)
	}
}

// traceReverse is the step of the rule that answers would be translated by.
func (e *Engine) traceReverse(a *attempt, r *NATRule) {
	if r == nil {
		r = a.behind
	}
	how := ByStatic
	if r.Dynamic {
		how = ByDynamic
	}
	e.trace.note(Step{Kind: StepReverse, How: how, Line: r.ID, Hits: e.natHits(r.ID, None)})
}

// leave notes with which addresses a packet goes out, and to whom. It goes no further.
func (t *tracing) leave(e *Engine, port Port, next uint32, p packet.Packet) {
	if t.Drop != 0 || t.left && !e.dry { // what the box answers, or sends besides
		return
	}
	t.left, t.Out = true, port
	d := packet.Parsed{}
	d.DecodeIP(append(packet.IPv4(nil), p.IP...)) // a copy, so that what is sent need not be on the heap where nobody looks
	w := tupleOf(&d, port)
	t.Left.Src = End{If: port, Real: addrPort(w.src, icmpPort(&w))}
	t.Left.Dst = End{If: port, Real: addrPort(w.dst, icmpPortBack(&w))}
	if port == Self {
		return
	}
	v := Step{Kind: StepNeighbour, NextHop: next}
	key := neighbourKey{port, next}
	if mac, ok := e.r.staticARP[key]; ok {
		v.MAC, v.Answered = mac, true
	} else if i := e.neighbourIndex[key]; i != 0 && e.neighbours.at(i).known {
		v.MAC, v.Answered = e.neighbours.at(i).mac, true
	}
	t.note(v)
}

// untrace ends what the packet made.
func (e *Engine) untrace(t *tracing) {
	if t.flow != 0 {
		e.endTraced(t.flow)
	}
	for _, i := range t.xlates {
		e.removeXlate(i)
	}
	for _, p := range t.pools {
		p.state.next, p.state.dry, p.state.peer, p.state.gen = p.before.next, p.before.dry, p.before.peer, p.before.gen
	}
	m := &t.marks
	e.work.done, e.most, e.xlates.most, e.hosts.most, e.out, e.trace = m.done, m.conns, m.xlates, m.hosts, m.out, nil
	e.dry = false
	for p, c := range e.hostCount {
		c.Most = m.perPort[p]
	}
}

// endTraced ends a connection whose packet was never on a wire. A translation that served it is as idle as it was before.
func (e *Engine) endTraced(i uint32) {
	f := e.flows.at(i)
	xlates, idle := f.xlates, [2]int64{}
	for side, x := range xlates {
		if x != 0 {
			idle[side] = e.xlates.at(x).last
		}
	}
	e.endFlow(i, f, ReasonTraced)
	for side, x := range xlates {
		if x == 0 {
			continue
		}
		v := e.xlates.at(x)
		if v.last = idle[side]; v.conns == 0 && v.timer != 0 {
			e.wheel.start(v.timer, v.last+e.origin(v).timeout)
		}
	}
}

// traceList is a step with the line of a list that decided, or none.
func (e *Engine) traceList(kind StepKind, name string, rule *acl.Rule) {
	s := Step{Kind: kind, List: name, Rule: rule}
	if rule != nil {
		s.Hits = e.hits[rule.ID].n
	}
	e.trace.note(s)
}

// traceUnNAT is the step of a destination that was translated.
func (e *Engine) traceUnNAT(k *arrival, a *attempt, how Translation, line acl.ID) {
	e.trace.note(Step{
		Kind: StepUnNAT, How: how, Line: line, Hits: e.natHits(line, k.in),
		From: End{If: k.in, Real: addrPort(k.key.dst, k.key.dstPort)}, To: End{If: a.out, Real: addrPort(a.dst, a.dstPort)},
	})
}

// traceNAT is the step of a source.
func (e *Engine) traceNAT(k *arrival, a *attempt, how Translation, line acl.ID) {
	e.trace.note(Step{
		Kind: StepNAT, How: how, Line: line, Hits: e.natHits(line, a.out),
		From: End{If: k.in, Real: addrPort(k.key.src, k.key.srcPort)}, To: End{If: a.out, Real: addrPort(a.src, a.srcPort)},
	})
}

// how is the kind of line that a translation in use was made by.
func (o *origin) how() Translation {
	switch {
	case o.identity:
		return ByIdentity
	case o.static:
		return ByStatic
	}
	return ByDynamic
}
