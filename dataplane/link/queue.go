package link

import (
	"net"
	"sync"
)

// A wire holds this much that nobody has read yet; what comes on top is dropped, as by a full transmit ring.
const (
	maxQueuedFrames = 512
	maxQueuedOctets = 4 << 20
	keptBuffer      = 2048 // octets; the buffer of a slot that had to hold a longer frame is let go when read
)

// queue is one direction of a wire: a bounded ring of frames.
type queue struct {
	mu      sync.Mutex
	ready   sync.Cond
	ring    [maxQueuedFrames]stored
	head, n int
	octets  int
	most    int // frames there ever were
	dropped uint64
	eof     bool // no more frames come; those that are here are still read
	closed  bool // nothing is read any more
}

type stored struct {
	data      []byte
	gsoSize   uint16
	needsCsum bool
}

func newQueue() *queue {
	q := &queue{}
	q.ready.L = &q.mu
	return q
}

// put copies frames into the ring and says whether anybody can ever read them.
func (q *queue) put(frames []Frame) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.eof || q.closed {
		return false
	}
	for i := range frames {
		q.store(&frames[i])
	}
	q.ready.Signal()
	return true
}

func (q *queue) store(f *Frame) {
	if q.n == len(q.ring) || q.octets+f.Len > maxQueuedOctets {
		q.dropped++
		return
	}
	s := &q.ring[(q.head+q.n)%len(q.ring)]
	s.data = append(s.data[:0], f.Bytes()...)
	s.gsoSize, s.needsCsum = f.GSOSize, f.NeedsCsum
	q.octets += f.Len
	q.n++
	q.most = max(q.most, q.n)
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
		if room := len(f.Buf) - f.Off; len(s.data) > room {
			q.dropped++
		} else {
			f.Len = copy(f.Buf[f.Off:], s.data)
			f.GSOSize, f.NeedsCsum = s.gsoSize, s.needsCsum
			got++
		}
		q.octets -= len(s.data)
		if cap(s.data) > keptBuffer {
			s.data = nil
		}
		q.head = (q.head + 1) % len(q.ring)
		q.n--
	}
	return got
}

func (q *queue) end() {
	q.mu.Lock()
	q.eof = true
	q.mu.Unlock()
	q.ready.Broadcast()
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	clear(q.ring[:])
	q.n, q.octets = 0, 0
	q.mu.Unlock()
	q.ready.Broadcast()
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
