package dataplane

import "slices"

// A connection keeps the interfaces that it was made for. When the routes change, one whose route leads by another interface now
// (timeout floating-conn) or is gone (timeout conn-holddown) ends when that has been so for a time, and its hosts may open
// another one.

// reroute looks for such connections behind a change of the rules: a piece of the table at a time, since packets wait.
func (e *Engine) reroute() {
	was := e.before
	if was == nil {
		return
	}
	floating, holddown := int64(e.r.Timeouts.Floating), int64(e.r.Timeouts.Holddown)
	if floating == 0 && holddown == 0 || slices.Equal(was.routes, e.r.routes) {
		e.before = nil
		return
	}
	e.rerouted = e.flows.some(e.rerouted, pieceEntries, func(i uint32, f *flow) bool {
		switch moved, gone := e.offRoute(f); {
		case f.box:
		case gone && holddown > 0:
			e.setAdrift(i, e.now+holddown)
		case moved && floating > 0 && !movedBy(was, f):
			e.setAdrift(i, e.now+floating)
		}
		return true
	})
	if e.rerouted == 0 {
		e.before = nil
	}
}

// offRoute tells whether the best route to an end of a connection leads by another interface than the connection does, and
// whether none leads by that at all.
func (e *Engine) offRoute(f *flow) (moved, gone bool) {
	for side := range f.ways {
		_, here := e.r.nextHop(f.ways[side].port, f.ways[side].src)
		gone = gone || !here
	}
	return movedBy(e.r, f), gone
}

// movedBy tells the first under some rules: a translation may lead a connection elsewhere from the beginning.
func movedBy(r *rules, f *flow) bool {
	for side := range f.ways {
		if h, ok := r.route(f.ways[side].src, None); ok && h.port != f.ways[side].port {
			return true
		}
	}
	return false
}

// setAdrift notes when a connection ends unless its route comes back.
func (e *Engine) setAdrift(i uint32, at int64) {
	if _, there := e.adrift[i]; there {
		return
	}
	e.adrift[i] = at
	if e.adriftTimer == 0 {
		e.adriftTimer = e.wheel.newTimer(timerAdrift, 0)
	}
	if due, on := e.wheel.running(e.adriftTimer); !on || at < due {
		e.wheel.start(e.adriftTimer, at)
	}
}

// adriftDue ends the connections whose time is over.
func (e *Engine) adriftDue() {
	next := int64(0)
	for i, at := range e.adrift {
		if at > e.now {
			if next == 0 || at < next {
				next = at
			}
			continue
		}
		f := e.flows.at(i)
		delete(e.adrift, i)
		if moved, gone := e.offRoute(f); moved || gone {
			e.endFlow(i, f, ReasonIdle) // unverified: the reason
		}
	}
	if next != 0 {
		e.wheel.start(e.adriftTimer, next)
		return
	}
	e.wheel.freeTimer(e.adriftTimer)
	e.adriftTimer = 0
}
