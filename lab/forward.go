package lab

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	forwardDial = 5 * time.Second
	leastCopied = 512
	mostCopied  = 32 << 10
	fewReads    = 4               // short ones in a row: the end is no longer busy
	maxForwards = 256             // connections of one forward at a time
	halfClosed  = 2 * time.Minute // of silence; who has closed may have left, which only an answer would show
)

// Dialer makes the far half of a forwarded connection.
type Dialer func(ctx context.Context) (net.Conn, error)

// Forward joins every connection that a listener accepts with one that it dials first. The caller is reset when that
// fails or takes five seconds, so that it never speaks to nobody. A half-close and a reset are handed on; when one end has
// closed and the other says nothing for two minutes, both are reset.
type Forward struct {
	srv    server
	dial   Dialer
	silent time.Duration
	ctx    context.Context
	cancel context.CancelFunc
	addr   net.Addr
}

// NewForward begins at once; ln belongs to it.
func NewForward(ln net.Listener, dial Dialer) *Forward {
	f := newForward(ln, dial, halfClosed)
	f.srv.background(ln)
	return f
}

func newForward(ln net.Listener, dial Dialer, silent time.Duration) *Forward {
	f := &Forward{dial: dial, silent: silent, addr: ln.Addr()}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.srv = server{max: maxForwards, handle: f.join}
	return f
}

// Addr is where it listens.
func (f *Forward) Addr() net.Addr { return f.addr }

// Close stops listening, resets what is joined, and waits.
func (f *Forward) Close() error {
	f.cancel()
	return f.srv.Close()
}

func (f *Forward) join(caller net.Conn) {
	ctx, cancel := context.WithTimeout(f.ctx, forwardDial)
	far, err := f.dial(ctx)
	cancel()
	if err != nil {
		reset(caller)
		return
	}
	stop := context.AfterFunc(f.ctx, func() { reset(far) })
	defer stop()
	splice(caller, far, f.silent)
}

// splice copies both ways until both are at their end, or one fails; then both are reset. To be silent for too long once
// the other has ended is to fail.
func splice(a, b net.Conn, silent time.Duration) {
	var once sync.Once
	abort := func() {
		reset(a)
		reset(b)
	}
	way := func(to, from *end) {
		if err := copyAll(to, from); err != nil {
			once.Do(abort)
			return
		}
		to.last()
	}
	left, right := &end{Conn: a, silent: silent}, &end{Conn: b, silent: silent}
	var back sync.WaitGroup
	back.Go(func() { way(left, right) })
	way(right, left)
	back.Wait()
	once.Do(func() {
		a.Close()
		b.Close()
	})
}

// end is one end of a splice.
type end struct {
	net.Conn
	silent time.Duration
	alone  atomic.Bool // the other end has closed
}

// last says that the other end has closed.
func (e *end) last() {
	e.alone.Store(true)
	e.SetReadDeadline(time.Now().Add(e.silent))
}

func (e *end) Read(p []byte) (int, error) {
	if e.alone.Load() {
		e.SetReadDeadline(time.Now().Add(e.silent))
	}
	return e.Conn.Read(p)
}

// copyAll copies to the end and hands the end on.
func copyAll(to, from *end) error {
	// Neither side's own splicing: what arrives in one read leaves in one write, so that a person's keystrokes stay
	// segments of their own. The buffer is as long as what comes at a time: most callers are silent for most of the time.
	in, short := make([]byte, leastCopied), 0
	for {
		n, err := from.Read(in)
		if n > 0 {
			if _, err := to.Write(in[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		in, short = fitting(in, n, short)
	}
	if half, ok := to.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return to.Close()
}

// fitting is the buffer for the next read behind one of n octets, and how many short ones came in a row.
func fitting(in []byte, n, short int) ([]byte, int) {
	switch {
	case n == len(in) && n < mostCopied:
		return make([]byte, 2*n), 0
	case n > leastCopied || len(in) == leastCopied:
		return in, 0
	case short < fewReads:
		return in, short + 1
	}
	return make([]byte, leastCopied), 0
}
