package dataplane

import "math/bits"

// spent are the numbers of a pool that need not be tried: those that are taken, and those that were found to be somebody
// else's. Searching it costs next to the same whether the pool is empty or full to the last number. It grows by pages of
// what was once taken.
type spent struct {
	pages   []*spentPage
	n       int
	blocked []uint32 // numbers that are another's
	before  uint32   // the release of others' numbers that blocked is good for
}

const spentBits = 1024

type spentPage struct {
	n    int
	bits [spentBits / 64]uint64
}

func (s *spent) has(i uint32) bool {
	p := i / spentBits
	return int(p) < len(s.pages) && s.pages[p] != nil && s.pages[p].bits[i%spentBits/64]&(1<<(i%64)) != 0
}

func (s *spent) put(i uint32) {
	for int(i/spentBits) >= len(s.pages) {
		s.pages = append(s.pages, nil)
	}
	p := &s.pages[i/spentBits]
	if *p == nil {
		*p = &spentPage{}
	}
	if !s.has(i) {
		(*p).bits[i%spentBits/64] |= 1 << (i % 64)
		(*p).n++
		s.n++
	}
}

func (s *spent) drop(i uint32) {
	if s.has(i) {
		p := s.pages[i/spentBits]
		p.bits[i%spentBits/64] &^= 1 << (i % 64)
		p.n--
		s.n--
	}
}

// block says that a number is another's, until renew.
func (s *spent) block(i uint32) {
	s.put(i)
	s.blocked = append(s.blocked, i)
}

// renew forgets which numbers were another's, unless that was found out since then.
func (s *spent) renew(since uint32) {
	if s.before == since {
		return
	}
	for _, i := range s.blocked {
		s.drop(i)
	}
	s.blocked, s.before = s.blocked[:0], since
}

// next is the first number from..last that is not spent.
func (s *spent) next(from, last uint32) (uint32, bool) {
	for i := uint64(from); i <= uint64(last); {
		p := i / spentBits
		if p >= uint64(len(s.pages)) || s.pages[p] == nil {
			return uint32(i), true
		}
		if s.pages[p].n == spentBits {
			i = (p + 1) * spentBits
			continue
		}
		free := ^s.pages[p].bits[i%spentBits/64] >> (i % 64)
		if free == 0 {
			i = (i | 63) + 1
			continue
		}
		if i += uint64(bits.TrailingZeros64(free)); i > uint64(last) {
			break
		}
		return uint32(i), true
	}
	return 0, false
}

// around is the first number of low..high that is not spent, from one on, round to the one before it.
func (s *spent) around(from, low, high uint32) (uint32, bool) {
	if from < low || from > high {
		from = low
	}
	if i, ok := s.next(from, high); ok || from == low {
		return i, ok
	}
	return s.next(low, from-1)
}

// spentKey names the ports of an address; peer: those towards one destination.
type spentKey struct {
	at    Port
	proto uint8
	addr  uint32
	peer  uint64
}

// spentPorts are the spent ports of a shared address, whatever their range.
func (e *Engine) spentPorts(key spentKey) *spent {
	s := e.spent[key]
	if s == nil {
		s = &spent{}
		e.spent[key] = s
	}
	return s
}

const (
	// Ports towards one destination are kept track of where this many in a row were taken, and no longer when few are.
	peerTries = 256
	peerFew   = peerTries / 2
)

// unspend takes a number of a translation back that has ended.
func (e *Engine) unspend(x *xlate) {
	o := e.origin(x)
	switch {
	case o.identity:
	case o.pool == nil:
		e.given++ // a static one: whose number it was is not known
	case o.extended:
		key := spentKey{at: o.mappedAt, proto: x.proto, addr: x.mapped.addr, peer: o.mapped}
		if s := e.spent[key]; s != nil {
			if s.drop(uint32(x.mapped.id)); s.n < peerFew {
				delete(e.spent, key)
			}
		}
	case o.pat:
		o.pool.spent.drop(uint32(x.mapped.id))
	default:
		o.pool.spent.drop(x.mapped.addr - o.pool.first)
	}
}
