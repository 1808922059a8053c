package command

import (
	"context"

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
		Run:    tracing(false, release.DebugAllOff),
	}
	undebug = &Command{
		Name: "undebug", Help: "Disable debugging functions", Mode: Privileged, Span: since62,
		Syntax: g.Seq(g.Word("undebug", "Disable debugging functions"),
			g.Alt(g.Word("all", "Everything"), g.Seq(g.Word("icmp", "ICMP"), g.Word("trace", "Trace echo packets")))),
		Run: tracing(false, release.DebugAllOff),
	}
	showDebug = shows("debug", "Show debugging functions", Privileged, since42, func(s Session) error {
		if s.Box().DebuggingICMP(s) {
			s.Say(release.ShowDebugICMP)
		} else {
			s.Say(release.NoDebug)
		}
		return nil
	})
)

func tracing(on bool, answer release.Key) run {
	return func(_ context.Context, s Session, _ *g.Match) error {
		s.Box().DebugICMP(s, on)
		s.Say(answer)
		return nil
	}
}
