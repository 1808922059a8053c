package appliance

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/resolver"
	"pixsim/cli/command"
	"pixsim/dataplane"
)

// lookups are the names of objects and what they stand for. A goroutine of its own asks for them, one after the other, when it is
// time by the box's clock. Addresses are no part of the configuration: they are laid over it, see over.
type lookups struct {
	b       *Box
	changed chan struct{} // of capacity 1: other names are wanted, or other servers

	mu     sync.Mutex
	table  resolver.Table
	wanted []string
	last   *config.Config // that they are of
	dns    config.DNS
	said   map[string][]netip.Addr // what is in force
	number uint16                  // of the last question
}

const (
	dnsPort = 53
	// nameLook is how often the clock is looked at while names are wanted.
	nameLook = 200 * time.Millisecond
	// maxDNSReply is the longest message by UDP without extensions (RFC 1035 section 4.2.1), with room to spare.
	maxDNSReply = 1472
)

var errNoServer = errors.New("no server has answered")

func newLookups(b *Box) *lookups { return &lookups{b: b, changed: make(chan struct{}, 1)} }

// run looks names up until ctx ends.
func (d *lookups) run(ctx context.Context) {
	watch(ctx, d.changed, nameLook, func() bool { d.turn(ctx); return !d.idle() })
}

func (d *lookups) idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.table.Idle()
}

// turn asks for the names that are due, and puts in force what has changed.
func (d *lookups) turn(ctx context.Context) {
	for ctx.Err() == nil {
		d.mu.Lock()
		name, due := d.table.Due(d.b.o.Now())
		dns := d.dns
		d.number += 0x3d7 // RFC 5452 asks for numbers that cannot be guessed; the port, which the host chooses, is not one
		id := d.number
		d.mu.Unlock()
		if !due {
			break
		}
		all, err := d.b.resolve(ctx, dns, id, name)
		d.mu.Lock()
		if err == nil && len(all) > 0 {
			d.table.Heard(name, all, d.b.o.Now())
		} else {
			d.table.Failed(name, d.b.o.Now())
		}
		d.mu.Unlock()
	}
	if d.update() {
		d.b.leased()
	}
}

// update takes over what the table has now, and says whether that is something else than before.
func (d *lookups) update() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.table.Expire(d.b.o.Now())
	now := d.table.Addrs()
	if maps.EqualFunc(now, d.said, slices.Equal) {
		return false
	}
	d.said = now
	return true
}

// apply takes over which names a configuration wants, and whom to ask.
func (d *lookups) apply(c *config.Config) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wanted, dns := d.wanted, c.DNS()
	if d.last == nil || !c.SameGroups(d.last) { // there may be very many
		wanted = c.FQDNs()
	}
	d.last = c
	d.table.Poll, d.table.Keep = dns.Poll, dns.Expires
	same := slices.Equal(dns.Servers, d.dns.Servers) && slices.Equal(dns.Ifs, d.dns.Ifs)
	if d.dns = dns; same && slices.Equal(wanted, d.wanted) {
		return
	}
	d.wanted = wanted
	d.table.Want(wanted, d.b.o.Now())
	if !same {
		d.table.Retry(d.b.o.Now())
	}
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// over is a configuration with what its names stand for; without any it is the configuration itself.
func (d *lookups) over(c *config.Config) *config.Config {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.said) == 0 {
		return c
	}
	e := config.From(c)
	e.SetResolved(d.said)
	return e.Config()
}

// reset forgets everything, as a reload does.
func (d *lookups) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.table, d.wanted, d.last, d.dns, d.said = resolver.Table{}, nil, nil, config.DNS{}, nil
}

// resolve asks the servers in turn, each as often as the configuration says. Only interfaces that may be used for it are.
func (b *Box) resolve(ctx context.Context, dns config.DNS, id uint16, name string) ([]resolver.Record, error) {
	err := errNoServer
	for range 1 + dns.Retries {
		for _, server := range dns.Servers {
			if !slices.Contains(dns.Ifs, b.Live().Towards(server)) {
				continue
			}
			var all []resolver.Record
			all, err = b.askServer(ctx, server, id, name, dns.Timeout)
			if err == nil || errors.Is(err, resolver.ErrNoName) || ctx.Err() != nil {
				return all, err
			}
		}
	}
	return nil, err
}

// askServer asks one server once, through the dataplane: only its answers get in.
func (b *Box) askServer(ctx context.Context, server netip.Addr, id uint16, name string, wait time.Duration) ([]resolver.Record, error) {
	q, err := resolver.Question(id, name)
	if err != nil {
		return nil, err
	}
	from, err := b.source("", server)
	if err != nil {
		return nil, err
	}
	conn, err := b.self.ListenUDP(netip.AddrPortFrom(from, 0))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	answers := dataplane.Answers{To: netip.AddrPortFrom(from, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()), From: server}
	admitted := false
	b.engine.Do(func(s *dataplane.State) { admitted = s.Await(answers) })
	if !admitted {
		return nil, errNoServer
	}
	defer b.engine.Do(func(s *dataplane.State) { s.Forget(answers) })
	conn.SetDeadline(time.Now().Add(wait))
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.WriteTo(q, net.UDPAddrFromAddrPort(netip.AddrPortFrom(server, dnsPort))); err != nil {
		return nil, err
	}
	buf := make([]byte, maxDNSReply)
	for {
		n, who, err := conn.ReadFrom(buf)
		if err != nil {
			return nil, err
		}
		if a, ok := who.(*net.UDPAddr); !ok || a.AddrPort().Port() != dnsPort {
			continue
		}
		all, err := resolver.Read(buf[:n], id, name)
		if !errors.Is(err, resolver.ErrNotMine) {
			return all, err
		}
	}
}

// Names implements command.Resolver.
func (b *Box) Names() (out []command.ResolvedName) {
	d := b.lookups
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.table.Names(b.o.Now()) {
		v := command.ResolvedName{Name: n.Name}
		for _, r := range n.Addrs {
			v.Addrs = append(v.Addrs, command.ResolvedAddr{Addr: r.Addr, Left: r.TTL})
		}
		out = append(out, v)
	}
	return out
}

// ForgetName implements command.Resolver.
func (b *Box) ForgetName(name string) {
	d := b.lookups
	d.mu.Lock()
	d.table.Forget(name, b.o.Now())
	d.mu.Unlock()
	select {
	case d.changed <- struct{}{}:
	default:
	}
}
