package appliance

import (
	"strings"

	"pixsim/appliance/config"
	"pixsim/dataplane"
)

// optionTypes are the IP options that a policy-map of type inspect ip-options knows, by its words (RFC 791, RFC 1063, RFC 1108,
// RFC 2113, RFC 4782; RFC 6814 for the rest).
var optionTypes = map[string]uint8{
	"eool": 0, "nop": 1, "router-alert": 148, "basic-security": 130, "commercial-security": 134, "exp-flow-control": 205,
	"exp-measure": 10, "extended-security": 133, "imi-traffic-descriptor": 144, "quick-start": 25, "record-route": 7, "timestamp": 68,
}

// Source routes pass by no rule.
const (
	looseSourceRoute  = 131
	strictSourceRoute = 137
)

// ipOptions are the IP options that may pass: none without inspect ip-options (release notes of 8.2(2)), the router alert with it,
// what its map says with one.
//
// unverified: that the map which is in force when none is named allows the router alert alone, and that `default` leaves source
// routes out.
func ipOptions(c *config.Config) []dataplane.IPOption {
	for _, s := range c.ServicePolicies {
		pm, _ := c.PolicyMap(s.Policy)
		for _, class := range pm.Classes {
			for _, i := range class.Inspects {
				switch {
				case i.Proto != "ip-options":
				case i.Map == "":
					return []dataplane.IPOption{{Type: optionTypes["router-alert"]}}
				default:
					return optionMap(c, i.Map)
				}
			}
		}
	}
	return nil
}

// optionMap are those of a map. The first that names an option counts: those of default come last.
func optionMap(c *config.Config, name string) (out []dataplane.IPOption) {
	const command = "policy-map type inspect"
	var others []dataplane.IPOption
	for _, s := range c.StoredOf(command) {
		line, ok := strings.CutPrefix(s.Slot, command+" ip-options "+name+" \x00 parameters \x00 ")
		words := strings.Fields(line)
		if !ok || s.Off || len(words) != 3 {
			continue
		}
		o := dataplane.IPOption{Clear: words[2] == "clear"}
		if words[0] != "default" {
			o.Type = optionTypes[words[0]]
			out = append(out, o)
			continue
		}
		for kind := range 256 {
			o.Type = uint8(kind)
			if kind != looseSourceRoute && kind != strictSourceRoute {
				others = append(others, o)
			}
		}
	}
	return append(out, others...)
}
