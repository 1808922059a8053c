// Package stream puts one TCP connection in order in front of an SMTP inspector and sees to it that what the inspector
// rewrote is all that ever leaves. It knows TCP and nothing of SMTP, addresses or policy.
//
// Bytes reach the inspector once, in order, one segment at a time. What it takes is kept as it left until the receiver
// acknowledges it, and every retransmission is cut from what was kept, never from what the sender sent the second
// time. What it withholds is neither kept nor acknowledged. Segments behind a gap are kept, unseen by the inspector,
// until the gap is filled; beyond the bounds they are dropped, as by a wire. While nothing was inserted or swallowed
// the sequence numbers of both sides are equal, and an in-order segment goes on in its own buffer.
//
// What is kept is bounded, for each direction of a connection and for all together (see Pool):
//
//   - 4,092 KiB that were taken and are not acknowledged. The sender sees no wider window, and where many send much, a
//     narrower one; what it sends nevertheless is withheld.
//   - 32 segments, or 64 KiB, behind a gap. What comes further is dropped, and so is what comes at the bound of the pool.
//   - 1 KiB of a tail that the inspector wants to see again. A longer one is withheld.
//   - 4 answers, or 1 KiB of them, that the client has not acknowledged, and 16 places where the sequence numbers part.
//     The next command is withheld, unseen, until there is room.
//
// Dropped and withheld octets are their sender's: it sends them again, and they count as if they had never come.
package stream

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// Out takes what a Conn hands back, during the call that was given it.
type Out interface {
	// Emit gets a packet that travels in direction d, in the sequence space of the two ends as Segment got it. It is
	// valid, and may be rewritten, only during the call.
	Emit(d smtp.Dir, p packet.Packet)
	Notice(e smtp.Event)
	// End says that the inspector ended the connection; with reset the packets for both ends have been emitted. The
	// Conn drops every packet from then on.
	End(reset bool)
}

// inspector is the smtp.Session, or a stand-in of a test.
type inspector interface {
	Segment(now time.Time, d smtp.Dir, seg []byte) smtp.Verdict
}

// bulk is an inspector that can take many segments in one call.
type bulk interface {
	Body(d smtp.Dir, b []byte, first, size int) int
}

// Counts is what a Conn did with packets, for show and for tests.
type Counts struct {
	Withheld   uint64 // segments of which the inspector took not all
	OutOfOrder uint64 // segments that arrived behind a gap
	Dropped    uint64 // packets not forwarded: bad checksum, acknowledgement or sequence number, or no room
	Repeated   uint64 // segments that began with octets taken before
	Answers    uint64 // answers inserted
	Duplicates uint64 // acknowledgements repeated in the receiver's name
}

// Conn is one inspected connection. Its owner calls it from one goroutine. It holds no timer itself: Next says when
// Tick is due.
type Conn struct {
	inspect  inspector
	bulk     bulk // inspect, or nil
	halves   [2]half
	scale    [2]int8 // by sender, from its SYN; -1: none offered
	sackOK   [2]bool // by sender, from its SYN
	detached bool
	ending   smtp.Act // what the inspector said of the whole connection, until it is done
	ended    bool
	owesAck  bool // octets of the client were swallowed
	counts   Counts
	onEdit   func(Edit)
	pool     *Pool
}

// New makes a Conn for a connection whose first SYN comes next. What it keeps counts in the pool until it is closed.
func New(s *smtp.Session, p *Pool) *Conn { return newConn(s, p) }

func newConn(i inspector, p *Pool) *Conn {
	b, _ := i.(bulk)
	return &Conn{inspect: i, bulk: b, scale: [2]int8{-1, -1}, pool: p, halves: [2]half{{pool: p}, {pool: p}}}
}

// Held is what the connection keeps now, in octets.
func (c *Conn) Held() int { return c.halves[0].held + c.halves[1].held }

// Close gives back what the connection keeps. It drops every packet from then on.
func (c *Conn) Close() {
	c.ended = true
	for i := range c.halves {
		c.halves[i].close()
	}
}

// Counts tells what was done so far.
func (c *Conn) Counts() Counts { return c.counts }

// FINAcked says that the sender of direction d has closed and that the receiver has acknowledged it.
func (c *Conn) FINAcked(d smtp.Dir) bool {
	h := &c.halves[d]
	return h.fin && h.una == h.outNxt
}

func other(d smtp.Dir) smtp.Dir { return d ^ 1 }

// Segment takes one TCP packet that travels in direction d. p must have been decoded as TCP without fault and not be a
// fragment; its buffer is rewritten. What goes on is emitted during the call.
func (c *Conn) Segment(now time.Time, d smtp.Dir, p packet.Packet, out Out) {
	c.pool.turn(now)
	sum, ok := p.VerifyTCP()
	if c.ended || !ok {
		// A spoilt segment must not be taken: the bytes kept of it would replace those of the retransmission.
		c.counts.Dropped++
		return
	}
	flags := p.TCP().Flags()
	switch {
	case flags&packet.SYN != 0:
		c.syn(now, d, p, out)
	case flags&packet.RST != 0:
		c.rst(d, p, out)
	case !c.halves[d].up || !c.halves[other(d)].up:
		c.stray(d, p, out)
	case flags&packet.ACK == 0:
		c.counts.Dropped++
	default:
		c.established(now, d, p, sum, out)
	}
}

// syn passes a SYN without its data, which comes again once the handshake is done, and without the options whose
// meaning a rewritten byte would break: Multipath TCP signs its data, Fast Open sends some too early.
func (c *Conn) syn(now time.Time, d smtp.Dir, p packet.Packet, out Out) {
	h, peer := &c.halves[d], &c.halves[other(d)]
	t := p.TCP()
	if t.Flags()&(packet.FIN|packet.RST) != 0 {
		c.counts.Dropped++
		return
	}
	p.EraseOption(optMPTCP)
	p.EraseOption(optFastOpen)
	if t.Flags()&packet.ACK != 0 && !c.ackOf(peer, t.Ack()) {
		c.counts.Dropped++
		return
	}
	switch {
	case !h.up, !peer.up:
		mss := h.mss
		h.close()
		h.mss = mss
		h.open(t.Seq())
		o := t.ParseOptions()
		peer.mss, c.scale[d], c.sackOK[d] = uint32(o.MSS), o.WScale, o.SACKOK
		h.remember(p, &o)
	case h.isn != t.Seq() && t.Flags()&packet.ACK != 0:
		c.counts.Dropped++
		return
	}
	if t.Flags()&packet.ACK != 0 {
		c.acknowledge(now, d, p, false)
	}
	c.urgentOff(p)
	out.Emit(d, cutPayload(p))
}

// ackOf says that ack is for something that was sent in h.
func (c *Conn) ackOf(h *half, ack uint32) bool {
	return h.up && !packet.Before(ack, h.una) && !packet.Before(h.outNxt, ack)
}

// stray passes what belongs to a half-open connection of before (RFC 9293 3.5.1): an acknowledgement without data in
// answer to the SYN, so that the client can reset it.
func (c *Conn) stray(d smtp.Dir, p packet.Packet, out Out) {
	t := p.TCP()
	if len(t.Payload()) != 0 || t.Flags()&packet.FIN != 0 || t.Flags()&packet.ACK == 0 {
		c.counts.Dropped++
		return
	}
	out.Emit(d, p)
}

// rst passes a reset whose number is one that its sender can have: of what the receiver has not acknowledged, or the end of all
// that has come. The sender counts bytes that were withheld, the receiver does not: its number becomes the next one that the
// receiver expects. To another one in the window the sender has to answer by a better one (RFC 5961 3.2): else a stranger who
// hits the window would be lent the number that the receiver believes.
func (c *Conn) rst(d smtp.Dir, p packet.Packet, out Out) {
	h, peer := &c.halves[d], &c.halves[other(d)]
	t := p.TCP()
	switch {
	case !h.up || !peer.up:
		if t.Flags()&packet.ACK != 0 && peer.up && !c.ackOf(peer, t.Ack()) {
			c.counts.Dropped++
			return
		}
	case packet.Before(t.Seq(), h.unaIn()) || packet.Before(h.nxt+keepMax, t.Seq()):
		c.counts.Dropped++
		return
	case packet.Before(h.nxt, t.Seq()) && t.Seq() != h.top:
		c.counts.Dropped++
		c.bare(other(d), c.halves[other(d)].sent, out)
		return
	default:
		p.SetSeq(earlier(h.toOut(earlier(t.Seq(), h.nxt)), h.sent))
		if t.Flags()&packet.ACK != 0 {
			p.SetAck(peer.toIn(earlier(t.Ack(), peer.outNxt)))
		}
		h.rtoAt, peer.rtoAt = time.Time{}, time.Time{}
	}
	c.urgentOff(p)
	out.Emit(d, cutPayload(p))
}

// established handles everything after the handshake.
func (c *Conn) established(now time.Time, d smtp.Dir, p packet.Packet, sum uint16, out Out) {
	h, peer := &c.halves[d], &c.halves[other(d)]
	t := p.TCP()
	seqLen := packet.SeqLen(t)
	if packet.Before(peer.outNxt, t.Ack()) || packet.Before(h.nxt+keepMax, t.Seq()+seqLen) || packet.Before(t.Seq(), h.unaIn()-keepMax) {
		// For octets that nobody has sent (RFC 9293 3.10.7.4), or that were withheld and must come again; or far
		// from every window.
		c.counts.Dropped++
		return
	}
	if packet.Before(t.Ack(), peer.una-keepMax) { // older than any window: a stranger's guess (RFC 5961 5.2)
		c.counts.Dropped++
		return
	}
	h.top = later(h.top, t.Seq()+seqLen)
	news := c.acknowledge(now, d, p, true)
	c.urgentOff(p)
	o := c.options(d, p)
	if !packet.Before(t.Ack(), peer.una) {
		h.remember(p, &o)
	}
	emitted := true
	switch {
	case seqLen == 0:
		c.pure(d, p, out)
	case h.fin && !packet.Before(t.Seq(), h.nxt):
		c.counts.Dropped++
		emitted = false
	case !packet.Before(t.Seq(), h.nxt) && h.shut():
		c.probe(d, out)
	case t.Seq() == h.nxt && h.pend == nil:
		emitted = c.inOrder(now, d, p, sum, out)
	default:
		emitted = c.outOfStep(now, d, p, out)
	}
	if seqLen == 0 && !news && peer.repeated(t.Ack()) {
		c.repeatPromised(other(d), out)
	}
	c.settle(now, d, emitted || !news, out)
}

// settle does what is due after the inspector was asked: what it said of the connection, answers, acknowledgements.
func (c *Conn) settle(now time.Time, d smtp.Dir, told bool, out Out) {
	if c.ending != smtp.Pass {
		c.end(out)
		return
	}
	if c.detached {
		c.releasePending(now, out)
	}
	if !told {
		c.bare(d, c.halves[d].sent, out) // the data is withheld, what it acknowledges is not
	}
	toClient := c.pushAnswers(smtp.ToClient, out)
	if c.owesAck && !toClient && c.halves[smtp.ToServer].una == c.halves[smtp.ToServer].outNxt {
		c.bare(smtp.ToClient, c.halves[smtp.ToClient].sent, out)
	}
	c.owesAck = false
	c.halves[smtp.ToServer].settle()
	c.duplicates(now, smtp.ToServer, out)
	c.duplicates(now, smtp.ToClient, out)
}

// acknowledge reads the acknowledgement and the window that p carries for the other direction's data, and says
// whether they are news.
func (c *Conn) acknowledge(now time.Time, d smtp.Dir, p packet.Packet, scaled bool) bool {
	t := p.TCP()
	peer := &c.halves[other(d)]
	ack := t.Ack()
	if packet.Before(ack, peer.una) {
		return false
	}
	window := uint32(t.Window())
	if scaled {
		window <<= c.shift(d)
	}
	news := ack != peer.una || t.Window() != c.halves[d].last.window
	moved := ack != peer.una
	peer.acked(ack)
	if moved {
		peer.repeats = 0
		peer.restartTimer(now)
	}
	if !peer.rightKnown || packet.Before(peer.right, ack+window) {
		peer.right, peer.rightKnown = ack+window, true
	}
	return news
}

// shift is the window scale of packets in direction d (RFC 7323 2.2: only when both ends offered it).
func (c *Conn) shift(d smtp.Dir) uint8 {
	if c.scale[0] < 0 || c.scale[1] < 0 {
		return 0
	}
	return uint8(c.scale[d])
}

// urgentOff makes urgent data ordinary data: the byte that it marks may have been rewritten, and the inspector reads
// it in line like the rest. ASA's default, urgent-flag clear, does the same.
func (c *Conn) urgentOff(p packet.Packet) {
	if t := p.TCP(); t.Flags()&packet.URG != 0 {
		p.SetFlags(t.Flags() &^ packet.URG)
		p.SetUrgent(0)
	}
}

// options reads p's options and carries its SACK blocks over to the sender's space. A block that goes beyond what left
// for the receiver, or that holds nothing of the sender's, would make it forget bytes: such an option is erased.
func (c *Conn) options(d smtp.Dir, p packet.Packet) packet.TCPOptions {
	t := p.TCP()
	if t.HeaderLen() == packet.TCPLen {
		return packet.TCPOptions{WScale: -1}
	}
	o := t.ParseOptions()
	peer := &c.halves[other(d)]
	for i := range o.SACKs {
		off := o.SACKOff + 8*i
		l, r := t.Option32(off), t.Option32(off+4)
		inL, inR := peer.toIn(l), peer.toIn(r)
		if packet.Before(peer.outNxt, r) || !packet.Before(inL, inR) {
			p.EraseOption(packet.OptSACK)
			break
		}
		if inL != l || inR != r {
			p.PutOption32(off, inL)
			p.PutOption32(off+4, inR)
		}
	}
	return o
}

// Options that a SYN loses.
const (
	optMPTCP    = 30 // RFC 8684
	optFastOpen = 34 // RFC 7413
)

// Next says when Tick is due; zero: never.
func (c *Conn) Next() time.Time {
	var next time.Time
	if c.ended {
		return next
	}
	for i := range c.halves {
		h := &c.halves[i]
		for _, t := range [...]time.Time{h.again, h.rtoAt, h.expires()} {
			if !t.IsZero() && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}

// Tick does what has become due: it offers the tail of an EHLO reply again and repeats what is the box's to repeat.
func (c *Conn) Tick(now time.Time, out Out) {
	for d := smtp.ToServer; d <= smtp.ToClient; d++ {
		h := &c.halves[d]
		h.expire(now)
		if !c.ended && !h.again.IsZero() && !now.Before(h.again) {
			c.offerPending(now, d, out)
			c.settle(now, d, true, out)
		}
		if !c.ended && !h.rtoAt.IsZero() && !now.Before(h.rtoAt) {
			c.repeatOwn(now, d, out)
		}
	}
}
