package config

import (
	"fmt"
	"net/netip"
)

// Limits are those of a static or nat line; 0 is unlimited.
type Limits struct {
	MaxConns, MaxEmbryonic int
	NoRandom               bool
	MaxUDP                 int // 7.0 and later: kept, and bounds nothing
}

// Global is a pool of addresses, or one address shared by port (PAT), on an interface.
type Global struct {
	If          string
	ID          int // pairs it with nat lines; 1 and up
	First, Last netip.Addr
	Range       bool       // typed as first-last, and so a pool even of one address (a 4.2(3) capture)
	Mask        netip.Addr // invalid: none was given
	Interface   bool       // the interface's own address, PAT; First and Last are invalid
}

// PAT reports whether the line is one address that hosts share by port.
func (g Global) PAT() bool { return g.Interface || !g.Range }

// NAT says which real addresses are translated to the pools of ID; 0 is no translation.
type NAT struct {
	If      string
	ID      int
	Net     Net    // invalid when ACL is set
	ACL     string // nat 0 access-list (exemption), or policy NAT; "" none
	DNS     bool
	Outside bool
	Limits
}

// RuleID names a nat line across edits, whatever its limits.
func (n NAT) RuleID() ID { return HashID(fmt.Sprint("nat ", n.If, " ", n.ID, " ", n.Net, " ", n.ACL)) }

// Static is a fixed translation. Proto 0 translates whole addresses, else one port of a host.
type Static struct {
	RealIf, MappedIf     string
	Proto                uint8 // 0, 6 or 17
	Mapped               netip.Addr
	MappedInterface      bool // the mapped interface's own address; Mapped is invalid
	MappedPort, RealPort uint16
	Real                 netip.Addr // invalid when ACL is set
	Mask                 netip.Addr // of both
	ACL                  string     // policy static
	DNS                  bool
	Limits
	// ID is of the canonical text without limits: an edited limit keeps the counter. AddStatic sets it.
	ID ID
}

// Mailhost is a static for a mail server with an SMTP-only opening that is inspected (4.0 and 4.1).
type Mailhost struct {
	RealIf, MappedIf string
	Mapped, Real     netip.Addr
	Limits
}

// ID names the opening that a mailhost line makes.
func (m Mailhost) ID() ID { return HashID(fmt.Sprint("mailhost ", m.Mapped, " ", m.Real)) }

// Conduit admits or denies connections from lower levels, the server's global address first.
type Conduit struct {
	Permit         bool
	Proto          uint8 // 0: ip
	Global         Net
	GlobalPort     PortMatch
	Foreign        Net
	ForeignPort    PortMatch
	ICMPType       int16  // -1: any
	RealIf, GlobIf string // the pair in parentheses of 4.0 and 4.1; "" where not given
	// Groups are object-groups in the places of the fields above, the global side as source; nil: none.
	Groups *GroupRefs
	ID     ID // AddConduit sets it
}

// ACE is the conduit as an entry of a list whose sources are the global addresses.
func (s *Conduit) ACE() ACE {
	return ACE{
		Permit: s.Permit, Proto: s.Proto, Src: ACEEnd{Net: s.Global, Port: s.GlobalPort}, Dst: ACEEnd{Net: s.Foreign, Port: s.ForeignPort},
		ICMPType: s.ICMPType, ICMPCode: -1, Groups: s.Groups, ID: s.ID,
	}
}

func (s Static) id() ID {
	k := key("static ").text(s.RealIf).text(s.MappedIf).num(int(s.Proto)).addr(s.Mapped).flag(s.MappedInterface)
	k = k.num(int(s.MappedPort)).num(int(s.RealPort)).addr(s.Real).addr(s.Mask).text(s.ACL)
	return k.id()
}

func (s Conduit) id() ID {
	k := key("conduit ").flag(s.Permit).num(int(s.Proto)).net(s.Global).ports(s.GlobalPort).net(s.Foreign).ports(s.ForeignPort)
	return k.num(int(s.ICMPType)).text(s.RealIf).text(s.GlobIf).groups(s.Groups).id()
}

// AddGlobal adds a pool; false when the same one exists.
func (e *Edit) AddGlobal(g Global) bool {
	if !add(&e.c.Globals, g) {
		return false
	}
	e.c.pools = e.c.pools.counting(g, 1)
	return true
}

func (g Global) key() ID {
	return key("global ").text(g.If).num(g.ID).addr(g.First).addr(g.Last).flag(g.Range).flag(g.Interface).id()
}

// pools finds the pools that hold an address: there may be as many of one address as hosts.
type pools struct {
	hosts  Map[int] // pools of one address
	ranges int      // others
}

func poolHost(ifname string, a netip.Addr) ID { return key("").text(ifname).addr(a).id() }

// counting is p with a pool more or less.
func (p pools) counting(g Global, by int) pools {
	switch id := poolHost(g.If, g.First); {
	case g.Interface:
	case g.First != g.Last:
		p.ranges += by
	default:
		n, _ := p.hosts.Get(id)
		if n += by; n == 0 {
			p.hosts = p.hosts.Remove(id)
		} else {
			p.hosts = p.hosts.Add(id, n)
		}
	}
	return p
}

// Pooled reports whether a pool on an interface has an address from first to last, but for the pool that is g itself.
func (c *Config) Pooled(g Global) bool {
	if g.First == g.Last && c.pools.ranges == 0 && !c.pools.hosts.Has(poolHost(g.If, g.First)) {
		return false
	}
	for v := range c.Globals.Values() {
		if v.If == g.If && !v.Interface && !v.Last.Less(g.First) && !g.Last.Less(v.First) && v != g {
			return true
		}
	}
	return false
}

// HasPool reports whether an interface has a pool of a number.
func (c *Config) HasPool(ifname string, id int) bool {
	for g := range c.Globals.Values() {
		if g.ID == id && g.If == ifname {
			return true
		}
	}
	return false
}

// RemoveGlobal removes a pool, whatever its mask; false when there is none such.
func (e *Edit) RemoveGlobal(g Global) bool {
	if !remove(&e.c.Globals, g.key()) {
		return false
	}
	e.c.pools = e.c.pools.counting(g, -1)
	return true
}

// ClearGlobals removes them all.
func (e *Edit) ClearGlobals() { e.c.Globals, e.c.pools = Table[Global]{}, pools{} }

// renameGlobals gives the pools of an interface its new name.
func (e *Edit) renameGlobals(one func(*string) bool) {
	all := renamedTable(e.c.Globals, func(v *Global) bool { return one(&v.If) })
	if all == e.c.Globals {
		return
	}
	e.ClearGlobals()
	for g := range all.Values() {
		e.AddGlobal(g)
	}
}

// SetNAT adds a nat line, or replaces the one of the same interface, number and addresses (its limits and options).
func (e *Edit) SetNAT(n NAT) { e.c.NATs = e.c.NATs.put(n) }

func (n NAT) key() ID { return key("nat ").text(n.If).num(n.ID).net(n.Net).text(n.ACL).id() }

// RemoveNAT removes a nat line, whatever its limits; false when there is none such.
func (e *Edit) RemoveNAT(n NAT) bool { return remove(&e.c.NATs, n.key()) }

// ClearNATs removes them all.
func (e *Edit) ClearNATs() { e.c.NATs = Table[NAT]{} }

// SetNATControl switches nat-control.
func (e *Edit) SetNATControl(on bool) { e.c.NATControl = on }

// SetStatic adds a static, or replaces the limits and options of the same one.
func (e *Edit) SetStatic(s Static) {
	s.ID = s.id()
	if !e.c.Statics.index.Has(s.ID) {
		e.c.mapped = e.c.mapped.counting(&s, 1)
	}
	e.c.Statics = e.c.Statics.put(&s)
}

func (s *Static) key() ID { return s.ID }

// mapped tells quickly that no static clashes with another: there may be as many as hosts.
type mapped struct {
	hosts Map[int] // statics of a mapped host, by mapped.host
	wide  int      // statics of networks and of interfaces
}

// host names the mapped address of a static of one host; false for others.
func (mapped) host(s *Static) (ID, bool) {
	return key(nil).text(s.MappedIf).addr(s.Mapped).id(), s.Mask == fullAddr && !s.MappedInterface
}

// counting is m with a static more or less.
func (m mapped) counting(s *Static, by int) mapped {
	id, one := m.host(s)
	if !one {
		m.wide += by
		return m
	}
	n, _ := m.hosts.Get(id)
	if n+by == 0 {
		m.hosts = m.hosts.Remove(id)
	} else {
		m.hosts = m.hosts.Add(id, n+by)
	}
	return m
}

// free reports that no static clashes with s; when it does not, one may.
func (m mapped) free(s *Static) bool {
	id, one := m.host(s)
	return one && m.wide == 0 && !m.hosts.Has(id)
}

// Overlap is the first static whose mapped addresses (and port) clash with those of s and which is not s itself.
func (c *Config) Overlap(s Static) (*Static, bool) {
	if c.mapped.free(&s) {
		return nil, false
	}
	id := s.id()
	for _, v := range c.Statics.All() {
		if v.ID != id && v.clashes(s) {
			return v, true
		}
	}
	return nil, false
}

func (s *Static) clashes(v Static) bool {
	if s.MappedIf != v.MappedIf || s.MappedInterface != v.MappedInterface || s.ACL != "" || v.ACL != "" {
		return false
	}
	if s.Proto != 0 && v.Proto != 0 && (s.Proto != v.Proto || s.MappedPort != v.MappedPort) {
		return false
	}
	if s.MappedInterface {
		return true
	}
	return Net{s.Mapped, s.Mask}.Contains(v.Mapped) || Net{v.Mapped, v.Mask}.Contains(s.Mapped)
}

// RemoveStatic removes a static, whatever its limits; false when there is none such.
func (e *Edit) RemoveStatic(s Static) bool {
	old, ok := e.c.Statics.get(s.id())
	if ok {
		e.c.mapped = e.c.mapped.counting(old, -1)
		e.c.Statics = e.c.Statics.remove(old.ID)
	}
	return ok
}

// ClearStatics removes them all.
func (e *Edit) ClearStatics() { e.c.Statics, e.c.mapped = Table[*Static]{}, mapped{} }

// AddConduit adds a conduit at the end; false when the same one exists.
func (e *Edit) AddConduit(v Conduit) bool {
	v.ID = v.id()
	if !add(&e.c.Conduits, &v) {
		return false
	}
	e.use(v.Groups, 1)
	return true
}

func (s *Conduit) key() ID { return s.ID }

// RemoveConduit removes a conduit; false when there is none such.
func (e *Edit) RemoveConduit(v Conduit) bool {
	old, ok := e.c.Conduits.get(v.id())
	if ok {
		e.c.Conduits = e.c.Conduits.remove(old.ID)
		e.use(old.Groups, -1)
	}
	return ok
}

// ClearConduits removes them all.
func (e *Edit) ClearConduits() {
	for v := range e.c.Conduits.Values() {
		e.use(v.Groups, -1)
	}
	e.c.Conduits = Table[*Conduit]{}
}

// SetMailhost adds a mailhost, or replaces the limits of the same one.
func (e *Edit) SetMailhost(m Mailhost) {
	for i, v := range e.c.Mailhosts {
		if v.same(m) {
			e.c.Mailhosts = replaced(e.c.Mailhosts, i, m)
			return
		}
	}
	e.c.Mailhosts = added(e.c.Mailhosts, m)
}

func (m Mailhost) same(v Mailhost) bool { m.Limits, v.Limits = Limits{}, Limits{}; return m == v }

// RemoveMailhost removes a mailhost, whatever its limits; false when there is none such.
func (e *Edit) RemoveMailhost(m Mailhost) bool { return removeFirst(&e.c.Mailhosts, m.same) }

// ClearMailhosts removes them all.
func (e *Edit) ClearMailhosts() { e.c.Mailhosts = nil }

func (e *Edit) renameStatics(one func(*string) bool) {
	old := e.c.Statics
	changed := false
	var out Table[*Static]
	var to mapped
	for _, v := range old.All() {
		w := *v
		a, b := one(&w.RealIf), one(&w.MappedIf)
		if w != *v {
			w.ID, changed = w.id(), true
			v = &w
		}
		if !a && !b {
			out, to = out.put(v), to.counting(v, 1)
		}
	}
	if changed {
		e.c.Statics, e.c.mapped = out, to
	}
}

func (e *Edit) renameConduits(one func(*string) bool) {
	var out []Conduit
	changed := false
	for _, v := range e.c.Conduits.All() {
		w := *v
		if w.RealIf != "" && (one(&w.RealIf) || one(&w.GlobIf)) {
			changed = true
			continue
		}
		changed = changed || w != *v
		out = append(out, w)
	}
	if !changed {
		return
	}
	e.ClearConduits()
	for _, w := range out {
		e.AddConduit(w)
	}
}

// addUnique appends v unless it is there.
func addUnique[E comparable](s *[]E, v E) bool {
	for _, w := range *s {
		if w == v {
			return false
		}
	}
	*s = added(*s, v)
	return true
}

// removeFirst takes the first entry away that fits.
func removeFirst[E any](s *[]E, fits func(E) bool) bool {
	for i, v := range *s {
		if fits(v) {
			*s = without(*s, i)
			return true
		}
	}
	return false
}
