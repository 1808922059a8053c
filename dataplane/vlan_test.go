package dataplane

import (
	"fmt"
	"slices"
	"testing"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// trunkPolicy has the dmz in VLAN 10 on the wire of the inside, with a server that everybody may reach.
func trunkPolicy() *Policy {
	p := basePolicy()
	p.Interfaces[dmz].VLAN, p.Interfaces[dmz].Trunk = 10, inPort
	p.Interfaces[dmz].MAC = p.Interfaces[inPort].MAC
	p.Statics = []Static{{ID: 900, RealIf: dmz, MappedIf: outside, Real: pfx("172.16.0.2/32"), Mapped: pfx("192.150.49.20/32")}}
	p.Conduits = list(rule(true, 0, "any", "any", 0))
	return p
}

// onWire puts a frame on a wire, with a tag unless vlan is negative, and says what leaves the box because of it: the wire,
// the VLAN where the frame has one, and the packet. Who is asked for by ARP answers in the VLAN that he is asked in.
func (r *rig) onWire(on Port, vlan int, f link.Frame) (got []string) {
	r.out.Reset()
	for asked := []link.Frame{inVLAN(vlan, f)}; len(asked) > 0; {
		r.e.Step(r.now, on, asked, &r.out)
		asked = nil
		for p, frames := range r.out.All() {
			for _, f := range frames {
				eth, id := packet.Ethernet(slices.Clone(f.Bytes())), -1
				if v, tagged := eth.VLAN(); tagged {
					eth, id = packet.Untag(eth), int(v)
				}
				if a := packet.ARP(eth.Payload()); eth.Type() == packet.TypeARP {
					got = append(got, fmt.Sprintf("%d.%d arp %v", p, id, packet.Addr(a.TargetIP())))
					if a.Op() == packet.ARPRequest {
						b := packet.AppendEthernet(make([]byte, headroom), eth.Src(), macOf(a.TargetIP()), packet.TypeARP)
						b = packet.AppendARP(b, packet.ARPReply, macOf(a.TargetIP()), a.TargetIP(), eth.Src(), a.SenderIP())
						asked = append(asked, inVLAN(id, link.Frame{Buf: b, Off: headroom, Len: len(b) - headroom}))
						on = p
					}
					continue
				}
				s := sent{port: p, eth: eth, Packet: packet.Packet{IP: packet.IPv4(eth.Payload())}}
				if !s.IP.ChecksumOK() || !s.TransportOK() {
					r.t.Errorf("wrong checksum: %s", s)
				}
				got = append(got, fmt.Sprintf("%d.%d %s", p, id, s))
			}
		}
		r.out.Reset()
	}
	return got
}

// inVLAN is a copy of f with a tag; without where vlan is negative.
func inVLAN(vlan int, f link.Frame) link.Frame {
	if vlan < 0 {
		return f
	}
	b := make([]byte, packet.TagLen+f.Len)
	copy(b[packet.TagLen:], f.Bytes())
	packet.Tag(b, uint16(vlan))
	return link.Frame{Buf: b, Len: len(b)}
}

func (r *rig) expectLines(got []string, want ...string) {
	r.t.Helper()
	if !slices.Equal(got, want) {
		r.t.Errorf("left the box:\n%q\nwant:\n%q\ndrops: %v", got, want, r.drops())
	}
}

func TestTrunk(t *testing.T) {
	r := newRig(t, trunkPolicy())
	r.expectLines(r.onWire(outside, -1, r.frame(outside, syn(client, "192.150.49.20:25"))),
		"1.10 arp 172.16.0.2", "1.10 inside tcp 192.150.49.10:1025 > 172.16.0.2:25 S")
	answer := func() link.Frame {
		return r.frame(dmz, tcpSeg("172.16.0.2:25", client, packet.SYN|packet.ACK, 5000, 1001, ""))
	}
	r.expectLines(r.onWire(inPort, 11, answer()))
	r.expectLines(r.onWire(outside, 10, answer()))
	if n := r.dropped(DropNotForUs); n != 2 {
		t.Errorf("%d frames of foreign VLANs, want 2", n)
	}
	r.expectLines(r.onWire(inPort, -1, answer())) // the inside does not have that network
	r.expectLines(r.onWire(inPort, 10, answer()), "0.-1 arp 192.150.49.10", "0.-1 outside tcp 192.150.49.20:25 > 192.150.49.10:1025 SA")
	r.e.Do(func(s *State) {
		on, in := s.Interface(inPort), s.Interface(dmz)
		if in.InPackets != 2 || in.OutPackets != 2 || on.InPackets != 4 || on.OutPackets != 2 || on.OutBytes != in.OutBytes+2*packet.TagLen {
			t.Errorf("inside %+v, dmz %+v", on, in)
		}
	})
}

// A priority without a VLAN is no VLAN. A port that has one itself knows no frames without it.
func TestTrunkOwnVLAN(t *testing.T) {
	r := newRig(t, basePolicy())
	query := func() link.Frame { return r.frame(inPort, icmp("10.1.1.2", "10.1.1.1", packet.ICMPEcho, 5)) }
	if got := r.onWire(inPort, 0, query()); len(got) == 0 {
		t.Errorf("a frame with a priority is lost: %v", r.drops())
	}
	p := basePolicy()
	p.Interfaces[inPort].VLAN, p.Interfaces[inPort].Trunk = 20, inPort
	r = newRig(t, p)
	r.expectLines(r.onWire(inPort, -1, query()))
	r.expectLines(r.onWire(inPort, 0, query()))
	if n := r.dropped(DropNotForUs); n != 2 {
		t.Errorf("%d dropped, want 2", n)
	}
	if got := r.onWire(inPort, 20, query()); len(got) == 0 {
		t.Errorf("its own frame is lost: %v", r.drops())
	}
	r.e.Do(func(s *State) {
		if c := s.Interface(inPort); c.InPackets != 2 { // its own, and the one with a priority, which its wire saw
			t.Errorf("%+v", c)
		}
	})
}

// Frames too short for what their type says go no further.
func TestTrunkShort(t *testing.T) {
	r := newRig(t, trunkPolicy())
	whole := inVLAN(10, r.frame(dmz, syn("172.16.0.2:1024", "10.1.1.2:25")))
	for n := range whole.Len {
		f := link.Frame{Buf: slices.Clone(whole.Buf), Len: n}
		r.expectLines(r.onWire(inPort, -1, f))
	}
}

// A port that stands for another VLAN has nothing of the one before.
func TestTrunkChanges(t *testing.T) {
	r := newRig(t, trunkPolicy())
	r.onWire(outside, -1, r.frame(outside, syn(client, "192.150.49.20:25")))
	p := *trunkPolicy()
	p.Interfaces[dmz].VLAN = 30
	same := *trunkPolicy()
	for _, c := range []struct {
		p            *Policy
		conns, known int
	}{{&same, 1, 1}, {&p, 0, 0}} {
		r.e.Swap(c.p)
		r.e.Do(func(s *State) {
			known := 0
			for _, a := range s.ARP() {
				if a.Port == dmz {
					known++
				}
			}
			if counts, _ := s.Counts(); counts.InUse != c.conns || known != c.known {
				t.Errorf("VLAN %d: %+v, %d neighbours", c.p.Interfaces[dmz].VLAN, counts, known)
			}
		})
	}
	r.expectLines(r.onWire(outside, -1, r.frame(outside, syn(client, "192.150.49.20:25"))),
		"1.30 arp 172.16.0.2", "1.30 inside tcp 192.150.49.10:1025 > 172.16.0.2:25 S")
}
