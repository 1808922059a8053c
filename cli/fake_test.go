package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
	"pixsim/cli/term"
)

// screen is a terminal whose keys have all been typed before it is read. It shows what a person would see, with LF for
// line ends.
type screen struct {
	mu   sync.Mutex
	keys []byte
	out  bytes.Buffer
	past []string
}

func (t *screen) next(ctx context.Context) (byte, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(t.keys) == 0 {
		return 0, term.ErrClosed
	}
	b := t.keys[0]
	t.keys = t.keys[1:]
	return b, nil
}

func (t *screen) ReadLine(ctx context.Context, o term.LineOptions) (string, error) {
	t.Write([]byte(o.Prompt))
	var line []byte
	for {
		b, err := t.next(ctx)
		if err != nil {
			return "", err
		}
		switch {
		case b == '\r' || b == '\n':
			t.Write([]byte("\n"))
			if o.History && len(line) > 0 {
				t.past = append(t.past, string(line))
			}
			return string(line), nil
		case b == '?' && o.Help != nil:
			t.Write([]byte("?\n" + o.Help(string(line)) + o.Prompt + string(line)))
			continue
		case b == '\t' && o.Complete != nil:
			line = []byte(o.Complete(string(line)))
			t.Write([]byte("\n" + o.Prompt + string(line)))
			continue
		case b == 0x1a:
			if o.Leave != nil && o.Leave() {
				t.Write([]byte("\n"))
				return "", term.ErrLeave
			}
			continue
		case b == 0x03:
			t.Write([]byte("\n"))
			return "", term.ErrInterrupt
		}
		line = append(line, b)
		switch o.Echo {
		case term.EchoPlain:
			t.Write([]byte{b})
		case term.EchoStars:
			t.Write([]byte("*"))
		}
	}
}

func (t *screen) ReadKey(ctx context.Context) (byte, error) { return t.next(ctx) }

func (t *screen) Running(ctx context.Context) (context.Context, func()) {
	run, cancel := context.WithCancel(ctx)
	if len(t.keys) > 0 && t.keys[0] == 0x03 {
		t.keys = t.keys[1:]
		cancel()
	}
	return run, cancel
}

func (t *screen) Pending() bool { return bytes.ContainsAny(t.keys, "\r\n") }

func (t *screen) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(p)
}

func (t *screen) History() []string { return t.past }
func (t *screen) Size() (int, int)  { return 0, 0 }
func (t *screen) Close() error      { return nil }

// testBox is a box of a configuration and nothing else.
type testBox struct {
	command.Box
	mu      sync.Mutex
	c       *config.Config
	settled int
	events  []string
}

func (b *testBox) Release() *release.Release { return b.c.Release }

func (b *testBox) Config() *config.Config {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.c
}

func (b *testBox) Edit(f func(*config.Edit) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := config.From(b.c)
	if err := f(e); err != nil {
		return err
	}
	b.c = e.Config()
	return nil
}

func (b *testBox) Settle() { b.settled++ }

func (b *testBox) Event(key release.Key, args ...any) {
	b.events = append(b.events, b.c.Release.Say(key, args...))
}

func named(t testing.TB, name string) *release.Release {
	t.Helper()
	rel, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

func newTestBox(t testing.TB, name string) *testBox {
	return &testBox{c: config.New(named(t, name)).Config()}
}

// A table of test commands: enough to see every path of the console, whatever the real table holds.
var (
	testHost  = &g.Param[string]{Name: "newname", Help: "New name", Type: g.Ident(16)}
	testHW    = &g.Param[string]{Name: "hardware_id", Help: "Interface", Type: g.Hardware()}
	testText  = &g.Param[string]{Name: "text", Help: "Up to 200 characters", Type: g.Text()}
	testLines = &g.Param[int]{Name: "lines", Help: "Lines to print", Type: g.Int(0, 1000)}
	testAddr  = &g.Param[string]{Name: "name", Help: "Name of the map", Type: g.Ident(40)}
	testLevel = &g.Param[int]{Name: "level", Help: "", Type: g.Level()}
	asaOnly   = release.Since(release.V(7, 0))
)

const testKey = release.AccessDenied

func show(name, help string, mode command.Mode, run func(context.Context, command.Session, *g.Match) error, more ...g.Syntax) *command.Command {
	words := []g.Syntax{g.Word("show", "Show running system information")}
	for _, w := range strings.Fields(name) {
		words = append(words, g.Word(w, help))
	}
	return &command.Command{Name: "show " + name, Help: help, Mode: mode, Syntax: g.Seq(append(words, more...)...), Run: run}
}

func testCommands() []*command.Command {
	count := func(_ context.Context, s command.Session, m *g.Match) error {
		n, ok := testLines.Lookup(m)
		if !ok {
			n = 3
		}
		for i := range n {
			if _, err := fmt.Fprintf(s.Out(), "line %d of it\n", i+1); err != nil {
				return err
			}
		}
		return nil
	}
	return []*command.Command{
		{Name: "enable", Help: "Enter privileged mode", Mode: command.User, Syntax: g.Word("enable", "Enter privileged mode"),
			Run: func(_ context.Context, s command.Session, _ *g.Match) error {
				pw, err := s.Secret("Password: ", true)
				if err != nil {
					return err
				}
				if pw != "secret" {
					return command.Errorf(testKey)
				}
				s.SetPrivilege(15, "enable_15")
				s.SetMode(command.Privileged)
				return nil
			}},
		{Name: "exit", Help: "Exit from the EXEC", Mode: command.User, Syntax: &g.Keyword{Text: "exit", Aliases: []string{"quit"}, Help: "Exit from the EXEC"},
			Run: func(_ context.Context, s command.Session, _ *g.Match) error {
				if s.Mode() < command.Configure {
					s.End()
					return nil
				}
				s.SetMode(command.Modes[s.Mode()].Parent)
				return nil
			}},
		{Name: "configure terminal", Mode: command.Privileged, Syntax: g.Seq(g.Word("configure", ""), g.Word("terminal", "")),
			Run: func(_ context.Context, s command.Session, _ *g.Match) error { s.SetMode(command.Configure); return nil }},
		show("version", "Display the version", command.User, count),
		show("lines", "Print lines", command.Privileged, count, g.Opt(testLines)),
		show("logging", "Display the log", command.Privileged, count),
		{Name: "reload", Mode: command.Privileged, Syntax: g.Word("reload", ""),
			Run: func(_ context.Context, s command.Session, _ *g.Match) error {
				ok, err := s.Confirm("Proceed with reload? [confirm] ")
				if err == nil {
					s.Printf("answer %v\n", ok)
				}
				return err
			}},
		{Name: "ping", Mode: command.Privileged, Syntax: g.Word("ping", ""),
			Run: func(ctx context.Context, s command.Session, _ *g.Match) error {
				s.Printf("pinging")
				<-ctx.Done()
				return ctx.Err()
			}},
		{Name: "debug", Mode: command.Privileged, Syntax: g.Word("debug", ""), NoSyntax: g.Word("debug", ""),
			Run: func(_ context.Context, s command.Session, m *g.Match) error {
				s.Printf("debug %v\n", !m.Negated)
				return nil
			}},
		{Name: "hostname", Help: "Change host name", Mode: command.Configure, Syntax: g.Seq(g.Word("hostname", "Change host name"), testHost),
			Set: func(_ *command.Ctx, e *config.Edit, m *g.Match) error {
				if testHost.Get(m) == "bad" {
					return command.Errorf(testKey)
				}
				if testHost.Get(m) == "usage" {
					return command.ErrUsage
				}
				e.SetHostname(testHost.Get(m))
				return nil
			},
			Clear: func(_ *command.Ctx, e *config.Edit, _ *g.Match) error { e.SetHostname("cleared"); return nil }},
		{Name: "domain-name", Mode: command.Configure, Syntax: g.Seq(g.Word("domain-name", ""), testText), Private: true,
			Set: func(_ *command.Ctx, e *config.Edit, m *g.Match) error { e.SetDomain(testText.Get(m)); return nil },
			No:  func(_ *command.Ctx, e *config.Edit, _ *g.Match) error { e.SetDomain(""); return nil }},
		{Name: "logging", Mode: command.Configure, Syntax: g.Seq(g.Word("logging", ""), g.Word("trap", "Set logging level"), testLevel),
			Set: func(c *command.Ctx, e *config.Edit, m *g.Match) error { c.Note(testKey); return nil }},
		{Name: "interface", Mode: command.Configure, Span: asaOnly, Syntax: g.Seq(g.Word("interface", ""), testHW),
			Set: func(c *command.Ctx, _ *config.Edit, m *g.Match) error {
				c.Enter(command.ConfigInterface, testHW.Get(m))
				return nil
			}},
		{Name: "description", Mode: command.ConfigInterface, Span: asaOnly, Syntax: g.Seq(g.Word("description", "Interface specific description"), testText),
			Set: func(c *command.Ctx, e *config.Edit, m *g.Match) error {
				_, i := e.View().InterfaceAt(c.Path[0])
				e.SetInterface(i, func(f *config.Interface) { f.Description = testText.Get(m) })
				return nil
			}},
		{Name: "policy-map", Mode: command.Configure, Span: asaOnly, Syntax: g.Seq(g.Word("policy-map", ""), testAddr),
			Set: func(c *command.Ctx, _ *config.Edit, m *g.Match) error {
				c.Enter(command.ConfigPolicyMap, testAddr.Get(m))
				return nil
			}},
		{Name: "class", Mode: command.ConfigPolicyMap, Span: asaOnly, Syntax: g.Seq(g.Word("class", ""), testAddr),
			Set: func(c *command.Ctx, _ *config.Edit, m *g.Match) error {
				c.Enter(command.ConfigPolicyClass, c.Path[0], testAddr.Get(m))
				return nil
			}},
		{Name: "inspect", Mode: command.ConfigPolicyClass, Span: asaOnly, Syntax: g.Seq(g.Word("inspect", ""), testAddr),
			Set: func(c *command.Ctx, e *config.Edit, m *g.Match) error {
				e.SetDomain(strings.Join(append(c.Path, testAddr.Get(m)), "/"))
				return nil
			}},
	}
}

// play types keys at a session of release name and returns the screen and the box.
func play(t *testing.T, name, keys string, change ...func(*config.Edit)) (string, *testBox, error) {
	t.Helper()
	b := newTestBox(t, name)
	b.Edit(func(e *config.Edit) error {
		for _, f := range change {
			f(e)
		}
		return nil
	})
	sc := &screen{keys: []byte(keys)}
	s := New(Options{Terminal: sc, Box: b, Kind: Telnet, Commands: testCommands()})
	err := s.Run(context.Background())
	return sc.out.String(), b, err
}
