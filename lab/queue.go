package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Verdict is what an attempt means for the message.
type Verdict uint8

// The verdicts.
const (
	Sent Verdict = iota
	Deferred
	Failed // for good
)

// Verdict goes by the reply that ended the attempt (RFC 5321 section 4.2.1); where there was none, it is for later.
func (a *Attempt) Verdict() Verdict {
	var body BodyTypeError
	r := a.refusal()
	switch {
	case a.Err == nil:
		return Sent
	case errors.As(a.Err, &body), errors.Is(a.Err, ErrAuthNotOffered):
		return Failed
	case a.hello == HelloBounce, a.hello == HelloQuit:
		return Failed
	case a.hello == HelloDefer:
		return Deferred
	case r != nil && r.Reply.Code/100 == 5:
		return Failed
	}
	return Deferred
}

// For is the verdict about one recipient.
func (a *Attempt) For(to string) Verdict {
	r := a.Refused[to]
	switch {
	case slices.Contains(a.Delivered, to):
		return Sent
	case r != nil && r.Reply.Code/100 == 5:
		return Failed
	case r != nil:
		return Deferred
	}
	return a.Verdict()
}

// State is where a queued message stands.
type State string

// The states. A message of a sender that keeps nothing for a second attempt is Dropped when the first fails.
const (
	Ready     State = "Ready" // for its first attempt
	Retry     State = "Retry"
	Delivered State = "Delivered"
	NDR       State = "NDR" // at least one recipient has not got it, and the sender of the message was told
	Dropped   State = "Dropped"
)

// Target is a host that a queue sends to.
type Target struct {
	Name string
	Addr netip.AddrPort
}

// Queue is the outgoing queue of a sending host. Its clock is simulated: it stands while an attempt is made, jumps to the
// next one, and counts the waits and pauses of an attempt as what they would have taken. Attempts are made one after the
// other, in the order of their time. A Queue belongs to one goroutine.
type Queue struct {
	Sender Sender
	Hosts  []Target // of the domain, in the order of preference
	Dial   func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	Epoch  time.Time // what the queue's clock shows at 0, for dates in reports

	now      time.Duration
	messages []*QueuedMail
	notices  []Notice
	reports  []string
}

// QueuedMail is a message in a Queue.
type QueuedMail struct {
	Mail     Mail
	State    State
	Queued   time.Duration // when it came
	Next     time.Duration // when the next attempt is due, in Ready and Retry
	Attempts []Tried

	left []string // recipients that have neither got it nor been given up
	bad  bool     // some were given up
	late bool     // its sender has been told that it is late
}

// Tried is an attempt in a queue's report.
type Tried struct {
	At      time.Duration
	State   State // of the message, afterwards
	Outcome string
	Attempt *Attempt // of the last host that was tried
}

const maxQueued = 1000 // messages of a queue; more are refused

// Add queues a message for an attempt now.
func (q *Queue) Add(m Mail) (*QueuedMail, error) {
	if len(q.messages) >= maxQueued {
		return nil, fmt.Errorf("the queue has %d messages already", maxQueued)
	}
	it := &QueuedMail{Mail: m, State: Ready, Queued: q.now, Next: q.now, left: slices.Clone(m.To)}
	q.messages = append(q.messages, it)
	return it, nil
}

// Now is the queue's clock.
func (q *Queue) Now() time.Duration { return q.now }

// Messages are all that were ever queued.
func (q *Queue) Messages() []*QueuedMail { return slices.Clone(q.messages) }

// Notices are the lines of the host's log.
func (q *Queue) Notices() []Notice { return slices.Clone(q.notices) }

// Reports are the texts that went back to senders.
func (q *Queue) Reports() []string { return slices.Clone(q.reports) }

// Run lets simulated time pass. It fails only with ctx's error; the clock then stands at the attempt that was under way.
func (q *Queue) Run(ctx context.Context, d time.Duration) error {
	end := q.now + d
	for {
		it, at := q.next()
		if it == nil || at > end {
			q.now = end
			return nil
		}
		q.now = max(q.now, at)
		switch {
		case it.lateAt(q.Sender.Profile) == at:
			q.tellLate(it)
		case it.expiresAt(q.Sender.Profile) == at:
			q.expire(it)
		default:
			q.attempt(ctx, it)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
}

const never = time.Duration(1<<63 - 1)

func (it *QueuedMail) waits() bool { return it.State == Ready || it.State == Retry }

func (it *QueuedMail) lateAt(p ClientProfile) time.Duration {
	if it.late || p.DelayNotice == 0 || it.State != Retry {
		return never
	}
	return it.Queued + p.DelayNotice
}

func (it *QueuedMail) expiresAt(p ClientProfile) time.Duration {
	if it.State != Retry {
		return never
	}
	return it.Queued + p.Expire
}

// next is the message to which something happens first, and when.
func (q *Queue) next() (first *QueuedMail, at time.Duration) {
	at = never
	for _, it := range q.messages {
		if !it.waits() {
			continue
		}
		if t := min(it.Next, it.lateAt(q.Sender.Profile), it.expiresAt(q.Sender.Profile)); t < at {
			first, at = it, t
		}
	}
	return first, at
}

// attempt tries the hosts of the domain until one of them decides.
func (q *Queue) attempt(ctx context.Context, it *QueuedMail) {
	m := it.Mail
	m.To = slices.Clone(it.left)
	s := q.Sender
	s.Age = q.now - it.Queued
	var a *Attempt
	var took time.Duration
	for _, host := range q.Hosts {
		s.Peer = host.Name
		a = s.connect(ctx, q.Dial, host, m)
		took += a.Took
		q.say(a.Notices...)
		if a.Verdict() != Deferred || a.Unsure || !a.unconnected() && !s.Profile.MXFailover {
			break
		}
	}
	if a == nil {
		a = &Attempt{Err: errors.New("the domain has no host")}
	}
	q.say(outcome(s.Profile.Voice, m, a)...)
	q.settle(it, a, took)
}

// connectTimeout is qmail's timeoutconnect; Postfix has 30 s.
const connectTimeout = time.Minute

// connect makes one attempt with one host.
func (s Sender) connect(ctx context.Context, dial func(context.Context, netip.AddrPort) (net.Conn, error), host Target, m Mail) *Attempt {
	wait, cancel := context.WithTimeout(ctx, cmp.Or(s.Wait, 30*time.Second))
	defer cancel()
	conn, err := dial(wait, host.Addr)
	if err == nil {
		return s.Try(ctx, conn, m)
	}
	a := &Attempt{Err: err, Command: "connect", Peer: host.Name, Remote: host.Addr.String()}
	if !isRefusedDial(err) {
		a.Took = connectTimeout
	}
	return a
}

// settle writes an attempt down and decides what happens to the message.
func (q *Queue) settle(it *QueuedMail, a *Attempt, took time.Duration) {
	p := q.Sender.Profile
	var failed []string
	it.left = slices.DeleteFunc(it.left, func(to string) bool {
		v := a.For(to)
		if v == Failed {
			failed = append(failed, to)
		}
		return v != Deferred
	})
	if p.Expire > 0 {
		q.giveUp(it, failed, a)
		it.State = it.after()
	} else if it.State = Delivered; a.Verdict() != Sent {
		it.State, it.left = Dropped, nil
	}
	// unverified: the interval is counted from the beginning of the attempt.
	it.Next = q.now + max(p.Retry.After(len(it.Attempts)+1), took)
	it.Attempts = append(it.Attempts, Tried{At: q.now, State: it.State, Outcome: a.summary(), Attempt: a})
}

// after is the state of a message after an attempt.
func (it *QueuedMail) after() State {
	switch {
	case len(it.left) > 0:
		return Retry
	case it.bad:
		return NDR
	}
	return Delivered
}

func (q *Queue) giveUp(it *QueuedMail, to []string, a *Attempt) {
	it.bad = it.bad || len(to) > 0
	for _, addr := range to {
		q.reports = append(q.reports, q.Sender.nonDelivery(it.Mail, addr, a, q.Epoch.Add(q.now)))
	}
}

func (q *Queue) expire(it *QueuedMail) {
	last := it.Attempts[len(it.Attempts)-1].Attempt
	it.bad = true
	for _, addr := range it.left {
		q.reports = append(q.reports, q.Sender.expired(it.Mail, addr, last, q.Epoch.Add(q.now)))
	}
	it.left, it.State = nil, NDR
}

func (q *Queue) tellLate(it *QueuedMail) {
	it.late = true
	q.reports = append(q.reports, q.Sender.delayed(it.Mail, it.left, q.Epoch.Add(q.now)))
}

func (q *Queue) say(notices ...Notice) {
	for _, n := range notices {
		n.At = q.now
		q.notices = append(q.notices, n)
	}
}

// summary is one line about an attempt.
func (a *Attempt) summary() string {
	more := ""
	if a.Unsure {
		more = " (the message may have arrived)"
	}
	switch {
	case a.Err == nil:
		return "accepted"
	case a.unconnected():
		return "no connection: " + a.Err.Error()
	case a.timedOut():
		return "no answer to " + a.Command + more
	case a.dropped():
		return "connection lost at " + a.Command + more
	}
	return strings.ReplaceAll(a.Err.Error(), "\n", " | ")
}

// Attempts is how many were made for all messages.
func (q *Queue) Attempts() (n int) {
	for _, it := range q.messages {
		n += len(it.Attempts)
	}
	return n
}

// String is the queue as its administrator sees it: every attempt with its simulated time, outcome and state.
func (q *Queue) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "queue of %s at %s\n", cmp.Or(q.Sender.Profile.Name, "a sender"), clock(q.now))
	for i, it := range q.messages {
		fmt.Fprintf(&b, "message %d from <%s> to <%s>: %s", i+1, it.Mail.From, strings.Join(it.Mail.To, ">, <"), it.State)
		if it.State == Retry {
			fmt.Fprintf(&b, ", next attempt at %s", clock(it.Next))
		}
		b.WriteByte('\n')
		for n, t := range it.Attempts {
			fmt.Fprintf(&b, "  %s attempt %d: %s, %s\n", clock(t.At), n+1, t.Outcome, t.State)
		}
	}
	return b.String()
}

// clock is simulated time as hours, minutes and seconds.
func clock(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
