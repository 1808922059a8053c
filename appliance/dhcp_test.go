package appliance_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/lab"
)

// A machine that is plugged in gets an address, and what the configuration says beside; one outside gets none.
func TestDHCPServer(t *testing.T) {
	for _, name := range []string{"pix-6.0", "pix-6.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			c := w.console
			c.configure()
			for _, line := range []string{
				"dhcpd address 10.1.1.19-10.1.1.22 inside", "dhcpd dns 10.1.1.5 10.1.1.6", "dhcpd wins 10.1.1.7", "dhcpd lease 3000",
				"dhcpd domain example.com", "dhcpd ping_timeout 100", "dhcpd enable inside",
			} {
				if got := c.line(line); strings.Count(got, "\n") != 1 {
					t.Errorf("%q", got)
				}
			}
			n := w.lab.Plug(lab.Inside, [6]byte{2, 0, 0, 9, 9, 1})
			defer n.Close()
			l, err := n.Lease(soon(t))
			if err != nil || l.Addr != netip.MustParsePrefix("10.1.1.19/24") || l.Router != lab.BoxInside || l.Domain != "example.com" ||
				len(l.DNS) != 2 || len(l.WINS) != 1 || l.Time != 3000*time.Second {
				t.Fatalf("%+v, %v", l, err)
			}
			// 10.1.1.20 answers pings: the next machine gets the one behind it.
			m := w.lab.Plug(lab.Inside, [6]byte{2, 0, 0, 9, 9, 2})
			defer m.Close()
			if l, err := m.Lease(soon(t)); err != nil || l.Addr.Addr() != netip.MustParseAddr("10.1.1.21") {
				t.Errorf("%v, %v", l.Addr, err)
			}
			if got := c.line("show dhcpd binding"); !strings.Contains(got, "10.1.1.19        0102.0000.0909.01       3000 seconds           automatic\r\n") {
				t.Errorf("%q", got)
			}
			w.clock.advance(1000 * time.Second)
			if got := c.line("show dhcpd binding"); !strings.Contains(got, " 2000 seconds ") {
				t.Errorf("%q", got)
			}
			if _, err := n.Renew(soon(t), l); err != nil {
				t.Error(err)
			}
			if got := c.line("show dhcpd statistics"); !strings.Contains(got, "Automatic Bindings   2\r\n") || !strings.Contains(got, "DHCPREQUEST          3\r\n") {
				t.Errorf("%q", got)
			}
			c.line("clear dhcpd binding")
			if got := c.line("show dhcpd binding"); strings.Contains(got, "automatic") {
				t.Errorf("%q", got)
			}
		})
	}
}

// Where the server is not switched on nobody gets anything, and a pool that does not fit is refused.
func TestDHCPServerRefuses(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.lab.ISP().Down(true)
	c := w.console
	c.configure()
	for _, line := range []string{"dhcpd address 192.0.2.1-192.0.2.9 inside", "dhcpd address 10.1.1.1-10.1.1.9 inside", "dhcpd address 10.1.0.1-10.1.7.9 inside"} {
		if got := c.line(line); !strings.Contains(got, "Invalid") {
			t.Errorf("%q", got)
		}
	}
	c.line("dhcpd address 10.1.1.100-10.1.1.109 inside")
	for _, segment := range []int{lab.Inside, lab.Outside} {
		n := w.lab.Plug(segment, [6]byte{2, 0, 0, 9, 9, 1})
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if l, err := n.Lease(ctx); err == nil {
			t.Errorf("%+v", l)
		}
		stop()
		n.Close()
		c.line("dhcpd enable inside")
	}
}

// The server of 7.0 and later is the same one; what is an interface's own goes before what holds for all.
func TestDHCPServerByInterface(t *testing.T) {
	for _, name := range []string{"pix-7.0", "asa-8.2", "asa-9.8"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			c := w.console
			c.configure()
			for _, line := range []string{
				"clear configure dhcpd", "dhcpd address 10.1.1.19-10.1.1.22 inside", "dhcpd dns 10.1.1.5", "dhcpd dns 10.1.1.6 10.1.1.7 interface inside",
				"dhcpd wins 10.1.1.8", "dhcpd lease 3000", "dhcpd lease 4000 interface inside", "dhcpd domain example.com interface inside",
				"dhcpd ping_timeout 100", "dhcpd enable inside",
			} {
				if got := c.line(line); strings.Count(got, "\n") != 1 {
					t.Errorf("%q", got)
				}
			}
			n := w.lab.Plug(lab.Inside, [6]byte{2, 0, 0, 9, 9, 1})
			defer n.Close()
			l, err := n.Lease(soon(t))
			if err != nil || l.Addr != netip.MustParsePrefix("10.1.1.19/24") || l.Domain != "example.com" || len(l.DNS) != 2 || len(l.WINS) != 1 || l.Time != 4000*time.Second {
				t.Fatalf("%+v, %v", l, err)
			}
			c.line("no dhcpd lease 4000 interface inside")
			if l, err = n.Renew(soon(t), l); err != nil || l.Time != 3000*time.Second {
				t.Errorf("%v, %v", l.Time, err)
			}
		})
	}
}
