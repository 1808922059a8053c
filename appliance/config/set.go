package config

import (
	"encoding/binary"
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

// Set is a set of IDs that is never written to: Add and Remove return another one that shares nearly all with the old.
// The zero Set is empty.
type Set struct{ root *trie }

// trie is a node of a hash array mapped trie: 64 slots by six bits of the ID, of which only the used ones exist.
type trie struct {
	used uint64
	kids []slot
}

// slot is a single ID (next nil) or a subtree.
type slot struct {
	id   ID
	next *trie
}

// Has reports whether id is in s.
func (s Set) Has(id ID) bool {
	t, h := s.root, uint64(id)
	for t != nil {
		i, bit := t.at(h)
		if t.used&bit == 0 {
			return false
		}
		if t.kids[i].next == nil {
			return t.kids[i].id == id
		}
		t, h = t.kids[i].next, h>>6
	}
	return false
}

// Add is s with id.
func (s Set) Add(id ID) Set {
	if s.Has(id) {
		return s
	}
	return Set{s.root.add(id, uint64(id), 0)}
}

// Remove is s without id.
func (s Set) Remove(id ID) Set {
	if !s.Has(id) {
		return s
	}
	return Set{s.root.remove(id, uint64(id))}
}

// at is the place of the hash's next six bits among the used slots, and their bit.
func (t *trie) at(h uint64) (int, uint64) {
	bit := uint64(1) << (h & 63)
	return bits.OnesCount64(t.used & (bit - 1)), bit
}

func (t *trie) add(id ID, h uint64, depth int) *trie {
	if t == nil {
		return &trie{used: 1 << (h & 63), kids: []slot{{id: id}}}
	}
	i, bit := t.at(h)
	if t.used&bit == 0 {
		return &trie{t.used | bit, spliced(t.kids, i, slot{id: id})}
	}
	old := t.kids[i]
	sub := old.next
	if sub == nil { // two IDs share the bits so far: push the old one down
		sub = sub.add(old.id, uint64(old.id)>>(6*(depth+1)), depth+1)
	}
	kids := append([]slot(nil), t.kids...)
	kids[i] = slot{next: sub.add(id, h>>6, depth+1)}
	return &trie{t.used, kids}
}

func (t *trie) remove(id ID, h uint64) *trie {
	i, bit := t.at(h)
	sub := t.kids[i].next
	if sub != nil {
		sub = sub.remove(id, h>>6)
	}
	if sub == nil {
		if len(t.kids) == 1 {
			return nil
		}
		return &trie{t.used &^ bit, without(t.kids, i)}
	}
	kids := append([]slot(nil), t.kids...)
	kids[i] = slot{next: sub}
	return &trie{t.used, kids}
}
