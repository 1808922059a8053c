package lab

import (
	"cmp"
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
	who  string // a client by its name, "server", or a console
	way  way
	text string // printable
}

// way is in which direction an event went.
type way uint8

const (
	atConsole  way = iota
	toServer       // sent by a client, or come to the server
	fromServer     // sent by the server, or come to a client
	remark         // by the server's log
)

// serverSide is who of the mail server's events.
const serverSide = "server"

// side is where the event was seen, with arrows that point from the client on the left to the server on the right.
func (e event) side() string {
	client, serverEnd := e.who, ""
	if e.who == serverSide {
		client, serverEnd = "", serverSide
	}
	return joint(client, e.way, serverEnd)
}

func joint(client string, w way, serverEnd string) string {
	switch w {
	case toServer:
		return fmt.Sprintf("%-6s -> %-6s", client, serverEnd)
	case fromServer:
		return fmt.Sprintf("%-6s <- %-6s", client, serverEnd)
	}
	return fmt.Sprintf("%-16s", client+serverEnd)
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

// nothing says that what the guide has just told has no commands on a release: else a reader looks for them.
func (t *transcript) nothing(release string) {
	t.begin('>')
	t.printf("  --          (nothing to do on %s)\n", release)
}

// step writes the verdict about a command, and what went over the wires meanwhile.
func (t *transcript) step(st step, err error, events []event) {
	t.begin('>')
	verdict := t.paint(green, "ok  ")
	if err != nil {
		verdict = t.paint(red, "FAIL")
	}
	t.printf("  %s %4d  %s\n", verdict, st.line, t.paint(yellow, st.text))
	t.said(events)
	if err != nil {
		t.printf("       %s\n", t.paint(red, strings.ReplaceAll(err.Error(), "\n", "\n       ")))
	}
}

// said writes what went over the wires. A line that arrived as it was sent is written once.
func (t *transcript) said(events []event) {
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	for len(events) > 0 {
		e, side := events[0], events[0].side()
		events = events[1:]
		if i := arrival(e, events); i >= 0 {
			side = joint(cmp.Or(clientOf(e), clientOf(events[i])), e.way, serverSide)
			events = slices.Delete(events, i, i+1)
		}
		t.printf("             %s %s\n", t.paint(faint, side+" |"), shown(e.text))
	}
}

// arrival is where in later events e comes out at the other end as it went in; -1 when it does not.
func arrival(e event, later []event) int {
	if e.way != toServer && e.way != fromServer || (e.who == serverSide) != (e.way == fromServer) {
		return -1
	}
	return slices.IndexFunc(later, func(f event) bool {
		return f.way == e.way && f.text == e.text && (f.who == serverSide) != (e.who == serverSide)
	})
}

func clientOf(e event) string {
	if e.who == serverSide {
		return ""
	}
	return e.who
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
	ways := map[LogKind]way{FromClient: toServer, FromServer: fromServer, Remark: remark}
	for _, e := range entries[min(t.seen, len(entries)):] {
		text := printable(e.Text)
		if e.Kind == Remark {
			text = "(" + text + ")"
		}
		out = append(out, event{t.clock.real(e.At), serverSide, ways[e.Kind], text})
	}
	t.seen = len(entries)
	return out
}

// heardEvents are pieces of a dialogue as lines.
func heardEvents(name string, heard []Heard) (out []event) {
	for _, h := range heard {
		w := fromServer
		if h.Sent {
			w = toServer
		}
		for line := range strings.Lines(string(h.Data)) {
			out = append(out, event{h.At, name, w, printable(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))})
		}
	}
	return out
}
