package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

// desk is a session without a terminal at a box without a network.
type desk struct {
	box     *shelf
	out     bytes.Buffer
	keys    string   // answers to Key and Confirm
	answers []string // answers to Ask and Secret
	mode    Mode
	path    Path
	level   int
	user    string
	page    int
	monitor bool
	ended   bool
	past    []string
	merged  string
	quitAt  int // octets after which the reader quits the pager; 0 never
}

var errQuit = errors.New("quit")

func (d *desk) Out() io.Writer { return d }
func (d *desk) Write(p []byte) (int, error) {
	d.out.Write(p)
	if d.quitAt > 0 && d.out.Len() >= d.quitAt {
		return 0, errQuit
	}
	return len(p), nil
}
func (d *desk) Printf(format string, args ...any) { fmt.Fprintf(d, format, args...) }
func (d *desk) Say(key release.Key, args ...any) {
	if text := d.box.rel.Say(key, args...); text != "" {
		d.Printf("%s\n", strings.TrimRight(text, "\r\n"))
	}
}
func (d *desk) Release() *release.Release { return d.box.rel }
func (d *desk) Box() Box                  { return d.box }
func (d *desk) Key(prompt string) (byte, error) {
	if d.keys == "" {
		return 0, io.EOF
	}
	k := d.keys[0]
	d.keys = d.keys[1:]
	d.out.WriteString(prompt + "\n")
	return k, nil
}

func (d *desk) Confirm(prompt string) (bool, error) {
	k, err := d.Key(prompt)
	return k == '\r' || k == 'y' || k == 'Y', err
}

func (d *desk) Ask(prompt string) (string, error)    { return d.answer(prompt, "") }
func (d *desk) Answer(prompt string) (string, error) { return d.answer(prompt, "") }
func (d *desk) Secret(prompt string, stars bool) (string, error) {
	show := ""
	if stars {
		show = "*"
	}
	return d.answer(prompt, show)
}

func (d *desk) answer(prompt, star string) (string, error) {
	if len(d.answers) == 0 {
		return "", io.EOF
	}
	a := d.answers[0]
	d.answers = d.answers[1:]
	echo := a
	if star != "" {
		echo = strings.Repeat(star, len(a))
	}
	d.out.WriteString(prompt + echo + "\n")
	return a, nil
}
func (d *desk) Mode() Mode { return d.mode }
func (d *desk) SetMode(m Mode, path ...string) {
	d.mode, d.path = m, d.path[:min(len(d.path), m.Depth())]
	if path != nil {
		d.path = path
	}
}
func (d *desk) End()                                { d.ended = true }
func (d *desk) Privilege() int                      { return d.level }
func (d *desk) SetPrivilege(level int, user string) { d.level, d.user = level, user }
func (d *desk) User() string                        { return d.user }
func (d *desk) From() string                        { return "10.1.1.20" }
func (d *desk) Width() int                          { return 80 }
func (d *desk) Page() int                           { return d.page }
func (d *desk) Path() Path                          { return d.path }
func (d *desk) SetPage(n int)                       { d.page = n }
func (d *desk) History() []string                   { return d.past }
func (d *desk) Dir() string                         { return "" }
func (d *desk) SetDir(string)                       {}
func (d *desk) Monitor() bool                       { return d.monitor }
func (d *desk) SetMonitor(on bool)                  { d.monitor = on }
func (d *desk) Commands(m Mode) iter.Seq[*Command] {
	var all []*Command
	for c := range Of(d.box.rel) {
		if c.LegalIn(m) {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
	return slices.Values(all)
}
func (d *desk) Listed(bool) iter.Seq[*Command]  { return d.Commands(d.mode) }
func (d *desk) Running(v View) iter.Seq[string] { return Render(d.box.conf, v) }
func (d *desk) HelpOn(string)                   {}

func (d *desk) Apply(_ context.Context, text string) (map[int][]string, error) {
	d.merged += text
	return map[int][]string{2: {"INFO: told"}}, nil
}
func (d *desk) Merge(_ context.Context, text string) error {
	d.merged = text
	return nil
}

// typed runs a line and returns what it printed; false when it is no command here.
func (d *desk) typed(t *testing.T, line string) (string, bool) {
	t.Helper()
	d.out.Reset()
	var cmds []*Command
	var syns []g.Syntax
	for c := range Of(d.box.rel) {
		if c.Run != nil && c.LegalIn(d.mode) {
			cmds, syns = append(cmds, c), append(syns, c.Syntax)
		}
	}
	m, i, miss := g.NewSet(d.box.rel, syns...).Match(deskEnv{d.box}, line)
	if miss != nil {
		return "", false
	}
	err := cmds[i].Run(context.Background(), d, m)
	if err != nil && !errors.Is(err, errQuit) && !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled) {
		t.Errorf("%s: %q: %v", d.box.rel.Name, line, err)
	}
	return d.out.String(), true
}

type deskEnv struct{ b *shelf }

func (e deskEnv) Release() *release.Release { return e.b.rel }
func (e deskEnv) NamedAddr(w string) (netip.Addr, bool) {
	return e.b.conf.Names.Addr(w)
}
func (e deskEnv) Interfaces() []string {
	var out []string
	for _, f := range e.b.conf.Interfaces {
		if f.Name != "" {
			out = append(out, f.Name)
		}
	}
	return out
}
func (deskEnv) ObjectGroup(string) string { return "" }
func (deskEnv) ObjectGroups() []string    { return nil }
func (e deskEnv) Hardware() []string      { return e.b.rel.Model.Interfaces }

// shelf is a box on a shelf: a configuration and an engine without links.
type shelf struct {
	rel      *release.Release
	conf     *config.Config
	engine   *dataplane.Engine
	startup  string
	sum      [16]byte
	dirty    bool
	reloaded bool
	changed  bool
	sessions []SessionInfo
	log      LogState
	cleared  bool
	events   []release.Key
	clock    time.Time
	up       time.Duration
	pings    []time.Duration // answers; 0 is none
	waits    []time.Duration // of pings
	unrouted bool
	killed   []int
	icmp     bool
	packets  *PacketFilter
	caps     []CaptureState
	frames   map[string][]dataplane.Captured
	took     time.Duration
	remote   map[string]string // files of TFTP servers, by URL
	refuse   error             // what transfers end with
	perfmon  Perfmon
	does     int // calls of Do
}

var boxTime = time.Date(1993, 1, 1, 0, 7, 44, 625e6, time.UTC)

// sums of the captures: 3a115dcb 6d5645e4 94c3e380 687a5015.
var boxSum = [16]byte{0x3a, 0x11, 0x5d, 0xcb, 0x6d, 0x56, 0x45, 0xe4, 0x94, 0xc3, 0xe3, 0x80, 0x68, 0x7a, 0x50, 0x15}

func newDesk(rel *release.Release, edits ...func(*config.Edit)) *desk {
	e := config.New(rel)
	for _, f := range edits {
		f(e)
	}
	b := &shelf{
		rel: rel, conf: e.Config(), engine: dataplane.New(dataplane.Options{Now: boxTime}), sum: boxSum, clock: boxTime,
		up: 40*24*time.Hour + 23*time.Hour + 5*time.Minute, frames: map[string][]dataplane.Captured{},
	}
	return &desk{box: b, mode: Privileged, level: 15, user: "enable_15", page: 24}
}

func (b *shelf) Release() *release.Release { return b.rel }
func (b *shelf) Config() *config.Config    { return b.conf }
func (b *shelf) Live() *config.Config      { return b.conf }
func (b *shelf) Names() []ResolvedName     { return nil }
func (b *shelf) ForgetName(string)         {}
func (b *shelf) Lease(string) (LeaseState, bool) {
	return LeaseState{
		If: "outside", Addr: netip.MustParsePrefix("209.165.201.57/27"), Server: netip.MustParseAddr("209.165.200.225"), State: 3, Word: "Bound",
		Number: 0x4123, Time: 7200e9, Renew: 1505e9, Rebind: 7000e9, Router: netip.MustParseAddr("209.165.201.1"), Next: 6809e9,
		ID: "cisco-0000.0000.0000-outside",
	}, true
}
func (b *shelf) Edit(f func(*config.Edit) error) error {
	e := config.From(b.conf)
	if err := f(e); err != nil {
		return err
	}
	b.conf = e.Config()
	return nil
}
func (b *shelf) Settle()                         {}
func (b *shelf) Now() time.Time                  { return b.clock }
func (b *shelf) SetClock(t time.Time)            { b.clock = t }
func (b *shelf) ClockTyped() bool                { return false }
func (b *shelf) Uptime() time.Duration           { return b.up }
func (b *shelf) Zone() *time.Location            { return time.UTC }
func (b *shelf) Do(f func(*dataplane.State))     { b.does++; b.engine.Do(f) }
func (b *shelf) Memory() (used, free uint64)     { return 12235792, 4541424 }
func (b *shelf) BootVariables() BootVariables    { return BootVariablesOf(b.conf) }
func (b *shelf) BootFaults() string              { return "" }
func (b *shelf) ClearBootFaults()                {}
func (b *shelf) Logins() map[string]LoginHistory { return nil }
func (b *shelf) ConfigAtBoot() string            { return "startup-config" }
func (b *shelf) AddressAtBoot(hardware string) netip.Prefix {
	f, _ := b.conf.InterfaceAt(hardware)
	return f.Addr
}
func (b *shelf) Startup() (string, bool)                { return b.startup, b.startup != "" }
func (b *shelf) Checksum() [16]byte                     { return b.sum }
func (b *shelf) Modified() (string, time.Time, bool)    { return "enable_15", b.clock, b.changed }
func (b *shelf) Dirty() bool                            { return b.dirty }
func (b *shelf) Reload(string)                          { b.reloaded = true }
func (b *shelf) Schedule(ScheduledReload, Session)      {}
func (b *shelf) Scheduled() (r ScheduledReload, _ bool) { return r, false }
func (b *shelf) Unschedule(Session) bool                { return false }

// boxKey is the public key of the 5.1 command reference's sample, in part.
var boxKey = []RSAKey{{Usage: "General Purpose Key", Name: "pixfirewall.example.com", At: boxTime, Public: []byte{0x30, 0x5c, 0x30, 0x0d, 0x06, 0x09}}}

func (b *shelf) RSAKeys() []RSAKey              { return boxKey }
func (b *shelf) GenerateRSA(string, bool) error { return nil }
func (b *shelf) ZeroizeRSA(string)              {}
func (b *shelf) SaveRSA(bool) error             { return nil }
func (b *shelf) FlashFiles() []FlashFile {
	return []FlashFile{{Name: "asa821-k8.bin", Size: 16275456, Time: boxTime}}
}
func (b *shelf) Disk() Disk { return emptyDisk{} }
func (b *shelf) Save(string) ([16]byte, int, time.Duration, error) {
	b.startup = "saved\n"
	return b.sum, 7180, b.took, nil
}
func (b *shelf) TCP() TCPCounts {
	return TCPCounts{Now: 1, Most: 2, Made: 3, Sent: 4, Received: 5, Bad: 6, BadSum: 7}
}
func (b *shelf) Erase() error { b.startup = ""; return nil }
func (b *shelf) Setup(io.Writer, func(string) (string, error), string) error {
	return nil
}
func (b *shelf) Ping(_ context.Context, _ string, _ netip.Addr, n, _ int, wait time.Duration, each func(bool, time.Duration)) error {
	b.waits = append(b.waits, wait)
	if b.unrouted {
		return errors.New("no route")
	}
	for i := range n {
		d := b.pings[i%len(b.pings)]
		each(d > 0, d)
	}
	return nil
}
func (b *shelf) Asked() bool                          { return false }
func (b *shelf) LoggedIn(string, string) LoginHistory { return LoginHistory{} }
func (b *shelf) LoginFailed(string, string)           {}
func (b *shelf) Sessions() []SessionInfo              { return slices.Clone(b.sessions) }
func (b *shelf) MostSessions(string) int              { return len(b.sessions) }
func (b *shelf) Kill(id int) bool                     { b.killed = append(b.killed, id); return true }
func (b *shelf) KillSSH(id int) bool                  { b.killed = append(b.killed, id); return true }
func (b *shelf) Log() LogState                        { return b.log }
func (b *shelf) ClearLog()                            { b.cleared = true }
func (b *shelf) Event(key release.Key, args ...any) {
	if _, _, text, ok := b.rel.Syslog(key, args...); ok {
		if strings.Contains(text, "%!") {
			panic(text)
		}
		b.events = append(b.events, key)
	}
}
func (b *shelf) DebugICMP(_ Session, on bool)           { b.icmp = on }
func (b *shelf) DebuggingICMP(Session) bool             { return b.icmp }
func (b *shelf) DebugPacket(_ Session, f *PacketFilter) { b.packets = f }
func (b *shelf) Debug(Session, string, bool)            {}
func (b *shelf) Debugging(Session) []string             { return nil }
func (b *shelf) DebuggingPacket(Session) string {
	if b.packets == nil {
		return ""
	}
	return b.packets.Text
}
func (b *shelf) Carrier(i int) bool              { return i < 2 }
func (b *shelf) Perfmon(Session) Perfmon         { return b.perfmon }
func (b *shelf) SetPerfmon(_ Session, p Perfmon) { b.perfmon = p }
func (b *shelf) Tasks(Session) []Task {
	return []Task{{Name: "ci/console", State: '*', Runtime: 4820 * time.Millisecond}}
}
func (b *shelf) ClearDrops(DropClass, string) {}
func (b *shelf) DropsCleared() (f, l Cleared) { return }
func (b *shelf) StartCapture(c CaptureSpec) bool {
	b.caps = append(slices.DeleteFunc(b.caps, func(v CaptureState) bool { return v.Name == c.Name }), CaptureState{CaptureSpec: c})
	return true
}
func (b *shelf) WatchCapture(context.Context, CaptureSpec, func(), func(dataplane.Captured) error) bool {
	return true
}
func (b *shelf) Selects(list string) (func(dataplane.Captured) bool, bool) {
	_, ok := b.conf.ACL(list)
	return func(f dataplane.Captured) bool { return f.Frame[0] == 2 }, ok
}
func (b *shelf) StopCapture(name string) bool {
	n := len(b.caps)
	b.caps = slices.DeleteFunc(b.caps, func(v CaptureState) bool { return v.Name == name })
	return len(b.caps) < n
}
func (b *shelf) ClearCapture(name string) bool {
	b.frames[name] = nil
	return slices.ContainsFunc(b.caps, func(v CaptureState) bool { return v.Name == name })
}
func (b *shelf) Captures() []CaptureState { return b.caps }
func (b *shelf) Captured(name string) ([]dataplane.Captured, bool) {
	return b.frames[name], slices.ContainsFunc(b.caps, func(v CaptureState) bool { return v.Name == name })
}

func rel(t testing.TB, name string) *release.Release {
	t.Helper()
	r, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lab gives the first two interfaces names and the addresses of the manuals, and the first a default route.
func lab(e *config.Edit) {
	for i, f := range []config.Interface{
		{Name: "outside", Level: 0, Addr: netip.MustParsePrefix("1.1.1.125/24")},
		{Name: "inside", Level: 100, Addr: netip.MustParsePrefix("1.2.3.125/24")},
	} {
		e.SetInterface(i, func(v *config.Interface) {
			v.Name, v.Level, v.Addr, v.Shutdown = f.Name, f.Level, f.Addr, false
		})
	}
	e.AddRoute(config.Route{If: "outside", Net: config.AnyNet, Via: netip.MustParseAddr("1.1.1.124"), Metric: 1})
}

func compare(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n--- got\n%s\n--- want\n%s\n(%q)", what, got, want, got)
	}
}

// emptyDisk is a disk without files that takes none.
type emptyDisk struct{}

func (emptyDisk) ReadFile(string) ([]byte, error)  { return nil, fs.ErrNotExist }
func (emptyDisk) WriteFile(string, []byte) error   { return ErrDiskFull }
func (emptyDisk) Remove(string) error              { return fs.ErrNotExist }
func (emptyDisk) RemoveDir(string) error           { return fs.ErrNotExist }
func (emptyDisk) MakeDir(string) error             { return ErrDiskFull }
func (emptyDisk) Rename(string, string) error      { return fs.ErrNotExist }
func (emptyDisk) Files(string) ([]DiskFile, error) { return nil, nil }
func (emptyDisk) Space() (total, free int)         { return 256 << 20, 256 << 20 }
func (emptyDisk) Stat(path string) (DiskFile, error) {
	if path != "" {
		return DiskFile{}, fs.ErrNotExist
	}
	return DiskFile{Dir: true}, nil
}
