package lab

import (
	"slices"
	"strings"
	"testing"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// TestSymptoms: the fourteen of KB 320027, and the releases that have them.
func TestSymptoms(t *testing.T) {
	for i, s := range Symptoms() {
		if s.N != i+1 || s.Title == "" {
			t.Errorf("symptom %d is %+v", i+1, s)
		}
	}
	if n := len(Symptoms()); n != 14 {
		t.Errorf("%d symptoms", n)
	}
	seven := []int{1, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14}
	lost := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	fifteen := []int{3, 5, 10, 11, 12, 13, 14}
	for _, c := range []struct {
		release string
		options []string
		want    []int
	}{
		{"pix-4.1", nil, seven},
		{"pix-4.4", nil, seven},
		{"pix-4.4", []string{"eod-withhold=on"}, lost},
		{"pix-6.3", nil, seven},
		{"pix-6.3", []string{"eod-reset=on"}, lost},
		{"pix-6.3", []string{"eod-eat-reply=on"}, lost},
		{"asa-8.2", nil, fifteen},
		{"asa-8.2", []string{"engine=smtp"}, seven},
		{"asa-8.2", []string{"allow-tls=on"}, []int{3, 10, 11, 12, 13, 14}},
	} {
		r, err := release.Parse(c.release)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = r.With(c.options); err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, s := range Symptoms() {
			if why, ok := s.Mechanism(r); ok {
				got = append(got, s.N)
				if why == "" || strings.HasSuffix(why, ".") {
					t.Errorf("%s: symptom %d: %q", r.Name, s.N, why)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v has %v, want %v", c.release, c.options, got, c.want)
		}
	}
}

// TestCureWords: a cure begins where a person stands after enable and ends with the box reloaded; the one for STARTTLS is
// there exactly where it helps.
func TestCureWords(t *testing.T) {
	for _, r := range release.All() {
		cure := Cure(r)
		if cure[0] != "configure terminal" || !slices.Equal(cure[len(cure)-2:], []string{"write memory", "reload"}) {
			t.Errorf("%s: %q", r.Name, cure)
		}
		if tls := CureTLS(r); (tls != nil) != (r.SMTP.Maps && !r.SMTP.AllowTLS && r.Config.InspectMaps) {
			t.Errorf("%s: %q", r.Name, tls)
		}
		open, err := r.With([]string{"allow-tls=on"})
		if err != nil {
			t.Fatal(err)
		}
		if CureTLS(open) != nil {
			t.Errorf("%s: a cure for STARTTLS where that passes", r.Name)
		}
	}
}

// TestHiddenKeywords: whatever keyword a table speaks of is one that engines do hide or refuse somewhere.
func TestHiddenKeywords(t *testing.T) {
	for _, word := range []string{"CHUNKING", "X-LINK2STATE", "X-EXPS", "XEXCH50"} {
		if slices.Contains(smtp.KnownExtensions, word) || hiddenSymptoms[word] == nil {
			t.Errorf("%s is shown, or leads to nothing", word)
		}
	}
	for verb := range verbSymptoms {
		if slices.Contains(smtp.SevenVerbs, verb) {
			t.Errorf("%s is never refused", verb)
		}
	}
}
