package command

import (
	"context"
	"fmt"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const (
	helpTerminal = "Set terminal line parameters"
	helpMonitor  = "Copy the log to this session"
	helpPager    = "Control page length for pagination"
)

// monitoring switches the copies of log messages to the session.
func monitoring(name string, on bool, syntax g.Syntax, span release.Span) *Command {
	return &Command{
		Name: name, Help: helpTerminal, Mode: Privileged, Span: span, Syntax: syntax,
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			s.SetMonitor(on)
			return nil
		},
	}
}

// usualPage is the pager that nobody has set.
const usualPage = 24

// paging sets the pager of the session alone, where it can have one of its own, else that of all.
func paging(name, help string, mode Mode, span release.Span, syntax g.Syntax) *Command {
	return &Command{
		Name: name, Help: help, Mode: mode, Span: span, Syntax: syntax,
		Run: func(_ context.Context, s Session, m *g.Match) error {
			n := pageLines.Get(m)
			if s.Release().Console.SessionPager {
				s.SetPage(n)
				return nil
			}
			return s.Box().Edit(func(e *config.Edit) error { e.SetPager(n); return nil })
		},
	}
}

var (
	pageLines = &g.Param[int]{Name: "lines", Help: "Lines of a page, 0 to turn paging off", Type: g.Int(0, 2147483647)}

	terminalMonitor = monitoring("terminal monitor", true,
		g.Seq(g.Word("terminal", helpTerminal), g.Word("monitor", helpMonitor)), since42)
	terminalNoMonitor = monitoring("terminal no monitor", false,
		g.Seq(g.Word("terminal", helpTerminal), g.Word("no", helpNo), g.Word("monitor", helpMonitor)), since42)
	noTerminalMonitor = monitoring("no terminal monitor", false,
		negated(g.Word("terminal", helpTerminal), g.Word("monitor", helpMonitor)), inASA)

	terminalPager = paging("terminal pager", helpTerminal, Privileged, inASA,
		g.Seq(g.Word("terminal", helpTerminal), g.Word("pager", helpPager), g.Opt(g.Word("lines", "Lines of a page")), pageLines))
	noTerminalPager = paging("no terminal pager", helpTerminal, Privileged, inASA,
		negated(g.Word("terminal", helpTerminal), g.Word("pager", helpPager), g.Opt(g.Opt(g.Word("lines", "Lines of a page")), pageLines)))
	// Up to 6.3 no session has a pager of its own (RANCID relies on that): what is typed in an exec mode is stored too.
	execPager = paging("pager", helpPager, User, pixFrom(4, 2),
		g.Seq(g.Word("pager", helpPager), g.Opt(g.Word("lines", "Lines of a page")), pageLines))
	execNoPager = paging("no pager", helpPager, User, pixFrom(4, 2), negated(g.Word("pager", helpPager)))
	// Level 0 has it by the 7.0 configuration guide, and so the unprivileged mode.
	execClearPager = &Command{
		Name: "clear pager", Help: helpPager, Mode: User, Span: pixFrom(6, 2), Syntax: clearing(g.Word("pager", helpPager)),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			return s.Box().Edit(func(e *config.Edit) error { e.SetPager(usualPage); return nil })
		},
	}

	showPager = shows("pager", "Show the page length", User, since42, func(s Session) error {
		text := "no pager"
		if n := s.Page(); n > 0 {
			text = fmt.Sprintf("pager lines %d", n)
		}
		return emit(s, text+"\n")
	})
	showTerminal = shows("terminal", "Show terminal settings", Privileged, since42, func(s Session) error {
		monitor := "no monitor"
		if s.Monitor() {
			monitor = "monitor"
		}
		return tell(s, release.Terminal, s.Width(), monitor)
	})
)
