package command

import (
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// blockSpec is a stored command of 7.0 and later that opens a sub-mode, whose lines are kept as they were typed.
type blockSpec struct {
	name    string // first words
	help    string
	span    release.Span
	section release.Section
	heads   []blockHead
	// words begin the lines of the sub-mode. A line replaces the one with the same first word, unless the word stands in
	// many.
	words []string
	many  []string
	// inner are the lines that open a mode of their own, by their first word.
	inner   map[string]blockInner
	usual   []string     // heads that are always there, in the releases of usualIn
	usualIn release.Span //
	quiet   bool         // another command prints the lines
}

// blockInner is a sub-mode of a sub-mode.
type blockInner struct {
	mode  Mode
	words []string
	many  []string
	off   []string // those whose "no" is a line too
}

// blockHead is one kind of head; mode is 0 where it opens none.
type blockHead struct {
	words piece
	mode  Mode
}

func (s *blockSpec) commands() []*Command {
	var heads []g.Syntax
	for _, h := range s.heads {
		describe(h.words, s.help)
		heads = append(heads, h.words.syntax())
	}
	head := &Command{
		Name: s.name, Help: s.help, Mode: Configure, Span: s.span, Stored: true, Syntax: g.Alt(heads...),
		ClearSyntax: g.Word(strings.Fields(s.name)[0], s.help),
		Set:         s.open, No: s.remove, Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearStored(s.name); return nil },
	}
	if strings.HasPrefix(s.name, "class-map") || strings.HasPrefix(s.name, "username") || strings.HasPrefix(s.name, "crypto") {
		head.Clear = nil // that of the plain command
	}
	if !s.quiet {
		head.Lines = s.lines
	}
	out := []*Command{head}
	seen := map[Mode]bool{}
	for _, h := range s.heads {
		if h.mode == User || seen[h.mode] {
			continue
		}
		seen[h.mode] = true
		for _, w := range s.words {
			out = append(out, s.line(h.mode, w, blockInner{many: s.many}))
		}
		for _, inner := range s.inner {
			for _, w := range inner.words {
				out = append(out, s.line(inner.mode, w, inner))
			}
		}
	}
	return out
}

// typed is the head that was typed and the mode that it opens.
func (s *blockSpec) typed(c *config.Config, m *g.Match) ([]config.Word, Mode) {
	var best []config.Word
	mode := User
	for _, h := range s.heads {
		if words := h.words.words(c, m); len(words) > len(best) {
			best, mode = words, h.mode
		}
	}
	return best, mode
}

func (s *blockSpec) open(c *Ctx, e *config.Edit, m *g.Match) error {
	words, mode := s.typed(e.View(), m)
	head := textOf(words)
	if !s.has(e.View(), head) && !s.always(head) {
		e.SetStored(config.Stored{Command: s.name, Slot: head, Words: words})
	}
	if mode != User {
		c.Enter(mode, head)
	}
	return nil
}

func (s *blockSpec) has(c *config.Config, slot string) bool {
	for _, l := range c.StoredOf(s.name) {
		if l.Slot == slot {
			return true
		}
	}
	return false
}

func (s *blockSpec) always(head string) bool {
	for _, u := range s.usual {
		if u == head {
			return true
		}
	}
	return false
}

// remove takes a head away with its lines; of a head that is always there only the lines go.
func (s *blockSpec) remove(c *Ctx, e *config.Edit, m *g.Match) error {
	words, _ := s.typed(e.View(), m)
	head := textOf(words)
	had := s.always(head)
	for _, l := range e.View().StoredOf(s.name) {
		if l.Slot == head || strings.HasPrefix(l.Slot, head+config.BodyMark) {
			had = e.RemoveStored(s.name, l.Slot) || had
		}
	}
	return found(had, head)
}

// line is the command of one first word of a sub-mode.
func (s *blockSpec) line(mode Mode, word string, of blockInner) *Command {
	rest := &g.Param[string]{Name: "text", Help: "the rest of the line", Type: g.Text()}
	slot := func(c *Ctx, m *g.Match) (slot, text string) {
		text = strings.Join(strings.Fields(word+" "+rest.Get(m)), " ")
		slot = word
		if slices.Contains(of.many, word) {
			slot = text
		}
		return strings.Join(append(slices.Clone(c.Path), slot), config.BodyMark), text
	}
	set := func(e *config.Edit, at, text string) {
		e.SetStored(config.Stored{Command: s.name, Slot: at, Words: []config.Word{{Text: text}}})
	}
	return &Command{
		Name: word, Mode: mode, Span: s.span, Stored: true, Syntax: g.Seq(append(keywords(word, ""), g.Opt(rest))...),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			at, text := slot(c, m)
			set(e, at, text)
			if inner, ok := s.inner[word]; ok {
				c.Enter(inner.mode, c.Path[0], text)
			}
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			at, text := slot(c, m)
			switch {
			case s.inner[word].mode != User:
				return found(e.RemoveStoredUnder(s.name, at), text)
			case slices.Contains(of.off, word):
				set(e, at, "no "+text)
				return nil
			}
			return found(e.RemoveStored(s.name, at), text)
		},
	}
}

func (s *blockSpec) lines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p, kept := printerFor(c, v), c.StoredOf(s.name)
		under := func(slot string) func(l *config.Stored) bool {
			return func(l *config.Stored) bool {
				rest, ok := strings.CutPrefix(l.Slot, slot+config.BodyMark)
				return ok && !strings.Contains(rest, config.BodyMark)
			}
		}
		var body func(depth int, slot string) bool
		body = func(depth int, slot string) bool {
			inside := under(slot)
			for _, l := range kept {
				if !inside(l) {
					continue
				}
				if !yield(Line{Section: s.section, Depth: depth, Text: l.Render(p.names, v.Secrets)}) || !body(depth+1, l.Slot) {
					return false
				}
			}
			return true
		}
		block := func(head, text string) bool {
			return yield(Line{Section: s.section, Text: p.tail(s.section, text)}) && body(1, head)
		}
		for _, u := range s.usual {
			if (existsIn(c, s.usualIn) || s.inhabited(c, u)) && !block(u, u) {
				return
			}
		}
		for _, l := range kept {
			if !strings.Contains(l.Slot, config.BodyMark) && !block(l.Slot, l.Render(p.names, v.Secrets)) {
				return
			}
		}
	}
}

// inhabited reports whether a block that is always there has lines.
func (s *blockSpec) inhabited(c *config.Config, head string) bool {
	return slices.ContainsFunc(c.StoredOf(s.name), func(l *config.Stored) bool {
		return strings.HasPrefix(l.Slot, head+config.BodyMark)
	})
}
