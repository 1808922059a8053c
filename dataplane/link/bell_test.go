package link

import (
	"sync"
	"testing"
	"time"
)

// testBell: a ring before or during Wait ends it, a ring is never lost, and without one Wait ends by itself.
func testBell(t *testing.T, b Bell) {
	t.Helper()
	const never = time.Hour
	b.Ring()
	b.Ring()
	b.Wait(never)
	b.Wait(time.Millisecond) // two rings were one
	b.Wait(-1)
	var ringers sync.WaitGroup
	const each = 500
	todo := make(chan int, 4*each)
	for range 4 {
		ringers.Go(func() {
			for i := range each {
				todo <- i
				b.Ring()
				if i%50 == 0 {
					time.Sleep(time.Microsecond)
				}
			}
		})
	}
	for got := 0; got < 4*each; {
		select {
		case <-todo:
			got++
		default:
			b.Wait(never)
		}
	}
	ringers.Wait()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	b.Ring() // one who did not hear of the end
}

func TestBell(t *testing.T) {
	b, err := NewBell(nil)
	if err != nil {
		t.Fatal(err)
	}
	testBell(t, b)
}
