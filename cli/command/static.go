package command

import (
	"iter"
	"net/netip"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	staticPair      = &g.Param[[2]string]{Name: "(internal_if_name,external_if_name)", Help: "interface of the real and of the mapped address", Type: g.IfPair()}
	staticTCP       = g.Word("tcp", "Redirect a TCP port")
	staticUDP       = g.Word("udp", "Redirect a UDP port")
	staticIface     = g.Word("interface", "The mapped interface's own address")
	staticMapped    = &g.Param[netip.Addr]{Name: "global_ip", Help: "mapped (global) address", Type: g.Addr()}
	staticReal      = &g.Param[netip.Addr]{Name: "local_ip", Help: "real (local) address", Type: g.Addr()}
	staticMask      = &g.Param[netip.Addr]{Name: "mask", Help: "netmask of both addresses", Type: g.Mask()}
	staticACLWord   = g.Word("access-list", "Only traffic that an access-list permits")
	staticACL       = &g.Param[string]{Name: "acl_name", Help: "access-list", Type: g.Ident(241)}
	staticDNS       = g.Word("dns", "Rewrite the address in DNS replies")
	staticLimits    = newLimits()
	staticMapPort   = map[uint8]*g.Param[uint16]{6: staticPort("global_port", "tcp"), 17: staticPort("global_port", "udp")}
	staticRealPort  = map[uint8]*g.Param[uint16]{6: staticPort("local_port", "tcp"), 17: staticPort("local_port", "udp")}
	staticTarget    = g.Alt(g.In(since60, staticIface), staticMapped)
	staticNetmask   = g.In(since41, g.Opt(g.Word("netmask", "Netmask of both addresses"), staticMask))
	staticACLTarget = g.In(since63, staticACLWord, staticACL)

	static = &Command{
		Name: "static", Help: "Configure one-to-one address translation rule", Mode: Configure, Adds: true, Span: upTo82,
		Syntax: g.Seq(g.Word("static", "Configure one-to-one address translation rule"), ofInterface(staticPair),
			g.Alt(
				g.In(since60, staticTCP, staticPorts(6)),
				g.In(since60, staticUDP, staticPorts(17)),
				g.Seq(staticTarget, g.Alt(staticACLTarget, staticReal)),
			),
			g.In(since62, g.Opt(staticDNS)), staticNetmask, g.In(since62, g.Opt(staticDNS)), staticLimits.syntax()),
		Set: setStatic,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			s, err := staticOf(e, m)
			if err != nil {
				return err
			}
			return found(e.RemoveStatic(s), "static")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearStatics(); return nil },
		Lines: staticLines, Section: release.SectionStatic,
		Usage: []string{
			"[no] static [(internal_if_name, external_if_name)]",
			"        {<global_ip>|interface} <local_ip> [dns] [netmask <mask>]",
			"        [<max_conns> [<emb_limit> [<norandomseq>]]]",
			"[no] static [(internal_if_name, external_if_name)] {tcp|udp}",
			"        {<global_ip>|interface} <global_port> <local_ip> <local_port>",
			"        [dns] [netmask <mask>]",
			"        [<max_conns> [<emb_limit> [<norandomseq>]]]",
			"[no] static [(internal_if_name, external_if_name)] [tcp|udp]",
			"        {<global_ip>|interface} [<global_port>] {access-list <acl_name>}",
			"        [dns] [<max_conns> [<emb_limit> [<norandomseq>]]]",
		},
	}
)

// staticPort is a port that a connection can have: 0 is none.
func staticPort(name, over string) *g.Param[uint16] {
	t := g.Port(over)
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (uint16, error) {
		p, err := parse(e, w)
		if err == nil && p == 0 {
			err = errKey
		}
		return p, err
	}
	return &g.Param[uint16]{Name: name, Help: "port number or name", Type: t}
}

// staticPorts is what follows tcp or udp.
func staticPorts(proto uint8) g.Syntax {
	return g.Seq(staticTarget, staticMapPort[proto], g.Alt(staticACLTarget, g.Seq(staticReal, staticRealPort[proto])))
}

func staticOf(e *config.Edit, m *g.Match) (config.Static, error) {
	s := config.Static{
		RealIf: e.View().Inside(), MappedIf: e.View().Outside(), Mapped: staticMapped.Get(m), Real: staticReal.Get(m),
		MappedInterface: staticIface.Seen(m), ACL: staticACL.Get(m), DNS: staticDNS.Seen(m), Limits: staticLimits.get(m),
	}
	if p, ok := staticPair.Lookup(m); ok {
		s.RealIf, s.MappedIf = p[0], p[1]
	}
	switch {
	case staticTCP.Seen(m):
		s.Proto = 6
	case staticUDP.Seen(m):
		s.Proto = 17
	}
	if s.Proto != 0 {
		s.MappedPort, s.RealPort = staticMapPort[s.Proto].Get(m), staticRealPort[s.Proto].Get(m)
	}
	return s, staticMaskOf(e, &s, m)
}

// staticMaskOf sets the netmask: as typed, else of one host for a port or the interface's address, else what the
// address itself says. The bits of the host must not be set under a wider mask.
func staticMaskOf(e *config.Edit, s *config.Static, m *g.Match) error {
	typed := staticMask.Get(m)
	switch {
	case s.ACL != "" && !typed.IsValid():
		return nil
	case typed.IsValid():
		s.Mask = typed
	case s.MappedInterface || s.Proto != 0 || !e.Release().Config.StaticMasks:
		s.Mask = config.MaskOf(32)
	default:
		s.Mask = maskOr(m, staticMask, s.Mapped)
	}
	for _, a := range []netip.Addr{s.Mapped, s.Real} {
		n := config.Net{Addr: a, Mask: s.Mask}
		if !a.IsValid() {
			continue
		}
		if _, ok := n.Prefix(); !ok || n.Masked() != n {
			return Errorf(release.ConfBadMask, a, s.Mask)
		}
	}
	return nil
}

func setStatic(c *Ctx, e *config.Edit, m *g.Match) error {
	s, err := staticOf(e, m)
	if err != nil {
		return err
	}
	return addStatic(c, e, s)
}

func addStatic(c *Ctx, e *config.Edit, s config.Static) error {
	if s.RealIf == s.MappedIf && !c.Release.NAT.SameInterface {
		return ErrUsage
	}
	if s.ACL != "" {
		if _, ok := e.View().ACL(s.ACL); !ok {
			return Errorf(release.ConfNoACL, s.ACL)
		}
	}
	if old, ok := e.View().Overlap(s); ok {
		if old.Mapped == s.Mapped && old.Mask == s.Mask && old.Proto == s.Proto {
			return Errorf(release.ConfStaticExists, s.Mapped)
		}
		c.Note(release.ConfOverlap, s.Mapped)
	}
	for _, h := range e.View().Mailhosts {
		if h.Mapped == s.Mapped && h.MappedIf == s.MappedIf {
			return Errorf(release.ConfStaticExists, s.Mapped)
		}
	}
	noteInPool(c, e, s)
	e.SetStatic(s)
	return nil
}

// noteInPool warns of a static whose address a global pool gives out as well.
func noteInPool(c *Ctx, e *config.Edit, s config.Static) {
	if s.Mapped.IsValid() && s.Proto == 0 && e.View().Pooled(config.Global{If: s.MappedIf, First: s.Mapped, Last: s.Mapped}) {
		c.Note(release.ConfStaticGlobal, s.Mapped)
	}
}

func staticLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for _, s := range c.Statics.All() {
			if !yield(Line{Section: release.SectionStatic, Text: staticText(p, s)}) {
				return
			}
		}
	}
}

func staticText(p printer, s *config.Static) string {
	text := "static " + p.paren(s.RealIf, s.MappedIf)
	if s.Proto != 0 {
		text += protoWord(s.Proto) + " "
	}
	if s.MappedInterface {
		text += "interface"
	} else {
		text += p.addr(s.Mapped)
	}
	if s.Proto != 0 {
		text += " " + p.port(s.Proto, s.MappedPort)
	}
	if s.ACL != "" {
		text += " access-list " + s.ACL
	} else {
		text += " " + p.addr(s.Real)
		if s.Proto != 0 {
			text += " " + p.port(s.Proto, s.RealPort)
		}
	}
	if s.DNS && !p.rel.Config.DNSBehindMask {
		text += " dns"
	}
	if s.Mask.IsValid() && p.rel.Config.StaticMasks {
		text += " netmask " + s.Mask.String()
	}
	if s.DNS && p.rel.Config.DNSBehindMask {
		text += " dns"
	}
	return p.tail(release.SectionStatic, text+limitsText(p.rel, s.Limits))
}
