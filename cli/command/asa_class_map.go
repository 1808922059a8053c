package command

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// classDefault is the class of everything that no other class of a policy matched. It is there without a class-map.
const classDefault = "class-default"

var (
	classMapWord = g.Word("class-map", "Configure MPF Class Map")
	classMapName = &g.Param[string]{Name: "class_map_name", Help: "class-map name", Type: classMapType()}

	classMap = &Command{
		Name: "class-map", Help: "Configure MPF Class Map", Mode: Configure, Span: inASA,
		Syntax: g.Seq(classMapWord, classMapName), ClearSyntax: classMapWord,
		Set: enterClassMap, No: noClassMap, Clear: clearClassMaps, Lines: classMapLines,
	}
	classMapText     = &g.Param[string]{Name: "text", Help: "description of the class-map", Type: g.Text()}
	classDescription = &Command{
		Name: "description", Help: "Specify class-map description", Mode: ConfigClassMap, Span: inASA,
		Syntax:   g.Seq(g.Word("description", "Specify class-map description"), classMapText),
		NoSyntax: g.Seq(g.Word("description", "Specify class-map description"), g.Opt(classMapText)),
		Set: onClassMap(func(v *config.ClassMap, m *g.Match) error {
			v.Description = classMapText.Get(m)
			return nil
		}),
		No: onClassMap(func(v *config.ClassMap, _ *g.Match) error { v.Description = ""; return nil }),
	}
)

// classMapType is the name of a class-map; help says how long it may be.
func classMapType() g.Type[string] {
	t := g.Ident(128)
	t.Label = "WORD < 129 char"
	return t
}

func enterClassMap(c *Ctx, e *config.Edit, m *g.Match) error {
	name := classMapName.Get(m)
	if name == classDefault {
		return Errorf(release.MPFReserved, name)
	}
	if _, ok := e.View().ClassMap(name); !ok {
		e.SetClassMap(config.ClassMap{Name: name})
	}
	c.Enter(ConfigClassMap, name)
	return nil
}

func noClassMap(c *Ctx, e *config.Edit, m *g.Match) error {
	name := classMapName.Get(m)
	if classInUse(e.View(), name) {
		return Errorf(release.MPFInUse, "class-map "+name)
	}
	return found(e.RemoveClassMap(name), "class-map "+name)
}

// clearClassMaps leaves what a policy-map still names.
func clearClassMaps(c *Ctx, e *config.Edit, m *g.Match) error {
	for v := range e.View().ClassMaps.Values() {
		if classInUse(e.View(), v.Name) {
			return Errorf(release.MPFInUse, "class-map "+v.Name)
		}
	}
	for v := range e.View().RegexClasses.Values() {
		if e.View().RegexInUse(v.Name, true) {
			return Errorf(release.MPFInUse, "class-map type regex match-any "+v.Name)
		}
	}
	for v := range e.View().ClassMaps.Values() {
		e.RemoveClassMap(v.Name)
	}
	for v := range e.View().RegexClasses.Values() {
		e.RemoveRegexClass(v.Name)
	}
	e.ClearStored(inspectClassSpec.name)
	return nil
}

func classInUse(c *config.Config, name string) bool {
	for _, p := range c.PolicyMaps {
		if _, i := p.Class(name); i >= 0 {
			return true
		}
	}
	return false
}

// onClassMap makes a Set of a change to the class-map of the sub-mode.
func onClassMap(f func(*config.ClassMap, *g.Match) error) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		v, ok := e.View().ClassMap(c.Path[0])
		if !ok {
			return ErrUsage
		}
		if err := f(&v, m); err != nil {
			return err
		}
		e.SetClassMap(v)
		return nil
	}
}

// Words of match in a class-map.
var (
	matchDefaults = g.Word("default-inspection-traffic", "Match default inspection traffic")
	matchAny      = g.Word("any", "Match any packet")
	matchACLWord  = g.Word("access-list", "Match an access-list")
	matchACL      = &g.Param[string]{Name: "acl_name", Help: "name of the access-list", Type: g.Ident(241)}
	matchTCP      = g.Word("tcp", "This keyword specifies TCP port(s)")
	matchUDP      = g.Word("udp", "This keyword specifies UDP port(s)")
	matchLo       = matchPorts("port", "port number or name")
	matchHi       = matchPorts("port", "last port of the range")
	// matchOther are the forms that nothing acts on.
	matchOther = either(
		ref("dscp <value:dscp>..."),
		seq(lit("flow ip destination-address")),
		ref("precedence <value:precedence>..."),
		seq(lit("rtp"), numVal("first", 2000, 65535), numVal("range", 0, 16383)),
		seq(lit("tunnel-group"), wordVal("group")),
	)

	classMatch = &Command{
		Name: "match", Help: "Configure classification criteria", Mode: ConfigClassMap, Span: inASA,
		Syntax: g.Seq(g.Word("match", "Configure classification criteria"), g.Alt(
			matchDefaults, matchAny, g.Seq(matchACLWord, matchACL),
			g.Seq(g.Word("port", "Match TCP/UDP port(s)"), g.Alt(
				g.Seq(matchTCP, matchRange("tcp")), g.Seq(matchUDP, matchRange("udp")))),
			matchOther.syntax(),
		)),
		Set: setClassMatch,
		No: onClassMap(func(v *config.ClassMap, m *g.Match) error {
			was := *v
			typed := classMatchOf(m)
			typed.Name, typed.Description = was.Name, was.Description
			lines := matchLines(was)
			i := slices.Index(lines, typed)
			if i < 0 {
				return found(false, "match")
			}
			*v = config.ClassMap{Name: was.Name, Description: was.Description}
			for _, left := range slices.Delete(lines, i, i+1) {
				*v = left
			}
			return nil
		}),
	}
)

func matchPorts(name, help string) map[string]*g.Param[uint16] {
	out := map[string]*g.Param[uint16]{}
	for _, over := range []string{"tcp", "udp"} {
		out[over] = &g.Param[uint16]{Name: name, Help: help, Type: g.Port(over)}
	}
	return out
}

func matchRange(over string) g.Syntax {
	return g.Alt(
		g.Seq(g.Word("eq", "Port equal to operator"), matchLo[over]),
		g.Seq(g.Word("range", "Port range operator"), matchLo[over], matchHi[over]),
	)
}

// classMatchOf is the line that was typed, in a class without a name.
func classMatchOf(m *g.Match) config.ClassMap {
	v := config.ClassMap{}
	for over, proto := range map[string]uint8{"tcp": 6, "udp": 17} {
		if lo, typed := matchLo[over].Lookup(m); typed {
			v.Kind, v.Proto, v.Lo, v.Hi = config.MatchPort, proto, lo, lo
			if hi, typed := matchHi[over].Lookup(m); typed {
				v.Hi = hi
			}
		}
	}
	switch {
	case v.Kind != config.MatchNone:
	case matchDefaults.Seen(m):
		v.Kind = config.MatchDefaultInspection
	case matchAny.Seen(m):
		v.Kind = config.MatchAny
	case matchACLWord.Seen(m):
		v.Kind, v.ACL = config.MatchACL, matchACL.Get(m)
	default:
		v.Kind, v.Other = config.MatchOther, textOf(matchOther.words(nil, m))
	}
	return v
}

// textOf is words with single blanks.
func textOf(words []config.Word) string {
	s := config.Stored{Words: words}
	return s.Text()
}

// setClassMatch: a class has one match line. The same line again changes nothing.
func setClassMatch(c *Ctx, e *config.Edit, m *g.Match) error {
	return onClassMap(func(v *config.ClassMap, m *g.Match) error {
		typed := classMatchOf(m)
		typed.Name, typed.Description = v.Name, v.Description
		if typed.Kind == config.MatchACL {
			if _, ok := e.View().ACL(typed.ACL); !ok {
				return Errorf(release.ConfNoACL, typed.ACL)
			}
		}
		if both, ok := withLine(*v, typed); ok {
			*v = both
			return nil
		}
		switch {
		case slices.Contains(matchLines(*v), typed):
			return nil
		case v.Kind != config.MatchNone:
			return Errorf(release.MPFManyMatches)
		case typed.Kind == config.MatchPort && typed.Lo > typed.Hi:
			return Errorf(release.ConfBadRange)
		}
		*v = typed
		return nil
	})(c, e, m)
}

// flowMatch is the second line that a class of a tunnel-group may have: each address behind the tunnel is policed by itself.
const flowMatch = "flow ip destination-address"

// withLine is a class with a second line, where the two go together: a list says what it is of the default traffic, and a
// flow what it is of a tunnel-group (configuration guide of 8.2, "Identifying traffic").
func withLine(v, typed config.ClassMap) (config.ClassMap, bool) {
	switch {
	case v.Kind == config.MatchDefaultInspection && v.ACL == "" && typed.Kind == config.MatchACL:
		v.ACL = typed.ACL
	case v.Kind == config.MatchACL && typed.Kind == config.MatchDefaultInspection:
		v.Kind = config.MatchDefaultInspection
	case startsWith(v.Other, "tunnel-group") && typed.Other == flowMatch && !v.Flow:
		v.Flow = true
	default:
		return v, false
	}
	return v, true
}

// matchLines are the match lines of a class, each as a class that has that alone.
func matchLines(v config.ClassMap) []config.ClassMap {
	first, second := v, config.ClassMap{Name: v.Name, Description: v.Description}
	switch {
	case v.Kind == config.MatchNone:
		return nil
	case v.Kind == config.MatchDefaultInspection && v.ACL != "":
		first.ACL = ""
		second.Kind, second.ACL = config.MatchACL, v.ACL
	case v.Flow:
		first.Flow = false
		second.Kind, second.Other = config.MatchOther, flowMatch
	default:
		return []config.ClassMap{v}
	}
	return []config.ClassMap{first, second}
}

// classMapLines are the class-maps, those with a type first, and the "!" that ends them.
func classMapLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		var out []Line
		say := func(depth int, text string) {
			out = append(out, Line{Section: release.SectionClassMap, Depth: depth, Text: text})
		}
		out = append(out, regexClassLines(c)...)
		for l := range inspectClassSpec.lines(c, v) {
			out = append(out, l)
		}
		for m := range c.ClassMaps.Values() {
			say(0, "class-map "+m.Name)
			if m.Description != "" {
				say(1, "description "+m.Description)
			}
			for _, one := range matchLines(m) {
				say(1, strings.TrimRight("match "+classMatchText(p, one), " "))
			}
		}
		if v.All {
			say(0, "class-map "+classDefault)
			say(1, "match any")
		}
		if len(out) > 0 {
			say(0, "!")
		}
		for _, l := range out {
			if !yield(l) {
				return
			}
		}
	}
}

func classMatchText(p printer, m config.ClassMap) string {
	switch m.Kind {
	case config.MatchDefaultInspection:
		return "default-inspection-traffic"
	case config.MatchAny:
		return "any"
	case config.MatchACL:
		return "access-list " + m.ACL
	case config.MatchPort:
		text := "port " + protoWord(m.Proto)
		if m.Lo == m.Hi {
			return text + " eq " + p.port(m.Proto, m.Lo)
		}
		return text + fmt.Sprintf(" range %s %s", p.port(m.Proto, m.Lo), p.port(m.Proto, m.Hi))
	}
	return strings.TrimSpace(m.Other)
}
