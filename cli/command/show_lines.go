package command

import (
	"context"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Up to 6.3 a command of the configuration can be shown by its name: show and the command print its lines. That is a rule
// here, made of the table: whoever adds a command with Lines has its show. A show command that the table has by that name
// goes before.

// shownWords are the words behind show by which the lines of c are asked for: its first, where that is not a family's.
func shownWords(c *Command) string {
	words := strings.Fields(c.Name)
	if len(words) > 1 && families[words[0]] {
		return words[0] + " " + words[1]
	}
	return words[0]
}

// families are first words that belong to commands which have nothing else in common.
var families = map[string]bool{"ip": true}

// unlisted40 are commands that the list of show commands in the reference of 4.0 does not have.
var unlisted40 = map[string]bool{"hostname": true, "enable": true, "name": true, "names": true}

// shown makes a show command that prints the configuration lines beginning with words. Behind them may stand what narrows
// it: {a|b} one of these words, [name] a value.
func shown(words, help string, span release.Span) *Command {
	words, by := narrowing(words, help)
	parts := keywords(words, help)
	if by != nil {
		parts = append(parts, g.Opt(by.syntax()))
	}
	return &Command{
		Name: "show " + words, Help: help, Mode: Privileged, Span: span, Syntax: show(parts...),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			from := words
			if by != nil && by.typed(m) {
				from += " " + by.words(nil, m)[0].Text
			}
			return emitLines(s, block(s.Running(View{Release: s.Release(), Names: true}), from))
		},
	}
}

// narrowing cuts what narrows a show command off its words; nil: nothing does.
func narrowing(words, help string) (string, piece) {
	at := strings.LastIndexAny(words, "[{")
	if at < 0 {
		return words, nil
	}
	name, words := strings.TrimRight(words[at+1:], "]}"), strings.TrimSpace(words[:at])+words[at:at+1]
	words, values := strings.CutSuffix(words, "[")
	switch {
	case !values:
		var one altPiece
		for w := range strings.SplitSeq(name, "|") {
			one.seqPiece = append(one.seqPiece, litPiece{g.Word(w, help)})
		}
		return strings.TrimSuffix(words, "{"), one
	case name == "if_name":
		return words, ifVal()
	}
	return words, val(name, g.Ident(241), plainWord)
}

// parts are shows of a part of the lines of a command that is not a stored one.
// unverified: the releases.
var parts = []struct {
	words, help string
	span        release.Span
}{
	{"banner {exec|login|motd}", "Show the messages of the day", from63},
	{"console {timeout}", "Show the idle time of the console", from63},
	{"ip verify reverse-path", "Show unicast reverse path forwarding", pixFrom(5, 2)},
	{"username [username]", "Show the users", pixFrom(6, 2)},
}

// partShows are the show commands of parts.
func partShows() []*Command {
	var out []*Command
	for _, p := range parts {
		c := shown(p.words, p.help, p.span)
		c.byRule = true
		out = append(out, c)
	}
	return out
}

// lineShows are the show commands of the rule for configuration commands.
func lineShows(of []*Command) []*Command {
	var out []*Command
	for _, c := range of {
		if c.Lines == nil || c.Mode != Configure {
			continue
		}
		span, ok := c.Span.Meet(inPIX)
		if ok && unlisted40[c.First()] {
			span, ok = span.Meet(release.Since(release.V(4, 1)))
		}
		if ok {
			show := shown(shownWords(c), c.Help, span)
			show.byRule = true
			out = append(out, show)
		}
	}
	return out
}

// showNames: the names themselves; whether they are used is in show running-config.
var showNames = &Command{
	Name: "show names", Help: "Show the name/address associations", Mode: Privileged, Span: pixFrom(4, 1),
	Syntax: show(g.Word("names", "Show the name/address associations")),
	Run: func(_ context.Context, s Session, _ *g.Match) error {
		return emitLines(s, block(s.Running(View{Release: s.Release(), Names: true}), "name"))
	},
}
