package lab

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

const (
	forwardDial = 5 * time.Second
	maxForwards = 256 // connections of one forward at a time
)

// Dialer makes the far half of a forwarded connection.
type Dialer func(ctx context.Context) (net.Conn, error)

// Forward joins every connection that a listener accepts with one that it dials first. The caller is reset when that
// fails or takes five seconds, so that it never speaks to nobody. A half-close and a reset are handed on.
type Forward struct {
	srv    server
	dial   Dialer
	ctx    context.Context
	cancel context.CancelFunc
	addr   net.Addr
}

// NewForward begins at once; ln belongs to it.
func NewForward(ln net.Listener, dial Dialer) *Forward {
	f := &Forward{dial: dial, addr: ln.Addr()}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.srv = server{max: maxForwards, handle: f.join}
	f.srv.background(ln)
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
	splice(caller, far)
}

// splice copies both ways until both are at their end, or one fails; then both are reset.
func splice(a, b net.Conn) {
	var once sync.Once
	abort := func() {
		reset(a)
		reset(b)
	}
	var wg sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		wg.Go(func() {
			if err := copyAll(way[1], way[0]); err != nil {
				once.Do(abort)
			}
		})
	}
	wg.Wait()
	once.Do(func() {
		a.Close()
		b.Close()
	})
}

// copyAll copies to the end and hands the end on.
func copyAll(to, from net.Conn) error {
	// Neither side's own splicing: what arrives in one read leaves in one write, so that a person's keystrokes stay
	// segments of their own.
	if _, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 32<<10)); err != nil {
		return err
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return to.Close()
}
