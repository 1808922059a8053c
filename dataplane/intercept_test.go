package dataplane

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/hoststack"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// besieged is a policy whose host has a limit of two half-open connections, above which the box answers itself.
func besieged(inspected bool) *Policy {
	p := openInbound()
	if inspected {
		p = guarded()
	}
	p.Rules.Randomise, p.Rules.TCPIntercept = true, true
	p.Statics[0].Limits.MaxEmbryonic = 2
	return p
}

// both runs f without and with inspection.
func both(t *testing.T, f func(t *testing.T, p *Policy, inspected bool)) {
	for _, inspected := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "inspected"}[inspected], func(t *testing.T) { f(t, besieged(inspected), inspected) })
	}
}

// flood sends n SYNs from as many addresses and returns what leaves.
func flood(r *rig, n int) (all []sent) {
	for i := range n {
		from := packet.Addr(addr("198.51.100.0") + uint32(i)).String()
		all = append(all, r.send(outside, syn(from+":1024", "204.31.17.2:25"))...)
	}
	return all
}

var fullSYN = []byte{packet.OptMSS, 4, 0x5, 0xb4, packet.OptSACKOK, 2, packet.OptTimestamps, 10, 0, 0, 0, 1, 0, 0, 0, 0,
	packet.OptNop, packet.OptWScale, 3, 7}

// confirmed takes a client as far as the box asks the host, and returns the SYN that the host gets.
func (k *talk) confirmed() packet.TCP {
	k.r.t.Helper()
	got := k.r.send(k.cPort, tcpSeg(k.client, k.to, fSYN, k.cSeq, 0, "", fullSYN...))
	if len(got) != 1 || got[0].port != k.cPort || got[0].TCP().Flags() != fSYN|fACK {
		k.r.t.Fatalf("answer to the SYN: %s", lines(got))
	}
	h := got[0].TCP()
	if h.Ack() != k.cSeq+1 || h.Window() != 0 || string(h.OptionBytes()) != string([]byte{packet.OptMSS, 4, 0x5, 0x64}) {
		k.r.t.Errorf("answer to the SYN: ack %d window %d options % x", h.Ack(), h.Window(), h.OptionBytes())
	}
	k.cSeq++
	k.cSaw = h.Seq() + 1
	got = k.r.send(k.cPort, tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, ""))
	if len(got) != 1 || got[0].port != k.sPort || got[0].TCP().Flags() != fSYN {
		k.r.t.Fatalf("after the client's ACK: %s, drops %v", lines(got), k.r.drops())
	}
	h = got[0].TCP()
	if h.Window() != 8192 || string(h.OptionBytes()) != string([]byte{packet.OptMSS, 4, 0x5, 0xb4}) {
		k.r.t.Errorf("the host's SYN: window %d options % x", h.Window(), h.OptionBytes())
	}
	k.sSaw = h.Seq() + 1
	return h
}

// answered lets the host answer, and checks what both sides get.
func (k *talk) answered() {
	k.r.t.Helper()
	got := k.r.send(k.sPort, tcpSeg(k.server, k.from, fSYN|fACK, k.sSeq, k.sSaw, "", packet.OptMSS, 4, 2, 24))
	k.sSeq++
	if len(got) != 2 || got[0].port != k.sPort && got[1].port != k.sPort {
		k.r.t.Fatalf("after the host's SYN/ACK: %s, drops %v", lines(got), k.r.drops())
	}
	slices.SortFunc(got, func(a, b sent) int { // the host's first
		if a.port == k.sPort {
			return -1
		}
		return 1
	})
	host, client := got[0].TCP(), got[1].TCP()
	if got[1].port != k.cPort || host.Flags() != fACK || client.Flags() != fACK || len(host.Payload())+len(client.Payload()) != 0 {
		k.r.t.Fatalf("after the host's SYN/ACK: %s", lines(got))
	}
	if host.Seq() != k.sSaw || host.Ack() != k.sSeq || host.Window() != 8192 {
		k.r.t.Errorf("to the host: seq %d ack %d window %d, want %d %d", host.Seq(), host.Ack(), host.Window(), k.sSaw, k.sSeq)
	}
	if client.Seq() != k.cSaw || client.Ack() != k.cSeq || client.Window() != 8192 {
		k.r.t.Errorf("to the client: seq %d ack %d window %d, want %d %d", client.Seq(), client.Ack(), client.Window(), k.cSaw, k.cSeq)
	}
}

// A flood reaches the host only up to the limit and leaves nothing behind in the box.
func TestInterceptFlood(t *testing.T) {
	both(t, func(t *testing.T, p *Policy, _ bool) {
		r := newRig(t, p)
		got := flood(r, 500)
		inside := 0
		numbers := map[uint32]bool{}
		for _, s := range got {
			if s.port == inPort {
				inside++
				continue
			}
			numbers[s.TCP().Seq()&^cookieMSS] = true
			if s.TCP().Flags() != fSYN|fACK || s.TCP().Ack() != 1001 || s.IP.Src() != addr("204.31.17.2") {
				t.Fatal(s)
			}
		}
		if inside != 2 || len(got) != 500 || len(numbers) < 490 {
			t.Errorf("%d SYNs reached the host, %d packets left, %d different numbers", inside, len(got), len(numbers))
		}
		if n := len(r.conns()); n != 2 {
			t.Errorf("%d connections", n)
		}
		limit := 0
		for _, ev := range r.log {
			if ev.Kind == EventEmbryonic && ev.Count == 2 && ev.Limit == 2 && ev.Dst.Real.Addr() == mustAddr("10.1.1.2") {
				limit++
			}
		}
		if limit != 498 || r.dropped(DropEmbryonic) != 0 {
			t.Errorf("%d events, drops %v", limit, r.drops())
		}
		// Once the half-open ones are gone the host answers for itself again.
		r.wait(3 * time.Minute)
		if h := r.xlates()[0]; h.Embryonic != 0 || h.Conns != 0 {
			t.Errorf("%+v", h)
		}
		k := inboundTalk(r)
		k.open()
		k.state("UB")
	})
}

// During the flood a real client gets through, and data goes both ways exact.
func TestInterceptRealClient(t *testing.T) {
	both(t, func(t *testing.T, p *Policy, inspected bool) {
		p.Statics[0].Limits.MaxEmbryonic = 1
		r := newRig(t, p)
		flood(r, 100)
		k := inboundTalk(r)
		if h := k.confirmed(); h.Seq() != 1000 {
			t.Errorf("the host's SYN has number %d", h.Seq())
		}
		real := r.conns()[1]
		if want := ConnWaitInSYN | ConnWaitInACK; real.State != want || !real.Inbound || !real.Embryonic || real.Inspected != inspected {
			t.Errorf("%+v, want state %b", real, want)
		}
		if got := r.send(outside, tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, "x")); len(got) != 0 {
			t.Errorf("a probe of the shut window: %s", lines(got))
		}
		k.answered()
		if c := r.conns()[1]; c.State != ConnUp || c.Embryonic {
			t.Errorf("%+v", c)
		}
		if h := r.xlates()[0]; h.Embryonic != 1 || h.Conns != 2 {
			t.Errorf("%+v", h)
		}
		if !inspected {
			for range 3 {
				k.s(fACK, "hello")
				k.c(fACK, "world")
			}
			left := k.cSaw + 100
			k.options = []byte{1, 1, packet.OptSACK, 10, byte(left >> 24), byte(left >> 16), byte(left >> 8), byte(left), 0, 0, 0, 0}
			if h := k.c(fACK, ""); h.Option32(h.ParseOptions().SACKOff) != k.sSeq+100 {
				t.Error("SACK edges are not shifted")
			}
			k.options = nil
			k.close()
		} else {
			if got := k.through(true, fACK|packet.PSH, "220 mail\r\n"); !strings.HasPrefix(got, "220 ***") {
				t.Errorf("greeting %q", got)
			}
			for _, line := range []string{"EHLO x\r\n", "HELO x\r\n"} {
				if got := k.through(false, fACK|packet.PSH, line); got == line != (line == "HELO x\r\n") {
					t.Errorf("%q became %q", line, got)
				}
			}
			k.through(false, fFIN|fACK, "")
			k.through(true, fFIN|fACK, "")
			k.through(false, fACK, "")
		}
		if n := len(r.conns()); n != 1 {
			t.Errorf("%d connections left, want the one of the flood", n)
		}
	})
}

// Outbound both sides' numbers are shifted: the client's by randomisation, the host's by the box's own.
func TestInterceptOutbound(t *testing.T) {
	p := patPolicy()
	p.Rules.Randomise, p.Rules.TCPIntercept = true, true
	for i := range p.NAT {
		p.NAT[i].Limits.MaxEmbryonic = 1
	}
	r := newRig(t, p)
	first := outboundTalk(r)
	first.c(fSYN, "")
	k := outboundTalk(r)
	k.client, k.from = "10.1.1.3:1501", "204.31.17.40:1025"
	if h := k.confirmed(); h.Seq() == 1000 {
		t.Error("the client's number is not replaced")
	}
	if c := r.conns()[1]; c.State != ConnWaitOutSYN|ConnWaitOutACK {
		t.Errorf("%+v", c)
	}
	k.answered()
	k.c(fACK, "GET / HTTP/1.0\r\n\r\n")
	k.s(fACK, "200\r\n")
	k.close()
	if n := len(r.conns()); n != 1 {
		t.Errorf("%d connections left", n)
	}
}

// A host that does not answer is asked four times; then the client is told.
func TestInterceptSilentHost(t *testing.T) {
	both(t, func(t *testing.T, p *Policy, _ bool) {
		r := newRig(t, p)
		flood(r, 2)
		k := inboundTalk(r)
		k.confirmed()
		r.log = nil
		for _, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			if got := r.wait(wait - 20*time.Millisecond); len(got) != 0 {
				t.Errorf("too early: %s", lines(got))
			}
			got := r.wait(20 * time.Millisecond)
			r.expect(got, "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
			if h := got[0].TCP(); h.Seq() != 1000 || h.ParseOptions().MSS != 1460 {
				t.Errorf("number %d", h.Seq())
			}
		}
		got := r.wait(8 * time.Second)
		r.expect(got, "outside tcp 204.31.17.2:25 > 192.150.49.10:1025 RA")
		if h := got[0].TCP(); h.Seq() != k.cSaw || h.Ack() != k.cSeq {
			t.Errorf("reset at %d, the client waits for %d", h.Seq(), k.cSaw)
		}
		if ev := r.event(EventTornConn); ev.Reason != ReasonSYNTimeout {
			t.Errorf("%+v", ev)
		}
		if x := r.xlates()[0]; x.Conns != 2 || x.Embryonic != 2 {
			t.Errorf("%+v", x)
		}
	})
}

// What the ends may say instead of completing the handshake.
func TestInterceptRefusals(t *testing.T) {
	both(t, func(t *testing.T, p *Policy, _ bool) {
		start := func() (*rig, *talk) {
			r := newRig(t, p)
			flood(r, 2)
			k := inboundTalk(r)
			k.confirmed()
			r.log = nil
			return r, k
		}
		r, k := start()
		got := r.send(inPort, tcpSeg(k.server, k.from, fRST|fACK, 0, k.sSaw, ""))
		r.expect(got, "outside tcp 204.31.17.2:25 > 192.150.49.10:1025 RA")
		if ev := r.event(EventTornConn); ev.Reason != ReasonResetI || got[0].TCP().Seq() != k.cSaw {
			t.Errorf("%+v", ev)
		}

		r, k = start()
		r.expect(r.send(outside, tcpSeg(k.client, k.to, fRST, k.cSeq+9, 0, "")))
		got = r.send(outside, tcpSeg(k.client, k.to, fRST, k.cSeq, 0, ""))
		r.expect(got, "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 R")
		if ev := r.event(EventTornConn); ev.Reason != ReasonResetO || got[0].TCP().Seq() != k.sSaw {
			t.Errorf("%+v", ev)
		}

		// The host answers to an older connection: it is reset, and hears the SYN again.
		r, k = start()
		for _, flags := range []uint8{fACK, fSYN | fACK} {
			got = r.send(inPort, tcpSeg(k.server, k.from, flags, 777, 555, ""))
			r.expect(got, "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 R")
			if got[0].TCP().Seq() != 555 {
				t.Errorf("reset at %d", got[0].TCP().Seq())
			}
		}
		r.expect(r.send(inPort, tcpSeg(k.server, k.from, fRST|fACK, 777, 555, "")))
		r.expect(r.wait(time.Second), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
		k.answered()
		k.r.wait(time.Minute)
		if n := len(r.conns()); n != 3 {
			t.Errorf("%d connections", n)
		}
	})
}

// Only the acknowledgement of a number that the box gave to just this client, lately, opens a connection.
func TestInterceptForged(t *testing.T) {
	r := newRig(t, besieged(false))
	k := inboundTalk(r)
	flood(r, 2)
	h := r.send(outside, syn(client, "204.31.17.2:25"))[0].TCP()
	good := h.Seq() + 1
	try := func(from string, seq, ack uint32, flags uint8) int {
		n := len(r.conns())
		r.send(outside, tcpSeg(from, k.to, flags, seq, ack, ""))
		return len(r.conns()) - n
	}
	for i := range uint32(5000) {
		if try(client, 1001, good+1+i*7919, fACK) != 0 {
			t.Fatalf("a guess was taken: %d for %d", good+1+i*7919, good)
		}
	}
	if try(client, 1002, good, fACK)+try("192.150.49.10:1026", 1001, good, fACK)+try("192.150.49.11:1025", 1001, good, fACK)+
		try(client, 1001, good, fSYN|fACK)+try(client, 1001, good, fRST|fACK)+try(client, 1001, good, 0) != 0 {
		t.Error("something else than the acknowledgement opened a connection")
	}
	r.wait(130 * time.Second)
	if try(client, 1001, good, fACK) != 0 {
		t.Error("an old number was taken")
	}
	flood(r, 2)
	h = r.send(outside, syn(client, "204.31.17.2:25"))[0].TCP()
	if h.Seq()+1 == good {
		t.Error("the same number again")
	}
	r.wait(63 * time.Second)
	if try(client, 1001, h.Seq()+1, fACK) != 1 {
		t.Error("a fresh number was not taken")
	}
}

// A client that answers when there is no room any more is reset, and rules count it once.
func TestInterceptNoRoom(t *testing.T) {
	p := besieged(false)
	p.Statics[0].Limits.MaxConns = 3
	r := newRig(t, p)
	flood(r, 2)
	a, b := inboundTalk(r), inboundTalk(r)
	b.client, b.from = "192.150.49.10:1099", "192.150.49.10:1099"
	numbers := []uint32{}
	for _, k := range []*talk{a, b} {
		numbers = append(numbers, r.send(outside, syn(k.client, k.to))[0].TCP().Seq())
	}
	before := r.e.hits[p.Conduits.Rules()[0].ID].n
	r.expect(r.send(outside, tcpSeg(a.client, a.to, fACK, 1001, numbers[0]+1, "")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 S")
	got := r.send(outside, tcpSeg(b.client, b.to, fACK, 1001, numbers[1]+1, ""))
	r.expect(got, "outside tcp 204.31.17.2:25 > 192.150.49.10:1099 R")
	if got[0].TCP().Seq() != numbers[1]+1 {
		t.Error("the reset is out of the client's window")
	}
	if r.e.hits[p.Conduits.Rules()[0].ID].n != before {
		t.Error("the conduit counts the acknowledgement")
	}
}

// Two real TCP stacks, in the midst of a flood: the handshake completes through the box, and a megabyte goes each way.
func TestInterceptBetweenStacks(t *testing.T) {
	p := besieged(false)
	p.Rules.MSSClamp = 1380
	e := New(Options{Policy: p, Now: time.Now()})
	wires, hosts := link.NewSwitch(1500), link.NewSwitch(1500)
	box := map[Port]link.Link{outside: wires.Port(), inPort: hosts.Port()}
	stranger := wires.Port()
	defer stranger.Close()
	host := func(name string, n byte, l link.Link, at, gateway string) *hoststack.Host {
		h, err := hoststack.New(l, hoststack.Config{Name: name, MAC: [6]byte{2, 0, 0, 0, 9, n}, Addrs: []netip.Prefix{pfx(at)}, Gateway: mustAddr(gateway), MTU: 1500})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close() })
		return h
	}
	client := host("client", 1, wires.Port(), "192.150.49.10/24", "192.150.49.1")
	server := host("server", 2, hosts.Port(), "10.1.1.2/24", "10.1.1.1")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- e.Run(ctx, box, time.Now, nil) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	l, err := server.Listen(netip.MustParseAddrPort("10.1.1.2:25"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rig := &rig{t: t, e: e}
	for i := range 100 {
		from := packet.Addr(addr("198.51.100.0") + uint32(i)).String()
		stranger.Write([]link.Frame{rig.frame(outside, syn(from+":1024", "204.31.17.2:25"))})
	}
	for full := false; !full && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		e.Do(func(s *State) {
			for h := range LocalHosts(s.e.inline) {
				full = h.Embryonic == 2
			}
		})
	}
	e.Do(func(s *State) {
		s.StartCapture(Capture{Name: "start", Ports: []Port{inPort}, Snap: 80, Buffer: 1 << 10})
	})
	c, err := client.Dial(ctx, netip.AddrPort{}, netip.MustParseAddrPort("204.31.17.2:25"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	there, back := payload(1<<20), payload(1<<20 + 1)[1:]
	errs := make(chan error, 4)
	carry := func(to, from net.Conn, b []byte) {
		go func() { _, err := to.Write(b); errs <- err }()
		go func() {
			got := make([]byte, len(b))
			_, err := io.ReadFull(from, got)
			if err == nil && !bytes.Equal(got, b) {
				err = errors.New("other data arrived")
			}
			errs <- err
		}()
	}
	carry(c, s, there)
	carry(s, c, back)
	for range 4 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	e.Do(func(s *State) {
		syns := 0
		for _, c := range s.Captured("start") {
			ip := packet.IPv4(packet.Ethernet(c.Frame).Payload())
			h := packet.TCP(ip.Payload())
			if ip.Proto() == packet.ProtoTCP && ip.Src() == addr("192.150.49.10") && h.Flags() == fSYN && h.HeaderLen() == 24 {
				syns++
			}
		}
		if syns == 0 {
			t.Error("the host got no SYN of the box's making")
		}
		for c := range Conns(s.e.inline) {
			if c.Bytes >= 2<<20 && c.State&ConnUp != 0 {
				return
			}
		}
		t.Error("the data did not pass the box")
	})
}
