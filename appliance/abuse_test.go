package appliance_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/lab"
)

// sound checks that the box still works: its configuration is as before, mail passes, a session can be had.
func (w *world) sound(before string) {
	w.t.Helper()
	if got := w.running(); got != before {
		w.t.Errorf("the configuration is another one:\n%s", difference(before, got))
	}
	c, err := w.dial(soon(w.t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
	if err == nil {
		_, err = lab.Sender{Profile: lab.ClientProfile{Hello: lab.HelloHELO}}.Send(soon(w.t), c, letter)
	}
	if err != nil {
		w.t.Errorf("mail: %v", err)
	}
	for deadline := time.Now().Add(patience); len(w.box.Sessions()) > 1 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	d := w.telnet("sound", 0)
	d.enable()
	if got := d.line("show version"); !strings.Contains(got, " up ") {
		w.t.Errorf("show version: %q", got)
	}
	if err := d.typeKeys("q\rexit\rexit\r"); err != nil {
		w.t.Error(err)
	}
	if err := (&player{world: w}).closed(d); err != nil {
		w.t.Error(err)
	}
}

// drained throws away what a connection sends, until it ends.
func drained(c net.Conn) (wait func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	})
	return wg.Wait
}

// knockOn is a telnet connection that nobody looks at.
func (w *world) knockOn() net.Conn {
	w.t.Helper()
	c, err := w.dial(soon(w.t), "desk", 0, netip.AddrPortFrom(lab.BoxInside, 23))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// A line of 100,000 octets is refused in one piece, at the login, at the prompt and in configuration mode.
func TestEndlessLine(t *testing.T) {
	for _, name := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			before := w.running()
			long := strings.Repeat("x", 100_000)
			w.console.configure()
			for _, line := range []string{long, "hostname " + long, "show running-config | include " + long} {
				got := w.console.line(line)
				if !strings.HasSuffix(got, "# ") || len(got) > len(line)*4 {
					t.Errorf("%d octets, ending in %q", len(got), got[max(0, len(got)-200):])
				}
			}
			d := w.telnet("d", 0)
			d.line(long)
			d.line(strings.Repeat("cisco ", 20_000))
			d.line("cisco")
			if !strings.HasSuffix(d.String(), "> ") {
				t.Errorf("the login says %q", d.String()[max(0, len(d.String())-200):])
			}
			d.typeKeys("exit\r")
			if err := (&player{world: w}).closed(d); err != nil {
				t.Error(err)
			}
			w.sound(before)
		})
	}
}

// Garbage, logged in or not, changes nothing and ends nothing but its own session.
func TestGarbage(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			before := w.running()
			rng := rand.New(rand.NewPCG(3, 4))
			noise := make([]byte, 60_000)
			for i := range noise {
				noise[i] = byte(rng.Uint32())
			}
			stranger := w.knockOn()
			wait := drained(stranger)
			stranger.SetWriteDeadline(time.Now().Add(patience))
			stranger.Write(noise)
			stranger.Close()
			wait()

			known := w.telnet("known", 0)
			known.line("cisco")
			known.conn.SetWriteDeadline(time.Now().Add(patience))
			known.conn.Write(bytes.ReplaceAll(noise, []byte{'\r'}, []byte{'?'}))
			known.conn.Close()

			w.console.typeKeys(string(noise[:20_000]) + "\r")
			w.console.typeKeys("\x03\x03\r\r")
			if _, err := w.console.await(func(text string, _ bool) bool { return strings.HasSuffix(text, "> ") }); err != nil {
				t.Fatal(err)
			}
			w.sound(before)
		})
	}
}

// A flood of telnet options is answered at most once each.
func TestOptionFlood(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	before := w.running()
	d := w.telnet("d", 0)
	var flood []byte
	for i := range 20_000 {
		flood = append(flood, 255, byte(251+i%4), byte(i/4))
	}
	flood = append(flood, 255, 250, 31)
	flood = append(flood, bytes.Repeat([]byte{1}, 50_000)...) // a subnegotiation that does not end, and then does
	flood = append(flood, 255, 240)
	if err := d.typeKeys(string(flood)); err != nil {
		t.Fatal(err)
	}
	d.line("cisco")
	if n := d.len(); n > 8000 {
		t.Errorf("%d octets of answers", n)
	}
	d.typeKeys("exit\r")
	if err := (&player{world: w}).closed(d); err != nil {
		t.Error(err)
	}
	w.sound(before)
}

// Half-open logins are bounded in number: a sixth connection is closed without a word, and a place is free when one of
// the five goes.
func TestHalfOpenLogins(t *testing.T) {
	for _, name := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			if _, err := w.console.await(func(text string, _ bool) bool { return turn(text) }); err != nil {
				t.Fatal(err) // its session counts too, and begins a little after the box is ready
			}
			before := w.running()
			var open []*screen
			for range w.rel.Console.MaxTelnet {
				d := w.telnet("open", 0)
				if _, err := d.await(func(text string, over bool) bool { return over || turn(text) }); err != nil {
					t.Fatal(err)
				}
				open = append(open, d)
			}
			sixth := w.telnet("sixth", 0)
			if _, err := sixth.await(func(_ string, over bool) bool { return over }); err != nil || sixth.len() > 0 {
				t.Errorf("the sixth sees %q, %v", sixth, err)
			}
			if n := len(w.box.Sessions()); n != w.rel.Console.MaxTelnet+1 {
				t.Errorf("%d sessions", n)
			}
			for _, d := range open {
				d.conn.Close()
			}
			w.sound(before)
		})
	}
}

// SYNs that are never completed do not keep others out.
func TestSYNFlood(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	before := w.running()
	for range 300 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Microsecond)
		c, err := w.dial(ctx, "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
		cancel()
		if err == nil {
			c.Close()
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	w.sound(before)
}
