package stream

import (
	"bytes"
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"

	"pgregory.net/rapid"
)

// A discrete simulation: two simple TCP ends, two impaired links, a Conn between them, and a clock that jumps.

const (
	clientIP, serverIP     = 0xc6336419, 0x0a01010a
	clientPort, serverPort = 40000, 25
)

var epoch = time.Unix(1000000000, 0)

type event struct {
	at time.Time
	n  int // order of those at the same time
	f  func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	x := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return x
}

// impairment of both links; each chance is of 1,000.
type impairment struct{ lose, repeat, cut, jitter int }

type sim struct {
	t       rapid.TB
	r       *rand.Rand
	now     time.Time
	queue   events
	n       int
	c       *Conn
	ends    [2]*end // by the direction they send in
	imp     impairment
	secret  func(d smtp.Dir, b byte) bool // must not leave
	emitted int
	ended   int
	tickAt  time.Time
	most    int // octets kept, at the worst

	mute    bool // the box's duplicates are lost
	dupsWas uint64
}

func (s *sim) at(d time.Duration, f func()) {
	s.n++
	heap.Push(&s.queue, event{s.now.Add(d), s.n, f})
}

// carry takes a packet over one link: it may be lost, doubled, delayed past others and cut in two, where may lets it.
func (s *sim) carry(p packet.Packet, may func(seq uint32) bool, to func(packet.Packet)) {
	hit := func(n int) bool { return s.r.IntN(1000) < n }
	if n := len(p.TCP().Payload()); n > 1 && hit(s.imp.cut) {
		if at := 1 + s.r.IntN(n-1); may(p.TCP().Seq() + uint32(at)) {
			a, b := cutAt(p, at)
			s.carry(a, may, to)
			s.carry(b, may, to)
			return
		}
	}
	for k := 0; k < 1 || hit(s.imp.repeat); k++ {
		if hit(s.imp.lose) {
			continue
		}
		q := packet.Packet{IP: bytes.Clone(p.IP), GSOSize: p.GSOSize, NeedsCsum: p.NeedsCsum}
		delay := 5 * time.Millisecond
		if s.imp.jitter > 0 {
			delay += time.Duration(s.r.IntN(s.imp.jitter)) * time.Millisecond
		}
		s.at(delay, func() { to(q) })
	}
}

func cutAt(p packet.Packet, at int) (a, b packet.Packet) {
	t := p.TCP()
	body := t.Payload()
	h := packet.Header{Src: p.IP.Src(), Dst: p.IP.Dst()}
	sg := packet.Segment{SrcPort: t.SrcPort(), DstPort: t.DstPort(), Seq: t.Seq(), Ack: t.Ack(), Window: t.Window(),
		Options: t.OptionBytes(), Payload: body[:at], Flags: t.Flags() &^ (packet.FIN | packet.PSH)}
	a.IP = packet.AppendTCP(nil, h, sg)
	sg.Flags, sg.Seq, sg.Payload = t.Flags(), t.Seq()+uint32(at), body[at:]
	b.IP = packet.AppendTCP(nil, h, sg)
	return a, b
}

func (s *sim) box(d smtp.Dir, p packet.Packet) {
	s.c.Segment(s.now, d, p, s)
	s.schedule()
}

func (s *sim) schedule() {
	for i := range s.c.halves {
		h := &s.c.halves[i]
		s.most = max(s.most, h.kept.n+h.oooBytes+len(h.pend))
	}
	audit(s.t, s.c)
	if next := s.c.Next(); !next.IsZero() && !next.Equal(s.tickAt) {
		s.tickAt = next
		s.at(next.Sub(s.now), func() {
			s.tickAt = time.Time{}
			s.c.Tick(s.now, s)
			s.schedule()
		})
	}
}

func (s *sim) Emit(d smtp.Dir, p packet.Packet) {
	s.emitted++
	checkPacket(s.t, p)
	for _, b := range p.TCP().Payload() {
		if s.secret != nil && s.secret(d, b) {
			s.t.Fatalf("%q left in %q", b, p.TCP().Payload())
		}
	}
	if n := s.c.counts.Duplicates; n != s.dupsWas {
		s.dupsWas = n
		if s.mute {
			return
		}
	}
	s.carry(p, anywhere, s.ends[other(d)].receive)
}

func anywhere(uint32) bool { return true }

func (s *sim) Notice(smtp.Event) {}
func (s *sim) End(bool)          { s.ended++ }

func checkPacket(t rapid.TB, p packet.Packet) {
	t.Helper()
	var parsed packet.Parsed
	parsed.DecodeIP(p.IP)
	if parsed.Kind != packet.KindTCP || len(parsed.IP) != len(p.IP) {
		t.Fatalf("emitted %v %v: % x", parsed.Kind, parsed.Why, p.IP)
	}
	if !p.TransportOK() {
		t.Fatalf("wrong checksum emitted: % x", p.IP)
	}
}

// end is a TCP end: it sends what to gives, in segments of what cut says, goes back to the first unacknowledged octet
// after a timeout, and keeps what comes out of order. Octets are counted from 0; the FIN is the last.
type end struct {
	s     *sim
	d     smtp.Dir
	iss   uint32
	out   []byte
	done  bool // nothing more is added to out: a FIN follows
	cut   func(left int) int
	whole map[int]bool // places of out where no segment may begin or end
	mss   int
	gso   bool
	sack  bool

	open     bool
	una, nxt int
	wnd      int
	peerISS  uint32
	peerUp   bool
	sacked   map[int]bool // octets
	dups     int          // acknowledgements that say nothing new, in a row
	recover  int          // where the loss that they tell of ends (RFC 6582)
	timeouts int
	trust    bool // what was said to have arrived is never sent again
	rto      time.Duration
	timer    int // generation

	in     []byte
	finAt  int // -1: not seen
	early  map[int]byte
	ownWnd int
	onData func()
}

func newEnd(s *sim, d smtp.Dir) *end {
	return &end{s: s, d: d, iss: s.r.Uint32(), mss: 1000, finAt: -1, early: map[int]byte{}, sacked: map[int]bool{},
		ownWnd: 4000 + s.r.IntN(20000), cut: func(left int) int { return left }, rto: 300 * time.Millisecond}
}

func (e *end) mayCut(at int) bool { return !e.whole[at] }

// snap is the most octets from at on, up to n, behind which a segment may end.
func (e *end) snap(at, n int) int {
	k := n
	for k > 0 && !e.mayCut(at+k) {
		k--
	}
	if k == 0 {
		e.s.t.Fatalf("no segment of %d octets may begin at %d", n, at)
	}
	return k
}

// trained says that a super-frame of n octets is cut only where it may be.
func (e *end) trained(at, n int) bool {
	for k := e.mss; k < n; k += e.mss {
		if !e.mayCut(at + k) {
			return false
		}
	}
	return true
}

func (e *end) limit() int {
	if e.done {
		return len(e.out) + 1
	}
	return len(e.out)
}

func (e *end) finished() bool { return e.done && e.una == len(e.out)+1 && e.finAt == len(e.in) }

func (e *end) segment(flags uint8, seq uint32, body []byte, opts []byte) {
	src, dst, sp, dp := uint32(clientIP), uint32(serverIP), uint16(clientPort), uint16(serverPort)
	if e.d == smtp.ToClient {
		src, dst, sp, dp = dst, src, dp, sp
	}
	if e.sack && flags&packet.SYN == 0 {
		opts = append(opts, e.sackOption()...)
	}
	sg := packet.Segment{SrcPort: sp, DstPort: dp, Seq: seq, Flags: flags, Window: uint16(min(e.ownWnd, 65535)), Payload: body, Options: opts}
	if e.peerUp {
		sg.Flags |= packet.ACK
		sg.Ack = e.rcvNxt()
	}
	p := packet.Packet{IP: packet.AppendTCP(nil, packet.Header{Src: src, Dst: dst, DF: true}, sg)}
	if len(body) > e.mss {
		p.GSOSize = uint16(e.mss)
	}
	if e.gso && e.s.r.IntN(2) == 0 {
		p.NeedsCsum = true
		p.FillTransport()
	}
	if p.GSOSize == 0 && !p.NeedsCsum {
		may := func(seq uint32) bool { return e.mayCut(int(int32(seq - e.iss - 1))) }
		e.s.carry(p, may, func(p packet.Packet) { e.s.box(e.d, p) })
		return
	}
	imp := e.s.imp
	e.s.imp.cut = 0
	e.s.carry(p, anywhere, func(p packet.Packet) { e.s.box(e.d, p) })
	e.s.imp = imp
}

func (e *end) rcvNxt() uint32 {
	n := e.peerISS + 1 + uint32(len(e.in))
	if e.finAt == len(e.in) {
		n++
	}
	return n
}

// sackOption names the first run of octets that came early.
func (e *end) sackOption() []byte {
	l := len(e.in) + 1
	for ; l < len(e.in)+5000 && len(e.early) > 0; l++ {
		if _, ok := e.early[l]; ok {
			break
		}
	}
	r := l
	for ; ; r++ {
		if _, ok := e.early[r]; !ok {
			break
		}
	}
	if l == r {
		return nil
	}
	a, b := e.peerISS+1+uint32(l), e.peerISS+1+uint32(r)
	return []byte{1, 1, packet.OptSACK, 10, byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b >> 24), byte(b >> 16), byte(b >> 8), byte(b)}
}

func (e *end) connect() {
	e.segment(packet.SYN, e.iss, nil, e.synOptions())
	e.arm()
}

func (e *end) synOptions() []byte {
	b := []byte{packet.OptMSS, 4, byte(e.mss >> 8), byte(e.mss)}
	if e.sack {
		b = append(b, packet.OptSACKOK, 2)
	}
	return b
}

// push sends what the window allows.
func (e *end) push() {
	for e.open && e.nxt < e.limit() && e.nxt < e.una+max(e.wnd, 1) {
		e.nxt += e.send(e.nxt, e.una+max(e.wnd, 1))
	}
	e.arm()
}

func (e *end) send(at, edge int) int {
	flags := uint8(packet.ACK)
	if at == len(e.out) {
		e.segment(flags|packet.FIN, e.iss+1+uint32(at), nil, nil)
		return 1
	}
	most := e.mss
	if e.gso && e.s.r.IntN(2) == 0 {
		most = 5 * e.mss
	}
	n := min(max(e.cut(len(e.out)-at), 1), most, max(edge-at, 1), len(e.out)-at)
	if n > e.mss && !e.trained(at, n) {
		n = e.mss
	}
	for k := n; len(e.whole) > 0; k++ { // at least what belongs together
		if at+k == len(e.out) || e.mayCut(at+k) {
			n = k
			break
		}
	}
	fin := 0
	if at+n == len(e.out) && e.done && e.s.r.IntN(2) == 0 {
		flags |= packet.FIN
		fin = 1
	}
	e.segment(flags|packet.PSH, e.iss+1+uint32(at), e.out[at:at+n], nil)
	return n + fin
}

func (e *end) arm() {
	e.timer++
	gen := e.timer
	if e.open && e.una >= e.limit() {
		return
	}
	e.s.at(e.rto, func() {
		if gen == e.timer {
			e.timeout()
		}
	})
}

func (e *end) timeout() {
	e.rto = min(2*e.rto, 2*time.Second)
	switch {
	case !e.open && e.d == smtp.ToServer:
		e.connect()
		return
	case !e.open && e.peerUp:
		e.segment(packet.SYN, e.iss, nil, e.synOptions())
	case e.open && e.una < e.limit():
		e.timeouts++
		e.resend()
	}
	e.arm()
}

// resend repeats a segment's worth from the first octet that is neither acknowledged nor said to have arrived. It
// coalesces, as kernels do.
func (e *end) resend() {
	at := e.una
	for e.sacked[at] && (e.trust || e.s.r.IntN(3) > 0) {
		at++
	}
	if at == len(e.out) && !e.done {
		at = e.una // what was said to have arrived and is not acknowledged is sent again (RFC 2018 8)
	}
	n := min(e.mss, len(e.out)-at, max(e.wnd, 1))
	if n > 0 {
		n = e.snap(at, n)
	}
	if n <= 0 {
		e.nxt = max(e.nxt, at+e.send(at, at+1))
		return
	}
	flags := uint8(packet.ACK | packet.PSH)
	fin := 0
	if at+n == len(e.out) && e.done {
		flags |= packet.FIN
		fin = 1
	}
	e.segment(flags, e.iss+1+uint32(at), e.out[at:at+n], nil)
	e.nxt = max(e.nxt, at+n+fin)
}

func (e *end) receive(p packet.Packet) {
	if !(packet.Packet{IP: p.IP, NeedsCsum: p.NeedsCsum}).TransportOK() {
		e.s.t.Fatal("checksum at the receiver")
	}
	t := p.TCP()
	switch {
	case t.Flags()&packet.RST != 0:
		e.s.t.Fatal("reset")
	case t.Flags()&packet.SYN != 0:
		e.synchronise(t)
		return
	case !e.peerUp:
		return
	}
	e.acknowledged(t)
	e.data(t)
	e.push()
}

func (e *end) synchronise(t packet.TCP) {
	if e.peerUp {
		e.segment(packet.ACK, e.iss+1+uint32(e.nxt), nil, nil)
		return
	}
	e.peerISS, e.peerUp = t.Seq(), true
	e.wnd = int(t.Window())
	if e.d == smtp.ToServer {
		e.open = true
		e.segment(packet.ACK, e.iss+1, nil, nil)
		e.push()
		return
	}
	e.segment(packet.SYN, e.iss, nil, e.synOptions())
	e.arm()
}

// duplicate counts an acknowledgement that says nothing new (RFC 5681 2); the third in a row is as good as a timeout.
func (e *end) duplicate(t packet.TCP, n int) {
	if len(t.Payload()) != 0 || t.Flags()&packet.FIN != 0 || n != e.una || e.una >= e.nxt || n < e.recover {
		return
	}
	if e.dups++; e.dups == 3 {
		e.recover = e.nxt
		e.resend()
	}
}

func (e *end) acknowledged(t packet.TCP) {
	n := int(int32(t.Ack() - e.iss - 1))
	if n < 0 || n > e.limit() {
		if n > e.limit() {
			e.s.t.Fatalf("direction %d: %d octets acknowledged, %d exist", e.d, n, e.limit())
		}
		return
	}
	if n > e.nxt {
		e.s.t.Fatalf("direction %d: %d octets acknowledged, %d sent", e.d, n, e.nxt)
	}
	e.open = true
	moved, sameWindow := n > e.una, int(t.Window()) == e.wnd
	if n >= e.una {
		e.wnd = int(t.Window())
	}
	if moved {
		e.una, e.rto, e.dups = n, 300*time.Millisecond, 0
	}
	e.readSACK(t)
	switch {
	case moved && n < e.recover:
		e.resend()
	case !moved && sameWindow:
		e.duplicate(t, n)
	}
}

func (e *end) readSACK(t packet.TCP) {
	o := t.ParseOptions()
	for i := range o.SACKs {
		l, r := int(int32(t.Option32(o.SACKOff+8*i)-e.iss-1)), int(int32(t.Option32(o.SACKOff+8*i+4)-e.iss-1))
		if l < 0 || r <= l || r > e.nxt {
			e.s.t.Fatalf("direction %d: block %d-%d, %d sent", e.d, l, r, e.nxt)
		}
		for ; l < r; l++ {
			e.sacked[l] = true
		}
	}
}

func (e *end) data(t packet.TCP) {
	at := int(int32(t.Seq() - e.peerISS - 1))
	body := t.Payload()
	for i, b := range body {
		if k := at + i; k >= len(e.in) && k < len(e.in)+e.ownWnd {
			if was, ok := e.early[k]; ok && was != b {
				e.s.t.Fatalf("direction %d: octet %d was %q, now %q", other(e.d), k, was, b)
			}
			e.early[k] = b
		} else if k >= 0 && k < len(e.in) && e.in[k] != b {
			e.s.t.Fatalf("direction %d: octet %d was %q, now %q", other(e.d), k, e.in[k], b)
		}
	}
	grew := false
	for {
		b, ok := e.early[len(e.in)]
		if !ok {
			break
		}
		delete(e.early, len(e.in))
		e.in = append(e.in, b)
		grew = true
	}
	if t.Flags()&packet.FIN != 0 {
		e.finAt = at + len(body)
	}
	if grew && e.onData != nil {
		e.onData()
	}
	if len(body) > 0 || t.Flags()&packet.FIN != 0 || int32(t.Seq()-e.rcvNxt()) < 0 {
		e.segment(packet.ACK, e.iss+1+uint32(e.nxt), nil, nil)
	}
}

// run lets the ends talk until both have everything, and fails after an hour of simulated time.
func (s *sim) run() {
	s.ends[0].connect()
	for s.queue.Len() > 0 {
		ev := heap.Pop(&s.queue).(event)
		s.now = ev.at
		ev.f()
		if s.ends[0].finished() && s.ends[1].finished() {
			return
		}
		if s.now.Sub(epoch) > 4*time.Hour {
			break
		}
	}
	s.t.Fatalf("stuck: client %s, server %s, %+v", s.ends[0], s.ends[1], s.c.counts)
}

func (e *end) String() string {
	return fmt.Sprintf("una %d nxt %d of %d, received %d fin %d window %d", e.una, e.nxt, e.limit(), len(e.in), e.finAt, e.wnd)
}

func newSim(t rapid.TB, seed uint64, i inspector, imp impairment) *sim {
	s := &sim{t: t, r: rand.New(rand.NewPCG(seed, 1)), now: epoch, c: newConn(i, &Pool{}), imp: imp}
	s.ends[0], s.ends[1] = newEnd(s, smtp.ToServer), newEnd(s, smtp.ToClient)
	return s
}
