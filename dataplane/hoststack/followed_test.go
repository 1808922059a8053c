package hoststack

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// bench is a joiner by itself: a clock that a test sets, and the frames that it sends and injects.
type bench struct {
	t     *testing.T
	j     *joiner
	now   time.Time
	port  uint16
	opts  []byte // of the packets of both
	win   uint16
	wire  []packet.TCP
	stack []packet.TCP
}

const peerISN = 9000

var hostISN uint32 = 0xfffffff8 // wraps soon

func newBench(t *testing.T, minRTO time.Duration) *bench {
	b := &bench{t: t, j: newJoiner(1500, minRTO), now: time.Unix(1e9, 0), port: 4000, win: 1000}
	b.j.send = func(f []byte) { b.wire = append(b.wire, b.checked(f)) }
	b.j.inject = func(f []byte) { b.stack = append(b.stack, b.checked(f)) }
	return b
}

// checked is the segment of a frame whose addresses and checksums are right.
func (b *bench) checked(frame []byte) packet.TCP {
	b.t.Helper()
	var d packet.Parsed
	d.Decode(frame)
	if d.Kind != packet.KindTCP || !d.Packet(0, false).TransportOK() || len(d.IP)+packet.EthernetLen != len(frame) {
		b.t.Fatalf("%v %v: % x", d.Kind, d.Why, frame)
	}
	if e := packet.Ethernet(frame); e.Src()[5] == e.Dst()[5] || int(e.Src()[5]) != int(d.Src&0xff) {
		b.t.Fatalf("from %x to %x with %v", e.Src(), e.Dst(), packet.Addr(d.Src))
	}
	return packet.TCP(d.IP.Payload())
}

// host has the stack send a segment and returns what is on the wire for it. Places count from the first octets.
func (b *bench) host(at uint32, flags uint8, body string) packet.TCP {
	b.t.Helper()
	eth := packet.AppendEthernet(nil, [6]byte{5: 20}, [6]byte{5: 10}, packet.TypeIPv4)
	frame := packet.AppendTCP(eth, packet.Header{Src: 0x0a01010a, Dst: 0x0a010114, DF: true}, packet.Segment{
		SrcPort: b.port, DstPort: 25, Seq: hostISN + 1 + at, Ack: peerISN + 1, Flags: flags, Window: 500, Options: b.opts, Payload: []byte(body)})
	f := link.Frame{Buf: append(frame, make([]byte, 1600)...), Len: len(frame)}
	b.j.outgoing(b.now, &f)
	b.j.work(b.now)
	return b.checked(f.Bytes())
}

// peer has a segment arrive and returns what the stack gets.
func (b *bench) peer(seq, ack uint32, flags uint8, more ...byte) packet.TCP {
	b.t.Helper()
	eth := packet.AppendEthernet(nil, [6]byte{5: 10}, [6]byte{5: 20}, packet.TypeIPv4)
	frame := packet.AppendTCP(eth, packet.Header{Src: 0x0a010114, Dst: 0x0a01010a}, packet.Segment{
		SrcPort: 25, DstPort: b.port, Seq: peerISN + 1 + seq, Ack: hostISN + 1 + ack, Flags: flags, Window: b.win, Options: append(b.opts[:len(b.opts):len(b.opts)], more...)})
	b.j.incoming(b.now, &link.Frame{Buf: frame, Len: len(frame)})
	b.j.work(b.now)
	return b.checked(frame)
}

// up shakes hands.
func (b *bench) up(syn ...byte) {
	b.opts = syn
	b.host(0xffffffff, packet.SYN, "")
	b.peer(0xffffffff, 0, packet.SYN|packet.ACK)
	b.opts = nil
	b.host(0, packet.ACK, "")
}

// tick lets time pass and returns what was sent to the wire.
func (b *bench) tick(d time.Duration) []packet.TCP {
	b.now = b.now.Add(d)
	n := len(b.wire)
	b.j.work(b.now)
	return b.wire[n:]
}

func (b *bench) conn() *followed { return b.j.conns[ends{0x0a01010a, 0x0a010114, b.port, 25}] }

// is checks that got is one segment of the host at a place with a payload and flags beside ACK.
func (b *bench) is(got []packet.TCP, at uint32, body string, flags uint8) {
	b.t.Helper()
	if len(got) != 1 {
		b.t.Fatalf("%d segments, want %q", len(got), body)
	}
	if s := got[0]; s.Seq() != hostISN+1+at || string(s.Payload()) != body || s.Flags() != flags|packet.ACK || s.Ack() != peerISN+1 || s.Window() != 500 {
		b.t.Fatalf("%d %q flags %#x ack %d window %d, want %d %q %#x", s.Seq()-hostISN-1, s.Payload(), s.Flags(), s.Ack(), s.Window(), at, body, flags)
	}
}

// told checks the last acknowledgement that the stack got from the joiner.
func (b *bench) told(ack uint32, window uint16) {
	b.t.Helper()
	if len(b.stack) == 0 {
		b.t.Fatal("nothing was acknowledged early")
	}
	s := b.stack[len(b.stack)-1]
	if s.Seq() != peerISN+1 || s.Ack() != hostISN+1+ack || s.Window() != window || s.Flags() != packet.ACK || len(s.Payload()) != 0 {
		b.t.Fatalf("seq %d ack %d window %d flags %#x", s.Seq(), s.Ack()-hostISN-1, s.Window(), s.Flags())
	}
}

const data = packet.ACK | packet.PSH

func TestJoins(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	for i, key := range []string{"H", "E", "L"} {
		b.is([]packet.TCP{b.host(uint32(i), data, key)}, uint32(i), key, packet.PSH)
	}
	b.now = b.now.Add(time.Second)
	b.is([]packet.TCP{b.host(0, data, "H")}, 0, "HEL", packet.PSH) // in place of what the stack sends again
	b.told(3, 997)
	b.host(3, data, "O")
	b.told(4, 996)
	// The stack hears no more than it was told, and nothing of the blocks.
	got := b.peer(0, 0, packet.ACK, packet.OptNop, packet.OptNop, packet.OptSACK, 10, 0xff, 0xff, 0xff, 0xfb, 0xff, 0xff, 0xff, 0xfc)
	if got.Ack() != hostISN+1+4 || got.Window() != 996 || got.ParseOptions().SACKs != 0 {
		t.Errorf("the stack hears %d, window %d, %d blocks", got.Ack()-hostISN-1, got.Window(), got.ParseOptions().SACKs)
	}
	if got := b.tick(2*time.Second - 1); len(got) != 0 {
		t.Fatal("too early")
	}
	b.is(b.tick(1), 0, "HELO", packet.PSH)
	for _, gap := range []time.Duration{4, 8, 16, 32, 60, 60} { // RFC 6298 5.5, 2.5
		if got := b.tick(gap*time.Second - 1); len(got) != 0 {
			t.Fatalf("before %v", gap)
		}
		b.is(b.tick(1), 0, "HELO", packet.PSH)
	}
	// What was sent before the timeout and was not acknowledged follows at once; what is newer has its own time.
	b.host(4, data, "x")
	n := len(b.wire)
	b.peer(0, 2, packet.ACK)
	b.is(b.wire[n:], 2, "LOx", packet.PSH)
	b.peer(0, 4, packet.ACK)
	if got := b.tick(time.Second - 1); len(got) != 0 {
		t.Error("what is newer has not waited")
	}
	b.is(b.tick(1), 4, "x", packet.PSH)
	// Once all is acknowledged the stack is on its own again.
	if got := b.peer(0, 5, packet.ACK); got.Ack() != hostISN+1+5 || got.Window() != 1000 {
		t.Errorf("ack %d window %d", got.Ack()-hostISN-1, got.Window())
	}
	if len(b.j.busy) != 0 || b.conn().helps {
		t.Error("it helps on")
	}
	b.is([]packet.TCP{b.host(5, data, "y")}, 5, "y", packet.PSH)
	if n := len(b.stack); n != 3 {
		t.Errorf("%d acknowledgements in the peer's name", n)
	}
}

// One short segment alone is enough: what is queued behind it leaves only when the stack believes that it arrived.
func TestTakesOverASingleSegment(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	b.host(0, data, "H")
	b.now = b.now.Add(3 * time.Second)
	b.is([]packet.TCP{b.host(0, data, "H")}, 0, "H", packet.PSH)
	b.told(1, 999)
	b.host(1, data, "E")
	b.is(b.tick(6*time.Second), 0, "HE", packet.PSH) // the stack's own timeout was 3 s
}

// The least time between two timeouts is the host's.
func TestMinRTO(t *testing.T) {
	b := newBench(t, 50*time.Millisecond)
	b.up()
	b.host(0, data, "H")
	b.now = b.now.Add(time.Millisecond) // a fast retransmission
	b.host(0, data, "H")
	if next := b.conn().due.Sub(b.now); next != 100*time.Millisecond {
		t.Errorf("next after %v", next)
	}
}

func TestJoinsTimestamps(t *testing.T) {
	ts := func(val, ecr byte) []byte { return []byte{1, 1, packet.OptTimestamps, 10, 0, 0, 0, val, 0, 0, 0, ecr} }
	b := newBench(t, time.Second)
	b.up()
	b.opts = ts(70, 60)
	b.peer(0, 0, packet.ACK)
	b.opts = ts(61, 70)
	b.host(0, data, "H")
	b.host(1, data, "E")
	b.opts = ts(62, 70)
	got := b.host(0, data, "H")
	b.is([]packet.TCP{got}, 0, "HE", packet.PSH)
	if o := got.ParseOptions(); !o.HasTS || o.TSVal != 62 || o.TSEcr != 70 {
		t.Errorf("%+v on the wire", o)
	}
	// The echo is of the segment sent again: a round trip is not measured over the timeout (RFC 7323 4.1).
	if o := b.stack[0].ParseOptions(); !o.HasTS || o.TSVal != 70 || o.TSEcr != 62 {
		t.Errorf("%+v for the stack", o)
	}
}

func TestJoinsUpToASegment(t *testing.T) {
	full := strings.Repeat("x", 100)
	b := newBench(t, time.Second)
	b.up(packet.OptMSS, 4, 0, 100)
	b.host(0, data, "ab")
	b.host(2, data, full)
	b.host(102, data, "cd")
	b.is([]packet.TCP{b.host(0, data, "ab")}, 0, "ab"+full[:98], packet.PSH)
	n := len(b.wire)
	b.peer(0, 100, packet.ACK)
	b.is(b.wire[n:], 100, "xxcd", packet.PSH)
	// A full segment is the stack's own affair.
	b = newBench(t, time.Second)
	b.up(packet.OptMSS, 4, 0, 100)
	b.host(0, data, full)
	b.host(100, data, "cd")
	b.is([]packet.TCP{b.host(0, data, full)}, 0, full, packet.PSH)
	if len(b.stack) != 0 {
		t.Error("it was taken over")
	}
}

// The peer's window is kept to, scaled; when it is shut an octet asks whether it still is.
func TestJoinsWithinTheWindow(t *testing.T) {
	b := newBench(t, time.Second)
	b.up(packet.OptWScale, 3, 2)
	b.win = 2 // 8 octets
	b.peer(0, 0, packet.ACK)
	b.host(0, data, "abcd")
	b.host(4, data, "efgh")
	b.is([]packet.TCP{b.host(0, data, "abcd")}, 0, "abcdefgh", packet.PSH)
	b.told(8, 0)
	b.win = 1
	b.peer(0, 0, packet.ACK) // it shrinks
	b.is(b.tick(2*time.Second), 0, "abcd", packet.PSH)
	b.win = 0
	b.peer(0, 4, packet.ACK)
	b.is(b.tick(time.Second), 4, "e", packet.PSH)
	b.is(b.tick(2*time.Second), 4, "e", packet.PSH)
	n := len(b.wire)
	b.win = 5
	b.peer(0, 4, packet.ACK) // it opens
	b.is(b.wire[n:], 4, "efgh", packet.PSH)
	if got := b.peer(0, 4, packet.ACK); got.Ack() != hostISN+1+8 || got.Window() != 4 {
		t.Errorf("ack %d window %d", got.Ack()-hostISN-1, got.Window())
	}
}

func TestJoinsTheFIN(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	b.host(0, data, "QU")
	b.host(2, data, "IT\n")
	b.host(5, packet.FIN|packet.ACK, "")
	b.is([]packet.TCP{b.host(0, data, "QU")}, 0, "QUIT\n", packet.PSH|packet.FIN)
	b.told(5, 995) // the FIN is the stack's to repeat
	if got := b.peer(0, 6, packet.ACK); got.Ack() != hostISN+1+6 {
		t.Errorf("the stack hears %d", got.Ack()-hostISN-1)
	}
	if b.conn() == nil {
		t.Fatal("forgotten before the peer has closed")
	}
	b.peer(0, 6, packet.FIN|packet.ACK)
	b.opts = nil
	eth := packet.AppendEthernet(nil, [6]byte{5: 20}, [6]byte{5: 10}, packet.TypeIPv4)
	frame := packet.AppendTCP(eth, packet.Header{Src: 0x0a01010a, Dst: 0x0a010114}, packet.Segment{
		SrcPort: b.port, DstPort: 25, Seq: hostISN + 7, Ack: peerISN + 2, Flags: packet.ACK, Window: 500})
	b.j.outgoing(b.now, &link.Frame{Buf: frame, Len: len(frame)})
	if b.conn() != nil {
		t.Error("followed after both have closed")
	}
}

// A connection that the peer never acknowledges ends for the stack, which believes its octets to have arrived.
func TestGivesUp(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	b.host(0, data, "H")
	b.host(0, data, "H")
	for range maxRepeats - 1 {
		b.is(b.tick(mostRTO), 0, "H", packet.PSH)
	}
	if got := b.tick(mostRTO); len(got) != 0 || b.conn() != nil {
		t.Error("it goes on")
	}
	if last := b.stack[len(b.stack)-1]; last.Flags()&packet.RST == 0 || last.Seq() != peerISN+1 {
		t.Errorf("flags %#x at %d", last.Flags(), last.Seq()-peerISN-1)
	}
}

func TestResets(t *testing.T) {
	for _, c := range []struct {
		name   string
		reset  func(b *bench)
		forgot bool
	}{
		{"of the host", func(b *bench) { b.host(1, packet.RST, "") }, true},
		{"of the peer", func(b *bench) { b.peer(0, 0, packet.RST) }, true},
		{"out of the window", func(b *bench) { b.peer(600, 0, packet.RST) }, false},
		{"of before", func(b *bench) { b.peer(0xffffffff, 0, packet.RST) }, false},
	} {
		b := newBench(t, time.Second)
		b.up()
		b.host(0, data, "H")
		b.host(0, data, "H")
		c.reset(b)
		if got := len(b.tick(2*time.Second)) == 0; got != c.forgot || c.forgot != (b.conn() == nil) {
			t.Errorf("%s: forgotten %v", c.name, got)
		}
	}
}

// What a wire has spoilt says nothing.
func TestSpoiltAcknowledgement(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	b.host(0, data, "H")
	eth := packet.AppendEthernet(nil, [6]byte{5: 10}, [6]byte{5: 20}, packet.TypeIPv4)
	frame := packet.AppendTCP(eth, packet.Header{Src: 0x0a010114, Dst: 0x0a01010a}, packet.Segment{
		SrcPort: 25, DstPort: b.port, Seq: peerISN + 1, Ack: hostISN + 2, Flags: packet.ACK, Window: 1000})
	frame[len(frame)-1] ^= 1
	b.j.incoming(b.now, &link.Frame{Buf: frame, Len: len(frame)})
	if c := b.conn(); c.una != hostISN+1 || len(c.kept) != 1 {
		t.Errorf("acknowledged up to %d", c.una-hostISN-1)
	}
	b.peer(0, 9, packet.ACK) // for what was never sent
	if c := b.conn(); c.una != hostISN+1 {
		t.Errorf("acknowledged up to %d", c.una-hostISN-1)
	}
}

// An acknowledgement whose checksum its sender left to the card counts.
func TestAcknowledgementOfACard(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	b.host(0, data, "H")
	eth := packet.AppendEthernet(nil, [6]byte{5: 10}, [6]byte{5: 20}, packet.TypeIPv4)
	frame := packet.AppendTCP(eth, packet.Header{Src: 0x0a010114, Dst: 0x0a01010a}, packet.Segment{
		SrcPort: 25, DstPort: b.port, Seq: peerISN + 1, Ack: hostISN + 2, Flags: packet.ACK, Window: 1000})
	packet.Packet{IP: frame[packet.EthernetLen:], NeedsCsum: true}.FillTransport()
	b.j.incoming(b.now, &link.Frame{Buf: frame, Len: len(frame), NeedsCsum: true})
	if c := b.conn(); c.una != hostISN+2 || len(c.kept) != 0 {
		t.Errorf("acknowledged up to %d", c.una-hostISN-1)
	}
}

func TestJoinerBounds(t *testing.T) {
	b := newBench(t, time.Second)
	b.win = 65535
	b.up(packet.OptMSS, 4, 5, 180)
	body := strings.Repeat("x", 1000)
	for i := range uint32(100) {
		b.host(1000*i, data, body)
	}
	if c := b.conn(); len(c.kept) > maxKept || len(c.kept) <= maxKept-1000 {
		t.Errorf("%d octets kept", len(c.kept))
	}
	// What did not fit is kept when the stack sends it again and there is room.
	b.host(0, data, body)
	b.told(16000, 65535-16000)
	b.peer(0, 16000, packet.ACK)
	b.host(16000, data, body)
	if c := b.conn(); len(c.kept) != 1000 || !c.helps {
		t.Errorf("%d octets kept", len(c.kept))
	}
	// A full table forgets who was silent longest, but for those that are helped.
	for i := range 2 * maxFollowed {
		b.port = uint16(5000 + i)
		b.now = b.now.Add(time.Millisecond)
		b.up()
	}
	b.port = 4000
	if n := len(b.j.conns); n != maxFollowed || b.conn() == nil {
		t.Errorf("%d connections", n)
	}
	for k, c := range b.j.conns {
		if c.helps = true; k.hostPort != 4000 && k.hostPort < 5000+maxFollowed {
			t.Fatalf("port %d is followed yet", k.hostPort)
		}
	}
	b.port = 3999
	b.up()
	if b.conn() != nil || len(b.j.conns) != maxFollowed {
		t.Error("the table grew")
	}
}

// A port used again is another connection.
func TestPortUsedAgain(t *testing.T) {
	b := newBench(t, time.Second)
	b.up()
	b.host(0, data, "old")
	b.up()
	if c := b.conn(); len(c.kept) != 3 {
		t.Error("a repeated SYN has begun anew")
	}
	eth := packet.AppendEthernet(nil, [6]byte{5: 20}, [6]byte{5: 10}, packet.TypeIPv4)
	frame := packet.AppendTCP(eth, packet.Header{Src: 0x0a01010a, Dst: 0x0a010114}, packet.Segment{SrcPort: b.port, DstPort: 25, Seq: 77, Flags: packet.SYN})
	b.j.outgoing(b.now, &link.Frame{Buf: frame, Len: len(frame)})
	if c := b.conn(); len(c.kept) != 0 || c.una != 78 || c.peerUp {
		t.Errorf("%+v", c)
	}
}

// What following costs a bulk flow, for a full segment and its acknowledgement: it allocates nothing and copies little.
func bulk(t *testing.T) (step func(), b *bench) {
	b = newBench(t, time.Second)
	b.win = 65535
	b.up(packet.OptMSS, 4, 5, 180)
	eth := packet.AppendEthernet(nil, [6]byte{5: 20}, [6]byte{5: 10}, packet.TypeIPv4)
	out := packet.AppendTCP(eth, packet.Header{Src: 0x0a01010a, Dst: 0x0a010114}, packet.Segment{
		SrcPort: b.port, DstPort: 25, Seq: hostISN + 1, Ack: peerISN + 1, Flags: data, Window: 500, Payload: make([]byte, 1460)})
	eth = packet.AppendEthernet(nil, [6]byte{5: 10}, [6]byte{5: 20}, packet.TypeIPv4)
	in := packet.AppendTCP(eth, packet.Header{Src: 0x0a010114, Dst: 0x0a01010a}, packet.Segment{
		SrcPort: 25, DstPort: b.port, Seq: peerISN + 1, Ack: hostISN + 1, Flags: packet.ACK, Window: 65535})
	seq := hostISN + 1
	return func() {
		packet.Packet{IP: packet.IPv4(out[packet.EthernetLen:])}.SetSeq(seq)
		b.j.outgoing(b.now, &link.Frame{Buf: out, Len: len(out)})
		seq += 1460
		if window := uint32(30 * 1460); seq-hostISN > window { // the rest is on its way
			packet.Packet{IP: packet.IPv4(in[packet.EthernetLen:])}.SetAck(seq - window)
			b.j.incoming(b.now, &link.Frame{Buf: in, Len: len(in)})
		}
	}, b
}

func TestBulkCostsLittle(t *testing.T) {
	step, b := bulk(t)
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if c := b.conn(); c.helps || len(c.kept) != 0 || c.next-c.una < 20000 {
		t.Errorf("%d octets kept, %d on their way", len(c.kept), c.next-c.una)
	}
}

// Whatever both ends say, all that a joiner sends is whole, what it keeps is bounded and is what the host sent, and it never
// has to work again at once: then it would do nothing else.
func TestJoinerTakesAnything(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := newBench(t, time.Duration(1+r.IntN(300))*time.Millisecond)
		near := func() uint32 { return uint32(r.IntN(4000)) - 100 + uint32(r.IntN(20)/19)<<31 }
		odd := func(flags ...uint8) uint8 {
			if r.IntN(8) == 0 {
				return uint8(r.Uint32())
			}
			return flags[r.IntN(len(flags))]
		}
		options := func() []byte {
			switch r.IntN(6) {
			case 0:
				o := make([]byte, 4*r.IntN(11))
				for i := range o {
					o[i] = byte(r.Uint32())
				}
				return o
			case 1:
				return []byte{packet.OptNop, packet.OptWScale, 3, byte(r.IntN(256)), packet.OptMSS, 4, byte(r.IntN(6)), byte(r.Uint32())}
			case 2:
				return []byte{packet.OptNop, packet.OptNop, packet.OptSACK, 10, 0, 0, byte(r.Uint32()), 1, 0, 0, byte(r.Uint32()), 9}
			}
			return nil
		}
		text := strings.Repeat("0123456789", 400)
		b.up(packet.OptMSS, 4, byte(r.IntN(6)), 100)
		for range 200 {
			b.now = b.now.Add(time.Duration(r.IntN(50)) * time.Millisecond)
			if r.IntN(40) == 0 {
				b.now = b.now.Add(time.Minute)
			}
			b.win, b.port = uint16(r.IntN(3)*r.IntN(3000)), 4000+uint16(r.IntN(20)/19)
			switch r.IntN(5) {
			case 0, 1: // what the host sends is one text
				b.opts = nil
				at := uint32(r.IntN(2000))
				b.host(at, odd(data, packet.ACK, data|packet.FIN), text[at:at+uint32(r.IntN(1460))])
			case 2:
				b.opts = options()
				b.host(near(), odd(packet.SYN, packet.RST, packet.SYN|packet.ACK), "")
			default:
				b.opts = options()
				b.peer(near(), near(), odd(packet.ACK, packet.ACK, packet.ACK, packet.SYN, packet.SYN|packet.ACK, packet.RST, packet.ACK|packet.FIN))
			}
			if next := b.j.work(b.now); !next.After(b.now) {
				t.Fatalf("seed %d: due again at once", seed)
			}
			for k, c := range b.j.conns {
				if len(c.kept) > maxKept || len(c.kept) > 0 && c.isn == hostISN && !strings.HasPrefix(text[c.una-hostISN-1:], string(c.kept)) {
					t.Fatalf("seed %d: %d octets kept for %v: %q", seed, len(c.kept), k, c.kept)
				}
			}
			for k := range b.j.busy {
				if b.j.conns[k] == nil {
					t.Fatalf("seed %d: busy with %v, which is forgotten", seed, k)
				}
			}
		}
	}
}

// What waits for nothing holds next to nothing; who sends much is not given new room each time.
func TestKeptIsGivenBack(t *testing.T) {
	for _, c := range []struct {
		segments uint32
		held     bool
	}{{1, false}, {8, false}, {17, true}} {
		b := newBench(t, time.Second)
		b.win = 65535
		b.up()
		for i := range c.segments {
			b.host(1000*i, data, strings.Repeat("x", 1000))
		}
		b.peer(0, 1000*c.segments, packet.ACK)
		if kept := b.conn().kept; len(kept) != 0 || (cap(kept) > leastKept) != c.held {
			t.Errorf("%d segments: room for %d octets stays", c.segments, cap(kept))
		}
	}
}
