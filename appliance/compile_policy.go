package appliance

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/dataplane"
)

// policies compiles what admits and redirects beside lists and translations: outbound lists, established, alias.
func policies(p *dataplane.Policy, c *config.Config, at ports) {
	for _, a := range c.Applies {
		port, ok := at[a.If]
		if !ok {
			continue
		}
		for o := range c.Outbounds.Values() {
			if o.List == a.List && !o.Java { // whether applets are in a connection nobody looks
				p.Outbound = append(p.Outbound, dataplane.Outbound{
					Port: port, Dest: a.Dest, List: o.List, Action: outboundActions[o.Kind], Net: aclNet(o.Net), Lo: o.Lo, Hi: o.Hi, Proto: o.Proto,
				})
			}
		}
	}
	for _, v := range c.Established {
		p.Established = append(p.Established, dataplane.Established{
			Proto: v.Proto, Dst: v.Dst, Src: v.Src, To: dataplane.PortClause(v.To), From: dataplane.PortClause(v.From),
		})
	}
	for _, a := range c.Aliases.All() {
		own, ok1 := config.Net{Addr: a.DNAT, Mask: a.Mask}.Prefix()
		foreign, ok2 := config.Net{Addr: a.Foreign, Mask: a.Mask}.Prefix()
		if port, ok := at[a.If]; ok && ok1 && ok2 {
			p.Aliases = append(p.Aliases, dataplane.Alias{Port: port, DNAT: own.Masked(), Foreign: foreign.Masked()})
		}
	}
}

var outboundActions = [...]dataplane.OutboundAction{
	config.OutboundPermit: dataplane.OutboundPermit, config.OutboundDeny: dataplane.OutboundDeny, config.OutboundExcept: dataplane.OutboundExcept,
}

func (k *compiler) fragmentLimits(c *config.Config, ifname string) dataplane.FragmentLimits {
	f := c.FragmentsOf(ifname)
	return dataplane.FragmentLimits{Size: cmp.Or(f.Size, k.rel.Limits.FragmentQueue), Chain: f.Chain, Wait: time.Duration(f.Seconds) * time.Second}
}

// dnsLength is the longest reply of a name server that passes, in octets (fixup protocol dns maximum-length, 6.3); 0: any.
func dnsLength(c *config.Config) int {
	for f := range c.Fixups.Values() {
		if f.Proto == "dns" && !f.Off {
			return f.MaxLen
		}
	}
	name, on := dnsInspection(c)
	if number, plain := strings.CutPrefix(name, "maximum-length "); on && plain { // 7.0
		n, _ := strconv.Atoi(number)
		return n
	}
	_, auto := dnsParameter(c, name, "message-length maximum client")
	if l, ok := dnsParameter(c, name, "message-length maximum"); on && ok && !auto {
		n, _ := strconv.Atoi(l[strings.LastIndexByte(l, ' ')+1:])
		return n
	}
	return 0
}

// dnsInspection is what follows inspect dns in a policy in force: the name of a map, or nothing; false where there is no such
// line. The first one counts for all traffic.
func dnsInspection(c *config.Config) (name string, on bool) {
	for _, s := range c.ServicePolicies {
		pm, _ := c.PolicyMap(s.Policy)
		for _, class := range pm.Classes {
			for _, i := range class.Inspects {
				if i.Proto == "dns" {
					return i.Map, true
				}
			}
		}
	}
	return "", false
}

// dnsParameter is the line of a slot among the parameters of a policy-map type inspect dns.
func dnsParameter(c *config.Config, name, slot string) (string, bool) {
	const command = "policy-map type inspect"
	l, ok := c.InSlot(command, strings.Join([]string{command + " dns " + name, "parameters", slot}, config.BodyMark))
	if !ok {
		return "", false
	}
	return l.Text(), true
}

// dnsRewrites tells whether addresses in DNS replies may be translated: from 7.0 on it is the inspection that does it, unless
// its map says no (ASA command reference, nat-rewrite).
func (k *compiler) dnsRewrites(c *config.Config) bool {
	if !k.rel.NAT.DNSByInspection {
		return true
	}
	name, on := dnsInspection(c)
	l, ok := dnsParameter(c, name, "nat-rewrite")
	return on && !(ok && strings.HasPrefix(l, "no "))
}
