package hoststack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"

	"go.uber.org/goleak"
	"gvisor.dev/gvisor/pkg/log"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	addrA  = netip.MustParseAddr("10.1.1.10")
	addrB  = netip.MustParseAddr("10.1.1.20")
	extraB = netip.MustParseAddr("198.51.100.25")
)

func prefix(a netip.Addr, bits int) netip.Prefix { return netip.PrefixFrom(a, bits) }

func port(a netip.Addr, p uint16) netip.AddrPort { return netip.AddrPortFrom(a, p) }

func newHost(t *testing.T, l link.Link, c Config) *Host {
	t.Helper()
	h, err := New(l, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// pair is two hosts on one segment. B has a second address, behind which it is its own router: A reaches it through B.
func pair(t *testing.T) (a, b *Host) {
	t.Helper()
	sw := link.NewSwitch(1500)
	return pairOn(t, sw.Port(), sw.Port())
}

func pairOn(t *testing.T, la, lb link.Link) (a, b *Host) {
	t.Helper()
	a = newHost(t, la, Config{Name: "a", MAC: [6]byte{2, 0, 0, 0, 0, 1}, Addrs: []netip.Prefix{prefix(addrA, 24)}, Gateway: addrB})
	b = newHost(t, lb, Config{Name: "b", MAC: [6]byte{2, 0, 0, 0, 0, 2},
		Addrs: []netip.Prefix{prefix(addrB, 24), prefix(extraB, 32)}})
	return a, b
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// connect is a connection from a to b, both ends.
func connect(t *testing.T, a, b *Host, to netip.Addr) (client, server net.Conn) {
	t.Helper()
	l, err := b.Listen(port(to, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	p := uint16(l.Addr().(*net.TCPAddr).Port)
	client, err = a.Dial(within(t, 10*time.Second), netip.AddrPort{}, port(to, p))
	if err != nil {
		t.Fatal(err)
	}
	return client, <-accepted
}

// carried sends n octets each way at once and compares.
func carried(t *testing.T, x, y net.Conn, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i, dir := range []struct{ from, to net.Conn }{{x, y}, {y, x}} {
		data := make([]byte, n)
		for k := range data {
			data[k] = byte(rand.Uint32())
		}
		wg.Go(func() {
			if _, err := dir.from.Write(data); err != nil {
				t.Errorf("direction %d: %v", i, err)
			}
			if err := dir.from.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Errorf("direction %d: %v", i, err)
			}
		})
		wg.Go(func() {
			got, err := io.ReadAll(dir.to)
			if err != nil || sha256.Sum256(got) != sha256.Sum256(data) {
				t.Errorf("direction %d: %d of %d octets, %v", i, len(got), n, err)
			}
		})
	}
	wg.Wait()
}

func TestTCPBothWaysWithHalfClose(t *testing.T) {
	a, b := pair(t)
	x, y := connect(t, a, b, addrB)
	if got := y.RemoteAddr().(*net.TCPAddr).IP.String(); got != addrA.String() {
		t.Errorf("the server sees %s", got)
	}
	carried(t, x, y, 3<<20)
	x.Close()
	y.Close()
	if x.RemoteAddr() == nil || x.LocalAddr() == nil {
		t.Error("a closed connection has forgotten its addresses")
	}
}

func TestTCPOverBadWires(t *testing.T) {
	la, lb := link.Pipe(1500)
	bad := link.Impairment{Loss: 0.03, Duplicate: 0.05, Reorder: 0.05, Seed: 3}
	a, b := pairOn(t, link.Impair(la, bad), link.Impair(lb, bad))
	x, y := connect(t, a, b, addrB)
	carried(t, x, y, 200<<10)
}

func TestAddressBehindTheHost(t *testing.T) {
	a, b := pair(t)
	x, y := connect(t, a, b, extraB)
	carried(t, x, y, 1000)
	l, err := a.Listen(port(addrA, 80))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := b.Dial(within(t, 5*time.Second), port(extraB, 4000), port(addrA, 80)); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if got := c.RemoteAddr().String(); got != "198.51.100.25:4000" {
		t.Errorf("from %s", got)
	}
}

// What a host asks by ARP about its own wire must come from its address on that wire.
func TestARPAnnounce(t *testing.T) {
	l, wire := link.Pipe(1500)
	defer wire.Close()
	gate := netip.MustParseAddr("203.0.113.254")
	h := newHost(t, l, Config{Name: "client", MAC: [6]byte{2, 0, 0, 0, 0, 9},
		Addrs: []netip.Prefix{prefix(extraB, 32), prefix(gate, 24)}, Source: extraB})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Dial(ctx, netip.AddrPort{}, netip.MustParseAddrPort("203.0.113.10:25"))
	}()
	fs := []link.Frame{{Buf: make([]byte, 2000)}}
	if _, err := wire.Read(fs); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-done
	arp := header.ARP(fs[0].Bytes()[14:])
	if !arp.IsValid() || net.IP(arp.ProtocolAddressSender()).String() != "203.0.113.254" ||
		net.IP(arp.ProtocolAddressTarget()).String() != "203.0.113.10" {
		t.Errorf("the first frame is % x", fs[0].Bytes())
	}
	// RFC 826: it answers for each of its addresses.
	req := append([]byte(nil), fs[0].Bytes()...)
	copy(req[0:6], bytes.Repeat([]byte{0xff}, 6))
	copy(req[6:12], []byte{2, 0, 0, 0, 0, 1})
	q := header.ARP(req[14:])
	copy(q.HardwareAddressSender(), []byte{2, 0, 0, 0, 0, 1})
	copy(q.ProtocolAddressSender(), []byte{203, 0, 113, 1})
	for _, target := range []netip.Addr{gate, extraB} {
		copy(q.ProtocolAddressTarget(), target.AsSlice())
		if _, err := wire.Write([]link.Frame{{Buf: req, Len: len(req)}}); err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := wire.Read(fs); err != nil {
				t.Fatal(err)
			}
			if r := header.ARP(fs[0].Bytes()[14:]); r.IsValid() && r.Op() == header.ARPReply {
				if !bytes.Equal(r.ProtocolAddressSender(), target.AsSlice()) || !bytes.Equal(r.HardwareAddressSender(), []byte{2, 0, 0, 0, 0, 9}) {
					t.Errorf("asked for %v: % x", target, r)
				}
				break
			}
		}
	}
}

func TestErrorsAreThoseOfSockets(t *testing.T) {
	a, b := pair(t)
	if _, err := a.Dial(within(t, 5*time.Second), netip.AddrPort{}, port(addrB, 9)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("closed port: %v", err)
	}
	x, y := connect(t, a, b, addrB)
	if err := y.(*Conn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	y.Close()
	if _, err := x.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a reset: %v", err)
	}
	x, y = connect(t, a, b, addrB)
	y.Close()
	if _, err := x.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after a close: %v", err)
	}
	x, _ = connect(t, a, b, addrB)
	x.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := x.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	x.SetReadDeadline(time.Time{})
	time.AfterFunc(20*time.Millisecond, func() { x.Close() })
	if _, err := x.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed under a Read: %v", err)
	}
	if err := x.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
	if _, err := a.Listen(port(netip.MustParseAddr("192.0.2.1"), 80)); !errors.Is(err, syscall.EADDRNOTAVAIL) {
		t.Errorf("listening on a foreign address: %v", err)
	}
	l, err := a.Listen(port(addrA, 80))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Listen(port(addrA, 80)); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port twice: %v", err)
	}
	l.Close()
	if _, err = a.Listen(port(addrA, 80)); err != nil {
		t.Errorf("the port again: %v", err)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	l, wire := link.Pipe(1500) // nobody answers
	defer wire.Close()
	h := newHost(t, l, Config{Name: "lonely", MAC: [6]byte{2, 0, 0, 0, 0, 1}, Addrs: []netip.Prefix{prefix(addrA, 24)}})
	begin := time.Now()
	_, err := h.Dial(within(t, 50*time.Millisecond), netip.AddrPort{}, port(addrB, 25))
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Second {
		t.Errorf("Dial = %v after %v", err, time.Since(begin))
	}
	if _, err := h.Ping(within(t, 50*time.Millisecond), netip.Addr{}, addrB, 56); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping = %v", err)
	}
}

func TestListenOnEveryAddress(t *testing.T) {
	a, b := pair(t)
	for _, at := range []netip.AddrPort{port(netip.IPv4Unspecified(), 25), {}} {
		l, err := b.Listen(at)
		if err != nil {
			t.Fatal(err)
		}
		p := uint16(l.Addr().(*net.TCPAddr).Port)
		for _, to := range []netip.Addr{addrB, extraB} {
			c, err := a.Dial(within(t, 5*time.Second), netip.AddrPort{}, port(to, p))
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			s, err := l.Accept()
			if err != nil || s.LocalAddr().(*net.TCPAddr).IP.String() != to.String() {
				t.Errorf("accepted %v, %v", s, err)
			}
			s.Close()
		}
		l.Close()
	}
}

// A service whose connections the server closed, so that they wait in TIME-WAIT, can start again at once; two at the same
// time cannot be.
// A connection that was reset while it waited to be accepted still has a far end.
func TestAcceptAfterReset(t *testing.T) {
	a, b := pair(t)
	l, err := b.Listen(port(addrB, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := l.Addr().(*net.TCPAddr).AddrPort()
	c, err := a.Dial(within(t, 10*time.Second), netip.AddrPort{}, netip.AddrPortFrom(addrB, at.Port()))
	if err != nil {
		t.Fatal(err)
	}
	local := c.LocalAddr().String()
	c.(*Conn).SetLinger(0)
	c.Close()
	time.Sleep(50 * time.Millisecond) // the reset is there
	got, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if got.RemoteAddr() == nil || got.RemoteAddr().String() != local {
		t.Errorf("from %v, not %s", got.RemoteAddr(), local)
	}
}

func TestListenAgain(t *testing.T) {
	a, b := pair(t)
	at := port(addrB, 23)
	for range 3 {
		l, err := b.Listen(at)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := b.Listen(at); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("a second listener: %v", err)
			if second != nil {
				second.Close()
			}
		}
		client, err := a.Dial(within(t, 5*time.Second), netip.AddrPort{}, at)
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
		client.SetReadDeadline(time.Now().Add(5 * time.Second))
		if n, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("Read = %d, %v", n, err)
		}
		client.Close()
		l.Close()
	}
}

func TestUDP(t *testing.T) {
	a, b := pair(t)
	s, err := b.ListenUDP(port(netip.Addr{}, 514))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	second, err := b.ListenUDP(port(extraB, 515))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	for to, s := range map[netip.Addr]net.PacketConn{addrB: s, extraB: second} {
		c, err := a.DialUDP(netip.AddrPort{}, port(to, uint16(s.LocalAddr().(*net.UDPAddr).Port)))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"<166>hello", "", string(make([]byte, 4000))} { // the last one in fragments
			if _, err := c.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 8192)
			n, from, err := s.ReadFrom(buf)
			if err != nil || string(buf[:n]) != text || from.(*net.UDPAddr).IP.String() != addrA.String() {
				t.Fatalf("%d octets from %v, %v", n, from, err)
			}
			if _, err := s.WriteTo([]byte("ok"), from); err != nil {
				t.Fatal(err)
			}
			if n, err := c.Read(buf); err != nil || string(buf[:n]) != "ok" {
				t.Fatalf("answer %q, %v", buf[:n], err)
			}
		}
		c.Close()
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write after Close = %v", err)
		}
	}
	if _, err := s.WriteTo([]byte("x"), &net.IPAddr{}); err == nil {
		t.Error("an address that is none was taken")
	}
	s.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, _, err := s.ReadFrom(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("ReadFrom = %v", err)
	}
}

func TestPing(t *testing.T) {
	a, b := pair(t)
	for _, size := range []int{0, 56, 100, 1472, 4000} {
		for _, to := range []netip.Addr{addrB, extraB, addrA} {
			d, err := a.Ping(within(t, 5*time.Second), netip.Addr{}, to, size)
			if err != nil || d < 0 {
				t.Errorf("ping %v size %d: %v, %v", to, size, d, err)
			}
		}
	}
	if _, err := b.Ping(within(t, 5*time.Second), extraB, addrA, 10); err != nil {
		t.Errorf("from the second address: %v", err)
	}
	if _, err := a.Ping(within(t, time.Second), netip.Addr{}, addrB, 70000); err == nil {
		t.Error("70000 octets were sent")
	}
}

func TestSetAddrsLive(t *testing.T) {
	a, b := pair(t)
	x, y := connect(t, a, b, addrB)
	other := netip.MustParseAddr("10.1.1.30")
	if err := b.SetAddrs([]netip.Prefix{prefix(addrB, 24), prefix(other, 24)}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ping(within(t, 5*time.Second), netip.Addr{}, other, 10); err != nil {
		t.Errorf("the new address: %v", err)
	}
	if _, err := a.Ping(within(t, 100*time.Millisecond), netip.Addr{}, extraB, 10); err == nil {
		t.Error("the old address still answers")
	}
	carried(t, x, y, 1000) // its address stayed
	for _, bad := range [][]netip.Prefix{{{}}, {netip.MustParsePrefix("2001:db8::1/64")}, {prefix(addrB, 24), prefix(addrB, 16)}} {
		if err := b.SetAddrs(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if got := b.Addrs(); len(got) != 2 || got[1].Addr() != other {
		t.Errorf("after refused changes: %v", got)
	}
	if _, err := New(mustPort(), Config{Addrs: []netip.Prefix{{}}}); err == nil {
		t.Error("New took an invalid address")
	}
}

func mustPort() link.Link { return link.NewSwitch(1500).Port() }

// Close must end whatever waits, and leave no goroutine (TestMain looks).
func TestCloseEndsEverything(t *testing.T) {
	a, b := pair(t)
	x, _ := connect(t, a, b, addrB)
	l, err := a.Listen(port(netip.Addr{}, 80))
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.ListenUDP(port(netip.Addr{}, 514))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	waiting := map[string]func() error{
		"read":   func() error { _, err := x.Read(make([]byte, 1)); return err },
		"accept": func() error { _, err := l.Accept(); return err },
		"udp":    func() error { _, _, err := u.ReadFrom(make([]byte, 1)); return err },
		"dial": func() error {
			_, err := a.Dial(context.Background(), netip.AddrPort{}, netip.MustParseAddrPort("10.1.1.99:1"))
			return err
		},
		"ping": func() error {
			_, err := a.Ping(context.Background(), netip.Addr{}, netip.MustParseAddr("10.1.1.98"), 1)
			return err
		},
	}
	for name, f := range waiting {
		wg.Go(func() {
			if err := f(); err == nil {
				t.Errorf("%s ended without an error", name)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	a.Close()
	if _, err := a.Dial(context.Background(), netip.AddrPort{}, port(addrB, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial after Close = %v", err)
	}
	if _, err := a.Listen(port(addrA, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Listen after Close = %v", err)
	}
	if _, err := a.ListenUDP(port(addrA, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ListenUDP after Close = %v", err)
	}
	if _, err := a.Ping(context.Background(), netip.Addr{}, addrB, 1); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Ping after Close = %v", err)
	}
}

// A packet whose checksum its sender left to the card arrives; one with a wrong checksum does not.
func TestChecksums(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(f *link.Frame)
		ok     bool
	}{
		{"left to the card", leave, true},
		{"left to the card, for other addresses", func(f *link.Frame) { leave(f); spoil(f, 40) }, false},
		{"left to the card, with a wrong IP header", func(f *link.Frame) { leave(f); spoil(f, 24) }, false},
		{"wrong", func(f *link.Frame) { spoil(f, 40) }, false},
	} {
		la, lb := link.Pipe(1500)
		a, b := pairOn(t, damaged{la, c.damage}, lb)
		s, err := b.ListenUDP(port(addrB, 7))
		if err != nil {
			t.Fatal(err)
		}
		u, err := a.DialUDP(netip.AddrPort{}, port(addrB, 7))
		if err != nil {
			t.Fatal(err)
		}
		u.Write([]byte("datagram"))
		s.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if _, _, err := s.ReadFrom(make([]byte, 100)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

type damaged struct {
	link.Link
	damage func(f *link.Frame)
}

func (d damaged) Write(frames []link.Frame) (int, error) {
	for i := range frames {
		d.damage(&frames[i])
	}
	return d.Link.Write(frames)
}

// datagram is a frame's packet where that is UDP.
func datagram(f *link.Frame) (p packet.Packet, ok bool) {
	var d packet.Parsed
	d.Decode(f.Bytes())
	return d.Packet(0, false), d.Kind == packet.KindUDP
}

// leave puts the sum of the pseudo-header in place of the checksum.
func leave(f *link.Frame) {
	if p, ok := datagram(f); ok {
		p.NeedsCsum, f.NeedsCsum = true, true
		p.FillTransport()
	}
}

// spoil changes a checksum of a UDP datagram.
func spoil(f *link.Frame, at int) {
	if _, ok := datagram(f); ok {
		f.Bytes()[at] ^= 0x5a
	}
}

// The stack's own log does not write into the console of who runs a host.
func TestStackIsSilent(t *testing.T) {
	pair(t)
	if _, silent := log.Log().Emitter.(nowhere); !silent {
		t.Errorf("the log goes to %T", log.Log().Emitter)
	}
}

func BenchmarkBulk(b *testing.B) {
	la, lb := link.Pipe(1500)
	x, _ := New(la, Config{Name: "a", MAC: [6]byte{2, 0, 0, 0, 0, 1}, Addrs: []netip.Prefix{prefix(addrA, 24)}})
	y, _ := New(lb, Config{Name: "b", MAC: [6]byte{2, 0, 0, 0, 0, 2}, Addrs: []netip.Prefix{prefix(addrB, 24)}})
	defer x.Close()
	defer y.Close()
	l, _ := y.Listen(port(addrB, 80))
	go func() {
		c, err := l.Accept()
		if err == nil {
			io.Copy(io.Discard, c)
		}
	}()
	c, err := x.Dial(context.Background(), netip.AddrPort{}, port(addrB, 80))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	b.SetBytes(1 << 16)
	for b.Loop() {
		c.Write(buf)
	}
}

// Datagrams to hosts that were never spoken to leave in the order in which they were written, and nobody is asked, where the
// gateway's hardware address is known.
func TestGatewayMAC(t *testing.T) {
	mac := [6]byte{2, 0, 0, 0, 0, 9}
	near, far := link.Pipe(1500)
	h := newHost(t, near, Config{Name: "a", MAC: [6]byte{2, 0, 0, 0, 0, 1}, Gateway: netip.MustParseAddr("169.254.0.1"), GatewayMAC: mac})
	if err := h.SetAddrs([]netip.Prefix{prefix(addrA, 32)}); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		c, err := h.DialUDP(netip.AddrPort{}, port(netip.AddrFrom4([4]byte{10, 1, 2, byte(i)}), 514))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	frames := []link.Frame{{Buf: make([]byte, 2048)}}
	for i := range 200 {
		if _, err := far.Read(frames); err != nil {
			t.Fatal(err)
		}
		b := frames[0].Bytes()
		if eth := header.Ethernet(b); [6]byte([]byte(eth.DestinationAddress())) != mac || eth.Type() != header.IPv4ProtocolNumber || b[len(b)-1] != byte(i) {
			t.Fatalf("frame %d is %x", i, b)
		}
	}
}
