package command

import "pixsim/appliance/release"

// vpdnSpecs are the tunnels of dial-in clients: PPTP from 5.1, L2TP from 6.0, PPPoE from 6.2; and the Easy VPN client of the
// small models. unverified: the releases.
var vpdnSpecs = []storedSpec{
	{
		name: "vpdn", help: "Configure VPDN (PPTP, L2TP, PPPoE) policy", section: release.SectionVPDN, span: pixFrom(5, 1), private: true,
		objects: []object{{lead: "vpdn group", keys: []keyKind{keyName}}},
		forms: []form{
			vpdnGroup("accept dialin pptp", nil),
			vpdnGroup("accept dialin l2tp", nil).in(from60),
			vpdnGroup("request dialout pppoe", nil).in(from62),
			vpdnGroup("localname", wordVal("username")).in(from62),
			vpdnGroup("ppp authentication pap", nil),
			vpdnGroup("ppp authentication chap", nil),
			vpdnGroup("ppp authentication mschap", nil),
			vpdnGroup("ppp encryption mppe", seq(enumVal("bits", "40", "128", "auto"), opt(lit("required")))),
			vpdnGroup("client configuration address local", wordVal("address_pool_name")),
			vpdnGroup("client configuration dns", seq(addrVal("dns_server_ip1"), opt(addrVal("dns_server_ip2")))),
			vpdnGroup("client configuration wins", seq(addrVal("wins_server_ip1"), opt(addrVal("wins_server_ip2")))),
			vpdnGroup("client accounting", serverTag()),
			vpdnGroup("pptp echo", numVal("echo_timeout", 10, 300)),
			vpdnGroup("l2tp tunnel hello", numVal("hello_timeout", 10, 300)).in(from60),
			vpdnGroup("client authentication", either(lit("local"), seq(lit("aaa"), serverTag()))),
			{slot: seq(lit("vpdn group"), wordVal("group_name")), only: true, owner: true, clears: true},
			{slot: seq(lit("vpdn username"), wordVal("username")), rest: seq(lit("password"), secretVal("password", 63, "*********", hiddenKeys), within(from62, opt(lit("store-local"))))},
			{slot: seq(lit("vpdn enable"), ifVal())},
			{slot: lit("vpdn group"), cleared: true},
			{slot: lit("vpdn username"), cleared: true},
		},
		shows: []string{"vpdn group [group_name]", "vpdn username [username]"},
		usage: []string{
			"[no] vpdn enable <if_name>", "[no] vpdn group <group_name> accept dialin pptp|l2tp",
			"[no] vpdn group <group_name> request dialout pppoe", "[no] vpdn group <group_name> localname <username>",
			"[no] vpdn group <group_name> ppp authentication pap|chap|mschap",
			"[no] vpdn group <group_name> ppp encryption mppe 40|128|auto [required]",
			"[no] vpdn group <group_name> client configuration address local <address_pool_name>",
			"[no] vpdn group <group_name> client configuration dns|wins <server_ip1> [<server_ip2>]",
			"[no] vpdn group <group_name> client authentication local|aaa <auth_aaa_group>",
			"[no] vpdn group <group_name> client accounting <acct_aaa_group>", "[no] vpdn group <group_name> pptp echo <echo_time_out>",
			"[no] vpdn group <group_name> l2tp tunnel hello <hello_time_out>", "[no] vpdn username <username> password <password> [store-local]",
		},
	},
	{
		name: "vpnclient", help: "Configure Easy VPN Remote", section: release.SectionVPNClient, span: from62, private: true,
		forms: []form{
			{slot: lit("vpnclient server"), rest: many(addrVal("ip"))},
			{slot: lit("vpnclient mode"), rest: enumVal("mode", "client-mode", "network-extension-mode")},
			{span: from63, slot: lit("vpnclient nem-st-autoconnect")},
			{slot: lit("vpnclient vpngroup"), rest: seq(wordVal("groupname"), lit("password"), secretVal("preshared_key", 127, stars, inPIX))},
			{slot: lit("vpnclient username"), rest: seq(wordVal("username"), lit("password"), secretVal("password", 63, stars, inPIX))},
			{span: from63, slot: lit("vpnclient management"), rest: either(seq(lit("tunnel"), many(netVal("ip", "mask"))), lit("clear"))},
			{span: from63, slot: seq(lit("vpnclient mac-exempt"), macVal("mac"), macVal("macmask"))},
			{slot: lit("vpnclient enable")},
			{slot: lit("vpnclient connect"), once: true},
			{slot: lit("vpnclient disconnect"), once: true},
		},
		usage: []string{
			"[no] vpnclient vpngroup <groupname> password <preshared_key>", "[no] vpnclient username <xauth_username> password <xauth_password>",
			"[no] vpnclient server <ip_primary> [<ip_secondary_1> ...]", "[no] vpnclient mode client-mode | network-extension-mode",
			"[no] vpnclient management tunnel {<ip> <mask> ...} | clear", "[no] vpnclient mac-exempt <mac_addr> <mac_mask>",
			"[no] vpnclient nem-st-autoconnect", "vpnclient connect", "vpnclient disconnect", "[no] vpnclient enable",
		},
	},
}

func vpdnGroup(words string, rest piece) form {
	return form{slot: seq(lit("vpdn group"), wordVal("group_name"), lit(words)), rest: rest}
}
