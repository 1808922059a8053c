package appliance_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pixsim/dataplane"
	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/lab"
)

// spy is a host's end of a bad wire. It counts the frames that reach the host with something in them that must never
// reach it. The handshake is spared: a SYN that is lost makes every later timeout of the connection last seconds.
type spy struct {
	link.Link
	bad    link.Link // the same, impaired
	never  []string
	seen   *atomic.Int64
	mu     *sync.Mutex
	opened map[uint32]bool // ports of connections on which the host has sent data
}

func (s spy) Write(frames []link.Frame) (int, error) {
	for i := range frames {
		wire := s.Link
		if s.established(frames[i].Bytes()) {
			wire = s.bad
		}
		if _, err := wire.Write(frames[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(frames), nil
}

func (s spy) established(frame []byte) bool {
	var d packet.Parsed
	if d.Decode(frame); d.Kind != packet.KindTCP {
		return false
	}
	tcp := packet.TCP(d.IP[d.IP.HeaderLen():])
	ports := uint32(tcp.SrcPort())<<16 | uint32(tcp.DstPort())
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(tcp) > tcp.HeaderLen() {
		s.opened[ports] = true
	}
	return s.opened[ports]
}

func (s spy) Read(frames []link.Frame) (int, error) {
	n, err := s.Link.Read(frames)
	for i := range n {
		for _, text := range s.never {
			if bytes.Contains(frames[i].Bytes(), []byte(text)) {
				s.seen.Add(1)
			}
		}
	}
	return n, err
}

// recut cuts the segments of a message at places of its own choice: what is longer than a command line or a reply is
// DATA, where a cut changes nothing.
type recut struct {
	rng    *rand.Rand
	frames [][]byte
	cuts   *atomic.Int64
}

func (r *recut) cut(frame []byte) [][]byte {
	if len(frame) < 500 || packet.Ethernet(frame).Type() != 0x0800 || frame[packet.EthernetLen+9] != 6 {
		return nil
	}
	p := packet.Packet{IP: packet.IPv4(frame[packet.EthernetLen:]), GSOSize: uint16(100 + r.rng.IntN(1000))}
	pieces := p.Segment()
	r.frames = r.frames[:0]
	for {
		buf := make([]byte, 2048)
		copy(buf, frame[:packet.EthernetLen])
		piece := pieces.Next(buf[packet.EthernetLen:])
		if piece.IP == nil {
			break
		}
		r.frames = append(r.frames, buf[:packet.EthernetLen+len(piece.IP)])
	}
	if len(r.frames) > 1 {
		r.cuts.Add(1)
	}
	return r.frames
}

// Mail passes Mailguard, in both directions and byte for byte, over wires that lose, double, reorder and cut, and no
// greeting and no refused command ever leaks past it on a retransmission.
func TestMailOverBadWires(t *testing.T) {
	for _, name := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rel := named(t, name)
			var leaks, cuts atomic.Int64
			w := newWorld(t, name, worldOptions{live: true, lab: lab.Options{
				MinRTO: 50 * time.Millisecond,
				Wire: func(host string, l link.Link) link.Link {
					if host == "desk" {
						return l
					}
					r := &recut{rng: rand.New(rand.NewPCG(uint64(len(host)), 7)), cuts: &cuts}
					bad := link.Impair(l, link.Impairment{Loss: 0.02, Duplicate: 0.05, Reorder: 0.05, Seed: uint64(len(host)), Cut: r.cut})
					never := []string{"Microsoft ESMTP MAIL Service"} // neither side may see the other's greeting
					if host == "mail" && !rel.SMTP.ESMTP {
						never = append(never, "EHLO client.example.net", "AUTH LOGIN")
					}
					return spy{l, bad, never, &leaks, new(sync.Mutex), map[uint32]bool{}}
				},
			}})
			big := message(2000)
			for i, m := range []lab.Mail{
				{From: "a@example.net", To: []string{"b@example.com"}, Data: message(3)},
				{From: "a@example.net", To: []string{"b@example.com", "c@example.com"}, Data: big},
				{From: "a@example.net", To: []string{"b@example.com"}, Data: []byte("Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nNOOP\r\nEHLO client\r\n")},
			} {
				deliver(t, w, "client", netip.AddrPortFrom(lab.MailGlobal, 25), greeter(rel.SMTP.Reject != smtp.RejectMask), m)
				stored(t, w.lab.Mail().Store(), i+1, m)
			}
			out := lab.Mail{From: "b@example.com", To: []string{"a@example.net"}, Data: big}
			deliver(t, w, "mail", netip.AddrPortFrom(lab.ClientAddr, 25), lab.Sender{Profile: lab.ClientProfile{Hello: lab.HelloHELO}}, out)
			stored(t, w.lab.MX().Store(), 1, out)
			// A mailhost guards what comes in; what its server sends out is no business of its.
			if n := leaks.Load(); n > 0 && rel.SMTP.Reject != smtp.RejectAnswer {
				t.Errorf("%d frames showed what Mailguard hides", n)
			}
			if cuts.Load() == 0 {
				t.Error("no segment was ever cut")
			}
		})
	}
}

// A dialogue of commands that pass, commands that do not, groups of them and a message is over bad wires what it is over
// good ones, for the client and for the server.
func TestDialogueOverBadWires(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good, stored := held(t, name, link.Impairment{})
			bad, storedBad := held(t, name, link.Impairment{Loss: 0.05, Duplicate: 0.1, Reorder: 0.1, Seed: 11})
			if good != bad {
				t.Errorf("over good wires:\n%s\nover bad wires:\n%s", good, bad)
			}
			if !bytes.Equal(stored, storedBad) {
				t.Errorf("the server got %q and %q", stored, storedBad)
			}
		})
	}
}

var digits = regexp.MustCompile(`[0-9]+`) // of identifiers and times, which are not the same twice

// held is what the client heard in a dialogue, and the message that the server got.
func held(t *testing.T, name string, bad link.Impairment) (heard string, stored []byte) {
	t.Helper()
	w := newWorld(t, name, worldOptions{live: true, lab: lab.Options{
		MinRTO: 50 * time.Millisecond,
		Wire: func(host string, l link.Link) link.Link {
			return spy{l, link.Impair(l, bad), nil, new(atomic.Int64), new(sync.Mutex), map[uint32]bool{}}
		},
	}})
	conn, err := w.dial(soon(t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t, conn)
	var all strings.Builder
	p.reply(1)
	for _, step := range []string{
		"EHLO client.example.net\r\n", "HELO client.example.net\r\n", "VRFY user\r\n", "NOOP\r\nEXPN list\r\nNOOP\r\n", "XEXCH50 1 2\r\n",
		"MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n", "DATA\r\n", "Subject: x\r\n\r\n..\r\nVRFY user\r\n.\r\n", "RSET\r\n", "QUIT\r\n",
	} {
		if _, err := conn.Write([]byte(step)); err != nil {
			t.Fatal(err)
		}
		n := strings.Count(step, "\n")
		if strings.HasPrefix(step, "Subject") {
			n = 1
		}
		fmt.Fprintf(&all, "%s%s", step, p.reply(n))
	}
	m := w.lab.Mail().Store().Messages()
	if len(m) != 1 {
		t.Fatalf("%d messages", len(m))
	}
	stored = m[0].Data
	return digits.ReplaceAllString(all.String(), "9"), stored
}

// reply is the next n replies.
func (p *person) reply(n int) string {
	p.t.Helper()
	var all strings.Builder
	for n > 0 {
		line, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatalf("%q, %v", all.String()+line, err)
		}
		all.WriteString(line)
		if len(line) < 4 || line[3] != '-' {
			n--
		}
	}
	return all.String()
}

// message is a mail of n lines, some of which begin with a dot.
func message(n int) []byte {
	var b strings.Builder
	b.WriteString("From: a@example.net\r\nSubject: test\r\n\r\n")
	for i := range n {
		fmt.Fprintf(&b, "%s%d %s\r\n", strings.Repeat(".", i%3), i, strings.Repeat("mail from rcpt to data quit ", i%4))
	}
	return []byte(b.String())
}

// greeter is a sender that says HELO at once, or only where EHLO is refused.
func greeter(helo bool) lab.Sender {
	if helo {
		return lab.Sender{Profile: lab.ClientProfile{Hello: lab.HelloHELO}}
	}
	return lab.Sender{}
}

func deliver(t *testing.T, w *world, from string, to netip.AddrPort, s lab.Sender, m lab.Mail) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	conn, err := w.lab.Host(from).Dial(ctx, netip.AddrPort{}, to)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Send(ctx, conn, m)
	if err == nil {
		return
	}
	var state strings.Builder
	for conn := range dataplane.Conns(w.box.Do) {
		fmt.Fprintf(&state, "\n%+v", conn)
	}
	heard := c.Transcript()
	t.Fatalf("mail from %s: %v\nthe client's last words: %v\nconnections:%s", from, err, heard[max(0, len(heard)-4):], state.String())
}

func stored(t *testing.T, s *lab.Store, n int, m lab.Mail) {
	t.Helper()
	all := s.Messages()
	if len(all) != n {
		t.Fatalf("%d messages, want %d", len(all), n)
	}
	if got := all[n-1].Data; !bytes.Equal(got, m.Data) {
		t.Errorf("message %d is not the one that was sent: %d octets, sent %d", n, len(got), len(m.Data))
	}
}
