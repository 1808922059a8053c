package dataplane

import (
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// ConnClass limits the connections of a class of traffic (set connection, 7.0 and later). The first one that fits a
// connection is its class. Proto 0 is TCP and UDP.
type ConnClass struct {
	ID           acl.ID // counters
	Proto        uint8
	Lo, Hi       uint16 // the server's port
	Match        *acl.List
	If           Port // service-policy interface; None: global
	MaxConns     int  // 0: any number
	MaxEmbryonic int
}

// ClassCounters of one ConnClass: connections now, half-open ones among them, and packets that would have been one too many.
type ClassCounters struct {
	Conns, Embryonic int
	Drops            uint64
}

func (c *ConnClass) fits(k *arrival, a *attempt) bool {
	if !hasPorts(k.key.proto) || c.Proto != 0 && c.Proto != k.key.proto {
		return false
	}
	return within(c.If, c.Lo, c.Hi, k, a) && (c.Match == nil || matches(c.Match, k, a))
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

// matches asks the list of a class about a packet, with the addresses that stand in it or the real ones.
func matches(l *acl.List, k *arrival, a *attempt) bool {
	key := acl.Key{
		Proto: k.key.proto, Src: k.key.src, Dst: k.key.dst, SrcPort: k.key.srcPort, DstPort: k.key.dstPort,
		Type: k.d.Type, Code: k.d.Code,
	}
	return permits(l, key)
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
		if !v.fits(k, a) {
			continue
		}
		a.class = e.classCounters(v.ID)
		if e.trace != nil {
			e.trace.note(Step{Kind: StepSettings, Line: v.ID})
		}
		return e.overClass(v, k, a)
	}
	return 0
}

func (e *Engine) overClass(v *ConnClass, k *arrival, a *attempt) Drop {
	c := a.class
	embryonic := k.d.Kind == packet.KindTCP && !a.confirms && v.MaxEmbryonic > 0 && c.Embryonic >= v.MaxEmbryonic
	switch {
	case v.MaxConns > 0 && c.Conns >= v.MaxConns:
		c.refuse(e)
		return DropConnLimit
	case embryonic && e.r.Rules.TCPIntercept:
		e.interceptSYN(k, a)
		return handled
	case embryonic:
		c.refuse(e)
		return DropEmbryonic
	}
	return 0
}

func (c *ClassCounters) refuse(e *Engine) {
	if !e.dry {
		c.Drops++
	}
}

// Class is a copy of the counters of one ConnClass.
func (s *State) Class(id acl.ID) ClassCounters {
	if c := s.e.classes[id]; c != nil {
		return *c
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
		if v := &s.e.r.Inspect[i]; v.If == at && v.fitsAt(None, k, a) {
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
		if v.If = None; v.fits(k, a) {
			return v.ID, true
		}
	}
	return 0, false
}

// asked is the first packet of a flow.
func (f Flow) asked() (*arrival, *attempt) {
	k := &arrival{key: tuple{src: f.Src, dst: f.Dst, srcPort: f.SrcPort, dstPort: f.DstPort, proto: f.Proto}}
	k.d.Type = f.Type
	return k, &attempt{dst: f.Dst, dstPort: f.DstPort, out: None}
}
