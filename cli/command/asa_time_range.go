package command

import (
	"context"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// timeRangeCommand keeps the time ranges, by which the lines of access-lists count or not (7.0 and later).
const timeRangeCommand = config.TimeRanges

var timeRangeSpec = storedSpec{
	name: timeRangeCommand, help: "Define time range entries", span: inASA, section: release.SectionTimeRange, acts: true,
	forms: leadsTo(ConfigTimeRange, "own: time-range <name>"),
	body: &submodes{depth: 1, modes: []bodyMode{{mode: ConfigTimeRange, forms: table(`
			absolute = {start <clock> <1-31> <month> <1993-2035> & end <clock> <1-31> <month> <1993-2035>}
			periodic {daily|weekdays|weekend} <clock> to <clock>
			periodic <weekday>... <clock> to [<weekday>] <clock>
		`)}}},
}

// activeRanges are the time ranges in which it is now by the box's clock.
func activeRanges(s Session, c *config.Config) map[string]bool {
	return c.ActiveRanges(s.Box().Now().In(s.Box().Zone()))
}

var (
	timeRangeShown = &g.Param[string]{Name: "name", Help: "name of the time range", Type: g.Ident(63)}
	showTimeRange  = &Command{
		Name: "show time-range", Help: "Show time-range configuration", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("time-range", "Show time-range configuration"), g.Opt(timeRangeShown)),
		Run:    runShowTimeRange,
	}
)

// runShowTimeRange: the ranges with their times, each with its state (command reference of 8.0).
func runShowTimeRange(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	active := activeRanges(s, c)
	blocks, heads := timeRangeSpec.blocks(c, View{Release: s.Release()})
	for _, head := range heads {
		name := strings.TrimPrefix(head, timeRangeCommand+" ")
		if only, one := timeRangeShown.Lookup(m); one && only != name {
			continue
		}
		state := "inactive"
		if active[name] {
			state = "active"
		}
		if err := emit(s, "\ntime-range entry: "+name+" ("+state+")\n"); err != nil {
			return err
		}
		for _, l := range blocks[head][1:] {
			if err := emit(s, "   "+l.Text+"\n"); err != nil {
				return err
			}
		}
	}
	return nil
}
