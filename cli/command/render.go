package command

import (
	"iter"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// Render yields the lines of a configuration in the order of the release, without header and trailer.
func Render(c *config.Config, v View) iter.Seq[string] {
	return func(yield func(string) bool) {
		by := make(map[release.Section][]string)
		for _, cmd := range All() {
			if cmd.Lines == nil || !cmd.Span.Holds(c.Release) {
				continue
			}
			for l := range cmd.Lines(c, v) {
				by[l.Section] = append(by[l.Section], strings.Repeat(" ", l.Depth)+l.Text)
			}
		}
		for _, s := range c.Release.Order {
			if s == release.Separator {
				by[s] = []string{"!"}
			}
			for _, text := range by[s] {
				if !yield(text) {
					return
				}
			}
		}
	}
}
