package command

import (
	"net/netip"
	"strings"
	"testing"

	"pixsim/appliance/config"
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
