package stream

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// What wires and hosts do to segments, one by one. The simulation does all of it at once.

// Segments that overlap behind a gap with different content: each octet leaves once, and again only as it left.
func TestOverlapBehindAGap(t *testing.T) {
	w := newWire(t, &up{})
	w.seg(toS, 3, 0, 0, "defgh")
	w.seg(toS, 5, 0, 0, "XYZijk")
	w.seg(toS, 3, 0, 0, "EVIL!")
	var out []byte
	for _, s := range w.seg(toS, 0, 0, 0, "abc") {
		if s.d != toS || s.p.TCP().Seq() != isnC+1+uint32(len(out)) {
			t.Fatalf("%q at %d", s.body(), s.p.TCP().Seq()-isnC-1)
		}
		out = append(out, s.body()...)
	}
	if len(out) != 11 || !bytes.HasPrefix(out, []byte("ABC")) || !bytes.HasSuffix(out, []byte("IJK")) {
		t.Fatalf("left %q", out)
	}
	for at := range uint32(len(out)) {
		want(t, w.seg(toS, at, 0, 0, "?"), toS, at, 0, packet.PSH, string(out[at]))
	}
}

// A gap wider than what may be kept behind it: what did not fit is sent again by its sender, and nothing is mixed up.
func TestReorderedBeyondTheBound(t *testing.T) {
	const n = 3 * oooSegs
	w := newWire(t, &up{})
	line := func(i int) string { return fmt.Sprintf("%04d", i) }
	for i := n; i > 0; i-- { // all but the first, backwards
		w.seg(toS, uint32(4*i), 0, 0, line(i))
	}
	if got := len(w.c.halves[toS].ooo); got != oooSegs {
		t.Fatalf("%d segments kept", got)
	}
	w.out = nil
	for i := range n + 1 {
		w.seg(toS, uint32(4*i), 0, 0, line(i))
	}
	left := map[uint32]byte{}
	for _, s := range w.out {
		if s.d == toC {
			continue
		}
		for k, b := range []byte(s.body()) {
			left[s.p.TCP().Seq()-isnC-1+uint32(k)] = b
		}
	}
	for i := range n + 1 {
		for k, b := range []byte(line(i)) {
			if left[uint32(4*i+k)] != b {
				t.Fatalf("octet %d of line %d left as %q", k, i, left[uint32(4*i+k)])
			}
		}
	}
	// Octets are bounded besides segments.
	w = newWire(t, &up{})
	for i := range 5 {
		w.gso = 1000
		w.seg(toS, uint32(1+30000*i), 0, 0, strings.Repeat("x", 30000))
	}
	if h := &w.c.halves[toS]; h.oooBytes != 60000 {
		t.Errorf("%d octets kept", h.oooBytes)
	}
}

// Windows go on as they are, also when they shrink; what is on its way then is repeated as it left.
func TestWindowShrinks(t *testing.T) {
	w := newWire(t, &up{})
	w.win = 100
	w.seg(toC, 0, 0, 0, "")
	w.seg(toS, 0, 0, 0, "abcdef")
	w.win = 2
	got := w.seg(toC, 0, 2, 0, "")
	want(t, got, toC, 0, 2, 0, "")
	if got[0].p.TCP().Window() != 2 {
		t.Errorf("window %d", got[0].p.TCP().Window())
	}
	want(t, w.seg(toS, 2, 0, 0, "zz"), toS, 2, 0, packet.PSH, "CD")
	w.win = 0
	got = w.seg(toC, 0, 4, 0, "")
	if want(t, got, toC, 0, 4, 0, ""); got[0].p.TCP().Window() != 0 {
		t.Errorf("window %d", got[0].p.TCP().Window())
	}
}

// A shut window is probed by its sender. An octet that the receiver cannot take is not inspected, and makes it tell its
// window; when that opens the octet passes.
func TestZeroWindow(t *testing.T) {
	u := &up{}
	w := newWire(t, u)
	w.win = 3
	w.c.halves[toS].rightKnown = false // the handshake's was wide
	w.seg(toC, 0, 0, 0, "")
	w.win = 500
	want(t, w.seg(toS, 0, 0, 0, "abc"), toS, 0, 0, 0, "ABC")
	w.win = 0
	w.seg(toC, 0, 3, 0, "")
	w.win = 500
	for range 3 {
		want(t, w.seg(toS, 3, 0, 0, "d"), toS, 2, 0, 0, "") // before the window: the receiver must answer
		w.win = 0
		want(t, w.seg(toC, 0, 3, 0, ""), toC, 0, 3, 0, "")
		w.win = 500
	}
	want(t, w.seg(toS, 2, 0, 0, ""), toS, 2, 0, 0, "") // a probe without an octet
	if len(u.saw) != 1 {
		t.Errorf("inspector saw %q", u.saw)
	}
	want(t, w.seg(toC, 0, 3, 0, ""), toC, 0, 3, 0, "")
	want(t, w.seg(toS, 3, 0, 0, "def"), toS, 3, 0, 0, "DEF")
}

// Keep-alives of both kinds (RFC 1122 4.2.3.6) go both ways, and the garbage octet goes nowhere.
func TestKeepAlives(t *testing.T) {
	u := &up{}
	w := newWire(t, u)
	w.seg(toS, 0, 0, 0, "abc")
	w.seg(toC, 0, 3, 0, "xy")
	w.seg(toS, 3, 2, 0, "")
	for range 2 {
		want(t, w.seg(toS, 2, 2, 0, ""), toS, 2, 2, 0, "")
		want(t, w.seg(toS, 2, 2, 0, "?"), toS, 2, 2, 0, "")
		want(t, w.seg(toC, 1, 3, 0, ""), toC, 1, 3, 0, "")
		want(t, w.seg(toC, 1, 3, 0, "?"), toC, 1, 3, 0, "")
	}
	if len(u.saw) != 2 {
		t.Errorf("inspector saw %q", u.saw)
	}
	// Behind octets that are withheld the sender is not idle for the receiver: its place is that of what passed.
	l := newWire(t, &lines{})
	l.seg(toS, 0, 0, 0, "he")
	want(t, l.seg(toS, 1, 0, 0, ""), toS, 0, 0, 0, "")
}

// One end has closed, the other goes on for as long as it likes.
func TestHalfClose(t *testing.T) {
	for _, d := range []smtp.Dir{toS, toC} {
		w := newWire(t, &up{})
		o := other(d)
		want(t, w.seg(d, 0, 0, packet.FIN, "bye"), d, 0, 0, packet.FIN, "BYE")
		want(t, w.seg(o, 0, 4, 0, ""), o, 0, 4, 0, "")
		for at := range uint32(3) {
			want(t, w.seg(o, 2*at, 4, 0, "go"), o, 2*at, 4, 0, "GO")
			want(t, w.seg(d, 4, 2*at+2, 0, ""), d, 4, 2*at+2, 0, "")
		}
		want(t, w.seg(o, 4, 4, 0, "no"), d, 4, 6, 0, "") // all of it has arrived: the acknowledgement once more
		want(t, w.seg(o, 6, 4, packet.FIN, ""), o, 6, 4, packet.FIN, "")
		want(t, w.seg(o, 6, 4, packet.FIN, ""), o, 6, 4, packet.FIN, "")
		want(t, w.seg(d, 4, 7, 0, ""), d, 4, 7, 0, "")
	}
}

// Both close before either knows of it.
func TestSimultaneousClose(t *testing.T) {
	w := newWire(t, &up{})
	want(t, w.seg(toS, 0, 0, packet.FIN, ""), toS, 0, 0, packet.FIN, "")
	want(t, w.seg(toC, 0, 0, packet.FIN, ""), toC, 0, 0, packet.FIN, "")
	want(t, w.seg(toS, 0, 0, packet.FIN, ""), toS, 0, 0, packet.FIN, "") // lost behind the box
	want(t, w.seg(toC, 1, 1, 0, ""), toC, 1, 1, 0, "")
	want(t, w.seg(toS, 1, 1, 0, ""), toS, 1, 1, 0, "")
}

// A FIN does not overtake octets that are withheld, in the same segment or in one of its own.
func TestFINBehindWithheld(t *testing.T) {
	w := newWire(t, &lines{})
	if got := w.seg(toS, 0, 0, packet.FIN, "qu"); len(got) != 0 {
		t.Fatal("it passed with them")
	}
	for range 2 {
		for _, s := range w.seg(toS, 2, 0, packet.FIN, "") {
			if s.p.TCP().Flags()&packet.FIN != 0 {
				t.Fatal("it passed alone")
			}
		}
	}
	got := w.seg(toS, 0, 0, packet.FIN, "quit\n")
	want(t, got, toS, 0, 0, packet.FIN, "QUIT\n")
	want(t, w.seg(toC, 0, 6, 0, ""), toC, 0, 6, 0, "")
	// What came behind the withheld octets and was kept follows once they are whole.
	w = newWire(t, &lines{})
	w.seg(toS, 0, 0, 0, "qu")
	w.seg(toS, 5, 0, packet.FIN, "")
	out := ""
	fin := false
	for _, s := range w.seg(toS, 0, 0, 0, "quit\n") {
		if s.d == toS {
			out += s.body()
			fin = fin || s.p.TCP().Flags()&packet.FIN != 0
		}
	}
	if out != "QUIT\n" || !fin {
		t.Errorf("%q, FIN %v", out, fin)
	}
}

// Both numbers wrap in the midst of everything.
func TestWrapAround(t *testing.T) {
	for back := range uint32(40) {
		s := newSim(t, uint64(back), &counter{}, impairments["all"])
		s.secret = isLower
		for _, e := range s.ends {
			e.iss = 0 - 100*back
			e.out, e.done, e.sack = lower(s.r, 5000), true, back%2 == 0
			e.cut = func(left int) int { return 1 + s.r.IntN(700) }
		}
		s.run()
		for d, e := range s.ends {
			want := bytes.Clone(e.out)
			(&counter{}).Segment(s.now, smtp.Dir(d), want)
			if !bytes.Equal(s.ends[1-d].in, want) {
				t.Fatalf("%d octets before the wrap: direction %d differs", 100*back, d)
			}
		}
	}
}

// A packet of our own carries the newest timestamp that its receiver can have seen, whatever came late (RFC 7323 5.3).
func TestTimestampsNeverGoBack(t *testing.T) {
	ts := func(v byte) []byte { return []byte{1, 1, packet.OptTimestamps, 10, 0, 0, 0, v, 0, 0, 0, 9} }
	w := newWire(t, &up{})
	w.opts = ts(20)
	w.seg(toS, 0, 0, 0, "abc")
	w.opts = ts(30)
	w.seg(toS, 3, 0, 0, "def")
	w.opts = ts(25) // was overtaken
	w.seg(toS, 6, 0, 0, "")
	w.opts = ts(35)
	w.seg(toC, 0, 0, 0, "")
	w.opts = ts(24)
	got := w.seg(toS, 0, 0, 0, "abc")
	if o := got[0].p.TCP().ParseOptions(); len(got) != 1 || o.TSVal != 30 {
		t.Errorf("%d packets, timestamp %d", len(got), o.TSVal)
	}
}

// Urgent data is ordinary data, wherever the pointer points and however often it comes.
func TestUrgentAgain(t *testing.T) {
	w := newWire(t, &lines{})
	w.urg = 1
	if got := w.seg(toS, 0, 0, packet.URG, "he"); len(got) != 0 {
		t.Fatal("a part passed")
	}
	w.urg = 500
	got := w.seg(toS, 0, 0, packet.URG|packet.PSH, "help\n")
	want(t, got, toS, 0, 0, packet.PSH, "HELP\n")
	got = append(got, w.seg(toS, 0, 0, packet.URG, "help\n")...)
	for _, s := range got {
		if s.p.TCP().Urgent() != 0 || s.p.TCP().Flags()&packet.URG != 0 {
			t.Error("an urgent pointer left")
		}
	}
}

// A SYN's data waits for the handshake, also when it comes with the SYN/ACK.
func TestDataWithSYNACK(t *testing.T) {
	w := &wire{t: t, c: newConn(&up{}, &Pool{}), now: epoch, win: 1000}
	w.raw(toS, isnC, 0, packet.SYN, "")
	got := w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "220 early")
	if len(got) != 1 || got[0].body() != "" {
		t.Fatal("data went on with the SYN/ACK")
	}
	want(t, w.seg(toC, 0, 0, 0, "220 early"), toC, 0, 0, 0, "220 EARLY")
}

// A super-frame of 64 KiB is judged at the boundaries of its train, and leaves whole where nothing is withheld.
func TestSuperFrameBoundaries(t *testing.T) {
	const size = 1000
	flawed := smtp.P51()
	flawed.Flaws = smtp.FlawEODSegmentStart
	sound := smtp.P51()
	// At octet 30*size stands a dot that begins no line: only a boundary there makes the flawed engine end the message.
	body := strings.Repeat("x", 30*size) + ".\r\nKILL\r\n" + strings.Repeat("y", 34*size)
	for _, c := range []struct {
		name string
		p    smtp.Profile
		gso  uint16
		cut  bool
	}{
		{"flawed", flawed, size, true},
		{"flawed, other boundaries", flawed, size + 1, false},
		{"flawed, one segment", flawed, 0, false},
		{"sound", sound, size, false},
	} {
		w := dataWire(t, &c.p)
		w.gso = c.gso
		at, ack := w.c.halves[toS].nxt-isnC-1, w.c.halves[toC].nxt-isnS-1
		var left []byte
		for _, s := range w.seg(toS, at, ack, packet.PSH, body) {
			left = append(left, s.body()...)
			if !c.cut && s.p.GSOSize != c.gso {
				t.Errorf("%s: left in segments of %d", c.name, s.p.GSOSize)
			}
		}
		if got := bytes.Contains(left, []byte("\r\nXXXX\r\n")); got != c.cut {
			t.Errorf("%s: the command behind the dot was judged: %v", c.name, got)
		}
		if !c.cut && string(left) != body {
			t.Errorf("%s: %d of %d octets left", c.name, len(left), len(body))
		}
	}
}

// dataWire is a connection in the midst of a message.
func dataWire(t *testing.T, p *smtp.Profile) *wire {
	t.Helper()
	w := &wire{t: t, c: New(smtp.New(p, nil), &Pool{}), now: epoch, win: 65535}
	w.opts = []byte{packet.OptWScale, 3, 4}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.opts = nil
	var c, s uint32
	w.seg(toS, 0, 0, 0, "")
	for _, step := range []string{"220 x\r\n", "HELO x\r\n", "250 x\r\n", "MAIL FROM:<a@b.c>\r\n", "250 x\r\n",
		"RCPT TO:<a@b.c>\r\n", "250 x\r\n", "DATA\r\n", "354 x\r\n"} {
		n := uint32(len(step))
		if step[0] < 'A' {
			w.seg(toC, s, c, 0, step)
			s += n
			continue
		}
		w.seg(toS, c, s, 0, step)
		c += n
	}
	w.seg(toS, c, s, 0, "")
	if !w.c.inspect.(*smtp.Session).InData() {
		t.Fatal("no DATA")
	}
	return w
}

// A reset that lies in the window passes with the number that the receiver expects, in both directions and also behind
// answers; any other does not.
func TestResetBehindAnswers(t *testing.T) {
	w := newWire(t, &answerer{})
	w.seg(toC, 0, 0, 0, "220 hi")
	w.seg(toS, 0, 6, 0, "!x\nnoop\n")
	for _, bad := range []uint32{isnS, isnS + 1 + 6 + keepMax + 1} {
		if got := w.raw(toC, bad, 0, packet.RST, ""); len(got) != 0 {
			t.Errorf("a reset at %d passed", bad-isnS-1)
		}
	}
	got := w.raw(toC, isnS+1+6, 0, packet.RST, "")
	if len(got) != 1 || got[0].p.TCP().Seq() != isnS+1+6+uint32(len(okAnswer)) {
		t.Errorf("%d resets, at %d", len(got), got[0].p.TCP().Seq()-isnS-1)
	}
	if !w.c.Next().IsZero() {
		t.Error("the answer is repeated after a reset")
	}
}

// The bound of what pends: a longer tail is decided, withheld or sent again, never kept.
func TestPendingBound(t *testing.T) {
	w := newWire(t, &patient{})
	if got := w.seg(toC, 0, 0, 0, strings.Repeat("x", pendMax)); len(got) != 0 || len(w.c.halves[toC].pend) != pendMax {
		t.Errorf("%d packets, %d octets pend", len(got), len(w.c.halves[toC].pend))
	}
	w = newWire(t, &patient{})
	if got := w.seg(toC, 0, 0, 0, strings.Repeat("x", pendMax+1)); len(got) != 0 || w.c.halves[toC].pend != nil {
		t.Errorf("%d packets, %d octets pend", len(got), len(w.c.halves[toC].pend))
	}
	if !w.c.Next().IsZero() {
		t.Error("a timer runs for what is not kept")
	}
}

// patient never decides.
type patient struct{}

func (patient) Segment(now time.Time, d smtp.Dir, _ []byte) smtp.Verdict {
	return smtp.Verdict{Again: now.Add(time.Second)}
}

// Packets of our own keep the class of service of their direction, but not its ECN bits: they are no ECN-capable transport, and the
// mark of a congested router belongs to the packet that met it (RFC 3168 6.1.4, 6.1.5).
func TestOwnPacketsHaveNoECN(t *testing.T) {
	w := newWire(t, &up{})
	marked := func(d smtp.Dir, seq, ack uint32, body string) []sent {
		h := packet.Header{Src: clientIP, Dst: serverIP, TOS: 0x48 | 3}
		s := packet.Segment{SrcPort: clientPort, DstPort: serverPort, Seq: seq, Ack: ack, Flags: packet.ACK, Window: 8000, Payload: []byte(body)}
		n := len(w.out)
		w.c.Segment(w.now, d, packet.Packet{IP: packet.AppendTCP(nil, h, s)}, w)
		return w.out[n:]
	}
	first := marked(toS, isnC+1, isnS+1, "abc")
	again := marked(toS, isnC+1, isnS+1, "abc")
	if len(first) != 1 || len(again) != 1 {
		t.Fatalf("%d and %d packets", len(first), len(again))
	}
	if a, b := first[0].p.IP.TOS(), again[0].p.IP.TOS(); a != 0x4b || b != 0x48 {
		t.Errorf("type of service %#x of the first, %#x of the second, want 0x4b, 0x48", a, b)
	}
}
