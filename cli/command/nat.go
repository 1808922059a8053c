package command

import (
	"fmt"
	"iter"
	"net/netip"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	globalIf    = &g.Param[string]{Name: "(if_name)", Help: "interface of the global addresses", Type: g.IfParen()}
	globalID    = &g.Param[int]{Name: "nat_id", Help: "number that the nat command refers to", Type: g.Int(1, 2147483647)}
	globalRange = &g.Param[addrPool]{Name: "global_ip[-global_ip]", Help: "address, or range of addresses", Type: globalPool()}
	globalMask  = &g.Param[netip.Addr]{Name: "global_mask", Help: "netmask of the addresses", Type: g.Mask()}
	globalIface = g.Word("interface", "Port address translation on the interface's own address")

	global = &Command{
		Name: "global", Help: "Specify, delete or view global address pools, or designate a PAT(Port Address Translated) address", Mode: Configure, Adds: true, Span: upTo82,
		Syntax: g.Seq(g.Word("global", "Specify global address pools"), ofInterface(globalIf), globalID, g.Alt(
			g.Seq(globalRange, g.Opt(kw("netmask"), globalMask)),
			g.In(since60, globalIface),
		)),
		Set: setGlobal,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveGlobal(globalOf(e, m)), "global")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearGlobals(); return nil },
		Lines: each(release.SectionGlobal, func(c *config.Config) iter.Seq[config.Global] { return c.Globals.Values() }, globalText),
		Usage: []string{"[no] global [(<if_name>)] <nat_id>", "        {<global_ip>[-<global_ip>] [netmask <global_mask>]} | interface"},
	}
)

// ofInterface is the interface that a line of translation is about, or two. Those of 4.0 name none; up to 6.3 it may be
// left out, which means the inside or the outside; 7.0 and later have no such usual ones.
func ofInterface(name g.Syntax) g.Syntax {
	return g.Alt(g.In(release.Until(release.V(4, 0))), g.In(pixFrom(4, 1), g.Opt(name)), g.In(inASA, name))
}

// addrPool are the addresses of a global line; ranged says that two were typed.
type addrPool struct {
	first, last netip.Addr
	ranged      bool
}

func globalPool() g.Type[addrPool] {
	one, some := g.Addr(), poolRange()
	return g.Type[addrPool]{
		Label: some.Label,
		Parse: func(e g.Env, w string) (addrPool, error) {
			if a, err := one.Parse(e, w); err == nil {
				return addrPool{first: a, last: a}, nil
			}
			r, err := some.Parse(e, w)
			return addrPool{r[0], r[1], true}, err
		},
		Sample: some.Sample,
	}
}

func globalOf(e *config.Edit, m *g.Match) config.Global {
	gl := config.Global{If: orElse(globalIf.Get(m), e.View().Outside()), ID: globalID.Get(m), Interface: globalIface.Seen(m)}
	if !gl.Interface {
		r := globalRange.Get(m)
		gl.First, gl.Last, gl.Range, gl.Mask = r.first, r.last, r.ranged, globalMask.Get(m)
	}
	return gl
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func setGlobal(c *Ctx, e *config.Edit, m *g.Match) error {
	gl := globalOf(e, m)
	if gl.Mask.IsValid() {
		if err := contiguous(gl.First, gl.Mask); err != nil {
			return err
		}
	}
	if !gl.Interface && e.View().Pooled(gl) || !e.AddGlobal(gl) {
		return Errorf(release.ConfExists, "global")
	}
	switch {
	case gl.Interface:
		c.Note(release.ConfGlobalIf, gl.If)
	case gl.PAT():
		c.Note(release.ConfGlobalPAT, gl.First)
	}
	return nil
}

func globalText(p printer, gl config.Global) string {
	text := fmt.Sprintf("global %s%d ", p.paren(gl.If), gl.ID)
	switch {
	case gl.Interface:
		return text + "interface"
	case gl.PAT():
		text += p.addr(gl.First)
	default:
		text += p.addr(gl.First) + "-" + p.addr(gl.Last)
	}
	if gl.Mask.IsValid() {
		text += " netmask " + gl.Mask.String()
	}
	return text
}

// since51 is where nat 0 may go by an access-list. unverified: that 5.0 cannot.
var since51 = release.Since(release.V(5, 1))

var (
	natIf      = &g.Param[string]{Name: "(if_name)", Help: "interface of the real addresses", Type: g.IfParen()}
	natID      = &g.Param[int]{Name: "nat_id", Help: "number of the global pool, 0 for no translation", Type: g.Int(0, 2147483647)}
	natZero    = &g.Param[int]{Name: "0", Help: "no translation", Type: g.Int(0, 0)}
	natPolicy  = &g.Param[int]{Name: "nat_id", Help: "number of the global pool", Type: g.Int(1, 2147483647)}
	natAddr    = &g.Param[netip.Addr]{Name: "local_ip", Help: "real addresses", Type: g.Addr()}
	natMask    = &g.Param[netip.Addr]{Name: "mask", Help: "netmask of the real addresses", Type: g.Mask()}
	natACL     = &g.Param[string]{Name: "acl_name", Help: "access-list of the traffic", Type: g.Ident(241)}
	natACLWord = g.Word("access-list", "Traffic that an access-list permits")
	natDNS     = g.Word("dns", "Rewrite the address in DNS replies")
	natOutside = g.Word("outside", "Translate addresses of the lower level")
	natLimits  = newLimits()

	nat = &Command{
		Name: "nat", Help: "Associate a network with a pool of global IP addresses", Mode: Configure, Span: upTo82,
		Syntax: g.Seq(g.Word("nat", "Associate a network with a pool of global IP addresses"), ofInterface(natIf),
			g.Alt(
				g.Seq(natID, natAddr, g.Opt(natMask)),
				g.In(since51, natZero, natACLWord, natACL),
				g.In(since63, natPolicy, natACLWord, natACL),
			),
			g.In(since62, g.Opt(natDNS), g.Opt(natOutside)), natLimits.syntax()),
		Set: setNAT,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveNAT(natOf(e, m)), "nat")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearNATs(); return nil },
		Lines: each(release.SectionNAT, func(c *config.Config) iter.Seq[config.NAT] { return c.NATs.Values() }, natText),
		Usage: []string{
			"[no] nat [(<if_name>)] <nat_id> <local_ip> [<mask>", "        [<max_conns> [<emb_limit> [<norandomseq>]]]]",
			"[no] nat [(<if_name>)] 0 access-list <acl_name> [outside]",
		},
	}
)

func natOf(e *config.Edit, m *g.Match) config.NAT {
	n := config.NAT{
		If: orElse(natIf.Get(m), e.View().Inside()), ID: natID.Get(m) + natPolicy.Get(m), ACL: natACL.Get(m),
		DNS: natDNS.Seen(m), Outside: natOutside.Seen(m), Limits: natLimits.get(m),
	}
	if n.ACL == "" {
		a := natAddr.Get(m)
		n.Net = config.Net{Addr: a, Mask: maskOr(m, natMask, a)}.Masked()
	}
	return n
}

func setNAT(c *Ctx, e *config.Edit, m *g.Match) error {
	n := natOf(e, m)
	if n.ACL != "" {
		if _, ok := e.View().ACL(n.ACL); !ok {
			return Errorf(release.ConfNoACL, n.ACL)
		}
	} else if err := contiguous(natAddr.Get(m), n.Net.Mask); err != nil {
		return err
	}
	e.SetNAT(n)
	if n.ID == 0 && n.ACL == "" {
		c.Note(release.ConfNATZero, n.Net.Addr)
	}
	return nil
}

// natText leaves out the limits of `nat 0 access-list`; `nat N access-list` prints them ("0 0", a 6.3 capture).
func natText(p printer, n config.NAT) string {
	text := fmt.Sprintf("nat %s%d ", p.paren(n.If), n.ID)
	if n.ACL != "" {
		text += "access-list " + n.ACL
	} else {
		text += p.net(n.Net)
	}
	if n.DNS {
		text += " dns"
	}
	if n.Outside {
		text += " outside"
	}
	if n.ACL != "" && n.ID == 0 && n.Limits == (config.Limits{}) {
		return text
	}
	return text + limitsText(p.rel, n.Limits)
}
