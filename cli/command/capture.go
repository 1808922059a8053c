package command

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/packet"
)

const helpCapture = "Capture inbound and outbound packets on one or more interfaces"

// captureBuffer is how many octets a capture keeps where nothing else is said.
const captureBuffer = 524288

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

	captureRaw     = g.Word("raw-data", "Inbound and outbound packets")
	captureASP     = g.Word("asp-drop", "Packets that are dropped")
	captureReason  = &g.Param[string]{Name: "drop-code", Help: "Reason of the drop", Type: g.Enum(slices.Concat([]string{"all"}, aspAllNames)...)}
	captureOther   = &g.Param[string]{Name: "type", Help: "Packets of a service that is not simulated", Type: g.Enum("isakmp", "tls-proxy")}
	captureWebVPN  = g.Word("webvpn", "Packets of a WebVPN connection")
	captureUser    = &g.Param[string]{Name: "user_name", Help: "User of the connection", Type: g.Ident(64)}
	captureLive    = g.Word("real-time", "Display captured packets in real-time")
	captureHeaders = g.Word("headers-only", "Capture only the headers of packets")
	captureTrace   = g.Word("trace", "Trace the captured packets")
	captureTraced  = g.Word("detail", "Trace with the look-ups of rules")
	captureTraces  = &g.Param[int]{Name: "number", Help: "Packets that are traced", Type: g.Int(1, 1000)}

	captureCmd = &Command{
		Name: "capture", Help: helpCapture, Mode: Privileged, Span: since62,
		Syntax: g.Seq(g.Word("capture", helpCapture), captureName, g.Any(
			g.In(inASA, g.Word("type", "Capture packets of a type"), g.Alt(captureRaw,
				g.In(inASA, captureASP, g.Opt(captureReason)), captureOther,
				g.Seq(captureWebVPN, g.Word("user", "A user's"), captureUser))),
			g.Seq(g.Word("access-list", "Capture packets that match an access list"), captureACL),
			g.Seq(g.Word("buffer", "Size of the capture buffer"), captureSize),
			g.Seq(g.Word("ethernet-type", "Capture Ethernet packets of a type"), captureEtherType),
			g.Seq(g.Word("interface", "Capture packets on an interface"), captureIf),
			g.Seq(g.Word("packet-length", "Maximum length to save of a packet"), captureLength),
			captureCircular,
			g.In(inASA, captureMatch, captureRule.flow()),
			g.In(since80, captureHeaders), // unverified: 8.0
			g.In(since72, captureLive),    // unverified: 7.2
			g.In(since72, captureTrace, g.Opt(captureTraced), g.Opt(g.Word("trace-count", "Number of packets to trace"), captureTraces)),
		)),
		Run:   runCapture,
		Usage: []string{"capture <capture_name> [access-list <acl_id>] [buffer <bytes>] [ethernet-type <type>] [interface <if_name>] [packet-length <bytes>] [circular-buffer]"},
	}
	// A part that is named goes and the capture stays (6.3 command reference).
	stoppedACL      = &g.Param[string]{Name: "acl_id", Help: "Access list that selects packets", Type: g.Ident(241)}
	stoppedIf       = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	stoppedCircular = g.Word("circular-buffer", "Stop when the buffer is full")
	stoppedName     = &g.Param[string]{Name: "capture_name", Help: "Name of the capture", Type: g.Ident(63)}
	noCapture       = &Command{
		Name: "no capture", Help: helpCapture, Mode: Privileged, Span: since62,
		Syntax: negated(g.Word("capture", helpCapture), stoppedName, g.Any(
			g.Seq(g.Word("access-list", "Capture packets whatever an access list says"), stoppedACL),
			stoppedCircular,
			g.Seq(g.Word("interface", "Capture no packets on an interface"), stoppedIf),
		)),
		Run:   runNoCapture,
		Usage: []string{"no capture <capture_name> [access-list <acl_id>] [circular-buffer] [interface <if_name>]"},
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
	shownACL      = &g.Param[string]{Name: "acl_id", Help: "Access list that selects packets", Type: g.Ident(241)}
	shownCount    = &g.Param[int]{Name: "number", Help: "Most packets to show", Type: g.Int(0, 4294967295)}
	captureDetail = g.Word("detail", "Show more of each packet")
	captureDump   = g.Word("dump", "Show the octets of each packet")
	shownTrace    = g.Word("trace", "Show the way of each packet")
	shownNumber   = &g.Param[int]{Name: "number", Help: "Number of a packet", Type: g.Int(1, 4294967295)}
	showCapture   = &Command{
		Name: "show capture", Help: "Show captures", Mode: Privileged, Span: since62,
		Syntax: show(g.Word("capture", "Show captures"), g.Opt(shownCapture, g.Any(
			g.Seq(g.Word("access-list", "Show packets that an access list selects"), shownACL),
			g.Seq(g.Word("count", "Show so many packets"), shownCount),
			captureDetail, captureDump,
			g.In(since72, shownTrace),
			g.In(inASA, g.Word("packet-number", "Show one packet"), shownNumber),
		))),
		Run:   runShowCapture,
		Usage: []string{"show capture [<capture_name> [access-list <acl_id>] [count <number>] [detail] [dump]]"},
	}
)

// usualTraces is for how many packets the way is kept where no number is said. Traces came with packet-tracer.
//
// unverified: that 7.0 has none.
const usualTraces = 50

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

// etherTypeText is a type by its word (an example of the command reference has ethernet-type arp), or by its number.
func etherTypeText(n uint16) string {
	for w, v := range etherTypes {
		if v == int(n) {
			return w
		}
	}
	return fmt.Sprintf("0x%04x", n)
}

func runCapture(ctx context.Context, s Session, m *g.Match) error {
	spec := captureOf(s, captureName.Get(m))
	captureKind(&spec, m)
	if name, typed := captureIf.Lookup(m); typed && !slices.Contains(spec.Interfaces, name) {
		spec.Interfaces = append(slices.Clone(spec.Interfaces), name)
	}
	if list, typed := captureACL.Lookup(m); typed {
		if _, ok := s.Box().Config().ACL(list); !ok {
			s.Say(release.NoSuchList, list)
			return nil
		}
		spec.ACL = list
	}
	spec.Circular = spec.Circular || captureCircular.Seen(m)
	if n, typed := captureEtherType.Lookup(m); typed {
		spec.EtherType = uint16(n)
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
	if captureLive.Seen(m) {
		return watchCapture(ctx, s, spec)
	}
	if !s.Box().StartCapture(spec) {
		s.Say(release.CaptureNoRoom)
	}
	return nil
}

// watchCapture shows what is caught until the person has enough of it. How many were not shown is not told: behind ^C no
// command says anything.
func watchCapture(ctx context.Context, s Session, spec CaptureSpec) error {
	shown := 0
	ok := s.Box().WatchCapture(ctx, spec, func() { s.Say(release.CaptureLive) }, func(f dataplane.Captured) error {
		shown++
		return emit(s, frameLine(s, shown, f, false)+"\n")
	})
	if !ok {
		s.Say(release.CaptureNoRoom)
	}
	return nil
}

// frameLine is one frame as show capture prints it.
func frameLine(s Session, number int, f dataplane.Captured, detail bool) string {
	line := s.Release().Say(release.CapturedFrame, number, f.At.In(s.Box().Zone()).Format("15:04:05.000000"), FrameText(f, detail))
	if f.Drop != 0 {
		line = strings.TrimRight(line, " ") + " Drop-reason: " + aspReasonOf(f.Drop).String()
	}
	return line
}

// captureKind reads what is caught, and how much is kept of it.
func captureKind(spec *CaptureSpec, m *g.Match) {
	switch other, typed := captureOther.Lookup(m); {
	case captureASP.Seen(m):
		spec.Kind, spec.Reason = captureDropped, orElse(captureReason.Get(m), "all")
	case typed:
		spec.Kind = other
	case captureWebVPN.Seen(m):
		spec.Kind = "webvpn user " + captureUser.Get(m)
	case captureRaw.Seen(m):
		spec.Kind, spec.Reason = "", ""
	}
	spec.Headers = spec.Headers || captureHeaders.Seen(m)
	if captureTrace.Seen(m) {
		spec.Traces, spec.TraceDetail = usualTraces, captureTraced.Seen(m)
		if n, typed := captureTraces.Lookup(m); typed {
			spec.Traces = n
		}
	}
}

// captureDropped is the kind of a capture of what is dropped; that of packets on wires is "".
const captureDropped = "asp-drop"

// WantsDrop tells which drops a capture of what is dropped catches: those of a reason, or all.
func WantsDrop(reason string) func(dataplane.Drop) bool {
	return func(d dataplane.Drop) bool { return reason == "all" || aspReasonOf(d).name == reason }
}

// captureOf is the capture of a name, or a new one: more may be said of one that runs, such as further interfaces. An access-list
// takes the answers too up to 6.3; in later releases it has to name both directions.
//
// unverified: the list of 6.x.
func captureOf(s Session, name string) CaptureSpec {
	if c, ok := running(s, name); ok {
		return c
	}
	return CaptureSpec{Name: name, Buffer: captureBuffer, Snap: s.Release().Limits.CaptureSnap, OneWay: s.Release().Limits.CaptureOneWay}
}

func running(s Session, name string) (CaptureSpec, bool) {
	all := s.Box().Captures()
	i := slices.IndexFunc(all, func(c CaptureState) bool { return c.Name == name })
	if i < 0 {
		return CaptureSpec{}, false
	}
	return all[i].CaptureSpec, true
}

// runNoCapture takes parts of a capture away, or all of it where none is named.
func runNoCapture(_ context.Context, s Session, m *g.Match) error {
	name := stoppedName.Get(m)
	list, byList := stoppedACL.Lookup(m)
	ifname, byIf := stoppedIf.Lookup(m)
	if !byList && !byIf && !stoppedCircular.Seen(m) {
		return missingCapture(s, s.Box().StopCapture(name), name)
	}
	spec, ok := running(s, name)
	if !ok {
		return missingCapture(s, false, name)
	}
	if byList && spec.ACL == list {
		spec.ACL = ""
	}
	if byIf {
		spec.Interfaces = slices.DeleteFunc(slices.Clone(spec.Interfaces), func(v string) bool { return strings.EqualFold(v, ifname) })
	}
	spec.Circular = spec.Circular && !stoppedCircular.Seen(m)
	s.Box().StartCapture(spec) // with less than it has: there is room
	return nil
}

// captureOptions are the words that may follow the rule behind match on its line.
var captureOptions = []string{"type", "access-list", "buffer", "ethernet-type", "interface", "packet-length", "circular-buffer", "headers-only", "trace", "real-time"}

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
	v := capturedView{most: len(frames), only: shownNumber.Get(m), detail: captureDetail.Seen(m), dump: captureDump.Seen(m)}
	if n, typed := shownCount.Lookup(m); typed {
		v.most = n
	}
	if list, typed := shownACL.Lookup(m); typed {
		if v.wants, ok = s.Box().Selects(list); !ok {
			s.Say(release.NoSuchList, list)
			return nil
		}
	}
	if shownTrace.Seen(m) {
		spec, _ := running(s, name)
		v.trace = func(t dataplane.Trace) string { return traceView(s, t, spec.TraceDetail).text() }
	}
	return emit(s, capturedText(s, frames, v))
}

// capturedView is how show capture shows what was caught: which packets (nil: all), how many at most, and how much of each.
type capturedView struct {
	wants        func(dataplane.Captured) bool
	most, only   int // only: one packet, by its number; 0: all
	detail, dump bool
	trace        func(dataplane.Trace) string // of packets whose way was kept; nil: not shown
}

// capturedText is what show capture prints of a capture.
func capturedText(s Session, frames []dataplane.Captured, v capturedView) string {
	plural := func(n int) string {
		if n < 2 {
			return ""
		}
		return "s"
	}
	var b strings.Builder
	shown := 0
	for i, f := range frames {
		if shown == v.most {
			break
		}
		if v.only > 0 && v.only != i+1 || v.wants != nil && !v.wants(f) {
			continue
		}
		shown++
		b.WriteString(frameLine(s, i+1, f, v.detail) + "\n")
		if v.trace != nil && f.Trace != nil {
			b.WriteString(v.trace(*f.Trace))
		}
		if v.dump {
			b.WriteString(hexRows(f.Frame))
		}
	}
	return s.Release().Say(release.CapturedHead, len(frames), plural(len(frames))) + b.String() +
		s.Release().Say(release.CapturedTail, shown, plural(shown))
}

// CaptureText is the line of one capture in show capture, and its match lines.
func CaptureText(rel *release.Release, c CaptureState) string {
	kind, options := orElse(c.Kind, "raw-data"), ""
	if c.Kind == captureDropped {
		kind += " " + c.Reason
	}
	if c.ACL != "" {
		options += " access-list " + c.ACL
	}
	if c.EtherType != 0 {
		options += " ethernet-type " + etherTypeText(c.EtherType)
	}
	if c.Buffer != captureBuffer {
		options += fmt.Sprintf(" buffer %d", c.Buffer)
	}
	if c.Snap != rel.Limits.CaptureSnap {
		options += fmt.Sprintf(" packet-length %d", c.Snap)
	}
	if c.Circular {
		options += " circular-buffer"
	}
	if c.Headers {
		options += " headers-only"
	}
	if c.Traces > 0 {
		options += " trace"
		if c.TraceDetail {
			options += " detail"
		}
		if c.Traces != usualTraces {
			options += fmt.Sprintf(" trace-count %d", c.Traces)
		}
	}
	interfaces := ""
	for _, name := range c.Interfaces {
		interfaces += " interface " + name
	}
	state := "Capturing"
	if c.Full {
		state = "Buffer Full"
	}
	text := rel.Say(release.CaptureLine, c.Name, options, interfaces, c.Octets, state, kind) + "\n"
	for _, m := range c.MatchText {
		text += "  " + m + " \n"
	}
	return text
}

// FrameText is one caught frame in the manner of tcpdump. It trusts no length in the frame.
func FrameText(f dataplane.Captured, detail bool) string {
	b := f.Frame
	if len(b) < packet.EthernetLen {
		return "[|ether]"
	}
	head := ""
	if detail {
		head = fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x %02x%02x.%02x%02x.%02x%02x 0x%02x%02x %d: ",
			b[6], b[7], b[8], b[9], b[10], b[11], b[0], b[1], b[2], b[3], b[4], b[5], b[12], b[13], f.Length)
	}
	e := packet.Ethernet(b)
	switch e.Type() {
	case packet.TypeARP:
		return head + arpText(e.Payload())
	case packet.TypeIPv4:
		return head + ipText(e.Payload(), detail)
	default:
		return head + fmt.Sprintf("ethertype 0x%04x, length %d", e.Type(), f.Length)
	}
}

func arpText(b []byte) string {
	if len(b) < packet.ARPLen {
		return "[|arp]"
	}
	a := packet.ARP(b)
	sender, mac := packet.Addr(a.SenderIP()), a.SenderMAC()
	if a.Op() == packet.ARPRequest {
		return fmt.Sprintf("arp who-has %s tell %s", packet.Addr(a.TargetIP()), sender)
	}
	return fmt.Sprintf("arp reply %s is-at %x:%x:%x:%x:%x:%x", sender, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5])
}

// wholeHeader tells whether b has an IPv4 header with all the options that it says it has.
func wholeHeader(b []byte) bool {
	return len(b) >= packet.IPv4Len && packet.IPv4(b).HeaderLen() >= packet.IPv4Len && packet.IPv4(b).HeaderLen() <= len(b)
}

func ipText(b []byte, detail bool) string {
	if !wholeHeader(b) {
		return "[|ip]"
	}
	ip := packet.IPv4(b)
	src, dst := packet.Addr(ip.Src()), packet.Addr(ip.Dst())
	tail := ""
	if detail {
		tail = fmt.Sprintf(" (ttl %d, id %d)", ip.TTL(), ip.ID())
	}
	length := ip.TotalLen() - ip.HeaderLen()
	if off := ip.FragOffset(); off != 0 {
		return fmt.Sprintf("%s > %s: (frag %d:%d@%d)%s", src, dst, ip.ID(), length, off, tail)
	}
	t, length := ip.Payload(), max(length, 0)
	switch ip.Proto() {
	case protoTCP:
		return tcpText(src, dst, t, length) + tail
	case protoUDP:
		if u := packet.UDP(t); len(u) >= packet.UDPLen {
			return fmt.Sprintf("%s.%d > %s.%d: udp %d", src, u.SrcPort(), dst, u.DstPort(), max(u.Len()-packet.UDPLen, 0)) + tail
		}
	case protoICMP:
		if len(t) >= 4 {
			return fmt.Sprintf("%s > %s: icmp: %s", src, dst, icmpText(t)) + tail
		}
	}
	return fmt.Sprintf("%s > %s: ip-proto-%d, length %d", src, dst, ip.Proto(), length) + tail
}

func icmpText(m packet.ICMP) string {
	switch m.Type() {
	case packet.ICMPEchoReply:
		return "echo reply"
	case packet.ICMPEcho:
		return "echo request"
	}
	if name := g.ICMPTypeName(nil, int(m.Type())); name != "" {
		return strings.ReplaceAll(name, "-", " ")
	}
	return fmt.Sprintf("type-#%d", m.Type())
}

func tcpText(src, dst netip.Addr, t packet.TCP, length int) string {
	if len(t) < packet.TCPLen || t.HeaderLen() < packet.TCPLen {
		return fmt.Sprintf("%s > %s: [|tcp]", src, dst)
	}
	flags := ""
	for _, f := range []struct {
		bit    byte
		letter string
	}{{packet.SYN, "S"}, {packet.FIN, "F"}, {packet.RST, "R"}, {packet.PSH, "P"}} {
		if t.Flags()&f.bit != 0 {
			flags += f.letter
		}
	}
	if flags == "" {
		flags = "."
	}
	text := fmt.Sprintf("%s.%d > %s.%d: %s", src, t.SrcPort(), dst, t.DstPort(), flags)
	head, seq := t.HeaderLen(), t.Seq()
	if n := length - head; n > 0 || t.Flags()&(packet.SYN|packet.FIN|packet.RST) != 0 {
		text += fmt.Sprintf(" %d:%d(%d)", seq, seq+uint32(max(n, 0)), max(n, 0))
	}
	if t.Flags()&packet.ACK != 0 {
		text += fmt.Sprintf(" ack %d", t.Ack())
	}
	return text + fmt.Sprintf(" win %d", t.Window()) + tcpOptions(t[packet.TCPLen:min(head, len(t))], head > len(t))
}

// tcpOptions words the options: <mss 1460,nop,nop,sackOK>. cut: the capture did not keep them all.
func tcpOptions(b []byte, cut bool) string {
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
				bad := "[bad opt]"
				if cut {
					bad = "[|tcp]"
				}
				words, b = append(words, bad), nil
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
		return fmt.Sprintf("mss %d", binary.BigEndian.Uint16(v))
	case kind == 3 && len(v) == 1:
		return fmt.Sprintf("wscale %d", v[0])
	case kind == 4:
		return "sackOK"
	case kind == 5:
		return fmt.Sprintf("sack %d", len(v)/8)
	case kind == 8 && len(v) == 8:
		return fmt.Sprintf("timestamp %d %d", binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]))
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
