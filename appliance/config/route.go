package config

import (
	"net/netip"
	"time"
)

// Route is a static route.
type Route struct {
	If     string
	Net    Net // masked
	Via    netip.Addr
	Metric int
	// Track is the object that the route hangs on, 0 none; Tunneled: it is for what comes out of tunnels. Both are 7.0 and
	// later, and kept only.
	Track    int
	Tunneled bool
}

// ARP is a permanent entry; Alias answers requests for the address as well.
type ARP struct {
	If    string
	Addr  netip.Addr
	MAC   [6]byte
	Alias bool
}

// ICMP says who may send ICMP to an interface of the box itself. Type -1 is any.
type ICMP struct {
	Permit bool
	Net    Net
	Type   int16
	If     string
}

// AddRoute adds a route; false when there is one to the same network by the same next hop.
func (e *Edit) AddRoute(r Route) bool {
	for _, v := range e.c.Routes {
		if v.Net == r.Net && v.Via == r.Via && v.If == r.If {
			return false
		}
	}
	e.c.Routes = added(e.c.Routes, r)
	return true
}

// RemoveRoute removes a route; an invalid Via fits any. It reports false when there is none such.
func (e *Edit) RemoveRoute(r Route) bool {
	return removeFirst(&e.c.Routes, func(v Route) bool {
		return v.If == r.If && v.Net == r.Net && (!r.Via.IsValid() || v.Via == r.Via)
	})
}

// ClearRoutes removes them all.
func (e *Edit) ClearRoutes() { e.c.Routes = nil }

// SetARP adds a permanent entry, or replaces the one of the same address.
func (e *Edit) SetARP(a ARP) {
	put(&e.c.ARP, a, func(v *ARP) bool { return v.If == a.If && v.Addr == a.Addr })
}

// RemoveARP removes an entry; false when there is none such.
func (e *Edit) RemoveARP(ifname string, a netip.Addr) bool {
	return removeFirst(&e.c.ARP, func(v ARP) bool { return v.If == ifname && v.Addr == a })
}

// ClearARP removes every permanent entry.
func (e *Edit) ClearARP() { e.c.ARP = nil }

// SetARPTimeout sets the age at which a learned entry goes.
func (e *Edit) SetARPTimeout(d time.Duration) { e.c.ARPTimeout = d }

// AddICMP adds a rule at the end; false when the same one exists.
func (e *Edit) AddICMP(i ICMP) bool { return addUnique(&e.c.ICMP, i) }

// RemoveICMP removes a rule; false when there is none such.
func (e *Edit) RemoveICMP(i ICMP) bool {
	return removeFirst(&e.c.ICMP, func(v ICMP) bool { return v == i })
}

// ClearICMP removes every rule.
func (e *Edit) ClearICMP() { e.c.ICMP = nil }

// Towards is the name of the interface behind which addr lies: that of its network, else of the most specific route,
// else the one that is meant where none is given.
func (c *Config) Towards(addr netip.Addr) string {
	for _, f := range c.Interfaces {
		if f.Name != "" && f.Addr.Masked().Contains(addr) {
			return f.Name
		}
	}
	var best Route
	for _, r := range c.Routes {
		if r.Net.Contains(addr) && (best.If == "" || best.Net.Mask.Less(r.Net.Mask)) {
			best = r
		}
	}
	if best.If == "" {
		return c.Inside()
	}
	return best.If
}
