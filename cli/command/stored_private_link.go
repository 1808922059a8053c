package command

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// privateLink is where it is: IPSec came in its place, with a word for boxes that had it (sysopt ipsec pl-compatible).
var privateLink = release.Until(release.V(4, 4))

// Private Link, the encryption between two PIXes of 4.x.
// unverified: the grammar, the order and the lengths, from memory of the 4.x manuals.
var privateLinkSpecs = []storedSpec{
	{
		name: "age", help: "Set the duration that a Private Link key is active", span: before42, section: release.SectionAge,
		forms: []form{{slot: lit("age"), rest: numVal("minutes", 1, 32000), usual: []usual{{slot: "age", text: "age 10"}}}},
		usage: []string{"age <minutes>"},
	},
	{
		name: "link", help: "Specify encryption keys for Private Link", span: privateLink, section: release.SectionLink, private: true,
		forms: []form{{slot: seq(lit("link"), addrVal("remote_peer_ip"), numVal("key_id", 1, 7)), rest: seq(val("key", linkKey(), plainWord), opt(lit("md5")))}},
		usage: []string{"[no] link <remote_peer_ip> <key_id> <key> [md5]"},
	},
	{
		name: "linkpath", help: "Specify a remote network that is reached through Private Link", span: privateLink, section: release.SectionLink,
		forms: []form{{slot: seq(lit("linkpath"), netVal("remote_network_ip", "mask"), addrVal("remote_peer_ip"))}},
		usage: []string{"[no] linkpath <remote_network_ip> <remote_netmask> <remote_peer_ip>"},
	},
}

// linkKey is a key of at most 14 hexadecimal digits (56 bits).
func linkKey() g.Type[string] {
	return g.Type[string]{
		Label: "HEX",
		Parse: func(_ g.Env, w string) (string, error) {
			digits := strings.TrimPrefix(w, "0x")
			if _, err := strconv.ParseUint(digits, 16, 56); err != nil {
				return "", err
			}
			return digits, nil
		},
		Sample: func(_ g.Env, r *rand.Rand) string { return fmt.Sprintf("%014x", r.Uint64()>>8) },
	}
}
