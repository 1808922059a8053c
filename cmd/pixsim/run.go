package main

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli/remote"
	"pixsim/cli/term"
	"pixsim/dataplane/link"
	"pixsim/lab"
)

type runCmd struct {
	Release       string   `help:"Software release; pixsim releases lists them (default: ${default})." default:"pix-6.3" placeholder:"R"`
	PromptNumber  bool     `name:"prompt-number" help:"Show the number of each command in the prompt, as 4.1 can."`
	SMTPOption    []string `name:"smtp-option" help:"An option of the SMTP inspection; they are listed above. May be repeated." placeholder:"NAME=VALUE" sep:"none"`
	StartupConfig string   `help:"Configuration to boot from (default: the lab's for the release)." placeholder:"FILE"`
	Flash         string   `help:"Directory that keeps flash across restarts (default: flash in memory)." placeholder:"DIR"`
	Console       string   `help:"Serial console: stdio, none, or an address to serve it on by telnet (default: ${default})." default:"stdio" placeholder:"stdio|none|ADDR"`
	SSH           string   `name:"ssh" help:"Where the box's SSH is reached (default: 127.0.0.1:2222, in releases that have SSH)." placeholder:"ADDR|off"`
	Telnet        string   `help:"Where the box's telnet is reached (default: ${default})." default:"127.0.0.1:2323" placeholder:"ADDR|off"`
	SMTP          string   `name:"smtp" help:"Where the mail server's global address is reached, as from the Internet (default: ${default})." default:"127.0.0.1:2525" placeholder:"ADDR|off"`
	POP3          string   `name:"pop3" help:"The same for its POP3 (default: ${default})." default:"127.0.0.1:2110" placeholder:"ADDR|off"`
	Spool         string   `help:"Directory to which the lab's mail server writes each message it took." placeholder:"DIR"`
	TFTP          string   `name:"tftp" help:"Directory of the files that the lab's TFTP server on desk keeps (default: in memory)." placeholder:"DIR"`
	MailLog       string   `help:"File to which every line that reached the lab's mail server is added." placeholder:"FILE"`
	SessionLimit  int      `help:"How many telnet and how many SSH sessions the box takes at a time; the release's own 5 are the least (default: these)." placeholder:"N"`
	Forward       []string `help:"A further way into the lab: LISTEN is an address of this machine, HOST the lab host that dials DEST:PORT. May be repeated." placeholder:"LISTEN=HOST,DEST:PORT" sep:"none"`
	Serve         []string `help:"Put a program of this machine at ADDR behind PORT of a lab host. May be repeated." placeholder:"HOST,PORT[/udp]=ADDR" sep:"none"`
	MailProfile   string   `help:"What the lab's mail server plays; listed above (default: ${default})." default:"lab" placeholder:"NAME"`
	MailOption    []string `help:"Change how it plays that: docs/lab.md lists the options. May be repeated." placeholder:"NAME=VALUE" sep:"none"`
	MXProfile     string   `name:"mx-profile" help:"The same for the mail server outside, mx.example.net (default: the lab's, without a certificate)." placeholder:"NAME"`
	MXOption      []string `name:"mx-option" help:"Change how that plays it. May be repeated." placeholder:"NAME=VALUE" sep:"none"`
	Link          []string `help:"Plug an interface of the box, by its hardware name or its name in the startup-config, into LINK; the kinds are listed above. May be repeated (default: the first two into the lab)." placeholder:"INTERFACE=LINK" sep:"none"`
	Offload       bool     `help:"Let the kernel carry connections that nothing is done to but translation, between packet links; see docs/links.md."`
	Captures      string   `help:"Directory for what the box's capture command catches, as pcap files." placeholder:"DIR"`
	Transcript    string   `help:"Directory for both sides of each mail connection through the box: two pcap files and a text in two columns." placeholder:"DIR"`
}

func (runCmd) Help() string {
	return `Examples:
  pixsim run                             a PIX 6.3, this terminal its console
  pixsim run --release asa-8.2 --console none    for scripts, see README.md
  pixsim run --release 'pix-5.2(3)'      a build, with its flaws
  pixsim run --release pix-5.1 --smtp-option reject=noop
  pixsim run --flash ./flash             what is written survives a restart
  pixsim run --transcript ./sides        what the box did to each mail
  pixsim run --mail-profile ex55 --mail-option relay=none
  pixsim run --forward 127.0.0.1:8025=client,203.0.113.10:25
  pixsim run --serve desk,514/udp=127.0.0.1:5514   a syslog server of yours
  pixsim run --link outside=packet:eth1 --link inside=tap:tap0

The lab: client 198.51.100.25 outside, mail 10.1.1.10 (seen as 203.0.113.10) and desk 10.1.1.20 inside.

Mail servers to play: ` + strings.Join(lab.ServerProfileNames(), ", ") + `.

Links (--link):
` + linkHelp() + `
Options of the SMTP inspection (--smtp-option):
` + smtpOptionHelp()
}

// off disables a way in.
const off = "off"

// maxSessions bounds --session-limit: as many as there can be callers of a way in.
const maxSessions = 256

// start is what has to be there before the box boots: every file read, every port taken, so that nothing is half-started
// when one of them fails.
type start struct {
	rel       *release.Release
	limit     int                // of sessions
	options   string             // what is to be said of --smtp-option
	mail, mx  *lab.ServerProfile // what the mail servers play; mx may be nil
	seed      string
	flash     appliance.Flash
	inMemory  bool
	hostKey   []byte
	lab       *lab.Lab
	plugs     map[int]plug  // by interface
	links     []link.Link   // by interface; nil: no carrier
	opened    []link.Link   // those that are not the lab's
	offload   *link.Offload // nil: none
	ways      []way
	picked    []string // further addresses, said before the ready line: their ports may have been 0
	consoleLn net.Listener
	mailLog   *os.File // nil: none
	captures  *captures
	recorder  *lab.Recorder // nil: none
	notice    string        // to the person at the console
	quit      context.CancelFunc
	box       atomic.Pointer[appliance.Box]
}

// way is one of the fixed ways in, and the address it is at; nil: off.
type way struct {
	name string
	addr net.Addr
}

// Run boots the box and its lab and serves until a signal, quit at the console, or the end of the console's input.
func (c runCmd) Run(ctx context.Context, s streams) error {
	ctx, quit := context.WithCancel(ctx)
	defer quit()
	st := &start{quit: quit}
	defer st.close()
	for _, step := range []func(*start, streams) error{c.check, c.startup, c.cables, c.listen, c.wire, c.open} {
		if err := step(st, s); err != nil {
			return err
		}
	}
	return c.live(ctx, st, s)
}

// check finds the faults of the command line.
func (c runCmd) check(st *start, _ streams) (err error) {
	if st.rel, err = release.Parse(c.Release); err != nil {
		return usageError{err}
	}
	plain := st.rel
	if st.rel, err = plain.With(c.SMTPOption); err != nil {
		return usageError{named("smtp-option", err)}
	}
	st.options = optionNote(plain, c.SMTPOption)
	if c.PromptNumber {
		if st.rel, err = st.rel.Numbered(); err != nil {
			return usageError{named("prompt-number", err)}
		}
	}
	if c.SSH != "" && c.SSH != off && st.rel.Console.SSHVersion == "" {
		return usageError{fmt.Errorf("--ssh: %s has no SSH, it came with 5.2", st.rel.Name)}
	}
	st.limit = c.SessionLimit
	if c.SessionLimit < 0 || c.SessionLimit > maxSessions {
		return usageError{fmt.Errorf("--session-limit: %d is not between 0 and %d", c.SessionLimit, maxSessions)}
	}
	if st.mail, err = serverProfile("mail", c.MailProfile, c.MailOption); err != nil {
		return err
	}
	if st.mx, err = serverProfile("mx", c.MXProfile, c.MXOption); err != nil {
		return err
	}
	for _, f := range []struct{ flag, addr string }{
		{"ssh", c.SSH}, {"telnet", c.Telnet}, {"smtp", c.SMTP}, {"pop3", c.POP3}, {"console", c.Console},
	} {
		if err := checkAddr(f.addr); err != nil {
			return usageError{named(f.flag, err)}
		}
	}
	for _, text := range c.Forward {
		if _, err := lab.ParseForward(text); err != nil {
			return usageError{err}
		}
	}
	for _, text := range c.Serve {
		if _, err := lab.ParseServe(text); err != nil {
			return usageError{err}
		}
	}
	return nil
}

// serverProfile is the one that two flags ask for; nil when they ask for none.
func serverProfile(server, name string, options []string) (*lab.ServerProfile, error) {
	if name == "" && len(options) == 0 {
		return nil, nil
	}
	p, err := lab.FindServerProfile(cmp.Or(name, lab.DefaultServerProfile))
	if err != nil {
		return nil, usageError{named(server+"-profile", err)}
	}
	for _, o := range options {
		if err := p.Set(o); err != nil {
			return nil, usageError{named(server+"-option", err)}
		}
	}
	return p, nil
}

// checkAddr finds what can be no address to listen on; the words that stand for none are no fault.
func checkAddr(addr string) error {
	switch addr {
	case "", off, "stdio", "none":
		return nil
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not host:port", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %q is not a number up to 65535", port)
	}
	return nil
}

func (c runCmd) startup(st *start, _ streams) (err error) {
	if c.StartupConfig == "" {
		st.seed, err = lab.StartupConfig(st.rel.Name)
		return err
	}
	f, err := os.Open(c.StartupConfig)
	if err != nil {
		return named("startup-config", err)
	}
	defer f.Close()
	st.seed, err = configText(f, c.StartupConfig)
	return named("startup-config", err)
}

// listen builds the lab and takes every port.
func (c runCmd) listen(st *start, _ streams) (err error) {
	if c.Spool != "" {
		if err := os.MkdirAll(c.Spool, 0o700); err != nil {
			return named("spool", err)
		}
	}
	if c.TFTP != "" {
		if err := os.MkdirAll(c.TFTP, 0o700); err != nil {
			return named("tftp", err)
		}
	}
	if c.MailLog != "" {
		if st.mailLog, err = os.OpenFile(c.MailLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
			return named("mail-log", err)
		}
	}
	if st.lab, err = lab.New(lab.Options{Now: time.Now, Spool: c.Spool, Files: c.TFTP, Log: st.mailLogWriter(),
		MailProfile: st.mail, MXProfile: st.mx}); err != nil {
		return err
	}
	if err := c.listenFixed(st); err != nil {
		return err
	}
	for _, text := range c.Forward {
		spec, _ := lab.ParseForward(text)
		f, err := st.lab.Forward(spec)
		if err != nil {
			return named("forward "+text, portTaken(err))
		}
		st.picked = append(st.picked, "forward "+text+" at "+f.Addr().String())
	}
	for _, text := range c.Serve {
		spec, _ := lab.ParseServe(text)
		if err := st.lab.Serve(spec); err != nil {
			return named("serve "+text, err)
		}
	}
	if c.Console == "stdio" || c.Console == "none" {
		return nil
	}
	if st.consoleLn, err = net.Listen("tcp", c.Console); err != nil {
		return named("console", portTaken(err))
	}
	st.picked = append(st.picked, "console at "+st.consoleLn.Addr().String())
	return nil
}

// sideOf is where the hosts of the fixed ways in are.
var sideOf = map[string]int{"desk": lab.Inside, "client": lab.Outside}

func (c runCmd) listenFixed(st *start) error {
	ssh := c.SSH
	switch {
	case ssh == "" && st.rel.Console.SSHVersion == "":
		ssh = off
	case ssh == "":
		ssh = "127.0.0.1:2222"
	}
	for _, w := range []struct {
		name, addr, host string
		to               netip.AddrPort
	}{
		{"ssh", ssh, "desk", netip.AddrPortFrom(lab.BoxInside, 22)},
		{"telnet", c.Telnet, "desk", netip.AddrPortFrom(lab.BoxInside, 23)},
		{"smtp", c.SMTP, "client", netip.AddrPortFrom(lab.MailGlobal, 25)},
		{"pop3", c.POP3, "client", netip.AddrPortFrom(lab.MailGlobal, 110)},
	} {
		if w.addr == off || !st.plugged(sideOf[w.host]) {
			st.ways = append(st.ways, way{name: w.name})
			continue
		}
		f, err := st.lab.Forward(lab.ForwardSpec{Listen: w.addr, Host: w.host, To: w.to})
		if err != nil {
			return named(w.name, portTaken(err))
		}
		st.ways = append(st.ways, way{w.name, f.Addr()})
	}
	return nil
}

// portTaken adds what to do about a port that somebody has, if that is what err is.
func portTaken(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: another pixsim? Port 0 has a free one picked", err)
	}
	return err
}

// named says which flag an error is about.
func named(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("--%s: %w", flag, err)
}

// open finds flash, the host key and the directories of captures and transcripts.
func (c runCmd) open(st *start, s streams) (err error) {
	if st.captures, err = newCaptures(c.Captures, s.err); err != nil {
		return named("captures", err)
	}
	if c.Transcript != "" {
		if st.recorder, err = lab.NewFileRecorder(st.rel.Name, c.Transcript, s.err); err != nil {
			return named("transcript", err)
		}
	}
	if c.Flash == "" {
		st.flash, st.inMemory = appliance.MemoryFlash(time.Now), true
		if _, err = appliance.Seed(st.flash, st.seed); err == nil && st.rel.Console.SSHVersion != "" {
			st.hostKey, err = stateHostKey(s.err)
		}
		if err == nil && st.hostKey == nil {
			err = c.saveKey(st)
		}
		return err
	}
	if st.flash, err = appliance.DirFlash(c.Flash); err != nil {
		return named("flash", err)
	}
	seeded, err := appliance.Seed(st.flash, st.seed)
	if err == nil && !seeded && c.StartupConfig != "" {
		fmt.Fprintf(s.err, "pixsim: %s has a startup-config of its own; %s is not used\n", c.Flash, c.StartupConfig)
	}
	if err == nil && seeded {
		err = c.saveKey(st)
	}
	return named("flash", err)
}

// saveKey gives flash that was never used a saved host key, so that SSH lets one in at once.
func (c runCmd) saveKey(st *start) error {
	if st.rel.Console.SSHVersion == "" {
		return nil
	}
	_, err := appliance.HostKey(st.flash)
	return err
}

// stateHostKey is the SSH host key of boxes whose flash is in memory: one for all, in the user's state directory, so that
// a client that knows the box from yesterday does not cry wolf.
func stateHostKey(diag io.Writer) ([]byte, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			fmt.Fprintln(diag, "pixsim: no home directory: the SSH host key is new in each run")
			return nil, nil
		}
		dir = filepath.Join(home, ".local", "state")
	}
	flash, err := appliance.DirFlash(filepath.Join(dir, "pixsim"))
	if err != nil {
		fmt.Fprintf(diag, "pixsim: %v: the SSH host key is new in each run\n", err)
		return nil, nil
	}
	return appliance.HostKey(flash)
}

func (st *start) close() {
	if st.consoleLn != nil {
		st.consoleLn.Close()
	}
	for _, l := range st.opened {
		l.Close()
	}
	if st.offload != nil {
		st.offload.Close()
	}
	if st.lab != nil {
		st.lab.Close()
	}
	if st.captures != nil {
		st.captures.close()
	}
	if st.recorder != nil {
		st.recorder.Close() // writes what is open
	}
	if st.mailLog != nil {
		st.mailLog.Close()
	}
}

// live runs the box inside of whatever is its serial line.
func (c runCmd) live(ctx context.Context, st *start, s streams) error {
	var failed error
	ready := s.out
	box := func(ctx context.Context, t term.Terminal, _ remote.Caller) int {
		failed = st.run(ctx, s, t, ready)
		return 0
	}
	var err error
	switch {
	case c.Console == "none":
		io.WriteString(s.err, st.options)
		box(ctx, nil, remote.Caller{})
	case st.consoleLn != nil:
		io.WriteString(s.err, st.options)
		err = remote.Console{Handle: box}.Serve(ctx, st.consoleLn)
	default:
		if remote.IsTerminal(s.in) {
			s.err = remote.CRLF{W: s.err}
			st.notice = st.waysIn()
		}
		if st.notice == "" {
			io.WriteString(s.err, st.options)
		}
		ready = s.err
		err = remote.TTY(ctx, s.in, s.tty, st.commands(), box)
		if errors.Is(err, remote.ErrInputEnded) {
			err = nil
		}
	}
	if st.inMemory && failed == nil && err == nil {
		fmt.Fprintln(s.err, "pixsim: flash was in memory: what was written to it is gone (--flash DIR keeps it)")
	}
	return errors.Join(failed, err)
}

// mailLogWriter is nil, not a nil file, where there is no log.
func (st *start) mailLogWriter() io.Writer {
	if st.mailLog == nil {
		return nil
	}
	return st.mailLog
}

// shownLog is how many lines of the mail server's log the simulator's own prompt shows.
const shownLog = 20

// showMailLog tells the person what the mail server saw, which the box may have changed.
func (st *start) showMailLog(w io.Writer) {
	entries := st.lab.Mail().Log().Entries()
	for _, e := range entries[max(0, len(entries)-shownLog):] {
		fmt.Fprintln(w, e)
	}
	if len(entries) == 0 {
		fmt.Fprintln(w, "nothing has reached the mail server yet")
	}
}

// newest prints the last of some lines, or that there are none.
func newest(w io.Writer, lines []string, none string) {
	for _, l := range lines[max(0, len(lines)-shownLog):] {
		fmt.Fprintln(w, l)
	}
	if len(lines) == 0 {
		fmt.Fprintln(w, none)
	}
}

// showNativeLog is showMailLog as the administrator of the server that is played would see it.
func (st *start) showNativeLog(w io.Writer) {
	newest(w, st.lab.Mail().NativeLog(0), "nothing has reached the mail server yet")
}

func (st *start) showEvents(w io.Writer) {
	var lines []string
	for _, e := range st.lab.Mail().Events().Events() {
		lines = append(lines, e.String())
	}
	newest(w, lines, "the mail server has raised no event")
}

// commands are those of the simulator's own prompt.
func (st *start) commands() map[string]remote.Command {
	return map[string]remote.Command{
		"quit":      {Help: "end pixsim", Run: func(io.Writer) { st.quit() }},
		"log":       {Help: "show what reached the mail server lately, line by line", Run: st.showMailLog},
		"serverlog": {Help: "show the same in the format of the server that is played", Run: st.showNativeLog},
		"events":    {Help: "show the events that the mail server raised", Run: st.showEvents},
		"reset": {Help: "boot the lab's startup-config again, as after write erase", Run: func(w io.Writer) {
			b := st.box.Load()
			if b == nil {
				return
			}
			if err := b.Restore(st.seed); err != nil {
				fmt.Fprintln(w, "pixsim:", err)
			}
		}},
	}
}

// salt is that of a new secret.
func salt() (s [16]byte) {
	crand.Read(s[:])
	return s
}

// run runs the box until ctx ends.
func (st *start) run(ctx context.Context, s streams, t term.Terminal, ready io.Writer) error {
	seed := uint64(time.Now().UnixNano())
	var b *appliance.Box
	o := appliance.Options{
		Release: st.rel, Flash: st.flash, Links: st.links, Console: t, Notice: st.notice, HostKey: st.hostKey, Now: time.Now,
		Rand: rand.New(rand.NewPCG(seed, seed>>32)), Salt: salt, Diag: s.err, Capture: st.captures.sink,
		OnReady: func() { st.announce(b, s.err, ready) }, Hangup: st.quit, SessionLimit: st.limit,
	}
	if st.recorder != nil {
		o.Tap = st.recorder
	}
	if st.offload != nil {
		o.Offload = st.offload
	}
	b, err := appliance.New(o)
	if err != nil {
		return err
	}
	st.box.Store(b)
	return b.Run(ctx)
}

// announce says that all is up, and whether the configuration fits the lab.
func (st *start) announce(b *appliance.Box, diag, ready io.Writer) {
	st.startLinks(diag)
	if misfit := lab.Misfit(b.Addrs()); misfit != "" && len(st.opened) == 0 {
		fmt.Fprintln(diag, "pixsim:", misfit)
	}
	for _, p := range st.picked {
		fmt.Fprintln(diag, "pixsim:", p)
	}
	line := "pixsim: ready"
	for _, w := range st.ways {
		at := off
		if w.addr != nil {
			at = w.addr.String()
		}
		line += " " + w.name + "=" + at
	}
	fmt.Fprintln(ready, line)
}

// hints say what to do with the fixed ways in, by their names: a format of host and port.
var hints = map[string]string{
	"smtp":   "the mail server, from the Internet  telnet %s %s",
	"pop3":   "its POP3                            telnet %s %s   (user, pass)",
	"telnet": "this box by telnet                  telnet %s %s   (password cisco)",
	"ssh":    "this box by SSH                     ssh %[3]s@%[1]s -p %[2]s   (password cisco)",
}

// waysIn tells the person at the console where to connect.
func (st *start) waysIn() string {
	text := "\n" + st.options
	for _, w := range st.ways {
		if w.addr == nil {
			continue
		}
		host, port, _ := net.SplitHostPort(w.addr.String())
		args := []any{host, port}
		if w.name == "ssh" {
			args = append(args, st.rel.Console.SSHUser)
		}
		text += "pixsim: " + fmt.Sprintf(hints[w.name], args...) + "\n"
	}
	return text + "pixsim: the password of enable is cisco; Ctrl-] opens the simulator's own prompt\n\n"
}
