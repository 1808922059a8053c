package appliance_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli"
)

// Public configurations, as the shapes of their lines: every shape is taken by its release, is written back, and goes
// again by its no form. docs/sources/configurations.md lists them.
func TestShapesOfPublicConfigurations(t *testing.T) {
	eachShapes(t, func(t *testing.T, rel *release.Release, shapes string) {
		for seed := range uint64(2) {
			text, whose := filled(shapes, rand.New(rand.NewPCG(seed, 40)))
			faults := map[string]string{}
			for _, l := range appliance.CheckConfig(rel, text, true) {
				if !l.Taken || l.Lost() || l.Stuck() {
					faults[whose[l.Line]] = fmt.Sprintf("%q: %q, lost %t, stuck %t", l.Text, l.Messages, l.Lost(), l.Stuck())
				}
			}
			for shape, fault := range faults {
				if !slices.Contains(unlike[rel.Name], shape) {
					t.Errorf("%s: %s", shape, fault)
				}
			}
			for _, shape := range unlike[rel.Name] {
				if faults[shape] == "" {
					t.Errorf("%s is kept by now", shape)
				}
			}
		}
	})
}

// unlike are shapes that a release takes and does not keep.
var unlike = map[string][]string{
	"pix-6.2": {"sysopt route dnat"}, // ignored from 6.2 on
}

// What was loaded of them is a configuration like any other: written, read and written again it is the same.
func TestShapesRoundTrip(t *testing.T) {
	eachShapes(t, func(t *testing.T, rel *release.Release, shapes string) {
		text, _ := filled(shapes, rand.New(rand.NewPCG(7, 40)))
		rel = rel.Fitted(text)
		c, _ := cli.Load(rel, text)
		first := document(c)
		again, remarked := cli.Load(rel, first)
		for _, r := range remarked {
			if !r.Taken {
				t.Errorf("of its own: %q: %q", r.Text, r.Messages)
			}
		}
		if got := document(again); got != first {
			t.Errorf("it is another one\n%s", difference(first, got))
		}
	})
}

// eachShapes runs a test for each file of shapes.
func eachShapes(t *testing.T, f func(t *testing.T, rel *release.Release, shapes string)) {
	eachFile(t, "testdata/shapes", 6, func(t *testing.T, rel *release.Release, _, shapes string) { f(t, rel, shapes) })
}

var slot = regexp.MustCompile(`\{[a-z-]+\}`)

// filled is shapes with a value in each slot, no two alike where that matters; whose is the shape of each line, by number.
func filled(shapes string, r *rand.Rand) (text string, whose map[int]string) {
	var out strings.Builder
	whose = map[int]string{}
	n, nets := 0, 0
	port := 0
	value := func(slot string) string {
		switch slot {
		case "{addr}":
			nets++
			return fmt.Sprintf("10.%d.%d.%d", 64+nets>>8, nets&255, 1+r.IntN(250))
		case "{net}":
			nets++
			return fmt.Sprintf("10.%d.%d.0", 64+nets>>8, nets&255)
		case "{mask}":
			return "255.255.255.0"
		case "{range}":
			nets++
			low := 1 + r.IntN(100)
			return fmt.Sprintf("10.%d.%d.%d-10.%[1]d.%[2]d.%d", 64+nets>>8, nets&255, low, low+1+r.IntN(100))
		case "{port}", "{lo}":
			port++
			return fmt.Sprint(20000 + port*20)
		case "{hi}":
			return fmt.Sprint(20000 + port*20 + 1 + r.IntN(19))
		case "{host}":
			return "mail"
		case "{namednet}":
			return "lan"
		case "{hash}":
			return "2KFQnbNIdI.2KYOU"
		case "{hex}":
			return fmt.Sprintf("%032x", r.Uint64())
		case "{text}":
			return []string{"a text", "two  blanks, a comma", `with "quotes" and 'ticks'`, "rule 7 (global): 10%"}[r.IntN(4)]
		}
		n++
		return fmt.Sprintf("%s%d%c", strings.Trim(slot, "{}"), n, 'a'+rune(r.IntN(26)))
	}
	for shape := range strings.Lines(shapes) {
		shape = strings.TrimSuffix(shape, "\n")
		if strings.HasPrefix(shape, "#") {
			shape = "!" + shape[1:]
		}
		line := slot.ReplaceAllStringFunc(shape, func(s string) string {
			if s == "{ts}" || s == "{map}" || s == "{dyn}" || s == "{pool}" || s == "{vpngroup}" || s == "{tag}" {
				return strings.Trim(s, "{}") + "1"
			}
			if strings.HasSuffix(s, "s}") && s != "{hash}" || strings.HasSuffix(s, "ports}") { // groups of the head of the file
				return strings.Trim(s, "{}")
			}
			return value(s)
		})
		out.WriteString(line + "\n")
		whose[strings.Count(out.String(), "\n")] = shape
	}
	return out.String(), whose
}
