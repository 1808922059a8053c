package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// ask sends an ARP request and returns the ARP packets that come back.
func (r *rig) ask(in Port, from, target string) []packet.ARP {
	b := packet.AppendEthernet(make([]byte, headroom), broadcastMAC, macOf(addr(from)), packet.TypeARP)
	b = packet.AppendARP(b, packet.ARPRequest, macOf(addr(from)), addr(from), [6]byte{}, addr(target))
	return r.arpFrame(in, b)
}

func (r *rig) reply(in Port, from string, mac [6]byte) []packet.ARP {
	b := packet.AppendEthernet(make([]byte, headroom), broadcastMAC, mac, packet.TypeARP)
	b = packet.AppendARP(b, packet.ARPReply, mac, addr(from), [6]byte{}, 0)
	return r.arpFrame(in, b)
}

func (r *rig) arpFrame(in Port, b []byte) (got []packet.ARP) {
	r.out.Reset()
	r.e.Step(r.now, in, []link.Frame{{Buf: b, Off: headroom, Len: len(b) - headroom}}, &r.out)
	for p, frames := range r.out.All() {
		for _, f := range frames {
			if eth := packet.Ethernet(f.Bytes()); p == in && eth.Type() == packet.TypeARP {
				got = append(got, packet.ARP(eth.Payload()))
			}
		}
	}
	r.log = r.e.Events(r.log)
	return got
}

func TestARPAnswers(t *testing.T) {
	p := basePolicy()
	p.Statics = []Static{static("192.150.49.10/32", "10.1.1.2/32"), static("192.150.49.64/28", "10.1.1.64/28")}
	p.Pools = []Pool{
		{Port: outside, Number: 1, First: mustAddr("192.150.49.20"), Last: mustAddr("192.150.49.30")},
		{Port: outside, Number: 2, First: mustAddr("192.150.49.40"), Last: mustAddr("192.150.49.40"), PAT: true},
	}
	p.ARP = []StaticARP{{Port: inPort, Addr: mustAddr("10.1.1.77"), MAC: [6]byte{2, 7, 7, 7, 7, 7}, Alias: true}}
	for _, c := range []struct {
		in           Port
		from, target string
		proxy, plain bool // answered with and without proxy ARP
	}{
		{outside, "192.150.49.2", "192.150.49.1", true, true},
		{inPort, "10.1.1.2", "10.1.1.1", true, true},
		{inPort, "10.1.1.2", "192.150.49.1", false, false}, // the far side
		{inPort, "10.1.1.2", "10.1.1.3", false, false},
		{outside, "192.150.49.2", "192.150.49.10", true, false}, // static
		{outside, "192.150.49.2", "192.150.49.70", true, false}, // net static
		{outside, "192.150.49.2", "192.150.49.25", true, false}, // pool
		{outside, "192.150.49.2", "192.150.49.40", true, false}, // PAT
		{outside, "192.150.49.2", "192.150.49.31", false, false},
		{inPort, "10.1.1.2", "192.150.49.10", false, false}, // not on this interface
		{inPort, "10.1.1.2", "10.1.1.77", true, true},       // alias
	} {
		for off, proxy := range []bool{true, false, false, true} { // switched off everywhere, here, and on the other interface
			p.Rules.ProxyARP = off != 1
			p.Interfaces[c.in].NoProxyARP, p.Interfaces[1-c.in].NoProxyARP = off == 2, off == 3
			got := newRig(t, p).ask(c.in, c.from, c.target)
			if want := pick(proxy, c.proxy, c.plain); want != (len(got) == 1) {
				t.Errorf("way %d: %s asks for %s: %d answers, want %v", off, c.from, c.target, len(got), want)
				continue
			}
			if len(got) == 1 && (got[0].SenderMAC() != p.Interfaces[c.in].MAC || got[0].SenderIP() != addr(c.target)) {
				t.Errorf("answer %x", []byte(got[0]))
			}
		}
	}
}

// Packets wait for the neighbour, a bounded number, and requests are repeated; then there is silence for a while.
func TestARPResolution(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
	r := newRig(t, p)
	r.silent = true
	requests := func() (n int) {
		for range r.out.Frames(outside) {
			n++
		}
		return n
	}
	step := func(ip []byte) {
		r.out.Reset()
		r.e.Step(r.now, inPort, []link.Frame{r.frame(inPort, ip)}, &r.out)
	}
	for i := range 100 {
		step(udp("10.1.1.2:1000", "192.150.49.99:53", itoa(i)))
		if want := pick(i == 0, 1, 0); requests() != want {
			t.Fatalf("packet %d: %d requests, want %d", i, requests(), want)
		}
	}
	if r.e.waiting != waitersEach {
		t.Errorf("%d packets wait, want %d", r.e.waiting, waitersEach)
	}
	for i, want := range []int{1, 1, 1, 0, 0, 0} {
		r.now = r.now.Add(time.Second)
		r.out.Reset()
		r.e.Tick(r.now, &r.out)
		if requests() != want {
			t.Errorf("second %d: %d requests, want %d", i+1, requests(), want)
		}
	}
	step(udp("10.1.1.2:1000", "192.150.49.99:53", "late"))
	if requests() != 0 {
		t.Error("asked again during the silence")
	}
	if r.e.waiting != 0 {
		t.Errorf("%d packets wait", r.e.waiting)
	}
	r.now = r.now.Add(3 * time.Second)
	r.e.Tick(r.now, &r.out)
	step(udp("10.1.1.2:1000", "192.150.49.99:53", "again"))
	if requests() != 1 {
		t.Errorf("%d requests after the silence", requests())
	}
	stats := func() (n ARPStatistics) {
		r.e.Do(func(s *State) { n = s.ARPStatistics() })
		return n
	}
	if got, want := stats(), (ARPStatistics{
		Dropped: 101, Queued: 1, MostQueued: waitersEach, Retries: 3, Unresolved: 1, MostUnresolved: 1,
	}); got != want {
		t.Errorf("statistics %+v, want %+v", got, want)
	}
	r.out.Reset()
	b := packet.AppendEthernet(make([]byte, headroom), p.Interfaces[0].MAC, macOf(addr("192.150.49.99")), packet.TypeARP)
	b = packet.AppendARP(b, packet.ARPReply, macOf(addr("192.150.49.99")), addr("192.150.49.99"), p.Interfaces[0].MAC, addr("192.150.49.1"))
	r.e.Step(r.now, outside, []link.Frame{{Buf: b, Off: headroom, Len: len(b) - headroom}}, &r.out)
	got := r.collect()
	r.expect(got, "outside udp 10.1.1.2:1000 > 192.150.49.99:53")
	if got[0].eth.Dst() != macOf(addr("192.150.49.99")) || got[0].eth.Src() != p.Interfaces[0].MAC {
		t.Errorf("Ethernet %x", []byte(got[0].eth[:14]))
	}
	var arp []ARPEntry
	r.e.Do(func(s *State) { arp = s.ARP() })
	if len(arp) != 1 || arp[0].Addr != mustAddr("192.150.49.99") {
		t.Errorf("table %v", arp)
	}
	r.e.Do(func(s *State) { s.ClearARPStatistics() })
	if got, want := stats(), (ARPStatistics{Entries: 1}); got != want {
		t.Errorf("statistics %+v, want %+v", got, want)
	}
	r.wait(4*time.Hour + time.Second)
	r.e.Do(func(s *State) { arp = s.ARP() })
	if len(arp) != 0 {
		t.Errorf("table after the timeout %v", arp)
	}
}

func TestARPStaticAndCollision(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
	p.ARP = []StaticARP{{Port: outside, Addr: mustAddr("192.150.49.99"), MAC: [6]byte{2, 9, 9, 9, 9, 9}}}
	r := newRig(t, p)
	r.silent = true
	got := r.send(inPort, udp("10.1.1.2:1000", "192.150.49.99:53", "x"))
	r.expect(got, "outside udp 10.1.1.2:1000 > 192.150.49.99:53")
	if got[0].eth.Dst() != [6]byte{2, 9, 9, 9, 9, 9} {
		t.Errorf("sent to %x", got[0].eth.Dst())
	}
	r.events()
	r.reply(inPort, "10.1.1.1", [6]byte{2, 1, 1, 1, 1, 1})
	if ev := r.event(EventARPCollision); ev.MAC != [6]byte{2, 1, 1, 1, 1, 1} || ev.In != inPort {
		t.Errorf("event %+v", ev)
	}
	r.events()
	r.reply(outside, "192.150.49.99", [6]byte{2, 1, 1, 1, 1, 1})
	r.event(EventARPCollision)
	r.e.Do(func(s *State) {
		if n := s.ARPStatistics(); n.Collisions != 2 {
			t.Errorf("%d collisions", n.Collisions)
		}
	})
	got = r.send(inPort, udp("10.1.1.2:1000", "192.150.49.99:53", "x"))
	if got[0].eth.Dst() != [6]byte{2, 9, 9, 9, 9, 9} {
		t.Error("an arp line was overruled")
	}
}

// A neighbour that changes its station is followed; somebody who asks for the box is known from then on.
func TestARPLearning(t *testing.T) {
	p := basePolicy()
	p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
	r := newRig(t, p)
	r.silent = true
	r.ask(outside, "192.150.49.99", "192.150.49.1")
	got := r.send(inPort, udp("10.1.1.2:1000", "192.150.49.99:53", "x"))
	r.expect(got, "outside udp 10.1.1.2:1000 > 192.150.49.99:53")
	r.reply(outside, "192.150.49.99", [6]byte{2, 4, 4, 4, 4, 4})
	got = r.send(inPort, udp("10.1.1.2:1000", "192.150.49.99:53", "x"))
	if got[0].eth.Dst() != [6]byte{2, 4, 4, 4, 4, 4} {
		t.Errorf("sent to %x", got[0].eth.Dst())
	}
	// Nobody fills the table by talking.
	r.reply(outside, "192.150.49.98", [6]byte{2, 5, 5, 5, 5, 5})
	if n := r.e.neighbours.used; n != 1 {
		t.Errorf("%d neighbours", n)
	}
}
