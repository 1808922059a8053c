package tftp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is Files in memory.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (s *shelf) Read(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (s *shelf) Write(name string, data []byte) error {
	if strings.HasPrefix(name, "/") {
		return fs.ErrPermission
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = bytes.Clone(data)
	return nil
}

// leaky loses, repeats and delays datagrams that are sent.
type leaky struct {
	net.PacketConn
	mu   sync.Mutex
	rand *rand.Rand
	held []byte
	loss float64
}

func (l *leaky) WriteTo(b []byte, to net.Addr) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch x := l.rand.Float64(); {
	case x < l.loss:
	case x < 1.5*l.loss:
		l.PacketConn.WriteTo(b, to)
		l.PacketConn.WriteTo(b, to)
	case x < 2*l.loss && l.held == nil:
		l.held = bytes.Clone(b)
	default:
		l.PacketConn.WriteTo(b, to)
		if l.held != nil {
			l.PacketConn.WriteTo(l.held, to)
			l.held = nil
		}
	}
	return len(b), nil
}

func socket(t *testing.T, seed uint64, loss float64) net.PacketConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return &leaky{PacketConn: c, rand: rand.New(rand.NewPCG(seed, 0)), loss: loss}
}

func portOf(c net.PacketConn) netip.AddrPort {
	a, _ := addrOf(c.LocalAddr())
	return a
}

// serve starts a server; it ends with the test.
func serve(t *testing.T, files Files, seed uint64, loss float64) netip.AddrPort {
	t.Helper()
	main := socket(t, seed, loss)
	n := seed
	s := &Server{
		Files: files, Wait: 10 * time.Millisecond, Tries: 200, Limit: 4 << 20,
		Open: func() (net.PacketConn, error) { n++; return socket(t, n, loss), nil },
	}
	done := make(chan struct{})
	go func() { s.Serve(main); close(done) }()
	t.Cleanup(func() { main.Close(); <-done; s.Close() })
	return portOf(main)
}

func client(t *testing.T, to netip.AddrPort, seed uint64, loss float64) *Client {
	c := socket(t, seed, loss)
	t.Cleanup(func() { c.Close() })
	return &Client{Conn: c, Server: to, Wait: 10 * time.Millisecond, Tries: 200}
}

// A file arrives as it was sent, whatever its size, over wires that lose, repeat and delay.
func TestFilesArrive(t *testing.T) {
	sizes := []int{0, 1, 511, 512, 513, 1024, 5000, 100 * 512}
	for seed, loss := range []float64{0, 0.05, 0.2} {
		files := &shelf{files: map[string][]byte{}}
		to := serve(t, files, uint64(seed)*1000, loss)
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		for i, size := range sizes {
			data := make([]byte, size)
			for j := range data {
				data[j] = byte(r.Uint32())
			}
			blocks := 0
			c := client(t, to, uint64(seed*100+i), loss)
			c.Progress = func() { blocks++ }
			if err := c.Put(context.Background(), "a.cfg", data); err != nil {
				t.Fatalf("put %d, loss %v: %v", size, loss, err)
			}
			if blocks != size/BlockSize+1 {
				t.Errorf("%d octets in %d blocks", size, blocks)
			}
			if got, _ := files.Read("a.cfg"); !bytes.Equal(got, data) {
				t.Errorf("put %d, loss %v: %d octets arrived", size, loss, len(got))
			}
			got, err := client(t, to, uint64(seed*100+i+50), loss).Get(context.Background(), "a.cfg", 1<<20)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("get %d, loss %v: %d octets, %v", size, loss, len(got), err)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	to := serve(t, &shelf{files: map[string][]byte{"big": make([]byte, 2000)}}, 1, 0)
	var r *Refusal
	if _, err := client(t, to, 2, 0).Get(context.Background(), "none", 100); !errors.As(err, &r) || r.Code != CodeNotFound {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := client(t, to, 3, 0).Put(context.Background(), "/etc/x", nil); !errors.As(err, &r) || r.Code != CodeAccess {
		t.Errorf("a file that may not be: %v", err)
	}
	if _, err := client(t, to, 4, 0).Get(context.Background(), "big", 1999); !errors.Is(err, ErrTooBig) {
		t.Errorf("a file that is too big: %v", err)
	}
	if got, err := client(t, to, 5, 0).Get(context.Background(), "big", 2000); err != nil || len(got) != 2000 {
		t.Errorf("a file that just fits: %d, %v", len(got), err)
	}
	if err := client(t, to, 6, 0).Put(context.Background(), "huge", make([]byte, 5<<20)); !errors.As(err, &r) || r.Code != CodeFull {
		t.Errorf("a file beyond the server's limit: %v", err)
	}
}

// Silence, rubbish and wrong blocks end a transfer after so many tries, and make nothing of what came.
func TestHostileServers(t *testing.T) {
	data := func(block uint16, n int) []byte {
		return Packet{Op: OpData, Block: block, Data: make([]byte, n)}.Append(nil)
	}
	for name, answer := range map[string]func(n int) []byte{
		"silence":        func(int) []byte { return nil },
		"rubbish":        func(int) []byte { return []byte("rubbish") },
		"one octet":      func(int) []byte { return []byte{0} },
		"wrong block":    func(int) []byte { return data(7, 512) },
		"block 0":        func(int) []byte { return data(0, 512) },
		"first again":    func(int) []byte { return data(1, 512) },
		"oversized":      func(int) []byte { return append(data(1, 512), 1, 2, 3) },
		"acknowledgment": func(int) []byte { return Packet{Op: OpAck}.Append(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := socket(t, 1, 0)
			done := make(chan struct{})
			go func() {
				defer close(done)
				buf := make([]byte, 600)
				for n := 0; ; n++ {
					_, from, err := srv.ReadFrom(buf)
					if err != nil {
						return
					}
					if b := answer(n); b != nil {
						srv.WriteTo(b, from)
					}
				}
			}()
			defer func() { srv.Close(); <-done }()
			c := client(t, portOf(srv), 2, 0)
			c.Wait, c.Tries = time.Millisecond, 3
			if got, err := c.Get(context.Background(), "x", 1<<20); !errors.Is(err, ErrTimeout) || got != nil {
				t.Errorf("%d octets, %v", len(got), err)
			}
		})
	}
}

// A server that stays for lost acknowledgements takes further files all the same: also from a client that asks from the same
// port again.
func TestManyFiles(t *testing.T) {
	files := &shelf{files: map[string][]byte{}}
	main := socket(t, 1, 0)
	s := &Server{Files: files, Wait: time.Hour, Tries: 1, Open: func() (net.PacketConn, error) { return socket(t, 2, 0), nil }}
	done := make(chan struct{})
	go func() { s.Serve(main); close(done) }()
	t.Cleanup(func() { main.Close(); <-done; s.Close() })
	again := client(t, portOf(main), 3, 0)
	for i := range 3 * maxTransfers {
		c := again
		if i > 2 {
			c = client(t, portOf(main), uint64(i), 0)
		}
		c.Wait, c.Tries = time.Minute, 1
		if err := c.Put(t.Context(), fmt.Sprint(i), []byte("x")); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) > maxTransfers || len(s.done) > len(s.open) || len(files.files) != 3*maxTransfers {
		t.Errorf("%d open, %d of them done, %d files", len(s.open), len(s.done), len(files.files))
	}
}

// A stranger who answers first does not become the other side, and is told so when he comes later.
func TestStranger(t *testing.T) {
	srv, stranger := socket(t, 1, 0), socket(t, 2, 0)
	defer stranger.Close()
	done := make(chan struct{})
	told := make(chan Packet, 1)
	go func() {
		defer close(done)
		buf := make([]byte, 600)
		_, from, _ := srv.ReadFrom(buf)
		srv.WriteTo(Packet{Op: OpData, Block: 1, Data: make([]byte, 512)}.Append(nil), from)
		srv.ReadFrom(buf)
		stranger.WriteTo(Packet{Op: OpData, Block: 2, Data: []byte("evil")}.Append(nil), from)
		n, _, _ := stranger.ReadFrom(buf)
		p, _ := Parse(buf[:n])
		told <- p
		srv.WriteTo(Packet{Op: OpData, Block: 2, Data: []byte("good")}.Append(nil), from)
		srv.ReadFrom(buf)
	}()
	c := client(t, portOf(srv), 3, 0)
	c.Wait = time.Minute
	got, err := c.Get(context.Background(), "x", 1<<20)
	<-done
	srv.Close()
	if err != nil || !bytes.HasSuffix(got, []byte("good")) || bytes.Contains(got, []byte("evil")) {
		t.Errorf("%q, %v", got, err)
	}
	if p := <-told; p.Op != OpError || p.Code != CodeUnknownTID {
		t.Errorf("the stranger is told %+v", p)
	}
}

func TestCancel(t *testing.T) {
	srv := socket(t, 1, 0)
	defer srv.Close()
	ctx, cancel := context.WithCancel(context.Background())
	c := client(t, portOf(srv), 2, 0)
	c.Wait = time.Hour
	go func() {
		srv.ReadFrom(make([]byte, 600))
		cancel()
	}()
	if _, err := c.Get(ctx, "x", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range []Packet{
		{Op: OpRead, File: "a", Mode: "octet"}, {Op: OpData, Block: 3, Data: []byte("x")}, {Op: OpAck, Block: 9}, {Op: OpError, Code: 1, Text: "no"},
	} {
		f.Add(p.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(p.Append(nil))
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("%+v became %+v, %v", p, again, err)
		}
	})
}
