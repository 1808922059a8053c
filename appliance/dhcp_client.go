package appliance

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/dhcp"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/dataplane"
)

// lessees are the box's DHCP clients: one for each interface whose address comes by DHCP. Answers come from the engine's
// goroutine, which must not wait; a goroutine of its own takes them, and asks when it is time by the box's clock. A lease is
// no part of the configuration: it is laid over it, see over.
type lessees struct {
	b       *Box
	answers chan answer
	changed chan struct{} // of capacity 1: other interfaces want an address

	mu     sync.Mutex
	wanted []wish
	at     map[string]*lessee // by hardware
}

// wish is an interface that wants an address.
type wish struct {
	hardware, name string
	port           dataplane.Port
	tries, asked   int
}

// lessee is the client of one interface.
type lessee struct {
	wish
	*dhcp.Lessee
	id     string
	server [6]byte    // who put the server's last answer on the wire: the server, or a relay
	held   dhcp.Lease // what is in force, as far as it was said
	has    bool
	gone   bool // nobody wants the address any more
}

// answer is one of the engine's, copied.
type answer struct {
	in      dataplane.Port
	mac     [6]byte
	from    netip.AddrPort
	payload []byte
}

const (
	maxOffers  = 64 // answers that wait; further ones are lost, as by a wire
	usualTries = 4  // ip address ... retry (6.x command reference)
	// leaseLook is how often the clock is looked at while something is due.
	leaseLook = 200 * time.Millisecond
)

func newLessees(b *Box) *lessees {
	return &lessees{b: b, answers: make(chan answer, maxOffers), changed: make(chan struct{}, 1), at: map[string]*lessee{}}
}

// onDHCP is called by the engine.
func (b *Box) onDHCP(a dataplane.Asked) {
	if a.To.Port() == dhcp.ServerPort {
		b.dhcp.ask(a)
		return
	}
	select {
	case b.lessees.answers <- answer{a.In, a.MAC, a.From, slices.Clone(a.Payload)}:
	default:
	}
}

// run serves the interfaces until ctx ends.
func (d *lessees) run(ctx context.Context) {
	look := time.NewTicker(leaseLook)
	defer look.Stop()
	for {
		if d.idle() {
			look.Stop()
		} else {
			look.Reset(leaseLook)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.changed:
			d.do(d.reconcile)
		case a := <-d.answers:
			d.do(func(now time.Time) []letter { return d.hear(now, a) })
		case <-look.C:
			d.do(d.tick)
		}
	}
}

// idle reports that nothing is due unless somebody says so.
func (d *lessees) idle() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.at {
		if !l.Due().IsZero() {
			return false
		}
	}
	return true
}

// letter is what a lessee sends.
type letter struct {
	port     dataplane.Port
	mac      [6]byte
	from, to netip.AddrPort
	data     []byte
}

var everybody = [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// do does a step, sends what is to be said, and puts in force what was leased or lost.
func (d *lessees) do(step func(now time.Time) []letter) {
	d.mu.Lock()
	out := step(d.b.o.Now())
	news := d.news()
	d.mu.Unlock()
	for _, m := range out {
		d.b.engine.Do(func(s *dataplane.State) { s.SendDHCP(m.port, m.mac, m.from, m.to, m.data) })
	}
	if len(news) > 0 {
		d.b.leased()
	}
	for _, n := range news {
		d.b.Event(n.key, n.args...)
	}
}

// tiding is a log message.
type tiding struct {
	key  release.Key
	args []any
}

// news are the leases that came and went since the last step; mu is held.
func (d *lessees) news() (all []tiding) {
	for hw, l := range d.at {
		held, has := l.Held()
		if l.has && (!has || held.Addr != l.held.Addr) {
			all = append(all, tiding{release.SyslogLeaseLost, []any{l.name}})
		}
		if has && (!l.has || held.Addr != l.held.Addr || held.Router != l.held.Router) {
			all = append(all, tiding{release.SyslogLeased, []any{l.name, held.Addr.Addr(), config.MaskOf(held.Addr.Bits()), orNone(held.Router)}})
		}
		l.held, l.has = held, has
		if l.gone {
			delete(d.at, hw)
		}
	}
	return all
}

// orNone is how the device writes an address that is not there.
func orNone(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return netip.IPv4Unspecified()
	}
	return a
}

// reconcile begins for interfaces that want an address, or want it once more, and ends for those that do not; mu is held.
func (d *lessees) reconcile(now time.Time) (out []letter) {
	for hw, l := range d.at {
		if !slices.ContainsFunc(d.wanted, func(w wish) bool { return w.hardware == hw }) {
			l.gone = true
			out = append(out, d.letters(now, l, l.Leave())...)
		}
	}
	for _, w := range d.wanted {
		l := d.at[w.hardware]
		if l == nil {
			l = d.lessee(now, w)
			d.at[w.hardware] = l
		} else if l.asked == w.asked {
			l.wish = w
			continue
		}
		l.wish = w
		out = append(out, d.letters(now, l, l.Begin(now, w.tries))...)
	}
	return out
}

// lessee is a new one. Its number is of the time, so that it is another one after each reload and not easily guessed.
func (d *lessees) lessee(now time.Time, w wish) *lessee {
	mac := d.b.rel.Model.MACOf(d.b.Live().TrunkOf(int(w.port)))
	l := &lessee{wish: w, id: fmt.Sprintf("cisco-%02x%02x.%02x%02x.%02x%02x-%s", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], w.name)}
	number := uint32(uint64(now.UnixNano())*0x9e3779b97f4a7c15>>32) ^ uint32(mac[5])
	l.Lessee = dhcp.NewLessee(mac, l.id, number, func(p netip.Prefix) bool { return d.fits(w.hardware, p) })
	return l
}

// fits refuses an address in the network of another interface.
func (d *lessees) fits(hardware string, p netip.Prefix) bool {
	for _, f := range d.b.Live().Interfaces {
		if f.Hardware != hardware && f.Addr.IsValid() && f.Addr.Overlaps(p) {
			return false
		}
	}
	return true
}

// tick does what is due; mu is held.
func (d *lessees) tick(now time.Time) (out []letter) {
	for _, l := range d.at {
		if l.Due().IsZero() {
			continue
		}
		out = append(out, d.letters(now, l, l.Tick(now))...)
		if l.Due().IsZero() && l.State() == dhcp.Initial {
			d.b.desk.switched(debugError, d.b.rel.Say(release.DebugLeaseNone))
		}
	}
	return out
}

// hear takes an answer; mu is held.
func (d *lessees) hear(now time.Time, a answer) []letter {
	for _, l := range d.at {
		if l.port != a.in {
			continue
		}
		was := l.State()
		q, heard, err := l.Hear(now, a.payload)
		if err == nil {
			l.server = a.mac
		}
		d.b.debugHeard(l, a, was, heard, err)
		return d.letters(now, l, q)
	}
	return nil
}

// letters is a question as it goes out; mu is held.
func (d *lessees) letters(now time.Time, l *lessee, q dhcp.Question) []letter {
	d.b.debugAsked(now, l, q)
	if q.Kind == dhcp.Nothing {
		return nil
	}
	m := letter{port: l.port, mac: everybody, from: netip.AddrPortFrom(netip.IPv4Unspecified(), dhcp.ClientPort), data: q.Data}
	m.to = netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), dhcp.ServerPort)
	if q.Own {
		m.from = netip.AddrPortFrom(l.held.Addr.Addr(), dhcp.ClientPort)
	}
	if q.ToServer {
		m.mac, m.to = l.server, netip.AddrPortFrom(l.held.Server, dhcp.ServerPort)
	}
	return []letter{m}
}

// apply takes over which interfaces of a configuration want an address.
func (d *lessees) apply(c *config.Config) {
	var wanted []wish
	for i, f := range c.Interfaces {
		if f.DHCP && f.Name != "" && !f.Shutdown {
			w := wish{hardware: f.Hardware, name: f.Name, port: dataplane.Port(i), tries: f.Retry, asked: f.Asked}
			if w.tries == 0 {
				w.tries = usualTries
			}
			wanted = append(wanted, w)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Equal(wanted, d.wanted) {
		return
	}
	d.wanted = wanted
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// over is a configuration with the addresses that were leased, and the default routes that came with them where those are
// wanted. Without any it is the configuration itself.
func (d *lessees) over(c *config.Config) *config.Config {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := config.From(c)
	any := false
	for i, f := range c.Interfaces {
		l := d.at[f.Hardware]
		if !f.DHCP || f.Name == "" || f.Shutdown || l == nil || !l.has {
			continue
		}
		any = true
		e.SetInterface(i, func(f *config.Interface) { f.Addr = l.held.Addr })
		if f.SetRoute && l.held.Router.IsValid() {
			e.AddRoute(config.Route{If: f.Name, Net: config.AnyNet, Via: l.held.Router, Metric: 1})
		}
	}
	if !any {
		return c
	}
	return e.Config()
}

// reset forgets everything, as a reload does: no server is told.
func (d *lessees) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = nil
	clear(d.at)
}

// of is what was leased for an interface by its name.
func (d *lessees) of(name string) (dhcp.Lease, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.at {
		if l.name == name && l.has {
			return l.held, true
		}
	}
	return dhcp.Lease{}, false
}

// Lease implements command.DHCPClient.
func (b *Box) Lease(name string) (command.LeaseState, bool) {
	b.lessees.mu.Lock()
	defer b.lessees.mu.Unlock()
	for _, l := range b.lessees.at {
		if l.name == name {
			return l.shown(b.o.Now()), true
		}
	}
	return command.LeaseState{}, false
}

// shown is a lessee as it is printed; mu is held.
func (l *lessee) shown(now time.Time) command.LeaseState {
	v := l.Lease()
	s := command.LeaseState{
		If: l.name, Addr: v.Addr, Server: orNone(v.Server), Router: orNone(v.Router), State: int(l.State()), Word: l.State().String(),
		Number: l.Number(), Time: v.Time, Tries: l.Asked(), ID: l.id,
	}
	s.Renew, s.Rebind = l.Times()
	if due := l.Due(); !due.IsZero() {
		s.Next = due.Sub(now)
	}
	return s
}
