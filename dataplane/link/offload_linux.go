package link

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	bpflink "github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// Offload are the shortcuts of packet links. Two programs in the kernel take them: a filter of the link's socket, which sees a
// frame first, decides that it takes one and keeps it from the ring; right behind it, on the same CPU, the program of the
// interface (tcx, Linux 6.6) changes the frame and sends it off. Everything goes with the last descriptor of it, which is the
// process's. Its methods but
// Outdate are called by one goroutine.
type Offload struct {
	maps   offloadMaps
	filter *ebpf.Program
	mover  *ebpf.Program
	memory []byte // of maps.ways
	gate   []byte // of maps.gate
	seen   []tally
	free   []uint32 // slots, longest unused first
	gone   []time.Duration
	stale  atomic.Bool
	links  []*packetLink
}

type offloadMaps struct{ index, ways, note, gate *ebpf.Map }

// gate says whether shortcuts are good: the policies that is, and that they were made under.
type gate struct{ want, have uint32 }

// tally is what of a way has been told already.
type tally struct{ packets, bytes, data uint64 }

// shortcuts is how many there can be.
const shortcuts = 1 << 16

// wayRest is how long a slot is nobody's: a frame that found it there has left long since.
const wayRest = 100 * time.Millisecond

// way is a slot of the map: what the programs do, and what they count. The order of its fields is known to the programs.
type way struct {
	live            uint32
	in              uint32 // interfaces
	proto           uint32
	out             uint32
	src, dst, ports uint32 // as they stand in the packet
	limit           uint32 // octets of a frame
	macLow          uint16 // first octets of the address
	_               uint16
	macHigh         uint32
	macs            [12]byte
	toPorts         uint32
	toSrc, toDst    uint32
	addrDiff        uint32 // what is added to sums
	portDiff        uint32
	seqShift        uint32
	ackShift        uint32
	acked, edge     uint32
	scale           uint32
	flags           uint32
	packets, octets uint64
	data            uint64
	last            uint64 // nanoseconds of CLOCK_MONOTONIC
}

// Flags of a way.
const (
	wayAnyOptions = 1 << iota // of TCP: none needs a change
	wayAddrs                  // addresses change
	wayNumbers                // ports, or the numbers of TCP
)

// wayKey finds a way. It has no padding.
type wayKey struct{ in, src, dst, ports, proto uint32 }

// NewOffload readies the packet links among links for shortcuts. The caller closes it after them.
func NewOffload(links []Link) (_ *Offload, err error) {
	o := &Offload{}
	defer func() {
		if err != nil {
			o.Close()
		}
	}()
	if err := o.load(); err != nil {
		return nil, needs(err, "CAP_BPF and CAP_NET_ADMIN")
	}
	for _, l := range links {
		p, ok := l.(*packetLink)
		if !ok {
			continue
		}
		o.links = append(o.links, p)
		if s := p.socket.Load(); s != nil {
			if err := o.attach(s); err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, needs(err, "CAP_BPF and CAP_NET_ADMIN"))
			}
		}
		p.offload.Store(o)
	}
	return o, nil
}

// load makes the maps and the programs.
func (o *Offload) load() (err error) {
	for _, m := range []struct {
		to   **ebpf.Map
		spec ebpf.MapSpec
	}{
		{&o.maps.index, ebpf.MapSpec{Name: "pixsim_index", Type: ebpf.Hash, KeySize: uint32(unsafe.Sizeof(wayKey{})), ValueSize: 4, MaxEntries: shortcuts}},
		{&o.maps.ways, ebpf.MapSpec{Name: "pixsim_ways", Type: ebpf.Array, KeySize: 4, ValueSize: uint32(unsafe.Sizeof(way{})), MaxEntries: shortcuts, Flags: unix.BPF_F_MMAPABLE}},
		{&o.maps.note, ebpf.MapSpec{Name: "pixsim_note", Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: 8, MaxEntries: 1}},
		{&o.maps.gate, ebpf.MapSpec{Name: "pixsim_gate", Type: ebpf.Array, KeySize: 4, ValueSize: uint32(unsafe.Sizeof(gate{})), MaxEntries: 1, Flags: unix.BPF_F_MMAPABLE}},
	} {
		if *m.to, err = ebpf.NewMap(&m.spec); err != nil {
			return err
		}
	}
	if o.memory, err = mapped(o.maps.ways, shortcuts*int(unsafe.Sizeof(way{}))); err != nil {
		return err
	}
	if o.gate, err = mapped(o.maps.gate, os.Getpagesize()); err != nil {
		return err
	}
	o.seen = make([]tally, shortcuts)
	o.free, o.gone = make([]uint32, shortcuts), make([]time.Duration, shortcuts)
	for i := range o.free {
		o.free[i] = uint32(i)
	}
	if o.filter, err = ebpf.NewProgram(filterSpec(&o.maps)); err != nil {
		return err
	}
	o.mover, err = ebpf.NewProgram(moverSpec(&o.maps))
	return err
}

// mapped is the memory of a map.
func mapped(m *ebpf.Map, n int) ([]byte, error) {
	b, err := unix.Mmap(m.FD(), 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return b, os.NewSyscallError("mmap", err)
}

// attach puts the programs on a socket and its interface. The filter comes last: what it keeps from the ring, the other takes.
func (o *Offload) attach(s *packetSocket) error {
	l, err := bpflink.AttachTCX(bpflink.TCXOptions{Interface: s.index, Program: o.mover, Attach: ebpf.AttachTCXIngress})
	if err != nil {
		return err
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, o.filter.FD()); err != nil {
		l.Close()
		return os.NewSyscallError("setsockopt", err)
	}
	s.hook = hook{l, &o.stale}
	o.stale.Store(true)
	return nil
}

// hook is what holds the programs on an interface, where they are there.
type hook struct {
	mover bpflink.Link
	stale *atomic.Bool
}

// unhook takes the programs off, or what is left of them on an interface that is gone.
func (h *hook) unhook() {
	if h.mover == nil {
		return
	}
	h.mover.Close()
	h.stale.Store(true)
	*h = hook{}
}

// Stale tells whether an interface went or came since the last call: no shortcut is good any more.
func (o *Offload) Stale() bool { return o.stale.Load() && o.stale.Swap(false) }

func (o *Offload) way(i uint32) *way {
	return (*way)(unsafe.Pointer(&o.memory[uintptr(i)*unsafe.Sizeof(way{})]))
}

// wired is the interface of a link on which the programs are; nil: it is not there.
func wired(l Link) *packetSocket {
	if p, ok := l.(*packetLink); ok {
		if s := p.socket.Load(); s != nil && s.mover != nil {
			return s
		}
	}
	return nil
}

// Add makes a shortcut and returns its number; 0: there is none to be had.
func (o *Offload) Add(s *Shortcut) uint32 {
	in, out := wired(s.In), wired(s.Out)
	if in == nil || out == nil || len(o.free) == 0 {
		return 0
	}
	i := o.free[0]
	if o.gone[i] != 0 && monotonic()-o.gone[i] < wayRest {
		return 0
	}
	w := s.way(in, out)
	*o.way(i) = w
	o.seen[i] = tally{}
	atomic.StoreUint32(&o.way(i).live, 1)
	key := w.key()
	if err := o.maps.index.Update(&key, &i, ebpf.UpdateNoExist); err != nil {
		atomic.StoreUint32(&o.way(i).live, 0)
		return 0
	}
	o.free = o.free[1:]
	return i + 1
}

// Remove ends a shortcut.
func (o *Offload) Remove(id uint32) {
	i := id - 1
	w := o.way(i)
	key := w.key()
	o.maps.index.Delete(&key)
	atomic.StoreUint32(&w.live, 0)
	o.gone[i] = monotonic()
	o.free = append(o.free, i)
}

// Passed is what took a shortcut since the last call.
func (o *Offload) Passed(id uint32) Passed {
	w, seen := o.way(id-1), &o.seen[id-1]
	now := tally{atomic.LoadUint64(&w.packets), atomic.LoadUint64(&w.octets), atomic.LoadUint64(&w.data)}
	p := Passed{
		Packets: now.packets - seen.packets, Bytes: now.bytes - seen.bytes, Data: now.data - seen.data,
		Acked: atomic.LoadUint32(&w.acked), Edge: atomic.LoadUint32(&w.edge),
	}
	*seen = now
	if p.Packets > 0 {
		p.Idle = max(0, monotonic()-time.Duration(atomic.LoadUint64(&w.last)))
	}
	return p
}

// Renew tells of a shortcut what was learnt of packets that did not take it; see Shortcut.
func (o *Offload) Renew(id, acked, edge uint32) {
	w := o.way(id - 1)
	atomic.StoreUint32(&w.acked, acked)
	atomic.StoreUint32(&w.edge, edge)
}

// Outdate makes all shortcuts carry nothing until Adopt has the same number.
func (o *Offload) Outdate(policy uint32) { atomic.StoreUint32(&o.open().want, policy) }

// Adopt says which policy shortcuts are made under from now on.
func (o *Offload) Adopt(policy uint32) { atomic.StoreUint32(&o.open().have, policy) }

func (o *Offload) open() *gate { return (*gate)(unsafe.Pointer(&o.gate[0])) }

// Close ends all shortcuts.
func (o *Offload) Close() error {
	for _, p := range o.links {
		p.offload.Store(nil)
		if s := p.socket.Load(); s != nil {
			unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
			s.unhook()
		}
	}
	for _, b := range []*[]byte{&o.memory, &o.gate} {
		if *b != nil {
			unix.Munmap(*b)
			*b = nil
		}
	}
	var errs []error
	for _, p := range []*ebpf.Program{o.filter, o.mover} {
		errs = append(errs, p.Close())
	}
	for _, m := range []*ebpf.Map{o.maps.index, o.maps.ways, o.maps.note, o.maps.gate} {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}

func monotonic() time.Duration {
	var t unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return time.Duration(t.Nano())
}

func (w *way) key() wayKey { return wayKey{w.in, w.src, w.dst, w.ports, w.proto} }

// way is the shortcut as the programs know it.
func (s *Shortcut) way(in, out *packetSocket) way {
	w := way{
		in: uint32(in.index), out: uint32(out.index), proto: uint32(s.Proto),
		src: raw32(s.Src), dst: raw32(s.Dst), ports: rawPorts(s.SrcPort, s.DstPort),
		toSrc: raw32(s.ToSrc), toDst: raw32(s.ToDst), toPorts: rawPorts(s.ToSrcPort, s.ToDstPort),
		limit: uint32(min(s.MTU, out.mtu)) + etherLen, seqShift: s.SeqShift, ackShift: s.AckShift,
		acked: s.Acked, edge: s.Edge, scale: uint32(s.Scale),
	}
	w.macLow, w.macHigh = *(*uint16)(unsafe.Pointer(&s.MAC[0])), raw32b([4]byte(s.MAC[2:]))
	copy(w.macs[:6], s.ToMAC[:])
	copy(w.macs[6:], s.FromMAC[:])
	w.addrDiff = fold(uint64(^w.src) + uint64(w.toSrc) + uint64(^w.dst) + uint64(w.toDst))
	w.portDiff = fold(uint64(^w.ports) + uint64(w.toPorts))
	if s.AckShift == 0 {
		w.flags |= wayAnyOptions
	}
	if w.src != w.toSrc || w.dst != w.toDst {
		w.flags |= wayAddrs
	}
	if w.ports != w.toPorts || s.SeqShift != 0 || s.AckShift != 0 {
		w.flags |= wayNumbers
	}
	return w
}

// fold makes 32 bits of a sum.
func fold(sum uint64) uint32 {
	sum = sum>>32 + sum&0xffffffff
	return uint32(sum>>32 + sum&0xffffffff)
}
