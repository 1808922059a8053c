package appliance

import (
	"fmt"
	"strings"
	"testing"
)

// TestPATRanges: when the ports of the first shared address are all taken the second one serves.
func TestPATRanges(t *testing.T) {
	for _, r := range benchReleases(t, "pix-6.3") {
		b := newBench(t, r)
		b.config("global (outside) 1 203.0.113.41")
		b.config("global (outside) 1 203.0.113.42")
		b.config("nat (inside) 1 0.0.0.0 0.0.0.0")
		const ports = 65536 - 1024
		for n := range ports + 10 {
			ip, err := made(strings.Fields(fmt.Sprintf("udp 10.1.1.%d:%d > 198.51.100.7:99", 2+n/60000, 1+n%60000)))
			if err != nil {
				t.Fatal(err)
			}
			want := "outside udp 203.0.113.41:"
			if n >= ports {
				want = "outside udp 203.0.113.42:"
			}
			if left := b.send("inside", ip); len(left) != 1 || !strings.HasPrefix(left[0], want) {
				t.Fatalf("%d: %q, want %s", n, left, want)
			}
		}
	}
}
