package acl

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Lists with every mask, more of them than a side tells apart, and networks inside networks: pruned and asked one by one
// they answer the same.
func TestPrunedAgainstOracle(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			rules := manyShapes(3000)
			for i := range rules {
				v := &rules[i]
				if seed%2 == 1 && i%3 == 0 { // masks with holes, hundreds of them
					v.Src.Mask = r.Uint32()
				}
				if seed > 2 { // crowded
					v.Src.Addr, v.Dst.Addr = v.Src.Addr>>24, v.Dst.Addr&0xff000003
				}
			}
			rules = rules[:len(rules)-1] // without the rule that fits everything
			l := Compile(rules)
			if l.prunes == nil {
				t.Fatal("the list is not pruned")
			}
			fit := 0
			for range 3000 {
				near := pick(r, rules)
				k := Key{Proto: near.Proto, Src: near.Src.Addr, Dst: near.Dst.Addr, DstPort: near.DstPort.Lo}
				switch r.IntN(4) {
				case 0:
					k.Src ^= 1 << r.IntN(32)
				case 1:
					k.Dst ^= 1 << r.IntN(32)
				case 2:
					k.Src, k.Dst = near.Src.Addr|^near.Src.Mask, near.Dst.Addr|^near.Dst.Mask
				}
				want := oracle(rules, k)
				got, ok := l.Match(k)
				if ok != (want >= 0) || ok && got != &rules[want] {
					t.Fatalf("%+v: got %v, want rule %d", k, got, want)
				}
				if ok {
					fit++
				}
			}
			if fit < 500 {
				t.Errorf("only %d packets fit", fit)
			}
		})
	}
}
