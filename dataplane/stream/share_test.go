package stream

import (
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/packet"

	"pgregory.net/rapid"
)

// courier is a client that sends much to a server with a window of 64 Ki units.
type courier struct {
	*wire
	shift    uint8
	at, told uint32 // octets sent; edge of the window that the client was told, from its first octet on
	shrank   bool
}

func newCourier(t testing.TB, pool *Pool, shift uint8) *courier {
	k := &courier{wire: &wire{t: t, c: newConn(&up{}, pool), now: epoch, win: 65535}, shift: shift}
	k.opts = []byte{packet.OptWScale, 3, shift}
	k.raw(toS, isnC, 0, packet.SYN, "")
	k.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	k.opts = nil
	k.seg(toS, 0, 0, 0, "")
	k.ack()
	return k
}

// sends brings n octets over and has them acknowledged; the result is the window that the client sees then.
func (k *courier) sends(n int) uint32 {
	window := k.ack()
	for n > 0 {
		some := min(n, 60000)
		k.seg(toS, k.at, 0, 0, strings.Repeat("x", some))
		k.at += uint32(some)
		n -= some
		window = k.ack()
	}
	return window
}

func (k *courier) ack() uint32 {
	got := k.seg(toC, 0, k.at, 0, "")
	k.out = nil
	window := uint32(got[0].p.TCP().Window()) << k.shift
	k.shrank = k.shrank || packet.Before(k.at+window, k.told)
	k.told = k.at + window
	return window
}

// Senders that send much at the same time are told windows that come to one allowance, a lone one has all that can be kept, and
// one that has just come sees little at first.
func TestBusySendersShareTheAllowance(t *testing.T) {
	pool := &Pool{}
	var all []*courier
	for range 8 {
		all = append(all, newCourier(t, pool, 7))
	}
	sum := uint32(0)
	for range 100 { // the windows of the first ones were wide when nobody else was busy
		sum = 0
		for _, k := range all {
			sum += k.sends(50000)
		}
	}
	if sum > allowance || sum < allowance*9/10 {
		t.Errorf("windows of %d octets in all, the allowance is %d", sum, allowance)
	}
	last := all[7]
	last.now = last.now.Add(busyPeriod)
	last.sends(busyTook)
	if w := last.sends(1); w != allowance/8 {
		t.Errorf("a window of %d while the others were just as busy", w)
	}
	last.now = last.now.Add(busyPeriod)
	last.sends(busyTook)
	if w := last.sends(1); w != keepData&^127 {
		t.Errorf("a window of %d with nobody else at work", w)
	}
	if w := newCourier(t, pool, 7).ack(); w != calmWide {
		t.Errorf("a newcomer sees %d", w)
	}
}

// Thousands share no less than leastWide each.
func TestShareIsNotNothing(t *testing.T) {
	pool := &Pool{}
	pool.turn(epoch)
	pool.crowd.busy = 1 << 20
	if w := pool.share(); w != leastWide {
		t.Errorf("%d octets", w)
	}
}

// An edge that was told is not taken back, whatever the others do, and nobody is told more than is kept.
func TestWindowIsNotTakenBack(t *testing.T) {
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		pool := &Pool{}
		var all []*courier
		shift := uint8(rapid.IntRange(0, 14).Draw(t, "shift"))
		most := uint32(keepData) &^ (1<<shift - 1)
		now := epoch
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(all) == 0 || len(all) < 12 && rapid.IntRange(0, 3).Draw(t, "new") == 0 {
				all = append(all, newCourier(tb, pool, shift))
			}
			k := rapid.SampledFrom(all).Draw(t, "who")
			now = now.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "later")) * time.Millisecond)
			k.now = now
			w := k.sends(rapid.IntRange(0, 200000).Draw(t, "octets"))
			if k.shrank || w > most || w == 0 {
				t.Fatalf("a window of %d, taken back: %v", w, k.shrank)
			}
		}
	})
}
