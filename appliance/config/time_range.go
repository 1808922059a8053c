package config

import (
	"strings"
	"time"
)

// TimeRanges is the command that keeps time ranges: their heads, and under each the times that it is made of.
const TimeRanges = "time-range"

// HasTimeRanges reports whether there is a time range.
func (c *Config) HasTimeRanges() bool {
	for l := range c.Stored.Values() {
		if l.Command == TimeRanges {
			return true
		}
	}
	return false
}

// ActiveRanges tells of each time range whether t, the time of the box's zone, lies in it. A range is active from the start of its
// absolute time to the end of it, and there only while one of its periods lasts, if it has any (command reference of 7.0).
func (c *Config) ActiveRanges(t time.Time) map[string]bool {
	out := map[string]bool{}
	times := map[string][]*Stored{}
	for _, l := range c.StoredOf(TimeRanges) {
		head, _, inner := cutLast(l.Slot)
		if !inner {
			head = l.Slot
		}
		name := strings.TrimPrefix(head, TimeRanges+" ")
		times[name] = append(times[name], l)
	}
	for name, lines := range times {
		out[name] = activeAt(lines, t)
	}
	return out
}

func activeAt(lines []*Stored, t time.Time) bool {
	periods, within, in := 0, false, true
	for _, l := range lines {
		switch words := l.plain(); words[0] {
		case "absolute":
			in = in && absoluteAt(words[1:], t)
		case "periodic":
			periods++
			within = within || periodicAt(words[1:], t)
		}
	}
	return in && (periods == 0 || within)
}

// absoluteAt: start and end hh:mm day month year, either of them or both.
func absoluteAt(words []string, t time.Time) bool {
	for ; len(words) >= 5; words = words[5:] {
		at, err := time.ParseInLocation("15:04 2 January 2006", strings.Join(words[1:5], " "), t.Location())
		switch {
		case err != nil:
			return false
		case words[0] == "start" && t.Before(at), words[0] == "end" && !t.Before(at.Add(time.Minute)): // the last minute belongs to it
			return false
		}
	}
	return true
}

// periodicAt: days hh:mm to [day] hh:mm. With a day behind "to" it is one stretch of the week.
func periodicAt(words []string, t time.Time) bool {
	to := -1
	for i, w := range words {
		if w == "to" {
			to = i
		}
	}
	if to < 2 || to+1 >= len(words) {
		return false
	}
	days, from, until := daysOf(words[:to-1]), minuteOf(words[to-1]), minuteOf(words[len(words)-1])
	now := t.Hour()*60 + t.Minute()
	if to+2 < len(words) {
		end, ok := rangeDays[strings.ToLower(words[to+1])]
		if !ok || len(days) == 0 {
			return false
		}
		begin, last, at := int(days[0])*day+from, int(end)*day+until, int(t.Weekday())*day+now
		if begin <= last {
			return begin <= at && at <= last
		}
		return at >= begin || at <= last
	}
	for _, d := range days {
		if d == t.Weekday() && from <= now && now <= until {
			return true
		}
	}
	return false
}

const day = 24 * 60 // minutes

func minuteOf(clock string) int {
	hour, minute, _ := strings.Cut(clock, ":")
	return number(hour)*60 + number(minute)
}

func daysOf(words []string) (out []time.Weekday) {
	for _, w := range words {
		switch w = strings.ToLower(w); w {
		case "daily":
			out = append(out, 0, 1, 2, 3, 4, 5, 6)
		case "weekdays":
			out = append(out, 1, 2, 3, 4, 5)
		case "weekend":
			out = append(out, 0, 6)
		default:
			if d, ok := rangeDays[w]; ok {
				out = append(out, d)
			}
		}
	}
	return out
}

var rangeDays = map[string]time.Weekday{
	"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
}

// Timed reports whether an entry of l counts at some times only.
func (l *AccessList) Timed() bool {
	for _, a := range l.Entries.All() {
		if a.TimeRange != "" {
			return true
		}
	}
	return false
}

// OffAt reports whether an entry does not count now, given the ranges that are active; nil: whatever the time. A range that is
// not there limits nothing.
// unverified: that.
func (a *ACE) OffAt(c *Config, active map[string]bool) bool {
	if a.Inactive || a.TimeRange == "" || active == nil {
		return a.Inactive
	}
	_, there := c.InSlot(TimeRanges, TimeRanges+" "+a.TimeRange)
	return there && !active[a.TimeRange]
}
