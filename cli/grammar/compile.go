package grammar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/release"
)

// Set is the syntaxes that are legal at one place of one release, compiled to be matched together: abbreviations are
// judged over all of them. It is immutable and may be used by several goroutines.
type Set struct {
	prog   []inst
	owner  []int    // syntax of each instruction
	first  []thread // what may begin a line
	always []int    // of first: what does not begin with a keyword
	index  []opening
	n      int // syntaxes
	pool   sync.Pool
}

// opening is a spelling of a keyword that begins a line; at is its place in Set.first.
type opening struct {
	text string
	at   int
}

type op uint8

const (
	opKeyword op = iota
	opParam
	opSplit // goes on at each of outs, preferring the earlier
	opClear // enters an Any: none of its parts was seen
	opAny   // any part not seen yet, or exit
	opMatch
)

// inst is one instruction of the compiled syntaxes: the states of a Thompson machine over words. The only memory a state
// has beside its place is which parts of an Any were seen: one bit each.
type inst struct {
	op    op
	next  int
	outs  []int
	bit   int    // opAny: bit of outs[0]
	mask  uint64 // opClear: the bits to clear
	kw    *Keyword
	texts []string // opKeyword: Text and Aliases in lower case
	param param
	info  paramInfo
}

// NewSet compiles syntaxes for r. It panics when a syntax has more than 64 parts in its Any groups: that is a mistake in
// the table of commands, found by the first test.
func NewSet(r *release.Release, syntaxes ...Syntax) *Set {
	s := &Set{n: len(syntaxes)}
	s.pool.New = func() any { return &machine{} }
	var starts []int
	for i, syn := range syntaxes {
		c := compiler{s: s, r: r, cmd: i}
		end := c.emit(inst{op: opMatch})
		starts = append(starts, c.compile(syn, end))
	}
	m := &machine{set: s, mark: make([]uint32, len(s.prog))}
	m.begin()
	for _, pc := range starts {
		m.follow(thread{pc: pc, cap: -1})
	}
	s.first = slices.Clone(m.next)
	for at, t := range s.first {
		in := s.prog[t.pc]
		if in.op != opKeyword {
			s.always = append(s.always, at)
			continue
		}
		for _, text := range in.texts {
			s.index = append(s.index, opening{text, at})
		}
	}
	slices.SortStableFunc(s.index, func(a, b opening) int { return cmp.Compare(a.text, b.text) })
	return s
}

type compiler struct {
	s    *Set
	r    *release.Release
	cmd  int
	bits int
}

func (c *compiler) emit(in inst) int {
	c.s.prog = append(c.s.prog, in)
	c.s.owner = append(c.s.owner, c.cmd)
	return len(c.s.prog) - 1
}

// exists reports whether s is there in release r: a group all of whose parts belong to other releases is not.
func exists(s Syntax, r *release.Release) bool {
	g, ok := s.(*group)
	if !ok {
		return true
	}
	if g.kind == kindIn && r != nil && !g.span.Holds(r) {
		return false
	}
	return len(g.kids) == 0 || slices.ContainsFunc(g.kids, func(k Syntax) bool { return exists(k, r) })
}

// living are the parts of g that exist in r.
func (g *group) living(r *release.Release) []Syntax {
	var kids []Syntax
	for _, k := range g.kids {
		if exists(k, r) {
			kids = append(kids, k)
		}
	}
	return kids
}

// compile makes s go on at next and returns where it begins.
func (c *compiler) compile(s Syntax, next int) int {
	switch s := s.(type) {
	case *Keyword:
		texts := []string{lower(s.Text)}
		for _, a := range s.Aliases {
			texts = append(texts, lower(a))
		}
		return c.emit(inst{op: opKeyword, next: next, kw: s, texts: texts})
	case param:
		return c.emit(inst{op: opParam, next: next, param: s, info: s.describe()})
	case *group:
		if !exists(s, c.r) {
			return next
		}
		return c.group(s, s.living(c.r), next)
	}
	panic(fmt.Sprintf("grammar: %T is no syntax", s))
}

func (c *compiler) group(g *group, kids []Syntax, next int) int {
	switch g.kind {
	case kindAlt:
		outs := make([]int, len(kids))
		for i, k := range kids {
			outs[i] = c.compile(k, next)
		}
		return c.emit(inst{op: opSplit, outs: outs})
	case kindAny:
		return c.any(kids, next)
	case kindOpt:
		return c.emit(inst{op: opSplit, outs: []int{c.seq(kids, next), next}})
	case kindMany:
		again := c.emit(inst{op: opSplit})
		body := c.seq(kids, again)
		c.s.prog[again].outs = []int{body, next}
		return body
	default:
		return c.seq(kids, next)
	}
}

func (c *compiler) seq(kids []Syntax, next int) int {
	for _, k := range slices.Backward(kids) {
		next = c.compile(k, next)
	}
	return next
}

func (c *compiler) any(kids []Syntax, next int) int {
	loop := c.emit(inst{op: opAny, next: next, bit: c.bits})
	c.bits += len(kids)
	if c.bits > 64 {
		panic("grammar: more than 64 parts in the Any groups of one syntax")
	}
	outs := make([]int, len(kids))
	for i, k := range kids {
		// A part that may be empty would be skipped in every combination; being in Any makes it optional already.
		for g, ok := k.(*group); ok && g.kind == kindOpt; g, ok = k.(*group) {
			k = Seq(g.kids...)
		}
		outs[i] = c.compile(k, loop)
	}
	c.s.prog[loop].outs = outs
	bit := c.s.prog[loop].bit
	mask := (uint64(1)<<len(kids) - 1) << bit
	return c.emit(inst{op: opClear, next: loop, mask: mask})
}

// lower is s with A-Z in lower case, of the same length in octets whatever s holds (strings.ToLower may change it).
func lower(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' }) < 0 {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
