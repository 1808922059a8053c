package appliance_test

import (
	"bufio"
	"context"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"pixsim/appliance"
	"pixsim/appliance/config"
	"pixsim/dataplane"
	"pixsim/dataplane/packet"
	"pixsim/lab"
)

// A TCP syslog server that is not there stops new connections until it is; then it gets the messages.
func TestTCPSyslog(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{live: true})
	c := w.console
	c.configure()
	c.line("logging on")
	c.line("logging buffered errors")
	c.line("logging trap informational")
	c.line("logging host inside 10.1.1.20 tcp/1468")
	reaches := func(want bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
			conn, err := w.dial(ctx, "client", 0, netip.AddrPortFrom(lab.MailGlobal, 25))
			stop()
			if err == nil {
				conn.Close()
			}
			if (err == nil) == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("connections are made: %v, want %v", !want, want)
			}
		}
	}
	reaches(false)
	if got := c.line("show logging"); !strings.Contains(got, "201008: The PIX is disallowing new connections.") {
		t.Errorf("%q", got)
	}
	ln, err := w.lab.Host("desk").Listen(netip.AddrPortFrom(lab.DeskAddr, 1468))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reaches(true)
	conn.SetReadDeadline(time.Now().Add(patience))
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "<166>%PIX-6-302013: Built inbound TCP connection ") {
			return
		}
	}
	t.Errorf("no message of the connection: %v", lines.Err())
}

// The queue has the length that was configured, and counts what it loses.
func TestLoggingQueue(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	c := w.console
	c.configure()
	c.line("logging queue 100")
	if got := c.line("show logging queue"); !strings.Contains(got, "Logging Queue length limit: 100 msg(s)\r\n") || !strings.Contains(got, "0 msg discard.") {
		t.Errorf("%q", got)
	}
	c.line("no logging message 111008")
	c.line("logging message 302013 level debugging")
	if got := c.line("show logging disabled"); !strings.Contains(got, "no logging message 111008") || strings.Contains(got, "302013") {
		t.Errorf("%q", got)
	}
	if got := c.line("show logging message"); !strings.Contains(got, "syslog 111008: default-level notifications (disabled)\r\nsyslog 302013: default-level informational, current-level debugging (enabled)\r\n") {
		t.Errorf("%q", got)
	}
	if got := c.line("show logging message 403503"); !strings.Contains(got, "syslog 403503: default-level errors (enabled)\r\n") {
		t.Errorf("%q", got)
	}
	if got := c.line("no logging message 199005"); !strings.Contains(got, "199005 cannot be blocked") {
		t.Errorf("%q", got)
	}
	c.line("clear logging disabled")
	if got := c.line("show logging message"); strings.Contains(got, "111008") || !strings.Contains(got, "syslog 302013: ") {
		t.Errorf("%q", got)
	}
}

// A TCP server that does not answer holds up a server over UDP for one try, not for one with each message.
func TestSyslogBesideAnAbsentServer(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{live: true})
	desk, err := w.lab.Host("desk").ListenUDP(netip.AddrPortFrom(lab.DeskAddr, 514))
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	c := w.console
	c.configure()
	c.line("logging trap notifications")
	c.line("logging host inside 10.1.1.77 tcp/1468")
	c.line("logging host inside 10.1.1.20")
	c.line("logging on")
	const messages = 50 // at a second for each they would not come in time; more would not fit into the socket
	for i := range messages {
		c.line("hostname pix" + strconv.Itoa(i))
	}
	desk.SetReadDeadline(time.Now().Add(patience))
	last := "executed the 'hostname pix" + strconv.Itoa(messages-1) + "' command"
	for b := make([]byte, 2048); ; {
		n, _, err := desk.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b[:n]), last) {
			return
		}
	}
}

// A message goes to the servers that were configured when it was raised, however late its turn comes.
func TestSyslogOfTheTime(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	desk, err := w.lab.Host("desk").ListenUDP(netip.AddrPortFrom(lab.DeskAddr, 514))
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	none := w.box.Config()
	appliance.SendTrap(t.Context(), w.box, "first", []config.LogHost{{If: "inside", Addr: lab.DeskAddr, Proto: 17, Port: 514}}, none)
	desk.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, 2048)
	if n, _, err := desk.ReadFrom(b); err != nil || string(b[:n]) != "first" {
		t.Errorf("%q, %v", b[:n], err)
	}
}

// What the box says to somebody for the first time does not wait for an answer, behind which it could be overtaken: messages
// come in the order in which they were raised.
func TestSyslogOrder(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	first := appliance.FirstDatagram(t, w.rel)
	var d packet.Parsed
	d.Decode(first)
	if d.Kind != packet.KindUDP || packet.Ethernet(first).Dst() != dataplane.SelfMAC {
		t.Errorf("it is %v: %x", d.Kind, first)
	}
}

// A box whose interface has its address by DHCP asks for it while it boots.
func TestDHCPClientAtBoot(t *testing.T) {
	startup := strings.Replace(startupOf(t, "pix-6.3"), "ip address outside 203.0.113.1 255.255.255.0", "ip address outside dhcp", 1)
	w := newWorld(t, "pix-6.3", worldOptions{startup: startup})
	w.console.enable()
	w.shows("show ip address outside dhcp", "state:3 Bound")
}
