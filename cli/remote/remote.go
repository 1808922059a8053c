// Package remote is the ways to a console from outside: telnet, SSH, the serial line on TCP and the process's own
// terminal. It accepts, authenticates where the protocol does, makes a Terminal and starts a session on it. It knows no
// command and no configuration.
package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"pixsim/cli/term"
)

// Caller is who is at the far side of a Terminal.
type Caller struct {
	Kind    string         // "telnet", "ssh" or "console"
	From    netip.AddrPort // the zero value for the console
	User    string         // ssh: the user who was authenticated
	Command string         // ssh: the command of an exec channel; "" for a shell
	Cipher  string         // ssh: from client to server, "aes128-ctr"
	Version string         // ssh: identification of the client, "SSH-2.0-OpenSSH_9.2"
	Keyed   bool           // ssh: it was a public key that let the user in
}

// Handler is one session on t. It returns when the session is over, and soon after ctx ends; status is what an SSH exec
// channel reports. It does not close t.
type Handler func(ctx context.Context, t term.Terminal, c Caller) (status int)

const (
	// stalled is how long a far side may refuse to take output before the connection is given up: a session must not
	// stop the box because nobody reads along.
	stalled = 30 * time.Second
	// lingering is how long a far side has to take the last text and close.
	lingering = time.Second
	// turnedAway is how many refused connections are told so at the same time; beyond, they are closed without a word.
	turnedAway = 8
)

// accept calls serve for each connection of ln, each in a goroutine, until ctx ends, ln fails or serve says stop; it
// returns after all of them have returned. The context of serve ends with accept's.
func accept(ctx context.Context, ln net.Listener, serve func(ctx context.Context, c net.Conn)) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		c, err := ln.Accept()
		switch {
		case err == nil:
			wg.Go(func() { serve(ctx, c) })
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default: // out of descriptors, aborted by the far side: it passes
			pause(ctx, 50*time.Millisecond)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// from is the far end of c.
func from(c net.Conn) netip.AddrPort {
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		p := a.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	p, _ := netip.ParseAddrPort(c.RemoteAddr().String())
	return p
}

// seats counts sessions up to a number.
type seats struct {
	mu   sync.Mutex
	max  int
	held int
}

// full turns a caller away, and says so.
func (s *seats) full(c net.Conn, say func(netip.AddrPort, int)) {
	if say != nil {
		say(from(c), s.max)
	}
	c.Close()
}

func (s *seats) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held >= s.max {
		return false
	}
	s.held++
	return true
}

func (s *seats) free() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
}

// line is a connection whose writes cannot block for ever.
type line struct{ net.Conn }

func (l line) Write(p []byte) (int, error) {
	l.Conn.SetWriteDeadline(time.Now().Add(stalled))
	return l.Conn.Write(p)
}

// farewell closes c so that the far side gets what was written: closing with input unread would reset the connection,
// and the last text with it.
func farewell(c net.Conn) {
	defer c.Close()
	half, ok := c.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.SetReadDeadline(time.Now().Add(lingering))
	io.Copy(io.Discard, io.LimitReader(c, 1<<20))
}
