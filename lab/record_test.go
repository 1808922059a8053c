package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pixsim/appliance/release"
	"pixsim/dataplane"
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
		return r.onMailServer().eventually(ctx, func() error {
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

// sendFrom delivers a mail from a host of the lab, by HELO after an EHLO that may be refused, and returns the client.
func sendFrom(t *testing.T, r *run, host string, to netip.AddrPort, m Mail) *SMTPClient {
	t.Helper()
	conn, err := r.lab.Host(host).Dial(within(t), netip.AddrPort{}, to)
	if err != nil {
		t.Fatal(err)
	}
	c := NewSMTPClient(conn, 20*time.Second)
	defer c.Close()
	if _, err := c.Reply(); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"EHLO client.example.net", "HELO client.example.net", "MAIL FROM:<" + m.From + ">", "RCPT TO:<" + m.To[0] + ">"} {
		if got, err := c.Cmd(line); err != nil || !got.OK() && !strings.HasPrefix(line, "EHLO") {
			t.Fatalf("%s: %v %v", line, got, err)
		}
	}
	if got, err := c.Data(m.Data); err != nil || !got.OK() {
		t.Fatalf("end of data: %v %v", got, err)
	}
	if got, err := c.Cmd("QUIT"); err != nil || got.Code != 221 {
		t.Fatalf("QUIT: %v %v", got, err)
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
				clients[0] = sendFrom(t, r, "client", netip.AddrPortFrom(MailGlobal, 25), in)
				clients[1] = sendFrom(t, r, "desk", netip.AddrPortFrom(ClientAddr, 25), out)
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
			all := live(t, RunOptions{Release: name, lab: Options{Wire: bad}}, func(r *run) {
				mail = r.lab.Mail()
				client = sendFrom(t, r, "client", netip.AddrPortFrom(MailGlobal, 25), m)
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

// golden compares a transcript with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "record", name+".txt")
	if *updateRecords {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%v: the transcript is not %s:\n%s", err, file, got)
	}
}

var updateRecords = flag.Bool("update-records", false, "write the transcripts of testdata/record again")

// TestRecordingText is the whole transcript of one dialogue.
func TestRecordingText(t *testing.T) {
	for _, name := range []string{"pix-4.1", "pix-6.3", "asa-8.2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A busy machine must not make anybody send again.
			all := live(t, RunOptions{Release: name, lab: Options{MinRTO: time.Minute}}, func(r *run) {
				r.o.Wait = 10 * time.Second
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
			golden(t, name, chance.ReplaceAllString(rendered(t, all[0], RenderOptions{NoTimes: true, Column: 50}), "CLIENT"))
		})
	}
}

// tapFeed feeds a Recorder as an engine does, with numbers that differ on the two sides.
type tapFeed struct {
	r   *Recorder
	now time.Time
}

const fedConn = 7

// feed is a connection that a Recorder is told of.
func feed(r *Recorder, conn uint32, port uint16) (*tapFeed, bool) {
	f := &tapFeed{r: r, now: testNow}
	end := func(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
	return f, r.Opened(dataplane.TapConn{Number: conn, At: f.now, Inspected: true, Sides: [2]dataplane.TapSide{
		{If: "outside", Own: end("192.0.2.1:1025"), Peer: netip.AddrPortFrom(MailGlobal, port)},
		{If: "inside", Own: netip.AddrPortFrom(MailAddr, port), Peer: end("192.0.2.1:1025")},
	}})
}

// seg is a segment on a side; place is that of its first octet, counted as wirePlace does.
func (f *tapFeed) seg(from, on Side, flags uint8, place int64, payload string) {
	base := [2][2]uint32{{0xffffff00, 5}, {77, 0x80000000}}[from][on]
	ends := [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:1025"), netip.AddrPortFrom(MailAddr, 25)}
	seq := base + uint32(place)
	if flags&packet.SYN != 0 {
		seq--
	}
	b := packet.AppendEthernet(nil, [6]byte{2}, [6]byte{4}, packet.TypeIPv4)
	b = packet.AppendTCP(b, packet.Header{Src: packet.U32(ends[from].Addr()), Dst: packet.U32(ends[1-from].Addr())}, packet.Segment{
		SrcPort: ends[from].Port(), DstPort: ends[1-from].Port(), Seq: seq, Flags: flags, Payload: []byte(payload),
	})
	f.r.Packet(fedConn, dataplane.TapPacket{At: f.now, Side: int(on), Leaves: on != from, Frame: b})
}

// came is a segment that arrives a millisecond later, left one that leaves at once.
func (f *tapFeed) came(from Side, flags uint8, place int64, payload string) {
	f.now = f.now.Add(time.Millisecond)
	f.seg(from, from, flags, place, payload)
}

func (f *tapFeed) left(from Side, flags uint8, place int64, payload string) {
	f.seg(from, 1-from, flags, place, payload)
}

// passes is a segment that leaves as it came.
func (f *tapFeed) passes(from Side, flags uint8, place int64, payload string) {
	f.came(from, flags, place, payload)
	f.left(from, flags, place, payload)
}

func (f *tapFeed) opens() {
	f.passes(ClientSide, packet.SYN, 0, "")
	f.passes(ServerSide, packet.SYN|packet.ACK, 0, "")
	f.passes(ClientSide, packet.ACK, 0, "")
}

// fed is the only recording.
func fed(t *testing.T, r *Recorder) *Recording {
	t.Helper()
	all := r.Recordings()
	if len(all) != 1 {
		t.Fatalf("%d recordings", len(all))
	}
	return all[0]
}

// TestRecordingSigns is a transcript with all there can be in one.
func TestRecordingSigns(t *testing.T) {
	r := NewRecorder("pix-4.1")
	f, _ := feed(r, fedConn, 25)
	f.opens()
	f.came(ServerSide, packet.ACK, 0, "220 a.example \"ESMTP\"\t\\\x00\xff\r\n")
	f.left(ServerSide, packet.ACK, 0, "220 ********* \"ESMTP\"\t\\\x00\xff\r\n")
	// Typed: the first piece is withheld until the line is whole.
	f.came(ClientSide, packet.ACK, 0, "HE")
	f.came(ClientSide, packet.ACK, 0, "HE")
	f.passes(ClientSide, packet.ACK, 0, "HELO x\r\n")
	f.came(ServerSide, packet.ACK, 27, "250 hi\r\n")
	f.left(ServerSide, packet.ACK, 27, "250 hi\r\n")
	f.came(ServerSide, packet.ACK, 27, "250 hi\r\n") // again, and it does not go on
	// Swallowed, answered, and what follows has other places on the two sides.
	f.now = f.now.Add(time.Millisecond)
	f.seg(ClientSide, ClientSide, packet.ACK, 8, "FOO\r\nNOOP\r\n")
	f.r.Edited(fedConn, dataplane.TapEdit{From: 0, In: 8, Out: 8, Swallowed: 5})
	f.r.Edited(fedConn, dataplane.TapEdit{From: 1, In: 35, Out: 35, Inserted: 4})
	f.left(ClientSide, packet.ACK, 8, "NOOP\r\n")
	f.left(ServerSide, packet.ACK, 35, "OK\r\n")
	f.came(ServerSide, packet.ACK, 35, "250 ok\r\n")
	f.left(ServerSide, packet.ACK, 39, "250 ok\r\n")
	f.came(ServerSide, packet.ACK, 27, "999 no\r\n") // other octets than the first time
	f.left(ServerSide, packet.ACK, 27, "250 hi\r\n")
	long := strings.Repeat("0123456789", 60)
	f.came(ClientSide, packet.ACK, 19, long+"\r\n")
	f.left(ClientSide, packet.ACK, 14, long+"\r\n")
	f.came(ClientSide, packet.RST|packet.ACK, 621, "")
	f.left(ClientSide, packet.RST|packet.ACK, 616, "")
	r.Closed(fedConn, f.now, dataplane.ReasonResetO)
	c := fed(t, r)
	golden(t, "signs", rendered(t, c, RenderOptions{}))
	brief := rendered(t, c, RenderOptions{Brief: true, Column: 40})
	golden(t, "signs-brief", brief)
	for line := range strings.Lines(brief) {
		if n := len(strings.TrimRight(line, "\n")); n > 2*40+3+11 && !strings.HasPrefix(line, "below") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	m := compare(c)
	if m.same() || m.courses[ServerSide].find(true, []byte("999"), func(int64) bool { return true }) {
		t.Error("what was sent the second time counts")
	}
	colour := rendered(t, c, RenderOptions{Colour: true})
	if bare := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(colour, ""); bare == colour || bare != rendered(t, c, RenderOptions{}) {
		t.Error("colours change more than colours")
	}
}

// TestComparisonProperty: whatever the box did to a stream, in whatever pieces, each octet has the sign of what was done to
// it, and repetitions change nothing.
func TestComparisonProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewRecorder("pix-4.1")
		f, _ := feed(r, fedConn, 25)
		f.opens()
		from := Side(rapid.IntRange(0, 1).Draw(t, "from"))
		var in, out []byte
		var inSigns, outSigns []sign
		octets := func(n int, what string) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, what) }
		type piece struct{ from, to int }
		var came, left []piece
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			n := rapid.IntRange(1, 9).Draw(t, "octets")
			does := rapid.SampledFrom([]sign{same, same, changed, withheld, added}).Draw(t, "does")
			edit := dataplane.TapEdit{From: int(from), In: uint32(len(in)), Out: uint32(len(out))}
			atIn, atOut := len(in), len(out)
			if does != added {
				b := octets(n, "in")
				f.came(from, packet.ACK, int64(len(in)), string(b))
				in, inSigns = append(in, b...), append(inSigns, signs(does, n)...)
				came = append(came, piece{atIn, len(in)})
			}
			switch does {
			case same, changed:
				b := slices.Clone(in[atIn:])
				for i := range b {
					if does == changed {
						b[i] ^= 0x20
					}
				}
				out, outSigns = append(out, b...), append(outSigns, signs(does, n)...)
			case withheld:
				edit.Swallowed = uint32(n)
				f.r.Edited(fedConn, edit)
			case added:
				edit.Inserted = uint32(n)
				f.r.Edited(fedConn, edit)
				out, outSigns = append(out, octets(n, "inserted")...), append(outSigns, signs(does, n)...)
			}
			if len(out) > atOut {
				f.left(from, packet.ACK, int64(atOut), string(out[atOut:]))
				left = append(left, piece{atOut, len(out)})
			}
			if len(came) > 0 && rapid.Bool().Draw(t, "again") {
				p := rapid.SampledFrom(came).Draw(t, "which")
				f.came(from, packet.ACK, int64(p.from), string(in[p.from:p.to]))
			}
			if len(left) > 0 && rapid.Bool().Draw(t, "left again") {
				p := rapid.SampledFrom(left).Draw(t, "which left")
				f.left(from, packet.ACK, int64(p.from), string(out[p.from:p.to]))
			}
		}
		c := r.Recordings()[0]
		m := compare(c)
		for i, s := range c.Segments {
			want := outSigns
			if s.Arrived() {
				want = inSigns
			}
			if n := int64(len(s.Payload)); n > 0 && !slices.Equal(m.notes[i].signs, want[s.Off:s.Off+n]) {
				t.Fatalf("segment %d at %d: signs %q, want %q", i, s.Off, m.notes[i].signs, want[s.Off:s.Off+n])
			}
		}
		arrived, gone, sum := m.sum(from)
		count := func(all []sign, what sign) (n int) {
			for _, s := range all {
				if s == what {
					n++
				}
			}
			return n
		}
		if arrived != len(in) || gone != len(out) || sum[withheld] != count(inSigns, withheld) || sum[added] != count(outSigns, added) || sum[changed] != count(outSigns, changed) {
			t.Fatalf("%d in, %d out, %v; want %d, %d, %q %q", arrived, gone, sum, len(in), len(out), inSigns, outSigns)
		}
		var b bytes.Buffer
		if err := c.Render(&b, RenderOptions{Column: rapid.IntRange(20, 80).Draw(t, "column")}); err != nil {
			t.Fatal(err)
		}
	})
}

func signs(what sign, n int) []sign { return slices.Repeat([]sign{what}, n) }

// TestRecorderTakesAnything: no packet and no edit that an engine could be made to show breaks it.
func TestRecorderTakesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewRecorder("pix-4.1")
		f, _ := feed(r, fedConn, 25)
		side := rapid.IntRange(0, 1)
		place := rapid.OneOf(rapid.Int64Range(-5, 50), rapid.Int64Range(-1<<31, 1<<31), rapid.Int64Range(maxPlace-3, maxPlace+3))
		for range rapid.IntRange(0, 30).Draw(t, "packets") {
			if rapid.IntRange(0, 4).Draw(t, "what") == 0 {
				n := rapid.Uint32()
				r.Edited(fedConn, dataplane.TapEdit{From: side.Draw(t, "from"), In: n.Draw(t, "in"), Out: n.Draw(t, "out"),
					Swallowed: n.Draw(t, "swallowed"), Inserted: n.Draw(t, "inserted")})
				continue
			}
			f.now = f.now.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "ns")))
			f.seg(Side(side.Draw(t, "from")), Side(side.Draw(t, "on")), rapid.Byte().Draw(t, "flags"), place.Draw(t, "place"), rapid.StringN(0, 9, 20).Draw(t, "text"))
		}
		c := r.Recordings()[0]
		if err := c.Render(io.Discard, RenderOptions{ACKs: rapid.Bool().Draw(t, "acks")}); err != nil {
			t.Fatal(err)
		}
		compare(c).short()
	})
}

// TestRecordingBounds: what is not kept is counted and said, and marks nothing as withheld that may have left later.
func TestRecordingBounds(t *testing.T) {
	t.Run("octets", func(t *testing.T) {
		r := NewRecorder("pix-6.3")
		f, _ := feed(r, fedConn, 25)
		f.opens()
		f.passes(ServerSide, packet.ACK, 0, "220 hi\r\n")
		const size = 10_000
		text := strings.Repeat("a", size)
		place := int64(0)
		for range 4 * maxOctets / size {
			f.passes(ClientSide, packet.ACK, place, text)
			place += size
		}
		c := fed(t, r)
		kept := 0
		for _, s := range c.Segments {
			kept += len(s.Payload)
		}
		if kept < maxOctets || kept > maxOctets+2*size {
			t.Errorf("%d octets are kept", kept)
		}
		notKept := 4*maxOctets/size*size - (kept-16)/2
		out := rendered(t, c, RenderOptions{})
		for _, side := range []string{"client", "server"} {
			want := fmt.Sprintf("... %d more octets in %d segments on the %s side were not kept", notKept, notKept/size, side)
			if !strings.Contains(out, want) {
				t.Errorf("no %q in ...%s", want, out[max(0, len(out)-400):])
			}
		}
		if !compare(c).same() {
			t.Error("the sides differ")
		}
	})
	t.Run("what left behind the bound", func(t *testing.T) {
		r := NewRecorder("pix-6.3")
		f, _ := feed(r, fedConn, 25)
		f.opens()
		f.came(ClientSide, packet.ACK, 0, "withheld")
		if _, _, signs := compare(fed(t, r)).sum(ClientSide); signs[withheld] != 8 {
			t.Errorf("%v", signs)
		}
		for i := range maxSegments {
			f.came(ServerSide, packet.ACK, int64(i), "x")
		}
		f.left(ClientSide, packet.ACK, 0, "withheld")
		c := fed(t, r)
		if _, _, signs := compare(c).sum(ClientSide); signs[withheld] != 0 || len(c.Segments) > maxSegments {
			t.Errorf("%v of %d segments", signs, len(c.Segments))
		}
	})
	t.Run("far places", func(t *testing.T) {
		r := NewRecorder("pix-6.3")
		f, _ := feed(r, fedConn, 25)
		f.opens()
		f.came(ClientSide, packet.ACK, 1<<30, "far")
		f.came(ClientSide, packet.ACK, -1, "x")
		f.passes(ClientSide, packet.ACK, 0, "near")
		m := compare(fed(t, r))
		if k := &m.courses[ClientSide]; len(k.in) > 100 || string(octetsOf(k.out)) != "near" {
			t.Errorf("%d places, %q", len(k.in), octetsOf(k.out))
		}
		if out := rendered(t, m.rec, RenderOptions{}); !strings.Contains(out, "3 far") || strings.Count(out, "???") != 1 {
			t.Errorf("%s", out)
		}
	})
	t.Run("memory of all", func(t *testing.T) {
		r := NewRecorder("pix-6.3")
		text := strings.Repeat("a", 60_000)
		for range 2 * maxHeld / maxOctets {
			f, _ := feed(r, fedConn, 25)
			f.opens()
			for n := range int64(10) {
				f.passes(ClientSide, packet.ACK, n*60_000, text)
			}
			r.Closed(fedConn, f.now, dataplane.ReasonFINs)
		}
		all, most := r.Recordings(), int64(maxHeld+maxOctets)
		kept := 0
		for _, c := range all {
			for _, s := range c.Segments {
				kept += len(s.Payload) + segmentCost
			}
		}
		if held := r.held.Load(); held < maxHeld/2 || held > most || int64(kept) != held {
			t.Errorf("%d octets are held, %d by recordings", held, kept)
		}
		if out := rendered(t, all[len(all)-1], RenderOptions{}); !strings.Contains(out, "more octets in") {
			t.Errorf("the last recording does not say what it lacks:\n%s", out)
		}
		for range maxFinished { // the old ones go
			f, _ := feed(r, fedConn, 25)
			r.Closed(fedConn, f.now, dataplane.ReasonFINs)
		}
		if held := r.held.Load(); held != 0 {
			t.Errorf("%d octets are held by none", held)
		}
	})
	t.Run("connections", func(t *testing.T) {
		r := NewRecorder("pix-6.3")
		for i := range maxRecorded {
			if _, ok := feed(r, uint32(i), 25); !ok {
				t.Fatalf("connection %d is not followed", i)
			}
		}
		for i := range 3 {
			if _, ok := feed(r, uint32(maxRecorded+i), 25); ok {
				t.Error("too many are followed")
			}
		}
		r.Closed(0, testNow, dataplane.ReasonFINs)
		feed(r, 1000, 25)
		all := r.Recordings()
		if last := all[len(all)-1]; last.Missed != 3 || !strings.Contains(rendered(t, last, RenderOptions{}), "\nmissing      3 connections before this one ") {
			t.Errorf("%+v", last)
		}
		for i := range 1001 {
			r.Closed(uint32(i), testNow, dataplane.ReasonFINs)
			feed(r, uint32(2000+i), 25)
			r.Closed(uint32(2000+i), testNow, dataplane.ReasonFINs)
		}
		if kept, _ := r.Forgotten(); len(r.Recordings()) != maxFinished || kept < 1000 {
			t.Errorf("%d are kept, %d forgotten", len(r.Recordings()), kept)
		}
	})
	t.Run("other ports", func(t *testing.T) {
		r := NewRecorder("pix-6.3")
		if r.Opened(dataplane.TapConn{Number: 1, Sides: [2]dataplane.TapSide{{Peer: netip.AddrPortFrom(MailGlobal, 2525)}, {Own: netip.AddrPortFrom(MailAddr, 2525)}}}) {
			t.Error("any port is followed")
		}
		feed(r, 2, 2525) // inspected
		if !r.Opened(dataplane.TapConn{Number: 3, Sides: [2]dataplane.TapSide{{Peer: netip.AddrPortFrom(MailGlobal, 2525)}, {Own: netip.AddrPortFrom(MailAddr, 2525)}}}) {
			t.Error("a port that was inspected is not followed when it no longer is")
		}
	})
}

// TestRecordFiles: a disk that does not take what there is to write disturbs nothing, and it is said once.
func TestRecordFiles(t *testing.T) {
	t.Run("unwritable", func(t *testing.T) {
		dir := t.TempDir()
		for _, name := range []string{"0003-client.pcap", "0004-client.pcap"} { // where a file should be
			if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "0002.txt"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var diag bytes.Buffer
		r, err := NewFileRecorder("pix-6.3", dir, &diag)
		if err != nil {
			t.Fatal(err)
		}
		r.number = 2 // the directories count as files, too
		for range 3 {
			f, _ := feed(r, fedConn, 25)
			f.opens()
			r.Closed(fedConn, f.now, dataplane.ReasonFINs)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Count(diag.String(), "\n") != 1 || !strings.HasPrefix(diag.String(), "pixsim: transcript: open "+dir+"/0003-client.pcap: is a directory") {
			t.Errorf("said %q", &diag)
		}
		for _, n := range []int{3, 4, 5} {
			text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%04d.txt", n)))
			if lost := strings.Contains(string(text), "... 3 frames are missing in the pcap file of the client side"); err != nil || lost != (n < 5) {
				t.Errorf("%d: %v\n%s", n, err, text)
			}
			if got := len(pcapFrames(t, filepath.Join(dir, fmt.Sprintf("%04d-server.pcap", n)))); got != 3 {
				t.Errorf("%d: %d frames of the server side", n, got)
			}
		}
		if kept := r.Recordings(); len(kept) != 0 || r.held.Load() != 0 {
			t.Errorf("%d recordings are kept in memory, %d octets", len(kept), r.held.Load())
		}
	})
	t.Run("numbers go on", func(t *testing.T) {
		dir := t.TempDir()
		for want := 1; want <= 3; want++ {
			r, err := NewFileRecorder("pix-6.3", dir, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			f, _ := feed(r, fedConn, 25)
			f.opens()
			r.Close()
			text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%04d.txt", want)))
			if err != nil || !strings.Contains(string(text), "ended        it was still open when the recording ended\n") {
				t.Errorf("%v %s", err, text)
			}
			if info, err := os.Stat(filepath.Join(dir, fmt.Sprintf("%04d.txt", want))); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mail is for its owner's eyes: %v %v", info, err)
			}
		}
	})
	t.Run("slow", func(t *testing.T) {
		// Nobody takes anything out of the queue.
		r := NewRecorder("pix-6.3")
		r.files = &recordFiles{diag: t.Output()}
		r.files.ready.L = &r.files.mu
		f, _ := feed(r, fedConn, 25)
		f.opens()
		for i := range maxWaiting {
			f.passes(ClientSide, packet.ACK, int64(i), "x")
		}
		c := fed(t, r)
		if n := len(r.files.queue); n != maxWaiting || c.lost[0]+c.lost[1] != maxWaiting+6 {
			t.Errorf("%d wait, lost %v", n, c.lost)
		}
		if out := rendered(t, c, RenderOptions{}); !strings.Contains(out, fmt.Sprintf("... %d frames are missing", c.lost[0])) {
			t.Errorf("the transcript does not say so: ...%s", out[len(out)-300:])
		}
		r.files.queue, r.files.octets = nil, 0
		big := strings.Repeat("x", 60_000)
		for i := range maxWaitingOctets/60_000 + 10 {
			f.came(ClientSide, packet.ACK, int64(i), big)
		}
		if r.files.octets > maxWaitingOctets || len(r.files.queue) > maxWaitingOctets/60_000 {
			t.Errorf("%d octets wait", r.files.octets)
		}
		r.Closed(fedConn, f.now, dataplane.ReasonFINs)
		for i := range maxEndedWaiting {
			if _, ok := feed(r, uint32(i), 25); !ok && i < maxEndedWaiting-1 {
				t.Fatalf("connection %d is not followed", i)
			}
			r.Closed(uint32(i), f.now, dataplane.ReasonFINs)
		}
		if _, ok := feed(r, 1, 25); ok || r.files.ended > maxEndedWaiting {
			t.Errorf("%d transcripts wait", r.files.ended)
		}
	})
}
