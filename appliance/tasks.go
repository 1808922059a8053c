package appliance

import (
	"cmp"
	"slices"
	"strconv"

	"pixsim/cli/command"
)

// Tasks implements command.Box: the goroutines of the box that are there as long as it is, the listeners of its services,
// and one for each console. What they work is not measured: they wait.
func (b *Box) Tasks(s command.Session) []command.Task {
	out := []command.Task{{Name: "Logger", State: 'E'}, {Name: "perfmon", State: 's'}, {Name: "listen/telnet", State: 'E'}}
	if b.rel.Console.SSHVersion != "" {
		out = append(out, command.Task{Name: "listen/ssh", State: 'E'})
	}
	seats := b.desk.list()
	slices.SortStableFunc(seats, func(v, w *seat) int { return cmp.Compare(v.info.Kind, w.info.Kind) })
	for _, v := range seats {
		t := command.Task{Name: v.info.Kind + "/ci", State: 'E'}
		switch {
		case v.info.Kind == "console":
			t.Name = "ci/console"
		case v.info.ID > 0:
			t.Name += strconv.Itoa(v.info.ID)
		}
		if command.Session(v.s) == s {
			t.State = '*'
		}
		out = append(out, t)
	}
	return out
}
