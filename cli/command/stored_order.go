package command

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// object says that the lines beginning with lead belong together by the words behind it: those of one crypto map, and of
// one entry of it.
type object struct {
	lead string
	keys []keyKind
}

// keyKind is how the objects of one command stand among each other.
type keyKind uint8

const (
	keyName      keyKind = iota // in the order in which they were first named
	keyNumber                   // by number; what is none stands behind
	keyInterface                // as the interfaces do
)

// row is one line to be printed and what its place goes by.
type row struct {
	text  string
	slot  string
	form  int
	rank  []int  // of its object
	thing string // its object by name; "": none
}

// rows are the lines of a stored command in their order, the defaults among them.
func (s *storedSpec) rows(c *config.Config, v View) []row {
	p := printerFor(c, v)
	kept := map[string]*config.Stored{}
	var order []*config.Stored
	for _, l := range c.StoredOf(s.name) {
		if !strings.Contains(l.Slot, config.BodyMark) {
			kept[l.Slot] = l
			order = append(order, l)
		}
	}
	var out []row
	for form, u := range s.defaults(c) {
		text := u.text
		if l, ok := kept[u.slot]; ok {
			text = l.Render(p.names, v.Secrets)
			delete(kept, u.slot)
		}
		out = append(out, row{text: text, slot: u.slot, form: form})
	}
	for _, l := range order {
		if _, ok := kept[l.Slot]; ok {
			out = append(out, row{text: l.Render(p.names, v.Secrets), slot: l.Slot, form: l.Form})
		}
	}
	s.place(c, out)
	if v.All && len(s.all) > 0 {
		return s.withAll(c, out)
	}
	return out
}

// withAll puts rows into the order of show running-config all, those that nobody typed among them; what it does not know
// stands behind.
func (s *storedSpec) withAll(c *config.Config, rows []row) (out []row) {
	for u := range release.Rows(c.Release, s.all) {
		eachInterface(c, u, func(u usual) bool {
			r := row{text: u.text, slot: u.slot}
			if i := slices.IndexFunc(rows, func(r row) bool { return r.slot == u.slot }); i >= 0 {
				r.text = cmp.Or(rows[i].text, u.text)
				rows = slices.Delete(slices.Clone(rows), i, i+1)
			}
			out = append(out, r)
			return true
		})
	}
	return append(out, rows...)
}

// place sorts rows: by object, then by form, then as they came.
func (s *storedSpec) place(c *config.Config, rows []row) {
	seen := make([]map[string]int, len(s.objects))
	first := make([]int, len(s.objects))
	for i := range s.objects {
		seen[i], first[i] = map[string]int{}, len(s.forms)
	}
	which := make([]int, len(rows))
	for i := range rows {
		which[i] = s.objectOf(rows[i].slot)
		if o := which[i]; o >= 0 {
			first[o] = min(first[o], rows[i].form)
		}
	}
	for i := range rows {
		r := &rows[i]
		o := which[i]
		if o < 0 {
			r.rank = []int{r.form}
			continue
		}
		keys := strings.Fields(strings.TrimPrefix(r.slot, s.objects[o].lead))
		r.rank = []int{first[o]}
		for k, kind := range s.objects[o].keys {
			if k >= len(keys) {
				break
			}
			r.rank = append(r.rank, kind.rank(c, keys[k], seen[o]))
			r.thing = strings.Join(append([]string{s.objects[o].lead}, keys[:k+1]...), " ")
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(slices.Compare(a.rank, b.rank), cmp.Compare(a.form, b.form))
	})
}

// objectOf is the kind of object that a slot belongs to, or -1. A longer lead is the better one.
func (s *storedSpec) objectOf(slot string) int {
	best := -1
	for i, o := range s.objects {
		if startsWith(slot, o.lead) && len(slot) > len(o.lead) && (best < 0 || len(o.lead) > len(s.objects[best].lead)) {
			best = i
		}
	}
	return best
}

func (k keyKind) rank(c *config.Config, word string, seen map[string]int) int {
	const behind = 1 << 32
	switch k {
	case keyNumber:
		if n, err := strconv.Atoi(word); err == nil {
			return n
		}
		return behind
	case keyInterface:
		return slices.IndexFunc(c.Interfaces, func(f config.Interface) bool { return f.Name == word })
	}
	if _, ok := seen[word]; !ok {
		seen[word] = len(seen)
	}
	return seen[word]
}

// lines are the rows with what stands behind an object and within a sub-mode.
func (s *storedSpec) lines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		rows, bodies := s.rows(c, v), s.bodies(c)
		for i, r := range rows {
			if !s.show(yield, p, r) || bodies != nil && !s.body.show(yield, p, v, s, bodies, r.slot, s.forms[r.form].enters, 0) {
				return
			}
			if s.ends == nil || r.thing == "" || i+1 < len(rows) && rows[i+1].thing == r.thing {
				continue
			}
			if text := s.ends(thing(rows[:i+1], r.thing)); text != "" && !yield(Line{Section: s.section, Text: text}) {
				return
			}
		}
	}
}

// thing are the texts of an object's lines, the last of rows.
func thing(rows []row, name string) []string {
	var out []string
	for _, r := range rows {
		if r.thing == name {
			out = append(out, r.text)
		}
	}
	return out
}

// show yields the text of one row, if it has any.
func (s *storedSpec) show(yield func(Line) bool, p printer, r row) bool {
	text := r.text
	switch {
	case text == "":
		return true
	case strings.HasPrefix(text, "no "), s.forms[r.form].plain:
	case s.forms[r.form].blank, s.forms[r.form].bare && text == r.slot:
		text += " "
	default:
		text = p.tail(s.section, text)
	}
	return yield(Line{Section: s.section, Text: text})
}
