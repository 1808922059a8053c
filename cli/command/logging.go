package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Spans of logging's parts.
var (
	logStamped = release.Since(release.V(4, 3))
	logStandby = release.Since(release.V(5, 0))
	logEMBLEM  = since63
	logDeviced = since63
)

// logDest is one destination with a level.
type logDest struct {
	name string
	span release.Span
	word *g.Keyword
	at   func(l *config.Logging) *config.Level
}

// logDests are in the order in which they are printed.
var logDests = []logDest{
	{"console", release.Span{}, g.Word("console", "Set logging level of the console"), func(l *config.Logging) *config.Level { return &l.Console }},
	{"monitor", release.Span{}, g.Word("monitor", "Set logging level of other sessions"), func(l *config.Logging) *config.Level { return &l.Monitor }},
	{"buffered", release.Span{}, g.Word("buffered", "Set logging level of the internal buffer"), func(l *config.Logging) *config.Level { return &l.Buffered }},
	{"trap", release.Span{}, g.Word("trap", "Set logging level of the syslog servers"), func(l *config.Logging) *config.Level { return &l.Trap }},
	{"history", release.Since(release.V(5, 1)), g.Word("history", "Set logging level of SNMP traps"), func(l *config.Logging) *config.Level { return &l.History }},
	{"asdm", inASA, g.Word("asdm", "Set logging level of ASDM"), func(l *config.Logging) *config.Level { return &l.ASDM }},
}

var (
	loggingWord   = g.Word("logging", "Enable logging facility")
	logOn         = g.Word("on", "Enable logging to all supported destinations")
	logEnable     = g.Word("enable", "Enable logging to all supported destinations")
	logTimestamp  = g.Word("timestamp", "Precede messages by the time")
	logStandbyOn  = g.Word("standby", "Messages of the standby unit as well")
	logEmblemOn   = g.Word("emblem", "EMBLEM format for all but syslog servers")
	logLevel      = &g.Param[int]{Name: "level", Help: "Enter syslog level (0 - 7)", Type: g.Level()}
	logHostWord   = g.Word("host", "Syslog server")
	logHostIf     = &g.Param[string]{Name: "in_if", Help: "interface of the server", Type: g.IfName()}
	logHostAddr   = &g.Param[netip.Addr]{Name: "l_ip", Help: "address of the server", Type: g.Addr()}
	logHostPort   = &g.Param[logTransport]{Name: "tcp|udp/port#", Help: "transport and port", Type: transportType()}
	logFormat     = g.Word("format", "Format of the messages")
	logEmblem     = g.Word("emblem", "EMBLEM format")
	logSecure     = g.Word("secure", "Transport by TLS")
	logFacWord    = g.Word("facility", "Facility of the syslog servers")
	logFacility   = &g.Param[int]{Name: "fac", Help: "facility, 16 to 23", Type: g.Int(16, 23)}
	logQueueWord  = g.Word("queue", "Messages that may wait")
	logQueue      = &g.Param[int]{Name: "queue_size", Help: "messages, 0 is no limit", Type: g.Int(0, 8192)}
	logBufWord    = g.Word("buffer-size", "Size of the internal buffer")
	logBuf        = &g.Param[int]{Name: "bytes", Help: "octets", Type: g.Int(4096, 1048576)}
	logDevWord    = g.Word("device-id", "Put the name of the device in messages to syslog servers")
	logDevHost    = g.Word("hostname", "The host name")
	logDevIP      = g.Word("ipaddress", "The address of an interface")
	logDevIf      = &g.Param[string]{Name: "if_name", Help: "interface", Type: g.IfName()}
	logDevString  = g.Word("string", "A text")
	logDevText    = &g.Param[string]{Name: "text", Help: "text of at most 16 characters", Type: g.Ident(16)}
	logMsgWord    = g.Word("message", "One message")
	logMsg        = &g.Param[int]{Name: "syslog_id", Help: "number of the message", Type: messageType()}
	logMsgLevel   = g.Word("level", "Give the message another level")
	logMsgLevelTo = &g.Param[int]{Name: "level", Help: "Enter syslog level (0 - 7)", Type: g.Level()}
	logHostdown   = g.Word("permit-hostdown", "Connections may be made while a TCP syslog server is down")
)

// logSyntax is what follows logging; set says whether levels and values must be there.
func logSyntax(set bool) g.Syntax {
	need := func(parts ...g.Syntax) g.Syntax {
		if set {
			return g.Seq(parts...)
		}
		return g.Opt(parts...)
	}
	alts := []g.Syntax{
		logOn,
		g.In(inASA, logEnable),
		g.In(logStamped, logTimestamp),
		g.In(logStandby, logStandbyOn),
		g.In(inASA, logEmblemOn),
		g.In(inASA, logHostdown),
		g.Seq(logHostWord, g.Opt(logHostIf), logHostAddr, g.Opt(logHostPort), g.In(logEMBLEM, g.Opt(logFormat, logEmblem)), g.In(since80, g.Opt(logSecure))),
		g.Seq(logFacWord, need(logFacility)),
		g.In(logStamped, logQueueWord, need(logQueue)), // captures of 4.2 have no line of it
		g.In(inASA, logBufWord, need(logBuf)),
		g.In(logDeviced, logDevWord, need(g.Alt(logDevHost, g.Seq(logDevIP, logDevIf), g.Seq(logDevString, logDevText)))),
		g.In(logStamped, logMsgWord, logMsg, g.In(since63, g.Opt(logMsgLevel, logMsgLevelTo))),
	}
	for _, d := range logDests {
		alts = append(alts, g.In(d.span, d.word, need(logLevel)))
	}
	return g.Alt(alts...)
}

var logging = &Command{
	Name: "logging", Help: "Enable logging facility", Mode: Configure, Span: since42,
	Syntax:   g.Seq(loggingWord, logSyntax(true)),
	NoSyntax: g.Seq(loggingWord, logSyntax(false)),
	Set:      setLogging,
	No:       noLogging,
	Lines:    loggingLines,
	Usage: []string{
		"[no] logging on", "[no] logging timestamp", "[no] logging standby",
		"[no] logging host [<in_if>] <l_ip> [<tcp|udp/port#>] [format emblem]",
		"[no] logging console <level>", "[no] logging buffered <level>", "[no] logging monitor <level>",
		"[no] logging history <level>", "[no] logging trap <level>", "[no] logging message <syslog_id> [level <level>]",
		"logging facility <fac>", "logging queue <queue_size>",
	},
}

// loggingClear is a command of its own: up to 6.3 "clear logging" empties the buffer, which is no configuration.
var loggingClear = &Command{
	Name: "logging", Help: "Enable logging facility", Mode: Configure, Span: inASA, Syntax: loggingWord,
	Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
		e.ResetLogging()
		e.ClearStored(loggingASA.name)
		return nil
	},
}

// logTransport is tcp/1470 or udp/514.
type logTransport struct {
	proto uint8
	port  uint16
}

func transportType() g.Type[logTransport] {
	num := g.Int(1, 65535)
	return g.Type[logTransport]{
		Label: "tcp|udp/<1-65535>",
		Parse: func(e g.Env, w string) (logTransport, error) {
			name, port, _ := strings.Cut(w, "/")
			t := logTransport{}
			switch strings.ToLower(name) {
			case "tcp", "6":
				t.proto = 6
			case "udp", "17":
				t.proto = 17
			default:
				return t, g.ErrAddress
			}
			n, err := num.Parse(e, port)
			t.port = uint16(n)
			return t, err
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("udp/%d", 1025+r.IntN(60000)) },
	}
}

// messageType is the number of a message: six digits.
func messageType() g.Type[int] { return g.Int(100000, 999999) }

func setLogging(c *Ctx, e *config.Edit, m *g.Match) error {
	for _, d := range logDests {
		if d.word.Seen(m) {
			e.SetLogging(func(l *config.Logging) { *d.at(l) = config.Level(logLevel.Get(m)) })
			return nil
		}
	}
	switch {
	case logHostWord.Seen(m):
		e.AddLogHost(logHostOf(e, m))
	case logMsgWord.Seen(m):
		e.SetLogMessage(logMessageOf(e, m, false))
	default:
		e.SetLogging(func(l *config.Logging) { setLogSwitch(l, m, true) })
	}
	return nil
}

func noLogging(c *Ctx, e *config.Edit, m *g.Match) error {
	for _, d := range logDests {
		if d.word.Seen(m) {
			e.SetLogging(func(l *config.Logging) { *d.at(l) = config.LevelOff })
			return nil
		}
	}
	switch {
	case logHostWord.Seen(m):
		return found(e.RemoveLogHost(logHostIf.Get(m), logHostAddr.Get(m)), "logging host")
	case logMsgWord.Seen(m):
		if id := logMsg.Get(m); id == c.Release.Config.LogAlways && !logMsgLevel.Seen(m) {
			return &Error{Key: release.ConfLogAlways, Args: []any{id}}
		}
		e.SetLogMessage(logMessageOf(e, m, true))
	default:
		e.SetLogging(func(l *config.Logging) { setLogSwitch(l, m, false) })
	}
	return nil
}

// setLogSwitch sets the parts that are neither a destination nor a list, to what was typed or to the default.
func setLogSwitch(l *config.Logging, m *g.Match, on bool) {
	value := func(to *int, typed int, usual int) {
		*to = usual
		if on {
			*to = typed
		}
	}
	switch {
	case logOn.Seen(m), logEnable.Seen(m):
		l.On = on
	case logTimestamp.Seen(m):
		l.Timestamp = on
	case logStandbyOn.Seen(m):
		l.Standby = on
	case logEmblemOn.Seen(m):
		l.EMBLEM = on
	case logHostdown.Seen(m):
		l.PermitHostdown = on
	case logFacWord.Seen(m):
		value(&l.Facility, logFacility.Get(m), 20)
	case logQueueWord.Seen(m):
		value(&l.Queue, logQueue.Get(m), 512)
	case logBufWord.Seen(m):
		value(&l.Buffer, logBuf.Get(m), 4096)
	case logDevWord.Seen(m):
		l.DeviceIDKind, l.DeviceID = "", ""
		if on {
			l.DeviceIDKind, l.DeviceID = deviceID(m)
		}
	}
}

func deviceID(m *g.Match) (kind, arg string) {
	switch {
	case logDevIP.Seen(m):
		return "ipaddress", logDevIf.Get(m)
	case logDevString.Seen(m):
		return "string", logDevText.Get(m)
	}
	return "hostname", ""
}

func logHostOf(e *config.Edit, m *g.Match) config.LogHost {
	h := config.LogHost{If: orElse(logHostIf.Get(m), e.View().Inside()), Addr: logHostAddr.Get(m), Proto: 17, Port: 514, EMBLEM: logEmblem.Seen(m), Secure: logSecure.Seen(m)}
	if t, ok := logHostPort.Lookup(m); ok {
		h.Proto, h.Port = t.proto, t.port
	}
	return h
}

// logMessageOf is what the configuration says of a message after the line: a level goes with "no ... level", else the
// message is switched.
func logMessageOf(e *config.Edit, m *g.Match, no bool) config.LogMessage {
	msg := config.LogMessage{ID: logMsg.Get(m), Level: config.LevelOff}
	if old, ok := e.View().Logging.Changed(msg.ID); ok {
		msg = old
	}
	switch {
	case !logMsgLevel.Seen(m):
		msg.Off = no
	case no:
		msg.Level = config.LevelOff
	default:
		msg.Level = config.Level(logMsgLevelTo.Get(m))
	}
	return msg
}

func loggingLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, t := range loggingText(printerFor(c, v), &c.Logging) {
			if !yield(Line{Section: release.SectionLogging, Text: t}) {
				return
			}
		}
	}
}

// loggingText are the lines of what is on or unusual, and of what the release prints always.
func loggingText(p printer, l *config.Logging) []string {
	var out []string
	shown := func(part string) bool { return slices.Contains(p.rel.Config.LoggingShown, part) }
	sw := func(on bool, part string) {
		switch {
		case on:
			out = append(out, "logging "+part)
		case shown(part):
			out = append(out, "no logging "+part)
		}
	}
	value := func(n, usual int, part string) {
		if n != usual || shown(part) {
			out = append(out, fmt.Sprintf("logging %s %d", part, n))
		}
	}
	if c := &p.rel.Config; l.On != c.LoggingOn || shown(c.LoggingSwitch) {
		out = append(out, map[bool]string{true: "logging ", false: "no logging "}[l.On]+c.LoggingSwitch)
	}
	sw(l.Timestamp, "timestamp")
	sw(l.Standby, "standby")
	sw(l.EMBLEM, "emblem")
	value(l.Buffer, 4096, "buffer-size")
	for _, d := range logDests {
		if level := *d.at(l); level != config.LevelOff {
			out = append(out, "logging "+d.name+" "+g.LevelName(int(level)))
		} else {
			sw(false, d.name)
		}
	}
	value(l.Facility, 20, "facility")
	value(l.Queue, 512, "queue")
	out = slices.Concat(out, deviceIDText(l), p.logHosts(l))
	sw(l.PermitHostdown, "permit-hostdown")
	return slices.Concat(out, logMessages(l))
}

func deviceIDText(l *config.Logging) []string {
	switch l.DeviceIDKind {
	case "":
		return nil
	case "hostname":
		return []string{"logging device-id hostname"}
	}
	return []string{"logging device-id " + l.DeviceIDKind + " " + l.DeviceID}
}

func (p printer) logHosts(l *config.Logging) []string {
	var out []string
	for h := range l.Hosts.Values() {
		text := "logging host " + h.If + " " + p.addr(h.Addr)
		if h.Proto != 17 || h.Port != 514 {
			text += fmt.Sprintf(" %d/%d", h.Proto, h.Port)
		}
		if h.EMBLEM {
			text += " format emblem"
		}
		if h.Secure {
			text += " secure"
		}
		out = append(out, text)
	}
	return out
}

func logMessages(l *config.Logging) []string {
	var out []string
	for m := range l.Messages.Values() {
		out = append(out, logMessageLines(m)...)
	}
	return out
}

func logMessageLines(m config.LogMessage) []string {
	var out []string
	if m.Level != config.LevelOff {
		out = append(out, fmt.Sprintf("logging message %d level %s", m.ID, g.LevelName(int(m.Level))))
	}
	if m.Off {
		out = append(out, fmt.Sprintf("no logging message %d", m.ID))
	}
	return out
}
