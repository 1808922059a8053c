package dataplane

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// kernel is an Offload that keeps shortcuts and carries nothing.
type kernel struct {
	last  uint32
	live  map[uint32]link.Shortcut
	count map[uint32]link.Passed
	stale bool

	want, have uint32
	full       bool
}

func (k *kernel) Add(s *link.Shortcut) uint32 {
	if k.full {
		return 0
	}
	k.last++
	k.live[k.last] = *s
	k.count[k.last] = link.Passed{Acked: s.Acked, Edge: s.Edge}
	return k.last
}

func (k *kernel) Passed(id uint32) link.Passed {
	p := k.count[id]
	k.count[id] = link.Passed{Acked: p.Acked, Edge: p.Edge}
	return p
}

func (k *kernel) Outdate(n uint32) { k.want = n }
func (k *kernel) Adopt(n uint32)   { k.have = n }

func (k *kernel) Remove(id uint32) { delete(k.live, id) }

func (k *kernel) Renew(id, acked, edge uint32) {
	p := k.count[id]
	p.Acked, p.Edge = acked, edge
	k.count[id] = p
}

func (k *kernel) Stale() bool {
	was := k.stale
	k.stale = false
	return was
}

// of is the shortcut of packets that come in by a port.
func (k *kernel) of(t *testing.T, in Port, r *rig) (uint32, link.Shortcut) {
	t.Helper()
	mac := r.e.r.wire(in).MAC
	for id, s := range k.live {
		if s.MAC == mac {
			return id, s
		}
	}
	t.Fatalf("no shortcut from port %d: %+v", in, k.live)
	return 0, link.Shortcut{}
}

func offloadRig(t *testing.T, p *Policy, tap Tap) (*rig, *kernel) {
	k := &kernel{live: map[uint32]link.Shortcut{}, count: map[uint32]link.Passed{}}
	e := New(Options{Policy: p, Now: epoch, Rand: rand.New(rand.NewPCG(1, 2)), Offload: k, Tap: tap})
	return &rig{t: t, now: epoch, e: e}, k
}

// chat lets enough pass for a shortcut of each side.
func (k *talk) chat() {
	k.r.t.Helper()
	for range offloadAfter {
		k.c(fACK, "to")
		k.s(fACK, "fro")
	}
	k.r.wait(0)
}

// take is what a shortcut makes of a packet.
func take(s link.Shortcut, ip []byte) []byte {
	p := packet.Packet{IP: bytes.Clone(ip)}
	rewrite(p, tuple{src: s.ToSrc, dst: s.ToDst, srcPort: s.ToSrcPort, dstPort: s.ToDstPort, proto: s.Proto})
	if s.Proto == packet.ProtoTCP {
		p.SetSeq(p.TCP().Seq() + s.SeqShift)
		p.SetAck(p.TCP().Ack() - s.AckShift)
	}
	return p.IP
}

// What a shortcut makes of a packet is what the engine makes of it, on both ways.
func TestShortcutIsTheWay(t *testing.T) {
	randomised := func(p *Policy) *Policy { p.Rules.Randomise = true; return p }
	for name, c := range map[string]struct {
		policy *Policy
		talk   func(*rig) *talk
	}{
		"static": {randomised(openInbound()), inboundTalk},
		"PAT":    {randomised(patPolicy()), outboundTalk},
		"plain":  {patPolicy(), outboundTalk},
	} {
		t.Run(name, func(t *testing.T) {
			r, kern := offloadRig(t, c.policy, nil)
			k := c.talk(r)
			k.open()
			if r.wait(0); len(kern.live) > 0 {
				t.Error("a shortcut for three packets")
			}
			k.chat()
			for _, way := range []struct {
				in, out Port
				ip      []byte
			}{
				{k.cPort, k.sPort, tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, "abc")},
				{k.sPort, k.cPort, tcpSeg(k.server, k.from, fACK, k.sSeq, k.sSaw, "def")},
			} {
				_, s := kern.of(t, way.in, r)
				src, dst := packet.IPv4(way.ip).Src(), packet.IPv4(way.ip).Dst()
				h := packet.TCP(packet.IPv4(way.ip).Payload())
				if s.Src != src || s.Dst != dst || s.SrcPort != h.SrcPort() || s.DstPort != h.DstPort() || s.Proto != packet.ProtoTCP {
					t.Errorf("%+v", s)
				}
				want := take(s, way.ip)
				got := r.send(way.in, bytes.Clone(way.ip))
				if len(got) != 1 || !bytes.Equal(got[0].IP, want) || got[0].port != way.out || got[0].eth.Src() != s.FromMAC || got[0].eth.Dst() != s.ToMAC {
					t.Errorf("the engine sends %s, the shortcut\n%x", lines(got), want)
				}
			}
		})
	}
}

// Datagrams of one side alone have a shortcut: nobody knows yet where answers would go.
func TestShortcutOfDatagrams(t *testing.T) {
	r, kern := offloadRig(t, patPolicy(), nil)
	for range offloadAfter {
		r.send(inPort, udp("10.1.1.3:1500", "192.150.50.1:9", "x"))
	}
	r.wait(0)
	if len(kern.live) != 1 {
		t.Fatalf("%d shortcuts", len(kern.live))
	}
	_, s := kern.of(t, inPort, r)
	ip := udp("10.1.1.3:1500", "192.150.50.1:9", "y")
	want := take(s, ip)
	if got := r.send(inPort, ip); len(got) != 1 || !bytes.Equal(got[0].IP, want) {
		t.Errorf("%s", lines(got))
	}
	for range offloadAfter {
		r.send(outside, udp("192.150.50.1:9", "204.31.17.40:1024", "z"))
	}
	r.wait(0)
	if len(kern.live) != 2 {
		t.Errorf("%d shortcuts when both have spoken", len(kern.live))
	}
}

// What passed beside the engine shows in the connection, at the interfaces and in the last message, and keeps it alive.
func TestShortcutCounts(t *testing.T) {
	r, kern := offloadRig(t, openInbound(), nil)
	k := inboundTalk(r)
	r.wait(1500 * time.Millisecond)
	k.open()
	for range offloadAfter {
		k.c(fACK, "to")
	}
	k.s(fACK, "")
	r.wait(0)
	k.state("UIB")
	was := r.conns()[0]
	from, _, _, _, _ := r.counted()
	id, s := kern.of(t, k.sPort, r)
	pass := func(idle time.Duration) {
		kern.count[id] = link.Passed{Packets: 3, Bytes: 1000, Data: 900, Idle: idle, Acked: s.Acked, Edge: s.Edge}
	}
	r.wait(30 * time.Minute)
	pass(2 * time.Second)
	if c := r.conns()[0]; c.Bytes != was.Bytes+900 || c.Idle != 2*time.Second {
		t.Errorf("%+v", c)
	}
	k.state("UIOB")
	to, _, _, _, _ := r.counted()
	if to.OutPackets != from.OutPackets+3 || to.OutBytes != from.OutBytes+1000 {
		t.Errorf("%+v, before %+v", to, from)
	}
	r.e.Do(func(st *State) {
		if in := st.Interface(inPort); in.InPackets < 3 || in.InBytes < 1000 {
			t.Errorf("%+v", in)
		}
	})
	r.wait(59 * time.Minute)
	if len(r.conns()) != 1 {
		t.Fatal("it ended")
	}
	r.wait(57500 * time.Millisecond)
	pass(0)
	r.wait(900 * time.Millisecond) // its timer was due in between
	if len(r.conns()) != 1 || len(kern.live) != 2 {
		t.Fatal("it ended, or its shortcut")
	}
	r.events()
	r.wait(61 * time.Minute)
	if ev := r.event(EventTornConn); ev.Reason != ReasonIdle || ev.Bytes != was.Bytes+1800 || len(kern.live) > 0 {
		t.Errorf("%+v, %d shortcuts", ev, len(kern.live))
	}
}

// The rates of an interface see what passed in each of their ticks, while the engine has nothing else to do.
func TestShortcutRates(t *testing.T) {
	r, kern := offloadRig(t, openInbound(), nil)
	k := inboundTalk(r)
	k.open()
	k.chat()
	id, s := kern.of(t, k.cPort, r)
	for range 24 { // two minutes
		kern.count[id] = link.Passed{Packets: 50, Bytes: 5000, Acked: s.Acked, Edge: s.Edge}
		at := r.e.Next()
		if at.IsZero() || at.Sub(r.now) > 5*time.Second {
			t.Fatalf("the engine wants to be called at %v", at)
		}
		r.wait(5 * time.Second)
	}
	if _, _, _, minute, _ := r.counted(); minute.InPackets != 10 || minute.InBytes != 1000 {
		t.Errorf("%+v", minute)
	}
}

// Whatever a shortcut was made by, it ends when that changes.
func TestShortcutEnds(t *testing.T) {
	later := openInbound()
	for name, c := range map[string]struct {
		do    func(r *rig, k *talk, kern *kernel)
		again bool // the connection is there and gets others
	}{
		"FIN": {func(r *rig, k *talk, _ *kernel) { k.s(fFIN|fACK, "") }, false},
		"RST": {func(r *rig, k *talk, _ *kernel) { k.c(fRST, "") }, false},
		"policy": {func(r *rig, k *talk, kern *kernel) {
			if r.e.Swap(later); kern.want == kern.have {
				r.t.Error("the old policy still holds")
			}
			if r.wait(0); kern.want != kern.have {
				r.t.Error("the new policy does not hold")
			}
		}, true},
		"capture": {func(r *rig, k *talk, _ *kernel) {
			r.e.Do(func(s *State) { s.StartCapture(Capture{Name: "c", Ports: []Port{outside}}) })
		}, false},
		"clear conn":  {func(r *rig, k *talk, _ *kernel) { ClearConns(r.e.Do, nil) }, false},
		"clear xlate": {func(r *rig, k *talk, _ *kernel) { ClearXlates(r.e.Do, nil) }, false},
		"clear arp":   {func(r *rig, k *talk, _ *kernel) { r.e.Do(func(s *State) { s.ClearARP() }) }, true},
		"arp": {func(r *rig, k *talk, _ *kernel) {
			mac := [6]byte{2, 9, 9, 9, 9, 9}
			r.reply(inPort, "10.1.1.2", mac)
		}, true},
		"shun":  {func(r *rig, k *talk, _ *kernel) { r.e.Do(func(s *State) { s.Shun(Shun{Src: mustAddr("10.1.1.77")}) }) }, true},
		"reset": {func(r *rig, k *talk, _ *kernel) { r.e.Do(func(s *State) { s.Reset() }) }, false},
		"stale": {func(r *rig, k *talk, kern *kernel) { kern.stale = true; r.wait(0) }, true},
		"idle":  {func(r *rig, k *talk, _ *kernel) { r.wait(61 * time.Minute) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, kern := offloadRig(t, openInbound(), nil)
			k := inboundTalk(r)
			k.open()
			k.chat()
			if len(kern.live) != 2 {
				t.Fatalf("%d shortcuts", len(kern.live))
			}
			id, s := kern.of(t, k.sPort, r)
			kern.count[id] = link.Passed{Packets: 1, Data: 7, Bytes: 61, Idle: time.Hour, Acked: s.Acked, Edge: s.Edge}
			r.events()
			c.do(r, k, kern)
			if len(kern.live) > 0 {
				t.Errorf("%d shortcuts are left", len(kern.live))
			}
			for _, ev := range r.log {
				if want := uint64(offloadAfter*5 + 7); ev.Kind == EventTornConn && ev.Bytes != want {
					t.Errorf("%d octets, want %d", ev.Bytes, want)
				}
			}
			if all := r.conns(); c.again && len(all) != 1 {
				t.Fatalf("%d connections", len(all))
			} else if len(all) == 0 {
				return
			}
			if name == "FIN" {
				for range 2 * offloadAfter {
					k.c(fACK, "more")
				}
				r.wait(0)
			} else {
				k.chat()
			}
			if got := len(kern.live) == 2; got != c.again {
				t.Errorf("%d shortcuts afterwards", len(kern.live))
			}
		})
	}
}

// A reset counts when it is for what was acknowledged beside the engine, and a packet that came to the engine after all moves
// what is acknowledged there on.
func TestShortcutWindow(t *testing.T) {
	r, kern := offloadRig(t, openInbound(), nil)
	k := inboundTalk(r)
	k.open()
	k.chat()
	id, s := kern.of(t, k.sPort, r) // the server acknowledges what the client sent beside
	kern.count[id] = link.Passed{Packets: 1, Bytes: 54, Acked: s.Acked + 10, Edge: s.Edge + 1<<20}
	k.cSeq += 1 << 20
	k.sSaw += 1 << 20
	k.s(fACK, "with options")
	if got := kern.count[id]; got.Acked != k.cSeq {
		t.Errorf("told %d, want %d", got.Acked, k.cSeq)
	}
	r.send(k.cPort, tcpSeg(k.client, k.to, fRST, k.cSeq-1<<20, 0, ""))
	if len(r.conns()) != 1 {
		t.Fatal("an old reset ended it")
	}
	k.c(fRST, "")
	if len(r.conns()) != 0 {
		t.Error("the reset did nothing")
	}
}

// Connections whose packets the engine has to see have none.
func TestNoShortcut(t *testing.T) {
	with := func(f func(*Policy)) *Policy {
		p := openInbound()
		f(p)
		return p
	}
	class := func(s ConnSettings) *Policy {
		return with(func(p *Policy) { p.Classes = []ConnClass{{ID: 5, Lo: 1, Hi: 65535, ConnSettings: s}} })
	}
	for name, c := range map[string]struct {
		policy *Policy
		talk   func(*talk)
		tap    Tap
		state  func(*State)
		some   bool
	}{
		"plain":     {policy: openInbound(), some: true},
		"class":     {policy: class(ConnSettings{}), some: true},
		"tcp-map":   {policy: class(ConnSettings{Map: &TCPMap{}})},
		"ttl":       {policy: class(ConnSettings{DecrementTTL: true})},
		"inspected": {policy: with(func(p *Policy) { p.Inspect = []Inspect{{ID: 6, Lo: 25, Hi: 25}} })},
		"URLs":      {policy: with(func(p *Policy) { p.HTTP = []PortRange{{25, 25}} })},
		"capture":   {policy: openInbound(), state: func(s *State) { s.StartCapture(Capture{Name: "c", Ports: []Port{dmz}}) }},
		"drops": {policy: openInbound(), some: true, state: func(s *State) {
			s.StartCapture(Capture{Name: "c", Dropped: func(Drop) bool { return true }})
		}},
		"tap": {policy: openInbound(), tap: everything{}},
	} {
		t.Run(name, func(t *testing.T) {
			r, kern := offloadRig(t, c.policy, c.tap)
			if c.state != nil {
				r.e.Do(c.state)
			}
			k := inboundTalk(r)
			k.open()
			k.chat()
			if len(r.conns()) != 1 {
				t.Fatalf("%d connections", len(r.conns()))
			}
			if got := len(kern.live) > 0; got != c.some {
				t.Errorf("shortcuts: %v", slices.Collect(maps.Values(kern.live)))
			}
		})
	}
	t.Run("embryonic", func(t *testing.T) {
		r, kern := offloadRig(t, openInbound(), nil)
		for range 3 * offloadAfter {
			r.send(outside, syn(client, "204.31.17.2:25"))
		}
		if r.wait(0); len(kern.live) > 0 {
			t.Error("a shortcut of half a connection")
		}
	})
	t.Run("names", func(t *testing.T) {
		r, kern := offloadRig(t, patPolicy(), nil)
		for range 3 * offloadAfter {
			r.send(inPort, udp("10.1.1.3:1500", "192.150.50.1:53", "x"))
		}
		if r.wait(0); len(kern.live) > 0 {
			t.Error("a shortcut around the replies of a name server")
		}
	})
	t.Run("VLAN", func(t *testing.T) {
		r, kern := offloadRig(t, trunkPolicy(), nil)
		const server, global = "172.16.0.2:25", "192.150.49.20:25"
		r.onWire(outside, -1, r.frame(outside, syn(client, global)))
		r.onWire(inPort, 10, r.frame(dmz, tcpSeg(server, client, fSYN|fACK, 5000, 1001, "")))
		for range 2 * offloadAfter {
			r.onWire(outside, -1, r.frame(outside, tcpSeg(client, global, fACK, 1001, 5001, "")))
			r.onWire(inPort, 10, r.frame(dmz, tcpSeg(server, client, fACK, 5001, 1001, "")))
		}
		if r.wait(0); len(r.conns()) != 1 || r.conns()[0].State&ConnUp == 0 || len(kern.live) > 0 {
			t.Errorf("%+v, %d shortcuts", r.conns(), len(kern.live))
		}
	})
	t.Run("full", func(t *testing.T) {
		r, kern := offloadRig(t, openInbound(), nil)
		kern.full = true
		k := inboundTalk(r)
		k.open()
		k.chat()
		k.chat()
		kern.full = false
		k.chat()
		if len(kern.live) != 2 {
			t.Errorf("%d shortcuts when there is room again", len(kern.live))
		}
	})
}

// everything is a tap that wants all.
type everything struct{}

func (everything) Opened(TapConn) bool              { return true }
func (everything) Packet(uint32, TapPacket)         {}
func (everything) Edited(uint32, TapEdit)           {}
func (everything) Closed(uint32, time.Time, Reason) {}
