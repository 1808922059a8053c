package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verbs are the commands that a profile may know.
var verbs = map[string]func(*smtpSession, string){
	"HELO":           (*smtpSession).helloOld,
	"EHLO":           (*smtpSession).hello,
	"MAIL":           (*smtpSession).mailFrom,
	"RCPT":           (*smtpSession).rcptTo,
	"DATA":           (*smtpSession).data,
	"BDAT":           (*smtpSession).bdat,
	"RSET":           (*smtpSession).rset,
	"NOOP":           func(s *smtpSession, _ string) { s.say(NoopOK) },
	"QUIT":           (*smtpSession).quit,
	"VRFY":           (*smtpSession).vrfy,
	"EXPN":           func(s *smtpSession, arg string) { s.say(ExpnReply, "arg", clean(arg)) },
	"HELP":           func(s *smtpSession, _ string) { s.say(HelpText) },
	"?":              func(s *smtpSession, _ string) { s.say(HelpText) },
	"TURN":           (*smtpSession).turn,
	"ATRN":           (*smtpSession).turn,
	"ETRN":           (*smtpSession).etrn,
	"AUTH":           (*smtpSession).auth,
	"X-EXPS":         (*smtpSession).auth, // between Exchange servers; the grammar is that of AUTH (KB 812455)
	"STARTTLS":       (*smtpSession).startTLS,
	"TLS":            (*smtpSession).startTLS,
	"X-ANONYMOUSTLS": (*smtpSession).startTLS, // TLS whose certificate nobody looks at
	"XEXCH50":        (*smtpSession).xexch50,
	"X-LINK2STATE":   (*smtpSession).link2state,
}

// capVerbs are the verbs that are keywords of an EHLO reply: one that the profile does not know is not offered.
var capVerbs = []string{"HELP", "VRFY", "EXPN", "TURN", "ATRN", "ETRN", "AUTH", "X-EXPS", "STARTTLS", "TLS", "X-ANONYMOUSTLS", "XEXCH50", "X-LINK2STATE"}

var needsTLS = map[string]bool{"STARTTLS": true, "TLS": true, "X-ANONYMOUSTLS": true}

var errQuit = errors.New("quit")

// extensions are the lines of the EHLO reply below the first.
func (s *smtpSession) extensions() (list []string) {
	for _, c := range s.p.Caps {
		if s.offers(c) {
			list = append(list, s.text(Text{Say: c.Text}, []string{"mechs", strings.Join(s.p.mechNames(), " ")}))
		}
	}
	return list
}

// offers says whether a line is there now.
func (s *smtpSession) offers(c Cap) bool {
	word, _, _ := strings.Cut(c.Text, " ")
	key, _, _ := strings.Cut(strings.ToUpper(word), "=")
	switch {
	case slices.Contains(capVerbs, key) && !s.p.knows(key),
		key == "8BITMIME" && s.p.Body < Body8Bit, key == "BINARYMIME" && s.p.Body < BodyBinary,
		key == "CHUNKING" && !s.p.knows("BDAT"),
		strings.Contains(c.Text, "{mechs}") && len(s.p.mechNames()) == 0:
		return false
	}
	return (c.When&WithCert == 0 || s.canTLS() && !s.tls) && (c.When&WithTLS == 0 || s.tls) &&
		(c.When&WithBasic == 0 || s.p.BasicAuth) && (c.When&WithAuth == 0 || s.user != "")
}

// mechNames are the mechanisms that {mechs} lists.
func (p *ServerProfile) mechNames() (names []string) {
	for _, m := range p.Mechs {
		if !m.Hidden && (!m.Basic || p.BasicAuth) {
			names = append(names, m.Name)
		}
	}
	return names
}

// greet takes the name in a HELO or EHLO, and says whether it will do.
func (s *smtpSession) greet(arg string) bool {
	if s.p.StrictHello && !isHelloName(arg) {
		s.say(BadHello)
		return false
	}
	s.helo = named(arg)
	if s.p.HelloResets {
		s.mail = envelope{}
	}
	return true
}

func (s *smtpSession) helloOld(arg string) {
	if s.greet(arg) {
		s.say(Helo)
	}
}

func (s *smtpSession) hello(arg string) {
	if !s.greet(arg) {
		return
	}
	lines := append([]string{s.text(s.p.Replies[Ehlo], nil)}, s.extensions()...)
	for i, l := range lines {
		lines[i] = "250-" + l
	}
	last := &lines[len(lines)-1]
	*last = "250 " + (*last)[4:]
	s.reply(lines...)
}

// named is the name in a HELO; none is accepted too (KB 251581).
func named(arg string) string {
	if arg == "" {
		return "unknown"
	}
	return clean(arg)
}

// isHelloName says whether a name is a domain name or an address literal (RFC 5321 section 4.1.2); NetBIOS names are the
// former too. None at all is fine too.
func isHelloName(name string) bool {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		_, err := netip.ParseAddr(strings.TrimPrefix(inner, "IPv6:"))
		return ok && err == nil
	}
	return len(name) <= 255 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") == "" &&
		!strings.Contains(name, "..") && !strings.HasPrefix(name, ".")
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
	case s.helo == "" && s.p.NeedHello:
		s.say(NeedHelloText)
	case s.p.NeedAuth && s.user == "":
		s.say(NeedAuthText)
	case s.mail.open:
		s.say(TwiceMail)
	case !ok:
		s.say(BadSender, "param", clean(arg))
	default:
		s.begin(addr, params)
	}
}

func (s *smtpSession) begin(addr string, params []string) {
	e := envelope{open: true, from: addr}
	key, size := MailOK, ""
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		switch name = strings.ToUpper(name); {
		case name == "SIZE":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil {
				s.say(BadArguments, "param", clean(p))
				return
			}
			if n > uint64(s.sizeMax()) {
				s.say(TooBig)
				return
			}
			key, size = MailSizeOK, strconv.FormatUint(n, 10)
		case name == "BODY" && s.p.takes(strings.ToUpper(value)):
			e.body = strings.ToUpper(value)
		case slices.Contains(s.p.MailParams, name): // AUTH: RFC 4954 section 5: taken, and not believed
		default:
			s.say(BadArguments, "param", clean(p))
			return
		}
	}
	s.mail = e
	s.say(key, "addr", addr, "n", size)
}

// sizeMax is how many octets a message may have.
func (s *smtpSession) sizeMax() int {
	if s.p.SizeMax == 0 {
		return maxMessage
	}
	return s.p.SizeMax
}

// takes says whether the profile has a BODY type; without 8BITMIME there is no such parameter.
func (p *ServerProfile) takes(body string) bool {
	switch body {
	case "7BIT", "8BITMIME":
		return p.Body >= Body8Bit
	case "BINARYMIME":
		return p.Body >= BodyBinary
	}
	return false
}

func (s *smtpSession) rcptTo(arg string) {
	addr, params, ok := parsePath(arg, "TO:")
	known := !slices.ContainsFunc(params, func(p string) bool {
		name, _, _ := strings.Cut(p, "=")
		return !slices.Contains(s.p.RcptParams, strings.ToUpper(name))
	})
	switch {
	case !s.mail.open:
		s.say(NeedMail)
	case s.mail.bdat:
		s.say(NeedBdat)
	case !ok || addr == "" || !known:
		s.say(BadRecipient, "param", clean(arg))
	case len(s.mail.to) >= s.p.RcptMax:
		if s.p.DropExtra {
			s.say(RcptOK, "addr", addr)
			return
		}
		s.say(TooManyRcpt)
	case s.atHome(addr):
		if s.p.Directory && !s.isUser(addr) {
			s.say(NoUser, "addr", addr)
			return
		}
		s.mail.to = append(s.mail.to, addr)
		s.mail.local = append(s.mail.local, addr)
		s.say(RcptOK, "addr", addr)
	case s.mayRelay():
		s.mail.to = append(s.mail.to, addr)
		s.say(RcptOK, "addr", addr)
	default:
		s.say(NoRelay, "addr", addr)
	}
}

func (s *smtpSession) atHome(addr string) bool {
	i := strings.LastIndexByte(addr, '@')
	return i < 0 || s.home(addr[i+1:])
}

func (s *smtpSession) home(domain string) bool {
	return slices.ContainsFunc(s.srv.cfg.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// isUser says whether an address at home has a mailbox; postmaster always has (RFC 5321 section 4.5.1).
func (s *smtpSession) isUser(addr string) bool {
	local, _, _ := strings.Cut(addr, "@")
	if strings.EqualFold(local, "postmaster") {
		return true
	}
	for u := range s.srv.cfg.Users {
		if strings.EqualFold(u, local) {
			return true
		}
	}
	return false
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
	s.say(RsetOK)
}

func (s *smtpSession) quit(string) {
	s.say(Bye)
	s.flush()
	s.err = errQuit
}

func (s *smtpSession) vrfy(arg string) {
	if arg == "" {
		s.say(VrfyNoArg)
		return
	}
	s.say(VrfyOK, "arg", clean(arg))
}

// turn is TURN and ATRN: there is never mail for a client to fetch.
func (s *smtpSession) turn(string) {
	if s.user == "" {
		s.say(TurnNoAuth)
		return
	}
	s.say(TurnEmpty)
}

func (s *smtpSession) etrn(arg string) {
	node := strings.TrimLeft(arg, "@#") // RFC 1985 section 5.3
	switch {
	case node == "":
		s.say(EtrnNoArg)
	case s.home(node):
		s.say(EtrnKnown, "arg", clean(arg))
	default:
		s.say(EtrnUnknown, "arg", clean(arg))
	}
}

func (s *smtpSession) startTLS(string) {
	if s.tls {
		s.say(TLSActive)
		return
	}
	if !s.canTLS() {
		s.say(NoCert)
		return
	}
	s.say(TLSGo)
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

const maxLinkState = 1024 // octets of an X-LINK2STATE command (KB 812455)

// link2state takes a part of another server's table: X-LINK2STATE {FIRST|NEXT|LAST} CHUNK=..., or without the word. Only
// the grammar is known, not what is in it; with the last part the exchange is complete, and the table moves.
func (s *smtpSession) link2state(arg string) {
	word, rest, _ := strings.Cut(arg, " ")
	part := strings.ToUpper(word)
	if strings.HasPrefix(part, "CHUNK=") {
		part, rest = "LAST", arg
	}
	data, ok := cutPrefixFold(strings.TrimSpace(rest), "CHUNK=")
	switch {
	case !ok || data == "" || len(s.line) > maxLinkState || !slices.Contains([]string{"FIRST", "NEXT", "LAST"}, part):
		s.say(LinkBad)
	case s.p.Link2StateAuth && s.user == "":
		s.say(LinkNoAuth)
	case part != "LAST":
		s.say(LinkMore)
	default:
		n := s.srv.linkState.Add(1)
		s.log(Remark, "link state table version "+strconv.FormatInt(n, 10))
		s.say(LinkDone)
	}
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}
