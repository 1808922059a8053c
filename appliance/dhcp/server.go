// Package dhcp gives out addresses by DHCP (RFC 2131), and asks for them. It knows neither box nor lab: datagrams come in
// and go out as octets, and what time it is and who answers pings is told.
package dhcp

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// Ports of DHCP (RFC 2131 section 4.1).
const (
	ServerPort = 67
	ClientPort = 68
)

// Pool is what the server of one interface gives out, and what it tells its clients.
type Pool struct {
	Server      netip.Prefix // the server's address and the subnet of its clients
	Router      netip.Addr   // their way out; invalid: the server
	First, Last netip.Addr
	Lease       time.Duration
	DNS, WINS   []netip.Addr
	Domain      string
	Options     []Option // further ones; they replace those that the server sends by itself
}

// Option is one that clients are sent, whether they ask or not.
type Option struct {
	Code uint8
	Data []byte
}

// Binding is an address and the client that has it.
type Binding struct {
	Addr   netip.Addr
	Client string // client identifier as options carry it: the type, then the hardware address
	MAC    [6]byte
	Until  time.Time
	state  state
}

type state uint8

const (
	offered state = iota
	leased
	expired  // was leased and is the client's again, if it asks in time
	conflict // somebody else has the address
)

// Stats count what show dhcpd statistics prints.
type Stats struct {
	Expired, Malformed                                       int
	Bootrequest, Discover, Request, Decline, Release, Inform int // received
	Bootreply, Offer, Ack, Nak                               int // sent
}

// Times of a server.
const (
	offerTime    = time.Minute
	conflictTime = time.Hour
)

// maxAnswer is the most octets of an answer: every client takes those (RFC 2131 section 2).
const maxAnswer = 548

// Server is the server of one interface. The zero value has given out nothing. It is not safe for concurrent use.
type Server struct {
	bindings []Binding // by address
	stats    Stats
}

// Answer is a datagram to a client.
type Answer struct {
	MAC  [6]byte
	To   netip.AddrPort
	Data []byte
}

var broadcastMAC = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// Ask takes what a client sent. inUse says whether somebody answers at an address, before it is offered. ok is false when
// the client gets no answer.
func (s *Server) Ask(now time.Time, p *Pool, question []byte, inUse func(netip.Addr) bool) (a Answer, ok bool) {
	q, err := dhcpv4.FromBytes(question)
	if err != nil || q.OpCode != dhcpv4.OpcodeBootRequest || len(q.ClientHWAddr) != 6 {
		s.stats.Malformed++
		return Answer{}, false
	}
	s.expire(now)
	if q.GatewayIPAddr != nil && !q.GatewayIPAddr.IsUnspecified() {
		return Answer{}, false // relayed: the server is for its own wire
	}
	kind, addr := s.decide(now, p, q, inUse)
	if kind == dhcpv4.MessageTypeNone {
		return Answer{}, false
	}
	return s.reply(p, q, kind, addr)
}

// decide is what the client gets for an answer, and the address in it.
func (s *Server) decide(now time.Time, p *Pool, q *dhcpv4.DHCPv4, inUse func(netip.Addr) bool) (dhcpv4.MessageType, netip.Addr) {
	switch q.MessageType() {
	case dhcpv4.MessageTypeDiscover:
		s.stats.Discover++
		if addr, ok := s.offer(now, p, q, inUse); ok {
			return dhcpv4.MessageTypeOffer, addr
		}
	case dhcpv4.MessageTypeRequest:
		s.stats.Request++
		return s.request(now, p, q)
	case dhcpv4.MessageTypeDecline:
		s.stats.Decline++
		if b := s.of(clientOf(q)); b != nil && addrOf(q.RequestedIPAddress()) == b.Addr {
			*b = Binding{Addr: b.Addr, Until: now.Add(conflictTime), state: conflict}
		}
	case dhcpv4.MessageTypeRelease:
		s.stats.Release++
		if b := s.of(clientOf(q)); b != nil && addrOf(q.ClientIPAddr) == b.Addr {
			s.drop(b.Addr)
		}
	case dhcpv4.MessageTypeInform:
		s.stats.Inform++
		return dhcpv4.MessageTypeAck, netip.Addr{}
	default:
		s.stats.Bootrequest++ // BOOTP has no addresses here
	}
	return dhcpv4.MessageTypeNone, netip.Addr{}
}

// offer finds an address: the client's own, the one that it wishes, one that nobody ever had, or the one that was free
// longest.
func (s *Server) offer(now time.Time, p *Pool, q *dhcpv4.DHCPv4, inUse func(netip.Addr) bool) (netip.Addr, bool) {
	client := clientOf(q)
	if b := s.of(client); b != nil && p.has(b.Addr) {
		if b.state != leased {
			b.state, b.Until = offered, now.Add(offerTime)
		}
		return b.Addr, true
	}
	for range p.size() + 1 {
		addr, ok := s.free(p, addrOf(q.RequestedIPAddress()))
		if !ok {
			return addr, false
		}
		if !inUse(addr) {
			s.put(Binding{Addr: addr, Client: client, MAC: [6]byte(q.ClientHWAddr), Until: now.Add(offerTime), state: offered})
			return addr, true
		}
		s.put(Binding{Addr: addr, Until: now.Add(conflictTime), state: conflict})
	}
	return netip.Addr{}, false
}

func (s *Server) free(p *Pool, wish netip.Addr) (netip.Addr, bool) {
	if p.has(wish) && s.at(wish) == nil {
		return wish, true
	}
	var oldest *Binding
	for a := p.First; p.has(a); a = a.Next() {
		b := s.at(a)
		if b == nil {
			return a, true
		}
		if b.state == expired && (oldest == nil || b.Until.Before(oldest.Until)) {
			oldest = b
		}
	}
	if oldest == nil {
		return netip.Addr{}, false
	}
	return oldest.Addr, true
}

// request is RFC 2131 section 4.3.2: of an offer, of a client that reboots, or of one that renews.
func (s *Server) request(now time.Time, p *Pool, q *dhcpv4.DHCPv4) (dhcpv4.MessageType, netip.Addr) {
	b, wish := s.of(clientOf(q)), addrOf(q.RequestedIPAddress())
	if id := q.ServerIdentifier(); id != nil && addrOf(id) != p.Server.Addr() {
		if b != nil && b.state == offered {
			s.drop(b.Addr) // another server's offer was taken
		}
		return dhcpv4.MessageTypeNone, wish
	}
	if !wish.IsValid() || wish.IsUnspecified() {
		wish = addrOf(q.ClientIPAddr)
	}
	if b == nil || b.Addr != wish || !p.has(wish) {
		return dhcpv4.MessageTypeNak, netip.Addr{}
	}
	b.state, b.Until = leased, now.Add(p.Lease)
	return dhcpv4.MessageTypeAck, wish
}

func (s *Server) reply(p *Pool, q *dhcpv4.DHCPv4, kind dhcpv4.MessageType, addr netip.Addr) (Answer, bool) {
	r, err := dhcpv4.NewReplyFromRequest(q, dhcpv4.WithMessageType(kind), dhcpv4.WithOption(dhcpv4.OptServerIdentifier(ipOf(p.Server.Addr()))))
	if err != nil {
		return Answer{}, false
	}
	switch kind {
	case dhcpv4.MessageTypeOffer:
		s.stats.Offer++
	case dhcpv4.MessageTypeAck:
		s.stats.Ack++
	case dhcpv4.MessageTypeNak:
		s.stats.Nak++
	}
	a := Answer{MAC: broadcastMAC, To: netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), ClientPort)}
	if kind != dhcpv4.MessageTypeNak {
		p.tell(r, addr)
		if addr.IsValid() {
			r.YourIPAddr = ipOf(addr)
		}
		if at := addrOf(q.ClientIPAddr); at.IsValid() && !at.IsUnspecified() {
			a.MAC, a.To = [6]byte(q.ClientHWAddr), netip.AddrPortFrom(at, ClientPort)
		} else if !q.IsBroadcast() && addr.IsValid() {
			a.MAC, a.To = [6]byte(q.ClientHWAddr), netip.AddrPortFrom(addr, ClientPort)
		}
	}
	a.Data = r.ToBytes()
	return a, len(a.Data) <= maxAnswer
}

// tell puts in what clients of the pool learn. Without an address (INFORM) there is no lease.
func (p *Pool) tell(r *dhcpv4.DHCPv4, addr netip.Addr) {
	r.UpdateOption(dhcpv4.OptSubnetMask(net.CIDRMask(p.Server.Bits(), 32)))
	router := p.Router
	if !router.IsValid() {
		router = p.Server.Addr()
	}
	r.UpdateOption(dhcpv4.OptRouter(ipOf(router)))
	if addr.IsValid() {
		r.UpdateOption(dhcpv4.OptIPAddressLeaseTime(p.Lease))
	}
	if len(p.DNS) > 0 {
		r.UpdateOption(dhcpv4.OptDNS(ipsOf(p.DNS)...))
	}
	if len(p.WINS) > 0 {
		r.UpdateOption(dhcpv4.OptNetBIOSNameServers(ipsOf(p.WINS)...))
	}
	if p.Domain != "" {
		r.UpdateOption(dhcpv4.OptDomainName(p.Domain))
	}
	for _, o := range p.Options {
		r.UpdateOption(dhcpv4.OptGeneric(dhcpv4.GenericOptionCode(o.Code), o.Data))
	}
}

func (p *Pool) has(a netip.Addr) bool {
	return a.Is4() && !a.Less(p.First) && !p.Last.Less(a) && p.Server.Contains(a) && a != p.Server.Addr()
}

// maxPool bounds a pool whatever a configuration says.
const maxPool = 1024

func (p *Pool) size() int {
	n := 0
	for a := p.First; n < maxPool && p.has(a); a = a.Next() {
		n++
	}
	return n
}

// Bindings are the addresses that are leased now, in order.
func (s *Server) Bindings(now time.Time) []Binding {
	s.expire(now)
	var all []Binding
	for _, b := range s.bindings {
		if b.state == leased {
			all = append(all, b)
		}
	}
	return all
}

// Stats are the counters so far.
func (s *Server) Stats() Stats { return s.stats }

// ClearBindings forgets every address that was given out, ClearStats the counters.
func (s *Server) ClearBindings() { s.bindings = nil }
func (s *Server) ClearStats()    { s.stats = Stats{} }

// expire ends what is over: leases become free but remembered, the rest is forgotten.
func (s *Server) expire(now time.Time) {
	s.bindings = slices.DeleteFunc(s.bindings, func(b Binding) bool {
		return b.state != leased && b.state != expired && !now.Before(b.Until)
	})
	for i := range s.bindings {
		if b := &s.bindings[i]; b.state == leased && !now.Before(b.Until) {
			b.state = expired
			s.stats.Expired++
		}
	}
}

func (s *Server) at(a netip.Addr) *Binding {
	i, ok := slices.BinarySearchFunc(s.bindings, a, func(b Binding, a netip.Addr) int { return b.Addr.Compare(a) })
	if !ok {
		return nil
	}
	return &s.bindings[i]
}

// of is what a client has.
func (s *Server) of(client string) *Binding {
	for i := range s.bindings {
		if s.bindings[i].Client == client && s.bindings[i].state != conflict {
			return &s.bindings[i]
		}
	}
	return nil
}

func (s *Server) put(b Binding) {
	i, ok := slices.BinarySearchFunc(s.bindings, b.Addr, func(v Binding, a netip.Addr) int { return v.Addr.Compare(a) })
	if ok {
		s.bindings[i] = b
		return
	}
	s.bindings = slices.Insert(s.bindings, i, b)
}

func (s *Server) drop(a netip.Addr) {
	s.bindings = slices.DeleteFunc(s.bindings, func(b Binding) bool { return b.Addr == a })
}

// clientOf is who asks: the identifier that the client chose, else its hardware address (RFC 2131 section 4.2).
func clientOf(q *dhcpv4.DHCPv4) string {
	if id := q.Options.Get(dhcpv4.OptionClientIdentifier); len(id) > 1 {
		return string(id[:min(len(id), 32)])
	}
	return string(append([]byte{1}, q.ClientHWAddr...))
}

// ClientText is a client identifier as the box prints it: hexadecimal in groups of four, with points.
func ClientText(client string) string {
	var b bytes.Buffer
	for i, c := range hex.EncodeToString([]byte(client)) {
		if i > 0 && i%4 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func addrOf(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip.To4())
	return a
}

func ipOf(a netip.Addr) net.IP { return net.IP(a.AsSlice()) }

func ipsOf(all []netip.Addr) []net.IP {
	var ips []net.IP
	for _, a := range all {
		ips = append(ips, ipOf(a))
	}
	return ips
}
