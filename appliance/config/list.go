package config

import "iter"

// fan is the most entries of a node of a List. Adding one entry to a list of 100,000 copies four nodes of it.
const fan = 32

// List is an ordered list that is never written to: Insert, Append, Set and Delete return another one that shares all
// but a few nodes with the old. The zero List is empty. Two Lists that are == have the same entries (not the reverse),
// which is how a compiler sees that nothing changed.
type List[T any] struct{ root *node[T] }

// node is a leaf (kids nil) or an inner node (items nil) of a tree balanced by splitting.
type node[T any] struct {
	items []T
	kids  []*node[T]
	n     int // entries below
}

// Len is the number of entries.
func (l List[T]) Len() int {
	if l.root == nil {
		return 0
	}
	return l.root.n
}

// At is entry i, 0 <= i < Len.
func (l List[T]) At(i int) T {
	n := l.root
	for n.kids != nil {
		var k int
		k, i = n.seek(i)
		n = n.kids[k]
	}
	return n.items[i]
}

// All yields the entries with their indexes, in order.
func (l List[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		if l.root != nil {
			i := 0
			l.root.walk(&i, yield)
		}
	}
}

// Append adds v at the end.
func (l List[T]) Append(v T) List[T] { return l.Insert(l.Len(), v) }

// Insert adds v before entry i, 0 <= i <= Len.
func (l List[T]) Insert(i int, v T) List[T] {
	if l.root == nil {
		return List[T]{&node[T]{items: []T{v}, n: 1}}
	}
	a, b := l.root.insert(i, v)
	if b == nil {
		return List[T]{a}
	}
	return List[T]{&node[T]{kids: []*node[T]{a, b}, n: a.n + b.n}}
}

// Set puts v in the place of entry i.
func (l List[T]) Set(i int, v T) List[T] { return List[T]{l.root.set(i, v)} }

// Delete takes entry i out.
func (l List[T]) Delete(i int) List[T] {
	root := l.root.remove(i)
	for root != nil && len(root.kids) == 1 {
		root = root.kids[0]
	}
	return List[T]{root}
}

// seek finds the child with entry i and the index in it.
func (n *node[T]) seek(i int) (kid, rest int) {
	for k, c := range n.kids {
		if i < c.n {
			return k, i
		}
		i -= c.n
	}
	last := len(n.kids) - 1
	return last, i + n.kids[last].n // behind the end: Insert appends to the last child
}

func (n *node[T]) walk(i *int, yield func(int, T) bool) bool {
	for _, v := range n.items {
		if !yield(*i, v) {
			return false
		}
		*i++
	}
	for _, k := range n.kids {
		if !k.walk(i, yield) {
			return false
		}
	}
	return true
}

// insert returns the changed copy of n and, when it had to be split, its right half.
func (n *node[T]) insert(i int, v T) (*node[T], *node[T]) {
	if n.kids == nil {
		return split(spliced(n.items, i, v), nil)
	}
	k, i := n.seek(i)
	a, b := n.kids[k].insert(i, v)
	kids := append([]*node[T](nil), n.kids...)
	kids[k] = a
	if b != nil {
		kids = spliced(kids, k+1, b)
	}
	return split(nil, kids)
}

// split makes one node or, when there is too much for one, two. A node that overflows at its end keeps its left half
// nearly full, since lists grow at the end.
func split[T any](items []T, kids []*node[T]) (*node[T], *node[T]) {
	if len(items) <= fan && len(kids) <= fan {
		return made(items, kids), nil
	}
	const at = fan * 3 / 4
	if kids == nil {
		return made(items[:at:at], nil), made(append([]T(nil), items[at:]...), nil)
	}
	return made(nil, kids[:at:at]), made(nil, append([]*node[T](nil), kids[at:]...))
}

func made[T any](items []T, kids []*node[T]) *node[T] {
	n := &node[T]{items: items, kids: kids, n: len(items)}
	for _, k := range kids {
		n.n += k.n
	}
	return n
}

func (n *node[T]) set(i int, v T) *node[T] {
	if n.kids == nil {
		items := append([]T(nil), n.items...)
		items[i] = v
		return made(items, nil)
	}
	k, i := n.seek(i)
	kids := append([]*node[T](nil), n.kids...)
	kids[k] = kids[k].set(i, v)
	return made(nil, kids)
}

// remove returns the copy of n without entry i, nil when nothing is left. Small nodes are not joined: the depth never
// grows by deleting.
func (n *node[T]) remove(i int) *node[T] {
	if n.kids == nil {
		if len(n.items) == 1 {
			return nil
		}
		return made(without(n.items, i), nil)
	}
	k, i := n.seek(i)
	c := n.kids[k].remove(i)
	if c == nil {
		if len(n.kids) == 1 {
			return nil
		}
		return made(nil, without(n.kids, k))
	}
	kids := append([]*node[T](nil), n.kids...)
	kids[k] = c
	return made(nil, kids)
}

// spliced is s with v before i, in memory of its own.
func spliced[E any](s []E, i int, v E) []E {
	out := make([]E, 0, len(s)+1)
	out = append(out, s[:i]...)
	out = append(out, v)
	return append(out, s[i:]...)
}

// without is s less entry i, in memory of its own.
func without[E any](s []E, i int) []E {
	out := make([]E, 0, len(s)-1)
	out = append(out, s[:i]...)
	return append(out, s[i+1:]...)
}

// changed tells where two lists differ, one of which was made of the other: entries from..was of the old one stand in the
// place of from..is of the new. It looks at the leaves that they do not share, and a little at those that they do.
func changed[T comparable](old, new List[T]) (from, was, is int) {
	a, b := old.leaves(), new.leaves()
	from = common(a, b, func(leaves [][]T, i int) []T { return leaves[i] }, func(s []T, i int) T { return s[i] })
	rest := min(old.Len(), new.Len()) - from
	last := func(leaves [][]T, i int) []T { return leaves[len(leaves)-1-i] }
	end := min(rest, common(a, b, last, func(s []T, i int) T { return s[len(s)-1-i] }))
	return from, old.Len() - end, new.Len() - end
}

// leaves are the items of all leaves in order.
func (l List[T]) leaves() (all [][]T) {
	var walk func(n *node[T])
	walk = func(n *node[T]) {
		if n.kids == nil {
			all = append(all, n.items)
		}
		for _, k := range n.kids {
			walk(k)
		}
	}
	if l.root != nil {
		walk(l.root)
	}
	return all
}

// common is how many entries two lists have in common before the first one that differs, by leaves and in them counted as
// leaf and item do.
func common[T comparable](a, b [][]T, leaf func([][]T, int) []T, item func([]T, int) T) (n int) {
	for i, j, p, q := 0, 0, 0, 0; i < len(a) && j < len(b); n++ {
		s, t := leaf(a, i), leaf(b, j)
		if p == 0 && q == 0 && len(s) == len(t) && &s[0] == &t[0] {
			n, i, j = n+len(s)-1, i+1, j+1
			continue
		}
		if item(s, p) != item(t, q) {
			break
		}
		if p++; p == len(s) {
			i, p = i+1, 0
		}
		if q++; q == len(t) {
			j, q = j+1, 0
		}
	}
	return n
}
