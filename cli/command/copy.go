package command

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"strings"

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

func sure(s Session) (bool, error) { return yesNo(s, s.Release().Say(release.ImageSure)) }

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
