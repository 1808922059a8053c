package lab

import (
	"bytes"
	"container/heap"
	"fmt"
	"slices"
	"time"

	"pixsim/appliance/release"
	"pixsim/dataplane/inspect/smtp"
)

// maxPending is how much of a direction may be withheld, segment for segment, before inspect gives the connection up: it
// hangs. No command is that long.
const maxPending = 8 << 10

// fate is what became of a unit of the client, as far as it went on.
type fate struct {
	refused   smtp.Reject // how, where isRefused
	isRefused bool        // its first word was overwritten, or it was swallowed
	blanked   int         // octets behind the first word that were overwritten
	garbled   int         // octets of a message that were overwritten
	cut       bool        // its octets went on in more than one piece
}

// Inspect plays a dialogue through the inspection of a release. What a side would have said instead, had it got what the
// firewall makes of the other's words, nobody knows: the recorded octets go through as they are, but for replies that
// cannot be (Step.Unsaid), and those that are not to be expected are marked (Step.Doubtful).
func (d *Dialogue) Inspect(r *release.Release) *Inspection {
	x := &Inspection{Release: r, Dialogue: d, units: make([]fate, len(d.units))}
	p := player{d: d, x: x, session: smtp.New(&r.SMTP, nil)}
	p.step = func(s *Step) { x.Steps = append(x.Steps, *s) }
	p.play()
	for dir := range p.halves {
		x.Pending[dir] = len(p.halves[dir].pend)
	}
	x.Repeated, x.Ended = p.repeated, p.ended
	return x
}

// player brings the pieces of a dialogue to a session as a TCP would that has them: each octet once and in order, in the
// segments of the recording. What is withheld is offered again when the recording has it again. If the recording never
// has, because nothing was withheld where it was made, it is offered together with what came next, as the TCP of a kernel
// sends it again: it joins what it has to repeat.
type player struct {
	d       *Dialogue
	passing bool // without a session: everything goes on
	session *smtp.Session
	x       *Inspection // nil when passing
	step    func(*Step)

	now      time.Time
	halves   [2]playHalf
	repeated int
	ended    smtp.Act
	stopped  bool
	fated    int // the first unit that may still get octets
}

// playHalf is one direction.
type playHalf struct {
	nxt   int       // octets taken or swallowed
	pend  []byte    // what is withheld of the octets from nxt on
	again time.Time // when they are to be offered again by themselves; zero: never
	ahead pieces    // pieces that do not begin at nxt
	cover coverage
}

var playStart = time.Unix(1e9, 0)

func (p *player) play() {
	for dir := range p.halves {
		p.halves[dir].cover = newCoverage(p.d.pieces, smtp.Dir(dir))
	}
	if p.d.midway && !p.passing {
		p.session.Segment(playStart, smtp.ToClient, []byte("220 \r\n"))
	}
	for i := range p.d.pieces {
		c := &p.d.pieces[i]
		p.now = playStart.Add(c.at)
		p.tick()
		switch {
		case c.opens:
		case p.stopped:
			return
		case p.ended == smtp.DropConn || p.ended == smtp.Reset:
			p.stop(i, "the firewall has ended the connection")
		case c.end != "" && len(c.b) == 0:
			p.step(&Step{Dir: c.dir, At: c.at, Ref: c.ref, Off: c.off, End: c.end})
		default:
			heap.Push(&p.halves[c.dir].ahead, queued{c, i})
			p.drain(i, c.dir)
		}
	}
	p.now = p.now.Add(time.Minute)
	p.tick()
}

// stop says why the rest of the recording, from piece i on, is not looked at.
func (p *player) stop(i int, why string) {
	c := &p.d.pieces[i]
	p.stopped = true
	p.step(&Step{Dir: c.dir, At: c.at, Ref: c.ref, Off: c.off, Stop: why})
}

// tick offers again what waits for its time.
func (p *player) tick() {
	for dir := range p.halves {
		h := &p.halves[dir]
		if h.again.IsZero() || p.now.Before(h.again) {
			continue
		}
		later := p.now
		p.now = h.again
		b := h.pend
		p.offer(&Step{Dir: smtp.Dir(dir), At: p.now.Sub(playStart), Joined: len(b)}, b)
		p.now = later
	}
}

// drain offers what has become due in a direction when piece i has arrived.
func (p *player) drain(i int, dir smtp.Dir) {
	h := &p.halves[dir]
	for len(h.ahead) > 0 && !p.stopped && p.ended != smtp.DropConn && p.ended != smtp.Reset {
		c := h.ahead[0].piece
		s := &Step{Dir: dir, At: p.now.Sub(playStart), Ref: c.ref}
		switch {
		case c.off <= h.nxt:
			heap.Pop(&h.ahead)
			p.fromNext(s, c)
		case h.cover.later(h.nxt, i):
			return // out of order, or withheld and sent again
		case c.off <= h.nxt+len(h.pend):
			heap.Pop(&h.ahead)
			if c.after() <= h.nxt+len(h.pend) {
				continue
			}
			s.Joined = c.off - h.nxt
			p.offer(s, slices.Concat(h.pend[:s.Joined], c.b))
		default:
			to := c.off
			if len(h.pend) == 0 {
				to = h.cover.next()
			}
			s.Missing, s.Off = to-h.nxt, h.nxt
			h.pend, h.nxt, h.again = nil, to, time.Time{}
			p.step(s)
		}
	}
}

// fromNext offers a piece that begins at or before the next octet.
func (p *player) fromNext(s *Step, c *piece) {
	h := &p.halves[c.dir]
	old := min(h.nxt-c.off, len(c.b))
	b := c.b[old:]
	p.repeated += old
	switch {
	case len(b) == 0:
		return
	case len(h.pend) > 0 && !h.again.IsZero() && len(b) <= len(h.pend):
		p.repeated += len(b)
		return // a repetition of what waits changes nothing
	}
	s.Resent = len(h.pend) > 0
	p.offer(s, b)
}

// offer brings octets to the session that begin at the next one of their direction. Where they are replies of the server
// that it has no reason to say, the session never sees them.
func (p *player) offer(s *Step, b []byte) {
	h := &p.halves[s.Dir]
	h.pend, h.again = nil, time.Time{}
	for len(b) > 0 {
		part, n := *s, len(b)
		part.Off = h.nxt
		if part.Stop = p.ends(s.Dir, h.nxt); part.Stop != "" {
			p.stopped = true
			p.step(&part)
			return
		}
		if s.Dir == smtp.ToClient && !p.passing {
			n = p.replies(&part, n)
		}
		part.In = b[:n:n]
		if part.Unsaid != "" {
			h.nxt += n
			p.step(&part)
		} else if taken := p.ask(&part); taken < len(part.In) {
			p.hold(&part, b[taken:])
			return
		}
		n = len(part.In)
		b = b[n:]
		s.Joined, s.Resent = max(0, s.Joined-n), false
	}
}

// hold keeps what is withheld.
func (p *player) hold(s *Step, b []byte) {
	p.halves[s.Dir].pend = slices.Clone(b)
	if s.Joined > maxPending && s.Act == smtp.Pass {
		p.stopped = true
		p.step(&Step{Dir: s.Dir, At: s.At, Ref: s.Ref, Off: s.Off, Stop: fmt.Sprintf("more than %d octets are withheld: the connection hangs", maxPending)})
	}
}

// ends says why the recording is looked at no further than up to here, "" when it is.
func (p *player) ends(d smtp.Dir, off int) string {
	tls, limit := p.d.tls[d], p.d.limit[d]
	switch {
	case p.passing:
	case tls >= 0 && off >= tls && p.ended != smtp.Detach:
		return "what follows is TLS, which would not have begun"
	case limit >= 0 && off >= limit:
		return fmt.Sprintf("there are more than %d lines", maxRead)
	}
	return ""
}

// replies says of the next n octets of the server whether it would say them, and how many of them that is true of.
func (p *player) replies(s *Step, n int) int {
	for m := 0; m < n; {
		q, to := p.d.replyAt(s.Off + m)
		unsaid, doubtful := p.expect(q)
		if plain := unsaid == "" && doubtful == ""; m > 0 && !plain {
			return m
		} else if m = min(n, to-s.Off); !plain {
			s.Unsaid, s.Doubtful = unsaid, doubtful
			return m
		}
	}
	return n
}

// expect says why a recorded reply would not be said now, or another one in its place.
func (p *player) expect(q *reply) (unsaid, doubtful string) {
	if q == nil || q.unit < 0 {
		return "", ""
	}
	u, f := &p.d.units[q.unit], &p.x.units[q.unit]
	switch {
	case f.isRefused && f.refused == smtp.RejectAnswer:
		return fmt.Sprintf("the server has not got %s: the firewall has answered it", u.name()), ""
	case u.to > p.halves[smtp.ToServer].nxt || !u.whole:
		return fmt.Sprintf("the server has not got %s: it is withheld", u.name()), ""
	}
	return "", f.doubts(u, q)
}

// doubts says why a recorded reply is not the one to be expected, as the server got something else; "" when it may be.
func (f *fate) doubts(u *unit, q *reply) string {
	switch {
	case f.garbled > 0 && u.kind == unitChunk, f.isRefused && f.refused == smtp.RejectMask && q.code < "400":
		return "to " + overwritten(u) + " a server says 500"
	case f.isRefused && f.refused == smtp.RejectNoop && (q.code != "250" || q.lines > 1):
		return "to NOOP a server says 250"
	}
	return ""
}

// overwritten is a word as X.
func overwritten(u *unit) string {
	return string(bytes.Repeat([]byte{'X'}, min(max(u.wordTo-u.word, 1), 20)))
}

// name is what a unit is called in a sentence.
func (u *unit) name() string {
	switch u.kind {
	case unitGreeting:
		return "the greeting"
	case unitMessage:
		return "the end of the message"
	case unitAuth:
		return "the line of the AUTH dialogue"
	case unitChunk:
		return "the octets of XEXCH50"
	}
	if u.verb == "" {
		return "the empty line"
	}
	return printable(clipText(u.verb, 20))
}

// ask hands a step's octets to the session as often as it wants, and says how many it took or swallowed. Where the firewall
// puts an answer of its own between those of the server, the step ends there.
func (p *player) ask(s *Step) int {
	h := &p.halves[s.Dir]
	if p.passing {
		s.Out = s.In
		h.nxt += len(s.In)
		p.step(s)
		return len(s.In)
	}
	done, b := 0, slices.Clone(s.In)
	for {
		rest := b[done:]
		v := p.session.Segment(p.now, s.Dir, rest)
		s.Out = append(s.Out, rest[:v.Take]...)
		s.changed(done, rest[:v.Take])
		if v.Swallow > 0 {
			s.Swallows = append(s.Swallows, Change{done + v.Take, done + v.Take + v.Swallow})
		}
		s.Answers = append(s.Answers, v.Answer...)
		s.Events = append(s.Events, v.Events...)
		s.Act = v.Act
		done += v.Take + v.Swallow
		if v.Act == smtp.DropConn || v.Act == smtp.Reset || v.Act == smtp.Detach {
			p.ended = v.Act
		}
		h.again = v.Again
		if s.Dir == smtp.ToClient && len(v.Answer) > 0 {
			s.In = s.In[:done]
		}
		if done == len(s.In) || v.Swallow == 0 && len(v.Answer) == 0 {
			break
		}
	}
	s.Withheld = len(s.In) - done
	s.wire = b[:done]
	if s.Dir == smtp.ToServer {
		p.decide(s, done)
	}
	h.nxt += done
	p.step(s)
	return done
}

// changed notes where out, which begins at octet from of In, differs from it.
func (s *Step) changed(from int, out []byte) {
	for i, c := range out {
		if at := from + i; c != s.In[at] {
			if n := len(s.Changes); n > 0 && s.Changes[n-1].To == at {
				s.Changes[n-1].To++
			} else {
				s.Changes = append(s.Changes, Change{at, at + 1})
			}
		}
	}
}

// decide notes for the units that the first n octets of a step belong to what became of them.
func (p *player) decide(s *Step, n int) {
	units := p.d.units
	for ; p.fated < len(units) && units[p.fated].to <= s.Off; p.fated++ {
	}
	for i := p.fated; i < len(units) && units[i].from < s.Off+n; i++ {
		u, f := &units[i], &p.x.units[i]
		f.cut = f.cut || u.from < s.Off && s.Off < u.to || u.from < s.Off+n && s.Off+n < u.to
		if len(touched(s.Swallows, u.from-s.Off, u.to-s.Off)) > 0 {
			f.isRefused, f.refused = true, smtp.RejectAnswer
		}
		for _, c := range touched(s.Changes, u.from-s.Off, u.to-s.Off) {
			n := overlap(c, s.Off, u.from, u.to)
			word := overlap(c, s.Off, u.word, u.wordTo)
			switch {
			case u.kind == unitMessage || u.kind == unitChunk:
				f.garbled += n
			case word > 0:
				f.isRefused, f.refused = true, smtp.RejectNoop
				if s.wire[max(u.word-s.Off, c.From)] == 'X' {
					f.refused = smtp.RejectMask
				}
			case !f.isRefused:
				f.blanked += n
			}
		}
	}
}

// touched are those of a sorted list that have octets in [from, to).
func touched(all []Change, from, to int) []Change {
	a, _ := slices.BinarySearchFunc(all, from, func(c Change, off int) int { return c.To - off - 1 })
	b, _ := slices.BinarySearchFunc(all, to, func(c Change, off int) int { return c.From - off })
	return all[a:max(a, b)]
}

// overlap is how many octets of c, counted from off, lie in [from, to).
func overlap(c Change, off, from, to int) int {
	return max(0, min(c.To+off, to)-max(c.From+off, from))
}

// queued is a piece that waits for those before it.
type queued struct {
	piece *piece
	i     int
}

// pieces is a heap of them, by offset.
type pieces []queued

func (q pieces) Len() int { return len(q) }
func (q pieces) Less(a, b int) bool {
	if q[a].piece.off != q[b].piece.off {
		return q[a].piece.off < q[b].piece.off
	}
	return q[a].i < q[b].i
}
func (q pieces) Swap(a, b int) { q[a], q[b] = q[b], q[a] }
func (q *pieces) Push(x any)   { *q = append(*q, x.(queued)) }
func (q *pieces) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

// coverage tells whether a later piece of a direction has an octet. It is asked for octets that only grow.
type coverage struct {
	pieces []queued // those not yet in open, by offset
	open   latest   // those that begin at or before the octet, the latest first
}

func newCoverage(all []piece, dir smtp.Dir) coverage {
	var c coverage
	for i := range all {
		if all[i].dir == dir && len(all[i].b) > 0 {
			c.pieces = append(c.pieces, queued{&all[i], i})
		}
	}
	slices.SortFunc(c.pieces, func(a, b queued) int { return a.piece.off - b.piece.off })
	return c
}

// later says whether a piece behind the i-th has the octet at off.
func (c *coverage) later(off, i int) bool {
	for len(c.pieces) > 0 && c.pieces[0].piece.off <= off {
		heap.Push(&c.open, c.pieces[0])
		c.pieces = c.pieces[1:]
	}
	for len(c.open) > 0 && c.open[0].piece.after() <= off {
		heap.Pop(&c.open)
	}
	return len(c.open) > 0 && c.open[0].i > i
}

// next is where the first piece begins that does so behind the octet that later was asked for last.
func (c *coverage) next() int { return c.pieces[0].piece.off }

// latest is a heap of pieces, the last of the recording first.
type latest []queued

func (q latest) Len() int           { return len(q) }
func (q latest) Less(a, b int) bool { return q[a].i > q[b].i }
func (q latest) Swap(a, b int)      { q[a], q[b] = q[b], q[a] }
func (q *latest) Push(x any)        { *q = append(*q, x.(queued)) }
func (q *latest) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}
