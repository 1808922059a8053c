package lab

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// MailConfig is where a MailServer is. The zero value of a field means what its comment says.
type MailConfig struct {
	Profile *ServerProfile // what it plays; the lab's own

	FQDN    string            // of the greeting; mail.example.com
	Domains []string          // at home, any local part; example.com
	Users   map[string]string // name to password; user with pass. Who is one of them may relay
	Peers   map[string]string // address to name, for servers that greet by name
	Store   *Store            // required
	Log     *MailLog          // required
	Events  *EventLog         // one of its own
	TLS     *tls.Certificate  // nil: there is no STARTTLS, whatever the profile says
	Now     func() time.Time  // time.Now
	Dial    IdentDialer       // to ask a client's ident service; the machine's

	MaxConns   int           // 100
	MaxMessage int           // octets; that of the profile
	MaxTransit int           // octets of all messages whose end has not come; 256 MiB
	Idle       time.Duration // the time a client may be silent; that of the profile
}

const (
	maxAuth    = 12288    // octets of a line of an AUTH dialogue (RFC 4954 section 4)
	maxMessage = 64 << 20 // octets of a message where the profile knows no limit
	maxTokens  = 16       // lines of an AUTH dialogue
	maxTransit = 256 << 20
)

// sources counts connections by the client's address.
type sources struct {
	mu sync.Mutex
	n  map[string]int
}

// enter counts one more, unless there are most already; 0: there is no such bound.
func (s *sources) enter(ip string, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if most > 0 && s.n[ip] >= most {
		return false
	}
	if s.n == nil {
		s.n = map[string]int{}
	}
	s.n[ip]++
	return true
}

func (s *sources) leave(ip string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n[ip]--; s.n[ip] == 0 {
		delete(s.n, ip)
	}
}

// MailServer plays a ServerProfile. What reaches it, garbage included, goes to the log as it came.
type MailServer struct {
	cfg       MailConfig
	profile   atomic.Pointer[ServerProfile]
	tls       *tls.Config
	srv       server
	conns     atomic.Int64
	ids       atomic.Uint64
	linkState atomic.Int64
	sources   sources
	transit   atomic.Int64 // octets of messages whose end has not come
	local     atomic.Value // string: the address of the last connection's near end
}

// NewMailServer completes the configuration.
func NewMailServer(c MailConfig) *MailServer {
	if c.Profile == nil {
		c.Profile = labServer()
	}
	if c.Domains == nil {
		c.Domains = []string{"example.com"}
	}
	if c.Users == nil {
		c.Users = map[string]string{"user": "pass"}
	}
	if c.Events == nil {
		c.Events = &EventLog{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Dial == nil {
		c.Dial = dialMachine
	}
	c.FQDN = cmp.Or(c.FQDN, "mail.example.com")
	c.MaxConns = cmp.Or(c.MaxConns, 100)
	c.MaxTransit = cmp.Or(c.MaxTransit, maxTransit)
	m := &MailServer{cfg: c}
	m.linkState.Store(1)
	m.SetProfile(c.Profile)
	if c.TLS != nil {
		m.tls = &tls.Config{Certificates: []tls.Certificate{*c.TLS}}
	}
	m.srv = server{max: c.MaxConns, handle: m.session, refuse: m.busy}
	return m
}

// Serve takes connections from ln until it or the server is closed; it may be called for several listeners.
func (m *MailServer) Serve(ln net.Listener) error { return m.srv.Serve(ln) }

// Close ends every connection and waits.
func (m *MailServer) Close() error { return m.srv.Close() }

// Log is what reached the server.
func (m *MailServer) Log() *MailLog { return m.cfg.Log }

// NativeLog is Log as the servers of the profile's family write theirs, from the entry with a number on.
func (m *MailServer) NativeLog(from int) []string {
	local, _ := m.local.Load().(string)
	entries := m.cfg.Log.Entries()
	return m.Profile().Log.Lines(m.cfg.FQDN, local, entries[min(from, len(entries)):])
}

// Store is what the server took.
func (m *MailServer) Store() *Store { return m.cfg.Store }

// Events is the event log of the server's machine.
func (m *MailServer) Events() *EventLog { return m.cfg.Events }

// FQDN is the name of the server.
func (m *MailServer) FQDN() string { return m.cfg.FQDN }

// Profile is what the server plays to new connections. It is the server's: Clone it to change it.
func (m *MailServer) Profile() *ServerProfile { return m.profile.Load() }

// SetProfile changes what the server plays, for new connections: those that are open keep what they began with. p stays
// the caller's.
func (m *MailServer) SetProfile(p *ServerProfile) {
	c := p.Clone()
	c.SizeMax = cmp.Or(m.cfg.MaxMessage, c.SizeMax)
	c.Idle = cmp.Or(m.cfg.Idle, c.Idle)
	m.profile.Store(c)
}

// LinkState is the version of the routing group's link state table: it moves with every exchange of X-LINK2STATE that
// another server completes, and stands still when none gets through.
func (m *MailServer) LinkState() int { return int(m.linkState.Load()) }

func (m *MailServer) busy(c net.Conn) {
	s := m.newSession(c, 0)
	c.SetDeadline(time.Now().Add(time.Second))
	io.WriteString(c, s.text(s.p.Replies[Busy], nil)+"\r\n")
}

// smtpSession is one connection.
type smtpSession struct {
	srv  *MailServer
	p    *ServerProfile
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	id   int
	peer string
	ip   string
	err  error // of the connection: it is over

	line     string // the command that is being answered
	verb     string // of line, upper case
	dialogue bool   // the next line is not a command
	errors   int    // refused commands
	refused  bool   // a recipient was

	helo string
	tls  bool
	user string
	mail envelope

	transit int64 // its part of the server's
}

// envelope is the mail transaction.
type envelope struct {
	open   bool // MAIL was accepted
	from   string
	to     []string
	local  []string // those of to that are at home
	body   string
	chunks []byte // of BDAT; of DATA what came when the connection ended
	bdat   bool
	over   bool // more BDAT came than a message may have
	lost   bool // octets for which there was no room
}

var errLineTooLong = errors.New("line too long")

// Remarks that the logs of the families look for.
const (
	remarkConnected = "connected"
	remarkClosed    = "closed"
)

func (m *MailServer) newSession(c net.Conn, id int) *smtpSession {
	s := &smtpSession{srv: m, p: m.Profile(), conn: c, id: id, peer: c.RemoteAddr().String()}
	s.ip, _, _ = net.SplitHostPort(s.peer)
	return s
}

func (m *MailServer) session(c net.Conn) {
	s := m.newSession(c, int(m.conns.Add(1)))
	m.local.Store(c.LocalAddr().String())
	s.attach(c)
	defer func() { s.conn.Close() }() // s.conn may be TLS by then
	defer s.arrived()
	s.log(Remark, remarkConnected)
	if !m.sources.enter(s.ip, s.p.MaxPerSource) {
		s.say(TooManyFrom)
		s.err = errQuit
	} else {
		defer m.sources.leave(s.ip)
		s.welcome()
	}
	s.commands()
	if !errors.Is(s.err, errQuit) {
		s.cut()
	}
	s.flush()
	s.log(Remark, remarkClosed)
}

// commands reads and answers them until the connection is over.
func (s *smtpSession) commands() {
	for s.err == nil {
		line, err := s.readLine(s.p.LineMax)
		switch {
		case errors.Is(err, errLineTooLong):
			s.tooLong()
		case err != nil:
			s.fail(err)
		default:
			s.command(string(line))
		}
		if s.err == nil && s.p.MaxErrors > 0 && s.errors >= s.p.MaxErrors {
			s.say(TooManyErrors)
			s.err = errQuit
		}
	}
}

// welcome greets, in its own time.
func (s *smtpSession) welcome() {
	s.identify()
	s.pause(s.p.GreetDelay)
	s.say(Greeting)
}

func (s *smtpSession) attach(c net.Conn) {
	s.conn = c
	s.r = bufio.NewReaderSize(c, 4096)
	s.w = bufio.NewWriterSize(patient{c}, 4096)
}

func (s *smtpSession) log(k LogKind, text string) { s.logged(LogEntry{Kind: k, Text: text}) }

func (s *smtpSession) logged(e LogEntry) {
	e.At, e.Conn, e.Peer = s.srv.cfg.Now(), s.id, s.peer
	e.Dialogue = s.dialogue && e.Kind == FromClient
	s.srv.cfg.Log.add(e)
}

// pause lets time pass, but not beyond the end of the server.
func (s *smtpSession) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	if s.flush(); s.err != nil {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.srv.srv.quit:
	}
}

// values are what the words in braces of a text stand for; extra comes as name, value, name, value.
func (s *smtpSession) values(extra []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if i := slices.Index(extra, name); i >= 0 && i%2 == 0 {
			return extra[i+1], true
		}
		switch name {
		case "fqdn":
			return s.srv.cfg.FQDN, true
		case "netbios":
			host, _, _ := strings.Cut(s.srv.cfg.FQDN, ".")
			return strings.ToUpper(host), true
		case "ip":
			return s.ip, true
		case "localip":
			ip, _, _ := net.SplitHostPort(s.conn.LocalAddr().String())
			return ip, true
		case "peer":
			return cmp.Or(s.srv.cfg.Peers[s.ip], s.ip), true
		case "helo":
			return cmp.Or(s.helo, "unknown"), true
		case "user":
			return s.user, true
		case "version":
			return s.p.Version, true
		case "date":
			return s.srv.cfg.Now().Format(s.p.DateLayout), true
		case "size":
			return strconv.Itoa(s.p.SizeMax), true
		case "line":
			return clean(s.line), true
		case "verb":
			return clean(strings.ToLower(s.verb)), true
		case "conn":
			return strconv.Itoa(s.id), true
		}
		return "", false
	}
}

func (s *smtpSession) text(t Text, extra []string) string { return expand(t.Say, s.values(extra)) }

// say answers with the reply of a key. Where that is empty, nothing is said.
func (s *smtpSession) say(key ReplyKey, extra ...string) {
	s.answer(key, s.p.Replies[key], extra)
}

// answer says a text that stands for a key, and what hangs on a refusal: the tar pit, the count of errors, the events.
func (s *smtpSession) answer(key ReplyKey, t Text, extra []string) {
	text := s.text(t, extra)
	if text == "" {
		return
	}
	bad := text[0] >= '4'
	if bad {
		s.pause(s.p.Tarpit)
		s.errors++
		s.refused = s.refused || key == NoRelay || key == NoUser
	}
	lines := strings.Split(text, "\n")
	s.reply(lines...)
	for _, rule := range s.p.Events {
		if key != "" && rule.On == key || rule.Refusals && bad && s.verb != "" {
			s.raise(rule, append([]string{"reply", clean(lines[0])}, extra...))
		}
	}
}

func (s *smtpSession) raise(r EventRule, extra []string) {
	s.srv.cfg.Events.Add(Event{At: s.srv.cfg.Now(), ID: r.ID, Source: r.Source, Level: r.Level, Text: s.text(r.Text, extra)})
}

// reply sends one reply; all lines but the last have the hyphen already. It leaves with the next read, so that the
// replies to a pipelined group travel together.
func (s *smtpSession) reply(lines ...string) {
	for _, l := range lines {
		s.log(FromServer, l)
		s.w.WriteString(l)
		s.w.WriteString("\r\n")
	}
}

func (s *smtpSession) flush() {
	if err := s.w.Flush(); err != nil && s.err == nil {
		s.err = err
	}
}

// fail ends the session because nothing more comes from the client.
func (s *smtpSession) fail(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.verb = "" // no command is refused
		s.say(IdleText)
	}
	s.err = err
}

// tooLong answers a line that was, or hangs up.
func (s *smtpSession) tooLong() {
	s.line, s.verb = "", ""
	if s.p.Replies[LineTooLong].Say == "" {
		s.err = errLineTooLong
		return
	}
	s.say(LineTooLong)
}

// fill waits for octets, after it has sent what waits to be sent.
func (s *smtpSession) fill() error {
	if s.r.Buffered() > 0 {
		return nil
	}
	if s.flush(); s.err != nil {
		return s.err
	}
	s.conn.SetReadDeadline(time.Now().Add(s.p.Idle))
	_, err := s.r.Peek(1)
	return err
}

// readLine returns a line without its end. A longer one than limit is read to its end and gives errLineTooLong. What
// came of a line that never ended is logged.
func (s *smtpSession) readLine(limit int) ([]byte, error) {
	var line []byte
	total, long, cr := 0, false, false
	for {
		if err := s.fill(); err != nil {
			if len(line) > 0 {
				s.logged(LogEntry{Kind: FromClient, Text: string(line), Octets: total})
				s.log(Remark, "the last line had no end")
			}
			return nil, err
		}
		part, _ := s.r.Peek(s.r.Buffered())
		n, end := s.lineEnd(part, cr)
		cr = part[n-1] == '\r'
		total += n
		keep := min(n, limit+2-len(line))
		long = long || n > keep
		line = append(line, part[:keep]...)
		s.r.Discard(n)
		if end == 0 {
			continue
		}
		if long || total-end > limit {
			s.logged(LogEntry{Kind: FromClient, Text: string(line), Octets: total - end})
			return nil, errLineTooLong
		}
		line = line[:len(line)-end]
		s.logged(LogEntry{Kind: FromClient, Text: string(line), Octets: len(line)})
		return line, nil
	}
}

// lineEnd is how much of b belongs to the line, and of how many octets its end is, which may have begun before b; cr says
// that the octet before b was CR. 0: it does not end in b. CR LF ends a line; a lone LF or CR NUL only where the profile
// says so.
func (s *smtpSession) lineEnd(b []byte, cr bool) (n, end int) {
	for i, c := range b {
		switch {
		case c == '\n' && cr, c == 0 && cr && s.p.CRNUL:
			return i + 1, 2
		case c == '\n' && s.p.LoneLF:
			return i + 1, 1
		}
		cr = c == '\r'
	}
	return len(b), 0
}

// command runs one command line.
func (s *smtpSession) command(line string) {
	verb, arg, _ := strings.Cut(line, " ")
	s.line, s.verb = line, strings.ToUpper(verb)
	switch {
	case s.refused && s.verb != "QUIT" && s.p.Replies[AfterRefusal].Say != "":
		s.say(AfterRefusal)
	case !s.p.knows(s.verb) || verbs[s.verb] == nil || needsTLS[s.verb] && !s.canTLS() && s.p.Replies[NoCert].Say == "":
		s.say(Unknown)
	default:
		verbs[s.verb](s, strings.TrimSpace(arg))
	}
	s.line, s.verb = "", ""
	if s.mail.chunks == nil {
		s.arrived()
	}
}

// canTLS says whether there is a certificate to use.
func (s *smtpSession) canTLS() bool { return s.srv.tls != nil && s.p.Cert }

func (p *ServerProfile) knows(verb string) bool { return slices.Contains(p.Verbs, verb) }

// mayRelay says whether mail of this session may go to other domains.
func (s *smtpSession) mayRelay() bool {
	ip, err := netip.ParseAddr(s.ip)
	near := err == nil && slices.ContainsFunc(s.p.RelayNets, func(n netip.Prefix) bool { return n.Contains(ip.Unmap()) })
	return near || s.p.GuestsRelay || s.user != "" && !s.p.NobodyRelays
}
