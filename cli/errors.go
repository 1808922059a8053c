package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
	"pixsim/cli/lexer"
)

// said are the lines of a message; none where the release says nothing.
func said(rel *release.Release, key release.Key, args ...any) []string {
	text := rel.Say(key, args...)
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(text, "\r\n"), "\n")
}

func noted(rel *release.Release, c *command.Ctx) []string {
	var out []string
	for _, n := range c.Notes {
		out = append(out, said(rel, n.Key, n.Args...)...)
	}
	return out
}

// worded is what the device says to an error of command f; its line stood column columns to the right.
func (t *table) worded(f found, column int, err error) []string {
	var ce *command.Error
	switch {
	case errors.Is(err, command.ErrUsage), errors.Is(err, command.ErrFew):
		words := lexer.Words(f.match.Line)
		last := words[len(words)-1]
		fail := g.Failure{Kind: g.Invalid, Word: len(words) - 1, Text: last.Text, Offset: last.Start, Last: true}
		if errors.Is(err, command.ErrFew) {
			fail.Kind = g.Incomplete
		}
		return t.explain(&missed{&fail, []entry{f.entry}}, f.match.Line, column)
	case errors.As(err, &ce):
		return said(t.rel, ce.Key, ce.Args...)
	}
	return []string{fmt.Sprintf("ERROR: %v", err)}
}

// explain words a syntax error in line, which stood column columns to the right.
func (t *table) explain(m *missed, line string, column int) []string {
	rel := t.rel
	if !rel.Console.Caret {
		return t.explainUsage(m)
	}
	switch {
	case m.Kind == g.Incomplete:
		return said(rel, release.Incomplete)
	case m.Kind == g.Ambiguous && m.Last:
		return said(rel, release.Ambiguous, lexer.Printable(strings.TrimSpace(line)))
	case m.Err == g.ErrAddress && !m.Fixed:
		return said(rel, release.InvalidHost)
	}
	return append([]string{strings.Repeat(" ", column+m.Offset) + "^"}, said(rel, release.InvalidInput)...)
}

// page is the longest usage text that answers an unfinished line; where many commands begin alike ("show") the list of
// all helps nobody.
const page = 20

// explainUsage is the way up to 6.3: usage lines, without a caret. A word that none of several commands knows makes an
// unknown command where they have only show, clear or no in common, as does an ambiguous one.
func (t *table) explainUsage(m *missed) []string {
	unknown := m.Word == 0 || len(m.cmds) == 0 || m.Kind == g.Ambiguous ||
		m.Kind == g.Invalid && m.Word == 1 && !oneFamily(m.cmds)
	texts := t.usages(m.cmds)
	lines := 0
	for _, text := range texts {
		lines += len(text)
	}
	if unknown || len(texts) > 1 && !oneFamily(m.cmds) && (lines > page || m.Kind == g.Invalid) {
		return said(t.rel, release.UnknownCommand)
	}
	if m.Kind == g.Incomplete {
		return append(said(t.rel, release.Incomplete), t.usage(m.cmds)...)
	}
	return t.usage(m.cmds)
}

// oneFamily reports whether commands begin with the same word, and one that says what they are about.
func oneFamily(es []entry) bool {
	first := es[0].cmd.First()
	return !slices.Contains([]string{"show", "clear", "no"}, first) &&
		!slices.ContainsFunc(es, func(e entry) bool { return e.form != plain || e.cmd.First() != first })
}

// usage is the Usage text of the commands that es belong to.
func (t *table) usage(es []entry) []string {
	lead, following := t.rel.Say(release.UsageFirst), t.rel.Say(release.UsageNext)
	var out []string
	for _, text := range t.usages(es) {
		for _, l := range text {
			out = append(out, lead+l)
			lead = following
		}
	}
	return out
}

// family are the commands of configuration for lines that begin with the words of c, in the order of the table. They are
// looked for once.
func (t *table) family(c *command.Command) []*command.Command {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, ok := t.families[c]
	if !ok {
		all = family(t.rel, c)
		t.families[c] = all
	}
	return all
}

func family(rel *release.Release, c *command.Command) []*command.Command {
	var all []*command.Command
	for o := range command.Of(rel) {
		if o == c || o.Set != nil && c.Set != nil && o.Name == c.Name && o.Mode == c.Mode {
			all = append(all, o)
		}
	}
	if !slices.Contains(all, c) { // a table of somebody's own
		return []*command.Command{c}
	}
	return all
}

// usages are the different usage texts among those of es: commands of one family share theirs, and those of one name have
// all of theirs.
func (t *table) usages(es []entry) [][]string {
	var done []*command.Command
	var texts [][]string
	for _, e := range es {
		for _, c := range t.family(e.cmd) {
			if slices.Contains(done, c) {
				continue
			}
			done = append(done, c)
			text := t.usageForms(c)
			if !slices.ContainsFunc(texts, func(other []string) bool { return slices.Equal(other, text) }) {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// usageForms is the usage text of c, which is worked out once.
func (t *table) usageForms(c *command.Command) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text, ok := t.forms[c]
	if !ok {
		text = command.UsageForms(c, t.rel, slices.Values(t.cmds))
		t.forms[c] = text
	}
	return text
}
