package appliance

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/dataplane"
)

// trap sends log messages to the syslog servers of the configuration, over UDP or TCP from the box's own addresses.
// Messages wait in a queue of the length that `logging queue` says; what does not fit is lost and counted. While a TCP
// server cannot be reached the box makes no new connections.
type trap struct {
	b *Box

	mu      sync.Mutex
	waiting []logPacket
	most    int
	lost    int
	limit   int
	down    bool          // new connections are refused
	busy    bool          // messages that were taken out of the queue are being sent
	wake    chan struct{} // of capacity 1

	// run's own:
	conns  map[logServer]net.Conn
	absent map[logServer]bool // could not be reached since they were last looked after
}

// logServer is where messages go.
type logServer struct {
	proto uint8
	to    netip.AddrPort
}

const (
	usualQueue   = 512
	longestQueue = 8192 // what logging queue 0, without a limit, is here

	syslogDial  = time.Second
	syslogCheck = time.Second // how often a TCP server is looked after
	protoTCP    = 6
)

func newTrap(b *Box) *trap {
	return &trap{b: b, limit: usualQueue, wake: make(chan struct{}, 1), conns: map[logServer]net.Conn{}, absent: map[logServer]bool{}}
}

// apply takes the length of the queue over, and has the servers looked after.
func (t *trap) apply(c *config.Config) {
	t.mu.Lock()
	t.limit = c.Logging.Queue
	if t.limit == 0 {
		t.limit = longestQueue
	}
	t.mu.Unlock()
	t.poke()
}

func (t *trap) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// send queues a message; false when it is lost.
func (t *trap) send(packet logPacket) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) >= t.limit {
		t.lost++
		return false
	}
	t.waiting = append(t.waiting, packet)
	t.most = max(t.most, len(t.waiting))
	t.poke()
	return true
}

// state is how long the queue is, how long it was at most, and what was lost.
func (t *trap) state() (now, most, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting), t.most, t.lost
}

// reset forgets everything, as a reload does.
func (t *trap) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting, t.most, t.lost, t.down = nil, 0, 0, false
}

func (t *trap) take() []logPacket {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.waiting
	t.waiting, t.busy = nil, len(t.waiting) > 0
	return all
}

func (t *trap) sent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = false
}

// drain waits until what was queued is on its way, no longer than most: the last words of a box that reloads.
func (t *trap) drain(ctx context.Context, most time.Duration) {
	ctx, stop := context.WithTimeout(ctx, most)
	defer stop()
	for ctx.Err() == nil {
		t.mu.Lock()
		left := t.busy || len(t.waiting) > 0
		t.mu.Unlock()
		if !left {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
	}
}

// run sends what was queued until ctx ends.
func (t *trap) run(ctx context.Context) {
	defer t.hangUp(nil)
	check := time.NewTicker(syslogCheck)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-check.C:
		case <-t.wake:
		}
		c := t.b.Config()
		t.lookAfter(ctx, c)
		for _, packet := range t.take() {
			t.deliver(ctx, c, packet)
		}
		t.sent()
	}
}

// servers are those of a configuration that takes messages.
func servers(c *config.Config) config.Table[config.LogHost] {
	if !c.Logging.On {
		return config.Table[config.LogHost]{}
	}
	return c.Logging.Hosts
}

func serverOf(h config.LogHost) logServer {
	return logServer{h.Proto, netip.AddrPortFrom(h.Addr, h.Port)}
}

// lookAfter closes the sockets of servers that are no longer configured, and finds out whether the TCP ones are there.
func (t *trap) lookAfter(ctx context.Context, c *config.Config) {
	hosts, wanted, down := servers(c), map[logServer]bool{}, false
	clear(t.absent)
	for h := range hosts.Values() {
		wanted[serverOf(h)] = true
		if h.Proto == protoTCP {
			t.hearClose(serverOf(h))
			down = t.dial(ctx, c, h) == nil || down
		}
	}
	t.hangUp(wanted)
	t.disallow(down && !c.Logging.PermitHostdown)
}

// hearClose notices that a TCP server has hung up.
func (t *trap) hearClose(s logServer) {
	conn := t.conns[s]
	if conn == nil {
		return
	}
	conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := conn.Read(make([]byte, 64)); err != nil {
		if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() {
			t.drop(s)
		}
	}
}

// disallow stops or permits new connections.
func (t *trap) disallow(on bool) {
	t.mu.Lock()
	same := t.down == on
	t.down = on
	t.mu.Unlock()
	if same {
		return
	}
	t.b.engine.Do(func(s *dataplane.State) { s.Disallow(on) })
	if on {
		t.b.Event(release.SyslogDisallow)
	}
}

func (t *trap) deliver(ctx context.Context, c *config.Config, packet logPacket) {
	for h := range packet.hosts.Values() {
		conn := t.dial(ctx, c, h)
		if conn == nil {
			continue
		}
		text := packet.plain
		if h.EMBLEM {
			text = packet.emblem
		}
		if h.Proto == protoTCP {
			text += "\n"
		}
		conn.SetWriteDeadline(time.Now().Add(syslogDial))
		if _, err := conn.Write([]byte(text)); err != nil {
			t.drop(serverOf(h))
		}
	}
}

// dial finds or makes the socket for a server; nil when there is no way to it, which is tried once until the servers are
// looked after again: others wait meanwhile. The source is the address of the interface that the line names.
func (t *trap) dial(ctx context.Context, c *config.Config, h config.LogHost) net.Conn {
	s := serverOf(h)
	if conn, ok := t.conns[s]; ok {
		return conn
	}
	f, ok := c.Interface(h.If)
	if !ok || !f.Addr.IsValid() || t.absent[s] {
		return nil
	}
	var conn net.Conn
	var err error
	if h.Proto == protoTCP {
		ctx, stop := context.WithTimeout(ctx, syslogDial)
		conn, err = t.b.self.Dial(ctx, netip.AddrPortFrom(f.Addr.Addr(), 0), s.to)
		stop()
	} else if conn, err = t.b.self.DialUDP(netip.AddrPortFrom(f.Addr.Addr(), 514), s.to); err != nil {
		conn, err = t.b.self.DialUDP(netip.AddrPortFrom(f.Addr.Addr(), 0), s.to)
	}
	if t.absent[s] = err != nil; err != nil {
		return nil
	}
	t.conns[s] = conn
	return conn
}

func (t *trap) drop(s logServer) {
	if conn := t.conns[s]; conn != nil {
		conn.Close()
		delete(t.conns, s)
	}
}

// hangUp closes the sockets of servers that are no longer configured.
func (t *trap) hangUp(wanted map[logServer]bool) {
	for s := range t.conns {
		if !wanted[s] {
			t.drop(s)
		}
	}
}
