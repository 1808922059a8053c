// Package cli is the console of the appliance: sessions with their modes and prompts, one command line at a time, its
// help, errors, output filters and pager, and the loading of configuration texts by the same path. It knows the commands
// only as values, the box only as command.Box, and no network.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/cli/term"
)

// Kinds of sessions, as Options.Kind and command.SessionInfo.Kind have them.
const (
	Console = "console"
	Telnet  = "telnet"
	SSH     = "ssh"
)

// Options belong to one session.
type Options struct {
	Terminal term.Terminal
	Box      command.Box
	Kind     string         // Console, Telnet, SSH
	From     netip.AddrPort // of the far side; zero on the console
	User     string         // who authenticated already (SSH); "" nobody
	// Level is the privilege that an already authenticated user has by its account; it matters to Exec alone, since every
	// session begins in the unprivileged mode.
	Level int
	// Lexicon is the commands, to be shared with other sessions; nil: of this session's own, made of Commands or, if that
	// is nil too, of command.All().
	Lexicon  *Lexicon
	Commands []*command.Command
}

// Session is one person or script at a terminal. Login, Run and Exec belong to one goroutine; Monitor, Mode, User and
// From may be called by others.
type Session struct {
	o     Options
	box   command.Box
	rel   *release.Release
	term  term.Terminal
	table *table

	mode    atomic.Uint32 // command.Mode
	user    atomic.Pointer[string]
	monitor atomic.Bool
	path    command.Path
	level   int    // privilege
	page    int    // lines; -1: what the configuration says
	dir     string // on the disk
	over    bool
	typed   int  // command lines so far
	idled   bool // the person did not answer what a command asked
	quiet   bool // Exec: no prompt, echo or pager

	// While an exec command runs:
	ctx    context.Context // of the session
	cancel context.CancelFunc
	stop   func() // ends the watch for ^C
	out    io.Writer
	pager  *pager
}

var _ command.Session = (*Session)(nil)

// New makes a session; nothing is printed yet.
func New(o Options) *Session {
	rel := o.Box.Release()
	switch {
	case o.Lexicon != nil:
	case o.Commands != nil:
		o.Lexicon = &Lexicon{newTable(rel, o.Commands)}
	default:
		o.Lexicon = NewLexicon(rel)
	}
	s := &Session{o: o, box: o.Box, rel: rel, term: o.Terminal, table: o.Lexicon.table, page: -1, ctx: context.Background()}
	user := o.User
	if user == "" {
		user = "enable_1"
	}
	s.SetPrivilege(1, user)
	return s
}

// ErrIdle ends a session whose person did not type for as long as the configuration allows.
var ErrIdle = errors.New("idle session ended")

// Run greets and serves the session from the unprivileged mode until the person logs off, which is no error, the far side
// is gone (term.ErrClosed), the session idled too long (ErrIdle) or ctx ends (ctx.Err()). A serial line then begins a new
// session.
func (s *Session) Run(ctx context.Context) error {
	s.ctx = ctx
	s.banner("exec")
	s.history()
	s.say(release.Greeting)
	for !s.over {
		line, err := s.readLine(ctx)
		switch {
		case errors.Is(err, term.ErrInterrupt):
			continue
		case errors.Is(err, term.ErrLeave):
			s.SetMode(command.Privileged)
			s.event(release.SyslogConfigEnd, "", 0, "")
			continue
		case errors.Is(err, ErrIdle):
			s.say(release.IdleLogoff)
			return err
		case err != nil:
			return err
		}
		s.execute(ctx, line)
		s.typed++
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.idled {
			s.say(release.IdleLogoff)
			return ErrIdle
		}
	}
	s.print(s.rel.Say(release.Logoff))
	return nil
}

// readLine prompts for a command line.
func (s *Session) readLine(ctx context.Context) (string, error) {
	// A prompt promises that what was typed before is in force; while more lines wait, the next one can still put it off.
	if !s.term.Pending() {
		s.box.Settle()
	}
	ctx, cancel := s.untilIdle(ctx)
	defer cancel()
	t := s.rel.Console
	o := term.LineOptions{Prompt: s.prompt(), History: true, Max: t.LineMax}
	if w := s.Width(); t.Scrolls && w < config.MaxWidth {
		o.Width = w
	}
	if t.Help == release.HelpImmediate {
		o.Help = s.helpAt
	}
	if t.Tab {
		o.Complete = s.complete
	}
	if t.CtrlZ {
		o.Leave = func() bool { return s.Mode() >= command.Configure }
	}
	line, err := s.term.ReadLine(ctx, o)
	if err != nil && errors.Is(context.Cause(ctx), ErrIdle) {
		return "", ErrIdle
	}
	return line, err
}

// untilIdle is ctx for one wait for the person; its cause is ErrIdle when that takes too long.
func (s *Session) untilIdle(ctx context.Context) (context.Context, context.CancelFunc) {
	if idle := s.idle(); idle > 0 {
		return context.WithTimeoutCause(ctx, idle, ErrIdle)
	}
	return ctx, func() {}
}

// idle is how long this session may wait for a line; 0: for ever.
func (s *Session) idle() time.Duration {
	c := s.box.Config()
	switch s.o.Kind {
	case Telnet:
		return c.TelnetTimeout
	case SSH:
		return c.SSHTimeout
	}
	return c.ConsoleTimeout
}

func (s *Session) prompt() string {
	suffix := s.Mode().Prompt(s.rel)
	if s.rel.Console.NumberShown { // unverified: where it stands
		suffix = fmt.Sprintf("%s%d ", strings.TrimRight(suffix, " "), s.typed+1)
	}
	return s.box.Config().Hostname + suffix
}

// Exec runs one line, or several, as the SSH exec channel does: without greeting, echo, prompt, pager or wrapping. It
// returns 0, or 1 when the device refused a line.
func (s *Session) Exec(ctx context.Context, lines string) (status int) {
	s.ctx, s.quiet, s.over = ctx, true, false
	if s.o.Level > 1 {
		s.SetPrivilege(s.o.Level, s.User())
		s.SetMode(command.Privileged)
	}
	for line := range strings.Lines(lines) {
		if s.over || ctx.Err() != nil {
			break
		}
		if !s.execute(ctx, strings.TrimRight(line, "\r\n")) {
			status = 1
		}
	}
	s.box.Settle()
	return status
}

// print writes to the terminal; a terminal that is gone shows itself at the next read.
func (s *Session) print(text string) {
	if text != "" {
		s.term.Write([]byte(text))
	}
}

// say prints a message and a line end, or nothing where the release has no words for it.
func (s *Session) say(key release.Key, args ...any) { s.lines(said(s.rel, key, args...)) }

// The methods of command.Session.

// Out takes the output of the running command through filter and pager.
func (s *Session) Out() io.Writer {
	if s.out == nil {
		return s.term
	}
	return s.out
}

// Printf writes to Out.
func (s *Session) Printf(format string, args ...any) { fmt.Fprintf(s.Out(), format, args...) }

// Say writes a message and a line end to Out.
func (s *Session) Say(key release.Key, args ...any) {
	for _, l := range said(s.rel, key, args...) {
		io.WriteString(s.Out(), l+"\n")
	}
}

// Release is the box's release.
func (s *Session) Release() *release.Release { return s.rel }

// Box is the appliance.
func (s *Session) Box() command.Box { return s.box }

// Key shows prompt and returns the next key, which is not shown.
func (s *Session) Key(prompt string) (byte, error) {
	s.print(prompt)
	k, err := s.key()
	if err == nil {
		s.print("\n")
	}
	return k, err
}

// key reads a key while a command runs; the watch for ^C pauses, since only one may read.
func (s *Session) key() (byte, error) {
	s.pause()
	defer s.resume()
	ctx, cancel := s.untilIdle(s.ctx)
	defer cancel()
	k, err := s.term.ReadKey(ctx)
	if s.gaveUp(ctx, err) {
		return 0, ErrIdle
	}
	if err == nil && k == 0x03 && s.cancel != nil {
		s.cancel()
	}
	return k, err
}

// gaveUp reports whether a wait for the person ended because it took too long; the session ends then.
func (s *Session) gaveUp(ctx context.Context, err error) bool {
	if err != nil && errors.Is(context.Cause(ctx), ErrIdle) {
		s.idled = true
	}
	return s.idled
}

// Confirm shows prompt and takes Enter, y or Y for yes, any other key for no.
func (s *Session) Confirm(prompt string) (bool, error) {
	k, err := s.Key(prompt)
	return err == nil && (k == '\r' || k == '\n' || k == 'y' || k == 'Y'), err
}

// Ask reads a line behind prompt. ^C is the error term.ErrInterrupt.
func (s *Session) Ask(prompt string) (string, error) {
	return s.ask(term.LineOptions{Prompt: prompt, Echo: term.EchoPlain})
}

// Answer is Ask; ^Z is the error term.ErrLeave.
func (s *Session) Answer(prompt string) (string, error) {
	return s.ask(term.LineOptions{Prompt: prompt, Echo: term.EchoPlain, Leave: func() bool { return true }})
}

// Secret reads a line without showing it.
func (s *Session) Secret(prompt string, stars bool) (string, error) {
	echo := term.EchoNone
	if stars {
		echo = term.EchoStars
	}
	return s.ask(term.LineOptions{Prompt: prompt, Echo: echo})
}

func (s *Session) ask(o term.LineOptions) (string, error) {
	s.pause()
	defer s.resume()
	ctx, cancel := s.untilIdle(s.ctx)
	defer cancel()
	o.Max = s.rel.Console.LineMax
	line, err := s.term.ReadLine(ctx, o)
	if s.gaveUp(ctx, err) {
		return "", ErrIdle
	}
	return line, err
}

// Mode is the session's mode.
func (s *Session) Mode() command.Mode { return command.Mode(s.mode.Load()) }

// Path is the object that the session's sub-mode edits.
func (s *Session) Path() command.Path { return s.path }

// SetMode changes it. Without a path, a mode above keeps its part of the path that was.
func (s *Session) SetMode(m command.Mode, path ...string) {
	if path == nil {
		path = within(s.path, m)
	}
	s.mode.Store(uint32(m))
	s.path = path
}

// End logs off after the running command.
func (s *Session) End() { s.over = true }

// Privilege is the level of the session: 1 before enable.
func (s *Session) Privilege() int { return s.level }

// SetPrivilege changes level and user.
func (s *Session) SetPrivilege(level int, user string) {
	s.level = level
	s.user.Store(&user)
}

// User is who the log and show curpriv name.
func (s *Session) User() string { return *s.user.Load() }

// From is "console" or the address of the far side.
func (s *Session) From() string {
	if s.o.Kind == Console || !s.o.From.IsValid() {
		return "console"
	}
	return s.o.From.Addr().String()
}

// Width is the columns of the session, by the configuration; 0 unlimited.
func (s *Session) Width() int { return s.box.Config().Width }

// Page is the lines of the session's pager; 0 off.
func (s *Session) Page() int {
	switch {
	case s.rel.Console.FixedPager > 0:
		return s.rel.Console.FixedPager
	case s.page >= 0:
		return s.page
	}
	return s.box.Config().Pager
}

// SetPage sets the pager of this session alone.
func (s *Session) SetPage(n int) { s.page = n }

// History is the lines typed, oldest first.
func (s *Session) History() []string { return s.term.History() }

// Dir is the directory that the session is in.
func (s *Session) Dir() string { return s.dir }

// SetDir changes it.
func (s *Session) SetDir(path string) { s.dir = path }

// Monitor reports whether log messages are copied to this session.
func (s *Session) Monitor() bool { return s.monitor.Load() }

// SetMonitor switches that.
func (s *Session) SetMonitor(on bool) { s.monitor.Store(on) }

// Commands are those legal in mode m, by name.
func (s *Session) Commands(m command.Mode) iter.Seq[*command.Command] {
	return slices.Values(s.table.commands(m))
}

// Listed are the commands that a list of help has: where the box's own levels decide, those that the session may type.
// unverified: the privilege command of 6.2 is modelled after the one of IOS, which lists no command above one's level.
func (s *Session) Listed(clears bool) iter.Seq[*command.Command] {
	return func(yield func(*command.Command) bool) {
		for _, c := range s.table.commands(s.reach()) {
			if s.may(c.Right(clears && c.Clear != nil)) && !yield(c) {
				return
			}
		}
	}
}

// Running renders the running configuration.
func (s *Session) Running(v command.View) iter.Seq[string] {
	return command.Render(s.box.Config(), v)
}

// Merge applies text line by line to the running configuration, printing what the device says to lines it refuses.
func (s *Session) Merge(ctx context.Context, text string) error {
	refused, err := s.apply(ctx, text)
	for _, r := range refused {
		for _, m := range r.Messages {
			s.Printf("%s\n", m)
		}
	}
	return err
}

// Apply implements command.Session.
func (s *Session) Apply(ctx context.Context, text string) (map[int][]string, error) {
	refused, err := s.apply(ctx, text)
	said := map[int][]string{}
	for _, r := range refused {
		said[r.Line] = r.Messages
	}
	return said, err
}

func (s *Session) apply(ctx context.Context, text string) (refused []Refused, err error) {
	err = s.box.Edit(func(e *config.Edit) error { refused = merge(s.table, e, text, false); return ctx.Err() })
	return refused, err
}
