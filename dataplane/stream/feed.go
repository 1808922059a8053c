package stream

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// train is payload in one piece as it came over the wire: segments of size octets, the first of first octets. With
// size 0 it is a single segment. A super-frame is a train, so that an inspector sees the boundaries that another link
// would have shown it.
type train struct {
	b           []byte
	first, size int
	fin         bool
}

func trainOf(p packet.Packet) train {
	t := p.TCP()
	n := int(p.GSOSize)
	return train{b: t.Payload(), first: n, size: n, fin: t.Flags()&packet.FIN != 0}
}

// end is where the segment that holds octet off ends.
func (t train) end(off int) int {
	switch {
	case t.size == 0:
		return len(t.b)
	case off < t.first:
		return min(t.first, len(t.b))
	}
	return min(t.first+((off-t.first)/t.size+1)*t.size, len(t.b))
}

// from is the train without its first n octets.
func (t train) from(n int) train {
	return train{b: t.b[n:], first: t.end(n) - n, size: t.size, fin: t.fin}
}

// inOrder offers the payload of p, which begins at nxt, where it stands. If all of it goes on octet by octet, so does
// p. It says whether anything was emitted in direction d.
func (c *Conn) inOrder(now time.Time, d smtp.Dir, p packet.Packet, sum uint16, out Out) bool {
	h := &c.halves[d]
	from, made := h.outNxt, h.made
	t := trainOf(p)
	plain := c.offer(now, d, t, out) && h.made == made && c.ending == smtp.Pass
	if plain {
		if !p.NeedsCsum {
			p.Adjust(sum, packet.Sum(t.b))
		}
		at := from
		from += packet.SeqLen(p.TCP())
		c.emit(d, p, at, out)
	}
	c.drain(now, d, out)
	return c.emitRange(d, from, h.outNxt, out) || plain
}

// outOfStep handles a segment that does not begin at nxt, or that meets octets which pend.
func (c *Conn) outOfStep(now time.Time, d smtp.Dir, p packet.Packet, out Out) bool {
	h := &c.halves[d]
	t, seq := trainOf(p), p.TCP().Seq()
	from := h.outNxt
	switch {
	case packet.Before(h.nxt, seq):
		c.counts.OutOfOrder++
		h.refused.OutOfOrder++
		h.outOfOrder(seq)
		h.stash(now, seq, t)
	case seq == h.nxt:
		c.offerAtPending(now, d, t, out)
	case c.inspect == nil && h.contradicts(seq, t.b):
		h.refused.Contradictions++
		return false
	default:
		c.counts.Repeated++
		end := seq + packet.SeqLen(p.TCP())
		from = later(h.toOut(seq), h.kept.base)
		if h.fin || !packet.Before(h.nxt, end) {
			return c.repeat(d, from, earlier(end, h.nxt), end-seq, out)
		}
		c.offerAtPending(now, d, t.from(int(h.nxt-seq)), out)
	}
	c.drain(now, d, out)
	return c.emitRange(d, from, h.outNxt, out)
}

// repeat answers a segment with nothing new in it: with what left the first time, cut in the same places; where the
// receiver has everything, with its acknowledgement. A probe of the sender's (keep-alive, zero window) goes on as one.
func (c *Conn) repeat(d smtp.Dir, from, end, seqLen uint32, out Out) bool {
	h := &c.halves[d]
	if c.emitRange(d, from, h.toOut(end), out) {
		return true
	}
	if seqLen == 1 && end == h.nxt {
		c.probe(d, out)
		return true
	}
	c.bare(other(d), c.halves[other(d)].sent, out)
	return false
}

// offerAtPending offers t, which begins at nxt. A repetition of what pends changes nothing.
func (c *Conn) offerAtPending(now time.Time, d smtp.Dir, t train, out Out) {
	h := &c.halves[d]
	if h.pend != nil && len(t.b) <= len(h.pend) {
		h.pendFIN = h.pendFIN || t.fin && len(t.b) == len(h.pend)
		return
	}
	c.offer(now, d, t, out)
}

// offer hands t, which begins at nxt, to the inspector and says whether it took (or swallowed) all of it. What pended
// is forgotten: t holds it.
func (c *Conn) offer(now time.Time, d smtp.Dir, t train, out Out) bool {
	h := &c.halves[d]
	h.dropPending()
	n := c.feed(now, d, t, out)
	if n == len(t.b) {
		if t.fin {
			h.takeFIN()
		}
		h.stuck = false
		return true
	}
	c.counts.Withheld++
	h.stuck, h.stuckAt = true, h.nxt
	if h.pend != nil {
		h.pendFIN = t.fin
	} else if next := t.end(n); next < len(t.b) && c.ending == smtp.Pass {
		h.stash(now, h.nxt+uint32(next-n), t.from(next)) // the next segments of a super-frame came as if on their own
	}
	return false
}

// step is what follows a verdict.
type step uint8

const (
	stepOn   step = iota // ask about what remains
	stepKeep             // it pends
	stepStop             // it is withheld
)

// feed asks the inspector about t segment by segment and returns how many octets were taken or swallowed.
func (c *Conn) feed(now time.Time, d smtp.Dir, t train, out Out) int {
	h := &c.halves[d]
	off, idle := 0, 0
	for end := t.end(0); off < len(t.b); {
		if n := c.body(d, t.from(off)); n > 0 {
			off += n
			end, idle, h.again = t.end(off), 0, time.Time{}
			continue
		}
		n, next := c.ask(now, d, t.b[off:end], out)
		off += n
		switch {
		case c.ending != smtp.Pass:
			return off
		case off == end:
			end, idle, h.again = t.end(off), 0, time.Time{}
		case next == stepOn && (n > 0 || idle < maxAnswers):
			idle++
		case next == stepKeep && end < len(t.b):
			end = t.end(end) // the rest of the line is already here
		case next == stepKeep && end-off <= pendMax:
			h.pend = append(h.pend[:0], t.b[off:end]...)
			h.count(end - off)
			return off
		default:
			h.again = time.Time{}
			return off
		}
	}
	return off
}

// body takes octets that go on whatever segments they are in.
func (c *Conn) body(d smtp.Dir, t train) int {
	h := &c.halves[d]
	one := t.size == 0 || len(t.b) <= t.first
	if one || !c.detached && (c.bulk == nil || d == smtp.ToServer && c.answersFull()) || !h.makeRoom(len(t.b)) {
		return 0
	}
	n := len(t.b)
	if !c.detached {
		n = c.bulk.Body(d, t.b, t.first, t.size)
	}
	h.take(t.b[:n])
	return n
}

// ask has one segment judged and does what the verdict says of it.
func (c *Conn) ask(now time.Time, d smtp.Dir, seg []byte, out Out) (n int, next step) {
	h := &c.halves[d]
	if !h.makeRoom(len(seg)) {
		return 0, stepStop
	}
	if c.detached {
		h.take(seg)
		return len(seg), stepOn
	}
	if d == smtp.ToServer && c.answersFull() {
		return 0, stepStop
	}
	v := c.inspect.Segment(now, d, seg)
	for _, e := range v.Events {
		out.Notice(e)
	}
	switch v.Act {
	case smtp.DropSegment:
		return 0, stepStop
	case smtp.DropConn, smtp.Reset:
		c.ending = v.Act
	case smtp.Detach:
		c.detached = true
	}
	take := min(v.Take, len(seg))
	h.take(seg[:take])
	gone := min(v.Swallow, len(seg)-take)
	if gone > 0 {
		h.swallow(uint32(gone))
		c.edited(d)
		c.owesAck = true
	}
	if len(v.Answer) > 0 {
		c.answer(now, v.Answer)
	}
	h.again = v.Again
	switch {
	case v.Act == smtp.Detach, gone > 0, len(v.Answer) > 0:
		return take + gone, stepOn
	case !v.Again.IsZero():
		return take, stepKeep
	}
	return take, stepStop
}

// offerPending offers what pends once more, at the time that the verdict named.
func (c *Conn) offerPending(now time.Time, d smtp.Dir, out Out) {
	h := &c.halves[d]
	from := h.outNxt
	t := train{b: h.pend, fin: h.pendFIN}
	c.offer(now, d, t, out)
	c.drain(now, d, out)
	c.emitRange(d, from, h.outNxt, out)
}

// releasePending lets go on what pends once nothing is inspected any more.
func (c *Conn) releasePending(now time.Time, out Out) {
	for d := smtp.ToServer; d <= smtp.ToClient; d++ {
		if c.halves[d].pend != nil {
			c.offerPending(now, d, out)
		}
	}
}

func (h *half) dropPending() {
	h.count(-len(h.pend))
	h.pend, h.pendFIN, h.again = nil, false, time.Time{}
}
