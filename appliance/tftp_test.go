package appliance_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pixsim/lab"
)

// The configuration goes to a server on either side, and comes back as it was.
func TestWriteAndConfigureNet(t *testing.T) {
	for _, name := range []string{"pix-4.1", "pix-4.4", "pix-5.3", "pix-6.1", "pix-6.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			c := w.console
			c.configure()
			for i, host := range []string{"client", "desk"} {
				addr := lab.HostAddr(host)
				got := c.line(fmt.Sprintf("write net %s:%s.cfg", addr, host))
				want := fmt.Sprintf("Building configuration...\r\nTFTP write '%s.cfg' at %s on interface %d\r\n[OK]\r\n", host, addr, i)
				if !strings.Contains(got, want) {
					t.Fatalf("%q has not %q", got, want)
				}
				text, err := w.lab.Files(host).Read(host + ".cfg")
				if err != nil || !bytes.HasPrefix(text, []byte(": Saved\n")) || !bytes.HasSuffix(text, []byte(": end\n")) {
					t.Fatalf("%q, %v", text, err)
				}
				c.line("hostname changed")
				if got := c.line(fmt.Sprintf("configure net %s:%s.cfg", addr, host)); !strings.Contains(got, "[OK]\r\n") || !strings.HasSuffix(got, "pixfirewall(config)# ") {
					t.Errorf("%q", got)
				}
			}
		})
	}
}

// tftp-server says the rest; a server that is not there, and one that refuses, are said so.
func TestTFTPServerLine(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	c := w.console
	c.configure()
	if got := c.line("tftp-server 10.1.1.20 /backup"); strings.Contains(got, "unsecure") {
		t.Errorf("%q", got)
	}
	c.line("write net :a.cfg")
	if _, err := w.lab.Files("desk").Read("backup/a.cfg"); err != nil {
		t.Error(err)
	}
	if got := c.line("show tftp-server"); !strings.Contains(got, "tftp-server inside 10.1.1.20 /backup\r\n") {
		t.Errorf("%q", got)
	}
	if got := c.line("tftp-server outside 198.51.100.25 /backup"); !strings.Contains(got, "unsecure") {
		t.Errorf("%q", got)
	}
	if got := c.line("configure net :none"); !strings.Contains(got, "Error code 1: File not found\r\n[FAILED]") {
		t.Errorf("%q", got)
	}
	c.line("clear tftp-server")
	if got := c.line("write net :a.cfg"); !strings.Contains(got, "Not enough arguments.") {
		t.Errorf("%q", got)
	}
}

// A configuration of many blocks goes through whole, over a wire that loses frames too.
func TestLargeConfiguration(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	c := w.console
	c.configure()
	var big strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&big, "access-list big permit tcp host 10.%d.%d.1 any eq smtp\n", i/250, i%250)
	}
	if err := w.lab.Files("desk").Write("big.cfg", []byte(big.String())); err != nil {
		t.Fatal(err)
	}
	c.line("configure net 10.1.1.20:big.cfg")
	if l, ok := w.box.Config().ACL("big"); !ok || l.Entries.Len() != 2000 {
		t.Fatalf("%v", ok)
	}
	c.line("write net 10.1.1.20:back.cfg")
	text, err := w.lab.Files("desk").Read("back.cfg")
	if err != nil || strings.Count(string(text), "access-list big ") != 2000 {
		t.Errorf("%d octets, %v", len(text), err)
	}
}

// ^C ends a transfer with a server that says nothing.
func TestTransferIsInterrupted(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	c := w.console
	c.configure()
	begin := c.len()
	if err := c.typeKeys("write net 10.1.1.77:a.cfg\r"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.await(func(text string, _ bool) bool { return strings.Contains(text[begin:], "on interface 1") }); err != nil {
		t.Fatal(err)
	}
	begin = c.len()
	c.typeKeys("\x03")
	got, err := c.await(func(text string, _ bool) bool { return turn(text[begin:]) })
	if err != nil || strings.Contains(got[begin:], "[OK]") {
		t.Errorf("%q, %v", got[begin:], err)
	}
}

// What a capture caught goes to a server as text and as a pcap file.
func TestCopyCapture(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	c := w.console
	c.configure()
	c.line("capture c interface inside")
	c.line("ping 10.1.1.20")
	c.line("copy capture:c tftp://10.1.1.20/c.txt")
	c.line("copy capture:c tftp://10.1.1.20/c.pcap pcap")
	text, err := w.lab.Files("desk").Read("c.txt")
	if err != nil || !bytes.Contains(text, []byte("echo request")) {
		t.Errorf("%q, %v", text, err)
	}
	file, err := w.lab.Files("desk").Read("c.pcap")
	if err != nil || !bytes.HasPrefix(file, []byte{0xd4, 0xc3, 0xb2, 0xa1}) {
		t.Errorf("%x, %v", file, err)
	}
}
