package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	xterm "golang.org/x/term"

	"pixsim/cli/term"
)

// onPTY runs TTY on a terminal of its own.
func onPTY(t *testing.T, commands map[string]Command, handle Handler) (w *client, slave *os.File, end context.CancelFunc, result <-chan error) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	if err := pty.Setsize(slave, &pty.Winsize{Cols: 111, Rows: 33}); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(master.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	master.Close() // it is in blocking mode: a Close would wait for the Read
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	master = os.NewFile(uintptr(fd), "master")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- TTY(ctx, slave, slave, commands, handle) }()
	w = watch(master, master)
	t.Cleanup(func() { cancel(); slave.Close(); master.Close(); <-w.done })
	return w, slave, cancel, done
}

func finished(t *testing.T, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("TTY does not return")
		return nil
	}
}

func TestTTY(t *testing.T) {
	var reset atomic.Int32
	var end context.CancelFunc
	commands := map[string]Command{
		"quit":  {Help: "end the simulator", Run: func(io.Writer) { end() }},
		"reset": {Help: "boot again", Run: func(w io.Writer) { reset.Add(1); fmt.Fprint(w, "resetting\n") }},
	}
	ready := make(chan struct{})
	w, slave, cancel, result := onPTY(t, commands, func(ctx context.Context, vt term.Terminal, c Caller) int {
		<-ready
		return shell(ctx, vt, c)
	})
	end = cancel
	close(ready)
	w.sees(t, "Ctrl-] opens the simulator's own prompt: help, quit, reset.\r\npix> ")
	if was, err := xterm.GetState(descriptor(slave)); err != nil {
		t.Fatal(err)
	} else if cooked, _, err := cookedState(); err != nil || *was == *cooked {
		t.Errorf("the terminal is not in raw mode (%v)", err)
	}
	w.press("sh\x7fize\x01\x04\x05\r")
	w.sees(t, "\r\nunknown: ize\r\npix> ")
	w.press("size\r")
	w.sees(t, "111 x 33\r\npix> ")
	w.press("wh")
	w.sees(t, "wh")
	w.press("\x1d")
	w.sees(t, "wh\r\npixsim> ")
	w.press("rex\x7fs\r")
	w.sees(t, "rex\b \bs\r\nresetting\r\n")
	if reset.Load() != 1 {
		t.Errorf("reset ran %d times", reset.Load())
	}
	w.press("o\r") // back on the console, whose line is as it was
	w.sees(t, "o\r\nconsole  invalid IP\r\npix> ")
	for _, c := range []struct{ keys, shows string }{
		{"\x1dnonsense\r", "No such command: nonsense (try help).\r\n\r\npixsim> "},
		{"help\r", "quit   end the simulator\r\nreset  boot again\r\nA command goes back to the console, and so does an empty line.\r\n\r\npixsim> "},
		{"re\r", "resetting\r\n"},
		{"size\r", "111 x 33\r\npix> "},
		{"\x1d\r", "\r\npixsim> \r\n"},
		{"\x1d\x1d", "pixsim> \r\n\r\npixsim> \r\n"},
		{"\x1dqu\x15\x03", "qu\b \b\b \b\r\n"},
		{"wait\r", "wait\r\n"},
		{"\x03", "stopped\r\npix> "},
	} {
		w.press(c.keys)
		w.sees(t, c.shows)
	}
	w.press("\x1dq\r")
	if err := finished(t, result); err != nil {
		t.Errorf("TTY = %v", err)
	}
	was, _ := xterm.GetState(descriptor(slave))
	if cooked, _, err := cookedState(); err != nil || *was != *cooked {
		t.Errorf("the terminal is not restored (%v)", err)
	}
}

// cookedState is what a terminal is like before anybody touches it.
func cookedState() (*xterm.State, bool, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, false, err
	}
	defer master.Close()
	defer slave.Close()
	s, err := xterm.GetState(descriptor(slave))
	return s, true, err
}

func TestTTYHangUp(t *testing.T) {
	w, _, _, result := onPTY(t, nil, shell)
	w.sees(t, "pix> ")
	w.WriteCloser.Close()
	if err := finished(t, result); err != ErrInputEnded {
		t.Errorf("TTY = %v", err)
	}
}

func TestTTYPiped(t *testing.T) {
	for _, in := range []string{"who\nsize\nlast", "who\nsize\nlast\n", "who\r\nsize\r\nlast\r\n"} {
		for _, open := range []func() *os.File{
			func() *os.File {
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				go func() { io.WriteString(w, in); w.Close() }()
				return r
			},
			func() *os.File {
				name := filepath.Join(t.TempDir(), "in")
				if err := os.WriteFile(name, []byte(in), 0o600); err != nil {
					t.Fatal(err)
				}
				f, err := os.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				return f
			},
		} {
			f := open()
			out, err := os.Create(filepath.Join(t.TempDir(), "out"))
			if err != nil {
				t.Fatal(err)
			}
			if err := TTY(context.Background(), f, out, nil, shell); !errors.Is(err, ErrInputEnded) {
				t.Errorf("TTY = %v", err)
			}
			f.Close()
			out.Close()
			got, _ := os.ReadFile(out.Name())
			want := "pix> who\nconsole  invalid IP\npix> size\n0 x 0\npix> last\nunknown: last\n"
			if strings.TrimSuffix(string(got), "pix> ") != want {
				t.Errorf("input %q gave %q, want %q", in, got, want)
			}
		}
	}
}

// TestTTYBlockedInput: an input that says nothing does not keep TTY from ending, whatever its mode.
func TestTTYBlockedInput(t *testing.T) {
	for _, blocking := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if blocking {
			r.Fd() // as a standard input is
		}
		out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		result := make(chan error, 1)
		go func() { result <- TTY(ctx, r, out, nil, shell) }()
		io.WriteString(w, "who\n")
		time.Sleep(20 * time.Millisecond)
		cancel()
		if err := finished(t, result); err != nil {
			t.Errorf("TTY = %v", err)
		}
		w.Close()
		r.Close()
		out.Close()
	}
}
