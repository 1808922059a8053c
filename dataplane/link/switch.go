package link

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
)

// maxStations bounds the table of a Switch; a station that finds no room is flooded to, which is only slower.
const maxStations = 1024

// Switch is a learning Ethernet segment. It has no goroutine: a frame is in the queues of the other ports when Write
// returns. The zero value is not usable; see NewSwitch.
type Switch struct {
	mtu      int
	mu       sync.Mutex
	ports    []*switchPort
	stations map[[6]byte]*switchPort
}

// NewSwitch is a segment without ports, with an IP MTU of mtu octets.
func NewSwitch(mtu int) *Switch {
	return &Switch{mtu: mtu, stations: make(map[[6]byte]*switchPort)}
}

// Port adds a port; the Link is the end of the host that is plugged in. Closing it unplugs that host alone.
func (s *Switch) Port() Link {
	p := &switchPort{sw: s, in: newQueue()}
	s.mu.Lock()
	s.ports = append(s.ports, p)
	s.mu.Unlock()
	return p
}

type switchPort struct {
	sw     *Switch
	in     *queue
	closed atomic.Bool
}

func (p *switchPort) Read(frames []Frame) (int, error) { return p.in.get(frames) }

func (p *switchPort) Write(frames []Frame) (int, error) {
	p.sw.mu.Lock()
	defer p.sw.mu.Unlock()
	if p.closed.Load() {
		return 0, net.ErrClosed
	}
	for i := range frames {
		p.sw.forward(p, frames[i:i+1])
	}
	return len(frames), nil
}

// forward takes one frame, as a slice of one.
func (s *Switch) forward(from *switchPort, one []Frame) {
	b := one[0].Bytes()
	if len(b) < 14 {
		return
	}
	dst, src := [6]byte(b[0:6]), [6]byte(b[6:12])
	if src[0]&1 == 0 {
		if _, known := s.stations[src]; known || len(s.stations) < maxStations {
			s.stations[src] = from
		}
	}
	if to, known := s.stations[dst]; known {
		if to != from {
			to.in.put(one)
		}
		return
	}
	for _, to := range s.ports {
		if to != from {
			to.in.put(one)
		}
	}
}

func (p *switchPort) MTU() int        { return p.sw.mtu }
func (p *switchPort) dropped() uint64 { return p.in.drops() }

func (p *switchPort) queued() (now, most int) { return p.in.fill() }

func (p *switchPort) Close() error {
	s := p.sw
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.closed.Swap(true) {
		return net.ErrClosed
	}
	s.ports = slices.DeleteFunc(s.ports, func(o *switchPort) bool { return o == p })
	for mac, o := range s.stations {
		if o == p {
			delete(s.stations, mac)
		}
	}
	p.in.close()
	return nil
}
