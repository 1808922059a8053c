package command

import (
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// endpoint is one side of a rule in an access-list or conduit: any, host A, A M or interface IF, and behind it a
// comparison of the port, whose names depend on the protocol.
type endpoint struct {
	any, host, iface      *g.Keyword
	addr, mask            *g.Param[netip.Addr]
	hostAddr              *g.Param[netip.Addr]
	ifname                *g.Param[string]
	eq, neq, lt, gt, span *g.Keyword
	port, hi              map[uint8]*g.Param[uint16]
}

func newEndpoint(name, what string) *endpoint {
	side, _, _ := strings.Cut(what, " ")
	e := &endpoint{ // the help of the first three is seen on 8.4
		any:      g.Word("any", "Abbreviation for "+what+" and mask of 0.0.0.0 0.0.0.0"),
		host:     g.Word("host", "Use this keyword to configure "+side+" host"),
		iface:    g.Word("interface", "The address of an interface"),
		addr:     &g.Param[netip.Addr]{Name: name + "_ip", Help: capital(side) + " IP address", Type: g.Addr()},
		mask:     &g.Param[netip.Addr]{Name: name + "_mask", Help: "netmask of the " + what, Type: g.Mask()},
		hostAddr: &g.Param[netip.Addr]{Name: name + "_ip", Help: what, Type: g.Addr()},
		ifname:   &g.Param[string]{Name: "if_name", Help: "name of an interface", Type: g.IfName()},
		eq:       g.Word("eq", "Port equal to operator"),
		neq:      g.Word("neq", "Port not equal to operator"),
		lt:       g.Word("lt", "Port less than operator"),
		gt:       g.Word("gt", "Port greater than operator"),
		span:     g.Word("range", "Port range operator"),
		port:     map[uint8]*g.Param[uint16]{}, hi: map[uint8]*g.Param[uint16]{},
	}
	for proto, over := range map[uint8]string{6: "tcp", 17: "udp"} {
		e.port[proto] = &g.Param[uint16]{Name: "port", Help: "port number or name", Type: g.Port(over)}
		e.hi[proto] = &g.Param[uint16]{Name: "port", Help: "last port of the range", Type: g.Port(over)}
	}
	return e
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// net is the syntax of the address, withIf of the address with the interface form.
func (e *endpoint) net() g.Syntax {
	return g.Alt(e.any, g.Seq(e.host, e.hostAddr), g.Seq(e.addr, e.mask))
}

func (e *endpoint) withIf() g.Syntax {
	return g.Alt(e.any, g.Seq(e.host, e.hostAddr), g.In(since63, e.iface, e.ifname), g.Seq(e.addr, e.mask))
}

// ports is the syntax of the comparison for tcp (6) or udp (17).
func (e *endpoint) ports(proto uint8) g.Syntax {
	return g.Opt(g.Alt(
		g.Seq(g.Alt(e.eq, e.neq, e.lt, e.gt), e.port[proto]),
		g.Seq(e.span, e.port[proto], e.hi[proto]),
	))
}

// get is what was typed; false when it means nothing (a range that runs backwards).
func (e *endpoint) get(m *g.Match, proto uint8) (config.ACEEnd, bool) {
	end := config.ACEEnd{If: e.ifname.Get(m)}
	switch {
	case e.any.Seen(m):
		end.Net = config.AnyNet
	case e.host.Seen(m):
		end.Net = config.Host(e.hostAddr.Get(m))
	case !e.iface.Seen(m):
		end.Net = config.Net{Addr: e.addr.Get(m), Mask: e.mask.Get(m)}.Masked()
	}
	op := config.PortAny
	switch {
	case e.eq.Seen(m):
		op = config.PortEq
	case e.neq.Seen(m):
		op = config.PortNeq
	case e.lt.Seen(m):
		op = config.PortLt
	case e.gt.Seen(m):
		op = config.PortGt
	case e.span.Seen(m):
		op = config.PortRange
	default:
		return end, true
	}
	end.Port = config.PortMatch{Op: op, Lo: e.port[proto].Get(m)}
	if op == config.PortRange {
		end.Port.Hi = e.hi[proto].Get(m)
	}
	return end, op != config.PortRange || end.Port.Lo <= end.Port.Hi
}

// rule is the part of an access-list line behind permit or deny, and of a conduit: protocol, two ends, ICMP type.
type rule struct {
	permit, deny   *g.Keyword
	tcp, udp, icmp *g.Keyword
	proto          *g.Param[uint8]
	first, second  *endpoint
	icmpType       *g.Param[int]
	icmpCode       *g.Param[int]
}

func newRule(first, second *endpoint) *rule {
	return &rule{
		permit: g.Word("permit", "Permit packets that match"), deny: g.Word("deny", "Deny packets that match"),
		tcp: g.Word("tcp", "Transmission Control Protocol"), udp: g.Word("udp", "User Datagram Protocol"),
		icmp:  g.Word("icmp", "Internet Control Message Protocol"),
		proto: &g.Param[uint8]{Name: "protocol", Help: "protocol number or name", Type: otherProto()},
		first: first, second: second,
		icmpType: &g.Param[int]{Name: "icmp_type", Help: "ICMP message type", Type: g.ICMPType()},
		icmpCode: &g.Param[int]{Name: "icmp_code", Help: "ICMP message code", Type: g.Int(0, 255)},
	}
}

// otherProto is a protocol without ports and ICMP types: 6, 17 and 1 are their keywords' own.
func otherProto() g.Type[uint8] {
	t := g.Proto()
	parse, words, sample := t.Parse, t.Words, t.Sample
	t.Parse = func(e g.Env, w string) (uint8, error) { return parse(e, w) }
	t.Words = func(e g.Env) []string {
		var out []string
		for _, w := range words(e) {
			if w != "tcp" && w != "udp" && w != "icmp" {
				out = append(out, w)
			}
		}
		return out
	}
	t.Sample = sample
	return t
}

// syntax is the rule with end as the syntax of an end's address.
func (r *rule) syntax(end func(*endpoint) g.Syntax) g.Syntax {
	a, b := end(r.first), end(r.second)
	return g.Seq(g.Alt(r.permit, r.deny), g.Alt(
		g.Seq(r.tcp, a, r.first.ports(6), b, r.second.ports(6)),
		g.Seq(r.udp, a, r.first.ports(17), b, r.second.ports(17)),
		g.Seq(r.icmp, a, b, g.Opt(r.icmpType, g.In(inASA, g.Opt(r.icmpCode)))),
		g.Seq(r.proto, a, b),
	))
}

// number is the protocol that was typed.
func (r *rule) number(m *g.Match) uint8 {
	switch {
	case r.tcp.Seen(m):
		return 6
	case r.udp.Seen(m):
		return 17
	case r.icmp.Seen(m):
		return 1
	}
	return r.proto.Get(m)
}

// ace is the entry that was typed.
func (r *rule) ace(m *g.Match) (config.ACE, error) {
	a := config.ACE{Permit: r.permit.Seen(m), Proto: r.number(m), ICMPType: -1, ICMPCode: -1}
	var ok, ok2 bool
	a.Src, ok = r.first.get(m, a.Proto)
	a.Dst, ok2 = r.second.get(m, a.Proto)
	if !ok || !ok2 {
		return a, Errorf(release.ConfBadRange)
	}
	if t, typed := r.icmpType.Lookup(m); typed {
		a.ICMPType = int16(t)
	}
	if t, typed := r.icmpCode.Lookup(m); typed {
		a.ICMPCode = int16(t)
	}
	return a, nil
}
