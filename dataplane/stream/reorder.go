package stream

import (
	"bytes"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// stashed is a segment (or the rest of a super-frame) behind a gap, as it came: the inspector has not seen it.
type stashed struct {
	seq  uint32
	came time.Time
	train
}

// stash keeps a copy of t, or forgets it when the bounds are reached: its sender repeats it.
func (h *half) stash(now time.Time, seq uint32, t train) {
	if h.fin {
		return
	}
	for i := range h.ooo {
		if s := &h.ooo[i]; s.seq == seq && len(s.b) >= len(t.b) && (s.fin || !t.fin) {
			return
		}
	}
	if h.full(len(t.b)) || !h.reserve(len(t.b)) {
		h.refused.Full++
		return
	}
	t.b = bytes.Clone(t.b)
	h.ooo = append(h.ooo, stashed{seq, now, t})
	h.oooBytes += len(t.b)
}

// unstash removes one segment that touches place at, or lies before it.
func (h *half) unstash(at uint32) (stashed, bool) {
	for i, s := range h.ooo {
		if packet.Before(at, s.seq) {
			continue
		}
		last := len(h.ooo) - 1
		h.ooo[i], h.ooo[last] = h.ooo[last], stashed{}
		h.ooo = h.ooo[:last]
		h.oooBytes -= len(s.b)
		h.count(-len(s.b))
		return s, true
	}
	return stashed{}, false
}

// drain offers what was behind a gap that is filled now. Octets that pend fill it too, and are offered again with what
// follows them.
func (c *Conn) drain(now time.Time, d smtp.Dir, out Out) {
	h := &c.halves[d]
	for c.ending == smtp.Pass && !h.fin {
		edge := h.nxt + uint32(len(h.pend))
		s, ok := h.unstash(edge)
		if !ok {
			return
		}
		skip := int(int32(edge - s.seq))
		if skip > len(s.b) || skip == len(s.b) && !s.fin {
			continue
		}
		c.offer(now, d, h.behindPending(s.from(skip)), out)
	}
}

// behindPending is what pends with t behind it; the inspector sees both as one segment.
func (h *half) behindPending(t train) train {
	if h.pend == nil {
		return t
	}
	n := len(h.pend)
	first := n + t.end(0)
	b := append(h.pend[:n:n], t.b...)
	return train{b: b, first: first, size: t.size, fin: t.fin}
}
