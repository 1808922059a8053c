package smtp

import "bytes"

const maxCaptured = 128 // octets of a file name or media type that a regular expression sees

// message is what the rules have to know of a mail. Of its text it keeps one field name, one parameter name and one value,
// each bounded.
//
// A line that begins with two hyphens and something else than blanks is taken for the boundary of a MIME part, and the lines behind
// it, up to an empty one, for the part's header: the real boundary is not compared.
type message struct {
	header bool // in the header of the mail
	part   bool // in the header of a part
	mail   int  // octets
	head   int  // of those, in the header
	body   int  // and behind it
	line   int  // octets of the present line
	cr     bool // the last of them is a CR
	dashes int  // hyphens at its beginning, when there is nothing else yet; else less
	mark   bool // behind two hyphens there is something else than blanks
	to     int  // To fields
	dup    bool // FlawDupHeader: a name came twice
	names  [32]uint32
	named  int
	field  field
}

func (m *message) start(atStart bool) {
	*m = message{header: true}
	if !atStart {
		m.line, m.field.at = 1, atRest // the line has begun: no field, no empty line
	}
}

// message reads b, the next octets of a mail. found: b ends with its terminator. before is the scanner as it was before b:
// octets that may be the beginning of the last line are held back until they are known not to be.
func (s *Session) message(before eod, b []byte, found bool) step {
	if s.x == nil || !s.has(dataMatches) && s.x.size == 0 && s.p.Flaws&FlawDupHeader == 0 {
		return stepTake
	}
	hold := s.end.pending()
	if found {
		hold = len(".\r\n")
	}
	held := ".\r"[:before.pending()]
	if over := hold - len(b); over > 0 {
		held, b = held[:max(0, len(held)-over)], nil
	} else {
		b = b[:len(b)-hold]
	}
	worst := stepTake
	if held != "" {
		worst = s.messageText([]byte(held))
	}
	if worst <= stepMask {
		worst = max(worst, s.messageText(b))
	}
	if found && worst <= stepMask {
		worst = max(worst, s.messageEnd())
	}
	return worst
}

// messageText reads b, octets that are not the terminator's.
func (s *Session) messageText(b []byte) step {
	m := &s.x.msg
	m.mail += len(b)
	worst := stepTake
	for len(b) > 0 && worst <= stepMask {
		if skip := s.plainLines(b); skip > 0 {
			b = b[skip:]
			continue
		}
		n := bytes.IndexByte(b, '\n') + 1
		ended := n > 0
		if !ended {
			n = len(b)
		}
		worst = max(worst, s.messageLine(b[:n], ended))
		b = b[n:]
	}
	return worst
}

// skims reports whether the client is in a body that the rules have to read. Its plain lines are then found in one pass,
// with the end of data. Flaws look at segments, and have to see all of one.
func (s *Session) skims() bool {
	return s.x != nil && s.p.Flaws == 0 && !s.x.msg.header && !s.x.msg.part && (s.has(dataMatches) || s.x.size != 0)
}

// skim takes plain lines.
func (s *Session) skim(b []byte) {
	s.x.msg.mail += len(b)
	s.end = 0
	if n := len(b); n > 1 && b[n-2] == '\r' {
		s.end = eod(len("\r\n"))
	}
}

// plainLines is the octets of the whole lines at the beginning of b in which no rule can find anything: lines of the body,
// short enough, that begin no part and do not end the mail.
func (s *Session) plainLines(b []byte) int {
	if m := &s.x.msg; m.header || m.part || m.line != 0 || s.end.pending() != 0 {
		return 0
	}
	at := 0
	for {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 || n > s.x.plain || b[at] == '.' && n <= len(".\r") || n > 1 && b[at] == '-' && b[at+1] == '-' {
			return at
		}
		at += n + 1
	}
}

// plainLine is the longest line of a body that no rule minds, -1 when every line has to be read, be it to be counted.
func plainLine(rules []Rule) int {
	n := 1 << 30
	for i := range rules {
		switch r := &rules[i]; {
		case r.Match == MatchBody || r.Match == MatchBodyLine && r.Not:
			return -1
		case r.Match == MatchBodyLine:
			n = min(n, r.Limit)
		}
	}
	return n
}

// messageLine reads the next piece of a line.
func (s *Session) messageLine(b []byte, ended bool) step {
	m := &s.x.msg
	inHeader := m.header
	before := m.length()
	fields := (m.header || m.part) && (s.has(fieldMatches) || s.p.Flaws&FlawDupHeader != 0)
	if fields {
		if st := s.fields(b); st > stepMask {
			return st
		}
	}
	m.count(b, ended)
	st := s.lengths(inHeader, before, len(b), ended)
	if ended {
		m.endLine()
		if inHeader && !m.header {
			st = max(st, s.over(MatchHeader, m.head, m.head, true, true))
		}
	}
	if m.dup {
		return stepDrop
	}
	return st
}

// length is the present line without a CR that may belong to its end; -1 when it has not begun.
func (m *message) length() int {
	if m.cr {
		return m.line - 1
	}
	if m.line == 0 {
		return -1
	}
	return m.line
}

// count adds b to the present line.
func (m *message) count(b []byte, ended bool) {
	for i := 0; m.line+i < 2 && i < len(b) && b[i] == '-'; i++ {
		m.dashes++
	}
	if m.dashes == 2 && !m.mark {
		m.mark = len(bytes.TrimRight(b[min(len(b), max(0, 2-m.line)):], " \t\r\n")) > 0
	}
	m.line += len(b)
	if ended {
		m.line--
		b = b[:len(b)-1]
	}
	if len(b) > 0 {
		m.cr = b[len(b)-1] == '\r'
	}
}

// lengths asks the rules about what has just been counted.
func (s *Session) lengths(inHeader bool, before, n int, ended bool) step {
	m := &s.x.msg
	line, total := MatchBodyLine, MatchBody
	sum := &m.body
	if inHeader {
		line, total, sum = MatchHeaderLine, MatchHeader, &m.head
	}
	st := s.over(line, before, max(m.length(), 0), ended, true)
	*sum += n
	if st > stepMask {
		return st
	}
	return max(st, s.over(total, *sum-n, *sum, false, true))
}

// endLine closes the present line: an empty one ends a header, one that looks like a boundary begins one.
func (m *message) endLine() {
	switch {
	case m.length() <= 0:
		m.header, m.part = false, false
	case !m.header && m.mark:
		m.part = true
		m.field = field{}
	}
	m.line, m.cr, m.dashes, m.mark = 0, false, 0, false
}

// messageEnd is asked when the terminator has come.
func (s *Session) messageEnd() step {
	m := &s.x.msg
	actual := uint64(m.mail)
	if declared := s.x.size; declared != 0 && actual > declared {
		s.raise(Event{Kind: EventSize, Request: true, Info: sizeText(declared, actual), Match: -1})
	}
	st := stepTake
	if m.header {
		st = s.over(MatchHeader, m.head, m.head, true, true)
	}
	if st <= stepMask {
		st = max(st, s.over(MatchBody, m.body, m.body, true, true))
	}
	if st <= stepMask {
		st = max(st, s.over(MatchTo, m.to, m.to, true, true))
	}
	s.newTransaction()
	return st
}
