package lab

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ready says whether the message itself may come, and answers when not.
func (s *smtpSession) ready() bool {
	switch {
	case !s.mail.open:
		s.reply("503 5.5.2 Need mail command.")
	case len(s.mail.to) == 0:
		s.reply("503 5.5.2 Need Rcpt command.")
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
		s.reply("503 5.5.2 BDAT command expected")
		return
	}
	s.reply("354 Start mail input; end with <CRLF>.<CRLF>")
	var message bytes.Buffer
	lines, err := s.readMessage(&message)
	if err != nil {
		s.log(Remark, fmt.Sprintf("message cut short after %d octets", message.Len()))
		s.fail(err)
		return
	}
	s.log(Remark, fmt.Sprintf("message of %d lines", lines))
	s.take(message.Bytes(), message.Len() > s.srv.cfg.MaxMessage)
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
		n, ended := lineEnd(part, cr)
		to.Write(part[:min(n, s.srv.cfg.MaxMessage+1-to.Len())])
		cr = part[n-1] == '\r'
		s.r.Discard(n)
		if atStart = ended; ended {
			lines++
			cr = false
		}
	}
}

// dot looks at the beginning of a line: `.` CR LF is the end of the message, any other dot is dropped.
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
			s.conn.SetReadDeadline(time.Now().Add(s.srv.cfg.Idle))
		}
		b, err := s.r.Peek(want)
		if err != nil {
			return false, err
		}
		if b[want-1] != "\r\n"[want-1] {
			return false, nil
		}
	}
	s.r.Discard(2)
	return true, nil
}

func (s *smtpSession) bdat(arg string) {
	size, rest, _ := strings.Cut(arg, " ")
	n, err := strconv.ParseUint(size, 10, 63)
	last := strings.EqualFold(rest, "LAST")
	if err != nil || rest != "" && !last {
		s.reply("501 5.5.4 Invalid arguments")
		return
	}
	// RFC 3030 section 2: the octets come whatever the answer will be.
	chunk, err := s.readOctets(n, s.srv.cfg.MaxMessage+1-len(s.mail.chunks))
	if err != nil {
		s.fail(err)
		return
	}
	s.log(Remark, fmt.Sprintf("chunk of %d octets", n))
	if !s.ready() {
		return
	}
	s.mail.bdat = true
	s.mail.chunks = append(s.mail.chunks, chunk...)
	s.mail.over = s.mail.over || len(s.mail.chunks) > s.srv.cfg.MaxMessage
	if last {
		s.take(s.mail.chunks, s.mail.over)
		return
	}
	s.reply(fmt.Sprintf("250 2.0.0 %d octets", n)) // unverified: the service's text
}

// readOctets reads n octets and keeps at most the first keep.
func (s *smtpSession) readOctets(n uint64, keep int) ([]byte, error) {
	var b bytes.Buffer
	for n > 0 {
		if err := s.fill(); err != nil {
			return nil, err
		}
		k := int(min(n, uint64(s.r.Buffered()), math.MaxInt32))
		part, _ := s.r.Peek(k)
		b.Write(part[:max(0, min(k, keep-b.Len()))])
		s.r.Discard(k)
		n -= uint64(k)
	}
	return b.Bytes(), nil
}

// take stores a complete message and answers for it.
func (s *smtpSession) take(message []byte, tooBig bool) {
	e := s.mail
	s.mail = envelope{}
	if tooBig {
		s.reply("552 5.3.4 Message size exceeds fixed maximum message size")
		return
	}
	id := s.messageID(message)
	now := s.srv.cfg.Now()
	err := s.srv.cfg.Store.add(&Message{
		ID: strings.TrimSpace(id), At: now, Peer: s.peer, Helo: s.helo, User: s.user, TLS: s.tls, Body: e.body,
		From: e.from, To: e.to, Received: s.received(now), Data: message,
	}, e.local)
	if err != nil {
		s.log(Remark, err.Error())
		s.reply("452 4.3.1 Insufficient system storage")
		return
	}
	s.reply("250 2.6.0 " + id + " Queued mail for delivery")
}

func (s *smtpSession) received(now time.Time) string {
	return fmt.Sprintf("Received: from %s ([%s]) by %s with Microsoft SMTPSVC(%s);\r\n\t %s\r\n",
		s.helo, s.ip, s.srv.cfg.FQDN, version, now.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
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

// xexch50 takes the properties that one Exchange server tells another; nothing is done with them. Strangers may not
// (MS03-046).
func (s *smtpSession) xexch50(arg string) {
	words := strings.Fields(arg)
	var n uint64
	var err error
	if len(words) == 2 {
		n, err = strconv.ParseUint(words[0], 10, 63)
	}
	switch {
	case len(words) != 2 || err != nil || n > maxXexch50:
		s.reply("500 5.5.2 Error processing XEXCH50 command  ")
		return
	case s.user == "":
		s.reply("504 Need to authenticate first ")
		return
	}
	s.reply("354 Send binary data")
	if _, err := s.readOctets(n, 0); err != nil {
		s.fail(err)
		return
	}
	s.reply("250 XEXCH50 OK")
}
