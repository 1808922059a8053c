package command

import (
	"iter"
	"slices"
	"sync"

	"pixsim/appliance/release"
)

// All is the literal table of the commands of every release. A command's own functions must not reach for it (they would
// depend on themselves): what they need of other commands comes through Session or View.
func All() []*Command { return slices.Clip(all()) }

// Tables are made once, when they are first asked for: a command is one value, and a program that boots no box has none.
var all = sync.OnceValue(func() []*Command {
	return slices.Concat(objectGroupCommands, configCommands(), execCommands(), asaCommands(),
		storedShows(), partShows(), lineShows(configCommands()), silentDebugCommands(), asaShows)
})

// Of is the commands of a release, in the order of the table.
func Of(rel *release.Release) iter.Seq[*Command] { return In(rel, All()) }

// In is those of commands that a release has, in their order; of the rule's show commands those whose name no other has.
func In(rel *release.Release, commands []*Command) iter.Seq[*Command] {
	return func(yield func(*Command) bool) {
		shows := map[string]bool{}
		for _, c := range commands {
			if !c.Span.Holds(rel) || c.byRule && shows[c.Name] {
				continue
			}
			shows[c.Name] = true
			if !yield(c) {
				return
			}
		}
	}
}

// LegalIn reports whether the command can be typed in mode m: a configuration command in its own mode and, since it then
// leaves the sub-mode, in those below; an exec command of Privileged everywhere above User, one of User everywhere.
func (c *Command) LegalIn(m Mode) bool {
	if c.Run != nil {
		return c.Mode == User || c.Mode == Privileged && m != User || c.Mode.Within(m)
	}
	return c.Mode.Within(m)
}

// Within reports whether o is m or a sub-mode of it, however deep, within configuration.
func (m Mode) Within(o Mode) bool {
	for ; o >= Configure; o = Modes[o].Parent {
		if o == m {
			return true
		}
	}
	return o == m
}

// Depth is how many objects the path of a mode names: 0 up to Configure.
func (m Mode) Depth() int {
	n := 0
	for ; m > Configure; m = Modes[m].Parent {
		n++
	}
	return n
}
