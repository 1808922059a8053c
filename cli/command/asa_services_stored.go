package command

import (
	"slices"

	"pixsim/appliance/release"
)

// servicesASA are the lines of 7.0 and later for managing the box by others.
var servicesASA = []storedSpec{
	{
		name: "http", help: "Configure HTTP server", span: inASA, section: release.SectionHTTP,
		forms: table(`
			http server enable = [<1-65535>]
			8.0+ http server idle-timeout = <1-1440>
			8.0+ http server session-timeout = <1-1440>
			9.1+ http server basic-auth-client = <text>
			http <net> <if>
			http <net6> <if>
			8.0+ http authentication-certificate <if> = [match <map>]
			http redirect <if> = [<1-65535>]
			9.8+ http connection idle-timeout = <10-86400>
		`),
	},
	{
		name: "snmp-server", help: "Provide SNMP and event information", span: inASA, section: release.SectionSNMP,
		forms: slices.Concat(
			table(`
				8.2+ snmp-server group <group> v3 {auth|noauth|priv}
				8.2+ snmp-server user <user> <group> v3 = [engineID <engine>] [encrypted] [auth {md5|sha|sha256} <key:long> [priv {des|3des|aes {128|192|256}} <key:long>]]
				9.4+ snmp-server user-list <list> username <user>
			`),
			[]form{{slot: seq(lit("snmp-server host"), usually(ifVal(), "{inside}"), either(addrVal("local_ip"), value("local_ip:ip6"))),
				rest: ref("[{trap|poll}] [community [{0|8}] <community:secret>] [version {1|2c|3 <user>}] [udp-port <1-65535>]")}},
			table(`9.1+ snmp-server host-group <if> <object> = [{trap|poll}] [community [{0|8}] <community:secret>] [version {1|2c|3 <user>}] [udp-port <1-65535>]`),
			[]form{
				alwaysThere(release.Span{}, "snmp-server location", "no snmp-server location", textVal("text")),
				alwaysThere(release.Span{}, "snmp-server contact", "no snmp-server contact", textVal("text")),
			},
			table(`
				snmp-server community = [{0|8}] <community:secret>
				snmp-server listen-port = <1-65535>
			`),
			[]form{
				unsaid(release.Span{}, "snmp-server enable"),
				{slot: lit("snmp-server enable traps snmp"), rest: ref("{authentication & linkup & linkdown & coldstart & warmstart}"), usual: snmpTraps},
			},
			table(`
				snmp-server enable traps {all|syslog}
				snmp-server enable traps {config|connection-limit-reached|cpu|entity|ikev2|interface-threshold|ipsec|memory-threshold|nat|remote-access} = [<trap>...]
				own: snmp-server enable traps
			`),
			[]form{{slot: lit("snmp-server"), only: true, owner: true}},
		),
	},
	{
		name: "ntp", help: "Configure Network Time Protocol", span: inASA, section: release.SectionNTP,
		forms: table(`
			ntp authentication-key <1-4294967295> = md5 <secret>
			ntp authenticate
			ntp trusted-key <1-4294967295>
			ntp server <server:host> = {key <1-4294967295> & source <if> & prefer}
		`),
	},
	mailProxy("imap4s"), mailProxy("pop3s"), mailProxy("smtps"),
}

// mailProxy is a service by which users of WebVPN reach their mail.
func mailProxy(name string) storedSpec {
	return storedSpec{
		name: name, help: "Configure the " + name + " service", span: release.Since(release.V(7, 0)).Through(release.V(9, 4)), section: release.SectionWebVPN,
		forms: leadsTo(mailProxyModes[name], "own: "+name),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: mailProxyModes[name], forms: table(`
			enable <if>
			port = <1-65535>
			server = <server:host> [<1-65535>]
			outstanding = <1-1000>
			name-separator = <separator>
			server-separator = <separator>
			authentication = {aaa|certificate|mailhost|piggyback}...
			authentication-server-group = <group>
			authorization-server-group = <group>
			authorization-required
			authorization-dn-attributes = <text>
			accounting-server-group = <group>
			default-group-policy = <policy>
			reval-period = <1-10000>
		`)}}},
	}
}

var mailProxyModes = map[string]Mode{"imap4s": ConfigIMAP4S, "pop3s": ConfigPOP3S, "smtps": ConfigSMTPS}

// snmpTraps are the traps of SNMP that are on by default (captures of 7.2, 8.2 and 8.4; those of 9.x have no line of them).
var snmpTraps = []usual{
	{span: release.Until(release.V(8, 3)), slot: "snmp-server enable traps snmp", text: "snmp-server enable traps snmp authentication linkup linkdown coldstart"},
	{span: since84.Through(release.V(8, 4)), slot: "snmp-server enable traps snmp", text: "snmp-server enable traps snmp authentication linkup linkdown coldstart warmstart"},
	{span: since90, slot: "snmp-server enable traps snmp"},
}

// strictTransport are the lines of strict transport security.
const strictTransport = `
	neg: enable
	max-age = <0-2147483647>
	neg: include-sub-domains
	neg: preload
`

// webVPNSpec is webvpn of 7.0 and later. The block stands in every configuration of 8.2 and 8.3.
var webVPNSpec = storedSpec{
	name: "webvpn", help: "Configure the WebVPN service", span: inASA, section: release.SectionWebVPN,
	forms: []form{{slot: lit("webvpn"), enters: ConfigWebVPN, owner: true, usual: []usual{
		{span: since82.Through(release.V(8, 4)), slot: "webvpn", text: "webvpn"}, // unverified: for 8.4
	}}},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigWebVPN, forms: slices.Concat(table(`
			port = <1-65535>
			8.0+ dtls port = <1-65535>
			enable <if> = [tls-only]
			http-proxy = {<server:host> <1-65535> [exclude <url:long>] [username <user> password <secret>]|pac <url:long>}
			https-proxy = {<server:host> <1-65535> [exclude <url:long>] [username <user> password <secret>]}
			default-idle-timeout = <60-86400>
			character-encoding = <charset>
			8.0+ file-encoding <server:host> = <charset>
			java-trustpoint = <trustpoint>
			8.0+ onscreen-keyboard = {none|all|logon}
			8.0+ internal-password enable
			8.0+ keepout = <text>
			8.0+ certificate-group-map <map> <1-65535> = <group:long>
			7.0-7.2 authentication-server-group = <group>
			7.0-7.2 authentication = {aaa|certificate}...
			7.0-7.2 authorization-server-group = <group>
			7.0-7.2 authorization-required
			7.0-7.2 authorization-dn-attributes = <text>
			7.0-7.2 accounting-server-group = <group>
			7.0-7.2 default-group-policy = <policy>
			7.0-7.2 nbns-server <server:host> = {master & timeout <1-30> & retry <0-10>}
			7.0-7.2 title = <text>
			7.0-7.2 title-color = <color>
			7.0-7.2 secondary-color = <color>
			7.0-7.2 text-color = {black|white|auto}
			7.0-7.2 secondary-text-color = {black|white}
			7.0-7.2 login-message = <text>
			7.0-7.2 logout-message = <text>
			7.0-7.2 logo = <text>
			7.0-7.2 username-prompt = <text>
			7.0-7.2 password-prompt = <text>
			url-list <list> <text>
			port-forward <list> <1-65535> <server:host> <1-65535> = [<text>]
			rewrite order <1-65534> = {enable|disable} resource-mask <mask-text:long> [name <name>]
			proxy-bypass interface <if> = <text>
			8.0+ apcf = <url:long>
			8.0+ auto-signon allow {ip <net>|uri <uri:long>} auth-type {basic|ftp|ntlm|all}
			8.0+ smart-tunnel list <list> <application:quoted> <path:quoted> = [platform {mac|windows}] [<hash>]
			8.0+ smart-tunnel auto-signon <list> = <text>
			8.2+ smart-tunnel network <network> {ip <net>|host <host-mask>}
			8.2+ smart-tunnel tunnel-policy = <text>
			csd hostscan image = <url:long>
			8.4+ hostscan image = <url:long>
			8.4+ hostscan enable
			csd image = <url:long>
			csd enable
			-8.3 svc image <url:long> = [<1-65535>] [regex <regex:quoted>]
			-8.3 svc profiles <profile> = <url:long>
			-8.3 svc enable
			8.4+ anyconnect image <url:long> = [<1-65535>] [regex <regex:quoted>]
			8.4+ anyconnect-custom-attr <attribute> = [description <text>]
			8.4+ anyconnect profiles <profile> = <url:long>
			8.4+ anyconnect enable
			8.4+ neg: anyconnect-essentials
			8.2-8.3 anyconnect-essentials
			8.3+ mus <net> <if>
			8.2+ mus host = <host:long>
			8.2+ mus password = <secret>
			8.2+ mus server enable = [<1-65535>]
			8.4+ portal-access-rule <1-65535> = <text>
			8.0+ memory-size = {percent <20-80>|kb <1024-4294967295>}
			7.2+ tunnel-group-list enable
			8.2+ tunnel-group-preference group-url
			8.4+ kcd-server = <group> username <user> password <secret> [validate-server-certificate]
			9.7+ error-recovery disable
			9.8+ saml idp <text>
		`), leadsTo(ConfigWebCache, "8.0+ own: cache"), leadsTo(ConfigHSTS, "9.8-9.11 own: hsts"), leadsTo(ConfigHTTPHeaders, "9.12+ own: http-headers"), leadsTo(ConfigSSOServer, "7.1+ own: sso-server <name> type {siteminder|SAML-V1.1-post}")),
		},
		{mode: ConfigWebCache, forms: table(`
			disable
			8.0+ cache-static-content enable
			expiry-time = <1-900>
			lmfactor = <0-100>
			max-object-size = <0-10000>
			min-object-size = <0-10000>
			cache-compressed
		`)},
		// hsts is of 9.8(2), http-headers of configurations of 9.12. unverified: that the one left with the other.
		{mode: ConfigHSTS, forms: table(strictTransport)},
		{mode: ConfigHTTPHeaders, forms: slices.Concat(
			leadsTo(ConfigHSTSServer, "own: hsts-server"), leadsTo(ConfigHSTSClient, "own: hsts-client"),
			table("neg: x-content-type-options\nneg: x-xss-protection\nneg: content-security-policy = [<text>]"),
		)},
		{mode: ConfigHSTSServer, forms: table(strictTransport)},
		{mode: ConfigHSTSClient, forms: table("neg: enable")},
		{mode: ConfigSSOServer, forms: table(`
			web-agent-url = <url:long>
			policy-server-secret = <secret>
			max-retry-attempts = <1-5>
			request-timeout = <1-30>
			assertion-consumer-url = <url:long>
			issuer = <text>
			trust-point = <trustpoint>
		`)},
	}},
}
