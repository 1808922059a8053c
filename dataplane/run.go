package dataplane

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"pixsim/dataplane/link"
)

const (
	batchFrames = 32
	frameBuffer = headroom + 14 + maxPacket + 1
)

// batch is what one reader hands over; the buffers are the reader's again once done is told.
type batch struct {
	port   Port
	frames []link.Frame
	done   chan struct{}
}

// owner is a Run in progress, as Do sees it.
type owner struct {
	do   chan func()
	gone chan struct{} // closed when the owner takes no more
}

// Run owns the engine until ctx ends: it reads every link, works and writes. now is asked for the time of each batch and
// timer; events, if not nil, gets what was noticed, in order, after each piece of work, in a slice good during the call.
// Run closes the links, since nothing else stops their readers, and returns after all its goroutines have ended: nil
// when ctx ended, or what a link complained of other than net.ErrClosed. A link that its other end closes is silent from
// then on. How long each piece of work took by now is what Work and Spent tell. Only one Run at a time.
func (e *Engine) Run(ctx context.Context, ports map[Port]link.Link, now func() time.Time, events func([]Event)) error {
	me := &owner{do: make(chan func()), gone: make(chan struct{})}
	if err := e.enter(me); err != nil {
		return err
	}
	defer e.leave(me)
	e.wires = ports
	defer func() { e.wires = nil }()

	work := make(chan *batch)
	failed := make(chan error, len(ports))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for p, l := range ports {
		readers.Go(func() {
			if err := read(l, p, work, stop); err != nil {
				failed <- err
			}
		})
	}
	err := e.loop(ctx, me, ports, work, failed, now, events)
	close(stop)
	for _, l := range ports {
		l.Close()
	}
	readers.Wait()
	return err
}

var errRunning = errors.New("dataplane: the engine runs already")

func (e *Engine) enter(me *owner) error {
	e.gate.Lock()
	defer e.gate.Unlock()
	if e.run != nil {
		return errRunning
	}
	e.run = me
	return nil
}

func (e *Engine) leave(me *owner) {
	e.gate.Lock()
	e.run = nil
	e.gate.Unlock()
	close(me.gone)
}

// Do calls f with the engine's tables and returns when f has: in the goroutine of Run while there is one, else in the
// caller's, who must then be the one that calls Step and Tick. f must not block and must not call Do; nor may the events
// function of Run.
func (e *Engine) Do(f func(*State)) {
	for {
		e.gate.Lock()
		own := e.run
		if own == nil {
			e.adopt()
			f(&State{e})
			e.gate.Unlock()
			return
		}
		e.gate.Unlock()
		done := make(chan struct{})
		select {
		case own.do <- func() { f(&State{e}); close(done) }:
			<-done
			return
		case <-own.gone:
		}
	}
}

// loop is the owner's life.
func (e *Engine) loop(ctx context.Context, me *owner, ports map[Port]link.Link, work chan *batch, failed chan error,
	now func() time.Time, events func([]Event)) error {
	var out Output
	var noticed []Event
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		e.arm(timer, now())
		var begin time.Time
		var task Task
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case b := <-work:
			begin, task = now(), Task(b.port)
			e.Step(begin, b.port, b.frames, &out)
			write(ports, &out)
			b.done <- struct{}{}
		case f := <-me.do:
			begin, task = now(), TaskAsked
			e.begin(begin, &out)
			f()
		case <-timer.C:
			begin, task = now(), TaskTimers
			e.Tick(begin, &out)
		}
		write(ports, &out)
		if noticed = e.Events(noticed[:0]); len(noticed) > 0 && events != nil {
			events(noticed)
			clear(noticed)
		}
		e.spend(task, now().Sub(begin))
	}
}

// arm sets the timer for Next.
func (e *Engine) arm(timer *time.Timer, now time.Time) {
	wait := time.Hour
	if next := e.Next(); !next.IsZero() {
		wait = min(wait, max(0, next.Sub(now)))
	}
	timer.Reset(wait)
}

// write sends what out holds. A link that takes nothing any more loses it, as a wire does.
func write(ports map[Port]link.Link, out *Output) {
	for p, frames := range out.All() {
		if l := ports[p]; l != nil {
			l.Write(frames)
		}
	}
	out.Reset()
}

// read hands whole batches of one link over until the link is closed.
func read(l link.Link, p Port, work chan<- *batch, stop <-chan struct{}) error {
	b := &batch{port: p, done: make(chan struct{}, 1)}
	room := make([]link.Frame, batchFrames)
	for i := range room {
		room[i].Buf = make([]byte, frameBuffer)
	}
	for {
		for i := range room {
			room[i] = link.Frame{Buf: room[i].Buf, Off: headroom}
		}
		n, err := l.Read(room)
		if n > 0 {
			b.frames = room[:n]
			select {
			case work <- b:
				<-b.done
			case <-stop:
				return nil
			}
		}
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
	}
}
