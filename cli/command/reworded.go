package command

import (
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/release"
)

// rewording is a saved line that the releases of span say in other words than those before. In old <x> is any word, <x*>
// the words that are left, and a|b one of these; now repeats them by their names, the latter by number: <1>.
type rewording struct {
	span     release.Span
	old, now string
}

// rewordings are applied one after the other: a line may have changed more than once.
// unverified: all of them; the manuals name the commands that came in the place of the old ones.
var rewordings = []rewording{
	{serverGroups, "tacacs-server host <ip*>", "aaa-server TACACS+ host <ip*>"},
	{serverGroups, "tacacs-server <if> host <ip*>", "aaa-server TACACS+ <if> host <ip*>"},
	{serverGroups, "radius-server host <ip*>", "aaa-server RADIUS host <ip*>"},
	{serverGroups, "radius-server <if> host <ip*>", "aaa-server RADIUS <if> host <ip*>"},
	{serverGroups, "aaa authentication <way> console tacacs+", "aaa authentication <way> console TACACS+"},
	{serverGroups, "aaa authentication <way> console radius", "aaa authentication <way> console RADIUS"},
	{serverGroups, "aaa authentication|accounting <what> <side> <ip> <mask> tacacs+", "aaa <1> <what> <side> <ip> <mask> TACACS+"},
	{serverGroups, "aaa authentication|accounting <what> <side> <ip> <mask> radius", "aaa <1> <what> <side> <ip> <mask> RADIUS"},
	{serverGroups, "aaa authentication|accounting <what> <side> <ip> <mask> <ip2> <mask2> tacacs+", "aaa <1> <what> <side> <ip> <mask> <ip2> <mask2> TACACS+"},
	{serverGroups, "aaa authentication|accounting <what> <side> <ip> <mask> <ip2> <mask2> radius", "aaa <1> <what> <side> <ip> <mask> <ip2> <mask2> RADIUS"},
	{from50, "floodguard 1", "floodguard enable"},
	{from50, "floodguard 0", "floodguard disable"},
	// What was excepted is excluded. Only TACACS+ could authorize.
	{aaaRules, "aaa authorization any|except|ftp|http|telnet <side> <ip> <mask>", "aaa authorization <1> <side> <ip> <mask> TACACS+"},
	{aaaRules, "aaa authorization any|except|ftp|http|telnet <side> <ip> <mask> <ip2> <mask2>", "aaa authorization <1> <side> <ip> <mask> <ip2> <mask2> TACACS+"},
	{aaaRules, "aaa <kind> except <side> <ip> <mask> <more*>", "aaa <kind> exclude any <side> <ip> <mask> <more*>"},
	{aaaRules, "aaa <kind> any|ftp|http|telnet <side> <ip> <mask> <more*>", "aaa <kind> include <1> <side> <ip> <mask> <more*>"},
	{inASA, "access-list <id> deny|permit any", "access-list <id> standard <1> any"},
	{inASA, "access-list <id> deny|permit host <ip>", "access-list <id> standard <1> host <ip>"},
	{inASA, "access-list <id> deny|permit <ip> <mask>", "access-list <id> standard <1> <ip> <mask>"},
}

// In is the releases that say it in the new words.
func (r rewording) In() release.Span { return r.span }

// Reworded is a line of the configuration that version wrote, as rel says it.
func Reworded(rel *release.Release, version, line string) string {
	for r := range release.Rows(rel, rewordings) {
		if !r.span.Covers(version) {
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
