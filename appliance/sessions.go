package appliance

import (
	"context"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/cli/term"
)

// sessions are the consoles that are open: for who and kill, and for text that comes to a console unasked.
type sessions struct {
	mu   sync.Mutex
	open []*seat
	text chan note
}

// seat is one open session.
type seat struct {
	info command.SessionInfo
	s    *cli.Session
	t    term.Terminal
	kill context.CancelFunc
	icmp bool // debug icmp trace
}

// note is text for one terminal.
type note struct {
	to   term.Terminal
	text string
}

// maxNotes is how much text may wait for slow terminals; what comes beyond is lost, as on the box.
const maxNotes = 1024

func newSessions() *sessions { return &sessions{text: make(chan note, maxNotes)} }

// pump writes waiting text until ctx ends. A terminal whose far side does not read holds up the others' text, never the
// packets: those who send it do not wait.
func (d *sessions) pump(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-d.text:
			io.WriteString(n.to, n.text)
		}
	}
}

func (d *sessions) post(t term.Terminal, line string) {
	select {
	case d.text <- note{t, line + "\n"}:
	default:
	}
}

// outlet is post for one terminal.
func (d *sessions) outlet(t term.Terminal) func(string) {
	return func(line string) { d.post(t, line) }
}

// monitor posts a log line to the sessions that asked for them.
func (d *sessions) monitor(line string) {
	for _, s := range d.list() {
		if s.info.Kind != "console" && s.s.Monitor() {
			d.post(s.t, line)
		}
	}
}

// debug posts a line of debug icmp trace.
func (d *sessions) debug(line string) {
	for _, s := range d.list() {
		if s.icmp {
			d.post(s.t, line)
		}
	}
}

func (d *sessions) list() []*seat {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.open)
}

// add takes a session in and gives it the lowest free number of its kind.
func (d *sessions) add(kind string, from netip.AddrPort, user, cipher, version string, since time.Time, s *cli.Session, t term.Terminal, kill context.CancelFunc) *seat {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := 0
	for slices.ContainsFunc(d.open, func(v *seat) bool { return v.info.Kind == kind && v.info.ID == id }) {
		id++
	}
	v := &seat{s: s, t: t, kill: kill, info: command.SessionInfo{
		ID: id, Kind: kind, From: from, User: user, Cipher: cipher, Since: since, Version: version,
	}}
	d.open = append(d.open, v)
	return v
}

func (d *sessions) remove(v *seat) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = slices.DeleteFunc(d.open, func(w *seat) bool { return v == w })
}

func (d *sessions) end(kind string, id int) bool {
	for _, v := range d.list() {
		if v.info.Kind == kind && v.info.ID == id {
			v.kill()
			return true
		}
	}
	return false
}

// Sessions implements command.Box.
func (b *Box) Sessions() []command.SessionInfo {
	var out []command.SessionInfo
	for _, v := range b.desk.list() {
		info := v.info
		if u := v.s.User(); u != "" {
			info.User = u
		}
		out = append(out, info)
	}
	return out
}

// Kill implements command.Box.
func (b *Box) Kill(id int) bool { return b.desk.end("telnet", id) }

// KillSSH implements command.Box.
func (b *Box) KillSSH(id int) bool { return b.desk.end("ssh", id) }
