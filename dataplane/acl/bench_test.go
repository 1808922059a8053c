package acl

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkToLinear looks up the last rule but one, and by turns asks the oracle, which tries one rule after another;
// the ratio tells how much is gained.
func BenchmarkToLinear(b *testing.B) {
	for _, n := range []int{10, 1000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rules := bigList(n)
			l := Compile(rules)
			k := Key{Proto: 6, Dst: uint32(n - 5), DstPort: 25, Src: uint32(n-5) << 8}
			many := max(1, 10000/n)
			var compiled, linear time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				for range many {
					if _, ok := l.Match(k); !ok {
						b.Fatal("no rule")
					}
				}
				middle := time.Now()
				for range many {
					if oracle(rules, k) < 0 {
						b.Fatal("no rule")
					}
				}
				compiled += middle.Sub(start)
				linear += time.Since(middle)
			}
			total := float64(b.N * many)
			b.ReportMetric(float64(compiled)/total, "compiled-ns")
			b.ReportMetric(float64(linear)/total, "linear-ns")
			b.ReportMetric(float64(linear)/float64(compiled), "times-faster")
		})
	}
}

// manyShapes is a list of hosts, networks of every size, single ports, ranges and protocols, in no order.
func manyShapes(n int) []Rule {
	r := rand.New(rand.NewPCG(5, 6))
	net := func() Net {
		mask := ^uint32(0) << (r.IntN(17) * r.IntN(2))
		return Net{r.Uint32() & mask, mask}
	}
	rules := make([]Rule, n)
	for i := range rules {
		v := Rule{ID: ID(i), Permit: i%2 == 0, Proto: pick(r, []uint8{0, 1, 6, 6, 6, 17, 17}), Dst: net(), Type: -1, Code: -1}
		if r.IntN(2) == 0 {
			v.Src = net()
		}
		if p := uint16(r.IntN(2000)); v.Proto == 6 || v.Proto == 17 {
			v.DstPort = Ports{Lo: p, Hi: p, Set: true}
			if r.IntN(5) == 0 {
				v.DstPort.Hi += 100
			}
		}
		rules[i] = v
	}
	rules[n-1] = Rule{}
	return rules
}

// BenchmarkManyShapes looks up packets that fit only the last rule of a list of 100,000 with all kinds of masks.
func BenchmarkManyShapes(b *testing.B) {
	l := Compile(manyShapes(100000))
	b.ReportMetric(float64(len(l.tuples)), "tuples")
	r := rand.New(rand.NewPCG(7, 8))
	keys := make([]Key, 1024)
	for i := range keys {
		keys[i] = Key{Proto: 6, Src: r.Uint32(), Dst: r.Uint32(), DstPort: uint16(r.IntN(3000))}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Match(keys[i%len(keys)])
	}
}

// BenchmarkCompile makes a list of 100,000 rules ready.
func BenchmarkCompile(b *testing.B) {
	rules := bigList(100000)
	b.ReportAllocs()
	for b.Loop() {
		Compile(rules)
	}
}
