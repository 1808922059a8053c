package appliance

import (
	"net/netip"
	"slices"

	"pixsim/appliance/config"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// natTable compiles the translation table of 8.3 and later. A rule that names an interface or addresses which are not there
// compiles to nothing.
func (k *compiler) natTable(c *config.Config, at ports) []dataplane.NATRule {
	t := tableCompiler{c: c, at: at, x: c.Expander()}
	var out []dataplane.NATRule
	for _, r := range c.NATTable() {
		if v, ok := t.rule(r); ok && !r.Inactive {
			if k.rel.NAT.IdentityByRoute && identical(&v) {
				v.RouteLookup, v.NoProxyARP = true, true
			}
			out = append(out, v)
		}
	}
	return out
}

// identical tells a static rule that leaves the source as it is.
func identical(v *dataplane.NATRule) bool {
	return !v.Dynamic && !v.MappedSelf && slices.Equal(v.Real, v.Mapped) && v.Ports.Real == v.Ports.Mapped
}

type tableCompiler struct {
	c  *config.Config
	at ports
	x  *config.Expander
}

func (t *tableCompiler) rule(r *config.NATRule) (dataplane.NATRule, bool) {
	v := dataplane.NATRule{
		ID: acl.ID(r.ID), Dynamic: r.Dynamic, Unidirectional: r.Unidirectional, DNS: r.DNS, NoProxyARP: r.NoProxyARP, RouteLookup: r.RouteLookup,
		DstSelf: r.DstInterface,
	}
	var ok [5]bool
	v.RealIf, ok[0] = t.port(r.RealIf)
	v.MappedIf, ok[1] = t.port(r.MappedIf)
	src := r.Src
	if r.Object != "" {
		src = r.Object
	}
	v.Real, ok[2] = t.addrs(src)
	v.Dst, ok[3] = t.addrs(r.Dst)
	v.MappedDst, ok[4] = t.addrs(r.MappedDst)
	for _, fine := range ok {
		if !fine {
			return v, false
		}
	}
	t.services(&v, r)
	if r.Dynamic {
		v.Pools = t.pools(r, v.MappedIf)
		v.PAT = dataplane.PATOptions{RoundRobin: r.RoundRobin, Flat: r.Flat, Reserve: r.Reserve, Extended: r.Extended}
		return v, len(v.Pools) > 0
	}
	v.MappedSelf = r.Interface
	if r.MappedAddr.IsValid() {
		v.Mapped = mappedFrom(packet.U32(r.MappedAddr), v.Real)
		return v, true
	}
	mapped, fine := t.addrs(r.MappedSrc)
	v.Mapped = mapped
	return v, fine
}

// mappedFrom are as many addresses from first on as are real.
func mappedFrom(first uint32, real dataplane.Addrs) dataplane.Addrs {
	n := uint32(0)
	for _, r := range real {
		n += r.Last - r.First
	}
	last := first + n
	if last < first {
		last = ^uint32(0)
	}
	return dataplane.Addrs{{First: first, Last: last}}
}

func (t *tableCompiler) port(name string) (dataplane.Port, bool) {
	if name == config.AnyIf {
		return dataplane.None, true
	}
	p, ok := t.at[name]
	return p, ok
}

// addrs are the addresses of an object or group; all for "", false where there is none.
func (t *tableCompiler) addrs(name string) (dataplane.Addrs, bool) {
	if name == "" {
		return nil, true
	}
	var out dataplane.Addrs
	for _, m := range t.x.Objects(name) {
		if first, last, ok := m.Span(); ok {
			out = append(out, dataplane.AddrRange{First: first, Last: last})
		}
	}
	return out, len(out) > 0
}

// pools are those of a dynamic rule: networks and ranges are given out address by address, hosts shared by port.
func (t *tableCompiler) pools(r *config.NATRule, port dataplane.Port) []dataplane.Pool {
	var out []dataplane.Pool
	add := func(first, last uint32, pat bool) {
		out = append(out, dataplane.Pool{Port: port, First: packet.Addr(first), Last: packet.Addr(last), PAT: pat})
	}
	each := func(name string, addr netip.Addr, pat bool) {
		if addr.IsValid() {
			add(packet.U32(addr), packet.U32(addr), true)
		}
		set, _ := t.addrs(name)
		for _, s := range set {
			add(s.First, s.Last, pat || s.First == s.Last)
		}
	}
	each(r.MappedSrc, r.MappedAddr, false)
	each(r.Pool, r.PoolAddr, true)
	if r.Interface {
		out = append(out, dataplane.Pool{Port: port, PAT: true, Interface: true})
	}
	return out
}

// services sets the ports of a rule: those of an object's rule, or those of the objects that twice NAT names, the first of
// which is what the real side sees.
func (t *tableCompiler) services(v *dataplane.NATRule, r *config.NATRule) {
	if r.Proto != 0 {
		v.Proto = r.Proto
		v.Ports = dataplane.NATPorts{Real: onePort(r.RealPort), Mapped: onePort(r.MappedPort)}
		return
	}
	if r.Service == "" {
		return
	}
	real, mapped := t.x.Objects(r.Service), t.x.Objects(r.MappedService)
	if len(real) == 0 || len(mapped) == 0 {
		return
	}
	v.Proto = real[0].Proto
	v.Ports = dataplane.NATPorts{
		Real: portSpan(real[0].Src), MappedDst: portSpan(real[0].Port), Mapped: portSpan(mapped[0].Src), Dst: portSpan(mapped[0].Port),
	}
}

func onePort(p uint16) dataplane.PortSpan { return dataplane.PortSpan{Lo: p, Hi: p} }

func portSpan(p config.PortMatch) dataplane.PortSpan {
	switch p.Op {
	case config.PortEq:
		return onePort(p.Lo)
	case config.PortRange:
		return dataplane.PortSpan{Lo: p.Lo, Hi: p.Hi}
	}
	return dataplane.PortSpan{}
}
