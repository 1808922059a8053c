package config

import (
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
)

// When a time range is active: the minutes of both ends belong to it.
func TestActiveRanges(t *testing.T) {
	rel, err := release.Parse("asa-8.2")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ lines, on, off string }{
		{"", "2010-01-06 10:00", ""},
		{"periodic weekdays 08:00 to 17:00", "2010-01-06 08:00, 2010-01-06 17:00, 2010-01-08 12:00", "2010-01-06 07:59, 2010-01-06 17:01, 2010-01-09 12:00"},
		{"periodic weekend 08:00 to 17:00", "2010-01-09 12:00, 2010-01-10 12:00", "2010-01-08 12:00"},
		{"periodic daily 00:00 to 23:59", "2010-01-09 00:00, 2010-01-09 23:59", ""},
		{"periodic Friday 18:00 to Monday 06:00", "2010-01-08 18:00, 2010-01-10 12:00, 2010-01-11 06:00", "2010-01-08 17:59, 2010-01-11 06:01, 2010-01-13 12:00"},
		{"periodic Monday Wednesday 08:00 to 09:00|periodic Tuesday 10:00 to 11:00", "2010-01-04 08:30, 2010-01-05 10:30, 2010-01-06 08:30", "2010-01-05 08:30, 2010-01-07 08:30"},
		{"absolute start 08:00 6 January 2010", "2010-01-06 08:00, 2011-01-01 00:00", "2010-01-06 07:59"},
		{"absolute end 08:00 6 January 2010", "2009-01-01 00:00, 2010-01-06 08:00", "2010-01-06 08:01"},
		{"absolute start 08:00 6 January 2010 end 08:00 7 January 2010|periodic daily 12:00 to 13:00", "2010-01-06 12:30", "2010-01-06 11:00, 2010-01-07 12:30"},
	} {
		e := New(rel)
		head := TimeRanges + " r"
		e.SetStored(Stored{Command: TimeRanges, Slot: head, Words: []Word{{Text: head}}})
		for l := range strings.SplitSeq(x.lines, "|") {
			if l != "" {
				e.SetStored(Stored{Command: TimeRanges, Slot: head + BodyMark + l, Words: []Word{{Text: l}}})
			}
		}
		for at, want := range map[string]bool{x.on: true, x.off: false} {
			for one := range strings.SplitSeq(at, ", ") {
				now, err := time.Parse("2006-01-02 15:04", one)
				if err == nil && e.View().ActiveRanges(now)["r"] != want {
					t.Errorf("%q at %s: active is not %t", x.lines, one, want)
				}
			}
		}
	}
}
