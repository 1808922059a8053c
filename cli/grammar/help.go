package grammar

import (
	"slices"
	"strings"
)

// Item is one thing that may be typed at a place of a line.
type Item struct {
	Text    string // a word, or the label of a parameter
	Help    string
	Literal bool // Text can be typed as it stands
}

// Help is what may follow a text.
type Help struct {
	Word   string   // the unfinished word that the text ends with; "" behind a blank
	Items  []Item   // sorted; with a Word only the fixed words that begin with it
	CR     bool     // the line may end here
	Values bool     // a parameter may stand here
	Failed *Failure // the words before fit nothing
}

// Help tells what may follow text, the part of a line before the cursor.
func (s *Set) Help(e Env, text string) Help {
	m := s.machine(e, text)
	defer s.release(m)
	n := len(m.words)
	var h Help
	if n > 0 && m.words[n-1].End == len(text) {
		n--
		h.Word = m.words[n].Text
	}
	if i := m.run(n); i < n {
		h.Failed = m.failure(i)
		return h
	}
	for _, t := range m.now {
		if t.until > n {
			continue
		}
		in := &s.prog[t.pc]
		if m.endsInText(t) { // which goes on to the end of the line
			h.Values = true
			if in.op != opMatch {
				continue
			}
		}
		switch in.op {
		case opKeyword:
			if !in.kw.Hidden {
				h.add(Item{in.kw.Text, in.kw.Help, true})
			}
		case opParam:
			h.param(e, in)
		case opMatch:
			h.CR = h.Word == ""
		}
	}
	slices.SortStableFunc(h.Items, func(a, b Item) int { return strings.Compare(a.Text, b.Text) })
	h.Items = slices.CompactFunc(h.Items, func(a, b Item) bool { return a.Text == b.Text })
	return h
}

// endsInText reports whether the last that t read is a parameter that takes the rest of the line.
func (m *machine) endsInText(t thread) bool {
	return t.cap >= 0 && m.caps[t.cap].param != nil && m.caps[t.cap].param.describe().rest
}

func (h *Help) add(it Item) {
	if h.Word == "" || it.Literal && strings.HasPrefix(lower(it.Text), lower(h.Word)) {
		h.Items = append(h.Items, it)
	}
}

func (h *Help) param(e Env, in *inst) {
	h.Values = true
	if in.info.words != nil {
		for _, w := range in.info.words(e) {
			help := in.info.help
			if in.info.helps != nil {
				help = in.info.helps(w)
			}
			h.add(Item{w, help, true})
		}
	}
	if in.info.label != "" {
		h.add(Item{in.info.label, in.info.help, false})
	}
}

// Complete replaces the unfinished word at the end of text by the one fixed word that it begins, with a blank behind it.
// False: there is none, or more than one.
func (s *Set) Complete(e Env, text string) (string, bool) {
	h := s.Help(e, text)
	if h.Word == "" || len(h.Items) != 1 {
		return text, false
	}
	return text[:len(text)-len(h.Word)] + h.Items[0].Text + " ", true
}
