package appliance

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
)

// journal is the logging subsystem: it words messages and hands them to the destinations that the configuration names.
// Its methods may be called concurrently; none blocks on a reader.
type journal struct {
	rel *release.Release

	mu      sync.Mutex
	c       *config.Config
	buffer  []string // newest last
	octets  int      // of buffer
	counts  command.LogState
	console func(line string) // the serial console; nil where there is none
	monitor func(line string) // sessions with terminal monitor
	trap    func(logPacket) bool
}

// apply takes the logging block of a configuration into force.
func (j *journal) apply(c *config.Config) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.c = c
	j.trim()
}

// raise words the message that key stands for and sends it on. A key without words in the release says nothing.
func (j *journal) raise(at time.Time, key release.Key, args ...any) {
	if _, ok := j.rel.Words(key); !ok {
		return
	}
	level, id, text, ok := j.rel.Syslog(key, args...)
	if !ok {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.send(at, level, id, text)
}

// wanted reports whether any destination takes messages, so that the engine's events need not be worded in vain.
func (j *journal) wanted() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.c == nil || !j.c.Logging.On {
		return false
	}
	l := &j.c.Logging
	return max(l.Buffered, l.Console, l.Monitor, l.Trap, l.History, l.ASDM) != config.LevelOff
}

func (j *journal) send(at time.Time, level int, id, text string) {
	if j.c == nil || !j.c.Logging.On {
		return
	}
	l := &j.c.Logging
	number, _ := strconv.Atoi(id)
	on, severity := l.Message(number, config.Level(level))
	if !on {
		return
	}
	stamp := ""
	if l.Timestamp {
		stamp = at.In(j.c.ZoneAt(at)).Format("Jan 02 2006 15:04:05")
	}
	tagged := fmt.Sprintf("%%%s-%d-%s: %s", j.rel.Console.SyslogTag, severity, id, text)
	local := id + ": " + text
	if j.rel.Console.LogPrefix {
		local = tagged
	}
	if stamp != "" {
		local = stamp + ": " + local
	}
	if severity <= l.Buffered {
		j.keep(local)
	}
	if severity <= l.Console && j.console != nil {
		j.counts.Console++
		j.console(local)
	}
	if severity <= l.Monitor && j.monitor != nil {
		j.counts.Monitor++
		j.monitor(local)
	}
	if severity <= l.History {
		j.counts.History++
	}
	if severity <= l.ASDM {
		j.counts.ASDM++
	}
	if severity <= l.Trap && j.trap != nil && l.Hosts.Len() > 0 {
		if j.trap(j.packet(l, severity, stamp, tagged)) {
			j.counts.Trap++
		}
	}
}

// logPacket is a message as it goes to servers, in either format, and to which: those of the time when it was raised, whatever
// the configuration is when its turn comes.
type logPacket struct {
	plain, emblem string
	hosts         config.Table[config.LogHost]
}

// packet words a message for servers: priority, time, device id, message (RFC 3164 by the device's own layout). EMBLEM has
// the host in any case and no blank before the colon. unverified: EMBLEM.
func (j *journal) packet(l *config.Logging, severity config.Level, stamp, tagged string) logPacket {
	head, id := stamp, j.deviceID(l)
	if id != "" {
		head = strings.TrimLeft(stamp+" "+id+" ", " ")
	}
	if head != "" {
		head += ": "
	}
	if id == "" {
		id = j.c.Hostname
	}
	worded := func(head string) string { return fmt.Sprintf("<%d>%s%s", l.Facility*8+int(severity), head, tagged) }
	return logPacket{worded(head), worded(strings.TrimLeft(stamp+" "+id, " ") + ": "), l.Hosts}
}

func (j *journal) deviceID(l *config.Logging) string {
	switch l.DeviceIDKind {
	case "hostname":
		return j.c.Hostname
	case "ipaddress":
		if f, ok := j.c.Interface(l.DeviceID); ok && f.Addr.IsValid() {
			return f.Addr.Addr().String()
		}
	case "string":
		return l.DeviceID
	}
	return ""
}

func (j *journal) keep(line string) {
	j.counts.Buffered++
	j.buffer = append(j.buffer, line)
	j.octets += len(line) + 1
	j.trim()
}

// trim drops the oldest lines beyond the buffer's size.
func (j *journal) trim() {
	limit := j.rel.Limits.LogBuffer
	if j.c != nil && j.c.Logging.Buffer > 0 {
		limit = j.c.Logging.Buffer
	}
	drop := 0
	for drop < len(j.buffer) && j.octets > limit {
		j.octets -= len(j.buffer[drop]) + 1
		drop++
	}
	if drop > 0 {
		j.buffer = append(j.buffer[:0:0], j.buffer[drop:]...)
	}
}

func (j *journal) state() command.LogState {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.counts
	s.Buffer = append([]string(nil), j.buffer...)
	return s
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buffer, j.octets = nil, 0
}

// reset forgets everything, as a reload does.
func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buffer, j.octets, j.counts, j.c = nil, 0, command.LogState{}, nil
}
