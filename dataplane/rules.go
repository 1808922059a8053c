package dataplane

import (
	"cmp"
	"net/netip"
	"slices"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// rules is a Policy made ready for packets: addresses as numbers, routes in the order of preference. It is immutable.
type rules struct {
	*Policy
	number    uint32 // of Swaps; the last one is the highest
	ports     []wire
	routes    []hop
	lowest    int  // the lowest security level of a named interface, up or not
	byPolicy  bool // some static or nat line depends on the destination too
	doctors   bool // some line asks for DNS replies to be rewritten
	outbounds []outbound
	staticARP map[neighbourKey][6]byte
	tags      map[tag]Port
	times     *Timeouts // a copy, so that old connections do not keep the whole Policy
}

// wire is one interface. The box's own port has no address.
type wire struct {
	*Interface
	up               bool
	hasAddr          bool
	addr, net, bcast uint32
	mtu              int
}

// hop is a route; via 0 is a connected network.
type hop struct {
	port      Port
	net, mask uint32
	via       uint32
	bits      int
	metric    int
}

// SelfMAC is the engine's address towards the box's own host; locally administered.
var SelfMAC = [6]byte{0x02, 0x50, 0x49, 0x58, 0x00, 0xfe}

var selfWire = wire{Interface: &Interface{Name: "self", MAC: SelfMAC, Level: 100, Up: true}, up: true, mtu: 65535}

func newRules(p *Policy) *rules {
	r := &rules{Policy: p, lowest: 101, staticARP: map[neighbourKey][6]byte{}, tags: map[tag]Port{}}
	times := p.Timeouts
	r.times = &times
	for i := range p.Interfaces {
		r.addPort(&p.Interfaces[i], Port(i))
	}
	for _, t := range p.Routes {
		if t.To.IsValid() && t.To.Addr().Is4() {
			r.addRoute(t)
		}
	}
	slices.SortStableFunc(r.routes, func(a, b hop) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(a.metric, b.metric))
	})
	for _, o := range p.Outbound {
		r.outbounds = append(r.outbounds, newOutbound(o))
	}
	r.doctors = len(p.Aliases) > 0
	for _, s := range p.Statics {
		r.doctors = r.doctors || s.DNS
		r.byPolicy = r.byPolicy || s.Match != nil
	}
	for _, n := range p.NAT {
		r.doctors = r.doctors || n.DNS
		r.byPolicy = r.byPolicy || n.Match != nil
	}
	for _, t := range p.Table {
		r.doctors = r.doctors || t.DNS
	}
	for _, a := range p.ARP {
		r.staticARP[neighbourKey{a.Port, packet.U32(a.Addr)}] = a.MAC
	}
	return r
}

func (r *rules) addPort(i *Interface, port Port) {
	if i.VLAN != 0 {
		r.tags[tag{i.Trunk, i.VLAN}] = port
	}
	w := wire{Interface: i, up: i.Up, mtu: i.MTU}
	if w.mtu == 0 {
		w.mtu = 1500
	}
	if i.Addr.IsValid() && i.Addr.Addr().Is4() {
		mask := maskOf(i.Addr.Bits())
		w.hasAddr, w.addr = true, packet.U32(i.Addr.Addr())
		w.net, w.bcast = w.addr&mask, w.addr|^mask
		if w.up {
			r.routes = append(r.routes, hop{port: port, net: w.net, mask: mask, bits: i.Addr.Bits()})
		}
	}
	if i.Name != "" {
		r.lowest = min(r.lowest, i.Level)
	}
	r.ports = append(r.ports, w)
}

func (r *rules) addRoute(t Route) {
	if int(t.Port) >= len(r.ports) || !r.ports[t.Port].up {
		return
	}
	h := hop{port: t.Port, mask: maskOf(t.To.Bits()), bits: t.To.Bits(), metric: max(t.Metric, 1)}
	h.net = packet.U32(t.To.Addr()) & h.mask
	if t.Via.IsValid() && t.Via.Is4() {
		h.via = packet.U32(t.Via)
	}
	r.routes = append(r.routes, h)
}

func maskOf(bits int) uint32 { return uint32(uint64(0xffffffff) << (32 - bits)) }

// wire is the interface of a port, nil if there is none.
func (r *rules) wire(p Port) *wire {
	if p == Self {
		return &selfWire
	}
	if int(p) < len(r.ports) {
		return &r.ports[p]
	}
	return nil
}

func (r *rules) level(p Port) int {
	if w := r.wire(p); w != nil {
		return w.Level
	}
	return 0
}

// route is the best way to dst, out of any port (None) or out of one.
func (r *rules) route(dst uint32, only Port) (hop, bool) {
	for i := range r.routes {
		h := &r.routes[i]
		if dst&h.mask == h.net && (only == None || h.port == only) {
			return *h, true
		}
	}
	return hop{}, false
}

// route is a hop as others know it.
func (h *hop) route() Route {
	r := Route{Port: h.port, To: netip.PrefixFrom(packet.Addr(h.net), h.bits), Metric: h.metric}
	if h.via != 0 {
		r.Via = packet.Addr(h.via)
	}
	return r
}

// comesBy tells whether packets to src would leave by a port: the best route decides, the default route too.
func (r *rules) comesBy(port Port, src uint32) bool {
	h, ok := r.route(src, None)
	return ok && h.port == port
}

// nextHop is the neighbour on port to which packets for dst go; ok is false when no route leads there.
func (r *rules) nextHop(port Port, dst uint32) (uint32, bool) {
	if port == Self {
		return dst, true
	}
	h, ok := r.route(dst, port)
	if !ok || h.via == 0 {
		return dst, ok
	}
	return h.via, true
}

// owner is the port whose own address this is.
func (r *rules) owner(addr uint32) (Port, bool) {
	for i := range r.ports {
		if r.ports[i].hasAddr && r.ports[i].up && r.ports[i].addr == addr {
			return Port(i), true
		}
	}
	return None, false
}

// realm keeps the translations of a policy nat line apart from others: by its ID, or by its place where it has none.
func (r *rules) realm(n *NAT) acl.ID {
	if n.ID != 0 {
		return n.ID
	}
	for i := range r.NAT {
		if n == &r.NAT[i] {
			return 1<<63 | acl.ID(i)
		}
	}
	return 1 << 63
}

// permits says what a list thinks of a packet by its addresses and protocol; a nil list permits nothing.
func permits(l *acl.List, k acl.Key) bool {
	if l == nil {
		return false
	}
	rule, ok := l.Match(k)
	return ok && rule.Permit
}

// inside tells whether addr lies in the prefix, and how far from its start.
func inside(p netip.Prefix, addr uint32) (offset uint32, ok bool) {
	if !p.IsValid() || !p.Addr().Is4() {
		return 0, false
	}
	mask := maskOf(p.Bits())
	return addr &^ mask, packet.U32(p.Addr())&mask == addr&mask
}

func start(p netip.Prefix) uint32 { return packet.U32(p.Addr()) & maskOf(p.Bits()) }
