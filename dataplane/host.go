package dataplane

import (
	"net/netip"

	"pixsim/dataplane/packet"
)

type hostKey struct {
	port Port
	addr uint32
}

// host is an own address behind an interface that has connections or translations: a local host.
type host struct {
	key       hostKey
	refs      int32 // connections and translations
	own       int32 // of refs: connections with the box itself
	tcp, udp  int32
	embryonic int32
	shared    uint32 // the address that its last translation by port has
	first     uint32 // connections of which this is the higher end, chained
	made      int64
}

func (k hostKey) hash(seed uint64) uint64 { return mix(seed, uint64(k.addr), uint64(k.port)) }

// hostAt is the local host of an address, 0 without one.
func (e *Engine) hostAt(key hostKey) uint32 {
	for i := e.hostIndex.first(key.hash(e.hostIndex.seed)); i != 0; i = e.hostIndex.after(i) {
		if e.hosts.at(i).key == key {
			return i
		}
	}
	return 0
}

// HostCounts are the local hosts of one interface.
type HostCounts struct{ Active, Most, Denied int }

// through tells whether a host has anything that goes through the box: only such hosts count.
func (h *host) through() bool { return h.refs > h.own }

// hold adds a reference to a local host, which it makes if need be; 0 when there is no room. A host that speaks to the box
// alone is no host of its interface.
func (e *Engine) hold(port Port, addr uint32, own bool) uint32 {
	key := hostKey{port, addr}
	i := e.hostAt(key)
	if i == 0 {
		var h *host
		var ok bool
		if i, h, ok = e.hosts.take(); !ok {
			return 0
		}
		h.key, h.made = key, e.now
		e.hostIndex.put(i, key.hash(e.hostIndex.seed))
		e.post(h.event(EventBuiltHost))
	}
	h := e.hosts.at(i)
	h.refs++
	if own {
		h.own++
	} else if h.refs == h.own+1 {
		c := e.hostCounts(port)
		c.Active++
		c.Most = max(c.Most, c.Active)
	}
	return i
}

// unhold takes a reference back; host 0 is none.
func (e *Engine) unhold(i uint32, own bool) {
	if i == 0 {
		return
	}
	h := e.hosts.at(i)
	h.refs--
	if own {
		h.own--
	} else if !h.through() {
		e.hostCounts(h.key.port).Active--
	}
	if h.refs > 0 {
		return
	}
	e.post(h.event(EventTornHost)).Lasted = e.since(h.made)
	e.hostIndex.drop(i)
	e.hosts.give(i)
}

func (h *host) event(kind EventKind) Event {
	addr := addrPort(h.key.addr, 0)
	end := End{If: h.key.port, Real: addr, Mapped: addr}
	return Event{Kind: kind, Src: end, Dst: end}
}

func (e *Engine) hostCounts(port Port) *HostCounts {
	c := e.hostCount[port]
	if c == nil {
		c = &HostCounts{}
		e.hostCount[port] = c
	}
	return c
}

func addrPort(addr uint32, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(packet.Addr(addr), port)
}
