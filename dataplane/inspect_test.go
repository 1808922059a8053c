package dataplane

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

func pix63() *smtp.Profile {
	return &smtp.Profile{Name: "6.3", Verbs: []string{"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"}, Addresses: true}
}

func guarded() *Policy {
	p := openInbound()
	p.Rules.Randomise = true
	p.Inspect = []Inspect{{ID: 40, Lo: 25, Hi: 25, Profile: pix63(), If: None}}
	return p
}

// through sends a segment whose payload may change on the way, and returns what arrives.
func (k *talk) through(server bool, flags uint8, text string) string {
	k.r.t.Helper()
	in, out, from, to, seq, saw := k.cPort, k.sPort, k.client, k.to, &k.cSeq, &k.cSaw
	theirs := &k.sSaw
	if server {
		in, out, from, to, seq, saw, theirs = k.sPort, k.cPort, k.server, k.from, &k.sSeq, &k.sSaw, &k.cSaw
	}
	got := k.r.send(in, tcpSeg(from, to, flags, *seq, *saw, text))
	var b strings.Builder
	for _, s := range got {
		if s.port != out || s.TCP().Flags()&packet.RST != 0 {
			continue
		}
		b.Write(s.TCP().Payload())
		*theirs = s.TCP().Seq() + packet.SeqLen(s.TCP())
	}
	if b.Len() > 0 || flags&(packet.SYN|packet.FIN) != 0 {
		*seq += uint32(len(text))
		if flags&(packet.SYN|packet.FIN) != 0 {
			*seq++
		}
	}
	return b.String()
}

func (k *talk) greeted() {
	k.r.t.Helper()
	k.through(false, fSYN, "")
	k.through(true, fSYN|fACK, "")
	k.through(false, fACK, "")
	if got := k.through(true, fACK|packet.PSH, "220 mail.example.com\r\n"); !strings.HasPrefix(got, "220 ***") {
		k.r.t.Errorf("greeting %q", got)
	}
}

func TestInspection(t *testing.T) {
	r := newRig(t, guarded())
	k := inboundTalk(r)
	k.greeted()
	k.state("UOB")
	if got := k.through(false, fACK|packet.PSH, "EHLO x\r\n"); got != "XXXX x\r\n" && got != "XXXXXX\r\n" {
		t.Errorf("EHLO became %q", got)
	}
	if got := k.through(true, fACK|packet.PSH, "500 what?\r\n"); got != "500 what?\r\n" {
		t.Errorf("reply %q", got)
	}
	if got := k.through(false, fACK|packet.PSH, "HELO x\r\n"); got != "HELO x\r\n" {
		t.Errorf("HELO became %q", got)
	}
	c := r.conns()[0]
	if !c.Inspected || c.MailData || c.Bytes == 0 {
		t.Errorf("%+v", c)
	}
	r.e.Do(func(s *State) {
		if n := s.Inspect(40).Packets; n != 7 {
			t.Errorf("%d packets counted", n)
		}
	})
	k.state("UIOB")
	// The dialogue to DATA.
	for _, step := range []struct {
		server bool
		text   string
	}{{true, "250 hi\r\n"}, {false, "MAIL FROM:<a@b.c>\r\n"}, {true, "250 ok\r\n"}, {false, "RCPT TO:<d@e.f>\r\n"}, {true, "250 ok\r\n"},
		{false, "DATA\r\n"}, {true, "354 go\r\n"}, {false, "Subject: x\r\n\r\nEHLO is text here\r\n"}} {
		if got := k.through(step.server, fACK|packet.PSH, step.text); got != step.text {
			t.Errorf("%q became %q", step.text, got)
		}
	}
	if !r.conns()[0].MailData {
		t.Error("no MailData")
	}
	k.through(false, fFIN|fACK, ".\r\n")
	k.through(true, fFIN|fACK, "250 ok\r\n")
	k.through(false, fACK, "")
	if len(r.conns()) != 0 {
		t.Errorf("%+v", r.conns())
	}
}

// no fixup: live connections stay inspected, new ones are free; and the other way round.
func TestInspectionOutlivesSwap(t *testing.T) {
	r := newRig(t, guarded())
	old := inboundTalk(r)
	old.greeted()
	r.e.Swap(openInbound())
	if got := old.through(false, fACK|packet.PSH, "EHLO x\r\n"); strings.HasPrefix(got, "EHLO") {
		t.Error("inspection ended")
	}
	fresh := inboundTalk(r)
	fresh.client, fresh.from = "192.150.49.10:2000", "192.150.49.10:2000"
	fresh.open()
	fresh.c(fACK, "EHLO x\r\n")
	r.e.Swap(guarded())
	fresh.c(fACK, "EHLO x\r\n")
}

// Which connections a rule takes.
func TestInspectRules(t *testing.T) {
	for _, c := range []struct {
		name string
		rule Inspect
		want bool
	}{
		{"port", Inspect{Lo: 25, Hi: 25, If: None}, true},
		{"other port", Inspect{Lo: 26, Hi: 30, If: None}, false},
		{"real server", Inspect{Lo: 25, Hi: 25, If: None, Server: pfx("10.1.1.2/32")}, true},
		{"mapped server", Inspect{Lo: 25, Hi: 25, If: None, Server: pfx("204.31.17.2/32")}, true},
		{"other server", Inspect{Lo: 25, Hi: 25, If: None, Server: pfx("10.1.1.3/32")}, false},
		{"interface", Inspect{Lo: 25, Hi: 25, If: inPort}, true},
		{"other interface", Inspect{Lo: 25, Hi: 25, If: dmz}, false},
		{"class", Inspect{Lo: 25, Hi: 25, If: None, Match: list(rule(true, packet.ProtoTCP, "any", "204.31.17.2", 25))}, true},
		{"other class", Inspect{Lo: 25, Hi: 25, If: None, Match: list(rule(false, packet.ProtoTCP, "any", "204.31.17.2", 25))}, false},
	} {
		p := openInbound()
		c.rule.Profile = pix63()
		p.Inspect = []Inspect{c.rule}
		r := newRig(t, p)
		r.send(outside, syn(client, "204.31.17.2:25"))
		if got := r.conns()[0].Inspected; got != c.want {
			t.Errorf("%s: inspected %v", c.name, got)
		}
	}
}

// The sequence translation of an answering release stands on top of that of randomised initial numbers: payload, FIN,
// acknowledgement and SACK of both sides, and what the box repeats by itself.
func TestAnswersOnTranslatedNumbers(t *testing.T) {
	p40 := smtp.P40()
	p := guarded()
	p.Inspect[0].Profile = &p40
	r := newRig(t, p)
	const cISN, sISN, ok = 1000, 5000, "250 OK\r\n"
	var shift uint32 // of the server's numbers on the outside
	c := func(seq, ack uint32, flags uint8, text string, opts ...byte) []sent {
		return r.send(outside, tcpSeg(client, "204.31.17.2:25", flags, cISN+1+seq, sISN+1+ack+shift, text, opts...))
	}
	s := func(seq, ack uint32, flags uint8, text string) []sent {
		return r.send(inPort, tcpSeg("10.1.1.2:25", client, flags, sISN+1+seq, cISN+1+ack, text))
	}
	is := func(got sent, port Port, seq, ack uint32, flags uint8, text string) {
		t.Helper()
		wantSeq, wantAck := cISN+1+seq, sISN+1+ack
		if port == outside {
			wantSeq, wantAck = sISN+1+seq+shift, cISN+1+ack
		}
		h := got.TCP()
		if got.port != port || h.Seq() != wantSeq || h.Ack() != wantAck || h.Flags()&^packet.PSH != flags|fACK || string(h.Payload()) != text {
			t.Errorf("%s seq %d ack %d %q, want %d %d %q", got, h.Seq()-wantSeq+seq, h.Ack()-wantAck+ack, h.Payload(), seq, ack, text)
		}
	}
	only := func(got []sent) sent {
		t.Helper()
		if len(got) != 1 {
			t.Fatalf("%d packets:\n%s", len(got), lines(got))
		}
		return got[0]
	}
	r.send(outside, tcpSeg(client, "204.31.17.2:25", fSYN, cISN, 0, "", packet.OptSACKOK, 2))
	synAck := only(r.send(inPort, tcpSeg("10.1.1.2:25", client, fSYN|fACK, sISN, cISN+1, "", packet.OptSACKOK, 2)))
	if shift = synAck.TCP().Seq() - sISN; shift == 0 {
		t.Fatal("the server's numbers are not translated")
	}
	c(0, 0, fACK, "")
	greeting := only(s(0, 0, fACK, "220 x\r\n"))
	is(greeting, outside, 0, 0, 0, string(greeting.TCP().Payload()))

	got := c(0, 7, fACK, "EHLO x\r\nNOOP\r\n")
	if len(got) != 2 {
		t.Fatalf("%d packets:\n%s", len(got), lines(got))
	}
	is(got[0], inPort, 0, 7, 0, "NOOP\r\n")
	is(got[1], outside, 7, 8, 0, ok)
	again := only(r.wait(1100 * time.Millisecond))
	is(again, outside, 7, 8, 0, ok)
	n := uint32(len(ok))
	is(only(s(7, 6, fACK, "250 noop\r\n")), outside, 7+n, 14, 0, "250 noop\r\n")
	block := func(from, to uint32) []byte {
		from, to = sISN+1+from+shift, sISN+1+to+shift
		return []byte{1, 1, packet.OptSACK, 10, byte(from >> 24), byte(from >> 16), byte(from >> 8), byte(from), byte(to >> 24), byte(to >> 16), byte(to >> 8), byte(to)}
	}
	sacked := only(c(14, 7, fACK, "", block(7+n, 17+n)...))
	is(sacked, inPort, 6, 7, 0, "")
	if o := sacked.TCP().ParseOptions(); o.SACKs != 1 || sacked.TCP().Option32(o.SACKOff) != sISN+1+7 || sacked.TCP().Option32(o.SACKOff+4) != sISN+1+17 {
		t.Errorf("SACK % x", sacked.TCP().OptionBytes())
	}
	is(only(c(14, 17+n, fACK, "QUIT\r\n")), inPort, 6, 17, 0, "QUIT\r\n")
	is(only(s(17, 12, fFIN|fACK, "221 x\r\n")), outside, 17+n, 20, fFIN, "221 x\r\n")
	is(only(c(20, 25+n, fFIN|fACK, "")), inPort, 12, 25, fFIN, "")
	is(only(s(25, 13, fACK, "")), outside, 25+n, 21, 0, "")
	if len(r.conns()) != 0 {
		t.Errorf("%+v", r.conns())
	}
}

// What inspection keeps is counted for each connection and for all, bounded for all, and given back however they end.
func TestStreamMemory(t *testing.T) {
	memory := func(r *rig) (m StreamMemory) {
		r.e.Do(func(s *State) { m = s.Streams() })
		return m
	}
	r := newRig(t, guarded())
	if m := memory(r); m.Held != 0 || m.Most != 64<<20 {
		t.Errorf("%+v", m)
	}
	r.e.streams.Limit = 100000
	const crowd = 200
	for i := range crowd {
		k := inboundTalk(r)
		k.client = fmt.Sprintf("192.150.49.10:%d", 2000+i)
		k.from = k.client
		k.greeted()
		for range 6 { // never acknowledged
			k.through(false, fACK, strings.Repeat("NOOP xxxxxxxxxxx\r\n", 50))
		}
	}
	m := memory(r)
	sum := 0
	for _, c := range r.conns() {
		sum += c.Held
	}
	if sum != m.Held || m.Held > m.Most+crowd*2*4096 || m.Held < m.Most || m.Refused == 0 {
		t.Errorf("%+v, %d octets in all", m, sum)
	}
	// They end by a reset, by a command, and with the box.
	first := r.conns()[0]
	r.send(outside, tcpSeg(first.Lower.Real.String(), "204.31.17.2:25", packet.RST|fACK, 1001, 0, ""))
	if m = memory(r); len(r.conns()) != crowd-1 || m.Held != sum-first.Held || first.Held == 0 {
		t.Errorf("after a reset %+v, before %d with %d", m, sum, first.Held)
	}
	r.e.Do(func(s *State) { ClearConns(s.e.inline, func(Conn) bool { return true }) })
	if m = memory(r); m.Held != 0 {
		t.Errorf("after all have ended %+v", m)
	}
}
