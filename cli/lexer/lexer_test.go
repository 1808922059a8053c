package lexer

import (
	"strings"
	"testing"
)

func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "  show  run\tx ", "a\x00b \xff|\r\n", `regex r "a b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var b strings.Builder
		at := 0
		for _, w := range Words(line) {
			if line[w.Start:w.End] != w.Text || w.Text == "" || w.Start < at {
				t.Fatalf("%+v in %q", w, line)
			}
			if gap := line[at:w.Start]; strings.Trim(gap, " \t") != "" {
				t.Fatalf("lost %q", gap)
			}
			b.WriteString(w.Text)
			at = w.End
		}
		if want := strings.NewReplacer(" ", "", "\t", "").Replace(line); b.String() != want {
			t.Fatalf("words are %q of %q", b.String(), want)
		}
		for _, c := range []byte(Printable(line)) {
			if c < ' ' || c > '~' {
				t.Fatalf("octet %x in Printable", c)
			}
		}
	})
}

func TestQuoted(t *testing.T) {
	for _, c := range []struct {
		line, text string
		at, end    int
		ok         bool
	}{
		{`regex r "a  b" x`, "a  b", 8, 14, true},
		{`""`, "", 0, 2, true},
		{`"a`, "", 0, 0, false},
		{`a"b"`, "", 0, 0, false},
		{``, "", 0, 0, false},
	} {
		if text, end, ok := Quoted(c.line, c.at); text != c.text || end != c.end || ok != c.ok {
			t.Errorf("Quoted(%q, %d) = %q %d %v", c.line, c.at, text, end, ok)
		}
	}
}

func TestRest(t *testing.T) {
	if got := Rest("banner motd  a  b ", 11); got != "a  b" {
		t.Errorf("%q", got)
	}
}
