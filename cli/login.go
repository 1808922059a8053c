package cli

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
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
	if s.o.Kind == SSH {
		return nil
	}
	c := s.box.Config()
	_, aaa := c.Console(s.service())
	if s.o.Kind == Console && !aaa {
		return nil
	}
	if motd := c.Banner("motd"); motd != "" {
		s.print(motd + "\n")
	}
	if banner := c.Banner("login"); banner != "" {
		s.print(banner + "\n")
	}
	return s.login(ctx, aaa)
}

func (s *Session) login(ctx context.Context, aaa bool) error {
	if s.o.Kind == Telnet {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, loginTime)
		defer cancel()
	}
	tries := max(s.rel.Console.LoginTries, 1)
	for try := 1; ; try++ {
		user, ok, err := s.tryLogin(ctx, aaa)
		if err != nil {
			return err
		}
		if ok {
			s.eventOf(user, release.SyslogTelnetIn, "", try, "")
			s.print(s.rel.Say(release.Welcome))
			return nil
		}
		s.eventOf(user, release.SyslogTelnetFailed, "", try, "")
		if try == tries {
			s.say(release.AccessDenied)
			return ErrDenied
		}
		s.say(release.InvalidPassword)
	}
}

// tryLogin asks once. Without AAA nobody says who he is.
func (s *Session) tryLogin(ctx context.Context, aaa bool) (user string, ok bool, err error) {
	prompt := s.rel.Console.TelnetPrompt
	if aaa {
		o := term.LineOptions{Prompt: s.rel.Say(release.UsernamePrompt), Max: 255}
		if user, err = s.term.ReadLine(ctx, o); err != nil {
			return "", false, err
		}
		prompt = s.rel.Say(release.PasswordPrompt)
	}
	password, err := s.term.ReadLine(ctx, term.LineOptions{Prompt: prompt, Echo: term.EchoNone, Max: 255})
	if err != nil && !errors.Is(err, term.ErrInterrupt) {
		return user, false, err
	}
	if !CheckLogin(s.box.Config(), s.service(), user, password) {
		return user, false, nil
	}
	if aaa {
		s.SetPrivilege(1, user)
	}
	return user, true, nil
}

// service is how `aaa authentication` calls the way in.
func (s *Session) service() string {
	if s.o.Kind == Console {
		return "serial"
	}
	return s.o.Kind
}

// CheckLogin reports whether password admits user by the service "telnet", "ssh" or "serial": the account of that name
// where `aaa authentication SERVICE console` is configured (servers of other hosts are not asked: their groups mean the
// box's own accounts), else the login password, by SSH for the release's fixed user alone.
func CheckLogin(c *config.Config, service, user, password string) bool {
	rel := c.Release
	if _, aaa := c.Console(service); aaa {
		u, ok := c.User(user)
		return ok && (u.NoPassword || same(config.Hash(rel, password, user), u.Hash))
	}
	if service == "ssh" && (rel.Console.SSHUser == "" || user != rel.Console.SSHUser) {
		return false
	}
	return c.Passwd != "" && same(config.Hash(rel, password, ""), c.Passwd)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
