package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	showLogQueue    = g.Word("queue", "Show the queue for syslog servers")
	showLogDisabled = g.Word("disabled", "Show the messages that are switched off")
	showLogMessage  = g.Word("message", "Show the level of a message")
	showLogID       = &g.Param[int]{Name: "syslog_id", Help: "number of the message", Type: messageType()}
	showLogAll      = g.Word("all", "Show all messages")
	showLogLevel    = g.Word("level", "Show the messages with a level of their own")
	showLogSetting  = g.Word("setting", "Show logging setting only")
	showLogPart     = &Command{
		Name: "show logging queue", Help: "Show logging information", Mode: Privileged, Span: logStamped,
		Syntax: show(g.Word("logging", "Show logging information"), g.Alt(showLogQueue, showLogDisabled, g.In(since63, showLogLevel),
			g.In(since63, showLogMessage, g.Opt(g.Alt(showLogAll, showLogID))))),
		Run: runShowLogPart,
	}
	showLogging = &Command{
		Name: "show logging", Help: "Show logging information", Mode: Privileged, Span: since42,
		Syntax: show(g.Word("logging", "Show logging information"), g.In(inASA, g.Opt(showLogSetting))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			c, log := s.Box().Config(), s.Box().Log()
			if err := emit(s, LoggingText(s.Release(), c, log)); err != nil {
				return err
			}
			if showLogSetting.Seen(m) {
				return nil
			}
			return emitLines(s, slices.Values(log.Buffer))
		},
	}
	showSyslog = &Command{
		Name: "show syslog", Help: "Show syslog settings and messages", Mode: Privileged, Span: before42,
		Syntax: show(g.Word("syslog", "Show syslog settings and messages")),
		Run: func(_ context.Context, s Session, _ *g.Match) error { // unverified: settings, then messages
			if err := emitLines(s, block(s.Running(View{Release: s.Release()}), "syslog")); err != nil {
				return err
			}
			return emitLines(s, slices.Values(s.Box().Log().Buffer))
		},
	}
	clearLogging = clearingLog("logging", pixFrom(4, 2))
	clearLogOff  = &Command{
		Name: "clear logging disabled", Help: "Log all messages again", Mode: Configure, Span: pixFrom(4, 3),
		Syntax: clearing(keywords("logging disabled", "Log all messages again")...),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			return s.Box().Edit(func(e *config.Edit) error {
				for v := range e.View().Logging.Messages.Values() {
					if v.Off {
						v.Off = false
						e.SetLogMessage(v)
					}
				}
				return nil
			})
		},
	}
	clearSyslog = clearingLog("syslog", before42)
	clearBuffer = clearingLog("logging buffer", inASA)
)

func clearingLog(words string, span release.Span) *Command {
	parts := make([]g.Syntax, 0, 2)
	for _, w := range strings.Fields(words) {
		parts = append(parts, g.Word(w, "Clear the logging buffer"))
	}
	return &Command{
		Name: "clear " + words, Help: "Clear the logging buffer", Mode: Privileged, Span: span, Syntax: clearing(parts...),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			s.Box().ClearLog()
			return nil
		},
	}
}

// LoggingText is the block of settings above the messages of show logging.
func LoggingText(rel *release.Release, c *config.Config, n LogState) string {
	l := c.Logging
	enabled := func(on bool) string {
		if on {
			return "enabled"
		}
		return "disabled"
	}
	level := func(at config.Level, messages int) string {
		if at == config.LevelOff {
			return "disabled"
		}
		return rel.Say(release.LoggingLevel, g.LevelName(int(at)), messages)
	}
	trap, hosts := "disabled", ""
	if l.Trap != config.LevelOff {
		trap = rel.Say(release.LoggingTrap, g.LevelName(int(l.Trap)), l.Facility, n.Trap)
	}
	for h := range l.Hosts.Values() {
		proto := "UDP"
		if h.Proto == protoTCP {
			proto = "TCP"
		}
		hosts += rel.Say(release.LoggingHost, h.If, h.Addr, proto, n.Trap)
	}
	if l.Trap != config.LevelOff {
		hosts += rel.Say(release.LoggingTCP, n.Discarded)
	}
	hidden, kept := c.InSlot("logging", "logging hide username")
	return rel.Say(release.LoggingState, enabled(l.On), l.Facility, enabled(l.Timestamp), enabled(l.Standby),
		level(l.Console, n.Console), level(l.Monitor, n.Monitor), level(l.Buffered, n.Buffered), trap,
		level(l.History, n.History), shownDeviceID(rel, c), hosts, level(l.ASDM, n.ASDM), enabled(!kept || !hidden.Off),
		enabled(l.PermitHostdown), level(mailLevel(c), 0))
}

// mailLevel is that of the messages that are to go out by mail, which none does.
func mailLevel(c *config.Config) config.Level {
	word, ok := c.StoredWord("logging", "logging mail")
	for at := config.Level(0); ok && at <= 7; at++ {
		if g.LevelName(int(at)) == word {
			return at
		}
	}
	return config.LevelOff
}

// shownDeviceID is what messages to servers say of the box, beside its time.
func shownDeviceID(rel *release.Release, c *config.Config) string {
	l := c.Logging
	switch l.DeviceIDKind {
	case "":
		return "disabled"
	case "hostname":
		return rel.Say(release.LoggingDevice, l.DeviceIDKind, c.Hostname)
	case "ipaddress":
		f, _ := c.Interface(l.DeviceID)
		return rel.Say(release.LoggingDeviceIf, l.DeviceID, addrOr(f.Addr.Addr()))
	}
	return rel.Say(release.LoggingDevice, l.DeviceIDKind, l.DeviceID)
}

// runShowLogPart prints the queue, or the messages that are not logged as usual.
func runShowLogPart(_ context.Context, s Session, m *g.Match) error {
	l, log := s.Box().Config().Logging, s.Box().Log()
	if showLogQueue.Seen(m) {
		limit := "Unlimited"
		if l.Queue > 0 {
			limit = fmt.Sprintf("%d msg(s)", l.Queue)
		}
		return tell(s, release.LoggingQueue, limit, log.Queued, log.MostQueued, log.Discarded)
	}
	if showLogMessage.Seen(m) {
		return showLogMessages(s, l, m)
	}
	for v := range l.Messages.Values() {
		id, one := showLogID.Lookup(m)
		if one && id != v.ID || showLogDisabled.Seen(m) && !v.Off || showLogLevel.Seen(m) && v.Level == config.LevelOff {
			continue
		}
		for _, text := range logMessageLines(v) {
			s.Printf("%s\n", text)
		}
	}
	return nil
}

// showLogMessages prints the level of one message, of all, or of those that are not logged as usual.
func showLogMessages(s Session, l config.Logging, m *g.Match) error {
	levels := s.Release().MessageLevels()
	id, one := showLogID.Lookup(m)
	shown := func(n int) bool {
		_, changed := l.Changed(n)
		return one && n == id || showLogAll.Seen(m) || !one && changed
	}
	for _, n := range slices.Sorted(maps.Keys(levels)) {
		if shown(n) {
			if err := emit(s, logMessageText(s.Release(), &l, n, config.Level(levels[n]))+"\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// logMessageText is what show logging message says of one.
func logMessageText(rel *release.Release, l *config.Logging, id int, usual config.Level) string {
	now, state := "", "enabled"
	on, level := l.Message(id, usual)
	if level != usual {
		now = rel.Say(release.LogMessageNow, g.LevelName(int(level)))
	}
	if !on {
		state = "disabled"
	}
	return rel.Say(release.LogMessage, id, g.LevelName(int(usual)), now, state)
}
