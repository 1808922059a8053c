package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/release"
)

// Interface is one interface of the box.
type Interface struct {
	Hardware string // "ethernet0", "Ethernet0/0"
	Name     string // nameif; "" none
	// Level is the security level, 0 the least trusted; -1 none (7.0 and later).
	Level    int
	Speed    string // up to 6.3 the hardware speed, "auto", "100full"; 7.0 and later "" (auto), "10", "100", "1000"
	Duplex   string // 7.0 and later: "" (auto), "full", "half"
	Shutdown bool
	// Addr is the address with its netmask, host bits kept; invalid: none. PIX up to 6.2 prints 127.0.0.1/32 for none.
	Addr           netip.Prefix
	Standby        netip.Addr // of the other unit (7.0 and later); invalid: none
	DHCP, SetRoute bool
	PPPoE          bool // the address, or leave to use it, comes from an access concentrator; kept only
	Retry          int  // of dhcp; 0 default
	Asked          int  // how often dhcp was typed: each time asks the server anew
	MTU            int  // octets
	VLAN           int
	Trunk          string // hardware of the interface that carries this one, up to 6.3; "": it is one of the machine
	Description    string
	ManagementOnly bool
}

// defaultInterfaces are those of the model: named and levelled up to 6.3, bare from 7.0 on.
func defaultInterfaces(rel *release.Release) []Interface {
	var out []Interface
	for i, hw := range rel.Model.Interfaces {
		f := Interface{Hardware: hw, Level: -1, MTU: 1500, Shutdown: true}
		if rel.Config.InterfaceName != "" {
			f.Name, f.Level = defaultName(&rel.Config, i)
			f.Speed, f.Shutdown = "auto", false
		}
		out = append(out, f)
	}
	return out
}

func defaultName(t *release.ConfigTraits, i int) (name string, level int) {
	switch i {
	case 0:
		return "outside", 0
	case 1:
		return "inside", 100
	}
	return fmt.Sprintf(t.InterfaceName, i), t.ThirdLevel + t.LevelStep*(i-2)
}

// Interface is the interface named by nameif, without regard to case.
func (c *Config) Interface(name string) (Interface, bool) {
	for _, f := range c.Interfaces {
		if f.Name != "" && strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return Interface{}, false
}

// Owns reports whether addr is an interface's own address.
func (c *Config) Owns(addr netip.Addr) bool {
	return slices.ContainsFunc(c.Interfaces, func(f Interface) bool { return f.Addr.IsValid() && f.Addr.Addr() == addr })
}

// InterfaceAt is the interface of a hardware id, and its index in Interfaces; -1 when there is none.
func (c *Config) InterfaceAt(hardware string) (Interface, int) {
	for i, f := range c.Interfaces {
		if strings.EqualFold(f.Hardware, hardware) {
			return f, i
		}
	}
	return Interface{}, -1
}

// TrunkOf is the index of the interface whose wire carries the one at index i: that of a VLAN's trunk, or i.
func (c *Config) TrunkOf(i int) int {
	on := c.Interfaces[i].Trunk
	if on == "" {
		on, _, _ = strings.Cut(c.Interfaces[i].Hardware, ".") // a subinterface of 7.0 and later
	}
	if _, at := c.InterfaceAt(on); at >= 0 {
		return at
	}
	return i
}

// Wired reports whether the interface at index i is one of the machine, or is carried by one: the others (a VLAN of a
// switch, a bundle of ports) have no wire.
func (c *Config) Wired(i int) bool {
	at := c.TrunkOf(i)
	return at < len(c.Release.Model.Interfaces) && c.Interfaces[at].Hardware == c.Release.Model.Interfaces[at]
}

// Inside is the name of the interface that is meant where none is given: "inside", else the one of the highest level.
func (c *Config) Inside() string { return c.byLevel("inside", func(a, b int) bool { return a > b }) }

// Outside is the counterpart of Inside.
func (c *Config) Outside() string { return c.byLevel("outside", func(a, b int) bool { return a < b }) }

func (c *Config) byLevel(usual string, better func(a, b int) bool) string {
	best := Interface{}
	for _, f := range c.Interfaces {
		if f.Name == usual {
			return usual
		}
		if f.Name != "" && (best.Name == "" || better(f.Level, best.Level)) {
			best = f
		}
	}
	return best.Name
}

// SetInterface changes the interface at index i by f, which gets a copy to write to. A change of the name follows
// through everything that names the interface; the empty name removes all of that. With another address goes a DHCP pool that
// does not fit it.
func (e *Edit) SetInterface(i int, f func(*Interface)) {
	v := e.c.Interfaces[i]
	was, at := v.Name, v.Addr
	f(&v)
	if p, ok := e.c.DHCPD.Pool(was); ok && v.Addr != at && v.Addr.IsValid() && !p.Fits(v.Addr) {
		e.c.DHCPD.RemovePool(was)
	}
	e.c.Interfaces = replaced(e.c.Interfaces, i, v)
	if was != v.Name && was != "" {
		e.renameInterface(was, v.Name)
	}
}

// InsertInterface puts an interface (a VLAN) at index i; it belongs behind the hardware's own, whose indices are those of
// their wires.
func (e *Edit) InsertInterface(i int, f Interface) { e.c.Interfaces = spliced(e.c.Interfaces, i, f) }

// RemoveInterface takes the interface at index i away, and all that names it.
func (e *Edit) RemoveInterface(i int) {
	if was := e.c.Interfaces[i].Name; was != "" {
		e.renameInterface(was, "")
	}
	e.c.Interfaces = without(e.c.Interfaces, i)
}

// ResetInterfaces puts the interfaces of the hardware back as New has them and removes all others. What names an interface
// that loses its name goes with it.
func (e *Edit) ResetInterfaces() {
	usual := defaultInterfaces(e.c.Release)
	for i := len(e.c.Interfaces) - 1; i >= 0; i-- {
		switch {
		case i >= len(usual):
			e.RemoveInterface(i)
		case e.c.Interfaces[i].Name != usual[i].Name:
			e.SetInterface(i, func(f *Interface) { f.Name = "" })
		}
	}
	for i, f := range usual {
		e.SetInterface(i, func(v *Interface) { *v = f })
	}
}

// renameInterface gives everything that names interface was the name now, or removes it when now is empty.
func (e *Edit) renameInterface(was, now string) {
	c := &e.c
	one := func(name *string) bool {
		if *name == was {
			*name = now
		}
		return *name == ""
	}
	c.Groups = renamed(c.Groups, func(v *AccessGroup) bool { return !v.Global && one(&v.If) })
	e.renameTable(one)
	e.renameGlobals(one)
	c.NATs = renamedTable(c.NATs, func(v *NAT) bool { return one(&v.If) })
	c.Mailhosts = renamed(c.Mailhosts, func(v *Mailhost) bool { a := one(&v.RealIf); return one(&v.MappedIf) || a })
	c.Applies = renamed(c.Applies, func(v *Apply) bool { return one(&v.If) })
	c.Verify = renamed(c.Verify, func(v *string) bool { return one(v) })
	c.Fragments = renamed(c.Fragments, func(v *Fragments) bool { return one(&v.If) })
	c.Aliases = renamedTable(c.Aliases, func(v *Alias) bool { return one(&v.If) })
	e.renameRoutes(one)
	c.ARP = renamedTable(c.ARP, func(v *ARP) bool { return one(&v.If) })
	c.ICMP = renamedTable(c.ICMP, func(v *ICMP) bool { return one(&v.If) })
	c.Telnet = renamedTable(c.Telnet, func(v *Allow) bool { return one(&v.If) })
	c.SSH = renamedTable(c.SSH, func(v *Allow) bool { return one(&v.If) })
	c.ServicePolicies = renamed(c.ServicePolicies, func(v *ServicePolicy) bool { return v.If != "" && one(&v.If) })
	c.Logging.Hosts = renamedTable(c.Logging.Hosts, func(v *LogHost) bool { return one(&v.If) })
	if c.Logging.DeviceIDKind == "ipaddress" && one(&c.Logging.DeviceID) {
		c.Logging.DeviceIDKind = ""
	}
	if c.TFTP.If == was && one(&c.TFTP.If) {
		c.TFTP = TFTPServer{}
	}
	c.DHCPD.renameIf(one)
	e.renameStatics(one)
	e.renameConduits(one)
	e.renameACEs(was, now)
	e.renameStored(was, now)
}

// renamed applies f to copies of all entries; those for which it reports true are left out. s itself comes back when
// nothing changed.
func renamed[E comparable](s []E, f func(*E) bool) []E {
	out, changed := make([]E, 0, len(s)), false
	for _, v := range s {
		w := v
		if gone := f(&w); gone {
			changed = true
			continue
		}
		changed = changed || w != v
		out = append(out, w)
	}
	if !changed {
		return s
	}
	return out
}
