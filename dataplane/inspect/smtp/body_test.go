package smtp

import (
	"fmt"
	"reflect"
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
