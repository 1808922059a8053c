package command

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	helpTopic = &g.Param[string]{Name: "command", Help: "Command to be helped with", Type: g.Text()}
	help      = &Command{
		Name: "help", Help: "Interactive help for commands", Mode: User,
		Syntax: g.Seq(g.Word("help", "Interactive help for commands"), g.Opt(helpTopic)),
		Run:    runHelp,
	}
)

func runHelp(_ context.Context, s Session, m *g.Match) error {
	if topic, typed := helpTopic.Lookup(m); typed {
		s.HelpOn(strings.TrimSpace(topic))
		return nil
	}
	if err := tell(s, release.HelpIntro); err != nil {
		return err
	}
	return emitLines(s, CommandList(s.Listed(false)))
}

// CommandList is the list of help: one line for each first word, the word padded to a column.
func CommandList(commands iter.Seq[*Command]) iter.Seq[string] {
	return func(yield func(string) bool) {
		last := ""
		for c := range commands {
			word, _, _ := strings.Cut(c.Name, " ")
			if word == last || word == "no" {
				continue
			}
			last = word
			text := c.Help
			if t := FirstHelp(word); t != "" {
				text = t
			}
			if !yield(strings.TrimRight(fmt.Sprintf("%-15s %s", word, text), " ")) {
				return
			}
		}
	}
}

// ListBehind is the list of what show or clear, the lead, may be followed by: one line for each first word, as CommandList.
func ListBehind(lead string, commands iter.Seq[*Command]) iter.Seq[string] {
	help := map[string]string{}
	for c := range commands {
		words := strings.Fields(c.Name)
		switch {
		case words[0] == lead && len(words) > 1:
			words = words[1:]
		case lead != "clear" || c.Clear == nil:
			continue
		}
		if _, known := help[words[0]]; !known {
			help[words[0]] = c.Help
		}
	}
	return func(yield func(string) bool) {
		for _, word := range slices.Sorted(maps.Keys(help)) {
			if !yield(strings.TrimRight(fmt.Sprintf("%-15s %s", word, help[word]), " ")) {
				return
			}
		}
	}
}
