package command

import (
	"fmt"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

var (
	usernameName   = &g.Param[string]{Name: "username", Help: "user name", Type: g.Ident(15)}
	usernameNone   = g.Word("nopassword", "The user needs no password")
	usernameSecret = &g.Param[string]{Name: "password", Help: "the user's password", Type: secret()}
	usernameForm   = newStoredForm()
	usernameLevel  = &g.Param[int]{Name: "level", Help: "privilege level of the user", Type: g.Int(0, 15)}

	username = &Command{
		Name: "username", Help: "Configure user authentication local database", Mode: Configure, Span: since62, Private: true,
		Syntax: g.Seq(g.Word("username", "Configure user authentication local database"), usernameName,
			g.Alt(usernameNone, g.Seq(kw("password"), usernameSecret, usernameForm.syntax())),
			g.Opt(kw("privilege"), usernameLevel)),
		NoSyntax: g.Seq(g.Word("username", "Configure user authentication local database"), usernameName, g.Opt(
			g.Alt(usernameNone, g.Seq(kw("password"), usernameSecret, usernameForm.syntax())),
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
		h, err := usernameForm.keep(e, m, usernameSecret.Get(m), u.Name)
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
		text = "username " + u.Name + " password " + u.Hash + " " + formWord(u.Hash)
	}
	if u.Privilege == userPrivilege && !p.rel.Config.ShownPrivilege {
		return text
	}
	return text + fmt.Sprintf(" privilege %d", u.Privilege)
}
