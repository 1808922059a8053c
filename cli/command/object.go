package command

import (
	"iter"
	"net/netip"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// object: from 8.3 on. A line of one opens a sub-mode, in which it gets its one value and, of a network, its translation.

// since83 is where objects are, and translations are a table.
var since83 = release.Since(release.V(8, 3))

var (
	objectWord    = g.Word("object", "Configure an object")
	objectNetwork = g.Word("network", "Specifies a host, subnet or range IP addresses")
	objectService = g.Word("service", "Specifies a protocol/port")
	objectName    = &g.Param[string]{Name: "name", Help: "Specifies object ID (1-64 characters)", Type: g.Ident(64)}
	objectOne     = g.Word("id", "One object")

	objectCmd = &Command{
		Name: "object", Help: "Configure an object", Mode: Configure, Span: since83,
		Syntax:      g.Seq(objectWord, g.Alt(objectNetwork, objectService), objectName),
		ClearSyntax: g.Seq(objectWord, g.Opt(g.Alt(objectNetwork, objectService, g.Seq(objectOne, objectName)))),
		Set:         enterObject, No: noObject, Clear: clearObjects, Lines: objectLines,
	}
)

// objectKind is the kind of the object that a line is about.
func objectKind(m *g.Match) (config.GroupKind, Mode) {
	if objectService.Seen(m) {
		return config.GroupMixed, ConfigObjectService
	}
	return config.GroupNetwork, ConfigObjectNetwork
}

func enterObject(c *Ctx, e *config.Edit, m *g.Match) error {
	kind, mode := objectKind(m)
	name := objectName.Get(m)
	if !e.SetObject(name, kind) {
		o, _ := e.View().ObjectGroup(name)
		return Errorf(release.ConfObjectExists, name, kindWords(o))
	}
	c.Enter(mode, name)
	return nil
}

// kindWords name what has a name: "object network".
func kindWords(o *config.ObjectGroup) string {
	if o.Object {
		return "object " + groupTypeWord(o.Kind)
	}
	return "object-group " + groupTypeWord(o.Kind)
}

func noObject(_ *Ctx, e *config.Edit, m *g.Match) error {
	kind, _ := objectKind(m)
	name := objectName.Get(m)
	o, ok := e.View().ObjectGroup(name)
	switch {
	case !ok || !o.Object || o.Kind != kind:
		return Errorf(release.ConfObjectGone, name)
	case o.InUse():
		return Errorf(release.ConfObjectInUse, name)
	}
	e.RemoveObjectGroup(name)
	return nil
}

// clearObjects removes all objects, those of a kind or one, but for those in use, which it names.
func clearObjects(c *Ctx, e *config.Edit, m *g.Match) error {
	name, one := objectName.Lookup(m)
	kind, _ := objectKind(m)
	typed := objectNetwork.Seen(m) || objectService.Seen(m)
	var all []string
	for o := range e.View().ObjectGroups() {
		if o.Object && (!one || o.Name == name) && (!typed || o.Kind == kind) {
			all = append(all, o.Name)
		}
	}
	if one && len(all) == 0 {
		return Errorf(release.ConfObjectGone, name)
	}
	for _, name := range all {
		if o, _ := e.View().ObjectGroup(name); o.InUse() {
			c.Note(release.ConfObjectInUse, name)
			continue
		}
		e.RemoveObjectGroup(name)
	}
	return nil
}

// The lines of the sub-modes.
var (
	objectHost   = &g.Param[netip.Addr]{Name: "ip_address", Help: "Enter IPv4 address", Type: g.Addr()}
	objectFirst  = &g.Param[netip.Addr]{Name: "ip_address", Help: "First IPv4 address", Type: g.Addr()}
	objectLast   = &g.Param[netip.Addr]{Name: "ip_address", Help: "Last IPv4 address", Type: g.Addr()}
	objectNet    = &g.Param[netip.Addr]{Name: "ip_address", Help: "Enter an IPv4 network address", Type: g.Addr()}
	objectMask   = &g.Param[netip.Addr]{Name: "netmask", Help: "Enter an IPv4 network mask", Type: g.Mask()}
	objectHost6  = &g.Param[netip.Addr]{Name: "ipv6_address", Help: "Enter IPv6 address", Type: addr6()}
	objectNet6   = &g.Param[netip.Prefix]{Name: "ipv6_address/prefix", Help: "Enter an IPv6 prefix", Type: prefix6()}
	objectFirst6 = &g.Param[netip.Addr]{Name: "ipv6_address", Help: "First IPv6 address", Type: addr6()}
	objectLast6  = &g.Param[netip.Addr]{Name: "ipv6_address", Help: "Last IPv6 address", Type: addr6()}
	objectV6     = exactly("v6", "Enter this keyword to specify IPv6 FQDN object")
	objectFQDN   = &g.Param[string]{Name: "fqdn", Help: "Specify FQDN", Type: g.Ident(63)}
	objectV4     = exactly("v4", "Enter this keyword to specify IPv4 FQDN object")
	objectAbout  = &g.Param[string]{Name: "text", Help: "description of the object, up to 200 characters", Type: g.Text()}
	objectValues = []*Command{
		objectValue("host", "Enter this keyword to specify a single host object", ConfigObjectNetwork, g.Alt(objectHost, g.In(since90, objectHost6)),
			func(m *g.Match) (config.Member, error) {
				if a, six := objectHost6.Lookup(m); six {
					return config.Member{Six: "host " + a.String()}, nil
				}
				return config.Member{Net: config.Host(objectHost.Get(m))}, nil
			}),
		objectValue("subnet", "Enter this keyword to specify a subnet", ConfigObjectNetwork, g.Alt(g.Seq(objectNet, objectMask), g.In(since90, objectNet6)), subnetOf),
		objectValue("range", "Enter this keyword to specify a range", ConfigObjectNetwork, g.Alt(g.Seq(objectFirst, objectLast), g.In(since90, objectFirst6, objectLast6)), rangeOf),
		spanned(since84, objectValue("fqdn", "Enter this keyword to specify an FQDN", ConfigObjectNetwork, g.Alt(g.Seq(g.Opt(objectV4), objectFQDN), g.In(since90, objectV6, objectFQDN)), fqdnOf)),
		objectValue("service", "Enter this keyword to specify a protocol", ConfigObjectService, objectServices.syntax(),
			func(m *g.Match) (config.Member, error) { return objectServices.member(m) }),
		describing(since83, ConfigObjectNetwork, "Specify description text", objectAbout), describing(since83, ConfigObjectService, "Specify description text", objectAbout),
	}
)

func subnetOf(m *g.Match) (config.Member, error) {
	if p, six := objectNet6.Lookup(m); six {
		return config.Member{Six: p.Masked().String()}, nil
	}
	n := config.Net{Addr: objectNet.Get(m), Mask: objectMask.Get(m)}
	if _, ok := n.Prefix(); !ok || n.Masked() != n {
		return config.Member{}, Errorf(release.ConfBadMask, n.Addr, n.Mask)
	}
	return config.Member{Net: n}, nil
}

func rangeOf(m *g.Match) (config.Member, error) {
	if first, six := objectFirst6.Lookup(m); six {
		last := objectLast6.Get(m)
		if last.Less(first) {
			return config.Member{}, Errorf(release.ConfBadRange)
		}
		return config.Member{Six: "range " + first.String() + " " + last.String()}, nil
	}
	first, last := objectFirst.Get(m), objectLast.Get(m)
	if last.Less(first) {
		return config.Member{}, Errorf(release.ConfBadRange)
	}
	return config.Member{Net: config.Host(first), Last: last}, nil
}

// fqdnOf is a name; of IPv6 alone it stands for nothing that the box knows.
func fqdnOf(m *g.Match) (config.Member, error) {
	if objectV6.Seen(m) {
		return config.Member{Six: "fqdn v6 " + objectFQDN.Get(m)}, nil
	}
	return config.Member{FQDN: objectFQDN.Get(m)}, nil
}

// spanned is a Command of other releases.
func spanned(span release.Span, c *Command) *Command {
	c.Span = span
	return c
}

// objectValue is the command of a kind of value. It takes the place of the one that the object has.
func objectValue(word, help string, mode Mode, syntax g.Syntax, value func(*g.Match) (config.Member, error)) *Command {
	return &Command{
		Name: word, Help: help, Mode: mode, Span: since83, Syntax: g.Seq(g.Word(word, help), syntax),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			v, err := value(m)
			if err != nil {
				return err
			}
			e.SetObjectValue(c.Path[0], v)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			v, err := value(m)
			if err != nil {
				return err
			}
			if o, ok := e.View().ObjectGroup(c.Path[0]); ok && o.InUse() {
				return Errorf(release.ConfObjectInUse, c.Path[0])
			}
			return found(e.RemoveMember(c.Path[0], v), word)
		},
	}
}

// objectLines are the objects with their values; their translations stand further down, see natTableLines.
func objectLines(c *config.Config, v View) iter.Seq[Line] { return objectLinesOf(c, v, "", "") }

// objectLinesOf are those of one kind, or of one name; "" of any.
func objectLinesOf(c *config.Config, v View, kind, name string) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		for o := range c.ObjectGroups() {
			if !o.Object || kind != "" && groupTypeWord(o.Kind) != kind || name != "" && o.Name != name {
				continue
			}
			for l := range objectBlock(p, o) {
				if !yield(l) {
					return
				}
			}
		}
	}
}

func objectBlock(p printer, o *config.ObjectGroup) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		put := func(depth int, text string) bool {
			return yield(Line{Section: release.SectionObject, Depth: depth, Text: text})
		}
		if !put(0, kindWords(o)+" "+o.Name) {
			return
		}
		for _, m := range o.Members.All() {
			if !put(1, valueText(p, m)) {
				return
			}
		}
		if o.Description != "" {
			put(1, "description "+o.Description)
		}
	}
}

// valueText is the line of an object's value.
func valueText(p printer, m *config.Member) string {
	switch {
	case m.Service:
		return "service " + serviceText(p, m, true)
	case strings.Contains(m.Six, " "): // host, range, fqdn v6
		return m.Six
	case m.Six != "":
		return "subnet " + m.Six
	case m.FQDN != "":
		return "fqdn " + m.FQDN
	case m.Last.IsValid():
		return "range " + p.addr(m.Net.Addr) + " " + p.addr(m.Last)
	case m.Net.IsHost():
		return "host " + p.addr(m.Net.Addr)
	}
	return "subnet " + p.net(m.Net)
}
