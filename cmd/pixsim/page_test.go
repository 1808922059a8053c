package main

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHanging: no word is lost, nothing that could be narrower is wider than the page.
func TestHanging(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		indent := rapid.IntRange(0, 50).Draw(t, "indent")
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,100}`), 0, 30).Draw(t, "words")
		text := strings.Join(words, " ")
		got := hanging(indent, strings.Repeat(" ", indent)+text)
		if joined := strings.Join(strings.Fields(got), " "); joined != text {
			t.Fatalf("%q became %q", text, joined)
		}
		for line := range strings.SplitSeq(got, "\n") {
			if len(line) > pageWidth && strings.Contains(strings.TrimSpace(line), " ") {
				t.Fatalf("too wide: %q", line)
			}
			if !strings.HasPrefix(line, strings.Repeat(" ", indent)) {
				t.Fatalf("not indented by %d: %q", indent, line)
			}
		}
	})
	for _, c := range []struct {
		indent     int
		line, want string
	}{
		{4, "short", "short"},
		{0, "", ""},
		{8, "name    " + strings.Repeat("word ", 13) + "wordy more", "name    " + strings.Repeat("word ", 13) + "wordy\n        more"},
	} {
		if got := hanging(c.indent, c.line); got != c.want {
			t.Errorf("%q became %q", c.line, got)
		}
	}
}
