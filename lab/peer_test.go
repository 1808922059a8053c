package lab

import (
	"bytes"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// peer is a server that does as a test says. It keeps each write of the client by itself.
type peer struct {
	greeting string            // "": ESMTP
	caps     []string          // of the EHLO reply; nil: EHLO is an unknown verb
	on       map[string]string // reply by a whole line, by a verb, or by one of the words below; see dead and silent

	mu     sync.Mutex
	writes []string
	lines  []string // commands
	mail   string   // the newest message, dots as they came
}

// Replies that are none, and events that are no commands.
const (
	dead   = "(closes)"
	silent = "(silence)"

	atEnd  = "(end of data)"
	atBlob = "(blob)"
)

var usual = map[string]string{
	greeting: "220 peer.example ESMTP", "HELO": "250 peer.example", "MAIL": "250 sender ok", "RCPT": "250 recipient ok", "DATA": "354 go",
	atEnd: "250 taken", atBlob: "250 XEXCH50 OK", "QUIT": "221 bye", "NOOP": "250 ok",
}

func (p *peer) answer(what string) string {
	verb, _, _ := strings.Cut(what, " ")
	for _, m := range []map[string]string{p.on, usual} {
		for _, key := range []string{what, strings.ToUpper(verb)} {
			if r, ok := m[key]; ok {
				return r
			}
		}
	}
	if verb == "EHLO" && p.caps != nil {
		text := "250-peer.example\r\n250-" + strings.Join(p.caps, "\r\n250-")
		last := strings.LastIndex(text, "250-")
		return text[:last] + "250 " + text[last+4:]
	}
	return "500 Command unrecognized"
}

// dial is a connection to the peer; wait is until the peer has got all and ended, which it does with the connection.
func (p *peer) dial(t testing.TB) (near net.Conn, wait func()) {
	end, far := net.Pipe()
	hasty := &impatient{Conn: end}
	near = hasty
	var wg sync.WaitGroup
	in := make(chan byte, 1<<20)
	wg.Go(func() {
		defer close(in)
		b := make([]byte, 1<<20)
		for {
			n, err := far.Read(b)
			if n > 0 {
				p.mu.Lock()
				p.writes = append(p.writes, string(b[:n]))
				p.mu.Unlock()
			}
			for _, c := range b[:n] {
				in <- c
			}
			if err != nil {
				return
			}
		}
	})
	wg.Go(func() {
		defer far.Close()
		p.serve(&voice{far, hasty.over}, in)
	})
	t.Cleanup(func() {
		near.Close()
		wg.Wait()
	})
	return near, wg.Wait
}

// impatient is a client's end whose time can be over at once: no test waits for it.
type impatient struct {
	net.Conn
	mu   sync.Mutex
	late bool
}

func (c *impatient) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.late {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *impatient) over() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.late = true
	c.Conn.SetReadDeadline(time.Unix(1, 0))
}

// voice is how a peer answers: it speaks, or lets the client's time be over.
type voice struct {
	io.Writer
	hush func()
}

// say sends a reply; false ends the session.
func (p *peer) say(v *voice, reply string) bool {
	switch reply {
	case dead:
		return false
	case silent:
		v.hush()
		return true
	}
	_, err := io.WriteString(v, reply+"\r\n")
	return err == nil
}

func (p *peer) serve(w *voice, in <-chan byte) {
	if p.greeting == "" {
		p.greeting = usual[greeting]
	}
	for ok := p.say(w, p.greeting); ok; {
		line, more := until(in, "\r\n")
		if !more {
			return
		}
		line = strings.TrimSuffix(line, "\r\n")
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
		ok = p.command(w, in, line)
	}
}

func (p *peer) command(w *voice, in <-chan byte, line string) bool {
	words := strings.Fields(line + " 0 0")
	n, _ := strconv.Atoi(words[1])
	verb := strings.ToUpper(words[0])
	if verb == "BDAT" {
		p.took(take(in, n))
		return p.say(w, p.answer(atEnd))
	}
	reply := p.answer(line)
	if !p.say(w, reply) {
		return false
	}
	switch {
	case verb == "DATA" && strings.HasPrefix(reply, "354"):
		text, more := until(in, "\r\n.\r\n")
		if text = strings.TrimSuffix(text, ".\r\n"); !more {
			return false
		}
		p.took(text)
		return p.say(w, p.answer(atEnd))
	case verb == "XEXCH50" && strings.HasPrefix(reply, "354"):
		take(in, n)
		return p.say(w, p.answer(atBlob))
	case verb == "QUIT":
		return false
	}
	return true
}

func (p *peer) took(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mail = text
}

func until(in <-chan byte, end string) (string, bool) {
	var b []byte
	for c := range in {
		if b = append(b, c); bytes.HasSuffix(b, []byte(end)) {
			return string(b), true
		}
		// An empty message: DATA's CR LF is the one before the dot.
		if end != "\r\n" && string(b) == end[2:] {
			return string(b), true
		}
	}
	return string(b), false
}

func take(in <-chan byte, n int) string {
	b := make([]byte, 0, n)
	for len(b) < n {
		c, ok := <-in
		if !ok {
			break
		}
		b = append(b, c)
	}
	return string(b)
}

// sent are the client's writes.
func (p *peer) sent() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.writes...)
}

// verbs are the commands that came, by their first word.
func (p *peer) verbs() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var verbs []string
	for _, l := range p.lines {
		verb, _, _ := strings.Cut(l, " ")
		verbs = append(verbs, verb)
	}
	return strings.Join(verbs, " ")
}

// client is the profile of a name, as a sender.
func client(t testing.TB, name string) Sender {
	t.Helper()
	p, err := FindClient(name)
	if err != nil {
		t.Fatal(err)
	}
	return Sender{Profile: p, Peer: "peer.example", Wait: 20 * time.Second, Scale: 1e6}
}

var oneLetter = Mail{From: "a@example.net", To: []string{"b@example.com"}, Data: []byte("Subject: s\r\n\r\n.body\r\n")}

// try plays a sender against a peer, and waits until the peer has got all.
func (p *peer) try(t testing.TB, s Sender, m Mail) *Attempt {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, wait := p.dial(t)
	defer wait()
	return s.Try(ctx, conn, m)
}
