package lab

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ready says whether the message itself may come, and answers when not.
func (s *smtpSession) ready() bool {
	switch {
	case !s.mail.open:
		s.say(NeedMail)
	case len(s.mail.to) == 0:
		s.say(NeedRcpt)
	default:
		return true
	}
	return false
}

func (s *smtpSession) data(string) {
	switch {
	case !s.ready():
		return
	case s.mail.bdat || s.mail.body == "BINARYMIME": // RFC 3030 sections 2 and 3
		s.say(NeedBdat)
		return
	}
	s.say(DataGo)
	var message bytes.Buffer
	lines, err := s.readMessage(&message)
	if err != nil {
		s.log(Remark, fmt.Sprintf("message cut short after %d octets", message.Len()))
		s.mail.chunks = message.Bytes()
		s.fail(err)
		return
	}
	s.logged(LogEntry{Kind: Remark, Text: fmt.Sprintf("message of %d lines", lines), Octets: message.Len()})
	s.take(message.Bytes(), message.Len() > s.sizeMax())
}

// readMessage copies lines up to the one that is a single dot, dots unstuffed, and counts them. Only CR LF ends a line
// (RFC 5321 section 2.3.8); lines may have any length. One octet more than the limit is kept, the rest read away.
func (s *smtpSession) readMessage(to *bytes.Buffer) (lines int, err error) {
	atStart, cr := true, false
	for {
		if err := s.fill(); err != nil {
			return lines, err
		}
		if atStart && s.r.Buffered() > 0 {
			end, err := s.dot()
			if err != nil || end {
				return lines, err
			}
		}
		part, _ := s.r.Peek(s.r.Buffered())
		if len(part) == 0 {
			atStart = false
			continue
		}
		n, end := s.lineEnd(part, cr)
		s.gather(to, part[:n], s.sizeMax()+1)
		cr = part[n-1] == '\r'
		s.r.Discard(n)
		if atStart = end > 0; atStart {
			lines++
			cr = false
		}
	}
}

// gather keeps octets of a message up to most of them. Beyond what all connections may gather together nothing more of the
// message is kept, and it will be refused; the client says it to its end all the same.
func (s *smtpSession) gather(to *bytes.Buffer, b []byte, most int) {
	b = b[:max(0, min(len(b), most-to.Len()))]
	n := int64(len(b))
	if s.mail.lost {
		return
	}
	if s.srv.transit.Add(n) > int64(s.srv.cfg.MaxTransit) {
		s.srv.transit.Add(-n)
		s.mail.lost = true
		return
	}
	s.transit += n
	to.Write(b)
}

// arrived gives back the room of what was gathered.
func (s *smtpSession) arrived() {
	s.srv.transit.Add(-s.transit)
	s.transit = 0
}

// dot looks at the beginning of a line: `.` and a line end is the end of the message, any other dot is dropped.
func (s *smtpSession) dot() (end bool, err error) {
	if c, _ := s.r.Peek(1); c[0] != '.' {
		return false, nil
	}
	s.r.Discard(1)
	for want := 1; want <= 2; want++ {
		if s.r.Buffered() < want {
			if s.flush(); s.err != nil {
				return false, s.err
			}
			s.conn.SetReadDeadline(time.Now().Add(s.p.Idle))
		}
		b, err := s.r.Peek(want)
		if err != nil {
			return false, err
		}
		switch n, octets := s.lineEnd(b, false); {
		case octets > 0:
			s.r.Discard(n)
			return true, nil
		case b[0] != '\r':
			return false, nil
		}
	}
	return false, nil
}

func (s *smtpSession) bdat(arg string) {
	size, rest, _ := strings.Cut(arg, " ")
	n, err := strconv.ParseUint(size, 10, 63)
	last := strings.EqualFold(rest, "LAST")
	if err != nil || rest != "" && !last {
		s.say(BadArguments, "param", clean(arg))
		return
	}
	// RFC 3030 section 2: the octets come whatever the answer will be.
	chunk, err := s.readOctets(n, s.sizeMax()+1-len(s.mail.chunks))
	if err != nil {
		s.mail.chunks = append(s.mail.chunks, chunk...)
		s.fail(err)
		return
	}
	s.logged(LogEntry{Kind: Remark, Text: fmt.Sprintf("chunk of %d octets", n), Octets: int(min(n, math.MaxInt32))})
	if !s.ready() {
		return
	}
	s.mail.bdat = true
	s.mail.chunks = append(s.mail.chunks, chunk...)
	s.mail.over = s.mail.over || len(s.mail.chunks) > s.sizeMax()
	if last {
		s.take(s.mail.chunks, s.mail.over)
		return
	}
	s.say(ChunkOK, "n", strconv.FormatUint(n, 10))
}

// readOctets reads n octets and keeps at most the first keep, also of those that came before an error.
func (s *smtpSession) readOctets(n uint64, keep int) ([]byte, error) {
	var b bytes.Buffer
	for n > 0 {
		if err := s.fill(); err != nil {
			return b.Bytes(), err
		}
		k := int(min(n, uint64(s.r.Buffered()), math.MaxInt32))
		part, _ := s.r.Peek(k)
		s.gather(&b, part, keep)
		s.r.Discard(k)
		n -= uint64(k)
	}
	return b.Bytes(), nil
}

// cut keeps what came of a message whose end did not, where the profile does that. Nobody is told.
func (s *smtpSession) cut() {
	message := s.mail.chunks
	if !s.p.CommitOnTimeout || s.mail.lost || len(s.mail.to) == 0 || len(message) == 0 || len(message) > s.sizeMax() {
		return
	}
	if _, err := s.keep(s.mail, message); err != nil {
		s.log(Remark, err.Error())
		return
	}
	s.log(Remark, "kept without its end")
}

// take stores a complete message and answers for it.
func (s *smtpSession) take(message []byte, tooBig bool) {
	e := s.mail
	s.mail = envelope{}
	switch {
	case tooBig:
		s.say(TooBig)
		return
	case e.lost:
		s.log(Remark, "no room for the message")
		s.say(NoStorage)
		return
	case s.p.SenderCheck && s.user != "" && !s.isSender(e.from):
		s.say(NotYou, "from", e.from)
		return
	}
	names, err := s.keep(e, message)
	if err != nil {
		s.log(Remark, err.Error())
		s.say(NoStorage)
		return
	}
	s.say(Queued, names...)
}

// isSender says whether an address is that of who has logged on; the null path is everybody's.
func (s *smtpSession) isSender(from string) bool {
	local, _, _ := strings.Cut(from, "@")
	return from == "" || strings.EqualFold(local, s.user) && s.atHome(from)
}

// keep stores a message and says what it is called, for the texts.
func (s *smtpSession) keep(e envelope, message []byte) (names []string, err error) {
	if s.p.KeepHeaders != nil {
		message = keepHeaders(message, s.p.KeepHeaders)
	}
	id, n := s.messageID(message), s.srv.ids.Add(1)
	names = []string{"msgid", id, "id", strings.TrimSpace(id), "queueid", fmt.Sprintf("%010X", n*0x9e3779b1&0xffffffffff), "n", strconv.FormatUint(n, 10)}
	now := s.srv.cfg.Now()
	return names, s.srv.cfg.Store.add(&Message{
		ID: strings.TrimSpace(id), At: now, Peer: s.peer, Helo: cmp.Or(s.helo, "unknown"), User: s.user, TLS: s.tls, Body: e.body,
		From: e.from, To: e.to, Received: s.text(s.p.Received, names), Data: message,
	}, e.local)
}

// keepHeaders takes the header fields out of a message that are not in the list, with their further lines.
func keepHeaders(message []byte, list []string) []byte {
	var out []byte
	keep := true
	for rest := message; len(rest) > 0; {
		line := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			line = rest[:i+1]
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return append(out, rest...)
		}
		rest = rest[len(line):]
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := strings.Cut(string(line[:min(len(line), 80)]), ":")
			keep = slices.ContainsFunc(list, func(k string) bool { return strings.EqualFold(k, strings.TrimSpace(name)) })
		}
		if keep {
			out = append(out, line...)
		}
	}
	return out
}

// messageID is the one of the header with its leading blank, which the service repeats, else one made here.
func (s *smtpSession) messageID(message []byte) string {
	const name = "message-id:"
	for line := range bytes.Lines(message[:min(len(message), 64<<10)]) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if len(line) > len(name) && len(line) < 250 && strings.EqualFold(string(line[:len(name)]), name) {
			return clean(strings.TrimRight(string(line[len(name):]), " \t"))
		}
	}
	host, _, _ := strings.Cut(s.srv.cfg.FQDN, ".")
	n := s.srv.ids.Add(1)
	var word [12]byte
	for i, x := 0, n*0x9e3779b97f4a7c15; i < len(word); i++ {
		const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		word[i] = letters[x%uint64(len(letters))]
		x = x/uint64(len(letters)) ^ n<<40
	}
	return fmt.Sprintf("<%s%s%08x@%s>", strings.ToUpper(host), word[:], n, s.srv.cfg.FQDN)
}

const maxXexch50 = 1 << 20 // octets

// xexch50 takes the properties that one Exchange server tells another; nothing is done with them.
func (s *smtpSession) xexch50(arg string) {
	words := strings.Fields(arg)
	var n uint64
	var err error
	if len(words) == 2 {
		n, err = strconv.ParseUint(words[0], 10, 63)
	}
	switch {
	case len(words) != 2 || err != nil || n > maxXexch50:
		s.say(XEXCH50Bad)
		return
	case s.p.XEXCH50Auth && s.user == "":
		s.say(XEXCH50NoAuth)
		return
	}
	s.say(XEXCH50Go)
	if _, err := s.readOctets(n, 0); err != nil {
		s.fail(err)
		return
	}
	s.say(XEXCH50OK)
}
