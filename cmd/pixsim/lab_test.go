package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// labOutput is what `pixsim lab ...` prints, and its exit code.
func labOutput(args ...string) (out, diag string, code int) {
	var o, e bytes.Buffer
	code = run(append([]string{"lab"}, args...), streams{out: &o, err: &e})
	return o.String(), e.String(), code
}

func TestLabList(t *testing.T) {
	out, diag, code := labOutput("list")
	if code != exitOK || diag != "" {
		t.Errorf("%d %s", code, diag)
	}
	for _, want := range []string{`(?m)^inspect-esmtp$`, `(?m)^    On 7\.0 and later`, `(?m)^    on asa-8\.2$`, `(?m)^ +Whoever connects to port 25`, `(?m)^ +Symptom 4 occurs in pix-4\.0 to pix-6\.3\. It does not in pix-7\.0 to`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	narrow(t, "lab list", out)
}

func TestLabRun(t *testing.T) {
	out, diag, code := labOutput("run", "recognise", "--release", "pix-6.3")
	if code != exitOK || diag != "" || strings.Contains(out, "\x1b") || strings.Contains(out, "FAIL") ||
		!strings.Contains(out, "Whoever connects") || !strings.Contains(out, "=== recognise on pix-6.3: all as described") {
		t.Errorf("%d %s\n%s", code, diag, out)
	}
}

// TestLabRunSides: both sides of the wires behind the script, if they are wanted, and in files.
func TestLabRunSides(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("COLUMNS", "80")
	with, diag, code := labOutput("run", "recognise", "--release", "pix-6.3", "--transcript", dir)
	if code != exitOK || diag != "" || !strings.Contains(with, "\nconnection 1 through pix-6.3, inspected\n") || !strings.Contains(with, "\nconnection 2 through pix-6.3, not inspected\n") {
		t.Errorf("%d %s\n%s", code, diag, with)
	}
	_, sides, _ := strings.Cut(with, "\nconnection 1 ")
	narrow(t, "lab run", sides)
	// The server may hear of the end before the script is over, and is shown then, or after.
	if with, _, _ := strings.Cut(with, "\nconnection 1 "); !regexp.MustCompile(`client close\n( +server +\| \(closed\)\n)?$`).MatchString(with) {
		t.Errorf("the sides are not behind the script:\n%s", with)
	}
	for _, name := range []string{"0001.txt", "0001-client.pcap", "0001-server.pcap", "0002.txt"} {
		if info, err := os.Stat(filepath.Join(dir, "recognise", "pix-6.3", name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	without, _, code := labOutput("run", "recognise", "--release", "pix-6.3", "--no-sides")
	if code != exitOK || strings.Contains(without, "connection 1 ") {
		t.Errorf("%d\n%s", code, without)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, diag, code := labOutput("run", "recognise", "--release", "pix-6.3", "--transcript", file); code != exitFailure || !strings.HasPrefix(diag, "pixsim: --transcript: ") {
		t.Errorf("%d %q", code, diag)
	}
}

func TestLabRunOfAFile(t *testing.T) {
	write := func(text string) string {
		name := filepath.Join(t.TempDir(), "mine.txtar")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	out, diag, code := labOutput("run", write("# # Mine\nreleases pix-6.3\nclient dial\nclient greeting 220 hello\n"))
	if code != exitFailure || !strings.HasPrefix(diag, "pixsim: mine.txtar:4 [pix-6.3] client greeting 220 hello: expected") ||
		!strings.Contains(out, "  FAIL    4  client greeting") || !strings.Contains(out, "=== mine on pix-6.3: FAILED") {
		t.Errorf("%d %s\n%s", code, diag, out)
	}
	if _, diag, code := labOutput("run", write("# # Mine\nreleases pix-6.3\nclient dail\n")); code != exitUsage || !strings.Contains(diag, "mine.txtar:3: no command") {
		t.Errorf("%d %s", code, diag)
	}
}

func TestLabRunRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "nix"}, "there are dhcp, existing-connection,"},
		{[]string{"run", "inspect-esmtp", "--release", "pix-6.3"}, "inspect-esmtp is for asa-8.2\n"},
		{[]string{"run", "inspect-esmtp", "--release", "pix-7.2"}, "inspect-esmtp is for asa-8.2; pix-7.2 inspects mail as asa-8.2 does\n"},
		{[]string{"run", "goodmorning", "--release", "pix-6.1"}, "asa-8.2; pix-6.1 inspects mail as pix-6.3 does\n"},
		{[]string{"run", "goodmorning", "--release", "pix-5.0"}, "asa-8.2; pix-5.0 inspects mail as pix-4.4 does\n"},
		{[]string{"run", "s05-certain-domains", "--release", "asa-9.12"}, "asa-9.4; asa-9.12 inspects mail as asa-9.4 does\n"},
		{[]string{"run", "s02-attachments", "--release", "pix-5.1(2)"}, "asa-9.4\n"}, // the build has a flaw that none of them has
	} {
		out, diag, code := labOutput(c.args...)
		if code != exitUsage || out != "" || !strings.Contains(diag, c.want) || strings.Count(diag, "\n") != 1 {
			t.Errorf("%v: %d %q %q", c.args, code, out, diag)
		}
	}
}

// TestFaultsOfAFile: each fault is a line that says who speaks, their number is bounded, and a terminal obeys none.
func TestFaultsOfAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "bad.txtar")
	if err := os.WriteFile(name, []byte("# # Mine\nreleases pix-6.3\n"+strings.Repeat("client 'a\x1b[2Jb\n", 2*maxSaid)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, diag, code := labOutput("run", name)
	lines := strings.Split(strings.TrimSuffix(diag, "\n"), "\n")
	if code != exitUsage || len(lines) != maxSaid+1 || lines[maxSaid] != "pixsim: 20 errors in all" || strings.Contains(diag, "\x1b") {
		t.Errorf("%d %q", code, diag)
	}
	for i, line := range lines[:maxSaid] {
		if !strings.HasPrefix(line, fmt.Sprintf("pixsim: bad.txtar:%d: ", i+3)) && !strings.HasPrefix(line, fmt.Sprintf("pixsim: %s:%d: ", name, i+3)) {
			t.Errorf("%q", line)
		}
	}
}
