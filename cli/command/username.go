package command

import (
	"fmt"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	usernameName      = &g.Param[string]{Name: "username", Help: "user name", Type: g.Ident(15)}
	usernameNone      = g.Word("nopassword", "The user needs no password")
	usernameSecret    = &g.Param[string]{Name: "password", Help: "the user's password", Type: secret()}
	usernameEncrypted = g.Word("encrypted", "The password is already encrypted")
	usernameLevel     = &g.Param[int]{Name: "level", Help: "privilege level of the user", Type: g.Int(0, 15)}

	username = &Command{
		Name: "username", Help: "Configure user authentication local database", Mode: Configure, Span: since62, Private: true,
		Syntax: g.Seq(g.Word("username", "Configure user authentication local database"), usernameName,
			g.Alt(usernameNone, g.Seq(kw("password"), usernameSecret, g.Opt(usernameEncrypted))),
			g.Opt(kw("privilege"), usernameLevel)),
		NoSyntax: g.Seq(g.Word("username", "Configure user authentication local database"), usernameName, g.Opt(
			g.Alt(usernameNone, g.Seq(kw("password"), usernameSecret, g.Opt(usernameEncrypted))),
			g.Opt(kw("privilege"), usernameLevel))),
		Set: setUsername,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveUser(usernameName.Get(m)), "username")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error { e.ClearUsers(); return nil },
		Lines: each(release.SectionUsername, func(c *config.Config) []config.User { return c.Users }, usernameText),
		Usage: []string{
			"username <username> {nopassword|password <password> [encrypted]} [privilege <level>]", "no username <username>",
		},
	}
)

// userPrivilege is the level of an account that names none; 7.0 and later do not print it.
const userPrivilege = 2

func setUsername(c *Ctx, e *config.Edit, m *g.Match) error {
	u := config.User{Name: usernameName.Get(m), NoPassword: usernameNone.Seen(m), Privilege: userPrivilege}
	if l, ok := usernameLevel.Lookup(m); ok {
		u.Privilege = l
	}
	if !u.NoPassword {
		h, err := stored(c.Release, usernameSecret.Get(m), usernameEncrypted.Seen(m), u.Name)
		if err != nil {
			return err
		}
		u.Hash = h
	}
	e.SetUser(u)
	return nil
}

func usernameText(p printer, u config.User) string {
	text := "username " + u.Name + " nopassword"
	if !u.NoPassword {
		text = "username " + u.Name + " password " + u.Hash + " encrypted"
	}
	if u.Privilege == userPrivilege && !p.rel.Config.ShownPrivilege {
		return text
	}
	return text + fmt.Sprintf(" privilege %d", u.Privilege)
}

var (
	aaaService = &g.Param[string]{Name: "service", Help: "the way in", Type: g.Enum("serial", "enable", "telnet", "ssh", "http")}
	aaaGroup   = &g.Param[string]{Name: "server_tag", Help: "LOCAL or the tag of an aaa-server", Type: aaaTag()}
	aaaLocal   = g.Word("LOCAL", "Fall back to the local database")

	aaaConsole = &Command{
		Name: "aaa authentication", Help: "Enable, disable, or view TACACS+ or RADIUS user authentication", Mode: Configure, Span: release.Since(release.V(4, 2)),
		Syntax: g.Seq(g.Word("aaa", "Enable, disable, or view user authentication, authorization and accounting"), kw("authentication"), aaaService,
			kw("console"), aaaGroup, g.In(since63, g.Opt(aaaLocal))),
		ClearSyntax: kw("aaa"),
		Set: func(c *Ctx, e *config.Edit, m *g.Match) error {
			a := config.AAAConsole{Service: aaaService.Get(m), Group: aaaGroup.Get(m), Local: aaaLocal.Seen(m)}
			if (a.Group == "LOCAL" || a.Local) && len(e.View().Users) == 0 {
				c.Note(release.ConfNoUsers)
			}
			e.SetAAAConsole(a)
			return nil
		},
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			return found(e.RemoveAAAConsole(aaaService.Get(m)), "aaa")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			for _, a := range e.View().AAAConsole {
				e.RemoveAAAConsole(a.Service)
			}
			return nil
		},
		Lines: each(release.SectionAAA, func(c *config.Config) []config.AAAConsole { return c.AAAConsole }, aaaText),
		Usage: []string{"[no] aaa authentication {serial|enable|telnet|ssh|http} console <server_tag>"},
	}
)

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
