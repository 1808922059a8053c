package dataplane

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// The index against a map: nodes of one hash are found in turn, the last one that was entered first, while buckets are split.
func TestIndexAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := newIndex(9)
	want := map[uint64][]uint32{} // newest first
	used := map[uint32]uint64{}
	check := func(h uint64) {
		var got []uint32
		for n := x.first(h); n != 0; n = x.after(n) {
			got = append(got, n)
		}
		if !slices.Equal(got, want[h]) {
			t.Fatalf("under %x: %v, want %v", h, got, want[h])
		}
	}
	for range 40000 {
		n := 2 + r.Uint32N(6000)
		if h, ok := used[n]; ok {
			x.drop(n)
			x.drop(n)
			want[h] = slices.DeleteFunc(want[h], func(v uint32) bool { return v == n })
			delete(used, n)
			check(h)
			continue
		}
		h := mix(1, uint64(r.Uint32N(4000)), 0)
		x.put(n, h)
		want[h] = append([]uint32{n}, want[h]...)
		used[n] = h
		check(h)
	}
	for h := range want {
		check(h)
	}
	if x.used != len(used) || x.buckets <= 2048 {
		t.Errorf("%d nodes in %d buckets, want %d", x.used, x.buckets, len(used))
	}
	if x.first(mix(1, 4001, 0)) != 0 {
		t.Error("found what is not there")
	}
}

func TestSlabIsBoundedAndZeroed(t *testing.T) {
	s := slab[int]{max: 300}
	seen := map[uint32]bool{}
	for range 300 {
		i, v, ok := s.take()
		if !ok || i == 0 || seen[i] || *v != 0 {
			t.Fatalf("take: %d %d %v", i, *v, ok)
		}
		seen[i], *v = true, 7
	}
	if _, _, ok := s.take(); ok {
		t.Error("more than max")
	}
	s.give(5)
	if i, v, ok := s.take(); !ok || i != 5 || *v != 0 {
		t.Errorf("take after give: %d %d %v", i, *v, ok)
	}
	if c := s.counts(); c.InUse != 300 || c.MostUsed != 300 {
		t.Errorf("counts %v", c)
	}
}

// A slab against a map, over several chunks: what was given back is given out again, each goes over what is there, and some
// goes over it in pieces.
func TestSlabAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	s := slab[uint32]{max: 5 * slabChunk / 2}
	want := map[uint32]uint32{}
	for range 20 * slabChunk {
		if r.IntN(5) < 2 && len(want) > 0 {
			for i := range want {
				s.give(i)
				delete(want, i)
				break
			}
			continue
		}
		i, v, ok := s.take()
		if ok != (len(want) < s.max) || ok && (i == 0 || *v != 0) {
			t.Fatalf("take: %d %v with %d of %d", i, ok, len(want), s.max)
		}
		if _, there := want[i]; there {
			t.Fatalf("%d is given out twice", i)
		}
		if ok {
			*v = r.Uint32() | 1
			want[i] = *v
		}
	}
	if len(s.chunks) != 3 || s.used != len(want) {
		t.Fatalf("%d chunks, %d used, want %d", len(s.chunks), s.used, len(want))
	}
	seen := map[uint32]uint32{}
	s.each(func(i uint32, v *uint32) bool { seen[i] = *v; return true })
	if !maps.Equal(seen, want) {
		t.Errorf("each: %d values, want %d", len(seen), len(want))
	}
	for _, n := range []int{1, 7, 64, 1000, 100000} {
		clear(seen)
		steps := 0
		for from, more := uint32(0), true; more; more = from != 0 {
			from = s.some(from, n, func(i uint32, v *uint32) bool { seen[i] = *v; return true })
			steps++
		}
		if !maps.Equal(seen, want) || steps != (3*slabChunk+n-1)/n {
			t.Errorf("some of %d: %d values in %d steps, want %d", n, len(seen), steps, len(want))
		}
	}
}
