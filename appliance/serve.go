package appliance

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	"pixsim/cli/remote"
	"pixsim/cli/term"
)

// The box's own services.
const (
	sshPort    = 22
	telnetPort = 23
)

// serve listens on the box's own addresses for this life of the box: telnet always, SSH where the release has it. Who
// may come is decided by the engine before a packet gets here.
func (b *Box) serve(ctx context.Context, group *sync.WaitGroup) {
	traits := b.rel.Console
	if ln, err := b.self.Listen(netip.AddrPortFrom(netip.IPv4Unspecified(), telnetPort)); err != nil {
		b.ended("telnet", err)
	} else {
		t := remote.Telnet{Open: traits.TelnetOpen, Max: b.limit(traits.MaxTelnet), Full: b.full(telnetPort), Handle: b.session}
		group.Go(func() { b.ended("telnet", t.Serve(ctx, ln)) })
	}
	if err := b.loadKeys(); err != nil {
		b.ended("ssh", err)
	}
	if traits.SSHVersion == "" {
		return
	}
	ln, err := b.self.Listen(netip.AddrPortFrom(netip.IPv4Unspecified(), sshPort))
	if err != nil {
		b.ended("ssh", err)
		return
	}
	s := remote.SSH{
		Version: traits.SSHVersion, HostKey: b.sshKey, Max: b.limit(traits.MaxSSH), Full: b.full(sshPort), Auth: b.authenticate, Keys: b.sshKeys, Files: b.files,
		Handle: b.session,
	}
	group.Go(func() { b.ended("ssh", s.Serve(ctx, ln)) })
}

// ended says why a service of the box is not there; nil: its time was over.
func (b *Box) ended(service string, err error) {
	if err != nil {
		b.diag("%s: %v\n", service, err)
	}
}

func (b *Box) limit(usual int) int { return max(usual, b.o.SessionLimit) }

// hostKey is the one in flash, or the caller's.
func (b *Box) hostKey() ([]byte, error) {
	if _, err := b.o.Flash.Read(hostKeyFile); errors.Is(err, fs.ErrNotExist) && b.o.HostKey != nil {
		return b.o.HostKey, nil
	}
	return HostKey(b.o.Flash)
}

// HostKey is the SSH host key that f keeps (PEM); where there is none, a new one is made and stored.
func HostKey(f Flash) ([]byte, error) {
	key, err := f.Read(hostKeyFile)
	if err == nil {
		err = remote.CheckHostKey(key)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = remote.NewHostKey(); err != nil {
		return nil, err
	}
	return key, f.Write(hostKeyFile, key)
}

// authenticate checks an SSH user: an account where AAA says LOCAL, else the release's fixed user with the login
// password.
func (b *Box) authenticate(user, password string, from netip.AddrPort) bool {
	ok := cli.CheckLogin(b.Config(), "ssh", user, password)
	b.admission(user, from, ok)
	if !ok {
		b.LoginFailed(user, from.Addr().String())
	}
	return ok
}

// admission logs what became of an SSH login.
func (b *Box) admission(user string, from netip.AddrPort, ok bool) {
	ifname := b.Live().Towards(from.Addr())
	n := notice{from: from.Addr().String(), user: user, source: slashed(from), ifname: ifname, toIf: ifname, tries: 1}
	if f := b.ownAddr(n.toIf); f.IsValid() {
		n.to = f.String() + "/ssh"
	}
	key := release.SyslogSSHFailed
	if ok {
		key = release.SyslogSSHIn
	}
	b.Event(key, n.args()...)
}

// full logs that a service takes no more callers now.
func (b *Box) full(port int) func(netip.AddrPort, int) {
	return func(from netip.AddrPort, most int) {
		ifname := b.Live().Towards(from.Addr())
		n := notice{from: from.Addr().String(), source: slashed(from), ifname: ifname, toIf: ifname, tries: most}
		n.to = fmt.Sprintf("%s/%d", b.ownAddr(ifname), port)
		b.Event(release.SyslogBoxFull, n.args()...)
	}
}

func (b *Box) ownAddr(ifname string) netip.Addr {
	f, _ := b.Live().Interface(ifname)
	return f.Addr.Addr()
}

// session is one telnet or SSH session, from the login to the end.
func (b *Box) session(ctx context.Context, t term.Terminal, c remote.Caller) int {
	ctx, kill := context.WithCancel(ctx)
	out := newOutlet(t)
	defer out.end()
	defer kill()
	s := cli.New(cli.Options{Terminal: t, Box: b, Lexicon: b.words, Kind: c.Kind, From: c.From, User: c.User, Level: b.level(c)})
	seat := b.desk.add(command.SessionInfo{
		Kind: c.Kind, From: c.From, User: c.User, Cipher: c.Cipher, Since: b.Now(), Version: "2.0",
	}, s, out, kill)
	defer b.leave(seat)
	if c.Keyed {
		b.admission(c.User, c.From, true)
	}
	if c.Command != "" {
		defer b.sshEnded(c, nil)
		return s.Exec(ctx, c.Command)
	}
	if err := s.Login(ctx); err != nil {
		return 1
	}
	err := s.Run(ctx)
	if c.Kind == cli.SSH {
		b.sshEnded(c, err)
	}
	return 0
}

// sshEnded logs why an SSH session ended.
func (b *Box) sshEnded(c remote.Caller, err error) {
	why := release.SSHKilled
	switch {
	case err == nil:
		why = release.SSHNormal
	case errors.Is(err, cli.ErrIdle):
		why = release.SSHIdle
	case errors.Is(err, term.ErrClosed):
		why = release.SSHLost
	}
	n := notice{
		from: c.From.Addr().String(), user: c.User, source: slashed(c.From), ifname: b.Live().Towards(c.From.Addr()),
		reason: b.rel.Say(why),
	}
	b.Event(release.SyslogSSHClosed, n.args()...)
}

// level is the privilege of the account that SSH authenticated: 0 where there are no accounts.
func (b *Box) level(c remote.Caller) int {
	cfg := b.Config()
	if _, aaa := cfg.Console(cli.SSH); !aaa && !c.Keyed || c.Kind != cli.SSH {
		return 0
	}
	u, _ := cfg.User(c.User)
	return u.Privilege
}

// leave takes a session out; the trace that only it wanted stops.
func (b *Box) leave(v *seat) {
	if v.icmp.Load() {
		b.DebugICMP(v.s, false)
	}
	b.DebugPacket(v.s, nil)
	b.desk.remove(v)
}

// serial is the serial line in this life of the box: boot text, refused lines, the dialogue of a first boot, and then
// one session after the other for as long as somebody could be at the line.
func (b *Box) serial(ctx context.Context, refused []cli.Refused) {
	t := b.o.Console
	io.WriteString(t, b.rel.BootText())
	if text, _ := b.Startup(); b.rel.Outdated(command.VersionIn(text)) {
		fmt.Fprintln(t, b.rel.Say(release.OtherVersion, command.VersionIn(text), b.rel.Version))
	}
	if text := b.rel.Say(release.BootNoConfig); text != "" && b.astray() {
		fmt.Fprintln(t, text)
	}
	b.migrated.began(t, b.rel)
	io.WriteString(t, b.refusals(refused))
	b.sayChecksum(refused)
	b.migrated.ended(t, b.rel)
	if text := b.rel.Say(release.BootTests); text != "" {
		fmt.Fprintln(t, text)
	}
	b.noticed.Do(func() { io.WriteString(t, b.o.Notice) })
	if _, stored := b.Startup(); !stored && b.rel.Console.FirstBootDialog {
		if !b.firstBoot(ctx) {
			b.hangUp()
			return
		}
	}
	for ctx.Err() == nil {
		s := cli.New(cli.Options{Terminal: t, Box: b, Lexicon: b.words, Kind: "console"})
		unkillable := func() {} // who and kill are about telnet and SSH
		seat := b.desk.add(command.SessionInfo{Kind: "console", Since: b.Now()}, s, b.line, unkillable)
		err := s.Login(ctx)
		if err == nil {
			err = s.Run(ctx)
		}
		b.leave(seat)
		if errors.Is(err, term.ErrClosed) {
			b.hangUp()
			return
		}
	}
}

func (b *Box) hangUp() {
	if b.o.Hangup != nil {
		b.o.Hangup()
	}
}

// sayChecksum ends the boot text: whether the configuration is the one that was saved.
func (b *Box) sayChecksum(refused []cli.Refused) {
	text, stored := b.Startup()
	if !stored {
		return
	}
	b.mu.Lock()
	sum := b.sum
	b.mu.Unlock()
	verdict := "unchanged"
	_, was, signed := strings.Cut(text, "\nCryptochecksum:")
	if signed && !strings.HasPrefix(strings.TrimSpace(was), hex.EncodeToString(sum[:])) ||
		slices.ContainsFunc(refused, func(r cli.Refused) bool { return !r.Taken }) {
		verdict = "changed"
	}
	if line := b.rel.Say(release.BootChecksum, verdict, command.Groups(sum)); line != "" {
		fmt.Fprintln(b.o.Console, line)
	}
}
