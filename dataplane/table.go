package dataplane

import "math/bits"

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

// index finds entries of a slab by the hash of a key, which stands in the slab alone. Each entry may stand in it under
// `ways` keys: entry i under way w is node i*ways+w. Chains link nodes by number. It grows by a bucket at a time (linear
// hashing, Litwin 1980), so that no packet waits until all are moved.
type index struct {
	seed    uint64
	heads   [][]uint32
	nodes   [][]node
	buckets uint32
	used    int
}

// node: hash is that of its key, and 0 of a node that is not in.
type node struct{ hash, next uint32 }

const (
	indexChunk = 2048
	buckets0   = 256
)

func newIndex(seed uint64) index {
	return index{seed: seed, heads: [][]uint32{make([]uint32, indexChunk)}, buckets: buckets0}
}

// tag is what a node keeps of a hash.
func tag32(hash uint64) uint32 { return uint32(hash) | 1 }

func (x *index) node(n uint32) *node { return &x.nodes[n/indexChunk][n%indexChunk] }

// head is the bucket of a tag: by as many of its bits as tell the buckets apart, and one less where there is no such bucket
// yet.
func (x *index) head(tag uint32) *uint32 {
	wide := uint32(1)<<bits.Len32(x.buckets-1) - 1
	b := tag >> 1 & wide
	if b >= x.buckets {
		b &= wide >> 1
	}
	return &x.heads[b/indexChunk][b%indexChunk]
}

// first is the first node under a hash, 0 without one. Whether its key is the right one is for the caller to see, who goes
// on with after. Node numbers below `ways` are never used: index 0 of a slab is nobody.
func (x *index) first(hash uint64) uint32 { return x.among(*x.head(tag32(hash)), tag32(hash)) }

// after is the next node under the hash of a node.
func (x *index) after(n uint32) uint32 { return x.among(x.node(n).next, x.node(n).hash) }

func (x *index) among(n, tag uint32) uint32 {
	for n != 0 && x.node(n).hash != tag {
		n = x.node(n).next
	}
	return n
}

// put enters node n under a hash. A later entry of the same key hides an earlier one.
func (x *index) put(n uint32, hash uint64) {
	for x.used >= int(x.buckets) {
		x.split()
	}
	for uint32(len(x.nodes)*indexChunk) <= n {
		x.nodes = append(x.nodes, make([]node, indexChunk))
	}
	head := x.head(tag32(hash))
	*x.node(n) = node{hash: tag32(hash), next: *head}
	*head = n
	x.used++
}

// drop removes node n, if it is there.
func (x *index) drop(n uint32) {
	if int(n/indexChunk) >= len(x.nodes) || x.node(n).hash == 0 {
		return
	}
	for at := x.head(x.node(n).hash); *at != 0; at = &x.node(*at).next {
		if *at == n {
			*at = x.node(n).next
			*x.node(n) = node{}
			x.used--
			return
		}
	}
}

// split adds a bucket and moves to it what is its own of the one bucket that had it so far. The order of a chain stays.
func (x *index) split() {
	if x.buckets == 1<<31 {
		return
	}
	b := x.buckets
	if int(b/indexChunk) >= len(x.heads) {
		x.heads = append(x.heads, make([]uint32, indexChunk))
	}
	from := b &^ (1 << (bits.Len32(b) - 1))
	x.buckets++
	low, high := &x.heads[from/indexChunk][from%indexChunk], &x.heads[b/indexChunk][b%indexChunk]
	n := *low
	*low = 0
	for n != 0 {
		v := x.node(n)
		next := v.next
		v.next = 0
		if mask := uint32(1)<<bits.Len32(b) - 1; v.hash>>1&mask == b {
			*high = n
			high = &v.next
		} else {
			*low = n
			low = &v.next
		}
		n = next
	}
}
