package command

import (
	"net/netip"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// ip address of the PIX; from 7.0 on it is a line of the interface.
var (
	ipWord        = g.Word("ip", "Set IP address for interface")
	ipAddressWord = g.Word("address", "Set the address of an interface")
	ipAddressIf   = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.IfName()}
	ipAddressAddr = &g.Param[netip.Addr]{Name: "ip_address", Help: "address of the interface", Type: g.Addr()}
	ipAddressMask = &g.Param[netip.Addr]{Name: "mask", Help: "netmask of the interface", Type: g.Mask()}
	ipDHCP        = g.Word("dhcp", "Obtain the address by DHCP")
	ipSetRoute    = g.Word("setroute", "Take the default route from DHCP")
	ipPPPoE       = g.Word("pppoe", "Obtain the address by PPPoE")
	ipRetry       = &g.Param[int]{Name: "retry_cnt", Help: "number of attempts", Type: g.Int(4, 16)}

	ipAddress = &Command{
		Name: "ip address", Help: "Set IP address for interface", Mode: Configure, Span: inPIX,
		Syntax: g.Seq(ipWord, ipAddressWord, ipAddressIf, g.Alt(
			g.Seq(ipAddressAddr, g.Opt(ipAddressMask)),
			g.In(since60, ipDHCP, g.Opt(ipSetRoute), g.Opt(kw("retry"), ipRetry)),
			g.In(from62, g.Opt(ipAddressAddr, ipAddressMask), ipPPPoE, g.Opt(ipSetRoute)),
		)),
		NoSyntax: g.Seq(ipWord, ipAddressWord, ipAddressIf, g.Opt(g.Alt(
			g.Seq(ipAddressAddr, g.Opt(ipAddressMask)),
			g.In(since60, ipDHCP, g.Opt(ipSetRoute), g.Opt(kw("retry"), ipRetry)),
			g.In(from62, g.Opt(ipAddressAddr, ipAddressMask), ipPPPoE, g.Opt(ipSetRoute)),
		))),
		ClearSyntax: g.Seq(ipWord, ipAddressWord),
		Set:         setIPAddress,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return editNamed(e, ipAddressIf.Get(m), clearAddress)
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			for i := range e.View().Interfaces {
				e.SetInterface(i, clearAddress)
			}
			return nil
		},
		Lines: each(release.SectionIPAddress, values(namedInterfaces), ipAddressText),
		Usage: []string{"ip address <if_name> <ip_address> [<mask>]", "ip address <if_name> dhcp [setroute] [retry <retry_cnt>]",
			"ip address <if_name> [<ip_address> <mask>] pppoe [setroute]", "no ip address <if_name>"},
	}
)

func clearAddress(f *config.Interface) {
	f.Addr, f.Standby, f.DHCP, f.PPPoE, f.SetRoute, f.Retry = netip.Prefix{}, netip.Addr{}, false, false, false, 0
}

// noAddress is what stands for no address where the release prints one for it (4.4(5) and 5.3(1) captures).
var noAddress = netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 32)

func setIPAddress(c *Ctx, e *config.Edit, m *g.Match) error {
	if ipDHCP.Seen(m) {
		return editNamed(e, ipAddressIf.Get(m), func(f *config.Interface) {
			f.PPPoE = false
			f.Addr, f.DHCP, f.SetRoute, f.Retry = netip.Prefix{}, true, ipSetRoute.Seen(m), ipRetry.Get(m)
			f.Asked++
		})
	}
	a, typed := ipAddressAddr.Lookup(m)
	if !typed {
		return editNamed(e, ipAddressIf.Get(m), func(f *config.Interface) {
			clearAddress(f)
			f.PPPoE, f.SetRoute = true, ipSetRoute.Seen(m)
		})
	}
	mask, ok := ipAddressMask.Lookup(m)
	if !ok {
		mask = config.ClassMask(a)
	}
	prefix, err := interfacePrefix(e, ipAddressIf.Get(m), a, mask)
	if err != nil {
		return err
	}
	name := ipAddressIf.Get(m)
	return losesPool(c, e, name, func() error {
		return editNamed(e, name, func(f *config.Interface) {
			clearAddress(f)
			f.Addr, f.PPPoE, f.SetRoute = prefix, ipPPPoE.Seen(m), ipSetRoute.Seen(m)
		})
	})
}

// interfacePrefix checks an address for the interface of that name: the mask has no holes, and no other interface has
// a part of its network. It is invalid, without error, for what stands for no address.
func interfacePrefix(e *config.Edit, name string, a, mask netip.Addr) (netip.Prefix, error) {
	p, ok := config.Net{Addr: a, Mask: mask}.Prefix()
	if !ok || p.Bits() == 0 || a.IsMulticast() {
		return p, Errorf(release.ConfBadMask, a, mask)
	}
	if p == noAddress {
		return netip.Prefix{}, nil
	}
	for _, f := range e.View().Interfaces {
		if f.Name != name && f.Addr.IsValid() && f.Addr.Overlaps(p) {
			return p, Errorf(release.ConfOverlapIf, f.Name)
		}
	}
	return p, nil
}

func ipAddressText(p printer, f config.Interface) string {
	pppoe := ""
	if f.PPPoE {
		pppoe = " pppoe"
		if f.SetRoute {
			pppoe += " setroute"
		}
	}
	switch {
	case f.PPPoE && !f.Addr.IsValid():
		return "ip address " + f.Name + pppoe
	case f.DHCP:
		text := "ip address " + f.Name + " dhcp"
		if f.SetRoute {
			text += " setroute"
		}
		if f.Retry != 0 {
			text += line("", " retry %d", f.Retry).Text
		}
		return text
	case f.Addr.IsValid():
		return "ip address " + f.Name + " " + p.addr(f.Addr.Addr()) + " " + config.MaskOf(f.Addr.Bits()).String() + pppoe
	case p.rel.Console.Loopback:
		return "ip address " + f.Name + " 127.0.0.1 255.255.255.255"
	}
	return "no ip address " + f.Name
}

var (
	mtuIf    = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.IfName()}
	mtuBytes = &g.Param[int]{Name: "bytes", Help: "maximum transmission unit", Type: g.Int(64, 65535)}
	mtu      = &Command{
		Name: "mtu", Help: "Specify MTU(Maximum Transmission Unit) for an interface", Mode: Configure,
		Syntax:   g.Seq(g.Word("mtu", "Specify MTU(Maximum Transmission Unit) for an interface"), mtuIf, mtuBytes),
		NoSyntax: g.Seq(g.Word("mtu", "Specify MTU(Maximum Transmission Unit) for an interface"), mtuIf, g.Opt(mtuBytes)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return editNamed(e, mtuIf.Get(m), func(f *config.Interface) { f.MTU = mtuBytes.Get(m) })
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error { return editNamed(e, mtuIf.Get(m), usualMTU) },
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			for i := range e.View().Interfaces {
				e.SetInterface(i, usualMTU)
			}
			return nil
		},
		Lines: each(release.SectionMTU, values(untaggedInterfaces), func(_ printer, f config.Interface) string {
			return line("", "mtu %s %d", f.Name, f.MTU).Text
		}),
		Usage: []string{"mtu <if_name> <bytes>"},
	}
)

func usualMTU(f *config.Interface) { f.MTU = 1500 }

// untaggedInterfaces are those with a line of mtu: one of a trunk has none (a 6.3(5) capture).
func untaggedInterfaces(c *config.Config) []config.Interface {
	return slices.DeleteFunc(namedInterfaces(c), func(f config.Interface) bool { return f.Trunk != "" })
}

func namedInterfaces(c *config.Config) []config.Interface {
	var out []config.Interface
	for _, f := range c.Interfaces {
		if f.Name != "" {
			out = append(out, f)
		}
	}
	return out
}
