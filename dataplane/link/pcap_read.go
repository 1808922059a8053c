package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

const (
	maxCaptureRead    = 256 << 20 // octets of a capture file that are read
	maxCapturePackets = 2 << 20   // and packets
)

// ErrCaptureTooLong says that a capture has more than 256 MiB or two million packets. What came before has been read.
var ErrCaptureTooLong = errors.New("the capture is too long: more than 256 MiB, or two million packets")

// CapturedTCP is one TCP packet of a capture file. Payload is valid only during the call that hands it over.
type CapturedTCP struct {
	Frame              int // number in the capture, from 1, as Wireshark counts
	At                 time.Time
	Src, Dst           netip.AddrPort
	Seq                uint32
	SYN, ACK, FIN, RST bool
	Payload            []byte
	Missing            int // octets of the payload that the capture has cut off
	MSS                int // of a SYN: the largest segment that its sender takes; 0: not said
	Options            int // octets of the TCP options
}

// CaptureCounts is what a capture file held beside TCP.
type CaptureCounts struct {
	Packets   int // all of them
	Fragments int // of IP, which are not put together
	Other     int // neither TCP nor readable
}

// IsCapture says whether a file that begins with head is a capture: pcap in either byte order, with micro- or
// nanoseconds, or pcapng.
func IsCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(head) {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, ngMagic:
		return true
	}
	return false
}

const ngMagic = 0x0a0d0d0a // the block type of a section header (draft-ietf-opsawg-pcapng section 4.1)

// packetSource is what both formats of file have.
type packetSource interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// ReadCapture reads a pcap or pcapng file and hands over its TCP packets in the order of the file. Ethernet with VLAN
// tags, Linux cooked captures, loopback and bare IP are understood. It keeps one packet in memory, and up to 1,024 interfaces. A file that ends in
// the midst of a packet is read up to there, and that is an error; an error of each ends the reading and is returned.
func ReadCapture(r io.Reader, each func(*CapturedTCP) error) (CaptureCounts, error) {
	limited := &io.LimitedReader{R: r, N: maxCaptureRead + 1}
	var n CaptureCounts
	source, link, err := openCapture(limited)
	if err != nil {
		return n, fmt.Errorf("capture: %w", err)
	}
	for {
		data, info, err := source.ReadPacketData()
		switch {
		case errors.Is(err, io.EOF) && limited.N > 0:
			return n, nil
		case limited.N <= 0 || n.Packets >= maxCapturePackets:
			return n, ErrCaptureTooLong
		case err != nil:
			return n, fmt.Errorf("capture: behind packet %d: %w", n.Packets, err)
		}
		n.Packets++
		t, ok := decodeTCP(data, link(info), &n)
		if !ok {
			continue
		}
		t.Frame, t.At = n.Packets, info.Timestamp
		if err := each(t); err != nil {
			return n, err
		}
	}
}

// openCapture reads the head of a file. The function that it returns tells the link type of a packet.
func openCapture(r io.Reader) (packetSource, func(gopacket.CaptureInfo) layers.LinkType, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil || !IsCapture(head) {
		return nil, nil, errors.New("neither pcap nor pcapng")
	}
	whole := io.MultiReader(&once{head}, r)
	if binary.BigEndian.Uint32(head) != ngMagic {
		p, err := pcapgo.NewReader(whole)
		if err != nil {
			return nil, nil, err
		}
		// Above the link type stand the FCS length and the like (draft-ietf-opsawg-pcap section 4).
		t := p.LinkType() & 0xffff
		return p, func(gopacket.CaptureInfo) layers.LinkType { return t }, nil
	}
	ng, err := pcapgo.NewNgReader(&ngBlocks{r: whole}, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return nil, nil, err
	}
	return ng, func(info gopacket.CaptureInfo) layers.LinkType {
		if len(info.AncillaryData) > 0 {
			if t, ok := info.AncillaryData[0].(layers.LinkType); ok {
				return t
			}
		}
		return ng.LinkType()
	}, nil
}

// once reads b and then ends.
type once struct{ b []byte }

func (o *once) Read(p []byte) (int, error) {
	if len(o.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.b)
	o.b = o.b[n:]
	return n, nil
}

// Link types that gopacket has no name for, or decodes by another.
const (
	linkRaw12 = 12  // LINKTYPE_RAW as some systems write it
	linkRaw14 = 14  // likewise, OpenBSD
	linkIPv6  = 229 // LINKTYPE_IPV6
)

// decodeTCP finds the TCP header. What is not TCP is counted.
func decodeTCP(data []byte, t layers.LinkType, n *CaptureCounts) (*CapturedTCP, bool) {
	switch t {
	case linkRaw12, linkRaw14, linkIPv6, layers.LinkTypeIPv4:
		t = layers.LinkTypeRaw
	}
	p := gopacket.NewPacket(data, t, gopacket.DecodeOptions{NoCopy: true})
	if p.Layer(gopacket.LayerTypeFragment) != nil {
		n.Fragments++
		return nil, false
	}
	tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok {
		n.Other++
		return nil, false
	}
	out := &CapturedTCP{Seq: tcp.Seq, SYN: tcp.SYN, ACK: tcp.ACK, FIN: tcp.FIN, RST: tcp.RST, Payload: tcp.Payload,
		Options: max(0, 4*int(tcp.DataOffset)-20)}
	for _, o := range tcp.Options {
		if o.OptionType == layers.TCPOptionKindMSS && len(o.OptionData) == 2 && tcp.SYN {
			out.MSS = int(binary.BigEndian.Uint16(o.OptionData))
		}
	}
	whole := len(tcp.Payload)
	// The innermost IP header is the one that TCP belongs to, should a tunnel have been captured.
	for _, l := range p.Layers() {
		switch ip := l.(type) {
		case *layers.IPv4:
			out.Src, out.Dst = endpoint(ip.SrcIP, uint16(tcp.SrcPort)), endpoint(ip.DstIP, uint16(tcp.DstPort))
			whole = int(ip.Length) - 4*int(ip.IHL) - 4*int(tcp.DataOffset)
		case *layers.IPv6:
			out.Src, out.Dst = endpoint(ip.SrcIP, uint16(tcp.SrcPort)), endpoint(ip.DstIP, uint16(tcp.DstPort))
			whole = len(tcp.Payload)
			if p.Metadata().Truncated {
				whole = int(ip.Length) - 4*int(tcp.DataOffset)
			}
		}
	}
	if !out.Src.IsValid() || !out.Dst.IsValid() {
		n.Other++
		return nil, false
	}
	out.Missing = max(0, whole-len(tcp.Payload))
	return out, true
}

func endpoint(ip []byte, port uint16) netip.AddrPort {
	a, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(a, port)
}
