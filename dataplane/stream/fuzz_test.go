package stream

import (
	"encoding/binary"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// steady checks of everything emitted that an octet, once it left at a place, never leaves there as another one.
type steady struct {
	t      testing.TB
	left   [2]map[uint32]byte
	c      *Conn
	masked bool // what has not been inspected is lower case, what has been is not
}

func (s *steady) Emit(d smtp.Dir, p packet.Packet) {
	checkPacket(s.t, p)
	t := p.TCP()
	for i, b := range t.Payload() {
		at := t.Seq() + uint32(i)
		if was, ok := s.left[d][at]; ok && was != b {
			s.t.Fatalf("direction %d: octet %d left as %q, then as %q", d, at, was, b)
		}
		s.left[d][at] = b
		if s.masked && isLower(d, b) && !s.c.detached {
			s.t.Fatalf("%q left unseen", t.Payload())
		}
	}
}
func (s *steady) Notice(smtp.Event) {}
func (s *steady) End(bool)          {}

// hostile says anything at all, within its contract.
type hostile struct {
	counter
	script []byte
}

func (h *hostile) InData() bool { return len(h.script)%2 == 0 }

func (h *hostile) Segment(now time.Time, d smtp.Dir, seg []byte) smtp.Verdict {
	if len(h.script) == 0 {
		return h.counter.Segment(now, d, seg)
	}
	op := h.script[0]
	h.script = h.script[1:]
	n := len(seg)
	switch op % 8 {
	case 0:
		n /= 2
	case 1:
		n = 0
	}
	v := h.counter.Segment(now, d, seg[:n])
	switch op / 8 % 8 {
	case 0:
		v.Swallow = (len(seg) - n) / 2
	case 1:
		v.Swallow, v.Answer = len(seg)-n, []byte("250 OK\r\n")
	case 2:
		v.Answer = []byte("250 OK\r\n")
	case 3:
		v.Again = now.Add(time.Duration(op) * time.Millisecond)
	case 4:
		if op/64 == 3 {
			v = smtp.Verdict{Act: smtp.DropSegment}
			h.n[d] -= n
		}
	case 5:
		if op == 0xe8 {
			v.Act = smtp.Detach
		}
	}
	if d == smtp.ToServer || v.Swallow == 0 {
		return v
	}
	v.Swallow = 0
	return v
}

// FuzzConn throws arbitrary segments and arbitrary verdicts at a Conn: it never panics, stays within its bounds, emits
// right checksums, and never contradicts itself.
func FuzzConn(f *testing.F) {
	f.Add([]byte{}, []byte("\x00\x00\x00\x05\x00\x00\x10\x00\x01\x00\x00\x03\x00\x05\x10\x00"))
	f.Add([]byte{9, 1, 24, 0}, []byte("\x00\x00\x00\x20\x00\x00\x10\x00\x01\x00\x00\x20\x00\x05\x11\x00\x00\x00\x10\x20\x00\x05\x18\x80\x02\x00\x00\x20\x00\x05\x11\x00"))
	f.Fuzz(func(t *testing.T, script, ops []byte) {
		w := newWire(t, &hostile{script: script})
		w.c.sackOK = [2]bool{true, true}
		s := &steady{t: t, c: w.c, left: [2]map[uint32]byte{{}, {}}, masked: true}
		for n := 0; len(ops) >= 8 && n < 300; n++ {
			fuzzOp(w, s, ops[:8])
			ops = ops[8:]
			checkBounds(t, w.c)
		}
	})
}

func fuzzOp(w *wire, s *steady, op []byte) {
	d := smtp.Dir(op[0] & 1)
	if op[0]&2 != 0 {
		w.now = w.now.Add(time.Duration(op[7]) * 10 * time.Millisecond)
		w.c.Tick(w.now, s)
		return
	}
	h, peer := &w.c.halves[d], &w.c.halves[other(d)]
	seq := h.nxt + uint32(int16(binary.BigEndian.Uint16(op[1:])))
	ack := peer.una + uint32(int8(op[4]))
	if op[0]&4 != 0 {
		ack = peer.outNxt
	}
	body := make([]byte, int(op[3])*(1+int(op[7]&7)))
	for i := range body {
		body[i] = 'a' + op[5]%26
	}
	p := build(d, packet.Segment{Seq: seq, Ack: ack, Flags: op[6], Window: uint16(op[5]) << 4, Payload: body,
		Options: []byte{1, 1, packet.OptSACK, 10, op[1], op[2], op[3], op[4], op[5], op[6], op[7], op[0]}})
	if op[7]&8 != 0 {
		p.GSOSize = uint16(op[7]) + 1
	}
	if op[7]&16 != 0 {
		p.NeedsCsum = true
		p.FillTransport()
	}
	w.c.Segment(w.now, d, p, s)
}

func checkBounds(t testing.TB, c *Conn) {
	audit(t, c)
	for i := range c.halves {
		h := &c.halves[i]
		n := 0
		for _, s := range h.ooo {
			n += len(s.b)
		}
		if h.kept.n > keepMax || n != h.oooBytes || n > oooBytes || len(h.ooo) > oooSegs || len(h.pend) > pendMax || len(h.edits) > 2*maxEdits {
			t.Fatalf("kept %d, early %d of %d, pending %d, edits %d", h.kept.n, n, len(h.ooo), len(h.pend), len(h.edits))
		}
		if !h.up {
			continue
		}
		if got := h.kept.base + uint32(h.kept.n); !h.fin && got != h.outNxt || h.fin && got != h.outNxt-1 {
			t.Fatalf("kept up to %d, next is %d", got, h.outNxt)
		}
		if h.toOut(h.nxt) != h.outNxt || packet.Before(h.outNxt, h.una) {
			t.Fatalf("next %d is %d, not %d; acknowledged %d", h.nxt, h.toOut(h.nxt), h.outNxt, h.una)
		}
	}
}

// phrases are what the ends of FuzzSession say.
var phrases = [2][]string{
	{"HELO x\r\n", "EHLO x\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<<c>|d>\r\n", "DATA\r\n", "text\r\n", "..\r\n", ".\r\n", "\r\n.\r\n", "KILL",
		" x", "\r\n", "\n", "AUTH LOGIN\r\n", "dXNlcg==\r\n", "STARTTLS\r\n", "NOOP\r\n", "QUIT\r\n", "VRFY a\r\nVRFY b\r\n", "\x16\x03\x01"},
	{"220 x 20 0 y\r\n", "220-x\r\n", "250 OK\r\n", "250-SIZE 1\r\n250-X-EXPS\r\n", "250-AUTH=LO", "GIN\r\n", "354 go\r\n", "334 x\r\n", "235 OK\r\n",
		"500 what\r\n", "221 bye\r\n", "421 no\r\n", "2", "\r\n", "25", "250-", "\n"},
}

// FuzzSession has two ends talk through every profile and a wire that cuts, repeats, alters and reorders at will. The
// Conn stays within its bounds and never takes back what it let go.
func FuzzSession(f *testing.F) {
	for i := range profiles {
		var plain, wild []byte
		for k := range byte(40) {
			plain = append(plain, k&1, k/2*7, 0, 255, 2|k&1, 0, 0, 255, 8, 0, 0, 0)
			wild = append(wild, k*5, k*31, k*3, k*17)
		}
		f.Add(byte(i), plain)
		f.Add(byte(i), wild)
	}
	f.Fuzz(func(t *testing.T, profile byte, ops []byte) {
		p := profiles[int(profile)%len(profiles)].p()
		w := newWire(t, smtp.New(&p, nil))
		w.c.sackOK = [2]bool{true, true}
		e := &hearsay{w: w, s: &steady{t: t, c: w.c, left: [2]map[uint32]byte{{}, {}}}}
		for n := 0; len(ops) >= 4 && n < 200; n++ {
			e.op(ops[0], ops[1], ops[2], ops[3])
			ops = ops[4:]
			checkBounds(t, w.c)
		}
	})
}

// hearsay is two ends that take anything the other is given for granted.
type hearsay struct {
	w   *wire
	s   *steady
	out [2][]byte
}

func (e *hearsay) op(what, a, b, n byte) {
	d := smtp.Dir(what & 1)
	h, peer := &e.w.c.halves[d], &e.w.c.halves[other(d)]
	first := isnC + 1
	if d == toC {
		first = isnS + 1
	}
	at := int(int32(h.nxt - first))
	flags := uint8(packet.ACK)
	ack := peer.una
	var gso uint16
	alter := false
	switch what / 2 % 8 {
	case 0: // says something, which is not sent yet
		list := phrases[d]
		e.out[d] = append(e.out[d], list[int(a)%len(list)]...)
		return
	case 1: // sends what was not taken
	case 2: // or anything
		at = min(int(a), len(e.out[d]))
	case 3:
		at, alter = min(int(a), len(e.out[d])), true
	case 4: // acknowledges everything
		ack, n = peer.outNxt, 0
	case 5:
		e.w.now = e.w.now.Add(time.Duration(a) * 20 * time.Millisecond)
		e.w.c.Tick(e.w.now, e.s)
		return
	case 6:
		gso = uint16(b) + 1
	case 7:
		flags |= packet.FIN
	}
	at = min(max(at, 0), len(e.out[d]))
	body := append([]byte(nil), e.out[d][at:min(at+int(n), len(e.out[d]))]...)
	if alter && len(body) > 0 {
		body[int(b)%len(body)] ^= 1
	}
	pk := build(d, packet.Segment{Seq: first + uint32(at), Ack: ack, Flags: flags, Window: 8000, Payload: body})
	pk.GSOSize = gso
	e.w.c.Segment(e.w.now, d, pk, e.s)
}
