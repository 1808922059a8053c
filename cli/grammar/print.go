package grammar

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"pixsim/appliance/release"
)

// Usage is s in the notation of the manuals, for release r: fixup protocol <protocol> [<port>].
func Usage(s Syntax, r *release.Release) string {
	if !exists(s, r) {
		return ""
	}
	switch s := s.(type) {
	case *Keyword:
		return s.Text
	case param:
		name := s.describe().name
		if strings.Contains(name, "<") || strings.HasPrefix(name, "(") {
			return name
		}
		return "<" + name + ">"
	case *group:
		return groupUsage(s, r)
	}
	panic(fmt.Sprintf("grammar: %T is no syntax", s))
}

func groupUsage(g *group, r *release.Release) string {
	var parts []string
	for _, k := range g.living(r) {
		if kw, ok := k.(*Keyword); ok && kw.Hidden {
			continue
		}
		if u := Usage(k, r); u != "" {
			parts = append(parts, u)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	switch g.kind {
	case kindAlt:
		return alternatives(parts)
	case kindOpt:
		in := strings.Join(parts, " ")
		if len(parts) == 1 && strings.HasPrefix(in, "{") && strings.HasSuffix(in, "}") {
			in = in[1 : len(in)-1]
		}
		return "[" + in + "]"
	case kindMany:
		in := strings.Join(parts, " ")
		return in + " [" + in + " ...]"
	case kindAny:
		for i, p := range parts {
			if !strings.HasPrefix(p, "[") {
				parts[i] = "[" + p + "]"
			}
		}
	}
	return strings.Join(parts, " ")
}

// alternatives is a|b|c where each is one word, else {a b|c}.
func alternatives(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	in := strings.Join(parts, "|")
	if strings.ContainsAny(in, " ") {
		return "{" + in + "}"
	}
	return in
}

// Enumerate is every form of s in release r as one line of documentation: the alternatives at its top level are lines of
// their own.
func Enumerate(s Syntax, r *release.Release) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range forms(s, r) {
			if u := Usage(f, r); u != "" && !yield(u) {
				return
			}
		}
	}
}

// forms resolves the alternatives that are parts of the outermost sequence, as long as they are few.
func forms(s Syntax, r *release.Release) []Syntax {
	const many = 12
	g, ok := s.(*group)
	if !ok || !exists(s, r) {
		return []Syntax{s}
	}
	switch g.kind {
	case kindAlt:
		var out []Syntax
		for _, k := range g.living(r) {
			out = append(out, forms(k, r)...)
		}
		return out
	case kindSeq, kindIn:
		lines := [][]Syntax{nil}
		for _, k := range g.living(r) {
			fs := forms(k, r)
			if len(fs)*len(lines) > many || !worthALine(k) {
				fs = []Syntax{k}
			}
			var next [][]Syntax
			for _, l := range lines {
				for _, f := range fs {
					next = append(next, append(slices.Clone(l), f))
				}
			}
			lines = next
		}
		var out []Syntax
		for _, l := range lines {
			out = append(out, Seq(l...))
		}
		return out
	}
	return []Syntax{s}
}

// worthALine: permit|deny reads better within its line.
func worthALine(s Syntax) bool {
	g, ok := s.(*group)
	if !ok {
		return false
	}
	return slices.ContainsFunc(g.kids, func(k Syntax) bool { _, inner := k.(*group); return inner })
}

// Doc is one word or parameter of a syntax, for its documentation.
type Doc struct{ Text, Help, Values string }

// Words lists the words and parameters of s in release r, each once, in the order of the syntax.
func Words(s Syntax, r *release.Release) iter.Seq[Doc] {
	return func(yield func(Doc) bool) {
		seen := map[Doc]bool{}
		var walk func(Syntax) bool
		walk = func(s Syntax) bool {
			if !exists(s, r) {
				return true
			}
			var d Doc
			switch s := s.(type) {
			case *group:
				for _, k := range s.living(r) {
					if !walk(k) {
						return false
					}
				}
				return true
			case *Keyword:
				if s.Hidden {
					return true
				}
				d = Doc{Text: s.Text, Help: s.Help}
			case param:
				in := s.describe()
				d = Doc{Text: Usage(s, r), Help: in.help, Values: in.label}
				if in.words != nil && in.label == "" {
					d.Values = strings.Join(in.words(plain{r}), ", ")
				}
			}
			if seen[d] {
				return true
			}
			seen[d] = true
			return yield(d)
		}
		walk(s)
	}
}

// Generate is a random valid line of s in canonical spelling: whole words, what Type.Sample gives, single blanks.
func Generate(s Syntax, e Env, r *rand.Rand) string {
	var words []string
	generate(s, e, r, &words)
	return strings.Join(words, " ")
}

func generate(s Syntax, e Env, r *rand.Rand, out *[]string) {
	if !exists(s, e.Release()) {
		return
	}
	switch s := s.(type) {
	case *Keyword:
		*out = append(*out, s.Text)
	case param:
		in := s.describe()
		w := in.example(e, r)
		if in.quoted {
			w = `"` + w + `"`
		}
		*out = append(*out, w)
	case *group:
		generateGroup(s, e, r, out)
	}
}

// example is a valid word; a Type without Sample must have Words.
func (in paramInfo) example(e Env, r *rand.Rand) string {
	if in.sample != nil {
		return in.sample(e, r)
	}
	if in.words != nil {
		if ws := in.words(e); len(ws) > 0 {
			return ws[r.IntN(len(ws))]
		}
	}
	return "?" + in.name // fits nothing: the test of generated lines names the culprit
}

func generateGroup(g *group, e Env, r *rand.Rand, out *[]string) {
	kids := g.living(e.Release())
	times := 1
	switch g.kind {
	case kindAlt:
		generate(kids[r.IntN(len(kids))], e, r, out)
		return
	case kindAny:
		for _, i := range r.Perm(len(kids)) {
			if r.IntN(2) == 0 {
				generate(kids[i], e, r, out)
			}
		}
		return
	case kindOpt:
		times = r.IntN(2)
	case kindMany:
		times = 1 + r.IntN(3)
	}
	for range times {
		for _, k := range kids {
			generate(k, e, r, out)
		}
	}
}

// Values are the names of all values in s, whatever the release, as Usage writes them.
func Values(s Syntax) iter.Seq[string] {
	return func(yield func(string) bool) { eachValue(s, yield) }
}

func eachValue(s Syntax, yield func(string) bool) bool {
	switch s := s.(type) {
	case param:
		return yield(Usage(s, nil))
	case *group:
		return !slices.ContainsFunc(s.kids, func(k Syntax) bool { return !eachValue(k, yield) })
	}
	return true
}

// Literals are the fixed words that may be typed in s in release r: keywords, and the words of parameters that have a
// closed set of them.
func Literals(s Syntax, r *release.Release) iter.Seq[string] {
	return func(yield func(string) bool) { eachFixed(s, r, yield) }
}

func eachFixed(s Syntax, r *release.Release, yield func(string) bool) bool {
	if !exists(s, r) {
		return true
	}
	switch s := s.(type) {
	case *Keyword:
		return yield(s.Text)
	case *group:
		for _, k := range s.living(r) {
			if !eachFixed(k, r, yield) {
				return false
			}
		}
	case param:
		if in := s.describe(); in.words != nil {
			for _, w := range in.words(plain{r}) {
				if !yield(w) {
					return false
				}
			}
		}
	}
	return true
}
