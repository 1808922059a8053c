package stream

import (
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// tsLen is the room of a timestamps option with its padding (RFC 7323, appendix A).
const tsLen = 12

// ecnBits are those of the type of service that are explicit congestion notification (RFC 3168 5).
const ecnBits = 3

// pure passes a segment without data. Its number is that of the octets that the receiver will see: withheld ones are
// none, and a probe before the next octet (keep-alive) stays one.
func (c *Conn) pure(d smtp.Dir, p packet.Packet, out Out) {
	h := &c.halves[d]
	seq := earlier(p.TCP().Seq(), h.nxt)
	c.emit(d, p, earlier(h.outNxt-(h.nxt-seq), h.sent), out)
}

// emit sends p on in its own buffer, with its numbers and its window in the other side's terms.
func (c *Conn) emit(d smtp.Dir, p packet.Packet, seq uint32, out Out) {
	t := p.TCP()
	raw := t.Ack()
	if w := c.window(d, t.Window(), raw); w != t.Window() {
		p.SetWindow(w)
	}
	if ack := c.halves[other(d)].toIn(raw); ack != raw {
		p.SetAck(ack)
	}
	if t.Seq() != seq {
		p.SetSeq(seq)
	}
	c.sentTo(d, seq+packet.SeqLen(t))
	out.Emit(d, p)
}

func (c *Conn) sentTo(d smtp.Dir, end uint32) { c.halves[d].sent = later(c.halves[d].sent, end) }

// window is the window field for the other side: not wider than its share of what is kept, and as much narrower as our
// answers take of it. ack is the receiver's, in its own space.
func (c *Conn) window(d smtp.Dir, field uint16, ack uint32) uint16 {
	peer, shift := &c.halves[other(d)], c.shift(d)
	wide := uint32(field) << shift
	w := min(wide, peer.offer(ack, shift))
	peer.offered = later(peer.offered, ack+w)
	if len(peer.edits) > 0 {
		w = min(w, peer.toIn(ack+w)-peer.toIn(ack))
	}
	if w == wide {
		return field
	}
	return uint16(w >> shift)
}

// emitRange sends the kept octets from to to (and the FIN, if it stands there) in packets of our own and says whether
// there were any.
func (c *Conn) emitRange(d smtp.Dir, from, to uint32, out Out) bool {
	h := &c.halves[d]
	if len(h.edits) > 0 && h.rightKnown { // an answer may have filled the window
		to = earlier(to, later(from, h.right))
	}
	if !packet.Before(from, to) {
		return false
	}
	dataEnd := h.kept.base + uint32(h.kept.n)
	for packet.Before(from, to) {
		n := min(int(earlier(to, dataEnd)-from), h.segmentSize())
		next := from + uint32(n)
		flags := uint8(packet.ACK)
		if h.fin && next == dataEnd && packet.Before(next, to) {
			flags |= packet.FIN
			next++
		}
		if next == to && n > 0 {
			flags |= packet.PSH
		}
		p, body := c.craft(d, from, flags, n, nil)
		if p.IP == nil || next == from {
			return false
		}
		h.kept.read(from, body)
		p.FillTransport()
		c.sentTo(d, next)
		out.Emit(d, p)
		from = next
	}
	return true
}

// bare sends a segment without data in direction d: the acknowledgement of what that direction's receiver sent.
func (c *Conn) bare(d smtp.Dir, seq uint32, out Out) {
	c.control(d, seq, packet.ACK, out)
}

// probe makes the receiver of direction d acknowledge: a segment before its window (RFC 9293 3.8.4).
func (c *Conn) probe(d smtp.Dir, out Out) { c.control(d, c.halves[d].una-1, packet.ACK, out) }

func (c *Conn) control(d smtp.Dir, seq uint32, flags uint8, out Out) {
	if p, _ := c.craft(d, seq, flags, 0, nil); p.IP != nil {
		p.FillTransport()
		out.Emit(d, p)
	}
}

// craft makes a packet in the pool's buffer with the headers of the direction's last one, more options and room for n
// octets. The caller fills these and then the checksum.
func (c *Conn) craft(d smtp.Dir, seq uint32, flags uint8, n int, more []byte) (p packet.Packet, body []byte) {
	l, peer := &c.halves[d].last, &c.halves[other(d)]
	if !l.ok || !peer.up {
		return packet.Packet{}, nil
	}
	s := packet.Segment{
		SrcPort: l.sport, DstPort: l.dport, Seq: seq, Ack: peer.toIn(peer.una), Flags: flags,
		Window: c.window(d, l.window, peer.una),
	}
	var opt [tsLen + 4 + 8*maxBlocks]byte
	s.Options = opt[:0]
	if l.ts {
		s.Options = timestamps(s.Options, l.tsVal, l.tsEcr)
	}
	s.Options = append(s.Options, more...)
	l.id++
	ip := packet.IPv4(l.ip[:])
	// What is acknowledged or repeated is not ECN-capable (RFC 3168 6.1.4, 6.1.5), and what another packet met on its way is not ours.
	tos := ip.TOS() &^ ecnBits
	h := packet.Header{Src: ip.Src(), Dst: ip.Dst(), ID: l.id, TTL: ip.TTL(), TOS: tos, DF: ip.DontFragment()}
	p = packet.Packet{}
	c.pool.scratch, p.IP = packet.MakeTCP(c.pool.scratch[:0], h, s, n)
	return p, p.TCP().Payload()
}

func timestamps(b []byte, val, ecr uint32) []byte {
	return append(b, packet.OptNop, packet.OptNop, packet.OptTimestamps, 10,
		byte(val>>24), byte(val>>16), byte(val>>8), byte(val), byte(ecr>>24), byte(ecr>>16), byte(ecr>>8), byte(ecr))
}

// cutPayload is p without its payload.
func cutPayload(p packet.Packet) packet.Packet {
	n := len(p.TCP().Payload())
	if n == 0 {
		return p
	}
	p.GSOSize = 0
	p.IP = p.IP[:len(p.IP)-n]
	p.IP.SetTotalLen(len(p.IP))
	p.FillTransport()
	return p
}

// end does what the inspector said of the whole connection.
func (c *Conn) end(out Out) {
	reset := c.ending == smtp.Reset
	if reset {
		for d := smtp.ToServer; d <= smtp.ToClient; d++ {
			c.control(d, c.halves[d].sent, packet.RST|packet.ACK, out)
		}
	}
	c.Close()
	out.End(reset)
}
