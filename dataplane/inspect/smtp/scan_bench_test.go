package smtp

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkScan is text of a message through a Session, and by turns the same through a bare search for the end of the
// message, which is what the ratio relates it to.
func BenchmarkScan(b *testing.B) {
	const batch = 64 // segments between two looks at the clock
	for _, size := range []int{1460, 64 << 10} {
		seg := []byte(strings.Repeat(strings.Repeat("a", 76)+"\r\n", size/78+1)[:size])
		for _, p := range []Profile{P60(), P72()} {
			b.Run(fmt.Sprintf("%s/%d", p.Name, size), func(b *testing.B) {
				s := New(&p, nil)
				s.enter(b, "DATA_BODY")
				var session, search time.Duration
				n := 0
				b.ReportAllocs()
				for b.Loop() {
					start := time.Now()
					for range batch {
						if s.Segment(t0, ToServer, seg).Take != size {
							b.Fatal("withheld")
						}
					}
					middle := time.Now()
					for range batch {
						if bytes.Contains(seg, []byte("\r\n.\r\n")) {
							b.Fatal("an end")
						}
					}
					session += middle.Sub(start)
					search += time.Since(middle)
					n += batch * size
				}
				b.ReportMetric(float64(n)/1e6/session.Seconds(), "session-MB/s")
				b.ReportMetric(float64(n)/1e6/search.Seconds(), "search-MB/s")
				b.ReportMetric(search.Seconds()/session.Seconds(), "session/search")
			})
		}
	}
}
