package link

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

const (
	pcapSnapLen = 65536     // octets of a frame that are kept at most
	pcapPending = 64 << 10  // octets; more than that is written without waiting for Flush
	pcapHeaders = 16        // octets of a record before its data (draft-ietf-opsawg-pcap section 5)
	maxPcapFile = 256 << 20 // octets; a capture that nobody stops must not fill the disk
)

// ErrPcapFull is returned for a frame that would take a capture file beyond 256 MiB. The file stays good.
var ErrPcapFull = errors.New("capture file is full")

// Pcap writes Ethernet frames as a pcap file. Whole records reach the file in one write each time, so that Wireshark
// may read it while it grows. Its methods may be called by several goroutines.
type Pcap struct {
	mu      sync.Mutex
	file    io.Writer
	closer  io.Closer
	pending bytes.Buffer // whole records
	records *pcapgo.Writer
	size    int
	err     error
}

// NewPcap writes the file header to w at once. Closing the Pcap does not close w.
func NewPcap(w io.Writer) (*Pcap, error) {
	p := &Pcap{file: w}
	p.records = pcapgo.NewWriter(&p.pending)
	if err := p.records.WriteFileHeader(pcapSnapLen, layers.LinkTypeEthernet); err != nil {
		return nil, err
	}
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
	if p.size+p.pending.Len()+pcapHeaders+len(data) > maxPcapFile {
		return ErrPcapFull
	}
	info := gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(data), Length: max(length, len(data))}
	if err := p.records.WritePacket(info, data); err != nil {
		p.err = fmt.Errorf("pcap: %w", err)
		return p.err
	}
	if p.pending.Len() >= pcapPending {
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
	if p.err != nil || p.pending.Len() == 0 {
		return p.err
	}
	n, err := p.file.Write(p.pending.Bytes())
	p.size += n
	p.pending.Reset()
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
