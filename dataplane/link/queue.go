package link

import (
	"net"
	"sync"
)

// A wire holds this much that nobody has read yet; what comes on top is dropped, as by a full transmit ring. What a port of a
// Switch holds is for a host with many connections at a time, whose windows bound it.
const (
	maxQueuedFrames = 512
	maxQueuedOctets = 4 << 20
	maxPortFrames   = 8192
	maxPortOctets   = 16 << 20
	maxUplinkOctets = 1 << 20 // nothing is lost by it: who writes waits, and what waits stays in the processor's cache
)

// Buffers of a queue are of two sizes. Of each, some are kept when nothing is in them.
const (
	smallBuffer = 2048
	largeBuffer = FrameRoom
	keptSmall   = 512
	keptLarge   = 32
)

// queue is one direction of a wire: a bounded ring of frames, each in a buffer of the queue's, behind Headroom. It is read
// by get, or else by take and give.
type queue struct {
	frames, most int // of them at a time: the bound, and those there ever were
	limit        int // octets
	patient      bool

	mu      sync.Mutex
	ready   sync.Cond // for get
	room    sync.Cond // for put
	waiting int       // for room
	ring    []stored  // grows up to frames
	head, n int
	taken   int // of n, which are the reader's until give
	octets  int
	dropped uint64
	eof     bool // no more frames come; those that are here are still read
	closed  bool // nothing is read any more

	bell func() // of who attends; nil: nobody
	done chan struct{}

	spareSmall, spareLarge [][]byte
}

type stored struct {
	buf       []byte
	off, n    int
	gsoSize   uint16
	needsCsum bool
}

// newQueue holds that many frames and octets. With patient, what does not fit waits while somebody attends (see attend).
func newQueue(frames, octets int, patient bool) *queue {
	q := &queue{frames: frames, limit: octets, patient: patient, done: make(chan struct{})}
	q.ready.L, q.room.L = &q.mu, &q.mu
	return q
}

// put stores frames and says whether anybody can ever read them. It waits for room only where wait says so, too.
func (q *queue) put(frames []Frame, wait bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range frames {
		for wait && q.patient && q.bell != nil && q.full(&frames[i]) {
			q.waiting++
			q.room.Wait()
			q.waiting--
		}
		if q.eof || q.closed {
			return false
		}
		q.store(&frames[i])
	}
	return true
}

func (q *queue) full(f *Frame) bool { return q.n == q.frames || q.n > 0 && q.octets+f.Len > q.limit }

func (q *queue) store(f *Frame) {
	if q.full(f) {
		q.dropped++
		return
	}
	if q.n == len(q.ring) {
		q.grow()
	}
	s := &q.ring[(q.head+q.n)%len(q.ring)]
	*s = stored{n: f.Len, off: Headroom, gsoSize: f.GSOSize, needsCsum: f.NeedsCsum}
	if f.Given && f.Len > smallBuffer && f.Off >= Headroom {
		s.buf, s.off = f.Buf, f.Off
		f.Buf = spare(&q.spareLarge)
	} else {
		s.buf = q.buffer(Headroom + f.Len)
		copy(s.buf[Headroom:], f.Bytes())
	}
	q.octets += f.Len
	q.n++
	q.most = max(q.most, q.n)
	if q.n-q.taken == 1 { // else somebody was told already
		q.tell()
	}
}

func (q *queue) tell() {
	if q.bell != nil {
		q.bell()
		return
	}
	q.ready.Broadcast()
}

// grow makes the ring longer.
func (q *queue) grow() {
	ring := make([]stored, min(q.frames, max(16, 2*len(q.ring))))
	k := copy(ring, q.ring[q.head:])
	copy(ring[k:], q.ring[:q.head])
	q.ring, q.head = ring, 0
}

// buffer has room for n octets.
func (q *queue) buffer(n int) []byte {
	list, size := &q.spareSmall, smallBuffer
	if n > smallBuffer {
		list, size = &q.spareLarge, max(n, largeBuffer)
	}
	if b := spare(list); len(b) >= n {
		return b
	}
	return make([]byte, size)
}

// spare takes a buffer out of a list; nil where that is empty.
func spare(list *[][]byte) []byte {
	last := len(*list) - 1
	if last < 0 {
		return nil
	}
	b := (*list)[last]
	(*list)[last] = nil
	*list = (*list)[:last]
	return b
}

// release forgets the frame at head, and keeps its buffer.
func (q *queue) release() {
	s := &q.ring[q.head]
	switch {
	case len(s.buf) == smallBuffer && len(q.spareSmall) < keptSmall:
		q.spareSmall = append(q.spareSmall, s.buf)
	case len(s.buf) >= largeBuffer && len(q.spareLarge) < keptLarge:
		q.spareLarge = append(q.spareLarge, s.buf)
	}
	q.octets -= s.n
	*s = stored{}
	q.head = (q.head + 1) % len(q.ring)
	q.n--
}

// freed wakes who waits for room.
func (q *queue) freed() {
	if q.waiting > 0 {
		q.room.Broadcast()
	}
}

// get waits for frames and copies them out; a frame that fits no buffer is dropped and counted.
func (q *queue) get(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for q.n == 0 && !q.eof && !q.closed {
			q.ready.Wait()
		}
		if q.closed || q.n == 0 {
			return 0, net.ErrClosed
		}
		if got := q.fetch(frames); got > 0 {
			return got, nil
		}
	}
}

func (q *queue) fetch(frames []Frame) int {
	got := 0
	for got < len(frames) && q.n > 0 {
		s := &q.ring[q.head]
		f := &frames[got]
		if room := len(f.Buf) - f.Off; s.n > room {
			q.dropped++
		} else {
			f.Len = copy(f.Buf[f.Off:], s.buf[s.off:s.off+s.n])
			f.GSOSize, f.NeedsCsum = s.gsoSize, s.needsCsum
			got++
		}
		q.release()
	}
	return got
}

// take hands frames over where they lie.
func (q *queue) take(frames []Frame) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	got := 0
	for ; got < len(frames) && q.taken < q.n; got++ {
		s := &q.ring[(q.head+q.taken)%len(q.ring)]
		frames[got] = Frame{Buf: s.buf, Off: s.off, Len: s.n, GSOSize: s.gsoSize, NeedsCsum: s.needsCsum}
		q.taken++
	}
	if q.closed || got == 0 && q.eof {
		return 0, net.ErrClosed
	}
	return got, nil
}

// give takes back what was handed over.
func (q *queue) give() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ; q.taken > 0; q.taken-- {
		q.release()
	}
	q.freed()
}

// attend rings when there is something to take where there was nothing, until the queue is closed. Meanwhile who puts may
// have to wait; so who attends must never wait for those.
func (q *queue) attend(bell func()) error {
	q.mu.Lock()
	q.bell = bell
	if q.n > 0 || q.eof {
		bell()
	}
	q.mu.Unlock()
	<-q.done
	bell()
	return net.ErrClosed
}

func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.eof = true
	q.tell()
	q.freed()
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ring, q.head, q.n, q.taken, q.octets = nil, 0, 0, 0, 0
	q.spareSmall, q.spareLarge = nil, nil
	close(q.done)
	q.ready.Broadcast()
	q.freed()
}

func (q *queue) fill() (now, most int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n, q.most
}

func (q *queue) drops() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped
}
