package lab

import (
	"errors"
	"net"
	"sync"
	"time"
)

// server accepts connections, bounded in number, and knows all that must end before Close may return.
type server struct {
	max    int            // connections at a time
	handle func(net.Conn) // closes the connection before it returns
	refuse func(net.Conn) // says that there are too many, quickly; nil: says nothing
	mu     sync.Mutex
	lns    map[net.Listener]bool
	conns  map[net.Conn]bool
	closed bool
	quit   chan struct{} // closed by Close; nil before the first listener
	wg     sync.WaitGroup
}

// Serve accepts connections until ln or the server is closed. It returns nil when the server was closed.
func (s *server) Serve(ln net.Listener) error {
	if !s.add(ln) {
		return nil
	}
	return s.accept(ln)
}

// background is Serve in a goroutine that Close waits for. ln is the server's when it returns.
func (s *server) background(ln net.Listener) {
	if s.add(ln) {
		go s.accept(ln) // fails only with the listener, of which the callers learn by themselves
	}
}

// accept serves what add has taken.
func (s *server) accept(ln net.Listener) error {
	defer s.wg.Done()
	for {
		c, err := ln.Accept()
		if err != nil {
			var passing interface{ Temporary() bool }
			if errors.As(err, &passing) && passing.Temporary() && !s.ended() {
				time.Sleep(20 * time.Millisecond) // out of file descriptors, or the peer gave up
				continue
			}
			ln.Close()
			if s.ended() || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		s.start(c)
	}
}

// add makes ln the server's; it is closed when the server has ended already.
func (s *server) add(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		ln.Close()
		return false
	}
	if s.lns == nil {
		s.lns, s.conns, s.quit = map[net.Listener]bool{}, map[net.Conn]bool{}, make(chan struct{})
	}
	s.lns[ln] = true
	s.wg.Add(1)
	return true
}

func (s *server) start(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return
	}
	work := s.handle
	if len(s.conns) >= s.max {
		if len(s.conns) >= 2*s.max || s.refuse == nil {
			reset(c)
			return
		}
		work = func(c net.Conn) { s.refuse(c); c.Close() }
	}
	s.conns[c] = true
	s.wg.Go(func() {
		defer func() {
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		}()
		work(c)
	})
}

func (s *server) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close ends every listener and connection and waits for all of them.
func (s *server) Close() error {
	s.mu.Lock()
	if s.quit != nil && !s.closed {
		close(s.quit)
	}
	s.closed = true
	for ln := range s.lns {
		ln.Close()
	}
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// patient is a connection on which each write may take a minute, whenever it begins: a buffer that is full is written long
// after the last reply was.
type patient struct{ net.Conn }

func (p patient) Write(b []byte) (int, error) {
	p.SetWriteDeadline(time.Now().Add(time.Minute))
	return p.Conn.Write(b)
}

// reset closes a connection so that the peer gets a RST, where the transport can.
func reset(c net.Conn) {
	if l, ok := c.(interface{ SetLinger(int) error }); ok {
		l.SetLinger(0)
	}
	c.Close()
}
