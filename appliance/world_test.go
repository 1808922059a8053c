package appliance_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli/remote"
	"pixsim/cli/term"
	"pixsim/lab"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *update {
		patience = 5 * time.Second // a new transcript that waits in vain is wrong
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every single wait of these tests: on a busy machine things take long, but they do happen.
var patience = 40 * time.Second

// releases are all there are.
var releases = func() (names []string) {
	for _, r := range release.All() {
		names = append(names, r.Name)
	}
	return names
}()

// engines are some releases, for what takes long: one at least of each SMTP inspection.
var engines = []string{"pix-4.1", "pix-4.3", "pix-4.4", "pix-5.3", "pix-6.3", "pix-7.0", "asa-8.2", "asa-8.3", "asa-9.4"}

func TestEnginesHaveReleases(t *testing.T) {
	has := map[string]bool{}
	for _, name := range engines {
		has[named(t, name).SMTP.Name] = true
	}
	for _, r := range release.All() {
		if !has[r.SMTP.Name] {
			t.Errorf("no release has the inspection of %s", r.Name)
		}
	}
}

// birth is what a world's clock shows at first, a time that a 6.3 has written into a configuration.
var birth = time.Date(2003, time.July, 4, 12, 54, 16, 272e6, time.UTC)

// clock stands still until it is told to go on, so that idle times, uptimes and stamps are the same in each run.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.mu.Unlock()
}

// worldOptions is what a world is made of. The zero value is the lab's own box with a clock that stands still.
type worldOptions struct {
	startup string // the startup-config; "": the lab's
	factory bool   // flash was never used
	flash   appliance.Flash
	live    bool // the clock is the machine's: links that lose frames need the engine's timers
	lab     lab.Options
	seats   int      // telnet sessions; 0: the release's
	options []string // of the SMTP inspection
}

// world is a box in front of its lab, with a person at the serial line.
type world struct {
	t       *testing.T
	rel     *release.Release
	clock   *clock
	now     func() time.Time
	lab     *lab.Lab
	box     *appliance.Box
	flash   appliance.Flash
	console *screen
	stop    func()
}

var hostKey = sync.OnceValues(remote.NewHostKey) // one for all: making an RSA key takes long under the race detector

// testKeys are the key pairs that the boxes of all tests make, in turn, for the same reason.
var testKeys struct {
	once sync.Once
	keys [3][]byte
	err  error
	next atomic.Uint32
}

func nextKey() ([]byte, error) {
	k := &testKeys
	k.once.Do(func() {
		for i := range k.keys {
			if k.keys[i], k.err = remote.NewHostKey(); k.err != nil {
				return
			}
		}
	})
	return k.keys[int(k.next.Add(1))%len(k.keys)], k.err
}

func named(t *testing.T, name string) *release.Release {
	t.Helper()
	rel, err := release.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// newWorld boots a box; it ends with the test.
func newWorld(t *testing.T, name string, o worldOptions) *world {
	t.Helper()
	rel, err := named(t, name).With(o.options)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rel: rel, clock: &clock{at: birth}, flash: o.flash}
	w.now = w.clock.now
	if o.live {
		w.now = time.Now
	}
	if w.flash == nil {
		w.flash = appliance.MemoryFlash(w.now)
	}
	if o.startup == "" && !o.factory {
		o.startup = startupOf(t, name)
	}
	if o.startup != "" {
		if _, err := appliance.Seed(w.flash, o.startup); err != nil {
			t.Fatal(err)
		}
	}
	o.lab.Now = w.now
	if !o.live { // on a wire without faults nothing is sent twice, however busy the machine is
		o.lab.MinRTO = time.Minute
	}
	if w.lab, err = lab.New(o.lab); err != nil {
		t.Fatal(err)
	}
	key, err := hostKey()
	if err != nil {
		t.Fatal(err)
	}
	w.console = newScreen(t, "console")
	console := term.New(w.console, term.Options{})
	w.box, err = appliance.New(appliance.Options{
		Release: rel, Flash: w.flash, Links: w.lab.Links(), Console: console, HostKey: key, NewKey: nextKey, Now: w.now,
		Rand: rand.New(rand.NewPCG(1, 2)), Diag: testWriter{t}, QuickBoot: true, SessionLimit: o.seats,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.box.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("the box does not end")
		}
		console.Close()
		if err := w.lab.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	select {
	case <-w.box.Ready():
	case <-time.After(patience):
		t.Fatal("the box does not boot")
	}
	return w
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("diag: %s", p)
	return len(p), nil
}

func startupOf(t *testing.T, name string) string {
	t.Helper()
	text, err := lab.StartupConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// soon is a context for one thing that may wait.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// dial connects a lab host; from is the source port, 0 for any.
func (w *world) dial(ctx context.Context, host string, from uint16, to netip.AddrPort) (net.Conn, error) {
	src := netip.AddrPort{}
	if from != 0 {
		src = netip.AddrPortFrom(lab.HostAddr(host), from)
	}
	return w.lab.Host(host).Dial(ctx, src, to)
}

// telnet opens a session from the administrator's desk.
func (w *world) telnet(name string, from uint16) *screen {
	w.t.Helper()
	conn, err := w.dial(soon(w.t), "desk", from, netip.AddrPortFrom(lab.BoxInside, 23))
	if err != nil {
		w.t.Fatalf("telnet: %v", err)
	}
	return w.attach(name, conn)
}

// attach shows a connection on a screen; both end with the test.
func (w *world) attach(name string, conn net.Conn) *screen {
	s := newScreen(w.t, name)
	s.conn = conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(shown{s}, conn)
		s.Close()
	}()
	w.t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return s
}

// shown is the receiving side of a screen.
type shown struct{ s *screen }

func (v shown) Write(p []byte) (int, error) { return v.s.Write(p) }

// screen is a terminal of glass and keys: what the box wrote, and what a person types at it. Towards the box it is the
// byte stream of the serial line; with conn it is the far end of a connection.
type screen struct {
	t    *testing.T
	name string
	conn net.Conn // nil: the serial line

	mu      sync.Mutex
	changed *sync.Cond
	typed   []byte // not yet read by the box
	text    bytes.Buffer
	closed  bool
}

func newScreen(t *testing.T, name string) *screen {
	s := &screen{t: t, name: name}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// Read is the box's.
func (s *screen) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.typed) == 0 && !s.closed {
		s.changed.Wait()
	}
	if len(s.typed) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.typed)
	s.typed = s.typed[n:]
	return n, nil
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	s.changed.Broadcast()
	return len(p), nil
}

func (s *screen) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.changed.Broadcast()
	return nil
}

// typeKeys presses keys and does not wait.
func (s *screen) typeKeys(keys string) error {
	if s.conn != nil {
		s.conn.SetWriteDeadline(time.Now().Add(patience))
		_, err := s.conn.Write([]byte(keys))
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.typed = append(s.typed, keys...)
	s.changed.Broadcast()
	return nil
}

// String is all that was shown.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *screen) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Len()
}

var errNotShown = errors.New("not shown")

// await waits until good accepts what was shown, and returns it.
func (s *screen) await(good func(text string, over bool) bool) (string, error) {
	deadline := time.Now().Add(patience) // before the timer is set: who is woken by it finds that it is over
	late := time.AfterFunc(patience, func() {
		s.mu.Lock()
		s.changed.Broadcast()
		s.mu.Unlock()
	})
	defer late.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		text := s.text.String()
		if good(text, s.closed) {
			return text, nil
		}
		if !time.Now().Before(deadline) {
			return text, fmt.Errorf("%s: %w; the screen:\n%s", s.name, errNotShown, text)
		}
		s.changed.Wait()
		if len(text) > 1<<16 { // to look at much after each octet takes long
			s.mu.Unlock()
			time.Sleep(time.Millisecond)
			s.mu.Lock()
		}
	}
}

// waiting is what stands at the end of a screen when it is the person's turn.
var waiting = regexp.MustCompile(`([>#?:] |\[confirm\] ?|\[yes\] |--->|: {1,2}|\]:)$`)

// turn reports whether it is the person's turn behind text.
func turn(text string) bool { return waiting.MatchString(text[max(0, len(text)-64):]) }

// line types a line and Enter and returns what was shown since, once the box waits again or has hung up.
func (s *screen) line(text string) string {
	s.t.Helper()
	begin := s.len()
	if err := s.typeKeys(text + "\r"); err != nil {
		s.t.Fatalf("%s: %q: %v\n%s", s.name, text, err, s)
	}
	shown, err := s.await(func(shown string, over bool) bool {
		shown = shown[begin:]
		return over || strings.Contains(shown, "\n") && turn(shown)
	})
	if err != nil {
		s.t.Fatalf("after %q: %v", text, err)
	}
	return shown[begin:]
}

// enable brings a session to the privileged mode, from whatever it asks for first.
func (s *screen) enable() {
	s.t.Helper()
	shown, err := s.await(func(text string, over bool) bool { return over || turn(text) })
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.HasSuffix(shown, "assword: ") || strings.HasSuffix(shown, "passwd: ") {
		s.line("cisco")
	}
	s.line("enable")
	if got := s.line("cisco"); !strings.HasSuffix(got, "# ") {
		s.t.Fatalf("enable: %q", got)
	}
}

// configure goes on to the configuration mode.
func (s *screen) configure() {
	s.t.Helper()
	s.enable()
	s.line("configure terminal")
}

var _ io.ReadWriteCloser = (*screen)(nil)
