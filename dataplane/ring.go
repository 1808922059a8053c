package dataplane

// eventRing is how many events wait at most.
const eventRing = 4096

// ring is a queue of events of fixed length. What does not fit is counted.
type ring struct {
	buf   []Event
	head  int
	n     int
	most  int
	lost  uint64
	spill Event
}

func newRing(n int) ring { return ring{buf: make([]Event, n)} }

// put enters an event and returns it where it stands, for adding to it; where nobody reads it when the ring is full.
func (r *ring) put(ev Event) *Event {
	at := &r.spill
	if r.n == len(r.buf) {
		r.lost++
	} else {
		at = &r.buf[(r.head+r.n)%len(r.buf)]
		r.n++
		r.most = max(r.most, r.n)
	}
	*at = ev
	return at
}

// drain appends what waits to dst, oldest first.
func (r *ring) drain(dst []Event) []Event {
	for ; r.n > 0; r.n-- {
		dst = append(dst, r.buf[r.head])
		r.buf[r.head] = Event{}
		r.head = (r.head + 1) % len(r.buf)
	}
	return dst
}

// post enters an event of the present time.
func (e *Engine) post(ev Event) *Event {
	ev.Time = e.at(e.now)
	return e.events.put(ev)
}

// Events appends the waiting events to dst, oldest first. To be called by the engine's owner; Run does it by itself.
func (e *Engine) Events(dst []Event) []Event { return e.events.drain(dst) }
