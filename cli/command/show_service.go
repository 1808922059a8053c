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
)

var (
	serviceGlobal  = g.Word("global", "Show the global policy")
	serviceIf      = &g.Param[string]{Name: "if_name", Help: "Name of interface", Type: g.IfName()}
	serviceInspect = &g.Param[string]{Name: "protocol", Type: g.Enum(
		"ctiqbe", "dns", "esmtp", "ftp", "http", "icmp", "ils", "mgcp", "netbios", "pptp", "rsh", "rtsp", "sip", "skinny", "snmp",
		"sqlnet", "sunrpc", "tftp", "xdmcp",
	)}
	showServicePolicy = &Command{
		Name: "show service-policy", Help: "Show service policy", Mode: Privileged, Span: inASA,
		Syntax: show(g.Word("service-policy", "Show service policy"), g.Any(
			g.Alt(serviceGlobal, g.Seq(g.Word("interface", "Show the policy of an interface"), serviceIf)),
			g.Seq(g.Word("inspect", "Show an inspection in detail"), serviceInspect),
		)),
		Run: runShowServicePolicy,
	}
)

// proxied are the inspections that reassemble and say so in a line of their own.
var proxied = []string{"h323", "rtsp", "skinny", "sip"}

func runShowServicePolicy(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	ifname, one := serviceIf.Lookup(m)
	engine, detail := serviceInspect.Lookup(m)
	for _, p := range c.ServicePolicies {
		if serviceGlobal.Seen(m) && p.If != "" || one && p.If != ifname {
			continue
		}
		if err := printPolicy(s, c, p, engine, detail); err != nil {
			return err
		}
	}
	return nil
}

// printPolicy prints one service-policy; with an engine only its inspections, in detail.
func printPolicy(s Session, c *config.Config, p config.ServicePolicy, engine string, detail bool) error {
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
		s.Say(release.ServiceClass, class.Class)
		for _, i := range class.Inspects {
			if engine != "" && !startsWith(i.Proto, engine) {
				continue
			}
			var n dataplane.InspectCounters
			id := acl.ID(config.InspectID(p, class.Class, i))
			s.Box().Do(func(st *dataplane.State) { n = st.Inspect(id) })
			if err := emit(s, inspectText(s, i, n, detail)); err != nil {
				return err
			}
		}
	}
	return nil
}

func inspectText(s Session, i config.Inspect, n dataplane.InspectCounters, detail bool) string {
	rel := s.Release()
	text := rel.Say(release.ServiceInspect, inspectName(rel, i), n.Packets, n.Drops, n.Resets) + "\n"
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
