package command

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// piece is one word or group of words of a stored line: both its syntax and what is printed for it.
type piece interface {
	syntax() g.Syntax
	// words are what was matched, in canonical spelling; nothing when the piece was not typed.
	words(c *config.Config, m *g.Match) []config.Word
	// typed reports whether any of it was typed.
	typed(m *g.Match) bool
}

type litPiece struct{ *g.Keyword }

func (p litPiece) syntax() g.Syntax      { return p.Keyword }
func (p litPiece) typed(m *g.Match) bool { return p.Seen(m) }
func (p litPiece) words(_ *config.Config, m *g.Match) []config.Word {
	if p.Seen(m) {
		return []config.Word{{Text: p.Text}}
	}
	return nil
}

// lit are keywords one after the other. Other spellings of a keyword stand behind it, joined by bars.
func lit(text string) piece {
	var ps []piece
	for w := range strings.FieldsSeq(text) {
		names := strings.Split(w, "|")
		ps = append(ps, litPiece{&g.Keyword{Text: names[0], Aliases: names[1:]}})
	}
	if len(ps) == 1 {
		return ps[0]
	}
	return seqPiece(ps)
}

// valPiece is a parameter; where it may be repeated all its values are printed.
type valPiece[T any] struct {
	*g.Param[T]
	word func(*config.Config, T) config.Word
}

func (p valPiece[T]) syntax() g.Syntax      { return p.Param }
func (p valPiece[T]) typed(m *g.Match) bool { return len(p.All(m)) > 0 }
func (p valPiece[T]) words(c *config.Config, m *g.Match) []config.Word {
	var out []config.Word
	for _, v := range p.All(m) {
		out = append(out, p.word(c, v))
	}
	return out
}

func val[T any](name string, t g.Type[T], word func(T) config.Word) piece {
	return valIn(name, t, func(_ *config.Config, v T) config.Word { return word(v) })
}

// valIn is a parameter whose printed form depends on the configuration.
func valIn[T any](name string, t g.Type[T], word func(*config.Config, T) config.Word) piece {
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

// secretVal is a key of at most max characters that mask stands for in the releases of hidden, wherever secrets are not
// shown.
func secretVal(name string, max int, mask string, hidden release.Span) piece {
	return valIn(name, g.Ident(max), func(c *config.Config, s string) config.Word {
		w := config.Word{Text: s}
		if existsIn(c, hidden) {
			w.Secret = mask
		}
		return w
	})
}

// stars are what 6.x prints for most of its secrets (a 6.3(5) capture).
const stars = "********"

func addrWord(a netip.Addr) config.Word { return config.Word{Addr: a} }
func addrVal(name string) piece         { return val(name, g.Addr(), addrWord) }
func maskVal(name string) piece {
	return val(name, g.Mask(), func(a netip.Addr) config.Word { return plainWord(a.String()) })
}
func ifVal() piece                { return val("if_name", g.IfName(), ifWord) }
func ifParenVal() piece           { return val("(if_name)", g.IfParen(), parenWord) }
func ifWord(s string) config.Word { return config.Word{Text: s, If: true} }
func timeVal(name string) piece {
	return val(name, g.Duration(), func(d time.Duration) config.Word { return plainWord(g.FormatDuration(d)) })
}
func macVal(name string) piece {
	return val(name, g.MAC(), func(m [6]byte) config.Word { return plainWord(g.FormatMAC(m)) })
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

// aclVal is the name of an access-list; it need not exist yet.
func aclVal() piece { return val("acl_id", g.Ident(241), plainWord) }

// netPiece is an address and a mask, printed without the host bits.
type netPiece struct {
	addr *g.Param[netip.Addr]
	mask *g.Param[netip.Addr]
}

func netVal(addr, mask string) piece {
	return netPiece{&g.Param[netip.Addr]{Name: addr, Type: g.Addr()}, &g.Param[netip.Addr]{Name: mask, Type: g.Mask()}}
}

func (p netPiece) syntax() g.Syntax      { return g.Seq(p.addr, p.mask) }
func (p netPiece) typed(m *g.Match) bool { return len(p.addr.All(m)) > 0 }
func (p netPiece) words(_ *config.Config, m *g.Match) []config.Word {
	a, ok := p.addr.Lookup(m)
	if !ok {
		return nil
	}
	n := config.Net{Addr: a, Mask: p.mask.Get(m)}.Masked()
	return []config.Word{addrWord(n.Addr), plainWord(n.Mask.String())}
}

// seqPiece are pieces in order, optPiece pieces that may be missing, anyPiece pieces in any order that are printed in
// theirs, altPiece one of several, manyPiece one or more of the same, spanPiece pieces that some releases lack.
type (
	seqPiece  []piece
	optPiece  struct{ seqPiece }
	anyPiece  struct{ seqPiece }
	altPiece  struct{ seqPiece }
	manyPiece struct{ piece }
	spanPiece struct {
		seqPiece
		span release.Span
	}
)

func seq(ps ...piece) piece                       { return seqPiece(ps) }
func opt(ps ...piece) piece                       { return optPiece{ps} }
func anyOf(ps ...piece) piece                     { return anyPiece{ps} }
func either(ps ...piece) piece                    { return altPiece{ps} }
func many(p piece) piece                          { return manyPiece{p} }
func within(span release.Span, ps ...piece) piece { return spanPiece{ps, span} }

func (s seqPiece) syntax() g.Syntax  { return g.Seq(syntaxes(s)...) }
func (o optPiece) syntax() g.Syntax  { return g.Opt(syntaxes(o.seqPiece)...) }
func (a anyPiece) syntax() g.Syntax  { return g.Any(syntaxes(a.seqPiece)...) }
func (a altPiece) syntax() g.Syntax  { return g.Alt(syntaxes(a.seqPiece)...) }
func (m manyPiece) syntax() g.Syntax { return g.Many(m.piece.syntax()) }
func (s spanPiece) syntax() g.Syntax { return g.In(s.span, syntaxes(s.seqPiece)...) }

func (s seqPiece) typed(m *g.Match) bool {
	return slices.ContainsFunc(s, func(p piece) bool { return p.typed(m) })
}

// words of what may be missing are none where it is: what usually stands there does so within what was typed.
func (o optPiece) words(c *config.Config, m *g.Match) []config.Word { return o.seqPiece.present(c, m) }
func (a anyPiece) words(c *config.Config, m *g.Match) []config.Word { return a.seqPiece.present(c, m) }
func (a altPiece) words(c *config.Config, m *g.Match) []config.Word {
	for _, p := range a.seqPiece {
		if p.typed(m) {
			return p.words(c, m)
		}
	}
	return nil
}

func (s seqPiece) present(c *config.Config, m *g.Match) []config.Word {
	if !s.typed(m) {
		return nil
	}
	return s.words(c, m)
}

func (s spanPiece) words(c *config.Config, m *g.Match) []config.Word {
	if !existsIn(c, s.span) {
		return nil
	}
	return s.seqPiece.words(c, m)
}

func (s seqPiece) words(c *config.Config, m *g.Match) []config.Word {
	var out []config.Word
	for _, p := range s {
		out = append(out, p.words(c, m)...)
	}
	return out
}

// existsIn reports whether the release of c has what span speaks of.
func existsIn(c *config.Config, span release.Span) bool { return span.Holds(c.Release) }

func syntaxes(ps []piece) []g.Syntax {
	var out []g.Syntax
	for _, p := range ps {
		out = append(out, p.syntax())
	}
	return out
}

// usuallyPiece is an optional piece that is printed even where it was not typed.
type usuallyPiece struct {
	piece
	absent func(*config.Config) []config.Word
}

func (u usuallyPiece) syntax() g.Syntax { return g.Opt(u.piece.syntax()) }
func (u usuallyPiece) words(c *config.Config, m *g.Match) []config.Word {
	if w := u.piece.words(c, m); len(w) > 0 {
		return w
	}
	return u.absent(c)
}

// usually is a piece for which text stands where it was not typed; {inside} and {outside} are those interfaces.
func usually(p piece, text string) piece {
	return usuallyPiece{p, func(c *config.Config) []config.Word {
		var out []config.Word
		for w := range strings.FieldsSeq(text) {
			switch w {
			case "({inside})":
				out = append(out, parenWord(c.Inside()))
			case "{inside}":
				out = append(out, ifWord(c.Inside()))
			case "{outside}":
				out = append(out, ifWord(c.Outside()))
			default:
				out = append(out, plainWord(w))
			}
		}
		return out
	}}
}

// parenWord is the name of an interface in parentheses.
func parenWord(s string) config.Word { return config.Word{Text: s, If: true, Paren: true} }

// summerWeeks and summerDates are when a clock is advanced and put back, and by how many minutes.
var (
	summerWeek  = `([1-4]|first|last) (sun|mon|tue|wed|thu|fri|sat)[a-z]* ` + monthWord + ` ` + hourMinute
	summerWeeks = regexp.MustCompile(`(?i)^(` + summerWeek + ` ` + summerWeek + `)?( ?\d{1,4})?$`)
	summerDate  = `(` + monthDay + ` ` + monthWord + `|` + monthWord + ` ` + monthDay + `) (19|20)\d\d ` + hourMinute
	summerDates = regexp.MustCompile(`(?i)^` + summerDate + ` ` + summerDate + `( \d{1,4})?$`)
)

const (
	monthDay   = `([1-9]|[12]\d|3[01])`
	monthWord  = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*`
	hourMinute = `([01]?\d|2[0-3]):[0-5]\d`
)

// summer is the rest of a line, in the form of a pattern with one blank between words.
func summer(form *regexp.Regexp, sample string) g.Type[string] {
	t := g.Text()
	t.Parse = func(_ g.Env, w string) (string, error) {
		if !form.MatchString(strings.Join(strings.Fields(w), " ")) {
			return "", errKey
		}
		return w, nil
	}
	t.Sample = func(g.Env, *rand.Rand) string { return sample }
	return t
}

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
