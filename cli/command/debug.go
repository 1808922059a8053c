package command

import (
	"context"
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpDebug = "Debugging functions"

var (
	debugLevel = &g.Param[int]{Name: "level", Help: "Debug level", Type: g.Int(1, 255)}
	debugICMP  = &Command{
		Name: "debug icmp trace", Help: helpDebug, Mode: Privileged, Span: since42,
		Syntax: g.Seq(g.Word("debug", helpDebug), g.Word("icmp", "ICMP"), g.Word("trace", "Trace echo packets"), g.In(inASA, g.Opt(debugLevel))),
		Run:    tracing(true, release.DebugICMPOn),
	}
	noDebugICMP = &Command{
		Name: "no debug icmp trace", Help: helpDebug, Mode: Privileged, Span: since42,
		Syntax: negated(g.Word("debug", helpDebug), g.Word("icmp", "ICMP"), g.Word("trace", "Trace echo packets"), g.In(inASA, g.Opt(debugLevel))),
		Run:    tracing(false, release.DebugICMPOff),
	}
	noDebugAll = &Command{
		Name: "no debug all", Help: helpDebug, Mode: Privileged, Span: since62,
		Syntax: negated(g.Word("debug", helpDebug), g.Word("all", "Everything")),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { return debugOff(s, true, true, true) },
	}
	undebug = &Command{
		Name: "undebug", Help: "Disable debugging functions", Mode: Privileged, Span: since62,
		Syntax: g.Seq(g.Word("undebug", "Disable debugging functions"),
			g.Alt(g.Word("all", "Everything"), undebugPacket, g.Seq(undebugICMP, g.Word("trace", "Trace echo packets")))),
		Run: func(ctx context.Context, s Session, m *g.Match) error {
			icmp, packet := undebugICMP.Seen(m), undebugPacket.Seen(m)
			return debugOff(s, !packet, !icmp, !icmp && !packet)
		},
	}
	undebugPacket = g.Word("packet", "Show the packets of an interface")
	undebugICMP   = g.Word("icmp", "ICMP")

	showDebug = shows("debug", "Show debugging functions", Privileged, since42, func(s Session) error {
		on := s.Box().Debugging(s)
		if packets := s.Box().DebuggingPacket(s); packets != "" {
			on = append(on, packets)
		}
		if s.Box().DebuggingICMP(s) {
			s.Say(release.ShowDebugICMP)
		} else if len(on) == 0 {
			s.Say(release.NoDebug)
		}
		return emitLines(s, slices.Values(on))
	})
)

// debugOff switches debugging off: icmp trace, packet, and all others.
func debugOff(s Session, icmp, packet, others bool) error {
	if icmp {
		s.Box().DebugICMP(s, false)
	}
	if packet {
		s.Box().DebugPacket(s, nil)
	}
	if others {
		for _, command := range s.Box().Debugging(s) {
			s.Box().Debug(s, command, false)
		}
	}
	s.Say(release.DebugAllOff)
	return nil
}

func tracing(on bool, answer release.Key) run {
	return func(_ context.Context, s Session, _ *g.Match) error {
		s.Box().DebugICMP(s, on)
		s.Say(answer)
		return nil
	}
}
