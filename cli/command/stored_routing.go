package command

import "pixsim/appliance/release"

// rip51 is where passive and default are printed when they are off (4.2(3) and 4.4(5) captures).
var rip51 = release.Until(release.V(5, 1))

// routingSpecs are the routing protocols: rip, from 6.2 on the forwarding of multicasts, from 6.3 on OSPF.
var routingSpecs = []storedSpec{
	{
		name: "rip", help: "Broadcast default route or passive RIP", span: inPIX, section: release.SectionRIP,
		objects: []object{{lead: "rip", keys: []keyKind{keyInterface}}},
		forms: []form{
			{slot: seq(lit("rip"), ifVal(), lit("passive")), rest: ripVersion(), usual: []usual{{span: rip51, slot: "rip {if} passive", text: "no rip {if} passive"}}},
			{slot: seq(lit("rip"), ifVal(), lit("default")), rest: ripVersion(), usual: []usual{{span: rip51, slot: "rip {if} default", text: "no rip {if} default"}}},
		},
		shows: []string{"rip [if_name]"},
		usage: []string{"[no] rip <if_name> default|passive [version <1|2>] [authentication <text|md5> <key> <key_id>]"},
	},
	{
		name: "prefix-list", help: "Configure a prefix list for OSPF", span: from63, section: release.SectionPrefixList,
		objects: []object{{lead: "prefix-list", keys: []keyKind{keyName}}},
		forms: []form{
			{slot: lit("prefix-list sequence-number")},
			{slot: seq(lit("prefix-list"), wordVal("list_name"), lit("description")), rest: textVal("text")},
			{slot: seq(lit("prefix-list"), wordVal("list_name"), lit("seq"), numVal("seq_num", 1, 4294967294)), rest: prefixRule()},
			{slot: seq(lit("prefix-list"), wordVal("list_name"), prefixRule())},
			{slot: seq(lit("prefix-list"), wordVal("list_name")), only: true, owner: true, clears: true},
		},
		shows: []string{"prefix-list [list_name]"},
		usage: []string{
			"[no] prefix-list <list_name> [seq <seq_num>] {permit|deny} <prefix>/<len> [ge <min>] [le <max>]",
			"[no] prefix-list <list_name> description <text>", "[no] prefix-list sequence-number",
		},
	},
	{
		name: "route-map", help: "Define the conditions for redistributing routes", span: from63, section: release.SectionRouteMap,
		objects: []object{{lead: "route-map", keys: []keyKind{keyName}}},
		forms: []form{
			{slot: seq(lit("route-map"), wordVal("map_tag"), usually(enumVal("kind", "permit", "deny"), "permit"), usually(numVal("seq_num", 0, 65535), "10")),
				owner: true, enters: ConfigRouteMap},
			{slot: seq(lit("route-map"), wordVal("map_tag")), only: true, owner: true, clears: true},
		},
		body: &submodes{depth: 2, modes: []bodyMode{{mode: ConfigRouteMap, forms: []form{
			{slot: lit("match interface"), rest: many(ifVal())},
			{slot: lit("match ip address"), rest: many(aclVal())},
			{slot: lit("match ip next-hop"), rest: many(aclVal())},
			{slot: lit("match ip route-source"), rest: many(aclVal())},
			{slot: lit("match metric"), rest: numVal("metric", 0, 2147483647)},
			{slot: lit("match route-type"), rest: either(enumVal("type", "local", "internal", "nssa-external"), seq(lit("external"), opt(enumVal("kind", "type-1", "type-2"))))},
			{slot: lit("set metric"), rest: numVal("metric", 0, 2147483647)},
			{slot: lit("set metric-type"), rest: enumVal("type", "internal", "external", "type-1", "type-2")},
			{slot: lit("set ip next-hop"), rest: many(addrVal("ip_addr"))},
		}}}},
		shows: []string{"route-map [map_tag]"},
		usage: []string{"[no] route-map <map_tag> [permit|deny] [<seq_num>]"},
	},
	{
		name: "routing interface", help: "Configure interface-specific OSPF routing", span: from63, section: release.SectionRouting,
		forms: []form{{slot: seq(lit("routing interface"), ifVal()), owner: true, enters: ConfigRouting, clears: true}, {slot: lit("routing"), cleared: true}},
		body: &submodes{depth: 2, modes: []bodyMode{{mode: ConfigRouting, forms: []form{
			{slot: lit("ospf authentication"), rest: opt(enumVal("kind", "message-digest", "null"))},
			{slot: lit("ospf authentication-key"), rest: secretVal("password", 8, stars, inPIX)},
			{slot: lit("ospf cost"), rest: numVal("interface_cost", 1, 65535)},
			{slot: lit("ospf database-filter all out")},
			{slot: lit("ospf dead-interval"), rest: numVal("seconds", 1, 65535)},
			{slot: lit("ospf hello-interval"), rest: numVal("seconds", 1, 65535)},
			{slot: seq(lit("ospf message-digest-key"), numVal("key-id", 1, 255)), rest: seq(lit("md5"), secretVal("key", 16, stars, inPIX))},
			{slot: lit("ospf mtu-ignore")},
			{slot: lit("ospf priority"), rest: numVal("number", 0, 255)},
			{slot: lit("ospf retransmit-interval"), rest: numVal("seconds", 1, 65535)},
			{slot: lit("ospf transmit-delay"), rest: numVal("seconds", 1, 65535)},
		}}}},
		shows: []string{"routing interface [if_name]"},
		usage: []string{"[no] routing interface <if_name>"},
	},
	{
		name: "router ospf", help: "Configure an OSPF routing process", span: from63, section: release.SectionRouter,
		forms: []form{
			{slot: seq(lit("router ospf"), numVal("pid", 1, 65535)), owner: true, enters: ConfigRouter},
			{slot: seq(lit("router ospf"), numVal("pid", 1, 65535)), only: true, owner: true, clears: true},
			{slot: lit("router"), cleared: true},
		},
		body:  &submodes{depth: 2, modes: []bodyMode{{mode: ConfigRouter, forms: ospfForms()}}},
		shows: []string{"router ospf [pid]"},
		usage: []string{"[no] router ospf <pid>"},
	},
	{
		name: "mroute", help: "Configure a static multicast route", span: from62, section: release.SectionMulticast,
		forms: []form{{slot: seq(lit("mroute"), addrVal("src"), maskVal("smask"), ifVal(), addrVal("dst"), maskVal("dmask"), ifVal())}},
		usage: []string{"[no] mroute <src> <smask> <in-if-name> <dst> <dmask> <out-if-name>"},
	},
	{
		name: "multicast", help: "Configure multicast on an interface", span: from62, section: release.SectionMulticast,
		forms: []form{{slot: seq(lit("multicast interface"), ifVal()), rest: opt(lit("max-groups"), numVal("number", 1, 2000)), owner: true, enters: ConfigMulticast}},
		body: &submodes{depth: 2, modes: []bodyMode{{mode: ConfigMulticast, forms: []form{
			{slot: lit("igmp max-groups"), rest: numVal("number", 1, 2000)},
			{slot: lit("igmp forward interface"), rest: ifVal()},
			{slot: lit("igmp access-group"), rest: aclVal()},
			{slot: lit("igmp version"), rest: enumVal("version", "1", "2")},
			{slot: seq(lit("igmp join-group"), addrVal("group"))},
			{slot: lit("igmp query-interval"), rest: numVal("seconds", 1, 65535)},
			{slot: lit("igmp query-max-response-time"), rest: numVal("seconds", 1, 25)},
		}}}},
		shows: []string{"multicast interface [if_name]"},
		usage: []string{"[no] multicast interface <if_name> [max-groups <number>]"},
	},
}

func ripVersion() piece {
	return within(from50, opt(lit("version"), either(lit("1"), seq(lit("2"), opt(lit("authentication"), enumVal("kind", "text", "md5"), wordVal("key"), numVal("key_id", 1, 255))))))
}

// prefixRule is permit or deny of a prefix, perhaps with bounds of its length.
func prefixRule() piece {
	return seq(enumVal("kind", "permit", "deny"), val("prefix/len", prefixType(), plainWord), opt(lit("ge"), numVal("min_value", 1, 32)), opt(lit("le"), numVal("max_value", 1, 32)))
}

// ospfForms are the lines of router ospf. Their options may be typed in any order.
func ospfForms() []form {
	area := func(words string) piece { return seq(lit("area"), val("area_id", areaType(), plainWord), lit(words)) }
	seconds := func(word string) piece { return seq(lit(word), numVal("seconds", 1, 65535)) }
	metric := func() piece { return seq(lit("metric"), numVal("metric_value", 0, 16777214)) }
	kind := func() piece { return seq(lit("metric-type"), enumVal("type", "1", "2")) }
	routeMap := func() piece { return seq(lit("route-map"), wordVal("map_name")) }
	tag := func() piece { return seq(lit("tag"), numVal("tag_value", 0, 2147483647)) }
	return []form{
		{slot: lit("router-id"), rest: addrVal("ip_address")},
		{slot: seq(lit("network"), netVal("prefix_ip", "netmask"), lit("area"), val("area_id", areaType(), plainWord))},
		{slot: area("authentication"), rest: opt(lit("message-digest"))},
		{slot: area("default-cost"), rest: numVal("cost", 0, 65535)},
		{slot: seq(area("filter-list prefix"), wordVal("prefix_list_name"), enumVal("side", "in", "out"))},
		{slot: area("nssa"), rest: anyOf(
			lit("no-redistribution"), seq(lit("default-information-originate"), anyOf(kind(), metric())), lit("no-summary"))},
		{slot: seq(area("range"), netVal("address", "netmask")), rest: opt(enumVal("kind", "advertise", "not-advertise"))},
		{slot: area("stub"), rest: opt(lit("no-summary"))},
		{slot: seq(area("virtual-link"), addrVal("router_id")), rest: anyOf(
			seq(lit("authentication"), opt(enumVal("kind", "message-digest", "null"))), seconds("hello-interval"), seconds("retransmit-interval"),
			seconds("transmit-delay"), seconds("dead-interval"), seq(lit("authentication-key"), secretVal("password", 8, stars, inPIX)),
			seq(lit("message-digest-key"), numVal("key-id", 1, 255), lit("md5"), secretVal("key", 16, stars, inPIX)))},
		{slot: seq(lit("area"), val("area_id", areaType(), plainWord)), only: true, owner: true},
		{slot: lit("compatible rfc1583")},
		{slot: lit("default-information originate"), rest: anyOf(lit("always"), metric(), kind(), routeMap())},
		{slot: lit("distance ospf"), rest: anyOf(seq(lit("intra-area"), numVal("d1", 1, 255)), seq(lit("inter-area"), numVal("d2", 1, 255)), seq(lit("external"), numVal("d3", 1, 255)))},
		{slot: lit("ignore lsa mospf")},
		{slot: lit("log-adj-changes"), rest: opt(lit("detail"))},
		{slot: lit("redistribute static"), rest: anyOf(metric(), kind(), routeMap(), tag(), lit("subnets"))},
		{slot: lit("redistribute connected"), rest: anyOf(metric(), kind(), routeMap(), tag(), lit("subnets"))},
		{slot: seq(lit("redistribute ospf"), numVal("pid", 1, 65535)), rest: anyOf(
			seq(lit("match"), ospfMatch()), metric(), kind(), routeMap(), tag(), lit("subnets"))},
		{slot: seq(lit("summary-address"), netVal("addr", "netmask")), rest: anyOf(lit("not-advertise"), tag())},
		{slot: lit("timers spf"), rest: seq(numVal("spf_delay", 0, 65535), numVal("spf_holdtime", 0, 65535))},
		{slot: lit("timers lsa-group-pacing"), rest: numVal("seconds", 10, 1800)},
	}
}

// ospfMatch are the kinds of routes of another process.
func ospfMatch() piece {
	return anyOf(lit("internal"), seq(lit("external"), opt(enumVal("type", "1", "2"))), seq(lit("nssa-external"), opt(enumVal("type", "1", "2"))))
}
