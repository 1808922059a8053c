package smtp

import (
	"bytes"
	"hash/fnv"
	"strconv"
)

// fieldKind is a header field that is read.
type fieldKind uint8

const (
	fieldOther       fieldKind = iota
	fieldType                  // Content-Type
	fieldDisposition           // Content-Disposition
	fieldEncoding              // Content-Transfer-Encoding
)

// fieldAt is where in a field the next octet stands.
type fieldAt uint8

const (
	atName   fieldAt = iota // in the name of the field, or at the beginning of a line
	atValue                 // in the value before its parameters
	atKey                   // in the name of a parameter
	atParam                 // in the value of a parameter
	atQuoted                // in the quoted value of a parameter
	atEscape                // behind a backslash in it
	atRest                  // nothing more of interest in this line
)

// field reads header fields octet by octet. Lines that begin with a blank go on with the field before (RFC 5322 2.2.3).
type field struct {
	kind fieldKind
	at   fieldAt
	name text32 // of the field, then of a parameter, lower case
	file bool   // the parameter is a file name
	size int    // octets of the file name so far
	val  text128
}

type text32 struct {
	b [32]byte
	n int
}

type text128 struct {
	b [maxCaptured]byte
	n int
}

func (t *text32) add(c byte) {
	if t.n < len(t.b) {
		t.b[t.n] = lower(c)
		t.n++
	}
}

func (t *text128) add(c byte) {
	if t.n < len(t.b) {
		t.b[t.n] = c
		t.n++
	}
}

func (t *text32) bytes() []byte  { return t.b[:t.n] }
func (t *text128) bytes() []byte { return t.b[:t.n] }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// fields reads b, the next octets of one line of a header.
func (s *Session) fields(b []byte) step {
	m := &s.x.msg
	f := &m.field
	for i, c := range b {
		if m.line+i == 0 && !isBlank(c) {
			f.at, f.kind, f.name.n = atName, fieldOther, 0
			if l := lower(c); l != 'c' && l != 't' && s.p.Flaws&FlawDupHeader == 0 {
				f.at = atRest // neither To nor Content-...
			}
		}
		if f.at == atRest {
			break
		}
		if st := s.fieldOctet(f, c); st > stepMask {
			return st
		}
	}
	return stepTake
}

// fieldOctet is one step of the reading.
func (s *Session) fieldOctet(f *field, c byte) step {
	end := c == '\r' || c == '\n'
	switch f.at {
	case atName:
		return s.fieldName(f, c)
	case atValue:
		return s.fieldValue(f, c, end)
	case atKey:
		switch {
		case c == '=':
			f.beginParam()
		case c == ';':
			f.name.n = 0
		case !end && !isBlank(c):
			f.name.add(c)
		}
	case atParam:
		switch {
		case c == '"' && f.val.n == 0:
			f.at = atQuoted
		case c == ';' || end || isBlank(c):
			return s.endParam(f)
		default:
			return s.paramOctet(f, c)
		}
	case atQuoted:
		switch {
		case c == '"':
			return s.endParam(f)
		case c == '\\':
			f.at = atEscape
		case !end:
			return s.paramOctet(f, c)
		}
	case atEscape:
		f.at = atQuoted
		return s.paramOctet(f, c)
	}
	return stepTake
}

// fieldName reads the name of a field.
func (s *Session) fieldName(f *field, c byte) step {
	switch {
	case c == ':':
		return s.named(f)
	case c == '\r' || c == '\n':
		f.at = atRest
	case f.name.n == len(f.name.b) && s.p.Flaws&FlawDupHeader == 0:
		f.at = atRest // too long for any of those that are read
	case !isBlank(c):
		f.name.add(c)
	}
	return stepTake
}

// named is called at the colon.
func (s *Session) named(f *field) step {
	m := &s.x.msg
	f.at, f.kind, f.val.n, f.size = atRest, fieldOther, 0, 0
	if m.header && s.p.Flaws&FlawDupHeader != 0 {
		m.seen(f.name.bytes())
	}
	name := string(f.name.bytes())
	f.name.n = 0
	switch name {
	case "to":
		if m.header {
			m.to++
			return s.over(MatchTo, m.to-1, m.to, false, true)
		}
	case "content-type":
		f.at, f.kind = atValue, fieldType
	case "content-disposition":
		f.at, f.kind = atValue, fieldDisposition
	case "content-transfer-encoding":
		f.at, f.kind = atValue, fieldEncoding
	}
	return stepTake
}

// seen is FlawDupHeader: it remembers a name and notes when it was there before. Received is exempt, since every mail that
// was relayed has several.
func (m *message) seen(name []byte) {
	if string(name) == "received" {
		return
	}
	h := fnv.New32a()
	_, _ = h.Write(name)
	sum := h.Sum32()
	for _, x := range m.names[:m.named] {
		m.dup = m.dup || x == sum
	}
	if m.named < len(m.names) {
		m.names[m.named] = sum
		m.named++
	}
}

// fieldValue reads the value of a field up to its parameters.
func (s *Session) fieldValue(f *field, c byte, end bool) step {
	if c != ';' && !end {
		if !isBlank(c) {
			f.val.add(lower(c))
		}
		return stepTake
	}
	if f.val.n == 0 && end {
		return stepTake // the value is on the next line
	}
	f.at, f.name.n = atKey, 0
	v := f.val.bytes()
	switch f.kind {
	case fieldType:
		return s.regex(MatchFiletype, v)
	case fieldEncoding:
		f.at, f.kind = atRest, fieldOther
		return s.encodingRules(v)
	}
	return stepTake
}

// encodings are the values that have a word of their own.
var encodings = []string{"7BIT", "8BIT", "BASE64", "BINARY", "QUOTED-PRINTABLE"}

func (s *Session) encodingRules(v []byte) step {
	if !s.has(1 << MatchEncoding) {
		return stepTake
	}
	known := false
	for _, e := range encodings {
		known = known || equalFold(v, e)
	}
	return s.each(MatchEncoding, true, func(_ int, r *Rule) bool { return s.listed(r, v, "OTHERS", !known) != r.Not })
}

// beginParam is called at the equals sign. The pieces of a long name, filename*0= and so on (RFC 2231 3), add up.
func (f *field) beginParam() {
	key := f.name.bytes()
	star := bytes.IndexByte(key, '*')
	if star >= 0 {
		key = key[:star]
	}
	f.at, f.val.n = atParam, 0
	f.file = string(key) == "filename" || f.kind == fieldType && string(key) == "name"
	if star < 0 {
		f.size = 0
	}
}

// paramOctet reads one octet of the value of a parameter.
func (s *Session) paramOctet(f *field, c byte) step {
	f.val.add(c)
	if !f.file {
		return stepTake
	}
	f.size++
	return s.over(MatchFilename, f.size-1, f.size, false, true)
}

// endParam is called behind the value of a parameter.
func (s *Session) endParam(f *field) step {
	f.at, f.name.n = atKey, 0
	if !f.file {
		return stepTake
	}
	st := s.over(MatchFilename, f.size, f.size, true, true)
	if st <= stepMask {
		st = max(st, s.regex(MatchFiletype, f.val.bytes()))
	}
	return st
}

func sizeText(declared, actual uint64) string {
	return "declared size is: " + strconv.FormatUint(declared, 10) + ", actual size is " + strconv.FormatUint(actual, 10)
}
