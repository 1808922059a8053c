package link

import (
	"testing"
	"time"
)

// distant is a wire of which the kernel tells nothing; it is ready at the look of that number.
type distant struct{ looks, at int }

func (*distant) descriptor() int { return -1 }
func (*distant) failed()         {}
func (w *distant) ready() bool   { w.looks++; return w.looks == w.at }

// A bell looks at its wires for a while, and no longer, before it sleeps.
func TestBellLooksBeforeItSleeps(t *testing.T) {
	for _, c := range []struct{ looks, at, want int }{
		{looksAwake, 5, 5}, {looksAwake, 0, looksAwake}, {0, 5, 0},
	} {
		w := &distant{at: c.at}
		b, err := newPollBell([]descriptor{w}, c.looks)
		if err != nil {
			t.Fatal(err)
		}
		d := 20 * time.Millisecond
		if c.want == c.at {
			d = time.Hour
		}
		b.Wait(d)
		if w.looks != c.want {
			t.Errorf("%+v: %d looks", c, w.looks)
		}
		b.Wait(-1) // asks for no time at all
		if w.looks != c.want {
			t.Errorf("%+v: %d looks where there is no time", c, w.looks)
		}
		b.Ring()
		b.Wait(time.Hour)
		testBell(t, b)
	}
}
