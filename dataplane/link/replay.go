package link

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// replay is a wire that plays a capture file, once it is told to start, and records what is sent to it in another.
type replay struct {
	source packetSource // nil: nothing more comes
	kind   func(gopacket.CaptureInfo) layers.LinkType
	file   io.Closer
	start  chan struct{}
	begin  sync.Once
	timed  bool
	first  time.Time // of the capture
	began  time.Time
	out    *Pcap // nil: what is sent is gone
	fin    finisher
	stop   chan struct{}
	once   sync.Once
	lost   atomic.Uint64
}

func openReplay(args string) (Link, error) {
	part := strings.Split(args, ",")
	if len(part) < 2 || len(part) > 3 || len(part) == 3 && part[2] != "timed" {
		return nil, specError("pcap:%s: it is IN,OUT or IN,OUT,timed; either file may be empty", args)
	}
	r := &replay{timed: len(part) == 3, start: make(chan struct{}), stop: make(chan struct{})}
	if part[0] != "" {
		f, err := os.Open(part[0])
		if err != nil {
			return nil, err
		}
		r.file = f
		r.source, r.kind, err = openCapture(bufio.NewReader(f))
		if _, plain := r.source.(*pcapgo.Reader); plain && r.kind(gopacket.CaptureInfo{}) != layers.LinkTypeEthernet {
			err = errors.New("the capture is not of Ethernet frames")
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: %w", part[0], err)
		}
	}
	if part[1] != "" {
		var err error
		if r.out, err = CreatePcap(part[1]); err != nil {
			if r.file != nil {
				r.file.Close()
			}
			return nil, err
		}
	}
	return r, nil
}

// Start tells a link that plays frames by itself that somebody is there to see them. Others need no telling.
func Start(l Link) {
	if r, ok := l.(*replay); ok {
		r.begin.Do(func() { close(r.start) })
	}
}

// Read hands over the next frame of the capture, when its time has come. Behind the last one it waits for Close.
func (r *replay) Read(frames []Frame) (int, error) {
	if len(frames) == 0 {
		return 0, nil
	}
	select {
	case <-r.start:
	case <-r.stop:
		return 0, net.ErrClosed
	}
	for r.source != nil {
		select {
		case <-r.stop:
			return 0, net.ErrClosed
		default:
		}
		data, info, err := r.source.ReadPacketData()
		if err != nil { // the end, or a file that was cut off: what came before has been played
			r.source = nil
			break
		}
		f := &frames[0]
		if len(data) > len(f.Buf)-f.Off || len(data) < info.Length || r.kind(info) != layers.LinkTypeEthernet {
			r.lost.Add(1)
			continue
		}
		if !r.wait(info.Timestamp) {
			return 0, net.ErrClosed
		}
		f.Len, f.GSOSize, f.NeedsCsum = copy(f.Buf[f.Off:], data), 0, false
		return 1, nil
	}
	<-r.stop
	return 0, net.ErrClosed
}

// wait waits for the time of a frame; false when the link was closed meanwhile.
func (r *replay) wait(at time.Time) bool {
	if r.began.IsZero() {
		r.began, r.first = time.Now(), at
	}
	if !r.timed {
		return true
	}
	select {
	case <-time.After(time.Until(r.began.Add(at.Sub(r.first)))):
		return true
	case <-r.stop:
		return false
	}
}

func (r *replay) Write(frames []Frame) (int, error) {
	select {
	case <-r.stop:
		return 0, net.ErrClosed
	default:
	}
	if r.out == nil {
		return len(frames), nil
	}
	at := time.Now()
	for i := range frames {
		r.fin.each(&frames[i], func(b []byte) error { return r.out.WriteFrame(at, b, 0) })
	}
	_ = r.out.Flush() // kept in the Pcap, and returned by its Close
	return len(frames), nil
}

func (r *replay) MTU() int        { return wireMTU }
func (r *replay) dropped() uint64 { return r.lost.Load() }

func (r *replay) Close() (err error) {
	err = net.ErrClosed
	r.once.Do(func() {
		close(r.stop)
		err = nil
		if r.out != nil {
			err = r.out.Close()
		}
		if r.file != nil {
			err = errors.Join(err, r.file.Close())
		}
	})
	return err
}
