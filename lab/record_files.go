package lab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"pixsim/dataplane"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// Bounds of what waits for the disk: packets never do. Frames beyond are counted and missing in the pcap files.
const (
	maxWaiting       = 4096    // frames
	maxWaitingOctets = 8 << 20 // of them
	maxEndedWaiting  = 1024    // connections whose transcript is to be written; further ones get none
)

// recordFiles writes recordings to a directory: two pcap files that grow with the connection, and the transcript when it
// is over. One goroutine does all that can wait.
type recordFiles struct {
	dir  string
	diag io.Writer
	gone chan struct{} // closed when the goroutine has ended

	mu     sync.Mutex
	ready  sync.Cond
	queue  []recordJob
	octets int
	ended  int // jobs of the queue that end a connection
	closed bool

	// The goroutine's own.
	pcaps map[*Recording]*pcapPair
	said  bool
}

// recordJob is a frame of a side, or the end of a connection.
type recordJob struct {
	rec   *Recording
	side  Side
	at    time.Time
	frame []byte // nil: the connection is over
}

type pcapPair struct {
	files [2]*link.Pcap // nil: could not be made
	lost  [2]int
}

// NewFileRecorder records for a box of a release into a directory, which is made: for each connection NNNN-client.pcap,
// NNNN-server.pcap and, when it is over, NNNN.txt. Numbers go on behind those of files that are there. What cannot be
// written is said once on diag and disturbs nothing. Close writes what is open.
func NewFileRecorder(release, dir string, diag io.Writer) (*Recorder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	r := NewRecorder(release)
	for _, n := range names {
		r.number = max(r.number, recordNumber(n.Name()))
	}
	f := &recordFiles{dir: dir, diag: diag, gone: make(chan struct{}), pcaps: map[*Recording]*pcapPair{}}
	f.ready.L = &f.mu
	r.files, r.keep = f, false
	go f.run()
	return r, nil
}

// recordNumber is the number that a file's name begins with; 0: none.
func recordNumber(name string) int {
	digits := 0
	for digits < len(name) && name[digits] >= '0' && name[digits] <= '9' {
		digits++
	}
	n, err := strconv.Atoi(name[:digits])
	if err != nil || n > 1<<30 {
		return 0
	}
	return n
}

// Close ends the recording of what is open and waits until all is written. The box must have ended, or nothing more is
// recorded of it.
func (r *Recorder) Close() error {
	r.mu.Lock()
	for number, c := range r.open {
		delete(r.open, number)
		c.Why = "it was still open when the recording ended"
		r.finish(c)
	}
	missed := r.missed
	r.mu.Unlock()
	if r.files == nil {
		return nil
	}
	r.files.close()
	if missed > 0 {
		fmt.Fprintf(r.files.diag, "pixsim: transcript: %d connections at the end were not recorded\n", missed)
	}
	return nil
}

func (f *recordFiles) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.ready.Signal()
	<-f.gone
}

// frame queues a frame; the caller holds the Recorder.
func (f *recordFiles) frame(c *Recording, p dataplane.TapPacket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || len(f.queue)-f.ended >= maxWaiting || f.octets+len(p.Frame) > maxWaitingOctets {
		c.lost[p.Side]++
		return
	}
	frame := slices.Clone(p.Frame)
	if p.NeedsCsum {
		ip := packet.Packet{IP: packet.IPv4(frame[packet.EthernetLen:]), NeedsCsum: true}
		ip.Complete()
	}
	f.octets += len(frame)
	f.queue = append(f.queue, recordJob{c, Side(p.Side), p.At, frame})
	f.ready.Signal()
}

// end queues the end of a connection, which nobody else changes any more.
func (f *recordFiles) end(c *Recording) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		c.letGo()
		return
	}
	f.ended++
	f.queue = append(f.queue, recordJob{rec: c})
	f.ready.Signal()
}

// full says that no more connections may be begun before the disk has caught up.
func (f *recordFiles) full() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended >= maxEndedWaiting
}

// take waits for jobs; false: there will be none.
func (f *recordFiles) take() ([]recordJob, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.queue) == 0 && !f.closed {
		f.ready.Wait()
	}
	jobs := f.queue
	f.queue, f.octets, f.ended = nil, 0, 0
	return jobs, len(jobs) > 0
}

func (f *recordFiles) run() {
	defer close(f.gone)
	for {
		jobs, ok := f.take()
		if !ok {
			return
		}
		for _, j := range jobs {
			f.work(j)
		}
		for _, p := range f.pcaps {
			f.flush(p)
		}
	}
}

func (f *recordFiles) work(j recordJob) {
	p := f.pcaps[j.rec]
	if p == nil {
		p = f.create(j.rec)
		f.pcaps[j.rec] = p
	}
	if j.frame == nil {
		delete(f.pcaps, j.rec)
		f.finish(j.rec, p)
		j.rec.letGo()
		return
	}
	file := p.files[j.side]
	if file == nil {
		p.lost[j.side]++
		return
	}
	if err := file.WriteFrame(j.at, j.frame, 0); err != nil {
		p.lost[j.side]++
		f.complain(err)
	}
}

func (f *recordFiles) name(c *Recording, rest string) string {
	return filepath.Join(f.dir, fmt.Sprintf("%04d%s", c.Number, rest))
}

func (f *recordFiles) create(c *Recording) *pcapPair {
	p := &pcapPair{}
	for s, rest := range [...]string{"-client.pcap", "-server.pcap"} {
		var err error
		if p.files[s], err = link.CreatePcap(f.name(c, rest)); err != nil {
			f.complain(err)
		}
	}
	return p
}

func (f *recordFiles) flush(p *pcapPair) {
	for _, file := range p.files {
		if file != nil {
			f.complain(file.Flush())
		}
	}
}

// finish closes the pcap files and writes the transcript.
func (f *recordFiles) finish(c *Recording, p *pcapPair) {
	whole := *c // others may be reading c
	for s, file := range p.files {
		if file != nil {
			f.complain(file.Close())
		}
		whole.lost[s] += p.lost[s]
	}
	out, err := os.OpenFile(f.name(c, ".txt"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		err = errors.Join(whole.Render(out, RenderOptions{}), out.Close())
	}
	f.complain(err)
}

// complain says the first thing that goes wrong.
func (f *recordFiles) complain(err error) {
	if err == nil || f.said {
		return
	}
	f.said = true
	fmt.Fprintf(f.diag, "pixsim: transcript: %v; from now on transcripts may lack something\n", err)
}
