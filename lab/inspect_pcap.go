package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/link"
)

// SMTPPorts are the ports that ReadDialogues looks at when it is given none.
var SMTPPorts = []uint16{25, 587, 2525}

// What is kept of a capture.
const (
	maxConns         = 1000
	maxCapturePieces = 200_000
	maxCaptureOctets = 32 << 20 // of payload
)

// ReadDialogues finds the SMTP connections of a capture, in the order in which they begin. With an error there may be
// dialogues as well: those of the part that could be read.
func ReadDialogues(r io.Reader, ports []uint16) ([]*Dialogue, error) {
	if len(ports) == 0 {
		ports = SMTPPorts
	}
	c := capture{ports: ports, open: map[ends]*captured{}}
	counts, err := link.ReadCapture(r, c.packet)
	if errors.Is(err, errEnough) {
		err = nil
	}
	var all []*Dialogue
	for _, k := range c.conns {
		if d := k.dialogue(); d != nil {
			if counts.Fragments > 0 {
				d.Notes = append(d.Notes, fmt.Sprintf("%d IP fragments of the capture were not put together", counts.Fragments))
			}
			all = append(all, d)
		}
	}
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("the capture has no SMTP connection: none of its %d packets carries data to or from port %s (--port names others)", counts.Packets, portList(ports))
	}
	return all, err
}

func portList(ports []uint16) string {
	text := ""
	for i, p := range ports {
		switch {
		case i > 0 && i == len(ports)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += fmt.Sprint(p)
	}
	return text
}

// errEnough ends the reading of a capture at the bound.
var errEnough = errors.New("enough")

// ends are the two ends of a connection.
type ends struct{ client, server netip.AddrPort }

// capture gathers connections.
type capture struct {
	ports  []uint16
	conns  []*captured
	open   map[ends]*captured
	pieces int
	octets int
}

// captured is a connection of a capture.
type captured struct {
	ends
	start  time.Time
	first  int // frame
	sides  [2]side
	d      Dialogue
	cut    int // packets of which the capture has cut off octets
	mss    int // the smaller of what the ends take; 0: not known
	trains int // packets that are larger
	full   bool
}

// side is one direction of it.
type side struct {
	known bool
	syn   bool
	isn   uint32 // the number of the first octet
	top   int    // the end of what was seen
	fin   bool
}

// packet sorts a packet to its connection.
func (c *capture) packet(p *link.CapturedTCP) error {
	dir, e := smtp.ToServer, ends{p.Src, p.Dst}
	switch to, from := slices.Contains(c.ports, p.Dst.Port()), slices.Contains(c.ports, p.Src.Port()); {
	case !to && !from:
		return nil
	case to && from: // the server answers the SYN, or is the one that is known already
		back := ends{p.Dst, p.Src}
		if p.SYN && p.ACK || !p.SYN && c.open[back] != nil {
			dir, e = smtp.ToClient, back
		}
	case from:
		dir, e = smtp.ToClient, ends{p.Dst, p.Src}
	}
	k := c.open[e]
	if k == nil || p.SYN && !p.ACK && k.anew(p) {
		if len(c.conns) >= maxConns || k == nil && len(p.Payload) == 0 && !p.SYN {
			return nil
		}
		k = &captured{ends: e, start: p.At, first: p.Frame}
		c.open[e] = k
		c.conns = append(c.conns, k)
	}
	if c.pieces >= maxCapturePieces || c.octets+len(p.Payload) > maxCaptureOctets {
		k.full = true
		return errEnough
	}
	n := len(k.d.pieces)
	k.packet(dir, p)
	if added := len(k.d.pieces) - n; added > 0 {
		c.pieces += added
		c.octets += len(p.Payload)
	}
	return nil
}

// anew: a SYN with another number begins a new connection on the old ports.
func (k *captured) anew(p *link.CapturedTCP) bool {
	s := &k.sides[smtp.ToServer]
	return s.known && s.isn != p.Seq+1
}

func (k *captured) packet(dir smtp.Dir, p *link.CapturedTCP) {
	s := &k.sides[dir]
	at := max(0, p.At.Sub(k.start))
	seq := p.Seq
	if p.SYN {
		seq++
		if p.MSS > 0 && (k.mss == 0 || p.MSS < k.mss) {
			k.mss = p.MSS
		}
		if !s.known {
			s.known, s.syn, s.isn = true, true, seq
			k.d.pieces = append(k.d.pieces, piece{dir: dir, at: at, ref: p.Frame, opens: true})
		}
	}
	if !s.known {
		s.known, s.isn = true, seq
	}
	// The distance from what is expected is small either way, however often the numbers have gone round.
	off := s.top + int(int32(seq-(s.isn+uint32(s.top))))
	b := p.Payload
	if off < 0 {
		skip := min(-off, len(b)) // before the first that was seen, or a keep-alive
		b, off = b[skip:], 0
	}
	if off > s.top+1<<20 {
		return // beyond every window
	}
	if p.Missing > 0 {
		k.cut++
	}
	end := off + len(b)
	s.top = max(s.top, end)
	for _, b := range k.segments(slices.Clone(b), p) {
		k.d.pieces = append(k.d.pieces, piece{dir: dir, at: at, off: off, b: b, ref: p.Frame})
		off += len(b)
	}
	switch {
	case p.RST:
		k.d.pieces = append(k.d.pieces, piece{dir: dir, at: at, off: off, ref: p.Frame, end: "resets the connection"})
	case p.FIN && !s.fin:
		s.fin = true
		k.d.pieces = append(k.d.pieces, piece{dir: dir, at: at, off: end, ref: p.Frame, end: "closes its side"})
	}
}

// segments cuts a packet as the sender's network card did that was handed more than a segment (segmentation offload).
func (k *captured) segments(b []byte, p *link.CapturedTCP) [][]byte {
	size := k.mss - p.Options
	if len(b) == 0 || k.mss == 0 || size < minSegment || len(b) <= k.mss {
		size = max(1, len(b))
	} else {
		k.trains++
	}
	return slices.Collect(slices.Chunk(b, size))
}

// minSegment is the smallest segment that a packet is cut into.
const minSegment = 64

// dialogue is the connection as a dialogue; nil if nobody said anything.
func (k *captured) dialogue() *Dialogue {
	d := &k.d
	if !slices.ContainsFunc(d.pieces, func(p piece) bool { return len(p.b) > 0 }) {
		return nil
	}
	d.Client, d.Server, d.Start, d.Capture = k.client, k.server, k.start, true
	slices.SortStableFunc(d.pieces, func(a, b piece) int { return cmp.Compare(a.at, b.at) })
	d.read()
	if k.cut > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("the capture has cut off octets of %d packets: take it with a larger snap length (tcpdump -s 0)", k.cut))
	}
	if k.trains > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d packets are larger than a segment (the capture was made before the network card cut them): cut here at %d octets", k.trains, k.mss))
	}
	if k.full {
		d.Notes = append(d.Notes, "only the beginning of the capture was read: it has too much SMTP")
	}
	return d
}
