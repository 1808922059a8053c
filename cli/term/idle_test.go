package term

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"
)

// editors is how many goroutines of readline there are.
func editors() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "chzyer/readline")
}

// Readline is there while somebody edits a line, and at no other time: neither before the first key, nor for a line that
// comes as a whole, nor at the prompt behind one that was edited.
func TestNobodyEdits(t *testing.T) {
	vt, w := newWire(t, Options{})
	gone := func(when string) {
		t.Helper()
		for range 2000 { // its goroutines are told to end, not waited for
			if editors() == 0 {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Errorf("readline is there %s", when)
	}
	next := func(keys ...string) {
		t.Helper()
		c := start(vt, context.Background(), LineOptions{Prompt: "> ", History: true})
		for _, k := range keys {
			w.ends(t, "> ")
			gone("before a key")
			w.press(k)
		}
		if r := w.result(t, c); r.line != "show" || r.err != nil {
			t.Fatalf("%q %v", r.line, r.err)
		}
		gone("behind a line")
	}
	next("show\r")
	c := start(vt, context.Background(), LineOptions{Prompt: "> ", History: true})
	w.press("sh")
	w.ends(t, "sh")
	if editors() == 0 {
		t.Error("the test sees no readline")
	}
	w.press("ow\r")
	if r := w.result(t, c); r.line != "show" || r.err != nil {
		t.Fatalf("%q %v", r.line, r.err)
	}
	gone("behind a line that was edited")
	next("\x10\r") // recalled
}
