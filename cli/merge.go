package cli

import (
	"strings"

	"pixsim/appliance/config"
	"pixsim/cli/command"
)

// earlier are the lines that a configuration had before a text was merged into it, of the commands whose lines add to what is
// there: "If the configurations are the same, no changes occur" (configuration guides of 7.0 to 9.x, of copy startup-config
// running-config). A banner does not grow by it, and of a route or an entry of an access-list that is there nothing is said.
// Typed, the same lines are answered as always.
type earlier struct {
	left map[string]int  // by head and line: how often
	off  map[string]bool // of commands whose lines the text has taken away, which is no longer the same
}

// headed is a line with the one that opened the mode that it stands in.
func headed(head, line string) string { return head + "\n" + strings.TrimSpace(line) }

// earlierIn are those of c.
func earlierIn(c *config.Config) *earlier {
	a := &earlier{left: map[string]int{}, off: map[string]bool{}}
	head := ""
	for line := range command.Render(c, command.View{Release: c.Release, Names: true, Secrets: true}) {
		if !strings.HasPrefix(line, " ") {
			head = strings.TrimSpace(line)
			a.left[headed("", line)]++
			continue
		}
		a.left[headed(head, line)]++
	}
	return a
}

// has reports whether the configuration had the line f that stands behind head, once more than was asked before.
func (a *earlier) has(f found, head, line string) bool {
	if a == nil {
		return false
	}
	switch {
	case f.form == cleared:
		clear(a.left)
	case f.form == negated:
		a.off[f.cmd.First()] = true
	case f.cmd.Adds && !a.off[f.cmd.First()] && a.left[headed(head, line)] > 0:
		a.left[headed(head, line)]--
		return true
	}
	return false
}
