package command

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// portSpan is a port or a range of ports without blanks, 0 for all of them.
func portSpan() g.Type[[2]uint16] {
	some := g.PortRange("tcp")
	return g.Type[[2]uint16]{
		Label: "<0-65535>[-<0-65535>]",
		Parse: func(e g.Env, w string) ([2]uint16, error) {
			if w == "0" {
				return [2]uint16{}, nil
			}
			return some.Parse(e, w)
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			if r.IntN(4) == 0 {
				return "0"
			}
			return some.Sample(e, r)
		},
	}
}

// spanText is ports as these commands print them, always by number.
func spanText(lo, hi uint16) string {
	if lo == hi {
		return strconv.Itoa(int(lo))
	}
	return fmt.Sprintf("%d-%d", lo, hi)
}

const (
	helpOutbound = "Create an outbound access list"
	helpApply    = "Apply outbound lists to source or destination IP addresses"
)

var (
	outboundWord  = g.Word("outbound", helpOutbound)
	outboundList  = &g.Param[int]{Name: "list_ID", Help: "number of the list", Type: g.Int(1, 1599)}
	outboundKind  = &g.Param[string]{Name: "action", Type: g.EnumHelp("permit", "Permit connections", "deny", "Deny connections", "except", "Exception to the list's other lines")}
	outboundAddr  = &g.Param[netip.Addr]{Name: "ip_address", Help: "address that the list's apply line looks at", Type: g.Addr()}
	outboundMask  = &g.Param[netip.Addr]{Name: "netmask", Help: "netmask of the address", Type: g.Mask()}
	outboundJava  = g.Word("java", "Java applets")
	outboundPorts = &g.Param[[2]uint16]{Name: "port[-port]", Help: "destination ports, 0 for all", Type: portSpan()}
	outboundProto = &g.Param[string]{Name: "protocol", Help: "tcp, udp, icmp or ip", Type: g.Enum("tcp", "udp", "icmp", "ip")}
	outboundLine  = g.Seq(outboundList, outboundKind, outboundAddr,
		g.Opt(outboundMask, g.Opt(g.Alt(outboundJava, outboundPorts))), g.Opt(outboundProto))

	outbound = &Command{
		Name: "outbound", Help: helpOutbound, Mode: Configure, Adds: true, Span: inPIX,
		Syntax:   g.Seq(outboundWord, outboundLine),
		NoSyntax: g.Seq(outboundWord, g.Opt(outboundLine)),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			o := outboundOf(m)
			if !e.AddOutbound(o) {
				return Errorf(release.ConfExists, "outbound")
			}
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			if _, one := outboundList.Lookup(m); !one {
				return found(e.ClearOutbounds(), "outbound")
			}
			return found(e.RemoveOutbound(outboundOf(m)), "outbound")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			e.ClearOutbounds()
			return nil
		},
		Section: release.SectionOutbound,
		Lines:   each(release.SectionOutbound, func(c *config.Config) iter.Seq[config.Outbound] { return c.Outbounds.Values() }, outboundText),
		Usage: []string{
			"[no] outbound <list_ID> permit|deny <ip_address> [<netmask> [java|<port>[-<port>]]] [<protocol>]",
			"[no] outbound <list_ID> except <ip_address> [<netmask> [java|<port>[-<port>]]] [<protocol>]",
		},
	}
)

var outboundKinds = []string{config.OutboundPermit: "permit", config.OutboundDeny: "deny", config.OutboundExcept: "except"}

// outboundOf reads a line. unverified: that a missing protocol is ip, and that java goes with tcp.
func outboundOf(m *g.Match) config.Outbound {
	ports, a := outboundPorts.Get(m), outboundAddr.Get(m)
	o := config.Outbound{
		List: outboundList.Get(m), Net: config.Net{Addr: a, Mask: maskOr(m, outboundMask, a)}.Masked(),
		Lo: ports[0], Hi: ports[1], Java: outboundJava.Seen(m),
	}
	for kind, word := range outboundKinds {
		if word == outboundKind.Get(m) {
			o.Kind = config.OutboundKind(kind)
		}
	}
	switch outboundProto.Get(m) {
	case "tcp":
		o.Proto = protoTCP
	case "udp":
		o.Proto = protoUDP
	case "icmp":
		o.Proto = protoICMP
	}
	return o
}

func outboundText(p printer, o config.Outbound) string {
	ports := spanText(o.Lo, o.Hi)
	if o.Java {
		ports = "java"
	}
	return fmt.Sprintf("outbound %3d %s %s %s %s", o.List, outboundKinds[o.Kind], p.net(o.Net), ports, g.ProtoName(p.rel, o.Proto))
}

var (
	applyWord = g.Word("apply", helpApply)
	applyIf   = &g.Param[string]{Name: "(if_name)", Help: "interface that the connections come from", Type: g.IfParen()}
	applyList = &g.Param[int]{Name: "list_ID", Help: "number of the outbound list", Type: g.Int(1, 1599)}
	applySrc  = g.Word("outgoing_src", "The list's addresses are sources")
	applyDest = g.Word("outgoing_dest", "The list's addresses are destinations")
	applyLine = g.Seq(g.In(since41, g.Opt(applyIf)), applyList, g.Alt(applySrc, applyDest))

	apply = &Command{
		Name: "apply", Help: helpApply, Mode: Configure, Adds: true, Span: inPIX,
		Syntax:   g.Seq(applyWord, applyLine),
		NoSyntax: g.Seq(applyWord, g.Opt(applyLine)),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			if !e.AddApply(applyOf(e, m)) {
				return Errorf(release.ConfExists, "apply")
			}
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			if _, one := applyList.Lookup(m); !one {
				return found(e.RemoveApply(func(config.Apply) bool { return true }), "apply")
			}
			a := applyOf(e, m)
			return found(e.RemoveApply(func(v config.Apply) bool { return v == a }), "apply")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error {
			e.RemoveApply(func(config.Apply) bool { return true })
			return nil
		},
		Lines: each(release.SectionApply, func(c *config.Config) iter.Seq[config.Apply] { return slices.Values(c.Applies) }, applyText),
		Usage: []string{"[no] apply [(<if_name>)] <list_ID> outgoing_src|outgoing_dest"},
	}
)

func applyOf(e *config.Edit, m *g.Match) config.Apply {
	return config.Apply{If: orElse(applyIf.Get(m), e.View().Inside()), List: applyList.Get(m), Dest: applyDest.Seen(m)}
}

func applyText(p printer, a config.Apply) string {
	side := "outgoing_src"
	if a.Dest {
		side = "outgoing_dest"
	}
	return fmt.Sprintf("apply %s%d %s", p.paren(a.If), a.List, side)
}

var (
	applyShownIf = &g.Param[string]{Name: "(if_name)", Help: "interface", Type: g.IfParen()}
	applyShown   = &g.Param[int]{Name: "list_ID", Help: "number of the outbound list", Type: g.Int(1, 1599)}
	applyShownTo = &g.Param[string]{Name: "side", Help: "outgoing_src or outgoing_dest", Type: g.Enum("outgoing_src", "outgoing_dest")}

	showApply = &Command{
		Name: "show apply", Help: "Show apply statements", Mode: Privileged, Span: inPIX,
		Syntax: show(g.Word("apply", "Show apply statements"), g.In(since41, g.Opt(applyShownIf)), g.Opt(applyShown, g.Opt(applyShownTo))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			wanted := func(line string) bool {
				words := strings.Fields(line)
				if name, typed := applyShownIf.Lookup(m); typed && words[1] != "("+name+")" {
					return false
				}
				if n, typed := applyShown.Lookup(m); typed && words[len(words)-2] != strconv.Itoa(n) {
					return false
				}
				side, typed := applyShownTo.Lookup(m)
				return !typed || words[len(words)-1] == side
			}
			for line := range block(s.Running(View{Release: s.Release(), Names: true}), "apply") {
				if wanted(line) {
					if err := emit(s, line+"\n"); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
)
