package dataplane

import (
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

type neighbourKey struct {
	port Port
	addr uint32
}

// neighbour is an address of a wire that the box speaks to, or asks for.
type neighbour struct {
	key     neighbourKey
	mac     [6]byte
	known   bool
	tries   int
	learned int64
	timer   uint32
	waiting []waiter // copies; nil once known
}

// waiter is a frame that waits for a neighbour's address, and whose it is.
type waiter struct {
	link.Frame
	of tapRef
}

const (
	arpTries    = 4
	arpRetry    = int64(time.Second)
	arpNegative = int64(3 * time.Second) // after the last try, packets are dropped unasked for so long

	waitersEach  = 64 // a datagram of 64 KiB in fragments
	waitersTotal = 512
)

var broadcastMAC = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// resolve fills the Ethernet header of a frame and sends it, now or when the neighbour has answered.
func (e *Engine) resolve(port Port, w *wire, next uint32, f link.Frame) {
	eth := packet.Ethernet(f.Bytes())
	eth.SetSrc(w.MAC)
	eth.SetType(packet.TypeIPv4)
	key := neighbourKey{port, next}
	if mac, ok := e.r.staticARP[key]; ok {
		eth.SetDst(mac)
		e.transmit(port, f)
		return
	}
	i := e.neighbourIndex[key]
	if i == 0 {
		e.ask(key, f)
		return
	}
	n := e.neighbours.at(i)
	if !n.known {
		e.wait(n, f)
		return
	}
	eth.SetDst(n.mac)
	e.transmit(port, f)
}

// ask makes an entry without an answer, keeps the frame and sends the first request.
func (e *Engine) ask(key neighbourKey, f link.Frame) {
	i, n, ok := e.neighbours.take()
	if !ok {
		e.asked.Dropped++
		e.drop(DropNeighbour)
		return
	}
	n.key = key
	n.timer = e.wheel.newTimer(timerARP, i)
	e.neighbourIndex[key] = i
	e.wait(n, f)
	e.request(n)
}

// wait keeps a copy of a frame for a neighbour that has not answered yet.
func (e *Engine) wait(n *neighbour, f link.Frame) {
	if n.tries >= arpTries || len(n.waiting) >= waitersEach || e.waiting >= waitersTotal {
		e.asked.Dropped++
		e.drop(DropNeighbour)
		return
	}
	kept := f
	kept.Off = headroom
	kept.Buf = make([]byte, headroom+f.Len)
	copy(kept.Bytes(), f.Bytes())
	n.waiting = append(n.waiting, waiter{kept, e.leaving})
	e.waiting++
	e.asked.MostQueued = max(e.asked.MostQueued, e.waiting)
}

// request asks for a neighbour once more.
func (e *Engine) request(n *neighbour) {
	n.tries++
	e.asked.asks(n)
	e.wheel.start(n.timer, e.now+arpRetry)
	w := e.r.wire(n.key.port)
	if w == nil || !w.up {
		return
	}
	sender := w.addr
	if n.key.port == Self && len(n.waiting) > 0 {
		// Towards the box's own host the engine speaks for everybody.
		sender = packet.IPv4(n.waiting[0].Bytes()[packet.EthernetLen:]).Src()
	}
	e.sendARP(n.key.port, broadcastMAC, packet.ARPRequest, w.MAC, sender, [6]byte{}, n.key.addr)
}

func (e *Engine) sendARP(port Port, to [6]byte, op uint16, mac [6]byte, addr uint32, toMAC [6]byte, toAddr uint32) {
	f, room := e.out.frame(packet.ARPLen)
	packet.AppendARP(room[:0], op, mac, addr, toMAC, toAddr)
	eth := packet.Ethernet(f.Bytes())
	eth.SetDst(to)
	eth.SetSrc(mac)
	eth.SetType(packet.TypeARP)
	e.transmit(port, f)
}

// neighbourDue is the timer of an entry: no answer, the end of a silence, or old age.
func (e *Engine) neighbourDue(i uint32) {
	n := e.neighbours.at(i)
	if n.known || n.tries > arpTries {
		e.forget(i, n)
		return
	}
	if n.tries < arpTries {
		e.request(n)
		return
	}
	n.tries++
	e.waiting -= len(n.waiting)
	for _, f := range n.waiting {
		e.drops[DropNeighbour]++
		e.asked.Dropped++
		e.captureDrop(DropNeighbour, e.asSeen(&f.Frame))
	}
	n.waiting = nil
	e.wheel.start(n.timer, e.now+arpNegative)
}

func (e *Engine) forget(i uint32, n *neighbour) {
	if n.known {
		e.cutAll()
	}
	e.asked.settles(n)
	e.waiting -= len(n.waiting)
	e.wheel.freeTimer(n.timer)
	delete(e.neighbourIndex, n.key)
	e.neighbours.give(i)
}

// arp takes an ARP packet from the wire.
func (e *Engine) arp(k *arrival) {
	w, a := e.r.wire(k.in), k.d.ARP
	sender := neighbourKey{k.in, a.SenderIP()}
	if k.in != Self && e.collides(k.in, w, a) {
		e.asked.Collisions++
		e.post(Event{Kind: EventARPCollision, In: k.in, Src: End{If: k.in, Real: addrPort(a.SenderIP(), 0)}, MAC: a.SenderMAC()})
		return
	}
	forUs := a.Op() == packet.ARPRequest && a.SenderIP() != a.TargetIP() && e.answers(k.in, w, a.TargetIP())
	e.learn(sender, a.SenderMAC(), forUs)
	if forUs {
		e.sendARP(k.in, a.SenderMAC(), packet.ARPReply, w.MAC, a.TargetIP(), a.SenderMAC(), a.SenderIP())
	}
}

// collides tells whether somebody else claims an address of ours, or one that an arp line gives to another station.
func (e *Engine) collides(in Port, w *wire, a packet.ARP) bool {
	who := a.SenderIP()
	if who == 0 || a.SenderMAC() == w.MAC {
		return false
	}
	if mac, ok := e.r.staticARP[neighbourKey{in, who}]; ok && mac != a.SenderMAC() {
		return true
	}
	return w.hasAddr && who == w.addr
}

// answers tells whether the box answers requests for an address on a wire: its own, those that a translation puts
// there, and alias lines. Towards its own host it answers for the whole world.
func (e *Engine) answers(in Port, w *wire, target uint32) bool {
	if in == Self {
		return true
	}
	if w.hasAddr && target == w.addr {
		return true
	}
	for _, a := range e.r.Policy.ARP {
		if a.Alias && a.Port == in && packet.U32(a.Addr) == target {
			return true
		}
	}
	if !e.r.Rules.ProxyARP || w.NoProxyARP {
		return false
	}
	for i := range e.r.Aliases {
		if l := &e.r.Aliases[i]; l.Port == in {
			if _, ok := inside(l.DNAT, target); ok {
				return true
			}
		}
	}
	for i := range e.r.Statics {
		if s := &e.r.Statics[i]; s.MappedIf == in && s.RealIf != in {
			if _, ok := inside(s.Mapped, target); ok {
				return true
			}
		}
	}
	for i := range e.r.Pools {
		if e.r.Pools[i].Port == in && e.r.Pools[i].contains(target) {
			return true
		}
	}
	return e.tableOwns(in, target, true)
}

// learn keeps what an ARP packet tells: updates entries, and makes one for somebody who asked for us.
func (e *Engine) learn(key neighbourKey, mac [6]byte, create bool) {
	if key.addr == 0 || mac[0]&1 != 0 {
		return
	}
	i := e.neighbourIndex[key]
	if i == 0 {
		if !create || !e.onWire(key) {
			return
		}
		var n *neighbour
		var ok bool
		if i, n, ok = e.neighbours.take(); !ok {
			return
		}
		n.key = key
		n.timer = e.wheel.newTimer(timerARP, i)
		e.neighbourIndex[key] = i
	}
	n := e.neighbours.at(i)
	if n.known && n.mac != mac {
		e.cutAll()
	}
	e.asked.settles(n)
	n.mac, n.known, n.learned = mac, true, e.now
	e.wheel.stop(n.timer)
	if e.r.ARPTimeout > 0 {
		e.wheel.start(n.timer, e.now+int64(e.r.ARPTimeout))
	}
	e.release(n)
}

// onWire tells whether an address belongs to the network of its port.
func (e *Engine) onWire(key neighbourKey) bool {
	if key.port == Self {
		return true
	}
	h, ok := e.r.route(key.addr, key.port)
	return ok && h.via == 0
}

// release sends what waited for a neighbour.
func (e *Engine) release(n *neighbour) {
	waiting := n.waiting
	n.waiting = nil
	e.waiting -= len(waiting)
	for _, f := range waiting {
		packet.Ethernet(f.Bytes()).SetDst(n.mac)
		e.leaving = f.of
		e.transmit(n.key.port, f.Frame)
	}
	e.leaving = tapRef{}
}
