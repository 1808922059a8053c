package appliance_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pixsim/cli/command"
)

// The sixty-fifth capture is refused, as is one whose buffer would be too much with those of the others; what goes away makes
// room.
func TestCapturesAreBounded(t *testing.T) {
	w := newWorld(t, "asa-9.8", worldOptions{})
	k := newClerk(t, w)
	k.s.SetMode(command.Privileged)
	const refused = "ERROR: Unable to allocate memory for capture buffer\n"
	for i := range 65 {
		want := ""
		if i == 64 {
			want = refused
		}
		if got := k.in(fmt.Sprintf("capture c%d interface inside", i)); got != want {
			t.Fatalf("capture %d: %q, want %q", i, got, want)
		}
	}
	for _, line := range []struct{ typed, want string }{
		{"capture c1 buffer 33554432", ""}, {"capture c2 buffer 33554432", refused}, {"capture c3 trace trace-count 1000", refused},
		{"capture c3 trace", ""}, {"no capture c64", "ERROR: capture <c64> does not exist\n"}, {"no capture c0", ""},
		{"capture c64 interface inside", ""}, {"capture c65 interface inside", refused}, {"no capture c1", ""},
		{"capture c2 buffer 33554432", ""},
	} {
		if got := k.in(line.typed); got != line.want {
			t.Errorf("%s: %q, want %q", line.typed, got, line.want)
		}
	}
}

// A capture of what was dropped goes to a server as a file that a reader of packets takes.
func TestCopyDropsAsPcap(t *testing.T) {
	for _, name := range []string{"pix-7.2", "asa-9.8"} {
		w := newWorld(t, name, worldOptions{})
		k := newClerk(t, w)
		k.s.SetMode(command.Privileged)
		k.in("capture drops type asp-drop acl-drop")
		ctx, cancel := context.WithTimeout(t.Context(), briefly)
		if c, err := w.dial(ctx, "client", 1025, netip.MustParseAddrPort("203.0.113.10:81")); err == nil {
			c.Close()
			t.Error("port 81 answers")
		}
		cancel()
		k.in("copy /noconfirm /pcap capture:drops tftp://10.1.1.20/drops.pcap")
		data, err := w.lab.Files("desk").Read("drops.pcap")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "drops.pcap")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		tshark, err := exec.LookPath("tshark")
		if err != nil {
			t.Skip("no tshark")
		}
		out, err := exec.Command(tshark, "-r", file, "-T", "fields", "-e", "ip.dst", "-e", "tcp.dstport", "-e", "tcp.flags.syn").Output()
		if err != nil || !strings.HasPrefix(string(out), "203.0.113.10\t81\t") {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
}

// real-time shows packets as they come, until ^C; the capture goes on.
func TestCaptureRealTime(t *testing.T) {
	w := newWorld(t, "asa-9.1", worldOptions{})
	c := w.console
	c.configure()
	begin := c.len()
	if err := c.typeKeys("capture r real-time interface outside match tcp any any eq 81\r"); err != nil {
		t.Fatal(err)
	}
	shows := func(want string) string {
		t.Helper()
		text, err := c.await(func(text string, _ bool) bool { return strings.Contains(text[begin:], want) })
		if err != nil {
			t.Fatalf("no %q: %v", want, err)
		}
		return text[begin:]
	}
	shows("Use ctrl-c to terminate real-time capture")
	for i := range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), briefly)
		if c, err := w.dial(ctx, "client", uint16(1025+i), netip.MustParseAddrPort("203.0.113.10:81")); err == nil {
			c.Close()
		}
		cancel()
	}
	shows("198.51.100.25.1025 > 203.0.113.10.81: S")
	shows("198.51.100.25.1026 > 203.0.113.10.81: S")
	c.typeKeys("\x03")
	if _, err := c.await(func(text string, _ bool) bool { return turn(text[begin:]) }); err != nil {
		t.Fatal(err)
	}
	if got := c.line("show capture r"); !strings.Contains(got, "packets captured") {
		t.Errorf("afterwards: %s", got)
	}
}
