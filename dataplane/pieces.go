package dataplane

import (
	"iter"

	"pixsim/dataplane/packet"
)

// This file is what goes over whole tables. They may have a million entries: the engine is asked for a piece at a time, so
// that packets pass in between. What is there from beginning to end is met once; what comes or goes meanwhile may be met or
// not. do is Engine.Do, or what calls it; none of this may be used within one.

// pieceEntries is how many entries are looked at before packets have their turn again.
const pieceEntries = 512

// inPieces calls f in the engine's goroutine until it returns 0, each time with what it returned last.
func inPieces(do func(func(*State)), f func(e *Engine, from uint32) uint32) {
	for from, more := uint32(0), true; more; more = from != 0 {
		do(func(s *State) { from = f(s.e, from) })
	}
}

// copies goes over copies of what a table has: some tells of a piece of it.
func copies[T any](do func(func(*State)), some func(e *Engine, from uint32, add func(T)) uint32) iter.Seq[T] {
	return func(yield func(T) bool) {
		var piece []T
		for from, more := uint32(0), true; more; more = from != 0 {
			piece = piece[:0]
			do(func(s *State) { from = some(s.e, from, func(v T) { piece = append(piece, v) }) })
			for _, v := range piece {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// Conns goes over the connections through the box, in no order.
func Conns(do func(func(*State))) iter.Seq[Conn] { return conns(do, false) }

// AllConns are those of the box itself as well, whose end is that of Self.
func AllConns(do func(func(*State))) iter.Seq[Conn] { return conns(do, true) }

func conns(do func(func(*State)), box bool) iter.Seq[Conn] {
	return copies(do, func(e *Engine, from uint32, add func(Conn)) uint32 {
		return e.flows.some(from, pieceEntries, func(_ uint32, f *flow) bool {
			if box || !f.box {
				add(e.conn(f))
			}
			return true
		})
	})
}

// Xlates goes over the translations, in no order.
func Xlates(do func(func(*State))) iter.Seq[Xlate] {
	return copies(do, func(e *Engine, from uint32, add func(Xlate)) uint32 {
		return e.xlates.some(from, pieceEntries, func(_ uint32, x *xlate) bool { add(e.xlate(x)); return true })
	})
}

// LocalHosts goes over the local hosts, in no order.
func LocalHosts(do func(func(*State))) iter.Seq[LocalHost] {
	return copies(do, func(e *Engine, from uint32, add func(LocalHost)) uint32 {
		return e.hosts.some(from, pieceEntries, func(_ uint32, h *host) bool {
			add(LocalHost{
				Port: h.key.port, Addr: packet.Addr(h.key.addr), TCP: int(h.tcp), UDP: int(h.udp), Embryonic: int(h.embryonic), Own: !h.through(),
			})
			return true
		})
	})
}

// ClearConns ends the connections that f wants ended, all with nil, and returns how many.
func ClearConns(do func(func(*State)), f func(Conn) bool) int { return clearConns(do, f, false) }

// ClearAllConns is ClearConns for the connections of the box itself as well.
func ClearAllConns(do func(func(*State)), f func(Conn) bool) int { return clearConns(do, f, true) }

func clearConns(do func(func(*State)), f func(Conn) bool, box bool) int {
	n := 0
	inPieces(do, func(e *Engine, from uint32) uint32 {
		return e.flows.some(from, pieceEntries, func(i uint32, fl *flow) bool {
			if (box || !fl.box) && (f == nil || f(e.conn(fl))) {
				e.endFlow(i, fl, ReasonConnClear)
				n++
			}
			return true
		})
	})
	return n
}

// ClearXlates ends the translations that f wants ended, all with nil, and the connections through them, and returns how
// many translations. Those of static rules of the table stay, of course: only their connections end.
func ClearXlates(do func(func(*State)), f func(Xlate) bool) int {
	n := 0
	inPieces(do, func(e *Engine, from uint32) uint32 {
		return e.xlates.some(from, pieceEntries, func(i uint32, x *xlate) bool {
			if !x.doomed && (f == nil || f(e.xlate(x))) {
				e.doom(i, x)
				n++
			}
			return true
		})
	})
	inPieces(do, func(e *Engine, from uint32) uint32 {
		return e.flows.some(from, pieceEntries, func(i uint32, fl *flow) bool {
			if e.doomed(fl) || e.throughFixed(fl, f) {
				e.endFlow(i, fl, ReasonXlateClear)
			}
			return true
		})
	})
	inPieces(do, func(e *Engine, from uint32) uint32 {
		return e.xlates.some(from, pieceEntries, func(i uint32, x *xlate) bool {
			if x.doomed {
				e.removeXlate(i)
			}
			return true
		})
	})
	return n
}

// doom takes a translation out of its places: no packet finds it any more, and it goes with its last connection.
func (e *Engine) doom(i uint32, x *xlate) {
	x.doomed = true
	e.places.drop(2 * i)
	e.places.drop(2*i + 1)
}

// doomed tells whether a connection goes through a translation that is to end.
func (e *Engine) doomed(f *flow) bool {
	for _, i := range f.xlates {
		if i != 0 && e.xlates.at(i).doomed {
			return true
		}
	}
	return false
}

// inline is Do for what happens within the engine's own work.
func (e *Engine) inline(f func(*State)) { f(&State{e}) }
