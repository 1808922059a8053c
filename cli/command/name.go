package command

import (
	"context"
	"iter"
	"net/netip"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var names = &Command{
	Name: "names", Help: "Enable or disable IP address to name mapping", Mode: Configure,
	Syntax: g.Word("names", "Enable or disable IP address to name mapping"),
	Set:    func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetNames(true); return nil },
	No:     func(c *Ctx, e *config.Edit, m *g.Match) error { e.SetNames(false); return nil },
	Clear:  func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearNames(); return nil },
	Lines: one(release.SectionNames, func(c *config.Config, _ View) string {
		if c.Names.On {
			return "names"
		}
		return "no names"
	}),
	Usage: []string{"[no] names"},
}

// showName prints the lines of name, as programs for 7.0 and later read them. unverified: that show names does not.
var showName = &Command{
	Name: "show name", Help: "Show the names of addresses", Mode: Privileged, Span: inASA,
	Syntax: show(exactly("name", "Show the names of addresses")),
	Run: func(_ context.Context, s Session, _ *g.Match) error {
		return emitLines(s, sectionLines(s.Running(View{Release: s.Release(), Names: true}), "name", ""))
	},
}

var (
	nameAddr = &g.Param[netip.Addr]{Name: "ip_address", Help: "address that gets the name", Type: plainAddr()}
	nameName = &g.Param[string]{Name: "name", Help: "name of the address", Type: nameWord()}
	nameText = &g.Param[string]{Name: "text", Help: "description", Type: g.Text()}
	name     = &Command{
		Name: "name", Help: "Associate a name with an IP address", Mode: Configure,
		Syntax: g.Seq(g.Word("name", "Associate a name with an IP address"), nameAddr, nameName,
			g.In(inASA, g.Opt(kw("description"), nameText))),
		NoSyntax: g.Seq(g.Word("name", "Associate a name with an IP address"), nameAddr, g.Opt(nameName, g.In(inASA, g.Opt(kw("description"), nameText)))),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			n := config.Name{Addr: nameAddr.Get(m), Name: nameName.Get(m), Description: nameText.Get(m)}
			if most := c.Release.Limits.NameLen; most > 0 && len(n.Name) > most {
				return ErrUsage
			}
			if !e.AddName(n) {
				return Errorf(release.ConfNameInUse, n.Name)
			}
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveName(nameAddr.Get(m), nameName.Get(m)), "name")
		},
		Clear:   func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearNames(); return nil },
		Section: release.SectionName,
		Lines: func(c *config.Config, v View) iter.Seq[Line] {
			return func(yield func(Line) bool) {
				for n := range c.Names.All() {
					text := "name " + n.Addr.String() + " " + n.Name
					if n.Description != "" {
						text += " description " + n.Description
					}
					if !yield(Line{Section: release.SectionName, Text: text}) {
						return
					}
				}
			}
		},
		Usage: []string{"[no] name <ip_address> <name>"},
	}
)

// plainAddr is an address in digits: the lines that define names do not read them.
func plainAddr() g.Type[netip.Addr] {
	t := g.Addr()
	parse := t.Parse
	t.Parse = func(_ g.Env, w string) (netip.Addr, error) { return parse(nil, w) }
	return t
}

// nameWord is a name for an address: letters, digits, hyphens and underscores, and not itself an address.
func nameWord() g.Type[string] {
	t := hostLabel()
	parse, addr := t.Parse, plainAddr()
	t.Parse = func(e g.Env, w string) (string, error) {
		if _, err := addr.Parse(e, w); err == nil {
			return "", g.ErrAddress
		}
		return parse(e, w)
	}
	return t
}
