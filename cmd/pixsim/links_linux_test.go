package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// space is a network namespace with a thread in it. Both go when the test ends, and what stands in the namespace with them.
type space struct {
	t    *testing.T
	jobs chan func()
	tid  int
}

func newSpace(t *testing.T) *space {
	t.Helper()
	s := &space{t: t, jobs: make(chan func())}
	ready := make(chan error)
	over := make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		s.tid = unix.Gettid()
		ready <- err
		for f := range s.jobs {
			f()
		}
	}()
	t.Cleanup(func() { close(s.jobs); <-over })
	if err := <-ready; err != nil {
		t.Skipf("no network namespace: %v", err)
	}
	s.ip("link", "set", "lo", "up")
	return s
}

// id names the namespace to ip(8).
func (s *space) id() string { return strconv.Itoa(s.tid) }

// do runs f in the namespace.
func (s *space) do(f func()) {
	done := make(chan struct{})
	s.jobs <- func() { defer close(done); f() }
	<-done
}

func (s *space) ip(args ...string) {
	s.t.Helper()
	s.do(func() {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			s.t.Errorf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	})
}

// wired is an interface of s whose other end is one of o, with an address.
func (s *space) wired(name string, o *space, far, addr string) {
	s.ip("link", "add", name, "type", "veth", "peer", "name", far, "netns", o.id())
	s.ip("link", "set", name, "up")
	o.addressed(far, addr)
}

func (s *space) addressed(name, addr string) {
	s.ip("addr", "add", addr, "dev", name)
	s.ip("link", "set", name, "up")
}

func (s *space) listen(addr string) net.Listener {
	s.t.Helper()
	var ln net.Listener
	var err error
	s.do(func() { ln, err = net.Listen("tcp4", addr) })
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ln.Close() })
	return ln
}

func (s *space) dial(addr string) net.Conn {
	s.t.Helper()
	var c net.Conn
	var err error
	s.do(func() { c, err = net.DialTimeout("tcp4", addr, patience) })
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// badChecksums are the segments and datagrams that the kernel of the namespace threw away.
func (s *space) badChecksums() (n int) {
	s.do(func() {
		text, err := os.ReadFile("/proc/thread-self/net/snmp")
		if err != nil {
			s.t.Error(err)
		}
		var names []string
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if names == nil {
				names = words
				continue
			}
			for i, w := range names {
				if k, err := strconv.Atoi(words[i]); w == "InCsumErrors" && err == nil {
					n += k
				}
			}
			names = nil
		}
	})
	return n
}

// smtpSink is a mail server that keeps the sum of what it took.
func smtpSink(ln net.Listener, took chan<- [32]byte) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		t := textproto.NewConn(c)
		t.PrintfLine("220 sink.example.com ready")
		for {
			line, err := t.ReadLine()
			if err != nil {
				break
			}
			verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
			switch verb {
			case "HELO", "MAIL", "RCPT", "RSET", "NOOP":
				t.PrintfLine("250 ok")
			case "DATA":
				t.PrintfLine("354 go on")
				sum := sha256.New()
				io.Copy(sum, t.DotReader())
				took <- [32]byte(sum.Sum(nil))
				t.PrintfLine("250 taken")
			case "QUIT":
				t.PrintfLine("221 bye")
			default:
				t.PrintfLine("500 what")
			}
		}
		c.Close()
	}
}

// TestNamespaces: hosts of the kernel on both sides, by links of each kind that joins kernels. Mail passes the
// inspection whole, with the offloads that the kernel has for such wires; nothing else comes in; no checksum is wrong.
func TestNamespaces(t *testing.T) {
	client(t, "ip")
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, c := range []struct{ release, outside, inside string }{
		{"pix-6.3", "packet:o0", "packet:i0"},
		{"asa-9.8", "packet:o0", "tap:i0"},
		{"pix-4.1", "tap:o0", "packet:i0"},
	} {
		t.Run(c.release+" "+c.outside+" "+c.inside, func(t *testing.T) {
			far, mid, near := newSpace(t), newSpace(t), newSpace(t)
			for _, w := range []struct {
				spec, addr string
				o          *space
			}{{c.outside, "203.0.113.50/24", far}, {c.inside, "10.1.1.10/24", near}} {
				if _, name, _ := strings.Cut(w.spec, ":"); strings.HasPrefix(w.spec, "packet") {
					mid.wired(name, w.o, name+"x", w.addr)
				}
			}
			var b *box
			mid.do(func() { b = bootRelease(t, c.release, "--link", "outside="+c.outside, "--link", "inside="+c.inside) })
			for _, w := range []struct {
				spec, addr string
				o          *space
			}{{c.outside, "203.0.113.50/24", far}, {c.inside, "10.1.1.10/24", near}} {
				if name, tap := strings.CutPrefix(w.spec, "tap:"); tap {
					mid.ip("link", "set", name, "netns", w.o.id())
					w.o.addressed(name, w.addr)
				}
			}
			near.ip("route", "add", "default", "via", "10.1.1.1")
			took := make(chan [32]byte, 1)
			go smtpSink(near.listen("10.1.1.10:25"), took)
			near.listen("10.1.1.10:80")

			conn := far.dial("203.0.113.10:25")
			m, err := smtp.NewClient(greeted{conn, t}, "far.example.net")
			if err != nil {
				t.Fatal(err)
			}
			body := bytes.Repeat([]byte("All mail behind a firewall is like any other mail, but later.\r\n"), 1<<17)
			if err := m.Mail("a@example.net"); err != nil {
				t.Fatal(err)
			}
			if err := m.Rcpt("b@example.com"); err != nil {
				t.Fatal(err)
			}
			w, err := m.Data()
			if err == nil {
				_, err = w.Write(body)
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := <-took; got != sha256.Sum256(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))) {
				t.Error("the message is not what was sent")
			}
			m.Quit()
			far.do(func() {
				d := net.Dialer{Timeout: patience / 20}
				if c, err := d.DialContext(context.Background(), "tcp4", "203.0.113.10:80"); err == nil {
					c.Close()
					t.Error("what nothing permits came in")
				}
			})
			for name, s := range map[string]*space{"outside": far, "inside": near} {
				if n := s.badChecksums(); n != 0 {
					t.Errorf("%s: %d bad checksums", name, n)
				}
			}
			b.stops()
		})
	}
}

// greeted checks the first line of a connection: it is masked.
type greeted struct {
	net.Conn
	t *testing.T
}

var maskedGreeting = regexp.MustCompile(`^220 ([*20 ]+|SMTP/cmap_+ read)\r\n`)

func (g greeted) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	if bytes.HasPrefix(b[:n], []byte("220")) && !maskedGreeting.Match(b[:n]) {
		g.t.Errorf("greeting %q", b[:n])
	}
	return n, err
}

// TestLinkFlags: what --link cannot mean is said in one line, before anything is started.
func TestLinkFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"--link x", `"x" is not INTERFACE=LINK`},
		{"--link dmz=udp:127.0.0.1:1,127.0.0.1:2", `no interface "dmz": there are ethernet0 (outside), ethernet1 (inside)`},
		{"--link ethernet9=lab --link ethernet8=lab", "the same side of the lab"},
		{"--link ethernet12=lab", `no interface "ethernet12"`},
		{"--link outside=udp:1", "two ends are needed"},
		{"--link outside=lab --link ethernet0=lab:inside", "are one interface"},
		{"--link outside=carrier:x", "there are packet, tap, udp"},
	} {
		r := invoke(t, append([]string{"run", "--console", "none"}, strings.Fields(c.args)...)...)
		if r.code != exitUsage || !strings.Contains(r.err, c.want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%s: %+v", c.args, r)
		}
	}
	if r := invoke(t, "run", "--console", "none", "--link", "outside=pcap:/nothing/here,"); r.code != exitFailure || !strings.Contains(r.err, "--link outside: open /nothing/here") {
		t.Errorf("%+v", r)
	}
}

// The two boxes of TestLinkedBoxes. What the lab has outside is behind the inside of the far one.
const (
	nearBox = `nameif ethernet0 outside security0
nameif ethernet1 inside security100
interface ethernet0 auto
interface ethernet1 auto
ip address outside 192.0.2.1 255.255.255.0
ip address inside 10.1.1.1 255.255.255.0
static (inside,outside) 192.0.2.10 10.1.1.10 netmask 255.255.255.255 0 0
conduit permit tcp host 192.0.2.10 eq smtp any
route outside 0.0.0.0 0.0.0.0 192.0.2.2 1
`
	farBox = `nameif ethernet0 outside security0
nameif ethernet1 inside security100
interface ethernet0 auto
interface ethernet1 auto
ip address outside 192.0.2.2 255.255.255.0
ip address inside 203.0.113.1 255.255.255.0
nat (inside) 0 0.0.0.0 0.0.0.0 0 0
no fixup protocol smtp 25
route inside 198.51.100.0 255.255.255.0 203.0.113.254 1
`
)

// TestLinkedBoxes: two simulators on one wire, whatever that is. The lab of one reaches the mail server of the other, through
// the Mailguard of that.
func TestLinkedBoxes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, near, far string }{
		{"unix", "unix:%[1]s/a,%[1]s/b", "unix:%[1]s/b,%[1]s/a"},
		{"stream", "stream:listen,%[1]s/s", "stream:%[1]s/s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			conf := func(name, text string) string {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				return filepath.Join(dir, name)
			}
			boot(t, "--startup-config", conf("near", nearBox), "--link", "outside="+fmt.Sprintf(c.near, dir))
			far := boot(t, "--startup-config", conf("far", farBox), "--link", "outside="+fmt.Sprintf(c.far, dir), "--link", "inside=lab:outside",
				"--forward", "127.0.0.1:0=client,192.0.2.10:25")
			if far.ssh != "off" || far.telnet != "off" {
				t.Errorf("ways to a host that is on no wire: ssh=%s telnet=%s", far.ssh, far.telnet)
			}
			at := regexp.MustCompile(`forward \S+ at (\S+)`).FindStringSubmatch(far.diag.String())
			if at == nil {
				t.Fatalf("no forward: %s", far.diag)
			}
			if m, _ := dial(t, at[1]).matches(t, `^[^\n]*\n`); !maskedGreeting.MatchString(m[0]) {
				t.Errorf("greeting %q", m[0])
			}
		})
	}
}
