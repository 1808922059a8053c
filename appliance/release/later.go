package release

import (
	"fmt"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// Engine is the SMTP inspection of a software release or a build, for what needs no box.
type Engine struct {
	Name  string // asa-9.4
	SMTP  smtp.Profile
	Boots bool // Parse knows the name: the whole box is there
}

// laterEngines are the releases whose inspection is known and whose box is not there yet: 8.3 has another NAT.
var laterEngines = []Engine{
	{Name: "asa-8.3", SMTP: smtp.P83()},
	{Name: "asa-8.4", SMTP: smtp.P83()},
	{Name: "asa-9.1", SMTP: smtp.P83()},
	{Name: "asa-9.4", SMTP: smtp.P94()},
	{Name: "asa-9.8", SMTP: smtp.P94()},
	{Name: "asa-9.12", SMTP: smtp.P94()},
}

// Engines are the SMTP inspections of all releases, those of All first, then those of later software. The slice is the
// caller's.
func Engines() []Engine {
	var all []Engine
	for _, r := range All() {
		all = append(all, r.engine())
	}
	return append(all, laterEngines...)
}

// ParseEngine finds an inspection by the name of its release or build. The error lists the choices.
func ParseEngine(name string) (Engine, error) {
	if e, ok := laterEngine(name); ok {
		return e, nil
	}
	r, err := Parse(name)
	if err != nil {
		var names []string
		for _, e := range laterEngines {
			names = append(names, e.Name)
		}
		return Engine{}, fmt.Errorf("%w, %s", err, strings.Join(names, ", "))
	}
	return r.engine(), nil
}

func (r *Release) engine() Engine { return Engine{r.Name, r.SMTP, true} }

func laterEngine(name string) (Engine, bool) {
	for _, e := range laterEngines {
		if strings.EqualFold(e.Name, name) {
			return e, true
		}
	}
	return Engine{}, false
}
