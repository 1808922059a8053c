package command

import (
	"fmt"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// serviceWords is a protocol with its ports, or a type of ICMP: the value of an object service, and a service-object.
type serviceWords struct {
	tcp, udp, icmp *g.Keyword
	both           *g.Keyword // tcp-udp, of a service-object alone
	proto          *g.Param[uint8]
	from, to       *g.Keyword
	src, dst       *endpoint
	icmpType       *g.Param[int]
	icmpCode       *g.Param[int]
	icmp6          *g.Keyword
	icmp6Type      *g.Param[int]
}

func newServiceWords() *serviceWords {
	return &serviceWords{
		tcp: numbered("tcp", "6", "TCP"), udp: numbered("udp", "17", "UDP"), icmp: numbered("icmp", "1", "ICMP"),
		both:  g.Word("tcp-udp", "Both TCP & UDP"),
		proto: &g.Param[uint8]{Name: "protocol", Help: "Enter protocol number (0 - 255)", Type: otherProto()},
		from:  g.Word("source", "Keyword to specify source"), to: g.Word("destination", "Keyword to specify destination"),
		src: newEndpoint("src", "source address"), dst: newEndpoint("dest", "destination address"),
		icmpType:  &g.Param[int]{Name: "icmp_type", Help: "ICMP message type", Type: g.ICMPType()},
		icmpCode:  &g.Param[int]{Name: "icmp_code", Help: "ICMP message code", Type: g.Int(0, 255)},
		icmp6:     numbered("icmp6", "58", "ICMP for IPv6"),
		icmp6Type: &g.Param[int]{Name: "icmp6_type", Help: "ICMPv6 message type", Type: g.ICMP6Type()},
	}
}

var objectServices = newServiceWords()

func (s *serviceWords) syntax() g.Syntax {
	return g.Alt(g.Seq(s.tcp, s.ports(protoTCP)), g.Seq(s.udp, s.ports(protoUDP)), g.Seq(s.icmp, g.Opt(s.icmpType, g.In(since90, g.Opt(s.icmpCode)))),
		g.In(since90, s.icmp6, s.icmp6Type, g.Opt(s.icmpCode)), s.proto)
}

// members is the syntax of what a group holds: TCP and UDP may stand in one line (8.0 and later command reference).
func (s *serviceWords) members() g.Syntax {
	return g.Alt(g.Seq(s.both, s.ports(anyPorted)), s.syntax())
}

func (s *serviceWords) ports(proto uint8) g.Syntax {
	return g.Seq(g.Opt(s.from, s.src.compared(proto)), g.Opt(g.Opt(s.to), s.dst.compared(proto)))
}

func (s *serviceWords) member(m *g.Match) (config.Member, error) {
	v := config.Member{Service: true, Proto: s.proto.Get(m), Type: -1}
	switch {
	case s.tcp.Seen(m):
		v.Proto = protoTCP
	case s.udp.Seen(m):
		v.Proto = protoUDP
	case s.icmp.Seen(m):
		v.Proto = protoICMP
		if t, ok := s.icmpType.Lookup(m); ok {
			v.Type = int16(t)
		}
		return s.coded(v, m), nil
	case s.icmp6.Seen(m):
		v.Proto, v.Type = protoICMP6, int16(s.icmp6Type.Get(m))
		return s.coded(v, m), nil
	}
	if v.Both = s.both.Seen(m); v.Both {
		v.Proto = anyPorted
	} else if v.Proto != protoTCP && v.Proto != protoUDP {
		return v, nil
	}
	var ok, ok2 bool
	v.Src, ok = s.src.match(m, v.Proto)
	v.Port, ok2 = s.dst.match(m, v.Proto)
	if !ok || !ok2 {
		return v, Errorf(release.ConfBadRange)
	}
	return v, nil
}

// protoICMP6 is ICMP for IPv6.
const protoICMP6 = 58

// coded is a type of ICMP with the code that was typed.
func (s *serviceWords) coded(v config.Member, m *g.Match) config.Member {
	if code, ok := s.icmpCode.Lookup(m); ok {
		v.Coded, v.Code = true, uint8(code)
	}
	return v
}

// serviceText is what is typed of a service; to says that destination stands before the ports of one.
func serviceText(p printer, m *config.Member, to bool) string {
	text := g.ProtoName(p.rel, m.Proto)
	if m.Both {
		text = "tcp-udp"
	}
	if m.Src.Op != config.PortAny {
		text += " source" + p.ports(m.Proto, m.Src)
	}
	if m.Port.Op != config.PortAny {
		if to {
			text += " destination"
		}
		text += p.ports(m.Proto, m.Port)
	}
	if m.Proto == protoICMP && m.Type >= 0 {
		text += " " + g.ICMPTypeName(p.rel, int(m.Type))
	} else if m.Proto == protoICMP6 && m.Type >= 0 {
		text += " " + g.ICMP6TypeName(p.rel, int(m.Type))
	}
	if m.Coded {
		text += fmt.Sprintf(" %d", m.Code)
	}
	return strings.TrimRight(text, " ")
}
