package appliance

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"pixsim/dataplane"
)

// ErrNoRoute is returned by Ping when no interface leads to the address.
var ErrNoRoute = errors.New("no route")

// Ping implements command.Box. Without an interface name the routing table finds one; the echo comes from the
// interface's address.
func (b *Box) Ping(ctx context.Context, ifname string, to netip.Addr, n, size int, wait time.Duration, each func(ok bool, rtt time.Duration)) error {
	from, err := b.source(ifname, to)
	if err != nil {
		return err
	}
	for range n {
		one, stop := context.WithTimeout(ctx, wait)
		rtt, err := b.self.Ping(one, from, to, size)
		if err != nil { // it could not be sent, or a router has answered: the try takes its time all the same
			<-one.Done()
		}
		stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		each(err == nil, rtt)
	}
	return nil
}

func (b *Box) source(ifname string, to netip.Addr) (netip.Addr, error) {
	c := b.Live()
	if ifname == "" {
		var route dataplane.Route
		found := false
		b.engine.Do(func(s *dataplane.State) { route, found = s.Lookup(to) })
		if !found || int(route.Port) >= len(c.Interfaces) {
			return netip.Addr{}, ErrNoRoute
		}
		ifname = c.Interfaces[route.Port].Name
	}
	f, ok := c.Interface(ifname)
	if !ok || !f.Addr.IsValid() || f.Shutdown {
		return netip.Addr{}, ErrNoRoute
	}
	return f.Addr.Addr(), nil
}
