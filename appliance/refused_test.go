package appliance_test

import (
	"bytes"
	"cmp"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// Lines that a release does not take: each is answered by exactly the words that its file says, and the configuration
// stays as it is. A file begins with lines that are taken without a word, the configuration that the others meet; then
// come groups, of which each is an answer behind "# " and the lines that get it. A line in quotes is a Go string, and
// what stands before a line end in it leads to the mode of the rest.
func TestRefused(t *testing.T) {
	eachFile(t, "testdata/refused", 9, func(t *testing.T, rel *release.Release, file, text string) {
		w := newWorld(t, rel.Name, worldOptions{})
		k := newClerk(t, w)
		met, groups := refusals(t, text)
		for _, line := range met {
			if got := k.refusal(line); got != "" {
				t.Errorf("%q, which comes first, is answered %q", line, got)
			}
		}
		first, before := w.running(), w.box.Config()
		tried := 0
		for i, group := range groups {
			for _, line := range group.lines {
				tried++
				got := k.refusal(line)
				groups[i].answers = append(groups[i].answers, got)
				if got != group.answer && !*update {
					t.Errorf("%s\n\tis answered %q,\n\tnot        %q", line, got, group.answer)
				}
				if rel.Console.Caret {
					deviceSpeaks(t, line, strings.ReplaceAll(got, "^", ""))
				} else {
					deviceSpeaks(t, line, got)
				}
				if after := w.box.Config(); after != before {
					if now := w.running(); now != first {
						t.Errorf("%q changed the configuration\n%s", line, difference(first, now))
						first = now
					}
					before = after
				}
			}
		}
		if tried < 100 {
			t.Errorf("only %d lines", tried)
		}
		if *update {
			regroup(t, rel, file, met, groups)
		}
	})
}

// refused are lines of a file of testdata/refused, and the answer that they must get.
type refused struct {
	answer  string
	lines   []string
	answers []string // what they got
}

// refusals are the lines that a file begins with, and its groups.
func refusals(t *testing.T, text string) (met []string, groups []refused) {
	t.Helper()
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var answer, lines []string
		for line := range strings.SplitSeq(paragraph, "\n") {
			if words, ok := strings.CutPrefix(line, "# "); ok {
				answer = append(answer, words)
				continue
			}
			lines = append(lines, line)
		}
		if len(answer) == 0 {
			met = append(met, lines...)
			continue
		}
		groups = append(groups, refused{answer: strings.Join(answer, "\n"), lines: lines})
	}
	return met, groups
}

// refusal is the answer to a line of a file of testdata/refused.
func (k clerk) refusal(line string) string {
	k.t.Helper()
	if unquoted, err := strconv.Unquote(line); err == nil {
		line = unquoted
	}
	way, line, deeper := strings.Cut(line, "\n")
	if !deeper {
		return strings.TrimRight(k.typed(command.Configure, way), "\n")
	}
	if got := k.typed(command.Configure, way); got != "" {
		k.t.Errorf("%q is answered %q", way, got)
	}
	begin := k.glass.len()
	k.s.Exec(soon(k.t), line)
	return strings.TrimRight(k.glass.String()[begin:], "\n")
}

// eachFile runs a test for each file of a directory, which is named for a release; there are at least so many.
func eachFile(t *testing.T, dir string, least int, f func(t *testing.T, rel *release.Release, file, text string)) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) < least {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f(t, named(t, name), file, string(text))
		})
	}
}

// deviceSpeaks complains of words that no device uses.
func deviceSpeaks(t *testing.T, line, reply string) {
	t.Helper()
	for _, bad := range []string{"%!", "<nil>", "strconv", "invalid syntax", "netip", "panic", "goroutine", "^"} {
		if strings.Contains(reply, bad) {
			t.Errorf("%q is answered %q", line, reply)
		}
	}
}

// regroup writes a file again with each line under the answer that it got: of commands that are unknown, of lines that
// are too short, of those whose form is wrong, and of all else.
func regroup(t *testing.T, rel *release.Release, file string, met []string, groups []refused) {
	t.Helper()
	by := map[string][]string{}
	for _, g := range groups {
		for i, line := range g.lines {
			if got := g.answers[i]; !slices.Contains(by[got], line) {
				by[got] = append(by[got], line)
			}
		}
	}
	few := strings.TrimRight(rel.Say(release.Incomplete), "\r\n")
	rank := func(answer string) int {
		switch {
		case answer == rel.Say(release.UnknownCommand):
			return 0
		case few != "" && strings.HasPrefix(answer, few):
			return 1
		case strings.HasPrefix(strings.ToLower(answer), "usage:"):
			return 2
		}
		return 3
	}
	answers := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	var out bytes.Buffer
	out.WriteString(strings.Join(met, "\n") + "\n")
	for _, answer := range answers {
		out.WriteString("\n# " + strings.ReplaceAll(answer, "\n", "\n# ") + "\n" + strings.Join(by[answer], "\n") + "\n")
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Lines that were valid until one word of them was spoiled: an address that is none, a number that is too large for
// anything, a word too many. What a release takes of them is text that may be anything.
func TestSpoiledLines(t *testing.T) {
	for _, rel := range usageEra() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			reader := cli.NewReader(rel)
			base, _ := reader.Load(startupOf(t, rel.Name))
			text := document(base)
			r := rand.New(rand.NewPCG(5, 5))
			tried := 0
			for c := range command.Of(rel) {
				if c.Set == nil || c.Mode != command.Configure || slices.ContainsFunc(freeText, func(p string) bool { return strings.HasPrefix(c.Name, p) }) {
					continue
				}
				for range 2 {
					line := g.Generate(c.Syntax, vocabulary{rel: rel}, r)
					if _, said := reader.Extend(base, line); refuses(said) || endsInText(rel, c, line) {
						continue
					}
					for _, bad := range spoiled(line) {
						tried++
						got, said := reader.Extend(base, bad)
						if !refuses(said) {
							t.Errorf("%q was %q, and is taken", bad, line)
							continue
						}
						deviceSpeaks(t, bad, strings.Join(said[0].Messages, "\n"))
						if now := document(got); now != text {
							t.Errorf("%q changed the configuration\n%s", bad, difference(text, now))
						}
					}
				}
			}
			if tried < 100 {
				t.Errorf("only %d lines", tried)
			}
		})
	}
}

// refuses reports whether a line was refused.
func refuses(said []cli.Refused) bool {
	return slices.ContainsFunc(said, func(r cli.Refused) bool { return !r.Taken })
}

// endsInText reports whether line may go on in any way.
func endsInText(rel *release.Release, c *command.Command, line string) bool {
	_, _, fail := g.NewSet(rel, c.Syntax).Match(vocabulary{rel: rel}, line+strings.Repeat(" odd!", 12))
	return fail == nil
}

// freeText are commands whose lines may hold any word.
var freeText = []string{
	"banner", "snmp-server", "hostname", "domain-name", "enable password", "passwd", "name", "username", "aaa-server", "clock",
	"ca", "crypto", "tacacs-server", "radius-server",
}

// spoiled are lines like line with one fault each.
func spoiled(line string) (bad []string) {
	words := strings.Fields(line)
	for i, w := range words[1:] {
		worse := ""
		if _, err := netip.ParseAddr(w); err == nil {
			worse = "300.1.1.1"
		} else if strings.Trim(w, "0123456789") == "" {
			worse = "99999999999999999999"
		} else {
			continue
		}
		other := slices.Clone(words)
		other[i+1] = worse
		bad = append(bad, strings.Join(other, " "))
	}
	return append(bad, line+" extra!word", line+" 1 2 3 4 5 6 7 8 9")
}
