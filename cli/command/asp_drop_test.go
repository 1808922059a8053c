package command

import (
	"slices"
	"testing"

	"pixsim/dataplane"
)

// Every drop of the engine belongs to one reason, and no name stands twice in a table.
func TestEveryDropHasOneReason(t *testing.T) {
	seen := map[dataplane.Drop]string{}
	for _, table := range [][]aspReason{aspFrames, aspFlows} {
		names := aspNames(table)
		for _, r := range table {
			if r.text == "" || len(r.name) > 40 {
				t.Errorf("reason %+v", r)
			}
			for _, d := range r.drops {
				if other, twice := seen[d]; twice {
					t.Errorf("%v is %s and %s", d, other, r.name)
				}
				seen[d] = r.name
			}
		}
		slices.Sort(names)
		if len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Errorf("a name stands twice: %v", names)
		}
	}
	for d := range dataplane.Drops() {
		if seen[d] == "" {
			t.Errorf("%v has no reason", d)
		}
	}
}

// The line is 80 columns, or 113 for long labels (captures of show asp drop).
func TestASPLine(t *testing.T) {
	for _, v := range []struct {
		drop  dataplane.Drop
		count uint64
		want  string
	}{
		{dataplane.DropACL, 102, "  Flow is denied by configured rule (acl-drop)                               102\n"},
		{dataplane.DropSpoof, 4, "  Slowpath security checks failed (sp-security-failed)                         4\n"},
		{dataplane.DropInspect, 9314, "  Inspection failure (inspect-fail)                                         9314\n"},
		{dataplane.DropEchoToPAT, 50, "  Connection to PAT address without pre-existing xlate (nat-no-xlate-to-pat-pool)                              50\n"},
	} {
		if got := aspLine(aspReasonOf(v.drop), v.count); got != v.want {
			t.Errorf("%q, want %q", got, v.want)
		}
	}
}
