package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/dhcp"
)

// newcomer is the machine that a script plugs in, as a host; nothing is known of it before.
const newcomer = "pc"

var newcomerMAC = [6]byte{0x02, 0x00, 0x0a, 0x01, 0x01, 0x63}

var errNoNewcomer = errors.New("there is no machine: `pc plug` first")

// pcPlug plugs it in, again if it is there.
func (r *run) pcPlug(ctx context.Context, _ []string) error {
	lease, err := r.lab.Join(ctx, newcomer, Inside, newcomerMAC)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, dhcp.ErrRefused) {
		return &unmet{"that the machine gets an address", err.Error()}
	}
	r.lease = leaseText(lease)
	return err
}

// leaseText is what a machine was told.
func leaseText(l dhcp.Lease) string {
	words := []string{"address", l.Addr.String(), "router", l.Router.String()}
	for _, s := range []struct {
		word  string
		addrs []netip.Addr
	}{{"dns", l.DNS}, {"wins", l.WINS}} {
		for _, a := range s.addrs {
			words = append(words, s.word, a.String())
		}
	}
	if l.Domain != "" {
		words = append(words, "domain", l.Domain)
	}
	return strings.Join(append(words, "for", l.Time.String()), " ")
}

func (r *run) pcLease(_ context.Context, args []string) error {
	if r.lease == "" {
		return errNoNewcomer
	}
	return contains(args).in(r.lease)
}

func (r *run) pcPing(ctx context.Context, args []string) error {
	h := r.lab.Host(newcomer)
	to, err := netip.ParseAddr(args[0])
	if h == nil || err != nil {
		return errors.Join(err, errNoNewcomer)
	}
	for ctx.Err() == nil { // a policy may be on its way
		one, stop := context.WithTimeout(ctx, pingAgain)
		_, err := h.Ping(one, netip.Addr{}, to, 32)
		stop()
		if err == nil {
			return nil
		}
	}
	return &unmet{"a reply of " + args[0], "none"}
}

// pingAgain is after how long a person sends another echo.
const pingAgain = 500 * time.Millisecond

// ispLeases waits until the provider has so many addresses out.
func (r *run) ispLeases(ctx context.Context, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for {
		n := len(r.lab.ISP().Bindings())
		if n == want {
			return nil
		}
		select {
		case <-ctx.Done():
			return &unmet{args[0] + " addresses out", fmt.Sprint(n)}
		case <-time.After(10 * time.Millisecond):
		}
	}
}
