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
		Name: "show ntp status", Help: "Configure Network Time Protocol", Mode: Privileged, Span: since62,
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
	for _, rest := range behindLines(s, "ntp server ") {
		server := strings.Fields(rest)[0]
		if !ntpDetail.Seen(m) {
			s.Say(release.NTPServer, server)
		} else if err := tell(s, release.NTPDetail, server); err != nil {
			return err
		}
	}
	if ntpDetail.Seen(m) {
		return nil
	}
	return tell(s, release.NTPLegend)
}
