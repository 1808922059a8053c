package command

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
)

const helpCapture = "Capture inbound and outbound packets on one or more interfaces"

// Defaults of a capture: octets kept, and octets kept of a packet.
const (
	captureBuffer = 524288
	captureSnap   = 1518
)

var (
	captureName      = &g.Param[string]{Name: "capture_name", Help: "Name of the capture", Type: g.Ident(63)}
	captureACL       = &g.Param[string]{Name: "acl_id", Help: "Access list that selects packets", Type: g.Ident(241)}
	captureIf        = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	captureSize      = &g.Param[int]{Name: "bytes", Help: "Size of the buffer", Type: g.Int(1534, 33554432)}
	captureLength    = &g.Param[int]{Name: "bytes", Help: "Most octets to keep of a packet", Type: g.Int(64, 9216)}
	captureEtherType = &g.Param[int]{Name: "type", Help: "Ethernet type", Type: etherType()}
	captureCircular  = g.Word("circular-buffer", "Overwrite the buffer from the beginning when full")
	captureRule      = newRule(newEndpoint("source", "source address"), newEndpoint("dest", "destination address"))
	captureMatch     = g.Word("match", "Capture packets that match five values")

	captureCmd = &Command{
		Name: "capture", Help: helpCapture, Mode: Privileged, Span: since62,
		Syntax: g.Seq(g.Word("capture", helpCapture), captureName, g.Any(
			g.In(inASA, g.Word("type", "Capture packets of a type"), g.Word("raw-data", "Inbound and outbound packets")),
			g.Seq(g.Word("access-list", "Capture packets that match an access list"), captureACL),
			g.Seq(g.Word("buffer", "Size of the capture buffer"), captureSize),
			g.Seq(g.Word("ethernet-type", "Capture Ethernet packets of a type"), captureEtherType),
			g.Seq(g.Word("interface", "Capture packets on an interface"), captureIf),
			g.Seq(g.Word("packet-length", "Maximum length to save of a packet"), captureLength),
			captureCircular,
			g.In(inASA, captureMatch, matchSyntax()),
		)),
		Run:   runCapture,
		Usage: []string{"capture <capture_name> [access-list <acl_id>] [buffer <bytes>] [ethernet-type <type>] [interface <if_name>] [packet-length <bytes>] [circular-buffer]"},
	}
	stoppedName = &g.Param[string]{Name: "capture_name", Help: "Name of the capture", Type: g.Ident(63)}
	noCapture   = &Command{
		Name: "no capture", Help: helpCapture, Mode: Privileged, Span: since62,
		Syntax: negated(g.Word("capture", helpCapture), stoppedName),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			return missingCapture(s, s.Box().StopCapture(stoppedName.Get(m)), stoppedName.Get(m))
		},
	}
	clearedAll   = g.Word("/all", "Clear what all captures caught")
	clearedName  = &g.Param[string]{Name: "capture_name", Help: "Name of the capture", Type: g.Ident(63)}
	clearCapture = &Command{
		Name: "clear capture", Help: "Clear what a capture caught", Mode: Privileged, Span: since62,
		Syntax: clearing(g.Word("capture", "Clear what a capture caught"), g.Alt(
			g.In(inASA, clearedAll), clearedName)),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			if clearedAll.Seen(m) {
				for _, c := range s.Box().Captures() {
					s.Box().ClearCapture(c.Name)
				}
				return nil
			}
			return missingCapture(s, s.Box().ClearCapture(clearedName.Get(m)), clearedName.Get(m))
		},
	}
	shownCapture  = &g.Param[string]{Name: "capture_name", Help: "Name of the capture", Type: g.Ident(63)}
	captureDetail = g.Word("detail", "Show more of each packet")
	captureDump   = g.Word("dump", "Show the octets of each packet")
	showCapture   = &Command{
		Name: "show capture", Help: "Show captures", Mode: Privileged, Span: since62,
		Syntax: show(g.Word("capture", "Show captures"), g.Opt(shownCapture, g.Any(captureDetail, captureDump))),
		Run:    runShowCapture,
	}
)

// matchSyntax is the rule behind match: a protocol and two ends, without permit or deny.
func matchSyntax() g.Syntax {
	r := captureRule
	a, b := r.first.net(), r.second.net()
	return g.Alt(
		g.Seq(r.tcp, a, g.Opt(r.first.compared(protoTCP)), b, g.Opt(r.second.compared(protoTCP))),
		g.Seq(r.udp, a, g.Opt(r.first.compared(protoUDP)), b, g.Opt(r.second.compared(protoUDP))),
		g.Seq(r.icmp, a, b),
		g.Seq(r.proto, a, b),
	)
}

// etherTypes are the words that ethernet-type takes beside numbers.
var etherTypes = map[string]int{"arp": 0x0806, "ip": 0x0800, "ip6": 0x86dd, "pppoed": 0x8863, "pppoes": 0x8864, "rarp": 0x8035, "vlan": 0x8100}

func etherType() g.Type[int] {
	number := g.Int(1, 65535)
	return g.Type[int]{
		Label: number.Label,
		Words: func(g.Env) []string { return []string{"arp", "ip", "ip6", "pppoed", "pppoes", "rarp", "vlan"} },
		Parse: func(e g.Env, w string) (int, error) {
			if n, ok := etherTypes[strings.ToLower(w)]; ok {
				return n, nil
			}
			return number.Parse(e, w)
		},
		Sample: number.Sample,
	}
}

// runCapture starts a capture without an interface only when it exists already and gets more said about it.
func runCapture(_ context.Context, s Session, m *g.Match) error {
	spec := CaptureSpec{
		Name: captureName.Get(m), Interface: captureIf.Get(m), ACL: captureACL.Get(m), Buffer: captureBuffer, Snap: captureSnap,
		Circular: captureCircular.Seen(m), EtherType: uint16(captureEtherType.Get(m)),
	}
	for _, old := range s.Box().Captures() {
		if old.Name == spec.Name {
			spec = merged(old.CaptureSpec, spec)
		}
	}
	if n, typed := captureSize.Lookup(m); typed {
		spec.Buffer = n
	}
	if n, typed := captureLength.Lookup(m); typed {
		spec.Snap = n
	}
	if captureMatch.Seen(m) {
		a, err := captureRule.ace(m)
		if err != nil {
			return err
		}
		a.Permit = true
		spec.Match = append(spec.Match[:len(spec.Match):len(spec.Match)], a)
		spec.MatchText = append(spec.MatchText[:len(spec.MatchText):len(spec.MatchText)], matchText(m.Line))
	}
	if _, ok := s.Box().Config().ACL(spec.ACL); spec.ACL != "" && !ok {
		s.Say(release.NoSuchList, spec.ACL)
		return nil
	}
	if spec.Interface == "" { // packets are caught on an interface; the first one where none is named
		spec.Interface = s.Box().Config().Inside()
	}
	if !s.Box().StartCapture(spec) {
		s.Say(release.UnknownIf, spec.Interface)
	}
	return nil
}

// merged is an old capture with what was now said of it.
func merged(old, now CaptureSpec) CaptureSpec {
	if now.Interface != "" {
		old.Interface = now.Interface
	}
	if now.ACL != "" {
		old.ACL = now.ACL
	}
	if now.EtherType != 0 {
		old.EtherType = now.EtherType
	}
	old.Circular = old.Circular || now.Circular
	return old
}

// captureOptions are the words that may follow the rule behind match on its line.
var captureOptions = []string{"type", "access-list", "buffer", "ethernet-type", "interface", "packet-length", "circular-buffer"}

// matchText is the match words as typed, without the options that followed, which show capture repeats.
func matchText(line string) string {
	i := strings.Index(line, "match ")
	if i < 0 {
		return ""
	}
	words := strings.Fields(line[i:])
	for at, w := range words {
		if at > 2 && slices.Contains(captureOptions, w) {
			words = words[:at]
			break
		}
	}
	return strings.Join(words, " ")
}

func missingCapture(s Session, ok bool, name string) error {
	if !ok {
		s.Say(release.NoSuchCapture, name)
	}
	return nil
}

func runShowCapture(ctx context.Context, s Session, m *g.Match) error {
	name, one := shownCapture.Lookup(m)
	if !one {
		for _, c := range s.Box().Captures() {
			if err := emit(s, CaptureText(s.Release(), c)); err != nil {
				return err
			}
		}
		return nil
	}
	frames, ok := s.Box().Captured(name)
	if !ok {
		return missingCapture(s, false, name)
	}
	return emit(s, capturedText(s, frames, captureDetail.Seen(m), captureDump.Seen(m)))
}

// capturedText is what show capture prints of a capture.
func capturedText(s Session, frames []dataplane.Captured, detail, dump bool) string {
	plural := "s"
	if len(frames) < 2 {
		plural = ""
	}
	var b strings.Builder
	b.WriteString(s.Release().Say(release.CapturedHead, len(frames), plural))
	for i, f := range frames {
		b.WriteString(s.Release().Say(release.CapturedFrame, i+1, f.At.In(s.Box().Zone()).Format("15:04:05.000000"), FrameText(f, detail)) + "\n")
		if dump {
			b.WriteString(hexRows(f.Frame))
		}
	}
	return b.String() + s.Release().Say(release.CapturedTail, len(frames), plural)
}

// CaptureText is the line of one capture in show capture, and its match lines.
func CaptureText(rel *release.Release, c CaptureState) string {
	options := ""
	if c.ACL != "" {
		options += " access-list " + c.ACL
	}
	if c.EtherType != 0 {
		options += fmt.Sprintf(" ethernet-type 0x%04x", c.EtherType)
	}
	if c.Buffer != captureBuffer {
		options += fmt.Sprintf(" buffer %d", c.Buffer)
	}
	if c.Snap != captureSnap {
		options += fmt.Sprintf(" packet-length %d", c.Snap)
	}
	if c.Circular {
		options += " circular-buffer"
	}
	state := "Capturing"
	if c.Full {
		state = "Buffer Full"
	}
	text := rel.Say(release.CaptureLine, c.Name, options, c.Interface, c.Octets, state) + "\n"
	for _, m := range c.MatchText {
		text += "  " + m + " \n"
	}
	return text
}

// FrameText is one caught frame in the manner of tcpdump. It trusts no length in the frame.
func FrameText(f dataplane.Captured, detail bool) string {
	b := f.Frame
	if len(b) < 14 {
		return "[|ether]"
	}
	head := ""
	if detail {
		head = fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x %02x%02x.%02x%02x.%02x%02x 0x%02x%02x %d: ",
			b[6], b[7], b[8], b[9], b[10], b[11], b[0], b[1], b[2], b[3], b[4], b[5], b[12], b[13], f.Length)
	}
	switch kind := int(b[12])<<8 | int(b[13]); kind {
	case 0x0806:
		return head + arpText(b[14:])
	case 0x0800:
		return head + ipText(b[14:], detail)
	default:
		return head + fmt.Sprintf("ethertype 0x%04x, length %d", kind, f.Length)
	}
}

func arpText(b []byte) string {
	if len(b) < 28 {
		return "[|arp]"
	}
	sender, target := ipv4(b[14:]), ipv4(b[24:])
	if b[7] == 1 {
		return fmt.Sprintf("arp who-has %s tell %s", target, sender)
	}
	return fmt.Sprintf("arp reply %s is-at %x:%x:%x:%x:%x:%x", sender, b[8], b[9], b[10], b[11], b[12], b[13])
}

func ipv4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b[:4])) }

func ipText(b []byte, detail bool) string {
	if len(b) < 20 || int(b[0]&15)*4 < 20 || int(b[0]&15)*4 > len(b) {
		return "[|ip]"
	}
	ihl, total := int(b[0]&15)*4, be16(b[2:])
	src, dst := ipv4(b[12:]), ipv4(b[16:])
	tail := ""
	if detail {
		tail = fmt.Sprintf(" (ttl %d, id %d)", b[8], be16(b[4:]))
	}
	if off := be16(b[6:]) & 0x1fff; off != 0 {
		return fmt.Sprintf("%s > %s: (frag %d:%d@%d)%s", src, dst, be16(b[4:]), total-ihl, off*8, tail)
	}
	t, length := b[ihl:], max(total-ihl, 0)
	switch b[9] {
	case protoTCP:
		return tcpText(src, dst, t, length) + tail
	case protoUDP:
		if len(t) >= 8 {
			return fmt.Sprintf("%s.%d > %s.%d: udp %d", src, be16(t), dst, be16(t[2:]), max(be16(t[4:])-8, 0)) + tail
		}
	case protoICMP:
		if len(t) >= 4 {
			return fmt.Sprintf("%s > %s: icmp: %s", src, dst, icmpText(t)) + tail
		}
	}
	return fmt.Sprintf("%s > %s: ip-proto-%d, length %d", src, dst, b[9], length) + tail
}

func icmpText(t []byte) string {
	switch t[0] {
	case 0:
		return "echo reply"
	case 8:
		return "echo request"
	}
	if name := g.ICMPTypeName(int(t[0])); name != "" {
		return strings.ReplaceAll(name, "-", " ")
	}
	return fmt.Sprintf("type-#%d", t[0])
}

func tcpText(src, dst netip.Addr, t []byte, length int) string {
	if len(t) < 20 || int(t[12]>>4)*4 < 20 {
		return fmt.Sprintf("%s > %s: [|tcp]", src, dst)
	}
	flags := ""
	for _, f := range []struct {
		bit    byte
		letter string
	}{{2, "S"}, {1, "F"}, {4, "R"}, {8, "P"}} {
		if t[13]&f.bit != 0 {
			flags += f.letter
		}
	}
	if flags == "" {
		flags = "."
	}
	text := fmt.Sprintf("%s.%d > %s.%d: %s", src, be16(t), dst, be16(t[2:]), flags)
	head, seq := int(t[12]>>4)*4, be32(t[4:])
	if n := length - head; n > 0 || t[13]&7 != 0 {
		text += fmt.Sprintf(" %d:%d(%d)", seq, seq+uint32(max(n, 0)), max(n, 0))
	}
	if t[13]&16 != 0 {
		text += fmt.Sprintf(" ack %d", be32(t[8:]))
	}
	return text + fmt.Sprintf(" win %d", be16(t[14:])) + tcpOptions(t[20:min(head, len(t))])
}

// tcpOptions words the options: <mss 1460,nop,nop,sackOK>.
func tcpOptions(b []byte) string {
	var words []string
	for len(b) > 0 {
		switch kind := b[0]; kind {
		case 0:
			b = nil
			continue
		case 1:
			words, b = append(words, "nop"), b[1:]
			continue
		default:
			if len(b) < 2 || int(b[1]) < 2 || int(b[1]) > len(b) {
				words, b = append(words, "[bad opt]"), nil
				continue
			}
			words = append(words, tcpOption(kind, b[2:b[1]]))
			b = b[b[1]:]
		}
	}
	if words == nil {
		return ""
	}
	return " <" + strings.Join(words, ",") + ">"
}

func tcpOption(kind byte, v []byte) string {
	switch {
	case kind == 2 && len(v) == 2:
		return fmt.Sprintf("mss %d", be16(v))
	case kind == 3 && len(v) == 1:
		return fmt.Sprintf("wscale %d", v[0])
	case kind == 4:
		return "sackOK"
	case kind == 5:
		return fmt.Sprintf("sack %d", len(v)/8)
	case kind == 8 && len(v) == 8:
		return fmt.Sprintf("timestamp %d %d", be32(v), be32(v[4:]))
	}
	return fmt.Sprintf("opt-%d", kind)
}

// hexRows are the octets behind the Ethernet header as tcpdump -x has them.
func hexRows(frame []byte) string {
	var b strings.Builder
	for i := 14; i < len(frame); i += 16 {
		fmt.Fprintf(&b, "0x%04x  ", i-14)
		for j := i; j < min(i+16, len(frame)); j++ {
			fmt.Fprintf(&b, " %02x", frame[j])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func be16(b []byte) int { return int(b[0])<<8 | int(b[1]) }

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
