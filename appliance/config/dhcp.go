package config

import (
	"cmp"
	"net/netip"
	"slices"
)

// DHCPPool is a range of addresses for the clients on an interface.
type DHCPPool struct {
	If          string
	First, Last netip.Addr
}

// Fits tells whether an interface of that address can have the pool: all of it is in its network, and it is no part of the pool.
func (p DHCPPool) Fits(on netip.Prefix) bool {
	own := on.Addr()
	return on.Contains(p.First) && on.Contains(p.Last) && (own.Less(p.First) || p.Last.Less(own))
}

// DHCPOption is a further option for clients.
type DHCPOption struct {
	Code  int
	Kind  string        // "ascii", "hex" or "ip"
	Text  string        // of ascii and hex
	Addrs [2]netip.Addr // of ip; the second may be invalid
}

// DHCPValues are what clients are told beside their addresses.
type DHCPValues struct {
	DNS, WINS []netip.Addr
	Lease     int // seconds; 0: no line, the usual one
	Ping      int // milliseconds; 0: likewise
	Domain    string
	Options   []DHCPOption // by code
}

// DHCPOwn is what the clients of one interface are told instead (7.0 and later).
type DHCPOwn struct {
	If string
	DHCPValues
}

// DHCPD is the DHCP server. The zero value is none.
type DHCPD struct {
	DHCPValues
	Pools   []DHCPPool // one an interface at most
	Own     []DHCPOwn  // one an interface at most
	Auto    bool       // auto_config
	AutoIf  string
	Enabled []string // interfaces, in order of entry
}

// Of is what the clients of an interface are told: what is its own goes before what holds for all.
func (d *DHCPD) Of(ifname string) DHCPValues {
	v := d.DHCPValues
	for _, o := range d.Own {
		if o.If != ifname {
			continue
		}
		if len(o.DNS) > 0 {
			v.DNS = o.DNS
		}
		if len(o.WINS) > 0 {
			v.WINS = o.WINS
		}
		v.Lease, v.Ping, v.Domain = cmp.Or(o.Lease, v.Lease), cmp.Or(o.Ping, v.Ping), cmp.Or(o.Domain, v.Domain)
		for _, p := range o.Options {
			v.SetOption(p)
		}
	}
	return v
}

// SetOwn changes by f what is an interface's own.
func (d *DHCPD) SetOwn(ifname string, f func(*DHCPValues)) {
	own, i := DHCPOwn{If: ifname}, slices.IndexFunc(d.Own, func(o DHCPOwn) bool { return o.If == ifname })
	rest := slices.Clone(d.Own)
	if i >= 0 {
		own, rest = d.Own[i], slices.Delete(rest, i, i+1)
	}
	f(&own.DHCPValues)
	if v := &own.DHCPValues; len(v.DNS)+len(v.WINS)+v.Lease+v.Ping+len(v.Domain)+len(v.Options) > 0 {
		rest = append(rest, own)
	}
	d.Own = rest
}

// The usual times of a DHCP server.
const (
	DHCPLease = 3600 // seconds
	DHCPPing  = 750  // milliseconds
)

// SetDHCPD changes the DHCP server by f, which gets a copy. Slices in it must be replaced, not written to.
func (e *Edit) SetDHCPD(f func(*DHCPD)) { f(&e.c.DHCPD) }

// Pool is the pool of an interface.
func (d *DHCPD) Pool(ifname string) (DHCPPool, bool) {
	for _, p := range d.Pools {
		if p.If == ifname {
			return p, true
		}
	}
	return DHCPPool{}, false
}

// Serves reports whether the server is switched on on an interface.
func (d *DHCPD) Serves(ifname string) bool { return slices.Contains(d.Enabled, ifname) }

// SetPool gives an interface a pool, in place of the one that it has.
func (d *DHCPD) SetPool(p DHCPPool) { put(&d.Pools, p, func(v *DHCPPool) bool { return v.If == p.If }) }

// RemovePool takes an interface's pool away; false when it has none.
func (d *DHCPD) RemovePool(ifname string) bool {
	return removeFirst(&d.Pools, func(v DHCPPool) bool { return v.If == ifname })
}

// SetOption sets an option, RemoveOption removes it; false when it is not set.
func (d *DHCPValues) SetOption(o DHCPOption) {
	d.RemoveOption(o.Code)
	at := 0
	for at < len(d.Options) && d.Options[at].Code < o.Code {
		at++
	}
	d.Options = spliced(d.Options, at, o)
}

// RemoveOption removes an option; false when it is not set.
func (d *DHCPValues) RemoveOption(code int) bool {
	return removeFirst(&d.Options, func(v DHCPOption) bool { return v.Code == code })
}

// Enable switches the server on on an interface, Disable off; false when it was off.
func (d *DHCPD) Enable(ifname string) {
	if !d.Serves(ifname) {
		d.Enabled = added(d.Enabled, ifname)
	}
}

// Disable switches the server off on an interface; false when it was off.
func (d *DHCPD) Disable(ifname string) bool {
	return removeFirst(&d.Enabled, func(v string) bool { return v == ifname })
}

// renameIf follows the name of an interface.
func (d *DHCPD) renameIf(one func(*string) bool) {
	d.Pools = renamed(d.Pools, func(v *DHCPPool) bool { return one(&v.If) })
	d.Enabled = renamed(d.Enabled, func(v *string) bool { return one(v) })
	own := make([]DHCPOwn, 0, len(d.Own))
	for _, o := range d.Own {
		if !one(&o.If) {
			own = append(own, o)
		}
	}
	d.Own = own
	if d.AutoIf != "" && one(&d.AutoIf) {
		d.Auto = false
	}
}
