package config

import (
	"encoding/binary"
	"iter"
	"math/bits"
	"net/netip"
)

// ID names a rule across edits: the hash of its canonical text. It is what acl.ID and hit counters go by.
type ID uint64

// HashID is the ID of a canonical text: FNV-1a, 64 bits, with the finalizer of MurmurHash3 so that every bit counts.
func HashID(text string) ID { return key(text).id() }

// key is a canonical form being written: fields one after the other, each of fixed length or ended by a zero.
type key []byte

func (k key) text(s string) key { return append(append(k, s...), 0) }

func (k key) num(n int) key { return binary.BigEndian.AppendUint32(k, uint32(n)) }

func (k key) flag(on bool) key {
	if on {
		return append(k, 1)
	}
	return append(k, 0)
}

func (k key) addr(a netip.Addr) key {
	b := a.AsSlice()
	return append(append(k, byte(len(b))), b...)
}

func (k key) net(n Net) key { return k.addr(n.Addr).addr(n.Mask) }

func (k key) ports(p PortMatch) key {
	return append(k, byte(p.Op), byte(p.Lo>>8), byte(p.Lo), byte(p.Hi>>8), byte(p.Hi))
}

func (k key) id() ID {
	h := uint64(14695981039346656037)
	for _, b := range k {
		h = (h ^ uint64(b)) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return ID(h ^ h>>33)
}

// Map is values under IDs. It is never written to: Add and Remove return another one that shares nearly all with the old.
// The zero Map is empty.
type Map[V any] struct{ root *trie[V] }

// trie is a node of a hash array mapped trie: 16 slots by four bits of the ID, of which only the used ones exist. Wider
// nodes are less deep, but every change copies one of each depth.
type trie[V any] struct {
	used uint16
	kids []slot[V]
}

const trieBits = 4

// slot is a single ID with its value (next nil) or a subtree.
type slot[V any] struct {
	id   ID
	val  V
	next *trie[V]
}

// Get is the value under id; false when there is none.
func (s Map[V]) Get(id ID) (v V, ok bool) {
	t, h := s.root, uint64(id)
	for t != nil {
		i, bit := t.at(h)
		if t.used&bit == 0 {
			return v, false
		}
		if t.kids[i].next == nil {
			if t.kids[i].id == id {
				return t.kids[i].val, true
			}
			return v, false
		}
		t, h = t.kids[i].next, h>>trieBits
	}
	return v, false
}

// Values yields the values in no order that means anything.
func (s Map[V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) { s.root.walk(yield) }
}

func (t *trie[V]) walk(yield func(V) bool) bool {
	if t == nil {
		return true
	}
	for i := range t.kids {
		k := &t.kids[i]
		if k.next == nil && !yield(k.val) || k.next != nil && !k.next.walk(yield) {
			return false
		}
	}
	return true
}

// Has reports whether s has something under id.
func (s Map[V]) Has(id ID) bool {
	_, ok := s.Get(id)
	return ok
}

// Add is s with v under id, in place of what was there.
func (s Map[V]) Add(id ID, v V) Map[V] {
	return Map[V]{s.root.add(slot[V]{id: id, val: v}, uint64(id), 0)}
}

// Remove is s without what is under id.
func (s Map[V]) Remove(id ID) Map[V] {
	if !s.Has(id) {
		return s
	}
	return Map[V]{s.root.remove(id, uint64(id))}
}

// at is the place of the hash's next bits among the used slots, and their bit.
func (t *trie[V]) at(h uint64) (int, uint16) {
	bit := uint16(1) << (h & (1<<trieBits - 1))
	return bits.OnesCount16(t.used & (bit - 1)), bit
}

func (t *trie[V]) add(v slot[V], h uint64, depth int) *trie[V] {
	if t == nil {
		return &trie[V]{used: 1 << (h & (1<<trieBits - 1)), kids: []slot[V]{v}}
	}
	i, bit := t.at(h)
	if t.used&bit == 0 {
		return &trie[V]{t.used | bit, spliced(t.kids, i, v)}
	}
	kids := append([]slot[V](nil), t.kids...)
	if old := kids[i]; old.next != nil || old.id != v.id {
		sub := old.next
		if sub == nil { // two IDs share the bits so far: push the old one down
			sub = sub.add(old, uint64(old.id)>>(trieBits*(depth+1)), depth+1)
		}
		v = slot[V]{next: sub.add(v, h>>trieBits, depth+1)}
	}
	kids[i] = v
	return &trie[V]{t.used, kids}
}

func (t *trie[V]) remove(id ID, h uint64) *trie[V] {
	i, bit := t.at(h)
	sub := t.kids[i].next
	if sub != nil {
		sub = sub.remove(id, h>>trieBits)
	}
	if sub == nil {
		if len(t.kids) == 1 {
			return nil
		}
		return &trie[V]{t.used &^ bit, without(t.kids, i)}
	}
	kids := append([]slot[V](nil), t.kids...)
	kids[i] = slot[V]{next: sub}
	return &trie[V]{t.used, kids}
}
