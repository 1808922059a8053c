package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pixsim/cli/term"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shell is a session with a password, a few commands and a prompt: what the tests need of a box.
func shell(ctx context.Context, t term.Terminal, c Caller) int {
	if c.Command != "" {
		fmt.Fprintf(t, "you said %s\n", c.Command)
		return 3
	}
	if c.Kind == "telnet" {
		for {
			p, err := t.ReadLine(ctx, term.LineOptions{Prompt: "Password: ", Echo: term.EchoNone})
			if err != nil {
				return 1
			}
			if p == "cisco" {
				break
			}
		}
	}
	for {
		line, err := t.ReadLine(ctx, term.LineOptions{Prompt: "pix> ", History: true, Max: 512})
		switch {
		case errors.Is(err, term.ErrInterrupt):
			continue
		case err != nil:
			return 1
		}
		switch line {
		case "":
		case "exit":
			fmt.Fprint(t, "\nLogoff\n\n")
			return 0
		case "size":
			columns, rows := t.Size()
			fmt.Fprintf(t, "%d x %d\n", columns, rows)
		case "who":
			fmt.Fprintf(t, "%s %s %v\n", c.Kind, c.User, c.From.Addr())
		case "wait":
			run, stop := t.Running(ctx)
			<-run.Done()
			stop()
			fmt.Fprint(t, "stopped\n")
		default:
			fmt.Fprintf(t, "unknown: %s\n", line)
		}
	}
}

// serving is a server under test.
type serving struct {
	addr string
	stop func() error // ends it and returns what Serve did
}

func serve(t testing.TB, f func(context.Context, net.Listener) error) serving {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx, ln) }()
	stop := sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Second):
			return errors.New("Serve does not return")
		}
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return serving{ln.Addr().String(), stop}
}

// client is a far side that collects what it sees.
type client struct {
	io.WriteCloser
	mu   sync.Mutex
	seen bytes.Buffer
	done chan struct{} // closed at the end of what is to be seen
}

func watch(r io.Reader, w io.WriteCloser) *client {
	c := &client{WriteCloser: w, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			c.mu.Lock()
			c.seen.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return c
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	w := watch(c, c)
	t.Cleanup(func() { c.Close(); <-w.done })
	return w
}

func (c *client) screen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen.String()
}

func (c *client) press(keys string) { io.WriteString(c, keys) }

// sees waits until the screen ends with text.
func (c *client) sees(t testing.TB, text string) {
	t.Helper()
	for range 5000 {
		if strings.HasSuffix(c.screen(), text) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("screen %q does not end with %q", c.screen(), text)
}

// closed waits for the end of the connection.
func (c *client) closed(t testing.TB) {
	t.Helper()
	select {
	case <-c.done:
	case <-time.After(5 * time.Second):
		t.Fatalf("the connection lasts; screen %q", c.screen())
	}
}

const open63 = "\xff\xfb\x01\r\r\nUser Access Verification\r\r\n\r\r\n"

func TestTelnet(t *testing.T) {
	s := serve(t, Telnet{Open: open63, Handle: shell}.Serve)
	c := dial(t, s.addr)
	c.sees(t, "Password: ")
	if got, want := c.screen(), open63+"Password: "; got != want {
		t.Errorf("opening %q, want %q", got, want)
	}
	c.press("cisco\r\nwho\r\n")
	c.sees(t, "\r\npix> who\r\ntelnet  127.0.0.1\r\npix> ")
	c.press("\xff\xfb\x1f\xff\xfa\x1f\x00\x84\x00\x2b\xff\xf0size\r\n")
	c.sees(t, "size\r\n132 x 43\r\npix> ")
	c.press("wait\r\n")
	c.sees(t, "wait\r\n")
	c.press("\xff\xf4") // IAC IP
	c.sees(t, "stopped\r\npix> ")
	c.press("exit\r\nand more that nobody reads\r\n")
	c.closed(t)
	c.sees(t, "exit\r\n\r\nLogoff\r\n\r\n")
}

func TestTelnetMax(t *testing.T) {
	s := serve(t, Telnet{Open: "x", Max: 2, Handle: shell}.Serve)
	a, b := dial(t, s.addr), dial(t, s.addr)
	a.sees(t, "Password: ")
	b.sees(t, "Password: ")
	c := dial(t, s.addr)
	c.closed(t)
	if c.screen() != "" {
		t.Errorf("the one too many sees %q", c.screen())
	}
	a.press("cisco\rexit\r")
	a.closed(t)
	for range 60 { // the seat is free once the server has seen that a is gone
		d := dial(t, s.addr)
		select {
		case <-d.done:
		case <-time.After(50 * time.Millisecond):
			d.sees(t, "Password: ")
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the seat of a session that ended stays taken")
}

func TestServeEndsWithContext(t *testing.T) {
	s := serve(t, Telnet{Handle: shell}.Serve)
	prompt, busy := dial(t, s.addr), dial(t, s.addr)
	prompt.press("cisco\r")
	prompt.sees(t, "pix> ")
	busy.press("cisco\rwait\r")
	busy.sees(t, "wait\r\n")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	prompt.closed(t)
	busy.closed(t)
}

func TestServeEndsWithListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- Telnet{Handle: shell}.Serve(context.Background(), ln) }()
	c := dial(t, ln.Addr().String())
	c.sees(t, "Password: ")
	ln.Close()
	if err := <-done; err == nil {
		t.Error("Serve returns nil for a listener that failed")
	}
	c.closed(t)
}

func TestConsole(t *testing.T) {
	var mu sync.Mutex
	var box term.Terminal
	lives := 0
	// A box that reloads: each session ends with a context of its own, the Terminal stays.
	reload := make(chan context.CancelFunc, 1)
	s := serve(t, Console{Handle: func(ctx context.Context, vt term.Terminal, c Caller) int {
		mu.Lock()
		box = vt
		mu.Unlock()
		for ctx.Err() == nil {
			life, end := context.WithCancel(ctx)
			select {
			case reload <- end:
			case <-ctx.Done():
			}
			lives++
			shell(life, vt, c)
			end()
		}
		return 0
	}}.Serve)
	end := <-reload

	a := dial(t, s.addr)
	a.press("\r")
	a.sees(t, "\r\npix> ")
	if !strings.HasPrefix(a.screen(), consoleOpen) {
		t.Errorf("screen %q", a.screen())
	}
	b := dial(t, s.addr)
	b.closed(t)
	b.sees(t, consoleInUse)
	if b.screen() != consoleInUse {
		t.Errorf("a second client sees %q", b.screen())
	}
	a.press("\xff\xfb\x1f\xff\xfa\x1f\x00\x84\x00\x2b\xff\xf0size\r\n")
	a.sees(t, "132 x 43\r\npix> ")
	a.press("wh")
	a.sees(t, "wh")
	a.Close()
	mu.Lock()
	for columns, _ := box.Size(); columns != 0; columns, _ = box.Size() {
		time.Sleep(time.Millisecond) // until the server has seen that a is gone
	}
	fmt.Fprint(box, "nobody reads this\n")
	mu.Unlock()

	c := dial(t, s.addr) // finds the half-typed command
	c.press("o\r")
	c.sees(t, "o\r\nconsole  invalid IP\r\npix> ")
	if strings.Contains(c.screen(), "nobody") {
		t.Errorf("screen %q", c.screen())
	}
	end()
	(<-reload)()
	c.sees(t, "pix> pix> ")
	<-reload
	c.press("who\r")
	c.sees(t, "who\r\nconsole  invalid IP\r\npix> ")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	c.closed(t)
	if lives < 3 {
		t.Errorf("%d lives", lives)
	}
}
