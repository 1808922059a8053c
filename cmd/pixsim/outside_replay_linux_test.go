package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"pixsim/appliance/release"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// Both sides of the box are VLANs of one wire, so that one capture has what both sides send, in order. Nothing of the box is
// random: its sequence numbers are those of the hosts.
const (
	outsideVLAN = 10
	insideVLAN  = 20
)

var replayConfigs = map[string]string{
	"pix-6.3": `interface ethernet0 auto
interface ethernet0 vlan10 physical
interface ethernet0 vlan20 logical
nameif ethernet0 outside security0
nameif ethernet1 unused security50
nameif vlan20 inside security100
fixup protocol smtp 25
ip address outside 203.0.113.1 255.255.255.0
ip address inside 10.1.1.1 255.255.255.0
static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255 0 0 norandomseq
access-list outside_in permit tcp any host 203.0.113.10 eq smtp
access-list outside_in permit udp any host 203.0.113.10 eq 5000
access-group outside_in in interface outside
`,
	"asa-8.2": `interface Ethernet0/0
 no shutdown
interface Ethernet0/0.10
 vlan 10
 nameif outside
 security-level 0
 ip address 203.0.113.1 255.255.255.0
interface Ethernet0/0.20
 vlan 20
 nameif inside
 security-level 100
 ip address 10.1.1.1 255.255.255.0
access-list outside_in extended permit tcp any host 203.0.113.10 eq smtp
access-list outside_in extended permit udp any host 203.0.113.10 eq 5000
access-group outside_in in interface outside
static (inside,outside) 203.0.113.10 10.1.1.10 netmask 255.255.255.255 norandomseq
policy-map global_policy
 class inspection_default
  inspect esmtp
service-policy global_policy global
`,
}

// recording is a capture that is being made.
type recording struct {
	t      *testing.T
	out    *link.Pcap
	at     time.Time
	box    [6]byte
	frames int
}

func (r *recording) add(vlan uint16, to, from [6]byte, kind uint16, body []byte) {
	b := packet.AppendEthernet(nil, to, from, packet.TypeVLAN)
	b = append(b, byte(vlan>>8), byte(vlan), byte(kind>>8), byte(kind))
	if vlan == 0 {
		b = packet.AppendEthernet(nil, to, from, kind)
	}
	b = append(b, body...)
	for len(b) < 60 {
		b = append(b, 0)
	}
	r.at = r.at.Add(time.Millisecond)
	r.frames++
	if err := r.out.WriteFrame(r.at, b, 0); err != nil {
		r.t.Fatal(err)
	}
}

func station(addr uint32) [6]byte {
	return [6]byte{2, 0, byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)}
}

func (r *recording) ip(vlan uint16, p packet.IPv4) {
	r.add(vlan, r.box, station(p.Src()), packet.TypeIPv4, p)
}

func (r *recording) asks(vlan uint16, who, whom uint32) {
	r.add(vlan, [6]byte{255, 255, 255, 255, 255, 255}, station(who), packet.TypeARP,
		packet.AppendARP(nil, packet.ARPRequest, station(who), who, [6]byte{}, whom))
}

func addr(text string) uint32 { return packet.U32(netip.MustParseAddr(text)) }

// mail is a dialogue by SMTP in segments: what a client says, and what a server answers.
func (r *recording) mail(clientPort uint16) {
	client, server := uint32(1000), uint32(7000)
	segment := func(inside bool, flags uint8, text string) {
		h := packet.Header{Src: addr(farHost), Dst: addr(published), TTL: 64, ID: uint16(r.frames)}
		s := packet.Segment{SrcPort: clientPort, DstPort: 25, Seq: client, Ack: server, Flags: flags, Window: 8192, Payload: []byte(text)}
		next := &client
		if inside {
			h.Src, h.Dst = addr(nearHost), addr(farHost)
			s.SrcPort, s.DstPort, s.Seq, s.Ack = 25, clientPort, server, client
			next = &server
		}
		if flags&packet.ACK == 0 {
			s.Ack = 0
		}
		*next += uint32(len(text))
		if flags&(packet.SYN|packet.FIN) != 0 {
			*next++
		}
		vlan := uint16(outsideVLAN)
		if inside {
			vlan = insideVLAN
		}
		r.ip(vlan, packet.AppendTCP(nil, h, s))
	}
	segment(false, packet.SYN, "")
	segment(true, packet.SYN|packet.ACK, "")
	segment(false, packet.ACK, "")
	segment(true, packet.ACK|packet.PSH, "220 mail.example.com Microsoft ESMTP MAIL Service\r\n")
	for _, line := range []string{"EHLO client.example.net", "HELO client.example.net", "WIZ", "VRFY root", "MAIL FROM:<a@example.net>", "RCPT TO:<b@example.com>", "NOOP"} {
		segment(false, packet.ACK|packet.PSH, line+"\r\n")
		segment(true, packet.ACK|packet.PSH, "250 mail.example.com says that this is fine\r\n")
	}
	segment(false, packet.ACK|packet.PSH, "QUIT\r\n")
	segment(true, packet.ACK|packet.PSH|packet.FIN, "221 bye\r\n")
	segment(false, packet.ACK|packet.FIN, "")
	segment(true, packet.ACK, "")
}

// record makes the capture that is played: mail, datagrams whole and in pieces, what the policy denies, and what is no packet.
// The last frame is the mark. The box itself is asked for nothing: its own host answers when it comes to it.
func record(t *testing.T, file string, box [6]byte, mark []byte) {
	t.Helper()
	out, err := link.CreatePcap(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{t: t, out: out, at: time.Unix(1060000000, 0), box: box}
	far, near := addr(farHost), addr(nearHost)
	r.asks(outsideVLAN, far, addr(boxHost))
	r.asks(insideVLAN, near, addr("10.1.1.1"))
	r.asks(outsideVLAN, far, addr(published))
	for port := range uint16(5) {
		r.mail(2000 + port)
	}
	datagram := func(port uint16, n int) packet.IPv4 {
		return packet.AppendUDP(nil, packet.Header{Src: far, Dst: addr(published), TTL: 9, ID: uint16(r.frames)}, 4000, port, bytes.Repeat([]byte{byte(n)}, n))
	}
	for _, n := range []int{0, 1, 18, 19, 500, 1472} {
		r.ip(outsideVLAN, datagram(markPort, n))
		r.ip(outsideVLAN, datagram(137, n))
		r.ip(insideVLAN, packet.AppendUDP(nil, packet.Header{Src: near, Dst: far, TTL: 64}, markPort, 4000, make([]byte, n)))
	}
	for _, size := range []int{200, 576, 1500} {
		var pieces []packet.IPv4
		for cut := packet.Fragment(datagram(markPort, 4000), size); ; {
			p := cut.Next(make([]byte, size))
			if p == nil {
				break
			}
			pieces = append(pieces, p)
		}
		if size == 576 {
			slices.Reverse(pieces)
		}
		for _, p := range pieces {
			r.ip(outsideVLAN, p)
		}
	}
	for _, port := range []uint16{22, 80, 113} {
		r.ip(outsideVLAN, packet.AppendTCP(nil, packet.Header{Src: far, Dst: addr(published)}, packet.Segment{SrcPort: 1, DstPort: port, Flags: packet.SYN}))
	}
	r.ip(0, datagram(markPort, 9))  // without a tag
	r.ip(99, datagram(markPort, 9)) // with one that is nobody's
	r.add(outsideVLAN, box, station(far), 0x88b5, make([]byte, 100))
	r.ip(outsideVLAN, packet.AppendUDP(nil, packet.Header{Src: far, Dst: addr(published)}, 4000, markPort, mark))
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// playsLink boots a box whose wire plays a capture, and returns what the box sends.
func playsLink(t *testing.T, release, config, capture string, mark []byte, timed string) [][]byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.pcap")
	b := bootRelease(t, release, "--startup-config", config, "--link", trunkOf(release)+"=pcap:"+capture+","+out+timed)
	defer b.stops()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		frames := framesOf(t, out)
		if i := slices.IndexFunc(frames, func(f []byte) bool { return bytes.Contains(f, mark) }); i >= 0 {
			return frames[:i]
		}
	}
	t.Fatal("the last frame does not come")
	return nil
}

func trunkOf(r string) string {
	if r == "pix-6.3" {
		return "ethernet0"
	}
	return "Ethernet0/0"
}

// framesOf are the whole frames of a capture that may be growing.
func framesOf(t *testing.T, file string) (frames [][]byte) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		data, _, err := r.ReadPacketData()
		if err != nil {
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				t.Fatal(err)
			}
			return frames
		}
		frames = append(frames, data)
	}
}

// TestNamespacesReplay: a capture that tcpreplay sends through a pair of interfaces gets the same frames out of the box, octet by
// octet, as the same capture played by a pcap link, at once or by its times.
func TestNamespacesReplay(t *testing.T) {
	client(t, "tcpreplay")
	for name, text := range replayConfigs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if os.Getuid() != 0 {
				t.Skip("network namespaces need root")
			}
			rel, err := release.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			config, capture := filepath.Join(dir, "startup-config"), filepath.Join(dir, "in.pcap")
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			mark := []byte("the last datagram of the capture")
			record(t, capture, rel.Model.MACOf(0), mark)
			want := playsLink(t, name, config, capture, mark, "")
			if len(want) < 100 {
				t.Fatalf("%d frames leave", len(want))
			}
			sameFrames(t, "by its times", playsLink(t, name, config, capture, mark, ",timed"), want)

			far, mid := newSpace(t), newSpace(t)
			for _, n := range []*space{far, mid} {
				n.do(func() { os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0) })
			}
			mid.ip("link", "add", "o0", "type", "veth", "peer", "name", "eth0", "netns", far.id())
			mid.ip("link", "set", "o0", "up")
			far.ip("link", "set", "eth0", "up")
			back := far.sniffs("eth0")
			var b *box
			mid.do(func() { b = bootRelease(t, name, "--startup-config", config, "--link", trunkOf(name)+"=packet:o0") })
			if code, out := far.runs("tcpreplay", "-q", "--topspeed", "-i", "eth0", capture); code != 0 {
				t.Fatalf("tcpreplay: %d %s", code, out)
			}
			got, ok := back.until(func(f []byte) bool { return bytes.Contains(f, mark) }, patience)
			if !ok || back.lost() != 0 {
				t.Fatalf("the last frame does not come, or %d are lost", back.lost())
			}
			sameFrames(t, "by tcpreplay", got, want)
			b.stops()
		})
	}
}

// sameFrames compares what left, but for the padding that some wires have and others not.
func sameFrames(t *testing.T, how string, got, want [][]byte) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w []byte
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		n := min(len(g), len(w))
		if n == 0 || !bytes.Equal(g[:n], w[:n]) || len(bytes.Trim(g[n:], "\x00"))+len(bytes.Trim(w[n:], "\x00")) > 0 {
			t.Errorf("%s: %d frames, not %d; the %dth is\n%s, not\n%s", how, len(got), len(want), i, hex.Dump(g), hex.Dump(w))
			return
		}
	}
}
