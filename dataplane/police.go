package dataplane

import (
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// Policer bounds the rate of a class of packets that come in, or leave, by an interface (police, 7.0 and later). Of each
// interface and way the first one that fits the packets of one side of a connection counts, as long as that lives.
type Policer struct {
	ID     acl.ID // counters, and the bucket
	If     Port
	Out    bool  // those that leave
	Proto  uint8 // 0: all, and Lo and Hi do not count
	Lo, Hi uint16
	Match  *acl.List // nil: every packet
	Rate   int       // bits a second
	Burst  int       // octets that may come at once
	// DropConforming and PassExceeding are actions other than the usual ones.
	DropConforming, PassExceeding bool
}

// PoliceCounters of one Policer, of packets as they are on the wire, without their Ethernet headers.
type PoliceCounters struct{ Conformed, Exceeded PoliceCount }

// PoliceCount is one half of them; Rate is in bits a second, the average of the last five minutes.
type PoliceCount struct{ Packets, Bytes, Rate uint64 }

// policer is a Policer as connections keep it.
type policer struct {
	*policeMeter
	Policer
	fill int64 // nanoseconds in which an empty bucket is full
}

// policing is what bounds the packets of one side of a connection; nil: nothing does.
type policing struct{ in, out *policer }

// policeMeter is the bucket of a Policer and what it counts.
type policeMeter struct {
	PoliceCounters
	full int64 // when the bucket will be full again
	ring [rateSlots][2]uint64
}

// boundPolicers ties the policers of a policy to their buckets; those that no policy has any more go with the last
// connection that they bound.
func (e *Engine) boundPolicers(r *rules) []policer {
	kept := make(map[acl.ID]*policeMeter, len(r.Policers))
	out := make([]policer, len(r.Policers))
	for i, v := range r.Policers {
		m := kept[v.ID]
		if m == nil {
			if m = e.policed[v.ID]; m == nil {
				m = &policeMeter{}
			}
			kept[v.ID] = m
		}
		v.Match = nil // a connection outlives its list
		out[i] = policer{policeMeter: m, Policer: v, fill: timeOf(v.Burst, v.Rate)}
	}
	e.policed = kept
	return out
}

// timeOf is how long so many octets take at a rate.
func timeOf(octets, rate int) int64 {
	return int64(octets) * 8 * int64(time.Second) / int64(max(rate, 1))
}

// policingOf is what bounds packets that come in and leave by two ports and look like key on the way in.
func (e *Engine) policingOf(in, out Port, key acl.Key) (p policing) {
	for i := range e.policers {
		v := &e.policers[i]
		at, slot := in, &p.in
		if v.Out {
			at, slot = out, &p.out
		}
		if *slot != nil || v.If != at || v.Proto != 0 && (v.Proto != key.Proto || key.DstPort < v.Lo || v.Hi < key.DstPort) {
			continue
		}
		if l := e.r.Policers[i].Match; l == nil || permits(l, key) {
			*slot = v
		}
	}
	return p
}

// bindPolicers gives a new connection what bounds its sides.
func (e *Engine) bindPolicers(f *flow) {
	if len(e.policers) == 0 {
		return
	}
	s := *e.settings.at(f.settings)
	for side := range f.ways {
		s.police[side] = e.policingOf(f.ways[side].port, f.ways[1-side].port, e.keyOf(f, side))
	}
	e.set(f, s)
}

// keyOf is a packet of one side of a connection as lists see it: with the addresses that it has when it comes, or the real
// ones.
func (e *Engine) keyOf(f *flow, side int) acl.Key {
	w, other := &f.ways[side], &f.ways[1-side]
	k := acl.Key{Proto: w.proto, Src: w.src, Dst: w.dst, SrcPort: w.srcPort, DstPort: w.dstPort}
	if e.r.Rules.RealInACL {
		k.Dst, k.DstPort = other.src, other.srcPort
	}
	if w.proto == packet.ProtoICMP {
		k.SrcPort, k.DstPort = 0, 0
		if side == 0 {
			k.Type = w.query
		} else if w.query == packet.ICMPEcho {
			k.Type = packet.ICMPEchoReply
		} else {
			k.Type = w.query + 1
		}
	}
	return k
}

// police takes the packet in hand past what bounds it; false: it ends here. Of a super-frame those segments go on that fit.
func (e *Engine) police(k *arrival, w policing) bool {
	for _, p := range [...]*policer{w.in, w.out} {
		if p == nil {
			continue
		}
		if e.trace != nil {
			e.trace.note(Step{Kind: StepPolice, Line: p.ID})
			e.trace.at = StepPolice
		}
		if !e.dry && !e.policeBy(k, p) {
			e.drop(DropRate)
			return false
		}
	}
	return true
}

func (e *Engine) policeBy(k *arrival, p *policer) bool {
	if k.p.GSOSize == 0 || k.d.Kind != packet.KindTCP {
		return p.takes(e.now, len(k.p.IP))
	}
	head := k.p.IP.HeaderLen() + k.p.TCP().HeaderLen()
	left, passed := len(k.p.IP)-head, 0
	for first := true; first || left > 0; first = false {
		n := min(left, int(k.p.GSOSize))
		if p.takes(e.now, head+n) {
			passed += n
		} else if passed > 0 {
			e.drops[DropRate]++
		}
		left -= n
	}
	return e.keep(k, passed)
}

// keep cuts the super-frame in hand to its first octets of data; none is not to be had.
func (e *Engine) keep(k *arrival, octets int) bool {
	if octets > 0 && octets < len(k.p.TCP().Payload()) {
		k.p = k.p.Shortened(octets)
	}
	return octets > 0
}

// takes lets a packet of so many octets have tokens, and says whether it goes on.
func (p *policer) takes(now int64, octets int) bool {
	if full := max(p.full, now) + timeOf(octets, p.Rate); full-now <= p.fill {
		p.full = full
		p.Conformed.count(octets)
		return !p.DropConforming
	}
	p.Exceeded.count(octets)
	return p.PassExceeding
}

func (c *PoliceCount) count(octets int) {
	c.Packets++
	c.Bytes += uint64(octets)
}

// sampleAt enters the octets so far for a tick.
func (m *policeMeter) sampleAt(at int64) {
	m.ring[at%rateSlots] = [2]uint64{m.Conformed.Bytes, m.Exceeded.Bytes}
}

// Police is a copy of the counters of one Policer.
func (s *State) Police(id acl.ID) PoliceCounters {
	m := s.e.policed[id]
	if m == nil {
		return PoliceCounters{}
	}
	v := m.PoliceCounters
	for i, c := range [...]*PoliceCount{&v.Conformed, &v.Exceeded} {
		c.Rate = 8 * averageOf(func(at int64) uint64 { return m.ring[at%rateSlots][i] }, s.e.sampled)
	}
	return v
}
