package appliance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/cli"
)

// loggingSpans are lines of the logging commands and the releases that take them; "": none does.
var loggingSpans = []struct{ line, span string }{
	{"syslog output 20.7", "pix-4.0..pix-4.1"},
	{"syslog host 10.1.1.20", "pix-4.0..pix-4.1"},
	{"syslog console", "pix-4.0..pix-4.1"},
	{"no syslog console", "pix-4.0..pix-4.1"},
	{"syslog output 15.3", ""},
	{"syslog output 20.8", ""},
	{"syslog facility 20", ""},
	{"logging on", "pix-4.2..pix-6.3"},
	{"logging console 7", "pix-4.2..pix-6.3"},
	{"logging monitor debugging", "pix-4.2..pix-6.3"},
	{"logging buffered errors", "pix-4.2..pix-6.3"},
	{"logging trap notifications", "pix-4.2..pix-6.3"},
	{"logging trap 8", ""},
	{"logging facility 23", "pix-4.2..pix-6.3"},
	{"logging facility 24", ""},
	{"logging queue 0", "pix-4.3..pix-6.3"}, // captures of a 4.2(2) and a 4.2(3) print none
	{"logging host inside 10.1.1.20", "pix-4.2..pix-6.3"},
	{"logging host inside 10.1.1.20 tcp/1468", "pix-4.2..pix-6.3"},
	{"logging timestamp", "pix-4.3..pix-6.3"},
	{"no logging message 106001", "pix-4.3..pix-6.3"},
	{"logging message 106001", "pix-4.3..pix-6.3"},
	{"no logging message 199005", ""},
	{"no logging message 99999", ""},
	{"logging standby", "pix-5.0..pix-6.3"},
	{"logging history alerts", "pix-5.1..pix-6.3"}, // 5.1(1) release notes: levels of SNMP and syslog are separate
	{"logging message 106001 level 3", "pix-6.3"},
	{"logging device-id hostname", "pix-6.3"},
	{"logging device-id ipaddress inside", "pix-6.3"},
	{"logging device-id string edge", "pix-6.3"},
	{"logging host inside 10.1.1.20 format emblem", "pix-6.3"},
}

func TestLoggingCommandsByRelease(t *testing.T) {
	for _, v := range loggingSpans {
		var span []*release.Release
		if v.span != "" {
			span = benchReleases(t, v.span)
		}
		for _, r := range PIXReleases(t) {
			_, refused := cli.Load(r, v.line)
			taken := !slices.ContainsFunc(refused, func(l cli.Refused) bool { return !l.Taken })
			if want := slices.Contains(span, r); taken != want {
				t.Errorf("%s takes %q: %v, want %v", r.Name, v.line, taken, want)
			}
		}
	}
}

// heard is a journal with the lines of a configuration in force, and what its destinations got.
func heard(t *testing.T, name, lines string) (j *journal, console *[]string, servers *[]logPacket) {
	t.Helper()
	r, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	c, refused := cli.Load(r, "hostname edge\nip address inside 10.1.1.1 255.255.255.0\n"+lines)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	console, servers = new([]string), new([]logPacket)
	j = &journal{rel: r, console: func(l string) { *console = append(*console, l) }}
	j.trap = func(p logPacket) bool { *servers = append(*servers, p); return true }
	j.apply(c)
	return j, console, servers
}

var noon = time.Date(2003, time.July, 4, 12, 0, 0, 0, time.UTC)

// What goes to a server: priority, time, device id.
func TestSyslogEnvelope(t *testing.T) {
	for _, v := range []struct{ name, lines, plain, emblem string }{
		{"pix-4.1", "syslog host 10.1.1.20\nsyslog output 20.7", "<165>%PIX-5-111005: console end configuration: OK", ""},
		{"pix-4.1", "syslog host 10.1.1.20\nsyslog output 23.7", "<189>%PIX-5-111005: console end configuration: OK", ""},
		{"pix-4.1", "syslog host 10.1.1.20\nsyslog output 20.4", "", ""},
		{"pix-5.3", "logging on\nlogging trap 5\nlogging timestamp\nlogging host inside 10.1.1.20", "<165>Jul 04 2003 12:00:00: %PIX-5-111005: console end configuration: OK", ""},
		{"pix-5.3", "logging on\nlogging trap 4\nlogging host inside 10.1.1.20", "", ""},
		{"pix-5.3", "no logging on\nlogging trap 7\nlogging host inside 10.1.1.20", "", ""},
		{"pix-5.3", "logging on\nlogging trap 7\nno logging message 111005\nlogging host inside 10.1.1.20", "", ""},
		{
			"pix-6.3", "logging on\nlogging trap 5\nlogging timestamp\nlogging device-id hostname\nlogging host inside 10.1.1.20",
			"<165>Jul 04 2003 12:00:00 edge : %PIX-5-111005: console end configuration: OK", "<165>Jul 04 2003 12:00:00 edge: %PIX-5-111005: console end configuration: OK",
		},
		{
			"pix-6.3", "logging on\nlogging trap 5\nlogging device-id ipaddress inside\nlogging host inside 10.1.1.20",
			"<165>10.1.1.1 : %PIX-5-111005: console end configuration: OK", "<165>10.1.1.1: %PIX-5-111005: console end configuration: OK",
		},
		{
			"pix-6.3", "logging on\nlogging trap 5\nlogging host inside 10.1.1.20",
			"<165>%PIX-5-111005: console end configuration: OK", "<165>edge: %PIX-5-111005: console end configuration: OK",
		},
		{
			"pix-6.3", "logging on\nlogging trap 3\nlogging message 111005 level 2\nlogging host inside 10.1.1.20",
			"<162>%PIX-2-111005: console end configuration: OK", "",
		},
		{"pix-6.3", "logging on\nlogging trap 5\nlogging message 111005 level 7\nlogging host inside 10.1.1.20", "", ""},
	} {
		j, _, servers := heard(t, v.name, v.lines)
		j.raise(noon, release.SyslogConfigEnd, notice{from: "console"}.args()...)
		if v.plain == "" {
			if len(*servers) > 0 {
				t.Errorf("%s, %q: sent %+v", v.name, v.lines, *servers)
			}
			continue
		}
		if len(*servers) != 1 || (*servers)[0].plain != v.plain || v.emblem != "" && (*servers)[0].emblem != v.emblem {
			t.Errorf("%s, %q: sent %+v, want %q", v.name, v.lines, *servers, v.plain)
		}
	}
}

// The console of a 4.1 shows messages of the level of syslog output.
func TestSyslogConsole(t *testing.T) {
	j, console, _ := heard(t, "pix-4.1", "syslog output 20.5\nsyslog console")
	j.raise(noon, release.SyslogConfigEnd, notice{from: "console"}.args()...)
	j.raise(noon, release.SyslogStarted)
	if want := []string{"111005: console end configuration: OK"}; !slices.Equal(*console, want) {
		t.Errorf("%q, want %q", *console, want)
	}
}

// The buffer drops its oldest lines; the count of show logging goes on, and so it does after clear logging.
func TestLogBufferIsBounded(t *testing.T) {
	j, _, _ := heard(t, "pix-6.3", "logging on\nlogging buffered 7")
	const messages = 1000
	for range messages {
		j.raise(noon, release.SyslogConfigEnd, notice{from: "console"}.args()...)
	}
	s := j.state()
	if octets := len(strings.Join(s.Buffer, "\n")) + 1; octets > j.rel.Limits.LogBuffer || octets < j.rel.Limits.LogBuffer-100 {
		t.Errorf("the buffer has %d octets", octets)
	}
	if s.Buffered != messages {
		t.Errorf("counted %d", s.Buffered)
	}
	j.clear()
	if s := j.state(); len(s.Buffer) != 0 || s.Buffered != messages {
		t.Errorf("after clear: %d lines, counted %d", len(s.Buffer), s.Buffered)
	}
}

// What does not fit into the queue is lost and counted, and no message to servers.
func TestTrapQueueIsBounded(t *testing.T) {
	j, _, _ := heard(t, "pix-6.3", "logging on\nlogging trap 7\nlogging host inside 10.1.1.20")
	q := newTrap(nil)
	q.limit, j.trap = 3, q.send
	for range 5 {
		j.raise(noon, release.SyslogConfigEnd, notice{from: "console"}.args()...)
	}
	if now, most, lost := q.state(); now != 3 || most != 3 || lost != 2 {
		t.Errorf("%d wait, %d at most, %d lost", now, most, lost)
	}
	if s := j.state(); s.Trap != 3 {
		t.Errorf("%d messages logged", s.Trap)
	}
	if len(q.take()) != 3 {
		t.Error("what waited is gone")
	}
	if now, most, lost := q.state(); now != 0 || most != 3 || lost != 2 {
		t.Errorf("then %d wait, %d at most, %d lost", now, most, lost)
	}
}
