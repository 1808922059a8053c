package pixsim

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed is who imports whom inside the module; a package that is not listed may import nothing of it, and an import
// that nobody needs any more leaves the table. docs/model.md says why the wider rows are as wide as they are.
var allowed = map[string][]string{
	"":                       {},
	"cmd/pixsim":             {"appliance", "lab", "appliance/release", "cli/remote", "cli/term", "dataplane/link"},
	"lab":                    {"", "appliance", "appliance/dhcp", "appliance/tftp", "appliance/release", "cli/term", "dataplane", "dataplane/hoststack", "dataplane/inspect/smtp", "dataplane/link", "dataplane/packet"},
	"appliance/tftp":         {},
	"appliance/dhcp":         {},
	"appliance/resolver":     {},
	"appliance":              {"appliance/tftp", "appliance/dhcp", "appliance/resolver", "cli", "cli/remote", "cli/command", "cli/term", "appliance/config", "appliance/release", "dataplane", "dataplane/acl", "dataplane/inspect/smtp", "dataplane/link", "dataplane/hoststack", "dataplane/packet"},
	"cli/remote":             {"cli/term"},
	"cli":                    {"cli/command", "cli/grammar", "cli/lexer", "cli/term", "appliance/config", "appliance/release"},
	"cli/term":               {},
	"cli/command":            {"cli/grammar", "appliance/config", "appliance/release", "dataplane", "dataplane/acl", "dataplane/inspect/smtp", "dataplane/packet"},
	"cli/grammar":            {"appliance/release", "cli/lexer"},
	"cli/lexer":              {},
	"appliance/config":       {"appliance/release"},
	"appliance/release":      {"dataplane/inspect/smtp"},
	"dataplane":              {"dataplane/packet", "dataplane/acl", "dataplane/stream", "dataplane/inspect/smtp", "dataplane/link"},
	"dataplane/hoststack":    {"dataplane/link", "dataplane/packet"},
	"dataplane/link":         {"dataplane/packet"},
	"dataplane/stream":       {"dataplane/packet", "dataplane/inspect/smtp"},
	"dataplane/packet":       {},
	"dataplane/acl":          {},
	"dataplane/inspect/smtp": {},
}

// owner is the one package that imports a third-party module, so that it can be replaced in one place.
var owner = map[string][]string{
	"github.com/gliderlabs/ssh":      {"cli/remote"},
	"github.com/chzyer/readline":     {"cli/term"},
	"github.com/insomniacslk/dhcp":   {"appliance/dhcp"},
	"github.com/google/shlex":        {"lab", "cli/remote"},
	"gvisor.dev/gvisor":              {"dataplane/hoststack"},
	"github.com/alecthomas/kong":     {"cmd/pixsim"},
	"github.com/google/renameio":     {"appliance", "lab"},
	"github.com/gopacket/gopacket":   {"dataplane/link"},
	"github.com/emersion/go-sasl":    {"lab"},
	"github.com/emersion/go-message": {"lab"},
	"github.com/cilium/ebpf":         {"dataplane/link"},
	"golang.org/x/crypto":            {"cli/remote"},
	"golang.org/x/net":               {"appliance/resolver"},
	"golang.org/x/sys":               {"dataplane/link"},
	"golang.org/x/term":              {"cli/remote"},
	"golang.org/x/tools":             {"lab"},
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
	needed := map[[2]string]bool{}
	for _, line := range lines {
		path, imports, _ := strings.Cut(line, "\t")
		pkg := inner(path)
		may, known := allowed[pkg]
		if !known {
			t.Errorf("%s is not in the table of packages", path)
		}
		for _, imp := range strings.Fields(imports) {
			needed[[2]string{pkg, inner(imp)}] = true
			if fault := forbidden(pkg, imp, may); fault != "" {
				t.Errorf("%s imports %s: %s", path, imp, fault)
			}
		}
	}
	for pkg, may := range allowed {
		for _, imp := range may {
			if !needed[[2]string{pkg, imp}] {
				t.Errorf("the table lets %q import %q, which it does not", pkg, imp)
			}
		}
	}
}

// inner is the name of a package within the module, "" for its root; any other path stays as it is.
func inner(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, "pixsim"), "/") }

// forbidden says why pkg may not import imp; "" when it may.
func forbidden(pkg, imp string, may []string) string {
	if imp == "pixsim" || strings.HasPrefix(imp, "pixsim/") {
		if !slices.Contains(may, inner(imp)) {
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
