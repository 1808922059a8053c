package dataplane

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

func outLine(list int, action OutboundAction, net string, lo, hi uint16, proto uint8, dest bool) Outbound {
	p := pfx(net)
	return Outbound{Port: inPort, Dest: dest, List: list, Action: action, Net: acl.Net{Addr: packet.U32(p.Masked().Addr()), Mask: maskOf(p.Bits())}, Lo: lo, Hi: hi, Proto: proto}
}

// The example of every manual: nobody may go out but one host, and to one server everybody may.
func TestOutboundList(t *testing.T) {
	p := patPolicy()
	p.Outbound = []Outbound{
		outLine(12, OutboundDeny, "0.0.0.0/0", 0, 0, 0, false),
		outLine(12, OutboundPermit, "10.1.1.9/32", 80, 80, packet.ProtoTCP, false),
		outLine(12, OutboundExcept, "192.150.49.20/32", 0, 0, 0, false),
	}
	r := newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", web)))
	if ev := r.event(EventDenyOutbound); ev.Count != 12 || ev.Src.Real.String() != "10.1.1.2:9" || ev.Dst.Mapped.String() != web {
		t.Errorf("%+v", ev)
	}
	r.expect(r.send(inPort, syn("10.1.1.9:9", web)), "outside tcp 204.31.17.40:1024 > 192.150.49.10:80 S")
	r.expect(r.send(inPort, syn("10.1.1.9:9", "192.150.49.10:81")))
	r.expect(r.send(inPort, syn("10.1.1.2:9", "192.150.49.20:25")), "outside tcp 204.31.17.40:1025 > 192.150.49.20:25 S")
	r.expect(r.send(inPort, icmp("10.1.1.2", "192.150.49.10", 8, 1)))
	if r.dropped(DropOutbound) != 3 {
		t.Errorf("%v", r.drops())
	}
	// A bound access-list decides alone.
	q := *p
	q.Interfaces = append([]Interface(nil), p.Interfaces...)
	q.Interfaces[inPort].In = list(rule(true, 0, "any", "any", 0))
	r.e.Swap(&q)
	r.expect(r.send(inPort, syn("10.1.1.2:10", web)), "outside tcp 204.31.17.40:1026 > 192.150.49.10:80 S")
}

// slowOutbound is what the command reference says, without any of the engine's helpers: of all lines of one side that fit,
// the one with the longest mask counts, of these the one with the fewest ports, of these a permit; an except line of its
// list turns it round for peers. A side without a line that fits permits; both sides must.
func slowOutbound(rules []Outbound, k tuple) bool {
	type key struct{ mask, ports, permit int }
	better := func(a, b key) bool {
		if a.mask != b.mask {
			return a.mask > b.mask
		}
		if a.ports != b.ports {
			return a.ports < b.ports
		}
		return a.permit > b.permit
	}
	fits := func(o Outbound, addr uint32) bool {
		if addr&o.Net.Mask != o.Net.Addr || o.Proto != 0 && o.Proto != k.proto {
			return false
		}
		if o.Hi == 0 {
			return true
		}
		return (k.proto == 6 || k.proto == 17) && k.dstPort >= o.Lo && k.dstPort <= o.Hi
	}
	for _, dest := range []bool{false, true} {
		addr, peer := k.src, k.dst
		if dest {
			addr, peer = k.dst, k.src
		}
		var best key
		lists := map[int]bool{} // of the lines that are as good as the best
		found := false
		for _, o := range rules {
			if o.Dest != dest || o.Action == OutboundExcept || !fits(o, addr) {
				continue
			}
			at := key{bits.OnesCount32(o.Net.Mask), int(o.Hi) - int(o.Lo), 0}
			if o.Hi == 0 {
				at.ports = 1 << 20
			}
			if o.Action == OutboundPermit {
				at.permit = 1
			}
			if !found || better(at, best) {
				best, found, lists = at, true, map[int]bool{o.List: true}
			}
		}
		if !found {
			continue
		}
		permit := best.permit == 1
		for _, o := range rules {
			if o.Dest == dest && o.Action == OutboundExcept && lists[o.List] && fits(o, peer) {
				permit = best.permit == 0
			}
		}
		if !permit {
			return false
		}
	}
	return true
}

func TestOutboundAgainstOracle(t *testing.T) {
	permitted, denied, excepted := 0, 0, 0
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 17))
		p := basePolicy()
		p.NAT = []NAT{{Port: inPort, Number: 0, Real: pfx("0.0.0.0/0")}}
		plain := []Outbound{}
		for range 1 + r.IntN(7) {
			net := []string{"0.0.0.0/0", "10.1.1.0/24", "10.1.1.2/31", "10.1.1.2/32", "192.150.49.0/24", "192.150.49.10/32"}[r.IntN(6)]
			o := outLine(1+r.IntN(2), OutboundAction(r.IntN(3)), net, 0, 0, []uint8{0, 6, 17, 1}[r.IntN(4)], r.IntN(2) == 0)
			switch r.IntN(3) {
			case 0:
				o.Lo, o.Hi = 80, 80
			case 1:
				o.Lo, o.Hi = 20, 90
			}
			p.Outbound = append(p.Outbound, o)
			if o.Action != OutboundExcept {
				plain = append(plain, o)
			}
		}
		from := fmt.Sprintf("10.1.1.%d", 2+r.IntN(3))
		to := fmt.Sprintf("192.150.49.%d", 10+r.IntN(2))
		port := []int{25, 80, 99}[r.IntN(3)]
		var ip []byte
		switch r.IntN(3) {
		case 0:
			ip = icmp(from, to, 8, 1)
		case 1:
			ip = udp(from+":9", fmt.Sprintf("%s:%d", to, port), "x")
		default:
			ip = syn(from+":9", fmt.Sprintf("%s:%d", to, port))
		}
		k := parse(ip, inPort)
		want := slowOutbound(p.Outbound, k)
		if got := len(newRig(t, p).send(inPort, ip)) == 1; got != want {
			t.Fatalf("seed %d: %+v\npasses: %v, want %v; %+v", seed, p.Outbound, got, want, k)
		}
		if want != slowOutbound(plain, k) {
			excepted++
		}
		if want {
			permitted++
		} else {
			denied++
		}
	}
	if permitted < 200 || denied < 200 || excepted < 50 {
		t.Errorf("%d permitted, %d denied, %d by exception: the test tests little", permitted, denied, excepted)
	}
}

// An established line lets the spoken-to host call back, as its clauses say, and nobody else.
func TestEstablished(t *testing.T) {
	base := func(lines ...Established) *Policy {
		p := basePolicy()
		p.Statics = []Static{static("204.31.17.2/32", "10.1.1.2/32")}
		p.Established = lines
		return p
	}
	const x11 = "204.31.17.2:6000"
	back := "inside tcp 192.150.49.10:2000 > 10.1.1.2:6000 S"
	for _, c := range []struct {
		name string
		line Established
		want string
	}{
		{"any", Established{Proto: 17}, back},
		{"by port", Established{Proto: 17, Dst: 177}, back},
		{"by both ports", Established{Proto: 17, Dst: 177, Src: 1025}, back},
		{"another destination port", Established{Proto: 17, Dst: 178}, ""},
		{"another source port", Established{Proto: 17, Dst: 177, Src: 1026}, ""},
		{"another protocol", Established{Proto: 6, Dst: 177}, ""},
		{"to", Established{Proto: 17, Dst: 177, To: PortClause{6, 6000, 6063}}, back},
		{"to elsewhere", Established{Proto: 17, Dst: 177, To: PortClause{6, 6001, 6063}}, ""},
		{"to by UDP", Established{Proto: 17, Dst: 177, To: PortClause{17, 6000, 6063}}, ""},
		{"from", Established{Proto: 17, Dst: 177, From: PortClause{6, 1024, 65535}}, back},
		{"from elsewhere", Established{Proto: 17, Dst: 177, From: PortClause{6, 1, 1023}}, ""},
		{"from any", Established{Proto: 17, Dst: 177, To: PortClause{6, 6000, 6000}, From: PortClause{6, 0, 0}}, back},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, base(c.line))
			r.expect(r.send(outside, syn("192.150.49.10:2000", x11))) // before it was spoken to
			r.expect(r.send(inPort, udp("10.1.1.2:1025", "192.150.49.10:177", "query")), "outside udp 204.31.17.2:1025 > 192.150.49.10:177")
			r.expect(r.send(outside, syn("192.150.49.11:2000", x11)))
			got := r.send(outside, syn("192.150.49.10:2000", x11))
			if c.want == "" {
				r.expect(got)
				return
			}
			r.expect(got, c.want)
			sound(t, r.e)
			r.e.Do(func(s *State) { ClearConns(s.e.inline, nil) })
			r.expect(r.send(outside, syn("192.150.49.10:2001", x11)))
			sound(t, r.e)
		})
	}
	// With a list bound to the way in it is the list's implicit deny that gives way; no denial is reported.
	p := base(Established{Proto: 17, Dst: 177})
	p.Interfaces[outside].In = list(rule(false, 0, "any", "any", 0))
	r := newRig(t, p)
	r.send(inPort, udp("10.1.1.2:1025", "192.150.49.10:177", "query"))
	r.expect(r.send(outside, syn("192.150.49.10:2000", x11)), back)
	r.noEvent(EventDenyACL)
	// A connection that came in does not count, nor a port-mapped one.
	p = base(Established{Proto: 6})
	p.Conduits = list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25))
	r = newRig(t, p)
	r.send(outside, syn("192.150.49.10:2000", "204.31.17.2:25"))
	r.expect(r.send(outside, syn("192.150.49.10:2001", x11)))
	p = patPolicy()
	p.Established = []Established{{Proto: 6}}
	r = newRig(t, p)
	r.expect(r.send(inPort, syn("10.1.1.2:9", web)), "outside tcp 204.31.17.40:1024 > 192.150.49.10:80 S")
	r.expect(r.send(outside, syn("192.150.49.10:2001", "204.31.17.40:1024")))
}
