package command

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// conduit of 4.2 to 6.3: the server's global address first, then the foreign one, the reverse of an access-list.
var (
	conduitRule = newRule(newEndpoint("g", "global address"), newEndpoint("f", "foreign address"))

	conduit = &Command{
		Name: "conduit", Help: "Add conduit access to higher security level network or ICMP", Mode: Configure, Adds: true, Span: pixFrom(4, 2),
		Syntax: g.Seq(g.Word("conduit", "Add conduit access to higher security level network or ICMP"), conduitRule.syntax((*endpoint).withGroup)),
		Set:    setConduit(conduitOf), No: noConduit(conduitOf),
		Clear: clearConduits, Lines: conduitLines, Section: release.SectionConduit,
		Usage: []string{
			"[no] conduit permit|deny <protocol>|object-group <protocol_obj_grp_id>",
			"        <g_ip> <g_mask>|object-group <network_obj_grp_id>",
			"        [<operator> <port> [<port>]|object-group <service_obj_grp_id>]",
			"        <f_ip> <f_mask>|object-group <network_obj_grp_id>",
			"        [<operator> <port>[<port>]|object-group <service_obj_grp_id>]",
		},
	}
)

func conduitOf(e *config.Edit, m *g.Match) (config.Conduit, error) {
	a, err := conduitRule.ace(m)
	return config.Conduit{
		Permit: a.Permit, Proto: a.Proto, Global: a.Src.Net, GlobalPort: a.Src.Port,
		Foreign: a.Dst.Net, ForeignPort: a.Dst.Port, ICMPType: a.ICMPType, Groups: a.Groups,
	}, err
}

// conduit of 4.0 and 4.1: one server, one port, one foreign network; it only permits.
var (
	oldConduitPair = &g.Param[[2]string]{Name: "(internal_if,external_if)", Help: "interfaces", Type: g.IfPair()}
	oldConduitIP   = &g.Param[netip.Addr]{Name: "global_ip", Help: "global address", Type: g.Addr()}
	oldConduitPort = map[uint8]*g.Param[uint16]{6: staticPort("port", "tcp"), 17: staticPort("port", "udp")}
	oldConduitType = &g.Param[int]{Name: "icmp_type", Help: "ICMP message type", Type: g.ICMPType()}
	oldConduitAny  = &g.Param[int]{Name: "port", Help: "0", Type: g.Int(0, 0)}
	oldConduitFrom = &g.Param[netip.Addr]{Name: "foreign_ip", Help: "foreign address", Type: g.Addr()}
	oldConduitMask = &g.Param[netip.Addr]{Name: "foreign_mask", Help: "netmask of the foreign address", Type: g.Mask()}
	oldConduitRule = newRule(newEndpoint("g", ""), newEndpoint("f", "")) // its keywords of protocols

	oldConduit = &Command{
		Name: "conduit", Help: "Add conduit access to higher security level network or ICMP", Mode: Configure, Adds: true, Span: before42,
		Syntax: g.Seq(g.Word("conduit", "Add conduit access to higher security level network or ICMP"), g.In(since41, g.Opt(oldConduitPair)), oldConduitIP,
			g.Alt(
				g.Seq(oldConduitPort[6], oldConduitRule.tcp),
				g.Seq(oldConduitPort[17], oldConduitRule.udp),
				g.Seq(oldConduitType, oldConduitRule.icmp),
				g.Seq(oldConduitAny, oldConduitRule.proto),
			), oldConduitFrom, g.Opt(oldConduitMask)),
		Set: setConduit(oldConduitOf), No: noConduit(oldConduitOf),
		Clear: clearConduits, Lines: conduitLines, Section: release.SectionConduit,
		Usage: []string{"conduit [(<internal_if>,<external_if>)] <global_ip> <port> <protocol>", "        <foreign_ip> [<foreign_mask>]"},
	}
)

func oldConduitOf(e *config.Edit, m *g.Match) (config.Conduit, error) {
	v := config.Conduit{
		Permit: true, Proto: oldConduitRule.number(m), Global: config.Host(oldConduitIP.Get(m)), ICMPType: -1,
		RealIf: e.View().Inside(), GlobIf: e.View().Outside(),
	}
	if p, ok := oldConduitPair.Lookup(m); ok {
		v.RealIf, v.GlobIf = p[0], p[1]
	}
	switch v.Proto {
	case 1:
		v.ICMPType = int16(oldConduitType.Get(m))
	case 6, 17:
		if n := oldConduitPort[v.Proto].Get(m); n != 0 {
			v.GlobalPort = config.PortMatch{Op: config.PortEq, Lo: n}
		}
	}
	a := oldConduitFrom.Get(m)
	v.Foreign = config.Net{Addr: a, Mask: maskOr(m, oldConduitMask, a)}.Masked()
	return v, nil
}

type conduitReader func(e *config.Edit, m *g.Match) (config.Conduit, error)

func setConduit(read conduitReader) func(c *Ctx, e *config.Edit, m *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		v, err := read(e, m)
		if err != nil {
			return err
		}
		a := v.ACE()
		if err := checkGroups(c.Release, e.View(), &a, "conduit"); err != nil {
			return err
		}
		if !e.AddConduit(v) {
			return Errorf(release.ConfExists, "conduit")
		}
		return nil
	}
}

func noConduit(read conduitReader) func(c *Ctx, e *config.Edit, m *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		v, err := read(e, m)
		if err != nil {
			return err
		}
		return found(e.RemoveConduit(v), "conduit")
	}
}

func clearConduits(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearConduits(); return nil }

func conduitLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for _, w := range c.Conduits.All() {
			if !yield(Line{Section: release.SectionConduit, Text: conduitText(p, w)}) {
				return
			}
		}
	}
}

func conduitText(p printer, v *config.Conduit) string {
	if p.rel.Config.OldConduits {
		return oldConduitText(p, v)
	}
	a := v.ACE()
	return "conduit " + permitWord(v.Permit) + p.rule(&a) + " "
}

func oldConduitText(p printer, v *config.Conduit) string {
	port := int(v.GlobalPort.Lo)
	if v.Proto == 1 {
		port = int(v.ICMPType)
	}
	return fmt.Sprintf("conduit %s%s %s %s %s", p.paren(v.RealIf, v.GlobIf), p.addr(v.Global.Addr), strconv.Itoa(port),
		g.ProtoName(p.rel, v.Proto), p.net(v.Foreign))
}

func permitWord(permit bool) string {
	if permit {
		return "permit"
	}
	return "deny"
}
