package command

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpCopy = "Copy image or configuration from one place to another"

// tftpURL is tftp[:[[//location][/path]]]: which parts of it were typed.
type tftpURL struct {
	server netip.Addr
	path   string
	asked  bool // nothing was: the device asks
}

// tftpURLType is one word. full: both parts must be there.
func tftpURLType(full bool) g.Type[tftpURL] {
	addr := g.Addr()
	return g.Type[tftpURL]{
		Label: "tftp:[[//location][/pathname]]",
		Parse: func(e g.Env, w string) (u tftpURL, err error) {
			scheme, rest, colon := strings.Cut(w, ":")
			if !strings.EqualFold(scheme, "tftp") || len(rest) > maxRemotePath {
				return u, g.ErrAddress
			}
			u.asked, u.path = !colon, rest
			if rest, ok := strings.CutPrefix(rest, "//"); ok {
				var server string
				server, u.path, _ = strings.Cut(rest, "/")
				u.server, err = addr.Parse(e, server)
			}
			if u.path = strings.TrimPrefix(u.path, "/"); full && (u.path == "" || !u.server.IsValid()) {
				return u, g.ErrAddress
			}
			return u, err
		},
		Sample: func(e g.Env, r *rand.Rand) string { return "tftp://" + addr.Sample(e, r) + "/pix.cfg" },
	}
}

// flashWords are the places in flash that an image goes to.
var flashWords = g.Enum("flash", "flash:", "flash:image", "flash:pdm")

var (
	// "co t" is configure terminal, as people learnt it before there was a copy.
	copyWord   = &g.Keyword{Text: "copy", Help: helpCopy, Exact: true}
	copyListed = g.Word("copy", helpCopy)
	copyURL    = &g.Param[tftpURL]{Name: "tftp[:[[//location][/pathname]]]", Help: "Copy from a TFTP server", Type: tftpURLType(false)}
	copyTarget = &g.Param[string]{Name: "flash[:[image|pdm]]", Help: "Copy to flash", Type: flashWords}
	copyTFTP   = &Command{
		Name: "copy tftp", Help: helpCopy, Mode: Privileged, Span: pixFrom(5, 1), // 5.1 configuration guide
		Syntax: g.Seq(copyWord, copyURL, copyTarget),
		Run:    runCopyImage,
	}
	copyHTTPURL = &g.Param[string]{Name: "http[s]://...", Help: "Copy from a web server", Type: httpType()}
	copyHTTP    = &Command{
		Name: "copy http", Help: helpCopy, Mode: Privileged, Span: pixFrom(6, 2), // unverified: since when
		Syntax: g.Seq(copyWord, copyHTTPURL, copyTarget),
		Run:    notBuilt("copy http"),
	}

	copiedCapture = &g.Param[string]{Name: "capture:capture_name", Help: "Copy what a capture caught", Type: captureURL()}
	copyFull      = &g.Param[tftpURL]{Name: "tftp://location/pathname", Help: "Copy to a TFTP server", Type: tftpURLType(true)}
	copyPcap      = g.Word("pcap", "Copy in the format of libpcap")
	copyCapture   = &Command{
		Name: "copy capture:", Help: helpCopy, Mode: Privileged, Span: since62,
		Syntax: g.Seq(copyWord, g.In(inASA, g.Opt(copyCapQuiet)), g.In(inASA, g.Opt(copyPcapFirst)), copiedCapture, copyFull, g.In(inPIX, g.Opt(copyPcap))),
		Run:    runCopyCapture,
	}
	copyCapQuiet  = g.Word("/noconfirm", "Do not prompt")
	copyPcapFirst = g.Word("/pcap", "Copy in the format of libpcap")

	outQuiet   = g.Word("/noconfirm", "Do not prompt")
	outRunning = g.Word("running-config", "Copy from current system configuration")
	outStartup = g.Word("startup-config", "Copy from startup configuration")
	copyOut    = &Command{
		Name: "copy to tftp", Help: helpCopy, Mode: Privileged, Span: inASA,
		Syntax: g.Seq(copyListed, g.Opt(outQuiet), g.Alt(outRunning, outStartup), copyFull),
		Run:    runCopyOut,
	}
	inQuiet   = g.Word("/noconfirm", "Do not prompt")
	inRunning = g.Word("running-config", "Update current system configuration")
	inStartup = g.Word("startup-config", "Copy to startup configuration")
	copyIn    = &Command{
		Name: "copy from tftp", Help: helpCopy, Mode: Privileged, Span: inASA,
		Syntax: g.Seq(copyListed, g.Opt(inQuiet), copyFull, g.Alt(inRunning, inStartup)),
		Run:    runCopyIn,
	}
)

// prefixed is one word that begins with one of the prefixes; the value is the whole word.
func prefixed(label, sample string, max int, prefixes ...string) g.Type[string] {
	return g.Type[string]{
		Label: label,
		Parse: func(_ g.Env, w string) (string, error) {
			for _, p := range prefixes {
				if len(w) > len(p) && len(w) <= max && strings.EqualFold(w[:len(p)], p) {
					return w, nil
				}
			}
			return "", g.ErrAddress
		},
		Sample: func(g.Env, *rand.Rand) string { return sample },
	}
}

func httpType() g.Type[string] {
	return prefixed("http[s]://...", "http://10.1.1.5/pix.bin", 255, "http://", "https://")
}

func captureURL() g.Type[string] {
	t := prefixed("capture:WORD", "capture:cap", 80, "capture:")
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (string, error) {
		v, err := parse(e, w)
		return strings.TrimPrefix(v[min(len(v), len("capture:")):], "/"), err
	}
	return t
}

// runCopyImage fetches an image. The simulator's software is the release that it was started as: nothing is installed.
func runCopyImage(ctx context.Context, s Session, m *g.Match) error {
	u, usual := copyURL.Get(m), s.Box().Config().TFTP
	f := RemoteFile{Server: u.server, Path: u.path}
	to := copyTarget.Get(m)
	if to == "flash" || to == "flash:" {
		to = "flash:image"
	}
	if u.asked {
		if err := askImage(s, &f); err != nil {
			return err
		}
	} else {
		if !f.Server.IsValid() {
			f.Server, f.If = usual.Addr, usual.If
		}
		if f.Path == "" {
			f.Path = strings.TrimPrefix(usual.Path, "/")
		}
	}
	if !f.Server.IsValid() || f.Path == "" {
		return ErrFew
	}
	s.Say(release.ImageCopying, f.url(), to)
	if u.asked {
		if ok, err := sure(s); err != nil || !ok {
			return err
		}
	}
	data, err := s.Box().Fetch(ctx, f, maxRemoteImage, marks(s))
	if err != nil {
		if ctx.Err() == nil {
			s.Printf("\n")
		}
		return err
	}
	s.Printf("\n")
	s.Say(release.ImageReceived, len(data))
	s.Say(release.ImageRefused)
	return nil
}

// askImage asks for what was not typed; Enter takes the default.
func askImage(s Session, f *RemoteFile) error {
	host, err := s.Ask(s.Release().Say(release.ImageFrom))
	if err != nil {
		return err
	}
	if f.Server, err = netip.ParseAddr(orElse(strings.TrimSpace(host), "127.0.0.1")); err != nil || !f.Server.Is4() {
		return ErrUsage
	}
	f.Path, err = s.Ask(s.Release().Say(release.ImageFile))
	f.Path = orElse(strings.TrimSpace(f.Path), "cdisk")
	if len(f.Path) > maxRemotePath {
		return ErrUsage
	}
	return err
}

func sure(s Session) (bool, error) {
	for {
		answer, err := s.Ask(s.Release().Say(release.ImageSure))
		if err != nil {
			return false, err
		}
		switch answer = strings.ToLower(strings.TrimSpace(answer)); {
		case answer != "" && strings.HasPrefix("yes", answer):
			return true, nil
		case answer != "" && strings.HasPrefix("no", answer):
			return false, nil
		}
	}
}

// marksEach is how many blocks of a file one mark stands for.
const marksEach = 10

// marks prints an exclamation mark for so many blocks.
func marks(s Session) func() {
	n := 0
	return func() {
		if n++; n%marksEach == 1 {
			s.Printf("!")
		}
	}
}

func runCopyCapture(ctx context.Context, s Session, m *g.Match) error {
	name, u := copiedCapture.Get(m), copyFull.Get(m)
	data, err := capturedFile(ctx, s, name, copyPcap.Seen(m) || copyPcapFirst.Seen(m))
	if err != nil || data == nil {
		return err
	}
	err = s.Box().Deposit(ctx, RemoteFile{Server: u.server, Path: u.path}, data, marks(s))
	s.Printf("\n")
	return err
}

// capturedFile is what a capture caught: frames, or the lines that show capture prints. Nil: there is no such capture.
func capturedFile(ctx context.Context, s Session, name string, frames bool) ([]byte, error) {
	if frames {
		data, ok := s.Box().CapturedPcap(name)
		if !ok {
			data = nil
		}
		return data, missingCapture(s, ok, name)
	}
	caught, ok := s.Box().Captured(name)
	if !ok {
		return nil, missingCapture(s, false, name)
	}
	return []byte(capturedText(s, caught, capturedView{most: len(caught)})), ctx.Err()
}

func runCopyOut(ctx context.Context, s Session, m *g.Match) error {
	u := copyFull.Get(m)
	f := RemoteFile{Server: u.server, Path: u.path}
	source := "running-config"
	text, sum := s.Box().Text(s.User())
	if outStartup.Seen(m) {
		var ok bool
		if text, ok = s.Box().Startup(); !ok {
			s.Say(release.NoConfig)
			return nil
		}
		source = "startup-config"
	}
	if !outQuiet.Seen(m) {
		err := askAll(s, s.Release().Say(release.CopyFile, source), s.Release().Say(release.CopyHost, f.Server), s.Release().Say(release.CopyTarget, f.Path))
		if err != nil {
			return err
		}
	}
	began := s.Box().Now()
	s.Say(release.SavedChecksum, Groups(sum))
	err := s.Box().Deposit(ctx, f, []byte(text), marks(s))
	return copied(s, f, len(text), s.Box().Now().Sub(began), err)
}

func runCopyIn(ctx context.Context, s Session, m *g.Match) error {
	u := copyFull.Get(m)
	f, target := RemoteFile{Server: u.server, Path: u.path}, "running-config"
	if inStartup.Seen(m) {
		target = "startup-config"
	}
	if !inQuiet.Seen(m) {
		err := askAll(s, s.Release().Say(release.CopyHost, f.Server), s.Release().Say(release.CopyFile, f.Path), s.Release().Say(release.CopyTarget, target))
		if err != nil {
			return err
		}
	}
	if err := tell(s, release.CopyAccess, f.url()); err != nil {
		return err
	}
	began := s.Box().Now()
	text, err := s.Box().Fetch(ctx, f, maxRemoteConfig, marks(s))
	if err != nil {
		return copied(s, f, 0, 0, err)
	}
	if inStartup.Seen(m) {
		if err := s.Box().Store(string(text)); err != nil {
			s.Say(release.SaveFailed, err)
			return nil
		}
	} else if err := s.Merge(ctx, string(text)); err != nil {
		return err
	}
	return copied(s, f, len(text), s.Box().Now().Sub(began), nil)
}

// askAll asks what was typed already; every answer but an error agrees.
func askAll(s Session, prompts ...string) error {
	for _, p := range prompts {
		if _, err := s.Ask(p); err != nil {
			return err
		}
	}
	return nil
}

// copied says how a copy ended.
func copied(s Session, f RemoteFile, size int, took time.Duration, err error) error {
	var why *Error
	switch {
	case errors.As(err, &why):
		s.Printf("\n")
		s.Say(release.CopyFailed, f.url(), s.Release().Say(why.Key, why.Args...))
		return nil
	case err != nil:
		return err
	}
	elapsed, rate := copyTime(size, took)
	s.Say(release.BytesCopied, size, elapsed, rate)
	return nil
}
