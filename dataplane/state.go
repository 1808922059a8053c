package dataplane

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/packet"
)

// Conn is one connection as show conn prints it, by value.
type Conn struct {
	ID        uint32
	Proto     uint8
	Inbound   bool // opened from the lower level
	Lower     End
	Higher    End
	Idle      time.Duration
	Age       time.Duration
	Timeout   time.Duration
	Bytes     uint64
	State     ConnState
	Inspected bool
	MailData  bool // SMTP, while the message itself passes
	Held      int  // octets kept for inspection
	Embryonic bool
}

// ConnState are facts from which the flag letters of a release are spelt.
type ConnState uint16

const (
	ConnUp         ConnState = 1 << iota // U: handshake complete
	ConnWaitInSYN                        // S
	ConnWaitOutSYN                       // s
	ConnWaitInACK                        // A: awaiting inside ACK to SYN
	ConnWaitOutACK                       // a
	ConnDataIn                           // I: data from the outside
	ConnDataOut                          // O
	ConnFINOut                           // F: the outside sent FIN
	ConnFINIn                            // f
	ConnFINAckOut                        // R: outside acknowledged FIN
	ConnFINAckIn                         // r
	ConnBypass                           // b: it is not followed
)

// Xlate is one translation slot as show xlate prints it.
type Xlate struct {
	Proto        uint8 // 0: whole address
	RealIf       Port
	MappedIf     Port
	Real, Mapped netip.AddrPort
	Static       bool
	PAT          bool
	Extended     bool // others may have the same port towards other destinations
	Identity     bool
	NoRandom     bool
	DNS          bool // addresses in DNS replies are translated too
	Outside      bool // the real host is on the lower level
	Conns        int
	Embryonic    int
	MaxConns     int // limits of the line behind it; 0: none
	MaxEmbryonic int
	Idle         time.Duration
	Timeout      time.Duration
	ICMPID       uint16
	Line         acl.ID // that it was made by
}

// ARPEntry is one line of show arp.
type ARPEntry struct {
	Port   Port
	Addr   netip.Addr
	MAC    [6]byte
	Static bool
	Age    time.Duration
}

// Counts of a table: entries now, and the most there ever were since boot or clear.
type Counts struct{ InUse, MostUsed int }

// IfCounters of one interface. Runts are shorter than a header, Giants longer than the medium takes; both are dropped.
// NoBuffer are frames that were lost on the wire because the engine did not read them in time.
type IfCounters struct {
	InPackets, InBytes, OutPackets, OutBytes, Broadcasts, Dropped, Runts, Giants, NoBuffer uint64
}

// InspectCounters of one Inspect rule.
type InspectCounters struct {
	Packets, Drops, Resets, BannersMasked uint64
	Rate                                  uint64   // packets a second, the average of the last five minutes
	Matches                               []uint64 // by index in smtp.Policy.Matches
}

// LocalHost is one entry of show local-host.
type LocalHost struct {
	Port      Port
	Addr      netip.Addr
	TCP, UDP  int
	Embryonic int
	// Own: it speaks to the box alone, and none of these are counted.
	Own bool
}

// Capture is what to catch: packets of some interfaces that fit List in either direction, by real or mapped address.
type Capture struct {
	Name     string
	Ports    []Port
	List     *acl.List // nil: everything
	OneWay   bool      // the list is for packets as they are, not for the answers to them
	Way      Way
	Type     uint16 // of Ethernet; 0: every
	Buffer   int    // octets kept
	Snap     int    // octets kept of a packet
	Circular bool
	// Dropped, if not nil, catches what the engine drops for the reasons that it wants, instead of what is on wires; Ports
	// and Way do not count.
	Dropped func(Drop) bool
	Headers bool // only the headers of link, network and transport are kept
	// Traces is for how many of the packets that come in the way through the engine is kept too.
	Traces int
	// Sink gets every frame that the capture wants as well, whole and whether the buffer has room or not (a pcap file);
	// called in the engine's goroutine, must not block.
	Sink func(at time.Time, frame []byte, length int)
}

// Way is the direction of frames on a wire, seen from the box.
type Way uint8

const (
	BothWays Way = iota
	Received
	Sent
)

// Captured is one caught frame, a copy.
type Captured struct {
	At     time.Time
	Frame  []byte
	Length int
	Drop   Drop   // the reason, of a capture of what is dropped
	Trace  *Trace // its way; nil: not kept
}

// State is the engine's tables, seen from within its goroutine. It is good only during the call of Do.
type State struct{ e *Engine }

func (e *Engine) conn(f *flow) Conn {
	c := Conn{
		ID: f.number, Proto: f.ways[0].proto, Inbound: f.inbound(), Lower: f.end(1 - f.higher()), Higher: f.end(f.higher()),
		Idle: e.since(f.last), Age: e.since(f.made), Timeout: time.Duration(e.life(f)), Bytes: f.bytes,
		Inspected: e.aside(f).session != nil,
	}
	if c.Proto == packet.ProtoTCP {
		c.State, c.Embryonic = f.tcp.state, f.tcp.embryonic()
	}
	if c.Inspected {
		c.MailData, c.Held = e.aside(f).session.InData(), e.aside(f).stream.Held()
	}
	return c
}

func (e *Engine) xlate(x *xlate) Xlate {
	o := e.origin(x)
	v := Xlate{
		Proto: x.proto, Line: o.line, RealIf: o.at, MappedIf: o.mappedAt,
		Real: addrPort(x.real.addr, x.real.id), Mapped: addrPort(x.mapped.addr, x.mapped.id),
		Static: o.static, PAT: o.pat, Extended: o.extended, Identity: o.identity || o.static && x.real.addr == x.mapped.addr,
		NoRandom: o.limits.NoRandom, DNS: o.dns, Outside: e.r.level(o.at) < e.r.level(o.mappedAt), Conns: int(x.conns), Embryonic: int(x.embryonic), Timeout: time.Duration(o.timeout),
		MaxConns: o.limits.MaxConns, MaxEmbryonic: o.limits.MaxEmbryonic,
	}
	if x.conns == 0 {
		v.Idle = e.since(x.last)
	}
	if v.Proto == packet.ProtoICMP {
		v.ICMPID = x.real.id
	}
	return v
}

// Counts are the connections through the box and the translations.
func (s *State) Counts() (conns, xlates Counts) {
	return Counts{InUse: s.e.nConns, MostUsed: s.e.most}, s.e.xlates.counts()
}

// OwnTCP is how many TCP connections of the box itself are not over at both ends.
func (s *State) OwnTCP() (n int) {
	if s.e.flows.used == s.e.nConns {
		return 0
	}
	s.e.flows.each(func(_ uint32, f *flow) bool {
		if f.box && f.ways[0].proto == packet.ProtoTCP {
			n++
		}
		return true
	})
	return n
}

// HostCounts are the local hosts behind one interface: now, at most, and connections refused by a limit.
func (s *State) HostCounts(p Port) HostCounts { return *s.e.hostCounts(p) }

// ARP is the table of neighbours that have answered, and the arp lines, by port and address.
func (s *State) ARP() []ARPEntry {
	var all []ARPEntry
	for k, mac := range s.e.r.staticARP {
		all = append(all, ARPEntry{Port: k.port, Addr: packet.Addr(k.addr), MAC: mac, Static: true})
	}
	s.e.neighbours.each(func(_ uint32, n *neighbour) bool {
		if n.known && n.key.port != Self {
			all = append(all, ARPEntry{Port: n.key.port, Addr: packet.Addr(n.key.addr), MAC: n.mac, Age: s.e.since(n.learned)})
		}
		return true
	})
	slices.SortFunc(all, func(a, b ARPEntry) int { return cmp.Or(cmp.Compare(a.Port, b.Port), a.Addr.Compare(b.Addr)) })
	return all
}

// ClearARP forgets every neighbour that was learnt; those that packets wait for stay.
func (s *State) ClearARP() {
	s.e.neighbours.each(func(i uint32, n *neighbour) bool {
		if n.known && n.key.port != Self {
			s.e.forget(i, n)
		}
		return true
	})
}

// Hits is how many packets, first ones of a connection or single ones, a rule decided about.
func (s *State) Hits(id acl.ID) uint64 { return s.e.hits[id].n }

// SinceHit is how long ago a rule decided last; of one that never did, since the engine began.
func (s *State) SinceHit(id acl.ID) time.Duration { return s.e.since(s.e.hits[id].last) }

// ClearHits sets the hit counts of these rules to zero; without any, of all.
func (s *State) ClearHits(ids ...acl.ID) {
	if len(ids) == 0 {
		clear(s.e.hits)
	}
	for _, id := range ids {
		delete(s.e.hits, id)
	}
}

// Inspect is a copy of the counters of one Inspect rule.
func (s *State) Inspect(id acl.ID) InspectCounters {
	c := s.e.inspects[id]
	if c == nil {
		return InspectCounters{}
	}
	v := c.InspectCounters
	v.Matches, v.Rate = slices.Clone(c.Matches), c.perSecond(s.e.sampled)
	return v
}

// ClearInspect sets the counters of those inspections and policers to zero that f wants cleared, and the drops of those classes.
func (s *State) ClearInspect(f func(acl.ID) bool) {
	for id, c := range s.e.inspects {
		if f(id) {
			clear(c.Matches)
			c.InspectCounters = InspectCounters{Matches: c.Matches}
		}
	}
	for id, c := range s.e.classes {
		if f(id) {
			c.Drops, c.Normal, c.Probes = 0, NormalCounters{}, ProbeCounters{}
		}
	}
	for id, m := range s.e.policed {
		if f(id) {
			m.PoliceCounters = PoliceCounters{}
		}
	}
}

// throughFixed tells whether a connection goes through a static rule of the table whose translation f wants ended.
func (e *Engine) throughFixed(fl *flow, f func(Xlate) bool) bool {
	if fl.box || !e.r.Rules.ByTable {
		return false
	}
	for side := range fl.ways {
		if x, ok := e.fixed(fl, side); ok && (f == nil || f(x)) {
			return true
		}
	}
	return false
}

// fixed is the translation of one end of a connection by a static rule: that its address differs tells of it, or a rule that
// leaves addresses as they are.
func (e *Engine) fixed(f *flow, side int) (Xlate, bool) {
	if f.xlates[side] != 0 {
		return Xlate{}, false
	}
	own, seen := &f.ways[side], &f.ways[1-side]
	x := Xlate{
		RealIf: own.port, MappedIf: seen.port, Static: true, Real: addrPort(own.src, 0), Mapped: addrPort(seen.dst, 0),
		Identity: own.src == seen.dst && own.srcPort == seen.dstPort,
	}
	if r := e.tableRule(own.port, seen.port, ends{own.src, own.dst, own.srcPort, own.dstPort, own.proto}); r != nil && !r.Dynamic {
		x.Line, x.DNS = r.ID, r.DNS
	} else if x.Identity {
		return Xlate{}, false
	}
	if own.srcPort != seen.dstPort && own.proto != packet.ProtoICMP {
		x.Proto, x.PAT, x.Real, x.Mapped = own.proto, true, addrPort(own.src, own.srcPort), addrPort(seen.dst, seen.dstPort)
	}
	return x, true
}

// StartCapture begins to catch, or changes a capture of the same name and keeps what it caught.
func (s *State) StartCapture(c Capture) {
	s.e.cutAll()
	c.Buffer, c.Snap = orElse(c.Buffer, captureBuffer), orElse(c.Snap, captureSnap)
	for _, old := range s.e.captures {
		if old.Name == c.Name {
			old.Capture = c
			old.full = old.full && !c.Circular && old.octets+c.Snap > c.Buffer
			return
		}
	}
	s.e.captures = append(s.e.captures, &capture{Capture: c})
}

// StopCapture ends a capture and forgets what it caught; false: there is none of that name.
func (s *State) StopCapture(name string) bool {
	n := len(s.e.captures)
	s.e.captures = slices.DeleteFunc(s.e.captures, func(c *capture) bool { return c.Name == name })
	return len(s.e.captures) < n
}

// ClearCapture forgets what a capture caught and lets it go on.
func (s *State) ClearCapture(name string) {
	for _, c := range s.e.captures {
		if c.Name == name {
			c.frames, c.octets, c.traced, c.full = nil, 0, 0, false
		}
	}
}

// Captures are the running captures, in order of their start.
func (s *State) Captures() []Capture {
	var all []Capture
	for _, c := range s.e.captures {
		all = append(all, c.Capture)
	}
	return all
}

// Captured is what a capture caught so far; the frames are not changed later.
func (s *State) Captured(name string) []Captured {
	for _, c := range s.e.captures {
		if c.Name == name {
			return slices.Clone(c.frames)
		}
	}
	return nil
}

// CaptureFill is how many octets a capture keeps, and whether a frame found no room.
func (s *State) CaptureFill(name string) (octets int, full bool) {
	for _, c := range s.e.captures {
		if c.Name == name {
			return c.octets, c.full
		}
	}
	return 0, false
}

// Drops are the reasons for which packets went no further, and how often; those that never applied are left out.
func (s *State) Drops() []DropCount {
	var all []DropCount
	for r, n := range s.e.drops {
		if n > 0 {
			all = append(all, DropCount{Drop(r), n})
		}
	}
	return all
}

// EventsLost is how many events found the queue full.
func (s *State) EventsLost() uint64 { return s.e.events.lost }

// Lookup is the route to an address. Via that is invalid means that the address is on the wire itself.
func (s *State) Lookup(dst netip.Addr) (Route, bool) {
	if !dst.Is4() {
		return Route{}, false
	}
	h, ok := s.e.r.route(packet.U32(dst), None)
	if !ok {
		return Route{}, false
	}
	return h.route(), true
}

// DebugICMP switches EventDebugICMP on or off.
func (s *State) DebugICMP(on bool) { s.e.debugICMP = on }

// Reset empties every table and counter, as a reload does: no events are raised, captures end. The policy stays.
func (s *State) Reset() {
	e := s.e
	e.cutAll()
	e.flows.each(func(_ uint32, f *flow) bool { e.tapClose(f, ReasonNone); return true })
	e.empty()
	for p := range e.meters {
		e.meters[p] = meter{lost: e.meters[p].lost + e.lostOnWire(Port(p))}
	}
	e.trafficSince, e.work = e.now, work{}
	clear(e.hits)
	clear(e.natUses)
	clear(e.inspects)
	clear(e.classes)
	e.bound = e.boundClasses(e.r)
	e.policed = nil
	e.policers = e.boundPolicers(e.r)
	e.shuns = nil
	e.selfCount, e.drops, e.captures, e.debugICMP, e.serial = IfCounters{}, [dropCount]uint64{}, nil, false, 0
	e.disallowed = false
}
