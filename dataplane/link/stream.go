package link

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// stream is a link over a connection: each frame behind its length, four octets, the highest first (QEMU's -netdev stream
// and socket). It accepts or dials again when the connection ends; without one, what is written is lost.
type stream struct {
	listener net.Listener // nil: it dials
	network  string
	addr     string
	ctx      context.Context
	stop     context.CancelFunc

	mu   sync.Mutex // guards conn, and writing to it
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	fin  finisher
}

// streamRedial is how long a link that dials waits between attempts.
const streamRedial = 500 * time.Millisecond

// streamPatience is how long a far end that reads nothing may hold up the engine before it is hung up on.
const streamPatience = 2 * time.Second

func openStream(args string) (Link, error) {
	addr, listen := strings.CutPrefix(args, "listen,")
	s := &stream{network: "tcp", addr: addr}
	if strings.Contains(addr, "/") {
		s.network = "unix"
	} else if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, specError("stream:%s: %q is neither HOST:PORT nor a path", args, addr)
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	if !listen {
		return s, nil
	}
	if s.network == "unix" {
		if err := removeStale(addr); err != nil {
			return nil, err
		}
	}
	var err error
	if s.listener, err = net.Listen(s.network, addr); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// Addr is where a stream link listens, for a port that was given as 0; nil of every other link.
func Addr(l Link) net.Addr {
	if s, ok := l.(*stream); ok && s.listener != nil {
		return s.listener.Addr()
	}
	return nil
}

// connect waits for a connection.
func (s *stream) connect() error {
	for {
		conn, err := s.next()
		switch {
		case s.ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return net.ErrClosed
		case err != nil && s.listener != nil:
			return err
		case err != nil:
			select {
			case <-time.After(streamRedial):
			case <-s.ctx.Done():
			}
			continue
		}
		s.mu.Lock()
		s.conn, s.in = conn, bufio.NewReaderSize(conn, 1<<16)
		s.mu.Unlock()
		if s.ctx.Err() != nil { // closed meanwhile, by somebody who saw no connection
			s.hangUp(conn)
		}
		return nil
	}
}

func (s *stream) next() (net.Conn, error) {
	if s.listener != nil {
		return s.listener.Accept()
	}
	var d net.Dialer
	return d.DialContext(s.ctx, s.network, s.addr)
}

// hangUp ends a connection, if it is still the one in use.
func (s *stream) hangUp(conn net.Conn) {
	conn.Close()
	s.mu.Lock()
	if s.conn == conn {
		s.conn = nil
	}
	s.mu.Unlock()
}

func (s *stream) current() (net.Conn, *bufio.Reader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn, s.in
}

// Read waits for one frame, and takes what has come with it.
func (s *stream) Read(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	for {
		if s.ctx.Err() != nil {
			return 0, net.ErrClosed
		}
		conn, in := s.current()
		if conn == nil {
			if err := s.connect(); err != nil {
				return 0, err
			}
			continue
		}
		n := 0
		for n < len(frames) && (n == 0 || whole(in)) {
			if err := readFrame(in, &frames[n]); err != nil {
				s.hangUp(conn)
				break
			}
			if frames[n].Len > 0 {
				n++
			}
		}
		if n > 0 {
			return n, nil
		}
	}
}

// whole tells whether the next frame has come completely, so that reading it waits for nobody.
func whole(in *bufio.Reader) bool {
	if in.Buffered() < 4 {
		return false
	}
	head, _ := in.Peek(4)
	return uint64(in.Buffered()) >= 4+uint64(binary.BigEndian.Uint32(head))
}

var errFrameLength = errors.New("link: no length of a frame")

// readFrame reads one frame; Len 0 is one that does not fit. What cannot be a length ends the connection: nobody knows where
// the next frame begins.
func readFrame(in *bufio.Reader, f *Frame) error {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n == 0 || n > maxFrameLen {
		return errFrameLength
	}
	f.Len, f.GSOSize, f.NeedsCsum = int(n), 0, false
	if room := len(f.Buf) - f.Off; int(n) > room {
		f.Len = 0
		_, err := in.Discard(int(n))
		return err
	}
	_, err := io.ReadFull(in, f.Buf[f.Off:f.Off+f.Len])
	return err
}

// Write sends all frames at once. A far end that does not read for two seconds is hung up on.
func (s *stream) Write(frames []Frame) (int, error) {
	if s.ctx.Err() != nil {
		return 0, net.ErrClosed
	}
	conn, _ := s.current()
	if conn == nil {
		return len(frames), nil
	}
	s.out = s.out[:0]
	for i := range frames {
		s.fin.each(&frames[i], func(b []byte) error {
			s.out = binary.BigEndian.AppendUint32(s.out, uint32(len(b)))
			s.out = append(s.out, b...)
			return nil
		})
	}
	conn.SetWriteDeadline(time.Now().Add(streamPatience))
	if _, err := conn.Write(s.out); err != nil {
		s.hangUp(conn)
	}
	return len(frames), nil
}

func (s *stream) MTU() int { return wireMTU }

func (s *stream) Close() error {
	if s.ctx.Err() != nil {
		return net.ErrClosed
	}
	s.stop()
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	if conn, _ := s.current(); conn != nil {
		s.hangUp(conn)
	}
	return err
}
