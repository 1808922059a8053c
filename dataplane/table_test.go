package dataplane

import (
	"math/rand/v2"
	"testing"
)

func TestIndexAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := newIndex[tuple](9)
	want := map[tuple]uint32{}
	used := map[uint32]tuple{}
	for range 20000 {
		n := 2 + r.Uint32N(3000)
		if k, ok := used[n]; ok {
			x.drop(n)
			delete(want, k)
			delete(used, n)
			continue
		}
		k := tuple{src: r.Uint32N(50), dst: r.Uint32N(50), srcPort: uint16(r.Uint32N(5)), port: Port(r.IntN(3))}
		if _, ok := want[k]; ok {
			continue
		}
		x.put(n, k)
		want[k], used[n] = n, k
	}
	for k, n := range want {
		if got := x.find(k); got != n {
			t.Fatalf("find(%v) = %d, want %d", k, got, n)
		}
	}
	if x.used != len(want) {
		t.Errorf("%d entries, want %d", x.used, len(want))
	}
	if x.find(tuple{src: 99}) != 0 {
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
