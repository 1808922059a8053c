package command

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

const helpTracer = "trace packets in F1 data path"

var (
	tracerIf   = &g.Param[string]{Name: "if_name", Help: "Name of the interface where the packet comes in", Type: g.IfName()}
	tracerTCP  = g.Word("tcp", "Enter this keyword if the trace packet is TCP")
	tracerUDP  = g.Word("udp", "Enter this keyword if the trace packet is UDP")
	tracerICMP = g.Word("icmp", "Enter this keyword if the trace packet is ICMP")
	tracerRaw  = g.Word("rawip", "Enter this keyword if the trace packet is RAW IP")

	tracerSrc   = &g.Param[netip.Addr]{Name: "src_ip", Help: "Enter the source address", Type: g.Addr()}
	tracerDst   = &g.Param[netip.Addr]{Name: "dst_ip", Help: "Enter the destination address", Type: g.Addr()}
	tracerPorts = map[uint8][2]*g.Param[uint16]{protoTCP: tracerPortPair("tcp"), protoUDP: tracerPortPair("udp")}
	tracerType  = &g.Param[int]{Name: "icmp_type", Help: "Enter the ICMP type", Type: g.ICMPType()}
	tracerCode  = &g.Param[int]{Name: "icmp_code", Help: "Enter the ICMP code", Type: g.Int(0, 255)}
	tracerIdent = &g.Param[int]{Name: "icmp_ident", Help: "Enter the ICMP identifier", Type: g.Int(1, 65535)}
	tracerProto = &g.Param[uint8]{Name: "protocol", Help: "Enter the protocol", Type: g.Proto()}

	tracerDetailed = g.Word("detailed", "Dump more detailed information")
	tracerXML      = g.Word("xml", "Output in xml format")

	packetTracer = &Command{
		Name: "packet-tracer", Help: helpTracer, Mode: Privileged, Span: since72,
		Syntax: g.Seq(g.Word("packet-tracer", helpTracer), g.Word("input", "Ingress interface on which to trace packet"), tracerIf,
			g.Alt(
				tracerPorted(tracerTCP, protoTCP), tracerPorted(tracerUDP, protoUDP),
				g.Seq(tracerICMP, tracerSrc, tracerType, tracerCode, g.Opt(tracerIdent), tracerDst),
				g.Seq(tracerRaw, tracerSrc, tracerProto, tracerDst),
			), g.Opt(tracerDetailed), g.Opt(tracerXML)),
		Run: runPacketTracer,
	}
)

func tracerPortPair(over string) [2]*g.Param[uint16] {
	return [2]*g.Param[uint16]{
		{Name: "src_port", Help: "Enter the source port", Type: g.Port(over)},
		{Name: "dst_port", Help: "Enter the destination port", Type: g.Port(over)},
	}
}

func tracerPorted(word *g.Keyword, proto uint8) g.Syntax {
	return g.Seq(word, tracerSrc, tracerPorts[proto][0], tracerDst, tracerPorts[proto][1])
}

// tracerFrame is the packet that the words describe, on the wire of the interface: TCP begins with a SYN, nothing has a
// payload.
func tracerFrame(m *g.Match) []byte {
	b := packet.AppendEthernet(nil, [6]byte{}, [6]byte{}, packet.TypeIPv4)
	h := packet.Header{Src: packet.U32(tracerSrc.Get(m)), Dst: packet.U32(tracerDst.Get(m))}
	switch {
	case tracerTCP.Seen(m):
		p := tracerPorts[protoTCP]
		return packet.AppendTCP(b, h, packet.Segment{SrcPort: p[0].Get(m), DstPort: p[1].Get(m), Flags: packet.SYN, Window: 8192})
	case tracerUDP.Seen(m):
		p := tracerPorts[protoUDP]
		return packet.AppendUDP(b, h, p[0].Get(m), p[1].Get(m), nil)
	case tracerICMP.Seen(m):
		return packet.AppendICMP(b, h, uint8(tracerType.Get(m)), uint8(tracerCode.Get(m)), uint32(tracerIdent.Get(m))<<16, nil)
	}
	return packet.AppendIPv4(b, h, tracerProto.Get(m), packet.UDPLen)
}

func runPacketTracer(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	f, _ := c.Interface(tracerIf.Get(m))
	_, at := c.InterfaceAt(f.Hardware)
	var ok bool
	var trace dataplane.Trace
	s.Box().Do(func(st *dataplane.State) { trace, ok = st.Trace(dataplane.Port(at), tracerFrame(m)) })
	if !ok {
		s.Say(release.TracerMalformed)
		return nil
	}
	v := traceView(s, trace, tracerDetailed.Seen(m))
	if tracerXML.Seen(m) {
		return emit(s, v.xml())
	}
	return emit(s, v.text())
}

func traceView(s Session, t dataplane.Trace, detailed bool) *tracerView {
	c := s.Box().Config()
	return &tracerView{s: s, c: c, x: s.Box().Live().Expander(), p: printerFor(c, View{Release: s.Release(), Names: true}), trace: t, detailed: detailed}
}

// tracerView words a trace.
type tracerView struct {
	s        Session
	c        *config.Config
	x        *config.Expander
	p        printer
	trace    dataplane.Trace
	detailed bool
}

// tracerPhase is a phase as it is printed.
type tracerPhase struct {
	release.Phase
	drop   bool
	config []string
	info   string
}

func (p *tracerPhase) result() string {
	if p.drop {
		return "DROP"
	}
	return "ALLOW"
}

// phases are those of the release that the packet went through, up to the one that dropped it.
func (v *tracerView) phases() []tracerPhase {
	var all []tracerPhase
	for row := range release.Rows(v.s.Release(), release.Phases) {
		p := tracerPhase{Phase: row}
		if !v.fill(&p) {
			continue
		}
		if all = append(all, p); p.drop {
			break
		}
	}
	return all
}

func (v *tracerView) step(kind dataplane.StepKind) (dataplane.Step, bool) {
	for _, s := range v.trace.Steps {
		if s.Kind == kind {
			return s, true
		}
	}
	return dataplane.Step{}, false
}

// reached tells whether the packet came as far as the lists.
func (v *tracerView) reached() bool {
	_, list := v.step(dataplane.StepList)
	return list
}

// fill words a phase; false: the packet did not go through it.
func (v *tracerView) fill(p *tracerPhase) bool {
	entry, _ := v.step(dataplane.StepEntry)
	_, known := v.step(dataplane.StepFlow)
	switch p.Kind {
	case release.PhaseNewFlow:
		p.info = p.Info
		return entry.Drop == 0 && !known
	case release.PhaseMAC:
		p.config, p.info = implicitRule, p.Info
		return entry.Drop == 0 && !known
	case release.PhaseSession, release.PhaseOptions:
		return v.reached()
	case release.PhaseSelf:
		return v.self(p)
	case release.PhaseList:
		return v.list(p)
	case release.PhaseListOut:
		return v.listOut(p)
	}
	s, ok := v.step(phaseSteps[p.Kind])
	if !ok {
		return false
	}
	p.drop = s.Drop != 0
	return v.words(p, s)
}

// phaseSteps are the steps of the engine behind those phases that tell of one.
var phaseSteps = map[release.PhaseKind]dataplane.StepKind{
	release.PhaseFlow: dataplane.StepFlow, release.PhaseRoute: dataplane.StepRoute, release.PhaseUnNAT: dataplane.StepUnNAT,
	release.PhaseSettings: dataplane.StepSettings, release.PhaseNAT: dataplane.StepNAT, release.PhaseReverse: dataplane.StepReverse, release.PhaseHostLimit: dataplane.StepLimits,
	release.PhaseInspect: dataplane.StepInspect, release.PhasePolice: dataplane.StepPolice, release.PhaseCreate: dataplane.StepCreate,
	release.PhaseNextHop: dataplane.StepNeighbour, release.PhaseNeighbour: dataplane.StepNeighbour,
}

// words are the configuration and the information of a phase with a step of its own.
func (v *tracerView) words(p *tracerPhase, s dataplane.Step) bool {
	say := func(args ...any) { p.info = release.Format(p.Info, args...) }
	switch p.Kind {
	case release.PhaseFlow:
		say(s.Flow)
	case release.PhaseCreate:
		if !p.drop {
			say(s.Flow)
		}
	case release.PhaseRoute:
		if p.drop && !s.Route.To.IsValid() {
			return false // what has no route has no phase
		}
		via := s.Route.Via
		if !via.IsValid() {
			via = v.trace.Dest.Addr()
		}
		say(s.Route.To.Addr(), config.MaskOf(s.Route.To.Bits()), v.ifname(s.Route.Port), via)
	case release.PhaseUnNAT:
		if p.drop {
			return true
		}
		p.Subtype = natSubtypes[s.How]
		p.config = v.translation(s.Line, v.trace.In, s.To.Real.Addr())
		say(v.ifname(s.To.If), slashed(s.From.Real), slashed(s.To.Real), config.MaskOf(32))
		v.rule(p, s, "nat", "in", "Forward")
	case release.PhaseNAT:
		p.config = v.translation(s.Line, v.trace.Out, s.From.Real.Addr())
		if s.From.Real.IsValid() && (s.How == dataplane.ByStatic || s.How == dataplane.ByDynamic) {
			say(natManners[s.How], slashed(s.From.Real), slashed(s.To.Real), config.MaskOf(32))
		}
		if s.How == dataplane.ByExemption || s.How == dataplane.ByIdentity {
			p.Type = "NAT-EXEMPT"
		}
		v.rule(p, s, "nat", "in", "Forward")
	case release.PhaseReverse:
		p.config = v.translation(s.Line, v.trace.In, netip.Addr{})
		v.rule(p, s, "nat-reverse", "out", "Forward")
	case release.PhaseInspect:
		return v.inspect(p, s)
	case release.PhaseSettings:
		return v.settings(p, s)
	case release.PhasePolice:
		return v.policed(p, s)
	case release.PhaseHostLimit:
		return p.drop
	case release.PhaseNextHop, release.PhaseNeighbour:
		state := "Active"
		if !s.Answered {
			state = "Incomplete"
		}
		say(packet.Addr(s.NextHop), v.ifname(v.trace.Out), state, v.s.Release().FormatMAC(s.MAC))
	}
	return true
}

var (
	implicitRule = []string{"Implicit Rule"}
	natSubtypes  = map[dataplane.Translation]string{dataplane.ByStatic: "static", dataplane.ByDynamic: "dynamic"}
	natManners   = map[dataplane.Translation]string{dataplane.ByStatic: "Static", dataplane.ByDynamic: "Dynamic"}
)

func (v *tracerView) ifname(p dataplane.Port) string { return portName(v.c, p) }

// self is the phase of a packet to the box's own address.
func (v *tracerView) self(p *tracerPhase) bool {
	if _, ok := v.step(dataplane.StepBox); !ok {
		return false
	}
	own := v.trace.Dest.Addr()
	p.info = release.Format(p.Info, own, config.MaskOf(32), v.ifname(v.trace.In), own)
	return true
}

// list is the phase of the list of the way in. Where none is bound, what the levels permit is not told; what they, or the
// box itself, refuse is an implicit rule.
func (v *tracerView) list(p *tracerPhase) bool {
	if s, ok := v.step(dataplane.StepBox); ok {
		p.config, p.drop = implicitRule, s.Drop != 0
		return s.Drop == 0 || s.Drop == dataplane.DropBox
	}
	if s, ok := v.step(dataplane.StepLevel); ok && s.Drop != dataplane.DropDown && s.Drop != dataplane.DropTooBig {
		p.config, p.drop = implicitRule, true
		return true
	}
	s, ok := v.step(dataplane.StepList)
	if !ok || s.List == "" && s.Drop == 0 {
		return false
	}
	v.listed(p, s, false)
	return true
}

func (v *tracerView) listOut(p *tracerPhase) bool {
	s, ok := v.step(dataplane.StepListOut)
	if ok {
		v.listed(p, s, true)
	}
	return ok
}

// listed words a list: the line that fits, or the implicit rule behind the last.
func (v *tracerView) listed(p *tracerPhase, s dataplane.Step, out bool) {
	p.drop = s.Drop != 0
	p.config = implicitRule
	if s.Rule != nil {
		p.Subtype = "log"
		p.config = v.listConfig(s, out)
	}
	way := "in"
	if out {
		way = "out"
	}
	v.rule(p, s, "permit", way, "Forward")
}

// listConfig is how a list is bound, its line and the groups in that.
func (v *tracerView) listConfig(s dataplane.Step, out bool) []string {
	var lines []string
	for _, b := range v.c.Groups {
		if b.ACL == s.List && b.Out == out {
			lines = append(lines, groupText(v.p, b))
			break
		}
	}
	l, ok := v.c.ACL(s.List)
	if !ok {
		return lines
	}
	a, ok := v.entry(l, config.ID(s.Rule.ID))
	if !ok {
		return lines
	}
	lines = append(lines, aceText(v.p, l.Name, a))
	for _, name := range a.Groups.Names() {
		if o, ok := v.c.ObjectGroup(name); name != "" && ok && !o.Object {
			for line := range groupBlock(v.p, o) {
				lines = append(lines, strings.Repeat(" ", line.Depth)+line.Text)
			}
		}
	}
	return lines
}

// entry is the line that a rule belongs to.
func (v *tracerView) entry(l *config.AccessList, id config.ID) (*config.ACE, bool) {
	for _, a := range l.Entries.All() {
		if a.ID == id {
			return a, true
		}
		if a.Groups == nil {
			continue
		}
		for r := range v.x.Rules(a) {
			if r.ID == id {
				return a, true
			}
		}
	}
	return nil, false
}

// translation is the line of a translation and, up to 8.2, what it does with a host towards a port, and how often it did.
func (v *tracerView) translation(line acl.ID, toward dataplane.Port, host netip.Addr) []string {
	lines := v.natConfig(line)
	if policy, ok := policyOf(v.p, line, v.ifname(toward), host); ok {
		lines = append(lines, policy.lines(v.s)...)
	}
	return lines
}

// natConfig is the line of a translation as the configuration has it.
func (v *tracerView) natConfig(line acl.ID) []string {
	id := config.ID(line)
	for _, s := range v.c.Statics.All() {
		if s.ID == id {
			return []string{staticText(v.p, s)}
		}
	}
	for _, n := range v.c.NATs.All() {
		if n.RuleID() == id {
			return []string{natText(v.p, n)}
		}
	}
	for section, r := range v.c.NATTable() {
		switch {
		case r.ID != id:
		case r.Object != "":
			return []string{"object network " + r.Object, " " + objectNATText(v.s.Release(), r)}
		default:
			return []string{twiceText83(r, section == 3)}
		}
	}
	return nil
}

// inspect is the phase of an inspection: its class, and the policy that it stands in.
func (v *tracerView) inspect(p *tracerPhase, s dataplane.Step) bool {
	for _, sp := range v.c.ServicePolicies {
		pm, _ := v.c.PolicyMap(sp.Policy)
		for _, class := range pm.Classes {
			for _, i := range class.Inspects {
				if acl.ID(config.InspectID(sp, class.Class, i)) != s.Line {
					continue
				}
				p.Subtype = inspectSubtype(i)
				p.config = v.policyConfig(sp, class.Class, inspectLineText(i))
				v.rule(p, s, p.Subtype, "in", "Forward")
				return true
			}
		}
	}
	return false
}

// settings is the phase of the class that limits connections.
func (v *tracerView) settings(p *tracerPhase, s dataplane.Step) bool {
	for _, sp := range v.c.ServicePolicies {
		pm, _ := v.c.PolicyMap(sp.Policy)
		for _, class := range pm.Classes {
			if acl.ID(config.ClassID(sp, class.Class)) == s.Line {
				p.config = v.policyConfig(sp, class.Class, settingLines(class)...)
				v.rule(p, s, "conn-set", "in", "Forward")
				return true
			}
		}
	}
	return false
}

// policyConfig is the way from a class to the policy in force, with the lines of what is done to it.
func (v *tracerView) policyConfig(sp config.ServicePolicy, class string, actions ...string) []string {
	lines := []string{"class-map " + class}
	match := "any"
	if m, ok := v.c.ClassMap(class); ok {
		match = classMatchText(v.p, m)
	}
	where := "global"
	if sp.If != "" {
		where = "interface " + sp.If
	}
	lines = append(lines, " match "+match, "policy-map "+sp.Policy, " class "+class)
	for _, a := range actions {
		lines = append(lines, "  "+a)
	}
	return append(lines, "service-policy "+sp.Policy+" "+where)
}

// inspectSubtype names an inspection as the data path does.
func inspectSubtype(i config.Inspect) string {
	first, _, _ := strings.Cut(i.Proto, " ")
	switch first {
	case "esmtp":
		return "inspect-smtp" // unverified:
	case "icmp":
		return "np-inspect"
	}
	return "inspect-" + first
}

// rule adds the look-up of a rule to a phase where detailed was typed.
func (v *tracerView) rule(p *tracerPhase, s dataplane.Step, domain, way, direction string) {
	if !v.detailed {
		return
	}
	r := acl.Rule{Permit: !p.drop, Type: -1, Code: -1, ID: acl.ID(s.Line)}
	priority := 6
	if s.Kind == dataplane.StepList || s.Kind == dataplane.StepListOut {
		priority = 13
		if s.Rule == nil {
			priority = 11
		}
	}
	switch {
	case s.Rule != nil:
		r = *s.Rule
	case s.Kind == dataplane.StepUnNAT:
		r.Dst = acl.Net{Addr: packet.U32(s.From.Real.Addr()), Mask: ^uint32(0)}
	case s.Kind == dataplane.StepNAT && s.From.Real.IsValid():
		r.Src = acl.Net{Addr: packet.U32(s.From.Real.Addr()), Mask: ^uint32(0)}
	}
	in, out := v.ifname(v.trace.In), "any"
	if way == "out" {
		in, out = "any", v.ifname(v.trace.Out)
	}
	id := config.HashID(fmt.Sprint(domain, " ", way, " ", r.ID, " ", s.List))
	for w := range release.Rows(v.s.Release(), release.TraceRules) {
		text := release.Format(w.Format, uint32(id), priority, domain, !r.Permit, s.Hits, uint32(r.ID)&0xffffff, r.Proto,
			packet.Addr(r.Src.Addr), packet.Addr(r.Src.Mask), r.SrcPort.Lo, packet.Addr(r.Dst.Addr), packet.Addr(r.Dst.Mask), r.DstPort.Lo,
			in, out, way, direction)
		if p.info != "" {
			text = p.info + "\n" + text
		}
		p.info = strings.TrimSuffix(text, "\n")
	}
}

// outcome is the last block: the interfaces, and what becomes of the packet.
func (v *tracerView) outcome() [][2]string {
	rows := v.status("input", v.trace.In)
	if v.trace.Out != dataplane.None {
		rows = append(rows, v.status("output", v.trace.Out)...)
	}
	if v.trace.Drop == 0 {
		return append(rows, [2]string{"Action", "allow"})
	}
	return append(rows, [2]string{"Action", "drop"}, [2]string{"Drop-reason", aspReasonOf(v.trace.Drop).String()})
}

func (v *tracerView) status(way string, p dataplane.Port) [][2]string {
	name, status, line := v.s.Release().Console.SelfName, "up", "up"
	if int(p) < len(v.c.Interfaces) {
		f := v.c.Interfaces[p]
		name = f.Name
		if f.Shutdown || v.c.Interfaces[v.c.TrunkOf(int(p))].Shutdown {
			status, line = "down", "down"
		} else if !v.s.Box().Carrier(int(p)) {
			line = "down"
		}
	}
	return [][2]string{{way + "-interface", name}, {way + "-status", status}, {way + "-line-status", line}}
}

func (v *tracerView) text() string {
	var b strings.Builder
	b.WriteByte('\n')
	for i, p := range v.phases() {
		fmt.Fprintf(&b, "Phase: %d\nType: %s\nSubtype: %s\nResult: %s\nConfig:\n", i+1, p.Type, p.Subtype, p.result())
		for _, line := range p.config {
			b.WriteString(line + "\n")
		}
		b.WriteString("Additional Information:\n")
		if p.info != "" {
			b.WriteString(p.info + "\n")
		}
		b.WriteByte('\n')
	}
	b.WriteString("Result:\n")
	for _, row := range v.outcome() {
		fmt.Fprintf(&b, "%s: %s\n", row[0], row[1])
	}
	b.WriteByte('\n')
	return b.String()
}

// xmlText escapes what is markup in XML.
var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// xml is the same as elements.
//
// unverified: their names.
func (v *tracerView) xml() string {
	var b strings.Builder
	element := func(name, text string) {
		fmt.Fprintf(&b, "<%s>%s</%s>\n", name, xmlText.Replace(text), name)
	}
	for i, p := range v.phases() {
		b.WriteString("<Phase>\n")
		element("id", fmt.Sprint(i+1))
		element("type", p.Type)
		element("subtype", p.Subtype)
		element("result", p.result())
		element("config", strings.Join(p.config, "\n"))
		element("extra", p.info)
		b.WriteString("</Phase>\n")
	}
	b.WriteString("<result>\n")
	for _, row := range v.outcome() {
		element(strings.ToLower(row[0]), row[1])
	}
	b.WriteString("</result>\n")
	return b.String()
}
