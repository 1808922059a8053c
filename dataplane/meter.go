package dataplane

import (
	"time"

	"pixsim/dataplane/link"
)

// meter counts what passes one interface. The total is never set back: what show prints are differences, so that
// clearing one display disturbs neither the other nor the rates.
type meter struct {
	total   IfCounters
	cleared IfCounters // total at the last clear interface
	traffic IfCounters // and at the last clear traffic
	ring    [rateSlots]IfCounters
	lost    uint64 // frames that the wire had lost at the last Reset
	strays  uint64 // packets whose way back leads elsewhere, since the last ClearStrays
}

const (
	rateTick  = int64(5 * time.Second)
	rateNow   = 1  // ticks of five seconds
	rateShort = 12 // ticks of a minute
	rateLong  = 60 // and of five
	rateSlots = rateLong + 1
)

// Rates are those of one interface, per second, over a span of time.
type Rates struct{ InPackets, InBytes, OutPackets, OutBytes, Dropped uint64 }

// sample enters the totals for every rateTick that has passed since the last call. Nothing can have passed between two
// calls, since every packet is preceded by one; so no timer is needed.
func (e *Engine) sample() {
	due := e.now / rateTick
	if due == e.sampled {
		return
	}
	e.gatherAll()
	for p := range e.meters {
		m := &e.meters[p]
		for at := max(e.sampled+1, due-rateSlots+1); at <= due; at++ {
			m.ring[at%rateSlots] = m.total
		}
	}
	for at := max(e.sampled+1, due-rateSlots+1); at <= due; at++ {
		e.work.ring[at%rateSlots] = e.work.done
		for _, c := range e.inspects {
			c.sampleAt(at)
		}
		for _, m := range e.policed {
			m.sampleAt(at)
		}
	}
	e.sampled = due
}

// rates are those of the last ticks whole ticks; before there were so many, as if nothing had passed earlier.
func (m *meter) rates(last int64, ticks int) Rates {
	var from IfCounters
	if last >= int64(ticks) {
		from = m.ring[(last-int64(ticks))%rateSlots]
	}
	d := m.ring[last%rateSlots].minus(from)
	secs := uint64(ticks) * uint64(rateTick/int64(time.Second))
	return Rates{
		InPackets: d.InPackets / secs, InBytes: d.InBytes / secs, OutPackets: d.OutPackets / secs, OutBytes: d.OutBytes / secs,
		Dropped: d.Dropped / secs,
	}
}

func (c IfCounters) minus(o IfCounters) IfCounters {
	return IfCounters{
		InPackets: c.InPackets - o.InPackets, InBytes: c.InBytes - o.InBytes,
		OutPackets: c.OutPackets - o.OutPackets, OutBytes: c.OutBytes - o.OutBytes,
		Broadcasts: c.Broadcasts - o.Broadcasts, Dropped: c.Dropped - o.Dropped, Runts: c.Runts - o.Runts,
		Giants: c.Giants - o.Giants, NoBuffer: c.NoBuffer - o.NoBuffer,
	}
}

// Interface is the counters of one interface since boot or ClearInterface.
func (s *State) Interface(p Port) IfCounters {
	if int(p) >= len(s.e.meters) {
		return IfCounters{}
	}
	m := &s.e.meters[p]
	return s.e.totals(p).minus(m.cleared)
}

// totals are the counters of an interface since boot, with those that the wire itself keeps.
func (e *Engine) totals(p Port) IfCounters {
	c := e.meters[p].total
	c.NoBuffer = e.lostOnWire(p)
	return c
}

// lostOnWire is how many frames the wire of a port has lost since boot because the engine did not read them in time.
func (e *Engine) lostOnWire(p Port) uint64 {
	if l := e.wires[p]; l != nil {
		return link.Dropped(l) - e.meters[p].lost
	}
	return 0
}

// Queue is the frames that wait for the engine on the wire of an interface now, and the most that ever did.
func (s *State) Queue(p Port) (now, most int) {
	if l := s.e.wires[p]; l != nil {
		return link.Queued(l)
	}
	return 0, 0
}

// Strays are the packets that came in by an interface and whose way back leads by another (ip verify reverse-path), since
// boot or ClearStrays.
func (s *State) Strays(p Port) uint64 {
	if int(p) >= len(s.e.meters) {
		return 0
	}
	return s.e.meters[p].strays
}

// ClearStrays forgets those of an interface.
func (s *State) ClearStrays(p Port) {
	if int(p) < len(s.e.meters) {
		s.e.meters[p].strays = 0
	}
}

// ClearInterface sets the counters of one interface to zero; those of Traffic and the rates go on.
func (s *State) ClearInterface(p Port) {
	if int(p) < len(s.e.meters) {
		s.e.meters[p].cleared = s.e.totals(p)
	}
}

// Traffic is the counters of one interface since boot or ClearTraffic, and how long ago that was.
func (s *State) Traffic(p Port) (IfCounters, time.Duration) {
	span := s.e.since(s.e.trafficSince)
	if int(p) >= len(s.e.meters) {
		return IfCounters{}, span
	}
	m := &s.e.meters[p]
	return m.total.minus(m.traffic), span
}

// ClearTraffic sets the counters of Traffic to zero, of all interfaces.
func (s *State) ClearTraffic() {
	for p := range s.e.meters {
		m := &s.e.meters[p]
		m.traffic = m.total
	}
	s.e.trafficSince = s.e.now
}

// Rates are the average rates of one interface over the last minute and the last five; they move every 5 seconds. What
// passed before boot counts as nothing.
func (s *State) Rates(p Port) (minute, five Rates) {
	if int(p) >= len(s.e.meters) {
		return minute, five
	}
	m := &s.e.meters[p]
	return m.rates(s.e.sampled, rateShort), m.rates(s.e.sampled, rateLong)
}
