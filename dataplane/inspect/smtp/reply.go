package smtp

import (
	"bytes"
	"time"
)

const (
	tailMax  = 512                    // octets of an incomplete line that are withheld at most
	tailWait = 200 * time.Millisecond // and how long
)

// reply is the reply that the server is sending, as far as it is taken.
type reply struct {
	owes   owes    // what it answers, bound at its first octet
	list   bool    // its further lines are the keywords of an EHLO reply, or may be
	open   bool    // octets of it are taken and it is not through
	more   bool    // at least one line of it is through
	code   [4]byte // the first four octets of the present line, without CR and LF
	col    int     // octets of the present line
	prev   byte    // the last of them as the server sent it
	judged judged  // of the present line of an EHLO reply
	masked int     // lines masked so far
	until  time.Time
}

// judged says what was decided of a line.
type judged uint8

const (
	judgedNot judged = iota
	judgedPass
	judgedMask
)

// fromServer reads what the server sends.
func (s *Session) fromServer(now time.Time, seg []byte) Verdict {
	for i := 0; i < len(seg); {
		if !s.reply.open {
			s.reply = reply{owes: s.owed.head(), until: s.reply.until} // answers never rest at the head
			s.reply.list = s.reply.owes == owesEHLO
		}
		if s.reply.owes == owesLost {
			s.held0 = true
			return s.held(i)
		}
		n := bytes.IndexByte(seg[i:], '\n') + 1
		ended := n > 0
		if !ended {
			n = len(seg) - i
		}
		line := seg[i : i+n]
		s.readCode(line)
		if !ended && s.waits(now, n) {
			s.unreadCode()
			return Verdict{Take: i, Again: s.reply.until}
		}
		s.reply.until = time.Time{}
		if st := s.replyLine(line, ended); st > stepMask {
			return Verdict{Act: st.act()}
		}
		i += n
		if s.dead == Detach {
			return Verdict{Take: len(seg), Act: Detach}
		}
		if answer := s.replyAnswers(); answer != nil {
			return Verdict{Take: i, Answer: answer}
		}
	}
	return Verdict{Take: len(seg)}
}

// act is the end of the connection that st asks for.
func (st step) act() Act {
	if st == stepReset {
		return Reset
	}
	return DropConn
}

// replyAnswers is what falls due when a reply is through.
func (s *Session) replyAnswers() []byte {
	if s.reply.open {
		return nil
	}
	return s.say(s.owed.release())
}

// readCode takes the code from line, the next piece of the present line, and binds a reply whose code tells to what it
// answers.
func (s *Session) readCode(line []byte) {
	r := &s.reply
	for i := r.col; i < len(r.code) && i-r.col < len(line); i++ {
		if c := line[i-r.col]; c != '\r' && c != '\n' {
			r.code[i] = c
		}
	}
	if r.more || !r.isReply() || r.owes == owesGreeting {
		return
	}
	var k owes
	switch string(r.code[:3]) {
	case "354":
		k = owesDATA
	case "334":
		k = owesAuth
	case "220":
		k = owesTLS
	case "250":
		if r.code[3] == '-' && s.doubt && s.owed.has(owesEHLO) {
			r.list = true
		}
		return
	default:
		return
	}
	switch {
	case r.owes == k:
	case s.owed.skipTo(k):
		r.owes, r.list = k, false
	case r.owes == owesEHLO:
		r.owes, r.list = owesNone, false // a second greeting, say: the list is still to come
	}
}

// unreadCode forgets the code of a line that is withheld as a whole.
func (s *Session) unreadCode() {
	r := &s.reply
	for i := min(r.col, len(r.code)); i < len(r.code); i++ {
		r.code[i] = 0
	}
}

// isReply reports whether the present line begins with a code.
func (r *reply) isReply() bool {
	for _, c := range r.code[:3] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// mayGreet reports whether the code of the present line is 220 as far as it is here.
func (r *reply) mayGreet() bool {
	for i, c := range r.code[:3] {
		if c != 0 && c != "220"[i] {
			return false
		}
	}
	return true
}

// waits reports whether an incomplete line, of which n more octets are here, has to wait for its end: it cannot be judged
// before. It sets the time when the waiting ends.
func (s *Session) waits(now time.Time, n int) bool {
	r := &s.reply
	switch {
	case r.list && s.maskEHLO && r.judged == judgedNot:
	case r.owes == owesGreeting && s.banner == BannerCmapKB && r.judged == judgedNot && r.mayGreet():
	default:
		return false
	}
	if r.col+n > tailMax {
		return false
	}
	if r.until.IsZero() {
		r.until = now.Add(tailWait)
	}
	return now.Before(r.until)
}

// replyLine rewrites and takes line, the next piece of the present line.
func (s *Session) replyLine(line []byte, ended bool) step {
	r := &s.reply
	prev := line[len(line)-1]
	switch text := line[min(len(line), max(0, len(r.code)-r.col)):]; {
	case r.owes == owesGreeting && string(r.code[:3]) == "220":
		s.maskGreeting(line, ended)
	case r.list && s.maskEHLO && r.more && string(r.code[:3]) == "250":
		if st := s.maskExtension(text, ended); st > stepMask {
			return st
		}
	}
	r.open, r.prev = true, prev
	r.col = min(r.col+len(line), 1<<20)
	if !ended {
		return stepTake
	}
	return s.replyLineEnd()
}

// replyLineEnd closes a line, and the reply if it was its last. A line without a code belongs to no reply: it ends none.
func (s *Session) replyLineEnd() step {
	r := &s.reply
	code, isReply := r.code, r.isReply()
	r.col, r.prev, r.code, r.judged = 0, 0, [4]byte{}, judgedNot
	if !isReply {
		r.open = r.more // a stray line before a reply does not bind it
		return stepTake
	}
	r.more = true
	if code[3] == '-' {
		return stepTake
	}
	r.open, r.more = false, false
	return s.replied(r.owes, string(code[:3]))
}

// replied is what a whole reply changes.
func (s *Session) replied(k owes, code string) step {
	if k != owesNone {
		s.owed.pop()
	}
	if s.owed.n == 0 {
		s.doubt = false
	}
	switch {
	case k == owesGreeting && code == "220" && s.banner != BannerPass:
		s.raise(Event{Kind: EventBanner, Match: -1})
	case k == owesDATA && code == "354":
		s.go354()
	case k == owesAuth && code == "334":
		s.go334()
	case k == owesTLS && code == "220":
		if s.pol != nil && s.pol.AllowTLSLog {
			s.raise(Event{Kind: EventTLS, Match: -1})
		}
		s.dead = Detach
	case k == owesNone && code != "334" && s.mode == modeAuth:
		s.mode = modeCommand // the server has given the dialogue up, and takes the next line for a command
	case k == owesRCPT && code[0] == '5' && s.x != nil:
		s.x.invalid++
		return s.over(MatchInvalid, s.x.invalid-1, s.x.invalid, true, false)
	}
	return stepTake
}

// go354 lets the client send a message. Whatever it has sent behind the DATA was read as commands here, but is part of
// the message for the server, which owes nothing for it.
func (s *Session) go354() {
	if s.p.Flaws&bypass != 0 {
		return // such a release went there with the DATA, and may be through with it
	}
	end := eod(2)
	if s.owed.sent() || s.cmd.line != lineStart {
		end = lineEnd(s.last)
	}
	s.owed.clear()
	s.doubt = false
	s.enterData(end)
}

// lineEnd is how much of a line end two octets are.
func lineEnd(last [2]byte) eod {
	switch {
	case string(last[:]) == "\r\n":
		return 2
	case last[1] == '\r':
		return 1
	}
	return 0
}

// go334 lets one line of an AUTH dialogue pass. A line that has been sent before its 334 was judged as a command; it is
// the server's to take it for the dialogue, and to answer it accordingly.
func (s *Session) go334() {
	switch {
	case s.owed.turnFirst(owesAuth):
	case s.cmd.line == lineStart:
		s.mode, s.cmd.len = modeAuth, 0
	default:
		s.cmd.verb = verbAUTH
	}
}

// maskExtension judges and rewrites text, the next piece of a line of an EHLO reply behind its code: all of a keyword that
// is not shown becomes X, its last octet a letter that counts the masked lines (seen byte for byte in a replayed session
// of Exchange 2003).
func (s *Session) maskExtension(text []byte, ended bool) step {
	r := &s.reply
	if r.judged == judgedNot {
		if len(trimEnd(text)) == 0 {
			return stepTake
		}
		at, end := word(text)
		st := s.extensionRules(text[at:end])
		if st > stepMask {
			return st
		}
		r.judged = judgedPass
		if st == stepMask {
			r.judged = judgedMask
		}
	}
	if r.judged != judgedMask {
		return stepTake
	}
	mask(text)
	if !ended {
		return stepTake
	}
	if t := trimEnd(text); len(t) > 0 {
		t[len(t)-1] = byte('A' + r.masked%26)
	}
	r.masked++
	return stepTake
}
