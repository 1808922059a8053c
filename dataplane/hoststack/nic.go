package hoststack

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const (
	batch      = 16 // frames
	ethernetHd = header.EthernetMinimumSize

	// maxGSO is the most that TCP asks of a card at a time, headers and some more included: so a frame fits the largest buffers
	// that the stack has in store.
	maxGSO = 1<<16 - 1
)

// nic is the network card: it puts a link.Link under the stack. Sending is a call into the link; goroutines receive, and
// another is the joiner's.
type nic struct {
	link    link.Link
	mac     tcpip.LinkAddress
	mtu     atomic.Uint32
	addrs   *atomic.Pointer[[]netip.Prefix]
	offload bool

	joiner *joiner

	dispatcher atomic.Pointer[stack.NetworkDispatcher]
	reader     sync.WaitGroup

	delivering sync.Mutex
	whole      atomic.Bool // the checksums of what is delivered are not looked at: see Capabilities

	mu  sync.Mutex // WritePackets, which the stack calls from everywhere
	out []link.Frame
}

func newNIC(l link.Link, c Config, addrs *atomic.Pointer[[]netip.Prefix]) *nic {
	n := &nic{link: l, mac: tcpip.LinkAddress(c.MAC[:]), addrs: addrs, offload: c.Offload, joiner: newJoiner(c.MTU, c.MinRTO),
		out: make([]link.Frame, batch)}
	n.mtu.Store(uint32(c.MTU))
	return n
}

func (n *nic) start() {
	n.reader.Go(n.read)
	n.joiner.start(n.send, func(frame []byte) { n.deliver(frame, tcpip.PacketHost, false) })
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
	if d, ok := n.link.(link.Direct); ok {
		n.take(d)
		return
	}
	frames := make([]link.Frame, batch)
	for i := range frames {
		frames[i].Buf = make([]byte, link.FrameRoom)
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

// take is read without copying.
func (n *nic) take(d link.Direct) {
	bell, err := link.NewBell([]link.Direct{d})
	if err != nil {
		return
	}
	var attendant sync.WaitGroup
	attendant.Go(func() { d.Attend(bell.Ring) })
	defer func() {
		attendant.Wait()
		bell.Close()
	}()
	frames := make([]link.Frame, batch)
	for {
		got, err := d.Take(frames)
		if err != nil {
			return
		}
		if got == 0 {
			bell.Wait(time.Hour)
			continue
		}
		for i := range frames[:got] {
			n.receive(&frames[i])
		}
		d.Give()
	}
}

// receive takes what is addressed to this card.
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
	whole := f.NeedsCsum && sumsToCome(f)
	n.joiner.incoming(time.Now(), f)
	n.deliver(b, kind, whole)
}

// sumsToCome says that the sums of a frame are right as far as they go, where the transport's holds that of the pseudo-header
// only: an error that the box in the middle makes must not pass unseen. Nothing went over a wire that could spoil the rest.
func sumsToCome(f *link.Frame) bool {
	var d packet.Parsed
	d.Decode(f.Bytes())
	if d.Fragment() || d.Kind != packet.KindTCP && d.Kind != packet.KindUDP {
		return false // nor is it TCP where the IP header's checksum is wrong
	}
	return d.Packet(f.GSOSize, true).PartialOK()
}

// deliver hands a frame, which it copies, to the stack. Unless it is whole, the stack verifies its checksums.
func (n *nic) deliver(b []byte, kind tcpip.PacketType, whole bool) {
	d := n.dispatcher.Load()
	if d == nil {
		return
	}
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(b)})
	defer pkt.DecRef()
	pkt.LinkHeader().Consume(ethernetHd)
	pkt.PktType = kind
	n.delivering.Lock()
	defer n.delivering.Unlock()
	n.whole.Store(whole)
	(*d).DeliverNetworkPacket(header.Ethernet(b).Type(), pkt)
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

// encode makes f of a packet. Where TCP has left work to the card, that is left to who reads the link.
func (n *nic) encode(f *link.Frame, p *stack.PacketBuffer) {
	if f.Buf == nil {
		f.Buf = make([]byte, link.FrameRoom)
	}
	b := f.Buf[:link.Headroom]
	for _, part := range p.AsSlices() {
		b = append(b, part...)
	}
	gso := p.GSOOptions
	*f = link.Frame{Buf: f.Buf, Off: link.Headroom, Len: len(b) - link.Headroom, NeedsCsum: gso.Type != stack.GSONone && gso.NeedsCsum, Given: n.offload}
	if f.NeedsCsum && p.Data().Size() > int(gso.MSS) {
		f.GSOSize = gso.MSS
	}
	if p.NetworkProtocolNumber == header.ARPProtocolNumber {
		n.announce(header.ARP(f.Bytes()[ethernetHd:]))
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

// Capabilities are asked for by the stack for each packet, too, while deliver hands that over: to know whether its checksums
// are to be verified.
func (n *nic) Capabilities() stack.LinkEndpointCapabilities {
	if n.whole.Load() {
		return stack.CapabilityResolutionRequired | stack.CapabilityRXChecksumOffload
	}
	return stack.CapabilityResolutionRequired
}

// SupportedGSO and GSOMaxSize implement stack.GSOEndpoint.
func (n *nic) SupportedGSO() stack.SupportedGSO {
	if n.offload {
		return stack.HostGSOSupported
	}
	return stack.GSONotSupported
}
func (n *nic) GSOMaxSize() uint32 { return maxGSO }

func (n *nic) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (n *nic) Wait()                                   {}
func (n *nic) Close()                                  {}
func (n *nic) SetOnCloseAction(func())                 {}
