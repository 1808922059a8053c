package command

import (
	"context"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpConfigure = "Configure from terminal, network or memory"

var (
	configureTerminal = &Command{
		Name: "configure terminal", Help: helpConfigure, Mode: Privileged,
		Syntax: g.Seq(g.Word("configure", helpConfigure), g.Word("terminal", "Configure from the terminal")),
		Run: func(ctx context.Context, s Session, _ *g.Match) error {
			if s.Mode() < Configure { // in a sub-mode the words change nothing
				s.SetMode(Configure)
			}
			s.Box().Event(release.SyslogReading, notice{from: s.From(), device: "terminal"}.args()...)
			if s.Release().Console.AsksCallHome {
				return askCallHome(ctx, s)
			}
			return nil
		},
		Usage: configureUsage,
	}
	configureMemory = &Command{
		Name: "configure memory", Help: helpConfigure, Mode: Privileged,
		Syntax: g.Seq(g.Word("configure", helpConfigure), g.Word("memory", "Merge the startup configuration")),
		Run: func(ctx context.Context, s Session, _ *g.Match) error {
			text, ok := s.Box().Startup()
			if !ok {
				s.Say(release.NoConfig)
				return nil
			}
			s.Box().Event(release.SyslogReading, notice{from: s.From(), device: "memory"}.args()...)
			if err := s.Merge(ctx, text); err != nil {
				return err
			}
			s.Say(release.ConfigLoaded)
			s.Box().Event(release.SyslogSaved, notice{from: s.From()}.args()...)
			return nil
		},
		Usage: configureUsage,
	}
	configureNet = &Command{
		Name: "configure net", Help: helpConfigure, Mode: Privileged, Span: since41,
		Syntax: g.Seq(g.Word("configure", helpConfigure), g.Word("net", "Merge a file of a TFTP server"), g.Opt(netFile)),
		Run:    runConfigureNet,
		Usage:  configureUsage,
	}
	configureFloppy = &Command{
		Name: "configure floppy", Help: helpConfigure, Mode: Privileged, Span: inPIX,
		Syntax: g.Seq(g.Word("configure", helpConfigure), g.Word("floppy", "Merge the configuration of a diskette")),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { s.Say(release.NoFloppy); return nil },
		Usage:  configureUsage,
	}
	configureURL  = &g.Param[string]{Name: "http[s]://...", Help: "Merge a file of a web server", Type: httpType()}
	configureHTTP = &Command{
		Name: "configure http", Help: helpConfigure, Mode: Privileged, Span: pixFrom(6, 2), // unverified: since when
		Syntax: g.Seq(g.Word("configure", helpConfigure), configureURL),
		Run:    notBuilt("configure http"),
		Usage:  configureUsage,
	}
	clearAll = &Command{
		Name: "clear configure all", Help: "Clear", Mode: Configure, Span: inASA,
		Syntax: clearing(g.Word("configure", "Clear configuration"), g.Word("all", "Clear the whole running configuration")),
		Run: func(ctx context.Context, s Session, _ *g.Match) error {
			err := s.Box().Edit(func(e *config.Edit) error { *e = *config.New(s.Release()); return nil })
			if err != nil {
				return err
			}
			return s.Merge(ctx, policyDefaults(s.Release()))
		},
	}
)

// clearHalves: primary is what the box needs to reach a network, secondary all else (command reference of 7.2).
var (
	clearHalf   = &g.Param[string]{Name: "part", Help: "primary or secondary", Type: g.Enum("primary", "secondary")}
	clearHalves = &Command{
		Name: "clear configure primary", Help: "Clear", Mode: Configure, Span: inASA,
		Syntax: clearing(g.Word("configure", "Clear configuration"), clearHalf), Run: runClearHalves,
	}
)

// primaryParts are the commands of clear configure primary; of the interfaces it takes the addresses.
var primaryParts = []string{"tftp-server", "route", "mtu", "failover", "monitor-interface", "boot"}

func runClearHalves(ctx context.Context, s Session, m *g.Match) error {
	primary := clearHalf.Get(m) == "primary"
	if primary {
		err := s.Box().Edit(func(e *config.Edit) error {
			for i := range e.View().Interfaces {
				e.SetInterface(i, clearAddress)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	// What others use goes when those have gone.
	for range 2 {
		var lines strings.Builder
		for c := range s.Commands(Configure) {
			if first := c.First(); c.Clear != nil && first != "interface" && primary == slices.Contains(primaryParts, first) {
				lines.WriteString("clear configure " + first + "\n")
			}
		}
		if _, err := s.Apply(ctx, lines.String()); err != nil {
			return err
		}
	}
	return nil
}

// clear configure up to 6.3: primary is what the box needs to reach a network, secondary what it lets through; all is every
// line. The startup configuration stays. unverified: the command's age, and what all takes beyond both.
var (
	clearPart  = &g.Param[string]{Name: "part", Help: "primary, secondary or all", Type: g.Enum("all", "primary", "secondary")}
	clearParts = &Command{
		Name: "clear configure", Help: "Clear the running configuration", Mode: Configure, Span: pixFrom(4, 2),
		Syntax: clearing(g.Word("configure", "Clear the running configuration"), clearPart),
		Run:    runClearParts,
		Usage:  []string{"clear configure all|primary|secondary"},
	}
)

// secondaryParts are the commands of clear configure secondary, as far as a release has them.
var secondaryParts = []string{
	"aaa-server", "access-list", "alias", "apply", "conduit", "global", "outbound", "static", "telnet", "url-server",
}

func runClearParts(ctx context.Context, s Session, m *g.Match) error {
	switch clearPart.Get(m) {
	case "primary":
		return s.Box().Edit(func(e *config.Edit) error {
			e.ResetInterfaces()
			e.ClearRoutes()
			return nil
		})
	case "secondary":
		var lines strings.Builder
		for c := range s.Commands(Configure) {
			if c.Clear != nil && slices.Contains(secondaryParts, c.Name) {
				lines.WriteString("clear " + c.Name + "\n")
			}
		}
		return s.Merge(ctx, lines.String())
	}
	return s.Box().Edit(func(e *config.Edit) error { *e = *config.New(s.Release()); return nil })
}

var configureUsage = []string{
	"configure terminal|memory", "configure net [[<server_ip>]:[<filename>]]", "configure floppy",
}

// policyDefaults are the policy lines of the factory configuration: the ones that a box without a configuration has and
// that are lines of commands, not the defaults of one.
func policyDefaults(rel *release.Release) string {
	_, text, ok := strings.Cut(rel.Factory, "\nclass-map ")
	if !ok {
		return ""
	}
	text, _, _ = strings.Cut(text, "\nprompt ")
	return "class-map " + text + "\n"
}
