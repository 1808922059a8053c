package command

import (
	"slices"

	"pixsim/appliance/release"
)

// redistributed are the options of a protocol whose routes another one hands on.
const redistributed = `{metric <0-4294967295> & metric-type {1|2|external|internal} & route-map <map> & tag <0-4294967295> & subnets & {level-1|level-2|level-1-2}}`

// routingASA are the routing protocols of 7.0 and later: rip and ospf, from 8.0 on eigrp, from 9.2 on bgp, from 9.6 on is-is.
// A routing process is a block behind "router"; nothing is learnt by any.
var routingASA = []storedSpec{
	{
		name: "router", help: "Enable a routing process", span: inASA, section: release.SectionRouter,
		forms: slices.Concat(
			leadsTo(ConfigRouterRIP, "7.2+ own: router rip"),
			leadsTo(ConfigRouterOSPF, "own: router ospf <pid:1-65535>"),
			leadsTo(ConfigRouterEIGRP, "8.0+ own: router eigrp <as:1-65535>"),
			leadsTo(ConfigRouterBGP, "9.2+ own: router bgp <as>"),
			leadsTo(ConfigRouterISIS, "9.6+ own: router isis"),
		),
		body: &submodes{depth: 1, modes: []bodyMode{
			{mode: ConfigRouterRIP, forms: table(`
				network <addr>
				neg: passive-interface <if>
				passive-interface default
				redistribute {connected|static} = {metric {transparent|<0-16>} & route-map <map>}
				redistribute ospf <pid:1-65535> = {match {internal & external [{1|2}] & nssa-external [{1|2}]} & metric {transparent|<0-16>} & route-map <map>}
				redistribute eigrp <as:1-65535> = {metric {transparent|<0-16>} & route-map <map>}
				default-information originate = [route-map <map>]
				distribute-list <acl> {in|out} = [interface <if>]
				version = {1|2}
				neg: auto-summary
			`)},
			{mode: ConfigRouterOSPF, forms: ospfASA()},
			{mode: ConfigRouterEIGRP, forms: table(`
				network <addr> = [<mask>]
				neighbor <addr> interface <if>
				neg: passive-interface <if>
				passive-interface default
				distance eigrp = <1-255> <1-255>
				distribute-list <acl> {in|out} = [interface <if>]
				neg: default-information {in|out} = [<acl>]
				default-metric = <1-4294967295> <0-4294967295> <0-255> <1-255> <1-65535>
				neg: eigrp log-neighbor-changes
				neg: eigrp log-neighbor-warnings = [<1-65535>]
				eigrp router-id = <addr>
				eigrp stub = {receive-only|{connected & redistributed & static & summary}}
				metric weights = <0-8> <0-255> <0-255> <0-255> <0-255> <0-255>
				redistribute {connected|rip|static} = {metric <1-4294967295> <0-4294967295> <0-255> <1-255> <1-65535> & route-map <map>}
				redistribute ospf <pid:1-65535> = {match {internal & external [{1|2}] & nssa-external [{1|2}]} & metric <1-4294967295> <0-4294967295> <0-255> <1-255> <1-65535> & route-map <map>}
				neg: auto-summary
			`)},
			{mode: ConfigRouterBGP, forms: append(table(`
				bgp router-id = <addr>
				neg: bgp log-neighbor-changes
				bgp always-compare-med
				bgp asnotation dot
				bgp bestpath compare-routerid
				bgp bestpath med = missing-as-worst
				bgp default local-preference = <0-4294967295>
				bgp deterministic-med
				neg: bgp enforce-first-as
				neg: bgp fast-external-fallover
				bgp graceful-restart = [{restart-time <1-3600>|stalepath-time <1-3600>}]
				bgp maxas-limit = <1-254>
				neg: bgp transport path-mtu-discovery
				timers bgp = <0-65535> <0-65535> [<0-65535>]
			`), leadsTo(ConfigRouterAF, "own: address-family {ipv4|ipv6} unicast")...)},
			{mode: ConfigRouterAF, forms: bgpFamily(), end: "exit-address-family", endDepth: 1},
			{mode: ConfigRouterISIS, forms: table(`
				net <entity>
				is-type = {level-1|level-1-2|level-2-only}
				metric = <1-63>
				metric-style = {narrow|transition|wide}
				passive-interface {default|<if>}
				default-information originate = [route-map <map>]
				redistribute {connected|static} = ` + redistributed + `
				log-adjacency-changes = [all]
				hostname dynamic
				set-overload-bit = <text>
				authentication mode = {md5|text} [{level-1|level-2}]
				authentication key = <secret> [{level-1|level-2}]
				lsp-gen-interval = <text>
				spf-interval = <text>
				prc-interval = <text>
				max-lsp-lifetime = <1-65535>
				lsp-refresh-interval = <1-65535>
				maximum-paths = <1-8>
				distance = <1-255>
				protocol shutdown
			`)},
		}},
	},
	{
		name: "ipv6 router", help: "Enable an IPv6 OSPF routing process", span: since90, section: release.SectionRouter,
		forms: leadsTo(ConfigRouterOSPF6, "own: ipv6 router ospf <pid:1-65535>"),
		body: &submodes{depth: 1, modes: []bodyMode{
			{mode: ConfigRouterOSPF6, forms: table(`
				router-id = <addr>
				area <area> stub = [no-summary]
				area <area> nssa = {no-redistribution & no-summary & default-information-originate}
				area <area> range <net6> = [{advertise|not-advertise}] [cost <0-16777215>]
				area <area> default-cost = <0-16777214>
				default-information originate = {always & metric <0-16777214> & metric-type {1|2} & route-map <map>}
				passive-interface {default|<if>}
				redistribute {connected|static} = ` + redistributed + `
				neg: log-adjacency-changes = [detail]
				distance = <1-255>
				timers throttle spf = <1-600000> <1-600000> <1-600000>
			`)},
		}},
	},
	{
		name: "route", help: "Enter a static route that discards", span: since92, section: release.SectionRoute, noclear: true,
		forms: table(`route Null0 <net> = [<1-255>]`),
	},
	{
		name: "route-map", help: "Create route-map or enter route-map configuration mode", span: inASA, section: release.SectionRouteMap,
		objects: []object{{lead: "route-map", keys: []keyKind{keyName}}},
		forms: []form{
			{slot: seq(lit("route-map"), wordVal("map_tag"), usually(enumVal("kind", "permit", "deny"), "permit"), usually(numVal("seq_num", 0, 65535), "10")),
				owner: true, enters: ConfigRouteMapASA},
			{slot: seq(lit("route-map"), wordVal("map_tag")), only: true, owner: true, clears: true},
		},
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigRouteMapASA, forms: table(`
			match interface = <if>...
			match ip address = {prefix-list <list>...|<acl>...}
			match ip next-hop = {prefix-list <list>...|<acl>...}
			match ip route-source = {prefix-list <list>...|<acl>...}
			9.2+ match ipv6 address = {prefix-list <list>...|<acl>...}
			match metric = <0-4294967295>
			match route-type = {local|internal|external [{type-1|type-2}]|nssa-external [{type-1|type-2}]}
			9.2+ match as-path = <1-500>...
			9.2+ match community = <list>... [exact-match]
			9.2+ match policy-list = <name>...
			9.2+ match tag = <0-4294967295>...
			9.4+ set adaptive-interface cost = <if>...
			9.2+ set as-path prepend = {last-as <1-10>|<as>...}
			9.2+ set as-path tag
			9.2+ set automatic-tag
			9.2+ set community = {none|<community>... [additive]}
			9.4+ set interface = <if>...
			9.4+ set ip df = {0|1}
			9.4+ set ip dscp = <dscp>
			9.2+ set ip next-hop = {peer-address|<addr>...}
			9.4+ set ip next-hop verify-availability <addr> <1-65535> track <1-500>
			9.4+ set ip default next-hop = <addr>...
			-9.1 set ip next-hop = <addr>...
			9.2+ set local-preference = <0-4294967295>
			set metric = [{+|-}] <0-4294967295>
			set metric-type = {internal|external|type-1|type-2}
			9.2+ set origin = {egp|igp|incomplete}
			9.2+ set weight = <0-65535>
			9.2+ continue = [<1-65535>]
			description = <text>
		`)}}},
	},
	{
		name: "prefix-list", help: "Build a prefix list", span: inASA, section: release.SectionPrefixList,
		objects: []object{{lead: "prefix-list", keys: []keyKind{keyName}}},
		forms: slices.Concat(
			table(`neg: prefix-list sequence-number`),
			[]form{
				{slot: lit("prefix-list"), rest: nil, only: true, owner: true},
				{slot: ref("prefix-list <list_name> description"), rest: textVal("text")},
				{slot: seq(ref("prefix-list <list_name> seq <1-4294967294>")), rest: prefixRule()},
				{slot: seq(lit("prefix-list"), wordVal("list_name"), prefixRule())},
				{slot: ref("prefix-list <list_name>"), only: true, owner: true, clears: true},
			}),
	},
	{
		name: "as-path access-list", help: "Configure an autonomous system path filter", span: since92, section: release.SectionPrefixList,
		forms: table(`as-path access-list <1-500> {permit|deny} <text>`),
	},
	{
		name: "community-list", help: "Configure a BGP community list", span: since92, section: release.SectionPrefixList,
		forms: table(`
			community-list <1-99> {permit|deny} <text>
			community-list <100-500> {permit|deny} <text>
			community-list {standard|expanded} <name> {permit|deny} <text>
		`),
	},
	{
		name: "policy-list", help: "Configure a BGP policy list", span: since92, section: release.SectionPrefixList,
		forms: leadsTo(ConfigPolicyList, "own: policy-list <name> {permit|deny}"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigPolicyList, forms: table(`
			match interface = <if>...
			match ip address = {prefix-list <list>...|<acl>...}
			match ip next-hop = {prefix-list <list>...|<acl>...}
			match ip route-source = {prefix-list <list>...|<acl>...}
			match as-path = <1-500>...
			match community = <list>... [exact-match]
			match metric = <0-4294967295>...
			match tag = <0-4294967295>...
		`)}}},
	},
	{
		name: "multicast-routing", help: "Enable IP multicast forwarding", span: inASA, section: release.SectionMulticast,
		forms: table(`multicast-routing`),
	},
	{
		name: "mroute", help: "Configure static multicast routes", span: inASA, section: release.SectionMulticast,
		forms: table(`
			mroute <addr> <mask> <if> = [dense <if>] [<1-255>]
			mroute <addr> <mask> <rpf:addr> = [<1-255>]
		`),
	},
	{
		name: "pim", help: "Configure Protocol Independent Multicast", span: inASA, section: release.SectionMulticast,
		forms: table(`
			pim rp-address <addr> = [<acl>] [bidir]
			pim accept-register {list <acl>|route-map <map>}
			pim old-register-checksum
			pim spt-threshold infinity = [group-list <acl>]
			8.0+ pim bsr-candidate = <if> [<0-32> [<0-255>]]
			9.4+ pim rp-candidate = <text>
		`),
	},
	{
		name: "sla monitor", help: "IP Service Level Agreement Monitor", span: since72, section: release.SectionSLA,
		objects: []object{{lead: "sla monitor schedule"}, {lead: "sla monitor", keys: []keyKind{keyNumber}}},
		forms: slices.Concat(
			leadsTo(ConfigSLA, "own: sla monitor <1-2147483647>"),
			table(`sla monitor schedule <1-2147483647> = {life {forever|<0-2147483647>} & start-time {now|pending|after <time>|<time-of-day> [<month> <1-31>]} & ageout <0-2073600> & recurring}`),
		),
		body: &submodes{depth: 1, modes: []bodyMode{
			{mode: ConfigSLA, forms: leadsTo(ConfigSLAEcho, "type echo protocol ipIcmpEcho <target:host> interface <if>")},
			{mode: ConfigSLAEcho, forms: table(`
				num-packets = <1-100>
				request-data-size = <0-16384>
				threshold = <0-2147483647>
				timeout = <0-604800000>
				tos = <0-255>
				frequency = <1-604800>
			`)},
		}},
	},
	{
		name: "track", help: "Object tracking", span: since72, section: release.SectionTrack,
		forms: table(`track <1-500> = rtr <1-2147483647> reachability`),
	},
	{
		name: "ipv6", help: "Global IPv6 configuration commands", span: inASA, section: release.SectionIPv6,
		forms: table(`
			ipv6 unicast-routing
			ipv6 enforce-eui64 <if>
			ipv6 neighbor <ip6> <if> = <mac>
			ipv6 icmp {permit|deny} {any|host <ip6>|<net6>} [<type>] <if>
			8.0+ ipv6 local pool <name> = <net6> <1-16384>
			ipv6 route <if> <net6> <gateway:ip6> = [<1-254>] [tunneled]
			-8.4 ipv6 access-list <name> [line <1-16777215>] {permit|deny} <text>
			-8.4 ipv6 access-list <name> [line <1-16777215>] remark <text>
			8.0+ ipv6 access-list webtype <name> {permit|deny} <text>
			9.0+ ipv6 dhcprelay enable <if>
			9.0+ ipv6 dhcprelay server <ip6> = [<if>]
			9.0+ ipv6 dhcprelay timeout = <1-3600>
			9.2+ ipv6 prefix-list <name> [seq <1-4294967294>] {permit|deny} <text>
		`),
	},
	{
		name: "zone", help: "Create traffic zones", span: release.Since(release.V(9, 3)), section: release.SectionZone,
		forms: table(`zone <name>`),
	},
}

// ospfASA are the lines of router ospf: those of 6.3, and what came since.
func ospfASA() []form {
	return slices.Concat(ospfForms(), table(`
		neighbor <addr> = interface <if>
		neg: log-adj-changes = [detail]
		distribute-list <acl> in = [interface <if>]
		distribute-list <acl> out = [{connected|static|rip|eigrp <1-65535>|ospf <1-65535>}]
		redistribute rip = `+redistributed+`
		redistribute eigrp <as:1-65535> = `+redistributed+`
		9.2+ redistribute bgp <as> = `+redistributed+`
		9.0+ timers throttle spf = <1-600000> <1-600000> <1-600000>
		9.0+ timers throttle lsa = <0-600000> <1-600000> <1-600000>
		9.0+ timers lsa arrival = <0-600000>
		9.0+ timers pacing flood = <5-100>
		9.0+ timers pacing lsa-group = <10-1800>
		9.0+ timers pacing retransmission = <5-200>
		9.2+ nsf = {cisco [{enforce global|helper}]|ietf [{helper|restart-interval <1-1800>}]}
		9.3+ prefix-suppression
	`))
}

// bgpFamily are the lines of an address family of bgp.
func bgpFamily() []form {
	return slices.Concat(table(`
		neighbor <peer> remote-as = <as>
		neighbor <peer> description = <text>
	`), tableOf("neighbor <peer>", `
		activate
		advertise-map <map> = {exist-map|non-exist-map} <map>
		advertisement-interval = <0-600>
		allowas-in = [<1-10>]
		default-originate = [route-map <map>]
		disable-connected-check
		distribute-list <acl> {in|out}
		ebgp-multihop = [<1-255>]
		fall-over bfd
		filter-list <1-500> {in|out}
		ha-mode graceful-restart = [disable]
		local-as = <as> [no-prepend [replace-as [dual-as]]]
		maximum-prefix = <1-4294967295> [<1-100>] [{restart <1-65535>|warning-only}]
		next-hop-self
		password = [{0|6|7|8}] <secret>
		prefix-list <list> {in|out}
		remove-private-as = [all [replace-as]]
		route-map <map> {in|out}
		send-community = [{both|extended|standard}]
		shutdown
		timers = <0-65535> <0-65535> [<0-65535>]
		transport connection-mode {active|passive}
		neg: transport path-mtu-discovery
		transport path-mtu-discovery disable
		ttl-security = hops <1-254>
		update-source = <if>
		version = 4
		weight = <0-65535>
		next-hop-unchanged
	`), table(`
		network <addr> = [mask <mask>] [route-map <map>]
		network <net6> = [route-map <map>]
		aggregate-address <addr> <mask> = {as-set & summary-only & advertise-map <map> & attribute-map <map> & suppress-map <map>}
		redistribute {connected|static|rip} = {metric <0-4294967295> & route-map <map>}
		redistribute ospf <pid:1-65535> = {match {internal & external [{1|2}] & nssa-external [{1|2}]} & metric <0-4294967295> & route-map <map>}
		redistribute eigrp <as:1-65535> = {metric <0-4294967295> & route-map <map>}
		bgp aggregate-timer = <0-60>
		bgp dampening = <text>
		bgp inject-map <map> = exist-map <map> [copy-attributes]
		bgp nexthop trigger delay = <0-100>
		neg: bgp nexthop trigger enable
		bgp redistribute-internal
		bgp scan-time = <5-60>
		bgp suppress-inactive
		default-information originate
		distance bgp = <1-255> <1-255> <1-255>
		maximum-paths = [ibgp] <1-8>
		table-map <map> = [filter]
		neg: auto-summary
		neg: synchronization
	`))
}
