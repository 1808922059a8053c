package dataplane

import (
	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// Treat is what a TCPMap does to something in a segment.
type Treat uint8

const (
	Pass   Treat = iota
	Clear        // it is taken out, or overwritten
	Refuse       // the segment is dropped
)

// TCPMap says how the segments of the connections of a class are normalised (tcp-map).
type TCPMap struct {
	Checksum       bool // wrong checksums are dropped
	DropMSS        bool // segments with more data than the other end takes are
	DropSYNData    bool
	DropSYNACKData bool
	DropInvalidACK bool
	DropPastWindow bool
	DropWindow     bool // a connection ends when a window shrinks
	TTL            bool // the time to live of a connection's packets does not go up again
	ClearUrgent    bool
	Reserved       Treat
	Options        [256]Treat // by kind
	MaxMSS         uint16     // 0: as it is
	// CheckAgain: segments that are sent again are compared with what they were. Where that, or Queue.Segments, is set,
	// segments wait for those that go before them.
	CheckAgain bool
	Queue      Queue
}

// Queue bounds the segments that wait for one before them, for each direction of a connection.
type Queue = stream.Queue

// orders tells whether segments are put in order.
func (m *TCPMap) orders() bool { return m.CheckAgain || m.Queue.Segments > 0 }

// NormalCounters are what TCPMaps did to the segments of a class.
type NormalCounters struct {
	Checksums, MSS, SYNData, InvalidACKs, SYNACKData, PastWindow, ReservedCleared, ReservedDropped, TTLs, Urgents, Windows uint64
	Full, Late, Contradictions, OutOfOrder                                                                                 uint64 // of what waits for a segment before it
	SACKs, Timestamps, Scales, OtherOptions, OptionsDropped                                                                uint64
}

// normal is what the normaliser remembers of a connection, by side.
type normal struct {
	mss [2]uint16 // that it announced; 0: none
	ttl [2]uint8  // the lowest so far; 0: none
}

const defaultMSS = 536 // of an end that announces none, RFC 9293 3.7.1

// byClass does what the class of a connection asks for with a packet of it; false: the packet ends here.
func (e *Engine) byClass(k *arrival, i uint32, f *flow, side int) bool {
	c := e.settings.at(f.settings).class
	if len(e.probes) > 0 && e.answersProbe(k, i, side) {
		return false
	}
	if c.Map != nil && k.d.Kind == packet.KindTCP && !e.dry && f.tcp.state&ConnBypass == 0 {
		if d := e.normalise(k.p, c, i, f, side); d != 0 {
			e.drop(d)
			e.settle(i, f)
			return false
		}
	}
	if c.DecrementTTL && !e.dry {
		ttl := k.p.IP.TTL()
		if ttl <= 1 {
			e.expired(k)
			return false
		}
		k.p.IP.SetTTL(ttl - 1)
	}
	return true
}

// expired tells the sender that a packet has come too far (RFC 792), without ICMP about ICMP errors.
func (e *Engine) expired(k *arrival) {
	e.drop(DropTTL)
	w := e.r.wire(k.in)
	if !w.hasAddr || k.d.Kind == packet.KindICMP && k.p.ICMP().IsError() {
		return
	}
	var room [128]byte
	ip := packet.AppendICMPError(room[:0], w.addr, packet.ICMPTimeExceeded, 0, 0, k.p.IP)
	e.answer(k.in, packet.Packet{IP: ip})
}

// opensNormal refuses a first segment that is not to be had, before there is a connection.
func (e *Engine) opensNormal(c *class, k *arrival) Drop {
	if c.Map == nil || k.d.Kind != packet.KindTCP || c.Bypass {
		return 0
	}
	return c.refuses(k.p)
}

// refuses are the reasons for a drop that stand in a segment alone.
func (c *class) refuses(p packet.Packet) Drop {
	m, n, t := c.Map, &c.Normal, p.TCP()
	data, syn := len(t.Payload()) > 0, t.Flags()&packet.SYN != 0
	switch {
	case m.Checksum && !p.TransportOK():
		n.Checksums++
		return DropChecksum
	case m.Reserved == Refuse && t.Reserved():
		n.ReservedDropped++
		return DropReserved
	case m.DropSYNData && syn && data && t.Flags()&packet.ACK == 0:
		n.SYNData++
		return DropSYNData
	case m.DropSYNACKData && syn && data && t.Flags()&packet.ACK != 0:
		n.SYNACKData++
		return DropSYNACKData
	}
	for o := t.Options(); o.Next(); {
		if m.Options[o.Kind] == Refuse {
			n.OptionsDropped++
			return DropTCPOption
		}
	}
	return 0
}

// normalise takes a segment of a connection, in the numbers of its sender but for what it acknowledges: the reason of its
// drop, or 0 when it was made as the map wants it.
func (e *Engine) normalise(p packet.Packet, c *class, i uint32, f *flow, side int) Drop {
	if d := c.refuses(p); d != 0 {
		return d
	}
	was := e.normals[i]
	v := was
	if p.TCP().Flags()&packet.SYN != 0 {
		v.mss[side] = p.TCP().ParseOptions().MSS
	}
	d := c.follows(p, f, side, v.mss[1-side])
	if d == 0 {
		c.clear(p)
		if c.Map.TTL {
			c.holdTTL(p, &v.ttl[side])
		}
	}
	if v != was {
		e.normals[i] = v
	}
	return d
}

// follows are the reasons for a drop that come of what went before; mss is what the other end takes.
func (c *class) follows(p packet.Packet, f *flow, side int, mss uint16) Drop {
	m, n, t := c.Map, &c.Normal, &f.tcp
	h := p.TCP()
	data, flags := len(h.Payload()), h.Flags()
	if mss == 0 {
		mss = defaultMSS
	}
	segment := data
	if p.GSOSize > 0 {
		segment = min(data, int(p.GSOSize))
	}
	switch {
	case flags&packet.RST != 0:
		return 0
	case m.DropMSS && segment > int(mss):
		n.MSS++
		return DropMSS
	case m.DropPastWindow && data > 0 && !t.embryonic() && packet.Before(t.edge[1-side], h.Seq()):
		n.PastWindow++
		return DropPastWindow
	case flags&packet.ACK == 0:
		return 0
	}
	ack := h.Ack() - t.shift[1-side]
	switch {
	case m.DropInvalidACK && t.acksTooMuch(side, flags, ack):
		n.InvalidACKs++
		return DropInvalidACK
	case m.DropWindow && t.shrinks(side, h, ack):
		n.Windows++
		f.ending = ReasonWindow
		return DropWindow
	}
	return 0
}

// acksTooMuch tells an acknowledgement of what cannot have been sent: beyond the window of its sender, with room for a probe
// and a FIN, or during the handshake anything but the SYN.
func (t *tcp) acksTooMuch(side int, flags uint8, ack uint32) bool {
	switch {
	case !t.embryonic():
		return packet.Before(t.edge[side]+2, ack)
	case side == 1:
		return ack != t.isn+1
	case t.state&(ConnWaitInSYN|ConnWaitOutSYN) == 0:
		return ack != t.acked[0]
	}
	return false
}

// shrinks tells that a side takes back a part of the window that it offered (RFC 9293 3.8.6).
func (t *tcp) shrinks(side int, h packet.TCP, ack uint32) bool {
	if t.embryonic() || h.Flags()&packet.SYN != 0 || packet.Before(ack, t.acked[side]) {
		return false
	}
	wide := uint32(h.Window())
	if t.scale[0] >= 0 && t.scale[1] >= 0 {
		wide <<= t.scale[side]
	}
	return packet.Before(ack+wide, t.edge[side])
}

// clear takes out of a segment what its map does not let pass.
func (c *class) clear(p packet.Packet) {
	m, n, t := c.Map, &c.Normal, p.TCP()
	if m.Reserved == Clear && t.Reserved() {
		p.ClearReserved()
		n.ReservedCleared++
	}
	if m.ClearUrgent && (t.Flags()&packet.URG != 0 || t.Urgent() != 0) {
		p.SetFlags(t.Flags() &^ packet.URG)
		p.SetUrgent(0)
		n.Urgents++
	}
	for o := t.Options(); o.Next(); {
		if m.Options[o.Kind] != Clear {
			continue
		}
		*n.ofOption(o.Kind)++
		p.EraseAt(&o)
	}
	if m.MaxMSS > 0 && t.Flags()&packet.SYN != 0 {
		p.ClampMSS(m.MaxMSS)
	}
}

// ofOption is the counter of an option that is cleared.
func (n *NormalCounters) ofOption(kind uint8) *uint64 {
	switch kind {
	case packet.OptSACKOK, packet.OptSACK:
		return &n.SACKs
	case packet.OptTimestamps:
		return &n.Timestamps
	case packet.OptWScale:
		return &n.Scales
	}
	return &n.OtherOptions
}

// holdTTL gives a packet the lowest time to live that its side has had in the connection.
func (c *class) holdTTL(p packet.Packet, lowest *uint8) {
	switch ttl := p.IP.TTL(); {
	case *lowest == 0 || ttl < *lowest:
		*lowest = ttl
	case ttl > *lowest:
		p.IP.SetTTL(*lowest)
		c.Normal.TTLs++
	}
}

// bypasses tells whether TCP that belongs to no connection may begin one with any segment.
func (e *Engine) bypasses(k *arrival, a *attempt) bool {
	for i := range e.r.Classes {
		if v := &e.r.Classes[i]; v.fits(e.r, k, a) {
			return v.Bypass
		}
	}
	return false
}
