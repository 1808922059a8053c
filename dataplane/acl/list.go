package acl

import "slices"

// linearMax is the length up to which trying one rule after the other is no slower than anything else: a probe of the
// tuple space costs as much as about eight rules.
const linearMax = 64

// List is a compiled list, immutable and safe for any number of readers. The zero List and nil fit nothing.
type List struct {
	rules []Rule

	// Tuple space search (Srinivasan, Suri, Varghese 1999): rules of the same shape share a hash table. Empty for short
	// lists.
	tuples []tuple
	next   []int32  // by rule: the next one in the same bucket, -1: none
	prunes *pruning // nil where the tuples are few

	// Of a list with a patch: rules from lo on, gone of them, do not count; patch stands in their place.
	lo, gone int32
	patch    []Rule
}

// shape is what the rules of a tuple have in common: which bits of a Key decide about them.
type shape struct {
	src, dst    uint32
	proto, port bool // the protocol counts; the destination port is a single one
}

// tuple holds the rules of one shape. Buckets are chains of rules in order; a rule of a bucket still has to be tried,
// because ranges of ports and ICMP types are not in its key.
type tuple struct {
	shape
	first   int32 // lowest rule: no need to look here once a lower one fits
	buckets map[bucket]int32
}

type bucket struct {
	src, dst uint32
	port     uint16
	proto    uint8
}

// Compile makes a List of rules, which it keeps and which must not be changed afterwards.
func Compile(rules []Rule) *List {
	l := &List{rules: rules}
	if len(rules) > linearMax {
		l.build()
	}
	return l
}

// Patch is a list in which other rules stand in the place of those from lo to hi. Of a long list made by Compile and a few
// rules it is made at once, without looking at the others.
func (l *List) Patch(lo, hi int, with []Rule) *List {
	if l.tuples == nil || l.gone > 0 || len(l.patch) > 0 || len(with) > linearMax {
		return Compile(slices.Concat(l.Rules()[:lo], with, l.Rules()[hi:]))
	}
	p := *l
	p.lo, p.gone, p.patch = int32(lo), int32(hi-lo), with
	return &p
}

func (l *List) build() {
	at := make(map[shape]int)
	l.next = make([]int32, len(l.rules))
	for i := len(l.rules) - 1; i >= 0; i-- {
		r := &l.rules[i]
		if r.Off {
			continue
		}
		s := shapeOf(r)
		n, ok := at[s]
		if !ok {
			n = len(l.tuples)
			at[s] = n
			l.tuples = append(l.tuples, tuple{shape: s, buckets: make(map[bucket]int32)})
		}
		t := &l.tuples[n]
		b := t.of(r.Src.Addr, r.Dst.Addr, r.Proto, r.DstPort.Lo)
		l.next[i] = -1
		if head, ok := t.buckets[b]; ok {
			l.next[i] = head
		}
		t.buckets[b], t.first = int32(i), int32(i)
	}
	slices.SortFunc(l.tuples, func(a, b tuple) int { return int(a.first - b.first) })
	if len(l.tuples) > probeMax {
		l.prunes = l.prune()
	}
}

func shapeOf(r *Rule) shape {
	return shape{
		src: r.Src.Mask, dst: r.Dst.Mask, proto: r.Proto != 0,
		port: hasPorts(r.Proto) && r.DstPort.Set && !r.DstPort.Not && r.DstPort.Lo == r.DstPort.Hi,
	}
}

func (s shape) of(src, dst uint32, proto uint8, port uint16) bucket {
	b := bucket{src: src & s.src, dst: dst & s.dst}
	if s.proto {
		b.proto = proto
	}
	if s.port {
		b.port = port
	}
	return b
}

// Rules are the rules in order, inactive ones included. They must not be changed.
func (l *List) Rules() []Rule {
	switch {
	case l == nil:
		return nil
	case l.gone == 0 && len(l.patch) == 0:
		return l.rules
	}
	return slices.Concat(l.rules[:l.lo], l.patch, l.rules[l.lo+l.gone:])
}

// Match finds the first rule that fits; r is nil when ok is false. It allocates nothing.
func (l *List) Match(k Key) (r *Rule, ok bool) {
	if l == nil {
		return nil, false
	}
	if l.tuples == nil || k.Frag { // a fragment has no port to look up by
		return l.linear(&k)
	}
	best := int32(len(l.rules))
	if l.prunes != nil {
		best = l.pruned(&k)
	} else {
		for i := range l.tuples {
			if l.tuples[i].first >= best {
				break
			}
			best = l.probe(&l.tuples[i], &k, best)
		}
	}
	if best >= l.lo && len(l.patch) > 0 {
		if r, ok := firstOf(l.patch, &k); ok {
			return r, true
		}
	}
	if int(best) == len(l.rules) {
		return nil, false
	}
	return &l.rules[best], true
}

// probe is the first rule before best that fits in a tuple, else best.
func (l *List) probe(t *tuple, k *Key, best int32) int32 {
	n, ok := t.buckets[t.of(k.Src, k.Dst, k.Proto, k.DstPort)]
	for ; ok && n >= 0 && n < best; n = l.next[n] {
		if uint32(n-l.lo) >= uint32(l.gone) && l.rules[n].fits(k) {
			return n
		}
	}
	return best
}

func (l *List) linear(k *Key) (*Rule, bool) {
	for _, part := range [...][]Rule{l.rules[:l.lo], l.patch, l.rules[l.lo+l.gone:]} {
		if r, ok := firstOf(part, k); ok {
			return r, true
		}
	}
	return nil, false
}

// firstOf is the first of some rules that fits.
func firstOf(rules []Rule, k *Key) (*Rule, bool) {
	for i := range rules {
		if rules[i].fits(k) {
			return &rules[i], true
		}
	}
	return nil, false
}

func (r *Rule) fits(k *Key) bool {
	switch {
	case r.Off, r.Proto != 0 && r.Proto != k.Proto, (k.Src^r.Src.Addr)&r.Src.Mask != 0, (k.Dst^r.Dst.Addr)&r.Dst.Mask != 0:
		return false
	case k.Frag:
		return true
	case hasPorts(r.Proto):
		return r.SrcPort.has(k.SrcPort) && r.DstPort.has(k.DstPort)
	case r.Proto == protoICMP:
		return (r.Type < 0 || r.Type == int16(k.Type)) && (r.Code < 0 || r.Code == int16(k.Code))
	}
	return true
}

// Protocols whose rules can say more than addresses.
const (
	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

func hasPorts(proto uint8) bool { return proto == protoTCP || proto == protoUDP }

func (p Ports) has(n uint16) bool { return !p.Set || (n >= p.Lo && n <= p.Hi) != p.Not }
