package cli

import (
	"strings"
	"testing"
)

// terminal width 0 means 511 from 7.0 on, and is shown so.
func TestWidthZero(t *testing.T) {
	b := typed(t, asa, "")
	b.must("terminal width 0")
	if got := b.text(); !strings.Contains(got, "terminal width 511\n") {
		t.Errorf("8.2 has\n%s", got)
	}
	b = typed(t, "pix-6.3", "")
	b.must("terminal width 0")
	if got := b.text(); !strings.Contains(got, "terminal width 0\n") {
		t.Errorf("6.3 has\n%s", got)
	}
}

// "no telnet timeout" and "no ssh timeout" bring the default back; up to 6.3 they are no commands.
func TestNoLoginTimeout(t *testing.T) {
	for _, words := range []string{"telnet timeout", "ssh timeout"} {
		for _, behind := range []string{"", " 9"} {
			b := typed(t, asa, "")
			b.must(words+" 9", "no "+words+behind)
			if got := b.text(); !strings.Contains(got, words+" 5\n") {
				t.Errorf("no %s%s leaves\n%s", words, behind, got)
			}
		}
		if b := typed(t, "pix-6.3", ""); b.try("no " + words) {
			t.Errorf("6.3 takes no %s", words)
		}
	}
}
