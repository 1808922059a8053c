package command

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"pixsim/appliance/config"
	g "pixsim/cli/grammar"
)

// Shows of stored commands that say more than their lines.
var (
	clientDetail  = g.Word("detail", "Show what the server gave")
	showVPNClient = &Command{
		Name: "show vpnclient", Help: "Show the Easy VPN client", Mode: Privileged, Span: from62,
		Syntax: show(g.Word("vpnclient", "Show the Easy VPN client"), g.Opt(clientDetail)), Run: runShowVPNClient,
	}

	prefixDetail    = g.Word("detail", "Show the entries of each list")
	prefixName      = &g.Param[string]{Name: "list_name", Help: "The name of a list", Type: g.Ident(63)}
	showPrefixLists = &Command{
		Name: "show prefix-list detail", Help: "Show prefix lists", Mode: Privileged, Span: from63,
		Syntax: show(g.Word("prefix-list", "Show prefix lists"), g.Alt(prefixDetail, g.Word("summary", "Show how long each list is")), g.Opt(prefixName)),
		Run:    runShowPrefixLists,
	}
)

// runShowVPNClient: no server ever gave anything. unverified: the layout, from memory of 6.3.
func runShowVPNClient(_ context.Context, s Session, m *g.Match) error {
	lines := block(s.Running(View{Release: s.Release(), Names: true}), "vpnclient")
	if !clientDetail.Seen(m) {
		return emitLines(s, lines)
	}
	if err := emit(s, "LOCAL CONFIGURATION\n"); err != nil {
		return err
	}
	if err := emitLines(s, lines); err != nil {
		return err
	}
	return emit(s, "\nSTORED POLICY\nSecure Unit Authentication Enabled : No\nSplit Networks     : None\nBackup Servers     : None\n")
}

// prefixEntry is an entry of a prefix list, with the number that it has where none was typed.
type prefixEntry struct {
	seq  int
	rule string
}

// prefixStep is between the numbers of entries that were not numbered.
const prefixStep = 5

// prefixLists are the lists, as they were first named.
func prefixLists(c *config.Config) (names []string, lists map[string][]prefixEntry) {
	lists = map[string][]prefixEntry{}
	for _, l := range c.StoredOf("prefix-list") {
		words := strings.Fields(l.Text())
		if len(words) < 4 || words[2] == "description" {
			continue
		}
		name, words := words[1], words[2:]
		list := lists[name]
		e := prefixEntry{seq: prefixStep}
		if n := len(list); n > 0 {
			e.seq = list[n-1].seq/prefixStep*prefixStep + prefixStep
		} else {
			names = append(names, name)
		}
		if words[0] == "seq" {
			e.seq, _ = strconv.Atoi(words[1])
			words = words[2:]
		}
		e.rule = strings.Join(words, " ")
		lists[name] = append(list, e)
	}
	return names, lists
}

// runShowPrefixLists: no route is ever held against a list. unverified: the layout, that of IOS.
func runShowPrefixLists(_ context.Context, s Session, m *g.Match) error {
	names, lists := prefixLists(s.Box().Config())
	only, one := prefixName.Lookup(m)
	for _, name := range names {
		if one && name != only {
			continue
		}
		list, ranges := lists[name], 0
		for _, e := range list {
			if strings.Contains(e.rule, " ge ") || strings.Contains(e.rule, " le ") {
				ranges++
			}
		}
		text := fmt.Sprintf("prefix-list %s:\n   count: %d, range entries: %d, sequences: %d - %d, refcount: 0\n", name, len(list), ranges,
			list[0].seq, list[len(list)-1].seq)
		for _, e := range list {
			if prefixDetail.Seen(m) {
				text += fmt.Sprintf("   seq %d %s (hit count: 0, refcount: 0)\n", e.seq, e.rule)
			}
		}
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}
