package term

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wire is the far side of a Terminal under test.
type wire struct {
	net.Conn
	mu   sync.Mutex
	seen bytes.Buffer
	done chan struct{}
}

// newWire returns a Terminal and its far side, which collects what the screen shows.
func newWire(t testing.TB, o Options) (Terminal, *wire) {
	near, far := net.Pipe()
	w := &wire{Conn: far, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		io.Copy(w, far)
	}()
	vt := New(near, o)
	t.Cleanup(func() {
		vt.Close()
		far.Close()
		<-w.done
	})
	return vt, w
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.Write(p)
}

func (w *wire) screen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.String()
}

// press types from the far side.
func (w *wire) press(keys string) { w.Conn.Write([]byte(keys)) }

// wants waits until the screen shows exactly text.
func (w *wire) wants(t testing.TB, text string) {
	t.Helper()
	for range 2000 {
		if w.screen() == text {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("screen\n got %q\nwant %q", w.screen(), text)
}

// ends waits until the screen ends in text: what was painted may still be on its way.
func (w *wire) ends(t testing.TB, text string) {
	t.Helper()
	for range 20000 {
		if strings.HasSuffix(w.screen(), text) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the screen does not end in %q", text)
}

// read is one ReadLine in the background.
type read struct {
	line string
	err  error
}

func start(vt Terminal, ctx context.Context, o LineOptions) <-chan read {
	c := make(chan read, 1)
	go func() {
		line, err := vt.ReadLine(ctx, o)
		c <- read{line, err}
	}()
	return c
}

func (w *wire) result(t testing.TB, c <-chan read) read {
	t.Helper()
	select {
	case r := <-c:
		return r
	case <-time.After(5 * time.Second):
		t.Fatalf("ReadLine does not return; screen %q", w.screen())
		return read{}
	}
}

// TestKeys is what stands on the screen after each key, byte by byte, as a typist who waits for the screen produces it.
func TestKeys(t *testing.T) {
	back := func(n int) string { return strings.Repeat("\b", n) }
	blank := func(n int) string { return strings.Repeat(" ", n) }
	type key struct{ press, shows string }
	full := LineOptions{
		Prompt: "pix# ", History: true, Max: 20,
		Help:     func(line string) string { return "[" + line + "]\n" },
		Complete: func(line string) string { return strings.Replace(line, "sh", "show ", 1) },
		Leave:    func() bool { return false },
	}
	bare := LineOptions{Prompt: "> "}
	for _, c := range []struct {
		name string
		o    LineOptions
		keys []key
		want read
	}{
		{"echo", bare, []key{{"a", "a"}, {"b", "b"}, {" ", " "}, {"\r", "\r\n"}}, read{line: "ab "}},
		{"question mark is a character", bare, []key{{"?", "?"}, {"\r", "\r\n"}}, read{line: "?"}},
		{"erase", bare, []key{{"ab", "ab"}, {"\x7f", "\b \b"}, {"\x08", "\b \b"}, {"\x7f", "\a"}, {"c", "c"}, {"\n", "\r\n"}}, read{line: "c"}},
		{"insert", bare, []key{{"ac", "ac"}, {"\x02", "\b"}, {"b", "bc\b"}, {"\r", "\r\n"}}, read{line: "abc"}},
		{"erase inside", bare, []key{{"abc", "abc"}, {"\x02", "\b"}, {"\x7f", "\bc \b\b"}, {"\r", "\r\n"}}, read{line: "ac"}},
		{"start, delete, end", bare, []key{{"abc", "abc"}, {"\x01", back(3)}, {"\x04", "bc \b\b\b"}, {"\x05", "bc"}, {"d", "d"}, {"\r", "\r\n"}}, read{line: "bcd"}},
		{"delete at the end", bare, []key{{"a", "a"}, {"\x04", "\a"}, {"\r", "\r\n"}}, read{line: "a"}},
		{"^D and Delete on an empty line", bare, []key{{"\x04\x1b[3~x", "x"}, {"\r", "\r\n"}}, read{line: "x"}},
		{"arrows", bare, []key{{"ab", "ab"}, {"\x1b[D", "\b"}, {"\x1bOD", "\b"}, {"\x1b[C", "a"}, {"x", "xb\b"}, {"\r", "\r\n"}}, read{line: "axb"}},
		{"Home and End", bare, []key{{"ab", "ab"}, {"\x1b[1~", "\b\b"}, {"\x1b[F", "ab"}, {"\x1b[H", "\b\b"}, {"\x1b[4~", "ab"}, {"\r", "\r\n"}}, read{line: "ab"}},
		{"kill to the end", bare, []key{{"abcd", "abcd"}, {"\x02\x02", "\b\b"}, {"\x0b", "  \b\b"}, {"\r", "\r\n"}}, read{line: "ab"}},
		{"kill the line", bare, []key{{"abcd", "abcd"}, {"\x15", back(4) + blank(4) + back(4)}, {"x\r", "x\r\n"}}, read{line: "x"}},
		{"kill a word", bare, []key{{"show run", "show run"}, {"\x17", back(3) + blank(3) + back(3)}, {"\r", "\r\n"}}, read{line: "show "}},
		{"word left and right", bare, []key{{"ab cd", "ab cd"}, {"\x1bb", "\b\b"}, {"\x1b[1;5D", "\b\b\b"}, {"\x1bf", "ab "}, {"\r", "\r\n"}}, read{line: "ab cd"}},
		{"redisplay", bare, []key{{"abc", "abc"}, {"\x02", "\b"}, {"\x0c", "\r\n> abc\b"}, {"\x12", "\r\n> abc\b"}, {"\r", "\r\n"}}, read{line: "abc"}},
		{"interrupt", bare, []key{{"abc", "abc"}, {"\x03", "\r\n"}}, read{err: ErrInterrupt}},
		{"interrupt on an empty line", bare, []key{{"\x03", "\r\n"}}, read{err: ErrInterrupt}},
		{"keys without meaning", bare, []key{{"a\x00\x07\x0f\x11\x13\x14\x16\x18\x19\x1a\x1c\x1d\x1e\x1f\x10\x0eb", "ab"}, {"\r", "\r\n"}}, read{line: "ab"}},
		{"TAB is a blank", bare, []key{{"a\tb", "a b"}, {"\r", "\r\n"}}, read{line: "a b"}},
		{"TAB in a password", LineOptions{Echo: EchoStars}, []key{{"a\tb", "**"}, {"\r", "\r\n"}}, read{line: "ab"}},
		{"TAB beyond the longest line", LineOptions{Max: 1}, []key{{"a\t", "a\a"}, {"\r", "\r\n"}}, read{line: "a"}},
		{"unknown escape sequences", bare, []key{{"a\x1b[200~b\x1b[?1;2cc\x1bOPd\x1b[[Ae\x1bxf", "abcdef"}, {"\r", "\r\n"}}, read{line: "abcdef"}},
		{"Enter ends an escape sequence", bare, []key{{"a\x1b[12\r", "a\r\n"}}, read{line: "a"}},
		{"octets that are no UTF-8", bare, []key{{"\xe9\xff\x80", "\xe9\xff\x80"}, {"\x7f", "\b \b"}, {"\r", "\r\n"}}, read{line: "\xe9\xff"}},
		{"stars", LineOptions{Prompt: "Password: ", Echo: EchoStars}, []key{{"abc", "***"}, {"\x7f", "\b \b"}, {"?", "*"}, {"\x0c\x10", ""}, {"\x01", back(3)}, {"\x05", "***"}, {"\x15", back(3) + blank(3) + back(3)}, {"xy", "**"}, {"\r", "\r\n"}}, read{line: "xy"}},
		{"no echo", LineOptions{Prompt: "Password: ", Echo: EchoNone}, []key{{"abc\x7f\x0c?", ""}, {"\r", "\r\n"}}, read{line: "ab?"}},
		{"too long", LineOptions{Max: 3}, []key{{"abc", "abc"}, {"de", "\a\a"}, {"\x7f", "\b \b"}, {"f", "f"}, {"\r", "\r\n"}}, read{line: "abf"}},
		{"help", full, []key{{"sh", "sh"}, {"?", "?\r\n[sh]\r\npix# sh"}, {" ", " "}, {"\x02\x02", "\b\b"}, {"?", "?\r\n[s]\r\npix# sh \b\b"}, {"\r", "\r\n"}}, read{line: "sh "}},
		{"help at the longest line", full, []key{{strings.Repeat("x", 20), strings.Repeat("x", 20)}, {"?", "?\r\n[" + strings.Repeat("x", 20) + "]\r\npix# " + strings.Repeat("x", 20)}, {"\r", "\r\n"}}, read{line: strings.Repeat("x", 20)}},
		{"completion", full, []key{{"sh", "sh"}, {"\t", "ow "}, {"x", "x"}, {"\r", "\r\n"}}, read{line: "show x"}},
		{"completion inside", full, []key{{"shx", "shx"}, {"\x02", "\b"}, {"\t", "ow x\b"}, {"\r", "\r\n"}}, read{line: "show x"}},
		{"no completion", full, []key{{"x", "x"}, {"\t", "\r\npix# x"}, {"\r", "\r\n"}}, read{line: "x"}},
		{"completion too long", full, []key{{"sh" + strings.Repeat("x", 18), "sh" + strings.Repeat("x", 18)}, {"\t", "\a"}, {"\r", "\r\n"}}, read{line: "sh" + strings.Repeat("x", 18)}},
		{"^Z refused", full, []key{{"a", "a"}, {"\x1a", ""}, {"b", "b"}, {"\r", "\r\n"}}, read{line: "ab"}},
		{"^Z", LineOptions{Leave: func() bool { return true }}, []key{{"a", "a"}, {"\x1a", "\r\n"}}, read{err: ErrLeave}},
	} {
		t.Run(c.name, func(t *testing.T) {
			vt, w := newWire(t, Options{})
			got := start(vt, context.Background(), c.o)
			screen := c.o.Prompt
			w.wants(t, screen)
			for _, k := range c.keys {
				w.press(k.press)
				screen += k.shows
				w.wants(t, screen)
			}
			if r := w.result(t, got); r != c.want {
				t.Errorf("ReadLine = %q %v, want %q %v", r.line, r.err, c.want.line, c.want.err)
			}
		})
	}
}

func TestHistory(t *testing.T) {
	vt, w := newWire(t, Options{})
	o := LineOptions{Prompt: "> ", History: true}
	enter := func(o LineOptions, slow bool, keys string) string {
		t.Helper()
		if !slow { // wholly typed ahead
			w.press(keys)
			line, _ := vt.ReadLine(context.Background(), o)
			return line
		}
		c := start(vt, context.Background(), o)
		for _, k := range []byte(keys) {
			w.press(string(k))
		}
		return w.result(t, c).line
	}
	const up, down = "\x10", "\x0e"
	for _, c := range []struct {
		o    LineOptions
		slow bool
		keys string
		want string
	}{
		{o, true, up + down + "one\r", "one"},
		{LineOptions{Echo: EchoNone}, true, "secret" + up + "\r", "secret"},
		{LineOptions{Echo: EchoStars}, false, "hidden\r", "hidden"},
		{o, true, up + down + "\r", ""}, // nothing of the passwords
		{o, true, up + up + "\r", "one"},
		{o, false, "two\r", "two"},
		{o, false, "three\r", "three"},
		{o, true, up + up + up + up + "\r", "one"},
		{o, true, up + up + "x\r", "threex"},
		{o, true, "\r", ""},
		{o, true, "  \r", "  "},
		{o, true, "abc\x03", ""},
		{o, true, up + "\r", "threex"},
		{o, true, up + down + "new\r", "new"},
	} {
		if got := enter(c.o, c.slow, c.keys); got != c.want {
			t.Errorf("keys %q gave %q, want %q", c.keys, got, c.want)
		}
	}
	want := []string{"one", "two", "three", "one", "threex", "new"}
	if got := vt.History(); !slices.Equal(got, want) {
		t.Errorf("History() = %q, want %q", got, want)
	}
}

func TestHistoryBounded(t *testing.T) {
	for _, slow := range []bool{false, true} {
		vt, w := newWire(t, Options{})
		for i := range 3 * historyMax {
			keys := fmt.Sprintf("line %d\r", i)
			if slow {
				keys = "x\x7f" + keys // edited: by way of readline
			}
			w.press(keys)
			if _, err := vt.ReadLine(context.Background(), LineOptions{History: true}); err != nil {
				t.Fatal(err)
			}
		}
		h := vt.History()
		if len(h) != historyMax || h[historyMax-1] != fmt.Sprintf("line %d", 3*historyMax-1) {
			t.Fatalf("slow=%v: History() = %q", slow, h)
		}
		w.press(strings.Repeat("\x10", historyMax) + "\r")
		if line, _ := vt.ReadLine(context.Background(), LineOptions{History: true}); line != h[0] {
			t.Errorf("slow=%v: %d times up gave %q, want %q", slow, historyMax, line, h[0])
		}
	}
}

// TestEnter: each form of Enter is one, however it is cut and whoever reads.
func TestEnter(t *testing.T) {
	for _, enter := range []string{"\r", "\n", "\r\n", "\r\x00"} {
		for _, slow := range []bool{false, true} {
			vt, w := newWire(t, Options{})
			go func() {
				for i := range 4 {
					for _, k := range []byte(fmt.Sprintf("%d", i) + enter) {
						if slow {
							time.Sleep(time.Millisecond)
						}
						w.press(string(k))
					}
				}
			}()
			ctx := context.Background()
			for i, read := range []func() (string, error){
				func() (string, error) { return vt.ReadLine(ctx, LineOptions{}) },
				func() (string, error) {
					a, _ := vt.ReadKey(ctx)
					b, err := vt.ReadKey(ctx)
					if b != '\r' {
						t.Errorf("key %q for %q", b, enter)
					}
					return string(a), err
				},
				func() (string, error) { return vt.ReadLine(ctx, LineOptions{Echo: EchoNone}) },
				func() (string, error) { return vt.ReadLine(ctx, LineOptions{}) },
			} {
				if got, err := read(); got != fmt.Sprint(i) || err != nil {
					t.Fatalf("enter %q: read %d gave %q %v", enter, i, got, err)
				}
			}
		}
	}
}

// TestCutAnywhere: the lines do not depend on how the keys arrive.
func TestCutAnywhere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		vt, w := newWire(t, Options{})
		defer vt.Close()
		part := rapid.SampledFrom([]string{"a", "show ", "\x7f", "\x02", "\x01", "\x05", "\x10", "\x1b[A", "\x1b[B", "\x17", "\x15", "\r", "\r\n", "\n", "\t", "\xc3\xa9", "?", "\x1b[3~", "\x0b"})
		keys := strings.Join(rapid.SliceOfN(part, 0, 40).Draw(rt, "keys"), "") + "\rend\r"
		o := LineOptions{Prompt: "> ", History: true, Max: 30}
		lines := func(step int) (all []string) {
			go func() {
				for rest := keys; rest != ""; {
					n := min(step, len(rest))
					w.press(rest[:n])
					rest = rest[n:]
				}
			}()
			for len(all) == 0 || all[len(all)-1] != "end" {
				line, err := vt.ReadLine(context.Background(), o)
				if err != nil {
					rt.Fatal(err)
				}
				all = append(all, line)
			}
			return all
		}
		whole := lines(len(keys))
		other, w2 := newWire(t, Options{})
		defer other.Close()
		vt, w = other, w2
		if cut := lines(rapid.IntRange(1, 7).Draw(rt, "step")); !slices.Equal(whole, cut) {
			rt.Fatalf("keys %q: %q at once, %q in pieces", keys, whole, cut)
		}
	})
}

func TestTypeAhead(t *testing.T) {
	vt, w := newWire(t, Options{})
	ctx := context.Background()
	w.press("enable\rsecret\r q\x1b[Ax\x1a")
	for !vt.Pending() { // the pump may not be there yet
		time.Sleep(time.Millisecond)
	}
	for _, want := range []string{"enable", "secret"} {
		if line, err := vt.ReadLine(ctx, LineOptions{Prompt: "> ", Echo: EchoNone}); line != want || err != nil {
			t.Fatalf("got %q %v, want %q", line, err, want)
		}
	}
	if vt.Pending() {
		t.Error("Pending() = true without a whole line")
	}
	for _, want := range " q\x10x\x1a" {
		if k, err := vt.ReadKey(ctx); rune(k) != want || err != nil {
			t.Fatalf("got %q %v, want %q", k, err, want)
		}
	}
}

// TestLeaveKeepsTypeAhead: what stands behind ^Z is the next line's.
func TestLeaveKeepsTypeAhead(t *testing.T) {
	vt, w := newWire(t, Options{})
	w.press("xx\x1ashow\r")
	if _, err := vt.ReadLine(context.Background(), LineOptions{Leave: func() bool { return true }}); err != ErrLeave {
		t.Fatal(err)
	}
	if line, err := vt.ReadLine(context.Background(), LineOptions{}); line != "show" {
		t.Fatalf("%q %v", line, err)
	}
}

func TestContextEndsRead(t *testing.T) {
	vt, w := newWire(t, Options{})
	for i := range 50 {
		ctx, cancel := context.WithCancel(context.Background())
		c := start(vt, ctx, LineOptions{Prompt: "> "})
		w.press("half")
		if i%2 == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		if r := w.result(t, c); r.err != context.Canceled {
			t.Fatalf("ReadLine: %q %v", r.line, r.err)
		}
		if _, err := vt.ReadKey(ctx); err != context.Canceled {
			t.Fatalf("ReadKey: %v", err)
		}
		// The Terminal lives on: the next session starts with an empty line.
		c = start(vt, context.Background(), LineOptions{})
		w.press("\x15line\r")
		if r := w.result(t, c); r.line != "line" || r.err != nil {
			t.Fatalf("after the end of a session: %q %v", r.line, r.err)
		}
	}
}

func TestRunning(t *testing.T) {
	vt, w := newWire(t, Options{})
	ended := func(ctx context.Context) bool {
		select {
		case <-ctx.Done():
			return true
		case <-time.After(2 * time.Second):
			return false
		}
	}
	run, stop := vt.Running(context.Background())
	w.press("ne")
	w.press("x\x03t\r")
	if !ended(run) {
		t.Error("^C does not end the command")
	}
	stop()
	if line, err := vt.ReadLine(context.Background(), LineOptions{}); line != "next" || err != nil {
		t.Errorf("type-ahead %q %v", line, err)
	}
	w.press("ab\x03\r")
	run, stop = vt.Running(context.Background())
	if !ended(run) {
		t.Error("a ^C that came before the command started does not end it")
	}
	stop()
	if line, err := vt.ReadLine(context.Background(), LineOptions{}); line != "ab" || err != nil {
		t.Errorf("type-ahead %q %v", line, err)
	}
	run, stop = vt.Running(context.Background())
	stop()
	if run.Err() == nil {
		t.Error("stop does not release the context")
	}
	c := start(vt, context.Background(), LineOptions{})
	w.press("\x03")
	if r := w.result(t, c); r.err != ErrInterrupt {
		t.Errorf("^C at a prompt: %v", r.err)
	}
}

func TestWriteLines(t *testing.T) {
	for _, c := range []struct {
		bare       bool
		text, want string
	}{
		{false, "a\nb\r\nc\rd\n", "a\r\nb\r\nc\rd\r\n"},
		{false, "\n\n", "\r\n\r\n"},
		{true, "a\nb\r\nc", "a\nb\nc"},
	} {
		vt, w := newWire(t, Options{BareLF: c.bare})
		if n, err := vt.Write([]byte(c.text)); n != len(c.text) || err != nil {
			t.Errorf("Write = %d %v", n, err)
		}
		w.wants(t, c.want)
	}
}

// TestWriteWhole: texts of several goroutines are not torn, while somebody types.
func TestWriteWhole(t *testing.T) {
	vt, w := newWire(t, Options{})
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				fmt.Fprintf(vt, "<%d:%d>\n", i, j)
			}
		})
	}
	go w.press(strings.Repeat("x", 200) + "\r")
	if _, err := vt.ReadLine(context.Background(), LineOptions{}); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	vt.Write([]byte("."))
	for !strings.HasSuffix(w.screen(), ".") {
		time.Sleep(time.Millisecond)
	}
	for i := range writers {
		for j := range each {
			if text := fmt.Sprintf("<%d:%d>\r\n", i, j); strings.Count(w.screen(), text) != 1 {
				t.Fatalf("%q is torn or lost", text)
			}
		}
	}
}

func TestEndOfInput(t *testing.T) {
	near, far := net.Pipe()
	done := make(chan string)
	go func() {
		b, _ := io.ReadAll(far)
		done <- string(b)
	}()
	vt := New(halfClosed{near, strings.NewReader("one\rtwo\rhalf")}, Options{})
	ctx := context.Background()
	for _, want := range []string{"one", "two"} {
		if line, err := vt.ReadLine(ctx, LineOptions{}); line != want || err != nil {
			t.Fatalf("%q %v, want %q", line, err, want)
		}
		run, stop := vt.Running(ctx)
		if run.Err() != nil {
			t.Error("a command ends because the input does")
		}
		fmt.Fprintf(vt, "done %s\n", want)
		stop()
	}
	for range 2 {
		if line, err := vt.ReadLine(ctx, LineOptions{}); line != "" || err != ErrClosed {
			t.Fatalf("a line without Enter gave %q %v", line, err)
		}
	}
	if _, err := vt.ReadKey(ctx); err != ErrClosed {
		t.Fatal(err)
	}
	vt.Close()
	if got, want := <-done, "one\r\ndone one\r\ntwo\r\ndone two\r\nhalf"; got != want {
		t.Errorf("screen %q, want %q", got, want)
	}
}

// halfClosed is a connection whose input has been ended by the far side.
type halfClosed struct {
	net.Conn
	in io.Reader
}

func (h halfClosed) Read(p []byte) (int, error) { return h.in.Read(p) }

func TestCloseEndsEverything(t *testing.T) {
	for _, typed := range []string{"", "half", "half\x1b[", strings.Repeat("x", 3*typeaheadMax)} {
		for _, wait := range []func(Terminal) error{
			func(vt Terminal) error { _, err := vt.ReadLine(context.Background(), LineOptions{}); return err },
			func(vt Terminal) error {
				for {
					if _, err := vt.ReadKey(context.Background()); err != nil {
						return err
					}
				}
			},
			func(vt Terminal) error {
				run, stop := vt.Running(context.Background())
				defer stop()
				<-run.Done()
				return ErrClosed
			},
			func(Terminal) error { return ErrClosed },
		} {
			vt, w := newWire(t, Options{})
			go w.press(typed)
			c := make(chan error)
			go func() { c <- wait(vt) }()
			time.Sleep(5 * time.Millisecond)
			vt.Close()
			if err := <-c; err != ErrClosed {
				t.Errorf("typed %.10q: %v", typed, err)
			}
			if _, err := vt.ReadLine(context.Background(), LineOptions{}); err != ErrClosed {
				t.Errorf("ReadLine after Close: %v", err)
			}
			if err := vt.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
		}
	}
}

// TestFarSideGone: a failing write ends a command that runs.
func TestFarSideGone(t *testing.T) {
	vt, w := newWire(t, Options{})
	run, stop := vt.Running(context.Background())
	defer stop()
	w.Conn.Close()
	if _, err := vt.Write([]byte("x")); err != ErrClosed {
		t.Errorf("Write: %v", err)
	}
	<-run.Done()
}

func TestPasteLarge(t *testing.T) {
	vt, w := newWire(t, Options{})
	const n = 100_000
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "access-list 101 permit tcp any host 10.1.%d.%d eq smtp\n", i/256%256, i%256)
	}
	go w.press(in.String())
	start := time.Now()
	want := strings.Split(in.String(), "\n")
	for i := range n {
		line, err := vt.ReadLine(context.Background(), LineOptions{Prompt: "pix(config)# ", History: true, Max: 512})
		if err != nil || line != want[i] {
			t.Fatalf("line %d: %q %v, want %q", i, line, err, want[i])
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%d lines took %v", n, took)
	}
}

func TestLongLine(t *testing.T) {
	for _, keys := range []string{strings.Repeat("x", 100_000), strings.Repeat("x", 600) + "\x02" + strings.Repeat("y", 100_000)} {
		vt, w := newWire(t, Options{})
		go w.press(keys + "\rnext\r")
		line, err := vt.ReadLine(context.Background(), LineOptions{Max: 512})
		if err != nil || line != strings.Repeat("x", 512) {
			t.Fatalf("%d characters, %v", len(line), err)
		}
		if line, _ := vt.ReadLine(context.Background(), LineOptions{Max: 512}); line != "next" {
			t.Fatalf("then %q", line)
		}
		w.ends(t, "next\r\n")
		if n := strings.Count(w.screen(), "\a"); n != len(keys)-512 && n != len(keys)-513 {
			t.Errorf("%d bells for %d keys", n, len(keys))
		}
	}
}

// TestTypeAheadBounded: what nobody reads stays with the far side.
func TestTypeAheadBounded(t *testing.T) {
	vt, w := newWire(t, Options{})
	var sent atomic.Int64
	go func() {
		for range 100 {
			n, err := w.Conn.Write(bytes.Repeat([]byte{'x'}, 1<<15))
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	}()
	time.Sleep(50 * time.Millisecond)
	if n := sent.Load(); n > typeaheadMax+1<<16 {
		t.Errorf("%d octets were taken from the far side", n)
	}
	vt.Close()
}

// FuzzKeys throws octets at a Terminal in each way of reading. Whatever comes, lines keep to the limits, the end of the
// input ends the reads, and without Help, Complete and editing keys the screen is what was typed.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"show\r", "a\x1b[A\x1b[B\x1b[D\x1b[3~\r", "\x14\x14a\x14b\r", "\xff\xfb\x01\x00\r\n", "\x1b[1111111111;\r?\t\x1ax\r", "ab\x1bb\x1bd\x1b\x7f\x19\x19\r"} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(7))
	}
	f.Fuzz(func(t *testing.T, keys []byte, mode uint8) {
		near, far := net.Pipe()
		drained := make(chan struct{})
		go func() { defer close(drained); io.Copy(io.Discard, far) }()
		vt := New(halfClosed{near, bytes.NewReader(keys)}, Options{})
		o := LineOptions{Prompt: "> ", History: mode&1 == 0, Echo: Echo(mode>>4) % 3, Max: int(mode >> 2 & 3 * 10)}
		if mode&2 != 0 {
			o.Help = func(line string) string { return line + "\n" }
			o.Complete = func(line string) string { return line + line }
			o.Leave = func() bool { return len(keys)%2 == 0 }
		}
		ctx := context.Background()
		for {
			line, err := vt.ReadLine(ctx, o)
			if err == ErrClosed {
				break
			}
			if max := cmp.Or(o.Max, lineMax); len(line) > max {
				t.Fatalf("a line of %d octets, at most %d", len(line), max)
			}
			if err != nil && err != ErrInterrupt && err != ErrLeave {
				t.Fatal(err)
			}
			if i := bytes.IndexFunc([]byte(line), isEditing); i >= 0 {
				t.Fatalf("line %q has a control character", line)
			}
			if _, err := vt.ReadKey(ctx); err != nil && err != ErrClosed {
				t.Fatal(err)
			}
		}
		vt.Close()
		far.Close()
		<-drained
	})
}
