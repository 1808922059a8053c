package command

import (
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/release"
)

// rewording is a saved line that the releases after those of said say in other words. In old <x> is any word, <x*> the
// words that are left, and a|b one of these; now repeats them by their names, the latter by
// number: <1>.
type rewording struct {
	said     release.Span
	old, now string
}

// rewordings are applied one after the other: a line may have changed more than once.
// unverified: all of them; the manuals name the commands that came in the place of the old ones.
var rewordings = []rewording{
	{beforeGroups, "tacacs-server host <ip*>", "aaa-server TACACS+ host <ip*>"},
	{beforeGroups, "tacacs-server <if> host <ip*>", "aaa-server TACACS+ <if> host <ip*>"},
	{beforeGroups, "radius-server host <ip*>", "aaa-server RADIUS host <ip*>"},
	{beforeGroups, "radius-server <if> host <ip*>", "aaa-server RADIUS <if> host <ip*>"},
	{beforeGroups, "aaa authentication <way> console tacacs+", "aaa authentication <way> console TACACS+"},
	{beforeGroups, "aaa authentication <way> console radius", "aaa authentication <way> console RADIUS"},
	{beforeGroups, "aaa authentication|accounting <what> <side> <ip> <mask> tacacs+", "aaa <1> <what> <side> <ip> <mask> TACACS+"},
	{beforeGroups, "aaa authentication|accounting <what> <side> <ip> <mask> radius", "aaa <1> <what> <side> <ip> <mask> RADIUS"},
	{beforeGroups, "aaa authentication|accounting <what> <side> <ip> <mask> <ip2> <mask2> tacacs+", "aaa <1> <what> <side> <ip> <mask> <ip2> <mask2> TACACS+"},
	{beforeGroups, "aaa authentication|accounting <what> <side> <ip> <mask> <ip2> <mask2> radius", "aaa <1> <what> <side> <ip> <mask> <ip2> <mask2> RADIUS"},
	{floodguardOld, "floodguard 1", "floodguard enable"},
	{floodguardOld, "floodguard 0", "floodguard disable"},
	// What was excepted is excluded. Only TACACS+ could authorize.
	{aaaOld, "aaa authorization any|except|ftp|http|telnet <side> <ip> <mask>", "aaa authorization <1> <side> <ip> <mask> TACACS+"},
	{aaaOld, "aaa authorization any|except|ftp|http|telnet <side> <ip> <mask> <ip2> <mask2>", "aaa authorization <1> <side> <ip> <mask> <ip2> <mask2> TACACS+"},
	{aaaOld, "aaa <kind> except <side> <ip> <mask> <more*>", "aaa <kind> exclude any <side> <ip> <mask> <more*>"},
	{aaaOld, "aaa <kind> any|ftp|http|telnet <side> <ip> <mask> <more*>", "aaa <kind> include <1> <side> <ip> <mask> <more*>"},
}

// Reworded is a line of the configuration that version wrote, as rel says it.
func Reworded(rel *release.Release, version, line string) string {
	for _, r := range rewordings {
		if r.said.Covers(version) && !r.said.Holds(rel) {
			line = r.apply(line)
		}
	}
	return line
}

// apply is line in the new words, or as it is where it does not fit the old ones.
func (r rewording) apply(line string) string {
	words, old := strings.Fields(line), strings.Fields(r.old)
	var pairs []string
	choices := 0
	for i, o := range old {
		rest := strings.HasSuffix(o, "*>")
		switch {
		case i >= len(words):
			return line
		case rest:
			words[i] = strings.Join(words[i:], " ")
			words = words[:i+1]
			pairs = append(pairs, o, words[i])
		case o[0] == '<':
			pairs = append(pairs, o, words[i])
		case !slices.Contains(strings.Split(o, "|"), words[i]):
			return line
		case strings.Contains(o, "|"):
			choices++
			pairs = append(pairs, "<"+strconv.Itoa(choices)+">", words[i])
		}
	}
	if len(words) != len(old) {
		return line
	}
	return strings.NewReplacer(pairs...).Replace(r.now)
}
