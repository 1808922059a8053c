package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
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

var (
	shownUser        = &g.Param[string]{Name: "name", Help: "Name of the user", Type: g.Ident(64)}
	showLoginHistory = &Command{
		Name: "show aaa login-history", Help: "Show login history", Mode: Privileged, Span: since98,
		Syntax: show(g.Word("aaa", "Show AAA information"), g.Word("login-history", "Show login history"), g.Opt(g.Word("user", "Of one user"), shownUser)),
		Run:    runShowLogins,
	}
)

// runShowLogins shows the users in the order of their names. Without the feature nobody is shown.
func runShowLogins(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	if !LoginHistoryOn(c) {
		return nil
	}
	all := s.Box().Logins()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if one, ok := shownUser.Lookup(m); ok && one != name {
			continue
		}
		h := all[name]
		when := func(l LoginSource) string {
			if l.Time.IsZero() {
				return "None"
			}
			return l.Time.Format(loginStamp) + " from " + l.From
		}
		level := 1
		if u, ok := c.User(name); ok {
			level = u.Privilege
		}
		if err := tell(s, release.LoginShown, name, fmt.Sprintf("%-16s", fmt.Sprint(h.Days, " days:")), h.Logins, when(h.Last), h.Failures, when(h.LastFailed), level); err != nil {
			return err
		}
	}
	return nil
}

// loginStamp is how the time of a login is written.
const loginStamp = "15:04:05 MST Jan 2 2006"

// Lines are the history as it is told to user.
func (h LoginHistory) Lines(rel *release.Release, user, host string) []string {
	source := func(key release.Key, s LoginSource) string {
		if s.Time.IsZero() {
			return ""
		}
		return rel.Say(key, s.Time.Format(loginStamp), s.From)
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
