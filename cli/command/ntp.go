package command

import (
	"context"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// The box asks no time server: the clock is never synchronised, and says so.
var (
	ntpStatus       = g.Word("status", "Show whether the clock is synchronised")
	ntpAssociations = g.Word("associations", "Show the time servers")
	showNTP         = &Command{
		Name: "show ntp status", Help: "Configure Network Time Protocol", Mode: Privileged, Span: pixFrom(6, 2),
		Syntax: show(g.Word("ntp", "Configure Network Time Protocol"), g.Alt(ntpStatus, ntpAssociations)),
		Run:    runShowNTP,
	}
)

func runShowNTP(_ context.Context, s Session, m *g.Match) error {
	if ntpStatus.Seen(m) {
		return tell(s, release.NTPStatus)
	}
	if err := tell(s, release.NTPHead); err != nil {
		return err
	}
	for _, l := range s.Box().Config().StoredOf("ntp") {
		if words := strings.Fields(l.Text()); len(words) > 2 && words[1] == "server" {
			s.Say(release.NTPServer, words[2])
		}
	}
	return tell(s, release.NTPLegend)
}
