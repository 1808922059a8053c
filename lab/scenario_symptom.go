package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pixsim/appliance/release"
)

// A scenario about a symptom of KB 320027 has a line
//
//	symptom 4 pix-4.0 pix-4.1
//
// with the symptom's number in the article and the releases in which it occurs; in all others it does not. pix-4.0 stands
// for its builds too, pix-4.2(*) for all builds of a release that has no flaws by itself, `all` for everything. The word
// occurs in a condition stands for these releases.
const (
	symptomWord   = "symptom"
	everyRelease  = "all"
	occursWord    = "occurs"
	everyBuild    = "(*)"
	symptomExpect = "symptom NUMBER RELEASE..."
)

// readSymptom reads the line.
func (s *Scenario) readSymptom(words []string) error {
	if s.Symptom != 0 {
		return errSecondSymptom
	}
	if len(words) < 2 {
		return fmt.Errorf("usage: %s", symptomExpect)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > len(symptoms) {
		return fmt.Errorf("the article has symptoms 1 to %d, not %q", len(symptoms), words[0])
	}
	names := words[1:]
	if slices.Equal(names, []string{everyRelease}) {
		names = nil
		for _, r := range release.All() {
			names = append(names, r.Name)
		}
	}
	for _, name := range names {
		if base, all := strings.CutSuffix(name, everyBuild); all && base == release.Base(name) {
			name = base
		}
		if _, err := release.Parse(name); err != nil {
			return err
		}
	}
	s.Symptom, s.Occurs = n, names
	return nil
}

var errSecondSymptom = fmt.Errorf("a second line of %s", symptomWord)

// Occurrence is where the scenario's symptom occurs and where it does not, for people; "" for a scenario about none.
func (s *Scenario) Occurrence() string {
	if s.Symptom == 0 {
		return ""
	}
	var not []string
	for _, r := range release.All() {
		if !speakOf(s.Occurs, r.Name) {
			not = append(not, r.Name)
		}
	}
	isRelease := func(name string) bool { return !strings.Contains(name, "(") }
	switch {
	case not == nil:
		return fmt.Sprintf("Symptom %d occurs in every release.", s.Symptom)
	case !slices.ContainsFunc(s.Occurs, isRelease):
		return fmt.Sprintf("Symptom %d occurs in %s. It does not in any other build, nor in a release whose name stands alone.", s.Symptom, inShort(s.Occurs))
	}
	return fmt.Sprintf("Symptom %d occurs in %s. It does not in %s.", s.Symptom, inShort(s.Occurs), inShort(not))
}

// inShort is a list of releases and builds with its neighbours joined: "pix-4.0 to pix-6.3, pix-7.0(1)".
func inShort(names []string) string {
	runs := slices.Concat(neighbours(names, ""), neighbours(names, everyBuild))
	for _, name := range names {
		if strings.HasSuffix(name, ")") && !strings.HasSuffix(name, everyBuild) {
			runs = append(runs, name)
		}
	}
	return strings.Join(runs, ", ")
}

// neighbours are the releases whose names, with a suffix, are among names: each run of them, of one platform, in short.
func neighbours(names []string, suffix string) (runs []string) {
	first, last := "", ""
	end := func() {
		switch {
		case first == "":
			return
		case first != last:
			first += " to " + last
		}
		if suffix == everyBuild {
			first = "all builds of " + first
		}
		runs = append(runs, first)
		first = ""
	}
	platform := func(name string) string { return name[:strings.IndexByte(name, '-')] }
	for _, r := range release.All() {
		if !slices.Contains(names, r.Name+suffix) {
			end()
			continue
		}
		if first != "" && platform(first) != platform(r.Name) {
			end()
		}
		if last = r.Name; first == "" {
			first = r.Name
		}
	}
	end()
	return runs
}

// whereItOccurs puts the releases of the symptom in the place of the word that stands for them.
func (s *Scenario) whereItOccurs(names []string) (all []string) {
	for _, name := range names {
		if name == occursWord {
			all = append(all, s.Occurs...)
			continue
		}
		all = append(all, name)
	}
	return all
}
