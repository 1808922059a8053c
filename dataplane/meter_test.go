package dataplane

import (
	"testing"
	"time"
)

// counted reads everything that is counted of the outside.
func (r *rig) counted() (iface, traffic IfCounters, span time.Duration, minute, five Rates) {
	r.e.Do(func(s *State) {
		iface = s.Interface(outside)
		traffic, span = s.Traffic(outside)
		minute, five = s.Rates(outside)
	})
	return
}

// The two displays are cleared apart, and the rates by neither.
func TestClearCounters(t *testing.T) {
	r := newRig(t, openInbound())
	send := func(n int) {
		for range n {
			r.send(outside, udp("192.150.49.10:5", "204.31.17.99:5", "x")) // dropped
		}
	}
	r.wait(10 * time.Second)
	send(3)
	r.e.Do(func(s *State) { s.ClearInterface(outside); s.ClearInterface(Self) })
	send(2)
	r.wait(7 * time.Second)
	r.e.Do(func(s *State) { s.ClearTraffic() })
	r.wait(5 * time.Second)
	send(1)
	iface, traffic, span, _, _ := r.counted()
	if iface.InPackets != 3 || iface.Dropped != 3 || traffic.InPackets != 1 || traffic.InBytes == 0 || span != 5*time.Second {
		t.Errorf("interface %+v, traffic %+v in %v", iface, traffic, span)
	}
	r.wait(50 * time.Second)
	if _, _, _, minute, _ := r.counted(); minute.InBytes != 6*uint64(traffic.InBytes)/60 {
		t.Errorf("rates %+v", minute)
	}
	r.e.Do(func(s *State) { s.Reset() })
	iface, traffic, span, minute, five := r.counted()
	if iface != (IfCounters{}) || traffic != iface || span != 0 || minute != (Rates{}) || five != minute {
		t.Errorf("after Reset: %+v %+v %v %+v %+v", iface, traffic, span, minute, five)
	}
}

// The rates are averages of the last minute and the last five, however time passes.
func TestRates(t *testing.T) {
	r := newRig(t, openInbound())
	ip := udp("192.150.49.10:5", "204.31.17.99:5", string(payload(72))) // 114 octets in a frame
	second := func(n int) {
		for range n {
			r.send(outside, ip)
		}
		r.wait(time.Second)
	}
	check := func(minute, five uint64) {
		t.Helper()
		_, _, _, m, f := r.counted()
		if m.InPackets != minute || f.InPackets != five || m.InBytes/114 != minute || f.Dropped != five {
			t.Errorf("%+v %+v, want %d and %d packets", m, f, minute, five)
		}
	}
	check(0, 0)
	for range 300 {
		second(10)
	}
	check(10, 10)
	for range 60 {
		second(60)
	}
	check(60, 20)
	r.wait(30 * time.Second)
	check(30, 19)
	r.wait(30 * time.Second)
	check(0, 18)
	r.wait(24 * time.Hour)
	check(0, 0)
	second(120)
	r.wait(4 * time.Second)
	check(2, 0)
}
