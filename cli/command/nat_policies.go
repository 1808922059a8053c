package command

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// The lines of translations of 7.0 to 8.2 as policies: what each of them does with the hosts of an interface towards another.
// unverified: the words, from memory of captures of packet-tracer and of show nat.

// translationPolicy is one of them.
type translationPolicy struct {
	line   acl.ID
	realIf string
	toward string
	match  string // "ip inside any outside any"
	real   config.ACEEnd
	other  config.ACEEnd
	action string
}

var (
	shownNATIf, natToIf     = natIfParam("real_ifc"), natIfParam("mapped_ifc")
	shownNATAddr, natToAddr = natAddrParam("real_ip"), natAddrParam("mapped_ip")
	shownNATMask, natToMask = natMaskParam("real_mask"), natMaskParam("mapped_mask")

	showNATPolicies = &Command{
		Name: "show nat", Help: "Show NAT policies", Mode: Privileged, Span: since72.Through(release.V(8, 2)),
		Syntax: show(g.Word("nat", "Show NAT policies"),
			g.Opt(shownNATIf, g.Opt(shownNATAddr, shownNATMask), g.Opt(natToIf, g.Opt(natToAddr, natToMask)))),
		Run: runShowNATPolicies,
	}
)

func natIfParam(name string) *g.Param[string] {
	return &g.Param[string]{Name: name, Help: "Name of interface", Type: g.IfName()}
}

func natAddrParam(name string) *g.Param[netip.Addr] {
	return &g.Param[netip.Addr]{Name: name, Help: "IP address", Type: g.Addr()}
}

func natMaskParam(name string) *g.Param[netip.Addr] {
	return &g.Param[netip.Addr]{Name: name, Help: "Netmask", Type: g.Mask()}
}

func runShowNATPolicies(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	p := printerFor(c, View{Release: s.Release(), Names: true})
	ifname, one := shownNATIf.Lookup(m)
	toward, two := natToIf.Lookup(m)
	var b strings.Builder
	for _, f := range namedInterfaces(c) {
		if one && f.Name != ifname {
			continue
		}
		shown := slices.DeleteFunc(natPolicies(p, f.Name), func(v translationPolicy) bool {
			real, a := shownNATAddr.Lookup(m)
			other, b := natToAddr.Lookup(m)
			return two && v.toward != toward || a && !holds(v.real, real) || b && !holds(v.other, other)
		})
		if len(shown) == 0 {
			continue
		}
		fmt.Fprintf(&b, "NAT policies on Interface %s:\n", f.Name)
		for _, v := range shown {
			b.WriteString(strings.Join(v.lines(s), "\n") + "\n")
		}
	}
	return emit(s, b.String())
}

// lines are a policy with what it did.
func (v translationPolicy) lines(s Session) []string {
	at, ok := portOf(s.Box().Config(), v.toward)
	var n dataplane.NATUse
	if ok {
		s.Box().Do(func(st *dataplane.State) { n = st.NATUse(v.line, at) })
	}
	return []string{
		"  match " + v.match, "    " + v.action,
		fmt.Sprintf("    translate_hits = %d, untranslate_hits = %d", n.Translated, n.Untranslated),
	}
}

// portOf is the port of an interface.
func portOf(c *config.Config, name string) (dataplane.Port, bool) {
	i := slices.IndexFunc(c.Interfaces, func(f config.Interface) bool { return f.Name == name })
	return dataplane.Port(i), i >= 0 && name != ""
}

// natPolicies are those of the hosts behind an interface, in the order in which they are asked: exemptions, statics, nat by
// access-lists, nat.
func natPolicies(p printer, ifname string) (all []translationPolicy) {
	nats := func(wants func(config.NAT) bool) {
		for _, n := range p.c.NATs.All() {
			if n.If == ifname && wants(n) {
				all = append(all, natPoliciesOf(p, n)...)
			}
		}
	}
	nats(func(n config.NAT) bool { return n.ID == 0 && n.ACL != "" })
	for _, s := range p.c.Statics.All() {
		if s.RealIf == ifname {
			all = append(all, staticPolicies(p, s)...)
		}
	}
	nats(func(n config.NAT) bool { return n.ID != 0 && n.ACL != "" })
	nats(func(n config.NAT) bool { return n.ACL == "" })
	return all
}

// natPoliciesOf are those of a nat line, one for each interface that its hosts may go to.
func natPoliciesOf(p printer, n config.NAT) (all []translationPolicy) {
	for _, f := range namedInterfaces(p.c) {
		if f.Name == n.If && n.ACL != "" {
			continue
		}
		v := translationPolicy{line: acl.ID(n.RuleID()), realIf: n.If, toward: f.Name, action: natAction(p, n, f)}
		all = append(all, v.matching(p, n.ACL, config.ACEEnd{Net: n.Net}, 0)...)
	}
	return all
}

// natAction is what a nat line does with its hosts on their way to an interface.
func natAction(p printer, n config.NAT, to config.Interface) string {
	switch {
	case n.ID == 0 && n.ACL != "":
		return "NAT exempt"
	case n.ID == 0:
		return "identity NAT translation, pool 0"
	}
	var pools []string
	for _, v := range p.c.Globals.All() {
		if v.ID == n.ID && v.If == to.Name {
			pools = append(pools, natPoolText(p, v, to))
		}
	}
	if len(pools) == 0 {
		pools = []string{"No matching global"}
	}
	return fmt.Sprintf("dynamic translation to pool %d (%s)", n.ID, strings.Join(pools, ", "))
}

// natPoolText is a pool in a policy.
func natPoolText(p printer, v config.Global, to config.Interface) string {
	switch {
	case v.Interface && to.Addr.IsValid():
		return p.addr(to.Addr.Addr()) + " [Interface PAT]"
	case v.Range:
		return p.addr(v.First) + " - " + p.addr(v.Last)
	}
	return p.addr(v.First)
}

// staticPolicies are those of a static: one, or one for each line of its access-list.
func staticPolicies(p printer, s *config.Static) (all []translationPolicy) {
	real := config.ACEEnd{Net: config.Net{Addr: s.Real, Mask: s.Mask}}
	mapped := p.addr(s.Mapped)
	if s.MappedInterface {
		f, _ := p.c.Interface(s.MappedIf)
		mapped = "interface"
		if f.Addr.IsValid() {
			mapped = p.addr(f.Addr.Addr())
		}
	}
	if s.Proto != 0 {
		real.Port = config.PortMatch{Op: config.PortEq, Lo: s.RealPort}
		mapped += "/" + p.port(s.Proto, s.MappedPort)
	}
	v := translationPolicy{line: acl.ID(s.ID), realIf: s.RealIf, toward: s.MappedIf, action: "static translation to " + mapped}
	return v.matching(p, s.ACL, real, s.Proto)
}

// matching are the policies of a line by what it fits: an end towards any, or the permitting lines of an access-list.
func (v translationPolicy) matching(p printer, list string, real config.ACEEnd, proto uint8) (all []translationPolicy) {
	add := func(proto uint8, src, dst config.ACEEnd) {
		v.real, v.other = src, dst
		v.match = g.ProtoName(p.rel, proto) + " " + v.realIf + p.end(proto, src, "", "") + " " + v.toward + p.end(proto, dst, "", "")
		all = append(all, v)
	}
	if list == "" {
		add(proto, real, config.ACEEnd{Net: config.Net{Addr: netip.IPv4Unspecified(), Mask: netip.IPv4Unspecified()}})
		return all
	}
	l, ok := p.c.ACL(list)
	if !ok {
		return nil
	}
	x := p.c.Expander()
	for _, a := range l.Entries.All() {
		if a.Kind == config.ACERemark || !a.Permit {
			continue
		}
		for r := range x.Rules(a) {
			add(r.Proto, r.Src, r.Dst)
		}
	}
	return all
}

// holds tells whether an end has an address.
func holds(end config.ACEEnd, addr netip.Addr) bool {
	pfx, ok := end.Net.Prefix()
	return ok && pfx.Contains(addr)
}

// policyOf is the policy of a line towards an interface; of several that of a host, if it is known.
func policyOf(p printer, line acl.ID, toward string, host netip.Addr) (translationPolicy, bool) {
	var fits []translationPolicy
	for _, f := range namedInterfaces(p.c) {
		for _, v := range natPolicies(p, f.Name) {
			if v.line == line && v.toward == toward {
				fits = append(fits, v)
			}
		}
	}
	at := slices.IndexFunc(fits, func(v translationPolicy) bool { return holds(v.real, host) })
	if len(fits) == 0 {
		return translationPolicy{}, false
	}
	return fits[max(at, 0)], true
}
