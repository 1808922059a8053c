package appliance

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"pixsim/dataplane"
)

// pingWait is how long the box waits for one reply: 2 s (ping of 7.0 and later says so).
const pingWait = 2 * time.Second

// ErrNoRoute is returned by Ping when no interface leads to the address.
var ErrNoRoute = errors.New("no route")

// Ping implements command.Box. Without an interface name the routing table finds one; the echo comes from the
// interface's address.
func (b *Box) Ping(ctx context.Context, ifname string, to netip.Addr, n, size int, each func(ok bool, rtt time.Duration)) error {
	from, err := b.source(ifname, to)
	if err != nil {
		return err
	}
	for range n {
		one, stop := context.WithTimeout(ctx, pingWait)
		rtt, err := b.self.Ping(one, from, to, size)
		stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		each(err == nil, rtt)
	}
	return nil
}

func (b *Box) source(ifname string, to netip.Addr) (netip.Addr, error) {
	c := b.Config()
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
