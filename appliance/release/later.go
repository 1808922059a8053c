package release

import (
	"fmt"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// later are the releases whose SMTP inspection is known and whose box is not there yet. Of the rest
// they have what 8.3 has, so they are for what needs an inspection and its words only.
var later = []*Release{asa84, asa91, asa94, asa98, asa912}

var (
	asa84  = inspects(asa83, "asa-8.4", Version{8, 4, 1, 0}, smtp.P83())
	asa91  = inspects(asa84, "asa-9.1", Version{9, 1, 1, 0}, smtp.P83())
	asa94  = inspects(asa91, "asa-9.4", Version{9, 4, 1, 0}, smtp.P94())
	asa98  = inspects(asa94, "asa-9.8", Version{9, 8, 4, 0}, smtp.P94())
	asa912 = inspects(asa98, "asa-9.12", Version{9, 12, 1, 0}, smtp.P94())
)

func inspects(parent *Release, name string, v Version, p smtp.Profile) *Release {
	return derive(parent, func(r *Release) { r.Name, r.Version, r.SMTP = name, v, p })
}

// Known are All, and behind them the later releases that do not boot. The slice is the caller's; the releases are not to
// be changed.
func Known() []*Release { return append(All(), later...) }

// Find finds a release or a build among Known by its name. The error lists the choices.
func Find(name string) (*Release, error) { return find(name, Known()) }

// Parse finds a release by its name, "pix-6.3", or a build of one, "pix-5.2(3)", to boot it. The error lists the choices.
func Parse(name string) (*Release, error) {
	if r, err := find(name, later); err == nil {
		return nil, fmt.Errorf("%s does not boot: only its SMTP inspection is there; choose one of %s", r.Name, names(All()))
	}
	return find(name, All())
}

func find(name string, among []*Release) (*Release, error) {
	base, number, machine, numbered := parts(name)
	for _, r := range among {
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
	return nil, fmt.Errorf("unknown release %q: choose one of %s", name, names(among))
}

func names(releases []*Release) string {
	var all []string
	for _, r := range releases {
		all = append(all, r.Name)
	}
	return strings.Join(all, ", ")
}
