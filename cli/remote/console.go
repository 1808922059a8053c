package remote

import (
	"context"
	"io"
	"net"
	"sync"

	"pixsim/cli/term"
)

const (
	// consoleOpen makes a telnet client send each key, and tell its window's size: IAC WILL ECHO, WILL SGA, DO NAWS.
	consoleOpen  = "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x1f"
	consoleInUse = "The console line is in use.\r\n"
)

// Console is the serial line of the box on TCP, spoken to by telnet.
//
// The line is there whether somebody is connected or not: Handle is called once and keeps one Terminal across clients
// and reloads of the box. What is printed while nobody is connected is lost; a client who leaves ends nothing, and the
// next finds the line as it was, a half-typed command included.
type Console struct {
	Handle Handler // runs for as long as the box has a console
}

// Serve serves the line on ln, which it closes, to one client at a time; a second is told that the line is in use. It
// returns when Handle does, which is told by ctx, and after every client is gone.
func (s Console) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	serial := newSerial()
	t := term.New(serial, term.Options{Size: serial.Size})
	defer t.Close()

	told := &seats{max: turnedAway}
	accepted := make(chan error, 1)
	go func() {
		accepted <- accept(ctx, ln, func(ctx context.Context, c net.Conn) { connect(ctx, serial, told, c) })
		cancel()
	}()
	s.Handle(ctx, t, Caller{Kind: "console"})
	cancel()
	return <-accepted
}

// connect gives c the line until it is gone.
func connect(ctx context.Context, s *serial, told *seats, c net.Conn) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	tel := term.NewTelnet(line{c})
	gone := s.attach(tel)
	if gone == nil {
		defer c.Close()
		if told.take() {
			defer told.free()
			if _, err := io.WriteString(line{c}, consoleInUse); err == nil {
				farewell(c)
			}
		}
		return
	}
	<-gone
}

// serial is a byte stream that outlives the connection attached to it.
type serial struct {
	mu      sync.Mutex
	changed sync.Cond
	far     *term.Telnet  // nil: nobody
	gone    chan struct{} // closed when far is detached
	closed  bool
}

func newSerial() *serial {
	s := &serial{}
	s.changed.L = &s.mu
	return s
}

// attach connects far, and returns nil if somebody is connected already; else a channel that is closed when far is gone.
func (s *serial) attach(far *term.Telnet) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.far != nil || s.closed {
		return nil
	}
	s.far, s.gone = far, make(chan struct{})
	far.Open(consoleOpen) // before anything else is written to it; if it fails, so does the next Read
	s.changed.Broadcast()
	return s.gone
}

// detach disconnects far if it is still the one.
func (s *serial) detach(far *term.Telnet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.far == far && far != nil {
		far.Close()
		close(s.gone)
		s.far = nil
	}
}

// wait returns who is connected, once somebody is; nil after Close.
func (s *serial) wait() *term.Telnet {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.far == nil && !s.closed {
		s.changed.Wait()
	}
	if s.closed {
		return nil
	}
	return s.far
}

func (s *serial) attached() *term.Telnet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.far
}

// Read waits for a key, from whoever is connected by then.
func (s *serial) Read(p []byte) (int, error) {
	for {
		far := s.wait()
		if far == nil {
			return 0, io.EOF
		}
		n, err := far.Read(p)
		if err != nil {
			s.detach(far)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Write never fails: without a far side the text is lost, as on a line with nothing plugged in.
func (s *serial) Write(p []byte) (int, error) {
	if far := s.attached(); far != nil {
		if _, err := far.Write(p); err != nil {
			s.detach(far)
		}
	}
	return len(p), nil
}

// Size is the window of whoever is connected.
func (s *serial) Size() (columns, rows int) {
	if far := s.attached(); far != nil {
		return far.Size()
	}
	return 0, 0
}

func (s *serial) Close() error {
	s.mu.Lock()
	s.closed = true
	far := s.far
	s.changed.Broadcast()
	s.mu.Unlock()
	s.detach(far)
	return nil
}
