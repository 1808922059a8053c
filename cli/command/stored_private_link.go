package command

import (
	"context"
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
	{ // to boxes of 3.x; the 4.0(7) release notes: 4.1 will not have it
		name: "lnko", help: "Specify encryption keys for a Private Link of older software", span: only40, section: release.SectionLink, private: true,
		forms: []form{{slot: seq(lit("lnko"), addrVal("remote_peer_ip"), numVal("key_id", 1, 7)), rest: val("key", linkKey(), plainWord)}},
		usage: []string{"[no] lnko <remote_peer_ip> <key_id> <key>"},
	},
	{
		name: "lnkopath", help: "Specify a remote network that is reached through a Private Link of older software", span: only40, section: release.SectionLink,
		forms: []form{{slot: seq(lit("lnkopath"), netVal("remote_network_ip", "mask"), addrVal("remote_peer_ip"))}},
		usage: []string{"[no] lnkopath <remote_network_ip> <remote_netmask> <remote_peer_ip>"},
	},
}

var only40 = release.Until(release.V(4, 0))

// The lists of commands of the references of 4.0 (all) and 5.0 (session) have them.
// unverified: their grammar, their place, and how long there were such commands.
var oldServiceSpecs = []storedSpec{
	{
		name: "http", help: "Specify hosts that may use the HTML management interface", span: before42, section: release.SectionHTTP,
		forms: []form{{slot: seq(lit("http"), addrVal("ip_address"), opt(maskVal("netmask")))}},
		usage: []string{"[no] http <ip_address> [<netmask>]"},
	},
	{
		name: "session", help: "Access an embedded AccessPro router console", span: release.Until(release.V(5, 3)), section: release.SectionService,
		forms: []form{{slot: lit("session enable")}},
		usage: []string{"[no] session enable"},
	},
}

// groom was printed and done at once; flash is no card here that needs it. (3.0 release notes; the 4.0 reference lists it.)
// unverified: that 4.2, which wants the larger card, has none.
var groom = &Command{
	Name: "groom", Help: "Groom the flash memory", Mode: Configure, Span: before42, Syntax: g.Word("groom", "Groom the flash memory"),
	Run: func(_ context.Context, s Session, _ *g.Match) error { s.Say(release.Grooming); return nil },
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
