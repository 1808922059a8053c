package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pixsim/dataplane/packet"
)

func mustOpen(t *testing.T, spec string) Link {
	t.Helper()
	l, err := Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// a frame that says which it is.
func numbered(n int) []byte {
	b := packet.AppendEthernet(nil, [6]byte{2, 0, 0, 0, 0, 1}, [6]byte{2, 0, 0, 0, 0, 2}, 0x88b5) // local experimental
	return append(b, fmt.Sprintf("frame %d", n)...)
}

// carries sends frames one way until one has come, since the first may go before the other end is there, and expects all
// that follow in order.
func carries(t *testing.T, from, to Link) {
	t.Helper()
	got := make(chan []byte, 100)
	go func() {
		defer close(got)
		for fs := room(8, 2000); ; {
			n, err := to.Read(fs)
			if err != nil {
				return
			}
			for i := range fs[:n] {
				got <- bytes.Clone(fs[i].Bytes())
			}
		}
	}()
	next := func(d time.Duration) []byte {
		select {
		case b := <-got:
			return b
		case <-time.After(d):
			return nil
		}
	}
	send := func(n int) {
		f := frame(numbered(n))
		if k, err := from.Write([]Frame{f}); k != 1 || err != nil {
			t.Fatalf("Write = %d, %v", k, err)
		}
	}
	var b []byte
	for tries := 0; b == nil && tries < 100; tries++ {
		send(0)
		b = next(50 * time.Millisecond)
	}
	for n := 1; n <= 20; n++ {
		send(n)
	}
	for n := 0; n <= 20; n++ {
		for n > 0 && bytes.Equal(b, numbered(0)) { // what was sent again before the first had come
			b = next(5 * time.Second)
		}
		if !bytes.Equal(b, numbered(n)) {
			t.Fatalf("frame %d is %q", n, b)
		}
		if n < 20 {
			b = next(5 * time.Second)
		}
	}
	to.Close()
	for range got {
	}
}

func TestOpenCarries(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	a, b := freeUDP(t), freeUDP(t)
	for name, ends := range map[string][2]string{
		"udp":              {"udp:" + a + "," + b, "udp:" + b + "," + a},
		"unix":             {"unix:" + path("a") + "," + path("b"), "unix:" + path("b") + "," + path("a")},
		"stream over unix": {"stream:listen," + path("s"), "stream:" + path("s")},
	} {
		for way := range 2 {
			t.Run(fmt.Sprint(name, " ", way), func(t *testing.T) {
				x, y := mustOpen(t, ends[0]), mustOpen(t, ends[1])
				l := [2]Link{x, y}
				drain(t, l[way]) // accepts or dials
				carries(t, l[way], l[1-way])
			})
		}
	}
	t.Run("stream over tcp", func(t *testing.T) {
		x := mustOpen(t, "stream:listen,127.0.0.1:0")
		y := mustOpen(t, "stream:"+Addr(x).String())
		drain(t, x)
		carries(t, x, y)
	})
}

// drain reads a link until it is closed.
func drain(t *testing.T, l Link) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for fs := room(4, 2000); ; {
			if _, err := l.Read(fs); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
}

func freeUDP(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

// A peer that is no pixsim: the octets on the wire are those of QEMU's stream.
func TestStreamOnTheWire(t *testing.T) {
	l := mustOpen(t, "stream:listen,127.0.0.1:0")
	drain(t, l)
	for round := range 2 { // a peer that comes back is served again
		c, err := net.Dial("tcp", Addr(l).String())
		if err != nil {
			t.Fatal(err)
		}
		want := append([]byte{0, 0, 0, byte(len(numbered(7)))}, numbered(7)...)
		got := make([]byte, len(want))
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				f := frame(numbered(7))
				l.Write([]Frame{f})
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}()
		for n := 0; n < len(got); {
			k, err := c.Read(got[n:])
			if err != nil {
				t.Fatalf("round %d: %v after %d", round, err, n)
			}
			n += k
		}
		close(stop)
		<-done
		if !bytes.Equal(got, want) {
			t.Errorf("round %d: % x", round, got)
		}
		c.Close()
	}
}

// What a peer sends is read whole or ends the connection; lengths that no frame has do not make the link wait or grow.
func TestStreamHostile(t *testing.T) {
	l := mustOpen(t, "stream:listen,127.0.0.1:0")
	good := binary.BigEndian.AppendUint32(nil, uint32(len(numbered(1))))
	good = append(good, numbered(1)...)
	long := binary.BigEndian.AppendUint32(nil, 4000)
	long = append(long, make([]byte, 4000)...)
	for _, sent := range [][]byte{{0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}, good[:9], append(bytes.Clone(long), good...)} {
		c, err := net.Dial("tcp", Addr(l).String())
		if err != nil {
			t.Fatal(err)
		}
		c.Write(sent)
		c.Close()
	}
	fs := room(4, 2000)
	n, err := l.Read(fs)
	if n != 1 || err != nil || !bytes.Equal(fs[0].Bytes(), numbered(1)) {
		t.Errorf("Read = %d, %v, %q", n, err, fs[0].Bytes())
	}
}

// Datagrams of strangers are no frames of the wire.
func TestUDPFromStrangers(t *testing.T) {
	a, b := freeUDP(t), freeUDP(t)
	l := mustOpen(t, "udp:"+a+","+b)
	stranger, err := net.Dial("udp", a)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	stranger.Write(numbered(66))
	peer := mustOpen(t, "udp:"+b+","+a)
	f := frame(numbered(1))
	peer.Write([]Frame{f})
	fs := room(2, 2000)
	if n, err := l.Read(fs); n != 1 || err != nil || !bytes.Equal(fs[0].Bytes(), numbered(1)) || Dropped(l) != 1 {
		t.Errorf("Read = %d, %v, %q, %d dropped", n, err, fs[0].Bytes(), Dropped(l))
	}
}

func TestReplay(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pcap"), filepath.Join(dir, "out.pcap")
	p, err := CreatePcap(in)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1700000000, 0)
	for n := range 5 {
		p.WriteFrame(at.Add(time.Duration(n)*20*time.Millisecond), numbered(n), 0)
	}
	p.WriteFrame(at, numbered(9)[:20], 1000) // cut off: it cannot be played
	p.Close()
	for _, timed := range []string{"", ",timed"} {
		l := mustOpen(t, "pcap:"+in+","+out+timed)
		fs := room(3, 2000)
		began := time.Now()
		Start(l)
		for n := range 5 {
			if k, err := l.Read(fs); k != 1 || err != nil || !bytes.Equal(fs[0].Bytes(), numbered(n)) {
				t.Fatalf("Read = %d, %v, %q", k, err, fs[0].Bytes())
			}
		}
		if took := time.Since(began); timed != "" && took < 80*time.Millisecond {
			t.Errorf("80 ms of a capture were played in %v", took)
		}
		f := frame(numbered(77))
		l.Write([]Frame{f})
		done := make(chan error)
		go func() { _, err := l.Read(fs); done <- err }()
		time.Sleep(10 * time.Millisecond)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, net.ErrClosed) || Dropped(l) != 1 {
			t.Errorf("behind the end: %v, %d dropped", err, Dropped(l))
		}
		text, err := os.ReadFile(out)
		if err != nil || !bytes.Contains(text, numbered(77)) {
			t.Errorf("%v: what was sent is not in the file", err)
		}
	}
}

// No frame is played before Start, and a link that nobody starts can be closed.
func TestReplayWaits(t *testing.T) {
	l := mustOpen(t, "pcap:,")
	done := make(chan error)
	go func() { _, err := l.Read(room(1, 100)); done <- err }()
	select {
	case err := <-done:
		t.Errorf("Read ended: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	l.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"eth0":                          "is not KIND:ARGUMENTS",
		"carrier:pigeon":                "there are packet, tap, udp",
		"udp:127.0.0.1:1":               "two ends are needed",
		"udp:nowhere,x":                 "udp:nowhere,x: address nowhere: missing port",
		"unix:a":                        "two ends are needed",
		"stream:box":                    "neither HOST:PORT nor a path",
		"pcap:a":                        "it is IN,OUT",
		"pcap:a,b,c":                    "it is IN,OUT",
		"packet:":                       "has 1 to 15 characters",
		"tap:longer-than-15-characters": "has 1 to 15 characters",
	} {
		l, err := Open(spec)
		var wrong SpecError
		if l != nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", spec, err)
		}
	}
	for _, spec := range []string{"unix:" + file + "," + filepath.Join(dir, "x"), "stream:listen," + file, "pcap:" + file + ",", "pcap:" + file + ".no,"} {
		if l, err := Open(spec); err == nil {
			l.Close()
			t.Errorf("%s opens", spec)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("the file is %q, %v", b, err)
	}
}

// What a finisher makes of a super-frame is what the card would have sent: the payload whole, each checksum right.
func TestFinisher(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 0, 9000).Draw(t, "payload")
		b := packet.AppendEthernet(nil, [6]byte{1}, [6]byte{2}, packet.TypeIPv4)
		tags := rapid.IntRange(0, 1).Draw(t, "tags")
		if tags == 1 {
			b = append(packet.AppendEthernet(nil, [6]byte{1}, [6]byte{2}, packet.TypeVLAN), 0, 5, 8, 0)
		}
		at := len(b)
		h := packet.Header{Src: 0x0a010102, Dst: 0x0a010103, TTL: 64}
		udp := rapid.Bool().Draw(t, "udp")
		if udp {
			b = packet.AppendUDP(b, h, 1, 2, payload)
		} else {
			b = packet.AppendTCP(b, h, packet.Segment{SrcPort: 1, DstPort: 2, Seq: 99, Flags: packet.ACK | packet.PSH, Payload: payload})
		}
		var d packet.Parsed
		d.DecodeIP(b[at:])
		f := Frame{Buf: b, Len: len(b), NeedsCsum: rapid.Bool().Draw(t, "needs")}
		if !udp && f.NeedsCsum {
			f.GSOSize = uint16(rapid.IntRange(0, 2000).Draw(t, "size"))
		}
		p := d.Packet(f.GSOSize, f.NeedsCsum)
		p.FillTransport()
		var w finisher
		var joined []byte
		err := w.each(&f, func(b []byte) error {
			var d packet.Parsed
			d.DecodeIP(b[at:])
			q := d.Packet(0, false)
			if !q.IP.ChecksumOK() || !q.TransportOK() {
				t.Fatalf("a checksum of %d octets is wrong", len(b))
			}
			part := d.IP[d.Payload:]
			if d.Payload == 0 {
				part = nil
			}
			if f.GSOSize > 0 && len(part) > int(f.GSOSize) {
				t.Fatalf("%d octets of payload in a segment of %d", len(part), f.GSOSize)
			}
			joined = append(joined, part...)
			return nil
		})
		if err != nil || !bytes.Equal(joined, payload) {
			t.Fatalf("%v: %d octets of %d", err, len(joined), len(payload))
		}
	})
}

// A datagram that stands for several is cut into them.
func TestDatagramOf(t *testing.T) {
	payload := []byte("aaaabbbbcc")
	b := packet.AppendEthernet(nil, [6]byte{1}, [6]byte{2}, packet.TypeIPv4)
	b = packet.AppendUDP(b, packet.Header{Src: 1, Dst: 2, TTL: 9}, 5, 6, payload)
	room := make([]byte, 100)
	var parts []string
	for i := 0; ; i++ {
		n, last := datagramOf(room, b, 4, i)
		var d packet.Parsed
		d.Decode(room[:n])
		if p := d.Packet(0, false); d.Kind != packet.KindUDP || !p.TransportOK() || !p.IP.ChecksumOK() {
			t.Fatalf("part %d: %v %v", i, d.Kind, d.Why)
		}
		parts = append(parts, string(d.IP[d.Payload:]))
		if last {
			break
		}
	}
	if got := strings.Join(parts, "|"); got != "aaaa|bbbb|cc" {
		t.Error(got)
	}
	for _, wrong := range [][]byte{nil, b[:20], b[:14]} {
		if n, last := datagramOf(room, wrong, 4, 0); n != 0 || !last {
			t.Errorf("%d octets of % x", n, wrong)
		}
	}
}
