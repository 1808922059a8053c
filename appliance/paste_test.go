package appliance_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli"
)

// usageEra are the releases of the PIX up to 6.3.
func usageEra() []*release.Release {
	return slices.DeleteFunc(release.All(), func(r *release.Release) bool { return r.Console.Caret })
}

// copied is what a person copies from the screen after write terminal, the box's own lines around the configuration
// included, and leaves out the pager's marks, which the oldest releases show whatever the configuration says.
func (s *screen) copied() string {
	s.t.Helper()
	text := s.line("write terminal")
	for strings.HasSuffix(text, "--->") {
		begin := s.len()
		s.typeKeys(" ")
		shown, err := s.await(func(shown string, over bool) bool { return over || turn(shown[begin:]) })
		if err != nil {
			s.t.Fatal(err)
		}
		text += shown[begin:]
	}
	text = text[strings.Index(text, "\n")+1:]
	text = text[:strings.LastIndex(text, "\n")+1]
	return strings.ReplaceAll(pagerMark.ReplaceAllString(text, ""), "\r", "")
}

// pagerMark is the pager's mark and what wipes it away.
var pagerMark = regexp.MustCompile(`<--- More --->\r *\r`)

// pasted types a text into a session as a paste arrives, and returns what the box says beyond echo and prompt.
func (s *screen) pasted(text string) []string {
	s.t.Helper()
	lines := slices.Collect(strings.Lines(text))
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\n")
	}
	begin := s.len()
	if err := s.paste(lines); err != nil {
		s.t.Fatal(err)
	}
	var said []string
	_, shown, _ := strings.Cut(s.String()[begin:], "\n") // the echo of the first line, behind the prompt that stood there
	for l := range strings.Lines(shown) {
		l = strings.TrimRight(l, "\r\n")
		if !strings.Contains(l, "# ") && l != "" {
			said = append(said, l)
		}
	}
	return said
}

// unpaged is a configuration with the pager off, whose lines are not wrapped on the screen.
func unpaged(text string) string {
	var out strings.Builder
	for l := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(l, "pager "):
			l = "no pager\n"
		case strings.HasPrefix(l, "terminal width "):
			l = "terminal width 511\n"
		}
		out.WriteString(l)
	}
	return out.String()
}

// bareWorld is a box whose flash was erased, with a person in configuration mode whose screen is wide and unpaged.
func bareWorld(t *testing.T, rel string) *world {
	t.Helper()
	w := newWorld(t, rel, worldOptions{factory: true})
	if w.rel.Console.FirstBootDialog {
		w.console.await(func(text string, _ bool) bool { return turn(text) })
		w.console.line("no")
	}
	w.console.line("enable")
	if got := w.console.line(""); !strings.HasSuffix(got, "# ") {
		t.Fatalf("enable: %q", got)
	}
	w.console.line("configure terminal")
	return w
}

// samePaste copies a box's configuration from its screen into a bare box, which must become the same box and say
// nothing on the way but what informs.
func samePaste(t *testing.T, rel *release.Release, startup string) {
	t.Helper()
	a := newWorld(t, rel.Name, worldOptions{startup: unpaged(startup)})
	a.console.configure()
	first := a.console.copied()
	b := bareWorld(t, rel.Name)
	notices := noticesOf(rel, first)
	for _, said := range b.console.pasted(first) {
		if !slices.Contains(notices, said) && !strings.HasPrefix(said, "Warning: ") {
			t.Errorf("the bare box says %q", said)
		}
	}
	// What a new box comes with and the other has not, a paste does not take away.
	for l := range strings.Lines(b.running()) {
		if strings.Contains(rel.Factory, "\n"+l) && !strings.Contains(first, "\n"+l) && !strings.HasPrefix(l, "Cryptochecksum") {
			b.console.line("no " + strings.TrimSpace(l))
		}
	}
	b.console.line("write memory")
	if !strings.Contains(first, "\n: end\n") {
		t.Fatalf("only a part was copied\n%s", first)
	}
	if got := b.console.copied(); shownOf(got) != shownOf(first) {
		t.Errorf("the bare box became another one\n%s", difference(first, got))
	}
}

// shownOf is a listing without its checksum where stars stand for secrets, which no paste brings along.
func shownOf(text string) string {
	if !strings.Contains(text, "********") {
		return text
	}
	return checksumLine.ReplaceAllString(text, "")
}

var checksumLine = regexp.MustCompile(`(?m)^Cryptochecksum:.*\n`)

// noticesOf are the lines by which rel informs of a configuration that it takes.
func noticesOf(rel *release.Release, text string) (notices []string) {
	_, remarked := cli.Load(rel, text)
	for _, r := range remarked {
		if r.Taken {
			notices = append(notices, r.Messages...)
		}
	}
	return notices
}

// What write terminal prints, pasted into a bare box, makes the same box: the lab's configuration of every release.
func TestPasteTheLab(t *testing.T) {
	for _, rel := range usageEra() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			samePaste(t, rel, startupOf(t, rel.Name))
		})
	}
}

// The same of generated configurations.
func TestPasteGenerated(t *testing.T) {
	const seeds = uint64(1)
	for _, rel := range usageEra() {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s/%d", rel.Name, seed), func(t *testing.T) {
				t.Parallel()
				samePaste(t, rel, generated(t, rel, rand.New(rand.NewPCG(seed, 63))))
			})
		}
	}
}

// The screen breaks a line at its width, in configurations too, and a paste knows nothing of that: the box reads two lines
// where there was one, and may find sense in them: another limit, another port. A person who copies sets the width first. (Public 5.3 captures show the break; that nothing joins
// the pieces again follows from it.)
func TestPasteOfWrappedLines(t *testing.T) {
	const wide = "static (inside,outside) 203.0.113.77 10.1.1.77 netmask 255.255.255.255 60000 60000 norandomseq"
	for _, rel := range usageEra() {
		if !rel.Config.InterfacePairs {
			continue // its lines name neither interfaces nor masks and are shorter
		}
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			a := newWorld(t, rel.Name, worldOptions{startup: strings.Replace(unpaged(startupOf(t, rel.Name)), "terminal width 511", "terminal width 80", 1)})
			a.console.configure()
			a.console.line(wide)
			text := a.console.copied()
			if !strings.Contains(text, "\n"+wide[:80]+"\n"+wide[80:]) {
				t.Fatalf("the screen does not break the line\n%s", text)
			}
			b := bareWorld(t, rel.Name)
			b.console.pasted(text)
			if got := b.running(); strings.Contains(got, "\n"+wide) {
				t.Errorf("a broken line came through whole\n%s", got)
			}
			if !strings.Contains(rel.Factory, "\nterminal width 80\n") {
				return // in 4.0 and 4.1 nothing can be done
			}
			a.console.line("terminal width 511")
			b = bareWorld(t, rel.Name)
			b.console.pasted(a.console.copied())
			if got := b.running(); !strings.Contains(got, "\n"+wide) {
				t.Errorf("with a wide screen there is no such line\n%s", got)
			}
		})
	}
}

// Whatever ends a pasted line and stands between its words, around it or between the lines: each line is stored, none is
// lost or joined with another.
func TestPasteOfAnyShape(t *testing.T) {
	const lines = 300
	for i, rel := range usageEra() {
		if rel.Console.Tab {
			continue // TAB completes
		}
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, rel.Name, worldOptions{startup: unpaged(startupOf(t, rel.Name))})
			w.console.configure()
			before := w.running()
			var keys, want strings.Builder
			for k := range lines {
				rule := strings.TrimSpace(w.rule(40000 + k))
				want.WriteString(w.rule(40000+k) + "\n")
				shapes := []string{rule, rule + "   ", "  " + rule, strings.ReplaceAll(rule, " ", "\t"), "\t" + rule + "\t", strings.Replace(rule, " ", " \t ", 1)}
				keys.WriteString(shapes[k%len(shapes)])
				between := []string{"", ": a comment\n", "! another\n", "\n", "rubbish\n", rule + " and more\n", strings.Repeat("long ", 200) + "\n"}
				keys.WriteString("\n" + between[k%len(between)])
			}
			ends := []string{"\r", "\r\n", "\n", "\r\x00"}[i%4]
			begin := w.console.len()
			if err := w.console.typeKeys(strings.ReplaceAll(keys.String(), "\n", ends) + ": the end" + ends); err != nil {
				t.Fatal(err)
			}
			if _, err := w.console.await(func(text string, over bool) bool {
				_, behind, done := strings.Cut(text[begin:], ": the end\r\n")
				return over || done && strings.HasSuffix(behind, "# ")
			}); err != nil {
				t.Fatal(err)
			}
			got := w.running()
			if !strings.Contains(got, want.String()) {
				t.Errorf("not every line is there\n%s", difference(want.String(), got))
			}
			if n := strings.Count(got, "\n") - strings.Count(before, "\n"); n != lines {
				t.Errorf("%d lines more, not %d", n, lines)
			}
		})
	}
}
