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

// owner is a Run in progress, as Do and the readers see it. Who sends on a channel rings then.
type owner struct {
	do   chan func()
	work chan *batch // with room for one of each reader
	bell link.Bell
	gone chan struct{} // closed when the owner takes no more
}

// directLink is a link whose frames the owner takes itself.
type directLink struct {
	link.Direct
	port Port
}

// Run owns the engine until ctx ends: it reads every link, works and writes. now is asked for the time of each batch and
// timer; events, if not nil, gets what was noticed, in order, after each piece of work, in a slice good during the call.
// Run closes the links, since nothing else stops their readers, and returns after all its goroutines have ended: nil
// when ctx ended, or what a link complained of other than net.ErrClosed. A link that its other end closes is silent from
// then on. How long each piece of work took by now is what Work and Spent tell. Only one Run at a time.
func (e *Engine) Run(ctx context.Context, ports map[Port]link.Link, now func() time.Time, events func([]Event)) error {
	var direct []directLink
	var own []link.Direct
	for p, l := range ports {
		if d, ok := l.(link.Direct); ok {
			direct = append(direct, directLink{d, p})
			own = append(own, d)
		}
	}
	bell, err := link.NewBell(own)
	if err != nil {
		return err
	}
	defer bell.Close()
	me := &owner{do: make(chan func(), doRoom), work: make(chan *batch, len(ports)), bell: bell, gone: make(chan struct{})}
	if err := e.enter(me); err != nil {
		return err
	}
	defer e.leave(me)
	e.wires = ports
	defer func() {
		e.cutAll()
		e.wires = nil
	}()
	defer context.AfterFunc(ctx, bell.Ring)()

	failed := make(chan error, len(ports))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for p, l := range ports {
		readers.Go(func() {
			var err error
			if d, ok := l.(link.Direct); ok {
				err = d.Attend(bell.Ring)
			} else {
				err = read(l, p, me, stop)
			}
			if err != nil && !errors.Is(err, net.ErrClosed) {
				failed <- err
				bell.Ring()
			}
		})
	}
	err = e.loop(ctx, me, ports, direct, failed, now, events)
	close(stop)
	for _, l := range ports {
		l.Close()
	}
	readers.Wait()
	return err
}

// doRoom is how many closures of Do may wait; who calls Do then waits himself.
const doRoom = 16

var errRunning = errors.New("dataplane: the engine runs already")

func (e *Engine) enter(me *owner) error {
	e.gate.Lock()
	defer e.gate.Unlock()
	if e.run != nil {
		return errRunning
	}
	e.run = me
	e.begun.Do(func() { close(e.entered) })
	return nil
}

// Entered is closed when the first Run has begun. What a Do before that sends has nowhere to go.
func (e *Engine) Entered() <-chan struct{} { return e.entered }

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
			e.gatherAll()
			f(&State{e})
			e.gate.Unlock()
			return
		}
		e.gate.Unlock()
		if own.ask(func() { f(&State{e}) }) {
			return
		}
	}
}

// ask has f called by the owner; false: he is gone, and f was not called.
func (o *owner) ask(f func()) bool {
	done := make(chan struct{})
	select {
	case o.do <- func() { f(); close(done) }:
		o.bell.Ring()
	case <-o.gone:
		return false
	}
	select {
	case <-done:
		return true
	case <-o.gone:
	}
	select {
	case <-done: // both are so
		return true
	default:
		return false
	}
}

// loop is the owner's life: turns, in each of which he does what is there, and where that is nothing he waits.
func (e *Engine) loop(ctx context.Context, me *owner, ports map[Port]link.Link, direct []directLink, failed chan error,
	now func() time.Time, events func([]Event)) error {
	var out Output
	var noticed []Event
	var frames [batchFrames]link.Frame
	begin := now()
	done := func(task Task) {
		write(ports, &out)
		if noticed = e.Events(noticed[:0]); len(noticed) > 0 && events != nil {
			events(noticed)
			clear(noticed)
		}
		end := now()
		e.spend(task, end.Sub(begin))
		begin = end
	}
	for {
		idle := true
		for _, d := range direct {
			n, _ := d.Take(frames[:])
			if n == 0 {
				continue
			}
			idle = false
			e.Step(begin, d.port, frames[:n], &out)
			write(ports, &out)
			d.Give()
			done(Task(d.port))
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case b := <-me.work:
			idle = false
			e.Step(begin, b.port, b.frames, &out)
			write(ports, &out)
			b.done <- struct{}{}
			done(Task(b.port))
		case f := <-me.do:
			idle = false
			e.begin(begin, &out)
			if e.now-e.offload.gathered >= wheelTick { // who asks piece by piece needs it once
				e.gatherAll()
			}
			f()
			done(TaskAsked)
		default:
		}
		e.offloadDue(idle)
		if !idle {
			continue
		}
		wait := e.untilNext(begin)
		if e.unsettled() {
			wait = 0
		}
		if wait > 0 {
			me.bell.Wait(wait)
			begin = now()
			continue
		}
		e.Tick(begin, &out)
		done(TaskTimers)
	}
}

// unsettled tells whether there is a policy to adopt.
func (e *Engine) unsettled() bool { return e.rules.Load() != e.r }

// untilNext is how long there is nothing to do by the clock.
func (e *Engine) untilNext(now time.Time) time.Duration {
	const long = time.Hour
	next := e.Next()
	if next.IsZero() {
		return long
	}
	return min(long, next.Sub(now))
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
func read(l link.Link, p Port, to *owner, stop <-chan struct{}) error {
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
			to.work <- b
			to.bell.Ring()
			select {
			case <-b.done:
			case <-stop:
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}
