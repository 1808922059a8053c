package hoststack

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pixsim/dataplane/link"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const (
	batch      = 16          // frames
	maxFrame   = 64<<10 + 64 // octets; a super-frame of another link comes whole
	ethernetHd = header.EthernetMinimumSize
)

// nic is the network card: it puts a link.Link under the stack. Sending is a call into the link; a goroutine receives,
// another is the joiner's.
type nic struct {
	link  link.Link
	mac   tcpip.LinkAddress
	mtu   atomic.Uint32
	addrs *atomic.Pointer[[]netip.Prefix]

	joiner *joiner

	dispatcher atomic.Pointer[stack.NetworkDispatcher]
	reader     sync.WaitGroup

	mu  sync.Mutex // WritePackets, which the stack calls from everywhere
	out []link.Frame
}

func newNIC(l link.Link, c Config, addrs *atomic.Pointer[[]netip.Prefix]) *nic {
	n := &nic{link: l, mac: tcpip.LinkAddress(c.MAC[:]), addrs: addrs, joiner: newJoiner(c.MTU, c.MinRTO), out: make([]link.Frame, batch)}
	n.mtu.Store(uint32(c.MTU))
	for i := range n.out {
		n.out[i].Buf = make([]byte, ethernetHd+c.MTU)
	}
	return n
}

func (n *nic) start() {
	n.reader.Go(n.read)
	n.joiner.start(n.send, func(frame []byte) { n.deliver(frame, tcpip.PacketHost) })
}

// send puts a frame on the wire; when that is closed, nobody misses it.
func (n *nic) send(frame []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.link.Write([]link.Frame{{Buf: frame, Len: len(frame)}})
}

func (n *nic) stop() {
	n.link.Close()
	n.reader.Wait()
	n.joiner.stop()
}

func (n *nic) read() {
	frames := make([]link.Frame, batch)
	for i := range frames {
		frames[i].Buf = make([]byte, maxFrame)
	}
	for {
		got, err := n.link.Read(frames)
		if err != nil {
			return
		}
		for i := range frames[:got] {
			n.receive(&frames[i])
		}
	}
}

// receive takes what is addressed to this card. Checksums are verified by the stack: an error that the box in the
// middle makes must not pass unseen.
func (n *nic) receive(f *link.Frame) {
	b := f.Bytes()
	if len(b) < ethernetHd {
		return
	}
	eth := header.Ethernet(b)
	kind := tcpip.PacketHost
	switch dst := eth.DestinationAddress(); {
	case dst == header.EthernetBroadcastAddress:
		kind = tcpip.PacketBroadcast
	case header.IsMulticastEthernetAddress(dst):
		kind = tcpip.PacketMulticast
	case dst != n.mac:
		return
	}
	if f.NeedsCsum && eth.Type() == header.IPv4ProtocolNumber {
		completeChecksum(b[ethernetHd:])
	}
	n.joiner.incoming(time.Now(), b)
	n.deliver(b, kind)
}

// deliver hands a frame, which it copies, to the stack.
func (n *nic) deliver(b []byte, kind tcpip.PacketType) {
	d := n.dispatcher.Load()
	if d == nil {
		return
	}
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(b)})
	defer pkt.DecRef()
	pkt.LinkHeader().Consume(ethernetHd)
	pkt.PktType = kind
	(*d).DeliverNetworkPacket(header.Ethernet(b).Type(), pkt)
}

// completeChecksum finishes the TCP or UDP checksum of a packet whose sender left that to the card.
func completeChecksum(b []byte) {
	ip := header.IPv4(b)
	if !ip.IsValid(len(b)) || ip.More() || ip.FragmentOffset() != 0 {
		return
	}
	segment := b[ip.HeaderLength():ip.TotalLength()]
	sum := header.PseudoHeaderChecksum(ip.TransportProtocol(), ip.SourceAddress(), ip.DestinationAddress(), uint16(len(segment)))
	switch {
	case ip.TransportProtocol() == header.TCPProtocolNumber && len(segment) >= header.TCPMinimumSize:
		t := header.TCP(segment)
		t.SetChecksum(0)
		t.SetChecksum(^checksum.Checksum(segment, sum))
	case ip.TransportProtocol() == header.UDPProtocolNumber && len(segment) >= header.UDPMinimumSize:
		u := header.UDP(segment)
		u.SetChecksum(0)
		u.SetChecksum(^checksum.Checksum(segment, sum))
	}
}

// WritePackets implements stack.LinkWriter.
func (n *nic) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	rest, sent, now := pkts.AsSlice(), 0, time.Now()
	for len(rest) > 0 {
		k := min(len(rest), len(n.out))
		for i, p := range rest[:k] {
			n.encode(&n.out[i], p)
			n.joiner.outgoing(now, &n.out[i])
		}
		if _, err := n.link.Write(n.out[:k]); err != nil {
			return sent, &tcpip.ErrClosedForSend{}
		}
		rest, sent = rest[k:], sent+k
	}
	return sent, nil
}

func (n *nic) encode(f *link.Frame, p *stack.PacketBuffer) {
	b := f.Buf[:0]
	for _, part := range p.AsSlices() {
		b = append(b, part...)
	}
	f.Buf, f.Len = b[:cap(b)], len(b)
	if p.NetworkProtocolNumber == header.ARPProtocolNumber {
		n.announce(header.ARP(b[ethernetHd:]))
	}
}

// announce gives an ARP request the sender address that lies in the subnet of its target (what Linux calls arp_announce
// 2): a box asked by an address that is not of the wire may refuse to answer.
func (n *nic) announce(a header.ARP) {
	if !a.IsValid() || a.Op() != header.ARPRequest {
		return
	}
	target := netip.AddrFrom4([4]byte(a.ProtocolAddressTarget()))
	for _, p := range *n.addrs.Load() {
		if p.Contains(target) && p.Addr() != target {
			copy(a.ProtocolAddressSender(), p.Addr().AsSlice())
			return
		}
	}
}

// The rest implements stack.NetworkLinkEndpoint.

func (n *nic) AddHeader(p *stack.PacketBuffer) {
	header.Ethernet(p.LinkHeader().Push(ethernetHd)).Encode(&header.EthernetFields{
		SrcAddr: n.mac, DstAddr: p.EgressRoute.RemoteLinkAddress, Type: p.NetworkProtocolNumber,
	})
}

func (n *nic) ParseHeader(p *stack.PacketBuffer) bool {
	_, ok := p.LinkHeader().Consume(ethernetHd)
	return ok
}

func (n *nic) Attach(d stack.NetworkDispatcher) {
	if d == nil {
		n.dispatcher.Store(nil)
		return
	}
	n.dispatcher.Store(&d)
}

func (n *nic) IsAttached() bool                 { return n.dispatcher.Load() != nil }
func (n *nic) MTU() uint32                      { return n.mtu.Load() }
func (n *nic) SetMTU(mtu uint32)                { n.mtu.Store(mtu) }
func (n *nic) MaxHeaderLength() uint16          { return ethernetHd }
func (n *nic) LinkAddress() tcpip.LinkAddress   { return n.mac }
func (n *nic) SetLinkAddress(tcpip.LinkAddress) {}
func (n *nic) Capabilities() stack.LinkEndpointCapabilities {
	return stack.CapabilityResolutionRequired
}
func (n *nic) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (n *nic) Wait()                                   {}
func (n *nic) Close()                                  {}
func (n *nic) SetOnCloseAction(func())                 {}
