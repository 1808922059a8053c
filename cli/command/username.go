package command

import (
	"fmt"
	"iter"

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
		Syntax: g.Seq(g.Word("username", "Configure user authentication local database"), userNamed,
			g.Alt(usernameNone, g.Seq(kw("password"), usernameSecret, usernameForm.syntax())),
			g.Opt(kw("privilege"), usernameLevel)),
		NoSyntax: g.Seq(g.Word("username", "Configure user authentication local database"), userNamed, g.Opt(
			g.Alt(usernameNone, g.Seq(kw("password"), usernameSecret, usernameForm.syntax())),
			g.Opt(kw("privilege"), usernameLevel))),
		Set: setUsername,
		No: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.RemoveStoredUnder(userSpec.name, "username "+userTyped(m))
			return found(e.RemoveUser(userTyped(m)), "username")
		},
		Clear: func(c *Ctx, e *config.Edit, m *g.Match) error {
			e.ClearUsers()
			e.ClearStored(userSpec.name)
			return nil
		},
		Lines: usernameLines,
		Usage: []string{
			"username <username> {nopassword|password <password> [encrypted]} [privilege <level>]", "no username <username>",
		},
	}
)

// userNamed is the name of a user: at most 15 characters, from 7.0 on 64.
var (
	usernameLong = &g.Param[string]{Name: "username", Help: "user name", Type: g.Ident(64)}
	userNamed    = g.Seq(g.In(inPIX, usernameName), g.In(inASA, usernameLong))
)

func userTyped(m *g.Match) string { return orElse(usernameName.Get(m), usernameLong.Get(m)) }

// userPrivilege is the level of an account that names none; 7.0 and later do not print it.
const userPrivilege = 2

func setUsername(c *Ctx, e *config.Edit, m *g.Match) error {
	u := config.User{Name: userTyped(m), NoPassword: usernameNone.Seen(m), Privilege: userPrivilege}
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

// usernameLines are the users, each with its attributes behind it, and the attributes of users that are not there.
func usernameLines(c *config.Config, v View) iter.Seq[Line] {
	attributes, heads := userSpec.blocks(c, v)
	return func(yield func(Line) bool) {
		p := printerFor(c, v)
		all := func(lines []Line) bool {
			for _, l := range lines {
				if !yield(l) {
					return false
				}
			}
			return true
		}
		for _, u := range c.Users.All() {
			head := "username " + u.Name + " attributes"
			if !yield(Line{Section: release.SectionUsername, Text: usernameText(p, u)}) || !all(attributes[head]) {
				return
			}
			delete(attributes, head)
		}
		for _, head := range heads {
			if !all(attributes[head]) {
				return
			}
		}
	}
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
