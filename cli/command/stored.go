package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// A stored command is one that is parsed, kept and printed but that nothing acts on. Its lines are built of pieces, each
// of which is both the syntax of a word and the word that is printed for it.

// piece is one word or group of words of a stored line.
type piece interface {
	syntax() g.Syntax
	// words are what was matched, in canonical spelling; nothing when the piece was not typed.
	words(m *g.Match) []config.Word
}

type litPiece struct{ *g.Keyword }

func (p litPiece) syntax() g.Syntax { return p.Keyword }
func (p litPiece) words(m *g.Match) []config.Word {
	if p.Seen(m) {
		return []config.Word{{Text: p.Text}}
	}
	return nil
}

// lit are keywords one after the other.
func lit(text string) piece {
	var ps []piece
	for w := range strings.FieldsSeq(text) {
		ps = append(ps, litPiece{kw(w)})
	}
	if len(ps) == 1 {
		return ps[0]
	}
	return seqPiece(ps)
}

// valPiece is a parameter; a second value at the same place is not foreseen.
type valPiece[T any] struct {
	*g.Param[T]
	word func(T) config.Word
}

func (p valPiece[T]) syntax() g.Syntax { return p.Param }
func (p valPiece[T]) words(m *g.Match) []config.Word {
	if v, ok := p.Lookup(m); ok {
		return []config.Word{p.word(v)}
	}
	return nil
}

func val[T any](name string, t g.Type[T], word func(T) config.Word) piece {
	return valPiece[T]{&g.Param[T]{Name: name, Type: t}, word}
}

func plainWord(s string) config.Word { return config.Word{Text: s} }

func numVal(name string, lo, hi int) piece {
	return val(name, g.Int(lo, hi), func(n int) config.Word { return plainWord(strconv.Itoa(n)) })
}
func wordVal(name string) piece { return val(name, g.Ident(63), plainWord) }
func textVal(name string) piece { return val(name, g.Text(), plainWord) }
func enumVal(name string, words ...string) piece {
	return val(name, g.Enum(words...), plainWord)
}
func addrVal(name string) piece {
	return val(name, g.Addr(), func(a netip.Addr) config.Word { return config.Word{Addr: a} })
}
func maskVal(name string) piece {
	return val(name, g.Mask(), func(a netip.Addr) config.Word { return plainWord(a.String()) })
}
func ifVal() piece {
	return val("if_name", g.IfName(), func(s string) config.Word { return config.Word{Text: s, If: true} })
}
func timeVal(name string) piece {
	return val(name, g.Duration(), func(d time.Duration) config.Word { return plainWord(g.FormatDuration(d)) })
}
func rangeVal(name string) piece {
	return val(name, poolRange(), func(r [2]netip.Addr) config.Word {
		if r[0] == r[1] {
			return plainWord(r[0].String())
		}
		return plainWord(r[0].String() + "-" + r[1].String())
	})
}
func levelVal() piece {
	return val("level", g.Level(), func(n int) config.Word { return plainWord(g.LevelName(n)) })
}
func portVal(name string) piece {
	return val(name, g.PortRange(""), func(r [2]uint16) config.Word {
		if r[0] == r[1] {
			return plainWord(fmt.Sprint(r[0]))
		}
		return plainWord(fmt.Sprintf("%d-%d", r[0], r[1]))
	})
}

// seqPiece and optPiece are pieces in order, and pieces that may be missing.
type seqPiece []piece

func (s seqPiece) syntax() g.Syntax { return g.Seq(syntaxes(s)...) }
func (s seqPiece) words(m *g.Match) []config.Word {
	var out []config.Word
	for _, p := range s {
		out = append(out, p.words(m)...)
	}
	return out
}

type optPiece struct{ seqPiece }

func opt(ps ...piece) piece         { return optPiece{ps} }
func (o optPiece) syntax() g.Syntax { return g.Opt(syntaxes(o.seqPiece)...) }
func seq(ps ...piece) piece         { return seqPiece(ps) }
func syntaxes(ps []piece) []g.Syntax {
	var out []g.Syntax
	for _, p := range ps {
		out = append(out, p.syntax())
	}
	return out
}

// form is one kind of line of a stored command.
type form struct {
	span release.Span
	// slot are the words that say what the line sets, rest what it is set to. Without rest every line is its own slot.
	slot, rest piece
}

// usual is a line that is there without having been typed. {if} stands for the name of each interface.
type usual struct {
	span release.Span
	slot string // its slot, as words
	text string // "" where nothing is printed
}

// In is the releases that have the line.
func (u usual) In() release.Span { return u.span }

// storedSpec is a stored command.
type storedSpec struct {
	name    string // the first word, or words
	help    string
	span    release.Span
	section release.Section
	forms   []form
	usual   []usual
	usage   []string
	noclear bool // "clear NAME" is another command's
}

// command makes the Command of the table.
func (s *storedSpec) command() *Command {
	var set, no []g.Syntax
	for _, f := range s.forms {
		describe(f.slot, s.help)
		parts := []piece{f.slot}
		if f.rest != nil {
			parts = append(parts, f.rest)
		}
		set = append(set, g.In(f.span, syntaxes(parts)...))
		if f.rest != nil {
			no = append(no, g.In(f.span, f.slot.syntax(), g.Opt(f.rest.syntax())))
		} else {
			no = append(no, g.In(f.span, f.slot.syntax()))
		}
	}
	c := &Command{
		Name: s.name, Help: s.help, Mode: Configure, Span: s.span, Stored: true, Usage: s.usage,
		Syntax: g.Alt(set...), NoSyntax: g.Alt(no...), Set: s.set, No: s.no, Lines: s.lines,
	}
	if !s.noclear {
		c.Clear = func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearStored(s.name); return nil }
	}
	c.ClearSyntax = g.Word(strings.Fields(s.name)[0], s.help)
	return c
}

// describe gives the first word of a form the help of its command.
func describe(p piece, help string) {
	switch p := p.(type) {
	case litPiece:
		p.Help = help
	case seqPiece:
		describe(p[0], help)
	}
}

// read is the line that was typed: the form that took all of its words.
func (s *storedSpec) read(m *g.Match) config.Stored {
	best := config.Stored{Command: s.name}
	for _, f := range s.forms {
		slot := f.slot.words(m)
		words := slot
		if f.rest != nil {
			words = append(words[:len(words):len(words)], f.rest.words(m)...)
		}
		if len(words) > len(best.Words) {
			line := config.Stored{Words: slot}
			best.Slot, best.Words = line.Text(), words
		}
	}
	return best
}

func (s *storedSpec) set(c *Ctx, e *config.Edit, m *g.Match) error {
	l := s.read(m)
	if text, ok := s.usualOf(e.View(), l.Slot); ok && text == l.Text() {
		e.RemoveStored(s.name, l.Slot)
		return nil
	}
	e.SetStored(l)
	return nil
}

// no removes the line of the slot. Where the slot has a line by default, the default is switched off instead, unless it
// was replaced before.
func (s *storedSpec) no(c *Ctx, e *config.Edit, m *g.Match) error {
	l := s.read(m)
	text, byDefault := s.usualOf(e.View(), l.Slot)
	if e.RemoveStored(s.name, l.Slot) {
		return nil
	}
	switch {
	case !byDefault:
		return found(false, s.name)
	case strings.HasPrefix(text, "no ") || text == "":
		return nil
	}
	line := config.Stored{Command: s.name, Slot: l.Slot, Off: true, Words: l.Words}
	e.SetStored(line)
	return nil
}

// usualOf is the default line of a slot.
func (s *storedSpec) usualOf(c *config.Config, slot string) (string, bool) {
	for u := range s.defaults(c) {
		if u.slot == slot {
			return u.text, true
		}
	}
	return "", false
}

// defaults are the default lines, one for each interface where they name one. Consecutive lines with {if} are repeated
// together.
func (s *storedSpec) defaults(c *config.Config) iter.Seq[usual] {
	return func(yield func(usual) bool) {
		rows := slices.Collect(release.Rows(c.Release, s.usual))
		if slices.Contains(c.Release.Config.Unshown, s.name) {
			for i := range rows {
				rows[i].text = ""
			}
		}
		for i := 0; i < len(rows); {
			n := i
			for n < len(rows) && strings.Contains(rows[n].slot, "{if}") {
				n++
			}
			if n == i {
				if !yield(rows[i]) {
					return
				}
				i++
				continue
			}
			for _, f := range namedInterfaces(c) {
				for _, u := range rows[i:n] {
					u.slot = strings.ReplaceAll(u.slot, "{if}", f.Name)
					u.text = strings.ReplaceAll(u.text, "{if}", f.Name)
					if !yield(u) {
						return
					}
				}
			}
			i = n
		}
	}
}

// lines are the defaults in their order, each replaced by the line of its slot, and behind them the other lines in the
// order in which they were typed.
func (s *storedSpec) lines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p, kept := printerFor(c, v), c.StoredOf(s.name)
		shown := map[string]bool{}
		out := func(text string) bool {
			if text == "" {
				return true
			}
			if !strings.HasPrefix(text, "no ") {
				text = p.tail(s.section, text)
			}
			return yield(Line{Section: s.section, Text: text})
		}
		for u := range s.defaults(c) {
			text := u.text
			for _, l := range kept {
				if l.Slot == u.slot {
					text = l.Render(p.names)
					shown[u.slot] = true
				}
			}
			if !out(text) {
				return
			}
		}
		for _, l := range kept {
			if !shown[l.Slot] && !out(l.Render(p.names)) {
				return
			}
		}
	}
}

// parenWord is the name of an interface in parentheses.
func parenWord(s string) config.Word { return config.Word{Text: s, If: true, Paren: true} }

// signedHours are the hours of a time zone, -12 to 13.
func signedHours() g.Type[string] {
	n := g.Int(0, 13)
	return g.Type[string]{
		Label: "<-12-13>",
		Parse: func(e g.Env, w string) (string, error) {
			v, err := n.Parse(e, strings.TrimPrefix(w, "-"))
			if err == nil && strings.HasPrefix(w, "-") {
				v = -v
			}
			return strconv.Itoa(v), err
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return strconv.Itoa(r.IntN(26) - 12) },
	}
}
