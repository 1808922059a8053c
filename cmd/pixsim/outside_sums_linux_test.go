package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/link"
)

// saves writes what has arrived so far to a capture file.
func (n *sniffer) saves() string {
	n.t.Helper()
	file := filepath.Join(n.t.TempDir(), "arrived.pcap")
	p, err := link.CreatePcap(file)
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.frames {
		if err := p.WriteFrame(time.Now(), f, 0); err != nil {
			n.t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		n.t.Fatal(err)
	}
	return file
}

// sharks has tshark look at the checksums of a capture: how many are right, and the frames where one is wrong.
func sharks(t *testing.T, file string) (good int, bad string) {
	t.Helper()
	judge := func(filter string) string {
		cmd := exec.Command(client(t, "tshark"), "-n", "-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
			"-o", "udp.check_checksum:TRUE", "-Y", filter)
		var diag bytes.Buffer
		cmd.Stderr = &diag
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("tshark: %v: %s", err, &diag)
		}
		return string(out)
	}
	const is = "ip.checksum.status == %[1]s || tcp.checksum.status == %[1]s || udp.checksum.status == %[1]s || icmp.checksum.status == %[1]s"
	return strings.Count(judge(fmt.Sprintf(is, `"Good"`)), "\n"), judge(fmt.Sprintf(is, `"Bad"`))
}

// bulk is so many octets as are sent each way: the server inside hands back what it gets, when all of it has come.
const bulk = 1 << 20

func handsBack(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		b := make([]byte, bulk)
		if _, err := io.ReadFull(c, b); err == nil {
			c.Write(b)
		}
		c.Close()
	}
}

// TestNamespacesChecksums: whatever the box makes of super-frames, open checksums, fragments and the lines of a mail dialogue, each
// checksum on the wire is right and each octet is the one that was sent, on links of any length and with the offloads of the
// kernel's interfaces on and off.
func TestNamespacesChecksums(t *testing.T) {
	client(t, "ethtool")
	client(t, "tshark")
	for _, c := range []struct {
		release  string
		offload  bool
		out, in  int // MTU of the wires
		far, box int // octets: of the UDP datagram from outside, of that which is echoed
	}{
		{"pix-6.3", false, 1500, 1500, 3000, 3000},
		{"pix-6.3", true, 1500, 1500, 3000, 3000},
		{"asa-9.12", false, 1413, 577, 5001, 5001},
		{"asa-9.12", true, 1413, 577, 5001, 5001},
		{"pix-4.4", false, 700, 1499, 1333, 1333},
		{"pix-4.4", true, 700, 1499, 1333, 1333},
		{"asa-8.2", false, 9000, 1500, 8000, 8000},
		{"asa-8.2", true, 9000, 9000, 8000, 8000},
	} {
		t.Run(fmt.Sprintf("%s %d %d offload %v", c.release, c.out, c.in, c.offload), func(t *testing.T) {
			t.Parallel()
			s := besiegeWire(t, c.release, map[string]int{"o0": c.out, "i0": c.in}, c.offload,
				fmt.Sprint("mtu outside ", c.out), fmt.Sprint("mtu inside ", c.in))
			back := s.far.sniffs("eth0")
			go handsBack(s.near.listen(nearHost + ":80"))

			sent := bytes.Repeat([]byte("All octets pass a firewall alike, or they do not.\n"), bulk/50+1)[:bulk]
			conn := s.far.dial(published + ":80")
			conn.SetDeadline(time.Now().Add(4 * patience))
			if _, err := conn.Write(sent); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(conn)
			if err != nil || sha256.Sum256(got) != sha256.Sum256(sent) {
				t.Errorf("%d octets came back of %d, or others: %v", len(got), len(sent), err)
			}
			s.mails(200)
			s.datagrams(1, 3, 19, c.out-28, c.out-27, c.in-28, c.in-27, c.far)

			for name, n := range map[string]*space{"outside": s.far, "inside": s.near} {
				if n := n.badChecksums(); n != 0 {
					t.Errorf("%s: the kernel has seen %d wrong checksums", name, n)
				}
			}
			if c.offload {
				return // the last interface of the way fills them in, behind whoever looks
			}
			for name, n := range map[string]*sniffer{"outside": back, "inside": s.arrived} {
				if good, bad := sharks(t, n.saves()); bad != "" || good < 500 {
					t.Errorf("%s: %d frames are right, wrong are: %s", name, good, bad)
				}
			}
		})
	}
}

// mails has a dialogue of so many commands with the mail server, one at a time: what is passed on and what is masked.
func (s *siege) mails(commands int) {
	s.t.Helper()
	c := textproto.NewConn(s.far.dial(published + ":25"))
	if _, _, err := c.ReadResponse(220); err != nil {
		s.t.Fatal(err)
	}
	for i := range commands {
		if _, err := c.Cmd("%s %s", []string{"NOOP", "WIZ"}[i%2], strings.Repeat("x", i*2)); err != nil {
			s.t.Fatal(err)
		}
		if _, _, err := c.ReadResponse(250); err != nil {
			s.t.Fatalf("command %d: %v", i, err)
		}
	}
}

// datagrams sends some of these lengths to the host inside, which sends them back.
func (s *siege) datagrams(lengths ...int) {
	s.t.Helper()
	var c net.Conn
	var err error
	s.far.do(func() { c, err = net.Dial("udp4", fmt.Sprint(published, ":", markPort)) })
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	for _, n := range lengths {
		d := bytes.Repeat([]byte{byte(n)}, n)
		got := make([]byte, 1<<16)
		var k int
		for range 5 { // the first of some path MTU is lost
			c.Write(d)
			c.SetReadDeadline(time.Now().Add(patience / 10))
			if k, err = c.Read(got); err == nil {
				break
			}
		}
		if err != nil || !bytes.Equal(got[:k], d) {
			s.t.Errorf("of a datagram of %d octets %d came back: %v", n, k, err)
		}
	}
}
