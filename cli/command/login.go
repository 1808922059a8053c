package command

import (
	"context"
	"fmt"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// top is the highest privilege level; without a level, enable means it.
const top = 15

var (
	execLevel = &g.Param[int]{Name: "priv_level", Help: "Enable privilege level", Type: g.Int(0, top)}
	enable    = &Command{
		Name: "enable", Help: "Turn on privileged commands", Mode: User,
		Syntax: g.Seq(g.Word("enable", "Turn on privileged commands"), g.In(since62, g.Opt(execLevel))),
		Run:    runEnable,
	}
	disable = &Command{
		Name: "disable", Help: "Exit from privileged mode", Mode: Privileged,
		Syntax: g.Word("disable", "Exit from privileged mode"),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			s.SetPrivilege(1, "enable_1")
			s.SetMode(User)
			return nil
		},
	}
	exit   = leaving("exit", "Exit from the current mode", release.Span{})
	quit   = leaving("quit", "Exit from the current mode", release.Span{})
	logout = &Command{
		Name: "logout", Help: "Exit from the EXEC", Mode: User, Span: since62,
		Syntax: g.Word("logout", "Exit from the EXEC"),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { return logOff(s) },
	}
	endConfig = &Command{
		Name: "end", Help: "Exit from configure mode", Mode: Configure, Span: inASA,
		Syntax: g.Word("end", "Exit from configure mode"),
		Run:    func(_ context.Context, s Session, _ *g.Match) error { leaveConfig(s); return nil },
	}
	login = &Command{
		Name: "login", Help: "Log in as a particular user", Mode: User, Span: since62,
		Syntax: g.Word("login", "Log in as a particular user"),
		Run:    runLogin,
	}
)

// runEnable asks for the password of the level, or of the user where aaa authentication enable console LOCAL says so.
func runEnable(_ context.Context, s Session, m *g.Match) error {
	level := top
	if n, typed := execLevel.Lookup(m); typed {
		level = n
	}
	c := s.Box().Config()
	fits := func(password string) bool {
		hash, ok := c.Enable(level)
		return ok && config.Hash(s.Release(), password, "") == hash
	}
	user := fmt.Sprintf("enable_%d", level)
	if a, ok := c.Console("enable"); ok && (a.Group == "LOCAL" || a.Local) {
		name, err := askUser(s, c)
		if err != nil {
			return err
		}
		user, fits = name, func(password string) bool { return userFits(s.Release(), c, name, password) }
	}
	ok, err := threeTries(s, fits)
	if err != nil || !ok {
		return err
	}
	raise(s, level, user)
	return nil
}

// askUser is the account of a session that logged in by one, or asks for it.
func askUser(s Session, c *config.Config) (string, error) {
	if _, ok := c.User(s.User()); ok {
		return s.User(), nil
	}
	return s.Ask(s.Release().Say(release.UsernamePrompt))
}

func userFits(rel *release.Release, c *config.Config, name, password string) bool {
	u, ok := c.User(name)
	return ok && (u.NoPassword || u.Hash == config.Hash(rel, password, name))
}

// threeTries asks for a password, shown as stars, until it fits or the release's tries are used up.
func threeTries(s Session, fits func(string) bool) (bool, error) {
	rel := s.Release()
	for try := 1; ; try++ {
		password, err := s.Secret(rel.Say(release.PasswordPrompt), true)
		if err != nil {
			return false, err
		}
		if fits(password) {
			return true, nil
		}
		if try >= rel.Console.LoginTries {
			s.Say(release.AccessDenied)
			s.Box().Event(release.SyslogEnableFailed, notice{from: s.From(), tries: try}.args()...)
			return false, nil
		}
		s.Say(release.InvalidPassword)
	}
}

// raise gives the session a level; a session in configuration mode stays there.
func raise(s Session, level int, user string) {
	was := s.Privilege()
	s.SetPrivilege(level, user)
	mode := Privileged
	if level < 2 {
		mode = User
	}
	if s.Mode() < Configure || mode == User {
		s.SetMode(mode)
	}
	s.Box().Event(release.SyslogPrivilege, notice{from: s.From(), user: user, was: was, level: level}.args()...)
}

func runLogin(_ context.Context, s Session, _ *g.Match) error {
	c, rel := s.Box().Config(), s.Release()
	name, err := s.Ask(rel.Say(release.UsernamePrompt))
	if err != nil {
		return err
	}
	ok, err := threeTries(s, func(password string) bool { return userFits(rel, c, name, password) })
	if err != nil || !ok {
		return err
	}
	u, _ := c.User(name)
	raise(s, u.Privilege, name)
	return nil
}

// leaving is exit and quit: out of a sub-mode, out of configuration mode, and from any exec mode out of the session (a
// capture of 6.x has `q` at # end it, whatever the manual says).
func leaving(word, help string, span release.Span) *Command {
	return &Command{
		Name: word, Help: help, Mode: User, Span: span, Syntax: g.Word(word, help),
		Run: func(_ context.Context, s Session, _ *g.Match) error {
			m := s.Mode()
			if m < Configure {
				return logOff(s)
			}
			if m == Configure {
				leaveConfig(s)
				return nil
			}
			s.SetMode(Modes[m].Parent)
			return nil
		},
	}
}

func leaveConfig(s Session) {
	s.SetMode(Privileged)
	s.Box().Event(release.SyslogConfigEnd, notice{from: s.From()}.args()...)
}

func logOff(s Session) error {
	s.Box().Event(release.SyslogLoggedOut, notice{from: s.From(), user: s.User()}.args()...)
	s.End()
	return nil
}

// notice is what the management messages can say; args puts it in the order that their keys number.
type notice struct {
	from, device, user, command string
	was, level, tries           int
}

func (n notice) args() []any {
	return []any{n.from, n.device, n.user, n.command, n.was, n.level, "", "", "", "", n.tries, ""}
}
