package dataplane

import (
	"testing"
	"time"

	"pixsim/dataplane/packet"
)

const (
	fSYN = packet.SYN
	fACK = packet.ACK
	fFIN = packet.FIN
	fRST = packet.RST
)

// talk is one TCP connection through a rig, each side knowing only what it sees on its wire.
type talk struct {
	r             *rig
	client, to    string // on the client's wire
	server, from  string // on the server's wire
	cPort, sPort  Port
	cSeq, sSeq    uint32 // next own number
	cSaw, sSaw    uint32 // next number expected of the other, as seen on the wire
	options, sopt []byte
}

func inboundTalk(r *rig) *talk {
	return &talk{r: r, client: client, to: "204.31.17.2:25", server: "10.1.1.2:25", from: client,
		cPort: outside, sPort: inPort, cSeq: 1000, sSeq: 5000}
}

func outboundTalk(r *rig) *talk {
	return &talk{r: r, client: "10.1.1.3:1500", to: web, server: web, from: "204.31.17.40:1024",
		cPort: inPort, sPort: outside, cSeq: 1000, sSeq: 5000}
}

// c and s send a segment from client or server, which must arrive on the other wire with the same payload.
func (k *talk) c(flags uint8, payload string) packet.TCP {
	k.r.t.Helper()
	h := k.pass(k.cPort, tcpSeg(k.client, k.to, flags, k.cSeq, k.cSaw, payload, k.options...), k.sPort, payload)
	if h == nil {
		return nil
	}
	k.cSeq += packet.SeqLen(h)
	k.sSaw = h.Seq() + packet.SeqLen(h)
	if flags&fACK != 0 && h.Ack() != k.sSeq {
		k.r.t.Errorf("the server's %d is acknowledged as %d", k.sSeq, h.Ack())
	}
	return h
}

func (k *talk) s(flags uint8, payload string) packet.TCP {
	k.r.t.Helper()
	h := k.pass(k.sPort, tcpSeg(k.server, k.from, flags, k.sSeq, k.sSaw, payload, k.sopt...), k.cPort, payload)
	if h == nil {
		return nil
	}
	k.sSeq += packet.SeqLen(h)
	k.cSaw = h.Seq() + packet.SeqLen(h)
	if flags&fACK != 0 && h.Ack() != k.cSeq {
		k.r.t.Errorf("the client's %d is acknowledged as %d", k.cSeq, h.Ack())
	}
	return h
}

func (k *talk) pass(in Port, ip []byte, out Port, payload string) packet.TCP {
	k.r.t.Helper()
	got := k.r.send(in, ip)
	if len(got) != 1 || got[0].port != out || string(got[0].TCP().Payload()) != payload {
		k.r.t.Errorf("%s: left the box: %s; drops %v", sent{port: in, Packet: packet.Packet{IP: ip}}, lines(got), k.r.drops())
		return nil
	}
	return got[0].TCP()
}

func (k *talk) state(want string) {
	k.r.t.Helper()
	if got := k.r.state(); got != want {
		k.r.t.Errorf("state %q, want %q", got, want)
	}
}

func (k *talk) open() {
	k.r.t.Helper()
	k.c(fSYN, "")
	k.s(fSYN|fACK, "")
	k.c(fACK, "")
}

func (k *talk) close() {
	k.r.t.Helper()
	k.c(fFIN|fACK, "")
	k.s(fFIN|fACK, "")
	k.c(fACK, "")
}

// The letters are sorted as the bits of ConnState; the references spell saA, A, U, UIO and SaAB, aB, UB, UIOB.
func TestTCPStatesOutbound(t *testing.T) {
	r := newRig(t, patPolicy())
	k := outboundTalk(r)
	k.c(fSYN, "")
	k.state("sAa")
	k.s(fSYN|fACK, "")
	k.state("A")
	k.c(fACK, "")
	k.state("U")
	k.c(fACK, "HELO x\r\n")
	k.state("UO")
	k.s(fACK, "250 hello\r\n")
	k.state("UIO")
	if c := r.conns()[0]; c.Bytes != 19 || c.Embryonic || c.Timeout != time.Hour || c.Inbound {
		t.Errorf("%+v", c)
	}
	k.c(fFIN|fACK, "")
	k.state("UIOf")
	if c := r.conns()[0]; c.Timeout != 10*time.Minute {
		t.Errorf("half-closed timeout %v", c.Timeout)
	}
	k.s(fACK, "")
	k.state("UIOfR")
	k.s(fFIN|fACK, "")
	k.state("UIOFfR")
	r.now = r.now.Add(7 * time.Second)
	r.events()
	k.c(fACK, "")
	if len(r.conns()) != 0 {
		t.Error("the connection lives on")
	}
	if ev := r.event(EventTornConn); ev.Reason != ReasonFINs || ev.Bytes != 19 || ev.Lasted != 7*time.Second || ev.Inbound {
		t.Errorf("torn %+v", ev)
	}
	r.events()
	r.expect(r.send(outside, tcpSeg(web, k.from, fACK, k.sSeq, k.sSaw, "")))
	r.event(EventDenyNoConn)
}

func TestTCPStatesInbound(t *testing.T) {
	r := newRig(t, openInbound())
	k := inboundTalk(r)
	k.c(fSYN, "")
	k.state("SAaB")
	// A SYN again is no other connection, and an ACK that acknowledges nothing no handshake.
	k.cSeq--
	k.c(fSYN, "")
	k.state("SAaB")
	k.s(fSYN|fACK, "")
	k.state("aB")
	k.c(fACK, "")
	k.state("UB")
	k.s(fACK, "220 hi\r\n")
	k.state("UOB")
	k.c(fACK, "QUIT\r\n")
	k.state("UIOB")
	k.s(fFIN|fACK, "221\r\n")
	k.state("UIOfB")
	k.c(fFIN|fACK, "")
	k.state("UIOFfRB")
	k.s(fACK, "")
	if len(r.conns()) != 0 {
		t.Error("the connection lives on")
	}
}

func TestTCPReset(t *testing.T) {
	for _, inside := range []bool{true, false} {
		r := newRig(t, openInbound())
		k := inboundTalk(r)
		k.open()
		r.events()
		want := ReasonResetO
		if inside {
			want = ReasonResetI
			k.s(fRST, "")
		} else {
			k.c(fRST, "")
		}
		if ev := r.event(EventTornConn); ev.Reason != want {
			t.Errorf("reason %d, want %d", ev.Reason, want)
		}
	}
}

// A stranger who knows the addresses and ports, but not the numbers, cannot end a connection; its ends can, wherever
// in the window their last number stands.
func TestTCPBlindReset(t *testing.T) {
	scaled := []byte{packet.OptMSS, 4, 5, 180, packet.OptWScale, 3, 4, packet.OptNop}
	for _, c := range []struct {
		name   string
		off    int32 // from the next number
		server bool
		opt    []byte
		ends   bool
	}{
		{"exact", 0, false, nil, true},
		{"exact, by the server", 0, true, nil, true},
		{"in the window", 8000, false, nil, true},
		{"in the window, by the server", 8000, true, nil, true},
		{"at the edge", 8192, false, nil, true},
		{"beyond it", 8193, false, nil, false},
		{"beyond it, by the server", 8193, true, nil, false},
		{"before the window", -1, false, nil, false},
		{"before the window, by the server", -1, true, nil, false},
		{"anywhere", 1 << 30, false, nil, false},
		{"in a scaled window", 8192 << 4, false, scaled, true},
		{"beyond a scaled window", 8192<<4 + 1, true, scaled, false},
	} {
		p := openInbound()
		p.Rules.Randomise = true
		r := newRig(t, p)
		k := inboundTalk(r)
		k.options, k.sopt = c.opt, c.opt
		k.c(fSYN, "")
		k.s(fSYN|fACK, "")
		k.options, k.sopt = nil, nil
		k.c(fACK, "hello")
		k.s(fACK, "world")
		k.c(fACK, "")
		in, ip, out := outside, tcpSeg(k.client, k.to, fRST, k.cSeq+uint32(c.off), 0, ""), inPort
		if c.server {
			in, ip, out = inPort, tcpSeg(k.server, k.from, fRST|fACK, k.sSeq+uint32(c.off), k.sSaw, ""), outside
		}
		got := r.send(in, ip)
		passed := len(got) == 1 && got[0].port == out
		if ended := len(r.conns()) == 0; ended != c.ends || passed != c.ends || (r.dropped(DropReset) == 1) == c.ends {
			t.Errorf("%s: ended %v, passed %v, drops %v", c.name, ended, passed, r.drops())
		}
		if !c.ends {
			k.c(fACK, "more")
			k.s(fACK, "more")
			k.close()
			if len(r.conns()) != 0 {
				t.Errorf("%s: it does not close any more", c.name)
			}
		}
	}
}

// From 7.0 on a reset is taken at the next number only: as far as its sender sent without a gap, or as the other end has
// acknowledged. A SYN never passes, but for the one that began it all.
func TestTCPExactReset(t *testing.T) {
	const inWindow, out = DropResetInWindow, DropReset
	for _, c := range []struct {
		name   string
		unseen bool  // a segment comes before the one that goes before it
		off    int32 // from what the client sent last
		flags  uint8 // of what is sent there
		drop   Drop
	}{
		{"next", false, 0, fRST, 0}, {"acknowledged", false, -5, fRST, 0}, {"old", false, -6, fRST, out},
		{"one on", false, 1, fRST, inWindow}, {"between", false, -2, fRST, inWindow}, {"far on", false, 8000, fRST, inWindow}, {"beyond", false, 8192, fRST, out},
		{"behind a gap", true, 0, fRST, 0}, {"where the gap ends", true, 5, fRST, inWindow},
		{"SYN", false, 1, fSYN, inWindow}, {"SYN at the next number", false, 0, fSYN, DropSYN}, {"SYN beyond", false, 1 << 20, fSYN, DropSYN},
		{"SYN once more", false, -11, fSYN, 0},
	} {
		p := openInbound()
		p.Rules.Randomise, p.Rules.ExactResets = true, true
		r := newRig(t, p)
		k := inboundTalk(r)
		k.open()
		k.c(fACK, "hello")
		k.s(fACK, "world")
		if c.unseen {
			r.send(outside, tcpSeg(k.client, k.to, fACK, k.cSeq+5, k.cSaw, "again"))
		} else {
			k.c(fACK, "there")
		}
		got := r.send(outside, tcpSeg(k.client, k.to, c.flags, k.cSeq+uint32(c.off), 0, ""))
		ends := c.drop == 0 && c.flags == fRST
		if (len(got) == 1) != (c.drop == 0) || c.drop != 0 && r.dropped(c.drop) != 1 || (len(r.conns()) == 0) != ends {
			t.Errorf("%s: %d packets leave; %v", c.name, len(got), r.drops())
		}
	}
}

// What a side sent before a gap that the box did not see is known again when the other end has acknowledged it.
func TestTCPResetAfterGap(t *testing.T) {
	p := openInbound()
	p.Rules.ExactResets = true
	r := newRig(t, p)
	k := inboundTalk(r)
	k.open()
	at := k.cSeq
	for _, off := range []uint32{5, 0} {
		r.send(outside, tcpSeg(k.client, k.to, fACK, at+off, k.cSaw, "hello"))
	}
	r.send(inPort, tcpSeg(k.server, k.from, fACK, k.sSeq, at+10, ""))
	r.send(outside, tcpSeg(k.client, k.to, fACK, at+10, k.cSaw, "hello"))
	r.send(outside, tcpSeg(k.client, k.to, fRST, at+15, 0, ""))
	if len(r.conns()) != 0 {
		t.Errorf("its own reset is not taken: %v", r.drops())
	}
}

// What is acknowledged far beyond the window moves it nowhere.
func TestTCPWindowIsNotMovedByStrangers(t *testing.T) {
	r := newRig(t, openInbound())
	k := inboundTalk(r)
	k.open()
	r.send(outside, tcpSeg(k.client, k.to, fACK, k.cSeq, k.cSaw+1<<29, ""))
	r.send(inPort, tcpSeg(k.server, k.from, fRST, k.sSeq+1<<29, 0, ""))
	if len(r.conns()) != 1 {
		t.Fatal("the forged window was believed")
	}
	r.send(inPort, tcpSeg(k.server, k.from, fRST, k.sSeq, 0, ""))
	if len(r.conns()) != 0 {
		t.Error("a true reset is not taken any more")
	}
}

// Before the handshake is done a reset must answer the SYN. One for an older connection of the same ports, half-open at
// the server, passes and clears the way (RFC 9293 3.5.1).
func TestTCPResetOfHalfOpen(t *testing.T) {
	r := newRig(t, openInbound())
	k := inboundTalk(r)
	k.c(fSYN, "")
	r.expect(r.send(inPort, tcpSeg(k.server, k.from, fACK, 777, 555, "")), "outside tcp 204.31.17.2:25 > 192.150.49.10:1025 A")
	r.expect(r.send(outside, tcpSeg(k.client, k.to, fRST, 555, 0, "")), "inside tcp 192.150.49.10:1025 > 10.1.1.2:25 R")
	r.send(inPort, tcpSeg(k.server, k.from, fRST|fACK, 0, 555, ""))
	r.send(inPort, tcpSeg(k.server, k.from, fRST, 777, 0, ""))
	k.state("SAaB")
	k.cSeq--
	k.open()
	k.state("UB")
	r = newRig(t, openInbound())
	k = inboundTalk(r)
	k.c(fSYN, "")
	r.send(inPort, tcpSeg(k.server, k.from, fRST|fACK, 0, k.cSeq, ""))
	if len(r.conns()) != 0 {
		t.Error("the server's refusal ends nothing")
	}
}

func TestTCPTimers(t *testing.T) {
	for _, c := range []struct {
		name  string
		life  time.Duration
		why   Reason
		build func(k *talk)
	}{
		{"embryonic", 2 * time.Minute, ReasonSYNTimeout, func(k *talk) { k.c(fSYN, "") }},
		{"answered", 2 * time.Minute, ReasonSYNTimeout, func(k *talk) { k.c(fSYN, ""); k.s(fSYN|fACK, "") }},
		{"idle", time.Hour, ReasonIdle, func(k *talk) { k.open() }},
		{"half-closed", 10 * time.Minute, ReasonFINTimeout, func(k *talk) { k.open(); k.c(fFIN|fACK, "") }},
		{"closing", 10 * time.Minute, ReasonFINTimeout, func(k *talk) { k.open(); k.c(fFIN|fACK, ""); k.s(fFIN|fACK, "") }},
	} {
		r := newRig(t, openInbound())
		k := inboundTalk(r)
		c.build(k)
		r.events()
		r.wait(c.life - time.Second)
		if len(r.conns()) != 1 {
			t.Errorf("%s: gone too early", c.name)
			continue
		}
		r.wait(2 * time.Second)
		if len(r.conns()) != 0 {
			t.Errorf("%s: still there", c.name)
			continue
		}
		if ev := r.event(EventTornConn); ev.Reason != c.why {
			t.Errorf("%s: reason %d, want %d", c.name, ev.Reason, c.why)
		}
	}
	// A timer that is only a little shorter than the one before it counts too.
	p := openInbound()
	p.Timeouts.HalfClosed, p.Timeouts.FINWait, p.Timeouts.TimeWait = 50*time.Minute, 45*time.Minute, 40*time.Minute
	for n, life := range []time.Duration{50 * time.Minute, 45 * time.Minute, 40 * time.Minute} {
		r := newRig(t, p)
		k := inboundTalk(r)
		k.open()
		for i, step := range []func(){func() { k.c(fFIN|fACK, "") }, func() { k.s(fFIN|fACK, "") }, func() { k.c(fACK, "") }} {
			if i <= n {
				step()
			}
		}
		r.events()
		r.wait(life - time.Second)
		if len(r.conns()) != 1 {
			t.Errorf("%v: gone too early", life)
		}
		r.wait(2 * time.Second)
		if len(r.conns()) != 0 {
			t.Errorf("%v: still there", life)
			continue
		}
		if ev := r.event(EventTornConn); (ev.Reason == ReasonFINs) != (n == 2) {
			t.Errorf("%v: reason %d", life, ev.Reason)
		}
	}
	// Traffic keeps a connection.
	r := newRig(t, openInbound())
	k := inboundTalk(r)
	k.open()
	for range 10 {
		r.wait(50 * time.Minute)
		k.c(fACK, "x")
	}
	if c := r.conns(); len(c) != 1 || c[0].Idle != 0 || c[0].Age != 500*time.Minute {
		t.Errorf("%+v", c)
	}
}

// Only the higher side's numbers are replaced; both wires stay consistent, SACK blocks included.
func TestSequenceRandomisation(t *testing.T) {
	for _, random := range []bool{true, false} {
		for _, exempt := range []bool{false, true} {
			p := openInbound()
			p.Rules.Randomise = random
			p.Statics[0].Limits.NoRandom = exempt
			r := newRig(t, p)
			k := inboundTalk(r)
			if h := k.c(fSYN, ""); h.Seq() != 1000 {
				t.Errorf("the lower side's number became %d", h.Seq())
			}
			h := k.s(fSYN|fACK, "")
			if changed := h.Seq() != 5000; changed != (random && !exempt) {
				t.Errorf("random %v, norandomseq %v: the server's number is %d", random, exempt, h.Seq())
			}
			k.c(fACK, "")
			for range 3 {
				k.s(fACK, "hello")
				k.c(fACK, "world")
			}
			left := k.cSaw + 100
			k.options = []byte{1, 1, packet.OptSACK, 10, byte(left >> 24), byte(left >> 16), byte(left >> 8), byte(left), 0, 0, 0, 0}
			h = k.c(fACK, "")
			if got := h.ParseOptions(); h.Option32(got.SACKOff) != k.sSeq+100 {
				t.Errorf("SACK edge %d, want %d", h.Option32(got.SACKOff), k.sSeq+100)
			}
			k.options = nil
			k.close()
			if len(r.conns()) != 0 {
				t.Error("not closed")
			}
		}
	}
}

func TestMSSClamp(t *testing.T) {
	for _, c := range []struct{ clamp, mss, want uint16 }{{1380, 1460, 1380}, {1380, 536, 536}, {0, 1460, 1460}} {
		p := openInbound()
		p.Rules.MSSClamp = int(c.clamp)
		r := newRig(t, p)
		k := inboundTalk(r)
		k.options = []byte{packet.OptMSS, 4, byte(c.mss >> 8), byte(c.mss)}
		k.sopt = k.options
		if got := k.c(fSYN, "").ParseOptions().MSS; got != c.want {
			t.Errorf("clamp %d: MSS %d became %d", c.clamp, c.mss, got)
		}
		if got := k.s(fSYN|fACK, "").ParseOptions().MSS; got != c.want {
			t.Errorf("clamp %d: MSS %d became %d on the way back", c.clamp, c.mss, got)
		}
	}
}

func TestNonSYN(t *testing.T) {
	r := newRig(t, openInbound())
	for _, flags := range []uint8{fACK, fSYN | fACK, fRST, fFIN | fACK, 0} {
		r.events()
		r.expect(r.send(outside, tcpSeg(client, "204.31.17.2:25", flags, 1, 1, "")))
		want := EventDenyNoConn
		if ev := r.event(want); ev.Flags != flags {
			t.Errorf("flags %x in %+v", flags, ev)
		}
	}
}

// A port that is used anew opens a new connection once the old one is closing.
func TestPortReuse(t *testing.T) {
	r := newRig(t, openInbound())
	k := inboundTalk(r)
	k.open()
	k.c(fFIN|fACK, "")
	k.cSeq = 90000
	r.events()
	k.c(fSYN, "")
	if ev := r.event(EventTornConn); ev.Reason != ReasonInvalidSYN {
		t.Errorf("reason %d", ev.Reason)
	}
	k.state("SAaB")
}

func TestConnLimits(t *testing.T) {
	p := openInbound()
	p.Statics[0].Limits = ConnLimits{MaxConns: 3, MaxEmbryonic: 2}
	r := newRig(t, p)
	port := 1024
	next := func() []byte {
		port++
		return syn("192.150.49.10:"+itoa(port), "204.31.17.2:25")
	}
	for range 2 {
		if len(r.send(outside, next())) != 1 {
			t.Fatal("refused within the limit")
		}
	}
	r.events()
	r.expect(r.send(outside, next()))
	if ev := r.event(EventEmbryonic); ev.Count != 2 || ev.Limit != 2 || ev.Dst.Real.Addr() != mustAddr("10.1.1.2") {
		t.Errorf("%+v", ev)
	}
	if r.dropped(DropEmbryonic) != 1 {
		t.Errorf("drops %v", r.drops())
	}
	// One completes, so there is room for a third; a fourth is one too many.
	r.send(inPort, tcpSeg("10.1.1.2:25", "192.150.49.10:1025", fSYN|fACK, 7, 1001, ""))
	r.send(outside, tcpSeg("192.150.49.10:1025", "204.31.17.2:25", fACK, 1001, 8, ""))
	if len(r.send(outside, next())) != 1 {
		t.Fatal("refused though one was completed")
	}
	r.events()
	r.expect(r.send(outside, next()))
	if ev := r.event(EventTooManyConns); ev.Count != 3 || ev.Len != 2 || !ev.Static {
		t.Errorf("%+v", ev)
	}
	var h LocalHost
	r.e.Do(func(s *State) {
		for h = range LocalHosts(s.e.inline) {
		}
		if c := s.HostCounts(inPort); c.Denied != 2 || c.Active != 1 {
			t.Errorf("hosts %+v", c)
		}
	})
	if h.TCP != 3 || h.Embryonic != 2 || h.Addr != mustAddr("10.1.1.2") {
		t.Errorf("host %+v", h)
	}
	if x := r.xlates()[0]; x.Conns != 3 || x.Embryonic != 2 {
		t.Errorf("xlate %+v", x)
	}
	r.wait(3 * time.Minute)
	if x := r.xlates()[0]; x.Conns != 1 || x.Embryonic != 0 {
		t.Errorf("xlate %+v", x)
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// A full table refuses the new and keeps the old.
func TestConnTableFull(t *testing.T) {
	p := openInbound()
	p.Rules.MaxConns = 5
	r := newRig(t, p)
	for i := range 5 {
		r.send(outside, syn("192.150.49.10:"+itoa(2000+i), "204.31.17.2:25"))
	}
	r.events()
	r.expect(r.send(outside, syn("192.150.49.10:3000", "204.31.17.2:25")))
	r.event(EventNoSlots)
	if len(r.conns()) != 5 {
		t.Errorf("%d connections", len(r.conns()))
	}
	r.expect(r.send(inPort, tcpSeg("10.1.1.2:25", "192.150.49.10:2000", fSYN|fACK, 7, 1001, "")), "outside tcp 204.31.17.2:25 > 192.150.49.10:2000 SA")
	r.e.Do(func(s *State) {
		if n := ClearConns(s.e.inline, nil); n != 5 {
			t.Errorf("%d cleared", n)
		}
		if c, _ := s.Counts(); c != (Counts{0, 5}) {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestResetInbound(t *testing.T) {
	p := openInbound()
	p.Rules.ResetInbound = true
	r := newRig(t, p)
	got := r.send(outside, syn(client, "204.31.17.2:113"))
	r.expect(got, "outside tcp 204.31.17.2:113 > 192.150.49.10:1025 RA")
	if h := got[0].TCP(); h.Ack() != 1001 {
		t.Errorf("acknowledges %d", h.Ack())
	}
}

// Live connections outlive their rules; new ones do not come about.
func TestSwapKeepsFlows(t *testing.T) {
	r := newRig(t, openInbound())
	k := inboundTalk(r)
	k.open()
	p := openInbound()
	p.Statics, p.Conduits = nil, nil
	p.Timeouts.Conn = time.Minute
	r.e.Swap(p)
	k.c(fACK, "hello")
	k.s(fACK, "hello")
	if c := r.conns()[0]; c.Timeout != time.Hour {
		t.Errorf("timeout %v", c.Timeout)
	}
	r.events()
	r.expect(r.send(outside, syn("192.150.49.10:1030", "204.31.17.2:25")))
	r.event(EventDenyConduit)
	k.close()
	if len(r.conns()) != 0 {
		t.Error("not closed")
	}
}
