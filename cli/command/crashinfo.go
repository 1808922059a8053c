package command

import (
	"context"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// crashinfo: whether a crash leaves something in flash; the box never crashes but when it is told to, and then leaves nothing.
// unverified: what the box says; the forms are those of the 6.3 command reference.
var (
	crashSpec = storedSpec{
		name: "crashinfo", help: helpCrash, section: release.SectionCrash, span: from63, noclear: true,
		forms: []form{{slot: lit("crashinfo save disable")}},
		usage: crashUsage,
	}
	crashUsage = []string{"[no] crashinfo save disable", "crashinfo save enable", "crashinfo test", "crashinfo force page-fault|watchdog"}

	crashSave = &Command{
		Name: "crashinfo save enable", Help: helpCrash, Mode: Configure, Span: from63, Stored: true, Usage: crashUsage,
		Syntax: g.Seq(keywords("crashinfo save enable", helpCrash)...),
		Set: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			e.RemoveStored("crashinfo", "crashinfo save disable")
			return nil
		},
	}
	showCrash = &Command{
		Name: "show crashinfo", Help: helpCrash, Mode: Privileged, Span: from63, Syntax: show(g.Word("crashinfo", helpCrash)), Run: runShowCrash,
	}
	showCrashSave = shows("crashinfo save", "Show whether a crash is saved", Privileged, from63, func(s Session) error {
		state := "enable"
		if s.Box().Config().HasStored("crashinfo", "crashinfo save disable") {
			state = "disable"
		}
		return emit(s, "crashinfo save "+state+"\n")
	})
	crashTest = &Command{
		Name: "crashinfo test", Help: helpCrash, Mode: Configure, Span: from63, Syntax: g.Seq(keywords("crashinfo test", helpCrash)...),
		Run: func(context.Context, Session, *g.Match) error { return nil }, Usage: crashUsage,
	}
	crashForce = &Command{
		Name: "crashinfo force", Help: helpCrash, Mode: Configure, Span: from63,
		Syntax: g.Seq(append(keywords("crashinfo force", helpCrash), g.Alt(g.Word("page-fault", "By a fault of memory"), g.Word("watchdog", "By a time-out")))...),
		Run:    runCrash, Usage: crashUsage,
	}
	clearCrash = &Command{
		Name: "clear crashinfo", Help: helpCrash, Mode: Privileged, Span: from63, Syntax: clearing(g.Word("crashinfo", helpCrash)),
		Run: func(context.Context, Session, *g.Match) error { return nil },
	}
)

const helpCrash = "Read, write and configure crash files"

func runShowCrash(_ context.Context, s Session, _ *g.Match) error {
	return emit(s, "No crash file found.\n")
}

// runCrash: a crash is a reload.
func runCrash(_ context.Context, s Session, _ *g.Match) error {
	s.Printf("WARNING: This command will force the PIX to crash and reboot.\n")
	ok, err := s.Confirm("Do you wish to proceed? [confirm]:")
	if err != nil || !ok {
		return err
	}
	s.Box().Reload(s.From())
	return nil
}
