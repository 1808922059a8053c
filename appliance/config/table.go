package config

import (
	"iter"
	"sort"
)

// keyed is what a Table holds: key names it among the others, whatever else it says. What has the key 0 is not found by it.
type keyed interface{ key() ID }

// Table is a List of entries that are found by their keys. It is never written to, as a List is not; adding, replacing and
// removing one entry of many takes as long as of few. The zero Table is empty.
type Table[V keyed] struct {
	rows  List[*row[V]]
	index Map[*row[V]]
	last  uint64 // at of the row that came last
}

// row is an entry. Those behind it have a greater at: there is room between two for many that come between.
type row[V any] struct {
	at uint64
	v  V
}

// Len is the number of entries.
func (t Table[V]) Len() int { return t.rows.Len() }

// At is entry i, 0 <= i < Len.
func (t Table[V]) At(i int) V { return t.rows.At(i).v }

// All yields the entries with their indexes, in order.
func (t Table[V]) All() iter.Seq2[int, V] {
	return func(yield func(int, V) bool) {
		for i, r := range t.rows.All() {
			if !yield(i, r.v) {
				return
			}
		}
	}
}

// Values yields the entries in order.
func (t Table[V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, r := range t.rows.All() {
			if !yield(r.v) {
				return
			}
		}
	}
}

// Changed tells where two tables differ, one of which was made of the other: entries from..was of the old one stand in the
// place of from..is of the new. What is the same may be among them.
func Changed[V keyed](old, new Table[V]) (from, was, is int) { return changed(old.rows, new.rows) }

// get is the entry of a key; false when there is none.
func (t Table[V]) get(id ID) (v V, ok bool) {
	r, ok := t.index.Get(id)
	if ok {
		v = r.v
	}
	return v, ok
}

// put is t with v at its end, or in the place of the entry of its key.
func (t Table[V]) put(v V) Table[V] {
	id := v.key()
	old, ok := t.index.Get(id)
	if !ok {
		return t.insert(t.rows.Len(), v)
	}
	r := &row[V]{old.at, v}
	t.rows, t.index = t.rows.Set(t.place(old), r), t.index.Add(id, r)
	return t
}

const (
	rowsBegin = 1 << 62
	rowsApart = 1 << 32
	rowsClose = 1 << 16 // of those that come between two others
)

// insert is t with v, whose key it has not, before entry i.
func (t Table[V]) insert(i int, v V) Table[V] {
	at, ok := t.between(i)
	if !ok {
		t = t.spread()
		at, _ = t.between(i)
	}
	r := &row[V]{at, v}
	if t.rows, t.last = t.rows.Insert(i, r), at; v.key() != 0 {
		t.index = t.index.Add(v.key(), r)
	}
	return t
}

// between is a place before entry i; false where there is none left. Many entries come before the same one or behind the one
// that came last.
func (t Table[V]) between(i int) (uint64, bool) {
	switch n := t.rows.Len(); {
	case n == 0:
		return rowsBegin, true
	case i == n:
		return t.rows.At(n-1).at + rowsApart, true
	case i == 0:
		first := t.rows.At(0).at
		return first - rowsApart, first > rowsApart
	}
	lo, hi := t.rows.At(i-1).at, t.rows.At(i).at
	if lo == t.last {
		return lo + 1, hi-lo > 1
	}
	return hi - min((hi-lo)/2, rowsClose), hi-lo > 1
}

// spread is t with room between all entries.
func (t Table[V]) spread() Table[V] {
	var out Table[V]
	for v := range t.Values() {
		out = out.insert(out.Len(), v)
	}
	return out
}

// remove is t without the entry of a key, if there is one.
func (t Table[V]) remove(id ID) Table[V] {
	if r, ok := t.index.Get(id); ok {
		t = t.delete(t.place(r))
	}
	return t
}

// delete is t without entry i.
func (t Table[V]) delete(i int) Table[V] {
	id := t.At(i).key()
	t.rows, t.index = t.rows.Delete(i), t.index.Remove(id)
	return t
}

func (t Table[V]) place(r *row[V]) int {
	return sort.Search(t.rows.Len(), func(i int) bool { return t.rows.At(i).at >= r.at })
}

// without is t without the entries that fit, and whether there was one.
func (t Table[V]) without(fits func(V) bool) (Table[V], bool) {
	out := t
	for v := range t.Values() {
		if fits(v) {
			out = out.remove(v.key())
		}
	}
	return out, out.Len() < t.Len()
}

// renamedTable is t with each entry as f leaves it; those for which it reports true are left out. t itself comes back when
// nothing changed.
func renamedTable[V interface {
	keyed
	comparable
}](t Table[V], f func(*V) bool) Table[V] {
	var out Table[V]
	changed := false
	for v := range t.Values() {
		w := v
		gone := f(&w)
		changed = changed || gone || w != v
		if !gone {
			out = out.put(w)
		}
	}
	if !changed {
		return t
	}
	return out
}

// add puts v at the end of a table; false when an entry of its key is there.
func add[V keyed](t *Table[V], v V) bool {
	if t.index.Has(v.key()) {
		return false
	}
	*t = t.put(v)
	return true
}

// remove takes the entry of a key out of a table; false when there is none.
func remove[V keyed](t *Table[V], id ID) bool {
	had := t.index.Has(id)
	*t = t.remove(id)
	return had
}
