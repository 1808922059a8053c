// Package grammar is command syntax as values: one tree of words and typed parameters serves matching, abbreviation,
// the caret's column, help, completion, documentation and the generation of random valid lines. It knows no command, no
// configuration and no terminal.
package grammar

import (
	"math/rand/v2"
	"net/netip"

	"pixsim/appliance/release"
)

// Env is what the meaning of a word can depend on.
type Env interface {
	Release() *release.Release
	// NamedAddr is the address that a `name` line gives to a word.
	NamedAddr(word string) (netip.Addr, bool)
	// Interfaces are the names given by nameif, and Hardware the hardware ids, in order.
	Interfaces() []string
	Hardware() []string
	// ObjectGroup is the kind of the object-group of that name: "network", "protocol", "icmp-type", "service" or, of ports,
	// "tcp", "udp" or "tcp-udp"; of an object "object network" or "object service"; "" when there is none.
	ObjectGroup(name string) string
	// ObjectGroups are the names of all groups.
	ObjectGroups() []string
}

// Type is how one word (or, with Rest, the remaining text of the line) becomes a value.
type Type[T any] struct {
	Label  string                              // in help: "A.B.C.D", "<1-65535>", "WORD"; "": only the literals of Words are listed
	Parse  func(e Env, word string) (T, error) // an error means: this word does not fit here
	Words  func(e Env) []string                // not nil: literals, matched by unique prefix; Parse gets the whole word. Other words go to Parse as typed
	Helps  func(word string) string            // help of one of Words; nil: they are listed without
	Join   func(word, next string) bool        // not nil and true: next is part of the same value ("Ethernet 0/0"); Parse gets both without the blank
	Rest   bool                                // takes the rest of the line as it was typed
	Quoted bool                                // "..." is one word: Parse gets what stands between the quotes
	Sample func(e Env, r *rand.Rand) string    // a random valid word in canonical spelling
}

// Syntax is a node of the tree: *Keyword, *Param[T] or what Seq, Alt, Opt, Many, Any and In make of them.
type Syntax interface{ syntax() }

// Word is a keyword; text may be abbreviated to what is unique among the words legal at its place. Use a variable and
// Seen to ask whether it was typed.
func Word(text, help string) *Keyword { return &Keyword{Text: text, Help: help} }

// Keyword is a fixed word. Aliases are accepted as well, in full or abbreviated; hidden words are matched but not
// listed by help. An exact one is not abbreviated: a name that the administrator chose may stand at its place. A word that
// yields is never meant by an abbreviation that another word has as well: sh is show, though shun begins so too.
type Keyword struct {
	Text    string
	Aliases []string
	Help    string
	Hidden  bool
	Yields  bool
	Exact   bool
}

func (*Keyword) syntax() {}

// Param is a typed place in a command. The same Param may stand at several places of one syntax; it then yields the
// value of the last one matched, and All yields every one.
type Param[T any] struct {
	Name string // in Usage: lines, without brackets: "global_ip"
	Help string
	Type Type[T]
}

func (*Param[T]) syntax() {}

// param is a *Param[T] without its T.
type param interface {
	Syntax
	describe() paramInfo
	parse(e Env, word string) (any, error)
}

// paramInfo is what of a Param does not depend on T.
type paramInfo struct {
	name, help, label string
	words             func(Env) []string
	helps             func(string) string
	join              func(word, next string) bool
	sample            func(Env, *rand.Rand) string
	rest, quoted      bool
}

func (p *Param[T]) describe() paramInfo {
	t := p.Type
	return paramInfo{
		name: p.Name, help: p.Help, label: t.Label, words: t.Words, helps: t.Helps, join: t.Join,
		sample: t.Sample, rest: t.Rest, quoted: t.Quoted,
	}
}

func (p *Param[T]) parse(e Env, word string) (any, error) {
	v, err := p.Type.Parse(e, word)
	return v, err
}
