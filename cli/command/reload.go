package command

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const (
	ctrlC      = 0x03
	helpReload = "Halt and perform a cold restart"
)

var (
	reloadCancel = g.Word("cancel", "Cancel pending reload")
	reloadAt     = g.Word("at", "Reload at a specific time/date")
	reloadHour   = &g.Param[time.Duration]{Name: "hh:mm", Help: "Time to reload", Type: clockValue(24 * 60)}
	reloadDay    = &g.Param[int]{Name: "day", Help: "Day of the month", Type: g.Int(1, 31)}
	reloadMonth  = &g.Param[string]{Name: "month", Help: "Month of the year", Type: g.Enum(monthNames...)}
	reloadIn     = g.Word("in", "Reload after a time interval")
	reloadAfter  = &g.Param[time.Duration]{Name: "[hh:]mm", Help: "Delay before reload", Type: delayValue(576 * 60)}
	reloadHold   = g.Word("max-hold-time", "Maximum hold time for orderly reload")
	reloadMost   = &g.Param[time.Duration]{Name: "[hh:]mm", Help: "Maximum hold time", Type: delayValue(576 * 60)}
	reloadWhy    = g.Word("reason", "Reason for reload")
	reloadReason = &g.Param[string]{Name: "text", Help: "Reason text", Type: g.Text()}
	reloadQuick  = g.Word("quick", "Quick reload without properly shutting down each subsystem")

	reloadNoConfirm = g.Word("noconfirm", "Perform an immediate reload without asking for confirmation")
	reloadSave      = g.Word("save-config", "Save configuration before reload")
	reload          = &Command{
		Name: "reload", Help: helpReload, Mode: Privileged,
		Syntax: g.Seq(g.Word("reload", helpReload), g.Alt(
			g.In(pixFrom(5, 0), g.Opt(reloadNoConfirm)),
			g.In(inASA, g.Alt(reloadCancel, g.Seq(g.Any(
				g.Alt(g.Seq(reloadAt, reloadHour, g.Opt(g.Alt(g.Seq(reloadDay, reloadMonth), g.Seq(reloadMonth, reloadDay)))), g.Seq(reloadIn, reloadAfter)),
				g.Seq(reloadHold, reloadMost), reloadNoConfirm, reloadQuick, reloadSave), g.Opt(reloadWhy, reloadReason)))),
			g.Seq(),
		)),
		Run:   runReload,
		Usage: []string{"reload [noconfirm]"},
	}
	showReload = shows("reload", "Display pending reload information", Privileged, inASA, func(s Session) error {
		r, ok := s.Box().Scheduled()
		if !ok {
			s.Say(release.ReloadNone)
			return nil
		}
		return sayScheduled(s, r)
	})
)

// ScheduledReload is a reload that is still to come.
type ScheduledReload struct {
	At       time.Time
	From, By string // where it was typed, and who typed it
	Reason   string
	Save     bool // the configuration is saved before it
}

// clockValue is hh:mm, below so many minutes.
func clockValue(most int) g.Type[time.Duration] {
	return g.Type[time.Duration]{
		Label: "hh:mm",
		Parse: func(_ g.Env, w string) (time.Duration, error) {
			h, m, ok := strings.Cut(w, ":")
			hours, err1 := strconv.Atoi(h)
			mins, err2 := strconv.Atoi(m)
			if !ok || err1 != nil || err2 != nil || hours < 0 || mins < 0 || mins > 59 || hours*60+mins >= most {
				return 0, strconv.ErrRange
			}
			return time.Duration(hours)*time.Hour + time.Duration(mins)*time.Minute, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(60)) },
	}
}

// delayValue is [hh:]mm, up to so many minutes.
func delayValue(most int) g.Type[time.Duration] {
	clock := clockValue(most + 1)
	return g.Type[time.Duration]{
		Label: "[hh:]mm",
		Parse: func(e g.Env, w string) (time.Duration, error) {
			if n, err := strconv.Atoi(w); err == nil && n >= 0 && n <= most {
				return time.Duration(n) * time.Minute, nil
			}
			return clock.Parse(e, w)
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprint(1 + r.IntN(most)) },
	}
}

// scheduled is the time of a reload that is not to come at once.
func scheduled(s Session, m *g.Match) (at time.Time, ok bool) {
	now := s.Box().Now().In(s.Box().Zone())
	switch {
	case reloadIn.Seen(m):
		return now.Add(reloadAfter.Get(m)), true
	case !reloadAt.Seen(m):
		return now, false
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	month, dated := reloadMonth.Lookup(m)
	if dated {
		midnight = time.Date(now.Year(), time.Month(slices.Index(monthNames, month)+1), reloadDay.Get(m), 0, 0, 0, 0, now.Location())
	}
	at = midnight.Add(reloadHour.Get(m))
	switch {
	case at.After(now):
	case dated:
		at = at.AddDate(1, 0, 0)
	default:
		at = at.AddDate(0, 0, 1)
	}
	return at, true
}

// sayScheduled tells of a reload to come.
func sayScheduled(s Session, r ScheduledReload) error {
	left := r.At.Sub(s.Box().Now()).Round(time.Minute)
	words := func(n int, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprint(n, " ", one, "s")
	}
	in := words(int(left/time.Minute)%60, "minute")
	if h := int(left / time.Hour); h > 0 {
		in = words(h, "hour") + " and " + in
	}
	s.Say(release.ReloadScheduled, r.At.In(s.Box().Zone()).Format("15:04:05 MST Mon January 2 2006"), in)
	if r.Reason != "" {
		s.Say(release.ReloadReason, r.Reason)
	}
	return nil
}

// runReload asks; the box's owner does the rest, and this session ends with the box.
func runReload(_ context.Context, s Session, m *g.Match) error {
	rel := s.Release()
	if reloadCancel.Seen(m) {
		if !s.Box().Unschedule(s) {
			s.Say(release.ReloadNone)
			return nil
		}
		return tell(s, release.ShutdownAborted)
	}
	at, later := scheduled(s, m)
	plan := ScheduledReload{At: at, From: s.From(), By: s.User(), Reason: reloadReason.Get(m), Save: reloadSave.Seen(m)}
	if reloadSave.Seen(m) {
		if !later {
			save(s)
		}
	} else if rel.Console.ReloadAsksSave && !reloadNoConfirm.Seen(m) && s.Box().Dirty() {
		if err := offerSave(s); err != nil {
			return err
		}
	}
	if later {
		if err := sayScheduled(s, plan); err != nil {
			return err
		}
	}
	if !reloadNoConfirm.Seen(m) {
		ok, err := confirmReload(s)
		if err != nil || !ok {
			return err
		}
	}
	if later {
		s.Box().Schedule(plan, s)
		return tell(s, release.ShutdownIn, g.FormatDuration(at.Sub(s.Box().Now()).Round(time.Second)))
	}
	if rel.Console.ReloadPrompt {
		s.Printf("%s%s", s.Box().Config().Hostname, s.Mode().Prompt(s.Release()))
	}
	s.Box().Reload(s.From())
	return nil
}

// offerSave asks until y or n comes; Enter alone is no answer.
func offerSave(s Session) error {
	for {
		key, err := s.Key(s.Release().Say(release.ReloadSave))
		if err != nil {
			return err
		}
		switch key {
		case 'y', 'Y':
			save(s)
			return nil
		case 'n', 'N':
			return nil
		case ctrlC:
			return context.Canceled
		}
	}
}

func confirmReload(s Session) (bool, error) {
	rel := s.Release()
	if !rel.Console.ConfirmAny {
		return s.Confirm(rel.Say(release.ReloadConfirm))
	}
	key, err := s.Key(rel.Say(release.ReloadConfirm))
	return err == nil && key != 'n' && key != 'N' && key != ctrlC, err
}
