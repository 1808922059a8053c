package appliance

import (
	"cmp"
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
		for _, o := range c.Outbounds {
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
	for _, a := range c.Aliases {
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
	for _, f := range c.Fixups {
		if f.Proto == "dns" && !f.Off {
			return f.MaxLen
		}
	}
	return 0
}
