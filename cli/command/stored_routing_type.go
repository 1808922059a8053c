package command

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"

	g "pixsim/cli/grammar"
)

// prefixType is a network as address/length, printed without its host bits.
func prefixType() g.Type[string] {
	return g.Type[string]{
		Label: "A.B.C.D/n",
		Parse: func(_ g.Env, w string) (string, error) {
			p, err := netip.ParsePrefix(w)
			if err != nil || !p.Addr().Is4() {
				return "", g.ErrAddress
			}
			return p.Masked().String(), nil
		},
		Sample: func(e g.Env, r *rand.Rand) string {
			a, _ := netip.ParseAddr(g.Addr().Sample(e, r))
			return netip.PrefixFrom(a, 1+r.IntN(32)).Masked().String()
		},
	}
}

// areaType is an OSPF area: a number, or the same as an address.
func areaType() g.Type[string] {
	return g.Type[string]{
		Label: "<0-4294967295>",
		Parse: func(e g.Env, w string) (string, error) {
			if n, err := strconv.ParseUint(w, 10, 32); err == nil {
				return strconv.FormatUint(n, 10), nil
			}
			a, err := g.Addr().Parse(e, w)
			if err != nil {
				return "", err
			}
			return a.String(), nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprint(r.IntN(1000)) },
	}
}
