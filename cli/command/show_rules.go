package command

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
	"pixsim/dataplane"
	"pixsim/dataplane/acl"
)

var (
	listBrief      = g.Word("brief", "Show the hashes and counters of the lines that were hit")
	shownList      = &g.Param[string]{Name: "acl_id", Help: "Access list name", Type: g.Ident(241)}
	showAccessList = &Command{
		Name: "show access-list", Help: "Show hit counters for access policies", Mode: Privileged, Span: release.Since(release.V(5, 0)),
		Syntax: show(g.Word("access-list", "Show hit counters for access policies"),
			g.Opt(shownList, g.In(since80, g.Opt(listBrief)))),
		Run: runShowAccessList,
	}
	showConduit = &Command{
		Name: "show conduit", Help: "Show conduits", Mode: Privileged, Span: inPIX,
		Syntax: show(g.Word("conduit", "Show conduits")),
		Run:    runShowConduit,
	}

	clearedList   = &g.Param[string]{Name: "acl_id", Help: "Access list name", Type: g.Ident(241)}
	clearListHits = &Command{
		Name: "clear access-list", Help: "Clear access list counters", Mode: Privileged, Span: release.Since(release.V(5, 0)),
		Syntax: clearing(g.Word("access-list", "Clear access list counters"), g.Alt(
			g.In(inASA, g.Word("counters", "Clear the counters of all lists")),
			g.Seq(clearedList, g.Word("counters", "Clear the counters of the list")),
		)),
		Run: runClearListHits,
	}
	clearConduitHits = &Command{
		Name: "clear conduit counters", Help: "Clear conduit counters", Mode: Privileged, Span: pixFrom(4, 4),
		Syntax: clearing(g.Word("conduit", "Clear conduits"), g.Word("counters", "Clear conduit counters")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			ids := make([]acl.ID, 0, 16)
			for _, v := range s.Box().Config().Conduits.All() {
				ids = append(ids, acl.ID(v.ID))
			}
			clearHits(s.Box(), ids)
			return nil
		},
	}
)

// listed is one line of an access-list with what show access-list adds.
type listed struct {
	text string // as the configuration has it, without its trailing blank
	rest string // behind the list's name
	ace  *config.ACE
	line int
	hits uint64
}

func runShowAccessList(_ context.Context, s Session, m *g.Match) error {
	c, rel := s.Box().Config(), s.Release()
	name, one := shownList.Lookup(m)
	if _, ok := c.ACL(name); one && !ok {
		s.Say(release.NoSuchList, name)
		return nil
	}
	if !one {
		s.Say(release.ListCache)
	}
	next, stop := iter.Pull(block(s.Running(View{Release: rel, Names: true}), "access-list"))
	defer stop()
	for _, l := range c.ACLs {
		lines := take(next, l)
		if one && l.Name != name {
			continue
		}
		count(s.Box(), lines)
		text := ListText(rel, l.Name, lines)
		if listBrief.Seen(m) {
			text = briefList(rel, l.Name, lines)
		}
		if err := emit(s, text); err != nil {
			return err
		}
	}
	return nil
}

// take pairs the entries of a list with their lines in the configuration, which stand in the same order.
func take(next func() (string, bool), l *config.AccessList) []listed {
	out := make([]listed, 0, l.Entries.Len())
	head := "access-list " + l.Name + " "
	for i, a := range l.Entries.All() {
		text, ok := next()
		for ok && (!strings.HasPrefix(text, head) || strings.TrimSpace(text[len(head):]) == "compiled") {
			text, ok = next()
		}
		if !ok {
			break
		}
		text = strings.TrimRight(text, " ")
		out = append(out, listed{text: text, rest: text[len(head):], ace: a, line: i + 1})
	}
	return out
}

// count reads the hit counters.
func count(b Box, lines []listed) {
	b.Do(func(st *dataplane.State) {
		for i := range lines {
			lines[i].hits = st.Hits(acl.ID(lines[i].ace.ID))
		}
	})
}

// ListText is one list as show access-list prints it.
func ListText(rel *release.Release, name string, lines []listed) string {
	var b strings.Builder
	write := func(key release.Key, args ...any) {
		if text := rel.Say(key, args...); text != "" {
			b.WriteString(text + "\n")
		}
	}
	write(release.ListHead, name, elements(lines), hash32(config.HashID(name)))
	for _, l := range lines {
		key := release.ListLine
		if l.ace.Kind == config.ACERemark {
			key = release.ListRemark
		}
		state := ""
		if l.ace.Inactive {
			state = " (inactive)"
		}
		write(key, l.text, l.line, l.hits, hash32(l.ace.ID), name, loggedWords(rel, l), state)
	}
	return b.String()
}

// elements counts the lines of a list that match packets; remarks are none.
func elements(lines []listed) int {
	n := 0
	for _, l := range lines {
		if l.ace.Kind == config.ACERule {
			n++
		}
	}
	return n
}

// briefList is one list as show access-list NAME brief prints it: for each line that was hit its hash, that of the line it
// was expanded from (zeros: no line here is), the hits and the time of the last one.
// unverified: the time of a hit is not kept, so the last column is zeros.
func briefList(rel *release.Release, name string, lines []listed) string {
	var b strings.Builder
	b.WriteString(rel.Say(release.ListHead, name, elements(lines), hash32(config.HashID(name))) + "\n")
	for _, l := range lines {
		if l.hits > 0 {
			fmt.Fprintf(&b, "%08x %08x %08x %08x\n", uint32(l.ace.ID), 0, uint32(l.hits), 0)
		}
	}
	return b.String()
}

// hash32 is the hash that show access-list prints behind a line, and 106023 in its brackets.
func hash32(id config.ID) string { return fmt.Sprintf("0x%08x", uint32(id)) }

// loggedWords is the rest of a line with the level and interval of its log word, which the configuration leaves out where
// they are the default.
func loggedWords(rel *release.Release, l listed) string {
	if l.ace.Kind != config.ACERule || l.ace.Log != config.LogOn || !rel.Config.ShownLogging {
		return l.rest
	}
	rest := l.rest
	if i := strings.LastIndex(rest, " log"); i >= 0 {
		rest = rest[:i]
	}
	rest += fmt.Sprintf(" log %s interval %d", g.LevelName(l.ace.LogLevel), l.ace.Interval)
	if l.ace.Inactive {
		rest += " inactive"
	}
	return rest
}

func runClearListHits(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Config()
	name, one := clearedList.Lookup(m)
	if _, ok := c.ACL(name); one && !ok {
		s.Say(release.NoSuchList, name)
		return nil
	}
	ids := make([]acl.ID, 0, 16)
	for _, l := range c.ACLs {
		if one && l.Name != name {
			continue
		}
		for _, a := range l.Entries.All() {
			ids = append(ids, acl.ID(a.ID))
		}
	}
	clearHits(s.Box(), ids)
	return nil
}

// clearHits zeroes the counters of these rules; without any it does nothing.
func clearHits(b Box, ids []acl.ID) {
	if len(ids) > 0 {
		b.Do(func(st *dataplane.State) { st.ClearHits(ids...) })
	}
}

func runShowConduit(_ context.Context, s Session, _ *g.Match) error {
	c, rel := s.Box().Config(), s.Release()
	hits := make([]uint64, 0, c.Conduits.Len())
	s.Box().Do(func(st *dataplane.State) {
		for _, v := range c.Conduits.All() {
			hits = append(hits, st.Hits(acl.ID(v.ID)))
		}
	})
	i := 0
	for text := range block(s.Running(View{Release: rel, Names: true}), "conduit") {
		if i >= len(hits) {
			break
		}
		line := rel.Say(release.ConduitLine, strings.TrimRight(text, " "), hits[i])
		if err := emit(s, line+"\n"); err != nil {
			return err
		}
		i++
	}
	return nil
}
