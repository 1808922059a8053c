package pixsim

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is who may import whom inside the module; a package that is not listed may import nothing of it.
var allowed = map[string][]string{
	"":                       {},
	"cmd/pixsim":             {"", "appliance", "lab", "appliance/release", "cli/command", "cli/remote", "cli/term", "dataplane/inspect/smtp", "dataplane/link"},
	"lab":                    {"", "appliance", "appliance/release", "cli/term", "dataplane/hoststack", "dataplane/link", "dataplane/stream", "dataplane/inspect/smtp"},
	"appliance":              {"cli", "cli/remote", "cli/command", "cli/term", "appliance/config", "appliance/release", "dataplane", "dataplane/acl", "dataplane/inspect/smtp", "dataplane/link", "dataplane/hoststack"},
	"cli/remote":             {"cli", "cli/term"},
	"cli":                    {"cli/command", "cli/grammar", "cli/lexer", "cli/term", "appliance/config", "appliance/release", "dataplane"},
	"cli/term":               {},
	"cli/command":            {"cli/grammar", "appliance/config", "appliance/release", "dataplane", "dataplane/acl", "dataplane/inspect/smtp"},
	"cli/grammar":            {"appliance/release", "cli/lexer"},
	"cli/lexer":              {},
	"appliance/config":       {"appliance/release", "dataplane/inspect/smtp"},
	"appliance/release":      {"dataplane/inspect/smtp"},
	"dataplane":              {"dataplane/packet", "dataplane/acl", "dataplane/stream", "dataplane/inspect/smtp", "dataplane/link"},
	"dataplane/hoststack":    {"dataplane/link"},
	"dataplane/link":         {"dataplane/packet"},
	"dataplane/stream":       {"dataplane/packet", "dataplane/inspect/smtp"},
	"dataplane/packet":       {},
	"dataplane/acl":          {},
	"dataplane/inspect/smtp": {},
}

// owner is the one package that imports a third-party module, so that it can be replaced in one place.
var owner = map[string][]string{
	"github.com/gliderlabs/ssh":    {"cli/remote"},
	"github.com/chzyer/readline":   {"cli/term"},
	"github.com/google/shlex":      {"lab"},
	"gvisor.dev/gvisor":            {"dataplane/hoststack"},
	"github.com/alecthomas/kong":   {"cmd/pixsim"},
	"github.com/google/renameio":   {"appliance", "lab"},
	"github.com/gopacket/gopacket": {"dataplane/link"},
	"github.com/emersion/go-sasl":  {"lab"},
	"golang.org/x/crypto":          {"cli/remote"},
	"golang.org/x/term":            {"cli/remote"},
	"golang.org/x/tools":           {"lab"},
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{"\t"}}{{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < len(allowed)/2 {
		t.Fatalf("go list sees only %d packages", len(lines))
	}
	for _, line := range lines {
		path, imports, _ := strings.Cut(line, "\t")
		pkg := strings.TrimPrefix(strings.TrimPrefix(path, "pixsim"), "/")
		may, known := allowed[pkg]
		if !known {
			t.Errorf("%s is not in the table of packages", path)
		}
		for _, imp := range strings.Fields(imports) {
			if fault := forbidden(pkg, imp, may); fault != "" {
				t.Errorf("%s imports %s: %s", path, imp, fault)
			}
		}
	}
}

// forbidden says why pkg may not import imp; "" when it may.
func forbidden(pkg, imp string, may []string) string {
	if imp == "pixsim" || strings.HasPrefix(imp, "pixsim/") {
		if inner := strings.TrimPrefix(strings.TrimPrefix(imp, "pixsim"), "/"); !slices.Contains(may, inner) {
			return "not downward"
		}
		return ""
	}
	first, _, _ := strings.Cut(imp, "/")
	if !strings.Contains(first, ".") {
		return "" // the standard library
	}
	for module, pkgs := range owner {
		if imp == module || strings.HasPrefix(imp, module+"/") {
			if !slices.Contains(pkgs, pkg) {
				return "that module belongs to " + strings.Join(pkgs, " and ")
			}
			return ""
		}
	}
	return "a module without an owner"
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		pkg, imp string
		ok       bool
	}{
		{"dataplane", "pixsim/appliance/release", false},
		{"dataplane", "pixsim/dataplane/acl", true},
		{"cli", "github.com/gliderlabs/ssh", false},
		{"cli/remote", "github.com/gliderlabs/ssh", true},
		{"cli/remote", "example.com/new", false},
		{"dataplane/packet", "encoding/binary", true},
		{"cli/term", "pixsim", false},
	} {
		if got := forbidden(c.pkg, c.imp, allowed[c.pkg]) == ""; got != c.ok {
			t.Errorf("forbidden(%q, %q) allows %v, want %v", c.pkg, c.imp, got, c.ok)
		}
	}
}
