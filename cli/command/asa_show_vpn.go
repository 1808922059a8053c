package command

import (
	"context"
	"fmt"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Nothing is negotiated, encrypted or tunnelled: what counts that is zero.
var (
	vpnSummary = g.Word("summary", "Show the sessions in short")
	vpnDetail  = g.Word("detail", "Show the sessions in detail")
	vpnKind    = &g.Param[string]{Name: "kind", Help: "Which sessions", Type: vpnKinds()}
	vpnRest    = &g.Param[string]{Name: "filter", Help: "Filter or order of the sessions", Type: g.Text()}

	showVPNSessions = &Command{
		Name: "show vpn-sessiondb", Help: "Display session information", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("vpn-sessiondb", "Display session information"),
			g.Opt(g.Alt(vpnSummary, g.Seq(g.Opt(vpnDetail), vpnKind, g.Opt(vpnRest))))),
		Run: runShowVPNSessions,
	}
	showVPNBalance = textShow("vpn load-balancing", "Show the state of load balancing", onASA, balanceText)

	showIPsec = &Command{
		Name: "show crypto ipsec sa", Help: "Show IPsec security associations", Mode: Privileged, Span: inASA,
		Syntax: show(g.Alt(g.Seq(g.Word("crypto", helpCryptoShow), g.Word("ipsec", "Show IPsec")), g.Word("ipsec", "Show IPsec")),
			g.Word("sa", "Show security associations"), g.Opt(g.Alt(g.Word("detail", "Show detail"), g.Word("entry", "Show by entry"),
				g.Word("identity", "Show by identity"), g.Seq(g.Word("peer", "Show one peer"), &g.Param[string]{Name: "peer", Help: "Address of the peer", Type: g.Ident(63)}),
				g.Seq(g.Word("map", "Show one map"), &g.Param[string]{Name: "map-name", Help: "Name of the map", Type: g.Ident(63)})))),
		Run: func(_ context.Context, s Session, _ *g.Match) error { return emit(s, "\nThere are no ipsec sas\n") },
	}
	showISAKMP = &Command{
		Name: "show crypto isakmp sa", Help: "Show ISAKMP security associations", Mode: Privileged, Span: inASA,
		Syntax: show(g.Alt(g.Seq(g.Word("crypto", helpCryptoShow), g.Word("isakmp", "Show ISAKMP")), g.Word("isakmp", "Show ISAKMP")),
			g.Word("sa", "Show security associations"), g.Opt(g.Word("detail", "Show detail"))),
		Run: func(_ context.Context, s Session, _ *g.Match) error { return tell(s, release.NoISAKMP) },
	}
	ikeVersion = &g.Param[string]{Name: "version", Help: "Version of IKE", Type: g.EnumHelp("ikev1", "Show IKEv1", "ikev2", "Show IKEv2")}
	showIKE    = &Command{
		Name: "show crypto ikev1 sa", Help: "Show IKE security associations", Mode: Privileged, Span: since84,
		Syntax: show(g.Word("crypto", helpCryptoShow), ikeVersion, g.Word("sa", "Show security associations"), g.Opt(g.Word("detail", "Show detail"))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			return emit(s, "\nThere are no "+strings.ToUpper(ikeVersion.Get(m)[:3])+ikeVersion.Get(m)[3:]+" SAs\n")
		},
	}
	showCertificates = textShow("crypto ca certificates", "Show certificates", inASA, always(""), g.Opt(
		&g.Param[string]{Name: "trustpoint", Help: "Name of the trustpoint", Type: g.Ident(63)}))

	showLicence = &Command{
		Name: "show license", Help: "Show smart licensing", Mode: Privileged, Span: release.Since(release.V(9, 4)),
		Syntax: show(g.Word("license", "Show smart licensing"), g.Word("all", "Show all of it")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			rel := s.Release()
			if text := rel.Say(release.SmartLicence, rel.Model.Name, rel.Model.Serial); text != "" {
				return emit(s, text)
			}
			return ErrUsage // a machine whose licence is a key
		},
	}
)

const helpCryptoShow = "Show crypto information"

// vpnKinds are the kinds of sessions that have a list of their own.
func vpnKinds() g.Type[string] {
	return g.EnumHelp("anyconnect", "AnyConnect sessions", "l2l", "IPsec LAN-to-LAN sessions", "ra-ikev1-ipsec", "IKEv1 IPsec/L2TP-IPsec remote access sessions",
		"remote", "IPsec remote access sessions", "svc", "SSL VPN client sessions", "webvpn", "Clientless SSL VPN sessions")
}

// vpnTitles are the kinds as the heading of their list has them.
var vpnTitles = map[string]string{
	"anyconnect": "AnyConnect", "l2l": "LAN-to-LAN", "ra-ikev1-ipsec": "IKEv1 IPsec", "remote": "IPsec", "svc": "SSL VPN Client", "webvpn": "Clientless SSL VPN",
}

func runShowVPNSessions(_ context.Context, s Session, m *g.Match) error {
	kind, one := vpnKind.Lookup(m)
	switch {
	case !one:
		return emit(s, vpnSummaryText(s))
	case vpnDetail.Seen(m): // unverified: that the heading stands there without a session
		return emit(s, "\nSession Type: "+vpnTitles[kind]+" Detailed\n\n")
	}
	return tell(s, release.NoTunnels)
}

// mostPeers are the peers of a PIX 515E whose licence sets no limit (data sheet).
const mostPeers = "2000"

// vpnSummaryText is the table of 8.4 and later. unverified: that it is printed where there are no sessions.
func vpnSummaryText(s Session) string {
	rule := strings.Repeat("-", 75) + "\n"
	under := strings.Repeat(" ", 29) + strings.Repeat("-", 46) + "\n"
	most := "0"
	for _, f := range s.Release().Model.Licence {
		if f.Name == "VPN Peers" || f.Name == "Total VPN Peers" {
			most = f.Value
		}
	}
	if most == "Unlimited" {
		most = mostPeers
	}
	return rule + "VPN Session Summary                                                        \n" + rule +
		"                               Active : Cumulative : Peak Concur : Inactive\n" + under +
		"AnyConnect Client            :      0 :          0 :           0 :        0\n" +
		"Clientless VPN               :      0 :          0 :           0\nSite-to-Site VPN             :      0 :          0 :           0\n" + rule +
		fmt.Sprintf("Total Active and Inactive    : %6d             Total Cumulative : %6d\nDevice Total VPN Capacity    : %6s\nDevice Load                  : %5d%%\n", 0, 0, most, 0) +
		rule + "\n" + rule + "Tunnels Summary                                                            \n" + rule +
		"                               Active : Cumulative : Peak Concurrent   \n" + under +
		"Clientless                   :      0 :          0 :               0\nAnyConnect-Parent            :      0 :          0 :               0\n" + rule +
		fmt.Sprintf("Totals                       : %6d : %10d\n", 0, 0) + rule + "\n"
}

// balanceText. unverified: what stands there where load balancing is off.
func balanceText(s Session) string {
	rule := strings.Repeat("-", 74) + "\n"
	text := rule + "Status     Role     Failover   Encryption   Peers     Cluster IP        \n" + rule +
		"Disabled   Backup   n/a        Disabled         0     0.0.0.0\n\nPeers:\n" + rule +
		"Role    Pri  Model             Load-Balancing Version  Public IP         \n" + rule
	model := strings.Replace(s.Release().Model.Name, "ASA", "ASA-", 1)
	text += fmt.Sprintf("%-8s%3d  %-18s%22d  %s*\n", "Backup", 5, model, 4, balanceAddr(s))
	return text + "\nTotal License Load:\n" + rule + "AnyConnect Premium/Essentials        Other VPN         Public IP         \n" +
		"-----------------------------   ---------------------                    \nLimit    Used   Load          Limit    Used   Load                     \n" + rule +
		fmt.Sprintf("%-5d%7d%7d%%%14d%8d%7d%%  %s*\n", 0, 0, 0, 0, 0, 0, balanceAddr(s))
}

// balanceAddr is the address that faces the peers: that of the lowest level.
func balanceAddr(s Session) string {
	low, addr := 101, "0.0.0.0"
	for _, f := range s.Box().Live().Interfaces {
		if f.Name != "" && f.Addr.IsValid() && f.Level < low {
			low, addr = f.Level, f.Addr.Addr().String()
		}
	}
	return addr
}

var (
	routeOfIf = &g.Param[string]{Name: "if_name", Help: "Routes of one interface", Type: g.IfName()}
	routeKind = &g.Param[string]{Name: "protocol", Help: "Routes of one source", Type: g.EnumHelp(
		"bgp", "Border Gateway Protocol", "connected", "Connected", "eigrp", "EIGRP", "isis", "ISO IS-IS", "ospf", "Open Shortest Path First",
		"rip", "Routing Information Protocol", "static", "Static routes")}
	showRouteOf = &Command{
		Name: "show route static", Help: "Show route information", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("route", "Show route information"), g.Alt(routeKind, routeOfIf)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			name, one := routeOfIf.Lookup(m)
			text := Routes(s.Release(), s.Box().Live(), s.Box().Config())
			return emit(s, keepRoutes(text, func(line string) bool {
				if one {
					return strings.HasSuffix(strings.TrimSpace(line), ", "+name)
				}
				return strings.HasPrefix(line, strings.ToUpper(routeKind.Get(m)[:1]))
			}))
		},
	}

	// Nobody is heard of.
	showVPNContext = textShow("asp table vpn-context", "Show accelerated security path tables", onASA, always(""), g.Opt(g.Word("detail", "Show detail")))
)

// keepRoutes leaves of a routing table the legend and those lines behind it that keep wants.
func keepRoutes(text string, keep func(line string) bool) string {
	head, rest, found := strings.Cut(text, "\nGateway of last resort ")
	if !found {
		return text
	}
	gateway, routes, _ := strings.Cut(rest, "\n")
	out := head + "\nGateway of last resort " + gateway + "\n"
	for line := range strings.Lines(routes) {
		if strings.TrimSpace(line) == "" || keep(line) {
			out += line
		}
	}
	return out
}
