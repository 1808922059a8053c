package dataplane

import (
	"time"

	"pixsim/dataplane/packet"
)

// tcp is what the box remembers of a TCP connection. Sequence numbers are those of the sender itself, before any shift.
type tcp struct {
	state    ConnState
	isn      uint32    // of the opener
	fin      [2]uint32 // number behind each side's FIN
	finSeen  [2]bool
	finAcked [2]bool
	shift    uint32 // added to the numbers of the higher side
}

const handshake = ConnWaitInSYN | ConnWaitOutSYN | ConnWaitInACK | ConnWaitOutACK

// opened is the state after the first SYN. The opener's ACK is owed by it as well: saA and SaA.
func opened(inbound bool) ConnState {
	if inbound {
		return ConnWaitInSYN | ConnWaitOutACK | ConnWaitInACK
	}
	return ConnWaitOutSYN | ConnWaitOutACK | ConnWaitInACK
}

func (t *tcp) embryonic() bool { return t.state&handshake != 0 }

// reopens tells whether a SYN cannot belong to the connection that has its addresses: the ports are used anew.
func (t *tcp) reopens(side int, d *packet.Parsed) bool {
	if d.Flags&(packet.SYN|packet.ACK|packet.RST) != packet.SYN || side != 0 {
		return false
	}
	if t.embryonic() {
		return d.Seq != t.isn
	}
	return t.finSeen[0] || t.finSeen[1]
}

// unshift turns what a packet acknowledges from the numbers that the lower side knows into the higher side's own.
func (t *tcp) unshift(p packet.Packet, fromHigher bool) {
	if t.shift == 0 || fromHigher {
		return
	}
	if h := p.TCP(); h.Flags()&packet.ACK != 0 {
		p.SetAck(h.Ack() - t.shift)
		p.ShiftSACK(-t.shift)
	}
}

// shiftSeq moves the numbers of the higher side to those that the lower side knows.
func (t *tcp) shiftSeq(p packet.Packet, fromHigher bool) {
	if t.shift != 0 && fromHigher {
		p.SetSeq(p.TCP().Seq() + t.shift)
	}
}

// track learns from a packet that passes.
func (e *Engine) track(p packet.Packet, f *flow, side int) {
	h, t := p.TCP(), &f.tcp
	flags, seq, n := h.Flags(), h.Seq(), len(h.Payload())
	higher := side == f.higher
	f.bytes += uint64(n)
	if flags&packet.RST != 0 {
		f.ending = pick(higher, ReasonResetI, ReasonResetO)
		return
	}
	wasEmbryonic := t.embryonic()
	t.shakes(side, higher, flags, h.Ack())
	if n > 0 {
		t.state |= pick(higher, ConnDataOut, ConnDataIn)
	}
	if flags&packet.FIN != 0 {
		t.finSeen[side], t.fin[side] = true, seq+uint32(n)+1
		t.state |= pick(higher, ConnFINIn, ConnFINOut)
	}
	if other := 1 - side; flags&packet.ACK != 0 && t.finSeen[other] && int32(h.Ack()-t.fin[other]) >= 0 {
		t.finAcked[other] = true
		t.state |= pick(higher, ConnFINAckIn, ConnFINAckOut)
	}
	if wasEmbryonic && !t.embryonic() && !f.box {
		e.embryonic(f, -1)
	}
	if t.finAcked[0] && t.finAcked[1] {
		f.ending = ReasonFINs
	}
}

// shakes follows the handshake.
func (t *tcp) shakes(side int, higher bool, flags uint8, ack uint32) {
	if !t.embryonic() || side == 1 && (flags&packet.ACK == 0 || ack != t.isn+1) {
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
	case t.finSeen[0] && t.finSeen[1]:
		return times.FINWait
	case t.finSeen[0] || t.finSeen[1]:
		return times.HalfClosed
	}
	return times.Conn
}

func (t *tcp) overdue() Reason {
	switch {
	case t.embryonic():
		return ReasonSYNTimeout
	case t.finSeen[0] || t.finSeen[1]:
		return ReasonFINTimeout
	}
	return ReasonIdle
}
