package command

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	routeIf       = &g.Param[string]{Name: "if_name", Help: "interface of the next hop", Type: g.IfName()}
	routeAddr     = &g.Param[netip.Addr]{Name: "foreign_ip", Help: "network of the route", Type: g.Addr()}
	routeMask     = &g.Param[netip.Addr]{Name: "mask", Help: "netmask of the network", Type: g.Mask()}
	routeVia      = &g.Param[netip.Addr]{Name: "gateway", Help: "address of the next hop", Type: g.Addr()}
	routeTrack    = &g.Param[int]{Name: "number", Help: "tracked object", Type: g.Int(1, 500)}
	routeTunneled = g.Word("tunneled", "Enable the default tunnel gateway option")
	routeEnd      = g.In(inASA, g.Opt(g.Alt(routeTunneled, g.In(since72, g.Word("track", "Install route depending on tracked item"), routeTrack))))

	routeMetric = &g.Param[int]{Name: "metric", Help: "number of hops", Type: g.Int(1, 255)}

	route = &Command{
		Name: "route", Help: "Enter a static route for an interface", Mode: Configure, Adds: true,
		Syntax:   g.Seq(g.Word("route", "Enter a static route for an interface"), routeIf, routeAddr, routeMask, routeVia, g.Opt(routeMetric), routeEnd),
		NoSyntax: g.Seq(g.Word("route", "Enter a static route for an interface"), routeIf, routeAddr, g.Opt(routeMask, g.Opt(routeVia, g.Opt(routeMetric), routeEnd))),
		Set:      setRoute,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveRoute(routeOf(m)), "route")
		},
		Clear:   func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearRoutes(); return nil },
		Section: release.SectionRoute,
		Lines: each(release.SectionRoute, func(c *config.Config) iter.Seq[config.Route] { return c.Routes.Values() }, func(p printer, r config.Route) string {
			text := fmt.Sprintf("route %s %s %s %d", r.If, p.net(r.Net), p.addr(r.Via), r.Metric)
			switch {
			case r.Track != 0:
				text += fmt.Sprintf(" track %d", r.Track)
			case r.Tunneled:
				text = fmt.Sprintf("route %s %s %s tunneled", r.If, p.net(r.Net), p.addr(r.Via))
			}
			return text
		}),
		Usage: []string{"[no] route <if_name> <foreign_ip> <mask> <gateway> [<metric>]"},
	}
)

func routeOf(m *g.Match) config.Route {
	a := routeAddr.Get(m)
	mask, ok := routeMask.Lookup(m)
	if !ok {
		mask = config.ClassMask(a)
	}
	r := config.Route{If: routeIf.Get(m), Net: config.Net{Addr: a, Mask: mask}.Masked(), Via: routeVia.Get(m), Metric: 1,
		Track: routeTrack.Get(m), Tunneled: routeTunneled.Seen(m)}
	if n, ok := routeMetric.Lookup(m); ok {
		r.Metric = n
	}
	return r
}

func setRoute(c *Ctx, e *config.Edit, m *g.Match) error {
	r := routeOf(m)
	if err := contiguous(routeAddr.Get(m), r.Net.Mask); err != nil {
		return err
	}
	if r.Via.IsUnspecified() || r.Via.IsMulticast() || r.Via == config.MaskOf(32) { // no host has such an address
		return Errorf(release.ConfRouteBad)
	}
	if e.View().Owns(r.Via) && !c.Release.Config.OwnHop {
		return Errorf(release.ConfRouteBad)
	}
	other := func(v config.Route) bool { return v.Metric == r.Metric }
	if c.Release.Config.OneRoute && slices.ContainsFunc(e.View().RoutesTo(r.Net), other) || !e.AddRoute(r) {
		return Errorf(release.ConfRouteExists)
	}
	return nil
}

var (
	arpTimeoutWord = g.Word("timeout", "Age at which learned entries go")
	arpSeconds     = &g.Param[int]{Name: "seconds", Help: "seconds", Type: g.Int(1, 1215752)}
	arpIf          = &g.Param[string]{Name: "if_name", Help: "interface of the address", Type: g.IfName()}
	arpAddr        = &g.Param[netip.Addr]{Name: "ip", Help: "address", Type: g.Addr()}
	arpMAC         = &g.Param[[6]byte]{Name: "mac", Help: "hardware address", Type: g.MAC()}
	arpAlias       = g.Word("alias", "Answer requests for the address as well")
	arpEntry       = g.Seq(arpIf, arpAddr, arpMAC, g.Opt(arpAlias))

	arp = &Command{
		Name: "arp", Help: "Change or view arp table, set arp timeout value and view statistics", Mode: Configure,
		Syntax:   g.Seq(g.Word("arp", "Change the arp table, set arp timeout value"), g.Alt(arpEntry, g.Seq(arpTimeoutWord, arpSeconds))),
		NoSyntax: g.Seq(g.Word("arp", "Change or view arp table, set arp timeout value and view statistics"), g.Alt(g.Seq(arpIf, arpAddr, g.Opt(arpMAC, g.Opt(arpAlias))), g.Seq(arpTimeoutWord, g.Opt(arpSeconds)))),
		Set:      setARP,
		No:       noARP,
		Lines:    arpLines,
		Usage:    []string{"[no] arp <if_name> <ip> <mac> [alias]", "arp timeout <seconds>"},
	}
)

// arpClear is a command of its own: up to 6.3 "clear arp" empties the table of what was learned, which is no
// configuration.
var arpClear = &Command{
	Name: "arp", Help: "Change or view arp table, set arp timeout value and view statistics", Mode: Configure, Span: inASA,
	Syntax: g.Word("arp", "Change or view arp table, set arp timeout value and view statistics"),
	Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
		e.ClearARP()
		e.SetARPTimeout(usualARPTimeout)
		return nil
	},
}

const usualARPTimeout = 14400 * time.Second

func setARP(c *Ctx, e *config.Edit, m *g.Match) error {
	if arpTimeoutWord.Seen(m) {
		e.SetARPTimeout(time.Duration(arpSeconds.Get(m)) * time.Second)
		return nil
	}
	e.SetARP(config.ARP{If: arpIf.Get(m), Addr: arpAddr.Get(m), MAC: arpMAC.Get(m), Alias: arpAlias.Seen(m)})
	return nil
}

func noARP(c *Ctx, e *config.Edit, m *g.Match) error {
	if arpTimeoutWord.Seen(m) {
		e.SetARPTimeout(usualARPTimeout)
		return nil
	}
	return found(e.RemoveARP(arpIf.Get(m), arpAddr.Get(m)), "arp")
}

func arpLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for _, a := range c.ARP.All() {
			text := fmt.Sprintf("arp %s %s %s", a.If, p.addr(a.Addr), g.FormatMAC(a.MAC))
			if a.Alias {
				text += " alias"
			} else {
				text = p.tail(release.SectionARP, text)
			}
			if !yield(Line{Section: release.SectionARP, Text: text}) {
				return
			}
		}
		yield(line(release.SectionARP, "arp timeout %d", int(c.ARPTimeout/time.Second)))
	}
}

var (
	icmpPermit = g.Word("permit", "Permit ICMP to the interface")
	icmpDeny   = g.Word("deny", "Deny ICMP to the interface")
	icmpEnd    = newEndpoint("src", "source address")
	icmpType   = &g.Param[int]{Name: "icmp_type", Help: "ICMP message type", Type: g.ICMPType()}
	icmpIf     = &g.Param[string]{Name: "if_name", Help: "interface", Type: g.IfName()}

	icmpCmd = &Command{
		Name: "icmp", Help: "Configure access for ICMP traffic that terminates at an interface", Mode: Configure, Span: release.Since(release.V(5, 2)),
		Syntax: g.Seq(g.Word("icmp", "Configure access for ICMP traffic that terminates at an interface"), g.Alt(icmpPermit, icmpDeny),
			icmpEnd.net(), g.Opt(icmpType), icmpIf),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error { e.AddICMP(icmpOf(m)); return nil },
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveICMP(icmpOf(m)), "icmp")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearICMP(); return nil },
		Lines: each(release.SectionICMP, func(c *config.Config) iter.Seq[config.ICMP] { return c.ICMP.Values() }, func(p printer, r config.ICMP) string {
			text := "icmp " + permitWord(r.Permit) + " " + p.short(r.Net)
			if r.Type >= 0 {
				text += " " + g.ICMPTypeName(p.rel, int(r.Type))
			}
			return text + " " + r.If
		}),
		Usage: []string{"[no] icmp permit|deny <ip_address> <net_mask> | <host> [<icmp_type>] <if_name>"},
	}
)

func icmpOf(m *g.Match) config.ICMP {
	end, _ := icmpEnd.get(m, 1)
	r := config.ICMP{Permit: icmpPermit.Seen(m), Net: end.Net, Type: -1, If: icmpIf.Get(m)}
	if t, ok := icmpType.Lookup(m); ok {
		r.Type = int16(t)
	}
	return r
}
