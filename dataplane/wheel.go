package dataplane

import (
	"math/bits"
	"time"
)

// wheel is a hierarchical timing wheel: 6 levels of 64 slots, the lowest of one tick each. Setting and stopping a timer
// costs the same whatever their number. A timer fires at the first tick at or after its time.
type wheel struct {
	now   int64 // ticks since the epoch that have passed
	slots [wheelLevels][wheelSlots]uint32
	full  [wheelLevels]uint64 // a bit per slot that is not empty
	nodes []timer
	free  uint32
	set   int
}

const (
	wheelLevels = 6
	wheelBits   = 6
	wheelSlots  = 1 << wheelBits
	wheelTick   = int64(10 * time.Millisecond)
)

// timerKind says whose timer it is.
type timerKind uint8

const (
	_           timerKind = iota
	timerFlow             // idle time of a connection
	timerStream           // the stream of an inspected connection wants to be called
	timerXlate
	timerARP
	timerFragments
	timerJoin // an intercepted connection whose host has not answered
	timerLog  // the interval of a logged flow
)

// timer is a node of the wheel; what is a slab index whose meaning depends on kind.
type timer struct {
	tick        int64
	prev, next  uint32
	what        uint32
	kind        timerKind
	level, slot uint8
	on          bool
}

// newTimer makes a stopped timer and returns its number, which is never 0.
func (w *wheel) newTimer(kind timerKind, what uint32) uint32 {
	n := w.free
	if n != 0 {
		w.free = w.nodes[n].next
	} else {
		if len(w.nodes) == 0 {
			w.nodes = append(w.nodes, timer{})
		}
		n = uint32(len(w.nodes))
		w.nodes = append(w.nodes, timer{})
	}
	w.nodes[n] = timer{kind: kind, what: what}
	return n
}

// freeTimer stops a timer and forgets it. Timer 0 is none.
func (w *wheel) freeTimer(n uint32) {
	if n == 0 {
		return
	}
	w.stop(n)
	w.nodes[n] = timer{next: w.free}
	w.free = n
}

// start sets the timer to fire at a time in nanoseconds since the epoch of the engine.
func (w *wheel) start(n uint32, at int64) {
	w.stop(n)
	tick := (at + wheelTick - 1) / wheelTick
	w.nodes[n].tick = max(tick, w.now+1)
	w.insert(n)
	w.set++
}

// running tells whether the timer is set, and for when at the earliest.
func (w *wheel) running(n uint32) (at int64, ok bool) {
	return w.nodes[n].tick * wheelTick, w.nodes[n].on
}

func (w *wheel) insert(n uint32) {
	t := &w.nodes[n]
	level := 0
	// The level is that of the highest group of bits in which the tick differs from now: below it, all slots of the
	// present turn come first.
	if d := uint64(t.tick ^ w.now); d != 0 {
		level = min((bits.Len64(d)-1)/wheelBits, wheelLevels-1)
	}
	slot := uint8(t.tick >> (level * wheelBits) & (wheelSlots - 1))
	if level == wheelLevels-1 && t.tick-w.now >= 1<<(wheelLevels*wheelBits) {
		// Beyond the wheel's horizon (21 years of 10 ms): looked at again when the last slot comes round.
		slot = uint8((w.now>>(level*wheelBits) - 1) & (wheelSlots - 1))
	}
	head := &w.slots[level][slot]
	t.level, t.slot, t.on, t.prev, t.next = uint8(level), slot, true, 0, *head
	if *head != 0 {
		w.nodes[*head].prev = n
	}
	*head = n
	w.full[level] |= 1 << slot
}

func (w *wheel) stop(n uint32) {
	if n == 0 || !w.nodes[n].on {
		return
	}
	w.remove(n)
	w.set--
}

func (w *wheel) remove(n uint32) {
	t := &w.nodes[n]
	if t.prev != 0 {
		w.nodes[t.prev].next = t.next
	} else {
		w.slots[t.level][t.slot] = t.next
		if t.next == 0 {
			w.full[t.level] &^= 1 << t.slot
		}
	}
	if t.next != 0 {
		w.nodes[t.next].prev = t.prev
	}
	t.on, t.prev, t.next = false, 0, 0
}

// advance moves to a time in nanoseconds and calls fire for each timer that came due, earlier ticks first. fire may
// start and stop any timer; what it starts for a time that has come fires in the same call.
func (w *wheel) advance(to int64, fire func(kind timerKind, what uint32)) {
	target := to / wheelTick
	for w.now < target {
		next, ok := w.nextTick()
		if !ok || next > target {
			w.jump(target)
			return
		}
		w.jump(next)
		slot := &w.slots[0][next&(wheelSlots-1)]
		for *slot != 0 {
			t := w.nodes[*slot]
			w.stop(*slot)
			fire(t.kind, t.what)
		}
	}
}

// jump sets now to a tick before which no timer is due, and brings timers down from every higher slot that it enters.
func (w *wheel) jump(tick int64) {
	old := w.now
	w.now = tick
	for level := wheelLevels - 1; level > 0; level-- {
		shift := level * wheelBits
		if old>>shift == tick>>shift {
			continue
		}
		slot := uint8(tick >> shift & (wheelSlots - 1))
		for w.slots[level][slot] != 0 {
			n := w.slots[level][slot]
			w.remove(n)
			w.insert(n)
			if w.nodes[n].level == uint8(level) && w.nodes[n].slot == slot {
				break // horizon: it stays
			}
		}
	}
}

// nextTick is the tick of the earliest timer, or of the moment when a higher slot must be looked into.
func (w *wheel) nextTick() (int64, bool) {
	if w.set == 0 {
		return 0, false
	}
	for level := range wheelLevels {
		shift := level * wheelBits
		at := w.now >> shift
		pos := at & (wheelSlots - 1)
		if later := w.full[level] >> pos >> 1; later != 0 {
			return (at + 1 + int64(bits.TrailingZeros64(later))) << shift, true
		}
	}
	// Only slots behind the hand of the top level are left: they belong to its next turn.
	top := (wheelLevels - 1) * wheelBits
	return (w.now>>top + 1) << top, true
}

// next is the time, in nanoseconds since the epoch, at which advance has something to do.
func (w *wheel) next() (int64, bool) {
	tick, ok := w.nextTick()
	return tick * wheelTick, ok
}
