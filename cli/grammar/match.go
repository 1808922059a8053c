package grammar

import "slices"

// Match is one successful match: which keywords were seen and which values the parameters took.
type Match struct {
	read []reading // in the order of the line
	// Line is the text that was matched, as typed.
	Line string
	// Negated: the line began with "no".
	Negated bool
}

// reading is what a word, or several, meant: a keyword, or a parameter with its value. Lines have few of them: to look
// through them costs less than any table.
type reading struct {
	kw    *Keyword
	param param
	value any
}

// Seen reports whether k was typed.
func (k *Keyword) Seen(m *Match) bool {
	return m != nil && slices.ContainsFunc(m.read, func(r reading) bool { return r.kw == k })
}

// Get is the value of p, or the zero value.
func (p *Param[T]) Get(m *Match) T { v, _ := p.Lookup(m); return v }

// Lookup is the value of p and whether it was typed.
func (p *Param[T]) Lookup(m *Match) (T, bool) {
	if m != nil {
		for _, r := range slices.Backward(m.read) {
			if r.param == param(p) {
				return r.value.(T), true
			}
		}
	}
	var zero T
	return zero, false
}

// All are the values of p in the order typed.
func (p *Param[T]) All(m *Match) []T {
	var out []T
	if m != nil {
		for _, r := range m.read {
			if r.param == param(p) {
				out = append(out, r.value.(T))
			}
		}
	}
	return out
}

// Kind says how a line fails to be a command.
type Kind uint8

const (
	Incomplete Kind = iota // it is the beginning of one
	Invalid                // a word fits nothing
	Ambiguous              // a word abbreviates several words that are legal at its place
)

// Failure is why a line matched nothing: the best reading ended at Word.
type Failure struct {
	Kind    Kind
	Word    int    // index of the word; the number of words when Incomplete
	Text    string // that word
	Offset  int    // octet of the line where the caret of 7.0 and later belongs: the first that fits nothing legal there
	Last    bool   // no word follows
	Fixed   bool   // fixed words were legal there, not only parameters
	Reached []int  // the syntaxes that were still possible there, ascending; nil for the first word
	Err     error  // why a parameter refused the word (ErrAddress); nil where none was tried
}

// Match reads line. It returns the index of the syntax that it is, in the order given to NewSet, or why it is none. An
// empty line is Incomplete.
func (s *Set) Match(e Env, line string) (*Match, int, *Failure) {
	m := s.machine(e, line)
	defer s.release(m)
	n := len(m.words)
	if i := m.run(n); i < n {
		return nil, -1, m.failure(i)
	}
	for _, t := range m.now {
		if s.prog[t.pc].op == opMatch {
			return m.match(t), s.owner[t.pc], nil
		}
	}
	return nil, -1, &Failure{Kind: Incomplete, Word: n, Offset: len(line), Last: true, Reached: m.reached(m.now, n)}
}

// match collects what a reading captured.
func (m *machine) match(t thread) *Match {
	out := &Match{Line: m.line, read: make([]reading, 0, len(m.words))}
	for c := t.cap; c >= 0; c = m.caps[c].prev {
		out.read = append(out.read, m.caps[c].reading)
	}
	slices.Reverse(out.read)
	return out
}

// failure describes that no reading in now takes word i.
func (m *machine) failure(i int) *Failure {
	w := m.words[i]
	names := m.names(i, m.now, lower(w.Text))
	f := &Failure{
		Kind: Invalid, Word: i, Text: w.Text, Offset: w.Start + names.common, Last: i == len(m.words)-1,
		Reached: m.reached(m.now, i), Err: m.err, Fixed: names.any,
	}
	if names.many {
		f.Kind = Ambiguous
	}
	return f
}

// reached are the syntaxes that ts belong to.
func (m *machine) reached(ts []thread, i int) []int {
	if i == 0 {
		return nil
	}
	is := make([]bool, m.set.n)
	for _, t := range ts {
		is[m.set.owner[t.pc]] = true
	}
	var out []int
	for k, ok := range is {
		if ok {
			out = append(out, k)
		}
	}
	return out
}
