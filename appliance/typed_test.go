package appliance_test

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/lab"
)

// tapped is a host's end of a wire that notes the payloads of what the host sends and gets on port 25.
type tapped struct {
	link.Link
	notes *payloads
}

type payloads struct {
	mu        sync.Mutex
	sent, got []string
}

func (w tapped) Write(frames []link.Frame) (int, error) {
	w.notes.add(&w.notes.sent, frames)
	return w.Link.Write(frames)
}

func (w tapped) Read(frames []link.Frame) (int, error) {
	n, err := w.Link.Read(frames)
	w.notes.add(&w.notes.got, frames[:n])
	return n, err
}

func (p *payloads) add(to *[]string, frames []link.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var d packet.Parsed
	for i := range frames {
		if d.Decode(frames[i].Bytes()); d.Kind == packet.KindTCP && d.DstPort == 25 && d.PayloadLen() > 0 {
			*to = append(*to, string(d.IP[d.Payload:]))
		}
	}
}

// list is what was noted so far.
func (p *payloads) list(of *[]string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(*of)
}

// typingWorld has the wires of client and mail tapped.
func typingWorld(t *testing.T, name string, rto time.Duration) (w *world, client, mail *payloads) {
	client, mail = &payloads{}, &payloads{}
	w = newWorld(t, name, worldOptions{live: true, lab: lab.Options{
		MinRTO: rto,
		Wire: func(host string, l link.Link) link.Link {
			switch host {
			case "client":
				return tapped{l, client}
			case "mail":
				return tapped{l, mail}
			}
			return l
		},
	}})
	return w, client, mail
}

// person types at a connection key by key and reads replies.
type person struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func newPerson(t *testing.T, conn net.Conn) *person {
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return &person{t, conn, bufio.NewReader(conn)}
}

func (p *person) types(text string) {
	p.t.Helper()
	for i := range len(text) {
		if _, err := p.conn.Write([]byte{text[i]}); err != nil {
			p.t.Fatalf("%q: %v", text[i:], err)
		}
	}
}

func (p *person) reads(code string) {
	p.t.Helper()
	line, err := p.in.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, code) {
		p.t.Fatalf("%q, %v, want %s", line, err, code)
	}
}

// Up to 6.3 a part of a command is withheld: it goes on when the client's TCP sends it again, joined.
func TestTypedThroughTheBox(t *testing.T) {
	for _, name := range withPart(t, smtp.PartWithhold) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, client, mail := typingWorld(t, name, 30*time.Millisecond)
			conn, err := w.dial(soon(t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
			if err != nil {
				t.Fatal(err)
			}
			dialogue(newPerson(t, conn))
			for _, part := range []string{"H", "E", "L", "O"} {
				if slices.Contains(mail.list(&mail.got), part) {
					t.Errorf("%q reached the server by itself", part)
				}
			}
			if sent := client.list(&client.sent); sent[0] != "H" || !slices.Contains(sent, "HELO x\r\n") {
				t.Errorf("the client sent %q", sent)
			}
		})
	}
}

// dialogue is what a person does to see whether a mail server answers.
func dialogue(p *person) {
	p.t.Helper()
	p.reads("220")
	for _, step := range []struct{ line, code string }{
		{"HELO x\r\n", "250"}, {"MAIL FROM:<a@example.net>\r\n", "250"}, {"RSET\r\n", "250"}, {"QUIT\r\n", "221"},
	} {
		p.types(step.line)
		p.reads(step.code)
	}
}

// withPart is the releases with a lab that treat a part of a command in one way.
func withPart(t *testing.T, how smtp.Part) (names []string) {
	t.Helper()
	for _, name := range releases {
		rel, err := release.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if rel.SMTP.Part == how {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Fatal("no release does so")
	}
	return names
}

// From 7.0 each key by itself is no verb that is allowed, and is overwritten at once.
func TestTypedThroughESMTP(t *testing.T) {
	for _, name := range withPart(t, smtp.PartMask) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, client, mail := typingWorld(t, name, time.Minute) // nothing is sent twice
			conn, err := w.dial(soon(t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
			if err != nil {
				t.Fatal(err)
			}
			p := newPerson(t, conn)
			p.reads("220")
			p.types("HELO\r\n")
			p.reads("5")
			if got := strings.Join(mail.list(&mail.got), ""); got != "XXXX\r\n" {
				t.Errorf("the server got %q", got)
			}
			if sent := client.list(&client.sent); len(sent) != 6 || sent[0] != "H" || sent[3] != "O" {
				t.Errorf("the client sent %q", sent)
			}
		})
	}
}

// Commands that are sent ahead are cut by the size of a segment in the midst of a line; they get through all the same.
func TestPipelinedThroughTheBox(t *testing.T) {
	for _, name := range withPart(t, smtp.PartWithhold) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, client, _ := typingWorld(t, name, 30*time.Millisecond)
			conn, err := w.dial(soon(t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
			if err != nil {
				t.Fatal(err)
			}
			p := newPerson(t, conn)
			p.reads("220")
			const n = 150
			line := "NOOP " + strings.Repeat("x", 40) + "\r\n"
			go conn.Write([]byte("HELO x\r\n" + strings.Repeat(line, n) + "QUIT\r\n"))
			for range 1 + n {
				p.reads("250")
			}
			p.reads("221")
			if strings.HasSuffix(client.list(&client.sent)[0], "\n") {
				t.Error("the first segment ends with a line")
			}
		})
	}
}

// A person at the machine, whose keys a forward carries, gets on too.
func TestTypedThroughAForward(t *testing.T) {
	w, _, _ := typingWorld(t, "pix-6.3", 30*time.Millisecond)
	f, err := w.lab.Forward(lab.ForwardSpec{Listen: "127.0.0.1:0", Host: "client", To: netip.AddrPortFrom(lab.MailGlobal, 25)})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dialogue(newPerson(t, conn))
}
