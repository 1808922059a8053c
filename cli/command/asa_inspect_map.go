package command

import (
	"fmt"
	"strings"

	"pixsim/appliance/config"
)

// mapInUse reports whether an inspect line names the map.
func mapInUse(c *config.Config, kind, name string) bool {
	for _, p := range c.PolicyMaps {
		for _, class := range p.Classes {
			for _, i := range class.Inspects {
				proto, _, _ := strings.Cut(i.Proto, " ")
				if proto == kind && strings.TrimPrefix(i.Map, "strict ") == name {
					return true
				}
			}
		}
	}
	return false
}

// hasInspectMap reports whether there is a policy-map of that type, other than esmtp, and name.
func hasInspectMap(c *config.Config, kind, name string) bool {
	_, ok := c.InSlot(inspectMapCommand, inspectMapSlot(kind, name))
	if !ok { // snmp-map, and in 7.0 the maps of the others
		_, ok = c.InSlot(kind+"-map", kind+"-map "+name)
	}
	return ok
}

// keepDNSMap makes a policy-map of DNS inspection that lets messages of up to max octets pass.
func keepDNSMap(e *config.Edit, name string, max int) {
	head := inspectMapSlot("dns", name)
	e.SetStored(config.Stored{Command: inspectMapCommand, Slot: head, Words: []config.Word{plainWord(head)}})
	inspectMapSpec.keep(e, ConfigInspectMap, Path{head}, "parameters", "")
	inspectMapSpec.keep(e, ConfigPolicyParam, Path{head, "parameters"}, "message-length maximum", fmt.Sprint(max))
}
