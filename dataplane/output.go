package dataplane

import (
	"iter"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// Output collects frames to send, by port. The zero value is ready. Its memory is kept and used again by Reset.
type Output struct {
	frames [256][]link.Frame
	used   []Port
	arena  arena
}

// Frames are those to send on one port, in order; Buf may belong to the frames given to Step.
func (o *Output) Frames(p Port) []link.Frame { return o.frames[p] }

// All goes over the ports that have frames.
func (o *Output) All() iter.Seq2[Port, []link.Frame] {
	return func(yield func(Port, []link.Frame) bool) {
		for _, p := range o.used {
			if !yield(p, o.frames[p]) {
				return
			}
		}
	}
}

// Reset forgets all frames.
func (o *Output) Reset() {
	for _, p := range o.used {
		clear(o.frames[p])
		o.frames[p] = o.frames[p][:0]
	}
	o.used = o.used[:0]
	o.arena.reset()
}

func (o *Output) add(p Port, f link.Frame) {
	if len(o.frames[p]) == 0 {
		o.used = append(o.used, p)
	}
	o.frames[p] = append(o.frames[p], f)
}

// arena gives out pieces of a few big buffers until reset.
type arena struct {
	chunks [][]byte
	chunk  int
	used   int
}

const (
	arenaChunk = 256 << 10
	headroom   = link.Headroom
	maxPacket  = 65535
)

// take is n octets, not zeroed.
func (a *arena) take(n int) []byte {
	if a.chunk == len(a.chunks) || a.used+n > arenaChunk {
		if a.chunk < len(a.chunks) {
			a.chunk++
		}
		a.used = 0
		if a.chunk == len(a.chunks) {
			a.chunks = append(a.chunks, make([]byte, max(arenaChunk, n)))
		}
	}
	b := a.chunks[a.chunk][a.used : a.used+n : a.used+n]
	a.used += n
	return b
}

func (a *arena) reset() { a.chunk, a.used = 0, 0 }

// frame is a fresh frame for an IP packet of n octets, and the place of the packet in it.
func (o *Output) frame(n int) (link.Frame, []byte) {
	b := o.arena.take(headroom + packet.EthernetLen + n)
	f := link.Frame{Buf: b, Off: headroom, Len: packet.EthernetLen + n}
	return f, b[headroom+packet.EthernetLen:]
}

// fits tells whether p may leave by a port without being cut against its will.
func (e *Engine) fits(p packet.Packet, w *wire) bool {
	return len(p.IP) <= w.mtu || p.GSOSize != 0 || !p.IP.DontFragment()
}

// send takes a finished IP packet to the neighbour at next. f is the frame that the packet lies in, right behind the
// Ethernet header; without one (f.Buf nil) the packet is copied.
func (e *Engine) send(port Port, next uint32, p packet.Packet, f link.Frame) {
	w := e.r.wire(port)
	if w == nil || !w.up {
		e.drop(DropDown)
		return
	}
	if e.trace != nil {
		e.trace.leave(e, port, next, p)
	}
	if e.dry {
		return
	}
	if len(p.IP) > w.mtu && p.GSOSize == 0 {
		e.sendFragments(port, next, p, w)
		return
	}
	if f.Buf == nil {
		var room []byte
		f, room = e.out.frame(len(p.IP))
		copy(room, p.IP)
	}
	f.Len = packet.EthernetLen + len(p.IP)
	f.GSOSize, f.NeedsCsum = p.GSOSize, p.NeedsCsum
	e.resolve(port, w, next, f)
}

func (e *Engine) sendFragments(port Port, next uint32, p packet.Packet, w *wire) {
	p.Complete()
	e.tapWhole(port, next, p)
	for cut := packet.Fragment(p.IP, w.mtu); ; {
		f, room := e.out.frame(max(w.mtu, packet.MinMTU))
		piece := cut.Next(room)
		if piece == nil {
			return
		}
		f.Len = packet.EthernetLen + len(piece)
		e.resolve(port, w, next, f)
	}
}

// transmit puts a frame on the wire; its Ethernet header is complete.
func (e *Engine) transmit(port Port, f link.Frame) {
	c := e.count(port)
	c.OutPackets++
	c.OutBytes += uint64(f.Len)
	if len(e.captures) > 0 {
		e.capture(port, Sent, e.asSeen(&f))
	}
	if e.leaving.conn != 0 {
		e.tapLeaving(&f)
	}
	if w := e.r.wire(port); w != nil && w.VLAN != 0 {
		f = e.tagged(w, f)
		if w.Trunk != port {
			c := e.count(w.Trunk)
			c.OutPackets++
			c.OutBytes += uint64(f.Len)
		}
		port = w.Trunk
	}
	e.out.add(port, f)
}
