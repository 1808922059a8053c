package appliance

import (
	"context"
	"net"
	"net/netip"

	"pixsim/appliance/config"
)

// trap sends log messages to the syslog servers of the configuration, over UDP from the box's own addresses. Messages
// wait in a bounded queue; what does not fit is lost, as `logging queue` does.
type trap struct {
	b     *Box
	queue chan string
	conns map[netip.AddrPort]net.Conn
}

// trapQueue is the default of logging queue.
const trapQueue = 512

func newTrap(b *Box) *trap {
	return &trap{b: b, queue: make(chan string, trapQueue), conns: map[netip.AddrPort]net.Conn{}}
}

// send queues a message; false when it is lost.
func (t *trap) send(packet string) bool {
	select {
	case t.queue <- packet:
		return true
	default:
		return false
	}
}

// run sends what was queued until ctx ends.
func (t *trap) run(ctx context.Context) {
	defer t.hangUp(nil)
	for {
		select {
		case <-ctx.Done():
			return
		case packet := <-t.queue:
			t.deliver(t.b.Config(), packet)
		}
	}
}

func (t *trap) deliver(c *config.Config, packet string) {
	wanted := map[netip.AddrPort]bool{}
	for _, h := range c.Logging.Hosts {
		if h.Proto != 17 {
			continue
		}
		to := netip.AddrPortFrom(h.Addr, h.Port)
		wanted[to] = true
		if conn := t.dial(c, h.If, to); conn != nil {
			if _, err := conn.Write([]byte(packet)); err != nil {
				conn.Close()
				delete(t.conns, to)
			}
		}
	}
	t.hangUp(wanted)
}

// dial finds or makes the socket for a server. The source is the address of the interface that the line names.
func (t *trap) dial(c *config.Config, ifname string, to netip.AddrPort) net.Conn {
	if conn, ok := t.conns[to]; ok {
		return conn
	}
	f, ok := c.Interface(ifname)
	if !ok || !f.Addr.IsValid() {
		return nil
	}
	conn, err := t.b.self.DialUDP(netip.AddrPortFrom(f.Addr.Addr(), 514), to)
	if err != nil {
		if conn, err = t.b.self.DialUDP(netip.AddrPortFrom(f.Addr.Addr(), 0), to); err != nil {
			return nil
		}
	}
	t.conns[to] = conn
	return conn
}

// hangUp closes the sockets of servers that are no longer configured.
func (t *trap) hangUp(wanted map[netip.AddrPort]bool) {
	for to, conn := range t.conns {
		if !wanted[to] {
			conn.Close()
			delete(t.conns, to)
		}
	}
}
