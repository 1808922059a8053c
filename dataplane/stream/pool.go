package stream

// Pool is what the connections of one owner share: a bound on the octets that they keep together, and the buffer in
// which they make packets of their own. Its owner is the one goroutine that calls them all. The zero value works.
//
// Each direction of each connection may always hold 4 KiB, so that no crowd of strangers stops the mail of the others.
// What it holds beyond that is taken from Limit. Where nothing is left a segment is dropped, as by a wire: its sender
// repeats it, more slowly, and finds room once a receiver somewhere has acknowledged something.
type Pool struct {
	Limit int // octets, 0: 64 MiB; the 4 KiB of each direction are not bound by it, but count

	held    int
	peak    int
	crowd   crowd
	refused uint64
	scratch []byte

	spare  [buffers][][]byte // that nothing is kept in now, by size
	spared int               // octets of them
}

// Buffers that are let go wait here for those that want one, since connections fill and empty theirs all the time.
const (
	spareMost  = 16 << 20 // octets; more is left to the collector
	leastSpare = 8 << 10  // octets of one
	buffers    = 10       // sizes: leastSpare, doubled up to keepMax
)

// sizeOf is the size's place in spare, -1: there is none.
func sizeOf(n int) int {
	for i := range buffers {
		if n == leastSpare<<i {
			return i
		}
	}
	return -1
}

// buffer is n octets, whatever they are.
func (p *Pool) buffer(n int) []byte {
	i := sizeOf(n)
	if i < 0 || len(p.spare[i]) == 0 {
		return make([]byte, n)
	}
	last := len(p.spare[i]) - 1
	b := p.spare[i][last]
	p.spare[i] = p.spare[i][:last]
	p.spared -= n
	return b
}

// release lets a buffer go.
func (p *Pool) release(b []byte) {
	if i := sizeOf(len(b)); i >= 0 && p.spared+len(b) <= spareMost {
		p.spare[i] = append(p.spare[i], b)
		p.spared += len(b)
	}
}

// Bounds of what all connections of a pool hold.
const (
	poolLimit = 64 << 20
	floor     = 4 << 10  // of one direction, whatever the others hold
	idleMost  = 16 << 10 // of a direction that waits for nothing, while the pool is not half full
)

// Held is what all connections hold now, in octets.
func (p *Pool) Held() int { return p.held }

// Peak is the most that they held since the last Rest.
func (p *Pool) Peak() int { return p.peak }

// Rest makes what they hold now the Peak.
func (p *Pool) Rest() { p.peak = p.held }

// Refused counts the segments for which there was no room.
func (p *Pool) Refused() uint64 { return p.refused }

// Most is the limit in force.
func (p *Pool) Most() int {
	if p.Limit == 0 {
		return poolLimit
	}
	return p.Limit
}

// reserve takes n octets for h, or says that there are none.
func (h *half) reserve(n int) bool {
	if h.held+n > floor && h.pool.held+n > h.pool.Most() {
		h.pool.refused++
		return false
	}
	h.count(n)
	return true
}

// count takes n octets for what has a bound of its own, or with a negative n gives them back.
func (h *half) count(n int) {
	h.held += n
	h.pool.held += n
	h.pool.peak = max(h.pool.peak, h.pool.held)
}

// makeRoom has kept hold n more octets without growing, if it may.
func (h *half) makeRoom(n int) bool {
	if !h.hasRoom(n) {
		return false
	}
	more := h.kept.growth(n)
	if more > 0 && !h.reserve(more) {
		return false
	}
	h.kept.grow(more, h.pool)
	return true
}

// tidy gives back the buffer of a direction that waits for no acknowledgement, if it is a large one.
func (h *half) tidy() {
	n := len(h.kept.buf)
	if h.kept.n == 0 && n > floor && (n > idleMost || h.pool.held > h.pool.Most()/2) {
		h.pool.release(h.kept.buf)
		h.kept.buf, h.kept.at = nil, 0
		h.count(-n)
	}
}

// close forgets everything.
func (h *half) close() {
	h.count(-h.held)
	h.pool.release(h.kept.buf)
	*h = half{pool: h.pool, queue: h.queue, refused: h.refused}
}
