package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/link"
)

// router stands in for the box: it routes between the two segments and answers ARP for all that is on the other one. It
// learns who is where from what it receives.
type router struct {
	links []link.Link
	mu    sync.Mutex
	where map[netip.Addr]neighbour
	wg    sync.WaitGroup
}

type neighbour struct {
	segment int
	mac     [6]byte
}

func startRouter(l *Lab) *router {
	r := &router{links: l.Links(), where: map[netip.Addr]neighbour{}}
	for _, s := range stations {
		for _, a := range s.all {
			r.where[a.Addr()] = neighbour{s.segment, s.mac}
		}
	}
	for i := range r.links {
		r.wg.Go(func() { r.run(i) })
	}
	return r
}

func (r *router) run(segment int) {
	frames := make([]link.Frame, 8)
	for i := range frames {
		frames[i].Buf = make([]byte, link.FrameRoom)
	}
	for {
		n, err := r.links[segment].Read(frames)
		if err != nil {
			return
		}
		for i := range frames[:n] {
			r.frame(segment, &frames[i])
		}
	}
}

func (r *router) frame(segment int, f *link.Frame) {
	b := f.Bytes()
	mac := func(s int) []byte { return []byte{2, 0, 0, 0, 0xff, byte(s)} }
	switch binary.BigEndian.Uint16(b[12:]) {
	case 0x0806:
		target := netip.AddrFrom4([4]byte(b[38:42]))
		if to, known := r.where[target]; b[21] != 1 || known && to.segment == segment {
			return
		}
		b[21] = 2
		copy(b[32:42], bytes.Clone(b[22:32]))
		copy(b[22:], mac(segment))
		copy(b[28:], target.AsSlice())
		copy(b[0:], b[6:12])
		copy(b[6:], mac(segment))
		r.send(segment, f)
	case 0x0800:
		to, known := r.where[netip.AddrFrom4([4]byte(b[30:34]))]
		if !known || to.segment == segment || !bytes.Equal(b[:6], mac(segment)) {
			return
		}
		copy(b[0:], to.mac[:])
		copy(b[6:], mac(to.segment))
		r.send(to.segment, f)
	}
}

func (r *router) send(segment int, f *link.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.links[segment].Write([]link.Frame{*f})
}

// newLab is a lab with a router in place of the box.
func newLab(t *testing.T, o Options) *Lab {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	r := startRouter(l)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		r.wg.Wait()
	})
	return l
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func dialLab(t *testing.T, l *Lab, from string, to netip.Addr, port uint16) net.Conn {
	t.Helper()
	c, err := l.Host(from).Dial(within(t), netip.AddrPort{}, netip.AddrPortFrom(to, port))
	if err != nil {
		t.Fatalf("%s to %v:%d: %v", from, to, port, err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestAddressesAreThoseOfTheStartupConfigs(t *testing.T) {
	for _, r := range release.All() {
		text, err := StartupConfig(r.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []netip.Addr{BoxOutside, BoxInside, MailGlobal, MailAddr, NextHop} {
			if !strings.Contains(text, a.String()) {
				t.Errorf("%s does not have %v", r.Name, a)
			}
		}
	}
}

// A mail from the Internet to the inside server, and its owner reading it from the Internet.
func TestMailThroughTheLab(t *testing.T) {
	l := newLab(t, Options{})
	letter := Mail{From: "a@b.example", To: []string{"user@example.com"}, Data: []byte("Subject: s\r\n\r\nbody\r\n")}
	client, err := demandsTLS.Send(within(t), dialLab(t, l, "client", MailAddr, 25), letter)
	if err != nil {
		t.Fatalf("%v\n%s", err, client.Received())
	}
	if got := l.Mail().Store().Messages(); len(got) != 1 || !strings.HasPrefix(got[0].Peer, ClientAddr.String()+":") {
		t.Errorf("stored %+v", got)
	}
	if !slices.Contains(l.Mail().Log().Lines(), "STARTTLS") {
		t.Errorf("log %q", l.Mail().Log().Lines())
	}
	pop := dialLab(t, l, "client", MailAddr, 110)
	io.WriteString(pop, "USER user\r\nPASS pass\r\nRETR 1\r\nQUIT\r\n")
	if got, err := io.ReadAll(pop); err != nil || !strings.Contains(string(got), "body\r\n.\r\n+OK Microsoft") {
		t.Errorf("%q, %v", got, err)
	}
	letter.To = []string{"bob@example.net"} // and out to the world
	if _, err := (Sender{}).Send(within(t), dialLab(t, l, "mail", ClientAddr, 25), letter); err != nil {
		t.Error(err)
	}
	if got := l.MX().Store().Messages(); len(got) != 1 || !strings.HasPrefix(got[0].Peer, MailAddr.String()+":") {
		t.Errorf("outside %+v", got)
	}
}

func TestHostsReachEachOther(t *testing.T) {
	l := newLab(t, Options{})
	for _, c := range []struct {
		from string
		to   netip.Addr
	}{{"desk", MailAddr}, {"client", MailAddr}, {"client", DeskAddr}, {"desk", ClientAddr}, {"desk", NextHop}} {
		if _, err := l.Host(c.from).Ping(within(t), netip.Addr{}, c.to, 100); err != nil {
			t.Errorf("%s to %v: %v", c.from, c.to, err)
		}
	}
	if l.Host("moon") != nil {
		t.Error("there is a host called moon")
	}
}

// Two hosts of one segment need no box; with none, the other segment is not there.
func TestLabWithoutBox(t *testing.T) {
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := NewSMTPClient(dialLab(t, l, "desk", MailAddr, 25), 0)
	if r, err := c.Reply(); err != nil || r.Code != 220 {
		t.Errorf("%v, %v", r, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := l.Host("client").Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(MailGlobal, 25)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a box: %v", err)
	}
}

// One write is one segment on the wire, which the inspection of some releases depends on.
func TestOneWriteIsOneSegment(t *testing.T) {
	var mu sync.Mutex
	var sizes []int
	l := newLab(t, Options{Wire: func(host string, w link.Link) link.Link {
		if host != "client" {
			return w
		}
		return watched{w, func(b []byte) {
			if payload := payloadLen(b); payload > 0 {
				mu.Lock()
				sizes = append(sizes, payload)
				mu.Unlock()
			}
		}}
	}})
	c := NewSMTPClient(dialLab(t, l, "client", MailAddr, 25), 0)
	c.Reply()
	for _, piece := range []string{"N", "OO", "P x", "\r\n"} {
		if err := c.Raw([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := c.Reply(); err != nil || r.Code != 250 {
		t.Fatal(r, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(sizes, []int{1, 2, 3, 2}) {
		t.Errorf("segments of %v octets", sizes)
	}
}

type watched struct {
	link.Link
	see func([]byte)
}

func (w watched) Write(frames []link.Frame) (int, error) {
	for i := range frames {
		w.see(frames[i].Bytes())
	}
	return w.Link.Write(frames)
}

// payloadLen is that of a TCP segment in a frame, else 0.
func payloadLen(b []byte) int {
	if binary.BigEndian.Uint16(b[12:]) != 0x0800 || b[23] != 6 {
		return 0
	}
	return int(binary.BigEndian.Uint16(b[16:])) - 20 - int(b[46]>>4)*4
}

func TestLabForward(t *testing.T) {
	l := newLab(t, Options{})
	spec, err := ParseForward("127.0.0.1:0=client,10.1.1.10:25")
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.Forward(spec)
	if err != nil {
		t.Fatal(err)
	}
	c := greeted(t, f.Addr().String())
	if got := cmd(t, c, "HELO x"); got != "250 mail.example.com Hello [198.51.100.25]" {
		t.Errorf("%s", got)
	}
	if _, err := l.Forward(ForwardSpec{Listen: f.Addr().String(), Host: "client", To: spec.To}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port twice: %v", err)
	}
	if _, err := l.Forward(ForwardSpec{Listen: "127.0.0.1:0", Host: "moon"}); err == nil {
		t.Error("a forward from the moon")
	}
	spec.To = netip.MustParseAddrPort("10.1.1.10:99")
	if f, err = l.Forward(spec); err != nil {
		t.Fatal(err)
	}
	if err := resetCall(t, f); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("to a closed port: %v", err)
	}
}

func TestServeTCPReplacesTheLabsServer(t *testing.T) {
	l := newLab(t, Options{})
	program := listenLocal(t)
	spec, err := ParseServe("mail,25=" + program.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second replaces the first
		if err := l.Serve(spec); err != nil {
			t.Fatal(err)
		}
	}
	c := dialLab(t, l, "client", MailAddr, 25)
	p, err := program.Accept()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(p, "220 a real MTA\r\n")
	p.Close()
	if got, err := io.ReadAll(c); err != nil || string(got) != "220 a real MTA\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	program.Close()
	gone, err := l.Host("client").Dial(within(t), netip.AddrPort{}, netip.AddrPortFrom(MailAddr, 25))
	if err == nil {
		_, err = gone.Read(make([]byte, 1))
		gone.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("with the program gone: %v", err)
	}
	if err := l.Serve(ServeSpec{Host: "moon", Port: 1, Addr: "127.0.0.1:1"}); err == nil {
		t.Error("a service on the moon")
	}
}

// A syslog server answers nothing, a TFTP server from a port of its own choice.
func TestServeUDP(t *testing.T) {
	l := newLab(t, Options{})
	program, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	other, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	spec, err := ParseServe("desk,69/udp=" + program.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Serve(spec); err != nil {
		t.Fatal(err)
	}
	socket, err := l.Host("mail").ListenUDP(netip.AddrPortFrom(MailAddr, 1024))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	buf := make([]byte, 2000)
	deadline := time.Now().Add(20 * time.Second)
	for _, c := range []net.PacketConn{program, other, socket} {
		c.SetDeadline(deadline)
	}
	expect := func(c net.PacketConn, want string) net.Addr {
		t.Helper()
		n, from, err := c.ReadFrom(buf)
		if err != nil || string(buf[:n]) != want {
			t.Fatalf("%q, %v, want %q", buf[:n], err, want)
		}
		return from
	}
	tell := func(c net.PacketConn, to net.Addr, text string) {
		t.Helper()
		if _, err := c.WriteTo([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	desk := net.UDPAddrFromAddrPort(netip.AddrPortFrom(DeskAddr, 69))
	tell(socket, desk, "question")
	peer := expect(program, "question")
	tell(program, peer, "answer")
	if from := expect(socket, "answer"); from.String() != desk.String() {
		t.Errorf("the answer came from %v", from)
	}
	tell(other, peer, "data 1")
	tid := expect(socket, "data 1")
	if tid.(*net.UDPAddr).IP.String() != DeskAddr.String() || tid.(*net.UDPAddr).Port == 69 {
		t.Errorf("the other port answers from %v", tid)
	}
	tell(socket, tid, "ack 1")
	if from := expect(other, "ack 1"); from.String() != peer.String() {
		t.Errorf("the ack came from %v, not %v", from, peer)
	}
	if err := l.Serve(ServeSpec{"desk", 70, true, "no such name.invalid:1"}); err == nil {
		t.Error("a program that cannot be found")
	}
}

func TestMailOverBadWires(t *testing.T) {
	l := newLab(t, Options{MinRTO: 50 * time.Millisecond, Wire: func(host string, w link.Link) link.Link {
		return link.Impair(w, link.Impairment{Loss: 0.02, Duplicate: 0.05, Reorder: 0.05, Seed: uint64(len(host))})
	}})
	body := bytes.Repeat([]byte("0123456789 abcdefghijklmnopqrstuvwxyz\r\n"), 3000)
	if _, err := (Sender{}).Send(within(t), dialLab(t, l, "client", MailAddr, 25), Mail{From: "a@b", To: []string{"c@example.com"}, Data: body}); err != nil {
		t.Fatal(err)
	}
	if got := l.Mail().Store().Messages(); len(got) != 1 || !bytes.Equal(got[0].Data, body) {
		t.Error("the message is not the one that was sent")
	}
}

func TestLabCloses(t *testing.T) {
	l, err := New(Options{Spool: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.Forward(ForwardSpec{"127.0.0.1:0", "desk", netip.AddrPortFrom(MailAddr, 25)})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Serve(ServeSpec{"desk", 514, true, "127.0.0.1:9"}); err != nil {
		t.Fatal(err)
	}
	c := greeted(t, f.Addr().String())
	begin := time.Now()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("Close took %v", d)
	}
	if _, err := c.Reply(); err == nil {
		t.Error("a connection outlived the lab")
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := l.Serve(ServeSpec{"desk", 515, true, "127.0.0.1:9"}); err == nil {
		t.Error("a service after Close")
	}
	if _, err := l.Forward(ForwardSpec{"127.0.0.1:0", "desk", netip.AddrPortFrom(MailAddr, 25)}); err == nil {
		t.Error("a forward after Close")
	}
	if _, err := New(Options{Spool: "/dev/null/x"}); err == nil {
		t.Error("a lab with a spool that cannot be")
	}
}

// TestLabProfiles: what the servers of a lab play is chosen at its start, and changed later.
func TestLabProfiles(t *testing.T) {
	ex55, err := FindServerProfile("ex55")
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t, Options{MailProfile: ex55, MXProfile: ex55.but(func(p *ServerProfile) { p.Version = "9.9" })})
	greeting := func(from string, to netip.Addr) string {
		c := NewSMTPClient(dialLab(t, l, from, to, 25), 20*time.Second)
		defer c.Close()
		r, err := c.Reply()
		if err != nil {
			t.Fatal(err)
		}
		return r.Text()
	}
	if got := greeting("desk", MailAddr); got != "220 mail.example.com ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2653.13) ready" {
		t.Error(got)
	}
	if got := greeting("desk", ClientAddr); got != "220 mx.example.net ESMTP Server (Microsoft Exchange Internet Mail Service 9.9) ready" {
		t.Error(got)
	}
	named := NewSMTPClient(dialLab(t, l, "desk", MailAddr, 25), 20*time.Second)
	defer named.Close()
	if _, err := named.Reply(); err != nil {
		t.Fatal(err)
	}
	if got := cmd(t, named, "EHLO x"); !strings.HasPrefix(got, "250-mail.example.com Hello [desk.example.com]\n") {
		t.Error(got)
	}
	for host, want := range map[string]netip.Addr{"mail": MailAddr, "client": ClientAddr} {
		if err := l.SetProfile(host, postfix()); err != nil {
			t.Fatal(err)
		}
		if got := greeting("desk", want); !strings.HasSuffix(got, " ESMTP Postfix") {
			t.Errorf("%s: %s", host, got)
		}
	}
	if err := l.SetProfile("desk", ex55); err == nil || !strings.Contains(err.Error(), `"desk"`) {
		t.Errorf("desk: %v", err)
	}
}
