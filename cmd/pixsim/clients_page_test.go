package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pageBlock is a block of a page between a comment that says what it is and its end.
var pageBlock = regexp.MustCompile("(?s)<!-- (file|run): (\\S+) -->\n```\\w+\n(.*?)```\n")

// programs of the page, whose blocks are left out where they are not installed.
var pagePrograms = map[string]string{"ansible": "ansible-playbook", "rancid": "rancid", "expect": "expect"}

// TestClientAutomationPage: docs/automation.md shows what happens. Its files are written, its commands typed, and what they
// print is compared; only the ports are others, passwords are given by sshpass, and ssh asks nothing about the host key.
func TestClientAutomationPage(t *testing.T) {
	client(t, "sshpass")
	for _, program := range pagePrograms {
		client(t, program)
	}
	interpreter := python(t, "netmiko")
	page, err := os.ReadFile("../../docs/automation.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var b *box
	here := strings.NewReplacer()
	for _, m := range pageBlock.FindAllStringSubmatch(string(page), -1) {
		kind, name, text := m[1], m[2], m[3]
		switch {
		case kind == "file":
			if err := os.WriteFile(filepath.Join(dir, name), []byte(here.Replace(text)), 0o600); err != nil {
				t.Fatal(err)
			}
		case name == "box":
			defer func() { b.stops() }()
		default:
			if b == nil && name != "config" {
				args := []string{"--release", "asa-9.8", "--startup-config", filepath.Join(dir, "fw.cfg")}
				b = bootQuiet(t, args...)
				_, ssh := hostPort(t, b.ssh)
				_, telnet := hostPort(t, b.telnet)
				here = strings.NewReplacer("2222", ssh, "2323", telnet)
			}
			t.Run(name, func(t *testing.T) { types(t, dir, interpreter, text, here) })
		}
	}
}

// types runs the commands of a block, line by line, and compares what each prints.
func types(t *testing.T, dir, interpreter, block string, here *strings.Replacer) {
	options := "-o UserKnownHostsFile=" + filepath.Join(dir, "known") + " -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR"
	shell := "ssh() { sshpass -p secret15 ssh " + options + ` "$@" </dev/null; }; scp() { sshpass -p secret15 scp ` + options + ` "$@"; }; python3() { ` + interpreter + ` "$@"; };
`
	bin := filepath.Dir(binary)
	for _, part := range strings.Split("\n"+block, "\n$ ")[1:] {
		command, want := commandOf(part)
		cmd := exec.Command("bash", "-c", shell+strings.ReplaceAll(here.Replace(command), "./pixsim", filepath.Join(bin, "pixsim")))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "ANSIBLE_HOME="+dir, "ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1", "TERM=network",
			"XDG_STATE_HOME="+state, "ANSIBLE_DEPRECATION_WARNINGS=False")
		out, err := cmd.CombinedOutput()
		got := strings.TrimRight(notice.ReplaceAllString(string(out), ""), "\n")
		if got != strings.TrimRight(want, "\n") {
			t.Errorf("$ %s\nprints %q (%v), the page says %q", command, got, err, want)
		}
	}
}

// notice is a word of Ansible's to its standard error.
var notice = regexp.MustCompile(`(?m)^\[WARNING\]: .*\n`)

// commandOf parts what is typed, with the lines that continue it, from what comes of it.
func commandOf(part string) (command, want string) {
	lines := strings.Split(part, "\n")
	n := 1
	if strings.Contains(lines[0], "<<'END'") {
		for lines[n-1] != "END" {
			n++
		}
	}
	for n < len(lines) && strings.HasPrefix(lines[n], "> ") {
		lines[n] = lines[n][2:]
		n++
	}
	return strings.Join(lines[:n], "\n"), strings.Join(lines[n:], "\n")
}
