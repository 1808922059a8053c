package link

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pixsim/dataplane/packet"
)

// inNamespace runs f in a network namespace of its own, which goes with the thread that f runs on.
func inNamespace(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip(err)
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			defer func() { done <- nil }()
			f(t)
			return
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Skipf("no network namespace: %v", err)
	}
}

// ip runs ip(8) in the namespace of the calling thread.
func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Errorf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func veth(t *testing.T) {
	t.Helper()
	ip(t, "link", "add", "va", "type", "veth", "peer", "name", "vb")
	for _, name := range []string{"va", "vb"} {
		os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
		ip(t, "link", "set", name, "up")
	}
}

// wanted reads until a frame of the test has come; the kernel sends some of its own.
func wanted(t *testing.T, l Link, ether string) Frame {
	t.Helper()
	fs := room(1, 70000)
	for {
		n, err := l.Read(fs)
		if err != nil {
			t.Errorf("Read: %v", err)
			return Frame{}
		}
		for _, f := range fs[:n] {
			if bytes.HasPrefix(f.Bytes(), []byte(ether)) {
				return f
			}
		}
	}
}

const testEther = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"

// superFrame is a TCP segment of n octets that a card is to cut.
func superFrame(n int, flags uint8) Frame {
	b := append([]byte(testEther), 8, 0)
	b = packet.AppendTCP(b, packet.Header{Src: 0x0a010102, Dst: 0x0a010103, TTL: 64},
		packet.Segment{SrcPort: 1, DstPort: 25, Seq: 99, Flags: flags, Payload: bytes.Repeat([]byte("0123456789"), n/10)})
	var d packet.Parsed
	d.DecodeIP(b[14:])
	p := d.Packet(1400, true)
	p.FillTransport()
	return Frame{Buf: b, Len: len(b), GSOSize: 1400, NeedsCsum: true}
}

// Frames cross a pair of kernel interfaces whole: small ones, with VLAN tags, and super-frames with what is left to do.
func TestPacketLink(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		veth(t)
		a, b := mustOpen(t, "packet:va"), mustOpen(t, "packet:vb")
		if a.MTU() != 1500 || Waiting(a) != "" {
			t.Errorf("MTU %d, waiting %q", a.MTU(), Waiting(a))
		}
		tagged := append([]byte(testEther), 0x81, 0, 0x60, 5, 8, 0, 1, 2, 3, 4)
		for name, f := range map[string]Frame{
			"small":    {Buf: append([]byte(testEther), 0x88, 0xb5, 1), Len: 15},
			"tagged":   {Buf: tagged, Len: len(tagged)},
			"super":    superFrame(60000, packet.ACK),
			"with CWR": superFrame(3000, packet.ACK|packet.CWR),
			"short":    func() Frame { f := superFrame(100, packet.ACK); return f }(),
		} {
			if n, err := a.Write([]Frame{f}); n != 1 || err != nil {
				t.Errorf("%s: Write = %d, %v", name, n, err)
			}
			got := wanted(t, b, testEther)
			gso := f.GSOSize
			if name == "short" {
				gso = 0
			}
			if !bytes.Equal(got.Bytes(), f.Bytes()) || got.GSOSize != gso || got.NeedsCsum != f.NeedsCsum {
				t.Errorf("%s: %d octets, %d, %v; sent %d, %d, %v", name, got.Len, got.GSOSize, got.NeedsCsum, f.Len, f.GSOSize, f.NeedsCsum)
			}
		}
		// A batch is more than a call takes, and what no interface takes is skipped, not what follows.
		batch := make([]Frame, 0, ringSlots-8)
		for i := range cap(batch) {
			f := frame(append([]byte(testEther), fmt.Sprintf("\x88\xb5%4d", i)...))
			if i%50 == 7 {
				f = frame(append([]byte(testEther), make([]byte, 3000)...)) // beyond the MTU, and not to be cut
			}
			batch = append(batch, f)
		}
		a.Write(batch)
		for i := range batch {
			if i%50 != 7 {
				if got := wanted(t, b, testEther); !bytes.Equal(got.Bytes(), batch[i].Bytes()) {
					t.Fatalf("frame %d is %q", i, got.Bytes())
				}
			}
		}
	})
}

// beside runs f in the namespace of the calling thread, on another one. What it returns waits for f.
func beside(t *testing.T, f func()) (wait func()) {
	t.Helper()
	ns, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer ns.Close()
		runtime.LockOSThread()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	return func() { <-done }
}

// A link waits for an interface that is not there, and again when it went.
func TestPacketLinkWaits(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		l := mustOpen(t, "packet:va")
		if Waiting(l) == "" {
			t.Error("it does not wait")
		}
		f := frame(append([]byte(testEther), 0x88, 0xb5, 9))
		if n, err := l.Write([]Frame{f}); n != 1 || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
		for range 2 {
			came := make(chan struct{})
			wait := beside(t, func() {
				veth(t)
				peer := mustOpen(t, "packet:vb")
				defer peer.Close()
				for {
					g := frame(f.Bytes())
					peer.Write([]Frame{g})
					select {
					case <-came:
						ip(t, "link", "del", "va")
						return
					case <-time.After(20 * time.Millisecond):
					}
				}
			})
			if g := wanted(t, l, testEther); !bytes.Equal(g.Bytes(), f.Bytes()) {
				t.Errorf("%q", g.Bytes())
			}
			close(came)
			wait()
		}
		wait := beside(t, func() { time.Sleep(50 * time.Millisecond); l.Close() })
		for fs := room(8, 2000); ; {
			if _, err := l.Read(fs); err != nil {
				if !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
				break
			}
		}
		wait()
	})
}

// What the kernel sends by a TAP interface is read, super-frames whole, and what is written reaches its sockets.
func TestTapLink(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		if _, err := os.Stat("/dev/net/tun"); errors.Is(err, fs.ErrNotExist) {
			t.Skip(err)
		}
		l := mustOpen(t, "tap:tap0")
		ifc, err := net.InterfaceByName("tap0")
		if err != nil || ifc.Flags&net.FlagUp == 0 || l.MTU() != ifc.MTU {
			t.Errorf("%+v, %v, MTU %d", ifc, err, l.MTU())
		}
		peer := mustOpen(t, "packet:tap0")
		for name, f := range map[string]Frame{
			"small": {Buf: append([]byte(testEther), 0x88, 0xb5, 1), Len: 15}, "super": superFrame(60000, packet.ACK),
		} {
			for way, ends := range [][2]Link{{l, peer}, {peer, l}} {
				if n, err := ends[0].Write([]Frame{f}); n != 1 || err != nil {
					t.Errorf("%s %d: Write = %d, %v", name, way, n, err)
				}
				got := wanted(t, ends[1], testEther)
				if !bytes.Equal(got.Bytes(), f.Bytes()) || got.GSOSize != f.GSOSize || got.NeedsCsum != f.NeedsCsum {
					t.Errorf("%s %d: %d octets, %d, %v", name, way, got.Len, got.GSOSize, got.NeedsCsum)
				}
			}
		}
		wait := beside(t, func() { time.Sleep(50 * time.Millisecond); l.Close() })
		for fs := room(8, 2000); ; {
			if _, err := l.Read(fs); err != nil {
				if !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
				break
			}
		}
		wait()
	})
}

// Without the privilege the error names it, in one line.
func TestDevicesNeedPrivilege(t *testing.T) {
	if os.Getuid() == 0 {
		for _, err := range []error{needs(unix.EPERM, "CAP_NET_RAW"), needs(unix.EACCES, "CAP_NET_RAW")} {
			if !strings.HasSuffix(err.Error(), ": it needs CAP_NET_RAW") {
				t.Error(err)
			}
		}
		return
	}
	for spec, want := range map[string]string{"packet:lo": "CAP_NET_RAW", "tap:pixsim0": "CAP_NET_ADMIN"} {
		l, err := Open(spec)
		if err == nil {
			l.Close()
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

func TestPollBell(t *testing.T) {
	b, err := newPollBell(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	testBell(t, b)
}

// What was taken stands in the ring, writable with room before it, until it is given back; a ring that is all out takes nothing.
func TestPacketTake(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		veth(t)
		a, l := mustOpen(t, "packet:va"), mustOpen(t, "packet:vb").(*packetLink)
		bell, err := NewBell([]Direct{l})
		if err != nil {
			t.Error(err)
			return
		}
		defer bell.Close()
		var out []Frame
		var taken [8]Frame
		sent := 0
		for end := time.Now().Add(5 * time.Second); len(out) < ringSlots-1 && time.Now().Before(end); {
			if sent < ringSlots+20 {
				a.Write([]Frame{frame(append([]byte(testEther), 0x88, 0xb5, byte(sent), byte(sent>>8)))})
				sent++
			}
			n, err := l.Take(taken[:])
			if err != nil {
				t.Error(err)
			}
			out = append(out, taken[:n]...)
			if n == 0 {
				bell.Wait(time.Millisecond)
			}
		}
		if n, _ := l.Take(taken[:]); n != 0 {
			t.Errorf("%d more than the ring has", n)
		}
		next := -1
		for i := range out {
			f := &out[i]
			if !bytes.HasPrefix(f.Bytes(), []byte(testEther)) {
				continue // the kernel's own
			}
			k := int(f.Bytes()[14]) | int(f.Bytes()[15])<<8
			if next >= 0 && k != next {
				t.Errorf("frame %d, want %d", k, next)
			}
			next = k + 1
			if f.Off < Headroom {
				t.Errorf("%d octets before it", f.Off)
			}
			clear(f.Buf[f.Off-Headroom : f.Off+f.Len])
		}
		l.Give()
		a.Write([]Frame{frame(append([]byte(testEther), 0x88, 0xb5, 'z', 0))})
		for end := time.Now().Add(5 * time.Second); ; bell.Wait(time.Millisecond) {
			n, _ := l.Take(taken[:])
			found := false
			for _, f := range taken[:n] {
				found = found || f.Bytes()[14] == 'z'
			}
			l.Give()
			if found {
				return
			}
			if time.Now().After(end) {
				t.Error("the ring gives nothing more")
				return
			}
		}
	})
}

// A datagram that stands for many (UDP_SEGMENT) is taken as these, over as many calls as it needs.
func TestPacketTakeDatagrams(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		veth(t)
		ip(t, "addr", "add", "10.9.0.1/24", "dev", "va")
		ip(t, "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:09", "dev", "va")
		l := mustOpen(t, "packet:vb").(*packetLink)
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			defer unix.Close(fd)
			err = unix.SetsockoptInt(fd, unix.SOL_UDP, unix.UDP_SEGMENT, 100)
		}
		if err != nil {
			t.Skip(err)
		}
		const trains, each, last = 3, 60, 7
		for range trains {
			if err := unix.Sendto(fd, make([]byte, (each-1)*100+last), 0, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{10, 9, 0, 2}}); err != nil {
				t.Error(err)
			}
		}
		bell, err := NewBell([]Direct{l})
		if err != nil {
			t.Error(err)
			return
		}
		defer bell.Close()
		var lens []int
		var taken [8]Frame
		for end := time.Now().Add(5 * time.Second); len(lens) < trains*each && time.Now().Before(end); {
			n, _ := l.Take(taken[:])
			for _, f := range taken[:n] {
				var d packet.Parsed
				d.DecodeIP(f.Bytes()[packet.EthernetLen:])
				if d.Kind != packet.KindUDP {
					continue
				}
				if !d.Packet(0, f.NeedsCsum).TransportOK() || !d.IP.ChecksumOK() {
					t.Errorf("datagram %d: its checksum is wrong", len(lens))
				}
				lens = append(lens, d.PayloadLen())
			}
			l.Give()
			if n == 0 {
				bell.Wait(10 * time.Millisecond)
			}
		}
		for i, n := range lens {
			if want := map[bool]int{true: last, false: 100}[i%each == each-1]; n != want {
				t.Errorf("datagram %d: %d octets, want %d", i, n, want)
			}
		}
		if len(lens) != trains*each {
			t.Errorf("%d datagrams, want %d", len(lens), trains*each)
		}
	})
}
