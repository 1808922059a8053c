package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAbuse: what strangers send to the open ports harms nobody else: afterwards an administrator logs in as before.
func TestAbuse(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t)
	noise := make([]byte, 256<<10)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for name, text := range map[string]string{
		"garbage":      string(noise),
		"options":      strings.Repeat("\xff\xfd\x01\xff\xfb\x18\xff\xfe\x03", 30_000),
		"sub-options":  "\xff\xfa\x1f" + strings.Repeat("\x00", 300_000),
		"long line":    strings.Repeat("a", 300_000),
		"empty lines":  strings.Repeat("\r\n", 50_000),
		"nothing":      "",
		"half a code":  "\xff",
		"interrupts":   strings.Repeat("\xff\xf4\x03", 50_000),
		"escape codes": strings.Repeat("\x1b[A\x1b[999999999999D\x1b", 20_000),
	} {
		for where, addr := range map[string]string{"telnet": b.telnet, "ssh": b.ssh, "smtp": b.smtp, "pop3": b.pop3} {
			t.Run(name+" to "+where, func(t *testing.T) {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				go func() { // what it says is of no interest, but must be taken
					for buf := make([]byte, 64<<10); ; {
						if _, err := c.Read(buf); err != nil {
							return
						}
					}
				}()
				c.SetWriteDeadline(time.Now().Add(time.Second))
				c.Write([]byte(text)) // the box may hang up, or read no more
			})
		}
	}
	roomFor(t, b)
	k := logsIn(t, b)
	if out := k.does(t, "show version"); !strings.Contains(out, "Version 6.3(5)") {
		t.Errorf("show version: %q", out)
	}
	dial(t, b.smtp).matches(t, `^220 [*20 ]+\r\n`)
	if rss := resident(t, b); rss > 256<<20 {
		t.Errorf("%d MiB of memory", rss>>20)
	}
	b.stops()
}

// resident is the memory of the program, octets; 0 where that cannot be known.
func resident(t *testing.T, b *box) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(b.cmd.Process.Pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no VmRSS in %s", text)
	}
	kib, _ := strconv.Atoi(string(m[1]))
	return kib << 10
}

// TestLongLine: a line of 100,000 octets typed by an administrator is one error, and the session goes on.
func TestLongLine(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t)
	k := logsIn(t, b)
	k.types(t, "hostname "+strings.Repeat("x", 100_000)+"\n")
	k.matches(t, `\n[\w-]+\(config\)# `)
	if out := k.does(t, "show curpriv"); !strings.Contains(out, "P_CONF") {
		t.Errorf("show curpriv: %q", out)
	}
	b.stops()
}

// TestWrongPasswords: the third ends the connection, on telnet, and says so.
func TestWrongPasswords(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t)
	k := dial(t, b.telnet)
	for range 3 {
		k.sees(t, "Password: ")
		k.types(t, "wrong\n")
	}
	k.sees(t, "Access denied.")
	k.ends(t)
	logsIn(t, b)
	b.stops()
}

// TestHalfOpenLogins: who never logs in holds a place, but not for ever and not when he is gone.
func TestHalfOpenLogins(t *testing.T) {
	t.Parallel()
	b := bootQuiet(t)
	var waiting []talk
	for range 5 {
		k := dial(t, b.telnet)
		k.sees(t, "Password: ")
		waiting = append(waiting, k)
	}
	if err := dialFails(b.telnet); err != nil {
		t.Errorf("a sixth session: %v", err)
	}
	for _, k := range waiting {
		k.w.(net.Conn).Close()
	}
	roomFor(t, b)
	logsIn(t, b)
	b.stops()
}

// roomFor waits until the places of telnet sessions whose callers have gone are free.
func roomFor(t *testing.T, b *box) {
	t.Helper()
	for deadline := time.Now().Add(patience); dialFails(b.telnet) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the places of those who are gone are not free")
		}
	}
}
