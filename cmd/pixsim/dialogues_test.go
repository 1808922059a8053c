package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// A file of testdata/dialogues is what a tool types at a box, octet by octet, and the tool's own expressions for what it
// waits for, translated to Go's. Its lines:
//
//	# TEXT           the tool, and where its author says what it does
//	on RELEASE...    the releases that it is tried on
//	over WAY         ssh WIDTHxHEIGHT, telnet or console
//	account [telnet] the box has users, and asks for them by SSH, or by telnet
//	see REGEXP       waits until what came since the last send or see matches
//	never REGEXP     nothing that came since the last send matches
//	send "TEXT"      types
//	end              the far side hangs up, or, at a console, the dialogue is over
//
// The hostname is ciscoasa.
type dialogue struct {
	releases, over []string
	account        string
	steps          [][2]string // verb and argument
}

func readDialogue(t *testing.T, file string) (d dialogue) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		verb, arg, _ := strings.Cut(line, " ")
		switch verb {
		case "#":
		case "on":
			d.releases = strings.Fields(arg)
		case "over":
			d.over = strings.Fields(arg)
		case "account":
			d.account = account
			if arg != "" {
				d.account = strings.Replace(account, "ssh", arg, 1)
			}
		case "send":
			if arg, err = strconv.Unquote(arg); err != nil {
				t.Fatalf("%s, line %d: %v", file, n+1, err)
			}
			fallthrough
		case "see", "never", "end":
			d.steps = append(d.steps, [2]string{verb, arg})
		default:
			t.Fatalf("%s, line %d: no verb %q", file, n+1, verb)
		}
	}
	return d
}

// TestDialogues: the tools that no package of the system brings, by what they send and wait for.
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogues/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogues", err)
	}
	for _, file := range files {
		d := readDialogue(t, file)
		for _, release := range d.releases {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+release, func(t *testing.T) {
				t.Parallel()
				d.plays(t, release)
			})
		}
	}
}

func (d dialogue) plays(t *testing.T, release string) {
	lines, user, password := loginOf(release)
	if d.account != "" {
		lines, user, password = d.account, "admin", "secret15"
	}
	args := []string{"--release", release, "--startup-config", startupWith(t, release, "hostname ciscoasa\n"+lines)}
	console := d.over[0] == "console"
	if console {
		args = append(args, "--console", "127.0.0.1:0")
	} else {
		args = append(args, "--console", "none")
	}
	b := launch(t, command(append(append([]string{"run"}, anyPort...), args...)...))
	b.ready(b.console.screen)
	k := d.calls(t, b, user, password)
	sent := 0 // where the screen was
	for i, s := range d.steps {
		switch s[0] {
		case "send":
			sent = len(k.String())
			k.types(t, s[1])
		case "see":
			t.Logf("step %d: %s", i+1, s[1]) // of a test that fails the last one is where it hangs
			k.matches(t, s[1])
		case "never":
			if m := regexp.MustCompile(s[1]).FindString(k.String()[sent:]); m != "" {
				t.Errorf("step %d: %q came", i+1, m)
			}
		case "end":
			if !console {
				k.ends(t)
			}
		}
	}
	b.stops()
}

// calls opens the way that the tool goes.
func (d dialogue) calls(t *testing.T, b *box, user, password string) talk {
	t.Helper()
	switch d.over[0] {
	case "telnet":
		return dial(t, b.telnet)
	case "console":
		m, _ := b.diag.matches(t, `pixsim: console at (\S+)\n`)
		return dial(t, m[1])
	}
	width, height, _ := strings.Cut(d.over[1], "x")
	columns, _ := strconv.Atoi(width)
	rows, _ := strconv.Atoi(height)
	return sshShell(t, b.ssh, user, password, columns, rows)
}

// sshShell is a shell with a terminal of that size.
func sshShell(t *testing.T, addr, user, password string, columns, rows int) talk {
	t.Helper()
	c, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.Password(password)}, Timeout: patience, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, _ := s.StdinPipe()
	out, _ := s.StdoutPipe()
	if err := s.RequestPty("vt100", rows, columns, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	k := talk{newScreen(), in}
	ctx, done := context.WithCancel(context.Background())
	go func() {
		defer done()
		defer k.end()
		io.Copy(k.screen, out)
	}()
	t.Cleanup(func() {
		c.Close()
		<-ctx.Done()
	})
	return k
}
