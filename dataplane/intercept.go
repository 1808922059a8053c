package dataplane

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// TCP intercept (PIX 5.2 and later): above the embryonic limit the box answers a SYN itself, in the name of the host that
// is protected, and opens a connection to that host only when the client's acknowledgement shows that it exists. Then
// the two halves are joined: the host's numbers are shifted to those that the box gave the client.
//
// The client's half is kept in the number that the box gives it (a SYN cookie, as ASA 7.0 and later do it), not in a
// table: a flood costs no memory and crowds nobody out. The price is that nothing repeats the box's SYN/ACK by itself;
// the client does, by repeating its SYN.
type intercept struct {
	secret [32]byte
	until  int64 // the last number given out is good until then; 0: none yet, and no secret
}

const (
	// cookieTurn is how long a number is given out for the same client; it is good for this turn and the next.
	cookieTurn = int64(64 * time.Second)
	cookieMSS  = 7 // the low bits of a number: which of mssKept

	// interceptMSS is what the box announces at most: room for the headers of tunnels behind it, as sysopt connection
	// tcpmss leaves it (Cisco PIX 6.3 command reference).
	interceptMSS = 1380

	// The SYN to the host is repeated after 1, 2 and 4 seconds (RFC 6298 2.1, 5.5); 8 seconds after the last, the client
	// is reset.
	joinWait  = int64(time.Second)
	joinTries = 4
)

// mssKept are the client's segment sizes that a number can carry; what lies between is rounded down.
var mssKept = [cookieMSS + 1]uint16{88, 216, 536, 1024, 1220, 1360, 1380, 1460}

// joining is a connection whose client has been answered by the box and whose host has not answered yet.
type joining struct {
	isn    uint32 // ours, in place of the host's
	window uint16 // the client's
	mss    uint16
	tries  int
	timer  uint32
}

// interceptSYN answers a SYN in the name of its destination. The window is shut: data comes when the host has answered.
// The answer has no option but the MSS, so that nothing was agreed upon which the host would have to know of.
func (e *Engine) interceptSYN(k *arrival, a *attempt) {
	c := &e.intercepted
	if c.until == 0 {
		for i := 0; i < len(c.secret); i += 8 {
			binary.BigEndian.PutUint64(c.secret[i:], e.rand.Uint64())
		}
	}
	c.until = e.now + 2*cookieTurn
	e.work.done.Intercepts++
	opt := mssOption(e.announcedMSS(a.out))
	var room [64]byte
	ip := packet.AppendTCP(room[:0], packet.Header{Src: k.key.dst, Dst: k.key.src}, packet.Segment{
		SrcPort: k.key.dstPort, DstPort: k.key.srcPort, Seq: e.cookie(k.key, k.d.Seq, e.now/cookieTurn, keptMSS(k.p.TCP())),
		Ack: k.d.Seq + 1, Flags: packet.SYN | packet.ACK, Options: opt[:],
	})
	e.answer(k.in, packet.Packet{IP: ip})
}

// keptMSS is which of mssKept a SYN is remembered with.
func keptMSS(syn packet.TCP) (keep uint32) {
	size := syn.ParseOptions().MSS
	if size == 0 {
		size = 536 // RFC 9293 3.7.1
	}
	for i := range mssKept {
		if mssKept[i] <= size {
			keep = uint32(i)
		}
	}
	return keep
}

// announcedMSS is the segment size for data that leaves through a port.
func (e *Engine) announcedMSS(out Port) uint16 {
	size := interceptMSS
	if clamp := e.r.Rules.MSSClamp; clamp > 0 {
		size = min(size, clamp)
	}
	if w := e.r.wire(out); w != nil {
		size = min(size, w.mtu-packet.IPv4Len-packet.TCPLen)
	}
	return uint16(size)
}

func mssOption(n uint16) [4]byte { return [4]byte{packet.OptMSS, 4, byte(n >> 8), byte(n)} }

// cookie is the initial number for a client in one turn: what only the box can compute, and the client's segment size.
func (e *Engine) cookie(t tuple, isn uint32, turn int64, keep uint32) uint32 {
	var b [58]byte
	copy(b[:], e.intercepted.secret[:])
	binary.BigEndian.PutUint32(b[32:], t.src)
	binary.BigEndian.PutUint32(b[36:], t.dst)
	binary.BigEndian.PutUint16(b[40:], t.srcPort)
	binary.BigEndian.PutUint16(b[42:], t.dstPort)
	binary.BigEndian.PutUint32(b[44:], isn)
	binary.BigEndian.PutUint64(b[48:], uint64(turn))
	b[56], b[57] = byte(t.port), byte(keep)
	sum := sha256.Sum256(b[:])
	return binary.BigEndian.Uint32(sum[:])&^cookieMSS | keep
}

// confirms tells whether a packet that belongs to no connection acknowledges a SYN/ACK of the box.
func (e *Engine) confirms(k *arrival) bool {
	if e.now >= e.intercepted.until || k.d.Flags&(packet.SYN|packet.ACK|packet.RST) != packet.ACK {
		return false
	}
	isn, turn := k.d.Ack-1, e.now/cookieTurn
	for _, at := range [...]int64{turn, turn - 1} {
		if e.cookie(k.key, k.d.Seq-1, at, isn&cookieMSS) == isn {
			return k.p.TransportOK()
		}
	}
	return false
}

// join makes a new connection one whose client has answered and whose host is to be asked.
func (e *Engine) join(k *arrival, i uint32, f *flow) {
	e.work.done.Joined++
	t := &f.tcp
	t.shift[1] = 0 // known when the host's own number is
	t.state &^= pick(f.up == 0, ConnWaitInACK, ConnWaitOutACK)
	isn := k.d.Ack - 1
	e.beside(f).joining = &joining{isn: isn, window: k.d.Window, mss: mssKept[isn&cookieMSS], timer: e.wheel.newTimer(timerJoin, i)}
	e.settle(i, f)
	e.callHost(i, f)
}

// callHost sends the client's SYN, with no option that the client was not granted.
func (e *Engine) callHost(i uint32, f *flow) {
	j := e.aside(f).joining
	e.wheel.start(j.timer, e.now+joinWait<<j.tries)
	j.tries++
	opt := mssOption(j.mss)
	e.inject(i, f, 0, packet.Segment{Seq: f.tcp.isn, Flags: packet.SYN, Window: j.window, Options: opt[:]})
}

// joinDue is the timer of a host that has not answered.
func (e *Engine) joinDue(i uint32) {
	f := e.flows.at(i)
	if e.aside(f).joining.tries < joinTries {
		e.callHost(i, f)
		return
	}
	e.refuse(f)
	e.endFlow(i, f, ReasonSYNTimeout)
}

// refuse tells the client that its connection has come to nothing.
func (e *Engine) refuse(f *flow) {
	e.tell(f, 0, packet.Segment{Seq: e.aside(f).joining.isn + 1, Ack: f.tcp.isn + 1, Flags: packet.RST | packet.ACK})
}

// whileJoining takes a packet of a connection that is being joined. What the client sends must come again: its window was shut.
func (e *Engine) whileJoining(k *arrival, i uint32, f *flow, side int) {
	flags, t := k.d.Flags, &f.tcp
	answer := flags&packet.ACK != 0 && k.d.Ack-t.shift[0] == t.isn+1
	switch {
	case !k.p.TransportOK():
		e.drop(DropMalformed)
	case side == 0 && flags&packet.RST != 0 && k.d.Seq == t.isn+1:
		e.tell(f, 1, packet.Segment{Seq: t.isn + 1 + t.shift[0], Flags: packet.RST})
		f.ending = pick(f.up == 0, ReasonResetI, ReasonResetO)
	case side == 0:
		e.drop(DropEmbryonic)
	case flags&packet.RST != 0 && answer:
		e.refuse(f)
		f.ending = pick(f.up == 1, ReasonResetI, ReasonResetO)
	case flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN|packet.ACK && answer:
		e.splice(k, i, f)
	default:
		// The host is in the midst of an older connection of these ports: a reset, and it listens to the next SYN
		// (RFC 9293 3.5.1).
		if flags&packet.ACK != 0 {
			e.reset(k)
		}
		e.drop(DropEmbryonic)
	}
}

// splice joins the halves at the host's SYN/ACK. The host gets the acknowledgement in the client's name, the client the
// host's window; the SYN/ACK itself goes no further.
func (e *Engine) splice(k *arrival, i uint32, f *flow) {
	a, t := e.aside(f), &f.tcp
	j := a.joining
	isn, window, ack := k.d.Seq, k.d.Window, k.d.Ack
	t.unshift(k.p, 1)
	s := spliced{e: e, f: f}
	if a.stream != nil {
		if c := e.settings.at(f.settings).counters; c != nil {
			c.Packets++
		}
		a.stream.Segment(e.at(e.now), smtp.ToClient, k.p, &s)
	} else {
		s.Emit(smtp.ToClient, k.p)
	}
	if !s.done {
		e.drop(DropInspect)
		return
	}
	e.wheel.freeTimer(j.timer)
	a.joining = nil
	t.shift[1] = j.isn - isn
	e.inject(i, f, 0, packet.Segment{Seq: t.isn + 1, Ack: j.isn + 1, Flags: packet.ACK, Window: j.window})
	e.inject(i, f, 1, packet.Segment{Seq: isn + 1, Ack: ack, Flags: packet.ACK, Window: window})
}

// spliced keeps the host's SYN/ACK, once the stream let it pass.
type spliced struct {
	e    *Engine
	f    *flow
	done bool
}

var _ stream.Out = (*spliced)(nil)

// Emit implements stream.Out.
func (s *spliced) Emit(_ smtp.Dir, p packet.Packet) { s.done = s.e.track(p, s.f, 1) == 0 }

// Notice implements stream.Out: a SYN has nothing to notice.
func (s *spliced) Notice(smtp.Event) {}

// End implements stream.Out.
func (s *spliced) End(bool) {}

// inject sends a segment in the name of one side, in the numbers that this side would use, as if it had come in.
func (e *Engine) inject(i uint32, f *flow, side int, s packet.Segment) {
	fr, p := e.segment(f.ways[side], s)
	stream := e.aside(f).stream
	if stream == nil {
		e.forward(p, fr, i, f, side)
		return
	}
	f.tcp.unshift(p, side)
	e.emitter = emitter{e: e, i: i, f: f, whole: p.IP, fr: fr}
	stream.Segment(e.at(e.now), smtp.Dir(side), p, &e.emitter)
	e.armStream(f)
}

// tell sends a segment to one side in the other's name, in the numbers that this side knows, past all bookkeeping.
func (e *Engine) tell(f *flow, side int, s packet.Segment) {
	w := f.ways[side]
	_, p := e.segment(w.back(w.port), s)
	e.leaveAs(f, side)
	e.answer(w.port, p)
	e.leaving = tapRef{}
}

// segment is a TCP segment that looks like t, in a frame of its own.
func (e *Engine) segment(t tuple, s packet.Segment) (link.Frame, packet.Packet) {
	s.SrcPort, s.DstPort = t.srcPort, t.dstPort
	fr, room := e.out.frame(packet.IPv4Len + packet.TCPLen + len(s.Options))
	ip := packet.AppendTCP(room[:0], packet.Header{Src: t.src, Dst: t.dst, DF: true}, s)
	return fr, packet.Packet{IP: ip}
}
