package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"
)

// fragmentCases are those of testdata/outside.py that meet limits of fragments other than the usual ones.
var fragmentCases = []string{"chain_of_three", "chain_of_four", "short_header", "overlapping", "teardrop", "wall_behind_fragments", "four_that_wait"}

// TestNamespacesFragments: with limits of one's own what they let pass arrives whole and once, nothing else does, and show
// fragment tells of it.
func TestNamespacesFragments(t *testing.T) {
	client(t, "ip")
	run := 0
	for _, release := range siegeReleases {
		if strings.HasPrefix(release, "pix-4") {
			continue // they have no command fragment
		}
		run++
		t.Run(release, func(t *testing.T) { t.Parallel(); withLimits(t, release) })
	}
	if run < 3 {
		t.Errorf("%d releases", run)
	}
}

func withLimits(t *testing.T, release string) {
	s := besiege(t, release, "fragment chain 3 outside", "fragment size 4 outside", "fragment timeout 2 outside")
	p := s.scapy()
	s.box.console.enables(t)
	for _, name := range fragmentCases {
		must, _ := p.plays(name)
		s.holds(name)
		got := map[string]int{}
		for _, d := range s.echoed() {
			sum := sha256.Sum256(d)
			got[hex.EncodeToString(sum[:])]++
		}
		if !maps.Equal(got, must) {
			t.Errorf("%s: of %d datagrams that must come, %d came", name, len(must), len(got))
		}
		var m []string
		var said string
		for late := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) { // until all that waits is given up
			said = s.box.console.does(t, "show fragment outside")
			if m = fragmentLine.FindStringSubmatch(said); len(m) > 0 && m[1] == "0" || time.Now().After(late) {
				break
			}
		}
		if len(m) == 0 || m[1] != "0" {
			t.Fatalf("%s: %q", name, said)
		}
		var queue, whole, refused int
		fmt.Sscan(strings.Join(m[1:], " "), &queue, &whole, &refused)
		if whole < 3 || refused == 0 && name == "four_that_wait" {
			t.Errorf("%s: %q", name, m[0])
		}
	}
	s.box.stops()
}

// fragmentLine has the datagrams that wait, that were put together, that there was no room for, and some that were given up.
var fragmentLine = regexp.MustCompile(`Size: 4, Chain: 3, Timeout: 2(?:.*\n.*)Queue: (\d+), (?:Assembled?|Full assembly): (\d+)(?:, Fail: \d+)?(?:, |\s+Drops: Size )[Oo]verflow: (\d+)`)
