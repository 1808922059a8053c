package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"pixsim/dataplane/hoststack"
)

const (
	maxDatagram = 65507
	udpIdle     = 2 * time.Minute
	maxUDPPeers = 64 // lab addresses that one UDP service talks to at a time
	maxUDPSides = 8  // ports of the program, besides its own, that answer one peer
)

// udpServe hands datagrams to a lab address over to a program of the machine, and its answers back. The program may
// answer from another port than its own, as a TFTP server does (RFC 1350 section 4): the lab host then opens that port.
type udpServe struct {
	host    *hoststack.Host
	at      netip.AddrPort
	conn    net.PacketConn
	program *net.UDPAddr

	mu     sync.Mutex
	peers  map[netip.AddrPort]*udpPeer
	closed bool
	wg     sync.WaitGroup
}

// udpPeer is one lab address and the machine's socket that stands for it.
type udpPeer struct {
	addr   net.Addr // in the lab
	socket net.PacketConn
	sides  map[int]net.PacketConn // by port of the program; owned by the answers goroutine
	mu     sync.Mutex
	last   time.Time
}

func newUDPServe(h *hoststack.Host, at netip.AddrPort, addr string) (*udpServe, error) {
	program, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	conn, err := h.ListenUDP(at)
	if err != nil {
		return nil, err
	}
	s := &udpServe{host: h, at: at, conn: conn, program: program, peers: map[netip.AddrPort]*udpPeer{}}
	s.wg.Go(s.questions)
	return s, nil
}

// Close ends all sockets and waits.
func (s *udpServe) Close() error {
	s.mu.Lock()
	s.closed = true
	s.conn.Close()
	for _, p := range s.peers {
		p.socket.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

func (s *udpServe) questions() {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if p := s.peer(from); p != nil {
			p.heard()
			p.socket.WriteTo(buf[:n], s.program) // a program that is not there loses datagrams, as a dead host does
		}
	}
}

// peer finds or makes the one for a lab address; nil when there are too many, or the service has ended.
func (s *udpServe) peer(from net.Addr) *udpPeer {
	u, ok := from.(*net.UDPAddr)
	if !ok {
		return nil
	}
	key := u.AddrPort()
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.peers[key]; p != nil || s.closed || len(s.peers) >= maxUDPPeers {
		return p
	}
	socket, err := net.ListenUDP("udp", nil)
	if err != nil {
		return nil
	}
	p := &udpPeer{addr: from, socket: socket, sides: map[int]net.PacketConn{}}
	s.peers[key] = p
	s.wg.Go(func() {
		s.answers(p)
		s.mu.Lock()
		delete(s.peers, key)
		s.mu.Unlock()
	})
	return p
}

func (p *udpPeer) heard() {
	p.mu.Lock()
	p.last = time.Now()
	p.mu.Unlock()
}

func (p *udpPeer) silent() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.last)
}

// answers sends to the peer what the program says, until nothing has been said for udpIdle.
func (s *udpServe) answers(p *udpPeer) {
	var sides sync.WaitGroup
	defer sides.Wait()
	defer func() {
		p.socket.Close()
		for _, c := range p.sides {
			c.Close()
		}
	}()
	buf := make([]byte, maxDatagram)
	for {
		p.socket.SetReadDeadline(time.Now().Add(udpIdle))
		n, from, err := p.socket.ReadFrom(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && p.silent() < udpIdle:
			continue
		case errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded):
			return
		case err != nil:
			continue // ICMP of an earlier datagram: nobody there just now
		}
		u := from.(*net.UDPAddr)
		if !u.IP.Equal(s.program.IP) && !s.program.IP.IsUnspecified() {
			continue
		}
		p.heard()
		if out := s.side(p, u, &sides); out != nil {
			out.WriteTo(buf[:n], p.addr)
		}
	}
}

// side is the lab socket through which a port of the program speaks.
func (s *udpServe) side(p *udpPeer, from *net.UDPAddr, wg *sync.WaitGroup) net.PacketConn {
	if from.Port == s.program.Port {
		return s.conn
	}
	if c := p.sides[from.Port]; c != nil || len(p.sides) >= maxUDPSides {
		return c
	}
	c, err := s.host.ListenUDP(netip.AddrPortFrom(s.at.Addr(), uint16(from.Port)))
	if err != nil { // the lab host uses that port; any other will do, the peer learns it
		if c, err = s.host.ListenUDP(netip.AddrPortFrom(s.at.Addr(), 0)); err != nil {
			return nil
		}
	}
	p.sides[from.Port] = c
	wg.Go(func() {
		buf := make([]byte, maxDatagram)
		for {
			n, who, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if who.String() == p.addr.String() {
				p.heard()
				p.socket.WriteTo(buf[:n], from)
			}
		}
	})
	return c
}

func servingError(spec ServeSpec, err error) error {
	proto := "tcp"
	if spec.UDP {
		proto = "udp"
	}
	return fmt.Errorf("serve %s,%d/%s: %w", spec.Host, spec.Port, proto, err)
}
