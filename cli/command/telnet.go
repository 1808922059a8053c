package command

import (
	"iter"
	"net/netip"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// allowWords are address, mask and interface of telnet and ssh lines.
type allowWords struct {
	addr, mask *g.Param[netip.Addr]
	ifname     *g.Param[string]
}

func newAllow() allowWords {
	return allowWords{
		addr:   &g.Param[netip.Addr]{Name: "local_ip", Help: "address of the host or network", Type: g.Addr()},
		mask:   &g.Param[netip.Addr]{Name: "mask", Help: "netmask of the network", Type: g.Mask()},
		ifname: &g.Param[string]{Name: "if_name", Help: "interface of the network", Type: g.IfName()},
	}
}

func (w allowWords) get(m *g.Match) config.Allow {
	a := w.addr.Get(m)
	mask, ok := w.mask.Lookup(m)
	if !ok {
		mask = config.MaskOf(32)
		if a.IsUnspecified() {
			mask = a
		}
	}
	return config.Allow{Net: config.Net{Addr: a, Mask: mask}.Masked(), If: w.ifname.Get(m)}
}

// add is the line with the interface that is meant where none was typed. unverified: that a mask has no holes.
func (w allowWords) add(e *config.Edit, m *g.Match) (config.Allow, error) {
	a := w.get(m)
	a.If = orElse(a.If, e.View().Inside())
	return a, contiguous(w.addr.Get(m), a.Net.Mask)
}

// longTelnet is where telnet sessions may idle for a day (unverified: 6.3).
var longTelnet = since63

var (
	telnetWords   = newAllow()
	telnetTimeout = g.Word("timeout", "Set the idle timeout of telnet sessions")
	telnetMinutes = &g.Param[int]{Name: "number", Help: "minutes", Type: g.Int(1, 60)}
	telnetLong    = &g.Param[int]{Name: "number", Help: "minutes", Type: g.Int(1, 1440)}
	telnetAllow   = g.Alt(
		g.In(pixFrom(4, 3), telnetWords.addr, g.Opt(telnetWords.mask), g.Opt(telnetWords.ifname)),
		g.In(inASA, telnetWords.addr, telnetWords.mask, telnetWords.ifname),
	)

	// A line of 4.0 to 4.2 names no interface: it is the inside one.
	telnetInside = newTelnet(before43, g.Seq(telnetWords.addr, g.Opt(telnetWords.mask)), "[no] telnet <local_ip> [<mask>]")
	telnet       = newTelnet(release.Since(release.V(4, 3)), telnetAllow, "[no] telnet <local_ip> [<mask>] [<if_name>]")
)

func newTelnet(span release.Span, allow g.Syntax, usage string) *Command {
	const help = "Add telnet access to PIX console and set idle timeout"
	word := g.Word("telnet", "Add telnet access to the console and set idle timeout")
	return &Command{
		Name: "telnet", Help: help, Mode: Configure, Adds: true, Span: span,
		Syntax: g.Seq(word, g.Alt(
			allow,
			g.In(release.Since(release.V(4, 2)).Through(release.V(6, 2)), telnetTimeout, telnetMinutes),
			g.In(longTelnet, telnetTimeout, telnetLong),
		)),
		// "no telnet timeout" is not allowed up to 6.3 (6.1 command reference).
		NoSyntax: g.Seq(word, g.Alt(allow, g.In(inASA, telnetTimeout, g.Opt(telnetLong)))),
		Set:      setTelnet,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if telnetTimeout.Seen(m) {
				e.SetTelnetTimeout(usualLoginTimeout)
				return nil
			}
			return found(e.RemoveTelnet(telnetWords.get(m)), "telnet")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearTelnet(); return nil },
		Lines: telnetLines,
		Usage: []string{usage, "telnet timeout <number>"},
	}
}

func setTelnet(c *Ctx, e *config.Edit, m *g.Match) error {
	if telnetTimeout.Seen(m) {
		n := max(telnetMinutes.Get(m), telnetLong.Get(m))
		e.SetTelnetTimeout(time.Duration(n) * time.Minute)
		return nil
	}
	a, err := telnetWords.add(e, m)
	if err != nil {
		return err
	}
	if most := c.Release.Limits.TelnetEntries; most > 0 && e.View().Telnet.Len() >= most {
		return Errorf(release.ConfTooMany, "telnet")
	}
	if !c.Release.Config.TelnetInterface { // the line does not say which interface
		e.RemoveTelnet(telnetWords.get(m))
	}
	e.AddTelnet(a)
	return nil
}

func telnetLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for _, a := range c.Telnet.All() {
			text := "telnet " + p.net(a.Net)
			if c.Release.Config.TelnetInterface {
				text += " " + a.If
			}
			if !yield(Line{Section: release.SectionTelnet, Text: text}) {
				return
			}
		}
		if c.Release.Config.TelnetTimeout {
			yield(Line{Section: release.SectionTelnet, Text: "telnet timeout " + minutes(c.TelnetTimeout)})
		}
	}
}

// usualLoginTimeout is the idle time after which telnet and SSH sessions end unless the configuration says otherwise.
const usualLoginTimeout = 5 * time.Minute

var (
	sshWords   = newAllow()
	sshTimeout = g.Word("timeout", "Set the idle timeout of ssh sessions")
	sshMinutes = &g.Param[int]{Name: "number", Help: "minutes", Type: g.Int(1, 60)}
	sshAllow   = g.Alt(
		g.In(inPIX, sshWords.addr, g.Opt(sshWords.mask), g.Opt(sshWords.ifname)),
		g.In(inASA, sshWords.addr, sshWords.mask, sshWords.ifname),
	)

	ssh = &Command{
		Name: "ssh", Help: "Add SSH access to PIX console, set idle timeout, display list of active SSH sessions & terminate a SSH session",
		Mode: Configure, Span: release.Since(release.V(5, 2)),
		Syntax: g.Seq(g.Word("ssh", "Add SSH access to the console and set idle timeout"), g.Alt(sshAllow, g.Seq(sshTimeout, sshMinutes))),
		NoSyntax: g.Seq(g.Word("ssh", "Add SSH access to the console and set idle timeout"), g.Alt(
			sshAllow, g.In(inASA, sshTimeout, g.Opt(sshMinutes)))),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if sshTimeout.Seen(m) {
				e.SetSSHTimeout(time.Duration(sshMinutes.Get(m)) * time.Minute)
				return nil
			}
			a, err := sshWords.add(e, m)
			if err == nil {
				e.AddSSH(a)
			}
			return err
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			if sshTimeout.Seen(m) {
				e.SetSSHTimeout(usualLoginTimeout)
				return nil
			}
			return found(e.RemoveSSH(sshWords.get(m)), "ssh")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.ClearSSH()
			e.ClearStored(sshCopySpec.name)
			return nil
		},
		Lines: func(c *config.Config, v View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				p := printerFor(c, v)
				if SecureCopy(c) && !yield(line(release.SectionSSH, "%s", sshCopyLine)) {
					return
				}
				for _, a := range c.SSH.All() {
					if !yield(line(release.SectionSSH, "ssh %s %s", p.net(a.Net), a.If)) {
						return
					}
				}
				yield(Line{Section: release.SectionSSH, Text: "ssh timeout " + minutes(c.SSHTimeout)})
			}
		},
		Usage: []string{"[no] ssh <local_ip> [<mask>] [<if_name>]", "ssh timeout <number>"},
	}
)

var (
	consoleMinutes = &g.Param[int]{Name: "number", Help: "minutes, 0 is never", Type: g.Int(0, 60)}
	console        = &Command{
		Name: "console", Help: "Set idle timeout for the serial console of the PIX", Mode: Configure, Span: since63,
		Syntax:   g.Seq(g.Word("console", "Set idle timeout for the serial console"), kw("timeout"), consoleMinutes),
		NoSyntax: g.Seq(g.Word("console", "Set idle timeout for the serial console"), kw("timeout"), g.Opt(consoleMinutes)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.SetConsoleTimeout(time.Duration(consoleMinutes.Get(m)) * time.Minute)
			return nil
		},
		No:    func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetConsoleTimeout(0); return nil },
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetConsoleTimeout(0); return nil },
		Lines: one(release.SectionConsole, func(c *config.Config, _ View) string {
			return "console timeout " + minutes(c.ConsoleTimeout)
		}),
		Usage: []string{"[no] console timeout <number>"},
	}
)

// pager and terminal width are configuration from 4.2 on.
var (
	pagerLines = &g.Param[int]{Name: "lines", Help: "lines of a page, 0 for none", Type: g.Int(0, 2147483647)}
	pager      = &Command{
		Name: "pager", Help: "Control page length for pagination", Mode: Configure, Span: since42,
		Syntax:   g.Seq(g.Word("pager", "Control page length for pagination"), g.Opt(g.Opt(kw("lines")), pagerLines)),
		NoSyntax: g.Seq(g.Word("pager", "Control page length for pagination"), g.Opt(g.Opt(kw("lines")), pagerLines)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			n, typed := pagerLines.Lookup(m)
			if !typed {
				n = usualPage
			}
			e.SetPager(n)
			return nil
		},
		No:    func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetPager(0); return nil },
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetPager(usualPage); return nil },
		Lines: one(release.SectionPager, func(c *config.Config, _ View) string {
			if c.Pager == 0 {
				return "no pager"
			}
			return line("", "pager lines %d", c.Pager).Text
		}),
		Usage: []string{"[no] pager [lines <lines>]"},
	}

	// 0 columns are 511 from 7.0 on.
	widthPIX     = &g.Param[int]{Name: "columns", Help: "columns, 0 for no limit", Type: widthType(0)}
	widthASA     = &g.Param[int]{Name: "columns", Help: "columns, 0 for no limit", Type: widthType(config.MaxWidth)}
	widthColumns = g.Alt(g.In(inPIX, widthPIX), g.In(inASA, widthASA))
	terminal     = &Command{
		Name: "terminal width", Help: "Set terminal line parameters", Mode: Configure, Span: since42,
		Syntax:      g.Seq(g.Word("terminal", "Set terminal line parameters"), kw("width"), widthColumns),
		NoSyntax:    g.Seq(g.Word("terminal", "Set terminal line parameters"), kw("width"), g.Opt(widthColumns)),
		ClearSyntax: g.Seq(g.Word("terminal", "Set terminal line parameters"), g.Opt(kw("width"))),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			n, typed := widthASA.Lookup(m)
			if !typed {
				n = widthPIX.Get(m)
			}
			e.SetWidth(n)
			return nil
		},
		No:    func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetWidth(80); return nil },
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetWidth(80); return nil },
		Lines: one(release.SectionTerminal, func(c *config.Config, _ View) string {
			if c.Width == 80 && !c.Release.Config.ShownWidth {
				return ""
			}
			return line("", "terminal width %d", c.Width).Text
		}),
		Usage: []string{"terminal width <columns>"},
	}
)

// widthType is 40 to 511 columns, or 0, whose value is zero.
func widthType(zero int) g.Type[int] {
	t := g.Int(40, 511)
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (int, error) {
		if w == "0" {
			return zero, nil
		}
		return parse(e, w)
	}
	return t
}
