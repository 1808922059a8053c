package term

import (
	"bytes"
	"io"
	"sync"
)

// Commands and options of telnet (RFC 854, 857, 858, 860, 1073, 1091).
const (
	iac  = 255
	dont = 254
	do   = 253
	wont = 252
	will = 251
	sb   = 250
	el   = 248 // erase line
	ec   = 247 // erase character
	ayt  = 246 // are you there
	ip   = 244 // interrupt process
	brk  = 243
	se   = 240
	abrt = 238 // abort

	firstCommand = 236 // EOF; what is below is no command

	optBinary = 0
	optEcho   = 1
	optSGA    = 3
	optTM     = 6
	optNAWS   = 31
)

// subMax bounds what is kept of a subnegotiation: NAWS, the only one that is understood, has four octets.
const subMax = 16

// Telnet is a byte stream over a telnet connection: options are negotiated and commands obeyed on the way. Read and
// Write may run at the same time.
//
// It always echoes, also for a client that answered DONT ECHO: libraries which scripts are written with refuse every
// option and wait for the echo nevertheless.
type Telnet struct {
	conn io.ReadWriteCloser

	writing sync.Mutex // whole commands and whole texts
	raw     []byte     // what a Read of conn gave; belongs to Read

	mu  sync.Mutex // guards codec against Size and Open
	dec codec
}

// NewTelnet wraps conn, which it owns from now on.
func NewTelnet(conn io.ReadWriteCloser) *Telnet { return &Telnet{conn: conn, raw: make([]byte, 4<<10)} }

// Open sends octets as they are, text and commands, and notes the options offered and asked for in them, so that the
// client's answers to them are known as answers. It must come before the first Read.
func (t *Telnet) Open(octets string) error {
	t.mu.Lock()
	t.dec.offered([]byte(octets))
	t.mu.Unlock()
	t.writing.Lock()
	defer t.writing.Unlock()
	_, err := io.WriteString(t.conn, octets)
	return err
}

// Read implements io.Reader with what was typed. Answers to commands are written before it returns.
func (t *Telnet) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := t.conn.Read(t.raw[:min(len(p), len(t.raw))])
		t.mu.Lock()
		typed, answer := t.dec.decode(p[:0], nil, t.raw[:n])
		t.mu.Unlock()
		if len(answer) > 0 {
			t.writing.Lock()
			t.conn.Write(answer) // a broken connection shows at the next Read
			t.writing.Unlock()
		}
		if len(typed) > 0 || err != nil {
			return len(typed), err
		}
	}
}

// Write implements io.Writer; octets of 255 are doubled.
func (t *Telnet) Write(p []byte) (int, error) {
	out := p
	if bytes.IndexByte(p, iac) >= 0 {
		out = bytes.ReplaceAll(p, []byte{iac}, []byte{iac, iac})
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	if _, err := t.conn.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close closes the connection.
func (t *Telnet) Close() error { return t.conn.Close() }

// Size is what the client said by NAWS; 0 if it did not.
func (t *Telnet) Size() (columns, rows int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dec.columns, t.dec.rows
}

// codec is the receiving half of the protocol and the state of the options, without any input or output. Its zero value
// is a connection on which nothing was said yet.
type codec struct {
	state         codecState
	verb          byte
	us, them      [256]optState // RFC 1143's two sides
	asked         bool          // SGA and NAWS were brought up by us, see bringUp
	sub           []byte
	columns, rows int
}

type codecState uint8

const (
	inData codecState = iota
	inIAC
	inVerb // IAC WILL and the like
	inSub
	inSubIAC
)

// optState is one option on one side.
type optState uint8

const (
	optOff     optState = iota
	optRefused          // off, and both sides know: a further request is not answered
	optWanted           // asked for by us, not answered yet
	optOn
)

// offered notes the requests in octets that are sent to the client.
func (c *codec) offered(octets []byte) {
	for i := 0; i+2 < len(octets); i++ {
		if octets[i] != iac {
			continue
		}
		switch opt := octets[i+2]; octets[i+1] {
		case will:
			c.us[opt] = optWanted
		case do:
			c.them[opt] = optWanted
		}
		i += 2
	}
}

// decode appends what was typed to typed and what must be answered to answer.
func (c *codec) decode(typed, answer, in []byte) ([]byte, []byte) {
	for _, b := range in {
		switch c.state {
		case inData:
			if b == iac {
				c.state = inIAC
				continue
			}
			typed = append(typed, b)
		case inIAC:
			typed, answer = c.command(typed, answer, b)
		case inVerb:
			c.state = inData
			answer = c.option(answer, c.verb, b)
		case inSub:
			if b == iac {
				c.state = inSubIAC
				continue
			}
			c.keep(b)
		case inSubIAC:
			switch b {
			case iac:
				c.state = inSub
				c.keep(b)
			case se:
				c.state = inData
				c.subnegotiated()
			default: // it was never ended
				typed, answer = c.command(typed, answer, b)
			}
		}
	}
	return typed, answer
}

// command is the octet behind IAC. One that is no command is taken for typed: the urgent DM of a client's synch is
// received out of band, and leaves an IAC in front of whatever follows.
func (c *codec) command(typed, answer []byte, b byte) ([]byte, []byte) {
	c.state = inData
	switch b {
	case will, wont, do, dont:
		c.state, c.verb = inVerb, b
	case sb:
		c.state, c.sub = inSub, c.sub[:0]
	case ayt:
		answer = append(answer, "\r\n[Yes]\r\n"...)
	case ip, brk, abrt:
		typed = append(typed, keyInterrupt)
	case ec:
		typed = append(typed, keyRubout)
	case el:
		typed = append(typed, keyKillFront)
	default:
		if b == iac || b < firstCommand {
			typed = append(typed, b)
		}
	}
	return typed, answer
}

// option is a request or an answer about opt. An answer is sent only when a state changes, and a refusal once, so that
// no flood and no loop comes of it (RFC 1143). Timing marks have no state: each is answered, because a client throws
// output away until it is (RFC 860).
func (c *codec) option(answer []byte, verb, opt byte) []byte {
	switch {
	case opt == optTM && verb == do:
		return append(answer, iac, wont, optTM)
	case verb == will:
		answer = agree(answer, &c.them[opt], opt, do, dont, opt == optNAWS || opt == optSGA || opt == optBinary)
	case verb == wont:
		answer = end(answer, &c.them[opt], opt, dont)
	case verb == do:
		answer = agree(answer, &c.us[opt], opt, will, wont, opt == optEcho || opt == optSGA || opt == optBinary)
	case verb == dont:
		answer = end(answer, &c.us[opt], opt, wont)
	}
	return c.bringUp(answer)
}

func agree(answer []byte, s *optState, opt, yes, no byte, may bool) []byte {
	switch {
	case *s == optWanted:
		*s = optOn
	case *s == optOn:
	case may:
		*s = optOn
		return append(answer, iac, yes, opt)
	case *s == optOff:
		*s = optRefused
		return append(answer, iac, no, opt)
	}
	return answer
}

func end(answer []byte, s *optState, opt, no byte) []byte {
	switch *s {
	case optWanted:
		*s = optRefused // by the client; it need not be told
	case optOn:
		*s = optOff
		return append(answer, iac, no, opt)
	}
	return answer
}

// bringUp asks for what a terminal needs and the opening octets of the release may lack, once the client has shown that
// it negotiates: 6.2 and 6.3 offer ECHO without SGA, with which clients on an odd port send whole lines; and no release
// asks for the window's size.
func (c *codec) bringUp(answer []byte) []byte {
	if c.asked {
		return answer
	}
	c.asked = true
	for _, opt := range []byte{optEcho, optSGA} {
		if c.us[opt] == optOff {
			c.us[opt] = optWanted
			answer = append(answer, iac, will, opt)
		}
	}
	if c.them[optNAWS] == optOff {
		c.them[optNAWS] = optWanted
		answer = append(answer, iac, do, optNAWS)
	}
	return answer
}

func (c *codec) keep(b byte) {
	if len(c.sub) < subMax {
		c.sub = append(c.sub, b)
	}
}

func (c *codec) subnegotiated() {
	if s := c.sub; len(s) == 5 && s[0] == optNAWS {
		c.columns = int(s[1])<<8 | int(s[2])
		c.rows = int(s[3])<<8 | int(s[4])
	}
}
