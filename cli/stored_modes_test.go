package cli

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// Every stored command of every release of 7.0 and later, at the top and in its sub-modes: what a line renders to is the
// same line when it is typed, its no form takes it away, and all of them together are a configuration like any other.
func TestStoredLines(t *testing.T) {
	for _, rel := range release.All() {
		if !rel.Console.Caret {
			continue
		}
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			s := storedLines{typist: typed(t, rel.Name, ""), r: rand.New(rand.NewPCG(11, uint64(len(rel.Name)))), taken: map[*command.Command]int{}}
			name := "nameif inside"
			s.must("interface "+rel.Model.Interfaces[0], name, "exit", "interface "+rel.Model.Interfaces[1], "nameif outside", "exit")
			s.start = config.From(s.edit.Config()).View()
			s.mode, s.path = command.Configure, nil
			last, times := rel.Model.Interfaces[len(rel.Model.Interfaces)-1], 3
			if rel.Name == asa || rel.Name == "asa-9.12" {
				times = 12
			}
			s.visit(nil, times)
			for _, way := range [][]string{
				{"interface " + last}, {"interface " + last + ".7"}, {"policy-map p", "class class-default"},
			} {
				s.visit(way, times)
			}
			for _, c := range s.table.cmds {
				if c.Stored && c.Set != nil && s.taken[c] == 0 {
					t.Errorf("no line of %q (mode %s) was taken", c.Name, command.Modes[c.Mode].Suffix)
				}
			}
		})
	}
}

// storedLines types lines of stored commands.
type storedLines struct {
	*typist
	start *config.Config
	r     *rand.Rand
	taken map[*command.Command]int
}

// at is a fresh box in the sub-mode that way leads to.
func (s *storedLines) at(way []string) *typist {
	b := &typist{T: s.T, loader: loader{table: s.table, edit: config.From(s.start), mode: command.Configure}}
	b.must(way...)
	return b
}

// visit tries the stored commands of the mode that way leads to, and those of the modes that they open.
func (s *storedLines) visit(way []string, times int) {
	b := s.at(way)
	mode := b.mode
	ways := map[command.Mode]string{} // into the modes below
	for _, c := range s.table.cmds {
		if !c.Stored || c.Set == nil || c.Mode != mode {
			continue
		}
		tries := 60 // to find all modes; few lines are looked at closely
		if len(g.Usage(c.Syntax, s.table.rel)) > 700 {
			tries = 600
		}
		for range tries {
			line := g.Generate(c.Syntax, newEnv(b.edit.View()), s.r)
			l := b.fork()
			if _, taken := l.line(line); taken && l.mode != mode && l.mode > command.Configure && ways[l.mode] == "" {
				ways[l.mode] = line
			}
		}
		for range times {
			if s.one(way, g.Generate(c.Syntax, newEnv(b.edit.View()), s.r)) {
				s.taken[c]++
			}
		}
	}
	for _, next := range slices.Sorted(maps.Keys(ways)) {
		s.visit(append(slices.Clone(way), ways[next]), times)
	}
}

// one types a line and what takes it back; it reports whether the line was taken.
func (s *storedLines) one(way []string, line string) bool {
	s.Helper()
	b := s.at(way)
	before := b.lines(command.View{Secrets: true})
	if !b.try(line) {
		if len(b.said) == 0 || strings.Contains(b.said[len(b.said)-1], "Invalid input") || strings.Contains(b.said[len(b.said)-1], "Incomplete") {
			s.Errorf("%q: the generated %q is no command: %q", way, line, b.said)
		}
		return false
	}
	after := b.lines(command.View{Secrets: true})
	added := lacking(after, before)
	for _, l := range added {
		again := s.at(way)
		if l = strings.TrimSpace(l); l == "!" || l == "quit" {
			continue
		}
		if len(added) == 1 && !again.try(l) {
			s.Errorf("%q: %q renders to %q, which is refused: %q", way, line, l, again.said)
		} else if len(added) == 1 && !slices.Equal(again.lines(command.View{Secrets: true}), after) {
			s.Errorf("%q: %q renders to %q, and that to other lines: %q", way, line, l, lacking(again.lines(command.View{Secrets: true}), before))
		}
	}
	b.mode, b.path = s.place(way)
	opposite := "no " + line
	if strings.HasPrefix(line, "no ") {
		return true
	}
	if !b.try(opposite) {
		s.Errorf("%q: %q is refused: %q", way, opposite, b.said)
		return true
	}
	// A line that was typed behind the head of its block leaves the block.
	if left := lacking(b.lines(command.View{Secrets: true}), before); len(added) > 0 && len(left) >= len(added) {
		s.Errorf("%q: %q leaves %q", way, opposite, left)
	}
	return true
}

// place is the mode and the path that way leads to.
func (s *storedLines) place(way []string) (command.Mode, command.Path) {
	b := s.at(way)
	return b.mode, b.path
}
