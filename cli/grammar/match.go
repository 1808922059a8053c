package grammar

// Match is one successful match: which keywords were seen and which values the parameters took.
type Match struct {
	seen   map[*Keyword]int
	values map[any][]any // *Param[T] -> []T as any
	// Line is the text that was matched, as typed.
	Line string
	// Negated: the line began with "no".
	Negated bool
}

// Seen reports whether k was typed.
func (k *Keyword) Seen(m *Match) bool { return m != nil && m.seen[k] > 0 }

// Get is the value of p, or the zero value.
func (p *Param[T]) Get(m *Match) T { v, _ := p.Lookup(m); return v }

// Lookup is the value of p and whether it was typed.
func (p *Param[T]) Lookup(m *Match) (T, bool) {
	var zero T
	if m == nil || len(m.values[p]) == 0 {
		return zero, false
	}
	vs := m.values[p]
	return vs[len(vs)-1].(T), true
}

// All are the values of p in the order typed.
func (p *Param[T]) All(m *Match) []T {
	var out []T
	if m != nil {
		for _, v := range m.values[p] {
			out = append(out, v.(T))
		}
	}
	return out
}
