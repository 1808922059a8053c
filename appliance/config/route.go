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

func (r Route) key() ID { return r.to().addr(r.Via).id() }

func (r Route) to() key { return key("route ").text(r.If).net(r.Net) }

func (a ARP) key() ID { return key("arp ").text(a.If).addr(a.Addr).id() }
func (i ICMP) key() ID {
	return key("icmp ").flag(i.Permit).net(i.Net).num(int(i.Type)).text(i.If).id()
}

// AddRoute adds a route; false when there is one to the same network by the same next hop.
func (e *Edit) AddRoute(r Route) bool {
	if !add(&e.c.Routes, r) {
		return false
	}
	to := key("").net(r.Net).id()
	all, _ := e.c.hops.Get(to)
	e.c.hops = e.c.hops.Add(to, added(all, r))
	return true
}

// RoutesTo are the routes to a network, in order of entry.
func (c *Config) RoutesTo(n Net) []Route {
	all, _ := c.hops.Get(key("").net(n).id())
	return all
}

// HasRoute reports whether there is a route like r, whatever else it says.
func (c *Config) HasRoute(r Route) bool {
	v, ok := c.Routes.get(r.key())
	return ok && v == r
}

// RemoveRoute removes a route; an invalid Via fits any. It reports false when there is none such.
func (e *Edit) RemoveRoute(r Route) bool {
	all := e.c.RoutesTo(r.Net)
	for i, v := range all {
		if v.If == r.If && (!r.Via.IsValid() || v.Via == r.Via) {
			e.c.Routes = e.c.Routes.remove(v.key())
			to := key("").net(r.Net).id()
			if e.c.hops = e.c.hops.Remove(to); len(all) > 1 {
				e.c.hops = e.c.hops.Add(to, without(all, i))
			}
			return true
		}
	}
	return false
}

// ClearRoutes removes them all.
func (e *Edit) ClearRoutes() { e.c.Routes, e.c.hops = Table[Route]{}, Map[[]Route]{} }

// renameRoutes gives the routes of an interface its new name.
func (e *Edit) renameRoutes(one func(*string) bool) {
	all := renamedTable(e.c.Routes, func(v *Route) bool { return one(&v.If) })
	if all == e.c.Routes {
		return
	}
	e.ClearRoutes()
	for r := range all.Values() {
		e.AddRoute(r)
	}
}

// SetARP adds a permanent entry, or replaces the one of the same address.
func (e *Edit) SetARP(a ARP) {
	e.c.ARP = e.c.ARP.put(a)
}

// RemoveARP removes an entry; false when there is none such.
func (e *Edit) RemoveARP(ifname string, a netip.Addr) bool {
	return remove(&e.c.ARP, ARP{If: ifname, Addr: a}.key())
}

// ClearARP removes every permanent entry.
func (e *Edit) ClearARP() { e.c.ARP = Table[ARP]{} }

// SetARPTimeout sets the age at which a learned entry goes.
func (e *Edit) SetARPTimeout(d time.Duration) { e.c.ARPTimeout = d }

// AddICMP adds a rule at the end; false when the same one exists.
func (e *Edit) AddICMP(i ICMP) bool { return add(&e.c.ICMP, i) }

// RemoveICMP removes a rule; false when there is none such.
func (e *Edit) RemoveICMP(i ICMP) bool { return remove(&e.c.ICMP, i.key()) }

// ClearICMP removes every rule.
func (e *Edit) ClearICMP() { e.c.ICMP = Table[ICMP]{} }

// Towards is the name of the interface behind which addr lies: that of its network, else of the most specific route,
// else the one that is meant where none is given.
func (c *Config) Towards(addr netip.Addr) string {
	for _, f := range c.Interfaces {
		if f.Name != "" && f.Addr.Masked().Contains(addr) {
			return f.Name
		}
	}
	var best Route
	for r := range c.Routes.Values() {
		if r.Net.Contains(addr) && (best.If == "" || best.Net.Mask.Less(r.Net.Mask)) {
			best = r
		}
	}
	if best.If == "" {
		return c.Inside()
	}
	return best.If
}
