package appliance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// A small box has a licence for so many hosts of its inside; the next one is refused until another has been silent.
func TestLicenceOfHosts(t *testing.T) {
	for name, most := range map[string]int{"pix-6.1-501": 10, "pix-6.3-501": 10, "pix-6.3-501-50": 50, "pix-6.3": 60} {
		t.Run(name, func(t *testing.T) {
			rel, err := release.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			b := newBench(t, rel)
			b.script("config nat (inside) 1 10.1.1.0 255.255.255.0\nconfig global (outside) 1 interface\nsay *")
			call := func(host int) []string {
				b.logs = nil
				ip, err := made(strings.Fields(fmt.Sprintf("udp 10.1.1.%d:1025 > 198.51.100.7:99", host)))
				if err != nil {
					t.Fatal(err)
				}
				return b.send("inside", ip)
			}
			for host := range most {
				if left := call(host + 2); len(left) != 1 {
					t.Fatalf("host %d of %d: %q, log %q", host+1, most, left, b.logs)
				}
			}
			if name == "pix-6.3" { // an unrestricted licence
				return
			}
			if left := call(100); len(left) != 0 {
				t.Errorf("one more leaves as %q", left)
			}
			want := fmt.Sprintf("4-407001 Deny traffic for local-host inside:10.1.1.100, license limit of %d exceeded", most)
			if !slices.Contains(b.logs, want) {
				t.Errorf("the log says %q, not %q", b.logs, want)
			}
			if left := call(2); len(left) != 1 {
				t.Errorf("one of those that have a place leaves as %q", left)
			}
			for _, idle := range []config.Timer{config.TimerUDP, config.TimerXlate} {
				b.wait(b.c.Timeouts.Of(idle) + time.Minute)
			}
			if left := call(100); len(left) != 1 {
				t.Errorf("after silence it leaves as %q", left)
			}
		})
	}
}
