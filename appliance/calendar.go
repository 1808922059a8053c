package appliance

import (
	"context"
	"maps"
	"time"
)

// calendarLook is how often the clock is looked at for time ranges: lines of access-lists begin and end to count at minutes.
const calendarLook = time.Second

// watchCalendar puts the policy in force again when a time range begins or ends, until ctx ends.
func (b *Box) watchCalendar(ctx context.Context) {
	look := time.NewTicker(calendarLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			b.timed()
		}
	}
}

// timed compiles again where other time ranges are active than those that the policy in force was made for.
func (b *Box) timed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, now := b.running.Load(), b.Now()
	if b.down || maps.Equal(c.ActiveRanges(now.In(c.ZoneAt(now))), b.kompile.active) {
		return
	}
	b.stale = true
	b.settle()
}
