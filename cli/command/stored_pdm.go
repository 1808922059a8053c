package command

import "pixsim/appliance/release"

// pdmSpecs is the device manager's own memory within the configuration (captures of 6.3(1) and 6.3(5)).
var pdmSpecs = []storedSpec{{
	name: "pdm", help: "Configure Pix Device Manager", span: from60, section: release.SectionPDM,
	forms: []form{
		{slot: seq(lit("pdm location"), addrVal("ip_address"), maskVal("mask"), ifVal())},
		{span: from62, slot: seq(lit("pdm group"), wordVal("real_grp_name"), ifVal()), rest: opt(lit("reference"), wordVal("real_grp_name"))},
		{slot: lit("pdm logging"), rest: seq(levelVal(), opt(numVal("messages", 1, 512)))},
		{slot: lit("pdm history enable")},
		{slot: lit("pdm location"), cleared: true},
		{slot: lit("pdm group"), cleared: true},
		{slot: lit("pdm logging"), cleared: true},
		{slot: seq(lit("pdm disconnect"), numVal("session_id", 0, 255)), once: true},
	},
	shows: []string{"pdm logging", "pdm location", "pdm group"},
	usage: []string{
		"[no] pdm history enable", "[no] pdm location <ip_address> <netmask> <if_name>",
		"[no] pdm group <real_grp_name> <real_intf_name> [reference <real_grp_name>]", "[no] pdm logging [<level> [<messages>]]",
		"pdm disconnect <session_id>",
	},
}}
