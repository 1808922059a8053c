package dataplane

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

func TestCapture(t *testing.T) {
	r := newRig(t, openInbound())
	sunk := 0
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "real", Ports: []Port{inPort}, List: list(rule(true, packet.ProtoTCP, "any", "10.1.1.2", 25))})
		s.StartCapture(Capture{Name: "mapped", Ports: []Port{outside}, List: list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25)), Snap: 20,
			Sink: func(_ time.Time, f []byte, n int) { sunk += n }})
		s.StartCapture(Capture{Name: "wrong", Ports: []Port{outside}, List: list(rule(true, packet.ProtoTCP, "any", "10.1.1.2", 25))})
		s.StartCapture(Capture{Name: "all", Ports: []Port{outside}})
	})
	k := inboundTalk(r)
	k.open()
	r.send(outside, syn(client, "204.31.17.2:80"))
	caught := func(name string) (c []Captured) {
		r.e.Do(func(s *State) { c = s.Captured(name) })
		return c
	}
	for name, want := range map[string]int{"real": 3, "mapped": 3, "wrong": 0, "all": 6, "none": 0} {
		if got := len(caught(name)); got != want {
			t.Errorf("%s: %d frames, want %d", name, got, want)
		}
	}
	c := caught("mapped")
	if len(c[0].Frame) != 20 || c[0].Length != 54 || !c[0].At.Equal(r.now) || sunk != 3*54 {
		t.Errorf("%d of %d octets at %v, sunk %d", len(c[0].Frame), c[0].Length, c[0].At, sunk)
	}
	// What is caught is the frame as it was on that wire: mapped address outside, real one inside.
	if packet.IPv4(caught("real")[0].Frame[14:]).Dst() != addr("10.1.1.2") || packet.IPv4(caught("all")[0].Frame[14:]).Dst() != addr("204.31.17.2") {
		t.Error("addresses of the wrong wire")
	}
	r.e.Do(func(s *State) {
		if !s.StopCapture("all") || s.StopCapture("all") {
			t.Error("StopCapture")
		}
		s.ClearCapture("real")
		s.StartCapture(Capture{Name: "mapped", Ports: []Port{outside}})
		if len(s.Captures()) != 3 || len(s.Captured("mapped")) != 3 {
			t.Errorf("%v", s.Captures())
		}
	})
	k.c(fACK, "x")
	if len(caught("real")) != 1 {
		t.Error("a cleared capture stopped")
	}
}

func TestCaptureBuffer(t *testing.T) {
	for _, circular := range []bool{false, true} {
		r := newRig(t, openInbound())
		r.e.Do(func(s *State) {
			s.StartCapture(Capture{Name: "c", Ports: []Port{outside}, Buffer: 540, Circular: circular, List: list(rule(true, 0, "any", "any", 0))})
		})
		for i := range 30 {
			r.send(outside, syn("192.150.49.10:"+itoa(2000+i), "204.31.17.2:25"))
		}
		r.e.Do(func(s *State) {
			if octets, full := s.CaptureFill("c"); octets != 540 || full == circular {
				t.Errorf("circular %v: %d octets, full: %v", circular, octets, full)
			}
			c := s.Captured("c")
			want := uint16(pick(circular, 2020, 2000))
			if got := (packet.Packet{IP: packet.IPv4(c[0].Frame[14:])}).TCP().SrcPort(); len(c) != 10 || got != want {
				t.Errorf("circular %v: %d frames from %d", circular, len(c), got)
			}
		})
	}
}

// A capture takes the frames of one direction, of one Ethernet type, or without the answers, as it is told.
func TestCaptureOfSome(t *testing.T) {
	r := newRig(t, openInbound())
	to25 := list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25))
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "received", Ports: []Port{outside}, Way: Received})
		s.StartCapture(Capture{Name: "sent", Ports: []Port{outside}, Way: Sent})
		s.StartCapture(Capture{Name: "one way", Ports: []Port{outside}, List: to25, OneWay: true})
		s.StartCapture(Capture{Name: "arp", Ports: []Port{outside}, Type: packet.TypeARP})
		s.StartCapture(Capture{Name: "ip", Ports: []Port{outside}, Type: packet.TypeIPv4})
	})
	inboundTalk(r).open() // three segments, and the box asks for one address by ARP
	for name, want := range map[string]int{"received": 3, "sent": 2, "one way": 2, "arp": 2, "ip": 3} {
		got := 0
		r.e.Do(func(s *State) { got = len(s.Captured(name)) })
		if got != want {
			t.Errorf("%s: %d frames, want %d", name, got, want)
		}
	}
}

// A capture of several interfaces catches a packet on each; it is full once a frame found no room, not before.
func TestCaptureOfSeveral(t *testing.T) {
	r := newRig(t, openInbound())
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "c", Ports: []Port{outside, inPort}, Type: packet.TypeIPv4, Buffer: 6 * 54})
	})
	state := func() (octets int, full bool) {
		r.e.Do(func(s *State) { octets, full = s.CaptureFill("c") })
		return octets, full
	}
	k := inboundTalk(r)
	k.open() // three segments on each side
	if octets, full := state(); octets != 6*54 || full {
		t.Errorf("%d octets, full: %v", octets, full)
	}
	k.c(fACK, "x")
	if octets, full := state(); octets != 6*54 || !full {
		t.Errorf("%d octets, full: %v", octets, full)
	}
	r.e.Do(func(s *State) { s.ClearCapture("c") })
	if octets, full := state(); octets != 0 || full {
		t.Errorf("%d octets, full: %v", octets, full)
	}
}

// A list finds a frame of which the capture kept the beginning only, and the answer to what it permits.
func TestFits(t *testing.T) {
	r := newRig(t, openInbound())
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "c", Ports: []Port{outside}, Type: packet.TypeIPv4, Snap: 54})
	})
	k := inboundTalk(r)
	k.open()
	k.c(fACK, strings.Repeat("x", 100))
	var caught []Captured
	r.e.Do(func(s *State) { caught = s.Captured("c") })
	if len(caught) != 4 || caught[3].Length != 154 {
		t.Fatal(len(caught))
	}
	for i, f := range caught {
		if !Fits(list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25)), f.Frame, f.Length) {
			t.Errorf("%d does not fit", i)
		}
		if Fits(list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 26)), f.Frame, f.Length) || Fits(nil, nil, -1) {
			t.Errorf("%d fits another port", i)
		}
	}
}

// What is dropped is caught by its reason, as it was when it went no further, and the sum of the catches is what the
// counters say: of lists, of the inspection, of neighbours that do not answer, of frames that belong to nobody.
func TestCaptureOfDrops(t *testing.T) {
	p := guarded()
	p.Interfaces[outside].In = list(rule(true, packet.ProtoTCP, "any", "any", 25), rule(true, packet.ProtoUDP, "any", "any", 0))
	r := newRig(t, p)
	of := func(want ...Drop) func(Drop) bool {
		return func(d Drop) bool { return len(want) == 0 || slices.Contains(want, d) }
	}
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "all", Dropped: of()})
		s.StartCapture(Capture{Name: "lists", Dropped: of(DropACL)})
		s.StartCapture(Capture{Name: "udp", Dropped: of(), List: list(rule(true, packet.ProtoUDP, "any", "any", 0))})
	})
	r.send(outside, syn(client, "204.31.17.2:80"))
	r.send(outside, tcpSeg(client, "204.31.17.2:25", fACK, 7, 7, ""))
	r.send(outside, icmp("192.150.49.10", "204.31.17.2", 8, 1))
	stray := r.frame(outside, syn(client, "204.31.17.2:25"))
	packet.Ethernet(stray.Bytes()).SetDst([6]byte{2, 9, 9, 9, 9, 9})
	r.sendFrame(outside, stray)
	r.silent = true
	r.send(outside, udp("192.150.49.10:1", "204.31.17.2:53", "x"))
	for range 10 {
		r.wait(time.Second)
	}
	for _, piece := range pieces(bigUDP(3000), 1000)[:1] {
		r.send(outside, piece)
	}
	r.wait(time.Minute)
	total := 0
	for _, d := range r.drops() {
		total += int(d.Count)
	}
	caught := func(name string) (c []Captured) {
		r.e.Do(func(s *State) { c = s.Captured(name) })
		return c
	}
	all := caught("all")
	kinds := map[Drop]int{}
	for _, c := range all {
		kinds[c.Drop]++
	}
	// A datagram that stays in pieces is counted when its time is over, and there is no frame of it any more.
	if len(all) != total-1 || kinds[DropACL] != 2 || kinds[DropNoConn] != 1 || kinds[DropNotForUs] != 1 || kinds[DropNeighbour] != 1 {
		t.Errorf("%d caught, %v; %v", len(all), kinds, r.drops())
	}
	if c := caught("lists"); len(c) != 2 || packet.IPv4(c[0].Frame[14:]).Dst() != addr("204.31.17.2") {
		t.Errorf("of lists: %d", len(c))
	}
	if c := caught("udp"); len(c) != 1 || c[0].Drop != DropNeighbour {
		t.Errorf("of udp: %+v", c)
	}
}

// headers-only keeps headers; trace keeps the way of the first packets, without changing it.
func TestCaptureOptions(t *testing.T) {
	r := newRig(t, guarded())
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "h", Ports: []Port{outside}, Headers: true})
		s.StartCapture(Capture{Name: "t", Ports: []Port{outside}, Traces: 2})
	})
	k := inboundTalk(r)
	k.greeted()
	r.send(outside, syn(client, "204.31.17.2:80"))
	r.e.Do(func(s *State) {
		for i, c := range s.Captured("h") {
			if !isIPv4(c.Frame) {
				continue
			}
			ip := packet.IPv4(c.Frame[14:])
			if want := 14 + 20 + packet.TCP(ip.Payload()).HeaderLen(); len(c.Frame) != want || c.Length < want {
				t.Errorf("frame %d has %d octets of %d", i, len(c.Frame), c.Length)
			}
		}
		var ways []*Trace
		for _, c := range s.Captured("t") {
			if c.Trace != nil {
				ways = append(ways, c.Trace)
			}
		}
		if len(ways) != 2 {
			t.Fatalf("%d ways", len(ways))
		}
		first, second := ways[0], ways[1]
		n := len(first.Steps) - 1
		if first.Steps[n].Kind != StepNeighbour || first.Out != inPort || first.Left.Dst.Real.String() != "10.1.1.2:25" {
			t.Errorf("the SYN: %+v", first)
		}
		if s := second.Steps[1]; s.Kind != StepFlow || s.Flow != 1 || second.Drop != 0 || second.Out != inPort {
			t.Errorf("the ACK: %+v", second)
		}
	})
}

// What is caught of a frame that a card was to finish is finished, on the way in, on the way out and where it is dropped; the
// frame itself goes on as it was.
func TestCaptureFinishes(t *testing.T) {
	r := newRig(t, openInbound())
	r.send(outside, syn(client, "204.31.17.2:25")) // the neighbour is known then
	r.e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "in", Ports: []Port{inPort}})
		s.StartCapture(Capture{Name: "out", Ports: []Port{outside}})
		s.StartCapture(Capture{Name: "drop", Dropped: func(Drop) bool { return true }})
	})
	left := 0
	for _, ip := range []packet.IPv4{syn(client, "204.31.17.2:25"), syn(client, "204.31.17.2:80")} {
		f := r.frame(outside, ip)
		p := packet.Packet{IP: packet.IPv4(f.Bytes()[14:]), NeedsCsum: true}
		p.FillTransport()
		f.NeedsCsum = true
		r.out.Reset()
		r.e.Step(r.now, outside, []link.Frame{f}, &r.out)
		for _, frames := range r.out.All() {
			for _, f := range frames {
				if f.NeedsCsum {
					left++
				}
			}
		}
	}
	if left != 1 {
		t.Errorf("%d frames left for a card to finish", left)
	}
	for name, want := range map[string]int{"in": 1, "out": 2, "drop": 1} {
		var caught []Captured
		r.e.Do(func(s *State) { caught = s.Captured(name) })
		if len(caught) != want {
			t.Errorf("%s: %d frames, want %d", name, len(caught), want)
		}
		for _, c := range caught {
			if !(packet.Packet{IP: packet.IPv4(c.Frame[14:])}).TransportOK() {
				t.Errorf("%s: its sum is wrong", name)
			}
		}
	}
}
