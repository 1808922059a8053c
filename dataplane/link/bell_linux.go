package link

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// pollBell waits in ppoll(2) for sockets, and for an eventfd(2) by which it is rung.
type pollBell struct {
	wires  []descriptor
	fds    []unix.PollFd // the eventfd, then one a wire
	event  *os.File
	fd     int32 // of event
	rung   atomic.Bool
	asleep atomic.Bool // nobody else has to write to the eventfd
	looks  int         // before it sleeps
}

// newPollBell makes a bell that sleeps at once unless looks says otherwise.
func newPollBell(wires []descriptor, looks int) (Bell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC) // blocking: Go's own poller is to leave it alone
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return &pollBell{wires: wires, event: os.NewFile(uintptr(fd), "eventfd"), fd: int32(fd), fds: make([]unix.PollFd, 1+len(wires)), looks: looks}, nil
}

func (b *pollBell) Ring() {
	b.rung.Store(true)
	if b.asleep.CompareAndSwap(true, false) {
		var one [8]byte
		binary.NativeEndian.PutUint64(one[:], 1)
		b.event.Write(one[:])
	}
}

func (b *pollBell) Wait(d time.Duration) {
	if d > 0 && b.awake() {
		b.rung.Store(false) // who rang has left what to find
		return
	}
	b.asleep.Store(true)
	if b.rung.Swap(false) {
		b.asleep.Store(false)
		return
	}
	b.fds[0] = unix.PollFd{Fd: b.fd, Events: unix.POLLIN}
	for i, w := range b.wires {
		b.fds[1+i] = unix.PollFd{Fd: int32(w.descriptor()), Events: unix.POLLIN}
	}
	limit := unix.NsecToTimespec(int64(max(0, d)))
	unix.Ppoll(b.fds, &limit, nil) // whatever it says, the caller looks
	for i, w := range b.wires {
		if b.fds[1+i].Revents&^unix.POLLIN != 0 {
			w.failed()
		}
	}
	if !b.asleep.Swap(false) {
		var count [8]byte
		b.event.Read(count[:]) // it is written, or will be at once
	}
	b.rung.Store(false)
}

// awake says that there was something to do soon.
func (b *pollBell) awake() bool {
	for range b.looks {
		if b.rung.Load() {
			return true
		}
		for _, w := range b.wires {
			if w.ready() {
				return true
			}
		}
		unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // not raw: Go may want this processor for another goroutine
	}
	return false
}

func (b *pollBell) Close() error { return b.event.Close() }
