package command

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

// setConnection are the forms of set connection in a class of a policy-map. Each attribute may be typed by itself: the
// configuration has them in one line (ASA command reference, set connection and set connection timeout).
var setConnection = []form{
	{span: since82, slot: lit("set connection advanced-options tcp-state-bypass")},
	{slot: lit("set connection advanced-options"), rest: wordVal("tcp_map")},
	{slot: lit("set connection decrement-ttl")},
	{slot: lit("set connection timeout"), rest: ref("{embryonic <time> & half-closed <time> & tcp <time> [reset] & idle <time> [reset] & dcd [<retry:time> [<1-255>]]}")},
	{span: release.Since(release.V(7, 1)), slot: lit("set connection"), rest: ref("{conn-max <0-65535> & embryonic-conn-max <0-65535> & per-client-embryonic-max <0-65535> & per-client-max <0-65535> & random-sequence-number {enable|disable}}")},
	{span: release.Since(release.V(7, 0)).Through(release.V(7, 0)), slot: lit("set connection"), rest: ref("{conn-max <0-65535> & embryonic-conn-max <0-65535> & random-sequence-number {enable|disable}}")},
}

// attribute is a part of a line of set connection: its word and what it is set to.
type attribute struct{ word, text string }

// setAttributes are the words that attributes begin with, by kind of line, in the order in which they are printed. idle
// stands for tcp (and is what it is called later).
var setAttributes = map[string][]string{
	"set connection":         {"conn-max", "embryonic-conn-max", "per-client-embryonic-max", "per-client-max", "random-sequence-number"},
	"set connection timeout": {"embryonic", "half-closed", "tcp", "idle", "dcd"},
}

// attributesOf cuts a line of a kind into its attributes.
func attributesOf(kind, text string) (out []attribute) {
	for _, w := range strings.Fields(strings.TrimPrefix(text, kind)) {
		if slices.Contains(setAttributes[kind], w) {
			out = append(out, attribute{word: w, text: w})
		} else if n := len(out); n > 0 {
			out[n-1].text += " " + w
		}
	}
	return out
}

// same tells whether one attribute takes another's place.
func (a attribute) same(b attribute) bool {
	idle := []string{"tcp", "idle"}
	return a.word == b.word || slices.Contains(idle, a.word) && slices.Contains(idle, b.word)
}

// settingLine is a line of a kind with attributes, which must not be none.
func settingLine(kind string, all []attribute) string {
	order := setAttributes[kind]
	slices.SortStableFunc(all, func(a, b attribute) int {
		return cmp.Compare(slices.Index(order, a.word), slices.Index(order, b.word))
	})
	text := kind
	for _, a := range all {
		text += " " + a.text
	}
	return text
}

// merged is a line typed where there is another of its kind.
func merged(old, text string) string {
	kind := actionKind(text)
	if setAttributes[kind] == nil {
		return text
	}
	now := attributesOf(kind, text)
	kept := slices.DeleteFunc(attributesOf(kind, old), func(a attribute) bool { return slices.ContainsFunc(now, a.same) })
	return settingLine(kind, append(kept, now...))
}

// without is a line less the attributes of another; "": nothing is left. found tells whether any of them was there.
func without(old, text string) (rest string, found bool) {
	kind := actionKind(text)
	gone := attributesOf(kind, text)
	if setAttributes[kind] == nil || len(gone) == 0 {
		return "", true
	}
	had := attributesOf(kind, old)
	kept := slices.DeleteFunc(slices.Clone(had), func(a attribute) bool { return slices.ContainsFunc(gone, a.same) })
	if len(kept) == 0 {
		return "", len(had) > 0
	}
	return settingLine(kind, kept), len(kept) < len(had)
}

// setAction puts a line into a class.
func setAction(v *config.PolicyClass, text string) {
	v.Other = slices.Clone(v.Other)
	at := slices.IndexFunc(v.Other, func(o string) bool { return actionKind(o) == actionKind(text) })
	if at < 0 {
		v.Other = append(v.Other, text)
		return
	}
	text = merged(v.Other[at], text)
	v.Other = append(slices.Delete(v.Other, at, at+1), text)
}

// removeAction takes a line, or some attributes of one, out of a class.
func removeAction(v *config.PolicyClass, text string) error {
	at := slices.IndexFunc(v.Other, func(o string) bool { return actionKind(o) == actionKind(text) })
	if at < 0 {
		return found(false, text)
	}
	rest, had := without(v.Other[at], text)
	v.Other = slices.Clone(v.Other)
	if rest != "" {
		v.Other[at] = rest
	} else {
		v.Other = slices.Delete(v.Other, at, at+1)
	}
	return found(had, text)
}

// settingLines are the lines of a class about its connections.
func settingLines(class config.PolicyClass) (lines []string) {
	for _, line := range class.Other {
		if startsWith(line, "set connection") {
			lines = append(lines, line)
		}
	}
	return lines
}

// settingsText is what show service-policy says of set connection in a class.
func settingsText(s Session, p config.ServicePolicy, class config.PolicyClass) string {
	set, ok := class.Connection()
	if !ok {
		return ""
	}
	var n dataplane.ClassCounters
	s.Box().Do(func(st *dataplane.State) { n = st.Class(acl.ID(config.ClassID(p, class.Class))) })
	text := ""
	for _, line := range settingLines(class) {
		switch kind := actionKind(line); kind {
		case "set connection":
			text += "      Set connection policy: " + strings.TrimPrefix(line, "set connection ") + " \n" +
				fmt.Sprintf("        current embryonic conns %d, current conns %d, drop %d\n", n.Embryonic, n.Conns, n.Drops)
		case "set connection timeout":
			text += timeoutsText(line, set, n.Probes)
		case "set connection decrement-ttl":
			text += "      Set connection decrement-ttl\n"
		default:
			text += "      Set connection advanced-options: " + strings.TrimPrefix(line, "set connection advanced-options ") + "\n"
			if set.TCPMap != "" {
				text += normalText(n.Normal)
			}
		}
	}
	return text
}

// timeoutsText are the timeouts of a class.
// unverified: the layout, but for the lines of dead connection detection (command reference of 8.2, show service-policy).
func timeoutsText(line string, set config.ConnSettings, n dataplane.ProbeCounters) string {
	text := "      Set connection timeout policy:\n"
	for _, a := range attributesOf("set connection timeout", line) {
		if a.word != "dcd" {
			text += "        " + a.text + "\n"
		}
	}
	if !set.DCD {
		return text
	}
	return text + fmt.Sprintf("        DCD: enabled, retry-interval %s, max-retries %d\n", g.FormatDuration(set.DCDEvery.Round(time.Second)), set.DCDTries) +
		fmt.Sprintf("        DCD: client-probe %d, server-probe %d, conn-expiration %d\n", n.Client, n.Server, n.Expired)
}

// normalText is what a tcp-map did to the segments of a class.
// unverified: the layout, from memory of the command reference.
func normalText(n dataplane.NormalCounters) string {
	row := func(a string, x uint64, b string, y uint64) string {
		return fmt.Sprintf("        %-40s%s\n", fmt.Sprintf("%s: %d", a, x), fmt.Sprintf("%s: %d", b, y))
	}
	return row("Retransmission drops", n.Contradictions, "TCP checksum drops", n.Checksums) +
		row("Exceeded MSS drops", n.MSS, "SYN with data drops", n.SYNData) +
		row("Invalid ACK drops", n.InvalidACKs, "SYN-ACK with data drops", n.SYNACKData) +
		row("Out-of-order (OoO) packets", n.OutOfOrder, "OoO no buffer drops", n.Full) +
		row("OoO buffer timeout drops", n.Late, "SEQ past window drops", n.PastWindow) +
		row("Reserved bit cleared", n.ReservedCleared, "Reserved bit drops", n.ReservedDropped) +
		row("IP TTL modified", n.TTLs, "Urgent flag cleared", n.Urgents) +
		fmt.Sprintf("        Window varied resets: %d\n        TCP-options:\n", n.Windows) +
		"  " + row("Selective ACK cleared", n.SACKs, "Timestamp cleared", n.Timestamps) +
		fmt.Sprintf("          Window scale cleared: %d\n          Other options cleared: %d\n          Other options drops: %d\n",
			n.Scales, n.OtherOptions, n.OptionsDropped)
}
