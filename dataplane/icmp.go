package dataplane

import (
	"encoding/binary"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// quotedFlow is the connection whose packet an ICMP error quotes: the node of its answers on this wire, or 0.
func (e *Engine) quotedFlow(k *arrival) uint32 {
	in := &k.d.Inner
	t := tuple{src: in.Dst, dst: in.Src, srcPort: in.DstPort, dstPort: in.SrcPort, proto: in.Proto, port: k.in}
	if in.Proto != packet.ProtoICMP {
		return e.way(t)
	}
	quoted := packet.IPv4(k.p.ICMP().Payload()).Payload()[0]
	t.query = queryOf(quoted)
	if isReply(quoted) {
		t.dstPort = 0
	} else {
		t.srcPort = 0
	}
	return e.way(t)
}

// mapQuoted makes the source of an ICMP error that of the connection it is about, if it comes from its end and not from
// a router on the way.
func (e *Engine) mapQuoted(k *arrival, a *attempt) bool {
	f, side := e.flows.at(a.quoted/2), int(a.quoted&1)
	if f.box || f.ways[side].src != k.key.src {
		return false
	}
	t, _ := f.leaves(side)
	a.src = t.src
	return true
}

// passICMP sends on a message that was permitted by itself, with what it quotes translated too.
func (e *Engine) passICMP(k *arrival, a *attempt) Drop {
	if len(e.policers) > 0 && !e.police(k, e.policingOf(k.in, a.out, e.r.listKey(k, a))) {
		return handled
	}
	e.use(a.xlates[0])
	e.use(a.xlates[1])
	if k.d.Inner.OK {
		e.translateQuoted(k, a)
	}
	rewrite(k.p, tuple{src: a.src, dst: a.dst, srcPort: a.srcPort, dstPort: a.dstPort, proto: packet.ProtoICMP})
	next, ok := e.r.nextHop(a.out, a.dst)
	if !ok {
		return DropNoRoute
	}
	e.send(a.out, next, k.p, k.fr)
	return handled
}

// translateQuoted makes a quoted datagram look as its sender sent it.
func (e *Engine) translateQuoted(k *arrival, a *attempt) {
	in := k.d.Inner
	if a.quoted != 0 {
		f, side := e.flows.at(a.quoted/2), int(a.quoted&1)
		w := &f.ways[1-side]
		if in.Proto == packet.ProtoTCP {
			unshiftQuoted(k.p, f.tcp.shift[1-side])
		}
		k.p.SetInner(w.src, w.dst, icmpPort(w), w.dstPort)
		return
	}
	if in.Src == k.key.dst {
		in.Src = a.dst
		if x := a.xlates[1]; x != 0 && e.xlates.at(x).proto != 0 {
			in.SrcPort = e.xlates.at(x).real.id
		}
	}
	if x := e.findXlate(realPlace(k.in, a.out, in.Dst), in.Proto, in.DstPort); x != 0 {
		v := e.xlates.at(x)
		in.Dst = v.mapped.addr
		if v.proto != 0 {
			in.DstPort = v.mapped.id
		}
	}
	k.p.SetInner(in.Src, in.Dst, in.SrcPort, in.DstPort)
}

// unshiftQuoted restores the sequence number of a quoted segment; SetInner sums the message up afterwards.
func unshiftQuoted(p packet.Packet, shift uint32) {
	q := packet.IPv4(p.ICMP().Payload())
	seq := q.Payload()[4:8]
	binary.BigEndian.PutUint32(seq, binary.BigEndian.Uint32(seq)-shift)
}

// passBoxError sends on an ICMP error about a connection of the box itself, which has no translation.
func (e *Engine) passBoxError(k *arrival, a *attempt) Drop {
	f, side := e.flows.at(a.quoted/2), int(a.quoted&1)
	_, out := f.leaves(side)
	next, ok := e.r.nextHop(out, k.key.dst)
	if !ok {
		return DropNoRoute
	}
	e.send(out, next, k.p, k.fr)
	return handled
}

// answer sends a packet of the box's making to an address behind a port.
func (e *Engine) answer(port Port, p packet.Packet) {
	if e.dry {
		return
	}
	if next, ok := e.r.nextHop(port, p.IP.Dst()); ok {
		e.send(port, next, p, link.Frame{})
	}
}

// tooBig tells the sender that a packet does not fit the way out (RFC 1191), without ICMP about ICMP errors.
func (e *Engine) tooBig(k *arrival, mtu int) {
	e.drop(DropTooBig)
	w := e.r.wire(k.in)
	if !w.hasAddr || k.d.Kind == packet.KindICMP && k.p.ICMP().IsError() {
		return
	}
	var room [128]byte
	ip := packet.AppendICMPError(room[:0], w.addr, packet.ICMPUnreachable, 4, uint32(mtu), k.p.IP)
	e.answer(k.in, packet.Packet{IP: ip})
}

// reset refuses a TCP segment in the name of its destination.
func (e *Engine) reset(k *arrival) {
	if k.d.Flags&packet.RST != 0 {
		return
	}
	var room [64]byte
	e.answer(k.in, packet.Packet{IP: packet.AppendRST(room[:0], k.p)})
}

// traceFlow is debug icmp trace for a packet of a known connection; others are traced when it is known what became of
// them.
func (e *Engine) traceFlow(node uint32) {
	f, side := e.flows.at(node/2), int(node&1)
	t, out := f.leaves(side)
	e.try = attempt{out: out, dst: t.dst, dstPort: t.dstPort, src: t.src, srcPort: t.srcPort, inbound: side != f.higher()}
	e.deny(EventDebugICMP, &e.try)
}
