package appliance

import (
	"bytes"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
)

// slowFlash holds its first Write up until go is closed.
type slowFlash struct {
	Flash
	begun   atomic.Bool
	writing chan struct{}
	goOn    chan struct{}
}

func (f *slowFlash) Write(name string, data []byte) error {
	if f.begun.CompareAndSwap(false, true) {
		close(f.writing)
		<-f.goOn
	}
	return f.Flash.Write(name, data)
}

func idleBox(t *testing.T, f Flash) *Box {
	t.Helper()
	rel, err := release.Parse("pix-6.3")
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Options{Release: rel, Flash: f, Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.self.Close() })
	return b
}

// A slow write memory must not put an old configuration over the one that another session has stored meanwhile.
func TestSavesInOrder(t *testing.T) {
	flash := &slowFlash{Flash: MemoryFlash(time.Now), writing: make(chan struct{}), goOn: make(chan struct{})}
	b := idleBox(t, flash)
	var sessions sync.WaitGroup
	save := func() {
		if _, _, _, err := b.Save("enable_15"); err != nil {
			t.Error(err)
		}
	}
	sessions.Go(save)
	<-flash.writing
	if err := b.Edit(func(e *config.Edit) error { e.SetHostname("newer"); return nil }); err != nil {
		t.Fatal(err)
	}
	sessions.Go(save)
	time.Sleep(20 * time.Millisecond) // without the order the second is through by now
	close(flash.goOn)
	sessions.Wait()
	if text, err := flash.Read(startupFile); err != nil || !bytes.Contains(text, []byte("hostname newer\n")) {
		t.Errorf("%v: stored\n%s", err, text)
	}
	if b.Dirty() {
		t.Error("what is stored is not what runs")
	}
}

// A trace that one session switches meets the engine's echoes for another: of use under the race detector alone.
func TestDebugSwitchedWhileTracing(t *testing.T) {
	b := idleBox(t, MemoryFlash(time.Now))
	s := cli.New(cli.Options{Box: b, Kind: cli.Console})
	v := b.desk.add(command.SessionInfo{Kind: cli.Console}, s, newOutlet(io.Discard), func() {})
	var switched atomic.Bool
	var tracing sync.WaitGroup
	tracing.Go(func() {
		for !switched.Load() {
			b.desk.debug("echo")
		}
	})
	for i := range 1001 {
		b.DebugICMP(s, i%2 == 0)
	}
	switched.Store(true)
	tracing.Wait()
	if !b.DebuggingICMP(s) {
		t.Error("the last switch was on")
	}
	b.leave(v)
}
