package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// watch sees what the box reads from a wire, as it is before the box has worked on it.
type watch struct {
	link.Direct
	mu     sync.Mutex
	supers int // frames that are to be cut
	octets int // of the longest
	size   int // of the largest segment that one is to be cut into
	wrong  []string
}

func (w *watch) Take(frames []link.Frame) (int, error) {
	n, err := w.Direct.Take(frames)
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range frames[:n] {
		w.look(&frames[i])
	}
	return n, err
}

func (w *watch) look(f *link.Frame) {
	var d packet.Parsed
	d.Decode(f.Bytes())
	p := d.Packet(f.GSOSize, f.NeedsCsum)
	switch {
	case d.Kind != packet.KindTCP:
		return
	case !p.IP.ChecksumOK(), f.NeedsCsum && !p.PartialOK(), !f.NeedsCsum && !p.TransportOK():
		w.wrong = append(w.wrong, fmt.Sprintf("checksum of a frame of %d octets", f.Len))
	case f.GSOSize == 0 && len(p.IP) > 1500:
		w.wrong = append(w.wrong, fmt.Sprintf("a frame of %d octets that nobody may cut", f.Len))
	}
	if f.GSOSize != 0 {
		w.supers++
		w.octets, w.size = max(w.octets, f.Len), max(w.size, int(f.GSOSize))
	}
}

// watched is a lab with a box whose wires are watched.
func watchedLab(t *testing.T, name string) (*Lab, []*watch) {
	t.Helper()
	l, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all []*watch
	var links []link.Link
	for _, w := range l.Links() {
		all = append(all, &watch{Direct: w.(link.Direct)})
		links = append(links, all[len(all)-1])
	}
	bootIn(t, l, name, links)
	return l, all
}

// Bulk data goes from host to host in super-frames through the box, whose limit of a segment they heed; nothing of it is lost
// at either side, or damaged.
func TestSuperFrames(t *testing.T) {
	l, wires := watchedLab(t, "asa-9.1")
	const streams, octets = 8, 8 << 20
	ln, err := l.Host("client").Listen(netip.AddrPortFrom(netip.Addr{}, 5001))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	data := make([]byte, octets)
	rand.NewChaCha8([32]byte{}).Read(data)
	var all sync.WaitGroup
	for range streams {
		out := dialLab(t, l, "desk", ClientAddr, 5001)
		in, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if _, err := out.Write(data); err != nil {
				t.Error(err)
			}
			out.(interface{ CloseWrite() error }).CloseWrite()
		})
		all.Go(func() {
			defer in.Close()
			if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d octets arrived, %v, or others than were sent", len(got), err)
			}
		})
	}
	all.Wait()
	for i, w := range wires {
		w.mu.Lock()
		if len(w.wrong) > 0 {
			t.Errorf("wire %d: %s", i, w.wrong[0])
		}
		if i == Inside && (w.supers == 0 || w.octets < 32<<10 || w.octets > 64<<10 || w.size > 1380) {
			t.Errorf("%d super-frames of up to %d octets, to be cut into segments of up to %d", w.supers, w.octets, w.size)
		}
		w.mu.Unlock()
		if n := link.Dropped(w.Direct); n != 0 {
			t.Errorf("wire %d has lost %d frames to the box", i, n)
		}
	}
	for _, name := range HostNames() {
		n := l.Host(name).TCP()
		if lost := l.Host(name).Lost(); lost != 0 || n.Bad != 0 || n.BadSum != 0 {
			t.Errorf("%s: %d frames lost, %+v", name, lost, n)
		}
	}
}

// A message that a host sends in one write comes through the inspection as it was sent, and the command behind it, in the same
// super-frame, is inspected.
func TestMailInSuperFrames(t *testing.T) {
	for _, name := range []string{"pix-4.1", "pix-6.3", "asa-8.2", "asa-9.12"} {
		t.Run(name, func(t *testing.T) {
			l, wires := watchedLab(t, name)
			c := NewSMTPClient(dialLab(t, l, "client", MailGlobal, 25), 0)
			defer c.Close()
			if r, err := c.Reply(); err != nil || r.Code != 220 {
				t.Fatalf("%v %v", r, err)
			}
			var message []byte
			for i := range 3000 {
				message = fmt.Appendf(message, "%s line %d of the message, which is a long one\r\n", []string{"", ".", "VRFY me", "XYZZY"}[i%4], i)
			}
			for _, line := range []string{"HELO client.example.net", "MAIL FROM:<a@example.net>", "RCPT TO:<b@example.com>"} {
				if r, err := c.Cmd(line); err != nil || !r.OK() {
					t.Fatalf("%s: %v %v", line, r, err)
				}
			}
			if r, err := c.Cmd("DATA"); err != nil || r.Code != 354 {
				t.Fatalf("%v %v", r, err)
			}
			if err := c.Raw(append(stuffed(message), "TURN around\r\n"...)); err != nil {
				t.Fatal(err)
			}
			if r, err := c.Reply(); err != nil || !r.OK() {
				t.Fatalf("%v %v", r, err)
			}
			c.Reply()
			for _, line := range l.Mail().Log().Lines() {
				if strings.HasPrefix(line, "TURN") {
					t.Errorf("a command that the box masks or answers has passed: %q", line)
				}
			}
			all := l.Mail().Store().Messages()
			if len(all) != 1 || !bytes.Equal(all[0].Data, message) {
				t.Errorf("%d messages, or another than was sent", len(all))
			}
			w := wires[Outside]
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.supers == 0 || w.size > 1460 || len(w.wrong) > 0 {
				t.Errorf("%d super-frames, segments of up to %d, %v", w.supers, w.size, w.wrong)
			}
		})
	}
}

// A host that does not read does not hold up the others, nor does its box.
func TestOneHostDoesNotStopTheOthers(t *testing.T) {
	l, _ := watchedLab(t, "asa-9.1")
	ln, err := l.Host("client").Listen(netip.AddrPortFrom(netip.Addr{}, 5001))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	stuck := dialLab(t, l, "desk", ClientAddr, 5001)
	var writer sync.WaitGroup
	writer.Go(func() {
		for {
			if _, err := stuck.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	defer writer.Wait()
	defer stuck.Close()
	c := NewSMTPClient(dialLab(t, l, "client", MailGlobal, 25), 0)
	defer c.Close()
	if r, err := c.Reply(); err != nil || r.Code != 220 {
		t.Errorf("%v %v", r, err)
	}
	if _, err := l.Host("desk").Ping(context.Background(), netip.Addr{}, BoxInside, 8); err != nil {
		t.Error(err)
	}
}
