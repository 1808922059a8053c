package lab

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pixsim/dataplane"
	"pixsim/dataplane/packet"
)

// Bounds of a Recorder. What is beyond them is counted, and the transcript says so.
const (
	maxRecorded = 128       // connections that are followed at the same time
	maxFinished = 128       // that are over and still kept; the oldest go
	maxSegments = 4096      // of a connection, both sides together
	maxOctets   = 512 << 10 // of payload of a connection, both sides together; the last turn may go beyond
	maxHeld     = 64 << 20  // octets of memory of all recordings, also of those whose transcript waits for the disk

	segmentCost = 128 // octets of memory of a segment, its payload not counted
)

// Side is a side of the box: that of the end which opened the connection, or that of the other.
type Side int

const (
	ClientSide Side = iota
	ServerSide
)

// Recorder records connections to mail servers on both sides of the box, as its tap: inspected ones, and those to port 25
// and to every port that has been inspected, which are the comparison when inspection is off.
type Recorder struct {
	release string
	files   *recordFiles // nil: none
	keep    bool         // recordings that are over

	mu        sync.Mutex
	open      map[uint32]*Recording
	done      []*Recording // oldest first
	ports     map[uint16]bool
	number    int
	missed    int // connections not followed since the last that was
	forgotten int
	held      atomic.Int64 // octets of memory
}

// NewRecorder records for a box of a release, in memory.
func NewRecorder(release string) *Recorder {
	return &Recorder{release: release, keep: true, open: map[uint32]*Recording{}, ports: map[uint16]bool{smtpPort: true}}
}

// Recording is one connection as it was on both sides of the box.
type Recording struct {
	Number    int // counts from 1
	Release   string
	Inspected bool
	Sides     [2]dataplane.TapSide
	Began     time.Time
	Ended     time.Time // zero: it is still open
	Why       string    // it ended
	Missed    int       // connections before it that were not recorded, since too many were open
	Segments  []Segment // on both sides, in the order of time

	edits  []streamEdit
	wires  [2][2]wirePlace // by sender, by side
	turn   int
	turnAt time.Time
	octets int
	full   bool
	held   *atomic.Int64 // by all recordings
	own    int64         // of that
	beyond [2]tally      // of segments that were not kept, by side
	lost   [2]int        // frames that are not in the files, by side
}

// Segment is a TCP segment on one side of the box.
type Segment struct {
	At      time.Time
	On      Side // on whose wire
	From    Side // who sent it, or in whose name the box did
	Flags   uint8
	Off     int64 // place of its first octet in the stream of From, as this side counts: 0 is the octet behind the SYN
	Payload []byte
	turn    int // segments of one turn are one that arrived and what left at once because of it
}

// Arrived says that the segment came from an end; else the box sent it.
func (s *Segment) Arrived() bool { return s.On == s.From }

// control says that a segment has a meaning without payload.
func (s *Segment) control() bool { return s.Flags&(packet.SYN|packet.FIN|packet.RST) != 0 }

// streamEdit is a dataplane.TapEdit with places that do not wrap.
type streamEdit struct {
	from                Side
	in, out             int64
	swallowed, inserted int64
}

// wirePlace is where a stream has come to on one side.
type wirePlace struct {
	known bool
	base  uint32 // number of the octet behind the SYN
	most  int64  // the furthest place so far
}

// place is that of a sequence number.
func (w *wirePlace) place(seq uint32) int64 {
	return w.most + int64(int32(seq-w.base-uint32(w.most)))
}

type tally struct{ segments, octets int }

// Opened implements dataplane.Tap.
func (r *Recorder) Opened(c dataplane.TapConn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Inspected {
		r.ports[c.Sides[ServerSide].Own.Port()] = true
	}
	if !r.ports[c.Sides[ServerSide].Own.Port()] && !r.ports[c.Sides[ClientSide].Peer.Port()] {
		return false
	}
	if len(r.open) >= maxRecorded || r.files != nil && r.files.full() {
		r.missed++
		return false
	}
	r.number++
	r.open[c.Number] = &Recording{Number: r.number, Release: r.release, Inspected: c.Inspected, Sides: c.Sides, Began: c.At, Missed: r.missed, held: &r.held}
	r.missed = 0
	return true
}

// Packet implements dataplane.Tap.
func (r *Recorder) Packet(conn uint32, p dataplane.TapPacket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.open[conn]; c != nil {
		c.add(p)
		if r.files != nil {
			r.files.frame(c, p)
		}
	}
}

// Edited implements dataplane.Tap.
func (r *Recorder) Edited(conn uint32, e dataplane.TapEdit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.open[conn]; c != nil {
		c.edit(e)
	}
}

// Closed implements dataplane.Tap.
func (r *Recorder) Closed(conn uint32, at time.Time, why dataplane.Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.open[conn]; c != nil {
		delete(r.open, conn)
		c.Ended, c.Why = at, endings[why]
		r.finish(c)
	}
}

// endings say why a connection ended.
var endings = map[dataplane.Reason]string{
	dataplane.ReasonNone:       "the box was reloaded",
	dataplane.ReasonFINs:       "both ends closed it",
	dataplane.ReasonResetI:     "reset",
	dataplane.ReasonResetO:     "reset",
	dataplane.ReasonFINTimeout: "one end closed it, the other was silent",
	dataplane.ReasonSYNTimeout: "it was never answered",
	dataplane.ReasonIdle:       "it was silent for too long",
	dataplane.ReasonXlateClear: "clear xlate",
	dataplane.ReasonConnClear:  "the box cleared it",
	dataplane.ReasonDeny:       "inspection ended it",
	dataplane.ReasonInvalidSYN: "its ports were used anew",
}

func (r *Recorder) finish(c *Recording) {
	if r.files != nil {
		r.files.end(c)
	}
	if !r.keep {
		return
	}
	if len(r.done) == maxFinished {
		r.done[0].letGo()
		r.done = slices.Delete(r.done, 0, 1)
		r.forgotten++
	}
	r.done = append(r.done, c)
}

// Recordings are those that are kept and those that are open, in the order in which they began.
func (r *Recorder) Recordings() []*Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.done)
	for _, c := range r.open {
		all = append(all, c.snapshot())
	}
	slices.SortFunc(all, func(a, b *Recording) int { return a.Number - b.Number })
	return all
}

// Forgotten is how many recordings are kept no longer, and how many connections were not recorded since the last that was.
func (r *Recorder) Forgotten() (kept, missed int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.forgotten, r.missed
}

// snapshot does not change when c goes on: what is in its lists is never written to again.
func (c *Recording) snapshot() *Recording {
	s := *c
	s.Segments = slices.Clip(c.Segments)
	s.edits = slices.Clip(c.edits)
	return &s
}

// add notes a packet.
func (c *Recording) add(p dataplane.TapPacket) {
	var d packet.Parsed
	if d.Decode(p.Frame); d.Kind != packet.KindTCP {
		return
	}
	s := Segment{At: p.At, On: Side(p.Side), From: Side(p.Side), Flags: d.Flags}
	if p.Leaves {
		s.From = 1 - s.On
	}
	payload := packet.TCP(d.IP[d.L4:]).Payload()
	s.Off = c.locate(&s, d.Seq, len(payload))
	c.takeTurn(&s)
	if c.full || c.octets >= 2*maxOctets || len(c.Segments) >= 2*maxSegments {
		c.full = true
		c.beyond[s.On].segments++
		c.beyond[s.On].octets += len(payload)
		return
	}
	s.Payload = slices.Clone(payload)
	c.octets += len(payload)
	c.own += int64(len(payload) + segmentCost)
	c.held.Add(int64(len(payload) + segmentCost))
	c.Segments = append(c.Segments, s)
}

// letGo says that nobody holds the recording any more.
func (c *Recording) letGo() { c.held.Add(-c.own) }

// locate finds the place of a segment. The stream begins behind the SYN or, where the box answered that itself, with the
// first segment.
func (c *Recording) locate(s *Segment, seq uint32, octets int) int64 {
	w := &c.wires[s.From][s.On]
	if s.Flags&packet.SYN != 0 {
		seq++
	}
	if !w.known || s.Flags&packet.SYN != 0 && w.most == 0 {
		w.known, w.base = true, seq
	}
	off := w.place(seq)
	if end := off + int64(octets); octets > 0 && end-w.most <= maxPlace { // else it is far outside of every window
		w.most = max(w.most, end)
	}
	return off
}

// takeTurn sees which turn a segment belongs to. The bounds count between turns: what arrived and what became of it are
// kept both or neither.
func (c *Recording) takeTurn(s *Segment) {
	if s.Arrived() || !s.At.Equal(c.turnAt) {
		c.turn++
		c.turnAt = s.At
		c.full = c.full || c.octets >= maxOctets || len(c.Segments) >= maxSegments || c.held.Load() >= maxHeld
	}
	s.turn = c.turn
}

// edit notes what inspection inserted or swallowed.
func (c *Recording) edit(e dataplane.TapEdit) {
	if c.full || len(c.edits) >= maxSegments {
		return
	}
	from := Side(e.From)
	in, out := c.wires[from][from], c.wires[from][1-from]
	c.edits = append(c.edits, streamEdit{
		from: from, in: in.place(in.base + e.In), out: out.place(out.base + e.Out),
		swallowed: int64(e.Swallowed), inserted: int64(e.Inserted),
	})
}

// Ends are the addresses of both ends as they are on one side: first who opened the connection.
func (c *Recording) Ends(s Side) (from, to netip.AddrPort) {
	side := c.Sides[s]
	if s == ServerSide {
		return side.Peer, side.Own
	}
	return side.Own, side.Peer
}
