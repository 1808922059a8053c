package config

import (
	"net/netip"
	"sort"

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
	Secure bool // over TLS, which the box does not speak: kept and printed
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
	Hosts     Table[LogHost]
	// DeviceIDKind is "", "hostname", "ipaddress", "string" or "context-name"; DeviceID its argument.
	DeviceIDKind, DeviceID string
	Messages               Table[LogMessage] // by ID
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
	e.c.Logging.Hosts = e.c.Logging.Hosts.put(h)
}

// RemoveLogHost removes a server; ifname "" fits any. It reports false when there is none such.
func (e *Edit) RemoveLogHost(ifname string, a netip.Addr) bool {
	hosts := &e.c.Logging.Hosts
	if ifname != "" {
		return remove(hosts, logHostKey(ifname, a))
	}
	for i, v := range hosts.All() {
		if v.Addr == a {
			*hosts = hosts.delete(i)
			return true
		}
	}
	return false
}

func (h LogHost) key() ID { return logHostKey(h.If, h.Addr) }

func logHostKey(ifname string, a netip.Addr) ID {
	return key("logging host ").text(ifname).addr(a).id()
}

// SetLogMessage switches a message off or gives it a level; the zero change (on, its own level) forgets it.
func (e *Edit) SetLogMessage(m LogMessage) {
	l := &e.c.Logging
	_, there := l.Changed(m.ID)
	switch usual := !m.Off && m.Level == LevelOff; {
	case usual:
		l.Messages = l.Messages.remove(m.key())
	case there:
		l.Messages = l.Messages.put(m)
	default:
		at := sort.Search(l.Messages.Len(), func(i int) bool { return l.Messages.At(i).ID > m.ID })
		l.Messages = l.Messages.insert(at, m)
	}
}

// key is the number itself: a message is looked for each time that something is logged.
func (m LogMessage) key() ID { return logMessageKey(m.ID) }

func logMessageKey(id int) ID { return ID(id) + 1 }

// Changed is the message of that number, if something is said of it.
func (l *Logging) Changed(id int) (LogMessage, bool) { return l.Messages.get(logMessageKey(id)) }

// Message is what the configuration says of a message: whether it is logged, and its level in place of usual.
func (l *Logging) Message(id int, usual Level) (on bool, level Level) {
	m, there := l.Changed(id)
	if !there {
		return true, usual
	}
	if m.Level != LevelOff {
		usual = m.Level
	}
	return !m.Off, usual
}
