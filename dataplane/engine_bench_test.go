package dataplane

import (
	"fmt"
	"testing"
	"time"

	"pixsim/dataplane/acl"
	"pixsim/dataplane/link"
	"pixsim/dataplane/packet"
)

// mouth feeds an engine with one packet again and again, in a frame that is made anew each time as a link would.
type mouth struct {
	r      *rig
	in     Port
	frames []link.Frame
}

func (r *rig) mouth(in Port, ip []byte) *mouth {
	return &mouth{r: r, in: in, frames: []link.Frame{r.frame(in, ip)}}
}

// feed steps the engine with ip, of which only the headers may have changed, and returns how many frames left.
func (m *mouth) feed(ip []byte) int {
	f := &m.frames[0]
	f.Off, f.Len = headroom, 14+len(ip)
	copy(f.Bytes()[14:], ip)
	packet.Ethernet(f.Bytes()).SetDst(m.r.e.r.wire(m.in).MAC)
	m.r.out.Reset()
	m.r.e.Step(m.r.now, m.in, m.frames, &m.r.out)
	n := 0
	for _, frames := range m.r.out.All() {
		n += len(frames)
	}
	return n
}

func perSecond(b *testing.B, each int, what string) {
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), what)
}

// BenchmarkStep is the fast path: packets of a live connection, one to a Step.
func BenchmarkStep(b *testing.B) {
	const size = 1000
	run := func(name string, p *Policy, ready func(r *rig) (Port, []byte, func())) {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, p)
			in, ip, next := ready(r)
			m := r.mouth(in, ip)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				next()
				if m.feed(ip) != 1 {
					b.Fatalf("lost: %v", r.drops())
				}
			}
			perSecond(b, 1, "packets/s")
		})
	}
	run("udp", patPolicy(), func(r *rig) (Port, []byte, func()) {
		ip := udp("10.1.1.2:9", "192.150.49.10:53", string(payload(size)))
		r.send(inPort, ip)
		return inPort, ip, func() {}
	})
	random := openInbound()
	random.Rules.Randomise = true
	run("tcp", random, func(r *rig) (Port, []byte, func()) {
		k := inboundTalk(r)
		k.open()
		p := packet.Packet{IP: tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(payload(size)))}
		return outside, p.IP, func() { p.SetSeq(p.TCP().Seq() + size) }
	})
}

// BenchmarkInspected is a segment of a message and its acknowledgement, through Mailguard.
func BenchmarkInspected(b *testing.B) {
	const size = 1400
	r := newRig(b, guarded())
	k := inboundTalk(r)
	k.greeted()
	for i, text := range []string{"HELO x\r\n", "250 hi\r\n", "MAIL FROM:<a@b.c>\r\n", "250 ok\r\n", "RCPT TO:<d@e.f>\r\n", "250 ok\r\n",
		"DATA\r\n", "354 go\r\n"} {
		k.through(i%2 == 1, fACK|packet.PSH, text)
	}
	text := make([]byte, size)
	for i := range text {
		text[i] = "a line of the message that has seventy-six octets, as most mailers make it\r\n"[i%76]
	}
	data := packet.Packet{IP: tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(text))}
	ack := packet.Packet{IP: tcpSeg(k.server, k.from, fACK, k.sSeq, k.sSaw, "")}
	there, back := r.mouth(outside, data.IP), r.mouth(inPort, ack.IP)
	seq, saw := k.cSeq, k.sSaw
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		data.SetSeq(seq)
		seq, saw = seq+size, saw+size
		ack.SetAck(saw)
		if there.feed(data.IP) != 1 || back.feed(ack.IP) != 1 {
			b.Fatalf("lost: %v", r.drops())
		}
	}
	perSecond(b, 2, "packets/s")
}

// BenchmarkDenied is a packet that goes through a whole list to its end and is dropped.
func BenchmarkDenied(b *testing.B) {
	for _, n := range []int{10, 1000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := openInbound()
			rules := make([]acl.Rule, n)
			for i := range rules {
				rules[i] = rule(true, packet.ProtoTCP, "any", packet.Addr(addr("204.40.0.0")+uint32(i)).String(), 25)
				if i%3 == 0 {
					rules[i].Src = acl.Net{Addr: addr("16.0.0.0") + uint32(i)<<8, Mask: 0xffffff00}
				}
			}
			p.Conduits = list(rules...)
			r := newRig(b, p)
			ip := syn(client, "204.31.17.2:25")
			r.send(outside, ip)
			m := r.mouth(outside, ip)
			b.ReportAllocs()
			for b.Loop() {
				if m.feed(ip) != 0 {
					b.Fatal("passed")
				}
			}
			perSecond(b, 1, "packets/s")
		})
	}
}

// BenchmarkSetup is the life of a translation with one connection: built, one packet, and torn down by its timers.
func BenchmarkSetup(b *testing.B) {
	policy := func(pat bool) *Policy {
		p := patPolicy()
		p.Rules.MaxConns, p.Rules.MaxXlates = 65536, 65536
		p.Timeouts.UDP, p.Timeouts.PATXlate, p.Timeouts.Xlate = 5*time.Second, 5*time.Second, 5*time.Second
		if !pat {
			p.Pools[0] = Pool{Port: outside, Number: 1, First: mustAddr("204.32.0.0"), Last: mustAddr("204.33.255.255")}
		}
		return p
	}
	for _, pat := range []bool{false, true} {
		b.Run(map[bool]string{false: "nat", true: "pat"}[pat], func(b *testing.B) {
			r := newRig(b, policy(pat))
			p := packet.Packet{IP: udp("10.9.0.2:9", "192.150.49.10:53", "x")}
			r.send(inPort, p.IP)
			m := r.mouth(inPort, p.IP)
			var events []Event
			for i := uint32(0); b.Loop(); i++ {
				r.now = r.now.Add(time.Millisecond) // some 10,000 are alive at a time
				p.SetSrc(addr("10.9.0.0") + i%60000 + 1)
				if m.feed(p.IP) != 1 {
					b.Fatalf("lost: %v", r.drops())
				}
				events = r.e.Events(events[:0])
			}
			perSecond(b, 1, "setups/s")
		})
	}
}
