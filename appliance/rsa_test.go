package appliance_test

import (
	"bufio"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/lab"
)

// greeting is the first line of the box's SSH server; "" where it hangs up without one.
func (w *world) greeting() string {
	w.t.Helper()
	c, err := w.dial(soon(w.t), "desk", 0, netip.AddrPortFrom(lab.BoxInside, 22))
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil && err != io.EOF {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// SSH speaks while there is a key, and a reload brings back what was saved, neither more nor less. Releases without the
// ca command always have one.
func TestHostKeyDecides(t *testing.T) {
	const speaks = "SSH-2.0-Cisco-1.25"
	for _, name := range []string{"pix-5.2", "pix-6.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			is := func(when, want string) {
				t.Helper()
				if got := w.greeting(); got != want {
					t.Errorf("%s: the box says %q, want %q", when, got, want)
				}
			}
			w.console.configure()
			for _, l := range []string{"logging on", "logging buffered debugging", "domain-name example.com"} {
				w.console.line(l)
			}
			is("as delivered", speaks)
			w.console.line("ca zeroize rsa")
			is("zeroized", "")
			if log := w.console.line("show logging"); !strings.Contains(log, "315004: Fail to establish SSH session because PIX RSA host key retrieval failed.") {
				t.Errorf("not logged:\n%s", log)
			}
			w.reload()
			is("zeroized, not saved, reloaded", speaks)
			w.console.configure()
			w.console.line("domain-name example.com")
			w.console.line("ca zeroize rsa")
			w.console.line("ca save all")
			w.reload()
			is("zeroized, saved, reloaded", "")
			w.console.configure()
			w.console.line("domain-name example.com")
			w.console.line("ca generate rsa key 512")
			is("generated", speaks)
			w.reload()
			is("generated, not saved, reloaded", "")
		})
	}
	w := newWorld(t, "pix-7.2", worldOptions{})
	if got := w.greeting(); got != speaks {
		t.Errorf("7.2 says %q", got)
	}
}

// reload restarts the box from the console, wherever that is.
func (w *world) reload() {
	w.t.Helper()
	w.console.line("reload")
	begin := w.console.len()
	if err := w.console.typeKeys("\r"); err != nil {
		w.t.Fatal(err)
	}
	_, err := w.console.await(func(text string, over bool) bool {
		return strings.Contains(text[begin:], "Type help") && strings.HasSuffix(text, "> ")
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
