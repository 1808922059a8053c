package appliance

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/dataplane"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// bench is a box of one release without a console: configuration lines are typed at it, packets are put on its wires. Its
// interfaces are outside 203.0.113.1/24, inside 10.1.1.1/24 and, from 4.1 on, dmz 192.168.1.1/24; the default route leads
// to 203.0.113.254, 10.2.0.0/16 to 10.1.1.254. Every address on the wires answers ARP, but for the box's own.
type bench struct {
	t     *testing.T
	rel   *release.Release
	text  *cli.Reader
	lines []string
	c     *config.Config
	k     *compiler
	e     *dataplane.Engine
	now   time.Time
	out   dataplane.Output
	logs  []string
	last  packet.IPv4 // what left last
}

func newBench(t *testing.T, r *release.Release) *bench {
	three := *r // the third interface of models that have slots for it
	if r.Config.InterfaceName == "" {
		return benchOf(t, r, cli.NewReader(r))
	}
	three.Model.Interfaces = append(slices.Clone(r.Model.Interfaces[:2]), "ethernet2")
	three.Model.IRQ = append(slices.Clone(r.Model.IRQ[:2]), 9)
	return benchOf(t, &three, cli.NewReader(&three))
}

// another is a bench like b was at first.
func (b *bench) another(t *testing.T) *bench { return benchOf(t, b.rel, b.text) }

func benchOf(t *testing.T, r *release.Release, text *cli.Reader) *bench {
	b := &bench{t: t, rel: r, text: text, now: time.Date(2003, 7, 4, 12, 0, 0, 0, time.UTC)}
	b.k = &compiler{rel: b.rel, mac: b.rel.Model.MACOf}
	b.e = dataplane.New(dataplane.Options{Now: b.now, Rand: rand.New(rand.NewPCG(3, 4))})
	b.lines = []string{
		"ip address outside 203.0.113.1 255.255.255.0", "ip address inside 10.1.1.1 255.255.255.0",
		"route outside 0.0.0.0 0.0.0.0 203.0.113.254 1", "route inside 10.2.0.0 255.255.0.0 10.1.1.254 1",
	}
	switch {
	case r.Config.InterfaceName == "":
		b.lines = blockLines(r)
	case r.Config.InterfacePairs:
		b.lines = append(b.lines, "nameif ethernet2 dmz security50", "ip address dmz 192.168.1.1 255.255.255.0")
	}
	b.load()
	return b
}

// blockLines are the lines of the bench where interfaces have blocks.
func blockLines(r *release.Release) (lines []string) {
	for i, f := range [][2]string{{"outside", "203.0.113.1"}, {"inside", "10.1.1.1"}, {"dmz", "192.168.1.1"}} {
		if i < len(r.Model.Interfaces) {
			lines = append(lines, "interface "+r.Model.Interfaces[i], "nameif "+f[0], "ip address "+f[1]+" 255.255.255.0")
		}
		if f[0] == "dmz" {
			lines = append(lines, "security-level 50")
		}
	}
	return append(lines, "route outside 0.0.0.0 0.0.0.0 203.0.113.254 1", "route inside 10.2.0.0 255.255.0.0 10.1.1.254 1")
}

// load puts all lines into force and returns what the box says about the last one.
func (b *bench) load() (said []string) {
	c, refused := b.text.Load(strings.Join(b.lines, "\n"))
	for _, l := range refused {
		if l.Line == len(b.lines) {
			said = l.Messages
		} else if !l.Taken {
			b.t.Fatalf("%s: %q refused: %q", b.rel.Name, l.Text, l.Messages)
		}
	}
	e := config.From(c)
	for i := range c.Interfaces {
		e.SetInterface(i, func(f *config.Interface) { f.Shutdown = false })
	}
	b.c = e.Config()
	b.e.Swap(b.k.compile(b.c))
	return said
}

// config types a line.
func (b *bench) config(line string) []string {
	b.lines = append(b.lines, line)
	return b.load()
}

func (b *bench) port(name string) dataplane.Port {
	if name == "self" {
		return dataplane.Self
	}
	for i, f := range b.c.Interfaces {
		if f.Name == name {
			return dataplane.Port(i)
		}
	}
	b.t.Fatalf("%s has no interface %s", b.rel.Name, name)
	return 0
}

func (b *bench) name(p dataplane.Port) string {
	if int(p) < len(b.c.Interfaces) {
		return b.c.Interfaces[p].Name
	}
	return "self"
}

func stationOf(a uint32) (m [6]byte) {
	m[0] = 2
	binary.BigEndian.PutUint32(m[2:], a)
	return m
}

// send puts a packet on a wire and returns the packets that leave because of it, as "inside tcp a:p > b:q S".
func (b *bench) send(in string, ip packet.IPv4) []string {
	port := b.port(in)
	to := [6]byte{255, 255, 255, 255, 255, 255} // on its inner wire the box hears everything
	if port != dataplane.Self {
		to = b.rel.Model.MACOf(int(port))
	}
	frame := packet.AppendEthernet(make([]byte, 64), to, stationOf(ip.Src()), packet.TypeIPv4)
	return b.step(port, append(frame, ip...))
}

func (b *bench) step(in dataplane.Port, frame []byte) []string {
	b.out.Reset()
	b.e.Step(b.now, in, []link.Frame{{Buf: frame, Off: 64, Len: len(frame) - 64}}, &b.out)
	return b.collect()
}

func (b *bench) wait(d time.Duration) []string {
	b.now = b.now.Add(d)
	b.out.Reset()
	b.e.Tick(b.now, &b.out)
	for at := b.e.Next(); !at.IsZero() && !at.After(b.now); at = b.e.Next() {
		b.e.Tick(b.now, &b.out)
	}
	return b.collect()
}

// collect reads what leaves, answers ARP and keeps the log.
func (b *bench) collect() (left []string) {
	for {
		type reply struct {
			port  dataplane.Port
			frame []byte
		}
		var replies []reply
		for p, frames := range b.out.All() {
			for _, f := range frames {
				eth := packet.Ethernet(slices.Clone(f.Bytes()))
				if eth.Type() != packet.TypeARP {
					b.last = packet.IPv4(eth.Payload())
					left = append(left, b.name(p)+" "+worded(b.last))
					continue
				}
				if a := packet.ARP(eth.Payload()); a.Op() == packet.ARPRequest && a.TargetIP() != a.SenderIP() {
					r := packet.AppendEthernet(make([]byte, 64), eth.Src(), stationOf(a.TargetIP()), packet.TypeARP)
					r = packet.AppendARP(r, packet.ARPReply, stationOf(a.TargetIP()), a.TargetIP(), eth.Src(), a.SenderIP())
					replies = append(replies, reply{p, r})
				}
			}
		}
		b.out.Reset()
		for _, ev := range b.e.Events(nil) {
			key, args := word(ev, b.name, b.rel)
			if level, id, text, ok := b.rel.Syslog(key, args...); ok {
				b.logs = append(b.logs, fmt.Sprintf("%d-%s %s", level, id, text))
			}
		}
		if len(replies) == 0 {
			return left
		}
		for _, r := range replies {
			b.e.Step(b.now, r.port, []link.Frame{{Buf: r.frame, Off: 64, Len: len(r.frame) - 64}}, &b.out)
		}
	}
}

// asks tells whether the box answers an ARP request for an address on a wire.
func (b *bench) asks(in, target string) bool {
	port := b.port(in)
	who := b.c.Interfaces[port].Addr.Addr().Next().Next()
	sender := packet.U32(who)
	f := packet.AppendEthernet(make([]byte, 64), [6]byte{255, 255, 255, 255, 255, 255}, stationOf(sender), packet.TypeARP)
	f = packet.AppendARP(f, packet.ARPRequest, stationOf(sender), sender, [6]byte{}, packet.U32(netip.MustParseAddr(target)))
	b.out.Reset()
	b.e.Step(b.now, port, []link.Frame{{Buf: f, Off: 64, Len: len(f) - 64}}, &b.out)
	answered := len(b.out.Frames(port)) > 0
	b.collect()
	return answered
}

// fragments sends a packet in pieces of an MTU, in order or not: words are "fragments" or "reversed", the interface, the MTU
// and the packet.
func (b *bench) fragments(words []string) (left []string) {
	ip, err := made(words[3:])
	mtu, err2 := strconv.Atoi(words[2])
	if err != nil || err2 != nil {
		b.t.Fatalf("%q: %v, %v", words, err, err2)
	}
	b.logs = nil
	var pieces []packet.IPv4
	cut := packet.Fragment(ip, mtu)
	for piece := cut.Next(make([]byte, max(mtu, packet.MinMTU))); piece != nil; piece = cut.Next(make([]byte, max(mtu, packet.MinMTU))) {
		pieces = append(pieces, piece)
	}
	if words[0] == "reversed" {
		slices.Reverse(pieces)
	}
	for _, piece := range pieces {
		left = append(left, b.send(words[1], piece)...)
	}
	return left
}

func tcpFlags(text string) (f uint8) {
	for _, c := range text {
		f |= 1 << strings.IndexRune("FSRPAU", c)
	}
	return f
}

// worded is a packet as the scripts write it.
func worded(ip packet.IPv4) string {
	p := packet.Packet{IP: ip}
	src, dst := packet.Addr(ip.Src()), packet.Addr(ip.Dst())
	if ip.MoreFrags() || ip.FragOffset() != 0 {
		return fmt.Sprintf("fragment %v > %v at %d", src, dst, ip.FragOffset())
	}
	if !ip.ChecksumOK() || !p.TransportOK() {
		return "wrong checksum"
	}
	switch ip.Proto() {
	case packet.ProtoTCP:
		flags := ""
		for i, c := range "FSRPAU" {
			if p.TCP().Flags()&(1<<i) != 0 {
				flags += string(c)
			}
		}
		return fmt.Sprintf("tcp %v:%d > %v:%d %s", src, p.TCP().SrcPort(), dst, p.TCP().DstPort(), flags)
	case packet.ProtoUDP:
		text := fmt.Sprintf("udp %v:%d > %v:%d", src, p.UDP().SrcPort(), dst, p.UDP().DstPort())
		if msg := p.UDP()[packet.UDPLen:]; p.UDP().SrcPort() == 53 && len(msg) == dnsLen {
			text += fmt.Sprint(" ", packet.Addr(binary.BigEndian.Uint32(msg[dnsLen-4:])))
		}
		return text
	case packet.ProtoICMP:
		return fmt.Sprintf("icmp %v > %v %d %d", src, dst, p.ICMP().Type(), p.ICMP().ID())
	}
	return fmt.Sprintf("%d %v > %v", ip.Proto(), src, dst)
}

// dnsLen is the length of the replies that made makes: a question and one A record.
const dnsLen = 12 + 7 + 16

// made is the packet that worded words: "tcp a:p > b:q S", with "seq=N", "ack=N", "mss=N", "win=N", "ttl=N", "data=N" (octets),
// "options=HEX", "reserved=N" (bits beside the length of the header) or "spoiled=1" (its checksum) behind it
// (a script may say "ack=*": it acknowledges what left last),
// "udp a:p > b:q [address in a DNS reply]",
// "icmp a > b type id", "47 a > b".
//
// Any of them may end in "ipoptions=7:3:4", the octets of its IP options; they are padded.
func made(words []string) (packet.IPv4, error) {
	if i := len(words) - 1; i > 0 && strings.HasPrefix(words[i], "ipoptions=") {
		ip, err := made(words[:i])
		if err != nil {
			return nil, err
		}
		var options []byte
		for _, w := range strings.Split(words[i][len("ipoptions="):], ":") {
			n, err := strconv.ParseUint(w, 10, 8)
			if err != nil {
				return nil, err
			}
			options = append(options, byte(n))
		}
		return withOptions(ip, options), nil
	}
	if len(words) < 4 || words[2] != ">" {
		return nil, fmt.Errorf("%q is no packet", words)
	}
	split := func(s string) (uint32, uint16) {
		if a, err := netip.ParseAddrPort(s); err == nil {
			return packet.U32(a.Addr()), a.Port()
		}
		a, err := netip.ParseAddr(s)
		if err != nil {
			return 0, 0
		}
		return packet.U32(a), 0
	}
	src, sp := split(words[1])
	dst, dp := split(words[3])
	h, rest := packet.Header{Src: src, Dst: dst, TTL: 64}, words[4:]
	number := func(i int) int {
		if i >= len(rest) {
			return 0
		}
		n, _ := strconv.Atoi(rest[i])
		return n
	}
	switch words[0] {
	case "tcp":
		s := packet.Segment{SrcPort: sp, DstPort: dp, Seq: 1000, Flags: packet.SYN, Window: 8192}
		if len(rest) > 0 {
			s.Flags = tcpFlags(rest[0])
		}
		if s.Flags&packet.ACK != 0 {
			s.Ack = 1001
		}
		spoiled, bits := false, uint64(0)
		for _, w := range rest[min(1, len(rest)):] {
			key, value, _ := strings.Cut(w, "=")
			if key == "options" {
				options, err := hex.DecodeString(value)
				if err != nil || len(options)%4 != 0 {
					return nil, fmt.Errorf("%q are no options", value)
				}
				s.Options = options
				continue
			}
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return nil, err
			}
			switch key {
			case "data":
				s.Payload = make([]byte, n)
			case "win":
				s.Window = uint16(n)
			case "ttl":
				h.TTL = uint8(n)
			case "reserved":
				bits = n
			case "spoiled":
				spoiled = n != 0
			case "seq":
				s.Seq = uint32(n)
			case "ack":
				s.Ack = uint32(n)
			case "mss":
				s.Options = []byte{packet.OptMSS, 4, byte(n >> 8), byte(n)}
			default:
				return nil, fmt.Errorf("%q is no field", w)
			}
		}
		ip := packet.IPv4(packet.AppendTCP(nil, h, s))
		if bits != 0 {
			packet.Packet{IP: ip}.Edit(12, 1, func(b []byte) { b[0] |= uint8(bits) })
		}
		if spoiled {
			ip.Payload()[16] ^= 0x55
		}
		return ip, nil
	case "udp":
		payload := []byte("hello")
		if len(rest) > 0 && rest[0][0] == '+' {
			n, _ := strconv.Atoi(rest[0][1:])
			payload = append([]byte("\x12\x34\x81\x80"), make([]byte, n-4)...)
		} else if len(rest) > 0 {
			a, _ := split(rest[0])
			payload = append([]byte("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"), "\x01w\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04"...)
			payload = binary.BigEndian.AppendUint32(payload, a)
		}
		return packet.AppendUDP(nil, h, sp, dp, payload), nil
	case "icmp":
		return packet.AppendICMP(nil, h, uint8(number(0)), 0, uint32(number(1))<<16|1, []byte("abcdefgh")), nil
	}
	proto, err := strconv.Atoi(words[0])
	return packet.AppendIPv4(nil, h, uint8(proto), 16), err
}

// withOptions is a packet without IP options with these.
func withOptions(ip packet.IPv4, options []byte) packet.IPv4 {
	for len(options)%4 != 0 {
		options = append(options, 0)
	}
	out := packet.IPv4(slices.Concat(ip[:packet.IPv4Len], options, ip[packet.IPv4Len:]))
	out[0] = 0x45 + uint8(len(options)/4)
	out.SetTotalLen(len(out))
	out.FillChecksum()
	return out
}

// span are the releases that "pix-4.1..pix-6.3" or one name mean.
func benchReleases(t *testing.T, text string) (all []*release.Release) {
	from, to, two := strings.Cut(text, "..")
	if !two {
		to = from
	}
	on := false
	for _, r := range release.All() {
		on = on || r.Name == from
		if on {
			all = append(all, r)
		}
		if r.Name == to {
			return all
		}
	}
	t.Fatalf("no releases %q", text)
	return nil
}

// TestPackets runs the scripts of testdata/packets. A line that begins with "on" names releases, each of which runs what
// follows on a new box:
//
//	config LINE       types a line; lines below that begin with "say" are what the box says, without any it says nothing,
//	                  "say *": never mind
//	send IF PACKET    puts a packet on a wire; indented lines below are the packets that leave; none: nothing does
//	fragments IF MTU PACKET, reversed IF MTU PACKET  the same in pieces, from the first to the last or the other way; "udp a:p > b:q +N" has N octets
//	seq N, ack N, mss N, ttl N, reserved N, ipoptions N  what left last has this number ("mss 0": it announces none; N octets of IP options); "not" before
//	                  the number: another
//	options HEX       it has these TCP options
//	log TEXT          a message of the last send has TEXT, where the release has that message; "nolog": none has
//	arp IF ADDR       the box answers for an address; "noarp": it does not
//	clear             is clear xlate
//	wait DURATION     indented lines below are the packets that leave meanwhile
func TestPackets(t *testing.T) {
	files, err := filepath.Glob("testdata/packets/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	benches := map[string]*bench{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, block := range strings.Split("\n"+string(text), "\non ")[1:] {
			which, body, _ := strings.Cut(block, "\n")
			for _, r := range benchReleases(t, strings.TrimSpace(which)) {
				t.Run(fmt.Sprintf("%s/%d/%s", strings.TrimSuffix(filepath.Base(file), ".txt"), n+1, r.Name), func(t *testing.T) {
					if benches[r.Name] == nil {
						benches[r.Name] = newBench(t, r)
					}
					benches[r.Name].another(t).script(body)
				})
			}
		}
	}
}

func (b *bench) script(text string) {
	b.t.Helper()
	lines := strings.Split(text, "\n")
	below := func(i int, mark string) (all []string) {
		for i++; i < len(lines) && strings.HasPrefix(lines[i], mark); i++ {
			all = append(all, strings.TrimSpace(strings.TrimPrefix(lines[i], mark)))
		}
		return all
	}
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 || line[0] == '#' || line[0] == ' ' || words[0] == "say" {
			continue
		}
		switch words[0] {
		case "config":
			if got, want := b.config(line[len("config "):]), below(i, "say "); !slices.Equal(got, want) && !slices.Equal(want, []string{"*"}) {
				b.t.Errorf("%q: the box says %q, want %q", line, got, want)
			}
		case "send":
			if at := slices.Index(words, "ack=*"); at >= 0 {
				words[at] = fmt.Sprint("ack=", packet.Packet{IP: b.last}.TCP().Seq()+1)
			}
			ip, err := made(words[2:])
			if err != nil {
				b.t.Fatal(err)
			}
			b.logs = nil
			if got, want := b.send(words[1], ip), below(i, " "); !slices.Equal(got, want) {
				b.t.Errorf("%q: left %q, want %q; log %q", line, got, want, b.logs)
			}
		case "fragments", "reversed":
			if got, want := b.fragments(words), below(i, " "); !slices.Equal(got, want) {
				b.t.Errorf("%q: left %q, want %q; log %q", line, got, want, b.logs)
			}
		case "seq", "ack", "mss", "ttl", "reserved", "ipoptions":
			b.field(words)
		case "options":
			if got := hex.EncodeToString(packet.Packet{IP: b.last}.TCP().OptionBytes()); got != words[1] {
				b.t.Errorf("%q: they are %s", line, got)
			}
		case "nolog":
			if slices.ContainsFunc(b.logs, func(l string) bool { return strings.Contains(l, line[len("nolog "):]) }) {
				b.t.Errorf("%q: the log says %q", line, b.logs)
			}
		case "log":
			if id, err := strconv.Atoi(words[1]); err == nil && b.rel.MessageLevels()[id] == 0 {
				continue
			}
			if !slices.ContainsFunc(b.logs, func(l string) bool { return strings.Contains(l, line[len("log "):]) }) {
				b.t.Errorf("%q: the log says %q", line, b.logs)
			}
		case "arp", "noarp":
			if got := b.asks(words[1], words[2]); got != (words[0] == "arp") {
				b.t.Errorf("%q: answers %v", line, got)
			}
		case "clear":
			b.logs = nil
			dataplane.ClearXlates(b.e.Do, nil)
			b.collect()
		case "wait":
			d, err := time.ParseDuration(words[1])
			if err != nil {
				b.t.Fatal(err)
			}
			b.logs = nil
			if got, want := b.wait(d), below(i, " "); len(want) > 0 && !slices.Equal(got, want) {
				b.t.Errorf("%q: left %q, want %q; log %q", line, got, want, b.logs)
			}
		default:
			b.t.Fatalf("%q is no step", line)
		}
	}
}

// field compares a field of the packet that left last: words are its name, "not" or nothing, and a number.
func (b *bench) field(words []string) {
	if len(b.last) == 0 {
		b.t.Fatalf("%q: nothing has left", words)
	}
	p := packet.Packet{IP: b.last}
	got := uint32(b.last.TTL())
	switch words[0] {
	case "seq":
		got = p.TCP().Seq()
	case "ack":
		got = p.TCP().Ack()
	case "reserved":
		got = uint32(p.TCP()[12] & 15)
	case "mss":
		got = uint32(p.TCP().ParseOptions().MSS)
	case "ipoptions":
		got = uint32(len(b.last.Options()))
	}
	want, err := strconv.ParseUint(last(words), 10, 32)
	if err != nil || (got == uint32(want)) == (words[1] == "not") {
		b.t.Errorf("%q: it is %d", words, got)
	}
}
