package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const (
	pcapSnapLen = 65536     // octets of a frame that are kept at most
	pcapPending = 64 << 10  // octets; more than that is written without waiting for Flush
	pcapHeaders = 16        // octets of a record before its data
	maxPcapFile = 256 << 20 // octets; a capture that nobody stops must not fill the disk
)

// pcapStart is the file header: magic number of microsecond stamps, version 2.4, no time zone, snap length, Ethernet
// (draft-ietf-opsawg-pcap section 4). Little-endian, as every record is.
var pcapStart = [24]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 16: 0, 0, 1, 0, 20: 1}

// ErrPcapFull is returned for a frame that would take a capture file beyond 256 MiB. The file stays good.
var ErrPcapFull = errors.New("capture file is full")

// Pcap writes Ethernet frames as a pcap file. Whole records reach the file in one write each time, so that Wireshark
// may read it while it grows. Its methods may be called by several goroutines.
type Pcap struct {
	mu      sync.Mutex
	file    io.Writer
	closer  io.Closer
	pending []byte
	size    int
	err     error
}

// NewPcap writes the file header to w at once. Closing the Pcap does not close w.
func NewPcap(w io.Writer) (*Pcap, error) {
	p := &Pcap{file: w, pending: bytes.Clone(pcapStart[:])}
	return p, p.Flush()
}

// CreatePcap makes or truncates the file at path, readable by its owner alone: frames hold passwords.
func CreatePcap(path string) (*Pcap, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p, err := NewPcap(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	p.closer = f
	return p, nil
}

// WriteFrame adds what was kept of a frame that was length octets long on the wire; length 0 means len(data). The
// record may wait in memory until Flush. After an error every call returns that error.
func (p *Pcap) WriteFrame(at time.Time, data []byte, length int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	data = data[:min(len(data), pcapSnapLen)]
	if p.size+len(p.pending)+pcapHeaders+len(data) > maxPcapFile {
		return ErrPcapFull
	}
	le := binary.LittleEndian
	p.pending = le.AppendUint32(p.pending, uint32(at.Unix()))
	p.pending = le.AppendUint32(p.pending, uint32(at.Nanosecond()/1000))
	p.pending = le.AppendUint32(p.pending, uint32(len(data)))
	p.pending = le.AppendUint32(p.pending, uint32(max(length, len(data))))
	p.pending = append(p.pending, data...)
	if len(p.pending) >= pcapPending {
		return p.flush()
	}
	return nil
}

// Flush hands every record over to the file.
func (p *Pcap) Flush() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flush()
}

func (p *Pcap) flush() error {
	if p.err != nil || len(p.pending) == 0 {
		return p.err
	}
	n, err := p.file.Write(p.pending)
	p.size += n
	p.pending = p.pending[:0]
	if err != nil {
		p.err = fmt.Errorf("pcap: %w", err)
	}
	return p.err
}

// Close flushes; a file that CreatePcap opened is closed.
func (p *Pcap) Close() error {
	err := p.Flush()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = os.ErrClosed
	if p.closer == nil {
		return err
	}
	c := p.closer
	p.closer = nil
	return errors.Join(err, c.Close())
}

// Tap is l with a copy of every frame, both ways, in the capture. now stamps them. An error of the capture does not
// disturb the link; Close closes only l.
func Tap(l Link, p *Pcap, now func() time.Time) Link { return &tap{Link: l, pcap: p, now: now} }

type tap struct {
	Link
	pcap *Pcap
	now  func() time.Time
}

func (t *tap) Read(frames []Frame) (int, error) {
	n, err := t.Link.Read(frames)
	t.record(frames[:n])
	return n, err
}

func (t *tap) Write(frames []Frame) (int, error) {
	t.record(frames)
	return t.Link.Write(frames)
}

func (t *tap) record(frames []Frame) {
	if len(frames) == 0 {
		return
	}
	at := t.now()
	for i := range frames {
		if t.pcap.WriteFrame(at, frames[i].Bytes(), 0) != nil {
			return
		}
	}
	_ = t.pcap.Flush() // kept in the Pcap, and returned by its Close
}
