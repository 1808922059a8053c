package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pixsim/dataplane/packet"
)

// nmapPorts are the states of ports in the greppable output.
var nmapPorts = regexp.MustCompile(`(\d+)/([a-z|]+)/`)

// scans are what nmap finds behind a box and at one: state by port, for the ports of each scan. Nothing that is dropped is
// answered, so that a scan by segments of no connection cannot tell a port from a wall.
var scans = []struct {
	name, args, target string
	want               map[string]string
	reaches            []uint16 // ports that it must reach
}{
	{"SYN", "-sS -p 22,25,80,110,113,443", published, behind, []uint16{25, 80, 110}},
	{"connect", "-sT -p 22,25,80,110,113,443", published, behind, []uint16{25, 80, 110}},
	{"SYN from port 53, among decoys", "-sS -g 53 -D 203.0.113.77,198.51.100.9,ME -p 22,25,80,113", published, someOf("22", "25", "80", "113"), []uint16{25, 80}},
	{"SYN with data, in fragments that hold a header", "-sS --mtu 24 --data-length 64 -p 22,25,80,113", published, someOf("22", "25", "80", "113"), []uint16{25, 80}},
	{"SYN in tiny fragments", "-sS -f -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"SYN in fragments of 16", "-sS --mtu 16 --data-length 40 -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"FIN in tiny fragments, from port 53", "-sF -f --source-port 53 -p 22,25,80", published, all("open|filtered", 22, 25, 80), nil},
	{"ACK in fragments of 24, from port 25", "-sA --mtu 24 --data-length 64 -g 25 -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"Xmas with data, wrong checksum", "-sX --badsum --data-length 33 -p 22,25,80", published, all("open|filtered", 22, 25, 80), nil},
	{"SCTP INIT", "-sY -p 80,2905", published, all("filtered", 80, 2905), nil},
	{"SCTP cookie", "-sZ -p 80,2905", published, all("open|filtered", 80, 2905), nil},
	{"idle, behind the published host", "-sI " + published + ":80 -p 22,25", boxHost, nil, nil},
	{"UDP from port 53, in fragments", "-sU -g 53 --mtu 16 --data-length 200 -p 161,514", published, all("open|filtered", 161, 514), nil},
	{"SYN, source route", "-sS --ip-options L203.0.113.1 -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"SYN, record route", "-sS --ip-options R -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"SYN, wrong checksum", "-sS --badsum -p 22,25,80", published, all("filtered", 22, 25, 80), []uint16{80}}, // at 25 the inspection sees to it
	{"ACK", "-sA -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"window", "-sW -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"Maimon", "-sM -p 22,25,80", published, all("open|filtered", 22, 25, 80), nil},
	{"FIN", "-sF -p 22,25,80", published, all("open|filtered", 22, 25, 80), nil},
	{"NULL", "-sN -p 22,25,80", published, all("open|filtered", 22, 25, 80), nil},
	{"Xmas", "-sX -p 22,25,80", published, all("open|filtered", 22, 25, 80), nil},
	{"SYN and FIN", "-sS --scanflags SYNFIN -p 22,25,80", published, all("filtered", 22, 25, 80), nil},
	{"UDP", "-sU -p 53,123,161,514,5000", published, map[string]string{"53": "closed", "123": "closed", "161": "open|filtered", "514": "open|filtered", "5000": "open"}, []uint16{53, 123, 5000}},
	{"protocols", "-sO -p 1,2,4,6,17,41,47,50,89,132", published, all("open|filtered", 1, 2, 4, 6, 17, 41, 47, 50, 89, 132), nil},
	{"the box, SYN", "-sS -p 22,23,25,80,443", boxHost, all("filtered", 22, 23, 25, 80, 443), nil},
	{"the box, UDP", "-sU -p 53,67,123,161,500", boxHost, all("open|filtered", 53, 67, 123, 161, 500), nil},
	{"the box, ACK", "-sA -p 22,23,25", boxHost, all("filtered", 22, 23, 25), nil},
	{"the box, FIN", "-sF -p 22,23,25", boxHost, all("open|filtered", 22, 23, 25), nil},
	{"behind, by its own address", "-sS -p 22,25,80", nearHost, all("filtered", 22, 25, 80), nil},
}

// behind is the published host: one server, two ports at which nobody listens, and a wall.
var behind = map[string]string{"22": "filtered", "25": "open", "80": "closed", "110": "closed", "113": "filtered", "443": "filtered"}

func all(state string, ports ...int) map[string]string {
	m := map[string]string{}
	for _, p := range ports {
		m[strconv.Itoa(p)] = state
	}
	return m
}

func someOf(ports ...string) map[string]string {
	m := map[string]string{}
	for _, p := range ports {
		m[p] = behind[p]
	}
	return m
}

// TestNamespacesNmap: what nmap sees through a box and of one is what it sees of a real one, and none of its tricks brings
// anything in.
func TestNamespacesNmap(t *testing.T) {
	client(t, "nmap")
	besieged(t, func(t *testing.T, release string) {
		s := besiege(t, release)
		for _, c := range scans {
			s.scan(c.name, c.args, c.target, c.want, c.reaches)
		}
		_, out := s.far.runs("nmap", "-Pn", "-n", "-T4", "-O", "--osscan-guess", "--max-os-tries", "1", "-p", "25,80,113", published)
		if !strings.Contains(out, "25/tcp  open") {
			t.Errorf("-O: %s", out)
		}
		s.holds("-O")
		s.box.stops()
	})
}

// scan runs nmap. What is too slow on a busy machine looks filtered: it gets three tries.
func (s *siege) scan(name, args, target string, want map[string]string, reaches []uint16) {
	s.t.Helper()
	tries := "1"
	if reaches == nil { // whatever comes back is wrong
		tries = "0"
	}
	var out string
	reached := map[uint16]bool{}
	for range 3 {
		_, out = s.far.runs("nmap", append(strings.Fields("-Pn -n --disable-arp-ping -T4 --initial-rtt-timeout 300ms --max-rtt-timeout 600ms --max-retries "+tries+" -oG - "+args), target)...)
		for _, d := range s.holds(name) {
			if d.Kind == packet.KindUDP || d.Flags&packet.SYN != 0 {
				reached[d.DstPort] = true
			}
		}
		if sees(out, want) {
			break
		}
	}
	if !sees(out, want) {
		s.t.Errorf("%s: want %v, got %s", name, want, out)
	}
	for _, port := range reaches {
		if !reached[port] {
			s.t.Errorf("%s: nothing came to port %d", name, port)
		}
		delete(reached, port)
	}
	if len(reached) > 0 {
		s.t.Errorf("%s: something came to ports %v", name, reached)
	}
}

func sees(out string, want map[string]string) bool {
	found := nmapPorts.FindAllStringSubmatch(out, -1)
	for _, m := range found {
		if want[m[1]] != m[2] {
			return false
		}
	}
	return len(found) == len(want)
}
