package config

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"pixsim/appliance/release"
)

// The vectors are passlib's and John the Ripper's.
func TestHashPIX(t *testing.T) {
	for _, v := range []struct{ password, user, hash string }{
		{"", "", "8Ry2YjIyt7RRXU24"}, {"cisco", "", "2KFQnbNIdI.2KYOU"}, {"test1", "", "TRPEas6f/aa6JSPL"},
		{"test2", "", "OMT6mXmAvGyzrCtp"}, {"password", "", "NuLKvvWGg.x9HEKO"}, {"hsc", "", "YtT8/k6Np8F1yz2c"},
		{"watag00s1am", "", "jMorNbK0514fadBh"}, {"1234", "", "RLPMUQ26KL4blgFN"},
		{"cisco", "john", "hN7LzeyYjw12FSIU"}, {"cisco", "jack", "7DrfeZ7cyOj/PslD"}, {"ripper", "alex", "h3mJrcH0901pqX/m"},
		{"cisco", "cisco", "3USUcOPFUiMCO4Jk"}, {"cisco", "cisco1", "3USUcOPFUiMCO4Jk"}, {"CscFw-ITC!", "admcom", "lZt7HSIXw3.QP7.R"},
		{"0123456789abcdef", "", ".7nfVBEIEu4KbF/1"}, {"0123456789abcdef", "user", ".7nfVBEIEu4KbF/1"},
	} {
		if got := HashPIX(v.password, v.user); got != v.hash {
			t.Errorf("HashPIX(%q, %q) = %s, want %s", v.password, v.user, got, v.hash)
		}
	}
	for _, p := range []string{"", "cisco", "0123456789abcdef"} { // as long as nothing is longer, 7.0 changed nothing
		if HashASA(p, "") != HashPIX(p, "") {
			t.Errorf("HashASA(%q) differs", p)
		}
	}
	if HashASA("cisco", "al") != HashASA("cisco", "alal") || HashASA("0123456789abcdefg", "") == HashASA("0123456789abcdef", "") {
		t.Error("HashASA: a short user is repeated, a long password counts whole")
	}
}

// Every operation on a List against a slice; old versions stay as they were.
func TestListAgainstSlice(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var l List[int]
	var want []int
	type version struct {
		l    List[int]
		want []int
	}
	var kept []version
	for i := range 20000 {
		switch n := len(want); {
		case n == 0 || r.IntN(10) < 6:
			at := r.IntN(n + 1)
			if r.IntN(2) == 0 {
				at = n
			}
			l, want = l.Insert(at, i), slices.Insert(slices.Clone(want), at, i)
		case r.IntN(3) == 0:
			at := r.IntN(n)
			l = l.Set(at, -i)
			want = slices.Clone(want)
			want[at] = -i
		default:
			at := r.IntN(n)
			l, want = l.Delete(at), slices.Delete(slices.Clone(want), at, at+1)
		}
		if l.Len() != len(want) {
			t.Fatalf("step %d: length %d, want %d", i, l.Len(), len(want))
		}
		if i%500 == 0 {
			kept = append(kept, version{l, want})
		}
		if len(want) > 400 && r.IntN(50) == 0 {
			for len(want) > 0 {
				l, want = l.Delete(0), want[1:]
			}
		}
	}
	for _, v := range append(kept, version{l, want}) {
		var got []int
		for i, x := range v.l.All() {
			if v.l.At(i) != x {
				t.Fatalf("At(%d) = %d, All says %d", i, v.l.At(i), x)
			}
			got = append(got, x)
		}
		if !slices.Equal(got, v.want) {
			t.Fatalf("a version changed: %v, want %v", got, v.want)
		}
	}
}

func TestMapAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var s Map[int]
	m := map[ID]bool{}
	for i := range 50000 {
		id := ID(r.IntN(3000))
		if r.IntN(2) == 0 {
			id = ID(r.IntN(3)) << 60 // IDs that share all low bits
		}
		was := s
		if r.IntN(3) > 0 {
			s, m[id] = s.Add(id, i), true
		} else {
			s = s.Remove(id)
			delete(m, id)
		}
		if s.Has(id) != m[id] {
			t.Fatalf("step %d: Has(%d) = %v", i, id, s.Has(id))
		}
		if was == s && was.Has(id) != m[id] {
			t.Fatal("an older set changed")
		}
	}
	for id := range ID(3000) {
		if s.Has(id) != m[id] {
			t.Fatalf("Has(%d) = %v, want %v", id, s.Has(id), m[id])
		}
	}
}

func testRelease() *release.Release {
	rel, err := release.Parse("pix-6.3")
	if err != nil {
		panic(err)
	}
	return rel
}

func ace(i int) ACE {
	a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
	return ACE{Permit: true, Proto: 6, Src: ACEEnd{Net: AnyNet}, Dst: ACEEnd{Net: Host(a)}, ICMPType: -1, ICMPCode: -1}
}

// A list of 100,000 entries grows and refuses duplicates without copying itself.
func TestLongAccessList(t *testing.T) {
	const n = 100000
	e := New(testRelease())
	for i := range n {
		if !e.AddACE("long", 0, ace(i)) {
			t.Fatalf("entry %d refused", i)
		}
	}
	c := e.Config()
	allocs := testing.AllocsPerRun(20, func() {
		if From(c).AddACE("long", 0, ace(n/2)) {
			t.Fatal("a duplicate was taken")
		}
	})
	if allocs > 50 {
		t.Errorf("a refused duplicate allocates %.0f times", allocs)
	}
	next := From(c)
	next.AddACE("long", n/2, ace(n))
	l, _ := next.Config().ACL("long")
	if got := l.Entries.At(n/2 - 1).Dst.Net.Addr; got != ace(n).Dst.Net.Addr {
		t.Errorf("line %d is %v", n/2, got)
	}
	if old, _ := c.ACL("long"); old.Entries.Len() != n || l.Entries.Len() != n+1 {
		t.Error("the published list changed")
	}
	if !next.RemoveACE("long", ace(0)) || next.RemoveACE("long", ace(0)) {
		t.Error("an entry goes once")
	}
}

// An edit leaves what it does not touch identical, and never writes to what was published.
func TestEditShares(t *testing.T) {
	e := New(testRelease())
	e.AddACE("a", 0, ace(1))
	e.AddRoute(Route{If: "outside", Net: AnyNet, Via: netip.MustParseAddr("192.0.2.1"), Metric: 1})
	e.SetStatic(Static{RealIf: "inside", MappedIf: "outside", Mapped: netip.MustParseAddr("192.0.2.9"), Real: netip.MustParseAddr("10.1.1.9"), Mask: MaskOf(32)})
	c := e.Config()
	before := fmt.Sprintf("%+v", *c)
	d := From(c)
	d.AddACE("b", 0, ace(2))
	d.SetHostname("x")
	d.AddTelnet(Allow{AnyNet, "inside"})
	n := d.Config()
	if c.ACLs.At(0) != n.ACLs.At(0) || c.Statics != n.Statics || c.Routes != n.Routes || &c.Interfaces[0] != &n.Interfaces[0] {
		t.Error("an untouched part lost its identity")
	}
	if fmt.Sprintf("%+v", *c) != before {
		t.Error("the published configuration changed")
	}
}

// A new name of an interface follows through everything that names it; no name removes all of that.
func TestRename(t *testing.T) {
	e := New(testRelease())
	e.AddACE("in", 0, ACE{Permit: true, Src: ACEEnd{Net: AnyNet}, Dst: ACEEnd{If: "outside"}, ICMPType: -1, ICMPCode: -1})
	e.SetGroup(AccessGroup{ACL: "in", If: "outside"})
	e.AddRoute(Route{If: "outside", Net: AnyNet, Via: netip.MustParseAddr("192.0.2.1"), Metric: 1})
	s := Static{RealIf: "inside", MappedIf: "outside", Mapped: netip.MustParseAddr("192.0.2.9"), Real: netip.MustParseAddr("10.1.1.9"), Mask: MaskOf(32)}
	e.SetStatic(s)
	e.SetStored(Stored{Command: "rip", Slot: "rip outside passive", Words: []Word{{Text: "rip"}, {Text: "outside", If: true}, {Text: "passive"}}})
	e.SetInterface(0, func(f *Interface) { f.Name = "dmz" })
	c := e.View()
	s.MappedIf = "dmz"
	if c.Groups[0].If != "dmz" || c.Routes.At(0).If != "dmz" || c.Statics.At(0).MappedIf != "dmz" || c.Statics.At(0).ID != s.id() ||
		c.ACLs.At(0).Entries.At(0).Dst.If != "dmz" || c.Stored.At(0).Text() != "rip dmz passive" || c.Stored.At(0).Slot != "rip dmz passive" {
		t.Errorf("not followed through: %+v", *c)
	}
	e.SetInterface(0, func(f *Interface) { f.Name = "" })
	c = e.View()
	if len(c.Groups)+c.Routes.Len()+c.Statics.Len()+c.Stored.Len() != 0 {
		t.Errorf("lines of an interface without name remain: %+v", *c)
	}
}

func BenchmarkAddACE(b *testing.B) {
	e := New(testRelease())
	for i := range 100000 {
		e.AddACE("long", 0, ace(i))
	}
	c := e.Config()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		From(c).AddACE("long", 0, ace(200000+i))
	}
}

// Changed against two slices: what it says differs makes the one of the other, and is no more than must be.
func TestChanged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	next := 0
	var l List[*int]
	value := func() *int { v := next; next++; return &v }
	for range 300 {
		l = l.Append(value())
	}
	all := func(l List[*int]) (s []*int) {
		for _, v := range l.All() {
			s = append(s, v)
		}
		return s
	}
	for range 3000 {
		old := l
		edits := 1 + r.IntN(3)
		for range edits {
			switch n := l.Len(); {
			case n == 0 || r.IntN(5) < 2:
				l = l.Insert(r.IntN(n+1), value())
			case r.IntN(3) == 0:
				l = l.Set(r.IntN(n), value())
			default:
				l = l.Delete(r.IntN(n))
			}
		}
		from, was, is := changed(old, l)
		a, b := all(old), all(l)
		if !slices.Equal(slices.Concat(a[:from], b[from:is], a[was:]), b) {
			t.Fatalf("%d to %d by %d to %d is another list", from, was, from, is)
		}
		if edits == 1 && (was-from > 1 || is-from > 1) {
			t.Fatalf("one edit changes %d to %d into %d to %d", from, was, from, is)
		}
		if r.IntN(100) == 0 {
			l = List[*int]{}
			for range r.IntN(500) {
				l = l.Append(value())
			}
		}
	}
}
