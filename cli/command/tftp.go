package command

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// FileServer is what the box does with files on TFTP servers. Errors are *Error in the device's words, or ctx's.
type FileServer interface {
	// Fetch reads a file of at most limit octets. It leaves by the interface, or by the one that the routing table says
	// where that is "".
	Fetch(ctx context.Context, at RemoteFile, limit int, progress func()) ([]byte, error)
	// Deposit writes one.
	Deposit(ctx context.Context, at RemoteFile, data []byte, progress func()) error
	// Way is the interface by which the box reaches an address, and its number; ok is false when there is none.
	Way(ifname string, to netip.Addr) (name string, number int, ok bool)
	// CapturedPcap is what a capture caught as a pcap file; false: there is none such.
	CapturedPcap(name string) ([]byte, bool)
}

// RemoteFile is a file on a TFTP server.
type RemoteFile struct {
	If     string // "": by the routing table
	Server netip.Addr
	Path   string
}

func (f RemoteFile) url() string {
	return "tftp://" + f.Server.String() + "/" + strings.TrimPrefix(f.Path, "/")
}

// Bounds of what comes from a server, octets.
const (
	maxRemoteConfig = 2 << 20
	maxRemoteImage  = 16 << 20
	maxRemotePath   = 127 // of a path, octets
)

const helpTFTP = "Specify default TFTP server address and directory"

var since41 = release.Since(release.V(4, 1))

var (
	tftpWord   = g.Word("tftp-server", helpTFTP)
	tftpIf     = &g.Param[string]{Name: "if_name", Help: "interface of the server", Type: g.IfName()}
	tftpAddr   = &g.Param[netip.Addr]{Name: "ip_address", Help: "address of the server", Type: g.Addr()}
	tftpPath   = &g.Param[string]{Name: "path", Help: "path and file, as the server wants them", Type: g.Ident(maxRemotePath)}
	tftpServer = &Command{
		Name: "tftp-server", Help: helpTFTP, Mode: Configure, Span: since41, // not in the list of the 4.0 reference; unverified: 4.1
		// unverified: that 4.0, whose interfaces have no names, knows none here.
		Syntax:   g.Seq(tftpWord, g.In(since41, g.Opt(tftpIf)), tftpAddr, tftpPath),
		NoSyntax: g.Seq(tftpWord, g.In(since41, g.Opt(tftpIf)), g.Opt(tftpAddr, g.Opt(tftpPath))),
		Set:      setTFTPServer,
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			have := e.View().TFTP
			if a, typed := tftpAddr.Lookup(m); !have.Addr.IsValid() || typed && a != have.Addr {
				return found(false, "tftp-server")
			}
			e.SetTFTPServer(config.TFTPServer{})
			return nil
		},
		Clear:       func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.SetTFTPServer(config.TFTPServer{}); return nil },
		ClearSyntax: g.Seq(tftpWord, g.In(inPIX, g.Opt(g.In(since41, g.Opt(tftpIf)), tftpAddr, g.Opt(tftpPath)))),
		Lines:       one(release.SectionTFTP, tftpLine),
		Usage: []string{
			"[no] tftp-server [<if_name>] <ip_address> <path>", "show tftp-server", "clear tftp-server",
		},
	}
)

func setTFTPServer(c *Ctx, e *config.Edit, m *g.Match) error {
	v := config.TFTPServer{If: orElse(tftpIf.Get(m), e.View().Inside()), Addr: tftpAddr.Get(m), Path: tftpPath.Get(m)}
	if !c.Release.Config.InterfacePairs {
		v.If = ""
	}
	if f, ok := e.View().Interface(v.If); ok && f.Level == 0 && !c.Loading {
		c.Note(release.TFTPUnsecure)
	}
	e.SetTFTPServer(v)
	return nil
}

func tftpLine(c *config.Config, v View) string {
	t := c.TFTP
	if !t.Addr.IsValid() {
		return ""
	}
	words := []string{"tftp-server", t.If, printerFor(c, v).addr(t.Addr), t.Path}
	if t.If == "" {
		words = append(words[:1], words[2:]...)
	}
	return strings.Join(words, " ")
}

// netTarget is [[ip]:[file]]; parts that are not there are invalid or "".
type netTarget struct {
	server netip.Addr
	file   string
}

// netTargetType is one word: an address or a name, a colon, a file. An address alone is one as well.
func netTargetType() g.Type[netTarget] {
	addr := g.Addr()
	return g.Type[netTarget]{
		Label: "[A.B.C.D]:[WORD]",
		Parse: func(e g.Env, w string) (t netTarget, err error) {
			server, file, _ := strings.Cut(w, ":")
			if server != "" {
				t.server, err = addr.Parse(e, server)
			}
			if t.file = file; len(file) > maxRemotePath {
				err = g.ErrAddress
			}
			return t, err
		},
		Sample: func(e g.Env, r *rand.Rand) string { return addr.Sample(e, r) + fmt.Sprintf(":pix%d.cfg", r.IntN(10)) },
	}
}

// remote completes what was typed from the tftp-server line: its address, and its path in front of the file. An address
// that was typed may be that of the line, whose interface then counts.
func (t netTarget) remote(c *config.Config) (f RemoteFile, ok bool) {
	usual := c.TFTP
	f = RemoteFile{Server: t.server, Path: t.file}
	if !f.Server.IsValid() {
		f.Server = usual.Addr
	}
	if usual.Addr.IsValid() && f.Server == usual.Addr {
		f.If = usual.If
		f.Path = joined(usual.Path, t.file)
	}
	return f, f.Server.IsValid() && f.Path != ""
}

// joined is the path of the tftp-server line and the file behind it, with one slash between.
func joined(path, file string) string {
	if path == "" || file == "" {
		return path + file
	}
	return strings.TrimSuffix(path, "/") + "/" + strings.TrimPrefix(file, "/")
}

var netFile = &g.Param[netTarget]{Name: "[server_ip]:[filename]", Help: "TFTP server and file", Type: netTargetType()}

// runWriteNet stores the running configuration on a TFTP server.
func runWriteNet(ctx context.Context, s Session, m *g.Match) error {
	f, ok := netFile.Get(m).remote(s.Box().Config())
	if !ok {
		return ErrFew
	}
	if err := tell(s, release.TerminalHead); err != nil {
		return err
	}
	return transferred(ctx, s, func() error { return depositRunning(ctx, s, f, nil) }, release.TFTPWrite, release.SyslogWriting, f)
}

// depositRunning writes the running configuration, as write memory stores it, to a server.
func depositRunning(ctx context.Context, s Session, f RemoteFile, progress func()) error {
	text, _ := s.Box().Text(s.User())
	return s.Box().Deposit(ctx, f, []byte(text), progress)
}

// runConfigureNet merges a file of a TFTP server into the running configuration.
func runConfigureNet(ctx context.Context, s Session, m *g.Match) error {
	f, ok := netFile.Get(m).remote(s.Box().Config())
	if !ok {
		return ErrFew
	}
	var text []byte
	err := transferred(ctx, s, func() (err error) {
		text, err = s.Box().Fetch(ctx, f, maxRemoteConfig, nil)
		return err
	}, release.TFTPRead, release.SyslogReading, f)
	if err != nil || text == nil {
		return err
	}
	if err := s.Merge(ctx, string(text)); err != nil {
		return err
	}
	s.Say(release.ConfigLoaded)
	return nil
}

// transferred announces a transfer, does it, and says how it ended; a transfer that failed is no error of the command.
func transferred(ctx context.Context, s Session, do func() error, announce, event release.Key, f RemoteFile) error {
	_, number, ok := s.Box().Way(f.If, f.Server)
	if !ok {
		s.Say(release.NoRoute, f.Server)
		return nil
	}
	n := notice{from: s.From(), device: "tftp"}
	s.Box().Event(event, n.args()...)
	s.Say(announce, f.Path, f.Server, number)
	err := do()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var why *Error
	switch {
	case errors.As(err, &why):
		s.Say(why.Key, why.Args...)
		s.Say(release.TFTPFailed)
		s.Box().Event(release.SyslogSaveFailed, n.args()...)
		return nil
	case err != nil:
		return err
	}
	s.Say(release.Done)
	s.Box().Event(release.SyslogSaved, n.args()...)
	return nil
}
