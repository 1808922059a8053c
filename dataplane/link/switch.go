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
func (s *Switch) Port() Link { return s.add(newQueue(maxPortFrames, maxPortOctets, false)) }

// Uplink is a port for the box: while somebody attends to it (see Direct), a Write to another port waits until there is room
// for what goes here, where a Write to a wire loses it. Who attends must not wait for the hosts, nor does its own Write.
func (s *Switch) Uplink() Link { return s.add(newQueue(maxQueuedFrames, maxUplinkOctets, true)) }

func (s *Switch) add(in *queue) Link {
	p := &switchPort{sw: s, in: in}
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

// Take, Give and Attend implement Direct.
func (p *switchPort) Take(frames []Frame) (int, error) { return p.in.take(frames) }
func (p *switchPort) Give()                            { p.in.give() }
func (p *switchPort) Attend(ring func()) error         { return p.in.attend(ring) }

func (p *switchPort) Write(frames []Frame) (int, error) {
	for rest := frames; len(rest) > 0; {
		to, n, err := p.sw.forward(p, rest)
		if err != nil {
			return 0, err
		}
		if to != nil {
			to.in.put(rest[:n], !p.in.patient)
		}
		rest = rest[n:]
	}
	return len(frames), nil
}

// forward says which port the first n frames are for. Those for all ports it sends itself, and none of another host; then
// it names none.
func (s *Switch) forward(from *switchPort, frames []Frame) (to *switchPort, n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from.closed.Load() {
		return nil, 0, net.ErrClosed
	}
	b := frames[0].Bytes()
	if len(b) < 14 {
		return nil, 1, nil
	}
	dst, src := [6]byte(b[0:6]), [6]byte(b[6:12])
	if src[0]&1 == 0 {
		if _, known := s.stations[src]; known || len(s.stations) < maxStations {
			s.stations[src] = from
		}
	}
	if to, known := s.stations[dst]; known {
		if to == from {
			return nil, 1, nil
		}
		return to, alike(frames), nil
	}
	one := [1]Frame{frames[0]}
	one[0].Given = false
	for _, to := range s.ports {
		if to != from {
			to.in.put(one[:], false)
		}
	}
	return nil, 1, nil
}

// alike is how many of the first frames go the same way.
func alike(frames []Frame) int {
	const addrs = 12
	n := 1
	for first := frames[0].Bytes()[:addrs]; n < len(frames); n++ {
		if b := frames[n].Bytes(); len(b) < 14 || string(b[:addrs]) != string(first) {
			break
		}
	}
	return n
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
