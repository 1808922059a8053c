package dataplane

// tuple is how packets of one direction look on the wire where they come in. ICMP echo has its identifier as source
// port in the request and as destination port in the reply. Protocols without ports have zeros.
type tuple struct {
	src, dst         uint32
	srcPort, dstPort uint16
	proto            uint8
	query            uint8 // of ICMP queries and their answers: the type of the query
	port             Port  // where they come in
}

// back is the tuple of the answers to what leaves through out looking like t.
func (t tuple) back(out Port) tuple {
	return tuple{src: t.dst, dst: t.src, srcPort: t.dstPort, dstPort: t.srcPort, proto: t.proto, query: t.query, port: out}
}

// mix spreads a key over 64 bits; the seed keeps a stranger from choosing collisions (splitmix64's finaliser, twice).
func mix(seed, a, b uint64) uint64 {
	h := seed ^ a
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h ^= b + 0x9e3779b97f4a7c15
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	return h ^ h>>31
}

func (t tuple) hash(seed uint64) uint64 {
	return mix(seed, uint64(t.src)<<32|uint64(t.dst),
		uint64(t.query)<<48|uint64(t.srcPort)<<32|uint64(t.dstPort)<<16|uint64(t.proto)<<8|uint64(t.port))
}

// place is where an address (and port) stands for a translation: an own address on its way to another interface, or a
// mapped address on that interface.
type place struct {
	rule   uint64 // of a policy rule; 0: found by address alone
	addr   uint32
	id     uint16 // port or ICMP identifier, 0 for whole addresses
	proto  uint8  // 0: whole address
	at     Port
	toward Port // None for mapped addresses
}

func (p place) hash(seed uint64) uint64 {
	return mix(seed^p.rule, uint64(p.addr)<<16|uint64(p.id), uint64(p.proto)<<16|uint64(p.at)<<8|uint64(p.toward))
}

type hashable interface {
	comparable
	hash(seed uint64) uint64
}

// index finds entries of a slab by key. Each entry of the slab may stand in it under `ways` keys: entry i under way w
// is node i*ways+w. Chains link nodes by number, so that neither insertion nor removal allocates, apart from growth.
type index[K hashable] struct {
	seed  uint64
	heads []uint32 // power of two
	nodes []node[K]
	used  int
}

type node[K hashable] struct {
	key  K
	next uint32
	in   bool
}

func newIndex[K hashable](seed uint64) index[K] {
	return index[K]{seed: seed, heads: make([]uint32, 256)}
}

func (x *index[K]) slot(k K) *uint32 { return &x.heads[k.hash(x.seed)&uint64(len(x.heads)-1)] }

// find is the node number under k, or 0. Node numbers below `ways` are never used: index 0 of a slab is nobody.
func (x *index[K]) find(k K) uint32 {
	for n := *x.slot(k); n != 0; n = x.nodes[n].next {
		if x.nodes[n].key == k {
			return n
		}
	}
	return 0
}

// put enters node n under k. A later entry of the same key hides an earlier one.
func (x *index[K]) put(n uint32, k K) {
	if x.used >= len(x.heads) {
		x.rehash()
	}
	for uint32(len(x.nodes)) <= n {
		x.nodes = append(x.nodes, make([]node[K], slabChunk)...)
	}
	head := x.slot(k)
	x.nodes[n] = node[K]{key: k, next: *head, in: true}
	*head = n
	x.used++
}

// drop removes node n, if it is there.
func (x *index[K]) drop(n uint32) {
	if n >= uint32(len(x.nodes)) || !x.nodes[n].in {
		return
	}
	for at := x.slot(x.nodes[n].key); *at != 0; at = &x.nodes[*at].next {
		if *at == n {
			*at = x.nodes[n].next
			x.nodes[n] = node[K]{}
			x.used--
			return
		}
	}
}

func (x *index[K]) rehash() {
	x.heads = make([]uint32, 2*len(x.heads))
	for n := range x.nodes {
		if !x.nodes[n].in {
			continue
		}
		head := x.slot(x.nodes[n].key)
		x.nodes[n].next = *head
		*head = uint32(n)
	}
}
