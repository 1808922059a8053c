package dataplane

// slab holds values of one kind, addressed by index. It grows by chunks, so that a pointer stays good while the table
// grows and a small box stays small, and never beyond max. Index 0 is nobody.
type slab[T any] struct {
	chunks [][]T
	live   []bool
	free   []uint32
	max    int
	used   int
	most   int
}

const slabChunk = 256

// at is the value of an index that take gave out.
func (s *slab[T]) at(i uint32) *T { return &s.chunks[i/slabChunk][i%slabChunk] }

// take gives out a zero value and its index; ok is false when the slab is full.
func (s *slab[T]) take() (i uint32, v *T, ok bool) {
	if s.used >= s.max {
		return 0, nil, false
	}
	if len(s.free) == 0 {
		s.grow()
	}
	i = s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.live[i] = true
	s.used++
	s.most = max(s.most, s.used)
	v = s.at(i)
	var zero T
	*v = zero
	return i, v, true
}

func (s *slab[T]) grow() {
	first := uint32(len(s.chunks) * slabChunk)
	s.chunks = append(s.chunks, make([]T, slabChunk))
	s.live = append(s.live, make([]bool, slabChunk)...)
	for i := uint32(slabChunk); i > 0; i-- {
		if n := first + i - 1; n != 0 {
			s.free = append(s.free, n)
		}
	}
}

// give takes an index back and forgets what the value pointed to.
func (s *slab[T]) give(i uint32) {
	var zero T
	*s.at(i) = zero
	s.live[i] = false
	s.free = append(s.free, i)
	s.used--
}

// each calls f for every value in use, by index; f may give back the one it was called with.
func (s *slab[T]) each(f func(i uint32, v *T) bool) {
	for i := range s.live {
		if s.live[i] && !f(uint32(i), s.at(uint32(i))) {
			return
		}
	}
}

func (s *slab[T]) counts() Counts { return Counts{InUse: s.used, MostUsed: s.most} }
