package command

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Spans of the kinds of aaa rules. unverified: that include and exclude came with 5.1, but for a manual's word that 5.0 does
// not know them.
var (
	aaaOld   = release.Until(release.V(5, 0))
	aaaRules = pixFrom(5, 1)
)

// Servers are of one kind and in no group until aaa-server replaces their commands (4.4(1) release notes).
var (
	beforeGroups = release.Until(release.V(4, 3))
	serverGroups = pixFrom(4, 4)
)

// aaaSpecs are the servers and the rules of user authentication that nothing acts on. The lines of aaa ... console are
// another file's.
var aaaSpecs = []storedSpec{
	{
		name: "tacacs-server", help: "Specify a TACACS+ server", span: beforeGroups, section: release.SectionAAAServer, private: true,
		forms: []form{{slot: seq(lit("tacacs-server"), opt(ifParenVal()), lit("host"), addrVal("ip_address")), rest: opt(wordVal("key"))}},
		usage: []string{"[no] tacacs-server [(<if_name>)] host <ip_address> [<key>]"}, // unverified: as the next
	},
	{
		name: "radius-server", help: "Specify a RADIUS server", span: beforeGroups, section: release.SectionAAAServer, private: true,
		forms: []form{{slot: seq(lit("radius-server"), opt(ifParenVal()), lit("host"), addrVal("ip_address")), rest: opt(wordVal("key"))}},
		usage: []string{"[no] radius-server [(<if_name>)] host <ip_address> [<key>]"},
	},
	{
		name: "aaa-server", help: "Define AAA Server group", section: release.SectionAAAServer, span: serverGroups, private: true,
		objects: []object{
			{lead: "aaa-server radius-authport"}, {lead: "aaa-server radius-acctport"}, {lead: "aaa-server", keys: []keyKind{keyName}},
		},
		forms: []form{
			{span: from62, slot: lit("aaa-server radius-authport"), rest: numVal("auth_port", 1, 65535), plain: true},
			{span: from62, slot: lit("aaa-server radius-acctport"), rest: numVal("acct_port", 1, 65535), plain: true},
			{slot: seq(lit("aaa-server"), serverTag(), lit("protocol")), rest: seq(enumVal("auth_protocol", "tacacs+", "radius", "local")), usual: []usual{
				{slot: "aaa-server TACACS+ protocol", text: "aaa-server TACACS+ protocol tacacs+"},
				{slot: "aaa-server RADIUS protocol", text: "aaa-server RADIUS protocol radius"},
				{span: from62, slot: "aaa-server LOCAL protocol", text: "aaa-server LOCAL protocol local"},
			}},
			{span: from63, slot: seq(lit("aaa-server"), serverTag(), lit("max-failed-attempts")), rest: numVal("number", 1, 5), usual: []usual{
				{slot: "aaa-server TACACS+ max-failed-attempts", text: "aaa-server TACACS+ max-failed-attempts 3"},
				{slot: "aaa-server RADIUS max-failed-attempts", text: "aaa-server RADIUS max-failed-attempts 3"},
			}},
			{span: from63, slot: seq(lit("aaa-server"), serverTag(), lit("deadtime")), rest: numVal("minutes", 0, 1440), usual: []usual{
				{slot: "aaa-server TACACS+ deadtime", text: "aaa-server TACACS+ deadtime 10"},
				{slot: "aaa-server RADIUS deadtime", text: "aaa-server RADIUS deadtime 10"},
			}},
			{slot: seq(lit("aaa-server"), serverTag(), usually(ifParenVal(), "({inside})"), lit("host"), addrVal("server_ip")), plain: true,
				rest: seq(opt(val("key", serverKey(), plainWord)), usually(seq(lit("timeout"), numVal("seconds", 1, 30)), "timeout 5"))},
			{slot: seq(lit("aaa-server"), serverTag()), only: true, owner: true, clears: true},
		},
		shows: []string{"aaa-server [tag]"},
		usage: []string{
			"[no] aaa-server <tag> [<(if_name)>] host <ip_address> [<key>] [timeout <seconds>]", "[no] aaa-server <tag> protocol <auth_protocol>",
			"[no] aaa-server <tag> max-failed-attempts <number>", "[no] aaa-server <tag> deadtime <minutes>",
			"[no] aaa-server radius-authport [<auth_port>]", "[no] aaa-server radius-acctport [<acct_port>]",
		},
	},
	{
		name: "aaa", help: helpAAA, section: release.SectionAAA, span: inPIX, noclear: true,
		forms: []form{
			{span: aaaOld, slot: seq(lit("aaa authentication"), oldService(), aaaSide(), netVal("local_ip", "mask"), opt(netVal("foreign_ip", "mask")), oldServer())},
			{span: aaaOld, slot: seq(lit("aaa authorization"), oldService(), aaaSide(), netVal("local_ip", "mask"), opt(netVal("foreign_ip", "mask")))},
			{span: aaaOld, slot: seq(lit("aaa accounting"), oldService(), aaaSide(), netVal("local_ip", "mask"), opt(netVal("foreign_ip", "mask")), oldServer())},
			{span: aaaRules, slot: aaaRule("authentication"), rest: aaaServer()},
			{span: pixFrom(5, 2), slot: seq(lit("aaa authentication match"), aclVal(), aaaSide()), rest: aaaServer()},
			{span: from63, slot: lit("aaa authentication secure-http-client")},
			{span: aaaRules, slot: aaaRule("authorization"), rest: aaaServer()},
			{span: pixFrom(5, 2), slot: seq(lit("aaa authorization match"), aclVal(), aaaSide()), rest: aaaServer()},
			{span: aaaRules, slot: aaaRule("accounting"), rest: aaaServer()},
			{span: pixFrom(5, 2), slot: seq(lit("aaa accounting match"), aclVal(), aaaSide()), rest: aaaServer()},
			{span: from63, slot: lit("aaa mac-exempt match"), rest: macListVal()},
			{span: from62, slot: lit("aaa proxy-limit"), rest: either(lit("disable"), numVal("proxy_limit", 1, 128))},
		},
		shows: []string{"aaa authentication", "aaa authorization", "aaa accounting", "aaa mac-exempt", "aaa proxy-limit"},
		usage: []string{
			"[no] aaa authentication|authorization|accounting include|exclude <service> <if_name>",
			"        <local_ip> <local_mask> [<foreign_ip> <foreign_mask>] <server_tag>",
			"[no] aaa authentication|authorization|accounting match <access_list_name> <if_name> <server_tag>",
			"[no] aaa authentication secure-http-client", "[no] aaa mac-exempt match <id>", "[no] aaa proxy-limit <proxy limit> | disable",
		},
	},
	{
		name: "mac-list", help: "Create a list of MAC addresses", section: release.SectionMACList, span: from63,
		forms: []form{
			{slot: seq(lit("mac-list"), macListVal(), enumVal("kind", "deny", "permit"), macVal("mac"), macVal("macmask"))},
			{slot: seq(lit("mac-list"), macListVal()), only: true, owner: true, clears: true},
		},
		shows: []string{"mac-list [id]"},
		usage: []string{"[no] mac-list <id> deny|permit <mac> <macmask>"},
	},
	{
		name: "virtual", help: "Set address for authentication virtual servers", section: release.SectionVirtual, span: pixFrom(4, 1),
		forms: []form{
			{slot: lit("virtual http"), rest: seq(addrVal("ip_address"), opt(lit("warn")))},
			{slot: lit("virtual telnet"), rest: addrVal("ip_address")},
		},
		shows: []string{"virtual {http|telnet}"},
		usage: []string{"[no] virtual http <ip_address> [warn]", "[no] virtual telnet <ip_address>"},
	},
}

// macListVal is the name of a list of MAC addresses: any word, a number too (6.3 command reference, whose example is named
// adc; that of 7.0 calls it a string).
func macListVal() piece { return val("id", g.Ident(63), plainWord) }

// serverTag is the tag of a group of servers.
func serverTag() piece { return val("tag", g.Ident(16), plainWord) }

// serverKey is a key; the word of what may follow it is none.
func serverKey() g.Type[string] {
	t := g.Ident(127)
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (string, error) {
		if w == "timeout" {
			return "", errKey
		}
		return parse(e, w)
	}
	return t
}

var errKey = errors.New("does not fit")

// aaaServer is a group of servers, printed as it was typed.
func aaaServer() piece { return val("server_tag", g.Ident(16), plainWord) }

// aaaSide is an interface, or one of the words inbound and outbound of the releases before 6.3, which still takes them.
func aaaSide() piece { return either(ifVal(), enumVal("direction", "inbound", "outbound")) }

func oldService() piece { return enumVal("service", "any", "except", "ftp", "http", "telnet") }
func oldServer() piece  { return val("server", aaaGroupOrKind(), plainWord) }

// aaaGroupOrKind is the kind of server of 4.x, or the tag of a group later.
func aaaGroupOrKind() g.Type[string] {
	t := g.Ident(16)
	t.Sample = func(_ g.Env, r *rand.Rand) string { return []string{"tacacs+", "radius"}[r.IntN(2)] }
	return t
}

func aaaRule(kind string) piece {
	return seq(lit("aaa "+kind), enumVal("how", "include", "exclude"), val("service", aaaServiceType(), plainWord), aaaSide(),
		netVal("local_ip", "local_mask"), usuallyNet("foreign_ip", "foreign_mask"))
}

// usuallyNet is a network that is 0.0.0.0 0.0.0.0 where it was not typed.
func usuallyNet(addr, mask string) piece {
	return usuallyPiece{netVal(addr, mask), func(*config.Config) []config.Word {
		return []config.Word{addrWord(netip.IPv4Unspecified()), plainWord("0.0.0.0")} // an address, which may have a name
	}}
}

// aaaServiceType is the service of an aaa rule: by name, or protocol/port.
func aaaServiceType() g.Type[string] {
	named := g.Enum("any", "ftp", "http", "telnet")
	t := g.Type[string]{Label: "protocol/port", Words: named.Words}
	t.Parse = func(e g.Env, w string) (string, error) {
		if v, err := named.Parse(e, w); err == nil {
			return v, nil
		}
		proto, port, ok := strings.Cut(w, "/")
		p, err := g.Proto().Parse(e, proto)
		if !ok || err != nil {
			return "", errKey
		}
		lo, hi, isRange := strings.Cut(port, "-")
		for _, n := range []string{lo, hi} {
			if _, err := g.Int(0, 65535).Parse(e, n); err != nil && (isRange || n == lo) {
				return "", err
			}
		}
		return strings.ToLower(g.ProtoName(nil, p)) + "/" + port, nil
	}
	t.Sample = func(e g.Env, r *rand.Rand) string {
		if r.IntN(2) == 0 {
			return named.Sample(e, r)
		}
		return fmt.Sprintf("%s/%d", []string{"tcp", "udp", "icmp"}[r.IntN(3)], r.IntN(256))
	}
	return t
}
