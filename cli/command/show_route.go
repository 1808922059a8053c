package command

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

var (
	showRoute = &Command{
		Name: "show route", Help: "Show route information", Mode: Privileged,
		Syntax: show(g.Word("route", "Show route information")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			return emit(s, Routes(s.Release(), s.Box().Live(), s.Box().Config()))
		},
	}
	showARP = &Command{
		Name: "show arp", Help: "Show ARP table or ARP statistics", Mode: Privileged,
		Syntax: show(g.Word("arp", "Show ARP table or ARP statistics")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			var all []dataplane.ARPEntry
			s.Box().Do(func(st *dataplane.State) { all = st.ARP() })
			c, rel := s.Box().Config(), s.Release()
			for _, e := range all {
				if err := emit(s, ARPText(rel, c, e)+"\n"); err != nil {
					return err
				}
			}
			return nil
		},
	}
	showARPStatistics = &Command{
		Name: "show arp statistics", Help: "Show ARP table or ARP statistics", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("arp", "Show ARP table or ARP statistics"), g.Word("statistics", "Show ARP statistics")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			var n dataplane.ARPStatistics
			s.Box().Do(func(st *dataplane.State) { n = st.ARPStatistics() })
			return emit(s, s.Release().Say(release.ARPStatistics, n.Entries, n.Dropped, n.MostQueued, n.Queued, n.Collisions, n.Retries,
				n.Unresolved, n.MostUnresolved, s.Release().Console.SyslogTag))
		},
	}
	clearARPStatistics = clears("arp statistics", helpARP, inASA, (*dataplane.State).ClearARPStatistics,
		g.Word("arp", helpARP), g.Word("statistics", "Clear ARP statistics"))
	clearARP = clears("arp", helpARP, release.Span{}, (*dataplane.State).ClearARP)
)

const helpARP = "Clear ARP table or ARP statistics"

// ARPText is one line of show arp; a permanent entry has no age.
func ARPText(rel *release.Release, c *config.Config, e dataplane.ARPEntry) string {
	age := "-"
	if !e.Static {
		age = strconv.Itoa(int(e.Age.Seconds()))
	}
	return rel.Say(release.ARPLine, portName(c, e.Port), e.Addr, g.FormatMAC(e.MAC), age)
}

// Routes is show route: up to 6.3 configured and connected networks in the order default, connected, others; later a
// table with a legend, connected networks first.
// typed is the configuration: the routes that are not in it came by DHCP.
func Routes(rel *release.Release, c, typed *config.Config) string {
	var defaults, connected, others strings.Builder
	gateway := netip.Addr{}
	for _, r := range c.Routes.All() {
		b, mark := &others, " "
		if r.Net.IsAny() {
			b, mark = &defaults, "*"
			if !gateway.IsValid() {
				gateway = r.Via
			}
		}
		words := release.RouteStatic
		if !typed.HasRoute(r) {
			words = release.RouteLeased
		}
		b.WriteString(rel.Say(words, r.If, r.Net.Addr, r.Net.Mask, r.Via, r.Metric, mark) + "\n")
	}
	for _, f := range c.Interfaces {
		if f.Name == "" || !f.Addr.IsValid() || f.Shutdown {
			continue
		}
		b := rel.Say(release.RouteConnected, f.Name, f.Addr.Masked().Addr(), config.MaskOf(f.Addr.Bits()), f.Addr.Addr())
		connected.WriteString(b + "\n")
	}
	if rel.Console.RoutesByNet {
		return rel.Say(release.RouteHead, lastResort(rel, gateway)) + byNetwork(defaults.String()+connected.String()+others.String()) + "\n"
	}
	if rel.Say(release.RouteHead) == "" {
		return defaults.String() + connected.String() + others.String()
	}
	return rel.Say(release.RouteHead, lastResort(rel, gateway)) + connected.String() + others.String() + defaults.String()
}

func lastResort(rel *release.Release, gateway netip.Addr) string {
	if gateway.IsValid() {
		return rel.Say(release.RouteGateway, gateway)
	}
	return rel.Say(release.RouteNoGateway)
}

// byNetwork sorts the lines of routes by their networks.
func byNetwork(text string) string {
	lines := slices.Collect(strings.Lines(text))
	network := func(line string) netip.Addr {
		a, _ := netip.ParseAddr(strings.Fields(line)[1])
		return a
	}
	slices.SortStableFunc(lines, func(a, b string) int { return network(a).Compare(network(b)) })
	return strings.Join(lines, "")
}
