package dataplane

import "net/netip"

// Alias gives the hosts behind Port another address for a foreign network of the same size: what they send to DNAT goes
// to Foreign, and what comes from Foreign seems to come from DNAT.
type Alias struct {
	Port          Port
	DNAT, Foreign netip.Prefix
}

// swap is the address in to that corresponds to addr in from; false: addr does not lie there.
func swap(from, to netip.Prefix, addr uint32) (uint32, bool) {
	off, ok := inside(from, addr)
	if !ok {
		return 0, false
	}
	return start(to) + off, true
}

// unalias redirects a packet to an alias's address to the foreign host that it stands for.
func (e *Engine) unalias(k *arrival, a *attempt) {
	for i := range e.r.Aliases {
		l := &e.r.Aliases[i]
		if l.Port != k.in {
			continue
		}
		if foreign, ok := swap(l.DNAT, l.Foreign, k.key.dst); ok {
			a.dst, a.aliased = foreign, true
			return
		}
	}
}

// aliasSrc makes a foreign source look as the hosts behind the way out know it.
func (e *Engine) aliasSrc(k *arrival, a *attempt) {
	for i := range e.r.Aliases {
		l := &e.r.Aliases[i]
		if l.Port != a.out {
			continue
		}
		if own, ok := swap(l.Foreign, l.DNAT, k.key.src); ok {
			a.src = own
			return
		}
	}
}
