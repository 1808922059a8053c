package command

import (
	"context"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpSetup = "Pre-configure the firewall through interactive prompts"

// setup asks what a first boot asks, wherever a release does that (6.x command references: a command of configuration mode).
var setup = &Command{
	Name: "setup", Help: helpSetup, Mode: Configure, Span: release.Since(release.V(5, 2)), Private: true,
	Syntax: g.Word("setup", helpSetup),
	Run: func(_ context.Context, s Session, _ *g.Match) error {
		return s.Box().Setup(s.Out(), s.Answer, s.User())
	},
	Usage: []string{"setup"},
}
