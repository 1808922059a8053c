package command

import (
	"pixsim/appliance/config"
	g "pixsim/cli/grammar"
)

// mailhostUpgrade is what 4.2 makes of a configuration of 4.0 or 4.1: mailhost becomes a static and a conduit, behind the
// fixup that is on by default (Cisco document 4733 names the three that replace it).
// unverified: that the box does it by itself; what becomes of syslog, of age and of the interfaces of 4.0.
var mailhostUpgrade = []*Command{
	{Name: "mailhost", Mode: Configure, Span: pixFrom(4, 2), Syntax: mailhost.Syntax, Set: convertMailhost},
	{
		Name: "conduit", Mode: Configure, Span: pixFrom(4, 2), Syntax: oldConduit.Syntax,
		Set: setConduit(func(e *config.Edit, m *g.Match) (config.Conduit, error) {
			v, err := oldConduitOf(e, m)
			v.RealIf, v.GlobIf = "", "" // a conduit of 4.2 is for all interfaces
			return v, err
		}),
	},
	{Name: "interface", Mode: Configure, Span: pixFrom(4, 2), Syntax: interfaceNamed.Syntax, Set: interfaceNamed.Set},
	{Name: "syslog", Mode: Configure, Span: pixFrom(4, 2), Syntax: syslog.Syntax, NoSyntax: syslog.NoSyntax, Set: setSyslog, No: noSyslog},
	{
		Name: "age", Mode: Configure, Span: pixFrom(4, 2), Syntax: g.Seq(kw("age"), oldText),
		Set: func(*Ctx, *config.Edit, *g.Match) error { return nil }, // there is no Private Link any more
	},
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
