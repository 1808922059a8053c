package cli

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// form is which of a command's syntaxes a line is.
type form uint8

const (
	plain form = iota
	negated
	cleared
)

// entry is one syntax that a line can be.
type entry struct {
	cmd    *command.Command
	form   form
	syntax g.Syntax
}

// layer is the commands of one mode. Abbreviations are judged within a layer; a line that fits none of a sub-mode's own
// commands is then tried in the mode above, as the device does ("interface X" typed under another interface).
type layer struct {
	mode    command.Mode
	title   string // in the headings of help
	set     *g.Set
	entries []entry
	opens   map[string]bool // the words that its lines begin with
}

// Lexicon is the commands of one release, compiled as they are needed: the sessions of a box share one.
type Lexicon struct{ table *table }

// NewLexicon is that of rel.
func NewLexicon(rel *release.Release) *Lexicon { return &Lexicon{newTable(rel, command.All())} }

// table is the commands of one release, compiled as they are needed. It may be used by several sessions at a time.
type table struct {
	rel  *release.Release
	cmds []*command.Command

	mu     sync.Mutex // guards the maps, not what is in them, which is never written to again
	layers map[layerKey]*layer
	// What was asked for about commands: their usage texts, and those that share theirs.
	forms    map[*command.Command][]string
	families map[*command.Command][]*command.Command
}

type layerKey struct {
	mode command.Mode
	exec bool // with the exec commands that are legal there
	conf bool // with the configuration commands
}

func newTable(rel *release.Release, cmds []*command.Command) *table {
	t := &table{rel: rel, layers: map[layerKey]*layer{}, forms: map[*command.Command][]string{}, families: map[*command.Command][]*command.Command{}}
	t.cmds = slices.Collect(command.In(rel, cmds))
	return t
}

// legal are the layers in which a line typed in mode m is looked up, in order.
func (t *table) legal(m command.Mode) []*layer {
	var ls []*layer
	for ; m > command.Configure; m = command.Modes[m].Parent {
		ls = append(ls, t.layer(layerKey{m, true, true}))
	}
	return append(ls, t.layer(layerKey{m, true, true}))
}

// blocks are the layers that help lists one by one: configuration modes from the inside out, then the exec commands.
func (t *table) blocks(m command.Mode) []*layer {
	var ls []*layer
	for ; m >= command.Configure; m = command.Modes[m].Parent {
		ls = append(ls, t.layer(layerKey{m, false, true}))
	}
	if len(ls) > 0 {
		m = command.Configure
	}
	return append(ls, t.layer(layerKey{m, true, false}))
}

func (t *table) layer(k layerKey) *layer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l, ok := t.layers[k]; ok {
		return l
	}
	l := &layer{mode: k.mode, title: command.Modes[k.mode].Title, opens: map[string]bool{}}
	if !k.conf {
		l.title = command.Modes[command.Privileged].Title
	}
	for _, c := range t.cmds {
		exec := c.Run != nil && execIn(c, k.mode)
		if !k.conf || !k.exec { // a block of help: what only a configuration mode has is its own
			exec = exec && (c.Mode < command.Configure) == k.exec
		}
		switch {
		case exec, c.Run == nil && k.conf && c.Mode == k.mode:
			l.entries = append(l.entries, entriesOf(c)...)
		}
	}
	var syns []g.Syntax
	for _, e := range l.entries {
		syns = append(syns, e.syntax)
		switch e.form {
		case plain:
			l.opens[opening(e.cmd.Name)] = true
		case negated:
			l.opens[opening("no "+e.cmd.Name)] = true
		}
	}
	l.set = g.NewSet(t.rel, syns...)
	t.layers[k] = l
	return l
}

// execIn reports whether exec command c belongs to the layer of mode m. Sub-modes have only exec commands of their own.
func execIn(c *command.Command, m command.Mode) bool {
	if m > command.Configure {
		return c.Mode == m
	}
	return c.Mode <= m
}

// seven is where clearing a configuration command got a word of its own.
var seven = release.Since(release.V(7, 0))

func entriesOf(c *command.Command) []entry {
	var es []entry
	if c.Run != nil || c.Set != nil {
		es = append(es, entry{c, plain, c.Syntax})
	}
	no := c.NoSyntax
	if no == nil && c.No != nil {
		no = c.Syntax
	}
	if no != nil {
		es = append(es, entry{c, negated, g.Seq(g.Word("no", "Negate a command or set its defaults"), no)})
	}
	if c.Clear != nil {
		what := c.ClearSyntax
		if what == nil {
			what = g.Word(strings.Fields(c.Name)[0], c.Help)
		}
		es = append(es, entry{c, cleared, g.Seq(g.Word("clear", "Clear"), g.In(seven, g.Word("configure", "Clear configuration")), what)})
	}
	return es
}

// found is a line that is a command.
type found struct {
	entry
	layer *layer
	match *g.Match
}

// missed is a line that is none, with the commands that it could have become.
type missed struct {
	*g.Failure
	cmds []entry
}

// find reads line in mode m. Of the layers that do not know it, the one that understood most of it explains why.
func (t *table) find(e g.Env, m command.Mode, line string) (found, *missed) {
	var why *missed
	for _, l := range t.readers(m, line) {
		match, i, fail := l.set.Match(e, line)
		if fail == nil {
			match.Negated = l.entries[i].form == negated
			return found{l.entries[i], l, match}, nil
		}
		if why == nil || fail.Word > why.Word || fail.Word == why.Word && fail.Offset > why.Offset {
			why = &missed{Failure: fail}
			for _, i := range fail.Reached {
				why.cmds = append(why.cmds, l.entries[i])
			}
		}
	}
	return found{}, why
}

// readers are the layers of mode m, those first that have the first word of line as it stands: "ip audit", typed in the
// sub-mode of a group-policy, is no abbreviation of its ipsec-udp.
func (t *table) readers(m command.Mode, line string) []*layer {
	legal := t.legal(m)
	if len(legal) == 1 {
		return legal
	}
	word := opening(line)
	var exact, rest []*layer
	for _, l := range legal {
		if l.opens[word] {
			exact = append(exact, l)
		} else {
			rest = append(rest, l)
		}
	}
	return append(exact, rest...)
}

// opening is the word that a line begins with, or two where the first says little.
func opening(line string) string {
	word, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), " ")
	switch word {
	case "no", "show", "clear":
		next, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		return word + " " + next
	}
	return word
}

// commands are those legal in mode m, by name.
func (t *table) commands(m command.Mode) []*command.Command {
	var cs []*command.Command
	for _, c := range t.cmds {
		if c.LegalIn(m) {
			cs = append(cs, c)
		}
	}
	slices.SortStableFunc(cs, func(a, b *command.Command) int { return strings.Compare(a.Name, b.Name) })
	return cs
}

// env is what words mean in a configuration.
type env struct {
	c          *config.Config
	interfaces []string
	hardware   []string
}

func newEnv(c *config.Config) *env { return &env{c: c} }

func (e *env) Release() *release.Release { return e.c.Release }

func (e *env) NamedAddr(word string) (netip.Addr, bool) {
	if e.c.Names == nil {
		return netip.Addr{}, false
	}
	return e.c.Names.Addr(word)
}

func (e *env) ObjectGroup(name string) string {
	o, ok := e.c.ObjectGroup(name)
	switch {
	case !ok:
		return ""
	case o.Object:
		return "object " + o.Kind.String()
	}
	return o.Kind.String()
}

func (e *env) ObjectGroups() []string {
	var names []string
	for o := range e.c.ObjectGroups() {
		names = append(names, o.Name)
	}
	return names
}

func (e *env) Interfaces() []string {
	if e.interfaces == nil {
		for _, f := range e.c.Interfaces {
			if f.Name != "" {
				e.interfaces = append(e.interfaces, f.Name)
			}
		}
	}
	return e.interfaces
}

func (e *env) Hardware() []string {
	if e.hardware == nil {
		for _, f := range e.c.Interfaces {
			e.hardware = append(e.hardware, f.Hardware)
		}
	}
	return e.hardware
}
