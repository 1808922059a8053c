package dataplane

import (
	"slices"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// capture is a running Capture and what it caught.
type capture struct {
	Capture
	frames []Captured
	octets int
	traced int
	full   bool // a frame found no room
	seen   packet.Parsed
}

const (
	captureBuffer = 512 << 10
	captureSnap   = 1518
)

// capture offers a frame, as it is on the wire of a port, to the captures there.
func (e *Engine) capture(port Port, way Way, frame []byte) {
	for _, c := range e.captures {
		if c.Dropped != nil || !slices.Contains(c.Ports, port) || c.Way != BothWays && c.Way != way || !c.wants(frame) {
			continue
		}
		kept := c.keep(e, frame)
		if kept != nil && way == Received && c.traced < c.Traces && isIPv4(frame) {
			c.traced++
			kept.Trace = e.record(port)
		}
	}
}

func isIPv4(frame []byte) bool {
	return len(frame) >= packet.EthernetLen && packet.Ethernet(frame).Type() == packet.TypeIPv4
}

// captureDrop offers a frame that goes no further to the captures of what is dropped.
func (e *Engine) captureDrop(d Drop, frame []byte) {
	for _, c := range e.captures {
		if c.Dropped == nil || !c.Dropped(d) || !c.wants(frame) {
			continue
		}
		if kept := c.keep(e, frame); kept != nil {
			kept.Drop = d
		}
	}
}

// inHand is the frame that the engine is working on; nil on a timer.
func (e *Engine) inHand() []byte {
	switch k := &e.k; {
	case !e.busy:
		return nil
	case k.fr.Buf != nil:
		return e.asSeen(&k.fr)
	case k.p.IP != nil:
		return wholeFrame(e.r.wire(k.in).MAC, k.mac, k.p.IP)
	}
	return nil
}

// asSeen is a frame as a wire would show it: the sum that a card was to fill in is there. It is good until the next call.
func (e *Engine) asSeen(f *link.Frame) []byte {
	if !f.NeedsCsum {
		return f.Bytes()
	}
	e.shown = append(e.shown[:0], f.Bytes()...)
	var d packet.Parsed
	d.Decode(e.shown)
	if d.Kind == packet.KindTCP || d.Kind == packet.KindUDP {
		p := d.Packet(0, true)
		p.Complete()
	}
	return e.shown
}

// wants tells whether the frame is of the type, and the frame or its answer fits the list.
func (c *capture) wants(frame []byte) bool {
	if c.Type != 0 && (len(frame) < packet.EthernetLen || packet.Ethernet(frame).Type() != c.Type) {
		return false
	}
	return c.List == nil || fits(c.List, c.OneWay, &c.seen, frame)
}

// Fits tells whether a frame or the answer to it fits a list. length is what the frame was: what a capture cut off counts as
// zeros.
func Fits(l *acl.List, frame []byte, length int) bool {
	if short := length - len(frame); short > 0 {
		frame = append(slices.Clone(frame), make([]byte, short)...)
	}
	return fits(l, false, &packet.Parsed{}, frame)
}

func fits(l *acl.List, oneWay bool, d *packet.Parsed, frame []byte) bool {
	d.Decode(frame)
	if d.IP == nil || d.Kind == packet.Unknown {
		return false
	}
	k := acl.Key{
		Proto: d.Proto, Frag: d.Kind == packet.KindLater, Src: d.Src, Dst: d.Dst, SrcPort: d.SrcPort, DstPort: d.DstPort,
		Type: d.Type, Code: d.Code,
	}
	if permits(l, k) {
		return true
	}
	if oneWay {
		return false
	}
	k.Src, k.Dst, k.SrcPort, k.DstPort = k.Dst, k.Src, k.DstPort, k.SrcPort
	return permits(l, k)
}

// headersOf is how many octets of a frame are headers.
func (c *capture) headersOf(frame []byte) int {
	d := &c.seen
	d.Decode(frame)
	if d.IP == nil || d.Kind == packet.Unknown {
		return len(frame)
	}
	n := packet.EthernetLen + d.IP.HeaderLen()
	switch t := d.IP.Payload(); d.Kind {
	case packet.KindTCP:
		n += packet.TCP(t).HeaderLen()
	case packet.KindUDP, packet.KindICMP:
		n += packet.UDPLen
	}
	return min(n, len(frame))
}

// keep copies the frame into the buffer, which stops when full or forgets the oldest; nil when there is no room. The entry
// stays where it is until the next one is kept.
func (c *capture) keep(e *Engine, frame []byte) *Captured {
	at, n := e.at(e.now), min(len(frame), c.Snap)
	if c.Headers {
		n = min(n, c.headersOf(frame))
	}
	if c.Sink != nil {
		c.Sink(at, frame, len(frame))
	}
	for c.Circular && len(c.frames) > 0 && c.octets+n > c.Buffer {
		c.octets -= len(c.frames[0].Frame)
		c.frames[0] = Captured{}
		c.frames = c.frames[1:]
	}
	if c.octets+n > c.Buffer {
		c.full = true
		return nil
	}
	c.octets += n
	c.frames = append(c.frames, Captured{At: at, Frame: append([]byte(nil), frame[:n]...), Length: len(frame)})
	return &c.frames[len(c.frames)-1]
}
