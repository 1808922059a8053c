package smtp

// owes is what a reply of the server would answer.
type owes uint8

const (
	owesNone     owes = iota // nothing: an unsolicited reply
	owesGreeting             // the opening of the connection
	owesOther                // a command of which the reply does not matter, or a refused one
	owesEHLO                 //
	owesRCPT                 //
	owesDATA                 //
	owesEnd                  // the end of data
	owesLost                 // the end of data, and the reply does not pass (FlawEODEatReply)
	owesAuth                 // AUTH or a line of its dialogue
	owesTLS                  // STARTTLS
	owesAnswer               // not owed by the server: the firewall's own answer, to be sent when its turn comes
)

const (
	maxRuns    = 32 // bound of the queue; a client that pipelines beyond it is withheld
	maxAnswers = 4
	okAnswer   = "250 OK\r\n" // the code is inferred; KB 320027 and Cisco document 4733 print OK
)

// owed is the queue of replies to come, in the order of the commands. Equal neighbours are counted, so that a batch of
// RCPT of any length is one run.
type owed struct {
	runs    [maxRuns]run
	n       uint8 // runs in use
	answers uint8 // owesAnswer that wait, at most maxAnswers
	due     uint8 // of those, not in the queue any more: to be sent when the present reply is through
}

type run struct {
	owes owes
	n    uint16
}

// room reports whether a push of k will succeed.
func (q *owed) room(k owes) bool {
	if k == owesAnswer && q.answers >= maxAnswers {
		return false
	}
	return q.n < maxRuns || q.grows(k)
}

// grows reports whether k fits into the last run.
func (q *owed) grows(k owes) bool {
	return q.n > 0 && q.runs[q.n-1].owes == k && q.runs[q.n-1].n < 1<<16-1
}

// push appends k; without room it does nothing.
func (q *owed) push(k owes) {
	switch {
	case !q.room(k):
		return
	case q.grows(k):
		q.runs[q.n-1].n++
	default:
		q.runs[q.n] = run{k, 1}
		q.n++
	}
	if k == owesAnswer {
		q.answers++
	}
}

// head is the first of the queue, owesNone when it is empty.
func (q *owed) head() owes {
	if q.n == 0 {
		return owesNone
	}
	return q.runs[0].owes
}

// pop takes one item off the head.
func (q *owed) pop() {
	if q.n == 0 {
		return
	}
	if q.runs[0].n--; q.runs[0].n == 0 {
		q.cut(1)
	}
}

// cut takes the first n runs off.
func (q *owed) cut(n int) {
	copy(q.runs[:], q.runs[n:q.n])
	q.n -= uint8(n)
}

// has reports whether a reply to k is owed.
func (q *owed) has(k owes) bool {
	for _, r := range q.runs[:q.n] {
		if r.owes == k {
			return true
		}
	}
	return false
}

// sent reports whether anything that waits for a reply went to the server.
func (q *owed) sent() bool {
	for _, r := range q.runs[:q.n] {
		if r.owes != owesAnswer {
			return true
		}
	}
	return false
}

// skipTo takes off what stands before the first k and reports whether there is one; else nothing changes. Answers that
// stood there fall due with the reply to k.
func (q *owed) skipTo(k owes) bool {
	at := 0
	for at < int(q.n) && q.runs[at].owes != k {
		at++
	}
	if at == int(q.n) {
		return false
	}
	for _, r := range q.runs[:at] {
		if r.owes == owesAnswer {
			q.due += uint8(r.n)
		}
	}
	q.cut(at)
	return true
}

// clear empties the queue; the answers in it fall due.
func (q *owed) clear() { q.due, q.n = q.answers, 0 }

// release takes off the answers whose turn has come and returns how many they are.
func (q *owed) release() int {
	n := q.due
	for q.head() == owesAnswer {
		n += uint8(q.runs[0].n)
		q.cut(1)
	}
	q.due = 0
	q.answers -= n
	return int(n)
}

// turnFirst makes the first item, if it is a reply of the server, one to k.
func (q *owed) turnFirst(k owes) bool {
	if q.n == 0 || q.runs[0].owes == owesAnswer {
		return false
	}
	if q.runs[0].owes == k {
		return true
	}
	if q.runs[0].n > 1 {
		if q.n == maxRuns {
			q.runs[0].owes = k // all of the run: only a queue that is full to the brim
			return true
		}
		q.runs[0].n--
		copy(q.runs[1:], q.runs[:q.n])
		q.n++
		q.runs[0].n = 1
	}
	q.runs[0].owes = k
	return true
}
