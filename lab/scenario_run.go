package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli/term"
)

// firstBoot is how long the box may take from power-on to its first prompt, whatever a scenario waits for later.
const firstBoot = 20 * time.Second

// RunOptions say how a Scenario is run.
type RunOptions struct {
	Release string        // one of the scenario's, or a build of one
	Options []string      // of the SMTP inspection, NAME=VALUE, behind those that the script sets
	Out     io.Writer     // the guide and what was typed and said on both sides; nil: not wanted
	Colour  bool          // Out is a terminal
	Wait    time.Duration // for anything that should happen; 0: 10 s

	Sides      bool      // write both sides of each connection in two columns to Out, behind the script
	Column     int       // characters of one side there; 0: as many as RenderOptions has
	Transcript string    // directory: both sides of each connection go to files below it; "": none
	Diag       io.Writer // what cannot be written to them is said here

	// Flip boots with Mailguard the other way round from what the startup-config says: a scenario that passes all the
	// same asserts nothing.
	Flip bool

	lab  Options       // of tests; the clock is the scenario's
	last time.Duration // of tests: Wait of the last line, which fails; 0: as the others
}

// StepError is a line of a script that did not do what it says.
type StepError struct {
	File    string
	Line    int
	Release string
	Command string
	Err     error
}

func (e *StepError) Error() string {
	return fmt.Sprintf("%s:%d [%s] %s: %v", e.File, e.Line, e.Release, e.Command, e.Err)
}

func (e *StepError) Unwrap() error { return e.Err }

// unmet is an expectation that was not met. Only this makes a command behind `!` succeed; any other error is a fault of
// the script or of the lab.
type unmet struct{ expected, got string }

func (e *unmet) Error() string { return fmt.Sprintf("expected %s, got %s", e.expected, e.got) }

// run is one scenario on one release.
type run struct {
	ctx   context.Context
	s     *Scenario
	o     RunOptions
	clock slowClock // of the mail server
	lab   *Lab
	box   *appliance.Box
	line  *hostTerminal // the serial line
	boots time.Time     // the box has booted before this moment, as far as the script knows

	consoles []*hostTerminal
	console  *hostTerminal // the one that is typed at; nil: none
	onLine   bool          // the script has looked at the serial line: from then on the transcript does
	clients  map[string]*mailConn
	client   *mailConn // the one that is spoken by; nil: none
	forgot   map[*MailServer]mark
	lease    string // of the machine that was plugged in
	refusal  string // why the last mail failed; "" when it did not
	recorder *Recorder
	wired    netip.AddrPort // the end of the client whose connection wire is about; invalid: the newest, or
	wiredNo  int            // the number of that connection, if it was chosen by that
	mails    int
	patience time.Duration // of the mail client
	send     sending

	script *transcript
}

// Run boots a fresh box and a fresh lab in this process and runs the script. The error is the first line that failed, a
// *StepError, unless the lab itself could not be built or the box broke down. No port of the machine is used.
func (s *Scenario) Run(ctx context.Context, o RunOptions) error { return s.with(ctx, o, (*run).play) }

// with has play work with a box and a lab that are up.
func (s *Scenario) with(ctx context.Context, o RunOptions, play func(*run) error) (err error) {
	o.Wait = cmp.Or(o.Wait, 10*time.Second)
	rel, err := release.Parse(o.Release)
	if err != nil {
		return err
	}
	o.Release = rel.Name
	if rel, err = rel.With(append(s.options(rel.Name), o.Options...)); err != nil {
		return err
	}
	text, err := s.startup(rel, o)
	if err != nil {
		return err
	}
	r := &run{s: s, o: o, clock: slowClock{time.Now()}, clients: map[string]*mailConn{}, forgot: map[*MailServer]mark{}}
	r.script = &transcript{out: o.Out, colour: o.Colour, clock: r.clock}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.ctx = ctx
	o.lab.Now = r.clock.now
	if r.lab, err = New(o.lab); err != nil {
		return err
	}
	defer r.lab.Close()
	if err := r.beginRecording(); err != nil {
		return err
	}
	defer r.recorder.Close()
	wait, err := r.powerOn(rel, text)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wait()) }()
	defer stop()
	defer r.sides()
	defer r.hangUp()
	select {
	case <-r.box.Ready():
	case <-time.After(firstBoot):
		return fmt.Errorf("%s has not booted within %v", o.Release, firstBoot)
	case <-ctx.Done():
		return ctx.Err()
	}
	_, r.boots = r.booted()
	return play(r)
}

// startup is the configuration that the box boots.
func (s *Scenario) startup(rel *release.Release, o RunOptions) (string, error) {
	const file = "startup-config"
	text := rel.Stamped(cmp.Or(s.files[file+"."+rel.Name], s.files[file+"."+release.Base(rel.Name)], s.files[file]))
	if text == "" {
		var err error
		if text, err = StartupConfig(rel.Name); err != nil {
			return "", err
		}
	}
	if o.Flip {
		return flipGuard(text)
	}
	return text, nil
}

// guards are the lines that put Mailguard on, and those that take it away and leave the way to the mail server open.
var guards = []struct{ on, off string }{
	{"\nfixup protocol smtp 25\n", "\nno fixup protocol smtp 25\n"},
	{"\nmailhost (inside,outside) 203.0.113.10 10.1.1.10 0 0\n",
		"\nstatic (inside,outside) 203.0.113.10 10.1.1.10 0 0\nconduit (inside,outside) 203.0.113.10 25 tcp 0.0.0.0 0.0.0.0\n"},
	{"\nmailhost 203.0.113.10 10.1.1.10 0 0\n",
		"\nstatic 203.0.113.10 10.1.1.10 0 0\nconduit 203.0.113.10 25 tcp 0.0.0.0 0.0.0.0\n"},
}

// flipGuard turns Mailguard off in a configuration where it is on, and on where it is off.
func flipGuard(text string) (string, error) {
	for _, g := range guards {
		for _, change := range [][2]string{{g.off, g.on}, {g.on, g.off}} {
			// The line with the guard may hold the one without it, and the other way round: the longer decides.
			if strings.Contains(text, change[0]) && (len(change[0]) > len(change[1]) || !strings.Contains(text, change[1])) {
				return strings.Replace(text, change[0], change[1], 1), nil
			}
		}
	}
	const class, inspect = "\n class inspection_default\n", "\n  inspect esmtp \n" // 7.0 and later; its place in the class is free
	switch {
	case strings.Contains(text, inspect):
		return strings.Replace(text, inspect, "\n", 1), nil
	case strings.Contains(text, class):
		return strings.Replace(text, class, class+inspect[1:], 1), nil
	}
	return "", errors.New("no Mailguard to turn round in this startup-config")
}

// powerOn starts the box with its serial line; the function that it returns waits for its end, which is r.ctx's, and says
// what ended it before.
func (r *run) powerOn(rel *release.Release, startup string) (wait func() error, err error) {
	flash := appliance.MemoryFlash(time.Now)
	if _, err := appliance.Seed(flash, startup); err != nil {
		return nil, err
	}
	key, err := labHostKey()
	if err != nil {
		return nil, err
	}
	line, far := newSerialLine()
	t := term.New(far, term.Options{})
	r.line = newHostTerminal("serial", line)
	r.consoles = append(r.consoles, r.line)
	r.box, err = appliance.New(appliance.Options{
		Release: rel, Flash: flash, Links: r.lab.Links(), Console: t, HostKey: key, Now: time.Now,
		Rand: rand.New(rand.NewPCG(1, 2)), QuickBoot: true, Tap: r.tap(),
	})
	if err != nil {
		t.Close()
		r.line.Close()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- r.box.Run(r.ctx) }()
	return func() error {
		defer t.Close()
		return <-ended
	}, nil
}

// labHostKey is the SSH host key of every box here: making one takes long.
var labHostKey = sync.OnceValues(func() ([]byte, error) { return appliance.HostKey(appliance.MemoryFlash(time.Now)) })

// booted is when the box booted last, as closely as one can tell from outside.
func (r *run) booted() (after, before time.Time) {
	early := time.Now()
	up := r.box.Uptime()
	return early.Add(-up), time.Now().Add(-up)
}

// hangUp ends everything that the script opened.
func (r *run) hangUp() {
	for _, c := range r.clients {
		c.smtp.Close()
	}
	for _, t := range r.consoles {
		t.Close()
	}
}

// play runs the script.
func (r *run) play() error {
	var at passage
	for _, st := range r.s.steps {
		if !st.in(r.o.Release) {
			at.skipped = true
			continue
		}
		if st.prose {
			if at.empty() {
				r.script.nothing(r.o.Release)
			}
			at = passage{}
			r.script.prose(st.text)
			continue
		}
		at.done = true
		err := r.do(st)
		var said []event
		if !st.cmd.asks || err != nil {
			said = r.events()
		}
		r.script.step(st, err, said)
		if err != nil {
			return &StepError{r.s.Name + scenarioExt, st.line, r.o.Release, st.text, err}
		}
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
	}
	if at.empty() {
		r.script.nothing(r.o.Release)
	}
	r.script.said(r.events())
	return nil
}

// passage is the commands between two pieces of the guide.
type passage struct{ done, skipped bool }

// empty says that all of them are for other releases.
func (p passage) empty() bool { return p.skipped && !p.done }

// noAnswer is how long a mail client waits where the script says that its mail fails.
const noAnswer = 3 * time.Second

// smtpOption has been done when the box was made.
func (r *run) smtpOption(context.Context, []string) error { return nil }

func (r *run) do(st step) error {
	wait := r.o.Wait
	if st.line == r.s.steps[len(r.s.steps)-1].line {
		wait = cmp.Or(r.o.last, wait)
	}
	r.patience = wait / 2
	if st.negate {
		r.patience = min(r.patience, noAnswer)
		wait = min(wait, cmp.Or(st.cmd.absence, wait))
	}
	ctx, cancel := context.WithTimeout(r.ctx, wait)
	defer cancel()
	err := st.cmd.run(r, ctx, st.args)
	var not *unmet
	switch {
	case !st.negate:
		return err
	case err == nil:
		return &unmet{"that this fails", "success"}
	case errors.As(err, &not):
		return nil
	}
	return err
}

// events are what was typed and said since the last call, on every side, in the order of time.
func (r *run) events() []event {
	var all []event
	for _, t := range r.consoles {
		if lines := t.events(); t != r.line || r.onLine {
			all = append(all, lines...)
		}
	}
	for _, c := range r.clients {
		all = append(all, c.events()...)
	}
	return append(all, r.script.serverEvents(r.lab.Mail().Log().Entries())...)
}

// slowClock is the mail server's: it begins with the moment that the greeting in KB 320027 was sent at, and goes so slowly
// that every greeting of a script is the same. Its log is still in order.
type slowClock struct{ start time.Time }

// slowness is how many seconds a second of the slow clock takes.
const slowness = 10_000

var kbGreeting = time.Date(2002, time.October, 3, 13, 14, 25, 0, time.FixedZone("CDT", -5*60*60))

func (c slowClock) now() time.Time { return kbGreeting.Add(time.Since(c.start) / slowness) }

// real is the moment at which the slow clock showed t, give or take some microseconds.
func (c slowClock) real(t time.Time) time.Time { return c.start.Add(t.Sub(kbGreeting) * slowness) }
