package command

import (
	"context"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// flashSize is the compact flash of the model, octets.
const flashSize = 256 << 20

var dir = &Command{
	Name: "dir", Help: "List files on a filesystem", Mode: Privileged, Span: inASA,
	Syntax: g.Seq(g.Word("dir", "List files on a filesystem"),
		g.Opt(g.Alt(g.Word("disk0:", "Flash"), g.Word("flash:", "Flash"), g.Word("disk0:/", "Flash"), g.Word("flash:/", "Flash")))),
	Run: func(_ context.Context, s Session, _ *g.Match) error {
		s.Say(release.DirHead)
		used := 0
		for i, f := range s.Box().FlashFiles() {
			used += f.Size
			s.Say(release.DirLine, i+1, f.Size, f.Time.Format("15:04:05 Jan 02 2006"), f.Name)
		}
		s.Say(release.DirTail, flashSize, flashSize-used)
		return nil
	},
}
