package dataplane

import (
	"math/bits"

	"pixsim/dataplane/acl"
)

// OutboundAction is what a line of an outbound list does.
type OutboundAction uint8

const (
	OutboundPermit OutboundAction = iota
	OutboundDeny
	OutboundExcept
)

// Outbound is one line of an outbound list that is applied to connections from Port to lower levels. Net is of their
// sources or, with Dest, of their destinations; of an except line it is the other way round.
type Outbound struct {
	Port   Port
	Dest   bool
	List   int
	Action OutboundAction
	Net    acl.Net
	Lo, Hi uint16 // destination ports; 0 0: all
	Proto  uint8  // 0: every protocol
}

// outbound is an Outbound made ready: how exact its addresses are, and how many ports it takes.
type outbound struct {
	Outbound
	bits, ports int
}

func newOutbound(o Outbound) outbound {
	v := outbound{Outbound: o, bits: bits.OnesCount32(o.Net.Mask), ports: int(o.Hi) - int(o.Lo) + 1}
	if o.Lo == 0 && o.Hi == 0 {
		v.ports = 65536
	}
	return v
}

// fits tells whether a line speaks of a packet; addr is the address that it looks at.
func (o *outbound) fits(addr uint32, k *tuple) bool {
	if (addr^o.Net.Addr)&o.Net.Mask != 0 || o.Proto != 0 && o.Proto != k.proto {
		return false
	}
	return o.ports == 65536 || hasPorts(k.proto) && k.query == 0 && o.Lo <= k.dstPort && k.dstPort <= o.Hi
}

// closer tells whether o fits better than p: by the stricter mask, then by fewer ports; where both are alike a permit
// overrides a deny (PIX command reference, outbound).
func (o *outbound) closer(p *outbound) bool {
	switch {
	case p == nil:
		return true
	case o.bits != p.bits:
		return o.bits > p.bits
	case o.ports != p.ports:
		return o.ports < p.ports
	}
	return o.Action == OutboundPermit && p.Action == OutboundDeny
}

// permitOutbound asks the outbound lists of the way in: those by source and those by destination, each for itself. What
// either denies goes no further; what no line fits is permitted.
func (e *Engine) permitOutbound(k *arrival, a *attempt) Drop {
	for _, dest := range [...]bool{false, true} {
		if o := e.denies(k, dest); o != nil {
			e.deny(EventDenyOutbound, a).Count = o.List
			return DropOutbound
		}
	}
	return 0
}

// denies is the line that denies a packet, nil: none does.
func (e *Engine) denies(k *arrival, dest bool) *outbound {
	own, peer := k.key.src, k.key.dst
	if dest {
		own, peer = peer, own
	}
	var best *outbound
	for i := range e.r.outbounds {
		o := &e.r.outbounds[i]
		if o.Port == k.in && o.Dest == dest && o.Action != OutboundExcept && o.fits(own, &k.key) && o.closer(best) {
			best = o
		}
	}
	if best == nil {
		return nil
	}
	if denied := best.Action == OutboundDeny; denied == e.excepted(best, peer, k) {
		return nil
	}
	return best
}

// excepted tells whether a list makes an exception for a peer.
func (e *Engine) excepted(of *outbound, peer uint32, k *arrival) bool {
	for i := range e.r.outbounds {
		o := &e.r.outbounds[i]
		if o.Port == of.Port && o.Dest == of.Dest && o.List == of.List && o.Action == OutboundExcept && o.fits(peer, &k.key) {
			return true
		}
	}
	return false
}
