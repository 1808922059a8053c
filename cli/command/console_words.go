package command

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"pixsim/appliance/release"
	g "pixsim/cli/grammar"
)

// Help of the first words that many commands share.
const (
	helpShow  = "Show running system information"
	helpClear = "Reset functions"
	helpNo    = "Negate a command or set its defaults"
)

// FirstHelp is the help of a first word that several commands share; "" for others.
func FirstHelp(word string) string {
	return map[string]string{"show": helpShow, "clear": helpClear, "no": helpNo}[word]
}

func show(parts ...g.Syntax) g.Syntax { return lead("show", helpShow, parts) }

func clearing(parts ...g.Syntax) g.Syntax { return lead("clear", helpClear, parts) }

func negated(parts ...g.Syntax) g.Syntax { return lead("no", helpNo, parts) }

func lead(word, help string, parts []g.Syntax) g.Syntax {
	return g.Seq(append([]g.Syntax{g.Word(word, help)}, parts...)...)
}

// run is the type of Command.Run.
type run = func(ctx context.Context, s Session, m *g.Match) error

// tell prints words that bring their own line ends.
func tell(s Session, key release.Key, args ...any) error {
	return emit(s, s.Release().Say(key, args...))
}

// emit prints text as it stands. The error is that of a reader who quits the pager.
func emit(s Session, text string) error {
	if text == "" {
		return nil
	}
	_, err := io.WriteString(s.Out(), text)
	return err
}

// emitLines prints lines.
func emitLines(s Session, lines iter.Seq[string]) error {
	for line := range lines {
		if _, err := io.WriteString(s.Out(), line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// Groups is a checksum in four groups of eight hexadecimal digits.
func Groups(sum [16]byte) string {
	return fmt.Sprintf("%x %x %x %x", sum[0:4], sum[4:8], sum[8:12], sum[12:16])
}

// stamp is a time as show clock and ": Written by" print it.
func stamp(t time.Time) string { return t.Format("15:04:05.000 MST Mon Jan 2 2006") }

// uptime is d in its two largest units, as show version has it: "3 days 22 hours", "12 mins 5 secs", "45 secs".
func uptime(d time.Duration) string {
	s := int(d / time.Second)
	units := []struct {
		name string
		size int
	}{{"year", 365 * 86400}, {"day", 86400}, {"hour", 3600}, {"min", 60}, {"sec", 1}}
	for i, u := range units {
		if s < u.size && i < len(units)-1 {
			continue
		}
		text := counted(s/u.size, u.name)
		if i+1 < len(units) {
			next := units[i+1]
			text += " " + counted(s%u.size/next.size, next.name)
		}
		return text
	}
	return ""
}

func counted(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// brief is d in its two largest units without blanks, as show conn detail of 7.0 and later has it: "39s", "1m2s", "1h0m".
func brief(d time.Duration) string {
	s := int(d / time.Second)
	switch {
	case s >= 86400:
		return fmt.Sprintf("%dD%dh", s/86400, s%86400/3600)
	case s >= 3600:
		return fmt.Sprintf("%dh%dm", s/3600, s%3600/60)
	case s >= 60:
		return fmt.Sprintf("%dm%ds", s/60, s%60)
	}
	return fmt.Sprintf("%ds", s)
}

// copyTime words how long a copy took: seconds, a point, centiseconds without leading zero, and a 0 (derived from six
// captures: 0.08 s is "0.80", 1.02 s is "1.20"); rate is the part in parentheses, which appears from one second on.
func copyTime(size int, took time.Duration) (elapsed, rate string) {
	took = max(took, 10*time.Millisecond)
	secs, cents := int(took/time.Second), int(took%time.Second/(10*time.Millisecond))
	if secs > 0 {
		rate = fmt.Sprintf(" (%d bytes/sec)", size/secs)
	}
	return fmt.Sprintf("%d.%d0", secs, cents), rate
}

// block picks from a rendered configuration the lines that begin with words, an initial "no" aside, and the deeper lines
// below each.
func block(lines iter.Seq[string], words string) iter.Seq[string] {
	return func(yield func(string) bool) {
		in := false
		for line := range lines {
			if !strings.HasPrefix(line, " ") {
				in = startsWith(strings.TrimPrefix(line, "no "), words)
			}
			if in && !yield(line) {
				return
			}
		}
	}
}

// startsWith reports whether line begins with words, the last of them whole.
func startsWith(line, words string) bool {
	return strings.HasPrefix(line, words) && (len(line) == len(words) || line[len(words)] == ' ')
}
