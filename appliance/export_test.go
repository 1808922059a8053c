package appliance

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane"
	"pixsim/dataplane/link"
)

// DuringCompilation has f called in the midst of every compilation of a box.
func DuringCompilation(b *Box, f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	mac := b.kompile.mac
	b.kompile.mac = func(port int) [6]byte {
		f()
		return mac(port)
	}
}

// SendTrap has a message that was raised for some syslog servers sent under a configuration that came later.
func SendTrap(ctx context.Context, b *Box, text string, hosts []config.LogHost, later *config.Config) {
	e := config.New(later.Release)
	for _, h := range hosts {
		e.AddLogHost(h)
	}
	t := newTrap(b)
	t.deliver(ctx, later, logPacket{plain: text, hosts: e.View().Logging.Hosts})
	t.hangUp(nil)
}

// FirstDatagram is what a box puts on the wire to its engine when it speaks to somebody.
func FirstDatagram(t *testing.T, r *release.Release) []byte {
	b, err := New(Options{Release: r, Flash: MemoryFlash(time.Now), Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		t.Fatal(err)
	}
	defer b.self.Close()
	own := netip.MustParseAddr("10.1.1.1")
	if err := b.self.SetAddrs([]netip.Prefix{netip.PrefixFrom(own, 32)}); err != nil {
		t.Fatal(err)
	}
	c, err := b.self.DialUDP(netip.AddrPortFrom(own, 0), netip.MustParseAddrPort("203.0.113.254:514"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	frames := []link.Frame{{Buf: make([]byte, 2048)}}
	if _, err := b.inner.Read(frames); err != nil {
		t.Fatal(err)
	}
	return frames[0].Bytes()
}

// Timed looks at the clock as watchCalendar does, and reports whether that has anything to wait for.
func Timed(b *Box) bool { return b.timed() }

// Compiled is what c means to packets.
func Compiled(c *config.Config) *dataplane.Policy {
	return (&compiler{rel: c.Release, mac: c.Release.Model.MACOf}).compile(c)
}
