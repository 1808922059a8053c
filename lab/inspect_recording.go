package lab

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"pixsim/dataplane/inspect/smtp"
)

// recording is a recorded dialogue as the two ends understood it when it was recorded, whatever a firewall would have made
// of it: the things that the client said and what the server answered to each.
type recording struct {
	midway  bool    // the recording does not begin with the greeting
	units   []unit  // in the order of the client's octets
	replies []reply // in the order of the server's octets
	tls     [2]int  // the offset by direction from which on everything is TLS, -1: nowhere
	limit   [2]int  // likewise, from which on nothing was read, for there are too many lines
}

// maxRead bounds the lines outside messages of a recording, both ways; no session has that many.
const maxRead = 100_000

// unitKind is a thing that a server answers.
type unitKind uint8

const (
	unitGreeting unitKind = iota // the opening of the connection, which has no octets
	unitCommand
	unitMessage // a message with its CR LF . CR LF
	unitAuth    // a line of an AUTH dialogue
	unitChunk   // the octets behind an XEXCH50
)

// unit is one thing that the client said.
type unit struct {
	kind         unitKind
	from, to     int // its octets
	word, wordTo int // of those, the first word of the line
	verb         string
	line         string // of a command, as far as it is kept
	ref          int
	whole        bool // to is known: its last octet was recorded
}

// reply is one reply of the server, from its first line to its last.
type reply struct {
	from, to int
	unit     int // what it answers, -1: unsolicited
	code     string
	lines    int
}

const maxUnitText = 512

// reader follows a recording.
type reader struct {
	x        *recording
	waiting  []int // units that have no reply yet
	line     []byte
	lineFrom int
	lineRef  int
	lineLen  int
	count    int // of lines
	mode     readerMode
	eod      int // octets of CR LF . CR LF seen
	chunk    int // octets of a chunk to come
	chunkOf  int // the unit that they belong to, -1: BDAT's, which has been counted

	reply     reply
	replyLine []byte // the beginning of the present line
	replyLen  int
}

type readerMode uint8

const (
	readCommand readerMode = iota
	readMessage
	readAuth
	readChunk
	readTLS
)

// read finds out what the recorded replies answer.
func (d *Dialogue) read() {
	d.recording = recording{tls: [2]int{-1, -1}, limit: [2]int{-1, -1}}
	d.midway = d.beginsMidway()
	r := &reader{x: &d.recording}
	if !d.midway {
		r.add(unit{kind: unitGreeting, whole: true})
	}
	p := player{d: d, passing: true}
	p.step = func(s *Step) {
		switch {
		case r.count > maxRead:
			firstAt(&r.x.limit, s.Dir, s.Off)
		case s.Dir == smtp.ToServer:
			r.client(s.Off, s.In, s.Ref)
		default:
			r.server(s.Off, s.In)
		}
	}
	p.play()
	if d.midway {
		d.Notes = append(d.Notes, "the greeting is not in the recording: it is taken to begin between two commands")
	}
	d.noteMasked()
}

// firstAt keeps the first offset of a direction.
func firstAt(at *[2]int, d smtp.Dir, off int) {
	if at[d] < 0 {
		at[d] = off
	}
}

// beginsMidway: the first thing that the server says is no greeting.
func (d *Dialogue) beginsMidway() bool {
	for _, p := range d.pieces {
		switch {
		case p.opens:
			return false
		case p.dir == smtp.ToClient && len(p.b) > 0:
			return !bytes.HasPrefix(p.b, []byte("220")[:min(3, len(p.b))])
		}
	}
	return true
}

// add notes a unit.
func (r *reader) add(u unit) {
	r.x.units = append(r.x.units, u)
	r.waiting = append(r.waiting, len(r.x.units)-1)
}

func (r *reader) client(off int, b []byte, ref int) {
	for len(b) > 0 {
		n := len(b)
		switch r.mode {
		case readTLS:
			firstAt(&r.x.tls, smtp.ToServer, off)
		case readMessage:
			n = r.message(off, b)
		case readChunk:
			n = r.chunks(off, b)
		default:
			n = r.lines(off, b, ref)
		}
		off, b = off+n, b[n:]
	}
}

// lines reads a command line or a line of an AUTH dialogue, or a part of one, and says how much that was.
func (r *reader) lines(off int, b []byte, ref int) int {
	if r.lineLen == 0 {
		r.lineFrom, r.lineRef, r.line = off, ref, r.line[:0]
	}
	n := bytes.IndexByte(b, '\n') + 1
	ended := n > 0
	if !ended {
		n = len(b)
	}
	r.line = append(r.line, b[:min(n, maxUnitText-len(r.line))]...)
	r.lineLen += n
	if !ended {
		return n
	}
	u := unit{kind: unitCommand, from: r.lineFrom, to: r.lineFrom + r.lineLen, ref: r.lineRef, whole: true}
	text := bytes.TrimRight(r.line, "\r\n")
	head := len(text) - len(bytes.TrimLeft(text, " \t"))
	word, rest, _ := bytes.Cut(text[head:], []byte{' '})
	u.word, u.wordTo = u.from+head, u.from+head+len(word)
	u.line, u.verb = string(text), strings.ToUpper(string(word))
	if r.mode == readAuth {
		u.kind, u.verb, r.mode = unitAuth, "", readCommand
	}
	r.lineLen = 0
	r.count++
	r.add(u)
	if size, ok := firstNumber(rest); ok && u.verb == "BDAT" && size > 0 {
		r.mode, r.chunk, r.chunkOf = readChunk, size, -1 // RFC 3030 2: the octets follow at once
	}
	return n
}

// firstNumber is the number that an argument begins with.
func firstNumber(b []byte) (int, bool) {
	f := bytes.Fields(b)
	if len(f) == 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(f[0]), 10, 31)
	return int(n), err == nil
}

// message reads on to the end of a message.
func (r *reader) message(off int, b []byte) int {
	const end = "\r\n.\r\n"
	for i, c := range b {
		switch {
		case c == end[r.eod]:
			r.eod++
		case c == '\r':
			r.eod = 1
		default:
			r.eod = 0
		}
		if r.eod == len(end) {
			r.mode = readCommand
			if u := r.open(); u != nil {
				u.to, u.whole = off+i+1, true
				r.waiting = append(r.waiting, len(r.x.units)-1)
			}
			return i + 1
		}
	}
	if u := r.open(); u != nil {
		u.to = off + len(b)
	}
	return len(b)
}

// open is the last unit, while it grows.
func (r *reader) open() *unit {
	if n := len(r.x.units); n > 0 && !r.x.units[n-1].whole {
		return &r.x.units[n-1]
	}
	return nil
}

func (r *reader) chunks(off int, b []byte) int {
	n := min(r.chunk, len(b))
	r.chunk -= n
	if r.chunkOf >= 0 {
		u := &r.x.units[r.chunkOf]
		u.to = off + n
		u.whole = r.chunk == 0
		if u.whole {
			r.waiting = append(r.waiting, r.chunkOf)
		}
	}
	if r.chunk == 0 {
		r.mode = readCommand
	}
	return n
}

func (r *reader) server(off int, b []byte) {
	if r.mode == readTLS {
		firstAt(&r.x.tls, smtp.ToClient, off)
		return
	}
	for len(b) > 0 && r.mode != readTLS {
		if r.replyLen == 0 {
			r.replyLine = r.replyLine[:0]
			if r.reply.lines == 0 {
				r.reply.from = off
			}
		}
		n := bytes.IndexByte(b, '\n') + 1
		ended := n > 0
		if !ended {
			n = len(b)
		}
		r.replyLine = append(r.replyLine, b[:min(n, 4-len(r.replyLine))]...)
		r.replyLen += n
		off, b = off+n, b[n:]
		if ended {
			r.replyLine1(off)
		}
	}
	if len(b) > 0 {
		firstAt(&r.x.tls, smtp.ToClient, off)
	}
}

// replyLine1 closes a line of a reply that ends at off, and the reply with its last line.
func (r *reader) replyLine1(off int) {
	head := r.replyLine
	r.replyLen = 0
	r.reply.lines++
	r.count++
	isCode := len(head) >= 3 && !slices.ContainsFunc(head[:3], func(c byte) bool { return c < '0' || c > '9' })
	if isCode && r.reply.code == "" {
		r.reply.code = string(head[:3])
	}
	if !isCode || len(head) == 4 && head[3] == '-' {
		return
	}
	p := r.reply
	p.to, p.unit = off, -1
	r.reply = reply{}
	if len(r.waiting) > 0 && p.code != "421" { // which may come at any time (RFC 5321 3.8)
		p.unit, r.waiting = r.waiting[0], r.waiting[1:]
	}
	r.x.replies = append(r.x.replies, p)
	if p.unit >= 0 {
		r.answered(r.x.units[p.unit], p.code)
	}
}

// answered is what a reply changes for what the client says next.
func (r *reader) answered(u unit, code string) {
	next := unit{from: u.to, to: u.to}
	switch {
	case code == "354" && u.verb == "DATA":
		next.kind, r.mode, r.eod = unitMessage, readMessage, 2
	case code == "334" && (u.verb == "AUTH" || u.verb == "X-EXPS" || u.kind == unitAuth):
		r.mode = readAuth
		return
	case code == "220" && u.verb == "STARTTLS":
		r.mode = readTLS
		return
	case code == "354" && u.verb == "XEXCH50":
		_, rest, _ := strings.Cut(strings.TrimSpace(u.line), " ")
		size, ok := firstNumber([]byte(rest))
		if !ok || size == 0 {
			return
		}
		next.kind, r.mode, r.chunk = unitChunk, readChunk, size
	default:
		return
	}
	r.chunkOf = -1
	if n := len(r.x.units); n > 0 { // the message begins behind the last line, should another have been sent ahead
		next.from = max(next.from, r.x.units[n-1].to)
		next.to = next.from
	}
	next.word, next.wordTo = next.from, next.from
	r.x.units = append(r.x.units, next)
	if next.kind == unitChunk {
		r.chunkOf = len(r.x.units) - 1
	}
}

// replyAt is the reply that an octet of the server belongs to, and the end of the run of octets that share it.
func (x *recording) replyAt(off int) (*reply, int) {
	i, _ := slices.BinarySearchFunc(x.replies, off, func(p reply, off int) int { return cmp.Compare(p.to, off+1) })
	switch {
	case i == len(x.replies):
		return nil, int(^uint(0) >> 1)
	case x.replies[i].from > off:
		return nil, x.replies[i].from
	}
	return &x.replies[i], x.replies[i].to
}

// unitAt is the index of the first unit that ends behind off.
func (x *recording) unitAt(off int) int {
	i, _ := slices.BinarySearchFunc(x.units, off, func(u unit, off int) int { return cmp.Compare(u.to, off+1) })
	return i
}

// clipText is text up to n octets.
func clipText(text string, n int) string { return text[:min(len(text), n)] }
