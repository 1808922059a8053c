package command

import "pixsim/appliance/release"

// relaySpecs is the relay of DHCP requests, 6.3.
var relaySpecs = []storedSpec{{
	name: "dhcprelay", help: "Configure DHCP Relay Agent", section: release.SectionDHCPRelay, span: from63,
	forms: []form{
		{slot: seq(lit("dhcprelay server"), addrVal("dhcp_server_ip")), rest: ifVal()},
		{slot: seq(lit("dhcprelay enable"), ifVal())},
		{slot: seq(lit("dhcprelay setroute"), ifVal())},
		{slot: lit("dhcprelay timeout"), rest: numVal("seconds", 1, 3600)},
	},
	usage: []string{
		"[no] dhcprelay enable <client_ifc>", "[no] dhcprelay server <dhcp_server_ip> <server_ifc>", "[no] dhcprelay setroute <client_ifc>",
		"[no] dhcprelay timeout <seconds>",
	},
}}
