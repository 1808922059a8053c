package dataplane

import (
	"time"

	"pixsim/dataplane/packet"
)

// work is what the engine has done since boot. The total is never set back; ring has it at the end of each rateTick.
type work struct {
	done  Done
	ring  [rateSlots]Done
	spent [256]time.Duration // by Task
}

// Done counts what was made and looked into, and how long that took. Only an engine that Run owns is timed: the core has
// no clock.
type Done struct {
	Busy          time.Duration
	Xlates, Conns uint64
	TCP, UDP      uint64 // of Conns
	Fixups        uint64 // packets that an inspection looked into
	Intercepts    uint64 // SYNs that the box answered in the name of their destination
	Joined        uint64 // clients of such SYNs that were there indeed
	SYNTimeouts   uint64 // connections that ended before they were open
}

func (d *Done) countConn(proto uint8) {
	d.Conns++
	switch proto {
	case packet.ProtoTCP:
		d.TCP++
	case packet.ProtoUDP:
		d.UDP++
	}
}

func (d Done) minus(o Done) Done {
	return Done{
		Busy: d.Busy - o.Busy, Xlates: d.Xlates - o.Xlates, Conns: d.Conns - o.Conns, TCP: d.TCP - o.TCP, UDP: d.UDP - o.UDP,
		Fixups: d.Fixups - o.Fixups, Intercepts: d.Intercepts - o.Intercepts, Joined: d.Joined - o.Joined,
		SYNTimeouts: d.SYNTimeouts - o.SYNTimeouts,
	}
}

// Task is what the owner of an engine spends time on: the frames of a Port, or one of these.
type Task uint8

const (
	TaskTimers Task = 252 // what came due
	TaskAsked  Task = 253 // the closures of Do
)

// spend enters how long a piece of work took.
func (e *Engine) spend(t Task, took time.Duration) {
	e.work.spent[t] += took
	e.work.done.Busy += took
}

// Spent is how long the engine has worked on a task since boot.
func (s *State) Spent(t Task) time.Duration { return s.e.work.spent[t] }

// Work is what was done in the last 5 seconds, minute and five minutes, all of which move every 5 seconds, and since boot.
// What was done before boot counts as nothing.
func (s *State) Work() (now, minute, five, all Done) {
	w, last := &s.e.work, s.e.sampled
	return w.last(last, rateNow), w.last(last, rateShort), w.last(last, rateLong), w.done
}

// last is what was done in the last ticks whole ticks.
func (w *work) last(sampled int64, ticks int) Done {
	var from Done
	if sampled >= int64(ticks) {
		from = w.ring[(sampled-int64(ticks))%rateSlots]
	}
	return w.ring[sampled%rateSlots].minus(from)
}

// Spans of the averages of Work.
const (
	WorkNow    = time.Duration(rateNow) * time.Duration(rateTick)
	WorkMinute = time.Duration(rateShort) * time.Duration(rateTick)
	WorkFive   = time.Duration(rateLong) * time.Duration(rateTick)
)

// Share is the share of a span that was spent at work, in percent, rounded.
func (d Done) Share(span time.Duration) int { return int(min(100, (d.Busy*100+span/2)/span)) }

// Block is a bounded store of the engine: how much there can be, how much was left at the least since boot or ClearBlocks,
// and is left now.
type Block struct{ Max, Low, Free int }

// Blocks are the engine's stores.
type Blocks struct {
	Assemblies Block // packets that are being put together of fragments
	Neighbours Block // entries of the ARP table
	Events     Block // events on their way to the log
	Streams    Block // octets that inspected connections keep together
}

// Blocks tells of the engine's stores.
func (s *State) Blocks() Blocks {
	e := s.e
	return Blocks{
		Assemblies: e.assemblies.block(), Neighbours: e.neighbours.block(),
		Events:  Block{len(e.events.buf), len(e.events.buf) - e.events.most, len(e.events.buf) - e.events.n},
		Streams: Block{e.streams.Most(), max(0, e.streams.Most()-e.streams.Peak()), max(0, e.streams.Most()-e.streams.Held())},
	}
}

// ClearBlocks makes what is left now the least that was left.
func (s *State) ClearBlocks() {
	e := s.e
	e.assemblies.most, e.neighbours.most, e.events.most = e.assemblies.used, e.neighbours.used, e.events.n
	e.streams.Rest()
}

func (s *slab[T]) block() Block { return Block{s.max, s.max - s.most, s.max - s.used} }
