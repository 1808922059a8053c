package config

import (
	"cmp"
	"slices"

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

// FixupProtocol is what a release knows of one protocol of the fixup command.
type FixupProtocol struct {
	Proto, Arg string
	Lo, Hi     uint16 // the usual port or ports; 0: takes none
	MaxLen     int
	Known      release.Span // the releases that take it
	Default    release.Span // the releases that have it switched on; From 99.0: none
}

// never is a span without a release.
var never = release.Since(release.V(99, 0))

func fixed(v release.Version) release.Span { return release.Since(v).Through(release.V(6, 3)) }

// FixupProtocols are all that any release knows, in the order in which releases up to 6.2 print them (4.4(5), 5.3(1)
// and 6.1(1) captures). From 6.3 on the order is that of the alphabet.
var FixupProtocols = []FixupProtocol{
	{Proto: "dns", MaxLen: 512, Known: fixed(release.V(6, 3)), Default: fixed(release.V(6, 3))},
	{Proto: "esp-ike", Known: fixed(release.V(6, 3)), Default: never},
	{Proto: "ctiqbe", Lo: 2748, Hi: 2748, Known: fixed(release.V(6, 3)), Default: never},
	{Proto: "ftp", Lo: 21, Hi: 21, Known: fixed(release.V(4, 2)), Default: fixed(release.V(4, 2))},
	{Proto: "ftp", Arg: "strict", Lo: 21, Hi: 21, Known: fixed(release.V(5, 1)), Default: never},
	{Proto: "http", Lo: 80, Hi: 80, Known: fixed(release.V(4, 2)), Default: fixed(release.V(4, 2))},
	{Proto: "h323", Lo: 1720, Hi: 1720, Known: release.Since(release.V(4, 2)).Through(release.V(6, 1)), Default: release.Since(release.V(4, 2)).Through(release.V(6, 1))},
	{Proto: "h323", Arg: "h225", Lo: 1720, Hi: 1720, Known: fixed(release.V(6, 2)), Default: fixed(release.V(6, 2))},
	{Proto: "h323", Arg: "ras", Lo: 1718, Hi: 1719, Known: fixed(release.V(6, 2)), Default: fixed(release.V(6, 2))},
	{Proto: "icmp", Arg: "error", Known: fixed(release.V(6, 3)), Default: never},
	{Proto: "ils", Lo: 389, Hi: 389, Known: fixed(release.V(6, 2)), Default: release.Since(release.V(6, 2)).Through(release.V(6, 2))},
	{Proto: "mgcp", Lo: 2427, Hi: 2427, Known: fixed(release.V(6, 3)), Default: never},
	{Proto: "pptp", Lo: 1723, Hi: 1723, Known: fixed(release.V(6, 3)), Default: never},
	{Proto: "rsh", Lo: 514, Hi: 514, Known: fixed(release.V(4, 2)), Default: fixed(release.V(4, 2))},
	{Proto: "rtsp", Lo: 554, Hi: 554, Known: fixed(release.V(6, 0)), Default: fixed(release.V(6, 0))},
	{Proto: "smtp", Lo: 25, Hi: 25, Known: fixed(release.V(4, 2)), Default: fixed(release.V(4, 2))},
	{Proto: "snmp", Lo: 161, Hi: 162, Known: fixed(release.V(6, 3)), Default: never},
	{Proto: "sqlnet", Lo: 1521, Hi: 1521, Known: fixed(release.V(4, 2)), Default: fixed(release.V(4, 2))},
	{Proto: "sip", Lo: 5060, Hi: 5060, Known: fixed(release.V(5, 2)), Default: fixed(release.V(5, 2))},
	{Proto: "sip", Arg: "udp", Lo: 5060, Hi: 5060, Known: fixed(release.V(6, 3)), Default: fixed(release.V(6, 3))},
	{Proto: "skinny", Lo: 2000, Hi: 2000, Known: fixed(release.V(6, 0)), Default: fixed(release.V(6, 0))},
	{Proto: "tftp", Lo: 69, Hi: 69, Known: fixed(release.V(6, 3)), Default: fixed(release.V(6, 3))},
}

// fixupsSorted are the releases that print fixups in the order of the alphabet.
var fixupsSorted = release.Since(release.V(6, 3))

// FixupKnown is what rel knows of a protocol.
func FixupKnown(rel *release.Release, proto, arg string) (FixupProtocol, bool) {
	for _, p := range FixupProtocols {
		if p.Proto == proto && p.Arg == arg && p.Known.Holds(rel) {
			return p, true
		}
	}
	return FixupProtocol{}, false
}

// DefaultFixups are those that rel starts with, in its order.
func DefaultFixups(rel *release.Release) []Fixup {
	var out []Fixup
	for _, p := range FixupProtocols {
		if p.Default.Holds(rel) {
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
	if fixupsSorted.Holds(rel) {
		c = cmp.Or(cmp.Compare(a.Proto, b.Proto), cmp.Compare(a.Arg, b.Arg))
	} else {
		c = cmp.Compare(fixupRank(a), fixupRank(b))
	}
	return cmp.Or(c, cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi))
}

func fixupRank(f Fixup) int {
	return slices.IndexFunc(FixupProtocols, func(p FixupProtocol) bool { return p.Proto == f.Proto && p.Arg == f.Arg })
}

func (e *Edit) isDefaultFixup(f Fixup) bool {
	f.Off = false
	return slices.ContainsFunc(DefaultFixups(e.c.Release), func(d Fixup) bool { d.MaxLen = f.MaxLen; return d == f })
}

// sameFixup is whether two lines speak of the same protocol and port. `ftp 21` and `ftp strict 21` do.
func sameFixup(a, b Fixup) bool {
	strict := func(f Fixup) Fixup {
		if f.Arg == "strict" {
			f.Arg = ""
		}
		f.Off, f.MaxLen = false, 0
		return f
	}
	return strict(a) == strict(b)
}

// AddFixup switches inspection on for a protocol and port, and drops a printed "no" of it.
func (e *Edit) AddFixup(f Fixup) {
	f.Off = false
	s := slices.DeleteFunc(slices.Clone(e.c.Fixups), func(v Fixup) bool { return sameFixup(v, f) })
	s = append(s, f)
	sortFixups(e.c.Release, s)
	e.c.Fixups = s
}

// RemoveFixup switches it off. A default remains as a line with "no"; it reports false when f was neither on nor a
// default.
func (e *Edit) RemoveFixup(f Fixup) bool {
	s := slices.DeleteFunc(slices.Clone(e.c.Fixups), func(v Fixup) bool { return sameFixup(v, f) })
	had := len(s) < len(e.c.Fixups)
	if f.Arg == "strict" {
		f.Arg = ""
	}
	if e.isDefaultFixup(f) {
		for _, d := range DefaultFixups(e.c.Release) {
			if sameFixup(d, f) {
				f = d
			}
		}
		f.Off, had = true, true
		s = append(s, f)
		sortFixups(e.c.Release, s)
	}
	if had {
		e.c.Fixups = s
	}
	return had
}

// ResetFixup puts a protocol back to its defaults: its other ports go, the usual one is on where the release has it so.
func (e *Edit) ResetFixup(proto, arg string) {
	s := slices.DeleteFunc(slices.Clone(e.c.Fixups), func(v Fixup) bool {
		return v.Proto == proto && (v.Arg == arg || v.Arg == "strict" || arg == "strict")
	})
	for _, d := range DefaultFixups(e.c.Release) {
		if d.Proto == proto && (d.Arg == arg || arg == "strict") {
			s = append(s, d)
		}
	}
	sortFixups(e.c.Release, s)
	e.c.Fixups = s
}

// ResetFixups puts every protocol back to its defaults.
func (e *Edit) ResetFixups() { e.c.Fixups = DefaultFixups(e.c.Release) }
