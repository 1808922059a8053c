package appliance

import (
	"context"
	"maps"
	"time"

	"pixsim/appliance/config"
)

// calendarLook is how often the clock is looked at while there are time ranges: lines of access-lists begin and end to count
// at minutes.
const calendarLook = time.Second

// watchCalendar puts the policy in force again when a time range begins or ends, until ctx ends. While there is none it
// sleeps.
func (b *Box) watchCalendar(ctx context.Context) { watch(ctx, b.ranges, calendarLook, b.timed) }

// timed compiles again where other time ranges are active than those that the policy in force was made for, and reports
// whether there are any.
func (b *Box) timed() (waiting bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, now := b.running.Load(), b.Now()
	if b.down || !c.HasTimeRanges() {
		return false
	}
	if !maps.Equal(c.ActiveRanges(now.In(c.ZoneAt(now))), b.kompile.active) {
		b.stale = true
		b.settle()
	}
	return true
}

// ranged wakes watchCalendar where a configuration that comes into force has time ranges.
func (b *Box) ranged(c *config.Config) {
	if c.HasTimeRanges() {
		select {
		case b.ranges <- struct{}{}:
		default:
		}
	}
}
