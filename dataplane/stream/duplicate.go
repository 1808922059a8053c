package stream

import (
	"cmp"
	"slices"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// What arrives behind a gap is kept here, so that the receiver never learns of it and has nothing to repeat its
// acknowledgement for. The box does that in its name (RFC 5681 4.2): else every segment lost before the box would cost
// its sender a timeout.
//
// A duplicate says that everything before the gap has arrived, and only the receiver can say so. Until it has
// acknowledged that much the duplicates are owed; then those that a sender waits for follow at once. There are none
// while the inspector withholds what stands at the place of the gap: nothing is lost there, and a fast retransmission
// of just these octets would be withheld again.

const (
	dupThreshold = 3 // RFC 5681 3.2
	maxBlocks    = 3 // SACK blocks that fit beside timestamps (RFC 2018 3)
)

// eager is an inspector that can tell when it takes whatever the client sends.
type eager interface{ InData() bool }

// takesAll says that nothing in direction d is withheld now.
func (c *Conn) takesAll(d smtp.Dir) bool {
	if c.detached {
		return true
	}
	i, ok := c.inspect.(eager)
	return ok && d == smtp.ToServer && i.InData()
}

// outOfOrder notes a segment that arrived behind a gap.
func (h *half) outOfOrder(seq uint32) {
	if h.gap != h.nxt {
		h.gap, h.owed = h.nxt, 0
	}
	h.newest = seq
	h.owed = min(h.owed+1, dupThreshold)
}

// duplicates sends what is owed to the sender of direction d.
func (c *Conn) duplicates(now time.Time, d smtp.Dir, out Out) {
	h := &c.halves[d]
	if h.owed == 0 {
		return
	}
	if h.gap != h.nxt || h.fin || h.pend != nil || h.stuck && h.stuckAt == h.nxt {
		h.owed = 0
		return
	}
	if h.unaIn() != h.nxt {
		return
	}
	var room [4 + 8*maxBlocks]byte
	var blocks []byte
	if c.sackOK[0] && c.sackOK[1] && c.takesAll(d) {
		blocks = h.blocks(room[:0])
		h.promise(now)
	}
	for ; h.owed > 0; h.owed-- {
		p, _ := c.craft(other(d), c.halves[other(d)].sent, packet.ACK, 0, blocks)
		if p.IP == nil {
			return
		}
		p.FillTransport()
		c.counts.Duplicates++
		out.Emit(other(d), p)
	}
}

// span is a run of octets, in the sender's space.
type span struct{ from, to uint32 }

// blocks appends a SACK option for what is kept behind the gap, the run with the newest segment first (RFC 2018 4).
// The sender need not repeat what it names: it is kept, goes on once the gap is filled, and is repeated by the box's own
// timer until the receiver has it. Only where the inspector ceases to take all it is offered, behind the end of a message,
// the sender must repeat the rest after a timeout, like everything withheld (RFC 2018 8).
func (h *half) blocks(b []byte) []byte {
	var room [oooSegs]span
	runs := h.runs(room[:0])
	if len(runs) == 0 {
		return nil
	}
	for i, r := range runs {
		if !packet.Before(h.newest, r.from) && packet.Before(h.newest, r.to) {
			runs[0], runs[i] = runs[i], runs[0]
			break
		}
	}
	runs = runs[:min(len(runs), maxBlocks)]
	b = append(b, packet.OptNop, packet.OptNop, packet.OptSACK, byte(2+8*len(runs)))
	for _, r := range runs {
		b = append(b, byte(r.from>>24), byte(r.from>>16), byte(r.from>>8), byte(r.from),
			byte(r.to>>24), byte(r.to>>16), byte(r.to>>8), byte(r.to))
	}
	return b
}

// promise notes that everything kept behind the gap has been reported to have arrived.
func (h *half) promise(now time.Time) {
	for i := range h.ooo {
		if s := &h.ooo[i]; !h.promised || packet.Before(h.promisedTo, s.seq+uint32(len(s.b))) {
			h.promised, h.promisedTo = true, s.seq+uint32(len(s.b))
		}
	}
	if h.promised && h.rtoAt.IsZero() {
		h.rto = rtoFirst
		h.rtoAt = now.Add(h.rto)
	}
}

// keepsPromise says that octets of a promise are not acknowledged yet.
func (h *half) keepsPromise() bool {
	h.promised = h.promised && packet.Before(h.unaIn(), h.promisedTo)
	return h.promised
}

// repeated counts an acknowledgement that says nothing new, and says whether it is the one that tells of a loss.
func (h *half) repeated(ack uint32) bool {
	if ack != h.una || h.una == h.outNxt {
		return false
	}
	h.repeats++
	return h.repeats == dupThreshold
}

// repeatPromised sends the first segment that the receiver lacks, if the sender need not repeat it.
func (c *Conn) repeatPromised(d smtp.Dir, out Out) {
	h := &c.halves[d]
	if !h.keepsPromise() {
		return
	}
	to := earlier(h.toOut(earlier(h.promisedTo, h.nxt)), h.una+uint32(h.segmentSize()))
	c.emitRange(d, h.una, to, out)
}

// runs is what is kept behind the gap, in order, joined where it touches.
func (h *half) runs(spans []span) []span {
	for i := range h.ooo {
		if s := &h.ooo[i]; len(s.b) > 0 && packet.Before(h.nxt, s.seq) {
			spans = append(spans, span{s.seq, s.seq + uint32(len(s.b))})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from-h.nxt, b.from-h.nxt) })
	n := 0
	for _, s := range spans {
		if n > 0 && !packet.Before(spans[n-1].to, s.from) {
			spans[n-1].to = later(spans[n-1].to, s.to)
			continue
		}
		spans[n] = s
		n++
	}
	return spans[:n]
}
