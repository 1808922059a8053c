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
	if q.closed || q.ended && q.len() == 0 {
		return ErrClosed
	}
	return nil
}

// next takes one key, waiting for it.
func (q *typeahead) next(ctx context.Context) (byte, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.wait(ctx); err != nil {
		return 0, err
	}
	return q.pop(), nil
}

// await returns once a key waits.
func (q *typeahead) await(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.wait(ctx)
}

// wait returns once a key waits; mu is held but while it sleeps.
func (q *typeahead) wait(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.changed.Broadcast()
	})
	defer stop()
	for {
		switch {
		case q.closed:
			return ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case q.len() > 0:
			return nil
		case q.ended:
			return ErrClosed
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

// gate is the keyboard of one line as readline sees it. It passes the keys of that line and shuts behind Enter and ^C, so
// that readline never holds a key that belongs to the next reader; behind it is the end of readline's input.
type gate struct {
	q *typeahead // its lock guards what follows

	shut  bool
	abort error // pass ^C instead of the next key; the reason
	held  bool  // behind ^Z until the editor knows whether it ends the line
	over  bool  // the terminal's input ended in the line
}

// cancel makes readline give up the line; why is its reason, see reason. It does nothing once the line has ended.
func (g *gate) cancel(why error) {
	g.q.mu.Lock()
	defer g.q.mu.Unlock()
	if !g.shut && g.abort == nil {
		g.abort = why
		g.q.changed.Broadcast()
	}
}

// release lets the keys behind a ^Z through that did not end the line.
func (g *gate) release() {
	g.q.mu.Lock()
	defer g.q.mu.Unlock()
	g.held = false
	g.q.changed.Broadcast()
}

// Close ends readline's input, whatever waits.
func (g *gate) Close() error {
	g.q.mu.Lock()
	defer g.q.mu.Unlock()
	g.shut = true
	g.q.changed.Broadcast()
	return nil
}

// reason is why readline was made to return: nil when a key did it.
func (g *gate) reason() error {
	g.q.mu.Lock()
	defer g.q.mu.Unlock()
	if g.over {
		return ErrClosed
	}
	return g.abort
}

// Read is the keyboard that readline sees: one key a call, io.EOF behind the line.
func (g *gate) Read(p []byte) (int, error) {
	q := g.q
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case g.shut:
			return 0, io.EOF
		case q.closed, q.ended && q.len() == 0:
			g.over, g.shut = true, true
			return 0, io.EOF
		case g.abort != nil:
			g.shut = true
			p[0] = keyInterrupt
			return 1, nil
		case !g.held && q.len() > 0:
			return g.pass(p), nil
		}
		q.changed.Wait()
	}
}

func (g *gate) pass(p []byte) int {
	k := g.q.pop()
	if k == keyEnter || k == keyInterrupt {
		g.shut, g.abort = true, nil
	}
	g.held = k == keyLeave
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
