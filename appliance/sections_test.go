package appliance_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// show running-config X shows the lines that begin with X and nothing else, and clear configure X takes them away but for
// what is there without having been typed: every X that ? names, on a box that has the forms of the references.
func TestSectionsOfRunningConfig(t *testing.T) {
	for _, name := range []string{"asa-8.2", "asa-9.8"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile("testdata/forms/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, name, worldOptions{startup: strings.TrimPrefix(string(text), "#")})
			bare := newClerk(t, newWorld(t, name, worldOptions{startup: "!"}))
			k := newClerk(t, w)
			all := sectionLines(k.typed(command.Privileged, "show running-config"))
			tried := 0
			for _, x := range sectionsHelped(w.box.Release()) {
				got := sectionLines(k.typed(command.Privileged, "show running-config "+x))
				var want []string
				in, head := false, x
				if x == "ipsec" || x == "isakmp" {
					head = "crypto " + x
				}
				for _, l := range all {
					if !strings.HasPrefix(l, " ") {
						l := strings.TrimPrefix(l, "no ")
						in = l == head || strings.HasPrefix(l, head+" ")
					}
					if in {
						want = append(want, l)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) && x != "terminal" && x != "nat" && x != "object" {
					t.Errorf("show running-config %s\n%s", x, difference(strings.Join(want, "\n")+"\n", strings.Join(got, "\n")+"\n"))
				}
				if len(want) > 0 {
					tried++
				}
			}
			for _, x := range sectionsHelped(w.box.Release()) {
				usual := sectionLines(bare.typed(command.Privileged, "show running-config "+x))
				if said := k.typed(command.Configure, "clear configure "+x); strings.Contains(said, "Invalid") || strings.Contains(said, "ERROR") {
					continue // of what other lines use, or what has no clear of its own
				}
				for _, l := range sectionLines(k.typed(command.Privileged, "show running-config "+x)) {
					if !slices.Contains(usual, l) && x != "interface" {
						t.Errorf("clear configure %s leaves %q", x, l)
					}
				}
			}
			if tried < 30 {
				t.Errorf("only %d sections have lines", tried)
			}
		})
	}
}

// sectionLines are the configuration lines of a listing, without the lines that stand between.
func sectionLines(text string) (out []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimRight(l, " \r\n"); l != "" && l != "!" && !strings.HasPrefix(l, ":") && !strings.HasPrefix(l, "Cryptochecksum") {
			out = append(out, l)
		}
	}
	return out
}

// sectionsHelped are the words that ? lists behind show running-config, but for "all".
func sectionsHelped(rel *release.Release) (out []string) {
	for c := range command.Of(rel) {
		if c.Name != "show running-config" {
			continue
		}
		for _, w := range g.NewSet(rel, c.Syntax).Help(vocabulary{rel: rel}, "show running-config ").Items {
			if w.Literal && w.Text != "all" {
				out = append(out, w.Text)
			}
		}
	}
	return out
}

// clear configure secondary leaves what the box needs to reach a network, and primary takes that.
func TestClearHalves(t *testing.T) {
	for _, name := range []string{"pix-7.2", "asa-8.2", "asa-9.8"} {
		w := newWorld(t, name, worldOptions{})
		k := newClerk(t, w)
		k.typed(command.Configure, "access-list a extended permit ip any any")
		if said := k.typed(command.Configure, "clear configure secondary"); said != "" {
			t.Errorf("%s: %q", name, said)
		}
		if text := w.running(); strings.Contains(text, "\naccess-list") || strings.Contains(text, "\ntelnet 10.") || !strings.Contains(text, "\nroute outside ") || !strings.Contains(text, " ip address 10.1.1.1 ") {
			t.Errorf("%s: secondary leaves\n%s", name, text)
		}
		if said := k.typed(command.Configure, "clear configure primary"); said != "" {
			t.Errorf("%s: %q", name, said)
		}
		if text := w.running(); strings.Contains(text, "\nroute ") || strings.Contains(text, " ip address 10.") || !strings.Contains(text, "nameif inside") {
			t.Errorf("%s: primary leaves\n%s", name, text)
		}
	}
}
