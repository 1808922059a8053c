package command

import (
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// Families of 7.0 and later that published configurations have and that nothing acts on. Their forms are those of the
// command references of 8.0 to 9.12. unverified: where their lines stand among the others.

// inVoice is where the proxies of phones are: they went with 9.4 (release notes of 9.4(1)).
var inVoice = since80.Through(release.V(9, 3))

// snmpMapSpec are the maps that inspect snmp names.
var snmpMapSpec = storedSpec{
	name: "snmp-map", help: "Configure an SNMP map", span: inASA, section: release.SectionTCPMap,
	forms: leadsTo(ConfigSNMPMap, "own: snmp-map <name>"),
	body:  &submodes{depth: 1, modes: []bodyMode{{mode: ConfigSNMPMap, forms: table("deny version {1|2|2c|3}")}}},
	inUse: engineMapInUse("snmp"),
}

// whoInUse says that an entry of an access-list names a group.
func whoInUse(c *config.Config, slot string) (release.Key, string) {
	for _, l := range c.ACLs.All() {
		for _, a := range l.Entries.All() {
			if slices.Contains(groupsOfWho(a.Src), slot) || slices.Contains(groupsOfWho(a.Dst), slot) {
				return release.ConfGroupInUse, slot[strings.LastIndexByte(slot, ' ')+1:]
			}
		}
	}
	return "", ""
}

// inOldMaps is where each engine of inspection has a command of its own for its maps, which 7.2 made policy-maps (command
// reference of 7.0).
var inOldMaps = release.Since(release.V(7, 0)).Through(release.V(7, 1))

// oldActions is what a line of an http-map does.
const oldActions = "action {allow|drop|reset} [log]"

// oldMaps are these maps.
var oldMaps = []storedSpec{
	oldMap("http", ConfigHTTPMap, `
		content-length {min <1-65535> [max <1-50000000>]|max <1-50000000>} = `+oldActions+`
		content-type-verification [match-req-rsp] = `+oldActions+`
		max-header-length {request <1-65535> [response <1-65535>]|response <1-65535>} = `+oldActions+`
		max-uri-length <1-65535> = `+oldActions+`
		port-misuse {im|p2p|tunneling|default} = `+oldActions+`
		request-method rfc <method> = `+oldActions+`
		request-method ext <method> = `+oldActions+`
		strict-http = `+oldActions+`
		transfer-encoding type {chunked|compress|deflate|gzip|identity|default} = `+oldActions+`
	`),
	oldMap("ftp", ConfigFTPMap, `
		mask-syst-reply
		request-command deny {appe|cdup|dele|get|help|mkd|put|retr|rmd|rnfr|rnto|site|stor|stou}...
	`),
	oldMap("gtp", ConfigGTPMap, `
		description = <text>
		drop apn <apn:long>
		drop message <1-255>
		drop version <0-255>
		mcc <0-999> mnc <0-999>
		message-length min <1-65536> max <1-65536>
		permit errors
		request-queue = <1-4294967295>
		timeout {gsn|pdp-context|request|signaling|tunnel} = <time>
		tunnel-limit = <1-4294967295>
	`),
	oldMap("mgcp", ConfigMGCPMap, `
		call-agent <addr> <0-2147483647>
		command-queue = <1-2147483647>
		gateway <addr> <0-2147483647>
	`),
}

func oldMap(kind string, mode Mode, lines string) storedSpec {
	name := kind + "-map"
	return storedSpec{
		name: name, help: "Configure a map of the inspection of " + kind, span: inOldMaps, section: release.SectionTCPMap,
		forms: leadsTo(mode, "own: "+name+" <map_name>"),
		body:  &submodes{depth: 1, modes: []bodyMode{{mode: mode, forms: table(lines)}}},
		inUse: engineMapInUse(kind),
	}
}

// engineMapInUse says that an inspect line names a map.
func engineMapInUse(kind string) func(*config.Config, string) (release.Key, string) {
	return func(c *config.Config, slot string) (release.Key, string) {
		if mapInUse(c, kind, slot[len(kind+"-map "):]) {
			return release.MPFInUse, slot
		}
		return "", ""
	}
}

// familiesASA are the others.
var familiesASA = []storedSpec{
	snmpMapSpec,
	{
		name: "uc-ime", help: "Configure the Cisco Intercompany Media Engine proxy", span: since83.Through(release.V(9, 3)), section: release.SectionVoice,
		forms: leadsTo(ConfigUCIME, "own: uc-ime <name>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigUCIME, forms: table(`
			media-termination = <name>
			ticket epoch = <1-255> password <secret>
			ucm address <addr> = trunk-security-mode {nonsecure|secure}
			mapping-service listening-interface <if> = [listening-port <1-65535>] uc-ime-interface <if>
			fallback monitoring timer = <10-600>
			fallback hold-down timer = <10-360>
			fallback sensitivity-file = <file:long>
		`)}}},
	},
	{
		name: "mount", help: "Configure a file system of a server", span: since80, section: release.SectionFTPMode, private: true,
		forms: slices.Concat(leadsTo(ConfigMountCIFS, "own: mount <name> type cifs"), leadsTo(ConfigMountFTP, "own: mount <name> type ftp"),
			[]form{{slot: ref("mount <name>"), only: true, owner: true}}),
		body: &submodes{depth: 1, modes: []bodyMode{
			{mode: ConfigMountCIFS, forms: table(`
				server = <server:host>
				share = <share:long>
				domain = <domain>
				username = <user>
				password = <secret>
				status = {disable|enable}
			`)},
			{mode: ConfigMountFTP, forms: table(`
				server = <server:host>
				path = <path:long>
				mode = {active|passive}
				username = <user>
				password = <secret>
				status = {disable|enable}
			`)},
		}},
	},
	{
		name: "cluster", help: "Configure clustering", span: since90, section: release.SectionFTPMode,
		forms: append(table("cluster interface-mode = {individual|spanned} [force]"), leadsTo(ConfigCluster, "own: cluster group <name>")...),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigCluster, forms: table(`
			key = <secret>
			local-unit = <unit>
			cluster-interface <port-id> = ip <net>
			priority = <1-100>
			console-replicate
			neg: health-check = [holdtime <1-45>] [vss-enabled]
			9.4+ neg: health-check monitor-interface <name>
			9.4+ site-id = <1-8>
			clacp static-port-priority
			clacp system-mac = {auto|<mac>} [system-priority <1-65535>]
			conn-rebalance = [frequency <1-360>]
			mtu = <64-65535>
			neg: enable = [{as-slave|noconfirm}]
		`)}}},
	},
	{
		name: "nve", help: "Configure a network virtualization endpoint", span: since94, section: release.SectionMTU,
		forms: leadsTo(ConfigNVE, "own: nve <1-1>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigNVE, forms: table(`
			encapsulation vxlan
			source-interface = <if>
			default-mcast-group = <addr>
			peer ip = <addr>
		`)}}},
	},
	{
		name: "ipv6 dhcp", help: "Configure IPv6 DHCP", span: release.Since(release.V(9, 6)), section: release.SectionIPv6, noclear: true,
		forms: leadsTo(ConfigDHCPPool6, "own: ipv6 dhcp pool <pool>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigDHCPPool6, forms: table(`
			dns-server <ip6>
			domain-name = <domain:long>
			import {dns-server|domain-name|nis address|nis domain-name|nisp address|nisp domain-name|sip address|sip domain-name|sntp address}
			nis address <ip6>
			nis domain-name = <domain:long>
			nisp address <ip6>
			nisp domain-name = <domain:long>
			sip address <ip6>
			sip domain-name = <domain:long>
			sntp address <ip6>
		`)}}},
	},
	{
		name: "dns-group", help: "Specify the DNS server group of the box", span: since80, section: release.SectionDNS, noclear: true, // unverified: that 8.0 is the first
		forms: table("dns-group = <group>"),
	},
	{
		name: "checkheaps", help: "Configure checkheap verification intervals", span: inASA, section: release.SectionSysopt,
		forms: table("checkheaps {check-interval|validate-checksum} = <0-2147483647>"),
	},
	{
		name: "coredump", help: "Configure core dumps", span: since82, section: release.SectionCrash,
		forms: table("coredump enable = [filesystem <filesystem> [size <60-4096>]]"),
	},
	{
		name: "snmp", help: "Configure SNMP thresholds", span: since84, section: release.SectionSNMP, noclear: true,
		forms: table(`
			snmp cpu threshold rising = <10-94> <1-60>
			snmp interface threshold = <30-99>
		`),
	},
	{
		name: "ipv6-vpn-addr-assign", help: "Global settings for the assignment of IPv6 addresses", span: since90, section: release.SectionVPN,
		forms: table(`
			neg: ipv6-vpn-addr-assign aaa
			neg: ipv6-vpn-addr-assign local = [reuse-delay <0-480>]
		`),
	},
	{
		// unverified: that 8.4 is the last
		name: "eou", help: "Configure EAP over UDP for network admission control", span: since72.Through(release.V(8, 4)), section: release.SectionAAA, private: true,
		forms: table(`
			neg: eou allow clientless
			neg: eou allow {audit|none}
			eou clientless username = <user>
			eou clientless password = <secret>
			eou max-retry = <1-3>
			eou port = <1024-65535>
			eou timeout hold-period = <60-86400>
			eou timeout retransmit = <1-60>
		`),
	},
	{
		name: "dhcpd", help: "Update DNS for the clients of the DHCP server", span: since72, section: release.SectionDHCPD, noclear: true,
		forms: table(`
			dhcpd update dns [both] [override] interface <if>
			dhcpd update dns = [both] [override]
		`),
	},
	{
		name: "telnet", help: "Add a network of IPv6 that may use telnet", span: inASA, section: release.SectionTelnet, noclear: true,
		forms: table("telnet <net6> <if>"),
	},
}
