package command

import (
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// Render yields the lines of a configuration in the order of the release, without header and trailer.
func Render(c *config.Config, v View) iter.Seq[string] {
	return func(yield func(string) bool) {
		by := linesBy(c, v)
		by[release.Separator] = []iter.Seq[Line]{slices.Values([]Line{{Text: "!"}})}
		by[release.Blank] = []iter.Seq[Line]{slices.Values([]Line{{}})}
		for _, s := range c.Release.Order {
			for _, lines := range by[s] {
				for l := range lines {
					if !yield(strings.Repeat(" ", l.Depth) + l.Text) {
						return
					}
				}
			}
		}
	}
}

// linesBy are the lines of each section, command by command in the order of the table.
func linesBy(c *config.Config, v View) map[release.Section][]iter.Seq[Line] {
	by := make(map[release.Section][]iter.Seq[Line])
	for _, cmd := range All() {
		if cmd.Lines == nil || !cmd.Span.Holds(c.Release) {
			continue
		}
		if cmd.Section != "" {
			by[cmd.Section] = append(by[cmd.Section], cmd.Lines(c, v))
			continue
		}
		made := make(map[release.Section][]Line)
		for l := range cmd.Lines(c, v) {
			made[l.Section] = append(made[l.Section], l)
		}
		for s, lines := range made {
			by[s] = append(by[s], slices.Values(lines))
		}
	}
	return by
}
