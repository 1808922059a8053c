package smtp

import "bytes"

// eod finds the end of data, CR LF . CR LF, in a stream: it is how many octets of it have just been seen.
type eod uint8

const terminator = "\r\n.\r\n"

// scan reads b. It returns the octets up to and with the terminator, or len(b) when that does not end in b.
func (e *eod) scan(b []byte) (n int, found bool) {
	i := 0
	for ; i < len(b) && *e != 0; i++ {
		if e.next(b[i]) {
			return i + 1, true
		}
	}
	if i == len(b) {
		return i, false
	}
	if at := indexEnd(b[i:]); at >= 0 {
		*e = 0
		return i + at + len(terminator), true
	}
	for _, c := range b[max(i, len(b)-len(terminator)+1):] {
		e.next(c)
	}
	return len(b), false
}

// indexEnd is where the terminator begins in b, -1: nowhere. It looks for dots, of which there are fewer than lines in most
// mail and none in an attachment, as long as they are not too many.
func indexEnd(b []byte) int {
	const dot = len("\r\n")
	for at, others := dot, 0; at < len(b); at++ {
		n := bytes.IndexByte(b[at:], terminator[dot])
		if n < 0 {
			return -1
		}
		at += n
		if bytes.HasPrefix(b[at-dot:], []byte(terminator)) {
			return at - dot
		}
		if others++; others > 16+at/32 {
			if n = bytes.Index(b[at-dot:], []byte(terminator)); n >= 0 {
				n += at - dot
			}
			return n
		}
	}
	return -1
}

// next reads one octet and reports the end.
func (e *eod) next(c byte) bool {
	switch {
	case c == terminator[*e]:
		*e++
	case c == '\r':
		*e = 1
	default:
		*e = 0
	}
	if int(*e) < len(terminator) {
		return false
	}
	*e = 0
	return true
}

// enterData begins a message. end is how much of the terminator the client has sent: the line end of DATA itself counts
// (RFC 5321 4.1.1.4).
func (s *Session) enterData(end eod) {
	atStart := s.cmd.line == lineStart
	s.mode, s.end, s.cmd = modeData, end, command{}
	s.garble, s.noop = s.noop, false
	s.garbled = lineStart
	if !atStart {
		s.garbled = linePass
	}
	if s.x != nil {
		s.x.msg.start(atStart)
	}
}

// pending is how many octets at the end of what was scanned may belong to the dot line of the terminator.
func (e eod) pending() int { return max(0, int(e)-len("\r\n")) }

// data reads a message. first: b is the beginning of a segment.
func (s *Session) data(b []byte, first bool) (int, step) {
	if s.skims() {
		if n := s.plainLines(b); n > 0 {
			s.skim(b[:n])
			return n, stepTake
		}
		if n := bytes.IndexByte(b, '\n') + 1; n > 0 {
			b = b[:n] // a line that is not plain, or its rest; behind it there may be plain ones
		}
	}
	before := s.end
	n, found := s.end.scan(b)
	if first && s.p.Flaws&FlawEODSegmentStart != 0 && bytes.HasPrefix(b, []byte(".\r\n")) {
		n, found = 3, true
	}
	k := owesEnd
	if split := first && found && before != 0 && before != 2 && n == len(terminator)-int(before); split {
		// Postfix's cure is a segment of its own for . CR LF, so the cut behind the first CR LF did no harm.
		switch f := s.p.Flaws; {
		case f&FlawEODReset != 0:
			return 0, stepReset
		case f&FlawEODWithhold != 0:
			s.end, s.held0 = before, true
			return 0, stepHold
		case f&FlawEODEatReply != 0:
			k = owesLost
		}
	}
	if found && !s.owed.room(k) {
		s.end = before
		return 0, stepHold
	}
	if st := s.message(before, b[:n], found); st > stepMask {
		return 0, st
	}
	if s.garble {
		s.garbleWords(b[:n])
	}
	if found {
		s.owed.push(k)
		s.mode, s.end = modeCommand, 0
	}
	return n, stepTake
}

// Body takes as much of the beginning of b, a train of segments in direction d, as Segment would take of each of them unchanged
// and without a word, since it is in the middle of a message. The first of them has first octets, the others size. 0: they
// want to be judged one by one.
func (s *Session) Body(d Dir, b []byte, first, size int) int {
	if d != ToServer || s.mode != modeData || s.dead != Pass || s.garble {
		return 0
	}
	n := 0
	switch {
	case s.skims():
		if n = s.plainLines(b); n > 0 {
			s.skim(b[:n])
		}
	case s.p.Flaws&(FlawEODSegmentStart|FlawDupHeader) == 0 && (s.x == nil || !s.has(dataMatches) && s.x.size == 0):
		n = s.wholeSegments(b, first, size)
	}
	s.lastOf(b[:n])
	return n
}

// wholeSegments scans those segments that do not hold the end of the message, nor its beginning.
func (s *Session) wholeSegments(b []byte, first, size int) int {
	e := s.end
	n, found := e.scan(b)
	if !found {
		s.end = e
		return n
	}
	if n -= len(terminator); n < first {
		return 0
	}
	n = first + (n-first)/size*size
	if n >= len(terminator) {
		s.end = 0 // it is told by the octets before n alone
	}
	s.end.scan(b[max(0, n-len(terminator)+1):n])
	return n
}

// garbleWords is FlawNoopDesync: the lines of the message are taken for commands, and their first words become X. A line
// that begins with a dot is spared, or the message would never end.
func (s *Session) garbleWords(b []byte) {
	for i, c := range b {
		switch {
		case c == '\n':
			s.garbled = lineStart
		case c == '\r' || isBlank(c) || c == '.' && s.garbled == lineStart:
			s.garbled = linePass
		case s.garbled != linePass:
			s.garbled = lineMask
			b[i] = 'X'
		}
	}
}
