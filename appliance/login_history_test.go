package appliance

import (
	"fmt"
	"testing"
	"time"

	"pixsim/cli/command"
)

// A user is told of the logins of the last days, of the one before this one, and of those that failed since.
func TestLoginHistory(t *testing.T) {
	var h loginHistory
	at := func(day, hour int, from string) command.LoginSource {
		return command.LoginSource{Time: time.Date(2020, 3, day, hour, 0, 0, 0, time.UTC), From: from}
	}
	told := func(s command.LoginSource, days int) string {
		v := h.enter("ann", s, days)
		return fmt.Sprintf("%d in %d from %q, %d from %q", v.Logins, v.Days, v.Last.From, v.Failures, v.LastFailed.From)
	}
	for i, x := range []struct{ got, want string }{
		{told(at(1, 8, "console"), 90), `1 in 1 from "", 0 from ""`},
		{told(at(1, 9, "10.1.1.2"), 90), `2 in 1 from "console", 0 from ""`},
		{told(at(2, 8, "10.1.1.3"), 90), `3 in 2 from "10.1.1.2", 0 from ""`},
		{func() string {
			h.fail("ann", at(3, 7, "10.1.1.9"))
			h.fail("ann", at(3, 8, "10.1.1.8"))
			return told(at(3, 9, "x"), 90)
		}(), `4 in 3 from "10.1.1.3", 2 from "10.1.1.8"`},
		{told(at(3, 10, "y"), 90), `5 in 3 from "x", 0 from "10.1.1.8"`},
		{told(at(3, 11, "y"), 2), `4 in 2 from "y", 0 from "10.1.1.8"`},
		{told(at(20, 11, "z"), 5), `1 in 1 from "y", 0 from "10.1.1.8"`},
	} {
		if x.got != x.want {
			t.Errorf("%d: %s, want %s", i, x.got, x.want)
		}
	}
}

// Neither names nor days grow without end.
func TestLoginHistoryIsBounded(t *testing.T) {
	var h loginHistory
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 3 * longestHistory {
		h.enter("ann", command.LoginSource{Time: start.AddDate(0, 0, i), From: "console"}, longestHistory)
	}
	if n := len(h.users["ann"].days); n > longestHistory {
		t.Errorf("%d days are kept", n)
	}
	for i := range 3 * mostHistories {
		h.fail(fmt.Sprint("user", i), command.LoginSource{Time: start, From: "10.1.1.1"})
	}
	if n := len(h.users); n > mostHistories {
		t.Errorf("%d users are remembered", n)
	}
	if v := h.enter("late", command.LoginSource{Time: start, From: "console"}, 90); v.Days != 1 || v.Logins != 1 {
		t.Errorf("who is not remembered is told %+v", v)
	}
}
