package dataplane

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"pixsim/dataplane/packet"
)

// Shun keeps everything that a host sends out of the box, until it is lifted. Dst, ports and Proto say which connection
// it was about; they do not narrow it down.
type Shun struct {
	Src, Dst         netip.Addr // Dst invalid: none was given
	SrcPort, DstPort uint16
	Proto            uint8
	Count            uint64 // packets that were dropped
	Age              time.Duration
	made             int64
}

const maxShuns = 4096

// shunned tells whether the source of the packet in hand is shunned, and counts it.
func (e *Engine) shunned(k *arrival) bool {
	s := e.shuns[k.key.src]
	if s == nil || k.in == Self {
		return false
	}
	s.Count++
	e.try = attempt{out: None, dst: k.key.dst, dstPort: k.key.dstPort, src: k.key.src, srcPort: k.key.srcPort}
	e.deny(EventShunned, &e.try)
	e.drop(DropShun)
	return true
}

// Shun shuns a host, and ends the connection that it names. false: it is shunned already, or too many are.
func (s *State) Shun(v Shun) bool {
	e, src := s.e, packet.U32(v.Src)
	if e.shuns[src] != nil || len(e.shuns) >= maxShuns {
		return false
	}
	if e.shuns == nil {
		e.shuns = map[uint32]*Shun{}
	}
	v.made = e.now
	e.cutAll()
	e.shuns[src] = &v
	e.post(shunEvent(EventShunAdded, v))
	if v.Dst.IsValid() {
		ClearConns(e.inline, func(c Conn) bool { return v.names(c) })
	}
	return true
}

// names tells whether a connection is the one that a shun was about.
func (v *Shun) names(c Conn) bool {
	src, dst := netip.AddrPortFrom(v.Src, v.SrcPort), netip.AddrPortFrom(v.Dst, v.DstPort)
	between := func(a, b End) bool { return a.Real == src && (b.Real == dst || b.Mapped == dst) }
	return (v.Proto == 0 || v.Proto == c.Proto) && (between(c.Lower, c.Higher) || between(c.Higher, c.Lower))
}

func shunEvent(kind EventKind, v Shun) Event {
	return Event{Kind: kind, Src: End{If: None, Real: netip.AddrPortFrom(v.Src, v.SrcPort)}, Dst: End{If: None, Real: netip.AddrPortFrom(v.Dst, v.DstPort)}}
}

// Unshun lifts the shun of a host; false: there is none.
func (s *State) Unshun(src netip.Addr) bool {
	v := s.e.shuns[packet.U32(src)]
	if v == nil {
		return false
	}
	delete(s.e.shuns, packet.U32(src))
	s.e.post(shunEvent(EventShunLifted, *v))
	return true
}

// ClearShuns lifts them all.
func (s *State) ClearShuns() {
	clear(s.e.shuns)
	s.e.post(Event{Kind: EventShunsCleared})
}

// Shuns are all that are in force, by address.
func (s *State) Shuns() []Shun {
	var all []Shun
	for _, v := range s.e.shuns {
		one := *v
		one.Age = s.e.since(v.made)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Shun) int { return cmp.Or(a.Src.Compare(b.Src)) })
	return all
}

// ClearShunCounts sets the counters of all shuns to zero.
func (s *State) ClearShunCounts() {
	for _, v := range s.e.shuns {
		v.Count = 0
	}
}
