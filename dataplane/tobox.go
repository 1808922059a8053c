package dataplane

import (
	"time"

	"pixsim/dataplane/packet"
)

const (
	portSSH    = 22
	portTelnet = 23
	boxICMP    = 10 * time.Second // the box's own pings wait for an answer at least so long
)

// fromSelf takes a packet of the box's own host that belongs to no connection: it may open one to anywhere but the box.
func (e *Engine) fromSelf(k *arrival, a *attempt) Drop {
	if k.in != Self {
		return 0
	}
	if k.d.Inner.OK {
		if n := e.quotedFlow(k); n != 0 && e.flows.at(n/2).box {
			a.quoted = n
			return e.passBoxError(k, a)
		}
	}
	_, mine := e.r.owner(k.key.src)
	_, toMe := e.r.owner(k.key.dst)
	h, ok := e.r.route(k.key.dst, None)
	if !mine || toMe || !ok || k.key.dst >= multicast || !e.opensBox(k) {
		return DropSelf
	}
	a.out = h.port
	return e.openBox(k, a)
}

// opensBox says that a packet may begin a connection of the box.
func (e *Engine) opensBox(k *arrival) bool {
	switch k.d.Kind {
	case packet.KindTCP:
		return k.d.Flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN
	case packet.KindICMP:
		return k.d.Type == packet.ICMPEcho
	}
	return true
}

// openBox makes a connection of the box itself, in either direction, without translation, and sends the packet on.
func (e *Engine) openBox(k *arrival, a *attempt) Drop {
	leaves := tuple{src: k.key.src, dst: k.key.dst, srcPort: k.key.srcPort, dstPort: k.key.dstPort}
	leaves.proto, leaves.query = k.key.proto, k.key.query
	i, f, ok := e.newFlow(k.key, leaves.back(a.out), true)
	if !ok {
		return DropNoSlot
	}
	if k.in != Self {
		f.up = 1 // the box itself is above every interface
	}
	if k.d.Kind == packet.KindTCP {
		f.tcp = openTCP(f.inbound(), k.d.Seq)
	}
	if f.number != 0 {
		for side := range f.ways {
			f.hosts[side] = e.hold(f.ways[side].port, f.ways[side].src, true)
		}
		e.post(e.connEvent(EventBuiltConn, f))
	}
	e.carry(k, i, f, 0)
	return handled
}

// toSelf takes packets to the box's own addresses. Only the interface that has the address takes them: the far side's
// does not answer.
func (e *Engine) toSelf(k *arrival, a *attempt) Drop {
	if a.unmapped || a.aliased {
		return 0
	}
	port, ok := e.r.owner(k.key.dst)
	if !ok {
		return 0
	}
	if a.quoted != 0 {
		if !e.flows.at(a.quoted / 2).box {
			return 0
		}
		if a.out = Self; !e.r.ToBox.permitsICMP(k) {
			e.deny(EventBoxICMPDenied, a)
			return DropBox
		}
		return e.passBoxError(k, a)
	}
	if port != k.in {
		return DropFarSide
	}
	a.out = Self
	if e.trace != nil {
		e.trace.note(Step{Kind: StepBox})
	}
	switch k.d.Kind {
	case packet.KindICMP:
		return e.icmpToBox(k, a)
	case packet.KindTCP:
		return e.tcpToBox(k, a)
	case packet.KindUDP:
		if e.awaits(k) {
			return e.openBox(k, a)
		}
	}
	e.deny(EventBoxDiscarded, a)
	return DropBox
}

func (e *Engine) icmpToBox(k *arrival, a *attempt) Drop {
	if !e.r.ToBox.permitsICMP(k) {
		e.deny(EventBoxICMPDenied, a)
		return DropBox
	}
	if k.d.Type != packet.ICMPEcho {
		return DropBox // an answer to nothing
	}
	return e.openBox(k, a)
}

// stillTaken tells whether an ICMP message of a known connection may go on: what ends at the box is asked of the icmp lines
// one by one, answers to its own pings too (Cisco PIX command reference, icmp: an entry is looked for whenever a packet
// comes to an interface; "icmp permit any echo-reply outside" is what lets the box ping).
func (e *Engine) stillTaken(k *arrival, node uint32) bool {
	return k.in == Self || !e.flows.at(node/2).box || e.r.ToBox.permitsICMP(k)
}

// permitsICMP goes through the icmp lines of an interface; without any, everything is permitted.
func (b *ToBox) permitsICMP(k *arrival) bool {
	listed := false
	for i := range b.ICMP {
		r := &b.ICMP[i]
		if r.Port != k.in {
			continue
		}
		listed = true
		if _, ok := inside(r.From, k.key.src); ok && (r.Type < 0 || r.Type == int(k.d.Type)) {
			return r.Permit
		}
	}
	return !listed
}

func (e *Engine) tcpToBox(k *arrival, a *attempt) Drop {
	var allowed []Allow
	switch k.key.dstPort {
	case portTelnet:
		if e.r.ToBox.TelnetOutside || e.r.level(k.in) > e.r.lowest || e.r.level(k.in) == 100 {
			allowed = e.r.ToBox.Telnet
		}
	case portSSH:
		allowed = e.r.ToBox.SSH
	default:
		e.deny(EventBoxDiscarded, a)
		e.resetBox(k)
		return DropBox
	}
	e.deny(EventBoxRequest, a)
	for _, w := range allowed {
		if _, ok := inside(w.From, k.key.src); ok && w.Port == k.in {
			e.deny(EventBoxPermitted, a)
			return e.openBox(k, a)
		}
	}
	e.deny(EventBoxDenied, a)
	e.resetBox(k)
	return DropBox
}

// resetBox answers a SYN to the box that it does not take (service resetoutside).
func (e *Engine) resetBox(k *arrival) {
	if e.r.Rules.ResetOutside && e.r.level(k.in) == e.r.lowest {
		e.reset(k)
	}
}
