package appliance_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/lab"
)

// sniffer keeps the payload of each TCP segment from or to a port that a host receives.
type sniffer struct {
	link.Link
	port uint16

	mu  *sync.Mutex
	got *bytes.Buffer
}

func (s sniffer) Read(frames []link.Frame) (int, error) {
	n, err := s.Link.Read(frames)
	for i := range n {
		b := frames[i].Bytes()
		if len(b) < 54 || binary.BigEndian.Uint16(b[12:]) != 0x0800 || b[23] != 6 {
			continue
		}
		tcp := b[14+int(b[14]&15)*4 : 14+int(binary.BigEndian.Uint16(b[16:]))]
		if s.port == binary.BigEndian.Uint16(tcp) || s.port == binary.BigEndian.Uint16(tcp[2:]) {
			s.mu.Lock()
			s.got.Write(tcp[tcp[12]>>4*4:])
			s.got.WriteByte('\n')
			s.mu.Unlock()
		}
	}
	return n, err
}

// attachment is a mail of about 200 KB with dots at line starts, lines of nearly the length that is still allowed, and
// what looks like commands and replies.
func attachment() []byte {
	var b strings.Builder
	b.WriteString("Subject: attachment\r\n\r\n")
	for i := 0; b.Len() < 200_000; i++ {
		fmt.Fprintf(&b, "%s%d %s\r\n", strings.Repeat(".", i%4), i, strings.Repeat("EHLO x 220 250-STARTTLS ", i*7%41))
	}
	return []byte(b.String())
}

// Mail that authenticates, mail that does not, and mail that goes out arrive octet for octet over wires that lose, double
// and reorder; each side sees of the other what the inspection lets through, however often it was sent.
func TestInspectionOverBadLinks(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var toClient, toMail bytes.Buffer
			w := newWorld(t, name, worldOptions{live: true, lab: lab.Options{
				MinRTO: 50 * time.Millisecond,
				Wire: func(host string, l link.Link) link.Link {
					if host == "desk" {
						return l
					}
					l = link.Impair(l, link.Impairment{Loss: 0.01, Duplicate: 0.04, Reorder: 0.04, Seed: uint64(len(name) + len(host))})
					if host == "client" {
						return sniffer{l, 25, &mu, &toClient}
					}
					return sniffer{l, 25, &mu, &toMail}
				},
			}})
			old := name == "pix-4.1" || name == "pix-4.4" // EHLO is answered there, and the server then wants a HELO
			in := lab.Sender{HELOOnly: old, User: "user", Password: "pass"}
			mail := lab.Mail{From: "user@example.com", To: []string{"b@example.com"}, Data: attachment()}
			if name == "asa-8.2" { // AUTH passes, and with it the relay
				mail.To = []string{"b@example.net"}
			}
			c, err := w.dial(soon(t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
			if err != nil {
				t.Fatal(err)
			}
			client, err := in.Send(soon(t), c, mail)
			if err != nil {
				t.Fatal(err)
			}
			arrived(t, w.lab.Mail().Store(), mail.Data, name == "asa-8.2")

			out := lab.Mail{From: "user@example.com", To: []string{"b@example.net"}, Data: attachment()}
			if c, err = w.dial(soon(t), "mail", 0, netip.AddrPortFrom(lab.ClientAddr, 25)); err != nil {
				t.Fatal(err)
			}
			if _, err := (lab.Sender{HELOOnly: old}).Send(soon(t), c, out); err != nil {
				t.Fatal(err)
			}
			arrived(t, w.lab.MX().Store(), out.Data, false)

			greeting, _, _ := strings.Cut(client.Received(), "\r\n")
			if strings.Trim(strings.TrimPrefix(greeting, "220 "), "*02 ") != "" && !strings.HasPrefix(greeting, "220 SMTP/cmap") {
				t.Errorf("the greeting is %q", greeting)
			}
			mu.Lock()
			defer mu.Unlock()
			if toClient.Len() < 200_000 || toMail.Len() < 200_000 { // both have received a mail
				t.Errorf("%d and %d octets seen", toClient.Len(), toMail.Len())
			}
			for _, hidden := range []string{"Microsoft", "250-CHUNKING\r\n", "250-XEXCH50\r\n", "250 OK\r\n250-"} {
				if bytes.Contains(toClient.Bytes(), []byte(hidden)) {
					t.Errorf("the client's wire carried %q", hidden)
				}
			}
			if name != "pix-4.1" && bytes.Contains(toMail.Bytes(), []byte("mx.example.net Microsoft")) { // a mailhost does not look at what goes out
				t.Error("the mail server's wire carried the greeting of the other")
			}
		})
	}
}

// arrived checks the last message of a store.
func arrived(t *testing.T, s *lab.Store, want []byte, authenticated bool) {
	t.Helper()
	all := s.Messages()
	if len(all) != 1 || !bytes.Equal(all[0].Data, want) {
		t.Fatalf("%d messages, not the one that was sent", len(all))
	}
	if (all[0].User != "") != authenticated {
		t.Errorf("authenticated as %q", all[0].User)
	}
}
