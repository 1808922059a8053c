package smtp

import (
	"bytes"
	"strconv"
	"time"
)

// lineRules asks the rules about a command line that lies in one segment; w is its first word.
func (s *Session) lineRules(now time.Time, line, w []byte, v verb, allowed bool) step {
	st := s.verbRules(now, w, allowed)
	if st <= stepMask {
		st = max(st, s.lineLength(-1, len(line), true))
	}
	if st != stepTake || !allowed {
		return st
	}
	return s.argumentRules(v, line)
}

// verbRules asks about a verb.
func (s *Session) verbRules(now time.Time, w []byte, allowed bool) step {
	if !s.has(1 << MatchVerb) {
		return stepTake
	}
	return s.each(MatchVerb, true, func(i int, r *Rule) bool {
		if s.listed(r, w, "UNKNOWN", !allowed) == r.Not {
			return false
		}
		return r.Action != ActionRate || s.exceeds(now, i, r.Rate)
	})
}

// lineLength asks about the length of a command line that has grown from before to n octets.
func (s *Session) lineLength(before, n int, ended bool) step {
	return s.over(MatchLine, before, n, ended, true)
}

// listed reports whether w is among the words of r, or r has the word for all others and other is true.
func (s *Session) listed(r *Rule, w []byte, others string, other bool) bool {
	for _, x := range r.Words {
		if equalFold(w, x) || other && x == others {
			return true
		}
	}
	return false
}

// argumentRules asks about an allowed command line that is here as a whole, or as much of it as is kept.
func (s *Session) argumentRules(v verb, line []byte) step {
	if s.pol == nil {
		return stepTake
	}
	switch v {
	case verbHELO, verbEHLO, verbRSET:
		s.newTransaction()
	case verbMAIL:
		s.newTransaction()
		s.x.size = declaredSize(line)
		return s.senderRules(mailbox(line))
	case verbRCPT:
		s.x.rcpts++
		if st := s.over(MatchRCPT, s.x.rcpts-1, s.x.rcpts, true, true); st > stepMask {
			return st
		}
		return s.relayRule(mailbox(line))
	}
	return stepTake
}

// newTransaction forgets what belongs to one mail (RFC 5321 4.1.4).
func (s *Session) newTransaction() { s.x.rcpts, s.x.invalid, s.x.size = 0, 0, 0 }

func (s *Session) senderRules(from []byte) step {
	if !s.has(senderMatches) {
		return stepTake
	}
	if st := s.over(MatchSenderLen, -1, len(from), true, true); st > stepMask {
		return st
	}
	return s.regex(MatchSenderRegex, from)
}

// relayText is what message 108004 says of mail-relay (ASA system log messages, 108004).
const relayText = "No Mail Relay allowed"

func (s *Session) relayRule(to []byte) step {
	m := &s.pol.MailRelay
	at := bytes.LastIndexByte(to, '@')
	if !m.On || at < 0 || bytes.EqualFold(to[at+1:], []byte(m.Domain)) {
		return stepTake
	}
	if m.Log {
		s.raise(Event{Kind: eventFor(m.Action), Request: true, Class: "mail-relay", Action: actionText[m.Action], Info: relayText, Match: -1})
	}
	if m.Action == ActionDrop {
		return stepDrop
	}
	return stepTake
}

// declaredSize is the SIZE of a MAIL line (RFC 1870), 0 without one.
func declaredSize(line []byte) uint64 {
	for f := range bytes.FieldsSeq(line) {
		if len(f) > 5 && equalFold(f[:5], "SIZE=") {
			n, err := strconv.ParseUint(string(f[5:min(len(f), 25)]), 10, 63)
			if err == nil {
				return n
			}
		}
	}
	return 0
}

// extensionRules asks about a keyword of an EHLO reply. A release without maps masks what it does not know.
func (s *Session) extensionRules(w []byte) step {
	known := s.shown(w)
	if s.pol == nil {
		if known {
			return stepTake
		}
		return stepMask
	}
	return s.each(MatchEHLO, false, func(_ int, r *Rule) bool { return s.listed(r, w, "OTHERS", !known) != r.Not })
}

// shown reports whether an EHLO keyword is known to the release. With allow-tls STARTTLS is.
func (s *Session) shown(w []byte) bool {
	for _, x := range s.p.Extensions {
		if equalFold(w, x) {
			return true
		}
	}
	return s.pol != nil && s.pol.AllowTLS && equalFold(w, "STARTTLS")
}

// over asks the rules of a limit about a length or count that has grown from before to n; before is -1 when it is asked
// for the first time. done: it will not grow any more, which a `not` rule waits for.
func (s *Session) over(m Match, before, n int, done, request bool) step {
	if !s.has(1 << m) {
		return stepTake
	}
	return s.each(m, request, func(_ int, r *Rule) bool {
		if r.Not {
			return done && n <= r.Limit
		}
		return n > r.Limit && before <= r.Limit
	})
}

// regex asks the rules of a regular expression.
func (s *Session) regex(m Match, b []byte) step {
	if !s.has(1 << m) {
		return stepTake
	}
	return s.each(m, true, func(_ int, r *Rule) bool { return r.Regex != nil && r.Regex.Match(b) != r.Not })
}

// each applies the actions of the rules of m for which hit says yes, in order, up to the first that ends the matter: a
// connection that was dropped or reset meets no further line, one that was logged or masked does. Matches of different
// kinds are asked in the order in which a message is read, whatever their order in the map (ASA firewall configuration
// guide, "How Inspection Policy Maps Work").
func (s *Session) each(m Match, request bool, hit func(int, *Rule) bool) step {
	st := stepTake
	for i := range s.rules() {
		r := &s.pol.Matches[i]
		if r.Match != m || !hit(i, r) {
			continue
		}
		st = max(st, s.fire(i, r, request))
		if st > stepMask {
			break
		}
	}
	return st
}

// fire counts and logs a match and returns what it asks for.
func (s *Session) fire(i int, r *Rule, request bool) step {
	if bit := uint64(1) << i; s.fired&bit == 0 {
		s.fired |= bit
		e := Event{Kind: EventCounted, Request: request, Match: i}
		if r.Log {
			e.Kind, e.Class, e.Action, e.Info = eventFor(r.Action), "Class "+strconv.Itoa(i+1), actionText[r.Action], clip([]byte(r.Text()))
		}
		s.raise(e)
	}
	switch r.Action {
	case ActionDrop:
		return stepDrop
	case ActionReset:
		return stepReset
	case ActionRate:
		s.held0 = true
		return stepHold
	case ActionMask:
		if r.Match == MatchEHLO || r.Match == MatchVerb {
			return stepMask
		}
	}
	return stepTake
}

// actionText words an action as message 108004 has it. Rate-limited and masked packets have no wording of their own in it.
var actionText = [...]string{
	ActionNone: "", ActionDrop: "Dropped connection for", ActionReset: "Reset connection for",
	ActionMask: "Masked header flags for", ActionRate: "Dropped",
}

func eventFor(a Action) EventKind {
	if a == ActionNone {
		return EventLogged
	}
	return EventMatched
}

// exceeds counts one message against rule i and reports whether that is more than rate in one second. A withheld message
// is offered again by its sender's retransmission, and is counted then.
func (s *Session) exceeds(now time.Time, i, rate int) bool {
	w := &s.x.rate[i]
	if d := now.Sub(w.since); d >= time.Second || d < 0 {
		*w = window{since: now}
	}
	if w.n >= rate {
		return true
	}
	w.n++
	return false
}
