package pixsim

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// askers are the files that may ask which release they run as, and why. Everywhere else what differs is a field of
// release.Release (ConsoleTraits, ConfigTraits, NATTraits ...), a span on a command or on a part of its grammar, or a row
// of a table that release.Rows goes through.
var askers = map[string]string{
	"appliance/release/release.go": "spans and what they mean",
	"appliance/release/fixup.go":   "rows with a second span",
	"cli/grammar/compile.go":       "words that exist in some releases",
	"cli/grammar/literals.go":      "names of ports and the like, likewise",
	"cli/command/table.go":         "commands that exist in some releases",
	"cli/command/render.go":        "likewise",
	"cli/command/stored_piece.go":  "words of stored lines that exist in some releases",
	"lab/startup.go":               "where a startup-config lies, by name",
}

// TestReleaseFacts: facts about releases are data. A file that asks is named with its lines; one that is excused without
// need is named too.
func TestReleaseFacts(t *testing.T) {
	files := 0
	asked := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		path = filepath.ToSlash(path)
		for _, q := range questions(f) {
			asked[path] = true
			if _, may := askers[path]; !may {
				t.Errorf("%s:%d: %s: make what differs a field of release.Release", path, set.Position(q.Pos()).Line, source(q))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files seen", files)
	}
	for path := range askers {
		if !asked[path] {
			t.Errorf("%s asks no more: take it off the list", path)
		}
	}
}

var (
	releaseName  = regexp.MustCompile(`^"(pix|asa)-\d`)
	releaseValue = regexp.MustCompile(`(\.(Version|Platform)|\bV\(\d+, \d+\)|\bVersion\{.*\})(\.\w+)?$`)
	comparisons  = []token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}
)

// questions are the expressions that ask for the release: Holds of a span; a Version or Platform, or a release's name,
// that is compared or switched on.
func questions(f ast.Node) []ast.Expr {
	var out []ast.Expr
	told := func(e ast.Expr) bool {
		text := source(ast.Unparen(e))
		return releaseName.MatchString(text) || releaseValue.MatchString(text)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			call, ok := n.Fun.(*ast.SelectorExpr)
			if ok && (call.Sel.Name == "Holds" || call.Sel.Name == "Compare" && slices.ContainsFunc(append(slices.Clone(n.Args), call.X), told)) {
				out = append(out, n)
			}
		case *ast.BinaryExpr:
			if slices.Contains(comparisons, n.Op) && (told(n.X) || told(n.Y)) {
				out = append(out, n)
			}
		case *ast.SwitchStmt:
			if n.Tag != nil && told(n.Tag) {
				out = append(out, n.Tag)
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				if told(e) {
					out = append(out, e)
				}
			}
		}
		return true
	})
	return out
}

// source is an expression as text.
func source(e ast.Expr) string {
	var b strings.Builder
	if err := printer.Fprint(&b, token.NewFileSet(), e); err != nil {
		return err.Error()
	}
	return b.String()
}

func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		code string
		asks int
	}{
		{`if inASA.Holds(c.Release) { f() }`, 1},
		{`if release.Since(release.V(6, 3)).Holds(rel) { f() }`, 1},
		{`if rel.Version.Compare(v) >= 0 { f() }`, 1},
		{`x := cmp.Compare(rel.Version.Major, 7)`, 1},
		{`if r.Platform == release.ASA { f() }`, 1},
		{`if rel.Version.Major > 6 { f() }`, 1},
		{`if span.To != release.V(6, 3) { f() }`, 1},
		{`if v == (release.Version{6, 3, 5, 0}) { f() }`, 1},
		{`if rel.Name == "pix-6.3" { f() }`, 1},
		{`switch rel.Name { case "pix-4.1", "pix-4.4": f() }`, 2},
		{`switch rel.Platform { case release.PIX: f() }`, 1},
		{`switch { case rel.Version.Minor < 3: f() }`, 1},
		{`if rel.Config.ExtendedACL { f() }`, 0},
		{`span := release.Since(release.V(6, 3))`, 0},
		{`say(rel.Version.String(), rel.Platform)`, 0},
		{`c := a.Addr().Compare(b.Addr()) + cmp.Compare(a.Level, b.Level)`, 0},
		{`if name == "pix-firewall" { f() }`, 0},
	} {
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, "", "package p\nfunc _() {\n"+c.code+"\n}", parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", c.code, err)
		}
		if got := len(questions(f)); got != c.asks {
			t.Errorf("%s: %d questions, want %d", c.code, got, c.asks)
		}
	}
}
