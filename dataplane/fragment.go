package dataplane

import (
	"time"

	"pixsim/dataplane/packet"
)

type assemblyKey struct {
	src, dst uint32
	id       uint16
	proto    uint8
	port     Port
}

// assembly is a packet of which some fragments have come. Fragments may come in any order; one that overlaps another
// ends it all, as does one too many (RFC 1858, RFC 3128: nothing is let through before the whole is known).
type assembly struct {
	key    assemblyKey
	buf    []byte // header, then payload by offset
	header int    // 0: the first fragment is missing
	spans  []span // sorted, disjoint
	have   int
	total  int // payload, 0: the last fragment is missing
	timer  uint32
}

type span struct{ from, to int }

// fragment takes one fragment, and passes on the packet when it is the last one missing.
func (e *Engine) fragment(k *arrival) {
	d := &k.d
	key := assemblyKey{src: d.Src, dst: d.Dst, id: d.FragID, proto: d.Proto, port: k.in}
	i := e.assemblyIndex[key]
	if e.r.Rules.FragGuard && d.FragOff > 0 && (i == 0 || e.assemblies.at(i).header == 0) {
		e.drop(DropFragment)
		e.fragmentCounts(k.in).Failed++
		return
	}
	if i == 0 {
		if i = e.newAssembly(key, d); i == 0 {
			e.drop(DropFragment)
			return
		}
	}
	a := e.assemblies.at(i)
	lim := &e.r.wire(k.in).Fragments
	chain := orElse(lim.Chain, orElse(e.r.Rules.FragmentChain, 24))
	if why := a.add(d, chain); why != placed {
		e.misfit(why, d, chain)
		e.drop(DropFragment)
		e.fragmentCounts(key.port).Failed++
		e.endAssembly(i, a)
		return
	}
	if a.header == 0 || a.total == 0 || a.have < a.total {
		return
	}
	e.assembled(k, a)
	e.fragmentCounts(key.port).Assembled++
	e.endAssembly(i, a)
	switch {
	case k.p.IP == nil:
	case e.r.Rules.FragGuard && !e.fragmentsFit(k.d.Dst):
		e.drop(DropFragment)
	default:
		e.packet(k)
	}
}

// guardRate is how many packets that came in fragments a host gets in a second while FragGuard is on, and guardHosts how many
// hosts get any.
const (
	guardRate  = 100
	guardHosts = 1024
)

// fragmentsFit tells whether one more packet that came in fragments is not too much for its destination.
func (e *Engine) fragmentsFit(dst uint32) bool {
	if e.guarded == nil {
		e.guarded = map[uint32]int{}
	}
	if second := e.now / int64(time.Second); second != e.guardSecond {
		e.guardSecond = second
		clear(e.guarded)
	}
	n, there := e.guarded[dst]
	if n >= guardRate || !there && len(e.guarded) >= guardHosts {
		return false
	}
	e.guarded[dst] = n + 1
	return true
}

func (e *Engine) newAssembly(key assemblyKey, d *packet.Parsed) uint32 {
	lim, c := &e.r.wire(key.port).Fragments, e.fragmentCounts(key.port)
	if lim.Size > 0 && c.Queue >= lim.Size {
		c.Overflow++
		e.fragmentEvent(EventFragmentsFull, d).Limit = lim.Size
		return 0
	}
	i, a, ok := e.assemblies.take()
	if !ok {
		c.Overflow++
		e.fragmentEvent(EventFragmentsFull, d).Limit = e.assemblies.max
		return 0
	}
	c.Queue++
	a.key = key
	if n := len(e.spare); n > 0 {
		a.buf, e.spare = e.spare[n-1], e.spare[:n-1]
	} else {
		a.buf = make([]byte, maxHeader+maxPacket+1)
	}
	a.timer = e.wheel.newTimer(timerFragments, i)
	wait := int64(orElse(int(lim.Wait), orElse(int(e.r.Rules.FragmentWait), int(5*time.Second))))
	e.wheel.start(a.timer, e.now+wait)
	e.assemblyIndex[key] = i
	return i
}

// misfit reports why a fragment ends its packet; of some reasons nothing is said.
func (e *Engine) misfit(why misfit, d *packet.Parsed, chain int) {
	switch why {
	case tooMany:
		e.fragmentCounts(e.k.in).Chain++
		e.fragmentEvent(EventFragmentChain, d).Limit = chain
	case overlaps:
		e.fragmentCounts(e.k.in).Overlaps++
		ev := e.fragmentEvent(EventTeardrop, d)
		ev.Len, ev.Count = len(d.IP.Payload()), d.FragOff
	}
}

// tooLarge reports a fragment of a packet that would be longer than any can be.
func (e *Engine) tooLarge(d *packet.Parsed) {
	ev := e.fragmentEvent(EventFragmentSize, d)
	ev.Len, ev.Limit = d.FragOff+len(d.IP), maxPacket
}

// fragmentEvent reports a fragment: of what it is a part of, only addresses, protocol and number are sure.
func (e *Engine) fragmentEvent(kind EventKind, d *packet.Parsed) *Event {
	in := e.k.in
	return e.post(Event{
		Kind: kind, Proto: d.Proto, In: in, ID: d.FragID,
		Src: End{If: in, Real: addrPort(d.Src, 0)}, Dst: End{If: None, Real: addrPort(d.Dst, 0)},
	})
}

// FragmentCounts of one interface: datagrams being put together now, put together, given up, and refused for want of room. Of
// those that were given up Late had not come in time, Chain had too many fragments and Overlaps some that overlapped.
type FragmentCounts struct {
	Queue                       int
	Assembled, Failed, Overflow uint64
	Late, Chain, Overlaps       uint64
}

func (e *Engine) fragmentCounts(port Port) *FragmentCounts {
	c := e.fragmentCount[port]
	if c == nil {
		c = &FragmentCounts{}
		e.fragmentCount[port] = c
	}
	return c
}

// FragmentCounts of one interface.
func (s *State) FragmentCounts(p Port) FragmentCounts { return *s.e.fragmentCounts(p) }

const maxHeader = 60

// misfit is why a fragment cannot be taken.
type misfit uint8

const (
	placed misfit = iota
	tooMany
	overlaps
	senseless // empty, or another end than the one that came
)

// add puts a fragment where it belongs, unless it does not fit with the others.
func (a *assembly) add(d *packet.Parsed, chain int) misfit {
	body := d.IP.Payload()
	s := span{d.FragOff, d.FragOff + len(body)}
	if s.to > maxPacket || s.from == s.to {
		return senseless
	}
	at := 0
	for at < len(a.spans) && a.spans[at].from < s.from {
		at++
	}
	if at < len(a.spans) && a.spans[at] == s {
		return placed // the same once more: the wire doubles packets now and then
	}
	switch {
	case at > 0 && a.spans[at-1].to > s.from, at < len(a.spans) && a.spans[at].from < s.to:
		return overlaps
	case len(a.spans) >= chain:
		return tooMany
	case a.total != 0 && s.to > a.total:
		return senseless
	}
	if !d.MoreFrags {
		if a.total != 0 || at < len(a.spans) {
			return senseless
		}
		a.total = s.to
	}
	a.spans = append(a.spans, span{})
	copy(a.spans[at+1:], a.spans[at:])
	a.spans[at] = s
	a.have += len(body)
	copy(a.buf[maxHeader+s.from:], body)
	if s.from == 0 {
		a.header = d.IP.HeaderLen()
		copy(a.buf[maxHeader-a.header:], d.IP[:a.header])
	}
	return placed
}

// assembled makes k the whole packet, in memory of the output; without an IP packet if it cannot be trusted.
func (e *Engine) assembled(k *arrival, a *assembly) {
	k.p = packet.Packet{}
	n := a.header + a.total
	if n > maxPacket {
		e.drop(DropFragment)
		return
	}
	f, room := e.out.frame(n)
	ip := packet.IPv4(room)
	copy(ip, a.buf[maxHeader-a.header:maxHeader+a.total])
	ip.SetTotalLen(n)
	ip.SetFrag(0, false)
	k.fr = f
	k.d.DecodeIP(ip)
	if k.d.Kind == packet.Unknown {
		e.drop(DropMalformed)
		return
	}
	k.p = k.d.Packet(0, false)
}

// assemblyDue gives up on a packet whose fragments did not come in time.
func (e *Engine) assemblyDue(i uint32) {
	e.drops[DropFragment]++
	c := e.fragmentCounts(e.assemblies.at(i).key.port)
	c.Failed++
	c.Late++
	e.endAssembly(i, e.assemblies.at(i))
}

const spareBuffers = 8

func (e *Engine) endAssembly(i uint32, a *assembly) {
	if len(e.spare) < spareBuffers {
		e.spare = append(e.spare, a.buf)
	}
	e.wheel.freeTimer(a.timer)
	e.fragmentCounts(a.key.port).Queue--
	delete(e.assemblyIndex, a.key)
	e.assemblies.give(i)
}
