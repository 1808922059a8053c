package stream

// ring holds octets that follow one another in sequence space. It doubles as the caller lets it grow, up to keepMax.
type ring struct {
	base uint32 // place of the first octet
	buf  []byte // length is a power of two
	at   int    // index of the first octet
	n    int
}

// append keeps b; the caller has let the ring grow.
func (r *ring) append(b []byte) {
	i := (r.at + r.n) & (len(r.buf) - 1)
	c := copy(r.buf[i:], b)
	copy(r.buf, b[c:])
	r.n += len(b)
}

// growth is how much longer the buffer must be for n more octets.
func (r *ring) growth(n int) int {
	if r.n+n <= len(r.buf) {
		return 0
	}
	size := max(len(r.buf), 1024)
	for size < r.n+n {
		size *= 2
	}
	return size - len(r.buf)
}

func (r *ring) grow(more int, from *Pool) {
	if more == 0 {
		return
	}
	buf := from.buffer(len(r.buf) + more)
	r.read(r.base, buf[:r.n])
	from.release(r.buf)
	r.buf, r.at = buf, 0
}

// discard forgets the first n octets, or all.
func (r *ring) discard(n int) {
	n = min(n, r.n)
	if n == 0 {
		return
	}
	r.at = (r.at + n) & (len(r.buf) - 1)
	r.n -= n
	r.base += uint32(n)
}

// read copies the octets from place from on into b; all of them must be held.
func (r *ring) read(from uint32, b []byte) {
	if len(b) == 0 {
		return
	}
	i := (r.at + int(from-r.base)) & (len(r.buf) - 1)
	c := copy(b, r.buf[i:])
	copy(b[c:], r.buf)
}

// pieces are the n octets from place from on where they lie; all of them must be held.
func (r *ring) pieces(from uint32, n int) (first, rest []byte) {
	i := (r.at + int(from-r.base)) & (len(r.buf) - 1)
	first = r.buf[i:min(i+n, len(r.buf))]
	return first, r.buf[:n-len(first)]
}
