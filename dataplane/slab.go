package dataplane

import "math/bits"

// slab holds values of one kind, addressed by index. It grows by chunks, so that a pointer stays good while the table
// grows, a small box stays small and no growth takes longer than a chunk, and never beyond max. Index 0 is nobody. What it
// keeps beside the values is a bit each.
type slab[T any] struct {
	chunks [][]T
	free   []freeBits // by chunk
	room   []uint32   // chunks with free values; the last one gives
	max    int
	used   int
	most   int
}

// slabChunk values of any even size that is a multiple of eight octets fill whole pages of the allocator.
const slabChunk = 1024

// freeBits has a bit for each value of a chunk that is free.
type freeBits [slabChunk / 64]uint64

// at is the value of an index that take gave out.
func (s *slab[T]) at(i uint32) *T { return &s.chunks[i/slabChunk][i%slabChunk] }

// take gives out a zero value and its index; ok is false when the slab is full.
func (s *slab[T]) take() (i uint32, v *T, ok bool) {
	if s.used >= s.max {
		return 0, nil, false
	}
	if len(s.room) == 0 {
		s.grow()
	}
	c := s.room[len(s.room)-1]
	i = c*slabChunk + s.free[c].take()
	if s.free[c] == (freeBits{}) {
		s.room = s.room[:len(s.room)-1]
	}
	s.used++
	s.most = max(s.most, s.used)
	v = s.at(i)
	var zero T
	*v = zero
	return i, v, true
}

// take is the lowest free value, which is not free any more. There is one.
func (f *freeBits) take() uint32 {
	w := 0
	for f[w] == 0 {
		w++
	}
	bit := bits.TrailingZeros64(f[w])
	f[w] &^= 1 << bit
	return uint32(w*64 + bit)
}

func (s *slab[T]) grow() {
	var free freeBits
	for w := range free {
		free[w] = 1<<64 - 1
	}
	if len(s.chunks) == 0 {
		free[0] &^= 1 // index 0
	}
	s.room = append(s.room, uint32(len(s.chunks)))
	s.chunks = append(s.chunks, make([]T, slabChunk))
	s.free = append(s.free, free)
}

// give takes an index back and forgets what the value pointed to.
func (s *slab[T]) give(i uint32) {
	var zero T
	*s.at(i) = zero
	c, n := i/slabChunk, i%slabChunk
	if s.free[c] == (freeBits{}) {
		s.room = append(s.room, c)
	}
	s.free[c][n/64] |= 1 << (n % 64)
	s.used--
}

// each calls f for every value in use, by index; f may give back the one it was called with.
func (s *slab[T]) each(f func(i uint32, v *T) bool) { s.some(0, len(s.chunks)*slabChunk, f) }

// some is each from an index on, for at most n indices, used or not; it returns where to go on, 0 at the end.
func (s *slab[T]) some(from uint32, n int, f func(i uint32, v *T) bool) uint32 {
	end := min(uint64(from)+uint64(n), uint64(len(s.chunks)*slabChunk))
	for i := uint64(max(from, 1)); i < end; {
		live := ^s.free[i/slabChunk][i%slabChunk/64] >> (i % 64)
		if live == 0 {
			i = (i | 63) + 1
			continue
		}
		if i += uint64(bits.TrailingZeros64(live)); i >= end || !f(uint32(i), s.at(uint32(i))) {
			break
		}
		i++
	}
	if end == uint64(len(s.chunks)*slabChunk) {
		return 0
	}
	return uint32(end)
}

func (s *slab[T]) counts() Counts { return Counts{InUse: s.used, MostUsed: s.most} }

// shared holds values that many others refer to, each once: who refers to one says so by hold and release.
type shared[T comparable] struct {
	all    slab[reference[T]]
	number map[T]uint32
	last   uint32 // most are held several times in a row
}

type reference[T comparable] struct {
	value T
	n     int
}

func newShared[T comparable](most int) shared[T] {
	return shared[T]{all: slab[reference[T]]{max: most}, number: map[T]uint32{}}
}

// hold is the number of a value, which stays good until release; 0 when there is no room.
func (s *shared[T]) hold(v T) uint32 {
	i := s.last
	if i == 0 || s.all.at(i).value != v {
		i = s.number[v]
	}
	if i == 0 {
		var r *reference[T]
		var ok bool
		if i, r, ok = s.all.take(); !ok {
			return 0
		}
		r.value = v
		s.number[v] = i
	}
	s.all.at(i).n++
	s.last = i
	return i
}

// at is the value of a number that is held.
func (s *shared[T]) at(i uint32) *T { return &s.all.at(i).value }

func (s *shared[T]) release(i uint32) {
	if i == 0 {
		return
	}
	r := s.all.at(i)
	if r.n--; r.n > 0 {
		return
	}
	delete(s.number, r.value)
	s.all.give(i)
	if s.last == i {
		s.last = 0
	}
}
