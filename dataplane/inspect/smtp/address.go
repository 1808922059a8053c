package smtp

import "bytes"

// edit blanks the characters that may not stand in the argument of MAIL and RCPT: a bar, and angle brackets that are not
// the brackets of an address (Cisco PIX and ASA guides: "> must be preceded by <"). What an illegal bracket becomes is
// not said: a blank, like the bar. arg is the argument or its next piece, line the text for the log; ended: the line ends
// in arg. An opening bracket whose line goes on in the next segment is believed.
func (s *Session) edit(v verb, arg, line []byte, ended bool) step {
	if !s.p.Addresses || v != verbMAIL && v != verbRCPT {
		return stepTake
	}
	var text string
	last := bytes.LastIndexByte(arg, '>')
	for i, c := range arg {
		switch c {
		default:
			continue
		case '<':
			if !s.cmd.open && (i < last || !ended) {
				s.cmd.open = true
				continue
			}
		case '>':
			if s.cmd.open {
				s.cmd.open = false
				continue
			}
		case '|':
		}
		if text == "" {
			text = clip(trimEnd(line))
			if st := s.special(line); st > stepMask {
				return st
			}
		}
		s.raise(Event{Kind: EventReplaced, Request: true, Class: barsAndBrackets(c), Info: text, Match: -1})
		arg[i] = ' '
	}
	return stepTake
}

// barsAndBrackets is c as a string, without an allocation.
func barsAndBrackets(c byte) string {
	switch c {
	case '|':
		return "|"
	case '<':
		return "<"
	}
	return ">"
}

// special is the special-character parameter, asked when an address holds a character that is not allowed.
func (s *Session) special(line []byte) step {
	if s.pol == nil || !s.pol.Special.On {
		return stepTake
	}
	if s.pol.Special.Action == ActionDrop {
		s.raise(Event{Kind: EventMailAddress, Request: true, Class: "special-character", Info: clip(address(line)), Match: -1})
		return stepDrop
	}
	if s.pol.Special.Log {
		s.raise(Event{Kind: EventLogged, Request: true, Class: "special-character", Info: clip(address(line)), Match: -1})
	}
	return stepTake
}

// address is the address in a MAIL or RCPT line, with its brackets when it has them.
func address(line []byte) []byte {
	line = trimEnd(line)
	from, to := bytes.IndexByte(line, '<'), bytes.LastIndexByte(line, '>')
	if 0 <= from && from < to {
		return line[from : to+1]
	}
	if at := bytes.IndexByte(line, ':'); at >= 0 {
		line = line[at+1:]
	}
	return bytes.TrimLeft(line, " \t")
}

// mailbox is the address without brackets, and without the parameters behind it.
func mailbox(line []byte) []byte {
	a := address(line)
	if len(a) > 0 && a[0] == '<' {
		a = a[1:]
		if end := bytes.IndexByte(a, '>'); end >= 0 {
			a = a[:end]
		}
		return a
	}
	if end := bytes.IndexAny(a, " \t"); end >= 0 {
		a = a[:end]
	}
	return a
}

// trimEnd is b without its line end.
func trimEnd(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }
