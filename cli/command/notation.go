package command

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// The lines of the large commands of 7.0 and later are written down as command references have them, one form a line:
//
//	8.4+      own: crypto ikev1 policy <1-65535>
//	          telnet timeout = <1-1440>
//	-8.3 neg: svc dtls enable = [<if>...]
//
// In front of a form stand the releases that have it (from, "-" up to), and how its no form goes: own removes every line
// that begins with the form's, neg keeps "no ..." of what was not set; a line ends in a blank after blank, and after bare where
// nothing stands behind "=". What a line is set to follows "="; without it every
// line is its own slot. Words are keywords; [..] may be missing, of {a|b} one stands there, of {a&b} any in any order, and
// what "..." follows stands there once or more often. A word behind which "!" stands is not abbreviated: a name may stand at
// its place. <a> is a value of the kind a, <a:k> one of kind k named a; <1-9> a
// number.

// table makes forms of their notation.
func table(text string) []form {
	out := make([]form, 0, strings.Count(text, "\n")+1)
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, formOf(line))
		}
	}
	return out
}

// tableOf makes forms of a notation, each with lead in front of it.
func tableOf(lead, text string) []form {
	var out []form
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		at := 0
		for versions.MatchString(words[at]) || noForms[words[at]] {
			at++
		}
		out = append(out, formOf(strings.Join(slices.Concat(words[:at], []string{lead}, words[at:]), " ")))
	}
	return out
}

// noForms are what may stand in front of a form beside its releases.
var noForms = map[string]bool{"own:": true, "neg:": true, "blank:": true, "bare:": true}

// leadsTo makes forms that open a sub-mode.
func leadsTo(mode Mode, text string) []form {
	out := table(text)
	for i := range out {
		out[i].enters = mode
	}
	return out
}

// versions are the releases that have a form.
var versions = regexp.MustCompile(`^(?:(\d+)\.(\d+))?(?:(-)(\d+)\.(\d+)|\+)$`)

func formOf(line string) form {
	f := form{}
	for {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case versions.MatchString(word):
			f.span = releasesOf(word)
		case word == "own:":
			f.owner = true
		case word == "neg:":
			f.noStays = true
		case word == "blank:":
			f.blank = true
		case word == "bare:":
			f.bare = true
		default:
			slot, rest, set := strings.Cut(line, " =")
			f.slot = ref(slot)
			if set && strings.TrimSpace(rest) != "" {
				f.rest = ref(rest)
			}
			return f
		}
		line = strings.TrimSpace(rest)
	}
}

func releasesOf(word string) release.Span {
	m := versions.FindStringSubmatch(word)
	number := func(at int) uint8 {
		n, _ := strconv.Atoi(m[at])
		return uint8(n)
	}
	var s release.Span
	if m[1] != "" {
		s.From = release.V(number(1), number(2))
	}
	if m[3] != "" {
		s.To = release.V(number(4), number(5))
	}
	return s
}

// ref is the piece that a notation stands for.
func ref(text string) piece { return &written{text: text} }

// written is a notation that is read when it is first asked for: a program that boots no box asks for none. It is written by
// hand in this package only: what it does not know is a defect, and says so when a table of commands is made.
type written struct {
	text string
	once sync.Once
	p    piece
}

func (w *written) read() piece {
	w.once.Do(func() {
		r := reader{text: w.text}
		w.p = r.sequence("")
		if r.at < len(r.text) {
			panic(fmt.Sprintf("%q: %q is too much", r.text, r.text[r.at:]))
		}
	})
	return w.p
}

func (w *written) syntax() g.Syntax                                 { return w.read().syntax() }
func (w *written) words(c *config.Config, m *g.Match) []config.Word { return w.read().words(c, m) }
func (w *written) typed(m *g.Match) bool                            { return w.read().typed(m) }

// opened is a piece of which one wants to know what it is.
func opened(p piece) piece {
	if w, ok := p.(*written); ok {
		return w.read()
	}
	return p
}

// reader goes through a notation.
type reader struct {
	text string
	at   int
}

func (r *reader) next() byte {
	for r.at < len(r.text) && r.text[r.at] == ' ' {
		r.at++
	}
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

// sequence reads pieces up to one of ends, which it leaves.
func (r *reader) sequence(ends string) piece {
	var out []piece
	for c := r.next(); c != 0 && !strings.ContainsRune(ends, rune(c)); c = r.next() {
		p := r.one(c)
		if rest, ok := strings.CutPrefix(r.text[r.at:], "..."); ok {
			r.at = len(r.text) - len(rest)
			p = many(p)
		}
		out = append(out, p)
	}
	if len(out) == 1 {
		return out[0]
	}
	return seqPiece(out)
}

func (r *reader) one(c byte) piece {
	switch c {
	case '[':
		r.at++
		p := r.sequence("]")
		r.close(']')
		return opt(p)
	case '{':
		return r.choice()
	case '<':
		r.at++
		end := strings.IndexByte(r.text[r.at:], '>')
		what := r.text[r.at : r.at+end]
		r.at += end + 1
		return value(what)
	}
	begin := r.at
	for r.at < len(r.text) && !strings.ContainsRune(" []{}|&<", rune(r.text[r.at])) && !strings.HasPrefix(r.text[r.at:], "...") {
		r.at++
	}
	if begin == r.at {
		panic(fmt.Sprintf("%q: %q stands for nothing", r.text, r.text[r.at:]))
	}
	word, exact := strings.CutSuffix(r.text[begin:r.at], "!")
	if exact && word != "" {
		return litPiece{exactly(word, "")}
	}
	return lit(r.text[begin:r.at])
}

func (r *reader) close(c byte) {
	if r.next() != c {
		panic(fmt.Sprintf("%q lacks %q", r.text, string(c)))
	}
	r.at++
}

// choice is one of several, or of any in any order.
func (r *reader) choice() piece {
	var all []piece
	kind := byte('|')
	r.at++
	for {
		all = append(all, r.sequence("|&}"))
		c := r.next()
		if c == '}' {
			break
		}
		if c == 0 {
			panic(fmt.Sprintf("%q lacks %q", r.text, "}"))
		}
		kind = c
		r.at++
	}
	r.close('}')
	if kind == '&' {
		return anyOf(all...)
	}
	if words, plain := keywordsOf(all); plain {
		return enumVal("word", words...)
	}
	return either(all...)
}

// keywordsOf are the words of pieces that are keywords and nothing else.
func keywordsOf(all []piece) (words []string, plain bool) {
	for _, p := range all {
		l, ok := p.(litPiece)
		if !ok {
			return nil, false
		}
		words = append(words, l.Text)
	}
	return words, len(words) > 1
}

// value is a parameter by the name of its kind.
func value(what string) piece {
	name, kind, named := strings.Cut(what, ":")
	if !named {
		kind = name
	}
	if lo, hi, ok := strings.Cut(kind, "-"); ok && unicode.IsDigit(rune(kind[0])) {
		from, err := strconv.Atoi(lo)
		to, err2 := strconv.Atoi(hi)
		if err != nil || err2 != nil {
			panic(what + " is no range")
		}
		return numVal(name, from, to)
	}
	make, ok := valueKinds[kind]
	if !ok && named {
		panic(kind + " is no kind of value")
	}
	if !ok {
		return wordVal(name)
	}
	return make(name)
}
