package dhcp

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

func anyAddress(netip.Prefix) bool { return true }

// wire is a lessee with a server at the other end. A server that is away hears nothing.
type wire struct {
	t     testing.TB
	tries int
	l     *Lessee
	s     *Server
	p     *Pool
	now   time.Time
	away  bool
	said  []Kind
}

func newWire(t testing.TB, tries int) *wire {
	l := NewLessee(mac(1), "cisco-0200.0000.0001-outside", 7, anyAddress)
	return &wire{t: t, tries: tries, l: l, s: &Server{}, p: pool("10.1.1.100", "10.1.1.109"), now: start}
}

// carry hands a question to the server and its answer back, until nothing more is said.
func (w *wire) carry(q Question) {
	w.t.Helper()
	for q.Kind != Nothing {
		w.said = append(w.said, q.Kind)
		if w.away {
			return
		}
		a, ok := w.s.Ask(w.now, w.p, q.Data, nobody)
		if !ok {
			return
		}
		var err error
		if q, _, err = w.l.Hear(w.now, a.Data); err != nil {
			return
		}
	}
}

// until lets time pass, step by step.
func (w *wire) until(at time.Time) {
	w.t.Helper()
	for due := w.l.Due(); !due.IsZero() && !due.After(at); due = w.l.Due() {
		w.now = due
		w.carry(w.l.Tick(due))
		if next := w.l.Due(); !next.IsZero() && !next.After(due) {
			w.t.Fatalf("%v: what is due at %v was due at %v already", w.l.State(), next, due)
		}
	}
	w.now = at
}

func (w *wire) is(s State, kinds ...Kind) {
	w.t.Helper()
	if w.l.State() != s || !slices.Equal(w.said, kinds) {
		w.t.Errorf("%v after %v, want %v after %v", w.l.State(), w.said, s, kinds)
	}
	w.said = nil
}

// A lease is renewed by its server at half of its time, by anybody at seven eighths, and is over at its end.
func TestLesseeTerm(t *testing.T) {
	w := newWire(t, 4)
	w.is(Initial)
	w.carry(w.l.Begin(w.now, w.tries))
	w.is(Bound, Discover, Request)
	l, held := w.l.Held()
	if !held || l.Addr != netip.MustParsePrefix("10.1.1.100/24") || l.Router != addr("10.1.1.1") || l.Domain != "example.com" || w.l.Number() != 7 {
		t.Fatalf("%+v", l)
	}
	if renew, rebind := w.l.Times(); renew != 30*time.Minute || rebind != 52*time.Minute+30*time.Second {
		t.Errorf("%v %v", renew, rebind)
	}
	if b := w.s.Bindings(w.now); len(b) != 1 || b[0].Client != "\x00cisco-0200.0000.0001-outside" {
		t.Errorf("%+v", b)
	}
	w.until(start.Add(29 * time.Minute))
	w.is(Bound)
	w.until(start.Add(31 * time.Minute))
	w.is(Bound, Request)
	w.until(start.Add(59 * time.Minute))
	w.is(Bound)
	w.away = true
	w.until(start.Add(61 * time.Minute))
	w.is(Renewing, Request)
	if q := w.l.renew(w.now, Renewing); !q.Own || !q.ToServer {
		t.Errorf("%+v", q)
	}
	w.until(start.Add(30*time.Minute + 53*time.Minute))
	if _, held := w.l.Held(); w.l.State() != Rebinding || !held || len(w.said) > 8 {
		t.Errorf("%v %v, said %v", w.l.State(), held, w.said)
	}
	w.said = nil
	w.until(start.Add(30*time.Minute + 59*time.Minute + 59*time.Second))
	if _, held := w.l.Held(); !held {
		t.Error("lost before its time")
	}
	w.said = nil
	w.until(start.Add(92 * time.Minute))
	w.is(Initial, Discover, Discover, Discover, Discover)
	if _, held := w.l.Held(); held || !w.l.Due().IsZero() {
		t.Error("it has not given up")
	}
	w.away = false
	w.carry(w.l.Begin(w.now, w.tries))
	w.is(Bound, Discover, Request)
	w.carry(w.l.Begin(w.now, w.tries)) // asked once more, it renews
	w.is(Bound, Request)
	w.carry(w.l.Leave())
	w.is(Initial, Release)
	if len(w.s.Bindings(w.now)) != 0 || !w.l.Due().IsZero() {
		t.Error("the address was not given back")
	}
	w.carry(w.l.Leave())
	w.is(Initial)
}

// Without an answer it asks as often as it is told to, each time after a longer wait, and stops.
func TestLesseeGivesUp(t *testing.T) {
	for _, tries := range []int{4, 16} {
		w := newWire(t, tries)
		w.away = true
		w.carry(w.l.Begin(w.now, w.tries))
		if due := w.l.Due(); !due.Equal(start.Add(2 * time.Second)) {
			t.Errorf("the first wait ends %v", due)
		}
		w.until(start.Add(time.Hour))
		if w.l.State() != Initial || len(w.said) != tries || !w.l.Due().IsZero() {
			t.Errorf("%d tries: %v, %d questions", tries, w.l.State(), len(w.said))
		}
	}
}

// A server that takes everything back, or gives what will not do, is not asked for ever.
func TestLesseeIsRefused(t *testing.T) {
	w := newWire(t, 4)
	w.carry(w.l.Begin(w.now, w.tries))
	w.said = nil
	w.s.ClearBindings() // a renewal is refused now
	w.until(start.Add(30 * time.Minute))
	w.is(Initial, Request)
	w.until(start.Add(30*time.Minute + 9*time.Second))
	w.is(Initial)
	w.until(start.Add(31 * time.Minute))
	w.is(Bound, Discover, Request)

	n := 0
	l := NewLessee(mac(1), "", 7, func(netip.Prefix) bool { n++; return n%2 == 1 }) // good when it is offered, not any more when it is had
	w = &wire{t: t, tries: 4, l: l, s: &Server{}, p: pool("10.1.1.100", "10.1.1.109"), now: start}
	w.carry(l.Begin(w.now, w.tries))
	w.is(Initial, Discover, Request, Decline)
	w.until(start.Add(time.Hour))
	if len(w.said) != 9 || l.State() != Initial || !l.Due().IsZero() {
		t.Errorf("%v: %v", l.State(), w.said)
	}
}

// Answers that make no sense are not taken, whatever the state.
func TestLesseeHostile(t *testing.T) {
	type change = func(*dhcpv4.DHCPv4)
	option := func(o dhcpv4.Option) change { return func(m *dhcpv4.DHCPv4) { m.UpdateOption(o) } }
	given := func(a string) change { return func(m *dhcpv4.DHCPv4) { m.YourIPAddr = ipOf(addr(a)) } }
	for name, c := range map[string]change{
		"another client":        func(m *dhcpv4.DHCPv4) { m.ClientHWAddr = []byte{2, 0, 0, 0, 0, 2} },
		"another transaction":   func(m *dhcpv4.DHCPv4) { m.TransactionID[0]++ },
		"a question":            func(m *dhcpv4.DHCPv4) { m.OpCode = dhcpv4.OpcodeBootRequest },
		"no kind":               func(m *dhcpv4.DHCPv4) { m.DeleteOption(dhcpv4.OptionDHCPMessageType) },
		"no server":             func(m *dhcpv4.DHCPv4) { m.DeleteOption(dhcpv4.OptionServerIdentifier) },
		"no time":               func(m *dhcpv4.DHCPv4) { m.DeleteOption(dhcpv4.OptionIPAddressLeaseTime) },
		"hardly any time":       option(dhcpv4.OptIPAddressLeaseTime(time.Second)),
		"a mask with holes":     option(dhcpv4.OptSubnetMask([]byte{255, 0, 255, 0})),
		"no network":            option(dhcpv4.OptSubnetMask([]byte{0, 0, 0, 0})),
		"no address":            given("0.0.0.0"),
		"this host":             given("127.0.0.1"),
		"a group":               given("224.0.0.1"),
		"everybody":             given("255.255.255.255"),
		"the network":           given("10.1.1.0"),
		"everybody on the wire": given("10.1.1.255"),
	} {
		for _, final := range []bool{false, true} {
			w := newWire(t, 4)
			q := w.l.Begin(w.now, w.tries)
			a, _ := w.s.Ask(w.now, w.p, q.Data, nobody)
			if final {
				q, _, _ = w.l.Hear(w.now, a.Data)
				a, _ = w.s.Ask(w.now, w.p, q.Data, nobody)
			}
			m, err := dhcpv4.FromBytes(a.Data)
			if err != nil {
				t.Fatal(err)
			}
			c(m)
			before := w.l.State()
			q, _, err = w.l.Hear(w.now, m.ToBytes())
			if err == nil || q.Kind != Nothing || w.l.State() != before {
				t.Errorf("%s: %v, %v to %v, %+v", name, err, before, w.l.State(), q)
			}
			if q, _, err := w.l.Hear(w.now, a.Data); err != nil || w.l.State() == before {
				t.Errorf("%s: then the good one: %v, %v, %+v", name, err, w.l.State(), q)
			}
		}
	}
}

// What is not needed and makes no sense is left out of a lease.
func TestLeaseIsCleaned(t *testing.T) {
	w := newWire(t, 4)
	w.p.Domain = "exa\x1b[2Jmple.com"
	w.p.DNS = []netip.Addr{addr("0.0.0.0"), addr("10.1.1.5"), addr("255.255.255.255"), addr("10.1.1.6"), addr("10.1.1.7")}
	w.p.Router = addr("192.0.2.1")
	w.p.Options = []Option{{58, []byte{0, 0, 255, 255}}, {59, []byte{0, 0, 0, 1}}}
	w.carry(w.l.Begin(w.now, w.tries))
	l, held := w.l.Held()
	renew, rebind := w.l.Times()
	if !held || l.Domain != "" || !slices.Equal(l.DNS, []netip.Addr{addr("10.1.1.5"), addr("10.1.1.6")}) || l.Router.IsValid() ||
		renew <= 0 || renew > rebind || rebind > l.Time {
		t.Errorf("%+v, %v, %v", l, renew, rebind)
	}
}

// Whatever comes, in whatever state: no panic, no lease that makes no sense, and never a step that is due again at once.
func FuzzHear(f *testing.F) {
	w := newWire(f, 4)
	a, _ := w.s.Ask(start, w.p, w.l.Begin(start, 4).Data, nobody)
	f.Add(a.Data, uint8(0))
	q, _, _ := w.l.Hear(start, a.Data)
	a, _ = w.s.Ask(start, w.p, q.Data, nobody)
	f.Add(a.Data, uint8(1))
	f.Add([]byte(nil), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, state uint8) {
		w := newWire(t, 4)
		w.away = state%5 == 0
		w.carry(w.l.Begin(w.now, w.tries))
		switch state % 5 {
		case 2:
			w.carry(w.l.renew(w.now, Renewing))
		case 3:
			w.l.renew(w.now, Renewing)
		case 4:
			w.l.renew(w.now, Rebinding)
		}
		for range 2 {
			_, _, err := w.l.Hear(w.now, b)
			if l, held := w.l.Held(); held && (!l.makesSense() || l.Router.IsValid() && !isHost(l.Router)) {
				t.Errorf("%+v", l)
			}
			if due := w.l.Due(); err == nil && !due.IsZero() && !due.After(w.now) {
				t.Errorf("due at %v, it is %v", due, w.now)
			}
			if errors.Is(err, ErrUseless) && w.l.State() == Bound {
				t.Error("a useless answer in state Bound")
			}
		}
	})
}
