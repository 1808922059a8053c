package command

import (
	"iter"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	policyMapWord = g.Word("policy-map", "Configure MPF Policy Map")
	policyMapName = &g.Param[string]{Name: "policy_map_name", Help: "policy-map name", Type: g.Ident(64)}

	policyMap = &Command{
		Name: "policy-map", Help: "Configure MPF Policy Map", Mode: Configure, Span: inASA,
		Syntax: g.Seq(policyMapWord, policyMapName), ClearSyntax: policyMapWord,
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			name := policyMapName.Get(m)
			if _, ok := e.View().PolicyMap(name); !ok {
				e.SetPolicyMap(config.PolicyMap{Name: name})
			}
			c.Enter(ConfigPolicyMap, name)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error { return removePolicyMap(e, policyMapName.Get(m)) },
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			for _, p := range e.View().PolicyMaps {
				if err := removePolicyMap(e, p.Name); err != nil {
					return err
				}
			}
			e.ClearStored(inspectMapCommand)
			for _, v := range e.View().ESMTPMaps {
				e.RemoveESMTPMap(v.Name)
			}
			return nil
		},
		Lines: policyMapLines,
	}

	policyText        = &g.Param[string]{Name: "text", Help: "description of the policy-map", Type: g.Text()}
	policyDescription = &Command{
		Name: "description", Help: "Specify policy-map description", Mode: ConfigPolicyMap, Span: inASA,
		Syntax:   g.Seq(g.Word("description", "Specify policy-map description"), policyText),
		NoSyntax: g.Seq(g.Word("description", "Specify policy-map description"), g.Opt(policyText)),
		Set: onPolicyMap(func(v *config.PolicyMap, m *g.Match) error {
			v.Description = policyText.Get(m)
			return nil
		}),
		No: onPolicyMap(func(v *config.PolicyMap, _ *g.Match) error { v.Description = ""; return nil }),
	}

	policyClassName = &g.Param[string]{Name: "class_map_name", Help: "class-map name, or class-default", Type: g.Ident(128)}
	policyClass     = &Command{
		Name: "class", Help: "Policy criteria", Mode: ConfigPolicyMap, Span: inASA,
		Syntax: g.Seq(g.Word("class", "Policy criteria"), policyClassName),
		Set:    enterPolicyClass,
		No: onPolicyMap(func(v *config.PolicyMap, m *g.Match) error {
			_, i := v.Class(policyClassName.Get(m))
			*v = v.WithoutClass(policyClassName.Get(m))
			return found(i >= 0, "class "+policyClassName.Get(m))
		}),
	}
)

func removePolicyMap(e *config.Edit, name string) error {
	for _, s := range e.View().ServicePolicies {
		if s.Policy == name {
			return Errorf(release.MPFInUse, "policy-map "+name)
		}
	}
	return found(e.RemovePolicyMap(name), "policy-map "+name)
}

// onPolicyMap makes a Set of a change to the policy-map of the sub-mode.
func onPolicyMap(f func(*config.PolicyMap, *g.Match) error) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		v, ok := e.View().PolicyMap(c.Path[0])
		if !ok {
			return ErrUsage
		}
		if err := f(&v, m); err != nil {
			return err
		}
		e.SetPolicyMap(v)
		return nil
	}
}

// onPolicyClass makes a Set of a change to the class of the sub-mode.
func onPolicyClass(f func(*config.PolicyClass, *g.Match) error) func(*Ctx, *config.Edit, *g.Match) error {
	return func(c *Ctx, e *config.Edit, m *g.Match) error {
		return onPolicyMap(func(v *config.PolicyMap, m *g.Match) error {
			class, i := v.Class(c.Path[1])
			if i < 0 {
				return ErrUsage
			}
			if err := f(&class, m); err != nil {
				return err
			}
			*v = v.WithClass(class)
			return nil
		})(c, e, m)
	}
}

// enterPolicyClass opens a class of the policy. class-default stays the last one.
func enterPolicyClass(c *Ctx, e *config.Edit, m *g.Match) error {
	name := policyClassName.Get(m)
	if _, ok := e.View().ClassMap(name); !ok && name != classDefault {
		return Errorf(release.MPFNoClass, name)
	}
	err := onPolicyMap(func(v *config.PolicyMap, _ *g.Match) error {
		if _, i := v.Class(name); i < 0 {
			*v = withClassBefore(*v, config.PolicyClass{Class: name})
		}
		return nil
	})(c, e, m)
	if err == nil {
		c.Enter(ConfigPolicyClass, c.Path[0], name)
	}
	return err
}

func withClassBefore(v config.PolicyMap, class config.PolicyClass) config.PolicyMap {
	last, i := v.Class(classDefault)
	v = v.WithClass(class)
	if i >= 0 {
		v = v.WithoutClass(classDefault).WithClass(last)
	}
	return v
}

// inspectRow is one engine of the inspect command.
type inspectRow struct {
	typed string // the words
	proto string // as it is kept and printed, where that differs
	kind  string // of its policy-map type inspect; "": takes no map
	span  release.Span
	name  *g.Param[string]
	tail  string // what may stand behind the map, in the notation of tables, its releases in front
	after piece  // the same
}

// proxies are the proxies of unified communications that an inspection hands its sessions to.
const proxies = "8.0+ [{tls-proxy <name>|phone-proxy <name>}]"

var (
	inspectWord     = g.Word("inspect", "Protocol inspection services")
	inspectKeywords = map[string]*g.Keyword{}
	inspectStrict   = g.Word("strict", "Strict inspection")
	inspectMaxWord  = g.Word("maximum-length", "Longest DNS message")
	inspectMax      = &g.Param[int]{Name: "max_length", Help: "octets", Type: g.Int(512, 65535)}

	// inspectRows are the engines of 7.0 and later. inspect smtp is accepted and becomes inspect esmtp.
	inspectRows = []inspectRow{
		{typed: "ctiqbe"}, {typed: "dcerpc", kind: "dcerpc"}, {typed: "dns", kind: "dns", tail: "8.2+ [dynamic-filter-snoop]"}, {typed: "esmtp", kind: "esmtp"},
		{typed: "ftp", kind: "ftp"}, {typed: "gtp", kind: "gtp"}, {typed: "h323 h225", kind: "h323"},
		{typed: "h323 ras", kind: "h323"}, {typed: "http", kind: "http"}, {typed: "icmp"}, {typed: "icmp error"}, {typed: "ils"},
		{typed: "im", kind: "im"},
		{typed: "ip-options", kind: "ip-options", span: since83}, {typed: "ipsec-pass-thru", kind: "ipsec-pass-thru"}, {typed: "mgcp", kind: "mgcp"},
		{typed: "netbios", kind: "netbios"}, {typed: "pptp"}, {typed: "radius-accounting", kind: "radius-accounting"},
		{typed: "rsh"}, {typed: "rtsp", kind: "rtsp"}, {typed: "sip", kind: "sip", tail: proxies}, {typed: "skinny", kind: "skinny", tail: proxies},
		{typed: "smtp", proto: "esmtp"}, {typed: "snmp", kind: "snmp"}, {typed: "sqlnet"}, {typed: "sunrpc"}, {typed: "tftp"},
		{typed: "waas"}, {typed: "xdmcp"},
		{typed: "mmp", span: since80, tail: "tls-proxy <name>"},
		{typed: "ipv6", kind: "ipv6", span: since90},
		{typed: "scansafe", kind: "scansafe", span: since90, tail: "{fail-close|fail-open}"},
		{typed: "diameter", kind: "diameter", span: since98, tail: "[tls-proxy <name>]"}, {typed: "lisp", kind: "lisp", span: since98},
		{typed: "m3ua", kind: "m3ua", span: since98}, {typed: "sctp", kind: "sctp", span: since98}, {typed: "stun", span: since98},
		{typed: "vxlan", span: since94},
	}

	inspectCmd = &Command{
		Name: "inspect", Help: "Protocol inspection services", Mode: ConfigPolicyClass, Span: inASA,
		Syntax: g.Seq(inspectWord, inspectSyntax()),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			i := inspectOf(m)
			if err := knownMap(e.View(), i); err != nil {
				return err
			}
			return onPolicyClass(func(v *config.PolicyClass, _ *g.Match) error { return addInspect(v, i) })(c, e, m)
		},
		No: onPolicyClass(func(v *config.PolicyClass, m *g.Match) error {
			i := inspectOf(m)
			n := len(v.Inspects)
			*v = v.WithoutInspect(i.Proto)
			return found(len(v.Inspects) < n, "inspect "+i.Proto)
		}),
	}
)

// noInspectMaps are the releases without policy-map type inspect.
var noInspectMaps = release.Since(release.V(7, 0)).Through(release.V(7, 1))

func inspectSyntax() g.Syntax {
	var rows []g.Syntax
	for i := range inspectRows {
		r := &inspectRows[i]
		var parts []g.Syntax
		for w := range strings.FieldsSeq(r.typed) {
			if inspectKeywords[w] == nil {
				inspectKeywords[w] = kw(w)
			}
			parts = append(parts, inspectKeywords[w])
		}
		if r.kind != "" {
			r.name = &g.Param[string]{Name: "map_name", Help: "name of a policy-map type inspect " + r.kind, Type: g.Ident(40)}
		}
		switch r.typed {
		case "ftp":
			parts = append(parts, g.Opt(inspectStrict, g.Opt(r.name)))
		case "dns":
			parts = append(parts, g.Alt(g.In(noInspectMaps, g.Opt(inspectMaxWord, inspectMax)), g.In(since72, g.Opt(r.name))))
		default:
			if r.name != nil {
				parts = append(parts, g.Opt(r.name))
			}
		}
		if r.tail != "" {
			f := formOf(r.tail)
			r.after = f.slot
			parts = append(parts, g.Opt(g.In(f.span, f.slot.syntax())))
		}
		rows = append(rows, g.In(r.span, parts...))
	}
	return g.Alt(rows...)
}

// inspectRowOf is the engine that was typed: the one of the most words.
func inspectRowOf(m *g.Match) *inspectRow {
	var best *inspectRow
	for i := range inspectRows {
		r := &inspectRows[i]
		all := !slices.ContainsFunc(strings.Fields(r.typed), func(w string) bool { return !inspectKeywords[w].Seen(m) })
		if all && (best == nil || len(r.typed) > len(best.typed)) {
			best = r
		}
	}
	return best
}

func inspectOf(m *g.Match) config.Inspect {
	r := inspectRowOf(m)
	i := config.Inspect{Proto: orElse(r.proto, r.typed)}
	if r.name != nil {
		i.Map = r.name.Get(m)
	}
	if inspectStrict.Seen(m) {
		i.Map = strings.TrimSpace("strict " + i.Map)
	}
	if r.after != nil && r.after.typed(m) {
		i.Tail = textOf(r.after.words(nil, m))
	}
	if n, typed := inspectMax.Lookup(m); typed {
		i.Map = line("", "maximum-length %d", n).Text
	}
	return i
}

// knownMap refuses the name of a map that does not exist.
func knownMap(c *config.Config, i config.Inspect) error {
	kind, _, _ := strings.Cut(i.Proto, " ")
	name := strings.TrimPrefix(strings.TrimPrefix(i.Map, "strict"), " ")
	ok := name == "" || strings.HasPrefix(name, "maximum-length ") || kind == "esmtp" && name == defaultESMTPMap
	if kind == "esmtp" && !ok {
		_, ok = c.ESMTPMap(name)
	} else if !ok {
		ok = hasInspectMap(c, kind, name)
	}
	if !ok {
		return Errorf(release.MPFNoMap, kind, name)
	}
	return nil
}

// addInspect adds a line. Another one of the same engine has to be removed first.
func addInspect(v *config.PolicyClass, i config.Inspect) error {
	for _, old := range v.Inspects {
		switch {
		case old == i:
			return nil
		case old.Proto == i.Proto:
			return Errorf(release.MPFInspectExists)
		}
	}
	*v = v.WithInspect(i)
	return nil
}

// Further lines of a class, which nothing acts on but for `set connection` and `police`.
var policyActions = []struct {
	name, help string
	forms      []form
}{
	{"set", "Set QoS values or connection values", setConnection},
	{"police", "Rate limit traffic", policeForms},
	{"shape", "Traffic shaping", table("8.0+ shape average = <64000-154400000> [<2048-154400000>]")},
	{"service-policy", "Attach a policy-map to the shaped traffic", table("8.0+ service-policy = <policy_map>")},
	{"flow-export", "Configure filters for NetFlow events", table("8.2+ flow-export event-type {all|flow-create|flow-denied|flow-teardown|flow-update} destination <collector:host>...")},
	{"sfr", "FirePOWER services", table("9.2+ sfr = {fail-close|fail-open} [monitor-only]")},
	{"cxsc", "CX services", table("9.1+ cxsc = {fail-close|fail-open} [auth-proxy] [monitor-only]")},
	{"user-statistics", "User statistics", table("9.0+ user-statistics = {accounting|scanning}")},
	{"priority", "Priority scheduler for this class", []form{{slot: lit("priority")}}},
	{"ips", "Intrusion prevention services", table("8.0+ ips = {inline|promiscuous} {fail-close|fail-open} [sensor <sensor>]\n-7.2 ips = {inline|promiscuous} {fail-close|fail-open}")},
	{"csc", "Content Security and Control service module", []form{{slot: lit("csc"), rest: enumVal("failure", "fail-close", "fail-open")}}},
}

// actionKinds are the beginnings of lines that replace each other.
var actionKinds = []string{
	"set connection timeout", "set connection advanced-options", "set connection decrement-ttl", "set connection", "shape average", "sfr", "cxsc",
	"service-policy", "user-statistics",
	"police input", "police output", "priority", "ips", "csc",
}

func actionKind(text string) string {
	for _, k := range actionKinds {
		if startsWith(text, k) {
			return k
		}
	}
	return text
}

func policyActionCommands() []*Command {
	var out []*Command
	for _, a := range policyActions {
		forms := a.forms
		var set, no []g.Syntax
		span := forms[0].span
		for _, f := range forms {
			set, no = f.syntaxes(a.help, set, no)
			span = span.Join(f.span)
		}
		span, _ = span.Meet(inASA)
		out = append(out, &Command{
			Name: a.name, Help: a.help, Mode: ConfigPolicyClass, Span: span, Stored: a.name != "set" && a.name != "police", Syntax: g.Alt(set...), NoSyntax: g.Alt(no...),
			Set: onPolicyClass(func(v *config.PolicyClass, m *g.Match) error {
				setAction(v, formText(forms, m))
				return nil
			}),
			No: onPolicyClass(func(v *config.PolicyClass, m *g.Match) error {
				return removeAction(v, formText(forms, m))
			}),
		})
	}
	return out
}

// formText is the line that was typed; none of the words depends on the configuration.
func formText(forms []form, m *g.Match) string {
	l, _ := read("", forms, nil, m)
	return l.Text()
}

// policyMapLines are the policy-maps and the "!" that ends them and those of type inspect.
func policyMapLines(c *config.Config, v View) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		say := func(depth int, text string) bool {
			return yield(Line{Section: release.SectionPolicyMap, Depth: depth, Text: text})
		}
		for _, p := range c.PolicyMaps {
			if !say(0, "policy-map "+p.Name) || p.Description != "" && !say(1, "description "+p.Description) {
				return
			}
			for _, class := range p.Classes {
				for _, l := range classLines(class) {
					if !say(l.Depth, l.Text) {
						return
					}
				}
			}
		}
		if len(c.PolicyMaps)+len(c.StoredOf(inspectMapCommand))+len(c.ESMTPMaps) > 0 {
			say(0, "!")
		}
	}
}

func classLines(class config.PolicyClass) []Line {
	out := []Line{{Depth: 1, Text: "class " + class.Class}}
	for _, i := range class.Inspects {
		out = append(out, Line{Depth: 2, Text: inspectLineText(i)})
	}
	for _, o := range class.Other {
		out = append(out, Line{Depth: 2, Text: o})
	}
	return out
}

// inspectLineText ends in a blank, as captures of 7.2 to 9.x have it; sip and skinny without a map in two.
func inspectLineText(i config.Inspect) string {
	text := "inspect " + i.Proto + " "
	switch {
	case i.Map != "":
		text += i.Map + " "
	case i.Tail != "":
	case i.Proto == "sip" || i.Proto == "skinny":
		text += " "
	}
	if i.Tail != "" {
		text += i.Tail + " "
	}
	return text
}

var (
	servicePolicyWord   = g.Word("service-policy", "Configure MPF service policy")
	servicePolicyName   = &g.Param[string]{Name: "policy_map_name", Help: "policy-map name", Type: g.Ident(64)}
	servicePolicyGlobal = g.Word("global", "Apply the policy to all interfaces")
	servicePolicyClosed = g.Word("fail-close", "Drop IPv6 traffic that inspections do not support") // unverified: that 9.0 is the first
	servicePolicyIf     = &g.Param[string]{Name: "if_name", Help: "name of the interface", Type: g.IfName()}

	servicePolicy = &Command{
		Name: "service-policy", Help: "Configure MPF service policy", Mode: Configure, Span: inASA,
		Syntax: g.Seq(servicePolicyWord, servicePolicyName, g.Alt(servicePolicyGlobal,
			g.Seq(g.Word("interface", "Apply the policy to an interface"), servicePolicyIf)), g.In(since90, g.Opt(servicePolicyClosed))),
		ClearSyntax: servicePolicyWord,
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			s := config.ServicePolicy{Policy: servicePolicyName.Get(m), If: servicePolicyIf.Get(m), Closed: servicePolicyClosed.Seen(m)}
			if _, ok := e.View().PolicyMap(s.Policy); !ok {
				return Errorf(release.MPFNoPolicy, s.Policy)
			}
			for _, old := range e.View().ServicePolicies {
				if old.If == s.If && old.Policy != s.Policy {
					return Errorf(release.ConfPolicyPresent, old.Policy)
				}
			}
			e.SetServicePolicy(s)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			for _, s := range e.View().ServicePolicies {
				if s.Policy == servicePolicyName.Get(m) && s.If == servicePolicyIf.Get(m) {
					e.RemoveServicePolicy(s)
					return nil
				}
			}
			return found(false, "service-policy "+servicePolicyName.Get(m))
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			for _, s := range e.View().ServicePolicies {
				e.RemoveServicePolicy(s)
			}
			return nil
		},
		Lines: each(release.SectionServicePolicy, func(c *config.Config) iter.Seq[config.ServicePolicy] { return slices.Values(c.ServicePolicies) },
			func(_ printer, s config.ServicePolicy) string {
				text := "service-policy " + s.Policy + " global"
				if s.If != "" {
					text = "service-policy " + s.Policy + " interface " + s.If
				}
				if s.Closed {
					text += " fail-close"
				}
				return text
			}),
	}
)
