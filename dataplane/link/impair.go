package link

import (
	"math/rand/v2"
	"sync"
)

// Impairment is what a bad wire does, as probabilities from 0 to 1 for each frame. The same Seed does the same to the
// same frames.
type Impairment struct {
	Loss      float64
	Duplicate float64
	Reorder   float64 // the frame leaves behind one to three of those that follow it; without any, it is lost
	Seed      uint64

	// Cut may re-segment: it returns what leaves in place of the frame, each valid until the next call; nil leaves the
	// frame alone. It runs before the other three.
	Cut func(frame []byte) [][]byte
}

// Impair is l with frames harmed as they are written; reading is as before, so a wire that is bad both ways has both of
// its ends impaired.
func Impair(l Link, how Impairment) Link {
	return &impaired{Link: l, how: how, rng: rand.New(rand.NewPCG(how.Seed, 0x9e3779b97f4a7c15))}
}

type impaired struct {
	Link
	how  Impairment
	mu   sync.Mutex
	rng  *rand.Rand
	held []heldFrame
	out  []Frame
}

type heldFrame struct {
	frame Frame
	after int // frames still to pass first
}

const maxHeld = 8 // frames

func (i *impaired) Write(frames []Frame) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.out = i.out[:0]
	for k := range frames {
		i.cut(&frames[k])
	}
	if len(i.out) > 0 {
		if _, err := i.Link.Write(i.out); err != nil {
			return 0, err
		}
	}
	return len(frames), nil
}

func (i *impaired) cut(f *Frame) {
	if i.how.Cut == nil {
		i.harm(f)
		return
	}
	pieces := i.how.Cut(f.Bytes())
	if pieces == nil {
		i.harm(f)
		return
	}
	for _, p := range pieces {
		piece := Frame{Buf: append([]byte(nil), p...), Len: len(p), NeedsCsum: f.NeedsCsum}
		i.harm(&piece)
	}
}

func (i *impaired) harm(f *Frame) {
	// All three are drawn every time, so that changing one probability does not change what the others hit.
	lose, again, late, behind := i.rng.Float64(), i.rng.Float64(), i.rng.Float64(), 1+i.rng.IntN(3)
	if lose < i.how.Loss {
		return
	}
	if late < i.how.Reorder && len(i.held) < maxHeld {
		c := *f
		c.Buf, c.Off = append([]byte(nil), f.Bytes()...), 0
		i.held = append(i.held, heldFrame{frame: c, after: behind})
		return
	}
	i.send(*f)
	if again < i.how.Duplicate {
		i.send(*f)
	}
}

func (i *impaired) send(f Frame) {
	f.Given = false // it may go twice
	i.out = append(i.out, f)
	keep := i.held[:0]
	for _, h := range i.held {
		if h.after--; h.after > 0 {
			keep = append(keep, h)
			continue
		}
		i.out = append(i.out, h.frame)
	}
	i.held = keep
}

func (i *impaired) dropped() uint64 { return Dropped(i.Link) }

func (i *impaired) queued() (now, most int) { return Queued(i.Link) }
