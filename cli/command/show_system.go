package command

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// shows makes a show command without arguments.
func shows(words, help string, mode Mode, span release.Span, do func(s Session) error) *Command {
	parts := make([]g.Syntax, 0, 2)
	for _, w := range strings.Fields(words) {
		parts = append(parts, g.Word(w, help))
	}
	return &Command{
		Name: "show " + words, Help: help, Mode: mode, Span: span, Syntax: show(parts...),
		Run: func(_ context.Context, s Session, _ *g.Match) error { return do(s) },
	}
}

var (
	showHistory = shows("history", "Display the session command history", User, release.Since(release.V(4, 1)), func(s Session) error {
		past := s.History()
		if n := s.Release().Console.HistorySize; n > 0 && len(past) > n {
			past = past[len(past)-n:]
		}
		for _, line := range past {
			if err := emit(s, "  "+line+"\n"); err != nil {
				return err
			}
		}
		return nil
	})
	showChecksum = shows("checksum", "Display configuration information cryptochecksum", User, since42, func(s Session) error {
		s.Say(release.ShowChecksum, Groups(s.Box().Checksum()))
		return nil
	})
	showCurpriv = shows("curpriv", "Display current privilege level", User, since62, func(s Session) error {
		modes := "P_UNPR"
		if s.Privilege() > 1 {
			modes = "P_PRIV"
		}
		if s.Mode() >= Configure {
			modes += " P_CONF"
		}
		s.Say(release.Curpriv, s.User(), s.Privilege(), modes)
		return nil
	})
	showMode = shows("mode", "Show current mode", Privileged, inASA, func(s Session) error {
		s.Say(release.ModeSingle)
		return nil
	})
	showFirewall = shows("firewall", "Show firewall mode", Privileged, inASA, func(s Session) error {
		s.Say(release.FirewallRouter)
		return nil
	})
	showInventory = shows("inventory", "Show all inventory information", Privileged, inASA, func(s Session) error {
		return tell(s, release.InventoryAll, s.Release().Model.Serial)
	})
)

var since43 = release.Since(release.V(4, 3))

var (
	clockDetail = g.Word("detail", "Display the time source and the summer-time")
	showClock   = &Command{
		Name: "show clock", Help: "Show current time", Mode: Privileged, Span: since43,
		Syntax: show(g.Word("clock", "Show current time"), g.In(since62, g.Opt(clockDetail))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			if err := emit(s, stamp(s.Box().Now().In(s.Box().Zone()))+"\n"); err != nil || !clockDetail.Seen(m) {
				return err
			}
			return showClockDetail(s)
		},
	}
	clockTime  = &g.Param[time.Duration]{Name: "hh:mm:ss", Help: "Current time", Type: timeOfDay()}
	clockDay   = &g.Param[int]{Name: "day", Help: "Day of the month", Type: g.Int(1, 31)}
	clockMonth = &g.Param[string]{Name: "month", Help: "Month of the year", Type: g.Enum(monthNames...)}
	clockYear  = &g.Param[int]{Name: "year", Help: "Year", Type: g.Int(1993, 2035)}
	clockSet   = &Command{
		Name: "clock set", Help: "Set the time", Mode: Privileged, Span: since43,
		Syntax: g.Seq(g.Word("clock", "Manage the system clock"), g.Word("set", "Set the time"), clockTime,
			g.Alt(g.Seq(clockDay, clockMonth), g.Seq(clockMonth, clockDay)), clockYear),
		Run:   runClockSet,
		Usage: []string{"clock set <hh:mm:ss> {<day> <month> | <month> <day>} <year>"},
	}
)

// showClockDetail is what detail adds.
func showClockDetail(s Session) error {
	source := release.ClockHardware
	if s.Box().ClockTyped() {
		source = release.ClockTyped
	}
	s.Say(source)
	if v, ok := s.Box().Config().SummerAt(s.Box().Now()); ok {
		const moment = "15:04:05 MST Mon Jan 2 2006"
		s.Say(release.ClockSummer, v.Begin.Format(moment), v.End.Format(moment))
	}
	return nil
}

var monthNames = []string{
	"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
}

// timeOfDay is hh:mm:ss below 24 hours.
func timeOfDay() g.Type[time.Duration] {
	t := g.Duration()
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (time.Duration, error) {
		d, err := parse(e, w)
		if err == nil && d >= 24*time.Hour {
			err = errors.New("no time of a day")
		}
		return d, err
	}
	t.Sample = func(_ g.Env, r *rand.Rand) string {
		return g.FormatDuration(time.Duration(r.IntN(24*60*60)) * time.Second)
	}
	return t
}

// ahead is how far a time's zone is ahead of UTC.
func ahead(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

func runClockSet(_ context.Context, s Session, m *g.Match) error {
	month := slices.Index(monthNames, clockMonth.Get(m)) + 1
	zone := s.Box().Zone()
	at := time.Date(clockYear.Get(m), time.Month(month), clockDay.Get(m), 0, 0, 0, 0, zone)
	if at.Day() != clockDay.Get(m) { // 30 February
		s.Say(release.ClockBad)
		return nil
	}
	at = at.Add(clockTime.Get(m))
	s.Box().SetClock(at.Add(ahead(at) - ahead(at.In(s.Box().Config().ZoneAt(at))))) // it may be summer then and not now
	return nil
}
