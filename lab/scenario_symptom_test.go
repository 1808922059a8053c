package lab

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
)

// everyBuildOf are a release and, of its builds with the same flaws, the first and the last.
func everyBuildOf(t *testing.T, r *release.Release) []*release.Release {
	all := []*release.Release{r}
	for _, b := range r.Builds() {
		for _, n := range []uint8{b.First, b.Last} {
			build, err := release.Parse(fmt.Sprintf("%s(%d)", r.Name, n))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, build)
		}
	}
	return all
}

// TestSymptomLabs: each symptom has a lab. What a lab says about where its symptom occurs is what Symptoms say, for every release and build, and it
// is tried on every kind of engine, where the symptom occurs and where it does not.
func TestSymptomLabs(t *testing.T) {
	all, err := Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range symptoms {
		if !slices.ContainsFunc(all, func(s *Scenario) bool { return s.Symptom == y.N }) {
			t.Errorf("no lab shows symptom %d", y.N)
		}
	}
	for _, s := range all {
		if s.Symptom == 0 {
			continue
		}
		symptom := symptoms[s.Symptom-1]
		tried, occurs, all := map[string]bool{}, map[bool]bool{}, map[bool]bool{}
		for _, name := range s.Releases {
			r, err := release.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			tried[behaves(r)], occurs[speakOf(s.Occurs, name)] = true, true
		}
		for _, r := range release.All() {
			for _, b := range everyBuildOf(t, r) {
				why, ok := symptom.Mechanism(b)
				all[ok] = true
				if says := speakOf(s.Occurs, b.Name); says != ok {
					t.Errorf("%s: symptom %d occurs in %s: %v, the lab says %v (%s)", s.Name, s.Symptom, b.Name, ok, says, why)
				}
			}
			if !tried[behaves(r)] {
				t.Errorf("%s: no release with the engine of %s", s.Name, r.Name)
			}
		}
		if len(occurs) != len(all) {
			t.Errorf("%s: the releases of the lab are all with the symptom, or all without", s.Name)
		}
		if !strings.Contains(s.Title, fmt.Sprintf("Symptom %d:", s.Symptom)) {
			t.Errorf("%s: %q does not name symptom %d", s.Name, s.Title, s.Symptom)
		}
	}
}

func TestReadSymptom(t *testing.T) {
	const more = "enable\n[occurs] enable\n[!occurs] enable\n[occurs !pix-4.4] enable"
	s, err := ParseScenario("x.txtar", []byte(script("symptom 8 pix-4.4(*) pix-6.3", more)))
	if err != nil {
		t.Fatal(err)
	}
	var in [3][]string // the last three lines, by release
	for i, name := range []string{"pix-4.4", "pix-4.4(2)", "pix-6.3"} {
		for _, st := range s.steps[len(s.steps)-3:] {
			in[i] = append(in[i], fmt.Sprint(st.in(name)))
		}
	}
	want := [3]string{"false true false", "true false false", "true false true"}
	for i := range in {
		if got := strings.Join(in[i], " "); got != want[i] {
			t.Errorf("%d: %s, want %s", i, got, want[i])
		}
	}
	const where = "Symptom 8 occurs in pix-6.3, all builds of pix-4.4. It does not in pix-4.0 to pix-6.2, pix-7.0 to pix-8.0, asa-7.2 to asa-9.12."
	if s.Symptom != 8 || s.Occurrence() != where || !slices.ContainsFunc(s.steps, func(st step) bool { return st.prose && st.text == s.Occurrence() }) {
		t.Errorf("%d %q", s.Symptom, s.Occurrence())
	}
	for names, want := range map[string]string{
		"all": "every release.", "pix-5.2(3)": "pix-5.2(3). It does not in any other build, nor in a release whose name stands alone.",
	} {
		s, err := ParseScenario("x.txtar", []byte(script("symptom 8 "+names, "enable")))
		if err != nil || s.Occurrence() != "Symptom 8 occurs in "+want {
			t.Errorf("%s: %q, %v", names, s.Occurrence(), err)
		}
	}
	for names, want := range map[string]string{
		"pix-4.2(*) pix-4.3(*) pix-5.0(*) pix-5.2(1) pix-5.2(3) asa-8.2": "asa-8.2, all builds of pix-4.2 to pix-4.3, all builds of pix-5.0, pix-5.2(1), pix-5.2(3)",
		"pix-8.0 asa-7.2 asa-8.0": "pix-8.0, asa-7.2 to asa-8.0",
		"asa-8.2 pix-4.0":         "pix-4.0, asa-8.2",
	} {
		if got := inShort(strings.Fields(names)); got != want {
			t.Errorf("%s in short: %q, want %q", names, got, want)
		}
	}
	for line, want := range map[string]string{
		"symptom 15 pix-6.3": "the article has symptoms 1 to 14", "symptom x pix-6.3": "1 to 14", "symptom 4": "usage: symptom NUMBER RELEASE",
		"symptom 4 pix-9.9": "pix-9.9", "symptom 4 pix-6.3(1)(*)": "(*)", "symptom 4 all\nsymptom 4 all": "a second line of symptom",
		"[occurs] enable": "occurs is not among the releases",
	} {
		if _, err := ParseScenario("x.txtar", []byte(script("enable", line))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
