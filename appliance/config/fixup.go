package config

import (
	"cmp"
	"slices"
	"sort"

	"pixsim/appliance/release"
)

// Fixup is one line of application inspection, 4.2 to 6.3. Off marks a default that was switched off: it is printed
// with "no" in front.
type Fixup struct {
	Proto  string // "smtp", "h323"
	Arg    string // "h225", "ras", "udp", "strict", "error"; "" none
	Lo, Hi uint16 // ports; 0 0 where the protocol has none
	MaxLen int    // dns maximum-length
	Off    bool
}

// DefaultFixups are those that rel starts with, in its order.
func DefaultFixups(rel *release.Release) []Fixup {
	var out []Fixup
	for p := range release.Rows(rel, release.FixupProtocols) {
		if p.On(rel) {
			out = append(out, Fixup{Proto: p.Proto, Arg: p.Arg, Lo: p.Lo, Hi: p.Hi, MaxLen: p.MaxLen})
		}
	}
	sortFixups(rel, out)
	return out
}

func sortFixups(rel *release.Release, s []Fixup) {
	slices.SortStableFunc(s, func(a, b Fixup) int { return compareFixups(rel, a, b) })
}

func compareFixups(rel *release.Release, a, b Fixup) int {
	c := 0
	if rel.Config.SortFixups {
		c = cmp.Or(cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Arg, b.Arg))
	} else {
		c = cmp.Compare(fixupRank(rel, a), fixupRank(rel, b))
	}
	return cmp.Or(c, cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
}

// fixupRank is the place of a protocol in a release that does not sort by the alphabet.
func fixupRank(rel *release.Release, f Fixup) (rank int) {
	for p := range release.Rows(rel, release.FixupProtocols) {
		if p.Proto == f.Proto && p.Arg == f.Arg {
			break
		}
		rank++
	}
	return rank
}

func (e *Edit) isDefaultFixup(f Fixup) bool {
	f.Off = false
	return slices.ContainsFunc(DefaultFixups(e.c.Release), func(d Fixup) bool { d.MaxLen = f.MaxLen; return d == f })
}

// key is the same of two lines that speak of the same protocol and port. `ftp 21` and `ftp strict 21` do.
func (f Fixup) key() ID {
	if f.Arg == "strict" {
		f.Arg = ""
	}
	return key("fixup ").text(f.Proto).text(f.Arg).num(int(f.Lo)).num(int(f.Hi)).id()
}

func fixupTable(rel *release.Release) (t Table[Fixup]) {
	for _, f := range DefaultFixups(rel) {
		t = withFixup(rel, t, f)
	}
	return t
}

// withFixup is t with f in its place, instead of what says the same.
func withFixup(rel *release.Release, t Table[Fixup], f Fixup) Table[Fixup] {
	t = t.remove(f.key())
	behind := sort.Search(t.Len(), func(i int) bool { return compareFixups(rel, t.At(i), f) > 0 })
	return t.insert(behind, f)
}

// AddFixup switches inspection on for a protocol and port, and drops a printed "no" of it.
func (e *Edit) AddFixup(f Fixup) {
	f.Off = false
	e.c.Fixups = withFixup(e.c.Release, e.c.Fixups, f)
}

// RemoveFixup switches it off. A default remains as a line with "no"; it reports false when f was neither on nor a
// default.
func (e *Edit) RemoveFixup(f Fixup) bool {
	had := remove(&e.c.Fixups, f.key())
	if f.Arg == "strict" {
		f.Arg = ""
	}
	if e.isDefaultFixup(f) {
		for _, d := range DefaultFixups(e.c.Release) {
			if d.key() == f.key() {
				f = d
			}
		}
		f.Off, had = true, true
		e.c.Fixups = withFixup(e.c.Release, e.c.Fixups, f)
	}
	return had
}

// ResetFixup puts a protocol back to its defaults: its other ports go, the usual one is on where the release has it so.
func (e *Edit) ResetFixup(proto, arg string) {
	e.c.Fixups, _ = e.c.Fixups.without(func(v Fixup) bool {
		return v.Proto == proto && (v.Arg == arg || v.Arg == "strict" || arg == "strict")
	})
	for _, d := range DefaultFixups(e.c.Release) {
		if d.Proto == proto && (d.Arg == arg || arg == "strict") {
			e.c.Fixups = withFixup(e.c.Release, e.c.Fixups, d)
		}
	}
}

// ResetFixups puts every protocol back to its defaults.
func (e *Edit) ResetFixups() { e.c.Fixups = fixupTable(e.c.Release) }
