package tftp

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Files are what a server keeps. Errors that are fs.ErrNotExist, fs.ErrPermission or ErrTooBig have codes of their own.
// Its methods may be called concurrently; Read's result is not written to.
type Files interface {
	Read(name string) ([]byte, error)
	Write(name string, data []byte) error
}

// Server serves files to anybody.
type Server struct {
	Files Files
	// Open makes a socket of a port of its own for one transfer, at the address of the server.
	Open  func() (net.PacketConn, error)
	Limit int           // octets of a file that is written; 0: 16 MiB
	Wait  time.Duration // as Client's
	Tries int

	mu     sync.Mutex
	open   map[net.PacketConn]netip.AddrPort // transfers and their clients
	done   []net.PacketConn                  // those that only wait for a lost acknowledgement to be asked for, oldest first
	closed bool
	wg     sync.WaitGroup
}

const (
	maxTransfers = 16
	fileLimit    = 16 << 20
)

// Serve answers requests that come to conn, until that is closed.
func (s *Server) Serve(conn net.PacketConn) {
	buf := make([]byte, 2*maxPacket)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		who, ok := addrOf(from)
		if err != nil || !ok {
			continue
		}
		p, err := Parse(buf[:n])
		if err != nil || p.Op != OpRead && p.Op != OpWrite {
			continue
		}
		s.start(p, who)
	}
}

// start serves one request. The same request of a client whose transfer is under way is one that was sent again.
func (s *Server) start(p Packet, who netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for conn, other := range s.open {
		if other == who && !slices.Contains(s.done, conn) {
			return
		}
	}
	if len(s.open) >= maxTransfers && len(s.done) > 0 { // what is done makes room
		s.done[0].Close()
		s.forget(s.done[0])
	}
	if len(s.open) >= maxTransfers {
		return
	}
	conn, err := s.Open()
	if err != nil {
		return
	}
	if s.open == nil {
		s.open = map[net.PacketConn]netip.AddrPort{}
	}
	s.open[conn] = who
	s.wg.Go(func() {
		s.answer(conn, p, who)
		conn.Close()
		s.mu.Lock()
		s.forget(conn)
		s.mu.Unlock()
	})
}

// forget takes a transfer off the lists; mu is held.
func (s *Server) forget(conn net.PacketConn) {
	delete(s.open, conn)
	s.done = slices.DeleteFunc(s.done, func(c net.PacketConn) bool { return c == conn })
}

// Close ends all transfers and waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) answer(conn net.PacketConn, p Packet, who netip.AddrPort) {
	c := Client{Conn: conn, Server: who, Wait: s.Wait, Tries: s.Tries}
	t := c.begun()
	t.peer = who
	if !strings.EqualFold(p.Mode, mode) && !strings.EqualFold(p.Mode, "netascii") {
		t.refuse(CodeIllegal, "Unknown mode")
		return
	}
	if p.Op == OpRead {
		data, err := s.Files.Read(p.File)
		if err != nil {
			t.refuse(reasonOf(err))
			return
		}
		t.send(data)
		return
	}
	s.take(t, p)
}

// take is a file that is written to the server. Its last acknowledgement may get lost, so the server stays for a while.
func (s *Server) take(t *transfer, p Packet) {
	limit := s.Limit
	if limit == 0 {
		limit = fileLimit
	}
	data, last, err := t.receive(Packet{Op: OpAck}, limit)
	if err == nil {
		err = s.Files.Write(p.File, data)
	}
	switch {
	case errors.Is(err, ErrTimeout), errors.Is(err, net.ErrClosed):
		return
	case err != nil:
		t.refuse(reasonOf(err))
		return
	}
	s.mu.Lock()
	if _, ok := s.open[t.conn]; ok {
		s.done = append(s.done, t.conn)
	}
	s.mu.Unlock()
	t.conn.SetReadDeadline(time.Now().Add(time.Duration(t.tries) * t.wait))
	for range t.tries {
		t.write(last, net.UDPAddrFromAddrPort(t.peer))
		if _, err := t.await(func(p Packet) bool { return p.Op == OpData && p.Block == last.Block }); err != nil {
			return
		}
	}
}

func reasonOf(err error) (code uint16, text string) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return CodeNotFound, "File not found"
	case errors.Is(err, fs.ErrPermission):
		return CodeAccess, "Access violation"
	case errors.Is(err, ErrTooBig):
		return CodeFull, "Disk full or allocation exceeded"
	}
	return CodeOther, "Cannot be done"
}
