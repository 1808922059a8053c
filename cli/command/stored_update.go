package command

import (
	"math/rand/v2"
	"regexp"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// updateSpecs is auto-update, by which a management server keeps a box up to date, from 6.2 on.
// unverified: the order; the forms are those of the 6.2 and 6.3 command references.
var updateSpecs = []storedSpec{{
	name: "auto-update", help: "Configure auto update", section: release.SectionAutoUpdate, span: from62, private: true,
	forms: []form{
		{slot: lit("auto-update device-id"), rest: either(
			lit("hardware-serial"), lit("hostname"), seq(lit("ipaddress"), opt(ifVal())), seq(lit("mac-address"), opt(ifVal())), seq(lit("string"), wordVal("text")))},
		{slot: lit("auto-update poll-period"), rest: seq(numVal("poll_period", 1, 35791), opt(numVal("retry_count", 0, 35791), opt(numVal("retry_period", 1, 35791))))},
		{slot: lit("auto-update server"), rest: seq(val("url", updateURL(), plainWord), opt(lit("verify_certificate")))},
		{slot: lit("auto-update timeout"), rest: numVal("period", 0, 35791)},
	},
	usage: []string{
		"[no] auto-update device-id hardware-serial|hostname|ipaddress [<if_name>] |", "        mac-address [<if_name>] | string <text>",
		"[no] auto-update poll-period <poll_period> [<retry_count> [<retry_period>]]",
		"[no] auto-update server <url> [verify_certificate]", "[no] auto-update timeout <period>",
	},
}}

var updateServer = regexp.MustCompile(`^https?://([^ @/]+@)?[^ @/:]+(:[0-9]{1,5})?(/[^ ]*)?$`)

// updateURL is http[s]://[user:password@]host[:port]/path.
func updateURL() g.Type[string] {
	t := g.Ident(255)
	parse := t.Parse
	t.Parse = func(e g.Env, w string) (string, error) {
		if !updateServer.MatchString(w) {
			return "", errKey
		}
		return parse(e, w)
	}
	t.Sample = func(e g.Env, r *rand.Rand) string { return "https://" + g.Addr().Sample(e, r) + "/autoupdate" }
	return t
}
