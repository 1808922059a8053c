package config

import (
	"net/netip"
	"strings"
)

// Word is one word of a stored line. Addr is valid where the word is an address, which `names` may render; If marks the
// name of an interface, which follows a renaming.
type Word struct {
	Text  string
	Addr  netip.Addr
	If    bool
	Paren bool // printed in parentheses
	// Secret is what stands for a key or password wherever secrets are not shown; "": the word is none.
	Secret string
}

// Stored is a line that is parsed, kept and printed; but for what HasStored and StoredWord are asked for, nothing in the
// simulator acts on it. It is immutable.
type Stored struct {
	Command string // "failover"
	// Slot is what the line sets, as words with single blanks: a second line for the same slot replaces the first.
	Slot string
	// Form is the place of its kind of line among those of the command: lines are printed in that order.
	Form  int
	Off   bool // printed with "no" in front
	Words []Word
}

// MaxStored bounds the stored lines of a configuration: far more than any box had.
const MaxStored = 20000

// Text is the line with addresses as numbers and secrets as they are.
func (s *Stored) Text() string { return s.Render(nil, true) }

// Render is the line with addresses by name, where names is not nil, and its secrets or stars for them.
func (s *Stored) Render(names *NameTable, secrets bool) string {
	var b strings.Builder
	if s.Off {
		b.WriteString("no ")
	}
	for i, w := range s.Words {
		if i > 0 {
			b.WriteByte(' ')
		}
		text := w.Text
		if w.Addr.IsValid() {
			text = w.Addr.String()
			if n, ok := nameIn(names, w.Addr); ok {
				text = n
			}
		}
		if w.Secret != "" && !secrets {
			text = w.Secret
		}
		if w.Paren {
			text = "(" + text + ")"
		}
		b.WriteString(text)
	}
	return b.String()
}

func nameIn(t *NameTable, a netip.Addr) (string, bool) {
	if t == nil || !t.On {
		return "", false
	}
	return t.Name(a)
}

// StoredOf are the stored lines of one command, in order of entry.
func (c *Config) StoredOf(command string) []*Stored {
	var out []*Stored
	for s := range c.Stored.Values() {
		if s.Command == command {
			out = append(out, s)
		}
	}
	return out
}

// InSlot is the line of a slot, one that is switched off too.
func (c *Config) InSlot(command, slot string) (*Stored, bool) {
	return c.Stored.get(slotID(command, slot))
}

// slotID is the place of a line's slot in the index.
func slotID(command, slot string) ID { return key("stored ").text(command).text(slot).id() }

func (s *Stored) key() ID { return slotID(s.Command, s.Slot) }

// SetStored keeps a line, in place of the one of its slot. It reports false where there are MaxStored of them already.
func (e *Edit) SetStored(s Stored) bool {
	if _, there := e.c.InSlot(s.Command, s.Slot); !there && e.c.Stored.Len() >= MaxStored {
		return false
	}
	e.c.Stored = e.c.Stored.put(&s)
	return true
}

// RemoveStored removes the line of a slot; false when there is none.
func (e *Edit) RemoveStored(command, slot string) bool {
	return remove(&e.c.Stored, slotID(command, slot))
}

// RemoveStoredUnder removes the line of a slot and those whose slots begin with its words; false when there is none.
func (e *Edit) RemoveStoredUnder(command, slot string) bool {
	under := slot + " "
	return e.removeStored(func(s *Stored) bool {
		return s.Command == command && (s.Slot == slot || strings.HasPrefix(s.Slot, under))
	})
}

// ClearStored removes every line of a command.
func (e *Edit) ClearStored(command string) {
	e.removeStored(func(s *Stored) bool { return s.Command == command })
}

func (e *Edit) removeStored(fits func(*Stored) bool) (any bool) {
	e.c.Stored, any = e.c.Stored.without(fits)
	return any
}

// keepStored makes lines all that is stored; of two of one slot the later counts.
func (e *Edit) keepStored(lines []*Stored) {
	e.c.Stored = Table[*Stored]{}
	for _, s := range lines {
		e.c.Stored = e.c.Stored.put(s)
	}
}

// BodyMark stands in the slot of a line of a sub-mode, between the slot of the line that opened it and its own.
const BodyMark = " \x00 "

// renameStored gives the interface was the name now in every line that names it; without a new name those lines go. The
// words that only look like the name stay.
func (e *Edit) renameStored(was, now string) {
	var out []*Stored
	heads := map[string]string{} // slots that changed
	for _, s := range e.c.Stored.All() {
		v, names := s.renamed(was, now)
		head, own, inner := cutLast(v.Slot)
		if to, ok := heads[head]; inner && ok {
			if to == "" {
				heads[s.Slot] = ""
				continue
			}
			v.Slot = to + BodyMark + own
			names = names || now != ""
		}
		switch {
		case !names:
			out = append(out, s)
		case now != "":
			out = append(out, &v)
		}
		if names {
			heads[s.Slot] = ""
			if now != "" {
				heads[s.Slot] = v.Slot
			}
		}
	}
	e.keepStored(out)
}

// cutLast cuts the slot of a line into that of the line which opened its sub-mode and its own.
func cutLast(slot string) (head, own string, inner bool) {
	if at := strings.LastIndex(slot, BodyMark); at >= 0 {
		return slot[:at], slot[at+len(BodyMark):], true
	}
	return "", slot, false
}

// renamed is a copy of s with another name for an interface, and whether s has that interface. The words of the slot are
// among those of the line, in the same order.
func (s *Stored) renamed(was, now string) (Stored, bool) {
	v, names := *s, false
	v.Words = append([]Word(nil), s.Words...)
	head, own, inner := cutLast(s.Slot)
	slot, at := strings.Fields(own), 0
	for i, w := range s.Words {
		text := (&Stored{Words: s.Words[i : i+1]}).Text()
		here := at < len(slot) && slot[at] == text
		if w.If && w.Text == was {
			v.Words[i].Text, names = now, true
			if here {
				slot[at] = (&Stored{Words: v.Words[i : i+1]}).Text()
			}
		}
		if here {
			at++
		}
	}
	if v.Slot = strings.Join(slot, " "); inner {
		v.Slot = head + BodyMark + v.Slot
	}
	return v, names
}

// HasStored reports whether the line of a slot is there and not switched off: how a compiler reads the few stored lines
// that mean something to it ("sysopt noproxyarp outside").
func (c *Config) HasStored(command, slot string) bool {
	s, ok := c.InSlot(command, slot)
	return ok && !s.Off
}

// StoredWord is the one word behind a slot ("1200" of `sysopt connection tcpmss 1200`). It reports false when the line is
// not there, is switched off or has more words than that.
func (c *Config) StoredWord(command, slot string) (string, bool) {
	s, ok := c.InSlot(command, slot)
	if !ok || s.Off || len(s.Words) != len(strings.Fields(slot))+1 {
		return "", false
	}
	return s.Words[len(s.Words)-1].Text, true
}
