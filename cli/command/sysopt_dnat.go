package command

import (
	"pixsim/appliance/config"
	g "pixsim/cli/grammar"
)

// ignoredDNAT is sysopt route dnat where it has no meaning any more: taken without a word and not kept (Cisco PIX 6.2
// command reference: it is ignored from 6.2 on). Tools that write configurations still send it.
var ignoredDNAT = &Command{
	Name: "sysopt", Help: "Set system functional option", Mode: Configure,
	Span: pixFrom(6, 2),
	Syntax: g.Seq(g.Word("sysopt", "Set system functional option"), g.Word("route", "Routing"),
		g.Word("dnat", "Ignored")),
	Set: func(*Ctx, *config.Edit, *g.Match) error { return nil },
	No:  func(*Ctx, *config.Edit, *g.Match) error { return nil },
}
