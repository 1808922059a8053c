package command

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

// Up to 6.3 every command that leaves lines in the configuration is shown by its name, and what is shown are the lines
// of the running configuration that begin with it, in their order; nothing where there are none.
func TestShowOfEveryCommand(t *testing.T) {
	printed := 0
	for _, r := range release.All() {
		if r.Console.Caret {
			continue
		}
		d := newDesk(r, lab)
		var running []string
		for l := range d.Running(View{Release: r, Names: true}) {
			running = append(running, l)
		}
		byRule := map[string]bool{}
		for c := range Of(r) {
			byRule[c.Name] = byRule[c.Name] || c.byRule
		}
		for c := range Of(r) {
			if c.Lines == nil || c.Mode != Configure {
				continue
			}
			words := shownWords(c)
			got, known := d.typed(t, "show "+words)
			if _, own := byRule["show "+words]; !known && !own && !(unlisted40[words] && r.Name == "pix-4.0") { // a show of its own may want more words
				t.Errorf("%s: no show %s", r.Name, words)
			}
			if !byRule["show "+words] {
				continue
			}
			var want []string
			in := false
			for _, l := range running {
				if l[0] != ' ' {
					bare := strings.TrimPrefix(l, "no ")
					in = bare == words || strings.HasPrefix(bare, words+" ")
				}
				if in {
					want = append(want, l)
				}
			}
			if text := strings.Join(append(want, ""), "\n"); got != text {
				t.Errorf("%s: show %s\n%q, want\n%q", r.Name, words, got, text)
			}
			printed += len(want)
		}
		names := map[string]int{}
		for c := range Of(r) {
			if names[c.Name]++; strings.HasPrefix(c.Name, "show ") && names[c.Name] > 1 {
				t.Errorf("%s has %s twice", r.Name, c.Name)
			}
		}
	}
	if printed < 200 {
		t.Errorf("only %d lines", printed)
	}
}

// ListBehind names each word once, in the order of the alphabet, and what it names can be typed.
func TestListBehind(t *testing.T) {
	for _, r := range release.All() {
		d := newDesk(r, lab)
		for _, lead := range []string{"show", "clear"} {
			var words []string
			for l := range ListBehind(lead, d.Commands(Configure)) {
				word, help, _ := strings.Cut(l, " ")
				words = append(words, word)
				if strings.TrimSpace(help) == "" {
					t.Errorf("%s: %s %s without help", r.Name, lead, word)
				}
			}
			if !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) || len(words) < 10 {
				t.Errorf("%s: %s %q", r.Name, lead, words)
			}
		}
	}
}
