package stream

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

const (
	toS, toC = smtp.ToServer, smtp.ToClient
	isnS     = 5000
)

var isnC uint32 = 0xfffffff0 // wraps soon

// sent is one emitted packet, copied.
type sent struct {
	d smtp.Dir
	p packet.Packet
}

func (e sent) body() string { return string(e.p.TCP().Payload()) }

// wire drives a Conn by single segments.
type wire struct {
	t     testing.TB
	c     *Conn
	now   time.Time
	out   []sent
	ended []bool
	win   uint16
	opts  []byte
	gso   uint16
	urg   uint16
}

func (w *wire) Emit(d smtp.Dir, p packet.Packet) {
	checkPacket(w.t, p)
	w.out = append(w.out, sent{d, packet.Packet{IP: bytes.Clone(p.IP), GSOSize: p.GSOSize, NeedsCsum: p.NeedsCsum}})
	p.SetSrc(1) // the engine may do so
}
func (w *wire) Notice(smtp.Event) {}
func (w *wire) End(reset bool)    { w.ended = append(w.ended, reset) }

// newWire is a Conn after the handshake: the client's first octet is isnC+1, the server's isnS+1.
func newWire(t testing.TB, i inspector) *wire {
	w := &wire{t: t, c: newConn(i, &Pool{}), now: epoch, win: 8000}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.seg(toS, 0, 0, 0, "")
	if len(w.out) != 3 {
		t.Fatalf("%d packets of the handshake passed", len(w.out))
	}
	w.out = nil
	return w
}

func build(d smtp.Dir, s packet.Segment) packet.Packet {
	h := packet.Header{Src: clientIP, Dst: serverIP, ID: 9, DF: true}
	s.SrcPort, s.DstPort = clientPort, serverPort
	if d == toC {
		h.Src, h.Dst, s.SrcPort, s.DstPort = h.Dst, h.Src, serverPort, clientPort
	}
	return packet.Packet{IP: packet.AppendTCP(nil, h, s)}
}

// raw hands one segment over and returns what was emitted for it.
func (w *wire) raw(d smtp.Dir, seq, ack uint32, flags uint8, body string) []sent {
	p := build(d, packet.Segment{Seq: seq, Ack: ack, Flags: flags, Window: w.win, Options: w.opts, Urgent: w.urg, Payload: []byte(body)})
	p.GSOSize = w.gso
	n := len(w.out)
	w.c.Segment(w.now, d, p, w)
	return w.out[n:]
}

// seg is raw with places relative to the first octets and with ACK.
func (w *wire) seg(d smtp.Dir, at, ack uint32, flags uint8, body string) []sent {
	if d == toS {
		return w.raw(d, isnC+1+at, isnS+1+ack, flags|packet.ACK, body)
	}
	return w.raw(d, isnS+1+at, isnC+1+ack, flags|packet.ACK, body)
}

func (w *wire) tick(d time.Duration) []sent {
	n := len(w.out)
	w.now = w.now.Add(d)
	w.c.Tick(w.now, w)
	return w.out[n:]
}

// want checks that got is one packet in direction d with the place, acknowledgement, flags and payload given.
func want(t *testing.T, got []sent, d smtp.Dir, at, ack uint32, flags uint8, body string) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d packets, want one with %q", len(got), body)
	}
	wantIs(t, got[0], d, at, ack, flags, body)
}

func wantIs(t *testing.T, got sent, d smtp.Dir, at, ack uint32, flags uint8, body string) {
	t.Helper()
	seq, ackN := isnC+1+at, uint32(isnS+1)+ack
	if d == toC {
		seq, ackN = isnS+1+at, isnC+1+ack
	}
	s := got.p.TCP()
	if got.d != d || s.Seq() != seq || s.Ack() != ackN || s.Flags() != flags|packet.ACK || got.body() != body {
		t.Fatalf("direction %d place %d ack %d flags %#x %q, want %d %d %d %#x %q",
			got.d, s.Seq()-seq+at, s.Ack()-ackN+ack, s.Flags(), got.body(), d, at, ack, flags|packet.ACK, body)
	}
}

// up upper-cases everything; take limits how much of each segment it takes, act is what it says beside.
type up struct {
	take int
	act  smtp.Act
	saw  []string
}

func (u *up) Segment(_ time.Time, _ smtp.Dir, seg []byte) smtp.Verdict {
	u.saw = append(u.saw, string(seg))
	n := len(seg)
	if u.take > 0 {
		n = min(n, u.take)
	}
	bytesUpper(seg[:n])
	return smtp.Verdict{Take: n, Act: u.act}
}

func TestRetransmissions(t *testing.T) {
	w := newWire(t, &up{})
	want(t, w.seg(toS, 0, 0, packet.PSH, "abcdef"), toS, 0, 0, packet.PSH, "ABCDEF")
	want(t, w.seg(toS, 0, 0, packet.PSH, "abcdef"), toS, 0, 0, packet.PSH, "ABCDEF")
	want(t, w.seg(toS, 0, 0, 0, "evil!!"), toS, 0, 0, packet.PSH, "ABCDEF")
	want(t, w.seg(toS, 2, 0, 0, "xy"), toS, 2, 0, packet.PSH, "CD")
	want(t, w.seg(toS, 4, 0, 0, "xyghi"), toS, 4, 0, packet.PSH, "EFGHI")
	w.seg(toC, 0, 3, 0, "") // three octets arrived
	want(t, w.seg(toS, 0, 0, 0, "abcdefghij"), toS, 3, 0, packet.PSH, "DEFGHIJ")
	w.seg(toC, 0, 10, 0, "")
	want(t, w.seg(toS, 0, 0, 0, "abcdef"), toC, 0, 10, 0, "") // has all of it: the acknowledgement again
	if got := w.c.inspect.(*up).saw; !slices.Equal(got, []string{"abcdef", "ghi", "j"}) {
		t.Errorf("inspector saw %q", got)
	}
	if w.c.Counts().Repeated != 6 {
		t.Errorf("%+v", w.c.Counts())
	}
}

func TestOutOfOrder(t *testing.T) {
	w := newWire(t, &up{})
	want(t, w.seg(toS, 3, 0, packet.FIN, "def"), toC, 0, 0, 0, "") // the receiver's acknowledgement again
	got := w.seg(toS, 0, 0, 0, "abc")
	if len(got) != 2 {
		t.Fatalf("%d packets", len(got))
	}
	wantIs(t, got[0], toS, 0, 0, 0, "ABC")
	wantIs(t, got[1], toS, 3, 0, packet.FIN|packet.PSH, "DEF")
	want(t, w.seg(toS, 6, 0, packet.FIN, ""), toS, 6, 0, packet.FIN, "")
	if got := w.seg(toS, 7, 0, 0, "after the FIN"); len(got) != 0 {
		t.Errorf("passed %q", got[0].body())
	}
}

// Behind a gap each segment is answered with the receiver's acknowledgement, as soon as the receiver has acknowledged
// what is before the gap.
func TestDuplicates(t *testing.T) {
	w := newWire(t, &up{})
	w.seg(toS, 0, 0, 0, "abc")
	for _, at := range []uint32{6, 9, 12, 15, 18} {
		if got := w.seg(toS, at, 0, 0, "xyz"); len(got) != 0 {
			t.Fatalf("before the receiver has said so: ack %d", got[0].p.TCP().Ack())
		}
	}
	got := w.seg(toC, 0, 3, 0, "")
	if len(got) != 1+dupThreshold {
		t.Fatalf("%d packets", len(got))
	}
	for _, g := range got {
		wantIs(t, g, toC, 0, 3, 0, "")
		if g.p.TCP().Window() != w.win || g.p.TCP().HeaderLen() != packet.TCPLen {
			t.Errorf("window %d, options % x", g.p.TCP().Window(), g.p.TCP().OptionBytes())
		}
	}
	want(t, w.seg(toC, 0, 3, 0, ""), toC, 0, 3, 0, "") // nothing is owed any more
	want(t, w.seg(toS, 21, 0, 0, "xyz"), toC, 0, 3, 0, "")
	want(t, w.seg(toS, 21, 0, 0, "xyz"), toC, 0, 3, 0, "") // even what is not kept
	for _, g := range w.seg(toS, 3, 0, 0, "def") {
		if g.d != toS {
			t.Error("a duplicate though the gap is filled")
		}
	}
	if n := w.c.Counts().Duplicates; n != 5 {
		t.Errorf("%d counted", n)
	}
}

// What is withheld is no gap: nothing asks for it to be sent again at once.
func TestNoDuplicatesForWithheld(t *testing.T) {
	w := newWire(t, &lines{})
	w.seg(toS, 0, 0, 0, "noop\n")
	w.seg(toC, 0, 5, 0, "")
	for range 3 { // typed by hand, then by the timer again
		for i, key := range []string{"h", "e", "l", "p", "\n"} {
			if got := w.seg(toS, 5+uint32(i), 0, 0, key); len(got) != 0 {
				t.Fatalf("%q: %d packets, %q", key, len(got), got[0].body())
			}
		}
	}
	want(t, w.seg(toS, 5, 0, 0, "help\n"), toS, 5, 0, 0, "HELP\n")
	w.seg(toC, 0, 10, 0, "")
	want(t, w.seg(toS, 12, 0, 0, "xyz"), toC, 0, 10, 0, "") // and this is one
	p := newWire(t, &tail{})
	p.seg(toC, 0, 0, 0, "250-x")
	if got := p.seg(toC, 9, 0, 0, "y\n"); len(got) != 0 {
		t.Error("a duplicate while octets pend")
	}
}

// SACK blocks go only to an end that knows them, and only while nothing is withheld; the newest run comes first.
func TestDuplicateSACK(t *testing.T) {
	blocks := func(i inspector, opts []byte, d smtp.Dir) (runs []uint32) {
		w := &wire{t: t, c: newConn(i, &Pool{}), now: epoch, win: 8000, opts: opts}
		w.raw(toS, isnC, 0, packet.SYN, "")
		w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
		w.opts = []byte{1, 1, packet.OptTimestamps, 10, 0, 0, 0, 5, 0, 0, 0, 6}
		w.seg(toS, 0, 0, 0, "")
		w.seg(toC, 0, 0, 0, "")
		var last packet.TCP
		for _, at := range []uint32{10, 40, 13, 20, 30, 23} {
			got := w.seg(d, at, 0, 0, "abc")
			want(t, got, other(d), 0, 0, 0, "")
			last = got[0].p.TCP()
		}
		o := last.ParseOptions()
		if !o.HasTS {
			t.Error("no timestamps")
		}
		first := uint32(isnS + 1)
		if d == toS {
			first = isnC + 1
		}
		for i := range 2 * o.SACKs {
			runs = append(runs, last.Option32(o.SACKOff+4*i)-first)
		}
		return runs
	}
	ok := []byte{packet.OptSACKOK, 2, 1, 1}
	if got := blocks(&willing{}, ok, toS); !slices.Equal(got, []uint32{20, 26, 10, 16, 30, 33}) {
		t.Errorf("blocks %v", got)
	}
	for name, got := range map[string][]uint32{
		"not agreed": blocks(&willing{}, nil, toS), "may withhold": blocks(&up{}, ok, toS), "replies": blocks(&willing{}, ok, toC),
	} {
		if len(got) != 0 {
			t.Errorf("%s: blocks %v", name, got)
		}
	}
}

// What a SACK block named is the box's to repeat: after a timeout of its own, or when the receiver asks for it.
func TestPromiseIsKept(t *testing.T) {
	start := func() *wire {
		w := &wire{t: t, c: newConn(&willing{}, &Pool{}), now: epoch, win: 8000, opts: []byte{packet.OptSACKOK, 2, 1, 1}}
		w.raw(toS, isnC, 0, packet.SYN, "")
		w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
		w.opts = nil
		w.seg(toS, 0, 0, 0, "")
		w.seg(toC, 0, 0, 0, "")
		want(t, w.seg(toS, 3, 0, 0, "def"), toC, 0, 0, 0, "")
		if got := w.seg(toS, 0, 0, 0, "abc"); len(got) != 2 {
			t.Fatalf("%d packets", len(got))
		}
		w.seg(toC, 0, 3, 0, "")
		return w
	}
	w := start()
	again := w.tick(rtoFirst)
	if len(again) != 1 || again[0].p.TCP().Seq() != isnC+1+3 || len(again[0].body()) != 3 {
		t.Fatalf("%d packets", len(again))
	}
	w.seg(toC, 0, 6, 0, "")
	if !w.c.Next().IsZero() {
		t.Error("the timer runs on")
	}
	w = start()
	for i := range 5 {
		got := w.seg(toC, 0, 3, 0, "")
		if want := i == 2; (len(got) == 2) != want {
			t.Errorf("acknowledgement %d: %d packets", i, len(got))
		}
	}
}

// An octet in the place of the SYN is none.
func TestPlaceOfSYN(t *testing.T) {
	w := &wire{t: t, c: newConn(&up{}, &Pool{}), now: epoch, win: 8000}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	want(t, w.seg(toC, 0xffffffff, 0, 0, "?ab"), toC, 0, 0, packet.PSH, "AB")
	want(t, w.seg(toC, 0xffffffff, 0, 0, "?xy"), toC, 0, 0, packet.PSH, "AB")
}

func TestOutOfOrderBounds(t *testing.T) {
	w := newWire(t, &up{})
	for i := range 200 {
		w.seg(toS, uint32(1+i*1000), 0, 0, strings.Repeat("x", 1000))
	}
	if h := &w.c.halves[toS]; len(h.ooo) != oooSegs || h.oooBytes > oooBytes {
		t.Errorf("%d segments, %d octets", len(h.ooo), h.oooBytes)
	}
}

func TestWithheld(t *testing.T) {
	w := newWire(t, &lines{})
	for range 3 {
		if got := w.seg(toS, 0, 0, 0, "he"); len(got) != 0 {
			t.Fatal("a part passed")
		}
		if got := w.seg(toS, 2, 0, 0, "lo lab\n"); len(got) != 0 {
			t.Fatal("parts were joined")
		}
	}
	want(t, w.seg(toS, 2, 0, 0, ""), toS, 0, 0, 0, "") // a pure acknowledgement counts only what passed
	got := w.seg(toS, 0, 0, packet.PSH, "helo lab\n")
	want(t, got, toS, 0, 0, packet.PSH, "HELO LAB\n")
	want(t, w.seg(toS, 9, 0, packet.FIN, "noop\nqu"), toS, 9, 0, packet.PSH, "NOOP\n")
	w.seg(toC, 0, 14, 0, "250 ok")
	want(t, w.seg(toS, 14, 6, 0, "qui"), toS, 14, 6, 0, "") // the acknowledgement passes without the part
	want(t, w.seg(toS, 14, 6, packet.FIN, "quit\n"), toS, 14, 6, packet.FIN, "QUIT\n")
}

func TestReset(t *testing.T) {
	w := newWire(t, &lines{})
	w.seg(toS, 0, 0, 0, "a\nwithheld")
	for _, bad := range []uint32{isnC - 9, isnC + 1 + keepMax + 100} {
		if got := w.raw(toS, bad, 0, packet.RST, ""); len(got) != 0 {
			t.Errorf("a reset out of the window passed")
		}
	}
	// in the window, but no number that the client can have: it is asked for a better one
	for _, guess := range []uint32{isnC + 1 + 3, isnC + 1 + 11, isnC + 1 + 70000, isnC + 1 + keepMax} {
		got := w.raw(toS, guess, 0, packet.RST, "")
		if len(got) != 1 || got[0].d != toC || got[0].p.TCP().Flags() != packet.ACK || got[0].p.TCP().Ack() != isnC+1 {
			t.Errorf("at %d: %+v", guess-isnC-1, got)
		}
	}
	got := w.raw(toS, isnC+1+10, 0, packet.RST, "")
	if len(got) != 1 || got[0].p.TCP().Seq() != isnC+1+2 || got[0].p.TCP().Flags() != packet.RST {
		t.Errorf("%+v", got)
	}
}

// Data that acknowledges something older than any window is a stranger's, whatever its own number.
func TestOldAcknowledgement(t *testing.T) {
	w := newWire(t, &lines{})
	for _, back := range []uint32{keepMax + 100, 1 << 30} {
		ack := uint32(isnS) - back
		if got := w.raw(toS, isnC+1, ack, packet.ACK|packet.PSH, "quit\n"); len(got) != 0 {
			t.Errorf("an acknowledgement of %d passed: %+v", ack, got)
		}
	}
	want(t, w.seg(toS, 0, 0, packet.PSH, "noop\n"), toS, 0, 0, packet.PSH, "NOOP\n")
}

func TestInspectorEnds(t *testing.T) {
	for _, act := range []smtp.Act{smtp.Reset, smtp.DropConn} {
		u := &up{}
		w := newWire(t, u)
		w.seg(toS, 0, 0, 0, "one")
		u.act, u.take = act, 0
		got := w.seg(toC, 0, 3, 0, "two")
		if len(w.ended) != 1 || w.ended[0] != (act == smtp.Reset) {
			t.Fatalf("End %v", w.ended)
		}
		resets := 0
		for _, g := range got {
			if g.p.TCP().Flags()&packet.RST != 0 {
				resets++
				if seq := g.p.TCP().Seq(); g.d == toS && seq != isnC+1+3 || g.d == toC && seq != isnS+1+3 {
					t.Errorf("reset in direction %d at %d", g.d, seq)
				}
			}
		}
		if resets != 0 && act == smtp.DropConn || resets != 2 && act == smtp.Reset {
			t.Errorf("act %d: %d resets", act, resets)
		}
		if got := w.seg(toS, 3, 0, 0, "three"); len(got) != 0 || !w.c.Next().IsZero() {
			t.Error("it goes on")
		}
	}
}

func TestDetach(t *testing.T) {
	u := &up{}
	w := newWire(t, u)
	u.act, u.take = smtp.Detach, 3
	want(t, w.seg(toC, 0, 0, 0, "220 tls"), toC, 0, 0, 0, "220 tls")
	want(t, w.seg(toS, 0, 7, 0, "\x16hello"), toS, 0, 7, 0, "\x16hello")
	want(t, w.seg(toC, 0, 0, 0, "xxxxxxx"), toS, 6, 7, 0, "") // it has been acknowledged
	want(t, w.seg(toS, 0, 7, 0, "xxxxxx"), toS, 0, 7, packet.PSH, "\x16hello")
	if len(u.saw) != 1 {
		t.Errorf("inspector saw %q", u.saw)
	}
}

func TestSYN(t *testing.T) {
	w := &wire{t: t, c: newConn(&up{}, &Pool{}), now: epoch, win: 1000}
	w.opts = []byte{packet.OptMSS, 4, 5, 180, optMPTCP, 4, 1, 1, optFastOpen, 2, packet.OptWScale, 3, 7}
	got := w.raw(toS, isnC, 0, packet.SYN, "early data")
	if len(got) != 1 || got[0].body() != "" {
		t.Fatal("data went on with the SYN")
	}
	for o := got[0].p.TCP().Options(); o.Next(); {
		if o.Kind == optMPTCP || o.Kind == optFastOpen {
			t.Errorf("option %d passed", o.Kind)
		}
	}
	if got := w.raw(toC, isnS, isnC+2, packet.SYN|packet.ACK, ""); len(got) != 0 {
		t.Error("a SYN for another connection passed")
	}
	if got := w.raw(toC, 77, 88, packet.ACK, ""); len(got) != 1 {
		t.Error("the answer of a half-open connection was held back")
	}
	if got := w.raw(toS, 88, 0, packet.RST, ""); len(got) != 1 {
		t.Error("so was its reset")
	}
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.opts = nil
	want(t, w.seg(toS, 0, 0, 0, "early data"), toS, 0, 0, 0, "EARLY DATA")
	if w.c.shift(toS) != 7 {
		t.Errorf("window scale %d", w.c.shift(toS))
	}
}

func TestUrgent(t *testing.T) {
	w := newWire(t, &up{})
	w.urg = 2
	got := w.seg(toS, 0, 0, packet.URG, "ab")
	want(t, got, toS, 0, 0, 0, "AB")
	if got[0].p.TCP().Urgent() != 0 {
		t.Error("urgent pointer")
	}
}

func TestBadAcknowledgement(t *testing.T) {
	w := newWire(t, &lines{})
	w.seg(toS, 0, 0, 0, "a\nwithheld")
	if got := w.seg(toC, 0, 8, 0, "x"); len(got) != 0 {
		t.Error("octets that never left were acknowledged")
	}
	w.opts = []byte{1, 1, packet.OptSACK, 10, 0xff, 0xff, 0xff, 0xf2, 0xff, 0xff, 0xff, 0xf8}
	got := w.seg(toC, 0, 0, 0, "")
	if len(got) != 1 || got[0].p.TCP().ParseOptions().SACKs != 0 {
		t.Error("a SACK block for withheld octets passed")
	}
	w.opts[11] = 0xf3
	if got := w.seg(toC, 0, 0, 0, ""); got[0].p.TCP().ParseOptions().SACKs != 1 {
		t.Error("a good SACK block was erased")
	}
}

func TestSpoilt(t *testing.T) {
	w := newWire(t, &up{})
	p := build(toS, packet.Segment{Seq: isnC + 1, Ack: isnS + 1, Flags: packet.ACK, Window: 10, Payload: []byte("good")})
	p.TCP().Payload()[0] = 'w'
	if w.c.Segment(w.now, toS, p, w); len(w.out) != 0 {
		t.Error("a spoilt segment passed")
	}
	want(t, w.seg(toS, 0, 0, 0, "good"), toS, 0, 0, 0, "GOOD")
}

func TestSuperFrame(t *testing.T) {
	u := &up{}
	w := newWire(t, u)
	w.gso = 4
	got := w.seg(toS, 0, 0, packet.PSH, "abcdefghij")
	want(t, got, toS, 0, 0, packet.PSH, "ABCDEFGHIJ")
	if got[0].p.GSOSize != 4 || !slices.Equal(u.saw, []string{"abcd", "efgh", "ij"}) {
		t.Errorf("size %d, inspector saw %q", got[0].p.GSOSize, u.saw)
	}
	l := newWire(t, &lines{})
	l.gso = 4
	want(t, l.seg(toS, 0, 0, packet.FIN, "abc\nde\nfgh\n"), toS, 0, 0, packet.PSH, "ABC\nDE\n")
	// "f" is withheld, "gh\n" waits behind it
	l.gso = 0
	if got := l.seg(toS, 7, 0, 0, "f"); len(got) != 0 {
		t.Errorf("%q was joined", got[0].body())
	}
	want(t, l.seg(toS, 7, 0, packet.FIN, "fgh\n"), toS, 7, 0, packet.FIN, "FGH\n")
}

func TestProbes(t *testing.T) {
	w := newWire(t, &up{})
	want(t, w.seg(toS, 0xffffffff, 0, 0, ""), toS, 0xffffffff, 0, 0, "") // keep-alive
	w.seg(toS, 0, 0, 0, "abc")
	w.seg(toC, 0, 3, 0, "")
	want(t, w.seg(toS, 2, 0, 0, "?"), toS, 2, 0, 0, "") // keep-alive with an octet of garbage
	w.win = 0
	w.c.halves[toS].right = isnC + 1 + 3 // the server's window shut
	want(t, w.seg(toS, 3, 0, 0, "d"), toS, 2, 0, 0, "")
	if len(w.c.inspect.(*up).saw) != 1 {
		t.Error("the probe of a shut window was inspected")
	}
}

func TestWindowNeverWiderThanWhatIsKept(t *testing.T) {
	w := &wire{t: t, c: newConn(&up{}, &Pool{}), now: epoch, win: 65535}
	w.opts = []byte{packet.OptWScale, 3, 10}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.opts = nil
	if got := w.seg(toS, 0, 0, 0, ""); int(got[0].p.TCP().Window())<<10 > keepData || got[0].p.TCP().Window() == 0 {
		t.Errorf("window %d", got[0].p.TCP().Window())
	}
	// A sender that does not mind the window is not kept beyond the bound.
	w.seg(toC, 0, 0, 0, "") // its window is 64 MiB
	for i := range keepMax/1000 + 100 {
		w.seg(toS, uint32(i*1000), 0, 0, strings.Repeat("x", 1000))
	}
	if h := &w.c.halves[toS]; h.kept.n > keepData || h.kept.n < keepData-2000 || len(h.kept.buf) > keepMax {
		t.Errorf("%d octets kept in %d", h.kept.n, len(h.kept.buf))
	}
}

func TestAnswer(t *testing.T) {
	w := newWire(t, &answerer{})
	ts := func(v byte) []byte { return []byte{1, 1, packet.OptTimestamps, 10, 0, 0, 0, v, 0, 0, 0, v + 1} }
	w.opts = ts(7)
	w.seg(toC, 0, 0, 0, "220 hi")
	w.opts = ts(1)
	got := w.seg(toS, 0, 6, 0, "helo\n!bad\nnoop\n")
	if len(got) != 2 {
		t.Fatalf("%d packets", len(got))
	}
	wantIs(t, got[0], toS, 0, 6, packet.PSH, "helo\nnoop\n")
	wantIs(t, got[1], toC, 6, 0, packet.PSH, okAnswer)
	if o := got[1].p.TCP().ParseOptions(); !o.HasTS || o.TSVal != 7 || o.TSEcr != 8 {
		t.Errorf("timestamps %+v", o)
	}
	// The server's octets move up by the answer, its acknowledgement by what was swallowed.
	want(t, w.seg(toC, 6, 5, 0, "250 a"), toC, 10, 10, 0, "250 a")
	want(t, w.seg(toC, 11, 10, 0, "250 b"), toC, 15, 15, 0, "250 b")
	// The client's acknowledgement of the answer is nothing to the server.
	got = w.seg(toS, 15, 8, 0, "")
	want(t, got, toS, 10, 6, 0, "")
	if win := got[0].p.TCP().Window(); win != 8000-2 {
		t.Errorf("window %d: two octets of it are the answer's", win)
	}
	if again := w.tick(1100 * time.Millisecond); len(again) != 1 || again[0].body() != "k>" {
		t.Fatalf("the rest of the answer was not repeated: %v", again)
	}
	if next := w.c.Next().Sub(w.now); next != 2*time.Second {
		t.Errorf("next after %v", next)
	}
	want(t, w.seg(toS, 15, 20, 0, "quit\n"), toS, 10, 16, 0, "quit\n")
	if !w.c.Next().IsZero() {
		t.Error("the timer runs on")
	}
	// Nothing but refused lines: the box acknowledges them itself.
	w.seg(toC, 16, 15, packet.FIN, "")
	got = w.seg(toS, 20, 21, 0, "!x\n")
	wantIs(t, got[len(got)-1], toC, 21, 23, 0, "")
}

func TestAnswerBounds(t *testing.T) {
	w := newWire(t, &answerer{wait: -100})
	w.seg(toC, 0, 0, 0, "220 hi")
	got := w.seg(toS, 0, 6, 0, strings.Repeat("!x\n", 10))
	octets := 0
	for _, g := range got {
		octets += len(g.body())
	}
	if octets != maxAnswers*len(okAnswer) || w.c.inspect.(*answerer).refused != maxAnswers {
		t.Errorf("%d octets of answers", octets)
	}
	if ack := got[len(got)-1].p.TCP().Ack(); ack != isnC+1+3*maxAnswers {
		t.Errorf("%d octets acknowledged", ack-isnC-1)
	}
	// Acknowledged, they make room for the rest.
	if w.seg(toS, 12, 6+4*maxAnswers, 0, strings.Repeat("!x\n", 6)); w.c.inspect.(*answerer).refused != 2*maxAnswers {
		t.Errorf("%d refused", w.c.inspect.(*answerer).refused)
	}
	for i := range uint32(3 * maxEdits) { // no packet of the server in between
		w.seg(toS, 24+3*i, 6+4*(8+i), 0, "!x\n")
	}
	if w.c.inspect.(*answerer).refused != 8+3*maxEdits {
		t.Errorf("%d refused", w.c.inspect.(*answerer).refused)
	}
	// A shut window is probed with one octet, later.
	w = newWire(t, &answerer{})
	w.seg(toC, 0, 0, 0, "220 hi")
	w.c.halves[toC].right = isnS + 1 + 6
	w.win = 0
	for _, g := range w.seg(toS, 0, 6, 0, "!x\n") {
		if g.body() != "" {
			t.Errorf("%q into a shut window", g.body())
		}
	}
	want(t, w.tick(time.Second), toC, 6, 3, 0, okAnswer[:1])
	w.win = 100
	got = w.seg(toS, 3, 7, 0, "")
	if last := got[len(got)-1]; last.d != toC || last.body() != okAnswer[1:] {
		t.Errorf("after the window opened: %q", last.body())
	}
}

func TestPending(t *testing.T) {
	w := newWire(t, &tail{})
	want(t, w.seg(toC, 0, 0, 0, "250-a\n250-"), toC, 0, 0, packet.PSH, "250-A\n")
	if got := w.tick(100 * time.Millisecond); len(got) != 0 || w.c.Next() != epoch.Add(200*time.Millisecond) {
		t.Error("too early")
	}
	if got := w.seg(toC, 6, 0, 0, "250-"); len(got) != 0 {
		t.Error("a repetition passed")
	}
	want(t, w.tick(100*time.Millisecond), toC, 6, 0, packet.PSH, "250-")
	want(t, w.seg(toC, 10, 0, 0, "x\ny"), toC, 10, 0, packet.PSH, "X\n")
	want(t, w.seg(toC, 13, 0, packet.FIN, "z\n"), toC, 12, 0, packet.PSH|packet.FIN, "YZ\n")
	if !w.c.Next().IsZero() {
		t.Error("a timer runs on")
	}
}

func TestRealSession(t *testing.T) {
	p := &smtp.Profile{Name: "6.3", Verbs: []string{"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"}}
	w := &wire{t: t, c: New(smtp.New(p, nil), &Pool{}), now: epoch, win: 8000}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.seg(toS, 0, 0, 0, "")
	want(t, w.seg(toC, 0, 0, packet.PSH, "220 exch1 ready\r\n"), toC, 0, 0, packet.PSH, "220 ***********\r\n")
	want(t, w.seg(toS, 0, 17, packet.PSH, "goodmorning\r\n"), toS, 0, 17, packet.PSH, "XXXXXXXXXXX\r\n")
	want(t, w.seg(toS, 0, 17, packet.PSH, "goodmorning\r\n"), toS, 0, 17, packet.PSH, "XXXXXXXXXXX\r\n")
}

// replace upper-cases without keeping anything.
type replace struct{}

func (replace) Segment(_ time.Time, _ smtp.Dir, seg []byte) smtp.Verdict {
	bytesUpper(seg)
	return smtp.Verdict{Take: len(seg)}
}

type nowhere struct{ n int }

func (o *nowhere) Emit(smtp.Dir, packet.Packet) { o.n++ }
func (o *nowhere) Notice(smtp.Event)            {}
func (o *nowhere) End(bool)                     {}

// flow sends n octets a time and has them acknowledged.
func flow(t testing.TB, n int) (step func(), out *nowhere) {
	w := newWire(t, replace{})
	out = &nowhere{}
	data := build(toS, packet.Segment{Flags: packet.ACK | packet.PSH, Ack: isnS + 1, Window: 8000, Payload: make([]byte, n)})
	ack := build(toC, packet.Segment{Flags: packet.ACK, Seq: isnS + 1, Window: 60000})
	seq := uint32(isnC + 1)
	return func() {
		data.SetSeq(seq)
		w.c.Segment(w.now, toS, data, out)
		seq += uint32(n)
		ack.SetAck(seq)
		w.c.Segment(w.now, toC, ack, out)
	}, out
}

func TestNoAllocs(t *testing.T) {
	step, out := flow(t, 1448)
	step()
	if n := testing.AllocsPerRun(200, step); n != 0 {
		t.Errorf("%v allocations per segment", n)
	}
	if out.n < 400 {
		t.Errorf("%d packets went on", out.n)
	}
}

func BenchmarkInOrder(b *testing.B) {
	step, _ := flow(b, 1448)
	b.SetBytes(1448)
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}
