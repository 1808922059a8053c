package command

import (
	"context"
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// asaShows are the show commands of 7.0 and later that no other file lists.
var asaShows = slices.Concat(
	[]*Command{showFailoverASA, showFailoverParts, showModule, showEnvironment, showVLAN, showMACTable, showMACLearn, showCluster, showFileSystem, showReload},
	[]*Command{showInterfaceSummary, showCPUDetail, showProcessLoad, showMemoryDetail, showResources},
	[]*Command{showSNMP, showASDM, showASDMImage, showAAAServer, showLocalPool, showBanner},
	[]*Command{showVPNSessions, showVPNBalance, showIPsec, showISAKMP, showIKE, showCertificates, showLicence, keyMake, keyForget, showPublicKeys},
	[]*Command{showRouteOf, showBGP, showPortChannels, showVPNContext},
)

// said is a show command without arguments whose text is all that it does.
func textShow(words, help string, span release.Span, text func(s Session) string, parts ...g.Syntax) *Command {
	return &Command{
		Name: "show " + words, Help: help, Mode: Privileged, Span: span, Syntax: show(append(keywords(words, help), parts...)...),
		Run: func(_ context.Context, s Session, _ *g.Match) error { return emit(s, text(s)) },
	}
}

// always is a text that is the same in every session.
func always(text string) func(Session) string { return func(Session) string { return text } }
