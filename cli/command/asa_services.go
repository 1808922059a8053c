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

// dhcpdLines are the general lines and then those of each interface, every group ended by "!".
func dhcpdLines(s *storedSpec) func(*config.Config, View) iter.Seq[Line] {
	return func(c *config.Config, v View) iter.Seq[Line] {
		return func(yield func(Line) bool) {
			p, kept := printerFor(c, v), c.StoredOf(s.name)
			group := func(ifname string) bool {
				n := 0
				for _, l := range kept {
					if dhcpdIf(l) != ifname {
						continue
					}
					n++
					if !yield(Line{Section: s.section, Text: l.Render(p.names, v.Secrets)}) {
						return false
					}
				}
				return n == 0 || yield(Line{Section: s.section, Text: "!"})
			}
			if !group("") {
				return
			}
			for _, f := range namedInterfaces(c) {
				if !group(f.Name) {
					return
				}
			}
		}
	}
}

// dhcpdIf is the interface whose group a line belongs to; "" for the general lines.
func dhcpdIf(l *config.Stored) string {
	last := l.Words[len(l.Words)-1]
	if last.If && len(l.Words) > 1 && l.Words[1].Text != "auto_config" {
		return last.Text
	}
	return ""
}
