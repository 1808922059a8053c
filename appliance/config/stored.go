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
}

// Stored is a line that is parsed, kept and printed; but for what HasStored and StoredWord are asked for, nothing in the
// simulator acts on it. It is immutable.
type Stored struct {
	Command string // "failover"
	// Slot is what the line sets, as words with single blanks: a second line for the same slot replaces the first.
	Slot  string
	Off   bool // printed with "no" in front
	Words []Word
}

// Text is the line with addresses as numbers.
func (s *Stored) Text() string { return s.Render(nil) }

// Render is the line with addresses by name, where names is not nil.
func (s *Stored) Render(names *NameTable) string {
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
	for _, s := range c.Stored {
		if s.Command == command {
			out = append(out, s)
		}
	}
	return out
}

// SetStored keeps a line, in place of the one of its slot.
func (e *Edit) SetStored(s Stored) {
	put(&e.c.Stored, &s, func(v **Stored) bool { return (*v).Command == s.Command && (*v).Slot == s.Slot })
}

// RemoveStored removes the line of a slot; false when there is none.
func (e *Edit) RemoveStored(command, slot string) bool {
	return removeFirst(&e.c.Stored, func(v *Stored) bool { return v.Command == command && v.Slot == slot })
}

// ClearStored removes every line of a command.
func (e *Edit) ClearStored(command string) {
	var out []*Stored
	for _, s := range e.c.Stored {
		if s.Command != command {
			out = append(out, s)
		}
	}
	e.c.Stored = out
}

func (e *Edit) renameStored(was, now string) {
	var out []*Stored
	for _, s := range e.c.Stored {
		v, names := *s, false
		v.Words = append([]Word(nil), s.Words...)
		for i, w := range v.Words {
			if w.If && w.Text == was {
				v.Words[i].Text, names = now, true
			}
		}
		switch {
		case !names:
			out = append(out, s)
		case now != "":
			v.Slot = renameWord(v.Slot, was, now)
			out = append(out, &v)
		}
	}
	e.c.Stored = out
}

func renameWord(text, was, now string) string {
	words := strings.Fields(text)
	for i, w := range words {
		switch w {
		case was:
			words[i] = now
		case "(" + was + ")":
			words[i] = "(" + now + ")"
		}
	}
	return strings.Join(words, " ")
}

// HasStored reports whether the line of a slot is there and not switched off: how a compiler reads the few stored lines
// that mean something to it ("sysopt noproxyarp outside").
func (c *Config) HasStored(command, slot string) bool { return c.stored(command, slot) != nil }

// StoredWord is the one word behind a slot ("1200" of `sysopt connection tcpmss 1200`). It reports false when the line is
// not there, is switched off or has more words than that.
func (c *Config) StoredWord(command, slot string) (string, bool) {
	s := c.stored(command, slot)
	if s == nil || len(s.Words) != len(strings.Fields(slot))+1 {
		return "", false
	}
	return s.Words[len(s.Words)-1].Text, true
}

func (c *Config) stored(command, slot string) *Stored {
	for _, s := range c.Stored {
		if s.Command == command && s.Slot == slot && !s.Off {
			return s
		}
	}
	return nil
}
