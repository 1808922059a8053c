package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClientOpenSSH: what people and scripts do with the client of OpenSSH beside typing: commands with and without a terminal,
// from standard input, with answers to their questions; and what the box does not have, which is refused and not hung upon.
func TestClientOpenSSH(t *testing.T) {
	client(t, "sshpass")
	for _, release := range []string{"pix-7.2", "asa-8.4", "asa-9.12"} {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			b := bootRelease(t, release, "--startup-config", startupWith(t, release, account+"ssh scopy enable\n"))
			host, port := hostPort(t, b.ssh)
			at := []string{"-p", port, "admin@" + host}
			const level = "Username : admin\nCurrent privilege level : 15\nCurrent Mode/s : P_PRIV\n"
			var script strings.Builder
			script.WriteString("enable\ncisco\nterminal pager 0\nconfigure terminal\n")
			for i := range 200 {
				fmt.Fprintf(&script, "access-list BIG extended permit tcp any host 10.0.0.1 eq %d\n", 2000+i)
			}
			script.WriteString("end\nshow running-config access-list BIG\nexit\n")
			for _, c := range []struct {
				what    string
				options []string
				command string
				in      string
				code    int
				says    string
			}{
				{"a command", nil, "show curpriv", "", 0, level},
				{"a command at a terminal", []string{"-tt"}, "show curpriv", "", 0, strings.ReplaceAll(level, "\n", "\r\n")},
				{"commands by lines", []string{"-T"}, "show curpriv\nshow mode", "", 0, level + "Security context mode: single\n"},
				{"keyboard-interactive", []string{"-o", "PreferredAuthentications=keyboard-interactive"}, "show curpriv", "", 0, level},
				{"agent, X11 and environment", []string{"-A", "-X", "-o", "SendEnv=LANG"}, "show curpriv", "", 0, level},
				{"a question with its answer", nil, "write erase", "\n", 0, "[confirm]\n[OK]\n"},
				{"a question with an answer typed", nil, "copy running-config startup-config", "\n", 0, " secs\n"},
				{"a line that is none", nil, "show curpriv; show mode", "", 1, "ERROR: % Invalid input detected at '^' marker.\n"},
				{"a script of many lines", []string{"-T"}, "", script.String(), 0, "access-list BIG extended permit tcp any host 10.0.0.1 eq 2199"},
				{"a script at a terminal", []string{"-tt"}, "", "enable\ncisco\nshow mode\nexit\n", 0, "# show mode\r\nSecurity context mode: single\r\n"},
				{"a subsystem", []string{"-s"}, "netconf", "", 255, "subsystem request failed"},
				{"a way through", []string{"-W", "10.1.1.10:25"}, "", "", 255, "stdio forwarding failed"},
			} {
				args := append(c.options, at...)
				if c.command != "" {
					args = append(args, c.command)
				}
				cmd := sshpass(t, "secret15", "ssh", args...)
				cmd.Stdin = strings.NewReader(c.in)
				if code, out := runs(t, cmd); code != c.code || !strings.Contains(out, c.says) {
					t.Errorf("%s: exit code %d: %q", c.what, code, out)
				}
			}
			file := filepath.Join(t.TempDir(), "got")
			if code, out := runs(t, sshpass(t, "secret15", "scp", "-O", "-P", port, "admin@"+host+":running-config", file)); code != 0 {
				t.Errorf("scp -O: %d %s", code, out)
			}
			if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "\naccess-list BIG extended permit tcp any host 10.0.0.1 eq 2199") {
				t.Errorf("what came by scp: %v %s", err, text)
			}
			// The protocol of sftp, which scp takes by itself, is not there: it is refused at once, by its name.
			for _, program := range []string{"scp", "sftp"} {
				args := []string{"-P", port, "admin@" + host}
				if program == "scp" {
					args = []string{"-P", port, "admin@" + host + ":running-config", file + ".sftp"}
				}
				cmd := sshpass(t, "secret15", program, args...)
				cmd.Stdin = strings.NewReader("ls\n")
				if code, out := runs(t, cmd); code == 0 || !strings.Contains(out, "subsystem request failed") {
					t.Errorf("%s: %d %s", program, code, out)
				}
			}
			if code, out := runs(t, sshpass(t, "secret15", "ssh", append(at, "show curpriv")...)); code != 0 || !strings.Contains(out, level) {
				t.Errorf("after all that: %d %s", code, out)
			}
			b.stops()
		})
	}
}
