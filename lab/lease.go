package lab

import (
	"context"
	"errors"
	"net/netip"

	"pixsim/appliance/dhcp"
	"pixsim/dataplane/hoststack"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// Newcomer is a machine that was just plugged in and has no address: it asks for one by DHCP.
type Newcomer struct {
	wire   link.Link
	mac    [6]byte
	client *dhcp.Client
	heard  chan []byte // answers; closed when the wire is
}

// Plug plugs a machine in on a segment, Outside or Inside. It belongs to the caller, who closes it.
func (l *Lab) Plug(segment int, mac [6]byte) *Newcomer {
	n := &Newcomer{
		wire: l.segments[segment].Port(), mac: mac, heard: make(chan []byte, 16),
		client: dhcp.NewClient(mac, uint32(mac[2])<<24|uint32(mac[3])<<16|uint32(mac[4])<<8|uint32(mac[5])),
	}
	go n.listen()
	return n
}

// Close unplugs the machine and waits for it.
func (n *Newcomer) Close() error {
	err := n.wire.Close()
	for range n.heard {
	}
	return err
}

// listen takes what comes to the client's port.
func (n *Newcomer) listen() {
	defer close(n.heard)
	hearDatagrams(n.wire, n.mac, dhcp.ClientPort, func(payload []byte) {
		select {
		case n.heard <- append([]byte(nil), payload...):
		default:
		}
	})
}

// hearDatagrams calls f with what comes to a UDP port of a machine, whatever the address, until the wire is closed. Payload
// is good during the call only.
func hearDatagrams(wire link.Link, mac [6]byte, port uint16, f func(payload []byte)) {
	frames := make([]link.Frame, 8)
	for i := range frames {
		frames[i].Buf = make([]byte, 2048)
	}
	var d packet.Parsed
	for {
		got, err := wire.Read(frames)
		if err != nil {
			return
		}
		for _, v := range frames[:got] {
			d.Decode(v.Bytes())
			dst := packet.Ethernet(v.Bytes()).Dst()
			if d.Kind != packet.KindUDP || d.DstPort != port || dst[0]&1 == 0 && dst != mac {
				continue
			}
			p := d.Packet(0, false)
			f(p.UDP()[packet.UDPLen:])
		}
	}
}

// Join plugs a machine in on a segment, has it ask for an address by DHCP until ctx ends, and makes it a host of the lab under
// a name that was not taken, or was one's that joined before: that one is unplugged.
func (l *Lab) Join(ctx context.Context, name string, segment int, mac [6]byte) (dhcp.Lease, error) {
	n := l.Plug(segment, mac)
	lease, err := n.Lease(ctx)
	n.Close()
	if err != nil {
		return lease, err
	}
	h, err := hoststack.New(l.segments[segment].Port(), hoststack.Config{
		Name: name, MAC: mac, Addrs: []netip.Prefix{lease.Addr}, Gateway: lease.Router, MTU: l.mtu, Source: lease.Addr.Addr(), Offload: true,
	})
	if err != nil {
		return lease, err
	}
	l.mu.Lock()
	old := l.hosts[name]
	if l.closed {
		old = h
	} else {
		l.hosts[name] = h
	}
	l.mu.Unlock()
	if old != nil {
		err = old.Close()
	}
	return lease, err
}

// Lease asks for an address until it has one, or is refused, or ctx ends.
func (n *Newcomer) Lease(ctx context.Context) (dhcp.Lease, error) {
	offer, err := n.ask(ctx, n.client.Discover(netip.Addr{}), false)
	if err != nil {
		return offer, err
	}
	return n.ask(ctx, n.client.Request(offer), true)
}

// Renew asks for more time, Release gives the address back.
func (n *Newcomer) Renew(ctx context.Context, l dhcp.Lease) (dhcp.Lease, error) {
	return n.ask(ctx, n.client.Renew(l), true)
}

// Release gives the address back. There is no answer to that.
func (n *Newcomer) Release(l dhcp.Lease) { n.send(n.client.Release(l)) }

// ask sends a question by broadcast and waits for the answer to it.
func (n *Newcomer) ask(ctx context.Context, question []byte, final bool) (dhcp.Lease, error) {
	n.send(question)
	for {
		select {
		case <-ctx.Done():
			return dhcp.Lease{}, ctx.Err()
		case b, ok := <-n.heard:
			if !ok {
				return dhcp.Lease{}, errUnplugged
			}
			l, last, err := n.client.Hear(b)
			if errors.Is(err, dhcp.ErrRefused) || err == nil && last == final {
				return l, err
			}
		}
	}
}

var errUnplugged = errors.New("the machine is unplugged")

func (n *Newcomer) send(question []byte) {
	all := [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	b := packet.AppendEthernet(nil, all, n.mac, packet.TypeIPv4)
	b = packet.AppendUDP(b, packet.Header{Dst: 0xffffffff}, dhcp.ClientPort, dhcp.ServerPort, question)
	n.wire.Write([]link.Frame{{Buf: b, Len: len(b)}})
}
