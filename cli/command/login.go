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
			raise(s, 1, "enable_1")
			return nil
		},
	}
	exit       = leaving("exit", "Exit from the current mode", release.Span{})
	quit       = leaving("quit", "Exit from the current mode", release.Span{})
	exitFamily = &Command{
		Name: "exit-address-family", Help: "Exit from Address Family configuration mode", Mode: ConfigRouterAF, Span: since92,
		Syntax: g.Word("exit-address-family", "Exit from Address Family configuration mode"), Run: exit.Run,
	}
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

// runEnable asks for the password of the level, or for a user and a password where aaa authentication enable console
// says so: the account then decides on the level.
func runEnable(_ context.Context, s Session, m *g.Match) error {
	level, chosen := execLevel.Lookup(m)
	if !chosen {
		level = top
	}
	c := s.Box().Config()
	switch a, asks := c.Console("enable"); {
	case asks && chosen:
		s.Say(release.EnableLevelAAA)
		return nil
	case asks:
		return enableByAccount(s, c, a)
	}
	hash, set := c.Enable(level)
	user := fmt.Sprintf("enable_%d", level)
	if least := s.Release().Console.EnableLeast; least > 0 && level == top && (!set || config.Fits(c.Release, hash, "", "")) {
		ok, err := setEnable(s, least)
		if err == nil && ok {
			raise(s, level, user)
		}
		return err
	}
	_, ok, err := threeTries(s, nil, func(_, password string) bool {
		return set && config.Fits(s.Release(), hash, password, "")
	})
	if err == nil && ok {
		raise(s, level, user)
	}
	return err
}

// setEnable has the person choose the password that is not there yet. unverified: that one try is all there is.
func setEnable(s Session, least int) (ok bool, err error) {
	rel := s.Release()
	s.Say(release.SetEnableAsk)
	password, err := s.Secret(rel.Say(release.SetEnableFirst), true)
	if err != nil {
		return false, err
	}
	again, err := s.Secret(rel.Say(release.SetEnableAgain), true)
	switch {
	case err != nil:
		return false, err
	case password != again:
		s.Say(release.SetEnableDiffer)
		return false, nil
	case len(password) < least:
		s.Say(release.SetEnableShort, least)
		return false, nil
	}
	return true, s.Box().Edit(func(e *config.Edit) error {
		e.SetEnable(config.EnablePassword{Level: top, Hash: e.Seal(password, "")})
		return nil
	})
}

// enableByAccount asks who it is, unless an account was used to come in.
func enableByAccount(s Session, c *config.Config, a config.AAAConsole) error {
	name, ok, err := threeTries(s, func() (string, error) {
		if _, ok := c.User(s.User()); ok {
			return s.User(), nil
		}
		return s.Ask(s.Release().Say(release.UsernamePrompt))
	}, func(user, password string) bool { return Admits(c, a, user, password) })
	if err != nil || !ok {
		return err
	}
	level := top
	if u, ok := c.User(name); ok && (a.Group == localGroup || a.Local) {
		level = u.Privilege
	}
	raise(s, level, name)
	return nil
}

// threeTries asks who it is, unless who is nil, and for a password, shown as stars, until it fits or the release's tries
// are used up.
func threeTries(s Session, who func() (string, error), fits func(user, password string) bool) (user string, ok bool, err error) {
	rel := s.Release()
	for try := 1; ; try++ {
		if who != nil {
			if user, err = who(); err != nil {
				return "", false, err
			}
		}
		password, err := s.Secret(rel.Say(release.PasswordPrompt), true)
		if err != nil {
			return "", false, err
		}
		ok = fits(user, password)
		n := notice{from: s.From(), user: user, tries: try}
		if who != nil {
			s.Box().Event(map[bool]release.Key{true: release.SyslogAuthenticated, false: release.SyslogAuthFailed}[ok], n.args()...)
		}
		switch {
		case ok:
			return user, true, nil
		case try >= rel.Console.LoginTries:
			s.Say(release.AccessDenied)
			s.Box().Event(release.SyslogEnableFailed, n.args()...)
			return "", false, nil
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
	c := s.Box().Config()
	local := config.AAAConsole{Group: localGroup}
	name, ok, err := threeTries(s, func() (string, error) { return s.Ask(s.Release().Say(release.UsernamePrompt)) },
		func(user, password string) bool { return Admits(c, local, user, password) })
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
