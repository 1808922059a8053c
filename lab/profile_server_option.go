package lab

import (
	"slices"
)

// setVerb makes a verb known or unknown.
func (p *ServerProfile) setVerb(verb string, on bool) {
	p.Verbs = slices.DeleteFunc(p.Verbs, func(v string) bool { return v == verb })
	if on {
		p.Verbs = append(p.Verbs, verb)
	}
}
