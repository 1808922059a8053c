package appliance_test

import (
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"pixsim/cli/command"
	"pixsim/dataplane"
)

// tracedRules are configuration lines on top of the lab's, by what the release calls translations.
var tracedRules = map[bool][]string{
	false: {
		"access-list free extended permit ip 10.1.1.0 255.255.255.0 192.0.2.0 255.255.255.0",
		"nat (inside) 0 access-list free", "nat (inside) 1 10.1.1.0 255.255.255.0", "global (outside) 1 203.0.113.40-203.0.113.50",
		"static (inside,outside) tcp 203.0.113.61 www 10.1.1.61 8080 netmask 255.255.255.255",
	},
	true: {
		"object network far", "subnet 192.0.2.0 255.255.255.0", "object network web", "host 10.1.1.61",
		"nat (inside,outside) static 203.0.113.61 service tcp 8080 www",
		"nat (inside,outside) source static inside-net inside-net destination static far far",
		"nat (inside,outside) after-auto source dynamic any interface",
	},
}

var tracedLists = []string{
	"object-group network peers", "network-object 198.51.100.0 255.255.255.128", "network-object host 192.0.2.9",
	"object-group service doors tcp", "port-object eq smtp", "port-object range 8000 8100",
	"access-list outside_in line 1 extended deny udp host 192.0.2.9 any",
	"access-list outside_in line 2 extended permit tcp object-group peers any object-group doors",
	"access-list outside_in extended permit icmp any any echo", "access-list outside_in extended permit tcp any any eq www log",
	"access-list leaves extended permit ip any any", "access-group leaves out interface outside",
	"class-map doors", "match access-list outside_in", "policy-map doors", "class doors", "set connection conn-max 900", "inspect http",
	"service-policy doors interface outside",
}

// What packet-tracer quotes stands in the running configuration, word for word; xml says the same as the text; and
// its reason of a drop is the one that show asp drop counts.
func TestPacketTracerQuotesTheConfiguration(t *testing.T) {
	for _, name := range []string{"pix-7.2", "asa-8.2", "asa-8.3", "asa-9.1", "asa-9.8", "asa-9.12"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			k := newClerk(t, w)
			k.s.SetMode(command.Configure)
			for _, line := range append(tracedRules[w.rel.NAT.ByTable], tracedLists...) {
				if reply := k.in(line); strings.Contains(reply, "ERROR") {
					t.Fatalf("%s: %s", line, reply)
				}
			}
			running := map[string]bool{"Implicit Rule": true}
			for line := range strings.SplitSeq(k.typed(command.Privileged, "show running-config"), "\n") {
				running[strings.TrimRight(line, " ")] = true
			}
			if !w.rel.NAT.ByTable { // what show nat says of a line stands behind it
				for line := range strings.SplitSeq(k.typed(command.Privileged, "show nat"), "\n") {
					running[strings.TrimRight(natCounts.ReplaceAllString(line, "hits = N"), " ")] = true
				}
			}
			r := rand.New(rand.NewPCG(3, 9))
			kinds, quoted := map[string]int{}, 0
			for range 150 {
				line := tracedLine(r)
				before := dropsOf(w)
				text := k.typed(command.Privileged, line)
				phases := phasesOf(text)
				for _, p := range phases {
					kinds[p.Type+" "+p.Result]++
					for _, c := range p.Config {
						quoted++
						if !running[strings.TrimRight(c, " ")] {
							t.Errorf("%s: %q is not in the configuration", line, c)
						}
					}
				}
				if drop, now := strings.Contains(text, "Action: drop"), dropsOf(w); drop != (now == before+1) || !drop && now != before {
					t.Errorf("%s: %d drops, then %d:\n%s", line, before, now, text)
				}
				compareXML(t, line, phases, k.typed(command.Privileged, line+" xml"))
				if got := k.typed(command.Privileged, "show conn count"); !strings.HasPrefix(got, "0 in use") {
					t.Fatalf("%s leaves connections: %s", line, got)
				}
			}
			for _, kind := range []string{"UN-NAT ALLOW", "NAT ALLOW", "ACCESS-LIST ALLOW", "ACCESS-LIST DROP", "INSPECT ALLOW", "CONN-SETTINGS ALLOW", "FLOW-CREATION ALLOW"} {
				if kinds[kind] == 0 {
					t.Errorf("no phase %s: %v", kind, kinds)
				}
			}
			if quoted < 300 {
				t.Errorf("only %d lines quoted", quoted)
			}
		})
	}
}

// in types a line in the mode that the lines before it opened.
func (k clerk) in(line string) string {
	from := k.glass.len()
	k.s.Exec(k.t.Context(), line)
	return k.glass.String()[from:]
}

func dropsOf(w *world) (n uint64) {
	w.box.Do(func(s *dataplane.State) {
		for _, d := range s.Drops() {
			n += d.Count
		}
	})
	return n
}

func tracedLine(r *rand.Rand) string {
	src, dst := []string{"10.1.1.10", "10.1.1.61", "10.1.1.77", "10.1.1.1"}, []string{"198.51.100.25", "192.0.2.9", "203.0.113.61", "10.1.1.61", "127.0.0.1"}
	in := "inside"
	if r.IntN(3) > 0 {
		in = "outside"
		src, dst = []string{"198.51.100.25", "198.51.100.200", "192.0.2.9"}, []string{"203.0.113.10", "203.0.113.61", "203.0.113.1", "203.0.113.99", "10.1.1.10"}
	}
	a, b := src[r.IntN(len(src))], dst[r.IntN(len(dst))]
	port := []int{25, 80, 8080, 8050, 53, 22, 999}[r.IntN(7)]
	switch r.IntN(6) {
	case 0:
		return fmt.Sprintf("packet-tracer input %s udp %s 1025 %s %d", in, a, b, port)
	case 1:
		return fmt.Sprintf("packet-tracer input %s icmp %s %d 0 %s", in, a, []int{0, 3, 8}[r.IntN(3)], b)
	case 2:
		return fmt.Sprintf("packet-tracer input %s rawip %s %d %s", in, a, []int{47, 50, 89}[r.IntN(3)], b)
	}
	return fmt.Sprintf("packet-tracer input %s tcp %s 1025 %s %d", in, a, b, port)
}

// tracedPhase is a phase as the text has it.
type tracedPhase struct {
	Type, Subtype, Result string
	Config, Info          []string
}

// natCounts are what a trace itself changes.
var natCounts = regexp.MustCompile(`hits = \d+`)

func phasesOf(text string) []tracedPhase {
	var all []tracedPhase
	body, _, _ := strings.Cut(text, "\nResult:\ninput-interface")
	part := ""
	for line := range strings.SplitSeq(body, "\n") {
		line = natCounts.ReplaceAllString(line, "hits = N")
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "Phase: "):
			all, part = append(all, tracedPhase{}), ""
		case len(all) == 0:
		case line == "Config:" || line == "Additional Information:":
			part = line
		case part == "Config:":
			all[len(all)-1].Config = append(all[len(all)-1].Config, line)
		case part != "" && line != "":
			all[len(all)-1].Info = append(all[len(all)-1].Info, line)
		case key == "Type":
			all[len(all)-1].Type = value
		case key == "Subtype":
			all[len(all)-1].Subtype = value
		case key == "Result":
			all[len(all)-1].Result = value
		}
	}
	return all
}

func compareXML(t *testing.T, line string, want []tracedPhase, text string) {
	var doc struct {
		Phases []struct {
			ID      int    `xml:"id"`
			Type    string `xml:"type"`
			Subtype string `xml:"subtype"`
			Result  string `xml:"result"`
			Config  string `xml:"config"`
		} `xml:"Phase"`
		Action string `xml:"result>action"`
	}
	if err := xml.Unmarshal([]byte("<trace>"+text+"</trace>"), &doc); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, text)
	}
	if len(doc.Phases) != len(want) || doc.Action == "" {
		t.Fatalf("%s: %d phases in xml, %d in the text", line, len(doc.Phases), len(want))
	}
	for i, p := range doc.Phases {
		if p.ID != i+1 || p.Type != want[i].Type || p.Subtype != strings.TrimSpace(want[i].Subtype) || p.Result != want[i].Result || natCounts.ReplaceAllString(p.Config, "hits = N") != strings.Join(want[i].Config, "\n") {
			t.Errorf("%s: phase %d is %+v in xml, %+v in the text", line, i+1, p, want[i])
		}
	}
}
