package command

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// hiddenKeys is where keys are printed as stars. unverified: that it began with 6.0.
var hiddenKeys = pixFrom(6, 0)

// cryptoSpecs are IPSec and ISAKMP of 5.0 to 6.3. The order of the lines within a command is that of 6.3 captures.
var cryptoSpecs = []storedSpec{
	{
		name: "crypto ipsec", help: "Configure IPSec policy", section: release.SectionCrypto, span: from50,
		objects: []object{{lead: "crypto ipsec transform-set", keys: []keyKind{keyName}}},
		forms: []form{
			{slot: seq(cryptoLit("ipsec transform-set"), wordVal("trans-name")), blank: true, rest: transforms()},
			{span: from60, slot: seq(cryptoLit("ipsec transform-set"), wordVal("trans-name"), lit("mode transport"))},
			{slot: cryptoLit("ipsec security-association lifetime seconds"), rest: numVal("seconds", 120, 86400)},
			{slot: cryptoLit("ipsec security-association lifetime kilobytes"), rest: numVal("kilobytes", 2560, 536870912)},
			{slot: cryptoLit("ipsec security-association lifetime"), rest: seq(lit("seconds"), numVal("seconds", 120, 86400), lit("kilobytes"), numVal("kilobytes", 2560, 536870912))},
		},
		shows: []string{"crypto ipsec"},
		usage: []string{
			"crypto ipsec security-association lifetime seconds <seconds> | kilobytes <kilobytes>",
			"crypto ipsec transform-set <trans-name> [ah-md5-hmac|ah-sha-hmac]",
			"        [esp-aes|esp-aes-192|esp-aes-256|esp-des|esp-3des|esp-null] [esp-md5-hmac|esp-sha-hmac]",
			"crypto ipsec transform-set <trans-name> mode transport",
		},
	},
	{
		name: "crypto dynamic-map", help: "Configure a dynamic crypto map", section: release.SectionCrypto, span: from50,
		objects: []object{{lead: "crypto dynamic-map", keys: []keyKind{keyName, keyNumber}}},
		forms: append([]form{
			{slot: seq(cryptoLit("dynamic-map"), wordVal("map-name"), numVal("seq-num", 1, 65535)), owner: true},
			{slot: seq(cryptoLit("dynamic-map"), wordVal("map-name")), only: true, owner: true, clears: true},
		}, mapForms("dynamic-map")...),
		usage: []string{
			"[no] crypto dynamic-map <name> <seq> match address <acl_name>",
			"[no] crypto dynamic-map <name> <seq> set peer|pfs|transform-set|security-association ...",
		},
	},
	{
		name: "crypto map", help: "Configure a crypto map", section: release.SectionCrypto, span: from50, ends: incomplete, private: true,
		objects: []object{{lead: "crypto map", keys: []keyKind{keyName, keyNumber}}},
		forms: slices.Concat([]form{
			{slot: seq(cryptoLit("map"), wordVal("map-name"), numVal("seq-num", 1, 65535)), owner: true,
				rest: either(seq(lit("ipsec-isakmp"), opt(lit("dynamic"), wordVal("dynamic-map-name"))), lit("ipsec-manual"))},
			{slot: seq(cryptoLit("map"), wordVal("map-name")), only: true, owner: true, clears: true},
		}, mapForms("map"), []form{
			{slot: seq(cryptoLit("map"), wordVal("map-name"), numVal("seq-num", 1, 65535), lit("set session-key"), enumVal("side", "inbound", "outbound"), lit("ah")),
				rest: seq(numVal("spi", 256, 2147483647), wordVal("hex-key-string"))},
			{slot: seq(cryptoLit("map"), wordVal("map-name"), numVal("seq-num", 1, 65535), lit("set session-key"), enumVal("side", "inbound", "outbound"), lit("esp")),
				rest: seq(numVal("spi", 256, 2147483647), lit("cipher"), wordVal("hex-key-string"), opt(lit("authenticator"), wordVal("hex-key-string")))},
			{slot: seq(cryptoLit("map"), wordVal("map-name"), lit("client configuration address"), enumVal("who", "initiate", "respond"))},
			{slot: seq(cryptoLit("map"), wordVal("map-name"), lit("client authentication")), rest: seq(serverTag(), within(from63, opt(lit("LOCAL"))))},
			{span: from60, slot: seq(cryptoLit("map"), wordVal("map-name"), lit("client token authentication")), rest: serverTag()},
			{slot: seq(cryptoLit("map"), wordVal("map-name"), lit("interface"), ifVal())},
		}),
		usage: []string{
			"[no] crypto map <map-name> interface <if_name>",
			"[no] crypto map <map-name> client configuration address initiate|respond",
			"[no] crypto map <map-name> client [token] authentication <aaa-server-name> [LOCAL]",
			"[no] crypto map <map-name> <seq-num> {ipsec-isakmp|ipsec-manual} [dynamic <dynamic-map-name>]",
			"[no] crypto map <map-name> <seq-num> match address <acl_name>",
			"[no] crypto map <map-name> <seq-num> set peer {<hostname>|<ip-address>}",
			"[no] crypto map <map-name> <seq-num> set pfs [group1|group2|group5]",
			"[no] crypto map <map-name> <seq-num> set security-association lifetime",
			"        {seconds <seconds> | kilobytes <kilobytes>}",
			"[no] crypto map <map-name> <seq-num> set transform-set <trans-name> ...",
			"[no] crypto map <map-name> <seq-num> set session-key inbound|outbound",
			"        ah|esp <spi> [cipher] <hex-key> [authenticator <hex-key>]",
		},
	},
	{
		name: "isakmp", help: "Configure ISAKMP policy", section: release.SectionISAKMP, span: from50, private: true,
		objects: []object{{lead: "isakmp policy", keys: []keyKind{keyNumber}}},
		forms: slices.Concat([]form{
			{slot: seq(lit("isakmp enable"), ifVal())},
			isakmpKey(),
			{slot: seq(lit("isakmp peer"), either(seq(lit("ip"), addrVal("peer-address")), seq(lit("fqdn"), wordVal("fqdn")))),
				rest: anyOf(lit("no-xauth"), lit("no-config-mode"))},
			{slot: lit("isakmp identity"), rest: either(enumVal("identity", "address", "hostname"), within(from63, lit("key-id"), wordVal("key-id-string"))), usual: []usual{
				{span: release.Since(release.V(5, 0)).Through(release.V(5, 3)), slot: "isakmp identity", text: "isakmp identity hostname"},
			}},
			{span: from60, slot: lit("isakmp keepalive"), rest: seq(numVal("seconds", 10, 3600), opt(numVal("retry_seconds", 2, 10)))},
			{slot: seq(lit("isakmp client configuration address-pool local"), wordVal("pool-name")), rest: opt(ifVal())},
			{span: from63, slot: lit("isakmp nat-traversal"), rest: usually(numVal("natkeepalive", 10, 3600), "20")},
			{span: from63, slot: lit("isakmp log"), rest: usually(numVal("nevents", 1, 65535), "1024")},
		}, isakmpPolicy(), []form{
			{slot: seq(lit("isakmp policy"), numVal("priority", 1, 65534)), whole: true, owner: true, clears: true},
		}),
		shows: []string{"isakmp identity", "isakmp enable", "isakmp key"},
		usage: []string{
			"[no] isakmp enable <if_name>",
			"[no] isakmp key <keystring> address <peer-address> [netmask <mask>] [no-xauth] [no-config-mode]",
			"[no] isakmp peer ip|fqdn <peer> [no-xauth] [no-config-mode]",
			"[no] isakmp identity {address|hostname|key-id <key-id-string>}",
			"[no] isakmp keepalive <seconds> [<retry seconds>]", "[no] isakmp nat-traversal [<natkeepalive>]",
			"[no] isakmp client configuration address-pool local <pool-name> [<if_name>]",
			"[no] isakmp policy <priority> authentication {pre-share|rsa-sig}",
			"[no] isakmp policy <priority> encryption {aes|aes-192|aes-256|des|3des}",
			"[no] isakmp policy <priority> hash {md5|sha}", "[no] isakmp policy <priority> group {1|2|5}",
			"[no] isakmp policy <priority> lifetime <seconds>", "[no] isakmp log [<nevents>]",
		},
	},
	{
		name: "ca", help: "Configure interoperation with a certification authority", section: release.SectionCA, span: from50, private: true,
		forms: []form{
			{slot: seq(lit("ca identity"), wordVal("ca_nickname")), rest: seq(val("ca_ipaddress", caAddress(), plainWord), opt(val("ldap_ipaddress", caHost(), plainWord)))},
			{slot: seq(lit("ca configure"), wordVal("ca_nickname")), rest: seq(enumVal("kind", "ca", "ra"), numVal("retry_period", 1, 60), numVal("retry_count", 0, 100), opt(lit("crloptional")))},
			{span: from63, slot: seq(lit("ca subject-name"), wordVal("ca_nickname")), rest: textVal("X.500 string")},
			{span: from63, slot: lit("ca verifycertdn"), rest: textVal("X.500 string")},
			{slot: seq(lit("ca authenticate"), wordVal("ca_nickname"), opt(wordVal("fingerprint"))), once: true},
			{slot: seq(lit("ca enroll"), wordVal("ca_nickname"), opt(wordVal("challenge_password"), anyOf(lit("serial"), lit("ipaddress")))), once: true},
			{slot: seq(lit("ca crl request"), wordVal("ca_nickname")), once: true},
		},
		shows: []string{"ca identity", "ca configure", "ca subject-name", "ca verifycertdn"},
		usage: caUsage,
	},
	{
		name: "vpngroup", help: "Configure group settings for Cisco VPN Clients and Cisco Easy VPN products", section: release.SectionVPNGroup,
		span: pixFrom(5, 2), private: true, // unverified: the release
		objects: []object{{lead: "vpngroup", keys: []keyKind{keyName}}},
		forms: []form{
			vpnGroup("address-pool", wordVal("pool_name")),
			vpnGroup("dns-server", seq(addrVal("dns_ip_prim"), opt(addrVal("dns_ip_sec")))),
			vpnGroup("wins-server", seq(addrVal("wins_ip_prim"), opt(addrVal("wins_ip_sec")))),
			vpnGroup("default-domain", wordVal("domain_name")),
			vpnGroup("split-tunnel", aclVal()),
			vpnGroup("split-dns", many(wordVal("domain_name"))).in(from62),
			vpnGroup("pfs", nil).in(from60),
			vpnGroup("idle-time", numVal("idle_seconds", 60, 86400)),
			vpnGroup("max-time", numVal("max_seconds", 60, 31536000)),
			vpnGroup("backup-server", either(lit("clear-client-cfg"), many(addrVal("ip")))).in(from63),
			vpnGroup("secure-unit-authentication", nil).in(from63),
			vpnGroup("user-authentication", nil).in(from63),
			vpnGroup("user-idle-timeout", numVal("user_idle_seconds", 60, 86400)).in(from63),
			vpnGroup("authentication-server", serverTag()).in(from63),
			vpnGroup("device-pass-through", nil).in(from63),
			vpnGroup("password", secretVal("preshared_key", 127, stars, hiddenKeys)),
			{slot: seq(lit("vpngroup"), wordVal("group_name")), only: true, owner: true, clears: true},
		},
		shows: []string{"vpngroup [group_name]"},
		usage: []string{
			"[no] vpngroup <group_name> address-pool <pool_name>", "[no] vpngroup <group_name> dns-server <dns_ip_prim> [<dns_ip_sec>]",
			"[no] vpngroup <group_name> wins-server <wins_ip_prim> [<wins_ip_sec>]", "[no] vpngroup <group_name> default-domain <domain_name>",
			"[no] vpngroup <group_name> split-tunnel <access_list>", "[no] vpngroup <group_name> split-dns <domain_name1> ...",
			"[no] vpngroup <group_name> pfs", "[no] vpngroup <group_name> idle-time <idle_seconds>", "[no] vpngroup <group_name> max-time <max_seconds>",
			"[no] vpngroup <group_name> password <preshared_key>", "[no] vpngroup <group_name> secure-unit-authentication",
			"[no] vpngroup <group_name> user-authentication", "[no] vpngroup <group_name> user-idle-timeout <seconds>",
			"[no] vpngroup <group_name> authentication-server <servers>", "[no] vpngroup <group_name> device-pass-through",
			"[no] vpngroup <group_name> backup-server {<ip1> [<ip2> ...]} | clear-client-cfg",
		},
	},
}

// cryptoLit are keywords behind crypto, which need not be typed (5.0 to 6.3 command references: dynamic-map, ipsec and map).
func cryptoLit(text string) piece { return seq(usually(lit("crypto"), "crypto"), lit(text)) }

// in is the form in the releases of span only.
func (f form) in(span release.Span) form { f.span = span; return f }

func vpnGroup(word string, rest piece) form {
	return form{slot: seq(lit("vpngroup"), wordVal("group_name"), lit(word)), rest: rest}
}

// transforms are one to three of a set.
func transforms() piece {
	one := func() piece {
		return either(enumVal("transform", "ah-md5-hmac", "ah-sha-hmac", "esp-des", "esp-3des", "esp-null", "esp-md5-hmac", "esp-sha-hmac"),
			within(from63, enumVal("transform", "esp-aes", "esp-aes-192", "esp-aes-256")))
	}
	return seq(one(), opt(one(), opt(one())))
}

// mapForms are what the entries of both kinds of crypto map have.
func mapForms(kind string) []form {
	entry := func(words string) []piece {
		return []piece{cryptoLit(kind), wordVal("map-name"), numVal("seq-num", 1, 65535), lit(words)}
	}
	return []form{
		{slot: seq(entry("match address")...), rest: aclVal()},
		{slot: seq(entry("set pfs")...), rest: usually(either(enumVal("group", "group1", "group2"), within(from63, lit("group5"))), "group1")},
		{slot: seq(append(entry("set peer"), val("peer", caHost(), plainWord))...)},
		{slot: seq(entry("set transform-set")...), rest: many(wordVal("transform-set-name"))},
		{slot: seq(entry("set security-association lifetime")...), rest: either(
			seq(lit("seconds"), numVal("seconds", 120, 86400), opt(lit("kilobytes"), numVal("kilobytes", 2560, 536870912))),
			seq(lit("kilobytes"), numVal("kilobytes", 2560, 536870912)))},
	}
}

// incomplete marks an entry of a crypto map that lacks its peer, its transform-set or its access-list (a 6.3 capture).
func incomplete(lines []string) string {
	var number int
	var name string
	if _, err := fmt.Sscanf(lines[0], "crypto map %s %d ", &name, &number); err != nil {
		return ""
	}
	all := strings.Join(lines, "\n")
	if strings.Contains(all, "ipsec-isakmp dynamic ") || strings.Contains(all, " match address ") && strings.Contains(all, " set peer ") &&
		strings.Contains(all, " set transform-set ") {
		return ""
	}
	return "! Incomplete"
}

// isakmpKey: the key belongs to its peer, whatever it is.
func isakmpKey() form {
	addr, mask := addrVal("peer-address"), usually(seq(lit("netmask"), maskVal("mask")), "netmask 255.255.255.255")
	slot := seq(lit("isakmp key"), secretVal("keystring", 127, stars, hiddenKeys), lit("address"), addr, mask)
	return form{slot: slot, by: seq(lit("isakmp key"), addr, mask), rest: anyOf(lit("no-xauth"), lit("no-config-mode")), blank: true}
}

// isakmpPolicy are the parameters of a policy, which is complete from its first line on.
func isakmpPolicy() []form {
	parameter := func(word, fill string, value piece) form {
		return form{slot: seq(lit("isakmp policy"), numVal("priority", 1, 65534), lit(word)), rest: value, fill: fill}
	}
	return []form{
		parameter("authentication", "rsa-sig", enumVal("method", "pre-share", "rsa-sig")),
		parameter("encryption", "des", either(enumVal("cipher", "3des", "des"), within(from63, enumVal("cipher", "aes", "aes-192", "aes-256")))),
		parameter("hash", "sha", enumVal("hash", "md5", "sha")),
		parameter("group", "1", either(enumVal("group", "1", "2"), within(from63, lit("5")))),
		parameter("lifetime", "86400", numVal("seconds", 60, 86400)),
	}
}

// caHost is an address or the name of a host.
func caHost() g.Type[string] {
	t := g.Ident(63)
	parse, addr := t.Parse, g.Addr()
	t.Parse = func(e g.Env, w string) (string, error) {
		if strings.Trim(w, "0123456789.") == "" { // no name of a host
			if _, err := addr.Parse(e, w); err != nil {
				return "", err
			}
		}
		return parse(e, w)
	}
	t.Label = "A.B.C.D"
	t.Sample = func(e g.Env, r *rand.Rand) string { return g.Addr().Sample(e, r) }
	return t
}

var scriptPath = regexp.MustCompile(`^[^:]+(:/[^ ]*)?$`)

// caAddress is a host, perhaps with the path of the script that enrols.
func caAddress() g.Type[string] {
	t := caHost()
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (string, error) {
		if !scriptPath.MatchString(w) {
			return "", errKey
		}
		return parse(e, w)
	}
	return t
}
