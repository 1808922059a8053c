package stream

import (
	"time"

	"pixsim/dataplane/packet"
)

// Bounds of what one connection keeps, per direction.
const (
	keepMax    = 4 << 20         // octets taken and not yet acknowledged, answers included
	keepData   = keepMax - 4<<10 // of these for what the sender sent; the window that it sees is never wider
	pendMax    = 1 << 10         // octets of an EHLO reply's tail (the session asks for 512)
	oooSegs    = 32              // segments behind a gap
	oooBytes   = 64 << 10        // octets behind a gap
	maxAnswers = 4               // answers of our own that wait for an acknowledgement
	answerMax  = 1 << 10         // octets of these
	maxEdits   = 16              // places where the two sequence spaces part
)

// half is one direction of the connection: from a sender to a receiver. There are two sequence spaces. In is the
// sender's own. Out is the receiver's: without what was swallowed, with what was inserted. They are equal until the
// first edit.
type half struct {
	up  bool   // the SYN was seen
	isn uint32 // in

	nxt    uint32 // in: everything before it was taken or swallowed
	top    uint32 // in: end of the furthest packet that has come
	outNxt uint32 // out: where the next taken octet will stand
	una    uint32 // out: the receiver acknowledged everything before it
	sent   uint32 // out: end of the furthest packet emitted
	fin    bool   // the FIN was taken; it stands at nxt-1 and outNxt-1

	pool *Pool
	held int // octets of kept's buffer, ooo and pend
	pace pace

	offered uint32 // out: the furthest edge of a window that the sender was told

	kept  ring   // the octets from max(una, isn+1) to outNxt, as they left
	delta uint32 // out-in before the first of edits
	edits []edit
	made  uint64 // edits ever made

	right      uint32 // out: edge of the receiver's window, the furthest ever
	rightKnown bool
	mss        uint32 // as the receiver announced, 0: not
	seen       uint32 // longest payload of one segment

	pend    []byte // from nxt on: withheld, offered again at again
	pendFIN bool
	again   time.Time // zero: nothing pends

	queue    Queue // bounds of ooo
	refused  Refused
	ooo      []stashed
	oooBytes int

	gap     uint32 // in: where the gap is that duplicates are owed for
	owed    int
	newest  uint32 // in: the segment that came behind it last
	stuck   bool   // the inspector withholds what came at stuckAt
	stuckAt uint32 // in

	promised   bool // octets before promisedTo were reported to the sender as here
	promisedTo uint32
	repeats    int // acknowledgements of the receiver that said nothing new, in a row

	rto   time.Duration
	rtoAt time.Time // zero: no answer waits, and no promise

	last last
}

// last is what packets of our own copy from the last packet of the direction.
type last struct {
	ok           bool
	ip           [packet.IPv4Len]byte
	sport, dport uint16
	window       uint16
	ts           bool
	tsVal, tsEcr uint32
	id           uint16
}

// edit is a place where [in, in+inLen) of the sender became [out, out+outLen) of the receiver: inLen is 0 where an
// answer was inserted, outLen where something was swallowed.
type edit struct{ in, inLen, out, outLen uint32 }

func later(a, b uint32) uint32 {
	if packet.Before(a, b) {
		return b
	}
	return a
}

func earlier(a, b uint32) uint32 {
	if packet.Before(a, b) {
		return a
	}
	return b
}

// open starts the half at a SYN.
func (h *half) open(isn uint32) {
	h.up, h.isn = true, isn
	h.nxt, h.outNxt, h.una, h.sent, h.top = isn+1, isn+1, isn, isn+1, isn+1
	h.kept.base, h.offered = isn+1, isn+1
}

// toOut maps a place of the sender to the receiver's space; an octet that follows an answer stands behind it.
func (h *half) toOut(in uint32) uint32 {
	for i := len(h.edits) - 1; i >= 0; i-- {
		e := &h.edits[i]
		if !packet.Before(in, e.in+e.inLen) {
			return e.out + e.outLen + (in - e.in - e.inLen)
		}
		if packet.Before(e.in, in) {
			return e.out
		}
	}
	return in + h.delta
}

// toIn maps an acknowledgement of the receiver to the sender's space: what was swallowed counts as received as soon as
// everything before it was.
func (h *half) toIn(out uint32) uint32 {
	for i := len(h.edits) - 1; i >= 0; i-- {
		e := &h.edits[i]
		if !packet.Before(out, e.out+e.outLen) {
			return e.in + e.inLen + (out - e.out - e.outLen)
		}
		if packet.Before(e.out, out) {
			return e.in
		}
	}
	return out - h.delta
}

// unaIn is una in the sender's space: what it need not send again.
func (h *half) unaIn() uint32 { return h.toIn(h.una) }

// swallow notes that n octets from nxt on do not go on.
func (h *half) swallow(n uint32) {
	h.made++
	h.edits = append(h.edits, edit{in: h.nxt, inLen: n, out: h.outNxt})
	h.nxt += n
}

// insert puts b behind everything taken so far.
func (h *half) insert(b []byte) {
	h.made++
	h.edits = append(h.edits, edit{in: h.nxt, out: h.outNxt, outLen: uint32(len(b))})
	more := h.kept.growth(len(b))
	h.count(more)
	h.kept.grow(more, h.pool)
	h.kept.append(b)
	h.outNxt += uint32(len(b))
}

// take keeps b, for which there is room, and which goes on in the place of as many octets.
func (h *half) take(b []byte) {
	h.kept.append(b)
	h.pace.took(len(b), h.pool)
	h.nxt += uint32(len(b))
	h.outNxt += uint32(len(b))
}

func (h *half) takeFIN() {
	h.fin = true
	h.nxt++
	h.outNxt++
	h.count(-h.oooBytes)
	h.ooo, h.oooBytes = nil, 0
	h.dropPending()
}

// acked notes the receiver's acknowledgement and forgets what it covers. una <= ack <= outNxt.
func (h *half) acked(ack uint32) {
	h.una = ack
	if packet.Before(h.kept.base, ack) {
		h.kept.discard(int(ack - h.kept.base))
		h.tidy()
	}
	h.settle()
}

// settle forgets the edits before una: nothing before it is mapped any more.
func (h *half) settle() {
	n := 0
	for n < len(h.edits) && !packet.Before(h.una, h.edits[n].out+h.edits[n].outLen) {
		h.delta += h.edits[n].outLen - h.edits[n].inLen
		n++
	}
	if n > 0 {
		h.edits = append(h.edits[:0], h.edits[n:]...)
	}
}

// answers counts the inserted octets that wait for an acknowledgement.
func (h *half) answers() (n, octets int) {
	for _, e := range h.edits {
		if e.outLen > 0 {
			n++
			octets += int(e.outLen)
		}
	}
	return n, octets
}

// hasRoom says that n more octets of the sender can be kept.
func (h *half) hasRoom(n int) bool { return h.kept.n+n <= keepData }

// shut says that the receiver's window has no room for the next octet: it could not accept what the inspector takes.
func (h *half) shut() bool { return h.rightKnown && !packet.Before(h.outNxt, h.right) }

// segmentSize is the payload that packets of our own carry at most. Without a larger segment seen the smallest MTU's
// worth (RFC 9293 3.7.1), since the path may be narrower than what the receiver announced.
func (h *half) segmentSize() int {
	most := uint32(65535 - 2*60)
	if h.mss != 0 {
		most = h.mss
	}
	if h.last.ts {
		most = max(most, 2*tsLen) - tsLen
	}
	return int(min(max(h.seen, 536), most))
}

// remember copies what packets of our own need from p.
func (h *half) remember(p packet.Packet, o *packet.TCPOptions) {
	t := p.TCP()
	l := &h.last
	if o.HasTS && l.ts && packet.Before(o.TSVal, l.tsVal) {
		return // a packet of before: what a receiver has seen newer stamps than ours on is dropped (RFC 7323 5.3)
	}
	l.ok = true
	copy(l.ip[:], p.IP)
	l.sport, l.dport, l.window = t.SrcPort(), t.DstPort(), t.Window()
	l.id = p.IP.ID()
	if o.HasTS {
		l.ts, l.tsVal, l.tsEcr = true, o.TSVal, o.TSEcr
	}
	n := uint32(len(t.Payload()))
	if p.GSOSize != 0 {
		n = min(n, uint32(p.GSOSize))
	}
	h.seen = max(h.seen, n)
}
