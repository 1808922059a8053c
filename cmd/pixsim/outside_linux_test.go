package main

import (
	"bufio"
	"bytes"
	octets "encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pixsim/dataplane/packet"
	"pixsim/lab"
)

// The box from outside: between a namespace from which anything may come, and one in which every frame that arrives is kept
// by a socket that knows nothing of the project's links. What the policy denies must not be among them, and what it allows must
// be as it was sent.

// sniffer keeps the frames that arrive at an interface.
type sniffer struct {
	t    *testing.T
	file *os.File
	fd   int
	over chan struct{}

	mu     sync.Mutex
	frames [][]byte
	seen   int
	more   chan struct{} // closed when a frame comes
}

// sniffs begins to keep what arrives at an interface of the namespace.
func (s *space) sniffs(name string) *sniffer {
	s.t.Helper()
	n := &sniffer{t: s.t, over: make(chan struct{}), more: make(chan struct{})}
	var err error
	s.do(func() { err = n.open(name) })
	if err != nil {
		s.t.Fatal(err)
	}
	go n.run()
	s.t.Cleanup(func() { n.file.Close(); <-n.over })
	return n
}

func (n *sniffer) open(name string) error {
	ifc, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	n.fd, n.file = fd, os.NewFile(uintptr(fd), "sniffer")
	for _, o := range []struct{ level, name, value int }{
		{unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64 << 20}, {unix.SOL_PACKET, unix.PACKET_AUXDATA, 1},
		{unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1},
	} {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return err
		}
	}
	all := octets.NativeEndian.Uint16([]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff})
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: ifc.Index})
}

func (n *sniffer) run() {
	defer close(n.over)
	raw, err := n.file.SyscallConn()
	if err != nil {
		n.t.Error(err)
		return
	}
	buf, aux := make([]byte, 1<<17), make([]byte, 256)
	for {
		var got, oob int
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			got, oob, _, _, failed = unix.Recvmsg(int(fd), buf, aux, 0)
			return failed != unix.EAGAIN
		})
		if err != nil || failed != nil && failed != unix.ENETDOWN {
			return
		}
		n.keep(tagged(buf[:got], aux[:oob]))
	}
}

func (n *sniffer) keep(frame []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.frames = append(n.frames, frame)
	close(n.more)
	n.more = make(chan struct{})
}

// tagged is a copy of a frame with the VLAN tag that the kernel took off (packet(7), struct tpacket_auxdata).
func tagged(frame, aux []byte) []byte {
	msgs, _ := unix.ParseSocketControlMessage(aux)
	for _, m := range msgs {
		if m.Header.Level != unix.SOL_PACKET || m.Header.Type != unix.PACKET_AUXDATA || len(m.Data) < 20 {
			continue
		}
		if octets.NativeEndian.Uint32(m.Data)&unix.TP_STATUS_VLAN_VALID == 0 {
			continue
		}
		out := slices.Clone(frame[:12])
		out = octets.BigEndian.AppendUint16(out, unix.ETH_P_8021Q)
		out = octets.BigEndian.AppendUint16(out, octets.NativeEndian.Uint16(m.Data[16:]))
		return append(out, frame[12:]...)
	}
	return bytes.Clone(frame)
}

// until waits for a frame that f wants, at most so long, and takes those before it.
func (n *sniffer) until(f func(frame []byte) bool, wait time.Duration) (before [][]byte, found bool) {
	late := time.After(wait)
	for at := n.seen; ; {
		n.mu.Lock()
		frames, more := n.frames, n.more
		n.mu.Unlock()
		for ; at < len(frames); at++ {
			if f(frames[at]) {
				before, n.seen = frames[n.seen:at], at+1
				return before, true
			}
		}
		select {
		case <-more:
		case <-late:
			return nil, false
		}
	}
}

// lost are the frames that the kernel had no room for.
func (n *sniffer) lost() int {
	stats, err := unix.GetsockoptTpacketStats(n.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		n.t.Error(err)
		return 0
	}
	return int(stats.Drops)
}

// The hosts of the test, and the port that everybody may send datagrams to.
const (
	farHost   = "203.0.113.50"
	nearHost  = "10.1.1.10"
	published = "203.0.113.10"
	boxHost   = "203.0.113.1"
	markPort  = 5000
)

// mayEnter are the ports of the published host that the policy opens, by protocol.
var mayEnter = map[uint8][]uint16{packet.ProtoTCP: {25, 110, 80}, packet.ProtoUDP: {53, 123, markPort}}

// opening is the lab's configuration of a release with these ports opened, and more lines.
func opening(t *testing.T, release string, more ...string) string {
	t.Helper()
	text, err := lab.StartupConfig(release)
	if err != nil {
		t.Fatal(err)
	}
	rule := "conduit permit %s host 203.0.113.10 eq %d any"
	switch {
	case strings.Contains(text, "object network exchange"):
		rule = "access-list outside_in extended permit %s any host 10.1.1.10 eq %d"
	case strings.Contains(text, "access-list outside_in"):
		rule = "access-list outside_in extended permit %s any host 203.0.113.10 eq %d"
	}
	lines := more
	for proto, name := range map[uint8]string{packet.ProtoTCP: "tcp", packet.ProtoUDP: "udp"} {
		for _, port := range mayEnter[proto] {
			if line := fmt.Sprintf(rule, name, port); port != 25 && port != 110 {
				lines = append(lines, line)
			}
		}
	}
	body, _, _ := strings.Cut(text, "\n: end")
	file := filepath.Join(t.TempDir(), "startup-config")
	if err := os.WriteFile(file, []byte(body+"\n"+strings.Join(lines, "\n")+"\n: end\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// siege is a box between the two namespaces.
type siege struct {
	t              *testing.T
	far, mid, near *space
	box            *box
	arrived        *sniffer
	marks          int
	open           map[string]bool // TCP connections by what opened them
	cut            map[uint16]bool // packets by number whose first fragment was as long as a frame
	mail           *mailbox

	mu    sync.Mutex
	taken [][]byte // what udp/5000 was sent, from the first that echoed has not seen
}

// besiege boots a release between two namespaces; the host inside has servers of the kernel at tcp/25, which greets, and
// udp/5000, which echoes.
func besiege(t *testing.T, release string, more ...string) *siege {
	t.Helper()
	return besiegeWire(t, release, nil, true, more...)
}

// besiegeWire is besiege with wires of other lengths than usual, and without the offloads of their interfaces.
func besiegeWire(t *testing.T, release string, mtu map[string]int, offload bool, more ...string) *siege {
	t.Helper()
	client(t, "ip")
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	s := &siege{t: t, far: newSpace(t), mid: newSpace(t), near: newSpace(t), open: map[string]bool{}, cut: map[uint16]bool{}, mail: &mailbox{}}
	for _, n := range []*space{s.far, s.mid, s.near} {
		n.do(func() { os.WriteFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", []byte("1"), 0) })
		n.do(func() { os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0) })
	}
	s.mid.wired("o0", s.far, "eth0", farHost+"/24")
	s.mid.wired("i0", s.near, "eth0", nearHost+"/24")
	for name, n := range map[string]*space{"o0": s.far, "i0": s.near} {
		if mtu[name] > 0 {
			s.mid.ip("link", "set", name, "mtu", strconv.Itoa(mtu[name]))
			n.ip("link", "set", "eth0", "mtu", strconv.Itoa(mtu[name]))
		}
		if !offload {
			for dev, n := range map[string]*space{name: s.mid, "eth0": n} {
				if code, out := n.runs("ethtool", "-K", dev, "tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off"); code != 0 {
					t.Errorf("ethtool: %d %s", code, out)
				}
			}
		}
	}
	s.near.ip("route", "add", "default", "via", "10.1.1.1")
	s.far.ip("route", "add", "default", "via", boxHost)
	s.arrived = s.near.sniffs("eth0")
	config := opening(t, release, more...)
	s.mid.do(func() {
		s.box = bootRelease(t, release, "--startup-config", config, "--link", "outside=packet:o0", "--link", "inside=packet:i0")
	})
	go s.mail.serve(s.near.listen(nearHost + ":25"))
	s.echo()
	s.mark()
	return s
}

// mailbox is a mail server that takes every line for a command, and remembers what it was told.
type mailbox struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (m *mailbox) serve(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go m.talk(c)
	}
}

func (m *mailbox) talk(c net.Conn) {
	defer c.Close()
	io.WriteString(c, "220 mail.example.com ready\r\n")
	for r := bufio.NewReader(c); ; {
		line, err := r.ReadString('\n')
		m.mu.Lock()
		m.said.WriteString(line)
		if err != nil {
			m.said.WriteString("\n") // the next connection begins a line
		}
		m.mu.Unlock()
		switch {
		case err != nil:
			return
		case strings.HasPrefix(line, "QUIT"):
			io.WriteString(c, "221 bye\r\n")
			return
		}
		io.WriteString(c, "250 ok\r\n")
	}
}

// heard is all that was said, each connection's in a piece unless two were there at a time.
func (m *mailbox) heard() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.said.String()
}

// echo answers datagrams inside until the test ends, and keeps them.
func (s *siege) echo() {
	s.t.Helper()
	var c net.PacketConn
	var err error
	s.near.do(func() { c, err = net.ListenPacket("udp4", net.JoinHostPort(nearHost, strconv.Itoa(markPort))) })
	if err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 1<<16); ; {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.taken = append(s.taken, bytes.Clone(buf[:n]))
			s.mu.Unlock()
			c.WriteTo(buf[:n], from)
		}
	}()
	s.t.Cleanup(func() { c.Close(); <-done })
}

// echoed is what was sent to udp/5000 since the last time, without the marks.
func (s *siege) echoed() (all [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.taken {
		if !s.isMark(d) {
			all = append(all, d)
		}
	}
	s.taken = nil
	return all
}

// isMark tells whether a datagram, or the frame that it is in, is one of mark.
func (s *siege) isMark(b []byte) bool { return bytes.Contains(b, fmt.Appendf(nil, " of %p", s)) }

// mark sends a datagram that may pass, and returns what has arrived inside before it: wires, box and sockets keep the order.
func (s *siege) mark() [][]byte {
	s.t.Helper()
	s.marks++
	mark := fmt.Appendf(nil, "mark %d of %p", s.marks, s)
	var c net.Conn
	var err error
	s.far.do(func() { c, err = net.Dial("udp4", net.JoinHostPort(published, strconv.Itoa(markPort))) })
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	var before [][]byte
	seen := false
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		c.Write(mark)
		if !seen {
			before, seen = s.arrived.until(func(frame []byte) bool { return bytes.Contains(frame, mark) }, time.Second)
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := c.Read(make([]byte, 100)); err != nil || !seen {
			continue
		}
		if n := s.arrived.lost(); n != 0 {
			s.t.Fatalf("%d frames escaped", n)
		}
		return before
	}
	s.t.Fatal("what may pass does not, or its answer")
	return nil
}

// runs runs a program in a namespace to its end.
func (s *space) runs(name string, args ...string) (code int, out string) {
	s.t.Helper()
	var all bytes.Buffer
	cmd := exec.Command(client(s.t, name), args...)
	cmd.Stdout, cmd.Stderr = &all, &all
	var err error
	s.do(func() { err = cmd.Start() })
	if err != nil {
		s.t.Fatal(err)
	}
	stop := time.AfterFunc(4*patience, func() { cmd.Process.Kill() })
	defer stop.Stop()
	return exitCode(s.t, cmd.Wait()), all.String()
}

// holds checks that what has arrived inside since the last mark is what the policy allows, each packet whole, and returns it.
func (s *siege) holds(what string) (passed []packet.Parsed) {
	s.t.Helper()
	for _, frame := range s.mark() {
		var d packet.Parsed
		d.Decode(frame)
		if d.Kind == packet.KindARP || s.isMark(frame) {
			continue
		}
		if why := s.breach(&d); why != "" {
			s.t.Errorf("%s: %s arrived: % x", what, why, frame)
			continue
		}
		passed = append(passed, d)
	}
	return passed
}

// breach says what is wrong with a packet that arrived inside; "": nothing.
func (s *siege) breach(d *packet.Parsed) string {
	flow := fmt.Sprint(d.Src, d.SrcPort, d.DstPort)
	switch {
	case d.IP == nil || d.Kind == packet.Unknown:
		return "what is no IPv4 packet (" + d.Why.String() + ")"
	case packet.Addr(d.Dst).String() != nearHost:
		return "a packet for somebody else"
	case d.FragOff > 0 && s.cut[d.FragID]:
		return ""
	case d.FragOff > 0:
		return "a fragment of a packet that would fit, or must not come"
	case len(d.IP.Options()) > 0:
		return "a packet with IP options"
	case !slices.Contains(mayEnter[d.Proto], d.DstPort):
		return "what the policy denies"
	case d.MoreFrags && len(d.IP) <= 1400:
		return "a fragment of a packet that would fit"
	case d.MoreFrags:
		s.cut[d.FragID] = true
	case d.Kind == packet.KindTCP && d.Flags&(packet.SYN|packet.ACK|packet.RST|packet.FIN) == packet.SYN:
		s.open[flow] = true
	case d.Kind == packet.KindTCP && !s.open[flow]:
		return "a segment of no connection"
	}
	return ""
}

// siegeReleases are those that are besieged: conduits, the last PIX, and the ASA before and after its translations were renewed.
var siegeReleases = []string{"pix-4.4", "pix-6.3", "asa-8.2", "asa-9.12"}

// besieged runs f for each of them.
func besieged(t *testing.T, f func(t *testing.T, release string)) {
	for _, r := range siegeReleases {
		t.Run(r, func(t *testing.T) { t.Parallel(); f(t, r) })
	}
}
