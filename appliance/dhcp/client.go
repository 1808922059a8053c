package dhcp

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// Lease is what a client was given.
type Lease struct {
	Addr           netip.Prefix
	Server, Router netip.Addr
	DNS, WINS      []netip.Addr
	Domain         string
	Time           time.Duration
	Renew, Rebind  time.Duration // when to ask for more; 0: the server does not say
	options        dhcpv4.Options
}

// Option is the raw value of an option that came with the lease; nil: it did not.
func (l *Lease) Option(code uint8) []byte { return l.options.Get(dhcpv4.GenericOptionCode(code)) }

// ErrRefused is a DHCPNAK.
var ErrRefused = errors.New("dhcp: refused")

// errOther is an answer that is not for this client.
var errOther = errors.New("dhcp: not for this client")

// Client asks for an address, step by step; who has a wire sends what it says by broadcast, from 0.0.0.0, and gives it
// what comes to ClientPort.
type Client struct {
	mac     net.HardwareAddr
	id      dhcpv4.TransactionID
	name    []byte // client identifier; nil: none
	unicast bool   // answers may come to the address that they give
}

// NewClient is a client with a hardware address. number tells its transactions apart from those of others.
func NewClient(mac [6]byte, number uint32) *Client {
	c := &Client{mac: mac[:]}
	c.id = dhcpv4.TransactionID{byte(number >> 24), byte(number >> 16), byte(number >> 8), byte(number)}
	return c
}

func (c *Client) message(kind dhcpv4.MessageType, more ...dhcpv4.Modifier) []byte {
	all := []dhcpv4.Modifier{
		dhcpv4.WithTransactionID(c.id), dhcpv4.WithHwAddr(c.mac), dhcpv4.WithMessageType(kind), dhcpv4.WithBroadcast(!c.unicast),
	}
	if c.name != nil {
		all = append(all, dhcpv4.WithOption(dhcpv4.OptGeneric(dhcpv4.OptionClientIdentifier, c.name)))
	}
	if kind == dhcpv4.MessageTypeDiscover || kind == dhcpv4.MessageTypeRequest {
		all = append(all, dhcpv4.WithRequestedOptions(wished...))
	}
	m, err := dhcpv4.New(append(all, more...)...)
	if err != nil {
		return nil // only where the machine has no randomness
	}
	return m.ToBytes()
}

// wished are the options that a client wants to hear of: a server need not tell others.
var wished = []dhcpv4.OptionCode{
	dhcpv4.OptionSubnetMask, dhcpv4.OptionRouter, dhcpv4.OptionDomainNameServer, dhcpv4.OptionDomainName, dhcpv4.OptionNetBIOSOverTCPIPNameServer,
}

// Discover is the first question. wish may be an address.
func (c *Client) Discover(wish netip.Addr) []byte {
	if wish.IsValid() {
		return c.message(dhcpv4.MessageTypeDiscover, dhcpv4.WithOption(dhcpv4.OptRequestedIPAddress(ipOf(wish))))
	}
	return c.message(dhcpv4.MessageTypeDiscover)
}

// Request takes what was offered.
func (c *Client) Request(l Lease) []byte {
	return c.message(dhcpv4.MessageTypeRequest, dhcpv4.WithOption(dhcpv4.OptServerIdentifier(ipOf(l.Server))),
		dhcpv4.WithOption(dhcpv4.OptRequestedIPAddress(ipOf(l.Addr.Addr()))))
}

// Reboot asks for an address that the client had before.
func (c *Client) Reboot(a netip.Addr) []byte {
	return c.message(dhcpv4.MessageTypeRequest, dhcpv4.WithOption(dhcpv4.OptRequestedIPAddress(ipOf(a))))
}

// Renew asks for more time, Release gives the address back, Decline says that somebody else has it.
func (c *Client) Renew(l Lease) []byte {
	return c.message(dhcpv4.MessageTypeRequest, dhcpv4.WithClientIP(ipOf(l.Addr.Addr())))
}

// Release gives the address back.
func (c *Client) Release(l Lease) []byte {
	return c.message(dhcpv4.MessageTypeRelease, dhcpv4.WithClientIP(ipOf(l.Addr.Addr())), dhcpv4.WithOption(dhcpv4.OptServerIdentifier(ipOf(l.Server))))
}

// Decline says that somebody else has the address.
func (c *Client) Decline(l Lease) []byte {
	return c.message(dhcpv4.MessageTypeDecline, dhcpv4.WithOption(dhcpv4.OptServerIdentifier(ipOf(l.Server))),
		dhcpv4.WithOption(dhcpv4.OptRequestedIPAddress(ipOf(l.Addr.Addr()))))
}

// Hear reads an answer: final says that the lease is the client's, else it is an offer. The error is ErrRefused, or says
// that the datagram is not for this client.
func (c *Client) Hear(b []byte) (l Lease, final bool, err error) {
	m, err := dhcpv4.FromBytes(b)
	if err != nil || m.OpCode != dhcpv4.OpcodeBootReply || m.TransactionID != c.id || m.ClientHWAddr.String() != c.mac.String() {
		return Lease{}, false, errOther
	}
	switch m.MessageType() {
	case dhcpv4.MessageTypeNak:
		return Lease{Server: addrOf(m.ServerIdentifier())}, true, ErrRefused
	case dhcpv4.MessageTypeOffer, dhcpv4.MessageTypeAck:
	default:
		return Lease{}, false, errOther
	}
	bits, _ := m.SubnetMask().Size()
	if m.SubnetMask() == nil {
		bits, _ = m.YourIPAddr.DefaultMask().Size()
	}
	l = Lease{
		Addr: netip.PrefixFrom(addrOf(m.YourIPAddr), bits), Server: addrOf(m.ServerIdentifier()), DNS: addrsOf(m.DNS()),
		WINS: addrsOf(m.NetBIOSNameServers()), Domain: m.DomainName(), Time: m.IPAddressLeaseTime(0),
		Renew: m.IPAddressRenewalTime(0), Rebind: m.IPAddressRebindingTime(0), options: m.Options,
	}
	if routers := addrsOf(m.Router()); len(routers) > 0 {
		l.Router = routers[0]
	}
	return l, m.MessageType() == dhcpv4.MessageTypeAck, nil
}

func addrsOf(ips []net.IP) []netip.Addr {
	var all []netip.Addr
	for _, ip := range ips {
		all = append(all, addrOf(ip))
	}
	return all
}
