package lab

import (
	"net/netip"
	"sync"
	"time"

	"pixsim/appliance/dhcp"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// ISP is the provider's DHCP server on the outside wire, for a box that has no address of its own there. It gives out some
// of the network's addresses and does nothing else: the way out is NextHop.
type ISP struct {
	wire link.Link
	now  func() time.Time
	done chan struct{}

	mu     sync.Mutex
	pool   dhcp.Pool
	server dhcp.Server
	down   bool
}

var ispMAC = [6]byte{0x02, 0x00, 0x5e, 0x64, 0x00, 0xfd}

// ispPool is what the provider gives out and tells.
func ispPool() dhcp.Pool {
	at := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, n}) }
	return dhcp.Pool{
		Server: netip.PrefixFrom(at(253), OutsideNet.Bits()), Router: NextHop, First: at(100), Last: at(109), Lease: time.Hour,
		DNS: []netip.Addr{ClientAddr}, Domain: "example.net",
	}
}

// newISP takes the wire over.
func newISP(wire link.Link, now func() time.Time) *ISP {
	p := &ISP{wire: wire, now: now, done: make(chan struct{}), pool: ispPool()}
	go func() {
		defer close(p.done)
		hearDatagrams(wire, ispMAC, dhcp.ServerPort, p.answer)
	}()
	return p
}

// Close unplugs it and waits for it.
func (p *ISP) Close() error {
	err := p.wire.Close()
	<-p.done
	return err
}

// Down has it answer nobody, or answer again.
func (p *ISP) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Change changes what it gives out and tells from now on.
func (p *ISP) Change(f func(*dhcp.Pool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.pool)
}

// Forget takes every address back: a renewal is refused.
func (p *ISP) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server.ClearBindings()
}

// Bindings are the addresses that it has given out, and Stats what it has heard and said.
func (p *ISP) Bindings() []dhcp.Binding {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server.Bindings(p.now())
}

// Stats are its counters.
func (p *ISP) Stats() dhcp.Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server.Stats()
}

func (p *ISP) answer(question []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return
	}
	a, ok := p.server.Ask(p.now(), &p.pool, question, func(netip.Addr) bool { return false })
	if !ok {
		return
	}
	b := packet.AppendEthernet(nil, a.MAC, ispMAC, packet.TypeIPv4)
	h := packet.Header{Src: packet.U32(p.pool.Server.Addr()), Dst: packet.U32(a.To.Addr())}
	b = packet.AppendUDP(b, h, dhcp.ServerPort, a.To.Port(), a.Data)
	p.wire.Write([]link.Frame{{Buf: b, Len: len(b)}})
}
