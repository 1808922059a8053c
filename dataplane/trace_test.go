package dataplane

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// traced is the way of a packet, with what it changed in the tables told as a failure.
func (r *rig) traced(in Port, ip []byte) Trace {
	r.t.Helper()
	before := r.shape()
	var tr Trace
	var ok bool
	f := r.frame(in, append([]byte(nil), ip...))
	r.e.Do(func(s *State) { tr, ok = s.Trace(in, f.Bytes()) })
	if !ok {
		r.t.Fatal("the packet was not traced")
	}
	if after := r.shape(); after != before {
		r.t.Errorf("a trace left something:\n%s\nwas:\n%s", after, before)
	}
	sound(r.t, r.e)
	r.log = r.e.Events(r.log)
	return tr
}

// shape is everything that shows in the tables and that a packet which was on no wire must leave as it is.
func (r *rig) shape() string {
	var b strings.Builder
	r.e.Do(func(s *State) {
		lines := []string{}
		for c := range Conns(s.e.inline) {
			lines = append(lines, fmt.Sprint("conn ", c))
		}
		for x := range Xlates(s.e.inline) {
			lines = append(lines, fmt.Sprint("xlate ", x))
		}
		for h := range LocalHosts(s.e.inline) {
			lines = append(lines, fmt.Sprint("host ", h))
		}
		slices.Sort(lines)
		conns, xlates := s.Counts()
		fmt.Fprintln(&b, strings.Join(lines, "\n"), conns, xlates, s.ARP(), r.e.waiting, s.e.neighbours.used, s.e.work.done, s.e.wheel.used())
		for p := range Port(3) {
			h := s.HostCounts(p)
			fmt.Fprintln(&b, s.Interface(p), h.Active, h.Most)
		}
		for _, p := range s.e.pools {
			if p.taken > 0 {
				fmt.Fprintln(&b, "pool in use")
			}
		}
		ids := []string{}
		for id, c := range s.e.inspects {
			if text := fmt.Sprint(c.InspectCounters); text != fmt.Sprint(InspectCounters{}) {
				ids = append(ids, fmt.Sprint(id, text))
			}
		}
		for id, c := range s.e.classes {
			if !reflect.DeepEqual(*c, ClassCounters{}) {
				ids = append(ids, fmt.Sprint(id, *c))
			}
		}
		slices.Sort(ids)
		fmt.Fprintln(&b, strings.Join(ids, " "))
	})
	return b.String()
}

// used is how many timers run.
func (w *wheel) used() int {
	n := int(w.made)
	for i := w.free; i != 0; i = w.node(i).next {
		n--
	}
	return max(n-1, 0) // node 0 is nobody's
}

// tracedPolicy is a random world of one of the two kinds of translation, with lists, an inspection and limits.
func tracedPolicy(r *rand.Rand) *Policy {
	p := randomPolicy(r)
	if r.IntN(2) == 0 {
		_, table := randomTable(r)
		for range r.IntN(3) {
			table = append(table, patRule("10.1.1.0/24", fmt.Sprint("192.150.49.", 100+r.IntN(3))))
		}
		q := tablePolicy(table...)
		q.Rules.SameInter, q.Rules.ICMPInspect, q.Rules.MaxConns = p.Rules.SameInter, p.Rules.ICMPInspect, p.Rules.MaxConns
		p = q
	}
	for i := range p.Interfaces {
		w := &p.Interfaces[i]
		if r.IntN(3) == 0 {
			w.In, w.InName = randomList(r), "in"
		}
		if r.IntN(4) == 0 {
			w.Out, w.OutName = randomList(r), "out"
		}
		w.Verify = r.IntN(5) == 0
		w.Up = r.IntN(8) != 0
	}
	for i := range p.Statics {
		p.Statics[i].Limits = ConnLimits{MaxConns: 2 * r.IntN(2), MaxEmbryonic: r.IntN(2)}
	}
	for i := range p.NAT {
		p.NAT[i].Limits = ConnLimits{MaxEmbryonic: r.IntN(2)}
	}
	p.Rules.SameIntra = r.IntN(3) == 0
	p.Rules.ResetInbound = r.IntN(3) == 0
	p.Rules.TCPIntercept = r.IntN(2) == 0
	if r.IntN(2) == 0 {
		p.Inspect = []Inspect{{ID: 40, Lo: 2, Hi: 3, Profile: pix63(), If: []Port{None, outside}[r.IntN(2)]}}
	}
	if r.IntN(3) == 0 {
		p.Classes = []ConnClass{{ID: 60, Lo: 1, Hi: uint16(2 + r.IntN(2)), If: None, MaxConns: r.IntN(3), MaxEmbryonic: r.IntN(2)}}
	}
	p.ToBox = ToBox{SSH: []Allow{{Port: inPort, From: pfx("0.0.0.0/0")}}}
	if r.IntN(3) == 0 {
		p.ToBox.ICMP = []ICMPRule{{Port: outside, Permit: r.IntN(2) == 0, From: pfx("0.0.0.0/0"), Type: -1}}
	}
	return p
}

func randomList(r *rand.Rand) *acl.List {
	nets := []string{"any", "10.1.1.0/24", "192.150.49.0/24", "204.31.17.0/24", "10.1.1.3"}
	protos := []uint8{0, packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMP}
	var rules []acl.Rule
	for i := range 1 + r.IntN(4) {
		v := rule(r.IntN(3) > 0, protos[r.IntN(4)], nets[r.IntN(len(nets))], nets[r.IntN(len(nets))], 0)
		v.ID, v.Off = acl.ID(500+i), r.IntN(5) == 0
		rules = append(rules, v)
	}
	return list(rules...)
}

// tracedPacket is a packet that packet-tracer can be asked about: TCP begins with a SYN.
func tracedPacket(r *rand.Rand) (Port, []byte) {
	in, ip := randomPacket(r)
	p := packet.Packet{IP: ip}
	if p.IP.Proto() == packet.ProtoTCP {
		p.SetFlags(fSYN)
	}
	if r.IntN(12) == 0 {
		p.SetDst(addr([]string{"10.1.1.1", "192.150.49.1", "192.150.49.255", "224.0.0.5", "127.0.0.1"}[r.IntN(5)]))
	}
	if r.IntN(30) == 0 {
		p.SetSrc(p.IP.Dst())
	}
	return in, ip
}

// What a trace says of a packet is what becomes of the packet when it is really sent, on a box that was not asked before and
// on the one that was: whether it passes, why not, where it leaves and with which addresses.
func TestTraceIsTheDecision(t *testing.T) {
	var passed, refused, known, own int
	reasons, ways := map[Drop]int{}, map[Translation]int{}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 31))
		policy := tracedPolicy(r)
		asked, fresh := newRig(t, policy), newRig(t, policy)
		var lastIn Port
		var last []byte
		for step := range 25 {
			if r.IntN(15) == 0 {
				d := time.Duration(r.IntN(100)) * time.Second
				asked.wait(d)
				fresh.wait(d)
			}
			in, ip := tracedPacket(r)
			if r.IntN(4) == 0 && last != nil {
				in, ip = lastIn, last
			}
			lastIn, last = in, ip
			tr := asked.traced(in, ip)
			where := fmt.Sprintf("seed %d step %d: %s", seed, step, sent{port: in, Packet: packet.Packet{IP: ip}})
			before := fresh.e.drops
			left := fresh.send(in, append([]byte(nil), ip...))
			after := asked.send(in, append([]byte(nil), ip...))
			if lines(left) != lines(after) {
				t.Fatalf("%s: after a trace another packet leaves:\n%s\nwant:\n%s", where, lines(after), lines(left))
			}
			var why Drop
			for d := range before {
				if fresh.e.drops[d] != before[d] && why == 0 {
					why = Drop(d)
				}
			}
			if !policy.Interfaces[in].Up && tr.Steps[0].Drop == DropDown && len(left) == 0 {
				continue // nothing comes in by what is shut
			}
			if tr.Drop != why {
				t.Fatalf("%s: dropped for %v, traced %v; %+v", where, why, tr.Drop, tr.Steps)
			}
			if why != 0 {
				refused++
				reasons[why]++
				if n := len(tr.Steps); tr.Steps[n-1].Drop != why {
					t.Fatalf("%s: the last step is not where it ends: %+v", where, tr.Steps)
				}
				continue
			}
			if tr.Steps[len(tr.Steps)-1].Kind == StepFlow {
				known++
			}
			if tr.Taken {
				own++
				continue
			}
			if v := tr.Steps[len(tr.Steps)-1]; len(left) == 0 && v.Kind == StepNeighbour && !v.Answered && owned(fresh, v.NextHop) {
				continue // it waits for a neighbour that is the box itself
			}
			if len(left) != 1 {
				t.Fatalf("%s: %d packets leave, traced %+v", where, len(left), tr)
			}
			passed++
			w := parse(left[0].IP, left[0].port)
			if tr.Out != left[0].port || tr.Left.Src.Real != addrPort(w.src, icmpPort(&w)) || tr.Left.Dst.Real != addrPort(w.dst, icmpPortBack(&w)) {
				t.Fatalf("%s: left as %s, traced %+v by %d", where, left[0], tr.Left, tr.Out)
			}
			for _, s := range tr.Steps {
				if s.Kind == StepNAT {
					ways[s.How]++
				}
			}
			kinds := map[StepKind]bool{}
			for _, s := range tr.Steps {
				kinds[s.Kind] = true
			}
			if k := kinds[StepInspect]; !kinds[StepFlow] && k != inspectedNow(fresh, w) {
				t.Fatalf("%s: an inspection was traced %v", where, k)
			}
		}
	}
	if passed < 1000 || refused < 1000 || known < 50 || own < 5 || len(reasons) < 12 || len(ways) < 4 {
		t.Errorf("%d passed, %d refused for %d reasons, %d known, %d by the box: the test tests little", passed, refused, len(reasons), known, own)
	}
}

func owned(r *rig, addr uint32) bool { _, ok := r.e.r.owner(addr); return ok }

// inspectedNow tells whether the connection whose answer w expects is inspected.
func inspectedNow(r *rig, w tuple) bool {
	n := r.e.way(w.back(w.port))
	return n != 0 && r.e.aside(r.e.flows.at(n/2)).stream != nil
}

// The steps come in the order of the engine, with the lines that decided.
func TestTraceSteps(t *testing.T) {
	p := tablePolicy(objectStatic("10.1.1.2/32", "192.150.49.25/32"), patRule("10.1.1.0/24", "192.150.49.100"))
	p.Interfaces[outside].In = list(rule(true, packet.ProtoTCP, "any", "10.1.1.2", 25))
	p.Interfaces[outside].InName = "outside_in"
	p.Inspect = []Inspect{{ID: 40, Lo: 25, Hi: 25, Profile: pix63(), If: None}}
	r := newRig(t, p)
	kinds := func(tr Trace) (all []StepKind) {
		for _, s := range tr.Steps {
			all = append(all, s.Kind)
		}
		return all
	}
	tr := r.traced(outside, syn(client, "192.150.49.25:25"))
	if want := []StepKind{StepEntry, StepUnNAT, StepList, StepReverse, StepInspect, StepCreate, StepNeighbour}; !slices.Equal(kinds(tr), want) {
		t.Errorf("inbound %v, want %v", kinds(tr), want)
	}
	if s := tr.Steps[1]; s.Line != 1 || s.How != ByStatic || s.From.Real.String() != "192.150.49.25:25" || s.To.Real.String() != "10.1.1.2:25" || s.To.If != inPort {
		t.Errorf("un-nat %+v", s)
	}
	if s := tr.Steps[2]; s.List != "outside_in" || s.Rule == nil || s.Rule.ID != 77 || s.Hits != 1 {
		t.Errorf("list %+v", s)
	}
	if s := tr.Steps[6]; s.Answered || s.NextHop != addr("10.1.1.2") {
		t.Errorf("neighbour %+v", s)
	}
	tr = r.traced(outside, syn(client, "192.150.49.25:80"))
	if s := tr.Steps[len(tr.Steps)-1]; tr.Drop != DropACL || s.Kind != StepList || s.Rule != nil || s.Drop != DropACL || tr.Out != inPort {
		t.Errorf("refused %+v", tr)
	}
	tr = r.traced(inPort, syn("10.1.1.9:1500", web))
	if want := []StepKind{StepEntry, StepRoute, StepList, StepNAT, StepCreate, StepNeighbour}; !slices.Equal(kinds(tr), want) {
		t.Errorf("outbound %v, want %v", kinds(tr), want)
	}
	if s := tr.Steps[3]; s.How != ByDynamic || s.Line != 2 || s.To.Real.String() != "192.150.49.100:1500" || s.Hits != 1 {
		t.Errorf("nat %+v", s)
	}
	r.expect(r.send(inPort, syn("10.1.1.9:1500", web)), "outside tcp 192.150.49.100:1500 > 192.150.49.10:80 S")
	tr = r.traced(inPort, syn("10.1.1.9:1500", web))
	if s := tr.Steps[len(tr.Steps)-1]; s.Kind != StepFlow || s.Flow == 0 || tr.Left.Src.Real.String() != "192.150.49.100:1500" {
		t.Errorf("known %+v", tr)
	}
	r.events()
	r.traced(inPort, syn("10.1.1.8:1500", web))
	want := []EventKind{EventBuiltHost, EventBuiltXlate, EventBuiltConn, EventTornConn, EventTornXlate, EventTornHost}
	if ev := r.events(); !slices.Equal(ev, want) {
		t.Errorf("events %v, want %v", ev, want)
	}
}

// FuzzTrace: whatever the frame, there is an answer, and the tables are as they were.
func FuzzTrace(f *testing.F) {
	for _, ip := range [][]byte{syn(client, "204.31.17.2:25"), icmp("10.1.1.2", "192.150.49.10", 8, 1), icmpError("192.150.49.254", 3, 1, udp("204.31.17.40:1024", "192.150.49.10:53", "x"))} {
		f.Add(uint8(0), packet.IPv4(ip).HeaderLen() > 0, ip)
	}
	f.Fuzz(func(t *testing.T, in uint8, warm bool, ip []byte) {
		p := guarded()
		p.Conduits = list(rule(true, 0, "any", "any", 0))
		p.NAT, p.Pools = patPolicy().NAT, patPolicy().Pools
		p.ToBox = boxPolicy().ToBox
		r := newRig(t, p)
		if warm {
			inboundTalk(r).greeted()
		}
		before := r.shape()
		b := packet.AppendEthernet(nil, [6]byte{0, 0xa0, 0xc9}, [6]byte{2}, packet.TypeIPv4)
		r.e.Do(func(s *State) { s.Trace(Port(in%4), append(b, ip...)) })
		sound(t, r.e)
		if after := r.shape(); after != before {
			t.Errorf("a trace left something:\n%s\nwas:\n%s", after, before)
		}
	})
}
