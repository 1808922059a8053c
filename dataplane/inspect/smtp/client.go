package smtp

import (
	"bytes"
	"time"
)

// verb is a command that the engine has to know by name.
type verb uint8

const (
	verbOther verb = iota
	verbHELO
	verbEHLO
	verbMAIL
	verbRCPT
	verbDATA
	verbRSET
	verbNOOP
	verbAUTH
	verbSTARTTLS
)

// owes is what the server will answer to v.
func (v verb) owes() owes {
	switch v {
	case verbEHLO:
		return owesEHLO
	case verbRCPT:
		return owesRCPT
	case verbDATA:
		return owesDATA
	case verbAUTH:
		return owesAuth
	case verbSTARTTLS:
		return owesTLS
	}
	return owesOther
}

// lineState is where in a command line the client is. Releases that withhold parts are always at its start.
type lineState uint8

const (
	lineStart lineState = iota
	linePass            // the line began in an earlier segment and passes
	lineMask            // it began in an earlier segment and is overwritten
)

// command is the command line that is being read, as far as it is taken.
type command struct {
	line lineState
	verb verb // of a line that passes; of a line that is overwritten only what the server takes it for
	len  int  // octets taken; of a line of an AUTH dialogue too
	bare bool // of a line that is overwritten: nothing but CR so far
	open bool // within the brackets of an address
}

// step is what one line asks for.
type step uint8

const (
	stepTake step = iota
	stepMask
	stepHold // withhold from here
	stepSwallow
	stepDrop
	stepReset
)

// fromClient reads what the client sends.
func (s *Session) fromClient(now time.Time, seg []byte) Verdict {
	for i := 0; i < len(seg); {
		n, st := s.fromClientOne(now, seg[i:], i == 0)
		switch st {
		case stepHold:
			return s.held(i)
		case stepDrop:
			return Verdict{Act: DropConn}
		case stepReset:
			return Verdict{Act: Reset}
		case stepSwallow:
			v := Verdict{Take: i, Swallow: n}
			if !s.reply.open {
				v.Answer = s.say(s.owed.release())
			}
			return v
		}
		i += n
	}
	return Verdict{Take: len(seg)}
}

// held is the verdict that withholds what follows the first n octets.
func (s *Session) held(n int) Verdict {
	v := Verdict{Take: n}
	if n == 0 && s.held0 {
		v.Act = DropSegment
	}
	s.held0 = false
	return v
}

// fromClientOne reads one line, or as much of it or of a message as there is. first: b is the beginning of a segment.
func (s *Session) fromClientOne(now time.Time, b []byte, first bool) (int, step) {
	switch s.mode {
	case modeData:
		return s.data(b, first)
	case modeAuth:
		return s.dialogue(b)
	}
	n := bytes.IndexByte(b, '\n') + 1
	ended := n > 0
	if !ended {
		n = len(b)
	}
	switch {
	case s.cmd.line != lineStart:
		return n, s.rest(b[:n], ended)
	case ended:
		return n, s.whole(now, b[:n])
	}
	return n, s.part(now, b)
}

// dialogue passes a line of an AUTH dialogue unread. Its length counts as that of any line of a client does.
// unverified: that a Kerberos blob meets the 512 octets of the default map is inferred.
func (s *Session) dialogue(b []byte) (int, step) {
	n := bytes.IndexByte(b, '\n') + 1
	ended := n > 0
	if !ended {
		n = len(b)
	}
	before := s.cmd.len
	s.cmd.len += n
	if st := s.lineLength(before, s.cmd.len, ended); st > stepMask {
		return n, st
	}
	if ended {
		s.owed.push(owesAuth) // nothing else is owed in a dialogue: there is room
		s.mode, s.cmd = modeCommand, command{}
	}
	return n, stepTake
}

// whole judges a command line that lies in one segment.
func (s *Session) whole(now time.Time, line []byte) step {
	at, end := word(line)
	if at == end {
		// An empty line passes: the server says what it thinks of it, or nothing.
		if st := s.lineLength(-1, len(line), true); st > stepMask {
			return st
		}
		st := s.take(owesOther)
		s.doubt = s.doubt || st == stepTake
		return st
	}
	v, allowed := s.verb(line[at:end])
	k := owesOther
	if allowed {
		k = v.owes()
	}
	refuse := s.p.Reject
	if !allowed && refuse == RejectAnswer {
		return s.answerLocally()
	}
	if !s.owed.room(k) || !s.owed.room(owesOther) {
		return stepHold
	}
	st := s.lineRules(now, line, line[at:end], v, allowed)
	switch {
	case st > stepMask:
		return st
	case !allowed || st == stepMask:
		s.refuse(line, at, end)
		k = owesOther
	default:
		if st := s.edit(v, line[end:], line, true); st != stepTake {
			return st
		}
		s.passed(v)
	}
	s.doubt = s.doubt || s.bareLF(line) || onlyCR(line[at:end])
	return s.take(k)
}

// take counts the reply that the server owes for a line that went on.
func (s *Session) take(k owes) step {
	if !s.owed.room(k) {
		return stepHold
	}
	s.owed.push(k)
	return stepTake
}

// onlyCR reports whether nothing in b is more than a CR, so that a server may see an empty line.
func onlyCR(b []byte) bool { return len(bytes.Trim(b, "\r")) == 0 }

// bareLF reports whether the line that ends with b ends with a LF alone. b begins its segment or holds all of the line.
func (s *Session) bareLF(b []byte) bool {
	if len(b) > 1 {
		return b[len(b)-2] != '\r'
	}
	return s.last[1] != '\r'
}

// passed notes what an allowed command changes.
func (s *Session) passed(v verb) {
	switch v {
	case verbDATA:
		if s.p.Flaws&bypass != 0 {
			s.enterData(2)
		}
	case verbNOOP:
		s.noop = s.p.Flaws&FlawNoopDesync != 0
	}
}

// answerLocally swallows a line and queues the firewall's own answer to it.
func (s *Session) answerLocally() step {
	if !s.owed.room(owesAnswer) {
		return stepHold
	}
	s.owed.push(owesAnswer)
	return stepSwallow
}

// say is n answers in a row.
func (s *Session) say(n int) []byte {
	b := s.answer[:0]
	for range n {
		b = append(b, okAnswer...)
	}
	if len(b) == 0 {
		return nil
	}
	return b
}

// refuse overwrites a line whose verb at [at:end] is not allowed.
func (s *Session) refuse(line []byte, at, end int) {
	w := line[at:end]
	switch {
	case s.p.Reject == RejectNoop && len(w) >= len("NOOP") && bytes.IndexByte(w, '\r') < 0:
		// No room, no NOOP: a shorter verb becomes X like those of later releases, and so does one with a CR in it.
		for i := range w {
			w[i] = ' '
		}
		copy(w, "NOOP")
	case s.p.WholeLine:
		mask(line)
	default:
		mask(w)
	}
}

// part judges what stands at the end of a segment without a line end.
func (s *Session) part(now time.Time, b []byte) step {
	if s.p.Part == PartWithhold {
		return stepHold
	}
	at, end := word(b)
	v, allowed := s.verb(b[at:end])
	if !allowed || end == len(b) || !isBlank(b[end]) {
		// Not a command yet, but its octets go on: character by character, HELO arrives as XXXX.
		if st := s.lineLength(-1, len(b), false); st > stepMask {
			return st
		}
		mask(b)
		s.cmd = command{line: lineMask, len: len(b), bare: onlyCR(b)}
		return stepTake
	}
	st := s.verbRules(now, b[at:end], true)
	if st <= stepMask {
		st = max(st, s.lineLength(-1, len(b), false))
	}
	switch st {
	case stepTake:
		s.keepLine(b)
		s.cmd = command{line: linePass, verb: v, len: len(b)}
		if d := s.edit(v, b[end:], b, false); d != stepTake {
			return d
		}
	case stepMask:
		mask(b)
		s.cmd = command{line: lineMask, len: len(b)}
	default:
		return st
	}
	return stepTake
}

// rest goes on with a line that began in an earlier segment.
func (s *Session) rest(b []byte, ended bool) step {
	k := s.cmd.verb.owes()
	if ended && !s.owed.room(k) {
		return stepHold
	}
	before := s.cmd.len
	s.cmd.len += len(b)
	if st := s.lineLength(before, s.cmd.len, ended); st > stepMask {
		return st
	}
	if s.cmd.line == lineMask {
		mask(b)
		s.cmd.bare = s.cmd.bare && onlyCR(trimEnd(b))
	} else if st := s.restPass(b, ended); st != stepTake {
		return st
	}
	if ended {
		v := s.cmd.verb
		s.doubt = s.doubt || s.cmd.bare || s.bareLF(b)
		s.cmd = command{}
		s.passed(v)
		s.owed.push(k)
	}
	return stepTake
}

// restPass is rest for a line that passes.
func (s *Session) restPass(b []byte, ended bool) step {
	line := b
	if s.x != nil {
		s.x.n += copy(s.x.line[s.x.n:], b)
		line = s.x.line[:s.x.n]
	}
	if ended {
		if st := s.argumentRules(s.cmd.verb, line); st > stepMask {
			return st
		}
	}
	return s.edit(s.cmd.verb, b, line, ended)
}

// keepLine keeps the beginning of a line in parts for the rules that read whole lines.
func (s *Session) keepLine(b []byte) {
	if s.x != nil {
		s.x.n = copy(s.x.line[:], b)
	}
}

// word is where the first word of a line begins and ends. Blanks before it do not count: there are servers that skip
// them. Only blanks and the line end close it, so that no server finds a verb where the engine saw none.
func word(line []byte) (at, end int) {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
		if n > 0 && line[n-1] == '\r' {
			n--
		}
	}
	for at < n && isBlank(line[at]) {
		at++
	}
	for end = at; end < n && !isBlank(line[end]); end++ {
	}
	return at, end
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// verb looks a word up in the profile.
func (s *Session) verb(w []byte) (v verb, allowed bool) {
	if equalFold(w, "STARTTLS") {
		return verbSTARTTLS, s.pol != nil && s.pol.AllowTLS
	}
	for _, name := range s.p.Verbs {
		if equalFold(w, name) {
			return verbNamed(name), true
		}
	}
	return verbOther, false
}

func verbNamed(name string) verb {
	switch name {
	case "HELO":
		return verbHELO
	case "EHLO":
		return verbEHLO
	case "MAIL":
		return verbMAIL
	case "RCPT":
		return verbRCPT
	case "DATA":
		return verbDATA
	case "RSET":
		return verbRSET
	case "NOOP":
		return verbNOOP
	case "AUTH":
		return verbAUTH
	}
	return verbOther
}

// equalFold compares with an upper-case word, ASCII only: SMTP verbs are (RFC 5321 2.4), and lengths must agree.
func equalFold(b []byte, upper string) bool {
	if len(b) != len(upper) {
		return false
	}
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}

// mask overwrites b with X, but for CR and LF.
func mask(b []byte) {
	for i, c := range b {
		if c != '\r' && c != '\n' {
			b[i] = 'X'
		}
	}
}
