// Package smtp is the SMTP inspection engine ("Mailguard", "inspect esmtp"): payload bytes of one connection go in,
// bytes to forward come out. It knows no packets, no addresses and no clock: the caller brings in-order payload and
// the time.
package smtp

import "time"

// Dir is the direction of a segment.
type Dir uint8

const (
	ToServer Dir = iota // from the client, who opened the connection
	ToClient            // from the server
)

// Act is what becomes of the segment and of the connection, beside the bytes taken.
type Act uint8

const (
	Pass        Act = iota // the taken bytes go on
	DropSegment            // nothing of the segment goes on, nothing is acknowledged
	DropConn               // the connection ends silently (drop-connection)
	Reset                  // the connection ends with a RST to both sides
	Detach                 // taken bytes go on, nothing after them is inspected (STARTTLS)
)

// Verdict is the engine's answer to one segment.
//
// The first Take bytes, rewritten where they stand, go on. The next Swallow bytes never reach the other side but count
// as received (only with RejectAnswer). Answer, if any, is to be inserted into the stream towards the client right
// behind everything that has been taken in that direction so far. When Swallow > 0 or Answer is not empty and bytes
// remain, Segment is called again at once with the remaining bytes of the segment; otherwise what remains is withheld:
// not forwarded, not acknowledged, and offered again only when the sender retransmits it.
type Verdict struct {
	Take    int
	Swallow int
	Act     Act
	Answer  []byte    // the session's buffer, valid until its next call
	Again   time.Time // not zero: offer the withheld bytes again at this time (tail of an EHLO reply)
	Events  []Event   // the session's buffer, valid until its next call
}

// EventKind names what a session noticed.
type EventKind uint8

const (
	EventReplaced    EventKind = iota + 1 // 108002: a character of an address was blanked; Info is the text
	EventMailAddress                      // 108003: special-character action; Info is the address
	EventMatched                          // 108004: a match with an action; Class, Info, Request say which
	EventLogged                           // 108005: a match with log only
	EventSize                             // 108006: declared size violated
	EventTLS                              // 108007: STARTTLS accepted, inspection ends
)

// Event is one thing to count or to log. Strings are bounded to 128 octets.
type Event struct {
	Kind    EventKind
	Request bool   // seen in a request; else in a response
	Class   string // "Class 4", "mail-relay", ...
	Action  string // "Dropped connection for", "Reset connection for", ...
	Info    string // e.g. "header line length gt 998"
	Match   int    // index in Policy.Matches, -1 when none: for the counters of show service-policy
}
