package command

import (
	"iter"
	"math/rand/v2"
	"slices"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	aaaService = &g.Param[string]{Name: "service", Help: "the way in", Type: aaaServices()}
	aaaGroup   = &g.Param[string]{Name: "server_tag", Help: "LOCAL or the tag of an aaa-server", Type: aaaTag()}
	aaaCleared = &g.Param[string]{Name: "kind", Help: "the rules of one kind", Type: g.Enum("accounting", "authentication", "authorization")}
	aaaLocal   = g.Word("LOCAL", "Fall back to the local database")

	aaaConsole = &Command{
		Name: "aaa authentication", Help: "Enable, disable, or view TACACS+ or RADIUS user authentication", Mode: Configure, Span: release.Since(release.V(4, 2)),
		Syntax: g.Seq(g.Word("aaa", helpAAA), kw("authentication"), aaaService,
			kw("console"), aaaGroup, g.In(since63, g.Opt(aaaLocal))),
		ClearSyntax: g.Seq(kw("aaa"), g.Opt(aaaCleared)),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			a := config.AAAConsole{Service: aaaService.Get(m), Group: aaaGroup.Get(m), Local: aaaLocal.Seen(m)}
			if (a.Group == localGroup || a.Local) && e.View().Users.Len() == 0 {
				c.Note(release.ConfNoUsers)
			}
			e.SetAAAConsole(a)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveAAAConsole(aaaService.Get(m)), "aaa")
		},
		Clear: clearAAA,
		Lines: each(release.SectionAAA, func(c *config.Config) iter.Seq[config.AAAConsole] { return slices.Values(c.AAAConsole) }, aaaText),
		Usage: []string{"[no] aaa authentication {serial|enable|telnet|ssh|http} console <server_tag>"},
	}
)

// waysIn are the ways to the console that ask for a user and a password: the serial line and enable from 4.4 on (Cisco
// document 13819).
var waysIn = []spanWord{
	{"serial", release.Since(release.V(4, 4))}, {"enable", release.Since(release.V(4, 4))}, {word: "telnet"},
	{"ssh", release.Since(release.V(5, 2))}, {"http", since60},
}

func aaaServices() g.Type[string] {
	t := g.Enum("serial", "enable", "telnet", "ssh", "http")
	t.Words = func(e g.Env) []string { return wordsOf(e.Release(), waysIn) }
	t.Parse = func(e g.Env, w string) (string, error) { return g.Enum(t.Words(e)...).Parse(e, w) }
	t.Sample = func(e g.Env, r *rand.Rand) string {
		words := t.Words(e)
		return words[r.IntN(len(words))]
	}
	return t
}

// aaaTag is the tag of an aaa-server; the local database is called LOCAL in capitals only.
func aaaTag() g.Type[string] {
	t := g.Ident(16)
	t.Words = func(g.Env) []string { return []string{"LOCAL"} }
	return t
}

func aaaText(p printer, a config.AAAConsole) string {
	text := "aaa authentication " + a.Service + " console " + a.Group
	if a.Local {
		text += " LOCAL"
	}
	return p.tail(release.SectionAAA, text)
}

var (
	aaaCommand = &Command{
		Name: "aaa authorization command", Help: "Enable, disable, or view authorization of commands", Mode: Configure, Span: from62,
		Syntax: g.Seq(g.Word("aaa", helpAAA), kw("authorization"), kw("command"), aaaGroup, g.In(since63, g.Opt(aaaLocal))),
		NoSyntax: g.Seq(g.Word("aaa", helpAAA), kw("authorization"), kw("command"),
			g.Opt(aaaGroup, g.In(since63, g.Opt(aaaLocal)))),
		Set: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			e.SetCommandAuth(config.CommandAuth{Group: aaaGroup.Get(m), Local: aaaLocal.Seen(m)})
			return nil
		},
		No: func(_ *Ctx, e *config.Edit, m *g.Match) error {
			was := e.View().CommandAuth.Group
			e.SetCommandAuth(config.CommandAuth{})
			return found(was != "", "aaa")
		},
		Lines: one(release.SectionAAA, func(c *config.Config, v View) string {
			switch a := c.CommandAuth; {
			case a.Group == "":
				return ""
			case a.Local:
				return printerFor(c, v).tail(release.SectionAAA, "aaa authorization command "+a.Group+" LOCAL")
			default:
				return printerFor(c, v).tail(release.SectionAAA, "aaa authorization command "+a.Group)
			}
		}),
		Usage: []string{"[no] aaa authorization command {LOCAL | <server_tag>}"},
	}
)

const helpAAA = "Enable, disable, or view user authentication, authorization and accounting"

// Admits reports whether password admits user at a way in where a says who is asked. There are no servers behind an
// aaa-server here, so one never answers: then LOCAL behind the group decides or, where the release has it and the way
// in is not telnet or http, the release's fallback user with the enable password (6.3 command reference, for the serial
// console and SSH; unverified: enable).
func Admits(c *config.Config, a config.AAAConsole, user, password string) bool {
	rel := c.Release
	if a.Group == localGroup || a.Local {
		u, ok := c.User(user)
		return ok && (u.NoPassword || config.Fits(rel, u.Hash, password, user))
	}
	if a.Service == "telnet" || a.Service == "http" || user == "" || user != rel.Console.FallbackUser {
		return false
	}
	hash, ok := c.Enable(top)
	return ok && config.Fits(rel, hash, password, "")
}

// localGroup is the box's own accounts where the tag of an aaa-server stands.
const localGroup = "LOCAL"

// clearAAA removes the rules of one kind or of all, and with them those that are kept only.
func clearAAA(_ *Ctx, e *config.Edit, m *g.Match) error {
	kind, one := aaaCleared.Lookup(m)
	if !one || kind == "authentication" {
		for _, a := range e.View().AAAConsole {
			e.RemoveAAAConsole(a.Service)
		}
	}
	if !one || kind == "authorization" {
		e.SetCommandAuth(config.CommandAuth{})
	}
	if !one {
		e.ClearStored("aaa")
		return nil
	}
	e.RemoveStoredUnder("aaa", "aaa "+kind)
	return nil
}
