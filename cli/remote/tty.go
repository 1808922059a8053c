package remote

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	xterm "golang.org/x/term"

	"pixsim/cli/term"
)

// ErrInputEnded is returned by TTY when its input has ended: a pipe or file was read to its end, or the terminal hung up.
var ErrInputEnded = errors.New("the console's input has ended")

// Command is a command of the simulator's own prompt.
type Command struct {
	Help string
	// Run does it; out is the screen. It runs beside the session and must not wait for TTY to return.
	Run func(out io.Writer)
}

const (
	escapeKey    = 0x1d // Ctrl-]
	escapePrompt = "pixsim> "
	escapeMax    = 64 // characters of a line there
)

// TTY makes in and out, the process's own terminal, the console of the box: it calls handle once, with a Terminal that
// lasts until ctx ends or the input does. It returns when handle has: nil, or ErrInputEnded.
//
// A terminal is put into raw mode and restored before TTY returns, whichever way. There, Ctrl-] opens a prompt of the
// simulator's own with the given commands and help. Where in is no terminal, it is typed as it comes, one Enter behind the
// last line included if it has none, and the end of input is seen by handle (as ErrClosed) only after all of it was read;
// where out is no terminal, lines end with LF.
func TTY(ctx context.Context, in, out *os.File, commands map[string]Command, handle Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	raw, err := makeRaw(in)
	if err != nil {
		return err
	}
	defer raw.restore()

	keys := interruptible(in)
	defer keys.done()
	tty := &tty{keys: bufio.NewReaderSize(keys, 4<<10), out: out, stop: keys.stop, typed: raw.terminal, commands: commands, atStart: true}
	t := term.New(tty, term.Options{Size: func() (int, int) { return size(out) }, BareLF: !IsTerminal(out)})
	defer t.Close()
	defer context.AfterFunc(ctx, func() { tty.Close() })()
	if raw.terminal {
		fmt.Fprintf(t, "Ctrl-] opens the simulator's own prompt: %s.\n", strings.Join(tty.names(), ", "))
	}
	handle(ctx, t, Caller{Kind: "console"})
	if ctx.Err() == nil && tty.ended.Load() {
		return ErrInputEnded
	}
	return nil
}

// tty is the byte stream of the process's terminal, without what was typed to the simulator itself.
type tty struct {
	keys     *bufio.Reader
	out      *os.File
	stop     func()
	typed    bool // a person's keyboard: Ctrl-] means us
	commands map[string]Command
	atStart  bool // of a line, of an input that is not typed
	ended    atomic.Bool
}

func (t *tty) Write(p []byte) (int, error) { return t.out.Write(p) }

// Close ends a Read; the files are the caller's.
func (t *tty) Close() error {
	t.stop()
	return nil
}

func (t *tty) Read(p []byte) (int, error) {
	for {
		if _, err := t.keys.Peek(1); err != nil {
			return t.end(p, err)
		}
		waiting, _ := t.keys.Peek(min(t.keys.Buffered(), len(p)))
		if t.typed {
			if waiting[0] == escapeKey {
				t.keys.Discard(1)
				t.escape()
				continue
			}
			waiting, _, _ = bytes.Cut(waiting, []byte{escapeKey})
		}
		n := copy(p, waiting)
		t.keys.Discard(n)
		t.atStart = p[n-1] == '\n' || p[n-1] == '\r'
		return n, nil
	}
}

// end gives a last line without Enter the Enter that it would have had on a keyboard.
func (t *tty) end(p []byte, err error) (int, error) {
	if !t.typed && !t.atStart && err == io.EOF {
		t.atStart = true
		p[0] = '\n'
		return 1, nil
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.ended.Store(true)
	}
	return 0, io.EOF
}

// escape is the simulator's own prompt: one command, and back to the console. Who asked for help, or typed what is none, is
// asked again.
func (t *tty) escape() {
	for again := true; again; {
		fmt.Fprint(t.out, "\r\n"+escapePrompt)
		line, ok := t.line()
		fmt.Fprint(t.out, "\r\n")
		word := strings.TrimSpace(line)
		again = ok && word != "" && !t.run(word)
	}
}

// run does the command that word means, and tells whether there was one to do.
func (t *tty) run(word string) bool {
	switch names := t.matching(word); {
	case len(names) == 0:
		fmt.Fprintf(t.out, "No such command: %s (try help).\r\n", word)
	case len(names) > 1:
		fmt.Fprintf(t.out, "%s may be %s.\r\n", word, strings.Join(names, " or "))
	case t.commands[names[0]].Run != nil:
		t.commands[names[0]].Run(CRLF{t.out})
		return true
	default:
		t.help()
	}
	return false
}

// line reads one line, with Backspace and ^U; false when it was given up by ^C, Ctrl-] or the end of input.
func (t *tty) line() (string, bool) {
	var line []byte
	for {
		k, err := t.keys.ReadByte()
		if err != nil {
			return "", false
		}
		switch {
		case k == '\r' || k == '\n':
			return string(line), true
		case k == 0x03 || k == escapeKey:
			return "", false
		case k == 0x08 || k == 0x7f:
			if len(line) > 0 {
				line = line[:len(line)-1]
				fmt.Fprint(t.out, "\b \b")
			}
		case k == 0x15:
			fmt.Fprint(t.out, strings.Repeat("\b \b", len(line)))
			line = line[:0]
		case k >= ' ' && k < 0x7f && len(line) < escapeMax:
			line = append(line, k)
			t.out.Write([]byte{k})
		}
	}
}

// names are the commands of the prompt.
func (t *tty) names() []string {
	names := slices.Sorted(maps.Keys(t.commands))
	if !slices.Contains(names, "help") {
		names = append([]string{"help"}, names...)
	}
	return names
}

// matching is the commands that word may mean: itself, or those that begin with it.
func (t *tty) matching(word string) []string {
	names := t.names()
	if slices.Contains(names, word) {
		return []string{word}
	}
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, word) })
}

func (t *tty) help() {
	width := 0
	for _, n := range t.names() {
		width = max(width, len(n))
	}
	for _, n := range t.names() {
		text := t.commands[n].Help
		if text == "" && n == "help" {
			text = "this list"
		}
		fmt.Fprintf(t.out, "%-*s  %s\r\n", width, n, text)
	}
	fmt.Fprint(t.out, "A command goes back to the console, and so does an empty line.\r\n")
}

// CRLF writes to a terminal in raw mode: it ends lines with CR LF. A Write of it is one Write of W.
type CRLF struct{ W io.Writer }

// Write implements io.Writer.
func (c CRLF) Write(p []byte) (int, error) {
	if _, err := c.W.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// rawMode is what must be put back.
type rawMode struct {
	terminal bool
	fd       int
	was      *xterm.State
}

// makeRaw puts f into raw mode if it is a terminal.
func makeRaw(f *os.File) (rawMode, error) {
	fd := descriptor(f)
	if !xterm.IsTerminal(fd) {
		return rawMode{}, nil
	}
	was, err := xterm.MakeRaw(fd)
	if err != nil {
		return rawMode{}, fmt.Errorf("terminal of the console: %w", err)
	}
	return rawMode{true, fd, was}, nil
}

func (r rawMode) restore() {
	if r.terminal {
		xterm.Restore(r.fd, r.was)
	}
}

// IsTerminal reports whether f is a terminal: TTY puts it into raw mode then.
func IsTerminal(f *os.File) bool { return xterm.IsTerminal(descriptor(f)) }

// Columns is how wide f is, if it is a terminal; else 0.
func Columns(f *os.File) int {
	columns, _ := size(f)
	return columns
}

func size(f *os.File) (columns, rows int) {
	columns, rows, err := xterm.GetSize(descriptor(f))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// descriptor is f's number; unlike Fd it leaves the file's mode alone. -1 for a closed file.
func descriptor(f *os.File) int {
	fd := -1
	if c, err := f.SyscallConn(); err == nil {
		c.Control(func(n uintptr) { fd = int(n) })
	}
	return fd
}

// source is an input whose Read ends, with a deadline's error, once stop was called.
type source struct {
	io.Reader
	stop, done func()
}

// interruptible makes a source of f. A standard input is in blocking mode, often on one description with the output and
// the shell, and must stay so: it is opened a second time. Where that cannot be, a goroutine reads it; only if f is then
// neither a file nor ends, that goroutine is still there afterwards, in the read that nothing can end.
func interruptible(f *os.File) source {
	if again := reopen(f); again != nil {
		if again.SetReadDeadline(time.Time{}) == nil {
			return deadlined(again, func() { again.Close() })
		}
		again.Close() // a file, or /dev/null
	}
	near, far := io.Pipe()
	go func() {
		_, err := io.Copy(far, f)
		far.CloseWithError(err)
	}()
	stop := func() { near.CloseWithError(os.ErrDeadlineExceeded) }
	return source{near, stop, stop}
}

func deadlined(f *os.File, done func()) source {
	return source{f, func() { f.SetReadDeadline(time.Unix(1, 0)) }, done}
}
