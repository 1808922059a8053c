package dataplane

import (
	"strings"
	"testing"

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
