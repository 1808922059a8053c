package config

import (
	"net/netip"
	"slices"
	"strings"
)

// resolved is what names stand for, in lower case.
type resolved struct{ addrs map[string][]netip.Addr }

// SetResolved lays over the configuration what the names of its objects stand for now. It is no part of what was typed, and
// must not be written to afterwards.
func (e *Edit) SetResolved(addrs map[string][]netip.Addr) {
	v := &resolved{map[string][]netip.Addr{}}
	for name, all := range addrs {
		v.addrs[strings.ToLower(name)] = all
	}
	e.c.resolved = v
}

// Resolved are the addresses that a name stands for; none: it is not known.
func (c *Config) Resolved(name string) []netip.Addr {
	if c.resolved == nil {
		return nil
	}
	return c.resolved.addrs[strings.ToLower(name)]
}

// SameResolved reports whether nothing was laid over one of two configurations that was not over the other.
func (c *Config) SameResolved(o *Config) bool { return c.resolved == o.resolved }

// FQDNs are the names of the objects that lines name, in lower case and by the alphabet.
func (c *Config) FQDNs() (names []string) {
	for o := range c.ObjectGroups() {
		if !o.Object || !o.InUse() {
			continue
		}
		for _, m := range o.Members.All() {
			if m.FQDN != "" {
				names = append(names, strings.ToLower(m.FQDN))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// stood are the members that a name stands for: itself, and each address that is known.
func (x *Expander) stood(m *Member) []*Member {
	out := []*Member{m}
	for _, a := range x.c.Resolved(m.FQDN) {
		v := *m
		v.Net = Host(a)
		v.ID = m.ID.with(ID(u32(a)), 0)
		out = append(out, &v)
	}
	return out
}
