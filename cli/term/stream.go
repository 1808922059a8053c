package term

import (
	"context"
	"io"
	"sync"
)

// Options of New.
type Options struct {
	// Size reports columns and rows of the far side, 0 where unknown. Nil: unknown. It may be called at any time.
	Size func() (columns, rows int)
	// BareLF leaves LF alone: the far side is a program or a file, not a terminal.
	BareLF bool
}

// stream is the Terminal over a byte stream.
type stream struct {
	rw      io.ReadWriteCloser
	o       Options
	keys    *typeahead
	screen  screen
	past    history
	pumped  chan struct{} // closed when the pump has ended
	closing sync.Once
	failure error

	reading sync.Mutex // held by ReadLine; Close waits for it
}

// New makes a Terminal of the keyboard and screen behind rw, which it owns from now on. Closing rw must end a Read that
// blocks in it. A Read error is the end of input: what was typed before is still read, but a line without Enter never
// is. A Write error ends the Terminal at once. Close must be called: goroutines wait for it.
func New(rw io.ReadWriteCloser, o Options) Terminal {
	t := &stream{rw: rw, o: o, keys: newTypeahead(), pumped: make(chan struct{})}
	t.screen = screen{w: rw, bareLF: o.BareLF, failed: t.keys.close}
	go t.pump()
	return t
}

// pump carries keys from the far side into the type-ahead buffer until the input ends or the Terminal is closed.
func (t *stream) pump() {
	defer close(t.pumped)
	defer t.keys.end()
	var k keyboard
	in := make([]byte, 256)
	keys := make([]byte, 0, len(in))
	for {
		n, err := t.rw.Read(in)
		keys = keys[:0]
		for _, b := range in[:n] {
			keys = k.feed(keys, b)
		}
		if !t.keys.push(keys) || err != nil {
			return
		}
		if n == len(in) && n < 4<<10 { // a paste, not a person
			in = make([]byte, 2*n)
		}
	}
}

// ReadLine implements Terminal.
func (t *stream) ReadLine(ctx context.Context, o LineOptions) (string, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := t.keys.over(); err != nil {
		return "", err
	}
	e := &editor{o: o, keys: t.keys, screen: &t.screen}
	t.screen.text(o.Prompt)
	line, err := t.typed(ctx, e)
	if err != nil && err != ErrInterrupt && err != ErrLeave {
		return "", err // the session is over; it was not the typist who ended the line
	}
	e.finish()
	t.enter()
	if err == nil && o.History {
		t.past.add(line)
	}
	return line, err
}

// typed is the line that waits, the one that comes as a whole, or what somebody makes of the keys.
func (t *stream) typed(ctx context.Context, e *editor) (string, error) {
	if line, ok := e.take(); ok {
		return line, nil
	}
	e.settle()
	if err := t.keys.await(ctx); err != nil {
		return "", err
	}
	if line, ok := e.take(); ok {
		return line, nil
	}
	var past []string
	if e.o.History {
		past = t.past.all()
	}
	return e.edit(ctx, past)
}

// enter paints the end of a line, and shows it unless a further line is there already.
func (t *stream) enter() {
	t.screen.newline()
	if !t.keys.lines() {
		t.screen.flush()
	}
}

// ReadKey implements Terminal.
func (t *stream) ReadKey(ctx context.Context) (byte, error) {
	t.screen.flush()
	for {
		k, err := t.keys.next(ctx)
		if err != nil || k != keyEsc {
			return k, err
		}
		// ESC is passed on only as the first half of a Meta key, which no caller of ReadKey knows.
		if _, err := t.keys.next(ctx); err != nil {
			return 0, err
		}
	}
}

// Running implements Terminal. A ^C that waits already was meant for the command that starts now. The context also ends
// when the far side cannot be written to any more.
func (t *stream) Running(ctx context.Context) (context.Context, func()) {
	t.screen.flush()
	run, cancel := context.WithCancel(ctx)
	t.keys.setRunning(cancel)
	return run, func() {
		t.keys.setRunning(nil)
		cancel()
	}
}

// Pending implements Terminal.
func (t *stream) Pending() bool { return t.keys.lines() }

// Write implements Terminal.
func (t *stream) Write(p []byte) (int, error) { return t.screen.Write(p) }

// History implements Terminal.
func (t *stream) History() []string { return t.past.all() }

// Size implements Terminal.
func (t *stream) Size() (columns, rows int) {
	if t.o.Size == nil {
		return 0, 0
	}
	return t.o.Size()
}

// Close implements Terminal: it closes the stream, ends a read in progress with ErrClosed and waits for the goroutines.
func (t *stream) Close() error {
	t.closing.Do(func() {
		t.keys.close()
		t.failure = t.rw.Close()
		<-t.pumped
		t.reading.Lock()
		defer t.reading.Unlock()
	})
	return t.failure
}
