package grammar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reasons why a word does not fit a parameter. ErrAddress is told apart because devices word a malformed address.
var (
	errFit     = errors.New("does not fit")
	ErrAddress = errors.New("malformed address")
)

// Int is a decimal number from lo to hi.
func Int(lo, hi int) Type[int] {
	return Type[int]{
		Label: fmt.Sprintf("<%d-%d>", lo, hi),
		Parse: func(_ Env, w string) (int, error) {
			n, ok := number(w)
			if !ok || n < lo || n > hi {
				return 0, errFit
			}
			return n, nil
		},
		Sample: func(_ Env, r *rand.Rand) string { return strconv.Itoa(lo + r.IntN(hi-lo+1)) },
	}
}

// number reads up to ten decimal digits; a sign is no digit to the device.
func number(w string) (int, bool) {
	if w == "" || len(w) > 10 {
		return 0, false
	}
	n := 0
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return 0, false
		}
		n = n*10 + int(w[i]-'0')
	}
	return n, true
}

// Enum is one of words, abbreviated or not; the value is the whole word.
func Enum(words ...string) Type[string] {
	return Type[string]{
		Words: func(Env) []string { return words },
		Parse: func(_ Env, w string) (string, error) {
			for _, x := range words {
				if strings.EqualFold(x, w) {
					return x, nil
				}
			}
			return "", errFit
		},
		Sample: func(_ Env, r *rand.Rand) string { return words[r.IntN(len(words))] },
	}
}

// EnumHelp is Enum with help for each word: word, help, word, help ...
func EnumHelp(pairs ...string) Type[string] {
	help := make(map[string]string, len(pairs)/2)
	var words []string
	for i := 0; i+1 < len(pairs); i += 2 {
		words = append(words, pairs[i])
		help[pairs[i]] = pairs[i+1]
	}
	t := Enum(words...)
	t.Helps = func(w string) string { return help[w] }
	return t
}

// Ident is a name that the administrator chose: one word of at most max octets, printable, case kept.
func Ident(max int) Type[string] {
	return Type[string]{
		Label: "WORD",
		Parse: func(_ Env, w string) (string, error) {
			if w == "" || len(w) > max {
				return "", errFit
			}
			for i := range len(w) {
				if w[i] <= ' ' || w[i] == 0x7f || w[i] == '?' {
					return "", errFit
				}
			}
			return w, nil
		},
		Sample: func(_ Env, r *rand.Rand) string { return sampleName(r, min(max, 12)) },
	}
}

// sampleName is a name of 1 to max characters that begins with a letter outside the decimal and hexadecimal digits.
func sampleName(r *rand.Rand, max int) string {
	const first, rest = "ghjkmnpqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz0123456789_-"
	b := []byte{first[r.IntN(len(first))]}
	for n := r.IntN(max); len(b) <= n; {
		b = append(b, rest[r.IntN(len(rest))])
	}
	return string(b)
}

// String is any one word, as typed.
func String() Type[string] {
	return Type[string]{
		Label:  "WORD",
		Parse:  func(_ Env, w string) (string, error) { return w, nil },
		Sample: func(_ Env, r *rand.Rand) string { return sampleName(r, 12) },
	}
}

// Text is the rest of the line as it was typed, without the blanks around it; at least one character.
func Text() Type[string] {
	return Type[string]{
		Label: "LINE",
		Rest:  true,
		Parse: func(_ Env, w string) (string, error) { return w, nil },
		Sample: func(_ Env, r *rand.Rand) string {
			words := make([]string, 1+r.IntN(4))
			for i := range words {
				words[i] = sampleName(r, 8)
			}
			return strings.Join(words, " ")
		},
	}
}

// Addr is an IPv4 address: dotted, 0 for 0.0.0.0, or a word that a `name` line made one.
func Addr() Type[netip.Addr] {
	return Type[netip.Addr]{
		Label: "A.B.C.D",
		Parse: func(e Env, w string) (netip.Addr, error) {
			if a, ok := dotted(w, 4); ok {
				return a, nil
			}
			if e != nil {
				if a, ok := e.NamedAddr(w); ok {
					return a, nil
				}
			}
			return netip.Addr{}, ErrAddress
		},
		Sample: func(_ Env, r *rand.Rand) string {
			return fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(223), r.IntN(256), r.IntN(256), 1+r.IntN(254))
		},
	}
}

// dotted reads a.b.c.d with at least least octets, zeros standing for those that are missing at the right, and "0" for
// 0.0.0.0. Octets may have leading zeros and are decimal all the same.
func dotted(w string, least int) (netip.Addr, bool) {
	if w == "0" {
		return netip.IPv4Unspecified(), true
	}
	if len(w) > len("000.000.000.000") {
		return netip.Addr{}, false
	}
	var b [4]byte
	n := 0
	for part := range strings.SplitSeq(w, ".") {
		v, ok := number(part)
		if !ok || v > 255 || n == 4 {
			return netip.Addr{}, false
		}
		b[n] = byte(v)
		n++
	}
	return netip.AddrFrom4(b), n >= least
}

// Mask is an IPv4 netmask: dotted, 0 for 0.0.0.0; octets missing at the right are zeros, as in "255.255". Whether a mask
// with holes means anything is the command's to say.
func Mask() Type[netip.Addr] {
	return Type[netip.Addr]{
		Label: "A.B.C.D",
		Parse: func(_ Env, w string) (netip.Addr, error) {
			// 192 alone would be an address class, not a mask, to a reader: two octets at least.
			if a, ok := dotted(w, 2); ok {
				return a, nil
			}
			if w == "255" {
				return netip.AddrFrom4([4]byte{255}), nil
			}
			return netip.Addr{}, ErrAddress
		},
		Sample: func(_ Env, r *rand.Rand) string {
			m := ^uint32(0) << r.IntN(32)
			return fmt.Sprintf("%d.%d.%d.%d", byte(m>>24), byte(m>>16), byte(m>>8), byte(m))
		},
	}
}

// Duration is h:mm:ss, or 0, up to 1193 hours (the longest timeout that 7.x documents).
func Duration() Type[time.Duration] {
	return Type[time.Duration]{
		Label: "hh:mm:ss",
		Parse: func(_ Env, w string) (time.Duration, error) {
			if w == "0" {
				return 0, nil
			}
			part := strings.Split(w, ":")
			if len(part) != 3 {
				return 0, errFit
			}
			var v [3]int
			for i, p := range part {
				n, ok := number(p)
				if limit := [3]int{1193, 59, 59}[i]; !ok || n > limit {
					return 0, errFit
				}
				v[i] = n
			}
			return time.Duration(v[0])*time.Hour + time.Duration(v[1])*time.Minute + time.Duration(v[2])*time.Second, nil
		},
		Sample: func(_ Env, r *rand.Rand) string {
			return FormatDuration(time.Duration(300+r.IntN(86400)) * time.Second)
		},
	}
}

// FormatDuration is d as configurations print it: 3:00:00.
func FormatDuration(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// ObjectGroup is the name of an object-group of one of kinds, without any of whatever kind. A name that no group has fits
// as well: the command says so in words of its own.
func ObjectGroup(kinds ...string) Type[string] {
	t := Ident(63)
	parse := t.Parse
	t.Parse = func(e Env, w string) (string, error) {
		name, err := parse(e, w)
		if err != nil || e == nil {
			return name, err
		}
		if !fitsKind(e, name, kinds) {
			return "", errFit
		}
		return name, nil
	}
	other := t.Sample
	t.Sample = func(e Env, r *rand.Rand) string {
		var fit []string
		for _, name := range e.ObjectGroups() {
			if fitsKind(e, name, kinds) {
				fit = append(fit, name)
			}
		}
		for len(fit) == 0 {
			if name := other(e, r); fitsKind(e, name, kinds) {
				return name
			}
		}
		return fit[r.IntN(len(fit))]
	}
	return t
}

func fitsKind(e Env, name string, kinds []string) bool {
	kind := e.ObjectGroup(name)
	return kind == "" || len(kinds) == 0 || slices.Contains(kinds, kind)
}

// IfName is the name of an interface, as nameif gave it, in any case; the value has the case of nameif.
func IfName() Type[string] {
	return Type[string]{
		Label:  "WORD",
		Parse:  parseIfName,
		Sample: sampleIfName,
	}
}

func parseIfName(e Env, w string) (string, error) {
	for _, n := range interfaces(e) {
		if strings.EqualFold(n, w) {
			return n, nil
		}
	}
	return "", errFit
}

func interfaces(e Env) []string {
	if e == nil {
		return nil
	}
	return e.Interfaces()
}

func sampleIfName(e Env, r *rand.Rand) string {
	if ns := interfaces(e); len(ns) > 0 {
		return ns[r.IntN(len(ns))]
	}
	return "inside"
}

// IfParen is the name of an interface in parentheses: nat (inside). Blanks within are skipped.
func IfParen() Type[string] {
	return Type[string]{
		Label: "(WORD)",
		Join:  openParen,
		Parse: func(e Env, w string) (string, error) {
			if in, ok := inParen(w); ok {
				return parseIfName(e, in)
			}
			return "", errFit
		},
		Sample: func(e Env, r *rand.Rand) string { return "(" + sampleIfName(e, r) + ")" },
	}
}

// IfPair is two names of interfaces in parentheses: static (inside,outside). Blanks within are skipped.
func IfPair() Type[[2]string] {
	return Type[[2]string]{
		Label: "(WORD,WORD)",
		Join:  openParen,
		Parse: func(e Env, w string) ([2]string, error) {
			in, ok := inParen(w)
			a, b, two := strings.Cut(in, ",")
			if !ok || !two {
				return [2]string{}, errFit
			}
			x, err := parseIfName(e, a)
			if err != nil {
				return [2]string{}, err
			}
			y, err := parseIfName(e, b)
			return [2]string{x, y}, err
		},
		Sample: func(e Env, r *rand.Rand) string {
			return "(" + sampleIfName(e, r) + "," + sampleIfName(e, r) + ")"
		},
	}
}

// AnyIfPair is IfPair where any may stand for each of the names.
func AnyIfPair() Type[[2]string] {
	t := IfPair()
	sample := t.Sample
	t.Parse = func(e Env, w string) ([2]string, error) {
		in, ok := inParen(w)
		a, b, two := strings.Cut(in, ",")
		if !ok || !two {
			return [2]string{}, errFit
		}
		var pair [2]string
		for i, name := range []string{a, b} {
			v, err := parseIfName(e, name)
			if err != nil && strings.EqualFold(name, "any") {
				v, err = "any", nil
			}
			if err != nil {
				return pair, err
			}
			pair[i] = v
		}
		return pair, nil
	}
	t.Sample = func(e Env, r *rand.Rand) string {
		if r.IntN(4) == 0 {
			return "(any," + sampleIfName(e, r) + ")"
		}
		return sample(e, r)
	}
	return t
}

func openParen(word, _ string) bool {
	return strings.HasPrefix(word, "(") && !strings.HasSuffix(word, ")")
}

func inParen(w string) (string, bool) {
	if len(w) < 2 || w[0] != '(' || w[len(w)-1] != ')' {
		return "", false
	}
	return w[1 : len(w)-1], true
}

// Hardware is a hardware id: e0 for ethernet0, Ethernet 0/0 or eth0/0 for Ethernet0/0. The value is the id of the model.
func Hardware() Type[string] {
	return Type[string]{
		Label: "WORD",
		Join: func(word, next string) bool {
			return word != "" && !digit(word[len(word)-1]) && next != "" && digit(next[0])
		},
		Parse: func(e Env, w string) (string, error) {
			if e == nil {
				return "", errFit
			}
			name, number := splitHardware(w)
			for _, id := range e.Hardware() {
				full, n := splitHardware(id)
				if n == number && name != "" && len(name) <= len(full) && strings.EqualFold(full[:len(name)], name) {
					return id, nil
				}
			}
			return "", errFit
		},
		Sample: func(e Env, r *rand.Rand) string {
			if e == nil || len(e.Hardware()) == 0 {
				return "ethernet0"
			}
			ids := e.Hardware()
			return ids[r.IntN(len(ids))]
		},
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// splitHardware cuts an id before its first digit.
func splitHardware(w string) (name, number string) {
	if i := strings.IndexAny(w, "0123456789"); i >= 0 {
		return w[:i], w[i:]
	}
	return w, ""
}

// MAC is an Ethernet address as 00a0.c948.3323.
func MAC() Type[[6]byte] {
	return Type[[6]byte]{
		Label: "H.H.H",
		Parse: func(_ Env, w string) ([6]byte, error) {
			var m [6]byte
			part := strings.Split(w, ".")
			if len(part) != 3 {
				return m, errFit
			}
			for i, p := range part {
				v, err := strconv.ParseUint(p, 16, 16)
				if err != nil || len(p) > 4 {
					return m, errFit
				}
				m[2*i], m[2*i+1] = byte(v>>8), byte(v)
			}
			return m, nil
		},
		Sample: func(_ Env, r *rand.Rand) string {
			return FormatMAC([6]byte{0, byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))})
		},
	}
}

// FormatMAC is m as configurations print it: 00a0.c948.3323.
func FormatMAC(m [6]byte) string {
	return fmt.Sprintf("%02x%02x.%02x%02x.%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// levels are the severities of syslog in their order.
var levels = []string{"emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging"}

// Level is a severity, 0 to 7, by number or name.
func Level() Type[int] {
	help := []string{
		"System is unusable                (severity=0)",
		"Immediate action needed           (severity=1)",
		"Critical conditions               (severity=2)",
		"Error conditions                  (severity=3)",
		"Warning conditions                (severity=4)",
		"Normal but significant conditions (severity=5)",
		"Informational messages            (severity=6)",
		"Debugging messages                (severity=7)",
	}
	return Type[int]{
		Label: "<0-7>",
		Words: func(Env) []string { return levels },
		Helps: func(w string) string {
			if i := slices.Index(levels, w); i >= 0 {
				return help[i]
			}
			return ""
		},
		Parse: func(_ Env, w string) (int, error) {
			if i := slices.IndexFunc(levels, func(l string) bool { return strings.EqualFold(l, w) }); i >= 0 {
				return i, nil
			}
			if n, ok := number(w); ok && n <= 7 {
				return n, nil
			}
			return 0, errFit
		},
		Sample: func(_ Env, r *rand.Rand) string { return levels[r.IntN(len(levels))] },
	}
}

// LevelName is the name of a severity, as configurations print it; the number where there is none.
func LevelName(n int) string {
	if n >= 0 && n < len(levels) {
		return levels[n]
	}
	return strconv.Itoa(n)
}

// Security is a security level behind its word, as nameif takes it up to 6.3: security0 to security100, sec5.
func Security() Type[int] {
	return Type[int]{
		Label: "security<0-100>",
		Parse: func(_ Env, w string) (int, error) {
			name, num := splitHardware(w)
			n, ok := number(num)
			if !ok || n > 100 || name == "" || len(name) > len("security") || !strings.EqualFold("security"[:len(name)], name) {
				return 0, errFit
			}
			return n, nil
		},
		Sample: func(_ Env, r *rand.Rand) string { return "security" + strconv.Itoa(r.IntN(101)) },
	}
}
