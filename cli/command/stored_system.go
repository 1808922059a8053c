package command

import "pixsim/appliance/release"

// floodguardOld is where the state of floodguard is a number.
var floodguardOld = release.Since(release.V(4, 2)).Through(release.V(4, 4))

// dnatRoute is where sysopt route dnat exists and is printed when it is off (5.3(1) and 6.1(1) captures).
var dnatRoute = release.Since(release.V(5, 0)).Through(release.V(6, 1))

// systemSpecs are snmp-server, floodguard, sysopt and management-access. The orders are those of 4.2(3) and 6.3(5) captures.
var systemSpecs = []storedSpec{
	{
		name: "snmp-server", help: "Provide SNMP and event information", section: release.SectionSNMP, span: inPIX,
		forms: []form{
			{slot: seq(lit("snmp-server host"), usually(ifVal(), "{inside}"), addrVal("local_ip")), rest: within(from62, opt(enumVal("kind", "trap", "poll")))},
			{slot: lit("snmp-server location"), rest: textVal("text"), usual: []usual{{slot: "snmp-server location", text: "no snmp-server location"}}},
			{slot: lit("snmp-server contact"), rest: textVal("text"), usual: []usual{{slot: "snmp-server contact", text: "no snmp-server contact"}}},
			{span: from42, slot: lit("snmp-server community"), rest: wordVal("key"), usual: []usual{
				{span: from42, slot: "snmp-server community", text: "snmp-server community public"},
			}},
			{span: from42, slot: lit("snmp-server enable traps"), usual: []usual{{slot: "snmp-server enable traps", text: "no snmp-server enable traps"}}},
			{slot: lit("snmp-server"), only: true, owner: true},
		},
		usage: []string{
			"[no] snmp-server community|contact|location <text>", "[no] snmp-server host [<if_name>] <local_ip> [trap|poll]",
			"[no] snmp-server enable traps",
		},
	},
	{
		name: "floodguard", help: "Enable or disable Flood Defender to protect against flood attacks", section: release.SectionFloodguard, span: from50,
		forms: []form{{slot: lit("floodguard"), rest: enumVal("state", "enable", "disable"), usual: []usual{{slot: "floodguard", text: "floodguard enable"}}}},
		usage: []string{"floodguard enable|disable"},
	},
	{
		name: "floodguard", help: "Enable or disable Flood Defender to protect against flood attacks", section: release.SectionFloodguard,
		span:  floodguardOld,
		forms: []form{{slot: lit("floodguard"), rest: numVal("state", 0, 1)}}, // a 4.2(3) capture
		usage: []string{"floodguard 1|0"},
	},
	{
		name: "sysopt", help: "Set system functional options", section: release.SectionSysopt, span: from42,
		partly: true, // tcpmss, noproxyarp, nodnsalias, timewait, fragguard
		forms: []form{
			{span: pixFrom(5, 1), slot: lit("sysopt connection permit-pptp")},
			{span: from60, slot: lit("sysopt connection permit-l2tp")},
			{span: from50, slot: lit("sysopt connection permit-ipsec")},
			{span: from42, slot: lit("sysopt connection enforcesubnet")},
			{span: from50, slot: lit("sysopt connection timewait")},
			{span: from63, slot: lit("sysopt connection tcpmss minimum"), rest: numVal("bytes", 0, 65535)},
			{span: from50, slot: lit("sysopt connection tcpmss"), rest: numVal("bytes", 0, 65535)},
			{span: from50, slot: lit("sysopt nodnsalias inbound")},
			{span: from50, slot: lit("sysopt nodnsalias outbound")},
			{span: from50, slot: seq(lit("sysopt noproxyarp"), ifVal())},
			{span: dnatRoute, slot: lit("sysopt route dnat"), usual: []usual{{slot: "sysopt route dnat", text: "no sysopt route dnat"}}},
			{span: from50, slot: lit("sysopt ipsec pl-compatible")},
			{span: from60, slot: lit("sysopt radius ignore-secret")},
			{span: from62, slot: lit("sysopt uauth allow-http-cache")},
			{slot: lit("sysopt security fragguard")},
		},
		usage: []string{
			"[no] sysopt connection {permit-pptp|permit-l2tp|permit-ipsec|timewait|tcpmss [minimum] <bytes>}",
			"[no] sysopt ipsec pl-compatible", "[no] sysopt nodnsalias inbound|outbound", "[no] sysopt noproxyarp <if_name>",
			"[no] sysopt route dnat", "[no] sysopt radius ignore-secret", "[no] sysopt uauth allow-http-cache", "[no] sysopt security fragguard",
		},
	},
	{
		name: "management-access", help: "Configure management access interface", section: release.SectionManagement, span: since63,
		forms: []form{{slot: lit("management-access"), rest: ifVal()}},
		usage: []string{"[no] management-access <if_name>"},
	},
}
