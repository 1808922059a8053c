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
	absent chan struct{}                // rung when socket became nil
	lost   atomic.Uint64

	offload atomic.Pointer[Offload] // nil: none

	reading sync.Mutex // held by a Read, except while it waits
	bell    Bell       // of Read
}

// A slot of the ring holds a super-frame of 64 KiB behind the kernel's headers, and a block some slots: the kernel asks for
// each block's pages in one piece.
const (
	ringSlot   = 68 << 10
	ringBlock  = 1 << 20
	ringBlocks = 16
	ringSlots  = ringBlocks * (ringBlock / ringSlot)
)

// packetWait is how often the link looks whether its interface has come.
const packetWait = 500 * time.Millisecond

// packetSocket is the link while the interface is there.
type packetSocket struct {
	file  *os.File
	raw   rawConn
	fd    int
	ring  []byte
	head  int    // slot that is read next
	given int    // slot that the kernel gets back next
	cut   int    // datagrams of the slot at head that are read already, where it stands for several
	parts []byte // where those datagrams are until give
	mtu   int
	index int // of the interface
	hook
	tx sender
}

type rawConn interface {
	Control(func(fd uintptr)) error
}

func openPacket(name string) (Link, error) {
	if name == "" || len(name) >= unix.IFNAMSIZ {
		return nil, specError("packet:%s: the name of an interface has 1 to %d characters", name, unix.IFNAMSIZ-1)
	}
	p := &packetLink{name: name, stop: make(chan struct{}), absent: make(chan struct{}, 1)}
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
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // blocking: Go's own poller is to leave it alone
	if err != nil {
		return nil, err
	}
	ring, ifc, err := setSocket(fd, name)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	s := &packetSocket{file: os.NewFile(uintptr(fd), "packet:"+name), fd: fd, ring: ring, mtu: ifc.MTU, index: ifc.Index}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// setSocket makes the ring and joins the socket to the interface.
func setSocket(fd int, name string) ([]byte, *net.Interface, error) {
	ifc, err := net.InterfaceByName(name)
	if err != nil || ifc.Flags&net.FlagUp == 0 {
		return nil, nil, errAbsent
	}
	for _, o := range []struct{ name, value int }{
		{unix.PACKET_VERSION, unix.TPACKET_V2}, {unix.PACKET_VNET_HDR, 1}, {unix.PACKET_IGNORE_OUTGOING, 1},
		{unix.PACKET_RESERVE, Headroom},
	} {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, o.name, o.value); err != nil {
			return nil, nil, os.NewSyscallError("setsockopt", err)
		}
	}
	req := unix.TpacketReq{Block_size: ringBlock, Block_nr: ringBlocks, Frame_size: ringSlot, Frame_nr: ringSlots}
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return nil, nil, os.NewSyscallError("setsockopt", err)
	}
	ring, err := unix.Mmap(fd, 0, ringBlock*ringBlocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, os.NewSyscallError("mmap", err)
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
		return nil, nil, err
	}
	return ring, ifc, nil
}

func (s *packetSocket) close() error {
	s.unhook()
	unix.Munmap(s.ring)
	return s.file.Close()
}

// slot is a slot of the ring, and its header.
func (s *packetSocket) slot(i int) ([]byte, *unix.Tpacket2Hdr) {
	const perBlock = ringBlock / ringSlot
	at := i/perBlock*ringBlock + i%perBlock*ringSlot
	b := s.ring[at : at+ringSlot : at+ringSlot]
	return b, (*unix.Tpacket2Hdr)(unsafe.Pointer(&b[0]))
}

func (p *packetLink) descriptor() int {
	if s := p.socket.Load(); s != nil {
		return s.fd
	}
	return -1
}

func (p *packetLink) ready() bool {
	s := p.socket.Load()
	if s == nil {
		return false
	}
	_, h := s.slot(s.head)
	return atomic.LoadUint32(&h.Status)&unix.TP_STATUS_USER != 0
}

// Take hands over slots of the ring.
func (p *packetLink) Take(frames []Frame) (int, error) {
	if s := p.socket.Load(); s != nil {
		return s.take(frames, &p.lost), nil
	}
	if p.isClosed() {
		return 0, net.ErrClosed
	}
	return 0, nil
}

// Give gives the slots back that were taken.
func (p *packetLink) Give() {
	if s := p.socket.Load(); s != nil {
		s.give()
	}
}

// failed lets the socket go when its interface went down or is gone.
func (p *packetLink) failed() {
	s := p.socket.Load()
	if s == nil {
		return
	}
	code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if (err != nil || code != 0) && p.socket.CompareAndSwap(s, nil) {
		s.close()
		select {
		case p.absent <- struct{}{}:
		default:
		}
	}
}

// Attend waits for the interface where it is not there.
func (p *packetLink) Attend(ring func()) error {
	for {
		if p.socket.Load() == nil {
			if err := p.await(); err != nil {
				ring()
				return err
			}
			ring()
		}
		select {
		case <-p.stop:
			ring()
			return net.ErrClosed
		case <-p.absent:
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
			if o := p.offload.Load(); o != nil {
				o.attach(s) // else its frames come by the ring
			}
			p.socket.Store(s)
			if p.isClosed() && p.socket.CompareAndSwap(s, nil) {
				s.close()
				return net.ErrClosed
			}
			return nil
		case !isAbsent(err):
			return fmt.Errorf("packet:%s: %w", p.name, err)
		}
	}
}

// Read copies what Take hands over, and waits where that is nothing.
func (p *packetLink) Read(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	for {
		if p.socket.Load() == nil {
			if err := p.await(); err != nil {
				return 0, err
			}
		}
		n, err := p.read(frames)
		if n > 0 || err != nil {
			return n, err
		}
		p.bell.Wait(packetWait)
	}
}

func (p *packetLink) read(frames []Frame) (n int, err error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.isClosed() {
		if p.bell != nil {
			p.bell.Close()
			p.bell = nil
		}
		return 0, net.ErrClosed
	}
	if p.bell == nil {
		if p.bell, err = newPollBell([]descriptor{p}, 0); err != nil {
			return 0, err
		}
	}
	var taken [1]Frame
	for n < len(frames) {
		k, _ := p.Take(taken[:])
		if k == 0 {
			break
		}
		f, b := &frames[n], taken[0].Bytes()
		if len(b) <= len(f.Buf)-f.Off {
			f.Len, f.GSOSize, f.NeedsCsum = copy(f.Buf[f.Off:], b), taken[0].GSOSize, taken[0].NeedsCsum
			n++
		} else {
			p.lost.Add(1)
		}
		p.Give()
	}
	return n, nil
}

// take hands slots over until there are no more, or frames is full.
func (s *packetSocket) take(frames []Frame, lost *atomic.Uint64) (n int) {
	used := s.head - s.given // slots that are handed over
	if used < 0 {
		used += ringSlots
	}
	for ; n < len(frames) && used < ringSlots-1; used++ {
		slot, h := s.slot(s.head)
		if atomic.LoadUint32(&h.Status)&unix.TP_STATUS_USER == 0 {
			break
		}
		switch s.frameOf(&frames[n], slot, h) {
		case slotRest:
			n++
			used--
			continue
		case slotLater:
			return n
		case slotWhole:
			n++
		case slotBad:
			lost.Add(1)
		}
		s.cut = 0
		s.head = (s.head + 1) % ringSlots
	}
	return n
}

// What frameOf made of a slot.
const (
	slotBad   = iota // nothing: it was cut off
	slotWhole        // a frame, and that is all
	slotRest         // a frame, and there are more
	slotLater        // nothing: there is room for it only after the next give
)

// give returns the slots before head to the kernel.
func (s *packetSocket) give() {
	for ; s.given != s.head; s.given = (s.given + 1) % ringSlots {
		_, h := s.slot(s.given)
		atomic.StoreUint32(&h.Status, unix.TP_STATUS_KERNEL)
	}
	s.parts = s.parts[:0]
}

// frameOf makes f of what a slot holds.
func (s *packetSocket) frameOf(f *Frame, slot []byte, h *unix.Tpacket2Hdr) int {
	mac, n := int(h.Mac), int(h.Snaplen)
	if h.Snaplen < h.Len || mac < Headroom || mac+n > len(slot) || n < 2*6+2 {
		return slotBad
	}
	v := readVnet(slot[mac-vnetLen:])
	if v.gso == vnetGSOUDP {
		return s.datagram(f, slot[mac:mac+n], int(v.size), h)
	}
	*f = Frame{Buf: slot, Off: mac, Len: n, NeedsCsum: v.flags&vnetNeedsCsum != 0}
	if v.gso == vnetGSOTCP4 {
		f.GSOSize = v.size
	}
	tag(f, h)
	return slotWhole
}

// datagram makes f of the next datagram of a frame that stands for several, in memory beside the ring.
func (s *packetSocket) datagram(f *Frame, b []byte, size int, h *unix.Tpacket2Hdr) int {
	if s.parts == nil {
		s.parts = make([]byte, 0, 4*ringSlot)
	}
	at := len(s.parts)
	if cap(s.parts)-at < Headroom+len(b) {
		return slotLater
	}
	room := s.parts[at : at+Headroom+len(b)]
	n, last := datagramOf(room[Headroom:], b, size, s.cut)
	s.cut++
	if n == 0 {
		return slotBad
	}
	s.parts = s.parts[:at+Headroom+n]
	*f = Frame{Buf: room, Off: Headroom, Len: n}
	tag(f, h)
	if last {
		return slotWhole
	}
	return slotRest
}

// tag puts the VLAN tag that the kernel has taken off back in, before it.
func tag(f *Frame, h *unix.Tpacket2Hdr) {
	const addrs, tagLen = 12, 4
	if h.Status&unix.TP_STATUS_VLAN_VALID == 0 {
		return
	}
	tpid := uint16(unix.ETH_P_8021Q)
	if h.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		tpid = h.Vlan_tpid
	}
	copy(f.Buf[f.Off-tagLen:], f.Buf[f.Off:f.Off+addrs])
	f.Off -= tagLen
	f.Len += tagLen
	b := f.Bytes()
	binary.BigEndian.PutUint16(b[addrs:], tpid)
	binary.BigEndian.PutUint16(b[addrs+2:], h.Vlan_tci)
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
		p.reading.Lock()
		defer p.reading.Unlock()
		err = nil
		if p.bell != nil {
			p.bell.Ring()
		}
		if s := p.socket.Swap(nil); s != nil {
			err = s.close()
		}
	})
	return err
}
