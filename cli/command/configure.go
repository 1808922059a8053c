package command

import (
	"context"
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
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			if s.Mode() < Configure { // in a sub-mode the words change nothing
				s.SetMode(Configure)
			}
			s.Box().Event(release.SyslogReading, notice{from: s.From(), device: "terminal"}.args()...)
			return nil
		},
		Usage: []string{"configure terminal|memory"},
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
			return nil
		},
		Usage: []string{"configure terminal|memory"},
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
