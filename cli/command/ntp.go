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
	ntpDetail       = g.Word("detail", "Show all that is known of each")
	showNTP         = &Command{
		Name: "show ntp status", Help: "Configure Network Time Protocol", Mode: Privileged, Span: pixFrom(6, 2),
		Syntax: show(g.Word("ntp", "Configure Network Time Protocol"), g.Alt(ntpStatus, g.Seq(ntpAssociations, g.Opt(ntpDetail)))),
		Run:    runShowNTP,
	}
)

func runShowNTP(_ context.Context, s Session, m *g.Match) error {
	if ntpStatus.Seen(m) {
		return tell(s, release.NTPStatus)
	}
	if !ntpDetail.Seen(m) {
		if err := tell(s, release.NTPHead); err != nil {
			return err
		}
	}
	for _, l := range s.Box().Config().StoredOf("ntp") {
		words := strings.Fields(l.Text())
		switch {
		case len(words) < 3 || words[1] != "server":
		case ntpDetail.Seen(m):
			if err := tell(s, release.NTPDetail, words[2]); err != nil {
				return err
			}
		default:
			s.Say(release.NTPServer, words[2])
		}
	}
	if ntpDetail.Seen(m) {
		return nil
	}
	return tell(s, release.NTPLegend)
}
