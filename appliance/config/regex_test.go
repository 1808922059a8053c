package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCompileRegex(t *testing.T) {
	for _, c := range []struct {
		pattern  string
		fits, no []string
	}{
		{"d.g", []string{"dog", "dag", "doggonnit", "d\ng", "d\xffg"}, []string{"dg", "dgo"}},
		{"d(o|a)g", []string{"dog", "dag"}, []string{"do", "dig"}},
		{"dog|cat", []string{"dog", "xcatx"}, []string{"dot", "ca"}},
		{"lo?se", []string{"lse", "lose"}, []string{"loose"}},
		{"lo*se", []string{"lse", "lose", "loose"}, []string{"los"}},
		{"lo+se", []string{"lose", "loose"}, []string{"lse"}},
		{"ab(xy){2,}z", []string{"abxyxyz", "abxyxyxyz"}, []string{"abxyz"}},
		{"ab(xy){2}z", []string{"abxyxyz", "abxyxyxyz"}, []string{"abxyz"}},
		{"a{0}b", []string{"b", "aab"}, []string{"a"}},
		{"[abc]d", []string{"ad", "cd"}, []string{"dd", "Ad"}},
		{"[^abc]d", []string{"dd", "\xc3\xa4d", "\nd"}, []string{"ad", "d"}},
		{"[^A-Z]", []string{"a"}, []string{"A", ""}},
		{"[abcq-z]!", []string{"a!", "t!"}, []string{"d!", "-!"}},
		{"[a-cq-z]!", []string{"b!", "z!"}, []string{"-!", "p!"}},
		{"[abc-]!", []string{"-!", "a!"}, []string{"d!"}},
		{"[-abc]!", []string{"-!", "c!"}, []string{"d!"}},
		{"[^-a]!", []string{"b!"}, []string{"-!", "a!"}},
		{"[a[]!", []string{"[!"}, []string{"]!"}},
		{"[$^.]!", []string{"^!", ".!", "$!"}, []string{"a!"}},
		{`[\]\\]!`, []string{"]!", `\!`}, []string{"a!"}},
		{`[\r\n\t\f ]!`, []string{"\r!", "\n!", "\t!", "\f!", " !"}, []string{"r!", "n!"}},
		{`[\x41-\103]!`, []string{"A!", "B!", "C!"}, []string{"D!"}},
		{"^Con", []string{"Content", "a\nContent"}, []string{" Con", "aCon"}},
		{"(a|^b)c", []string{"xac", "bc"}, []string{"xbc"}},
		{`\.exe`, []string{"a.exe"}, []string{"aexe", "a.EXE"}},
		{`\[\*\^`, []string{"[*^"}, []string{"["}},
		{`\r\n\t\f`, []string{"\r\n\t\f"}, []string{"rntf"}},
		{`\x0a\xFf`, []string{"\n\xff"}, []string{"\n\xc3\xbf"}},
		{`\040\377`, []string{" \xff"}, []string{" "}},
		{`\000`, []string{"\x00"}, []string{"0"}},
		{`\d`, []string{"d"}, []string{"1"}},
		{"a$", []string{"a$"}, []string{"a"}},
		{"]", []string{"]"}, []string{"["}},
		{"a}", []string{"a}"}, []string{"a"}},
		{"(ab)+?c", []string{"c", "ababc"}, []string{"ab"}},
		{"a**", []string{""}, nil},
		{"Ä", []string{"Ä"}, []string{"ä", "\xc4"}},
		{"(?:a)", nil, nil},
		{"a(?i)", nil, nil},
	} {
		x, err := CompileRegex(c.pattern)
		if err != nil {
			if c.fits != nil {
				t.Errorf("%q: %v", c.pattern, err)
			}
			continue
		}
		if c.fits == nil {
			t.Errorf("%q was taken", c.pattern)
		}
		for _, s := range c.fits {
			if !x.Match([]byte(s)) {
				t.Errorf("%q does not fit %q", c.pattern, s)
			}
		}
		for _, s := range c.no {
			if x.Match([]byte(s)) {
				t.Errorf("%q fits %q", c.pattern, s)
			}
		}
	}
}

func TestCompileRegexRefuses(t *testing.T) {
	for _, pattern := range []string{
		"", strings.Repeat("a", maxPattern+1), "(", ")", "a)(", "(a", "[", "[]", "[^]", "[a", "[b-a]", `[\`, `a\`, `\x4`, `\x4g`, `\xg1`, `\04`,
		`\400`, `\8`, `\189`, "*a", "|*", "(+)", "^*", "a{", "a{}", "a{,}", "a{,2}", "a{1,2}", "a{x}", "a{256}", "{2}", `[a-\xfg]`,
		"((((a{255}){255}){255}){255})",
	} {
		if _, err := CompileRegex(pattern); err == nil {
			t.Errorf("%q was taken", pattern)
		}
	}
	if _, err := CompileRegex(strings.Repeat("a", maxPattern)); err != nil {
		t.Error(err)
	}
}

func TestExpressionLooksAtTheBeginning(t *testing.T) {
	x, err := CompileRegex("b")
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int) []byte { return append(bytes.Repeat([]byte("a"), n), 'b') }
	if !x.Match(at(maxSubject-1)) || x.Match(at(maxSubject)) {
		t.Error("the octets that are looked at are not 512")
	}
}

// TestCompileRegexAgainstLiterals: what is escaped, in whichever way, fits itself and nothing else.
func TestCompileRegexAgainstLiterals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "text")
		var pattern strings.Builder
		for _, c := range text {
			switch rapid.IntRange(0, 2).Draw(t, "way") {
			case 0:
				pattern.WriteString(fmt.Sprintf(`\x%02x`, c))
			case 1:
				pattern.WriteString(fmt.Sprintf(`\%03o`, c))
			default:
				pattern.WriteString(fmt.Sprintf(`[\x%02x]`, c))
			}
		}
		p := pattern.String()
		if len(p) > maxPattern {
			return
		}
		x, err := CompileRegex(p)
		if err != nil {
			t.Fatal(err)
		}
		other := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "other")
		for _, b := range [][]byte{text, other, append(other, text...)} {
			if x.Match(b) != bytes.Contains(b, text) {
				t.Fatalf("%q on %q: %v", p, b, x.Match(b))
			}
		}
	})
}

// TestCompileRegexAgainstRegexp compares with package regexp where both syntaxes say the same.
func TestCompileRegexAgainstRegexp(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab)", "a*", "b+", "(ab)?", "^", "|", "[a-c]", `\.`, `\|`, "(a{2,}b)"})
	rapid.Check(t, func(t *rapid.T) {
		p := strings.Join(rapid.SliceOfN(piece, 1, 8).Draw(t, "pattern"), "")
		oracle, err := regexp.Compile("(?sm)" + p)
		if err != nil {
			t.Skip()
		}
		x, err := CompileRegex(p)
		if err != nil {
			t.Fatalf("%q: %v", p, err)
		}
		s := rapid.StringMatching(`[abc.|\n]{0,12}`).Draw(t, "text")
		if got, want := x.Match([]byte(s)), oracle.MatchString(s); got != want {
			t.Fatalf("%q on %q: %v, want %v", p, s, got, want)
		}
	})
}

func FuzzCompileRegex(f *testing.F) {
	for _, s := range []string{"a(b|c)*[^d-f]{2,}\\x41", "[", "(((", `\0`, "a{255}{255}", "^|$"} {
		f.Add(s, []byte("abc"))
	}
	f.Fuzz(func(t *testing.T, pattern string, b []byte) {
		if x, err := CompileRegex(pattern); err == nil {
			x.Match(b)
		}
	})
}
