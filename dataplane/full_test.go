package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// A scan of a big network on the wire fills the table of neighbours: what is known stays, what waits is bounded, and the
// table is usable again when the silence of the others is over.
func TestNeighbourTableFull(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxARP = 8
	p.Interfaces[outside].Addr = pfx("192.150.0.1/16")
	r := newRig(t, p)
	if got := r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")); len(got) != 1 {
		t.Fatal("nothing leaves")
	}
	r.silent = true
	for i := range 100 {
		r.send(inPort, udp("10.1.1.2:9", packet.Addr(addr("192.150.7.1")+uint32(i)).String()+":53", "x"))
	}
	if n := len(r.e.neighbourIndex); n != 8 || r.dropped(DropNeighbour) != 100-7 || r.e.waiting != 7 {
		t.Errorf("%d neighbours, %d dropped, %d wait", n, r.dropped(DropNeighbour), r.e.waiting)
	}
	if got := r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")); len(got) != 1 {
		t.Error("the known neighbour is lost")
	}
	for range 10 {
		r.wait(time.Second)
	}
	if n := len(r.e.neighbourIndex); n != 1 || r.e.waiting != 0 || r.dropped(DropNeighbour) != 100 {
		t.Errorf("later %d neighbours, %d wait, %d dropped", n, r.e.waiting, r.dropped(DropNeighbour))
	}
	r.silent = false
	if got := r.send(inPort, udp("10.1.1.2:9", "192.150.8.1:53", "x")); len(got) != 1 {
		t.Error("a new neighbour finds no room")
	}
}

// Who asks for the box from ever new addresses takes no more room than there is, and does not push others out.
func TestARPFlood(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxARP = 8
	p.Interfaces[inPort].Addr = pfx("10.1.1.1/16")
	r := newRig(t, p)
	r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x"))
	r.send(outside, udp("192.150.49.10:53", "204.31.17.40:1024", "y"))
	known := len(r.e.neighbourIndex)
	for i := range uint32(1000) {
		from := addr("10.1.2.0") + i
		b := packet.AppendEthernet(make([]byte, headroom), broadcastMAC, macOf(from), packet.TypeARP)
		b = packet.AppendARP(b, packet.ARPRequest, macOf(from), from, [6]byte{}, addr("10.1.1.1"))
		r.out.Reset()
		r.e.Step(r.now, inPort, []link.Frame{{Buf: b, Off: headroom, Len: len(b) - headroom}}, &r.out)
		if n := len(r.out.Frames(inPort)); n != 1 {
			t.Fatalf("%d answers", n)
		}
	}
	if n := len(r.e.neighbourIndex); n != 8 || known < 2 {
		t.Errorf("%d neighbours, %d before", n, known)
	}
	for _, back := range []func() []sent{
		func() []sent { return r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")) },
		func() []sent { return r.send(outside, udp("192.150.49.10:53", "204.31.17.40:1024", "y")) },
	} {
		if len(back()) != 1 {
			t.Errorf("a connection is lost: %v", r.drops())
		}
	}
}

// Fragments that never become whole take a bounded number of slots, for a bounded time.
func TestFragmentFlood(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxFragments = 5
	r := newRig(t, p)
	r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x"))
	part := func(id uint16) []byte {
		ip := packet.IPv4(append([]byte(nil), bigUDP(64)[:20+32]...))
		ip.SetTotalLen(len(ip))
		ip.SetFrag(0, true)
		ip[4], ip[5] = byte(id>>8), byte(id)
		copy(ip[10:], []byte{0, 0})
		sum := uint32(0)
		for i := 0; i < 20; i += 2 {
			sum += uint32(ip[i])<<8 | uint32(ip[i+1])
		}
		sum = sum&0xffff + sum>>16
		sum = ^(sum&0xffff + sum>>16)
		ip[10], ip[11] = byte(sum>>8), byte(sum)
		return ip
	}
	for i := range uint16(500) {
		if got := r.send(inPort, part(i)); len(got) != 0 {
			t.Fatal("half a packet leaves")
		}
	}
	if r.e.assemblies.used != 5 || len(r.e.assemblyIndex) != 5 || r.dropped(DropFragment) != 495 {
		t.Errorf("%d slots, %d dropped", r.e.assemblies.used, r.dropped(DropFragment))
	}
	if got := r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")); len(got) != 1 {
		t.Error("whole packets do not pass")
	}
	r.wait(6 * time.Second)
	if r.e.assemblies.used != 0 || len(r.e.assemblyIndex) != 0 || len(r.e.spare) > spareBuffers {
		t.Errorf("%d slots, %d buffers later", r.e.assemblies.used, len(r.e.spare))
	}
}

// The table of translations full: the new is refused and said so, the old goes on, and the timers make room again.
func TestXlateTableFull(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxXlates = 4
	r := newRig(t, p)
	for i := range 4 {
		r.send(inPort, udp("10.1.1.2:"+itoa(2000+i), "192.150.49.10:53", "x"))
	}
	r.events()
	for range 3 {
		r.expect(r.send(inPort, udp("10.1.1.2:3000", "192.150.49.10:53", "x")))
	}
	slots := 0
	for _, kind := range r.events() {
		if kind == EventNoSlots {
			slots++
		}
	}
	if slots != 3 || len(r.xlates()) != 4 || r.dropped(DropNoSlot) != 3 || len(r.conns()) != 4 {
		t.Errorf("%d events, %d translations, %d connections, drops %v", slots, len(r.xlates()), len(r.conns()), r.drops())
	}
	if got := r.send(inPort, udp("10.1.1.2:2000", "192.150.49.10:53", "x")); len(got) != 1 {
		t.Error("an old one does not pass")
	}
	for range 200 {
		r.wait(time.Second)
	}
	if len(r.xlates()) != 0 || len(r.conns()) != 0 {
		t.Errorf("%d translations, %d connections are left", len(r.xlates()), len(r.conns()))
	}
	if got := r.send(inPort, udp("10.1.1.2:3000", "192.150.49.10:53", "x")); len(got) != 1 {
		t.Error("no room after the timers")
	}
}

// A pool of which some addresses can never be given out is not searched through for every packet once it is used up; it
// gives again when an address comes back, or when another policy frees one.
func TestPoolUsedUp(t *testing.T) {
	p := patPolicy()
	p.Pools[0] = Pool{Port: outside, Number: 1, First: mustAddr("204.31.17.40"), Last: mustAddr("204.31.17.43")}
	p.Statics = []Static{static("204.31.17.42/32", "10.1.1.200/32")}
	p.Timeouts.Xlate, p.Timeouts.UDP = 10*time.Second, 2*time.Second
	r := newRig(t, p)
	from := func(n int) []sent {
		return r.send(inPort, udp("10.1.1."+itoa(n)+":9", "192.150.49.10:53", "x"))
	}
	for n := range 3 {
		if len(from(10+n)) != 1 {
			t.Fatal("the pool gives too little")
		}
	}
	state := r.e.pools[poolKey{port: outside, first: addr("204.31.17.40"), last: addr("204.31.17.43")}]
	for i := range 2 {
		if len(from(20)) != 0 || !state.dry || state.taken != 3 {
			t.Errorf("time %d: %+v", i, state)
		}
	}
	r.e.Swap(func() *Policy { q := *p; q.Statics = nil; return &q }())
	if len(from(20)) != 1 {
		t.Error("what the static had is not given out")
	}
	if len(from(21)) != 0 {
		t.Error("not used up")
	}
	for range 30 {
		r.wait(time.Second)
	}
	if len(from(21)) != 1 || state.taken != 1 {
		t.Errorf("nothing after the timers: %+v", state)
	}
}
