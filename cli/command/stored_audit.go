package command

import "pixsim/appliance/release"

// auditActions are what is done with a packet that a signature matches, in the order in which they are printed.
func auditActions() piece { return anyOf(lit("alarm"), lit("drop"), lit("reset")) }

// auditSpecs are ip local pool and the intrusion detection of 5.2 to 6.3.
var auditSpecs = []storedSpec{
	{
		name: "ip audit", help: "Configure the intrusion detection signatures", span: pixFrom(5, 2), section: release.SectionIPAudit,
		forms: []form{
			{slot: seq(lit("ip audit name"), wordVal("audit_name"), enumVal("class", "info", "attack")), rest: opt(lit("action"), auditActions())},
			{slot: seq(lit("ip audit interface"), ifVal(), wordVal("audit_name"))},
			{slot: lit("ip audit info"), rest: seq(lit("action"), auditActions()), usual: []usual{{slot: "ip audit info", text: "ip audit info action alarm"}}},
			{slot: lit("ip audit attack"), rest: seq(lit("action"), auditActions()), usual: []usual{{slot: "ip audit attack", text: "ip audit attack action alarm"}}},
			{slot: seq(lit("ip audit signature"), numVal("signature_number", 1000, 9999)), rest: lit("disable")},
		},
		shows: []string{"ip audit attack", "ip audit info", "ip audit interface [if_name]", "ip audit name [audit_name]", "ip audit signature [signature_number]"},
		usage: []string{
			"[no] ip audit attack [action [alarm] [drop] [reset]]", "[no] ip audit info [action [alarm] [drop] [reset]]",
			"[no] ip audit interface <if_name> <audit_name>", "[no] ip audit name <audit_name> attack [action [alarm] [drop] [reset]]",
			"[no] ip audit name <audit_name> info [action [alarm] [drop] [reset]]", "[no] ip audit signature <signature_number> disable",
		},
	},
	{
		name: "ip local pool", help: "Define an address pool for remote clients", span: pixFrom(5, 0), section: release.SectionIPPool,
		forms: []form{{slot: seq(lit("ip local pool"), wordVal("poolname")), rest: rangeVal("pool_start-address[-pool_end-address]")}},
		shows: []string{"ip local pool [poolname]"},
		usage: []string{"ip local pool <poolname> <ip1>[-<ip2>]", "no ip local pool <poolname> [<ip1>[-<ip2>]]"},
	},
}
