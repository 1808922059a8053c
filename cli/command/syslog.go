package command

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// syslog of 4.0 and 4.1, which logging replaced: hosts, one facility and level for all, and the console.
var (
	syslogHost    = g.Word("host", "Syslog server")
	syslogHostIf  = &g.Param[string]{Name: "(if_name)", Help: "interface of the server", Type: g.IfParen()}
	syslogAddr    = &g.Param[netip.Addr]{Name: "ip_address", Help: "address of the server", Type: g.Addr()}
	syslogOutput  = g.Word("output", "Facility and level")
	syslogLevel   = &g.Param[facilityLevel]{Name: "facility.level", Help: "16 to 23, a dot, 0 to 7", Type: facilityType()}
	syslogConsole = g.Word("console", "Messages on the console")
	syslogEntry   = g.Seq(syslogHost, g.Opt(syslogHostIf), syslogAddr)

	syslog = &Command{
		Name: "syslog", Help: "Log messages to a syslog server", Mode: Configure, Span: before42,
		Syntax:   g.Seq(g.Word("syslog", "Log messages to a syslog server"), g.Alt(syslogEntry, g.Seq(syslogOutput, syslogLevel), syslogConsole)),
		NoSyntax: g.Seq(g.Word("syslog", "Log messages to a syslog server"), g.Alt(syslogEntry, g.Seq(syslogOutput, g.Opt(syslogLevel)), syslogConsole)),
		Set:      setSyslog,
		No:       noSyslog,
		Clear:    func(c *Ctx, e *config.Edit, m *g.Match) error { e.ResetLogging(); return nil },
		Lines:    syslogLines,
		Usage:    []string{"syslog host [(<if_name>)] <ip_address>", "syslog output <facility>.<level>", "[no] syslog console"},
	}
)

type facilityLevel struct{ facility, level int }

func facilityType() g.Type[facilityLevel] {
	fac, lev := g.Int(16, 23), g.Int(0, 7)
	return g.Type[facilityLevel]{
		Label: "<16-23>.<0-7>",
		Parse: func(e g.Env, w string) (v facilityLevel, err error) {
			a, b, _ := strings.Cut(w, ".")
			if v.facility, err = fac.Parse(e, a); err == nil {
				v.level, err = lev.Parse(e, b)
			}
			return v, err
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("%d.%d", 16+r.IntN(8), r.IntN(8)) },
	}
}

func setSyslog(c *Ctx, e *config.Edit, m *g.Match) error {
	switch {
	case syslogHost.Seen(m):
		e.AddLogHost(config.LogHost{If: orElse(syslogHostIf.Get(m), e.View().Inside()), Addr: syslogAddr.Get(m), Proto: 17, Port: 514})
	case syslogOutput.Seen(m):
		v := syslogLevel.Get(m)
		e.SetLogging(func(l *config.Logging) {
			l.Facility, l.Trap = v.facility, config.Level(v.level)
			if l.Console != config.LevelOff {
				l.Console = l.Trap
			}
		})
	default:
		e.SetLogging(func(l *config.Logging) { l.Console = l.Trap })
	}
	return nil
}

func noSyslog(c *Ctx, e *config.Edit, m *g.Match) error {
	switch {
	case syslogHost.Seen(m):
		return found(e.RemoveLogHost(syslogHostIf.Get(m), syslogAddr.Get(m)), "syslog host")
	case syslogOutput.Seen(m):
		usual := config.New(c.Release).View().Logging
		e.SetLogging(func(l *config.Logging) { l.Facility, l.Trap = usual.Facility, usual.Trap })
	default:
		e.SetLogging(func(l *config.Logging) { l.Console = config.LevelOff })
	}
	return nil
}

func syslogLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		l, p := &c.Logging, printerFor(c, v)
		if !yield(line(release.SectionLogging, "syslog output %d.%d", l.Facility, l.Trap)) {
			return
		}
		console := "syslog console"
		if l.Console == config.LevelOff {
			console = "no syslog console"
		}
		if !yield(Line{Section: release.SectionLogging, Text: console}) {
			return
		}
		for h := range l.Hosts.Values() {
			if !yield(line(release.SectionLogging, "syslog host (%s) %s", h.If, p.addr(h.Addr))) {
				return
			}
		}
	}
}
