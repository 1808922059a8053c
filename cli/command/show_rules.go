package command

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

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

	clearedList    = &g.Param[string]{Name: "acl_id", Help: "Access list name", Type: g.Ident(241)}
	clearedAllHits = exactly("counters", "Clear the counters of all lists")
	clearListHits  = &Command{
		Name: "clear access-list", Help: "Clear access list counters", Mode: Privileged, Span: release.Since(release.V(5, 0)),
		Syntax: clearing(g.Word("access-list", "Clear access list counters"), g.Alt(
			g.In(inASA, clearedAllHits),
			g.Seq(clearedList, g.Word("counters", "Clear the counters of the list")),
		)),
		Run: runClearListHits,
	}
	clearConduitHits = &Command{
		Name: "clear conduit counters", Help: "Clear conduit counters", Mode: Privileged, Span: pixFrom(4, 4),
		Syntax: clearing(g.Word("conduit", "Clear conduits"), g.Word("counters", "Clear conduit counters")),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			c := s.Box().Config()
			x, ids := c.Expander(), []acl.ID(nil)
			for _, v := range c.Conduits.All() {
				a := v.ACE()
				ids = append(ids, ruleIDs(x, &a)...)
			}
			clearHits(s.Box(), ids)
			return nil
		},
	}
)

// listed is one line of an access-list with what show access-list adds.
type listed struct {
	text  string // as the configuration has it, without its trailing blank
	rest  string // behind the list's name
	off   bool   // it does not count now
	ace   *config.ACE
	line  int
	hits  uint64
	ids   []acl.ID      // of the rules that the line counts
	inner bool          // a rule that an object-group stands for
	outer config.ID     // of inner: the line that it stands in
	last  time.Duration // how long ago it was hit last
}

func runShowAccessList(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Live() // what names stand for is in it
	name, one := shownList.Lookup(m)
	if _, ok := c.ACL(name); one && !ok {
		s.Say(release.NoSuchList, name)
		return nil
	}
	if !one {
		sayLogFlows(s, c)
	}
	for _, l := range c.ACLs.All() {
		if one && l.Name != name {
			continue
		}
		if err := showList(s, c, l, listBrief.Seen(m)); err != nil {
			return err
		}
	}
	return nil
}

// sayLogFlows heads the lists where the release logs by them, and where they are compiled.
func sayLogFlows(s Session, c *config.Config) {
	if s.Release().Say(release.ListCache) != "" {
		var flows dataplane.LogFlows
		s.Box().Do(func(st *dataplane.State) { flows = st.LogFlows() })
		s.Say(release.ListCache, flows.Total, flows.Denied, flows.MaxDenied, flows.Alert/time.Second)
	}
	if c.ACLCompiled {
		s.Printf("access-list compiled\n")
	}
}

// turboMin is how many elements a list needs to be compiled (Cisco PIX 6.2 command reference).
const turboMin = 19

// listBatch is how many lines are made and counted at a time: a screen must not wait for a long list.
const listBatch = 32

func showList(s Session, c *config.Config, l *config.AccessList, brief bool) error {
	rel := s.Release()
	head := release.ListHead
	if (c.ACLCompiled || l.Compiled) && l.Elements() >= turboMin {
		head = release.ListTurbo
	}
	if text := rel.Say(head, l.Name, l.Elements(), hash32(config.HashID(l.Name))); text != "" {
		if err := emit(s, text+"\n"); err != nil {
			return err
		}
	}
	return emitCounted(s, listLines(c, rel, l, activeRanges(s, c)), func(v listed) string {
		if brief {
			return briefLine(v, s.Box().Now())
		}
		return lineText(rel, l.Name, v) + "\n"
	})
}

// emitCounted prints lines with their hits, a batch at a time.
func emitCounted(s Session, lines iter.Seq[listed], text func(listed) string) error {
	show := func(batch []listed) error {
		count(s.Box(), batch)
		var b strings.Builder
		for _, v := range batch {
			b.WriteString(text(v))
		}
		return emit(s, b.String())
	}
	batch := make([]listed, 0, listBatch)
	for v := range lines {
		if batch = append(batch, v); len(batch) < listBatch {
			continue
		}
		if err := show(batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	return show(batch)
}

// listLines are the lines of a list, an entry with object-groups before its rules.
func listLines(c *config.Config, rel *release.Release, l *config.AccessList, active map[string]bool) iter.Seq[listed] {
	return func(yield func(listed) bool) {
		p, x := printerFor(c, View{Release: rel, Names: true}), c.Expander()
		text := func(a *config.ACE, line int) listed {
			text := strings.TrimRight(aceText(p, l.Name, a), " ")
			return listed{text: text, rest: text[len("access-list "+l.Name+" "):], ace: a, line: line, off: a.OffAt(c, active)}
		}
		for i, a := range l.Entries.All() {
			v := text(a, i+1)
			v.ids = ruleIDs(x, a)
			if !yield(v) {
				return
			}
			if a.Groups == nil {
				continue
			}
			for r := range x.Rules(a) {
				rule := *r
				v := text(&rule, i+1)
				v.ids, v.inner, v.outer = []acl.ID{acl.ID(rule.ID)}, true, a.ID
				if !yield(v) {
					return
				}
			}
		}
	}
}

// ruleIDs are the rules that an entry stands for, by their counters.
func ruleIDs(x *config.Expander, a *config.ACE) []acl.ID {
	if a.Kind == config.ACERemark {
		return nil
	}
	var ids []acl.ID
	for r := range x.Rules(a) {
		ids = append(ids, acl.ID(r.ID))
	}
	return ids
}

// count reads the hit counters.
func count(b Box, lines []listed) {
	if len(lines) == 0 {
		return
	}
	b.Do(func(st *dataplane.State) {
		for i := range lines {
			for _, id := range lines[i].ids {
				lines[i].hits += st.Hits(id)
				lines[i].last = st.SinceHit(id)
			}
		}
	})
}

// lineText is one line as show access-list prints it.
func lineText(rel *release.Release, list string, l listed) string {
	key := release.ListLine
	switch {
	case l.ace.Kind == config.ACERemark:
		key = release.ListRemark
	case l.ace.Groups != nil:
		key = release.ListGroup
	case l.inner:
		key = release.ListInner
	}
	state := ""
	if l.off {
		state = " (inactive)"
	}
	return rel.Say(key, l.text, l.line, l.hits, hash32(l.ace.ID), list, loggedWords(rel, l), state)
}

// briefLine is one line as show access-list NAME brief prints it: of a rule that was hit its hash, that of the line it was
// expanded from (zeros: none), the hits and the time of the last one, in seconds of Unix.
func briefLine(l listed, now time.Time) string {
	if l.hits == 0 || l.ace.Groups != nil {
		return ""
	}
	return fmt.Sprintf("%08x %08x %08x %08x\n", uint32(l.ace.ID), uint32(l.outer), uint32(l.hits), uint32(now.Add(-l.last).Unix()))
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
	if l.ace.TimeRange != "" {
		rest += " time-range " + l.ace.TimeRange
	}
	if l.ace.Inactive {
		rest += " inactive"
	}
	return rest
}

func runClearListHits(_ context.Context, s Session, m *g.Match) error {
	c := s.Box().Live()
	name, one := clearedList.Lookup(m)
	if _, ok := c.ACL(name); one && !ok {
		s.Say(release.NoSuchList, name)
		return nil
	}
	x, ids := c.Expander(), []acl.ID(nil)
	for _, l := range c.ACLs.All() {
		if one && l.Name != name {
			continue
		}
		for _, a := range l.Entries.All() {
			ids = append(ids, ruleIDs(x, a)...)
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

// runShowConduit prints the lines with their hits, those of all its rules where object-groups stand in one.
// unverified: that the rules are not listed.
func runShowConduit(_ context.Context, s Session, _ *g.Match) error {
	c, rel := s.Box().Config(), s.Release()
	return emitCounted(s, conduitsOf(c, rel), func(v listed) string {
		return rel.Say(release.ConduitLine, v.text, v.hits) + "\n"
	})
}

func conduitsOf(c *config.Config, rel *release.Release) iter.Seq[listed] {
	return func(yield func(listed) bool) {
		p, x := printerFor(c, View{Release: rel, Names: true}), c.Expander()
		for _, v := range c.Conduits.All() {
			a := v.ACE()
			if !yield(listed{text: strings.TrimRight(conduitText(p, v), " "), ids: ruleIDs(x, &a)}) {
				return
			}
		}
	}
}
