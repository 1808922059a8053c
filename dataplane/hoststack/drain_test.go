package hoststack

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"pixsim/dataplane/link"
)

// gate lets nothing out while it is shut.
type gate struct {
	link.Link
	shut *atomic.Bool
}

func (g gate) Write(frames []link.Frame) (int, error) {
	if g.shut.Load() {
		return len(frames), nil
	}
	return g.Link.Write(frames)
}

// Drain ends when the last octet is acknowledged and not before, and leaves the connection as it was.
func TestDrain(t *testing.T) {
	sw := link.NewSwitch(1500)
	var shut atomic.Bool
	a, b := pairOn(t, sw.Port(), gate{sw.Port(), &shut})
	client, server := connect(t, a, b, addrB)
	defer client.Close()
	defer server.Close()
	c := client.(*Conn)
	if err := c.Drain(within(t, 10*time.Second)); err != nil {
		t.Errorf("with nothing to wait for: %v", err)
	}
	size := c.ep.SocketOptions().GetSendBufferSize()
	shut.Store(true)
	for _, n := range []int{1, 100_000} {
		if _, err := c.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		if err := c.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d octets that nobody acknowledged: %v", n, err)
		}
		cancel()
	}
	shut.Store(false)
	go io.Copy(io.Discard, server) // ends with the connection
	if err := c.Drain(within(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
	if got := c.ep.SocketOptions().GetSendBufferSize(); got != size {
		t.Errorf("the buffer has %d octets, not %d", got, size)
	}
	if _, err := c.Write(make([]byte, 200_000)); err != nil {
		t.Error(err)
	}
	if err := c.Drain(within(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
}
