package command

import (
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/release"
)

// configCommands are the configuration commands of the PIX, and those that the ASA has with other spans only.
var configCommands = sync.OnceValue(func() []*Command {
	return slices.Concat([]*Command{
		hostname, domainNameCmd, enablePassword, passwd, username, aaaConsole, aaaCommand, authPrompt, privilege,
		nameif, interfaceNamed, interfacePIX, interfaceVLAN, ipAddress, mtu,
		names, name,
		global, nat, static, mailhost, oldConduit, conduit, outbound, apply, alias, established,
		ipVerify, fragment,
		accessList, accessListNets, accessGroup,
		fixup,
		route, arp, arpClear, icmpCmd,
		telnetInside, telnet, ssh, console, pager, terminal,
		logging, loggingClear, syslog, timeout,
		service, banner, tftpServer, dhcpd, dhcpdClear, ignoredDNAT, crashSave,
	}, storedCommands())
})

// storedSpecs are the stored commands, those of one section in the order in which it prints them.
var storedSpecs = [][]storedSpec{
	failoverSpecs, routingSpecs, privateLinkSpecs, auditSpecs, pdmSpecs, aaaSpecs, urlSpecs, systemSpecs, cryptoSpecs,
	vpdnSpecs, relaySpecs, oldServiceSpecs, updateSpecs, mgcpSpecs, {crashSpec}, otherSpecs,
}

func storedCommands() []*Command {
	var out []*Command
	for _, specs := range storedSpecs {
		for i := range specs {
			out = append(out, specs[i].command())
			out = append(out, specs[i].bodyCommands()...)
		}
	}
	return out
}

// storedShows are the show commands of a part of a stored command's lines, or of all with a word that picks some, in the
// releases of those lines; else those of all are the rule's.
func storedShows() []*Command {
	var out []*Command
	for _, specs := range storedSpecs {
		for i := range specs {
			for _, words := range specs[i].shows {
				for _, span := range specs[i].spansOf(words) {
					c := shown(words, specs[i].help, span)
					c.byRule = true
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// spansOf are where the lines that a show command of words prints exist.
func (s *storedSpec) spansOf(words string) []release.Span {
	words, _ = narrowing(words, "")
	var out []release.Span
	for _, f := range s.forms {
		span, ok := f.span.Meet(s.span)
		if ok && !f.only && startsWith(leadingWords(f.slot), words) && !slices.Contains(out, span) {
			out = append(out, span)
		}
	}
	return out
}

// leadingWords are the keywords that a slot begins with.
func leadingWords(p piece) string {
	switch p := opened(p).(type) {
	case litPiece:
		return p.Text
	case usuallyPiece:
		return leadingWords(p.piece)
	case seqPiece:
		var words []string
		for _, q := range p {
			w := leadingWords(q)
			if w == "" {
				break
			}
			words = append(words, w)
		}
		return strings.Join(words, " ")
	}
	return ""
}

// Spans of the stored commands.
var (
	from42 = pixFrom(4, 2)
	from50 = pixFrom(5, 0)
	from60 = pixFrom(6, 0)
	from62 = pixFrom(6, 2)
	from63 = pixFrom(6, 3)
)

// otherSpecs are the lines that are kept and printed only and that no file of their own has.
var otherSpecs = []storedSpec{
	{
		name: "ntp", help: "Configure Network Time Protocol", section: release.SectionNTP, span: from62,
		forms: []form{
			{slot: seq(lit("ntp server"), addrVal("ip_address")), rest: anyOf(seq(lit("key"), numVal("number", 1, 2147483647)), seq(lit("source"), ifVal()), lit("prefer"))},
			{slot: lit("ntp authenticate")},
			{slot: seq(lit("ntp trusted-key"), numVal("number", 1, 2147483647))},
			{slot: seq(lit("ntp authentication-key"), numVal("number", 1, 2147483647)), rest: seq(lit("md5"), wordVal("key"))},
		},
		usage: []string{"[no] ntp server <ip_address> [key <number>] [source <if_name>] [prefer]"},
	},
	{
		name: "clock", help: "Manage the system clock", section: release.SectionClock, span: since62, acts: true,
		forms: []form{
			{slot: lit("clock timezone"), rest: seq(wordVal("zone"), val("hours", signedHours(), plainWord), opt(numVal("minutes", 0, 59)))},
			{slot: lit("clock summer-time"), rest: seq(wordVal("zone"), either(
				seq(lit("recurring"), opt(val("weeks", summer(summerWeeks, "1 Sun Apr 2:00 last Sun Oct 2:00"), plainWord))),
				seq(lit("date"), val("dates", summer(summerDates, "6 Apr 2003 2:00 26 Oct 2003 2:00"), plainWord))))},
		},
		usage: []string{"[no] clock summer-time <zone> recurring [<week weekday month hh:mm> <week weekday month hh:mm>] [<offset>]", "[no] clock timezone <zone> <hours> [<minutes>]"},
	},
	{
		name: "http", help: "Configure HTTP server", section: release.SectionHTTP, span: from60,
		forms: []form{
			{slot: lit("http server enable")},
			{slot: seq(lit("http"), addrVal("local_ip"), opt(maskVal("mask")), opt(ifVal()))},
		},
		usage: []string{"[no] http <local_ip> [<mask>] [<if_name>]", "[no] http server enable"},
	},
}
