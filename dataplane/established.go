package dataplane

// PortClause is a protocol and a range of its ports; Proto 0 is no clause, ports 0 0 are all.
type PortClause struct {
	Proto  uint8
	Lo, Hi uint16
}

// Established lets a host that somebody behind a higher level has a connection to open another one back to him, though no
// list permits it.
type Established struct {
	Proto    uint8  // of the connection that there must be
	Dst, Src uint16 // its ports as it was opened; 0: any
	To, From PortClause
}

func (c *PortClause) fits(proto uint8, port uint16) bool {
	return c.Proto == 0 || c.Proto == proto && (c.Lo == 0 && c.Hi == 0 || c.Lo <= port && port <= c.Hi)
}

// callsBack tells whether a refused packet belongs to a connection that an established line lets in. It looks through
// the connections of the one host that is called.
func (e *Engine) callsBack(k *arrival, a *attempt) bool {
	if len(e.r.Established) == 0 || !a.inbound || !hasPorts(k.key.proto) || k.key.query != 0 {
		return false
	}
	h := e.hostAt(hostKey{a.out, a.dst})
	if h == 0 {
		return false
	}
	for i := e.hosts.at(h).first; i != 0; i = e.flows.at(i).after {
		f := e.flows.at(i)
		if f.inbound() || f.ways[0].dst != k.key.src {
			continue
		}
		for n := range e.r.Established {
			if e.r.Established[n].lets(f, k) {
				return true
			}
		}
	}
	return false
}

func (s *Established) lets(f *flow, k *arrival) bool {
	w := &f.ways[0]
	return w.proto == s.Proto && (s.Dst == 0 || s.Dst == w.dstPort) && (s.Src == 0 || s.Src == w.srcPort) &&
		s.To.fits(k.key.proto, k.key.dstPort) && s.From.fits(k.key.proto, k.key.srcPort)
}

// chain puts a connection into the list of its higher end's host.
func (e *Engine) chain(i uint32, f *flow) {
	if n := f.hosts[f.higher()]; n != 0 {
		h := e.hosts.at(n)
		if f.after = h.first; f.after != 0 {
			e.flows.at(f.after).before = i
		}
		h.first = i
	}
}

// unchain takes it out again.
func (e *Engine) unchain(f *flow) {
	n := f.hosts[f.higher()]
	switch {
	case n == 0 || f.box:
		return
	case f.before != 0:
		e.flows.at(f.before).after = f.after
	default:
		e.hosts.at(n).first = f.after
	}
	if f.after != 0 {
		e.flows.at(f.after).before = f.before
	}
}
