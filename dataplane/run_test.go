package dataplane

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// station answers on a link: it reads frames until one fits.
func station(t *testing.T, l link.Link, want func(packet.Ethernet) bool) packet.Ethernet {
	t.Helper()
	frames := []link.Frame{{Buf: make([]byte, 2048)}}
	for {
		frames[0].Off, frames[0].Len = 0, 0
		n, err := l.Read(frames)
		if err != nil {
			t.Fatalf("nothing fits: %v", err)
		}
		if n > 0 && want(packet.Ethernet(frames[0].Bytes())) {
			return append(packet.Ethernet(nil), frames[0].Bytes()...)
		}
	}
}

func isARP(e packet.Ethernet) bool { return e.Type() == packet.TypeARP }
func isIP(e packet.Ethernet) bool  { return e.Type() == packet.TypeIPv4 }

func TestRun(t *testing.T) {
	p := openInbound()
	p.Timeouts.Embryonic = 50 * time.Millisecond
	e := New(Options{Policy: p, Now: time.Now()})
	boxOut, wireOut := link.Pipe(1500)
	boxIn, wireIn := link.Pipe(1500)
	defer wireOut.Close()
	defer wireIn.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var torn atomic.Bool
	done := make(chan error)
	select {
	case <-e.Entered():
		t.Error("it runs already")
	default:
	}
	go func() {
		done <- e.Run(ctx, map[Port]link.Link{outside: boxOut, inPort: boxIn}, time.Now, func(all []Event) {
			for _, ev := range all {
				if ev.Kind == EventTornConn && ev.Reason == ReasonSYNTimeout {
					torn.Store(true)
				}
			}
		})
	}()
	<-e.Entered()
	rig := &rig{t: t, e: e}
	if _, err := wireOut.Write([]link.Frame{rig.frame(outside, syn(client, "204.31.17.2:25"))}); err != nil {
		t.Fatal(err)
	}
	ask := packet.ARP(station(t, wireIn, isARP).Payload())
	if ask.TargetIP() != addr("10.1.1.2") {
		t.Fatalf("asks for %v", packet.Addr(ask.TargetIP()))
	}
	b := packet.AppendEthernet(nil, ask.SenderMAC(), macOf(ask.TargetIP()), packet.TypeARP)
	b = packet.AppendARP(b, packet.ARPReply, macOf(ask.TargetIP()), ask.TargetIP(), ask.SenderMAC(), ask.SenderIP())
	if _, err := wireIn.Write([]link.Frame{{Buf: b, Len: len(b)}}); err != nil {
		t.Fatal(err)
	}
	if got := packet.IPv4(station(t, wireIn, isIP).Payload()); got.Dst() != addr("10.1.1.2") {
		t.Errorf("to %v", packet.Addr(got.Dst()))
	}
	conns := -1
	for conns != 0 { // its timer ends the connection without any packet
		e.Do(func(s *State) { c, _ := s.Counts(); conns = c.InUse })
		time.Sleep(time.Millisecond)
	}
	for !torn.Load() {
		time.Sleep(time.Millisecond)
	}
	if err := e.Run(ctx, nil, time.Now, nil); err == nil {
		t.Error("a second Run")
	}
	e.Swap(basePolicy())
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	e.Do(func(s *State) {
		if _, x := s.Counts(); x.InUse != 1 {
			t.Errorf("%+v", x)
		}
	})
}

// Everything at once, for the race detector: frames, Swap, Do, and the end in the midst of it.
func TestRunConcurrency(t *testing.T) {
	p := openInbound()
	e := New(Options{Policy: p, Now: time.Now()})
	boxOut, wireOut := link.Pipe(1500)
	defer wireOut.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done, stopped := make(chan error), make(chan struct{}, 3)
	go func() {
		done <- e.Run(ctx, map[Port]link.Link{outside: boxOut}, time.Now, func([]Event) {})
	}()
	work := func(f func(i int)) {
		go func() {
			for i := 0; ctx.Err() == nil; i++ {
				f(i)
			}
			stopped <- struct{}{}
		}()
	}
	r := &rig{t: t, e: e}
	work(func(i int) {
		wireOut.Write([]link.Frame{r.frame(outside, syn("192.150.49.10:"+itoa(i%60000), "204.31.17.2:25"))})
	})
	work(func(int) { e.Swap(openInbound()) })
	work(func(i int) {
		for range Conns(e.Do) {
		}
		if i%100 == 0 {
			ClearXlates(e.Do, nil)
		}
	})
	time.Sleep(200 * time.Millisecond)
	cancel()
	for range 3 {
		<-stopped
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A link whose other end closes is silent; the engine goes on.
func TestRunLinkClosed(t *testing.T) {
	e := New(Options{Policy: basePolicy(), Now: time.Now()})
	a, b := link.Pipe(1500)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- e.Run(ctx, map[Port]link.Link{outside: a}, time.Now, func([]Event) {}) }()
	b.Close()
	a.Close()
	e.Do(func(*State) {})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
