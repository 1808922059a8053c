package command

import (
	"cmp"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// submodes is the sub-mode of a stored command: each of its modes with the lines that it takes.
type submodes struct {
	depth int // blanks in front of its lines
	modes []bodyMode
}

// bodyMode is one sub-mode, which the forms that enter it open.
type bodyMode struct {
	mode  Mode
	forms []form
}

// commands are the Commands of the sub-modes, one for each first word.
func (s *storedSpec) bodyCommands() []*Command {
	var out []*Command
	if s.body == nil {
		return nil
	}
	for _, b := range s.body.modes {
		byWord := map[string][]int{}
		var words []string
		for i, f := range b.forms {
			w := firstWord(f.slot)
			if byWord[w] == nil {
				words = append(words, w)
			}
			byWord[w] = append(byWord[w], i)
		}
		for _, w := range words {
			out = append(out, s.bodyCommand(b, w, byWord[w]))
		}
	}
	return out
}

// firstWord is the keyword that a slot begins with.
func firstWord(p piece) string {
	switch p := p.(type) {
	case litPiece:
		return p.Text
	case seqPiece:
		return firstWord(p[0])
	}
	return ""
}

func (s *storedSpec) bodyCommand(b bodyMode, word string, forms []int) *Command {
	var set, no []g.Syntax
	for _, i := range forms {
		set, no = b.forms[i].syntaxes(s.help, set, no)
	}
	return &Command{
		Name: word, Help: s.help, Mode: b.mode, Span: s.span, Stored: true, Syntax: g.Alt(set...), NoSyntax: g.Alt(no...),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			l, _ := read(s.name, b.forms, e.View(), m)
			l.Slot = c.Path[0] + config.BodyMark + l.Slot
			if !e.SetStored(l) {
				return Errorf(release.ConfTooMany, s.name)
			}
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			l, f := read(s.name, b.forms, e.View(), m)
			at := c.Path[0] + config.BodyMark + l.Slot
			if f.owner {
				return found(e.RemoveStoredUnder(s.name, at), word)
			}
			return found(e.RemoveStored(s.name, at), word)
		},
	}
}

// show yields the lines of a sub-mode below its head, by form and then as they came.
func (b *submodes) show(yield func(Line) bool, c *config.Config, v View, s *storedSpec, head string) bool {
	p := printerFor(c, v)
	var ls []*config.Stored
	for _, l := range c.StoredOf(s.name) {
		if strings.HasPrefix(l.Slot, head+config.BodyMark) {
			ls = append(ls, l)
		}
	}
	slices.SortStableFunc(ls, func(x, y *config.Stored) int { return cmp.Compare(x.Form, y.Form) })
	for _, l := range ls {
		if !yield(Line{Section: s.section, Depth: b.depth, Text: l.Render(p.names, v.Secrets)}) {
			return false
		}
	}
	return true
}
