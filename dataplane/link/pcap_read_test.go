package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// tcpPacket is an IPv4 packet with TCP, 40000 to 25.
func tcpPacket(payload string) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(payload)))
	copy(b[12:], []byte{198, 51, 100, 25, 10, 1, 1, 10})
	binary.BigEndian.PutUint16(b[20:], 40000)
	binary.BigEndian.PutUint16(b[22:], 25)
	binary.BigEndian.PutUint32(b[24:], 0xfffffff0)
	b[32], b[33] = 5<<4, 0x18 // PSH, ACK
	return append(b, payload...)
}

func ethernet(types ...uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	for i, t := range types {
		b = binary.BigEndian.AppendUint16(b, t)
		if i < len(types)-1 {
			b = append(b, 0, 7) // the tag
		}
	}
	return b
}

// heads are the link headers before an IPv4 packet.
var heads = map[string]struct {
	link layers.LinkType
	head []byte
}{
	"ethernet":  {layers.LinkTypeEthernet, ethernet(0x0800)},
	"vlan":      {layers.LinkTypeEthernet, ethernet(0x8100, 0x0800)},
	"two vlans": {layers.LinkTypeEthernet, ethernet(0x88a8, 0x8100, 0x0800)},
	"cooked":    {layers.LinkTypeLinuxSLL, append(make([]byte, 14), 8, 0)},
	"cooked 2":  {layers.LinkTypeLinuxSLL2, append([]byte{8, 0}, make([]byte, 18)...)},
	"loopback":  {layers.LinkTypeNull, []byte{2, 0, 0, 0}},
	"loop":      {layers.LinkTypeLoop, []byte{0, 0, 0, 2}},
	"raw":       {layers.LinkTypeRaw, nil},
	"raw 12":    {12, nil},
	"raw 14":    {14, nil},
	"ipv4":      {layers.LinkTypeIPv4, nil},
}

// record is a pcap file of frames.
func record(t *testing.T, link layers.LinkType, frames ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, link); err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		info := gopacket.CaptureInfo{Timestamp: time.Unix(1000+int64(i), 0), CaptureLength: len(f), Length: len(f)}
		if err := w.WritePacket(info, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func readAll(file []byte) (all []CapturedTCP, n CaptureCounts, err error) {
	n, err = ReadCapture(bytes.NewReader(file), func(p *CapturedTCP) error {
		c := *p
		c.Payload = bytes.Clone(p.Payload)
		all = append(all, c)
		return nil
	})
	return all, n, err
}

var wantTCP = CapturedTCP{
	Frame: 1, At: time.Unix(1000, 0).UTC(), Src: netip.MustParseAddrPort("198.51.100.25:40000"),
	Dst: netip.MustParseAddrPort("10.1.1.10:25"), Seq: 0xfffffff0, ACK: true, Payload: []byte("NOOP\r\n"),
}

func compare(t *testing.T, got []CapturedTCP) {
	t.Helper()
	if diff := cmp.Diff([]CapturedTCP{wantTCP}, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadCaptureLinks: the same packet is found behind every link header, and Ethernet's padding is not payload.
func TestReadCaptureLinks(t *testing.T) {
	for name, h := range heads {
		t.Run(name, func(t *testing.T) {
			f := append(bytes.Clone(h.head), tcpPacket("NOOP\r\n")...)
			if h.link == layers.LinkTypeEthernet {
				f = append(f, make([]byte, 9)...)
			}
			got, n, err := readAll(record(t, h.link, f))
			if err != nil || n != (CaptureCounts{Packets: 1}) {
				t.Fatalf("%+v, %v", n, err)
			}
			compare(t, got)
		})
	}
}

// TestReadCaptureNg: a pcapng file with interfaces of two link types.
func TestReadCaptureNg(t *testing.T) {
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.AddInterface(pcapgo.NgInterface{LinkType: layers.LinkTypeRaw, SnapLength: 65535})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range [][]byte{append(ethernet(0x0800), tcpPacket("one")...), tcpPacket("two")} {
		info := gopacket.CaptureInfo{Timestamp: time.Unix(1000, 0), CaptureLength: len(f), Length: len(f), InterfaceIndex: i * raw}
		if err := w.WritePacket(info, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if !IsCapture(b.Bytes()) {
		t.Error("not known as a capture")
	}
	got, n, err := readAll(b.Bytes())
	if err != nil || n.Packets != 2 || len(got) != 2 || string(got[0].Payload) != "one" || string(got[1].Payload) != "two" {
		t.Errorf("%+v %+v %v", got, n, err)
	}
}

// ngBlock is a block of a pcapng file.
func ngBlock(kind uint32, body []byte) []byte {
	size := uint32(12 + len(body))
	b := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, kind), size)
	return binary.LittleEndian.AppendUint32(append(b, body...), size)
}

var (
	ngSection = ngBlock(ngMagic, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	ngRaw     = ngBlock(ngInterface, []byte{101, 0, 0, 0, 0, 0, 0, 0})
	ngTCP     = ngBlock(ngSimplePacket, append(binary.LittleEndian.AppendUint32(nil, uint32(len(tcpPacket("NOOP")))), tcpPacket("NOOP")...))
)

// TestReadCaptureNgKeeps: blocks that are of no use are skipped and not kept, and interfaces are bounded, so that no file
// takes more memory than it has octets, or anything like it.
func TestReadCaptureNgKeeps(t *testing.T) {
	names := ngBlock(4, append(bytes.Repeat([]byte{1, 0, 8, 0, 1, 2, 3, 4, 'a', 'b', 'c', 0}, 5000), 0, 0, 0, 0))
	secrets := ngBlock(10, append([]byte{'K', 'S', 'L', 'T', 8, 0, 0, 0}, "secret!!"...))
	junk := slices.Concat(bytes.Repeat(names, 100), bytes.Repeat(secrets, 100_000), ngBlock(0x0bad, make([]byte, 1<<20)))
	got, n, err := readAll(slices.Concat(ngSection, junk, ngRaw, junk, ngTCP, junk))
	if err != nil || n != (CaptureCounts{Packets: 1}) || len(got) != 1 || string(got[0].Payload) != "NOOP" {
		t.Errorf("%+v %+v %v", got, n, err)
	}
	var before, after runtime.MemStats
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"names":      {slices.Concat(ngSection, bytes.Repeat(names, 500)), ""},
		"interfaces": {slices.Concat(ngSection, bytes.Repeat(ngRaw, 1<<20)), "more than 1024 interfaces"},
		"sections":   {bytes.Repeat(slices.Concat(ngSection, ngRaw), 1<<18), "more than 1024 interfaces"},
		"long":       {slices.Concat(ngSection, ngBlock(ngInterface, make([]byte, 1<<20))), "description of more than 65536"},
		"short":      {slices.Concat(ngSection, []byte{6, 0, 0, 0, 4, 0, 0, 0}), "a block of 4 octets"},
		"cut":        {slices.Concat(ngSection, names[:100]), "in the midst of a block"},
	} {
		runtime.ReadMemStats(&before)
		_, _, err := readAll(c.file)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s: %d octets for a file of %d", name, took, len(c.file))
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestReadCapturePart: what a snap length has cut off, fragments and strangers are counted; a file that ends in the midst
// of a packet says so.
func TestReadCapturePart(t *testing.T) {
	whole := append(ethernet(0x0800), tcpPacket("0123456789")...)
	fragment := append(ethernet(0x0800), tcpPacket("0123456789")...)
	fragment[14+6] = 0x20 // more fragments
	arp := append(ethernet(0x0806), make([]byte, 28)...)
	udp := append(ethernet(0x0800), tcpPacket("0123456789")...)
	udp[14+9] = 17
	file := record(t, layers.LinkTypeEthernet, whole[:len(whole)-4], fragment, arp, udp, []byte{1}, nil)
	got, n, err := readAll(file)
	if err != nil || n != (CaptureCounts{Packets: 6, Fragments: 1, Other: 4}) || len(got) != 1 || got[0].Missing != 4 || string(got[0].Payload) != "012345" {
		t.Errorf("%+v %+v %v", got, n, err)
	}
	file = record(t, layers.LinkTypeEthernet, whole, whole)
	got, _, err = readAll(file[:len(file)-1])
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, _, err := readAll([]byte("S: 220 hello\r\n")); err == nil {
		t.Error("a text is taken for a capture")
	}
	stop := errors.New("stop")
	if _, err := ReadCapture(bytes.NewReader(file), func(*CapturedTCP) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped with %v", err)
	}
}

// endless repeats a packet for ever.
type endless struct {
	head, packet []byte
	at           int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.head)
	e.head = e.head[n:]
	for n < len(b) {
		k := copy(b[n:], e.packet[e.at:])
		n += k
		e.at = (e.at + k) % len(e.packet)
	}
	return n, nil
}

// TestReadCaptureBound: a capture without end does end.
func TestReadCaptureBound(t *testing.T) {
	big := append(ethernet(0x0800), tcpPacket(string(make([]byte, 60000)))...)
	file := record(t, layers.LinkTypeEthernet, big)
	n, err := ReadCapture(&endless{head: file[:24], packet: file[24:]}, func(*CapturedTCP) error { return nil })
	if !errors.Is(err, ErrCaptureTooLong) || n.Packets > maxCaptureRead/60000+1 {
		t.Errorf("%+v %v", n, err)
	}
}

// TestReadCaptureNonsense: whatever a file holds behind its first octets, reading it ends and does not panic.
func TestReadCaptureNonsense(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, h := range heads {
		file := record(t, h.link, append(bytes.Clone(h.head), tcpPacket("NOOP\r\n")...), append(bytes.Clone(h.head), tcpPacket("")...))
		for range 300 {
			b := bytes.Clone(file)
			for range 1 + r.IntN(6) {
				b[4+r.IntN(len(b)-4)] = byte(r.Uint32())
			}
			if _, n, _ := readAll(b[:4+r.IntN(len(b)-3)]); n.Packets > 2 {
				t.Errorf("%s: %d packets of two", name, n.Packets)
			}
		}
	}
}

func FuzzReadCapture(f *testing.F) {
	f.Add([]byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00"))
	f.Add([]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, p := range first(readAll(b)) {
			if !p.Src.IsValid() || !p.Dst.IsValid() || p.Missing < 0 || p.Frame < 1 {
				t.Errorf("%+v", p)
			}
		}
	})
}

func first(all []CapturedTCP, _ CaptureCounts, _ error) []CapturedTCP { return all }
