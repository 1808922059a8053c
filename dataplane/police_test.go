package dataplane

import (
	"math/rand/v2"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// slowBucket is a policer as it is described: tokens that come with time, up to a burst.
type slowBucket struct {
	tokens, rate, burst float64
	at                  time.Duration
}

func (b *slowBucket) takes(now time.Duration, octets int) bool {
	b.tokens = min(b.burst, b.tokens+(now-b.at).Seconds()*b.rate/8)
	b.at = now
	if float64(octets) > b.tokens+1e-6 {
		return false
	}
	b.tokens -= float64(octets)
	return true
}

// Over any length of time a policer lets pass what a bucket of tokens does.
func TestPoliceAgainstBucket(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 7))
	for range 40 {
		rate, burst := 8000+r.IntN(1<<r.IntN(31)), 1000+r.IntN(1<<r.IntN(28))
		p := policer{policeMeter: &policeMeter{}, Policer: Policer{Rate: rate, Burst: burst}, fill: timeOf(burst, rate)}
		want := slowBucket{tokens: float64(burst), rate: float64(rate), burst: float64(burst)}
		now, differ, bytes := time.Duration(0), 0, 0
		for range 5000 {
			n := 20 + r.IntN(1480)
			now += time.Duration(r.ExpFloat64() * float64(timeOf(n, rate)))
			got := p.takes(int64(now), n)
			if got {
				bytes += n
			}
			if got != want.takes(now, n) { // at the very edge, where a division was rounded
				differ++
				want.tokens = float64(p.fill-max(0, p.full-int64(now))) / 1e9 * float64(rate) / 8
			}
		}
		if most := float64(burst) + now.Seconds()*float64(rate)/8 + 5000; float64(bytes) > most || differ > 50 {
			t.Errorf("rate %d, burst %d: %d octets of %.0f passed, %d differ", rate, burst, bytes, most, differ)
		}
		if p.Conformed.Packets+p.Exceeded.Packets != 5000 || p.Conformed.Bytes != uint64(bytes) {
			t.Errorf("%+v", p.PoliceCounters)
		}
	}
}

// policed is openInbound with a policer of what comes in at the outside.
func policed(rate, burst int) *Policy {
	p := openInbound()
	p.Policers = []Policer{{ID: 9, If: outside, Rate: rate, Burst: burst}}
	return p
}

// Of a super-frame those segments pass that the bucket has room for; the sender sends the others again.
func TestPoliceSuperFrame(t *testing.T) {
	r := newRig(t, policed(8000, 3*1040+300))
	k := inboundTalk(r)
	k.open()
	f := r.frame(outside, tcpSeg(k.client, k.to, fACK|packet.PSH, k.cSeq, k.cSaw, string(payload(5500))))
	f.GSOSize = 1000
	got := r.sendFrame(outside, f)
	if len(got) != 1 || len(got[0].TCP().Payload()) != 3000 || got[0].GSOSize != 1000 || got[0].TCP().Flags()&packet.PSH != 0 {
		t.Fatalf("%d frames; %v", len(got), r.drops())
	}
	if n := r.dropped(DropRate); n != 3 {
		t.Errorf("%d segments were dropped", n)
	}
	var c PoliceCounters
	r.e.Do(func(s *State) { c = s.Police(9) })
	if c.Exceeded != (PoliceCount{Packets: 3, Bytes: 2*1040 + 540}) || c.Conformed.Packets != 2+3 {
		t.Errorf("%+v", c)
	}
	r.e.Do(func(s *State) { s.Reset() })
	if r.e.Do(func(s *State) { c = s.Police(9) }); c != (PoliceCounters{}) {
		t.Errorf("after a reset: %+v", c)
	}
}

// What packet-tracer sends takes no tokens and is not counted.
func TestPoliceTraced(t *testing.T) {
	r := newRig(t, policed(8000, 1000))
	for range 100 {
		f := r.frame(outside, syn(client, "204.31.17.2:25"))
		r.e.Do(func(s *State) {
			v, _ := s.Trace(outside, f.Bytes())
			if n := len(v.Steps); v.Drop != 0 || n == 0 || v.Steps[n-2].Kind != StepPolice && v.Steps[n-1].Kind != StepPolice {
				t.Fatalf("%+v", v)
			}
		})
	}
	r.e.Do(func(s *State) {
		if c := s.Police(9); c != (PoliceCounters{}) {
			t.Errorf("%+v", c)
		}
	})
}

func TestPoliceNoAllocations(t *testing.T) {
	r := newRig(t, policed(1_000_000_000, 1_000_000))
	k := inboundTalk(r)
	k.open()
	ip := tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, "x")
	steady(t, r, outside, func() []byte { return ip })
	f := r.frame(outside, tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(payload(5500))))
	whole := append([]byte(nil), f.Bytes()...)
	frames := []link.Frame{f}
	if n := testing.AllocsPerRun(100, func() {
		copy(f.Bytes(), whole)
		frames[0] = f
		frames[0].GSOSize = 1000
		r.now = r.now.Add(time.Microsecond)
		r.out.Reset()
		r.e.Step(r.now, outside, frames, &r.out)
	}); n != 0 {
		t.Errorf("%v allocations a super-frame", n)
	}
}
