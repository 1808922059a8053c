package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// labReleases are those that the lab has a startup-config for.
func labReleases(t *testing.T) (names []string) {
	t.Helper()
	for _, r := range release.All() {
		if _, err := StartupConfig(r.Name); err != nil {
			t.Fatal(err)
		}
		names = append(names, r.Name)
	}
	return names
}

// live runs f with a box of a release in a lab, and returns the recordings when the connections are over, or the time is.
func live(t *testing.T, o RunOptions, f func(*run)) (all []*Recording) {
	t.Helper()
	s, err := ParseScenario("x.txtar", []byte("# # Title\n# A sentence.\nreleases "+o.Release+"\nbooted\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.with(t.Context(), o, func(r *run) error {
		r.patience = 10 * time.Second
		f(r)
		r.hangUp()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return r.eventually(ctx, func() error {
			all = r.recordings()
			for _, c := range all {
				if c.Why == "" {
					return fmt.Errorf("connection %d is still open", c.Number)
				}
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// agrees checks both sides of a recording against what the client and the server say they sent and got.
func agrees(t *testing.T, c *Recording, heard []Heard, log []LogEntry) {
	t.Helper()
	m := compare(c)
	var sent, got []byte
	for _, h := range heard {
		if h.Sent {
			sent = append(sent, h.Data...)
		} else {
			got = append(got, h.Data...)
		}
	}
	stream := func(from Side, arrived bool) []byte {
		cells := m.courses[from].out
		if arrived {
			cells = m.courses[from].in
		}
		if !whole(cells) {
			t.Errorf("octets are missing in what the %v end sent (arrived: %v)", from, arrived)
		}
		return octetsOf(cells)
	}
	if b := stream(ClientSide, true); !bytes.Equal(b, sent) {
		t.Errorf("the client sent\n%q, recorded is\n%q", sent, b)
	}
	if b := stream(ServerSide, false); !bytes.Equal(b, got) {
		t.Errorf("the client got\n%q, recorded is\n%q", got, b)
	}
	reached, left := string(stream(ClientSide, false)), string(stream(ServerSide, true))
	for _, e := range log {
		text := &reached
		switch e.Kind {
		case FromServer:
			text = &left
		case Remark:
			continue
		}
		_, rest, ok := strings.Cut(*text, e.Text+"\r\n")
		if !ok {
			t.Errorf("the server's log has %s, which is not in the rest of the recording: %q", e, *text)
		}
		*text = rest
	}
}

// logOf is what a server logged about the connection with a peer.
func logOf(m *MailServer, peer netip.AddrPort) (own []LogEntry) {
	for _, e := range m.Log().Entries() {
		if e.Peer == peer.String() {
			own = append(own, e)
		}
	}
	return own
}

// body is a mail's text of n lines.
func body(n int) []byte {
	var b strings.Builder
	b.WriteString("Subject: sides\r\n\r\n")
	for i := range n {
		fmt.Fprintf(&b, "%s%d of the lab\r\n", strings.Repeat(".", i%3), i)
	}
	return []byte(b.String())
}

// sendFrom delivers a mail from a host of the lab and returns what the client heard.
func sendFrom(t *testing.T, r *run, host string, to netip.AddrPort, s Sender, m Mail) *SMTPClient {
	t.Helper()
	conn, err := r.lab.Host(host).Dial(within(t), netip.AddrPort{}, to)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Send(within(t), conn, m)
	if err != nil {
		t.Fatalf("%v: %v", err, c.Transcript())
	}
	return c
}

// TestRecording: on every release, what the two sides of the recording say is what the client sent and got, and what the
// server logged; a translated port and shifted numbers change nothing. The same is in the pcap files.
func TestRecording(t *testing.T) {
	for _, name := range labReleases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in := Mail{From: "a@example.net", To: []string{"b@example.com"}, Data: body(200)}
			out := Mail{From: "b@example.com", To: []string{"a@example.net"}, Data: body(3)}
			var clients [2]*SMTPClient
			var mail, mx *MailServer
			all := live(t, RunOptions{Release: name, Transcript: dir}, func(r *run) {
				mail, mx = r.lab.Mail(), r.lab.MX()
				clients[0] = sendFrom(t, r, "client", netip.AddrPortFrom(MailGlobal, 25), Sender{}, in)
				clients[1] = sendFrom(t, r, "desk", netip.AddrPortFrom(ClientAddr, 25), Sender{}, out)
			})
			if len(all) != 2 {
				t.Fatalf("%d connections", len(all))
			}
			for i, server := range []*MailServer{mail, mx} {
				c := all[i]
				peer, _ := c.Ends(ServerSide)
				log := logOf(server, peer)
				if len(log) < 8 {
					t.Errorf("connection %d: the server logged %v", c.Number, log)
				}
				agrees(t, c, clients[i].Transcript(), log)
				if got := octetsOf(compare(c).courses[ClientSide].out); !bytes.Contains(got, stuffed([][]byte{in.Data, out.Data}[i])) {
					t.Errorf("connection %d: the message did not reach the server whole", c.Number)
				}
				checkPcaps(t, filepath.Join(dir, "x", name), c)
			}
			own, _ := all[1].Ends(ClientSide)
			if seen, _ := all[1].Ends(ServerSide); seen.Addr() == own.Addr() || seen.Addr().Is4() != own.Addr().Is4() {
				t.Errorf("%v was not translated", own)
			}
		})
	}
}

// checkPcaps reads both pcap files of a connection: every checksum is right, and the payload that is in them is what was
// recorded, segment for segment. It says whether sequence numbers differ between the sides.
func checkPcaps(t *testing.T, dir string, c *Recording) {
	t.Helper()
	for side, rest := range [...]string{"client", "server"} {
		var want, got []string
		for _, s := range c.Segments {
			if s.On == Side(side) {
				want = append(want, fmt.Sprintf("%d %q", s.Flags, s.Payload))
			}
		}
		from, _ := c.Ends(Side(side))
		for _, f := range pcapFrames(t, filepath.Join(dir, fmt.Sprintf("%04d-%s.pcap", c.Number, rest))) {
			var d packet.Parsed
			d.Decode(f)
			p := d.Packet(0, false)
			if d.Kind != packet.KindTCP || !p.IP.ChecksumOK() || !p.TransportOK() {
				t.Fatalf("connection %d, %s: not a good TCP frame: % x", c.Number, rest, f)
			}
			if d.SrcPort != from.Port() && d.DstPort != from.Port() {
				t.Errorf("connection %d, %s: ports %d and %d, want %v", c.Number, rest, d.SrcPort, d.DstPort, from)
			}
			got = append(got, fmt.Sprintf("%d %q", d.Flags, p.TCP().Payload()))
		}
		if !slices.Equal(got, want) {
			t.Errorf("connection %d, %s: %d frames, recorded are %d", c.Number, rest, len(got), len(want))
		}
	}
}

// pcapFrames reads a pcap file by hand.
func pcapFrames(t *testing.T, name string) (frames [][]byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const head, record = 24, 16
	if len(b) < head || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 || b[20] != 1 {
		t.Fatalf("%s is no pcap file of Ethernet frames", name)
	}
	for b = b[head:]; len(b) > 0; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		frames = append(frames, b[record:record+n])
		b = b[record+n:]
	}
	return frames
}

// TestRecordingOverBadWires: lost, doubled and reordered frames are in the recording as what they are, and change nothing
// of what it says about octets.
func TestRecordingOverBadWires(t *testing.T) {
	for _, name := range []string{"pix-4.1", "pix-6.3", "asa-8.2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := Mail{From: "a@example.net", To: []string{"b@example.com"}, Data: body(3000)}
			var client *SMTPClient
			var mail *MailServer
			bad := func(host string, l link.Link) link.Link {
				if host == "desk" {
					return l
				}
				return link.Impair(l, link.Impairment{Duplicate: 0.1, Reorder: 0.1, Seed: uint64(len(host))})
			}
			all := live(t, RunOptions{Release: name, wire: bad}, func(r *run) {
				mail = r.lab.Mail()
				client = sendFrom(t, r, "client", netip.AddrPortFrom(MailGlobal, 25), Sender{}, m)
			})
			if len(all) != 1 {
				t.Fatalf("%d connections", len(all))
			}
			peer, _ := all[0].Ends(ServerSide)
			agrees(t, all[0], client.Transcript(), logOf(mail, peer))
			again := 0
			for _, n := range compare(all[0]).notes {
				if n.again {
					again++
				}
			}
			text := rendered(t, all[0], RenderOptions{})
			if again == 0 || !strings.Contains(text, " octets again") {
				t.Errorf("%d segments came again", again)
			}
			if n := len(text); n > 300_000 {
				t.Errorf("a transcript of %d characters", n)
			}
		})
	}
}

func rendered(t *testing.T, c *Recording, o RenderOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// chance is what differs between runs: the ports of clients.
var chance = regexp.MustCompile(`198\.51\.100\.25:\d+`)

// TestRecordingText is the whole transcript of one dialogue.
func TestRecordingText(t *testing.T) {
	for name, want := range map[string]string{
		"pix-6.3": `connection 1 through pix-6.3, inspected
client side  outside: CLIENT -> 203.0.113.10:25
server side  inside: CLIENT -> 10.1.1.10:25
ended        both ends closed it
to server    29 octets sent, 29 got: 4 changed, 0 withheld, 0 added
to client    295 octets sent, 295 got: 99 changed, 0 withheld, 0 added
below an octet: ^ changed  ? withheld  + added by the firewall; segments that only acknowledge are not shown

client side                                        | server side
-----------------------------------------------------------------------------------------------------
-> SYN                                             |
                                                   | -> SYN
<- SYN                                             | <- SYN
`,
		"pix-4.1": `connection 1 through pix-4.1, inspected
`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := live(t, RunOptions{Release: name}, func(r *run) {
				for _, line := range []string{"client dial", "client greeting -re .", "client send EHLO me", "client reply -re .", "client send HELO you",
					"client reply -re .", "client send QUIT", "client reply -re ^221", "client sees-close"} {
					st, err := parseStep(line)
					if err == nil {
						err = st.cmd.run(r, within(t), st.args)
					}
					if err != nil {
						t.Fatalf("%s: %v", line, err)
					}
				}
			})
			got := chance.ReplaceAllString(rendered(t, all[0], RenderOptions{NoTimes: true, Column: 50}), "CLIENT")
			if got != want {
				t.Errorf("got\n%s", got)
			}
		})
	}
}
