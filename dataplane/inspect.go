package dataplane

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// inspectNew gives a new connection its inspection, if a rule asks for one: an inspector, or only counters where there is
// none for the protocol. It keeps it for life.
func (e *Engine) inspectNew(k *arrival, a *attempt, i uint32, f *flow) {
	if f.tcp.state&ConnBypass != 0 {
		return // nothing looks into what is not followed
	}
	e.inspectBy(k, a, i, f)
	if k.d.Kind != packet.KindTCP {
		return
	}
	if c := e.settings.at(f.settings).class; c != nil && c.Map != nil && c.Map.orders() {
		e.order(c.Map, i, f)
	}
}

// order has the segments of a connection put in order, and compared when they come again, where no inspection does so.
func (e *Engine) order(m *TCPMap, i uint32, f *flow) {
	a := e.beside(f)
	if a.stream == nil {
		a.stream = stream.NewPlain(&e.streams)
		a.timer = e.wheel.newTimer(timerStream, i)
	}
	a.stream.Bound(m.Queue)
}

func (e *Engine) inspectBy(k *arrival, a *attempt, i uint32, f *flow) {
	for n := range e.r.Inspect {
		r := &e.r.Inspect[n]
		if !r.fits(e.r, k, a) {
			continue
		}
		if e.trace != nil {
			e.trace.note(Step{Kind: StepInspect, Line: r.ID})
		}
		counters := e.inspects[r.ID]
		if counters == nil {
			counters = &inspectMeter{}
			e.inspects[r.ID] = counters
		}
		s := *e.settings.at(f.settings)
		s.counters = counters
		e.set(f, s)
		if r.Profile == nil {
			return
		}
		a := e.beside(f)
		a.session = smtp.New(r.Profile, r.Policy)
		a.stream = stream.New(a.session, &e.streams)
		a.timer = e.wheel.newTimer(timerStream, i)
		if r.Policy != nil && len(counters.Matches) < len(r.Policy.Matches) {
			counters.Matches = append(counters.Matches, make([]uint64, len(r.Policy.Matches)-len(counters.Matches))...)
		}
		return
	}
}

// inspectMeter is the counters of an inspection, and its packets of the last five minutes.
type inspectMeter struct {
	InspectCounters
	ring [rateSlots]uint64
}

// sampleAt enters the packets so far for a tick.
func (c *inspectMeter) sampleAt(at int64) { c.ring[at%rateSlots] = c.Packets }

// perSecond is the average rate of the last five minutes; what was before boot counts as nothing.
func (c *inspectMeter) perSecond(last int64) uint64 {
	return averageOf(func(at int64) uint64 { return c.ring[at%rateSlots] }, last)
}

// averageOf is the rate, a second, of what grew in a ring over the last five minutes.
func averageOf(ring func(at int64) uint64, last int64) uint64 {
	from := uint64(0)
	if last >= rateLong {
		from = ring(last - rateLong)
	}
	now := ring(last)
	if now < from { // cleared since
		from = 0
	}
	return (now - from) / (rateLong * uint64(rateTick/int64(time.Second)))
}

// fits tells whether a rule wants a connection.
func (r *Inspect) fits(of *rules, k *arrival, a *attempt) bool { return r.fitsAt(of, r.If, k, a) }

// fitsAt is fits as if the rule stood in the policy of another interface.
func (r *Inspect) fitsAt(of *rules, at Port, k *arrival, a *attempt) bool {
	proto := r.Proto
	if proto == 0 {
		proto = packet.ProtoTCP
	}
	if k.key.proto != proto || !within(at, r.Lo, r.Hi, k, a) {
		return false
	}
	if r.Server.IsValid() {
		_, mapped := inside(r.Server, k.key.dst)
		_, real := inside(r.Server, a.dst)
		if !mapped && !real {
			return false
		}
	}
	return r.Match == nil || permits(r.Match, of.listKey(k, a))
}

// inspect hands a packet to the stream of its connection, in the numbers and addresses of its sender.
func (e *Engine) inspect(k *arrival, i uint32, f *flow, side int) {
	f.tcp.unshift(k.p, side)
	s, a := e.settings.at(f.settings), e.aside(f)
	if s.counters != nil {
		s.counters.Packets++
	}
	if a.session != nil {
		e.work.done.Fixups++
	}
	e.emitter = emitter{e: e, i: i, f: f, whole: k.p.IP, fr: k.fr}
	a.stream.Segment(e.at(e.now), smtp.Dir(side), k.p, &e.emitter)
	e.armStream(f)
	e.countRefused(s.class, a.stream)
}

// countRefused counts what a stream kept no longer, or did not take, by the tcp-map of its connection.
func (e *Engine) countRefused(c *class, s *stream.Conn) {
	if c == nil || c.Map == nil {
		return
	}
	r := s.Refused()
	if r == (stream.Refused{}) {
		return
	}
	n := &c.Normal
	n.OutOfOrder += r.OutOfOrder
	n.Full, n.Late, n.Contradictions = n.Full+r.Full, n.Late+r.Late, n.Contradictions+r.Contradictions
	e.drops[DropQueueFull] += r.Full
	e.drops[DropQueueTimeout] += r.Late
	e.drops[DropContradiction] += r.Contradictions
	e.count(e.k.in).Dropped += r.Full + r.Late + r.Contradictions
}

// streamDue is the timer of a stream.
func (e *Engine) streamDue(i uint32) {
	f := e.flows.at(i)
	e.emitter = emitter{e: e, i: i, f: f}
	a := e.aside(f)
	a.stream.Tick(e.at(e.now), &e.emitter)
	e.armStream(f)
	e.countRefused(e.settings.at(f.settings).class, a.stream)
	e.settle(i, f)
}

// finAcked says that ack acknowledges the FIN of a side. Where answers were inserted the two are numbers of different
// spaces, and the stream has to tell.
func (e *Engine) finAcked(f *flow, side int, ack uint32) bool {
	if stream := e.aside(f).stream; stream != nil {
		return stream.FINAcked(smtp.Dir(side))
	}
	return !packet.Before(ack, f.tcp.sent[side])
}

func (e *Engine) armStream(f *flow) {
	a := e.aside(f)
	next := a.stream.Next()
	if next.IsZero() {
		e.wheel.stop(a.timer)
		return
	}
	at := int64(next.Sub(e.epoch))
	if tick, ok := e.wheel.running(a.timer); !ok || tick-at >= wheelTick || at > tick {
		e.wheel.start(a.timer, at)
	}
}

// emitter is the engine as a stream sees it, for the connection in hand.
type emitter struct {
	e     *Engine
	i     uint32
	f     *flow
	whole packet.IPv4 // the packet that came in, until it was emitted; nil on a timer
	fr    link.Frame  // the frame that it lies in
}

// Emit implements stream.Out. The packet is copied before it is translated, unless it is the whole of the one that came
// in, in its own frame.
func (m *emitter) Emit(d smtp.Dir, p packet.Packet) {
	if m.whole != nil && &p.IP[0] == &m.whole[0] && len(p.IP) == len(m.whole) {
		m.whole = nil
		m.e.forward(p, m.fr, m.i, m.f, int(d))
		return
	}
	fr, room := m.e.out.frame(len(p.IP))
	copy(room, p.IP)
	p.IP = room
	m.e.forward(p, fr, m.i, m.f, int(d))
}

// Notice implements stream.Out.
func (m *emitter) Notice(ev smtp.Event) {
	c := m.e.settings.at(m.f.settings).counters
	if ev.Match >= 0 && ev.Match < len(c.Matches) {
		c.Matches[ev.Match]++
	}
	switch ev.Kind {
	case smtp.EventCounted:
		return
	case smtp.EventBanner:
		c.BannersMasked++
		return
	}
	m.e.post(m.e.connEvent(EventSMTP, m.f)).SMTP = ev
}

// End implements stream.Out: inspection ends the connection.
func (m *emitter) End(reset bool) {
	c := m.e.settings.at(m.f.settings).counters
	if reset {
		c.Resets++
	} else {
		c.Drops++
	}
	m.e.drops[DropInspect]++
	if frame := m.e.inHand(); frame != nil {
		m.e.captureDrop(DropInspect, frame)
	}
	m.f.ending = ReasonDeny
	m.e.post(m.e.connEvent(EventInspectKill, m.f))
}

// StreamMemory is what inspected connections keep together: octets, and the segments that were dropped for want of room.
type StreamMemory struct {
	Held, Most int
	Refused    uint64
}

// Streams tells of the memory of inspected connections.
func (s *State) Streams() StreamMemory {
	p := &s.e.streams
	return StreamMemory{Held: p.Held(), Most: p.Most(), Refused: p.Refused()}
}
