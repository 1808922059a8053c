package command

import (
	"fmt"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane"
)

// Task is something that the simulator does all the time, as show processes lists it.
type Task struct {
	Name string
	// State: what it waits for. 'E' an event, 's' its timer; '*' it is running now.
	State byte
	// Runtime is how long it has worked since boot; 0 where that is not measured.
	Runtime time.Duration
}

// showProcesses is the table of the simulator's own tasks: those of the box first, then the engine's, by interface.
var showProcesses = shows("processes", "Show system processes", Privileged, release.Span{}, func(s Session) error {
	if err := tell(s, release.ProcessHead); err != nil {
		return err
	}
	for _, t := range append(s.Box().Tasks(s), engineTasks(s.Box())...) {
		if err := emit(s, s.Release().Say(release.ProcessLine, taskState(t.State), t.Runtime.Milliseconds(), t.Name)+"\n"); err != nil {
			return err
		}
	}
	return nil
})

// taskState is priority and state in the device's letters.
func taskState(state byte) string {
	switch state {
	case '*':
		return "H* "
	case 's':
		return "Lsi"
	}
	return "Hwe"
}

// engineTasks are the parts of the engine's work: the frames of each interface and of the box's own host, timers, and what
// commands and the configuration ask of it.
func engineTasks(b Box) []Task {
	c := b.Config()
	var out []Task
	b.Do(func(st *dataplane.State) {
		for i := range c.Interfaces {
			out = append(out, Task{fmt.Sprintf("pix/intf%d", i), 'E', st.Spent(dataplane.Task(i))})
		}
		out = append(out,
			Task{"pix/self", 'E', st.Spent(dataplane.Task(dataplane.Self))},
			Task{"pix/timers", 's', st.Spent(dataplane.TaskTimers)},
			Task{"pix/tables", 'E', st.Spent(dataplane.TaskAsked)})
	})
	return out
}
