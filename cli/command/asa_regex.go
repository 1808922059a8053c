package command

import (
	"iter"
	"math/rand/v2"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Regular expressions and classes of them, which `match ... regex` of an ESMTP policy-map names. A name that nothing
// defines fits nothing.

var (
	regexWord = g.Word("regex", "Define a regular expression")
	regexName = &g.Param[string]{Name: "name", Help: "name of the regular expression", Type: g.Ident(40)}
	regexText = &g.Param[string]{Name: "expression", Help: "the regular expression, up to 100 characters", Type: g.Type[string]{
		Label: "QUOTED STRING", Quoted: true,
		Parse:  func(_ g.Env, w string) (string, error) { return w, nil },
		Sample: func(_ g.Env, r *rand.Rand) string { return string(rune('a'+r.IntN(26))) + " .*" },
	}}

	regexCmd = &Command{
		Name: "regex", Help: "Define a regular expression", Mode: Configure, Span: since72,
		Syntax: g.Seq(regexWord, regexName, regexText), NoSyntax: g.Seq(regexWord, regexName, g.Opt(regexText)), ClearSyntax: regexWord,
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			v := config.Regex{Name: regexName.Get(m), Pattern: regexText.Get(m)}
			// A quote could not be printed: \x22 stands for it.
			if _, err := config.CompileRegex(v.Pattern); err != nil || slices.Contains([]byte(v.Pattern), '"') {
				return Errorf(release.MPFBadRegex, v.Pattern)
			}
			e.SetRegex(v)
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			name := regexName.Get(m)
			if e.View().RegexInUse(name, false) {
				return Errorf(release.MPFInUse, "regex "+name)
			}
			return found(e.RemoveRegex(name), "regex "+name)
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			for v := range e.View().Regexes.Values() {
				if e.View().RegexInUse(v.Name, false) {
					return Errorf(release.MPFInUse, "regex "+v.Name)
				}
			}
			for v := range e.View().Regexes.Values() {
				e.RemoveRegex(v.Name)
			}
			return nil
		},
		Lines: func(c *config.Config, _ View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				for v := range c.Regexes.Values() {
					if !yield(Line{Section: release.SectionRegex, Text: "regex " + v.Name + ` "` + v.Pattern + `"`}) {
						return
					}
				}
			}
		},
	}
)

var (
	regexClassName = &g.Param[string]{Name: "class_map_name", Help: "class-map name", Type: g.Ident(40)}
	regexClassCmd  = &Command{
		Name: "class-map type regex", Help: "Configure MPF Class Map", Mode: Configure, Span: since72,
		Syntax: g.Seq(classMapWord, g.Word("type", "Specifies the type of class-map"), g.Word("regex", "Configure a class-map of type regex"),
			g.Word("match-any", "Logical-OR all matching statements"), regexClassName),
		ClearSyntax: classMapWord,
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			name := regexClassName.Get(m)
			if _, ok := e.View().RegexClass(name); !ok {
				e.SetRegexClass(config.RegexClass{Name: name})
			}
			c.Enter(ConfigRegexClass, name)
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			name := regexClassName.Get(m)
			if e.View().RegexInUse(name, true) {
				return Errorf(release.MPFInUse, "class-map type regex match-any "+name)
			}
			return found(e.RemoveRegexClass(name), "class-map type regex match-any "+name)
		},
	}

	regexClassAbout       = &g.Param[string]{Name: "text", Help: "description of the class-map", Type: g.Text()}
	regexClassDescription = &Command{
		Name: "description", Help: "Specify class-map description", Mode: ConfigRegexClass, Span: since72,
		Syntax:   g.Seq(g.Word("description", "Specify class-map description"), regexClassAbout),
		NoSyntax: g.Seq(g.Word("description", "Specify class-map description"), g.Opt(regexClassAbout)),
		Set: onRegexClass(func(v *config.RegexClass, m *g.Match) error {
			v.Description = regexClassAbout.Get(m)
			return nil
		}),
		No: onRegexClass(func(v *config.RegexClass, _ *g.Match) error { v.Description = ""; return nil }),
	}

	regexClassMember = &g.Param[string]{Name: "regex_name", Help: "name of a regular expression", Type: g.Ident(40)}
	regexClassMatch  = &Command{
		Name: "match", Help: "Configure classification criteria", Mode: ConfigRegexClass, Span: since72,
		Syntax: g.Seq(g.Word("match", "Configure classification criteria"), g.Word("regex", "Match a regular expression"), regexClassMember),
		Set: onRegexClass(func(v *config.RegexClass, m *g.Match) error {
			if name := regexClassMember.Get(m); !slices.Contains(v.Regexes, name) {
				v.Regexes = append(slices.Clip(v.Regexes), name)
			}
			return nil
		}),
		No: onRegexClass(func(v *config.RegexClass, m *g.Match) error {
			at := slices.Index(v.Regexes, regexClassMember.Get(m))
			if at >= 0 {
				v.Regexes = slices.Delete(slices.Clone(v.Regexes), at, at+1)
			}
			return found(at >= 0, "match regex "+regexClassMember.Get(m))
		}),
	}
)

// onRegexClass makes a Set of a change to the class of the sub-mode.
func onRegexClass(f func(*config.RegexClass, *g.Match) error) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		v, ok := e.View().RegexClass(c.Path[0])
		if !ok {
			return ErrUsage
		}
		if err := f(&v, m); err != nil {
			return err
		}
		e.SetRegexClass(v)
		return nil
	}
}

// regexClassLines are the classes; class-map prints them.
func regexClassLines(c *config.Config) []Line {
	var out []Line
	say := func(depth int, text string) {
		out = append(out, Line{Section: release.SectionClassMap, Depth: depth, Text: text})
	}
	for v := range c.RegexClasses.Values() {
		say(0, "class-map type regex match-any "+v.Name)
		if v.Description != "" {
			say(1, "description "+v.Description)
		}
		for _, name := range v.Regexes {
			say(1, "match regex "+name)
		}
	}
	return out
}
