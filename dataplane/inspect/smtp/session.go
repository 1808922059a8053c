// Package smtp is the SMTP inspection engine ("Mailguard", "inspect esmtp"): payload bytes of one connection go in,
// bytes to forward come out. It knows no packets, no addresses and no clock: the caller brings in-order payload and
// the time.
//
// What the engine believes of a connection is a queue of the replies that the server still owes (owed.go). Each command
// that went on, each end of data and each line of an AUTH dialogue adds one; the greeting is the first. A reply is bound
// to its command when its first octet passes. Data is entered by the 354 to a DATA, never by the DATA itself.
//
// Decided where the sources are silent: one client line passes unread for each 334, so that no command hides behind a
// dialogue. A reply whose code fits only one kind of command (354, 334, 220) is taken for the reply to the first such
// command, whatever was counted before it: a server that does not answer an empty line, or that reads on over a bare LF,
// must not put the engine out of step for good. Where nothing waits for such a reply it is nobody's while an EHLO is
// next: the list of a server that greets twice is masked. While a line may be owed nothing and an EHLO waits, any 250 of
// several lines is masked as its reply; else only the one whose turn it is, for a HELO may be answered by several lines too.
//
// Memory: a Session is at most 768 octets, and 1.5 KiB more where a policy-map applies; nothing in it grows, except its
// list of events, up to 32.
package smtp

import (
	"time"
)

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
// not forwarded, not acknowledged, and offered again only when the sender retransmits it. Withheld bytes are never
// rewritten, and the Session is as it was right before the first of them.
//
// With DropConn and Reset nothing of the segment is taken. At most 4 answers wait in a Session for replies that are still
// owed; answers that were handed out and are not acknowledged are the caller's to bound, by not calling Segment.
type Verdict struct {
	Take    int
	Swallow int
	Act     Act
	Answer  []byte    // the session's buffer, valid until its next call
	Again   time.Time // not zero: keep the withheld bytes and offer them again at this time, or before with what follows
	Events  []Event   // the session's buffer, valid until its next call
}

// EventKind names what a session noticed.
type EventKind uint8

const (
	EventReplaced    EventKind = iota + 1 // 108002: a character of an address was blanked; Class is the character, Info the line
	EventMailAddress                      // 108003: special-character action; Info is the address
	EventMatched                          // 108004: a match with an action and log; Class, Action, Info, Request say which
	EventLogged                           // 108005: a match with log only
	EventSize                             // 108006: declared size violated; Info is "declared size is: N, actual size is M"
	EventTLS                              // 108007: STARTTLS accepted, inspection ends; only with allow-tls action log
	EventCounted                          // no message: a match without log, for the counter of Match alone
	EventBanner                           // no message: a greeting was masked, for the count of mask-banner
)

// Event is one thing to count or to log. Strings are bounded to 128 octets. A match raises at most one event a segment.
type Event struct {
	Kind    EventKind
	Request bool   // seen in a request; else in a response
	Class   string // "Class 4", "mail-relay", "special-character"; the character of EventReplaced
	Action  string // "Dropped connection for", "Reset connection for", ...
	Info    string // e.g. "header line length gt 998"
	Match   int    // index in Policy.Matches, -1 when none: for the counters of show service-policy
}

const (
	maxEvents    = 32
	maxEventText = 128
)

// mode is what the next octet of the client is.
type mode uint8

const (
	modeCommand mode = iota
	modeData
	modeAuth // one line of an AUTH dialogue
)

// Session is the inspection of one connection. It is not safe for concurrent use.
type Session struct {
	p    *Profile
	pol  *Policy // nil: the release has no maps
	x    *extra  // nil: nothing is read of messages and addresses
	kind uint32  // set of Match that pol has rules for

	mode     mode
	banner   Banner
	maskEHLO bool      // EHLO replies may be masked or matched
	noop     bool      // FlawNoopDesync: a NOOP has passed, the next mail is garbled
	garble   bool      // FlawNoopDesync: this mail is being garbled
	garbled  lineState // FlawNoopDesync: where in a line of this mail the client is
	held0    bool      // what is withheld counts as dropped
	doubt    bool      // a line in the queue of replies may be owed none
	dead     Act       // DropConn, Reset or Detach, once it was said

	cmd   command
	last  [2]byte // the last octets of the client
	end   eod
	owed  owed
	reply reply

	fired  uint64 // rules that have raised an event in this call
	events []Event
	first  [1]Event
	answer [maxAnswers * len(okAnswer)]byte
}

// extra is what only a policy-map needs, or a flaw that reads headers.
type extra struct {
	line    [512]byte // the beginning of a command line that came in parts
	n       int       // octets of it
	rcpts   int       // RCPT commands in this transaction
	invalid int       // of those, refused by the server
	size    uint64    // declared by MAIL, 0: not
	plain   int       // plainLine of the policy
	msg     message
	rate    []window // by rule; nil without a rate-limit
}

// window counts the messages of one second.
type window struct {
	since time.Time
	n     int
}

// New starts the inspection of a connection. p and pol must not change any more; they are shared, not copied. pol is nil
// for the default of the release, and ignored where the release has no maps.
func New(p *Profile, pol *Policy) *Session {
	s := &Session{p: p, banner: p.Banner, maskEHLO: p.ESMTP}
	s.owed.push(owesGreeting)
	if p.Maps || p.Flaws&FlawDupHeader != 0 {
		s.x = &extra{plain: plainLine(nil)}
	}
	if !p.Maps {
		return s
	}
	if pol == nil {
		pol = defaultPolicy
		if p.AllowTLS {
			pol = defaultPolicyTLS
		}
	}
	s.pol = pol
	if !pol.MaskBanner {
		s.banner = BannerPass
	}
	for i := range s.rules() {
		r := &pol.Matches[i]
		s.kind |= 1 << r.Match
		if r.Action == ActionRate && s.x.rate == nil {
			s.x.rate = make([]window, min(len(pol.Matches), maxRules))
		}
	}
	s.x.plain = plainLine(s.rules())
	s.maskEHLO = p.ESMTP && s.has(1<<MatchEHLO)
	return s
}

// rules is the part of the policy's matches that is looked at.
func (s *Session) rules() []Rule { return s.pol.Matches[:min(len(s.pol.Matches), maxRules)] }

// has reports whether the policy has a rule of one of the matches in set.
func (s *Session) has(set uint32) bool { return s.kind&set != 0 }

// InData reports whether the client is sending a message (flag M of show conn).
func (s *Session) InData() bool { return s.mode == modeData }

// Segment judges seg, the next payload in the order of direction d, which starts right behind the last taken or swallowed
// byte of that direction, and rewrites what it takes. It keeps no reference to seg.
func (s *Session) Segment(now time.Time, d Dir, seg []byte) Verdict {
	switch s.dead {
	case Detach:
		return Verdict{Take: len(seg), Act: Detach}
	case DropConn, Reset:
		return Verdict{Act: s.dead}
	}
	s.fired = 0
	if s.events == nil {
		s.events = s.first[:0]
	}
	s.events = s.events[:0]

	var v Verdict
	if d == ToServer {
		v = s.fromClient(now, seg)
		s.lastOf(seg[:v.Take])
	} else {
		v = s.fromServer(now, seg)
	}
	switch v.Act {
	case DropConn, Reset:
		v = Verdict{Act: v.Act}
		s.dead = v.Act
	case Detach:
		s.dead = Detach
	}
	v.Events = s.events
	return v
}

// lastOf remembers the end of what the client sent.
func (s *Session) lastOf(b []byte) {
	for _, c := range b[max(0, len(b)-len(s.last)):] {
		s.last[0], s.last[1] = s.last[1], c
	}
}

// raise notes an event, up to the bound.
func (s *Session) raise(e Event) {
	if len(s.events) < maxEvents {
		s.events = append(s.events, e)
	}
}

// clip is b as the text of an event.
func clip(b []byte) string { return string(b[:min(len(b), maxEventText)]) }
