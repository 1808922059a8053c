package dataplane

import (
	"context"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// What Run tells of its work is what the clock that it was given showed: here it goes on by a millisecond each time that
// it is asked, which is at the beginning and at the end of each piece.
func TestWorkIsTimed(t *testing.T) {
	at := time.Unix(0, 0)
	e := New(Options{Policy: openInbound(), Now: at})
	box, wire := link.Pipe(1500)
	defer wire.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- e.Run(ctx, map[Port]link.Link{outside: box}, func() time.Time { at = at.Add(time.Millisecond); return at }, nil)
	}()
	for running := false; !running; { // before it, Do is the caller's own work
		e.gate.Lock()
		running = e.run != nil
		e.gate.Unlock()
	}
	const asked = 200
	for range asked {
		e.Do(func(*State) {})
	}
	var spent, other time.Duration
	var all Done
	e.Do(func(s *State) {
		spent, other = s.Spent(TaskAsked), s.Spent(Task(outside))
		_, _, _, all = s.Work()
	})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if spent != asked*time.Millisecond || other != 0 || all.Busy < spent {
		t.Errorf("asked for %v, frames for %v, all %v", spent, other, all.Busy)
	}
}

// Busy times and counts are those of the last whole spans of 5, 60 and 300 seconds.
func TestWork(t *testing.T) {
	r := newRig(t, openInbound())
	check := func(now, minute, five int, conns uint64) {
		t.Helper()
		var w [4]Done
		r.e.Do(func(s *State) { w[0], w[1], w[2], w[3] = s.Work() })
		got := [3]int{w[0].Share(WorkNow), w[1].Share(WorkMinute), w[2].Share(WorkFive)}
		if got != [3]int{now, minute, five} || w[3].Conns != conns {
			t.Errorf("shares %v, want %v; conns %d", got, [3]int{now, minute, five}, w[3].Conns)
		}
	}
	check(0, 0, 0, 0)
	for range 60 { // five minutes half busy
		r.e.spend(TaskTimers, 2500*time.Millisecond)
		r.wait(5 * time.Second)
	}
	check(50, 50, 50, 0)
	for range 12 {
		r.e.spend(Task(inPort), time.Second)
		r.wait(5 * time.Second)
	}
	check(20, 20, 44, 0)
	r.wait(5 * time.Second)
	check(0, 18, 43, 0)
	r.e.spend(TaskAsked, time.Hour)
	r.wait(5 * time.Second)
	check(100, 100, 100, 0)

	before := r.e.work.done
	r.send(outside, syn(client, "204.31.17.2:25"))
	r.wait(5 * time.Second)
	var now Done
	r.e.Do(func(s *State) { now, _, _, _ = s.Work() })
	if now.Conns != 1 || now.TCP != 1 || now.UDP != 0 || now.Xlates != 1 || before.Conns != 0 {
		t.Errorf("one connection: %+v", now)
	}
	r.e.Do(func(s *State) { s.Reset() })
	r.wait(5 * time.Second)
	check(0, 0, 0, 0)
}

// Frames that no medium carries are counted and go no further; a super-frame is none.
func TestGiants(t *testing.T) {
	r := newRig(t, openInbound())
	for _, n := range []int{1500 - 28, 1500 - 28 + 4, 1500 - 28 + 5, 9000} {
		r.send(outside, udp("192.150.49.10:5", "204.31.17.2:5", string(payload(n))))
	}
	iface, _, _, _, _ := r.counted()
	if iface.Giants != 2 || iface.InPackets != 4 || iface.Dropped < 2 {
		t.Errorf("%+v", iface)
	}
	f := r.frame(outside, udp("192.150.49.10:5", "204.31.17.2:5", string(payload(9000))))
	f.GSOSize = 1400
	r.sendFrame(outside, f)
	if iface, _, _, _, _ = r.counted(); iface.Giants != 2 || iface.InPackets != 5 {
		t.Errorf("a super-frame: %+v", iface)
	}
}

// What a full wire loses before the engine reads it is the interface's "no buffer", cleared like its other counters.
func TestNoBuffer(t *testing.T) {
	e := New(Options{Policy: openInbound(), Now: time.Now()})
	box, wire := link.Pipe(1500)
	defer wire.Close()
	rig := &rig{t: t, e: e}
	flood := func(n int) {
		for range n {
			wire.Write([]link.Frame{rig.frame(outside, udp("192.150.49.10:5", "204.31.17.2:5", "x"))})
		}
	}
	flood(600) // the wire holds 512
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- e.Run(ctx, map[Port]link.Link{outside: box}, time.Now, nil) }()
	read := func() (n IfCounters, queued, most int) {
		e.Do(func(s *State) { n = s.Interface(outside); queued, most = s.Queue(outside) })
		return
	}
	n, queued, most := read()
	for n.InPackets < 512 {
		n, queued, most = read()
	}
	if n.NoBuffer != 88 || queued != 0 || most != 512 {
		t.Errorf("%+v, queue %d of %d", n, queued, most)
	}
	e.Do(func(s *State) { s.ClearInterface(outside) })
	if n, _, _ = read(); n != (IfCounters{}) {
		t.Errorf("cleared: %+v", n)
	}
	e.Do(func(s *State) { s.Reset() })
	if n, _, _ = read(); n != (IfCounters{}) {
		t.Errorf("after Reset: %+v", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// The stores tell what is left of them now, and at the least.
func TestBlocks(t *testing.T) {
	r := newRig(t, openInbound())
	blocks := func() (b Blocks) {
		r.e.Do(func(s *State) { b = s.Blocks() })
		return
	}
	empty := blocks()
	if empty.Neighbours.Max != 4096 || empty.Streams.Max != 64<<20 || empty.Assemblies.Max != 200 {
		t.Fatalf("%+v", empty)
	}
	whole := udp("192.150.49.10:5", "204.31.17.2:5", string(payload(3000)))
	cut := packet.Fragment(whole, 1500)
	first := cut.Next(make([]byte, 1500))
	r.send(outside, first)
	one := blocks()
	if one.Assemblies.Free != empty.Assemblies.Free-1 || one.Assemblies.Low != one.Assemblies.Free {
		t.Errorf("one packet is being put together: %+v", one.Assemblies)
	}
	r.wait(time.Minute) // too late
	if b := blocks().Assemblies; b.Free != empty.Assemblies.Free || b.Low != one.Assemblies.Low {
		t.Errorf("given up: %+v", b)
	}
	r.e.Do(func(s *State) { s.ClearBlocks() })
	if b := blocks().Assemblies; b != empty.Assemblies {
		t.Errorf("cleared: %+v", b)
	}
}
