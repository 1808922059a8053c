package smtp

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestBodyIsSegments: what Body takes at once of a train is what Segment takes of its segments one by one, without a word, and
// what follows is judged the same.
func TestBodyIsSegments(t *testing.T) {
	taken := 0
	perProfile(t, func(t *rapid.T, p Profile) {
		p.Flaws = Flaws(rapid.SampledFrom([]int{0, 0, 0, rapid.IntRange(0, 255).Draw(t, "flaws")}).Draw(t, "flawed"))
		var pol *Policy
		if a := rapid.IntRange(-1, int(ActionRate)).Draw(t, "policy"); a >= 0 {
			pol = busyPolicy(&p, Action(a))
		}
		many, one := New(&p, pol), New(&p, pol)
		many.enter(t, "DATA")
		one.enter(t, "DATA")
		size := rapid.IntRange(1, 40).Draw(t, "size")
		piece := rapid.SampledFrom([]string{"\r", "\n", ".", "a", "\r\n", "\r\n\r\n", "To: x\r\n", strings.Repeat("b", 50), terminator, "--b\r\n", "NOOP\r\n", "\n\r\n.", "\r\n.\r"})
		for i := range rapid.IntRange(1, 5).Draw(t, "trains") {
			in := strings.Join(rapid.SliceOfN(piece, 1, 30).Draw(t, fmt.Sprint("train ", i)), "")
			first := min(len(in), rapid.IntRange(1, size).Draw(t, "first"))
			a, b := []byte(in), []byte(in)
			for off := 0; off < len(in); {
				end := first
				if off >= first {
					end = first + ((off-first)/size+1)*size
				}
				end = min(end, len(in))
				if n := many.Body(ToServer, a[off:], end-off, size); n > 0 {
					taken++
					for at := off; at < off+n; {
						stop := first
						if at >= first {
							stop = first + ((at-first)/size+1)*size
						}
						stop = min(stop, off+n)
						v := one.Segment(t0, ToServer, b[at:stop])
						if v.Take != stop-at || v.Act != Pass || len(v.Events) > 0 || string(b[at:stop]) != in[at:stop] {
							t.Fatalf("%q: Body took %d; of %q Segment said %+v", in[off:], n, in[at:stop], v)
						}
						at = stop
					}
					off += n
					continue
				}
				v := many.Segment(t0, ToServer, a[off:end])
				w := one.Segment(t0, ToServer, b[off:end])
				if !reflect.DeepEqual(v, w) || string(a) != string(b) {
					t.Fatalf("%q: %+v after Body, %+v without", in[off:end], v, w)
				}
				if v.Take+v.Swallow < end-off {
					return
				}
				off = end
			}
			if many.end != one.end || many.last != one.last || many.mode != one.mode {
				t.Fatalf("%q: %v %q %v after Body, %v %q %v without", in, many.end, many.last, many.mode, one.end, one.last, one.mode)
			}
		}
	})
	if taken == 0 {
		t.Error("Body took nothing")
	}
}

// What of a terminator came before the segments that Body takes is forgotten.
func TestBodyForgets(t *testing.T) {
	p := P44()
	s := New(&p, nil)
	s.enter(t, "DATA")
	s.Segment(t0, ToServer, []byte("x\r\n.\r"))
	if n := s.Body(ToServer, []byte("a\n\r\n.b\r\n.\r\n"), 5, 5); n != 5 || s.end != 3 {
		t.Errorf("%d octets, %d of the terminator", n, s.end)
	}
}

// TestIndexEnd compares with a search, over many dots and few.
func TestIndexEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"\r", "\n", ".", "\r\n", "\r\n.", strings.Repeat(".", 40), strings.Repeat("a", 100), terminator})
		in := strings.Join(rapid.SliceOf(piece).Draw(t, "in"), "")
		if got, want := indexEnd([]byte(in)), strings.Index(in, terminator); got != want {
			t.Fatalf("%q: %d, want %d", in, got, want)
		}
	})
}

// morsels are what the messages of FuzzBody are made of.
var morsels = []string{
	"\r", "\n", ".", "a", "\r\n", "\r\n\r\n", terminator, ".\r\n", "\r\n.\r", "To: x\r\n", "Content-Type: a/b; name=abcdefghijklmnopqrstuvwxyz\r\n", "--b\r\n", "--", " ", "\t",
	"Content-Transfer-Encoding: 7bit\r\n", "Subject: ", "bbbbbbbbbb", strings.Repeat("a", 70) + "\r\n", "..\r\n", "\n.\n", "\r.\r",
}

// FuzzBody: what is made of a message in trains of any segments, which the fast path takes, is what is made of it octet by octet.
func FuzzBody(f *testing.F) {
	for _, p := range []byte{4, 6, 7} {
		f.Add(p, byte(0), byte(9), []byte{9, 10, 15, 4, 17, 4, 17, 4, 11, 10, 4, 17, 4, 6})
		f.Add(p, byte(0x82), byte(5), []byte{4, 18, 17, 4, 19, 20, 21, 17, 4, 6})
		f.Add(p, byte(2), byte(13), []byte{4, 17, 4, 18, 17, 4, 6})
		f.Add(p, byte(1), byte(200), []byte{4, 17, 4, 11, 10, 15, 4, 17, 4, 6})
		f.Add(p, byte(3), byte(3), []byte{4, 17, 4, 17, 4, 17, 17, 17, 17, 4, 2, 17, 4, 0})
	}
	f.Fuzz(func(t *testing.T, profile, action, size byte, ops []byte) {
		p := profiles[int(profile)%len(profiles)].p()
		var pol *Policy
		if a := Action(action % 4); a > 0 && action >= 0x80 {
			pol = busyPolicy(&p, a-1)
		} else if a > 0 {
			pol = DefaultPolicy(&p)
			for i := range pol.Matches {
				pol.Matches[i].Limit = 20 * int(a)
			}
		}
		in := "\r\n" // of DATA
		for _, o := range ops[:min(len(ops), 400)] {
			in += morsels[int(o)%len(morsels)]
		}
		if end := strings.Index(in, terminator); end >= 0 {
			in = in[:end+len(terminator)]
		}
		in = in[2:]
		trains, octets := New(&p, pol), New(&p, pol)
		trains.enter(t, "DATA")
		octets.enter(t, "DATA")
		a, b := inTrains(trains, []byte(in), 1+int(size)), inTrains(octets, []byte(in), 1)
		switch {
		case a.act != b.act, a.act == Pass && !slices.Equal(a.rules, b.rules):
			t.Fatalf("%q: %+v in trains, %+v octet by octet", in, a, b)
		case a.act != Pass: // by which of two rules, and behind which octet, is a matter of segments
		case a.out != in || b.out != in || trains.mode != octets.mode || trains.end != octets.end || trains.last != octets.last:
			t.Fatalf("%q: %q %v %v in trains, %q %v %v octet by octet", in, a.out, trains.mode, trains.end, b.out, octets.mode, octets.end)
		case trains.x != nil && trains.mode == modeData && (trains.x.msg.header != octets.x.msg.header || trains.x.msg.part != octets.x.msg.part ||
			trains.x.msg.line != octets.x.msg.line || trains.x.msg.mail != octets.x.msg.mail):
			t.Fatalf("%q: %+v in trains, %+v octet by octet", in, trains.x.msg, octets.x.msg)
		}
	})
}

// fate is what became of a message.
type fate struct {
	out   string
	act   Act
	rules []int // those that were met, each once
}

// inTrains brings in in trains of ten segments of size octets, or, when that is 1, octet by octet past the fast path.
func inTrains(s *Session, in []byte, size int) (o fate) {
	off := 0
	for off < len(in) && o.act == Pass {
		n := 0
		if size > 1 {
			n = s.Body(ToServer, in[off:min(len(in), off+10*size)], min(size, len(in)-off), size)
		}
		if n == 0 {
			v := s.Segment(t0, ToServer, in[off:min(len(in), off+size)])
			n, o.act = v.Take, v.Act
			for _, e := range v.Events {
				if !slices.Contains(o.rules, e.Match) {
					o.rules = append(o.rules, e.Match)
				}
			}
			if n == 0 {
				break
			}
		}
		off += n
	}
	o.out = string(in[:off])
	slices.Sort(o.rules)
	return o
}
