package lab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"pixsim/dataplane/inspect/smtp"
)

const (
	maxDialogue      = 16 << 20 // octets of a text
	maxDialogueLines = 200_000  // of it, and segments within lines
)

// DialogueHelp describes the texts that ParseDialogue reads.
const DialogueHelp = `A text has a line for each line that was sent, behind C: (the client) or S: (the server):

  S: 220 mail.example.com ESMTP
  C: EHLO client.example.net
  S: 250-mail.example.com
  S: 250 STARTTLS

Each C: line is a segment of its own and ends in CR LF; the S: lines of one reply are one segment. Within such lines

  " | "   ends a segment: "C: HE | LO x"; "C: . | " (the CR LF comes alone)
  \       at the end of a line: its CR LF is not sent
  \r \n \t \0 \xHH \\ \|   are octets: "C: RSET\r\nNOOP" is two lines at once

Empty lines and lines that begin with # are skipped. The logs of swaks (-> and <-), of Exchange (<<< and >>>), of curl and
sendmail -v, and what a telnet window shows are understood as well, as they are: there nothing is an escape.`

const segmentEnd = " | "

// ParseDialogue reads a recorded dialogue from a text. Errors name the line.
func ParseDialogue(r io.Reader) (*Dialogue, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDialogue+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxDialogue {
		return nil, fmt.Errorf("the text is longer than %d MiB", maxDialogue>>20)
	}
	text = unmarked(text)
	if n := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte(segmentEnd)); n > maxDialogueLines {
		return nil, fmt.Errorf("the text has more than %d lines and segments", maxDialogueLines)
	}
	p := &textParser{d: &Dialogue{
		Client: netip.AddrPortFrom(ClientAddr, 40000), Server: netip.AddrPortFrom(MailAddr, smtpPort),
	}}
	lines := unquoted(strings.Split(string(text), "\n"))
	style := styleOf(lines)
	if style == nil {
		return nil, errNoDialogue
	}
	for i, line := range lines {
		if err := style(p, i+1, strings.TrimSuffix(line, "\r")); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	p.flush()
	if len(p.d.pieces) == 0 {
		return nil, errNoDialogue
	}
	p.d.read()
	return p.d, nil
}

var errNoDialogue = errors.New("no dialogue: no line begins with C: or S:, nor is it a capture (pixsim inspect --help tells the form)")

// unmarked is text without its byte order mark, in UTF-8: what Windows writes for a person is often UTF-16.
func unmarked(text []byte) []byte {
	if rest, ok := bytes.CutPrefix(text, []byte("\xef\xbb\xbf")); ok {
		return rest
	}
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for b := text[2:]; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// quotes is how often a text may have been quoted.
const quotes = 4

// unquoted takes away the > that a mail program puts before each line of what it quotes. A log whose arrows these are has
// others as well, or makes no sense without them.
func unquoted(lines []string) []string {
	bare := lines
	for range quotes {
		next, ok := unquotedOnce(bare)
		if !ok {
			break
		}
		bare = next
	}
	if styleOf(bare) == nil {
		return lines
	}
	return bare
}

// unquotedOnce tells whether each line that is not blank began with >. The blank behind it is part of the mark if each line
// with something in it has one.
func unquotedOnce(lines []string) (bare []string, quoted bool) {
	mark := "> "
	for _, line := range lines {
		switch text := strings.TrimSpace(line); {
		case text == "" || text == ">":
		case !strings.HasPrefix(line, ">"):
			return nil, false
		case !strings.HasPrefix(line, mark):
			mark = ">"
		}
		quoted = quoted || strings.HasPrefix(line, ">")
	}
	bare = make([]string, len(lines))
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			bare[i] = rest
		}
	}
	return bare, quoted
}

// textParser makes pieces of lines.
type textParser struct {
	d     *Dialogue
	next  [2]int // offset by direction
	turns int
	last  smtp.Dir

	reply    []byte // of the server, until its last line
	replyRef int
	message  bool // a telnet window: the client is sending a message
}

// lineStyle reads one line of a text.
type lineStyle func(p *textParser, n int, line string) error

// styleOf finds out how a text marks who speaks; nil when it does not.
func styleOf(lines []string) lineStyle {
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		switch {
		case skipped(line):
		case isNative(line):
			return nativeLine
		case strings.HasPrefix(line, " -> ") || strings.HasPrefix(line, "<-  ") || strings.HasPrefix(line, "=== "):
			return swaksLine
		case isArrow(line):
			return arrows(lines)
		case len(line) >= 4 && isCodeLine(line):
			if marksSent(lines[i+1:]) {
				return arrows(lines)
			}
			return windowLine
		}
	}
	return nil
}

// marksSent: the first line that is not the server's is marked, as sendmail -v does it.
func marksSent(lines []string) bool {
	for _, line := range lines {
		if line = strings.TrimRight(line, "\r"); line != "" && !isCodeLine(line) {
			mark, _, ok := arrow(line)
			return ok && len(mark) == 3
		}
	}
	return false
}

func skipped(line string) bool { return strings.TrimSpace(line) == "" || line[0] == '#' }

func isNative(line string) bool {
	_, _, ok := native(line)
	return ok
}

// native splits a C: or S: line; blanks before it do not count.
func native(line string) (d smtp.Dir, text string, ok bool) {
	line = strings.TrimLeft(line, " \t")
	if len(line) < 2 || line[1] != ':' {
		return 0, "", false
	}
	text = strings.TrimPrefix(line[2:], " ")
	switch line[0] {
	case 'C', 'c':
		return smtp.ToServer, text, true
	case 'S', 's':
		return smtp.ToClient, text, true
	}
	return 0, "", false
}

func nativeLine(p *textParser, n int, line string) error {
	if skipped(line) {
		return nil
	}
	d, text, ok := native(line)
	if !ok {
		return errors.New("neither C: nor S: begins it")
	}
	parts, err := unescape(text)
	if err != nil {
		return err
	}
	if d == smtp.ToClient {
		p.server(n, parts)
		return nil
	}
	for _, b := range parts {
		p.add(d, n, b)
	}
	return nil
}

// unescape turns what stands behind C: or S: into segments.
func unescape(text string) ([][]byte, error) {
	var parts [][]byte
	var b []byte
	end := "\r\n"
	text, _ = strings.CutSuffix(text+" ", "  ") // a mark at the end of the line needs no blank behind it
	text = strings.TrimSuffix(text, " ")
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, segmentEnd):
			parts, b = append(parts, b), nil
			i += 2
		case rest == " |":
			parts, b = append(parts, b), nil
			i++
		case rest[0] != '\\':
			b = append(b, rest[0])
		case rest == `\`:
			end = ""
		default:
			c, n, err := escape(rest)
			if err != nil {
				return nil, err
			}
			b = append(b, c)
			i += n - 1
		}
	}
	if b = append(b, end...); len(b) > 0 {
		parts = append(parts, b)
	}
	return parts, nil
}

// escape reads the escape that text begins with and tells its length.
func escape(text string) (c byte, n int, err error) {
	const letters, octets = `rnt0\|"`, "\r\n\t\x00\\|\""
	if i := strings.IndexByte(letters, text[1]); i >= 0 {
		return octets[i], 2, nil
	}
	if text[1] == 'x' && len(text) >= 4 {
		if v, err := strconv.ParseUint(text[2:4], 16, 8); err == nil {
			return byte(v), 4, nil
		}
	}
	return 0, 0, fmt.Errorf(`%q is no escape: there are \r \n \t \0 \xHH \\ \| (a backslash is written \\)`, text[:min(len(text), 4)])
}

// add appends a segment.
func (p *textParser) add(d smtp.Dir, ref int, b []byte) {
	if len(b) == 0 {
		return
	}
	if d == smtp.ToServer {
		p.flush()
	}
	p.put(d, ref, b)
}

// put makes the piece. A text has no times: the segments of one side come at once, and the other side takes a second.
func (p *textParser) put(d smtp.Dir, ref int, b []byte) {
	if d != p.last {
		p.turns++
	}
	p.last = d
	p.d.pieces = append(p.d.pieces, piece{dir: d, at: time.Duration(p.turns) * time.Second, off: p.next[d], b: b, ref: ref})
	p.next[d] += len(b)
}

// server takes a line of a reply; the lines of a reply wait for the last.
func (p *textParser) server(ref int, parts [][]byte) {
	if len(parts) == 0 {
		return
	}
	last := len(parts) - 1
	for _, b := range parts[:last] {
		p.gather(ref, b)
		p.flush()
	}
	b := parts[last]
	p.gather(ref, b)
	line := string(p.reply[bytes.LastIndexByte(p.reply[:max(0, len(p.reply)-1)], '\n')+1:])
	if !(isCodeLine(line) && len(line) > 3 && line[3] == '-') {
		p.flush()
	}
}

func (p *textParser) gather(ref int, b []byte) {
	if len(p.reply) == 0 {
		p.replyRef = ref
	}
	p.reply = append(p.reply, b...)
}

// flush sends the reply that waits.
func (p *textParser) flush() {
	if len(p.reply) > 0 {
		p.put(smtp.ToClient, p.replyRef, p.reply)
		p.reply = nil
	}
}

// plain takes a line of a text that has no escapes.
func (p *textParser) plain(d smtp.Dir, n int, text string) {
	b := []byte(text + "\r\n")
	if d == smtp.ToClient {
		p.server(n, [][]byte{b})
		return
	}
	p.add(d, n, b)
}

func isCodeLine(line string) bool {
	for i := range 3 {
		if i >= len(line) || line[i] < '0' || line[i] > '9' {
			return false
		}
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '-' || line[3] == '\r' || line[3] == '*'
}

// swaksLine reads a line of swaks: " -> " and " ~> " (TLS) is sent, "<-  ", "<~  " and with ** what is an error received.
func swaksLine(p *textParser, n int, line string) error {
	if len(line) < 4 {
		return nil
	}
	switch line[:4] {
	case " -> ":
		p.plain(smtp.ToServer, n, line[4:])
	case "<-  ", "<** ":
		p.plain(smtp.ToClient, n, line[4:])
	case " ~> ", "<~  ", "<~* ":
		return errors.New("this part of the session was TLS: no firewall reads it; cut it off")
	}
	return nil // what swaks says itself
}

var arrowMarks = []string{">>>", "<<<", ">", "<"}

// arrow splits a line with an arrow, which may stand behind a time and a colon.
func arrow(line string) (mark, text string, ok bool) {
	if at := strings.Index(line, " : "); at >= 0 {
		if m, t, ok := arrow(line[at+3:]); ok && len(m) == 3 {
			return m, t, true
		}
	}
	for _, m := range arrowMarks {
		if rest, found := strings.CutPrefix(line, m); found && (rest == "" || rest[0] == ' ') {
			return m, strings.TrimPrefix(rest, " "), true
		}
	}
	return "", "", false
}

func isArrow(line string) bool {
	_, _, ok := arrow(line)
	return ok
}

// arrows: in the log of a server what comes in is the client's, in that of a client the server's. Who says 220, or any
// code first, is the server.
func arrows(lines []string) lineStyle {
	server := ""
	for _, line := range lines {
		if m, t, ok := arrow(strings.TrimRight(line, "\r")); ok && isCodeLine(t) {
			server = m
			break
		}
	}
	return func(p *textParser, n int, line string) error {
		m, t, ok := arrow(line)
		switch {
		case !ok && isCodeLine(line): // sendmail -v marks only what it sends
			p.plain(smtp.ToClient, n, line)
		case !ok:
			return nil
		case m == server:
			p.plain(smtp.ToClient, n, t)
		default:
			p.plain(smtp.ToServer, n, t)
		}
		return nil
	}
}

// windowLine reads what a telnet window shows, from the greeting on: a line with a code is the server's, but not within a
// message.
func windowLine(p *textParser, n int, line string) error {
	switch {
	case p.message:
		p.message = line != "."
		p.plain(smtp.ToServer, n, line)
	case isCodeLine(line):
		p.message = strings.HasPrefix(line, "354")
		p.plain(smtp.ToClient, n, line)
	case len(p.d.pieces) == 0 && len(p.reply) == 0, strings.TrimSpace(line) == "", line == "Connection closed by foreign host.":
	default:
		p.plain(smtp.ToServer, n, line)
	}
	return nil
}
