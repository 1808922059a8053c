package config

import (
	"cmp"
	"net/netip"
	"slices"

	"pixsim/appliance/release"
)

// Level is a syslog severity, 0 emergencies to 7 debugging; LevelOff is no output.
type Level int8

// LevelOff marks a destination that is switched off.
const LevelOff Level = -1

// LogHost is a syslog server.
type LogHost struct {
	If     string
	Addr   netip.Addr
	Proto  uint8  // 6 or 17
	Port   uint16 // 514 for UDP, 1470 for TCP by default
	EMBLEM bool
}

// LogMessage is a message that is switched off or given another level.
type LogMessage struct {
	ID    int
	Off   bool
	Level Level // LevelOff: its own
}

// Logging is what is logged and where to. Up to 4.1 it is the `syslog` command's: On is always true there.
type Logging struct {
	On        bool
	Timestamp bool
	Standby   bool
	EMBLEM    bool
	Console   Level
	Monitor   Level
	Buffered  Level
	Trap      Level // syslog servers
	History   Level // SNMP
	ASDM      Level
	Facility  int // 16 to 23
	Queue     int
	Buffer    int // octets, logging buffer-size (7.0 and later)
	Hosts     []LogHost
	// DeviceIDKind is "", "hostname", "ipaddress", "string" or "context-name"; DeviceID its argument.
	DeviceIDKind, DeviceID string
	Messages               []LogMessage // by ID
	PermitHostdown         bool
}

func defaultLogging(rel *release.Release) Logging {
	return Logging{
		On: rel.Config.LoggingOn, Console: LevelOff, Monitor: LevelOff, Buffered: LevelOff, Trap: Level(rel.Config.TrapLevel),
		History: LevelOff, ASDM: LevelOff, Facility: 20, Queue: 512, Buffer: 4096,
	}
}

// SetLogging changes the logging block by f, which gets a copy. Slices in it must be replaced, not written to.
func (e *Edit) SetLogging(f func(*Logging)) { f(&e.c.Logging) }

// ResetLogging puts everything of logging back to the release's defaults.
func (e *Edit) ResetLogging() { e.c.Logging = defaultLogging(e.c.Release) }

// AddLogHost adds a server, or replaces the one of the same address.
func (e *Edit) AddLogHost(h LogHost) {
	put(&e.c.Logging.Hosts, h, func(v *LogHost) bool { return v.Addr == h.Addr && v.If == h.If })
}

// RemoveLogHost removes a server; ifname "" fits any. It reports false when there is none such.
func (e *Edit) RemoveLogHost(ifname string, a netip.Addr) bool {
	return removeFirst(&e.c.Logging.Hosts, func(v LogHost) bool { return v.Addr == a && (ifname == "" || v.If == ifname) })
}

// SetLogMessage switches a message off or gives it a level; the zero change (on, its own level) forgets it.
func (e *Edit) SetLogMessage(m LogMessage) {
	l := &e.c.Logging
	at, there := l.message(m.ID)
	switch usual := !m.Off && m.Level == LevelOff; {
	case there && usual:
		l.Messages = without(l.Messages, at)
	case there:
		l.Messages = replaced(l.Messages, at, m)
	case !usual:
		l.Messages = spliced(l.Messages, at, m)
	}
}

// message is the place of a message, or where it would stand.
func (l *Logging) message(id int) (int, bool) {
	return slices.BinarySearchFunc(l.Messages, id, func(m LogMessage, id int) int { return cmp.Compare(m.ID, id) })
}

// Message is what the configuration says of a message: whether it is logged, and its level in place of usual.
func (l *Logging) Message(id int, usual Level) (on bool, level Level) {
	at, there := l.message(id)
	if !there {
		return true, usual
	}
	if m := l.Messages[at]; m.Level != LevelOff {
		usual = m.Level
	}
	return !l.Messages[at].Off, usual
}
