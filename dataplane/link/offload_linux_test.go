package link

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pixsim/dataplane/packet"
)

// The frames of TestOffload come from one host by va and leave by wa to another; the box has two addresses.
var (
	offFar, offNear   = [6]byte{2, 0, 0, 0, 0, 1}, [6]byte{2, 0, 0, 0, 0, 2}
	offBoxA, offBoxB  = [6]byte{2, 0, 0, 0, 1, 1}, [6]byte{2, 0, 0, 0, 1, 2}
	offSrc, offMapped = uint32(0xc000020a), uint32(0xc0000219)
	offReal           = uint32(0x0a010119)
)

func shortcutOf(in, out Link, proto uint8) *Shortcut {
	s := &Shortcut{
		In: in, Out: out, Proto: proto, Src: offSrc, Dst: offMapped, SrcPort: 4000, DstPort: 80, MAC: offBoxA,
		ToSrc: offSrc, ToDst: offReal, ToSrcPort: 4000, ToDstPort: 8080, FromMAC: offBoxB, ToMAC: offNear, MTU: 1500,
	}
	if proto == packet.ProtoTCP {
		s.SeqShift, s.AckShift = 0xfffffff0, 77
		s.Acked, s.Edge, s.Scale = 1000, 1000+8192, 2
	}
	return s
}

func offEther(to [6]byte) []byte { return packet.AppendEthernet(nil, to, offFar, packet.TypeIPv4) }

func offTCP(flags uint8, seq, ack uint32, payload string, options ...byte) []byte {
	return packet.AppendTCP(offEther(offBoxA), packet.Header{Src: offSrc, Dst: offMapped, TTL: 64}, packet.Segment{
		SrcPort: 4000, DstPort: 80, Seq: seq, Ack: ack, Flags: flags, Window: 512, Options: options, Payload: []byte(payload),
	})
}

func offUDP(payload string) []byte {
	return packet.AppendUDP(offEther(offBoxA), packet.Header{Src: offSrc, Dst: offMapped, TTL: 64}, 4000, 80, []byte(payload))
}

// changed is a frame with some of its octets changed, and the checksum of its IP header.
func changed(b []byte, f func(b []byte)) []byte {
	b = bytes.Clone(b)
	f(b)
	packet.IPv4(b[packet.EthernetLen:]).FillChecksum()
	return b
}

var timestamps = []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}

// offloadWires are two pairs of interfaces, and an Offload between their near ends.
type offloadWires struct {
	t         *testing.T
	va, wa    Link // the box's
	far, near Link
	o         *Offload
}

func newOffloadWires(t *testing.T) *offloadWires {
	t.Helper()
	for _, pair := range [][2]string{{"va", "vb"}, {"wa", "wb"}} {
		ip(t, "link", "add", pair[0], "type", "veth", "peer", "name", pair[1])
		for _, name := range pair {
			quiet(name)
			ip(t, "link", "set", name, "up")
		}
	}
	w := &offloadWires{t: t, va: mustOpen(t, "packet:va"), wa: mustOpen(t, "packet:wa"), far: mustOpen(t, "packet:vb"), near: mustOpen(t, "packet:wb")}
	o, err := NewOffload([]Link{w.va, nil, w.wa})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { o.Close() })
	w.o = o
	if !o.Stale() || o.Stale() {
		t.Error("interfaces came, which is told once")
	}
	return w
}

// arrives is the next frame that the far end sent, where it came: at the near end, or at the box.
func (w *offloadWires) arrives() (Frame, string) {
	fs := make([]Frame, 1)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
		for where, l := range map[string]Link{"near": w.near, "box": w.va} {
			p := l.(*packetLink)
			for {
				n, _ := p.Take(fs)
				if n == 0 {
					break
				}
				f := fs[0]
				b := bytes.Clone(f.Bytes())
				p.Give()
				if len(b) > packet.EthernetLen && (bytes.Equal(b[6:12], offFar[:]) || bytes.Equal(b[6:12], offBoxB[:])) {
					return Frame{Buf: b, Len: len(b), GSOSize: f.GSOSize, NeedsCsum: f.NeedsCsum}, where
				}
			}
		}
		time.Sleep(time.Millisecond)
	}
	return Frame{}, "nowhere"
}

func (w *offloadWires) send(f Frame) (Frame, string) {
	w.far.Write([]Frame{f})
	return w.arrives()
}

// Which frames take a shortcut, and that they arrive as they have to; all others come as they were.
func TestOffloadFrames(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		w := newOffloadWires(t)
		ids := map[uint8]uint32{}
		for _, proto := range []uint8{packet.ProtoTCP, packet.ProtoUDP} {
			if ids[proto] = w.o.Add(shortcutOf(w.va, w.wa, proto)); ids[proto] == 0 {
				t.Error("no shortcut")
				return
			}
		}
		data := offTCP(packet.ACK|packet.PSH, 5, 1100, "hello", timestamps...)
		super := Frame{Buf: packet.AppendTCP(offEther(offBoxA), packet.Header{Src: offSrc, Dst: offMapped, TTL: 64},
			packet.Segment{SrcPort: 4000, DstPort: 80, Seq: 1, Ack: 1100, Flags: packet.ACK, Options: timestamps, Payload: bytes.Repeat([]byte("x"), 40001)})}
		super.Len, super.GSOSize, super.NeedsCsum = len(super.Buf), 1400, true
		partial := frame(bytes.Clone(data))
		partial.NeedsCsum = true
		partialUDP := frame(offUDP("datagram"))
		partialUDP.NeedsCsum = true
		for _, f := range []*Frame{&super, &partial, &partialUDP} {
			p := offPacket(f)
			p.FillTransport()
		}
		bare := func(b []byte) Frame { return frame(bytes.Clone(b)) }
		for name, c := range map[string]struct {
			f    Frame
			kept bool // it takes the shortcut
		}{
			"data":          {bare(data), true},
			"ACK":           {bare(offTCP(packet.ACK, 5, 1100, "")), true},
			"odd":           {bare(offTCP(packet.ACK, 0xffffffff, 50, "abc")), true},
			"CWR":           {bare(offTCP(packet.ACK|packet.CWR, 5, 1100, "x")), true},
			"super":         {super, true},
			"partial":       {partial, true},
			"datagram":      {bare(offUDP("datagram")), true},
			"empty":         {bare(offUDP("")), true},
			"odd datagram":  {bare(offUDP("datagrams")), true},
			"partial UDP":   {partialUDP, true},
			"without sum":   {bare(changed(offUDP("sumless"), func(b []byte) { b[40], b[41] = 0, 0 })), true},
			"full":          {bare(offUDP(strings.Repeat("f", 1472))), true},
			"FIN":           {bare(offTCP(packet.ACK|packet.FIN, 5, 1100, "")), false},
			"RST":           {bare(offTCP(packet.RST, 5, 0, "")), false},
			"SYN":           {bare(offTCP(packet.SYN, 5, 0, "")), false},
			"URG":           {bare(offTCP(packet.ACK|packet.URG, 5, 1100, "x")), false},
			"no ACK":        {bare(offTCP(packet.PSH, 5, 0, "x")), false},
			"SACK":          {bare(offTCP(packet.ACK, 5, 1100, "", 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2)), false},
			"other options": {bare(offTCP(packet.ACK, 5, 1100, "", 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1)), false},
			"short header":  {bare(changed(data, func(b []byte) { b[46] = 0x40 })), false},
			"long header":   {bare(changed(offTCP(packet.ACK, 5, 1100, "x"), func(b []byte) { b[46] = 0xf0 })), false},
			"other port":    {bare(changed(data, func(b []byte) { b[35]++ })), false},
			"other source":  {bare(changed(data, func(b []byte) { b[29]++ })), false},
			"other server":  {bare(changed(data, func(b []byte) { b[33]++ })), false},
			"other MAC":     {bare(changed(data, func(b []byte) { b[5]++ })), false},
			"other MAC 0":   {bare(changed(data, func(b []byte) { b[0] ^= 4 })), false},
			"broadcast":     {bare(changed(data, func(b []byte) { copy(b, "\xff\xff\xff\xff\xff\xff") })), false},
			"fragment":      {bare(changed(data, func(b []byte) { b[20] = 0x20 })), false},
			"last fragment": {bare(changed(data, func(b []byte) { b[21] = 9 })), false},
			"IP options":    {bare(withIPOptions(data)), false},
			"IP checksum":   {bare(func() []byte { b := bytes.Clone(data); b[24]++; return b }()), false},
			"padded":        {bare(append(offUDP("x"), 0, 0, 0)), false},
			"UDP length":    {bare(changed(offUDP("four"), func(b []byte) { b[39]-- })), false},
			"tag":           {bare(tagged(data, 0x8100)), false},
			"service tag":   {bare(tagged(data, 0x88a8)), false},
			"other proto":   {bare(changed(data, func(b []byte) { b[23] = 47 })), false},
			"cut off":       {bare(data[:40]), false},
		} {
			sent := Frame{Buf: bytes.Clone(c.f.Buf), Off: c.f.Off, Len: c.f.Len, GSOSize: c.f.GSOSize, NeedsCsum: c.f.NeedsCsum}
			got, where := w.send(c.f)
			if want := map[bool]string{true: "near", false: "box"}[c.kept]; where != want {
				t.Errorf("%s: it arrives %s, want %s", name, where, want)
				continue
			}
			proto := uint8(packet.ProtoTCP)
			if sent.Bytes()[23] == packet.ProtoUDP {
				proto = packet.ProtoUDP
			}
			p := w.o.Passed(ids[proto])
			if !c.kept {
				if !bytes.Equal(got.Bytes(), sent.Bytes()) || p.Packets != 0 {
					t.Errorf("%s: %d passed; arrived\n%x\nwant\n%x", name, p.Packets, got.Bytes(), sent.Bytes())
				}
				continue
			}
			n := payloadOf(&sent)
			want := byShortcut(shortcutOf(w.va, w.wa, proto), sent)
			if !bytes.Equal(got.Bytes(), want.Bytes()) || got.GSOSize != want.GSOSize || got.NeedsCsum != want.NeedsCsum {
				t.Errorf("%s: arrived (%d, %v)\n%x\nwant (%d, %v)\n%x", name, got.GSOSize, got.NeedsCsum, head(got), want.GSOSize, want.NeedsCsum, head(want))
			}
			if p.Packets != 1 || p.Bytes != uint64(sent.Len) || p.Data != uint64(n) || p.Idle > time.Minute {
				t.Errorf("%s: %+v", name, p)
			}
		}
		// What is longer than the way out takes goes the other way.
		w.o.Remove(ids[packet.ProtoUDP])
		s := shortcutOf(w.va, w.wa, packet.ProtoUDP)
		s.MTU = 500
		id := w.o.Add(s)
		for n, want := range map[int]string{472: "near", 473: "box"} {
			if _, where := w.send(frame(offUDP(strings.Repeat("m", n)))); where != want {
				t.Errorf("%d octets arrive %s", n, where)
			}
		}
		w.o.Remove(id)
		if _, where := w.send(frame(offUDP("gone"))); where != "box" {
			t.Errorf("without a shortcut: %s", where)
		}
		for _, c := range []struct {
			say  func(uint32)
			n    uint32
			want string
		}{{w.o.Outdate, 7, "box"}, {w.o.Adopt, 6, "box"}, {w.o.Adopt, 7, "near"}} {
			c.say(c.n)
			if _, where := w.send(bare(data)); where != c.want {
				t.Errorf("the other one: %s, want %s", where, c.want)
			}
		}
	})
}

// Options that carry no numbers of the other side pass where that has no shift.
func TestOffloadAnyOptions(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		w := newOffloadWires(t)
		s := shortcutOf(w.va, w.wa, packet.ProtoTCP)
		s.AckShift = 0
		w.o.Add(s)
		f := frame(offTCP(packet.ACK, 5, 1100, "x", 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2))
		want := byShortcut(s, frame(f.Bytes()))
		if got, where := w.send(f); where != "near" || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%s: %x, want %x", where, got.Bytes(), want.Bytes())
		}
	})
}

// What is acknowledged moves forward only, and not to what cannot have been sent.
func TestOffloadWindow(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		w := newOffloadWires(t)
		id := w.o.Add(shortcutOf(w.va, w.wa, packet.ProtoTCP)) // acknowledged 1000, edge 9192; 77 off, windows of 512<<2
		for i, c := range []struct{ ack, acked, edge uint32 }{
			{1077, 1000, 9192}, {8077, 8000, 10048}, {5077, 8000, 10048}, {10048 + 77 + WindowSlack + 1, 8000, 10048},
			{10048 + 77 + WindowSlack, 10048 + WindowSlack, 12096 + WindowSlack},
		} {
			w.send(frame(offTCP(packet.ACK, 5, c.ack, "")))
			if p := w.o.Passed(id); p.Packets != 1 || p.Acked != c.acked || p.Edge != c.edge {
				t.Errorf("%d: %+v, want %d, %d", i, p, c.acked, c.edge)
			}
		}
		w.o.Renew(id, 1, 2)
		w.send(frame(offTCP(packet.ACK, 5, 80, "")))
		if p := w.o.Passed(id); p.Acked != 3 || p.Edge != 3+2048 {
			t.Errorf("%+v", p)
		}
	})
}

// The table of shortcuts has an end, and room again later.
func TestOffloadFull(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		w := newOffloadWires(t)
		s := shortcutOf(w.va, w.wa, packet.ProtoUDP)
		var ids []uint32
		for i := range shortcuts {
			s.Src = uint32(i) + 1<<24
			ids = append(ids, w.o.Add(s))
			if ids[i] == 0 {
				t.Errorf("no room for %d", i)
				return
			}
		}
		s.Src = 5 << 24
		if w.o.Add(s) != 0 {
			t.Error("one too many")
		}
		w.o.Remove(ids[7])
		if w.o.Add(s) != 0 {
			t.Error("a slot was used again at once")
		}
		time.Sleep(wayRest)
		if w.o.Add(s) != ids[7] {
			t.Error("no room")
		}
		if w.o.Add(s) != 0 {
			t.Error("two for the same packets")
		}
	})
}

// An interface that goes takes the programs with it, and they are on the one that comes again; Close takes them off.
func TestOffloadComesAgain(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		w := newOffloadWires(t)
		bell, err := NewBell([]Direct{w.va.(Direct)})
		if err != nil {
			t.Error(err)
			return
		}
		defer bell.Close()
		ip(t, "link", "del", "va")
		for Waiting(w.va) == "" {
			bell.Wait(10 * time.Millisecond)
		}
		if !w.o.Stale() {
			t.Error("nobody tells that it went")
		}
		if w.o.Add(shortcutOf(w.va, w.wa, packet.ProtoUDP)) != 0 {
			t.Error("a shortcut from nowhere")
		}
		ip(t, "link", "add", "va", "type", "veth", "peer", "name", "vb")
		quiet("va")
		quiet("vb")
		ip(t, "link", "set", "va", "up")
		ip(t, "link", "set", "vb", "up")
		if err := w.va.(*packetLink).await(); err != nil {
			t.Error(err)
		}
		if !w.o.Stale() {
			t.Error("nobody tells that it came")
		}
		w.far = mustOpen(t, "packet:vb")
		if w.o.Add(shortcutOf(w.va, w.wa, packet.ProtoUDP)) == 0 {
			t.Error("no shortcut")
		}
		if _, where := w.send(frame(offUDP("x"))); where != "near" {
			t.Errorf("it arrives %s", where)
		}
		w.o.Close()
		if _, where := w.send(frame(offUDP("x"))); where != "box" {
			t.Errorf("after Close it arrives %s", where)
		}
	})
}

func quiet(name string) { unixWrite("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", "1") }

func unixWrite(name, text string) {
	if fd, err := unix.Open(name, unix.O_WRONLY, 0); err == nil {
		unix.Write(fd, []byte(text))
		unix.Close(fd)
	}
}

func head(f Frame) []byte { return f.Bytes()[:min(f.Len, 80)] }

func offPacket(f *Frame) packet.Packet {
	var d packet.Parsed
	d.DecodeIP(f.Bytes()[packet.EthernetLen:])
	return d.Packet(f.GSOSize, f.NeedsCsum)
}

func payloadOf(f *Frame) int {
	var d packet.Parsed
	d.DecodeIP(f.Bytes()[packet.EthernetLen:])
	return d.PayloadLen()
}

// byShortcut is a frame as a shortcut has to make it.
func byShortcut(s *Shortcut, f Frame) Frame {
	p := offPacket(&f)
	p.SetSrc(s.ToSrc)
	p.SetDst(s.ToDst)
	p.SetSrcPort(s.ToSrcPort)
	p.SetDstPort(s.ToDstPort)
	if s.Proto == packet.ProtoTCP {
		p.SetSeq(p.TCP().Seq() + s.SeqShift)
		p.SetAck(p.TCP().Ack() - s.AckShift)
	}
	eth := packet.Ethernet(f.Bytes())
	eth.SetDst(s.ToMAC)
	eth.SetSrc(s.FromMAC)
	return f
}

func withIPOptions(b []byte) []byte {
	out := append(bytes.Clone(b[:packet.EthernetLen+packet.IPv4Len]), 1, 1, 1, 0)
	out = append(out, b[packet.EthernetLen+packet.IPv4Len:]...)
	out[14] = 0x46
	out[16], out[17] = byte((len(out)-14)>>8), byte(len(out)-14)
	packet.IPv4(out[14:]).FillChecksum()
	return out
}

func tagged(b []byte, tpid uint16) []byte {
	out := append(bytes.Clone(b[:12]), byte(tpid>>8), byte(tpid), 0, 9)
	return append(out, b[12:]...)
}
