package acl

import (
	"fmt"
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
