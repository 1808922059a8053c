package hoststack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// lineBox is a wire whose far end passes whole lines only: what follows the last line end of a segment does not arrive,
// and what is behind it neither. It has no memory but for the place of the next octet.
type lineBox struct {
	link.Link
	mu       sync.Mutex
	changed  sync.Cond
	next     map[uint16]uint32 // by the client's port
	withheld []string
	passed   []string
	cuts     int // segments that went on without their end
}

func newLineBox(l link.Link) *lineBox {
	b := &lineBox{Link: l, next: map[uint16]uint32{}}
	b.changed.L = &b.mu
	return b
}

func (b *lineBox) Write(frames []link.Frame) (int, error) {
	for i := range frames {
		if f := frames[i]; b.inspect(&f) {
			if _, err := b.Link.Write([]link.Frame{f}); err != nil {
				return i, err
			}
		}
	}
	return len(frames), nil
}

// inspect cuts a frame and says whether it goes on.
func (b *lineBox) inspect(f *link.Frame) bool {
	var d packet.Parsed
	if d.Decode(f.Bytes()); d.Kind != packet.KindTCP {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.changed.Broadcast()
	p := packet.Packet{IP: d.IP}
	t := p.TCP()
	if t.Flags()&packet.SYN != 0 {
		b.next[d.SrcPort] = t.Seq() + 1
		return true
	}
	next, body := b.next[d.SrcPort], t.Payload()
	if t.Flags()&packet.RST != 0 || len(body) == 0 {
		return true
	}
	if packet.Before(next, t.Seq()) {
		return false
	}
	if end := t.Seq() + uint32(len(body)); !packet.Before(next, end) {
		return true // sent again
	}
	whole := bytes.LastIndexByte(body, '\n') + 1
	if end := t.Seq() + uint32(whole); !packet.Before(next, end) {
		b.withheld = append(b.withheld, string(body))
		return false
	}
	b.passed = append(b.passed, string(body[:whole]))
	b.next[d.SrcPort] = t.Seq() + uint32(whole)
	if whole == len(body) {
		return true
	}
	b.cuts++
	p.SetFlags(t.Flags() &^ packet.FIN)
	p.IP = p.IP[:len(p.IP)-(len(body)-whole)]
	p.IP.SetTotalLen(len(p.IP))
	p.FillTransport()
	f.Len = packet.EthernetLen + len(p.IP)
	return true
}

// awaitWithheld waits until a segment that good accepts was withheld.
func (b *lineBox) awaitWithheld(good func(string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n := 0; ; {
		for ; n < len(b.withheld); n++ {
			if good(b.withheld[n]) {
				return
			}
		}
		b.changed.Wait()
	}
}

// turning is a wire that turns bad. A SYN that is lost would make every later timeout last seconds.
type turning struct {
	link.Link
	bad    link.Link
	turned *atomic.Bool
}

func (w turning) Write(frames []link.Frame) (int, error) {
	if w.turned.Load() {
		return w.bad.Write(frames)
	}
	return w.Link.Write(frames)
}

// lined is a connection through a lineBox from a to b, over wires that are bad in both directions once it is up.
func lined(t *testing.T, bad link.Impairment) (box *lineBox, client, server net.Conn, a *Host) {
	t.Helper()
	la, lb := link.Pipe(1500)
	box = newLineBox(la)
	var turned atomic.Bool
	near, far := turning{box, link.Impair(box, bad), &turned}, turning{lb, link.Impair(lb, bad), &turned}
	const rto = 20 * time.Millisecond
	a = newHost(t, near, Config{Name: "a", MAC: [6]byte{2, 0, 0, 0, 0, 1}, Addrs: []netip.Prefix{prefix(addrA, 24)}, MinRTO: rto})
	b := newHost(t, far, Config{Name: "b", MAC: [6]byte{2, 0, 0, 0, 0, 2}, Addrs: []netip.Prefix{prefix(addrB, 24)}, MinRTO: rto})
	client, server = connect(t, a, b, addrB)
	turned.Store(true)
	deadline := time.Now().Add(30 * time.Second)
	client.SetDeadline(deadline)
	server.SetDeadline(deadline)
	return box, client, server, a
}

func typed(t *testing.T, c net.Conn, text string) {
	t.Helper()
	for i := range len(text) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			t.Fatal(err)
		}
	}
}

func arrives(t *testing.T, c net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	if n, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("%q of %q arrived: %v", got[:n], text, err)
	}
}

// What is typed key by key arrives once the host has sent it again, joined; and so does what is typed behind it.
func TestTypedKeyByKey(t *testing.T) {
	box, client, server, _ := lined(t, link.Impairment{})
	for _, line := range []string{"HELO x\r\n", "MAIL FROM:<a@b.example>\r\n", "QUIT\r\n"} {
		typed(t, client, line)
		arrives(t, server, line)
		server.Write([]byte("250 OK\r\n"))
		arrives(t, client, "250 OK\r\n")
	}
	if len(box.withheld) == 0 || box.withheld[0] != "H" {
		t.Errorf("withheld %q", box.withheld)
	}
	if len(box.passed) != 3 {
		t.Errorf("passed in parts: %q", box.passed)
	}
}

// The next key is typed only when those before it were sent again: after a timeout the stack alone would never send it.
func TestTypedSlowly(t *testing.T) {
	box, client, server, _ := lined(t, link.Impairment{})
	const line = "NOOP\r\n"
	for i := range len(line) {
		typed(t, client, line[i:i+1])
		if i+1 < len(line) {
			box.awaitWithheld(func(s string) bool { return s == line[:i+1] })
		}
	}
	arrives(t, server, line)
}

func TestTypedOverBadWires(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			_, client, server, _ := lined(t, link.Impairment{Loss: 0.1, Duplicate: 0.1, Reorder: 0.1, Seed: seed})
			for i := range 6 {
				line := fmt.Sprintf("line %d\n", i)
				typed(t, client, line)
				arrives(t, server, line)
				typed(t, server, "250 OK\r\n") // nobody withholds this
				arrives(t, client, "250 OK\r\n")
			}
			typed(t, client, "bye\n")
			client.(*Conn).CloseWrite()
			if got, err := io.ReadAll(server); err != nil || string(got) != "bye\n" {
				t.Errorf("%q, %v", got, err)
			}
			server.Write([]byte("221 bye\r\n"))
			server.Close()
			if got, err := io.ReadAll(client); err != nil || string(got) != "221 bye\r\n" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// A FIN behind octets that are withheld follows them.
func TestTypedThenClosed(t *testing.T) {
	_, client, server, a := lined(t, link.Impairment{})
	typed(t, client, "QUIT\r\n")
	client.(*Conn).CloseWrite()
	if got, err := io.ReadAll(server); err != nil || string(got) != "QUIT\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	server.Write([]byte("221 bye\r\n"))
	server.Close()
	if got, err := io.ReadAll(client); err != nil || string(got) != "221 bye\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	a.Close()
	if n := len(a.nic.joiner.conns); n != 0 {
		t.Errorf("%d connections are followed on", n)
	}
}

func TestTypedThenReset(t *testing.T) {
	for name, from := range map[string]func(client, server net.Conn) (resets, other net.Conn){
		"host": func(c, s net.Conn) (net.Conn, net.Conn) { return c, s },
		"peer": func(c, s net.Conn) (net.Conn, net.Conn) { return s, c },
	} {
		t.Run(name, func(t *testing.T) {
			box, client, server, a := lined(t, link.Impairment{})
			typed(t, client, "HE")
			box.awaitWithheld(func(s string) bool { return s == "HE" })
			resets, other := from(client, server)
			resets.(*Conn).SetLinger(0)
			resets.Close()
			if _, err := other.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other end: %v", err)
			}
			a.Close()
			if j := a.nic.joiner; len(j.conns)+len(j.busy) != 0 {
				t.Errorf("%d connections are followed on", len(j.conns))
			}
		})
	}
}

// Commands that are sent without waiting for replies are cut by the size of a segment, in the middle of lines; more of
// them than are kept also arrive, if later.
func TestPipelinedLines(t *testing.T) {
	for _, n := range []int{200, 2000} {
		box, client, server, _ := lined(t, link.Impairment{})
		text := strings.Repeat("RCPT TO:<somebody@example.com>\r\n", n)
		go client.Write([]byte(text))
		arrives(t, server, text)
		box.mu.Lock()
		if box.cuts == 0 {
			t.Error("no line was cut")
		}
		box.mu.Unlock()
	}
}
