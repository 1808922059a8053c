package appliance_test

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/config"
	"pixsim/appliance/release"
	"pixsim/cli"
	"pixsim/cli/command"
	g "pixsim/cli/grammar"
)

// kinds are the ways in which a PIX up to 6.3 refuses a line; the files of testdata/refused are in groups by them.
const (
	asUnknown = "unknown command"
	asFew     = "not enough arguments"
	asUsage   = "usage"
	asWords   = "words of its own"
)

// kindOf is how a reply refuses; "" when it does not.
func kindOf(rel *release.Release, reply string) string {
	reply = strings.TrimRight(reply, "\n")
	switch {
	case reply == "":
		return ""
	case unknown(rel, reply+"\n"):
		return asUnknown
	case strings.HasPrefix(reply, strings.TrimRight(rel.Say(release.Incomplete), "\r\n")) && rel.Say(release.Incomplete) != "":
		return asFew
	case strings.HasPrefix(strings.ToLower(reply), "usage:"):
		return asUsage
	}
	return asWords
}

// Lines that a release does not take: each is refused in the device's manner, and the configuration stays as it is.
func TestRefused(t *testing.T) {
	eachFile(t, "testdata/refused", 5, func(t *testing.T, rel *release.Release, file, text string) {
		w := newWorld(t, rel.Name, worldOptions{})
		k := newClerk(t, w)
		first, before := w.running(), w.box.Config()
		by := map[string][]string{}
		want := ""
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			if kind, ok := strings.CutPrefix(line, "# "); ok {
				want = kind
				continue
			}
			if line == "" {
				continue
			}
			reply := k.typed(command.Configure, line)
			got := kindOf(w.rel, reply)
			by[got] = append(by[got], line)
			if (got == "" || got != want && want == asUnknown) && !*update {
				t.Errorf("%q (%s) is answered %q", line, want, reply)
			}
			deviceSpeaks(t, line, reply)
			if after := w.box.Config(); after != before {
				if now := w.running(); now != first {
					t.Errorf("%q changed the configuration\n%s", line, difference(first, now))
					first = now
				}
				before = after
			}
		}
		if *update {
			regroup(t, file, by)
		}
	})
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

// regroup writes a file again with each line under the kind of its reply.
func regroup(t *testing.T, file string, by map[string][]string) {
	t.Helper()
	var out bytes.Buffer
	for _, kind := range []string{asUnknown, asFew, asUsage, asWords, ""} {
		if len(by[kind]) > 0 {
			out.WriteString("# " + kind + "\n" + strings.Join(by[kind], "\n") + "\n\n")
		}
	}
	if err := os.WriteFile(file, bytes.TrimSuffix(out.Bytes(), []byte("\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Lines that were valid until one word of them was spoiled: an address that is none, a number that is too large for
// anything, a word too many. What a release takes of them is text that may be anything.
func TestSpoiledLines(t *testing.T) {
	for _, rel := range usageEra() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			base, _ := cli.Load(rel, startupOf(t, rel.Name))
			text := document(base)
			r := rand.New(rand.NewPCG(5, 5))
			tried := 0
			for c := range command.Of(rel) {
				if c.Set == nil || c.Mode != command.Configure || slices.ContainsFunc(freeText, func(p string) bool { return strings.HasPrefix(c.Name, p) }) {
					continue
				}
				for range 2 {
					line := g.Generate(c.Syntax, vocabulary{rel: rel}, r)
					if _, _, taken := adds(rel, text, line); !taken || endsInText(rel, c, line) {
						continue
					}
					for _, bad := range spoiled(line) {
						tried++
						got, said, taken := adds(rel, text, bad)
						if taken {
							t.Errorf("%q was %q, and is taken", bad, line)
							continue
						}
						deviceSpeaks(t, bad, strings.Join(said, "\n"))
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

// adds loads a text with one line more: what comes of it, what is said of the line, and whether it is taken.
func adds(rel *release.Release, text, line string) (c *config.Config, said []string, taken bool) {
	c, remarked := cli.Load(rel, text+line+"\n")
	if n := len(remarked); n > 0 && remarked[n-1].Line > strings.Count(text, "\n") {
		return c, remarked[n-1].Messages, remarked[n-1].Taken
	}
	return c, nil, true
}
