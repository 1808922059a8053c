package command

import (
	"context"
	"encoding/hex"
	"errors"
	"net/netip"
	"path"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	copyQuiet = g.Word("/noconfirm", "Do not prompt for confirmation")
	copyFrom  = &g.Param[place]{Name: "source", Help: "Copy from a file", Type: placeType(true)}
	copyInto  = &g.Param[place]{Name: "destination", Help: "Copy to a file", Type: placeType(false)}
	copyFiles = &Command{
		Name: "copy", Help: "Copy from one file to another", Mode: Privileged, Span: inASA,
		Syntax: g.Seq(g.Word("copy", "Copy from one file to another"), g.Opt(copyQuiet), copyFrom, copyInto),
		Run:    runCopyFiles,
	}
)

// copying is one copy under way.
type copying struct {
	s        Session
	from, to place
	quiet    bool
}

func runCopyFiles(ctx context.Context, s Session, m *g.Match) error {
	c := &copying{s: s, from: copyFrom.Get(m), to: copyInto.Get(m), quiet: copyQuiet.Seen(m)}
	for _, p := range []place{c.from, c.to} {
		if p.kind == placeOther {
			s.Say(release.CopyFailed, p.url, s.Release().Say(release.NoProtocol))
			return nil
		}
	}
	if c.from.kind == c.to.kind && c.to.kind != placeDisk {
		return ErrUsage
	}
	if err := c.ask(); err != nil {
		return err
	}
	if ok, err := c.mayReplace(); err != nil || !ok {
		return err
	}
	data, err := c.fetch(ctx)
	if data == nil || err != nil {
		return err
	}
	return c.deliver(ctx, data)
}

// ask asks for what was typed and what was not. A place that is still unknown behind it makes the copy fail.
func (c *copying) ask() error {
	if err := c.askSource(); err != nil {
		return err
	}
	if c.to.kind == placeTFTP {
		if err := c.askServer(&c.to); err != nil {
			return err
		}
	}
	if err := c.askTarget(); err != nil {
		return err
	}
	for _, p := range []place{c.from, c.to} {
		if p.kind == placeTFTP && (!p.server.IsValid() || p.path == "") || p.kind == placeDisk && (p.path == "" || p.path == "/") {
			return ErrFew
		}
	}
	return nil
}

// askSource asks where from. What comes from the running configuration or the disk is asked before the server that it goes
// to; a server is asked before its file.
func (c *copying) askSource() error {
	if c.from.kind == placeTFTP {
		if err := c.askServer(&c.from); err != nil {
			return err
		}
	}
	if c.quiet {
		return nil
	}
	s := c.s
	switch c.from.kind {
	case placeRunning:
		_, err := s.Ask(s.Release().Say(release.CopyFile, "running-config"))
		return err
	case placeStartup:
		if c.to.kind == placeRunning { // seen
			return nil
		}
		_, err := s.Ask(s.Release().Say(release.CopyFile, "startup-config"))
		return err
	}
	return askPath(s, release.CopyFile, &c.from)
}

// askTarget asks where to; nothing where running-config goes to startup-config.
func (c *copying) askTarget() error {
	if c.to.path == "" || c.to.path == "/" {
		c.to.path = path.Base("/" + c.sourceName())
	} else if strings.HasSuffix(c.to.path, "/") {
		c.to.path += path.Base("/" + c.sourceName())
	}
	s := c.s
	switch {
	case c.quiet, c.from.kind == placeRunning && c.to.kind == placeStartup:
		return nil
	case c.to.kind == placeRunning:
		_, err := s.Ask(s.Release().Say(release.CopyTarget, "running-config"))
		return err
	case c.to.kind == placeStartup:
		_, err := s.Ask(s.Release().Say(release.CopyTarget, "startup-config"))
		return err
	}
	return askPath(s, release.CopyTarget, &c.to)
}

func (c *copying) sourceName() string {
	switch c.from.kind {
	case placeRunning:
		return "running-config"
	case placeStartup:
		return "startup-config"
	}
	return c.from.path
}

func (c *copying) askServer(p *place) error {
	if c.quiet {
		return nil
	}
	known := ""
	if p.server.IsValid() {
		known = p.server.String()
	}
	answer, err := c.s.Ask(c.s.Release().Say(release.CopyHost, known))
	if answer = strings.TrimSpace(answer); err != nil || answer == "" {
		return err
	}
	addr, err := netip.ParseAddr(answer)
	if names := c.s.Box().Config().Names; err != nil && names != nil {
		if named, ok := names.Addr(answer); ok {
			addr, err = named, nil
		}
	}
	if err != nil || !addr.Is4() {
		return Errorf(release.InvalidHost)
	}
	p.server = addr
	return nil
}

// askPath asks for the name of a file; what stands before it stays.
func askPath(s Session, key release.Key, p *place) error {
	dir, file := path.Split(p.path)
	if p.kind == placeTFTP {
		dir, file = "", p.path
	}
	answer, err := s.Ask(s.Release().Say(key, file))
	if answer = strings.TrimSpace(answer); err != nil || answer == "" {
		return err
	}
	if len(answer) > maxRemotePath {
		return ErrUsage
	}
	if typed, ok := onDiskWord(strings.Fields(s.Release().Say(release.DiskNames)), answer); p.kind == placeDisk && ok && typed != answer {
		p.path = typed
		return nil
	}
	p.path = dir + answer
	return nil
}

// fetch is what is copied; nil where there is none, which was said.
func (c *copying) fetch(ctx context.Context) ([]byte, error) {
	s, b := c.s, c.s.Box()
	switch c.from.kind {
	case placeRunning:
		text, _ := b.Text(s.User())
		return []byte(text), nil
	case placeStartup:
		text, ok := b.Startup()
		if !ok {
			s.Say(release.NoConfig)
			return nil, nil
		}
		return []byte(text), nil
	case placeDisk:
		at := onDisk(s, c.from.path)
		data, err := b.Disk().ReadFile(at)
		if err != nil {
			s.Say(release.CopyFailed, diskURL(s, at), s.Release().Say(diskReason(err)))
			return nil, nil
		}
		return append([]byte{}, data...), nil // a file without octets is one too
	}
	f := RemoteFile{Server: c.from.server, Path: c.from.path}
	if err := tell(s, release.CopyAccess, f.url()); err != nil {
		return nil, err
	}
	limit := maxRemoteConfig
	if c.to.kind == placeDisk {
		limit = maxRemoteImage
	}
	data, err := b.Fetch(ctx, f, limit, marks(s))
	if err != nil {
		return nil, copyFailed(s, f, err)
	}
	if c.to.kind == placeRunning { // whose lines may be answered
		s.Printf("\n")
	}
	return append([]byte{}, data...), nil
}

// mayReplace asks about a file that is there, before anything is sent for it.
func (c *copying) mayReplace() (bool, error) {
	if c.to.kind != placeDisk || c.quiet {
		return true, nil
	}
	if f, err := c.s.Box().Disk().Stat(onDisk(c.s, c.to.path)); err != nil || f.Dir {
		return true, nil // a directory is refused when it comes to writing
	}
	return c.s.Confirm(c.s.Release().Say(release.CopyOver))
}

// copyFailed says why a transfer ended early; the error is that of the session.
func copyFailed(s Session, f RemoteFile, err error) error {
	var why *Error
	if !errors.As(err, &why) {
		return err
	}
	s.Printf("\n")
	s.Say(release.CopyFailed, f.url(), s.Release().Say(why.Key, why.Args...))
	return nil
}

// deliver brings data to its place and says how long that took.
func (c *copying) deliver(ctx context.Context, data []byte) error {
	s, b := c.s, c.s.Box()
	began := b.Now()
	switch c.to.kind {
	case placeStartup:
		if c.from.kind == placeRunning {
			save(s)
			return nil
		}
		if err := b.Store(string(data)); err != nil {
			s.Say(release.SaveFailed, err)
			return nil
		}
	case placeRunning:
		b.Event(release.SyslogReading, notice{from: s.From(), device: c.sourceName()}.args()...)
		if err := s.Merge(ctx, string(data)); err != nil {
			return err
		}
		b.Event(release.SyslogSaved, notice{from: s.From()}.args()...)
	case placeDisk:
		return c.toDisk(data, began)
	case placeTFTP:
		f := RemoteFile{Server: c.to.server, Path: c.to.path}
		c.sayChecksum(data)
		if err := b.Deposit(ctx, f, data, marks(s)); err != nil {
			return copyFailed(s, f, err)
		}
	}
	return sayCopied(s, len(data), b.Now().Sub(began))
}

// toDisk writes a file.
func (c *copying) toDisk(data []byte, began time.Time) error {
	s, b := c.s, c.s.Box()
	at := onDisk(s, c.to.path)
	switch c.from.kind {
	case placeTFTP:
		s.Say(release.CopyWriting, diskURL(s, at))
		s.Printf("%s\n", strings.Repeat("!", 1+len(data)/(marksEach*512)))
	case placeDisk:
		s.Printf("%s%s\n", s.Release().Say(release.CopyInternal), strings.Repeat("C", 1+len(data)>>20))
	default:
		c.sayChecksum(data)
	}
	if err := b.Disk().WriteFile(at, data); err != nil {
		s.Say(release.CopyNotDone, c.sourceURL(), s.Release().Say(diskReason(err)))
		return nil
	}
	return sayCopied(s, len(data), b.Now().Sub(began))
}

// sourceURL is where the copy came from, as an error names it.
func (c *copying) sourceURL() string {
	switch c.from.kind {
	case placeTFTP:
		return RemoteFile{Server: c.from.server, Path: c.from.path}.url()
	case placeDisk:
		return diskURL(c.s, onDisk(c.s, c.from.path))
	}
	return "system:/" + c.sourceName()
}

// sayChecksum is what goes before a configuration that leaves the box.
func (c *copying) sayChecksum(data []byte) {
	if c.from.kind == placeRunning || c.from.kind == placeStartup {
		c.s.Say(release.SavedChecksum, Groups(textSum(data, c.s.Box().Checksum())))
	}
}

// textSum is the checksum that a configuration's text carries at its end; usual where it has none.
func textSum(data []byte, usual [16]byte) (sum [16]byte) {
	_, digits, _ := strings.Cut(string(data), "\nCryptochecksum:")
	digits, _, _ = strings.Cut(digits, "\n")
	if n, err := hex.Decode(sum[:], []byte(strings.TrimSpace(digits[:min(len(digits), 2*len(sum))]))); err != nil || n != len(sum) {
		return usual
	}
	return sum
}

// sayCopied says how long a copy took.
func sayCopied(s Session, size int, took time.Duration) error {
	elapsed, rate := copyTime(size, took)
	s.Say(release.BytesCopied, size, elapsed, rate)
	return nil
}
