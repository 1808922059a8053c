package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests of this package run the program as people and scripts do: as a process, with ports, files and signals.

// patience is how long anything may take before a test gives up.
const patience = 20 * time.Second

var (
	binary string // the program under test
	state  string // the state directory that runs share unless they say otherwise: making a host key takes time
)

func TestMain(m *testing.M) {
	os.Exit(withBinary(m.Run))
}

func withBinary(run func() int) int {
	dir, err := os.MkdirTemp("", "pixsim-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary, state = filepath.Join(dir, "pixsim"), filepath.Join(dir, "state")
	args := slices.Concat([]string{"build", "-o", binary}, buildFlags, []string{"."})
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return run()
}

// command is the program with arguments, with a state directory of the tests'.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state, "COLUMNS=")
	return cmd
}

// screen gathers what is printed, for those who wait for something in it.
type screen struct {
	mu   sync.Mutex
	text []byte
	seen int // up to where sees has been
	more chan struct{}
	done bool
}

func newScreen() *screen { return &screen{more: make(chan struct{})} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, p...)
	s.news()
	return len(p), nil
}

// end says that nothing more will come.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	s.news()
}

func (s *screen) news() {
	close(s.more)
	s.more = make(chan struct{})
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text)
}

// find looks for re behind what was seen; over: nothing will come that could match. With at the screen is read up to there.
func (s *screen) find(re *regexp.Regexp) (match []string, before string, over bool, more <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := s.text[s.seen:]
	at := re.FindSubmatchIndex(rest)
	if at == nil {
		return nil, string(rest), s.done, s.more
	}
	for i := 0; i < len(at); i += 2 {
		part := ""
		if at[i] >= 0 {
			part = string(rest[at[i]:at[i+1]])
		}
		match = append(match, part)
	}
	s.seen += at[1]
	return match, string(rest[:at[0]]), false, s.more
}

// matches waits until re matches what was printed since the last call, and returns what it and its groups matched, and
// what was printed before that.
func (s *screen) matches(t testing.TB, re string) (match []string, before string) {
	t.Helper()
	compiled := regexp.MustCompile(re)
	deadline := time.After(patience)
	for {
		match, before, over, more := s.find(compiled)
		if match != nil {
			return match, before
		}
		if over {
			t.Fatalf("the other side is gone, %q did not come, only %q", re, before)
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("%q did not come, only %q", re, before)
		}
	}
}

// sees waits for text, and returns what came before it.
func (s *screen) sees(t testing.TB, text string) (before string) {
	t.Helper()
	_, before = s.matches(t, regexp.QuoteMeta(text))
	return before
}

// ends waits for the end of what is printed.
func (s *screen) ends(t testing.TB) {
	t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		done, more, rest := s.done, s.more, string(s.text[s.seen:])
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("still there after %v; last: %q", patience, rest)
		}
	}
}

// talk is a dialogue: something to type to, and its screen.
type talk struct {
	*screen
	w io.Writer
}

func (k talk) types(t testing.TB, text string) {
	t.Helper()
	if _, err := io.WriteString(k.w, text); err != nil {
		t.Fatalf("typing %q: %v", text, err)
	}
}

// does types a line at a prompt and returns what it printed before the next prompt, without its echo.
func (k talk) does(t testing.TB, line string) string {
	t.Helper()
	k.types(t, line+"\n")
	_, out := k.matches(t, `(?m)^[\w.-]+(\([\w-]+\))?[>#] `)
	out = strings.ReplaceAll(out, "\r", "")
	return strings.TrimPrefix(out, line+"\n")
}

// enables gets from the first prompt to configuration mode, with the pager off.
func (k talk) enables(t testing.TB) {
	t.Helper()
	k.matches(t, `(?m)^[\w.-]+> `)
	k.types(t, "enable\n")
	k.sees(t, "Password: ")
	k.does(t, "cisco")
	k.does(t, "configure terminal")
	k.does(t, "no pager")
}

// box is a running program.
type box struct {
	t       *testing.T
	cmd     *exec.Cmd
	console talk    // standard input and output
	diag    *screen // standard error

	ssh, telnet, smtp, pop3 string // the ways in, from the ready line

	gone chan struct{} // closed when it has ended
	err  error         // of its end
}

// anyPort is a port for each way in, of a release that has SSH.
var anyPort = []string{"--ssh", "127.0.0.1:0", "--telnet", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--pop3", "127.0.0.1:0"}

// noSSH is that for the others.
var noSSH = anyPort[2:]

// launch runs the program and waits for nothing.
func launch(t *testing.T, cmd *exec.Cmd) *box {
	t.Helper()
	b := &box{t: t, cmd: cmd, diag: newScreen(), gone: make(chan struct{})}
	b.console.screen = newScreen()
	cmd.Stdout, cmd.Stderr = b.console.screen, b.diag
	if cmd.Stdin == nil {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		b.console.w = in
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		b.err = cmd.Wait()
		b.console.end()
		b.diag.end()
		close(b.gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-b.gone
		if t.Failed() {
			t.Logf("standard error of pixsim %s:\n%s", strings.Join(cmd.Args[1:], " "), b.diag)
		}
	})
	return b
}

const readyLine = `(?m)^pixsim: ready ssh=(\S+) telnet=(\S+) smtp=(\S+) pop3=(\S+)\r?\n`

// boot runs the program with its ways in at ports of their own (overridden by args) and waits until it is ready. Unless
// args say otherwise standard input and output are the console, and the ready line comes on standard error.
func boot(t *testing.T, args ...string) *box {
	t.Helper()
	b := launch(t, command(append(append([]string{"run"}, anyPort...), args...)...))
	b.ready(b.diag)
	return b
}

// bootQuiet is boot without a console: the ready line comes on standard output.
func bootQuiet(t *testing.T, args ...string) *box {
	t.Helper()
	b := launch(t, command(append(append([]string{"run", "--console", "none"}, anyPort...), args...)...))
	b.ready(b.console.screen)
	return b
}

// bootRelease is boot of a release with or without SSH.
func bootRelease(t *testing.T, release string, args ...string) *box {
	t.Helper()
	ports := anyPort
	if strings.HasPrefix(release, "pix-4") {
		ports = noSSH
	}
	b := launch(t, command(append(append([]string{"run", "--release", release}, ports...), args...)...))
	b.ready(b.diag)
	return b
}

func (b *box) ready(on *screen) {
	b.t.Helper()
	m, _ := on.matches(b.t, readyLine)
	b.ssh, b.telnet, b.smtp, b.pop3 = m[1], m[2], m[3], m[4]
}

// waits waits for the program's end and returns the exit code; -1 for a signal.
func (b *box) waits() int {
	b.t.Helper()
	select {
	case <-b.gone:
	case <-time.After(patience):
		b.t.Fatalf("still running after %v", patience)
	}
	return exitCode(b.t, b.err)
}

func exitCode(t testing.TB, err error) int {
	t.Helper()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &failed):
		return failed.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// stops ends the program by SIGTERM, which must be clean.
func (b *box) stops() {
	b.t.Helper()
	b.cmd.Process.Signal(syscall.SIGTERM)
	if code := b.waits(); code != exitOK {
		b.t.Errorf("exit code %d after SIGTERM; standard error: %s", code, b.diag)
	}
}

// dial connects to one of the ways in and watches what comes, telnet's commands left out.
func dial(t *testing.T, addr string) talk {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	k := talk{newScreen(), c}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer k.end()
		io.Copy(&withoutTelnet{to: k.screen}, c)
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return k
}

// withoutTelnet leaves IAC and its one or two operands out.
type withoutTelnet struct {
	to      io.Writer
	pending []byte
}

func (w *withoutTelnet) Write(p []byte) (int, error) {
	in := append(w.pending, p...)
	var out []byte
	for len(in) > 0 && in[0] != 0xff || len(in) > 2 {
		switch {
		case in[0] != 0xff:
			n := bytes.IndexByte(in, 0xff)
			if n < 0 {
				n = len(in)
			}
			out, in = append(out, in[:n]...), in[n:]
		default:
			in = in[3:]
		}
	}
	w.pending = bytes.Clone(in)
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// logsIn is telnet to the box as far as privileged configuration mode.
func logsIn(t *testing.T, b *box) talk {
	t.Helper()
	k := dial(t, b.telnet)
	k.matches(t, `(?i)passw(or)?d: `)
	k.types(t, "cisco\n")
	k.enables(t)
	return k
}

// result is what a program left behind that ended by itself.
type result struct {
	code     int
	out, err string
}

// invoke runs the program to its end, with nothing to read.
func invoke(t *testing.T, args ...string) result {
	t.Helper()
	return finish(t, command(args...))
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, diag bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diag
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	err := cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%v does not end; it printed %q and %q", cmd.Args[1:], &out, &diag)
	}
	return result{exitCode(t, err), out.String(), diag.String()}
}
