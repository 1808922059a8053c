package hoststack

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const backlog = 128 // connections that wait to be accepted

// Conn is a TCP connection of a Host. Besides net.Conn it has CloseWrite, CloseRead and SetLinger, as *net.TCPConn has.
// One Write of at most a segment's size leaves as one segment: nothing is held back to be joined.
type Conn struct {
	*gonet.TCPConn
	ep            tcpip.Endpoint
	local, remote net.Addr // the stack forgets them when the connection ends
	closed        atomic.Bool
}

func newConn(wq *waiter.Queue, ep tcpip.Endpoint) *Conn {
	c := &Conn{TCPConn: gonet.NewTCPConn(wq, ep), ep: ep}
	c.local, c.remote = c.TCPConn.LocalAddr(), c.TCPConn.RemoteAddr()
	return c
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, adapted(err, c.closed.Load())
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	return n, adapted(err, c.closed.Load())
}

// SetLinger with 0 makes Close reset the connection; with less, close it in the background, as is the default. A
// positive number does the same as a negative one: Close never waits.
func (c *Conn) SetLinger(sec int) error {
	c.ep.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: sec == 0})
	return nil
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return &net.OpError{Op: "close", Net: "tcp", Addr: c.remote, Err: net.ErrClosed}
	}
	return c.TCPConn.Close()
}

// Dial connects to an address from a local one; of from, the address, the port or both may be missing. It fails with
// ctx's error when that ends first.
func (h *Host) Dial(ctx context.Context, from, to netip.AddrPort) (net.Conn, error) {
	addr := net.TCPAddrFromAddrPort(to)
	if err := h.usable(ctx); err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: err}
	}
	wq := new(waiter.Queue)
	ep, err := h.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, wq)
	if err != nil {
		return nil, stackError("dial", "tcp", addr, err)
	}
	entry, writable := waiter.NewChannelEntry(waiter.WritableEvents | waiter.EventErr | waiter.EventHUp)
	wq.EventRegister(&entry)
	defer wq.EventUnregister(&entry)
	if err := ep.Bind(h.local(from, to.Addr())); err != nil {
		ep.Close()
		return nil, stackError("dial", "tcp", addr, err)
	}
	err = ep.Connect(toFull(to))
	if _, started := err.(*tcpip.ErrConnectStarted); started {
		select {
		case <-writable:
			err = ep.LastError()
		case <-ctx.Done():
			ep.Abort()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: ctx.Err()}
		case <-h.done:
			ep.Abort()
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: net.ErrClosed}
		}
	}
	if err != nil {
		ep.Close()
		return nil, stackError("dial", "tcp", addr, err)
	}
	h.begun()
	return newConn(wq, ep), nil
}

// TCPCounts is what the TCP of a host has done since it began: connections there are, were at most at one time, and that
// were made; segments.
type TCPCounts struct {
	Now, Most, Made             uint64
	Sent, Received, Bad, BadSum uint64
}

// TCP is what the host's TCP has done.
func (h *Host) TCP() TCPCounts {
	n := h.stack.Stats().TCP
	return TCPCounts{
		Now: n.CurrentEstablished.Value(), Most: h.most.Load(),
		Made: n.ActiveConnectionOpenings.Value() + n.PassiveConnectionOpenings.Value(), Sent: n.SegmentsSent.Value(),
		Received: n.ValidSegmentsReceived.Value(), Bad: n.InvalidSegmentsReceived.Value(), BadSum: n.ChecksumErrors.Value(),
	}
}

// begun looks whether there have never been as many connections as now.
func (h *Host) begun() {
	now := h.stack.Stats().TCP.CurrentEstablished.Value()
	for most := h.most.Load(); now > most && !h.most.CompareAndSwap(most, now); most = h.most.Load() {
	}
}

// usable says why nothing can be begun any more.
func (h *Host) usable(ctx context.Context) error {
	select {
	case <-h.done:
		return net.ErrClosed
	default:
		return ctx.Err()
	}
}

func (h *Host) local(from netip.AddrPort, to netip.Addr) tcpip.FullAddress {
	a := from.Addr()
	if !a.IsValid() || a.IsUnspecified() {
		a = h.source(to)
	}
	return toFull(netip.AddrPortFrom(a, from.Port()))
}

type listener struct {
	host *Host
	ep   tcpip.Endpoint
	wq   *waiter.Queue
	addr net.Addr
	done chan struct{}
	once sync.Once
}

// Listen accepts TCP connections to an address of the host, or to all of them when the address is invalid or
// unspecified; port 0 picks one. The listener ends with the host.
func (h *Host) Listen(at netip.AddrPort) (net.Listener, error) {
	addr := net.TCPAddrFromAddrPort(at)
	if err := h.usable(context.Background()); err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: addr, Err: err}
	}
	wq := new(waiter.Queue)
	ep, err := h.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, wq)
	if err != nil {
		return nil, stackError("listen", "tcp", addr, err)
	}
	ep.SocketOptions().SetReuseAddress(true) // connections in TIME-WAIT do not keep a service from starting again
	if err = ep.Bind(tcpip.FullAddress{Addr: toAddress(at.Addr()), Port: at.Port()}); err == nil {
		err = ep.Listen(backlog)
	}
	if err != nil {
		ep.Close()
		return nil, stackError("listen", "tcp", addr, err)
	}
	l := &listener{host: h, ep: ep, wq: wq, addr: addr, done: make(chan struct{})}
	if a, err := ep.GetLocalAddress(); err == nil {
		addr.Port = int(a.Port)
	}
	return l, nil
}

func (l *listener) Accept() (net.Conn, error) {
	entry, readable := waiter.NewChannelEntry(waiter.ReadableEvents | waiter.EventErr | waiter.EventHUp)
	l.wq.EventRegister(&entry)
	defer l.wq.EventUnregister(&entry)
	for {
		select {
		case <-l.done:
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
		case <-l.host.done:
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
		default:
		}
		var peer tcpip.FullAddress
		ep, wq, err := l.ep.Accept(&peer)
		if err == nil {
			l.host.begun()
			c := newConn(wq, ep)
			if c.remote == nil { // reset before it was accepted
				c.remote = &net.TCPAddr{IP: net.IP(peer.Addr.AsSlice()), Port: int(peer.Port)}
			}
			return c, nil
		}
		if _, wait := err.(*tcpip.ErrWouldBlock); !wait {
			return nil, stackError("accept", "tcp", l.addr, err)
		}
		select {
		case <-readable:
		case <-l.done:
		case <-l.host.done:
		}
	}
}

func (l *listener) Addr() net.Addr { return l.addr }

func (l *listener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		close(l.done)
		l.ep.Close()
		err = nil
	})
	return err
}
