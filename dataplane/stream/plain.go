package stream

import (
	"bytes"
	"time"

	"pixsim/dataplane/packet"
)

// Queue bounds what a Conn keeps behind a gap, for each direction: so many segments, for so long. Zeros stand for what the
// package has by itself, and for until the gap is filled.
type Queue struct {
	Segments int
	Wait     time.Duration
}

// Refused is what a Conn did not let pass because of its Queue, or because it said otherwise what was sent before.
type Refused struct {
	Full, Late, Contradictions uint64
	OutOfOrder                 uint64 // what came behind a gap, let pass or not
}

// NewPlain makes a Conn that nobody looks into: it puts segments in order, and drops those that contradict what was sent
// before.
func NewPlain(p *Pool) *Conn {
	c := newConn(nil, p)
	c.detached = true
	return c
}

// Bound sets the bounds of what is kept behind a gap.
func (c *Conn) Bound(q Queue) {
	for i := range c.halves {
		c.halves[i].queue = q
	}
}

// Refused is what was refused since the last call.
func (c *Conn) Refused() (r Refused) {
	for i := range c.halves {
		h := &c.halves[i]
		r.Full += h.refused.Full
		r.Late += h.refused.Late
		r.Contradictions += h.refused.Contradictions
		r.OutOfOrder += h.refused.OutOfOrder
		h.refused = Refused{}
	}
	return r
}

// full tells whether n octets more behind a gap are too much.
func (h *half) full(n int) bool {
	segs, octets := oooSegs, oooBytes
	if h.queue.Segments > 0 {
		segs, octets = h.queue.Segments, max(octets, h.queue.Segments*maxSegment)
	}
	return len(h.ooo) >= segs || h.oooBytes+n > octets
}

// maxSegment is what a segment on Ethernet has at most.
const maxSegment = 1500

// expires is when the first of what is kept behind a gap has been there for too long; zero: never.
func (h *half) expires() (at time.Time) {
	if h.queue.Wait == 0 {
		return at
	}
	for i := range h.ooo {
		if t := h.ooo[i].came.Add(h.queue.Wait); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
}

// expire forgets what has been behind a gap for too long.
func (h *half) expire(now time.Time) {
	if h.queue.Wait == 0 {
		return
	}
	kept := h.ooo[:0]
	for _, s := range h.ooo {
		if now.Before(s.came.Add(h.queue.Wait)) {
			kept = append(kept, s)
			continue
		}
		h.oooBytes -= len(s.b)
		h.count(-len(s.b))
		h.refused.Late++
	}
	clear(h.ooo[len(kept):])
	h.ooo = kept
}

// contradicts tells whether a segment that was sent before, at least in part, has other octets now than then. Of what the
// receiver has acknowledged nobody knows any more.
func (h *half) contradicts(seq uint32, b []byte) bool {
	if packet.Before(seq, h.kept.base) {
		n := h.kept.base - seq
		if n >= uint32(len(b)) {
			return false
		}
		seq, b = h.kept.base, b[n:]
	}
	end := h.kept.base + uint32(h.kept.n)
	if !packet.Before(seq, end) {
		return false
	}
	b = b[:min(len(b), int(end-seq))]
	first, rest := h.kept.pieces(seq, len(b))
	return !bytes.Equal(first, b[:len(first)]) || !bytes.Equal(rest, b[len(first):])
}
