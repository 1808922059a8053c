package dataplane

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// A server may answer the box from any port, but only the server, only to the port that waits, and only while it waits.
func TestAwaitedAnswers(t *testing.T) {
	r := newRig(t, boxPolicy())
	wait := Answers{To: netip.MustParseAddrPort("10.1.1.1:4000"), From: mustAddr("10.1.1.2")}
	r.e.Do(func(s *State) {
		if !s.Await(wait) {
			t.Fatal("no room")
		}
	})
	r.expect(r.send(inPort, udp("10.1.1.2:1069", "10.1.1.1:4000", "data")), "self udp 10.1.1.2:1069 > 10.1.1.1:4000")
	r.expect(r.send(Self, udp("10.1.1.1:4000", "10.1.1.2:1069", "ack")), "inside udp 10.1.1.1:4000 > 10.1.1.2:1069")
	r.expect(r.send(inPort, udp("10.1.1.3:1069", "10.1.1.1:4000", "data")))
	r.expect(r.send(inPort, udp("10.1.1.2:1069", "10.1.1.1:4001", "data")))
	r.expect(r.send(outside, udp("10.1.1.2:1070", "10.1.1.1:4000", "data"))) // the far side's address
	r.e.Do(func(s *State) { s.Forget(wait) })
	r.wait(5 * time.Minute)
	r.expect(r.send(inPort, udp("10.1.1.2:1069", "10.1.1.1:4000", "data")))
}

func TestAwaitIsBounded(t *testing.T) {
	r := newRig(t, boxPolicy())
	n := 0
	r.e.Do(func(s *State) {
		for ; n < 1000 && s.Await(Answers{To: netip.AddrPortFrom(mustAddr("10.1.1.1"), uint16(n)), From: mustAddr("10.1.1.2")}); n++ {
		}
	})
	if n != maxAnswers {
		t.Errorf("%d", n)
	}
}

// Questions of DHCP clients, which have no address, reach the server of their interface and go nowhere else; its answers
// find them by their hardware addresses.
func TestDHCPQuestions(t *testing.T) {
	p := boxPolicy()
	p.ToBox.DHCP = []Port{inPort}
	r := newRig(t, p)
	var asked []Asked
	r.e.dhcp = func(a Asked) {
		a.Payload = append([]byte(nil), a.Payload...)
		asked = append(asked, a)
	}
	question := udp("0.0.0.0:68", "255.255.255.255:67", "hello")
	for _, c := range []struct {
		in   Port
		ip   []byte
		want bool
	}{
		{inPort, question, true},
		{inPort, udp("10.1.1.7:68", "10.1.1.1:67", "again"), true},
		{inPort, udp("10.1.1.7:68", "10.1.1.255:67", "again"), true},
		{outside, question, false},
		{inPort, udp("0.0.0.0:68", "255.255.255.255:69", "no"), false},
		{inPort, udp("10.1.1.7:68", "192.150.49.1:67", "far side"), false},
	} {
		asked = nil
		r.expect(r.send(c.in, c.ip))
		if (len(asked) == 1) != c.want {
			t.Errorf("%v: %d questions", c.ip, len(asked))
		}
	}
	mac := [6]byte{2, 0, 0, 9, 9, 9}
	r.out.Reset()
	r.e.begin(r.now, &r.out)
	r.e.Do(func(s *State) {
		s.SendDHCP(inPort, mac, netip.MustParseAddrPort("10.1.1.1:67"), netip.MustParseAddrPort("255.255.255.255:68"), []byte("offer"))
	})
	got := r.collect()
	r.expect(got, "inside udp 10.1.1.1:67 > 255.255.255.255:68")
	if len(got) == 1 && (got[0].eth.Dst() != mac || !strings.HasSuffix(string(got[0].IP), "offer")) {
		t.Errorf("%x", got[0].eth)
	}
}

// Without its syslog server the box makes no new connections; those that there are go on, and so do its own.
func TestDisallow(t *testing.T) {
	p := boxPolicy()
	r := newRig(t, p)
	first := r.send(inPort, syn("10.1.1.2:9", "8.8.8.8:80"))
	if len(first) != 1 {
		t.Fatal(lines(first))
	}
	r.e.Do(func(s *State) { s.Disallow(true) })
	r.expect(r.send(inPort, syn("10.1.1.2:10", "8.8.8.8:80")))
	r.event(EventDisallowed)
	if again := r.send(inPort, syn("10.1.1.2:9", "8.8.8.8:80")); len(again) != 1 {
		t.Errorf("an old connection: %s", lines(again))
	}
	r.expect(r.send(Self, udp("192.150.49.1:4000", "8.8.8.8:514", "log")), "outside udp 192.150.49.1:4000 > 8.8.8.8:514")
	r.e.Do(func(s *State) { s.Disallow(false) })
	if now := r.send(inPort, syn("10.1.1.2:11", "8.8.8.8:80")); len(now) != 1 {
		t.Errorf("afterwards: %s", lines(now))
	}
}

// Answers of DHCP servers reach the client of their interface, whatever address they are for while it has none, and only
// its own afterwards. Other interfaces hear nothing.
func TestDHCPAnswers(t *testing.T) {
	p := boxPolicy()
	p.ToBox.DHCPClient = []Port{outside}
	leased := p.Interfaces[outside].Addr
	for _, has := range []bool{false, true} {
		p.Interfaces[outside].Addr = netip.Prefix{}
		if has {
			p.Interfaces[outside].Addr = leased
		}
		r := newRig(t, p)
		var heard []Asked
		r.e.dhcp = func(a Asked) { heard = append(heard, a) }
		own := leased.Addr().String()
		for _, c := range []struct {
			in   Port
			ip   []byte
			want bool
		}{
			{outside, udp("192.150.49.254:67", "255.255.255.255:68", "offer"), true},
			{outside, udp("192.150.49.254:67", own+":68", "ack"), true},
			{outside, udp("192.150.49.254:67", "192.150.49.77:68", "ack"), !has},
			{outside, udp("192.150.49.254:1067", own+":68", "no server"), false},
			{inPort, udp("10.1.1.2:67", "255.255.255.255:68", "offer"), false},
			{outside, udp("192.150.49.254:67", "255.255.255.255:67", "a server"), false},
		} {
			heard = nil
			r.expect(r.send(c.in, c.ip))
			if (len(heard) == 1) != c.want || c.want && heard[0].To.Port() != 68 {
				t.Errorf("has an address: %v; %x: %+v", has, c.ip, heard)
			}
		}
		r.out.Reset()
		r.e.begin(r.now, &r.out)
		r.e.Do(func(s *State) {
			s.SendDHCP(outside, [6]byte{255, 255, 255, 255, 255, 255}, netip.MustParseAddrPort("0.0.0.0:68"), netip.MustParseAddrPort("255.255.255.255:67"), []byte("discover"))
		})
		r.expect(r.collect(), "outside udp 0.0.0.0:68 > 255.255.255.255:67")
	}
}
