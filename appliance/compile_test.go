package appliance

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

func mustRelease(t *testing.T, name string) *release.Release {
	t.Helper()
	r, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustLoad(t *testing.T, r *release.Release, lines ...string) *config.Config {
	t.Helper()
	c, refused := cli.Load(r, strings.Join(lines, "\n"))
	for _, l := range refused {
		if !l.Taken {
			t.Fatalf("line %d %q refused: %q", l.Line, l.Text, l.Messages)
		}
	}
	return c
}

// Every comparison of ports means to the engine what it means in the line.
func TestPortSet(t *testing.T) {
	meaning := map[config.PortOp]func(m config.PortMatch, p uint16) bool{
		config.PortAny:   func(m config.PortMatch, p uint16) bool { return true },
		config.PortEq:    func(m config.PortMatch, p uint16) bool { return p == m.Lo },
		config.PortNeq:   func(m config.PortMatch, p uint16) bool { return p != m.Lo },
		config.PortLt:    func(m config.PortMatch, p uint16) bool { return p < m.Lo },
		config.PortGt:    func(m config.PortMatch, p uint16) bool { return p > m.Lo },
		config.PortRange: func(m config.PortMatch, p uint16) bool { return p >= m.Lo && p <= m.Hi },
	}
	for op, want := range meaning {
		for _, lo := range []uint16{0, 1, 25, 65534, 65535} {
			for _, hi := range []uint16{lo, 65535} {
				m := config.PortMatch{Op: op, Lo: lo, Hi: hi}
				list := acl.Compile([]acl.Rule{{Permit: true, Proto: 6, DstPort: portSet(m), Type: -1, Code: -1}})
				for _, p := range []uint16{0, 1, 24, 25, 26, 65534, 65535} {
					_, got := list.Match(acl.Key{Proto: 6, DstPort: p})
					if got != want(m, p) {
						t.Errorf("op %d %d-%d fits port %d: %v", op, lo, hi, p, got)
					}
				}
			}
		}
	}
}

// An edit that leaves a list alone leaves its compiled form alone; one that changes it does not touch the others.
func TestCompileReuses(t *testing.T) {
	r := mustRelease(t, "pix-6.3")
	c := mustLoad(t, r,
		"ip address outside 203.0.113.1 255.255.255.0",
		"access-list a permit tcp any host 203.0.113.10 eq smtp",
		"access-list b permit udp any any eq domain",
		"access-list own permit tcp any interface outside eq smtp",
		"access-group a in interface outside",
		"access-group b in interface inside",
		"conduit permit tcp host 203.0.113.10 eq smtp any")
	k := &compiler{rel: r, mac: r.Model.MACOf}
	first := k.compile(c)
	e := config.From(c)
	e.AddACE("a", 0, config.ACE{Permit: true, Proto: 6, Src: config.ACEEnd{Net: config.AnyNet}, Dst: config.ACEEnd{Net: config.AnyNet}, ICMPType: -1, ICMPCode: -1})
	second := k.compile(e.Config())
	if first.Interfaces[0].In == second.Interfaces[0].In {
		t.Error("a changed list was not compiled again")
	}
	if first.Interfaces[1].In != second.Interfaces[1].In {
		t.Error("a list that did not change was compiled again")
	}
	if first.Conduits != second.Conduits || first.Conduits == nil {
		t.Error("conduits that did not change were compiled again")
	}
	own := c.ACLs.At(2)
	before := k.lists[own]
	e = config.From(e.Config())
	e.SetInterface(0, func(f *config.Interface) { f.Addr = netip.MustParsePrefix("203.0.113.9/24") })
	k.compile(e.Config())
	if k.lists[own] == before {
		t.Error("a list by an interface's address was kept over a change of the address")
	}
	if r, ok := k.lists[own].Match(acl.Key{Proto: 6, Dst: packet.U32(netip.MustParseAddr("203.0.113.9")), DstPort: 25}); !ok || !r.Permit {
		t.Error("interface outside does not mean its new address")
	}
}

// What mailhost, fixup and policy-maps make of a connection to port 25.
func TestInspects(t *testing.T) {
	for _, c := range []struct {
		release string
		lines   []string
		want    []dataplane.Inspect
	}{
		{"pix-4.1", []string{"mailhost (inside,outside) 203.0.113.10 10.1.1.10 0 0"},
			[]dataplane.Inspect{{Lo: 25, Hi: 25, Server: netip.MustParsePrefix("203.0.113.10/32")}}},
		{"pix-4.1", []string{"static (inside,outside) 203.0.113.10 10.1.1.10 0 0"}, nil},
		{"pix-4.4", nil, []dataplane.Inspect{{Lo: 25, Hi: 25}}},
		{"pix-6.3", []string{"no fixup protocol smtp 25"}, nil},
		{"pix-6.3", []string{"fixup protocol smtp 2525"}, []dataplane.Inspect{{Lo: 25, Hi: 25}, {Lo: 2525, Hi: 2525}}},
		{"pix-6.3", []string{"fixup protocol smtp 587-600", "no fixup protocol smtp 25"}, []dataplane.Inspect{{Lo: 587, Hi: 600}}},
	} {
		r := mustRelease(t, c.release)
		k := &compiler{rel: r, mac: r.Model.MACOf}
		got := k.compile(mustLoad(t, r, c.lines...)).Inspect
		if len(got) != len(c.want) {
			t.Errorf("%s %q: %d rules, want %d", c.release, c.lines, len(got), len(c.want))
			continue
		}
		for i, w := range c.want {
			if g := got[i]; g.Lo != w.Lo || g.Hi != w.Hi || g.Server != w.Server || g.Profile != &r.SMTP || g.If != dataplane.None {
				t.Errorf("%s %q: rule %d is %+v", c.release, c.lines, i, g)
			}
		}
	}
}

// The options of sysopt that reach the engine.
func TestSysopt(t *testing.T) {
	for _, c := range []struct {
		release string
		lines   []string
		mss     int
		quiet   string // the interfaces without proxy ARP
	}{
		{"pix-4.4", nil, 0, ""},
		{"pix-6.3", nil, 1380, ""},
		{"pix-6.3", []string{"sysopt connection tcpmss 1200", "sysopt noproxyarp outside"}, 1200, "outside"},
		{"pix-6.3", []string{"sysopt connection tcpmss 0", "sysopt noproxyarp inside", "sysopt noproxyarp outside", "no sysopt noproxyarp outside"}, 0, "inside"},
		{"pix-6.3", []string{"sysopt connection tcpmss 1200", "no sysopt connection tcpmss"}, 1380, ""},
		{"pix-6.3", []string{"sysopt noproxyarp outside", "nameif ethernet0 wan security0"}, 1380, "wan"},
	} {
		r := mustRelease(t, c.release)
		k := &compiler{rel: r, mac: r.Model.MACOf}
		p := k.compile(mustLoad(t, r, c.lines...))
		quiet := ""
		for _, f := range p.Interfaces {
			if f.NoProxyARP {
				quiet += f.Name
			}
		}
		if p.Rules.MSSClamp != c.mss || quiet != c.quiet {
			t.Errorf("%s %q: segments of %d, no proxy ARP on %q", c.release, c.lines, p.Rules.MSSClamp, quiet)
		}
	}
}

// A mailhost is a static and an opening for SMTP alone.
func TestMailhost(t *testing.T) {
	r := mustRelease(t, "pix-4.1")
	k := &compiler{rel: r, mac: r.Model.MACOf}
	p := k.compile(mustLoad(t, r, "mailhost (inside,outside) 203.0.113.10 10.1.1.10 5 7"))
	if len(p.Statics) != 1 || p.Statics[0].Real.Addr().String() != "10.1.1.10" || p.Statics[0].Limits.MaxConns != 5 || p.Statics[0].Limits.MaxEmbryonic != 7 {
		t.Errorf("statics: %+v", p.Statics)
	}
	key := acl.Key{Proto: 6, Src: 1, Dst: packet.U32(netip.MustParseAddr("203.0.113.10")), DstPort: 25}
	if rule, ok := p.Conduits.Match(key); !ok || !rule.Permit {
		t.Error("port 25 is not open")
	}
	key.DstPort = 110
	if rule, ok := p.Conduits.Match(key); ok && rule.Permit {
		t.Error("port 110 is open")
	}
}

// inspect icmp makes echo replies part of a connection, from the moment it stands in a policy in force.
func TestInspectICMP(t *testing.T) {
	r := mustRelease(t, "asa-8.2")
	k := &compiler{rel: r, mac: r.Model.MACOf}
	policy := []string{"policy-map p", " class class-default", "  inspect icmp"}
	if k.compile(mustLoad(t, r, policy...)).Rules.ICMPInspect {
		t.Error("a policy that no service-policy names acts")
	}
	if !k.compile(mustLoad(t, r, append(policy, "service-policy p global")...)).Rules.ICMPInspect {
		t.Error("inspect icmp has no effect")
	}
}

// A regex line means what is defined when the policy is compiled, and an expression is compiled once for as long as it is
// in use.
func TestRegexCompilesOnce(t *testing.T) {
	r := mustRelease(t, "asa-8.2")
	lines := []string{
		`regex a "a+"`, "regex b b", "class-map type regex match-any K", "match regex a", "match regex b", "match regex gone", "class-map type regex match-any empty",
		"policy-map type inspect esmtp M", "match sender-address regex a", "reset", "match MIME filetype regex class K", "reset",
		"match not sender-address regex gone", "reset", "match MIME filetype regex class gone", "reset", "match not MIME filetype regex class empty", "reset",
		"class-map inspection_default", "match default-inspection-traffic", "policy-map P", "class inspection_default", "inspect esmtp M", "service-policy P global",
	}
	k := compiler{rel: r, mac: func(int) [6]byte { return [6]byte{} }}
	first := k.compile(mustLoad(t, r, lines...)).Inspect[0].Policy.Matches
	for i, want := range []map[string]bool{{"aa": true, "b": false}, {"a": true, "b": true, "c": false}, nil, nil, {"a": false}} {
		if want == nil {
			if first[i].Regex != nil {
				t.Errorf("line %d names what is not there and has %v", i, first[i].Regex)
			}
			continue
		}
		for text, fits := range want {
			if first[i].Regex.Match([]byte(text)) != fits {
				t.Errorf("line %d on %q: %v", i, text, !fits)
			}
		}
	}
	again := k.compile(mustLoad(t, r, append(lines, `regex b "c"`)...)).Inspect[0].Policy.Matches
	was, now := first[1].Regex.(anyOf), again[1].Regex.(anyOf)
	if was[0] != now[0] || was[0] != first[0].Regex.(anyOf)[0] {
		t.Error("a+ was compiled again")
	}
	if was[1] == now[1] || !now[1].Match([]byte("c")) {
		t.Error("the new b is not in force")
	}
	if len(k.regexes) != 2 {
		t.Errorf("%d expressions are kept", len(k.regexes))
	}
}

// What the words before a port mean, at the edges of their ranges too.
func TestPortWords(t *testing.T) {
	r := mustRelease(t, "pix-6.3")
	k := &compiler{rel: r, mac: r.Model.MACOf}
	for words, fits := range map[string]func(port int) bool{
		"":            func(int) bool { return true },
		"eq 25":       func(p int) bool { return p == 25 },
		"neq 25":      func(p int) bool { return p != 25 },
		"lt 25":       func(p int) bool { return p < 25 },
		"lt 1":        func(p int) bool { return p < 1 },
		"gt 25":       func(p int) bool { return p > 25 },
		"gt 65534":    func(p int) bool { return p > 65534 },
		"range 24 26": func(p int) bool { return 24 <= p && p <= 26 },
	} {
		c := mustLoad(t, r, "access-list a permit tcp any any "+words)
		k.compile(c)
		for _, port := range []int{0, 1, 2, 23, 24, 25, 26, 27, 65533, 65534, 65535} {
			if _, got := k.lists[c.ACLs.At(0)].Match(acl.Key{Proto: 6, DstPort: uint16(port)}); got != fits(port) {
				t.Errorf("%q on port %d: %v", words, port, got)
			}
		}
	}
}

// A static by an access-list stands for the sources of what the list permits; with a port, for their source ports.
func TestPolicyStatics(t *testing.T) {
	r := mustRelease(t, "pix-6.3")
	k := &compiler{rel: r, mac: r.Model.MACOf}
	of := func(lines ...string) (all []string) {
		for _, s := range k.compile(mustLoad(t, r, lines...)).Statics {
			if s.Match == nil {
				t.Error("the destination does not count")
			}
			all = append(all, fmt.Sprint(s.Mapped, " ", s.MappedPort, " ", s.Real, " ", s.RealPort))
		}
		return all
	}
	list := []string{
		"access-list a deny tcp host 10.1.1.9 eq 8080 host 198.51.100.7", "access-list a permit tcp host 10.1.1.2 eq 8080 host 198.51.100.7",
		"access-list a permit tcp host 10.1.1.2 eq 8080 host 198.51.100.8", "access-list a permit tcp host 10.1.1.3 host 198.51.100.7",
	}
	got := of(append(list, "static (inside,outside) 203.0.113.10 access-list a")...)
	if want := []string{"203.0.113.10/32 0 10.1.1.2/32 8080", "203.0.113.10/32 0 10.1.1.3/32 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	got = of(append(list, "static (inside,outside) tcp 203.0.113.10 80 access-list a")...)
	if want := []string{"203.0.113.10/32 80 10.1.1.2/32 8080"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// An interface on a trunk is one of the trunk's wire: by its tag, with the trunk's address, and shut with it.
func TestCompileVLAN(t *testing.T) {
	old := []string{
		"interface ethernet1 vlan20 physical", "interface ethernet1 vlan10 logical",
		"nameif vlan10 dmz security50", "ip address dmz 172.16.0.1 255.255.255.0",
	}
	sub := []string{"interface Ethernet1.10", " vlan 10", " nameif dmz", " no shutdown"}
	for _, c := range []struct {
		release string
		lines   []string
		own     uint16
		up      bool
	}{
		{"pix-6.3", append([]string{"interface ethernet1 auto"}, old...), 20, true},
		{"pix-6.3", append([]string{"interface ethernet1 auto shutdown"}, old...), 20, false},
		{"pix-7.2", append([]string{"interface Ethernet1", " no shutdown"}, sub...), 0, true},
		{"pix-7.2", append([]string{"interface Ethernet1", " shutdown"}, sub...), 0, false},
	} {
		r := mustRelease(t, c.release)
		k := &compiler{rel: r, mac: r.Model.MACOf}
		p := k.compile(mustLoad(t, r, c.lines...))
		at := slices.IndexFunc(p.Interfaces, func(f dataplane.Interface) bool { return f.Name == "dmz" })
		dmz, trunk := p.Interfaces[at], p.Interfaces[1]
		if dmz.VLAN != 10 || dmz.Trunk != 1 || dmz.MAC != trunk.MAC || dmz.Up != c.up || trunk.VLAN != c.own {
			t.Errorf("%s %q: %+v on %+v", c.release, c.lines[:2], dmz, trunk)
		}
	}
}

// Whatever lines are edited, one after another, a policy has the rules that one made from nothing has; and for a few lines
// of a long list that is not made anew.
func TestRecompileAgainstCompile(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	rel := mustRelease(t, "asa-8.2")
	lines := []string{
		"interface Ethernet0/0", " nameif outside", " ip address 203.0.113.1 255.255.255.0", " no shutdown", "exit",
		"object-group network servers", " network-object host 10.1.1.1", " network-object host 10.1.1.2", "exit",
		"time-range never", " absolute end 10:00 01 January 1994", "exit",
	}
	for i := range 300 {
		lines = append(lines, fmt.Sprintf("access-list in extended permit tcp any host 10.0.%d.%d eq 25", i/256, i%256))
	}
	lines = append(lines, "access-group in in interface outside")
	c := mustLoad(t, rel, lines...)
	reader := cli.NewReader(rel)
	k := &compiler{rel: rel, mac: rel.Model.MACOf}
	k.compile(c)
	patched := 0
	for step := range 400 {
		at := ""
		if r.IntN(2) == 0 {
			at = fmt.Sprintf("line %d ", 1+r.IntN(300))
		}
		more := []string{
			"access-list in " + at + "extended " + fmt.Sprintf("permit udp any host 10.9.%d.%d range 5 %d", r.IntN(4), r.IntN(9), 6+r.IntN(3)),
			fmt.Sprintf("no access-list in extended permit tcp any host 10.0.0.%d eq 25", r.IntN(256)),
			"access-list in " + at + "extended " + fmt.Sprintf("deny tcp any object-group servers eq %d", 1+r.IntN(9)),
			"access-list in " + at + "extended " + fmt.Sprintf("permit icmp any any %d inactive", r.IntN(9)),
			"access-list in " + at + "extended " + fmt.Sprintf("permit tcp any any eq %d time-range never", r.IntN(9)),
			"access-list in " + at + fmt.Sprint("remark ", r.IntN(1000)),
			"no time-range never",
			"time-range never\n absolute end 10:00 01 January 1994",
			fmt.Sprintf("object-group network servers\n network-object host 10.1.1.%d", r.IntN(200)),
			fmt.Sprintf("interface Ethernet0/0\n ip address 203.0.113.%d 255.255.255.0", 1+r.IntN(9)),
			"access-list in " + at + "extended " + fmt.Sprintf("permit tcp any interface outside eq %d", r.IntN(9)),
		}
		for range 1 + r.IntN(2)*r.IntN(40) {
			c, _ = reader.Extend(c, more[r.IntN(len(more))]) // what is refused changes nothing
		}
		l, _ := c.ACL("in")
		k.compile(c)
		if k.bases[l].of != l {
			patched++
		}
		fresh := &compiler{rel: rel, mac: rel.Model.MACOf}
		fresh.compile(c)
		if got, want := k.lists[l].Rules(), fresh.lists[l].Rules(); !slices.Equal(got, want) {
			t.Fatalf("step %d: %d rules, want %d", step, len(got), len(want))
		}
	}
	if patched < 50 {
		t.Errorf("%d of 400 policies were made of the one before", patched)
	}
}
