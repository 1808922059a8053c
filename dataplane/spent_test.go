package dataplane

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// The set against a map, in which one number after another is tried.
func TestSpentAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var s spent
	const most = 4 * spentBits
	want, blocked := map[uint32]bool{}, []uint32{}
	since := uint32(0)
	around := func(from, low, high uint32) (uint32, bool) {
		if from < low || from > high {
			from = low
		}
		for n := range high - low + 1 {
			if i := low + (from-low+n)%(high-low+1); !want[i] {
				return i, true
			}
		}
		return 0, false
	}
	for range 60000 {
		i := r.Uint32N(most)
		switch r.IntN(8) {
		case 0, 1, 2, 3:
			s.put(i)
			want[i] = true
		case 4:
			s.drop(i)
			delete(want, i)
		case 5:
			s.block(i)
			want[i] = true
			blocked = append(blocked, i)
		case 6:
			if r.IntN(100) == 0 {
				since++
				for _, i := range blocked {
					delete(want, i)
				}
				blocked = blocked[:0]
			}
			s.renew(since)
		case 7:
			low := r.Uint32N(most)
			high := low + r.Uint32N(min(most-low, 1+r.Uint32N(3000)))
			got, ok := s.around(i, low, high)
			if v, there := around(i, low, high); got != v || ok != there {
				t.Fatalf("from %d of %d to %d: %d %v, want %d %v", i, low, high, got, ok, v, there)
			}
		}
		if s.n != len(want) {
			t.Fatalf("%d numbers, want %d", s.n, len(want))
		}
	}
	for i := range uint32(most) {
		s.put(i)
	}
	if _, ok := s.around(5, 0, most-1); ok {
		t.Error("a full set has room")
	}
}

// A pool that is nearly full gives out what is left of it, whatever came back, and whatever lines came and went; and nothing
// else. The oracle tries all.
func TestPoolsNearlyFull(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 4))
		pat := seed%2 == 0
		policy := func() *Policy {
			p := patPolicy()
			p.Rules.PATRanges = []uint16{1, 9}
			p.Timeouts.UDP = 10 * time.Second
			p.Timeouts.Xlate, p.Timeouts.PATXlate = 20*time.Second, 20*time.Second
			if !pat {
				p.Pools[0] = Pool{Port: outside, Number: 1, First: mustAddr("204.31.17.40"), Last: mustAddr("204.31.17.47")}
			}
			for n := range 8 {
				if r.IntN(3) > 0 {
					continue
				}
				host := pfx(fmt.Sprintf("10.1.1.%d/32", 100+n))
				s := Static{ID: 77, RealIf: inPort, MappedIf: outside, Real: host, Mapped: pfx("204.31.17.40/32"), Proto: 17, RealPort: 53, MappedPort: uint16(1 + n)}
				if !pat {
					s.Proto, s.RealPort, s.MappedPort, s.Mapped = 0, 0, 0, pfx(fmt.Sprintf("204.31.17.%d/32", 40+n))
				}
				p.Statics = append(p.Statics, s)
			}
			return p
		}
		rig := newRig(t, policy())
		room := func() bool {
			e := rig.e
			for n := range uint32(8) {
				at := mappedPlace(outside, addr("204.31.17.40")+n)
				if pat {
					at = mappedPlace(outside, addr("204.31.17.40")).withPort(17, uint16(1+n))
				}
				if e.placed(at) == 0 && (pat && !e.redirected(at) || !pat && !e.reserved(outside, at.addr)) {
					return true
				}
			}
			return false
		}
		for step := range 600 {
			switch r.IntN(6) {
			case 0:
				rig.wait(time.Duration(r.IntN(15)) * time.Second)
			case 1:
				if r.IntN(5) == 0 {
					rig.e.Swap(policy())
				}
			case 2: // a static translation in use stays when its line goes
				rig.send(inPort, udp(fmt.Sprintf("10.1.1.%d:53", 100+r.IntN(8)), "192.150.49.10:53", "x"))
			case 3:
				some := r.IntN(2) == 0
				ClearXlates(rig.e.Do, func(x Xlate) bool { return x.Static == some && r.IntN(3) == 0 })
			default:
				rig.e.Do(func(*State) {})
				from := fmt.Sprintf("10.1.1.%d:%d", 2+r.IntN(20), 1+r.IntN(8))
				had := slices.ContainsFunc(rig.xlates(), func(x Xlate) bool {
					return !x.Static && (x.Real.String() == from || !pat && x.Real.Addr() == netip.MustParseAddrPort(from).Addr())
				})
				want := had || room()
				if got := len(rig.send(inPort, udp(from, "192.150.49.10:53", "x"))) == 1; got != want {
					t.Fatalf("seed %d, step %d: %s passes: %v, want %v", seed, step, from, got, want)
				}
			}
			sound(t, rig.e)
		}
	}
}
