package command

import "pixsim/appliance/release"

// mgcpSpecs are the call agents and gateways of fixup protocol mgcp, 6.3. unverified: the order of the lines.
var mgcpSpecs = []storedSpec{{
	name: "mgcp", help: "Configure the MGCP fixup", section: release.SectionMGCP, span: from63,
	forms: []form{
		{slot: seq(lit("mgcp call-agent"), addrVal("ip_address")), rest: numVal("group_id", 0, 2147483647)},
		{slot: seq(lit("mgcp gateway"), addrVal("ip_address")), rest: numVal("group_id", 0, 2147483647)},
		{slot: lit("mgcp command-queue"), rest: numVal("limit", 1, 2147483647)},
	},
	usage: []string{"[no] mgcp call-agent|gateway <ip_address> <group_id>", "[no] mgcp command-queue <limit>"},
}}
