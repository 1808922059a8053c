package link

import "time"

// Direct is a link whose frames are worked on where they lie, by one goroutine that does not wait for each link: it takes what
// there is from all, and where that is nothing it waits for a Bell. Read is not called meanwhile.
type Direct interface {
	Link
	// Take fills frames[:n] with those that are there; none is no error. Their buffers are the caller's, to write to as
	// well, until Give. Each has Headroom octets before it at least. After Close the error is net.ErrClosed.
	Take(frames []Frame) (n int, err error)
	// Give gives back what was taken.
	Give()
	// Attend does what the link needs besides, until it is closed, and rings when that made something to take.
	Attend(ring func()) error
}

// Headroom is how many octets there are before a frame at least, for those who put a header there.
const Headroom = 32

// Bell wakes a goroutine that waits for links and for others that ring. Wait is called by one goroutine, and not after Close.
type Bell interface {
	// Ring makes the Wait in progress, or else the next one, return.
	Ring()
	// Wait returns when the bell was rung, when a link may have something to take, or after d.
	Wait(d time.Duration)
	Close() error
}

// looksAwake is how often a bell looks at its wires, letting others have the processor in between, before it sleeps: some 50
// microseconds where nobody wants it. To sleep and to be woken costs more than that wait for the next packet of a dialogue.
const looksAwake = 64

// NewBell makes the bell for the one goroutine that takes from links.
func NewBell(links []Direct) (Bell, error) {
	var wires []descriptor
	for _, l := range links {
		if w, ok := l.(descriptor); ok {
			wires = append(wires, w)
		}
	}
	if len(wires) > 0 {
		return newPollBell(wires, looksAwake)
	}
	return &chanBell{rung: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}, nil
}

// descriptor is a link of which the kernel tells when there is something to take.
type descriptor interface {
	descriptor() int // -1: none now
	ready() bool     // Take would find something
	failed()         // the kernel tells of an error
}

// chanBell is for links that ring themselves.
type chanBell struct {
	rung  chan struct{}
	timer *time.Timer
}

func (b *chanBell) Ring() {
	select {
	case b.rung <- struct{}{}:
	default: // it rings already
	}
}

func (b *chanBell) Wait(d time.Duration) {
	b.timer.Reset(d)
	select {
	case <-b.rung:
	case <-b.timer.C:
	}
}

func (b *chanBell) Close() error { b.timer.Stop(); return nil }
