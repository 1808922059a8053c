package main

import (
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

const offloadedBox = publishedBox + `access-list IN permit tcp any host 192.0.2.25 eq 5201
access-list IN permit udp any host 192.0.2.25 eq 9
access-group IN in interface outside
access-list ALL permit ip any any
enable password cisco
`

// answersAll answers all that comes with itself.
func answersAll(t *testing.T, near *space) {
	ln := near.listen(benchServer + ":5201")
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	var u net.PacketConn
	near.do(func() { u, _ = net.ListenPacket("udp4", benchServer+":9") })
	if u == nil {
		t.Fatal("port 9 is taken")
	}
	t.Cleanup(func() { u.Close() })
	go func() {
		for b := make([]byte, 65536); ; {
			n, from, err := u.ReadFrom(b)
			if err != nil {
				return
			}
			u.WriteTo(b[:n], from)
		}
	}()
}

// chats sends and expects the same back, some times; the first that is lost ends it.
func chats(c net.Conn, times, octets int, patience time.Duration) error {
	out, back := make([]byte, octets), make([]byte, octets)
	rand.Read(out)
	for range times {
		c.SetDeadline(time.Now().Add(patience))
		sent := make(chan error, 1)
		go func() { _, err := c.Write(out); sent <- err }()
		if _, err := io.ReadFull(c, back); err != nil {
			return err
		}
		if err := <-sent; err != nil {
			return err
		}
		if !bytes.Equal(out, back) {
			return io.ErrUnexpectedEOF
		}
	}
	return nil
}

// asleep lets f go on while the program is stopped: what passes then passes without it.
func (b *box) asleep(f func()) {
	b.cmd.Process.Signal(syscall.SIGSTOP)
	defer b.cmd.Process.Signal(syscall.SIGCONT)
	f()
}

// hooks are the programs on an interface of a namespace.
func (s *space) hooks(name string) (n int) {
	s.t.Helper()
	s.do(func() {
		ifc, err := net.InterfaceByName(name)
		if err != nil {
			s.t.Error(err)
			return
		}
		all, err := link.QueryPrograms(link.QueryOptions{Target: ifc.Index, Attach: ebpf.AttachTCXIngress})
		if err != nil {
			s.t.Error(err)
			return
		}
		n = len(all.Programs)
	})
	return n
}

var connLine = regexp.MustCompile(`(?m)^TCP out 192.0.2.10:\d+ in 10.1.1.25:5201 idle 0:00:0\d Bytes (\d+) flags (\w+)`)

// TestOffload: what the kernel carries passes while the program is stopped, and everything that the program shows and does is as
// without it.
func TestOffload(t *testing.T) {
	client(t, "ip")
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	far, mid, near := benchNet(t)
	conf := filepath.Join(t.TempDir(), "conf")
	if err := os.WriteFile(conf, []byte(offloadedBox), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func(args ...string) (b *box) {
		mid.do(func() {
			b = bootRelease(t, "pix-6.3", append([]string{"--startup-config", conf, "--link", "outside=packet:o0", "--link", "inside=packet:i0"}, args...)...)
		})
		b.console.enables(t)
		return b
	}
	answersAll(t, near)
	said := map[string]string{}
	for _, arg := range []string{"", "--offload"} {
		var b *box
		if arg == "" {
			b = start()
		} else {
			b = start(arg)
			if strings.Contains(b.diag.String(), "no --offload") {
				t.Skip(b.diag)
			}
		}
		c := far.dial(benchGlobal + ":5201")
		if err := chats(c, 20, 100, patience); err != nil {
			t.Fatal(err)
		}
		if err := chats(c, 1, 3<<20, patience); err != nil {
			t.Fatal(err)
		}
		m := connLine.FindStringSubmatch(b.console.does(t, "show conn"))
		if m == nil {
			t.Fatalf("%q", b.console.does(t, "show conn"))
		}
		// What is lost under load is counted again when it is sent again.
		if n, _ := strconv.Atoi(m[1]); n < 2*(20*100+(3<<20)) || n > 4*(20*100+(3<<20)) {
			t.Errorf("show conn of %q counts %d octets", arg, n)
		}
		said[arg] = m[2]
		if arg != "" {
			t.Run("carried", func(t *testing.T) { offloadCarries(t, b, c, far, mid) })
			b.console.does(t, "clear xlate")
			c = far.dial(benchGlobal + ":5201")
			passesAsleep(t, b, c)
		}
		c.(*net.TCPConn).CloseWrite()
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
		b.awaits(t, "show conn", "^0 in use")
		c = far.dial(benchGlobal + ":5201")
		if err := chats(c, 40, 100, patience); err != nil {
			t.Error(err)
		}
		c.(*net.TCPConn).SetLinger(0)
		c.Close() // a reset
		b.awaits(t, "show conn", "^0 in use")
		b.stops()
		if arg != "" && mid.hooks("o0")+mid.hooks("i0") > 0 {
			t.Error("a program is left")
		}
	}
	if a, b := said[""], said["--offload"]; a != b {
		t.Errorf("show conn has flags %s, with the option %s", a, b)
	}
	b := start("--offload")
	if mid.hooks("o0") != 1 || mid.hooks("i0") != 1 {
		t.Error("no program")
	}
	c := far.dial(benchGlobal + ":5201")
	if err := chats(c, 40, 100, patience); err != nil {
		t.Error(err)
	}
	b.cmd.Process.Kill()
	<-b.gone
	if mid.hooks("o0")+mid.hooks("i0") > 0 {
		t.Error("a program is left when the box was killed")
	}
	if err := chats(c, 1, 100, time.Second); err == nil {
		t.Error("a dead box carries")
	}
	for name, s := range map[string]*space{"outside": far, "inside": near} {
		if n := s.badChecksums(); n != 0 {
			t.Errorf("%s: %d bad checksums", name, n)
		}
	}
}

// awaits says a command until its answer fits.
func (b *box) awaits(t *testing.T, line, want string) {
	t.Helper()
	re := regexp.MustCompile("(?m)" + want)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		out := b.console.does(t, line)
		if re.MatchString(out) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %q, want %s", line, out, want)
		}
	}
}

// passesAsleep tells whether a connection is carried while the box is stopped, which begins when it has nothing else to do.
func passesAsleep(t *testing.T, b *box, c net.Conn) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err = chats(c, 40, 100, patience); err != nil {
			break
		}
		b.asleep(func() { err = chats(c, 1, 100, time.Second) })
		if err == nil {
			return
		}
		io.CopyN(io.Discard, c, 100) // what came late
	}
	t.Errorf("nothing passes while the box is stopped: %v", err)
}

func offloadCarries(t *testing.T, b *box, c net.Conn, far, mid *space) {
	passesAsleep(t, b, c)
	b.asleep(func() {
		if err := chats(c, 10, 1<<20, patience); err != nil {
			t.Error(err)
		}
		far.do(func() {
			if other, err := net.DialTimeout("tcp4", benchGlobal+":5201", 300*time.Millisecond); err == nil {
				other.Close()
				t.Error("a new connection, without the box")
			}
		})
	})
	far.do(func() {
		if other, err := net.DialTimeout("tcp4", benchGlobal+":5202", 300*time.Millisecond); err == nil {
			other.Close()
			t.Error("a port that nothing permits")
		}
	})
	b.console.does(t, "capture c access-list ALL interface outside")
	if err := chats(c, 5, 100, patience); err != nil {
		t.Error(err)
	}
	b.awaits(t, "show capture c", `192.0.2.10.\d+ > 192.0.2.25.5201`)
	b.console.does(t, "no capture c")
	passesAsleep(t, b, c)

	var u net.Conn
	far.do(func() { u, _ = net.Dial("udp4", benchGlobal+":9") })
	defer u.Close()
	passesAsleep(t, b, u)
	if err := chats(u, 3, 4000, patience); err != nil { // in fragments
		t.Errorf("fragments: %v", err)
	}
	b.asleep(func() {
		if err := chats(u, 3, 10, patience); err != nil {
			t.Error(err)
		}
	})
	mid.ip("link", "set", "i0", "down")
	mid.ip("link", "set", "i0", "up")
	passesAsleep(t, b, c)

	other := far.dial(benchGlobal + ":5201")
	passesAsleep(t, b, other)
	b.console.does(t, "clear xlate")
	if err := chats(other, 1, 100, time.Second); err == nil {
		t.Error("what was cleared passes")
	}
	other.Close()

	other = far.dial(benchGlobal + ":5201")
	passesAsleep(t, b, other)
	b.console.does(t, "interface ethernet1 auto shutdown")
	if err := chats(other, 1, 100, time.Second); err == nil {
		t.Error("a connection passes an interface that is shut")
	}
	b.console.does(t, "interface ethernet1 auto")
}

// TestOffloadFlags: what --offload cannot do is said in one line; where the kernel or a privilege is missing, all works without.
func TestOffloadFlags(t *testing.T) {
	for _, args := range []string{"--offload", "--offload --link outside=udp:127.0.0.1:0,127.0.0.1:9"} {
		r := invoke(t, append([]string{"run", "--console", "none"}, strings.Fields(args)...)...)
		if r.code != exitUsage || !strings.Contains(r.err, "packet links") || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%s: %+v", args, r)
		}
	}
	client(t, "setpriv")
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	far, mid, near := benchNet(t)
	conf := filepath.Join(t.TempDir(), "conf")
	if err := os.WriteFile(conf, []byte(offloadedBox), 0o600); err != nil {
		t.Fatal(err)
	}
	answersAll(t, near)
	cmd := command(append([]string{"run", "--startup-config", conf, "--link", "outside=packet:o0", "--link", "inside=packet:i0", "--offload"}, anyPort...)...)
	cmd.Args = append([]string{"setpriv", "--bounding-set", "-bpf,-net_admin,-sys_admin", "--", cmd.Path}, cmd.Args[1:]...)
	cmd.Path, _ = exec.LookPath("setpriv")
	var b *box
	mid.do(func() { b = launch(t, cmd) })
	b.diag.matches(t, `(?m)^pixsim: no --offload, .*CAP_BPF.*\n`)
	b.ready(b.diag)
	if err := chats(far.dial(benchGlobal+":5201"), 40, 100, patience); err != nil {
		t.Error(err)
	}
	b.stops()
}
