package command

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

var (
	serviceGlobal  = g.Word("global", "Show the global policy")
	serviceIf      = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	serviceInspect = &g.Param[string]{Name: "protocol", Type: g.Enum(
		"ctiqbe", "dns", "esmtp", "ftp", "http", "icmp", "ils", "mgcp", "netbios", "pptp", "rsh", "rtsp", "sip", "skinny", "snmp",
		"sqlnet", "sunrpc", "tftp", "xdmcp",
	)}
	serviceH323   = &g.Param[string]{Name: "h323_protocol", Type: g.Enum("h225", "ras")}
	serviceSet    = g.Word("set", "Show set policies")
	servicePolice = g.Word("police", "Show the policers of classes")
	serviceFlow   = g.Word("flow", "Show the policies that a flow meets")
	serviceRule   = newRule(newEndpoint("source", "source address"), newEndpoint("dest", "destination address"))

	showServicePolicy = &Command{
		Name: "show service-policy", Help: "Show service policy", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("service-policy", "Show service policy"), g.Any(
			g.Alt(serviceGlobal, g.Seq(g.Word("interface", "Show the policy of an interface"), serviceIf)),
			g.Alt(
				g.Seq(g.Word("inspect", "Show an inspection in detail"), g.Alt(serviceInspect,
					g.Seq(g.Word("h323", "H.323 inspection"), serviceH323))),
				g.Seq(serviceSet, g.Word("connection", "Show the limits of connections")),
				servicePolice,
				g.Seq(serviceFlow, serviceRule.flow()),
			),
		)),
		Run: runShowServicePolicy,
	}
	clearServicePolicy = &Command{
		Name: "clear service-policy", Help: "Clear service policy statistics", Mode: Privileged, Span: inASA,
		Syntax: clearing(g.Word("service-policy", "Clear service policy statistics"),
			g.Opt(g.Alt(serviceClearedGlobal, g.Seq(g.Word("interface", "Clear the policy of an interface"), serviceClearedIf)))),
		Run: func(_ context.Context, s Session, m *g.Match) error {
			ids := map[acl.ID]bool{}
			c := s.Box().Config()
			ifname, one := serviceClearedIf.Lookup(m)
			for _, p := range c.ServicePolicies {
				if serviceClearedGlobal.Seen(m) && p.If != "" || one && p.If != ifname {
					continue
				}
				pm, _ := c.PolicyMap(p.Policy)
				for _, class := range pm.Classes {
					for _, id := range policeIDs(c, p, class) {
						ids[id] = true
					}
					ids[acl.ID(config.ClassID(p, class.Class))] = true
					for _, i := range class.Inspects {
						ids[acl.ID(config.InspectID(p, class.Class, i))] = true
					}
				}
			}
			s.Box().Do(func(st *dataplane.State) { st.ClearInspect(func(id acl.ID) bool { return ids[id] }) })
			return nil
		},
	}
	serviceClearedGlobal = g.Word("global", "Clear the global policy")
	serviceClearedIf     = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
)

// proxied are the inspections that reassemble and say so in a line of their own.
var proxied = []string{"h323", "rtsp", "skinny", "sip"}

func runShowServicePolicy(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	ifname, one := serviceIf.Lookup(m)
	engine, detail := serviceInspect.Lookup(m)
	if part, typed := serviceH323.Lookup(m); typed {
		engine, detail = "h323 "+part, true
	}
	v := servicePolicyView{engine: engine, detail: detail, limits: serviceSet.Seen(m), police: servicePolice.Seen(m)}
	if serviceFlow.Seen(m) {
		var err error
		if v.flow, err = askedFlow(m); err != nil {
			return err
		}
	}
	for _, p := range c.ServicePolicies {
		if serviceGlobal.Seen(m) && p.If != "" || one && p.If != ifname {
			continue
		}
		if err := v.print(s, c, p); err != nil {
			return err
		}
	}
	return nil
}

// servicePolicyView is what show service-policy shows: one inspection in detail, limits of connections or
// policers alone, or what a flow meets.
type servicePolicyView struct {
	engine                 string
	detail, limits, police bool
	flow                   *dataplane.Flow
}

// print prints one service-policy.
func (v *servicePolicyView) print(s Session, c *config.Config, p config.ServicePolicy) error {
	pm, ok := c.PolicyMap(p.Policy)
	if !ok {
		return nil
	}
	key := release.ServiceGlobal
	if p.If != "" {
		key = release.ServiceInterface
	}
	if err := tell(s, key, p.If); err != nil {
		return err
	}
	s.Say(release.ServicePolicy, p.Policy)
	for _, class := range pm.Classes {
		text := v.class(s, p, class)
		if v.flow != nil {
			text = v.met(s, c, p, class)
		}
		if text == "" && (v.limits || v.police || v.flow != nil) {
			continue
		}
		s.Say(release.ServiceClass, class.Class)
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}

// class is what is done to a class, with its counters.
func (v *servicePolicyView) class(s Session, p config.ServicePolicy, class config.PolicyClass) string {
	if v.police {
		return policeText(s, p, class)
	}
	text := ""
	for _, i := range class.Inspects {
		if v.limits || v.engine != "" && !startsWith(i.Proto, v.engine) {
			continue
		}
		var n dataplane.InspectCounters
		id := acl.ID(config.InspectID(p, class.Class, i))
		s.Box().Do(func(st *dataplane.State) { n = st.Inspect(id) })
		text += inspectText(s, i, n, v.detail)
	}
	if v.engine != "" {
		return text
	}
	text += settingsText(s, p, class)
	if !v.limits {
		text += policeText(s, p, class)
	}
	return text
}

// askedFlow is the flow that was typed; of a network or range of ports the first.
func askedFlow(m *g.Match) (*dataplane.Flow, error) {
	a, err := serviceRule.ace(m)
	if err != nil {
		return nil, err
	}
	f := &dataplane.Flow{Proto: a.Proto, SrcPort: a.Src.Port.Lo, DstPort: a.Dst.Port.Lo}
	if a.Src.Net.IsValid() {
		f.Src = packet.U32(a.Src.Net.Addr)
	}
	if a.Dst.Net.IsValid() {
		f.Dst = packet.U32(a.Dst.Net.Addr)
	}
	if a.Proto == protoICMP {
		f.Type = packet.ICMPEcho
	}
	return f, nil
}

// met is what a flow meets in a class, by the engine's own look-up (command reference of 8.2, show service-policy flow).
func (v *servicePolicyView) met(s Session, c *config.Config, p config.ServicePolicy, class config.PolicyClass) string {
	at := dataplane.None
	if f, ok := c.Interface(p.If); p.If != "" && ok {
		_, i := c.InterfaceAt(f.Hardware)
		at = dataplane.Port(i)
	}
	var inspect, limit acl.ID
	var inspected, limited bool
	s.Box().Do(func(st *dataplane.State) {
		inspect, inspected = st.FirstInspect(at, *v.flow)
		limit, limited = st.FirstClass(at, *v.flow)
	})
	actions := ""
	for _, i := range class.Inspects {
		if inspected && acl.ID(config.InspectID(p, class.Class, i)) == inspect {
			actions += "        Input flow:  " + inspectLineText(i) + "\n"
		}
	}
	if limited && acl.ID(config.ClassID(p, class.Class)) == limit {
		for _, line := range settingLines(class) {
			actions += "        Input flow:  " + line + "\n"
		}
	}
	if actions == "" {
		return ""
	}
	match := "any"
	if m, ok := c.ClassMap(class.Class); ok {
		match = classMatchText(printerFor(c, View{Release: s.Release(), Names: true}), m)
	}
	return "      Match: " + match + "\n      Action:\n" + actions
}

func inspectText(s Session, i config.Inspect, n dataplane.InspectCounters, detail bool) string {
	rel := s.Release()
	text := rel.Say(release.ServiceInspect, inspectName(rel, i), n.Packets, n.Drops, n.Resets, n.Rate) + "\n"
	first, _, _ := strings.Cut(i.Proto, " ")
	if slices.Contains(proxied, first) {
		text += "               tcp-proxy: bytes in buffer 0, bytes dropped 0\n"
	}
	if detail && i.Proto == "esmtp" && rel.SMTP.Maps {
		text += esmtpText(mapOf(s, i.Map), n)
	}
	return text
}

// inspectName is an inspection with its map. An esmtp without one has the default of the releases that have maps; sip and
// skinny keep the blank where theirs would stand.
func inspectName(rel *release.Release, i config.Inspect) string {
	switch {
	case i.Map != "":
		return i.Proto + " " + i.Map
	case i.Proto == "esmtp" && rel.SMTP.Maps:
		return i.Proto + " " + smtp.DefaultPolicy(&rel.SMTP).Name
	case strings.HasPrefix(i.Proto, "h323"):
		return i.Proto + " _default_h323_map"
	case i.Proto == "sip", i.Proto == "skinny":
		return i.Proto + " "
	}
	return i.Proto
}

// esmtpMap is an ESMTP policy-map as show service-policy needs it.
type esmtpMap struct {
	maskBanner bool
	matches    []esmtpMatch
}

type esmtpMatch struct {
	text    string // "match cmd line length gt 512"
	actions []string
}

// mapOf is the map of that name, or the release's default.
func mapOf(s Session, name string) esmtpMap {
	if name == "" {
		return defaultMap(smtp.DefaultPolicy(&s.Release().SMTP))
	}
	lines := block(s.Running(View{Release: s.Release(), All: true}), "policy-map type inspect esmtp "+name)
	return parsedMap(lines)
}

func defaultMap(p *smtp.Policy) esmtpMap {
	out := esmtpMap{maskBanner: p.MaskBanner}
	words := map[smtp.Action]string{smtp.ActionDrop: "drop-connection", smtp.ActionReset: "reset", smtp.ActionMask: "mask"}
	for i := range p.Matches {
		r := &p.Matches[i]
		action := words[r.Action]
		if r.Log {
			action = strings.TrimSpace(action + " log")
		}
		out.matches = append(out.matches, esmtpMatch{"match " + r.Text(), []string{action}})
	}
	return out
}

// parsedMap reads a map from its lines in the configuration.
func parsedMap(lines iter.Seq[string]) esmtpMap {
	var out esmtpMap
	for line := range lines {
		text := strings.TrimSpace(line)
		switch {
		case text == "mask-banner":
			out.maskBanner = true
		case strings.HasPrefix(text, "match "):
			out.matches = append(out.matches, esmtpMatch{text: text})
		case strings.HasPrefix(line, "  ") && len(out.matches) > 0:
			last := &out.matches[len(out.matches)-1]
			last.actions = append(last.actions, text)
		}
	}
	return out
}

func esmtpText(m esmtpMap, n dataplane.InspectCounters) string {
	var b strings.Builder
	if m.maskBanner {
		fmt.Fprintf(&b, "        mask-banner, count %d\n", n.BannersMasked)
	}
	for i, match := range m.matches {
		hits := uint64(0)
		if i < len(n.Matches) {
			hits = n.Matches[i]
		}
		fmt.Fprintf(&b, "        %s\n", match.text)
		for _, action := range match.actions {
			fmt.Fprintf(&b, "          %s, packet %d\n", action, hits)
		}
	}
	return b.String()
}
