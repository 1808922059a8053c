package lab

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli/term"
	"pixsim/dataplane/hoststack"
	"pixsim/dataplane/link"
)

// mailbag is a session with a mail server that takes one message after another.
type mailbag struct {
	c       *SMTPClient
	message []byte
	spent   time.Duration
}

func (m *mailbag) send(b *testing.B) {
	b.Helper()
	start := time.Now()
	for _, line := range []string{"MAIL FROM:<a@example.net>", "RCPT TO:<b@example.com>"} {
		if r, err := m.c.Cmd(line); err != nil || !r.OK() {
			b.Fatalf("%s: %v %v", line, r, err)
		}
	}
	if r, err := m.c.Cmd("DATA"); err != nil || r.Code != 354 {
		b.Fatalf("DATA: %v %v", r, err)
	}
	if _, err := m.c.conn.Write(m.message); err != nil { // not by Data: it would be recorded
		b.Fatal(err)
	}
	if r, err := m.c.Reply(); err != nil || !r.OK() {
		b.Fatalf("end of data: %v %v", r, err)
	}
	m.spent += time.Since(start)
}

func (m *mailbag) rate(mails int) float64 {
	return float64(mails*len(m.message)) / 1e6 / m.spent.Seconds()
}

func newMailbag(b *testing.B, h *hoststack.Host, to netip.AddrPort, message []byte) *mailbag {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := h.Dial(ctx, netip.AddrPort{}, to)
	for err != nil && ctx.Err() == nil { // the box may not be up yet
		time.Sleep(20 * time.Millisecond)
		conn, err = h.Dial(ctx, netip.AddrPort{}, to)
	}
	if err != nil {
		b.Fatal(err)
	}
	m := &mailbag{c: NewSMTPClient(conn, 0), message: message}
	if r, err := m.c.Reply(); err != nil || r.Code != 220 {
		b.Fatalf("greeting: %v %v", r, err)
	}
	if r, err := m.c.Cmd("HELO client.example.net"); err != nil || !r.OK() {
		b.Fatalf("HELO: %v %v", r, err)
	}
	return m
}

// wired is a host on one wire with one that has the lab's mail server, and nothing in between.
func wired(b *testing.B) *hoststack.Host {
	near, far := wiredHosts(b)
	wiredMail(b, far)
	return near
}

// wiredHosts are two hosts of the lab's making on one wire.
func wiredHosts(b *testing.B) (near, far *hoststack.Host) {
	b.Helper()
	left, right := link.Pipe(1500)
	var hosts []*hoststack.Host
	for i, l := range []link.Link{left, right} {
		at := netip.PrefixFrom(MailAddr, 24)
		if i == 0 {
			at = netip.PrefixFrom(DeskAddr, 24)
		}
		h, err := hoststack.New(l, hoststack.Config{Name: "peer", MAC: [6]byte{2, 0, 0, 0, 0, byte(i)}, Addrs: []netip.Prefix{at}, Offload: true})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { h.Close() })
		hosts = append(hosts, h)
	}
	return hosts[0], hosts[1]
}

// wiredMail starts the lab's mail server on a host.
func wiredMail(b *testing.B, h *hoststack.Host) {
	b.Helper()
	store, err := NewStore("", nil)
	if err != nil {
		b.Fatal(err)
	}
	server := NewMailServer(MailConfig{Store: store, Log: NewMailLog(nil)})
	ln, err := h.Listen(netip.AddrPortFrom(MailAddr, 25))
	if err != nil {
		b.Fatal(err)
	}
	server.srv.background(ln)
	b.Cleanup(func() { server.Close() })
}

// boxed is the lab with a box in it; lines are added to its startup-config.
func boxed(b testing.TB, name string, o Options, lines ...string) *Lab {
	b.Helper()
	l, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	bootIn(b, l, name, l.Links(), lines...)
	return l
}

// bootIn puts a box into a lab, on links. Both end with the test.
func bootIn(b testing.TB, l *Lab, name string, links []link.Link, lines ...string) {
	b.Helper()
	rel, err := release.Parse(name)
	if err != nil {
		b.Fatal(err)
	}
	startup, err := StartupConfig(name)
	if err != nil {
		b.Fatal(err)
	}
	startup = strings.Join(append([]string{strings.TrimSuffix(startup, ": end\n")}, lines...), "\n") + "\n"
	key, err := labHostKey()
	if err != nil {
		b.Fatal(err)
	}
	flash := appliance.MemoryFlash(time.Now)
	if _, err := appliance.Seed(flash, startup); err != nil {
		b.Fatal(err)
	}
	line, far := newSerialLine()
	console := term.New(far, term.Options{})
	go io.Copy(io.Discard, line) // ends with the line
	box, err := appliance.New(appliance.Options{Release: rel, Flash: flash, Links: links, Console: console, HostKey: key,
		Now: time.Now, Rand: rand.New(rand.NewPCG(1, 2)), QuickBoot: true})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx) }()
	<-box.Ready()
	b.Cleanup(func() {
		cancel()
		line.Close()
		<-ended
		console.Close()
		l.Close()
	})
}

// BenchmarkMail sends mails of 1 MB from host to host: through Mailguard, and by turns the same on a bare wire between two
// such hosts, which is what the ratio relates it to.
func BenchmarkMail(b *testing.B) {
	message := stuffed(bytes.Repeat([]byte("A line of the message has seventy-eight octets with its end, as mailers do.\r\n"), 1<<20/78))
	for _, name := range []string{"pix-4.1", "pix-6.3", "asa-8.2"} {
		b.Run(name, func(b *testing.B) {
			guarded := newMailbag(b, boxed(b, name, Options{}).Host("client"), netip.AddrPortFrom(MailGlobal, 25), message)
			defer guarded.c.Close()
			bare := newMailbag(b, wired(b), netip.AddrPortFrom(MailAddr, 25), message)
			defer bare.c.Close()
			b.ResetTimer()
			for range b.N {
				guarded.send(b)
				bare.send(b)
			}
			b.StopTimer()
			b.ReportMetric(guarded.rate(b.N), "box-MB/s")
			b.ReportMetric(bare.rate(b.N), "wire-MB/s")
			b.ReportMetric(guarded.rate(b.N)/bare.rate(b.N), "box/wire")
		})
	}
}
