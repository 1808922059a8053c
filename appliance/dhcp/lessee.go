package dhcp

import (
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// State is how far a lessee is (RFC 2131 figure 5). The numbers are those that show ip address ... dhcp prints.
type State uint8

const (
	Initial State = iota
	Selecting
	Requesting
	Bound
	Renewing
	Rebinding
)

func (s State) String() string {
	return [...]string{"Initial", "Selecting", "Requesting", "Bound", "Renewing", "Rebinding"}[s]
}

// Kind is what a question is.
type Kind uint8

const (
	Nothing Kind = iota
	Discover
	Request
	Decline
	Release
)

// Question is what a lessee has to say now, if it is not Nothing. It goes out to all, from no address, unless Own says that
// it comes from the leased one; ToServer: to the server alone.
type Question struct {
	Kind          Kind
	Data          []byte
	Own, ToServer bool
}

// Times of a lessee. unverified: the first wait is that of an example of the 6.x command reference.
const (
	firstWait   = 2 * time.Second
	longestWait = 64 * time.Second // RFC 2131 section 4.1
	pause       = 10 * time.Second // after a refusal, and before another address is asked for (section 3.1)
	shortest    = 30 * time.Second // a shorter lease is not taken: it would keep the box busy with itself
	renewalGap  = time.Minute      // section 4.4.5
	forever     = math.MaxUint32 * time.Second
)

// Lessee has one address leased, for as long as it is wanted: it asks, takes the first offer that will do, asks for more
// time before the lease ends, and begins anew when it is over or the server takes it back. After so many questions without an
// answer it gives up, until it is told to begin again. It is not safe for concurrent use.
type Lessee struct {
	client *Client
	tries  int
	fits   func(netip.Prefix) bool

	state  State
	lease  Lease     // offered or held
	sent   time.Time // when the request was first made
	since  time.Time // when it was for what was granted: its times count from there (RFC 2131 section 4.4.1)
	asked  int       // questions in this state
	failed int       // refusals since it began
	due    time.Time // of the next step; zero: there is none
}

// NewLessee is one that has not begun. id is what it calls itself, number tells its transactions from those of others, and
// fits says whether an address will do.
func NewLessee(mac [6]byte, id string, number uint32, fits func(netip.Prefix) bool) *Lessee {
	c := NewClient(mac, number)
	c.name, c.unicast = append([]byte{0}, id...), true
	return &Lessee{client: c, fits: fits}
}

// State, Lease (offered or held), Asked (how often without an answer) and Due (zero: nothing is to come) are for display and
// for who wakes it.
func (l *Lessee) State() State   { return l.state }
func (l *Lessee) Lease() Lease   { return l.lease }
func (l *Lessee) Asked() int     { return l.asked }
func (l *Lessee) Due() time.Time { return l.due }

// Number is that of the transactions.
func (l *Lessee) Number() uint32 {
	id := l.client.id
	return uint32(id[0])<<24 | uint32(id[1])<<16 | uint32(id[2])<<8 | uint32(id[3])
}

// Held is the lease that is in force.
func (l *Lessee) Held() (Lease, bool) {
	return l.lease, l.state >= Bound
}

// Begin asks for an address, or for more time where there is one. tries is how often it asks before it gives up.
func (l *Lessee) Begin(now time.Time, tries int) Question {
	l.tries = tries
	if l.state >= Bound {
		return l.renew(now, Renewing)
	}
	l.failed = 0
	return l.discover(now)
}

// discover looks for a server.
func (l *Lessee) discover(now time.Time) Question {
	if l.state != Selecting || l.due.IsZero() {
		l.state, l.asked, l.lease = Selecting, 0, Lease{}
	}
	if l.asked >= l.tries {
		l.rest()
		return Question{}
	}
	l.asked++
	l.due = now.Add(wait(l.asked))
	return Question{Kind: Discover, Data: l.client.Discover(netip.Addr{})}
}

// rest does nothing more until Begin.
func (l *Lessee) rest() { l.state, l.lease, l.due = Initial, Lease{}, time.Time{} }

func wait(n int) time.Duration { return min(firstWait<<(min(n, 8)-1), longestWait) }

// request takes the offer.
func (l *Lessee) request(now time.Time) Question {
	if l.asked >= l.tries {
		l.rest()
		return Question{}
	}
	l.asked++
	if l.asked == 1 {
		l.sent = now
	}
	l.due = now.Add(wait(l.asked))
	return Question{Kind: Request, Data: l.client.Request(l.lease)}
}

// renew asks for more time: the server, or anybody.
func (l *Lessee) renew(now time.Time, s State) Question {
	if l.state != s {
		l.state, l.asked, l.sent = s, 0, now
	}
	l.asked++
	end := l.since.Add(l.rebind())
	if s == Rebinding {
		end = l.since.Add(l.lease.Time)
	}
	l.due = now.Add(max(end.Sub(now)/2, renewalGap))
	if l.due.After(end) {
		l.due = end
	}
	return Question{Kind: Request, Data: l.client.Renew(l.lease), Own: true, ToServer: s == Renewing}
}

// T1 and T2 are what the server says, if that makes sense, else the usual parts of the lease (RFC 2131 section 4.4.5).
func (l *Lessee) rebind() time.Duration {
	if t := l.lease.Rebind; t > 0 && t < l.lease.Time {
		return t
	}
	return l.lease.Time / 8 * 7
}

func (l *Lessee) renewal() time.Duration {
	if t := l.lease.Renew; t > 0 && t < l.rebind() {
		return t
	}
	return min(l.lease.Time/2, l.rebind())
}

// Times are those of the lease that is held: when it is renewed, by its server and by any.
func (l *Lessee) Times() (renew, rebind time.Duration) {
	if l.lease.Time == 0 {
		return 0, 0
	}
	return l.renewal(), l.rebind()
}

// Tick does what is due.
func (l *Lessee) Tick(now time.Time) Question {
	if l.due.IsZero() || now.Before(l.due) {
		return Question{}
	}
	switch {
	case l.state == Requesting:
		return l.request(now)
	case l.state < Requesting:
		return l.discover(now)
	case !now.Before(l.since.Add(l.lease.Time)): // over
		l.state, l.failed = Initial, 0
		return l.discover(now)
	case l.state == Rebinding || !now.Before(l.since.Add(l.rebind())):
		return l.renew(now, Rebinding)
	}
	return l.renew(now, Renewing)
}

// ErrUseless is an answer that is for this lessee and does not make sense.
var ErrUseless = errors.New("dhcp: an answer that does not make sense")

// Hear takes what came from a server. The lease is what the answer says; the error is nil where it was of use, else
// ErrRefused, ErrUseless, or that it was not for this lessee or not now.
func (l *Lessee) Hear(now time.Time, b []byte) (Question, Lease, error) {
	heard, final, err := l.client.Hear(b)
	switch {
	case errors.Is(err, ErrRefused):
		return Question{}, heard, l.refused(now, heard)
	case err != nil:
		return Question{}, heard, err
	case l.state == Initial || l.state == Bound || final != (l.state != Selecting):
		return Question{}, heard, errOther
	}
	heard.clean()
	if !heard.makesSense() {
		return Question{}, heard, ErrUseless
	}
	if !final {
		if !l.fits(heard.Addr) {
			return Question{}, heard, ErrUseless
		}
		l.state, l.asked, l.lease = Requesting, 0, heard
		return l.request(now), heard, nil
	}
	if heard.Addr.Addr() != l.lease.Addr.Addr() || l.state != Rebinding && heard.Server != l.lease.Server {
		return Question{}, heard, errOther
	}
	return l.granted(now, heard), heard, nil
}

// granted begins the lease, or its next term.
func (l *Lessee) granted(now time.Time, heard Lease) Question {
	if !l.fits(heard.Addr) {
		q := Question{Kind: Decline, Data: l.client.Decline(heard)}
		l.fail(now)
		return q
	}
	l.since = l.sent
	l.state, l.asked, l.failed, l.lease = Bound, 0, 0, heard
	l.due = time.Time{}
	if heard.Time < forever {
		l.due = l.since.Add(l.renewal())
	}
	return Question{}
}

// refused is a DHCPNAK, of the server that was asked.
func (l *Lessee) refused(now time.Time, heard Lease) error {
	if l.state < Requesting || l.state == Bound || l.state != Rebinding && heard.Server != l.lease.Server {
		return errOther
	}
	l.fail(now)
	return ErrRefused
}

// fail begins anew after a pause, not for ever.
func (l *Lessee) fail(now time.Time) {
	l.rest()
	if l.failed++; l.failed < l.tries {
		l.due = now.Add(pause)
	}
}

// Leave gives the address back, and is at rest.
func (l *Lessee) Leave() Question {
	lease, held := l.Held()
	l.rest()
	if !held {
		return Question{}
	}
	return Question{Kind: Release, Data: l.client.Release(lease), Own: true, ToServer: true}
}

// maxServers is how many servers of a kind are kept; dhcpd hands on two.
const maxServers = 2

// clean leaves of what a server says what can be used and shown.
func (l *Lease) clean() {
	l.DNS, l.WINS = hosts(l.DNS), hosts(l.WINS)
	if l.Router == l.Addr.Addr() || !l.Addr.Contains(l.Router) || !isHost(l.Router) {
		l.Router = netip.Addr{}
	}
	l.Domain = strings.TrimRight(l.Domain, "\x00")
	if len(l.Domain) > 80 || strings.ContainsFunc(l.Domain, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}) {
		l.Domain = ""
	}
}

func hosts(all []netip.Addr) []netip.Addr {
	all = slices.DeleteFunc(all, func(a netip.Addr) bool { return !isHost(a) })
	return all[:min(len(all), maxServers)]
}

// isHost tells what can be one host's address.
func isHost(a netip.Addr) bool {
	return a.Is4() && !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast() && a.As4()[0] != 0 && a.As4()[0] < 240
}

// makesSense tells an address with a mask that a host can have, from a server with a name, for a time.
func (l *Lease) makesSense() bool {
	a, bits := l.Addr.Addr(), l.Addr.Bits()
	if !isHost(a) || !isHost(l.Server) || bits < 1 || bits > 32 || l.Time < shortest {
		return false
	}
	if bits >= 31 {
		return true
	}
	last := l.Addr.Masked().Addr().As4()
	for i := bits; i < 32; i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	return a != l.Addr.Masked().Addr() && a != netip.AddrFrom4(last)
}
