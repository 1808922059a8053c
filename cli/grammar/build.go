package grammar

import "pixsim/appliance/release"

// group is an inner node of the tree.
type group struct {
	kind groupKind
	kids []Syntax
	span release.Span
}

type groupKind uint8

const (
	kindSeq groupKind = iota
	kindAlt
	kindOpt
	kindMany
	kindAny
	kindIn
)

func (*group) syntax() {}

// Seq is its parts one after the other.
func Seq(parts ...Syntax) Syntax { return &group{kind: kindSeq, kids: parts} }

// Alt is one of its parts; the first that the words fit wins, keywords before parameters.
func Alt(parts ...Syntax) Syntax { return &group{kind: kindAlt, kids: parts} }

// Opt is its parts as a sequence, or nothing.
func Opt(parts ...Syntax) Syntax { return &group{kind: kindOpt, kids: parts} }

// Many is its parts as a sequence, once or more often.
func Many(parts ...Syntax) Syntax { return &group{kind: kindMany, kids: parts} }

// Any is each of its parts at most once, in any order, none needed.
func Any(parts ...Syntax) Syntax { return &group{kind: kindAny, kids: parts} }

// In is its parts as a sequence in the releases of span; elsewhere they do not exist: an Alt or Any loses the choice,
// anything else matches without them.
func In(span release.Span, parts ...Syntax) Syntax {
	return &group{kind: kindIn, kids: parts, span: span}
}
