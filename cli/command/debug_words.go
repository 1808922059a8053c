package command

import (
	"context"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// silentDebug is a debugging of what the simulator does not do: it can be switched and is shown by show debug, and there is
// never anything to report.
type silentDebug struct {
	words string
	span  release.Span
}

// silentDebugs are from the command references of 5.1, 6.1 and 6.3. unverified: the releases in which each begins.
var silentDebugs = []silentDebug{
	{"arp", from62}, {"crypto ca", from50}, {"crypto ipsec", from50}, {"crypto isakmp", from50}, {"ctiqbe", from63},
	{"dhcpd event", from60}, {"dhcpd packet", from60},
	{"dhcprelay error", from63}, {"dhcprelay event", from63}, {"dhcprelay packet", from63}, {"fixup tcp", from62}, {"fixup udp", from62},
	{"fover cable", from50}, {"fover fail", from50}, {"fover get", from50}, {"fover open", from50}, {"fover put", from50},
	{"fover rx", from50}, {"fover rxip", from50}, {"fover switch", from50}, {"fover sync", from50}, {"fover tx", from50}, {"fover txip", from50},
	{"h323 h225 asn", from60}, {"h323 h225 event", from60}, {"h323 h245 asn", from60}, {"h323 h245 event", from60},
	{"h323 ras asn", from62}, {"h323 ras event", from62}, {"igmp", from62}, {"ils", from62}, {"mfwd", from62}, {"mgcp", from63},
	{"ntp authentication", from62}, {"ntp events", from62}, {"ntp packets", from62}, {"ntp select", from62}, {"ntp sync", from62}, {"ntp validity", from62},
	{"ospf", from63}, {"pdm history", from60}, {"ppp error", from52}, {"ppp io", from52}, {"ppp uauth", from52}, {"pppoe error", from62}, {"pppoe event", from62},
	{"pppoe packet", from62}, {"radius", from63}, {"rip", from60}, {"route", from63}, {"rtsp", from60}, {"sip", from53}, {"skinny", from60},
	{"sqlnet", from43}, {"ssh", from52}, {"ssl cipher", from60}, {"ssl device", from60}, {"tacacs", from63}, {"vpdn error", from52},
	{"vpdn event", from52}, {"vpdn packet", from52}, {"vpnclient", from62}, {"xdmcp", from63},
}

// spokenDebugs are switched in the same way, and report.
var spokenDebugs = []silentDebug{{"dhcpc detail", from60}, {"dhcpc error", from60}, {"dhcpc packet", from60}}

var (
	from43 = pixFrom(4, 3)
	from52 = pixFrom(5, 2)
	from53 = pixFrom(5, 3)
)

func silentDebugCommands() []*Command {
	var out []*Command
	for i, d := range slices.Concat(silentDebugs, spokenDebugs) {
		for _, on := range []bool{true, false} {
			c := d.command(on)
			c.Stored = i < len(silentDebugs)
			out = append(out, c)
		}
	}
	return out
}

// silentUsage is the usage of them all, cut down by release.
var silentUsage = []string{
	"[no] debug arp",
	"[no] debug crypto ca|ipsec|isakmp [<level>]",
	"[no] debug ctiqbe",
	"[no] debug dhcpc detail|error|packet",
	"[no] debug dhcpd event|packet",
	"[no] debug dhcprelay error|event|packet",
	"[no] debug fixup tcp|udp",
	"[no] debug fover cable|fail|get|open|put|rx|rxip|switch|sync|tx|txip",
	"[no] debug h323 h225|h245|ras asn|event",
	"[no] debug igmp|mfwd|ospf|rip|route",
	"[no] debug ils|mgcp|rtsp|sip|skinny|sqlnet|xdmcp",
	"[no] debug ntp authentication|events|packets|select|sync|validity",
	"[no] debug pdm history",
	"[no] debug ppp error|io|uauth",
	"[no] debug pppoe error|event|packet",
	"[no] debug radius|tacacs",
	"[no] debug ssh",
	"[no] debug ssl cipher|device",
	"[no] debug vpdn error|event|packet",
	"[no] debug vpnclient",
}

// debugSilentLevel is taken and means nothing.
var debugSilentLevel = &g.Param[int]{Name: "level", Help: "Debug level", Type: g.Int(1, 255)}

func (d silentDebug) command(on bool) *Command {
	name := "debug " + d.words
	if !on {
		name = "no " + name
	}
	var parts []g.Syntax
	for w := range strings.FieldsSeq(name) {
		parts = append(parts, g.Word(w, helpDebug))
	}
	return &Command{
		Name: name, Help: helpDebug, Mode: Privileged, Span: d.span,
		Usage:  silentUsage,
		Syntax: g.Seq(append(parts, g.Opt(debugSilentLevel))...),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			s.Box().Debug(s, "debug "+d.words, on)
			return nil
		},
	}
}
