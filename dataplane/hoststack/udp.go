package hoststack

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// udpConn is a UDP socket, connected or not.
type udpConn struct {
	*gonet.UDPConn
	local, remote net.Addr
	closed        atomic.Bool
}

// ListenUDP receives datagrams to an address of the host, or to all of them when the address is invalid or unspecified;
// port 0 picks one. On all addresses an answer leaves from the one that the destination's subnet suggests, as with any
// socket; who has several and wants answers to come from where the question went listens on each.
func (h *Host) ListenUDP(at netip.AddrPort) (net.PacketConn, error) {
	return h.udp("listen", tcpip.FullAddress{Addr: toAddress(at.Addr()), Port: at.Port()}, nil, net.UDPAddrFromAddrPort(at))
}

// DialUDP exchanges datagrams with one address; from is as for Dial.
func (h *Host) DialUDP(from, to netip.AddrPort) (net.Conn, error) {
	peer := toFull(to)
	return h.udp("dial", h.local(from, to.Addr()), &peer, net.UDPAddrFromAddrPort(to))
}

func (h *Host) udp(op string, local tcpip.FullAddress, peer *tcpip.FullAddress, addr net.Addr) (*udpConn, error) {
	if err := h.usable(context.Background()); err != nil {
		return nil, &net.OpError{Op: op, Net: "udp", Addr: addr, Err: err}
	}
	wq := new(waiter.Queue)
	ep, err := h.stack.NewEndpoint(udp.ProtocolNumber, ipv4.ProtocolNumber, wq)
	if err != nil {
		return nil, stackError(op, "udp", addr, err)
	}
	if err = ep.Bind(local); err == nil && peer != nil {
		err = ep.Connect(*peer)
	}
	if err != nil {
		ep.Close()
		return nil, stackError(op, "udp", addr, err)
	}
	c := &udpConn{UDPConn: gonet.NewUDPConn(wq, ep)}
	c.local = c.UDPConn.LocalAddr()
	if peer != nil {
		c.remote = addr
	}
	return c, nil
}

func (c *udpConn) LocalAddr() net.Addr  { return c.local }
func (c *udpConn) RemoteAddr() net.Addr { return c.remote }

func (c *udpConn) Read(b []byte) (int, error) {
	n, err := c.UDPConn.Read(b)
	return n, adapted(err, c.closed.Load())
}

func (c *udpConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.UDPConn.ReadFrom(b)
	return n, from, adapted(err, c.closed.Load())
}

func (c *udpConn) Write(b []byte) (int, error) {
	n, err := c.UDPConn.Write(b)
	return n, adapted(err, c.closed.Load())
}

func (c *udpConn) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok || u.IP.To4() == nil {
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: to, Err: &net.AddrError{Err: "not an IPv4 UDP address"}}
	}
	n, err := c.UDPConn.WriteTo(b, &net.UDPAddr{IP: u.IP.To4(), Port: u.Port})
	return n, adapted(err, c.closed.Load())
}

func (c *udpConn) Close() error {
	if c.closed.Swap(true) {
		return &net.OpError{Op: "close", Net: "udp", Addr: c.local, Err: net.ErrClosed}
	}
	return c.UDPConn.Close()
}
