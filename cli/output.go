package cli

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
)

// errQuit ends the output of a command: the reader pressed q at the pager.
var errQuit = errors.New("output ended at the pager")

// pager shows lines of text page by page. Text is passed on at once, so that a row of marks grows as it is made; the
// question is asked only when something follows the last line of a page.
type pager struct {
	w     io.Writer
	lines int // of a page; 0: no pages
	more  string
	key   func() (byte, error)
	over  func() bool // the command was interrupted

	left  int // lines until the question
	quit  bool
	begun bool // a line has no end yet
}

// again begins a new page: the person has answered a question meanwhile.
func (p *pager) again() { p.left = p.lines }

func (p *pager) Write(b []byte) (int, error) {
	if p.quit || p.over() {
		return 0, errQuit
	}
	if p.lines <= 0 {
		if len(b) > 0 {
			p.begun = b[len(b)-1] != '\n'
		}
		return p.w.Write(b)
	}
	n := 0
	for len(b) > 0 {
		if p.left == 0 && !p.begun {
			if err := p.ask(); err != nil {
				return n, err
			}
			if p.over() {
				return n, errQuit
			}
		}
		end := p.fits(b)
		k, err := p.w.Write(b[:end])
		n += k
		if err != nil {
			return n, err
		}
		b = b[end:]
	}
	return n, nil
}

// fits counts off the part of b that still belongs on the page.
func (p *pager) fits(b []byte) int {
	end := 0
	for end < len(b) && (p.left > 0 || p.begun) {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			p.begin()
			return len(b)
		}
		p.begin()
		p.begun = false
		end += i + 1
	}
	return end
}

// begin counts a line when its first octet is shown.
func (p *pager) begin() {
	if !p.begun {
		p.begun = true
		p.left--
	}
}

// ask shows the marker and waits: a blank shows a page more, Enter a line, q ends. The marker is erased as the box does
// it, by CR, as many blanks, CR: RANCID and others look for exactly that.
func (p *pager) ask() error {
	if _, err := io.WriteString(p.w, p.more); err != nil {
		return err
	}
	for {
		k, err := p.key()
		if err != nil {
			return err
		}
		switch k {
		case ' ':
			p.left = p.lines
		case '\r', '\n':
			p.left = 1
		case 'q', 'Q', 0x03:
			p.quit = true
		default:
			continue
		}
		break
	}
	if _, err := io.WriteString(p.w, "\r"+strings.Repeat(" ", len(p.more))+"\r"); err != nil {
		return err
	}
	if p.quit {
		return errQuit
	}
	return nil
}

// wrapper breaks lines hard at a width, as releases up to 6.3 do even to configurations.
type wrapper struct {
	w     io.Writer
	width int
	at    int
}

func (x *wrapper) Write(b []byte) (int, error) {
	var out []byte
	for _, c := range b {
		switch {
		case c == '\n' || c == '\r':
			x.at = 0
		case x.at == x.width:
			out = append(out, '\n')
			x.at = 1
		default:
			x.at++
		}
		out = append(out, c)
	}
	if _, err := x.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}

// filter lets whole lines through that its test accepts.
type filter struct {
	w    io.Writer
	pass func(line []byte) bool
	rest []byte
	last func() string // what stands below them all; nil: nothing
}

func (f *filter) Write(b []byte) (int, error) {
	n := len(b)
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			f.rest = append(f.rest, b...)
			return n, nil
		}
		line := b[:i+1]
		if len(f.rest) > 0 {
			line = append(f.rest, line...)
			f.rest = nil
		}
		b = b[i+1:]
		if f.pass(bytes.TrimRight(line, "\r\n")) {
			if _, err := f.w.Write(line); err != nil {
				return n - len(b), err
			}
		}
	}
}

// flush lets an unfinished last line through.
func (f *filter) flush() error {
	if len(f.rest) > 0 && f.pass(f.rest) {
		if _, err := f.w.Write(f.rest); err != nil {
			return err
		}
	}
	f.rest = nil
	if f.last == nil {
		return nil
	}
	_, err := io.WriteString(f.w, f.last())
	return err
}

// fileSink keeps output for a file, as much as a file of a box may have.
type fileSink struct {
	data []byte
	full bool
}

// maxSink is the longest output that goes to a file, octets.
const maxSink = 16 << 20

func (k *fileSink) Write(b []byte) (int, error) {
	if len(k.data)+len(b) > maxSink {
		k.full = true
		return len(b), nil
	}
	k.data = append(k.data, b...)
	return len(b), nil
}

// A filtered line is command | verb regexp, or command | verb file.
type filterSpec struct {
	verb, pattern string
	invert        bool
	counted       func(n int) string // how the release words a number of lines
}

// toFile reports whether the output goes to a file.
func (s filterSpec) toFile() bool { return s.verb == "redirect" || s.verb == "append" }

// filterHelps say what the verbs do.
var filterHelps = map[string]string{
	"append": "Append the output to a file", "begin": "Begin with the line that matches", "count": "Count the lines that match",
	"exclude": "Exclude lines that match", "grep": "Include/exclude lines that match", "include": "Include lines that match",
	"redirect": "Redirect the output to a file",
}

// cutFilter splits line at the bar that begins a word. at is where the word behind the bar begins; ok is false when
// there is no bar.
func cutFilter(line string) (command, behind string, at int, ok bool) {
	for i := 1; i < len(line); i++ {
		if line[i] == '|' && (line[i-1] == ' ' || line[i-1] == '\t') {
			behind = strings.TrimLeft(line[i+1:], " \t")
			return line[:i], behind, len(line) - len(behind), true
		}
	}
	return line, "", len(line), false
}

// parseFilter reads what stands behind the bar: one of words, abbreviated or not, and a regular expression that is the
// rest of the line, blanks included.
func parseFilter(words []string, behind string) (spec filterSpec, good bool) {
	verb, pattern, _ := strings.Cut(behind, " ")
	for _, w := range words {
		if verb == "" || !strings.HasPrefix(w, strings.ToLower(verb)) {
			continue
		}
		if spec.verb != "" {
			return filterSpec{}, false
		}
		spec.verb = w
	}
	if spec.verb == "grep" && (pattern == "-v" || strings.HasPrefix(pattern, "-v ")) {
		spec.invert = true
		pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "-v"), " ")
	}
	spec.pattern = pattern
	return spec, spec.verb != "" && pattern != ""
}

// writer makes the filter. An expression that is none is looked for as it stands.
func (s filterSpec) writer(w io.Writer) *filter {
	match := func(line []byte) bool { return bytes.Contains(line, []byte(s.pattern)) }
	if re, err := regexp.Compile(s.pattern); err == nil {
		match = re.Match
	}
	f := &filter{w: w}
	begun := false
	switch s.verb {
	case "begin":
		f.pass = func(line []byte) bool { begun = begun || match(line); return begun }
	case "exclude":
		f.pass = func(line []byte) bool { return !match(line) }
	case "count":
		n := 0
		f.pass = func(line []byte) bool {
			if match(line) {
				n++
			}
			return false
		}
		f.last = func() string { return s.counted(n) }
	default:
		f.pass = func(line []byte) bool { return match(line) != s.invert }
	}
	return f
}
