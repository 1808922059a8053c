package grammar

import (
	"cmp"
	"slices"
	"strings"

	"pixsim/cli/lexer"
)

// maxThreads bounds the readings of a line that are followed at the same time; the least preferred are dropped. Real
// commands need fewer than one a command.
const maxThreads = 2048

// thread is one reading of the words so far.
type thread struct {
	pc    int
	until int    // the word it reads next, when it took more than one
	mask  uint64 // parts of Any groups that were seen
	group int    // preference: keywords over literals over other parameters, earlier words first
	cap   int    // last capture, -1: none
}

// capture is what one word or more meant; captures of a reading are linked backwards.
type capture struct {
	prev int
	reading
}

// Preferences between the readings of one word.
const (
	asKeyword = iota
	asLiteral
	asValue
)

// hit is a thread together with the reading of the next word that it found.
type hit struct {
	thread
	rank int
}

// machine follows all readings of a line at once, word by word, so that the time is bounded by the words and the size of
// the syntaxes, whatever the nesting.
type machine struct {
	set   *Set
	env   Env
	line  string
	words []lexer.Word

	now, next []thread
	hits      []hit
	caps      []capture
	visited   []thread // of follow: (pc, mask, until) reached in this step
	mark      []uint32 // by pc: the step in which it was last reached
	step      uint32
	err       error // why the last parameter refused the word
}

func (s *Set) machine(e Env, line string) *machine {
	m := s.pool.Get().(*machine)
	if m.set == nil {
		m.set, m.mark = s, make([]uint32, len(s.prog))
	}
	m.env, m.line, m.words = e, line, lexer.AppendWords(m.words, line)
	m.caps = m.caps[:0]
	m.err = nil
	return m
}

func (s *Set) release(m *machine) {
	clear(m.caps[:cap(m.caps)])
	clear(m.words)
	m.env, m.line, m.words, m.err = nil, "", m.words[:0], nil
	s.pool.Put(m)
}

// begin starts a new step.
func (m *machine) begin() {
	m.step++
	m.next, m.visited = m.next[:0], m.visited[:0]
}

// follow adds to next every word that may come after t, in order of preference.
func (m *machine) follow(t thread) {
	if m.seen(t) || len(m.next) >= maxThreads {
		return
	}
	in := &m.set.prog[t.pc]
	switch in.op {
	case opSplit:
		for _, o := range in.outs {
			t.pc = o
			m.follow(t)
		}
	case opClear:
		t.mask &^= in.mask
		t.pc = in.next
		m.follow(t)
	case opAny:
		for i, o := range in.outs {
			if bit := uint64(1) << (in.bit + i); t.mask&bit == 0 {
				u := t
				u.pc, u.mask = o, t.mask|bit
				m.follow(u)
			}
		}
		t.pc = in.next
		m.follow(t)
	default:
		m.next = append(m.next, t)
	}
}

func (m *machine) seen(t thread) bool {
	if m.mark[t.pc] == m.step {
		for i := range m.visited {
			if v := &m.visited[i]; v.pc == t.pc && v.mask == t.mask && v.until == t.until {
				return true
			}
		}
	}
	m.mark[t.pc] = m.step
	m.visited = append(m.visited, t)
	return false
}

// run reads the first n words. It returns the word at which every reading ended, or n.
func (m *machine) run(n int) int {
	m.now = append(m.now[:0], m.set.first...)
	for i := range n {
		cand := m.now
		if i == 0 {
			cand = m.openings(m.words[0].Text)
		}
		if !m.read(i, cand) {
			return i
		}
		m.now, m.next = m.next, m.now
	}
	return n
}

// openings are the threads of Set.first that word can begin, in their order.
func (m *machine) openings(word string) []thread {
	s := m.set
	at := slices.Clone(s.always)
	w := lower(word)
	from, _ := slices.BinarySearchFunc(s.index, w, func(o opening, w string) int { return cmp.Compare(o.text, w) })
	for _, o := range s.index[from:] {
		if !strings.HasPrefix(o.text, w) {
			break
		}
		at = append(at, o.at)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	ts := make([]thread, len(at))
	for i, a := range at {
		ts[i] = s.first[a]
	}
	return ts
}

// read takes word i into every thread of cand and puts what goes on into next; false when none does.
func (m *machine) read(i int, cand []thread) bool {
	w := m.words[i]
	names := m.names(i, cand, lower(w.Text))
	m.hits, m.err = m.hits[:0], nil
	for _, t := range cand {
		if t.until > i {
			m.hits = append(m.hits, hit{t, asValue})
			continue
		}
		in := &m.set.prog[t.pc]
		switch in.op {
		case opKeyword:
			if text := names.chosen(in.kw.Text, in.texts); text != "" {
				m.take(t, asKeyword, in.next, 0, reading{kw: in.kw})
			}
		case opParam:
			m.readParam(i, t, in, names)
		}
	}
	slices.SortStableFunc(m.hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.rank, b.rank))
	})
	m.begin()
	group, last := -1, hit{}
	for k, h := range m.hits {
		if k == 0 || h.group != last.group || h.rank != last.rank {
			group++
		}
		last = h
		h.group = group
		if h.until > i+1 {
			m.next = append(m.next, h.thread)
			continue
		}
		h.until = 0
		m.follow(h.thread)
	}
	return len(m.next) > 0
}

// take notes that t goes on at pc after one word, or at word until.
func (m *machine) take(t thread, rank, pc, until int, r reading) {
	m.caps = append(m.caps, capture{t.cap, r})
	t.cap, t.pc, t.until = len(m.caps)-1, pc, until
	m.hits = append(m.hits, hit{t, rank})
}

// readParam tries word i, and what may belong to it, as the value of a parameter. A thread that takes several words
// sleeps at the instruction behind the parameter: follow is put off until it wakes.
func (m *machine) readParam(i int, t thread, in *inst, names names) {
	w := m.words[i]
	if in.info.rest {
		m.value(t, in, asValue, lexer.Rest(m.line, w.Start), len(m.words))
		return
	}
	if in.info.quoted {
		if text, end, ok := lexer.Quoted(m.line, w.Start); ok {
			k := i + 1
			for k < len(m.words) && m.words[k].Start < end {
				k++
			}
			if k == len(m.words) || m.words[k].Start >= end && m.words[k-1].End <= end {
				m.value(t, in, asValue, text, k)
			}
			return
		}
	}
	if in.info.words != nil {
		if full := names.literal(in.info.words(m.env)); full != "" && m.value(t, in, asLiteral, full, i+1) {
			return
		}
	}
	text, k := w.Text, i+1
	for in.info.join != nil && k < len(m.words) && k < i+6 && in.info.join(text, m.words[k].Text) {
		text += m.words[k].Text
		k++
	}
	if k > i+1 && m.value(t, in, asValue, text, k) {
		return
	}
	m.value(t, in, asValue, w.Text, i+1)
}

func (m *machine) value(t thread, in *inst, rank int, text string, until int) bool {
	v, err := in.param.parse(m.env, text)
	if err != nil {
		m.err = err
		return false
	}
	m.take(t, rank, in.next, until, reading{param: in.param, value: v})
	return true
}

// names is what a word means among the fixed words legal at its place.
type names struct {
	word   string // in lower case
	exact  bool   // some fixed word is word itself: abbreviations of others do not count
	full   string // the one fixed word that word abbreviates, by its canonical text in lower case; "": none, or several
	many   bool   // several
	hidden bool   // full is hidden
	any    bool   // some fixed word is legal
	common int    // octets of word that are the beginning of some fixed word
}

// names looks at every keyword and literal that cand could read as word i.
func (m *machine) names(i int, cand []thread, word string) names {
	n := names{word: word}
	for _, t := range cand {
		if t.until > i {
			continue
		}
		in := &m.set.prog[t.pc]
		switch {
		case in.op == opKeyword:
			for _, text := range in.texts {
				if !in.kw.Exact || text == word {
					n.add(in.texts[0], text, in.kw.Hidden || in.kw.Yields)
				}
			}
		case in.op == opParam && in.info.words != nil:
			for _, text := range in.info.words(m.env) {
				text = lower(text)
				n.add(text, text, false)
			}
		}
	}
	return n
}

func (n *names) add(canon, text string, hidden bool) {
	n.any = true
	c := 0
	for c < len(text) && c < len(n.word) && text[c] == n.word[c] {
		c++
	}
	n.common = max(n.common, c)
	if c < len(n.word) {
		return
	}
	if c == len(text) {
		n.exact = true
	}
	switch {
	case n.full == "" && !n.many || n.hidden && !hidden:
		n.full, n.hidden, n.many = canon, hidden, false
	case n.full != canon && !hidden:
		n.full, n.many = "", true
	}
}

// chosen is the spelling of a keyword that the word stands for; "" when it is another word.
func (n names) chosen(canon string, texts []string) string {
	for _, text := range texts {
		if text == n.word {
			return text
		}
	}
	if n.exact || n.full == "" || n.full != texts[0] {
		return ""
	}
	return canon
}

// literal is the word of list that the word stands for.
func (n names) literal(list []string) string {
	for _, text := range list {
		if l := lower(text); l == n.word || !n.exact && n.full != "" && l == n.full {
			return text
		}
	}
	return ""
}
