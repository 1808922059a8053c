package command

import (
	"iter"
	"net/netip"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// mailhost of 4.0 and 4.1: a static and an inspected SMTP opening in one.
var (
	mailhostPair   = &g.Param[[2]string]{Name: "(internal_if_name,external_if_name)", Help: "interface of the real and of the mapped address", Type: g.IfPair()}
	mailhostMapped = &g.Param[netip.Addr]{Name: "global_ip", Help: "mapped (global) address of the mail host", Type: g.Addr()}
	mailhostReal   = &g.Param[netip.Addr]{Name: "local_ip", Help: "real (local) address of the mail host", Type: g.Addr()}
	mailhostLimits = newLimits()

	mailhost = &Command{
		Name: "mailhost", Help: "Give access to a mail server, guarded", Mode: Configure, Span: before42,
		Syntax: g.Seq(g.Word("mailhost", "Give access to a mail server, guarded"), g.In(since41, g.Opt(mailhostPair)),
			mailhostMapped, mailhostReal, mailhostLimits.syntax()),
		Set: setMailhost,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveMailhost(mailhostOf(e, m)), "mailhost")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearMailhosts(); return nil },
		Lines: each(release.SectionMailhost, func(c *config.Config) iter.Seq[config.Mailhost] { return slices.Values(c.Mailhosts) }, mailhostText),
		Usage: []string{"mailhost [(<internal_if_name>,<external_if_name>)] <global_ip> <local_ip> [<max_conns> [<em_limit>]] [norandomseq]"},
	}
)

func mailhostOf(e *config.Edit, m *g.Match) config.Mailhost {
	h := config.Mailhost{
		RealIf: e.View().Inside(), MappedIf: e.View().Outside(),
		Mapped: mailhostMapped.Get(m), Real: mailhostReal.Get(m), Limits: mailhostLimits.get(m),
	}
	if p, ok := mailhostPair.Lookup(m); ok {
		h.RealIf, h.MappedIf = p[0], p[1]
	}
	return h
}

func setMailhost(c *Ctx, e *config.Edit, m *g.Match) error {
	h := mailhostOf(e, m)
	if h.RealIf == h.MappedIf {
		return ErrUsage
	}
	for _, s := range e.View().Statics.All() {
		if s.Mapped == h.Mapped && s.MappedIf == h.MappedIf && s.Mask == config.MaskOf(32) {
			return Errorf(release.ConfStaticExists, h.Mapped)
		}
	}
	for _, v := range e.View().Mailhosts {
		if v.Mapped == h.Mapped && v.Real != h.Real {
			return Errorf(release.ConfStaticExists, h.Mapped)
		}
	}
	e.SetMailhost(h)
	return nil
}

func mailhostText(p printer, h config.Mailhost) string {
	return "mailhost " + p.paren(h.RealIf, h.MappedIf) + p.addr(h.Mapped) + " " + p.addr(h.Real) + limitsText(p.rel, h.Limits)
}
