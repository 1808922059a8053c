package lab

import (
	"fmt"
	"sync"
	"time"
)

// maxEvents is how many events an EventLog keeps.
const maxEvents = 1000

// Event is an entry of the event log of a mail server's machine.
type Event struct {
	At     time.Time
	ID     int
	Source string // MSExchangeTransport
	Level  string // Warning, Error
	Text   string
}

func (e Event) String() string {
	return fmt.Sprintf("%s %s %s %d %s", e.At.Format("2006-01-02 15:04:05"), e.Level, e.Source, e.ID, e.Text)
}

// EventRule is when a server raises an event, and its words.
type EventRule struct {
	On       ReplyKey // this reply; empty: see Refusals
	Refusals bool     // any reply of the 400 and 500 classes to a command
	ID       int
	Source   string
	Level    string
	Text     Text
}

// EventLog keeps the newest 1,000 events of a machine. Servers and senders of that machine add to it.
type EventLog struct {
	mu  sync.Mutex
	all []Event
}

// Add appends an event; text of the network in it is made printable by who adds it.
func (l *EventLog) Add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) >= maxEvents {
		l.all = append(l.all[:0], l.all[1:]...)
	}
	l.all = append(l.all, e)
}

// Events are all that are kept, oldest first.
func (l *EventLog) Events() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Event(nil), l.all...)
}
