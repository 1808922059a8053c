package command

import (
	"slices"

	"pixsim/appliance/release"
)

// alwaysThere is a line that a release prints without its having been typed.
func alwaysThere(span release.Span, slot, text string, rest piece) form {
	return form{slot: ref(slot), rest: rest, usual: []usual{{span: span, slot: slot, text: text}}}
}

// unsaid is a line that is in force without having been typed: only that it is not is printed.
func unsaid(span release.Span, slot string) form {
	return form{span: span, slot: ref(slot), usual: []usual{{slot: slot, unsaid: true}}}
}

// systemASA are the lines of 7.0 and later for the box itself that are kept and printed only. What stands there without
// having been typed is that of captures of 7.2(1), 8.2(1) and 9.x.
var systemASA = []storedSpec{
	{
		name: "ftp", help: "Set FTP mode", span: inASA, section: release.SectionFTPMode,
		forms: []form{{slot: lit("ftp mode passive"), usual: []usual{{slot: "ftp mode passive", text: "ftp mode passive"}}}},
	},
	bootSpec,
	{
		name: "dns", help: "Add DNS functionality to an interface", span: inASA, section: release.SectionDNS,
		partly: true, // names of objects are looked up by the default group
		forms: slices.Concat(table(`
			dns domain-lookup <if>
			7.0-7.1 dns name-server <addr>...
			7.0-7.1 dns retries = <0-10>
			7.0-7.1 dns timeout = <1-30>
			8.4+ dns expire-entry-timer = minutes <1-65535>
			8.4+ dns poll-timer = minutes <1-65535>
		`), leadsTo(ConfigDNSGroup, "7.2+ own: dns server-group <group>")),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigDNSGroup, forms: table(`
			name-server <server:ip>... [<if>]
			domain-name = <domain>
			retries = <0-10>
			timeout = <1-30>
			8.4+ expire-entry-timer = minutes <1-65535>
			8.4+ poll-timer = minutes <1-65535>
		`)}}},
	},
	{
		name: "dns-guard", help: "Enforce one DNS response per query", span: inASA, section: release.SectionName, // a 9.x configuration has it too
		forms: []form{unsaid(release.Until(release.V(7, 2)), "dns-guard"), {span: since80, slot: lit("dns-guard")}},
	},
	{
		name: "ip audit", help: "Configure the intrusion detection signatures", span: inASA, section: release.SectionIPAudit,
		forms: table(`
			ip audit name <audit_name> {info|attack} = [action {alarm|drop|reset}...]
			ip audit interface <if> <audit_name>
			ip audit info = action {alarm|drop|reset}...
			ip audit attack = action {alarm|drop|reset}...
			ip audit signature <1000-9999> = disable
		`),
	},
	{
		name: "ip local", help: "Define address pools for remote clients", span: inASA, section: release.SectionIPPool,
		forms: table(`ip local pool <pool> = <range> [mask <mask>]`),
	},
	{
		name: "icmp unreachable", help: "Limit the rate of ICMP unreachable messages", span: since80, section: release.SectionUnreachable, noclear: true,
		forms: []form{{slot: lit("icmp unreachable"), rest: ref("rate-limit <1-100> burst-size <1-10>"),
			usual: []usual{{slot: "icmp unreachable", text: "icmp unreachable rate-limit 1 burst-size 1"}}}},
	},
	{
		name: "asdm", help: "Configure Device Manager", span: inASA, section: release.SectionASDM,
		forms: []form{
			alwaysThere(release.Span{}, "asdm image", "", ref("<url:long>")),
			{slot: seq(lit("asdm location"), addrVal("ip_address"), maskVal("mask"), ifVal())},
			{slot: ref("asdm location <address:net6> <if>")},
			{slot: ref("asdm group <name> <if> [reference <name>]")},
			{slot: lit("asdm history enable"), usual: []usual{{slot: "asdm history enable", text: "no asdm history enable"}}},
		},
	},
	{
		name: "failover", help: "Enable/disable failover feature", span: inASA, section: release.SectionFailover,
		forms: slices.Concat(
			[]form{{slot: lit("failover"), usual: []usual{{span: release.Until(release.V(8, 3)), slot: "failover"}, {span: since84, slot: "failover", text: "no failover"}}}},
			table(`
				failover lan unit = {primary|secondary}
				failover lan interface = <if_name> [<port-id>]
				7.0-7.2 failover lan enable
				8.0+ failover health-check bfd = <name>
				failover polltime unit = [msec] <1-999> [holdtime [msec] <1-999>]
				failover polltime interface = [msec] <1-999> [holdtime <1-75>]
				failover polltime = [msec] <1-999> [holdtime [msec] <1-999>]
				failover interface-policy = <policy>
				failover key = [{0|8}] [hex] <secret>
				8.4+ failover ipsec pre-shared-key = [{0|8}] <secret>
				failover replication http
				failover replication rate = <text>
				failover mac address <if_name> = <mac> <mac>
				failover timeout = <time>
				8.2+ failover standby config-lock
				9.1+ neg: failover wait-disable
				failover link = <if_name> [<port-id>]
				failover interface ip <if_name> = {<addr> <mask> standby <addr>|<net6> standby <ip6>}
			`),
			leadsTo(ConfigFailoverGroup, "own: failover group {1|2}"),
		),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigFailoverGroup, forms: table(`
			primary
			secondary
			preempt = [<1-1200>]
			polltime interface = [msec] <1-999> [holdtime <1-75>]
			interface-policy = <policy>
			replication http
			mac address <if_name> = <mac> <mac>
			asr-group = <1-32>
		`)}}},
	},
	{
		name: "prompt", help: "Configure session prompt display", span: since72, section: release.SectionPrompt,
		forms: []form{{slot: lit("prompt"), rest: many(ref("{context|domain|hostname|priority|state|slot|management-ip|cluster-unit}")),
			usual: []usual{{slot: "prompt", text: "prompt hostname context"}}}},
	},
	{
		name: "ssl", help: "Configure SSL options", span: inASA, section: release.SectionSSL,
		forms: table(`
			-9.2 ssl server-version = {any|sslv3|tlsv1|sslv3-only|tlsv1-only}
			9.3+ ssl server-version = {tlsv1|tlsv1.1|tlsv1.2|any|sslv3} [{dtlsv1|dtlsv1.2}]
			-9.2 ssl client-version = {any|sslv3|tlsv1|sslv3-only|tlsv1-only}
			9.3+ ssl client-version = {tlsv1|tlsv1.1|tlsv1.2|any|sslv3}
			-9.2 ssl encryption = <algorithm>...
			9.3+ ssl cipher {default|dtlsv1|dtlsv1.2|tlsv1|tlsv1.1|tlsv1.2} = {all|fips|high|low|medium|custom <text>}
			9.3+ ssl dh-group = {group1|group2|group5|group14|group24}
			9.3+ ssl ecdh-group = {group19|group20|group21}
			8.0+ ssl certificate-authentication interface <if> port <1-65535>
			8.0+ ssl certificate-authentication fca-timeout = <1-120>
			8.0+ ssl trust-point <trustpoint> <if> = [vpnlb-ip]
			9.3+ ssl trust-point <trustpoint> domain <domain>
			ssl trust-point <trustpoint>
		`),
	},
	{
		name: "call-home", help: "Enter Smart Call-Home configuration mode", span: since82, section: release.SectionCallHome,
		forms: leadsTo(ConfigCallHome, "own: call-home"),
		body: &submodes{depth: 1, modes: []bodyMode{
			{mode: ConfigCallHome, forms: slices.Concat(
				table(`
					contact-email-addr = <address:long>
					contact-name = <text>
					phone-number = <text>
					street-address = <text>
					contract-id = <text>
					customer-id = <text>
					site-id = <text>
					sender from = <address:long>
					sender reply-to = <address:long>
					mail-server <server:host> priority <1-100>
					rate-limit = <1-1000>
					event-queue-size = <5-60>
					source-interface = <if>
					http-proxy <server:host> port <1-65535>
					neg: alert-group {all|configuration|diagnostic|environment|inventory|snapshot|syslog|telemetry|threat}
				`),
				leadsTo(ConfigCallHomeSnapshot, "own: alert-group-config snapshot"),
				leadsTo(ConfigCallHomeLoad, "own: alert-group-config environment"),
				leadsTo(ConfigCallHomeProfile, "own: profile <name>"),
			)},
			{mode: ConfigCallHomeSnapshot, forms: table("add-command <command:quoted>")},
			{mode: ConfigCallHomeLoad, forms: table("threshold {cpu|memory} = <0-100> [<0-100>]")},
			{mode: ConfigCallHomeProfile, forms: table(`
				neg: active
				destination address http <url:long>
				destination address email <address:long> = [msg-format {long-text|short-text|xml}]
				destination transport-method {http|email}
				destination message-size-limit = <1-5242880>
				destination preferred-msg-format = {long-text|short-text|xml}
				subscribe-to-alert-group {all|diagnostic|environment} = [severity <severity>]
				subscribe-to-alert-group configuration = [export {full|minimum}] [periodic <text>]
				subscribe-to-alert-group inventory = [periodic <text>]
				subscribe-to-alert-group snapshot = [periodic <text>]
				subscribe-to-alert-group telemetry = [periodic <text>]
				subscribe-to-alert-group syslog = [severity <severity> [pattern <text>]]
				subscribe-to-alert-group threat = [severity <severity>]
				reporting smart-call-home-data
				reporting smart-licensing-data
			`)},
		}},
	},
	{
		name: "smtp-server", help: "Configure default SMTP server address", span: inASA, section: release.SectionSMTPServer,
		forms: table(`smtp-server = <server:host> [<server:host>]`),
	},
	{
		name: "flow-export", help: "Configure flow information export through NetFlow", span: since82, section: release.SectionFlowExport,
		forms: table(`
			flow-export destination <if> <server:host> <1-65535>
			flow-export delay flow-create = <1-180>
			flow-export template timeout-rate = <1-3600>
			8.4+ flow-export active refresh-interval = <1-60>
			8.4+ flow-export enable
		`),
	},
	{
		name: "threat-detection", help: "Configure threat detection", span: since80, section: release.SectionThreat,
		forms: slices.Concat(
			[]form{alwaysThere(release.Span{}, "threat-detection basic-threat", "threat-detection basic-threat", nil)},
			table(`
				threat-detection rate {acl-drop|bad-packet-drop|conn-limit-drop|dos-drop|fw-drop|icmp-drop|inspect-drop|interface-drop|scanning-threat|syn-attack} rate-interval <600-2592000> = average-rate <0-2147483647> burst-rate <0-2147483647>
				8.0+ threat-detection scanning-threat shun except {object-group <group>|ip-address <net>}
				8.0+ threat-detection scanning-threat shun duration = <10-2592000>
				threat-detection scanning-threat = [shun]
				threat-detection statistics host = [number-of-rate {1|2|3}]
				threat-detection statistics port = [number-of-rate {1|2|3}]
				threat-detection statistics protocol = [number-of-rate {1|2|3}]
			`),
			[]form{
				alwaysThere(release.Span{}, "threat-detection statistics access-list", "threat-detection statistics access-list", nil),
				alwaysThere(since82, "threat-detection statistics tcp-intercept", "no threat-detection statistics tcp-intercept",
					ref("[{rate-interval <1-1440> & burst-rate <25-2147483647> & average-rate <25-2147483647>}]")),
			},
			table(`threat-detection statistics`),
		),
	},
	{
		name: "sysopt", help: "Set system functional options", span: inASA, section: release.SectionSysopt,
		partly: true, // tcpmss, noproxyarp, nodnsalias, timewait
		// the sample of the command references; unverified: from 8.0 on
		all: []usual{
			{slot: "sysopt connection timewait", text: "no sysopt connection timewait"},
			{slot: "sysopt connection tcpmss", text: "sysopt connection tcpmss 1380"},
			{slot: "sysopt connection tcpmss minimum", text: "sysopt connection tcpmss minimum 0"},
			{span: release.Since(release.V(7, 0)).Through(release.V(8, 3)), slot: "sysopt nodnsalias inbound", text: "no sysopt nodnsalias inbound"},
			{span: release.Since(release.V(7, 0)).Through(release.V(8, 3)), slot: "sysopt nodnsalias outbound", text: "no sysopt nodnsalias outbound"},
			{slot: "sysopt connection permit-vpn", text: "sysopt connection permit-vpn"},
			{span: since80, slot: "sysopt connection reclassify-vpn", text: "sysopt connection reclassify-vpn"},
			{span: since80, slot: "sysopt connection preserve-vpn-flows", text: "no sysopt connection preserve-vpn-flows"},
			{slot: "sysopt radius ignore-secret", text: "no sysopt radius ignore-secret"},
			{slot: "sysopt noproxyarp {if}", text: "no sysopt noproxyarp {if}"},
		},
		forms: slices.Concat(
			[]form{{span: inASA, slot: seq(lit("sysopt connection permit-vpn|permit-ipsec")), usual: []usual{
				{slot: "sysopt connection permit-vpn", unsaid: true},
			}}, unsaid(since80, "sysopt connection reclassify-vpn")},
			table(`
				8.0+ sysopt connection preserve-vpn-flows
				sysopt connection timewait
				sysopt connection tcpmss minimum = <0-65535>
				sysopt connection tcpmss = <0-65535>
				sysopt nodnsalias inbound
				sysopt nodnsalias outbound
				sysopt noproxyarp <if>
				sysopt radius ignore-secret
				7.0-8.3 sysopt uauth allow-http-cache
				9.8+ sysopt traffic detailed-statistics
			`),
		),
	},
	{
		name: "vpn-addr-assign", help: "Global settings for VPN IP address assignment policy", span: inASA, section: release.SectionVPN,
		forms: slices.Concat(
			[]form{
				unsaid(release.Span{}, "vpn-addr-assign aaa"),
				unsaid(release.Span{}, "vpn-addr-assign dhcp"),
			},
			table(`vpn-addr-assign local = [reuse-delay <0-480>]`),
		),
	},
	{
		name: "vpn-sessiondb", help: "Configure the VPN session database", span: inASA, section: release.SectionVPN,
		forms: table(`
			-8.3 vpn-sessiondb max-session-limit = <1-100000>
			-8.3 vpn-sessiondb max-webvpn-session-limit = <1-100000>
			8.4+ vpn-sessiondb max-anyconnect-premium-or-essentials-limit = <1-100000>
			8.4+ vpn-sessiondb max-other-vpn-limit = <1-100000>
		`),
	},
	{
		name: "vpn", help: "Enter VPN load balancing configuration mode", span: inASA, section: release.SectionVPN,
		forms: leadsTo(ConfigLoadBalancing, "own: vpn load-balancing"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigLoadBalancing, forms: table(`
			8.0+ redirect-fqdn enable
			interface lbpublic = <if>
			interface lbprivate = <if>
			priority = <1-10>
			nat = <addr>
			cluster key = <secret>
			cluster ip address = <addr>
			cluster port = <1-65535>
			cluster encryption
			participate
		`)}}},
	},
	{
		name: "tunnel-group-map", help: "Specify policy by which the tunnel-group name is derived", span: inASA, section: release.SectionTunnelGroup,
		forms: table(`
			neg: tunnel-group-map enable {ike-id|ou|peer-ip|rules}
			tunnel-group-map default-group = <group:long>
			tunnel-group-map <map> <1-65535> = <group:long>
			tunnel-group-map <1-65535> = <group:long>
		`),
	},
	{
		name: "group-delimiter", help: "Delimiter of the group name in a user name", span: inASA, section: release.SectionTunnelGroup,
		forms: table(`group-delimiter = {@|#|!}`),
	},
	{
		name: "client-update", help: "Configure and change client update parameters", span: inASA, section: release.SectionVPN,
		forms: table(`
			client-update enable
			client-update type <platform> = url <url:long> rev-nums <text>
		`),
	},
	{
		name: "l2tp", help: "Configure Global L2TP Parameters", span: inASA, section: release.SectionVPN,
		forms: table(`l2tp tunnel hello = <10-300>`),
	},
	{
		name: "vpdn", help: "Configure VPDN feature", span: since72, section: release.SectionVPDN, private: true,
		objects: []object{{lead: "vpdn group", keys: []keyKind{keyName}}},
		forms: table(`
			vpdn group <group> request dialout pppoe
			vpdn group <group> localname = <user:long>
			vpdn group <group> ppp authentication {chap|mschap|pap}
			own: vpdn group <group>
			vpdn username <user:long> = password <secret> [store-local]
		`),
	},
	{
		name: "vpnclient", help: "Configure Easy VPN Remote", span: since72, section: release.SectionVPNClient, private: true,
		forms: table(`
			vpnclient server = <server:host>...
			vpnclient mode = {client-mode|network-extension-mode}
			vpnclient nem-st-autoconnect
			vpnclient vpngroup = <group> password <secret>
			vpnclient username = <user> password <secret>
			vpnclient trustpoint = <trustpoint> [chain]
			vpnclient ipsec-over-tcp = [port <1-65535>]
			vpnclient management = {clear|tunnel <text>}
			vpnclient mac-exempt = <text>
			vpnclient server-certificate = <map>
			8.2+ vpnclient secure interface = <if>
			vpnclient enable
		`),
	},
	{
		name: "service-module", help: "Configure a service module", span: since91, section: release.SectionServiceModule,
		forms: table(`
			service-module {0|1|sfr|ips|cxsc} keepalive-timeout = <4-16>
			service-module {0|1|sfr|ips|cxsc} keepalive-counter = <4-16>
		`),
	},
	{
		name: "jumbo-frame", help: "Enable jumbo frames", span: release.Since(release.V(8, 1)), section: release.SectionMTU,
		forms: table(`jumbo-frame reservation`),
	},
	{
		name: "hpm", help: "Enable top hosts reporting", span: since83, section: release.SectionHTTP,
		forms: table(`hpm topn enable`),
	},
	{
		name: "client-identity", help: "Configure clients of Cisco Security services", span: release.Since(release.V(9, 9)), section: release.SectionVPN,
		forms: table(`client-identity keyring = <name>`),
	},
	{
		name: "command-alias", help: "Create command aliases", span: inASA, section: release.SectionCommandAlias,
		forms: table(`command-alias {exec|configure|interface} <alias> = <text>`),
	},
	{
		name: "compression", help: "Configure global compression parameters", span: inASA, section: release.SectionWebVPN,
		forms: table(`
			7.0-8.3 neg: compression {all|svc|http-comp}
			8.4+ neg: compression {all|anyconnect-ssl|http-comp}
		`),
	},
	{
		name: "priority-queue", help: "Enter priority-queue configuration mode", span: inASA, section: release.SectionPriorityQueue,
		forms: leadsTo(ConfigPriorityQueue, "own: priority-queue <if>"),
		body: &submodes{depth: 2, modes: []bodyMode{{mode: ConfigPriorityQueue, forms: table(`
			queue-limit = <0-2048>
			tx-ring-limit = <3-511>
		`)}}},
	},
	{
		name: "wccp", help: "Web-Cache Coordination Protocol", span: since72, section: release.SectionWCCP,
		forms: table(`
			wccp {web-cache|<0-254>} = {redirect-list <acl> & group-list <acl> & password <secret>}
			wccp interface <if> {web-cache|<0-254>} redirect in
		`),
	},
	{
		name: "url-server", help: "Specify a URL filter server", span: inASA, section: release.SectionURLServer,
		forms: table(`
			url-server [<(if)>] vendor websense host <addr> = [timeout <10-120>] [protocol {TCP|UDP} [{version {1|4} [connections <1-100>]|connections <1-100> [version {1|4}]}]]
			url-server [<(if)>] vendor {n2h2|smartfilter} host <addr> = [port <1-65535>] [timeout <10-120>] [protocol {TCP|UDP} [connections <1-100>]]
		`),
	},
	{
		name: "url-cache", help: "Enable/disable URL caching", span: inASA, section: release.SectionURLServer,
		forms: table(`url-cache = {dst|src_dst} [size] <1-128>`),
	},
	{
		name: "filter", help: "Enable or disable URL, FTP, HTTPS, Java, and ActiveX filtering", span: inASA, section: release.SectionFilter,
		forms: table(`
			filter {url|ftp|https} except <net> <net>
			filter url <service> <net> <net> = {allow & proxy-block & longurl-truncate & longurl-deny & cgi-truncate}
			filter {java|activex} <service> <net> <net>
			filter {java|activex} except <net> <net>
			filter ftp <service> <net> <net> = {allow & interact-block}
			filter https <service> <net> <net> = [allow]
		`),
	},
	{
		name: "url-block", help: "Enable URL pending block buffer and long URL support", span: inASA, section: release.SectionURLBlock,
		forms: table(`
			url-block block = <0-128>
			url-block url-mempool = <2-10240>
			url-block url-size = <2-4>
		`),
	},
	{
		name: "virtual", help: "Configure address for authentication virtual servers", span: inASA, section: release.SectionVirtual,
		forms: table(`
			virtual http = <addr> [warning]
			virtual telnet = <addr>
		`),
	},
	{
		name: "dhcprelay", help: "Configure DHCP Relay Agent", span: inASA, section: release.SectionDHCPRelay,
		forms: table(`
			dhcprelay server <addr> = <if>
			9.1+ dhcprelay information trust-all
			dhcprelay enable <if>
			dhcprelay setroute <if>
			dhcprelay timeout = <1-3600>
		`),
	},
	{
		name: "dhcp-client", help: "Configure parameters for DHCP client operation", span: since72, section: release.SectionDHCPD,
		forms: table(`
			dhcp-client client-id interface <if>
			dhcp-client broadcast-flag
			dhcp-client update dns = [server {both|none}]
		`),
	},
	{
		name: "ddns", help: "Configure dynamic DNS update method", span: since72, section: release.SectionDNS,
		forms: leadsTo(ConfigDDNS, "own: ddns update method <name>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigDDNS, forms: table(`
			ddns = [both]
			interval maximum = <0-364> <0-23> <0-59> <0-59>
		`)}}},
	},
	{
		name: "auto-update", help: "Configure auto update", span: inASA, section: release.SectionAutoUpdate, private: true,
		forms: table(`
			auto-update device-id = {hardware-serial|hostname|ipaddress [<if>]|mac-address [<if>]|string <text>}
			auto-update poll-period = <1-35791> [<0-35791> [<1-35791>]]
			7.2+ auto-update poll-at = <text>
			auto-update server <url:long> = [source <if>] [{verify-certificate|no-verification}]
			auto-update timeout = <0-35791>
		`),
	},
	{
		name: "firewall", help: "Switch to router/transparent mode", span: inASA, section: release.SectionHostname,
		forms: table(`firewall transparent`),
	},
	{
		name: "arp-inspection", help: "Change or view ARP inspection", span: inASA, section: release.SectionARP,
		forms: table(`arp-inspection <if> enable = [{flood|no-flood}]`),
	},
	{
		name: "mac-address-table", help: "Configure the MAC address table", span: inASA, section: release.SectionARP,
		forms: table(`
			mac-address-table static <if> <mac>
			mac-address-table aging-time = <5-720>
		`),
	},
	{
		name: "mac-learn", help: "Disable MAC address learning on an interface", span: inASA, section: release.SectionARP,
		forms: table(`mac-learn <if> disable`),
	},
	{
		name: "mac-list", help: "Create a mac-list to filter based on MAC address", span: inASA, section: release.SectionMACList,
		objects: []object{{lead: "mac-list", keys: []keyKind{keyName}}},
		forms:   table(`mac-list <name> {permit|deny} <mac> <mac>`),
	},
	{
		name: "xlate", help: "Configure an xlate option", span: since90, section: release.SectionXlate,
		forms: table(`
			xlate per-session {permit|deny} {tcp|udp} <xlate-rule>
			9.4+ xlate block-allocation size = <32-4096>
			9.4+ xlate block-allocation maximum-per-host = <1-8>
			9.8+ xlate block-allocation pba-interim-logging = <21600-604800>
		`),
	},
	{
		name: "object-group-search", help: "Enables object group search algorithm", span: since83, section: release.SectionObjectGroup,
		forms: table(`
			object-group-search access-control
			9.12+ object-group-search threshold
		`),
	},
	{
		name: "dynamic-filter", help: "Configure dynamic filter", span: since82, section: release.SectionDynamicFilter,
		forms: slices.Concat(table(`
			dynamic-filter updater-client enable
			dynamic-filter use-database
			dynamic-filter enable = {interface <if> & classify-list <acl>}
			dynamic-filter drop blacklist = {interface <if> & action-classify-list <acl> & {threat-level eq {very-low|low|moderate|high|very-high}|threat-level range {very-low|low|moderate|high|very-high} {very-low|low|moderate|high|very-high}}}
			dynamic-filter ambiguous-is-black
		`), leadsTo(ConfigDynamicFilter, "own: dynamic-filter {whitelist|blacklist}")),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigDynamicFilter, forms: table(`
			address <addr> <mask>
			name <name:long>
		`)}}},
	},
	{
		name: "scansafe", help: "Scansafe configuration", span: since90, section: release.SectionScanSafe,
		forms: leadsTo(ConfigScanSafe, "own: scansafe general-options"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigScanSafe, forms: table(`
			server primary = {ip <addr>|fqdn <name:long>} [port <1-65535>]
			server backup = {ip <addr>|fqdn <name:long>} [port <1-65535>]
			retry-count = <2-100>
			license = <secret>
			health-check application = [url <url:long>] [timeout <1-120>]
		`)}}},
	},
	{
		name: "dynamic-access-policy-record", help: "Dynamic Access Policy configuration commands", span: since80, section: release.SectionDAP,
		forms: []form{{slot: ref("dynamic-access-policy-record <name>"), owner: true, enters: ConfigDAP,
			usual: []usual{{slot: "dynamic-access-policy-record DfltAccessPolicy", text: "dynamic-access-policy-record DfltAccessPolicy"}}}},
		body: &submodes{depth: 1, modes: []bodyMode{
			{mode: ConfigDAP, forms: append(table(`
				action = {continue|terminate|quarantine}
				description = <text>
				network-acl <acl>
				priority = <0-2147483647>
				user-message = <text>
			`), leadsTo(ConfigWebVPNOfDAP, "webvpn")...)},
			{mode: ConfigWebVPNOfDAP, forms: table(groupWebVPN)},
		}},
	},
	{
		name: "nac-policy", help: "Configure a NAC policy", span: since80, section: release.SectionGroupPolicy,
		forms: leadsTo(ConfigNACPolicy, "own: nac-policy <name> nac-framework"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigNACPolicy, forms: table(`
			default-acl = <acl>
			reval-period = <300-86400>
			sq-period = <30-1800>
			authentication-server-group = <group>
			exempt-list <text>
		`)}}},
	},
	{
		name: "quota", help: "Configure a quota for sessions", span: since91, section: release.SectionConsole,
		forms: table(`quota management-session = [{http|ssh|telnet|user}] <0-15>`),
	},
	{
		name: "rest-api", help: "REST API configuration", span: release.Since(release.V(9, 3)), section: release.SectionHTTP,
		forms: table(`
			rest-api image = <url:long>
			rest-api agent
		`),
	},
	{
		name: "license", help: "Configure the licence", span: release.Since(release.V(9, 3)), section: release.SectionBoot,
		forms: leadsTo(ConfigLicense, "own: license smart"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigLicense, forms: table(`
			feature tier = {standard|ent-std}
			feature {strong-encryption|mobile-sp|carrier|context} = [<1-250>]
			throughput level = {100M|1G|2G|10G|20G}
		`)}}},
	},
	{
		name: "password-policy", help: "Configure password policy options", span: since91, section: release.SectionAAA,
		forms: table(`
			password-policy lifetime = <0-65535>
			password-policy minimum-changes = <0-64>
			password-policy minimum-length = <3-64>
			password-policy minimum-lowercase = <0-64>
			password-policy minimum-numeric = <0-64>
			password-policy minimum-special = <0-64>
			password-policy minimum-uppercase = <0-64>
			password-policy authenticate enable
			9.8+ password-policy reuse-interval = <2-7>
			9.8+ password-policy username-check
		`),
	},
	{
		name: "key", help: "Configure encryption of keys", span: since83, section: release.SectionHostname,
		forms: table(`
			key config-key password-encryption = [<secret>]
		`),
	},
	{
		name: "password", help: "Encryption of passwords", span: since83, section: release.SectionHostname, noclear: true,
		forms: table(`password encryption aes`),
	},
}
