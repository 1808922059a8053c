package config

import (
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
)

func TestZones(t *testing.T) {
	rel, err := release.Parse("pix-6.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lines, utc, want string }{
		{"", "2003-07-04 12:00", "12:00 UTC"},
		{"clock timezone PST -8", "2003-07-04 12:00", "04:00 PST"},
		{"clock timezone IST 5 30", "2003-07-04 12:00", "17:30 IST"},
		{"clock timezone NST -3 30", "2003-07-04 12:00", "08:30 NST"},
		{"clock timezone PST -8|clock summer-time PDT recurring", "2003-07-04 12:00", "05:00 PDT"},
		{"clock timezone PST -8|clock summer-time PDT recurring", "2003-12-04 12:00", "04:00 PST"},
		{"clock timezone PST -8|clock summer-time PDT recurring", "2003-04-06 09:59", "01:59 PST"},
		{"clock timezone PST -8|clock summer-time PDT recurring", "2003-04-06 10:00", "03:00 PDT"},
		{"clock timezone PST -8|clock summer-time PDT recurring", "2003-10-26 08:59", "01:59 PDT"},
		{"clock timezone PST -8|clock summer-time PDT recurring", "2003-10-26 09:00", "01:00 PST"},
		{"clock timezone CET 1|clock summer-time CEST recurring last Sun Mar 2:00 last Sun Oct 3:00", "2003-03-30 01:00", "03:00 CEST"},
		{"clock timezone CET 1|clock summer-time CEST recurring last Sun Mar 2:00 last Sun Oct 3:00", "2003-10-26 01:00", "02:00 CET"},
		{"clock timezone NZST 12|clock summer-time NZDT recurring 1 Sun Oct 2:00 3 Sun Mar 3:00", "2003-12-31 00:00", "13:00 NZDT"},
		{"clock summer-time X date 7 April 2003 2:00 27 October 2003 2:00 30", "2003-07-04 12:00", "12:30 X"},
		{"clock summer-time X date april 7 2003 2:00 october 27 2003 2:00", "2004-07-04 12:00", "12:00 UTC"},
		{"clock summer-time X date rubbish", "2003-07-04 12:00", "12:00 UTC"},
	} {
		e := New(rel)
		for line := range strings.SplitSeq(c.lines, "|") {
			words := strings.Fields(line)
			if len(words) < 2 {
				continue
			}
			s := Stored{Command: "clock", Slot: words[0] + " " + words[1]}
			for _, w := range words {
				s.Words = append(s.Words, Word{Text: w})
			}
			e.SetStored(s)
		}
		at, err := time.Parse("2006-01-02 15:04", c.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := at.In(e.Config().ZoneAt(at)).Format("15:04 MST"); got != c.want {
			t.Errorf("%s at %s: %s, want %s", c.lines, c.utc, got, c.want)
		}
	}
}
