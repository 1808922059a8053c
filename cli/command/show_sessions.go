package command

import (
	"context"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Sessions and associations of what the simulator only keeps in its configuration: there are none, and that is shown.

// idle is a show command of something that there is never any of. Behind its words may stand what narrows it, as in shown.
type idle struct {
	words, help string
	span        release.Span
	text        string // unverified: the layouts are from memory of the 6.x reference
}

const noSession = "Total     : 0\nEmbryonic : 0\n        dst               src        state     pending     created\n"

var idles = []idle{
	{"isakmp sa {detail}", "Show IKE security associations", from50, noSession},
	{"crypto isakmp sa {detail}", "Show IKE security associations", from50, noSession},
	{"isakmp log", "Show the events of IKE", from63, ""},
	{"crypto engine", "Show the connections of the crypto engine", pixFrom(6, 0),
		"Crypto Engine Connection Map:\n    size = 8, free = 8, used = 0, active = 0\n"},
	{"crypto engine verify", "Test the crypto engine", from63, "FIPS: Known Answer Test begin:\nAES128 KAT: passed\nAES192 KAT: passed\nAES256 KAT: passed\n" +
		"DES KAT: passed\n3DES KAT: passed\nMD5 KAT: passed\nSHA-1 KAT: passed\nFIPS: Known Answer Test end.\n"},
	{"crypto interface {counters}", "Show the encryption card", from63, ""}, // none is built in
	{"sip", "Show SIP sessions", pixFrom(6, 2), "Total: 0\n"},
	{"skinny", "Show Skinny sessions", pixFrom(6, 2), ""},
	{"h225", "Show H.225 sessions", pixFrom(6, 3), "Total: 0\n"},
	{"h245", "Show H.245 sessions", pixFrom(6, 3), "Total: 0\n"},
	{"h323-ras", "Show H.323 RAS sessions", pixFrom(6, 3), "Total: 0\n"},
	{"mgcp sessions {detail}", "Show MGCP sessions", pixFrom(6, 3), "0 in use, 0 most used\n"},
	{"mgcp commands {detail}", "Show MGCP commands", pixFrom(6, 3), "0 in use, 0 most used\n"},
}

// idleCommands shows them.
func idleCommands() []*Command {
	var out []*Command
	for _, i := range idles {
		c := shown(i.words, i.help, i.span)
		c.Run = func(_ context.Context, s Session, _ *g.Match) error { return emit(s, i.text) }
		out = append(out, c)
	}
	for _, i := range nothings {
		out = append(out, i.command())
	}
	return append(out, clearSACommands()...)
}

// nothing is a clear command of what there is never any of.
type nothing struct {
	words, help string
	span        release.Span
	rest        g.Syntax
}

var nothings = []nothing{
	{"crypto interface counters", "Clear the counters of the encryption card", from63, g.Seq()},
	{"igmp", "Clear the groups that hosts are in", from62, g.Opt(g.Alt(kw("counters"), g.Seq(kw("group"), g.Opt(igmpGroup)), g.Seq(kw("interface"), ospfIf)))},
	{"isakmp log", "Clear the events of IKE", from63, g.Seq()},
	{"ospf", "Clear what OSPF learned", from63, g.Seq(g.Opt(ospfPID), g.Alt(kw("process"), kw("redistribution"),
		g.Seq(kw("counters"), g.Opt(kw("neighbor"), g.Opt(ospfRouter)))))},
}

func (n nothing) command() *Command {
	return &Command{
		Name: "clear " + n.words, Help: n.help, Mode: Privileged, Span: n.span, Syntax: clearing(append(keywords(n.words, n.help), n.rest)...),
		Run: func(context.Context, Session, *g.Match) error { return nil },
	}
}

// clearSACommands clear security associations, of which there are none, with what picks some.
func clearSACommands() []*Command {
	some := &g.Param[string]{Name: "name", Help: "The peer or map", Type: g.Ident(63)}
	spi := &g.Param[int]{Name: "spi", Help: "The number of one", Type: g.Int(1, 2147483647)}
	picked := g.Opt(g.Alt(kw("counters"), g.Seq(kw("map"), some), g.Seq(kw("peer"), some),
		g.Seq(kw("entry"), some, g.Word("ah", ""), spi), g.Seq(kw("entry"), some, g.Word("esp", ""), spi)))
	var out []*Command
	for _, words := range []string{"isakmp sa", "crypto isakmp sa", "ipsec sa", "crypto ipsec sa"} {
		parts := keywords(words, "Clear security associations")
		if strings.Contains(words, "ipsec") {
			parts = append(parts, picked)
		}
		out = append(out, &Command{
			Name: "clear " + words, Help: "Clear security associations", Mode: Privileged, Span: from50, Syntax: clearing(parts...),
			Run: func(context.Context, Session, *g.Match) error { return nil },
		})
	}
	return out
}
