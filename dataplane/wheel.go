package dataplane

import (
	"math/bits"
	"time"
)

// wheel is a hierarchical timing wheel: 6 levels of 64 slots, the lowest of one tick each. Setting and stopping a timer
// costs the same whatever their number. A timer fires at the first tick at or after its time.
type wheel struct {
	now   int64 // the tick that is being worked on; those before have passed
	slots [wheelLevels][wheelSlots]uint32
	full  [wheelLevels]uint64 // a bit per slot that is not empty
	nodes [][]timer
	made  uint32 // nodes that were ever given out, with node 0, which is none
	free  uint32
	set   int
}

const (
	wheelLevels = 6
	wheelBits   = 6
	wheelSlots  = 1 << wheelBits
	wheelTick   = int64(10 * time.Millisecond)
	// wheelFar is how many ticks ahead a timer can be set, 497 days; one for later fires then.
	wheelFar   = 1<<32 - 1
	wheelChunk = 1024
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
	timerAdrift
	timerRates // the next sample of the rates
)

// timer is a node of the wheel.
type timer struct {
	tick uint32 // its low bits: the others are those of now, or one more
	prev uint32 // the node before, or atSlot and its slot; 0: it is not set
	next uint32
	what uint32 // the kind, and a slab index whose meaning depends on it
}

const (
	atSlot   = 1 << 31
	whatBits = 28
)

func (w *wheel) node(n uint32) *timer { return &w.nodes[n/wheelChunk][n%wheelChunk] }

// newTimer makes a stopped timer and returns its number, which is never 0.
func (w *wheel) newTimer(kind timerKind, what uint32) uint32 {
	n := w.free
	if n != 0 {
		w.free = w.node(n).next
	} else {
		w.made = max(w.made, 1)
		n = w.made
		w.made++
		if int(n/wheelChunk) >= len(w.nodes) {
			w.nodes = append(w.nodes, make([]timer, wheelChunk))
		}
	}
	*w.node(n) = timer{what: uint32(kind)<<whatBits | what}
	return n
}

// freeTimer stops a timer and forgets it. Timer 0 is none.
func (w *wheel) freeTimer(n uint32) {
	if n == 0 {
		return
	}
	w.stop(n)
	*w.node(n) = timer{next: w.free}
	w.free = n
}

// start sets the timer to fire at a time in nanoseconds since the epoch of the engine.
func (w *wheel) start(n uint32, at int64) {
	w.stop(n)
	tick := (at + wheelTick - 1) / wheelTick
	tick = min(max(tick, w.now+1), w.now+wheelFar)
	w.node(n).tick = uint32(tick)
	w.insert(n, tick)
	w.set++
}

// tick is when a timer fires that is set.
func (w *wheel) tick(t *timer) int64 { return w.now + int64(t.tick-uint32(w.now)) }

// running tells whether the timer is set, and for when at the earliest.
func (w *wheel) running(n uint32) (at int64, ok bool) {
	t := w.node(n)
	return w.tick(t) * wheelTick, t.prev != 0
}

func (w *wheel) insert(n uint32, tick int64) {
	level := 0
	// The level is that of the highest group of bits in which the tick differs from now: below it, all slots of the
	// present turn come first.
	if d := uint64(tick ^ w.now); d != 0 {
		level = min((bits.Len64(d)-1)/wheelBits, wheelLevels-1)
	}
	slot := uint8(tick >> (level * wheelBits) & (wheelSlots - 1))
	head := &w.slots[level][slot]
	t := w.node(n)
	t.prev, t.next = atSlot|uint32(level)<<wheelBits|uint32(slot), *head
	if *head != 0 {
		w.node(*head).prev = n
	}
	*head = n
	w.full[level] |= 1 << slot
}

func (w *wheel) stop(n uint32) {
	if n == 0 || w.node(n).prev == 0 {
		return
	}
	w.remove(n)
	w.set--
}

func (w *wheel) remove(n uint32) {
	t := w.node(n)
	if t.prev&atSlot == 0 {
		w.node(t.prev).next = t.next
	} else {
		level, slot := t.prev&^atSlot>>wheelBits, t.prev&(wheelSlots-1)
		w.slots[level][slot] = t.next
		if t.next == 0 {
			w.full[level] &^= 1 << slot
		}
	}
	if t.next != 0 {
		w.node(t.next).prev = t.prev
	}
	t.prev, t.next = 0, 0
}

// advance moves to a time in nanoseconds and calls fire for each timer that came due, earlier ticks first. fire may
// start and stop any timer; what it starts for a time that has come fires in the same call. No more than most timers are
// touched: what is left is due still, and next says so.
func (w *wheel) advance(to int64, most int, fire func(kind timerKind, what uint32)) {
	target := to / wheelTick
	for {
		for level := wheelLevels - 1; level > 0; level-- {
			for slot := w.present(level); *slot != 0; most-- {
				if most == 0 {
					return
				}
				n := *slot
				tick := w.tick(w.node(n))
				w.remove(n)
				w.insert(n, tick)
			}
		}
		for slot := w.present(0); *slot != 0; most-- {
			if most == 0 {
				return
			}
			what := w.node(*slot).what
			w.stop(*slot)
			fire(timerKind(what>>whatBits), what&(1<<whatBits-1))
		}
		if w.now >= target {
			return
		}
		next, ok := w.nextTick()
		if !ok || next > target {
			next = target
		}
		w.now = next
	}
}

// present is the slot of a level that now has entered. Behind level 0 it is empty but for what advance has not brought
// down yet: what is set later than now lies in another slot.
func (w *wheel) present(level int) *uint32 {
	return &w.slots[level][w.now>>(level*wheelBits)&(wheelSlots-1)]
}

// nextTick is the tick of the earliest timer, or of the moment when a higher slot must be looked into.
func (w *wheel) nextTick() (int64, bool) {
	if w.set == 0 {
		return 0, false
	}
	for level := range wheelLevels {
		if *w.present(level) != 0 {
			return w.now, true
		}
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
