package lab

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// Probe asks an SMTP server what KB 320027 has a person ask it by telnet: is there a Mailguard before it? It sends no mail:
// the lines of probeLines are all that it ever says. It makes at most three connections, one after the other, and waits for
// every reply before it says more.
type Probe struct {
	Dial Dialer        // the way to the server
	Helo string        // the name in EHLO and HELO; "": the address literal of the connection's own end
	Wait time.Duration // for the whole of it; 0: a minute. A single reply may take a third of that
	Mute time.Duration // how long a server that answers promptly may be silent until it counts as mute; 0: 3 s

	pause time.Duration // 0: probePause; for tests over a pipe
}

const (
	probeWait = time.Minute
	probeMute = 3 * time.Second

	// probePause is between the two halves of a line: long enough that they stay segments of their own on the way, and
	// short enough that no TCP sends the first half again, joined with the second, before the answer can have come. That
	// takes 200 ms at least. If this machine sleeps longer than splitMax, that the command is understood shows nothing.
	probePause = 30 * time.Millisecond
	splitMax   = 100 * time.Millisecond

	maxProbeReply = 8 << 10 // octets of one reply; a longer one is cut there and is the last that is read
	maxProbeStray = 4       // lines without a code that may stand before a reply
)

// ProbeStep is one thing said to the server, and the reply.
type ProbeStep struct {
	Name  string        `json:"step"` // greeting, EHLO, ... ; see probeLines
	Sent  string        `json:"sent,omitempty"`
	Reply []string      `json:"reply,omitempty"` // as they came, line ends not; octets above 127 included
	Took  time.Duration `json:"-"`
	Fault string        `json:"fault,omitempty"` // why there is no whole reply
}

// Names of steps.
const (
	stepGreeting = "greeting"
	stepEHLO     = "EHLO"
	stepHELO     = "HELO"
	stepNOOP     = "NOOP"
	stepUnknown  = "unknown verb" // KB 320027's own
	stepShort    = "short verb"   // too short to become NOOP
	stepBlanks   = "NOOP, blanks" // what a release that puts NOOP in its place makes of the unknown verb
	stepHELP     = "HELP"
	stepTLS      = "STARTTLS"
	stepQUIT     = "QUIT"
	stepSplit    = "split NOOP" // in two segments
	stepTLSFirst = "TLS"        // a TLS handshake with a silent server
)

// probeLines are the lines that a Probe can say, but for the name behind EHLO and HELO. STARTTLS has a parameter that is
// not allowed (RFC 3207 section 4), so that a server which sees it stays in plain text.
var probeLines = map[string]string{
	stepEHLO: "EHLO ", stepHELO: "HELO ", stepNOOP: "NOOP", stepUnknown: "goodmorning", stepShort: "HI there",
	stepBlanks: "NOOP       ", stepHELP: "HELP", stepTLS: "STARTTLS ?", stepQUIT: "QUIT", stepSplit: "NOOP",
}

// Faults of a step, beside the errors of the network.
const (
	faultSilent  = "no answer"
	faultClosed  = "closed the connection"
	faultNoReply = "not an SMTP reply"
	faultEndless = "the reply has no end"
)

// ErrNoConnection says that a probe never came to speak.
var ErrNoConnection = errors.New("no connection")

// Run holds the dialogue and judges it. The error is ErrNoConnection, or that of a ctx that has ended; whatever a server
// does is in the report.
func (p Probe) Run(ctx context.Context) (*ProbeReport, error) {
	d := dialogue{Probe: p, wait: cmp.Or(p.Wait, probeWait)}
	d.Mute = min(cmp.Or(p.Mute, probeMute), d.wait/3)
	asked := ctx
	ctx, cancel := context.WithTimeout(ctx, d.wait)
	defer cancel()
	if err := d.first(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoConnection, err)
	}
	switch {
	case d.of(stepGreeting).Fault == faultSilent:
		d.tlsFirst(ctx)
	case d.of(stepNOOP).code() == 250:
		if !d.split(ctx) {
			d.split(ctx)
		}
	}
	if err := asked.Err(); err != nil {
		return nil, err
	}
	return judge(d.steps), nil
}

// dialogue is a probe that runs.
type dialogue struct {
	Probe
	wait  time.Duration
	conn  net.Conn
	r     *bufio.Reader
	steps steps
}

// steps are what was said, in order.
type steps []ProbeStep

// of is the step of that name; an empty one when it was not taken.
func (s steps) of(name string) *ProbeStep {
	for i := range s {
		if s[i].Name == name {
			return &s[i]
		}
	}
	return &ProbeStep{Name: name}
}

func (d *dialogue) of(name string) *ProbeStep { return d.steps.of(name) }

func (d *dialogue) dial(ctx context.Context) (hangUp func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, d.wait/3)
	defer cancel()
	c, err := d.Dial(ctx)
	if err != nil {
		return nil, err
	}
	d.conn, d.r = c, bufio.NewReaderSize(c, 1024)
	if d.Helo == "" {
		d.Helo = literal(c.LocalAddr())
	}
	return func() { c.Close() }, nil
}

// literal is the name of a host that has none (RFC 5321 section 4.1.3).
func literal(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	ip := net.ParseIP(strings.Split(host, "%")[0])
	switch {
	case err != nil || ip == nil:
		return "[127.0.0.1]"
	case ip.To4() == nil:
		return "[IPv6:" + ip.String() + "]"
	}
	return "[" + ip.String() + "]"
}

// first is the connection with the questions that a person could type.
func (d *dialogue) first(ctx context.Context) error {
	hangUp, err := d.dial(ctx)
	if err != nil {
		return err
	}
	defer hangUp()
	defer context.AfterFunc(ctx, hangUp)()
	if d.hear(ctx, stepGreeting, ""); d.of(stepGreeting).code()/100 != 2 {
		// A server that sends its client away still wants a QUIT (RFC 5321 section 3.1); a silent one may show by its
		// answer what it is.
		if f := d.of(stepGreeting).Fault; f == "" || f == faultSilent {
			d.ask(ctx, stepQUIT, "")
		}
		return nil
	}
	d.ask(ctx, stepEHLO, d.Helo)
	if len(d.of(stepEHLO).Reply) < 2 {
		d.ask(ctx, stepHELO, d.Helo)
	}
	for _, name := range []string{stepNOOP, stepUnknown, stepShort} {
		d.ask(ctx, name, "")
	}
	if !sameReply(d.of(stepUnknown), d.of(stepShort)) {
		d.ask(ctx, stepBlanks, "") // there are servers that refuse it
	}
	d.ask(ctx, stepHELP, "")
	if maskedExtensions(d.of(stepEHLO).Reply) != nil && !offers(d.of(stepEHLO).Reply, "STARTTLS") {
		d.ask(ctx, stepTLS, "")
	}
	if d.of(stepTLS).code() != 220 { // else it waits for TLS now, and hears no QUIT
		d.ask(ctx, stepQUIT, "")
	}
	return nil
}

// split is the connection with the question that can leave a session stuck: a command in two segments, which an
// inspection that edits packets cannot read. It returns false if it has to be asked once more.
func (d *dialogue) split(ctx context.Context) (done bool) {
	hangUp, err := d.dial(ctx)
	if err != nil {
		return true // the first connection has shown enough
	}
	defer hangUp()
	defer context.AfterFunc(ctx, hangUp)()
	if r := d.reply(ctx, d.wait/3); r.code() != 220 {
		return true // a server that takes one connection at a time, or greylists
	}
	line := probeLines[stepSplit]
	s := ProbeStep{Name: stepSplit, Sent: line[:2] + " | " + line[2:]}
	began := time.Now()
	d.say(line[:2])
	select {
	case <-time.After(cmp.Or(d.pause, probePause)):
	case <-ctx.Done():
		return true
	}
	d.say(line[2:] + "\r\n")
	slept := time.Since(began) > splitMax
	s = d.answered(ctx, s, max(d.Mute, 4*d.of(stepNOOP).Took))
	if s.Fault == "" {
		d.say(probeLines[stepQUIT] + "\r\n")
		d.reply(ctx, d.Mute)
	}
	if slept && s.ok() {
		return false
	}
	d.steps = append(d.steps, s)
	return true
}

// tlsFirst finds out whether a silent server waits for TLS, as one on port 465 does.
func (d *dialogue) tlsFirst(ctx context.Context) {
	hangUp, err := d.dial(ctx)
	if err != nil {
		return
	}
	defer hangUp()
	s := ProbeStep{Name: stepTLSFirst}
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, d.Mute)
	defer cancel()
	if err := tls.Client(d.conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(within); err != nil {
		s.Fault = "no TLS"
	}
	s.Took = time.Since(began)
	d.steps = append(d.steps, s)
}

// ask says a line, if the server can still hear it, and hears the reply.
func (d *dialogue) ask(ctx context.Context, name, arg string) {
	if last := d.steps[len(d.steps)-1]; last.Fault != "" && last.Name != stepGreeting || last.code() == 421 {
		return // RFC 5321 section 3.8: the server closes after a 421
	}
	line := probeLines[name] + arg
	d.say(line + "\r\n")
	d.hear(ctx, name, line)
}

// say sends octets in one write. That it failed shows when nothing is heard.
func (d *dialogue) say(octets string) {
	d.conn.SetWriteDeadline(time.Now().Add(d.wait / 3))
	io.WriteString(d.conn, octets)
}

func (d *dialogue) hear(ctx context.Context, name, sent string) {
	patience := d.wait / 3
	if name == stepQUIT {
		patience = d.Mute // a courtesy
	}
	d.steps = append(d.steps, d.answered(ctx, ProbeStep{Name: name, Sent: sent}, patience))
}

func (d *dialogue) answered(ctx context.Context, s ProbeStep, patience time.Duration) ProbeStep {
	r := d.reply(ctx, patience)
	s.Reply, s.Fault, s.Took = r.Reply, r.Fault, r.Took
	return s
}

// reply hears one reply, whatever it is.
func (d *dialogue) reply(ctx context.Context, patience time.Duration) (s ProbeStep) {
	began := time.Now()
	until := began.Add(patience)
	if t, ok := ctx.Deadline(); ok && t.Before(until) {
		until = t
	}
	d.conn.SetReadDeadline(until)
	defer func() { s.Took = time.Since(began) }()
	stray, left := 0, maxProbeReply
	for {
		line, err := d.line(&left)
		if len(line) > 0 || err == nil {
			s.Reply = append(s.Reply, line)
		}
		code, more, ok := codeLine(line)
		switch {
		case err != nil:
			s.Fault = fault(err, s.Reply)
			return s
		case ok && !more && code > 0:
			return s
		case !ok:
			// Old scanners and gateways talk before they greet; what is no reply after a few lines is none.
			if stray++; stray > maxProbeStray || strangerOf(line) != "" {
				s.Fault = faultNoReply
				return s
			}
		}
	}
}

// line is the next line without its end, CR LF or LF, of at most left octets.
func (d *dialogue) line(left *int) (string, error) {
	var b []byte
	for {
		c, err := d.r.ReadByte()
		if err != nil {
			return string(b), err
		}
		if *left--; *left < 0 {
			return string(b), errEndless
		}
		if c == '\n' {
			return strings.TrimSuffix(string(b), "\r"), nil
		}
		b = append(b, c)
	}
}

var errEndless = errors.New(faultEndless)

// fault words why a reply is not whole.
func fault(err error, got []string) string {
	switch {
	case errors.Is(err, errEndless):
		return faultEndless
	case len(got) > 0 && !isReply(got):
		return faultNoReply
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		return faultSilent // closed by ourselves, when the time was over
	}
	return faultClosed
}

// codeLine reads the code of a line, and whether more lines follow. The fourth octet may be anything but a digit: there
// are servers, and copies of KB 320027, without the blank.
func codeLine(line string) (code int, more, ok bool) {
	if len(line) < 3 {
		return 0, false, false
	}
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return 0, false, false
		}
		code = 10*code + int(c-'0')
	}
	if code < 200 || code > 599 || len(line) > 3 && '0' <= line[3] && line[3] <= '9' {
		return 0, false, false
	}
	return code, len(line) > 3 && line[3] == '-', true
}

func isReply(lines []string) bool {
	for _, l := range lines {
		if _, _, ok := codeLine(l); ok {
			return true
		}
	}
	return false
}

// code is that of the reply; 0 when there is none or it is not whole.
func (s *ProbeStep) code() int {
	if s.Fault != "" || len(s.Reply) == 0 {
		return 0
	}
	code, _, _ := codeLine(s.Reply[len(s.Reply)-1])
	return code
}

// ok says that the server was content.
func (s *ProbeStep) ok() bool { return s.code()/100 == 2 }

// refused says that it was not.
func (s *ProbeStep) refused() bool { return s.code() >= 400 }

// text is the reply behind the codes, in one piece.
func (s *ProbeStep) text() string {
	var b strings.Builder
	for i, l := range s.Reply {
		if i > 0 {
			b.WriteByte('\n')
		}
		if _, _, ok := codeLine(l); ok {
			l = l[min(4, len(l)):]
		}
		b.WriteString(l)
	}
	return b.String()
}
