package command

import (
	"slices"

	"pixsim/appliance/release"
)

// aaaServerASA are the groups of servers of 7.0 and later, each server a block of its own.
var aaaServerASA = storedSpec{
	name: "aaa-server", help: "Configure a AAA server group or a AAA server", span: inASA, section: release.SectionAAAServer, private: true,
	objects: []object{{lead: "aaa-server", keys: []keyKind{keyName}}},
	forms: []form{
		{slot: ref("aaa-server <server_tag> protocol"), enters: ConfigAAAGroup,
			rest: ref("{http-form|kerberos|ldap|nt|radius|sdi|tacacs+}")},
		{slot: ref("aaa-server <server_tag> [<(if)>] host <server:host>"), enters: ConfigAAAHost, owner: true},
		{slot: ref("aaa-server <server_tag>"), only: true, owner: true, clears: true},
	},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigAAAGroup, forms: table(`
			accounting-mode = {simultaneous|single}
			reactivation-mode = {depletion [deadtime <0-1440>]|timed}
			max-failed-attempts = <1-5>
			8.4+ ad-agent-mode
			8.0+ interim-accounting-update = [periodic <1-120>]
			8.4+ merge-dacl = {before-avpair|after-avpair}
			9.1+ authorize-only
			9.1+ dynamic-authorization = [port <1024-65535>]
		`)},
		{mode: ConfigAAAHost, forms: table(`
			timeout = <1-300>
			retry-interval = <1-10>
			key = [{0|8}] <secret>
			authentication-port = <1-65535>
			accounting-port = <1-65535>
			server-port = <1-65535>
			radius-common-pw = <secret>
			acl-netmask-convert = {auto-detect|standard|wildcard}
			8.0+ neg: mschapv2-capable
			kerberos-realm = <realm>
			nt-auth-domain-controller = <name>
			sdi-version = {sdi-5|sdi-pre-5}
			sdi-pre-5-slave = <slave:host>
			ldap-base-dn = <text>
			8.2+ ldap-group-base-dn = <text>
			ldap-scope = {onelevel|subtree}
			ldap-naming-attribute = <attribute>...
			ldap-login-password = <secret>
			ldap-login-dn = <text>
			7.2+ ldap-over-ssl enable
			7.2+ sasl-mechanism {digest-md5}
			7.2+ sasl-mechanism kerberos = <server_tag>
			7.2+ server-type = {auto-detect|microsoft|novell|openldap|sun}
			7.2+ ldap-attribute-map = <map>
			8.2+ group-search-timeout = <1-300>
			start-url = <url:long>
			action-uri = <uri:long>
			user-parameter = <name:long>
			password-parameter = <name:long>
			hidden-parameter <text>
			auth-cookie-name = <name:long>
			9.1+ neg: ldap-over-ssl reference-identity <name>
		`)},
	}},
}

// aaaRulesASA are the rules of user authentication of 7.0 and later that nothing acts on. Those of the console are another
// file's.
var aaaRulesASA = storedSpec{
	name: "aaa", help: helpAAA, span: inASA, section: release.SectionAAA, noclear: true,
	forms: slices.Concat(
		table(`
			aaa authentication {include|exclude} <service> <if> <net> <net> <server_tag>
			aaa authentication {include|exclude} <service> <if> <net> <server_tag>
			aaa authentication match <acl> <if> = <server_tag> [LOCAL]
			8.0+ aaa authentication listener {http|https} <if> = {port <1-65535> & redirect}
			aaa authentication secure-http-client
			aaa authorization {include|exclude} <service> <if> <net> <net> <server_tag>
			aaa authorization match <acl> <if> = <server_tag>
			8.0+ aaa authorization exec = {authentication-server|LOCAL} [auto-enable]
			9.4+ aaa authorization http console = {LOCAL|<server_tag>}
			aaa authorization command = {LOCAL|<server_tag> [LOCAL]}
			aaa accounting {include|exclude} <service> <if> <net> <net> <server_tag>
			aaa accounting match <acl> <if> = <server_tag>
			aaa accounting {enable|serial|ssh|telnet} console = <server_tag>
			aaa accounting command = [privilege <0-15>] <server_tag>
			aaa local authentication attempts max-fail = <1-16>
			aaa mac-exempt match = <name>
			aaa proxy-limit = {disable|<1-128>}
		`),
	),
}

// ldapMap are the maps of LDAP attributes.
var ldapMap = storedSpec{
	name: "ldap attribute-map", help: "Configure LDAP attribute mapping", span: since72, section: release.SectionLDAP,
	forms: leadsTo(ConfigLDAPMap, "own: ldap attribute-map <name>"),
	body: &submodes{depth: 2, modes: []bodyMode{{mode: ConfigLDAPMap, forms: table(`
		map-name <user-attribute> = <attribute>
		map-value <user-attribute> <value:quoted> = <mapped:quoted>
	`)}}},
}

// identitySpec is the identity firewall of 8.4(2) and later, and the security groups of 9.0 and later.
var identitySpec = storedSpec{
	name: "user-identity", help: "Configure user-identity firewall", span: release.Since(release.V(8, 4)), section: release.SectionUserIdentity,
	forms: slices.Concat(
		table(`user-identity domain <domain> aaa-server <server_tag>`),
		[]form{{slot: lit("user-identity default-domain"), rest: wordVal("domain"), usual: []usual{
			{span: identityShown, slot: "user-identity default-domain", text: "user-identity default-domain LOCAL"},
		}}},
		table(`
			user-identity action {netbios-response-fail|mac-address-mismatch} = remove-user-ip
			user-identity action domain-controller-down <domain> = disable-user-identity-rule
			user-identity action ad-agent-down = disable-user-identity-rule
			user-identity inactive-user-timer = minutes <1-10080>
			user-identity poll-import-user-group-timer = hours <1-65535>
			user-identity logout-probe netbios local-system = <text>
			user-identity ad-agent aaa-server = <server_tag>
			user-identity ad-agent active-user-database = {on-demand|full-download}
			user-identity ad-agent hello-timer = seconds <10-65535> retry-times <1-65535>
			user-identity ad-agent event-timestamp-check
			neg: user-identity enable
			user-identity user-not-found enable
			user-identity monitor user-group <group:long>
			user-identity monitor object-group-user <group>
			user-identity static user <user:long> <addr>
		`),
	),
}

var ctsSpec = storedSpec{
	name: "cts", help: "Configure Cisco TrustSec", span: since90, section: release.SectionUserIdentity,
	forms: table(`
		cts server-group = <server_tag>
		cts sxp enable
		cts sxp default password = [{0|8}] <secret>
		cts sxp default source-ip = <addr>
		cts sxp reconciliation period = <1-64000>
		cts sxp retry period = <0-64000>
		cts sxp connection peer <addr> = [source <addr>] password {default|none} [mode {local|peer}] {listener|speaker}
		9.4+ cts role-based sgt-map <addr> = sgt <2-65519>
	`),
}
