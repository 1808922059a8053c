// Package appliance is the box: it boots a release from flash, keeps the running configuration, compiles it for the
// engine, serves the console over telnet, SSH and the serial line, words the engine's events and reloads. It does not
// know what stands around it: links, clock and flash are handed in.
package appliance

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/cli/remote"
	"pixsim/cli/term"
	"pixsim/dataplane"
	"pixsim/dataplane/hoststack"
	"pixsim/dataplane/link"
)

// Options are what a Box is made of.
type Options struct {
	Release *release.Release
	Flash   Flash
	// Links are the wires of the interfaces in the order of Release.Model.Interfaces; one that is nil, and further interfaces,
	// have no carrier.
	Links []link.Link
	// Console is the serial line; nil: there is none. It outlives reloads and is not closed by the Box.
	Console term.Terminal
	// Notice is the simulator's own words to the person at Console, shown once between the first boot and the first prompt.
	Notice string
	// OnReady, if not nil, is called once, when the first boot is over and before Console shows it.
	OnReady func()
	// Hangup, if not nil, is called when the far side of Console is gone for good.
	Hangup func()
	// HostKey, if not nil, is the SSH host key (PEM); else it is kept in flash.
	HostKey []byte
	// NewKey, if not nil, makes the key pairs of key commands (PEM); else they are as host keys are.
	NewKey func() ([]byte, error)
	Now    func() time.Time
	Rand   *rand.Rand // sequence numbers; the Box takes it over
	// Salt, if not nil, makes the salt of a new secret, in the releases that salt; else it is always the same.
	Salt func() [16]byte
	// Diag gets refused lines of the startup-config where there is no console.
	Diag io.Writer
	// Capture, if not nil, is asked for a sink for each capture that starts.
	Capture func(name string) func(at time.Time, frame []byte, length int)
	// Tap, if not nil, watches connections on both sides of the box; see dataplane.Tap.
	Tap dataplane.Tap
	// Offload, if not nil, carries packets past the box where nothing is to be done to them; see dataplane.Offload.
	Offload dataplane.Offload
	// QuickBoot leaves the pause of a reload out.
	QuickBoot bool
	// SessionLimit raises the number of telnet and of SSH sessions; 0: the release's own.
	SessionLimit int
}

// Box is one appliance. New makes it, Run gives it life; its methods may be called from any goroutine while Run runs.
type Box struct {
	o       Options
	rel     *release.Release
	engine  *dataplane.Engine
	self    *hoststack.Host
	inner   link.Link // the engine's end of the wire to self
	log     *journal
	desk    *sessions
	words   *cli.Lexicon // which its sessions share
	line    *outlet      // the serial console's; nil: there is none
	trap    *trap
	keys    keyring
	dhcp    *dhcpDesk
	lessees *lessees
	lookups *lookups
	perf    *perfmon
	logins  loginHistory
	later   *reloads
	ranges  chan struct{} // of capacity 1: see ranged

	running atomic.Pointer[config.Config]
	inForce atomic.Pointer[config.Config] // running with what was leased and looked up laid over it, as in policy
	policy  atomic.Pointer[dataplane.Policy]
	skew    atomic.Int64 // nanoseconds that the box's clock is ahead of Options.Now
	typed   atomic.Bool  // the clock was set in this life of the box
	traced  int          // lines of debug icmp trace; the engine's goroutine has it

	disk   sync.Mutex // one change of the files on the disk at a time
	saving sync.Mutex // one write of the startup-config at a time; taken before mu

	mu      sync.Mutex // guards what follows, and the order of edits
	kompile compiler
	stale   bool      // running is newer than policy
	down    bool      // between two lives
	unasked bool      // this life began with the factory configuration, and nobody was asked about call-home
	booted  time.Time // by Options.Now
	from    string    // the file of the startup-config of this life
	atBoot  map[string]netip.Prefix
	faults  string              // what its boot said about that
	before  hoststack.TCPCounts // of the lives before this one
	sum     [16]byte            // of the last load or save (up to 6.3)
	saved   *config.Config
	changed modification

	migrated migration             // of this life's boot
	catches  []command.CaptureSpec // captures that were started, in their order
	cleared  dropsCleared
	over     chan struct{} // closed when this life of the box ends; nil before the first

	reload   chan string
	ready    chan struct{}
	readOnce sync.Once
	noticed  sync.Once
}

// modification is who changed the configuration last, and when.
type modification struct {
	by string
	at time.Time
	ok bool
}

// wayOut stands for the engine in the routes of the box's own host. It is in no packet (RFC 3927: of no use off the link).
var wayOut = netip.AddrFrom4([4]byte{169, 254, 0, 1})

// New makes a box that is not yet running. It takes the links over.
func New(o Options) (*Box, error) {
	if o.NewKey == nil {
		o.NewKey = remote.NewHostKey
	}
	if o.Release == nil || o.Flash == nil || o.Now == nil || o.Rand == nil {
		return nil, errors.New("appliance: incomplete options")
	}
	b := &Box{
		o: o, rel: o.Release,
		reload: make(chan string, 1), ready: make(chan struct{}),
		log: &journal{rel: o.Release}, desk: &sessions{}, words: cli.NewLexicon(o.Release), ranges: make(chan struct{}, 1),
	}
	b.kompile = compiler{rel: o.Release, mac: b.rel.Model.MACOf}
	empty := config.New(o.Release).Config()
	b.running.Store(empty)
	b.inForce.Store(empty)
	b.policy.Store(&dataplane.Policy{})
	b.dhcp, b.lessees, b.lookups = newDHCPDesk(b), newLessees(b), newLookups(b)
	b.engine = dataplane.New(dataplane.Options{DHCP: b.onDHCP, Policy: b.policy.Load(), Now: o.Now(), Rand: o.Rand, Tap: o.Tap, Offload: o.Offload})
	inner, outer := link.Pipe(1500)
	self, err := hoststack.New(outer, hoststack.Config{
		Name: "box", MAC: [6]byte{0x02, 0, 0x5e, 0, 0, 1}, MTU: 1500, Gateway: wayOut, GatewayMAC: dataplane.SelfMAC,
	})
	if err != nil {
		return nil, fmt.Errorf("appliance: %w", err)
	}
	b.inner, b.self = inner, self
	if o.Console != nil {
		b.line = newOutlet(o.Console)
		b.log.console = b.line.post
	}
	b.log.monitor = b.desk.monitor
	b.trap = newTrap(b)
	b.log.trap = b.trap.send
	b.perf = &perfmon{b: b, changed: make(chan struct{}, 1)}
	b.later = newReloads(b)
	return b, nil
}

// Ready is closed when the first boot is over: the policy is in force and the box takes sessions.
func (b *Box) Ready() <-chan struct{} { return b.ready }

// Run boots the box and runs it, through every reload, until ctx ends. It returns after all that it started has ended.
func (b *Box) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ports := map[dataplane.Port]link.Link{dataplane.Self: b.inner}
	for i, l := range b.o.Links {
		if l != nil {
			ports[dataplane.Port(i)] = l
		}
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := b.engine.Run(ctx, ports, b.o.Now, b.onEvents); err != nil && ctx.Err() == nil {
			stop(err)
		}
	})
	if b.line != nil {
		defer b.line.end()
	}
	all.Go(func() { b.trap.run(ctx) })
	all.Go(func() { b.dhcp.run(ctx) })
	all.Go(func() { b.lessees.run(ctx) })
	all.Go(func() { b.lookups.run(ctx) })
	all.Go(func() { b.perf.run(ctx) })
	all.Go(func() { b.later.run(ctx) })
	select {
	case <-b.engine.Entered(): // a box that boots asks for an address, says what it does
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		b.live(ctx)
	}
	all.Wait()
	b.self.Close()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// live is one life of the box, from power-on to the reload that ends it.
func (b *Box) live(ctx context.Context) {
	life, end := context.WithCancel(ctx)
	defer end()
	over := make(chan struct{})
	b.mu.Lock()
	b.over = over
	b.mu.Unlock()
	var group sync.WaitGroup
	refused := b.boot()
	if b.o.Console == nil {
		b.report(refused)
	}
	b.serve(life, &group)
	group.Go(func() { b.watchCalendar(life) })
	b.readOnce.Do(b.announce)
	if b.o.Console != nil {
		group.Go(func() { b.serial(life, refused) })
	}
	select {
	case <-ctx.Done():
	case from := <-b.reload:
		b.Event(reloadKey(from), notice{from: from}.args()...)
	}
	end()
	close(over)
	group.Wait()
	if ctx.Err() == nil {
		b.shutdown(ctx)
	}
}

// reloadKey is the message of a reload, by where it was typed.
func reloadKey(from string) release.Key {
	if from == "console" {
		return release.SyslogReload
	}
	return release.SyslogReloadRemote
}

func (b *Box) announce() {
	close(b.ready)
	if b.o.OnReady != nil {
		b.o.OnReady()
	}
}

// lastWords is how long the box still carries packets at most when its sessions have been closed: a FIN that is lost leaves
// the far side waiting for ever. It looks each lastLook whether all have heard.
const (
	lastWords = 2 * time.Second
	lastLook  = 10 * time.Millisecond
)

// part waits until the far sides of the sessions know that these are over.
func (b *Box) part(ctx context.Context) {
	for range lastWords / lastLook {
		open := 0
		b.engine.Do(func(s *dataplane.State) { open = s.OwnTCP() })
		if open == 0 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lastLook):
		}
	}
}

// shutdown takes everything away that does not survive a reload, and waits as long as this release's boot takes here.
func (b *Box) shutdown(ctx context.Context) {
	if b.o.Console != nil {
		io.WriteString(b.o.Console, b.rel.Say(release.Rebooting))
	}
	b.later.forget()
	b.trap.drain(ctx, syslogDial)
	b.part(ctx)
	b.mu.Lock()
	b.down, b.cleared = true, dropsCleared{}
	b.mu.Unlock()
	b.policy.Store(&dataplane.Policy{})
	b.engine.Swap(b.policy.Load())
	b.engine.Do(func(s *dataplane.State) { s.Reset() })
	b.self.SetAddrs(nil)
	b.mu.Lock()
	b.before = b.self.TCP()
	b.mu.Unlock()
	b.log.reset()
	b.dhcp.reset()
	b.lessees.reset()
	b.lookups.reset()
	b.trap.reset()
	if b.o.QuickBoot {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(b.rel.Console.BootTime):
	}
}

// boot loads the startup-config and puts it in force. Flash that cannot be read boots as flash that is empty does.
func (b *Box) boot() (refused []cli.Refused) {
	text, err := b.startup()
	if err != nil {
		b.diag("%v\n", err)
	}
	var c *config.Config
	if text != "" {
		r := cli.NewReader(b.rel)
		r.Salt = b.o.Salt
		c, refused = r.Load(text)
	} else {
		c, _ = cli.Load(b.rel, b.rel.Factory)
	}
	b.migrated = b.migrate(text, refused)
	b.origin(text, refused)
	b.typed.Store(false)
	b.mu.Lock()
	b.booted = b.o.Now()
	b.sum = checksumOf(c, text != "")
	b.saved, b.changed, b.catches, b.atBoot = c, modification{}, nil, addressesOf(c)
	b.running.Store(c)
	b.kompile = compiler{rel: b.rel, mac: b.rel.Model.MACOf}
	b.stale, b.down, b.unasked = true, false, text == ""
	b.mu.Unlock()
	b.Settle()
	b.Event(release.SyslogStarting, notice{}.args()...) // only now is it known who wants to hear of it
	b.Event(release.SyslogStarted, notice{}.args()...)
	return refused
}

// checksumOf is the MD5 of the configuration's text; a box without a stored one shows that of nothing.
func checksumOf(c *config.Config, stored bool) [16]byte {
	if !stored {
		return md5.Sum(nil)
	}
	return command.Checksum(c)
}

// Asked implements command.Box.
func (b *Box) Asked() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.unasked
	b.unasked = false
	return asked
}

// report says what was refused where no console shows it.
func (b *Box) report(refused []cli.Refused) {
	for _, r := range refused {
		if r.Taken {
			continue
		}
		b.diag("startup-config line %d: %s\n", r.Line, shown(r.Text))
		for _, m := range r.Messages {
			b.diag("  %s\n", shown(m))
		}
	}
}

// maxShown is how much of a refused line is said, or of a message about it, octets.
const maxShown = 1000

// shown is text of a file for a terminal that obeys control characters: none is left.
func shown(text string) string {
	more := ""
	if len(text) > maxShown {
		text, more = text[:maxShown], "..."
	}
	b := &strings.Builder{}
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if r == '\n' || unicode.IsPrint(r) && !(r == utf8.RuneError && n == 1) {
			b.WriteString(text[:n])
		} else {
			for _, octet := range []byte(text[:n]) {
				fmt.Fprintf(b, "\\x%02x", octet)
			}
		}
		text = text[n:]
	}
	return b.String() + more
}

func (b *Box) diag(format string, args ...any) {
	if b.o.Diag != nil {
		fmt.Fprintf(b.o.Diag, format, args...)
	}
}

// Restore puts text in flash as the startup-config and reboots.
func (b *Box) Restore(text string) error {
	if err := b.store(text); err != nil {
		return err
	}
	b.Reload("console")
	return nil
}

// Addrs are the addresses of the box's interfaces, by name, for those who want to tell whether a lab fits.
func (b *Box) Addrs() map[string]netip.Prefix {
	out := map[string]netip.Prefix{}
	for _, f := range b.Live().Interfaces {
		if f.Name != "" && f.Addr.IsValid() && !f.Shutdown {
			out[f.Name] = f.Addr
		}
	}
	return out
}
