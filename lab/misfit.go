package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Misfit says in one line why a box with these interface addresses, by name, does not fit the lab; "" when it does.
func Misfit(box map[string]netip.Prefix) string {
	var wrong []string
	for _, want := range []struct {
		name string
		addr netip.Addr
		net  netip.Prefix
	}{{"outside", BoxOutside, OutsideNet}, {"inside", BoxInside, InsideNet}} {
		need := netip.PrefixFrom(want.addr, want.net.Bits())
		if got, ok := box[want.name]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s has no address (the lab wants %s)", want.name, need))
		} else if got != need {
			wrong = append(wrong, fmt.Sprintf("%s is %s (the lab wants %s)", want.name, got, need))
		}
	}
	slices.Sort(wrong)
	if len(wrong) == 0 {
		return ""
	}
	return "the startup-config does not fit the lab: " + strings.Join(wrong, ", ")
}
