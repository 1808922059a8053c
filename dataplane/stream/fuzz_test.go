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
	t    testing.TB
	left [2]map[uint32]byte
	c    *Conn
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
		if isLower(d, b) && !s.c.detached {
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
		s := &steady{t: t, c: w.c, left: [2]map[uint32]byte{{}, {}}}
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
		if h.toOut(h.nxt) != h.outNxt || before(h.outNxt, h.una) {
			t.Fatalf("next %d is %d, not %d; acknowledged %d", h.nxt, h.toOut(h.nxt), h.outNxt, h.una)
		}
	}
}
