package acl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// oracle is first match as a manual would explain it, written apart from the fast one.
func oracle(rules []Rule, k Key) int {
next:
	for i, r := range rules {
		if r.Off {
			continue
		}
		if r.Proto != 0 && r.Proto != k.Proto {
			continue
		}
		for bit := range 32 {
			m := uint32(1) << bit
			if r.Src.Mask&m != 0 && r.Src.Addr&m != k.Src&m || r.Dst.Mask&m != 0 && r.Dst.Addr&m != k.Dst&m {
				continue next
			}
		}
		if !k.Frag && (r.Proto == 6 || r.Proto == 17) {
			for _, x := range []struct {
				p Ports
				n uint16
			}{{r.SrcPort, k.SrcPort}, {r.DstPort, k.DstPort}} {
				in := x.p.Lo <= x.n && x.n <= x.p.Hi
				if x.p.Set && (in && x.p.Not || !in && !x.p.Not) {
					continue next
				}
			}
		}
		if !k.Frag && r.Proto == 1 {
			if r.Type != -1 && r.Type != int16(k.Type) || r.Code != -1 && r.Code != int16(k.Code) {
				continue next
			}
		}
		return i
	}
	return -1
}

// Few values, so that rules overlap and keys fit.
var (
	someAddrs = []uint32{0x0a010101, 0x0a010102, 0x0a010201, 0xcb00710a, 0xc6336419, 0, 0xffffffff, 0xfffffff0}
	someMasks = []uint32{0, 0xffffffff, 0xffffff00, 0xff0000ff, 0xffff0000, 0xfffffff0, 0x80000000}
	somePorts = []uint16{0, 20, 25, 80, 65535}
	someProto = []uint8{0, 1, 6, 17, 47}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func randomPorts(r *rand.Rand) Ports {
	p := Ports{Lo: pick(r, somePorts), Set: r.IntN(3) != 0, Not: r.IntN(5) == 0}
	p.Hi = p.Lo
	if r.IntN(3) == 0 {
		p.Hi = max(p.Lo, pick(r, somePorts))
	}
	return p
}

func randomRules(r *rand.Rand, n int) []Rule {
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = Rule{
			ID: ID(i), Off: r.IntN(9) == 0, Proto: pick(r, someProto),
			Src:     Net{pick(r, someAddrs), pick(r, someMasks)},
			Dst:     Net{pick(r, someAddrs) ^ uint32(r.IntN(n)), pick(r, someMasks)},
			SrcPort: randomPorts(r), DstPort: randomPorts(r),
			Type: int16(r.IntN(4) - 1), Code: int16(r.IntN(3) - 1),
		}
	}
	return rules
}

func randomKey(r *rand.Rand, rules []Rule) Key {
	k := Key{Proto: pick(r, someProto), Frag: r.IntN(8) == 0, Src: pick(r, someAddrs), Dst: pick(r, someAddrs),
		SrcPort: pick(r, somePorts) + uint16(r.IntN(2)), DstPort: pick(r, somePorts) + uint16(r.IntN(2)),
		Type: uint8(r.IntN(3)), Code: uint8(r.IntN(2))}
	if len(rules) > 0 && r.IntN(2) == 0 {
		k.Dst = pick(r, rules).Dst.Addr
	}
	return k
}

func TestMatchAgainstOracle(t *testing.T) {
	hits, tuples, pruned := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rules := randomRules(r, rapid.SampledFrom([]int{0, 1, 10, 64, 65, 1000, 3000}).Draw(t, "n"))
		l := Compile(rules)
		tuples += len(l.tuples)
		if l.prunes != nil {
			pruned++
		}
		for range 30 {
			k := randomKey(r, rules)
			want := oracle(rules, k)
			got, ok := l.Match(k)
			if ok != (want >= 0) || ok && got != &rules[want] {
				t.Fatalf("%+v: got %v, want rule %d", k, got, want)
			}
			if ok && want > 5 {
				hits++
			}
		}
	})
	if hits == 0 || tuples == 0 || pruned == 0 {
		t.Errorf("the test tried little: %d late hits, %d tuples, %d lists pruned", hits, tuples, pruned)
	}
}

func TestNil(t *testing.T) {
	var l *List
	if r, ok := l.Match(Key{}); ok || r != nil || l.Rules() != nil {
		t.Error("a nil list fits")
	}
	if _, ok := new(List).Match(Key{}); ok {
		t.Error("the zero list fits")
	}
}

// bigList is what a configuration of n hosts and a final deny looks like.
func bigList(n int) []Rule {
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = Rule{ID: ID(i), Permit: true, Proto: 6, Dst: Net{uint32(i), 0xffffffff},
			DstPort: Ports{Lo: 25, Hi: 25, Set: true}}
		if i%3 == 0 {
			rules[i].Src = Net{uint32(i) << 8, 0xffffff00}
		}
	}
	rules[n-1] = Rule{}
	return rules
}

func TestNoAllocs(t *testing.T) {
	for _, n := range []int{10, 5000} {
		l := Compile(bigList(n))
		if a := testing.AllocsPerRun(100, func() { l.Match(Key{Proto: 6, Dst: uint32(n - 5), DstPort: 25}) }); a != 0 {
			t.Errorf("%d rules: %v allocations", n, a)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10, 64, 1000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := Compile(bigList(n))
			for b.Loop() {
				l.Match(Key{Proto: 6, Dst: uint32(n - 5), DstPort: 25})
			}
		})
	}
}

// A list with a patch is what compiling all of its rules makes, and patching one again too.
func TestPatch(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 77))
		rules := randomRules(r, 1+r.IntN(400))
		l := Compile(rules)
		for range 3 {
			lo := r.IntN(len(rules) + 1)
			hi := lo + r.IntN(min(len(rules)-lo, 1+r.IntN(60))+1)
			with := randomRules(r, 1+r.IntN(80))[r.IntN(2):]
			for i := range with {
				with[i].ID += 10000
			}
			l = l.Patch(lo, hi, with)
			rules = slices.Concat(rules[:lo], with, rules[hi:])
			if !slices.Equal(l.Rules(), rules) {
				t.Fatalf("seed %d: other rules", seed)
			}
			for range 400 {
				k := randomKey(r, rules)
				want := oracle(rules, k)
				got, ok := l.Match(k)
				if ok != (want >= 0) || ok && *got != rules[want] {
					t.Fatalf("seed %d: %+v fits %+v, want rule %d", seed, k, got, want)
				}
			}
		}
	}
}

// A few rules of a long list are changed without looking at the others.
func TestPatchIsSmall(t *testing.T) {
	l := Compile(randomRules(rand.New(rand.NewPCG(1, 1)), 5000))
	if n := testing.AllocsPerRun(10, func() { l.Patch(100, 101, l.rules[:2]) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
	p := l.Patch(100, 101, l.rules[:2])
	if n := testing.AllocsPerRun(10, func() { p.Match(Key{Proto: 6, Dst: 5}) }); n != 0 {
		t.Errorf("%v allocations a look-up", n)
	}
}
