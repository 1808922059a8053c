package link

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// tap is a TAP interface: what the kernel sends by it is read here. The kernel hands over super-frames and leaves checksums
// open, as it does with cards (tuntap.rst, IFF_VNET_HDR).
type tapLink struct {
	file   *os.File
	mtu    int
	in     []byte
	out    []byte
	lost   atomic.Uint64
	closed atomic.Bool
}

// What the kernel may leave to the reader (linux/if_tun.h).
const tapOffloads = unix.TUN_F_CSUM | unix.TUN_F_TSO4 | unix.TUN_F_TSO_ECN

func openTap(name string) (Link, error) {
	if name == "" || len(name) >= unix.IFNAMSIZ {
		return nil, specError("tap:%s: the name of an interface has 1 to %d characters", name, unix.IFNAMSIZ-1)
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("tap:%s: /dev/net/tun: %w", name, needs(err, "CAP_NET_ADMIN"))
	}
	if err := setTap(fd, name); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("tap:%s: %w", name, needs(err, "CAP_NET_ADMIN, or an interface that belongs to you: ip tuntap add NAME mode tap user YOU"))
	}
	t := &tapLink{file: os.NewFile(uintptr(fd), "tap:"+name), mtu: wireMTU, in: make([]byte, vnetLen+maxFrameLen)}
	if ifc, err := net.InterfaceByName(name); err == nil && ifc.MTU > 0 {
		t.mtu = ifc.MTU
	}
	return t, nil
}

// setTap joins fd and interface, and brings that up if it may.
func setTap(fd int, name string) error {
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		return err
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TUNSETVNETHDRSZ, vnetLen); err != nil {
		return err
	}
	if err := unix.IoctlSetInt(fd, unix.TUNSETOFFLOAD, tapOffloads); err != nil {
		return err
	}
	return bringUp(name)
}

// bringUp sets an interface up. That it belongs to somebody who may not is no fault: it may be up already.
func bringUp(name string) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(s, unix.SIOCGIFFLAGS, req); err != nil {
		return err
	}
	if req.Uint16()&unix.IFF_UP != 0 {
		return nil
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, req); err != nil && !errors.Is(err, unix.EPERM) {
		return err
	}
	return nil
}

// needs says which privilege is missing, if that is what err is about.
func needs(err error, privilege string) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: it needs %s", err, privilege)
	}
	return err
}

// Read takes one frame: a TAP device has no batches.
func (t *tapLink) Read(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	for {
		n, err := t.file.Read(t.in)
		switch {
		case errors.Is(err, os.ErrClosed):
			return 0, net.ErrClosed
		case errors.Is(err, unix.EBADFD): // the interface was deleted
			return 0, net.ErrClosed
		case err != nil:
			return 0, err
		case n <= vnetLen:
			continue
		}
		h, b := readVnet(t.in), t.in[vnetLen:n]
		f := &frames[0]
		if len(b) > len(f.Buf)-f.Off {
			t.lost.Add(1)
			continue
		}
		f.Len = copy(f.Buf[f.Off:], b)
		f.GSOSize, f.NeedsCsum = 0, h.flags&vnetNeedsCsum != 0
		if h.gso == vnetGSOTCP4 {
			f.GSOSize = h.size
		}
		return 1, nil
	}
}

// Write hands over frame by frame. What the kernel has no room for, or takes for no frame, is lost.
func (t *tapLink) Write(frames []Frame) (int, error) {
	for i := range frames {
		f := &frames[i]
		t.out = append(t.out[:0], make([]byte, vnetLen)...)
		putVnet(t.out, f)
		t.out = append(t.out, f.Bytes()...)
		if _, err := t.file.Write(t.out); errors.Is(err, os.ErrClosed) {
			return i, net.ErrClosed
		}
	}
	return len(frames), nil
}

func (t *tapLink) MTU() int        { return t.mtu }
func (t *tapLink) dropped() uint64 { return t.lost.Load() }

func (t *tapLink) Close() error {
	if t.closed.Swap(true) {
		return net.ErrClosed
	}
	return t.file.Close()
}
