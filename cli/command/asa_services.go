package command

import (
	"iter"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// natControl is the switch of 7.0 to 8.2; from 8.3 on there is nothing to switch.
var natControl = &Command{
	Name: "nat-control", Help: "Require a translation of every host", Mode: Configure, Span: release.Since(release.V(7, 0)).Through(release.V(8, 2)),
	Syntax: g.Word("nat-control", "Require a translation of every host"),
	Set:    func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.SetNATControl(true); return nil },
	No:     func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.SetNATControl(false); return nil },
	Clear:  func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.SetNATControl(false); return nil },
	Lines: one(release.SectionNATControl, func(c *config.Config, v View) string {
		switch {
		case c.NATControl:
			return "nat-control"
		case v.All:
			return "no nat-control"
		}
		return ""
	}),
}

var (
	sameWord  = g.Word("same-security-traffic", "Enable same security level interfaces to communicate")
	sameInter = g.Word("inter-interface", "Permit communication between different interfaces with the same security level")
	sameIntra = g.Word("intra-interface", "Permit communication between peers connected to the same interface")

	sameSecurity = &Command{
		Name: "same-security-traffic", Help: "Enable same security level interfaces to communicate", Mode: Configure, Span: inASA,
		Syntax: g.Seq(sameWord, kw("permit"), g.Alt(sameInter, sameIntra)),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			e.SetSameSecurity(e.View().SameInter || sameInter.Seen(m), e.View().SameIntra || sameIntra.Seen(m))
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			e.SetSameSecurity(e.View().SameInter && !sameInter.Seen(m), e.View().SameIntra && !sameIntra.Seen(m))
			return nil
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.SetSameSecurity(false, false); return nil },
		Lines: func(c *config.Config, v View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				if c.SameInter && !yield(line(release.SectionSameSecurity, "same-security-traffic permit inter-interface")) {
					return
				}
				if c.SameIntra {
					yield(line(release.SectionSameSecurity, "same-security-traffic permit intra-interface"))
				}
			}
		},
	}
)
