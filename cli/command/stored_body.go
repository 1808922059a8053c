package command

import (
	"cmp"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// submodes are the sub-modes of a stored command: each of them with the lines that it takes, which may open further ones.
type submodes struct {
	depth int // blanks in front of its lines, more for those of a mode within a mode
	modes []bodyMode
}

// bodyMode is one sub-mode, which the forms that enter it open.
type bodyMode struct {
	mode  Mode
	forms []form
	depth int    // blanks in front of its lines where the depth does not tell
	end   string // the line behind them
	// endDepth is the blanks in front of that, where it stands otherwise than they.
	endDepth int
}

// modeOf is the sub-mode that a form opens; nil: none that is kept here.
func (b *submodes) modeOf(m Mode) *bodyMode {
	for i := range b.modes {
		if b.modes[i].mode == m {
			return &b.modes[i]
		}
	}
	return nil
}

// commands are the Commands of the sub-modes, one for each first word.
func (s *storedSpec) bodyCommands() []*Command {
	var out []*Command
	if s.body == nil {
		return nil
	}
	for i := range s.body.modes {
		b := &s.body.modes[i]
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
			if c := s.bodyCommand(b, w, byWord[w]); c != nil {
				out = append(out, c)
			}
		}
	}
	return out
}

// firstWord is the keyword that a slot begins with, or the name of the value.
func firstWord(p piece) string {
	switch p := opened(p).(type) {
	case litPiece:
		return p.Text
	case seqPiece:
		return firstWord(p[0])
	case manyPiece:
		return firstWord(p.piece)
	case valPiece[string]:
		return p.Name
	}
	return ""
}

// bodySlot is the slot of a line of a sub-mode whose path is path.
func bodySlot(path Path, slot string) string {
	return strings.Join(path, config.BodyMark) + config.BodyMark + slot
}

// bodyCommand is the Command of the forms that begin with word; nil where no release has any.
func (s *storedSpec) bodyCommand(b *bodyMode, word string, forms []int) *Command {
	var set, no []g.Syntax
	var spans []release.Span
	for _, i := range forms {
		set, no = b.forms[i].syntaxes(s.help, set, no)
		spans = append(spans, b.forms[i].span)
	}
	span, any := s.in(spans)
	for at := b.mode; any && at != Configure; at = Modes[at].Parent { // a mode is where something opens it
		if ways := s.waysInto(at); len(ways) > 0 {
			opened, _ := s.in(ways)
			span, any = span.Meet(opened)
		}
	}
	if !any {
		return nil
	}
	return &Command{
		Name: word, Help: s.help, Mode: b.mode, Span: span, Stored: !s.acts, Partly: s.partly,
		Syntax: g.Alt(set...), NoSyntax: g.Alt(no...),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error { return s.setBody(c, e, b, m) },
		No:  func(c *Ctx, e *config.Edit, m *g.Match) error { return s.noBody(c, e, b, word, m) },
	}
}

func (s *storedSpec) setBody(c *Ctx, e *config.Edit, b *bodyMode, m *g.Match) error {
	l, f := read(s.name, b.forms, e.View(), m)
	if s.check != nil {
		if err := s.check(e.View(), l); err != nil {
			return err
		}
	}
	if f.enters != User {
		c.Enter(f.enters, append(slices.Clone(c.Path), l.Slot)...)
	}
	if l.Slot = bodySlot(c.Path, l.Slot); !e.SetStored(l) {
		return Errorf(release.ConfTooMany, s.name)
	}
	return nil
}

func (s *storedSpec) noBody(c *Ctx, e *config.Edit, b *bodyMode, word string, m *g.Match) error {
	l, f := read(s.name, b.forms, e.View(), m)
	l.Slot = bodySlot(c.Path, l.Slot)
	switch {
	case f.owner:
		return found(e.RemoveStoredUnder(s.name, l.Slot), word)
	case f.enters != User:
		had := e.RemoveStored(s.name, l.Slot)
		return found(e.RemoveStoredUnder(s.name, l.Slot) || had, word)
	case f.noStays && isOff(e, s.name, l.Slot), e.RemoveStored(s.name, l.Slot):
		return nil
	case f.noStays:
		l.Off, l.Words = true, f.slot.words(e.View(), m)
		e.SetStored(l)
		return nil
	}
	return found(false, word)
}

// bodies are the lines of the sub-modes of a stored command by the slot of the line that opens them.
func (s *storedSpec) bodies(c *config.Config) map[string][]*config.Stored {
	if s.body == nil {
		return nil
	}
	out := map[string][]*config.Stored{}
	for _, l := range c.StoredOf(s.name) {
		if at := strings.LastIndex(l.Slot, config.BodyMark); at >= 0 {
			out[l.Slot[:at]] = append(out[l.Slot[:at]], l)
		}
	}
	for _, ls := range out {
		slices.SortStableFunc(ls, func(x, y *config.Stored) int { return cmp.Compare(x.Form, y.Form) })
	}
	return out
}

// show yields the lines of a sub-mode below its head, by form and then as they came.
func (b *submodes) show(yield func(Line) bool, p printer, v View, s *storedSpec, bodies map[string][]*config.Stored, head string, mode Mode, depth int) bool {
	in := b.modeOf(mode)
	if in == nil {
		return true
	}
	for _, l := range bodies[head] {
		at := cmp.Or(in.depth, depth+b.depth)
		if !yield(Line{Section: s.section, Depth: at, Text: l.Render(p.names, v.Secrets)}) {
			return false
		}
		if next := in.forms[l.Form].enters; next != User && !b.show(yield, p, v, s, bodies, l.Slot, next, at) {
			return false
		}
	}
	return in.end == "" || yield(Line{Section: s.section, Depth: cmp.Or(in.endDepth, depth+b.depth), Text: in.end})
}

// inlineSyntaxes puts the lines of the sub-mode that f opens, typed behind f itself, behind the forms before.
func (s *storedSpec) inlineSyntaxes(f *form, set, no []g.Syntax) (sets, noes []g.Syntax) {
	b := s.body.modeOf(f.enters)
	var lines, opposites []g.Syntax
	for i := range b.forms {
		lines, opposites = b.forms[i].syntaxes(s.help, lines, opposites)
	}
	set = append(set, g.In(f.span, f.slot.syntax(), g.Alt(lines...)))
	return set, append(no, g.In(f.span, f.slot.syntax(), g.Alt(opposites...)))
}

// inlined is the sub-mode of which a line was typed behind f; nil: none was.
func (s *storedSpec) inlined(f *form, m *g.Match) *bodyMode {
	if !f.inline {
		return nil
	}
	b := s.body.modeOf(f.enters)
	for i := range b.forms {
		if b.forms[i].slot.typed(m) {
			return b
		}
	}
	return nil
}

// keep puts a line into a sub-mode without its having been typed: the words of a form, and what they are set to.
func (s *storedSpec) keep(e *config.Edit, mode Mode, path Path, words, value string) {
	b := s.body.modeOf(mode)
	for i := range b.forms {
		if leadingWords(b.forms[i].slot) == words {
			text := strings.TrimSpace(words + " " + value)
			e.SetStored(config.Stored{Command: s.name, Slot: bodySlot(path, words), Form: i, Words: []config.Word{plainWord(text)}})
			return
		}
	}
}

// blocks are the lines of a stored command by those that open a sub-mode, and these in their order.
func (s *storedSpec) blocks(c *config.Config, v View) (by map[string][]Line, heads []string) {
	by = map[string][]Line{}
	for l := range s.lines(c, v) {
		if l.Depth == 0 {
			heads = append(heads, l.Text)
		}
		if len(heads) > 0 {
			head := heads[len(heads)-1]
			by[head] = append(by[head], l)
		}
	}
	return by, heads
}

// waysInto are where the forms exist that open a sub-mode; none where another command opens it.
func (s *storedSpec) waysInto(m Mode) []release.Span {
	var out []release.Span
	look := func(forms []form) {
		for _, f := range forms {
			if f.enters == m {
				out = append(out, f.span)
			}
		}
	}
	look(s.forms)
	for _, b := range s.body.modes {
		look(b.forms)
	}
	return out
}

// in is where the command has any of its forms: from the first release of spans to the last.
func (s *storedSpec) in(spans []release.Span) (release.Span, bool) {
	all := spans[0]
	for _, o := range spans[1:] {
		all = all.Join(o)
	}
	return s.span.Meet(all)
}
