package dataplane

import (
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// A frame with a tag belongs to the interface that has its VLAN on the wire that it came by. The tag is taken off before
// anything else looks at the frame and put on again when it leaves: between these two an interface on a trunk is one like
// any other.

// tag is a VLAN on the wire of a port.
type tag struct {
	trunk Port
	id    uint16
}

// untag is the interface that a frame from a port's wire is for, and the frame without its tag. False: none has its VLAN,
// or the interface of the wire itself has one and the frame has not. The interface of the wire counts what is not its own,
// since it saw that as well.
func (e *Engine) untag(on Port, f link.Frame) (Port, link.Frame, bool) {
	id, tagged := packet.Ethernet(f.Bytes()).VLAN()
	if !tagged {
		w := e.r.wire(on)
		return on, f, w == nil || w.VLAN == 0
	}
	in, ok := e.r.tags[tag{on, id}]
	if id == 0 { // a priority, and no VLAN
		w := e.r.wire(on)
		in, ok = on, w == nil || w.VLAN == 0
	}
	if !ok || in != on {
		c := e.count(on)
		c.InPackets++
		c.InBytes += uint64(f.Len)
	}
	packet.Untag(f.Bytes())
	f.Off += packet.TagLen
	f.Len -= packet.TagLen
	return in, f, ok
}

// tagged is a frame of an interface with a VLAN as it goes to the wire, in memory of its own.
func (e *Engine) tagged(w *wire, f link.Frame) link.Frame {
	t, _ := e.out.frame(packet.TagLen + f.Len - packet.EthernetLen)
	t.GSOSize, t.NeedsCsum = f.GSOSize, f.NeedsCsum
	b := t.Bytes()
	copy(b[packet.TagLen:], f.Bytes())
	packet.Tag(b, w.VLAN)
	return t
}

// rewire forgets what is at ports whose number stands for another VLAN under the next rules: the interfaces behind one that
// was removed move up. Rules without any interface are those of a box that boots, and nothing moves.
func (e *Engine) rewire(next *rules) {
	if e.r == nil || len(next.Interfaces) == 0 {
		return
	}
	was, is := e.r.Interfaces, next.Interfaces
	moved := func(p Port) bool {
		return int(p) < len(was) && (int(p) >= len(is) || was[p].VLAN != is[p].VLAN || was[p].Trunk != is[p].Trunk)
	}
	any := false
	for p := range was {
		if moved(Port(p)) {
			any = true
			e.meters[p] = meter{}
		}
	}
	if !any {
		return
	}
	ClearConns(e.inline, func(c Conn) bool { return moved(c.Lower.If) || moved(c.Higher.If) })
	ClearXlates(e.inline, func(x Xlate) bool { return moved(x.RealIf) || moved(x.MappedIf) })
	e.neighbours.each(func(i uint32, n *neighbour) bool {
		if moved(n.key.port) {
			e.forget(i, n)
		}
		return true
	})
}
