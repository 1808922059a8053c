package appliance

import (
	"context"
	"slices"
	"time"

	"pixsim/cli/command"
	"pixsim/dataplane"
)

// usualPerfmon is what perfmon settings says of a new session: 120 seconds is the device's default.
var usualPerfmon = command.Perfmon{Interval: 2 * time.Minute}

// perfmon shows the statistics to the sessions that asked for them, each at its own interval by the box's clock.
type perfmon struct {
	b       *Box
	changed chan struct{} // a session has changed its settings
}

// perfmonLook is how often the clock is looked at while a session waits for statistics.
const perfmonLook = 200 * time.Millisecond

// run serves the sessions until ctx ends. While none is verbose it sleeps.
func (p *perfmon) run(ctx context.Context) {
	watch(ctx, p.changed, perfmonLook, func() bool { return p.show(p.b.o.Now()) })
}

// watch calls look after each change and, while look says that something is to come, each interval, until ctx ends.
func watch(ctx context.Context, changed <-chan struct{}, interval time.Duration, look func() (waiting bool)) {
	clock := time.NewTicker(interval)
	defer clock.Stop()
	clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-clock.C:
		}
		if look() {
			clock.Reset(interval)
		} else {
			clock.Stop()
		}
	}
}

// show posts the statistics to those whose time has come, and reports whether anybody waits for the next.
func (p *perfmon) show(now time.Time) (waiting bool) {
	due := p.b.desk.perfmonDue(now)
	if len(due.now) > 0 {
		var latest, five dataplane.Done
		p.b.engine.Do(func(st *dataplane.State) { latest, _, five, _ = st.Work() })
		lines := slices.Collect(command.PerfmonLines(p.b.rel, latest, five))
		for _, v := range due.now {
			for _, line := range lines {
				v.out.post(line)
			}
		}
	}
	return due.any
}

// perfmonDue is who gets statistics at a time, and whether anybody is waiting for any.
type perfmonDue struct {
	now []*seat
	any bool
}

func (d *sessions) perfmonDue(now time.Time) (due perfmonDue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range d.open {
		if !v.perf.Verbose {
			continue
		}
		due.any = true
		if !now.Before(v.due) {
			due.now = append(due.now, v)
			v.due = now.Add(v.perf.Interval)
		}
	}
	return due
}

// Perfmon implements command.Box.
func (b *Box) Perfmon(s command.Session) command.Perfmon {
	b.desk.mu.Lock()
	defer b.desk.mu.Unlock()
	if v := b.desk.of(s); v != nil {
		return v.perf
	}
	return usualPerfmon
}

// SetPerfmon implements command.Box.
func (b *Box) SetPerfmon(s command.Session, p command.Perfmon) {
	b.desk.mu.Lock()
	if v := b.desk.of(s); v != nil {
		v.perf, v.due = p, b.o.Now().Add(p.Interval)
	}
	b.desk.mu.Unlock()
	select {
	case b.perf.changed <- struct{}{}:
	default:
	}
}
