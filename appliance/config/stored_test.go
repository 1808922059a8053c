package config

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Stored lines, by slot and in order, are those of a plain slice that is searched through.
func TestStoredAgainstSlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	e := New(testRelease())
	var slow []Stored
	at := func(command, slot string) int {
		return slices.IndexFunc(slow, func(s Stored) bool { return s.Command == command && s.Slot == slot })
	}
	drop := func(fits func(Stored) bool) bool {
		n := len(slow)
		slow = slices.DeleteFunc(slow, fits)
		return len(slow) < n
	}
	for n := range 5000 {
		command, slot := fmt.Sprint("c", rng.IntN(3)), fmt.Sprint("a", rng.IntN(9), " b", rng.IntN(9))
		head, _, _ := strings.Cut(slot, " ")
		was := e.Config()
		before := len(was.StoredOf(command))
		switch i := at(command, slot); rng.IntN(12) {
		case 0, 1, 2:
			if got := e.RemoveStored(command, slot); got != (i >= 0) {
				t.Fatalf("step %d: removed %v", n, got)
			}
			drop(func(s Stored) bool { return s.Command == command && s.Slot == slot })
		case 3:
			got := e.RemoveStoredUnder(command, head)
			want := drop(func(s Stored) bool { return s.Command == command && strings.HasPrefix(s.Slot, head+" ") })
			if got != want {
				t.Fatalf("step %d: removed %v, want %v", n, got, want)
			}
		case 4:
			if rng.IntN(20) == 0 {
				e.ClearStored(command)
				drop(func(s Stored) bool { return s.Command == command })
			}
		default:
			s := Stored{Command: command, Slot: slot, Off: rng.IntN(4) == 0, Words: []Word{{Text: fmt.Sprint(n)}}}
			e.SetStored(s)
			if i >= 0 {
				slow[i] = s
			} else {
				slow = append(slow, s)
			}
		}
		if len(was.StoredOf(command)) != before {
			t.Fatalf("step %d: the published configuration changed", n)
		}
		c := e.View()
		if c.Stored.Len() != len(slow) {
			t.Fatalf("step %d: %d lines, want %d", n, c.Stored.Len(), len(slow))
		}
		for i, s := range c.Stored.All() {
			if s.Text() != slow[i].Text() || s.Slot != slow[i].Slot {
				t.Fatalf("step %d: line %d is %+v, want %+v", n, i, s, slow[i])
			}
			if got, ok := c.InSlot(s.Command, s.Slot); !ok || got != s || c.HasStored(s.Command, s.Slot) == s.Off {
				t.Fatalf("step %d: slot %q has %+v", n, s.Slot, got)
			}
		}
		if _, ok := c.InSlot(command, slot); ok != (at(command, slot) >= 0) {
			t.Fatalf("step %d: slot %q: %v", n, slot, ok)
		}
	}
}

// A configuration that is full takes another text for a line that it has, and a new line when one has gone.
func TestStoredBound(t *testing.T) {
	e := New(testRelease())
	line := func(n int) Stored { return Stored{Command: "c", Slot: fmt.Sprint("s", n)} }
	for n := range MaxStored {
		if !e.SetStored(line(n)) {
			t.Fatalf("line %d is refused", n)
		}
	}
	if e.SetStored(line(MaxStored)) || e.View().Stored.Len() != MaxStored {
		t.Error("one line too many")
	}
	if !e.SetStored(line(7)) || e.View().Stored.Len() != MaxStored {
		t.Error("a line that is there cannot be replaced")
	}
	if !e.RemoveStored("c", "s7") || !e.SetStored(line(MaxStored)) {
		t.Error("no room for a line after another has gone")
	}
}

// Two lines that come to have one slot by a renaming are one line.
func TestStoredRenamedTogether(t *testing.T) {
	e := New(testRelease())
	for _, name := range []string{"outside", "wan"} {
		e.SetStored(Stored{Command: "rip", Slot: "rip " + name, Words: []Word{{Text: "rip"}, {Text: name, If: true}}})
	}
	e.renameStored("outside", "wan")
	if c := e.View(); c.Stored.Len() != 1 || c.Stored.At(0).Text() != "rip wan" {
		t.Errorf("%d lines", c.Stored.Len())
	}
	if !e.RemoveStored("rip", "rip wan") || e.View().Stored.Len() != 0 {
		t.Error("a line stays that nothing can remove")
	}
}
