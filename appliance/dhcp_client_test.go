package appliance_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/appliance/dhcp"
	"pixsim/lab"
)

// shows types a line until its output has a text: what the DHCP client does takes a moment.
func (w *world) shows(line, want string) {
	w.t.Helper()
	w.showsAfter(0, line, want)
}

// showsAfter sets the clock ahead before each look.
func (w *world) showsAfter(d time.Duration, line, want string) {
	w.t.Helper()
	got := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		w.clock.advance(d)
		if got = w.console.line(line); strings.Contains(got, want) {
			return
		}
	}
	w.t.Fatalf("%s: %q, want %q", line, got, want)
}

// ask has the box ask for the address of outside.
func (w *world) ask(words string) {
	w.t.Helper()
	w.console.configure()
	w.console.line("no pager")
	w.console.line("terminal width 200")
	w.console.line("logging on")
	w.console.line("logging buffered informational")
	w.console.line("no route outside 0 0")
	if got := w.console.line("ip address outside dhcp" + words); strings.Count(got, "\n") != 1 {
		w.t.Errorf("%q", got)
	}
}

// The address comes from the provider, and with setroute the way out: the box is reached and reaches others, and what is
// written down stays "dhcp".
func TestDHCPClient(t *testing.T) {
	for _, name := range []string{"pix-6.0", "pix-6.3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, name, worldOptions{})
			w.ask(" setroute")
			w.shows("show ip address", "ip address outside 203.0.113.100 255.255.255.0\r\n")
			w.shows("show ip address outside dhcp", "Temp IP Addr:203.0.113.100 for peer on interface:outside\r\n"+
				"Temp sub net mask:255.255.255.0\r\n   DHCP Lease server:203.0.113.253, state:3 Bound\r\n")
			w.shows("show ip address outside dhcp lease", "   Lease:3600 secs,  Renewal:1800 secs,  Rebind:3150 secs\r\n"+
				"   Temp default-gateway addr:203.0.113.254\r\n   Next timer fires after:1800 secs\r\n   Retry count:0,   Client-ID:cisco-")
			w.shows("show route", "\toutside 0.0.0.0 0.0.0.0 203.0.113.254 1 DHCP static\r\n\toutside 203.0.113.0 255.255.255.0 203.0.113.100 1 CONNECT static\r\n")
			w.shows("show interface", "IP address 203.0.113.100, subnet mask 255.255.255.0\r\n")
			w.shows("ping 198.51.100.25", "198.51.100.25 response received")
			if _, err := w.lab.Host("client").Ping(soon(t), netip.Addr{}, netip.MustParseAddr("203.0.113.100"), 32); err != nil {
				t.Error(err)
			}
			w.shows("show logging", "604101: DHCP client interface outside: Allocated ip = 203.0.113.100, mask = 255.255.255.0, gw = 203.0.113.254\r\n")
			got := w.console.line("write terminal")
			if !strings.Contains(got, "\r\nip address outside dhcp setroute\r\n") || strings.Contains(got, "203.0.113.100") || strings.Contains(got, "route outside") {
				t.Errorf("%q", got)
			}
			if got := w.console.line("show ip address inside dhcp"); strings.Count(got, "\n") != 1 {
				t.Errorf("%q", got)
			}
		})
	}
}

// givenBack waits until the provider has its address back.
func (w *world) givenBack() {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if len(w.lab.ISP().Bindings()) == 0 {
			if s := w.lab.ISP().Stats(); s.Release != 1 {
				w.t.Errorf("%+v", s)
			}
			return
		}
	}
	w.t.Error("the address was not given back")
}

// Without setroute there is no way out; without the line, by whatever command, the server gets its address back.
func TestDHCPClientReleases(t *testing.T) {
	for _, end := range []string{"no ip address outside dhcp", "clear ip address", "ip address outside 203.0.113.7 255.255.255.0"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "pix-6.3", worldOptions{})
			w.ask("")
			w.shows("show ip address", "outside 203.0.113.100 ")
			if got := w.console.line("show route"); strings.Contains(got, "0.0.0.0 0.0.0.0 203") {
				t.Errorf("%q", got)
			}
			if n := len(w.lab.ISP().Bindings()); n != 1 {
				t.Fatalf("%d bindings", n)
			}
			w.console.line(end)
			w.shows("show logging", "604102: DHCP client interface outside: address released\r\n")
			if got := w.console.line("show ip address"); strings.Contains(got, "203.0.113.100") {
				t.Errorf("%q", got)
			}
			w.givenBack()
		})
	}
}

// The lease is renewed at half of its time, and is over where nobody answers any more; what is typed once more asks once more.
func TestDHCPClientTerm(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.ask(" setroute retry 5")
	w.shows("show ip address outside dhcp", "state:3 Bound")
	before := w.lab.ISP().Stats().Request
	w.clock.advance(31 * time.Minute)
	w.shows("show ip address outside dhcp", "Next timer fires after:1800 secs")
	if n := w.lab.ISP().Stats().Request; n != before+1 {
		t.Errorf("%d requests", n-before)
	}
	w.lab.ISP().Down(true)
	w.clock.advance(31 * time.Minute)
	w.shows("show ip address outside dhcp", "state:4 Renewing")
	w.clock.advance(24 * time.Minute)
	w.shows("show ip address outside dhcp", "state:5 Rebinding")
	w.shows("show ip address", "outside 203.0.113.100 ")
	w.clock.advance(10 * time.Minute)
	w.shows("show ip address outside dhcp", "Temp IP Addr:0.0.0.0 for peer on interface:outside\r\nTemp sub net mask:0.0.0.0\r\n   DHCP Lease server:0.0.0.0, state:1 Selecting")
	if got := w.console.line("show ip address") + w.console.line("show route"); strings.Contains(got, "203.0.113") {
		t.Errorf("%q", got)
	}
	w.showsAfter(10*time.Second, "show ip address outside dhcp", "state:0 Initial")
	w.shows("show ip address outside dhcp", "Retry count:5")
	w.lab.ISP().Down(false)
	w.console.line("ip address outside dhcp setroute")
	w.shows("show ip address outside dhcp", "state:3 Bound")
	w.lab.ISP().Forget() // its server refuses: there is a new beginning after a pause
	w.console.line("ip address outside dhcp setroute")
	w.shows("show ip address", "System IP Addresses:\r\n\tip address inside")
	w.clock.advance(11 * time.Second)
	w.shows("show ip address outside dhcp", "state:3 Bound")
}

// What the provider tells of name servers and the domain goes on to the clients of dhcpd, but for what is typed there.
func TestDHCPAutoConfig(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.lab.ISP().Change(func(p *dhcp.Pool) { p.WINS = []netip.Addr{netip.MustParseAddr("198.51.100.30")} })
	w.ask(" setroute")
	for _, line := range []string{"dhcpd address 10.1.1.100-10.1.1.109 inside", "dhcpd ping_timeout 100", "dhcpd wins 10.1.1.7", "dhcpd auto_config outside", "dhcpd enable inside"} {
		w.console.line(line)
	}
	w.shows("show ip address outside dhcp", "state:3 Bound")
	n := w.lab.Plug(lab.Inside, [6]byte{2, 0, 0, 9, 9, 1})
	defer n.Close()
	l, err := n.Lease(soon(t))
	if err != nil || len(l.DNS) != 1 || l.DNS[0] != lab.ClientAddr || l.Domain != "example.net" || len(l.WINS) != 1 || l.WINS[0] != netip.MustParseAddr("10.1.1.7") {
		t.Errorf("%+v, %v", l, err)
	}
	w.console.line("no dhcpd auto_config")
	if l, err := n.Renew(soon(t), l); err != nil || l.DNS != nil || l.Domain != "" {
		t.Errorf("%+v, %v", l, err)
	}
}

// watch opens a second console that has debuggings on.
func (w *world) watch(commands ...string) *screen {
	s := w.telnet("watcher", 0)
	s.enable()
	for _, c := range commands {
		s.line(c)
	}
	return s
}

func (s *screen) comes(texts ...string) {
	s.t.Helper()
	for _, want := range texts {
		if _, err := s.await(func(text string, _ bool) bool { return strings.Contains(text, want) }); err != nil {
			s.t.Errorf("%q does not come: %v", want, err)
		}
	}
}

// An address in the network of another interface is not taken, and the box gives up in the end.
func TestDHCPClientRefuses(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.lab.ISP().Change(func(p *dhcp.Pool) {
		p.Server, p.First, p.Last = netip.MustParsePrefix("10.1.1.253/24"), netip.MustParseAddr("10.1.1.100"), netip.MustParseAddr("10.1.1.109")
	})
	s := w.watch("debug dhcpc error")
	w.ask("")
	s.comes("DHCP:unusable answer of 10.1.1.253 ignored\r\n")
	w.showsAfter(10*time.Second, "show ip address outside dhcp", "state:0 Initial")
	s.comes("%Unknown DHCP problem.. No allocation possible\r\n")
	if got := w.console.line("show ip address"); strings.Contains(got, "outside") || w.lab.ISP().Stats().Request != 0 {
		t.Errorf("%q", got)
	}
}

// debug dhcpc shows each message, and what was understood of it, to who has asked.
func TestDebugDHCPC(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.lab.ISP().Down(true)
	s := w.watch("terminal width 200", "debug dhcpc packet", "debug dhcpc detail", "show debug")
	s.comes("debug dhcpc packet\r\ndebug dhcpc detail\r\n")
	w.ask(" setroute")
	s.comes("DHCP:SDiscover attempt # 1 for entry:\r\nTemp IP Addr:0.0.0.0 for peer on interface:outside\r\n", "DHCP packet to 255.255.255.255 from 0.0.0.0\r\n")
	w.lab.ISP().Down(false)
	w.clock.advance(2 * time.Second)
	s.comes("DHCP:SDiscover attempt # 2 for entry:", "DHCP client msg received, fip=203.0.113.253, fport=67\r\nDHCP:Received a BOOTREP pkt\r\n",
		"DHCP:Scan:Message type:DHCP Offer\r\nDHCP:Scan:Server ID Option:203.0.113.253\r\nDHCP:Scan:Lease Time:3600\r\nDHCP:Scan:Subnet Address Option:255.255.255.0\r\n"+
			"DHCP:Scan:DNS Name Server Option:198.51.100.25\r\nDHCP:Scan:Domain Name:example.net\r\n",
		"DHCP:SRequest attempt # 1 for entry:\r\nTemp IP Addr:203.0.113.100 ", "DHCP:Scan:Message type:DHCP Ack",
		"Allocated IP address = 203.0.113.100, netmask = 255.255.255.0, gateway = 203.0.113.254\r\n")
	w.console.line("no ip address outside dhcp")
	s.comes("DHCP:SRelease ", "DHCP packet to 203.0.113.253 from 203.0.113.100\r\n")
	if text := w.console.String(); strings.Contains(text, "SDiscover") {
		t.Error("a console that has not asked for it is told")
	}
}

// A reload forgets the lease and asks for one again; a box that is shut down meanwhile asks for nothing.
func TestDHCPClientReload(t *testing.T) {
	w := newWorld(t, "pix-6.3", worldOptions{})
	w.ask(" setroute")
	w.shows("show ip address outside dhcp", "state:3 Bound")
	w.console.line("write memory")
	before := w.lab.ISP().Stats().Discover
	w.console.line("interface ethernet0 shutdown")
	w.console.line("interface ethernet0 auto shutdown")
	w.shows("show logging", "604102: ")
	w.console.line("show ip address")
	if n := w.lab.ISP().Stats().Discover; n != before {
		t.Errorf("%d discovers of an interface that is down", n-before)
	}
	w.console.line("reload noconfirm")
	if _, err := w.console.await(func(text string, _ bool) bool {
		return strings.HasSuffix(text, "pixfirewall> ") && strings.Count(text, "Rebooting") > 0
	}); err != nil {
		t.Fatal(err)
	}
	w.console.enable()
	w.shows("show ip address outside dhcp", "state:3 Bound")
}

// From 7.0 on the line belongs to the interface; it does the same.
func TestDHCPClientASA(t *testing.T) {
	w := newWorld(t, "asa-8.2", worldOptions{})
	w.console.configure()
	for _, line := range []string{"terminal pager 0", "no route outside 0 0 203.0.113.254", "interface Ethernet0/0", "ip address dhcp setroute"} {
		w.console.line(line)
	}
	w.shows("show ip address", "Ethernet0/0              outside                203.0.113.100   255.255.255.0   DHCP")
	w.shows("show route", "0.0.0.0 0.0.0.0 [1/0] via 203.0.113.254, outside\r\n")
	w.shows("show ip address outside dhcp lease", "state:3 Bound")
	if got := w.console.line("show running-config interface"); !strings.Contains(got, " ip address dhcp setroute") || strings.Contains(got, "203.0.113.100") {
		t.Errorf("%q", got)
	}
	w.console.line("no ip address")
	w.shows("show ip address outside dhcp lease", "lease\r\nciscoasa(config-if)# ")
	w.givenBack()
}
