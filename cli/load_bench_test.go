package cli

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pixsim/appliance/config"
)

// longList is a configuration with an access-list of n lines as administrators' scripts write it.
func longList(n int) string {
	var b strings.Builder
	for i := range n {
		host := fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "access-list outside_in permit tcp any host %s eq smtp\n", host)
		case 1:
			fmt.Fprintf(&b, "access-list outside_in permit tcp 192.0.2.0 255.255.255.0 host %s range 1024 2000\n", host)
		case 2:
			fmt.Fprintf(&b, "access-list outside_in deny udp host 198.51.100.7 host %s eq domain\n", host)
		default:
			fmt.Fprintf(&b, "access-list outside_in permit icmp any host %s echo-reply\n", host)
		}
	}
	return b.String()
}

// longGroups is a list of few lines whose object-groups stand for n rules.
func longGroups(n int) string {
	var b strings.Builder
	b.WriteString("object-group service ports tcp\n")
	for p := range 10 {
		fmt.Fprintf(&b, "  port-object eq %d\n", 9000+p)
	}
	b.WriteString("object-group network servers\n")
	for i := range n / 10 {
		fmt.Fprintf(&b, "  network-object host 10.%d.%d.%d\n", i>>16&255, i>>8&255, i&255)
	}
	b.WriteString("access-list outside_in permit tcp any object-group servers object-group ports\n")
	return b.String()
}

// BenchmarkLoad reads a configuration with a list of 100,000 lines, and one whose object-groups stand for as many.
func BenchmarkLoad(b *testing.B) {
	rel := named(b, "pix-6.3")
	const n = 100000
	for _, x := range []struct{ name, text string }{{"lines", longList(n)}, {"groups", longGroups(n)}} {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			var c *config.Config
			before := heap()
			for b.Loop() {
				var refused []Refused
				if c, refused = Load(rel, x.text); len(refused) > 0 {
					b.Fatal(refused[0])
				}
			}
			b.ReportMetric(float64(heap()-before)/n, "octets/rule")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/load")
			if c.Elements() != n {
				b.Fatalf("%d rules", c.Elements())
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
