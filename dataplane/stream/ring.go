package stream

// ring holds octets that follow one another in sequence space. It grows by doubling up to keepMax, which the caller
// minds.
type ring struct {
	base uint32 // place of the first octet
	buf  []byte // length is a power of two
	at   int    // index of the first octet
	n    int
}

func (r *ring) append(b []byte) {
	if r.n+len(b) > len(r.buf) {
		r.grow(r.n + len(b))
	}
	i := (r.at + r.n) & (len(r.buf) - 1)
	c := copy(r.buf[i:], b)
	copy(r.buf, b[c:])
	r.n += len(b)
}

func (r *ring) grow(n int) {
	size := max(len(r.buf), 1024)
	for size < n {
		size *= 2
	}
	buf := make([]byte, size)
	r.read(r.base, buf[:r.n])
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
