package command

import (
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// asaCommands are the configuration commands that 7.0 and later have and the PIX up to 6.3 does not, or has otherwise.
var asaCommands = slices.Concat(
	[]*Command{interfaceASA}, portCommands(),
	[]*Command{objectCmd, objectNATCmd, twiceNAT}, objectValues,
	[]*Command{
		natControl, sameSecurity, fixupASA,
		classMap, classDescription, classMatch, regexCmd, regexClassCmd, regexClassDescription, regexClassMatch,
		policyMap, policyDescription, policyClass, inspectCmd,
	}, policyActionCommands(),
	[]*Command{inspectMap}, inspectMapCommands(),
	[]*Command{esmtpMapCmd, esmtpDescription, esmtpParameters, esmtpMatchCmd}, esmtpParams(), esmtpActions(),
	[]*Command{servicePolicy},
	blockCommands(), asaStoredCommands(),
	[]*Command{sshCopyCommand(), userKeyLine, userKeyFile},
)

func refs[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func blockCommands() []*Command {
	out := inspectClass.commands()
	for _, b := range slices.Concat(refs(asaBlocks), refs(laterBlocks)) {
		out = append(out, b.commands()...)
	}
	return out
}

func asaStoredCommands() []*Command {
	var out []*Command
	for _, s := range slices.Concat(refs(asaSpecs), refs(laterSpecs)) {
		c := s.command()
		switch s.name {
		case "dhcpd":
			c.Lines = dhcpdLines(s)
		case "dynamic-access-policy-record": // the one that is always there
			c.No, c.NoSyntax, c.Clear = nil, nil, nil
		}
		out = append(out, c)
	}
	return out
}

// Spans of the stored commands.
var (
	since80 = release.Since(release.V(8, 0))
	since82 = release.Since(release.V(8, 2))
	since90 = release.Since(release.V(9, 0))
)

// classMapTyped are the words of a class-map with a type.
func classMapTyped(kind string) piece {
	return seq(lit("class-map"), litPiece{g.Word("type", "Specifies the type of class-map")}, lit(kind))
}

// inspectClass are the class-maps with a type whose lines are only kept; class-map prints them.
var inspectClass = blockSpec{
	name: "class-map type", help: "Configure MPF Class Map", span: sinceMaps, section: release.SectionClassMap, quiet: true,
	heads: []blockHead{
		{seq(classMapTyped("management"), wordVal("class_map_name")), ConfigInspectClass},
		{seq(classMapTyped("inspect"), enumVal("protocol", "dns", "ftp", "h323", "http", "im", "rtsp", "sip"),
			opt(enumVal("match", "match-all", "match-any")), wordVal("class_map_name")), ConfigInspectClass},
	},
	words: []string{"description", "match"}, many: []string{"match"},
}

// asaBlocks are the sub-modes whose lines are only kept and printed.
var asaBlocks = []blockSpec{
	{
		name: "tcp-map", help: "Configure advanced TCP connection options", span: inASA, section: release.SectionTCPMap,
		heads: []blockHead{{seq(lit("tcp-map"), wordVal("tcp_map_name")), ConfigTCPMap}},
		words: []string{
			"check-retransmission", "checksum-verification", "exceed-mss", "queue-limit", "reserved-bits", "syn-data", "tcp-options",
			"ttl-evasion-protection", "urgent-flag", "window-variation",
		},
		many: []string{"tcp-options"},
	},
	{
		name: "dns server-group", help: "Configure a DNS server group", span: inASA, section: release.SectionDNS,
		heads: []blockHead{{seq(lit("dns server-group"), wordVal("group")), ConfigDNSGroup}},
		words: []string{"domain-name", "name-server", "retries", "timeout"}, many: []string{"name-server"},
	},
	{
		name: "aaa-server", help: "Configure a AAA server group or a AAA server", span: inASA, section: release.SectionAAAServer,
		heads: []blockHead{
			{seq(lit("aaa-server"), wordVal("server_tag"), lit("protocol"), enumVal("protocol", "http-form", "kerberos", "ldap", "nt", "radius", "sdi", "tacacs+")), ConfigAAAGroup},
			{seq(lit("aaa-server"), wordVal("server_tag"), val("(if_name)", g.IfParen(), parenWord), lit("host"), addrVal("server_ip")), ConfigAAAHost},
		},
		words: []string{"accounting-mode", "max-failed-attempts", "reactivation-mode", "acl-netmask-convert", "key", "retry-interval", "timeout", "server-port"},
	},
	{
		name: "webvpn", help: "Configure the WebVPN service", span: since82, section: release.SectionWebVPN, usual: []string{"webvpn"}, usualIn: release.Until(release.V(8, 4)), // unverified: for 8.4
		heads: []blockHead{{lit("webvpn"), ConfigWebVPN}},
		words: []string{"enable", "port", "svc", "tunnel-group-list enable", "csd", "default-idle-timeout", "dtls"}, many: []string{"svc", "enable"},
	},
	{
		name: "group-policy", help: "Configure or remove a group policy", span: inASA, section: release.SectionGroupPolicy,
		heads: []blockHead{
			{seq(lit("group-policy"), wordVal("group_policy_name"), lit("internal")), User},
			{seq(lit("group-policy"), wordVal("group_policy_name"), lit("attributes")), ConfigGroupPolicy},
		},
		words: []string{
			"banner", "default-domain", "dns-server", "ipsec-udp", "pfs", "split-dns", "split-tunnel-network-list", "split-tunnel-policy",
			"vpn-filter", "vpn-idle-timeout", "vpn-session-timeout", "vpn-simultaneous-logins", "vpn-tunnel-protocol", "wins-server",
		},
	},
	{
		name: "tunnel-group", help: "Create and manage the database of connection specific records", span: inASA, section: release.SectionTunnelGroup,
		heads: []blockHead{
			{seq(lit("tunnel-group"), wordVal("name"), lit("type"), enumVal("type", "ipsec-l2l", "ipsec-ra", "remote-access", "webvpn")), User},
			{seq(lit("tunnel-group"), wordVal("name"), lit("general-attributes")), ConfigTunnelGeneral},
			{seq(lit("tunnel-group"), wordVal("name"), lit("ipsec-attributes")), ConfigTunnelIPsec},
		},
		words: []string{
			"address-pool", "authentication-server-group", "authorization-server-group", "default-group-policy", "dhcp-server",
			"isakmp", "peer-id-validate", "pre-shared-key", "strip-group", "strip-realm", "trust-point",
		},
	},
	{
		name: "username attributes", help: "Configure attributes of a user", span: inASA, section: release.SectionUsername,
		heads: []blockHead{{seq(lit("username"), wordVal("username"), lit("attributes")), ConfigUsername}},
		words: []string{"group-lock", "memberof", "password-storage", "service-type", "vpn-access-hours", "vpn-filter", "vpn-framed-ip-address", "vpn-group-policy", "vpn-idle-timeout", "vpn-simultaneous-logins", "vpn-tunnel-protocol"},
	},
}

// asaSpecs are the lines that are kept and printed only. What stands there without having been typed is that of the
// 8.2(1) captures.
var asaSpecs = []storedSpec{
	{
		name: "ftp", help: "Set FTP mode", span: inASA, section: release.SectionFTPMode,
		forms: []form{{slot: lit("ftp mode passive"), usual: []usual{{slot: "ftp mode passive", text: "ftp mode passive"}}}},
	},
	{
		name: "boot", help: "Set system boot parameters", span: inASA, section: release.SectionBoot,
		forms: []form{{slot: seq(lit("boot system"), wordVal("url"))}, {slot: lit("boot config"), rest: wordVal("url")}},
	},
	{
		name: "dns", help: "Add DNS functionality to an interface", span: inASA, section: release.SectionDNS, noclear: true,
		forms: []form{{slot: seq(lit("dns domain-lookup"), ifVal())}},
	},
	{
		name: "failover", help: "Enable/disable failover feature", span: inASA, section: release.SectionFailover,
		forms: []form{
			{slot: lit("failover"), usual: []usual{{span: release.Until(release.V(8, 3)), slot: "failover"}, {span: since84, slot: "failover", text: "no failover"}}},
			{slot: lit("failover lan unit"), rest: enumVal("unit", "primary", "secondary")},
			{slot: lit("failover lan interface"), rest: seq(wordVal("if_name"), wordVal("hardware_id"))},
			{slot: lit("failover link"), rest: seq(wordVal("if_name"), opt(wordVal("hardware_id")))},
			{slot: lit("failover key"), rest: wordVal("key")},
			{slot: seq(lit("failover interface ip"), wordVal("if_name")), rest: seq(addrVal("ip_address"), maskVal("mask"), lit("standby"), addrVal("ip_address"))},
		},
	},
	{
		name: "ip audit", help: "Configure the intrusion detection signatures", span: inASA, section: release.SectionIPAudit, noclear: true,
		forms: []form{
			{slot: lit("ip audit info action"), rest: enumVal("action", "alarm", "drop", "reset")},
			{slot: lit("ip audit attack action"), rest: enumVal("action", "alarm", "drop", "reset")},
			{slot: seq(lit("ip audit name"), wordVal("audit_name"), enumVal("class", "info", "attack")), rest: opt(lit("action"), enumVal("action", "alarm", "drop", "reset"))},
			{slot: seq(lit("ip audit interface"), ifVal(), wordVal("audit_name"))},
			{slot: seq(lit("ip audit signature"), numVal("signature", 1000, 9999)), rest: lit("disable")},
		},
	},
	{
		name: "icmp unreachable", help: "Limit the rate of ICMP unreachable messages", span: since80, section: release.SectionUnreachable, noclear: true,
		forms: []form{{slot: lit("icmp unreachable"), rest: seq(lit("rate-limit"), numVal("rate", 1, 100), lit("burst-size"), numVal("size", 1, 10)),
			usual: []usual{{slot: "icmp unreachable", text: "icmp unreachable rate-limit 1 burst-size 1"}}}},
	},
	{
		name: "asdm", help: "Configure Device Manager", span: inASA, section: release.SectionASDM,
		forms: []form{
			{slot: lit("asdm image"), rest: wordVal("url"), usual: []usual{{slot: "asdm image", text: ""}}},
			{slot: seq(lit("asdm location"), addrVal("ip_address"), maskVal("mask"), ifVal())},
			{slot: lit("asdm history enable"), usual: []usual{{slot: "asdm history enable", text: "no asdm history enable"}}},
		},
	},
	{
		name: "dynamic-access-policy-record", help: "Dynamic Access Policy configuration commands", span: since80, section: release.SectionDAP,
		forms: []form{{slot: lit("dynamic-access-policy-record DfltAccessPolicy"),
			usual: []usual{{slot: "dynamic-access-policy-record DfltAccessPolicy", text: "dynamic-access-policy-record DfltAccessPolicy"}}}},
	},
	{
		name: "crypto", help: "Configure IPSec, ISAKMP, Certification authority, key", span: inASA, section: release.SectionCrypto,
		forms: []form{
			{slot: lit("crypto ipsec security-association lifetime seconds"), rest: numVal("seconds", 120, 2147483647), usual: []usual{
				{span: since80.Through(release.V(8, 3)), slot: "crypto ipsec security-association lifetime seconds", text: "crypto ipsec security-association lifetime seconds 28800"},
			}},
			{slot: lit("crypto ipsec security-association lifetime kilobytes"), rest: numVal("kilobytes", 10, 2147483647), usual: []usual{
				{span: since80.Through(release.V(8, 3)), slot: "crypto ipsec security-association lifetime kilobytes", text: "crypto ipsec security-association lifetime kilobytes 4608000"},
			}},
			{slot: seq(lit("crypto ipsec transform-set"), wordVal("name")), rest: seq(wordVal("transform"), opt(wordVal("transform2")))},
			{slot: seq(lit("crypto isakmp enable"), ifVal())},
			{slot: lit("crypto isakmp identity"), rest: enumVal("identity", "address", "auto", "hostname")},
		},
	},
	{
		name: "sysopt", help: "Set system functional options", span: inASA, section: release.SectionSysopt,
		partly: true, // tcpmss, noproxyarp, nodnsalias, timewait
		forms: []form{
			{slot: lit("sysopt connection permit-vpn"), usual: []usual{{slot: "sysopt connection permit-vpn", text: ""}}},
			{slot: lit("sysopt connection timewait")},
			{slot: lit("sysopt connection tcpmss"), rest: seq(opt(lit("minimum")), numVal("bytes", 0, 65535))},
			{slot: lit("sysopt nodnsalias inbound")},
			{slot: lit("sysopt nodnsalias outbound")},
			{slot: seq(lit("sysopt noproxyarp"), ifVal())},
		},
	},
	{
		name: "dhcpd", help: "Configure DHCP Server", span: inASA, section: release.SectionDHCPD,
		forms: []form{
			{slot: lit("dhcpd dns"), rest: seq(addrVal("dnsip1"), opt(addrVal("dnsip2")))},
			{slot: lit("dhcpd wins"), rest: seq(addrVal("winsip1"), opt(addrVal("winsip2")))},
			{slot: lit("dhcpd lease"), rest: numVal("seconds", 300, 1048575)},
			{slot: lit("dhcpd ping_timeout"), rest: numVal("milliseconds", 10, 10000)},
			{slot: lit("dhcpd domain"), rest: wordVal("domain")},
			{slot: lit("dhcpd auto_config"), rest: ifVal()},
			{slot: seq(lit("dhcpd address"), rangeVal("ip1[-ip2]"), ifVal())},
			{slot: seq(lit("dhcpd enable"), ifVal())},
		},
	},
	{
		name: "threat-detection", help: "Configure threat detection", span: since80, section: release.SectionThreat,
		forms: []form{
			{slot: lit("threat-detection basic-threat"), usual: []usual{{slot: "threat-detection basic-threat", text: "threat-detection basic-threat"}}},
			{slot: lit("threat-detection statistics access-list"), usual: []usual{
				{slot: "threat-detection statistics access-list", text: "threat-detection statistics access-list"},
			}},
			{slot: lit("threat-detection statistics tcp-intercept"), usual: []usual{
				{span: since82, slot: "threat-detection statistics tcp-intercept", text: "no threat-detection statistics tcp-intercept"},
			}},
			{slot: seq(lit("threat-detection statistics"), enumVal("kind", "host", "port", "protocol"))},
			{slot: lit("threat-detection scanning-threat"), rest: opt(lit("shun"))},
		},
	},
	{
		name: "prompt", help: "Configure session prompt display", span: sinceMaps, section: release.SectionPrompt,
		forms: []form{{slot: lit("prompt"), rest: seq(
			enumVal("part", "context", "domain", "hostname", "priority", "state"), opt(enumVal("part", "context", "domain", "hostname", "priority", "state"),
				opt(enumVal("part", "context", "domain", "hostname", "priority", "state")))),
			usual: []usual{{slot: "prompt", text: "prompt hostname context"}}}},
	},
}
