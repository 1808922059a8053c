package command

import (
	"net/netip"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// longConfig has so many access-list lines, conduits, names, statics and members of a group.
func longConfig(t *testing.T, n int) *config.Config {
	e := config.New(rel(t, "pix-6.3"))
	e.SetGroupKind("many", config.GroupNetwork)
	a := netip.MustParseAddr("10.0.0.0")
	for range n {
		a = a.Next()
		e.AddMember("many", config.Member{Net: config.Host(a)})
		e.AddACE("long", 0, config.ACE{Permit: true, Src: config.ACEEnd{Net: config.Host(a)}, Dst: config.ACEEnd{Net: config.AnyNet}, ICMPType: -1, ICMPCode: -1})
		e.AddConduit(config.Conduit{Permit: true, Proto: 6, Global: config.Host(a), Foreign: config.AnyNet, ICMPType: -1})
		e.SetStatic(config.Static{RealIf: "inside", MappedIf: "outside", Mapped: a, Real: a, Mask: config.MaskOf(32)})
	}
	return e.Config()
}

// The first screen costs the same whatever the length of the configuration: what comes later is not made yet.
func TestRenderIsLazy(t *testing.T) {
	screen := func(c *config.Config) float64 {
		return testing.AllocsPerRun(3, func() {
			n := 0
			for range Render(c, View{Release: c.Release}) {
				if n++; n == 100 {
					return
				}
			}
		})
	}
	if short, long := screen(longConfig(t, 200)), screen(longConfig(t, 4000)); long > short+50 {
		t.Errorf("a screen of a long configuration takes %v allocations, of a short one %v", long, short)
	}
}

// A command that says where its lines stand has them all there.
func TestSectionOfLines(t *testing.T) {
	c := longConfig(t, 10)
	n := 0
	for _, cmd := range All() {
		if cmd.Section == "" || !cmd.Span.Holds(c.Release) {
			continue
		}
		for l := range cmd.Lines(c, View{Release: c.Release}) {
			if n++; l.Section != cmd.Section {
				t.Errorf("%s has a line in section %s, not %s: %s", cmd.Name, l.Section, cmd.Section, l.Text)
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d lines", n)
	}
	for _, cmd := range All() {
		if cmd.Section != "" && cmd.Lines == nil {
			t.Errorf("%s has a section and no lines", cmd.Name)
		}
		for _, r := range release.All() {
			if cmd.Section != "" && cmd.Span.Holds(r) && !inOrder(r, cmd.Section) {
				t.Errorf("%s: %s has no place in %s", cmd.Name, cmd.Section, r.Name)
			}
		}
	}
}

func inOrder(r *release.Release, s release.Section) bool {
	for _, o := range r.Order {
		if o == s {
			return true
		}
	}
	return false
}
