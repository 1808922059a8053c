package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// freeUDP is a UDP port of this machine that nobody has.
func freeUDP(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	return port
}

// withLines is the lab's configuration of the default release with more lines, in a file.
func withLines(t *testing.T, lines ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../startup-config")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "startup-config")
	more := strings.Join(lines, "\n") + "\n: end"
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), ": end", more, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// guest starts a program with a screen and a keyboard, which ends with the test.
func guest(t *testing.T, cmd *exec.Cmd) talk {
	t.Helper()
	k := talk{screen: newScreen()}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	k.w = in
	cmd.Stdout, cmd.Stderr = k.screen, k.screen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); cmd.Wait(); k.end() }()
	t.Cleanup(func() { cmd.Process.Kill(); <-done })
	return k
}

// keys types a line as a person does, who sees each character before the next: a line that is there at once now and then stays in
// QEMU's pipe after the first dozen, until something else is typed.
func (k talk) keys(t *testing.T, line string) {
	t.Helper()
	for _, c := range line {
		k.types(t, string(c))
		k.sees(t, string(c))
	}
	k.types(t, "\r")
}

// qemuWires are the ways of QEMU to join a machine to a link.
var qemuWires = []struct{ name, link, netdev, card string }{
	{"udp", "udp:127.0.0.1:ONE,127.0.0.1:TWO",
		"dgram,id=n0,local.type=inet,local.host=127.0.0.1,local.port=TWO,remote.type=inet,remote.host=127.0.0.1,remote.port=ONE", "e1000"},
	{"udp socket", "udp:127.0.0.1:ONE,127.0.0.1:TWO", "socket,id=n0,udp=127.0.0.1:ONE,localaddr=127.0.0.1:TWO", "virtio-net-pci"},
	{"unix", "unix:DIR/box,DIR/guest", "dgram,id=n0,local.type=unix,local.path=DIR/guest,remote.type=unix,remote.path=DIR/box", "virtio-net-pci"},
	{"stream", "stream:listen,DIR/s", "stream,id=n0,server=off,addr.type=unix,addr.path=DIR/s", "e1000"},
	{"stream to QEMU", "stream:127.0.0.1:ONE", "stream,id=n0,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port=ONE", "rtl8139"},
	{"stream socket", "stream:127.0.0.1:ONE", "socket,id=n0,listen=127.0.0.1:ONE", "virtio-net-pci"},
}

// TestQEMUPage: docs/links.md has just these.
func TestQEMUPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/links.md")
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("DIR", "/tmp", "ONE", "10000", "TWO", "10001").Replace
	for _, c := range qemuWires {
		if line := "| `" + fill(c.netdev) + "` | `" + fill(c.link) + "` |\n"; !strings.Contains(string(page), line) {
			t.Errorf("the page lacks %s", line)
		}
	}
	if n := strings.Count(string(page), ",id=n0,"); n != len(qemuWires) {
		t.Errorf("the page has %d ways", n)
	}
}

// TestClientQEMU: a machine of QEMU inside. It has no disk but the network boot program of its card, which asks the box for an
// address and fetches a page from a host outside: DHCP, ARP and TCP by a stack that is neither the kernel's nor the lab's, by
// every kind of link that QEMU knows.
func TestClientQEMU(t *testing.T) {
	qemu := client(t, "qemu-system-x86_64")
	machines := make(chan struct{}, 3) // at a time: each of them is busy even while it waits
	for _, c := range qemuWires {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			machines <- struct{}{}
			t.Cleanup(func() { <-machines })
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, "#!ipxe\n%secho it came through the box\n", strings.Repeat("# a page of some length\n", 2000))
			}))
			t.Cleanup(page.Close)
			fill := strings.NewReplacer("DIR", t.TempDir(), "ONE", freeUDP(t), "TWO", freeUDP(t)).Replace
			b := boot(t, "--startup-config", withLines(t, "dhcpd address 10.1.1.100-10.1.1.110 inside", "dhcpd enable inside"),
				"--serve", "client,80="+page.Listener.Addr().String(), "--link", "outside=lab", "--link", "inside="+fill(c.link))
			m := guest(t, exec.Command(qemu, "-accel", "tcg", "-m", "32", "-nodefaults", "-nographic", "-serial", "stdio", "-boot", "n",
				"-device", c.card+",netdev=n0,mac=52:54:00:00:00:07", "-netdev", fill(c.netdev)))
			m.sees(t, "Press Ctrl-B for the iPXE command line...")
			m.types(t, "\x02")
			m.sees(t, "iPXE> ")
			m.keys(t, "dhcp net0")
			m.sees(t, "ok\r\n")
			m.keys(t, "chain http://198.51.100.25/boot")
			m.sees(t, "it came through the box\r\n")
			b.console.enables(t)
			if out := b.console.does(t, "show dhcpd binding"); !strings.Contains(out, "10.1.1.100") {
				t.Errorf("show dhcpd binding: %s", out)
			}
			if out := b.console.does(t, "show xlate"); !strings.Contains(out, "PAT Global 203.0.113.1(") || !strings.Contains(out, "Local 10.1.1.100(") {
				t.Errorf("show xlate: %s", out)
			}
			b.stops()
		})
	}
}

// TestClientVPCS: a host of VPCS, the PC of GNS3, inside: it gets an address, pings the box, and opens and closes a TCP connection to
// a host outside.
func TestClientVPCS(t *testing.T) {
	vpcs, script := client(t, "vpcs"), client(t, "script") // it wants a terminal
	own, far := freeUDP(t), freeUDP(t)
	b := boot(t, "--startup-config", withLines(t, "dhcpd address 10.1.1.100-10.1.1.110 inside", "dhcpd enable inside"),
		"--link", "outside=lab", "--link", "inside=udp:127.0.0.1:"+own+",127.0.0.1:"+far)
	m := guest(t, exec.Command(script, "-qec", vpcs+" -i 1 -s "+far+" -c "+own+" -t 127.0.0.1", "/dev/null"))
	for _, c := range []struct{ says, sees string }{
		{"dhcp", "IP 10.1.1.100/24 GW 10.1.1.1"},
		{"ping 10.1.1.1 -c 1", "10.1.1.1 icmp_seq=1 ttl=64"},
		{"ping 198.51.100.25 -P 6 -p 25 -c 1", "Close     25@198.51.100.25 seq=1 ttl=64"},
	} {
		m.sees(t, "VPCS> ")
		m.types(t, c.says+"\n")
		m.sees(t, c.sees)
	}
	b.stops()
}
