package appliance

import (
	"cmp"
	"context"
	"encoding/hex"
	"net/netip"
	"sync"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/dhcp"
	"pixsim/cli/command"
	"pixsim/dataplane"
)

// dhcpDesk is the box's DHCP server: one for each interface that has a pool. Questions come from the engine's goroutine,
// which must not wait, and are answered one after the other in a goroutine of its own, which pings.
type dhcpDesk struct {
	b     *Box
	queue chan question

	mu      sync.Mutex
	servers map[string]*dhcp.Server // by interface
}

// question is one of the engine's, copied.
type question struct {
	in      dataplane.Port
	payload []byte
}

// maxQuestions is how many clients may wait; further ones ask again.
const maxQuestions = 64

func newDHCPDesk(b *Box) *dhcpDesk {
	return &dhcpDesk{b: b, queue: make(chan question, maxQuestions), servers: map[string]*dhcp.Server{}}
}

// ask is called by the engine.
func (d *dhcpDesk) ask(a dataplane.Asked) {
	select {
	case d.queue <- question{a.In, append([]byte(nil), a.Payload...)}:
	default:
	}
}

// run answers until ctx ends.
func (d *dhcpDesk) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case q := <-d.queue:
			d.answer(ctx, q)
		}
	}
}

func (d *dhcpDesk) answer(ctx context.Context, q question) {
	c := d.b.Live()
	if int(q.in) >= len(c.Interfaces) {
		return
	}
	f := c.Interfaces[q.in]
	p, ok := d.clientsOf(c, f)
	if !ok {
		return
	}
	inUse := func(a netip.Addr) bool { return d.answers(ctx, c, f.Addr.Addr(), a) }
	d.mu.Lock()
	s := d.servers[f.Name]
	if s == nil {
		s = &dhcp.Server{}
		d.servers[f.Name] = s
	}
	a, ok := s.Ask(d.b.Now(), p, q.payload, inUse)
	d.mu.Unlock()
	if ok {
		d.b.engine.Do(func(s *dataplane.State) {
			s.SendDHCP(q.in, a.MAC, netip.AddrPortFrom(f.Addr.Addr(), dhcp.ServerPort), a.To, a.Data)
		})
	}
}

// answers pings an address before it is given out.
func (d *dhcpDesk) answers(ctx context.Context, c *config.Config, from, to netip.Addr) bool {
	wait := time.Duration(c.DHCPD.Ping) * time.Millisecond
	if wait == 0 {
		wait = config.DHCPPing * time.Millisecond
	}
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	_, err := d.b.self.Ping(ctx, from, to, 56)
	return err == nil
}

// clientsOf is what the server of an interface gives out; false when there is none.
func (desk *dhcpDesk) clientsOf(c *config.Config, f config.Interface) (*dhcp.Pool, bool) {
	d := &c.DHCPD
	v, ok := d.Pool(f.Name)
	if !ok || !d.Serves(f.Name) || !f.Addr.IsValid() {
		return nil, false
	}
	told := d.Of(f.Name)
	p := &dhcp.Pool{Server: f.Addr, First: v.First, Last: v.Last, DNS: told.DNS, WINS: told.WINS, Domain: told.Domain, Lease: config.DHCPLease * time.Second}
	if d.Auto { // what is typed goes before what was learnt (6.3 command reference)
		desk.learn(p, cmp.Or(d.AutoIf, c.Outside()))
	}
	if told.Lease != 0 {
		p.Lease = time.Duration(told.Lease) * time.Second
	}
	for _, o := range told.Options {
		p.Options = append(p.Options, dhcp.Option{Code: uint8(o.Code), Data: optionData(o)})
	}
	return p, true
}

// learn fills in the servers and the domain that the box was told of with its own address.
func (desk *dhcpDesk) learn(p *dhcp.Pool, ifname string) {
	l, ok := desk.b.lessees.of(ifname)
	if !ok {
		return
	}
	if len(p.DNS) == 0 {
		p.DNS = l.DNS
	}
	if len(p.WINS) == 0 {
		p.WINS = l.WINS
	}
	p.Domain = cmp.Or(p.Domain, l.Domain)
}

func optionData(o config.DHCPOption) []byte {
	switch o.Kind {
	case "ascii":
		return []byte(o.Text)
	case "hex":
		b, _ := hex.DecodeString(o.Text) // the console has read it
		return b
	}
	var b []byte
	for _, a := range o.Addrs {
		if a.IsValid() {
			b = append(b, a.AsSlice()...)
		}
	}
	return b
}

// reset forgets everything, as a reload does.
func (d *dhcpDesk) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.servers)
}

// DHCPBindings implements command.DHCPServer.
func (b *Box) DHCPBindings() []command.DHCPBinding {
	b.dhcp.mu.Lock()
	defer b.dhcp.mu.Unlock()
	now := b.Now()
	var out []command.DHCPBinding
	for _, f := range b.Config().Interfaces {
		if s := b.dhcp.servers[f.Name]; s != nil {
			for _, v := range s.Bindings(now) {
				out = append(out, command.DHCPBinding{Addr: v.Addr, Client: dhcp.ClientText(v.Client), Left: v.Until.Sub(now)})
			}
		}
	}
	return out
}

// DHCPCounts implements command.DHCPServer.
func (b *Box) DHCPCounts() command.DHCPCounts {
	n := command.DHCPCounts{Pools: len(b.Config().DHCPD.Pools), Bindings: len(b.DHCPBindings())}
	b.dhcp.mu.Lock()
	defer b.dhcp.mu.Unlock()
	for _, s := range b.dhcp.servers {
		v := s.Stats()
		n.Expired += v.Expired
		n.Malformed += v.Malformed
		n.Bootrequest += v.Bootrequest
		n.Discover += v.Discover
		n.Request += v.Request
		n.Decline += v.Decline
		n.Release += v.Release
		n.Inform += v.Inform
		n.Bootreply += v.Bootreply
		n.Offer += v.Offer
		n.Ack += v.Ack
		n.Nak += v.Nak
	}
	return n
}

// ClearDHCP implements command.DHCPServer.
func (b *Box) ClearDHCP(bindings, counts bool) {
	b.dhcp.mu.Lock()
	defer b.dhcp.mu.Unlock()
	for _, s := range b.dhcp.servers {
		if bindings {
			s.ClearBindings()
		}
		if counts {
			s.ClearStats()
		}
	}
}
