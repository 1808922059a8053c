package command

import (
	"context"
	"fmt"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

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

// showRelayed: nothing is relayed. The layout is that of the 6.3 command reference.
var (
	showRelayed = shows("dhcprelay statistics", "Show what was relayed", Privileged, from63, func(s Session) error {
		text := "Packets Relayed\n"
		for _, kind := range []string{
			"BOOTREQUEST", "DHCPDISCOVER", "DHCPREQUEST", "DHCPDECLINE", "DHCPRELEASE", "DHCPINFORM", "", "BOOTREPLY", "DHCPOFFER", "DHCPACK", "DHCPNAK",
		} {
			if kind != "" {
				kind = fmt.Sprintf("%-21s0", kind)
			}
			text += kind + "\n"
		}
		return emit(s, text)
	})
	clearRelayed = &Command{
		Name: "clear dhcprelay statistics", Help: "Clear what was relayed", Mode: Privileged, Span: from63,
		Syntax: clearing(keywords("dhcprelay statistics", "Clear what was relayed")...),
		Run:    func(context.Context, Session, *g.Match) error { return nil },
	}
)
