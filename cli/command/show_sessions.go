package command

import (
	"context"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Sessions and associations of what the simulator only keeps in its configuration: there are none, and that is shown.

// idle is a show command of something that there is never any of.
type idle struct {
	words, help string
	span        release.Span
	text        string // unverified: the layouts are from memory of the 6.x reference
}

var idles = []idle{
	{"isakmp sa", "Show IKE security associations", pixFrom(5, 0),
		"Total     : 0\nEmbryonic : 0\n        dst               src        state     pending     created\n"},
	{"crypto isakmp sa", "Show IKE security associations", pixFrom(5, 0),
		"Total     : 0\nEmbryonic : 0\n        dst               src        state     pending     created\n"},
	{"crypto ipsec sa", "Show IPSec security associations", pixFrom(5, 0), ""},
	{"ipsec sa", "Show IPSec security associations", pixFrom(5, 0), ""},
	{"sip", "Show SIP sessions", pixFrom(6, 2), "Total: 0\n"},
	{"skinny", "Show Skinny sessions", pixFrom(6, 2), ""},
	{"h225", "Show H.225 sessions", pixFrom(6, 3), "Total: 0\n"},
	{"h245", "Show H.245 sessions", pixFrom(6, 3), "Total: 0\n"},
	{"h323-ras", "Show H.323 RAS sessions", pixFrom(6, 3), "Total: 0\n"},
	{"mgcp sessions", "Show MGCP sessions", pixFrom(6, 3), "0 in use, 0 most used\n"},
}

// idleCommands shows them, and where that is a command clears them.
func idleCommands() []*Command {
	var out []*Command
	for _, i := range idles {
		out = append(out, shows(i.words, i.help, Privileged, i.span, func(s Session) error { return emit(s, i.text) }))
		if !strings.HasSuffix(i.words, " sa") {
			continue
		}
		var parts []g.Syntax
		for w := range strings.FieldsSeq(i.words) {
			parts = append(parts, g.Word(w, "Clear security associations"))
		}
		out = append(out, &Command{
			Name: "clear " + i.words, Help: "Clear security associations", Mode: Privileged, Span: i.span, Syntax: clearing(parts...),
			Run: func(context.Context, Session, *g.Match) error { return nil },
		})
	}
	return out
}
