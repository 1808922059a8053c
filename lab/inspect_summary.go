package lab

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"

	"pixsim/appliance"
	"pixsim/dataplane/inspect/smtp"
)

// maxFindings bounds each list of a Summary; what comes behind it is counted only.
const maxFindings = 100

// Summary is what a release did to a dialogue, by cause.
type Summary struct {
	Greeting int       // octets of the greeting that were masked
	Refused  []Refusal // commands that did not reach the server as they were sent
	Hidden   []Hidden  // lines of EHLO replies that were masked
	Blanked  []Blank   // MAIL and RCPT lines whose characters became blanks
	Garbled  int       // octets of messages that were overwritten
	Held     []Held    // what was withheld
	Unsaid   int       // recorded replies, or parts, that would not have been said
	Doubtful []Doubt   // recorded replies in whose place another is to be expected
	Answers  int       // answers of the firewall itself
	Missing  int       // octets that the capture lacks
	TLS      bool      // inspection ended with STARTTLS
	Ended    string    // how the firewall ended the connection: "drops" or "resets"; "" when it did not
	EndedRef int
	EndedIn  bool          // within a message
	EndedBy  string        // the rule, where it is logged
	Log      []string      // what the release logs, without repetitions
	Symptoms []SymptomSeen // of KB 320027
	More     int           // findings beyond the bounds
}

// Refusal is a command that inspection refused.
type Refusal struct {
	Ref  int
	Verb string
	How  smtp.Reject
	Why  string // where the verb as such may pass
}

// Hidden is a masked line of an EHLO reply.
type Hidden struct {
	Ref     int
	Keyword string
}

// Blank is an address with characters that may not be there.
type Blank struct {
	Ref    int
	Line   string
	Octets int
}

// Held is a segment of which inspection withheld octets.
type Held struct {
	Ref    int
	Dir    smtp.Dir
	Octets int
	Later  bool // they went on when they came again
	End    bool // it is the end of a message, or the reply to that
}

// Doubt is a recorded reply that the server would hardly have given.
type Doubt struct {
	Ref int
	Why string
}

// SymptomSeen is a symptom of KB 320027 that this dialogue would show, or could.
type SymptomSeen struct {
	Symptom
	Why string
}

func add[T any](s *Summary, list *[]T, v T) {
	if len(*list) >= maxFindings {
		s.More++
		return
	}
	*list = append(*list, v)
}

// Summary sums an inspection up.
func (x *Inspection) Summary() *Summary {
	s := &Summary{TLS: x.Ended == smtp.Detach}
	for i := range x.Steps {
		st := &x.Steps[i]
		s.Missing += st.Missing
		s.Answers += bytes.Count(st.Answers, []byte("\n"))
		x.hold(s, i)
		x.server(s, st)
		for _, e := range st.Events {
			s.log(appliance.SMTPMessage(x.Release, e, x.Dialogue.logEnds()[0], x.Dialogue.logEnds()[1]))
		}
		if st.Act == smtp.DropConn || st.Act == smtp.Reset {
			x.ended(s, st)
		}
	}
	x.commands(s)
	s.Symptoms = x.symptoms(s)
	return s
}

// hold notes what step i withheld, and that it went on later.
func (x *Inspection) hold(s *Summary, i int) {
	st := &x.Steps[i]
	if n := len(s.Held); n > 0 && (st.Joined > 0 || st.Resent) {
		if last := &s.Held[n-1]; last.Dir == st.Dir {
			last.Later = st.Withheld < len(st.In)
		}
	}
	if st.Withheld > 0 && st.Act == smtp.Pass || st.Act == smtp.DropSegment {
		if n := len(s.Held); n > 0 && s.Held[n-1].Dir == st.Dir && !s.Held[n-1].Later && (st.Joined > 0 || st.Resent) {
			s.Held[n-1].Octets = st.Withheld
			return
		}
		add(s, &s.Held, Held{Ref: st.Ref, Dir: st.Dir, Octets: st.Withheld, End: x.inMessage(st)})
	}
}

// server notes what became of what the server said.
func (x *Inspection) server(s *Summary, st *Step) {
	switch {
	case st.Dir != smtp.ToClient || len(st.In) == 0:
		return
	case st.Unsaid != "":
		s.Unsaid++
		return
	case st.Doubtful != "":
		add(s, &s.Doubtful, Doubt{st.Ref, st.Doubtful})
	}
	for _, l := range st.rows() {
		n := 0
		for _, c := range touched(st.Changes, l.from, l.to) {
			n += overlap(c, 0, l.from, l.to)
		}
		if n == 0 {
			continue
		}
		switch x.answering(st.Off + l.from).kind {
		case unitGreeting:
			s.Greeting += n
		default:
			text := strings.TrimRight(string(st.In[l.from:l.to]), "\r\n")
			word, _, _ := strings.Cut(text[min(4, len(text)):], " ")
			add(s, &s.Hidden, Hidden{st.Ref, printable(clipText(word, 60))})
		}
	}
}

// answering is the unit that an octet of the server answers; one of no kind that matters where that is not known.
func (x *Inspection) answering(off int) unit {
	if q, _ := x.Dialogue.replyAt(off); q != nil && q.unit >= 0 {
		return x.Dialogue.units[q.unit]
	}
	return unit{kind: unitCommand}
}

func (x *Inspection) ended(s *Summary, st *Step) {
	s.Ended, s.EndedRef, s.EndedIn = "drops", st.Ref, x.inMessage(st)
	if st.Act == smtp.Reset {
		s.Ended = "resets"
	}
	if n := len(st.Events); n > 0 {
		s.EndedBy = printable(st.Events[n-1].Info)
		if c := st.Events[n-1].Class; c != "" {
			s.EndedBy = c + ": " + s.EndedBy
		}
	}
	e := x.Dialogue.logEnds()
	s.log(appliance.InspectKillMessage(x.Release, e[0], e[1]))
}

func (s *Summary) log(line string) {
	if line = printable(line); line != "" && !slices.Contains(s.Log, line) {
		add(s, &s.Log, line)
	}
}

// commands notes what became of what the client said.
func (x *Inspection) commands(s *Summary) {
	for i := range x.units {
		u, f := &x.Dialogue.units[i], &x.units[i]
		s.Garbled += f.garbled
		switch {
		case f.isRefused:
			r := Refusal{Ref: u.ref, Verb: u.name(), How: f.refused}
			if u.kind == unitCommand && slices.Contains(x.Release.SMTP.Verbs, u.verb) {
				r.Why = "by a match of the policy-map"
				if f.cut {
					r.Why = "because it came in pieces"
				}
			}
			add(s, &s.Refused, r)
		case f.blanked > 0:
			add(s, &s.Blanked, Blank{u.ref, printable(clipText(u.line, 100)), f.blanked})
		}
	}
}

// symptoms finds those that what was seen leads to.
func (x *Inspection) symptoms(s *Summary) []SymptomSeen {
	seen := map[int]string{}
	mark := func(why string, ns ...int) {
		for _, n := range ns {
			switch {
			case seen[n] == "":
				seen[n] = why
			case !strings.Contains(seen[n], why) && len(seen[n]) < 60:
				seen[n] += "; " + why
			}
		}
	}
	for _, r := range s.Refused {
		x.refusalSymptoms(r, mark)
	}
	for _, h := range s.Hidden {
		word, _, _ := strings.Cut(strings.ToUpper(h.Keyword), "=")
		mark(h.Keyword+" is hidden", hiddenSymptoms[word]...)
	}
	for _, h := range s.Held {
		switch {
		case h.End && h.Dir == smtp.ToClient:
			mark("the reply to a message is withheld", 1, 2, 7, 8)
		case h.End:
			mark("the end of a message is withheld", 1, 2, 7, 8)
		case h.Dir == smtp.ToClient:
		case !h.Later:
			mark("an incomplete command is withheld", 3)
		default:
			mark("an incomplete command waits until it comes whole", 3)
		}
	}
	if s.Ended != "" {
		mark("the firewall "+s.Ended+" the connection", 5)
		if s.EndedIn {
			mark("the firewall "+s.Ended+" the connection", 2, 7, 8)
		}
	}
	if s.Garbled > 0 {
		mark("octets of a message are overwritten", 11)
	}
	var all []SymptomSeen
	for _, y := range symptoms {
		if _, has := y.Mechanism(x.Release); has && seen[y.N] != "" {
			all = append(all, SymptomSeen{y, seen[y.N]})
		}
	}
	return all
}

// hiddenSymptoms are the symptoms by the keyword of an EHLO reply that is hidden, verbSymptoms by the verb that is refused.
var (
	hiddenSymptoms = map[string][]int{
		"STARTTLS": {5}, "8BITMIME": {10}, "BINARYMIME": {10}, "CHUNKING": {10}, "X-LINK2STATE": {12, 13}, "X-EXPS": {14},
		"XEXCH50": {14}, "AUTH": {6, 9},
	}
	verbSymptoms = map[string][]int{
		"STARTTLS": {5}, "AUTH": {6, 9}, "X-LINK2STATE": {12, 13}, "X-EXPS": {14}, "XEXCH50": {11, 14}, "BDAT": {11},
	}
)

func (x *Inspection) refusalSymptoms(r Refusal, mark func(why string, ns ...int)) {
	why := r.Verb + " is refused"
	if r.Why != "" {
		mark(why+" "+r.Why, 3)
		return
	}
	if r.Verb != "EHLO" {
		mark(why, verbSymptoms[r.Verb]...)
		return
	}
	mark(why, 1, 4, 5)
	for word := range x.offered() { // where EHLO passed: none of it is known to the client now
		mark(word+" is not offered", hiddenSymptoms[word]...)
	}
}

// offered are the keywords of the recorded replies to EHLO, upper case.
func (x *Inspection) offered() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range x.Steps {
			st := &x.Steps[i]
			if st.Dir != smtp.ToClient || len(st.In) == 0 || x.answering(st.Off).verb != "EHLO" {
				continue
			}
			for _, l := range st.rows() {
				text := strings.ToUpper(strings.TrimRight(string(st.In[l.from:l.to]), "\r\n"))
				word, _, _ := strings.Cut(text[min(4, len(text)):], " ")
				if word, _, _ = strings.Cut(word, "="); !yield(word) {
					return
				}
			}
		}
	}
}

// inMessage says that a step's last octet belongs to a message, or to the reply to one.
func (x *Inspection) inMessage(s *Step) bool {
	last := s.Off + len(s.In) - 1
	if s.Dir == smtp.ToClient {
		return x.answering(last).kind == unitMessage
	}
	i := x.Dialogue.unitAt(s.Off + len(s.In) - s.Withheld)
	return i < len(x.Dialogue.units) && x.Dialogue.units[i].kind == unitMessage
}

// logEnds are the ends of the connection for log messages. Which side is the inside one no recording tells: a client with
// a private address that talks to a public server is taken to be inside.
func (d *Dialogue) logEnds() [2]appliance.LogEnd {
	c, s := appliance.LogEnd{Interface: "outside", Addr: d.Client}, appliance.LogEnd{Interface: "inside", Addr: d.Server}
	if d.Client.Addr().IsPrivate() && !d.Server.Addr().IsPrivate() {
		c.Interface, s.Interface = s.Interface, c.Interface
	}
	return [2]appliance.LogEnd{c, s}
}

// noteMasked says what in a recording looks as if a firewall had been at it already.
func (d *Dialogue) noteMasked() {
	for i := range d.pieces {
		p := &d.pieces[i]
		if p.dir != smtp.ToClient || len(p.b) == 0 {
			continue
		}
		if !d.midway && maskedGreeting(p.b) {
			d.Notes = append(d.Notes, "the greeting is masked already: the recording was made behind a firewall that inspects, on the client's side, and what the server sent is not in it")
		}
		break
	}
	masked := 0
	for i := range d.units {
		if v := d.units[i].verb; len(v) > 0 && strings.Trim(v, "X") == "" {
			masked++
		}
	}
	if masked > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d commands are X already: the recording was made behind a firewall that inspects, on the server's side", masked))
	}
}

// maskedGreeting knows the greetings that engines leave.
func maskedGreeting(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	text, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r"), []byte("220"))
	if !ok {
		return false
	}
	text = bytes.TrimLeft(text, " -")
	return bytes.HasPrefix(text, []byte("SMTP/cmap")) || bytes.Count(text, []byte("*")) > 1 && len(bytes.Trim(text, "*20 ")) == 0
}
