package command

import (
	"fmt"
	"iter"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

const helpEstablished = "Allow inbound connections based on established connections"

// portClause is permitto or permitfrom with a protocol and ports.
type portClause struct {
	word  *g.Keyword
	proto *g.Param[string]
	ports *g.Param[[2]uint16]
}

func newPortClause(word, help string) portClause {
	return portClause{
		word:  g.Word(word, help),
		proto: &g.Param[string]{Name: "protocol", Help: "tcp or udp", Type: g.Enum("tcp", "udp")},
		ports: &g.Param[[2]uint16]{Name: "port[-port]", Help: "ports, 0 for all", Type: portSpan()},
	}
}

func (c portClause) syntax() g.Syntax { return g.Opt(c.word, c.proto, c.ports) }

func (c portClause) get(m *g.Match) config.PortClause {
	if !c.word.Seen(m) {
		return config.PortClause{}
	}
	ports := c.ports.Get(m)
	return config.PortClause{Proto: transport(c.proto.Get(m)), Lo: ports[0], Hi: ports[1]}
}

// transport is the number of tcp or udp.
func transport(word string) uint8 {
	if word == "udp" {
		return protoUDP
	}
	return protoTCP
}

var (
	establishedProto = &g.Param[string]{Name: "est_protocol", Help: "protocol of the connection that there must be", Type: g.Enum("tcp", "udp")}
	establishedDst   = &g.Param[uint16]{Name: "dest_port", Help: "its destination port, 0 for any", Type: g.Port("tcp")}
	establishedSrc   = &g.Param[uint16]{Name: "source_port", Help: "its source port, 0 for any", Type: g.Port("tcp")}
	establishedTo    = newPortClause("permitto", "Destination of the connection back")
	establishedFrom  = newPortClause("permitfrom", "Source of the connection back")

	established = &Command{
		Name: "established", Help: helpEstablished, Mode: Configure, Adds: true,
		Syntax: g.Seq(g.Word("established", helpEstablished), establishedProto, establishedDst, g.Opt(establishedSrc),
			g.In(since42, establishedTo.syntax(), establishedFrom.syntax())),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			if !e.AddEstablished(establishedOf(m)) {
				return Errorf(release.ConfExists, "established")
			}
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveEstablished(establishedOf(m)), "established")
		},
		Clear: func(_ *Ctx, e *config.Edit, _ *g.Match) error { e.ClearEstablished(); return nil },
		Lines: each(release.SectionEstablished, func(c *config.Config) iter.Seq[config.Established] { return slices.Values(c.Established) }, establishedText),
		Usage: []string{"[no] established <est_protocol> <dest_port> [<source_port>] [permitto <protocol> <port>[-<port>]]", "        [permitfrom <protocol> <port>[-<port>]]"},
	}
)

func establishedOf(m *g.Match) config.Established {
	return config.Established{
		Proto: transport(establishedProto.Get(m)), Dst: establishedDst.Get(m), Src: establishedSrc.Get(m),
		To: establishedTo.get(m), From: establishedFrom.get(m),
	}
}

// establishedText: unverified: that both ports of the first connection are always printed.
func establishedText(_ printer, v config.Established) string {
	text := fmt.Sprintf("established %s %d %d", g.ProtoName(nil, v.Proto), v.Dst, v.Src)
	for _, c := range []struct {
		word string
		config.PortClause
	}{{"permitto", v.To}, {"permitfrom", v.From}} {
		if c.Proto != 0 {
			text += fmt.Sprintf(" %s %s %s", c.word, g.ProtoName(nil, c.Proto), spanText(c.Lo, c.Hi))
		}
	}
	return text
}
