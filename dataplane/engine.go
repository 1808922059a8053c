package dataplane

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
	"pixsim/dataplane/stream"
)

// Engine is the packet path. One goroutine owns it: the one in Run or, without Run, the one that calls Step and Tick.
// Swap and Do may be called from any goroutine.
type Engine struct {
	rules atomic.Pointer[rules] // what Swap stored
	r     *rules                // what the owner works by
	gen   uint32                // counts adopted rules: next hops kept in flows are good for one

	epoch time.Time
	now   int64 // nanoseconds since epoch
	rand  *rand.Rand
	out   *Output

	wheel    wheel
	flows    slab[flow]
	ways     index // of flows
	settings shared[settings]
	asides   slab[aside]
	nothing  aside // of flows that have nothing beside
	nConns   int   // flows through the box; those of the box itself are not shown
	most     int
	serial   uint32

	xlates  slab[xlate]
	places  index // of xlates
	origins shared[origin]
	pools   map[poolKey]*poolState
	spent   map[spentKey]*spent
	given   uint32 // counts static translations that ended: what they had can be given out

	hosts     slab[host]
	hostIndex index
	hostCount map[Port]*HostCounts

	neighbours     slab[neighbour]
	neighbourIndex map[neighbourKey]uint32
	asked          ARPStatistics // Entries and Queued are counted when somebody wants to know them
	waiting        int           // frames that wait for an address, of all neighbours

	assemblies    slab[assembly]
	assemblyIndex map[assemblyKey]uint32
	fragmentCount map[Port]*FragmentCounts
	spare         [][]byte       // buffers of finished assemblies
	guarded       map[uint32]int // packets in fragments of the present second by destination, with FragGuard
	guardSecond   int64

	meters       []meter // by Port
	selfCount    IfCounters
	sampled      int64 // rateTicks that are in the rings of meters
	trafficSince int64
	work         work
	wires        map[Port]link.Link // of the Run in progress
	hits         map[acl.ID]hitCount
	natUses      map[natKey]*natUse
	logged       logTable
	inspects     map[acl.ID]*inspectMeter
	classes      map[acl.ID]*ClassCounters
	bound        []class   // by Policy.Classes
	policers     []policer // by Policy.Policers
	policed      map[acl.ID]*policeMeter
	normals      map[uint32]normal    // of the connections whose segments are normalised
	probes       map[uint32]*deadline // of those whose ends are asked whether they are there
	before       *rules               // the last ones, until it is seen whose route they changed
	rerouted     uint32               // up to which connection that was seen
	adrift       map[uint32]int64     // connections off their routes, and until when they stay
	adriftTimer  uint32               // of the first of them; 0: there is none
	drops        [dropCount]uint64
	captures     []*capture
	shown        []byte // of asSeen
	shuns        map[uint32]*Shun
	debugICMP    bool
	awaited      []awaited
	dhcp         func(Asked)
	disallowed   bool
	events       ring
	tap          Tap
	offload      offloads
	leaving      tapRef // whose the packet is that is being sent

	intercepted intercept
	streams     stream.Pool

	k       arrival
	try     attempt
	trace   *tracing // of the packet in hand; nil: nobody looks
	dry     bool     // the packet in hand is on no wire: nothing is sent, and nothing that it makes stays
	busy    bool     // k is the packet in hand
	emitter emitter

	gate    sync.Mutex // guards run and swaps, and is held by a Do that runs without an owner
	run     *owner
	swaps   uint32 // calls of Swap
	entered chan struct{}
	begun   sync.Once // closes entered
}

// Options of New.
type Options struct {
	Policy *Policy // nil: no interfaces
	Now    time.Time
	// Rand chooses initial sequence numbers and hash seeds; it belongs to the engine from now on. nil: always the same.
	Rand *rand.Rand
	Tap  Tap // nil: none
	// DHCP gets what the interfaces of ToBox.DHCP have for the box's DHCP server, and those of ToBox.DHCPClient for its
	// client, in the engine's goroutine; it must not block.
	// nil: there is none.
	DHCP func(Asked)
	// Offload, if not nil, carries packets past the engine. It is the owner's.
	Offload Offload
}

// New makes an engine. Time may only go forward from Options.Now.
func New(o Options) *Engine {
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(0, 0))
	}
	if o.Policy == nil {
		o.Policy = &Policy{}
	}
	e := &Engine{epoch: o.Now, rand: o.Rand, events: newRing(eventRing), tap: o.Tap, dhcp: o.DHCP, entered: make(chan struct{})}
	e.offload.Offload, e.offload.flows = o.Offload, map[uint32][2]uint32{}
	e.hits = map[acl.ID]hitCount{}
	e.natUses = map[natKey]*natUse{}
	e.inspects = map[acl.ID]*inspectMeter{}
	e.classes = map[acl.ID]*ClassCounters{}
	e.Swap(o.Policy)
	e.adopt()
	e.empty()
	return e
}

// empty makes every table new. Counters, captures and events stay.
func (e *Engine) empty() {
	lim := e.r.Rules
	e.offload.timer, e.offload.due = 0, nil
	e.wheel = wheel{now: e.now / wheelTick}
	maxConns := orElse(lim.MaxConns, 32768)
	// The box's own connections have their slots besides, so that a full table does not lock the operator out.
	e.flows = slab[flow]{max: maxConns + boxFlows}
	e.asides = slab[aside]{max: maxConns + boxFlows}
	e.settings = newShared[settings](maxConns + boxFlows)
	e.ways = newIndex(e.rand.Uint64())
	e.xlates = slab[xlate]{max: orElse(lim.MaxXlates, 65536)}
	e.origins = newShared[origin](e.xlates.max)
	e.places = newIndex(e.rand.Uint64())
	e.pools = map[poolKey]*poolState{}
	e.spent = map[spentKey]*spent{}
	e.hosts = slab[host]{max: 2*(maxConns+boxFlows) + e.xlates.max}
	e.hostIndex = newIndex(e.rand.Uint64())
	e.hostCount = map[Port]*HostCounts{}
	e.neighbours = slab[neighbour]{max: orElse(lim.MaxARP, 4096)}
	e.neighbourIndex = map[neighbourKey]uint32{}
	e.assemblies = slab[assembly]{max: orElse(lim.MaxFragments, 200)}
	e.assemblyIndex = map[assemblyKey]uint32{}
	e.fragmentCount = map[Port]*FragmentCounts{}
	e.nConns, e.most, e.waiting, e.asked = 0, 0, 0, ARPStatistics{}
	e.normals, e.probes = map[uint32]normal{}, map[uint32]*deadline{}
	e.adrift, e.adriftTimer = map[uint32]int64{}, 0
	e.intercepted = intercept{}
	e.logged = newLogTable(e.rand.Uint64())
	e.streams = stream.Pool{Limit: e.streams.Limit}
}

const boxFlows = 64

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// Swap makes a new policy count from the next Step, Tick or Do on; a Run in progress is told of it. Live connections keep the
// rules they were made under.
func (e *Engine) Swap(p *Policy) {
	r := newRules(p)
	e.gate.Lock()
	defer e.gate.Unlock()
	e.swaps++
	r.number = e.swaps
	e.rules.Store(r)
	if e.offload.Offload != nil {
		e.offload.Outdate(r.number)
	}
	if e.run != nil {
		e.run.bell.Ring()
	}
}

// adopt takes over what Swap stored.
func (e *Engine) adopt() {
	r := e.rules.Load()
	if r == e.r {
		return
	}
	e.cutAll()
	if e.offload.Offload != nil {
		e.offload.Adopt(r.number)
	}
	e.rewire(r)
	if e.before == nil {
		e.before = e.r
	}
	e.rerouted = 0
	e.r = r
	e.bound = e.boundClasses(r)
	e.policers = e.boundPolicers(r)
	e.gen++
	for len(e.meters) < len(r.ports) {
		e.meters = append(e.meters, meter{})
	}
	maxConns := orElse(r.Rules.MaxConns, 32768)
	e.flows.max = maxConns + boxFlows
	e.asides.max, e.settings.all.max = e.flows.max, e.flows.max
	e.xlates.max = orElse(r.Rules.MaxXlates, 65536)
	e.origins.all.max = e.xlates.max
	e.hosts.max = 2*(maxConns+boxFlows) + e.xlates.max
	e.neighbours.max = orElse(r.Rules.MaxARP, 4096)
	e.assemblies.max = orElse(r.Rules.MaxFragments, 200)
}

// begin prepares for work at a time that never goes back.
func (e *Engine) begin(now time.Time, out *Output) {
	e.adopt()
	e.out = out
	e.now = max(e.now, int64(now.Sub(e.epoch)))
	e.reroute()
	e.sample()
}

// Step takes frames that came in on a port and appends to out what is to be sent. Frames in out may lie in the buffers
// of frames: they are good until those are reused or out is reset, whichever is first. What came due before now is done
// first, as far as Tick would do it.
func (e *Engine) Step(now time.Time, in Port, frames []link.Frame, out *Output) {
	e.begin(now, out)
	e.wheel.advance(e.now, dueAtOnce, e.fire)
	e.busy = true
	for i := range frames {
		e.receive(in, frames[i])
		if e.trace != nil {
			e.trace.finish(e)
			e.trace = nil
		}
	}
	e.busy = false
	e.out = nil
}

// dueAtOnce is how many timers are looked at before packets have their turn again: a million of them that come due at one
// time must not keep packets waiting.
const dueAtOnce = 256

// Tick does what came due until now and appends to out what is to be sent. Where very much came due it does a part of it,
// and Next is not later than now.
func (e *Engine) Tick(now time.Time, out *Output) {
	e.begin(now, out)
	e.wheel.advance(e.now, dueAtOnce, e.fire)
	e.offloadDue(true)
	e.out = nil
}

// Next is when Tick wants to be called at the latest; zero: no timer is set.
func (e *Engine) Next() time.Time {
	if e.before != nil {
		return e.epoch.Add(time.Duration(e.now))
	}
	at, ok := e.wheel.next()
	if !ok {
		return time.Time{}
	}
	return e.epoch.Add(time.Duration(at))
}

// fire is called by the wheel.
func (e *Engine) fire(kind timerKind, what uint32) {
	switch kind {
	case timerFlow:
		e.flowDue(what)
	case timerStream:
		e.streamDue(what)
	case timerXlate:
		e.xlateDue(what)
	case timerARP:
		e.neighbourDue(what)
	case timerFragments:
		e.assemblyDue(what)
	case timerLog:
		e.reportLogged(what)
	case timerJoin:
		e.joinDue(what)
	case timerAdrift:
		e.adriftDue()
	case timerRates:
		e.windRates()
	}
}

// arrival is the packet in hand.
type arrival struct {
	in  Port
	mac [6]byte    // who sent it
	fr  link.Frame // where it lies; Buf is nil when it was put together from fragments
	d   packet.Parsed
	p   packet.Packet
	key tuple
}

// mediumMTU is the longest packet on Ethernet.
const mediumMTU = 1500

// receive is the way of every frame: wire, VLAN, ARP or IP, fragments, then flow or first packet.
func (e *Engine) receive(on Port, f link.Frame) {
	e.k.in, e.k.fr = on, f
	in, f, ok := e.untag(on, f)
	if !ok {
		e.drop(DropNotForUs)
		return
	}
	w := e.r.wire(in)
	if w == nil || !w.up {
		return
	}
	c := e.count(in)
	c.InPackets++
	c.InBytes += uint64(f.Len)
	if len(e.captures) > 0 {
		e.capture(in, Received, e.asSeen(&f))
	}
	k := &e.k
	k.in, k.fr = in, f
	k.d.Decode(f.Bytes())
	if k.d.Why == packet.WhyShort {
		c.Runts++
	}
	if f.GSOSize == 0 && f.Len > packet.EthernetLen+max(w.mtu, mediumMTU)+packet.TagLen {
		c.Giants++
		e.drop(DropMalformed)
		return
	}
	if k.d.Kind == packet.Unknown {
		e.drop(e.unknown(&k.d))
		return
	}
	eth := packet.Ethernet(f.Bytes())
	k.mac = eth.Src()
	if dst := eth.Dst(); dst[0]&1 != 0 {
		c.Broadcasts++
		if in != Self && k.d.IP != nil && !w.everybody(k.d.Dst) { // RFC 1812 5.3.4: it must not go on
			e.drop(DropNotForUs)
			return
		}
	} else if dst != w.MAC {
		e.drop(DropNotForUs)
		return
	}
	if k.d.IP != nil && k.d.L4 > packet.IPv4Len && !e.options(k) {
		return
	}
	switch {
	case k.d.Kind == packet.KindARP:
		e.arp(k)
	case k.d.Fragment():
		e.fragment(k)
	default:
		k.p = k.d.Packet(f.GSOSize, f.NeedsCsum)
		e.packet(k)
	}
}

// everybody tells whether an address is that of all hosts on a wire, or of a group.
func (w *wire) everybody(addr uint32) bool {
	return addr >= multicast || w.hasAddr && addr == w.bcast
}

// unknown is why a frame that means nothing to the box is dropped.
func (e *Engine) unknown(d *packet.Parsed) Drop {
	switch {
	case d.Why == packet.WhyTooLarge:
		e.tooLarge(d)
	case d.Why == packet.WhyEtherType && packet.Ethernet(d.Frame).Type() == packet.TypeIPv6:
		return DropIPv6
	}
	return DropMalformed
}

// packet is the way of a whole IP packet.
func (e *Engine) packet(k *arrival) {
	k.key = tupleOf(&k.d, k.in)
	if e.trace != nil {
		e.trace.Dest = addrPort(k.key.dst, k.key.dstPort)
	}
	if len(e.shuns) > 0 && e.shunned(k) {
		return
	}
	trace := e.debugICMP && k.d.Kind == packet.KindICMP
	if n := e.way(k.key); n != 0 && (k.d.Kind != packet.KindICMP || e.stillTaken(k, n)) {
		if trace {
			e.traceFlow(n)
		}
		if e.trace != nil {
			e.trace.found(e, k, n)
		}
		if e.dry {
			return
		}
		if e.follow(k, n/2, int(n&1)) {
			return
		}
	}
	e.first(k)
	if trace {
		e.deny(EventDebugICMP, &e.try)
	}
}

// tupleOf is the key of a packet.
func tupleOf(d *packet.Parsed, in Port) tuple {
	t := tuple{src: d.Src, dst: d.Dst, srcPort: d.SrcPort, dstPort: d.DstPort, proto: d.Proto, port: in}
	if d.Kind == packet.KindICMP {
		t.query = queryOf(d.Type)
		if isReply(d.Type) {
			t.dstPort = d.ICMPID
		} else {
			t.srcPort = d.ICMPID
		}
	}
	return t
}

// isReply tells the answering types of ICMP queries.
func isReply(icmpType uint8) bool {
	switch icmpType {
	case packet.ICMPEchoReply, packet.ICMPTimestampRep, packet.ICMPInfoReply, packet.ICMPMaskReply:
		return true
	}
	return false
}

// queryOf is the type of the ICMP query that a message is, or answers; 0 for others.
func queryOf(icmpType uint8) uint8 {
	switch icmpType {
	case packet.ICMPEchoReply:
		return packet.ICMPEcho
	case packet.ICMPTimestampRep, packet.ICMPInfoReply, packet.ICMPMaskReply:
		return icmpType - 1
	case packet.ICMPEcho, packet.ICMPTimestamp, packet.ICMPInfo, packet.ICMPMask:
		return icmpType
	}
	return 0
}

// count is the counters of a port.
func (e *Engine) count(p Port) *IfCounters {
	if int(p) < len(e.meters) {
		return &e.meters[p].total
	}
	return &e.selfCount
}

// at is a time of the engine's clock.
func (e *Engine) at(now int64) time.Time { return e.epoch.Add(time.Duration(now)) }
