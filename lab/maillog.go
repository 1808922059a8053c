package lab

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

const (
	maxLogEntries = 20000
	maxLogText    = 1024 // octets of a line that are kept
)

// LogEntry is one line of a mail dialogue, without its line end, or a remark.
type LogEntry struct {
	At   time.Time
	Conn int    // counts the connections of the server from 1
	Peer string // address and port
	Kind LogKind
	Text string // raw octets

	Octets   int  // that the whole line had, or the message that a remark tells of
	Dialogue bool // a line of an AUTH dialogue: no command
}

// LogKind is who said it.
type LogKind string

// The kinds, written as the log of the Internet Mail Service does.
const (
	FromClient LogKind = "<<<"
	FromServer LogKind = ">>>"
	Remark     LogKind = "---" // by the log itself: connected, cut line, message of n octets
)

// MailLog keeps what reached a mail server, and what it answered: the newest 20,000 lines, 1,024 octets of each. The
// lines of a message are not in it, only their number; the message itself is in the Store.
type MailLog struct {
	mu      sync.Mutex
	out     io.Writer
	ring    []LogEntry
	next    int
	changed chan struct{} // nil: nobody waits
}

// NewMailLog is an empty log; out also gets every line as text, nil for none. What out cannot take is lost there.
func NewMailLog(out io.Writer) *MailLog { return &MailLog{out: out} }

func (l *MailLog) add(e LogEntry) {
	if e.Octets == 0 {
		e.Octets = len(e.Text)
	}
	if len(e.Text) > maxLogText {
		e.Text = e.Text[:maxLogText]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < maxLogEntries {
		l.ring = append(l.ring, e)
	} else {
		l.ring[l.next] = e
		l.next = (l.next + 1) % maxLogEntries
	}
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	if l.out != nil {
		fmt.Fprintln(l.out, e)
	}
}

// String is the entry as a line of printable text.
func (e LogEntry) String() string {
	q := strconv.QuoteToASCII(e.Text)
	return fmt.Sprintf("%s #%d %s %s %s", e.At.Format("2006-01-02 15:04:05"), e.Conn, e.Peer, e.Kind, q[1:len(q)-1])
}

// Entries are all that is kept, oldest first.
func (l *MailLog) Entries() []LogEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append([]LogEntry(nil), l.ring[l.next:]...), l.ring[:l.next]...)
}

// Lines are the lines that reached the server, oldest first, as they came, without line ends.
func (l *MailLog) Lines() []string {
	var lines []string
	for _, e := range l.Entries() {
		if e.Kind == FromClient {
			lines = append(lines, e.Text)
		}
	}
	return lines
}

// Changed is closed at the next entry.
func (l *MailLog) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}
