package config

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"slices"
)

// AnyIf stands for every interface in a rule of the translation table.
const AnyIf = "any"

// NATRule is a line of the translation table of 8.3 and later: one of twice NAT, or that of an object. Src, MappedSrc,
// Dst, MappedDst and Pool name objects or groups of networks, Service and MappedService objects of services. It is
// immutable.
type NATRule struct {
	RealIf, MappedIf string // AnyIf: any
	Dynamic          bool
	Object           string // the object that the rule belongs to, then its source; "": twice NAT
	Src              string // "": any
	MappedSrc        string
	MappedAddr       netip.Addr // of an object's rule, in the place of MappedSrc
	Interface        bool       // the mapped interface's own address: alone, or behind MappedSrc or Pool of a dynamic rule
	Pool             string     // pat-pool
	PoolAddr         netip.Addr // of an object's rule, in the place of Pool
	RoundRobin       bool
	Extended         bool
	Flat             bool
	Reserve          bool   // flat include-reserve
	Twice            bool   // destination static was said
	Dst, MappedDst   string // "" of Dst: any
	DstInterface     bool   // the real interface's own address in the place of MappedDst
	Service          string // as the real side sees it
	MappedService    string
	Proto            uint8 // of an object's rule: TCP or UDP of RealPort and MappedPort
	RealPort         uint16
	MappedPort       uint16
	NetToNet         bool
	DNS              bool
	Unidirectional   bool
	NoProxyARP       bool
	RouteLookup      bool
	Inactive         bool
	Description      string
	ID               ID // set by the Edit
}

// names are the objects and groups that a rule names, "" among them.
func (r *NATRule) names() [7]string {
	return [...]string{r.Src, r.MappedSrc, r.Pool, r.Dst, r.MappedDst, r.Service, r.MappedService}
}

// key is that of all rules that translate the same: whether they are inactive and what is said of them does not count.
func (r *NATRule) key() ID {
	v := *r
	v.Inactive, v.Description, v.ID = false, "", 0
	return HashID(fmt.Sprintf("%+v", v))
}

func (r *NATRule) id() ID {
	k := key("nat ").text(r.RealIf).text(r.MappedIf).flag(r.Dynamic).text(r.Object).addr(r.MappedAddr).flag(r.Interface)
	for _, name := range r.names() {
		k = k.text(name)
	}
	k = k.addr(r.PoolAddr).flag(r.Twice).flag(r.DstInterface).num(int(r.Proto)).num(int(r.RealPort)).num(int(r.MappedPort))
	return k.flag(r.DNS).flag(r.Unidirectional).id()
}

// NATTable is the translation table in its order, each rule with the number of its section: 1 twice NAT, 2 the rules of
// objects (static before dynamic, few addresses before many, low addresses before high, names by the alphabet), 3 twice NAT
// behind them.
func (c *Config) NATTable() iter.Seq2[int, *NATRule] {
	return func(yield func(int, *NATRule) bool) {
		for _, r := range c.Twice.All() {
			if !yield(1, r) {
				return
			}
		}
		for _, r := range c.objectRules() {
			if !yield(2, r) {
				return
			}
		}
		for _, r := range c.TwiceAfter.All() {
			if !yield(3, r) {
				return
			}
		}
	}
}

func (c *Config) objectRules() []*NATRule {
	type entry struct {
		rule  *NATRule
		size  uint64
		first uint32
	}
	var all []entry
	for o := range c.ObjectGroups() {
		if o.NAT == nil {
			continue
		}
		v := entry{rule: o.NAT}
		for _, m := range o.Members.All() {
			if first, last, ok := m.Span(); ok {
				v.size, v.first = uint64(last-first)+1, first
			}
		}
		all = append(all, v)
	}
	slices.SortStableFunc(all, func(a, b entry) int {
		static := cmp.Compare(dynamic(a.rule), dynamic(b.rule))
		return cmp.Or(static, cmp.Compare(a.size, b.size), cmp.Compare(a.first, b.first), cmp.Compare(a.rule.Object, b.rule.Object))
	})
	rules := make([]*NATRule, len(all))
	for i, v := range all {
		rules[i] = v.rule
	}
	return rules
}

func dynamic(r *NATRule) int {
	if r.Dynamic {
		return 1
	}
	return 0
}

// Span is the first and the last address of a network's member, as numbers; false when it has none: a name, a group, or a
// mask with holes.
func (m *Member) Span() (first, last uint32, ok bool) {
	if !m.Net.IsValid() {
		return 0, 0, false
	}
	first = u32(m.Net.Addr)
	if m.Last.IsValid() {
		return first, u32(m.Last), true
	}
	_, ok = m.Net.Prefix()
	return first, first | ^u32(m.Net.Mask), ok
}

// section is the list of twice NAT rules before or behind those of the objects.
func (e *Edit) section(after bool) *Table[*NATRule] {
	if after {
		return &e.c.TwiceAfter
	}
	return &e.c.Twice
}

// AddTwice adds a rule before line (1 is the first) of its section or, when line is 0 or behind the end, at the end. A rule
// that is there already is only set inactive or described anew.
func (e *Edit) AddTwice(after bool, line int, r NATRule) {
	r.ID = r.id()
	s := e.section(after)
	if s.index.Has(r.key()) {
		*s = s.put(&r)
		return
	}
	at := s.Len()
	if line > 0 && line-1 < at {
		at = line - 1
	}
	*s = s.insert(at, &r)
	e.useByNAT(&r, 1)
}

// MapNAT gives every rule the options that f has for it; f leaves what the rule translates alone.
func (e *Edit) MapNAT(f func(NATRule) NATRule) {
	for _, s := range []*Table[*NATRule]{&e.c.Twice, &e.c.TwiceAfter} {
		var mapped Table[*NATRule]
		for r := range s.Values() {
			v := f(*r)
			v.ID = v.id()
			mapped = mapped.put(&v)
		}
		*s = mapped
	}
	for _, r := range e.c.objectRules() {
		v := f(*r)
		e.SetObjectNAT(r.Object, &v)
	}
}

// RemoveTwice removes a rule, from the section that it names or, by its line alone, what stands there; false when there is
// none such.
func (e *Edit) RemoveTwice(after bool, r NATRule) bool {
	s := e.section(after)
	v, ok := s.get(r.key())
	if ok {
		*s = s.remove(v.key())
		e.useByNAT(v, -1)
	}
	return ok
}

// ClearNATTable removes the rules of twice NAT, and those of objects.
func (e *Edit) ClearNATTable() {
	for _, after := range []bool{false, true} {
		s := e.section(after)
		for _, v := range s.All() {
			e.useByNAT(v, -1)
		}
		*s = Table[*NATRule]{}
	}
	for o := range e.View().ObjectGroups() {
		e.SetObjectNAT(o.Name, nil)
	}
}

// SetObjectNAT gives an object its rule, in the place of the one that it has; nil takes it away. It reports whether there
// was one to take.
func (e *Edit) SetObjectNAT(name string, r *NATRule) bool {
	o, ok := e.c.ObjectGroup(name)
	if !ok || o.NAT == nil && r == nil {
		return false
	}
	if o.NAT != nil {
		e.useByNAT(o.NAT, -1)
	}
	if r != nil {
		v := *r
		v.Object = name
		v.ID = v.id()
		r = &v
		e.useByNAT(r, 1)
	}
	e.changeGroup(name, func(o *ObjectGroup) { o.NAT = r })
	return true
}

// useByNAT counts a rule more or (by -1) less for what it names.
func (e *Edit) useByNAT(r *NATRule, by int) {
	for _, name := range r.names() {
		e.changeGroup(name, func(o *ObjectGroup) { o.uses += by })
	}
}

// renameTable follows the name of an interface; a rule of one that is gone goes with it.
func (e *Edit) renameTable(one func(*string) bool) {
	gone := func(r *NATRule) (NATRule, bool) {
		v := *r
		a, b := one(&v.RealIf), one(&v.MappedIf)
		return v, a || b
	}
	for _, after := range []bool{false, true} {
		for _, r := range e.section(after).All() {
			v, lost := gone(r)
			switch {
			case lost:
				e.RemoveTwice(after, *r)
			case v != *r:
				e.replaceTwice(after, r, v)
			}
		}
	}
	for o := range e.View().ObjectGroups() {
		if o.NAT == nil {
			continue
		}
		if v, lost := gone(o.NAT); lost {
			e.SetObjectNAT(o.Name, nil)
		} else if v != *o.NAT {
			e.SetObjectNAT(o.Name, &v)
		}
	}
}

func (e *Edit) replaceTwice(after bool, old *NATRule, v NATRule) {
	s := e.section(after)
	v.ID = v.id()
	for i, r := range s.All() {
		if r == old {
			*s = s.delete(i)
			*s = s.insert(i, &v)
			return
		}
	}
}
