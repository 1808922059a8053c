package dataplane

import (
	"time"

	"pixsim/dataplane/acl"
)

// NATUse is what a line of translation did: connections from the real and from the mapped side.
type NATUse struct {
	Translated, Untranslated uint64
	Idle                     time.Duration
}

type natUse struct {
	translated, untranslated uint64
	last                     int64
}

// natKey is a line and, up to 8.2, the mapped side: there each of them is a policy of its own.
type natKey struct {
	line   acl.ID
	toward Port
}

func (e *Engine) natUse(line acl.ID, toward Port) *natUse {
	key := natKey{line, toward}
	u := e.natUses[key]
	if u == nil {
		u = &natUse{}
		e.natUses[key] = u
	}
	u.last = e.now
	return u
}

// translated and untranslated count a packet for the line that translated its source, or its destination back; once for a
// connection.
func (e *Engine) translated(line acl.ID, a *attempt) {
	if !a.confirms {
		e.natUse(line, a.out).translated++
	}
}

func (e *Engine) untranslated(line acl.ID, in Port, a *attempt) {
	if !a.confirms {
		e.natUse(line, in).untranslated++
	}
}

func (e *Engine) natHits(line acl.ID, toward Port) uint64 {
	if e.r.Rules.ByTable {
		toward = None
	}
	if u := e.natUses[natKey{line, toward}]; u != nil {
		return u.translated + u.untranslated
	}
	return 0
}

// NATUse is what a line did since it came or since ClearNATUse, towards one port; None: the lines of Policy.Table, which
// count all alike.
func (s *State) NATUse(line acl.ID, toward Port) NATUse {
	if u := s.e.natUses[natKey{line, toward}]; u != nil {
		return NATUse{u.translated, u.untranslated, s.e.since(u.last)}
	}
	return NATUse{Idle: s.e.since(s.e.trafficSince)}
}

// ClearNATUse sets the counters of all lines to zero.
func (s *State) ClearNATUse() { clear(s.e.natUses) }
