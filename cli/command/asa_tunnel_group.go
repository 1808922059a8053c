package command

import "pixsim/appliance/release"

// tunnelGroup is the head of the lines of one tunnel-group.
func tunnelGroup(words string, mode Mode) form {
	return form{slot: seq(lit("tunnel-group"), wordVal("name"), lit(words)), enters: mode}
}

// namedType is the line that makes an object of a name and a type; without it the whole object goes.
func namedType(command string, word, rest piece) form {
	head, name := lit(command), wordVal("name")
	return form{slot: seq(head, name, word), by: seq(head, name), rest: rest, owner: true}
}

// tunnelGroupSpec are the connection profiles, 7.0 and later (command references of 7.0 to 9.12).
var tunnelGroupSpec = storedSpec{
	name: "tunnel-group", help: "Create and manage the database of connection specific records", span: inASA, section: release.SectionTunnelGroup,
	objects: []object{{lead: "tunnel-group", keys: []keyKind{keyName}}},
	forms: []form{
		namedType("tunnel-group", lit("type"), ref("{ipsec-l2l|ipsec-ra|remote-access|webvpn}")),
		tunnelGroup("general-attributes", ConfigTunnelGeneral),
		tunnelGroup("webvpn-attributes", ConfigTunnelWebVPN),
		tunnelGroup("ipsec-attributes", ConfigTunnelIPsec),
		tunnelGroup("ppp-attributes", ConfigTunnelPPP),
		{slot: ref("tunnel-group <name>"), only: true, owner: true, clears: true},
	},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigTunnelGeneral, forms: table(`
			address-pool = [<(if)>] <pool>...
			8.0+ ipv6-address-pool = [<(if)>] <pool>...
			authentication-server-group = [<(if)>] {none|<group> [LOCAL]} [use-primary-username]
			8.2+ secondary-authentication-server-group = [<(if)>] {none|<group> [LOCAL]} [use-primary-username]
			8.2+ authentication-attr-from-server = {primary|secondary}
			8.2+ authenticated-session-username = {primary|secondary}
			authorization-server-group = [<(if)>] {none|<group>}
			accounting-server-group = {none|<group>}
			default-group-policy = <policy>
			dhcp-server = [{link-selection|subnet-selection}] <addr>
			strip-realm
			neg: strip-group
			password-management = [password-expire-in-days <0-180>]
			neg: override-account-disable
			authorization-required
			authorization-dn-attributes = {use-entire-name|<primary> [<secondary>]}
			8.0+ username-from-certificate = {use-entire-name|use-script|<primary> [<secondary>]}
			8.2+ secondary-username-from-certificate = {use-entire-name|use-script|<primary> [<secondary>]} [no-certificate-fallback cisco-secure-desktop machine-unique-id]
			8.4+ nat-assigned-to-public-ip = <if>
			8.4+ scep-enrollment enable
			9.8+ username-from-certificate-choice = {first-certificate|second-certificate}
			9.8+ secondary-username-from-certificate-choice = {first-certificate|second-certificate}
		`)},
		{mode: ConfigTunnelIPsec, forms: table(`
			-8.3 pre-shared-key = <secret>
			8.4+ ikev1 pre-shared-key = <secret>
			peer-id-validate = {req|cert|nocheck}
			chain
			-8.3 trust-point = <trustpoint>
			8.4+ ikev1 trust-point = <trustpoint>
			-8.3 isakmp ikev1-user-authentication = [<(if)>] {none|xauth|hybrid}
			8.4+ ikev1 user-authentication = [<(if)>] {none|xauth|hybrid}
			neg: isakmp keepalive = {disable|threshold {infinite|<10-3600>} [retry <2-10>]}
			7.0-8.3 radius-with-expiry
			7.0-8.3 authorization-required
			radius-sdi-xauth
			8.4+ ikev1 radius-sdi-xauth
			7.0-8.3 authorization-dn-attributes = {use-entire-name|<primary> [<secondary>]}
			client-update type <platform> = url <url:long> rev-nums <text>
			8.4+ ikev2 remote-authentication certificate
			8.4+ ikev2 remote-authentication pre-shared-key = <secret>
			8.4+ ikev2 remote-authentication eap = [query-identity]
			8.4+ ikev2 local-authentication pre-shared-key = <secret>
			8.4+ ikev2 local-authentication certificate = <trustpoint>
			9.4+ ikev2 rsa-sig-hash sha1
			9.8+ ikev2 mobike-rrc
			9.8+ peer-id = <text>
		`)},
		{mode: ConfigTunnelWebVPN, forms: table(`
			authentication = {aaa [certificate]|certificate [aaa]|multiple-certificate [aaa]|saml}
			customization = <name>
			group-alias <name:long> = {enable|disable}
			group-url <url:long> = {enable|disable}
			hic-fail-group-policy = <policy>
			nbns-server <server:host> = {master & timeout <1-30> & retry <0-10>}
			dns-group = <group>
			8.0+ radius-reject-message
			8.0+ proxy-auth = sdi
			8.2+ override-svc-download enable
			8.2+ pre-fill-username = {ssl-client|clientless|client} [hide]
			8.2+ secondary-pre-fill-username = {ssl-client|clientless|client} [hide]
			8.2+ without-csd = [anyconnect]
			9.4+ saml identity-provider = <url:long>
		`)},
		{mode: ConfigTunnelPPP, forms: table(`
			neg: authentication {pap|chap|ms-chap-v1|ms-chap-v2|eap-proxy}
		`)},
	}},
}

// groupAttributes are what a group-policy and a user have in common.
const groupAttributes = `
	vpn-access-hours = {none|value <time-range>}
	vpn-simultaneous-logins = <0-2147483647>
	vpn-idle-timeout = {none|<1-35791394>}
	8.4+ vpn-idle-timeout alert-interval = <1-30>
	vpn-session-timeout = {none|<1-35791394>}
	8.4+ vpn-session-timeout alert-interval = <1-30>
	vpn-filter = {none|value <acl>}
	9.0+ ipv6-vpn-filter = {none|value <acl>}
	vpn-tunnel-protocol = {IPSec|l2tp-ipsec|svc|webvpn|ikev1|ikev2|ssl-client|ssl-clientless}...
	password-storage = {enable|disable}
	group-lock = {none|value <tunnel-group>}
`

// groupPolicySpec are the group policies, 7.0 and later.
var groupPolicySpec = storedSpec{
	name: "group-policy", help: "Configure or remove a group policy", span: inASA, section: release.SectionGroupPolicy,
	objects: []object{{lead: "group-policy", keys: []keyKind{keyName}}},
	forms: []form{
		namedType("group-policy", seq(), ref("{internal [from <policy>]|external server-group <group> password <secret>}")),
		{slot: ref("group-policy <name> attributes"), enters: ConfigGroupPolicy},
		{slot: ref("group-policy <name>"), only: true, owner: true, clears: true},
	},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigGroupPolicy, forms: append(table(`
			banner none
			banner value <text>
			wins-server = {none|value <addr> [<addr>]}
			dns-server = {none|value <server:host>...}
			dhcp-network-scope = {none|<addr>}
		`+groupAttributes+`
			ip-comp = {enable|disable}
			re-xauth = {disable|enable [extended]}
			pfs = {enable|disable}
			ipsec-udp = {enable|disable}
			ipsec-udp-port = <4001-49151>
			split-tunnel-policy = {tunnelall|tunnelspecified|excludespecified}
			9.0+ ipv6-split-tunnel-policy = {tunnelall|tunnelspecified|excludespecified}
			split-tunnel-network-list = {none|value <acl>}
			default-domain = {none|value <domain>}
			split-dns = {none|value <domain>...}
			8.2+ split-tunnel-all-dns = {enable|disable}
			intercept-dhcp = [<mask>] {enable|disable}
			secure-unit-authentication = {enable|disable}
			user-authentication = {enable|disable}
			user-authentication-idle-timeout = {none|<1-35791394>}
			ip-phone-bypass = {enable|disable}
			leap-bypass = {enable|disable}
			nem = {enable|disable}
			backup-servers = {keep-client-config|clear-client-config|<server:host>...}
			msie-proxy server = {none|value <server:long>}
			msie-proxy method = {auto-detect|no-modify|no-proxy|use-server|use-pac-url}
			msie-proxy except-list = {none|value <server:long>}
			msie-proxy local-bypass = {enable|disable}
			8.0+ msie-proxy pac-url = {none|value <url:long>}
			8.2+ msie-proxy lockdown = {enable|disable}
			8.0+ vlan = {none|<1-4094>}
			8.0+ nac-settings = {none|value <name>}
			7.2-7.2 nac = {enable|disable}
			7.2-7.2 nac-sq-period = {none|<30-1800>}
			7.2-7.2 nac-reval-period = {none|<300-86400>}
			7.2-7.2 nac-default-acl = {none|value <acl>}
			7.2+ address-pools = {none|value <pool>...}
			8.0+ ipv6-address-pools = {none|value <pool>...}
			8.0+ smartcard-removal-disconnect = {enable|disable}
			8.4+ scep-forwarding-url = {none|value <url:long>}
			client-firewall = {none|{opt|req} <text>}
			client-access-rule none
			client-access-rule <1-65535> = {permit|deny} type <type> version <version>
			client-type-windows-bypass = {enable|disable}
			8.4+ gateway-fqdn = {none|value <fqdn>}
			9.0+ client-bypass-protocol = {enable|disable}
			9.0+ security-group-tag = {none|value <0-65533>}
			9.4+ periodic-authentication certificate = {none|<1-168>}
			9.4+ anyconnect-custom <attribute> = value <text>
		`), leadsTo(ConfigGroupWebVPN, "webvpn")...)},
		{mode: ConfigGroupWebVPN, forms: table(groupWebVPN)},
	}},
}

// groupWebVPN is what webvpn sets for a group or a user. anyconnect is svc under another name from 8.4 on.
const groupWebVPN = `
	7.0-7.2 functions = {none|{auto-download|citrix|file-access|file-browsing|file-entry|filter|http-proxy|mapi|port-forward|url-entry|smart-tunnel}...}
	homepage = {none|use-smart-tunnel|value <url:long>}
	html-content-filter = {none|{cookies|images|java|scripts}...}
	filter = {none|value <acl>}
	url-list = {none|value <list> [<1-65535>]}
	port-forward = {none|disable|enable <list>|auto-start <list>|value <list>}
	port-forward-name = {none|value <text>}
	customization = {none|value <name>}
	sso-server = {none|value <name>}
	7.0-7.2 svc = {none|enable|required}
	-8.3 svc keep-installer = {none|installed}
	-8.3 svc keepalive = {none|<15-600>}
	-8.3 svc rekey time = {none|<4-10080>}
	-8.3 svc rekey method = {none|ssl|new-tunnel}
	-8.3 svc dpd-interval client = {none|<5-3600>}
	-8.3 svc dpd-interval gateway = {none|<5-3600>}
	-8.3 svc compression = {none|deflate}
	8.0-8.3 svc mtu = <256-1406>
	8.0-8.3 svc dtls = {none|enable}
	8.0-8.3 svc modules = {none|value <modules>}
	8.0-8.3 svc profiles = {none|value <profile>}
	8.0-8.3 svc ask = {none|enable} [default {svc|webvpn} [timeout <1-120>]]
	8.0-8.3 svc df-bit-ignore = {enable|disable}
	8.4+ anyconnect keep-installer = {none|installed}
	8.4+ anyconnect mtu = <256-1500>
	8.4+ anyconnect ssl dtls = {none|enable}
	8.4+ anyconnect ssl keepalive = {none|<15-600>}
	8.4+ anyconnect ssl rekey time = {none|<4-10080>}
	8.4+ anyconnect ssl rekey method = {none|ssl|new-tunnel}
	8.4+ anyconnect ssl compression = {none|deflate|lzs}
	8.4+ anyconnect ssl df-bit-ignore = {enable|disable}
	8.4+ anyconnect dtls compression = {none|lzs}
	8.4+ anyconnect dpd-interval client = {none|<5-3600>}
	8.4+ anyconnect dpd-interval gateway = {none|<5-3600>}
	8.4+ anyconnect modules = {none|value <modules:long>}
	8.4+ anyconnect profiles = {none|value <profile> [type <type>]}
	8.4+ anyconnect ask = {none|enable} [default {anyconnect|webvpn} [timeout <1-120>]]
	8.4+ anyconnect routing-filtering-ignore = {enable|disable}
	8.4+ anyconnect firewall-rule client-interface {public|private} = {none|value <acl>}
	keep-alive-ignore = <0-900>
	http-comp = {none|gzip}
	8.0+ http-proxy = {enable|disable}
	8.0+ hidden-shares = {none|visible}
	8.0+ smart-tunnel = {disable|enable <list>|auto-start <list>}
	8.2+ smart-tunnel tunnel-policy = {tunnelall|tunnelspecified <network>|excludespecified <network>}
	8.0+ smart-tunnel auto-signon = {disable|enable <list> [domain <domain>]}
	8.0+ activex-relay = {enable|disable}
	8.0+ file-entry = {enable|disable}
	8.0+ file-browsing = {enable|disable}
	8.0+ url-entry = {enable|disable}
	deny-message = {none|value <text>}
	auto-signon allow {ip <net>|uri <uri:long>} auth-type {basic|ftp|ntlm|all}
	8.0+ unix-auth-uid = <0-4294967295>
	8.0+ unix-auth-gid = <0-4294967295>
	8.0+ user-storage = {none|value <path:long>}
	8.0+ storage-objects = {none|value {cookies|credentials|cookies,credentials}}
	8.0+ storage-key = {none|value <secret>}
	8.0+ download-max-size = <0-2147483647>
	8.0+ upload-max-size = <0-2147483647>
	8.0+ post-max-size = <0-2147483647>
	8.4+ always-on-vpn = {disable|profile-setting}
`

// userSpec are the attributes of a user. The lines stand behind that of the user, which another command prints.
var userSpec = storedSpec{
	name: "username attributes", help: "Configure attributes of a user", span: inASA, section: release.SectionUsername, quiet: true, noclear: true,
	forms: []form{{slot: ref("username <username> attributes"), enters: ConfigUsername, owner: true}},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigUsername, forms: append(table(`
			vpn-group-policy = <policy>
		`+groupAttributes+`
			vpn-framed-ip-address = <addr> [<mask>]
			9.0+ vpn-framed-ipv6-address = <net6>
			8.0+ service-type = {admin|nas-prompt|remote-access}
			memberof = <text>
		`), leadsTo(ConfigUserWebVPN, "webvpn")...)},
		{mode: ConfigUserWebVPN, forms: table(groupWebVPN)},
	}},
}
