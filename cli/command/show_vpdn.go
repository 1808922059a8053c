package command

import (
	"context"
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// tunnelKind is a protocol of VPDN.
type tunnelKind struct {
	span release.Span
	name string
	only *g.Keyword
}

// In is the releases that have the protocol.
func (k tunnelKind) In() release.Span { return k.span }

// tunnelKinds in the order in which they are shown, with the spans of their lines (vpdnSpecs).
var tunnelKinds = []tunnelKind{
	{from60, "L2TP", g.Word("l2tp", "L2TP only")},
	{pixFrom(5, 1), "PPTP", g.Word("pptp", "PPTP only")},
	{from62, "PPPoE", g.Word("pppoe", "PPPoE only")},
}

// Nobody dials in or out here: there is never a tunnel, a session or an interface of one.
var (
	vpdnID = &g.Param[int]{Name: "session_id", Help: "The number of one", Type: g.Int(0, 65535)}

	showVPDN = []*Command{
		{
			Name: "show vpdn", Help: "Show VPDN tunnels and sessions", Mode: Privileged, Span: pixFrom(5, 1),
			Syntax: show(g.Word("vpdn", "Show VPDN tunnels and sessions"), g.Opt(
				g.Alt(g.Word("tunnel", "Show the tunnels"), g.Word("session", "Show the sessions")), g.Opt(tunnelSyntax()),
				g.Opt(g.Alt(g.Seq(kw("id"), vpdnID), kw("packets"), kw("state"), kw("summary"), kw("transport"), kw("window"))),
			)),
			Run: runShowVPDN,
		},
		{
			Name: "show vpdn pppinterface", Help: "Show the interfaces of PPP", Mode: Privileged, Span: pixFrom(5, 1),
			Syntax: show(g.Word("vpdn", "Show VPDN tunnels and sessions"), g.Word("pppinterface", "Show the interfaces of PPP"), g.Opt(kw("id"), vpdnID)),
			Run:    func(context.Context, Session, *g.Match) error { return nil },
		},
		{
			Name: "clear vpdn tunnel", Help: "Close VPDN tunnels", Mode: Privileged, Span: pixFrom(5, 1),
			Syntax: clearing(g.Word("vpdn", "Close VPDN tunnels"), g.Alt(
				g.Seq(g.Word("tunnel", "Close VPDN tunnels"), g.Opt(tunnelSyntax()), g.Alt(kw("all"), g.Seq(kw("id"), vpdnID))),
				g.Seq(g.Word("interface", "Clear the interfaces of PPP"), kw("id"), vpdnID),
			)),
			Run: func(context.Context, Session, *g.Match) error { return nil },
		},
	}
)

func tunnelSyntax() g.Syntax {
	var kinds []g.Syntax
	for _, k := range tunnelKinds {
		kinds = append(kinds, g.In(k.span, k.only))
	}
	return g.Alt(kinds...)
}

// runShowVPDN says of each protocol, or of the one that was asked for, that there is nothing.
func runShowVPDN(_ context.Context, s Session, m *g.Match) error {
	one := slices.ContainsFunc(tunnelKinds, func(k tunnelKind) bool { return k.only.Seen(m) })
	for k := range release.Rows(s.Release(), tunnelKinds) {
		if !one || k.only.Seen(m) {
			s.Printf("%% No active %s tunnels\n", k.name)
		}
	}
	return nil
}
