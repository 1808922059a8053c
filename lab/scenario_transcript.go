package lab

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// event is a line that one side typed, sent or got.
type event struct {
	at   time.Time
	side string // who, and in which direction
	text string // printable
}

// transcript writes a run down for people.
type transcript struct {
	out    io.Writer
	colour bool
	clock  slowClock // of the mail server's log
	seen   int       // entries of that log that are written already
	block  byte      // what was written last: prose or steps
}

const maxShown = 160 // characters of a line

func (t *transcript) printf(format string, args ...any) {
	if t.out != nil {
		fmt.Fprintf(t.out, format, args...)
	}
}

func (t *transcript) paint(colour int, text string) string {
	if !t.colour {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", colour, text)
}

// ANSI colours.
const (
	red    = 31
	green  = 32
	yellow = 33
	faint  = 2
)

// begin puts an empty line between the guide and the script.
func (t *transcript) begin(block byte) {
	if t.block != 0 && t.block != block {
		t.printf("\n")
	}
	t.block = block
}

func (t *transcript) prose(text string) {
	t.begin('#')
	t.printf("%s\n", text)
}

// step writes the verdict about a command, and what went over the wires meanwhile.
func (t *transcript) step(st step, err error, events []event) {
	t.begin('>')
	verdict := t.paint(green, "ok  ")
	if err != nil {
		verdict = t.paint(red, "FAIL")
	}
	t.printf("  %s %4d  %s\n", verdict, st.line, t.paint(yellow, st.text))
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range events {
		t.printf("             %s %s\n", t.paint(faint, fmt.Sprintf("%-12s|", e.side)), shown(e.text))
	}
	if err != nil {
		t.printf("       %s\n", t.paint(red, strings.ReplaceAll(err.Error(), "\n", "\n       ")))
	}
}

// shown cuts a long line.
func shown(text string) string {
	if len(text) > maxShown {
		return fmt.Sprintf("%s... (%d characters)", text[:maxShown], len(text))
	}
	return text
}

// printable is text with its control characters written out.
func printable(text string) string {
	q := strconv.QuoteToASCII(text)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// serverEvents are the entries that have not been written yet.
func (t *transcript) serverEvents(entries []LogEntry) (out []event) {
	for _, e := range entries[min(t.seen, len(entries)):] {
		side := "server <-"
		switch e.Kind {
		case FromServer:
			side = "server ->"
		case Remark:
			side = "server --"
		}
		out = append(out, event{t.clock.real(e.At), side, printable(e.Text)})
	}
	t.seen = len(entries)
	return out
}

// heardEvents are pieces of a dialogue as lines.
func heardEvents(name string, heard []Heard) (out []event) {
	for _, h := range heard {
		side := name + " <-"
		if h.Sent {
			side = name + " ->"
		}
		for line := range strings.Lines(string(h.Data)) {
			out = append(out, event{h.At, side, printable(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))})
		}
	}
	return out
}
