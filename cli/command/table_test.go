package command

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

func TestTable(t *testing.T) {
	seen := map[*Command]bool{}
	for _, c := range All() {
		if seen[c] {
			t.Errorf("%s stands twice in the table", c.Name)
		}
		seen[c] = true
		checkShape(t, c)
		checkSpan(t, c)
	}
	if len(seen) < 50 {
		t.Errorf("only %d commands", len(seen))
	}
}

// checkShape: a command is one of configuration or of the box, and its name begins its syntax.
func checkShape(t *testing.T, c *Command) {
	t.Helper()
	switch {
	case c.Name == "" || int(c.Mode) >= len(Modes):
		t.Errorf("%q in mode %d", c.Name, c.Mode)
	case c.Run != nil && (c.Set != nil || c.No != nil || c.Clear != nil):
		t.Errorf("%s is an exec and a configuration command", c.Name)
	case c.Run == nil && c.Set == nil && c.No == nil && c.Clear == nil && c.Lines == nil:
		t.Errorf("%s does nothing", c.Name)
	case c.Run == nil && c.Mode < Configure:
		t.Errorf("%s configures in mode %d", c.Name, c.Mode)
	case c.Run == nil && c.Set != nil && c.Lines == nil && !c.Stored:
		t.Logf("%s is set and never rendered by itself", c.Name)
	}
	if c.Syntax == nil {
		if c.Run != nil || c.Set != nil {
			t.Errorf("%s has no syntax", c.Name)
		}
		return
	}
	if r := anyRelease(c); r != nil {
		usage, first := g.Usage(c.Syntax, r), strings.Fields(c.Name)[0]
		if usage != first && !strings.HasPrefix(usage, first+" ") && !strings.Contains(usage, first) {
			t.Errorf("%s begins otherwise: %s", c.Name, usage)
		}
	}
}

func anyRelease(c *Command) *release.Release {
	for _, r := range release.All() {
		if c.Span.Holds(r) {
			return r
		}
	}
	return nil
}

// checkSpan: a span is not empty.
func checkSpan(t *testing.T, c *Command) {
	t.Helper()
	if s := c.Span; s.To != (release.Version{}) && s.From.Compare(s.To) > 0 && !(s.To.Maint == 0 && s.From.Major == s.To.Major && s.From.Minor == s.To.Minor) {
		t.Errorf("%s: from %v to %v", c.Name, s.From, s.To)
	}
}

func TestModes(t *testing.T) {
	for i, m := range Modes {
		if int(m.Mode) != i || m.Parent > m.Mode || m.Mode > Configure && m.Parent < Configure {
			t.Errorf("row %d: %+v", i, m)
		}
		if !m.Mode.Within(m.Mode) {
			t.Errorf("%d is not within itself", i)
		}
	}
	if d := []int{User.Depth(), Configure.Depth(), ConfigInterface.Depth(), ConfigPolicyClass.Depth()}; !slices.Equal(d, []int{0, 0, 1, 2}) {
		t.Errorf("depths %v", d)
	}
	if !Configure.Within(ConfigPolicyClass) || !ConfigPolicyMap.Within(ConfigPolicyClass) || ConfigInterface.Within(ConfigPolicyClass) || Configure.Within(User) {
		t.Error("Within")
	}
}
