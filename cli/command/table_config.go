package command

import (
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// configCommands are the configuration commands of the PIX, and those that the ASA has with other spans only.
var configCommands = slices.Concat([]*Command{
	hostname, domainNameCmd, enablePassword, passwd, username, aaaConsole, aaaCommand, authPrompt, privilege,
	nameif, interfaceNamed, interfacePIX, ipAddress, mtu,
	names, name,
	global, nat, static, mailhost, oldConduit, conduit,
	accessList, accessGroup,
	fixup,
	route, arp, arpClear, icmpCmd,
	telnet, ssh, console, pager, terminal,
	logging, loggingClear, syslog, timeout,
	service, banner,
}, storedCommands())

func storedCommands() []*Command {
	var out []*Command
	for i := range storedSpecs {
		out = append(out, storedSpecs[i].command())
	}
	return out
}

// Spans of the stored commands.
var (
	from44 = pixFrom(4, 2)
	from50 = pixFrom(5, 0)
	from60 = pixFrom(6, 0)
	from62 = pixFrom(6, 2)
	from63 = pixFrom(6, 3)
	rip51  = release.Until(release.V(5, 1)) // where passive and default are printed when off
)

// storedSpecs are the lines that are kept and printed only. What they start with is in the factory configurations of
// 4.4(5), 5.3(1) and 6.3(5).
var storedSpecs = []storedSpec{
	{
		name: "failover", help: "Enable/disable PIX failover feature to a standby PIX", span: inPIX, section: release.SectionFailover,
		forms: []form{
			{slot: lit("failover")},
			{slot: lit("failover timeout"), rest: timeVal("hh:mm:ss")},
			{span: from50, slot: lit("failover poll"), rest: numVal("seconds", 3, 15)},
			{span: from44, slot: seq(lit("failover ip address"), ifVal()), rest: addrVal("ip_address")},
			{span: from50, slot: lit("failover link"), rest: ifVal()},
			{span: from60, slot: lit("failover replicate http")},
		},
		usual: []usual{
			{slot: "failover", text: "no failover"},
			{slot: "failover timeout", text: "failover timeout 0:00:00"},
			{span: from50, slot: "failover poll", text: "failover poll 15"},
			{span: release.Since(release.V(4, 2)).Through(release.V(6, 2)), slot: "failover ip address {if}", text: "failover ip address {if} 0.0.0.0"},
			{span: from63, slot: "failover ip address {if}", text: "no failover ip address {if}"},
		},
		usage: []string{"[no] failover", "failover timeout <hh:mm:ss>", "[no] failover ip address <if_name> <ip_address>"},
	},
	{
		name: "rip", help: "Broadcast default route or passive RIP", span: inPIX, section: release.SectionRIP,
		forms: []form{
			{slot: seq(lit("rip"), ifVal(), lit("passive")), rest: opt(lit("version"), enumVal("version", "1", "2"))},
			{slot: seq(lit("rip"), ifVal(), lit("default")), rest: opt(lit("version"), enumVal("version", "1", "2"))},
		},
		usual: []usual{
			{span: rip51, slot: "rip {if} passive", text: "no rip {if} passive"},
			{span: rip51, slot: "rip {if} default", text: "no rip {if} default"},
		},
		usage: []string{"[no] rip <if_name> default|passive [version 1|2]"},
	},
	{
		name: "age", help: "Age of Private Link keys", span: before42, section: release.SectionAge,
		forms: []form{{slot: lit("age"), rest: numVal("minutes", 1, 32000)}},
		usual: []usual{{slot: "age", text: "age 10"}},
		usage: []string{"age <minutes>"},
	},
	{
		name: "ip audit", help: "Configure the intrusion detection signatures", span: pixFrom(5, 2), section: release.SectionIPAudit,
		forms: []form{
			{slot: seq(lit("ip audit"), lit("info action")), rest: enumVal("action", "alarm", "drop", "reset")},
			{slot: seq(lit("ip audit"), lit("attack action")), rest: enumVal("action", "alarm", "drop", "reset")},
			{slot: seq(lit("ip audit name"), wordVal("audit_name"), enumVal("class", "info", "attack")), rest: opt(lit("action"), enumVal("action", "alarm", "drop", "reset"))},
			{slot: seq(lit("ip audit interface"), ifVal(), wordVal("audit_name"))},
			{slot: seq(lit("ip audit signature"), numVal("signature", 1000, 9999)), rest: lit("disable")},
		},
		usual: []usual{
			{slot: "ip audit info action", text: "ip audit info action alarm"},
			{slot: "ip audit attack action", text: "ip audit attack action alarm"},
		},
		noclear: true,
		usage:   []string{"[no] ip audit {info|attack} action {alarm|drop|reset}"},
	},
	{
		name: "pdm", help: "Configure Pix Device Manager", span: from60, section: release.SectionPDM,
		forms: []form{
			{slot: lit("pdm logging"), rest: seq(levelVal(), opt(numVal("messages", 1, 512)))},
			{slot: lit("pdm history enable")},
			{slot: seq(lit("pdm location"), addrVal("ip_address"), maskVal("mask"), ifVal())},
			{slot: seq(lit("pdm group"), wordVal("group"), ifVal())},
		},
		usage: []string{"[no] pdm history enable", "[no] pdm location <ip_address> <netmask> <if_name>", "[no] pdm logging [<level> [<messages>]]"},
	},
	{
		name: "alias", help: "Administer overlapping addresses with dual NAT", section: release.SectionAlias, span: inPIX,
		forms: []form{{slot: seq(lit("alias"), opt(val("(if_name)", g.IfParen(), parenWord)), addrVal("dnat_ip"), addrVal("foreign_ip")), rest: opt(maskVal("mask"))}},
		usage: []string{"[no] alias [(<if_name>)] <dnat_ip> <foreign_ip> [<mask>]"},
	},
	{
		name: "outbound", help: "Create an outbound access list", section: release.SectionOutbound, span: inPIX,
		forms: []form{{slot: seq(lit("outbound"), numVal("list_ID", 1, 1599), enumVal("kind", "permit", "deny", "except"), addrVal("ip_address"),
			opt(maskVal("mask"), opt(portVal("port"))), opt(enumVal("protocol", "tcp", "udp", "icmp", "ip")))}},
		usage: []string{"[no] outbound <list_ID> permit|deny|except <ip_address> [<mask> [<port>[-<port>]]] [<protocol>]"},
	},
	{
		name: "apply", help: "Apply outbound lists to source or destination IP addresses", section: release.SectionApply, span: inPIX,
		forms: []form{{slot: seq(lit("apply"), opt(val("(if_name)", g.IfParen(), parenWord)), numVal("list_ID", 1, 1599), enumVal("side", "outgoing_src", "outgoing_dest"))}},
		usage: []string{"[no] apply [(<if_name>)] <list_ID> outgoing_src|outgoing_dest"},
	},
	{
		name: "established", help: "Allow inbound connections based on established connections", section: release.SectionEstablished, span: since42,
		forms: []form{{slot: seq(lit("established"), enumVal("protocol", "tcp", "udp"), portVal("dport"), opt(portVal("sport")),
			opt(lit("permitto"), enumVal("protocol", "tcp", "udp"), opt(portVal("port"))),
			opt(lit("permitfrom"), enumVal("protocol", "tcp", "udp"), opt(portVal("port"))))}},
		usage: []string{"[no] established <protocol> <dport> [<sport>] [permitto <protocol> <port>[-<port>]] [permitfrom <protocol> <port>[-<port>]]"},
	},
	{
		name: "aaa-server", help: "Define AAA Server group", section: release.SectionAAAServer, span: pixFrom(4, 3), // a 4.2(3) capture has none
		forms: []form{
			{slot: seq(lit("aaa-server"), wordVal("tag"), lit("protocol")), rest: enumVal("protocol", "tacacs+", "radius", "local")},
			{span: from63, slot: seq(lit("aaa-server"), wordVal("tag"), lit("max-failed-attempts")), rest: numVal("number", 1, 5)},
			{span: from63, slot: seq(lit("aaa-server"), wordVal("tag"), lit("deadtime")), rest: numVal("minutes", 0, 1440)},
			{slot: seq(lit("aaa-server"), wordVal("tag"), opt(val("(if_name)", g.IfParen(), parenWord)), lit("host"), addrVal("ip_address")),
				rest: opt(wordVal("key"), opt(lit("timeout"), numVal("seconds", 1, 30)))},
		},
		usual: []usual{
			{slot: "aaa-server TACACS+ protocol", text: "aaa-server TACACS+ protocol tacacs+"},
			{span: from63, slot: "aaa-server TACACS+ max-failed-attempts", text: "aaa-server TACACS+ max-failed-attempts 3"},
			{span: from63, slot: "aaa-server TACACS+ deadtime", text: "aaa-server TACACS+ deadtime 10"},
			{slot: "aaa-server RADIUS protocol", text: "aaa-server RADIUS protocol radius"},
			{span: from63, slot: "aaa-server RADIUS max-failed-attempts", text: "aaa-server RADIUS max-failed-attempts 3"},
			{span: from63, slot: "aaa-server RADIUS deadtime", text: "aaa-server RADIUS deadtime 10"},
			{span: from62, slot: "aaa-server LOCAL protocol", text: "aaa-server LOCAL protocol local"},
		},
		usage: []string{"[no] aaa-server <tag> [<(if_name)>] host <ip_address> [<key>] [timeout <seconds>]", "[no] aaa-server <tag> protocol <auth_protocol>"},
	},
	{
		name: "ntp", help: "Configure Network Time Protocol", section: release.SectionNTP, span: since62,
		forms: []form{
			{slot: seq(lit("ntp server"), addrVal("ip_address")), rest: seq(opt(lit("key"), numVal("number", 1, 2147483647)), opt(lit("source"), ifVal()), opt(lit("prefer")))},
			{slot: lit("ntp authenticate")},
			{slot: seq(lit("ntp trusted-key"), numVal("number", 1, 2147483647))},
			{slot: seq(lit("ntp authentication-key"), numVal("number", 1, 2147483647)), rest: seq(lit("md5"), wordVal("key"))},
		},
		usage: []string{"[no] ntp server <ip_address> [key <number>] [source <if_name>] [prefer]"},
	},
	{
		name: "clock", help: "Manage the system clock", section: release.SectionClock, span: since62,
		forms: []form{
			{slot: lit("clock timezone"), rest: seq(wordVal("zone"), val("hours", signedHours(), plainWord), opt(numVal("minutes", 0, 59)))},
			{slot: lit("clock summer-time"), rest: seq(wordVal("zone"), enumVal("kind", "recurring", "date"), opt(textVal("dates")))},
		},
		usage: []string{"[no] clock summer-time <zone> recurring [<week weekday month hh:mm> <week weekday month hh:mm>] [<offset>]", "[no] clock timezone <zone> <hours> [<minutes>]"},
	},
	{
		name: "http", help: "Configure HTTP server", section: release.SectionHTTP, span: since60,
		forms: []form{
			{slot: lit("http server enable")},
			{slot: seq(lit("http"), addrVal("local_ip"), opt(maskVal("mask")), opt(ifVal()))},
		},
		usage: []string{"[no] http <local_ip> [<mask>] [<if_name>]", "[no] http server enable"},
	},
	{
		name: "snmp-server", help: "Provide SNMP and event information", section: release.SectionSNMP,
		forms: []form{
			{slot: lit("snmp-server location"), rest: textVal("text")},
			{slot: lit("snmp-server contact"), rest: textVal("text")},
			{span: since42, slot: lit("snmp-server community"), rest: wordVal("key")},
			{span: from44, slot: lit("snmp-server enable traps")},
			{span: inASA, slot: lit("snmp-server enable traps"), rest: opt(lit("snmp"), opt(lit("authentication")), opt(lit("linkup")), opt(lit("linkdown")), opt(lit("coldstart")))},
			{slot: seq(lit("snmp-server host"), opt(ifVal()), addrVal("local_ip")), rest: opt(enumVal("kind", "trap", "poll"))},
		},
		usual: []usual{
			{slot: "snmp-server location", text: "no snmp-server location"},
			{slot: "snmp-server contact", text: "no snmp-server contact"},
			{span: from44, slot: "snmp-server community", text: "snmp-server community public"},
			{span: from44, slot: "snmp-server enable traps", text: "no snmp-server enable traps"},
			{span: inASA, slot: "snmp-server enable traps", text: "snmp-server enable traps snmp authentication linkup linkdown coldstart"},
		},
		usage: []string{"[no] snmp-server community|contact|location <text>", "[no] snmp-server host [<if_name>] <local_ip> [trap|poll]", "[no] snmp-server enable traps"},
	},
	{
		name: "floodguard", help: "Enable or disable Flood Defender to protect against flood attacks", section: release.SectionFloodguard, span: from50,
		forms: []form{{slot: lit("floodguard"), rest: enumVal("state", "enable", "disable")}},
		usual: []usual{{slot: "floodguard", text: "floodguard enable"}},
		usage: []string{"floodguard enable|disable"},
	},
	{
		name: "sysopt", help: "Set system functional options", section: release.SectionSysopt, span: from44,
		forms: []form{
			{span: from50, slot: lit("sysopt connection permit-ipsec")},
			{span: from50, slot: lit("sysopt connection timewait")},
			{span: from50, slot: lit("sysopt connection tcpmss"), rest: numVal("bytes", 0, 65535)},
			{span: from50, slot: lit("sysopt nodnsalias inbound")},
			{span: from50, slot: lit("sysopt nodnsalias outbound")},
			{span: from50, slot: seq(lit("sysopt noproxyarp"), ifVal())},
			{span: release.Since(release.V(5, 0)).Through(release.V(6, 1)), slot: lit("sysopt route dnat")},
			{slot: lit("sysopt security fragguard")},
		},
		usual: []usual{{span: release.Since(release.V(5, 0)).Through(release.V(6, 1)), slot: "sysopt route dnat", text: "no sysopt route dnat"}},
		usage: []string{"[no] sysopt connection {permit-ipsec|tcpmss <bytes>|timewait}", "[no] sysopt nodnsalias inbound|outbound", "[no] sysopt noproxyarp <if_name>"},
	},
	{
		name: "isakmp", help: "Configure ISAKMP policy", section: release.SectionISAKMP, span: from50,
		forms: []form{
			{slot: lit("isakmp identity"), rest: enumVal("identity", "address", "hostname")},
			{slot: seq(lit("isakmp enable"), ifVal())},
			{slot: seq(lit("isakmp policy"), numVal("priority", 1, 65534), enumVal("parameter", "authentication", "encryption", "hash", "group", "lifetime")), rest: wordVal("value")},
		},
		usual: []usual{{span: release.Since(release.V(5, 0)).Through(release.V(5, 3)), slot: "isakmp identity", text: "isakmp identity hostname"}},
		usage: []string{"[no] isakmp enable <if_name>", "[no] isakmp identity address|hostname"},
	},
	{
		name: "management-access", help: "Configure management access interface", section: release.SectionManagement, span: since63,
		forms: []form{{slot: lit("management-access"), rest: ifVal()}},
		usage: []string{"[no] management-access <if_name>"},
	},
	{
		name: "dhcpd", help: "Configure DHCP Server", section: release.SectionDHCPD, span: from60,
		forms: []form{
			{slot: lit("dhcpd address"), rest: seq(rangeVal("ip1[-ip2]"), ifVal())},
			{slot: lit("dhcpd dns"), rest: seq(addrVal("dnsip1"), opt(addrVal("dnsip2")))},
			{slot: lit("dhcpd wins"), rest: seq(addrVal("winsip1"), opt(addrVal("winsip2")))},
			{slot: lit("dhcpd lease"), rest: numVal("seconds", 300, 2147483647)},
			{slot: lit("dhcpd ping_timeout"), rest: numVal("milliseconds", 100, 10000)},
			{slot: lit("dhcpd domain"), rest: wordVal("domain")},
			{slot: lit("dhcpd auto_config"), rest: opt(ifVal())},
			{slot: seq(lit("dhcpd enable"), ifVal())},
		},
		usage: []string{"[no] dhcpd address <ip1>[-<ip2>] <if_name>", "[no] dhcpd lease <seconds>", "[no] dhcpd enable <if_name>"},
	},
}
