package appliance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane/acl"
)

// estate is object-groups as lines, and what each stands for as lines of an access-list have it, worked out by hand.
type estate struct {
	lines                      []string
	networks, services, protos map[string][]string
	icmp                       map[string][]string
}

// randomEstate makes groups that hold others, in an order in which they can be typed.
func randomEstate(r *rand.Rand) *estate {
	s := &estate{networks: map[string][]string{}, services: map[string][]string{}, protos: map[string][]string{}, icmp: map[string][]string{}}
	group := func(head string, of map[string][]string, name string, member func() (line, meaning string)) {
		s.lines = append(s.lines, head)
		typed := map[string]bool{}
		for range 1 + r.IntN(3) {
			line, meaning := member()
			if !typed[line] {
				typed[line] = true
				s.lines = append(s.lines, "  "+line)
				of[name] = append(of[name], meaning)
			}
		}
		for inner := range of {
			if inner != name && r.IntN(3) == 0 && !typed[inner] {
				typed[inner] = true
				s.lines = append(s.lines, "  group-object "+inner)
				of[name] = append(of[name], of[inner]...)
			}
		}
	}
	for i := range 4 {
		name := fmt.Sprint("n", i)
		group("object-group network "+name, s.networks, name, func() (string, string) {
			if r.IntN(2) == 0 {
				h := fmt.Sprintf("host 10.0.%d.%d", r.IntN(2), r.IntN(4))
				return "network-object " + h, h
			}
			n := fmt.Sprintf("10.0.%d.%d 255.255.255.%d", r.IntN(2), 4*r.IntN(2), []int{252, 254}[r.IntN(2)])
			return "network-object " + n, n
		})
		name = fmt.Sprint("s", i)
		group("object-group service "+name+" tcp-udp", s.services, name, func() (string, string) {
			if r.IntN(2) == 0 {
				p := fmt.Sprint("eq ", 50+r.IntN(6))
				return "port-object " + p, p
			}
			p := fmt.Sprintf("range %d %d", 50+r.IntN(3), 53+r.IntN(4))
			return "port-object " + p, p
		})
		name = fmt.Sprint("p", i)
		group("object-group protocol "+name, s.protos, name, func() (string, string) {
			p := []string{"tcp", "udp"}[r.IntN(2)]
			return "protocol-object " + p, p
		})
		name = fmt.Sprint("i", i)
		group("object-group icmp-type "+name, s.icmp, name, func() (string, string) {
			p := []string{"echo", "echo-reply", "unreachable"}[r.IntN(3)]
			return "icmp-object " + p, p
		})
	}
	return s
}

// part is a place of an entry: as it is typed, and all that it stands for.
func part(r *rand.Rand, of map[string][]string, plain ...string) (string, []string) {
	if r.IntN(3) == 0 {
		p := plain[r.IntN(len(plain))]
		return p, []string{p}
	}
	k := r.IntN(len(of))
	for name, all := range of {
		if strings.HasSuffix(name, fmt.Sprint(k)) {
			return "object-group " + name, all
		}
	}
	panic("no such group")
}

// entry is a random line behind "access-list LIST ", and the lines that it stands for.
func (s *estate) entry(r *rand.Rand) (line string, rules []string) {
	verdict := []string{"permit", "deny"}[r.IntN(2)]
	any := func() (string, []string) {
		return part(r, s.networks, "any", "host 10.0.0.1", "10.0.1.0 255.255.255.0")
	}
	var parts [5][]string
	var words [5]string
	if r.IntN(4) == 0 {
		words[0], parts[0] = "icmp", []string{"icmp"}
		words[1], parts[1] = any()
		words[2], parts[2] = any()
		words[3], parts[3] = part(r, s.icmp, "", "echo")
		parts[4] = []string{""}
	} else {
		words[0], parts[0] = part(r, s.protos, "tcp", "udp")
		words[1], parts[1] = any()
		words[2], parts[2] = part(r, s.services, "", "gt 51", "neq 53")
		words[3], parts[3] = any()
		words[4], parts[4] = part(r, s.services, "", "lt 53", "eq 52")
	}
	join := func(w []string) string { return strings.Join(strings.Fields(strings.Join(w, " ")), " ") }
	var all func(i int, so []string)
	all = func(i int, so []string) {
		if i == len(parts) {
			rules = append(rules, join(so))
			return
		}
		for _, p := range parts[i] {
			all(i+1, append(so[:len(so):len(so)], p))
		}
	}
	all(0, []string{verdict})
	return join(append([]string{verdict}, words[:]...)), rules
}

func somePacket(r *rand.Rand) acl.Key {
	k := acl.Key{Proto: []uint8{1, 6, 17}[r.IntN(3)], Src: 10<<24 | uint32(r.IntN(2))<<8 | uint32(r.IntN(8)), Dst: 10<<24 | uint32(r.IntN(2))<<8 | uint32(r.IntN(8))}
	if k.Proto == 1 {
		k.Type = []uint8{0, 3, 8}[r.IntN(3)]
	} else {
		k.SrcPort, k.DstPort = uint16(49+r.IntN(9)), uint16(49+r.IntN(9))
	}
	return k
}

// A list with object-groups decides as the one in which every entry is written out by hand, and so do conduits, through
// any edit of the groups.
func TestGroupsMeanTheirObjects(t *testing.T) {
	rel := mustRelease(t, "pix-6.3")
	verdicts := map[string]int{}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 21))
		s := randomEstate(r)
		grouped, plain := s.lines, []string{"object-group network none"}
		for range 6 {
			line, rules := s.entry(r)
			grouped = append(grouped, "access-list l "+line, "conduit "+line)
			for _, rule := range rules {
				plain = append(plain, "access-list l "+rule, "conduit "+rule)
			}
		}
		grouped, plain = once(grouped), once(plain)
		g, p := newCompiled(t, rel, grouped), newCompiled(t, rel, plain)
		for range 300 {
			k := somePacket(r)
			compareMatch(t, seed, k, g.lists[g.c.ACLs.At(0)], p.lists[p.c.ACLs.At(0)], verdicts)
			compareMatch(t, seed, k, g.conduits, p.conduits, verdicts)
		}
		if n := len(g.lists[g.c.ACLs.At(0)].Rules()); n != g.c.ACLs.At(0).Elements() {
			t.Fatalf("seed %d: %d rules, counted %d", seed, n, g.c.ACLs.At(0).Elements())
		}
	}
	if verdicts["permit"] < 1000 || verdicts["deny"] < 1000 || verdicts["none"] < 1000 {
		t.Errorf("the packets tried little: %v", verdicts)
	}
}

// once is lines without conduits that stand there before: a second one is refused.
func once(lines []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(lines, func(l string) bool {
		was := seen[l]
		seen[l] = true
		return was && strings.HasPrefix(l, "conduit")
	})
}

type compiled struct {
	compiler
	c *config.Config
}

func newCompiled(t *testing.T, rel *release.Release, lines []string) *compiled {
	t.Helper()
	k := &compiled{compiler{rel: rel, mac: rel.Model.MACOf}, mustLoad(t, rel, lines...)}
	k.compile(k.c)
	return k
}

func compareMatch(t *testing.T, seed uint64, k acl.Key, grouped, plain *acl.List, verdicts map[string]int) {
	t.Helper()
	a, ok := grouped.Match(k)
	b, want := plain.Match(k)
	switch {
	case ok != want || ok && a.Permit != b.Permit:
		t.Fatalf("seed %d: %+v: %v with groups, %v without", seed, k, a, b)
	case !ok:
		verdicts["none"]++
	case a.Permit:
		verdicts["permit"]++
	default:
		verdicts["deny"]++
	}
}

// A group that is edited changes what the list means, and only rules that are new have new counters.
func TestGroupEdits(t *testing.T) {
	rel := mustRelease(t, "pix-6.3")
	lines := []string{
		"object-group network web", "network-object host 203.0.113.1", "network-object host 203.0.113.2",
		"object-group network all", "group-object web",
		"access-list l permit tcp any object-group all eq www", "access-list l deny udp any any",
	}
	k := newCompiled(t, rel, lines)
	ids := func() map[string]acl.ID {
		all := map[string]acl.ID{}
		for _, r := range k.lists[k.c.ACLs.At(0)].Rules() {
			all[fmt.Sprintf("%d %x", r.Proto, r.Dst.Addr)] = r.ID
		}
		return all
	}
	was := ids()
	for _, more := range [][]string{
		{"object-group network web", "network-object host 203.0.113.3"},
		{"object-group network web", "no network-object host 203.0.113.1"},
		{"access-list l line 1 deny tcp any host 203.0.113.9"},
	} {
		lines = append(lines, more...)
		k.c = mustLoad(t, rel, lines...)
		k.compile(k.c)
		for what, id := range ids() {
			if old, ok := was[what]; ok && old != id {
				t.Errorf("after %q the rule %s counts anew", more, what)
			}
		}
	}
	now := ids()
	for what, want := range map[string]bool{"6 cb007101": false, "6 cb007102": true, "6 cb007103": true, "6 cb007109": true, "17 0": true} {
		if _, ok := now[what]; ok != want {
			t.Errorf("rule %s: %v", what, ok)
		}
	}
}
