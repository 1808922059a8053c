package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rancidHome is a home directory with a .cloginrc for a box by telnet or SSH.
func rancidHome(t *testing.T, b *box, over, user, password string) string {
	t.Helper()
	dir := t.TempDir()
	host, port := hostPort(t, b.ssh)
	if over == "telnet" {
		host, port = hostPort(t, b.telnet)
	}
	text := fmt.Sprintf("add method %[1]s {%[2]s:%[3]s}\nadd user %[1]s %[4]s\nadd password %[1]s %[5]s cisco\n", host, over, port, user, password)
	if err := os.WriteFile(filepath.Join(dir, ".cloginrc"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// rancid is a program of RANCID in such a directory.
func rancid(t *testing.T, home, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(client(t, program), args...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TERM=network")
	return cmd
}

// TestClientRancid: commands by clogin, and a whole collection, in which every command gets its prompt; the second one
// differs in nothing.
func TestClientRancid(t *testing.T) {
	client(t, "rancid")
	for _, c := range []struct{ release, over, lines string }{
		{"pix-6.3", "telnet", ""}, {"pix-7.2", "ssh", ""}, {"asa-8.2", "telnet", ""}, {"asa-8.2", "ssh", ""}, {"asa-8.3", "ssh", account},
		{"asa-9.1", "ssh", account}, {"asa-9.8", "ssh", account}, {"asa-9.12", "telnet", ""},
	} {
		t.Run(c.release+" by "+c.over, func(t *testing.T) {
			t.Parallel()
			b := bootRelease(t, c.release, "--startup-config", startupWith(t, c.release, c.lines))
			user, password := "pix", "cisco"
			if c.lines != "" {
				user, password = "admin", "secret15"
			}
			home := rancidHome(t, b, c.over, user, password)
			code, out := runs(t, rancid(t, home, "clogin", "-c", "show version;show clock", "127.0.0.1"))
			if code != 0 || !strings.Contains(out, "Hardware:") || !regexp.MustCompile(`# ?show clock\r\n[\d.:]+ UTC `).MatchString(out) {
				t.Errorf("clogin: %d %s", code, out)
			}
			first := collected(t, home)
			for _, want := range []string{"!RANCID-CONTENT-TYPE: cisco\n", "\n!Chassis type: ", "\n!Memory: ", "\n!CPU: ", "\n!Image: Compiled: on ", "\n!Serial Number: ", "\nhostname "} {
				if !strings.Contains(first, want) {
					t.Errorf("the collection lacks %q: %s", want, first)
				}
			}
			if !strings.HasSuffix(first, "\n: end\n") || strings.Contains(first, "Invalid input") || strings.Contains(first, "More") {
				t.Errorf("the collection: %s", first)
			}
			if second := collected(t, home); second != first {
				t.Errorf("the second collection differs: %s", firstDifference(first, second))
			}
			b.stops()
		})
	}
}

// collected is what RANCID keeps of a box; whatever it says on the way is an error.
func collected(t *testing.T, home string) string {
	t.Helper()
	if code, out := runs(t, rancid(t, home, "rancid", "-t", "cisco", "127.0.0.1")); code != 0 || out != "" {
		t.Fatalf("rancid: %d %s", code, out)
	}
	text, err := os.ReadFile(filepath.Join(home, "127.0.0.1.new"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
