// Package lexer cuts a command line of the device into words with their places. There are no shell rules: no escapes,
// no variables, and a quote is a character like any other unless the grammar asks for a quoted string. It knows no
// command.
package lexer

import "strings"

// Word is a maximal run of octets other than blank and tab.
type Word struct {
	Text       string
	Start, End int // octets from the beginning of the line
}

// Words cuts line. Control characters other than tab belong to words: they fit no command and harm nothing.
func Words(line string) []Word { return AppendWords(nil, line) }

// AppendWords is Words into memory of the caller's.
func AppendWords(ws []Word, line string) []Word {
	for i := 0; i < len(line); {
		if blank(line[i]) {
			i++
			continue
		}
		j := i
		for j < len(line) && !blank(line[j]) {
			j++
		}
		if ws == nil {
			ws = make([]Word, 0, 8)
		}
		ws = append(ws, Word{Text: line[i:j], Start: i, End: j})
		i = j
	}
	return ws
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// Rest is the line from octet at on, without the blanks at its ends.
func Rest(line string, at int) string { return strings.Trim(line[at:], " \t") }

// Quoted reads the string that begins with the double quote at octet at, as `regex` takes it from 7.2 on: up to the
// next double quote. It returns the text between the quotes and the octet behind the closing one; ok is false when there
// is no opening or closing quote.
func Quoted(line string, at int) (text string, end int, ok bool) {
	if at >= len(line) || line[at] != '"' {
		return "", at, false
	}
	n := strings.IndexByte(line[at+1:], '"')
	if n < 0 {
		return "", at, false
	}
	return line[at+1 : at+1+n], at + n + 2, true
}

// Printable is s with every octet outside printable ASCII replaced by a dot, for echoing a word in a message.
func Printable(s string) string {
	clean := true
	for i := range len(s) {
		clean = clean && s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c >= 0x7f {
			b[i] = '.'
		}
	}
	return string(b)
}
