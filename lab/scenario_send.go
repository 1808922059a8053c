package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sending is what the senders of a script have done.
type sending struct {
	queues  []*labQueue // in the order of their first message
	notices []Notice    // of `send`
	reports []string
	box     string // on the mail program's screen
	last    Mail   // of `send` and `queue`
	to      netip.AddrPort
	links   *LinkState
	typist  *typist
	pop     *POP3Client
	popText string // the last answer
}

// order is what `send` and `queue` are told.
type order struct {
	profile ClientProfile
	sender  Sender
	from    string // host
	hosts   []Target
	mail    Mail
	letter  Letter
	file    string
	stored  bool // the message is the newest that the host's own server has taken
	to      []string
	wait    time.Duration
}

// sendFlags are those with a value, and what they do; the others are below.
var sendFlags = map[string]func(o *order, value string) error{
	"-from":     func(o *order, v string) error { o.from = v; return nil },
	"-to":       func(o *order, v string) error { o.to = append(o.to, v); return nil },
	fileFlag:    func(o *order, v string) error { o.file = v; return nil },
	"-size":     (*order).attach,
	"-user":     func(o *order, v string) error { o.sender.User = v; return nil },
	"-password": func(o *order, v string) error { o.sender.Password = v; return nil },
	heloFlag:    func(o *order, v string) error { o.sender.Name = v; return nil },
	"-age":      func(o *order, v string) (err error) { o.sender.Age, err = time.ParseDuration(v); return err },
	"-wait":     func(o *order, v string) (err error) { o.wait, err = time.ParseDuration(v); return err },
}

var sendSwitches = map[string]func(o *order){
	"-8bit":   func(o *order) { o.mail.Body, o.letter.EightBit = "8BITMIME", true },
	"-binary": func(o *order) { o.mail.Body, o.letter.EightBit = "BINARYMIME", true },
	"-tls":    func(o *order) { o.profile.TLS = TLSRequired },
	"-stored": func(o *order) { o.stored = true },
	"-spa":    func(o *order) { o.sender.SPA = true },
	"-org":    func(o *order) { o.sender.Org = true },
}

const maxAttachment = 16 << 20 // octets

func (o *order) attach(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxAttachment {
		return fmt.Errorf("-size %s is not a number of octets up to %d", value, maxAttachment)
	}
	o.letter.File, o.letter.Attachment = "attachment.bin", filler(n)
	return nil
}

// filler is n octets of every value, always the same.
func filler(n int) []byte {
	b := make([]byte, n)
	x := uint32(2463534242)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// inside are the hosts of the inside network, and addrs are all, as each side knows them.
var (
	inside  = map[string]bool{"mail": true, "desk": true, newcomer: true}
	addrs   = map[string]netip.Addr{"mail": MailGlobal, "client": ClientAddr}
	inAddrs = map[string]netip.Addr{"mail": MailAddr, "desk": DeskAddr, "client": ClientAddr}
)

// target is a host of the domain: one of the lab, by the address that the sending host knows it by, or an address.
func (o *order) target(value string) (Target, error) {
	known := addrs
	if inside[o.from] {
		known = inAddrs
	}
	if a, ok := known[value]; ok {
		return Target{Name: labNames[value], Addr: netip.AddrPortFrom(a, smtpPort)}, nil
	}
	to, err := netip.ParseAddrPort(value)
	if err != nil {
		addr, err := netip.ParseAddr(value)
		if err != nil {
			return Target{}, fmt.Errorf("-to %s is neither an address nor a host that %s knows", value, o.from)
		}
		to = netip.AddrPortFrom(addr, smtpPort)
	}
	return Target{Name: to.Addr().String(), Addr: to}, nil
}

// labNames are the hosts' names in the DNS that the lab has not got.
var labNames = map[string]string{"mail": "mail.example.com", "client": "mx.example.net", "desk": "desk.example.com"}

// senderNames are what the hosts call themselves as clients.
var senderNames = map[string]string{"mail": "mail.example.com", "client": "client.example.net", "desk": "desk.example.com", newcomer: "pc.example.com"}

// parseOrder reads PROFILE [flags] FROM TO...
func parseOrder(args []string) (o *order, err error) {
	o = &order{from: "client"}
	if o.profile, err = FindClient(args[0]); err != nil {
		return nil, err
	}
	args = args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag := args[0]
		switch set, valued := sendFlags[flag]; {
		case sendSwitches[flag] != nil:
			sendSwitches[flag](o)
			args = args[1:]
		case valued && len(args) > 1:
			if err := set(o, args[1]); err != nil {
				return nil, err
			}
			args = args[2:]
		default:
			return nil, fmt.Errorf("%s is no flag here, or its value is missing: there are %s", flag,
				strings.Join(slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(sendFlags)), maps.Keys(sendSwitches)))), " "))
		}
	}
	if len(args) < 2 {
		return nil, errors.New("a mail needs FROM and TO")
	}
	if senderNames[o.from] == "" {
		return nil, errors.New(labHost(o.from))
	}
	o.mail.From, o.mail.To = args[0], args[1:]
	return o, o.complete()
}

// complete fills in what was not said: mail goes from one side of the box to the other.
func (o *order) complete() error {
	if o.sender.Profile = o.profile; o.sender.Name == "" {
		o.sender.Name = senderNames[o.from]
	}
	if len(o.to) == 0 && inside[o.from] {
		o.to = []string{"client"}
	} else if len(o.to) == 0 {
		o.to = []string{"mail"}
	}
	for _, value := range o.to {
		t, err := o.target(value)
		if err != nil {
			return err
		}
		o.hosts = append(o.hosts, t)
	}
	return nil
}

// order reads the arguments and writes the letter.
func (r *run) order(args []string) (*order, error) {
	o, err := parseOrder(args)
	if err != nil {
		return nil, err
	}
	r.mails++
	o.sender.LinkState = r.links()
	id := fmt.Sprintf("%d.%s@%s", r.mails, r.s.Name, senderNames[o.from])
	if o.stored {
		err = o.relay(r.lab.MailServerAt(o.from))
	} else if o.file != "" {
		o.mail.Data = r.message("<"+id+">", "", o.file, o.mail.From, o.mail.To[0])
	} else {
		o.mail.Data, err = o.write(id, r.s.Name)
	}
	r.send.last, r.send.to = o.mail, o.hosts[0].Addr
	return o, err
}

// relay takes the newest message of the host's own server, with the body type that it came with.
func (o *order) relay(s *MailServer) error {
	if s == nil {
		return fmt.Errorf("there is no mail server on %s", o.from)
	}
	all := s.Store().Messages()
	if len(all) == 0 {
		return &unmet{"a message", "none"}
	}
	m := all[len(all)-1]
	if o.mail.Data = m.Octets(); m.Body != "7BIT" {
		o.mail.Body = m.Body
	}
	return nil
}

func (o *order) write(id, subject string) ([]byte, error) {
	l := o.letter
	l.ID, l.From, l.To, l.Subject, l.Date = id, o.mail.From, o.mail.To[0], subject, kbGreeting
	l.Text = "This is a mail of the lab.\n"
	if l.EightBit {
		l.Text = "Gr\u00fc\u00dfe aus dem Labor.\n"
	}
	return l.Octets()
}

// links is the link state of the senders' routing group, which begins with version 1 as that of a server does.
func (r *run) links() *LinkState {
	if r.send.links == nil {
		r.send.links = &LinkState{Group: "First Routing Group", Version: 1}
	}
	return r.send.links
}

func (r *run) dialer(from string) func(context.Context, netip.AddrPort) (net.Conn, error) {
	h := r.lab.Host(from)
	return func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		if h == nil {
			return nil, errNoNewcomer
		}
		r.wired, r.wiredNo = netip.AddrPort{}, 0 // the newest
		return h.Dial(ctx, netip.AddrPort{}, to)
	}
}

// record keeps an attempt for the transcript and `because`.
func (r *run) record(from string, a *Attempt) {
	if a.Client != nil {
		r.clients[fmt.Sprintf("mail %d of %d", len(r.clients), r.mails)] = &mailConn{name: from, smtp: a.Client}
	}
	if r.refusal = ""; a.Err != nil {
		r.refusal = a.summary()
	}
}

// sendNow makes one attempt.
func (r *run) sendNow(ctx context.Context, args []string) error {
	o, err := r.order(args)
	if err != nil {
		return err
	}
	s := o.sender
	if s.Wait = o.wait; s.Wait == 0 {
		s.Wait = min(r.patience, noAnswer)
	}
	s.Peer = o.hosts[0].Name
	a := s.connect(ctx, r.dialer(o.from), o.hosts[0], o.mail)
	r.record(o.from, a)
	r.send.told(o, s, a)
	if a.Err == nil && !r.arrived() {
		r.refusal = "the mail server has no such message" // of which the sender knows nothing
	}
	if r.refusal == "" {
		return nil
	}
	return &unmet{"delivery", r.refusal}
}

// told keeps what the sender's host and user see of an attempt.
func (s *sending) told(o *order, sender Sender, a *Attempt) {
	s.notices = append(append(s.notices, a.Notices...), outcome(o.profile.Voice, o.mail, a)...)
	s.box = ""
	if v := o.profile.Voice; v == VoiceOE || v == VoiceOutlook {
		s.box = Dialog(v, a, o.mail, accountOf(o))
	} else if a.Err != nil {
		for _, to := range o.mail.To {
			if a.For(to) == Failed {
				s.reports = append(s.reports, sender.nonDelivery(o.mail, to, a, kbGreeting))
			}
		}
	}
}

// accountOf is the mail program's account for an order.
func accountOf(o *order) Account {
	to := o.hosts[0]
	return Account{Name: to.Name, Server: to.Name, Port: strconv.Itoa(int(to.Addr.Port())), Subject: field(o.mail, "Subject"),
		Secure: o.profile.TLS == TLSRequired}
}

// target is the server of the lab that the last mail went to; nil when that was another host.
func (r *run) target() *MailServer {
	if r.send.to.Port() != smtpPort {
		return nil
	}
	switch r.send.to.Addr() {
	case MailGlobal, MailAddr:
		return r.lab.Mail()
	case ClientAddr:
		return r.lab.MX()
	}
	return nil
}

// arrived says whether the server of the lab that the last mail went to has it; of others nothing is known.
func (r *run) arrived() bool {
	s, id := r.target(), []byte(field(r.send.last, "Message-ID"))
	return s == nil || slices.ContainsFunc(s.Store().Messages(), func(m *Message) bool { return bytes.Contains(m.Data, id) })
}

// intact wants the message that was sent last, octet for octet. What it ends in is the client's affair: Outlook Express
// adds an empty line.
func (r *run) intact(ctx context.Context, _ []string) error {
	want, s := bytes.TrimRight(r.send.last.Data, "\r\n"), r.target()
	if s == nil {
		return errors.New("no mail has gone to a server of the lab")
	}
	return (&serverRun{r, s}).eventually(ctx, func() error {
		all := s.Store().Messages()
		if len(all) == 0 {
			return &unmet{"a message", "none"}
		}
		if got := bytes.TrimRight(all[len(all)-1].Data, "\r\n"); !bytes.Equal(got, want) {
			return &unmet{fmt.Sprintf("the %d octets that were sent", len(want)), difference(want, got)}
		}
		return nil
	})
}

// difference is where two texts part.
func difference(want, got []byte) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	cut := func(b []byte) []byte { return b[min(at, len(b)):min(at+40, len(b))] }
	return fmt.Sprintf("%d octets: from %d on %q in place of %q", len(got), at, cut(got), cut(want))
}

// queueNoAnswer is how long a step of a queued mail waits: a queue makes many attempts.
const queueNoAnswer = 1500 * time.Millisecond

// labQueue is a queue of a host of the lab.
type labQueue struct {
	*Queue
	from  string
	key   string
	shown int // attempts that the transcript has
}

// queueMail puts a mail into the queue of its host, profile and way, which begins at the time that the others have.
func (r *run) queueMail(_ context.Context, args []string) error {
	o, err := r.order(args)
	if err != nil {
		return err
	}
	s := o.sender
	if s.Wait = o.wait; s.Wait == 0 {
		s.Wait = queueNoAnswer
	}
	key := fmt.Sprint(o.from, s.Profile.Name, s.Name, s.User, s.Org, o.hosts)
	i := slices.IndexFunc(r.send.queues, func(q *labQueue) bool { return q.key == key })
	if i < 0 {
		q := &labQueue{Queue: &Queue{Sender: s, Hosts: o.hosts, Dial: r.dialer(o.from), Epoch: kbGreeting}, from: o.from, key: key}
		for _, other := range r.send.queues {
			q.now = max(q.now, other.now)
		}
		i, r.send.queues = len(r.send.queues), append(r.send.queues, q)
	}
	_, err = r.send.queues[i].Add(o.mail)
	return err
}

// queueTime is what `queue run` may really take. It makes many attempts: other steps have less.
const queueTime = time.Minute

// queueRun lets simulated time pass for every queue.
func (r *run) queueRun(_ context.Context, args []string) error {
	d, err := time.ParseDuration(args[0])
	if err != nil || d < 0 {
		return fmt.Errorf("%s is no time like 10h", args[0])
	}
	if len(r.send.queues) == 0 {
		return errNoQueue
	}
	ctx, cancel := context.WithTimeout(r.ctx, queueTime)
	defer cancel()
	for _, q := range r.send.queues {
		err := q.Run(ctx, d)
		if r.showAttempts(q); err != nil {
			return fmt.Errorf("the queue is at %s after %v: %w", clock(q.Now()), queueTime, err)
		}
	}
	return nil
}

var errNoQueue = errors.New("there is no queue: `queue` a mail first")

// showAttempts gives the transcript what it has not got yet, and `because` the last failure.
func (r *run) showAttempts(q *labQueue) {
	n := 0
	for _, m := range q.Messages() {
		for _, t := range m.Attempts {
			if n++; n > q.shown {
				r.record(q.from, t.Attempt)
			}
		}
	}
	q.shown = n
}

func (r *run) queueShows(_ context.Context, args []string) error {
	var b strings.Builder
	for _, q := range r.send.queues {
		b.WriteString(q.String())
	}
	return contains(args).in(b.String())
}

func (r *run) queueAttempts(_ context.Context, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("%s is no number", args[0])
	}
	got := 0
	for _, q := range r.send.queues {
		got += q.Attempts()
	}
	if got != want {
		return &unmet{fmt.Sprintf("%d attempts", want), strconv.Itoa(got)}
	}
	return nil
}

func (r *run) dialog(_ context.Context, args []string) error { return contains(args).in(r.send.box) }

// ndr looks at every report that went back to a sender.
func (r *run) ndr(_ context.Context, args []string) error {
	all := slices.Clone(r.send.reports)
	for _, q := range r.send.queues {
		all = append(all, q.Reports()...)
	}
	return contains(args).in(strings.Join(all, "\n"))
}

// eventLogged looks at every line of the senders' logs.
func (r *run) eventLogged(_ context.Context, args []string) error {
	all := slices.Clone(r.send.notices)
	for _, q := range r.send.queues {
		all = append(all, q.Notices()...)
	}
	var b strings.Builder
	for _, n := range all {
		b.WriteString(n.String() + "\n")
	}
	return contains(args).in(b.String())
}

func (r *run) linkStateAt(_ context.Context, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("%s is no number", args[0])
	}
	if got := r.links().Version; got != want {
		return &unmet{fmt.Sprintf("link state version %d", want), strconv.Itoa(got)}
	}
	return nil
}

// typistDial connects a telnet client from the Internet to the mail server. `client` commands work on it too.
func (r *run) typistDial(ctx context.Context, args []string) error {
	name := "telnet-line"
	if len(args) > 0 {
		name = args[0]
	}
	p, err := FindClient(name)
	if err != nil {
		return err
	}
	if p.Enter == "" {
		return fmt.Errorf("%s is no telnet client", name)
	}
	if err := r.clientDial(ctx, []string{"typist"}); err != nil {
		return err
	}
	r.send.typist = &typist{p, r.client.smtp}
	return nil
}

func (r *run) typistTypes(ctx context.Context, args []string) error {
	if t := r.send.typist; t == nil || t.profile.Name != args[0] {
		if err := r.typistDial(ctx, args[:1]); err != nil {
			return err
		}
	}
	line := strings.ReplaceAll(strings.Join(args[1:], " "), `\b`, "\b")
	return r.send.typist.typeLine(ctx, line)
}

func (r *run) typistReply(ctx context.Context, args []string) error {
	if r.send.typist == nil {
		return errors.New("nobody has typed: `typist dial` first")
	}
	r.client = r.clients["typist"]
	return r.clientReply(ctx, args)
}

const popPort = 110

// popLogin connects from the Internet to the mailboxes and logs on.
func (r *run) popLogin(ctx context.Context, args []string) error {
	conn, err := r.dialer("client")(ctx, netip.AddrPortFrom(MailGlobal, popPort))
	if err != nil {
		return &unmet{"a connection to the mailboxes", err.Error()}
	}
	if r.send.pop != nil {
		r.send.pop.Close()
	}
	p, greeting, err := NewPOP3Client(conn, r.o.Wait)
	r.send.pop, r.send.popText = p, greeting
	r.clients[fmt.Sprintf("pop %d", len(r.clients))] = &mailConn{name: "client", smtp: p.c}
	if err == nil {
		err = p.Login(args[0], args[1])
	}
	if r.refusal = ""; err == nil {
		return nil
	}
	r.refusal = err.Error()
	r.send.box = POP3Dialog(Account{Name: labNames["mail"], Server: labNames["mail"], Port: strconv.Itoa(popPort)}, r.refusal)
	return &unmet{"a logon", r.refusal}
}

var errNoPOP3 = errors.New("nobody has logged on: `pop3 login` first")

func (r *run) popList(context.Context, []string) error {
	if r.send.pop == nil {
		return errNoPOP3
	}
	lines, err := r.send.pop.Lines("LIST")
	return r.popSaid(strings.Join(lines, "\n"), err)
}

func (r *run) popRetrieve(_ context.Context, args []string) error {
	if r.send.pop == nil {
		return errNoPOP3
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return fmt.Errorf("%s is no number", args[0])
	}
	message, err := r.send.pop.Retrieve(n)
	return r.popSaid(string(message), err)
}

func (r *run) popSaid(text string, err error) error {
	if r.send.popText = text; err != nil {
		return &unmet{"+OK", err.Error()}
	}
	return nil
}

func (r *run) popShows(_ context.Context, args []string) error {
	if r.send.pop == nil {
		return errNoPOP3
	}
	return contains(args).in(r.send.popText)
}
