package command

import (
	"context"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// object-group: from 6.2 on. A line of one opens a sub-mode for its members.
var (
	groupWord    = g.Word("object-group", "Create an object group for use in access-list and conduit")
	groupID      = &g.Param[string]{Name: "grp_id", Help: "name of the group", Type: g.Ident(63)}
	groupNetwork = g.Word("network", "Specifies a group of host or subnet IP addresses")
	groupProto   = g.Word("protocol", "Specifies a group of protocols, such as TCP")
	groupICMP    = g.Word("icmp-type", "Specifies a group of ICMP types, such as echo")
	groupService = g.Word("service", "Specifies a group of TCP/UDP ports/services")
	groupTCP     = g.Word("tcp", "Specifies this is a TCP group")
	groupUDP     = g.Word("udp", "Specifies this is a UDP group")
	groupTCPUDP  = g.Word("tcp-udp", "Specifies this group can be used for either TCP or UDP")

	objectGroup = &Command{
		Name: "object-group", Help: "Create an object group for use in access-list and conduit", Mode: Configure, Span: since62,
		Syntax: g.Seq(groupWord, g.Alt(
			g.Seq(g.Alt(groupProto, groupNetwork, groupICMP), groupID),
			g.Seq(groupService, groupID, g.Alt(groupTCP, groupUDP, groupTCPUDP)),
			g.In(since80, groupService, groupID),
		)),
		NoSyntax: g.Seq(groupWord, g.Alt(
			g.Seq(g.Alt(groupProto, groupNetwork, groupICMP), groupID),
			g.Seq(groupService, groupID, g.Opt(g.Alt(groupTCP, groupUDP, groupTCPUDP))),
		)),
		ClearSyntax: g.Seq(groupWord, g.Opt(g.Alt(clearedTypes["protocol"], clearedTypes["network"], clearedTypes["icmp-type"], clearedTypes["service"], groupID))),
		Set:         enterGroup, No: noGroup, Clear: clearGroups, Lines: objectGroupLines, Section: release.SectionObjectGroup,
		Usage: []string{
			"[no] object-group protocol|network|icmp-type <grp_id>",
			"[no] object-group service <grp_id> tcp|udp|tcp-udp",
			"clear object-group [protocol|service|icmp-type|network|<grp_id>]",
		},
	}
)

// clearedTypes are the words for the types of groups where the name of one may stand too.
var clearedTypes = map[string]*g.Keyword{
	"protocol": exactly("protocol", "Groups of protocols"), "network": exactly("network", "Groups of addresses"),
	"icmp-type": exactly("icmp-type", "Groups of ICMP types"), "service": exactly("service", "Groups of ports"),
}

// groupModes is the sub-mode of each kind of group.
var groupModes = map[config.GroupKind]Mode{
	config.GroupNetwork: ConfigNetworkGroup, config.GroupProtocol: ConfigProtocolGroup, config.GroupICMP: ConfigICMPGroup,
	config.GroupTCP: ConfigServiceGroup, config.GroupUDP: ConfigServiceGroup, config.GroupTCPUDP: ConfigServiceGroup,
	config.GroupMixed: ConfigMixedGroup,
}

// kindOf is the kind of group that a line is about; 0: of services, without a protocol.
func kindOf(m *g.Match) config.GroupKind {
	for k, w := range map[config.GroupKind]*g.Keyword{
		config.GroupNetwork: groupNetwork, config.GroupProtocol: groupProto, config.GroupICMP: groupICMP,
		config.GroupTCP: groupTCP, config.GroupUDP: groupUDP, config.GroupTCPUDP: groupTCPUDP,
	} {
		if w.Seen(m) {
			return k
		}
	}
	return 0
}

// groupTypeWord is what the line of a group of that kind calls it.
func groupTypeWord(k config.GroupKind) string {
	if k.Service() {
		return "service"
	}
	return k.String()
}

func enterGroup(c *Ctx, e *config.Edit, m *g.Match) error {
	name, kind := groupID.Get(m), kindOf(m)
	if kind == 0 {
		kind = config.GroupMixed
	}
	if !e.SetGroupKind(name, kind) {
		o, _ := e.View().ObjectGroup(name)
		if o.Object {
			return Errorf(release.ConfObjectExists, name, kindWords(o))
		}
		return Errorf(release.ConfGroupKind, groupTypeWord(o.Kind))
	}
	c.Enter(groupModes[kind], name)
	return nil
}

func noGroup(c *Ctx, e *config.Edit, m *g.Match) error {
	name, kind := groupID.Get(m), kindOf(m)
	o, ok := e.View().ObjectGroup(name)
	switch {
	case !ok || o.Object:
		return Errorf(release.ConfGroupGone, name)
	case o.Kind != kind && (kind != 0 || !o.Kind.Service()):
		return Errorf(release.ConfGroupKind, groupTypeWord(o.Kind))
	case o.InUse():
		return Errorf(release.ConfGroupInUse, name)
	}
	e.RemoveObjectGroup(name)
	return nil
}

// clearGroups removes the groups of a type, one or all of them, but for those in use, which it names.
// unverified: that a name may be typed instead of a type.
func clearGroups(c *Ctx, e *config.Edit, m *g.Match) error {
	name, one := groupID.Lookup(m)
	var all []string
	for o := range e.View().ObjectGroups() {
		if !o.Object && (one && o.Name == name || !one && ofType(m, o, clearedTypes)) {
			all = append(all, o.Name)
		}
	}
	if one && len(all) == 0 {
		return Errorf(release.ConfGroupGone, name)
	}
	for _, name := range slices.Backward(all) { // a group stands behind those that it holds
		if o, _ := e.View().ObjectGroup(name); o.InUse() {
			c.Note(release.ConfGroupInUse, name)
			continue
		}
		e.RemoveObjectGroup(name)
	}
	return nil
}

// ofType reports whether a group is of the type whose word was typed; without one every group is.
func ofType(m *g.Match, o *config.ObjectGroup, words map[string]*g.Keyword) bool {
	for _, w := range words {
		if w.Seen(m) {
			return words[groupTypeWord(o.Kind)] == w
		}
	}
	return true
}

// The lines of the sub-modes.
var (
	groupAbout   = &g.Param[string]{Name: "text", Help: "description of the group, up to 200 characters", Type: g.Text()}
	groupHost    = g.Word("host", "The address of a host follows")
	groupAddr    = &g.Param[netip.Addr]{Name: "ip_address", Help: "address of the host or network", Type: g.Addr()}
	groupMask    = &g.Param[netip.Addr]{Name: "netmask", Help: "netmask of the network", Type: g.Mask()}
	groupNumber  = &g.Param[uint8]{Name: "protocol", Help: "protocol number or name", Type: g.Proto()}
	groupMessage = &g.Param[int]{Name: "icmp_type", Help: "ICMP message type", Type: g.ICMPType()}
	groupEq      = g.Word("eq", "One port")
	groupRange   = g.Word("range", "A range of ports")
	groupPort    = &g.Param[groupPortWord]{Name: "port", Help: "port number or name", Type: groupPortType()}
	groupLast    = &g.Param[groupPortWord]{Name: "port", Help: "last port of the range", Type: groupPortType()}
	innerGroups  = map[Mode]*g.Param[string]{
		ConfigNetworkGroup: innerGroup("network"), ConfigProtocolGroup: innerGroup("protocol"),
		ConfigICMPGroup: innerGroup("icmp-type"), ConfigServiceGroup: innerGroup("tcp", "udp", "tcp-udp"),
		ConfigMixedGroup: innerGroup("service"),
	}
	innerObject  = &g.Param[string]{Name: "obj_id", Help: "name of the object", Type: g.ObjectGroup("object network")}
	innerService = &g.Param[string]{Name: "obj_id", Help: "name of the object", Type: g.ObjectGroup("object service")}
	objectInner  = exactly("object", "Enter this keyword to specify an object")
	groupServes  = newServiceWords()

	groupHost6 = g.Word("host", "Enter this keyword to specify a single host object")
	groupAddr6 = &g.Param[netip.Addr]{Name: "ipv6_address", Help: "IPv6 address", Type: addr6()}
	groupNet6  = &g.Param[netip.Prefix]{Name: "ipv6_address/prefix", Help: "Enter an IPv6 prefix", Type: prefix6()}
	groupSix   = g.Alt(g.Seq(groupHost6, groupAddr6), groupNet6)

	objectGroupCommands = slices.Concat(
		[]*Command{
			objectGroup, showObjectGroup,
			groupMember(since62, ConfigNetworkGroup, "network-object", "Configure a network object",
				g.Alt(g.Seq(groupHost, groupAddr), g.In(since83, objectInner, innerObject), g.Seq(groupAddr, groupMask), g.In(since90, groupSix)), "host <ip_address>", "<ip_address> <netmask>"),
			groupMember(since62, ConfigProtocolGroup, "protocol-object", "Configure a protocol object", groupNumber, "<protocol>"),
			groupMember(since62, ConfigICMPGroup, "icmp-object", "Configure an icmp-type object", groupMessage, "<icmp_type>"),
			groupMember(since62, ConfigServiceGroup, "port-object", "Configure a port object",
				g.Alt(g.Seq(groupEq, groupPort), g.Seq(groupRange, groupPort, groupLast)), "eq <port>", "range <port> <port>"),
			groupMember(since80, ConfigMixedGroup, "service-object", "Configure a service object",
				g.Alt(g.In(since83, objectInner, innerService), groupServes.members())),
		},
		inEveryGroup(since62, ConfigNetworkGroup), inEveryGroup(since62, ConfigProtocolGroup), inEveryGroup(since62, ConfigICMPGroup),
		inEveryGroup(since62, ConfigServiceGroup), inEveryGroup(since80, ConfigMixedGroup),
	)
)

// innerGroup is the name of a group to be held. One of another kind is read as well: the command says why it may not be.
func innerGroup(kinds ...string) *g.Param[string] {
	t := g.ObjectGroup(kinds...)
	t.Parse = g.Ident(63).Parse
	return &g.Param[string]{Name: "obj_grp_id", Help: "name of the group", Type: t}
}

// groupMember is the command of a sub-mode for members that are no groups; forms are what its usage has behind the word.
func groupMember(span release.Span, mode Mode, word, help string, syntax g.Syntax, forms ...string) *Command {
	c := &Command{
		Name: word, Help: help, Mode: mode, Span: span, Syntax: g.Seq(g.Word(word, help), syntax), Adds: true,
		Set: setMember, No: noMember,
	}
	for _, f := range forms {
		c.Usage = append(c.Usage, "[no] "+word+" "+f)
	}
	return c
}

// inEveryGroup are the commands that each of the sub-modes has.
func inEveryGroup(span release.Span, mode Mode) []*Command {
	inner := groupMember(span, mode, "group-object", "Configure an object group as an object", innerGroups[mode], "<obj_grp_id>")
	return []*Command{inner, describing(span, mode, "Specify a description of the object group", groupAbout)}
}

// describing is the command of a sub-mode that gives the group or object of the mode a description.
func describing(span release.Span, mode Mode, help string, about *g.Param[string]) *Command {
	word := g.Word("description", help)
	return &Command{
		Name: "description", Help: help, Mode: mode, Span: span, Syntax: g.Seq(word, about), NoSyntax: g.Seq(word, g.Opt(about)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			text := about.Get(m)
			if len(text) > maxDescription {
				return ErrUsage
			}
			e.DescribeGroup(c.Path[0], text)
			return nil
		},
		No:    func(c *Ctx, e *config.Edit, _ *g.Match) error { e.DescribeGroup(c.Path[0], ""); return nil },
		Usage: []string{"description <text>", "no description"},
	}
}

// maxDescription is the longest description, in octets.
const maxDescription = 200

// groupPortWord is a port as a member names it, and the protocols over which the release knows it by that word.
type groupPortWord struct {
	port     uint16
	tcp, udp bool
}

func groupPortType() g.Type[groupPortWord] {
	either, tcp, udp := g.Port(""), g.Port("tcp"), g.Port("udp")
	return g.Type[groupPortWord]{
		Label: either.Label, Words: either.Words, Sample: either.Sample,
		Parse: func(e g.Env, w string) (groupPortWord, error) {
			p, err := either.Parse(e, w)
			_, noTCP := tcp.Parse(e, w)
			_, noUDP := udp.Parse(e, w)
			return groupPortWord{p, noTCP == nil, noUDP == nil}, err
		},
	}
}

// fits reports whether a group of that kind can hold the port; one over both protocols takes the names of either.
func (w groupPortWord) fits(k config.GroupKind) bool {
	return k == config.GroupTCPUDP || k == config.GroupTCP && w.tcp || k == config.GroupUDP && w.udp
}

// memberOf is the member of a group of that kind that was typed.
func memberOf(kind config.GroupKind, m *g.Match) (config.Member, error) {
	v := config.Member{Proto: groupNumber.Get(m), Type: int16(groupMessage.Get(m))}
	for _, p := range innerGroups {
		if name, ok := p.Lookup(m); ok {
			v.Group = name
		}
	}
	if v.Object = objectInner.Seen(m); v.Object {
		v.Group = orElse(innerObject.Get(m), innerService.Get(m))
		return v, nil
	}
	if kind == config.GroupMixed && v.Group == "" {
		return groupServes.member(m)
	}
	switch {
	case groupHost6.Seen(m):
		v.Six = "host " + groupAddr6.Get(m).String()
	case groupNet6.Get(m).IsValid():
		v.Six = groupNet6.Get(m).Masked().String()
	case groupHost.Seen(m):
		v.Net = config.Host(groupAddr.Get(m))
	case groupAddr.Get(m).IsValid():
		v.Net = config.Net{Addr: groupAddr.Get(m), Mask: groupMask.Get(m)}.Masked()
	case groupEq.Seen(m), groupRange.Seen(m):
		return portMember(kind, m)
	}
	return v, nil
}

func portMember(kind config.GroupKind, m *g.Match) (v config.Member, err error) {
	lo, hi := groupPort.Get(m), groupLast.Get(m)
	switch {
	case !lo.fits(kind) || groupRange.Seen(m) && !hi.fits(kind):
		return v, ErrUsage
	case groupEq.Seen(m):
		v.Port = config.PortMatch{Op: config.PortEq, Lo: lo.port}
	case groupRange.Seen(m):
		v.Port = config.PortMatch{Op: config.PortRange, Lo: lo.port, Hi: hi.port}
		if v.Port.Lo > v.Port.Hi {
			return v, Errorf(release.ConfBadRange)
		}
	}
	return v, nil
}

// typedMember is the member of a line, the group that is open, and the words of the member in that group.
func typedMember(c *Ctx, e *config.Edit, m *g.Match) (v config.Member, o *config.ObjectGroup, text string, err error) {
	o, ok := e.View().ObjectGroup(c.Path[0])
	if !ok {
		return v, nil, "", Errorf(release.ConfGroupGone, c.Path[0])
	}
	if v, err = memberOf(o.Kind, m); err != nil {
		return v, nil, "", err
	}
	return v, o, memberText(printer{rel: c.Release, c: e.View()}, o.Kind, &v), nil
}

func setMember(c *Ctx, e *config.Edit, m *g.Match) error {
	v, o, text, err := typedMember(c, e, m)
	if err != nil {
		return err
	}
	if err := checkMember(e.View(), o, &v, text); err != nil {
		return err
	}
	if !e.AddMember(o.Name, v) {
		return Errorf(release.ConfMemberExists, text, o.Name)
	}
	if e.View().Elements() > c.Release.Limits.Elements {
		return Errorf(release.ConfTooManyRules, o.Name)
	}
	return nil
}

// checkMember refuses a group that is not there, is of another kind or holds this one, and a protocol without ports where
// an entry compares ports.
func checkMember(c *config.Config, o *config.ObjectGroup, v *config.Member, text string) error {
	if v.Group == "" {
		if o.Kind == config.GroupProtocol && v.Proto != protoTCP && v.Proto != protoUDP && c.PortedBy(o.Name) {
			return Errorf(release.ConfMemberUnfit, text, o.Name)
		}
		return nil
	}
	inner, ok := c.ObjectGroup(v.Group)
	switch {
	case !ok || inner.Object != v.Object:
		return Errorf(release.ConfMemberNone, text, o.Name)
	case !o.Kind.Takes(inner.Kind):
		return Errorf(release.ConfGroupKind, groupTypeWord(inner.Kind))
	case c.GroupHolds(v.Group, o.Name):
		return Errorf(release.ConfGroupLoop, text, o.Name)
	case o.Kind == config.GroupProtocol && c.PortedBy(o.Name):
		for _, p := range c.Expander().Objects(v.Group) {
			if p.Proto != protoTCP && p.Proto != protoUDP {
				return Errorf(release.ConfMemberUnfit, text, o.Name)
			}
		}
	}
	return nil
}

func noMember(c *Ctx, e *config.Edit, m *g.Match) error {
	v, o, text, err := typedMember(c, e, m)
	if err != nil {
		return err
	}
	if !e.RemoveMember(o.Name, v) {
		return Errorf(release.ConfMemberGone, text, o.Name)
	}
	if now, _ := e.View().ObjectGroup(o.Name); now.Size() == 0 && o.Size() > 0 && o.InUse() {
		return Errorf(release.ConfGroupEmptied, text, o.Name)
	}
	return nil
}

// objectGroupLines: the groups before the lists that name them.
func objectGroupLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for o := range c.ObjectGroups() {
			if o.Object {
				continue
			}
			for l := range groupBlock(p, o) {
				if !yield(l) {
					return
				}
			}
		}
	}
}

// groupBlock is the lines of one group.
func groupBlock(p printer, o *config.ObjectGroup) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		put := func(depth int, text string) bool {
			return yield(Line{Section: release.SectionObjectGroup, Depth: depth, Text: text})
		}
		indent := p.rel.Config.MemberIndent
		head := "object-group " + groupTypeWord(o.Kind) + " " + o.Name
		if o.Kind.Service() && o.Kind != config.GroupMixed {
			head += " " + o.Kind.String()
		}
		if !put(0, p.tail(release.SectionObjectGroup, head)) || o.Description != "" && !put(indent, "description "+o.Description) {
			return
		}
		for _, m := range o.Members.All() {
			if !put(indent, p.tail(release.SectionObjectGroup, memberText(p, o.Kind, m))) {
				return
			}
		}
	}
}

// memberText is the line of a member, without its trailing blank.
func memberText(p printer, k config.GroupKind, m *config.Member) string {
	switch {
	case m.Object && k == config.GroupMixed:
		return "service-object object " + m.Group
	case m.Object:
		return "network-object object " + m.Group
	case m.Group != "":
		return "group-object " + m.Group
	case k == config.GroupMixed:
		return "service-object " + serviceText(p, m, p.rel.Config.ServiceTo)
	case k == config.GroupNetwork && m.Six != "":
		return "network-object " + m.Six
	case k == config.GroupNetwork && m.Net.IsHost():
		return "network-object host " + p.addr(m.Net.Addr)
	case k == config.GroupNetwork:
		return "network-object " + p.net(m.Net)
	case k == config.GroupProtocol:
		return "protocol-object " + g.ProtoName(p.rel, m.Proto)
	case k == config.GroupICMP:
		return "icmp-object " + g.ICMPTypeName(p.rel, int(m.Type))
	}
	over := k.String()
	if k == config.GroupTCPUDP {
		over = ""
	}
	if m.Port.Op == config.PortRange {
		return "port-object range " + g.PortName(p.rel, over, m.Port.Lo) + " " + g.PortName(p.rel, over, m.Port.Hi)
	}
	return "port-object eq " + g.PortName(p.rel, over, m.Port.Lo)
}

var (
	shownGroupID    = &g.Param[string]{Name: "grp_id", Help: "name of the group", Type: g.Ident(63)}
	shownGroupTypes = map[string]*g.Keyword{
		"protocol": g.Word("protocol", "Show groups of protocols"), "network": g.Word("network", "Show groups of addresses"),
		"icmp-type": g.Word("icmp-type", "Show groups of ICMP types"), "service": g.Word("service", "Show groups of ports"),
	}
	showObjectGroup = &Command{
		Name: "show object-group", Help: "Show object groups", Mode: Privileged, Span: since62,
		Syntax: show(g.Word("object-group", "Show object groups"), g.Opt(g.Alt(
			shownGroupTypes["protocol"], shownGroupTypes["network"], shownGroupTypes["icmp-type"], shownGroupTypes["service"], shownIdentity.syntax(),
			g.Seq(g.Word("id", "Show one group"), shownGroupID),
		))),
		Run:   runShowObjectGroup,
		Usage: []string{"show object-group [protocol|service|icmp-type|network]", "show object-group id <grp_id>"},
	}
)

func runShowObjectGroup(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	p := printerFor(c, View{Names: true})
	name, one := shownGroupID.Lookup(m)
	who := shownIdentity.kind(m)
	blocks := identityBlocks(c, View{Release: s.Release(), Names: true}, who, name)
	if _, ok := c.ObjectGroup(name); one && !ok && blocks == "" {
		s.Say(release.NoSuchGroup, name)
		return nil
	}
	for o := range c.ObjectGroups() {
		if o.Object || one && o.Name != name || who != "" || !ofType(m, o, shownGroupTypes) {
			continue
		}
		for l := range groupBlock(p, o) {
			if err := emit(s, strings.Repeat(" ", l.Depth)+l.Text+"\n"); err != nil {
				return err
			}
		}
	}
	for _, w := range shownGroupTypes {
		if w.Seen(m) {
			return nil
		}
	}
	return emit(s, blocks)
}
