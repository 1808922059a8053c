package stream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pixsim/dataplane/inspect/smtp"
	"pixsim/dataplane/packet"
)

// The duties of a box that answers and swallows by itself (4.0 and 4.1), one by one. The client's octets in these tests
// are "!x\n", which is swallowed and answered by <ok>, and others.

// A SACK block of the client's moves back by the answers before it, one of the server's on by what was swallowed; a block
// for nothing but an answer is none.
func TestAnswerShiftsSACK(t *testing.T) {
	block := func(l, r uint32) []byte {
		return []byte{1, 1, packet.OptSACK, 10, byte(l >> 24), byte(l >> 16), byte(l >> 8), byte(l), byte(r >> 24), byte(r >> 16), byte(r >> 8), byte(r)}
	}
	w := newWire(t, &answerer{})
	w.seg(toC, 0, 0, 0, "220 hi")
	w.seg(toS, 0, 6, 0, "a\n!x\nbcd\n") // the server sees a\nbcd\n
	w.seg(toC, 6, 0, 0, "250 x")        // the client sees it at 10
	w.opts = block(isnS+1+10, isnS+1+15)
	got := w.seg(toS, 9, 6, 0, "")
	want(t, got, toS, 6, 6, 0, "")
	s := got[0].p.TCP()
	if o := s.ParseOptions(); o.SACKs != 1 || s.Option32(o.SACKOff) != isnS+1+6 || s.Option32(o.SACKOff+4) != isnS+1+11 {
		t.Errorf("client's blocks: % x", s.OptionBytes())
	}
	w.opts = block(isnS+1+6, isnS+1+10)
	if got = w.seg(toS, 9, 6, 0, ""); got[0].p.TCP().ParseOptions().SACKs != 0 {
		t.Errorf("a block of an answer: % x", got[0].p.TCP().OptionBytes())
	}
	w.opts = block(isnC+1+2, isnC+1+6)
	got = w.seg(toC, 11, 2, 0, "")
	want(t, got, toC, 15, 5, 0, "")
	s = got[0].p.TCP()
	if o := s.ParseOptions(); o.SACKs != 1 || s.Option32(o.SACKOff) != isnC+1+5 || s.Option32(o.SACKOff+4) != isnC+1+9 {
		t.Errorf("server's blocks: % x", s.OptionBytes())
	}
}

// FINs stand behind what was inserted and swallowed, and their acknowledgements as well.
func TestAnswerShiftsFIN(t *testing.T) {
	w := newWire(t, &answerer{})
	w.seg(toC, 0, 0, 0, "220 hi")
	w.seg(toS, 0, 6, 0, "!x\n")
	want(t, w.seg(toC, 6, 0, packet.FIN, "bye"), toC, 10, 3, packet.FIN, "bye")
	acked := func(server, client bool) {
		t.Helper()
		if w.c.FINAcked(toC) != server || w.c.FINAcked(toS) != client {
			t.Errorf("acknowledged: server's %v, client's %v", w.c.FINAcked(toC), w.c.FINAcked(toS))
		}
	}
	want(t, w.seg(toS, 3, 13, 0, ""), toS, 0, 9, 0, "")
	acked(false, false)
	want(t, w.seg(toS, 3, 14, 0, ""), toS, 0, 10, 0, "")
	acked(true, false)
	got := w.seg(toS, 3, 14, packet.FIN, "q\n")
	want(t, got, toS, 0, 10, packet.FIN, "q\n")
	want(t, w.seg(toC, 10, 2, 0, ""), toC, 14, 5, 0, "")
	acked(true, false)
	want(t, w.seg(toC, 10, 3, 0, ""), toC, 14, 6, 0, "")
	acked(true, true)
	// A FIN behind swallowed octets alone.
	w = newWire(t, &answerer{})
	w.seg(toC, 0, 0, 0, "220 hi")
	got = w.seg(toS, 0, 6, packet.FIN, "!x\n")
	fin := false
	for _, s := range got {
		if s.d == toS {
			wantIs(t, s, toS, 0, 6, packet.FIN, "")
			fin = true
		}
	}
	if !fin {
		t.Error("the FIN was swallowed")
	}
	want(t, w.seg(toC, 6, 1, 0, ""), toC, 10, 4, 0, "")
}

// An answer is repeated until it is acknowledged, at intervals that double up to a bound, with the numbers and the
// timestamp of the day.
func TestAnswerIsRepeated(t *testing.T) {
	ts := func(v byte) []byte { return []byte{1, 1, packet.OptTimestamps, 10, 0, 0, 0, v, 0, 0, 0, v} }
	w := newWire(t, &answerer{})
	w.opts = ts(1)
	w.seg(toC, 0, 0, 0, "220 hi")
	w.opts = ts(2)
	w.seg(toS, 0, 6, 0, "!x\n")
	w.opts = ts(3)
	w.seg(toC, 6, 0, 0, "")
	gap := rtoFirst
	for range 9 {
		if got := w.tick(gap - time.Millisecond); len(got) != 0 {
			t.Fatalf("before %v", gap)
		}
		got := w.tick(time.Millisecond)
		want(t, got, toC, 6, 3, packet.PSH, okAnswer)
		if o := got[0].p.TCP().ParseOptions(); o.TSVal != 3 {
			t.Errorf("timestamp %d", o.TSVal)
		}
		gap = min(2*gap, rtoMost)
	}
	w.opts = ts(4)
	w.seg(toS, 3, 10, 0, "")
	if !w.c.Next().IsZero() || w.c.Held() > floor {
		t.Error("it goes on after the acknowledgement")
	}
	// A client that repeats the command instead gets the answer once more, not a second one.
	got := w.seg(toS, 0, 6, 0, "!x\n")
	for _, s := range got {
		if s.body() != "" && s.body() != okAnswer {
			t.Errorf("%q", s.body())
		}
	}
	if n := w.c.Counts().Answers; n != 1 {
		t.Errorf("%d answers", n)
	}
}

// Answers are bounded in octets besides in number; beyond, the command is withheld until there is room.
func TestAnswerOctets(t *testing.T) {
	v := &verbose{answer: strings.Repeat("a", answerMax/2)}
	w := newWire(t, v)
	w.seg(toC, 0, 0, 0, "220 hi")
	w.seg(toS, 0, 6, 0, "!!!!")
	if n, octets := w.c.halves[toC].answers(); n != 2 || octets != answerMax {
		t.Errorf("%d answers of %d octets", n, octets)
	}
	if ack := w.out[len(w.out)-1].p.TCP().Ack(); ack != isnC+1+2 {
		t.Errorf("%d octets acknowledged", ack-isnC-1)
	}
	w.seg(toS, 2, 6+answerMax, 0, "!!")
	if v.asked != 4 {
		t.Errorf("%d commands judged", v.asked)
	}
}

// verbose swallows octet by octet and answers at length.
type verbose struct {
	answer string
	asked  int
}

func (v *verbose) Segment(_ time.Time, d smtp.Dir, seg []byte) smtp.Verdict {
	if d == toC {
		return smtp.Verdict{Take: len(seg)}
	}
	v.asked++
	return smtp.Verdict{Swallow: 1, Answer: []byte(v.answer)}
}

// The real engine of 4.0 and 4.1: its OK comes behind the replies that the server owes, the server never hears of the
// refused command, and both go on with numbers of their own.
func TestAnswerBehindOwedReplies(t *testing.T) {
	p := smtp.P40()
	w := &wire{t: t, c: New(smtp.New(&p, nil), &Pool{}), now: epoch, win: 8000}
	w.raw(toS, isnC, 0, packet.SYN, "")
	w.raw(toC, isnS, isnC+1, packet.SYN|packet.ACK, "")
	w.seg(toS, 0, 0, 0, "")
	w.seg(toC, 0, 0, 0, "220 x\r\n")
	w.seg(toS, 0, 7, 0, "")
	got := w.seg(toS, 0, 7, 0, "NOOP\r\nEHLO x\r\nRSET\r\n")
	want(t, got, toS, 0, 7, packet.PSH, "NOOP\r\nRSET\r\n")
	if n := w.c.Counts().Answers; n != 0 {
		t.Fatal("the answer overtakes the reply to NOOP")
	}
	got = w.seg(toC, 7, 12, 0, "250 noop\r\n250 rset\r\n")
	var seen []byte
	for _, s := range got {
		if s.d != toC {
			t.Fatalf("%q to the server", s.body())
		}
		if s.p.TCP().Seq() != isnS+1+7+uint32(len(seen)) || s.p.TCP().Ack() != isnC+1+20 {
			t.Errorf("%q at %d, ack %d", s.body(), s.p.TCP().Seq()-isnS-1, s.p.TCP().Ack()-isnC-1)
		}
		seen = append(seen, s.body()...)
	}
	lines := strings.SplitAfter(string(seen), "\r\n")
	if len(lines) != 4 || lines[0] != "250 noop\r\n" || !strings.HasPrefix(lines[1], "250 ") || strings.Contains(lines[1], "rset") || lines[2] != "250 rset\r\n" {
		t.Errorf("the client got %q", lines)
	}
	all := uint32(len(seen))
	want(t, w.seg(toS, 20, 7+all, 0, "QUIT\r\n"), toS, 12, 27, 0, "QUIT\r\n")
	want(t, w.seg(toC, 27, 18, packet.FIN, "221 x\r\n"), toC, 7+all, 26, packet.FIN, "221 x\r\n")
}

// What is repeated because the client's window is shut never exceeds it, whatever the client opens.
func TestAnswerInsideTheWindow(t *testing.T) {
	for win := range uint16(10) {
		t.Run(fmt.Sprint(win), func(t *testing.T) {
			w := newWire(t, &answerer{wait: -100})
			w.c.halves[toC].rightKnown = false
			w.win = 6 + win
			w.seg(toS, 0, 0, 0, "")
			w.win = 100
			w.seg(toC, 0, 0, 0, "220 hi")
			w.win = win
			w.out = nil
			w.seg(toS, 0, 6, 0, "!x\n!x\n")
			most := 0
			for _, s := range w.out {
				if s.d == toC {
					most = max(most, int(s.p.TCP().Seq()-isnS-1-6)+len(s.body()))
				}
			}
			if most > int(win) {
				t.Errorf("%d octets into a window of %d", most, win)
			}
		})
	}
}
