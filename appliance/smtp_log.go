package appliance

import (
	"fmt"
	"net/netip"

	"pixsim/appliance/release"
	"pixsim/dataplane"
	"pixsim/dataplane/inspect/smtp"
)

// LogEnd is one end of a connection as log messages name it: its interface and its address.
type LogEnd struct {
	Interface string
	Addr      netip.AddrPort
}

// SMTPMessage is the log line of what inspection noticed in a connection, in the words of a release; "" when that says
// nothing of it.
func SMTPMessage(r *release.Release, e smtp.Event, client, server LogEnd) string {
	return logLine(r, dataplane.Event{Kind: dataplane.EventSMTP, SMTP: e}, client, server)
}

// InspectKillMessage is the log line of a connection that inspection has ended, likewise.
func InspectKillMessage(r *release.Release, client, server LogEnd) string {
	return logLine(r, dataplane.Event{Kind: dataplane.EventInspectKill, Proto: 6}, client, server)
}

func logLine(r *release.Release, e dataplane.Event, client, server LogEnd) string {
	names := [...]string{client.Interface, server.Interface}
	e.Inbound = true
	e.Src.If, e.Src.Real, e.Src.Mapped = 0, client.Addr, client.Addr
	e.Dst.If, e.Dst.Real, e.Dst.Mapped = 1, server.Addr, server.Addr
	key, args := word(e, func(p dataplane.Port) string { return names[p] }, r)
	if key == "" {
		return ""
	}
	level, id, text, ok := r.Syslog(key, args...)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%%%s-%d-%s: %s", r.Console.SyslogTag, level, id, text)
}
