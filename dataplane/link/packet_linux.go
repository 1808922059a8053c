package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// packetLink is a network interface of the machine (packet(7)): all its frames, both ways, with the offloads that the kernel
// has for it. Frames come by a ring that is shared with the kernel (TPACKET_V2: TPACKET_V3 holds frames back until a block is
// full or a timer ends) and go by sendmmsg. While the interface is not there, the link waits for it.
type packetLink struct {
	name   string
	stop   chan struct{}
	once   sync.Once
	socket atomic.Pointer[packetSocket] // nil: the interface is not there
	lost   atomic.Uint64
}

// A slot of the ring holds a super-frame of 64 KiB behind the kernel's headers. A block is a power of two of pages.
const (
	ringSlot  = 128 << 10
	ringSlots = 128
)

// packetWait is how often the link looks whether its interface has come.
const packetWait = 500 * time.Millisecond

// packetSocket is the link while the interface is there.
type packetSocket struct {
	file *os.File
	raw  rawConn
	ring []byte
	head int // slot that is read next
	cut  int // datagrams of it that are read already, where it stands for several
	mtu  int
	tx   sender
	rx   receiver
	busy sync.RWMutex // closing waits for who reads the ring
}

// receiver is what one Read asks for and gets, and the call that waits, likewise.
type receiver struct {
	call   func(fd uintptr) bool
	frames []Frame
	lost   *atomic.Uint64
	n      int
	failed error
}

type rawConn interface {
	Read(func(fd uintptr) bool) error
	Write(func(fd uintptr) bool) error
	Control(func(fd uintptr)) error
}

func openPacket(name string) (Link, error) {
	if name == "" || len(name) >= unix.IFNAMSIZ {
		return nil, specError("packet:%s: the name of an interface has 1 to %d characters", name, unix.IFNAMSIZ-1)
	}
	p := &packetLink{name: name, stop: make(chan struct{})}
	s, err := openSocket(name)
	switch {
	case isAbsent(err): // it may come
		return p, nil
	case err != nil:
		return nil, fmt.Errorf("packet:%s: %w", name, needs(err, "CAP_NET_RAW"))
	}
	p.socket.Store(s)
	return p, nil
}

// errAbsent says that there is no interface of the name, or that it is down.
var errAbsent = errors.New("there is no such interface, or it is down")

func isAbsent(err error) bool { return errors.Is(err, errAbsent) }

// Waiting tells what a link waits for: "eth1 is not there"; "" when it waits for nothing.
func Waiting(l Link) string {
	if p, ok := l.(*packetLink); ok && p.socket.Load() == nil {
		return p.name + ": " + errAbsent.Error()
	}
	return ""
}

func openSocket(name string) (*packetSocket, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	ring, mtu, err := setSocket(fd, name)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	s := &packetSocket{file: os.NewFile(uintptr(fd), "packet:"+name), ring: ring, mtu: mtu}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// setSocket makes the ring and joins the socket to the interface.
func setSocket(fd int, name string) ([]byte, int, error) {
	ifc, err := net.InterfaceByName(name)
	if err != nil || ifc.Flags&net.FlagUp == 0 {
		return nil, 0, errAbsent
	}
	for _, o := range []struct{ name, value int }{
		{unix.PACKET_VERSION, unix.TPACKET_V2}, {unix.PACKET_VNET_HDR, 1}, {unix.PACKET_IGNORE_OUTGOING, 1},
	} {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, o.name, o.value); err != nil {
			return nil, 0, os.NewSyscallError("setsockopt", err)
		}
	}
	req := unix.TpacketReq{Block_size: ringSlot, Block_nr: ringSlots, Frame_size: ringSlot, Frame_nr: ringSlots}
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, 0, os.NewSyscallError("setsockopt", err)
	}
	ring, err := unix.Mmap(fd, 0, ringSlot*ringSlots, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, 0, os.NewSyscallError("mmap", err)
	}
	all := binary.NativeEndian.Uint16([]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff})
	if err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: ifc.Index}); err == nil {
		err = unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
			&unix.PacketMreq{Ifindex: int32(ifc.Index), Type: unix.PACKET_MR_PROMISC})
	}
	if err != nil {
		unix.Munmap(ring)
		if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENETDOWN) {
			err = errAbsent
		}
		return nil, 0, err
	}
	return ring, ifc.MTU, nil
}

func (s *packetSocket) close() error {
	err := s.file.Close() // wakes who waits
	s.busy.Lock()
	defer s.busy.Unlock()
	if s.ring != nil {
		unix.Munmap(s.ring)
		s.ring = nil
	}
	return err
}

// Read takes what the ring holds, and waits where it holds nothing.
func (p *packetLink) Read(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	for {
		s := p.socket.Load()
		if s == nil {
			if err := p.await(); err != nil {
				return 0, err
			}
			continue
		}
		n, err := s.read(frames, &p.lost)
		switch {
		case n > 0:
			return n, nil
		case p.isClosed():
			return 0, net.ErrClosed
		case err != nil:
			p.socket.CompareAndSwap(s, nil)
			s.close()
		}
	}
}

func (p *packetLink) isClosed() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}

// await waits for the interface.
func (p *packetLink) await() error {
	for {
		select {
		case <-p.stop:
			return net.ErrClosed
		case <-time.After(packetWait):
		}
		s, err := openSocket(p.name)
		switch {
		case err == nil:
			p.socket.Store(s)
			if p.isClosed() {
				s.close()
				return net.ErrClosed
			}
			return nil
		case !isAbsent(err):
			return fmt.Errorf("packet:%s: %w", p.name, err)
		}
	}
}

// read waits for frames, or for an error: the interface went down, or is gone.
func (s *packetSocket) read(frames []Frame, lost *atomic.Uint64) (int, error) {
	s.busy.RLock()
	defer s.busy.RUnlock()
	if s.rx.call == nil {
		s.rx.call = s.poll
	}
	s.rx.frames, s.rx.lost, s.rx.n, s.rx.failed = frames, lost, 0, nil
	err := s.raw.Read(s.rx.call)
	s.rx.frames = nil
	return s.rx.n, errors.Join(s.rx.failed, err)
}

// poll says that the wait is over.
func (s *packetSocket) poll(fd uintptr) bool {
	r := &s.rx
	if r.n = s.take(r.frames, r.lost); r.n > 0 {
		return true
	}
	code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	r.failed = err
	return err != nil
}

// take empties slots of the ring into frames.
func (s *packetSocket) take(frames []Frame, lost *atomic.Uint64) int {
	n := 0
	for n < len(frames) && s.ring != nil {
		slot := s.ring[s.head*ringSlot : (s.head+1)*ringSlot]
		h := (*unix.Tpacket2Hdr)(unsafe.Pointer(&slot[0]))
		if atomic.LoadUint32(&h.Status)&unix.TP_STATUS_USER == 0 {
			break
		}
		more := false
		switch got, rest := s.copyOut(&frames[n], slot, h); {
		case got:
			n++
			more = rest
		default:
			lost.Add(1)
			more = rest
		}
		if more {
			continue
		}
		s.cut = 0
		atomic.StoreUint32(&h.Status, unix.TP_STATUS_KERNEL)
		s.head = (s.head + 1) % ringSlots
	}
	return n
}

// copyOut puts what a slot holds into f; false when that does not fit or was cut off. rest: there is more in the slot.
func (s *packetSocket) copyOut(f *Frame, slot []byte, h *unix.Tpacket2Hdr) (ok, rest bool) {
	mac, n := int(h.Mac), int(h.Snaplen)
	if h.Snaplen < h.Len || mac < vnetLen || mac+n > len(slot) || n < 2*6+2 {
		return false, false
	}
	v, b := readVnet(slot[mac-vnetLen:]), slot[mac:mac+n]
	room := f.Buf[f.Off:]
	f.GSOSize, f.NeedsCsum = 0, v.flags&vnetNeedsCsum != 0
	if v.gso == vnetGSOUDP {
		var last bool
		f.NeedsCsum = false
		f.Len, last = datagramOf(room, b, int(v.size), s.cut)
		s.cut++
		return f.Len > 0, !last
	}
	if v.gso == vnetGSOTCP4 {
		f.GSOSize = v.size
	}
	f.Len = copyTagged(room, b, h)
	return f.Len > 0, false
}

// copyTagged copies a frame and puts the VLAN tag that the kernel has taken off back in; 0 where it does not fit.
func copyTagged(room, b []byte, h *unix.Tpacket2Hdr) int {
	const addrs, tag = 12, 4
	if atomic.LoadUint32(&h.Status)&unix.TP_STATUS_VLAN_VALID == 0 {
		if len(b) > len(room) {
			return 0
		}
		return copy(room, b)
	}
	if len(b)+tag > len(room) {
		return 0
	}
	tpid := uint16(unix.ETH_P_8021Q)
	if h.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		tpid = h.Vlan_tpid
	}
	n := copy(room, b[:addrs])
	binary.BigEndian.PutUint16(room[n:], tpid)
	binary.BigEndian.PutUint16(room[n+2:], h.Vlan_tci)
	return n + tag + copy(room[n+tag:], b[addrs:])
}

// Write hands all frames to the kernel in few calls. What it has no room for is lost, as by a full transmit ring.
func (p *packetLink) Write(frames []Frame) (int, error) {
	if p.isClosed() {
		return 0, net.ErrClosed
	}
	if s := p.socket.Load(); s != nil {
		s.tx.send(s.raw, frames)
	}
	return len(frames), nil
}

// sender is the vectors of one sendmmsg, and the call: a closure a call would be garbage.
type sender struct {
	call  func(fd uintptr)
	at, n int
	sent  uintptr
	code  unix.Errno
	msgs  [sendBatch]mmsghdr
	iovs  [sendBatch][2]unix.Iovec
	vnets [sendBatch][vnetLen]byte
}

const sendBatch = 64

// mmsghdr is struct mmsghdr of sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

func (t *sender) send(raw rawConn, frames []Frame) {
	for len(frames) > 0 {
		n := min(len(frames), sendBatch)
		for i := range frames[:n] {
			t.fill(i, &frames[i])
		}
		t.flush(raw, n)
		frames = frames[n:]
	}
}

func (t *sender) fill(i int, f *Frame) {
	b := f.Bytes()
	putVnet(t.vnets[i][:], f)
	t.iovs[i][0].Base, t.iovs[i][1].Base = &t.vnets[i][0], &b[0]
	t.iovs[i][0].SetLen(vnetLen)
	t.iovs[i][1].SetLen(len(b))
	t.msgs[i].hdr.Iov = &t.iovs[i][0]
	t.msgs[i].hdr.SetIovlen(2)
}

// flush sends the first n messages. One that the kernel does not take is skipped: it is too long for the interface, or that
// is down, or its queue is full, which on a wire is a loss, too.
func (t *sender) flush(raw rawConn, n int) {
	if t.call == nil {
		t.call = t.sendmmsg
	}
	for t.at, t.n = 0, n; t.at < n; {
		if raw.Control(t.call) != nil {
			break
		}
		switch {
		case t.code == unix.EINTR:
		case t.code != 0:
			t.at++
		default:
			t.at += int(t.sent)
		}
	}
	for i := range n {
		t.iovs[i][1].Base = nil // the frame is the caller's again
	}
}

func (t *sender) sendmmsg(fd uintptr) {
	t.sent, _, t.code = unix.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&t.msgs[t.at])), uintptr(t.n-t.at), unix.MSG_DONTWAIT, 0, 0)
}

func (p *packetLink) MTU() int {
	if s := p.socket.Load(); s != nil {
		return s.mtu
	}
	return wireMTU
}

func (p *packetLink) dropped() uint64 { return p.lost.Load() }

func (p *packetLink) Close() error {
	err := net.ErrClosed
	p.once.Do(func() {
		close(p.stop)
		err = nil
		if s := p.socket.Swap(nil); s != nil {
			err = s.close()
		}
	})
	return err
}
