package dataplane

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The oracle of the table knows a static rule as the list of what it pairs: hosts of the real side with those of the mapped
// side, and, of a rule with a destination, the peers as each side knows them.
type pairing struct {
	real, mapped []string
	peer, seen   []string // the peer itself, and how the real side knows it; nil: any peer, as it is
	oneWay       bool
}

func (p *pairing) find(in []string, addr string) (int, bool) {
	for i, a := range in {
		if a == addr {
			return i, true
		}
	}
	return 0, false
}

// inbound is where a packet from outside ends: the rule and the ends as inside sees them.
func inbound(rules []pairing, src, dst string) (rule int, from, to string) {
	for n := range rules {
		p := &rules[n]
		i, ok := p.find(p.mapped, dst)
		if !ok || p.oneWay {
			continue
		}
		if p.peer == nil {
			return n, src, p.real[i]
		}
		if j, ok := p.find(p.peer, src); ok {
			return n, p.seen[j], p.real[i]
		}
	}
	return -1, src, dst
}

// outbound is how a packet from inside leaves: its destination by the first rule that knows it, its source by the first
// that has it.
func outboundBy(rules []pairing, src, dst string) (rule int, from, to string) {
	from, to = src, dst
	for n := range rules {
		p := &rules[n]
		if _, ok := p.find(p.real, src); !ok || p.peer == nil {
			continue
		}
		if j, ok := p.find(p.seen, dst); ok {
			to = p.peer[j]
			break
		}
	}
	for n := range rules {
		p := &rules[n]
		i, ok := p.find(p.real, src)
		if !ok {
			continue
		}
		if p.peer != nil {
			if _, ok := p.find(p.seen, dst); !ok {
				continue
			}
		}
		return n, p.mapped[i], to
	}
	return -1, from, to
}

func TestTableAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	passed, refused := 0, 0
	for range 400 {
		rules, table := randomTable(r)
		rig := newRig(t, tablePolicy(table...))
		for range 30 {
			if inward := r.IntN(2) == 0; inward {
				src := fmt.Sprint("192.150.49.", 10+r.IntN(6))
				dst := []string{fmt.Sprint("192.150.49.", 64+r.IntN(8)), fmt.Sprint("10.1.1.", 2+r.IntN(8))}[r.IntN(2)]
				n, from, to := inbound(rules, src, dst)
				port := 1024 + r.IntN(60000)
				got := rig.send(outside, udp(fmt.Sprint(src, ":", port), dst+":53", "x"))
				back, _, _ := outboundBy(rules, to, from)
				switch {
				case inside24(to, "10.1.1.") && back == n:
					rig.expect(got, fmt.Sprintf("inside udp %s:%d > %s:53", from, port, to))
					passed++
				default: // no such host, or answers would go by another rule
					if !(n < 0 && back >= 0 && identity(rules[back], to)) {
						rig.expect(got)
						refused++
					}
				}
				continue
			}
			src := fmt.Sprint("10.1.1.", 2+r.IntN(8))
			dst := []string{fmt.Sprint("192.150.49.", 10+r.IntN(6)), fmt.Sprint("10.1.1.", 100+r.IntN(6))}[r.IntN(2)]
			_, from, to := outboundBy(rules, src, dst)
			port := 1024 + r.IntN(60000)
			got := rig.send(inPort, udp(fmt.Sprint(src, ":", port), dst+":53", "x"))
			if inside24(to, "10.1.1.") { // nobody outside is meant
				rig.expect(got)
				refused++
				continue
			}
			rig.expect(got, fmt.Sprintf("outside udp %s:%d > %s:53", from, port, to))
			passed++
		}
	}
	if passed < 2000 || refused < 500 {
		t.Errorf("%d passed, %d refused: the tables try too little", passed, refused)
	}
}

func identity(p pairing, real string) bool {
	i, ok := p.find(p.real, real)
	return ok && p.mapped[i] == real
}

func inside24(addr, net string) bool { return len(addr) > len(net) && addr[:len(net)] == net }

// randomTable is a few static rules, some with a destination, for the engine and for the oracle.
func randomTable(r *rand.Rand) ([]pairing, []NATRule) {
	var rules []pairing
	var table []NATRule
	for range 1 + r.IntN(4) {
		n := 1 + r.IntN(3)
		real, mapped := 2+r.IntN(6), 64+r.IntN(6)
		p := pairing{oneWay: r.IntN(6) == 0}
		rule := NATRule{RealIf: inPort, MappedIf: outside, Unidirectional: p.oneWay}
		same := r.IntN(5) == 0
		for i := range n {
			a, m := fmt.Sprint("10.1.1.", real+i), fmt.Sprint("192.150.49.", mapped+i)
			if same {
				m = a
			}
			p.real, p.mapped = append(p.real, a), append(p.mapped, m)
		}
		rule.Real, rule.Mapped = spanOf(p.real), spanOf(p.mapped)
		if r.IntN(2) == 0 {
			k, peer, seen := 1+r.IntN(2), 10+r.IntN(4), 100+r.IntN(4)
			for i := range k {
				a, s := fmt.Sprint("192.150.49.", peer+i), fmt.Sprint("10.1.1.", seen+i)
				if same {
					s = a
				}
				p.peer, p.seen = append(p.peer, a), append(p.seen, s)
			}
			rule.Dst, rule.MappedDst = spanOf(p.peer), spanOf(p.seen)
		}
		rules, table = append(rules, p), append(table, rule)
	}
	return rules, table
}

func spanOf(addrs []string) Addrs {
	return Addrs{{addr(addrs[0]), addr(addrs[len(addrs)-1])}}
}
