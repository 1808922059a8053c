package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
)

// Reply is an SMTP reply.
type Reply struct {
	Code  int
	Lines []string // as they came, code included, line ends not
}

// Text is the reply as it came, lines joined by \n.
func (r Reply) Text() string { return strings.Join(r.Lines, "\n") }

// OK says that the reply is of the 200 class.
func (r Reply) OK() bool { return r.Code/100 == 2 }

// notReply is a line that does not begin with a reply code.
type notReply string

func (n notReply) Error() string { return fmt.Sprintf("not an SMTP reply: %q", string(n)) }

// Heard is one piece of a dialogue as an SMTPClient saw it.
type Heard struct {
	At   time.Time
	Sent bool // by the client; else received
	Data []byte
}

const (
	maxReplyLine  = 64 << 10
	maxReplyLines = 200

	maxHeard  = 64 << 20 // octets of memory of a client's record; what is behind them is not in it
	heardCost = 64       // of a piece, besides its octets
)

// SMTPClient is an SMTP client for scenarios: it does what it is told, right or wrong, and records both directions. It
// is used by one goroutine; Transcript may be called by any.
type SMTPClient struct {
	conn    net.Conn
	r       *bufio.Reader
	timeout time.Duration
	tls     bool

	mu    sync.Mutex
	heard []Heard
	room  int // for heard
}

// NewSMTPClient speaks over c, which belongs to it. timeout bounds every single wait, 0 is 30 seconds.
func NewSMTPClient(c net.Conn, timeout time.Duration) *SMTPClient {
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	s := &SMTPClient{timeout: timeout, room: maxHeard}
	s.attach(c)
	return s
}

func (c *SMTPClient) attach(conn net.Conn) {
	c.conn = conn
	c.r = bufio.NewReader(recorder{conn, c})
}

// recorder notes what is read.
type recorder struct {
	net.Conn
	c *SMTPClient
}

func (r recorder) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	r.c.note(false, b[:n])
	return n, err
}

func (c *SMTPClient) note(sent bool, b []byte) {
	if len(b) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.room -= len(b) + heardCost; c.room >= 0 {
		c.heard = append(c.heard, Heard{time.Now(), sent, slices.Clone(b)})
	}
}

// Transcript is everything so far, up to 64 MiB; after STARTTLS the text inside.
func (c *SMTPClient) Transcript() []Heard {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.heard)
}

// Received is all that the server has said, in one piece.
func (c *SMTPClient) Received() string {
	var b strings.Builder
	for _, h := range c.Transcript() {
		if !h.Sent {
			b.Write(h.Data)
		}
	}
	return b.String()
}

// drainer is a connection that can wait until all that was written has been acknowledged.
type drainer interface {
	Drain(ctx context.Context) error
}

// Segments sends each piece in a segment of its own, if it fits one: the next is written when the host's TCP has nothing
// left to join it with. When the peer does not acknowledge a piece within the client's time, the rest goes all the same.
func (c *SMTPClient) Segments(ctx context.Context, pieces ...[]byte) error {
	for i, p := range pieces {
		if d, ok := c.conn.(drainer); ok && i > 0 {
			wait, cancel := context.WithTimeout(ctx, c.timeout)
			d.Drain(wait)
			cancel()
		}
		if len(p) == 0 {
			continue
		}
		if err := c.Raw(p); err != nil {
			return err
		}
	}
	return nil
}

// Raw sends octets as they are, in one write: one segment, if they fit one.
func (c *SMTPClient) Raw(b []byte) error {
	c.note(true, b)
	c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	_, err := c.conn.Write(b)
	return err
}

// Reply waits for a whole reply.
func (c *SMTPClient) Reply() (Reply, error) {
	c.conn.SetReadDeadline(time.Now().Add(c.timeout))
	var r Reply
	for len(r.Lines) < maxReplyLines {
		line, err := c.readLine()
		if err != nil {
			return r, err
		}
		r.Lines = append(r.Lines, line)
		if len(line) < 3 {
			return r, notReply(line)
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil || code < 100 || r.Code != 0 && code != r.Code {
			return r, notReply(line)
		}
		r.Code = code
		if len(line) == 3 || line[3] != '-' {
			return r, nil
		}
	}
	return r, errors.New("endless reply")
}

func (c *SMTPClient) readLine() (string, error) {
	var line []byte
	for {
		part, err := c.r.ReadSlice('\n')
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) && len(line) < maxReplyLine {
			continue
		}
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// Cmd sends a line in one segment and waits for the reply.
func (c *SMTPClient) Cmd(line string) (Reply, error) {
	if err := c.Raw([]byte(line + "\r\n")); err != nil {
		return Reply{}, err
	}
	return c.Reply()
}

// AuthLogin runs AUTH LOGIN without an initial response, as Outlook Express does, and returns the last reply.
func (c *SMTPClient) AuthLogin(user, password string) (Reply, error) {
	return c.Auth("AUTH", sasl.NewLoginClient(user, password), false)
}

const maxChallenges = 10 // of one AUTH dialogue; no mechanism of the lab needs more than three

// Auth runs a mechanism under a verb, AUTH or X-EXPS, and returns the last reply. With initial the first answer stands
// on the command line (RFC 4954 section 4); without, it answers the first challenge, whatever that says: Exchange's is no
// base64 ("334 GSSAPI supported").
func (c *SMTPClient) Auth(verb string, mech sasl.Client, initial bool) (Reply, error) {
	name, first, err := mech.Start()
	if err != nil {
		return Reply{}, err
	}
	line := verb + " " + name
	if initial && first != nil {
		line, first = line+" "+base64.StdEncoding.EncodeToString(first), nil
	}
	r, err := c.Cmd(line)
	for range maxChallenges {
		if err != nil || r.Code != 334 {
			return r, err
		}
		answer := first
		if first = nil; answer == nil {
			if answer, err = respond(mech, r); err != nil {
				r, _ = c.Cmd("*") // RFC 4954 section 4: calls the dialogue off
				return r, err
			}
		}
		r, err = c.Cmd(base64.StdEncoding.EncodeToString(answer))
	}
	return r, errors.New("endless AUTH dialogue")
}

func respond(mech sasl.Client, r Reply) ([]byte, error) {
	last := r.Lines[len(r.Lines)-1]
	challenge, err := base64.StdEncoding.DecodeString(last[min(4, len(last)):])
	if err != nil {
		return nil, fmt.Errorf("challenge %q: %w", last, err)
	}
	return mech.Next(challenge)
}

// StartTLS asks for TLS and, if the server agrees, goes over to it. No certificate is verified: those of the lab are
// self-signed.
func (c *SMTPClient) StartTLS(ctx context.Context) (Reply, error) {
	r, err := c.Cmd("STARTTLS")
	if err != nil || r.Code != 220 {
		return r, err
	}
	if c.r.Buffered() > 0 {
		return r, errors.New("text after the reply to STARTTLS")
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	t := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true})
	if err := t.HandshakeContext(ctx); err != nil {
		return r, fmt.Errorf("TLS: %w", err)
	}
	c.attach(t)
	c.tls = true
	return r, nil
}

// Data sends DATA and, after 354, the message with dots stuffed and its end. The message's lines end in CR LF.
func (c *SMTPClient) Data(message []byte) (Reply, error) {
	r, err := c.Cmd("DATA")
	if err != nil || r.Code != 354 {
		return r, err
	}
	if err := c.Raw(stuffed(message)); err != nil {
		return r, err
	}
	return c.Reply()
}

// stuffed is a message as it crosses the wire (RFC 5321 section 4.5.2), with the end.
func stuffed(message []byte) []byte { return append(stuffedBody(message), ".\r\n"...) }

// stuffedBody is it up to the CR LF before the end.
func stuffedBody(message []byte) []byte {
	var b []byte
	atStart := true
	for i, ch := range message {
		if atStart && ch == '.' {
			b = append(b, '.')
		}
		b = append(b, ch)
		atStart = ch == '\n' && i > 0 && message[i-1] == '\r'
	}
	if !atStart {
		b = append(b, "\r\n"...)
	}
	return b
}

// Close closes the connection without QUIT.
func (c *SMTPClient) Close() error { return c.conn.Close() }
