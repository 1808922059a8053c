package tftp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

// Errors of a transfer, beside *Refusal and those of the socket.
var (
	ErrTimeout = errors.New("tftp: no answer")
	ErrTooBig  = errors.New("tftp: file too big")
)

// Client moves files from and to a server.
type Client struct {
	// Conn is a socket of the caller's own for this transfer alone; it is closed when ctx ends.
	Conn   net.PacketConn
	Server netip.AddrPort
	Wait   time.Duration // for an answer, before a packet is sent again; 0: 2 s
	Tries  int           // how often a packet is sent; 0: 5
	// Progress, if not nil, is called after each block of data.
	Progress func()
}

const (
	defaultWait  = 2 * time.Second
	defaultTries = 5
	mode         = "octet"
)

// Get reads a file of at most limit octets.
func (c *Client) Get(ctx context.Context, file string, limit int) ([]byte, error) {
	t, stop := c.transfer(ctx)
	defer stop()
	data, last, err := t.receive(Packet{Op: OpRead, File: file, Mode: mode}, limit)
	if err == nil {
		err = t.write(last, net.UDPAddrFromAddrPort(t.peer))
	}
	return data, t.cause(ctx, err)
}

// Put writes a file. The server has all of it when no error is returned.
func (c *Client) Put(ctx context.Context, file string, data []byte) error {
	t, stop := c.transfer(ctx)
	defer stop()
	err := t.begin(Packet{Op: OpWrite, File: file, Mode: mode})
	if err == nil {
		err = t.send(data)
	}
	return t.cause(ctx, err)
}

func (c *Client) transfer(ctx context.Context) (*transfer, func() bool) {
	return c.begun(), context.AfterFunc(ctx, func() { c.Conn.Close() })
}

func (c *Client) begun() *transfer {
	t := &transfer{
		conn: c.Conn, ask: net.UDPAddrFromAddrPort(c.Server), host: c.Server.Addr(), wait: c.Wait, tries: c.Tries,
		progress: c.Progress, in: make([]byte, 2*maxPacket),
	}
	if t.wait == 0 {
		t.wait = defaultWait
	}
	if t.tries == 0 {
		t.tries = defaultTries
	}
	return t
}

// transfer is one file on its way, seen from one end.
type transfer struct {
	conn     net.PacketConn
	ask      net.Addr       // where the request goes, until the other side has a port of its own
	host     netip.Addr     // the other side's address
	peer     netip.AddrPort // the other side; invalid until it has answered
	wait     time.Duration
	tries    int
	progress func()
	in, out  []byte
}

// cause prefers the reason why the socket was closed. A side that gives up tells the other.
func (t *transfer) cause(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrTooBig):
		t.refuse(CodeFull, "File too big")
	}
	return err
}

func (t *transfer) refuse(code uint16, text string) {
	if t.peer.IsValid() {
		t.write(Packet{Op: OpError, Code: code, Text: text}, net.UDPAddrFromAddrPort(t.peer))
	}
}

func (t *transfer) write(p Packet, to net.Addr) error {
	t.out = p.Append(t.out[:0])
	_, err := t.conn.WriteTo(t.out, to)
	return err
}

// begin sends the request of a write until it is acknowledged.
func (t *transfer) begin(request Packet) error {
	_, err := t.exchange(request, func(p Packet) bool { return p.Op == OpAck && p.Block == 0 })
	return err
}

// send sends data in blocks. An acknowledgement that comes twice is not answered twice (RFC 1123 section 4.2.3.1).
func (t *transfer) send(data []byte) error {
	for block := uint16(1); ; block++ {
		part := data[:min(len(data), BlockSize)]
		data = data[len(part):]
		_, err := t.exchange(Packet{Op: OpData, Block: block, Data: part}, func(p Packet) bool { return p.Op == OpAck && p.Block == block })
		if err != nil {
			return err
		}
		t.step()
		if len(part) < BlockSize {
			return nil
		}
	}
}

// receive takes data in blocks; first is what asks for the first one. The last one is still to be acknowledged, by last.
func (t *transfer) receive(first Packet, limit int) (data []byte, last Packet, err error) {
	next := first
	for block := uint16(1); ; block++ {
		p, err := t.exchange(next, func(p Packet) bool { return p.Op == OpData && p.Block == block })
		if err != nil {
			return nil, last, err
		}
		if len(data)+len(p.Data) > limit {
			return nil, last, ErrTooBig
		}
		data = append(data, p.Data...)
		t.step()
		next = Packet{Op: OpAck, Block: block}
		if len(p.Data) < BlockSize {
			return data, next, nil
		}
	}
}

func (t *transfer) step() {
	if t.progress != nil {
		t.progress()
	}
}

// exchange sends a packet, again after each wait, until a packet comes that is wanted. Whatever else comes does not
// make it wait longer.
func (t *transfer) exchange(p Packet, want func(Packet) bool) (Packet, error) {
	for range t.tries {
		to := t.ask
		if t.peer.IsValid() {
			to = net.UDPAddrFromAddrPort(t.peer)
		}
		if err := t.write(p, to); err != nil && !lost(err) {
			return Packet{}, err
		}
		t.conn.SetReadDeadline(time.Now().Add(t.wait))
		got, err := t.await(want)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return got, err
		}
	}
	return Packet{}, ErrTimeout
}

// lost tells errors that are news of an earlier datagram, such as an ICMP message, from those of the socket.
func lost(err error) bool { return !errors.Is(err, net.ErrClosed) }

// await reads until a packet of the other side is wanted or ends the transfer.
func (t *transfer) await(want func(Packet) bool) (Packet, error) {
	for {
		n, from, err := t.conn.ReadFrom(t.in)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
			return Packet{}, err
		}
		if err != nil {
			return Packet{}, os.ErrDeadlineExceeded // nobody listens there just now: as good as silence
		}
		who, ok := addrOf(from)
		if !ok || !t.fromPeer(who) {
			continue
		}
		p, err := Parse(t.in[:n])
		switch {
		case err != nil:
			continue
		case p.Op == OpError:
			return Packet{}, &Refusal{p.Code, p.Text}
		case want(p):
			t.peer = who
			return p, nil
		}
	}
}

// fromPeer tells the other side from strangers. One at another port of its host is told so (RFC 1350 section 4).
func (t *transfer) fromPeer(who netip.AddrPort) bool {
	switch {
	case !t.peer.IsValid():
		return who.Addr() == t.host
	case who == t.peer:
		return true
	case who.Addr() == t.host:
		t.write(Packet{Op: OpError, Code: CodeUnknownTID, Text: "Unknown transfer ID"}, net.UDPAddrFromAddrPort(who))
	}
	return false
}

func addrOf(a net.Addr) (netip.AddrPort, bool) {
	u, ok := a.(*net.UDPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at := u.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), true
}
