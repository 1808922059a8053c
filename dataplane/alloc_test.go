package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// steady measures allocations of one packet after another on a live connection.
func steady(t *testing.T, r *rig, in Port, next func() []byte) {
	t.Helper()
	frames := []link.Frame{r.frame(in, next())}
	step := func() {
		ip := next()
		f := &frames[0]
		f.Off, f.Len = headroom, 14+len(ip)
		copy(f.Bytes()[14:], ip)
		eth := packet.Ethernet(f.Bytes())
		eth.SetDst(r.e.r.wire(in).MAC)
		r.now = r.now.Add(time.Millisecond)
		r.out.Reset()
		r.e.Step(r.now, in, frames, &r.out)
		if len(r.out.used) == 0 {
			t.Fatalf("nothing leaves: %v", r.drops())
		}
	}
	step()
	if n := testing.AllocsPerRun(500, step); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func TestNoAllocations(t *testing.T) {
	t.Run("udp", func(t *testing.T) {
		r := newRig(t, patPolicy())
		ip := udp("10.1.1.2:9", "192.150.49.10:53", "hello")
		r.send(inPort, ip)
		steady(t, r, inPort, func() []byte { return ip })
	})
	t.Run("icmp", func(t *testing.T) {
		p := patPolicy()
		ip := icmp("10.1.1.2", "192.150.49.10", packet.ICMPEcho, 5)
		r := newRig(t, p)
		r.send(inPort, ip)
		steady(t, r, inPort, func() []byte { return ip })
	})
	t.Run("denied", func(t *testing.T) {
		p := openInbound()
		p.Rules.ResetInbound = true
		r := newRig(t, p)
		ip := syn(client, "204.31.17.2:80")
		r.send(outside, ip)
		steady(t, r, outside, func() []byte { return ip })
	})
	t.Run("no port left", func(t *testing.T) {
		p := patPolicy()
		p.Rules.PATRanges = []uint16{1, 2}
		r := newRig(t, p)
		r.send(inPort, udp("10.1.1.2:1", "192.150.49.10:53", "x"))
		frames := []link.Frame{r.frame(inPort, udp("10.1.1.3:1", "192.150.49.10:53", "x"))}
		step := func() {
			r.now = r.now.Add(time.Millisecond)
			r.e.Step(r.now, inPort, frames, &r.out)
		}
		if n := testing.AllocsPerRun(500, step); n != 0 || r.dropped(DropNoXlate) != 501 {
			t.Errorf("%v allocations a packet, %v", n, r.drops())
		}
	})
	t.Run("intercepted", func(t *testing.T) {
		r := newRig(t, besieged(false))
		flood(r, 10)
		ip := syn(client, "204.31.17.2:25")
		r.send(outside, ip)
		steady(t, r, outside, func() []byte { return ip })
	})
	t.Run("normalised", func(t *testing.T) {
		p := openInbound()
		m := &TCPMap{Checksum: true, DropMSS: true, DropInvalidACK: true, DropPastWindow: true, DropWindow: true, TTL: true, ClearUrgent: true, Reserved: Clear}
		m.Options[packet.OptTimestamps] = Clear
		p.Classes = []ConnClass{{ID: 5, Hi: 65535, If: None, ClientConns: 9, ConnSettings: ConnSettings{Map: m, DecrementTTL: true}}}
		r := newRig(t, p)
		k := inboundTalk(r)
		k.open()
		ip := tcpSeg(k.client, k.to, fACK|packet.URG, k.cSeq, k.cSaw, "x")
		steady(t, r, outside, func() []byte { return ip })
		if c := r.e.classes[5]; c.Normal.Urgents < 500 {
			t.Errorf("%+v", c.Normal)
		}
	})
	t.Run("tcp", func(t *testing.T) {
		p := openInbound()
		p.Rules.Randomise = true
		r := newRig(t, p)
		k := inboundTalk(r)
		k.open()
		ip := tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(payload(1000)))
		steady(t, r, outside, func() []byte {
			packet.Packet{IP: ip}.SetSeq(packet.Packet{IP: ip}.TCP().Seq() + 1000)
			return ip
		})
	})
	t.Run("inspected", func(t *testing.T) {
		r := newRig(t, guarded())
		k := inboundTalk(r)
		k.greeted()
		for _, step := range []struct {
			server bool
			text   string
		}{{false, "HELO x\r\n"}, {true, "250 hi\r\n"}, {false, "MAIL FROM:<a@b.c>\r\n"}, {true, "250 ok\r\n"}, {false, "RCPT TO:<d@e.f>\r\n"},
			{true, "250 ok\r\n"}, {false, "DATA\r\n"}, {true, "354 go\r\n"}} {
			k.through(step.server, fACK|packet.PSH, step.text)
		}
		text := make([]byte, 1000)
		for i := range text {
			text[i] = "abcdefghi\n"[i%10]
		}
		data := tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(text))
		ack := tcpSeg(k.server, k.from, fACK, k.sSeq, k.sSaw, "")
		// Data one way and its acknowledgement the other, by turns.
		frames := [2][]link.Frame{{r.frame(outside, data)}, {r.frame(inPort, ack)}}
		ports := [2]Port{outside, inPort}
		seq, saw := k.cSeq, k.sSaw
		step := func() {
			for i, ip := range [][]byte{data, ack} {
				p := packet.Packet{IP: ip}
				if i == 0 {
					p.SetSeq(seq)
					seq, saw = seq+1000, saw+1000
				} else {
					p.SetAck(saw)
				}
				f := &frames[i][0]
				f.Off, f.Len = headroom, 14+len(ip)
				copy(f.Bytes()[14:], ip)
				packet.Ethernet(f.Bytes()).SetDst(r.e.r.wire(ports[i]).MAC)
				r.now = r.now.Add(time.Millisecond)
				r.out.Reset()
				r.e.Step(r.now, ports[i], frames[i], &r.out)
				if len(r.out.used) == 0 {
					t.Fatalf("packet %d is lost: %v", i, r.drops())
				}
			}
		}
		for range 100 {
			step()
		}
		if n := testing.AllocsPerRun(500, step); n != 0 {
			t.Errorf("%v allocations for a segment and its acknowledgement", n)
		}
	})
}

func BenchmarkTCP(b *testing.B) {
	for _, size := range []int{0, 1400, 60000} {
		b.Run(itoa(size), func(b *testing.B) {
			p := openInbound()
			p.Rules.Randomise = true
			r := newRig(b, p)
			k := inboundTalk(r)
			k.open()
			ip := tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(payload(size)))
			f := r.frame(outside, ip)
			f.GSOSize = 1400
			frames := []link.Frame{f}
			b.SetBytes(int64(len(ip)))
			for b.Loop() {
				copy(f.Bytes()[14:], ip[:40])
				packet.Ethernet(f.Bytes()).SetDst(p.Interfaces[outside].MAC)
				r.out.Reset()
				r.e.Step(r.now, outside, frames, &r.out)
			}
		})
	}
}
