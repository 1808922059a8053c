package dataplane

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

// pieces cuts a datagram as a wire with that MTU does.
func pieces(ip []byte, mtu int) (all [][]byte) {
	for cut := packet.Fragment(ip, mtu); ; {
		b := cut.Next(make([]byte, mtu))
		if b == nil {
			return all
		}
		all = append(all, b)
	}
}

func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func bigUDP(n int) []byte {
	ip := packet.AppendUDP(nil, packet.Header{Src: addr("10.1.1.2"), Dst: addr("192.150.49.10"), ID: 99}, 9, 53, payload(n))
	return ip
}

// whole puts together what left, by its own simple means.
func whole(t *testing.T, all []sent) packet.Packet {
	t.Helper()
	var ip []byte
	for _, s := range all {
		h := s.IP.HeaderLen()
		if ip == nil {
			ip = append(ip, s.IP[:h]...)
		}
		if s.IP.FragOffset() != len(ip)-h {
			t.Fatalf("fragment at %d, want %d", s.IP.FragOffset(), len(ip)-h)
		}
		ip = append(ip, s.IP[h:]...)
	}
	p := packet.IPv4(ip)
	p.SetTotalLen(len(ip))
	p.SetFrag(0, false)
	return packet.Packet{IP: p}
}

// Fragments in any order are put together, translated as one, and cut anew for the way out.
func TestFragments(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, mtu := range []int{1500, 576, 9000} {
		p := patPolicy()
		p.Interfaces[outside].MTU = mtu
		r := newRig(t, p)
		ip := bigUDP(6000)
		frags := pieces(ip, 1000)
		rnd.Shuffle(len(frags), func(i, j int) { frags[i], frags[j] = frags[j], frags[i] })
		frags = append(frags[:3:3], append([][]byte{frags[1]}, frags[3:]...)...) // one comes twice
		var got []sent
		for i, f := range frags {
			got = r.send(inPort, f)
			if len(got) > 0 && i != len(frags)-1 {
				t.Fatalf("mtu %d: left early", mtu)
			}
		}
		for _, s := range got {
			if len(s.IP) > mtu {
				t.Errorf("mtu %d: %d octets", mtu, len(s.IP))
			}
		}
		w := whole(t, got)
		if !w.TransportOK() || w.IP.Src() != addr("204.31.17.40") || w.UDP().SrcPort() != 1024 || !bytes.Equal(w.UDP().Payload(), payload(6000)) {
			t.Errorf("mtu %d: spoilt", mtu)
		}
		if r.e.assemblies.used != 0 {
			t.Error("an assembly is left")
		}
	}
}

func TestFragmentLimits(t *testing.T) {
	p := patPolicy()
	p.Rules.MaxFragments, p.Rules.FragmentChain = 3, 4
	r := newRig(t, p)
	first := func(id uint16) []byte {
		ip := bigUDP(3000)
		packet.IPv4(ip).SetID(id)
		return pieces(ip, 1000)[0]
	}
	for id := range uint16(5) {
		r.send(inPort, first(id))
	}
	if r.e.assemblies.used != 3 || r.dropped(DropFragment) != 2 {
		t.Errorf("%d assemblies, drops %v", r.e.assemblies.used, r.drops())
	}
	r.wait(6 * time.Second)
	if r.e.assemblies.used != 0 || r.dropped(DropFragment) != 5 {
		t.Errorf("%d assemblies, drops %v", r.e.assemblies.used, r.drops())
	}
	// A chain that is too long.
	for i, f := range pieces(bigUDP(6000), 1000) {
		if i < 6 {
			r.expect(r.send(inPort, f))
		}
	}
	// Overlap ends it all.
	frags := pieces(bigUDP(3000), 1000)
	r.send(inPort, frags[0])
	evil := append([]byte(nil), frags[1]...)
	packet.IPv4(evil).SetFrag(packet.IPv4(evil).FragOffset()-8, true)
	before := r.dropped(DropFragment)
	r.expect(r.send(inPort, evil))
	if r.dropped(DropFragment) != before+1 {
		t.Errorf("drops %v", r.drops())
	}
	r.expect(r.send(inPort, frags[1]))
	r.expect(r.send(inPort, frags[2]))
}

// With FragGuard a host gets 100 packets in fragments a second, and others theirs.
func TestFragGuardRate(t *testing.T) {
	p := basePolicy()
	p.Rules.Control, p.Rules.FragGuard = false, true
	r := newRig(t, p)
	send := func(to string) (n int) {
		cut := packet.Fragment(udp("10.1.1.2:1000", to, string(payload(900))), 576)
		for piece := cut.Next(make([]byte, 576)); piece != nil; piece = cut.Next(make([]byte, 576)) {
			n += len(r.send(inPort, piece))
		}
		return n
	}
	send("192.150.49.10:9")
	r.now = r.now.Truncate(time.Second).Add(time.Second)
	for i := range 150 {
		if got := send("192.150.49.10:9"); (got == 1) != (i < guardRate) {
			t.Fatalf("packet %d: %d leave", i, got)
		}
	}
	if send("192.150.49.11:9") != 1 {
		t.Error("another host gets none")
	}
	r.now = r.now.Add(time.Second)
	if send("192.150.49.10:9") != 1 {
		t.Error("a second later there is no room")
	}
}
