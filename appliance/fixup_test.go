package appliance_test

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/release"
	"pixsim/lab"
)

// plain is a greeting without a 2 or a 0 that a mask would keep.
const plain = "220 plain.example.com hello\r\n"

// greets serves the greeting on a port of the mail server's host.
func (w *world) greets(port uint16) {
	w.t.Helper()
	ln, err := w.lab.Host("mail").Listen(netip.AddrPortFrom(netip.Addr{}, port))
	if err != nil {
		w.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, plain)
			c.Close()
		}
	}()
	w.t.Cleanup(func() {
		ln.Close()
		<-done
	})
}

// masked reports whether a new connection to a port of the mail server's global address is inspected.
func (w *world) masked(port uint16) bool {
	w.t.Helper()
	c, err := w.dial(soon(w.t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, port))
	if err != nil {
		w.t.Fatalf("port %d: %v", port, err)
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		w.t.Fatalf("port %d: %v", port, err)
	}
	if strings.Contains(line, "example.com") != (line == plain || strings.Contains(line, "Microsoft")) {
		w.t.Fatalf("port %d: half a mask: %q", port, line)
	}
	return !strings.Contains(line, "example.com")
}

// fixup decides by the port that a connection goes to, for connections that begin after it. Without a port, no fixup
// clears all of the protocol's ports and puts 25 back (up to 6.3; smtp-inspection of a course, seen); from 7.0 on the
// words are converted.
func TestFixupPorts(t *testing.T) {
	ports := []uint16{25, 2525, 2526}
	steps := []struct {
		line   string
		masked []uint16
		upTo63 bool // later releases make something else of it
	}{
		{"show checksum", []uint16{25}, false},
		{"fixup protocol smtp 25", []uint16{25}, false},
		{"fixup protocol smtp 2525", []uint16{25, 2525}, false},
		{"no fixup protocol smtp 25", []uint16{2525}, false},
		{"fixup protocol smtp 25", []uint16{25, 2525}, false},
		{"fixup protocol smtp 2526", []uint16{25, 2525, 2526}, false},
		{"no fixup protocol smtp 2525", []uint16{25, 2526}, false},
		{"no fixup protocol smtp 2524", []uint16{25, 2526}, false},
		{"no fixup protocol smtp 2526", []uint16{25}, false},
		{"fixup protocol smtp 2525-2526", []uint16{25, 2525, 2526}, false},
		{"no fixup protocol smtp 25", []uint16{2525, 2526}, false},
		{"no fixup protocol smtp 2525-2526", nil, false},
		{"fixup protocol smtp", []uint16{25}, false},
		{"fixup protocol smtp 2525", []uint16{25, 2525}, false},
		{"no fixup protocol smtp", []uint16{25}, true},
		{"no fixup protocol smtp 25", nil, true},
		{"no fixup protocol smtp", []uint16{25}, true},
	}
	for _, name := range releases {
		rel := named(t, name)
		if release.Until(release.V(4, 1)).Holds(rel) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			for _, p := range ports[1:] {
				w.greets(p)
			}
			w.console.configure()
			w.console.line(w.rule(2525))
			w.console.line(w.rule(2526))
			for _, s := range steps {
				if s.upTo63 && rel.Console.Caret {
					break
				}
				w.console.line(s.line)
				for _, p := range ports {
					if got, want := w.masked(p), slices.Contains(s.masked, p); got != want {
						t.Fatalf("after %q port %d masked: %v, want %v\n%s", s.line, p, got, want, w.running())
					}
				}
			}
		})
	}
}

// inspect smtp is taken from 7.0 on and is inspect esmtp from then on: EHLO passes, and the reply loses what is unknown.
// The engine of seven verbs is an option of the simulator: to it EHLO is one of the refused.
func TestInspectSMTP(t *testing.T) {
	for _, name := range releases {
		if !named(t, name).SMTP.ESMTP {
			continue
		}
		for _, engine := range []string{"esmtp", "smtp"} {
			t.Run(name+"/"+engine, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, name, worldOptions{options: []string{"engine=" + engine}})
				w.console.configure()
				w.console.line("no fixup protocol smtp 25")
				if w.masked(25) {
					t.Fatal("masked without an inspection")
				}
				for _, line := range []string{"policy-map global_policy", "class inspection_default", "inspect smtp"} {
					w.console.line(line)
				}
				text := w.running()
				if !strings.Contains(text, "\n  inspect esmtp \n") || strings.Contains(text, "inspect smtp") {
					t.Errorf("inspect smtp is kept as\n%s", text)
				}
				if !w.masked(25) {
					t.Error("not masked")
				}
				got := w.saw("EHLO client.example.net")
				want := "EHLO client.example.net"
				if engine == "smtp" {
					want = "XXXXXXXXXXXXXXXXXXXXXXX"
				}
				if got != want {
					t.Errorf("the server got %q for EHLO, want %q", got, want)
				}
			})
		}
	}
}

// saw is what reached the mail server of a line that a client sent first.
func (w *world) saw(line string) string {
	w.t.Helper()
	c, err := w.dial(soon(w.t), "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	read := func() {
		if _, err := r.ReadString('\n'); err != nil {
			w.t.Fatal(err)
		}
	}
	read()
	begin := len(w.lab.Mail().Log().Entries())
	send(w.t, c, line)
	read()
	for _, e := range w.lab.Mail().Log().Entries()[begin:] {
		if e.Kind == lab.FromClient {
			return strings.TrimRight(e.Text, "\r\n")
		}
	}
	return ""
}

func send(t *testing.T, c net.Conn, line string) {
	t.Helper()
	if _, err := io.WriteString(c, line+"\r\n"); err != nil {
		t.Fatal(err)
	}
}
