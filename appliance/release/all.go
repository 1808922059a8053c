package release

import (
	"fmt"
	"strings"
)

// All are the releases that the simulator can be, oldest first, those of the PIX before those of the ASA. The slice is
// the caller's; the releases are not to be changed.
func All() []*Release {
	return []*Release{
		pix40, pix41, pix42, pix43, pix44, pix50, pix51, pix52, pix53, pix60, pix61, pix62, pix63, pix70, pix72, pix80,
		asa72, asa80, asa82, asa83, asa84, asa91, asa94, asa98, asa912,
	}
}

// With is a copy of r whose SMTP inspection has these options, NAME=VALUE as smtp.Profile.Set takes them.
func (r *Release) With(options []string) (*Release, error) {
	c := *r
	for _, o := range options {
		if err := c.SMTP.Set(o); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// Numbered is a copy of r whose prompt shows the number of the command; an error where the release has none.
func (r *Release) Numbered() (*Release, error) {
	if !r.Console.HistoryNumber {
		return nil, fmt.Errorf("%s has no numbers in its prompt: pix-4.1 has", r.Name)
	}
	c := *r
	c.Console.NumberShown = true
	return &c, nil
}

// derive makes the successor of parent: a copy to which change is applied. Words are inherited by Release.Words, so that
// Text holds only the successor's own; slices and maps of the parent are replaced, never written to.
func derive(parent *Release, change func(r *Release)) *Release {
	r := *parent
	r.Parent, r.Text, r.Captured = parent, Catalogue{}, false
	change(&r)
	return &r
}

// join makes one catalogue of several; a later one wins.
func join(parts ...Catalogue) Catalogue {
	all := Catalogue{}
	for _, part := range parts {
		for key, words := range part {
			all[key] = words
		}
	}
	return all
}

// Parse finds a release by its name, "pix-6.3", or a build of one, "pix-5.2(3)", either on a machine of its own behind it.
// The error lists the choices.
func Parse(name string) (*Release, error) {
	base, number, machine, numbered := parts(name)
	for _, r := range All() {
		if !strings.EqualFold(r.Name, base) {
			continue
		}
		if numbered {
			b, err := r.parseBuild(number)
			if err != nil || machine == "" {
				return b, err
			}
			r = b
		}
		if machine == "" {
			return r, nil
		}
		return r.parseMachine(machine)
	}
	return nil, fmt.Errorf("unknown release %q: choose one of %s", name, names(All()))
}

func names(releases []*Release) string {
	var all []string
	for _, r := range releases {
		all = append(all, r.Name)
	}
	return strings.Join(all, ", ")
}
