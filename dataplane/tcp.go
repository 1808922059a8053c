package dataplane

import (
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// tcp is what the box remembers of a TCP connection. Sequence numbers are those of the sender itself, before any shift.
type tcp struct {
	isn   uint32    // of the opener
	sent  [2]uint32 // number behind what each side sent without a gap; once it sent a FIN, behind that
	shift [2]uint32 // added to the numbers of each side on their way to the other
	acked [2]uint32 // what each side acknowledged last, and
	edge  [2]uint32 // the furthest edge of its window, in the numbers of the other
	scale [2]int8   // of its window, from its SYN; -1: not offered
	blind [2]bool   // a side sent what the engine did not see, so that sent is too low
	early uint16    // octets of data that came with the opener's SYN (RFC 9293 3.4, RFC 7413)
	state ConnState // FINs and what acknowledges them among it
}

const (
	fins      = ConnFINIn | ConnFINOut
	finsAcked = ConnFINAckIn | ConnFINAckOut
)

const handshake = ConnWaitInSYN | ConnWaitOutSYN | ConnWaitInACK | ConnWaitOutACK

// opened is the state after the first SYN. The opener's ACK is owed by it as well: saA and SaA.
func opened(inbound bool) ConnState {
	if inbound {
		return ConnWaitInSYN | ConnWaitOutACK | ConnWaitInACK
	}
	return ConnWaitOutSYN | ConnWaitOutACK | ConnWaitInACK
}

// openTCP is a connection whose opener sent a SYN with this number.
func openTCP(inbound bool, isn uint32) tcp {
	return tcp{state: opened(inbound), isn: isn, sent: [2]uint32{isn + 1}, scale: [2]int8{-1, -1}}
}

// answers tells whether a side that answers acknowledges the opener's SYN, perhaps with the data that came with it.
func (t *tcp) answers(ack uint32) bool { return ack-t.isn-1 <= uint32(t.early) }

// closed tells whether both sides' FINs were acknowledged.
func (t *tcp) closed() bool { return t.state&finsAcked == finsAcked }

func (t *tcp) embryonic() bool { return t.state&handshake != 0 }

// reopens tells whether a SYN cannot belong to the connection that has its addresses: the ports are used anew.
func (t *tcp) reopens(side int, d *packet.Parsed) bool {
	if d.Flags&(packet.SYN|packet.ACK|packet.RST) != packet.SYN || side != 0 {
		return false
	}
	if t.embryonic() {
		return d.Seq != t.isn
	}
	return t.state&fins != 0
}

// unshift turns what a packet acknowledges from the numbers that its sender knows into the other side's own.
func (t *tcp) unshift(p packet.Packet, side int) {
	shift := t.shift[1-side]
	if shift == 0 {
		return
	}
	if h := p.TCP(); h.Flags()&packet.ACK != 0 {
		p.SetAck(h.Ack() - shift)
		p.ShiftSACK(-shift)
	}
}

// shiftSeq moves the numbers of a packet to those that the other side knows.
func (t *tcp) shiftSeq(p packet.Packet, side int) {
	if shift := t.shift[side]; shift != 0 {
		p.SetSeq(p.TCP().Seq() + shift)
	}
}

// track learns from a packet that is about to pass, and says why it may not: a reset that the other side cannot take
// for one of its peer's ends nothing and goes nowhere. The stream of an inspected connection has seen to that itself.
func (e *Engine) track(p packet.Packet, f *flow, side int) Drop {
	h, t := p.TCP(), &f.tcp
	flags, seq, n := h.Flags(), h.Seq(), len(h.Payload())
	higher := side == f.higher()
	if t.state&ConnBypass != 0 {
		f.bytes += uint64(n)
		return 0
	}
	if flags&packet.RST != 0 {
		if d := e.refusesReset(f, side, h); d != 0 {
			return d
		}
		if e.aside(f).stream != nil || t.resets(side, h) { // else it may be for an older connection, and clear the way for this one
			f.ending = pick(higher, ReasonResetI, ReasonResetO)
		}
		return 0
	}
	if flags&packet.SYN != 0 && e.r.Rules.ExactResets && !t.embryonic() && t.state&fins == 0 {
		if d := t.refusesSYN(side, h); d != 0 {
			return d
		}
	}
	f.bytes += uint64(n)
	wasEmbryonic := t.embryonic()
	t.window(side, higher, h)
	t.shakes(side, higher, flags, h.Ack())
	if n > 0 {
		t.state |= pick(higher, ConnDataOut, ConnDataIn)
		if t.state&pick(higher, ConnFINIn, ConnFINOut) == 0 {
			t.goesOn(side, seq, seq+uint32(n))
		}
	}
	if flags&packet.FIN != 0 {
		t.sent[side] = seq + uint32(n) + 1
		t.state |= pick(higher, ConnFINIn, ConnFINOut)
	}
	if other := 1 - side; flags&packet.ACK != 0 && t.state&pick(higher, ConnFINOut, ConnFINIn) != 0 && e.finAcked(f, other, h.Ack()) {
		t.state |= pick(higher, ConnFINAckIn, ConnFINAckOut)
	}
	if wasEmbryonic && !t.embryonic() && !f.box {
		e.embryonic(f, -1)
	}
	if t.closed() && e.settings.at(f.settings).times.TimeWait == 0 {
		f.ending = ReasonFINs
	}
	return 0
}

// goesOn notes data of a side. What lies behind a gap does not count until that is filled or acknowledged.
func (t *tcp) goesOn(side int, from, to uint32) {
	if t.blind[side] && !packet.Before(from, t.acked[1-side]) && !packet.Before(t.edge[1-side], to) {
		t.sent[side], t.blind[side] = to, false
	}
	if !packet.Before(t.sent[side], from) && packet.Before(t.sent[side], to) {
		t.sent[side] = to
	}
}

// refusesReset says why a reset of a connection that nobody looks into does not pass. One that is right in a half-open
// connection, or may be for an older one, does.
func (e *Engine) refusesReset(f *flow, side int, h packet.TCP) Drop {
	t := &f.tcp
	switch {
	case e.aside(f).stream != nil || t.embryonic():
		return 0
	case !t.resets(side, h):
		return DropReset
	case e.r.Rules.ExactResets && !t.next(side, h.Seq()):
		return DropResetInWindow
	}
	return 0
}

// next tells whether a number is the next one of a side: as far as it sent, or as the other side acknowledged. An end that
// answers what it cannot take has the latter.
func (t *tcp) next(side int, seq uint32) bool {
	return seq == t.sent[side] || seq == t.acked[1-side] || t.blind[side]
}

// refusesSYN says why a SYN in an established connection does not pass. That which was sent before, because its answer was
// lost, does.
func (t *tcp) refusesSYN(side int, h packet.TCP) Drop {
	seq := h.Seq()
	switch {
	case h.Flags()&packet.ACK != 0:
		return 0
	case side == 0 && seq == t.isn:
		return 0
	case !packet.Before(seq, t.acked[1-side]) && !packet.Before(t.edge[1-side], seq) && !t.next(side, seq):
		return DropResetInWindow
	}
	return DropSYN
}

// window notes what a packet acknowledges and how much more its sender takes. An acknowledgement that goes back, or for
// what could not be sent, is not believed: a stranger could move the window with it.
func (t *tcp) window(side int, higher bool, h packet.TCP) {
	flags, ack := h.Flags(), h.Ack()
	wide := uint32(h.Window())
	switch {
	case flags&packet.SYN != 0:
		if !t.embryonic() || side == 0 && h.Seq() != t.isn || side == 1 && (flags&packet.ACK == 0 || !t.answers(ack)) {
			return
		}
		t.scale[side] = h.ParseOptions().WScale
		if side == 0 {
			t.early = max(t.early, uint16(len(h.Payload())))
		}
		t.acked[1-side], t.edge[1-side] = h.Seq()+1, h.Seq()+1
		t.sent[side] = h.Seq() + 1 + uint32(len(h.Payload()))
	case flags&packet.ACK == 0:
		return
	case t.scale[0] >= 0 && t.scale[1] >= 0: // RFC 7323 2.2: only when both ends offered it
		wide <<= t.scale[side]
	}
	if flags&packet.ACK == 0 || packet.Before(ack, t.acked[side]) || packet.Before(t.edge[side]+link.WindowSlack, ack) {
		return
	}
	t.acked[side] = ack
	if t.state&pick(higher, ConnFINOut, ConnFINIn) == 0 && packet.Before(t.sent[1-side], ack) {
		t.sent[1-side] = ack
	}
	if packet.Before(t.edge[side], ack+wide) {
		t.edge[side] = ack + wide
	}
}

// resets tells whether a reset ends the connection (RFC 9293 3.10.7.3 and 3.10.7.4): its number is the next one that the
// other side expects, or lies in its window. To a SYN it is an answer if it acknowledges just that; the opener may take
// its SYN back.
func (t *tcp) resets(side int, h packet.TCP) bool {
	seq := h.Seq()
	if t.embryonic() {
		if side == 0 {
			return seq-t.isn <= 1+uint32(t.early)
		}
		if h.Flags()&packet.ACK != 0 && t.answers(h.Ack()) {
			return true
		}
		if t.state&(ConnWaitInSYN|ConnWaitOutSYN) != 0 {
			return false
		}
	}
	return !packet.Before(seq, t.acked[1-side]) && !packet.Before(t.edge[1-side], seq)
}

// shakes follows the handshake.
func (t *tcp) shakes(side int, higher bool, flags uint8, ack uint32) {
	if !t.embryonic() || side == 1 && (flags&packet.ACK == 0 || !t.answers(ack)) {
		return
	}
	if side == 1 && flags&packet.SYN != 0 {
		t.state &^= pick(higher, ConnWaitInSYN, ConnWaitOutSYN)
	}
	if flags&packet.ACK != 0 && t.state&(ConnWaitInSYN|ConnWaitOutSYN) == 0 {
		t.state &^= pick(higher, ConnWaitInACK, ConnWaitOutACK)
	}
	if !t.embryonic() {
		t.state |= ConnUp
	}
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// life is how long a connection may be idle; 0: for ever.
func (t *tcp) life(times *Timeouts) time.Duration {
	switch {
	case t.embryonic():
		return times.Embryonic
	case t.closed():
		return times.TimeWait
	case t.state&fins == fins:
		return times.FINWait
	case t.state&fins != 0:
		return times.HalfClosed
	}
	return times.Conn
}

func (t *tcp) overdue() Reason {
	switch {
	case t.embryonic():
		return ReasonSYNTimeout
	case t.closed():
		return ReasonFINs
	case t.state&fins != 0:
		return ReasonFINTimeout
	}
	return ReasonIdle
}
