package dataplane

import (
	"net/netip"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// Tap watches TCP connections through the box, on both of its sides. Only the engine can tell which packets of one wire
// are which of the other: addresses, ports and sequence numbers differ. Its methods are called in the goroutine that
// owns the engine, during the work on a packet: they must not wait for anything and must not call the engine.
type Tap interface {
	// Opened is told of a new connection, before its first packet; false: nothing more is told of it.
	Opened(c TapConn) bool
	// Packet is told of each packet when it has arrived, before anything is done with it, and when it leaves.
	Packet(conn uint32, p TapPacket)
	// Edited is told where inspection inserted or swallowed octets, before what is due to that leaves.
	Edited(conn uint32, e TapEdit)
	// Closed is told when the connection is over; its number may be used again.
	Closed(conn uint32, at time.Time, why Reason)
}

// TapConn is a connection when it begins. Side 0 opened it.
type TapConn struct {
	Number    uint32
	At        time.Time
	Sides     [2]TapSide
	Inspected bool
}

// TapSide is one wire of a connection.
type TapSide struct {
	If   string         // name of the interface
	Own  netip.AddrPort // of the end on this wire
	Peer netip.AddrPort // of the other end, as it is seen here
}

// TapPacket is a packet on a wire. Frame is good during the call and must not be changed. A datagram that came or leaves
// in fragments is shown whole.
type TapPacket struct {
	At        time.Time
	Side      int  // on whose wire
	Leaves    bool // the box sends it; else it came from there
	Frame     []byte
	NeedsCsum bool // as in link.Frame
}

// TapEdit is a place where what leaves is not, octet for octet, what arrived: Swallowed octets from In on have no place
// in what leaves, Inserted octets from Out on none in what arrived. Places count from the octet behind the SYN of
// side From, modulo 2^32.
type TapEdit struct {
	From                int // who sent the stream, or should have
	In, Out             uint32
	Swallowed, Inserted uint32
}

// tapRef says which connection a frame on its way out belongs to, and on whose wire that is. Zero: none that is followed.
type tapRef struct {
	conn uint32
	side uint8
}

// tapOpen offers a new connection to the tap.
func (e *Engine) tapOpen(f *flow) {
	if e.tap == nil || e.dry {
		return
	}
	c := TapConn{Number: f.number, At: e.at(e.now), Inspected: e.aside(f).session != nil}
	for side := range c.Sides {
		own, peer := f.end(side), f.end(1-side)
		c.Sides[side] = TapSide{If: e.r.ifName(own.If), Own: own.Real, Peer: peer.Mapped}
	}
	f.tapped = e.tap.Opened(c)
	if !f.tapped || e.aside(f).stream == nil {
		return
	}
	number := f.number
	e.aside(f).stream.OnEdit(func(d stream.Edit) {
		e.tap.Edited(number, TapEdit{From: int(d.Dir), In: d.In, Out: d.Out, Swallowed: d.Swallowed, Inserted: d.Inserted})
	})
}

func (r *rules) ifName(p Port) string {
	if int(p) < len(r.Interfaces) {
		return r.Interfaces[p].Name
	}
	return ""
}

// tapArrival shows the packet in hand as it came.
func (e *Engine) tapArrival(k *arrival, f *flow, side int) {
	if !f.tapped {
		return
	}
	p := TapPacket{At: e.at(e.now), Side: side, Frame: k.fr.Bytes(), NeedsCsum: k.p.NeedsCsum}
	if k.fr.Buf == nil {
		p.Frame = wholeFrame(e.r.wire(k.in).MAC, k.mac, k.p.IP)
	}
	e.tap.Packet(f.number, p)
}

// leaveAs says whose the packet is that is about to be sent to a side.
func (e *Engine) leaveAs(f *flow, side int) {
	if f.tapped {
		e.leaving = tapRef{f.number, uint8(side)}
	}
}

// tapLeaving shows a frame that goes out, unless it is an ARP request that must go first.
func (e *Engine) tapLeaving(f *link.Frame) {
	if packet.Ethernet(f.Bytes()).Type() == packet.TypeIPv4 {
		e.tap.Packet(e.leaving.conn, TapPacket{
			At: e.at(e.now), Side: int(e.leaving.side), Leaves: true, Frame: f.Bytes(), NeedsCsum: f.NeedsCsum,
		})
	}
}

// tapWhole shows a packet that leaves in fragments, none of which is shown by itself. Its neighbour may not be known yet.
func (e *Engine) tapWhole(port Port, next uint32, p packet.Packet) {
	if e.leaving.conn == 0 {
		return
	}
	mac := broadcastMAC
	key := neighbourKey{port, next}
	if known, ok := e.r.staticARP[key]; ok {
		mac = known
	} else if i := e.neighbourIndex[key]; i != 0 && e.neighbours.at(i).known {
		mac = e.neighbours.at(i).mac
	}
	f := wholeFrame(mac, e.r.wire(port).MAC, p.IP)
	e.tapLeaving(&link.Frame{Buf: f, Len: len(f)})
	e.leaving = tapRef{}
}

func wholeFrame(to, from [6]byte, ip packet.IPv4) []byte {
	b := packet.AppendEthernet(make([]byte, 0, packet.EthernetLen+len(ip)), to, from, packet.TypeIPv4)
	return append(b, ip...)
}

// tapClose says that a connection is over.
func (e *Engine) tapClose(f *flow, why Reason) {
	if f.tapped {
		e.tap.Closed(f.number, e.at(e.now), why)
	}
}
