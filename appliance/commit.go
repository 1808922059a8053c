package appliance

import (
	"errors"
	"net/netip"
	"runtime"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/dataplane"
)

// This file is command.Box: what the console may do with the box.
var _ command.Box = (*Box)(nil)

// Release is the software that the box runs.
func (b *Box) Release() *release.Release { return b.rel }

// Config is the running configuration.
func (b *Box) Config() *config.Config { return b.running.Load() }

// Edit implements command.Box.
func (b *Box) Edit(f func(*config.Edit) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.running.Load()
	e := config.From(was)
	e.Salt = b.o.Salt
	if err := f(e); err != nil {
		return err
	}
	b.running.Store(e.Config())
	b.stale = true
	b.changed = modification{by: "enable_15", at: b.Now(), ok: true}
	b.noticeUsers(was, e.View())
	return nil
}

// noticeUsers logs the accounts that came and went. unverified: that one that is typed again is a new one too.
func (b *Box) noticeUsers(was, is *config.Config) {
	if was.Users == is.Users {
		return
	}
	gone := func(key release.Key, from, to *config.Config) {
		for u := range from.Users.Values() {
			if v, ok := to.User(u.Name); !ok || v != u {
				b.Event(key, notice{user: u.Name, command: u.Hash, is: u.Privilege}.args()...)
			}
		}
	}
	gone(release.SyslogUserDeleted, was, is)
	gone(release.SyslogUserAdded, is, was)
}

// Settle compiles what was edited since and puts it in force before it returns.
func (b *Box) Settle() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
}

// settle is Settle; mu is held.
func (b *Box) settle() {
	if !b.stale {
		return
	}
	c := b.lookups.over(b.lessees.over(b.running.Load()))
	b.kompile.now = b.Now()
	p := b.kompile.compile(c)
	b.inForce.Store(c)
	// The host has its addresses before the engine sends anybody there: it would not answer for one that it has not yet, and
	// is not asked again before the engine's timer has run out.
	if err := b.self.SetAddrs(ownAddrs(c)); err != nil {
		b.diag("the box keeps the addresses that it had: %v\n", err)
	}
	was := b.policy.Swap(p)
	b.engine.Swap(p)
	b.log.apply(c)
	b.trap.apply(c)
	b.lookups.apply(c)
	b.lessees.apply(c) // behind the swap: answers are heard now
	b.ranged(c)
	b.stale = false
	b.noticeLines(was.Interfaces, p.Interfaces)
}

// noticeLines logs the interfaces that were shut or opened. Every wire of the simulator is plugged in, so nothing else
// changes their state.
func (b *Box) noticeLines(was, is []dataplane.Interface) {
	for i := range min(len(was), len(is)) {
		if was[i].Up == is[i].Up {
			continue
		}
		key := release.SyslogLineDown
		if is[i].Up {
			key = release.SyslogLineUp
		}
		b.Event(key, notice{ifname: is[i].Name}.args()...)
	}
}

// Live implements command.DHCPClient.
func (b *Box) Live() *config.Config { return b.inForce.Load() }

// leased puts in force what was leased or looked up, or is not any more; not while the box is down for a reload.
func (b *Box) leased() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.down {
		b.stale = true
		b.settle()
	}
}

func ownAddrs(c *config.Config) []netip.Prefix {
	var out []netip.Prefix
	for _, f := range c.Interfaces {
		if f.Name != "" && f.Addr.IsValid() && !f.Shutdown {
			out = append(out, netip.PrefixFrom(f.Addr.Addr(), 32))
		}
	}
	return out
}

// Now is the box's clock.
func (b *Box) Now() time.Time { return b.o.Now().Add(time.Duration(b.skew.Load())).UTC() }

// SetClock puts the box's clock right. The engine's timers go by the machine's and do not notice.
func (b *Box) SetClock(t time.Time) {
	b.skew.Store(int64(t.Sub(b.o.Now())))
	b.typed.Store(true)
	b.timed()
}

// ClockTyped implements command.Box. A reload reads the time from the hardware, which keeps what was set.
func (b *Box) ClockTyped() bool { return b.typed.Load() }

// Uptime is the time since the last boot.
func (b *Box) Uptime() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.o.Now().Sub(b.booted)
}

// Zone is the clock's time zone.
func (b *Box) Zone() *time.Location { return b.Config().ZoneAt(b.Now()) }

// Do implements command.Box.
func (b *Box) Do(f func(*dataplane.State)) { b.engine.Do(f) }

// Memory is what the simulator uses, within the model's memory.
func (b *Box) Memory() (used, free uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	total := uint64(b.rel.Model.MemoryMB) << 20
	used = min(m.HeapInuse+m.StackInuse, total)
	return used, total - used
}

// store makes text the startup-config.
func (b *Box) store(text string) error {
	b.saving.Lock()
	defer b.saving.Unlock()
	return b.writeStartup(text)
}

// Startup implements command.Box.
func (b *Box) Startup() (string, bool) {
	text, err := b.startup()
	return text, err == nil && text != ""
}

// stamp is how the device writes a time: "00:07:44.625 UTC Fri Jan 1 1993".
const stamp = "15:04:05.000 MST Mon Jan 2 2006"

// Save implements command.Box. From then on the variables of the next boot are those that the configuration asks for, and it
// goes where they say ("write memory" replaces the file of boot config: a script that drives an ASA). The configuration
// that is stored is one that was published: an edit that comes meanwhile is not in it. Of two sessions that save at once the
// later stores what both have edited.
func (b *Box) Save(by string) (sum [16]byte, size int, took time.Duration, err error) {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.Settle()
	start := b.o.Now()
	c := b.Config()
	text, sum := b.text(c, by)
	if err := errors.Join(b.setBootVariables(command.BootVariablesOf(c)), b.writeStartup(text), b.saveChangedKeys()); err != nil {
		return sum, 0, 0, err
	}
	b.mu.Lock()
	b.sum, b.saved = sum, c
	b.mu.Unlock()
	return sum, len(text), b.o.Now().Sub(start), nil
}

// Text implements command.Box.
func (b *Box) Text(by string) (text string, sum [16]byte) { return b.text(b.Config(), by) }

// text is a configuration as it is stored, and its checksum.
func (b *Box) text(c *config.Config, by string) (text string, sum [16]byte) {
	sum = command.Checksum(c)
	view := command.View{Release: b.rel, Secrets: true, Names: true}
	second := b.rel.Say(release.WrittenBy, by, b.Now().In(b.Zone()).Format(stamp))
	return command.Document(c, view, command.Header{Second: second, Sum: sum}), sum
}

// Store implements command.Box.
func (b *Box) Store(text string) error { return b.store(text) }

// Erase implements command.Box: a file of boot config stays (unverified), but the box no longer boots from it. An empty file stays behind: flash that was erased is not flash that was never used.
func (b *Box) Erase() error {
	b.saving.Lock()
	defer b.saving.Unlock()
	if err := errors.Join(b.setBootVariables(command.BootVariables{}), b.o.Flash.Write(startupFile, nil)); err != nil {
		return err
	}
	b.mu.Lock()
	b.saved = nil
	b.mu.Unlock()
	return nil
}

// Checksum is as show checksum prints it: up to 6.3 that of the last load or save, later computed now.
func (b *Box) Checksum() [16]byte {
	if b.rel.Console.LiveChecksum {
		return command.Checksum(b.Config())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sum
}

// Modified implements command.Box.
func (b *Box) Modified() (by string, at time.Time, changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed.by, b.changed.at, b.changed.ok
}

// Dirty implements command.Box.
func (b *Box) Dirty() bool {
	b.mu.Lock()
	saved := b.saved
	b.mu.Unlock()
	running := b.Config()
	return saved == nil || saved != running && command.Checksum(saved) != command.Checksum(running)
}

// Reload asks the owner of the box to reboot it, and returns when the sessions have been told to end: the one that typed
// it gives no further prompt.
func (b *Box) Reload(from string) {
	b.mu.Lock()
	over := b.over
	b.mu.Unlock()
	select {
	case b.reload <- from:
	default: // one is under way
	}
	if over != nil {
		<-over
	}
}

// FlashFiles implements command.Box.
func (b *Box) FlashFiles() []command.FlashFile {
	list, err := b.o.Flash.List()
	if err != nil {
		b.diag("%v\n", err)
	}
	return list
}

// Log implements command.Box.
func (b *Box) Log() command.LogState {
	s := b.log.state()
	s.Queued, s.MostQueued, s.Discarded = b.trap.state()
	return s
}

// ClearLog implements command.Box.
func (b *Box) ClearLog() { b.log.clear() }

// Event implements command.Box.
func (b *Box) Event(key release.Key, args ...any) { b.log.raise(b.Now(), key, args...) }
