package acl

import (
	"cmp"
	"math/bits"
	"slices"
)

// probeMax is how many tuples are probed one by one; where there are more, it pays to ask first which can fit at all.
const probeMax = 8

// pruning finds the few tuples of many that a packet can fit (tuple pruning of Srinivasan, Suri and Varghese): most
// addresses lie in the networks of two or three masks. It is immutable.
type pruning struct {
	src, dst side
	// at and tuples: the tuples of masks i and j are tuples[at[i*maskMax+j]:at[i*maskMax+j+1]], ascending by first rule.
	at     []int32
	tuples []int32
}

// maskMax is how many masks of a side are told apart; the last bit stands for all further ones, and is always set.
const maskMax = 64

// side cuts the addresses into intervals in which the same masks have a network.
type side struct {
	starts []uint32 // ascending, the first is 0
	masks  []uint64 // bit i: mask i of the side has a network there
	number map[uint32]int
}

// prune makes the pruning of a list whose tuples are there.
func (l *List) prune() *pruning {
	p := &pruning{}
	p.src = newSide(l.rules, func(r *Rule) Net { return r.Src })
	p.dst = newSide(l.rules, func(r *Rule) Net { return r.Dst })
	order := make([]int32, len(l.tuples))
	pair := func(i int32) int { return p.src.bit(l.tuples[i].src)*maskMax + p.dst.bit(l.tuples[i].dst) }
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(pair(a), pair(b)) })
	p.tuples, p.at = order, make([]int32, maskMax*maskMax+1)
	for _, t := range order {
		p.at[pair(t)+1]++
	}
	for i := range maskMax * maskMax {
		p.at[i+1] += p.at[i]
	}
	return p
}

// bit is the number of a mask.
func (s *side) bit(mask uint32) int {
	if n, ok := s.number[mask]; ok {
		return n
	}
	return maskMax - 1
}

// newSide sweeps over the networks of one side. A mask with holes has no intervals: its bit is always set.
func newSide(rules []Rule, of func(*Rule) Net) side {
	s := side{number: map[uint32]int{}}
	var always uint64 = 1 << (maskMax - 1)
	var edges []edge
	for i := range rules {
		n := of(&rules[i])
		bit, ok := s.number[n.Mask]
		if !ok && len(s.number) < maskMax-1 {
			bit, ok = len(s.number), true
			s.number[n.Mask] = bit
		}
		switch first := n.Addr & n.Mask; {
		case !ok:
		case n.Mask == 0 || bits.LeadingZeros32(^n.Mask) != bits.OnesCount32(n.Mask):
			always |= 1 << bit
		default:
			edges = append(edges, edge{first, uint8(bit)}, edge{first | ^n.Mask, uint8(bit) | ends})
		}
	}
	s.sweep(edges, always)
	return s
}

// edge is the first address of a network, or its last one.
type edge struct {
	addr uint32
	mask uint8 // number of the mask; ends: the last address
}

const ends = 0x80

// sweep goes over the edges in order; networks of one mask are either the same or have nothing in common.
func (s *side) sweep(edges []edge, always uint64) {
	key := func(e edge) uint64 { // behind the last address of a network its bit goes, before another begins
		at := uint64(e.addr)
		if e.mask&ends != 0 {
			at++
		}
		return at<<8 | uint64(e.mask^ends)
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(key(a), key(b)) })
	s.starts, s.masks = []uint32{0}, []uint64{always}
	now := always
	for i, e := range edges {
		if i > 0 && e == edges[i-1] {
			continue
		}
		at, bit := key(e)>>8, uint64(1)<<(e.mask&^ends)
		if now ^= bit; at > 1<<32-1 {
			continue
		}
		if last := len(s.starts) - 1; s.starts[last] == uint32(at) {
			s.masks[last] = now
		} else {
			s.starts, s.masks = append(s.starts, uint32(at)), append(s.masks, now)
		}
	}
}

// of are the masks that have a network with the address in it.
func (s *side) of(addr uint32) uint64 {
	lo, hi := 0, len(s.starts)
	for hi-lo > 1 {
		if mid := int(uint(lo+hi) >> 1); s.starts[mid] <= addr {
			lo = mid
		} else {
			hi = mid
		}
	}
	return s.masks[lo]
}

// pruned is the first rule that fits among those of the tuples which can.
func (l *List) pruned(k *Key) int32 {
	best := int32(len(l.rules))
	dsts := l.prunes.dst.of(k.Dst)
	for srcs := l.prunes.src.of(k.Src); srcs != 0; srcs &= srcs - 1 {
		row := bits.TrailingZeros64(srcs) * maskMax
		for d := dsts; d != 0; d &= d - 1 {
			at := row + bits.TrailingZeros64(d)
			for _, i := range l.prunes.tuples[l.prunes.at[at]:l.prunes.at[at+1]] {
				if l.tuples[i].first >= best {
					break
				}
				best = l.probe(&l.tuples[i], k, best)
			}
		}
	}
	return best
}
