package command

import (
	"iter"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// timerWord is one timer of the timeout command.
type timerWord struct {
	timer config.Timer
	text  string
	span  release.Span
	least time.Duration // 0 means never and is legal, unless there is a most
	most  time.Duration
	word  *g.Keyword // the last of text
	words g.Syntax
	value *g.Param[time.Duration]
}

// timerWords are the timers; rpc became sunrpc in 7.0.
var timerWords = timerTable(
	timerWord{timer: config.TimerXlate, text: "xlate", least: time.Minute},
	timerWord{timer: config.TimerConn, text: "conn", least: 5 * time.Minute},
	timerWord{timer: config.TimerHalfClosed, text: "half-closed", span: since43, least: 5 * time.Minute},
	timerWord{timer: config.TimerUDP, text: "udp", least: time.Minute},
	timerWord{timer: config.TimerICMP, text: "icmp", span: inASA, least: 2 * time.Second},
	timerWord{timer: config.TimerRPC, text: "rpc", span: inPIX},
	timerWord{timer: config.TimerRPC, text: "sunrpc", span: inASA},
	timerWord{timer: config.TimerH323, text: "h323"},
	timerWord{timer: config.TimerH225, text: "h225", span: since63},
	timerWord{timer: config.TimerMGCP, text: "mgcp", span: since63},
	timerWord{timer: config.TimerMGCPPAT, text: "mgcp-pat", span: inASA},
	timerWord{timer: config.TimerSIP, text: "sip", span: release.Since(release.V(5, 2))},
	timerWord{timer: config.TimerSIPMedia, text: "sip_media", span: release.Since(release.V(5, 2))},
	timerWord{timer: config.TimerSIPDisconnect, text: "sip-disconnect", span: since63},
	timerWord{timer: config.TimerSIPInvite, text: "sip-invite", span: since63},
	timerWord{timer: config.TimerSIPProvisional, text: "sip-provisional-media", span: release.Since(release.V(8, 2))},
	timerWord{timer: config.TimerTCPProxy, text: "tcp-proxy-reassembly", span: release.Since(release.V(8, 2))},
	timerWord{timer: config.TimerPATXlate, text: "pat-xlate", span: since84, least: 30 * time.Second, most: 5 * time.Minute},
	timerWord{timer: config.TimerFloating, text: "floating-conn", span: since84, least: 30 * time.Second},
	timerWord{timer: config.TimerSCTP, text: "sctp", span: since98, least: time.Minute},
	timerWord{timer: config.TimerHolddown, text: "conn-holddown", span: since98},
	timerWord{timer: config.TimerStaleRoute, text: "igp stale-route", span: since98},
)

func timerTable(rows ...timerWord) []timerWord {
	for i := range rows {
		var words []g.Syntax
		for w := range strings.FieldsSeq(rows[i].text) {
			rows[i].word = kw(w)
			words = append(words, rows[i].word)
		}
		rows[i].words = g.Seq(words...)
		rows[i].value = &g.Param[time.Duration]{Name: "hh:mm:ss", Help: "idle time, 0 is never", Type: g.Duration()}
	}
	return rows
}

func timerSyntax() g.Syntax {
	var alts []g.Syntax
	for _, w := range timerWords {
		alts = append(alts, g.In(w.span, w.words, w.value))
	}
	alts = append(alts, g.Seq(uauthWord, uauthIdle, uauthInactivity), g.Seq(uauthWord, uauthValue, g.Opt(uauthAbsolute)))
	return g.Many(g.Alt(alts...))
}

var (
	timeoutWord     = g.Word("timeout", "Set the maximum idle times")
	uauthWord       = kw("uauth")
	uauthValue      = &g.Param[time.Duration]{Name: "hh:mm:ss", Help: "idle time, 0 is never", Type: g.Duration()}
	uauthIdle       = &g.Param[time.Duration]{Name: "hh:mm:ss", Help: "idle time, 0 is never", Type: g.Duration()}
	uauthAbsolute   = g.Word("absolute", "From the login on")
	uauthInactivity = g.Word("inactivity", "From the last use on")

	timeout = &Command{
		Name: "timeout", Help: "Set the maximum idle times", Mode: Configure,
		Syntax:      g.Seq(timeoutWord, timerSyntax()),
		NoSyntax:    g.Seq(timeoutWord, g.Opt(timerSyntax())),
		ClearSyntax: timeoutWord,
		Set:         setTimeout,
		No:          noTimeout,
		Clear:       func(c *Ctx, e *config.Edit, m *g.Match) error { e.ResetTimeouts(); return nil },
		Lines:       timeoutLines,
		Usage: []string{
			"timeout [xlate|conn|half-closed|udp|rpc|h323|h225|mgcp|sip|sip_media [<hh:mm:ss>] [...]]",
			"timeout uauth <hh:mm:ss> [absolute|inactivity]",
		},
	}
)

func setTimeout(c *Ctx, e *config.Edit, m *g.Match) error {
	for _, w := range timerWords {
		d, typed := w.value.Lookup(m)
		if !typed || !w.word.Seen(m) {
			continue
		}
		switch {
		case (d != 0 || w.most > 0) && d < w.least:
			return Errorf(release.ConfBadTimeout, w.text, g.FormatDuration(w.least))
		case w.most > 0 && d > w.most:
			return ErrUsage
		}
		e.SetTimeout(w.timer, d)
	}
	if d, typed := uauthValue.Lookup(m); typed {
		e.SetTimeout(config.TimerUauth, d)
	}
	if d, typed := uauthIdle.Lookup(m); typed {
		e.SetTimeout(config.TimerUauthIdle, d)
	}
	return nil
}

// noTimeout puts the timers that were named back to their defaults, or all of them.
func noTimeout(c *Ctx, e *config.Edit, m *g.Match) error {
	usual, any := config.DefaultTimeouts(c.Release), false
	for _, w := range timerWords {
		if w.word.Seen(m) {
			e.SetTimeout(w.timer, usual.Of(w.timer))
			any = true
		}
	}
	for timer, value := range map[config.Timer]*g.Param[time.Duration]{config.TimerUauth: uauthValue, config.TimerUauthIdle: uauthIdle} {
		if _, typed := value.Lookup(m); typed {
			e.SetTimeout(timer, usual.Of(timer))
			any = true
		}
	}
	if !any {
		e.ResetTimeouts()
	}
	return nil
}

func timeoutLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, words := range c.Release.Config.TimeoutLines {
			if !yield(Line{Section: release.SectionTimeout, Text: timeoutText(c, words)}) {
				return
			}
		}
	}
}

// timeoutText is one line of timers; uauth says what it counts from, and the one from the last use stands behind the one
// from the login (a 6.x session: "timeout uauth 0:05:00 absolute uauth 0:04:00 inactivity").
func timeoutText(c *config.Config, words []string) string {
	text := "timeout"
	for _, word := range words {
		text += " " + word + " " + g.FormatDuration(c.Timeouts.Of(timerOf(word)))
		if word != "uauth" {
			continue
		}
		if c.Release.Config.UauthManner {
			text += " absolute"
		}
		if d := c.Timeouts.Of(config.TimerUauthIdle); d > 0 {
			text += " uauth " + g.FormatDuration(d) + " inactivity"
		}
	}
	return text
}

func timerOf(word string) config.Timer {
	for _, w := range timerWords {
		if w.text == word {
			return w.timer
		}
	}
	return config.TimerUauth
}
