package dataplane

import (
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// ConnClass is a class of traffic whose connections have limits and settings of their own (set connection, 7.0 and later).
// The first one that fits a connection is its class. Proto 0 is TCP and UDP.
type ConnClass struct {
	ID           acl.ID // counters
	Proto        uint8
	Lo, Hi       uint16 // the server's port
	Match        *acl.List
	If           Port // service-policy interface; None: global
	MaxConns     int  // 0: any number
	MaxEmbryonic int
	// ClientConns and ClientEmbryonic are for each host that opens connections; 0: any number.
	ClientConns, ClientEmbryonic int
	ConnSettings
}

// ConnSettings is what a class does to its connections beside counting them. The zero value: nothing.
type ConnSettings struct {
	NoRandom bool // sequence numbers stay as they are
	// Embryonic, HalfClosed, TCPIdle and Idle stand in place of the box's Timeouts where they are not nil; Idle counts for
	// every protocol.
	Embryonic, HalfClosed, TCPIdle, Idle *time.Duration
	Reset                                bool // both ends are reset when a connection was idle for too long
	DCD                                  DCD
	Map                                  *TCPMap // nil: segments are not normalised
	DecrementTTL                         bool
	Bypass                               bool // TCP is not followed: a connection begins with any segment
}

// DCD is dead connection detection: ends of a TCP connection that was idle for too long are asked whether they are there,
// Tries times each Every. The connection ends where one does not answer. Every 0: it just ends.
type DCD struct {
	Every time.Duration
	Tries int
}

// ClassCounters of one ConnClass: connections now, half-open ones among them, packets that would have been one too many, and
// what was done to segments and idle connections.
type ClassCounters struct {
	Conns, Embryonic int
	Drops            uint64
	Normal           NormalCounters
	Probes           ProbeCounters

	clients map[hostKey]clientCount // of classes that limit them
}

// clientCount is the connections of one client in a class.
type clientCount struct{ conns, embryonic int }

// class is what a connection keeps of its ConnClass for life.
type class struct {
	*ClassCounters
	*ConnClass
	times   *Timeouts // with those of the class in them
	clients bool      // they are counted
}

// boundClasses ties the classes of a policy to their counters.
func (e *Engine) boundClasses(r *rules) []class {
	out := make([]class, len(r.Classes))
	for i := range r.Classes {
		v := r.Classes[i]
		out[i] = class{ClassCounters: e.classCounters(v.ID), ConnClass: &v, times: v.timeouts(r.times)}
		out[i].clients = v.ClientConns > 0 || v.ClientEmbryonic > 0
		v.Match = nil // a connection outlives its list
	}
	return out
}

// timeouts are those of the box with those of the class in their place.
func (s *ConnSettings) timeouts(box *Timeouts) *Timeouts {
	if s.Embryonic == nil && s.HalfClosed == nil && s.TCPIdle == nil && s.Idle == nil {
		return box
	}
	t := *box
	for _, v := range [...]struct {
		own *time.Duration
		all []*time.Duration
	}{
		{s.Embryonic, []*time.Duration{&t.Embryonic}}, {s.HalfClosed, []*time.Duration{&t.HalfClosed}},
		{s.Idle, []*time.Duration{&t.Conn, &t.UDP, &t.ICMP}}, {s.TCPIdle, []*time.Duration{&t.Conn}},
	} {
		for _, d := range v.all {
			if v.own != nil {
				*d = *v.own
			}
		}
	}
	return &t
}

func (c *ConnClass) fits(r *rules, k *arrival, a *attempt) bool {
	if !hasPorts(k.key.proto) || c.Proto != 0 && c.Proto != k.key.proto {
		return false
	}
	return within(c.If, c.Lo, c.Hi, k, a) && (c.Match == nil || permits(c.Match, r.listKey(k, a)))
}

// within tells whether a packet crosses the interface of a policy, and its server's port, as the client or as the server
// knows it, lies in a range: so a port redirection is no way around.
func within(at Port, lo, hi uint16, k *arrival, a *attempt) bool {
	if at != None && at != k.in && at != a.out {
		return false
	}
	in := func(port uint16) bool { return lo <= port && port <= hi }
	return in(k.key.dstPort) || in(a.dstPort)
}

func (e *Engine) classCounters(id acl.ID) *ClassCounters {
	c := e.classes[id]
	if c == nil {
		c = &ClassCounters{}
		e.classes[id] = c
	}
	return c
}

// checkClass finds the class of a connection and refuses it beyond what that allows; beyond the number of half-open ones the
// box may answer itself.
func (e *Engine) checkClass(k *arrival, a *attempt) Drop {
	for i := range e.r.Classes {
		v := &e.r.Classes[i]
		if !v.fits(e.r, k, a) {
			continue
		}
		c := &e.bound[i]
		a.class = c
		if e.trace != nil {
			e.trace.note(Step{Kind: StepSettings, Line: v.ID})
		}
		if d := e.overClass(c, k, a); d != 0 {
			return d
		}
		return e.opensNormal(c, k)
	}
	return 0
}

// overClass refuses a connection that would be one too many of its class, or of its client in it.
func (e *Engine) overClass(c *class, k *arrival, a *attempt) Drop {
	own := c.ClassCounters.clients[hostKey{k.in, k.key.src}]
	half := k.d.Kind == packet.KindTCP && !a.confirms && !c.Bypass
	switch {
	case over(c.Conns, c.MaxConns):
		return e.refuseClass(EventClassConns, c, a, c.Conns, c.MaxConns, DropConnLimit)
	case over(own.conns, c.ClientConns):
		return e.refuseClass(EventClientConns, c, a, own.conns, c.ClientConns, DropConnLimit)
	case half && over(c.ClassCounters.Embryonic, c.MaxEmbryonic):
		return e.refuseHalf(EventClassEmbryonic, c, a, c.ClassCounters.Embryonic, c.MaxEmbryonic)
	case half && over(own.embryonic, c.ClientEmbryonic):
		return e.refuseHalf(EventClientEmbryonic, c, a, own.embryonic, c.ClientEmbryonic)
	}
	return 0
}

// over tells whether one more than n is more than limit; limit 0 is none.
func over(n, limit int) bool { return limit > 0 && n >= limit }

// refuseHalf refuses a connection for the number of half-open ones, or answers it in the name of its destination.
func (e *Engine) refuseHalf(kind EventKind, c *class, a *attempt, n, limit int) Drop {
	if !e.r.Rules.TCPIntercept {
		return e.refuseClass(kind, c, a, n, limit, DropEmbryonic)
	}
	e.denyClass(kind, c, a, n, limit)
	e.interceptSYN(&e.k, a)
	return handled
}

func (e *Engine) refuseClass(kind EventKind, c *class, a *attempt, n, limit int, d Drop) Drop {
	e.denyClass(kind, c, a, n, limit)
	if !e.dry {
		c.Drops++
	}
	return d
}

// denyClass reports a connection that a class refuses.
func (e *Engine) denyClass(kind EventKind, c *class, a *attempt, n, limit int) {
	ev := e.deny(kind, a)
	ev.Count, ev.Limit = n, limit
	if c.If != None {
		ev.In = c.If
	}
}

// count adds a connection of a client, or takes one away; embryonic ones are counted besides.
func (c *class) count(f *flow, conns, embryonic int) {
	c.ClassCounters.Conns += conns
	c.ClassCounters.Embryonic += embryonic
	if !c.clients {
		return
	}
	if c.ClassCounters.clients == nil {
		c.ClassCounters.clients = map[hostKey]clientCount{}
	}
	key := hostKey{f.ways[0].port, f.ways[0].src}
	n := c.ClassCounters.clients[key]
	n.conns += conns
	n.embryonic += embryonic
	if n == (clientCount{}) {
		delete(c.ClassCounters.clients, key)
		return
	}
	c.ClassCounters.clients[key] = n
}

// Class is a copy of the counters of one ConnClass.
func (s *State) Class(id acl.ID) ClassCounters {
	if c := s.e.classes[id]; c != nil {
		v := *c
		v.clients = nil
		return v
	}
	return ClassCounters{}
}

// Flow is a connection that somebody asks about.
type Flow struct {
	Proto            uint8
	Src, Dst         uint32
	SrcPort, DstPort uint16
	Type             uint8 // ICMP
}

// FirstInspect and FirstClass are the inspection and the class of connections that a flow meets in the policy of an
// interface (None: the global one): the look-up is that of the first packet of a connection. false: none.
func (s *State) FirstInspect(at Port, f Flow) (acl.ID, bool) {
	k, a := f.asked()
	for i := range s.e.r.Inspect {
		if v := &s.e.r.Inspect[i]; v.If == at && v.fitsAt(s.e.r, None, k, a) {
			return v.ID, true
		}
	}
	return 0, false
}

// FirstClass: see FirstInspect.
func (s *State) FirstClass(at Port, f Flow) (acl.ID, bool) {
	k, a := f.asked()
	for i := range s.e.r.Classes {
		v := s.e.r.Classes[i]
		if v.If != at {
			continue
		}
		if v.If = None; v.fits(s.e.r, k, a) {
			return v.ID, true
		}
	}
	return 0, false
}

// asked is the first packet of a flow.
func (f Flow) asked() (*arrival, *attempt) {
	k := &arrival{key: tuple{src: f.Src, dst: f.Dst, srcPort: f.SrcPort, dstPort: f.DstPort, proto: f.Proto}}
	k.d.Type, k.d.SrcPort, k.d.DstPort = f.Type, f.SrcPort, f.DstPort
	return k, &attempt{dst: f.Dst, dstPort: f.DstPort, out: None}
}
