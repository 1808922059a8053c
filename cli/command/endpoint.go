package command

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// endpoint is one side of a rule in an access-list or conduit: any, host A, A M, interface IF or an object-group, and
// behind it a comparison of the port, whose names depend on the protocol, or a group of ports.
type endpoint struct {
	any, host, iface      *g.Keyword
	addr, mask            *g.Param[netip.Addr]
	hostAddr              *g.Param[netip.Addr]
	ifname                *g.Param[string]
	eq, neq, lt, gt, span *g.Keyword
	port, hi              map[uint8]*g.Param[uint16]
	group, portGroup      *g.Keyword
	groupName             *g.Param[string]
	object                *g.Keyword
	any4, any6, host6     *g.Keyword // 9.0 and later, as the next
	addr6                 *g.Param[netip.Addr]
	prefix6               *g.Param[netip.Prefix]
	objectName            *g.Param[string]
	who                   piece // a user, or a group of TrustSec, before the address (8.4 and later)
	portGroupName         map[uint8]*g.Param[string]
}

// anyPorted stands for the protocols of an object-group, which then have to be tcp and udp, in the maps of an endpoint.
const anyPorted = 0

// portWords are the kinds of groups of ports that fit a protocol.
var portWords = map[uint8][]string{6: {"tcp", "tcp-udp"}, 17: {"udp", "tcp-udp"}, anyPorted: {"tcp-udp"}}

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
		group:         g.Word("object-group", "Network object-group for "+what),
		groupName:     &g.Param[string]{Name: "network_obj_grp_id", Help: "name of the group", Type: g.ObjectGroup("network")},
		object:        g.Word("object", "Network object for "+what),
		any4:          g.Word("any4", "Abbreviation of "+what+" and mask of 0.0.0.0 0.0.0.0"),
		any6:          g.Word("any6", "Abbreviation for "+what+"/prefix-length ::/0"),
		host6:         g.Word("host", "Use this keyword to configure "+side+" host"),
		addr6:         &g.Param[netip.Addr]{Name: name + "_ip6", Help: what, Type: addr6()},
		prefix6:       &g.Param[netip.Prefix]{Name: name + "_prefix", Help: capital(side) + " IPv6 address/prefix", Type: prefix6()},
		objectName:    &g.Param[string]{Name: "network_obj_id", Help: "name of the object", Type: g.ObjectGroup("object network")},
		who:           ref(whoOf[name]),
		portGroup:     g.Word("object-group", "Service object-group for "+side+" port"),
		portGroupName: map[uint8]*g.Param[string]{},
	}
	for proto, over := range map[uint8]string{6: "tcp", 17: "udp", anyPorted: ""} {
		e.portGroupName[proto] = &g.Param[string]{Name: "service_obj_grp_id", Help: "name of the group", Type: g.ObjectGroup(portWords[proto]...)}
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

// net is the syntax of the address, withGroup of the address with the form of a group, withIf with that of an interface
// too.
func (e *endpoint) net() g.Syntax {
	return g.Alt(e.any, g.Seq(e.host, e.hostAddr), g.Seq(e.addr, e.mask))
}

func (e *endpoint) withGroup() g.Syntax {
	return g.Alt(e.any, g.Seq(e.host, e.hostAddr), g.In(since62, e.group, e.groupName), g.Seq(e.addr, e.mask))
}

func (e *endpoint) withIf() g.Syntax {
	return g.Alt(e.any, g.Seq(e.host, e.hostAddr), g.In(since63, e.iface, e.ifname), g.In(since62, e.group, e.groupName), g.In(since83, e.object, e.objectName), g.Seq(e.addr, e.mask),
		g.In(since90, g.Alt(e.any4, e.any6, g.Seq(e.host6, e.addr6), e.prefix6)))
}

// whoOf are the users and the groups of TrustSec that a packet comes from, and the groups that it goes to. What stands for no
// user is all that the box sees: it asks no agent (8.4(2) and 9.0 command references, access-list extended).
var whoOf = map[string]string{
	"src":  "[{user none|user any|user <user:quoted>|user-group <group:quoted>|object-group-user <group>}] " + securityGroups,
	"dest": securityGroups,
}

// securityGroups are the groups of TrustSec.
const securityGroups = "[{security-group name <name:quoted>|security-group tag <1-65533>|object-group-security <group>}]"

// identified is withIf with whom a packet comes from or goes to before it.
func (e *endpoint) identified() g.Syntax {
	return g.Alt(e.withIf(), g.In(since84, e.who.syntax(), e.withIf()))
}

// six is an end of IPv6 as it is printed; "": it is none.
func (e *endpoint) six(m *g.Match) string {
	if e.any6.Seen(m) {
		return "any6"
	}
	if a, ok := e.addr6.Lookup(m); ok {
		return "host " + a.String()
	}
	if p, ok := e.prefix6.Lookup(m); ok {
		return p.Masked().String()
	}
	return ""
}

// compared is the syntax of the comparison for tcp (6), udp (17) or anyPorted, ports of that or a group.
func (e *endpoint) compared(proto uint8) g.Syntax {
	return g.Alt(
		g.Seq(g.Alt(e.eq, e.neq, e.lt, e.gt), e.port[proto]),
		g.Seq(e.span, e.port[proto], e.hi[proto]),
	)
}

func (e *endpoint) ports(proto uint8) g.Syntax {
	return g.Opt(g.Alt(e.compared(proto), g.In(since62, e.portGroup, e.portGroupName[proto])))
}

// typed reports whether an address without a group or interface was.
func (e *endpoint) typed(m *g.Match) bool {
	_, addressed := e.addr.Lookup(m)
	return addressed || e.any.Seen(m) || e.host.Seen(m) || e.any4.Seen(m)
}

// get is what was typed; false when it means nothing (a range that runs backwards).
func (e *endpoint) get(m *g.Match, proto uint8) (config.ACEEnd, bool) {
	end := config.ACEEnd{If: e.ifname.Get(m)}
	if e.who.typed(m) {
		end.Who = textOf(e.who.words(nil, m))
	}
	switch {
	case e.any.Seen(m):
		end.Net = config.AnyNet
	case e.any4.Seen(m):
		end.Net, end.Family = config.AnyNet, 4
	case e.six(m) != "":
		end.Family, end.Six = 6, e.six(m)
	case e.host.Seen(m):
		end.Net = config.Host(e.hostAddr.Get(m))
	case !e.iface.Seen(m) && !e.group.Seen(m) && !e.object.Seen(m):
		end.Net = config.Net{Addr: e.addr.Get(m), Mask: e.mask.Get(m)}.Masked()
	}
	var ok bool
	end.Port, ok = e.match(m, proto)
	return end, ok
}

// match is the comparison of the port that was typed; false for a range that runs backwards.
func (e *endpoint) match(m *g.Match, proto uint8) (config.PortMatch, bool) {
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
		return config.PortMatch{}, true
	}
	p := config.PortMatch{Op: op, Lo: e.port[proto].Get(m)}
	if op == config.PortRange {
		p.Hi = e.hi[proto].Get(m)
	}
	return p, op != config.PortRange || p.Lo <= p.Hi
}

// rule is the part of an access-list line behind permit or deny, and of a conduit: protocol, two ends, ICMP type.
type rule struct {
	permit, deny   *g.Keyword
	tcp, udp, icmp *g.Keyword
	proto          *g.Param[uint8]
	first, second  *endpoint
	icmpType       *g.Param[int]
	icmpCode       *g.Param[int]
	icmp6          *g.Keyword // 9.0 and later, as the next
	icmp6Type      *g.Param[int]

	protoGroup, icmpGroup         *g.Keyword
	protoGroupName, icmpGroupName *g.Param[string]

	// From 8.0 on a group of services, and from 8.3 on an object service, stand for protocol and ports.
	serviceGroup, service         *g.Keyword
	serviceGroupName, serviceName *g.Param[string]
}

// numbered is the keyword of a protocol, which its number says as well.
func numbered(text, number, help string) *g.Keyword {
	return &g.Keyword{Text: text, Aliases: []string{number}, Help: help}
}

func newRule(first, second *endpoint) *rule {
	return &rule{
		permit: g.Word("permit", "Permit packets that match"), deny: g.Word("deny", "Deny packets that match"),
		tcp: numbered("tcp", "6", "Transmission Control Protocol"), udp: numbered("udp", "17", "User Datagram Protocol"),
		icmp:  numbered("icmp", "1", "Internet Control Message Protocol"),
		proto: &g.Param[uint8]{Name: "protocol", Help: "protocol number or name", Type: otherProto()},
		first: first, second: second,
		icmpType:  &g.Param[int]{Name: "icmp_type", Help: "ICMP message type", Type: g.ICMPType()},
		icmpCode:  &g.Param[int]{Name: "icmp_code", Help: "ICMP message code", Type: g.Int(0, 255)},
		icmp6:     numbered("icmp6", "58", "Internet Control Message Protocol for IPv6"),
		icmp6Type: &g.Param[int]{Name: "icmp6_type", Help: "ICMPv6 message type", Type: g.ICMP6Type()},

		protoGroup:       g.Word("object-group", "Specify a protocol object group after this keyword"),
		protoGroupName:   &g.Param[string]{Name: "protocol_obj_grp_id", Help: "name of the group", Type: g.ObjectGroup("protocol")},
		serviceGroup:     g.Word("object-group", "Specify a service object group after this keyword"),
		serviceGroupName: &g.Param[string]{Name: "service_obj_grp_id", Help: "name of the group", Type: g.ObjectGroup("service")},
		service:          g.Word("object", "Specify a service object after this keyword"),
		serviceName:      &g.Param[string]{Name: "service_obj_id", Help: "name of the object", Type: g.ObjectGroup("object service")},
		icmpGroup:        g.Word("object-group", "Specify an ICMP object group after this keyword"),
		icmpGroupName:    &g.Param[string]{Name: "icmp_type_obj_grp_id", Help: "name of the group", Type: g.ObjectGroup("icmp-type")},
	}
}

// otherProto is a protocol without ports and ICMP types: 6, 17 and 1 are their keywords' own.
func otherProto() g.Type[uint8] {
	t := g.Proto()
	words := t.Words
	others := func(all []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(w string) bool { return w == "tcp" || w == "udp" || w == "icmp" })
	}
	var lists sync.Map // *release.Release -> []string: long configurations are mostly lines with protocols
	t.Words = func(e g.Env) []string {
		var rel *release.Release
		if e != nil {
			rel = e.Release()
		}
		list, ok := lists.Load(rel)
		if !ok {
			list, _ = lists.LoadOrStore(rel, others(words(e)))
		}
		return list.([]string)
	}
	return t
}

// syntax is the rule with end as the syntax of an end's address.
func (r *rule) syntax(end func(*endpoint) g.Syntax) g.Syntax {
	a, b := end(r.first), end(r.second)
	return g.Seq(g.Alt(r.permit, r.deny), g.Alt(
		g.Seq(r.tcp, a, r.first.ports(6), b, r.second.ports(6)),
		g.Seq(r.udp, a, r.first.ports(17), b, r.second.ports(17)),
		g.Seq(r.icmp, a, b, g.Opt(g.Alt(g.Seq(r.icmpType, g.In(inASA, g.Opt(r.icmpCode))), g.In(since62, r.icmpGroup, r.icmpGroupName)))),
		g.Seq(r.proto, a, b),
		g.In(since90, r.icmp6, a, b, g.Alt(g.Seq(r.icmp6Type, g.Opt(r.icmpCode)), g.Seq(r.icmpGroup, r.icmpGroupName))),
		g.In(since62, r.protoGroup, r.protoGroupName, a, r.first.ports(anyPorted), b, r.second.ports(anyPorted)),
		g.In(since80, r.serviceGroup, r.serviceGroupName, a, b),
		g.In(since83, r.service, r.serviceName, a, b),
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
	case r.icmp6.Seen(m):
		return protoICMP6
	}
	return r.proto.Get(m)
}

// flow is a rule without permit or deny: a protocol, and hosts or networks with their ports.
func (r *rule) flow() g.Syntax {
	a, b := r.first.net(), r.second.net()
	return g.Alt(
		g.Seq(r.tcp, a, g.Opt(r.first.compared(protoTCP)), b, g.Opt(r.second.compared(protoTCP))),
		g.Seq(r.udp, a, g.Opt(r.first.compared(protoUDP)), b, g.Opt(r.second.compared(protoUDP))),
		g.Seq(r.icmp, a, b),
		g.Seq(r.proto, a, b),
	)
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
	if t, typed := r.icmp6Type.Lookup(m); typed {
		a.ICMPType = int16(t)
	}
	if t, typed := r.icmpCode.Lookup(m); typed {
		a.ICMPCode = int16(t)
	}
	a.Groups = r.groups(m, a.Proto)
	return a, nil
}

// groups are the object-groups that were typed, nil without any.
func (r *rule) groups(m *g.Match, proto uint8) *config.GroupRefs {
	v := config.GroupRefs{
		Proto: r.protoGroupName.Get(m), ICMP: r.icmpGroupName.Get(m),
		Src: orElse(r.first.groupName.Get(m), r.first.objectName.Get(m)), Dst: orElse(r.second.groupName.Get(m), r.second.objectName.Get(m)),
	}
	v.Proto = orElse(v.Proto, orElse(r.serviceGroupName.Get(m), r.serviceName.Get(m)))
	if p, ok := r.first.portGroupName[proto]; ok {
		v.SrcPort, v.DstPort = p.Get(m), r.second.portGroupName[proto].Get(m)
	}
	if v == (config.GroupRefs{}) {
		return nil
	}
	return &v
}

// checkObjects refuses an entry that names an object (8.3 and later) which is not there or has no value.
func (r *rule) checkObjects(c *config.Config, m *g.Match) error {
	for _, p := range []*g.Param[string]{r.serviceName, r.first.objectName, r.second.objectName} {
		name, named := p.Lookup(m)
		if !named {
			continue
		}
		switch o, ok := c.ObjectGroup(name); {
		case !ok:
			return Errorf(release.ConfNoObject, name)
		case o.Size() == 0:
			return Errorf(release.ConfNATNoValue, name)
		}
	}
	return nil
}

// checkGroups refuses an entry that names a group which is not there or has nothing in it, compares ports of protocols
// that have none, or stands for more rules than the release has room for.
func checkGroups(rel *release.Release, c *config.Config, a *config.ACE, list string) error {
	if err := checkWho(c, a); err != nil {
		return err
	}
	if a.Groups == nil {
		return nil
	}
	for _, name := range a.Groups.Names() {
		o, ok := c.ObjectGroup(name)
		switch {
		case name == "":
		case !ok:
			return Errorf(release.ConfNoGroup, name)
		case o.Size() == 0:
			return Errorf(release.ConfEmptyGroup, name)
		}
	}
	if a.Groups.Proto != "" && a.Ported() {
		for _, p := range c.Expander().Objects(a.Groups.Proto) {
			if p.Proto != 6 && p.Proto != 17 {
				return ErrUsage
			}
		}
	}
	if c.Elements()+c.RulesOf(a) > rel.Limits.Elements {
		return Errorf(release.ConfTooManyRules, list)
	}
	return nil
}

// rule is the part of a line that newRule's syntax reads, behind permit or deny and with a blank in front.
func (p printer) rule(a *config.ACE) string {
	r := a.Groups
	if r == nil {
		r = &config.GroupRefs{}
	}
	text := " " + g.ProtoName(p.rel, a.Proto)
	if r.Proto != "" {
		text = p.inGroup(r.Proto)
	}
	text += p.end(a.Proto, a.Src, r.Src, r.SrcPort) + p.end(a.Proto, a.Dst, r.Dst, r.DstPort)
	switch {
	case r.ICMP != "":
		text += p.inGroup(r.ICMP)
	case a.ICMPType >= 0 && a.Proto == protoICMP6:
		text += " " + g.ICMP6TypeName(p.rel, int(a.ICMPType))
	case a.ICMPType >= 0:
		text += " " + g.ICMPTypeName(p.rel, int(a.ICMPType))
	}
	if a.ICMPCode >= 0 {
		text += " " + strconv.Itoa(int(a.ICMPCode))
	}
	return text
}

// inGroup is a group or an object in the place of an address, of ports or of a protocol, with a blank in front.
func (p printer) inGroup(name string) string {
	if p.isObject(name) {
		return " object " + name
	}
	return " object-group " + name
}

func (p printer) isObject(name string) bool {
	o, ok := p.c.ObjectGroup(name)
	return ok && o.Object
}

// end is one side of an entry with a blank in front.
func (p printer) end(proto uint8, e config.ACEEnd, group, portGroup string) string {
	text, who := "", ""
	if e.Who != "" {
		who = " " + e.Who
	}
	switch {
	case group != "":
		text = p.inGroup(group)
	case e.If != "":
		text = " interface " + e.If
	case e.Family == 4:
		text = " any4"
	case e.Six != "":
		text = " " + e.Six
	case e.FQDN != "" && e.Net.IsValid():
		text = " " + p.short(e.Net) + " (" + e.FQDN + ")"
	case e.FQDN != "":
		state := "(unresolved)"
		if len(p.c.Resolved(e.FQDN)) > 0 {
			state = "(resolved)"
		}
		text = " fqdn " + e.FQDN + " " + state
	case e.Last.IsValid():
		text = " range " + p.addr(e.Net.Addr) + " " + p.addr(e.Last)
	default:
		text = " " + p.short(e.Net)
	}
	text = who + text
	if portGroup != "" {
		return text + p.inGroup(portGroup)
	}
	return text + p.ports(proto, e.Port)
}

// checkWho refuses an entry with a group of users, or of groups of TrustSec, that is not there.
func checkWho(c *config.Config, a *config.ACE) error {
	for _, slot := range slices.Concat(groupsOfWho(a.Src), groupsOfWho(a.Dst)) {
		at := strings.LastIndexByte(slot, ' ')
		if _, ok := c.InSlot(slot[:at], slot); !ok {
			return Errorf(release.ConfNoGroup, slot[at+1:])
		}
	}
	return nil
}

// groupsOfWho are the groups that an end asks for by name, as their own first lines: "object-group user NAME".
func groupsOfWho(end config.ACEEnd) (slots []string) {
	words := strings.Fields(end.Who)
	for i, w := range words {
		if kind, ok := whoGroups[w]; ok && i+1 < len(words) {
			slots = append(slots, kind+" "+words[i+1])
		}
	}
	return slots
}

// whoGroups are the commands of groups by the word that names one.
var whoGroups = map[string]string{"object-group-user": "object-group user", "object-group-security": "object-group security"}
