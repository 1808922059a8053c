package lab

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
)

var errLogon = errors.New("unknown user name or bad password")

// account is the user that a login name and password belong to. Names may come as DOMAIN\user or user@domain.
func account(users map[string]string, name, password string) (string, error) {
	if i := strings.LastIndexAny(name, `\/`); i >= 0 {
		name = name[i+1:]
	}
	name, _, _ = strings.Cut(name, "@")
	for u, p := range users {
		if strings.EqualFold(u, name) && subtle.ConstantTimeCompare([]byte(p), []byte(password)) == 1 {
			return u, nil
		}
	}
	return "", errLogon
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

// auth runs AUTH and X-EXPS: verb, mechanism and perhaps the first answer.
func (s *smtpSession) auth(arg string) {
	mech, first, given := strings.Cut(arg, " ")
	login := func(name, password string) error {
		u, err := account(s.srv.cfg.Users, name, password)
		s.user = u
		return err
	}
	var server sasl.Server
	switch strings.ToUpper(mech) {
	case "LOGIN":
		server = &loginServer{auth: login}
	case "PLAIN":
		server = sasl.NewPlainServer(func(_, name, password string) error { return login(name, password) })
	default:
		s.reply("504 5.7.4 Unrecognized authentication type")
		return
	}
	if s.helo == "" || s.mail.open || s.user != "" {
		s.reply("503 5.5.2 Bad sequence of commands") // unverified: the service's text
		return
	}
	s.dialogue(server, strings.TrimSpace(first), given)
}

func (s *smtpSession) dialogue(server sasl.Server, word string, given bool) {
	var response []byte
	for {
		if given {
			var ok bool
			if response, ok = s.decode(word); !ok {
				return
			}
		}
		challenge, done, err := server.Next(response)
		switch {
		case err != nil:
			s.user = ""
			s.reply("535 5.7.3 Authentication unsuccessful")
			return
		case done:
			s.reply("235 2.7.0 Authentication successful.")
			return
		}
		s.reply("334 " + base64.StdEncoding.EncodeToString(challenge))
		line, err := s.readLine(maxAuth)
		if errors.Is(err, errLineTooLong) {
			s.reply("500 5.5.6 Line too long") // RFC 4954 section 4
			return
		}
		if err != nil {
			s.fail(err)
			return
		}
		word, given = string(line), true
	}
}

// decode is the client's answer; "=" is an empty one (RFC 4954 section 4), "*" calls it off.
func (s *smtpSession) decode(word string) ([]byte, bool) {
	switch word {
	case "*":
		s.reply("501 5.7.0 Authentication cancelled")
		return nil, false
	case "=":
		return []byte{}, true
	}
	b, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		s.reply("501 5.5.4 Invalid arguments")
		return nil, false
	}
	return b, true
}
