package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// onTerminal runs a program on a terminal of its own, as a person does.
func onTerminal(t *testing.T, args ...string) (*box, *os.File) {
	t.Helper()
	cmd := command(args...)
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, cmd: cmd, console: talk{newScreen(), master}, gone: make(chan struct{})}
	b.diag = b.console.screen
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer b.console.end()
		io.Copy(b.console.screen, master)
	}()
	go func() {
		b.err = cmd.Wait()
		close(b.gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-b.gone
		slave.Close()
		master.Close()
		<-read
	})
	return b, slave
}

// TestTerminal is what make run shows to a person.
func TestTerminal(t *testing.T) {
	t.Parallel()
	b, slave := onTerminal(t, append([]string{"run"}, anyPort...)...)
	b.ready(b.diag)
	k := b.console
	k.types(t, "\r")
	k.matches(t, `pixfirewall> `)
	first := k.String()
	for _, want := range []string{"Ctrl-]", "Cisco PIX Firewall Version 6.3", b.smtp[strings.LastIndex(b.smtp, ":")+1:]} {
		if !strings.Contains(first, want) {
			t.Errorf("the first screen does not show %q", want)
		}
	}
	if at := regexp.MustCompile(`[^\r\n]+\n`).FindString(first); at != "" {
		t.Errorf("the line after this one does not begin at the left: %q", at)
	}

	k.types(t, "enable\r")
	k.sees(t, "Password: ")
	k.types(t, "cisco\r")
	k.sees(t, "*****\r\npixfirewall# ")
	k.types(t, "configure terminal\r")
	k.sees(t, "(config)# ")
	k.types(t, "hostname changed\r")
	k.sees(t, "changed(config)# ")

	k.types(t, "half a li\x1d")
	k.sees(t, "pixsim> ")
	k.types(t, "help\r")
	for _, word := range []string{"help", "quit", "reset"} {
		k.matches(t, `(?m)^`+word+` +\S`)
	}
	k.sees(t, "pixsim> ")
	k.types(t, "nonsense\r")
	k.sees(t, "No such command: nonsense")
	k.sees(t, "pixsim> ")
	k.types(t, "\r\x15\r")
	k.sees(t, "changed(config)# ")
	k.types(t, "write memory\r")
	k.sees(t, "[OK]\r\n")

	// The way back: the lab's startup-config, whatever was written.
	k.types(t, "\x1d")
	k.sees(t, "pixsim> ")
	k.types(t, "reset\r")
	k.sees(t, "Rebooting")
	k.sees(t, "Cisco PIX Firewall Version 6.3")
	k.matches(t, `(?m)^pixfirewall> `)
	dial(t, b.smtp).matches(t, `^220 [*20 ]+\r\n`)

	k.types(t, "\x1d")
	k.sees(t, "pixsim> ")
	began := time.Now()
	k.types(t, "quit\r")
	k.sees(t, "flash was in memory")
	if code := b.waits(); code != exitOK || time.Since(began) > 5*time.Second {
		t.Errorf("quit: exit code %d after %v", code, time.Since(began))
	}
	cooked(t, slave)
}

// TestTerminalKeys: what ends other programs is typed to the box; the terminal is as it was after a signal.
func TestTerminalKeys(t *testing.T) {
	t.Parallel()
	b, slave := onTerminal(t, append([]string{"run"}, anyPort...)...)
	b.ready(b.diag)
	k := b.console
	k.types(t, "\r")
	k.matches(t, `pixfirewall> `)
	k.types(t, "\x03\x1a\x1c") // intr, susp, quit
	k.types(t, "\rshow history\r")
	k.matches(t, `show history\r\n(.*\r\n)*pixfirewall> `)
	b.stops()
	cooked(t, slave)
}

// cooked checks that a terminal echoes again: it is no longer in raw mode.
func cooked(t *testing.T, slave *os.File) {
	t.Helper()
	if echo, err := echoes(slave); err != nil || !echo {
		t.Errorf("the terminal was left in raw mode (%v)", err)
	}
}

// TestInspectOnTerminal: it waits for what is typed, an interrupt ends that wait, and its output is as wide as the terminal.
func TestInspectOnTerminal(t *testing.T) {
	t.Parallel()
	b, _ := onTerminal(t, "inspect", "-")
	b.console.types(t, "C: EHLO x\n")
	b.console.sees(t, "EHLO x\r\n") // the terminal's echo
	if err := b.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	b.waits()

	long := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(long, []byte("S: 220 "+strings.Repeat("word ", 60)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, _ = onTerminal(t, "inspect", long)
	b.console.sees(t, "midst of a line.")
	if code := b.waits(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	narrow(t, "inspect", regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(strings.ReplaceAll(b.console.String(), "\r", ""), ""))
}
