package cli

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"pixsim/cli/term"
)

// The session at the real terminal: type-ahead reaches password prompt, pager and confirmation, ^C stops a command, and
// the far side's going ends everything.
func TestRealTerminal(t *testing.T) {
	here, there := net.Pipe()
	tm := term.New(there, term.Options{})
	s := New(Options{Terminal: tm, Box: newTestBox(t, "pix-6.3"), Kind: Telnet, Commands: testCommands()})
	done := make(chan error, 1)
	go func() {
		err := s.Run(context.Background())
		tm.Close()
		done <- err
	}()
	var seen strings.Builder
	await := func(text string) {
		t.Helper()
		here.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 4096)
		for !strings.Contains(seen.String(), text) {
			n, err := here.Read(b)
			seen.Write(b[:n])
			if err != nil {
				t.Fatalf("waiting for %q: %v after %q", text, err, seen.String())
			}
		}
		rest := seen.String()
		rest = rest[strings.Index(rest, text)+len(text):]
		seen.Reset()
		seen.WriteString(rest)
	}
	typed := func(keys string) { go here.Write([]byte(keys)) }
	await("pixfirewall> ")
	typed("enable\r")
	await("Password: ")
	typed("secret\r")
	await("******\r\npixfirewall# ")
	typed("show lines 50\r")
	await("<--- More --->")
	typed("\r")
	await("\r              \rline 25 of it\r\n<--- More --->")
	typed("q")
	await("pixfirewall# ")
	typed("ping\r")
	await("pinging")
	typed("\x03")
	await("pixfirewall# ")
	typed("reload\r")
	await("[confirm] ")
	typed("y")
	await("answer true\r\npixfirewall# ")
	typed("exit\r")
	await("Logoff")
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
	here.Close()
}
