package appliance_test

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance"
	"pixsim/appliance/release"
	"pixsim/cli"
)

// The forms of the command references: each line is taken, is written back, and goes again by its no form; all of them together
// are a configuration like any other.
func TestFormsOfTheReferences(t *testing.T) {
	eachFile(t, "testdata/forms", 4, func(t *testing.T, rel *release.Release, _, text string) {
		text = "!" + strings.TrimPrefix(text, "#")
		checked := 0
		for _, l := range appliance.CheckConfig(rel, text, true) {
			checked++
			if !l.Taken || l.Lost() || l.Stuck() {
				t.Errorf("%q: %q, lost %t, stuck %t", l.Text, l.Messages, l.Lost(), l.Stuck())
			}
		}
		if checked < 75 {
			t.Errorf("only %d lines", checked)
		}
		fitted := rel.Fitted(text)
		c, _ := cli.Load(fitted, text)
		first := document(c)
		again, remarks := cli.Load(fitted, first)
		if untaken := slices.ContainsFunc(remarks, func(r cli.Refused) bool { return !r.Taken }); untaken || document(again) != first {
			t.Errorf("it is another one: %v\n%s", remarks, difference(first, document(again)))
		}
	})
}
