package hoststack

import (
	"context"
	"time"

	"gvisor.dev/gvisor/pkg/waiter"
)

// drainPoll is how often Drain looks: the stack tells nobody when the last octet has been acknowledged.
const drainPoll = 500 * time.Microsecond

// Drain waits until the peer has acknowledged all that was written. What is written next begins a segment: the stack
// joins a small write only with others that still wait for the window. It fails with ctx's error when that ends first, and
// must not be called while another goroutine writes.
func (c *Conn) Drain(ctx context.Context) error {
	ops := c.ep.SocketOptions()
	size := ops.GetSendBufferSize()
	// An endpoint is writable when less than its buffer's size waits. Setting the size turns its tuning off.
	ops.SetSendBufferSize(1, true)
	defer ops.SetSendBufferSize(size, true)
	tick := time.NewTicker(drainPoll)
	defer tick.Stop()
	for c.ep.Readiness(waiter.WritableEvents) == 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
