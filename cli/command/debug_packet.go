package command

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/packet"
)

// PacketFilter is what debug packet asks for. Addresses and ports are those of the packet as it is on the wire.
type PacketFilter struct {
	Interface        string
	Src, Dst         netip.Addr // invalid: any
	SrcMask, DstMask netip.Addr
	Proto            uint8 // 0: any
	SrcPort, DstPort int   // -1: any
	Way              dataplane.Way
	Text             string // the command, for show debug
}

// debug packet: the grammar is that of the command reference of 6.1. unverified: that it begins with 5.0.
var (
	debugPacketIf   = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.IfName()}
	debugPacketSrc  = newDebugEnd("src", "sport")
	debugPacketDst  = newDebugEnd("dst", "dport")
	debugPacketICMP = g.Word("icmp", "ICMP packets")
	debugPacketTCP  = g.Word("tcp", "TCP packets")
	debugPacketUDP  = g.Word("udp", "UDP packets")
	debugPacketRx   = g.Word("rx", "Packets that come in")
	debugPacketTx   = g.Word("tx", "Packets that go out")

	debugPacketWords = g.Seq(g.Word("packet", "Show the packets of an interface"), debugPacketIf,
		debugPacketSrc.syntax(), debugPacketDst.syntax(),
		g.Opt(g.Word("proto", "Packets of a protocol"), g.Alt(debugPacketICMP, g.Seq(debugPacketTCP, debugPorts()), g.Seq(debugPacketUDP, debugPorts()))),
		g.Opt(g.Alt(debugPacketRx, debugPacketTx, g.Word("both", "Both directions"))))
	debugPacketUsage = []string{
		"[no] debug packet <if_name> [src <source_ip> [netmask <mask>]]",
		"        [dst <dest_ip> [netmask <mask>]]",
		"        [proto icmp|tcp|udp [sport <src_port>]",
		"        [dport <dest_port>]] [rx|tx|both]",
	}

	debugPacket = &Command{
		Name: "debug packet", Help: helpDebug, Mode: Privileged, Span: from50, Usage: debugPacketUsage,
		Syntax: g.Seq(g.Word("debug", helpDebug), debugPacketWords),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			s.Box().DebugPacket(s, packetFilterOf(m))
			return nil
		},
	}
	noDebugPacket = &Command{
		Name: "no debug packet", Help: helpDebug, Mode: Privileged, Span: from50, Usage: debugPacketUsage,
		Syntax: negated(g.Word("debug", helpDebug), debugPacketWords),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			s.Box().DebugPacket(s, nil)
			return nil
		},
	}
)

// debugEnd are the words of one side: the address before the protocol, the port behind it.
type debugEnd struct {
	word     *g.Keyword
	addr     *g.Param[netip.Addr]
	mask     *g.Param[netip.Addr]
	portWord *g.Keyword
	port     *g.Param[uint16]
}

func newDebugEnd(word, port string) *debugEnd {
	return &debugEnd{
		g.Word(word, "Packets with this address"), &g.Param[netip.Addr]{Name: word + "_ip", Help: "address", Type: g.Addr()},
		&g.Param[netip.Addr]{Name: "mask", Help: "netmask", Type: g.Mask()},
		g.Word(port, "Packets with this port"), &g.Param[uint16]{Name: "port", Help: "port number or name", Type: g.Port("")},
	}
}

func (d *debugEnd) syntax() g.Syntax {
	return g.Opt(d.word, d.addr, g.Opt(g.Word("netmask", "Netmask of the address"), d.mask))
}

func debugPorts() g.Syntax {
	return g.Seq(g.Opt(debugPacketSrc.portWord, debugPacketSrc.port), g.Opt(debugPacketDst.portWord, debugPacketDst.port))
}

func (d *debugEnd) get(m *g.Match) (addr, mask netip.Addr, port int) {
	addr, mask, port = d.addr.Get(m), d.mask.Get(m), -1
	if !mask.IsValid() {
		mask = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	if p, ok := d.port.Lookup(m); ok {
		port = int(p)
	}
	return addr, mask, port
}

func packetFilterOf(m *g.Match) *PacketFilter {
	f := &PacketFilter{Interface: debugPacketIf.Get(m), Text: strings.TrimSpace(m.Line)}
	f.Src, f.SrcMask, f.SrcPort = debugPacketSrc.get(m)
	f.Dst, f.DstMask, f.DstPort = debugPacketDst.get(m)
	switch {
	case debugPacketICMP.Seen(m):
		f.Proto = protoICMP
	case debugPacketTCP.Seen(m):
		f.Proto = protoTCP
	case debugPacketUDP.Seen(m):
		f.Proto = protoUDP
	}
	switch {
	case debugPacketRx.Seen(m):
		f.Way = dataplane.Received
	case debugPacketTx.Seen(m):
		f.Way = dataplane.Sent
	}
	return f
}

// PacketText is an Ethernet frame with an IPv4 packet as debug packet shows it; "" for anything else. It trusts no length in
// the frame.
func PacketText(rel *release.Release, frame []byte) string {
	if len(frame) < packet.EthernetLen || packet.Ethernet(frame).Type() != packet.TypeIPv4 {
		return ""
	}
	b := packet.Ethernet(frame).Payload()
	if !wholeHeader(b) {
		return ""
	}
	ip := packet.IPv4(b)
	if total := ip.TotalLen(); total >= ip.HeaderLen() && total < len(b) { // the rest is padding
		ip = ip[:total]
	}
	text := rel.Say(release.DebugPacketIP, packet.Addr(ip.Src()), packet.Addr(ip.Dst()), ip[0]>>4, ip[0]&15, ip.TOS(), ip.TotalLen(),
		ip.ID(), ip[6]>>5, ip.FragOffset(), ip.TTL(), ip.Proto(), ip.Checksum())
	data := ip.HeaderLen()
	if ip.FragOffset() == 0 {
		part, n := transportText(rel, ip.Proto(), ip.Payload())
		text, data = text+part, data+n
	}
	return text + dataText(rel, ip, data) + rel.Say(release.DebugPacketEnd)
}

// transportText is the header behind that of IP, and how long it is; "" and 0 where it is not whole.
func transportText(rel *release.Release, proto byte, b []byte) (string, int) {
	switch t, u, m := packet.TCP(b), packet.UDP(b), packet.ICMP(b); {
	case proto == protoTCP && len(t) >= packet.TCPLen && t.HeaderLen() >= packet.TCPLen && t.HeaderLen() <= len(t):
		flags := ""
		for i, name := range []string{"fin ", "syn ", "rst ", "psh ", "ack ", "urg "} {
			if t.Flags()&(1<<i) != 0 {
				flags += name
			}
		}
		return rel.Say(release.DebugPacketTCP, t.SrcPort(), t.DstPort(), flags, t.Seq(), t.Ack(), t[12]>>4, t.Window(), t.Checksum(),
			t.Urgent()), t.HeaderLen()
	case proto == protoUDP && len(u) >= packet.UDPLen:
		return rel.Say(release.DebugPacketUDP, u.SrcPort(), u.DstPort(), u.Len(), u.Checksum()), packet.UDPLen
	case proto == protoICMP && len(m) >= packet.ICMPLen:
		return rel.Say(release.DebugPacketICMP, m.Type(), m.Code(), m.Checksum(), m.ID(), m.Seq()), packet.ICMPLen
	}
	return "", 0
}

// dataText is what follows the headers, 16 octets a row that are counted from the beginning of the packet.
func dataText(rel *release.Release, b []byte, from int) string {
	if from >= len(b) {
		return ""
	}
	var out strings.Builder
	out.WriteString(rel.Say(release.DebugPacketData))
	for ; from < len(b); from += 16 {
		row := b[from:min(from+16, len(b))]
		hex, plain := "", ""
		for _, c := range row {
			hex += fmt.Sprintf(" %02x", c)
			if c < ' ' || c > '~' {
				c = '.'
			}
			plain += string(rune(c))
		}
		out.WriteString(rel.Say(release.DebugPacketRow, from, fmt.Sprintf("%-48s", hex), plain))
	}
	return out.String()
}
