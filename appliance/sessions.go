package appliance

import (
	"context"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pixsim/cli"
	"pixsim/cli/command"
)

// sessions are the consoles that are open: for who and kill, and for text that comes to a console unasked.
type sessions struct {
	mu   sync.Mutex
	open []*seat
	most map[string]int // at one time, by kind
}

// seat is one open session.
type seat struct {
	info command.SessionInfo
	s    *cli.Session
	out  *outlet
	kill context.CancelFunc
	icmp atomic.Bool           // debug icmp trace; the engine's goroutine reads it
	pack *command.PacketFilter // debug packet; guarded by sessions.mu
	mute []string              // other debuggings, by their commands, most of which report nothing; guarded by sessions.mu
	perf command.Perfmon
	due  time.Time // of the next statistics; perf and due are guarded by sessions.mu
}

// outlet writes text to one terminal behind the back of whoever posts it, so that a far side that does not read holds up
// nobody. Its goroutine is there only while there is something to write.
type outlet struct {
	t       io.Writer
	writing sync.WaitGroup

	mu    sync.Mutex
	busy  bool // somebody writes
	over  bool
	lines []string
}

// maxUnread is how many lines may wait for a slow terminal; what comes beyond is lost, as on the box.
const maxUnread = 512

func newOutlet(t io.Writer) *outlet { return &outlet{t: t} }

func (o *outlet) post(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over || len(o.lines) == maxUnread {
		return
	}
	o.lines = append(o.lines, line)
	if !o.busy {
		o.busy = true
		o.writing.Go(o.write)
	}
}

func (o *outlet) write() {
	for line, ok := o.next(); ok; line, ok = o.next() {
		io.WriteString(o.t, line+"\n")
	}
}

// next takes the oldest line out.
func (o *outlet) next() (line string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over || len(o.lines) == 0 {
		o.lines, o.busy = nil, false
		return "", false
	}
	line, o.lines = o.lines[0], o.lines[1:]
	return line, true
}

// end drops what waits and returns when nothing is written any more.
func (o *outlet) end() {
	o.mu.Lock()
	o.over = true
	o.mu.Unlock()
	o.writing.Wait()
}

// monitor posts a log line to the sessions that asked for them.
func (d *sessions) monitor(line string) {
	for _, s := range d.list() {
		if s.info.Kind != "console" && s.s.Monitor() {
			s.out.post(line)
		}
	}
}

// debug posts a line of debug icmp trace.
func (d *sessions) debug(line string) {
	for _, s := range d.list() {
		if s.icmp.Load() {
			s.out.post(line)
		}
	}
}

func (d *sessions) list() []*seat {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.open)
}

// add takes a session in and gives it the lowest free number of its kind.
func (d *sessions) add(info command.SessionInfo, s *cli.Session, out *outlet, kill context.CancelFunc) *seat {
	d.mu.Lock()
	defer d.mu.Unlock()
	for slices.ContainsFunc(d.open, func(v *seat) bool { return v.info.Kind == info.Kind && v.info.ID == info.ID }) {
		info.ID++
	}
	v := &seat{info: info, s: s, out: out, kill: kill, perf: usualPerfmon}
	d.open = append(d.open, v)
	n := 0
	for _, o := range d.open {
		if o.info.Kind == info.Kind {
			n++
		}
	}
	if d.most == nil {
		d.most = map[string]int{}
	}
	d.most[info.Kind] = max(d.most[info.Kind], n)
	return v
}

// of is the seat of a session; mu is held.
func (d *sessions) of(s command.Session) *seat {
	for _, v := range d.open {
		if command.Session(v.s) == s {
			return v
		}
	}
	return nil
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
		if u := v.s.User(); u != "" && info.Kind != cli.SSH { // show ssh sessions has who authenticated
			info.User = u
		}
		out = append(out, info)
	}
	return out
}

// MostSessions implements command.Box.
func (b *Box) MostSessions(kind string) int {
	b.desk.mu.Lock()
	defer b.desk.mu.Unlock()
	return b.desk.most[kind]
}

// Kill implements command.Box.
func (b *Box) Kill(id int) bool { return b.desk.end("telnet", id) }

// KillSSH implements command.Box.
func (b *Box) KillSSH(id int) bool { return b.desk.end("ssh", id) }
