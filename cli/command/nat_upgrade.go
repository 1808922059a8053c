package command

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// 8.3 reads the nat, global and static lines of older releases and makes objects and rules of them; lists that are bound to an
// interface name real addresses afterwards (Cisco ASA 5500 Migration to Version 8.3).
// unverified: the names of what is made; limits of a line, which 8.3 has in policy-maps, are dropped with a word.

// natUpgrade are the lines that only an older release has.
var natUpgrade = []*Command{olderLine(global), olderLine(nat), olderLine(static), olderLine(natControl)}

func olderLine(c *Command) *Command {
	return &Command{Name: c.Name, Mode: c.Mode, Span: since83, Syntax: c.Syntax, NoSyntax: c.NoSyntax, Set: c.Set, No: c.No}
}

// migrateNAT makes a table of the translations that an older configuration left in e: exemptions and what goes by a list
// first, then statics and pools as rules of objects. It returns what the box prints about it.
func migrateNAT(e *config.Edit) []string {
	m := natMigration{e: e, used: map[string]bool{}}
	c := e.View()
	for _, n := range c.NATs.All() {
		if n.ID == 0 && n.ACL != "" {
			m.exempt(n)
		}
	}
	for _, s := range c.Statics.All() {
		m.static(s)
	}
	for _, n := range c.NATs.All() {
		m.nat(n)
	}
	if c.NATControl {
		m.control()
	}
	keepIdentity(e)
	lists := m.realLists()
	e.ClearNATs()
	e.ClearGlobals()
	e.ClearStatics()
	e.SetNATControl(false)
	return slices.Concat([]string{m.say(release.MigrationNAT)}, m.said, []string{m.say(release.MigrationDone), m.say(release.MigrationReal)}, lists)
}

type natMigration struct {
	e    *config.Edit
	used map[string]bool // objects that have a rule
	said []string
}

func (m *natMigration) say(key release.Key, args ...any) string {
	return m.e.View().Release.Say(key, args...)
}

// printer is that of the old lines, which the box quotes.
func (m *natMigration) printer() printer {
	return printerFor(m.e.View(), View{Release: m.e.View().Release})
}

// lost says that the limits of a line are not taken over.
func (m *natMigration) lost(l config.Limits, line string) {
	if l != (config.Limits{}) {
		m.said = append(m.said, m.say(release.MigrationLimits), strings.TrimRight(line, " "))
	}
}

// control is nat-control: what nothing translates on its way to a lower level gets no further. A rule at the end of the
// second section has what is left of each pair of interfaces, and an address that is none.
func (m *natMigration) control() {
	all := namedInterfaces(m.e.View())
	for _, high := range all {
		for _, low := range all {
			if high.Level <= low.Level || m.hasAll(high.Name, low.Name) {
				continue
			}
			pool := m.object(config.Host(netip.IPv4Unspecified()), false)
			anyone := m.object(config.Net{Addr: netip.IPv4Unspecified(), Mask: netip.IPv4Unspecified()}, true)
			m.own(anyone, config.NATRule{RealIf: high.Name, MappedIf: low.Name, Dynamic: true, MappedSrc: pool})
		}
	}
}

// hasAll tells whether a rule translates every host of one interface towards another.
func (m *natMigration) hasAll(real, mapped string) bool {
	for _, r := range m.e.View().NATTable() {
		if r.Object == "" || r.RealIf != real || r.MappedIf != mapped && r.MappedIf != config.AnyIf {
			continue
		}
		o, ok := m.e.View().ObjectGroup(r.Object)
		for _, v := range o.Members.All() {
			if ok && v.Net.IsAny() {
				return true
			}
		}
	}
	return false
}

// object is the object of a network, made where there is none; free: one that has no rule yet.
func (m *natMigration) object(n config.Net, free bool) string {
	name := "obj-" + n.Addr.String()
	if n.IsAny() {
		name = "obj_any"
	}
	for i := 0; ; i++ {
		id := name
		if i > 0 {
			id = fmt.Sprintf("%s-%02d", name, i)
		}
		if !m.e.SetObject(id, config.GroupNetwork) {
			continue
		}
		o, _ := m.e.View().ObjectGroup(id)
		if o.Size() == 0 {
			m.e.SetObjectValue(id, config.Member{Net: n.Masked()})
		} else if !m.holds(o, config.Member{Net: n.Masked()}) {
			continue
		}
		if free && m.used[id] {
			continue
		}
		return id
	}
}

func (m *natMigration) holds(o *config.ObjectGroup, v config.Member) bool {
	for _, w := range o.Members.All() {
		return w.Net == v.Net && w.Last == v.Last
	}
	return false
}

// exempt makes a rule of each entry of a list of nat 0: both ends stay as they are.
func (m *natMigration) exempt(n config.NAT) {
	m.byList(n.ACL, func(src, dst config.Net) {
		s, d := m.object(src, false), m.object(dst, false)
		m.e.AddTwice(false, 0, config.NATRule{
			RealIf: n.If, MappedIf: config.AnyIf, Src: s, MappedSrc: s, Twice: true, Dst: d, MappedDst: d,
		})
	})
}

// byList calls f for the ends of each rule that a list permits.
func (m *natMigration) byList(name string, f func(src, dst config.Net)) {
	l, ok := m.e.View().ACL(name)
	if !ok {
		return
	}
	x := m.e.View().Expander()
	for _, a := range l.Entries.All() {
		if a.Kind == config.ACERemark || !a.Permit {
			continue
		}
		for r := range x.Rules(a) {
			if r.Src.Net.IsValid() && r.Dst.Net.IsValid() {
				f(r.Src.Net, r.Dst.Net)
			}
		}
	}
}

func (m *natMigration) static(s *config.Static) {
	r := config.NATRule{RealIf: s.RealIf, MappedIf: s.MappedIf, Interface: s.MappedInterface, DNS: s.DNS}
	if s.ACL != "" {
		m.byList(s.ACL, func(src, dst config.Net) {
			v := r
			v.Src, v.Twice = m.object(src, false), true
			v.Dst = m.object(dst, false)
			v.MappedDst = v.Dst
			if !s.MappedInterface {
				v.MappedSrc = m.object(config.Net{Addr: s.Mapped, Mask: src.Mask}, false)
			}
			m.e.AddTwice(false, 0, v)
		})
		return
	}
	m.lost(s.Limits, staticText(m.printer(), s))
	name := m.object(config.Net{Addr: s.Real, Mask: s.Mask}, true)
	r.MappedAddr, r.Proto, r.RealPort, r.MappedPort = s.Mapped, s.Proto, s.RealPort, s.MappedPort
	if r.Proto != 0 { // a rule of ports has no place for it
		r.DNS = false
	}
	m.own(name, r)
}

// own gives an object its rule.
func (m *natMigration) own(name string, r config.NATRule) {
	m.used[name] = true
	m.e.SetObjectNAT(name, &r)
}

// nat makes a rule of a line and each pool of its number, or of nat 0 one that changes nothing.
func (m *natMigration) nat(n config.NAT) {
	m.lost(n.Limits, natText(m.printer(), n))
	if n.ID != 0 {
		m.poolless(n)
	}
	switch {
	case n.ID == 0 && n.ACL != "":
	case n.ID == 0:
		r := config.NATRule{RealIf: n.If, MappedIf: config.AnyIf, MappedAddr: n.Net.Addr}
		m.own(m.object(n.Net, true), r)
	case n.ACL != "":
		for _, r := range m.pools(n) {
			m.byList(n.ACL, func(src, dst config.Net) {
				v := r
				v.Src, v.Dst, v.Twice = m.object(src, false), m.object(dst, false), true
				v.MappedDst = v.Dst
				if v.MappedAddr.IsValid() {
					v.MappedSrc, v.MappedAddr = m.object(config.Host(v.MappedAddr), false), netip.Addr{}
				}
				m.e.AddTwice(false, 0, v)
			})
		}
	default:
		for _, r := range m.pools(n) {
			m.own(m.object(n.Net, true), r)
		}
	}
}

// poolless says towards which interfaces a line has no pool, and so no rule.
func (m *natMigration) poolless(n config.NAT) {
	c := m.e.View()
	from, _ := c.Interface(n.If)
	for _, f := range namedInterfaces(c) {
		if f.Name == n.If || f.Level > from.Level || c.HasPool(f.Name, n.ID) {
			continue
		}
		m.said = append(m.said, m.say(release.MigrationPoolless, f.Name), strings.TrimRight(natText(m.printer(), n), " "))
	}
}

// pools are the rules of a nat line, one for each interface that has pools of its number.
func (m *natMigration) pools(n config.NAT) []config.NATRule {
	by := map[string][]config.Global{}
	var order []string
	for _, g := range m.e.View().Globals.All() {
		if g.ID == n.ID {
			if len(by[g.If]) == 0 {
				order = append(order, g.If)
			}
			by[g.If] = append(by[g.If], g)
		}
	}
	var out []config.NATRule
	for _, ifname := range order {
		r := config.NATRule{RealIf: n.If, MappedIf: ifname, Dynamic: true, DNS: n.DNS}
		var members []config.Member
		for _, g := range by[ifname] {
			switch {
			case g.Interface:
				r.Interface = true
			case g.PAT():
				members = append(members, config.Member{Net: config.Host(g.First)})
			default:
				members = append(members, config.Member{Net: config.Host(g.First), Last: g.Last})
			}
		}
		switch {
		case len(members) == 1 && !members[0].Last.IsValid():
			r.MappedAddr = members[0].Net.Addr
		case len(members) > 0:
			r.MappedSrc = m.poolObject(ifname, n.ID, members)
		}
		out = append(out, r)
	}
	return out
}

// poolObject is the object of a range, or the group of several pools.
func (m *natMigration) poolObject(ifname string, id int, members []config.Member) string {
	var names []string
	for _, v := range members {
		name := "obj-" + v.Net.Addr.String()
		if v.Last.IsValid() {
			name += "-" + v.Last.String()
		}
		m.e.SetObject(name, config.GroupNetwork)
		m.e.SetObjectValue(name, v)
		names = append(names, name)
	}
	if len(names) == 1 {
		return names[0]
	}
	group := fmt.Sprintf("og-global-%s_%d", ifname, id)
	m.e.SetGroupKind(group, config.GroupNetwork)
	for _, name := range names {
		m.e.AddMember(group, config.Member{Group: name, Object: true})
	}
	return group
}

// realLists makes the lists that are bound inbound name the real addresses of hosts that a static translates on the list's
// interface, and says which.
func (m *natMigration) realLists() (said []string) {
	c := m.e.View()
	for _, b := range c.Groups {
		if b.Out {
			continue
		}
		changed := false
		m.e.MapACEs(b.ACL, func(a config.ACE) config.ACE {
			v := m.realEntry(b.If, a)
			changed = changed || v.Dst != a.Dst
			return v
		})
		if changed {
			said = append(said, m.say(release.MigrationList, b.ACL))
		}
	}
	if len(said) == 0 {
		said = []string{m.say(release.MigrationNoList)}
	}
	return said
}

// realEntry is an entry with the real destination of a static; ports follow a port redirection.
func (m *natMigration) realEntry(ifname string, a config.ACE) config.ACE {
	if a.Kind == config.ACERemark || !a.Dst.Net.IsHost() && a.Dst.If == "" {
		return a
	}
	f, _ := m.e.View().Interface(ifname)
	for _, s := range m.e.View().Statics.All() {
		self := s.MappedInterface && (a.Dst.If == ifname || f.Addr.IsValid() && a.Dst.Net == config.Host(f.Addr.Addr()))
		if s.MappedIf != ifname || !s.Real.IsValid() || !self && !(config.Net{Addr: s.Mapped, Mask: s.Mask}).Contains(a.Dst.Net.Addr) {
			continue
		}
		if s.Proto != 0 && (s.Proto != a.Proto || a.Dst.Port.Op != config.PortEq || a.Dst.Port.Lo != s.MappedPort) {
			continue
		}
		if s.Proto != 0 {
			a.Dst.Port.Lo = s.RealPort
		}
		a.Dst.Net, a.Dst.If = config.Host(realOf(s, a.Dst.Net.Addr)), ""
		return a
	}
	return a
}

// realOf is the real address behind one that a static maps.
func realOf(s *config.Static, mapped netip.Addr) netip.Addr {
	if !mapped.IsValid() {
		return s.Real
	}
	real, mask, m := s.Real.As4(), s.Mask.As4(), mapped.As4()
	for i := range real {
		real[i] = real[i]&mask[i] | m[i]&^mask[i]
	}
	return netip.AddrFrom4(real)
}
