package release

import (
	"fmt"
	"strings"
)

// All are the releases that the simulator can be, oldest first. The slice is the caller's; the releases are not to be
// changed.
func All() []*Release { return []*Release{pix41, pix44, pix63, asa82} }

// Parse finds a release by its name, "pix-6.3". The error lists the choices.
func Parse(name string) (*Release, error) {
	var names []string
	for _, r := range All() {
		if strings.EqualFold(r.Name, name) {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return nil, fmt.Errorf("unknown release %q: choose one of %s", name, strings.Join(names, ", "))
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

// derive makes the successor of parent: a copy to which change is applied. Words are inherited by Release.Words, so that
// Text holds only the successor's own; slices and maps of the parent are replaced, never written to.
func derive(parent *Release, change func(r *Release)) *Release {
	r := *parent
	r.Parent, r.Text = parent, Catalogue{}
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
