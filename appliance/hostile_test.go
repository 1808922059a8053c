package appliance_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli"
)

// settles checks that any text becomes a configuration, that this means something to packets, and that it is written, read
// and written as it was.
func settles(t *testing.T, r *cli.Reader, text string) {
	t.Helper()
	c, _ := r.Load(text)
	appliance.Compiled(c)
	first := document(c)
	again, remarked := r.Load(first)
	for _, l := range remarked {
		if !l.Taken {
			t.Errorf("%s, of its own: %q: %q", c.Release.Name, l.Text, l.Messages)
		}
	}
	if got := document(again); got != first {
		t.Errorf("%s: loaded again it is another one\n%s\nof\n%s", c.Release.Name, difference(first, got), text)
	}
}

// FuzzLoad reads any octets as the startup-config of any release.
func FuzzLoad(f *testing.F) {
	all := release.All()
	readers := map[int]*cli.Reader{}
	for i, rel := range all {
		f.Add(uint8(i), []byte(rel.Factory))
		f.Add(uint8(i), []byte("object-group network g\ngroup-object g\nname 1.2.3.4 x\x00\nstatic x x\n\xff\xfe\r\r\n: end\n\t!"))
	}
	f.Fuzz(func(t *testing.T, which uint8, text []byte) {
		i := int(which) % len(all)
		if readers[i] == nil {
			readers[i] = cli.NewReader(all[i])
		}
		settles(t, readers[i], string(text))
	})
}

// Configurations that somebody has damaged: lines lost, doubled, moved and cut, words changed for others, octets
// overwritten.
func TestDamagedConfigurations(t *testing.T) {
	for _, rel := range release.All() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(4, 41))
			text := startupOf(t, rel.Name)
			if !rel.Console.Caret {
				text = generated(t, rel, r)
			}
			reader := cli.NewReader(rel)
			for range 25 {
				settles(t, reader, damaged(text, r))
			}
		})
	}
}

// damaged is text with a few faults.
func damaged(text string, r *rand.Rand) string {
	lines := strings.Split(text, "\n")
	words := strings.Fields(text)
	for range 1 + r.IntN(12) {
		i := r.IntN(len(lines))
		switch r.IntN(6) {
		case 0:
			lines = slices.Delete(lines, i, i+1)
		case 1:
			lines = slices.Insert(lines, r.IntN(len(lines)), lines[i])
		case 2:
			j := r.IntN(len(lines))
			lines[i], lines[j] = lines[j], lines[i]
		case 3:
			lines[i] = lines[i][:r.IntN(len(lines[i])+1)]
		case 4:
			if in := strings.Fields(lines[i]); len(in) > 0 {
				in[r.IntN(len(in))] = words[r.IntN(len(words))]
				lines[i] = strings.Join(in, " ")
			}
		default:
			if b := []byte(lines[i]); len(b) > 0 {
				b[r.IntN(len(b))] = byte(r.Uint32())
				lines[i] = string(b)
			}
		}
	}
	return strings.Join(lines, "\n")
}
