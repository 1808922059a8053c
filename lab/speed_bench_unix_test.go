//go:build unix

package lab

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pixsim/dataplane/hoststack"

	"golang.org/x/sys/unix"
)

// lane is one of the two ways that a benchmark of speed goes by turns, the time it took there, and that of the processors, which
// what else the machine does disturbs less.
type lane struct {
	from       *hoststack.Host
	to         netip.AddrPort
	spent, cpu time.Duration
}

// turn is one piece of work.
func (c *lane) turn(work func(*lane)) {
	start, used := time.Now(), processors()
	work(c)
	c.spent += time.Since(start)
	c.cpu += processors() - used
}

// processors is the time that this process had of them.
func processors() time.Duration {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLabBulk sends TCP from desk to client through the box, uninspected, and by turns the same between two such hosts
// on a bare wire.
func BenchmarkLabBulk(b *testing.B) {
	for _, streams := range []int{1, 8} {
		b.Run(map[int]string{1: "1-stream", 8: "8-streams"}[streams], func(b *testing.B) {
			const port, share = 5001, 64 << 20 // octets of a turn
			l := boxed(b, "asa-9.1", Options{})
			near, far := wiredHosts(b)
			box := &lane{from: l.Host("desk"), to: netip.AddrPortFrom(ClientAddr, port)}
			wire := &lane{from: near, to: netip.AddrPortFrom(MailAddr, port)}
			pour := map[*lane]func(){box: pouring(b, box, l.Host("client"), streams, share), wire: pouring(b, wire, far, streams, share)}
			b.SetBytes(share)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for _, c := range []*lane{box, wire} {
					c.turn(func(c *lane) { pour[c]() })
				}
			}
			b.StopTimer()
			report(b, box, wire, float64(b.N)*8*share/1e9, "Gb/s", "Gb")
		})
	}
}

// report gives the rates and the time of the processors for a piece, of the box and of the bare wire, and their ratio.
func report(b *testing.B, box, wire *lane, pieces float64, unit, piece string) {
	rate := func(c *lane) float64 { return pieces / c.spent.Seconds() }
	b.ReportMetric(rate(box), "box-"+unit)
	b.ReportMetric(rate(wire), "wire-"+unit)
	b.ReportMetric(rate(box)/rate(wire), "box/wire")
	b.ReportMetric(float64(box.cpu.Microseconds())/pieces, "box-cpu-µs/"+piece)
	b.ReportMetric(float64(wire.cpu.Microseconds())/pieces, "wire-cpu-µs/"+piece)
}

// pouring connects streams to a sink on host; what it returns sends octets over all of them together and waits until they
// have arrived.
func pouring(b *testing.B, c *lane, sink *hoststack.Host, streams, octets int) func() {
	b.Helper()
	ln, err := sink.Listen(netip.AddrPortFrom(netip.Addr{}, c.to.Port()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ln.Close() })
	share := octets / streams
	chunk := make([]byte, 128<<10)
	var pairs [][2]net.Conn
	for range streams {
		out := dialed(b, c.from, c.to)
		in, err := ln.Accept()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { out.Close(); in.Close() })
		pairs = append(pairs, [2]net.Conn{out, in})
	}
	return func() {
		var all sync.WaitGroup
		for _, p := range pairs {
			all.Go(func() {
				for sent := 0; sent < share; sent += len(chunk) {
					if _, err := p[0].Write(chunk); err != nil {
						b.Error(err)
						return
					}
				}
			})
			all.Go(func() {
				room := make([]byte, 128<<10)
				for got := 0; got < share; {
					n, err := p[1].Read(room)
					if err != nil {
						b.Error(err)
						return
					}
					got += n
				}
			})
		}
		all.Wait()
	}
}

// dialed tries until the box is up.
func dialed(b *testing.B, h *hoststack.Host, to netip.AddrPort) net.Conn {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		c, err := h.Dial(ctx, netip.AddrPort{}, to)
		if err == nil {
			return c
		}
		if ctx.Err() != nil {
			b.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// BenchmarkLabSMTP counts mail transactions from client to mail, through the inspection of port 25 and, by turns, on a bare
// wire: with a connection for each message, and with connections that are used again.
func BenchmarkLabSMTP(b *testing.B) {
	message := stuffed(bytes.Repeat([]byte("A line of the message has seventy-eight octets with its end, as mailers do.\r\n"), 13))
	for _, reused := range []bool{false, true} {
		b.Run(map[bool]string{false: "connection-each", true: "reused"}[reused], func(b *testing.B) {
			const clients, each = 16, 8
			l := boxed(b, "asa-9.1", Options{})
			near, far := wiredHosts(b)
			wiredMail(b, far)
			box := &lane{from: l.Host("client"), to: netip.AddrPortFrom(MailGlobal, 25)}
			wire := &lane{from: near, to: netip.AddrPortFrom(MailAddr, 25)}
			postmen := map[*lane][]*postman{}
			for _, c := range []*lane{box, wire} {
				for range clients {
					m := &postman{lane: c, message: message, reused: reused}
					m.begin(b)
					postmen[c] = append(postmen[c], m)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				for _, c := range []*lane{box, wire} {
					c.turn(func(c *lane) {
						var all sync.WaitGroup
						for _, m := range postmen[c] {
							all.Go(func() { m.run(b, each) })
						}
						all.Wait()
					})
				}
			}
			b.StopTimer()
			report(b, box, wire, float64(b.N*clients*each), "mails/s", "mail")
		})
	}
}

// postman is a client that sends mails one after the other. What it sends is made beforehand, as by smtp-source.
type postman struct {
	*lane
	message []byte
	reused  bool
	conn    net.Conn
	room    [512]byte
}

func (m *postman) begin(b *testing.B) {
	b.Helper()
	m.conn = dialed(b, m.from, m.to)
	m.expect(b, "220", "")
	m.expect(b, "250", "HELO client.example.net\r\n")
	if !m.reused {
		m.end(b)
	}
}

func (m *postman) end(b *testing.B) {
	m.expect(b, "221", "QUIT\r\n")
	m.conn.Close()
}

func (m *postman) run(b *testing.B, mails int) {
	for range mails {
		if !m.reused {
			c, err := m.from.Dial(context.Background(), netip.AddrPort{}, m.to)
			if err != nil {
				b.Error(err)
				return
			}
			m.conn = c
			m.expect(b, "220", "")
			m.expect(b, "250", "HELO client.example.net\r\n")
		}
		m.expect(b, "250", "MAIL FROM:<a@example.net>\r\n")
		m.expect(b, "250", "RCPT TO:<b@example.com>\r\n")
		m.expect(b, "354", "DATA\r\n")
		m.expect(b, "250", string(m.message))
		if !m.reused {
			m.end(b)
		}
	}
}

// expect sends what is there and reads one reply of one line.
func (m *postman) expect(b *testing.B, code, send string) {
	if send != "" {
		if _, err := io.WriteString(m.conn, send); err != nil {
			b.Error(err)
			return
		}
	}
	n := 0
	for n == 0 || m.room[n-1] != '\n' {
		k, err := m.conn.Read(m.room[n:])
		if n += k; err != nil {
			b.Errorf("%q: %v", send, err)
			return
		}
	}
	if string(m.room[:3]) != code {
		b.Errorf("%q: %q", send, m.room[:n])
	}
}
