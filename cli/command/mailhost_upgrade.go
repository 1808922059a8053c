package command

import (
	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// pixUpgrade is what releases up to 6.3 make of the lines of older ones. 4.2 makes a static and a conduit of mailhost, behind
// the fixup that is on by default (Cisco document 4733 names the three that replace it).
// unverified: that the box does it by itself; what becomes of syslog, of age and of the interfaces of 4.0; 6.2's.
var pixUpgrade = []*Command{
	{Name: "mailhost", Mode: Configure, Span: pixFrom(4, 2), Syntax: mailhost.Syntax, Set: convertMailhost},
	{
		Name: "conduit", Mode: Configure, Span: pixFrom(4, 2), Syntax: oldConduit.Syntax,
		Set: setConduit(func(e *config.Edit, m *g.Match) (config.Conduit, error) {
			v, err := oldConduitOf(e, m)
			v.RealIf, v.GlobIf = "", "" // a conduit of 4.2 is for all interfaces
			return v, err
		}),
	},
	{Name: "interface", Mode: Configure, Span: pixFrom(4, 1), Syntax: interfaceNamed.Syntax, Set: interfaceNamed.Set},
	{Name: "syslog", Mode: Configure, Span: pixFrom(4, 2), Syntax: syslog.Syntax, NoSyntax: syslog.NoSyntax, Set: setSyslog, No: noSyslog},
	{
		Name: "age", Mode: Configure, Span: pixFrom(4, 2), Syntax: g.Seq(kw("age"), oldText),
		Set: func(*Ctx, *config.Edit, *g.Match) error { return nil }, // the line is not there any more
	},
	gone("link", from50), gone("linkpath", from50), // releases with IPSec have no Private Link
	gone("lnko", pixFrom(4, 1)), gone("lnkopath", pixFrom(4, 1)), gone("http", pixFrom(4, 1).Through(release.V(5, 3))), gone("session", from60),
	{
		Name: "fixup", Mode: Configure, Span: pixFrom(6, 2), Syntax: g.Seq(fixupWord, fixupProtocol, fixupKeyword("h323"), oldFixupPorts),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error { e.AddFixup(h225Of(m)); return nil },
		No:  func(_ *Ctx, e *config.Edit, m *g.Match) error { e.RemoveFixup(h225Of(m)); return nil },
	},
}

// gone is a line of a command that a release does not have any more: it is dropped.
// unverified: that the box says nothing.
func gone(word string, span release.Span) *Command {
	return &Command{
		Name: word, Mode: Configure, Span: span, Syntax: g.Seq(kw(word), &g.Param[string]{Name: "text", Type: g.Text()}),
		Set: func(*Ctx, *config.Edit, *g.Match) error { return nil },
	}
}

// oldFixupPorts are those of h323, which was h225 alone before 6.2.
var oldFixupPorts = &g.Param[[2]uint16]{Name: "port[-port]", Type: fixupPortRange()}

func h225Of(m *g.Match) config.Fixup {
	r := oldFixupPorts.Get(m)
	return config.Fixup{Proto: "h323", Arg: "h225", Lo: r[0], Hi: r[1]}
}

func convertMailhost(c *Ctx, e *config.Edit, m *g.Match) error {
	h := mailhostOf(e, m)
	if h.RealIf == h.MappedIf {
		return ErrUsage
	}
	s := config.Static{RealIf: h.RealIf, MappedIf: h.MappedIf, Mapped: h.Mapped, Real: h.Real, Mask: config.MaskOf(32), Limits: h.Limits}
	if err := addStatic(c, e, s); err != nil {
		return err
	}
	e.AddConduit(config.Conduit{
		Permit: true, Proto: 6, Global: config.Host(h.Mapped), GlobalPort: config.PortMatch{Op: config.PortEq, Lo: smtpPort},
		Foreign: config.AnyNet, ICMPType: -1,
	})
	return nil
}

// smtpPort is where a mailhost listens.
const smtpPort = 25
