package lab

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// Mail is what a Sender sends. The lines of Data end in CR LF.
type Mail struct {
	From string
	To   []string
	Data []byte
	Body string // 8BITMIME or BINARYMIME, as the sender took it; "": 7 bit
}

// Sender plays a ClientProfile: one attempt at a time.
type Sender struct {
	Profile  ClientProfile
	Name     string // its own; client.example.net
	Peer     string // the name that it knows the server by; "": its address
	User     string // logs on, by the profile's rule, when not empty
	Password string

	SPA       bool       // logs on by NTLM: Outlook's Secure Password Authentication
	Org       bool       // the server belongs to the same Exchange organisation
	LinkState *LinkState // of its routing group; nil: it has none to tell

	Age   time.Duration // of the message, since it was queued
	Wait  time.Duration // real time after which the profile's StepTimeout is over; 0: 30 s
	Scale float64       // simulated seconds in a real one, for pauses; 0: 600
}

// defaultScale lets the 10 s that Postfix waits before a final dot pass in 17 ms.
const defaultScale = 600

// Errors of a sender that gives up by itself.
var (
	ErrTLSNotOffered  = errors.New("TLS required, but the server does not offer STARTTLS")
	ErrAuthNotOffered = errors.New("the server does not offer to authenticate")
	ErrOrgAuth        = error(ownText("451 5.7.3 Cannot achieve Exchange Server authentication."))
)

// ownText is what a sender writes itself, in its own words.
type ownText string

func (e ownText) Error() string { return string(e) }

// errConversion is said of a message that is no MIME (RFC 3463 section 3.7).
const errConversion = BodyTypeError("554 5.6.3 Conversion required but not supported")

// BodyTypeError is the text of the non-delivery report of a sender that will not convert an 8-bit message. It never
// crosses the wire.
type BodyTypeError string

func (e BodyTypeError) Error() string { return string(e) }

// RefusedError is a reply that ended the attempt, or ended it for a recipient.
type RefusedError struct {
	Command string // the line that was answered, or greeting, or endOfData
	Reply   Reply
}

func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %s", e.Command, e.Reply.Text()) }

// What is answered and is no command.
const (
	greeting  = "greeting"
	endOfData = "end of data"
)

// Attempt is what came of one connection.
type Attempt struct {
	Client    *SMTPClient // for its transcript; nil: there was no connection
	Err       error       // nil: the server took the message, for all recipients
	Command   string      // what the last answer was waited for
	Delivered []string    // recipients
	Refused   map[string]*RefusedError
	Unsure    bool          // all was sent and nothing answered: there may be a copy
	Took      time.Duration // simulated: the waits in which nothing came, and the pauses
	Notices   []Notice      // what the sender's own log says meanwhile
	Peer      string        // the server's name
	Remote    string        // its address and port
	hello     HelloAnswer   // what was done about EHLO
}

// delivery is an attempt while it goes on.
type delivery struct {
	Sender
	a     *Attempt
	c     *SMTPClient
	ext   []string // of the EHLO reply, upper case
	stars bool     // the greeting is masked as Postfix tells it
	esmtp bool     // the greeting has the word
	ended bool     // QUIT was sent
}

// Send delivers m over conn, which it closes. The client is returned for its transcript, also with an error.
func (s Sender) Send(ctx context.Context, conn net.Conn, m Mail) (*SMTPClient, error) {
	a := s.Try(ctx, conn, m)
	return a.Client, a.Err
}

// Try is Send with all that is to be told about it.
func (s Sender) Try(ctx context.Context, conn net.Conn, m Mail) *Attempt {
	s.Name = s.name()
	c := NewSMTPClient(conn, s.Wait)
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	a := &Attempt{Client: c, Command: greeting, Refused: map[string]*RefusedError{}, Remote: conn.RemoteAddr().String()}
	s.Peer = cmp.Or(s.Peer, a.host())
	a.Peer = s.Peer
	d := &delivery{Sender: s, c: c, a: a}
	a.Err = d.run(ctx, m)
	if !d.ended && courteous(a.Err) {
		c.Cmd("QUIT") // the result stands
	}
	if a.Err != nil && ctx.Err() != nil {
		a.Err = errors.Join(ctx.Err(), a.Err)
	}
	return a
}

// courteous says whether the connection is there to be ended with QUIT.
func courteous(err error) bool {
	var refused *RefusedError
	var body BodyTypeError
	return err == nil || errors.As(err, &refused) || errors.As(err, &body) || errors.Is(err, ErrTLSNotOffered) ||
		errors.Is(err, ErrAuthNotOffered) || errors.Is(err, ErrOrgAuth)
}

func (s Sender) name() string { return cmp.Or(s.Name, "client.example.net") }

func (a *Attempt) host() string {
	host, _, err := net.SplitHostPort(a.Remote)
	if err != nil {
		return a.Remote
	}
	return host
}

func (a *Attempt) port() string {
	_, port, _ := net.SplitHostPort(a.Remote)
	return port
}

func (d *delivery) run(ctx context.Context, m Mail) error {
	if err := d.greet(m); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{d.hello, d.secure, d.login, d.exps, d.linkState} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return d.transfer(ctx, m)
}

// reply waits for the answer to a command.
func (d *delivery) reply(command string) (Reply, error) {
	d.a.Command = command
	r, err := d.c.Reply()
	return r, d.waited(err)
}

func (d *delivery) cmd(line string) (Reply, error) {
	d.a.Command = line
	r, err := d.c.Cmd(line)
	return r, d.waited(err)
}

// waited counts the simulated time of a wait that was in vain.
func (d *delivery) waited(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		d.a.Took += stepTimeout(d.Profile)
	}
	return err
}

// must sends a line and wants a reply of a class.
func (d *delivery) must(line string, class int) error {
	r, err := d.cmd(line)
	if err == nil && r.Code/100 != class {
		err = &RefusedError{line, r}
	}
	return err
}

// pause lets simulated time pass.
func (d *delivery) pause(ctx context.Context, simulated time.Duration) error {
	d.a.Took += simulated
	scale := d.Scale
	if scale == 0 {
		scale = defaultScale
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(float64(simulated) / scale)):
		return nil
	}
}

func (d *delivery) greet(m Mail) error {
	r, err := d.reply(greeting)
	if err != nil {
		return err
	}
	if r.Code != 220 {
		return &RefusedError{greeting, r}
	}
	d.esmtp = slices.ContainsFunc(r.Lines, func(l string) bool { return slices.Contains(strings.Fields(l), "ESMTP") })
	// Postfix: resp->str[strspn(resp->str, "20 *\t\n")] == 0, of the whole reply with its code.
	d.stars = strings.Trim(r.Text(), "20 *\t\n") == ""
	if d.stars && d.Profile.Hello == HelloUnlessStars {
		d.note(postfixNote(m, "enabling PIX workarounds: %s for %s[%s]:%s", d.workarounds(), d.Peer, d.a.host(), d.a.port()))
	}
	return nil
}

// workarounds are Postfix's words for what it does about stars. Since 3.3 it names the delay when it is due only.
func (d *delivery) workarounds() string {
	if d.delaysDot() {
		return "disable_esmtp delay_dotcrlf"
	}
	return "disable_esmtp"
}

func (d *delivery) delaysDot() bool {
	pix := d.Profile.PIX
	return d.stars && pix.Delay > 0 && d.Age >= pix.After
}

func (d *delivery) note(n Notice) { d.a.Notices = append(d.a.Notices, n) }

func (d *delivery) hello(context.Context) error {
	name, rule := d.helloName(), d.Profile.Hello
	d.ext = nil // RFC 3207 section 4.2: what was known before TLS is forgotten
	heloOnly := rule == HelloHELO || rule == HelloIfESMTP && !d.esmtp || rule == HelloUnlessStars && d.stars ||
		rule == HelloIfAuth && d.User == "" && d.Profile.TLS == TLSNever
	if heloOnly {
		return d.must("HELO "+name, 2)
	}
	r, err := d.cmd("EHLO " + name)
	if err != nil {
		return err
	}
	d.a.hello = d.Profile.OnHello.to(r)
	switch d.a.hello {
	case HelloGo:
		for _, l := range r.Lines[1:] {
			d.ext = append(d.ext, strings.ToUpper(l[min(4, len(l)):]))
		}
		return nil
	case HelloFallBack:
		return d.must("HELO "+name, 2)
	}
	return &RefusedError{"EHLO " + name, r}
}

func (d *delivery) helloName() string {
	switch d.Profile.HelloName {
	case NameNetBIOS:
		name, _, _ := strings.Cut(d.Name, ".")
		return strings.ToUpper(name[:min(15, len(name))])
	case NameLiteral:
		host, _, _ := net.SplitHostPort(d.c.conn.LocalAddr().String())
		return "[" + host + "]"
	}
	return d.Name
}

// offered says whether the server named a keyword.
func (d *delivery) offered(keyword string) bool {
	return slices.ContainsFunc(d.ext, func(e string) bool {
		words := strings.Fields(e)
		return len(words) > 0 && words[0] == keyword
	})
}

// mechs are the mechanisms that the server named behind a keyword, in either spelling as far as it is read.
func (d *delivery) mechs(keyword string, seen AuthSeen) (names []string) {
	for _, e := range d.ext {
		words := strings.FieldsFunc(e, func(r rune) bool { return r == ' ' || r == '=' })
		if len(words) == 0 || words[0] != keyword {
			continue
		}
		equals := strings.HasPrefix(e, keyword+"=")
		if seen == AuthEither || equals == (seen == AuthEquals) {
			names = append(names, words[1:]...)
		}
	}
	return names
}

func (d *delivery) secure(ctx context.Context) error {
	switch offered := d.offered("STARTTLS"); {
	case d.Profile.TLS == TLSNever, d.Profile.TLS == TLSIfOffered && !offered:
		return nil
	case !offered:
		return ErrTLSNotOffered
	}
	d.a.Command = "STARTTLS"
	r, err := d.c.StartTLS(ctx)
	if d.waited(err) != nil {
		return err
	}
	if r.Code == 220 {
		return d.hello(ctx)
	}
	if d.Profile.TLS == TLSIfOffered {
		return nil
	}
	return &RefusedError{"STARTTLS", r}
}

func (d *delivery) login(context.Context) error {
	p := d.Profile.Auth
	if d.User == "" {
		return nil
	}
	mine := p.Mechs
	if d.SPA {
		mine = []string{"NTLM"}
	} else if mine == nil {
		mine = []string{sasl.Login}
	}
	mech := common(mine, d.mechs("AUTH", p.Seen))
	switch {
	case mech == "" && p.Rule == AuthBlunt:
		mech = mine[0]
	case mech == "" && p.Rule == AuthRequired:
		return ErrAuthNotOffered
	case mech == "":
		return nil // a client whose server offers nothing sends without: that is how a relay refuses it
	}
	r, err := d.auth("AUTH", mech)
	if err == nil && r.Code != 235 && p.Rule != AuthBlunt {
		err = &RefusedError{"AUTH " + mech, r}
	}
	return err
}

// common is the first of mine that is offered too.
func common(mine, offered []string) string {
	for _, m := range mine {
		if slices.Contains(offered, m) {
			return m
		}
	}
	return ""
}

func (d *delivery) auth(verb, mech string) (Reply, error) {
	var c sasl.Client
	switch mech {
	case sasl.Plain:
		c = sasl.NewPlainClient("", d.User, d.Password)
	case sasl.Login:
		c = sasl.NewLoginClient(d.User, d.Password)
	case "NTLM":
		domain, user, ok := strings.Cut(d.User, `\`)
		if !ok {
			domain, user = "", d.User
		}
		c = &ntlm{user, domain, d.Password}
	case "GSSAPI":
		token, err := labTicket(d.Name)
		if err != nil {
			return Reply{}, err
		}
		c = &ticket{token}
	default:
		return Reply{}, fmt.Errorf("no mechanism %q", mech)
	}
	d.a.Command = verb + " " + mech
	r, err := d.c.Auth(verb, c, d.Profile.Auth.Initial)
	return r, d.waited(err)
}

// transfer sends the message by the means that the server offered.
func (d *delivery) transfer(ctx context.Context, m Mail) error {
	body, err := d.bodyType(&m)
	if err != nil {
		return err
	}
	if d.Profile.Noop {
		if _, err := d.cmd("NOOP"); err != nil {
			return err
		}
	}
	chunks := d.Profile.Transfer == TransferBluntBDAT || d.Profile.Transfer == TransferBDAT && d.offered("CHUNKING")
	ready, err := d.envelope(m, body, !chunks)
	if err == nil {
		err = d.exch50(ctx)
	}
	switch {
	case err != nil:
		return err
	case chunks:
		err = d.bdat(ctx, m)
	default:
		err = d.data(ctx, m, ready)
	}
	if err != nil {
		return err
	}
	return d.tell(m)
}

// tell says who has got the message, and is the error for those who have not.
func (d *delivery) tell(m Mail) error {
	var errs []error
	for _, to := range m.To {
		if r := d.a.Refused[to]; r != nil {
			errs = append(errs, r)
		} else {
			d.a.Delivered = append(d.a.Delivered, to)
		}
	}
	return errors.Join(errs...)
}

// bodyType is the BODY parameter for a message; one that the server does not take is converted or refused.
func (d *delivery) bodyType(m *Mail) (string, error) {
	if m.Body == "" && !slices.ContainsFunc(m.Data, func(c byte) bool { return c >= 0x80 }) {
		return "", nil
	}
	kind := cmp.Or(m.Body, "8BITMIME")
	takes := d.offered("8BITMIME")
	if kind == "BINARYMIME" {
		takes = d.offered("BINARYMIME") && d.offered("CHUNKING") && d.Profile.Transfer != TransferDATA // RFC 3030 section 3
	}
	switch {
	case takes && d.Profile.MailParams.Body:
		return kind, nil
	case takes || d.Profile.No8Bit == SendAnyway:
		return "", nil
	case d.Profile.No8Bit == RefuseBody:
		return "", BodyTypeError(d.Profile.No8BitText)
	}
	data, err := sevenBit(m.Data)
	if err != nil {
		return "", errConversion
	}
	m.Data, m.Body = data, ""
	return "", nil
}

// mailLine is MAIL with the parameters that were offered.
func (d *delivery) mailLine(m Mail, body string) string {
	line := "MAIL FROM:"
	if d.Profile.ColonBlank {
		line += " "
	}
	line += "<" + m.From + ">"
	p := d.Profile.MailParams
	if p.Size && d.offered("SIZE") {
		line += fmt.Sprintf(" SIZE=%d", len(m.Data))
	}
	if body != "" {
		line += " BODY=" + body
	}
	if p.Ret && d.offered("DSN") {
		line += " RET=FULL"
	}
	return line
}

func (d *delivery) rcptLine(to string) string {
	line := "RCPT TO:"
	if d.Profile.ColonBlank {
		line += " "
	}
	line += "<" + to + ">"
	if d.Profile.RcptParams && d.offered("DSN") {
		line += " NOTIFY=FAILURE,DELAY" // unverified: the values
	}
	return line
}

// envelope sends MAIL and RCPT, and DATA with them where that is pipelined; ready says that the 354 has come.
func (d *delivery) envelope(m Mail, body string, data bool) (ready bool, err error) {
	lines := []string{d.mailLine(m, body)}
	for _, to := range m.To {
		lines = append(lines, d.rcptLine(to))
	}
	ahead := d.Profile.Pipeline > PipelineNone && d.offered("PIPELINING")
	data = data && ahead && d.Profile.Pipeline >= PipelineData
	if data {
		lines = append(lines, "DATA")
	}
	ask := d.cmd
	if ahead {
		ask = d.reply
		if err := d.c.Raw([]byte(strings.Join(lines, "\r\n") + "\r\n")); err != nil {
			return false, err
		}
	}
	r, err := ask(lines[0])
	if err != nil {
		return false, err
	}
	var refused error
	if !r.OK() {
		refused = &RefusedError{lines[0], r}
		if !ahead {
			return false, refused
		}
	}
	for i, to := range m.To {
		line := lines[1+i]
		r, err := ask(line)
		if err != nil {
			return false, cmp.Or(refused, err)
		}
		if r.OK() {
			continue
		}
		d.a.Refused[to] = &RefusedError{line, r}
		if d.Profile.StopAtRcpt {
			refused = cmp.Or(refused, error(d.a.Refused[to]))
			if !ahead {
				return false, refused
			}
		}
	}
	if refused == nil && len(d.a.Refused) == len(m.To) && len(m.To) > 0 {
		refused = d.allRefused(m)
	}
	if !data {
		return false, refused
	}
	return d.pipelinedData(refused)
}

// allRefused is the first refusal that is not for good, else the first.
func (d *delivery) allRefused(m Mail) error {
	for _, to := range m.To {
		if r := d.a.Refused[to]; r.Reply.Code/100 == 4 {
			return r
		}
	}
	return d.a.Refused[m.To[0]]
}

// pipelinedData reads the answer to a DATA that was sent with the envelope. RFC 2920 section 3.1: a client whose
// recipients were all refused and who is told to go on sends an empty message.
func (d *delivery) pipelinedData(refused error) (ready bool, err error) {
	r, err := d.reply("DATA")
	switch {
	case err != nil:
		return false, cmp.Or(refused, err)
	case refused != nil && r.Code == 354:
		d.cmd(".")
		return false, refused
	case refused != nil:
		return false, refused
	case r.Code != 354:
		return false, &RefusedError{"DATA", r}
	}
	return true, nil
}

// data sends the message after a 354, and its end.
func (d *delivery) data(ctx context.Context, m Mail, ready bool) error {
	if !ready {
		if err := d.must("DATA", 3); err != nil {
			return err
		}
	}
	d.a.Command = endOfData
	body := stuffedBody(m.Data)
	end := []byte(".\r\n")
	quits := d.Profile.Pipeline == PipelineAll && d.offered("PIPELINING")
	if quits {
		end = append(end, "QUIT\r\n"...)
	}
	if err := d.writeEnd(ctx, body, end); err != nil {
		return err
	}
	d.ended = quits
	err := d.confirmed()
	if quits && err == nil {
		d.c.Reply() // to QUIT: the result stands
	}
	return err
}

// writeEnd writes the message and its end in the profile's segments.
func (d *delivery) writeEnd(ctx context.Context, body, end []byte) error {
	switch d.Profile.EOD {
	case EODOwnSegment:
		// Outlook Express: the message ends in CR LF, and CR LF.CR LF follows all the same.
		return d.c.Segments(ctx, body, append([]byte("\r\n"), end...))
	case EODSplitDot:
		return d.c.Segments(ctx, append(body, end[0]), end[1:])
	case EODArbitrary:
		size := cmp.Or(d.Profile.Buffer, 1024) // qmail-remote's smtptobuf
		return d.c.Segments(ctx, slices.Collect(slices.Chunk(append(body, end...), size))...)
	}
	if !d.delaysDot() {
		return d.c.Raw(append(body, end...))
	}
	if err := d.c.Raw(body); err != nil {
		return err
	}
	if err := d.pause(ctx, d.Profile.PIX.Delay); err != nil {
		return err
	}
	return d.c.Segments(ctx, nil, end)
}

// confirmed waits for the answer to the end of the message.
func (d *delivery) confirmed() error {
	r, err := d.reply(endOfData)
	if err != nil {
		d.a.Unsure = true
		return err
	}
	if !r.OK() {
		return &RefusedError{endOfData, r}
	}
	return nil
}

// bdat sends the message as one chunk (RFC 3030): its octets follow the command at once and are not stuffed.
func (d *delivery) bdat(ctx context.Context, m Mail) error {
	d.a.Command = endOfData
	line := fmt.Sprintf("BDAT %d LAST\r\n", len(m.Data))
	if err := d.c.Segments(ctx, []byte(line), bytes.Clone(m.Data)); err != nil {
		return err
	}
	return d.confirmed()
}

// stepTimeout is how long a client waits for an answer; most wait as RFC 5321 section 4.5.3.2 has it for the end of data.
func stepTimeout(p ClientProfile) time.Duration { return cmp.Or(p.StepTimeout, 10*time.Minute) }
