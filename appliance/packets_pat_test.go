package appliance

import (
	"fmt"
	"strings"
	"testing"
)

// When the ports of a range of the first shared address are all taken the second one serves; then nothing does, and the box
// says so in the words of its release. The other ranges do not mind.
func TestPATRangeUsedUp(t *testing.T) {
	for _, r := range benchReleases(t, "pix-4.1..pix-6.3") {
		b := newBench(t, r)
		b.config("global (outside) 1 203.0.113.41")
		b.config("global (outside) 1 203.0.113.42")
		b.config("nat (inside) 1 0.0.0.0 0.0.0.0")
		send := func(host, port int) string {
			ip, err := made(strings.Fields(fmt.Sprintf("udp 10.2.%d.%d:%d > 198.51.100.7:99", host/250, 1+host%250, port)))
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(b.send("inside", ip), "; ")
		}
		for _, c := range []struct{ port, first, last int }{{511, 1, 511}, {512, 512, 1023}} {
			for _, shared := range []string{"203.0.113.41", "203.0.113.42"} {
				for n := c.first; n <= c.last; n++ {
					if got, want := send(n+1024*int(shared[11]-'1'), c.port), fmt.Sprintf("outside udp %s:%d > 198.51.100.7:99", shared, n); got != want {
						t.Fatalf("%s: %q, want %q", r.Name, got, want)
					}
				}
			}
			b.logs = nil
			if got := send(4000, c.port); got != "" || len(b.logs) != 1 {
				t.Errorf("%s: %q, log %q", r.Name, got, b.logs)
			}
			want := "3-305006 portmap translation creation failed for udp src inside:10.2.16.1/" + fmt.Sprint(c.port) + " dst outside:198.51.100.7/99"
			if r.Version.Major == 4 {
				want = "3-202001 Out of address translation slots!"
			}
			if b.logs[0] != want {
				t.Errorf("%s: log %q, want %q", r.Name, b.logs, want)
			}
		}
		if got := send(4000, 1024); got != "outside udp 203.0.113.41:1024 > 198.51.100.7:99" {
			t.Errorf("%s: %q", r.Name, got)
		}
	}
}
