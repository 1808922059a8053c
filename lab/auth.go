package lab

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
)

var errLogon = errors.New("unknown user name or bad password")

// account is the user that a login name and password belong to: see accountName.
func account(users map[string]string, name, password string) (string, error) {
	u, err := findUser(users, name)
	if err != nil || subtle.ConstantTimeCompare([]byte(users[u]), []byte(password)) != 1 {
		return "", errLogon
	}
	return u, nil
}

// findUser is the user that a login name means.
func findUser(users map[string]string, name string) (string, error) {
	user, mailbox := accountName(name)
	for u := range users {
		if strings.EqualFold(u, user) && strings.EqualFold(u, mailbox) {
			return u, nil
		}
	}
	return "", errLogon
}

// accountName reads user, user@domain, DOMAIN\user, and DOMAIN\user/mailbox with either slash (KB 161116). The account
// BUILTIN\Administrator is nobody's, whatever the password (MS-SMTPNTLM).
func accountName(name string) (user, mailbox string) {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '\\' || r == '/' })
	switch {
	case len(words) == 0 || len(words) > 3 || len(words) > 1 && strings.EqualFold(words[0], "BUILTIN"):
		return "", ""
	case len(words) == 3:
		return words[1], words[2]
	}
	user, _, _ = strings.Cut(words[len(words)-1], "@")
	return user, user
}

// loginServer is the LOGIN mechanism, which go-sasl has only for clients: the prompts are those of MS-XLOGIN.
type loginServer struct {
	name *string
	auth func(name, password string) error
	step int
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case l.name == nil && response == nil && l.step == 0:
		l.step++
		return []byte("Username:"), false, nil
	case l.name == nil:
		name := string(response)
		l.name = &name
		return []byte("Password:"), false, nil
	}
	return nil, true, l.auth(*l.name, string(response))
}

// mechanism is the one of the profile with a name, if it may be used.
func (p *ServerProfile) mechanism(name string) (Mech, bool) {
	for _, m := range p.Mechs {
		if strings.EqualFold(m.Name, name) && (!m.Basic || p.BasicAuth) {
			return m, true
		}
	}
	return Mech{}, false
}

// newMechanism is the server's half of a mechanism; logon tells who it is. nil: there is none such.
func newMechanism(name string, users map[string]string, host string, logon func(user string)) sasl.Server {
	check := func(name, password string) error {
		u, err := account(users, name, password)
		if err == nil {
			logon(u)
		}
		return err
	}
	switch strings.ToUpper(name) {
	case "LOGIN":
		return &loginServer{auth: check}
	case "PLAIN":
		return sasl.NewPlainServer(func(_, name, password string) error { return check(name, password) })
	case "NTLM":
		return &ntlmServer{users: users, host: host, logon: logon}
	case "GSSAPI":
		return gssapiServer{logon}
	}
	return nil
}

// auth runs AUTH and X-EXPS: verb, mechanism and perhaps the first answer.
func (s *smtpSession) auth(arg string) {
	name, first, given := strings.Cut(arg, " ")
	mech, known := s.p.mechanism(name)
	switch {
	case len(s.p.Mechs) == 0:
		s.say(Unknown)
		return
	case !known:
		s.say(AuthUnknown)
		return
	case s.helo == "" && s.p.NeedHello || s.mail.open || s.user != "":
		s.say(AuthSequence)
		return
	case given && !mech.Initial:
		s.say(AuthSyntax)
		return
	}
	s.dialogue = true
	defer func() { s.dialogue = false }()
	s.authenticate(mech, strings.TrimSpace(first), given)
}

func (s *smtpSession) authenticate(mech Mech, word string, given bool) {
	user := ""
	server := newMechanism(mech.Name, s.srv.cfg.Users, s.text(Text{Say: "{netbios}"}, nil), func(u string) { user = u })
	var response []byte
	if !given && mech.Ask.Say != "" {
		s.answer("", mech.Ask, nil)
		if word, given = s.token(); !given {
			return
		}
	}
	for range maxTokens {
		if given {
			var ok bool
			if response, ok = s.decode(word); !ok {
				return
			}
		}
		challenge, done, err := server.Next(response)
		switch {
		case errors.Is(err, errTicketCut): // the rest may follow: seen as a wait of 10 minutes (CASE09)
		case err != nil:
			s.answer(AuthFailed, mech.Fail, []string{"mech", mech.Name})
			return
		case done:
			s.user = user
			s.answer("", mech.OK, nil)
			return
		default:
			s.reply("334 " + base64.StdEncoding.EncodeToString(challenge))
		}
		if word, given = s.token(); !given {
			return
		}
	}
	s.answer(AuthFailed, mech.Fail, []string{"mech", mech.Name})
}

// token reads a line of the dialogue; without one the dialogue is over, and answered.
func (s *smtpSession) token() (string, bool) {
	line, err := s.readLine(maxAuth)
	switch {
	case errors.Is(err, errLineTooLong):
		s.say(AuthTooLong)
		return "", false
	case err != nil:
		s.fail(err)
		return "", false
	}
	return string(line), true
}

// decode is the client's answer; "=" is an empty one (RFC 4954 section 4), "*" calls it off.
func (s *smtpSession) decode(word string) ([]byte, bool) {
	switch word {
	case "*":
		s.say(AuthCancelled)
		return nil, false
	case "=":
		return []byte{}, true
	}
	b, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		s.say(AuthSyntax)
		return nil, false
	}
	return b, true
}
