package command

import "pixsim/appliance/release"

// failover of 4.0 to 6.3. The order of the lines is that of 6.3(5) captures.
var failoverSpecs = []storedSpec{
	{
		name: "failover", help: "Enable/disable PIX failover feature to a standby PIX", span: inPIX, section: release.SectionFailover,
		forms: []form{
			{slot: lit("failover"), usual: []usual{{slot: "failover", text: "no failover"}}},
			{slot: lit("failover active"), once: true},
			{span: from50, slot: lit("failover reset"), once: true},
			{slot: lit("failover timeout"), rest: timeVal("hh:mm:ss"), usual: []usual{{slot: "failover timeout", text: "failover timeout 0:00:00"}}},
			{span: from50, slot: lit("failover poll"), rest: numVal("seconds", 3, 15), usual: []usual{{slot: "failover poll", text: "failover poll 15"}}},
			{span: from60, slot: lit("failover replicate|replication http")}, // unverified: the release
			{span: from42, slot: seq(lit("failover ip address"), ifVal()), rest: addrVal("ip_address"), usual: []usual{
				{span: release.Since(release.V(4, 2)).Through(release.V(6, 2)), slot: "failover ip address {if}", text: "failover ip address {if} 0.0.0.0"},
				{span: from63, slot: "failover ip address {if}", text: "no failover ip address {if}"},
			}},
			{span: from62, slot: seq(lit("failover mac address"), ifVal()), rest: seq(macVal("act_mac"), macVal("stn_mac"))},
			{span: from50, slot: lit("failover link"), rest: ifVal()},
			{span: from62, slot: lit("failover lan unit"), rest: enumVal("unit", "primary", "secondary")},
			{span: from62, slot: lit("failover lan interface"), rest: ifVal()},
			{span: from62, slot: lit("failover lan key"), rest: secretVal("key", 63, stars, inPIX)},
			{span: from62, slot: lit("failover lan enable")},
		},
		usage: []string{
			"[no] failover [active]", "failover ip address <if_name> <ip_address>",
			"[no] failover mac address <ifc_name> <act_mac> <stn_mac>", "failover reset", "failover timeout <hh:mm:ss>",
			"failover poll <seconds>", "failover replicate http", "[no] failover link <interface_name>",
			"[no] failover lan interface <interface_name>", "[no] failover lan unit primary|secondary",
			"[no] failover lan key <secret key>", "[no] failover lan enable",
		},
	},
}
