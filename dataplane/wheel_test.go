package dataplane

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The wheel against a map: every timer fires once, not before its time, in the call that first passes it.
func TestWheelAgainstMap(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		var w wheel
		due := map[uint32]int64{}
		node := map[uint32]uint32{}
		now := int64(0)
		for what := range uint32(200) {
			node[what] = w.newTimer(timerFlow, what)
		}
		for range 400 {
			what := r.Uint32N(200)
			switch r.IntN(4) {
			case 0:
				w.stop(node[what])
				delete(due, what)
			case 1, 2:
				at := now + r.Int64N(int64(1)<<(10+r.IntN(40)))
				w.start(node[what], at)
				due[what] = at
			case 3:
				if at, ok := w.next(); ok {
					for what, d := range due {
						if d > now && at > d+wheelTick {
							t.Fatalf("seed %d: next is %d, but timer %d is due at %d", seed, at, what, d)
						}
					}
				}
				step := r.Int64N(int64(1) << (10 + r.IntN(40)))
				now += step
				last := int64(0)
				part := 1 + r.IntN(100)
				fire := func(_ timerKind, what uint32) {
					d, ok := due[what]
					if !ok {
						t.Fatalf("seed %d: timer %d fired without being set", seed, what)
					}
					if d > now {
						t.Fatalf("seed %d: timer %d fired at %d, before %d", seed, what, now, d)
					}
					if d/wheelTick+1 < last {
						t.Fatalf("seed %d: timer of tick %d fired after one of %d", seed, d/wheelTick, last)
					}
					last = max(last, d/wheelTick)
					delete(due, what)
				}
				for calls := 0; ; calls++ {
					w.advance(now, part, fire)
					if at, ok := w.next(); !ok || at > now {
						break
					}
					if calls > 200*wheelLevels/part+1 {
						t.Fatalf("seed %d: %d calls do not fire 200 timers", seed, calls)
					}
				}
				for what, d := range due {
					if d+2*wheelTick <= now {
						t.Fatalf("seed %d: timer %d of %d did not fire by %d", seed, what, d, now)
					}
				}
			}
		}
		if w.set != len(due) {
			t.Fatalf("seed %d: %d timers set, want %d", seed, w.set, len(due))
		}
	}
}

// Following next always makes progress and reaches every timer.
func TestWheelNextReachesAll(t *testing.T) {
	var w wheel
	r := rand.New(rand.NewPCG(7, 7))
	left := 300
	for what := range uint32(300) {
		w.start(w.newTimer(timerXlate, what), r.Int64N(int64(1)<<(20+r.IntN(27))))
	}
	for steps := 0; left > 0; steps++ {
		at, ok := w.next()
		if !ok || steps > 100000 {
			t.Fatalf("%d timers never fire", left)
		}
		w.advance(at, 1000, func(timerKind, uint32) { left-- })
	}
	if _, ok := w.next(); ok {
		t.Error("next of an empty wheel")
	}
}

// However many timers come due at one time, one call touches no more than it was told.
func TestWheelTouchesNoMoreThanTold(t *testing.T) {
	var w wheel
	const timers, part = 10000, 100
	for what := range uint32(timers) {
		w.start(w.newTimer(timerFlow, what), int64(time.Hour))
	}
	fired, calls := 0, 0
	for at := int64(time.Hour); fired < timers; calls++ {
		before := fired
		w.advance(at, part, func(timerKind, uint32) { fired++ })
		if fired-before > part {
			t.Fatalf("%d timers in one call", fired-before)
		}
		if next, ok := w.next(); fired < timers && (!ok || next > at) {
			t.Fatalf("%d timers are due, but next is %d", timers-fired, next)
		}
	}
	// Each timer is brought down through the levels once.
	if calls > wheelLevels*timers/part {
		t.Errorf("%d calls", calls)
	}
}
