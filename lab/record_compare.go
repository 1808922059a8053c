package lab

import (
	"bytes"
	"sort"
	"time"
)

// sign says what the box did with an octet.
type sign byte

const (
	same     sign = ' '
	changed  sign = '^' // another octet left in its place
	withheld sign = '?' // it arrived, and did not leave
	added    sign = '+' // it left, and never arrived
)

// An octet of a stream as one side saw it: its value, or
const unseen = -1

// maxPlace bounds the places of a stream that are compared. What is kept of one never gets there; a segment that claims
// to be further on is far outside of every window.
const maxPlace = 4 * maxOctets

// course is the stream of one end on both sides of the box.
type course struct {
	in, out []int16 // by place
	left    []int32 // by place of out: the segment in which it left first
	edits   []streamEdit
	blind   bool // the end of it was not kept: what did not leave may have left later
}

// comparison is what the two sides of a recording tell together.
type comparison struct {
	rec     *Recording
	courses [2]course // by sender
	notes   []note    // of rec.Segments
}

// note is what is to be said of a segment.
type note struct {
	again bool   // every octet had been on this wire before
	signs []sign // of its octets
	held  int    // octets that did not leave at once
	until time.Time
}

// compare reads a recording that does not change meanwhile.
func compare(c *Recording) *comparison {
	m := &comparison{rec: c, notes: make([]note, len(c.Segments))}
	for _, e := range c.edits {
		m.courses[e.from].edits = append(m.courses[e.from].edits, e)
	}
	for i := range c.Segments {
		s := &c.Segments[i]
		k := &m.courses[s.From]
		k.blind = c.full
		m.notes[i].again = k.write(s, i)
	}
	for i := range c.Segments {
		m.judge(i)
	}
	return m
}

// write puts a segment into its stream, where the first octet of a place stays, and says whether it brought nothing new.
func (k *course) write(s *Segment, index int) (again bool) {
	again = len(s.Payload) > 0
	cells := &k.in
	if !s.Arrived() {
		cells = &k.out
	}
	for i, b := range s.Payload {
		at := s.Off + int64(i)
		if at < 0 {
			continue // a probe before the window
		}
		if at >= maxPlace {
			return false
		}
		for int64(len(*cells)) <= at {
			*cells = append(*cells, unseen)
			if !s.Arrived() {
				k.left = append(k.left, unseen)
			}
		}
		switch (*cells)[at] {
		case unseen:
			(*cells)[at] = int16(b)
			if !s.Arrived() {
				k.left[at] = int32(index)
			}
			again = false
		case int16(b):
		default:
			again = false // other octets than the first time are worth showing
		}
	}
	return again
}

// whereTo is where an octet that arrived at a place leaves; false: it was swallowed.
func (k *course) whereTo(in int64) (int64, bool) {
	i := sort.Search(len(k.edits), func(i int) bool { return k.edits[i].in > in })
	if i == 0 {
		return in, true
	}
	e := k.edits[i-1]
	return e.out + e.inserted + in - e.in - e.swallowed, in >= e.in+e.swallowed
}

// whereFrom is where an octet arrived that left at a place; false: it was inserted.
func (k *course) whereFrom(out int64) (int64, bool) {
	i := sort.Search(len(k.edits), func(i int) bool { return k.edits[i].out > out })
	if i == 0 {
		return out, true
	}
	e := k.edits[i-1]
	return e.in + e.swallowed + out - e.out - e.inserted, out >= e.out+e.inserted
}

func at(cells []int16, place int64) int16 {
	if place < 0 || place >= int64(len(cells)) {
		return unseen
	}
	return cells[place]
}

// fate is what became of an octet that arrived: its sign, and the segment in which it left.
func (k *course) fate(place int64, b byte) (sign, int32) {
	out, on := k.whereTo(place)
	left := unseen
	if on {
		left = int(at(k.out, out))
	}
	switch {
	case left == unseen && k.blind && on:
		return same, unseen
	case left == unseen:
		return withheld, unseen
	case left != int(b):
		return changed, k.left[out]
	}
	return same, k.left[out]
}

// origin is the sign of an octet that left.
func (k *course) origin(place int64, b byte) sign {
	in, on := k.whereFrom(place)
	came := at(k.in, in)
	switch {
	case !on || came == unseen:
		return added
	case came != int16(b):
		return changed
	}
	return same
}

// judge signs the octets of a segment.
func (m *comparison) judge(index int) {
	s, n := &m.rec.Segments[index], &m.notes[index]
	k := &m.courses[s.From]
	for i, b := range s.Payload {
		place := s.Off + int64(i)
		if place < 0 {
			n.signs = append(n.signs, same)
			continue
		}
		if !s.Arrived() {
			n.signs = append(n.signs, k.origin(place, b))
			continue
		}
		fate, left := k.fate(place, b)
		if left != unseen {
			if then := &m.rec.Segments[left]; then.turn > s.turn {
				n.held++
				n.until = then.At
				fate = withheld
			}
		} else if fate == withheld {
			n.held++
		}
		n.signs = append(n.signs, fate)
	}
}

// forever says that octets of the segment never left.
func (n *note) forever() bool { return n.held > 0 && n.until.IsZero() }

// sum counts the octets of a stream: how many are known on each side, and what the box did with them for good.
func (m *comparison) sum(from Side) (arrived, left int, signs map[sign]int) {
	k := &m.courses[from]
	signs = map[sign]int{}
	for place, b := range k.in {
		if b == unseen {
			continue
		}
		arrived++
		if fate, _ := k.fate(int64(place), byte(b)); fate == withheld {
			signs[withheld]++
		}
	}
	for place, b := range k.out {
		if b == unseen {
			continue
		}
		left++
		if o := k.origin(int64(place), byte(b)); o != same {
			signs[o]++
		}
	}
	return arrived, left, signs
}

// same says that both sides are alike, octet for octet, and that there was something to compare both ways.
func (m *comparison) same() bool {
	for from := ClientSide; from <= ServerSide; from++ {
		arrived, left, signs := m.sum(from)
		if arrived == 0 || left == 0 || len(signs) > 0 {
			return false
		}
	}
	return true
}

// find goes over the places where text stands in a stream as one side saw it, until ok says that one will do.
func (k *course) find(arrived bool, text []byte, ok func(place int64) bool) bool {
	cells := k.out
	if arrived {
		cells = k.in
	}
	octets := octetsOf(cells)
	for start := 0; len(text) > 0; {
		i := bytes.Index(octets[start:], text)
		if i < 0 {
			return false
		}
		place := start + i
		if whole(cells[place:place+len(text)]) && ok(int64(place)) {
			return true
		}
		start = place + 1
	}
	return false
}

// octetsOf are cells without telling which are unseen.
func octetsOf(cells []int16) []byte {
	octets := make([]byte, len(cells))
	for i, c := range cells {
		octets[i] = byte(c)
	}
	return octets
}

func whole(cells []int16) bool {
	for _, c := range cells {
		if c == unseen {
			return false
		}
	}
	return true
}
