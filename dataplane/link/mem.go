package link

import (
	"net"
	"sync/atomic"
)

// Pipe is a wire in memory with an IP MTU of mtu octets: what one end writes, the other reads, in order. It holds 512
// frames or 4 MiB in each direction that nobody has read yet; more is dropped and counted (see Dropped).
//
// Closing an end ends the wire: what that end wrote before is still read at the other, which then gets net.ErrClosed;
// what it had not read itself is lost.
func Pipe(mtu int) (Link, Link) {
	ab, ba := newQueue(maxQueuedFrames, maxQueuedOctets, false), newQueue(maxQueuedFrames, maxQueuedOctets, false)
	return &pipeEnd{in: ba, out: ab, mtu: mtu}, &pipeEnd{in: ab, out: ba, mtu: mtu}
}

// Dropped is the number of frames that the reading side of l has lost to a full queue or to too small a buffer. A link
// that does not count reports 0.
func Dropped(l Link) uint64 {
	if c, ok := l.(interface{ dropped() uint64 }); ok {
		return c.dropped()
	}
	return 0
}

// Queued is how many frames wait to be read from l now, and the most that ever did. A link that does not count reports 0.
func Queued(l Link) (now, most int) {
	if c, ok := l.(interface{ queued() (now, most int) }); ok {
		return c.queued()
	}
	return 0, 0
}

type pipeEnd struct {
	in, out *queue
	mtu     int
	closed  atomic.Bool
}

func (p *pipeEnd) Read(frames []Frame) (int, error) { return p.in.get(frames) }

// Take, Give and Attend implement Direct.
func (p *pipeEnd) Take(frames []Frame) (int, error) { return p.in.take(frames) }
func (p *pipeEnd) Give()                            { p.in.give() }
func (p *pipeEnd) Attend(ring func()) error         { return p.in.attend(ring) }

func (p *pipeEnd) Write(frames []Frame) (int, error) {
	if p.closed.Load() || !p.out.put(frames, false) {
		return 0, net.ErrClosed
	}
	return len(frames), nil
}

func (p *pipeEnd) MTU() int        { return p.mtu }
func (p *pipeEnd) dropped() uint64 { return p.in.drops() }

func (p *pipeEnd) queued() (now, most int) { return p.in.fill() }

func (p *pipeEnd) Close() error {
	if p.closed.Swap(true) {
		return net.ErrClosed
	}
	p.in.close()
	p.out.end()
	return nil
}
