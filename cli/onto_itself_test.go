package cli

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// A configuration that is merged into itself changes nothing and has nothing said about it but what informs: of each
// release, of lines of every kind.
func TestOntoItself(t *testing.T) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(1) {
				b := wandered(t, rel.Name, seed)
				first := b.text()
				said := merge(b.table, b.edit, first, false)
				for _, r := range said {
					if !r.Taken || strings.Contains(r.Messages[0], "uplicate") || strings.Contains(r.Messages[0], "exist") {
						t.Errorf("%q: %q", r.Text, r.Messages)
					}
				}
				if got := b.text(); got != first {
					t.Errorf("seed %d of %d lines: %s", seed, strings.Count(first, "\n"), parted(first, got))
				}
			}
		})
	}
}

// What a merged text takes away first it puts back, and a line that it has once more is one more.
func TestMergeIsNoCopy(t *testing.T) {
	b := typed(t, "asa-8.2", "interface Ethernet0/1\n nameif inside\n ip address 10.9.9.1 255.255.255.0\nbanner motd one\naccess-list A extended permit ip any any\nroute inside 10.0.0.0 255.0.0.0 10.9.9.9 1\n")
	merge(b.table, b.edit, "banner motd one\nbanner motd one\nclear configure access-list A\naccess-list A extended permit ip any any\n"+
		"no route inside 10.0.0.0 255.0.0.0\nroute inside 10.0.0.0 255.0.0.0 10.9.9.9 1\n", false)
	c := b.edit.View()
	if a, ok := c.ACL("A"); !ok || a.Entries.Len() != 1 || c.Routes.Len() != 1 || !slices.Equal(c.Banners[0].Lines, []string{"one", "one"}) {
		t.Errorf("%v %v %v", a, c.Routes, c.Banners)
	}
	if b.try("route inside 10.0.0.0 255.0.0.0 10.9.9.9 1") || len(b.said) != 1 {
		t.Errorf("typed: %q", b.said)
	}
}

// Of what is pasted, each line is typed: a banner and a remark that are there are added once more, a rule is not, and nothing
// else becomes more. Merged, the same text changes nothing, whichever release.
func TestPastedOntoItself(t *testing.T) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			b := typed(t, rel.Name, named(t, rel.Name).Factory)
			for _, l := range []string{"banner motd one", "banner motd two", "banner exec in", "access-list A remark said", "access-list A permit ip host 10.9.9.9 any"} {
				b.try(l) // not every release has them
			}
			first := b.text()
			if merge(b.table, b.edit, first, false); b.text() != first {
				t.Errorf("merged: %s", parted(first, b.text()))
			}
			want := map[string]int{}
			for line := range strings.Lines(first) {
				want[line]++
				if strings.HasPrefix(line, "banner ") || strings.Contains(line, " remark ") {
					want[line]++
				}
				b.try(strings.TrimRight(line, "\n"))
			}
			for line := range strings.Lines(b.text()) {
				want[line]--
			}
			for line, n := range want {
				if n != 0 && !strings.Contains(line, "ryptochecksum") {
					t.Errorf("%q: %d too few", line, n)
				}
			}
		})
	}
}

// parted is where two texts part.
func parted(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return strings.Join(x[max(0, i-1):min(i+4, len(x))], "\n") + "\nand then\n" + strings.Join(y[max(0, i-1):min(i+4, len(y))], "\n")
		}
	}
	return strings.Join(y[min(len(x), len(y)):], "\n")
}

// wandered is a box with a configuration of what its grammar makes, whose lines go together.
func wandered(t *testing.T, name string, seed uint64) *typist {
	b := typed(t, name, named(t, name).Factory)
	r := rand.New(rand.NewPCG(seed, 5))
	for range 2500 {
		m := b.mode
		if r.IntN(4) > 0 {
			m = command.Configure
		}
		all := b.table.commands(m)
		if c := all[r.IntN(len(all))]; c.Set != nil {
			b.try(g.Generate(c.Syntax, newEnv(b.edit.View()), r))
		}
	}
	e := config.New(b.table.rel)
	merge(b.table, e, b.text(), false) // what does not go together, as it came one by one, is refused
	b.edit, b.env, b.mode, b.path = e, nil, command.Configure, nil
	return b
}

// A type of ICMP is printed by the name that the release has for it, and by its number elsewhere; each name is taken.
func TestICMPTypeNames(t *testing.T) {
	for name, want := range map[string]string{"pix-6.3": "30", "pix-7.0": "traceroute", "asa-9.12": "traceroute"} {
		b := typed(t, name, "")
		b.must("object-group icmp-type TYPES", "icmp-object 30", "icmp-object 8")
		for _, l := range []string{"icmp-object " + want, "icmp-object echo"} {
			if !strings.Contains(b.text(), l+"\n") && !strings.Contains(b.text(), l+" \n") {
				t.Errorf("%s has no %q in\n%s", name, l, b.text())
			}
		}
		if taken := b.try("icmp-object traceroute"); want == "30" && taken {
			t.Errorf("%s: traceroute: %t %q", name, taken, b.said)
		}
	}
}
