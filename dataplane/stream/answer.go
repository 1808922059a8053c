package stream

import (
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// Intervals of the timer of our own answers (RFC 6298 2.1, 2.4, 5.5). The round trip is not measured: an answer is lost
// rarely, and then a second does no harm.
const (
	rtoFirst = time.Second
	rtoMost  = 64 * time.Second
)

// answersFull says that no further command may be swallowed before the client has acknowledged the answers it got.
func (c *Conn) answersFull() bool {
	n, octets := c.halves[smtp.ToClient].answers()
	return n >= maxAnswers || octets >= answerMax ||
		len(c.halves[smtp.ToServer].edits) >= maxEdits || len(c.halves[smtp.ToClient].edits) >= maxEdits
}

// answer inserts b into the stream towards the client, behind everything taken so far. After the server's FIN there is
// no place for it.
func (c *Conn) answer(now time.Time, b []byte) {
	h := &c.halves[smtp.ToClient]
	if !h.up || h.fin || h.kept.n+len(b) > keepMax || len(h.edits) >= 2*maxEdits {
		return
	}
	c.counts.Answers++
	h.insert(b)
	c.edited(smtp.ToClient)
	if h.rtoAt.IsZero() {
		h.rto = rtoFirst
		h.rtoAt = now.Add(h.rto)
	}
}

// pushAnswers sends what was inserted in direction d and has not left yet, as far as the window goes.
func (c *Conn) pushAnswers(d smtp.Dir, out Out) bool {
	h := &c.halves[d]
	if len(h.edits) == 0 {
		return false
	}
	return c.emitRange(d, later(h.sent, h.una), h.outNxt, out)
}

// restartTimer is called when an acknowledgement moved on.
func (h *half) restartTimer(now time.Time) {
	if h.rtoAt.IsZero() {
		return
	}
	h.rto = rtoFirst
	h.rtoAt = now.Add(h.rto)
	if n, _ := h.answers(); n == 0 && !h.keepsPromise() {
		h.rtoAt = time.Time{}
	}
}

// repeatOwn sends the answers that are not acknowledged once more, and what the sender need not repeat, and waits twice as long. A shut window is probed
// with one octet (RFC 9293 3.8.6.1).
func (c *Conn) repeatOwn(now time.Time, d smtp.Dir, out Out) {
	h := &c.halves[d]
	probed := false
	for _, e := range h.edits {
		from, to := later(e.out, h.una), e.out+e.outLen
		if !packet.Before(from, to) {
			continue
		}
		if !c.emitRange(d, from, to, out) && !probed {
			c.emitOctet(d, from, out)
		}
		probed = true
	}
	c.repeatPromised(d, out)
	h.rto = min(2*h.rto, rtoMost)
	h.rtoAt = now.Add(h.rto)
}

func (c *Conn) emitOctet(d smtp.Dir, at uint32, out Out) {
	if p, body := c.craft(d, at, packet.ACK, 1, nil); p.IP != nil {
		c.halves[d].kept.read(at, body)
		p.FillTransport()
		c.sentTo(d, at+1)
		out.Emit(d, p)
	}
}
