package dataplane

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// sound verifies what must hold between the tables at any time.
func sound(t testing.TB, e *Engine) {
	t.Helper()
	conns, timers := 0, 0
	perXlate, embryonic := map[uint32]int{}, map[uint32]int{}
	perClass, halfOpen := map[*ClassCounters]int{}, map[*ClassCounters]int{}
	refs, own, tcps, udps := map[uint32]int{}, map[uint32]int{}, map[uint32]int{}, map[uint32]int{}
	e.flows.each(func(i uint32, f *flow) bool {
		timers++
		if e.aside(f).timer != 0 {
			timers++
		}
		if !f.box {
			conns++
		}
		if class := e.settings.at(f.settings).class; class != nil {
			perClass[class.ClassCounters]++
			if f.tcp.embryonic() {
				halfOpen[class.ClassCounters]++
			}
		}
		for side, w := range f.ways {
			if e.way(w) != 2*i+uint32(side) {
				t.Fatalf("flow %d is not found by its way %d", i, side)
			}
			if x := f.xlates[side]; x != 0 {
				perXlate[x]++
				if f.tcp.embryonic() {
					embryonic[x]++
				}
			}
			if h := f.hosts[side]; h != 0 {
				refs[h]++
				if f.box {
					own[h]++
				} else if w.proto == packet.ProtoTCP {
					tcps[h]++
				} else {
					udps[h]++
				}
			}
		}
		return true
	})
	if conns != e.nConns || e.ways.used != 2*e.flows.used || e.nConns > e.flows.max-boxFlows {
		t.Fatalf("%d connections, counted %d, %d ways", conns, e.nConns, e.ways.used)
	}
	for id, c := range e.classes {
		if c.Conns != perClass[c] || c.Embryonic != halfOpen[c] {
			t.Fatalf("class %d counts %+v, has %d connections, %d half-open", id, *c, perClass[c], halfOpen[c])
		}
	}
	taken := map[*poolState]int{}
	e.xlates.each(func(i uint32, x *xlate) bool {
		if x.timer != 0 {
			timers++
		}
		refs[x.host]++
		if int(x.conns) != perXlate[i] || int(x.embryonic) != embryonic[i] {
			t.Fatalf("xlate %d has %d connections (%d embryonic), want %d (%d)", i, x.conns, x.embryonic, perXlate[i], embryonic[i])
		}
		if o := e.origin(x); !o.static && !o.identity {
			taken[o.pool]++
			if e.placed(e.mappedPlace(x)) != 2*i+1 {
				t.Fatalf("xlate %d: its mapped place belongs to another", i)
			}
			if n := pick(o.pat, uint32(x.mapped.id), x.mapped.addr-o.pool.first); !o.extended && !o.pool.spent.has(n) {
				t.Fatalf("xlate %d: %d is not spent", i, n)
			}
		}
		return true
	})
	if e.places.used != 2*e.xlates.used {
		t.Fatalf("%d places of %d xlates", e.places.used, e.xlates.used)
	}
	for k, s := range e.pools {
		if s.taken != taken[s] {
			t.Fatalf("pool %v: %d taken, counted %d", k, taken[s], s.taken)
		}
	}
	e.hosts.each(func(i uint32, h *host) bool {
		if int(h.refs) != refs[i] || int(h.own) != own[i] || int(h.tcp) != tcps[i] || int(h.udp) != udps[i] || e.hostAt(h.key) != i {
			t.Fatalf("host %d: %+v, want %d references, %d TCP, %d UDP", i, *h, refs[i], tcps[i], udps[i])
		}
		return true
	})
	waiting := 0
	e.neighbours.each(func(_ uint32, n *neighbour) bool { timers++; waiting += len(n.waiting); return true })
	e.assemblies.each(func(uint32, *assembly) bool { timers++; return true })
	if waiting != e.waiting || e.waiting > waitersTotal {
		t.Fatalf("%d frames wait, counted %d", waiting, e.waiting)
	}
	if e.adriftTimer != 0 {
		timers++
	}
	if n := e.wheel.used(); n != timers {
		t.Fatalf("%d timers in use, want %d", n, timers)
	}
	held, origins := map[uint32]int{}, map[uint32]int{}
	e.flows.each(func(_ uint32, f *flow) bool { held[f.settings]++; return true })
	e.xlates.each(func(_ uint32, x *xlate) bool { origins[x.origin]++; return true })
	e.settings.sound(t, held)
	e.origins.sound(t, origins)
}

// sound tells whether exactly what is held is there.
func (s *shared[T]) sound(t testing.TB, held map[uint32]int) {
	t.Helper()
	n := 0
	s.all.each(func(i uint32, r *reference[T]) bool {
		n++
		if r.n != held[i] || s.number[r.value] != i {
			t.Fatalf("%+v is held %d times, counted %d", r.value, held[i], r.n)
		}
		return true
	})
	if n != len(held) || n != len(s.number) {
		t.Fatalf("%d values, %d held, %d numbers", n, len(held), len(s.number))
	}
}

// randomPolicy is a small world in which translations meet often.
func randomPolicy(r *rand.Rand) *Policy {
	p := basePolicy()
	p.Rules.Control = r.IntN(2) == 0
	p.Rules.Randomise = r.IntN(2) == 0
	p.Rules.SameInter = r.IntN(2) == 0
	p.Rules.ForeignHosts = r.IntN(2) == 0
	p.Rules.ICMPInspect = r.IntN(2) == 0
	p.Rules.MaxConns = 30 + r.IntN(100)
	ports := []Port{outside, inPort, dmz}
	nets := [][]string{{"192.150.49.%d/32"}, {"10.1.1.%d/32", "10.9.0.%d/32"}, {"172.16.0.%d/32"}}
	host := func(port Port) string {
		n := nets[port]
		return fmt.Sprintf(n[r.IntN(len(n))], 2+r.IntN(4))
	}
	for range r.IntN(4) {
		from, to := ports[r.IntN(3)], ports[r.IntN(3)]
		if from == to {
			continue
		}
		s := Static{ID: acl.ID(r.IntN(1000)), RealIf: from, MappedIf: to, Real: pfx(host(from)),
			Mapped: pfx(fmt.Sprintf("204.31.17.%d/32", 2+r.IntN(6))), Limits: ConnLimits{MaxEmbryonic: r.IntN(3) * 10}}
		if r.IntN(3) == 0 {
			s.Real, s.Mapped = pfx("10.1.1.0/24"), pfx("204.31.18.0/24")
			s.RealIf, s.MappedIf = inPort, outside
		}
		if r.IntN(3) == 0 && s.Real.Bits() == 32 {
			s.Proto, s.RealPort, s.MappedPort = packet.ProtoTCP, uint16(1+r.IntN(4)), uint16(1+r.IntN(4))
		}
		p.Statics = append(p.Statics, s)
	}
	for i := range r.IntN(4) {
		n := NAT{ID: acl.ID(2000 + i), Port: ports[1+r.IntN(2)], Number: r.IntN(3), Real: pfx("0.0.0.0/0"), Outside: r.IntN(4) == 0}
		if r.IntN(2) == 0 {
			n.Real = pfx(host(n.Port))
		}
		if r.IntN(4) == 0 {
			n.Number, n.Match = 1+r.IntN(2), list(rule(true, 0, "any", host(ports[r.IntN(3)]), 0))
		}
		p.NAT = append(p.NAT, n)
	}
	for i := range r.IntN(4) {
		base := mustAddr(fmt.Sprintf("204.31.17.%d", 20+10*i))
		last := base
		pat := r.IntN(2) == 0
		if !pat {
			last = base.Next().Next()
		}
		p.Pools = append(p.Pools, Pool{Port: ports[r.IntN(2)*2], Number: 1 + r.IntN(2), First: base, Last: last, PAT: pat})
	}
	if r.IntN(3) == 0 {
		p.Exempt = []Exempt{{Port: inPort, List: list(rule(true, 0, "10.1.1.0/30", "any", 0))}}
	}
	if r.IntN(2) == 0 {
		p.Conduits = list(rule(true, 0, "any", "any", 0))
	}
	return p
}

// randomPacket is one of few addresses and ports.
func randomPacket(r *rand.Rand) (Port, []byte) {
	own := [][]string{{"192.150.49.%d"}, {"10.1.1.%d", "10.9.0.%d"}, {"172.16.0.%d"}}
	all := []string{"192.150.49.%d", "10.1.1.%d", "10.9.0.%d", "172.16.0.%d", "204.31.17.%d", "204.31.18.%d"}
	in := Port(r.IntN(3))
	from := fmt.Sprintf(own[in][r.IntN(len(own[in]))], 2+r.IntN(4))
	to := fmt.Sprintf(all[r.IntN(len(all))], 1+r.IntN(5))
	switch r.IntN(4) {
	case 0:
		return in, icmp(from, to, []uint8{0, 8}[r.IntN(2)], uint16(r.IntN(4)))
	case 1:
		return in, udp(fmt.Sprintf("%s:%d", from, 1+r.IntN(4)), fmt.Sprintf("%s:%d", to, 1+r.IntN(4)), "x")
	}
	flags := []uint8{fSYN, fSYN, fSYN, fSYN | fACK, fACK, fRST, fFIN | fACK}[r.IntN(7)]
	return in, tcpSeg(fmt.Sprintf("%s:%d", from, 1+r.IntN(4)), fmt.Sprintf("%s:%d", to, 1+r.IntN(4)), flags, uint32(r.IntN(3)), 1, "")
}

// However packets and policies come, the tables agree, and the answer to a packet that passed goes back to its sender,
// from the address that was spoken to: translation and its reverse are inverse.
func TestTranslationIsInvertible(t *testing.T) {
	passed := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 99))
		rig := newRig(t, randomPolicy(r))
		for step := range 150 {
			switch r.IntN(20) {
			case 0:
				rig.wait(time.Duration(r.IntN(200)) * time.Second)
			case 1:
				if r.IntN(4) == 0 {
					rig.e.Swap(randomPolicy(r))
				}
			case 2:
				if r.IntN(4) == 0 {
					rig.e.Do(func(s *State) { ClearXlates(s.e.inline, func(Xlate) bool { return r.IntN(2) == 0 }) })
				}
			}
			in, ip := randomPacket(r)
			got := rig.send(in, append([]byte(nil), ip...))
			sound(t, rig.e)
			if t.Failed() {
				t.Fatalf("seed %d step %d", seed, step)
			}
			if len(got) != 1 || got[0].port == Self {
				continue
			}
			sentTuple, leftTuple := parse(ip, in), parse(got[0].IP, got[0].port)
			if sentTuple.proto == packet.ProtoICMP || rig.e.way(sentTuple) == 0 {
				continue
			}
			passed++
			back := turned(got[0].IP)
			answer := rig.send(got[0].port, back)
			if len(answer) != 1 || answer[0].port != in {
				t.Fatalf("seed %d step %d: %s passed as %s, but its answer not: %s %v", seed, step, sent{port: in, Packet: packet.Packet{IP: ip}}, got[0], lines(answer), rig.drops())
			}
			a := parse(answer[0].IP, in)
			if a.src != sentTuple.dst || a.dst != sentTuple.src || a.srcPort != sentTuple.dstPort || a.dstPort != sentTuple.srcPort {
				t.Fatalf("seed %d step %d: %v left as %v and came back as %v", seed, step, sentTuple, leftTuple, a)
			}
		}
	}
	if passed < 500 {
		t.Errorf("only %d packets passed: the test tests little", passed)
	}
}

func parse(ip []byte, in Port) tuple {
	var d packet.Parsed
	d.DecodeIP(ip)
	return tupleOf(&d, in)
}

// turned is a packet back to the sender of ip.
func turned(ip packet.IPv4) []byte {
	p := packet.Packet{IP: append(packet.IPv4(nil), ip...)}
	src, dst := ip.Src(), ip.Dst()
	p.SetSrc(dst)
	p.SetDst(src)
	sp, dp := p.UDP().SrcPort(), p.UDP().DstPort()
	p.SetSrcPort(dp)
	p.SetDstPort(sp)
	if ip.Proto() == packet.ProtoTCP {
		p.SetFlags(fACK)
	}
	return p.IP
}

// expected is the slow oracle of the source's translation for a first packet in empty tables: written from the manual,
// rule by rule, without any of the engine's own helpers.
func expected(p *Policy, in, out Port, src, dst uint32, proto uint8, srcPort uint16) (addr uint32, pat, pass bool) {
	in32 := func(pr interface{ String() string }, a uint32) bool { return pfx(pr.String()).Contains(packet.Addr(a)) }
	down := p.Interfaces[in].Level > p.Interfaces[out].Level
	for _, x := range p.Exempt {
		if r, ok := x.List.Match(acl.Key{Proto: proto, Src: src, Dst: dst}); x.Port == in && ok && r.Permit {
			return src, false, true
		}
	}
	for _, s := range p.Statics {
		if s.RealIf == in && s.MappedIf == out && in32(s.Real, src) && (s.Proto == 0 || s.Proto == proto && s.RealPort == srcPort) {
			host := src - packet.U32(s.Real.Masked().Addr())
			return packet.U32(s.Mapped.Masked().Addr()) + host, s.Proto != 0, true
		}
	}
	var best *NAT
	for i, n := range p.NAT {
		if n.Port != in || !down && !n.Outside {
			continue
		}
		if n.Match != nil {
			if r, ok := n.Match.Match(acl.Key{Proto: proto, Src: src, Dst: dst}); ok && r.Permit {
				best = &p.NAT[i]
				break
			}
		}
	}
	if best == nil {
		for i, n := range p.NAT {
			if n.Port == in && (down || n.Outside) && n.Match == nil && in32(n.Real, src) && (best == nil || n.Real.Bits() > best.Real.Bits()) {
				best = &p.NAT[i]
			}
		}
	}
	if best == nil {
		return src, false, !(down && p.Rules.Control)
	}
	if best.Number == 0 {
		return src, false, true
	}
	for _, pat := range []bool{false, true} {
		for _, g := range p.Pools {
			if g.Port != out || g.Number != best.Number || g.PAT != pat {
				continue
			}
			for a := g.First; a.Compare(g.Last) <= 0; a = a.Next() {
				taken := false
				for _, s := range p.Statics {
					taken = taken || !pat && s.MappedIf == out && s.Mapped.Contains(a)
				}
				if !taken {
					return packet.U32(a), pat, true
				}
			}
		}
	}
	return 0, false, false
}

// The first packet of a box, from a higher to a lower level, looks as the oracle says.
func TestNATAgainstOracle(t *testing.T) {
	passed, refused := 0, 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 5))
		p := randomPolicy(r)
		in, ip := randomPacket(r)
		k := parse(ip, in)
		out := dmz
		if k.dst>>24 == 192 {
			out = outside
		} else if k.dst>>24 != 172 {
			continue
		}
		mappedDst := false
		for _, s := range p.Statics {
			mappedDst = mappedDst || s.MappedIf == in && s.Mapped.Contains(packet.Addr(k.dst))
		}
		_, own := newRules(p).owner(k.dst)
		syn := len(ip) == 40 && packet.Packet{IP: ip}.TCP().Flags() == fSYN
		if own || mappedDst || p.Interfaces[in].Level <= p.Interfaces[out].Level || k.src == k.dst ||
			k.proto == packet.ProtoTCP && !syn || k.proto == packet.ProtoICMP && ip[20] == 0 {
			continue
		}
		want, pat, pass := expected(p, in, out, k.src, k.dst, k.proto, k.srcPort)
		got := newRig(t, p).send(in, append([]byte(nil), ip...))
		if pass != (len(got) == 1) {
			t.Fatalf("seed %d: %s: passes %v, want %v; left: %s", seed, sent{port: in, Packet: packet.Packet{IP: ip}}, len(got) == 1, pass, lines(got))
		}
		if !pass {
			refused++
			continue
		}
		passed++
		left := parse(got[0].IP, out)
		if left.src != want || left.dst != k.dst || got[0].port != out || !pat && left.srcPort != k.srcPort {
			t.Fatalf("seed %d: left as %s, want from %v", seed, got[0], packet.Addr(want))
		}
	}
	if passed < 100 || refused < 20 {
		t.Errorf("%d passed, %d refused: the test tests little", passed, refused)
	}
}

// FuzzStep throws frames at a busy box: no panic, tables that agree, nothing unbounded.
func FuzzStep(f *testing.F) {
	seedFrame := func(in Port, ip []byte) []byte {
		b := packet.AppendEthernet([]byte{byte(in)}, [6]byte{0, 0xa0, 0xc9, 0, 0, byte(in) + 1}, [6]byte{2}, packet.TypeIPv4)
		return append(b, ip...)
	}
	f.Add(seedFrame(outside, syn(client, "204.31.17.2:25")), uint16(3))
	f.Add(seedFrame(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x")), uint16(300))
	f.Add(seedFrame(inPort, pieces(bigUDP(3000), 1000)[1]), uint16(0))
	f.Add(seedFrame(outside, icmpError("192.150.49.254", 3, 1, udp("204.31.17.40:1024", "192.150.49.10:53", "x"))), uint16(0))
	f.Add(seedFrame(inPort, icmp("10.1.1.2", "192.150.49.10", 8, 1)), uint16(9))
	f.Add(append([]byte{0}, packet.AppendARP(packet.AppendEthernet(nil, broadcastMAC, [6]byte{2}, packet.TypeARP), 1, [6]byte{2}, addr("192.150.49.3"), [6]byte{}, addr("192.150.49.1"))...), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, wait uint16) {
		if len(data) < 1 {
			return
		}
		p := guarded()
		p.NAT, p.Pools = patPolicy().NAT, patPolicy().Pools
		p.ToBox = boxPolicy().ToBox
		p.Conduits = list(rule(true, 0, "any", "any", 0))
		r := newRig(t, p)
		r.e.Do(func(s *State) {
			s.StartCapture(Capture{Name: "headers", Ports: []Port{outside, inPort, dmz}, Headers: true, Circular: true, Buffer: 2000})
			s.StartCapture(Capture{Name: "ways", Ports: []Port{outside, inPort, dmz}, Traces: 1000})
			s.StartCapture(Capture{Name: "drops", Dropped: func(Drop) bool { return true }})
		})
		k := inboundTalk(r)
		k.greeted()
		r.send(inPort, udp("10.1.1.2:9", "192.150.49.10:53", "x"))
		in := [4]Port{outside, inPort, dmz, Self}[data[0]&3]
		for range 3 {
			b := append(make([]byte, headroom), data[1:]...)
			if ip := b[min(len(b), headroom+14):]; len(ip) >= 20 && ip[0]>>4 == 4 && packet.IPv4(ip).HeaderLen() >= 20 && packet.IPv4(ip).HeaderLen() <= len(ip) {
				packet.IPv4(ip).FillChecksum() // or nothing gets any further
			}
			r.out.Reset()
			r.e.Step(r.now, in, []link.Frame{{Buf: b, Off: headroom, Len: len(b) - headroom}}, &r.out)
			sound(t, r.e)
			r.now = r.now.Add(time.Duration(wait) * time.Second)
			r.out.Reset()
			r.e.Tick(r.now, &r.out)
			sound(t, r.e)
			r.e.Events(nil)
		}
	})
}
