package release

import "testing"

// Meet holds for a release exactly if both spans do: every pair of spans with ends in any release, on any platform.
func TestMeet(t *testing.T) {
	var spans []Span
	for _, from := range append([]Version{{}}, versions()...) {
		for _, to := range append([]Version{{}}, versions()...) {
			spans = append(spans, Span{From: from, To: to}, Span{From: from, To: to, On: Platforms(ASA)})
		}
	}
	met := 0
	for i := 0; i < len(spans); i += 3 {
		for j := 0; j < len(spans); j += 7 {
			s, any := spans[i].Meet(spans[j])
			for _, r := range All() {
				want := spans[i].Holds(r) && spans[j].Holds(r)
				if got := any && s.Holds(r); got != want {
					t.Fatalf("%+v and %+v: %+v holds %s: %v", spans[i], spans[j], s, r.Name, got)
				}
				if want {
					met++
				}
			}
		}
	}
	if met < 1000 {
		t.Errorf("only %d met", met)
	}
}

// versions are those of the releases, as spans name them.
func versions() (all []Version) {
	for _, r := range All() {
		all = append(all, V(r.Version.Major, r.Version.Minor))
	}
	return all
}
