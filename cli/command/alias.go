package command

import (
	"iter"
	"net/netip"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpAlias = "Administer overlapping addresses with dual NAT"

var (
	aliasIf      = &g.Param[string]{Name: "(if_name)", Help: "interface of the hosts that see the other address", Type: g.IfParen()}
	aliasDNAT    = &g.Param[netip.Addr]{Name: "dnat_ip", Help: "address that these hosts see", Type: g.Addr()}
	aliasForeign = &g.Param[netip.Addr]{Name: "foreign_ip", Help: "address that it stands for", Type: g.Addr()}
	aliasMask    = &g.Param[netip.Addr]{Name: "netmask", Help: "netmask of both", Type: g.Mask()}

	alias = &Command{
		Name: "alias", Help: helpAlias, Mode: Configure, Span: inPIX,
		Syntax: g.Seq(g.Word("alias", helpAlias), g.In(since41, g.Opt(aliasIf)), aliasDNAT, aliasForeign, g.Opt(aliasMask)),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			a := aliasOf(e, m)
			if _, ok := (config.Net{Addr: a.DNAT, Mask: a.Mask}).Prefix(); !ok {
				return Errorf(release.ConfBadMask, a.DNAT, a.Mask)
			}
			e.SetAlias(a)
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveAlias(aliasOf(e, m)), "alias")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearAliases(); return nil },
		Lines: each(release.SectionAlias, func(c *config.Config) iter.Seq[config.Alias] { return c.Aliases.Values() }, aliasText),
		Usage: []string{"[no] alias [(<if_name>)] <dnat_ip> <foreign_ip> [<netmask>]"},
	}
)

// aliasOf reads a line. unverified: that a missing mask is one of a host.
func aliasOf(e *config.Edit, m *g.Match) config.Alias {
	a := config.Alias{If: orElse(aliasIf.Get(m), e.View().Inside()), DNAT: aliasDNAT.Get(m), Foreign: aliasForeign.Get(m), Mask: config.MaskOf(32)}
	if mask, typed := aliasMask.Lookup(m); typed {
		a.Mask = mask
	}
	return a
}

func aliasText(p printer, a config.Alias) string {
	return "alias " + p.paren(a.If) + p.addr(a.DNAT) + " " + p.addr(a.Foreign) + " " + a.Mask.String()
}
