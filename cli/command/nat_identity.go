package command

import "pixsim/appliance/config"

// keepIdentity makes rules that leave an address as it is say that they go by the route and that the box does not answer for
// it, where they did so without a word before: so does an upgrade to 8.4(2) (its release notes).
func keepIdentity(e *config.Edit) []string {
	if e.View().Release.NAT.IdentityByRoute {
		return nil
	}
	e.MapNAT(func(r config.NATRule) config.NATRule {
		if leavesAsIs(e.View(), r) {
			r.NoProxyARP, r.RouteLookup, r.Unidirectional = true, true, false
		}
		return r
	})
	return nil
}

// leavesAsIs tells a static rule whose real and mapped address are one.
func leavesAsIs(c *config.Config, r config.NATRule) bool {
	if r.Dynamic || r.Interface {
		return false
	}
	if r.Object == "" {
		return r.Src == r.MappedSrc && r.Service == r.MappedService
	}
	o, ok := c.ObjectGroup(r.Object)
	if !ok || r.RealPort != r.MappedPort {
		return false
	}
	for _, m := range o.Members.All() {
		return r.MappedSrc == r.Object || r.MappedAddr.IsValid() && r.MappedAddr == m.Net.Addr
	}
	return false
}
