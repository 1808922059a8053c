package command

import (
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// classMapTyped are the words of a class-map with a type.
func classMapTyped(kind string) piece {
	return seq(lit("class-map"), litPiece{g.Word("type", "Specifies the type of class-map")}, lit(kind))
}

// tcpMapSpec are the maps that set connection advanced-options names.
var tcpMapSpec = storedSpec{
	name: "tcp-map", help: "Configure advanced TCP connection options", span: inASA, section: release.SectionTCPMap, acts: true,
	forms: leadsTo(ConfigTCPMap, "own: tcp-map <tcp_map_name>"),
	body: &submodes{depth: 2, modes: []bodyMode{{mode: ConfigTCPMap, forms: table(`
		check-retransmission
		checksum-verification
		exceed-mss = {allow|drop}
		7.2+ invalid-ack = {allow|drop}
		queue-limit = <0-250> [timeout <1-20>]
		reserved-bits = {allow|clear|drop}
		7.2+ seq-past-window = {allow|drop}
		7.2+ synack-data = {allow|drop}
		syn-data = {allow|drop}
		tcp-options range <6-255> <6-255> = {allow|clear|drop}
		tcp-options {selective-ack|timestamp|window-scale} = {allow|clear|drop}
		9.6+ tcp-options {md5|mss} = {allow|clear|default|drop|maximum <68-65535>} [multiple]
		neg: ttl-evasion-protection
		urgent-flag = {allow|clear}
		window-variation = {allow-connection|drop-connection}
	`)}}},
}

// inspectMapCommand keeps the policy-maps of type inspect of the engines other than esmtp.
const inspectMapCommand = "policy-map type inspect"

// inspectMapSlot is the slot of one of them.
func inspectMapSlot(kind, name string) string { return inspectMapCommand + " " + kind + " " + name }

// patterns is what an inspection looks for: a regex, or a class of them.
const patterns = "regex {class <class>|<regex>}"

// inspectMatches are what the engines look at, in a policy-map and in a class-map of theirs.
const inspectMatches = `
	match [not] header-flag [eq] <flag>...
	match [not] dns-type {eq <type>|range <0-65535> <0-65535>}
	match [not] dns-class {eq <class>|range <0-65535> <0-65535>}
	match [not] question
	match [not] resource-record {additional|answer|authority}
	match [not] domain-name ` + patterns + `
	match [not] {filename|filetype|server|username|login-name|peer-login-name|called-party|calling-party|im-subscriber|message-path|third-party-registration|url-filter|version} ` + patterns + `
	match [not] request-command <command>...
	match [not] request-method <method>...
	match [not] req-resp content-type mismatch
	match [not] request args ` + patterns + `
	match [not] request body {` + patterns + `|length gt <1-65535>}
	match [not] request header {length gt <1-32767>|count gt <0-127>|non-ascii|` + patterns + `}
	match [not] request header <field> {length gt <1-32767>|count gt <0-127>|` + patterns + `}
	match [not] request method {` + patterns + `|<method>}
	match [not] request uri {` + patterns + `|length gt <1-65535>}
	match [not] response body {active-x|java-applet|length gt <1-65535>|` + patterns + `}
	match [not] response header {length gt <1-32767>|count gt <0-127>|non-ascii|` + patterns + `}
	match [not] response header <field> {length gt <1-32767>|count gt <0-127>|` + patterns + `}
	match [not] response status-line ` + patterns + `
	match [not] protocol <protocol>...
	match [not] service <service>...
	match [not] {ip-address|peer-ip-address} <net>
	match [not] content {length gt <0-65536>|type {sdp|` + patterns + `}}
	match [not] uri {sip|tel} length gt <0-65536>
	match [not] media-type {audio|data|video}
	match [not] message-id {range <message-id> <message-id>|<message-id>}
	match [not] message {id {<1-255>|range <1-255> <1-255>}|length min <1-65536> max <1-65536>}
	match [not] apn ` + patterns + `
	match [not] version {<0-255>|range <0-255> <0-255>}
	match [not] access-list <acl>
	9.0+ match [not] header <text>
	9.0+ match [not] user <user:long>
	9.0+ match [not] group <group:long>
`

// inspectMapSpec are the policy-maps of type inspect other than esmtp. Which engine takes which line is not told apart.
var inspectMapSpec = storedSpec{
	name: inspectMapCommand, help: "Configure MPF Policy Map", span: since72, section: release.SectionInspectMap, noclear: true,
	inUse: func(c *config.Config, slot string) (release.Key, string) {
		kind, name, _ := strings.Cut(slot[len(inspectMapCommand)+1:], " ")
		if mapInUse(c, kind, name) {
			return release.MPFInUse, slot
		}
		return "", ""
	},
	forms: []form{
		inspectMapHead(release.Span{}, "{dcerpc|dns|ftp|gtp|h323|http|im|ipsec-pass-thru|mgcp|netbios|radius-accounting|rtsp|sip|skinny}"),
		inspectMapHead(since82, "ip-options"),
		inspectMapHead(since90, "{ipv6|scansafe}"),
		inspectMapHead(since94, "{diameter|lisp|m3ua|sctp|stun}"),
		inspectMapHead(release.Since(release.V(9, 9)), "snmp"),
	},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigInspectMap, forms: slices.Concat(
			table("description = <text>"),
			leadsTo(ConfigPolicyParam, "own: parameters"),
			leadsTo(ConfigInspectMatch, inspectMatches),
			leadsTo(ConfigInspectMatch, "class <class>"),
		)},
		{mode: ConfigInspectMatch, forms: table(`
			drop = [send-protocol-error] [log]
			drop-connection = [send-protocol-error] [log]
			reset = [log]
			mask = [log]
			log
			rate-limit = <1-4294967295>
			enforce-tsig = {drop [log]|log}
			send-protocol-error
			9.0+ whitelist
		`)},
		{mode: ConfigPolicyParam, forms: append(table(`
			8.2+ message-length maximum client = {auto|<512-65535>}
			8.2+ message-length maximum server = {auto|<512-65535>}
			message-length maximum = <512-65535>
			neg: dns-guard
			neg: protocol-enforcement
			neg: nat-rewrite
			neg: id-randomization
			neg: id-mismatch = [count <0-4294967295> duration <0-4294967295>] action log
			tsig enforced = action {drop [log]|log}
			9.7+ neg: tcp-inspection
			9.8+ umbrella = [tag <tag>] [fail-open]
			9.8+ dnscrypt
			neg: mask-banner
			neg: mask-syst-reply
			body-match-maximum = <200-20000>
			protocol-violation = action {drop-connection [log]|reset [log]|log}
			spoof-server = <text>
			call-duration-limit = <time>
			neg: call-party-numbers
			call-party-number
			neg: h245-tunnel-block action {drop-connection|log}
			neg: rtp-conformance [enforce-payloadtype]
			neg: state-checking {h225|ras|ras h225}
			8.2+ ras-rcf-pinholes enable
			neg: early-message {facility|<message>}
			neg: im
			neg: ip-address-privacy
			neg: max-forwards-validation = action <text>
			neg: software-version = action <text>
			state-checking = action <text>
			neg: strict-header-validation = action <text>
			neg: traffic-non-sip
			neg: uri-non-sip = action <text>
			8.0+ trust-verification-server ip = <addr>
			8.0+ trust-verification-server port = <1-65535>
			enforce-registration
			message-id max = <message-id>
			sccp-prefix-len {max|min} = <4-2147483647>
			timeout {media|signaling} = <time>
			timeout {endpoint|gsn|pdp-context|request|tunnel|t3-response|users|pinhole|media|sip} = <time>
			neg: endpoint-mapper = {epm-service-only [lookup-operation [timeout <time>]]|lookup-operation [timeout <time>]}
			call-agent <addr> <0-2147483647>
			command-queue = <1-2147483647>
			gateway <addr> <0-2147483647>
			mcc <0-999> mnc <0-999>
			permit errors
			permit response to-object-group <group> from-object-group <group>
			request-queue = <1-4294967295>
			tunnel-limit = <1-4294967295>
			anti-replay = [<128-1024>]
			reserve-port-protect
			url-length-limit = <0-6000>
			host <addr> = [key <secret>]
			enable gprs
			send response
			validate-attribute <1-191>
			esp = [per-client-max <0-65535>] [timeout <time>]
			ah = [per-client-max <0-65535>] [timeout <time>]
			8.2+ router-alert action {allow|clear}
			8.2+ eool action {allow|clear}
			8.2+ nop action {allow|clear}
			9.0+ basic-security action {allow|clear}
			9.0+ commercial-security action {allow|clear}
			9.0+ default action {allow|clear}
			9.0+ exp-flow-control action {allow|clear}
			9.0+ exp-measure action {allow|clear}
			9.0+ extended-security action {allow|clear}
			9.0+ imi-traffic-descriptor action {allow|clear}
			9.0+ quick-start action {allow|clear}
			9.0+ record-route action {allow|clear}
			9.0+ timestamp action {allow|clear}
			9.0+ verify-header {order|type}
			9.0+ http
			9.0+ https
			9.0+ default {user|group} <name:long>
			9.0+ default user <name:long> group <name:long>
			9.9+ disallow version = {1|2|2c|3}
		`), leadsTo(ConfigHSIGroup, "own: hsi-group <0-2147483647>")...)},
		{mode: ConfigHSIGroup, forms: table(`
			hsi = <addr>
			endpoint <addr> <if>
		`)},
	}},
}

// inspectClassSpec are the class-maps with a type whose lines are only kept; class-map prints them.
var inspectClassSpec = storedSpec{
	name: "class-map type", help: "Configure MPF Class Map", span: since72, section: release.SectionClassMap, quiet: true, noclear: true,
	forms: []form{
		{slot: seq(classMapTyped("management"), wordVal("class_map_name")), enters: ConfigManagementClass, owner: true},
		inspectClassHead(release.Span{}, "{dns|ftp|h323|http|im|rtsp|sip}"),
		inspectClassHead(since90, "{scansafe|gtp|ipv6|diameter}"),
	},
	body: &submodes{depth: 1, modes: []bodyMode{
		{mode: ConfigManagementClass, forms: table(`
			description = <text>
			match port tcp {eq <port:tcp>|range <port:tcp> <port:tcp>}
			match port udp {eq <port:udp>|range <port:udp> <port:udp>}
			match access-list <acl>
			match any
		`)},
		{mode: ConfigInspectClass, forms: append(table("description = <text>"), table(inspectMatches)...)},
	}},
}

// inspectMapHead is the line that opens a map of one of protocols.
func inspectMapHead(span release.Span, protocols string) form {
	kind := litPiece{g.Word("type", "Specifies the type of policy-map")}
	return form{span: span, slot: seq(lit("policy-map"), kind, lit("inspect"), ref(protocols), wordVal("map_name")), enters: ConfigInspectMap, owner: true}
}

// inspectClassHead is the line of a class of one of protocols, which all its lines match, or any of them.
func inspectClassHead(span release.Span, protocols string) form {
	head, kind, name := classMapTyped("inspect"), ref(protocols), wordVal("class_map_name")
	return form{
		span: span, slot: seq(head, kind, usually(ref("{match-all|match-any}"), "match-all"), name), by: seq(head, kind, name),
		enters: ConfigInspectClass, owner: true,
	}
}

// voiceASA are the maps of unified communications.
var voiceASA = []storedSpec{
	{
		name: "tls-proxy", help: "Configure TLS proxy", span: since80, section: release.SectionVoice,
		forms: append(leadsTo(ConfigTLSProxy, "own: tls-proxy <name>"), table("tls-proxy maximum-session = <1-65535>")...),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigTLSProxy, forms: table(`
			server trust-point = <trustpoint>
			client trust-point = <trustpoint>
			client ldc issuer = <issuer>
			client ldc key-pair = <key>
			client cipher-suite = <cipher>...
			neg: server authenticate-client
		`)}}},
	},
	{
		name: "ctl-provider", help: "Configure a CTL provider", span: since80, section: release.SectionVoice,
		forms: leadsTo(ConfigCTLProvider, "own: ctl-provider <name>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigCTLProvider, forms: table(`
			client interface <if> <addr>
			client username <user> = password <secret> encrypted
			export certificate = <trustpoint>
			ctl install
			service port = <1-65535>
		`)}}},
	},
	{
		name: "ctl-file", help: "Configure a CTL file", span: inVoice, section: release.SectionVoice,
		forms: leadsTo(ConfigCTLFile, "own: ctl-file <name>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigCTLFile, forms: table(`
			record-entry {capf|cucm|cucm-tftp|tftp} trustpoint <trustpoint> address <addr> = [domain-name <name>]
			sast <1-5>
			neg: shutdown
			cluster-ctl-file = <path:long>
		`)}}},
	},
	{
		name: "media-termination", help: "Configure media termination", span: inVoice, section: release.SectionVoice,
		forms: leadsTo(ConfigMediaTermination, "own: media-termination <name>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigMediaTermination, forms: table(`
			address <addr> = [interface <if>]
			rtp-min-port = <1024-65535> [rtp-max-port <1024-65535>]
		`)}}},
	},
	{
		name: "phone-proxy", help: "Configure the phone proxy", span: inVoice, section: release.SectionVoice,
		forms: leadsTo(ConfigPhoneProxy, "own: phone-proxy <name>"),
		body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigPhoneProxy, forms: table(`
			media-termination = <name>
			tftp-server address <addr> interface <if>
			tls-proxy = <name>
			ctl-file = <name>
			cluster-mode = {mixed|nonsecure}
			timeout secure-phones = <time>
			proxy-server address <addr> = [<1-65535>] interface <if>
			neg: disable service-settings
			cipc security-mode authenticated
		`)}}},
	},
}
