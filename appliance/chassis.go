package appliance

import (
	"fmt"
	"slices"
	"strings"

	"pixsim/appliance/release"
	"pixsim/cli"
)

// Sockets finds the interfaces that names mean, as indexes of the model's: hardware names, or those that the configuration
// text gives. The release that it returns is rel on a chassis which has the interface cards that names ask for, up to
// the release's limit. A name that means none is an error, which lists those there are.
func Sockets(rel *release.Release, text string, names []string) (*release.Release, []int, error) {
	fitted := rel
	for _, name := range names {
		if more := rel.Fitted("interface " + name + " auto\n"); len(more.Model.Interfaces) > len(fitted.Model.Interfaces) {
			fitted = more
		}
	}
	if n, most := len(fitted.Model.Interfaces), rel.Limits.Interfaces; fitted != rel && n > most {
		return nil, nil, fmt.Errorf("%s takes %d interfaces at most", rel.Name, most)
	}
	c, _ := cli.Load(fitted, text)
	at := make([]int, len(names))
	for i, name := range names {
		_, at[i] = c.InterfaceAt(name)
		if f, ok := c.Interface(name); ok && at[i] < 0 {
			_, at[i] = c.InterfaceAt(f.Hardware)
		}
		if at[i] >= 0 {
			at[i] = c.TrunkOf(at[i])
			continue
		}
		var have []string
		for _, f := range c.Interfaces {
			if f.Trunk != "" || strings.Contains(f.Hardware, ".") {
				continue
			}
			word := f.Hardware
			if f.Name != "" {
				word += " (" + f.Name + ")"
			}
			have = append(have, word)
		}
		return nil, nil, fmt.Errorf("%s has no interface %q: there are %s", rel.Name, name, strings.Join(slices.Compact(have), ", "))
	}
	return fitted, at, nil
}
