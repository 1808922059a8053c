package appliance_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"pixsim/lab"
)

// nameServer is a name server on a lab host: it says the addresses that it was told, of every name.
type nameServer struct {
	mu    sync.Mutex
	addrs []netip.Addr
	ttl   uint32
	asked int
}

func (s *nameServer) says(ttl uint32, addrs ...netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addrs, s.ttl = addrs, ttl
}

func (s *nameServer) questions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// answer makes the answer of a question: the question again, and a record for each address.
func (s *nameServer) answer(q []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	a := append([]byte(nil), q...)
	a[2] |= 0x80
	binary.BigEndian.PutUint16(a[6:], uint16(len(s.addrs)))
	for _, addr := range s.addrs {
		a = append(a, 0xc0, 12, 0, 1, 0, 1)
		a = binary.BigEndian.AppendUint32(a, s.ttl)
		a = append(append(a, 0, 4), addr.AsSlice()...)
	}
	return a
}

func (s *nameServer) serve(conn net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, who, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		conn.WriteTo(s.answer(buf[:n]), who)
	}
}

// until types a line again and again until its screen has text.
func until(t *testing.T, c *screen, line, text string) string {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		got := c.line(line)
		if strings.Contains(got, text) {
			return got
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %q has not %q", line, got, text)
		}
	}
}

// A line of a list that names a name lets in whom the name stands for: nobody until a server has said it, and nobody any more
// who has not been said again for long enough.
func TestNamesOfObjects(t *testing.T) {
	w := newWorld(t, "asa-8.4", worldOptions{})
	conn, err := w.lab.Host("desk").ListenUDP(netip.AddrPortFrom(lab.DeskAddr, 53))
	if err != nil {
		t.Fatal(err)
	}
	server, done := &nameServer{}, make(chan struct{})
	go func() { defer close(done); server.serve(conn) }()
	t.Cleanup(func() { conn.Close(); <-done })

	c := w.console
	c.configure()
	for _, l := range []string{
		"terminal pager 0", "clear configure access-group", "object network friend", "fqdn mail.example.org", "object-group network friends", "network-object object friend",
		"access-list names extended permit tcp object-group friends host 10.1.1.10 eq smtp", "access-group names in interface outside",
		"access-list names extended deny ip host 192.0.2.200 any",
	} {
		c.line(l)
	}
	has := func(got string, want ...string) {
		t.Helper()
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%q is not in\n%s", text, got)
			}
		}
	}
	const fqdn = "  access-list names line 1 extended permit tcp fqdn mail.example.org "
	has(c.line("show access-list names"), fqdn+"(unresolved) host 10.1.1.10 eq smtp (hitcnt=0) 0x")
	opens := func(port uint16) error {
		conn, err := w.dial(soon(t), "client", port, netip.AddrPortFrom(lab.MailGlobal, 25))
		if err == nil {
			conn.Close()
		}
		return err
	}
	refused := func() bool {
		return strings.Contains(c.line("packet-tracer input outside tcp 198.51.100.25 4000 203.0.113.10 25"), "Action: drop")
	}
	if !refused() {
		t.Error("a name that nobody knows lets in")
	}

	server.says(600, lab.ClientAddr, netip.MustParseAddr("192.0.2.7"))
	for _, l := range []string{"dns domain-lookup outside", "dns server-group DefaultDNS", "name-server 10.1.1.20", "retries 0", "timeout 30"} {
		c.line(l)
	}
	time.Sleep(3 * 200 * time.Millisecond)
	if n := server.questions(); n != 0 {
		t.Errorf("%d questions by an interface that is not to be used", n)
	}
	c.line("dns domain-lookup inside")
	got := until(t, c, "show access-list names", "(resolved)")
	has(got, fqdn+"(resolved) host 10.1.1.10 eq smtp", "  access-list names line 1 extended permit tcp host 198.51.100.25 (mail.example.org) host 10.1.1.10 eq smtp (hitcnt=0) 0x",
		"permit tcp host 192.0.2.7 (mail.example.org) host 10.1.1.10 eq smtp")
	has(c.line("show dns"), "Name: mail.example.org\r\n  Address: 192.0.2.7                               TTL 00:10:00\r\n  Address: 198.51.100.25")
	if err := opens(4001); err != nil {
		t.Fatal(err)
	}
	has(c.line("show access-list names"), "permit tcp host 198.51.100.25 (mail.example.org) host 10.1.1.10 eq smtp (hitcnt=1)",
		"permit tcp object-group friends host 10.1.1.10 eq smtp (hitcnt=1)")
	if got := c.line("show running-config access-list names"); strings.Contains(got, "198.51.100.25") {
		t.Errorf("what was looked up is configuration: %q", got)
	}
	has(c.line("packet-tracer input outside tcp 198.51.100.25 4000 203.0.113.10 25"), "access-list names extended permit tcp object-group friends host 10.1.1.10 eq smtp")

	// Another address is said when the first ones have expired: they go when the timer of expired ones is over.
	server.says(3600, netip.MustParseAddr("192.0.2.9"))
	w.clock.advance(10*time.Minute + time.Second)
	has(until(t, c, "show access-list names", "192.0.2.9"), "198.51.100.25")
	w.clock.advance(time.Minute)
	for end := time.Now().Add(patience); strings.Contains(c.line("show access-list names"), "198.51.100.25"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was not said again stays")
		}
	}
	if !refused() {
		t.Error("an address that has expired lets in")
	}

	// What is cleared is asked for again; names that no line names any more are not.
	server.says(3600, lab.ClientAddr)
	if got := c.line("clear dns host mail.example.org"); strings.Contains(got, "ERROR") {
		t.Error(got)
	}
	until(t, c, "show dns", "198.51.100.25")
	c.line("no access-list names extended permit tcp object-group friends host 10.1.1.10 eq smtp")
	c.line("no object-group network friends")
	if got := c.line("show dns"); strings.Contains(got, "198.51.100.25") {
		t.Errorf("%q", got)
	}
}
