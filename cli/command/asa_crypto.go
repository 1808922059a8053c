package command

import (
	"slices"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// cryptoASA are IPSec, IKE and certificates of 7.2 and later. From 8.4 on IKE is of two versions, and what was isakmp is
// ikev1 (command references of 7.2, 8.2, 8.4 and 9.x). The order of the lines is that of captures of 8.2 and 9.x.
var cryptoASA = storedSpec{
	name: "crypto", help: "Configure IPSec, ISAKMP, Certification authority, key", span: inASA, section: release.SectionCrypto,
	objects: []object{
		{lead: "crypto ipsec transform-set", keys: []keyKind{keyName}},
		{lead: "crypto ipsec ikev1 transform-set", keys: []keyKind{keyName}},
		{lead: "crypto dynamic-map", keys: []keyKind{keyName, keyNumber}},
		{lead: "crypto map", keys: []keyKind{keyName, keyNumber}},
		{lead: "crypto isakmp policy", keys: []keyKind{keyNumber}},
		{lead: "crypto ikev1 policy", keys: []keyKind{keyNumber}},
		{lead: "crypto ikev2 policy", keys: []keyKind{keyNumber}},
	},
	forms: slices.Concat(
		table(`
			blank: -8.3 crypto ipsec transform-set <name> = <transform> [<transform> [<transform>]]
			-8.3 crypto ipsec transform-set <name> mode {transport|tunnel}
			blank: 8.4+ crypto ipsec ikev1 transform-set <name> = <transform> [<transform> [<transform>]]
			8.4+ crypto ipsec ikev1 transform-set <name> mode {transport|tunnel}
		`),
		leadsTo(ConfigIPsecProposal, "8.4+ own: crypto ipsec ikev2 ipsec-proposal <name>"),
		leadsTo(ConfigIPsecProfile, "9.7+ own: crypto ipsec profile <name>"),
		[]form{
			{slot: lit("crypto ipsec security-association lifetime seconds"), rest: numVal("seconds", 120, 2147483647), usual: []usual{
				{span: lifetimesShown, slot: "crypto ipsec security-association lifetime seconds", text: "crypto ipsec security-association lifetime seconds 28800"},
			}},
			{slot: lit("crypto ipsec security-association lifetime kilobytes"), rest: either(numVal("kilobytes", 10, 2147483647), within(since84, lit("unlimited"))), usual: []usual{
				{span: lifetimesShown, slot: "crypto ipsec security-association lifetime kilobytes", text: "crypto ipsec security-association lifetime kilobytes 4608000"},
			}},
		},
		table(`
			crypto ipsec security-association replay = {disable|window-size <64-1024>}
		`),
		table(`
			crypto ipsec df-bit <if> = {clear-df|copy-df|set-df}
			crypto ipsec df-bit {clear-df|copy-df|set-df} <if>
			crypto ipsec fragmentation {after-encryption|before-encryption} <if>
			9.8+ crypto ipsec inner-routing-lookup
		`),
		entryForms("crypto dynamic-map <name> <1-65535>"),
		entryForms("crypto map <name> <1-65535>"),
		table(`
			own: crypto map <name> <1-65535> ipsec-isakmp dynamic <dynamic-map>
			own: crypto map <name> <1-65535> ipsec-isakmp
			crypto map <name> interface <if> = [ipv6-local-address <address:ip6>]
		`),
		[]form{
			{slot: ref("crypto map <name> <1-65535>"), only: true, owner: true},
			{slot: ref("crypto map <name>"), only: true, owner: true, clears: true},
			{slot: ref("crypto dynamic-map <name> <1-65535>"), only: true, owner: true},
			{slot: ref("crypto dynamic-map <name>"), only: true, owner: true, clears: true},
		},
		leadsTo(ConfigTrustpoint, "own: crypto ca trustpoint <name>"),
		leadsTo(ConfigCertificateMap, "own: crypto ca certificate map [<name>] <1-65535>"),
		leadsTo(ConfigCertificateChain, "own: crypto ca certificate chain <trustpoint>"),
		leadsTo(ConfigCAServer, "8.0+ own: crypto ca server"),
		table(`
			9.0+ crypto ca trustpool import = <text>
			8.4+ crypto isakmp identity = {address|auto|hostname|key-id <key-id>}
			7.2+ crypto engine large-mod-accel
			8.4+ crypto engine accelerator-bias = {balanced|ipsec|ssl}
		`),
		untilISAKMP("identity", nil, ref("{address|auto|hostname|key-id <key-id>}")),
		untilISAKMP("enable", ifVal(), nil),
		isakmpPolicies(),
		leadsTo(ConfigIKEv2Policy, "8.4+ own: crypto ikev2 policy <1-65535>"),
		table(`
			8.4+ crypto ikev2 enable <if> = [client-services [port <1-65535>]]
			8.4+ crypto ikev2 remote-access trustpoint <trustpoint> = [line <1-10>]
			8.4+ crypto ikev2 cookie-challenge = {always|never|<0-100>}
			8.4+ crypto ikev2 limit max-in-negotiation-sa = <1-100>
			8.4+ crypto ikev2 limit max-sa = <1-10000>
			8.4+ crypto ikev2 redirect = {during-auth|during-init}
			9.8+ crypto ikev2 fragmentation = {mtu <68-1500> & preferred-method {ietf|cisco}}
			9.8+ crypto ikev2 notify invalid-selectors
			8.4+ crypto ikev1 enable <if>
		`),
		policies("8.4+ own: crypto ikev1 policy <1-65535>", ConfigIKEv1Policy),
		[]form{
			{span: since84, slot: lit("crypto isakmp nat-traversal"), rest: opt(numVal("seconds", 10, 3600)), usual: natTraversal},
			{span: since80.Through(release.V(8, 3)), slot: isakmpLit("nat-traversal"), rest: opt(numVal("seconds", 10, 3600)), usual: natTraversal},
			{span: release.Since(release.V(7, 0)).Through(release.V(7, 2)), slot: isakmpLit("nat-traversal"), rest: usually(numVal("seconds", 10, 3600), "20")},
		},
		untilISAKMP("ipsec-over-tcp", nil, ref("[port <1-65535>...]")),
		untilISAKMP("am-disable", nil, nil),
		untilISAKMP("disconnect-notify", nil, nil),
		untilISAKMP("reload-wait", nil, nil),
		table(`
			8.4+ crypto ikev1 ipsec-over-tcp = [port <1-65535>...]
			8.4+ crypto ikev1 am-disable
			8.4+ crypto isakmp disconnect-notify
			8.4+ crypto isakmp reload-wait
			9.4+ crypto ikev1 limit max-in-negotiation-sa = <1-100>
		`),
	),
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigIPsecProposal, forms: table(`
			protocol esp encryption = {aes-gmac-256|aes-gmac-192|aes-gmac|aes-gcm-256|aes-gcm-192|aes-gcm|aes-256|aes-192|aes|3des|des|null}...
			protocol esp integrity = {sha-512|sha-384|sha-256|sha-1|md5|null}...
			protocol ah = {sha-1|md5}...
		`)},
		{mode: ConfigIPsecProfile, forms: table(`
			set ikev1 transform-set = <name>...
			set ikev2 ipsec-proposal = <name>...
			set pfs = {group1|group2|group5|group14|group15|group16|group19|group20|group21|group24}
			set security-association lifetime seconds = <120-2147483647>
			set security-association lifetime kilobytes = {unlimited|<10-2147483647>}
			set trustpoint = <trustpoint> [chain]
			responder-only
		`)},
		{mode: ConfigISAKMPPolicy, forms: table(ikePolicy)},
		{mode: ConfigIKEv1Policy, forms: table(ikePolicy)},
		{mode: ConfigIKEv2Policy, forms: table(`
			encryption = {aes-gcm-256|aes-gcm-192|aes-gcm|aes-256|aes-192|aes|3des|des|null}...
			integrity = {sha512|sha384|sha256|sha|md5|null}...
			group = {1|2|5|14|15|16|19|20|21|24}...
			prf = {sha512|sha384|sha256|sha|md5}...
			lifetime seconds = {none|<120-2147483647>}
		`)},
		{mode: ConfigTrustpoint, forms: slices.Concat(table(`
			-8.3 crl = {required|optional|nocheck}
			revocation-check = {none|{crl|ocsp}... [none]}
			enrollment = {self|terminal|url <url:long>}
			enrollment retry count = <1-100>
			enrollment retry period = <1-60>
			8.4+ enrollment protocol = <text>
			fqdn = {none|<fqdn>}
			email = <address:long>
			ip-address = <addr>
			serial-number
			subject-name = <text>
			password = <secret>
			keypair = <name>
			-8.3 support-user-cert-validation
			-8.4 client-types = {ipsec|ssl|ipsec ssl}
			8.0+ id-usage = {ssl-ipsec|code-signer}...
			neg: id-cert-issuer
			neg: accept-subordinates
			9.0+ neg: validation-usage = {none|{ipsec-client|ssl-client|ssl-server}...}
			9.0+ neg: ca-check
			8.0+ validation-policy = {ipsec|ssl|ssl ipsec|ipsec ssl}
			8.4+ validation-time = <text>
			auto-enroll = <1-99> [regenerate]
			match certificate <map> override ocsp = [trustpoint <trustpoint>] <1-65535> url <url:long>
			match certificate <map> skip revocation-check
			match certificate <map> allow expired-certificate
			ocsp url = <url:long>
			ocsp disable-nonce
			8.0+ proxy-ldc-issuer
			default enrollment
		`), leadsTo(ConfigCRL, "crl configure"))},
		{mode: ConfigCRL, forms: table(`
			policy = {both|cdp|static}
			url <1-5> = <url:long>
			cache-time = <1-1440>
			neg: enforcenextupdate
			neg: protocol {http|ldap|scep}
			ldap-defaults = <server:host> [<port>]
			ldap-dn = <text>
			default
		`)},
		{mode: ConfigCertificateMap, forms: table(`
			subject-name [attr <attribute>] {eq|ne|co|nc} <text>
			issuer-name [attr <attribute>] {eq|ne|co|nc} <text>
			alt-subject-name [attr <attribute>] {eq|ne|co|nc} <text>
			extended-key-usage {co|eq|nc|ne} {clientauth|codesigning|emailprotection|ocspsigning|serverauth|timestamping|<oid>}
		`)},
		{mode: ConfigCertificateChain, forms: slices.Concat(
			leadsTo(ConfigCertificate, "own: certificate [{ca|ra-encrypt|ra-sign|ra-general|alternate}] <serial:hex>"),
			leadsTo(ConfigCertificate, "own: crl <number:hex>"),
		)},
		{mode: ConfigCertificate, depth: 4, end: "quit", forms: []form{{slot: many(value("digits:hex"))}}},
		{mode: ConfigCAServer, forms: table(`
			neg: shutdown
			cdp-url = <url:long>
			database path = <path:long>
			enrollment-retrieval = <1-720>
			issuer-name = <text>
			keysize = {512|768|1024|2048|4096}
			keysize server = {512|768|1024|2048|4096}
			lifetime ca-certificate = <1-3650>
			lifetime certificate = <1-3650>
			lifetime crl = <1-720>
			otp expiration = <1-720>
			publish-crl = <if> [<1-65535>]
			renewal-reminder = <1-90>
			smtp from-address = <address:long>
			smtp subject = <text>
			subject-name-default = <text>
		`)},
	}},
}

// lifetimesShown is where the lifetimes of associations stand in every configuration (captures of 8.0 to 8.3).
var lifetimesShown = release.Since(release.V(8, 0)).Through(release.V(8, 3))

// ikePolicy are the lines of a policy of ISAKMP, or of version 1 of IKE.
const ikePolicy = `
	authentication = {pre-share|rsa-sig|crack|dsa-sig}
	encryption = {aes|aes-192|aes-256|3des|des}
	hash = {sha|md5}
	group = {1|2|5|7|14}
	lifetime = {none|<120-2147483647>}
`

// policies are the policies of IKE: blocks, whose lines may be typed behind their head as well.
func policies(text string, mode Mode) []form {
	out := leadsTo(mode, text)
	out[0].inline = true
	return out
}

// noVersions is where IKE has one version, and "crypto" need not be typed: 7.0 wrote the lines without it, and 7.2 to 8.3 take
// them so (command reference of 7.2, isakmp policy). unverified: that 8.3 does.
var noVersions = release.Since(release.V(7, 0)).Through(release.V(8, 3))

// isakmpLit is isakmp and a word, with crypto before it or without.
func isakmpLit(word string) piece {
	return seq(usually(lit("crypto"), "crypto"), litPiece{g.Word("isakmp", "Configure ISAKMP")}, lit(word))
}

// natTraversal is on without a line of it (8.0 and later).
var natTraversal = []usual{{slot: "crypto isakmp nat-traversal", unsaid: true}}

// untilISAKMP is a line of isakmp there, with a key or without one.
func untilISAKMP(words string, key, rest piece) []form {
	slot := isakmpLit(words)
	if key != nil {
		slot = seq(slot, key)
	}
	return []form{{span: noVersions, slot: slot, rest: rest}}
}

// isakmpPolicies are the policies of IKE there.
func isakmpPolicies() []form {
	return []form{{
		span: noVersions, slot: seq(isakmpLit("policy"), numVal("priority", 1, 65535)), owner: true, enters: ConfigISAKMPPolicy, inline: true,
	}}
}

// entryForms are what the entries of both kinds of crypto map have. The blanks are those of captures of 8.x and of an 8.4 and later.
// unverified: up to which release there is one behind a peer; a 9.x has none.
func entryForms(entry string) []form {
	return tableOf(entry, `
		match address = <acl>
		bare: set pfs = [{group1|group2|group5|group7|group14|group15|group16|group19|group20|group21|group24}]
		set connection-type = {answer-only|bidirectional|originate-only}
		blank: -8.4 set peer = <peer:host>...
		9.0+ set peer = <peer:host>...
		-8.3 set transform-set = <name>...
		8.4+ set ikev1 transform-set = <name>...
		8.4+ set ikev2 ipsec-proposal = <name>...
		8.4+ set ikev2 pre-shared-key = <secret>
		9.0+ set ikev2 mode = {transport|transport-require|tunnel}
		set security-association lifetime seconds = <120-2147483647>
		set security-association lifetime kilobytes = <10-2147483647>
		8.4+ set security-association lifetime kilobytes unlimited
		set nat-t-disable
		-8.3 set phase1-mode = {main|aggressive [{group1|group2|group5}]}
		8.4+ set ikev1 phase1-mode = {main|aggressive [{group1|group2|group5}]}
		set trustpoint = <trustpoint> [chain]
		set reverse-route = [dynamic]
		set inheritance = {data|rule}
		9.0+ set tfc-packets = [burst <length> payload-size <size> [timeout <timeout>]]
		9.0+ set df-bit = {clear-df|copy-df|set-df}
		9.0+ set validate-icmp-errors
	`)
}

// trustpoolSpec is the policy of the pool of trusted authorities, which stands in every configuration of 9.x.
var trustpoolSpec = storedSpec{
	name: "crypto ca trustpool policy", help: "Define the policy of the trustpool", span: since90, section: release.SectionTrustpool, noclear: true,
	forms: []form{{slot: lit("crypto ca trustpool policy"), enters: ConfigTrustpool, owner: true, usual: []usual{
		{slot: "crypto ca trustpool policy", text: "crypto ca trustpool policy"},
	}}},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigTrustpool, forms: table(`
			revocation-check = {none|{crl|ocsp}... [none]}
			crl cache-time = <1-1440>
			crl enforcenextupdate
			match certificate <map> override cdp = <1-65535> url <url:long>
			match certificate <map> skip revocation-check
			9.4+ neg: auto-import
			9.4+ auto-import url = {default|<url:long>}
			9.4+ auto-import time = <time-of-day>
			fqdn = <fqdn>
			cabundle url = <url:long>
		`)},
	}},
}
