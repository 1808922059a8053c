package dataplane

import (
	"slices"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// capture is a running Capture and what it caught.
type capture struct {
	Capture
	frames []Captured
	octets int
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
		if slices.Contains(c.Ports, port) && (c.Way == BothWays || c.Way == way) && c.wants(frame) {
			c.keep(e, frame)
		}
	}
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

// keep copies the frame into the buffer, which stops when full or forgets the oldest.
func (c *capture) keep(e *Engine, frame []byte) {
	at, n := e.at(e.now), min(len(frame), c.Snap)
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
		return
	}
	c.octets += n
	c.frames = append(c.frames, Captured{At: at, Frame: append([]byte(nil), frame[:n]...), Length: len(frame)})
}
