package term

import (
	"bytes"
	"io"
	"sync"
)

// screenMax is how much painting is collected before it is written out anyway.
const screenMax = 4 << 10

// screen is the way to the far side. What the painter puts is collected until the typist would have to wait for it, so
// that a pasted line is one write (and one packet), not one a character; text of Write leaves at once, behind it.
type screen struct {
	mu     sync.Mutex
	w      io.Writer
	out    []byte
	bareLF bool
	err    error
	failed func() // called once, when writing failed
}

// put paints octets as they are.
func (s *screen) put(b ...byte) {
	s.mu.Lock()
	s.out = append(s.out, b...)
	full := len(s.out) >= screenMax
	s.mu.Unlock()
	if full {
		s.flush()
	}
}

// newline paints the end of a line.
func (s *screen) newline() {
	if s.bareLF {
		s.put('\n')
		return
	}
	s.put('\r', '\n')
}

// text paints text with its line ends made the far side's.
func (s *screen) text(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = appendText(s.out, []byte(text), s.bareLF)
}

func (s *screen) flush() error {
	_, err := s.Write(nil)
	return err
}

// Write is Terminal.Write: one write to the far side, with what was painted before in front.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	before := s.err
	if s.err == nil {
		s.out = appendText(s.out, p, s.bareLF)
		if len(s.out) > 0 {
			_, s.err = s.w.Write(s.out)
		}
	}
	if s.out = s.out[:0]; cap(s.out) > 2*screenMax {
		s.out = nil
	}
	err := s.err
	s.mu.Unlock()
	if err != nil && before == nil {
		s.failed()
	}
	if err != nil {
		return 0, ErrClosed
	}
	return len(p), nil
}

// appendText appends text with CR put before each LF that has none, or taken away for a far side that is no terminal.
func appendText(out, text []byte, bareLF bool) []byte {
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return append(out, text...)
		}
		line := text[:i]
		text = text[i+1:]
		if bareLF {
			out = append(append(out, bytes.TrimSuffix(line, []byte{'\r'})...), '\n')
			continue
		}
		if out = append(out, line...); !bytes.HasSuffix(line, []byte{'\r'}) {
			out = append(out, '\r')
		}
		out = append(out, '\n')
	}
}

// cells is a row of characters on the screen and the cursor in it.
type cells struct {
	line []rune
	pos  int
}

// repaint changes what stands on the screen from old to now with the least text and backspaces: no escape sequences,
// because an Expect script must be able to read along. A typed character is thus echoed as itself. Lines longer than the
// screen wrap; going back over the fold is the far terminal's affair.
func repaint(out []byte, old, now cells, glyph func(rune) byte) []byte {
	same := 0
	for same < len(old.line) && same < len(now.line) && old.line[same] == now.line[same] {
		same++
	}
	at := old.pos
	move := func(to int, line []rune) {
		for ; at > to; at-- {
			out = append(out, '\b')
		}
		for ; at < to; at++ {
			out = append(out, glyph(line[at]))
		}
	}
	if same == len(old.line) && same == len(now.line) {
		move(now.pos, now.line)
		return out
	}
	move(same, old.line)
	move(len(now.line), now.line)
	for ; at < len(old.line); at++ {
		out = append(out, ' ')
	}
	move(now.pos, now.line)
	return out
}
