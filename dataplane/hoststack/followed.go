package hoststack

import (
	"time"

	"pixsim/dataplane/packet"
)

// followed is a connection of the host as its joiner sees it: what the host sends and the peer acknowledges.
type followed struct {
	ends   ends
	active time.Time
	wire   int // octets of payload and TCP options that the host's own wire carries in a segment
	mss    int // and that the peer takes

	hostUp, peerUp bool // its SYN was seen
	isn            uint32
	scales         [2]int8 // of the host's window and the peer's, from their SYNs; -1: none offered

	una    uint32    // the peer acknowledged everything before it
	right  uint32    // edge of its window
	next   uint32    // end of the furthest octet that the host has sent
	kept   []byte    // from una on, without a gap; what did not fit is not in it
	lastAt time.Time // when the octet at una was sent last

	fin     bool // the host's FIN was seen, at finAt
	finAt   uint32
	peerFIN bool
	peerEnd uint32 // behind the peer's FIN

	helps    bool   // all in kept was acknowledged to the stack
	owesAck  bool   // or shall be
	recover  uint32 // what was sent before the last timeout ends here (RFC 6582)
	rto      time.Duration
	firstRTO time.Duration
	due      time.Time
	prompt   bool // due without a timeout
	repeats  int  // timeouts in a row

	host heard // its last packet
	peer heard // its last packet
}

// heard is what packets in an end's name copy from its last one.
type heard struct {
	known  bool
	eth    [packet.EthernetLen]byte
	ip     packet.Header
	ack    uint32
	window uint16
	ts     bool
	tsVal  uint32
	tsEcr  uint32
}

func (h *heard) note(frame []byte, t packet.TCP) {
	h.known = true
	copy(h.eth[:], frame)
	ip := packet.IPv4(frame[packet.EthernetLen:])
	h.ip = packet.Header{Src: ip.Src(), Dst: ip.Dst(), ID: ip.ID(), TTL: ip.TTL(), TOS: ip.TOS(), DF: ip.DontFragment()}
	h.window = t.Window()
	if t.Flags()&packet.ACK != 0 {
		h.ack = t.Ack()
	}
	if o := t.ParseOptions(); o.HasTS {
		h.ts, h.tsVal, h.tsEcr = true, o.TSVal, o.TSEcr
	}
}

func (c *followed) end() uint32 { return c.una + uint32(len(c.kept)) }

// hostSYN begins at the host's SYN; the peer's may have come before it.
func (c *followed) hostSYN(frame []byte, t packet.TCP) {
	c.host.note(frame, t)
	if c.hostUp && c.isn == t.Seq() {
		return
	}
	*c = followed{
		ends: c.ends, active: c.active, wire: c.wire, mss: c.mss, scales: c.scales, host: c.host,
		peerUp: c.peerUp && t.Flags()&packet.ACK != 0,
	}
	c.hostUp, c.isn = true, t.Seq()
	c.una, c.next = t.Seq()+1, t.Seq()+1
	c.scales[0] = t.ParseOptions().WScale
}

// peerSYN notes what the peer can take; without the option a segment of 536 octets (RFC 9293 3.7.1).
func (c *followed) peerSYN(t packet.TCP) {
	o := t.ParseOptions()
	c.peerUp, c.scales[1], c.mss = true, o.WScale, int(o.MSS)
	if o.MSS == 0 {
		c.mss = 536
	}
}

// segmentSize is the payload of a full segment.
func (c *followed) segmentSize() int {
	n := min(c.wire, c.mss)
	if c.host.ts {
		n -= tsLen
	}
	return max(n, 1)
}

const tsLen = 12 // timestamps with their padding (RFC 7323, appendix A)

// hostSent notes a segment of the host and says whether it is one that ought to be joined: a short one, sent again, at
// the place of the first octet that the peer lacks.
func (c *followed) hostSent(now time.Time, frame []byte, t packet.TCP) bool {
	if !c.hostUp {
		return false
	}
	c.host.note(frame, t)
	seq, n := t.Seq(), uint32(len(t.Payload()))
	if t.Flags()&packet.FIN != 0 {
		c.fin, c.finAt = true, seq+n
	}
	if n == 0 {
		return false
	}
	again := packet.Before(seq, c.next)
	if packet.Before(c.next, seq+n) {
		c.next = seq + n
	}
	c.keep(seq, t.Payload())
	if packet.Before(c.una, seq) || !packet.Before(c.una, seq+n) || c.helps {
		return false
	}
	if !again || !c.peerUp || !c.peer.known || int(n) >= c.segmentSize() || packet.Before(c.end(), seq+n) {
		c.lastAt = now
		return false
	}
	return true
}

// keep copies what of b, which stands at seq, follows the octets that are kept, if there is room for it.
func (c *followed) keep(seq uint32, b []byte) {
	skip := c.end() - seq
	if packet.Before(c.end(), seq) || skip >= uint32(len(b)) || len(c.kept)+len(b)-int(skip) > maxKept {
		return
	}
	c.kept = append(c.kept, b[skip:]...)
	c.owesAck = c.owesAck || c.helps
}

// takeOver goes on with the timeout of the stack: the next one comes after twice the time of this one (RFC 6298 5.5).
func (c *followed) takeOver(now time.Time, least time.Duration) {
	c.helps, c.owesAck, c.repeats = true, true, 0
	c.firstRTO = min(max(now.Sub(c.lastAt), least), mostRTO)
	c.rto = c.firstRTO
}

// repeat appends the frame with the joined octets to b: from una on what a segment and the peer's window hold, with the
// FIN if that follows; into a shut window one octet (RFC 9293 3.8.6.1). The next timeout is twice as far away.
func (c *followed) repeat(now time.Time, b []byte) []byte {
	if !c.prompt {
		c.repeats++
		c.rto = min(2*c.rto, mostRTO)
		c.recover = c.end()
	}
	c.prompt = false
	c.due = now.Add(c.rto)
	n := min(len(c.kept), c.segmentSize(), max(int(int32(c.right-c.una)), 1))
	flags := uint8(packet.ACK | packet.PSH)
	if c.fin && c.finAt == c.una+uint32(n) {
		flags |= packet.FIN
	}
	h := &c.host
	s := packet.Segment{SrcPort: c.ends.hostPort, DstPort: c.ends.peerPort, Seq: c.una, Ack: h.ack, Flags: flags, Window: h.window,
		Payload: c.kept[:n]}
	return h.frame(b, s, h.tsVal, h.tsEcr)
}

// early is the peer's last acknowledgement, raised to what is kept.
func (c *followed) early() []byte {
	h := &c.peer
	s := packet.Segment{SrcPort: c.ends.peerPort, DstPort: c.ends.hostPort, Seq: c.host.ack, Ack: c.end(), Flags: packet.ACK, Window: c.window()}
	return h.frame(nil, s, h.tsVal, c.host.tsVal)
}

// dead resets the stack's end: what it believes to have arrived has not.
func (c *followed) dead() []byte {
	h := &c.peer
	s := packet.Segment{SrcPort: c.ends.peerPort, DstPort: c.ends.hostPort, Seq: c.host.ack, Ack: c.end(), Flags: packet.RST | packet.ACK}
	return h.frame(nil, s, h.tsVal, c.host.tsVal)
}

// frame appends a segment in the name of an end to b.
func (h *heard) frame(b []byte, s packet.Segment, val, ecr uint32) []byte {
	if h.ts {
		s.Options = []byte{packet.OptNop, packet.OptNop, packet.OptTimestamps, 10,
			byte(val >> 24), byte(val >> 16), byte(val >> 8), byte(val), byte(ecr >> 24), byte(ecr >> 16), byte(ecr >> 8), byte(ecr)}
	}
	h.ip.ID++
	return packet.AppendTCP(append(b, h.eth[:]...), h.ip, s)
}

// window is the field that leaves the edge of the peer's window where it is, behind what is kept.
func (c *followed) window() uint16 {
	if packet.Before(c.right, c.end()) {
		return 0
	}
	return uint16(min((c.right-c.end())>>c.shift(), 0xffff))
}

// shift is the scale of the peer's window (RFC 7323 2.2: only when both ends offered it).
func (c *followed) shift() uint8 {
	if c.scales[0] < 0 || c.scales[1] < 0 {
		return 0
	}
	return uint8(c.scales[1])
}

// peerSent reads the acknowledgement of a packet for the stack, and raises it while the stack was told more.
func (c *followed) peerSent(now time.Time, frame []byte, p packet.Packet) {
	t := p.TCP()
	limit := c.next
	if c.fin {
		limit = c.finAt + 1
	}
	if !c.hostUp || !c.peerUp || packet.Before(limit, t.Ack()) {
		return
	}
	if t.Flags()&packet.FIN != 0 {
		c.peerFIN, c.peerEnd = true, t.Seq()+packet.SeqLen(t)
	}
	if !packet.Before(t.Ack(), c.una) {
		c.peer.note(frame, t)
		c.acknowledged(now, t)
	}
	if !c.helps {
		return
	}
	p.EraseOption(packet.OptSACK) // what it names is acknowledged
	p.SetAck(c.end())
	p.SetWindow(c.window())
}

// acknowledged notes an acknowledgement of the peer. What was sent before a timeout and is still not there is due at once
// (RFC 6582), anything else in time.
func (c *followed) acknowledged(now time.Time, t packet.TCP) {
	ack, wasShut := t.Ack(), !packet.Before(c.una, c.right)
	c.right = ack + uint32(t.Window())
	if t.Flags()&packet.SYN == 0 {
		c.right = ack + uint32(t.Window())<<c.shift()
	}
	moved := ack != c.una
	c.kept = c.kept[:copy(c.kept, c.kept[min(int(ack-c.una), len(c.kept)):])]
	c.una = ack
	if n := cap(c.kept); len(c.kept) == 0 && n > leastKept && n < maxKept {
		c.kept = nil
	}
	switch {
	case !c.helps:
		if moved {
			c.lastAt = now
		}
	case len(c.kept) == 0:
		c.helps, c.owesAck = false, false
		c.lastAt = now
	case moved:
		c.repeats, c.rto = 0, c.firstRTO
		c.due = now.Add(c.rto)
		if packet.Before(c.una, c.recover) && packet.Before(c.una, c.right) {
			c.due, c.prompt = now, true
		}
	case wasShut && packet.Before(c.una, c.right):
		c.due, c.prompt = now, true
	}
}

// expects says that a reset at seq is one that the stack heeds.
func (c *followed) expects(seq uint32) bool {
	return !c.hostUp || !packet.Before(seq, c.host.ack) && packet.Before(seq, c.host.ack+uint32(c.host.window)+1)
}

// over says that both ends have closed and know of each other.
func (c *followed) over() bool {
	return c.fin && c.una == c.finAt+1 && c.peerFIN && !packet.Before(c.host.ack, c.peerEnd)
}
