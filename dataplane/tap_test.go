package dataplane

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// tapLog is a Tap that writes everything down.
type tapLog struct {
	refuse bool
	conns  []TapConn
	seen   []TapPacket // with copies of the frames
	edits  []TapEdit
	closed []Reason
	open   map[uint32]bool
	faults []string
}

func (l *tapLog) Opened(c TapConn) bool {
	if l.open == nil {
		l.open = map[uint32]bool{}
	}
	l.conns = append(l.conns, c)
	l.open[c.Number] = !l.refuse
	return !l.refuse
}

func (l *tapLog) Packet(conn uint32, p TapPacket) {
	if !l.open[conn] {
		l.faults = append(l.faults, fmt.Sprintf("a packet of connection %d, which is not followed", conn))
	}
	p.Frame = bytes.Clone(p.Frame)
	l.seen = append(l.seen, p)
}

func (l *tapLog) Edited(_ uint32, e TapEdit) { l.edits = append(l.edits, e) }

func (l *tapLog) Closed(conn uint32, _ time.Time, why Reason) {
	if !l.open[conn] {
		l.faults = append(l.faults, fmt.Sprintf("connection %d ends, which is not followed", conn))
	}
	delete(l.open, conn)
	l.closed = append(l.closed, why)
}

// text is what was seen, a line a packet: side, whether it came or left, flags and payload.
func (l *tapLog) text() string {
	var b strings.Builder
	for _, p := range l.seen {
		way := "in"
		if p.Leaves {
			way = "out"
		}
		h := packet.Packet{IP: packet.IPv4(p.Frame[packet.EthernetLen:])}.TCP()
		fmt.Fprintf(&b, "%d %s %s %q\n", p.Side, way, flagString(h.Flags()), h.Payload())
	}
	return b.String()
}

func tapped(p *Policy, l *tapLog) *rig {
	r := &rig{now: epoch, e: New(Options{Policy: p, Now: epoch, Tap: l})}
	return r
}

// TestTap: what the tap is shown is, octet for octet, what came and what left, on the side where that was.
func TestTap(t *testing.T) {
	var l tapLog
	r := tapped(guarded(), &l)
	r.t = t
	k := inboundTalk(r)
	k.greeted()
	k.through(false, fACK|packet.PSH, "EHLO x\r\n")
	k.through(true, fACK|packet.PSH, "500 what?\r\n")
	k.through(false, fFIN|fACK, "")
	k.through(true, fFIN|fACK, "")
	k.through(false, fACK, "")
	const want = `0 in S ""
1 out S ""
1 in SA ""
0 out SA ""
0 in A ""
1 out A ""
1 in PA "220 mail.example.com\r\n"
0 out PA "220 ********0*******\r\n"
0 in PA "EHLO x\r\n"
1 out PA "XXXX x\r\n"
1 in PA "500 what?\r\n"
0 out PA "500 what?\r\n"
0 in FA ""
1 out FA ""
1 in FA ""
0 out FA ""
0 in A ""
1 out A ""
`
	got := l.text()
	if masked := strings.Index(got, "220 *"); masked < 0 || got[:masked]+got[masked+20:] != want[:masked]+want[masked+20:] {
		t.Errorf("seen:\n%s\nwant:\n%s", got, want)
	}
	if len(l.conns) != 1 || len(l.closed) != 1 || l.closed[0] != ReasonFINs || len(l.faults)+len(l.edits) > 0 {
		t.Errorf("%+v ended %v; %v %v", l.conns, l.closed, l.faults, l.edits)
	}
	c := l.conns[0]
	if c.Sides[0] != (TapSide{"outside", netip.MustParseAddrPort(client), netip.MustParseAddrPort("204.31.17.2:25")}) ||
		c.Sides[1] != (TapSide{"inside", netip.MustParseAddrPort("10.1.1.2:25"), netip.MustParseAddrPort(client)}) || !c.Inspected {
		t.Errorf("%+v", c)
	}
	// The SYN had to wait for the server's address, and still was shown as it left.
	eth := packet.Ethernet(l.seen[1].Frame)
	if eth.Dst() != macOf(addr("10.1.1.2")) || eth.Src() != r.e.r.wire(inPort).MAC {
		t.Errorf("the SYN left from % x to % x", eth.Src(), eth.Dst())
	}
	for _, p := range l.seen {
		ip := packet.Packet{IP: packet.IPv4(p.Frame[packet.EthernetLen:])}
		if !ip.IP.ChecksumOK() || !ip.TransportOK() {
			t.Errorf("wrong checksum: %+v", p)
		}
	}
}

// Every frame that the rig sent or got is one that was shown, and no other, over translation by address and by port.
func TestTapIsExact(t *testing.T) {
	for name, p := range map[string]*Policy{"static": openInbound(), "pat": patPolicy()} {
		t.Run(name, func(t *testing.T) {
			p.Rules.Randomise = true
			var l tapLog
			r := tapped(p, &l)
			r.t = t
			k := inboundTalk(r)
			if name == "pat" {
				k = outboundTalk(r)
				k.from = "204.31.17.40:1024"
			}
			var want [][]byte
			pass := func(in Port, ip []byte) packet.TCP {
				f := r.frame(in, ip)
				want = append(want, bytes.Clone(f.Bytes()))
				got := r.sendFrame(in, f)
				if len(got) != 1 {
					t.Fatalf("%d packets left", len(got))
				}
				want = append(want, got[0].eth)
				return got[0].TCP()
			}
			h := pass(k.cPort, tcpSeg(k.client, k.to, fSYN, 1000, 0, ""))
			from := fmt.Sprint(packet.Addr(addr(strings.Split(k.from, ":")[0])), ":", h.SrcPort())
			s := pass(k.sPort, tcpSeg(k.server, from, fSYN|fACK, 5000, h.Seq()+1, ""))
			pass(k.cPort, tcpSeg(k.client, k.to, fACK, 1001, s.Seq()+1, "hello"))
			if s.Seq() == 5000 && h.Seq() == 1000 {
				t.Error("no sequence number was shifted")
			}
			if len(l.seen) != len(want) {
				t.Fatalf("%d packets shown, want %d", len(l.seen), len(want))
			}
			for i := range want {
				if !bytes.Equal(l.seen[i].Frame, want[i]) || l.seen[i].Leaves != (i%2 == 1) {
					t.Errorf("packet %d is shown as\n% x, was\n% x", i, l.seen[i].Frame, want[i])
				}
			}
		})
	}
}

// A datagram in fragments is shown whole, where it comes and where it leaves.
func TestTapFragments(t *testing.T) {
	p := openInbound()
	p.Interfaces[inPort].MTU = 576
	var l tapLog
	r := tapped(p, &l)
	r.t = t
	k := inboundTalk(r)
	k.open()
	l.seen = nil
	for _, b := range pieces(tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(payload(1200))), 1000) {
		r.send(outside, b)
	}
	if len(l.seen) != 2 {
		t.Fatalf("shown:\n%s", l.text())
	}
	for i, p := range l.seen {
		ip := packet.Packet{IP: packet.IPv4(p.Frame[packet.EthernetLen:])}
		if !bytes.Equal(ip.TCP().Payload(), payload(1200)) || p.Leaves != (i == 1) || !ip.TransportOK() {
			t.Errorf("%d octets shown: %+v", len(ip.TCP().Payload()), p.Leaves)
		}
	}
	if to := packet.Ethernet(l.seen[1].Frame).Dst(); to != macOf(addr("10.1.1.2")) {
		t.Errorf("left for % x", to)
	}
}

// An intercepted connection is followed from the client's acknowledgement on; the handshake with the host is in it.
func TestTapIntercept(t *testing.T) {
	var l tapLog
	r := tapped(besieged(true), &l)
	r.t = t
	flood(r, 3)
	l.seen, l.conns = nil, nil
	k := inboundTalk(r)
	k.confirmed()
	k.answered()
	if want := "0 in A \"\"\n1 out S \"\"\n1 in SA \"\"\n1 out A \"\"\n0 out A \"\"\n"; l.text() != want || len(l.faults) > 0 {
		t.Errorf("%v seen:\n%s", l.faults, l.text())
	}
}

// A reset of the box ends what is followed, and what the tap refused is not told of.
func TestTapReset(t *testing.T) {
	var l tapLog
	r := tapped(openInbound(), &l)
	r.t = t
	inboundTalk(r).open()
	r.e.Do(func(s *State) { s.Reset() })
	if len(l.open) > 0 || len(l.closed) != 1 || l.closed[0] != ReasonNone {
		t.Errorf("%v %v", l.open, l.closed)
	}
	l = tapLog{refuse: true}
	k := inboundTalk(r)
	k.open()
	k.close()
	if len(l.conns) != 1 || len(l.seen)+len(l.closed)+len(l.faults) > 0 {
		t.Errorf("%+v", l)
	}
}

// Where the box answers itself, what was swallowed and what was inserted are told, at their places.
func TestTapEdits(t *testing.T) {
	p := guarded()
	p.Inspect[0].Profile = &smtp.Profile{Name: "4.1", Verbs: pix63().Verbs, Reject: smtp.RejectAnswer}
	var l tapLog
	r := tapped(p, &l)
	r.t = t
	k := inboundTalk(r)
	k.through(false, fSYN, "")
	k.through(true, fSYN|fACK, "")
	k.through(false, fACK, "")
	greeting := "220 mail.example.com\r\n"
	k.through(true, fACK|packet.PSH, greeting)
	k.through(false, fACK|packet.PSH, "EHLO x\r\n")
	if len(l.edits) != 2 {
		t.Fatalf("edits %+v\n%s", l.edits, l.text())
	}
	if e := l.edits[0]; e != (TapEdit{From: 0, Swallowed: 8}) {
		t.Errorf("swallowed %+v", e)
	}
	at := uint32(len(greeting))
	if e := l.edits[1]; e.From != 1 || e.In != at || e.Out != at || e.Swallowed != 0 || e.Inserted == 0 {
		t.Errorf("inserted %+v", e)
	}
	for _, s := range l.seen {
		if h := (packet.Packet{IP: packet.IPv4(s.Frame[packet.EthernetLen:])}).TCP(); s.Side == 1 && s.Leaves && len(h.Payload()) > 0 {
			t.Errorf("the host got %q", h.Payload())
		}
	}
}

// A connection whose numbers differ on the two sides, because the box answered itself, ends with its FINs all the same.
func TestAnsweredConnectionEnds(t *testing.T) {
	p := guarded()
	p.Inspect[0].Profile = &smtp.Profile{Name: "4.1", Verbs: pix63().Verbs, Reject: smtp.RejectAnswer}
	r := newRig(t, p)
	k := inboundTalk(r)
	k.through(false, fSYN, "")
	k.through(true, fSYN|fACK, "")
	k.through(false, fACK, "")
	k.through(true, fACK|packet.PSH, "220 x\r\n")
	const swallowed = "EHLO x\r\n"
	k.through(false, fACK|packet.PSH, swallowed)
	var answer packet.TCP
	for _, s := range r.wait(2 * time.Second) { // it is sent again until it is acknowledged
		if s.port == k.cPort && len(s.TCP().Payload()) > 0 {
			answer = s.TCP()
		}
	}
	k.cSeq += uint32(len(swallowed))
	k.cSaw = answer.Seq() + packet.SeqLen(answer)
	k.through(false, fACK, "")
	k.through(true, fFIN|fACK, "")
	k.through(false, fFIN|fACK, "")
	k.state("UOFfRB") // one FIN is not acknowledged yet
	k.through(true, fACK, "")
	if all := r.conns(); len(all) > 0 || len(answer) == 0 {
		t.Errorf("%+v", all)
	}
}

type deafTap struct{ n int }

func (d *deafTap) Opened(TapConn) bool              { return true }
func (d *deafTap) Packet(uint32, TapPacket)         { d.n++ }
func (d *deafTap) Edited(uint32, TapEdit)           {}
func (d *deafTap) Closed(uint32, time.Time, Reason) {}

// The tap itself costs no memory a packet; what it keeps is its own affair.
func TestTapAllocatesNothing(t *testing.T) {
	p := openInbound()
	p.Rules.Randomise = true
	tap := &deafTap{}
	r := &rig{t: t, now: epoch, e: New(Options{Policy: p, Now: epoch, Tap: tap})}
	k := inboundTalk(r)
	k.open()
	ip := tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw, string(payload(1000)))
	steady(t, r, outside, func() []byte {
		packet.Packet{IP: ip}.SetSeq(packet.Packet{IP: ip}.TCP().Seq() + 1000)
		return ip
	})
	if tap.n < 1000 {
		t.Errorf("%d packets were shown", tap.n)
	}
}
