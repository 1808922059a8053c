package appliance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pixsim/appliance/config"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
	"pixsim/dataplane/inspect/smtp"
)

// inspects are the rules that send connections to SMTP inspection: mailhost (4.0, 4.1), fixup (4.2 to 6.3), policy-maps
// (7.0 and later). The first that fits a connection wins, and the policy of an interface goes before the global one.
func (k *compiler) inspects(c *config.Config, at ports, lists map[*config.AccessList]*acl.List) []dataplane.Inspect {
	var out []dataplane.Inspect
	for _, m := range c.Mailhosts {
		out = append(out, dataplane.Inspect{
			ID: acl.ID(m.ID()), Lo: smtpPort, Hi: smtpPort, Server: host(m.Mapped), Profile: &k.rel.SMTP, If: dataplane.None,
		})
	}
	for f := range c.Fixups.Values() {
		if f.Proto == "smtp" && !f.Off {
			out = append(out, dataplane.Inspect{
				ID: fixupID(f), Lo: f.Lo, Hi: f.Hi, Profile: &k.rel.SMTP, If: dataplane.None,
			})
		}
	}
	for _, global := range []bool{false, true} {
		for _, s := range c.ServicePolicies {
			if (s.If == "") == global {
				out = append(out, k.policyMap(c, s, at, lists)...)
			}
		}
	}
	return out
}

// webPorts are those of fixup protocol http.
func webPorts(c *config.Config) (out []dataplane.PortRange) {
	for f := range c.Fixups.Values() {
		if f.Proto == "http" && !f.Off {
			out = append(out, dataplane.PortRange{Lo: f.Lo, Hi: f.Hi})
		}
	}
	return out
}

// inspected reports whether a policy in force has an inspect line for proto, on whichever interface.
func inspected(c *config.Config, proto string) bool {
	for _, s := range c.ServicePolicies {
		pm, _ := c.PolicyMap(s.Policy)
		for _, class := range pm.Classes {
			for _, i := range class.Inspects {
				if i.Proto == proto {
					return true
				}
			}
		}
	}
	return false
}

func fixupID(f config.Fixup) acl.ID {
	return acl.ID(config.HashID(fmt.Sprintf("fixup smtp %d-%d", f.Lo, f.Hi)))
}

func (k *compiler) policyMap(c *config.Config, s config.ServicePolicy, at ports, lists map[*config.AccessList]*acl.List) []dataplane.Inspect {
	pm, ok := c.PolicyMap(s.Policy)
	if !ok {
		return nil
	}
	where := dataplane.None
	if s.If != "" {
		if where, ok = at[s.If]; !ok {
			return nil
		}
	}
	var out []dataplane.Inspect
	for _, class := range pm.Classes {
		for _, i := range class.Inspects {
			for _, t := range inspectTraffic(c, class.Class, i, lists) {
				v := dataplane.Inspect{ID: acl.ID(config.InspectID(s, class.Class, i)), Proto: t.proto, Lo: t.lo, Hi: t.hi, Match: t.match, If: where}
				if i.Proto == "esmtp" {
					v.Profile, v.Policy = &k.rel.SMTP, k.smtpPolicy(c, i.Map)
				}
				out = append(out, v)
			}
		}
	}
	return out
}

// traffic is a protocol and a range of its servers' ports; of a class with a list, what that permits of it.
type traffic struct {
	proto  uint8
	lo, hi uint16
	match  *acl.List
}

// inspectTraffic is what an inspection looks into in a class: where that does not name ports, the usual ones of the protocol.
func inspectTraffic(c *config.Config, class string, i config.Inspect, lists map[*config.AccessList]*acl.List) []traffic {
	usual := usualTraffic[i.Proto]
	m, ok := c.ClassMap(class)
	if !ok {
		if class == "class-default" {
			return usual
		}
		return nil
	}
	var out []traffic
	switch m.Kind {
	case config.MatchAny:
		return usual
	case config.MatchDefaultInspection:
		return permittedBy(c, usual, m.ACL, lists)
	case config.MatchPort:
		for _, t := range usual {
			if t.proto == m.Proto {
				return []traffic{{proto: m.Proto, lo: m.Lo, hi: m.Hi}}
			}
		}
	case config.MatchACL:
		l, ok := c.ACL(m.ACL)
		for n, t := range usual {
			if ok && (n == 0 || t.proto != usual[n-1].proto) {
				out = append(out, traffic{proto: t.proto, hi: 65535, match: lists[l]})
			}
		}
	}
	return out
}

// permittedBy is what a list permits of traffic; without one all of it.
func permittedBy(c *config.Config, all []traffic, list string, lists map[*config.AccessList]*acl.List) []traffic {
	if list == "" {
		return all
	}
	l, ok := c.ACL(list)
	if !ok {
		return nil
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].match = lists[l]
	}
	return out
}

// usualTraffic is what default-inspection-traffic means for a protocol (configuration guide of 8.2, default inspection
// policy), ranges of one transport side by side.
var usualTraffic = map[string][]traffic{
	"esmtp": {{proto: 6, lo: smtpPort, hi: smtpPort}}, "ctiqbe": {{proto: 6, lo: 2748, hi: 2748}}, "dns": {{proto: 17, lo: 53, hi: 53}},
	"ftp": {{proto: 6, lo: 21, hi: 21}}, "gtp": {{proto: 17, lo: 2123, hi: 2123}, {proto: 17, lo: 3386, hi: 3386}},
	"h323 h225": {{proto: 6, lo: 1720, hi: 1720}}, "h323 ras": {{proto: 17, lo: 1718, hi: 1719}}, "http": {{proto: 6, lo: 80, hi: 80}},
	"icmp": {{proto: 1, hi: 65535}}, "ils": {{proto: 6, lo: 389, hi: 389}},
	"mgcp": {{proto: 17, lo: 2427, hi: 2427}, {proto: 17, lo: 2727, hi: 2727}}, "netbios": {{proto: 17, lo: 137, hi: 138}},
	"pptp": {{proto: 6, lo: 1723, hi: 1723}}, "radius-accounting": {{proto: 17, lo: 1646, hi: 1646}}, "rsh": {{proto: 6, lo: 514, hi: 514}},
	"rtsp": {{proto: 6, lo: 554, hi: 554}}, "sip": {{proto: 6, lo: 5060, hi: 5060}, {proto: 17, lo: 5060, hi: 5060}},
	"skinny": {{proto: 6, lo: 2000, hi: 2000}}, "snmp": {{proto: 17, lo: 161, hi: 162}}, "sqlnet": {{proto: 6, lo: 1521, hi: 1521}},
	"sunrpc": {{proto: 6, lo: 111, hi: 111}, {proto: 17, lo: 111, hi: 111}}, "tftp": {{proto: 17, lo: 69, hi: 69}},
	"xdmcp": {{proto: 17, lo: 177, hi: 177}},
}

// classes are the limits of `set connection`, in the order of inspections: the policy of an interface before the global one.
func (k *compiler) classes(c *config.Config, at ports, lists map[*config.AccessList]*acl.List) []dataplane.ConnClass {
	var out []dataplane.ConnClass
	for _, global := range []bool{false, true} {
		for _, s := range c.ServicePolicies {
			where, ok := dataplane.None, true
			if s.If != "" {
				where, ok = at[s.If]
			}
			if (s.If == "") != global || !ok {
				continue
			}
			pm, _ := c.PolicyMap(s.Policy)
			for _, class := range pm.Classes {
				out = append(out, k.connClasses(c, s, class, where, lists)...)
			}
		}
	}
	return out
}

func (k *compiler) connClasses(c *config.Config, s config.ServicePolicy, class config.PolicyClass, where dataplane.Port, lists map[*config.AccessList]*acl.List) []dataplane.ConnClass {
	set, ok := class.Connection()
	if !ok {
		return nil
	}
	v := dataplane.ConnClass{
		ID: acl.ID(config.ClassID(s, class.Class)), Hi: 65535, If: where, MaxConns: set.MaxConns, MaxEmbryonic: set.MaxEmbryonic,
		ClientConns: set.ClientConns, ClientEmbryonic: set.ClientEmbryonic, ConnSettings: k.connSettings(c, set),
	}
	var out []dataplane.ConnClass
	for _, t := range classTraffic(c, class.Class, lists) {
		if t.proto != 1 {
			w := v
			w.Proto, w.Lo, w.Hi, w.Match = t.proto, t.lo, t.hi, t.match
			out = append(out, w)
		}
	}
	return out
}

// classTraffic is what belongs to a class of a policy; none: nothing that is looked at here.
func classTraffic(c *config.Config, class string, lists map[*config.AccessList]*acl.List) (out []traffic) {
	m, ok := c.ClassMap(class)
	switch {
	case !ok && class == "class-default", ok && m.Kind == config.MatchAny:
		return []traffic{{hi: 65535}}
	case ok && m.Kind == config.MatchPort:
		return []traffic{{proto: m.Proto, lo: m.Lo, hi: m.Hi}}
	case ok && m.Kind == config.MatchACL:
		if l, there := c.ACL(m.ACL); there {
			return []traffic{{hi: 65535, match: lists[l]}}
		}
	case ok && m.Kind == config.MatchDefaultInspection:
		for _, proto := range slices.Sorted(maps.Keys(usualTraffic)) {
			out = append(out, permittedBy(c, usualTraffic[proto], m.ACL, lists)...)
		}
	}
	return out
}

// policers are the `police` lines in force, the policy of an interface before the global one, which counts at each interface
// by itself.
//
// unverified: that a global policy has a bucket for each interface.
func policers(c *config.Config, at ports, lists map[*config.AccessList]*acl.List) (out []dataplane.Policer) {
	for _, global := range []bool{false, true} {
		for _, s := range c.ServicePolicies {
			if (s.If == "") != global {
				continue
			}
			pm, _ := c.PolicyMap(s.Policy)
			for _, class := range pm.Classes {
				for _, p := range class.Policing() {
					for _, name := range c.PoliceInterfaces(s) {
						if where, ok := at[name]; ok {
							out = append(out, policer(c, s, class.Class, p, name, where, lists)...)
						}
					}
				}
			}
		}
	}
	return out
}

// policer is one `police` line at one interface.
func policer(c *config.Config, s config.ServicePolicy, class string, p config.Police, ifname string, where dataplane.Port, lists map[*config.AccessList]*acl.List) (out []dataplane.Policer) {
	for _, t := range classTraffic(c, class, lists) {
		out = append(out, dataplane.Policer{
			ID: acl.ID(config.PoliceID(s, class, p, ifname)), If: where, Out: p.Out, Proto: t.proto, Lo: t.lo, Hi: t.hi, Match: t.match,
			Rate: p.Rate, Burst: p.Burst, DropConforming: p.DropConforming, PassExceeding: p.PassExceeding,
		})
	}
	return out
}

// connSettings are what a class does to its connections beside counting them.
func (k *compiler) connSettings(c *config.Config, set config.ConnSettings) dataplane.ConnSettings {
	v := dataplane.ConnSettings{
		NoRandom: set.NoRandom, Embryonic: set.Embryonic, HalfClosed: set.HalfClosed, TCPIdle: set.TCP, Idle: set.Idle, Reset: set.Reset,
		Map: k.tcpMap(c, set.TCPMap), DecrementTTL: set.DecrementTTL, Bypass: set.Bypass,
	}
	if set.DCD {
		v.DCD = dataplane.DCD{Every: set.DCDEvery, Tries: set.DCDTries}
	}
	if set.Bypass && set.Idle == nil && k.rel.Timers.Bypass > 0 {
		v.Idle = &k.rel.Timers.Bypass
	}
	return v
}

// smtpPolicy is an ESMTP policy-map as the engine takes it; nil is the release's default.
func (k *compiler) smtpPolicy(c *config.Config, name string) *smtp.Policy {
	m, ok := c.ESMTPMap(name)
	if !ok {
		return nil
	}
	p := &smtp.Policy{
		Name: m.Name, MaskBanner: m.MaskBanner, AllowTLS: m.AllowTLS, AllowTLSLog: m.AllowTLSLog,
		MailRelay: smtp.Relay{Domain: m.MailRelay, Parameter: parameter(m.MailRelay != "", m.RelayDrop, m.RelayLog)},
		Special:   parameter(m.Special, m.SpecialDrop, m.SpecialLog),
	}
	for _, v := range m.Matches {
		p.Matches = append(p.Matches, k.smtpRule(c, v))
	}
	return p
}

func parameter(on, drop, log bool) smtp.Parameter {
	p := smtp.Parameter{On: on, Log: log}
	if drop {
		p.Action = smtp.ActionDrop
	}
	return p
}

var smtpMatches = map[config.ESMTPMatchKind]smtp.Match{
	config.ESMTPBodyLength:         smtp.MatchBody,
	config.ESMTPBodyLineLength:     smtp.MatchBodyLine,
	config.ESMTPCmdVerb:            smtp.MatchVerb,
	config.ESMTPCmdLineLength:      smtp.MatchLine,
	config.ESMTPCmdRcptCount:       smtp.MatchRCPT,
	config.ESMTPEhloReply:          smtp.MatchEHLO,
	config.ESMTPHeaderLength:       smtp.MatchHeader,
	config.ESMTPHeaderLineLength:   smtp.MatchHeaderLine,
	config.ESMTPHeaderToFields:     smtp.MatchTo,
	config.ESMTPInvalidRecipients:  smtp.MatchInvalid,
	config.ESMTPMIMEFilenameLength: smtp.MatchFilename,
	config.ESMTPMIMEEncoding:       smtp.MatchEncoding,
	config.ESMTPSenderLength:       smtp.MatchSenderLen,
	config.ESMTPSenderRegex:        smtp.MatchSenderRegex,
	config.ESMTPMIMEFiletype:       smtp.MatchFiletype,
}

// wireWords are the EHLO keywords that the command line spells otherwise.
var wireWords = map[string]string{"ecode": "ENHANCEDSTATUSCODES", "binaryname": "BINARYMIME"}

// anyOf fits where one of its expressions does; the empty one never.
type anyOf []*config.Expression

func (a anyOf) Match(b []byte) bool {
	return slices.ContainsFunc(a, func(x *config.Expression) bool { return x.Match(b) })
}

// matcher is what a regex line names; nil where nothing defines it: such a line never matches, with `not` neither.
func (k *compiler) matcher(c *config.Config, name string, class bool) smtp.Matcher {
	names := []string{name}
	if class {
		v, ok := c.RegexClass(name)
		if !ok {
			return nil
		}
		names = v.Regexes
	} else if _, ok := c.Regex(name); !ok {
		return nil
	}
	var out anyOf
	for _, n := range names {
		if v, ok := c.Regex(n); ok {
			out = append(out, k.expression(v.Pattern))
		}
	}
	return out
}

// expression compiles a pattern, or finds it compiled for the present policy or the one before.
func (k *compiler) expression(pattern string) *config.Expression {
	x, ok := k.regexes[pattern]
	if !ok {
		if x, ok = k.lastRegexes[pattern]; !ok {
			x, _ = config.CompileRegex(pattern) // was taken when it was entered
		}
		k.regexes[pattern] = x
	}
	return x
}

// smtpRule keeps the place of every line, so that "Class 4" in a message means the fourth.
func (k *compiler) smtpRule(c *config.Config, m config.ESMTPMatch) smtp.Rule {
	r := smtp.Rule{Match: smtpMatches[m.Kind], Not: m.Not, Limit: m.Than, Log: m.Action.Log}
	if m.Regex != "" {
		r.Regex, r.Pattern = k.matcher(c, m.Regex, m.Class), "regex "+m.Regex
		if m.Class {
			r.Pattern = "regex class " + m.Regex
		}
	}
	for _, w := range m.Words {
		if wire, ok := wireWords[w]; ok {
			w = wire
		}
		r.Words = append(r.Words, strings.ToUpper(w))
	}
	switch {
	case m.Action.Drop:
		r.Action = smtp.ActionDrop
	case m.Action.Reset:
		r.Action = smtp.ActionReset
	case m.Action.Mask:
		r.Action = smtp.ActionMask
	case m.Action.Rate > 0:
		r.Action, r.Rate = smtp.ActionRate, m.Action.Rate
	}
	return r
}
