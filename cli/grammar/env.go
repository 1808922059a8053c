package grammar

import (
	"net/netip"

	"pixsim/appliance/release"
)

// plain is an Env that knows nothing but its release.
type plain struct{ r *release.Release }

func (p plain) Release() *release.Release         { return p.r }
func (plain) NamedAddr(string) (netip.Addr, bool) { return netip.Addr{}, false }
func (plain) Interfaces() []string                { return nil }
func (plain) ObjectGroup(string) string           { return "" }
func (plain) ObjectGroups() []string              { return nil }
func (p plain) Hardware() []string {
	if p.r == nil {
		return nil
	}
	return p.r.Model.Interfaces
}

// Plain is an Env that knows its release and the hardware of its model, but no configuration.
func Plain(r *release.Release) Env { return plain{r} }
