package dhcp

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	start = time.Date(2003, 7, 4, 12, 0, 0, 0, time.UTC)
	addr  = netip.MustParseAddr
)

func pool(first, last string) *Pool {
	return &Pool{
		Server: netip.MustParsePrefix("10.1.1.1/24"), First: addr(first), Last: addr(last), Lease: time.Hour,
		DNS: []netip.Addr{addr("10.1.1.5"), addr("10.1.1.6")}, WINS: []netip.Addr{addr("10.1.1.7")}, Domain: "example.com",
		Options: []Option{{Code: 66, Data: []byte("10.1.1.8")}, {Code: 150, Data: []byte{10, 1, 1, 8}}},
	}
}

func mac(n int) [6]byte { return [6]byte{2, 0, 0, 0, byte(n >> 8), byte(n)} }

func nobody(netip.Addr) bool { return false }

// get asks for an address from start to end.
func get(t testing.TB, s *Server, now time.Time, p *Pool, c *Client, inUse func(netip.Addr) bool) (Lease, bool) {
	t.Helper()
	a, ok := s.Ask(now, p, c.Discover(netip.Addr{}), inUse)
	if !ok {
		return Lease{}, false
	}
	l, final, err := c.Hear(a.Data)
	if err != nil || final {
		t.Fatalf("offer: %+v, %v, %v", l, final, err)
	}
	if a, ok = s.Ask(now, p, c.Request(l), inUse); !ok {
		t.Fatal("no answer to the request")
	}
	l, final, err = c.Hear(a.Data)
	if err != nil || !final {
		t.Fatalf("%+v, %v, %v", l, final, err)
	}
	return l, true
}

func TestLease(t *testing.T) {
	s, p, c := &Server{}, pool("10.1.1.100", "10.1.1.109"), NewClient(mac(1), 1)
	l, ok := get(t, s, start, p, c, nobody)
	if !ok || l.Addr != netip.MustParsePrefix("10.1.1.100/24") || l.Router != addr("10.1.1.1") || l.Server != addr("10.1.1.1") ||
		!slices.Equal(l.DNS, p.DNS) || !slices.Equal(l.WINS, p.WINS) || l.Domain != "example.com" || l.Time != time.Hour ||
		string(l.Option(66)) != "10.1.1.8" || !slices.Equal(l.Option(150), []byte{10, 1, 1, 8}) {
		t.Fatalf("%+v", l)
	}
	if b := s.Bindings(start); len(b) != 1 || ClientText(b[0].Client) != "0102.0000.0000.01" || !b[0].Until.Equal(start.Add(time.Hour)) {
		t.Errorf("%+v", b)
	}
	if got := s.Stats(); got != (Stats{Discover: 1, Request: 1, Offer: 1, Ack: 1}) {
		t.Errorf("%+v", got)
	}
	// It stays the client's: by renewal, after a reboot, and even after it ran out.
	later := start.Add(30 * time.Minute)
	a, ok := s.Ask(later, p, c.Renew(l), nobody)
	if !ok || a.MAC != mac(1) || a.To != netip.MustParseAddrPort("10.1.1.100:68") || !s.Bindings(later)[0].Until.Equal(later.Add(time.Hour)) {
		t.Errorf("%+v", a)
	}
	if again, _ := get(t, s, start.Add(5*time.Hour), p, c, nobody); again.Addr != l.Addr || s.Stats().Expired != 1 {
		t.Errorf("%v, %+v", again.Addr, s.Stats())
	}
	if _, ok := s.Ask(later, p, c.Release(l), nobody); ok || len(s.Bindings(later)) != 0 {
		t.Error("a release is answered, or has no effect")
	}
}

// Addresses that somebody has already are not offered; what a client declines is not offered again.
func TestConflicts(t *testing.T) {
	s, p := &Server{}, pool("10.1.1.100", "10.1.1.103")
	taken := func(a netip.Addr) bool { return a == addr("10.1.1.100") || a == addr("10.1.1.101") }
	c := NewClient(mac(1), 1)
	l, ok := get(t, s, start, p, c, taken)
	if !ok || l.Addr.Addr() != addr("10.1.1.102") {
		t.Fatalf("%v %v", l.Addr, ok)
	}
	s.Ask(start, p, c.Decline(l), taken)
	if l, ok = get(t, s, start, p, c, taken); !ok || l.Addr.Addr() != addr("10.1.1.103") {
		t.Errorf("%v %v", l.Addr, ok)
	}
	if l, ok := get(t, s, start, p, NewClient(mac(2), 2), taken); ok {
		t.Errorf("an empty pool gives %v", l.Addr)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	s, p := &Server{}, pool("10.1.1.100", "10.1.1.109")
	one, two := NewClient(mac(1), 1), NewClient(mac(2), 2)
	l, _ := get(t, s, start, p, one, nobody)
	refused := func(c *Client, q []byte) {
		t.Helper()
		a, ok := s.Ask(start, p, q, nobody)
		if _, _, err := c.Hear(a.Data); !ok || !errors.Is(err, ErrRefused) || a.MAC != broadcastMAC {
			t.Errorf("%+v, %v", a, err)
		}
	}
	refused(two, two.Request(l))
	refused(two, two.Reboot(addr("10.1.1.105")))
	refused(two, two.Reboot(addr("192.168.7.7")))
	other := l
	other.Server = addr("10.1.1.9")
	if a, ok := s.Ask(start, p, two.Request(other), nobody); ok {
		t.Errorf("another server's client is answered: %+v", a)
	}
	for _, junk := range [][]byte{nil, {1}, make([]byte, 240), make([]byte, 1500)} {
		if _, ok := s.Ask(start, p, junk, nobody); ok {
			t.Errorf("%d octets of junk are answered", len(junk))
		}
	}
	if s.Stats().Malformed == 0 {
		t.Error("nothing malformed")
	}
}

// Whatever clients do: no address has two holders, and none lies outside of the pool.
func TestNobodyShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, p := &Server{}, pool("10.1.1.100", "10.1.1.105")
		now, has := start, map[int]Lease{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			n := rapid.IntRange(0, 9).Draw(t, "client")
			c := NewClient(mac(n), uint32(n))
			l, known := has[n]
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				a, ok := s.Ask(now, p, c.Discover(addr("10.1.1.103")), nobody)
				if !ok {
					continue
				}
				if l, _, err := c.Hear(a.Data); err == nil {
					a, _ = s.Ask(now, p, c.Request(l), nobody)
					if l, final, err := c.Hear(a.Data); err == nil && final {
						has[n] = l
					}
				}
			case 2:
				if known {
					s.Ask(now, p, c.Renew(l), nobody)
				}
			case 3:
				if known {
					s.Ask(now, p, c.Release(l), nobody)
				}
			case 4:
				now = now.Add(time.Duration(rapid.IntRange(1, 4000).Draw(t, "s")) * time.Second)
			case 5:
				if known {
					s.Ask(now, p, c.Decline(l), nobody)
				}
			}
			seen := map[netip.Addr]bool{}
			for _, b := range s.Bindings(now) {
				if seen[b.Addr] || !p.has(b.Addr) {
					t.Fatalf("%+v", s.bindings)
				}
				seen[b.Addr] = true
			}
			if len(s.bindings) > p.size() {
				t.Fatalf("%d bindings", len(s.bindings))
			}
		}
	})
}

func FuzzAsk(f *testing.F) {
	c := NewClient(mac(1), 1)
	f.Add(c.Discover(addr("10.1.1.103")))
	f.Add(c.Request(Lease{Addr: netip.MustParsePrefix("10.1.1.100/24"), Server: addr("10.1.1.1")}))
	f.Fuzz(func(t *testing.T, q []byte) {
		s, p := &Server{}, pool("10.1.1.100", "10.1.1.109")
		for range 3 {
			a, ok := s.Ask(start, p, q, nobody)
			if ok && (len(a.Data) > maxAnswer || !a.To.IsValid()) {
				t.Errorf("%+v", a)
			}
		}
		if len(s.bindings) > p.size() {
			t.Errorf("%d bindings", len(s.bindings))
		}
	})
}
