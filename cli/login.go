package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli/command"
	"pixsim/cli/term"
)

// ErrDenied is returned by Login when the password was wrong as often as the release lets a person try.
var ErrDenied = errors.New("access denied")

// loginTime is how long a telnet login may take: a half-open session holds a place. The box's own time is not known.
const loginTime = time.Minute

// Login asks who is there. A telnet session is asked for the login password, or for user and password where `aaa
// authentication telnet console` says so; the serial console only where `aaa authentication serial console` does; an
// SSH session has been authenticated. It returns ErrDenied after the last wrong answer, or what ended the session.
func (s *Session) Login(ctx context.Context) error {
	s.ctx = ctx
	s.banner("motd")
	a, aaa := s.box.Config().Console(s.service())
	if s.o.Kind == SSH || s.o.Kind == Console && !aaa {
		return nil
	}
	s.banner("login")
	if s.o.Kind == Telnet {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, loginTime)
		defer cancel()
	}
	if aaa {
		return s.loginByAAA(ctx, a)
	}
	return s.login(ctx)
}

// banner shows one kind of banner, if there is one, with its tokens replaced.
func (s *Session) banner(kind string) {
	c := s.box.Config()
	if text := c.Banner(kind); text != "" {
		text = strings.NewReplacer("$(hostname)", c.Hostname, "$(domain)", c.Domain).Replace(text)
		s.print(text + "\n")
	}
}

// login asks for the login password.
func (s *Session) login(ctx context.Context) error {
	for try := 1; ; try++ {
		password, err := s.term.ReadLine(ctx, term.LineOptions{Prompt: s.rel.Console.TelnetPrompt, Echo: term.EchoNone, Max: 255})
		if err != nil && !errors.Is(err, term.ErrInterrupt) {
			return err
		}
		if CheckLogin(s.box.Config(), s.service(), "", password) {
			s.admission("", true, try)
			s.print(s.rel.Say(release.Welcome, s.rel.Software.Copyright))
			return nil
		}
		s.admission("", false, try)
		if try >= max(s.rel.Console.LoginTries, 1) {
			s.say(release.AccessDenied)
			return ErrDenied
		}
		s.say(release.InvalidPassword)
	}
}

// loginByAAA asks for user and password until they fit: where AAA asks, telnet and the serial line go on asking (6.3
// command reference, aaa authentication), telnet for loginTime.
func (s *Session) loginByAAA(ctx context.Context, a config.AAAConsole) error {
	for try := 1; ; try++ {
		user, ok, err := s.tryAAA(ctx, a)
		if err != nil {
			return err
		}
		if ok {
			s.SetPrivilege(1, user)
			s.event(release.SyslogAuthenticated, "", try, "")
			s.admission(user, true, try)
			s.authPrompt("accept")
			return nil
		}
		s.eventOf(user, release.SyslogAuthFailed, "", try, "")
		s.admission(user, false, try)
		s.say(release.InvalidPassword)
		s.authPrompt("reject")
	}
}

// history counts the login and, where that is not switched off, tells the user of those before it.
func (s *Session) history() {
	if !s.rel.Console.LoginHistory {
		return
	}
	h, c := s.box.LoggedIn(s.User(), s.From()), s.box.Config()
	if command.LoginHistoryOn(c) && !s.quiet {
		s.lines(h.Lines(s.rel, s.User(), c.Hostname))
	}
}

// admission logs what became of a login; that of an SSH session is logged by those who authenticated it.
func (s *Session) admission(user string, ok bool, try int) {
	keys := map[string][2]release.Key{
		Telnet:  {release.SyslogTelnetFailed, release.SyslogTelnetIn},
		Console: {release.SyslogSerialFailed, release.SyslogSerialIn},
	}[s.o.Kind]
	key := keys[0]
	switch {
	case ok:
		key = keys[1]
	case s.rel.Console.LoginHistory && user == "":
		s.box.LoginFailed(s.User(), s.From())
	case s.rel.Console.LoginHistory:
		s.box.LoginFailed(user, s.From())
	}
	s.eventOf(user, key, "", try, "")
}

// tryAAA asks once.
func (s *Session) tryAAA(ctx context.Context, a config.AAAConsole) (user string, ok bool, err error) {
	s.authPrompt("prompt")
	user, err = s.term.ReadLine(ctx, term.LineOptions{Prompt: s.rel.Say(release.UsernamePrompt), Max: 255})
	switch {
	case errors.Is(err, term.ErrInterrupt):
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	password, err := s.term.ReadLine(ctx, term.LineOptions{Prompt: s.rel.Say(release.PasswordPrompt), Echo: term.EchoNone, Max: 255})
	if err != nil && !errors.Is(err, term.ErrInterrupt) {
		return user, false, err
	}
	return user, command.Admits(s.box.Config(), a, user, password), nil
}

// authPrompt shows a text of auth-prompt. unverified: that it is shown at the console's own login too.
func (s *Session) authPrompt(kind string) {
	if text := s.box.Config().AuthPrompt(kind); text != "" {
		s.print(text + "\n")
	}
}

// service is how `aaa authentication` calls the way in.
func (s *Session) service() string {
	if s.o.Kind == Console {
		return "serial"
	}
	return s.o.Kind
}

// CheckLogin reports whether password admits user by the service "telnet", "ssh" or "serial": where `aaa authentication
// SERVICE console` is configured as command.Admits says, else by the login password, by SSH for the release's fixed user
// alone.
func CheckLogin(c *config.Config, service, user, password string) bool {
	rel := c.Release
	if a, aaa := c.Console(service); aaa {
		return command.Admits(c, a, user, password)
	}
	if service == "ssh" && (rel.Console.SSHUser == "" || user != rel.Console.SSHUser) {
		return false
	}
	return c.Passwd != "" && config.Fits(rel, c.Passwd, password, "")
}
