package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verbs are the commands that the server knows. Replies are those of the Windows 2000 SMTP service with Exchange 2000.
var verbs = map[string]func(*smtpSession, string){
	"HELO":         (*smtpSession).helloOld,
	"EHLO":         (*smtpSession).hello,
	"MAIL":         (*smtpSession).mailFrom,
	"RCPT":         (*smtpSession).rcptTo,
	"DATA":         (*smtpSession).data,
	"BDAT":         (*smtpSession).bdat,
	"RSET":         (*smtpSession).rset,
	"NOOP":         func(s *smtpSession, _ string) { s.reply("250 2.0.0 OK") },
	"QUIT":         (*smtpSession).quit,
	"VRFY":         (*smtpSession).vrfy,
	"HELP":         (*smtpSession).help,
	"AUTH":         (*smtpSession).auth,
	"X-EXPS":       (*smtpSession).auth, // between Exchange servers; the grammar is that of AUTH (KB 812455)
	"STARTTLS":     (*smtpSession).startTLS,
	"TLS":          (*smtpSession).startTLS,
	"XEXCH50":      (*smtpSession).xexch50,
	"X-LINK2STATE": (*smtpSession).link2state,
}

var needsTLS = map[string]bool{"STARTTLS": true, "TLS": true}

var errQuit = errors.New("quit")

// extensions are the service's, in its order and spelling, without those that this server does not do: TURN, ATRN,
// ETRN, DSN and the GSSAPI and NTLM mechanisms. PLAIN is ours.
func (s *smtpSession) extensions() []string {
	list := []string{
		fmt.Sprintf("SIZE %d", s.srv.cfg.MaxMessage), "PIPELINING", "ENHANCEDSTATUSCODES", "8bitmime", "BINARYMIME",
		"CHUNKING", "VRFY", "X-EXPS LOGIN", "X-EXPS=LOGIN", "AUTH LOGIN PLAIN", "AUTH=LOGIN", "X-LINK2STATE", "XEXCH50",
	}
	if s.srv.tls != nil && !s.tls {
		list = append(list, "TLS", "STARTTLS")
	}
	return append(list, "OK")
}

func (s *smtpSession) helloOld(arg string) {
	s.helo = named(arg)
	s.reply("250 " + s.welcome())
}

func (s *smtpSession) hello(arg string) {
	s.helo = named(arg)
	lines := []string{"250-" + s.welcome()}
	for _, e := range s.extensions() {
		lines = append(lines, "250-"+e)
	}
	last := &lines[len(lines)-1]
	*last = "250 " + (*last)[4:]
	s.reply(lines...)
}

func (s *smtpSession) welcome() string { return fmt.Sprintf("%s Hello [%s]", s.srv.cfg.FQDN, s.ip) }

// named is the name in a HELO; none is accepted too (KB 251581).
func named(arg string) string {
	if arg == "" {
		return "unknown"
	}
	return clean(arg)
}

// clean makes text of the client safe to stand in a header or a reply.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, text)
}

func (s *smtpSession) mailFrom(arg string) {
	addr, params, ok := parsePath(arg, "FROM:")
	switch {
	case s.helo == "":
		s.reply("503 5.5.2 Send hello first")
	case s.mail.open:
		s.reply("503 5.5.2 Sender already specified")
	case !ok:
		s.reply("501 5.5.4 Invalid Address")
	default:
		s.begin(addr, params)
	}
}

func (s *smtpSession) begin(addr string, params []string) {
	e := envelope{open: true, from: addr}
	for _, p := range params {
		key, value, _ := strings.Cut(p, "=")
		switch strings.ToUpper(key) {
		case "SIZE":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil {
				s.reply("501 5.5.4 Invalid arguments")
				return
			}
			if n > uint64(s.srv.cfg.MaxMessage) {
				s.reply("552 5.3.4 Message size exceeds fixed maximum message size")
				return
			}
		case "BODY":
			e.body = strings.ToUpper(value)
			if !slices.Contains([]string{"7BIT", "8BITMIME", "BINARYMIME"}, e.body) {
				s.reply("501 5.5.4 Invalid arguments")
				return
			}
		case "AUTH": // RFC 4954 section 5: taken, and not believed
		default:
			s.reply("501 5.5.4 Invalid arguments")
			return
		}
	}
	s.mail = e
	s.reply("250 2.1.0 " + addr + "....Sender OK")
}

func (s *smtpSession) rcptTo(arg string) {
	addr, params, ok := parsePath(arg, "TO:")
	switch {
	case !s.mail.open:
		s.reply("503 5.5.2 Need mail command.")
	case s.mail.bdat:
		s.reply("503 5.5.2 BDAT command expected")
	case !ok || addr == "" || len(params) > 0:
		s.reply("501 5.5.4 Invalid Address")
	case len(s.mail.to) >= maxRcpt:
		s.reply("452 4.5.3 Too many recipients")
	case s.atHome(addr):
		s.mail.to = append(s.mail.to, addr)
		s.mail.local = append(s.mail.local, addr)
		s.reply("250 2.1.5 " + addr + " ")
	case s.user != "":
		s.mail.to = append(s.mail.to, addr)
		s.reply("250 2.1.5 " + addr + " ")
	default:
		s.reply("550 5.7.1 Unable to relay for " + addr)
	}
}

func (s *smtpSession) atHome(addr string) bool {
	i := strings.LastIndexByte(addr, '@')
	return i < 0 || slices.ContainsFunc(s.srv.cfg.Domains, func(d string) bool { return strings.EqualFold(d, addr[i+1:]) })
}

// parsePath reads `FROM:<a@b> PARAM=x ...`. The angle brackets may be missing (Exchange takes that, KB 153119), a blank
// may stand before the path, and a source route is dropped (RFC 5321 appendix C).
func parsePath(arg, key string) (addr string, params []string, ok bool) {
	if len(arg) < len(key) || !strings.EqualFold(arg[:len(key)], key) {
		return "", nil, false
	}
	rest := strings.TrimLeft(arg[len(key):], " ")
	if strings.HasPrefix(rest, "<") {
		end := closing(rest)
		if end < 0 {
			return "", nil, false
		}
		addr, rest = rest[1:end], rest[end+1:]
		if rest != "" && rest[0] != ' ' {
			return "", nil, false
		}
	} else {
		addr, rest, _ = strings.Cut(rest, " ")
		if addr == "" {
			return "", nil, false
		}
	}
	if strings.HasPrefix(addr, "@") {
		if _, addr, ok = strings.Cut(addr, ":"); !ok {
			return "", nil, false
		}
	}
	if clean(addr) != addr || len(addr) > 256 || strings.HasPrefix(addr, "@") || strings.HasSuffix(addr, "@") {
		return "", nil, false
	}
	return addr, strings.Fields(rest), true
}

// closing is where the `>` of a path stands that is not in a quoted string; -1 when there is none.
func closing(path string) int {
	quoted := false
	for i := 1; i < len(path); i++ {
		switch path[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case '>':
			if !quoted {
				return i
			}
		}
	}
	return -1
}

func (s *smtpSession) rset(string) {
	s.mail = envelope{}
	s.reply("250 2.0.0 Resetting")
}

func (s *smtpSession) quit(string) {
	s.reply("221 2.0.0 " + s.srv.cfg.FQDN + " Service closing transmission channel")
	s.flush()
	s.err = errQuit
}

func (s *smtpSession) vrfy(arg string) {
	if arg == "" {
		s.reply("501 5.5.4 Argument missing")
		return
	}
	s.reply("252 2.1.5 Cannot VRFY user, but will take message for <" + clean(arg) + "@" + s.srv.cfg.FQDN + ">")
}

func (s *smtpSession) help(string) {
	s.reply("214-This server supports the following commands:",
		"214 HELO EHLO STARTTLS RCPT DATA RSET MAIL QUIT HELP AUTH BDAT VRFY")
}

func (s *smtpSession) startTLS(string) {
	if s.tls {
		s.reply("503 5.5.2 TLS already active") // unverified: the service's text
		return
	}
	s.reply("220 2.0.0 SMTP server ready")
	if s.flush(); s.err != nil {
		return
	}
	// RFC 3207 section 4.2: what came before the handshake counts for nothing, buffered commands included.
	c := tls.Server(s.conn, s.srv.tls)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.HandshakeContext(ctx); err != nil {
		s.log(Remark, "TLS: "+err.Error())
		s.err = err
		return
	}
	c.NetConn().SetDeadline(time.Time{})
	s.attach(net.Conn(c))
	s.tls, s.helo, s.user, s.mail = true, "", "", envelope{}
	s.log(Remark, "TLS from here on")
}

// link2state answers what a routing group of one server answers: nothing new. The words are an Exchange's, the numbers
// invented.
func (s *smtpSession) link2state(arg string) { // unverified: the reply
	if !strings.Contains(strings.ToUpper(arg), "CHUNK=") {
		s.reply("501 5.5.4 Invalid arguments")
		return
	}
	s.reply("200 LAST CHUNK={00000029} MULTI (5) ({00000014} DONE_RESPONSE)")
}
