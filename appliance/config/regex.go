package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Regex is a regular expression with a name, 7.2 and later. Its Pattern is one that CompileRegex takes.
type Regex struct {
	Name    string
	Pattern string
}

// RegexClass is a class-map type regex match-any: it fits where one of its expressions does.
type RegexClass struct {
	Name        string
	Description string
	Regexes     []string // names, in order of entry
}

func regexKey(name string) ID { return key("regex ").text(name).id() }

func (r Regex) key() ID      { return regexKey(r.Name) }
func (r RegexClass) key() ID { return regexKey(r.Name) }

// Regex is the expression of that name.
func (c *Config) Regex(name string) (Regex, bool) {
	return c.Regexes.get(regexKey(name))
}

// RegexClass is the class of that name.
func (c *Config) RegexClass(name string) (RegexClass, bool) {
	return c.RegexClasses.get(regexKey(name))
}

// RegexInUse reports whether a class or a match line names the expression, or the class.
func (c *Config) RegexInUse(name string, class bool) bool {
	for v := range c.RegexClasses.Values() {
		if !class && slices.Contains(v.Regexes, name) {
			return true
		}
	}
	for _, v := range c.ESMTPMaps {
		for _, m := range v.Matches {
			if m.Regex == name && m.Class == class {
				return true
			}
		}
	}
	return false
}

// SetRegex adds an expression, or replaces the one of its name.
func (e *Edit) SetRegex(r Regex) {
	e.c.Regexes = e.c.Regexes.put(r)
}

// RemoveRegex removes one; false when there is none such.
func (e *Edit) RemoveRegex(name string) bool {
	return remove(&e.c.Regexes, regexKey(name))
}

// SetRegexClass adds a class, or replaces the one of its name. Its slice must not be written to afterwards.
func (e *Edit) SetRegexClass(r RegexClass) {
	e.c.RegexClasses = e.c.RegexClasses.put(r)
}

// RemoveRegexClass removes one; false when there is none such.
func (e *Edit) RemoveRegexClass(name string) bool {
	return remove(&e.c.RegexClasses, regexKey(name))
}

const (
	maxPattern = 100 // characters of an expression (ASA configuration guide by ASDM, regular expressions)
	maxRepeat  = 255 // of {x}: with the length it bounds what an expression costs
	maxSubject = 512 // octets that are looked at
)

// Expression is a compiled regular expression of the device. It is safe for concurrent use.
type Expression struct{ re *regexp.Regexp }

// Match reports whether the expression fits somewhere in the first 512 octets of b. Upper and lower case differ.
func (x *Expression) Match(b []byte) bool {
	var room [2 * maxSubject]byte
	text := room[:0]
	for _, c := range b[:min(len(b), maxSubject)] {
		text = utf8.AppendRune(text, rune(c)) // an octet is the character of its number, as in the expression
	}
	return x.re.Match(text)
}

// CompileRegex reads an expression in the syntax of the device (Cisco ASA firewall configuration guide, "Creating a
// Regular Expression"), whose characters are octets:
//
//	.  (exp)  exp|exp  ?  *  +  {x} and {x,}: at least x times  [abc]  [^a-z]  ^: the beginning of a line
//	\r \n \t \f  \xNN  \NNN (octal)  \c: the character c itself
//
// Everything else stands for itself, the dollar sign too: no table of the guides has it.
// unverified: what is refused, beside what makes no sense: a backslash before a digit or x without the digits that
// belong to it, a bracket that nothing closes, braces that are no quantifier, and an expression over 100 characters.
func CompileRegex(pattern string) (*Expression, error) {
	if n := len(pattern); n == 0 || n > maxPattern {
		return nil, fmt.Errorf("expression of %d characters: 1 to %d are possible", n, maxPattern)
	}
	t := translation{in: pattern}
	if err := t.run(); err != nil {
		return nil, err
	}
	re, err := regexp.Compile("(?s)" + t.out)
	if err != nil {
		return nil, fmt.Errorf("expression: %w", err)
	}
	return &Expression{re}, nil
}

// translation turns an expression of the device into one of package regexp.
type translation struct {
	in, out string
	atom    int   // where in out begins what a quantifier would repeat; -1: nothing
	open    []int // where in out the groups that are not closed began
}

var errQuantifier = errors.New("nothing to repeat")

func (t *translation) run() error {
	t.atom = -1
	for t.in != "" {
		c := t.in[0]
		t.in = t.in[1:]
		if err := t.char(c); err != nil {
			return err
		}
	}
	if len(t.open) > 0 {
		return errors.New("a parenthesis is not closed")
	}
	return nil
}

func (t *translation) char(c byte) error {
	switch c {
	case '.':
		t.put(".")
	case '(':
		t.open, t.atom = append(t.open, len(t.out)), -1
		t.out += "(?:"
	case ')':
		n := len(t.open) - 1
		if n < 0 {
			return errors.New("a parenthesis is not opened")
		}
		t.out += ")"
		t.atom, t.open = t.open[n], t.open[:n]
	case '|':
		t.out, t.atom = t.out+"|", -1
	case '^':
		t.out, t.atom = t.out+"(?m:^)", -1
	case '?', '*', '+':
		return t.repeat(string(c))
	case '{':
		return t.braces()
	case '[':
		return t.set()
	case '\\':
		o, err := t.escape()
		if err != nil {
			return err
		}
		t.put(quote(o))
	default:
		t.put(quote(c))
	}
	return nil
}

// put appends something that a quantifier may follow.
func (t *translation) put(s string) {
	t.atom = len(t.out)
	t.out += s
}

// repeat applies a quantifier to the last atom. It is put into a group, so that a second quantifier repeats the first
// and does not turn it into a lazy one.
func (t *translation) repeat(quantifier string) error {
	if t.atom < 0 {
		return errQuantifier
	}
	t.out = t.out[:t.atom] + "(?:" + t.out[t.atom:] + quantifier + ")"
	return nil
}

// braces is {x} or {x,} behind its opening brace.
func (t *translation) braces() error {
	digits, rest, ok := strings.Cut(t.in, "}")
	digits = strings.TrimSuffix(digits, ",")
	n := 0
	for _, c := range []byte(digits) {
		if n = n*10 + int(c-'0'); c < '0' || c > '9' || n > maxRepeat {
			ok = false
			break
		}
	}
	if !ok || digits == "" {
		return fmt.Errorf("braces hold a number up to %d", maxRepeat)
	}
	t.in = rest
	return t.repeat(fmt.Sprintf("{%d,}", n))
}

// set is [...] behind its opening bracket. A hyphen is literal at the beginning and at the end.
func (t *translation) set() error {
	out, first := "[", true
	if strings.HasPrefix(t.in, "^") {
		out, t.in = "[^", t.in[1:]
	}
	for ; ; first = false {
		if t.in == "" || first && t.in[0] == ']' {
			return errors.New("a bracket is not closed, or holds nothing")
		}
		if t.in[0] == ']' {
			t.in = t.in[1:]
			t.put(out + "]")
			return nil
		}
		lo, err := t.member()
		if err != nil {
			return err
		}
		hi := lo
		if len(t.in) > 1 && t.in[0] == '-' && t.in[1] != ']' {
			t.in = t.in[1:]
			if hi, err = t.member(); err != nil {
				return err
			}
		}
		if hi < lo {
			return fmt.Errorf("the range %q-%q is the wrong way round", lo, hi)
		}
		out += quote(lo) + "-" + quote(hi)
	}
}

// member is the next octet of a set.
func (t *translation) member() (byte, error) {
	c := t.in[0]
	t.in = t.in[1:]
	if c == '\\' {
		return t.escape()
	}
	return c, nil
}

// escape is the octet that stands behind a backslash.
func (t *translation) escape() (byte, error) {
	if t.in == "" {
		return 0, errors.New("nothing behind the backslash")
	}
	c := t.in[0]
	t.in = t.in[1:]
	switch {
	case c == 'r':
		return '\r', nil
	case c == 'n':
		return '\n', nil
	case c == 't':
		return '\t', nil
	case c == 'f':
		return '\f', nil
	case c == 'x':
		return t.number(t.in, 2, 16)
	case '0' <= c && c <= '9':
		return t.number(string(c)+t.in, 3, 8)
	}
	return c, nil
}

// number reads an octet as n digits from the beginning of s, which ends as t.in does.
func (t *translation) number(s string, n, base int) (byte, error) {
	v := 0
	for i := range n {
		d := base
		if i < len(s) {
			d = strings.IndexByte("0123456789abcdef", lower(s[i]))
		}
		if d < 0 || d >= base {
			return 0, fmt.Errorf("a number behind a backslash has %d digits", n)
		}
		v = v*base + d
	}
	if v > 0xff {
		return 0, errors.New("a number behind a backslash is no octet")
	}
	t.in = s[n:]
	return byte(v), nil
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// quote is one octet, as the character of its number.
func quote(c byte) string { return fmt.Sprintf(`\x{%x}`, c) }
