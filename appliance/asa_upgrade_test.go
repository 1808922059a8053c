package appliance

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
)

// sameMachine is next on the machine that old runs on.
func sameMachine(next, old *release.Release) *release.Release {
	r := *next
	r.Model = old.Model
	return &r
}

// oldLines are lines of 8.2 about translations and lists, drawn at random.
func oldLines(r *rand.Rand) (lines []string) {
	maybe := func(line string, args ...any) {
		if r.IntN(3) > 0 {
			lines = append(lines, fmt.Sprintf(line, args...))
		}
	}
	host := func() string { return fmt.Sprint("203.0.113.", 10+r.IntN(4)) }
	port := func() int { return []int{25, 80, 110, 2525}[r.IntN(4)] }
	lines = append(lines, fmt.Sprintf("global (outside) 1 %s", []string{"interface", "203.0.113.30"}[r.IntN(2)]))
	maybe("nat-control")
	maybe("nat (inside) 1 10.1.1.0 255.255.255.0")
	maybe("nat (inside) 1 10.2.0.0 255.255.0.0")
	maybe("static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255")
	maybe("static (inside,outside) tcp 203.0.113.11 25 10.1.1.11 2525 netmask 255.255.255.255")
	maybe("static (inside,outside) 203.0.113.12 10.2.0.12 netmask 255.255.255.255")
	for range 1 + r.IntN(4) {
		action := []string{"permit", "permit", "deny"}[r.IntN(3)]
		lines = append(lines, fmt.Sprintf("access-list outside_in extended %s tcp any host %s eq %d", action, host(), port()))
	}
	lines = append(lines, "access-list outside_in extended deny udp any any eq 53", "access-group outside_in in interface outside")
	return lines
}

// oldPacket is a packet that means something to oldLines: the wire and the words of made.
func oldPacket(r *rand.Rand, n int) (in, packet string) {
	far := fmt.Sprintf("198.51.100.%d", 5+r.IntN(3))
	port := []int{25, 80, 110, 2525}[r.IntN(4)]
	if r.IntN(2) == 0 {
		return "outside", fmt.Sprintf("tcp %s:%d > 203.0.113.%d:%d S", far, 2000+n, 10+r.IntN(4), port)
	}
	near := []string{"10.1.1.10", "10.1.1.11", "10.1.1.20", "10.2.0.12", "10.2.0.13"}[r.IntN(5)]
	return "inside", fmt.Sprintf("tcp %s:%d > %s:%d S", near, 2000+n, far, port)
}

// shared is a source port of an address behind which are many: which one it is differs by release.
var shared = regexp.MustCompile(`(203\.0\.113\.(1|30)):\d+ >`)

// What 8.2 did to packets, the releases from 8.3 on do when they have read its configuration.
func TestUpgradeKeepsTrafficASA(t *testing.T) {
	old := benchReleases(t, "asa-8.2")[0]
	for _, next := range benchReleases(t, "asa-8.3..asa-9.12") {
		t.Run(next.Name, func(t *testing.T) {
			t.Parallel()
			before, after := newBench(t, old), newBench(t, sameMachine(next, old))
			passed, refused := 0, 0
			for seed := range uint64(15) {
				r := rand.New(rand.NewPCG(seed, 41))
				a, b := before.another(t), after.another(t)
				a.lines = append(a.lines, oldLines(r)...)
				a.load()
				view := command.View{Release: a.rel, Secrets: true, Names: true}
				b.lines = strings.Split(command.Document(a.c, view, command.Header{}), "\n")
				b.load()
				for n := range 25 {
					in, words := oldPacket(r, n)
					ip, err := made(strings.Fields(words))
					if err != nil {
						t.Fatal(err)
					}
					was, is := shared.ReplaceAllString(strings.Join(a.send(in, ip), "\n"), "$1 >"), shared.ReplaceAllString(strings.Join(b.send(in, slices.Clone(ip)), "\n"), "$1 >")
					if was == "" {
						refused++
					} else {
						passed++
					}
					if was != is {
						t.Fatalf("seed %d: %s %s became %q, and now %q\n%s\n%q\n%q", seed, in, words, was, is, strings.Join(a.lines, "\n"), a.logs, b.logs)
					}
				}
			}
			if passed < 40 || refused < 40 {
				t.Errorf("%d passed, %d refused: the test tests little", passed, refused)
			}
		})
	}
}

// Each release of the ASA takes what the ones before it have saved, and says of each line of a later one that it does not
// take why.
func TestASAUpAndDown(t *testing.T) {
	all := benchReleases(t, "asa-7.2..asa-9.12")
	for i, old := range all {
		for j, next := range all {
			if i == j {
				continue
			}
			t.Run(old.Name+"-"+next.Name, func(t *testing.T) {
				t.Parallel()
				c, refused := cli.Load(sameMachine(next, old), old.Factory)
				for _, l := range refused {
					switch {
					case l.Taken:
					case j > i:
						t.Errorf("%q: %q", l.Text, l.Messages)
					case strings.TrimSpace(strings.Join(l.Messages, "")) == "":
						t.Errorf("%q is refused without a word", l.Text)
					}
				}
				if c.Hostname != "ciscoasa" || len(c.PolicyMaps) == 0 {
					t.Errorf("of %s is left:\n%s", old.Name, command.Document(c, command.View{Release: next}, command.Header{}))
				}
			})
		}
	}
}
