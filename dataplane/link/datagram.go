package link

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// datagrams is a link that carries one frame in a datagram.
type datagrams struct {
	conn    net.PacketConn
	to      net.Addr
	from    func(net.Addr) bool // whether a datagram comes from the other end
	cleanup func()
	fin     finisher
	lost    atomic.Uint64
	closed  atomic.Bool
}

func openUDP(args string) (Link, error) {
	local, remote, err := pair("udp", args)
	if err != nil {
		return nil, err
	}
	laddr, err := net.ResolveUDPAddr("udp", local)
	if err != nil {
		return nil, specError("udp:%s: %v", args, err)
	}
	raddr, err := net.ResolveUDPAddr("udp", remote)
	if err != nil {
		return nil, specError("udp:%s: %v", args, err)
	}
	conn, err := net.ListenUDP("udp", laddr)
	if err != nil {
		return nil, err
	}
	want := raddr.AddrPort()
	from := func(a net.Addr) bool {
		got := a.(*net.UDPAddr).AddrPort()
		return got.Port() == want.Port() && got.Addr().Unmap() == want.Addr().Unmap()
	}
	return &datagrams{conn: conn, to: raddr, from: from, cleanup: func() {}}, nil
}

func openUnixgram(args string) (Link, error) {
	local, remote, err := pair("unix", args)
	if err != nil {
		return nil, err
	}
	if err := removeStale(local); err != nil {
		return nil, err
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: local, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	return &datagrams{conn: conn, to: &net.UnixAddr{Name: remote, Net: "unixgram"}, from: func(net.Addr) bool { return true },
		cleanup: func() { os.Remove(local) }}, nil
}

// removeStale takes away the socket that a process which did not close it has left at path. What is no socket stays.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return &os.PathError{Op: "listen", Path: path, Err: errors.New("there is a file that is no socket")}
	}
	return os.Remove(path)
}

// Read takes one datagram at a time: the peers of such links are other simulators. What comes from somebody else is
// dropped, and so is what no frame could be.
func (d *datagrams) Read(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	f := &frames[0]
	for {
		n, from, err := d.conn.ReadFrom(f.Buf[f.Off:])
		switch {
		case d.closed.Load():
			return 0, net.ErrClosed
		case errors.Is(err, net.ErrClosed):
			return 0, net.ErrClosed
		case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET): // of what was sent before
			continue
		case err != nil:
			return 0, err
		case n == len(f.Buf)-f.Off || n == 0 || !d.from(from):
			d.lost.Add(1)
			continue
		}
		f.Len, f.GSOSize, f.NeedsCsum = n, 0, false
		return 1, nil
	}
}

// Write sends what the far end takes; while it is not there, frames are lost, as on a wire that ends nowhere.
func (d *datagrams) Write(frames []Frame) (int, error) {
	for i := range frames {
		if d.closed.Load() {
			return i, net.ErrClosed
		}
		d.fin.each(&frames[i], func(b []byte) error {
			_, err := d.conn.WriteTo(b, d.to)
			if errors.Is(err, syscall.EMSGSIZE) {
				return nil // this one only
			}
			return err
		})
	}
	return len(frames), nil
}

func (d *datagrams) MTU() int        { return wireMTU }
func (d *datagrams) dropped() uint64 { return d.lost.Load() }

func (d *datagrams) Close() error {
	if d.closed.Swap(true) {
		return net.ErrClosed
	}
	err := d.conn.Close()
	d.cleanup()
	return err
}
