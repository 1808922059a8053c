package appliance

import (
	"fmt"
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
	for _, f := range c.Fixups {
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
	for _, f := range c.Fixups {
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
			if i.Proto != "esmtp" {
				continue
			}
			if v, ok := classOf(c, class.Class, lists); ok {
				v.ID = acl.ID(config.InspectID(s, class.Class, i))
				v.If, v.Profile, v.Policy = where, &k.rel.SMTP, k.smtpPolicy(c, i.Map)
				out = append(out, v)
			}
		}
	}
	return out
}

// classOf is what a class-map matches. class-default and a class without a port look at the usual port.
func classOf(c *config.Config, name string, lists map[*config.AccessList]*acl.List) (dataplane.Inspect, bool) {
	v := dataplane.Inspect{Lo: smtpPort, Hi: smtpPort}
	m, ok := c.ClassMap(name)
	if !ok {
		return v, name == "class-default"
	}
	switch m.Kind {
	case config.MatchPort:
		v.Lo, v.Hi = m.Lo, m.Hi
		return v, m.Proto == 6
	case config.MatchACL:
		l, ok := c.ACL(m.ACL)
		if !ok {
			return v, false
		}
		v.Lo, v.Hi, v.Match = 0, 65535, lists[l]
	case config.MatchOther, config.MatchNone:
		return v, false
	}
	return v, true
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
