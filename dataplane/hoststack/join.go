package hoststack

import (
	"sync"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// joiner makes the host send again as the TCP of Windows and of the BSDs does: from the first octet that the peer lacks,
// as much of what was sent since as a segment holds. The stack sends its old segments again one by one instead, and after
// a timeout nothing behind the first. A box in the middle that waits for whole lines then waits for good.
//
// It follows each connection and keeps what the peer has not acknowledged, as far as the bounds go. When the stack sends
// a short segment again, the joiner takes over: it acknowledges what it keeps to the stack, in the peer's name, so that
// the stack goes on with what is queued, and repeats it to the peer itself, joined, at the stack's intervals, until the
// peer has acknowledged all. Then it steps aside. Beyond the bounds it does nothing, and the stack is as ever.
type joiner struct {
	wire   int // octets of payload and TCP options that the host's own wire carries in a segment
	minRTO time.Duration
	send   func(frame []byte) // to the wire
	inject func(frame []byte) // to the stack

	mu    sync.Mutex // taken inside the stack: never held over send and inject
	conns map[ends]*followed
	busy  map[ends]*followed // of these, those with something to do
	seen  packet.Parsed

	wake  chan struct{}
	done  chan struct{}
	owner sync.WaitGroup
}

// Bounds. A full table forgets the connection that was silent longest; one that is not in the table is not helped.
const (
	maxFollowed = 1024     // connections of a host
	maxKept     = 16 << 10 // octets of one: an initial window, RFC 6928
	leastKept   = 512      // room for so much stays with a connection that waits; one that sent as much as is kept goes on
	maxRepeats  = 15       // then the connection is dead, as with tcp_retries2 of Linux
	defaultRTO  = 200 * time.Millisecond
	mostRTO     = 60 * time.Second // RFC 6298 2.5
)

// ends names a connection: the host's address and port, the peer's.
type ends struct {
	host, peer         uint32
	hostPort, peerPort uint16
}

func newJoiner(mtu int, minRTO time.Duration) *joiner {
	if minRTO == 0 {
		minRTO = defaultRTO
	}
	return &joiner{
		wire: mtu - packet.IPv4Len - packet.TCPLen, minRTO: minRTO,
		conns: map[ends]*followed{}, busy: map[ends]*followed{},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// start begins the work of the timers, which stop ends and waits for. send and inject may be called until stop has returned.
func (j *joiner) start(send, inject func(frame []byte)) {
	j.send, j.inject = send, inject
	j.owner.Go(j.run)
}

func (j *joiner) stop() {
	close(j.done)
	j.owner.Wait()
}

func (j *joiner) run() {
	timer := time.NewTimer(mostRTO)
	defer timer.Stop()
	for {
		next := j.work(time.Now())
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-j.wake:
		case <-j.done:
			return
		}
	}
}

// work does what is due and says when there is more.
func (j *joiner) work(now time.Time) (next time.Time) {
	var toWire, toStack [][]byte
	next = now.Add(mostRTO)
	j.mu.Lock()
	for k, c := range j.busy {
		if c.owesAck {
			c.owesAck = false
			toStack = append(toStack, c.early())
		}
		switch {
		case !c.helps:
			delete(j.busy, k)
			continue
		case now.Before(c.due):
		case c.repeats >= maxRepeats:
			toStack = append(toStack, c.dead())
			j.forget(k)
			continue
		default:
			toWire = append(toWire, c.repeat(now, nil))
		}
		if c.due.Before(next) {
			next = c.due
		}
	}
	j.mu.Unlock()
	for _, f := range toStack {
		j.inject(f)
	}
	for _, f := range toWire {
		j.send(f)
	}
	return next
}

// attend has work look at a connection.
func (j *joiner) attend(k ends, c *followed) {
	j.busy[k] = c
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *joiner) forget(k ends) {
	delete(j.conns, k)
	delete(j.busy, k)
}

// outgoing reads a frame of the stack's and may put another in its place.
func (j *joiner) outgoing(now time.Time, f *link.Frame) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := j.decode(f.Bytes())
	if t == nil {
		return
	}
	k := ends{j.seen.Src, j.seen.Dst, j.seen.SrcPort, j.seen.DstPort}
	c := j.find(now, k, t)
	if c == nil {
		return
	}
	switch {
	case t.Flags()&packet.RST != 0:
		j.forget(k)
		return
	case t.Flags()&packet.SYN != 0:
		c.hostSYN(f.Bytes(), t)
	case c.hostSent(now, f.Bytes(), t):
		c.takeOver(now, j.minRTO)
		b := c.repeat(now, f.Buf[:f.Off])
		*f = link.Frame{Buf: b[:cap(b)], Off: f.Off, Len: len(b) - f.Off, Given: f.Given}
	}
	if c.owesAck {
		j.attend(k, c)
	}
	if c.over() {
		j.forget(k)
	}
}

// incoming reads a frame for the stack and rewrites the acknowledgement in it where the stack was told more.
func (j *joiner) incoming(now time.Time, f *link.Frame) {
	j.mu.Lock()
	defer j.mu.Unlock()
	frame := f.Bytes()
	t := j.decode(frame)
	if t == nil {
		return
	}
	k := ends{j.seen.Dst, j.seen.Src, j.seen.DstPort, j.seen.SrcPort}
	p := j.seen.Packet(f.GSOSize, f.NeedsCsum)
	if _, ok := p.VerifyTCP(); !ok {
		return
	}
	c := j.find(now, k, t)
	if c == nil {
		return
	}
	switch {
	case t.Flags()&packet.SYN != 0:
		c.peerSYN(t)
	case t.Flags()&packet.RST != 0:
		if c.expects(t.Seq()) {
			j.forget(k)
		}
		return
	}
	if t.Flags()&packet.ACK == 0 {
		return
	}
	c.peerSent(now, frame, p)
	if c.helps && !now.Before(c.due) {
		j.attend(k, c)
	}
	if c.over() {
		j.forget(k)
	}
}

// decode is the TCP segment of a frame, nil when there is none or not the whole of one.
func (j *joiner) decode(frame []byte) packet.TCP {
	j.seen.Decode(frame)
	if j.seen.Kind != packet.KindTCP || j.seen.Fragment() {
		return nil
	}
	return packet.TCP(j.seen.IP.Payload())
}

// find is the connection of a segment, begun by a SYN.
func (j *joiner) find(now time.Time, k ends, t packet.TCP) *followed {
	c := j.conns[k]
	if c == nil {
		if t.Flags()&(packet.SYN|packet.RST) != packet.SYN {
			return nil
		}
		if !j.makeRoom() {
			return nil
		}
		c = &followed{ends: k, wire: j.wire}
		j.conns[k] = c
	}
	c.active = now
	return c
}

// makeRoom forgets the connection that was silent longest when the table is full. One that is helped stays, since the
// stack was told that its octets have arrived; it ends by maxRepeats. It says whether there is
// room now.
func (j *joiner) makeRoom() bool {
	if len(j.conns) < maxFollowed {
		return true
	}
	var oldest ends
	var found *followed
	for k, c := range j.conns {
		if !c.helps && (found == nil || c.active.Before(found.active)) {
			oldest, found = k, c
		}
	}
	if found != nil {
		j.forget(oldest)
	}
	return found != nil
}
