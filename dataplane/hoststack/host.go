// Package hoststack gives a link an ordinary host: a gVisor network stack with addresses, which hands out net.Listener
// and net.Conn. It knows nothing of what is on the other side of its link.
package hoststack

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pixsim/dataplane/link"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

// Config is what a Host is made of.
type Config struct {
	Name    string
	MAC     [6]byte
	Addrs   []netip.Prefix // an address with the length of its subnet; IPv4
	Gateway netip.Addr     // invalid: everything is on-link
	// GatewayMAC, if not zero, is the gateway's, which is not asked for it. The stack sends what waited for an answer in a
	// goroutine of its own, so that what is sent next may overtake it: datagrams through such a gateway keep their order.
	GatewayMAC [6]byte
	MTU        int // octets; 0: that of the link

	// Source is what an invalid `from` of Dial, DialUDP and Ping means. Invalid: the address in whose subnet the
	// destination lies, else the first.
	Source netip.Addr

	// MinRTO is the least time before TCP sends again, 0 for 200 ms. A lab over bad wires is quicker with less. What TCP
	// sends again is joined: small segments that were not acknowledged leave as one, as with the TCP of a kernel.
	MinRTO time.Duration

	// Offload leaves cutting into segments and checksums to who reads the link: TCP leaves in super-frames of up to 64 KiB.
	Offload bool
}

// Host is a network stack on a link. Its methods may be called by several goroutines.
type Host struct {
	cfg   Config
	stack *stack.Stack
	nic   *nic
	done  chan struct{}
	once  sync.Once

	most atomic.Uint64 // connections at one time

	mu    sync.Mutex // SetAddrs
	addrs atomic.Pointer[[]netip.Prefix]
}

const nicID = 1

// Times and sizes of TCP. Keepalive stays off: it is the box in the middle whose idle timers are looked at.
const (
	timeWait     = time.Second      // ports of a lab are needed again soon
	finWait2     = 10 * time.Second // for the peer's FIN once we are closed
	bufferOctets = 256 << 10
)

// New starts a host on l, which belongs to it from then on, also when an error is returned.
func New(l link.Link, c Config) (*Host, error) {
	silence()
	if c.MTU == 0 {
		c.MTU = l.MTU()
	}
	h := &Host{cfg: c, done: make(chan struct{})}
	h.addrs.Store(&[]netip.Prefix{})
	h.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4},
		HandleLocal:        true,
	})
	h.nic = newNIC(l, c, &h.addrs)
	err := h.configure()
	if err == nil {
		err = h.SetAddrs(c.Addrs)
	}
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// configure sets what New needs besides addresses and brings the NIC up.
func (h *Host) configure() error {
	sack := tcpip.TCPSACKEnabled(true)
	// Without RACK: with it a sender can sit for good on a lost last segment, or crawl by one segment a timeout.
	recovery := tcpip.TCPRecovery(0)
	wait := tcpip.TCPTimeWaitTimeoutOption(timeWait)
	linger := tcpip.TCPLingerTimeoutOption(finWait2)
	moderate := tcpip.TCPModerateReceiveBufferOption(true)
	rcv := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: bufferOctets, Max: 4 * bufferOctets}
	snd := tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: bufferOctets, Max: 4 * bufferOctets}
	options := []tcpip.SettableTransportProtocolOption{&sack, &recovery, &wait, &linger, &moderate, &rcv, &snd}
	if h.cfg.MinRTO > 0 {
		rto := tcpip.TCPMinRTOOption(h.cfg.MinRTO)
		options = append(options, &rto)
	}
	for _, o := range options {
		if err := h.stack.SetTransportProtocolOption(tcp.ProtocolNumber, o); err != nil {
			return fmt.Errorf("%s: tcp option %T: %s", h.cfg.Name, o, err)
		}
	}
	if err := h.stack.CreateNIC(nicID, h.nic); err != nil {
		return fmt.Errorf("%s: network interface: %s", h.cfg.Name, err)
	}
	if h.cfg.GatewayMAC != [6]byte{} {
		mac := tcpip.LinkAddress(h.cfg.GatewayMAC[:])
		if err := h.stack.AddStaticNeighbor(nicID, ipv4.ProtocolNumber, toAddress(h.cfg.Gateway), mac); err != nil {
			return fmt.Errorf("%s: gateway %v: %s", h.cfg.Name, h.cfg.Gateway, err)
		}
	}
	h.nic.start()
	return nil
}

// Name is the name it was made with.
func (h *Host) Name() string { return h.cfg.Name }

// Lost is how many frames for it its link has lost (see link.Dropped).
func (h *Host) Lost() uint64 { return link.Dropped(h.nic.link) }

// Addrs are the addresses it has now.
func (h *Host) Addrs() []netip.Prefix { return slices.Clone(*h.addrs.Load()) }

// SetAddrs replaces the addresses while the host runs. Connections of an address that stays are not touched; those of
// one that goes can no longer send. It fails, and changes nothing, when an address is not IPv4 or is there twice.
func (h *Host) SetAddrs(addrs []netip.Prefix) error {
	for i, p := range addrs {
		if !p.IsValid() || !p.Addr().Is4() || p.Addr().IsUnspecified() || p.Addr().IsMulticast() {
			return fmt.Errorf("%s: %v is not an IPv4 host address with a prefix length", h.cfg.Name, p)
		}
		if slices.ContainsFunc(addrs[:i], func(o netip.Prefix) bool { return o.Addr() == p.Addr() }) {
			return fmt.Errorf("%s: address %v is given twice", h.cfg.Name, p.Addr())
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	old := *h.addrs.Load()
	for _, p := range old {
		if !slices.Contains(addrs, p) {
			h.stack.RemoveAddress(nicID, toAddress(p.Addr()))
		}
	}
	for _, p := range addrs {
		if slices.Contains(old, p) {
			continue
		}
		pa := tcpip.ProtocolAddress{
			Protocol:          ipv4.ProtocolNumber,
			AddressWithPrefix: tcpip.AddressWithPrefix{Address: toAddress(p.Addr()), PrefixLen: p.Bits()},
		}
		if err := h.stack.AddProtocolAddress(nicID, pa, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("%s: address %v: %s", h.cfg.Name, p, err)
		}
	}
	now := slices.Clone(addrs)
	h.addrs.Store(&now)
	h.stack.SetRouteTable(h.routes(addrs))
	return nil
}

func (h *Host) routes(addrs []netip.Prefix) []tcpip.Route {
	var table []tcpip.Route
	for _, p := range addrs {
		m := p.Masked()
		subnet := tcpip.AddressWithPrefix{Address: toAddress(m.Addr()), PrefixLen: m.Bits()}.Subnet()
		table = append(table, tcpip.Route{Destination: subnet, NIC: nicID})
	}
	rest := tcpip.Route{Destination: header.IPv4EmptySubnet, NIC: nicID}
	if h.cfg.Gateway.IsValid() {
		rest.Gateway = toAddress(h.cfg.Gateway)
	}
	return append(table, rest)
}

// source is the local address for a destination when the caller names none.
func (h *Host) source(to netip.Addr) netip.Addr {
	if h.cfg.Source.IsValid() {
		return h.cfg.Source
	}
	addrs := *h.addrs.Load()
	for _, p := range addrs {
		if p.Contains(to) {
			return p.Addr()
		}
	}
	if len(addrs) == 0 {
		return netip.Addr{}
	}
	return addrs[0].Addr()
}

// Close ends every connection and listener without a word to the peers, closes the link, and returns when no goroutine
// of the host is left. Closing it again does nothing.
func (h *Host) Close() error {
	h.once.Do(func() {
		close(h.done)
		h.stack.RemoveNIC(nicID)
		h.stack.Close()
		h.stack.Wait()
		h.nic.stop()
	})
	return nil
}

func toAddress(a netip.Addr) tcpip.Address {
	if !a.IsValid() || a.IsUnspecified() {
		return tcpip.Address{}
	}
	return tcpip.AddrFrom4(a.Unmap().As4())
}

func toFull(a netip.AddrPort) tcpip.FullAddress {
	f := tcpip.FullAddress{Addr: toAddress(a.Addr()), Port: a.Port()}
	if f != (tcpip.FullAddress{}) {
		f.NIC = nicID
	}
	return f
}
