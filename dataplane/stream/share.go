package stream

import (
	"time"

	"pixsim/dataplane/packet"
)

// What is on its way through the box waits for its turn in the queues of the interfaces, which know nothing of
// connections: where they overflow every sender loses something, and to mend that costs more than to have waited. So those
// that send much share one allowance of windows.
const (
	allowance = 4 << 20 // octets that all busy senders together may have on their way
	leastWide = 64 << 10
	calmWide  = 256 << 10 // window of a sender that is not busy, at most

	busyTook   = 64 << 10 // octets in a period that make a sender a busy one
	busyPeriod = time.Second
)

// crowd counts the busy senders of a pool.
type crowd struct {
	began   time.Time
	period  uint32 // number of the period that runs
	busy    int    // so far in it
	wasBusy int    // in all of the one before
}

// turn begins another period when it is time for it.
func (p *Pool) turn(now time.Time) {
	c := &p.crowd
	d := now.Sub(c.began)
	if d < busyPeriod {
		return
	}
	c.began = now
	c.period++
	c.busy, c.wasBusy = 0, c.busy
	if d >= 2*busyPeriod {
		c.period++
		c.wasBusy = 0
	}
}

// share is the window of one busy sender.
func (p *Pool) share() uint32 {
	return uint32(min(keepData, max(leastWide, allowance/max(1, p.crowd.busy, p.crowd.wasBusy))))
}

// pace is how much was taken of a sender of late.
type pace struct {
	period uint32 // that octets is of
	octets int
	before bool // whether it was busy in the one before that
}

func (r *pace) took(n int, p *Pool) {
	if r.period != p.crowd.period {
		*r = pace{period: p.crowd.period, before: r.period+1 == p.crowd.period && r.octets >= busyTook}
	}
	if r.octets < busyTook && r.octets+n >= busyTook {
		p.crowd.busy++
	}
	r.octets += n
}

// busy says that its sender has sent much in this period or the one before.
func (r *pace) busy(p *Pool) bool {
	switch p.crowd.period - r.period {
	case 0:
		return r.before || r.octets >= busyTook
	case 1:
		return r.octets >= busyTook
	}
	return false
}

// offer is the widest window that the sender may see, in units of its scale. What it was told already is not taken back
// (RFC 9293 3.8.6).
func (h *half) offer(ack uint32, shift uint8) uint32 {
	w := h.pool.share()
	if !h.pace.busy(h.pool) {
		w = min(w, calmWide)
	}
	if packet.Before(ack, h.offered) {
		w = max(w, h.offered-ack)
	}
	odd := uint32(1)<<shift - 1
	return min((w+odd)&^odd, keepData&^odd)
}
