package command

import (
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
)

// LoginHistory is what a user is told about the logins before this one.
type LoginHistory struct {
	Days, Logins     int         // the logins of so many days, this one too
	Last, LastFailed LoginSource // zero: there was none
	Failures         int         // since the last login
}

// LoginSource is a login: when, and from where.
type LoginSource struct {
	Time time.Time
	From string // an address, or "console"
}

// Lines are the history as it is told to user.
func (h LoginHistory) Lines(rel *release.Release, user, host string) []string {
	source := func(key release.Key, s LoginSource) string {
		if s.Time.IsZero() {
			return ""
		}
		return rel.Say(key, s.Time.Format("15:04:05 MST Jan 2 2006"), s.From)
	}
	return strings.Split(rel.Say(release.LoginHistory, user, host, h.Days, h.Logins, source(release.LoginLast, h.Last),
		h.Failures, source(release.LoginLastFailed, h.LastFailed)), "\n")
}

// loginHistoryWords are the line that switches it.
const loginHistoryWords = "aaa authentication login-history"

// usualLoginDays is what a history goes back to where no duration is set.
const usualLoginDays = 90

// LoginHistoryOn reports whether users are told.
func LoginHistoryOn(c *config.Config) bool {
	l, ok := c.InSlot(loginHistoryWords, loginHistoryWords)
	return c.Release.Console.LoginHistory && !(ok && l.Off)
}

// LoginDays are the days that the history goes back to.
func LoginDays(c *config.Config) int {
	if l, ok := c.InSlot(loginHistoryWords, loginHistoryWords); ok && !l.Off {
		words := strings.Fields(l.Text())
		if n, err := strconv.Atoi(words[len(words)-1]); err == nil {
			return n
		}
	}
	return usualLoginDays
}

// loginHistorySpec is the line. unverified: that 9.8 does not print it where it is the usual one.
var loginHistorySpec = storedSpec{
	name: loginHistoryWords, help: helpAAA, span: since98, section: release.SectionAAA, noclear: true, acts: true,
	forms: []form{{slot: lit(loginHistoryWords), rest: opt(lit("duration"), numVal("days", 1, 365)), plain: true, noStays: true, usual: []usual{
		{span: only98, slot: loginHistoryWords},
		{span: since912, slot: loginHistoryWords, text: loginHistoryWords},
	}}},
}
