package appliance

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// reloads is the reload that is still to come, by the box's clock.
type reloads struct {
	b       *Box
	changed chan struct{} // there is one, or there is none any more

	mu   sync.Mutex
	plan command.ScheduledReload
	some bool
	told time.Duration // how far off it was when the sessions were last told
}

// reloadLook is how often the clock is looked at while a reload is to come.
const reloadLook = 200 * time.Millisecond

// reloadWarnings is how far off a reload is when every session is told of it. unverified: but for the first word of it, when it
// is scheduled.
var reloadWarnings = []time.Duration{time.Hour, 30 * time.Minute, 10 * time.Minute, 5 * time.Minute, time.Minute}

func newReloads(b *Box) *reloads { return &reloads{b: b, changed: make(chan struct{}, 1)} }

// run waits for the reload until ctx ends. While there is none to come it sleeps.
func (r *reloads) run(ctx context.Context) {
	watch(ctx, r.changed, reloadLook, func() bool { return r.look(r.b.Now()) })
}

// look reloads the box when that is due, and reports whether it still is to come.
func (r *reloads) look(now time.Time) (waiting bool) {
	r.mu.Lock()
	plan, some := r.plan, r.some
	left := plan.At.Sub(now)
	due := some && left <= 0
	if due {
		r.some = false
	}
	warn := time.Duration(0)
	for _, w := range reloadWarnings {
		if some && !due && left <= w && w < r.told {
			warn = w
		}
	}
	if warn > 0 {
		r.told = warn
	}
	r.mu.Unlock()
	switch {
	case due:
		if plan.Save {
			if _, _, _, err := r.b.Save(plan.By); err != nil {
				r.b.diag("reload: %v\n", err)
			}
		}
		r.b.Reload(plan.From)
	case warn > 0:
		r.b.tellAll(r.b.rel.Say(release.ShutdownIn, clockTime(warn)), nil)
	}
	return some && !due
}

// clockTime is h:mm:ss.
func clockTime(d time.Duration) string {
	return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// tellAll shows text to every session but one.
func (b *Box) tellAll(text string, but command.Session) {
	for _, v := range b.desk.list() {
		if command.Session(v.s) == but {
			continue
		}
		v.out.post(strings.TrimSuffix(text, "\n"))
	}
}

// Schedule implements command.Box.
func (b *Box) Schedule(plan command.ScheduledReload, s command.Session) {
	left := plan.At.Sub(b.Now())
	b.later.mu.Lock()
	b.later.plan, b.later.some, b.later.told = plan, true, left
	b.later.mu.Unlock()
	b.tellAll(b.rel.Say(release.ShutdownIn, clockTime(left.Round(time.Second))), s)
	b.later.wake()
}

// Scheduled implements command.Box.
func (b *Box) Scheduled() (command.ScheduledReload, bool) {
	b.later.mu.Lock()
	defer b.later.mu.Unlock()
	return b.later.plan, b.later.some
}

// Unschedule implements command.Box.
func (b *Box) Unschedule(s command.Session) bool {
	if !b.later.forget() {
		return false
	}
	b.tellAll(b.rel.Say(release.ShutdownAborted), s)
	return true
}

// forget calls off what is to come, and reports whether something was.
func (r *reloads) forget() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.some
	r.some = false
	return was
}

func (r *reloads) wake() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}
