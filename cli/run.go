package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/cli/lexer"
	"pixsim/cli/term"
)

// execute runs one line; false when the device refused it.
func (s *Session) execute(ctx context.Context, line string) bool {
	if ignored(line) {
		return true
	}
	if limit := s.rel.Console.LineMax; limit > 0 && len(line) > limit {
		s.say(release.CommandTooLong)
		return false
	}
	if s.rel.Console.Help == release.HelpOnEnter && s.helpLine(line) {
		return true
	}
	e := newEnv(s.box.Config())
	if s.rel.Console.Filters {
		if left, behind, at, ok := cutFilter(line); ok {
			if f, miss := s.table.find(e, s.reach(), left); miss == nil && filtered(f) {
				if !s.authorized(f) {
					return false
				}
				return s.runFiltered(ctx, f, line, behind, at)
			}
		}
	}
	f, miss := s.table.find(e, s.reach(), line)
	if miss != nil {
		s.lines(s.table.explain(miss, line, s.column()))
		return false
	}
	if !s.authorized(f) {
		return false
	}
	if f.cmd.Run != nil {
		return s.run(ctx, f, nil)
	}
	return s.configure(f)
}

// reach is the mode whose commands the session knows: where the box's own levels decide, the unprivileged mode knows
// those of the privileged one, and a command of level 0 or 1 can be typed there.
func (s *Session) reach() command.Mode {
	if m := s.Mode(); m != command.User || !s.byLevel() {
		return m
	}
	return command.Privileged
}

// byLevel reports whether each command is held against the level of the session. unverified: that a server that does not
// answer denies what is not everybody's, which the box was feared for.
func (s *Session) byLevel() bool { return s.box.Config().CommandAuth.Group != "" }

// authorized reports whether the session's level is enough for f, and says so if not.
func (s *Session) authorized(f found) bool {
	if s.may(f.cmd.Right(f.form == cleared)) {
		return true
	}
	s.say(release.NotAuthorized)
	return false
}

// may reports whether the session's level is enough for r.
func (s *Session) may(r command.Right) bool {
	if !s.byLevel() {
		return true
	}
	level := s.level
	if a := s.box.Config().CommandAuth; a.Group != "LOCAL" && !a.Local {
		level = 0
	}
	return r.Level(s.box.Config()) <= level
}

// filtered reports whether the output of f can be filtered: that of show and more.
func filtered(f found) bool {
	first := strings.Fields(f.cmd.Name)[0]
	return f.cmd.Run != nil && (first == "show" || first == "more")
}

func (s *Session) runFiltered(ctx context.Context, f found, line, behind string, at int) bool {
	spec, ok := parseFilter(s.filterWords(), behind)
	if !ok {
		s.badFilter(line, behind, at)
		return false
	}
	spec.counted = func(n int) string { return s.rel.Say(release.FilterCount, n) + "\n" }
	return s.run(ctx, f, &spec)
}

// badFilter answers a filter that is none.
func (s *Session) badFilter(line, behind string, at int) {
	switch {
	case !s.rel.Console.Caret:
		s.say(release.UnknownCommand)
	case behind == "" || !strings.Contains(strings.TrimSpace(behind), " ") && s.isFilter(behind):
		s.say(release.Incomplete)
	default:
		s.print(strings.Repeat(" ", s.column()+at) + "^\n")
		s.say(release.InvalidInput)
	}
}

func (s *Session) isFilter(verb string) bool {
	_, ok := parseFilter(s.filterWords(), strings.TrimSpace(verb)+" x")
	return ok
}

// column is where the line that was just typed began on the screen.
func (s *Session) column() int {
	if s.quiet {
		return 0
	}
	return len(s.prompt())
}

func (s *Session) lines(ls []string) {
	if len(ls) == 0 {
		return
	}
	text := strings.Join(ls, "\n") + "\n"
	if width := s.Width(); s.rel.Console.Wrap && width > 0 && !s.quiet {
		io.WriteString(&wrapper{w: s.term, width: width}, text)
		return
	}
	s.print(text)
}

// configure applies a configuration line to the running configuration.
func (s *Session) configure(f found) bool {
	column := s.column() // of the old prompt
	var c *command.Ctx
	err := s.box.Edit(func(e *config.Edit) error {
		c = &command.Ctx{Release: s.rel, Path: within(s.path, f.layer.mode), OnDisk: s.onDisk}
		return f.apply(c, e)
	})
	if c != nil {
		s.lines(noted(s.rel, c))
	}
	if err != nil {
		s.lines(s.table.worded(f, column, err))
		return false
	}
	m, path := next(c, f.layer.mode)
	s.mode.Store(uint32(m))
	s.path = path
	s.executed(f)
	return true
}

// onDisk reports whether the box has a file.
func (s *Session) onDisk(path string) bool {
	f, err := s.box.Disk().Stat(path)
	return err == nil && !f.Dir
}

// run runs an exec command with its output through filter, wrapping and pager. The command's context ends with the
// session's, and with ^C.
func (s *Session) run(ctx context.Context, f found, spec *filterSpec) bool {
	s.box.Settle()
	run, cancel := context.WithCancel(ctx)
	s.cancel = cancel
	flush := s.open(run, spec)
	s.resume()
	err := f.cmd.Run(run, s, f.match)
	s.pause()
	if err == nil {
		err = flush()
	}
	interrupted := run.Err() != nil
	cancel()
	if s.pager != nil && s.pager.begun {
		s.print("\n") // a prompt stands at the beginning of a line
	}
	s.close()
	switch {
	case err == nil:
		s.executed(f)
		return true
	case errors.Is(err, errQuit), errors.Is(err, term.ErrClosed), interrupted, errors.Is(err, ErrIdle),
		errors.Is(err, context.Canceled), errors.Is(err, term.ErrInterrupt), errors.Is(err, term.ErrLeave):
		return true
	}
	s.lines(s.table.worded(f, s.column(), err))
	return false
}

// open sets Out up for a command. The returned function ends the output.
func (s *Session) open(run context.Context, spec *filterSpec) (flush func() error) {
	var w io.Writer = s.term
	if !s.quiet {
		s.pager = &pager{w: s.term, lines: s.Page(), left: s.Page(), more: s.rel.Say(release.More), key: s.key, over: func() bool { return run.Err() != nil }}
		w = s.pager
		if width := s.Width(); s.rel.Console.Wrap && width > 0 {
			w = &wrapper{w: w, width: width}
		}
	}
	s.out = w
	if spec == nil {
		return func() error { return nil }
	}
	if spec.toFile() {
		sink := &fileSink{}
		s.out = sink
		return func() error {
			io.WriteString(w, command.KeepOutput(s, spec.pattern, spec.verb == "append", sink.data, sink.full))
			return nil
		}
	}
	f := spec.writer(w)
	s.out = f
	return f.flush
}

// close ends what open began.
func (s *Session) close() { s.cancel, s.out, s.pager = nil, nil, nil }

// resume watches for ^C while a command runs, without a goroutine that reads: the terminal does.
func (s *Session) resume() {
	if s.cancel == nil {
		return
	}
	if s.pager != nil {
		s.pager.again()
	}
	watch, stop := s.term.Running(s.ctx)
	if watch.Err() != nil {
		s.cancel()
	}
	unhook := context.AfterFunc(watch, s.cancel)
	s.stop = func() { unhook(); stop() }
}

// pause ends the watch, so that a key or line can be read.
func (s *Session) pause() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// executed tells the log about a command that was run; its words stay out where they may hold a password.
func (s *Session) executed(f found) {
	if f.cmd.Private || s.Mode() == command.User {
		return
	}
	key := release.SyslogExecuted
	if strings.HasPrefix(f.cmd.Name, "show") {
		key = release.SyslogExecutedShow
	}
	words := make([]string, 0, 8)
	for _, w := range lexer.Words(f.match.Line) {
		words = append(words, lexer.Printable(w.Text))
	}
	s.event(key, strings.Join(words, " "), 0, "")
}

// event raises a management message where the release has it. The arguments stand as the comment above
// release.SyslogWriting numbers them.
func (s *Session) event(key release.Key, cmd string, tries int, reason string) {
	s.eventOf(s.User(), key, cmd, tries, reason)
}

// eventOf names another user than the session's.
func (s *Session) eventOf(user string, key release.Key, cmd string, tries int, reason string) {
	if text, ok := s.rel.Words(key); !ok || text == "" {
		return
	}
	c := s.box.Config()
	ifname, source, to := c.Inside(), "", s.o.Kind
	if s.o.From.IsValid() {
		ifname = c.Towards(s.o.From.Addr())
	}
	if f, ok := c.Interface(ifname); ok && f.Addr.IsValid() {
		to = f.Addr.Addr().String() + "/" + s.o.Kind
	}
	if from := s.o.From; from.IsValid() {
		source = fmt.Sprintf("%s/%d", from.Addr(), from.Port())
	}
	s.box.Event(key, s.From(), "terminal", user, cmd, s.level, s.level, ifname, source, ifname, to, tries, reason)
}
