package command

import (
	"net/netip"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// The first screen of a long list does not wait for the rest: when the reader quits, little more was made than was shown.
func TestShowAccessListIsLazy(t *testing.T) {
	r := rel(t, "pix-6.3")
	rule := func(groups *config.GroupRefs, dst netip.Addr) config.ACE {
		return config.ACE{Permit: true, Proto: 6, Src: config.ACEEnd{Net: config.AnyNet}, Dst: config.ACEEnd{Net: config.Host(dst)}, ICMPType: -1, ICMPCode: -1, Groups: groups}
	}
	for name, edit := range map[string]func(*config.Edit){
		"lines": func(e *config.Edit) {
			a := netip.MustParseAddr("10.0.0.0")
			for range 20000 {
				a = a.Next()
				e.AddACE("long", 0, rule(nil, a))
			}
		},
		"rules of a group": func(e *config.Edit) {
			e.SetGroupKind("many", config.GroupNetwork)
			a := netip.MustParseAddr("10.0.0.0")
			for range 20000 {
				a = a.Next()
				e.AddMember("many", config.Member{Net: config.Host(a)})
			}
			e.AddACE("long", 0, rule(&config.GroupRefs{Dst: "many"}, netip.MustParseAddr("0.0.0.0")))
		},
	} {
		d := newDesk(r, lab, edit)
		d.quitAt = 1000
		d.typed(t, "show access-list")
		if n := strings.Count(d.out.String(), "\n"); n < 10 || n > 3*listBatch {
			t.Errorf("%s: %d lines were made for a screen", name, n)
		}
		if l, _ := d.box.Config().ACL("long"); l.Elements() != 20000 {
			t.Fatalf("%d elements", l.Elements())
		}
	}
}

// The first lines of a configuration are not made dearer by the length of its lists: what is made is counted in
// allocations, at least one a line.
func TestRenderIsLazy(t *testing.T) {
	const many = 5000
	each := func(do func(e *config.Edit, a netip.Addr)) func(*config.Edit) {
		return func(e *config.Edit) {
			a := netip.MustParseAddr("10.0.0.0")
			for range many {
				a = a.Next()
				do(e, a)
			}
		}
	}
	for name, long := range map[string]struct {
		release string
		edit    func(*config.Edit)
	}{
		"access-list": {"pix-6.3", each(func(e *config.Edit, a netip.Addr) {
			e.AddACE("long", 0, config.ACE{Proto: 6, Src: config.ACEEnd{Net: config.AnyNet}, Dst: config.ACEEnd{Net: config.Host(a)}, ICMPType: -1, ICMPCode: -1})
		})},
		"object-group": {"asa-8.2", func(e *config.Edit) {
			e.SetGroupKind("many", config.GroupNetwork)
			each(func(e *config.Edit, a netip.Addr) { e.AddMember("many", config.Member{Net: config.Host(a)}) })(e)
		}},
		"conduit": {"pix-4.2", each(func(e *config.Edit, a netip.Addr) {
			e.AddConduit(config.Conduit{Permit: true, Proto: 6, Global: config.Host(a), Foreign: config.AnyNet, ICMPType: -1})
		})},
		"conduit of old": {"pix-4.0", each(func(e *config.Edit, a netip.Addr) {
			e.AddConduit(config.Conduit{Permit: true, Proto: 17, Global: config.Host(a), Foreign: config.AnyNet, ICMPType: -1})
		})},
		"static": {"pix-5.3", each(func(e *config.Edit, a netip.Addr) {
			e.SetStatic(config.Static{RealIf: "inside", MappedIf: "outside", Mapped: a, Real: a, Mask: config.MaskOf(32)})
		})},
		"name": {"pix-4.4", each(func(e *config.Edit, a netip.Addr) {
			e.AddName(config.Name{Addr: a, Name: "h" + strings.ReplaceAll(a.String(), ".", "-")})
		})},
	} {
		short, d := newDesk(rel(t, long.release), lab), newDesk(rel(t, long.release), lab, long.edit)
		head := func(d *desk) func() {
			return func() {
				lines := 0
				for range d.Running(View{Release: d.box.rel, Names: true}) {
					if lines++; lines == 5 {
						break
					}
				}
			}
		}
		before, now := testing.AllocsPerRun(1, head(short)), testing.AllocsPerRun(1, head(d))
		if now > before+many/2 {
			t.Errorf("%s: five lines take %v allocations, %v without the long list", name, now, before)
		}
		shown, _ := d.typed(t, "write terminal")
		if n := strings.Count(shown, "\n"); n < many {
			t.Errorf("%s: the whole has %d lines", name, n)
		}
	}
}

// The lines of a command that has a Section all stand there.
func TestSectionOfLines(t *testing.T) {
	for _, r := range release.All() {
		for _, cmd := range All() {
			if cmd.Section == "" || !cmd.Span.Holds(r) {
				continue
			}
			c := newDesk(r, lab).box.conf
			for l := range cmd.Lines(c, View{Release: r, Names: true}) {
				if l.Section != cmd.Section {
					t.Errorf("%s: %q stands in %q, not in %q", r.Name, l.Text, l.Section, cmd.Section)
				}
			}
		}
	}
}
