package appliance

import (
	"sync"
	"time"

	"pixsim/cli/command"
)

// loginHistory is what the box knows of the logins of each user. It outlives a reload.
type loginHistory struct {
	mu    sync.Mutex
	users map[string]*userLogins
}

// userLogins are the logins of one user. days has the number of each day with a login, oldest first; no more days than the
// longest duration are kept.
type userLogins struct {
	days     []loginDay
	last     command.LoginSource
	failed   command.LoginSource
	failures int // since the last login
}

type loginDay struct{ day, logins int }

const (
	// mostHistories are the users that are remembered at a time; those who cannot log in are not.
	mostHistories = 1024
	// longestHistory is the longest duration of aaa authentication login-history, in days.
	longestHistory = 365
)

// of is a user's, nil where no more are remembered.
func (h *loginHistory) of(user string) *userLogins {
	u := h.users[user]
	if u == nil && len(h.users) < mostHistories {
		if h.users == nil {
			h.users = map[string]*userLogins{}
		}
		u = &userLogins{}
		h.users[user] = u
	}
	return u
}

// dayOf numbers days.
func dayOf(t time.Time) int { return int(t.Unix() / (24 * 60 * 60)) }

// enter counts a login and says what there was before it, of the last days.
func (h *loginHistory) enter(user string, at command.LoginSource, days int) command.LoginHistory {
	h.mu.Lock()
	defer h.mu.Unlock()
	u := h.of(user)
	if u == nil {
		return command.LoginHistory{Days: 1, Logins: 1}
	}
	today := dayOf(at.Time)
	if n := len(u.days); n == 0 || u.days[n-1].day != today {
		u.days = append(u.days, loginDay{day: today})
	}
	u.days[len(u.days)-1].logins++
	for len(u.days) > 1 && u.days[0].day <= today-longestHistory {
		u.days = u.days[1:]
	}
	told := u.told(today, days)
	u.last, u.failures = at, 0
	return told
}

// told is what there is to say of the last days.
func (u *userLogins) told(today, days int) command.LoginHistory {
	told := command.LoginHistory{Days: 1, Last: u.last, Failures: u.failures, LastFailed: u.failed}
	for _, d := range u.days {
		if d.day > today-days && d.day <= today {
			told.Days = max(told.Days, today-d.day+1)
			told.Logins += d.logins
		}
	}
	return told
}

// Logins implements command.Box.
func (b *Box) Logins() map[string]command.LoginHistory {
	h := &b.logins
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]command.LoginHistory, len(h.users))
	for name, u := range h.users {
		all[name] = u.told(dayOf(b.Now()), command.LoginDays(b.Config()))
	}
	return all
}

// fail counts a login that was refused.
func (h *loginHistory) fail(user string, at command.LoginSource) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if u := h.of(user); u != nil {
		u.failures++
		u.failed = at
	}
}

// LoggedIn implements command.Box.
func (b *Box) LoggedIn(user, from string) command.LoginHistory {
	return b.logins.enter(user, command.LoginSource{Time: b.Now().In(b.Zone()), From: from}, command.LoginDays(b.Config()))
}

// LoginFailed implements command.Box. Of those who are no user nothing is remembered: anybody can think of names.
func (b *Box) LoginFailed(user, from string) {
	if _, known := b.Config().User(user); known || user == "enable_1" {
		b.logins.fail(user, command.LoginSource{Time: b.Now().In(b.Zone()), From: from})
	}
}
