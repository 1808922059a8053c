package term

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"unicode/utf8"
)

// typeaheadMax is how many keys wait for a reader. Beyond it the far side is not read, so that its own flow control
// holds the rest and nothing is lost.
const typeaheadMax = 64 << 10

// typeahead is what was typed and not read yet. The pump puts keys in; one reader at a time takes them out: readline
// through Read, or ReadKey through next.
type typeahead struct {
	mu      sync.Mutex
	changed sync.Cond
	keys    []byte // keys[head:] wait
	head    int
	enters  int    // Enter keys that wait
	breaks  int    // ^C that wait
	ended   bool   // nothing more will come; what waits is still read
	closed  bool   // nothing is read any more
	running func() // called for ^C while a command runs; else nil

	gate
}

// gate stands in front of readline. It passes the keys of one line and shuts behind Enter and ^C, so that readline never
// holds a key that belongs to the next reader.
type gate struct {
	open  bool
	round int   // counts openings, so that a late abort meets no later line
	abort error // pass ^C instead of the next key; the reason
	held  bool  // behind ^Z until the editor knows whether it ends the line
	eof   bool  // io.EOF was passed: readline ends
}

func newTypeahead() *typeahead {
	q := &typeahead{}
	q.changed.L = &q.mu
	return q
}

// push appends keys. It blocks while there is no room; false says that nobody will read them.
func (q *typeahead) push(keys []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running != nil && bytes.IndexByte(keys, keyInterrupt) >= 0 {
		q.running()
		keys = slices.DeleteFunc(keys, isInterrupt)
	}
	for len(keys) > 0 && !q.closed {
		n := min(len(keys), typeaheadMax-q.len())
		if n == 0 {
			q.changed.Wait()
			continue
		}
		q.store(keys[:n])
		keys = keys[n:]
		q.changed.Broadcast()
	}
	return !q.closed
}

func (q *typeahead) store(keys []byte) {
	if q.head > 0 && len(q.keys)+len(keys) > cap(q.keys) {
		q.keys = q.keys[:copy(q.keys, q.keys[q.head:])]
		q.head = 0
	}
	q.keys = append(q.keys, keys...)
	q.enters += bytes.Count(keys, []byte{keyEnter})
	q.breaks += bytes.Count(keys, []byte{keyInterrupt})
}

func isInterrupt(k byte) bool { return k == keyInterrupt }

func (q *typeahead) len() int { return len(q.keys) - q.head }

func (q *typeahead) pop() byte {
	k := q.keys[q.head]
	q.head++
	switch k {
	case keyEnter:
		q.enters--
	case keyInterrupt:
		q.breaks--
	}
	if q.head == len(q.keys) {
		q.keys, q.head = q.keys[:0], 0
	}
	if q.len() == typeaheadMax/2 {
		q.changed.Broadcast() // the pump may wait for room: it gets it in large pieces
	}
	return k
}

// end says that nothing more will be typed.
func (q *typeahead) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.changed.Broadcast()
}

// close drops what waits and ends every reader and a running command.
func (q *typeahead) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.keys, q.head, q.enters, q.breaks = nil, 0, 0, 0
	if q.running != nil {
		q.running()
	}
	q.changed.Broadcast()
}

// waiting reports whether a key waits; lines, whether an Enter does.
func (q *typeahead) waiting() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.len() > 0
}

func (q *typeahead) lines() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.enters > 0
}

// over reports ErrClosed once no reader will get anything any more.
func (q *typeahead) over() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.eof || q.ended && q.len() == 0 {
		return ErrClosed
	}
	return nil
}

// next takes one key, waiting for it.
func (q *typeahead) next(ctx context.Context) (byte, error) {
	stop := context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.changed.Broadcast()
	})
	defer stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.closed:
			return 0, ErrClosed
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case q.len() > 0:
			return q.pop(), nil
		case q.ended:
			return 0, ErrClosed
		}
		q.changed.Wait()
	}
}

// line takes a waiting line that has nothing to edit: characters and Enter, at most max of them, no ? if that is a key.
func (q *typeahead) line(max int, help bool) ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.enters == 0 {
		return nil, false
	}
	waiting := q.keys[q.head:]
	n := bytes.IndexByte(waiting, keyEnter)
	if n > max || help && bytes.IndexByte(waiting[:n], '?') >= 0 || bytes.ContainsFunc(waiting[:n], isEditing) {
		return nil, false
	}
	text := bytes.Clone(waiting[:n])
	full := q.len() > typeaheadMax/2
	q.head += n
	q.pop()
	if full && q.len() <= typeaheadMax/2 {
		q.changed.Broadcast()
	}
	return text, true
}

// isEditing reports whether a key is no character of a line.
func isEditing(r rune) bool { return r < ' ' || r == keyRubout }

// setRunning makes ^C call f, at once if one waits already: it was meant for what runs now. Nil ends that.
func (q *typeahead) setRunning(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = f
	if f == nil {
		return
	}
	if q.closed {
		f()
	}
	if q.breaks > 0 {
		f()
		q.keys, q.head = slices.DeleteFunc(q.keys[q.head:], isInterrupt), 0
		q.breaks = 0
		q.changed.Broadcast()
	}
}

// admit opens the gate for one line and returns the round that cancel and shut refer to.
func (q *typeahead) admit() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open, q.held, q.abort = true, false, nil
	q.round++
	q.changed.Broadcast()
	return q.round
}

// cancel makes readline give up the line of that round; shut returns why.
func (q *typeahead) cancel(round int, why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if round == q.round && q.open && q.abort == nil {
		q.abort = why
		q.changed.Broadcast()
	}
}

// release lets the keys behind a ^Z through that did not end the line; cancelLine ends the line.
func (q *typeahead) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held = false
	q.changed.Broadcast()
}

func (q *typeahead) cancelLine(why error) {
	q.mu.Lock()
	round := q.round
	q.mu.Unlock()
	q.cancel(round, why)
}

// shut closes the gate after readline has returned. The error says why readline was made to return: nil when a key did it.
func (q *typeahead) shut() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	aborted := q.abort
	if q.open {
		aborted = nil // it came after Enter
	}
	q.open, q.abort = false, nil
	if q.eof {
		return ErrClosed
	}
	return aborted
}

// Read is the keyboard that readline sees: one key a call, io.EOF when the terminal is at its end.
func (q *typeahead) Read(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.closed, q.open && q.ended && q.len() == 0:
			q.eof = true
			return 0, io.EOF
		case q.open && q.abort != nil:
			q.open = false
			p[0] = keyInterrupt
			return 1, nil
		case q.open && !q.held && q.len() > 0:
			return q.pass(p), nil
		}
		q.changed.Wait()
	}
}

// Close is for readline, which closes its standard input; the terminal does that itself.
func (q *typeahead) Close() error { return nil }

func (q *typeahead) pass(p []byte) int {
	k := q.pop()
	if k == keyEnter || k == keyInterrupt {
		q.open, q.abort = false, nil
	}
	q.held = k == keyLeave
	if k >= utf8.RuneSelf {
		return utf8.EncodeRune(p, private(k))
	}
	p[0] = k
	return 1
}

// private is the rune that stands for an octet inside readline: for one above 0x7F, since a line is octets and need not
// be UTF-8, and for keys which readline must not act on itself.
func private(b byte) rune { return 0xE000 + rune(b) }

// octets is a line of such runes as it was typed.
func octets(line []rune) []byte {
	b := make([]byte, len(line))
	for i, r := range line {
		b[i] = byte(r)
	}
	return b
}

// runes is a typed line as readline holds it.
func runes(line []byte) []rune {
	r := make([]rune, len(line))
	for i, b := range line {
		if r[i] = rune(b); b >= utf8.RuneSelf {
			r[i] = private(b)
		}
	}
	return r
}
